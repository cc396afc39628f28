"""Working time: the hours of a week, holidays and make-up days over them, and arithmetic on both (R-009, R21)."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import ClassVar, Final, Protocol, Self, TypeAlias
from zoneinfo import ZoneInfo

from chinese_calendar import holidays

from core.kernel.errors import BusinessError
from core.kernel.periods import CHINA
from core.kernel.workdays import WorkCalendar, WorkdayAnswer

MINUTES_A_DAY: Final = 24 * 60
_MONDAY_TO_FRIDAY: Final = 5
_NOTHING: Final = timedelta()


class HoursRefused(BusinessError):
    """Hours lie between 00:00 and 24:00, climb and do not overlap. Fields: ``start``, ``end`` (minutes of the day)."""

    code: ClassVar[str] = "worktime.hours"


class NoWorkingHours(BusinessError):
    """No day from Monday to Friday has any hours, so no limit could ever run out."""

    code: ClassVar[str] = "worktime.no_hours"


@dataclass(frozen=True, slots=True)
class Interval:
    """Local minutes of a day, ``start`` included and ``end`` not: 540–720 is 09:00–12:00; 1440 is 24:00."""

    start: int
    end: int

    def __post_init__(self) -> None:
        if not 0 <= self.start < self.end <= MINUTES_A_DAY:
            raise HoursRefused(start=self.start, end=self.end)


DayHours: TypeAlias = tuple[Interval, ...]


def check_hours(hours: DayHours) -> None:
    """Raise ``HoursRefused`` at the first interval that begins before the one before it ends; touching is fine."""
    for earlier, later in pairwise(hours):
        if later.start < earlier.end:
            raise HoursRefused(start=later.start, end=later.end)


@dataclass(frozen=True, slots=True)
class WeekTemplate:
    """The hours of an ordinary week, Monday first. A shift over midnight is two intervals, on the two days."""

    days: tuple[DayHours, DayHours, DayHours, DayHours, DayHours, DayHours, DayHours]

    def __post_init__(self) -> None:
        if len(self.days) != 7:
            raise ValueError("a week has seven days")
        for hours in self.days:
            check_hours(hours)
        if not any(self.days[:_MONDAY_TO_FRIDAY]):
            raise NoWorkingHours

    @classmethod
    def of(cls, weekday: DayHours, *, saturday: DayHours = (), sunday: DayHours = ()) -> Self:
        """The same hours from Monday to Friday, and those of the weekend."""
        return cls((weekday, weekday, weekday, weekday, weekday, saturday, sunday))

    @property
    def first_working_hours(self) -> DayHours:
        """The hours of the first day of the week that has any."""
        return next(hours for hours in self.days if hours)


class Hours(Protocol):
    """What a clock can run on: working time, or round the clock."""

    def open_time(self, start: datetime, end: datetime) -> WorkdayAnswer[timedelta]:
        """Measure the open time from ``start`` to ``end``; nothing when ``end`` is not after ``start``."""

    def add_open_time(self, start: datetime, duration: timedelta) -> WorkdayAnswer[datetime]:
        """Find the first instant by which ``duration`` of open time has passed since ``start``."""

    def next_open(self, instant: datetime) -> WorkdayAnswer[datetime]:
        """Find the first open instant that is not before ``instant``."""


@dataclass(frozen=True, slots=True)
class RoundTheClock:
    """Every instant counts: emergencies, and limits in clock hours (domain.md §4.5)."""

    def open_time(self, start: datetime, end: datetime) -> WorkdayAnswer[timedelta]:
        """Measure the time from ``start`` to ``end``; nothing when ``end`` is not after ``start``."""
        return WorkdayAnswer(max(in_utc(end) - in_utc(start), _NOTHING))

    def add_open_time(self, start: datetime, duration: timedelta) -> WorkdayAnswer[datetime]:
        """Give ``start`` plus ``duration`` (not negative), in UTC."""
        return WorkdayAnswer(in_utc(start) + _not_negative(duration))

    def next_open(self, instant: datetime) -> WorkdayAnswer[datetime]:
        """Give the instant itself, in UTC."""
        return WorkdayAnswer(in_utc(instant))


ALWAYS: Final = RoundTheClock()


@dataclass(frozen=True, slots=True)
class _Plan:
    """One local day in UTC: its open spans, whether it counts as a working day, and whose notice is missing."""

    spans: tuple[tuple[datetime, datetime], ...]
    total: timedelta
    counts: bool
    unknown: tuple[int, ...]

    def within(self, start: datetime, end: datetime) -> timedelta:
        """The open time of the day between two instants."""
        return sum((max(min(closes, end) - max(opens, start), _NOTHING) for opens, closes in self.spans), _NOTHING)


@dataclass(frozen=True, slots=True)
class ServiceCalendar:
    """Working time: the week's hours, changed by the working-day calendar (R-009).

    A weekday at rest has ``holiday_hours`` (none unless given), and so has a weekend day that lies in a public holiday
    or that the company declares a day of rest. A weekend day that is worked (a make-up day) has ``makeup_hours``: those
    of the first working day of the week unless given. Every other day has the template's hours, ordinary weekends
    included. Hours belong to the date they lie on, also those of a night shift after midnight.

    All instants are aware; results are UTC. A local time that the zone's clock skips or shows twice means its first
    passing, and no instant counts twice. ``workdays`` is not to be changed afterwards: days looked at are remembered.
    """

    template: WeekTemplate
    workdays: WorkCalendar = field(default_factory=WorkCalendar)
    holiday_hours: DayHours = ()
    makeup_hours: DayHours | None = None
    zone: ZoneInfo = CHINA
    _plans: dict[int, _Plan] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        check_hours(self.holiday_hours)
        check_hours(self.makeup_hours or ())

    def open_time(self, start: datetime, end: datetime) -> WorkdayAnswer[timedelta]:
        """Measure the open time from ``start`` to ``end``, exactly; nothing when ``end`` is not after ``start``."""
        start, end = in_utc(start), in_utc(end)
        total, seen = _NOTHING, set[int]()
        first, last = self._ordinal(start), self._ordinal(end - timedelta.resolution)
        for ordinal in range(first, last + 1):
            plan = self._plan(ordinal)
            seen.update(plan.unknown)
            total += plan.total if first < ordinal < last else plan.within(start, end)
        return WorkdayAnswer(total, tuple(sorted(seen)))

    def add_open_time(self, start: datetime, duration: timedelta) -> WorkdayAnswer[datetime]:
        """Find the first instant by which ``duration`` (not negative) of open time has passed since ``start``.

        Time that runs out with the day's last interval ends there, not the next morning; no duration gives ``start``.
        """
        start, left, seen = in_utc(start), _not_negative(duration), set[int]()
        ordinal = self._ordinal(start)
        while left:
            plan = self._plan(ordinal)
            seen.update(plan.unknown)
            for opens, closes in plan.spans:
                begins = max(opens, start)
                if closes - begins >= left:
                    return WorkdayAnswer(begins + left, tuple(sorted(seen)))
                left -= max(closes - begins, _NOTHING)
            ordinal += 1
        return WorkdayAnswer(start)

    def add_working_days(self, start: datetime, count: int) -> WorkdayAnswer[datetime]:
        """Find the end of the last interval of the ``count``-th working day after the local day of ``start``.

        That day itself is never counted. A working day is one the working-day calendar calls so and that has hours; an
        open Saturday is none. ``count`` is at least 1.
        """
        if count < 1:
            raise ValueError("working days are counted from one")
        ordinal, left, seen = self._ordinal(in_utc(start)), count, set[int]()
        while True:
            ordinal += 1
            plan = self._plan(ordinal)
            seen.update(plan.unknown)
            left -= plan.counts
            if not left:
                return WorkdayAnswer(plan.spans[-1][1], tuple(sorted(seen)))

    def next_open(self, instant: datetime) -> WorkdayAnswer[datetime]:
        """Find the first open instant that is not before ``instant``; the end of an interval is not open."""
        instant, seen = in_utc(instant), set[int]()
        ordinal = self._ordinal(instant)
        while True:
            plan = self._plan(ordinal)
            seen.update(plan.unknown)
            for opens, closes in plan.spans:
                if instant < closes:
                    return WorkdayAnswer(max(opens, instant), tuple(sorted(seen)))
            ordinal += 1

    def _ordinal(self, instant: datetime) -> int:
        return instant.astimezone(self.zone).toordinal()

    def _plan(self, ordinal: int) -> _Plan:
        plan = self._plans.get(ordinal)
        if plan is None:
            plan = self._plans[ordinal] = self._drawn(date.fromordinal(ordinal))
        return plan

    def _drawn(self, day: date) -> _Plan:
        works = self.workdays.working_day(day)
        midnight = datetime(day.year, day.month, day.day, tzinfo=self.zone)
        spans: list[tuple[datetime, datetime]] = []
        for interval in self._hours_on(day, works=works.value):
            opens, closes = (
                (midnight + timedelta(minutes=minutes)).astimezone(UTC) for minutes in (interval.start, interval.end)
            )
            # Where the zone's clock jumps ahead, a skipped time lands after the jump, maybe in the next interval.
            opens = max(opens, spans[-1][1]) if spans else opens
            if opens < closes:
                spans.append((opens, closes))
        total = sum((closes - opens for opens, closes in spans), _NOTHING)
        return _Plan(tuple(spans), total, works.value and bool(spans), works.unknown_years)

    def _hours_on(self, day: date, *, works: bool) -> DayHours:
        weekday = day.weekday()
        if works and weekday >= _MONDAY_TO_FRIDAY:
            return self.template.first_working_hours if self.makeup_hours is None else self.makeup_hours
        is_ordinary = works or (day not in holidays and day not in self.workdays.overrides)
        return self.template.days[weekday] if is_ordinary else self.holiday_hours


def in_utc(instant: datetime) -> datetime:
    """Give an aware instant in UTC; a naive one raises ``ValueError`` (R20)."""
    if instant.tzinfo is None:
        raise ValueError("an instant needs a time zone")
    return instant.astimezone(UTC)


def _not_negative(duration: timedelta) -> timedelta:
    if duration < _NOTHING:
        raise ValueError("a duration is not negative")
    return duration
