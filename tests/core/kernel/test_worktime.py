from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.kernel.periods import CHINA
from core.kernel.workdays import PUBLISHED_YEARS, DayKind, WorkCalendar, WorkdayAnswer
from core.kernel.worktime import (
    ALWAYS,
    Hours,
    HoursRefused,
    Interval,
    NoWorkingHours,
    ServiceCalendar,
    WeekTemplate,
)
from tests.core.kernel.walking import (
    MINUTE,
    OFFICE,
    OFFICE_HOURS,
    Walker,
    between,
    calendars,
    duration,
    instants,
    local,
)

BERLIN = ZoneInfo("Europe/Berlin")
FIRST_UNKNOWN = max(PUBLISHED_YEARS) + 1
NIGHT = (between("00:00", "06:00"), between("22:00", "24:00"))
NIGHT_SHIFT = ServiceCalendar(
    WeekTemplate.of(NIGHT, saturday=NIGHT, sunday=NIGHT), holiday_hours=NIGHT, makeup_hours=NIGHT
)
MORNING = (between("09:00", "12:00"),)
DESK = ServiceCalendar(  # open seven days, short on Saturday, a morning on holidays
    WeekTemplate.of(OFFICE_HOURS, saturday=MORNING, sunday=MORNING), holiday_hours=(between("10:00", "11:00"),)
)


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ("2026-11-16 09:00", "2026-11-16 18:00", "7:30"),  # a Monday
        ("2026-11-16 00:00", "2026-11-17 00:00", "7:30"),
        ("2026-11-16 11:30", "2026-11-16 14:00", "1:00"),  # over lunch
        ("2026-11-16 12:00", "2026-11-16 13:30", "0:00"),  # lunch itself
        ("2026-11-16 11:59", "2026-11-16 13:31", "0:02"),
        ("2026-11-16 18:00", "2026-11-17 09:00", "0:00"),  # a night
        ("2026-11-20 17:00", "2026-11-23 10:00", "2:00"),  # a plain weekend
        ("2026-11-21 00:00", "2026-11-23 00:00", "0:00"),
        ("2026-11-16 09:00", "2026-11-23 09:00", "37:30"),  # a week
        ("2026-11-16 10:00", "2026-11-16 10:00", "0:00"),
        ("2026-11-16 11:00", "2026-11-16 10:00", "0:00"),  # backwards is nothing
        ("2026-02-13 17:00", "2026-02-14 18:00", "8:30"),  # Saturday made up before Spring Festival
        ("2026-02-14 18:00", "2026-02-24 09:30", "0:30"),  # nine days of Spring Festival
        ("2026-02-28 00:00", "2026-03-01 00:00", "7:30"),  # Saturday made up after it
        ("2025-01-26 00:00", "2025-01-27 00:00", "7:30"),  # Sunday made up
        ("2025-01-27 17:00", "2025-02-05 10:00", "2:00"),
        ("2025-09-28 12:00", "2025-09-28 18:00", "4:30"),  # Sunday made up for National Day
        ("2025-09-30 17:30", "2025-10-09 09:30", "1:00"),
        ("2025-10-11 09:00", "2025-10-12 18:00", "7:30"),  # Saturday made up, Sunday not
        ("2026-10-03 00:00", "2026-10-05 00:00", "0:00"),  # a weekend inside National Day
        ("2024-02-28 17:00", "2024-03-01 10:00", "9:30"),  # 29 February is a Thursday
        ("2025-12-31 17:00", "2026-01-04 10:00", "2:00"),  # New Year, then a Sunday made up
    ],
)
def test_open_time_counts_office_hours_only(start: str, end: str, expected: str) -> None:
    assert OFFICE.open_time(local(start), local(end)) == WorkdayAnswer(duration(expected))


def test_open_time_is_exact_to_the_microsecond() -> None:
    start = local("2026-11-16 11:59:58") + timedelta(microseconds=1)
    assert OFFICE.open_time(start, local("2026-11-16 13:30:01")).value == timedelta(seconds=3, microseconds=-1)


@pytest.mark.parametrize(
    ("start", "length", "expected"),
    [
        ("2026-11-16 09:00", "1:00", "2026-11-16 10:00"),
        ("2026-11-16 03:00", "1:00", "2026-11-16 10:00"),  # early in the morning
        ("2026-11-16 11:00", "1:00", "2026-11-16 12:00"),  # ends with the interval, not after lunch
        ("2026-11-16 11:00", "1:01", "2026-11-16 13:31"),
        ("2026-11-16 12:30", "0:30", "2026-11-16 14:00"),  # within lunch
        ("2026-11-16 13:30", "4:30", "2026-11-16 18:00"),  # ends with the day
        ("2026-11-16 09:00", "7:31", "2026-11-17 09:01"),
        ("2026-11-20 17:00", "2:00", "2026-11-23 10:00"),
        ("2026-11-21 10:00", "7:30", "2026-11-23 18:00"),
        ("2026-02-14 17:00", "2:00", "2026-02-24 10:00"),  # over Spring Festival
        ("2025-09-30 17:00", "16:30", "2025-10-11 09:30"),  # two days and the made-up Saturday
        ("2024-02-28 17:30", "1:00", "2024-02-29 09:30"),
        ("2026-11-21 10:00", "0:00", "2026-11-21 10:00"),  # nothing stays, open or not
    ],
)
def test_adding_open_time_ends_at_the_first_instant_that_fits(start: str, length: str, expected: str) -> None:
    assert OFFICE.add_open_time(local(start), duration(length)) == WorkdayAnswer(local(expected))


@pytest.mark.parametrize(
    ("start", "count", "expected"),
    [
        ("2026-11-16 09:00", 1, "2026-11-17 18:00"),
        ("2026-11-16 23:59:59", 1, "2026-11-17 18:00"),
        ("2026-11-17 00:00", 1, "2026-11-18 18:00"),
        ("2026-11-20 10:00", 2, "2026-11-24 18:00"),  # R-083 over a weekend
        ("2026-11-21 10:00", 2, "2026-11-24 18:00"),  # registered on Saturday
        ("2026-11-20 10:00", 7, "2026-12-01 18:00"),
        ("2026-02-12 10:00", 2, "2026-02-14 18:00"),  # the second is a made-up Saturday
        ("2026-02-12 10:00", 7, "2026-02-28 18:00"),  # Spring Festival between, a made-up Saturday at the end
        ("2026-02-18 10:00", 1, "2026-02-24 18:00"),  # registered within the holiday
        ("2025-09-30 10:00", 2, "2025-10-10 18:00"),
        ("2025-09-30 10:00", 3, "2025-10-11 18:00"),
        ("2024-02-28 10:00", 1, "2024-02-29 18:00"),
    ],
)
def test_working_days_end_with_the_last_interval_of_the_last(start: str, count: int, expected: str) -> None:
    assert OFFICE.add_working_days(local(start), count) == WorkdayAnswer(local(expected))


@pytest.mark.parametrize(
    ("instant", "expected"),
    [
        ("2026-11-16 08:59:59", "2026-11-16 09:00"),
        ("2026-11-16 09:00", "2026-11-16 09:00"),
        ("2026-11-16 11:59:59", "2026-11-16 11:59:59"),
        ("2026-11-16 12:00", "2026-11-16 13:30"),  # the end is not open
        ("2026-11-20 18:00", "2026-11-23 09:00"),
        ("2026-02-14 18:00", "2026-02-24 09:00"),
    ],
)
def test_the_next_open_instant(instant: str, expected: str) -> None:
    assert OFFICE.next_open(local(instant)) == WorkdayAnswer(local(expected))


@pytest.mark.parametrize(
    ("day", "hours"),
    [
        ("2026-11-20", "7:30"),  # Friday
        ("2026-11-21", "3:00"),  # an open Saturday
        ("2026-11-22", "3:00"),
        ("2026-10-10", "7:30"),  # made up: like the first working day of the week
        ("2026-10-01", "1:00"),  # National Day, a Thursday
        ("2026-10-03", "1:00"),  # a Saturday in it
        ("2026-12-05", "1:00"),  # a Saturday declared a day of rest
        ("2026-12-07", "1:00"),  # a Monday declared a day of rest
        ("2026-12-12", "7:30"),  # a Saturday declared a working day
        ("2026-10-02", "7:30"),  # a holiday declared a working day
    ],
)
def test_a_day_has_the_hours_of_what_it_is(day: str, hours: str) -> None:
    own = {
        date(2026, 12, 5): DayKind.REST,
        date(2026, 12, 7): DayKind.REST,
        date(2026, 12, 12): DayKind.WORKING,
        date(2026, 10, 2): DayKind.WORKING,
    }
    desk = ServiceCalendar(DESK.template, WorkCalendar(own), DESK.holiday_hours)
    midnight = local(f"{day} 00:00")
    assert desk.open_time(midnight, midnight + timedelta(days=1)).value == duration(hours)


def test_make_up_days_may_have_their_own_hours_or_none() -> None:
    saturday = (local("2026-10-10 00:00"), local("2026-10-11 00:00"))
    short = ServiceCalendar(OFFICE.template, makeup_hours=MORNING)
    assert short.open_time(*saturday).value == duration("3:00")
    closed = ServiceCalendar(OFFICE.template, makeup_hours=())
    assert closed.open_time(*saturday).value == timedelta()
    assert closed.add_working_days(local("2026-10-09 10:00"), 1).value == local("2026-10-12 18:00")


def test_without_hours_on_monday_a_make_up_day_is_like_tuesday() -> None:
    calendar = ServiceCalendar(WeekTemplate(((), MORNING, OFFICE_HOURS, OFFICE_HOURS, OFFICE_HOURS, (), ())))
    assert calendar.open_time(local("2026-10-10 00:00"), local("2026-10-11 00:00")).value == duration("3:00")


def test_an_open_saturday_is_no_working_day_and_a_day_without_hours_is_none_either() -> None:
    assert DESK.add_working_days(local("2026-11-20 10:00"), 1).value == local("2026-11-23 18:00")
    no_monday = ServiceCalendar(WeekTemplate(((), *(OFFICE_HOURS,) * 4, (), ())))
    assert no_monday.add_working_days(local("2026-11-20 10:00"), 1).value == local("2026-11-24 18:00")


def test_an_open_holiday_is_no_working_day() -> None:
    assert DESK.add_working_days(local("2026-09-30 10:00"), 1).value == local("2026-10-08 18:00")


@pytest.mark.parametrize(
    ("start", "length", "expected"),
    [
        ("2026-11-20 21:00", "1:00", "2026-11-20 23:00"),
        ("2026-11-20 21:00", "2:00", "2026-11-21 00:00"),
        ("2026-11-20 23:00", "2:00", "2026-11-21 01:00"),  # over midnight
        ("2026-11-20 22:00", "8:00", "2026-11-21 06:00"),
        ("2026-11-20 22:00", "8:01", "2026-11-21 22:01"),
        ("2026-12-31 23:30", "1:00", "2027-01-01 00:30"),
    ],
)
def test_a_night_shift_runs_over_midnight(start: str, length: str, expected: str) -> None:
    assert NIGHT_SHIFT.add_open_time(local(start), duration(length)).value == local(expected)
    assert NIGHT_SHIFT.open_time(local(start), local(expected)).value == duration(length)


def test_a_day_that_is_open_until_midnight_ends_at_midnight() -> None:
    assert NIGHT_SHIFT.add_working_days(local("2026-11-19 10:00"), 1).value == local("2026-11-21 00:00")


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ("2026-03-28 22:00", "2026-03-29 06:00", "7:00"),  # the clock jumps from 02:00 to 03:00
        ("2026-10-24 22:00", "2026-10-25 06:00", "9:00"),  # and is put back from 03:00 to 02:00
        ("2026-11-20 22:00", "2026-11-21 06:00", "8:00"),
    ],
)
def test_a_zone_with_summer_time_counts_what_really_passes(start: str, end: str, expected: str) -> None:
    calendar = ServiceCalendar(NIGHT_SHIFT.template, zone=BERLIN)
    assert calendar.open_time(local(start, BERLIN), local(end, BERLIN)).value == duration(expected)
    assert calendar.add_open_time(local(start, BERLIN), duration(expected)).value == local(end, BERLIN)


@pytest.mark.parametrize(
    ("hours", "expected"),
    [
        ((between("02:00", "02:45"), between("03:00", "04:00")), "1:00"),  # nothing counts twice
        ((between("02:00", "02:30"), between("02:30", "04:00")), "1:00"),
        ((between("01:00", "01:30"), between("02:00", "02:45"), between("03:00", "04:00")), "1:30"),
        ((between("02:30", "03:00"),), "0:00"),  # never on the clock
        ((between("02:30", "03:00"), between("03:00", "04:00")), "1:00"),
        ((between("01:00", "02:00"), between("03:00", "04:00")), "2:00"),
    ],
)
def test_hours_the_clock_skips_are_not_worked(hours: tuple[Interval, ...], expected: str) -> None:
    calendar = ServiceCalendar(WeekTemplate.of(OFFICE_HOURS, sunday=hours), zone=BERLIN)
    night = (local("2026-03-29 00:00", BERLIN), local("2026-03-29 08:00", BERLIN))
    assert calendar.open_time(*night).value == duration(expected)
    around = (local("2026-03-27 18:00", BERLIN), local("2026-03-30 09:00", BERLIN))
    assert calendar.open_time(*around).value == duration(expected)


@pytest.mark.parametrize("hours", [between("02:00", "03:00"), between("02:30", "03:00")])
def test_a_day_whose_only_hours_the_clock_skips_has_none(hours: Interval) -> None:
    sunday = WorkCalendar({date(2026, 3, 29): DayKind.WORKING})
    calendar = ServiceCalendar(OFFICE.template, sunday, makeup_hours=(hours,), zone=BERLIN)
    friday = local("2026-03-27 12:00", BERLIN)
    assert calendar.add_working_days(friday, 1).value == local("2026-03-30 18:00", BERLIN)
    assert calendar.next_open(local("2026-03-27 18:00", BERLIN)).value == local("2026-03-30 09:00", BERLIN)


def test_the_last_second_of_a_year_leads_into_an_unknown_one() -> None:
    last_second = datetime(FIRST_UNKNOWN - 1, 12, 31, 23, 59, 59, tzinfo=CHINA)
    january = [date(FIRST_UNKNOWN, 1, day) for day in (1, 2, 3, 4)]
    first = next(day for day in january if day.weekday() < 5)
    opens = datetime(first.year, first.month, first.day, 9, tzinfo=CHINA)
    unknown = (FIRST_UNKNOWN,)
    assert OFFICE.add_open_time(last_second, timedelta(hours=1)) == WorkdayAnswer(opens + timedelta(hours=1), unknown)
    assert OFFICE.add_working_days(last_second, 1) == WorkdayAnswer(opens.replace(hour=18), unknown)
    assert OFFICE.next_open(last_second) == WorkdayAnswer(opens, unknown)
    assert OFFICE.open_time(last_second, opens + MINUTE) == WorkdayAnswer(MINUTE, unknown)
    assert not OFFICE.open_time(last_second, opens + MINUTE).certain


def test_declared_days_settle_the_unknown_year() -> None:
    january = [date(FIRST_UNKNOWN, 1, day) for day in range(1, 8)]
    declared = WorkCalendar(dict.fromkeys(january[:4], DayKind.REST), frozenset({FIRST_UNKNOWN}))
    first = next(day for day in january[4:] if day.weekday() < 5)
    found = ServiceCalendar(OFFICE.template, declared).next_open(datetime(FIRST_UNKNOWN, 1, 1, tzinfo=CHINA))
    assert found == WorkdayAnswer(datetime(first.year, first.month, first.day, 9, tzinfo=CHINA))


def test_a_day_that_is_only_touched_is_not_asked_for_its_year() -> None:
    """The day after the end does not matter: up to midnight of an unknown day everything is certain."""
    known = datetime(FIRST_UNKNOWN - 1, 12, 27, tzinfo=CHINA)  # the 28th may be borrowed by an unknown notice
    assert OFFICE.open_time(known, known + timedelta(days=1)).certain
    assert not OFFICE.open_time(known, known + timedelta(days=1, microseconds=1)).certain


def test_unknown_years_are_named_once_and_in_order() -> None:
    """From a year like 2031 on: sets of small numbers come out in order by chance, {2031, 2032} does not."""
    year = next(year for year in range(FIRST_UNKNOWN, FIRST_UNKNOWN + 8) if year % 8 == 7)
    winter = datetime(year, 12, 1, tzinfo=CHINA)
    found = OFFICE.add_working_days(winter, 40)
    assert found.unknown_years == (year, year + 1)
    assert OFFICE.open_time(winter, found.value).unknown_years == (year, year + 1)
    assert OFFICE.add_open_time(winter, timedelta(hours=300)).unknown_years == (year, year + 1)
    closed_days = {date(year, 12, day): DayKind.REST for day in range(21, 32)}
    closed = ServiceCalendar(OFFICE.template, WorkCalendar(closed_days))
    assert closed.next_open(datetime(year, 12, 20, 20, tzinfo=CHINA)).unknown_years == (year, year + 1)


def test_round_the_clock_counts_everything() -> None:
    start, end = local("2026-02-16 23:00"), local("2026-02-17 01:30")
    assert ALWAYS.open_time(start, end) == WorkdayAnswer(duration("2:30"))
    assert ALWAYS.open_time(end, start) == WorkdayAnswer(timedelta())
    assert ALWAYS.add_open_time(start, duration("2:30")) == WorkdayAnswer(end)
    assert ALWAYS.add_open_time(start, timedelta()) == WorkdayAnswer(start)
    assert ALWAYS.next_open(start) == WorkdayAnswer(start)


@pytest.mark.parametrize("hours", [ALWAYS, OFFICE, ServiceCalendar(OFFICE.template, zone=BERLIN)])
def test_instants_of_any_zone_are_taken_and_given_back_in_utc(hours: Hours) -> None:
    start = datetime(2026, 11, 16, 5, tzinfo=BERLIN)
    for found in (hours.add_open_time(start, timedelta(minutes=7)), hours.next_open(start)):
        assert found.value.tzinfo is UTC
    assert hours.open_time(start, start.astimezone(CHINA) + duration("1:00")) == hours.open_time(
        start.astimezone(UTC), start.astimezone(UTC) + duration("1:00")
    )


def test_a_span_over_summer_time_given_in_one_zone_is_measured_in_real_time() -> None:
    night = (datetime(2026, 3, 29, 1, tzinfo=BERLIN), datetime(2026, 3, 29, 4, tzinfo=BERLIN))
    assert ALWAYS.open_time(*night).value == timedelta(hours=2)
    assert ALWAYS.add_open_time(night[0], timedelta(hours=2)).value == night[1]


@pytest.mark.parametrize("hours", [ALWAYS, OFFICE])
def test_a_naive_instant_and_a_negative_duration_are_bugs(hours: Hours) -> None:
    naive, aware = datetime(2026, 11, 16), datetime(2026, 11, 16, tzinfo=UTC)
    for call in (
        lambda: hours.open_time(naive, aware),
        lambda: hours.open_time(aware, naive),
        lambda: hours.add_open_time(naive, MINUTE),
        lambda: hours.next_open(naive),
    ):
        with pytest.raises(ValueError, match="time zone"):
            call()
    with pytest.raises(ValueError, match="negative"):
        hours.add_open_time(aware, -timedelta.resolution)


@pytest.mark.parametrize("count", [0, -1])
def test_working_days_are_counted_from_one(count: int) -> None:
    with pytest.raises(ValueError, match="counted from one"):
        OFFICE.add_working_days(local("2026-11-16 09:00"), count)


@pytest.mark.parametrize(("start", "end"), [(-1, 60), (60, 60), (61, 60), (0, 1441), (1440, 1440)])
def test_hours_outside_the_day_are_refused(start: int, end: int) -> None:
    with pytest.raises(HoursRefused) as refusal:
        Interval(start, end)
    assert refusal.value.fields == {"start": start, "end": end}


@pytest.mark.parametrize("hours", [(Interval(0, 61), Interval(60, 90)), (Interval(60, 90), Interval(0, 30))])
def test_hours_that_overlap_or_fall_back_are_refused(hours: tuple[Interval, ...]) -> None:
    for build in (
        lambda: WeekTemplate.of(OFFICE_HOURS, sunday=hours),
        lambda: ServiceCalendar(OFFICE.template, holiday_hours=hours),
        lambda: ServiceCalendar(OFFICE.template, makeup_hours=hours),
    ):
        with pytest.raises(HoursRefused) as refusal:
            build()
        assert refusal.value.fields == {"start": hours[1].start, "end": hours[1].end}


def test_hours_may_touch_and_fill_the_day() -> None:
    whole = (Interval(0, 720), Interval(720, 1440))
    calendar = ServiceCalendar(WeekTemplate.of(whole))
    assert calendar.open_time(local("2026-11-16 00:00"), local("2026-11-17 00:00")).value == timedelta(days=1)


def test_a_week_needs_hours_from_monday_to_friday() -> None:
    with pytest.raises(NoWorkingHours):
        WeekTemplate.of((), saturday=MORNING, sunday=MORNING)
    assert WeekTemplate(((), (), (), (), MORNING, (), ())).first_working_hours == MORNING


def test_a_week_has_seven_days() -> None:
    with pytest.raises(ValueError, match="seven"):
        WeekTemplate((MORNING,) * 6)  # type: ignore[arg-type]


def test_what_a_calendar_remembers_is_no_part_of_it() -> None:
    used, fresh = ServiceCalendar(OFFICE.template), ServiceCalendar(OFFICE.template)
    used.next_open(local("2026-11-16 09:00"))
    assert used == fresh
    assert repr(used) == repr(fresh)


@settings(max_examples=60, deadline=None)
@given(calendars(), instants(), st.integers(-10, 400))
def test_open_time_is_what_a_walker_counts(calendar: ServiceCalendar, start: datetime, tens: int) -> None:
    end = start + tens * timedelta(minutes=10)
    assert calendar.open_time(start, end).value == Walker(calendar).open_minutes(start, end) * MINUTE


@settings(max_examples=60, deadline=None)
@given(calendars(), instants(), st.integers(1, 120))
def test_adding_open_time_is_where_a_walker_arrives(calendar: ServiceCalendar, start: datetime, tens: int) -> None:
    walker, arrived, left = Walker(calendar), start, tens * 10
    while left:
        left -= walker.is_open(arrived)
        arrived += MINUTE
    assert calendar.add_open_time(start, timedelta(minutes=10 * tens)).value == arrived


@settings(max_examples=60, deadline=None)
@given(calendars(), instants(), st.integers(1, 5))
def test_working_days_are_those_a_walker_counts(calendar: ServiceCalendar, start: datetime, count: int) -> None:
    assert calendar.add_working_days(start, count).value == Walker(calendar).end_of_working_days(start, count)


@settings(max_examples=60, deadline=None)
@given(calendars(), instants())
def test_the_next_open_instant_is_the_first_a_walker_meets(calendar: ServiceCalendar, start: datetime) -> None:
    walker, met = Walker(calendar), start
    while not walker.is_open(met):
        met += MINUTE
    assert calendar.next_open(start).value == met


@settings(max_examples=100, deadline=None)
@given(
    st.sampled_from([CHINA, BERLIN, ZoneInfo("America/Havana"), ZoneInfo("Asia/Beirut")]).flatmap(calendars),
    st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 20), timezones=st.just(UTC)),
    st.timedeltas(timedelta(), timedelta(days=30)),
    st.timedeltas(timedelta(), timedelta(days=30)),
)
def test_open_time_adds_up_and_can_be_turned_round(
    calendar: ServiceCalendar, start: datetime, one: timedelta, two: timedelta
) -> None:
    middle, end = start + one, start + one + two
    whole = calendar.open_time(start, end).value
    assert whole == calendar.open_time(start, middle).value + calendar.open_time(middle, end).value
    assert timedelta() <= whole <= end - start
    arrived = calendar.add_open_time(start, one).value
    assert calendar.open_time(start, arrived).value == one
    assert one == timedelta() or calendar.open_time(start, arrived - timedelta.resolution).value < one
