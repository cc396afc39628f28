"""What many requests show: mean times, limits kept, failures, ratings, the last weeks (R-113, R-114, R-116, R-117).

A request counts in the period in which the thing happened: submitted, answered, fixed, closed; so the figures of a past
period stay what they are, however long others stay open.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import chain, repeat
from typing import Any, Final

from sqlalchemy import ColumnElement, CompoundSelect, Select, and_, case, func, literal, select, union_all
from sqlalchemy.orm import InstrumentedAttribute

from core.admin.permissions import Permission
from core.complaints.comparison import Comparison
from core.kernel.clocks import ClockKind
from core.kernel.identity import EstateId
from core.work_orders.insight import (
    MeanTime,
    MttrLine,
    RatingSummary,
    WorkInTime,
    is_fixed,
    rating_summary,
)
from core.work_orders.kinds import PublicSystem, WorkKind
from core.work_orders.limits import WorkLimitRow
from core.work_orders.outcome_steps import WorkResult
from core.work_orders.states import WorkState
from db.models import Estate, ServiceClock, WorkOrder
from db.queries.case_insight import BEFORE, THIS, InsightWanted, days_of, narrowed, within_days, within_instants
from db.queries.durations import MicrosecondsBetween
from db.queries.service_rows import day_begins
from db.unit_of_work import Reader, query

TREND_WEEKS: Final = 12
_CLOCKS: Final = (ClockKind.RESPONSE, ClockKind.RESOLVED)
_FIXED: Final = tuple(result.value for result in WorkResult if is_fixed(result))
_WEEK: Final = timedelta(days=7)
_NOTHING: Final = literal(0)
_NAMES: Final[tuple[Any, ...]] = (WorkOrder.estate_id, WorkOrder.kind, WorkOrder.failure)
_IS_OPEN: Final = WorkOrder.ended_on.is_(None)
_COUNTS: Final = WorkOrder.state != WorkState.CANCELLED.value


@dataclass(frozen=True, slots=True)
class FailureLine:
    """Failures of a public system: how many were submitted in the period, and how fast those fixed in it were."""

    system: PublicSystem
    submitted: int
    time: MeanTime


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkPeriod:
    """The requests of a period in figures.

    ``submitted`` counts cancelled ones too, nothing else does. ``mttr`` has a line for each kind and one for all, over
    requests fixed in the period; ``waiting`` likewise is the time until the answer, over those answered in it.
    ``targets`` and ``hard_limits`` tell how limits were kept by clocks that stopped in the period; in a period that is
    not over, those that run still are late or waiting as of now. ``ratings`` are those of requests closed in it.
    """

    submitted: int
    mttr: tuple[MttrLine, ...]
    waiting: tuple[MttrLine, ...]
    targets: tuple[WorkInTime, ...]
    hard_limits: tuple[WorkInTime, ...]
    failures: tuple[FailureLine, ...]
    ratings: RatingSummary


@dataclass(frozen=True, slots=True)
class EstateWork:
    """The requests of one estate: submitted in the period, open now, and the MTTR of each kind and of all."""

    estate_id: EstateId
    estate_name: str
    submitted: int
    open: int
    mttr: tuple[MttrLine, ...]


@dataclass(frozen=True, slots=True)
class WorkWeek:
    """A week from Monday on: how many requests were submitted, and how many were fixed in what mean time."""

    monday: date
    submitted: int
    time: MeanTime


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkInsight:
    """A period and the one before; how many requests (``failures`` among them) are open now; estates and weeks.

    ``estates`` are those with any request, in the order of their numbers; ``weeks`` the last twelve up to the period's
    end.
    """

    days: Comparison
    this: WorkPeriod
    before: WorkPeriod
    open: int
    open_failures: int
    estates: tuple[EstateWork, ...]
    weeks: tuple[WorkWeek, ...]


@dataclass(frozen=True, slots=True)
class _Sum:
    """How many requests of a kind, and their times added up in microseconds."""

    estate: EstateId
    name: str
    kind: WorkKind
    failure: PublicSystem | None
    n: int
    total: int


@query(Permission.SERVICE_INSIGHT)
def work_insight(reader: Reader, wanted: InsightWanted) -> WorkInsight:
    """The figures of a period beside those of the one before; four statements, whatever there is."""
    estate, days = wanted.estate_id, days_of(wanted, reader.now)
    sums = _sums(reader, estate, days)
    clocks = _clocks(reader, estate, days)
    ratings = _ratings(reader, estate, days)
    still = sums.get(("open", THIS), [])
    return WorkInsight(
        days=days,
        this=_period(sums, clocks, ratings, THIS),
        before=_period(sums, clocks, ratings, BEFORE),
        open=sum(one.n for one in still),
        open_failures=sum(one.n for one in still if one.failure is not None),
        estates=_estates(sums),
        weeks=_weeks(reader, estate, days.this.end),
    )


def _period(
    sums: Mapping[tuple[str, int], list[_Sum]],
    clocks: Mapping[tuple[int, str], Mapping[tuple[WorkLimitRow, ClockKind], WorkInTime]],
    ratings: Mapping[int, Mapping[int | None, int]],
    period: int,
) -> WorkPeriod:
    new, fixed, answered = (sums.get((part, period), []) for part in ("new", "fixed", "answered"))
    given = ratings.get(period, {})
    return WorkPeriod(
        submitted=sum(one.n for one in new),
        mttr=_lines(fixed, None),
        waiting=_lines(answered, None),
        targets=_limits(clocks.get((period, "target"), {})),
        hard_limits=_limits(clocks.get((period, "hard"), {})),
        failures=tuple(_failure(system, new, fixed) for system in PublicSystem),
        ratings=rating_summary(ratings=list(chain.from_iterable(repeat(mark, n) for mark, n in given.items()))),
    )


def _lines(sums: Iterable[_Sum], estate: EstateId | None) -> tuple[MttrLine, ...]:
    """A line for each kind and one for all, as ``mttr_by_kind`` gives them (R-116)."""
    found = list(sums)
    lines = (MttrLine(estate, kind, _mean(one for one in found if one.kind is kind)) for kind in WorkKind)
    return (*lines, MttrLine(estate, None, _mean(found)))


def _mean(sums: Iterable[_Sum]) -> MeanTime:
    found = list(sums)
    return mean_of(n=sum(one.n for one in found), total=sum(one.total for one in found))


def mean_of(*, n: int, total: int) -> MeanTime:
    """The mean of ``n`` times that add up to ``total`` microseconds; ``None`` ("n/a") of none."""
    return MeanTime(n, timedelta(microseconds=total) / n if n else None)


def _failure(system: PublicSystem, new: Iterable[_Sum], fixed: Iterable[_Sum]) -> FailureLine:
    submitted = sum(one.n for one in new if one.failure is system)
    return FailureLine(system, submitted, _mean(one for one in fixed if one.failure is system))


def _limits(found: Mapping[tuple[WorkLimitRow, ClockKind], WorkInTime]) -> tuple[WorkInTime, ...]:
    keys = ((row, clock) for row in WorkLimitRow for clock in _CLOCKS)
    return tuple(found.get(key, WorkInTime(*key)) for key in keys)


def _estates(sums: Mapping[tuple[str, int], list[_Sum]]) -> tuple[EstateWork, ...]:
    new, fixed, still = (sums.get((part, THIS), []) for part in ("new", "fixed", "open"))
    names = {one.estate: one.name for one in chain(new, fixed, still)}
    return tuple(
        EstateWork(
            estate_id=estate,
            estate_name=names[estate],
            submitted=sum(one.n for one in new if one.estate == estate),
            open=sum(one.n for one in still if one.estate == estate),
            mttr=_lines((one for one in fixed if one.estate == estate), estate),
        )
        for estate in sorted(names)
    )


def _sums(reader: Reader, estate: EstateId | None, days: Comparison) -> Mapping[tuple[str, int], list[_Sum]]:
    """Every count and sum of times by part and period, estate, kind and failure; one statement."""
    here = narrowed(reader, estate, WorkOrder.estate_id)
    inside, period = within_instants(WorkOrder.registered_at, days)
    fixed = WorkOrder.result.in_(_FIXED)
    parts = [
        _added("new", select(*_NAMES, period.label("period"), _NOTHING.label("took")).where(here, inside)),
        _added("fixed", _done(WorkOrder.carried_out_at, days, here, fixed)),
        _added("answered", _done(WorkOrder.answered_at, days, here)),
        _added("open", select(*_NAMES, literal(THIS).label("period"), _NOTHING.label("took")).where(here, _IS_OPEN)),
    ]
    each = union_all(*parts).subquery()
    found: dict[tuple[str, int], list[_Sum]] = {}
    for row in reader.rows(select(each, Estate.name).join(Estate, Estate.id == each.c.estate_id)):
        failure = PublicSystem(row.failure) if row.failure else None
        one = _Sum(EstateId(row.estate_id), row.name, WorkKind(row.kind), failure, int(row.n), int(row.total))
        found.setdefault((row.part, row.period), []).append(one)
    return found


def _done(column: InstrumentedAttribute[Any], days: Comparison, *where: ColumnElement[bool]) -> CompoundSelect[Any]:
    """What was done in the periods, and the time since submission; cancelled requests are left out.

    What ended before them was done before them; so what is open and what ended since is read, each over its index.
    """
    inside, period = within_instants(column, days)
    took = MicrosecondsBetween(column, WorkOrder.registered_at).label("took")
    found = select(*_NAMES, period.label("period"), took).where(*where, inside, _COUNTS)
    return union_all(found.where(_IS_OPEN), found.where(WorkOrder.ended_on >= days.before.start))


def _added(part: str, each: Select[Any] | CompoundSelect[Any]) -> Select[Any]:
    found = each.subquery().c
    by = (found.period, found.estate_id, found.kind, found.failure)
    figures = (func.count().label("n"), func.sum(found.took).label("total"))
    return select(literal(part).label("part"), *by, *figures).where(found.period.is_not(None)).group_by(*by)


def _clocks(
    reader: Reader, estate: EstateId | None, days: Comparison
) -> Mapping[tuple[int, str], Mapping[tuple[WorkLimitRow, ClockKind], WorkInTime]]:
    """How limits were kept, by period and limit (``target``, ``hard``), row of the table and clock; one statement."""
    parts = [_stopped(reader, estate, days)]
    parts += [_running(reader, estate)] if days.running else []
    found: dict[tuple[int, str], dict[tuple[WorkLimitRow, ClockKind], WorkInTime]] = {}
    for line in reader.rows(union_all(*parts)):
        key = WorkLimitRow(line.row), ClockKind(line.kind)
        for limit in ("target", "hard"):
            own = found.setdefault((line.period, limit), {})
            before = own.get(key, WorkInTime(*key))
            kept, late, waiting = (int(getattr(line, f"{limit}_{part}")) for part in ("kept", "late", "waiting"))
            own[key] = WorkInTime(*key, before.in_time + kept, before.late + late, before.waiting + waiting)
    return found


_ROW: Final = case(
    (WorkOrder.failure != "", WorkLimitRow.FAILURE.value),
    (WorkOrder.kind == WorkKind.REPAIR.value, WorkLimitRow.REPAIR.value),
    else_=WorkLimitRow.OTHER.value,
)
"""``work_limit_row`` in SQL."""


def _stopped(reader: Reader, estate: EstateId | None, days: Comparison) -> Select[Any]:
    """Clocks that stopped in the periods; a cancelled one counts neither way, nor does one without a limit."""
    clock = ServiceClock
    inside, period = within_instants(clock.stopped_at, days)
    flags = {
        f"{limit}_{part}": kept.is_(wanted) if wanted is not None else None
        for limit, kept in (("target", clock.target_kept), ("hard", clock.hard_kept))
        for part, wanted in (("kept", True), ("late", False), ("waiting", None))
    }
    return _by_row(period, flags, narrowed(reader, estate, clock.estate_id), inside)


def _running(reader: Reader, estate: EstateId | None) -> Select[Any]:
    """Clocks that run still; one in a pause without an end has no due instant and counts neither way."""
    clock, now = ServiceClock, reader.now
    flags = {
        f"{limit}_{part}": condition
        for limit, due in (("target", clock.due_target), ("hard", clock.due_hard))
        for part, condition in (("kept", None), ("late", due < now), ("waiting", due >= now))
    }
    return _by_row(literal(THIS), flags, narrowed(reader, estate, clock.estate_id), clock.stopped_at.is_(None))


def _by_row(period: Any, flags: Mapping[str, ColumnElement[bool] | None], *where: ColumnElement[bool]) -> Select[Any]:
    """Count clocks of requests by row, clock and period, once for each flag that holds."""
    clock, of_order = ServiceClock, _at_order()
    marks = [(_NOTHING if holds is None else case((holds, 1), else_=0)).label(name) for name, holds in flags.items()]
    found = (
        select(_ROW.label("row"), clock.kind, period.label("period"), *marks)
        .join(WorkOrder, of_order)
        .where(*where, clock.kind.in_([kind.value for kind in _CLOCKS]), clock.cancelled.is_(False))
        .subquery()
        .c
    )
    by = (found.row, found.kind, found.period)
    sums = [func.sum(found[name]).label(name) for name in flags]
    return select(*by, *sums).where(found.period.is_not(None)).group_by(*by)


def _at_order() -> ColumnElement[bool]:
    return and_(WorkOrder.estate_id == ServiceClock.estate_id, WorkOrder.id == ServiceClock.record_id)


def _ratings(reader: Reader, estate: EstateId | None, days: Comparison) -> Mapping[int, Mapping[int | None, int]]:
    """How many closed requests got each rating, by period; ``None``: closed without one; one statement."""
    inside, period = within_days(WorkOrder.ended_on, days)
    here = (narrowed(reader, estate, WorkOrder.estate_id), inside, WorkOrder.state == WorkState.CLOSED.value)
    each = select(period.label("period"), WorkOrder.rating).where(*here).subquery().c
    statement = select(each.period, each.rating, func.count().label("n")).where(each.period.is_not(None))
    found: dict[int, dict[int | None, int]] = {}
    for row in reader.rows(statement.group_by(each.period, each.rating)):
        found.setdefault(row.period, {})[row.rating] = int(row.n)
    return found


def _weeks(reader: Reader, estate: EstateId | None, until: date) -> tuple[WorkWeek, ...]:
    """The last twelve weeks, the one in which the day before ``until`` lies as the last; one statement."""
    last = until - timedelta(days=1)
    first = last - timedelta(days=last.weekday()) - (TREND_WEEKS - 1) * _WEEK
    mondays = tuple(first + place * _WEEK for place in range(TREND_WEEKS))
    here = narrowed(reader, estate, WorkOrder.estate_id)
    fixed = (here, WorkOrder.result.in_(_FIXED), _COUNTS)
    parts = [
        _weekly("new", WorkOrder.registered_at, mondays, (here,)),
        _weekly("fixed", WorkOrder.carried_out_at, mondays, (*fixed, _IS_OPEN), (*fixed, WorkOrder.ended_on >= first)),
    ]
    found = {(row.part, row.week): row for row in reader.rows(union_all(*parts))}
    return tuple(_week(found, place, monday) for place, monday in enumerate(mondays))


def _week(found: Mapping[tuple[str, int], Any], place: int, monday: date) -> WorkWeek:
    new, fixed = found.get(("new", place)), found.get(("fixed", place))
    time = mean_of(n=int(fixed.n), total=int(fixed.total)) if fixed else MeanTime(0, None)
    return WorkWeek(monday, int(new.n) if new else 0, time)


def _weekly(
    part: str,
    column: InstrumentedAttribute[Any],
    mondays: tuple[date, ...],
    *wheres: tuple[ColumnElement[bool], ...],
) -> Select[Any]:
    """Counts and times by week, of what several conditions find that have nothing in common."""
    ends = [day_begins(monday + _WEEK) for monday in mondays]
    week = case(*((column < end, place) for place, end in enumerate(ends)))
    took = MicrosecondsBetween(column, WorkOrder.registered_at)
    each = select(week.label("week"), took.label("took")).where(column >= day_begins(mondays[0]), column < ends[-1])
    found = union_all(*(each.where(*where) for where in wheres)).subquery().c
    figures = (func.count().label("n"), func.sum(found.took).label("total"))
    return select(literal(part).label("part"), found.week, *figures).group_by(found.week)
