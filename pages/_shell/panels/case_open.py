"""One case opened in place of the list: which one, the way back, its heading, its panels, what a step came to."""

from typing import TypeVar

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.admin.permissions import Permission
from core.complaints.states import CaseState, is_ended
from core.kernel.identity import CaseId, EstateId
from core.kernel.records import RecordKind
from db.queries.case_card import CaseCard
from db.queries.cases import CaseRow
from db.queries.service_details import DetailPart, RecordDetails, RecordWanted, record_details
from db.unit_of_work import Operation
from locales.labels import enum_label
from pages._shell import state
from pages._shell.links import plain
from pages._shell.page import Page
from pages._shell.panels.case_facts import giver_text, place_text
from pages._shell.panels.case_queue import FILTERS, LIST
from pages._shell.panels.case_words import next_text, stepper, weight_text, what_text
from pages._shell.panels.service_forms import stay_open
from pages._shell.panels.service_words import COLOURS, badge_text
from pages._shell.widgets import OpenForm, leave_form, new_round

C = TypeVar("C")
R = TypeVar("R")


def opened_case(page: Page) -> tuple[EstateId, CaseId] | None:
    """Which case is open: the one the address names, unless another estate is chosen."""
    of, number = state.number_in_address("of"), state.number_in_address("case")
    if of is None or number is None or page.filter.estate_id not in (None, of):
        return None
    return EstateId(of), CaseId(number)


def open_picked(picked: CaseRow) -> None:
    """Open the row picked in the list, in its place (a callback: runs before the page)."""
    new_round(LIST)
    state.open_record(of=picked.estate_id, case=picked.case_id)


def back_button(page: Page) -> DeltaGenerator:
    """The way back to the list, as it was filtered, and the row it stands in."""
    row = st.container(horizontal=True, vertical_alignment="center", gap="small")
    row.button(
        page.t("Back to the list"),
        icon=":material/arrow_back:",
        type="tertiary",
        key="cases.back",
        on_click=close_case,
        args=(page.entry.key,),
    )
    return row


def close_case(entry: str) -> None:
    """Take the case out of the address; the filters, which were not drawn meanwhile, show again what it says."""
    state.close_record("case", "of")
    for name in FILTERS:
        st.session_state.pop(f"{entry}.{name}", None)


def case_panels(page: Page, *, step: bool, more: bool) -> dict[str, str]:
    """What may be shown of the open case; what one may not do is not offered."""
    t = page.t
    first = {"step": t("Next step")} if step else {}
    panels = {**first, "case": t("Case")} | ({"more": t("More actions")} if more else {})
    return panels | {
        "timeline": t("Timeline"),
        "clocks": t("Clocks and pauses"),
        "photos": t("Photos"),
        "links": t("Links"),
    }


def details_of(page: Page, card: CaseCard, part: DetailPart) -> RecordDetails:
    """What hangs on the case, only the part a panel shows."""
    return page.read(record_details, RecordWanted(card.estate_id, card.case_id, card.terms, frozenset({part})))


def adds_to(page: Page, card: CaseCard) -> bool:
    """Say whether the person may add photos, links and pauses to the case."""
    wanted = (Permission.CASES_HANDLE, Permission.CASES_CLASSIFY)
    works = any(page.actor.may_at(permission, card.estate_id) for permission in wanted)
    return works and page.actor.may_at(Permission.ORDERS_REGISTER, card.estate_id)


def show_heading(page: Page, card: CaseCard, row: DeltaGenerator) -> None:
    """Number, estate, place, colour, the way of the case, and what was said."""
    t = page.t
    parts = (card.number, card.estate_name, place_text(page, card))
    with row:
        st.markdown(f"##### {plain(' · '.join(part for part in parts if part))}", width="content")
        st.badge(badge_text(page, card.level, card.deadline), color=COLOURS[card.level])
    st.markdown(stepper(page, card.record_type, card.state))
    about = (
        what_text(page, card.record_type, card.category, card.sub_category),
        weight_text(page, card.grade.grade, card.handling, escalated=card.times.escalated_at is not None),
        giver_text(page, card),
        card.handler_name or t("nobody has it yet"),
    )
    st.caption(plain(" · ".join(about)))
    st.text(card.content or t("What was said is forgotten; the figures stay."))
    if card.claim:
        st.text(t("The customer wants: %(claim)s", claim=card.claim))


def saved_case(
    page: Page,
    card: CaseCard,
    act: Operation[C, R],
    command: C,
    message: str,
    *,
    form: OpenForm,
) -> None:
    """Carry out a command on the case; done, it stays open and says what happened. Refused: everything typed stays."""
    if page.submit(act, command):
        leave_form(form.name)
        stay_open(RecordKind.CASE, card.estate_id, card.case_id, message)


def said_of_state(page: Page, card: CaseCard, reached: CaseState) -> str:
    """What a step came to, and what comes next."""
    now = page.t("%(number)s is now: %(state)s.", number=card.number, state=enum_label(page.words, reached))
    return now if is_ended(reached) else f"{now} {next_text(page, card.record_type, reached)}"


def form_name(card: CaseCard, name: str) -> str:
    """The name of a form of this case."""
    return f"case.{card.estate_id}.{card.case_id}.{name}"
