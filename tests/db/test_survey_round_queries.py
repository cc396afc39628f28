"""Questionnaires and survey rounds as their pages ask for them, on both databases."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from core.admin.permissions import NotPermitted
from core.kernel.filters import Slice
from core.kernel.identity import EstateId, QuestionnaireId, RoundId
from core.kernel.periods import Span
from core.surveys.questionnaires import QuestionnaireState
from core.surveys.rounds import Channel, RoundKind, RoundPhase, RoundState, phase_at
from db.engine import Database
from db.operations.questionnaires import (
    NewEdition,
    RetireQuestionnaire,
    new_edition,
    retire_questionnaire,
    save_questionnaire,
)
from db.operations.survey_forms import WithdrawForm, withdraw_form
from db.operations.survey_rounds import CancelRound, CloseRound, CutLinks, cancel_round, close_round, cut_links
from db.operations.units import RetireUnit, retire_unit
from db.queries.questionnaires import (
    QuestionnairesWanted,
    QuestionnaireWanted,
    questionnaire_card,
    questionnaires,
)
from db.queries.survey_rounds import (
    RoundBasisWanted,
    RoundRow,
    RoundsWanted,
    RoundWanted,
    round_basis,
    survey_round,
    survey_rounds,
)
from db.unit_of_work import NotFound
from tests import builders
from tests.builders import NOW, act, ask
from tests.db.surveys_setup import ENDS, ITEMS, LOW, STARTS, TODAY, SurveyWorld, a_survey_world, draft
from tests.pages.conftest import looking_after
from tests.personas import AUDITOR, PATROL, SUPERVISOR
from tests.statements import count_statements


@pytest.fixture
def world(database: Database) -> SurveyWorld:
    return a_survey_world(database)


def rounds(world: SurveyWorld, who: object = SUPERVISOR, **wanted: object) -> tuple[RoundRow, ...]:
    return ask(world.database, survey_rounds, RoundsWanted(**wanted), by=who).rows  # type: ignore[arg-type]


# --- questionnaires


def test_editions_are_listed_drafts_first_and_retired_last(world: SurveyWorld) -> None:
    database = world.database
    later = act(database, new_edition, NewEdition(world.questionnaire), by=SUPERVISOR)
    other = act(database, save_questionnaire, draft(code="desk", items=()), by=SUPERVISOR)
    act(database, retire_questionnaire, RetireQuestionnaire(other, 1), by=SUPERVISOR)
    found = ask(database, questionnaires, QuestionnairesWanted(), by=AUDITOR)
    assert [(row.questionnaire_id, row.edition, row.state, row.items, row.rounds) for row in found.rows] == [
        (later, 2, QuestionnaireState.DRAFT, len(ITEMS), 0),
        (world.questionnaire, 1, QuestionnaireState.PUBLISHED, len(ITEMS), 1),
        (other, 1, QuestionnaireState.RETIRED, 0, 0),
    ]
    first = found.rows[1]
    assert first.title("en") == "Satisfaction survey" and first.title("zh_CN") == "业主满意度调查"
    assert (first.made_by_name, first.published_at is not None, found.rows[0].published_at) == (
        "supervisor",
        True,
        None,
    )


def test_editions_are_narrowed_to_a_state_and_paged_with_the_true_count(world: SurveyWorld) -> None:
    for number in range(3):
        act(world.database, save_questionnaire, draft(code=f"draft{number}"), by=SUPERVISOR)
    wanted = QuestionnairesWanted(QuestionnaireState.DRAFT, Slice(2, 2))
    found = ask(world.database, questionnaires, wanted, by=AUDITOR)
    assert ([row.code for row in found.rows], found.total) == (["draft2"], 3)


def test_only_rounds_in_ones_care_are_counted_as_asking_an_edition(world: SurveyWorld) -> None:
    elsewhere = builders.estate(world.database, "Oak Park")
    row = ask(world.database, questionnaires, QuestionnairesWanted(), by=looking_after(AUDITOR, elsewhere)).rows[0]
    assert (row.questionnaire_id, row.rounds) == (world.questionnaire, 0)


def test_an_edition_is_given_with_its_questions_as_they_were_written(world: SurveyWorld) -> None:
    card = ask(world.database, questionnaire_card, QuestionnaireWanted(world.questionnaire), by=AUDITOR)
    assert card.asked.items == ITEMS and card.asked.intro_en == "Hello"
    assert (card.row.edition, card.row.version) == (1, 2)


def test_an_edition_that_is_not_there_is_not_found(world: SurveyWorld) -> None:
    with pytest.raises(NotFound):
        ask(world.database, questionnaire_card, QuestionnaireWanted(QuestionnaireId(999)), by=AUDITOR)


# --- rounds


def test_a_round_is_shown_with_forms_rates_and_questionnaire(world: SurveyWorld) -> None:
    event = {"kind": RoundKind.AFTER_EVENT, "event_reference": "3 号楼电梯"}
    named = world.open(name="电梯维修后", **event, sent=8, target_sample=5, check_percent=10)
    taken_back = world.answer(world.units[1], round_id=named)
    for unit in (world.units[0], None):
        world.answer(unit, round_id=named)
    act(world.database, withdraw_form, WithdrawForm(world.estate, taken_back.response_id, 1, "录入错误"), by=SUPERVISOR)
    row = next(row for row in rounds(world, estate_id=world.estate) if row.round_id == named)
    assert (row.forms, row.response_percent, row.coverage_percent) == (2, Decimal("25.0"), Decimal("33.3"))
    assert (row.starts_on, row.last_day, row.ends_on) == (STARTS, ENDS - timedelta(days=1), ENDS)
    assert (row.kind, row.event_reference, row.check_percent) == (RoundKind.AFTER_EVENT, "3 号楼电梯", 10)
    assert (row.channels, row.population) == ((Channel.PHONE, Channel.PAPER), 6)
    assert (row.title("en"), row.edition, row.questionnaire_code) == ("Satisfaction survey", 1, "Maple Court")
    assert (row.estate_name, row.made_by_name, row.made_at) == ("Maple Court", "supervisor", NOW)


def test_a_rate_nobody_can_tell_is_none_and_not_nought(world: SurveyWorld) -> None:
    world.answer(world.units[0])
    (row,) = rounds(world)
    assert (row.forms, row.sent, row.response_percent) == (1, 0, None)
    assert replace(row, population=0).coverage_percent is None


PHASES = (
    (RoundPhase.PLANNED, TODAY + timedelta(days=1), TODAY + timedelta(days=5), None),
    (RoundPhase.RUNNING, TODAY, TODAY + timedelta(days=1), None),
    (RoundPhase.ENDED, TODAY - timedelta(days=3), TODAY, None),
    (RoundPhase.CLOSED, TODAY, TODAY + timedelta(days=1), close_round),
    (RoundPhase.CANCELLED, TODAY - timedelta(days=3), TODAY, cancel_round),
)


def test_each_phase_finds_its_rounds_and_agrees_with_the_rule(world: SurveyWorld) -> None:
    found: dict[RoundPhase, RoundId] = {}
    for phase, starts, ends, act_ in PHASES:
        found[phase] = world.open(starts_on=starts, ends_on=ends)
        if act_ is close_round:
            act(world.database, close_round, CloseRound(world.estate, found[phase], 1), by=SUPERVISOR)
        elif act_ is cancel_round:
            act(world.database, cancel_round, CancelRound(world.estate, found[phase], 1), by=SUPERVISOR)
    every = {row.round_id: row for row in rounds(world)}
    assert len(every) == 6
    for phase, number in found.items():
        listed = rounds(world, phase=phase)
        assert number in {row.round_id for row in listed} and {row.phase for row in listed} == {phase}
        assert every[number].phase is phase
        span = Span(every[number].starts_on, every[number].ends_on)
        assert phase_at(state=every[number].state, span=span, today=TODAY) is phase
    assert sum(len(rounds(world, phase=phase)) for phase in RoundPhase) == 6


def test_rounds_are_paged_the_newest_first_with_the_true_count(world: SurveyWorld) -> None:
    starts = [STARTS + timedelta(days=days) for days in (3, 1, 2)]
    for start in starts:
        world.open(starts_on=start)
    page = ask(world.database, survey_rounds, RoundsWanted(world.estate, slice=Slice(1, 3)), by=AUDITOR)
    assert ([row.starts_on.day for row in page.rows], page.total) == ([4, 3, 2], 4)
    rest = ask(world.database, survey_rounds, RoundsWanted(world.estate, slice=Slice(2, 3)), by=AUDITOR)
    assert [row.starts_on.day for row in rest.rows] == [1]


def test_rounds_beyond_ones_care_are_as_if_not_there(world: SurveyWorld) -> None:
    other = a_survey_world(world.database, "Oak Park")
    who = looking_after(AUDITOR, other.estate)
    assert {row.estate_id for row in rounds(world, who)} == {other.estate}
    (row,) = rounds(world, estate_id=world.estate)
    for wanted in (RoundWanted(row.code), RoundWanted(number=(row.estate_id, row.round_id))):
        assert ask(world.database, survey_round, wanted, by=who) is None
    for asked, of_estate in ((survey_rounds, RoundsWanted), (round_basis, RoundBasisWanted)):
        with pytest.raises(NotPermitted):
            ask(world.database, asked, of_estate(world.estate), by=who)  # type: ignore[arg-type]
    with pytest.raises(NotFound):
        ask(world.database, round_basis, RoundBasisWanted(EstateId(99)), by=AUDITOR)


def test_a_round_is_found_by_its_code_and_by_its_number(world: SurveyWorld) -> None:
    (row,) = rounds(world)
    assert ask(world.database, survey_round, RoundWanted(row.code), by=AUDITOR) == row
    assert ask(world.database, survey_round, RoundWanted(number=(world.estate, world.round)), by=AUDITOR) == row
    for wanted in (RoundWanted("%"), RoundWanted(""), RoundWanted(number=(world.estate, RoundId(999)))):
        assert ask(world.database, survey_round, wanted, by=AUDITOR) is None


def test_a_closed_round_says_since_when_its_forms_are_anonymous(world: SurveyWorld) -> None:
    act(world.database, close_round, CloseRound(world.estate, world.round, 1), by=SUPERVISOR)
    act(world.database, cut_links, CutLinks(world.estate), now=NOW + timedelta(days=40))
    (row,) = rounds(world)
    assert (row.state, row.closed_on, row.links_cut_on) == (RoundState.CLOSED, TODAY, TODAY + timedelta(days=40))


def test_a_new_round_starts_from_the_units_in_use_and_the_company(database: Database) -> None:
    builders.with_code_lists(database)
    place, units = builders.small_estate(database)
    empty = builders.estate(database, "Empty Lot", property_company="安居物业")
    found = ask(database, round_basis, RoundBasisWanted(place), by=SUPERVISOR)
    assert (found.estate_name, found.households) == ("Maple Court", len(units))
    vacant = builders.unit(database, place, builders.building(database, place, "9"))
    assert ask(database, round_basis, RoundBasisWanted(place), by=SUPERVISOR).households == len(units) + 1
    act(database, retire_unit, RetireUnit(place, vacant, 1))
    assert ask(database, round_basis, RoundBasisWanted(place), by=SUPERVISOR).households == len(units)
    bare = ask(database, round_basis, RoundBasisWanted(empty), by=SUPERVISOR)
    assert (bare.company, bare.households) == ("安居物业", 0)


@pytest.mark.parametrize("asked", [survey_rounds, questionnaires])
def test_who_may_not_see_surveys_is_refused(world: SurveyWorld, asked: object) -> None:
    wanted = RoundsWanted() if asked is survey_rounds else QuestionnairesWanted()
    with pytest.raises(NotPermitted):
        ask(world.database, asked, wanted, by=PATROL)  # type: ignore[arg-type]


def test_the_lists_take_two_statements_however_long_they_are(world: SurveyWorld) -> None:
    for _ in range(4):
        world.open()
    world.enter(world.form(world.units[0], LOW), world.form(world.units[1], LOW))
    with count_statements(world.database) as seen:
        assert len(rounds(world)) == 5
    assert len(seen) == 2, "\n".join(seen)
    with count_statements(world.database) as seen:
        ask(world.database, questionnaires, QuestionnairesWanted(), by=AUDITOR)
    assert len(seen) == 2, "\n".join(seen)
