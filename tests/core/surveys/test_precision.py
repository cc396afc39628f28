"""Precision: against published tables and examples, and at the edges where formulas break."""

import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.surveys.precision import (
    Z95,
    Interval,
    Sample,
    enough,
    is_normal_enough,
    margin_of_mean,
    margin_of_nps,
    margin_of_proportion,
    needed_sample,
    share_interval,
    student_t,
    variance_of_mean,
    wilson_interval,
)
from core.surveys.tallies import Tally, tally_of

# Cochran 1977, table 2.2: signatures on 50 sheets of 676.
SIGNATURES = tally_of(
    [(42, 23), (41, 4), (27, 2), (16, 2), (15, 2), (6, 3), (5, 2)]
    + [(sheet, 1) for sheet in (36, 32, 29, 23, 19, 14, 11, 10, 9, 7, 4, 3)]
)


def margin_of_share(successes: int, n: int, population: int | None = None) -> float | None:
    return margin_of_proportion(successes=successes, n=n, population=population)


@pytest.mark.parametrize(
    ("freedom", "published"),
    [
        (1, 12.706205),
        (2, 4.302653),
        (3, 3.182446),
        (4, 2.776445),
        (5, 2.570582),
        (9, 2.262157),
        (10, 2.228139),
        (15, 2.131450),
        (20, 2.085963),
        (30, 2.042272),
        (60, 2.000298),
        (120, 1.979930),
    ],
)
def test_students_t_agrees_with_the_published_table(freedom: int, published: float) -> None:
    assert student_t(freedom) == pytest.approx(published, abs=1e-6)


def test_students_t_falls_to_the_normal_deviate() -> None:
    rising = [student_t(freedom) for freedom in (1, 1.5, 2, 7.3, 50, 1e3, 1e5)]
    assert rising == sorted(rising, reverse=True)
    assert student_t(1e6) == pytest.approx(Z95, abs=1e-5)
    with pytest.raises(ValueError, match="degree of freedom"):
        student_t(0.99)


def test_the_variance_of_a_mean_is_that_of_cochrans_petition() -> None:
    # Cochran 1977, §2.8: s² = 229.0; the estimated total 19 888 is good to ± 1 781 at 1.28 standard errors.
    assert (SIGNATURES.n, SIGNATURES.total, SIGNATURES.squares) == (50, 1471, 54_497)
    assert float(SIGNATURES.variance or 0) == pytest.approx(229.0, abs=0.05)
    variance = variance_of_mean(Sample(SIGNATURES, population=676))
    assert variance is not None
    assert 1.28 * 676 * math.sqrt(variance) == pytest.approx(1781, abs=1)


def test_the_margin_of_a_mean_is_that_of_students_sleepers() -> None:
    # Student 1908, second drug, in tenths of an hour; 95 % limits 0.8976775 and 3.7623225 about 2.33 hours.
    drug = tally_of((tenths, 1) for tenths in (19, 8, 11, 1, -1, 44, 55, 16, 46, 34))
    assert margin_of_mean(Sample(drug)) == pytest.approx(10 * (3.7623225 - 2.33), abs=1e-5)


@pytest.mark.parametrize(
    ("counts", "population", "respondents", "margin"),
    [
        ([], None, None, None),
        ([], 0, None, None),
        ([(4, 1)], None, None, None),
        ([(4, 1)], 1, None, 0.0),  # a census of one
        ([(4, 9)], None, None, None),  # all alike: the sample shows no spread
        ([(4, 9)], 10, None, None),
        ([(4, 9)], 9, None, 0.0),
        ([(1, 1), (5, 1)], 2, None, 0.0),
        ([(4, 1), (5, 1)], None, None, 12.706205 * 0.5),  # s² = 1/2, n = 2
        ([(4, 1), (5, 1)], 4, None, 12.706205 * 0.5 * math.sqrt(0.5)),
        ([(4, 1), (5, 1)], 1, None, 12.706205 * 0.5),  # fewer people than answers: no correction
        ([(4, 2), (5, 2)], None, 2, 12.706205 * math.sqrt(1 / 6)),  # s² = 1/3, two answers by each of two people
        ([(4, 2), (5, 2)], None, 9, 3.182446 * math.sqrt(1 / 12)),  # more people than answers: by the answers
        ([(4, 2), (5, 2)], None, 1, None),
        ([(4, 2), (5, 2)], 2, 2, 0.0),
    ],
)
def test_the_margin_of_a_mean_at_its_edges(
    counts: list[tuple[int, int]], population: int | None, respondents: int | None, margin: float | None
) -> None:
    expected = None if margin is None else pytest.approx(margin, abs=1e-6)
    assert margin_of_mean(Sample(tally_of(counts), population, respondents)) == expected


def test_the_margin_of_a_share_is_that_of_cochrans_class() -> None:
    # Cochran 1977, §3.6: 37 of 100, population 500: standard error 0.0434.
    assert margin_of_share(37, 100, 500) == pytest.approx(Z95 * 0.0434, abs=1e-4)


@pytest.mark.parametrize(
    ("successes", "n", "population", "margin"),
    [
        (0, 0, None, None),
        (1, 1, None, None),
        (1, 1, 1, 0.0),
        (5, 5, None, None),
        (0, 5, 9, None),
        (2, 5, 5, 0.0),
        (0, 5, 5, 0.0),
        (1, 2, None, Z95 * 0.5),
        (1, 2, 1, Z95 * 0.5),
        (50, 101, None, Z95 * math.sqrt(50 * 51 / 101**2 / 100)),
    ],
)
def test_the_margin_of_a_share_at_its_edges(
    successes: int, n: int, population: int | None, margin: float | None
) -> None:
    assert margin_of_share(successes, n, population) == (None if margin is None else pytest.approx(margin))


@pytest.mark.parametrize(
    ("successes", "n", "low", "high"),
    [  # Newcombe, Statistics in Medicine 17, 1998, pp. 857–872, table I, method 3
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0000, 0.1611),
        (1, 29, 0.0061, 0.1718),
        (29, 29, 0.8830, 1.0000),
    ],
)
def test_wilsons_interval_agrees_with_the_published_table(successes: int, n: int, low: float, high: float) -> None:
    found = wilson_interval(successes=successes, n=n)
    assert found is not None
    assert [found.low, found.high] == pytest.approx([low, high], abs=5e-5)


def test_wilsons_interval_narrows_to_a_census() -> None:
    free = wilson_interval(successes=18, n=20)
    most = wilson_interval(successes=18, n=20, population=25)
    assert free is not None
    assert most is not None
    assert free.low < most.low < 0.9 < most.high < free.high
    assert wilson_interval(successes=18, n=20, population=20) == Interval(0.9, 0.9)
    assert wilson_interval(successes=18, n=20, population=19) == free
    assert wilson_interval(successes=0, n=0) is None


@given(st.integers(1, 500), st.data())
def test_wilsons_interval_holds_the_share_inside_0_to_1(n: int, data: st.DataObject) -> None:
    successes = data.draw(st.integers(0, n))
    population = data.draw(st.none() | st.integers(0, 1000))
    found = wilson_interval(successes=successes, n=n, population=population)
    assert found is not None
    assert 0 <= found.low <= successes / n <= found.high <= 1


@pytest.mark.parametrize(
    ("successes", "n", "serves"),
    [
        (15, 30, True),
        (14, 28, False),
        (20, 50, True),
        (30, 50, True),
        (19, 47, False),
        (19, 40, False),  # between the rows of 0.4 and 0.5 the stricter holds
        (60, 600, True),
        (59, 590, False),
        (79, 8000, False),
        (80, 8000, True),
        (0, 0, False),
        (0, 9, False),
        (29, 30, False),
        (9000, 9080, True),
    ],
)
def test_the_plain_margin_serves_from_cochrans_numbers_on(successes: int, n: int, serves: bool) -> None:
    assert is_normal_enough(successes=successes, n=n) is serves


def test_the_shown_interval_is_wilsons_where_the_plain_one_fails() -> None:
    assert share_interval(successes=1, n=29) == wilson_interval(successes=1, n=29)
    assert share_interval(successes=9, n=9) == wilson_interval(successes=9, n=9)
    assert share_interval(successes=3, n=4, population=4) == Interval(0.75, 0.75)
    assert share_interval(successes=0, n=0) is None
    margin = margin_of_share(15, 30) or 0
    assert share_interval(successes=15, n=30) == Interval(0.5 - margin, 0.5 + margin)


def test_more_successes_than_answers_are_a_bug() -> None:
    for asked in (margin_of_proportion, wilson_interval, is_normal_enough):
        with pytest.raises(ValueError, match="part of all"):
            asked(successes=3, n=2)


@pytest.mark.parametrize(
    ("counts", "population", "respondents", "margin"),
    [
        # 50 promoters, 30 passives, 20 detractors: 0.7 - 0.3² = 0.61
        ([(9, 50), (7, 30), (0, 20)], None, None, 100 * Z95 * math.sqrt(0.61 / 100)),
        ([(9, 50), (7, 30), (0, 20)], 200, None, 100 * Z95 * math.sqrt(0.61 / 200)),
        ([(9, 50), (7, 30), (0, 20)], 99, None, 100 * Z95 * math.sqrt(0.61 / 100)),
        ([(9, 50), (7, 30), (0, 20)], 100, None, 0.0),
        ([(10, 1), (0, 1)], None, None, 100 * Z95 * math.sqrt(0.5)),
        ([(10, 1), (0, 1)], None, 1, None),
        ([(10, 5), (9, 5)], None, None, None),
        ([(7, 9)], None, None, None),
        ([(0, 9)], None, None, None),
        ([(0, 9)], 9, None, 0.0),
        ([(10, 1)], None, None, None),
        ([], None, None, None),
        ([], 0, None, None),
    ],
)
def test_the_margin_of_nps(
    counts: list[tuple[int, int]], population: int | None, respondents: int | None, margin: float | None
) -> None:
    expected = None if margin is None else pytest.approx(margin)
    assert margin_of_nps(Sample(tally_of(counts), population, respondents)) == expected


@pytest.mark.parametrize(
    ("population", "needed"),
    [  # Krejcie and Morgan 1970, table 1, where their rounding is upwards
        (10, 10),
        (100, 80),
        (200, 132),
        (1000, 278),
        (5000, 357),
        (10_000, 370),
        (100_000, 383),
        # exactly 217.49: their 217 falls short by a hair
        (500, 218),
        (None, 385),
        (0, 0),
        (1, 1),
        (2, 2),
    ],
)
def test_the_needed_sample_agrees_with_the_published_table(population: int | None, needed: int) -> None:
    assert needed_sample(population=population) == needed


def test_the_needed_sample_follows_margin_and_share() -> None:
    assert needed_sample(population=None, margin=0.1) == 97  # 96.04
    assert needed_sample(population=None, margin=0.05, p=0.9) == 139  # 138.29
    assert needed_sample(population=100, margin=0.99, p=0.01) == 1


@pytest.mark.parametrize(
    ("population", "margin", "p"), [(-1, 0.05, 0.5), (9, 0.0, 0.5), (9, 1.0, 0.5), (9, 0.05, 1.0), (9, 0.05, 0.0)]
)
def test_a_senseless_wish_is_a_bug(population: int, margin: float, p: float) -> None:
    with pytest.raises(ValueError, match="lie between"):
        needed_sample(population=population, margin=margin, p=p)


@given(st.integers(1, 10**6))
def test_the_needed_sample_is_within_the_population_and_keeps_the_margin(population: int) -> None:
    n = needed_sample(population=population)
    assert 1 <= n <= population
    if population > 1:
        assert Z95 * math.sqrt(0.25 / n * (population - n) / (population - 1)) <= 0.05 + 1e-9


def test_exactly_the_minimum_is_enough() -> None:
    assert [enough(n=n, minimum=30) for n in (29, 30, 31)] == [False, True, True]


@pytest.mark.parametrize(
    ("interval", "excludes"),
    [((0.1, 0.2), True), ((-2, -1), True), ((0.0, 1.0), False), ((-1.0, 0.0), False), ((-1, 1), False)],
)
def test_an_interval_that_touches_zero_holds_it(interval: tuple[float, float], excludes: bool) -> None:
    assert Interval(*interval).excludes_zero is excludes


@given(
    st.lists(st.tuples(st.integers(1, 5), st.integers(1, 40)), min_size=2, max_size=5, unique_by=lambda pair: pair[0])
)
def test_knowing_the_population_never_widens_a_margin(counts: list[tuple[int, int]]) -> None:
    tally: Tally = tally_of(counts)
    free, bound = margin_of_mean(Sample(tally)), margin_of_mean(Sample(tally, population=2 * tally.n))
    assert free is not None
    assert bound == pytest.approx(free * math.sqrt(Fraction(1, 2)))
