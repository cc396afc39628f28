"""Trends, estates against the lines, and the payment mix (R-047, R-049, R-050, R-052)."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.analytics.fees import (
    MethodAmount,
    MethodShare,
    MonthMix,
    OverdueChange,
    RateKind,
    Standing,
    collection_trend,
    compare_estates,
    overdue_change,
    payment_mix,
    rates_by,
)
from core.fees.collection import Cell, Overdue, Rate, rates
from core.kernel.identity import EstateId
from core.kernel.money import ZERO, Money, total
from core.kernel.periods import Month

MAY, JUNE = Month(2026, 5), Month(2026, 6)
METHODS = ("cash", "wechat_pay", "alipay")


def cell(service: Month, posted: Month, billed: int = 0, received: int = 0) -> Cell:
    return Cell(service, posted, Money.of(billed), Money.of(received))


def test_a_trend_gives_each_month_as_it_stood_at_its_own_end() -> None:
    cells = [cell(MAY, MAY, 100, 50), cell(MAY, JUNE, 0, 50), cell(JUNE, JUNE, 100, 90)]
    trend = collection_trend(cells=iter(cells), last=JUNE)
    assert [each.month for each in trend] == [Month(2025, 7).shift(i) for i in range(12)]
    assert [each.current_rate for each in trend[-3:]] == [None, Decimal("50.0"), Decimal("90.0")]
    assert trend[-1] == rates(cells=cells, month=JUNE)
    assert trend[-1].prior_rate == Decimal("100.0")


@pytest.mark.parametrize("months", [12, 13, 36])
def test_a_trend_is_as_long_as_asked(months: int) -> None:
    trend = collection_trend(cells=[], last=JUNE, months=months)
    assert (len(trend), trend[-1].month) == (months, JUNE)


def test_a_trend_of_less_than_a_year_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="at least 12"):
        collection_trend(cells=[], last=JUNE, months=11)


def test_rates_are_given_for_each_building_in_order_of_appearance() -> None:
    cells = [("B", cell(JUNE, JUNE, 100, 50)), ("A", cell(JUNE, JUNE, 10, 10)), ("B", cell(JUNE, JUNE, 100, 0))]
    found = rates_by(cells=cells, month=JUNE)
    assert {key: each.current_rate for key, each in found.items()} == {"B": Decimal("25.0"), "A": Decimal("100.0")}
    assert list(found) == ["B", "A"]


ESTATES = [
    (EstateId(1), cell(JUNE, JUNE, 1000, 783)),
    (EstateId(2), cell(JUNE, JUNE, 1000, 900)),
    (EstateId(3), cell(JUNE, JUNE, 1000, 782)),
    (EstateId(4), cell(MAY, JUNE, 100, 10)),
    (EstateId(5), cell(JUNE, JUNE, 10000, 8990)),
]


def test_estates_are_compared_with_both_lines_best_first() -> None:
    found = compare_estates(cells=ESTATES, month=JUNE)
    assert [(each.estate_id, str(each.standing), each.to_benchmark, each.to_ambition) for each in found.estates] == [
        (2, "at_ambition", Decimal("11.7"), Decimal("0.0")),
        (5, "above_benchmark", Decimal("11.6"), Decimal("-0.1")),
        (1, "above_benchmark", Decimal("0.0"), Decimal("-11.7")),
        (3, "below_benchmark", Decimal("-0.1"), Decimal("-11.8")),
        (4, "not_available", None, None),
    ]


def test_the_overall_rate_comes_from_the_sums_and_not_from_the_rates() -> None:
    found = compare_estates(cells=ESTATES, month=JUNE)
    assert found.overall == Rate(Money.of(11455), Money.of(13000))
    assert found.overall == Rate(
        total(each.compared.received for each in found.estates), total(each.compared.due for each in found.estates)
    )
    assert compare_estates(cells=[], month=JUNE).overall == Rate(ZERO, ZERO)


@pytest.mark.parametrize(
    ("kind", "value"),
    [(RateKind.CURRENT, "60.0"), (RateKind.PRIOR, "25.0"), (RateKind.COMBINED, "50.0")],
)
def test_any_of_the_three_rates_can_be_compared(kind: RateKind, value: str) -> None:
    cells = [
        (EstateId(1), cell(JUNE, JUNE, 100, 60)),
        (EstateId(1), cell(MAY, MAY, 40)),
        (EstateId(1), cell(MAY, JUNE, 0, 10)),
    ]
    (only,) = compare_estates(cells=cells, month=JUNE, kind=kind).estates
    assert only.compared.percent == Decimal(value)


def test_the_lines_are_settings() -> None:
    found = compare_estates(cells=ESTATES[:1], month=JUNE, benchmark=Decimal("78.4"), ambition=Decimal(95))
    assert found.estates[0].standing is Standing.BELOW_BENCHMARK
    assert found.estates[0].to_ambition == Decimal("-16.7")


def row(month: Month, method: str, yuan: int, payments: int = 1) -> MethodAmount:
    return MethodAmount(month, method, Money.of(yuan), payments)


def test_the_mix_of_a_month_lists_methods_by_size_with_their_share() -> None:
    rows = [
        row(JUNE, "cash", 100, 2),
        row(JUNE, "wechat_pay", 500, 5),
        row(JUNE, "cash", 100),
        row(JUNE, "alipay", 200),
        row(Month(2026, 7), "cash", 9),
    ]
    assert payment_mix(rows=rows, first=MAY, last=JUNE) == (
        MonthMix(MAY, ZERO, ()),
        MonthMix(
            JUNE,
            Money.of(900),
            (
                MethodShare("wechat_pay", Money.of(500), 5, Decimal("55.6")),
                MethodShare("alipay", Money.of(200), 1, Decimal("22.2")),
                MethodShare("cash", Money.of(200), 3, Decimal("22.2")),
            ),
        ),
    )


def test_a_month_in_which_more_was_refunded_than_received_has_no_shares() -> None:
    (mix,) = payment_mix(rows=[row(JUNE, "cash", 50), row(JUNE, "bank_transfer", -80)], first=JUNE, last=JUNE)
    assert mix.amount == Money.of(-30)
    assert [(share.method, share.percent) for share in mix.shares] == [("cash", None), ("bank_transfer", None)]


ROWS = st.builds(row, st.sampled_from([MAY, JUNE]), st.sampled_from(METHODS), st.integers(-50, 9999))


@given(st.lists(ROWS))
def test_the_parts_of_a_mix_sum_to_the_month_and_the_months_to_everything(rows: list[MethodAmount]) -> None:
    mixes = payment_mix(rows=rows, first=MAY, last=JUNE)
    assert all(total(share.amount for share in mix.shares) == mix.amount for mix in mixes)
    assert total(mix.amount for mix in mixes) == total(each.amount for each in rows)
    assert sum(share.payments for mix in mixes for share in mix.shares) == len(rows)


NOW = Overdue(Money(300), Money(1000), 3)


@pytest.mark.parametrize(
    ("before", "amount", "points"),
    [
        (Overdue(Money(200), Money(1000), 2), 100, "10.0"),
        (Overdue(Money(400), Money(1000), 4), -100, "-10.0"),
        (Overdue(ZERO, ZERO, 0), 300, None),
    ],
)
def test_overdue_is_compared_by_amount_and_by_points(before: Overdue, amount: int, points: str | None) -> None:
    expected = None if points is None else Decimal(points)
    assert overdue_change(now=NOW, before=before) == OverdueChange(NOW, before, Money(amount), expected)


def test_without_a_rate_today_there_are_no_points() -> None:
    assert overdue_change(now=Overdue(ZERO, ZERO, 0), before=NOW).points is None
