"""Numbers of cells (M1-M8, M11 and the unit words of real lists)."""

from datetime import date
from decimal import Decimal

import pytest

from core.imports.codes import Notice, Trouble
from core.imports.kinds import KINDS, ImportKind
from core.imports.text import NOTHING, Cell, Reading


def read(field: str, cell: Cell, kind: ImportKind = ImportKind.ESTATES) -> Reading:
    column = KINDS[kind].column(field)
    assert column is not None
    return column.read(cell)


@pytest.mark.parametrize(
    ("field", "cell", "value"),
    [
        ("household_count", "1972 户", 1972),
        ("household_count", "1，972户", 1972),
        ("household_count", 300.0, 300),
        ("household_count", "３００", 300),
        ("floor_area", "320000 平方米", "320000.00"),
        ("floor_area", "1,270,000 ㎡", "1270000.00"),
        ("floor_area", "118535.59 m²", "118535.59"),
        ("floor_area", "1,234.50", "1234.50"),
        ("floor_area", 12.300000000000001, "12.30"),
        ("greening_percent", "46 %", "46.00"),
        ("greening_percent", "30% %", "30.00"),
        ("greening_percent", "0.58 %", "0.58"),
        ("greening_percent", 35, "35.00"),
        ("plot_ratio", "3.9", "3.90"),
        ("reference_price", "1.5 元/㎡·月", "1.500000"),
        ("reference_price", "1.5元/平方米/月", "1.500000"),
        ("reference_price", "￥2.18", "2.180000"),
        ("reference_price", "2.18元", "2.180000"),
    ],
)
def test_numbers_with_their_unit_words_are_read_exactly(field: str, cell: Cell, value: str | int) -> None:
    expected = value if isinstance(value, int) else Decimal(value)
    reading = read(field, cell)
    assert reading == Reading(expected)
    assert str(reading.value) == str(value)


@pytest.mark.parametrize(
    "cell",
    ["暂无资料", "暂无信息 元/㎡·月", "暂无资料元/㎡·月", "-", "/", "无", "NA", "  ", "", None, "N/A"],
)
def test_words_for_no_data_are_nothing(cell: Cell) -> None:
    assert read("reference_price", cell) == NOTHING


@pytest.mark.parametrize(
    ("field", "cell", "value", "notice"),
    [
        ("reference_price", "0.00 元/㎡·月", None, Notice.ZERO_AS_MISSING),
        ("reference_price", 0, None, Notice.ZERO_AS_MISSING),
        ("household_count", "0 户", None, Notice.ZERO_AS_MISSING),
        ("floor_area", "-0", None, Notice.ZERO_AS_MISSING),
        ("floor_area", "1000.125", Decimal("1000.13"), Notice.ROUNDED),
        ("plot_ratio", "2.345", Decimal("2.35"), Notice.ROUNDED),
        ("greening_percent", 0.46, Decimal("46.00"), Notice.SCALED_PERCENT),
        ("greening_percent", "0.355", Decimal("35.50"), Notice.SCALED_PERCENT),
    ],
)
def test_what_is_normalised_is_said(field: str, cell: Cell, value: Decimal | None, notice: Notice) -> None:
    assert read(field, cell) == Reading(value, notice=notice)


@pytest.mark.parametrize(
    ("cell", "trouble"),
    [
        ("12.5万", Trouble.TEN_THOUSANDS),
        ("12.5 万平方米", Trouble.TEN_THOUSANDS),
        ("3亿", Trouble.TEN_THOUSANDS),
        ("80~120 平方米", Trouble.RANGE),
        ("80－120", Trouble.RANGE),
        ("80至120", Trouble.RANGE),
        ("120 亩", Trouble.UNIT_WORD),
        ("120 元", Trouble.UNIT_WORD),
        ("1e3", Trouble.SCIENTIFIC),
        ("1_000", Trouble.NOT_A_NUMBER),
        ("+5", Trouble.NOT_A_NUMBER),
        ("(100.00)", Trouble.NOT_A_NUMBER),
        ("100-", Trouble.NOT_A_NUMBER),
        ("1,23", Trouble.NOT_A_NUMBER),
        ("1.2.3", Trouble.NOT_A_NUMBER),
        ("约100", Trouble.NOT_A_NUMBER),
        ("暂无资料但有字", Trouble.NOT_A_NUMBER),
        ("١٢٣", Trouble.NOT_A_NUMBER),
        ("NaN", None),  # a word for no data in a text file ...
        (float("nan"), Trouble.NOT_A_NUMBER),  # ... and no number in a spreadsheet
        (float("inf"), Trouble.NOT_A_NUMBER),
        (float("-inf"), Trouble.NOT_A_NUMBER),
        ("Infinity", Trouble.NOT_A_NUMBER),
        ("sNaN", Trouble.NOT_A_NUMBER),
        ("-5", Trouble.NEGATIVE),
        (-5.0, Trouble.NEGATIVE),
        ("-99999999999999", Trouble.NEGATIVE),
        (True, Trouble.WRONG_TYPE),
        (date(2025, 1, 5), Trouble.WRONG_TYPE),
        ("#REF!", Trouble.ERROR_VALUE),
        ("9999999999", Trouble.TOO_BIG),
        (2.0**63, Trouble.TOO_BIG),
        (1e300, Trouble.TOO_BIG),
        ("1" * 400, Trouble.NOT_A_NUMBER),
    ],
)
def test_what_is_not_exactly_a_number_is_refused(cell: Cell, trouble: Trouble | None) -> None:
    assert read("floor_area", cell).trouble is trouble


@pytest.mark.parametrize(
    ("field", "cell", "trouble"),
    [
        ("household_count", "12.5户", Trouble.NOT_WHOLE),
        ("household_count", "100001 户", Trouble.TOO_BIG),
        ("greening_percent", "101 %", Trouble.TOO_BIG),
        ("plot_ratio", "51", Trouble.TOO_BIG),
        ("reference_price", "300 元/㎡·月", Trouble.TOO_BIG),
        ("reference_price", "0.8~1.2 元/㎡·月", Trouble.RANGE),
        ("reference_price", "18 元/㎡·年", Trouble.UNIT_WORD),
        ("reference_price", "1.1234567", Trouble.TOO_PRECISE),
    ],
)
def test_each_column_has_its_own_bounds(field: str, cell: Cell, trouble: Trouble) -> None:
    assert read(field, cell).trouble is trouble


@pytest.mark.parametrize(
    ("cell", "reading"),
    [
        ("89.5", Reading(Decimal("89.50"))),
        ("9999.99㎡", Reading(Decimal("9999.99"))),
        (0.01, Reading(Decimal("0.01"))),
        ("0", Reading(trouble=Trouble.TOO_SMALL, limit="0")),
        ("0.000001", Reading(trouble=Trouble.TOO_SMALL, limit="0")),
        ("-1", Reading(trouble=Trouble.NEGATIVE)),
        ("10000", Reading(trouble=Trouble.TOO_BIG, limit="9999.99")),
        ("12.345", Reading(trouble=Trouble.TOO_PRECISE, limit="2")),
        ("0.005", Reading(trouble=Trouble.TOO_PRECISE, limit="2")),
        (89.50000000000001, Reading(Decimal("89.50"))),
    ],
)
def test_the_area_that_is_billed_is_never_rounded(cell: Cell, reading: Reading) -> None:
    """M3, M8, M11: above zero, below ten thousand, two decimals."""
    assert read("area", cell, ImportKind.UNITS) == reading
