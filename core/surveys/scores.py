"""Scores (满意度得分): item, dimension, CSI, share of 4–5, NPS and CS, all exact (R-140…R-142, R-145, R-150).

An empty group has no score: every function gives ``None`` there, never 0.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Final

from core.kernel.money import round_half_up
from core.surveys.questionnaires import HIGHEST_MARK, LOWEST_MARK, NPS_MOST, Item, ItemKind, Weights
from core.surveys.tallies import Tally, combine

SATISFIED_FROM: Final = 4
REACHING_LINE: Final = Decimal(90)
"""Percent of 4–5 answers that reaches the standard (满意度达标率)."""
PROMOTER_FROM: Final = 9
DETRACTOR_TO: Final = 6


@dataclass(frozen=True, slots=True)
class NpsParts:
    """How many people gave 9–10, 7–8 and 0–6."""

    promoters: int
    passives: int
    detractors: int

    @property
    def n(self) -> int:
        """How many people answered."""
        return self.promoters + self.passives + self.detractors


@dataclass(frozen=True, slots=True)
class DimensionScore:
    """The pooled answers to the items of a dimension; ``items`` are the codes of those items."""

    dimension: str
    items: tuple[str, ...]
    tally: Tally

    @property
    def score(self) -> Fraction | None:
        """The mean of all answers, 1 to 5."""
        return item_score(self.tally)


@dataclass(frozen=True, slots=True)
class PairedScore:
    """CS (reconstructed, R-150) of the ``n`` people who answered both the quality and the speed item."""

    n: int
    score: Fraction | None


def item_score(tally: Tally) -> Fraction | None:
    """Give the score of an item, 1 to 5: marks weighed 5·4·3·2·1 over valid answers (R-140).

    Answers of 5 to 1 given 4, 3, 2, 1 and 0 times make 4. A value that is no mark raises ``ValueError``.
    """
    return _inside(tally, LOWEST_MARK, HIGHEST_MARK).mean


def satisfied(tally: Tally) -> int:
    """Count the answers of 4 and 5 (R-142)."""
    return _inside(tally, LOWEST_MARK, HIGHEST_MARK).between(SATISFIED_FROM, HIGHEST_MARK)


def share_satisfied(tally: Tally) -> Fraction | None:
    """Give the share of 4 and 5 among all answers, 0 to 1 (满意度达标率, R-142)."""
    return Fraction(satisfied(tally), tally.n) if tally.n else None


def reaches_line(*, share: Fraction | None, line: Decimal = REACHING_LINE) -> bool | None:
    """Say whether a share (0 to 1) reaches a line in percent; exactly on the line reaches it (R-142)."""
    return None if share is None else share * 100 >= Fraction(line)


def low_items(*, scores: Mapping[str, Fraction | None], line: Decimal) -> tuple[str, ...]:
    """List the items scoring below the line, the lowest first; equals in the order given (R-145).

    Exactly on the line is not low; an item without answers is neither low nor high.
    """
    low = [(score, code) for code, score in scores.items() if score is not None and score < Fraction(line)]
    return tuple(code for _, code in sorted(low, key=lambda pair: pair[0]))


def nps_parts(tally: Tally) -> NpsParts:
    """Part the answers 0–10 into promoters (推荐者), passives and detractors (贬损者)."""
    promoters = _inside(tally, 0, NPS_MOST).between(PROMOTER_FROM, NPS_MOST)
    detractors = tally.between(0, DETRACTOR_TO)
    return NpsParts(promoters, tally.n - promoters - detractors, detractors)


def nps(tally: Tally) -> Fraction | None:
    """Give the net promoter score in percentage points, −100 to 100: share of promoters less share of detractors."""
    parts = nps_parts(tally)
    return Fraction(100 * (parts.promoters - parts.detractors), parts.n) if parts.n else None


def dimension_scores(*, items: Iterable[Item], tallies: Mapping[str, Tally]) -> tuple[DimensionScore, ...]:
    """Pool the answers (item code → tally) by dimension, in the order the dimensions first appear (R-144).

    Pooled answers weigh alike, so an item answered more often counts for more. Ratings that name a dimension take
    part; a dimension nobody answered is there without a score.
    """
    codes: dict[str, list[str]] = {}
    for item in items:
        if item.kind is ItemKind.RATING and item.dimension:
            codes.setdefault(item.dimension, []).append(item.code)
    return tuple(
        DimensionScore(dimension, tuple(members), combine(tallies.get(code, Tally()) for code in members))
        for dimension, members in codes.items()
    )


def effective_weights(*, means: Mapping[str, Fraction | None], weights: Weights) -> dict[str, Fraction]:
    """Give the weight each answered dimension truly has in CSI; they add up to 1, or there are none (R-141).

    The weight of dimensions without answers is spread over the others in proportion. When no dimension in ``means``
    has a weight above 0, all answered ones weigh the same. When only unanswered ones have, nothing that counts was
    answered and there are no weights. Dimensions not in ``means`` are ignored; a negative weight raises
    ``ValueError``.
    """
    named = {dimension: Fraction(weights.get(dimension, Decimal(0))) for dimension in means}
    if any(weight < 0 for weight in named.values()):
        raise ValueError("a weight is not negative")
    if not any(named.values()):
        named = dict.fromkeys(named, Fraction(1))
    answered = {dimension: named[dimension] for dimension, mean in means.items() if mean is not None}
    whole = sum(answered.values())
    return {dimension: weight / whole for dimension, weight in answered.items()} if whole else {}


def csi(*, means: Mapping[str, Fraction | None], weights: Weights) -> Fraction | None:
    """Give the customer satisfaction index (客户满意度指数) in percent, 20 to 100 (R-141).

    Weighted dimension means (1 to 5) ÷ 5 × 100, with the weights of ``effective_weights``. A mean outside 1 to 5
    raises ``ValueError``.
    """
    answered = {dimension: mean for dimension, mean in means.items() if mean is not None}
    if not all(LOWEST_MARK <= mean <= HIGHEST_MARK for mean in answered.values()):
        raise ValueError("the mean of marks lies between the lowest and the highest mark")
    shares = effective_weights(means=means, weights=weights)
    if not shares:
        return None
    weighted = sum((share * answered[dimension] for dimension, share in shares.items()), Fraction(0))
    return weighted / HIGHEST_MARK * 100


def paired_score(pairs: Iterable[tuple[int, int, int]]) -> PairedScore:
    """Give CS = (1/N) Σ (Q + R)/2, 1 to 5, of ``(quality, speed, how many people)`` (R-150, reconstructed).

    Only people who answered both belong in ``pairs``. A value that is no mark raises ``ValueError``.
    """
    n, doubled = 0, 0
    for quality, speed, many in pairs:
        if many < 0 or not all(LOWEST_MARK <= mark <= HIGHEST_MARK for mark in (quality, speed)):
            raise ValueError("a pair is two marks and how many people gave them")
        n += many
        doubled += (quality + speed) * many
    return PairedScore(n, Fraction(doubled, 2 * n) if n else None)


def rounded(value: Fraction, places: int = 2) -> Decimal:
    """Round for showing, halves away from zero, with exactly ``places`` decimals; never a negative zero."""
    whole = round_half_up(value * 10**places)
    return Decimal((int(whole < 0), tuple(map(int, str(abs(whole)))), -places))


def _inside(tally: Tally, least: int, most: int) -> Tally:
    if tally.between(least, most) != tally.n:
        raise ValueError(f"an answer is outside {least} to {most}")
    return tally
