"""Service requests as a queue: failures of public systems on top, then by the nearest deadline (R-111 to R-118).

What is written of a request is sealed; it is opened for the rows shown alone, and the database finds the screenful in
the index of open requests before it looks at a single one.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, Select, and_, case, exists, false, func, or_, select, true
from sqlalchemy.orm import aliased

from core.admin.permissions import Actor, Permission
from core.kernel.clocks import ClockKind, Levels
from core.kernel.filters import Slice
from core.kernel.identity import CaseId, EstateId, StaffId, UnitId, WorkOrderId
from core.kernel.periods import local_day
from core.kernel.sla import ClockLevel, ClockState
from core.work_orders.appointments import TAKES_TIME, AppointmentState
from core.work_orders.kinds import PublicSystem, WorkKind
from core.work_orders.limits import upward_report_needed
from core.work_orders.slots import Slot
from core.work_orders.states import WorkState, flow_step, running_clocks
from db.models import Estate, ServiceClock, ServiceRecord, StaffMember, Unit, User, WorkAppointment, WorkOrder
from db.queries.service_finding import Search, SearchForm, search_for
from db.queries.service_rows import (
    QueueLevel,
    RunningClock,
    at_least_old,
    beginning,
    day_begins,
    deadline_expression,
    deadline_of,
    has_ended,
    is_amber,
    is_paused,
    is_red,
    level_of,
    newest_first,
    order_by_deadline,
    order_by_end,
    waited_for,
)
from db.repositories.keyed import Key, keyed
from db.repositories.service_access import orders_seen_by
from db.repositories.service_clocks import StoredClock, stored_clocks
from db.repositories.work_orders import open_word
from db.unit_of_work import Reader, query

__all__ = ["OrderCounts", "OrderList", "OrderRow", "OrdersShown", "OrdersWanted", "QueueLevel", "SearchForm"]

ENGAGED: Final = tuple(sorted(state.value for state in TAKES_TIME))
"""The states in which an appointment takes somebody's time."""
KEY: Final[tuple[Any, ...]] = (WorkOrder.estate_id, WorkOrder.id)
_DONE: Final = (WorkState.CARRIED_OUT.value, WorkState.REPORTED_BACK.value)


class OrdersShown(StrEnum):
    """Which requests the queue shows."""

    OPEN = "open"
    RED = "red"
    AMBER = "amber"
    MINE = "mine"
    """The person carries them out."""
    UNASSIGNED = "unassigned"
    TODAY = "today"
    """Somebody is expected today, or the deadline comes before its end; overdue ones included."""
    VISITS = "visits"
    """Somebody is expected today."""
    REPORT = "report"
    """A limit was missed, and nobody has reported it upward (R-115)."""
    DONE = "done"
    """Carried out, and not closed yet: to be reported back or rated."""
    CLOSED = "closed"
    """Closed or cancelled."""
    ALL = "all"


@dataclass(frozen=True, slots=True)
class OrdersWanted:
    """The requests of an estate (``None``: all the person's) in a view, narrowed by whatever is given.

    ``failure_only``: failures of public systems. ``age_days``: registered at least so many days ago, today being none.
    """

    estate_id: EstateId | None = None
    shown: OrdersShown = OrdersShown.OPEN
    kind: WorkKind | None = None
    failure_only: bool = False
    state: WorkState | None = None
    handler: StaffId | None = None
    age_days: int | None = None
    search: str = ""
    slice: Slice = field(default_factory=Slice)


@dataclass(frozen=True, slots=True)
class AgreedTime:
    """The appointment that stands: with whom, when, and whether the customer has confirmed it."""

    handler: StaffId
    slot: Slot
    confirmed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRow:
    """A request in the queue. Nobody is named but our own people; ``content`` is how it begins, "" once forgotten.

    ``step`` is the step of the five, ``None`` for a cancelled one. ``deadline`` is the instant that counts next,
    ``clock`` what it waits for, ``remaining`` the time up to it from now by the calendar, negative when it is over.
    ``paused``: a pause lasts now; while nobody knows its end there is a clock and no deadline. ``place`` is the unit's
    code, or the public place. ``report_needed``: a limit was missed and nobody has reported it upward (R-115).
    """

    estate_id: EstateId
    estate_name: str
    order_id: WorkOrderId
    number: str
    kind: WorkKind
    failure: PublicSystem | None
    people_at_risk: bool
    unit_id: UnitId | None
    area: str
    place: str
    content: str
    state: WorkState
    step: int | None
    department: str
    handler: StaffId | None
    handler_name: str
    receiver_name: str
    appointment: AgreedTime | None
    registered_at: datetime
    ended_at: datetime | None
    level: QueueLevel
    deadline: datetime | None
    deadline_is_hard: bool
    clock: ClockKind | None
    remaining: timedelta | None
    paused: bool
    rating: int | None
    source_case: CaseId | None
    source_case_number: str
    reopenings: int
    report_needed: bool
    reported_at: datetime | None
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderCounts:
    """How many requests the filter finds in each view, whichever is shown."""

    open: int
    red: int
    amber: int
    mine: int
    unassigned: int
    today: int
    visits: int
    report: int
    done: int
    closed: int

    @property
    def all(self) -> int:
        """Open and ended ones."""
        return self.open + self.closed


@dataclass(frozen=True, slots=True)
class OrderList:
    """A screenful of requests, how many there are in the view, the counts, and how the search was understood."""

    rows: tuple[OrderRow, ...]
    total: int
    counts: OrderCounts
    form: SearchForm


@query(Permission.ORDERS_VIEW)
def work_orders(reader: Reader, wanted: OrdersWanted) -> OrderList:
    """The queue: open requests with failures on top and by nearest deadline, ended ones newest first.

    A search by number shows what it finds in whatever state.
    """
    search = search_for(reader, WorkOrder, wanted.estate_id, wanted.search)
    shown = OrdersShown.ALL if search.in_any_state else wanted.shown
    here = _narrowed(reader, wanted, in_any_state=search.in_any_state)
    ended = _ended(reader)
    number = search.words.count(ended=True) if search.words and not _narrows(reader, wanted) else None
    counts = _counts(reader, here, ended, search, number)
    total = getattr(counts, shown)
    search = search.among_many(total)
    found = reader.rows(_listed(reader, wanted.slice, shown, here, ended, search)) if total else []
    clocks = clocks_of([(row.estate_id, row.id) for row in found], reader)
    rows = tuple(order_row(reader, row, clocks[row.estate_id, row.id]) for row in found)
    return OrderList(rows, total, counts, search.form)


def _ended(reader: Reader) -> ColumnElement[bool]:
    """Those that ended. Who does not see all sees only what he or she carried out; said apart, an index knows them."""
    actor, ended = reader.actor, has_ended(WorkOrder)
    if actor.may(Permission.ORDERS_ALL):
        return ended
    return false() if actor.staff is None else and_(ended, WorkOrder.handler_id == actor.staff)


def _narrowed(reader: Reader, wanted: OrdersWanted, *, in_any_state: bool) -> list[ColumnElement[bool]]:
    """The person's requests as the filter wants them, the search and the view left aside."""
    conditions = [reader.scope(WorkOrder.estate_id), orders_seen_by(reader.actor)]
    equal: tuple[tuple[Any, Any], ...] = (
        (WorkOrder.estate_id, wanted.estate_id),
        (WorkOrder.kind, wanted.kind),
        (WorkOrder.state, None if in_any_state else wanted.state),
        (WorkOrder.handler_id, wanted.handler),
    )
    conditions += [column == value for column, value in equal if value is not None]
    if wanted.failure_only:
        conditions.append(WorkOrder.failure != "")
    if wanted.age_days is not None:
        conditions.append(at_least_old(WorkOrder, wanted.age_days, reader.now))
    return conditions


def _narrows(reader: Reader, wanted: OrdersWanted) -> bool:
    """Say whether anything but estates, view and words keeps requests back."""
    given = (wanted.kind, wanted.state, wanted.handler, wanted.age_days)
    return any(one is not None for one in given) or wanted.failure_only or not reader.actor.may(Permission.ORDERS_ALL)


def open_views(actor: Actor, now: datetime) -> Mapping[OrdersShown, ColumnElement[bool]]:
    """What each view of open requests asks for besides their being open."""
    return {
        OrdersShown.OPEN: true(),
        OrdersShown.RED: is_red(WorkOrder, now),
        OrdersShown.AMBER: is_amber(WorkOrder, now),
        OrdersShown.MINE: false() if actor.staff is None else WorkOrder.handler_id == actor.staff,
        OrdersShown.UNASSIGNED: WorkOrder.handler_id.is_(None),
        OrdersShown.TODAY: _is_for_today(now),
        OrdersShown.VISITS: _is_visited_today(now),
        OrdersShown.REPORT: _needs_report(now),
        OrdersShown.DONE: WorkOrder.state.in_(_DONE),
    }


def _is_for_today(now: datetime) -> ColumnElement[bool]:
    ends, due = day_begins(local_day(now) + timedelta(days=1)), deadline_expression(WorkOrder, now)
    return or_(and_(due.is_not(None), due < ends), _is_visited_today(now))


def _is_visited_today(now: datetime) -> ColumnElement[bool]:
    today, meeting = local_day(now), WorkAppointment
    begins, ends = day_begins(today), day_begins(today + timedelta(days=1))
    of_order = and_(meeting.estate_id == WorkOrder.estate_id, meeting.order_id == WorkOrder.id)
    agreed = exists().where(of_order, meeting.state.in_(ENGAGED), meeting.start_at < ends, meeting.end_at > begins)
    return agreed.correlate(WorkOrder)


def _needs_report(now: datetime) -> ColumnElement[bool]:
    """``upward_report_needed`` in SQL: a clock is or was past its hard limit, or past the target where that is all."""
    clock = ServiceClock
    of_order = and_(clock.estate_id == WorkOrder.estate_id, clock.record_id == WorkOrder.id, clock.cancelled.is_(False))
    hard, target = (or_(due < now, kept.is_(False)) for due, kept in (
        (clock.due_hard, clock.hard_kept), (clock.due_target, clock.target_kept),
    ))  # fmt: skip
    has_hard = or_(clock.due_hard.is_not(None), clock.hard_kept.is_not(None))
    late = exists().where(of_order, case((has_hard, hard), else_=target)).correlate(WorkOrder)
    return and_(WorkOrder.reported_at.is_(None), late)


def _counts(
    reader: Reader,
    here: Collection[ColumnElement[bool]],
    ended: ColumnElement[bool],
    search: Search,
    number: Select[int] | None,
) -> OrderCounts:
    """The counts of every view in one statement; ended requests are counted in their own index.

    ``number``: a statement that counts those ended, where words alone are asked for.
    """
    views = open_views(reader.actor, reader.now)
    if number is None:
        number = select(func.count()).select_from(WorkOrder).where(ended, *here, *search.of_ended)
    closed = number.scalar_subquery()
    sums = [
        func.coalesce(func.sum(case((condition, 1), else_=0)), 0).label(view.value) for view, condition in views.items()
    ]
    statement = select(*sums, closed.label("closed")).where(WorkOrder.ended_on.is_(None), *here, *search.of_open)
    row = reader.rows(statement)[0]
    return OrderCounts(**{view.value: int(getattr(row, view.value)) for view in views}, closed=int(row.closed))


def _listed(  # noqa: PLR0917  # the parts of one statement
    reader: Reader,
    screenful: Slice,
    shown: OrdersShown,
    here: Iterable[ColumnElement[bool]],
    ended: ColumnElement[bool],
    search: Search,
) -> Select[Any]:
    """The screenful: its keys first, then whatever a row shows of them."""
    if shown is OrdersShown.ALL:
        conditions, order = [*here, *search.of_either], newest_first(WorkOrder)
    elif shown is OrdersShown.CLOSED:
        conditions, order = [ended, *here, *search.of_ended], order_by_end(WorkOrder)
    else:
        view = open_views(reader.actor, reader.now)[shown]
        conditions = [WorkOrder.ended_on.is_(None), view, *here, *search.of_open]
        order = order_by_deadline(WorkOrder, reader.now)
    keys: Select[Any] = select(*KEY).where(*conditions).order_by(*order)
    return shown_columns(reader.now, keys.limit(screenful.limit).offset(screenful.offset)).order_by(*order)


_HIDDEN: Final = frozenset(
    ("need_sealed", "caller_name_sealed", "caller_phone_sealed", "caller_phone_index", "next_look", "import_batch")
)
"""Columns no row of the queue needs."""


def shown_columns(now: datetime, keys: Select[Any], *more: Any) -> Select[Any]:
    """What a row shows of the requests selected (``estate_id``, ``id``), and more columns of what is joined to them.

    The keys lead: an outer join is not turned round to read requests in the order wanted.
    """
    page, meeting, source = keys.subquery("shown"), WorkAppointment, aliased(ServiceRecord)
    agreed = and_(
        meeting.estate_id == WorkOrder.estate_id, meeting.order_id == WorkOrder.id, meeting.state.in_(ENGAGED)
    )
    of_case = and_(source.estate_id == WorkOrder.estate_id, source.id == WorkOrder.source_case)
    columns = [column for column in WorkOrder.__table__.columns if column.key not in _HIDDEN]
    return (
        select(*columns, *more)
        .add_columns(
            ServiceRecord.number,
            Estate.name.label("estate_name"),
            Unit.code.label("unit_code"),
            StaffMember.name.label("handler_name"),
            User.display_name.label("receiver_name"),
            source.number.label("source_number"),
            is_paused(WorkOrder, now).label("paused"),
            meeting.handler_id.label("meeting_handler"),
            meeting.start_at,
            meeting.end_at,
            meeting.state.label("meeting_state"),
        )
        .select_from(page)
        .outerjoin(WorkOrder, and_(WorkOrder.estate_id == page.c.estate_id, WorkOrder.id == page.c.id))
        .join(ServiceRecord, and_(ServiceRecord.estate_id == page.c.estate_id, ServiceRecord.id == page.c.id))
        .join(Estate, Estate.id == page.c.estate_id)
        .outerjoin(Unit, and_(Unit.estate_id == WorkOrder.estate_id, Unit.id == WorkOrder.unit_id))
        .outerjoin(StaffMember, StaffMember.id == WorkOrder.handler_id)
        .outerjoin(User, User.id == WorkOrder.received_by)
        .outerjoin(source, of_case)
        .outerjoin(meeting, agreed)
    )


def clocks_of(keys: Collection[Key], reader: Reader) -> Mapping[Key, tuple[StoredClock, ...]]:
    """The clocks of some requests without those that were cancelled, in one statement; pauses are left out."""
    if not keys:
        return {}
    columns = ServiceClock.__table__.c
    own = keyed(columns.estate_id, columns.record_id, keys)
    statement = select(*columns).where(own, columns.cancelled.is_(False), reader.scope(columns.estate_id))
    rows = sorted(reader.rows(statement), key=lambda row: int(row.id))  # in SQL it would lead past the index
    return stored_clocks(keys, rows, {}, {})


def order_row(reader: Reader, row: Row[Any], clocks: Collection[StoredClock]) -> OrderRow:
    """A row of :func:`shown_columns` with its clocks, as it is shown."""
    state, runs = WorkState(row.state), _running(clocks)
    dues = {"due_target": row.due_target, "due_hard": row.due_hard, "now": reader.now}
    deadline = deadline_of(**dues)
    step = flow_step(state)
    return OrderRow(
        estate_id=EstateId(row.estate_id),
        estate_name=row.estate_name,
        order_id=WorkOrderId(row.id),
        number=row.number,
        kind=WorkKind(row.kind),
        failure=PublicSystem(row.failure) if row.failure else None,
        people_at_risk=row.people_at_risk,
        unit_id=None if row.unit_id is None else UnitId(row.unit_id),
        area=row.area,
        place=row.unit_code or row.place,
        content="" if row.anonymised_at is not None else beginning(open_word(reader.keys, row, "content")),
        state=state,
        step=None if step is None else step.number,
        department=row.department,
        handler=None if row.handler_id is None else StaffId(row.handler_id),
        handler_name=row.handler_name or "",
        receiver_name=row.receiver_name or "",
        appointment=_agreed(row),
        registered_at=row.registered_at,
        ended_at=row.ended_at,
        level=level_of(runs=bool(running_clocks(state)), **dues),
        deadline=None if deadline is None else deadline.at,
        deadline_is_hard=deadline is not None and deadline.is_hard,
        clock=waited_for(runs, deadline),
        remaining=None if deadline is None else deadline.at - reader.now,
        paused=bool(runs) and bool(row.paused),
        rating=row.rating,
        source_case=None if row.source_case is None else CaseId(row.source_case),
        source_case_number=row.source_number or "",
        reopenings=row.reopenings,
        report_needed=upward_report_needed(
            clocks=[settled_state(clock, reader.now) for clock in clocks], reported=row.reported_at is not None
        ),
        reported_at=row.reported_at,
        version=row.version,
    )


def _running(clocks: Iterable[StoredClock]) -> tuple[RunningClock, ...]:
    """Those that run, in the order they are waited for."""
    runs = [RunningClock(one.facts.kind, one.due_target, one.due_hard) for one in clocks if one.runs]
    return tuple(sorted(runs, key=lambda one: list(ClockKind).index(one.kind)))


def _agreed(row: Row[Any]) -> AgreedTime | None:
    if row.meeting_handler is None:
        return None
    confirmed = AppointmentState(row.meeting_state) is AppointmentState.CONFIRMED
    return AgreedTime(StaffId(row.meeting_handler), Slot(row.start_at, row.end_at), confirmed)


def settled_state(clock: StoredClock, now: datetime) -> ClockState:
    """How a clock stands by what was stored of it when its rows last changed, without asking the calendar.

    ``remaining_*`` of a clock that runs is by the clock on the wall, none of a limit in a pause without an end.
    """
    facts, limits, nothing = clock.facts, _limits_of(clock), timedelta()
    if facts.stopped_at is None:
        late = [due is not None and due < now for due in (clock.due_target, clock.due_hard)]
        left = [nothing if due is None else due - now for due in (clock.due_target, clock.due_hard)]
    else:
        late = [kept is False for kept in (clock.target_kept, clock.hard_kept)]
        left = [timedelta(minutes=minutes or 0) for minutes in (clock.target_minutes, clock.hard_minutes)]
    return ClockState(
        level=ClockLevel.RED if late[1] else ClockLevel.AMBER if late[0] else ClockLevel.GREEN,
        paused=clock.runs and clock.due_target is None and clock.due_hard is None,
        stopped=not clock.runs,
        elapsed=max((facts.stopped_at or now) - facts.started_at, nothing),
        due_target=clock.due_target,
        due_hard=clock.due_hard,
        remaining_target=None if limits.target is None else left[0],
        remaining_hard=None if limits.hard is None else left[1],
        used_percent=None,
        unknown_years=(),
    )


def _limits_of(clock: StoredClock) -> Levels:
    """The newest of its dated limits."""
    dated = sorted(clock.facts.levels, key=lambda levels: levels.since)
    return dated[-1].levels if dated else Levels()
