"""Weighting by households: only where needed, beside the raw, and giving nobody away."""

from fractions import Fraction

from core.surveys.building_weights import Weighting, weighting_of
from core.surveys.figures import Tallies, together
from core.surveys.results import round_results
from tests.core.surveys.answered import ITEMS, SETTINGS, a_round, counted, marks


def building(forms: int, mark: int) -> Tallies:
    return counted(forms, q1=marks(*[mark] * forms), q3=marks(*[mark] * forms))


def weigh(by_building: dict[str, Tallies], households: dict[str, int]) -> Weighting | None:
    return weighting_of(items=ITEMS, by_building=by_building, households=households, weights={})


def test_even_coverage_needs_no_weights() -> None:
    assert weigh({"1": building(10, 5), "2": building(10, 3)}, {"1": 50, "2": 50}) is None
    assert weigh({}, {"1": 50}) is None


def test_each_building_counts_by_its_households() -> None:
    found = weigh({"1": building(30, 5), "2": building(10, 3), "": building(6, 1)}, {"1": 50, "2": 50, "3": 20})
    # (50·5 + 50·3)/100 = 4; half of the households gave 4 or 5; those of unknown building stay out
    assert found == Weighting(Fraction(80), Fraction(4), Fraction(1, 2), missing=("3",), unplaced=6)


def test_small_buildings_are_weighed_as_one() -> None:
    by_building = {"1": building(30, 5), "2": building(4, 1), "3": building(3, 2)}
    found = weigh(by_building, {"1": 70, "2": 20, "3": 10})
    # 2 and 3 together: 7 people, mean 10/7, 30 households
    assert found is not None
    assert found.mean == (70 * 5 + 30 * Fraction(10, 7)) / 100
    alone = weigh({"1": building(30, 5), "x": together([by_building["2"], by_building["3"]])}, {"1": 70, "x": 30})
    assert alone is not None
    assert (found.csi, found.share) == (alone.csi, alone.share)


def test_a_few_forms_of_unknown_building_go_with_the_small_ones() -> None:
    """Left out, they could be worked out as the rest; and a small building needs company to be told nothing of."""
    found = weigh({"1": building(30, 5), "2": building(10, 3), "": building(2, 1)}, {"1": 50, "2": 50})
    # 2 and the unknown together: 12 people, mean 32/12, the 50 households of 2
    assert found is not None
    assert found.mean == (50 * 5 + 50 * Fraction(32, 12)) / 100
    assert found.unplaced == 2


def test_a_round_shows_its_weights_only_with_its_figures() -> None:
    by_building = {"1": building(30, 5), "2": building(10, 3)}
    households = {"1": 50, "2": 50}
    answers = a_round(together(by_building.values()))
    found = round_results(answers=answers, settings=SETTINGS, by_building=by_building, households=households)
    assert found.weighting == Weighting(Fraction(80), Fraction(4), Fraction(1, 2), missing=(), unplaced=0)
    assert found.csi.value == Fraction(90)
    few = {"1": building(4, 5)}
    hidden = round_results(answers=a_round(few["1"]), settings=SETTINGS, by_building=few, households=households)
    assert hidden.weighting is None
