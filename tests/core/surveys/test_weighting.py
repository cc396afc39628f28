"""Weighting by building: textbook cases, and that a sample in proportion is left as it is."""

import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.surveys.precision import Z95
from core.surveys.tallies import Tally, combine, tally_of
from core.surveys.weighting import Stratum, WeightedMean, coverage_is_uneven, weighted_mean, weighted_share


def building(key: str, population: int, *counts: tuple[int, int]) -> Stratum:
    return Stratum(key, population, tally_of(counts))


def yes(key: str, population: int, successes: int, n: int) -> Stratum:
    return building(key, population, (5, successes), (1, n - successes))


def test_the_students_who_would_teach() -> None:
    # The case told for post-stratification in Lohr, Sampling: Design and Analysis, ch. 4: of 3000 women and 1000 men
    # 240 and 160 answer, 84 and 40 would teach. Unweighted 4000 · 124/400 = 1240; weighted
    # 3000 · 84/240 + 1000 · 40/160 = 1050 + 250 = 1300. Weights 12.5 and 6.25:
    # 400 · (240 · 12.5² + 160 · 6.25²) / 4000² = 400 · 43 750 / 16 000 000 = 35/32.
    found = weighted_share([yes("women", 3000, 84, 240), yes("men", 1000, 40, 160)])
    assert found.value == Fraction(1300, 4000)
    assert found.design_effect == Fraction(35, 32)
    assert (found.n, found.covered_population, found.missing, found.unplaced) == (400, 4000, (), ())
    # (3/4)² · (1 - 0.08) · 0.35 · 0.65/239 + (1/4)² · (1 - 0.16) · 0.25 · 0.75/159
    variance = 0.5625 * 0.92 * 0.2275 / 239 + 0.0625 * 0.84 * 0.1875 / 159
    assert found.margin == pytest.approx(Z95 * math.sqrt(variance))


def test_the_learned_societies() -> None:
    # Lohr, example 4.3 of the first edition: members, answers and percent women of seven societies;
    # 24.65 % of 44 000 are women, standard error 0.0071. Counts are the percentages of the answers, rounded.
    rows = (
        ("literature", 9100, 636, 38),
        ("classics", 1950, 451, 27),
        ("philosophy", 5500, 481, 18),
        ("history", 10850, 611, 19),
        ("linguistics", 2100, 493, 36),
        ("politics", 5500, 575, 13),
        ("sociology", 9000, 588, 26),
    )
    found = weighted_share([yes(key, people, round(n * share / 100), n) for key, people, n, share in rows])
    assert float(found.value or 0) == pytest.approx(0.2465, abs=5e-4)
    assert (found.margin or 0) / Z95 == pytest.approx(0.0071, abs=5e-5)
    assert found.covered_population == 44_000


def test_buildings_without_answers_or_without_people_are_left_out_and_named() -> None:
    strata = (
        building("b1", 100, (5, 10)),
        building("b2", 300, (3, 5), (1, 5)),
        building("b3", 50),
        building("b4", 0, (1, 9)),
        building("b5", 0),
    )
    # (100 · 5 + 300 · 2) / 400; 20 · (100²/10 + 300²/10) / 400² = 1.25;
    # (3/4)² · (1 - 1/30) · (10/9)/10
    variance = Fraction(9, 16) * Fraction(29, 30) * Fraction(1, 9)
    found = weighted_mean(strata)
    assert found.margin == pytest.approx(Z95 * math.sqrt(variance))
    assert found == WeightedMean(
        value=Fraction(11, 4),
        margin=found.margin,
        n=20,
        covered_population=400,
        missing=("b3",),
        unplaced=("b4",),
        design_effect=Fraction(5, 4),
    )


@pytest.mark.parametrize("strata", [(), (building("b1", 9),), (building("b1", 0, (5, 1)),)])
def test_nothing_to_weigh_gives_nothing(strata: tuple[Stratum, ...]) -> None:
    found = weighted_mean(strata)
    assert (found.value, found.margin, found.design_effect, found.n, found.covered_population) == (
        None,
        None,
        None,
        0,
        0,
    )


@pytest.mark.parametrize(
    ("strata", "margin"),
    [
        ((building("b1", 9, (5, 1)), building("b2", 9, (4, 2), (5, 2))), None),  # one answer shows no spread
        ((building("b1", 9, (5, 3)), building("b2", 9, (4, 3))), None),  # nor do answers all alike
        ((building("b1", 3, (5, 3)), building("b2", 9, (4, 3))), None),
        ((building("b1", 3, (5, 3)), building("b2", 2, (4, 1), (1, 1))), 0.0),  # everybody answered
        ((building("b1", 1, (5, 1)),), 0.0),
    ],
)
def test_the_margin_at_its_edges(strata: tuple[Stratum, ...], margin: float | None) -> None:
    assert weighted_mean(strata).margin == margin


def test_what_cannot_be_is_a_bug() -> None:
    with pytest.raises(ValueError, match="outside 1 to 5"):
        weighted_mean([building("b1", 9, (6, 1))])
    with pytest.raises(ValueError, match="outside 1 to 5"):
        weighted_share([building("b1", 9, (0, 1))])
    with pytest.raises(ValueError, match="not negative"):
        building("b1", -1)


@pytest.mark.parametrize(
    ("strata", "uneven"),
    [
        ((), False),
        ((building("b1", 10), building("b2", 10)), False),
        ((building("b1", 10, (5, 2)), building("b2", 10, (5, 2)), building("b3", 0)), False),
        ((building("b1", 100, (5, 15)), building("b2", 100, (5, 5))), True),  # 5 % is half of 10 %
        ((building("b1", 100, (5, 15)), building("b2", 400, (5, 35))), False),  # 15 % is exactly 1.5 times 10 %
        ((building("b1", 100, (5, 16)), building("b2", 400, (5, 34))), True),
        ((building("b1", 300, (5, 20)), building("b2", 100, (5, 20))), True),
        ((building("b1", 100, (5, 4)), building("b2", 900, (5, 86))), True),  # only the low one: 4 % of 9 %
        ((building("b1", 30, (5, 2)), building("b2", 20, (5, 3))), False),  # 1/15 is exactly 10 % over 1.5
        ((building("b1", 10, (5, 2)), building("b2", 10)), True),
        ((building("b1", 10, (5, 2)), building("b2", 0, (5, 1))), True),
        ((building("b1", 0, (5, 2)), building("b2", 0, (5, 1))), False),
    ],
)
def test_uneven_coverage(strata: tuple[Stratum, ...], uneven: bool) -> None:
    assert coverage_is_uneven(strata) is uneven
    assert coverage_is_uneven(strata[::-1]) is uneven


mark_counts = st.lists(st.tuples(st.integers(1, 5), st.integers(1, 9)), min_size=1, max_size=5).map(tally_of)


@given(st.lists(mark_counts, min_size=1, max_size=6), st.integers(1, 20))
def test_a_sample_in_proportion_is_left_as_it_is(tallies: list[Tally], factor: int) -> None:
    strata = [Stratum(str(place), tally.n * factor, tally) for place, tally in enumerate(tallies)]
    raw = combine(tallies)
    found = weighted_mean(strata)
    assert found.value == raw.mean
    assert found.design_effect == 1
    assert weighted_share(strata).value == Fraction(raw.between(4, 5), raw.n)
    assert not coverage_is_uneven(strata)


@given(st.lists(st.tuples(mark_counts, st.integers(1, 500)), min_size=1, max_size=6))
def test_a_weighted_mean_lies_between_its_buildings_and_never_gains_precision(
    drawn: list[tuple[Tally, int]],
) -> None:
    strata = [Stratum(str(place), people, tally) for place, (tally, people) in enumerate(drawn)]
    found = weighted_mean(strata)
    means = [one.tally.mean for one in strata if one.tally.mean is not None]
    assert found.value is not None
    assert found.design_effect is not None
    assert min(means) <= found.value <= max(means)
    assert found.design_effect >= 1
