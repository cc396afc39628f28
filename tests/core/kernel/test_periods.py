"""Months and spans are half-open and know short months, year ends and the China day."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.kernel.periods import Month, Span, local_day, months_between

MONTHS = st.builds(Month, st.integers(1991, 2099), st.integers(1, 12))


@pytest.mark.parametrize(("year", "month"), [(1989, 12), (2101, 1), (2026, 0), (2026, 13), (-1, 5)])
def test_a_month_outside_the_calendar_is_refused(year: int, month: int) -> None:
    with pytest.raises(ValueError, match="not a month"):
        Month(year, month)


def test_a_month_is_written_and_stored_by_its_number() -> None:
    month = Month(2026, 3)
    assert (month.number, str(month)) == (202603, "2026-03")
    assert Month.from_number(202603) == month == Month.of(date(2026, 3, 31))
    with pytest.raises(ValueError, match="not a month"):
        Month.from_number(202613)


@given(MONTHS)
def test_number_and_month_agree_and_sort_alike(month: Month) -> None:
    assert Month.from_number(month.number) == month
    assert (month < month.shift(1)) and (month.number < month.shift(1).number)


@pytest.mark.parametrize(
    ("month", "first", "end"),
    [
        (Month(2026, 1), date(2026, 1, 1), date(2026, 2, 1)),
        (Month(2026, 12), date(2026, 12, 1), date(2027, 1, 1)),
        (Month(2028, 2), date(2028, 2, 1), date(2028, 3, 1)),
        (Month(2100, 12), date(2100, 12, 1), date(2101, 1, 1)),
    ],
)
def test_a_month_ends_on_the_day_after_its_last(month: Month, first: date, end: date) -> None:
    assert (month.first_day, month.end, month.span) == (first, end, Span(first, end))


@pytest.mark.parametrize(
    ("start", "by", "expected"),
    [
        (Month(2026, 1), -1, Month(2025, 12)),
        (Month(2026, 12), 1, Month(2027, 1)),
        (Month(2026, 6), 0, Month(2026, 6)),
        (Month(2026, 6), 18, Month(2027, 12)),
        (Month(2026, 6), -6, Month(2025, 12)),
    ],
)
def test_a_month_shifts_over_year_ends(start: Month, by: int, expected: Month) -> None:
    assert start.shift(by) == expected
    assert expected.months_since(start) == by


@pytest.mark.parametrize(
    ("month", "day", "expected"),
    [
        (Month(2026, 2), 31, date(2026, 2, 28)),
        (Month(2028, 2), 31, date(2028, 2, 29)),
        (Month(2026, 4), 31, date(2026, 4, 30)),
        (Month(2026, 4), 15, date(2026, 4, 15)),
        (Month(2026, 12), 31, date(2026, 12, 31)),
    ],
)
def test_day_31_falls_on_the_last_day_of_a_shorter_month(month: Month, day: int, expected: date) -> None:
    assert month.day(day) == expected


def test_a_span_holds_its_start_but_not_its_end() -> None:
    span = Span(date(2026, 3, 1), date(2026, 3, 3))
    assert date(2026, 3, 1) in span
    assert date(2026, 3, 2) in span
    assert date(2026, 3, 3) not in span
    assert date(2026, 2, 28) not in span
    assert list(span.days()) == [date(2026, 3, 1), date(2026, 3, 2)]


def test_an_empty_span_has_no_days_and_a_backward_one_is_refused() -> None:
    day = date(2026, 3, 1)
    assert list(Span(day, day).days()) == []
    with pytest.raises(ValueError, match="ends after it starts"):
        Span(day, day - timedelta(days=1))


@given(MONTHS)
def test_the_days_of_a_month_are_its_own(month: Month) -> None:
    days = list(month.span.days())
    assert {Month.of(day) for day in days} == {month}
    assert days[-1] == month.day(31)


def test_months_between_includes_both_ends() -> None:
    assert months_between(Month(2025, 12), Month(2026, 2)) == (Month(2025, 12), Month(2026, 1), Month(2026, 2))
    assert months_between(Month(2026, 2), Month(2026, 2)) == (Month(2026, 2),)
    assert months_between(Month(2026, 3), Month(2026, 1)) == ()


@pytest.mark.parametrize(
    ("instant", "day"),
    [
        (datetime(2026, 2, 28, 15, 59, 59, tzinfo=UTC), date(2026, 2, 28)),
        (datetime(2026, 2, 28, 16, 0, 0, tzinfo=UTC), date(2026, 3, 1)),
        (datetime(2026, 12, 31, 12, 0, tzinfo=timezone(timedelta(hours=-5))), date(2027, 1, 1)),
    ],
)
def test_the_business_day_turns_at_midnight_in_china(instant: datetime, day: date) -> None:
    assert local_day(instant) == day


def test_an_instant_without_a_zone_has_no_business_day() -> None:
    with pytest.raises(ValueError, match="time zone"):
        local_day(datetime(2026, 1, 1))
