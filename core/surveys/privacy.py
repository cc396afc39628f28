"""Privacy (隐私保护): small groups are not shown, nor can they be found by subtracting the others (product §2)."""

from collections.abc import Mapping
from typing import Final, TypeVar

GROUP_LEAST: Final = 5
"""The smallest number of people whose result may be shown."""

K = TypeVar("K")


def is_hidden(*, n: int, least: int = GROUP_LEAST) -> bool:
    """Say whether a whole result is hidden, standing on fewer than ``least`` people."""
    return n < least


def hidden_groups(*, sizes: Mapping[K, int], least: int = GROUP_LEAST) -> frozenset[K]:
    """Name the groups that may not be shown beside a shown total.

    A group of 1 to ``least`` − 1 people is hidden. If anything is hidden, then at least two groups and at least
    ``least`` people together are: the next smallest shown groups are hidden too, or else the total less the shown
    ones would tell. Equal sizes are taken in the order of their keys' text, so that every view hides the same. An
    empty group tells nothing and is never hidden. If there are not enough groups, all are hidden.
    """
    rising = sorted((key for key, size in sizes.items() if size > 0), key=lambda key: (sizes[key], str(key)))
    hidden = [key for key in rising if sizes[key] < least]
    if not hidden:
        return frozenset()
    for key in rising[len(hidden) :]:
        if len(hidden) >= 2 and sum(sizes[one] for one in hidden) >= least:
            break
        hidden.append(key)
    return frozenset(hidden)
