"""Results by group (分组结果): building, channel or customer group, with the dimensions of each (R-144)."""

from collections.abc import Mapping
from dataclasses import dataclass

from core.surveys.building_weights import small_groups
from core.surveys.figures import Score, Tallies, csi_score, forms_in, mean_score, ratings, sample_of, share_score
from core.surveys.privacy import GROUP_LEAST, hidden_groups
from core.surveys.questionnaires import Item, Weights
from core.surveys.scores import dimension_scores


@dataclass(frozen=True, slots=True)
class GroupResult:
    """A group of people. ``hidden``: nothing of it is shown; ``too_few``: because it is small, else to protect another.

    ``mean`` and ``share`` are over all ratings. ``dimensions`` (in the order they are asked) and CSI are shown
    together or not at all, or else one would give away the other.
    """

    key: str
    n: int
    hidden: bool
    too_few: bool
    csi: Score
    mean: Score
    share: Score
    dimensions: tuple[tuple[str, Score], ...]


def group_results(
    *,
    items: tuple[Item, ...],
    groups: Mapping[str, Tallies],
    weights: Weights,
    populations: Mapping[str, int] | None = None,
) -> tuple[GroupResult, ...]:
    """Give the result of each group, in the order given; small groups are hidden so that no other figure tells them.

    ``populations``: how many could have answered in each group, where that is known.
    """
    hidden = small_groups(items=items, groups=groups)
    parts = {one.dimension: ratings(items, one.items) for one in dimension_scores(items=items, tallies={})}
    apart = set(hidden)
    for asked in parts.values():
        apart |= hidden_groups(sizes={key: sample_of(items=asked, tallies=own).size for key, own in groups.items()})
    found = []
    for key, own in groups.items():
        population = (populations or {}).get(key, 0)
        scored = sample_of(items=ratings(items), tallies={} if key in hidden else own, population=population)
        whole: Tallies = {} if key in apart else own
        by_part = {name: sample_of(items=asked, tallies=whole, population=population) for name, asked in parts.items()}
        result = GroupResult(
            key=key,
            n=forms_in(own),
            hidden=key in hidden,
            too_few=forms_in(own) < GROUP_LEAST,
            csi=csi_score(items, whole, weights),
            mean=mean_score(scored),
            share=share_score(scored),
            dimensions=tuple((name, mean_score(sample)) for name, sample in by_part.items()),
        )
        found.append(result)
    return tuple(found)
