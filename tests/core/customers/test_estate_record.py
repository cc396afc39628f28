from dataclasses import replace
from typing import Any

import pytest

from core.customers.estate_record import (
    LARGEST,
    LONGEST,
    EstateFigureRefused,
    EstateNameTaken,
    EstateRecord,
    EstateRetired,
    EstateState,
    EstateStillOwed,
    check_estate,
    check_estate_active,
    check_estate_key,
    check_estate_retirement,
    next_estate_codes,
)
from core.customers.estates import EstateCodeRefused, HouseholdsRefused
from core.kernel.lifecycle import ForbiddenMove
from core.kernel.lines import LineMissing, LineTooLong

RECORD = EstateRecord(name="枫林苑", code="FL-01")


def with_value(name: str, value: Any) -> EstateRecord:
    return replace(RECORD, **{name: value})


def test_the_form_comes_back_clean() -> None:
    untidy = EstateRecord(
        name=" 枫林\u200b苑 ", code="ｆl-01", address=" 中山路\t9号 ", household_count=0, greening=10_000
    )
    assert check_estate(untidy) == replace(RECORD, address="中山路 9号", household_count=0, greening=10_000)


def test_an_empty_code_stays_empty_and_a_kept_one_stays_as_it_is() -> None:
    assert check_estate(replace(RECORD, code=" ")).code == ""
    assert check_estate(replace(RECORD, code="旧/1"), kept_code="旧/1").code == "旧/1"
    with pytest.raises(EstateCodeRefused):
        check_estate(replace(RECORD, code="旧/1"), kept_code="旧/2")


@pytest.mark.parametrize("name", sorted(LARGEST))
def test_figures_hold_their_bounds(name: str) -> None:
    for figure in (None, 0, LARGEST[name]):
        assert getattr(check_estate(with_value(name, figure)), name) == figure
    for figure in (-1, LARGEST[name] + 1):
        with pytest.raises(EstateFigureRefused) as refusal:
            check_estate(with_value(name, figure))
        assert refusal.value.fields == {"field": name}


@pytest.mark.parametrize("count", [-1, 200_001])
def test_a_household_count_out_of_bounds_is_refused(count: int) -> None:
    with pytest.raises(HouseholdsRefused):
        check_estate(replace(RECORD, household_count=count))


@pytest.mark.parametrize("name", sorted(LONGEST))
def test_lines_hold_their_length(name: str) -> None:
    longest = "字" * LONGEST[name]
    assert getattr(check_estate(with_value(name, longest)), name) == longest
    with pytest.raises(LineTooLong):
        check_estate(with_value(name, longest + "字"))


def test_only_the_name_is_needed() -> None:
    assert check_estate(EstateRecord(name="x")) == EstateRecord(name="x")
    with pytest.raises(LineMissing):
        check_estate(EstateRecord(name=" "))


def test_a_key_that_is_taken_or_too_long_is_refused() -> None:
    assert check_estate_key("a|b", name="A", taken=False) == "a|b"
    with pytest.raises(EstateNameTaken) as refusal:
        check_estate_key("a|b", name="A", taken=True)
    assert refusal.value.fields == {"name": "A"}
    with pytest.raises(LineTooLong):
        check_estate_key("x" * 401, name="A", taken=False)


@pytest.mark.parametrize(
    ("taken", "count", "codes"),
    [
        ((), 2, ("E0001", "E0002")),
        (("E0009", "E0003", "FL-01", "E12", "E00100X", "e0500"), 1, ("E0010",)),
        (("E9999",), 2, ("E10000", "E10001")),
        (("E0001",), 0, ()),
    ],
)
def test_new_codes_go_on_from_the_highest(taken: tuple[str, ...], count: int, codes: tuple[str, ...]) -> None:
    assert next_estate_codes(taken=taken, count=count) == codes


def test_a_retired_estate_takes_nothing_new_and_is_not_retired_again() -> None:
    check_estate_active(state=EstateState.ACTIVE, estate_code="E1")
    with pytest.raises(EstateRetired) as refusal:
        check_estate_active(state=EstateState.RETIRED, estate_code="E1")
    assert refusal.value.fields == {"estate_code": "E1"}
    check_estate_retirement(state=EstateState.ACTIVE, open_bills=0)
    with pytest.raises(EstateStillOwed):
        check_estate_retirement(state=EstateState.ACTIVE, open_bills=1)
    with pytest.raises(ForbiddenMove):
        check_estate_retirement(state=EstateState.RETIRED, open_bills=0)
