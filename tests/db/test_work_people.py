"""Whom a request can be given to, and who has requests now (R-112, R-118)."""

import pytest

from core.admin.permissions import NotPermitted, Permission
from core.work_orders.kinds import WorkKind
from db.engine import Database
from db.queries.work_people import OrderHandlersWanted, OrderPeopleWanted, order_handlers, order_people
from tests.db.asserting import check_reading_rights
from tests.db.service_setup import ServiceWorld, a_service_world
from tests.db.work_queries_setup import a_request
from tests.statements import count_statements


@pytest.fixture
def world(database: Database) -> ServiceWorld:
    return a_service_world(database)


def test_those_of_the_skill_stand_first_and_nobody_of_another_estate_or_retired(world: ServiceWorld) -> None:
    found = world.ask(world.people.desk, order_people, OrderPeopleWanted(world.estate, WorkKind.REPAIR))
    assert {one.name for one in found if one.skilled} == {"郑维修", "王维修"}
    assert [one.skilled for one in found] == sorted((one.skilled for one in found), reverse=True)
    assert not {"卫前台", "蒋客服", "沈维修"} & {one.name for one in found}
    there = world.ask(world.people.desk, order_people, OrderPeopleWanted(world.lake.estate, WorkKind.OTHER))
    assert {"卫前台", "蒋客服"} <= {one.name for one in there if one.skilled}
    assert {one.post for one in there if one.name == "卫前台"} == {"receptionist"}


def test_who_does_not_look_after_the_estate_is_told_of_nobody(world: ServiceWorld) -> None:
    wanted = OrderPeopleWanted(world.estate, WorkKind.REPAIR)
    check_reading_rights(world.database, order_people, wanted, Permission.ORDERS_REGISTER)
    with pytest.raises(NotPermitted):
        world.ask(world.people.lake_desk, order_people, wanted)


def test_handlers_are_those_of_the_open_requests_one_sees(world: ServiceWorld) -> None:
    mine, other = world.people.repair_handler, world.people.second_handler
    for who in (mine, mine, other):
        a_request(world, state="assigned", handler_id=who.staff)
    a_request(world, state="closed", handler_id=other.staff)
    a_request(world)
    a_request(world, state="assigned", handler_id=other.staff, estate_id=world.lake.estate)
    with count_statements(world.database) as sent:
        found = world.ask(world.people.supervisor, order_handlers, OrderHandlersWanted())
    assert len(sent) == 1
    assert {(one.name, one.orders) for one in found} == {("郑维修", 2), ("王维修", 2)}
    here = world.ask(world.people.supervisor, order_handlers, OrderHandlersWanted(world.estate))
    assert {(one.staff_id, one.orders) for one in here} == {(mine.staff, 2), (other.staff, 1)}
    assert {one.name for one in world.ask(mine, order_handlers, OrderHandlersWanted())} == {"郑维修"}
    check_reading_rights(world.database, order_handlers, OrderHandlersWanted(world.estate), Permission.ORDERS_VIEW)
