"""Due dates follow the estate's terms (R-020, R-022, R-023)."""

from datetime import date

import pytest

from core.admin.settings import ChargingMode, FeeCycle, FeeTiming
from core.fees.terms import Terms, begins_cycle, due_date, months_left_in_cycle
from core.kernel.periods import Month


def test_an_estate_bills_monthly_in_arrears_by_the_15th_unless_it_says_otherwise() -> None:
    assert Terms() == Terms(
        timing=FeeTiming.ARREARS, due_day=15, cycle=FeeCycle.MONTH, first_month=1, mode=ChargingMode.LUMP_SUM
    )


@pytest.mark.parametrize(
    ("timing", "day", "service_month", "expected"),
    [
        (FeeTiming.ARREARS, 15, Month(2026, 6), date(2026, 7, 15)),
        (FeeTiming.ARREARS, 15, Month(2026, 12), date(2027, 1, 15)),
        (FeeTiming.ARREARS, 31, Month(2026, 1), date(2026, 2, 28)),
        (FeeTiming.ARREARS, 31, Month(2028, 1), date(2028, 2, 29)),
        (FeeTiming.ARREARS, 31, Month(2026, 3), date(2026, 4, 30)),
        (FeeTiming.ADVANCE, 15, Month(2026, 6), date(2026, 6, 15)),
        (FeeTiming.ADVANCE, 1, Month(2026, 6), date(2026, 6, 1)),
        (FeeTiming.CONTRACT, 20, Month(2026, 6), date(2026, 6, 20)),
        (FeeTiming.CONTRACT, 31, Month(2026, 6), date(2026, 6, 30)),
    ],
)
def test_the_due_date_follows_timing_and_day(timing: FeeTiming, day: int, service_month: Month, expected: date) -> None:
    assert due_date(service_month=service_month, terms=Terms(timing=timing, due_day=day)) == expected


@pytest.mark.parametrize(
    ("first_month", "month", "left", "begins"),
    [
        (1, Month(2026, 1), 12, True),
        (1, Month(2026, 2), 11, False),
        (1, Month(2026, 12), 1, False),
        (7, Month(2026, 7), 12, True),
        (7, Month(2026, 6), 1, False),
        (7, Month(2027, 1), 6, False),
    ],
)
def test_a_yearly_cycle_begins_once_and_then_runs_down(first_month: int, month: Month, left: int, begins: bool) -> None:
    terms = Terms(cycle=FeeCycle.YEAR, first_month=first_month)
    assert months_left_in_cycle(month=month, terms=terms) == left
    assert begins_cycle(month=month, terms=terms) is begins


def test_a_monthly_cycle_begins_every_month_and_ignores_the_first_month_of_a_year() -> None:
    for number in range(1, 13):
        terms = Terms(first_month=7)
        assert months_left_in_cycle(month=Month(2026, number), terms=terms) == 1
        assert begins_cycle(month=Month(2026, number), terms=terms)
