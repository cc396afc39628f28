"""Figures (指标): a score with the answers and the margin it stands on, hidden where too few gave it (R-143)."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Final, TypeAlias

from core.surveys.precision import Interval, Sample, margin_of_mean, margin_of_nps, score_interval
from core.surveys.privacy import is_hidden
from core.surveys.questionnaires import Item, ItemKind, ItemRole, Weights
from core.surveys.scores import csi, dimension_scores, item_score, nps, paired_score, share_satisfied
from core.surveys.tallies import Tally, combine, tally_of

Tallies: TypeAlias = Mapping[int, Tally]
"""Position of an item → its tally. Position 0 counts the forms; a choice counts 0 for each who answered, 1 for A …"""

Pairs: TypeAlias = tuple[tuple[int, int, int], ...]
"""Quality mark, speed mark and how many people gave both (R-150)."""

FORMS: Final = 0
"""The position at which the forms themselves are counted."""


@dataclass(frozen=True, slots=True)
class Score:
    """A figure and the ``n`` answers it stands on; the value is ``None`` when nobody answered or too few did.

    ``margin`` is half the 95 % interval of a mean or NPS, in its unit; a share has its ``interval`` instead, which
    need not be even. ``None`` where the answers do not tell the spread.
    """

    value: Fraction | None
    n: int
    margin: float | None = None
    interval: Interval | None = None


def tallies_by(rows: Iterable[tuple[str, int, int, int]]) -> dict[str, dict[int, Tally]]:
    """Gather ``(key, position, value, forms)`` into tallies by key and position, keys in the order they come."""
    counts: dict[str, dict[int, list[tuple[int, int]]]] = {}
    for key, position, value, forms in rows:
        counts.setdefault(key, {}).setdefault(position, []).append((value, forms))
    return {key: {at: tally_of(values) for at, values in own.items()} for key, own in counts.items()}


def together(groups: Iterable[Tallies]) -> dict[int, Tally]:
    """Pool the tallies of several groups of people, position by position."""
    found: dict[int, list[Tally]] = {}
    for tallies in groups:
        for position, tally in tallies.items():
            found.setdefault(position, []).append(tally)
    return {position: combine(several) for position, several in sorted(found.items())}


def forms_in(tallies: Tallies) -> int:
    """Give how many forms are counted."""
    return tallies.get(FORMS, Tally()).n


def without_small(items: Iterable[Item], tallies: Tallies) -> Tallies:
    """Give the tallies without the ratings that too few answered: what is hidden alone is in no sum either.

    Else the sum less the items that are shown would tell the hidden one.
    """
    small = {item.position for item in ratings(items) if is_hidden(n=tallies.get(item.position, Tally()).n)}
    return {position: tally for position, tally in tallies.items() if position not in small}


def ratings(items: Iterable[Item], codes: Collection[str] | None = None) -> tuple[Item, ...]:
    """Give the ratings among the items, or those of them with these codes."""
    return tuple(item for item in items if item.kind is ItemKind.RATING and (codes is None or item.code in codes))


def sample_of(*, items: Iterable[Item], tallies: Tallies, population: int = 0) -> Sample:
    """Pool the answers to some items; as many people are taken to stand behind them as answered the one answered most.

    That is the least number it can be, so a margin is never too narrow for want of people. ``population`` 0: unknown.
    """
    found = tuple(tallies.get(item.position, Tally()) for item in items)
    people = max((tally.n for tally in found), default=0)
    return Sample(combine(found), population or None, people)


def mean_score(sample: Sample) -> Score:
    """Give the mean of marks, 1 to 5 (R-140); hidden when fewer than five people answered."""
    n = sample.tally.n
    if is_hidden(n=sample.size):
        return Score(None, n)
    return Score(item_score(sample.tally), n, margin_of_mean(sample))


def share_score(sample: Sample) -> Score:
    """Give the share of marks 4 and 5, 0 to 1, with Wilson's interval for the people behind it (R-142)."""
    share, n = share_satisfied(sample.tally), sample.tally.n
    if share is None or is_hidden(n=sample.size):
        return Score(None, n)
    return Score(share, n, interval=score_interval(share=share, n=sample.size, unseen=sample.unseen))


def nps_score(sample: Sample) -> Score:
    """Give the net promoter score, −100 to 100, with its margin; hidden when fewer than five people answered."""
    n = sample.tally.n
    return Score(None, n) if is_hidden(n=sample.size) else Score(nps(sample.tally), n, margin_of_nps(sample))


def cs_sample(pairs: Pairs, population: int = 0) -> Sample:
    """Give quality plus speed, 2 to 10, of the people who answered both: twice their CS (R-150, reconstructed)."""
    return Sample(tally_of((quality + speed, many) for quality, speed, many in pairs), population or None)


def cs_score(pairs: Pairs, population: int = 0) -> Score:
    """Give CS, 1 to 5, with the margin of its mean (R-150); hidden when fewer than five people answered both."""
    scored, margin = paired_score(pairs), margin_of_mean(cs_sample(pairs, population))
    if is_hidden(n=scored.n):
        return Score(None, scored.n)
    return Score(scored.score, scored.n, None if margin is None else margin / 2)


def asked_for_cs(items: Iterable[Item]) -> tuple[Item, Item] | None:
    """Find the first quality and the first speed item; without both there is no CS (R-150)."""
    first: dict[ItemRole, Item] = {}
    for item in ratings(items):
        first.setdefault(item.role, item)
    quality, speed = first.get(ItemRole.QUALITY), first.get(ItemRole.SPEED)
    return (quality, speed) if quality and speed else None


def asked_for_nps(items: Iterable[Item]) -> Item | None:
    """Find the first item that asks how likely people are to recommend."""
    return next((item for item in items if item.kind is ItemKind.NPS), None)


def dimension_means(items: Iterable[Item], tallies: Tallies) -> dict[str, Fraction | None]:
    """Give the mean of each dimension in the order they are asked; ``None`` where nobody answered (R-144)."""
    asked = ratings(items)
    counted = {item.code: tallies.get(item.position, Tally()) for item in asked}
    return {one.dimension: one.score for one in dimension_scores(items=asked, tallies=counted)}


def csi_score(items: Iterable[Item], tallies: Tallies, weights: Weights) -> Score:
    """Give CSI in percent on the forms it stands on, hidden below five (R-141).

    It has no margin: an index weighed from answers that hang together has none that we could vouch for.
    """
    n = forms_in(tallies)
    return Score(None if is_hidden(n=n) else csi(means=dimension_means(items, tallies), weights=weights), n)
