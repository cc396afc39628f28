"""Forms that come back: typed in once however often they are sent, corrected, taken back; tallies always agree."""

import random
import threading
from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from core.admin.permissions import SYSTEM, NotPermitted, Permission
from core.admin.settings import SettingKey
from core.customers.profiles import Relation
from core.kernel.errors import BusinessError
from core.kernel.identity import BuildingId, EstateId, ResponseId, RoundId, UnitId
from core.kernel.lifecycle import ForbiddenMove
from core.kernel.lines import LineMissing, LineTooLong
from core.surveys.lines import PasteTooLong
from core.surveys.questionnaires import AnswerRefused, ItemKind
from core.surveys.responses import (
    ChannelNotOfRound,
    CollectedInFuture,
    CollectedOutsideDates,
    CustomerGroup,
    NotOwnResponse,
    ResponseWithdrawn,
    RoundNotOpen,
)
from core.surveys.rounds import Channel
from db.engine import Database, open_database
from db.models import (
    FollowUp,
    SurveyAnswer,
    SurveyRespondent,
    SurveyResponse,
    SurveyRound,
    SurveyTag,
    SurveyTally,
)
from db.operations.follow_ups import FORM_CHANGED, FORM_WITHDRAWN
from db.operations.settings import SetSetting, set_setting
from db.operations.survey_forms import WithdrawForm, edit_form, enter_forms, restore_form, withdraw_form
from db.operations.survey_opinions import TagOpinions, tag_opinions
from db.operations.survey_rounds import CloseRound, close_round
from db.repositories.questionnaires import items_of
from db.repositories.survey_entry import asked_items
from db.repositories.survey_forms import NewForm, StoredForm, remove_forms, store_forms, tally_differences
from db.repositories.survey_rounds import load_round
from db.unit_of_work import EditConflict, NotFound, UnitOfWork, perform
from tests import builders
from tests.db.asserting import check_rights, entries, pairs, refused, someone_with
from tests.db.surveys_setup import ANSWERS, ITEMS, LOW, TODAY, SurveyWorld, a_survey_world, check_tallies
from tests.patience import patiently
from tests.personas import ADMINISTRATOR, CASHIER, FRONT_DESK, HANDLER, SUPERVISOR
from tests.statements import count_statements


@pytest.fixture
def world(database: Database) -> SurveyWorld:
    return a_survey_world(database)


def close(world: SurveyWorld) -> None:
    world.act(SUPERVISOR, close_round, CloseRound(world.estate, world.round, world.round_row().version))


def taken_back(world: SurveyWorld, response: ResponseId, **given: Any) -> WithdrawForm:
    return replace(WithdrawForm(world.estate, response, world.response(response).version), **given)


# --- entering ---


def test_a_form_is_stored_with_its_answers_its_unit_apart_and_its_tallies(world: SurveyWorld) -> None:
    (entered,) = world.enter(world.form(world.units[4], request="r1"), collected_on=date(2026, 11, 2))
    assert (entered.request, entered.number, entered.replayed, entered.duplicates) == ("r1", 1, False, ())
    row = world.response(entered.response_id)
    assert (row.round_id, row.number, row.request, row.state, row.version) == (world.round, 1, "r1", "active", 1)
    assert (row.channel, row.collector, row.collected_on) == ("paper", "王五", date(2026, 11, 2))
    assert (row.building_id, row.customer_group) == (world.buildings[1], "unknown")
    assert (row.entered_by, row.entered_at, row.import_batch) == (FRONT_DESK.user_id, builders.NOW, None)
    assert world.answers(entered.response_id) == ANSWERS
    (respondent,) = world.rows(SurveyRespondent)
    assert (respondent.unit_id, respondent.round_id) == (world.units[4], world.round)
    cells = {(row.position, row.value): row.forms for row in world.rows(SurveyTally)}
    assert cells == dict.fromkeys(
        [(0, 0), (1, 5), (2, 4), (3, 3), (4, 0), (4, 1), (5, 0), (5, 2), (5, 4), (6, 9), (7, 3)], 1
    )
    check_tallies(world)


def test_an_anonymous_form_names_nobody_and_may_name_its_building(world: SurveyWorld) -> None:
    nobody, somewhere = world.enter(world.form(None, LOW), world.form(None, LOW, building=world.buildings[1]))
    assert world.rows(SurveyRespondent) == world.rows(FollowUp) == []
    places = [world.response(form.response_id).building_id for form in (nobody, somewhere)]
    assert places == [0, world.buildings[1]]
    assert (nobody.duplicates, nobody.follow_up_id) == ((), None)
    check_tallies(world)


def test_the_building_of_a_unit_goes_before_the_one_that_was_sent(world: SurveyWorld) -> None:
    entered = world.enter(world.form(world.units[0], building=world.buildings[1]))[0]
    assert world.response(entered.response_id).building_id == world.buildings[0]


def test_the_group_follows_from_who_lives_in_the_unit_today(world: SurveyWorld) -> None:
    gone = {"of": world.units[4], "relation": Relation.OWNER, "since": date(2027, 1, 1)}
    builders.customer(world.database, world.estate, "王后来", "13700000001", **gone)  # type: ignore[arg-type]
    forms = world.enter(*(world.form(unit) for unit in (*world.units, None)))
    groups = [world.response(form.response_id).customer_group for form in forms]
    assert groups == ["owner", "owner", "tenant", "tenant", "unknown", "unknown", "unknown"]


def test_skipped_answers_have_no_row_and_words_become_one_clean_line(world: SurveyWorld) -> None:
    given = ((1, 4), (4, ""), (5, "DB"), (6, 0), (8, " 电梯\x00慢\u200b\n 希望快修  "))
    entered = world.answer(None, given)
    assert world.answers(entered.response_id) == ((1, 4), (5, "BD"), (6, 0), (8, "电梯慢 希望快修"))
    check_tallies(world)


def test_numbers_go_on_from_command_to_command(world: SurveyWorld) -> None:
    first = world.enter(*(world.form() for _ in range(3)))
    second = world.enter(*(world.form() for _ in range(2)))
    assert [form.number for form in (*first, *second)] == [1, 2, 3, 4, 5]
    assert (world.round_row().last_number, world.round_row().version) == (5, 1)
    other = world.open()
    assert world.enter(world.form(), round_id=other)[0].number == 1


def test_the_other_forms_of_a_unit_are_told_and_stored_all_the_same(world: SurveyWorld) -> None:
    unit, other_round = world.units[0], world.open()
    world.enter(world.form(unit), round_id=other_round)
    first, second, third = world.enter(world.form(unit), world.form(world.units[1]), world.form(unit))
    assert (first.duplicates, second.duplicates, third.duplicates) == ((3,), (), (1,))
    world.act(FRONT_DESK, withdraw_form, taken_back(world, first.response_id))
    assert world.answer(unit).duplicates == (3,)


def test_entering_writes_one_audit_fact_without_units_and_words(world: SurveyWorld) -> None:
    world.enter(world.form(world.units[0]), world.form(world.units[1]))
    (entry,) = entries(world.database, "survey_forms.enter")
    assert (entry.subject_type, entry.subject_id, entry.chain) == ("survey_round", str(world.round), world.estate)
    expected = '{"channel":"paper","collected_on":"2026-11-21","count":2,"first_number":1,"last_number":2}'
    assert (entry.after, entry.before, entry.reason) == (expected, None, "")


def test_no_forms_leave_no_trace(world: SurveyWorld) -> None:
    assert world.enter() == ()
    assert entries(world.database, "survey_forms.enter") == []


@pytest.mark.parametrize(
    ("answers", "problem", "position"),
    [
        (((1, 6),), "surveys.mark", 1),
        (((1, "5"),), "surveys.mark", 1),
        (((4, "D"),), "surveys.letters", 4),
        (((4, "AB"),), "surveys.letters", 4),
        (((6, 11),), "surveys.nps", 6),
        (((7, 61),), "surveys.number", 7),
        (((8, 5),), "surveys.words", 8),
        (((8, "字" * 1001),), "surveys.words", 8),
        (((9, 1),), "surveys.unknown_item", 9),
        (((1, 4), (1, 5)), "surveys.answer_twice", 1),
    ],
)
def test_one_wrong_answer_refuses_all_forms(
    world: SurveyWorld, answers: tuple[tuple[int, int | str], ...], problem: str, position: int
) -> None:
    with refused(world.database, AnswerRefused, problem=problem, position=position):
        world.enter(world.form(world.units[0]), world.form(world.units[1], answers), world.form())


@pytest.mark.parametrize(
    ("given", "error", "fields"),
    [
        ({"collected_on": TODAY + timedelta(days=1)}, CollectedInFuture, {"today": TODAY}),
        ({"collected_on": date(2026, 10, 31)}, CollectedOutsideDates, {"first_day": date(2026, 11, 1)}),
        ({"channel": Channel.ONLINE}, ChannelNotOfRound, {"channel": Channel.ONLINE}),
        ({"collector": "王" * 65}, LineTooLong, {"field": "collector"}),
        ({"round_id": RoundId(999_999)}, NotFound, {}),
    ],
)
def test_a_pile_that_does_not_belong_to_the_round_is_refused(
    world: SurveyWorld, given: dict[str, Any], error: type[BusinessError], fields: dict[str, Any]
) -> None:
    with refused(world.database, error, **fields):
        world.enter(world.form(), **given)


def test_a_closed_round_takes_no_form_but_answers_a_repeated_one(world: SurveyWorld) -> None:
    form = world.form(world.units[0])
    (first,) = world.enter(form)
    close(world)
    with refused(world.database, RoundNotOpen):
        world.enter(world.form())
    with refused(world.database, RoundNotOpen):
        world.enter(form, world.form())
    assert world.enter(form) == (replace(first, replayed=True),)


@pytest.mark.parametrize(
    ("unit", "building"),
    [(UnitId(999_999), None), (None, BuildingId(999_999)), (UnitId(0), None)],
)
def test_a_place_that_is_not_there_is_refused(
    world: SurveyWorld, unit: UnitId | None, building: BuildingId | None
) -> None:
    with refused(world.database, NotFound):
        world.enter(world.form(), world.form(unit, building=building))


def test_units_and_buildings_of_another_estate_are_not_there(world: SurveyWorld) -> None:
    other = a_survey_world(world.database, "Plum Garden")
    unit = builders.unit(other.database, other.estate, other.buildings[0], "999")
    building = builders.building(other.database, other.estate, "9")
    for form in (world.form(unit), world.form(building=building)):
        with refused(world.database, NotFound):
            world.enter(form)


def test_a_request_is_needed_and_bounded(world: SurveyWorld) -> None:
    with refused(world.database, LineMissing, field="request"):
        world.enter(replace(world.form(), request=""))
    with refused(world.database, LineTooLong, field="request", longest=64):
        world.enter(replace(world.form(), request="r" * 65))
    assert world.enter(replace(world.form(), request="r" * 64))[0].number == 1


def test_more_than_500_forms_at_once_are_refused_and_500_are_taken(world: SurveyWorld) -> None:
    with refused(world.database, PasteTooLong, most=500):
        world.enter(*(world.form(None, ((1, 4),)) for _ in range(501)))
    entered = world.enter(*(world.form(None, ((1, 4),)) for _ in range(500)))
    assert [form.number for form in entered] == list(range(1, 501))


# --- sent again ---


def test_a_repeated_request_gives_the_same_form_and_stores_nothing(world: SurveyWorld) -> None:
    form = world.form(world.units[0], LOW)
    (first,) = world.enter(form)
    before = world.rows(SurveyResponse), world.rows(SurveyAnswer), world.rows(SurveyTally), world.rows(FollowUp)
    (again,) = world.enter(replace(form, answers=ANSWERS))
    assert again == replace(first, replayed=True)
    assert first.follow_up_id is not None
    after = world.rows(SurveyResponse), world.rows(SurveyAnswer), world.rows(SurveyTally), world.rows(FollowUp)
    assert after == before
    assert len(entries(world.database, "survey_forms.enter")) == 1


def test_known_and_new_requests_come_back_in_the_order_they_were_sent(world: SurveyWorld) -> None:
    known = world.form()
    world.enter(known)
    a, b = world.form(request="a"), world.form(request="b")
    entered = world.enter(a, known, b, a)
    assert [(form.request, form.number, form.replayed) for form in entered] == [
        ("a", 2, False), (known.request, 1, True), ("b", 3, False), ("a", 2, True),
    ]  # fmt: skip
    assert world.forms_counted() == 3


def test_a_request_is_known_within_its_round_only(world: SurveyWorld) -> None:
    form, other = world.form(), world.open()
    assert not world.enter(form)[0].replayed
    assert not world.enter(form, round_id=other)[0].replayed


def test_the_database_itself_refuses_a_second_form_of_a_request(world: SurveyWorld) -> None:
    world.answer()
    with world.database.writing() as connection, connection.begin():
        table: Any = SurveyResponse.__table__
        row = dict(connection.execute(select(table)).one()._mapping) | {"id": 900_000, "number": 2}
        with pytest.raises(Exception, match=r"(?i)unique"):
            connection.execute(table.insert().values(**row))


def test_two_windows_that_send_the_same_forms_store_each_once(database: Database, database_url: str) -> None:
    world = a_survey_world(database)
    forms = [world.form(world.units[place % 6], LOW) for place in range(20)]
    barrier, seen = threading.Barrier(2, timeout=60), list[tuple[str, int, bool]]()

    def send() -> None:
        own = open_database(database_url, database.keys)
        barrier.wait()
        for form in forms:
            command = world.entry(form)
            (entered,) = patiently(
                lambda command=command: perform(  # type: ignore[misc]
                    own, enter_forms, command, identify=lambda _c, _n: FRONT_DESK, now=world.now
                )
            )
            seen.append((entered.request, entered.number, entered.replayed))
        own.engine.dispose()

    threads = [threading.Thread(target=send, daemon=True) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
    assert len(seen) == 40
    assert Counter(request for request, _, replayed in seen if not replayed) == Counter(f.request for f in forms)
    assert len({(request, number) for request, number, _ in seen}) == 20
    assert sorted(row.number for row in world.rows(SurveyResponse)) == list(range(1, 21))
    assert len(world.rows(FollowUp)) == 20
    check_tallies(world)


@pytest.mark.parametrize(("answers", "most"), [(ANSWERS, 14), (LOW, 16)])
def test_a_hundred_forms_take_as_many_statements_as_one_and_a_call_back_two_more(
    world: SurveyWorld, answers: tuple[tuple[int, int | str], ...], most: int
) -> None:
    seen = []
    for many in (1, 100):
        forms = [world.form(world.units[place % 6], answers) for place in range(many)]
        with count_statements(world.database) as statements:
            world.enter(*forms)
        seen.append(len(statements))
    assert seen == [most, most]


def test_forms_sent_again_take_three_statements_and_name_their_call_backs(world: SurveyWorld) -> None:
    forms = [world.form(world.units[0], LOW), world.form(world.units[0]), world.form(None)]
    first = world.enter(*forms)
    with count_statements(world.database) as statements:
        again = world.enter(*forms)
    assert len(statements) == 3
    assert again == tuple(replace(each, replayed=True) for each in first)
    assert [each.follow_up_id is not None for each in again] == [True, False, False]
    assert [each.duplicates for each in again] == [(2,), (1,), ()]


def test_a_pile_of_forms_known_and_new_warns_of_all_forms_of_a_unit(world: SurveyWorld) -> None:
    known = world.form(world.units[0], LOW)
    gone, first = world.answer(world.units[0]), world.enter(known)[0]
    world.act(FRONT_DESK, withdraw_form, WithdrawForm(world.estate, gone.response_id, 1))
    new = world.form(world.units[0])
    seen = world.enter(new, known, world.form(world.units[1]), new)
    assert [(each.number, each.replayed, each.duplicates) for each in seen] == [
        (3, False, (2,)), (2, True, (3,)), (4, False, ()), (3, True, (2,)),
    ]  # fmt: skip
    assert [each.follow_up_id for each in seen] == [None, first.follow_up_id, None, None]
    check_tallies(world)


def test_the_items_a_form_is_judged_by_are_those_of_the_questionnaire(world: SurveyWorld) -> None:
    with world.database.reading() as connection:
        session = Session(connection)
        round_ = load_round(session, world.estate, world.round)
        assert round_ is not None
        assert asked_items(session, round_) == items_of(connection, world.questionnaire) == ITEMS


# --- call-backs ---


def test_low_marks_of_a_known_unit_open_a_call_back_due_in_working_days(world: SurveyWorld) -> None:
    entered = world.answer(world.units[0], LOW)
    row = world.follow_up(entered.response_id)
    assert entered.follow_up_id == row.id
    assert (row.positions, row.lowest_mark, row.unit_id, row.round_id) == ("1,3", 1, world.units[0], world.round)
    assert (row.opened_on, row.due_on) == (TODAY, date(2026, 11, 25))  # a Saturday: Monday, Tuesday, Wednesday
    assert (row.state, row.attempts, row.note, row.new_mark) == ("open", 0, "", None)


def test_what_counts_as_low_and_how_soon_is_a_setting(world: SurveyWorld) -> None:
    for key, text in ((SettingKey.SURVEYS_LOW_MARK, "1"), (SettingKey.SURVEYS_FOLLOW_UP_DAYS, "1")):
        world.act(ADMINISTRATOR, set_setting, SetSetting(world.estate, key, text, TODAY, 0))
    assert world.answer(world.units[0], ((1, 2),)).follow_up_id is None
    entered = world.answer(world.units[0], ((1, 1), (2, 2)))
    row = world.follow_up(entered.response_id)
    assert (row.positions, row.due_on) == ("1", date(2026, 11, 23))


# --- correcting ---


def test_an_edit_changes_answers_place_and_day_and_the_tallies_follow(world: SurveyWorld) -> None:
    entered = world.answer(world.units[0])
    world.answer(world.units[1])
    answers = ((1, 2), (3, 4), (5, "A"), (6, 10))
    given: dict[str, Any] = {
        "unit_id": world.units[5],
        "answers": answers,
        "channel": Channel.PHONE,
        "collected_on": date(2026, 11, 9),
    }
    world.edit(entered.response_id, **given)
    row = world.response(entered.response_id)
    assert (row.building_id, row.customer_group, row.channel) == (world.buildings[1], "unknown", "phone")
    assert (row.collected_on, row.number, row.version) == (date(2026, 11, 9), 1, 2)
    assert world.answers(entered.response_id) == answers
    assert [r.unit_id for r in world.rows(SurveyRespondent)] == [world.units[5], world.units[1]]
    check_tallies(world)


def test_answers_alone_count_the_version_on(world: SurveyWorld) -> None:
    entered = world.answer()
    stale = world.edited(entered.response_id, answers=((1, 1),))
    world.edit(entered.response_id, answers=((1, 3),))
    assert world.response(entered.response_id).version == 2
    with refused(world.database, EditConflict):
        world.act(FRONT_DESK, edit_form, stale)


def test_the_same_again_changes_nothing(world: SurveyWorld) -> None:
    entered = world.answer(world.units[0])
    world.edit(entered.response_id, unit_id=world.units[0])
    assert world.response(entered.response_id).version == 1
    assert entries(world.database, "survey_forms.edit") == []


def test_a_form_becomes_anonymous_and_somebodys_again(world: SurveyWorld) -> None:
    entered = world.answer(world.units[0])
    world.edit(entered.response_id, building_id=world.buildings[1])
    row = world.response(entered.response_id)
    assert (row.building_id, row.customer_group, world.rows(SurveyRespondent)) == (world.buildings[1], "unknown", [])
    world.edit(entered.response_id, unit_id=world.units[2])
    assert world.response(entered.response_id).customer_group == "tenant"
    assert [row.unit_id for row in world.rows(SurveyRespondent)] == [world.units[2]]
    check_tallies(world)


def test_the_group_stays_while_the_unit_does(world: SurveyWorld) -> None:
    entered = world.answer(world.units[4])
    builders.customer(world.database, world.estate, "新业主", "13700000009", of=world.units[4])
    world.edit(entered.response_id, unit_id=world.units[4], answers=((1, 5),))
    assert world.response(entered.response_id).customer_group == "unknown"


def test_the_audit_of_an_edit_knows_closed_answers_but_no_words_and_no_unit(world: SurveyWorld) -> None:
    entered = world.answer(world.units[0], ((1, 5), (8, "secret words")))
    world.edit(entered.response_id, unit_id=world.units[1], answers=((1, 4), (8, "other words")))
    (entry,) = entries(world.database, "survey_forms.edit")
    assert entry.actor_id == FRONT_DESK.user_id
    assert (entry.before, entry.after) == ('{"answers":{"1":5}}', '{"answers":{"1":4},"number":1}')


def test_the_call_back_follows_the_correction(world: SurveyWorld) -> None:
    entered = world.answer(world.units[0], ((1, 4),))
    number, unit = entered.response_id, world.units[0]
    assert world.follow_up(number) is None
    world.edit(number, unit_id=unit, answers=((1, 2),))
    assert (world.follow_up(number).state, world.follow_up(number).lowest_mark) == ("open", 2)
    world.edit(number, unit_id=world.units[1], answers=((1, 2), (3, 1)))
    row = world.follow_up(number)
    assert (row.positions, row.lowest_mark, row.unit_id) == ("1,3", 1, world.units[1])
    world.edit(number, unit_id=world.units[1], answers=((1, 3),))
    row = world.follow_up(number)
    assert (row.state, row.note, row.settled_by, row.attempts) == ("dropped", FORM_CHANGED, FRONT_DESK.user_id, 0)
    world.now += timedelta(days=2)
    world.edit(number, unit_id=world.units[1], answers=((2, 1),))
    row = world.follow_up(number)
    assert (row.state, row.note, row.settled_by, row.settled_at, row.positions) == ("open", "", None, None, "2")
    assert (row.opened_on, row.due_on) == (date(2026, 11, 23), date(2026, 11, 26))
    world.edit(number, answers=((2, 1),))
    assert world.follow_up(number).state == "dropped"


def test_an_old_day_or_channel_may_stay_but_not_come_anew(world: SurveyWorld) -> None:
    entered = world.answer()
    with world.database.writing() as connection, connection.begin():
        connection.execute(update(SurveyRound).values(channels="phone", ends_on=TODAY))
    world.edit(entered.response_id, answers=((1, 1),))
    with refused(world.database, CollectedOutsideDates):
        world.edit(entered.response_id, channel=Channel.PHONE)
    with refused(world.database, ChannelNotOfRound):
        world.edit(entered.response_id, collected_on=date(2026, 11, 20))


def test_a_wrong_correction_is_refused(world: SurveyWorld) -> None:
    entered = world.answer()
    with refused(world.database, AnswerRefused, position=1):
        world.edit(entered.response_id, answers=((1, 0),))
    with refused(world.database, NotFound):
        world.edit(entered.response_id, unit_id=UnitId(999_999))
    with refused(world.database, CollectedInFuture):
        world.edit(entered.response_id, collected_on=TODAY + timedelta(days=1))


@pytest.mark.parametrize("operation", [withdraw_form, edit_form])
def test_own_forms_are_changed_and_others_by_who_makes_surveys(world: SurveyWorld, operation: Any) -> None:
    entered = world.answer()
    command: Any = taken_back(world, entered.response_id)
    if operation is edit_form:
        command = world.edited(entered.response_id, answers=((1, 1),))
    with refused(world.database, NotOwnResponse):
        world.act(HANDLER, operation, command)
    world.act(SUPERVISOR, operation, command)
    assert world.response(entered.response_id).version == 2


def test_nothing_is_changed_in_a_closed_round(world: SurveyWorld) -> None:
    entered, gone = world.answer(), world.answer()
    world.act(FRONT_DESK, withdraw_form, taken_back(world, gone.response_id))
    close(world)
    commands = pairs(
        (edit_form, world.edited(entered.response_id, answers=((1, 1),))),
        (withdraw_form, taken_back(world, entered.response_id)),
        (restore_form, taken_back(world, gone.response_id)),
    )
    for operation, command in commands:
        with refused(world.database, RoundNotOpen):
            world.act(SUPERVISOR, operation, command)


# --- taking back ---


def test_a_withdrawn_form_counts_nowhere_and_its_call_back_is_called_off(world: SurveyWorld) -> None:
    low, other = world.enter(world.form(world.units[0], LOW), world.form(world.units[0]))
    world.act(FRONT_DESK, withdraw_form, taken_back(world, low.response_id, reason=" 录入 两次 "))
    row, call = world.response(low.response_id), world.follow_up(low.response_id)
    assert (row.state, row.version, world.forms_counted()) == ("withdrawn", 2, 1)
    assert (call.state, call.note, call.attempts, call.settled_at) == ("dropped", FORM_WITHDRAWN, 0, builders.NOW)
    check_tallies(world)
    (entry,) = entries(world.database, "survey_forms.withdraw")
    assert (entry.after, entry.reason) == ('{"number":1}', "录入 两次")
    with refused(world.database, ResponseWithdrawn):
        world.act(FRONT_DESK, withdraw_form, taken_back(world, low.response_id))
    with refused(world.database, ResponseWithdrawn):
        world.edit(low.response_id, answers=())
    with refused(world.database, LineTooLong, field="reason"):
        world.act(FRONT_DESK, withdraw_form, taken_back(world, other.response_id, reason="x" * 201))


def test_the_last_form_leaves_no_tallies_behind(world: SurveyWorld) -> None:
    entered = world.answer(world.units[0])
    world.act(FRONT_DESK, withdraw_form, taken_back(world, entered.response_id))
    assert world.rows(SurveyTally) == []


def test_a_restored_form_counts_again_and_its_call_back_begins_anew(world: SurveyWorld) -> None:
    entered = world.answer(world.units[0], LOW)
    world.act(FRONT_DESK, withdraw_form, taken_back(world, entered.response_id))
    world.act(FRONT_DESK, restore_form, taken_back(world, entered.response_id))
    row, call = world.response(entered.response_id), world.follow_up(entered.response_id)
    assert (row.state, row.version, call.state, call.note) == ("active", 3, "open", "")
    check_tallies(world)
    with refused(world.database, ForbiddenMove):
        world.act(FRONT_DESK, restore_form, taken_back(world, entered.response_id))


def test_a_form_is_restored_by_who_may_change_it(world: SurveyWorld) -> None:
    entered = world.answer()
    world.act(FRONT_DESK, withdraw_form, taken_back(world, entered.response_id))
    with refused(world.database, NotOwnResponse):
        world.act(HANDLER, restore_form, taken_back(world, entered.response_id))
    world.act(SUPERVISOR, restore_form, taken_back(world, entered.response_id))


def test_tags_go_with_the_words_they_were_given_to(world: SurveyWorld) -> None:
    first, second = world.enter(world.form(), world.form())
    wanted = tuple((form.response_id, 8, ("lift", "speed")) for form in (first, second))
    world.act(SUPERVISOR, tag_opinions, TagOpinions(world.estate, world.round, wanted))
    world.edit(first.response_id, answers=(*ANSWERS[:7], (8, "电梯又慢了")))
    assert len(world.rows(SurveyTag)) == 4
    world.edit(first.response_id, answers=ANSWERS[:7])
    assert {row.response_id for row in world.rows(SurveyTag)} == {second.response_id}
    world.act(FRONT_DESK, withdraw_form, taken_back(world, second.response_id))
    assert world.rows(SurveyTag) == []


# --- who may ---


def test_a_stale_unknown_or_foreign_form_is_refused(world: SurveyWorld) -> None:
    entered = world.answer()
    foreign = a_survey_world(world.database, "Plum Garden")
    theirs = [foreign.answer() for _ in range(3)][-1].response_id
    stale = taken_back(world, entered.response_id, version=2)
    for operation in (withdraw_form, restore_form):
        with refused(world.database, EditConflict):
            world.act(FRONT_DESK, operation, stale)
        with refused(world.database, NotFound):
            world.act(FRONT_DESK, operation, replace(stale, response_id=theirs))
    with refused(world.database, NotFound):
        world.edit(entered.response_id, response_id=theirs)


def test_forms_are_the_business_of_who_enters_surveys_in_that_estate(world: SurveyWorld) -> None:
    entered = world.answer()
    commands = pairs(
        (enter_forms, world.entry(world.form())),
        (edit_form, world.edited(entered.response_id, answers=())),
        (withdraw_form, taken_back(world, entered.response_id)),
        (restore_form, taken_back(world, entered.response_id)),
    )
    elsewhere = someone_with(Permission.SURVEYS_ENTER, EstateId(world.estate + 1))
    for operation, command in commands:
        check_rights(world.database, operation, command, Permission.SURVEYS_ENTER)
        with refused(world.database, NotPermitted):
            world.act(elsewhere, operation, command)


def test_the_system_itself_may_enter_and_correct(world: SurveyWorld) -> None:
    entered = world.answer(by=SYSTEM)
    assert world.response(entered.response_id).entered_by is None
    with refused(world.database, NotOwnResponse):
        world.edit(entered.response_id, by=CASHIER, answers=())
    world.edit(entered.response_id, by=SYSTEM, answers=())


# --- tallies ---


@pytest.mark.parametrize("seed", [1, 2])
def test_whatever_happens_to_forms_the_tallies_equal_a_recount(world: SurveyWorld, seed: int) -> None:
    dice, other = random.Random(seed), world.open()
    alive: list[ResponseId] = []
    gone: list[ResponseId] = []
    for _ in range(60):
        step = dice.choice(("enter", "enter", "edit", "edit", "withdraw", "restore"))
        if step == "enter" or not alive:
            forms = [world.form(_somewhere(world, dice), _answers(dice)) for _ in range(dice.randint(1, 4))]
            channel, round_id = dice.choice((Channel.PAPER, Channel.PHONE)), dice.choice((world.round, other))
            alive += [form.response_id for form in world.enter(*forms, channel=channel, round_id=round_id)]
        elif step == "edit":
            channel = dice.choice((Channel.PAPER, Channel.PHONE))
            unit, answers = _somewhere(world, dice), _answers(dice)
            world.edit(dice.choice(alive), unit_id=unit, answers=answers, channel=channel)
        elif step == "withdraw":
            gone.append(alive.pop(dice.randrange(len(alive))))
            world.act(FRONT_DESK, withdraw_form, taken_back(world, gone[-1]))
        elif gone:
            alive.append(gone.pop(dice.randrange(len(gone))))
            world.act(FRONT_DESK, restore_form, taken_back(world, alive[-1]))
    assert alive
    assert gone
    check_tallies(world)
    _check_call_backs(world)


def _somewhere(world: SurveyWorld, dice: random.Random) -> UnitId | None:
    return dice.choice((None, *world.units))


def _answers(dice: random.Random) -> tuple[tuple[int, int | str], ...]:
    every: list[tuple[int, int | str]] = [(position, dice.randint(1, 5)) for position in (1, 2, 3)]
    every += [(4, dice.choice("ABC")), (5, dice.choice(("A", "BC", "DA"))), (6, dice.randint(0, 10))]
    every += [(7, dice.randint(0, 60)), (8, dice.choice(("好", "不好")))]
    return tuple(answer for answer in every if dice.random() < 0.8)


def _check_call_backs(world: SurveyWorld) -> None:
    """A call-back is open exactly where an active form of a known unit has a low rating."""
    ratings = {item.position for item in world.items if item.kind is ItemKind.RATING}
    units = {row.response_id: row.unit_id for row in world.rows(SurveyRespondent)}
    wanted = {}
    for form in world.rows(SurveyResponse):
        low = [p for p, mark in world.answers(form.id) if p in ratings and isinstance(mark, int) and mark <= 2]
        if form.state == "active" and form.id in units and low:
            wanted[form.id] = units[form.id], ",".join(map(str, low))
    rung = {row.response_id: (row.unit_id, row.positions) for row in world.rows(FollowUp) if row.state == "open"}
    assert rung == wanted


def test_a_spoilt_missing_or_surplus_tally_is_found(world: SurveyWorld) -> None:
    world.enter(world.form(world.units[0]), world.form(None, ((1, 5), (4, "C"))))
    tallies: Any = SurveyTally.__table__
    lift = (tallies.c.position == 1, tallies.c.value == 5, tallies.c.customer_group == "owner")
    with world.database.writing() as connection, connection.begin():
        assert tally_differences(connection) == []
        connection.execute(tallies.update().where(*lift).values(forms=7))
        connection.execute(tallies.delete().where(tallies.c.position == 4, tallies.c.value == 3))
        wrong = {"estate_id": world.estate, "round_id": world.round, "position": 6, "value": 1, "building_id": 0}
        connection.execute(tallies.insert().values(**wrong, channel="phone", customer_group="other", forms=1))
    with world.database.reading() as connection:
        rows = [(row.estate_id, row.subject, row.expected, row.found) for row in tally_differences(connection)]
    where = f"round {world.round} item"
    assert sorted(rows) == [
        (world.estate, f"{where} 1 value 5 building {world.buildings[0]} paper owner", 1, 7),
        (world.estate, f"{where} 4 value 3 building 0 paper unknown", 1, 0),
        (world.estate, f"{where} 6 value 1 building 0 phone other", 0, 1),
    ]


# --- stored and removed for others (imports) ---


def store(world: SurveyWorld, *forms: NewForm, **given: Any) -> tuple[StoredForm, ...]:
    def act(work: UnitOfWork, _command: None) -> tuple[StoredForm, ...]:
        work.lock(world.estate)
        round_ = load_round(work.session, world.estate, world.round)
        assert round_ is not None
        return store_forms(work, round_, items_of(work.session, world.questionnaire), forms, **given)

    return world.act(FRONT_DESK, act, None)


def remove(world: SurveyWorld, *responses: ResponseId) -> int:
    def act(work: UnitOfWork, _command: None) -> int:
        work.lock(world.estate)
        round_ = load_round(work.session, world.estate, world.round)
        assert round_ is not None
        return remove_forms(work, round_, responses)

    return world.act(FRONT_DESK, act, None)


def a_new_form(world: SurveyWorld, request: str, **given: Any) -> NewForm:
    plain = NewForm(
        request=request,
        channel=Channel.PHONE,
        building_id=world.buildings[0],
        unit_id=world.units[0],
        customer_group=CustomerGroup.OTHER,
        collector="",
        collected_on=TODAY,
        answers=dict(LOW),
    )
    return replace(plain, **given)


def test_forms_of_a_file_carry_their_batch_and_open_no_call_backs_unless_told(world: SurveyWorld) -> None:
    quiet = store(world, a_new_form(world, "f1"), a_new_form(world, "f2"), import_batch=7, opens_follow_ups=False)
    assert [(form.number, form.replayed) for form in quiet] == [(1, False), (2, False)]
    assert [(row.import_batch, row.customer_group) for row in world.rows(SurveyResponse)] == [(7, "other")] * 2
    assert world.rows(FollowUp) == []
    loud = store(world, a_new_form(world, "f1"), a_new_form(world, "f3"), import_batch=8)
    assert [(form.number, form.replayed) for form in loud] == [(1, True), (3, False)]
    assert [row.response_id for row in world.rows(FollowUp)] == [loud[1].response_id]
    check_tallies(world)


def test_removed_forms_are_gone_with_all_that_belongs_to_them(world: SurveyWorld) -> None:
    kept = world.answer(world.units[1])
    forms = store(world, *(a_new_form(world, f"f{n}", answers=dict(ANSWERS) | dict(LOW)) for n in range(5)))
    world.act(SUPERVISOR, tag_opinions, TagOpinions(world.estate, world.round, ((forms[0].response_id, 8, ("lift",)),)))
    assert remove(world, *(form.response_id for form in forms)) == 0
    assert [row.id for row in world.rows(SurveyResponse)] == [kept.response_id]
    assert world.rows(FollowUp) == world.rows(SurveyTag) == []
    assert {row.response_id for row in world.rows(SurveyAnswer)} == {kept.response_id}
    assert {row.response_id for row in world.rows(SurveyRespondent)} == {kept.response_id}
    check_tallies(world)


def test_a_form_that_changed_since_is_missed_and_stays(world: SurveyWorld) -> None:
    changed, gone, rung, plain = (form.response_id for form in store(
        world, *(a_new_form(world, f"f{n}") for n in range(4))
    ))  # fmt: skip
    world.edit(changed, answers=((1, 4),))
    world.act(FRONT_DESK, withdraw_form, taken_back(world, gone))
    with world.database.writing() as connection, connection.begin():
        connection.execute(update(FollowUp).where(FollowUp.response_id == rung).values(attempts=1, version=2))
    assert remove(world, changed, gone, rung, plain, ResponseId(999_999)) == 4
    assert {row.id for row in world.rows(SurveyResponse)} == {changed, gone, rung}
    check_tallies(world)


def test_removing_from_a_large_file_takes_it_in_portions(world: SurveyWorld) -> None:
    many = [a_new_form(world, f"f{n}", answers={1: n % 5 + 1}) for n in range(1100)]
    stored = store(world, *many, opens_follow_ups=False)
    assert remove(world, *(form.response_id for form in stored)) == 0
    with world.database.reading() as connection:
        assert connection.execute(select(func.count()).select_from(SurveyResponse)).scalar() == 0
    assert world.rows(SurveyTally) == []
