from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from core.kernel.errors import BusinessError
from core.kernel.identity import StaffId
from core.kernel.lifecycle import ForbiddenMove
from core.kernel.lines import LineTooLong
from core.kernel.money import ZERO, Money
from core.kernel.workdays import PUBLISHED_YEARS, WorkCalendar, WorkdayAnswer
from core.meetings.effects import Direction, Figure, Goal, GoalDirectionRefused, Metric
from core.meetings.measures import (
    STAGES,
    BudgetRefused,
    DeadlinePast,
    FiguresMissing,
    FiguresReversed,
    MeasureIncomplete,
    MeasureRecord,
    MeasureSource,
    Stage,
    Step,
    StepNoteMissing,
    Urgency,
    amber_until,
    check_new_deadline,
    check_record,
    is_overdue,
    move,
    red_amber,
)

GOAL = Goal(metric=Metric.SURVEY_ITEM, target=Decimal(4), reference="lift")
PLANNED = MeasureRecord(
    source=MeasureSource.SURVEY,
    source_reference="LH-28Q1-01",
    problem="电梯故障多",
    responsible=StaffId(7),
    deadline=date(2028, 2, 29),
    goal=GOAL,
)
WORKED = replace(PLANNED, cause="维保不到位", action="更换维保单位\n每周检查", budget=Money(5_000_00))
BEFORE, AFTER = Figure(Decimal(3), 40, date(2028, 1, 31)), Figure(Decimal("4.1"), 38, date(2028, 2, 29))
NOTE = "目标达成"


@pytest.mark.parametrize("stage", Stage)
def test_a_full_record_fits_every_stage(stage: Stage) -> None:
    assert check_record(record=WORKED, stage=stage) == WORKED


@pytest.mark.parametrize("stage", [Stage.PLAN, Stage.CANCELLED])
def test_a_plan_needs_no_cause_and_no_action_yet(stage: Stage) -> None:
    assert check_record(record=PLANNED, stage=stage) == PLANNED


def test_texts_are_tidied_and_line_breaks_of_an_action_kept() -> None:
    untidy = replace(
        WORKED,
        problem=" 电梯\n故障多 ".replace("\n", ""),
        source_reference=" LH-28Q1-01 ",
        cause="\u200b 维保不到位 ",
        action="  更换维保单位 \r\n\n 每周检查\n",
        goal=replace(GOAL, reference=" lift "),
    )
    assert check_record(record=untidy) == WORKED


@pytest.mark.parametrize(
    ("record", "stage", "field"),
    [
        (replace(PLANNED, problem=" "), Stage.PLAN, "problem"),
        (replace(PLANNED, responsible=None), Stage.PLAN, "responsible"),
        (replace(PLANNED, deadline=None), Stage.PLAN, "deadline"),
        (replace(PLANNED, goal=None), Stage.PLAN, "goal"),
        *((replace(WORKED, cause="\n"), stage, "cause") for stage in (Stage.DO, Stage.CHECK, Stage.ACT, Stage.CLOSED)),
        *((replace(WORKED, action=""), stage, "action") for stage in (Stage.DO, Stage.CHECK, Stage.ACT, Stage.CLOSED)),
    ],
)
def test_what_a_stage_asks_for_cannot_be_left_out(record: MeasureRecord, stage: Stage, field: str) -> None:
    with pytest.raises(MeasureIncomplete) as refused:
        check_record(record=record, stage=stage)
    assert refused.value.fields == {"field": field, "stage": stage}


@pytest.mark.parametrize(
    ("record", "refusal", "fields"),
    [
        (replace(PLANNED, problem="题" * 301), LineTooLong, {"field": "problem", "longest": 300}),
        (replace(PLANNED, source_reference="r" * 101), LineTooLong, {"field": "source_reference", "longest": 100}),
        (replace(PLANNED, cause="因" * 1001), LineTooLong, {"field": "cause", "longest": 1000}),
        (replace(PLANNED, action="法" * 1001), LineTooLong, {"field": "action", "longest": 1000}),
        (replace(PLANNED, budget=Money(-1)), BudgetRefused, {}),
        (
            replace(PLANNED, goal=replace(GOAL, better=Direction.DOWN)),
            GoalDirectionRefused,
            {"metric": Metric.SURVEY_ITEM, "better": Direction.DOWN},
        ),
    ],
)
def test_a_record_that_cannot_be_is_refused(
    record: MeasureRecord, refusal: type[BusinessError], fields: dict[str, object]
) -> None:
    with pytest.raises(refusal) as refused:
        check_record(record=record)
    assert refused.value.fields == fields


def test_the_longest_texts_and_no_money_at_all_are_allowed() -> None:
    full = replace(
        PLANNED, problem="题" * 300, source_reference="r" * 100, cause="因" * 1000, action="法" * 1000, budget=ZERO
    )
    assert check_record(record=full) == full


WAYS = {
    (Stage.PLAN, Stage.DO),
    (Stage.DO, Stage.CHECK),
    (Stage.CHECK, Stage.DO),
    (Stage.CHECK, Stage.ACT),
    (Stage.ACT, Stage.PLAN),
    (Stage.ACT, Stage.CLOSED),
    (Stage.PLAN, Stage.CANCELLED),
    (Stage.DO, Stage.CANCELLED),
    (Stage.CHECK, Stage.CANCELLED),
    (Stage.ACT, Stage.CANCELLED),
}


@pytest.mark.parametrize("source", Stage)
@pytest.mark.parametrize("target", Stage)
def test_a_measure_goes_round_the_cycle_and_closes_only_from_act(source: Stage, target: Stage) -> None:
    assert STAGES.allows(source=source, target=target) is ((source, target) in WAYS)
    if (source, target) in WAYS:
        step = move(record=WORKED, stage=source, target=target, before=BEFORE, after=AFTER, note=f" {NOTE} ")
        assert step == Step(target, NOTE)
    else:
        with pytest.raises(ForbiddenMove):
            move(record=WORKED, stage=source, target=target, before=BEFORE, after=AFTER, note=NOTE)


@pytest.mark.parametrize(("source", "target"), [(Stage.PLAN, Stage.DO), (Stage.DO, Stage.CHECK)])
def test_going_on_needs_neither_a_note_nor_figures(source: Stage, target: Stage) -> None:
    step = move(record=WORKED, stage=source, target=target, before=None, after=None, note="")
    assert step == Step(target, "")


def test_what_worked_becomes_the_rule_without_a_note_but_not_without_figures() -> None:
    assert move(record=WORKED, stage=Stage.CHECK, target=Stage.ACT, before=BEFORE, after=AFTER, note="") == Step(
        Stage.ACT, ""
    )


@pytest.mark.parametrize(("before", "after"), [(None, None), (BEFORE, None), (None, AFTER)])
@pytest.mark.parametrize(("source", "target"), [(Stage.CHECK, Stage.ACT), (Stage.ACT, Stage.CLOSED)])
def test_nothing_is_closed_without_the_figures_before_and_after(
    source: Stage, target: Stage, before: Figure | None, after: Figure | None
) -> None:
    with pytest.raises(FiguresMissing) as refused:
        move(record=WORKED, stage=source, target=target, before=before, after=after, note=NOTE)
    assert refused.value.fields == {"stage": target}


def test_the_figure_after_is_not_older_than_the_one_before() -> None:
    with pytest.raises(FiguresReversed) as refused:
        move(record=WORKED, stage=Stage.ACT, target=Stage.CLOSED, before=AFTER, after=BEFORE, note=NOTE)
    assert refused.value.fields == {"before_on": AFTER.on, "after_on": BEFORE.on}
    same_day = replace(AFTER, on=BEFORE.on)
    step = move(record=WORKED, stage=Stage.ACT, target=Stage.CLOSED, before=BEFORE, after=same_day, note=NOTE)
    assert step == Step(Stage.CLOSED, NOTE)


@pytest.mark.parametrize(
    ("source", "target"), sorted(WAYS - {(Stage.PLAN, Stage.DO), (Stage.DO, Stage.CHECK), (Stage.CHECK, Stage.ACT)})
)
def test_a_step_back_an_end_or_a_new_cycle_is_explained(source: Stage, target: Stage) -> None:
    with pytest.raises(StepNoteMissing) as refused:
        move(record=WORKED, stage=source, target=target, before=BEFORE, after=AFTER, note=" 无效。 ")
    assert refused.value.fields == {"stage": target, "shortest": 4}


def test_a_note_fits_its_place() -> None:
    long = "注" * 500
    assert move(record=WORKED, stage=Stage.PLAN, target=Stage.DO, before=None, after=None, note=long).note == long
    with pytest.raises(LineTooLong) as refused:
        move(record=WORKED, stage=Stage.PLAN, target=Stage.DO, before=None, after=None, note=long + "注")
    assert refused.value.fields == {"field": "note", "longest": 500}


def test_work_begins_with_a_cause_and_an_action() -> None:
    with pytest.raises(MeasureIncomplete) as refused:
        move(record=PLANNED, stage=Stage.PLAN, target=Stage.DO, before=None, after=None, note="")
    assert refused.value.fields == {"field": "cause", "stage": Stage.DO}


def test_a_measure_is_cancelled_as_it_stands() -> None:
    step = move(
        record=replace(PLANNED, problem=""),
        stage=Stage.PLAN,
        target=Stage.CANCELLED,
        before=None,
        after=None,
        note="重复录入",
    )
    assert step == Step(Stage.CANCELLED, "重复录入")


def test_a_new_deadline_lies_today_or_later() -> None:
    today = date(2028, 2, 29)
    check_new_deadline(deadline=today, today=today)
    with pytest.raises(DeadlinePast) as refused:
        check_new_deadline(deadline=date(2028, 2, 28), today=today)
    assert refused.value.fields == {"deadline": date(2028, 2, 28), "today": today}


DEADLINE = date(2028, 2, 29)
LIVE = (Stage.PLAN, Stage.DO, Stage.CHECK, Stage.ACT)


@pytest.mark.parametrize("stage", Stage)
@pytest.mark.parametrize(("today", "late"), [(date(2028, 2, 28), False), (DEADLINE, False), (date(2028, 3, 1), True)])
def test_a_measure_is_overdue_after_its_last_day_until_it_ends(stage: Stage, today: date, late: bool) -> None:
    assert is_overdue(deadline=DEADLINE, stage=stage, today=today) is (late and stage in LIVE)


@pytest.mark.parametrize(
    ("today", "until"),
    [
        (date(2026, 11, 21), date(2026, 11, 25)),  # from a Saturday
        (date(2026, 9, 30), date(2026, 10, 10)),  # the third is the Saturday made up
        (date(2024, 2, 28), date(2024, 3, 4)),  # over the leap day and a week-end
    ],
)
def test_amber_reaches_three_working_days_ahead(today: date, until: date) -> None:
    assert amber_until(today=today, calendar=WorkCalendar()) == WorkdayAnswer(until)


def test_amber_can_reach_otherwise_and_says_when_it_guesses() -> None:
    assert amber_until(today=date(2026, 11, 20), calendar=WorkCalendar(), days=1).value == date(2026, 11, 23)
    unknown = max(PUBLISHED_YEARS) + 1
    assert amber_until(today=date(unknown, 5, 5), calendar=WorkCalendar()).unknown_years == (unknown,)


@pytest.mark.parametrize(
    ("deadline", "stage", "urgency"),
    [
        (date(2026, 11, 20), Stage.DO, Urgency.OVERDUE),
        (date(2026, 11, 21), Stage.DO, Urgency.DUE_SOON),
        (date(2026, 11, 25), Stage.PLAN, Urgency.DUE_SOON),
        (date(2026, 11, 26), Stage.ACT, Urgency.ON_TRACK),
        (date(2026, 11, 20), Stage.CLOSED, Urgency.DONE),
        (date(2026, 11, 26), Stage.CANCELLED, Urgency.DONE),
    ],
)
def test_overdue_is_red_and_soon_due_is_amber(deadline: date, stage: Stage, urgency: Urgency) -> None:
    until = date(2026, 11, 25)
    assert red_amber(deadline=deadline, stage=stage, today=date(2026, 11, 21), amber_until=until) is urgency
