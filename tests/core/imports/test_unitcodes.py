"""Codes of estates and units (I1-I4)."""

from datetime import date, datetime, time, timedelta

import pytest

from core.imports.codes import Notice, Trouble
from core.imports.text import NOTHING, Cell, Reading
from core.imports.unitcodes import floor, joined_unit, place_part, record_code, unit_parts


@pytest.mark.parametrize(
    "cell",
    [
        "1-2-301",
        "1栋2单元301",
        "1栋2单元301室",
        "１－２－３０１",
        "1号楼-2单元-301室",
        "1幢 2单元 301号",
        "1#2#301",
        "1/2/301",
        "一栋二单元301",
        "1—2—301",
        " 1-2-301 ",
    ],
)
def test_the_spellings_of_one_unit_give_one_code(cell: str) -> None:
    """I3."""
    assert unit_parts(cell) == Reading("1-2-301")


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("301室", "301"),
        ("0101", "0101"),
        ("a座1203", "A-1203"),
        ("B1-023", "B1-023"),
        ("12E3", "12E3"),
        ("东区1栋2单元301", "东区1-2-301"),
        ("车位A-12", "车位A-12"),
    ],
)
def test_other_units_keep_their_letters_and_leading_zeros(cell: str, code: str) -> None:
    assert unit_parts(cell) == Reading(code)


def test_a_code_read_from_a_number_is_to_be_looked_at() -> None:
    """I1: a numeric cell has lost its leading zeros."""
    assert unit_parts(101.0) == Reading("101", notice=Notice.NUMERIC_CODE)
    assert unit_parts("1\u200b01") == Reading("101", notice=Notice.FORMAT_CHARACTER)


@pytest.mark.parametrize("cell", [None, "", "-", "无", "暂无资料"])
def test_no_code_is_nothing(cell: Cell) -> None:
    assert unit_parts(cell) == place_part(cell) == record_code(cell) == floor(cell) == NOTHING


@pytest.mark.parametrize(
    ("cell", "trouble"),
    [
        (date(2025, 1, 2), Trouble.CODE_AS_DATE),
        (datetime(2025, 1, 2), Trouble.CODE_AS_DATE),
        (time(1, 2), Trouble.CODE_AS_DATE),
        (timedelta(days=1), Trouble.CODE_AS_DATE),
        ("1月2日", Trouble.CODE_AS_DATE),
        ("2025-01-02 00:00:00", Trouble.CODE_AS_DATE),
        ("2-Jan", Trouble.CODE_AS_DATE),
        ("1.2E+04", Trouble.SCIENTIFIC),
        ("А-101", Trouble.MIXED_SCRIPT),  # Cyrillic
        ("Α栋101", Trouble.MIXED_SCRIPT),  # Greek
        (12.5, Trouble.WRONG_TYPE),
        (True, Trouble.WRONG_TYPE),
        ("1-2-3-4", Trouble.NOT_A_CODE),
        ("1栋3层301", Trouble.NOT_A_CODE),
        ("1.301", Trouble.NOT_A_CODE),
        ("栋", Trouble.NOT_A_CODE),
        ("1-" + "9" * 17, Trouble.NOT_A_CODE),
        ("1-" + "9" * 40, Trouble.TOO_LONG),
        ("1\x00", Trouble.CONTROL_CHARACTER),
    ],
)
def test_a_code_that_was_turned_into_something_else_is_refused(cell: Cell, trouble: Trouble) -> None:
    """I2, I4."""
    assert unit_parts(cell).trouble is trouble
    assert place_part(cell).trouble is trouble


@pytest.mark.parametrize(("cell", "part"), [("3号楼", "3"), ("3#", "3"), ("A座", "A"), ("2单元", "2"), (2, "2")])
def test_a_building_or_entrance_is_one_part(cell: Cell, part: str) -> None:
    assert place_part(cell).value == part


def test_two_parts_are_no_building() -> None:
    assert place_part("1-2").trouble is Trouble.NOT_A_CODE


@pytest.mark.parametrize(
    ("cell", "reading"),
    [
        ("cd-001", Reading("CD-001")),
        ("ＣＤ００１", Reading("CD001")),
        (1001, Reading("1001", notice=Notice.NUMERIC_CODE)),
        ("C" * 33, Reading(trouble=Trouble.TOO_LONG, limit="32")),
        ("=1+1", Reading(trouble=Trouble.NOT_A_CODE)),
    ],
)
def test_the_code_of_an_estate_is_upper_case_and_plain(cell: Cell, reading: Reading) -> None:
    assert record_code(cell) == reading


@pytest.mark.parametrize(
    ("cell", "value"),
    [("3", 3), (3.0, 3), ("3层", 3), ("第3层", 3), ("12F", 12), ("-1", -1), ("B2", -2), ("负1层", -1), ("地下1层", -1)],
)
def test_floors_are_whole_numbers(cell: Cell, value: int) -> None:
    assert floor(cell) == Reading(value)


@pytest.mark.parametrize("cell", ["高层", "3/33", "中"])
def test_words_are_no_floor(cell: str) -> None:
    assert floor(cell).trouble is Trouble.NOT_A_NUMBER


@pytest.mark.parametrize(
    ("building", "entrance", "unit", "code"),
    [
        ("1", "2", "301", "1-2-301"),
        ("1", None, "301", "1-301"),
        (None, None, "1-2-301", "1-2-301"),
        ("1", "2", "1-2-301", "1-2-301"),
        ("1", "3", "1-2-301", Trouble.UNIT_MISMATCH),
        ("2", None, "1-2-301", Trouble.UNIT_MISMATCH),
        (None, None, "1-301", "1-301"),
        (None, "2", "1-301", Trouble.NO_BUILDING),
        (None, None, "301", Trouble.NO_BUILDING),
        ("1", None, "2-301", "1-2-301"),
        ("1", None, "1-301", Trouble.UNIT_AMBIGUOUS),
        ("1", "2", "2-301", "1-2-301"),
        ("1", "2", "1-301", "1-2-301"),
        ("1", "2", "3-301", Trouble.UNIT_MISMATCH),
    ],
)
def test_building_entrance_and_room_make_one_code(
    building: str | None, entrance: str | None, unit: str, code: str | Trouble
) -> None:
    assert joined_unit(building=building, entrance=entrance, unit=unit) == code
