"""The company's own working and rest days (R-009): what may be declared, and which years that makes known."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import ClassVar, Final

from core.kernel.errors import BusinessError
from core.kernel.workdays import DayKind, WorkCalendar

LONGEST_NOTE: Final = 100
YEARS_AHEAD: Final = 2
FIRST_YEAR: Final = 2004
_PROOF: Final = ((1, 1), (10, 1), (10, 2), (10, 3))


class CalendarDayOutOfReach(BusinessError):
    """The day lies before the first year or too far ahead. Fields: ``first_year``, ``last_year`` (both allowed)."""

    code: ClassVar[str] = "calendar.out_of_reach"


class CalendarNoteTooLong(BusinessError):
    """The note is longer than ``most`` characters."""

    code: ClassVar[str] = "calendar.note_too_long"


@dataclass(frozen=True, slots=True)
class DeclaredDay:
    """A day the company declares against, or before, the published notice."""

    day: date
    kind: DayKind
    note: str = ""


def check_declared_day(*, declared: DeclaredDay, today: date) -> DeclaredDay:
    """Give the day with its note tidied: 2004 to two years ahead of ``today``, both included."""
    last = today.year + YEARS_AHEAD
    if not FIRST_YEAR <= declared.day.year <= last:
        raise CalendarDayOutOfReach(first_year=FIRST_YEAR, last_year=last)
    note = " ".join(declared.note.split())
    if len(note) > LONGEST_NOTE:
        raise CalendarNoteTooLong(most=LONGEST_NOTE)
    return DeclaredDay(declared.day, declared.kind, note)


def declared_years(overrides: Mapping[date, DayKind]) -> frozenset[int]:
    """Find the years entered in full: those with New Year's Day and the three National Days at rest.

    A notice is published and entered as a whole; who has entered its last holiday has entered them all.
    """
    return frozenset(
        year
        for year in {day.year for day in overrides}
        if all(overrides.get(date(year, month, day)) is DayKind.REST for month, day in _PROOF)
    )


def company_calendar(days: Iterable[DeclaredDay]) -> WorkCalendar:
    """Build the working-day calendar from the company's own days over the published notices."""
    overrides = {declared.day: declared.kind for declared in days}
    return WorkCalendar(overrides, declared_years(overrides))
