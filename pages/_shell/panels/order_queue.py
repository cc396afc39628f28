"""The queue of service requests: five figures, filters in the address, the table, which request is open (R-111)."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final, Literal

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.admin.permissions import Permission
from core.documents.tables import ColumnKind
from core.kernel.identity import EstateId, StaffId, WorkOrderId
from core.work_orders.kinds import WorkKind
from core.work_orders.states import WorkState
from db.queries.service_finding import SearchForm
from db.queries.service_rows import Deadline, QueueLevel
from db.queries.work_orders import OrderCounts, OrderRow, OrdersShown, OrdersWanted
from db.queries.work_people import OrderHandler
from locales.labels import enum_label
from pages._shell import state
from pages._shell.links import choice, open_button
from pages._shell.page import Page
from pages._shell.panels.case_queue import search_box
from pages._shell.panels.order_words import (
    agreed_text,
    progress_text,
    rating_text,
    short_instant,
    what_text,
)
from pages._shell.panels.service_words import deadline_text, level_text, remaining_text, shortened, text_width
from pages._shell.tables import Column
from pages._shell.widgets import new_round

LIST: Final = "orders"
AGES: Final = (1, 3, 7, 15, 30)
"""Requests at least so many days old may be asked for."""
FAILURE: Final = "failure"
"""Stands among the kinds for the failures of public systems alone."""
Colour = Literal["red", "orange", "green", "gray"]
_WIDTH, _NARROW = 22, 16
"""So wide is what a request is about in the table, and where its estate needs room; one that is open shows all."""
_LEAST_ROOM: Final = 6
_PLACE_WIDTH, _PLACE_NARROW = 14, 10
_APPOINTMENT: Final = 118
_REST: Final = ("handler", "age")
_ENDED: Final = (OrdersShown.CLOSED, OrdersShown.ALL)


def show_counts(page: Page, counts: OrderCounts) -> None:
    """The figures on top, true under the filter; what is wrong is said by sign and words."""
    t, tiles = page.t, st.columns(5)
    failures = t("public failures first")
    _tile(page, tiles[0], t("Open requests"), counts.open, failures)
    reports = page.words.tn(
        "⚠ %(count)s report due", "⚠ %(count)s reports due", counts.report
    )  # fmt: skip
    red: Colour = "red" if counts.red or counts.report else "green"
    said = reports if counts.report else t("🔴 hard limit missed") if counts.red else t("✓ none past the hard limit")
    _tile(page, tiles[1], t("Past the hard limit"), counts.red, said, red)
    said = t("🟠 target missed") if counts.amber else t("✓ none past the target")
    _tile(page, tiles[2], t("Past the target"), counts.amber, said, "orange" if counts.amber else "green")
    if page.may(Permission.ORDERS_ALL):
        said = t("◔ nobody has it yet") if counts.unassigned else t("✓ all are assigned")
        colour: Colour = "orange" if counts.unassigned else "green"
        _tile(page, tiles[3], t("Not assigned"), counts.unassigned, said, colour)
    else:
        _tile(page, tiles[3], t("My requests"), counts.mine, t("you carry them out"))
    said = t("◔ somebody is expected") if counts.visits else t("✓ nobody is expected today")
    _tile(page, tiles[4], t("Appointments today"), counts.visits, said)


def _tile(  # noqa: PLR0917  # the parts of one tile
    page: Page, place: DeltaGenerator, title: str, count: int, said: str, colour: Colour = "gray"
) -> None:
    number = page.words.integer(count)
    place.metric(title, number, said, colour, delta_arrow="off", border=True, height="stretch")


def order_filters(page: Page, handlers: tuple[OrderHandler, ...]) -> OrdersWanted:
    """The filters, all of which stand in the address."""
    t = page.t
    boxes = st.columns([2, 2, 2, 1.5, 3.5], vertical_alignment="bottom")
    with boxes[0]:
        shown = OrdersShown(choice(page, t("Show"), "show", _views(page)))
    with boxes[1]:
        kinds = {"": t("All"), FAILURE: t("Failures of public systems"), **_labels(page, WorkKind)}
        kind = choice(page, t("Kind of request"), "kind", kinds)
    with boxes[2]:
        where = choice(page, t("State of handling"), "state", {"": t("All"), **_labels(page, WorkState)})
    with boxes[3]:
        chosen = sum(bool(state.record_in_address(name)) for name in _REST)
        label = t("More filters (%(count)s)", count=chosen) if chosen else t("More filters")
        rest = st.popover(label, icon=":material/filter_list:", width="stretch", key="orders.more")
    with boxes[4]:
        search = search_box(page, t("Search"), t("Number, room or words"))
    with rest:
        handler = choice(page, t("Handled by"), "handler", _handlers(page, handlers))
        ages = {str(days): t("%(days)s days or more", days=days) for days in AGES}
        age = choice(page, t("Age"), "age", {"": t("All"), **ages})
    return OrdersWanted(
        estate_id=page.filter.estate_id,
        shown=shown,
        kind=WorkKind(kind) if kind and kind != FAILURE else None,
        failure_only=kind == FAILURE,
        state=WorkState(where) if where else None,
        handler=StaffId(int(handler)) if handler else None,
        age_days=int(age) if age else None,
        search=search,
    )


def _views(page: Page) -> dict[str, str]:
    """The views; who sees only some requests lands on the own ones."""
    views = list(OrdersShown)
    if not page.may(Permission.ORDERS_ALL):
        views = [OrdersShown.MINE, *(one for one in views if one not in (OrdersShown.MINE, OrdersShown.UNASSIGNED))]
    return _labels(page, views)


def _labels(page: Page, members: type[WorkKind] | type[WorkState] | list[OrdersShown]) -> dict[str, str]:
    return {one.value: enum_label(page.words, one) for one in members}


def _handlers(page: Page, handlers: tuple[OrderHandler, ...]) -> dict[str, str]:
    """Who has open requests; whom the address names stays to choose."""
    names = {str(one.staff_id): f"{one.name} ({page.words.integer(one.orders)})" for one in handlers}
    kept = state.record_in_address("handler")
    if kept and kept.isascii() and kept.isdecimal() and len(kept) < 10:
        names.setdefault(kept, page.t("No open request"))
    return {"": page.t("All"), **names}


def queue_columns(page: Page, wanted: OrdersWanted, form: SearchForm, *, words: bool) -> list[Column[OrderRow]]:
    """The columns of the queue; ``words``: how the content begins, which no file takes out of the house.

    What has ended shows its rating and when it ended, what is open its appointment and deadline.
    """
    t = page.t
    ended = wanted.shown in _ENDED or form is SearchForm.NUMBER
    is_open = wanted.shown is not OrdersShown.CLOSED
    columns: list[Column[OrderRow]] = [Column(t("Status"), lambda row: status_text(page, row))]
    if is_open or not words:
        columns.append(Column(t("Deadline"), lambda row: queue_deadline(page, row)))
    columns += [
        Column(t("Request no."), lambda row: row.number),
        Column(t("What about"), lambda row: _about(page, row, words=words)),
        Column(t("Location"), lambda row: _location(page, row)),
        Column(t("Step"), lambda row: progress_text(page, row)),
        Column(t("Handled by"), lambda row: row.handler_name or t("nobody yet")),
    ]
    if is_open or not words:
        columns.append(Column(t("Appointment"), lambda row: agreed_text(page, row.appointment), width=_APPOINTMENT))
    if ended or not words:
        columns.append(Column(t("Rating"), lambda row: rating_text(row.rating)))
        columns.append(Column(t("Ended at"), lambda row: row.ended_at, ColumnKind.INSTANT))
    if not words:
        columns.append(Column(t("Registered at"), lambda row: row.registered_at, ColumnKind.INSTANT))
    return columns


def _location(page: Page, row: OrderRow) -> str:
    """Room or public place, with the estate where several are shown."""
    several = page.names_estates
    parts = (shortened(row.place, _PLACE_NARROW if several else _PLACE_WIDTH), row.estate_name if several else "")
    return " · ".join(part for part in parts if part)


def status_text(page: Page, row: OrderRow) -> str:
    """The colour by sign and words; of what waits for no clock, that it is ended or waits for the customer."""
    if row.level is not QueueLevel.NONE:
        return level_text(page, row.level)
    if row.ended_at is None:
        return page.t("◔ done, to be closed")
    return f"{'✕' if row.state is WorkState.CANCELLED else '✓'} {enum_label(page.words, row.state)}"


def _about(page: Page, row: OrderRow, *, words: bool) -> str:
    """What it is about; with words as much of what was said as the column has room for."""
    what = what_text(page, row.kind, row.failure, at_risk=row.people_at_risk)
    room = (_NARROW if page.names_estates else _WIDTH) - text_width(what)
    return f"{what} · {shortened(row.content, room)}" if words and row.content and room > _LEAST_ROOM else what


def queue_deadline(page: Page, row: OrderRow) -> str:
    """What remains of the time, and up to when."""
    if row.deadline is None or row.remaining is None:
        return page.t("clock stands still") if row.level is QueueLevel.PAUSED else ""
    paused = f" {page.t('⏸ paused')}" if row.paused and row.remaining > timedelta() else ""
    return f"{remaining_text(page, row.remaining)} · {short_instant(page, row.deadline)}{paused}"


def whole_deadline(page: Page, row: OrderRow) -> str:
    """The deadline with what it waits for."""
    at = row.deadline
    return deadline_text(page, None if at is None else Deadline(at, row.deadline_is_hard), row.clock)


def filter_mark(wanted: OrdersWanted) -> Mapping[str, object]:
    """What makes a list another list: everything but the screenful."""
    return {name: getattr(wanted, name) for name in OrdersWanted.__dataclass_fields__ if name != "slice"}


def new_button(page: Page) -> None:
    """The way to the page where requests are taken in."""
    if page.may(Permission.ORDERS_REGISTER):
        open_button(page, page.t("New request"), "service.intake", key="orders.new", matter="request")


def opened_order(page: Page) -> tuple[EstateId, WorkOrderId] | None:
    """Which request the address opens; one of another estate than the chosen one is not."""
    of, number = state.number_in_address("of"), state.number_in_address("order")
    if of is None or number is None or page.filter.estate_id not in (None, of):
        return None
    return EstateId(of), WorkOrderId(number)


def open_picked(row: OrderRow) -> None:
    """Open the row that was picked, in place of the list (a callback: runs before the page)."""
    state.open_record(of=row.estate_id, order=row.order_id)
    new_round(LIST)


def back_to_list() -> None:
    """Close the open request (a callback: runs before the page)."""
    state.close_record("order", "of")
