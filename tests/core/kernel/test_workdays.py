from datetime import date

import pytest

from core.kernel.periods import Month, Span
from core.kernel.workdays import PUBLISHED_YEARS, DayKind, UnknownYear, WorkCalendar, WorkdayAnswer

PLAIN = WorkCalendar()
FIRST_UNKNOWN = max(PUBLISHED_YEARS) + 1


@pytest.mark.parametrize(
    ("day", "works"),
    [
        (date(2025, 1, 1), False),  # New Year
        (date(2025, 1, 26), True),  # Sunday made up before Spring Festival
        (date(2025, 1, 27), True),
        (date(2025, 1, 28), False),  # Spring Festival's eve
        (date(2025, 2, 4), False),
        (date(2025, 2, 5), True),
        (date(2025, 2, 8), True),  # Saturday made up
        (date(2025, 2, 9), False),
        (date(2025, 4, 27), True),  # Sunday made up for Labour Day
        (date(2025, 9, 28), True),  # Sunday made up for National Day
        (date(2025, 9, 30), True),
        (date(2025, 10, 1), False),
        (date(2025, 10, 8), False),  # the eighth day: Mid-Autumn fell inside
        (date(2025, 10, 9), True),
        (date(2025, 10, 11), True),  # Saturday made up
        (date(2025, 10, 12), False),
        (date(2026, 1, 2), False),  # a Friday taken off
        (date(2026, 1, 4), True),  # Sunday made up
        (date(2026, 2, 14), True),  # Saturday made up
        (date(2026, 2, 15), False),
        (date(2026, 2, 23), False),
        (date(2026, 2, 24), True),
        (date(2026, 2, 28), True),  # Saturday made up, last of a February
        (date(2026, 10, 7), False),
        (date(2026, 10, 8), True),
        (date(2026, 10, 10), True),  # Saturday made up
        (date(2026, 11, 21), False),  # a plain Saturday
        (date(2024, 2, 29), True),  # a leap day
        (date(2018, 12, 29), True),  # Saturday made up by the notice of 2019
        (date(2018, 12, 31), False),  # Monday taken off by the notice of 2019
    ],
)
def test_published_days_are_as_the_state_council_set_them(day: date, works: bool) -> None:
    assert PLAIN.is_working_day(day) is works
    assert PLAIN.working_day(day) == WorkdayAnswer(works)
    assert PLAIN.working_day(day).certain


def test_the_kept_library_covers_every_year_from_2004_without_gaps() -> None:
    assert frozenset(range(2004, FIRST_UNKNOWN)) == PUBLISHED_YEARS
    assert {2025, 2026} <= PUBLISHED_YEARS
    assert PLAIN.year_is_known(2026)
    assert not PLAIN.year_is_known(2003)
    assert not PLAIN.year_is_known(FIRST_UNKNOWN)


@pytest.mark.parametrize("year", [2003, FIRST_UNKNOWN, FIRST_UNKNOWN + 5])
def test_an_unknown_year_is_refused_or_flagged_and_never_guessed(year: int) -> None:
    monday = next(day for day in Month(year, 6).span.days() if day.weekday() == 0)
    with pytest.raises(UnknownYear) as refusal:
        PLAIN.is_working_day(monday)
    assert (refusal.value.code, refusal.value.fields) == ("workdays.unknown_year", {"year": year})
    assert PLAIN.working_day(monday) == WorkdayAnswer(True, (year,))
    assert not PLAIN.working_day(monday).certain


def test_the_last_days_of_a_year_wait_for_the_next_notice() -> None:
    last = FIRST_UNKNOWN - 1
    assert PLAIN.working_day(date(last, 12, 27)).unknown_years == ()
    assert PLAIN.working_day(date(last, 12, 28)).unknown_years == (FIRST_UNKNOWN,)
    assert PLAIN.working_day(date(last, 12, 31)).unknown_years == (FIRST_UNKNOWN,)
    declared = WorkCalendar(declared_years=frozenset({FIRST_UNKNOWN}))
    assert declared.working_day(date(last, 12, 31)).certain


def test_days_already_borrowed_in_december_are_certain() -> None:
    assert WorkCalendar().working_day(date(2011, 12, 31)) == WorkdayAnswer(True)


def test_an_override_beats_the_notice_both_ways() -> None:
    calendar = WorkCalendar({date(2026, 10, 1): DayKind.WORKING, date(2026, 10, 8): DayKind.REST})
    assert calendar.is_working_day(date(2026, 10, 1))
    assert not calendar.is_working_day(date(2026, 10, 8))
    assert calendar.is_working_day(date(2026, 10, 9))


def test_an_overridden_day_of_an_unknown_year_is_certain_and_its_neighbour_is_not() -> None:
    day = date(FIRST_UNKNOWN, 1, 1)
    calendar = WorkCalendar({day: DayKind.REST})
    assert calendar.working_day(day) == WorkdayAnswer(False)
    assert calendar.working_day(date(FIRST_UNKNOWN, 1, 4)).unknown_years == (FIRST_UNKNOWN,)


def test_a_declared_year_is_known_with_its_own_days() -> None:
    calendar = WorkCalendar({date(FIRST_UNKNOWN, 5, 3): DayKind.REST}, frozenset({FIRST_UNKNOWN}))
    assert calendar.year_is_known(FIRST_UNKNOWN)
    assert not calendar.is_working_day(date(FIRST_UNKNOWN, 5, 3))


@pytest.mark.parametrize(
    ("start", "count", "expected"),
    [
        (date(2025, 9, 30), 0, date(2025, 9, 30)),
        (date(2025, 10, 1), 0, date(2025, 10, 1)),  # zero stays, even on a holiday
        (date(2025, 9, 30), 1, date(2025, 10, 9)),
        (date(2025, 9, 30), 2, date(2025, 10, 10)),
        (date(2025, 9, 30), 3, date(2025, 10, 11)),  # the made-up Saturday counts
        (date(2025, 9, 30), 7, date(2025, 10, 16)),
        (date(2025, 10, 3), 1, date(2025, 10, 9)),  # registered within the holiday
        (date(2025, 1, 24), 1, date(2025, 1, 26)),  # the made-up Sunday is next
        (date(2025, 10, 9), -1, date(2025, 9, 30)),
        (date(2025, 9, 29), -1, date(2025, 9, 28)),
        (date(2025, 12, 31), 1, date(2026, 1, 4)),  # over the year's end
        (date(2024, 2, 28), 1, date(2024, 2, 29)),
    ],
)
def test_working_days_are_counted_from_the_day_after(start: date, count: int, expected: date) -> None:
    assert PLAIN.add_working_days(start, count) == WorkdayAnswer(expected)


def test_counting_into_an_unknown_year_carries_a_warning() -> None:
    start = date(FIRST_UNKNOWN - 1, 12, 30)
    answer = PLAIN.add_working_days(start, 10)
    assert answer.unknown_years == (FIRST_UNKNOWN,)
    assert answer.value.year == FIRST_UNKNOWN


def test_counting_over_two_unknown_years_names_both() -> None:
    span = Span(date(FIRST_UNKNOWN, 12, 1), date(FIRST_UNKNOWN + 1, 2, 1))
    assert PLAIN.working_days_between(span).unknown_years == (FIRST_UNKNOWN, FIRST_UNKNOWN + 1)


@pytest.mark.parametrize(
    ("span", "count"),
    [
        (Span(date(2025, 10, 1), date(2025, 10, 1)), 0),
        (Span(date(2025, 10, 1), date(2025, 10, 9)), 0),
        (Span(date(2025, 10, 1), date(2025, 10, 10)), 1),
        (Month(2025, 2).span, 19),
        (Month(2025, 10).span, 18),
        (Span(date(2025, 1, 1), date(2026, 1, 1)), 248),
        (Span(date(2026, 2, 14), date(2026, 2, 15)), 1),
    ],
)
def test_working_days_of_a_span_leave_its_end_out(span: Span, count: int) -> None:
    assert PLAIN.working_days_between(span) == WorkdayAnswer(count)


def test_an_answer_is_not_mistaken_for_its_value() -> None:
    with pytest.raises(TypeError):
        bool(WorkdayAnswer(False))
