"""Money is exact: it never rounds unasked, and when it rounds it rounds halves up."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.kernel.money import (
    LARGEST_FEN,
    ZERO,
    Money,
    percent,
    price_from_micro,
    price_to_micro,
    product,
    round_half_up,
    split,
    total,
)

FEN = st.integers(-LARGEST_FEN, LARGEST_FEN)


@pytest.mark.parametrize(
    ("yuan", "fen"),
    [
        ("12.34", 1234),
        ("0.01", 1),
        ("-0.01", -1),
        ("12.340", 1234),
        ("-0", 0),
        (12, 1200),
        (Decimal("1E+3"), 100_000),
        ("100000000000", LARGEST_FEN),
    ],
)
def test_an_exact_amount_in_yuan_becomes_fen(yuan: Decimal | str | int, fen: int) -> None:
    assert Money.of(yuan) == Money(fen)


@pytest.mark.parametrize(
    "yuan",
    [
        "12.345",
        "0.005",
        "NaN",
        "sNaN",
        "Infinity",
        "-Infinity",
        "abc",
        "",
        "1E+999999999",
        "1E-999999999",
        "0.12000000000000000000000000000001",
    ],
)
def test_what_is_not_whole_fen_is_refused_and_never_rounded(yuan: str) -> None:
    with pytest.raises(ValueError, match="not an exact number"):
        Money.of(yuan)


def test_a_float_is_no_money() -> None:
    with pytest.raises(TypeError):
        Money.of(1.5)  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        Money(1.0)  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        Money(True)


@pytest.mark.parametrize("fen", [LARGEST_FEN + 1, -LARGEST_FEN - 1, 2**63])
def test_money_beyond_the_largest_amount_overflows(fen: int) -> None:
    with pytest.raises(OverflowError):
        Money(fen)


@given(FEN)
def test_yuan_and_fen_say_the_same_with_two_decimals(fen: int) -> None:
    yuan = Money(fen).yuan
    assert Money.of(yuan) == Money(fen)
    assert yuan.as_tuple().exponent == -2


def test_money_adds_subtracts_negates_compares_and_is_false_only_at_zero() -> None:
    assert Money(5) + Money(7) == Money(12)
    assert Money(5) - Money(7) == -Money(2)
    assert Money(5) < Money(7)
    assert Money(1)
    assert not ZERO


def test_a_total_of_nothing_is_zero() -> None:
    assert total([]) == ZERO


@given(st.lists(st.integers(-(10**9), 10**9)))
def test_a_total_is_the_sum_of_its_fen(fens: list[int]) -> None:
    assert total(Money(fen) for fen in fens).fen == sum(fens)


@pytest.mark.parametrize(
    ("factors", "fen"),
    [
        ((Decimal("89.53"), Decimal("2.35"), 1), 21040),  # 210.3955
        ((Decimal("2.675"),), 268),  # a float would give 2.67
        ((Decimal("0.005"),), 1),
        ((Decimal("0.004999"),), 0),
        ((Decimal("-0.005"),), -1),
        ((Decimal("100.00"), Decimal("1.234567"), 12), 148148),  # rounded once, at the end
        ((), 100),
    ],
)
def test_a_product_rounds_once_and_half_up(factors: tuple[Decimal | int, ...], fen: int) -> None:
    assert product(*factors) == Money(fen)


def test_a_product_takes_no_float_and_overflows_rather_than_wraps() -> None:
    with pytest.raises(TypeError):
        product(Decimal(1), 1.5)  # type: ignore[arg-type]
    with pytest.raises(OverflowError):
        product(Decimal(10**9), Decimal(10**9))


@given(
    st.decimals(min_value=0, max_value=99999, places=2),
    st.decimals(min_value=0, max_value=9999, places=6),
    st.integers(1, 12),
)
def test_a_product_lies_within_half_a_fen_of_the_exact_value(area: Decimal, price: Decimal, months: int) -> None:
    exact = Fraction(area) * Fraction(price) * months * 100
    off = product(area, price, months).fen - exact
    assert Fraction(-1, 2) < off <= Fraction(1, 2)


@pytest.mark.parametrize(
    ("value", "whole"),
    [
        (Fraction(1, 2), 1),
        (Fraction(-1, 2), -1),
        (Fraction(49, 100), 0),
        (Fraction(5, 2), 3),
        (Fraction(7, 2), 4),
        (Fraction(-5, 2), -3),
        (Fraction(0), 0),
    ],
)
def test_halves_go_away_from_zero(value: Fraction, whole: int) -> None:
    assert round_half_up(value) == whole


@pytest.mark.parametrize(
    ("fen", "weights", "parts"),
    [
        (100, (1, 1, 1), (34, 33, 33)),
        (-100, (1, 1, 1), (-34, -33, -33)),
        (1, (1, 1), (1, 0)),
        (10, (0, 1), (0, 10)),
        (0, (1, 2), (0, 0)),
        (5, (1, 3), (1, 4)),
    ],
)
def test_a_split_gives_the_odd_fen_to_the_largest_remainder_then_the_earlier_part(
    fen: int, weights: tuple[int, ...], parts: tuple[int, ...]
) -> None:
    assert split(Money(fen), weights=weights) == tuple(map(Money, parts))


@given(FEN, st.lists(st.integers(0, 10**6), min_size=1, max_size=40).filter(any))
def test_the_parts_of_a_split_sum_to_the_whole_and_follow_their_weights(fen: int, weights: list[int]) -> None:
    parts = split(Money(fen), weights=weights)
    assert total(parts) == Money(fen)
    for part, weight in zip(parts, weights, strict=True):
        assert abs(Fraction(part.fen) - Fraction(fen * weight, sum(weights))) < 1
        assert weight or not part


@pytest.mark.parametrize("weights", [(), (0, 0), (2, -1)])
def test_a_split_needs_a_positive_weight_and_no_negative_one(weights: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="weights"):
        split(Money(100), weights=weights)


@given(st.integers(0, 10**12))
def test_a_price_survives_storage(micro: int) -> None:
    assert price_to_micro(price_from_micro(micro)) == micro


@pytest.mark.parametrize("price", ["1.2345678", "0.1234560000000000000000000000000001", "NaN", "Infinity"])
def test_a_price_with_more_than_six_decimals_is_refused(price: str) -> None:
    with pytest.raises(ValueError, match="6 decimals"):
        price_to_micro(Decimal(price))


def test_a_float_is_no_price() -> None:
    with pytest.raises(TypeError):
        price_to_micro(0.5)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("part", "whole", "expected"),
    [
        (783, 1000, "78.3"),
        (1, 3, "33.3"),
        (2, 3, "66.7"),
        (1, 2000, "0.1"),  # 0.05
        (1, 2001, "0.0"),
        (-1, 2000, "-0.1"),
        (3, 2, "150.0"),
        (0, 7, "0.0"),
    ],
)
def test_percent_has_one_decimal_half_up(part: int, whole: int, expected: str) -> None:
    assert str(percent(part, whole)) == expected


def test_percent_of_nothing_is_not_available() -> None:
    assert percent(5, 0) is None


def test_a_tiny_negative_share_shows_no_minus_sign() -> None:
    assert str(percent(-1, 100_000)) == "0.0"
