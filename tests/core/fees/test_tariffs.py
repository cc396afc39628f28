"""Only one approved tariff charges a unit for an item at a time, and it is sound (R-016 to R-019)."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.fees.tariffs import (
    TRANSITIONS,
    Basis,
    Tariff,
    TariffBook,
    TariffMoveRefused,
    TariffState,
    approved,
    check_no_overlap,
    check_tariff,
    ended,
    moved,
    overlapping,
)
from core.kernel.errors import BusinessError
from core.kernel.identity import UserId
from tests.core.fees.builders import a_tariff

GRADES, USES = {"A": "3.00", "B": "2.00"}, {"residential": "2.00", "office": "6.50"}


def refusal_of(tariff: Tariff) -> str | None:
    try:
        check_tariff(tariff)
    except BusinessError as refused:
        return refused.code
    return None


@pytest.mark.parametrize(
    "tariff",
    [
        a_tariff(),
        a_tariff(prices={"": "0.000001"}),
        a_tariff(prices={"": "10000"}),
        a_tariff(valid_to=date(2026, 1, 2)),
        a_tariff(basis=Basis.AREA_GRADE, prices=GRADES, uses=("office",)),
        a_tariff(basis=Basis.USE, prices=USES),
        a_tariff(basis=Basis.USE, prices=USES, uses=("residential", "office")),
        a_tariff(basis=Basis.SERVICE_ITEMS, prices={"lift": "12", "cleaning": "8.5"}, uses=("residential",)),
    ],
)
def test_a_sound_tariff_passes(tariff: Tariff) -> None:
    assert refusal_of(tariff) is None


@pytest.mark.parametrize(
    ("tariff", "code"),
    [
        (a_tariff(item="  "), "fees.tariff.item"),
        (a_tariff(prices={}), "fees.tariff.price_missing"),
        (a_tariff(prices={"": "0"}), "fees.tariff.price_range"),
        (a_tariff(prices={"": "-1"}), "fees.tariff.price_range"),
        (a_tariff(prices={"": "10000.000001"}), "fees.tariff.price_range"),
        (a_tariff(prices={"": "NaN"}), "fees.tariff.price_range"),
        (a_tariff(prices={"": "Infinity"}), "fees.tariff.price_range"),
        (a_tariff(prices={"": "1.0000001"}), "fees.tariff.price_decimals"),
        (a_tariff(valid_to=date(2026, 1, 1)), "fees.tariff.dates"),
        (a_tariff(valid_to=date(2025, 12, 31)), "fees.tariff.dates"),
        (a_tariff(prices={"A": "1"}), "fees.tariff.keys"),
        (a_tariff(prices={"": "1", "A": "1"}), "fees.tariff.keys"),
        (a_tariff(basis=Basis.AREA_GRADE, prices={"": "1"}), "fees.tariff.keys"),
        (a_tariff(basis=Basis.AREA_GRADE, prices={"A": "1", " ": "1"}), "fees.tariff.keys"),
        (a_tariff(basis=Basis.USE, prices=USES, uses=("residential",)), "fees.tariff.keys"),
        (a_tariff(basis=Basis.USE, prices=USES, uses=("residential", "office", "industrial")), "fees.tariff.keys"),
        (
            replace(a_tariff(basis=Basis.USE), prices=(("office", Decimal(1)), ("office", Decimal(2)))),
            "fees.tariff.keys",
        ),
    ],
)
def test_an_unsound_tariff_is_refused(tariff: Tariff, code: str) -> None:
    assert refusal_of(tariff) == code


def test_the_price_bound_can_be_set() -> None:
    with pytest.raises(BusinessError) as refused:
        check_tariff(a_tariff(prices={"": "2.36"}), largest=Decimal("2.35"))
    assert refused.value.fields == {"key": "", "price": "2.36", "largest": "2.35"}


@pytest.mark.parametrize(
    ("other", "collides"),
    [
        (a_tariff(2), True),
        (a_tariff(2, item="parking"), False),
        (a_tariff(2, state=TariffState.DRAFT), False),
        (a_tariff(2, state=TariffState.WITHDRAWN), False),
        (a_tariff(1), False),  # itself, for instance in a new version
        (a_tariff(2, valid_from=date(2027, 1, 1)), False),  # begins on the day the first one ends
        (a_tariff(2, valid_from=date(2026, 12, 31)), True),
        (a_tariff(2, valid_from=date(2025, 1, 1), valid_to=date(2026, 1, 1)), False),
        (a_tariff(2, valid_from=date(2025, 1, 1), valid_to=date(2026, 1, 2)), True),
        (a_tariff(2, uses=("residential",)), True),
        (a_tariff(2, uses=("residential", "office")), True),
        (a_tariff(2, uses=("industrial",)), False),
        (a_tariff(2, basis=Basis.SERVICE_ITEMS, prices={"lift": "1"}), True),
    ],
)
def test_two_tariffs_collide_when_item_time_and_use_meet(other: Tariff, collides: bool) -> None:
    tariff = a_tariff(1, valid_to=date(2027, 1, 1), uses=("residential", "office"))
    assert overlapping(tariff, others=[other]) == ((other,) if collides else ())
    assert other.collides_with(tariff) == tariff.collides_with(other)


def test_an_overlap_is_refused_and_names_the_other_tariff() -> None:
    with pytest.raises(BusinessError) as refused:
        check_no_overlap(a_tariff(1), others=[a_tariff(3, item="parking"), a_tariff(2)])
    assert refused.value.code == "fees.tariff.overlap"
    assert refused.value.fields == {"item": "property", "other": 2, "valid_from": date(2026, 1, 1)}


def test_a_tariff_moves_only_as_the_table_allows() -> None:
    moves = {
        (one, other) for one in TariffState for other in TariffState if TRANSITIONS.allows(source=one, target=other)
    }
    draft, valid, withdrawn = TariffState
    assert moves == {(draft, valid), (draft, withdrawn), (valid, withdrawn)}
    assert moved(a_tariff(), to=withdrawn).state is withdrawn
    with pytest.raises(TariffMoveRefused):
        moved(a_tariff(state=withdrawn), to=valid)


DRAFT = a_tariff(state=TariffState.DRAFT)


def test_an_approved_draft_is_valid() -> None:
    assert approved(DRAFT, others=[], made_by=UserId(1), approved_by=UserId(2)) == a_tariff()


@pytest.mark.parametrize(
    ("tariff", "others", "approver", "code"),
    [
        (DRAFT, (), 1, "fees.tariff.own"),
        (DRAFT, (a_tariff(2),), 2, "fees.tariff.overlap"),
        (replace(DRAFT, prices=()), (), 2, "fees.tariff.price_missing"),
        (a_tariff(), (), 2, "fees.tariff.transition"),
    ],
)
def test_approval_takes_a_sound_draft_a_second_person_and_a_free_place(
    tariff: Tariff, others: tuple[Tariff, ...], approver: int, code: str
) -> None:
    with pytest.raises(BusinessError) as refused:
        approved(tariff, others=others, made_by=UserId(1), approved_by=UserId(approver))
    assert refused.value.code == code


def test_ending_a_tariff_makes_room_for_the_next() -> None:
    old = ended(a_tariff(1), valid_to=date(2026, 7, 1))
    new = a_tariff(2, valid_from=date(2026, 7, 1), state=TariffState.DRAFT)
    assert old.is_valid_on(date(2026, 6, 30))
    assert not old.is_valid_on(date(2026, 7, 1))
    assert not old.is_valid_on(date(2025, 12, 31))
    assert approved(new, others=[old], made_by=UserId(1), approved_by=UserId(2)).state is TariffState.APPROVED


@pytest.mark.parametrize(
    ("tariff", "valid_to", "code"),
    [
        (a_tariff(state=TariffState.DRAFT), date(2026, 7, 1), "fees.tariff.not_approved"),
        (a_tariff(state=TariffState.WITHDRAWN), date(2026, 7, 1), "fees.tariff.not_approved"),
        (a_tariff(), date(2026, 1, 1), "fees.tariff.dates"),
        (a_tariff(valid_to=date(2026, 7, 1)), date(2026, 7, 2), "fees.tariff.dates"),
    ],
)
def test_an_end_is_only_brought_forward_and_only_of_an_approved_tariff(
    tariff: Tariff, valid_to: date, code: str
) -> None:
    with pytest.raises(BusinessError) as refused:
        ended(tariff, valid_to=valid_to)
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("use", "item", "day", "expected"),
    [
        ("residential", "property", date(2026, 1, 1), 1),
        ("residential", "property", date(2026, 6, 30), 1),
        ("residential", "property", date(2026, 7, 1), 2),
        ("residential", "property", date(2025, 12, 31), None),
        ("office", "property", date(2026, 1, 1), 3),
        ("industrial", "property", date(2026, 1, 1), None),
        ("industrial", "parking", date(2026, 1, 1), 4),
        ("residential", "heating", date(2026, 1, 1), None),
    ],
)
def test_the_tariff_of_a_unit_follows_use_item_and_day(use: str, item: str, day: date, expected: int | None) -> None:
    tariffs = (
        a_tariff(1, uses=("residential",), valid_to=date(2026, 7, 1)),
        a_tariff(2, uses=("residential",), valid_from=date(2026, 7, 1)),
        a_tariff(3, uses=("office",)),
        a_tariff(4, item="parking"),
        a_tariff(5, item="heating", state=TariffState.DRAFT),
    )
    found = TariffBook(tariffs, day=day).for_use(use).get(item)
    assert (found and found.tariff_id) == expected


def test_a_book_of_colliding_tariffs_is_refused_rather_than_guessed_from() -> None:
    with pytest.raises(BusinessError) as refused:
        TariffBook([a_tariff(1), a_tariff(2)], day=date(2026, 6, 1))
    assert refused.value.code == "fees.tariff.overlap"


def test_a_book_gives_items_in_order_and_the_same_answer_twice() -> None:
    book = TariffBook([a_tariff(2, item="parking"), a_tariff(1, item="lift")], day=date(2026, 6, 1))
    assert list(book.for_use("office")) == ["lift", "parking"]
    assert book.for_use("office") is book.for_use("office")
    assert book
    assert not TariffBook([], day=date(2026, 6, 1))


DAYS = st.dates(date(2026, 1, 1), date(2026, 12, 31))
TARIFFS = st.builds(
    lambda number, item, uses, start, length: a_tariff(
        number,
        item=item,
        uses=tuple(uses),
        valid_from=start,
        valid_to=None if length is None else date.fromordinal(start.toordinal() + length),
        state=TariffState.DRAFT,
    ),
    st.integers(1, 10**6),
    st.sampled_from(["property", "parking"]),
    st.sets(st.sampled_from(["residential", "office", "industrial"])),
    DAYS,
    st.none() | st.integers(1, 200),
)


@given(st.lists(TARIFFS, max_size=8, unique_by=lambda tariff: tariff.tariff_id), DAYS)
def test_however_tariffs_are_approved_at_most_one_charges_a_use_and_item_on_a_day(
    drafts: list[Tariff], day: date
) -> None:
    book: list[Tariff] = []
    for draft in drafts:
        try:
            book.append(approved(draft, others=book, made_by=UserId(1), approved_by=UserId(2)))
        except BusinessError as refused:
            assert refused.code == "fees.tariff.overlap"
            assert any(_meet(draft, other) for other in book)
    for use in ("residential", "office", "industrial"):
        valid = [t for t in book if t.is_valid_on(day) and t.is_for(use)]
        assert all(one.item != other.item for one, other in combinations(valid, 2))


def _meet(one: Tariff, other: Tariff) -> bool:
    """Day by day and use by use, as slowly as the rule reads."""
    days = (date.fromordinal(n) for n in range(date(2026, 1, 1).toordinal(), date(2027, 12, 31).toordinal()))
    uses = [use for use in ("residential", "office", "industrial") if one.is_for(use) and other.is_for(use)]
    return one.item == other.item and bool(uses) and any(one.is_valid_on(d) and other.is_valid_on(d) for d in days)
