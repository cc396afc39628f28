from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.kernel.identity import UserId
from core.surveys.checks import (
    CheckedByTheSame,
    EntryCheck,
    check_second_person,
    compare_entries,
    error_rate,
    is_sampled,
)
from core.surveys.questionnaires import Answers, Choice, Item, ItemKind

ANY = st.integers(-(10**9), 10**9)
LETTERS = tuple(Choice(letter, letter, letter) for letter in "ABC")
ITEMS = (
    Item(1, "q1", ItemKind.RATING, "", ""),
    Item(2, "q2", ItemKind.OPEN, "", ""),
    Item(3, "q3", ItemKind.CHOICE, "", "", choices=LETTERS, most=2),
    Item(4, "q4", ItemKind.NPS, "", ""),
)


@given(first=ANY, percent=st.integers(0, 100), salt=ANY)
def test_of_any_hundred_numbers_in_a_row_the_asked_share_is_sampled(first: int, percent: int, salt: int) -> None:
    sampled = [is_sampled(number=number, percent=percent, salt=salt) for number in range(first, first + 100)]
    assert sum(sampled) == percent


@pytest.mark.parametrize(("percent", "sampled"), [(-5, 0), (0, 0), (100, 300), (250, 300)])
def test_nothing_and_everything_have_no_exception(percent: int, sampled: int) -> None:
    assert sum(is_sampled(number=number, percent=percent, salt=7) for number in range(300)) == sampled


def test_the_sample_moves_with_the_salt() -> None:
    samples = {
        tuple(number for number in range(100) if is_sampled(number=number, percent=10, salt=salt))
        for salt in range(1, 41)
    }
    assert len(samples) > 30


@given(salt=ANY)
def test_a_sample_of_a_tenth_takes_no_neighbours(salt: int) -> None:
    sampled = [number for number in range(200) if is_sampled(number=number, percent=10, salt=salt)]
    gaps = {later - earlier for earlier, later in pairwise(sampled)}
    assert 1 < min(gaps) <= max(gaps) < 25


FIRST: Answers = {1: 5, 2: "电梯慢", 3: "AC", 4: 10}


@pytest.mark.parametrize(
    ("second", "differing"),
    [
        ({1: 5, 2: "电梯慢", 3: "AC", 4: 10}, ()),
        ({1: 5, 3: "ca", 4: 10}, ()),
        ({1: 5, 2: "something else", 3: " CA ", 4: 10}, ()),
        ({1: 4, 3: "AC", 4: 10}, (1,)),
        ({1: 5, 3: "A", 4: None}, (3, 4)),
        ({1: None, 3: "", 4: 1}, (1, 3, 4)),
        ({}, (1, 3, 4)),
    ],
)
def test_two_entries_are_compared_item_by_item_without_the_words(second: Answers, differing: tuple[int, ...]) -> None:
    assert compare_entries(items=ITEMS, first=FIRST, second=second) == EntryCheck(3, differing)
    assert compare_entries(items=ITEMS, first=second, second=FIRST) == EntryCheck(3, differing)


def test_what_both_left_out_is_the_same_and_is_never_a_zero() -> None:
    assert compare_entries(items=ITEMS, first={}, second={1: None, 3: "", 4: None}) == EntryCheck(3, ())
    assert compare_entries(items=ITEMS, first={}, second={4: 0}) == EntryCheck(3, (4,))


@pytest.mark.parametrize(("first", "second"), [(1, 1), (1, None), (None, None)])
def test_nobody_checks_himself_and_nobody_unknown_checks(first: int | None, second: int | None) -> None:
    with pytest.raises(CheckedByTheSame) as refusal:
        check_second_person(
            first_by=None if first is None else UserId(first), second_by=None if second is None else UserId(second)
        )
    assert str(refusal.value) == "surveys.checked_by_the_same"


@pytest.mark.parametrize("first", [UserId(1), None])
def test_another_person_may_check(first: UserId | None) -> None:
    check_second_person(first_by=first, second_by=UserId(2))


@pytest.mark.parametrize(
    ("checks", "rate"),
    [
        ([], (0, 0, None)),
        ([EntryCheck(0, ())], (0, 0, None)),
        ([EntryCheck(6, ()), EntryCheck(6, ())], (0, 12, Decimal("0.00"))),
        ([EntryCheck(6, (1, 3)), EntryCheck(6, (2,))], (3, 12, Decimal("25.00"))),
        ([EntryCheck(3, (1,))], (1, 3, Decimal("33.33"))),
        ([EntryCheck(3, (1, 2))], (2, 3, Decimal("66.67"))),
        ([EntryCheck(20_000, (1,))], (1, 20_000, Decimal("0.01"))),
        ([EntryCheck(1, (1,))], (1, 1, Decimal("100.00"))),
    ],
)
def test_the_error_rate_is_of_all_items_compared(
    checks: list[EntryCheck], rate: tuple[int, int, Decimal | None]
) -> None:
    found = error_rate(iter(checks))
    assert found == rate
    assert str(found[2]) == str(rate[2])
