"""Weighting by building (按楼栋加权): answers stand for the households of their own building (post-stratification).

Sources: Cochran, Sampling Techniques, 3rd ed. 1977, §5.3 and §5A.9; Kish, Survey Sampling, 1965, for the design
effect.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from core.surveys.precision import Z95, Sample, variance_of_mean
from core.surveys.scores import item_score, satisfied
from core.surveys.tallies import Tally, tally_of


@dataclass(frozen=True, slots=True)
class Stratum:
    """A building: how many could have answered there (households), and what was answered."""

    key: str
    population: int
    tally: Tally

    def __post_init__(self) -> None:
        if self.population < 0:
            raise ValueError("a population is not negative")


@dataclass(frozen=True, slots=True)
class WeightedMean:
    """A mean in which every building counts by its population.

    ``margin`` is for 95 % confidence and about ``covered_population`` only; ``None`` where some building has too few
    answers to show a spread. ``n`` counts the answers used. ``missing`` names the buildings with people but no
    answers, ``unplaced`` those with answers but no known population: both are left out. ``design_effect`` (Kish) is
    1 for a sample in proportion; n ÷ design effect answers in proportion would tell as much.
    """

    value: Fraction | None
    margin: float | None
    n: int
    covered_population: int
    missing: tuple[str, ...]
    unplaced: tuple[str, ...]
    design_effect: Fraction | None


def coverage_is_uneven(strata: Iterable[Stratum]) -> bool:
    """Say whether some building's share of answers per head differs from the whole's by more than a factor of 1.5.

    A building with people but no answers differs, and so does one with answers but no people. Exactly 1.5 does not.
    With no answers at all, or no population known, there is nothing to be uneven.
    """
    strata = tuple(strata)
    answers, people = sum(one.tally.n for one in strata), sum(one.population for one in strata)
    return any(
        2 * one.tally.n * people > 3 * answers * one.population
        or 3 * one.tally.n * people < 2 * answers * one.population
        for one in strata
    )


def weighted_mean(strata: Iterable[Stratum]) -> WeightedMean:
    """Give the mean mark, 1 to 5, weighted by the population of the buildings (R-140).

    Σ N·mean ÷ Σ N over buildings that have both answers and a population; its variance is Σ W²·s²/n·(1 − n/N).
    """
    strata = tuple(strata)
    for one in strata:
        item_score(one.tally)  # refuses what are no marks
    return _weighted(strata)


def weighted_share(strata: Iterable[Stratum]) -> WeightedMean:
    """Give the share of 4–5, 0 to 1, weighted by the population of the buildings (R-142)."""
    return _weighted(tuple(Stratum(one.key, one.population, _satisfied_or_not(one.tally)) for one in strata))


def _weighted(strata: tuple[Stratum, ...]) -> WeightedMean:
    used = tuple(one for one in strata if one.tally.n and one.population)
    people, answers = sum(one.population for one in used), sum(one.tally.n for one in used)
    whole = sum((one.population * Fraction(one.tally.total, one.tally.n) for one in used), Fraction(0))
    spread = sum((Fraction(one.population**2, one.tally.n) for one in used), Fraction(0))
    return WeightedMean(
        value=whole / people if used else None,
        margin=_margin(used, people),
        n=answers,
        covered_population=people,
        missing=tuple(one.key for one in strata if one.population and not one.tally.n),
        unplaced=tuple(one.key for one in strata if one.tally.n and not one.population),
        design_effect=answers * spread / people**2 if used else None,
    )


def _margin(used: tuple[Stratum, ...], people: int) -> float | None:
    samples = tuple(Sample(one.tally, one.population) for one in used)
    variance = Fraction(0)
    for one, sample in zip(used, samples, strict=True):
        part = variance_of_mean(sample)
        if part is None:
            return None
        variance += Fraction(one.population, people) ** 2 * part
    if not variance and (not used or any(sample.unseen for sample in samples)):
        return None
    return Z95 * math.sqrt(variance)


def _satisfied_or_not(tally: Tally) -> Tally:
    return tally_of(((1, satisfied(tally)), (0, tally.n - satisfied(tally))))
