"""What a measure shall reach, and whether it helped: the value before beside the value after (R-156, R-161)."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import ClassVar, Final

from core.kernel.errors import BusinessError
from core.kernel.lines import check_line
from core.kernel.money import round_half_up

LONGEST_REFERENCE: Final = 64
LONGEST_UNIT: Final = 16
LONGEST_FIGURE_NOTE: Final = 200
LARGEST_FIGURE: Final = 10**11
MOST_DECIMALS: Final = 6


class Metric(StrEnum):
    """What the goal is measured by; all but the own figure the portal can work out itself."""

    SURVEY_ITEM = "survey_item"
    SURVEY_DIMENSION = "survey_dimension"
    SURVEY_CSI = "survey_csi"
    SURVEY_TOP_SHARE = "survey_top_share"
    SURVEY_NPS = "survey_nps"
    COLLECTION_RATE = "collection_rate"
    OVERDUE_AMOUNT = "overdue_amount"
    """In yuan."""
    OWN_FIGURE = "own_figure"
    """Typed by hand, with its source in the note."""


class Direction(StrEnum):
    """Which way is better."""

    UP = "up"
    DOWN = "down"


class Effect(StrEnum):
    """What became of the figure, seen from its goal."""

    REACHED = "reached"
    IMPROVED = "improved"
    UNCHANGED = "unchanged"
    WORSE = "worse"


BOUNDS: Final[Mapping[Metric, tuple[int, int]]] = {
    Metric.SURVEY_ITEM: (1, 5),
    Metric.SURVEY_DIMENSION: (1, 5),
    Metric.SURVEY_CSI: (0, 100),
    Metric.SURVEY_TOP_SHARE: (0, 100),
    Metric.SURVEY_NPS: (-100, 100),
    Metric.COLLECTION_RATE: (0, 100),
    Metric.OVERDUE_AMOUNT: (0, LARGEST_FIGURE),
    Metric.OWN_FIGURE: (-LARGEST_FIGURE, LARGEST_FIGURE),
}
"""Least and most value of each metric, both allowed: marks, percent, points or yuan."""

_NAMED: Final = frozenset({Metric.SURVEY_ITEM, Metric.SURVEY_DIMENSION, Metric.OWN_FIGURE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """What shall be reached. ``reference``: the code of the item or dimension, or the name of the own figure.

    ``unit`` is free text for an own figure and may be empty.
    """

    metric: Metric
    target: Decimal
    better: Direction = Direction.UP
    reference: str = ""
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Figure:
    """A value of the metric: how many answers it rests on (``None``: does not apply), of which day, from where."""

    value: Decimal
    n: int | None
    on: date
    note: str = ""


class GoalReferenceMissing(BusinessError):
    """A goal about an item, a dimension or an own figure says which. Field: ``metric``."""

    code: ClassVar[str] = "measures.goal.reference"


class GoalDirectionRefused(BusinessError):
    """Overdue amounts shall fall, every other known metric shall rise. Fields: ``metric``, ``better``."""

    code: ClassVar[str] = "measures.goal.direction"


class ValueOutOfRange(BusinessError):
    """A value is one the metric can have, with at most six decimals. Fields: ``metric``, ``least``, ``most``."""

    code: ClassVar[str] = "measures.value"


class FigureInFuture(BusinessError):
    """A figure is of today or earlier. Fields: ``on``, ``today``."""

    code: ClassVar[str] = "measures.figure.in_future"


class FigureSourceMissing(BusinessError):
    """A figure typed by hand says where it comes from."""

    code: ClassVar[str] = "measures.figure.source"


class FigureCountRefused(BusinessError):
    """The number of answers behind a figure is not below zero."""

    code: ClassVar[str] = "measures.figure.count"


def check_goal(goal: Goal) -> Goal:
    """Give the goal with tidied lines, or raise the refusal: which thing, which way, and a value it can have."""
    reference = check_line(goal.reference, field="metric_reference", longest=LONGEST_REFERENCE, needed=False)
    unit = check_line(goal.unit, field="metric_unit", longest=LONGEST_UNIT, needed=False)
    if goal.metric in _NAMED and not reference:
        raise GoalReferenceMissing(metric=goal.metric)
    usual = Direction.DOWN if goal.metric is Metric.OVERDUE_AMOUNT else Direction.UP
    if goal.metric is not Metric.OWN_FIGURE and goal.better is not usual:
        raise GoalDirectionRefused(metric=goal.metric, better=goal.better)
    _check_value(goal.metric, goal.target)
    return replace(goal, reference=reference, unit=unit)


def check_figure(*, figure: Figure, metric: Metric, today: date) -> Figure:
    """Give the figure with a tidied note, or raise the refusal; an own figure needs its source in the note."""
    _check_value(metric, figure.value)
    if figure.n is not None and figure.n < 0:
        raise FigureCountRefused
    if figure.on > today:
        raise FigureInFuture(on=figure.on, today=today)
    note = check_line(figure.note, field="note", longest=LONGEST_FIGURE_NOTE, needed=False)
    if metric is Metric.OWN_FIGURE and not note:
        raise FigureSourceMissing
    return replace(figure, note=note)


def _check_value(metric: Metric, value: Decimal) -> None:
    least, most = BOUNDS[metric]
    if not (value.is_finite() and least <= value <= most and value == round(value, MOST_DECIMALS)):
        raise ValueOutOfRange(metric=metric, least=least, most=most)


def degree_of_impact(*, before: Decimal, after: Decimal) -> Decimal | None:
    """Give (after − before) ÷ before × 100, one decimal half up; ``None`` ("n/a") if before is 0 (R-161).

    The formula is a reconstruction and shown as one. It is n/a below 0 too (a recommendation score or an own figure
    may be): the quotient would call a rise a fall. Whether a rise is good is for the goal to say.
    """
    if before <= 0:
        return None
    share = (Fraction(after) - Fraction(before)) / Fraction(before)
    return Decimal(round_half_up(share * 1000)).scaleb(-1)


def gain(*, goal: Goal, before: Figure, after: Figure) -> Decimal:
    """Give how far the figure moved the way the goal wants, in the goal's unit; below 0 it went the other way."""
    change = after.value - before.value
    return change if goal.better is Direction.UP else -change


def meets(*, goal: Goal, value: Decimal) -> bool:
    """Say whether a value is as good as the target; the target itself counts."""
    return value >= goal.target if goal.better is Direction.UP else value <= goal.target


def effect_of(*, goal: Goal, before: Figure, after: Figure) -> Effect:
    """Judge the effect. Worse than before is worse, even where the target is still met: the measure did not do that."""
    moved = gain(goal=goal, before=before, after=after)
    if moved < 0:
        return Effect.WORSE
    if meets(goal=goal, value=after.value):
        return Effect.REACHED
    return Effect.IMPROVED if moved > 0 else Effect.UNCHANGED
