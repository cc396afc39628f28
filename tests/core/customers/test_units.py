from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.customers.units import (
    AreaOutOfBounds,
    AreaRefused,
    area_from_hundredths,
    area_to_hundredths,
    check_area,
    parse_area,
)


@pytest.mark.parametrize(
    ("typed", "hundredths"),
    [
        ("89.50", 8950),
        ("89.5", 8950),
        ("0.01", 1),
        ("9999.99", 999_999),
        ("１２０．２５", 12025),
        ("7.250", 725),
        (" 8 ", 800),
    ],
)
def test_an_area_is_read_exactly(typed: str, hundredths: int) -> None:
    assert parse_area(typed) == hundredths


@pytest.mark.parametrize("typed", ["0", "0.00", "-1", "-0", "10000", "99999.99"])
def test_an_area_out_of_bounds_is_refused(typed: str) -> None:
    with pytest.raises(AreaOutOfBounds):
        parse_area(typed)


@pytest.mark.parametrize(
    "typed", ["", "x", "1e3", "1_000", "1,000", "89.505", "NaN", "+5", "٣", ".5", "5.", "--5", "123456"]
)
def test_what_is_no_area_is_refused(typed: str) -> None:
    with pytest.raises(AreaRefused) as refusal:
        parse_area(typed)
    assert type(refusal.value) is AreaRefused


@given(st.integers(1, 999_999))
def test_hundredths_go_there_and_back(hundredths: int) -> None:
    area = area_from_hundredths(check_area(hundredths))
    assert area_to_hundredths(area) == hundredths
    assert parse_area(str(area)) == hundredths


def test_a_third_decimal_is_a_bug_and_is_never_rounded() -> None:
    with pytest.raises(ValueError, match="two decimals"):
        area_to_hundredths(Decimal("89.505"))
    assert area_to_hundredths(Decimal("89.500")) == 8950
