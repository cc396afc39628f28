"""Service clocks by the slowest possible means: minute after minute. The fast ones must agree with this."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from chinese_calendar import holidays
from hypothesis import strategies as st

from core.kernel.clocks import ClockFacts, ClockKind, DatedLevels, Levels, Limit, LimitCalendar, LimitUnit, Pause
from core.kernel.periods import CHINA
from core.kernel.workdays import DayKind, WorkCalendar
from core.kernel.worktime import DayHours, Interval, ServiceCalendar, WeekTemplate

MINUTE = timedelta(minutes=1)
OFFICE_HOURS: DayHours = (Interval(9 * 60, 12 * 60), Interval(13 * 60 + 30, 18 * 60))
OFFICE = ServiceCalendar(WeekTemplate.of(OFFICE_HOURS))


def local(text: str, zone: ZoneInfo = CHINA) -> datetime:
    """The instant, in UTC, at which a clock on the wall in China shows this."""
    return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)


def between(first: str, last: str) -> Interval:
    """An interval from ``09:00``-like texts."""
    start, end = (int(text[:2]) * 60 + int(text[3:]) for text in (first, last))
    return Interval(start, end)


def duration(text: str) -> timedelta:
    """``7:30`` as a length of time."""
    hours, minutes = text.split(":")
    return timedelta(hours=int(hours), minutes=int(minutes))


@dataclass(slots=True)
class Walker:
    """Knows of each minute whether it is open, and nothing else."""

    calendar: ServiceCalendar
    known: dict[date, frozenset[int]] = field(default_factory=dict)

    def is_open(self, instant: datetime) -> bool:
        """Whether the minute that begins now is working time."""
        shown = instant.astimezone(self.calendar.zone)
        return shown.hour * 60 + shown.minute in self.minutes(shown.date())

    def minutes(self, day: date) -> frozenset[int]:
        """The open minutes of a day."""
        if day not in self.known:
            self.known[day] = frozenset(
                minute for part in self.hours(day) for minute in range(1440) if part.start <= minute < part.end
            )
        return self.known[day]

    def hours(self, day: date) -> DayHours:
        """The rules once more, in the order a person would ask."""
        ordinary = self.calendar.template.days[day.isoweekday() - 1]
        works = self.calendar.workdays.working_day(day).value
        if day.isoweekday() <= 5:
            return ordinary if works else self.calendar.holiday_hours
        if works and self.calendar.makeup_hours is not None:
            return self.calendar.makeup_hours
        if works:
            return [hours for hours in self.calendar.template.days if hours][0]  # noqa: RUF015
        if day in holidays or self.calendar.workdays.overrides.get(day) is DayKind.REST:
            return self.calendar.holiday_hours
        return ordinary

    def open_minutes(self, start: datetime, end: datetime) -> int:
        """Open minutes between two instants on full minutes."""
        return sum(map(self.is_open, minutes_from(start, end)))

    def end_of_working_days(self, start: datetime, count: int) -> datetime:
        """The end of the last interval of the n-th working day."""
        day = start.astimezone(self.calendar.zone).date()
        while count:
            day += timedelta(days=1)
            if self.calendar.workdays.working_day(day).value and self.minutes(day):
                count -= 1
        midnight = datetime(day.year, day.month, day.day, tzinfo=self.calendar.zone)
        return (midnight + timedelta(minutes=max(self.minutes(day)) + 1)).astimezone(UTC)


@dataclass(slots=True)
class Walk:
    """A clock walked minute by minute under one limit."""

    walker: Walker
    facts: ClockFacts
    limit: Limit
    pauses: list[Pause] = field(init=False)

    def __post_init__(self) -> None:
        kind = self.facts.kind
        self.pauses = [pause for pause in self.facts.pauses if pause.approved and kind in pause.clocks]

    def budget(self) -> int:
        """The limit in minutes on the clock."""
        if self.limit.unit is LimitUnit.WORKING_DAYS:
            end = self.walker.end_of_working_days(self.facts.started_at, self.limit.amount)
            return self.walker.open_minutes(self.facts.started_at, end)
        return self.limit.amount * (60 if self.limit.unit is LimitUnit.HOURS else 1)

    def paused(self, instant: datetime) -> bool:
        """Whether a pause that counts covers the minute; none counts once the clock has stopped."""
        stop = self.facts.stopped_at
        if stop is not None and instant >= stop:
            return False
        return any(pause.start <= instant and (pause.end is None or instant < pause.end) for pause in self.pauses)

    def ticks(self, instant: datetime) -> bool:
        """Whether the minute counts."""
        counts = self.limit.calendar is LimitCalendar.ALWAYS or self.walker.is_open(instant)
        return counts and not self.paused(instant)

    def run(self, until: datetime) -> int:
        """The minutes on the clock."""
        return sum(map(self.ticks, minutes_from(self.facts.started_at, until)))

    def readings(self, horizon: datetime) -> dict[int, datetime]:
        """When the clock first shows each number of minutes, up to the horizon."""
        ticking = filter(self.ticks, minutes_from(self.facts.started_at, horizon))
        return {shown: minute + MINUTE for shown, minute in enumerate(ticking, start=1)}


def minutes_from(start: datetime, end: datetime) -> Iterator[datetime]:
    """Each minute's beginning."""
    while start < end:
        yield start
        start += MINUTE


WINDOWS = (datetime(2026, 2, 11, tzinfo=UTC), datetime(2025, 9, 26, tzinfo=UTC), datetime(2026, 4, 30, tzinfo=UTC))
"""A few days on from here lie a holiday, its make-up days and plain weekends."""


@st.composite
def day_hours(draw: st.DrawFn, least: int = 0) -> DayHours:
    """Up to three intervals on half hours, touching now and then."""
    bounds = sorted(draw(st.sets(st.integers(0, 48), min_size=2 * least, max_size=6)))
    return tuple(Interval(a * 30, b * 30) for a, b in zip(bounds[::2], bounds[1::2], strict=False))


@st.composite
def calendars(draw: st.DrawFn, zone: ZoneInfo = CHINA) -> ServiceCalendar:
    """Any working calendar with some hours each Monday to Friday."""
    days = [draw(day_hours(least=1)) for _ in range(5)] + [draw(day_hours()) for _ in range(2)]
    first = draw(st.sampled_from(WINDOWS)).date()
    near = st.integers(0, 9).map(lambda ahead: first + timedelta(days=ahead))
    own = draw(st.dictionaries(near, st.sampled_from(DayKind), max_size=4))
    makeup = draw(st.none() | day_hours())
    return ServiceCalendar(WeekTemplate(tuple(days)), WorkCalendar(own), draw(day_hours()), makeup, zone)  # type: ignore[arg-type]


def instants(days: int = 6) -> st.SearchStrategy[datetime]:
    """Full ten minutes soon after one of the windows opens."""
    return st.builds(
        lambda window, tens: window + timedelta(minutes=10 * tens),
        st.sampled_from(WINDOWS),
        st.integers(0, 144 * days),
    )


def limits() -> st.SearchStrategy[Limit]:
    """Any kind of limit of up to about two days, a multiple of ten minutes."""
    return st.one_of(
        st.builds(
            Limit, st.integers(1, 60).map(lambda n: n * 20), st.just(LimitUnit.MINUTES), st.sampled_from(LimitCalendar)
        ),
        st.builds(Limit, st.integers(1, 24), st.just(LimitUnit.HOURS), st.sampled_from(LimitCalendar)),
        st.builds(Limit, st.integers(1, 2), st.just(LimitUnit.WORKING_DAYS)),
    )


@st.composite
def clock_facts(draw: st.DrawFn, *, may_stop: bool = True) -> ClockFacts:
    """A resolution clock with pauses of all sorts and up to three grades."""
    started = draw(instants(days=3))

    def later(low: int, high: int) -> datetime:
        return started + timedelta(minutes=10 * draw(st.integers(low, high)))

    pauses = tuple(
        Pause(
            later(-20, 400),
            later(-20, 500) if draw(st.integers(0, 3)) else None,
            "waiting",
            draw(st.integers(0, 4)) > 0,
            frozenset(draw(st.sets(st.sampled_from(ClockKind), max_size=2))) | {ClockKind.RESOLVED}
            if draw(st.integers(0, 4))
            else frozenset({ClockKind.RESPONSE}),
        )
        for _ in range(draw(st.integers(0, 4)))
    )
    steps = draw(st.lists(st.integers(-5, 400), max_size=3, unique=True))
    levels = tuple(
        DatedLevels(
            started + timedelta(minutes=10 * step), Levels(draw(st.none() | limits()), draw(st.none() | limits()))
        )
        for step in steps
    )
    stopped = later(-10, 500) if may_stop and draw(st.booleans()) else None
    return ClockFacts(kind=ClockKind.RESOLVED, started_at=started, stopped_at=stopped, levels=levels, pauses=pauses)
