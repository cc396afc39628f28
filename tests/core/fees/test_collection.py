"""The three rates, the movement of a month, ageing and overdue, each with figures that add up (R-045 to R-051)."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.fees.collection import (
    Bucket,
    Cell,
    CollectionRates,
    DueAmount,
    HouseholdRate,
    Overdue,
    Rate,
    ageing,
    days_overdue,
    movement,
    overdue,
    rates,
)
from core.fees.ledger import BalanceLine
from core.kernel.errors import BusinessError
from core.kernel.money import ZERO, Money, total
from core.kernel.periods import Month

APRIL, MAY, JUNE, JULY = (Month(2026, number) for number in (4, 5, 6, 7))


def cell(service: Month, posted: Month, billed: int = 0, received: int = 0, relief: int = 0) -> Cell:
    """Figures in whole yuan."""
    return Cell(service, posted, Money.of(billed), Money.of(received), Money.of(relief))


def rate(received: int, due: int) -> Rate:
    return Rate(Money.of(received), Money.of(due))


LEDGER = (
    cell(APRIL, APRIL, billed=1000, received=600),
    cell(APRIL, MAY, received=100, relief=50),
    cell(APRIL, JUNE, received=150),
    cell(MAY, MAY, billed=1000, received=700),
    cell(MAY, JUNE, received=100),
    cell(JUNE, MAY, billed=200, received=120),  # billed and paid in advance
    cell(JUNE, JUNE, billed=800, received=580, relief=20),
    cell(JUNE, JULY, received=200),  # after June's end
    cell(JULY, JUNE, billed=900, received=300),  # next month's, in advance
)


def test_the_three_rates_of_a_month_open_into_their_figures() -> None:
    june = rates(cells=LEDGER, month=JUNE)
    assert june == CollectionRates(JUNE, current=rate(700, 980), prior=rate(250, 550))
    assert june.combined == rate(950, 1530)
    assert (june.current_rate, june.prior_rate, june.combined_rate) == (
        Decimal("71.4"),
        Decimal("45.5"),
        Decimal("62.1"),
    )


def test_a_month_without_arrears_or_bills_has_no_rate_but_is_no_error() -> None:
    april = rates(cells=LEDGER, month=APRIL)
    assert (april.current_rate, april.prior_rate, april.combined_rate) == (Decimal("60.0"), None, Decimal("60.0"))
    empty = rates(cells=(), month=JUNE)
    assert (empty.current_rate, empty.prior_rate, empty.combined_rate) == (None, None, None)
    assert empty.combined == Rate(ZERO, ZERO)


@pytest.mark.parametrize(
    ("cells", "month", "current", "prior"),
    [
        # bills for May posted only in June: never May's current rate, prior of June
        ((cell(MAY, JUNE, billed=100, received=40),), MAY, rate(0, 0), rate(0, 0)),
        ((cell(MAY, JUNE, billed=100, received=40),), JUNE, rate(0, 0), rate(40, 100)),
        ((cell(MAY, JUNE, billed=100, received=40), cell(MAY, JULY, received=60)), JULY, rate(0, 0), rate(60, 60)),
        # credit applied to a later month counts when that month comes
        ((cell(JULY, JUNE, billed=100, received=100),), JUNE, rate(0, 0), rate(0, 0)),
        ((cell(JULY, JUNE, billed=100, received=100),), JULY, rate(100, 100), rate(0, 0)),
        # relief granted in the month leaves the arrears to collect smaller
        ((cell(MAY, MAY, billed=100), cell(MAY, JUNE, received=30, relief=40)), JUNE, rate(0, 0), rate(30, 60)),
        # a reversal lowers what was received in its own month
        ((cell(MAY, MAY, billed=100, received=80), cell(MAY, JUNE, received=-80)), JUNE, rate(0, 0), rate(-80, 20)),
    ],
)
def test_what_was_posted_in_another_month_counts_where_it_was_posted(
    cells: tuple[Cell, ...], month: Month, current: Rate, prior: Rate
) -> None:
    assert rates(cells=cells, month=month) == CollectionRates(month, current, prior)


def test_a_rate_is_not_available_when_nothing_is_due_on_balance() -> None:
    assert rate(0, 0).percent is None
    assert rate(10, -5).percent is None
    assert rate(1, 3).percent == Decimal("33.3")
    assert rate(-1, 4).percent == Decimal("-25.0")


@pytest.mark.parametrize(
    ("month", "last", "expected"),
    [
        (APRIL, None, (0, 1000, 600, 0, 400)),
        (MAY, None, (400, 1200, 920, 50, 630)),
        (JUNE, None, (630, 1700, 1130, 20, 1180)),
        (JULY, None, (1180, 0, 200, 0, 980)),
        (APRIL, JUNE, (0, 3900, 2650, 70, 1180)),  # the second quarter
    ],
)
def test_the_movement_of_a_month_carries_one_balance_to_the_next(
    month: Month, last: Month | None, expected: tuple[int, ...]
) -> None:
    assert movement(cells=LEDGER, month=month, last=last) == BalanceLine(*map(Money.of, expected))


@dataclass(frozen=True)
class Bill:
    """One bill with everything that happened to it, for the slow way of counting."""

    service: int
    posted: int
    amount: int
    events: tuple[tuple[int, int, bool], ...]  # months after posting, fen, is relief


def bills_with_events() -> st.SearchStrategy[Bill]:
    event = st.tuples(st.integers(0, 6), st.integers(1, 400), st.booleans())
    return st.builds(
        lambda service, late, amount, events: Bill(service, max(service + late, 0), amount, tuple(events)),
        st.integers(0, 11),
        st.integers(-2, 3),
        st.integers(1, 1000),
        st.lists(event, max_size=5),
    )


def cells_of(bills: list[Bill]) -> list[Cell]:
    """Add events up by service and posting month, and never take more off a bill than is open."""
    sums: defaultdict[tuple[int, int], list[int]] = defaultdict(lambda: [0, 0, 0])
    for bill in bills:
        sums[bill.service, bill.posted][0] += bill.amount
        left = bill.amount
        for after, fen, is_relief in sorted(bill.events):
            taken = min(left, fen)
            left -= taken
            sums[bill.service, bill.posted + after][2 if is_relief else 1] += taken
    base = Month(2026, 1)
    return [
        Cell(base.shift(service), base.shift(posted), *map(Money, figures))
        for (service, posted), figures in sums.items()
    ]


@given(st.lists(bills_with_events(), max_size=15))
def test_rates_stay_between_0_and_100_and_months_join_without_a_gap(bills: list[Bill]) -> None:
    cells = cells_of(bills)
    closing = ZERO
    for number in range(24):
        month = Month(2026, 1).shift(number)
        found, moved = rates(cells=cells, month=month), movement(cells=cells, month=month)
        assert moved.opening == closing
        closing = moved.closing
        for each in (found.current, found.prior, found.combined):
            assert ZERO <= each.received <= each.due
    billed, received, relief = (
        total(getattr(each, name) for each in cells) for name in ("billed", "received", "relief")
    )
    assert closing == billed - received - relief


@given(st.lists(bills_with_events(), max_size=15))
def test_every_fen_for_current_and_earlier_months_is_in_exactly_one_numerator(bills: list[Bill]) -> None:
    cells = cells_of(bills)
    months = [Month(2026, 1).shift(number) for number in range(24)]
    counted = total(rates(cells=cells, month=month).combined.received for month in months)
    assert counted == total(each.received for each in cells)


@pytest.mark.parametrize(
    ("settled", "billed", "in_arrears", "shown"),
    [(0, 0, 0, None), (3, 3, 0, "100.0"), (2, 3, 1, "66.7"), (0, 2, 2, "0.0"), (1, 8, 7, "12.5"), (1, 16, 15, "6.3")],
)
def test_the_household_rate_is_the_share_of_billed_households_that_owe_nothing(
    settled: int, billed: int, in_arrears: int, shown: str | None
) -> None:
    found = HouseholdRate(settled, billed)
    assert found.in_arrears == in_arrears
    assert found.percent == (None if shown is None else Decimal(shown))


TODAY = date(2026, 7, 31)


def open_bill(days: int, fen: int = 100, bills: int = 1) -> DueAmount:
    return DueAmount(TODAY - timedelta(days=days), Money(fen), Money(fen), bills)


@pytest.mark.parametrize(("days", "expected"), [(-5, 0), (0, 0), (1, 1), (61, 61)])
def test_the_day_after_the_due_date_is_day_one(days: int, expected: int) -> None:
    assert days_overdue(due_date=TODAY - timedelta(days=days), today=TODAY) == expected


@pytest.mark.parametrize(
    ("days", "place"),
    [(-30, 0), (-1, 0), (0, 0), (1, 1), (15, 1), (16, 2), (30, 2), (31, 3), (60, 3), (61, 4), (9999, 4)],
)
def test_each_age_falls_into_its_bucket(days: int, place: int) -> None:
    buckets = ageing(open_bills=[open_bill(days)], today=TODAY)
    assert [bucket.bills for bucket in buckets] == [int(i == place) for i in range(5)]


def test_the_buckets_name_their_days_and_sum_their_amounts() -> None:
    found = ageing(open_bills=[open_bill(0, 1), open_bill(15, 20, 2), open_bill(1, 3), open_bill(90, 500)], today=TODAY)
    assert found == (
        Bucket(None, 0, Money(1), 1),
        Bucket(1, 15, Money(23), 3),
        Bucket(16, 30, ZERO, 0),
        Bucket(31, 60, ZERO, 0),
        Bucket(61, None, Money(500), 1),
    )


def test_the_steps_are_a_setting() -> None:
    found = ageing(open_bills=[open_bill(8)], today=TODAY, steps=(7,))
    assert [(bucket.first, bucket.last, bucket.bills) for bucket in found] == [(None, 0, 0), (1, 7, 0), (8, None, 1)]


def test_without_steps_everything_overdue_is_one_bucket() -> None:
    assert ageing(open_bills=[open_bill(1)], today=TODAY, steps=())[1] == Bucket(1, None, Money(100), 1)


@pytest.mark.parametrize("steps", [(0, 15), (-1,), (15, 15), (30, 15)])
def test_steps_that_do_not_rise_are_refused(steps: tuple[int, ...]) -> None:
    with pytest.raises(BusinessError) as refused:
        ageing(open_bills=[], today=TODAY, steps=steps)
    assert (refused.value.code, refused.value.fields) == ("fees.ageing.steps", {"steps": ", ".join(map(str, steps))})


@given(st.lists(st.builds(open_bill, st.integers(-100, 400), st.integers(0, 10**6), st.integers(1, 9))))
def test_the_buckets_sum_to_the_whole(bills: list[DueAmount]) -> None:
    found = ageing(open_bills=bills, today=TODAY)
    assert total(bucket.amount for bucket in found) == total(bill.outstanding for bill in bills)
    assert sum(bucket.bills for bucket in found) == sum(bill.bills for bill in bills)
    late = overdue(bills=bills, today=TODAY)
    assert total(bucket.amount for bucket in found[1:]) == late.amount


def test_overdue_is_what_is_open_of_all_that_has_fallen_due() -> None:
    bills = [
        DueAmount(TODAY - timedelta(days=40), Money(1000), ZERO),  # paid: in what was due, not in what is overdue
        DueAmount(TODAY - timedelta(days=1), Money(500), Money(200), bills=3),
        DueAmount(TODAY, Money(900), Money(900)),  # due today: not yet
    ]
    found = overdue(bills=bills, today=TODAY)
    assert found == Overdue(amount=Money(200), due=Money(1500), bills=3)
    assert found.percent == Decimal("13.3")


def test_the_overdue_rate_is_not_available_before_anything_falls_due() -> None:
    assert overdue(bills=[], today=TODAY).percent is None
