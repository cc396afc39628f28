"""How limits were kept by clock and grade, and how long clocks stood still: by whom and why (R-083 to R-086; R21)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Integer, Select, and_, case, cast, func, literal, or_, select, union_all

from core.admin.permissions import Permission
from core.complaints.comparison import Comparison
from core.complaints.grading import CaseGrade
from core.complaints.insight import InTime
from core.kernel.clocks import ClockKind
from core.kernel.identity import EstateId, UserId
from core.kernel.pauses import PauseState
from db.columns import Instant
from db.models import Case, ServiceClock, ServicePause, User
from db.queries.case_insight import IS_COMPLAINT, InsightWanted, days_of, narrowed
from db.queries.durations import MicrosecondsBetween
from db.queries.service_rows import day_begins
from db.unit_of_work import Reader, query

MOST_PAUSE_LINES: Final = 200

_KINDS: Final = (ClockKind.RESPONSE, ClockKind.RESOLVED, ClockKind.CALLED_BACK)
_PARTS: Final = ("kept", "late", "waiting")


@dataclass(frozen=True, slots=True)
class KeptLine:
    """How the limits of one clock were kept for complaints of one grade."""

    clock: ClockKind
    grade: CaseGrade
    target: InTime
    hard: InTime


@dataclass(frozen=True, slots=True, kw_only=True)
class PauseLine:
    """The approved pauses somebody asked for with one reason, and how long they lasted within the period.

    ``lasting`` have not ended yet. Two pauses at the same time count both. ``user_id`` is empty for the portal's own.
    """

    user_id: UserId | None
    name: str
    reason: str
    pauses: int
    lasting: int
    time: timedelta


@query(Permission.SERVICE_INSIGHT)
def kept_by_grade(reader: Reader, wanted: InsightWanted) -> tuple[KeptLine, ...]:
    """The complaints' clocks that stopped in the period, and those that run: late or waiting at its end (or now).

    A line for each clock and grade, in their order; cancelled clocks count neither way. One statement.
    """
    days = days_of(wanted, reader.now)
    parts = [_stopped(reader, wanted.estate_id, days), _running(reader, wanted.estate_id, days)]
    found: dict[tuple[str, str, str], list[int]] = {}
    for row in reader.rows(union_all(*parts)):
        for limit in ("target", "hard"):
            own = found.setdefault((row.kind, row.grade, limit), [0, 0, 0])
            for place, part in enumerate(_PARTS):
                own[place] += int(getattr(row, f"{limit}_{part}"))
    return tuple(
        KeptLine(kind, grade, *(InTime(*found.get((kind.value, grade.value, limit), (0, 0, 0))) for limit in _LIMITS))
        for kind in _KINDS
        for grade in CaseGrade
    )


_LIMITS: Final = ("target", "hard")


def _stopped(reader: Reader, estate: EstateId | None, days: Comparison) -> Select[Any]:
    clock, this = ServiceClock, days.this
    flags = {
        "target_kept": clock.target_kept.is_(True),
        "target_late": clock.target_kept.is_(False),
        "hard_kept": clock.hard_kept.is_(True),
        "hard_late": clock.hard_kept.is_(False),
    }
    inside = (clock.stopped_at >= day_begins(this.start), clock.stopped_at < day_begins(this.end))
    return _by_grade(flags, narrowed(reader, estate, clock.estate_id), *inside)


def _running(reader: Reader, estate: EstateId | None, days: Comparison) -> Select[Any]:
    """Clocks that run still, as they stood at the period's end, or stand now."""
    clock, seen = ServiceClock, min(day_begins(days.this.end), reader.now)
    flags = {
        "target_late": clock.due_target < seen,
        "target_waiting": clock.due_target >= seen,
        "hard_late": clock.due_hard < seen,
        "hard_waiting": clock.due_hard >= seen,
    }
    here = narrowed(reader, estate, clock.estate_id)
    return _by_grade(flags, here, clock.stopped_at.is_(None), clock.started_at < seen)


def _by_grade(flags: Mapping[str, ColumnElement[bool]], *where: ColumnElement[bool]) -> Select[Any]:
    clock = ServiceClock
    names = [f"{limit}_{part}" for limit in _LIMITS for part in _PARTS]
    sums = [
        func.sum(cast(case((flags[name], 1), else_=0) if name in flags else literal(0), Integer)).label(name)
        for name in names
    ]
    at_case = and_(Case.estate_id == clock.estate_id, Case.id == clock.record_id)
    kinds = clock.kind.in_([kind.value for kind in _KINDS])
    columns: list[Any] = [clock.kind, Case.grade, *sums]
    statement = select(*columns).join(Case, at_case)
    return statement.where(*where, kinds, clock.cancelled.is_(False), IS_COMPLAINT).group_by(clock.kind, Case.grade)


@query(Permission.SERVICE_INSIGHT)
def pauses_by_person(reader: Reader, wanted: InsightWanted) -> tuple[PauseLine, ...]:
    """Who had clocks stand still in the period, and why: the longest first; cases and requests alike. One statement."""
    pause, this = ServicePause, days_of(wanted, reader.now).this
    first, last = day_begins(this.start), min(day_begins(this.end), reader.now)
    begins = case((pause.start_at < first, _at(first)), else_=pause.start_at)
    ends = case((or_(pause.end_at.is_(None), pause.end_at > last), _at(last)), else_=pause.end_at)
    lasts = case((or_(pause.end_at.is_(None), pause.end_at > reader.now), 1), else_=0)
    found = (
        select(pause.asked_by, pause.reason, lasts.label("lasts"), MicrosecondsBetween(ends, begins).label("time"))
        .where(narrowed(reader, wanted.estate_id, pause.estate_id), pause.state == PauseState.APPROVED.value)
        .where(pause.start_at < last, or_(pause.end_at.is_(None), pause.end_at > first))
        .subquery()
        .c
    )
    by = (found.asked_by, found.reason)
    time = func.sum(found.time).label("time")
    sums = select(*by, func.count().label("pauses"), func.sum(found.lasts).label("lasting"), time).group_by(*by)
    lines = sums.subquery()
    statement = (
        select(*lines.c, User.display_name)
        .outerjoin(User, User.id == lines.c.asked_by)
        .order_by(lines.c.time.desc(), func.coalesce(lines.c.asked_by, 0), lines.c.reason)
        .limit(MOST_PAUSE_LINES)
    )
    return tuple(_pause_line(row) for row in reader.rows(statement))


def _at(instant: datetime) -> ColumnElement[datetime]:
    return literal(instant, Instant())


def _pause_line(row: Any) -> PauseLine:
    return PauseLine(
        user_id=None if row.asked_by is None else UserId(row.asked_by),
        name=row.display_name or "",
        reason=row.reason,
        pauses=int(row.pauses),
        lasting=int(row.lasting),
        time=timedelta(microseconds=int(row.time)),
    )
