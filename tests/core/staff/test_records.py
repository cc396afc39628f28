import pytest

from core.kernel.lines import LineMissing, LineTooLong
from core.staff.records import StaffNumberTaken, StaffState, check_staff_number, normalise_staff_number, state_of


def test_a_number_is_stored_in_one_spelling() -> None:
    assert normalise_staff_number(" g-7\u200b ") == "G-7"
    assert check_staff_number("g-7", taken=False) == "G-7"


@pytest.mark.parametrize(("number", "refusal"), [(" ", LineMissing), ("x" * 33, LineTooLong)])
def test_a_missing_or_long_number_is_refused(number: str, refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        check_staff_number(number, taken=False)


def test_a_number_belongs_to_one_person() -> None:
    with pytest.raises(StaffNumberTaken) as refusal:
        check_staff_number("g-7", taken=True)
    assert refusal.value.fields == {"number": "G-7"}


def test_a_forms_choice_means_a_state() -> None:
    assert (state_of(active=True), state_of(active=False)) == (StaffState.ACTIVE, StaffState.INACTIVE)
