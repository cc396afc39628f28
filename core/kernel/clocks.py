"""The rows a service clock is made of, and how the time on it runs (R-083 to R-086; convention 6)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import ClassVar, Final, TypeAlias

from core.kernel.errors import BusinessError
from core.kernel.workdays import WorkdayAnswer
from core.kernel.worktime import ALWAYS, Hours, ServiceCalendar, in_utc


class ClockKind(StrEnum):
    """What a clock waits for."""

    RESPONSE = "response"
    ON_SITE = "on_site"
    RESOLVED = "resolved"
    CALLED_BACK = "called_back"


class LimitUnit(StrEnum):
    """What a limit is counted in."""

    MINUTES = "minutes"
    HOURS = "hours"
    WORKING_DAYS = "working_days"
    """Until the end of the n-th working day after the day the clock starts (R-083, R-084)."""


class LimitCalendar(StrEnum):
    """Which time uses up a limit."""

    ALWAYS = "always"
    WORKING = "working"


LONGEST_LIMIT: Final = {
    LimitUnit.MINUTES: 366 * 24 * 60,
    LimitUnit.HOURS: 366 * 24,
    LimitUnit.WORKING_DAYS: 366,
}


class LimitRefused(BusinessError):
    """A limit is 1 to ``most`` of its ``unit``."""

    code: ClassVar[str] = "clocks.limit"


class LimitNeedsWorkingTime(BusinessError):
    """A limit in working days cannot run round the clock."""

    code: ClassVar[str] = "clocks.limit_needs_working_time"


@dataclass(frozen=True, slots=True)
class Limit:
    """How much time there is: ``amount`` of ``unit``, used up round the clock or in working time only."""

    amount: int
    unit: LimitUnit
    calendar: LimitCalendar = LimitCalendar.WORKING

    def __post_init__(self) -> None:
        if not 1 <= self.amount <= LONGEST_LIMIT[self.unit]:
            raise LimitRefused(unit=self.unit, most=LONGEST_LIMIT[self.unit])
        if self.unit is LimitUnit.WORKING_DAYS and self.calendar is LimitCalendar.ALWAYS:
            raise LimitNeedsWorkingTime


@dataclass(frozen=True, slots=True)
class Levels:
    """The two limits of a clock: amber after the target, red after the hard limit; ``None`` never runs out."""

    target: Limit | None = None
    hard: Limit | None = None


@dataclass(frozen=True, slots=True)
class DatedLevels:
    """The limits that hold from ``since`` (included) until newer ones; a change of grade writes a row."""

    since: datetime
    levels: Levels


@dataclass(frozen=True, slots=True)
class Pause:
    """A time in which the clocks named stand still: ``start`` included, ``end`` not, ``None`` while it lasts.

    ``approved`` is also true where the reason needs no approval; that is settled when the row is written, so that a
    later change of the setting moves nothing. Without approval a pause does not count.
    """

    start: datetime
    end: datetime | None
    reason: str
    approved: bool
    clocks: frozenset[ClockKind]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockFacts:
    """Everything stored about one clock; the order of ``pauses`` and of ``levels`` does not matter.

    Only of two ``levels`` from the very same instant the later in the tuple holds.
    """

    kind: ClockKind
    started_at: datetime
    stopped_at: datetime | None = None
    levels: tuple[DatedLevels, ...] = ()
    pauses: tuple[Pause, ...] = ()


Stretch: TypeAlias = tuple[datetime, datetime | None]


@dataclass(frozen=True, slots=True)
class Course:
    """One clock laid out in time, seen at ``as_of``; all instants are UTC.

    ``as_of`` is the stop of a stopped clock, else ``now``, and never before the start: a stop or a ``now`` that lies
    earlier (a clock set back) counts as the start. ``stretches`` are the times in which it runs, in order, none empty.
    The last has no end, unless a pause without an end has begun. Pauses count up to the stop only; what follows the
    stop is where the clock *would* have run.
    """

    started_at: datetime
    as_of: datetime
    stopped: bool
    levels: Levels
    stretches: tuple[Stretch, ...]

    @property
    def paused(self) -> bool:
        """Say whether a pause keeps the clock from running at ``as_of``; never so at its stop, which ends a pause."""
        return not any(begin <= self.as_of and (end is None or self.as_of < end) for begin, end in self.stretches)

    def time_run(self, hours: Hours) -> WorkdayAnswer[timedelta]:
        """Measure the time on the clock at ``as_of``: open time since the start, pauses left out."""
        parts = [
            hours.open_time(begin, self.as_of if end is None else min(end, self.as_of)) for begin, end in self.stretches
        ]
        return WorkdayAnswer(
            sum((part.value for part in parts), timedelta()), merged_years(*(part.unknown_years for part in parts))
        )

    def instant_of(self, budget: timedelta, hours: Hours) -> WorkdayAnswer[datetime | None]:
        """Find the first instant at which the clock shows ``budget`` (more than nothing).

        ``None`` when a pause without an end comes before. A pause that begins at the very instant comes too late.
        """
        left, seen = budget, list[tuple[int, ...]]()
        for begin, end in self.stretches:
            if end is not None:
                part = hours.open_time(begin, end)
                seen.append(part.unknown_years)
                if part.value < left:
                    left -= part.value
                    continue
            found = hours.add_open_time(begin, left)
            return WorkdayAnswer(found.value, merged_years(*seen, found.unknown_years))
        return WorkdayAnswer(None, merged_years(*seen))


def course_of(*, facts: ClockFacts, now: datetime) -> Course:
    """Lay a clock out in time from its rows."""
    started = in_utc(facts.started_at)
    seen_at = now if facts.stopped_at is None else facts.stopped_at
    as_of = max(started, in_utc(seen_at))
    stopped = facts.stopped_at is not None
    return Course(started, as_of, stopped, _levels_at(facts.levels, as_of), _stretches(facts, started, as_of))


def hours_of(*, limit: Limit, calendar: ServiceCalendar) -> Hours:
    """Give the time that uses up a limit."""
    return ALWAYS if limit.calendar is LimitCalendar.ALWAYS else calendar


def budget_of(*, limit: Limit, started_at: datetime, calendar: ServiceCalendar) -> WorkdayAnswer[timedelta]:
    """Turn a limit into time on the clock; working days into the working time until the end of the last of them.

    A pause then moves a limit in working days by the working time it took, like any other limit.
    """
    if limit.unit is LimitUnit.MINUTES:
        return WorkdayAnswer(timedelta(minutes=limit.amount))
    if limit.unit is LimitUnit.HOURS:
        return WorkdayAnswer(timedelta(hours=limit.amount))
    end = calendar.add_working_days(started_at, limit.amount)
    time = calendar.open_time(started_at, end.value)
    return WorkdayAnswer(time.value, merged_years(end.unknown_years, time.unknown_years))


def merged_years(*groups: tuple[int, ...]) -> tuple[int, ...]:
    """Gather the unknown years of several answers, each once, in order."""
    return tuple(sorted(set().union(*groups)))


def _levels_at(rows: tuple[DatedLevels, ...], instant: datetime) -> Levels:
    """The newest limits that hold; before all of them, the first."""
    if not rows:
        return Levels()
    latest = max(instant, min(row.since for row in rows))
    return sorted((row for row in rows if row.since <= latest), key=lambda row: row.since)[-1].levels


def _stretches(facts: ClockFacts, started: datetime, as_of: datetime) -> tuple[Stretch, ...]:
    stretches: list[Stretch] = []
    running_from = started
    for start, end in sorted(_counted(facts, as_of), key=lambda pause: pause[0]):
        if start > running_from:
            stretches.append((running_from, start))
        if end is None:
            return tuple(stretches)
        running_from = max(running_from, end)
    return (*stretches, (running_from, None))


def _counted(facts: ClockFacts, as_of: datetime) -> Iterator[Stretch]:
    """The pauses that count for this clock, up to its stop; those that end before they start are none."""
    for pause in facts.pauses:
        if not (pause.approved and facts.kind in pause.clocks):
            continue
        start, end = in_utc(pause.start), None if pause.end is None else in_utc(pause.end)
        if facts.stopped_at is not None:
            end = as_of if end is None else min(end, as_of)
        if end is None or start < end:
            yield start, end
