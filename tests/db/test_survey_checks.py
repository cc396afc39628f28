"""Double entry: somebody else types a form again, what differs is kept and decided once (R-138, R-139; U4)."""

from dataclasses import replace
from typing import Any

import pytest

from core.admin.permissions import SYSTEM, NotPermitted, Permission
from core.kernel.identity import EstateId, ResponseId
from core.kernel.lines import LineTooLong
from core.surveys.checks import CheckedByTheSame, EntryCheck
from core.surveys.questionnaires import AnswerRefused, Item, ItemKind
from core.surveys.responses import NotOwnResponse, ResponseWithdrawn, RoundNotOpen
from db.engine import Database
from db.models import SurveyCheck
from db.operations.survey_checks import CheckForm, SettleCheck, check_form, settle_check
from db.operations.survey_forms import WithdrawForm, withdraw_form
from db.operations.survey_rounds import CloseRound, close_round
from db.unit_of_work import EditConflict, NotFound
from tests import builders
from tests.db.asserting import check_rights, entries, pairs, refused, someone_with
from tests.db.surveys_setup import ANSWERS, SurveyWorld, a_survey_world, check_tallies, letters
from tests.personas import CASHIER, FRONT_DESK, HANDLER, PATROL, SUPERVISOR

OTHER = ((1, 5), (2, 1), (3, 3), (4, "A"), (5, "DB"), (7, 3), (8, "别的话"))
"""As ``ANSWERS`` but for a low mark at 2 and a skipped 6; letters in another order and other words do not count."""


@pytest.fixture
def world(database: Database) -> SurveyWorld:
    return a_survey_world(database)


def second(world: SurveyWorld, response: ResponseId, answers: Any = OTHER) -> CheckForm:
    return CheckForm(world.estate, response, tuple(answers))


def settled(world: SurveyWorld, response: ResponseId, *, take_second: bool = True, **given: Any) -> SettleCheck:
    plain = SettleCheck(world.estate, response, world.response(response).version, take_second)
    return replace(plain, **given)


def the_check(world: SurveyWorld) -> Any:
    (row,) = world.rows(SurveyCheck)
    return row


def test_what_differs_is_kept_without_words_and_place(world: SurveyWorld) -> None:
    entered = world.answer(world.units[0])
    found = world.act(HANDLER, check_form, second(world, entered.response_id))
    assert found == EntryCheck(compared=7, differing=(2, 6))
    row = the_check(world)
    assert (row.round_id, row.compared, row.differing, row.settled) == (world.round, 7, "2,6", False)
    assert (row.second, row.checked_by, row.checked_at) == ("- 513 A BD - 3", HANDLER.user_id, builders.NOW)
    (entry,) = entries(world.database, "survey_forms.check")
    assert entry.after == '{"compared":7,"differing":[2,6],"number":1}'
    assert world.response(entered.response_id).version == 1


def test_the_same_reading_is_settled_at_once(world: SurveyWorld) -> None:
    entered = world.answer()
    assert world.act(HANDLER, check_form, second(world, entered.response_id, ANSWERS)).differing == ()
    assert (the_check(world).settled, the_check(world).differing) == (True, "")
    with refused(world.database, EditConflict):
        world.act(SUPERVISOR, settle_check, settled(world, entered.response_id))


def test_the_second_entry_is_somebody_elses_and_known(world: SurveyWorld) -> None:
    entered = world.answer()
    for who in (FRONT_DESK, SYSTEM):
        with refused(world.database, CheckedByTheSame):
            world.act(who, check_form, second(world, entered.response_id))


def test_a_form_is_checked_once_and_a_repeated_send_gets_the_same_result(world: SurveyWorld) -> None:
    entered = world.answer()
    found = world.act(HANDLER, check_form, second(world, entered.response_id))
    assert world.act(HANDLER, check_form, second(world, entered.response_id)) == found
    assert len(entries(world.database, "survey_forms.check")) == 1
    with refused(world.database, EditConflict):
        world.act(HANDLER, check_form, second(world, entered.response_id, ANSWERS))
    with refused(world.database, EditConflict):
        world.act(PATROL, check_form, second(world, entered.response_id))


def test_what_cannot_be_checked_is_refused(world: SurveyWorld) -> None:
    entered, gone = world.answer(), world.answer()
    with refused(world.database, AnswerRefused, position=1):
        world.act(HANDLER, check_form, second(world, entered.response_id, ((1, 6),)))
    world.act(FRONT_DESK, withdraw_form, WithdrawForm(world.estate, gone.response_id, 1))
    with refused(world.database, ResponseWithdrawn):
        world.act(HANDLER, check_form, second(world, gone.response_id))
    world.act(SUPERVISOR, close_round, CloseRound(world.estate, world.round, 1))
    with refused(world.database, RoundNotOpen):
        world.act(HANDLER, check_form, second(world, entered.response_id))


def test_a_reading_too_long_to_keep_is_refused(database: Database) -> None:
    every = tuple("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    items = tuple(
        Item(place, f"c{place}", ItemKind.CHOICE, "问", "Ask", choices=letters(*every), most=26)
        for place in range(1, 101)
    )
    world = a_survey_world(database, items=items)
    entered = world.answer(None, ((1, "A"),))
    many = tuple((item.position, "".join(every)) for item in items)
    with refused(world.database, LineTooLong, longest=2000):
        world.act(HANDLER, check_form, second(world, entered.response_id, many))


def test_the_second_reading_takes_the_place_of_the_first_but_for_the_words(world: SurveyWorld) -> None:
    entered = world.answer(world.units[0])
    world.act(HANDLER, check_form, second(world, entered.response_id))
    world.act(SUPERVISOR, settle_check, settled(world, entered.response_id))
    expected = ((1, 5), (2, 1), (3, 3), (4, "A"), (5, "BD"), (7, 3), (8, "电梯慢"))
    assert world.answers(entered.response_id) == expected
    assert (world.response(entered.response_id).version, the_check(world).settled) == (2, True)
    assert world.follow_up(entered.response_id).positions == "2"
    check_tallies(world)
    assert len(entries(world.database, "survey_forms.edit")) == 1
    (entry,) = entries(world.database, "survey_forms.settle_check")
    assert entry.after == '{"number":1,"take_second":true}'


def test_the_first_reading_may_stand(world: SurveyWorld) -> None:
    entered = world.answer()
    world.act(HANDLER, check_form, second(world, entered.response_id))
    world.act(FRONT_DESK, settle_check, settled(world, entered.response_id, take_second=False))
    assert (world.answers(entered.response_id), the_check(world).settled) == (ANSWERS, True)
    with refused(world.database, EditConflict):
        world.act(FRONT_DESK, settle_check, settled(world, entered.response_id))


def test_first_typist_second_typist_and_supervisor_may_decide_and_nobody_else(world: SurveyWorld) -> None:
    forms = world.enter(*(world.form() for _ in range(3)))
    for form in forms:
        world.act(HANDLER, check_form, second(world, form.response_id))
    with refused(world.database, NotOwnResponse):
        world.act(PATROL, settle_check, settled(world, forms[0].response_id))
    for who, form in zip((FRONT_DESK, HANDLER, SUPERVISOR), forms, strict=True):
        world.act(who, settle_check, settled(world, form.response_id))
    assert all(row.settled for row in world.rows(SurveyCheck))
    check_tallies(world)


def test_a_stale_unchecked_or_unknown_form_is_refused(world: SurveyWorld) -> None:
    entered = world.answer()
    with refused(world.database, NotFound):
        world.act(SUPERVISOR, settle_check, settled(world, entered.response_id))
    world.act(HANDLER, check_form, second(world, entered.response_id))
    with refused(world.database, EditConflict):
        world.act(SUPERVISOR, settle_check, settled(world, entered.response_id, version=2))
    missing = ResponseId(999_999)
    for operation, command in pairs(
        (check_form, second(world, missing)),
        (settle_check, SettleCheck(world.estate, missing, 1, take_second=True)),
    ):
        with refused(world.database, NotFound):
            world.act(SUPERVISOR, operation, command)


def test_nothing_is_decided_in_a_closed_round(world: SurveyWorld) -> None:
    entered = world.answer()
    world.act(HANDLER, check_form, second(world, entered.response_id))
    world.act(SUPERVISOR, close_round, CloseRound(world.estate, world.round, 1))
    with refused(world.database, RoundNotOpen):
        world.act(SUPERVISOR, settle_check, settled(world, entered.response_id))


def test_a_form_corrected_or_taken_back_by_hand_needs_no_decision_any_more(world: SurveyWorld) -> None:
    first, gone = world.enter(world.form(), world.form())
    for form in (first, gone):
        world.act(HANDLER, check_form, second(world, form.response_id))
    world.edit(first.response_id, answers=((1, 4),))
    world.act(FRONT_DESK, withdraw_form, WithdrawForm(world.estate, gone.response_id, 1))
    assert [row.settled for row in world.rows(SurveyCheck)] == [True, True]


def test_checks_are_the_business_of_who_enters_surveys_in_that_estate(world: SurveyWorld) -> None:
    entered = world.answer(by=CASHIER)
    commands = pairs(
        (check_form, second(world, entered.response_id)),
        (settle_check, settled(world, entered.response_id)),
    )
    elsewhere = someone_with(Permission.SURVEYS_ENTER, EstateId(world.estate + 1))
    for operation, command in commands:
        check_rights(world.database, operation, command, Permission.SURVEYS_ENTER)
        with refused(world.database, NotPermitted):
            world.act(elsewhere, operation, command)
