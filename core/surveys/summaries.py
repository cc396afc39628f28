"""A round in five figures (调查摘要), from sums alone: for lists of estates and for the trend over rounds (R-144)."""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from core.surveys.privacy import is_hidden
from core.surveys.questionnaires import ItemKind, Weights
from core.surveys.rounds import response_rate
from core.surveys.scores import csi


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemSums:
    """The answers to a rating or NPS item: how many, their sum, how many 4–5, how many 9–10 and 0–6."""

    code: str
    kind: ItemKind
    dimension: str
    n: int
    total: int
    satisfied: int
    promoters: int
    detractors: int

    @property
    def mean(self) -> Fraction | None:
        """The mean of the answers."""
        return Fraction(self.total, self.n) if self.n else None


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundSummary:
    """``n`` forms of ``sent``; CSI in percent, share of 4–5, 0 to 1, NPS in points; the lowest rating and its mean.

    Below five forms all figures are ``None``; an item answered by fewer than five people is never the lowest.
    """

    n: int
    rate: Fraction | None
    hidden: bool
    csi: Fraction | None = None
    share: Fraction | None = None
    nps: Fraction | None = None
    worst: str = ""
    worst_mean: Fraction | None = None


def round_summary(*, sums: Iterable[ItemSums], n: int, sent: int, weights: Weights) -> RoundSummary:
    """Sum a round up; the figures are those of ``round_results``, worked out from sums of the items in their order."""
    rate = response_rate(returned=n, sent=sent)
    if is_hidden(n=n):
        return RoundSummary(n=n, rate=rate, hidden=True)
    known = tuple(sums)
    rated = tuple(one for one in known if one.kind is ItemKind.RATING and not is_hidden(n=one.n))
    shown = tuple((one.mean, one.code) for one in rated if one.mean is not None)
    lowest, worst = min(shown, key=lambda pair: pair[0], default=(None, ""))
    return RoundSummary(
        n=n,
        rate=rate,
        hidden=False,
        csi=csi(means=_dimension_means(rated), weights=weights),
        share=_share(rated),
        nps=_nps(known),
        worst=worst,
        worst_mean=lowest,
    )


def _dimension_means(rated: tuple[ItemSums, ...]) -> dict[str, Fraction | None]:
    sums: dict[str, tuple[int, int]] = {}
    for one in rated:
        if one.dimension:
            total, n = sums.get(one.dimension, (0, 0))
            sums[one.dimension] = (total + one.total, n + one.n)
    return {dimension: Fraction(total, n) if n else None for dimension, (total, n) in sums.items()}


def _share(rated: tuple[ItemSums, ...]) -> Fraction | None:
    if is_hidden(n=max((one.n for one in rated), default=0)):
        return None
    return Fraction(sum(one.satisfied for one in rated), sum(one.n for one in rated))


def _nps(known: tuple[ItemSums, ...]) -> Fraction | None:
    asked = next((one for one in known if one.kind is ItemKind.NPS), None)
    if asked is None or is_hidden(n=asked.n):
        return None
    return Fraction(100 * (asked.promoters - asked.detractors), asked.n)
