"""Who is proposed for a request and why, and which times are free (R-112, R-118)."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import update

from core.admin.permissions import NotPermitted, Permission
from core.kernel.identity import EstateId, StaffId, WorkOrderId
from core.kernel.periods import CHINA
from core.work_orders.dispatch import DispatchObstacle, DispatchReason, WorkLoad
from core.work_orders.kinds import SKILLS, PublicSystem, WorkKind
from core.work_orders.slots import Slot
from db.engine import Database
from db.models import User, UserEstate
from db.queries.work_dispatch import (
    OrderDispatch,
    OrderDispatchWanted,
    SlotsWanted,
    VisitDayWanted,
    dispatch_for,
    free_slots,
    next_visit_day,
)
from db.unit_of_work import NotFound
from tests import builders
from tests.db.asserting import check_reading_rights
from tests.db.service_setup import ServiceWorld, a_service_world
from tests.db.work_queries_setup import a_request, an_appointment, put
from tests.statements import count_statements

HOUR = timedelta(hours=1)
MONDAY = date(2026, 11, 23)
R = DispatchReason


@pytest.fixture
def world(database: Database) -> ServiceWorld:
    return a_service_world(database)


def at(hour: int, minute: int = 0) -> datetime:
    """A time of that Monday in China."""
    return datetime(2026, 11, 23, hour, minute, tzinfo=CHINA)


def staff(who: Any) -> StaffId:
    assert who.staff is not None
    return StaffId(who.staff)


def dispatched(world: ServiceWorld, order: int, wanted: Slot | None = None, **given: Any) -> OrderDispatch:
    asked = OrderDispatchWanted(given.get("estate", world.estate), WorkOrderId(order), wanted)
    return world.ask(given.get("by", world.people.supervisor), dispatch_for, asked)


def test_the_skilled_are_proposed_the_least_burdened_first(world: ServiceWorld) -> None:
    people = world.people
    first, second = staff(people.repair_handler), staff(people.second_handler)
    for _ in range(2):
        a_request(world, kind="cleaning", state="assigned", handler_id=first)
    a_request(world, failure="lift", state="under_way", handler_id=first)
    a_request(world, state="carried_out", handler_id=second)
    a_request(world, state="closed", handler_id=second)
    a_request(world, state="assigned", handler_id=second, estate_id=world.lake.estate)
    order = a_request(world, state="classified")
    found = dispatched(world, order)
    assert (found.kind, found.failure, found.handler, found.version) == (WorkKind.REPAIR, None, None, 1)
    assert [(one.staff, one.load) for one in found.proposed] == [(second, WorkLoad(2, 1)), (first, WorkLoad(6, 3))]
    assert found.proposed[0].reasons == (R.POST, R.DEPARTMENT, R.LEAST_LOAD)
    assert (found.proposed[0].name, found.proposed[0].number, found.proposed[0].post) == (
        "王维修", "G-104", "repair_worker",
    )  # fmt: skip
    assert found.left_out == ()
    assert world.people.retired not in {one.staff for one in found.proposed}


def test_the_load_leaves_out_the_request_itself_and_estates_out_of_care(world: ServiceWorld) -> None:
    second = staff(world.people.second_handler)
    order = a_request(world, failure="water", state="assigned", handler_id=second)
    a_request(world, state="assigned", handler_id=second, estate_id=world.lake.estate)
    maple_only = replace(world.people.supervisor, estates=frozenset({world.estate}))
    whole = world.people.supervisor
    found = [dispatched(world, order, by=who).proposed for who in (whole, maple_only)]
    loads = [{one.staff: one.load for one in proposed}[second] for proposed in found]
    assert loads == [WorkLoad(2, 1), WorkLoad()]
    order_now = dispatched(world, order)
    assert (order_now.failure, order_now.handler) == (PublicSystem.WATER, second)


def test_who_is_engaged_at_the_wanted_time_is_left_out_wherever_that_is(world: ServiceWorld) -> None:
    first = staff(world.people.repair_handler)
    elsewhere = a_request(world, estate_id=world.lake.estate)
    an_appointment(world, elsewhere, at(9), estate_id=world.lake.estate)
    order = a_request(world, state="classified")
    maple_only = replace(world.people.supervisor, estates=frozenset({world.estate}))
    for slot, engaged in ((Slot(at(10), at(12)), True), (Slot(at(11), at(12)), False), (Slot(at(7), at(9)), False)):
        found = dispatched(world, order, slot, by=maple_only)
        left = [(one.staff, one.name, one.obstacles) for one in found.left_out]
        assert left == ([(first, "郑维修", (DispatchObstacle.ENGAGED,))] if engaged else []), slot
        assert found.wanted == slot


def test_the_own_appointment_of_the_request_stands_in_nobodys_way(world: ServiceWorld) -> None:
    order = a_request(world, state="assigned", handler_id=staff(world.people.repair_handler))
    an_appointment(world, order, at(9))
    assert dispatched(world, order, Slot(at(9), at(11))).left_out == ()


@pytest.mark.parametrize(
    ("kind", "posts"), [("cleaning", ()), ("greening", ()), ("other", ("G-101", "G-102", "G-105"))]
)
def test_each_kind_asks_for_its_own_people(world: ServiceWorld, kind: str, posts: tuple[str, ...]) -> None:
    found = dispatched(world, a_request(world, kind=kind))
    skill = SKILLS[WorkKind(kind)]
    assert all(one.post in skill.posts or one.department == skill.department for one in found.proposed)
    assert {one.number for one in found.proposed} == set(posts)


def test_people_of_other_estates_are_not_proposed_and_those_of_this_one_are_at_home(world: ServiceWorld) -> None:
    lake = a_request(world, kind="other", estate_id=world.lake.estate)
    here = dispatched(world, lake, estate=world.lake.estate).proposed
    reasons = {one.staff: one.reasons for one in here}
    assert R.HOME_ESTATE in reasons[staff(world.people.lake_handler)]
    maple = dispatched(world, a_request(world, kind="other"))
    named = {*(one.staff for one in maple.proposed), *(one.staff for one in maple.left_out)}
    assert staff(world.people.lake_handler) not in named


def test_somebody_whose_account_does_not_open_the_estate_is_left_out(world: ServiceWorld) -> None:
    who = world.people.second_handler
    order = a_request(world)
    with world.database.writing() as connection, connection.begin():
        connection.execute(update(User).where(User.id == who.user_id).values(all_estates=False))
    put(world, UserEstate, {"user_id": who.user_id, "estate_id": world.lake.estate})
    assert [(one.staff, one.obstacles) for one in dispatched(world, order).left_out] == [
        (staff(who), (DispatchObstacle.OTHER_ESTATE,))
    ]
    put(world, UserEstate, {"user_id": who.user_id, "estate_id": world.estate})
    assert dispatched(world, order).left_out == ()
    without_account = builders.staff_member(world.database, "G-200")
    assert without_account in {one.staff for one in dispatched(world, order).proposed}


def test_a_request_out_of_sight_is_not_found_and_only_who_assigns_is_answered(world: ServiceWorld) -> None:
    order = a_request(world)
    with pytest.raises(NotFound):
        dispatched(world, 999)
    with pytest.raises(NotFound):
        dispatched(world, order, estate=world.lake.estate)
    wanted = OrderDispatchWanted(world.estate, order)
    check_reading_rights(world.database, dispatch_for, wanted, Permission.ORDERS_ASSIGN)
    lake = replace(world.people.supervisor, estates=frozenset({world.lake.estate}))
    with pytest.raises(NotPermitted):
        dispatched(world, order, by=lake)


def test_a_proposal_needs_four_statements_at_most(world: ServiceWorld) -> None:
    order = a_request(world, state="assigned", handler_id=staff(world.people.repair_handler))
    for wanted, statements in ((None, 3), (Slot(at(9), at(11)), 4)):
        with count_statements(world.database) as sent:
            dispatched(world, order, wanted)
        assert len(sent) == statements


def offers(world: ServiceWorld, day: date, *handlers: StaffId, by: Any = None, estate: EstateId | None = None) -> Any:
    wanted = SlotsWanted(estate or world.estate, day, handlers)
    return world.ask(by or world.people.desk, free_slots, wanted)


def test_the_times_of_a_day_say_who_is_free(world: ServiceWorld) -> None:
    first, second = staff(world.people.repair_handler), staff(world.people.second_handler)
    order = a_request(world)
    an_appointment(world, order, at(9))
    an_appointment(world, order, at(13, 30), state="cancelled", handler_id=second)
    elsewhere = a_request(world, estate_id=world.lake.estate)
    an_appointment(world, elsewhere, at(15, 30), estate_id=world.lake.estate, handler_id=second, state="offered")
    found = offers(world, MONDAY, second, first, second)
    assert [(one.slot, one.free, one.taken) for one in found] == [
        (Slot(at(8, 30), at(10, 30)), (second,), (first,)),
        (Slot(at(13, 30), at(15, 30)), (second, first), ()),
        (Slot(at(15, 30), at(17, 30)), (first,), (second,)),
    ]


def test_times_that_have_begun_and_days_of_rest_are_not_offered(world: ServiceWorld) -> None:
    handler = staff(world.people.repair_handler)
    world.now = at(8, 30)
    assert [one.slot.start for one in offers(world, MONDAY, handler)] == [at(13, 30), at(15, 30)]
    assert offers(world, MONDAY - timedelta(days=1), handler) == ()
    assert offers(world, MONDAY - timedelta(days=3), handler) == ()
    assert [one.free for one in offers(world, MONDAY)] == [(), ()]


def test_the_first_day_with_a_time_follows_the_estates_hours(world: ServiceWorld) -> None:
    def found(after: datetime) -> date:
        return world.ask(world.people.desk, next_visit_day, VisitDayWanted(world.estate, after))

    with count_statements(world.database) as sent:
        assert found(world.now) == MONDAY  # it is Saturday
    assert len(sent) == 2
    assert found(at(15)) == MONDAY
    assert found(at(16)) == MONDAY + timedelta(days=1)
    assert found(world.now - timedelta(days=30)) == MONDAY
    wanted = VisitDayWanted(world.estate, world.now)
    check_reading_rights(world.database, next_visit_day, wanted, Permission.ORDERS_VIEW)


def test_people_out_of_care_are_left_out(world: ServiceWorld) -> None:
    lake, first = staff(world.people.lake_handler), staff(world.people.repair_handler)
    maple_only = replace(world.people.desk, estates=frozenset({world.estate}))
    assert {one.free for one in offers(world, MONDAY, lake, first, by=maple_only)} == {(first,)}
    assert {one.free for one in offers(world, MONDAY, lake, first, StaffId(9999))} == {(lake, first)}


def test_only_who_may_open_requests_is_offered_times(world: ServiceWorld) -> None:
    wanted = SlotsWanted(world.estate, MONDAY, (staff(world.people.repair_handler),))
    check_reading_rights(world.database, free_slots, wanted, Permission.ORDERS_VIEW)


def test_times_need_four_statements_at_most(world: ServiceWorld) -> None:
    with count_statements(world.database) as sent:
        offers(world, MONDAY, staff(world.people.repair_handler), staff(world.people.second_handler))
    assert len(sent) == 4
