from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.customers.units import (
    AreaOutOfBounds,
    AreaRefused,
    UnitCodeRefused,
    UnitDetails,
    UnitUse,
    area_from_hundredths,
    area_to_hundredths,
    check_area,
    normalise_unit_code,
    parse_area,
    unit_details,
)
from core.kernel.lines import LineMissing, LineTooLong


def test_the_form_gives_clean_values() -> None:
    made = unit_details(building=" 3栋 ", code="３—１—０１０２", area="89.5", use=UnitUse.RESIDENTIAL, grade=" A ")
    assert made == UnitDetails("3栋", "3-1-0102", 8950, UnitUse.RESIDENTIAL, "A")


def test_a_grade_may_be_missing() -> None:
    assert unit_details(building="1", code="101", area="1", use=UnitUse.PARKING).grade == ""


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


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("0101", "0101"),
        (" 1 - 2 - 301 ", "1-2-301"),
        ("１－２", "1-2"),
        ("B2#031", "B2#031"),
        ("3号楼", "3号楼"),
        ("二〇一", "二〇一"),
    ],
)
def test_a_unit_code_keeps_its_zeros_and_loses_its_width(typed: str, code: str) -> None:
    assert normalise_unit_code(typed) == code


@pytest.mark.parametrize("typed", ["А栋", "1*2", "<b>", "α1", "1'2"])
def test_look_alikes_and_foreign_signs_in_a_code_are_refused(typed: str) -> None:
    with pytest.raises(UnitCodeRefused) as refusal:
        normalise_unit_code(typed, field="building")
    assert refusal.value.fields == {"field": "building"}


@pytest.mark.parametrize(("typed", "refusal"), [(" ", LineMissing), ("1" * 33, LineTooLong)])
def test_a_code_is_needed_and_has_an_end(typed: str, refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        normalise_unit_code(typed)
