import pytest

from core.customers.estates import (
    EstateCodeRefused,
    EstateDetails,
    EstateKind,
    HouseholdsRefused,
    estate_details,
    normalise_estate_code,
)
from core.kernel.lines import LineMissing, LineTooLong


def test_the_form_gives_clean_values() -> None:
    made = estate_details(code=" jsw-01 ", name="  金水湾  一期 ", kind=EstateKind.RESIDENTIAL, households=820)
    assert made == EstateDetails("JSW-01", "金水湾 一期", EstateKind.RESIDENTIAL, 820)


@pytest.mark.parametrize(
    ("typed", "code"),
    [("A1", "A1"), ("ａ１", "A1"), ("ABCDEFGHIJKL", "ABCDEFGHIJKL"), ("01", "01"), ("a-b", "A-B")],
)
def test_a_code_is_folded_to_capitals(typed: str, code: str) -> None:
    assert normalise_estate_code(typed) == code


@pytest.mark.parametrize("typed", ["", "A", "-A", "A-", "A B", "ABCDEFGHIJKLM", "А1", "金水湾", "A_1", "A\n1", "ß_"])
def test_a_code_of_another_pattern_or_script_is_refused(typed: str) -> None:
    with pytest.raises(EstateCodeRefused):
        normalise_estate_code(typed)


@pytest.mark.parametrize("households", [-1, 200_001, 1.0, True])
def test_a_household_count_out_of_bounds_is_refused(households: int) -> None:
    with pytest.raises(HouseholdsRefused) as refusal:
        estate_details(code="A1", name="x", kind=EstateKind.MIXED, households=households)
    assert refusal.value.fields == {"most": 200_000}


@pytest.mark.parametrize("households", [0, 200_000])
def test_the_edges_of_the_household_count_are_allowed(households: int) -> None:
    assert estate_details(code="A1", name="x", kind=EstateKind.MIXED, households=households).households == households


@pytest.mark.parametrize(("name", "refusal"), [(" ", LineMissing), ("名" * 65, LineTooLong)])
def test_a_name_is_needed_and_has_an_end(name: str, refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        estate_details(code="A1", name=name, kind=EstateKind.MIXED, households=1)
