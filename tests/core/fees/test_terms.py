"""Due dates follow the estate's terms (R-020, R-022, R-023)."""

from datetime import date

import pytest

from core.fees.terms import (
    ChargingMode,
    Cycle,
    Terms,
    Timing,
    begins_cycle,
    check_terms,
    due_date,
    months_left_in_cycle,
)
from core.kernel.errors import BusinessError
from core.kernel.periods import Month


def test_an_estate_bills_monthly_in_arrears_by_the_15th_unless_it_says_otherwise() -> None:
    assert Terms() == Terms(
        timing=Timing.ARREARS, due_day=15, cycle=Cycle.MONTH, first_month=1, mode=ChargingMode.LUMP_SUM
    )


@pytest.mark.parametrize(
    ("timing", "day", "service_month", "expected"),
    [
        (Timing.ARREARS, 15, Month(2026, 6), date(2026, 7, 15)),
        (Timing.ARREARS, 15, Month(2026, 12), date(2027, 1, 15)),
        (Timing.ARREARS, 31, Month(2026, 1), date(2026, 2, 28)),
        (Timing.ARREARS, 31, Month(2028, 1), date(2028, 2, 29)),
        (Timing.ARREARS, 31, Month(2026, 3), date(2026, 4, 30)),
        (Timing.ADVANCE, 15, Month(2026, 6), date(2026, 6, 15)),
        (Timing.ADVANCE, 1, Month(2026, 6), date(2026, 6, 1)),
        (Timing.CONTRACT, 20, Month(2026, 6), date(2026, 6, 20)),
        (Timing.CONTRACT, 31, Month(2026, 6), date(2026, 6, 30)),
    ],
)
def test_the_due_date_follows_timing_and_day(timing: Timing, day: int, service_month: Month, expected: date) -> None:
    assert due_date(service_month=service_month, terms=Terms(timing=timing, due_day=day)) == expected


@pytest.mark.parametrize(
    ("terms", "code"),
    [
        (Terms(due_day=0), "fees.terms.due_day"),
        (Terms(due_day=32), "fees.terms.due_day"),
        (Terms(first_month=0), "fees.terms.first_month"),
        (Terms(first_month=13), "fees.terms.first_month"),
    ],
)
def test_terms_outside_the_calendar_are_refused(terms: Terms, code: str) -> None:
    with pytest.raises(BusinessError) as refused:
        check_terms(terms)
    assert refused.value.code == code


@pytest.mark.parametrize("terms", [Terms(due_day=1), Terms(due_day=31), Terms(first_month=12)])
def test_terms_at_the_edges_are_accepted(terms: Terms) -> None:
    check_terms(terms)


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
    terms = Terms(cycle=Cycle.YEAR, first_month=first_month)
    assert months_left_in_cycle(month=month, terms=terms) == left
    assert begins_cycle(month=month, terms=terms) is begins


def test_a_monthly_cycle_begins_every_month_and_ignores_the_first_month_of_a_year() -> None:
    for number in range(1, 13):
        terms = Terms(first_month=7)
        assert months_left_in_cycle(month=Month(2026, number), terms=terms) == 1
        assert begins_cycle(month=Month(2026, number), terms=terms)
