from datetime import date

import pytest

from core.admin.calendar_days import (
    CalendarDayOutOfReach,
    CalendarNoteTooLong,
    DeclaredDay,
    check_declared_day,
    company_calendar,
    declared_years,
)
from core.kernel.workdays import PUBLISHED_YEARS, DayKind

TODAY = date(2026, 11, 21)
NEXT = max(PUBLISHED_YEARS) + 1
PROOF = [date(NEXT, 1, 1), date(NEXT, 10, 1), date(NEXT, 10, 2), date(NEXT, 10, 3)]


@pytest.mark.parametrize("day", [date(2004, 1, 1), date(2028, 12, 31), TODAY])
def test_a_day_within_reach_is_taken_with_its_note_tidied(day: date) -> None:
    declared = DeclaredDay(day, DayKind.REST, "  company \n outing ")
    assert check_declared_day(declared=declared, today=TODAY) == DeclaredDay(day, DayKind.REST, "company outing")


@pytest.mark.parametrize("day", [date(2003, 12, 31), date(2029, 1, 1)])
def test_a_day_out_of_reach_is_refused_with_the_bounds(day: date) -> None:
    with pytest.raises(CalendarDayOutOfReach) as refusal:
        check_declared_day(declared=DeclaredDay(day, DayKind.REST), today=TODAY)
    assert refusal.value.fields == {"first_year": 2004, "last_year": 2028}


def test_a_note_has_at_most_a_hundred_characters() -> None:
    longest = DeclaredDay(TODAY, DayKind.WORKING, "x" * 100)
    assert check_declared_day(declared=longest, today=TODAY) == longest
    with pytest.raises(CalendarNoteTooLong):
        check_declared_day(declared=DeclaredDay(TODAY, DayKind.WORKING, "x" * 101), today=TODAY)


def test_a_year_is_declared_by_new_year_and_national_day_at_rest() -> None:
    assert declared_years(dict.fromkeys(PROOF, DayKind.REST)) == {NEXT}
    assert declared_years({}) == frozenset()


@pytest.mark.parametrize("missing", PROOF)
def test_a_year_without_one_of_them_is_not_declared(missing: date) -> None:
    assert declared_years({day: DayKind.REST for day in PROOF if day != missing}) == frozenset()
    assert declared_years(dict.fromkeys(PROOF, DayKind.REST) | {missing: DayKind.WORKING}) == frozenset()


def test_the_companys_calendar_stands_over_the_notices() -> None:
    calendar = company_calendar(
        [DeclaredDay(date(2026, 10, 8), DayKind.REST), *(DeclaredDay(d, DayKind.REST) for d in PROOF)]
    )
    assert not calendar.is_working_day(date(2026, 10, 8))
    assert calendar.is_working_day(date(2026, 10, 9))
    assert calendar.year_is_known(NEXT)
