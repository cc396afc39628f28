"""Results of others beside our own: recorded, listed with our figure of that time, withdrawn (R-154)."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from sqlalchemy import insert

from core.admin.permissions import Actor, NotPermitted
from core.admin.settings import SettingKey
from core.kernel.filters import Slice
from core.kernel.identity import COMPANY, EstateId
from core.kernel.lines import LineMissing, LineTooLong
from core.kernel.periods import Span
from core.surveys.external import (
    MeasuredInFuture,
    ScaleRefused,
    ScoreMissing,
    ScoreOutsideScale,
    SubjectUnknown,
)
from core.surveys.rounds import RoundKind
from db.engine import Database
from db.models import AuditEntry, ExternalResult, Setting
from db.operations.external_results import (
    RecordExternalResult,
    WithdrawExternalResult,
    record_external_result,
    withdraw_external_result,
)
from db.operations.survey_rounds import CancelRound, cancel_round
from db.queries.external_results import ExternalList, ExternalResultsWanted, ExternalRow, OwnFigure, external_results
from db.unit_of_work import EditConflict, NotFound
from tests.builders import NOW, ask
from tests.db.surveys_setup import STARTS, TODAY, SurveyWorld, a_survey_world
from tests.personas import (
    ADMINISTRATOR,
    AUDITOR,
    CASHIER,
    FRONT_DESK,
    HANDLER,
    MANAGER,
    PATROL,
    SUPERVISOR,
    person,
)
from tests.statements import count_statements

HALF = ((1, 5), (2, 3), (3, 4))
"""Service 5, communication 3, facility 4: CSI 80."""


@pytest.fixture
def world(database: Database) -> SurveyWorld:
    return a_survey_world(database)


def wanted(world: SurveyWorld, **given: Any) -> RecordExternalResult:
    plain = RecordExternalResult(world.estate, "省消费者协会", TODAY, "csi", Decimal("85.2"), Decimal(100), "抽样")
    return replace(plain, **given)


def record(world: SurveyWorld, by: Actor = SUPERVISOR, **given: Any) -> int:
    return world.act(by, record_external_result, wanted(world, **given))


def withdraw(world: SurveyWorld, number: int, by: Actor = SUPERVISOR, **given: Any) -> None:
    plain = WithdrawExternalResult(world.estate, number, 1, "wrong year")
    world.act(by, withdraw_external_result, replace(plain, **given))


def see(world: SurveyWorld, by: Actor = SUPERVISOR, **given: Any) -> ExternalList:
    return ask(world.database, external_results, replace(ExternalResultsWanted(world.estate), **given), by=by)


def answered(world: SurveyWorld, forms: int, marks: tuple[tuple[int, int], ...] = HALF, **given: Any) -> None:
    world.enter(*(world.form(None, marks) for _ in range(forms)), **given)


def test_a_result_is_listed_as_it_was_recorded(world: SurveyWorld) -> None:
    number = record(world)
    assert see(world).rows == (
        ExternalRow(
            result_id=number,
            body="省消费者协会",
            measured_on=TODAY,
            subject="csi",
            score=Decimal("85.2"),
            scale=Decimal(100),
            note="抽样",
            percent=Fraction(426, 5),
            own=None,
            made_by_name="supervisor",
            made_at=NOW,
            version=1,
        ),
    )
    assert see(world).total == 1


@pytest.mark.parametrize(
    ("given", "refusal"),
    [
        ({"body": " "}, LineMissing),
        ({"body": "x" * 101}, LineTooLong),
        ({"note": "x" * 301}, LineTooLong),
        ({"measured_on": TODAY + timedelta(days=1)}, MeasuredInFuture),
        ({"subject": "weather"}, SubjectUnknown),
        ({"scale": Decimal(0)}, ScaleRefused),
        ({"scale": Decimal("100000.1")}, ScaleRefused),
        ({"score": Decimal("100.1")}, ScoreOutsideScale),
        ({"score": Decimal("85.1234567")}, ScoreOutsideScale),
        ({"score": Decimal(-1)}, ScoreOutsideScale),
        ({"score": None}, ScoreMissing),
        ({"scale": None}, ScoreMissing),
        ({"subject": "certificate", "scale": None}, ScoreMissing),
        ({"subject": "certificate", "score": None, "scale": None, "note": ""}, LineMissing),
    ],
)
def test_a_result_that_cannot_be_is_refused_and_nothing_is_stored(
    world: SurveyWorld, given: dict[str, Any], refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        record(world, **given)
    assert see(world) == ExternalList((), 0) and world.rows(ExternalResult) == []


def test_a_certificate_has_a_name_and_neither_score_nor_figure_of_ours(world: SurveyWorld) -> None:
    answered(world, 5)
    record(world, subject="certificate", score=None, scale=None, note="ISO 9001:2015")
    row = see(world).rows[0]
    assert (row.score, row.scale, row.percent, row.own, row.note) == (None, None, None, None, "ISO 9001:2015")


def test_six_decimals_survive(world: SurveyWorld) -> None:
    record(world, score=Decimal("4.123456"), scale=Decimal(5))
    assert see(world).rows[0].score == Decimal("4.123456")


def test_our_own_index_and_dimension_stand_beside_it(world: SurveyWorld) -> None:
    answered(world, 5)
    code, last_day = world.round_row().code, date(2026, 11, 30)
    record(world)
    record(world, subject="communication", score=Decimal(4), scale=Decimal(5))
    record(world, subject="price", score=Decimal(4), scale=Decimal(5))
    price, communication, whole = see(world).rows
    assert whole.own == OwnFigure(Fraction(80), 5, code, last_day)
    assert (communication.percent, communication.own) == (Fraction(80), OwnFigure(Fraction(60), 5, code, last_day))
    assert price.own is None  # the questionnaire does not ask about it


def test_the_index_is_weighed_as_the_settings_of_that_round_say(world: SurveyWorld) -> None:
    answered(world, 5)
    record(world)
    weights = {
        "estate_id": COMPANY,
        "key": SettingKey.SURVEYS_DIMENSION_WEIGHTS.value,
        "value": "service=3,communication=1",
        "valid_from": date(2026, 11, 30),
        "set_by": "somebody",
        "set_at": NOW,
    }
    with world.database.writing() as connection, connection.begin():
        connection.execute(insert(Setting).values(**weights))
    own = see(world).rows[0].own
    assert own is not None and own.percent == Fraction(3 * 5 + 3, 4) / 5 * 100


def test_four_people_are_not_shown_neither_in_a_round_nor_in_a_dimension(world: SurveyWorld) -> None:
    record(world)
    record(world, subject="communication", score=Decimal(4), scale=Decimal(5))
    answered(world, 4)
    assert [row.own for row in see(world).rows] == [None, None]
    answered(world, 1, ((1, 5), (3, 4)))
    communication, whole = see(world).rows
    assert communication.own is None and whole.own is not None and whole.own.n == 5


def test_the_figure_is_of_the_last_regular_round_begun_by_the_day_of_measurement(world: SurveyWorld) -> None:
    answered(world, 5)
    first = world.round_row().code
    last_month = {"starts_on": date(2026, 10, 1), "ends_on": date(2026, 11, 1)}
    for kind, event in ((RoundKind.AFTER_EVENT, "festival"), (RoundKind.CALL_BACK, "")):
        world.open(kind=kind, event_reference=event, starts_on=TODAY)
    cancelled = world.open(starts_on=TODAY)
    version = world.round_row(cancelled).version
    world.act(SUPERVISOR, cancel_round, CancelRound(world.estate, cancelled, version))
    second = world.round = world.open(**last_month)
    answered(world, 6, ((1, 1), (2, 1), (3, 1)), collected_on=date(2026, 10, 15))
    for day in (date(2026, 9, 30), date(2026, 10, 1), STARTS - timedelta(days=1), STARTS):
        record(world, measured_on=day)
    own = [row.own for row in see(world).rows]
    assert [(figure.round_code, int(figure.percent)) if figure else None for figure in own] == [
        (first, 80), (world.round_row(second).code, 20), (world.round_row(second).code, 20), None,
    ]  # fmt: skip


def test_a_round_that_has_hardly_begun_does_not_hide_the_one_before(world: SurveyWorld) -> None:
    answered(world, 5)
    first, world.round = world.round_row().code, world.open(starts_on=TODAY)
    answered(world, 4)
    record(world)
    own = see(world).rows[0].own
    assert own is not None and own.round_code == first


def test_the_newest_come_first_within_the_span_asked_for(world: SurveyWorld) -> None:
    days = [date(2025, 12, 31), date(2026, 1, 1), date(2026, 9, 30), date(2026, 10, 1)]
    for day in days:
        record(world, measured_on=day)
    assert [row.measured_on for row in see(world).rows] == days[::-1]
    within = see(world, span=Span(date(2026, 1, 1), date(2026, 10, 1)))
    assert ([row.measured_on for row in within.rows], within.total) == ([days[2], days[1]], 2)
    part = see(world, slice=Slice(2, 3))
    assert ([row.measured_on for row in part.rows], part.total) == ([days[0]], 4)


def test_a_withdrawn_result_is_listed_no_more_and_stays_in_the_books(world: SurveyWorld) -> None:
    number, kept = record(world), record(world, body="other")
    withdraw(world, number)
    assert [row.result_id for row in see(world).rows] == [kept] and see(world).total == 1
    assert len(world.rows(ExternalResult)) == 2
    with world.database.reading() as connection:
        last = connection.execute(
            AuditEntry.__table__.select().where(AuditEntry.action == "external_results.withdraw")
        ).one()
    assert last.reason == "wrong year" and "85200000" in last.before


def test_it_is_withdrawn_once_with_a_reason_by_who_saw_it_last(world: SurveyWorld) -> None:
    number = record(world)
    with pytest.raises(LineMissing):
        withdraw(world, number, reason=" ")
    with pytest.raises(EditConflict):
        withdraw(world, number, version=2)
    with pytest.raises(NotFound):
        withdraw(world, number + 1_000)
    withdraw(world, number)
    with pytest.raises(EditConflict):
        withdraw(world, number, version=2)


def test_the_statements_do_not_grow_with_results_and_rounds(world: SurveyWorld) -> None:
    answered(world, 5)
    record(world)
    with count_statements(world.database) as few:
        see(world)
    for month in range(1, 10):
        world.round = world.open(starts_on=date(2026, month, 1), ends_on=date(2026, month, 28))
        answered(world, 5, collected_on=date(2026, month, 2))
        record(world, measured_on=date(2026, month, 20))
    with count_statements(world.database) as many:
        rows = see(world).rows
    assert len({row.own.round_code for row in rows if row.own}) == 10
    assert len(many) == len(few) <= 8


@pytest.mark.parametrize("who", [FRONT_DESK, HANDLER, SUPERVISOR, MANAGER, AUDITOR], ids=lambda who: who.name)
def test_who_sees_surveys_sees_them(world: SurveyWorld, who: Actor) -> None:
    record(world)
    assert see(world, who).total == 1


@pytest.mark.parametrize("who", [CASHIER, PATROL, ADMINISTRATOR], ids=lambda who: who.name)
def test_nobody_else_does(world: SurveyWorld, who: Actor) -> None:
    with pytest.raises(NotPermitted):
        see(world, who)


@pytest.mark.parametrize("who", [FRONT_DESK, HANDLER, AUDITOR], ids=lambda who: who.name)
def test_who_only_sees_them_records_and_withdraws_none(world: SurveyWorld, who: Actor) -> None:
    number = record(world)
    with pytest.raises(NotPermitted):
        record(world, who)
    with pytest.raises(NotPermitted):
        withdraw(world, number, who)


def test_another_estate_is_out_of_reach_and_its_rounds_are_not_compared_with(world: SurveyWorld) -> None:
    other = a_survey_world(world.database, "Elm Court")
    answered(other, 5)
    record(world)
    stranger = person(12, "stranger", *SUPERVISOR.roles, estates=frozenset({other.estate}))
    with pytest.raises(NotPermitted):
        see(world, stranger)
    with pytest.raises(NotPermitted):
        record(world, stranger)
    assert see(other, stranger).total == 0 and see(world).rows[0].own is None
    assert see(world, estate_id=EstateId(99)).total == 0
