"""Who gets a complaint: people in the order of the proposal with what they have on hand, helpers with their parts."""

from collections.abc import Sequence
from typing import Final

import streamlit as st

from core.admin.codes import CodeList
from core.complaints.handling_steps import LONGEST_PART, Assignee, Assignment, Collaborator
from core.kernel.identity import EstateId, StaffId
from db.queries.case_card import CaseCard
from db.queries.case_people import CasePerson, PeopleWanted, case_people
from pages._shell.code_words import CodeWords
from pages._shell.page import Page
from pages._shell.widgets import OpenForm, code_picker

MOST_HELPERS: Final = 5


def people_for(page: Page, estate: EstateId, department: str) -> tuple[CasePerson, ...]:
    """Who may take a case of a department, best first."""
    return page.read(case_people, PeopleWanted(estate, department))


def person_text(page: Page, person: CasePerson, codes: CodeWords, *, first: bool) -> str:
    """Name, department and load: ``Wu · Customer service · 3 open, 1 urgent ← proposed``."""
    load = page.t("%(count)s on hand", count=page.words.integer(person.load.cases))
    urgent = page.t("%(count)s urgent", count=page.words.integer(person.load.urgent)) if person.load.urgent else ""
    parts = (person.name, codes.say(CodeList.DEPARTMENT, person.department), load, urgent)
    words = " · ".join(part for part in parts if part)
    return page.t("%(topic)s ← proposed", topic=words) if first else words


def person_picker(
    page: Page, label: str, people: Sequence[CasePerson], codes: CodeWords, *, key: str, start: StaffId | None = None
) -> StaffId | None:
    """One of them; the first of a matching department is the proposal and begins, unless there is another ``start``."""
    proposed = next((one.staff_id for one in people if one.matches), None)
    names = {one.staff_id: person_text(page, one, codes, first=one.staff_id == proposed) for one in people}
    order = list(names)
    first = start if start in names else proposed
    return st.selectbox(
        label,
        order,
        index=None if first is None else order.index(first),
        format_func=lambda one: names.get(one, ""),
        placeholder=page.t("Choose somebody"),
        key=key,
    )


def assignment_form(page: Page, card: CaseCard, form: OpenForm, codes: CodeWords) -> Assignment | None:
    """Department, handler and helpers; each helper has a part of the duty (R-082)."""
    t = page.t
    left, right = st.columns([1, 2])
    with left:
        options = codes.options(CodeList.DEPARTMENT)
        department = code_picker(t("Department"), options, card.department or None, key=form.key("department")) or ""
    people = people_for(page, card.estate_id, department)
    with right:
        handler = person_picker(page, t("Handler"), people, codes, key=form.key(f"handler.{department}"))
    names = {one.staff_id: one.name for one in people}
    helpers = st.multiselect(
        t("Helpers (may stay empty)"),
        list(names),
        format_func=lambda one: names.get(one, ""),
        max_selections=MOST_HELPERS,
        placeholder=t("Nobody"),
        key=form.key("helpers"),
    )
    parts = [
        st.text_input(t("Part of %(name)s", name=names[one]), max_chars=LONGEST_PART, key=form.key(f"part.{one}"))
        for one in helpers
    ]
    if not st.button(t("Assign"), type="primary", key=form.key("send")):
        return None
    found = [assignee(one, names) for one in helpers]
    return Assignment(
        handler=None if handler is None else assignee(handler, names),
        collaborators=tuple(Collaborator(person, part) for person, part in zip(found, parts, strict=True)),
        department=department,
    )


def assignee(staff: StaffId, names: dict[StaffId, str]) -> Assignee:
    """Somebody as a form names them; whether the person is active the portal looks up."""
    return Assignee(staff, names.get(staff, ""), active=True)
