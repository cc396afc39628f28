from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.kernel.errors import BusinessError
from core.kernel.lines import LineMissing, LineTooLong
from core.kernel.money import ZERO, Money
from core.work_orders.materials import (
    MOST_LINES,
    MOST_PRICE,
    MaterialLine,
    QuantityRefused,
    TooManyMaterials,
    UnitPriceRefused,
    check_materials,
    material_line,
    materials_total,
)


def line(quantity: str, price: str = "1.00") -> MaterialLine:
    return material_line(name="水管", quantity=Decimal(quantity), measure="米", unit_price=Money.of(price))


@pytest.mark.parametrize(
    ("quantity", "price", "amount"),
    [
        ("1", "12.50", "12.50"),
        ("1.5", "12.50", "18.75"),
        ("0.333", "10.01", "3.33"),
        ("0.5", "0.01", "0.01"),
        ("0.499", "0.01", "0.00"),
        ("0.001", "5.00", "0.01"),
        ("100000", "1000000.00", "100000000000.00"),
        ("2", "0", "0"),
        ("1.500000", "0.02", "0.03"),
    ],
)
def test_a_line_rounds_once_half_up(quantity: str, price: str, amount: str) -> None:
    assert line(quantity, price).amount == Money.of(amount)


@pytest.mark.parametrize("quantity", ["0", "-1", "0.0001", "1.2345", "100000.001", "NaN", "sNaN", "Infinity", "1E-30"])
def test_a_quantity_is_positive_and_has_three_decimals(quantity: str) -> None:
    with pytest.raises(QuantityRefused) as refused:
        line(quantity)
    assert refused.value.fields == {"most": 100_000, "places": 3}


@pytest.mark.parametrize("price", [Money(-1), Money(MOST_PRICE.fen + 1)])
def test_a_price_is_not_negative_nor_beyond_reason(price: Money) -> None:
    with pytest.raises(UnitPriceRefused) as refused:
        material_line(name="水管", quantity=Decimal(1), measure="米", unit_price=price)
    assert refused.value.fields == {"most": 1_000_000}


def test_texts_are_tidied_and_what_is_given_free_costs_nothing() -> None:
    made = material_line(name=" PPR  管 ", quantity=Decimal("0.001"), measure=" 米 ")
    assert made == MaterialLine(name="PPR 管", quantity=Decimal("0.001"), measure="米", unit_price=ZERO)


@pytest.mark.parametrize(
    ("name", "measure", "refusal", "field"),
    [
        (" ", "米", LineMissing, "material"),
        ("水管", "", LineMissing, "measure_unit"),
        ("管" * 65, "米", LineTooLong, "material"),
        ("水管", "米" * 17, LineTooLong, "measure_unit"),
    ],
)
def test_a_line_names_the_material_and_its_measure(
    name: str, measure: str, refusal: type[BusinessError], field: str
) -> None:
    with pytest.raises(refusal) as refused:
        material_line(name=name, quantity=Decimal(1), measure=measure)
    assert refused.value.fields["field"] == field


def test_a_float_is_a_bug() -> None:
    with pytest.raises(TypeError, match="Decimal"):
        material_line(name="水管", quantity=1.5, measure="米")  # type: ignore[arg-type]


def test_lines_are_judged_again_in_their_order_and_counted() -> None:
    raw = MaterialLine(name=" 水管 ", quantity=Decimal(2), measure="米")
    assert check_materials((raw, line("1"))) == (line("2", "0"), line("1"))
    assert check_materials((raw,) * MOST_LINES) == (line("2", "0"),) * MOST_LINES
    with pytest.raises(TooManyMaterials) as refused:
        check_materials((raw,) * (MOST_LINES + 1))
    assert refused.value.fields == {"most": MOST_LINES}
    with pytest.raises(QuantityRefused):
        check_materials((MaterialLine(name="水管", quantity=Decimal(0), measure="米"),))


def test_nothing_costs_nothing() -> None:
    assert materials_total([]) == ZERO


@given(st.lists(st.tuples(st.integers(1, 10**6), st.integers(0, 10**6)), max_size=20))
def test_the_total_is_the_sum_of_the_printed_lines_and_near_the_exact_one(pairs: list[tuple[int, int]]) -> None:
    lines = [
        MaterialLine(name="x", quantity=Decimal(milli).scaleb(-3), measure="m", unit_price=Money(fen))
        for milli, fen in pairs
    ]
    exact_milli_fen = sum(milli * fen for milli, fen in pairs)
    assert materials_total(lines) == Money(sum(one.amount.fen for one in lines))
    assert abs(materials_total(lines).fen * 1000 - exact_milli_fen) <= 500 * len(lines)
    assert all(one.amount.fen == (milli * fen + 500) // 1000 for one, (milli, fen) in zip(lines, pairs, strict=True))
