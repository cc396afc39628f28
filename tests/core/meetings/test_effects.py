from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from core.kernel.errors import BusinessError
from core.kernel.lines import LineTooLong
from core.meetings.effects import (
    BOUNDS,
    Direction,
    Effect,
    Figure,
    FigureCountRefused,
    FigureInFuture,
    FigureSourceMissing,
    Goal,
    GoalDirectionRefused,
    GoalReferenceMissing,
    Metric,
    ValueOutOfRange,
    check_figure,
    check_goal,
    degree_of_impact,
    effect_of,
    gain,
    meets,
)

TODAY = date(2028, 2, 29)
CSI = Goal(metric=Metric.SURVEY_CSI, target=Decimal(80))
OVERDUE = Goal(metric=Metric.OVERDUE_AMOUNT, target=Decimal(50_000), better=Direction.DOWN)
OWN = Goal(metric=Metric.OWN_FIGURE, target=Decimal(-3), reference="电梯困人次数", unit="次", better=Direction.DOWN)
ITEM = Goal(metric=Metric.SURVEY_ITEM, target=Decimal("4.2"), reference="lift")


@pytest.mark.parametrize(
    "goal",
    [
        CSI,
        OVERDUE,
        OWN,
        replace(OWN, better=Direction.UP, unit=""),
        ITEM,
        replace(ITEM, metric=Metric.SURVEY_DIMENSION, target=Decimal(5)),
        replace(CSI, metric=Metric.SURVEY_TOP_SHARE, target=Decimal(100)),
        replace(CSI, metric=Metric.SURVEY_NPS, target=Decimal(-100)),
        replace(CSI, metric=Metric.COLLECTION_RATE, target=Decimal("78.3")),
        replace(CSI, target=Decimal("80.123456"), reference="x" * 64, unit="u" * 16),
    ],
)
def test_a_measurable_goal_is_taken(goal: Goal) -> None:
    assert check_goal(goal) == goal


def test_the_lines_of_a_goal_are_tidied() -> None:
    assert check_goal(replace(OWN, reference=" 电梯\u200b困人次数 ", unit=" 次 ")) == OWN


@pytest.mark.parametrize(
    ("goal", "refusal", "fields"),
    [
        (replace(ITEM, reference=" "), GoalReferenceMissing, {"metric": Metric.SURVEY_ITEM}),
        (
            replace(ITEM, metric=Metric.SURVEY_DIMENSION, reference=""),
            GoalReferenceMissing,
            {"metric": Metric.SURVEY_DIMENSION},
        ),
        (replace(OWN, reference=""), GoalReferenceMissing, {"metric": Metric.OWN_FIGURE}),
        (
            replace(CSI, better=Direction.DOWN),
            GoalDirectionRefused,
            {"metric": Metric.SURVEY_CSI, "better": Direction.DOWN},
        ),
        (
            replace(OVERDUE, better=Direction.UP),
            GoalDirectionRefused,
            {"metric": Metric.OVERDUE_AMOUNT, "better": Direction.UP},
        ),
        (
            replace(CSI, target=Decimal("100.1")),
            ValueOutOfRange,
            {"metric": Metric.SURVEY_CSI, "least": 0, "most": 100},
        ),
        (
            replace(ITEM, target=Decimal("0.9")),
            ValueOutOfRange,
            {"metric": Metric.SURVEY_ITEM, "least": 1, "most": 5},
        ),
        (
            replace(CSI, target=Decimal("80.1234567")),
            ValueOutOfRange,
            {"metric": Metric.SURVEY_CSI, "least": 0, "most": 100},
        ),
        (
            replace(CSI, target=Decimal("NaN")),
            ValueOutOfRange,
            {"metric": Metric.SURVEY_CSI, "least": 0, "most": 100},
        ),
        (
            replace(OVERDUE, target=Decimal("Infinity")),
            ValueOutOfRange,
            {"metric": Metric.OVERDUE_AMOUNT, "least": 0, "most": 10**11},
        ),
        (replace(OWN, reference="x" * 65), LineTooLong, {"field": "metric_reference", "longest": 64}),
        (replace(OWN, unit="u" * 17), LineTooLong, {"field": "metric_unit", "longest": 16}),
    ],
)
def test_a_goal_that_cannot_be_measured_is_refused(
    goal: Goal, refusal: type[BusinessError], fields: dict[str, object]
) -> None:
    with pytest.raises(refusal) as refused:
        check_goal(goal)
    assert refused.value.fields == fields


def test_every_metric_has_bounds() -> None:
    assert BOUNDS.keys() == set(Metric)


@pytest.mark.parametrize(
    ("figure", "metric"),
    [
        (Figure(Decimal(3), 0, TODAY), Metric.SURVEY_ITEM),
        (Figure(Decimal("78.3"), None, date(2028, 2, 28)), Metric.COLLECTION_RATE),
        (Figure(Decimal(-7), None, TODAY, "电梯维保记录"), Metric.OWN_FIGURE),
        (Figure(Decimal(10**11), None, TODAY, "n" * 200), Metric.OVERDUE_AMOUNT),
    ],
)
def test_a_sound_figure_is_taken(figure: Figure, metric: Metric) -> None:
    assert check_figure(figure=figure, metric=metric, today=TODAY) == figure


def test_the_note_of_a_figure_is_tidied() -> None:
    figure = Figure(Decimal(1), None, TODAY, " 维保\n记录 ")
    assert check_figure(figure=figure, metric=Metric.OWN_FIGURE, today=TODAY) == replace(figure, note="维保 记录")


@pytest.mark.parametrize(
    ("figure", "metric", "refusal", "fields"),
    [
        (
            Figure(Decimal("5.1"), 3, TODAY),
            Metric.SURVEY_ITEM,
            ValueOutOfRange,
            {"metric": Metric.SURVEY_ITEM, "least": 1, "most": 5},
        ),
        (Figure(Decimal(3), -1, TODAY), Metric.SURVEY_ITEM, FigureCountRefused, {}),
        (
            Figure(Decimal(3), 3, date(2028, 3, 1)),
            Metric.SURVEY_ITEM,
            FigureInFuture,
            {"on": date(2028, 3, 1), "today": TODAY},
        ),
        (Figure(Decimal(3), None, TODAY, " "), Metric.OWN_FIGURE, FigureSourceMissing, {}),
        (
            Figure(Decimal(3), 3, TODAY, "n" * 201),
            Metric.SURVEY_ITEM,
            LineTooLong,
            {"field": "note", "longest": 200},
        ),
    ],
)
def test_a_figure_that_cannot_be_is_refused(
    figure: Figure, metric: Metric, refusal: type[BusinessError], fields: dict[str, object]
) -> None:
    with pytest.raises(refusal) as refused:
        check_figure(figure=figure, metric=metric, today=TODAY)
    assert refused.value.fields == fields


@pytest.mark.parametrize(
    ("before", "after", "degree"),
    [
        ("70", "85", "21.4"),  # the mall of the example: 21.428…
        ("85", "70", "-17.6"),
        ("80", "80", "0.0"),
        ("50", "0", "-100.0"),
        ("2000", "2001", "0.1"),  # 0.05 rounds up
        ("2000", "1999", "-0.1"),  # and away from zero
        ("0", "85", None),
        ("0.0", "0", None),
        ("-20", "10", None),
    ],
)
def test_the_degree_of_impact_is_the_change_in_percent_of_what_was(before: str, after: str, degree: str | None) -> None:
    assert degree_of_impact(before=Decimal(before), after=Decimal(after)) == (degree and Decimal(degree))


@pytest.mark.parametrize(
    ("goal", "before", "after", "effect", "gained"),
    [
        (CSI, "70", "80", Effect.REACHED, "10"),
        (CSI, "70", "79.9", Effect.IMPROVED, "9.9"),
        (CSI, "70", "70.0", Effect.UNCHANGED, "0"),
        (CSI, "70", "69.9", Effect.WORSE, "-0.1"),
        (CSI, "80", "80", Effect.REACHED, "0"),
        (CSI, "90", "85", Effect.WORSE, "-5"),  # still above the target
        (OVERDUE, "90000", "50000", Effect.REACHED, "40000"),
        (OVERDUE, "90000", "50000.01", Effect.IMPROVED, "39999.99"),
        (OVERDUE, "90000", "90000", Effect.UNCHANGED, "0"),
        (OVERDUE, "90000", "90001", Effect.WORSE, "-1"),
        (OWN, "-2", "-3", Effect.REACHED, "1"),
    ],
)
def test_the_effect_is_judged_by_the_goal(goal: Goal, before: str, after: str, effect: Effect, gained: str) -> None:
    was, became = Figure(Decimal(before), None, TODAY), Figure(Decimal(after), None, TODAY)
    assert effect_of(goal=goal, before=was, after=became) is effect
    assert gain(goal=goal, before=was, after=became) == Decimal(gained)


def test_the_target_itself_meets_the_goal() -> None:
    assert [meets(goal=CSI, value=Decimal(value)) for value in ("79.99", "80", "81")] == [False, True, True]
    assert [meets(goal=OVERDUE, value=Decimal(value)) for value in ("50000.01", "50000", "0")] == [False, True, True]
