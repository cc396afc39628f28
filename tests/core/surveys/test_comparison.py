"""Change against the last round: when samples compare, and intervals as published."""

import random
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.surveys.comparison import (
    Change,
    SampleProfile,
    distance_by_chance,
    mean_change,
    mix_distance,
    nps_change,
    reasons_not_comparable,
    share_change,
)
from core.surveys.precision import Sample
from core.surveys.tallies import tally_of

SPRING = SampleProfile("round", "yearly", 100, {"paper": 50, "online": 50}, {"b1": 60, "b2": 40})


def of(*counts: tuple[int, int], population: int | None = None, respondents: int | None = None) -> Sample:
    return Sample(tally_of(counts), population, respondents)


def each(*values: int) -> Sample:
    return Sample(tally_of((value, 1) for value in values))


def share(successes: int, n: int) -> Sample:
    return of((5, successes), (1, n - successes))


def test_like_samples_compare() -> None:
    assert reasons_not_comparable(now=SPRING, before=SPRING) == ()


@pytest.mark.parametrize(
    ("now", "reasons"),
    [
        (replace(SPRING, kind="event"), ["kind"]),
        (replace(SPRING, questionnaire="short"), ["questionnaire"]),
        (replace(SPRING, n=29), ["too_few"]),
        (replace(SPRING, n=30), []),
        (replace(SPRING, channels={"paper": 3, "online": 1}), []),  # exactly a quarter
        (replace(SPRING, channels={"paper": 76, "online": 24}), ["channels"]),
        (replace(SPRING, channels={}), ["channels"]),
        (replace(SPRING, buildings={"b1": 60, "b2": 15, "b3": 25}), []),
        (replace(SPRING, buildings={"b1": 60, "b3": 40}), ["coverage"]),
        (replace(SPRING, buildings={}), ["coverage"]),
        (
            SampleProfile("event", "short", 0, {}, {"b9": 1}),
            ["kind", "questionnaire", "too_few", "channels", "coverage"],
        ),
    ],
)
def test_each_difference_is_named_in_either_direction(now: SampleProfile, reasons: list[str]) -> None:
    codes = tuple(f"surveys.compare.{reason}" for reason in reasons)
    assert reasons_not_comparable(now=now, before=SPRING) == codes
    assert reasons_not_comparable(now=SPRING, before=now) == codes


def test_coverage_unknown_in_both_is_passed_over_and_the_least_can_be_set() -> None:
    unknown = replace(SPRING, buildings={})
    assert reasons_not_comparable(now=unknown, before=unknown) == ()
    assert reasons_not_comparable(now=SPRING, before=SPRING, least_n=101) == ("surveys.compare.too_few",)


@pytest.mark.parametrize(
    ("now", "before", "distance"),
    [
        ({}, {}, Fraction(0)),
        ({"a": 0}, {}, Fraction(0)),
        ({"a": 1}, {}, Fraction(1)),
        ({"a": 1}, {"b": 7}, Fraction(1)),
        ({"a": 1, "b": 1}, {"a": 30, "b": 30}, Fraction(0)),
        ({"a": 1, "b": 2}, {"a": 2, "b": 1}, Fraction(1, 3)),
        ({"a": 1, "b": 1}, {"b": 1, "c": 1}, Fraction(1, 2)),
    ],
)
def test_the_distance_of_mixes(now: Mapping[str, int], before: Mapping[str, int], distance: Fraction) -> None:
    assert mix_distance(now=now, before=before) == distance
    assert mix_distance(now=before, before=now) == distance


@pytest.mark.parametrize(
    ("now", "before", "distance"),
    [
        ({}, {"a": 3}, 0.0),
        ({"a": 3}, {"a": 5}, 0.0),
        # p = ½ twice: ½ · 2 · √(2/π · ¼ · (1/50 + 1/50))
        ({"a": 25, "b": 25}, {"a": 25, "b": 25}, 0.0797885),
        # p = 9/20 and 11/20: p(1 − p) = 0.2475 instead of 0.25
        ({"a": 25, "b": 25}, {"a": 20, "b": 30}, 0.0797885 * 0.99**0.5),
    ],
)
def test_the_distance_that_chance_makes(now: Mapping[str, int], before: Mapping[str, int], distance: float) -> None:
    assert distance_by_chance(now=now, before=before) == pytest.approx(distance, abs=1e-6)
    assert distance_by_chance(now=before, before=now) == pytest.approx(distance, abs=1e-6)


SIZES = ((30, 30), (30, 200), (50, 50), (100, 100), (200, 200))


@pytest.mark.parametrize("buildings", [4, 8, 12, 20])
@pytest.mark.parametrize(("now", "before"), SIZES)
def test_honest_samples_of_equal_buildings_are_rarely_refused(buildings: int, now: int, before: int) -> None:
    """Both rounds are drawn from the same estate; what differs is chance, and that is no reason."""
    dice = random.Random(20261121 + buildings * 1000 + now + before)
    names, tries, refused = [f"b{number}" for number in range(buildings)], 1_000, 0
    for _ in range(tries):
        drawn = [Counter(dice.choices(names, k=size)) for size in (now, before)]
        profiles = [replace(SPRING, n=sum(mix.values()), buildings=mix) for mix in drawn]
        refused += bool(reasons_not_comparable(now=profiles[0], before=profiles[1]))
    assert refused < tries * 0.05


@pytest.mark.parametrize("buildings", [8, 12, 20])
@pytest.mark.parametrize(("now", "before"), SIZES)
def test_a_sample_from_one_building_alone_is_still_refused(buildings: int, now: int, before: int) -> None:
    even = Counter(f"b{number % buildings}" for number in range(before))
    alone = replace(SPRING, n=now, buildings={"b0": now})
    spread = replace(SPRING, n=before, buildings=even)
    assert reasons_not_comparable(now=alone, before=spread) == ("surveys.compare.coverage",)
    assert reasons_not_comparable(now=spread, before=alone) == ("surveys.compare.coverage",)


@pytest.mark.parametrize(
    ("now", "before", "low", "high"),
    [
        # Student's sleepers 1908 in tenths of an hour, as R's Welch test gives them (17.776 degrees of freedom).
        (
            each(7, -16, -2, -12, -1, 34, 37, 8, 0, 20),
            each(19, 8, 11, 1, -1, 44, 55, 16, 46, 34),
            -33.654832,
            2.054832,
        ),
        # A published run of R's Welch test on unequal sizes (9.48 degrees of freedom).
        (each(51, 20, 41, 62, 71, 83), each(15, 64, 33, 58, 48, 72, 56, 45), -19.35420, 30.93754),
    ],
)
def test_welchs_interval_agrees_with_published_runs(now: Sample, before: Sample, low: float, high: float) -> None:
    change = mean_change(now=now, before=before)
    assert change is not None
    assert [change.low, change.high] == pytest.approx([low, high], abs=1e-5)
    assert not change.certain


@pytest.mark.parametrize(
    ("now", "before", "change"),
    [
        (of(), of((4, 9)), None),
        (of((4, 9)), of(), None),
        (of((5, 1)), of((4, 8), (3, 1)), Change(Fraction(10, 9), None, None, certain=False)),
        (of((4, 8), (3, 1)), of((5, 1)), Change(Fraction(-10, 9), None, None, certain=False)),
        # all alike on both sides shows no spread, unless both are everybody
        (of((5, 9)), of((4, 9)), Change(Fraction(1), None, None, certain=False)),
        (of((5, 9), population=9), of((4, 9)), Change(Fraction(1), None, None, certain=False)),
        (of((5, 9), population=9), of((4, 9), population=9), Change(Fraction(1), 1.0, 1.0, certain=True)),
        (of((4, 9), population=9), of((4, 9), population=9), Change(Fraction(0), 0.0, 0.0, certain=False)),
        # six answers of one person say nothing about others
        (of((4, 3), (5, 3), respondents=1), of((3, 9), (4, 9)), Change(Fraction(1), None, None, certain=False)),
    ],
)
def test_the_change_of_a_mean_at_its_edges(now: Sample, before: Sample, change: Change | None) -> None:
    assert mean_change(now=now, before=before) == change


def test_equal_spreads_add_up() -> None:
    # s² = 1/3 on both sides: standard error √(1/12 + 1/12), 6 degrees of freedom
    change = mean_change(now=of((4, 2), (5, 2)), before=of((3, 2), (4, 2)))
    margin = 2.446912 * (1 / 6) ** 0.5
    assert change is not None
    assert (change.difference, change.certain) == (Fraction(1), True)
    assert [change.low, change.high] == pytest.approx([1 - margin, 1 + margin], abs=1e-6)


def test_a_census_of_one_takes_no_degree_of_freedom() -> None:
    # 5 exactly, less 3.5 of four answers: s² = 1/3, standard error √(1/12), t of 3 degrees of freedom
    change = mean_change(now=of((5, 1), population=1), before=of((3, 2), (4, 2)))
    margin = 3.182446 * (1 / 12) ** 0.5
    assert change is not None
    assert (change.difference, change.certain) == (Fraction(3, 2), True)
    assert [change.low, change.high] == pytest.approx([1.5 - margin, 1.5 + margin], abs=1e-6)


@pytest.mark.parametrize(
    ("now", "before", "low", "high"),
    [  # Newcombe, Statistics in Medicine 17, 1998, pp. 873–890, table II, method 10
        ((56, 70), (48, 80), 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((6, 7), (2, 7), 0.0582, 0.8062),
        ((5, 56), (0, 29), -0.0381, 0.1926),
        ((0, 10), (0, 20), -0.1611, 0.2775),
        ((0, 10), (0, 10), -0.2775, 0.2775),
        ((10, 10), (0, 20), 0.6791, 1.0000),
        ((10, 10), (0, 10), 0.6075, 1.0000),
    ],
)
def test_the_interval_of_shares_agrees_with_the_published_table(
    now: tuple[int, int], before: tuple[int, int], low: float, high: float
) -> None:
    change = share_change(now=share(*now), before=share(*before))
    assert change is not None
    assert change.difference == Fraction(*now) - Fraction(*before)
    assert [change.low, change.high] == pytest.approx([low, high], abs=5e-5)
    assert change.certain is (low > 0)


def test_the_change_of_a_share_at_its_edges() -> None:
    assert share_change(now=of(), before=share(1, 2)) is None
    assert share_change(now=share(1, 2), before=of()) is None
    everybody = of((5, 1), (1, 1), population=2)
    assert share_change(now=everybody, before=everybody) == Change(Fraction(0), 0.0, 0.0, certain=False)
    alone = share_change(now=of((5, 6), respondents=1), before=share(1, 2))
    assert alone is not None
    assert alone == share_change(now=share(1, 1), before=share(1, 2))


def test_the_change_of_nps_is_welchs_in_points() -> None:
    now, before = of((10, 60), (7, 20), (0, 20)), of((10, 30), (8, 40), (6, 30))
    change = nps_change(now=now, before=before)
    # s²/n = (8000 - 40²)/99 and 6000/99 in points; 197.3 degrees of freedom: t = 1.9721
    margin = 1.9721 * (6400 / 99 + 6000 / 99) ** 0.5
    assert change is not None
    assert change.difference == 40
    assert [change.low, change.high] == pytest.approx([40 - margin, 40 + margin], abs=0.01)
    assert change.certain
    assert nps_change(now=now, before=of()) is None


some_marks = st.lists(st.tuples(st.integers(1, 5), st.integers(1, 60)), min_size=1, max_size=5).map(
    lambda counts: Sample(tally_of(counts))
)


@given(some_marks, some_marks)
def test_turning_time_round_turns_every_change_round(now: Sample, before: Sample) -> None:
    for told in (mean_change, share_change):
        there, back = told(now=now, before=before), told(now=before, before=now)
        assert there is not None
        assert back is not None
        assert there.difference == -back.difference
        assert there.certain == back.certain
        if there.low is not None and there.high is not None:
            assert [back.low, back.high] == pytest.approx([-there.high, -there.low])
            assert there.low - 1e-9 <= there.difference <= there.high + 1e-9
