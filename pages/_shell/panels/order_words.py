"""Words of service requests: what is wrong, how far it has come, when somebody comes; saving with the request open."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final, TypeVar

import streamlit as st

from core.admin.codes import CodeList
from core.work_orders.kinds import PublicSystem, WorkKind
from core.work_orders.outcome_steps import HIGHEST_RATING
from core.work_orders.progress import StepProgress, StepTaken
from core.work_orders.slots import Slot
from core.work_orders.states import FIVE_STEPS, WorkState
from db.queries.service_details import DetailPart, RecordDetails, RecordWanted, record_details
from db.queries.work_orders import AgreedTime, OrderRow
from db.unit_of_work import Operation
from locales.labels import enum_label
from pages._shell.code_words import CodeWords
from pages._shell.page import Page
from pages._shell.panels.service_words import local_time
from pages._shell.registry import N_
from pages._shell.widgets import OpenForm, leave_form

C = TypeVar("C")
R = TypeVar("R")
_STEPS: Final[Mapping[int, str]] = {
    1: N_("Submit"),
    2: N_("Sort out"),
    3: N_("Assign"),
    4: N_("Carry out"),
    5: N_("Report back"),
}
"""The five steps by their numbers."""
_SIGNS: Final[Mapping[StepProgress, str]] = {StepProgress.DONE: "✓", StepProgress.NOW: "●", StepProgress.AHEAD: "○"}


def what_text(page: Page, kind: WorkKind, failure: PublicSystem | None, *, at_risk: bool = False) -> str:
    """The kind, or the public system that failed; people in danger are said first."""
    if failure is None:
        return enum_label(page.words, kind)
    system = page.t("⚡ %(system)s failed", system=enum_label(page.words, failure))
    return f"{page.t('⚠ people at risk')} · {system}" if at_risk else system


def step_name(page: Page, number: int) -> str:
    """What a step of the five is called."""
    return page.t(_STEPS[number])


def progress_text(page: Page, row: OrderRow) -> str:
    """How far it has come: ``3/5 Assigned``; a cancelled one stands nowhere."""
    state = enum_label(page.words, row.state)
    return f"✕ {state}" if row.step is None else f"{row.step}/{len(FIVE_STEPS)} {state}"


def step_sign(taken: StepTaken) -> str:
    """The sign of a step: done, under way, ahead."""
    return _SIGNS[taken.progress]


def short_instant(page: Page, instant: datetime) -> str:
    """Month, day and time, for a column: the year is known."""
    return page.words.instant(instant)[5:]


def slot_text(page: Page, slot: Slot) -> str:
    """A time to come by, as it is told a customer."""
    return f"{page.words.instant(slot.start)}–{local_time(slot.end):%H:%M}"


def hours_text(slot: Slot) -> str:
    """The hours of a slot on a day that is known."""
    return f"{local_time(slot.start):%H:%M}–{local_time(slot.end):%H:%M}"


def agreed_text(page: Page, agreed: AgreedTime | None) -> str:
    """The appointment in a column: ✓ once the customer has confirmed it, else that it is to be confirmed."""
    if agreed is None:
        return ""
    start = short_instant(page, agreed.slot.start)
    return f"✓ {start}" if agreed.confirmed else page.t("◔ %(start)s to be confirmed", start=start)


def rating_text(rating: int | None) -> str:
    """A rating as a figure out of five."""
    return "" if rating is None else f"{rating}/{HIGHEST_RATING}"


def state_word(page: Page, state: WorkState) -> str:
    """The name of a state."""
    return enum_label(page.words, state)


def department_picker(page: Page, codes: CodeWords, form: OpenForm, kept: str, none: str) -> str:
    """A picker of departments; the first choice, ``none`` in words, leaves it to the rules."""
    options = codes.options(CodeList.DEPARTMENT)
    names = {"": none, **options, **({kept: codes.say(CodeList.DEPARTMENT, kept)} if kept else {})}
    chosen: str = st.selectbox(
        page.t("Department"),
        list(names),
        index=list(names).index(kept),
        format_func=names.__getitem__,
        key=form.key("department"),
    )
    return chosen


def details_of(page: Page, row: OrderRow, part: DetailPart) -> RecordDetails:
    """One part of what hangs on a request."""
    return page.read(record_details, RecordWanted(row.estate_id, row.order_id, parts=frozenset({part})))


def order_form(row: OrderRow, name: str) -> str:
    """The name of a form at a request."""
    return f"order.{name}.{row.estate_id}.{row.order_id}"


def save_order(page: Page, act: Operation[C, R], command: C, message: str, *, form: OpenForm, row: OrderRow) -> None:
    """Carry out a form's command at a request. Done: it stays open and the page says so; refused: all typed stays."""
    if page.submit(act, command):
        leave_form(form.name)
        page.done(message, of=row.estate_id, order=row.order_id)
