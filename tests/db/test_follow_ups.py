"""Call-backs after a low mark: calls in vain, an end with a new mark or a reason, and nothing twice (R-145, R-152)."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from core.admin.permissions import NotPermitted, Permission
from core.kernel.errors import BusinessError
from core.kernel.identity import EstateId, FollowUpId
from core.kernel.lifecycle import ForbiddenMove
from core.kernel.lines import LineTooLong
from core.surveys.follow_ups import FollowUpNoteMissing, FollowUpState, MarkWithoutCall, NewMarkRefused
from db.engine import Database
from db.operations.follow_ups import NoteAttempt, SettleFollowUp, note_attempt, settle_follow_up
from db.operations.survey_forms import WithdrawForm, withdraw_form
from db.operations.survey_rounds import CloseRound, close_round
from db.unit_of_work import EditConflict, NotFound
from tests import builders
from tests.db.asserting import check_rights, entries, pairs, refused, someone_with
from tests.db.surveys_setup import LOW, SurveyWorld, a_survey_world
from tests.personas import FRONT_DESK, HANDLER, SUPERVISOR


@pytest.fixture
def world(database: Database) -> SurveyWorld:
    return a_survey_world(database)


def low(world: SurveyWorld) -> Any:
    """The call-back of a new form with low marks."""
    return world.follow_up(world.answer(world.units[0], LOW).response_id)


def again(world: SurveyWorld, call: Any) -> Any:
    return world.follow_up(call.response_id)


def end(call: Any, **given: Any) -> SettleFollowUp:
    plain = SettleFollowUp(
        EstateId(call.estate_id), FollowUpId(call.id), call.version, FollowUpState.REACHED, 4, "已上门解释"
    )
    return replace(plain, **given)


def test_a_customer_who_was_reached_gives_a_new_mark(world: SurveyWorld) -> None:
    call = low(world)
    world.act(HANDLER, settle_follow_up, end(call, note=" 已上门 解释 "))
    row = again(world, call)
    assert (row.state, row.new_mark, row.note, row.attempts, row.version) == ("reached", 4, "已上门 解释", 1, 2)
    assert (row.settled_by, row.settled_at, row.lowest_mark) == (HANDLER.user_id, builders.NOW, 1)
    (entry,) = entries(world.database, "follow_ups.settle")
    assert (entry.subject_id, entry.after) == (str(call.id), '{"attempts":1,"new_mark":4,"state":"reached"}')


def test_calls_in_vain_are_counted_until_somebody_gives_up_and_the_customer_may_ring_later(world: SurveyWorld) -> None:
    call = low(world)
    for note in ("无人接听", ""):
        row = again(world, call)
        world.act(HANDLER, note_attempt, NoteAttempt(world.estate, FollowUpId(row.id), row.version, note))
    row = again(world, call)
    assert (row.state, row.attempts, row.note, row.settled_at, row.version) == ("open", 2, "无人接听", None, 3)
    outcome = {"outcome": FollowUpState.UNREACHABLE, "new_mark": None, "note": "三次未接"}
    world.act(HANDLER, settle_follow_up, end(row, **outcome))
    row = again(world, call)
    assert (row.state, row.attempts, row.settled_by) == ("unreachable", 3, HANDLER.user_id)
    world.now += timedelta(days=1)
    world.act(FRONT_DESK, settle_follow_up, end(row, new_mark=2))
    row = again(world, call)
    assert (row.state, row.new_mark, row.attempts, row.settled_at) == ("reached", 2, 4, world.now)
    assert len(entries(world.database, "follow_ups.attempt")) == 2


def test_a_call_back_may_be_called_off_with_the_reason(world: SurveyWorld) -> None:
    call = low(world)
    world.act(SUPERVISOR, settle_follow_up, end(call, outcome=FollowUpState.DROPPED, new_mark=None, note="录入有误"))
    assert (again(world, call).state, again(world, call).attempts) == ("dropped", 0)


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"new_mark": None}, NewMarkRefused),
        ({"new_mark": 6}, NewMarkRefused),
        ({"outcome": FollowUpState.UNREACHABLE}, MarkWithoutCall),
        ({"note": "好"}, FollowUpNoteMissing),
        ({"note": "字" * 501}, LineTooLong),
        ({"outcome": FollowUpState.DROPPED, "new_mark": None, "note": ""}, FollowUpNoteMissing),
        ({"version": 2}, EditConflict),
        ({"follow_up_id": FollowUpId(999_999)}, NotFound),
    ],
)
def test_a_wrong_end_is_refused(world: SurveyWorld, given: dict[str, Any], error: type[BusinessError]) -> None:
    call = low(world)
    with refused(world.database, error):
        world.act(HANDLER, settle_follow_up, end(call, **given))


def test_what_has_ended_does_not_end_again(world: SurveyWorld) -> None:
    call = low(world)
    world.act(HANDLER, settle_follow_up, end(call))
    row = again(world, call)
    for operation, command in pairs(
        (settle_follow_up, end(row)),
        (note_attempt, NoteAttempt(world.estate, FollowUpId(row.id), row.version)),
    ):
        with refused(world.database, ForbiddenMove):
            world.act(HANDLER, operation, command)


def test_two_who_call_the_same_customer_do_not_overwrite_each_other(world: SurveyWorld) -> None:
    call = low(world)
    world.act(HANDLER, note_attempt, NoteAttempt(world.estate, FollowUpId(call.id), call.version))
    with refused(world.database, EditConflict):
        world.act(FRONT_DESK, settle_follow_up, end(call))
    with refused(world.database, EditConflict):
        world.act(FRONT_DESK, note_attempt, NoteAttempt(world.estate, FollowUpId(call.id), call.version))


def test_customers_are_called_after_the_round_is_closed_too(world: SurveyWorld) -> None:
    call = low(world)
    world.act(SUPERVISOR, close_round, CloseRound(world.estate, world.round, 1))
    world.act(HANDLER, settle_follow_up, end(call))
    assert again(world, call).state == "reached"


def test_what_somebody_ended_stays_when_the_form_is_corrected_or_taken_back(world: SurveyWorld) -> None:
    call = low(world)
    world.act(HANDLER, settle_follow_up, end(call))
    ended = again(world, call)
    world.edit(call.response_id, unit_id=world.units[0], answers=((1, 5),))
    world.edit(call.response_id, unit_id=world.units[0], answers=((1, 1),))
    world.act(FRONT_DESK, withdraw_form, WithdrawForm(world.estate, call.response_id, 3))
    assert again(world, call) == ended


def test_call_backs_are_the_business_of_who_follows_up_in_that_estate(world: SurveyWorld) -> None:
    call = low(world)
    commands = pairs(
        (settle_follow_up, end(call)),
        (note_attempt, NoteAttempt(world.estate, FollowUpId(call.id), call.version)),
    )
    elsewhere = someone_with(Permission.SURVEYS_FOLLOW, EstateId(world.estate + 1))
    for operation, command in commands:
        check_rights(world.database, operation, command, Permission.SURVEYS_FOLLOW)
        with refused(world.database, NotPermitted):
            world.act(elsewhere, operation, command)
