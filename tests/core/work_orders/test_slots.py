from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.kernel.worktime import DayHours, Interval, ServiceCalendar, WeekTemplate
from core.work_orders.slots import LONGEST_REST, Slot, SlotLengthRefused, next_day_with_slots, slots_of_day
from tests.core.kernel.walking import MINUTE, OFFICE, WINDOWS, Walker, between, calendars, local

FRIDAY, SATURDAY = date(2026, 11, 20), date(2026, 11, 21)
MAKE_UP_SUNDAY, HOLIDAY = date(2026, 9, 20), date(2026, 10, 1)


def shown(slots: tuple[Slot, ...]) -> list[str]:
    """Slots as ``09:00-11:00`` in China."""
    return ["-".join((at + timedelta(hours=8)).strftime("%H:%M") for at in (slot.start, slot.end)) for slot in slots]


@pytest.mark.parametrize(
    ("day", "minutes", "expected"),
    [
        (FRIDAY, 120, ["09:00-11:00", "13:30-15:30", "15:30-17:30"]),
        (FRIDAY, 180, ["09:00-12:00", "13:30-16:30"]),
        (FRIDAY, 270, ["13:30-18:00"]),
        (FRIDAY, 271, []),
        (FRIDAY, 480, []),
        (SATURDAY, 120, []),
        (HOLIDAY, 120, []),
        (MAKE_UP_SUNDAY, 180, ["09:00-12:00", "13:30-16:30"]),
    ],
)
def test_slots_fill_the_hours_and_leave_the_breaks(day: date, minutes: int, expected: list[str]) -> None:
    assert shown(slots_of_day(day=day, calendar=OFFICE, minutes=minutes)) == expected


@pytest.mark.parametrize(
    ("hours", "minutes", "expected"),
    [
        ((between("09:00", "10:00"), between("10:00", "11:00")), 120, ["09:00-11:00"]),
        ((between("09:00", "10:00"), between("10:15", "10:25"), between("10:40", "11:40")), 60,
         ["09:00-10:00", "10:40-11:40"]),
        ((between("09:00", "09:30"), between("09:40", "10:00"), between("10:05", "13:00")), 120, ["10:05-12:05"]),
        ((Interval(0, 1440),), 480, ["00:00-08:00", "08:00-16:00", "16:00-00:00"]),
        ((Interval(0, 1440),), 450, ["00:00-07:30", "07:30-15:00", "15:00-22:30"]),
    ],
)  # fmt: skip
def test_short_breaks_and_midnight_end_a_slot(hours: DayHours, minutes: int, expected: list[str]) -> None:
    calendar = ServiceCalendar(WeekTemplate.of(hours, saturday=hours, sunday=hours))
    assert shown(slots_of_day(day=FRIDAY, calendar=calendar, minutes=minutes)) == expected


@pytest.mark.parametrize(
    ("after", "day"),
    [
        ("2026-11-20 07:00", FRIDAY),
        ("2026-11-20 14:59", FRIDAY),
        ("2026-11-20 16:00", date(2026, 11, 23)),
        ("2026-11-21 09:00", date(2026, 11, 23)),
        ("2026-09-30 23:00", date(2026, 10, 8)),
        ("2026-09-19 12:00", MAKE_UP_SUNDAY),
    ],
)
def test_the_next_day_with_a_time_is_found_over_rest_days(after: str, day: date) -> None:
    assert next_day_with_slots(after=local(after), calendar=OFFICE) == day


def test_where_no_interval_is_long_enough_the_day_itself_is_given() -> None:
    assert next_day_with_slots(after=local("2026-11-20 07:00"), calendar=OFFICE, minutes=480) == FRIDAY
    assert LONGEST_REST >= 10  # longer than any holiday there was


@pytest.mark.parametrize("minutes", [14, 481, 0, -60])
def test_a_slot_lasts_a_quarter_of_an_hour_to_eight_hours(minutes: int) -> None:
    start = local("2026-11-20 09:00")
    for refused in (
        lambda: slots_of_day(day=FRIDAY, calendar=OFFICE, minutes=minutes),
        lambda: Slot(start, start + minutes * MINUTE),
    ):
        with pytest.raises(SlotLengthRefused) as error:
            refused()
        assert error.value.fields == {"least": 15, "most": 480}
    assert Slot(start, start + 15 * MINUTE) < Slot(start, start + 480 * MINUTE)


def test_a_slot_is_kept_in_utc_and_needs_a_zone() -> None:
    start = datetime.fromisoformat("2026-11-20T09:00+08:00")
    slot = Slot(start, start + timedelta(hours=2))
    assert (slot.start.tzinfo, slot.start) == (UTC, start)
    with pytest.raises(ValueError, match="time zone"):
        Slot(datetime(2026, 11, 20), datetime(2026, 11, 20, 2))


@pytest.mark.parametrize(
    ("start", "end", "overlaps"),
    [("08:00", "09:00", False), ("08:00", "09:01", True), ("10:59", "12:00", True), ("11:00", "12:00", False),
     ("09:00", "11:00", True), ("09:30", "10:00", True), ("08:00", "12:00", True)],
)  # fmt: skip
def test_slots_that_touch_do_not_overlap(start: str, end: str, overlaps: bool) -> None:
    one = Slot(local("2026-11-20 09:00"), local("2026-11-20 11:00"))
    other = Slot(local(f"2026-11-20 {start}"), local(f"2026-11-20 {end}"))
    assert one.overlaps(other) is other.overlaps(one) is overlaps


@given(calendars(), st.sampled_from(WINDOWS), st.integers(0, 9), st.integers(15, 480))
@settings(max_examples=150, deadline=None)
def test_slots_agree_with_a_walk_over_the_minutes(
    calendar: ServiceCalendar, window: datetime, ahead: int, minutes: int
) -> None:
    day = window.date() + timedelta(days=ahead)
    midnight = datetime(day.year, day.month, day.day, tzinfo=calendar.zone).astimezone(UTC)
    walked, run = [], 0
    open_minutes = Walker(calendar).minutes(day)
    for minute in range(1440):
        run = run + 1 if minute in open_minutes else 0
        if run == minutes:
            walked.append(Slot(midnight + (minute + 1 - minutes) * MINUTE, midnight + (minute + 1) * MINUTE))
            run = 0
    assert slots_of_day(day=day, calendar=calendar, minutes=minutes) == tuple(walked)
