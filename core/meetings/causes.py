"""The failure analysis sheet: causes weighed against effects, and which few matter most (domain §8.5)."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import accumulate
from typing import Final

from core.kernel.errors import Problem
from core.kernel.lines import clean_line
from core.kernel.money import percent

MOST_MARK: Final = 9
MOST_IMPORTANCE: Final = 10
MOST_EFFECTS: Final = 10
MOST_CAUSES: Final = 30
LONGEST_EFFECT: Final = 100
LONGEST_CAUSE: Final = 200
VITAL_PERCENT: Final = 80


@dataclass(frozen=True, slots=True)
class EffectColumn:
    """An effect and its importance from 1 to 10."""

    text: str
    importance: int


@dataclass(frozen=True, slots=True)
class CauseRow:
    """A cause, and for each effect in order how strongly it leads to it: 1 weak … 9 strong, 0 not at all."""

    text: str
    marks: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class RankedCause:
    """A cause with its total Σ mark × importance. Equal totals share a rank, and the next rank is left out.

    ``share`` and ``cumulative`` are percent of all totals, one decimal half up, worked out from the exact totals;
    ``None`` when every total is 0. ``is_vital``: one of the few at the top that together make up 80 %.
    """

    text: str
    total: int
    rank: int
    share: Decimal | None
    cumulative: Decimal | None
    is_vital: bool


@dataclass(frozen=True, slots=True)
class CauseRanking:
    """The causes, strongest first; or the problems of the sheet and no causes."""

    causes: tuple[RankedCause, ...]
    problems: tuple[Problem, ...] = ()


def tidied_sheet(
    *, effects: tuple[EffectColumn, ...], causes: tuple[CauseRow, ...]
) -> tuple[tuple[EffectColumn, ...], tuple[CauseRow, ...]]:
    """Give the sheet with tidied texts, as it is kept."""
    return (
        tuple(replace(effect, text=clean_line(effect.text)) for effect in effects),
        tuple(replace(cause, text=clean_line(cause.text)) for cause in causes),
    )


def sheet_problems(*, effects: tuple[EffectColumn, ...], causes: tuple[CauseRow, ...]) -> tuple[Problem, ...]:
    """List everything wrong with the sheet; ``place`` counts effects or causes from 1.

    Codes: ``measures.sheet.effects`` and ``measures.sheet.causes`` (how many: ``most``), ``measures.sheet.effect_text``
    and ``measures.sheet.cause_text`` (``place``, ``longest``), ``measures.sheet.importance`` (``place``, ``most``),
    ``measures.sheet.marks`` (``place``, ``needed``, ``found``), ``measures.sheet.mark`` (``place``, ``effect``,
    ``most``).
    """
    return (*_effect_problems(effects), *_cause_problems(causes, len(effects)))


def _effect_problems(effects: tuple[EffectColumn, ...]) -> Iterator[Problem]:
    if not 1 <= len(effects) <= MOST_EFFECTS:
        yield Problem("measures.sheet.effects", {"most": MOST_EFFECTS})
    for place, effect in enumerate(effects, start=1):
        if not 0 < len(clean_line(effect.text)) <= LONGEST_EFFECT:
            yield Problem("measures.sheet.effect_text", {"place": place, "longest": LONGEST_EFFECT})
        if not 1 <= effect.importance <= MOST_IMPORTANCE:
            yield Problem("measures.sheet.importance", {"place": place, "most": MOST_IMPORTANCE})


def _cause_problems(causes: tuple[CauseRow, ...], needed: int) -> Iterator[Problem]:
    if not 1 <= len(causes) <= MOST_CAUSES:
        yield Problem("measures.sheet.causes", {"most": MOST_CAUSES})
    for place, cause in enumerate(causes, start=1):
        if not 0 < len(clean_line(cause.text)) <= LONGEST_CAUSE:
            yield Problem("measures.sheet.cause_text", {"place": place, "longest": LONGEST_CAUSE})
        if len(cause.marks) != needed:
            yield Problem("measures.sheet.marks", {"place": place, "needed": needed, "found": len(cause.marks)})
        for effect, mark in enumerate(cause.marks, start=1):
            if not 0 <= mark <= MOST_MARK:
                yield Problem("measures.sheet.mark", {"place": place, "effect": effect, "most": MOST_MARK})


def ranked_causes(*, effects: tuple[EffectColumn, ...], causes: tuple[CauseRow, ...]) -> CauseRanking:
    """Rank the causes by total; equal ones stay in the order of the sheet. A sheet with problems ranks nothing."""
    problems = sheet_problems(effects=effects, causes=causes)
    if problems:
        return CauseRanking((), problems)
    totals = [(clean_line(cause.text), _total(effects, cause)) for cause in causes]
    totals.sort(key=lambda pair: -pair[1])
    sums = tuple(accumulate(total for _, total in totals))
    only = [total for _, total in totals]
    return CauseRanking(
        tuple(
            RankedCause(
                text,
                total,
                rank=only.index(total) + 1,
                share=percent(total, sums[-1]),
                cumulative=percent(reached, sums[-1]),
                is_vital=(reached - total) * 100 < VITAL_PERCENT * sums[-1],
            )
            for (text, total), reached in zip(totals, sums, strict=True)
        )
    )


def _total(effects: tuple[EffectColumn, ...], cause: CauseRow) -> int:
    return sum(effect.importance * mark for effect, mark in zip(effects, cause.marks, strict=True))
