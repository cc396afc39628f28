"""Open answers get tags from a person, and what others measured stands beside the own score (R-151, R-154)."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from core.admin.permissions import NotPermitted, Permission
from core.kernel.errors import BusinessError
from core.kernel.identity import EstateId, ResponseId, RoundId
from core.kernel.lines import LineMissing, LineTooLong
from core.surveys.external import MeasuredInFuture, ScaleRefused, ScoreMissing, ScoreOutsideScale, SubjectUnknown
from core.surveys.opinions import TagUnknown, TooManyTags
from db.engine import Database
from db.models import CodeItem, ExternalResult, SurveyTag
from db.operations.external_results import (
    RecordExternalResult,
    WithdrawExternalResult,
    record_external_result,
    withdraw_external_result,
)
from db.operations.survey_forms import WithdrawForm, withdraw_form
from db.operations.survey_opinions import TagOpinions, tag_opinions
from db.unit_of_work import EditConflict, NotFound
from tests import builders
from tests.db.asserting import check_rights, entries, pairs, refused, someone_with
from tests.db.surveys_setup import ANSWERS, TODAY, SurveyWorld, a_survey_world
from tests.personas import FRONT_DESK, HANDLER, SUPERVISOR
from tests.statements import count_statements


@pytest.fixture
def world(database: Database) -> SurveyWorld:
    return a_survey_world(database)


def tag(world: SurveyWorld, *tags: tuple[ResponseId, int, tuple[str, ...]], **given: Any) -> int:
    return world.act(HANDLER, tag_opinions, replace(TagOpinions(world.estate, world.round, tags), **given))


def stored(world: SurveyWorld) -> set[tuple[int, int, str]]:
    return {(row.response_id, row.position, row.tag) for row in world.rows(SurveyTag)}


def test_tags_take_the_place_of_those_an_answer_had_and_of_no_other(world: SurveyWorld) -> None:
    a, b, c = (form.response_id for form in world.enter(*(world.form() for _ in range(3))))
    assert tag(world, (a, 8, ("lift", "speed", "lift")), (b, 8, ("praise",)), (c, 8, ())) == 2
    assert stored(world) == {(a, 8, "lift"), (a, 8, "speed"), (b, 8, "praise")}
    assert all(row.round_id == world.round for row in world.rows(SurveyTag))
    assert tag(world, (a, 8, ("noise", "speed")), (b, 8, ("praise",))) == 1
    assert stored(world) == {(a, 8, "noise"), (a, 8, "speed"), (b, 8, "praise")}
    assert tag(world, (b, 8, ())) == 1
    assert stored(world) == {(a, 8, "noise"), (a, 8, "speed")}
    assert [entry.after for entry in entries(world.database, "survey_opinions.tag")] == [
        '{"answers":2,"tags":["lift","praise","speed"]}',
        '{"answers":1,"tags":["noise","speed"]}',
        '{"answers":1,"tags":[]}',
    ]


def test_the_same_tags_again_change_nothing(world: SurveyWorld) -> None:
    form = world.answer().response_id
    tag(world, (form, 8, ("lift", "speed")))
    assert tag(world, (form, 8, ("speed", "lift"))) == 0
    assert tag(world) == 0
    assert len(entries(world.database, "survey_opinions.tag")) == 1


def test_a_wrong_tag_refuses_all(world: SurveyWorld) -> None:
    a, b = (form.response_id for form in world.enter(world.form(), world.form()))
    with refused(world.database, TagUnknown, tag="weather"):
        tag(world, (a, 8, ("lift",)), (b, 8, ("weather",)))
    many = ("lift", "parking", "cleaning", "greening", "security", "noise", "facility")
    with refused(world.database, TooManyTags, most=6):
        tag(world, (a, 8, many))


def test_a_retired_tag_stays_where_it_is_and_comes_nowhere_else(world: SurveyWorld) -> None:
    a, b = (form.response_id for form in world.enter(world.form(), world.form()))
    tag(world, (a, 8, ("lift",)))
    with world.database.writing() as connection, connection.begin():
        table: Any = CodeItem.__table__
        gone = table.update().where(table.c.list == "survey_tag", table.c.code == "lift")
        connection.execute(gone.values(retired_at=builders.NOW))
    assert tag(world, (a, 8, ("lift", "speed"))) == 1
    with refused(world.database, TagUnknown, tag="lift"):
        tag(world, (b, 8, ("lift",)))


def test_only_words_that_count_in_this_round_are_tagged(world: SurveyWorld) -> None:
    silent = world.answer(None, ANSWERS[:7]).response_id
    gone, good = (form.response_id for form in world.enter(world.form(), world.form()))
    elsewhere = world.enter(world.form(), round_id=world.open())[0].response_id
    world.act(FRONT_DESK, withdraw_form, WithdrawForm(world.estate, gone, 1))
    for form, position in ((silent, 8), (gone, 8), (elsewhere, 8), (good, 1), (good, 4), (ResponseId(999_999), 8)):
        with refused(world.database, NotFound):
            tag(world, (good, 8, ("lift",)), (form, position, ("lift",)))
    with refused(world.database, NotFound):
        tag(world, (good, 8, ("lift",)), round_id=RoundId(999_999))


def test_a_hundred_answers_take_as_many_statements_as_one(world: SurveyWorld) -> None:
    forms = world.enter(*(world.form() for _ in range(101)))
    seen = []
    for chosen in (forms[:1], forms[1:]):
        with count_statements(world.database) as statements:
            tag(world, *((form.response_id, 8, ("lift", "speed")) for form in chosen))
        seen.append(len(statements))
    assert seen[0] == seen[1] <= 14


def test_tags_are_the_business_of_who_follows_up_in_that_estate(world: SurveyWorld) -> None:
    command = TagOpinions(world.estate, world.round, ((world.answer().response_id, 8, ("lift",)),))
    check_rights(world.database, tag_opinions, command, Permission.SURVEYS_FOLLOW)
    with refused(world.database, NotPermitted):
        elsewhere = someone_with(Permission.SURVEYS_FOLLOW, EstateId(world.estate + 1))
        world.act(elsewhere, tag_opinions, command)


# --- what others measured ---


def a_result(world: SurveyWorld, **given: Any) -> RecordExternalResult:
    plain = RecordExternalResult(
        world.estate, "省消费者协会", date(2026, 11, 1), "csi", Decimal("86.5"), Decimal(100), "入户调查 400 户"
    )
    return replace(plain, **given)


def test_a_result_of_another_body_is_kept_exactly(world: SurveyWorld) -> None:
    number = world.act(SUPERVISOR, record_external_result, a_result(world, body=" 省消费者协会 "))
    (row,) = world.rows(ExternalResult)
    assert (row.id, row.body, row.measured_on, row.subject) == (number, "省消费者协会", date(2026, 11, 1), "csi")
    assert (row.score_micro, row.scale_micro, row.note) == (86_500_000, 100_000_000, "入户调查 400 户")
    assert (row.made_by, row.made_at, row.withdrawn_at, row.version) == (SUPERVISOR.user_id, builders.NOW, None, 1)
    (entry,) = entries(world.database, "external_results.add")
    assert (entry.chain, entry.subject_id) == (world.estate, str(number))


def test_a_dimension_or_a_certificate_without_a_score_may_be_recorded(world: SurveyWorld) -> None:
    given = {"subject": "service", "score": Decimal("4.123456"), "scale": Decimal(5)}
    world.act(SUPERVISOR, record_external_result, a_result(world, **given))
    given = {"subject": "certificate", "score": None, "scale": None, "note": "ISO 9001"}
    world.act(SUPERVISOR, record_external_result, a_result(world, **given))
    rows = [(row.subject, row.score_micro, row.scale_micro) for row in world.rows(ExternalResult)]
    assert rows == [("service", 4_123_456, 5_000_000), ("certificate", None, None)]


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"body": ""}, LineMissing),
        ({"note": "字" * 301}, LineTooLong),
        ({"measured_on": TODAY + timedelta(days=1)}, MeasuredInFuture),
        ({"subject": "weather"}, SubjectUnknown),
        ({"score": None}, ScoreMissing),
        ({"scale": Decimal(0)}, ScaleRefused),
        ({"score": Decimal("100.5")}, ScoreOutsideScale),
        ({"estate_id": EstateId(99)}, NotFound),
    ],
)
def test_a_wrong_result_is_refused(world: SurveyWorld, given: dict[str, Any], error: type[BusinessError]) -> None:
    with refused(world.database, error):
        world.act(SUPERVISOR, record_external_result, a_result(world, **given))


def test_a_result_is_withdrawn_once_with_the_reason_and_stays_in_the_books(world: SurveyWorld) -> None:
    number = world.act(SUPERVISOR, record_external_result, a_result(world))
    back = WithdrawExternalResult(world.estate, number, 1, "抄错了")
    for wrong, error in (
        (replace(back, version=2), EditConflict),
        (replace(back, reason=" "), LineMissing),
        (replace(back, result_id=999_999), NotFound),
    ):
        with refused(world.database, error):
            world.act(SUPERVISOR, withdraw_external_result, wrong)
    world.act(SUPERVISOR, withdraw_external_result, back)
    (row,) = world.rows(ExternalResult)
    assert (row.withdrawn_at, row.version, row.score_micro) == (builders.NOW, 2, 86_500_000)
    (entry,) = entries(world.database, "external_results.withdraw")
    assert entry.reason == "抄错了"
    with refused(world.database, EditConflict):
        world.act(SUPERVISOR, withdraw_external_result, replace(back, version=2))


def test_results_are_the_business_of_who_makes_surveys_in_that_estate(world: SurveyWorld) -> None:
    number = world.act(SUPERVISOR, record_external_result, a_result(world))
    elsewhere = someone_with(Permission.SURVEYS_MAKE, EstateId(world.estate + 1))
    for operation, command in pairs(
        (record_external_result, a_result(world)),
        (withdraw_external_result, WithdrawExternalResult(world.estate, number, 1, "抄错了")),
    ):
        check_rights(world.database, operation, command, Permission.SURVEYS_MAKE)
        with refused(world.database, NotPermitted):
            world.act(elsewhere, operation, command)
