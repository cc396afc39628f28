"""What is known of a service request while it is typed: its times, the same trouble, times to wish for, places."""

from datetime import date, timedelta

import pytest
from sqlalchemy import update

from core.admin.permissions import NotPermitted, Permission
from core.admin.settings import SettingKey
from core.complaints.grading import CaseGrade
from core.complaints.promise import PromiseSentence
from core.complaints.taxonomy import SubCategory
from core.kernel.identity import WorkOrderId
from core.work_orders.kinds import PublicSystem, WorkChannel, WorkKind
from core.work_orders.request import RequestRecord
from core.work_orders.states import WorkState
from db.engine import Database
from db.models import WorkOrder
from db.operations.settings import SetSetting, set_setting
from db.operations.work_orders import SubmitRequest, submit_request
from db.queries.case_intake import HouseholdSearch, IntakeWanted, household_hits, intake_advice
from db.queries.request_intake import (
    MOST_SAME,
    MOST_SLOTS,
    PlacesWanted,
    RequestWanted,
    places_named,
    request_advice,
)
from tests import builders
from tests.db.asserting import check_reading_rights
from tests.db.service_setup import ServiceWorld, a_service_world
from tests.db.work_queries_setup import a_request
from tests.personas import ADMINISTRATOR
from tests.statements import count_statements

HOUR = timedelta(hours=1)


@pytest.fixture
def world(database: Database) -> ServiceWorld:
    return a_service_world(database)


def wanted(world: ServiceWorld, **given: object) -> RequestWanted:
    return RequestWanted(estate_id=world.estate, **given)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("kind", "failure", "respond", "finish"),
    [
        (WorkKind.REPAIR, None, 4, 24),
        (WorkKind.REPAIR, PublicSystem.WATER, 2, 2),
        (WorkKind.CLEANING, None, 24, 48),
    ],
)
def test_the_times_are_those_the_clocks_get_at_submission(
    world: ServiceWorld, kind: WorkKind, failure: PublicSystem | None, respond: int, finish: int
) -> None:
    desk = world.people.desk
    told = world.ask(desk, request_advice, wanted(world, kind=kind, failure=failure))
    assert (told.respond_by, told.finish_by) == (world.now + respond * HOUR, world.now + finish * HOUR)
    record = RequestRecord(
        kind=kind, failure=failure, unit=world.maple.units[0], customer=world.maple.owners[0], content="水管漏水",
        noticed_at=world.now, channel=WorkChannel.PHONE,
    )  # fmt: skip
    done = world.act(desk, submit_request, SubmitRequest(world.estate, record, "form-1"))
    assert (done.respond_by, done.finish_by) == (told.respond_by, told.finish_by)


def test_a_limit_the_estate_took_away_promises_nothing(world: ServiceWorld) -> None:
    change = SetSetting(world.estate, SettingKey.ORDERS_LIMITS_OTHER, "response=-, finish=-", date(2026, 11, 22), 0)
    world.act(ADMINISTRATOR, set_setting, change)
    world.later(days=2)
    told = world.ask(world.people.desk, request_advice, wanted(world, kind=WorkKind.CLEANING))
    assert (told.respond_by, told.finish_by) == (None, None)


def test_an_open_failure_of_the_same_system_is_told_wherever_it_is(world: ServiceWorld) -> None:
    water = a_request(world, failure="water", unit_id=None, customer_id=None, place="2栋")
    a_request(world, failure="lift")
    a_request(world, failure="water", state=WorkState.CLOSED.value)
    a_request(world, failure="water", estate_id=world.lake.estate, unit_id=None, customer_id=None, place="湖")
    told = world.ask(world.people.desk, request_advice, wanted(world, failure=PublicSystem.WATER))
    assert [one.record_id for one in told.same] == [water]
    assert told.same[0].may_open
    assert not told.slots


def test_an_open_request_of_the_same_kind_for_the_unit_or_place_is_told(world: ServiceWorld) -> None:
    here = a_request(world)
    gate = a_request(world, unit_id=None, customer_id=None, place="Main Gate")
    a_request(world, kind="cleaning")
    unit = world.maple.units[0]
    asked = [
        (wanted(world, unit_id=unit), [here]),
        (wanted(world, place=" main gate"), [gate]),
        (wanted(world, unit_id=unit, place="main gate"), [gate, here]),
        (wanted(world, unit_id=world.maple.units[1]), []),
        (wanted(world), []),
    ]
    for question, expected in asked:
        told = world.ask(world.people.desk, request_advice, question)
        assert [one.record_id for one in told.same] == expected


def test_only_the_newest_of_the_same_are_told(world: ServiceWorld) -> None:
    orders: list[WorkOrderId] = []
    for _ in range(MOST_SAME + 2):
        orders.append(a_request(world))
        world.now += HOUR
    told = world.ask(world.people.desk, request_advice, wanted(world, unit_id=world.maple.units[0]))
    assert [one.record_id for one in told.same] == orders[: -MOST_SAME - 1 : -1]


def test_what_one_may_not_open_is_told_without_an_offer(world: ServiceWorld) -> None:
    a_request(world, failure="gas")
    told = world.ask(world.people.service_handler, request_advice, wanted(world, failure=PublicSystem.GAS))
    assert [one.may_open for one in told.same] == [False]


def test_the_times_to_wish_for_lie_in_working_hours_and_ahead(world: ServiceWorld) -> None:
    slots = world.ask(world.people.desk, request_advice, wanted(world)).slots
    assert 0 < len(slots) <= MOST_SLOTS
    assert all(slot.start > world.now and slot.end - slot.start == 2 * HOUR for slot in slots)
    assert list(slots) == sorted(slots)


def test_places_are_named_as_they_were_before_the_most_frequent_first(world: ServiceWorld) -> None:
    for place in ("大门口", "地下车库B1", "地下车库B1"):
        world.register(unit=None, place=place)
    a_request(world, unit_id=None, customer_id=None, place="游泳池")
    a_request(world)
    world.register(by=world.people.manager, estate=world.lake.estate, unit=None, place="湖边", customer=None,
                   anonymous=True)  # fmt: skip
    found = world.ask(world.people.desk, places_named, PlacesWanted(world.estate))
    assert found[0] == "地下车库B1"
    assert sorted(found[1:]) == sorted(["大门口", "游泳池"])


def test_another_estate_is_refused(world: ServiceWorld) -> None:
    for query, question in ((request_advice, wanted(world)), (places_named, PlacesWanted(world.estate))):
        with pytest.raises(NotPermitted):
            world.ask(world.people.lake_desk, query, question)


def test_who_takes_nothing_in_is_not_advised(world: ServiceWorld) -> None:
    check_reading_rights(world.database, request_advice, wanted(world), Permission.ORDERS_REGISTER)
    check_reading_rights(world.database, places_named, PlacesWanted(world.estate), Permission.CASES_REGISTER)


def test_advice_costs_three_statements_and_places_one(world: ServiceWorld) -> None:
    a_request(world)
    question = wanted(world, unit_id=world.maple.units[0])
    with count_statements(world.database) as seen:
        world.ask(world.people.desk, request_advice, question)
    assert len(seen) == 3
    with count_statements(world.database) as seen:
        world.ask(world.people.desk, places_named, PlacesWanted(world.estate))
    assert len(seen) == 1


def test_a_room_is_searched_without_looking_at_people(world: ServiceWorld) -> None:
    """Four digits that end a number are found as such only where people are looked for."""
    flat = world.maple.units[2]
    builders.customer(world.database, world.estate, "郑二", "13500009999", of=flat)
    found = world.ask(world.people.desk, household_hits, HouseholdSearch(world.estate, "9999"))
    assert [hit.unit_id for hit in found] == [flat]
    assert not world.ask(world.people.desk, household_hits, HouseholdSearch(world.estate, "9999", people=False))


def test_the_times_of_a_complaint_follow_the_grade_a_person_chose(world: ServiceWorld) -> None:
    """The proposal itself stays what the rule says (R-079)."""
    plain = IntakeWanted(estate_id=world.estate, sub_category=SubCategory.NOISE)
    chosen = IntakeWanted(estate_id=world.estate, sub_category=SubCategory.NOISE, grade=CaseGrade.URGENT)
    before, after = (world.ask(world.people.desk, intake_advice, one) for one in (plain, chosen))
    assert before.grade == after.grade
    assert (before.grade.grade, before.promise.sentence) == (CaseGrade.NORMAL, PromiseSentence.COMPLAINT)
    assert after.promise.sentence is PromiseSentence.URGENT
    assert after.promise.fields["respond_by"] == world.now + 2 * HOUR


def test_a_request_that_ended_is_not_the_same(world: ServiceWorld) -> None:
    order = a_request(world)
    question = wanted(world, unit_id=world.maple.units[0])
    assert world.ask(world.people.desk, request_advice, question).same
    with world.database.writing() as connection, connection.begin():
        connection.execute(update(WorkOrder).where(WorkOrder.id == order).values(ended_on=world.now.date()))
    assert not world.ask(world.people.desk, request_advice, question).same
