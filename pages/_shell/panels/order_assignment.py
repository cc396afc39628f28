"""Assigning a request: the proposal with its reasons, and the choice of the supervisor (R-112, R-118)."""

from collections.abc import Callable

import streamlit as st

from core.admin.codes import CodeList
from core.kernel.identity import StaffId
from core.work_orders.handling_steps import WorkAssignee, WorkAssignment
from db.queries.work_dispatch import OrderDispatch, OrderDispatchWanted, PersonLeftOut, ProposedPerson, dispatch_for
from db.queries.work_order_card import OrderCard
from db.queries.work_people import OrderPeopleWanted, OrderPerson, order_people
from locales.labels import enum_label
from pages._shell.code_words import CodeWords
from pages._shell.page import Page
from pages._shell.panels.order_words import department_picker, slot_text
from pages._shell.tables import Column, show_table
from pages._shell.widgets import OpenForm, send_button


def assignment_form(
    page: Page, card: OrderCard, form: OpenForm, codes: Callable[[], CodeWords]
) -> WorkAssignment | None:
    """The proposal, best first, and the form; gives what was sent."""
    t, row = page.t, card.row
    slot = row.appointment.slot if row.appointment else card.wanted
    if slot is not None and slot.end <= page.now:
        slot = None
    wanted = OrderDispatchWanted(row.estate_id, row.order_id, slot)
    found = page.read(dispatch_for, wanted)
    known = codes()
    _show_proposal(page, found, known)
    people = page.read(order_people, OrderPeopleWanted(row.estate_id, row.kind))
    names = _names(found, people)
    with st.form(form.key("form"), enter_to_submit=False):
        left, right = st.columns(2)
        handler = left.selectbox(
            t("Who carries it out"), list(names), index=0 if found.proposed else None, format_func=names.__getitem__,
            placeholder=t("Choose a person"), key=form.key("handler"),
        )  # fmt: skip
        with right:
            kept = t("stays as it is")
            department = department_picker(page, known, form, "", kept)
        sent = send_button(page, form, t("Assign"))
    return WorkAssignment(handler=picked_person(handler, names), department=department) if sent else None


def picked_person(handler: StaffId | None, names: dict[StaffId, str]) -> WorkAssignee | None:
    """The person as a form names one; the operation looks up all but the number."""
    return None if handler is None else WorkAssignee(handler, names[handler], active=True)


def _names(found: OrderDispatch, people: tuple[OrderPerson, ...]) -> dict[StaffId, str]:
    """Those proposed first, then everybody else: a supervisor decides."""
    first = {one.staff: f"{one.name} · {one.number}" for one in found.proposed}
    return first | {one.staff_id: f"{one.name} · {one.number}" for one in people if one.staff_id not in first}


def _show_proposal(page: Page, found: OrderDispatch, codes: CodeWords) -> None:
    t = page.t
    if found.wanted is not None:
        st.caption(t("Wanted at %(slot)s; who has another appointment then is left out.",
                     slot=slot_text(page, found.wanted)))  # fmt: skip
    columns: list[Column[ProposedPerson]] = [
        Column(t("Proposed"), lambda one: f"{one.name} · {one.number}"),
        Column(t("Post"), lambda one: codes.say(CodeList.POST, one.post)),
        Column(t("Why this person"), lambda one: _reasons(page, one)),
        Column(t("Open work"), lambda one: _load(page, one)),
    ]
    if found.wanted is not None:
        columns.append(Column(t("At the wanted time"), lambda _one: t("✓ free")))
    empty = t("Nobody of this skill can be proposed. Choose somebody yourself, or transfer it to another department.")
    show_table(page, found.proposed[:5], columns, key=f"dispatch.{found.order_id}", empty=empty, counted=False)
    if found.left_out:
        said = t(", ").join(_left_out(page, one) for one in found.left_out)
        st.caption(t("Not proposed: %(people)s", people=said).replace("*", r"\*"))


def _reasons(page: Page, one: ProposedPerson) -> str:
    return page.t(", ").join(enum_label(page.words, reason) for reason in one.reasons)


def _load(page: Page, one: ProposedPerson) -> str:
    """How many requests and how heavy they are together."""
    load = one.load
    return page.words.tn("%(count)s request, %(points)s points", "%(count)s requests, %(points)s points",
                         load.requests, points=load.points)  # fmt: skip


def _left_out(page: Page, one: PersonLeftOut) -> str:
    why = page.t(", ").join(enum_label(page.words, obstacle) for obstacle in one.obstacles)
    return page.t("%(who)s (%(why)s)", who=one.name, why=why)
