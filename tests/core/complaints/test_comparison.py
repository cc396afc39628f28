"""Which days are compared with which: months with months, weeks with weeks, running ones up to today."""

from datetime import date

import pytest

from core.complaints.comparison import Comparison, compared
from core.kernel.periods import Month, Span


def days(*ends: int) -> Span:
    """``days(20261101, 20261122)``: the days from the first up to and not including the second."""
    start, end = (date(number // 10_000, number // 100 % 100, number % 100) for number in ends)
    return Span(start, end)


def whole(this: tuple[int, int], before: tuple[int, int], running: bool, months: int) -> Comparison:
    return Comparison(this=days(*this), before=days(*before), running=running, months=months)


@pytest.mark.parametrize(
    ("span", "today", "expected"),
    [
        # a month that is over: the whole month before, shorter or longer
        (Month(2026, 10).span, 20261121, whole((20261001, 20261101), (20260901, 20261001), False, 1)),
        (Month(2026, 3).span, 20261121, whole((20260301, 20260401), (20260201, 20260301), False, 1)),
        (Month(2026, 1).span, 20261121, whole((20260101, 20260201), (20251201, 20260101), False, 1)),
        # the running month: as many days of the month before
        (Month(2026, 11).span, 20261121, whole((20261101, 20261122), (20261001, 20261022), True, 1)),
        (Month(2026, 11).span, 20261101, whole((20261101, 20261102), (20261001, 20261002), True, 1)),
        (Month(2026, 11).span, 20261130, whole((20261101, 20261201), (20261001, 20261031), True, 1)),
        (Month(2026, 3).span, 20260331, whole((20260301, 20260401), (20260201, 20260301), True, 1)),
        (Month(2028, 3).span, 20280329, whole((20280301, 20280330), (20280201, 20280301), True, 1)),
        # a month to come is compared as if it were over
        (Month(2026, 12).span, 20261121, whole((20261201, 20270101), (20261101, 20261201), False, 1)),
        # several months
        (days(20260701, 20261001), 20261121, whole((20260701, 20261001), (20260401, 20260701), False, 3)),
        # weeks
        (days(20261109, 20261116), 20261121, whole((20261109, 20261116), (20261102, 20261109), False, 0)),
        (days(20261116, 20261123), 20261121, whole((20261116, 20261122), (20261109, 20261115), True, 0)),
        # a month's length that is no month
        (days(20261015, 20261115), 20261121, whole((20261015, 20261115), (20260914, 20261015), False, 0)),
        (days(20261001, 20261115), 20261121, whole((20261001, 20261115), (20260817, 20261001), False, 0)),
        # no day at all
        (days(20261101, 20261101), 20261121, whole((20261101, 20261101), (20261101, 20261101), False, 0)),
    ],
)
def test_a_period_is_compared_with_the_one_before(span: Span, today: int, expected: Comparison) -> None:
    assert compared(span=span, today=days(today, today).start) == expected
