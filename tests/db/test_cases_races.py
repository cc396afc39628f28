"""Two people and two clicks at the same instant (convention 14), on real databases and with threads."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest

from core.admin.permissions import SYSTEM, Actor
from core.complaints.outcome_steps import MergeIntoHandled
from core.complaints.states import CaseState
from core.kernel.errors import BusinessError
from core.kernel.identity import CaseId
from db.engine import Database
from db.models import Case, ServiceClock, ServiceEscalation, ServiceRecord, ServiceStep
from db.operations.case_care import TickClocks, tick_clocks
from db.operations.case_moves import BulkAssign, MergeCase, MoveCase, bulk_assign, merge_case, move_case
from db.operations.cases import RegisterCase, register_case
from db.unit_of_work import EditConflict
from tests.db.asserting import entries
from tests.db.service_setup import ServiceWorld, a_service_world
from tests.db.test_cases import LIFT

C = CaseState


@pytest.fixture
def world(database: Database) -> ServiceWorld:
    return a_service_world(database)


def together(world: ServiceWorld, *acts: tuple[Actor, Callable[..., Any], Any]) -> list[Any]:
    """Carry all out at once; a refusal stands in the place of its answer."""
    start = Barrier(len(acts))

    def one(given: tuple[Actor, Callable[..., Any], Any]) -> Any:
        start.wait()
        try:
            return world.act(*given)
        except BusinessError as error:
            return error

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(one, acts))


def step(world: ServiceWorld, case: CaseId, target: CaseState) -> MoveCase:
    return MoveCase(world.estate, case, world.case(case).version, target, world.plain_step(target)[1])


def test_of_two_who_close_a_case_at_once_one_is_told_that_it_has_changed(world: ServiceWorld) -> None:
    case = world.register()
    world.move_to(case, C.CALLED_BACK)
    close = step(world, case, C.CLOSED)
    people = world.people
    answers = together(world, (people.supervisor, move_case, close), (people.manager, move_case, close))
    assert [type(answer) for answer in answers if answer != C.CLOSED] == [EditConflict]
    assert [row.action for row in world.rows(ServiceStep, record_id=case)].count("closing") == 1
    assert len(entries(world.database, "cases.closing")) == 1


def test_one_form_sent_by_many_clicks_is_one_case(world: ServiceWorld) -> None:
    sent = (world.people.desk, register_case, RegisterCase(world.estate, world.record(**LIFT), "form-1"))
    answers = together(world, *[sent] * 6)
    assert [answer for answer in answers if answer != answers[0]] == []
    assert [len(world.rows(table)) for table in (Case, ServiceRecord, ServiceClock)] == [1, 1, 2]
    assert len(entries(world.database, "cases.registered")) == 1


def test_cases_registered_at_once_get_numbers_in_a_row_and_all_but_one_are_repeated(world: ServiceWorld) -> None:
    acts = [
        (world.people.desk, register_case, RegisterCase(world.estate, world.record(**LIFT), f"form-{number}"))
        for number in range(6)
    ]
    answers = together(world, *acts)
    assert sorted(answer.number for answer in answers) == [f"E0001-C261121-{number:03d}" for number in range(1, 7)]
    assert sorted(len(answer.repeated_of) for answer in answers) == [0, 1, 2, 3, 4, 5]


def test_two_cases_are_not_merged_into_each_other(world: ServiceWorld) -> None:
    one, other = world.register(), world.register()
    acts = [
        (world.people.desk, merge_case, MergeCase(world.estate, case, world.case(case).version, into, "同一件事"))
        for case, into in ((one, other), (other, one))
    ]
    answers = together(world, *acts)
    (refusal,) = [answer for answer in answers if answer is not None]
    assert isinstance(refusal, MergeIntoHandled | EditConflict)
    assert sorted(world.case(case).state for case in (one, other)) == ["classified", "merged"]


def test_two_supervisors_assign_the_same_cases_and_each_case_has_one_handler(world: ServiceWorld) -> None:
    cases = [world.register(unit=unit) for unit in world.maple.units]
    shown = tuple((case, world.case(case).version) for case in cases)
    people = world.people
    acts = []
    for who, handler in ((people.supervisor, people.repair_handler), (people.manager, people.second_handler)):
        assert handler.staff is not None
        acts.append((who, bulk_assign, BulkAssign(world.estate, shown, handler.staff)))
    answers = together(world, *acts)
    problems = [{outcome.problem.code if outcome.problem else None for outcome in answer} for answer in answers]
    assert sorted(problems, key=str) == sorted([{None}, {"edit_conflict"}], key=str)
    assert len({world.case(case).handler_id for case in cases}) == 1
    assert len(entries(world.database, "cases.assignment")) == len(cases)


def test_a_timer_that_runs_twice_tells_each_step_once(world: ServiceWorld) -> None:
    case = world.register(**LIFT)
    world.later(hours=20)
    looks = [(SYSTEM, tick_clocks, TickClocks(world.estate))] * 4
    together(world, *looks, (world.people.supervisor, move_case, step(world, case, C.ASSIGNED)))
    told = [(row.clock_id, row.percent, row.role) for row in world.rows(ServiceEscalation)]
    assert len(told) == len(set(told)) > 0
    assert world.case(case).state == "assigned"
