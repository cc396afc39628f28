"""Small groups stay hidden, also from those who can subtract."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.surveys.privacy import GROUP_LEAST, hidden_groups, is_hidden


def test_a_result_of_fewer_than_five_is_hidden() -> None:
    assert GROUP_LEAST == 5
    assert [is_hidden(n=n) for n in (0, 4, 5)] == [True, True, False]
    assert is_hidden(n=5, least=6)


@pytest.mark.parametrize(
    ("sizes", "hidden"),
    [
        ({}, ""),
        ({"a": 5, "b": 9}, ""),
        ({"a": 0, "b": 9}, ""),
        ({"a": 4, "b": 9, "c": 7}, "ac"),  # one alone could be found by subtracting
        ({"a": 4, "b": 9, "c": 9}, "ab"),  # equals by their key
        ({"a": 4, "c": 9, "b": 9}, "ab"),
        ({"a": 1, "b": 2, "c": 8, "d": 9}, "abc"),  # 3 together are still too few
        ({"a": 1, "b": 4, "c": 8}, "ab"),
        ({"a": 3, "b": 0, "c": 6}, "ac"),  # an empty group protects nobody
        ({"a": 4}, "a"),
        ({"a": 4, "b": 0}, "a"),
        ({"a": 1, "b": 1}, "ab"),
        ({"a": 1, "b": 50}, "ab"),
    ],
)
def test_hidden_groups(sizes: dict[str, int], hidden: str) -> None:
    assert hidden_groups(sizes=sizes) == frozenset(hidden)


def test_the_least_size_can_be_set() -> None:
    assert hidden_groups(sizes={"a": 9, "b": 12, "c": 30}, least=10) == {"a", "b"}


@given(st.dictionaries(st.integers(), st.integers(0, 20)), st.integers(2, 10))
def test_what_is_hidden_cannot_be_told_apart_and_no_more_is_hidden_than_needed(
    sizes: dict[int, int], least: int
) -> None:
    hidden = hidden_groups(sizes=sizes, least=least)
    shown = {key for key, size in sizes.items() if size > 0} - hidden
    assert all(sizes[key] >= least for key in shown)
    if hidden and shown:
        together = sorted(sizes[key] for key in hidden)
        assert len(together) >= 2
        assert sum(together) >= least
        assert max(together) <= min(sizes[key] for key in shown)
        extra = [size for size in together if size >= least]
        assert len(extra) <= 1
    assert bool(hidden) == any(0 < size < least for size in sizes.values())


@given(st.lists(st.tuples(st.text(max_size=2), st.integers(0, 12)), unique_by=lambda pair: pair[0]))
def test_the_order_of_the_groups_changes_nothing(pairs: list[tuple[str, int]]) -> None:
    answers = [hidden_groups(sizes=dict(order)) for order in (pairs, pairs[::-1], sorted(pairs))]
    assert all(one == other for one, other in pairwise(answers))
