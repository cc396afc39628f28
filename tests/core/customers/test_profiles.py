from datetime import date

import pytest

from core.customers.masking import NameMasked, PhoneMasked
from core.customers.profiles import (
    CareFlag,
    CustomerDetails,
    Occupancy,
    OccupancyEndsBeforeStart,
    OccupancyTwice,
    Relation,
    check_occupancies,
    customer_details,
)
from core.kernel.identity import UnitId

ROOM, OTHER = UnitId(1), UnitId(2)


def stay(start: int, end: int | None, unit: UnitId = ROOM, relation: Relation = Relation.TENANT) -> Occupancy:
    return Occupancy(unit, relation, date(2026, 1, start), date(2026, 1, end) if end else None)


def test_the_form_gives_clean_values() -> None:
    made = customer_details(
        name=" 张 三 ", phone="138-0013-8000", care=[CareFlag.NEWLY_MOVED_IN, CareFlag.ELDERLY, CareFlag.ELDERLY]
    )
    assert made == CustomerDetails("张 三", "13800138000", (CareFlag.ELDERLY, CareFlag.NEWLY_MOVED_IN))


@pytest.mark.parametrize("phone", ["", "  "])
def test_a_phone_may_be_missing(phone: str) -> None:
    assert customer_details(name="张三", phone=phone) == CustomerDetails("张三")


def test_masked_values_that_come_back_are_refused() -> None:
    with pytest.raises(NameMasked):
        customer_details(name="张*")
    with pytest.raises(PhoneMasked):
        customer_details(name="张三", phone="138****8000")


@pytest.mark.parametrize("end", [1, 2])
def test_a_stay_ends_after_it_starts(end: int) -> None:
    with pytest.raises(OccupancyEndsBeforeStart) as refusal:
        stay(2, end)
    assert refusal.value.fields == {"start": date(2026, 1, 2), "end": date(2026, 1, end)}


@pytest.mark.parametrize(
    ("end", "day", "holds"),
    [(4, 1, False), (4, 2, True), (4, 3, True), (4, 4, False), (None, 1, False), (None, 31, True)],
)
def test_a_stay_holds_from_its_start_up_to_its_end(end: int | None, day: int, holds: bool) -> None:
    assert stay(2, end).holds_on(date(2026, 1, day)) is holds


@pytest.mark.parametrize(
    ("one", "other", "overlap"),
    [
        (stay(1, 5), stay(5, 9), False),
        (stay(1, 5), stay(4, 9), True),
        (stay(1, None), stay(4, 9), True),
        (stay(5, None), stay(4, 5), False),
        (stay(1, None), stay(9, None), True),
        (stay(1, 5), stay(1, 5, OTHER), False),
        (stay(1, 5), stay(1, 5, relation=Relation.OWNER), False),
    ],
)
def test_stays_overlap_only_for_the_same_relation_to_the_same_unit(
    one: Occupancy, other: Occupancy, overlap: bool
) -> None:
    assert one.overlaps(other) is other.overlaps(one) is overlap


def test_a_customer_is_linked_to_many_units_but_not_twice_to_one() -> None:
    check_occupancies([stay(1, 5), stay(5, None), stay(1, None, OTHER), stay(1, None, relation=Relation.OWNER)])
    with pytest.raises(OccupancyTwice) as refusal:
        check_occupancies([stay(1, 5), stay(1, None, OTHER), stay(4, None)])
    assert refusal.value.fields == {"start": date(2026, 1, 4), "end": None}
