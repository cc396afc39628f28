"""Months and half-open spans of days (convention 4)."""

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, Self
from zoneinfo import ZoneInfo

CHINA: Final = ZoneInfo("Asia/Shanghai")


@dataclass(frozen=True, slots=True, order=True)
class Month:
    """A calendar month. Its number (``202611``) is how it is stored and written in an address."""

    year: int
    month: int

    def __post_init__(self) -> None:
        if not (1990 <= self.year <= 2100 and 1 <= self.month <= 12):
            raise ValueError(f"{self.year}-{self.month} is not a month of 1990–2100")

    @classmethod
    def of(cls, day: date) -> Self:
        """The month a day lies in."""
        return cls(day.year, day.month)

    @classmethod
    def from_number(cls, number: int) -> Self:
        """The month stored as ``202611``."""
        return cls(*divmod(number, 100))

    @property
    def number(self) -> int:
        """The month as ``202611``; sorts like the month."""
        return self.year * 100 + self.month

    @property
    def first_day(self) -> date:
        """The first day."""
        return date(self.year, self.month, 1)

    @property
    def end(self) -> date:
        """The day after the last (exclusive end)."""
        return date(self.year + self.month // 12, self.month % 12 + 1, 1)

    @property
    def span(self) -> "Span":
        """All days of the month."""
        return Span(self.first_day, self.end)

    def shift(self, months: int) -> "Month":
        """The month so many months later (earlier when negative)."""
        year, month = divmod(self.year * 12 + self.month - 1 + months, 12)
        return Month(year, month + 1)

    def day(self, day: int) -> date:
        """That day of the month, or its last day where the month is shorter (due day 31 → 30 or 28)."""
        return date(self.year, self.month, min(day, monthrange(self.year, self.month)[1]))

    def months_since(self, earlier: "Month") -> int:
        """How many months lie between ``earlier`` and this one; negative when this one is before."""
        return (self.year - earlier.year) * 12 + self.month - earlier.month

    def __str__(self) -> str:
        return f"{self.year:04d}-{self.month:02d}"


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """The days from ``start`` up to and not including ``end``."""

    start: date
    end: date

    def __post_init__(self) -> None:
        if self.end < self.start:
            raise ValueError("a span ends after it starts")

    def __contains__(self, day: date) -> bool:
        return self.start <= day < self.end

    def days(self) -> Iterator[date]:
        """Each day in order."""
        for offset in range((self.end - self.start).days):
            yield self.start + timedelta(days=offset)


def months_between(first: Month, last: Month) -> tuple[Month, ...]:
    """Every month from ``first`` to ``last``, both included."""
    return tuple(first.shift(i) for i in range(last.months_since(first) + 1))


def local_day(instant: datetime) -> date:
    """The business day (Asia/Shanghai) of an aware instant; a naive one raises ``ValueError`` (R20)."""
    if instant.tzinfo is None:
        raise ValueError("an instant needs a time zone")
    return instant.astimezone(CHINA).date()
