"""Groups side by side: nobody's answers can be read off, nor worked out from what is shown beside them."""

from fractions import Fraction

from core.surveys.building_weights import small_groups
from core.surveys.figures import Tallies
from core.surveys.group_results import GroupResult, group_results
from tests.core.surveys.answered import ITEMS, counted, marks


def group(forms: int, mark: int = 4, lift: int | None = 3) -> Tallies:
    """So many people who all gave the same marks; ``lift`` ``None``: that item was skipped by all."""
    asked = {"q1": marks(*[mark] * forms), "q2": marks(*[mark] * forms)}
    return counted(forms, **asked, **({} if lift is None else {"q3": marks(*[lift] * forms)}))


def by_key(**groups: Tallies) -> dict[str, GroupResult]:
    return {one.key: one for one in group_results(items=ITEMS, groups=groups, weights={})}


def test_each_group_has_its_own_figures() -> None:
    found = by_key(a=group(10, 5), b=group(6, 4))
    a, b = found["a"], found["b"]
    assert list(found) == ["a", "b"]
    assert (a.n, a.hidden, a.too_few) == (10, False, False)
    assert a.csi.value == Fraction(80)  # (5 + 3)/2 of 5
    assert a.mean.value == Fraction(13, 3)
    assert a.share.value == Fraction(2, 3)
    assert {name: score.value for name, score in b.dimensions} == {"service": Fraction(4), "facility": Fraction(3)}


def test_a_small_group_is_hidden_with_the_next_smallest() -> None:
    found = by_key(a=group(20), b=group(7), c=group(3))
    assert [(one.hidden, one.too_few) for one in found.values()] == [(False, False), (True, False), (True, True)]
    for key in ("b", "c"):
        one = found[key]
        assert [one.csi.value, one.mean.value, one.share.value] == [None] * 3
        assert [score.value for _, score in one.dimensions] == [None] * 2
    assert found["b"].n == 7


def test_an_item_few_answered_hides_the_group_by_its_answers() -> None:
    few = counted(9, q1=marks(5, 5))
    assert small_groups(items=ITEMS, groups={"a": group(20), "b": group(9), "c": few}) == {"b", "c"}


def test_a_dimension_few_answered_hides_dimensions_and_csi_but_not_the_whole() -> None:
    some = counted(9, q1=marks(*[5] * 9), q2=marks(*[5] * 9), q3=marks(1, 1))
    found = by_key(a=group(20), b=group(12), c=some)
    assert not found["c"].hidden
    assert found["c"].mean.value == Fraction(92, 20)
    for key in ("b", "c"):  # b protects c: the total of the dimension less a would tell
        assert found[key].csi.value is None
        assert [score.value for _, score in found[key].dimensions] == [None, None]
    assert found["a"].csi.value is not None


def test_a_dimension_nobody_of_a_group_answered_hides_nothing() -> None:
    found = by_key(a=group(10, 5, None), b=group(10))
    assert found["a"].csi.value == Fraction(100)
    assert dict(found["a"].dimensions)["facility"].value is None


def test_a_group_that_is_everybody_leaves_no_margin() -> None:
    mixed = counted(6, q1=marks(5, 5, 4, 4, 3, 3))
    found = group_results(items=ITEMS, groups={"a": mixed, "b": mixed}, weights={}, populations={"a": 6})
    assert found[0].mean.margin == 0.0
    assert found[1].mean.margin is not None
    assert found[1].mean.margin > 0
