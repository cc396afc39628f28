"""What somebody typing forms in is shown: rounds, places, the newest forms, the form to read again."""

from dataclasses import replace
from typing import Any

import pytest

from core.admin.permissions import Actor, NotPermitted
from core.kernel.identity import EstateId, RoundId
from core.surveys.rounds import RoundKind
from db.engine import Database
from db.operations.survey_checks import CheckForm, check_form
from db.operations.survey_forms import WithdrawForm, withdraw_form
from db.operations.survey_rounds import CloseRound, close_round
from db.queries.survey_checks import CheckRow, CheckWanted, check_figures, form_to_check, open_check
from db.queries.survey_entry import (
    EntryRoundsWanted,
    FormsWanted,
    NearbyWanted,
    PlacesWanted,
    SheetWanted,
    entry_rounds,
    entry_sheet,
    forms_in,
    nearby_units,
    newest_forms,
    places,
)
from db.unit_of_work import NotFound, fetch
from tests.db.surveys_setup import ANSWERS, ENDS, ITEMS, LOW, STARTS, SurveyWorld, a_survey_world
from tests.personas import AUDITOR, CASHIER, FRONT_DESK, SUPERVISOR
from tests.statements import count_statements


@pytest.fixture
def world(database: Database) -> SurveyWorld:
    return a_survey_world(database)


def see(world: SurveyWorld, ask: Any, wanted: object, by: Actor = FRONT_DESK) -> Any:
    return fetch(world.database, ask, wanted, actor=by, now=world.now)


def strangers(world: SurveyWorld) -> Actor:
    """Somebody of another estate."""
    return replace(FRONT_DESK, estates=frozenset({EstateId(world.estate + 50)}))


def test_rounds_that_are_open_and_have_begun_take_forms(world: SurveyWorld) -> None:
    world.open(starts_on=ENDS, ends_on=ENDS.replace(day=20), name="to come")
    past = world.open(starts_on=STARTS.replace(month=9), ends_on=STARTS.replace(month=10), name="late papers")
    closed = world.open(name="closed")
    world.act(SUPERVISOR, close_round, CloseRound(world.estate, closed, 1))
    rounds = see(world, entry_rounds, EntryRoundsWanted(None))
    assert [(each.round_id, each.kind) for each in rounds] == [
        (past, RoundKind.REGULAR), (world.round, RoundKind.REGULAR),
    ]  # fmt: skip
    assert rounds[1].last_day == ENDS.replace(month=11, day=30)
    assert see(world, entry_rounds, EntryRoundsWanted(world.estate)) == rounds
    assert see(world, entry_rounds, EntryRoundsWanted(None), strangers(world)) == ()


def test_the_sheet_of_a_round_is_its_questionnaire(world: SurveyWorld) -> None:
    sheet = see(world, entry_sheet, SheetWanted(world.estate, world.round))
    assert sheet.items == ITEMS and sheet.title("en") == "Satisfaction survey"
    with pytest.raises(NotPermitted):
        see(world, entry_sheet, SheetWanted(world.estate, world.round), strangers(world))
    with pytest.raises(NotFound):
        see(world, entry_sheet, SheetWanted(world.estate, RoundId(world.round + 99)))


def test_places_are_found_by_their_codes_in_one_statement(world: SurveyWorld) -> None:
    codes = ("1-101", "2-102", "2", "9-999", "1-101")
    with count_statements(world.database) as counted:
        found = see(world, places, PlacesWanted(world.estate, codes))
    assert len(counted) == 1
    assert {code: unit.unit_id for code, unit in found.units.items()} == {
        "1-101": world.units[0], "2-102": world.units[5],
    }  # fmt: skip
    assert dict(found.buildings) == {"2": world.buildings[1]}


def test_units_near_a_slip_share_its_building_or_its_room(world: SurveyWorld) -> None:
    assert see(world, nearby_units, NearbyWanted(world.estate, "1-109")) == ("1-101", "1-102", "1-201", "1-202")
    assert see(world, nearby_units, NearbyWanted(world.estate, "102")) == ("1-102", "2-102")
    assert see(world, nearby_units, NearbyWanted(world.estate, "%")) == ()


def test_the_newest_forms_come_with_their_answers_in_one_statement(world: SurveyWorld) -> None:
    for answers in (ANSWERS, (), LOW, ANSWERS[:1]):
        world.answer(world.units[0], answers)
    with count_statements(world.database) as counted:
        rows = see(world, newest_forms, FormsWanted(world.estate, world.round, limit=3))
    assert len(counted) == 1
    assert [(row.number, dict(row.answers)) for row in rows] == [(4, dict(ANSWERS[:1])), (3, dict(LOW)), (2, {})]


def test_the_newest_forms_are_ones_own_and_a_supervisor_sees_all(world: SurveyWorld) -> None:
    world.answer(world.units[0])
    world.enter(world.form(None, LOW, building=world.buildings[1]), by=CASHIER)
    gone = world.answer()
    world.act(FRONT_DESK, withdraw_form, WithdrawForm(world.estate, gone.response_id, 1, "twice"))
    wanted = FormsWanted(world.estate, world.round)
    own = see(world, newest_forms, wanted)
    assert [(row.number, row.place, row.state.value) for row in own] == [
        (3, "", "withdrawn"), (1, "1-101", "active"),
    ]  # fmt: skip
    assert dict(own[1].answers) == dict(ANSWERS)
    every = replace(wanted, everybody=True)
    assert len(see(world, newest_forms, every)) == 2
    seen = see(world, newest_forms, every, SUPERVISOR)
    assert [(row.number, row.place, row.entered_by_name) for row in seen] == [
        (3, "", "front desk"), (2, "2", "cashier"), (1, "1-101", "front desk"),
    ]  # fmt: skip
    assert see(world, forms_in, SheetWanted(world.estate, world.round)) == 2
    with pytest.raises(NotPermitted):
        see(world, newest_forms, wanted, AUDITOR)


def test_the_sample_is_read_again_by_somebody_else_and_what_differs_waits(world: SurveyWorld) -> None:
    first, second = world.answer(world.units[0]), world.answer(world.units[1])
    wanted = CheckWanted(world.estate, world.round, (1, 2))
    assert see(world, form_to_check, wanted) is None
    assert see(world, form_to_check, wanted, CASHIER).response_id == first.response_id
    world.act(CASHIER, check_form, CheckForm(world.estate, first.response_id, ANSWERS))
    assert see(world, form_to_check, wanted, CASHIER).response_id == second.response_id
    other = tuple((at, 2 if at in {1, 2} else answer) for at, answer in ANSWERS)
    world.act(CASHIER, check_form, CheckForm(world.estate, second.response_id, other))
    forms = FormsWanted(world.estate, world.round)
    assert see(world, check_figures, forms) == CheckRow(forms=2, compared=14, differing=2)
    waiting = see(world, open_check, forms, CASHIER)
    assert (waiting.number, waiting.differing, waiting.second[1]) == (2, (1, 2), 2)
    assert see(world, open_check, forms) == waiting == see(world, open_check, forms, SUPERVISOR)
    third = replace(CASHIER, user_id=SUPERVISOR.user_id)
    assert see(world, open_check, forms, third) is None
