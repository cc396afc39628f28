"""What of complaints and requests waits on whose desk: late, near, new, escalated, to be called back, to be decided."""

from dataclasses import replace
from datetime import timedelta

import pytest

from core.admin.permissions import Actor
from core.complaints.states import CaseState
from core.complaints.taxonomy import CaseCategory, SubCategory
from core.kernel.clocks import ClockKind
from core.kernel.identity import EstateId
from core.kernel.pauses import PauseRequest
from db.engine import Database
from db.operations.case_care import TickClocks, tick_clocks
from db.operations.service_pauses import AskPause, ask_pause
from db.queries.promises import PromisesWanted, late_promises
from db.queries.service_promises import ServicePromise, ServicePromiseRow
from tests.builders import act
from tests.db.service_setup import ServiceWorld, a_service_world
from tests.statements import count_statements

P = ServicePromise
LIFT = {"category": CaseCategory.FACILITY, "sub_category": SubCategory.LIFT}


@pytest.fixture
def world(database: Database) -> ServiceWorld:
    return a_service_world(database)


def see(world: ServiceWorld, who: Actor, estate: EstateId | None = None) -> tuple[ServicePromiseRow, ...]:
    return world.ask(who, late_promises, PromisesWanted(estate)).service


def kinds(world: ServiceWorld, who: Actor) -> list[ServicePromise]:
    return [row.kind for row in see(world, who)]


def test_a_new_complaint_waits_for_whoever_sorts_and_assigns(world: ServiceWorld) -> None:
    world.register()
    (row,) = see(world, world.people.desk)
    assert (row.kind, row.topic, row.place, row.who, row.at, row.total) == (P.CASE_NEW, "noise", "1", "", world.now, 1)
    assert row.code.endswith("-C261121-001")
    assert kinds(world, world.people.service_handler) == []  # it is nobody's yet
    assert kinds(world, world.people.auditor) == []


def test_an_urgent_one_runs_out_today_then_is_amber_then_red(world: ServiceWorld) -> None:
    case = world.register(**LIFT)
    world.move_to(case, CaseState.ASSIGNED)
    handler, supervisor = world.people.service_handler, world.people.supervisor
    (soon,) = see(world, handler)
    assert (soon.kind, soon.at, soon.who) == (P.CASE_SOON, world.now + timedelta(hours=2), handler.name)
    assert kinds(world, supervisor) == [P.CASE_SOON]
    assert kinds(world, world.people.second_handler) == []  # somebody else's
    assert kinds(world, world.people.manager) == []  # managers are told by the ladder
    world.later(hours=2)
    assert kinds(world, handler) == [P.CASE_SOON]  # the due instant itself is in time
    world.later(seconds=1)
    assert kinds(world, handler) == [P.CASE_AMBER]
    world.later(hours=22)
    assert kinds(world, handler) == kinds(world, supervisor) == [P.CASE_RED]


def test_the_ladder_brings_it_before_the_supervisor_and_then_the_manager(world: ServiceWorld) -> None:
    case = world.register(**LIFT)
    world.move_to(case, CaseState.ASSIGNED)
    people = world.people
    world.later(hours=37)  # 150 % of the 24 hours until the response
    assert act(world.database, tick_clocks, TickClocks(world.estate), now=world.now).told
    assert kinds(world, people.manager) == [P.CASE_TOLD]
    assert kinds(world, people.supervisor) == [P.CASE_RED]  # named once, as what it is
    world.move(case, CaseState.RESPONDED, replace(world.plain_step(CaseState.RESPONDED)[1], at=world.now))
    assert kinds(world, people.manager) == []  # the clock it was about has stopped


def test_what_is_handled_waits_for_a_call_by_somebody_else(world: ServiceWorld) -> None:
    case = world.register()
    world.move_to(case, CaseState.RESOLVED)
    assert kinds(world, world.people.desk) == [P.CASE_CALL]
    as_desk = replace(world.people.desk, staff=world.people.service_handler.staff)
    assert kinds(world, as_desk) == []
    world.move_to(case, CaseState.CLOSED)
    assert kinds(world, world.people.desk) == []


def test_a_pause_waits_for_its_decision(world: ServiceWorld) -> None:
    case = world.register()
    world.move_to(case, CaseState.ASSIGNED)
    request = PauseRequest(
        clocks=frozenset({ClockKind.RESPONSE}), reason="weather", evidence="台风红色预警", start=world.now, end=None
    )
    world.act(world.people.service_handler, ask_pause, AskPause(world.estate, case, request))
    waiting = [row for row in see(world, world.people.supervisor) if row.kind is P.PAUSE_ASKED]
    assert [(row.topic, row.place, row.id) for row in waiting] == [("case", "weather", case)]
    assert P.PAUSE_ASKED not in kinds(world, world.people.desk)


def test_only_three_of_a_kind_are_named_and_all_are_counted(world: ServiceWorld) -> None:
    for _ in range(5):
        world.register()
        world.later(minutes=1)
    rows = see(world, world.people.desk)
    assert [row.total for row in rows] == [5, 5, 5]
    assert [row.at for row in rows] == sorted(row.at for row in rows)


def test_other_estates_show_nothing(world: ServiceWorld) -> None:
    world.register()
    assert see(world, world.people.lake_desk) == ()
    assert see(world, world.people.desk, world.lake.estate) == ()
    assert see(world, world.people.desk, world.estate)


def test_it_is_one_statement_whoever_asks(world: ServiceWorld) -> None:
    world.register(**LIFT)
    with count_statements(world.database) as counted:
        see(world, world.people.supervisor)
    assert len(counted) == 1
