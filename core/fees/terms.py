"""When an estate's bills fall due and how its charges are understood (R-020, R-022, R-023; C-08, C-09)."""

from dataclasses import dataclass
from datetime import date
from typing import Final

from core.admin.settings import ChargingMode, FeeCycle, FeeTiming
from core.kernel.periods import Month

MONTHS_A_YEAR: Final = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """The billing terms of one estate. ``first_month`` counts only for the yearly cycle."""

    timing: FeeTiming = FeeTiming.ARREARS
    due_day: int = 15
    cycle: FeeCycle = FeeCycle.MONTH
    first_month: int = 1
    mode: ChargingMode = ChargingMode.LUMP_SUM


def due_date(*, service_month: Month, terms: Terms) -> date:
    """Give the last day on which a bill is paid in time (R-022).

    Day 31 falls on the last day of a shorter month. A yearly bill counts from the first month it covers.
    """
    month = service_month.shift(1) if terms.timing is FeeTiming.ARREARS else service_month
    return month.day(terms.due_day)


def months_left_in_cycle(*, month: Month, terms: Terms) -> int:
    """Count the months from ``month`` to the end of its cycle, both included: 1 if monthly, 12 to 1 if yearly."""
    if terms.cycle is FeeCycle.MONTH:
        return 1
    return MONTHS_A_YEAR - (month.month - terms.first_month) % MONTHS_A_YEAR


def begins_cycle(*, month: Month, terms: Terms) -> bool:
    """Say whether a billing cycle begins in this month: always if monthly, once in twelve if yearly (R-023)."""
    return terms.cycle is FeeCycle.MONTH or month.month == terms.first_month
