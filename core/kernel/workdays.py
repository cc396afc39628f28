"""Working days: the State Council's holidays and make-up days, with the company's own table over them (R-009, R21)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from typing import ClassVar, Final, Generic, TypeVar

from chinese_calendar import holidays, workdays

from core.kernel.errors import BusinessError
from core.kernel.periods import Span

T = TypeVar("T")

PUBLISHED_YEARS: Final[frozenset[int]] = frozenset(day.year for day in holidays if day.month == 10)
"""Years whose whole notice the kept library holds; National Day in October proves that a year is complete."""

_ONE_DAY: Final = timedelta(days=1)
_FIRST_BORROWED: Final = (12, 28)
"""From this day of the year the New Year break may borrow days, and those stand in the *next* year's notice."""


class DayKind(StrEnum):
    """What the company's own table says of a day."""

    WORKING = "working"
    REST = "rest"


class UnknownYear(BusinessError):
    """No holiday notice is known for a year that the answer depends on. Field: ``year``."""

    code: ClassVar[str] = "workdays.unknown_year"


@dataclass(frozen=True, slots=True)
class WorkdayAnswer(Generic[T]):
    """A value, and the years whose holidays had to be assumed (Monday to Friday) to find it."""

    value: T
    unknown_years: tuple[int, ...] = ()

    @property
    def certain(self) -> bool:
        """Say whether every day looked at is settled; if not, show ``unknown_years`` as a warning."""
        return not self.unknown_years

    def __bool__(self) -> bool:
        raise TypeError("ask for .value or .certain")


@dataclass(frozen=True, slots=True)
class WorkCalendar:
    """The working-day calendar: published notices, and over them the company's own days.

    ``declared_years`` are years the administrator has entered in full in ``overrides``; they count as known.
    """

    overrides: Mapping[date, DayKind] = field(default_factory=dict)
    declared_years: frozenset[int] = frozenset()

    def year_is_known(self, year: int) -> bool:
        """Say whether the holidays of a year are published or declared."""
        return year in PUBLISHED_YEARS or year in self.declared_years

    def is_working_day(self, day: date) -> bool:
        """Say whether people work on a day; raises ``UnknownYear`` instead of guessing."""
        missing = self._missing_notice(day)
        if missing is not None:
            raise UnknownYear(year=missing)
        return self._works(day)

    def working_day(self, day: date) -> WorkdayAnswer[bool]:
        """Say whether people work on a day; in an unknown year the weekday decides and the answer is not certain."""
        return WorkdayAnswer(self._works(day), self._unknown({day}))

    def add_working_days(self, start: date, count: int) -> WorkdayAnswer[date]:
        """Find the ``count``-th working day after ``start``, which itself is never counted.

        A negative count goes back; zero gives ``start``, working day or not.
        """
        step = _ONE_DAY if count >= 0 else -_ONE_DAY
        day, left, seen = start, abs(count), set()
        while left:
            day += step
            seen.add(day)
            left -= self._works(day)
        return WorkdayAnswer(day, self._unknown(seen))

    def working_days_between(self, span: Span) -> WorkdayAnswer[int]:
        """Count the working days of a span (end exclusive)."""
        days = set(span.days())
        return WorkdayAnswer(sum(map(self._works, days)), self._unknown(days))

    def _works(self, day: date) -> bool:
        own = self.overrides.get(day)
        if own is not None:
            return own is DayKind.WORKING
        return day in workdays or (day.weekday() < 5 and day not in holidays)

    def _missing_notice(self, day: date) -> int | None:
        if day in self.overrides:
            return None
        if not self.year_is_known(day.year):
            return day.year
        # A borrowed day that the library already lists needs no further notice.
        borrowable = (day.month, day.day) >= _FIRST_BORROWED and day not in holidays and day not in workdays
        return day.year + 1 if borrowable and not self.year_is_known(day.year + 1) else None

    def _unknown(self, days: set[date]) -> tuple[int, ...]:
        return tuple(sorted({year for year in map(self._missing_notice, days) if year is not None}))
