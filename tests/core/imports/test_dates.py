"""Days of cells (D1-D9, D11)."""

from datetime import date, datetime, time, timedelta

import pytest

from core.imports.codes import Notice, Trouble
from core.imports.dates import day
from core.imports.text import NOTHING, Cell, Reading


@pytest.mark.parametrize(
    "cell",
    [
        date(2025, 1, 5),
        datetime(2025, 1, 5, 23, 59, 59, 999_000),
        "2025-01-05",
        "2025/1/5",
        "2025.1.5",
        "2025年1月5日",
        "2025年01月05号",
        "20250105",
        20_250_105,
        20_250_105.0,
        "２０２５-０１-０５",
        " 2025 - 01 - 05 ",
        "2025-01-05 23:59",
        "2025-01-05 23:59:59.999",
        "2025-01-05T00:00:00",
        "2025年1月5日 8时30分",
        "2025-01-05T15:59:59Z",
        "2025-01-05T00:30:00+08:00",
        "2025-01-04T23:30:00-0100",
    ],
)
def test_the_spellings_of_one_day_give_the_day(cell: Cell) -> None:
    assert day(cell) == Reading(date(2025, 1, 5))


def test_an_instant_gives_the_local_day() -> None:
    assert day("2025-01-04T16:00:00Z") == Reading(date(2025, 1, 5))


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        (45_292, date(2024, 1, 1)),
        ("45292", date(2024, 1, 1)),
        (45_292.999999999, date(2024, 1, 1)),
        (32_874, date(1990, 1, 1)),
        (73_415.5, date(2100, 12, 31)),
    ],
)
def test_a_bare_serial_is_a_day_to_look_at(cell: Cell, value: date) -> None:
    assert day(cell) == Reading(value, notice=Notice.DATE_FROM_SERIAL)


@pytest.mark.parametrize("cell", [None, "", "无", "-", "暂无资料"])
def test_no_day_is_nothing(cell: Cell) -> None:
    assert day(cell) == NOTHING


@pytest.mark.parametrize(
    ("cell", "trouble"),
    [
        (60, Trouble.NOT_A_DATE),
        (-1, Trouble.NOT_A_DATE),
        (3_000_000, Trouble.NOT_A_DATE),
        (32_873, Trouble.NOT_A_DATE),
        (99_999_999.0, Trouble.NOT_A_DATE),
        (float("nan"), Trouble.NOT_A_DATE),
        (float("inf"), Trouble.NOT_A_DATE),
        (12.5, Trouble.NOT_A_DATE),
        (True, Trouble.NOT_A_DATE),
        (time(12), Trouble.NOT_A_DATE),
        (timedelta(days=3), Trouble.NOT_A_DATE),
        ("03/04/2025", Trouble.DATE_ORDER),
        ("13-04-25", Trouble.DATE_ORDER),
        ("2025-02-29", Trouble.NOT_A_DATE),
        ("2025-04-31", Trouble.NOT_A_DATE),
        ("2025-13-01", Trouble.NOT_A_DATE),
        ("0000-00-00", Trouble.NOT_A_DATE),
        ("20251301", Trouble.NOT_A_DATE),
        ("二〇二五年一月", Trouble.NOT_A_DATE),
        ("2025年1月", Trouble.NOT_A_DATE),
        ("2025-W01-1", Trouble.NOT_A_DATE),
        ("2025-01/05", Trouble.NOT_A_DATE),
        ("2025-01-05T25:00:00Z", Trouble.NOT_A_DATE),
        ("2025-01-05T00:00:00+99:00", Trouble.NOT_A_DATE),
        ("0001-01-01T00:00:00+23:00", Trouble.NOT_A_DATE),
        ("٢٠٢٥-٠١-٠٥", Trouble.NOT_A_DATE),
        ("#VALUE!", Trouble.ERROR_VALUE),
        ("1949-12-31", Trouble.DATE_RANGE),
        ("2101-01-01", Trouble.DATE_RANGE),
        (date(1900, 2, 28), Trouble.DATE_RANGE),
    ],
)
def test_what_is_not_surely_a_day_is_refused(cell: Cell, trouble: Trouble) -> None:
    assert day(cell).trouble is trouble


def test_the_bounds_are_days_themselves() -> None:
    assert day("1950-01-01").value == date(1950, 1, 1)
    assert day("2100-12-31").value == date(2100, 12, 31)
