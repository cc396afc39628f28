import pytest

from core.customers.unit_record import (
    FloorRefused,
    UnitRetired,
    UnitState,
    UnitStillUsed,
    check_floor,
    check_unit_active,
    check_unit_retirement,
    sort_key,
)
from core.kernel.lifecycle import ForbiddenMove


def test_codes_sort_as_people_count() -> None:
    codes = ["10-1-101", "2-2-101", "2-10-101", "2-2-1001", "2-2-99", "A-1", "1-1-101"]
    expected = ["1-1-101", "2-2-99", "2-2-101", "2-2-1001", "2-10-101", "10-1-101", "A-1"]
    assert sorted(codes, key=sort_key) == expected


def test_a_sort_key_pads_every_number_and_is_cut_at_its_length() -> None:
    assert sort_key("3-1-1202A") == "000003-000001-001202A"
    assert len(sort_key("1A" * 20)) == 80
    assert sort_key("1A1", longest=8) == "000001A0"


@pytest.mark.parametrize("floor", [None, -10, 0, 200])
def test_a_floor_within_bounds_is_taken(floor: int | None) -> None:
    assert check_floor(floor) == floor


@pytest.mark.parametrize("floor", [-11, 201])
def test_a_floor_out_of_bounds_is_refused(floor: int) -> None:
    with pytest.raises(FloorRefused) as refusal:
        check_floor(floor)
    assert refusal.value.fields == {"least": -10, "most": 200}


def test_a_retired_unit_is_refused() -> None:
    check_unit_active(state=UnitState.ACTIVE, unit_code="1-101")
    with pytest.raises(UnitRetired) as refusal:
        check_unit_active(state=UnitState.RETIRED, unit_code="1-101")
    assert refusal.value.fields == {"unit_code": "1-101"}


@pytest.mark.parametrize(("bills", "credit", "people"), [(1, 0, 0), (0, 1, 0), (0, 0, 1)])
def test_a_unit_with_debts_money_or_people_is_not_retired(bills: int, credit: int, people: int) -> None:
    with pytest.raises(UnitStillUsed) as refusal:
        check_unit_retirement(state=UnitState.ACTIVE, open_bills=bills, credit_fen=credit, occupants=people)
    assert refusal.value.fields == {"open_bills": bills, "occupants": people}


def test_an_empty_settled_unit_is_retired_once() -> None:
    check_unit_retirement(state=UnitState.ACTIVE, open_bills=0, credit_fen=0, occupants=0)
    with pytest.raises(ForbiddenMove):
        check_unit_retirement(state=UnitState.RETIRED, open_bills=0, credit_fen=0, occupants=0)
