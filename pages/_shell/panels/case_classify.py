"""How a complaint is sorted: sub-category proposed from its words, grade proposed by the rule (R-077, R-079)."""

from collections.abc import Mapping
from typing import Final

import streamlit as st

from core.admin.codes import CodeList
from core.admin.permissions import Permission
from core.complaints.case import MOST_HOUSEHOLDS
from core.complaints.grading import CaseGrade, GradeProposal, proposed_grade
from core.complaints.handling_steps import Classification
from core.complaints.states import CaseState
from core.complaints.taxonomy import HOME_DEPARTMENTS, SUB_CATEGORIES, RecordType, SubCategory, category_of
from core.imports.case_topics import likely_topics
from core.kernel.texts import LONGEST_REASON
from db.queries.case_card import CaseCard
from locales.labels import enum_label
from pages._shell.code_words import CodeWords
from pages._shell.links import plain
from pages._shell.page import Page
from pages._shell.widgets import OpenForm, code_picker

_ALL: Final = tuple(sub for subs in SUB_CATEGORIES.values() for sub in subs)


def classification_form(
    page: Page, card: CaseCard, form: OpenForm, codes: CodeWords, *, button: str = ""
) -> Classification | None:
    """The boxes follow each other: another sub-category or scope proposes another grade at once."""
    t = page.t
    left, middle, right = st.columns([1, 2, 1])
    with left:
        record_type = _type(page, card, form)
    with middle:
        sub_category = _sub_category(page, card, form)
    with right:
        households = st.number_input(
            t("Households affected"), 1, MOST_HOUSEHOLDS, card.households, key=form.key("households")
        )
    special = _special(page, card, form)
    proposal = proposed_grade(
        record_type=record_type,
        sub_category=sub_category,
        repeated=card.repeated,
        special=special,
        households=households,
        several_from=card.terms.cases.several_from,
    )
    one, other = st.columns([1, 2])
    with one:
        grade = _grade(page, form, proposal, card, record_type)
    reason = ""
    if grade is not proposal.grade:
        reason = other.text_input(
            t("Why another grade than proposed"), card.grade.reason, max_chars=LONGEST_REASON, key=form.key("why")
        )
    else:
        other.caption(plain(_proposal_text(page, proposal)))
    department = card.department
    if card.state is CaseState.REGISTERED:
        department = _department(page, card, form, codes, sub_category)
    if not st.button(button or t("Classify"), type="primary", key=form.key("send")):
        return None
    return Classification(
        record_type=record_type,
        category=category_of(sub_category) if sub_category else None,
        sub_category=sub_category,
        grade=grade,
        grade_reason=reason,
        households=households,
        special=special,
        department=department,
    )


def _type(page: Page, card: CaseCard, form: OpenForm) -> RecordType:
    """A new case may turn out to be of another type; praise is thanked for and not classified."""
    types = [one for one in RecordType if one is not RecordType.PRAISE or card.record_type is RecordType.PRAISE]
    return st.selectbox(
        page.t("Kind of matter"),
        types,
        index=types.index(card.record_type),
        format_func=lambda one: enum_label(page.words, one),
        key=form.key("type"),
    )


def _sub_category(page: Page, card: CaseCard, form: OpenForm) -> SubCategory | None:
    """All sub-categories with their category; what the words of the case speak for stands on top."""
    likely = likely_topics(text=f"{card.content} {card.claim}")
    options = [*likely, *(one for one in _ALL if one not in likely)]
    start = card.sub_category or (likely[0] if likely else None)
    names: Mapping[SubCategory, str] = {one: _topic(page, one, proposed=one in likely) for one in options}
    return st.selectbox(
        page.t("What it is about"),
        options,
        index=None if start is None else options.index(start),
        format_func=names.__getitem__,
        placeholder=page.t("Please choose"),
        key=form.key("sub_category"),
    )


def _topic(page: Page, sub_category: SubCategory, *, proposed: bool) -> str:
    words = f"{enum_label(page.words, category_of(sub_category))} · {enum_label(page.words, sub_category)}"
    return marked(page, words, proposed=proposed)


def marked(page: Page, words: str, *, proposed: bool) -> str:
    """The words of a choice, with a mark where the portal proposes it."""
    return page.t("%(topic)s ← proposed", topic=words) if proposed else words


def _special(page: Page, card: CaseCard, form: OpenForm) -> bool:
    """Only a supervisor marks a case as special."""
    if not page.actor.may_at(Permission.CASES_ASSIGN, card.estate_id):
        return card.special
    return st.checkbox(
        page.t("Special: elderly, ill or otherwise in need, media, authorities"), card.special, key=form.key("special")
    )


def _grade(page: Page, form: OpenForm, proposal: GradeProposal, card: CaseCard, record_type: RecordType) -> CaseGrade:
    """The grade, beginning at the proposed one; a correction begins at the one that holds."""
    grades = list(CaseGrade) if record_type is RecordType.COMPLAINT else [CaseGrade.NORMAL]
    kept = card.state is not CaseState.REGISTERED and card.grade.overridden and card.grade.grade in grades
    start = card.grade.grade if kept else proposal.grade
    return st.selectbox(
        page.t("Grade"),
        grades,
        index=grades.index(start),
        format_func=lambda one: marked(page, enum_label(page.words, one), proposed=one is proposal.grade),
        key=form.key(f"grade.{proposal.grade.value}"),
    )


def _proposal_text(page: Page, proposal: GradeProposal) -> str:
    if not proposal.reasons:
        return page.t("Nothing speaks for a higher grade.")
    reasons = page.t(", ").join(enum_label(page.words, reason) for reason in proposal.reasons)
    return page.t("The rule proposes it because: %(reasons)s", reasons=reasons)


def _department(page: Page, card: CaseCard, form: OpenForm, codes: CodeWords, sub_category: SubCategory | None) -> str:
    """The department it goes to: that of the category, unless somebody says otherwise."""
    home = HOME_DEPARTMENTS[category_of(sub_category)] if sub_category else card.department
    same = card.sub_category is sub_category and card.department
    key = form.key(f"department.{home}")
    return code_picker(page.t("Department"), codes.options(CodeList.DEPARTMENT), same or home or None, key=key) or ""
