"""What the queues of complaints and of requests have in common: colour, deadline, order, age, the clocks that run.

``table`` is :class:`Case` or :class:`WorkOrder`: both keep ``due_target`` and ``due_hard``, the nearest instants of the
clocks that run. The colour is never stored; it follows from them and ``now``. At the due instant a limit still holds.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any, Final, TypeAlias

from sqlalchemy import ColumnElement, and_, case, exists, func, literal, or_, select

from core.kernel.clocks import ClockKind
from core.kernel.pauses import PauseState
from core.kernel.periods import CHINA, local_day
from db.models import Case, ServiceClock, ServicePause, WorkOrder
from db.repositories.keyed import Key, keyed
from db.unit_of_work import Reader

Queued: TypeAlias = type[Case] | type[WorkOrder]

SNIPPET: Final = 60
"""How many characters of what was said a row shows."""
_MOST_DAYS: Final = 36_500


class QueueLevel(StrEnum):
    """The colour of a record (R-086), and why it has none."""

    GREEN = "green"
    AMBER = "amber"
    """A target is missed."""
    RED = "red"
    """A hard limit is missed."""
    PAUSED = "paused"
    """Its clocks stand still, and nobody knows yet until when."""
    NONE = "none"
    """Nothing is waited for by the clock."""


@dataclass(frozen=True, slots=True)
class Deadline:
    """The instant that counts next."""

    at: datetime
    is_hard: bool


@dataclass(frozen=True, slots=True)
class RunningClock:
    """A clock that runs, with its limits; ``None`` without one, and while a pause without an end lasts."""

    kind: ClockKind
    due_target: datetime | None
    due_hard: datetime | None


def level_of(*, runs: bool, due_target: datetime | None, due_hard: datetime | None, now: datetime) -> QueueLevel:
    """Give the colour of a row, or why it has none; ``runs``: whether a clock runs in its state."""
    if not runs:
        return QueueLevel.NONE
    if due_target is None and due_hard is None:
        return QueueLevel.PAUSED
    if due_hard is not None and due_hard < now:
        return QueueLevel.RED
    return QueueLevel.AMBER if due_target is not None and due_target < now else QueueLevel.GREEN


def deadline_of(*, due_target: datetime | None, due_hard: datetime | None, now: datetime) -> Deadline | None:
    """Give the deadline: a hard limit that is missed, else the target if still to come, else the hard limit.

    A missed target without a hard limit stays the deadline.
    """
    if due_hard is not None and (due_hard < now or due_target is None or due_target < now):
        return Deadline(due_hard, is_hard=True)
    return None if due_target is None else Deadline(due_target, is_hard=False)


def deadline_expression(table: Queued, now: datetime) -> ColumnElement[datetime]:
    """``deadline_of`` in SQL."""
    return case(
        (table.due_hard < now, table.due_hard),
        (table.due_target >= now, table.due_target),
        else_=func.coalesce(table.due_hard, table.due_target),
    )


def is_red(table: Queued, now: datetime) -> ColumnElement[bool]:
    """The condition that a hard limit is missed; true or false, never unknown."""
    return and_(table.due_hard.is_not(None), table.due_hard < now)


def is_amber(table: Queued, now: datetime) -> ColumnElement[bool]:
    """The condition that a target is missed, and no hard limit yet."""
    holds = or_(table.due_hard.is_(None), table.due_hard >= now)
    return and_(table.due_target.is_not(None), table.due_target < now, holds)


def is_paused(table: Queued, now: datetime) -> ColumnElement[bool]:
    """A pause that counts lasts now, of a clock that runs: one of a clock that has stopped keeps nothing still."""
    pause, clock = ServicePause, ServiceClock
    lasts = and_(pause.start_at <= now, or_(pause.end_at.is_(None), pause.end_at > now))
    of_record = and_(pause.estate_id == table.estate_id, pause.record_id == table.id)
    runs = and_(clock.estate_id == table.estate_id, clock.record_id == table.id, clock.stopped_at.is_(None))
    named = literal(",").concat(pause.clocks).concat(",").like(literal("%,").concat(clock.kind).concat(",%"))
    return exists().where(of_record, pause.state == PauseState.APPROVED.value, lasts, runs, named).correlate(table)


def order_by_deadline(table: Queued, now: datetime) -> tuple[ColumnElement[Any], ...]:
    """The order of what is open: rank 0 on top, then red ones by most overdue, then the rest by nearest deadline.

    Where no clock runs or all stand still, a record comes last. Every column stands in the index of open records.
    """
    without = and_(table.due_hard.is_(None), table.due_target.is_(None))
    group = case((is_red(table, now), 0), (without, 2), else_=1)
    return _columns(table.queue_rank, group, deadline_expression(table, now), table.estate_id, table.id)


def order_by_end(table: Queued) -> tuple[ColumnElement[Any], ...]:
    """The order of what has ended: the newest first."""
    return _columns(table.ended_on.desc(), table.ended_at.desc(), table.id.desc())


def newest_first(table: Queued) -> tuple[ColumnElement[Any], ...]:
    """The order of all: as registered, the newest first."""
    return _columns(table.registered_at.desc(), table.id.desc())


def _columns(*columns: Any) -> tuple[ColumnElement[Any], ...]:
    return columns


def has_ended(table: Queued) -> ColumnElement[bool]:
    """The condition that a record has ended."""
    return table.ended_on.is_not(None)


def at_least_old(table: Queued, days: int, now: datetime) -> ColumnElement[bool]:
    """Registered at least so many business days of the calendar ago; today is none.

    Nearly all are; so the column is wrapped, and what else is asked for finds them rather than an index by this one.
    """
    last = local_day(now) - timedelta(days=min(max(days, 0), _MOST_DAYS))
    return func.coalesce(table.registered_at, table.registered_at) < day_begins(last + timedelta(days=1))


def day_begins(day: date) -> datetime:
    """The first instant of a business day."""
    return datetime.combine(day, time(), tzinfo=CHINA)


def running_clocks(keys: Collection[Key], reader: Reader) -> Mapping[Key, tuple[RunningClock, ...]]:
    """The clocks that run for the records shown, in the order of their kinds; one statement. Others have none."""
    found: defaultdict[Key, list[RunningClock]] = defaultdict(list)
    if keys:
        clock = ServiceClock
        columns = _columns(clock.estate_id, clock.record_id, clock.kind, clock.due_target, clock.due_hard)
        statement = select(*columns).where(
            keyed(clock.estate_id, clock.record_id, keys),
            func.coalesce(clock.stopped_at, clock.stopped_at).is_(None),  # wrapped: the keys lead, not what stopped
            clock.cancelled.is_(False),
            reader.scope(clock.estate_id),
        )
        for row in reader.rows(statement):
            runs = RunningClock(ClockKind(row.kind), row.due_target, row.due_hard)
            found[row.estate_id, row.record_id].append(runs)
    order = list(ClockKind)
    ordered = {key: tuple(sorted(runs, key=lambda one: order.index(one.kind))) for key, runs in found.items()}
    return defaultdict(tuple, ordered)


def waited_for(clocks: tuple[RunningClock, ...], deadline: Deadline | None) -> ClockKind | None:
    """Which clock a deadline is of, the first of several; without a deadline the first that stands still."""
    if deadline is not None:
        clocks = tuple(one for one in clocks if deadline.at == (one.due_hard if deadline.is_hard else one.due_target))
    return clocks[0].kind if clocks else None


def beginning(content: str) -> str:
    """How what was said begins: one line of at most 60 characters."""
    line = " ".join(content.split())
    return line if len(line) <= SNIPPET else line[: SNIPPET - 1] + "…"
