"""Change against the last round (较上期变化): a number only where the two samples and questions compare (R-144)."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Final, TypeAlias

from core.surveys.authoring import same_question
from core.surveys.comparison import Change, mean_change, nps_change, reasons_not_comparable, share_change
from core.surveys.figures import asked_for_cs, asked_for_nps, cs_sample, csi_score, dimension_means, ratings
from core.surveys.precision import Sample
from core.surveys.privacy import is_hidden
from core.surveys.questionnaires import Item, Weights
from core.surveys.results import RoundAnswers
from core.surveys.rounds import response_rate
from core.surveys.scores import dimension_scores, effective_weights

OTHER_ITEMS: Final = "surveys.compare.items"
"""The reason why an index over all items does not compare: they are not the same items."""

_Told: TypeAlias = Callable[[Sample, Sample], Change | None]


@dataclass(frozen=True, slots=True)
class RoundChanges:
    """What changed since the last round; all but the rate ``None`` or empty where there are ``reasons`` why not.

    ``csi`` in points has no interval: none is worked out for an index. ``share`` −1 to 1, ``nps`` in points, ``cs`` and
    means in marks. ``rate``: response rate, −1 to 1, a count without chance in it. ``other_items``: other ratings were
    asked or answered, so that CSI and share do not compare.
    """

    reasons: tuple[str, ...]
    rate: Fraction | None = None
    other_items: bool = False
    csi: Fraction | None = None
    share: Change | None = None
    nps: Change | None = None
    cs: Change | None = None
    items: Mapping[str, Change] = field(default_factory=dict)
    dimensions: Mapping[str, Change] = field(default_factory=dict)


def round_changes(*, now: RoundAnswers, before: RoundAnswers, weights: Weights) -> RoundChanges:
    """Compare two rounds. Items are matched where the same question was asked; CSI takes the same weights in both."""
    reasons = reasons_not_comparable(now=now.profile, before=before.profile)
    rates = [response_rate(returned=each.n, sent=each.sent) for each in (now, before)]
    rate = None if rates[0] is None or rates[1] is None else rates[0] - rates[1]
    if reasons:
        return RoundChanges(reasons, rate)
    told = _Compared(now, before)
    whole = told.same(ratings(now.items), ratings(before.items)) and _weigh(now, weights) == _weigh(before, weights)
    return RoundChanges(
        reasons=(),
        rate=rate,
        other_items=not whole,
        csi=_csi_change(now, before, weights) if whole else None,
        share=told.change(ratings(now.items), ratings(before.items), _share) if whole else None,
        nps=_nps_change(told),
        cs=_cs_change(told),
        items=_item_changes(told),
        dimensions=_dimension_changes(told),
    )


@dataclass(frozen=True, slots=True)
class _Compared:
    """Two rounds that compare."""

    now: RoundAnswers
    before: RoundAnswers

    def same(self, here: Iterable[Item], there: Iterable[Item]) -> bool:
        """Whether these items ask the same, in whatever order; no items are the same as none."""
        mine, theirs = ({item.code: item for item in items} for items in (here, there))
        return mine.keys() == theirs.keys() and all(same_question(mine[code], theirs[code]) for code in mine)

    def change(self, here: tuple[Item, ...], there: tuple[Item, ...], told: _Told) -> Change | None:
        """The change of a figure over some items, unless too few people gave it in either round."""
        return _shown(self.now.sample(*here), self.before.sample(*there), told)


def _shown(now: Sample, before: Sample, told: _Told) -> Change | None:
    return None if is_hidden(n=min(now.size, before.size)) else told(now, before)


def _mean(now: Sample, before: Sample) -> Change | None:
    return mean_change(now=now, before=before)


def _share(now: Sample, before: Sample) -> Change | None:
    return share_change(now=now, before=before)


def _points(now: Sample, before: Sample) -> Change | None:
    return nps_change(now=now, before=before)


def _weigh(answers: RoundAnswers, weights: Weights) -> dict[str, Fraction]:
    return effective_weights(means=dimension_means(answers.items, answers.pooled), weights=weights)


def _csi_change(now: RoundAnswers, before: RoundAnswers, weights: Weights) -> Fraction | None:
    here, there = (csi_score(each.items, each.pooled, weights).value for each in (now, before))
    return None if here is None or there is None else here - there


def _nps_change(told: _Compared) -> Change | None:
    here, there = asked_for_nps(told.now.items), asked_for_nps(told.before.items)
    if here is None or there is None or not same_question(here, there):
        return None
    return told.change((here,), (there,), _points)


def _cs_change(told: _Compared) -> Change | None:
    here, there = asked_for_cs(told.now.items), asked_for_cs(told.before.items)
    if here is None or there is None or not told.same(here, there):
        return None
    now, before = (cs_sample(each.pairs, each.population) for each in (told.now, told.before))
    doubled = _shown(now, before, _mean)
    if doubled is None:
        return None
    low, high = (None if end is None else end / 2 for end in (doubled.low, doubled.high))
    return Change(doubled.difference / 2, low, high, doubled.certain)


def _item_changes(told: _Compared) -> dict[str, Change]:
    earlier = {item.code: item for item in ratings(told.before.items)}
    found = {}
    for item in ratings(told.now.items):
        there = earlier.get(item.code)
        if there is not None and same_question(item, there):
            found[item.code] = told.change((item,), (there,), _mean)
    return {code: change for code, change in found.items() if change is not None}


def _dimension_changes(told: _Compared) -> dict[str, Change]:
    """Of the dimensions that consist of the same questions in both rounds."""
    here, there = (
        {one.dimension: ratings(each.items, one.items) for one in dimension_scores(items=each.items, tallies={})}
        for each in (told.now, told.before)
    )
    found = {
        name: told.change(items, there[name], _mean)
        for name, items in here.items()
        if name in there and told.same(items, there[name])
    }
    return {name: change for name, change in found.items() if change is not None}
