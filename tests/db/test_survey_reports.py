"""What the report needs beside the results: how call-backs went, and measures (R-153)."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from core.admin.permissions import Actor, NotPermitted
from core.kernel.identity import EstateId, FollowUpId, RoundId
from core.meetings.effects import Goal, Metric
from core.meetings.measures import MeasureRecord, MeasureSource, Stage
from core.surveys.follow_ups import FollowUpState, Recovery
from db.engine import Database
from db.models import FollowUp
from db.operations.follow_ups import SettleFollowUp, settle_follow_up
from db.operations.measures import MoveMeasure, OpenMeasure, SetFigure, move_measure, open_measure, set_figure
from db.queries.survey_reports import (
    OfRoundsWanted,
    ReportMeasure,
    call_back_recovery,
    measures_of_rounds,
)
from db.repositories.known_figures import FigurePlace
from db.repositories.measures import Side
from tests.builders import NOW, ask, staff_member
from tests.db.surveys_setup import ANSWERS, LOW, TODAY, SurveyWorld, a_survey_world
from tests.personas import ADMINISTRATOR, AUDITOR, CASHIER, FRONT_DESK, PATROL, SUPERVISOR, person
from tests.statements import count_statements


@pytest.fixture
def world(database: Database) -> SurveyWorld:
    return a_survey_world(database)


def of(world: SurveyWorld, *numbers: RoundId) -> OfRoundsWanted:
    return OfRoundsWanted(world.estate, numbers or (world.round,))


def recovered(world: SurveyWorld, *numbers: RoundId, by: Actor = AUDITOR) -> Recovery:
    return ask(world.database, call_back_recovery, of(world, *numbers), by=by, now=world.now)


def measures(world: SurveyWorld, *numbers: RoundId, by: Actor = AUDITOR) -> tuple[ReportMeasure, ...]:
    return ask(world.database, measures_of_rounds, of(world, *numbers), by=by, now=world.now)


def settle(world: SurveyWorld, place: int, outcome: FollowUpState, mark: int | None = None) -> None:
    row = world.rows(FollowUp)[place]
    number, version = FollowUpId(row.id), row.version
    world.act(
        FRONT_DESK,
        settle_follow_up,
        SettleFollowUp(world.estate, number, version, outcome, mark, "spoke at the door"),
    )


def a_measure(world: SurveyWorld, **given: Any) -> Any:
    somebody = staff_member(world.database, f"G-{given.pop('number', 1):03d}")
    goal = given.pop("goal", Goal(metric=Metric.SURVEY_ITEM, target=Decimal(4), reference="q1"))
    record = MeasureRecord(
        source=MeasureSource.SURVEY,
        problem=given.pop("problem", "Service is rated low"),
        responsible=somebody,
        deadline=given.pop("deadline", date(2026, 12, 21)),
        goal=goal,
    )
    return world.act(SUPERVISOR, open_measure, OpenMeasure(world.estate, record, world.round, **given))


def test_call_backs_are_counted_by_how_they_went(world: SurveyWorld) -> None:
    world.enter(*(world.form(unit, LOW) for unit in world.units), world.form(None, LOW))
    assert recovered(world) == Recovery(opened=6)
    settle(world, 0, FollowUpState.REACHED, 5)
    settle(world, 1, FollowUpState.REACHED, 2)
    settle(world, 2, FollowUpState.UNREACHABLE)
    settle(world, 3, FollowUpState.DROPPED)
    assert recovered(world) == Recovery(opened=6, in_time=3, late=0, reached=2, recovered=1)
    world.now = NOW + timedelta(days=30)
    settle(world, 4, FollowUpState.REACHED, 4)
    assert recovered(world) == Recovery(opened=6, in_time=3, late=2, reached=3, recovered=2)


def test_call_backs_of_other_rounds_are_not_counted(world: SurveyWorld) -> None:
    world.answer(world.units[0], LOW)
    first, world.round = world.round, world.open()
    world.answer(world.units[1], LOW)
    assert recovered(world, first).opened == 1 and recovered(world, first, world.round).opened == 2
    assert ask(world.database, call_back_recovery, OfRoundsWanted(world.estate, ()), by=AUDITOR) == Recovery()


def test_a_measure_comes_with_its_figures_and_what_they_changed(world: SurveyWorld) -> None:
    world.enter(*(world.form(None, LOW) for _ in range(5)))
    number = a_measure(world, before=FigurePlace(round_id=world.round))
    first, world.round = world.round, world.open()
    world.enter(*(world.form(None, ((1, 4), *ANSWERS[1:])) for _ in range(5)))
    after = SetFigure(world.estate, number, 1, Side.AFTER, FigurePlace(round_id=world.round))
    world.act(SUPERVISOR, set_figure, after)
    found = measures(world, first)
    assert [(row.number[-2:], row.stage, row.overdue, row.item, row.impact) for row in found] == [
        (found[0].number[-2:], Stage.PLAN, False, "q1", Decimal("300.0")),
    ]  # fmt: skip
    assert found[0].before is not None and found[0].before.value == 1 and found[0].round_id == first
    assert found[0].after is not None and found[0].after.value == 4
    assert measures(world, world.round) == ()


def test_a_measure_late_is_said_to_be_and_a_cancelled_one_is_not_told(world: SurveyWorld) -> None:
    a_measure(world, number=1, deadline=TODAY, problem="on the day")
    gone = a_measure(world, number=2, problem="cancelled")
    cancel = MoveMeasure(world.estate, gone, 1, Stage.CANCELLED, "opened twice")
    world.act(SUPERVISOR, move_measure, cancel)
    assert [(row.problem, row.overdue) for row in measures(world)] == [("on the day", False)]
    world.now = NOW + timedelta(days=1)
    assert [row.overdue for row in measures(world)] == [True]


def test_a_measure_about_the_whole_names_no_item(world: SurveyWorld) -> None:
    a_measure(world, goal=Goal(metric=Metric.SURVEY_CSI, target=Decimal(80)))
    row = measures(world)[0]
    assert (row.item, row.before, row.after, row.impact) == ("", None, None, None)


def test_each_question_is_one_statement(world: SurveyWorld) -> None:
    world.enter(*(world.form(unit, LOW) for unit in world.units))
    a_measure(world)
    for query in (recovered, measures):
        with count_statements(world.database) as sent:
            query(world)
        assert len(sent) == 1


@pytest.mark.parametrize("who", [CASHIER, PATROL, ADMINISTRATOR], ids=lambda who: who.name)
def test_who_sees_no_surveys_gets_nothing(world: SurveyWorld, who: Actor) -> None:
    with pytest.raises(NotPermitted):
        recovered(world, by=who)


def test_who_sees_no_measures_gets_none(world: SurveyWorld) -> None:
    with pytest.raises(NotPermitted):
        measures(world, by=ADMINISTRATOR)


def test_another_estate_is_out_of_reach(world: SurveyWorld) -> None:
    stranger = person(12, "stranger", *SUPERVISOR.roles, estates=frozenset({EstateId(99)}))
    for query in (recovered, measures):
        with pytest.raises(NotPermitted):
            query(world, by=stranger)
