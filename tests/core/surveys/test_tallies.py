"""Counting answers: exact sums and means, and pooling in any order."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.surveys.tallies import ChoiceTally, Tally, choice_tally_of, combine, combine_choices, tally_of

tallies = st.lists(st.tuples(st.integers(-9, 9), st.integers(0, 9)), max_size=8).map(tally_of)
choices = st.lists(st.tuples(st.sampled_from(["", "A", "B", "AB", "ABC"]), st.integers(0, 9))).map(choice_tally_of)


def test_the_worked_example_has_exact_sums() -> None:
    tally = tally_of([(5, 4), (4, 3), (3, 2), (2, 1), (1, 0)])
    assert tally == Tally(((2, 1), (3, 2), (4, 3), (5, 4)))
    assert (tally.n, tally.total, tally.squares) == (10, 40, 4 + 18 + 48 + 100)
    assert tally.mean == 4
    assert tally.variance == Fraction(10, 9)  # (170 - 40²/10) / 9


@pytest.mark.parametrize(
    ("counts", "mean", "variance"),
    [
        ([], None, None),
        ([(3, 0)], None, None),
        ([(3, 1)], Fraction(3), None),
        ([(0, 1)], Fraction(0), None),
        ([(3, 2)], Fraction(3), Fraction(0)),
        ([(0, 1), (10, 2)], Fraction(20, 3), Fraction(100, 3)),
    ],
)
def test_nothing_has_no_mean_and_one_answer_no_variance(
    counts: list[tuple[int, int]], mean: Fraction | None, variance: Fraction | None
) -> None:
    assert tally_of(counts).mean == mean
    assert tally_of(counts).variance == variance


def test_the_same_value_twice_is_added_up() -> None:
    assert tally_of([(5, 1), (1, 2), (5, 3)]).counts == ((1, 2), (5, 4))


@pytest.mark.parametrize("counts", [((5, 1), (4, 1)), ((4, 1), (4, 1)), ((4, 0),), ((4, -1),)])
def test_a_tally_out_of_order_is_a_bug(counts: tuple[tuple[int, int], ...]) -> None:
    with pytest.raises(ValueError, match="ascending"):
        Tally(counts)


def test_a_negative_count_is_a_bug() -> None:
    with pytest.raises(ValueError, match="less than 0"):
        tally_of([(5, 3), (5, -1)])
    with pytest.raises(ValueError, match="less than 0"):
        choice_tally_of([("A", -1)])


def test_both_ends_of_between_are_included() -> None:
    tally = tally_of([(1, 1), (3, 10), (4, 100), (5, 1000)])
    assert tally.between(3, 4) == 110
    assert tally.between(6, 9) == 0


@given(tallies, tallies, tallies)
def test_pooling_does_not_depend_on_the_order(one: Tally, two: Tally, three: Tally) -> None:
    assert combine([combine([one, two]), three]) == combine([one, combine([two, three])])
    assert combine([one, two]) == combine([two, one])
    assert combine([one]) == combine([one, Tally()]) == one
    assert combine([one, two, three]).total == one.total + two.total + three.total


@given(st.lists(st.integers(-20, 20), min_size=2, max_size=30))
def test_the_variance_is_that_of_the_single_answers(values: list[int]) -> None:
    mean = Fraction(sum(values), len(values))
    expected = sum((value - mean) ** 2 for value in values) / (len(values) - 1)
    assert tally_of((value, 1) for value in values).variance == expected


def test_several_letters_of_one_person_count_once_each_and_the_person_once() -> None:
    tally = choice_tally_of([("AC", 3), ("A", 2), ("", 7), ("B", 0), ("CC", 1)])
    assert tally == ChoiceTally((("A", 5), ("C", 4)), 6)
    assert tally.share("A") == Fraction(5, 6)
    assert tally.share("B") == 0


def test_a_choice_nobody_made_has_no_share() -> None:
    assert choice_tally_of([("", 9)]) == ChoiceTally()
    assert ChoiceTally().share("A") is None


@given(choices, choices)
def test_choices_pool_like_the_people_who_made_them(one: ChoiceTally, two: ChoiceTally) -> None:
    pooled = combine_choices([one, two])
    assert pooled == combine_choices([two, one])
    assert pooled.respondents == one.respondents + two.respondents
    assert all(many <= pooled.respondents for _, many in pooled.counts)
