"""What is late or due today for the desk: one statement, the oldest first, each only for who may see to it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from core.admin.permissions import Actor
from core.kernel.identity import EstateId
from db.engine import Database
from db.queries.promises import Promise, PromiseRow, Promises, PromisesWanted, late_promises
from db.unit_of_work import fetch
from tests.db.surveys_setup import ENDS, LOW, SurveyWorld, a_survey_world
from tests.fee_books import A
from tests.measures_setup import NOW, TODAY, a_company
from tests.personas import AUDITOR, FRONT_DESK, HANDLER, PATROL, SUPERVISOR
from tests.statements import count_statements


@pytest.fixture
def world(database: Database) -> SurveyWorld:
    """Five call-backs opened on a Saturday, due on the Wednesday after it."""
    found = a_survey_world(database)
    found.enter(*(found.form(unit, LOW) for unit in found.units[:5]))
    return found


def see(world: SurveyWorld, by: Actor, days: int, estate: EstateId | None = None) -> tuple[PromiseRow, ...]:
    now = world.now + timedelta(days=days)
    found = fetch(world.database, late_promises, PromisesWanted(estate), actor=by, now=now)
    assert found.service == ()
    return found.others


def kinds(rows: tuple[PromiseRow, ...]) -> list[Promise]:
    return [row.kind for row in rows]


def test_calls_are_due_on_their_day_and_late_the_day_after(world: SurveyWorld) -> None:
    assert kinds(see(world, FRONT_DESK, 3)) == []
    today = see(world, FRONT_DESK, 4)
    assert kinds(today) == [Promise.CALL_TODAY] * 3
    assert {row.total for row in today} == {5} and [row.code for row in today] == ["1-101", "1-102", "1-201"]
    late = see(world, HANDLER, 5)
    assert kinds(late) == [Promise.CALL_LATE] * 3 and late[0].mark == 1


def test_a_round_that_has_ended_waits_for_somebody_who_makes_rounds(world: SurveyWorld) -> None:
    over = (ENDS - world.now.date()).days
    assert Promise.ROUND_ENDED not in kinds(see(world, SUPERVISOR, over - 1))
    ended = [row for row in see(world, SUPERVISOR, over) if row.kind is Promise.ROUND_ENDED]
    assert [(row.code, row.day) for row in ended] == [(world.round_row().code, ENDS)]
    assert Promise.ROUND_ENDED not in kinds(see(world, FRONT_DESK, over))


@pytest.mark.parametrize("who", [AUDITOR, PATROL])
def test_who_sees_to_none_of_it_is_shown_nothing(world: SurveyWorld, who: Actor) -> None:
    assert see(world, who, 30) == ()


def test_another_estate_shows_nothing_of_this_one(world: SurveyWorld) -> None:
    elsewhere = EstateId(world.estate + 1)
    assert see(world, replace(SUPERVISOR, estates=frozenset({elsewhere})), 30) == ()
    assert see(world, SUPERVISOR, 30, elsewhere) == ()


def test_it_is_one_statement(world: SurveyWorld) -> None:
    with count_statements(world.database) as counted:
        assert see(world, SUPERVISOR, 30)
    assert len(counted) == 1


def test_a_measure_is_late_the_day_after_its_deadline_and_names_who_promised_it(database: Database) -> None:
    company = a_company(database)
    number = company.opened(company.record())
    row = company.row(number)
    before = company.see(late_promises, PromisesWanted(A), now=NOW + (row.deadline - TODAY))
    assert before == Promises()
    (late,) = company.see(late_promises, PromisesWanted(A), now=NOW + (row.deadline - TODAY) + timedelta(days=1)).others
    assert (late.kind, late.id, late.code, late.text) == (Promise.MEASURE_LATE, number, row.number, row.problem)
    assert (late.day, late.total, bool(late.who)) == (row.deadline, 1, True)
