"""How a service clock stands, and what is kept of it when it stops (R-083 to R-086; convention 6).

Nothing here is stored but the closing record: breach and colour follow from the rows and ``now``.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from core.kernel.clocks import ClockFacts, ClockKind, Course, Limit, budget_of, course_of, hours_of, merged_years
from core.kernel.worktime import ALWAYS, ServiceCalendar

_MINUTE: Final = timedelta(minutes=1)


class ClockLevel(StrEnum):
    """The colour of a clock (R-086): amber after the target, red after the hard limit."""

    GREEN = "green"
    AMBER = "amber"
    RED = "red"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockState:
    """How a clock stands at an instant, or stood at its stop.

    ``elapsed`` is the time on the clock, pauses left out, in the time that uses up the hard limit (without one: the
    target; without either: round the clock). What remains is measured in each limit's own time and is negative when
    the limit is exceeded; it is zero while nothing more has counted since the due instant, as over a weekend.
    A due instant is ``None`` without a limit, and while a pause without an end keeps it from coming. ``used_percent``
    is the share of the hard limit used, rounded down. ``unknown_years`` are those whose holidays had to be assumed.
    """

    level: ClockLevel
    paused: bool
    stopped: bool
    elapsed: timedelta
    due_target: datetime | None
    due_hard: datetime | None
    remaining_target: timedelta | None
    remaining_hard: timedelta | None
    used_percent: int | None
    unknown_years: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one limit ended: stopped by ``due`` or not, and the whole minutes left of it, rounded down.

    ``minutes_left`` is negative when over: a second too late is -1, a second too early 0. A limit missed outside its
    own time (due Friday 18:00, stopped on Saturday) is not kept and has 0.
    """

    due: datetime
    kept: bool
    minutes_left: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosingRecord:
    """What is stored when a clock stops, and not recomputed when the calendar changes later."""

    kind: ClockKind
    stopped_at: datetime
    target: Outcome | None
    hard: Outcome | None
    calendar_version: str
    unknown_years: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Reading:
    """One limit measured."""

    due: datetime | None
    exceeded: bool
    budget: timedelta
    elapsed: timedelta
    unknown_years: tuple[int, ...]

    @property
    def remaining(self) -> timedelta:
        return self.budget - self.elapsed


def clock_state(*, facts: ClockFacts, now: datetime, calendar: ServiceCalendar) -> ClockState:
    """Read a clock at ``now`` (a stopped one at its stop) from its rows alone (R-086).

    At the due instant itself a limit still holds; any time after it is missed, working time or not.
    """
    course = course_of(facts=facts, now=now)
    target = _reading(course, course.levels.target, calendar)
    hard = _reading(course, course.levels.hard, calendar)
    governing = hard or target
    return ClockState(
        level=_level(target, hard),
        paused=course.paused,
        stopped=course.stopped,
        elapsed=governing.elapsed if governing else course.time_run(ALWAYS).value,
        due_target=target.due if target else None,
        due_hard=hard.due if hard else None,
        remaining_target=target.remaining if target else None,
        remaining_hard=hard.remaining if hard else None,
        used_percent=hard.elapsed * 100 // hard.budget if hard else None,
        unknown_years=_years(target, hard),
    )


def closing_record(*, facts: ClockFacts, calendar: ServiceCalendar, calendar_version: str) -> ClosingRecord:
    """Settle a stopped clock; one that still runs raises ``ValueError``."""
    if facts.stopped_at is None:
        raise ValueError("the clock still runs")
    course = course_of(facts=facts, now=facts.stopped_at)
    target = _reading(course, course.levels.target, calendar)
    hard = _reading(course, course.levels.hard, calendar)
    return ClosingRecord(
        kind=facts.kind,
        stopped_at=course.as_of,
        target=_outcome(target),
        hard=_outcome(hard),
        calendar_version=calendar_version,
        unknown_years=_years(target, hard),
    )


def _reading(course: Course, limit: Limit | None, calendar: ServiceCalendar) -> _Reading | None:
    if limit is None:
        return None
    hours = hours_of(limit=limit, calendar=calendar)
    budget = budget_of(limit=limit, started_at=course.started_at, calendar=calendar)
    elapsed = course.time_run(hours)
    due = course.instant_of(budget.value, hours)
    exceeded = due.value is not None and course.as_of > due.value
    years = merged_years(budget.unknown_years, elapsed.unknown_years, due.unknown_years)
    return _Reading(due.value, exceeded, budget.value, elapsed.value, years)


def _level(target: _Reading | None, hard: _Reading | None) -> ClockLevel:
    if hard is not None and hard.exceeded:
        return ClockLevel.RED
    return ClockLevel.AMBER if target is not None and target.exceeded else ClockLevel.GREEN


def _outcome(reading: _Reading | None) -> Outcome | None:
    if reading is None or reading.due is None:
        return None
    return Outcome(reading.due, not reading.exceeded, reading.remaining // _MINUTE)


def _years(*readings: _Reading | None) -> tuple[int, ...]:
    return merged_years(*(reading.unknown_years for reading in readings if reading))
