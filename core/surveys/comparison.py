"""Comparison (与上期比较): change against the last round, shown only where the samples compare (R-144, product §2)."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from core.surveys.precision import Interval, Sample, score_interval, student_t, variance_of_mean
from core.surveys.scores import nps_parts, share_satisfied
from core.surveys.tallies import tally_of

LEAST_TO_COMPARE: Final = 30
LARGEST_MIX_DISTANCE: Final = Fraction(1, 4)
BEYOND_CHANCE: Final = 1.75
"""How many times the distance that chance alone makes two mixes may lie apart.

By simulation: of two honest samples of 30 to 200 people over 4 to 20 equal buildings fewer than 5 % are refused; with
1.5 it would be 14 % of 30 people over 4 buildings.
"""


@dataclass(frozen=True, slots=True)
class SampleProfile:
    """What a sample is made of: kind of survey, code of the questionnaire, people, and people by channel and building.

    People whose building is unknown are left out of ``buildings``.
    """

    kind: str
    questionnaire: str
    n: int
    channels: Mapping[str, int]
    buildings: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Change:
    """Now less before, with its 95 % interval.

    ``low`` and ``high`` are ``None`` where the spread cannot be told. ``certain``: the interval leaves out 0.
    """

    difference: Fraction
    low: float | None
    high: float | None
    certain: bool


def reasons_not_comparable(
    *, now: SampleProfile, before: SampleProfile, least_n: int = LEAST_TO_COMPARE
) -> tuple[str, ...]:
    """Give the codes of the reasons why two samples do not compare; none when they do.

    ``surveys.compare.kind``, ``surveys.compare.questionnaire``: not the same. ``surveys.compare.too_few``: fewer than
    ``least_n`` people in either. ``surveys.compare.channels``, ``surveys.compare.coverage``: more than 25 % of the
    people would have to change channel or building for the shares to be alike, and more than 1.75 times as many as
    chance makes of small samples over many buildings; unknown in both is passed over, unknown in one is a reason.
    """
    found = {
        "surveys.compare.kind": now.kind != before.kind,
        "surveys.compare.questionnaire": now.questionnaire != before.questionnaire,
        "surveys.compare.too_few": min(now.n, before.n) < least_n,
        "surveys.compare.channels": _mixes_differ(now.channels, before.channels),
        "surveys.compare.coverage": _mixes_differ(now.buildings, before.buildings),
    }
    return tuple(code for code, holds in found.items() if holds)


def mix_distance(*, now: Mapping[str, int], before: Mapping[str, int]) -> Fraction:
    """Give the total variation distance of two mixes: 0 for the same shares, 1 for nothing in common.

    Two empty mixes are the same; an empty one has nothing in common with any other.
    """
    all_now, all_before = sum(now.values()), sum(before.values())
    if not all_now or not all_before:
        return Fraction(int(all_now != all_before))
    apart = (
        abs(Fraction(now.get(key, 0), all_now) - Fraction(before.get(key, 0), all_before))
        for key in now.keys() | before.keys()
    )
    return sum(apart, Fraction(0)) / 2


def distance_by_chance(*, now: Mapping[str, int], before: Mapping[str, int]) -> float:
    """Give the distance to expect of two samples of the same mix, by the normal approximation; 0 if one is empty.

    ½·Σ √(2/π · p(1 − p)(1/n₁ + 1/n₂)) with p the share in both together: half the expected absolute differences.
    """
    all_now, all_before = sum(now.values()), sum(before.values())
    if not all_now or not all_before:
        return 0.0
    both = ((now.get(key, 0) + before.get(key, 0)) / (all_now + all_before) for key in now.keys() | before.keys())
    per_share = 2 / math.pi * (1 / all_now + 1 / all_before)
    return math.fsum(math.sqrt(per_share * share * (1 - share)) for share in both) / 2


def _mixes_differ(now: Mapping[str, int], before: Mapping[str, int]) -> bool:
    distance = mix_distance(now=now, before=before)
    return distance > LARGEST_MIX_DISTANCE and distance > BEYOND_CHANCE * distance_by_chance(now=now, before=before)


def mean_change(*, now: Sample, before: Sample) -> Change | None:
    """Give the change of a mean with Welch's interval for unequal variances (Welch, Biometrika 34, 1947).

    Degrees of freedom by Welch–Satterthwaite, finite populations allowed for. ``None`` when either side is empty.
    """
    if now.tally.mean is None or before.tally.mean is None:
        return None
    difference = now.tally.mean - before.tally.mean
    margin = _welch_margin(now, before)
    if margin is None:
        return Change(difference, None, None, certain=False)
    return _change(difference, Interval(difference - margin, difference + margin))


def share_change(*, now: Sample, before: Sample) -> Change | None:
    """Give the change of the share of 4–5, −1 to 1, with the hybrid score interval.

    Newcombe, Statistics in Medicine 17, 1998, method 10. ``None`` when either side is empty.
    """
    share, earlier = share_satisfied(now.tally), share_satisfied(before.tally)
    if share is None or earlier is None:
        return None
    here = score_interval(share=share, n=now.size, unseen=now.unseen)
    there = score_interval(share=earlier, n=before.size, unseen=before.unseen)
    difference = share - earlier
    low = difference - math.hypot(share - here.low, there.high - earlier)
    high = difference + math.hypot(here.high - share, earlier - there.low)
    return _change(difference, Interval(low, high))


def nps_change(*, now: Sample, before: Sample) -> Change | None:
    """Give the change of NPS in percentage points, with Welch's interval of +100, 0 and −100."""
    return mean_change(now=_points(now), before=_points(before))


def _points(sample: Sample) -> Sample:
    parts = nps_parts(sample.tally)
    points = tally_of(((-100, parts.detractors), (0, parts.passives), (100, parts.promoters)))
    return Sample(points, sample.population, sample.respondents)


def _welch_margin(now: Sample, before: Sample) -> float | None:
    here, there = variance_of_mean(now), variance_of_mean(before)
    if here is None or there is None:
        return None
    if not here + there:
        return None if now.unseen or before.unseen else 0.0
    # A side without variance, which a census of one person is too, takes nothing from the degrees of freedom.
    taken = sum(part**2 / (sample.size - 1) for part, sample in ((here, now), (there, before)) if part)
    return student_t(float((here + there) ** 2 / taken)) * math.sqrt(here + there)


def _change(difference: Fraction, interval: Interval) -> Change:
    return Change(difference, interval.low, interval.high, certain=interval.excludes_zero)
