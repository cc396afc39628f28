"""Survey rounds: opened with a published questionnaire, changed while open, closed, and in the end nobody is known."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from core.admin.permissions import SYSTEM, NotPermitted, Permission
from core.customers.estate_record import EstateRetired
from core.kernel.errors import BusinessError
from core.kernel.identity import EstateId, QuestionnaireId, RoundId
from core.kernel.lifecycle import ForbiddenMove
from core.surveys.follow_ups import FollowUpState
from core.surveys.responses import ChannelNotOfRound, CollectedOutsideDates, RoundNotOpen
from core.surveys.rounds import (
    Channel,
    ChannelMissing,
    EventMissing,
    LinksCut,
    RoundDatesReversed,
    RoundKind,
    RoundNameRefused,
    RoundNumberRefused,
    RoundTooLong,
    TargetAbovePopulation,
)
from db.engine import Database
from db.models import Estate, FollowUp, SurveyAnswer, SurveyRespondent, Unit
from db.operations.follow_ups import ROUND_CANCELLED, SettleFollowUp, settle_follow_up
from db.operations.questionnaires import (
    NewEdition,
    RetireQuestionnaire,
    new_edition,
    retire_questionnaire,
)
from db.operations.survey_rounds import (
    CancelRound,
    ChangeRound,
    CloseRound,
    CutLinks,
    LinksCutOff,
    QuestionnaireNotPublished,
    ReopenRound,
    cancel_round,
    change_round,
    close_round,
    cut_links,
    open_round,
    reopen_round,
)
from db.unit_of_work import EditConflict, NotFound
from tests.db.asserting import check_rights, entries, pairs, refused, someone_with
from tests.db.surveys_setup import ENDS, LOW, STARTS, TODAY, SurveyWorld, a_survey_world, check_tallies
from tests.personas import FRONT_DESK, SUPERVISOR


@pytest.fixture
def world(database: Database) -> SurveyWorld:
    return a_survey_world(database)


def change(world: SurveyWorld, **given: Any) -> ChangeRound:
    """The round as it is, with what is given."""
    plain = ChangeRound(
        estate_id=world.estate,
        round_id=world.round,
        version=world.round_row().version,
        name="2026年第四季度",
        kind=RoundKind.REGULAR,
        starts_on=STARTS,
        ends_on=ENDS,
        channels=(Channel.PAPER, Channel.PHONE),
    )
    return replace(plain, **given)


def close(world: SurveyWorld, round_id: RoundId | None = None) -> None:
    row = world.round_row(round_id)
    world.act(SUPERVISOR, close_round, CloseRound(world.estate, row.id, row.version))


def change_row(world: SurveyWorld, model: Any, **values: Any) -> None:
    with world.database.writing() as connection, connection.begin():
        table = model.__table__
        column = table.c.id if model is Estate else table.c.estate_id
        connection.execute(table.update().where(column == world.estate).values(**values))


def test_an_opened_round_is_kept_with_its_code_and_the_units_in_use(world: SurveyWorld) -> None:
    row = world.round_row()
    assert (row.code, row.name, row.kind, row.state) == ("E0001-26Q4-01", "2026年第四季度", "regular", "open")
    assert (row.starts_on, row.ends_on, row.channels) == (STARTS, ENDS, "phone,paper")
    assert (row.population, row.target_sample, row.sent, row.check_percent, row.last_number) == (6, 0, 0, 0, 0)
    assert (row.made_by, row.closed_on, row.links_cut_on, row.version) == (SUPERVISOR.user_id, None, None, 1)
    (entry,) = entries(world.database, "survey_rounds.open")
    assert (entry.chain, entry.subject_id) == (world.estate, str(world.round))


def test_only_units_in_use_are_counted_and_a_given_number_of_households_stands(world: SurveyWorld) -> None:
    with world.database.writing() as connection, connection.begin():
        units: Any = Unit.__table__
        connection.execute(units.update().where(units.c.id == world.units[0]).values(state="retired"))
    assert world.round_row(world.open()).population == 5
    assert world.round_row(world.open(population=0)).population == 0
    assert world.round_row(world.open(population=1200, target_sample=300)).population == 1200


def test_codes_count_within_the_estate_and_the_quarter_of_the_first_day(world: SurveyWorld) -> None:
    other = a_survey_world(world.database, "Plum Garden")
    second, next_quarter = world.open(), world.open(starts_on=date(2027, 1, 1), ends_on=date(2027, 1, 2))
    codes = [world.round_row(each).code for each in (second, next_quarter)]
    assert [*codes, other.round_row().code] == ["E0001-26Q4-02", "E0001-27Q1-01", "E0002-26Q4-01"]


@pytest.mark.parametrize(
    ("given", "error", "fields"),
    [
        ({"name": "  "}, RoundNameRefused, {"longest": 100}),
        ({"ends_on": STARTS}, RoundDatesReversed, {"first_day": STARTS}),
        ({"ends_on": STARTS - timedelta(days=9)}, RoundDatesReversed, {}),
        ({"ends_on": STARTS + timedelta(days=401)}, RoundTooLong, {"days": 401}),
        ({"channels": ()}, ChannelMissing, {}),
        ({"sent": -1}, RoundNumberRefused, {"field": "sent"}),
        ({"check_percent": 101}, RoundNumberRefused, {"field": "check_percent"}),
        ({"target_sample": 7}, TargetAbovePopulation, {"target": 7, "population": 6}),
        ({"kind": RoundKind.AFTER_EVENT}, EventMissing, {}),
    ],
)
def test_what_is_wrong_with_a_round_is_refused_when_it_is_opened_and_when_it_is_changed(
    world: SurveyWorld, given: dict[str, Any], error: type[BusinessError], fields: dict[str, Any]
) -> None:
    with refused(world.database, error, **fields):
        world.open(**given)
    with refused(world.database, error, **fields):
        world.act(SUPERVISOR, change_round, change(world, **given))


def test_a_round_asks_a_published_questionnaire_only(world: SurveyWorld) -> None:
    draft = world.act(SUPERVISOR, new_edition, NewEdition(world.questionnaire))
    with refused(world.database, QuestionnaireNotPublished):
        world.open(questionnaire_id=draft)
    world.act(SUPERVISOR, retire_questionnaire, RetireQuestionnaire(world.questionnaire, 2))
    with refused(world.database, QuestionnaireNotPublished):
        world.open()
    with refused(world.database, NotFound):
        world.open(questionnaire_id=QuestionnaireId(999))


def test_nothing_is_opened_in_an_estate_that_is_retired_or_not_there(world: SurveyWorld) -> None:
    with refused(world.database, NotFound):
        world.open(estate_id=EstateId(99))
    change_row(world, Estate, state="retired")
    with refused(world.database, EstateRetired):
        world.open()


def test_an_open_round_is_changed_and_the_audit_says_what_differs(world: SurveyWorld) -> None:
    wanted = change(world, name="年度调查", sent=100, ends_on=date(2026, 12, 11), channels=tuple(Channel))
    world.act(SUPERVISOR, change_round, wanted)
    row = world.round_row()
    assert (row.name, row.sent, row.ends_on, row.code) == ("年度调查", 100, date(2026, 12, 11), "E0001-26Q4-01")
    assert (row.channels, row.version) == ("online,interview,phone,paper", 2)
    (entry,) = entries(world.database, "survey_rounds.edit")
    assert '"sent":0' in entry.before
    assert "starts_on" not in entry.after
    world.act(SUPERVISOR, change_round, replace(wanted, version=2))
    assert world.round_row().version == 2


def test_a_change_keeps_the_days_and_channels_that_forms_came_by(world: SurveyWorld) -> None:
    world.answer(collected_on=date(2026, 11, 3))
    world.answer(channel=Channel.PHONE)
    with refused(world.database, CollectedOutsideDates, collected_on=date(2026, 11, 3), first_day=date(2026, 11, 4)):
        world.act(SUPERVISOR, change_round, change(world, starts_on=date(2026, 11, 4)))
    with refused(world.database, CollectedOutsideDates, collected_on=TODAY, last_day=date(2026, 11, 20)):
        world.act(SUPERVISOR, change_round, change(world, ends_on=TODAY))
    with refused(world.database, ChannelNotOfRound, channel=Channel.PHONE):
        world.act(SUPERVISOR, change_round, change(world, channels=(Channel.PAPER,)))
    world.act(SUPERVISOR, change_round, change(world, starts_on=date(2026, 11, 3), ends_on=date(2026, 11, 22)))


def test_entering_forms_does_not_disturb_who_edits_the_round(world: SurveyWorld) -> None:
    command = change(world, sent=50)
    world.answer()
    world.act(SUPERVISOR, change_round, command)
    row = world.round_row()
    assert (row.sent, row.last_number, row.version) == (50, 1, 2)


def test_a_round_is_closed_opened_again_and_called_off(world: SurveyWorld) -> None:
    close(world)
    row = world.round_row()
    assert (row.state, row.closed_on, row.version) == ("closed", TODAY, 2)
    with refused(world.database, RoundNotOpen):
        world.act(SUPERVISOR, change_round, change(world, sent=1))
    with refused(world.database, ForbiddenMove):
        world.act(SUPERVISOR, cancel_round, CancelRound(world.estate, world.round, 2))
    world.act(SUPERVISOR, reopen_round, ReopenRound(world.estate, world.round, 2))
    row = world.round_row()
    assert (row.state, row.closed_on) == ("open", None)
    world.act(SUPERVISOR, cancel_round, CancelRound(world.estate, world.round, 3))
    row = world.round_row()
    assert (row.state, row.closed_on) == ("cancelled", TODAY)
    with refused(world.database, ForbiddenMove):
        world.act(SUPERVISOR, reopen_round, ReopenRound(world.estate, world.round, 4))
    actions = ("survey_rounds.close", "survey_rounds.reopen", "survey_rounds.cancel")
    assert [len(entries(world.database, action)) for action in actions] == [1, 1, 1]


def test_links_are_cut_on_the_thirtieth_day_after_the_close_and_the_answers_stay(world: SurveyWorld) -> None:
    still_open = world.open()
    world.enter(world.form(world.units[0]), round_id=still_open)
    world.enter(world.form(world.units[0]), world.form(world.units[2]), world.form())
    answers = len(world.rows(SurveyAnswer))
    close(world)
    world.now += timedelta(days=29)
    assert world.act(SYSTEM, cut_links, CutLinks(world.estate)) == LinksCutOff(0, 0)
    assert len(world.rows(SurveyRespondent)) == 3
    world.now += timedelta(days=1)
    assert world.act(SYSTEM, cut_links, CutLinks(world.estate)) == LinksCutOff(1, 2)
    assert [row.round_id for row in world.rows(SurveyRespondent)] == [still_open]
    assert world.round_row().links_cut_on == TODAY + timedelta(days=30)
    assert len(world.rows(SurveyAnswer)) == answers
    check_tallies(world)
    (entry,) = entries(world.database, "survey_rounds.cut_links")
    assert (entry.after, entry.before) == ('{"links":2,"rounds":1}', None)
    assert world.act(SYSTEM, cut_links, CutLinks(world.estate)) == LinksCutOff(0, 0)
    assert len(entries(world.database, "survey_rounds.cut_links")) == 1


def test_a_call_back_that_has_ended_forgets_its_unit_with_the_round_and_an_open_one_later(world: SurveyWorld) -> None:
    first, second = world.enter(world.form(world.units[0], LOW), world.form(world.units[1], LOW))
    settled = SettleFollowUp(world.estate, first.follow_up_id, 1, FollowUpState.REACHED, 4, "lift mended")
    world.act(FRONT_DESK, settle_follow_up, settled)
    close(world)
    world.now += timedelta(days=30)
    assert world.act(SYSTEM, cut_links, CutLinks(world.estate)) == LinksCutOff(1, 3)
    assert [row.unit_id for row in world.rows(FollowUp)] == [None, world.units[1]]
    gone = SettleFollowUp(world.estate, second.follow_up_id, 1, FollowUpState.UNREACHABLE, None, "moved out")
    world.act(FRONT_DESK, settle_follow_up, gone)
    assert world.act(SYSTEM, cut_links, CutLinks(world.estate)) == LinksCutOff(0, 1)
    assert [row.unit_id for row in world.rows(FollowUp)] == [None, None]


def test_a_round_called_off_takes_its_open_call_backs_with_it(world: SurveyWorld) -> None:
    first, _ = world.enter(world.form(world.units[0], LOW), world.form(world.units[1], LOW))
    settled = SettleFollowUp(world.estate, first.follow_up_id, 1, FollowUpState.REACHED, 4, "lift mended")
    world.act(FRONT_DESK, settle_follow_up, settled)
    world.act(SUPERVISOR, cancel_round, CancelRound(world.estate, world.round, 1))
    assert [(row.state, row.note) for row in world.rows(FollowUp)] == [
        ("reached", "lift mended"), ("dropped", ROUND_CANCELLED),
    ]  # fmt: skip


def test_a_round_that_forgot_its_people_stays_closed(world: SurveyWorld) -> None:
    close(world)
    world.now += timedelta(days=30)
    world.act(SYSTEM, cut_links, CutLinks(world.estate))
    with refused(world.database, LinksCut):
        version = world.round_row().version
        world.act(SUPERVISOR, reopen_round, ReopenRound(world.estate, world.round, version))


def test_links_of_another_estate_are_not_touched(world: SurveyWorld) -> None:
    other = a_survey_world(world.database, "Plum Garden")
    for each in (world, other):
        each.answer(each.units[0])
        close(each)
    world.now += timedelta(days=40)
    assert world.act(SYSTEM, cut_links, CutLinks(world.estate)) == LinksCutOff(1, 1)
    assert (len(world.rows(SurveyRespondent)), len(other.rows(SurveyRespondent))) == (0, 1)


def test_a_stale_unknown_or_foreign_round_is_refused(world: SurveyWorld) -> None:
    foreign = a_survey_world(world.database, "Plum Garden").open()
    moves = ((close_round, CloseRound), (reopen_round, ReopenRound), (cancel_round, CancelRound))
    with refused(world.database, EditConflict):
        world.act(SUPERVISOR, change_round, change(world, version=2))
    with refused(world.database, NotFound):
        world.act(SUPERVISOR, change_round, change(world, round_id=foreign))
    for operation, kind in pairs(*moves):
        with refused(world.database, EditConflict):
            world.act(SUPERVISOR, operation, kind(world.estate, world.round, 2))
        with refused(world.database, NotFound):
            world.act(SUPERVISOR, operation, kind(world.estate, foreign, 1))


def test_rounds_are_the_business_of_who_makes_surveys_in_that_estate(world: SurveyWorld) -> None:
    commands = pairs(
        (open_round, world.round_wanted()),
        (change_round, change(world, sent=1)),
        (close_round, CloseRound(world.estate, world.round, 1)),
        (reopen_round, ReopenRound(world.estate, world.round, 1)),
        (cancel_round, CancelRound(world.estate, world.round, 1)),
    )
    elsewhere = someone_with(Permission.SURVEYS_MAKE, EstateId(world.estate + 1))
    for operation, command in commands:
        check_rights(world.database, operation, command, Permission.SURVEYS_MAKE)
        with refused(world.database, NotPermitted):
            world.act(elsewhere, operation, command)
    check_rights(world.database, cut_links, CutLinks(world.estate), Permission.SYSTEM_RUN)
