"""Advice (改进建议): what the figures of a round call for, by fixed rules (R-153; R-142, R-143, R-145, R-151, R-154).

A rule looks at figures and at nothing else, and its sentence names them, so that whoever reads it can check it. Trust
comes first (can the sample carry a judgement at all), then the results, then what was done about them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Final

from core.kernel.errors import Problem
from core.surveys.follow_ups import Recovery
from core.surveys.precision import enough
from core.surveys.privacy import GROUP_LEAST, is_hidden
from core.surveys.scores import SATISFIED_FROM, reaches_line, rounded

APART_FROM: Final = 10
"""Percentage points between others' result and ours from which on the two are said to contradict each other."""

NO_COMPLAINT: Final = frozenset({"praise", "other"})
"""Tags that name nothing to look into."""

MOST_LOW_ITEMS: Final = 5
"""Low items named one by one, the lowest; of the rest the number is told."""


@dataclass(frozen=True, slots=True)
class LowItem:
    """An item below the set line: its code, its mean (1 to 5), and whether a measure is under way or done for it."""

    code: str
    mean: Fraction
    has_measure: bool


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """What another body measured, and our own figure for the same, both in percent."""

    body: str
    theirs: Fraction
    ours: Fraction


@dataclass(frozen=True, slots=True, kw_only=True)
class AdviceFacts:
    """What advice rests on. ``share`` (0 to 1) is ``None`` where it may not be shown, ``share_high`` the upper end of
    its 95 % interval. ``sent`` 0: nobody counted what was handed out.

    ``weakest``: the dimension with the lowest mean (1 to 5); nothing is said of it from 4 on. ``fell``: by how many
    percentage points the share fell since the round before, where that is certain (above 0). ``low_items``: the
    lowest first. ``tags``: in how many of the ``answers`` in words each stands, most first; ``untagged`` have none.
    """

    n: int
    least_sample: int
    sent: int
    uneven: bool
    share: Fraction | None
    share_high: float | None
    target: Decimal
    weakest: tuple[str, Fraction] | None
    fell: Fraction | None
    low_items: tuple[LowItem, ...]
    low_line: Decimal
    measures_overdue: int
    recovery: Recovery
    answers: int
    untagged: int
    tags: tuple[tuple[str, int], ...]
    elsewhere: tuple[Elsewhere, ...] = ()


def advice(facts: AdviceFacts) -> tuple[Problem, ...]:
    """Give what should be done, the most fundamental first; each is the code of a sentence with its figures.

    ``item``, ``dimension`` and ``tag`` among the fields are codes to be put into words. Percents and means are rounded
    half up to one and two decimals. There is always something: where no rule applies, to keep on and ask again.
    """
    found = (*_on_trust(facts), *_on_results(facts), *_on_consequences(facts), *_on_words(facts))
    return found or (Problem("surveys.advice.keep_on"),)


def _on_trust(facts: AdviceFacts) -> Iterator[Problem]:
    """Whether the sample can carry a judgement."""
    if is_hidden(n=facts.n):
        yield Problem("surveys.advice.hidden", {"n": facts.n, "least": GROUP_LEAST})
    elif not enough(n=facts.n, minimum=facts.least_sample):
        yield Problem("surveys.advice.too_few", {"n": facts.n, "least": facts.least_sample})
    if facts.uneven:
        yield Problem("surveys.advice.uneven")
    if not facts.sent:
        yield Problem("surveys.advice.sent_unknown")


def _on_results(facts: AdviceFacts) -> Iterator[Problem]:
    """Below the line, falling, weakest, low: what to work on."""
    if facts.share is not None and not reaches_line(share=facts.share, line=facts.target):
        told: dict[str, str | int] = {"share": _percent(facts.share), "target": str(facts.target)}
        high = facts.share_high
        is_certain = high is not None and high * 100 < facts.target
        yield Problem("surveys.advice.below_line" if is_certain else "surveys.advice.below_line_unsure", told)
    if facts.fell is not None:
        yield Problem("surveys.advice.fell", {"points": str(rounded(facts.fell, 1))})
    if facts.weakest is not None and facts.weakest[1] < SATISFIED_FROM:
        dimension, mean = facts.weakest
        yield Problem("surveys.advice.weakest", {"dimension": dimension, "mean": str(rounded(mean))})
    open_items = [one for one in facts.low_items if not one.has_measure]
    for one in open_items[:MOST_LOW_ITEMS]:
        low: dict[str, str | int] = {"item": one.code, "mean": str(rounded(one.mean)), "line": str(facts.low_line)}
        yield Problem("surveys.advice.low_item", low)
    if len(open_items) > MOST_LOW_ITEMS:
        yield Problem("surveys.advice.more_low_items", {"count": len(open_items) - MOST_LOW_ITEMS})
    for each in facts.elsewhere:
        if abs(each.theirs - each.ours) >= APART_FROM:
            apart = {"theirs": str(rounded(each.theirs, 1)), "ours": str(rounded(each.ours, 1))}
            yield Problem("surveys.advice.apart", {"body": each.body, **apart})


def _on_consequences(facts: AdviceFacts) -> Iterator[Problem]:
    """What was promised and is not done yet, or did not help."""
    made = facts.recovery
    if made.late:
        yield Problem("surveys.advice.calls_late", {"late": made.late, "opened": made.opened})
    if made.reached >= GROUP_LEAST and 2 * made.recovered < made.reached:
        told: dict[str, str | int] = {"recovered": made.recovered, "reached": made.reached}
        yield Problem("surveys.advice.not_recovered", told)
    if facts.measures_overdue:
        yield Problem("surveys.advice.measures_overdue", {"count": facts.measures_overdue})


def _on_words(facts: AdviceFacts) -> Iterator[Problem]:
    """What people wrote, and whether anybody read it."""
    most = next(((tag, count) for tag, count in facts.tags if tag not in NO_COMPLAINT), None)
    if most is not None:
        yield Problem("surveys.advice.most_said", {"tag": most[0], "count": most[1], "answers": facts.answers})
    if facts.untagged:
        yield Problem("surveys.advice.untagged", {"count": facts.untagged, "answers": facts.answers})


def _percent(share: Fraction) -> str:
    return str(rounded(share * 100, 1))
