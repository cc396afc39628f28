"""Precision (误差): how far a sample may be from everybody, with 95 % confidence (R-143).

Every margin is half the width of an interval, in the unit of its score. Margins presume that those who answered are
like those who did not; no formula mends a sample of volunteers.

Where ``population`` (how many could have answered) is known, the finite population correction (1 − n/N) is applied
(Cochran, Sampling Techniques, 3rd ed. 1977, §2.6): when all answered, a census, the margin is 0. A population
smaller than the sample contradicts it and counts as unknown: no correction.
"""

import math
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Final

from core.surveys.scores import nps_parts
from core.surveys.tallies import Tally

Z95: Final = 1.959963984540054
"""The normal deviate that leaves 2.5 % on each side."""
_HALF: Final = 0.475
_PANELS: Final = 64
_NORMAL_FROM: Final = ((50, 15), (40, 20), (30, 24), (20, 40), (10, 60), (5, 70), (0, 80))
"""Percent in the smaller class → how many must be in it for the normal approximation (Cochran 1977, table 3.3)."""


@dataclass(frozen=True, slots=True)
class Interval:
    """From ``low`` to ``high``, both included."""

    low: float
    high: float

    @property
    def excludes_zero(self) -> bool:
        """Whether 0 lies outside."""
        return self.low > 0 or self.high < 0


@dataclass(frozen=True, slots=True)
class Sample:
    """Answers with what is known about those who gave them.

    ``population`` is how many could have answered. ``respondents`` is to be given where one person gave several of
    the answers (a dimension): then the sample is taken to be as large as the number of people, as though everybody
    had said the same throughout. That is careful: the true margin is no wider.
    """

    tally: Tally
    population: int | None = None
    respondents: int | None = None

    @property
    def size(self) -> int:
        """How many answers stand on their own."""
        return self.tally.n if self.respondents is None else min(self.tally.n, self.respondents)

    @property
    def unseen(self) -> Fraction:
        """The finite population correction 1 − n/N: 0 for a census, 1 where the population is unknown."""
        return unseen_share(n=self.size, population=self.population)


def unseen_share(*, n: int, population: int | None) -> Fraction:
    """Give the share of the population that did not answer; 1 where the population is unknown or below ``n``."""
    return Fraction(1) if not population or population < n else 1 - Fraction(n, population)


@lru_cache(maxsize=1024)
def student_t(freedom: float) -> float:
    """Give the value that Student's t exceeds with 2.5 % probability, to at least six decimals.

    ``freedom`` is a number of degrees of freedom, 1 or more, whole or not. With t = √ν·tan θ the probability is an
    integral of cos^(ν−1) θ; Newton's steps climb to the root from the normal deviate below it.
    """
    if freedom < 1:
        raise ValueError("Student's t needs a degree of freedom")
    scale = math.exp(math.lgamma((freedom + 1) / 2) - math.lgamma(freedom / 2)) / math.sqrt(math.pi)
    value, step = Z95, 1.0
    while step > 1e-9:
        lacking = _HALF - scale * _cosine_integral(freedom - 1, math.atan(value / math.sqrt(freedom)))
        step = lacking * math.sqrt(freedom) / scale * (1 + value * value / freedom) ** ((freedom + 1) / 2)
        value += step
    return value


def variance_of_mean(sample: Sample) -> Fraction | None:
    """Give the estimated variance of the sample's mean, s²/n·(1 − n/N) (Cochran 1977, §2.6), exactly.

    0 for a census and where all answers are alike; ``None`` where fewer than two people cannot show any spread.
    """
    if sample.size and not sample.unseen:
        return Fraction(0)
    variance = sample.tally.variance
    return None if variance is None or sample.size < 2 else variance / sample.size * sample.unseen


def margin_of_mean(sample: Sample) -> float | None:
    """Give the margin of a mean, in the unit of the answers: t·s/√n with n − 1 degrees of freedom.

    ``None`` below two people, and where all answers are alike, for then the sample says nothing about the spread.
    """
    variance = variance_of_mean(sample)
    if variance is None or (not variance and sample.unseen):
        return None
    return student_t(sample.size - 1) * math.sqrt(variance) if variance else 0.0


def margin_of_proportion(*, successes: int, n: int, population: int | None = None) -> float | None:
    """Give the margin of a share, 0 to 1: z·√((1 − n/N)·pq/(n − 1)) (Cochran 1977, §3.2 and §3.6).

    Without the continuity correction. ``None`` below two answers and where all are alike: show ``share_interval``
    there.
    """
    _check_share(successes, n)
    unseen = unseen_share(n=n, population=population)
    if n and not unseen:
        return 0.0
    if successes in {0, n}:
        return None
    return Z95 * math.sqrt(unseen * Fraction(successes * (n - successes), n * n * (n - 1)))


def wilson_interval(*, successes: int, n: int, population: int | None = None) -> Interval | None:
    """Give the score interval of a share (Wilson, JASA 22, 1927); good for shares near 0 or 1 and few answers.

    The population is allowed for by enlarging n to n ÷ (1 − n/N). ``None`` when nobody answered.
    """
    _check_share(successes, n)
    if not n:
        return None
    return score_interval(share=Fraction(successes, n), n=n, unseen=unseen_share(n=n, population=population))


def score_interval(*, share: Fraction, n: int, unseen: Fraction = Fraction(1)) -> Interval:
    """Give Wilson's interval of a share 0 to 1 seen among ``n`` (1 or more); a census is exact."""
    middle = float(share)
    if not unseen:
        return Interval(middle, middle)
    loss = Z95 * Z95 * float(unseen) / n
    centre = (middle + loss / 2) / (1 + loss)
    half = math.sqrt(loss * (middle * (1 - middle) + loss / 4)) / (1 + loss)
    low = centre - half if share else 0.0
    high = centre + half if share < 1 else 1.0
    return Interval(low, high)


def is_normal_enough(*, successes: int, n: int) -> bool:
    """Say whether ± the margin serves for a share, by Cochran's table 3.3; between its rows the stricter holds."""
    _check_share(successes, n)
    smaller = min(successes, n - successes)
    return smaller >= next(least for percent, least in _NORMAL_FROM if 100 * smaller >= percent * n)


def share_interval(*, successes: int, n: int, population: int | None = None) -> Interval | None:
    """Give the interval to show with a share: p ± margin where that serves, Wilson's elsewhere; ``None`` for n = 0."""
    margin = margin_of_proportion(successes=successes, n=n, population=population)
    if margin is None or not is_normal_enough(successes=successes, n=n):
        return wilson_interval(successes=successes, n=n, population=population)
    return Interval(successes / n - margin, successes / n + margin)


def margin_of_nps(sample: Sample) -> float | None:
    """Give the margin of NPS in percentage points: z·√((p + d − (p − d)²)/n), p promoters and d detractors.

    The usual formula: the variance of +1, 0 and −1. ``None`` below two people and where all fall into one part.
    """
    parts = nps_parts(sample.tally)
    if sample.size and not sample.unseen:
        return 0.0
    if parts.n in {parts.promoters, parts.passives, parts.detractors} or sample.size < 2:
        return None
    net = Fraction(parts.promoters - parts.detractors, parts.n)
    variance = Fraction(parts.promoters + parts.detractors, parts.n) - net * net
    return 100 * Z95 * math.sqrt(variance / sample.size * sample.unseen)


def needed_sample(*, population: int | None, margin: float = 0.05, p: float = 0.5) -> int:
    """Give how many answers keep a share within ``margin`` (0 to 1): n₀ = z²pq/d², n = n₀/(1 + (n₀ − 1)/N), upwards.

    Cochran 1977, §4.4. ``p`` is the share expected; 0.5 asks for most. An unknown population counts as endless.
    """
    if not (0 < margin < 1 and 0 < p < 1) or (population is not None and population < 0):
        raise ValueError("margin and share lie between 0 and 1, and a population is not negative")
    if population == 0:
        return 0
    endless = Z95 * Z95 * p * (1 - p) / (margin * margin)
    wanted = endless if population is None else endless / (1 + (endless - 1) / population)
    return max(1, math.ceil(wanted - 1e-9))


def enough(*, n: int, minimum: int) -> bool:
    """Say whether the set minimum of answers is there; exactly the minimum is enough (R-143)."""
    return n >= minimum


def _cosine_integral(power: float, upto: float) -> float:
    """Integrate cos^power from 0 by Simpson's rule."""
    width = upto / _PANELS
    inner = sum((4 if at % 2 else 2) * math.pow(math.cos(at * width), power) for at in range(1, _PANELS))
    return width / 3 * (1 + inner + math.pow(math.cos(upto), power))


def _check_share(successes: int, n: int) -> None:
    if not 0 <= successes <= n:
        raise ValueError("successes are a part of all answers")
