"""Weighted figures of a round (按户数加权): beside the raw ones where buildings answered unevenly, never instead."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from core.surveys.figures import Tallies, forms_in, ratings, sample_of, together
from core.surveys.privacy import hidden_groups
from core.surveys.questionnaires import Item, Weights
from core.surveys.scores import csi, dimension_scores
from core.surveys.tallies import tally_of
from core.surveys.weighting import Stratum, coverage_is_uneven, weighted_mean, weighted_share

UNKNOWN: str = ""
"""In place of a building code: forms whose building nobody knows."""

_SMALL = "*"


@dataclass(frozen=True, slots=True)
class Weighting:
    """CSI in percent, mean 1 to 5 and share of 4–5, 0 to 1, every building counting by its households.

    ``missing``: buildings with households and no form; ``unplaced``: forms whose building is unknown, left out.
    """

    csi: Fraction | None
    mean: Fraction | None
    share: Fraction | None
    missing: tuple[str, ...]
    unplaced: int


def small_groups(*, items: tuple[Item, ...], groups: Mapping[str, Tallies]) -> frozenset[str]:
    """Name the groups not to be shown: by their forms, and by how many people answered the rating answered most."""
    asked = ratings(items)
    people = {key: sample_of(items=asked, tallies=own).size for key, own in groups.items()}
    return hidden_groups(sizes={key: forms_in(own) for key, own in groups.items()}) | hidden_groups(sizes=people)


def weighting_of(
    *,
    items: tuple[Item, ...],
    by_building: Mapping[str, Tallies],
    households: Mapping[str, int],
    weights: Weights,
) -> Weighting | None:
    """Weigh the answers by the households of their building where the buildings answered unevenly, else ``None``.

    ``households`` names all buildings. Buildings too small to be shown are taken together as one: from a raw and a
    weighted figure the results of two could be worked out.
    """
    forms = [
        Stratum(code, many, tally_of(((1, forms_in(by_building.get(code, {}))),))) for code, many in households.items()
    ]
    if not coverage_is_uneven(forms):
        return None
    placed = _placed(small_groups(items=items, groups=by_building), by_building, households)
    means = {
        one.dimension: weighted_mean(_strata(ratings(items, one.items), placed)).value
        for one in dimension_scores(items=items, tallies={})
    }
    pooled = _strata(ratings(items), placed)
    return Weighting(
        csi=csi(means=means, weights=weights),
        mean=weighted_mean(pooled).value,
        share=weighted_share(pooled).value,
        missing=tuple(one.key for one in forms if one.population and not one.tally.n),
        unplaced=forms_in(by_building.get(UNKNOWN, {})),
    )


def _placed(
    small: frozenset[str], by_building: Mapping[str, Tallies], households: Mapping[str, int]
) -> dict[str, tuple[int, Tallies]]:
    """Households and tallies of the strata: each building that may be shown, and the small ones together."""
    placed = {code: (households.get(code, 0), own) for code, own in by_building.items() if code not in small}
    if small:
        pooled = together(by_building[code] for code in small)
        placed[_SMALL] = (sum(households.get(code, 0) for code in small), pooled)
    return placed


def _strata(items: tuple[Item, ...], placed: Mapping[str, tuple[int, Tallies]]) -> tuple[Stratum, ...]:
    return tuple(Stratum(key, many, sample_of(items=items, tallies=own).tally) for key, (many, own) in placed.items())
