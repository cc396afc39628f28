"""Every count of the complaints' dashboard from one statement: a union of small sums over the indexes (R-099).

Each row is a part, a key, a flag, the period and a number; :class:`Counts` hands them out.
"""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any, Final, TypeVar

from sqlalchemy import ColumnElement, Select, String, and_, case, cast, func, literal, select, union_all

from core.complaints.actions import CaseAction
from core.complaints.comparison import Comparison
from core.complaints.taxonomy import RecordType
from core.kernel.clocks import ClockKind
from core.kernel.identity import EstateId
from core.kernel.periods import local_day
from db.models import Case, ServiceClock, ServiceStep
from db.queries.case_insight import (
    BEFORE,
    IS_COMPLAINT,
    IS_FINISHED,
    LEFT,
    THIS,
    narrowed,
    within_days,
    within_instants,
)
from db.queries.service_rows import day_begins
from db.unit_of_work import Reader

AGE_ENDS: Final = (3, 7, 15)
"""The last days of the age groups 0–3, 4–7 and 8–15 days; the last group has no end."""

LATE, KEPT, WAITING = 0, 1, 2
"""The flags of the parts ``target`` and ``hard``: what became of a limit."""

_CLOCKS: Final = (ClockKind.RESPONSE.value, ClockKind.RESOLVED.value)
_COMPLAINT: Final = RecordType.COMPLAINT.value

E = TypeVar("E")


class Counts:
    """The rows of the one statement, asked for by part and period."""

    def __init__(self, rows: Iterable[Any]) -> None:
        self._of: dict[tuple[str, int], dict[tuple[str, int], int]] = {}
        for row in rows:
            own = self._of.setdefault((row.part, row.period), {})
            own[row.key, row.flag] = own.get((row.key, row.flag), 0) + int(row.n)

    def flagged(self, part: str, period: int) -> Mapping[tuple[str, int], int]:
        """Counts by key and flag."""
        return self._of.get((part, period), {})

    def keyed(self, part: str, period: int, flag: int = 0) -> Mapping[str, int]:
        """Counts by key of one flag."""
        return {key: n for (key, found), n in self.flagged(part, period).items() if found == flag}

    def of(self, kind: type[E], part: str, period: int) -> dict[E, int]:
        """Counts by the members of an enum; what is not filled in is left out."""
        return {kind(key): n for key, n in self.keyed(part, period).items() if key}  # type: ignore[call-arg]


def case_counts(reader: Reader, estate: EstateId | None, days: Comparison) -> Counts:
    """Count the cases of both periods."""
    return Counts(reader.rows(union_all(*_selects(reader, estate, days))))


def _selects(reader: Reader, estate: EstateId | None, days: Comparison) -> list[Select[Any]]:
    return [
        *_registered(reader, estate, days),
        *_ended(reader, estate, days),
        *_open(reader, estate, days),
        _call_backs(reader, estate, days),
        *_stopped(reader, estate, days),
        *_running(reader, estate, days),
    ]


def _counted(part: str, key: Any, period: Any, *where: ColumnElement[bool], flag: Any = None) -> Select[Any]:
    """One part: counts by key, flag and period, each of which may be a plain number."""
    by = [column for column in (key, flag, period) if not isinstance(column, str | int) and column is not None]
    columns = (
        literal(part).label("part"),
        cast(key if not isinstance(key, str) else literal(key), String).label("key"),
        (literal(flag or 0) if isinstance(flag, int | None) else flag).label("flag"),
        (literal(period) if isinstance(period, int) else period).label("period"),
        func.count().label("n"),
    )
    return select(*columns).where(*where).group_by(*by)


def _registered(reader: Reader, estate: EstateId | None, days: Comparison) -> list[Select[Any]]:
    """What came in: by type, and the mixes of complaints."""
    inside, period = within_instants(Case.registered_at, days)
    flags = case((Case.repeated, 2), else_=0) + case((Case.special, 1), else_=0)
    names = (Case.record_type, Case.state, Case.category, Case.grade, Case.channel)
    where = (narrowed(reader, estate, Case.estate_id), inside, period.is_not(None))
    came = select(period.label("period"), *names, flags.label("flags")).where(*where).cte("came").c
    complaint = came.record_type == _COMPLAINT
    counts = and_(complaint, came.state.not_in(LEFT))
    return [
        _counted("new", came.record_type, came.period),
        _counted("left", came.state, came.period, complaint, came.state.in_(LEFT)),
        _counted("category", came.category, came.period, counts),
        _counted("channel", came.channel, came.period, counts),
        _counted("handling", came.grade, came.period, counts, flag=came.flags),
    ]


def _ended(reader: Reader, estate: EstateId | None, days: Comparison) -> list[Select[Any]]:
    """What was closed: by type, and why and how complaints were."""
    inside, period = within_days(Case.ended_on, days)
    names = (Case.record_type, Case.root_cause, Case.cause_detail, Case.solution)
    where = (narrowed(reader, estate, Case.estate_id), inside, period.is_not(None), IS_FINISHED)
    ended = select(period.label("period"), *names).where(*where).cte("ended")
    complaint = ended.c.record_type == _COMPLAINT
    return [
        _counted("closed", ended.c.record_type, ended.c.period),
        _counted("cause", ended.c.root_cause, ended.c.period, complaint),
        _counted("detail", ended.c.cause_detail, ended.c.period, complaint),
        _counted("solution", ended.c.solution, ended.c.period, complaint),
    ]


def _open(reader: Reader, estate: EstateId | None, days: Comparison) -> list[Select[Any]]:
    """What is open now, and what came and ended since the periods; ``flag`` 1: since the later of the two."""
    here, today = narrowed(reader, estate, Case.estate_id), local_day(reader.now)
    is_open = Case.ended_on.is_(None)
    starts = [day_begins(today - timedelta(days=last)) for last in AGE_ENDS]
    age = case(
        *((Case.registered_at >= start, str(place)) for place, start in enumerate(starts)), else_=str(len(starts))
    )
    first, later = day_begins(days.before.end), day_begins(days.this.end)
    came = case((Case.registered_at >= later, 1), else_=0)
    ended = case((Case.ended_on >= days.this.end, 1), else_=0)
    aged = select(age.label("age")).where(here, is_open, IS_COMPLAINT).subquery().c.age
    return [
        _counted("open", Case.record_type, THIS, here, is_open),
        _counted("age", aged, THIS),
        _flagged("new_since", came, here, Case.registered_at >= first),
        _flagged("ended_since", ended, here, Case.ended_on >= days.before.end),
    ]


def _flagged(part: str, flag: ColumnElement[int], *where: ColumnElement[bool]) -> Select[Any]:
    found = select(Case.record_type, flag.label("flag")).where(*where).subquery().c
    return _counted(part, found.record_type, THIS, flag=found.flag)


def _call_backs(reader: Reader, estate: EstateId | None, days: Comparison) -> Select[Any]:
    """Call-backs as entered; the state they led to tells whether the customer was satisfied."""
    inside, period = within_instants(ServiceStep.made_at, days)
    at_case = and_(Case.estate_id == ServiceStep.estate_id, Case.id == ServiceStep.record_id)
    found = (
        select(ServiceStep.state, period.label("period"))
        .join(Case, at_case)
        .where(narrowed(reader, estate, ServiceStep.estate_id), inside, period.is_not(None))
        .where(ServiceStep.action == CaseAction.CALL_BACK.value, IS_COMPLAINT)
        .subquery()
    )
    return _counted("call_back", found.c.state, found.c.period)


_AT_CASE: Final = and_(Case.estate_id == ServiceClock.estate_id, Case.id == ServiceClock.record_id)


def _stopped(reader: Reader, estate: EstateId | None, days: Comparison) -> list[Select[Any]]:
    """Clocks that stopped in the periods: kept or late. A cancelled one counts neither way."""
    inside, period = within_instants(ServiceClock.stopped_at, days)
    names = (ServiceClock.kind, ServiceClock.target_kept, ServiceClock.hard_kept)
    found = (
        select(*names, period.label("period"))
        .join(Case, _AT_CASE)
        .where(narrowed(reader, estate, ServiceClock.estate_id), ServiceClock.kind.in_(_CLOCKS), inside)
        .where(period.is_not(None), ServiceClock.cancelled.is_(False), IS_COMPLAINT)
        .cte("stopped")
        .c
    )
    return [
        _counted(part, found.kind, found.period, kept.is_(wanted), flag=flag)
        for part, kept in (("target", found.target_kept), ("hard", found.hard_kept))
        for wanted, flag in ((True, KEPT), (False, LATE))
    ]


def _running(reader: Reader, estate: EstateId | None, days: Comparison) -> list[Select[Any]]:
    """Clocks that run still: late when they ran out before the period's end (or now), else waiting.

    They are found as the clocks without a stop, which the index of stops keeps together.
    """
    dues = (ServiceClock.due_target, ServiceClock.due_hard)
    found = (
        select(ServiceClock.kind, ServiceClock.started_at, *dues)
        .join(Case, _AT_CASE)
        .where(narrowed(reader, estate, ServiceClock.estate_id), ServiceClock.kind.in_(_CLOCKS), IS_COMPLAINT)
        .where(ServiceClock.stopped_at.is_(None), ServiceClock.cancelled.is_(False))
        .cte("running")
        .c
    )
    seen = {
        period: min(day_begins(span.end), reader.now) for period, span in ((THIS, days.this), (BEFORE, days.before))
    }
    return [
        _counted(part, found.kind, period, found.started_at < at, came, flag=flag)
        for part, due in (("target", found.due_target), ("hard", found.due_hard))
        for period, at in seen.items()
        for came, flag in ((due < at, LATE), (due >= at, WAITING))
    ]
