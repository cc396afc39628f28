"""When an estate's bills fall due and how its charges are understood (R-020, R-022, R-023; C-08, C-09)."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import ClassVar, Final

from core.kernel.errors import BusinessError
from core.kernel.periods import Month

MONTHS_A_YEAR: Final = 12


class Timing(StrEnum):
    """Which month's day N is the due date of a service month."""

    ARREARS = "arrears"
    """Day N of the month after the service month; the default, with N = 15 (R-022)."""
    ADVANCE = "advance"
    """Day N of the service month itself (R-023)."""
    CONTRACT = "contract"
    """The day agreed in the service contract, in the service month."""


class Cycle(StrEnum):
    """How much time one bill covers."""

    MONTH = "month"
    YEAR = "year"


class ChargingMode(StrEnum):
    """How the company is paid: it keeps the surplus, or it draws a fee (R-020)."""

    LUMP_SUM = "lump_sum"
    REMUNERATION = "remuneration"


class DueDayOutOfRange(BusinessError):
    """The due day must be a day of a month, 1 to 31."""

    code: ClassVar[str] = "fees.terms.due_day"


class FirstMonthOutOfRange(BusinessError):
    """The month in which a yearly term begins must be 1 to 12."""

    code: ClassVar[str] = "fees.terms.first_month"


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """The billing terms of one estate. ``first_month`` counts only for the yearly cycle."""

    timing: Timing = Timing.ARREARS
    due_day: int = 15
    cycle: Cycle = Cycle.MONTH
    first_month: int = 1
    mode: ChargingMode = ChargingMode.LUMP_SUM


def check_terms(terms: Terms) -> None:
    """Raise a refusal unless the due day and the first month exist in a calendar."""
    if not 1 <= terms.due_day <= 31:
        raise DueDayOutOfRange(day=terms.due_day)
    if not 1 <= terms.first_month <= MONTHS_A_YEAR:
        raise FirstMonthOutOfRange(month=terms.first_month)


def due_date(*, service_month: Month, terms: Terms) -> date:
    """Give the last day on which a bill is paid in time (R-022).

    Day 31 falls on the last day of a shorter month. A yearly bill counts from the first month it covers.
    """
    month = service_month.shift(1) if terms.timing is Timing.ARREARS else service_month
    return month.day(terms.due_day)


def months_left_in_cycle(*, month: Month, terms: Terms) -> int:
    """Count the months from ``month`` to the end of its cycle, both included: 1 if monthly, 12 to 1 if yearly."""
    if terms.cycle is Cycle.MONTH:
        return 1
    return MONTHS_A_YEAR - (month.month - terms.first_month) % MONTHS_A_YEAR


def begins_cycle(*, month: Month, terms: Terms) -> bool:
    """Say whether a billing cycle begins in this month: always if monthly, once in twelve if yearly (R-023)."""
    return terms.cycle is Cycle.MONTH or month.month == terms.first_month
