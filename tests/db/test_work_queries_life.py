"""A request lived through by the operations, as queue, card and figures show it on the way (R-111 to R-117)."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from core.kernel.clocks import ClockKind
from core.kernel.identity import CustomerId, EstateId, WorkOrderId
from core.kernel.money import Money
from core.kernel.periods import Span
from core.work_orders.handling_steps import HandlerAnswer, WorkAssignee, WorkAssignment, WorkClassification
from core.work_orders.insight import MeanTime
from core.work_orders.kinds import WorkChannel, WorkKind
from core.work_orders.limits import WorkLimitRow
from core.work_orders.materials import MaterialLine
from core.work_orders.outcome_steps import Execution, ReportBack, WorkCause, WorkClosing, WorkReopening, WorkResult
from core.work_orders.request import RequestRecord
from core.work_orders.slots import Slot
from core.work_orders.states import WorkState
from db.engine import Database
from db.operations.work_appointments import BookAppointment, book_appointment
from db.operations.work_moves import MoveOrder, ReportUpward, UpwardReportNotDue, move_order, report_upward
from db.operations.work_orders import SubmitRequest, submit_request
from db.queries.case_insight import InsightWanted
from db.queries.service_rows import QueueLevel
from db.queries.work_insight import work_insight
from db.queries.work_order_card import OrderCard, OrderWanted, order_card
from db.queries.work_orders import OrderRow, OrdersShown, OrdersWanted, work_orders
from db.unit_of_work import UnitOfWork
from tests.db.service_setup import ServiceWorld, a_service_world

HOUR = timedelta(hours=1)
W = WorkState
MONTH = Span(date(2026, 11, 1), date(2026, 12, 1))


@pytest.fixture
def world(database: Database) -> ServiceWorld:
    return a_service_world(database)


def submit(world: ServiceWorld, kind: WorkKind = WorkKind.REPAIR) -> WorkOrderId:
    record = RequestRecord(
        kind=kind,
        unit=world.maple.units[0],
        customer=CustomerId(world.maple.owners[0]),
        content="厨房水龙头漏水",
        noticed_at=world.now - HOUR,
        channel=WorkChannel.PHONE,
    )
    command = SubmitRequest(EstateId(world.estate), record, world.new_request())
    return world.act(world.people.desk, submit_request, command).order_id


def row(world: ServiceWorld, order: WorkOrderId) -> OrderRow:
    found = world.ask(world.people.supervisor, work_orders, OrdersWanted(world.estate, OrdersShown.ALL))
    return next(one for one in found.rows if one.order_id == order)


def card(world: ServiceWorld, order: WorkOrderId) -> OrderCard:
    return world.ask(world.people.supervisor, order_card, OrderWanted(world.estate, order))


def move(world: ServiceWorld, order: WorkOrderId, target: WorkState, data: object, by: object = None) -> OrderRow:
    """Take a step as the supervisor unless told otherwise; give the row as it is then."""
    command = MoveOrder(world.estate, order, row(world, order).version, target, data)  # type: ignore[arg-type]
    world.act(by or world.people.supervisor, move_order, command)  # type: ignore[arg-type]
    return row(world, order)


def done(world: ServiceWorld, began: timedelta, *materials: MaterialLine) -> Execution:
    return Execution(
        began_at=world.now - began,
        at=world.now,
        cause=WorkCause.WEAR,
        result=WorkResult.DONE,
        description="换了垫圈",
        materials=materials,
    )


def test_every_step_shows_in_queue_card_and_figures(world: ServiceWorld) -> None:
    start, people = world.now, world.people
    order = submit(world)
    new = row(world, order)
    assert (new.state, new.step, new.level, new.clock, new.remaining) == (
        W.SUBMITTED, 1, QueueLevel.GREEN, ClockKind.RESPONSE, 4 * HOUR,
    )  # fmt: skip
    assert [one.target for one in card(world, order).steps if one.permitted] == [W.CLASSIFIED, W.CANCELLED]
    assert move(world, order, W.CLASSIFIED, WorkClassification(kind=WorkKind.REPAIR)).step == 2
    assert people.repair_handler.staff is not None
    handler = WorkAssignee(people.repair_handler.staff, "郑维修", True)
    assigned = move(world, order, W.ASSIGNED, WorkAssignment(handler=handler))
    assert (assigned.handler_name, assigned.step, assigned.department) == ("郑维修", 3, "engineering")
    slot = Slot(start + 50 * HOUR, start + 52 * HOUR)
    world.act(people.repair_handler, book_appointment, BookAppointment(world.estate, order, slot, confirmed=True))
    agreed = row(world, order).appointment
    assert agreed is not None
    assert (agreed.slot, agreed.confirmed) == (slot, True)
    world.later(hours=2)
    answer = HandlerAnswer(plan="下午来", channel=WorkChannel.PHONE, at=world.now)
    under_way = move(world, order, W.UNDER_WAY, answer, people.repair_handler)
    assert (under_way.clock, under_way.deadline, under_way.step) == (ClockKind.RESOLVED, start + 24 * HOUR, 4)
    world.later(hours=1)
    washer = MaterialLine(name="垫圈", quantity=Decimal(2), measure="个", unit_price=Money(150))
    carried_out = move(world, order, W.CARRIED_OUT, done(world, HOUR, washer), people.repair_handler)
    assert (carried_out.level, carried_out.deadline, carried_out.appointment) == (QueueLevel.NONE, None, None)
    assert card(world, order).materials_total == Money(300)
    told = ReportBack(told="修好了", channel=WorkChannel.PHONE, at=world.now)
    assert move(world, order, W.REPORTED_BACK, told, people.desk).step == 5
    closed = move(world, order, W.CLOSED, WorkClosing(rating=5), people.desk)
    assert (closed.rating, closed.ended_at) == (5, world.now)
    check_figures(world)
    again = move(world, order, W.ASSIGNED, WorkReopening(reason="当天晚上又开始漏水"), people.desk)
    assert (again.reopenings, again.rating, again.remaining) == (1, None, 4 * HOUR)
    assert [one.run for one in card(world, order).materials] == [1]


def check_figures(world: ServiceWorld) -> None:
    found = world.ask(world.people.supervisor, work_insight, InsightWanted(world.estate, MONTH)).this
    assert found.mttr[0].time == found.mttr[-1].time == MeanTime(1, 3 * HOUR)
    assert found.waiting[0].time == MeanTime(1, 2 * HOUR)
    kept = {(one.row, one.clock): one.percent for one in (*found.targets, *found.hard_limits) if one.in_time}
    assert kept == {(WorkLimitRow.REPAIR, clock): Decimal(100) for clock in (ClockKind.RESPONSE, ClockKind.RESOLVED)}
    assert (found.ratings.mean, found.ratings.asked, found.submitted) == (Decimal(5), 1, 1)


@pytest.mark.parametrize("kind", [WorkKind.REPAIR, WorkKind.CLEANING])
@pytest.mark.parametrize("stops_after", [None, 3, 30])
def test_a_report_is_asked_for_when_the_operation_takes_one(
    world: ServiceWorld, kind: WorkKind, stops_after: int | None
) -> None:
    """What the queue reads from stored figures is what the rules say from the rows, at any hour."""
    start, order = world.now, submit(world, kind)
    needed = []
    for hours in (0, 3, 4, 5, 23, 24, 25, 30, 47, 48, 49):
        world.now = start + hours * HOUR
        if hours == stops_after:
            finish(world, order)
        needed.append(row(world, order).report_needed)
        assert takes_report(world, order) is needed[-1], hours
    assert needed[0] is False
    assert needed[-1] is (stops_after != 3)


def finish(world: ServiceWorld, order: WorkOrderId) -> None:
    assert world.people.repair_handler.staff is not None
    handler = WorkAssignee(world.people.repair_handler.staff, "郑维修", True)
    kind = row(world, order).kind
    move(world, order, W.CLASSIFIED, WorkClassification(kind=kind))
    move(world, order, W.ASSIGNED, WorkAssignment(handler=handler))
    move(world, order, W.CARRIED_OUT, done(world, HOUR))


class Taken(Exception):
    """Raised once an operation went through, so that nothing of it is kept."""


def takes_report(world: ServiceWorld, order: WorkOrderId) -> bool:
    """Whether the operation takes a report now; it is not kept."""

    def tried(work: UnitOfWork, command: ReportUpward) -> None:
        report_upward(work, command)
        raise Taken

    command = ReportUpward(world.estate, order, row(world, order).version, "配件缺货，已联系厂家")
    try:
        world.act(world.people.supervisor, tried, command)
    except UpwardReportNotDue:
        return False
    except Taken:
        return True
    raise AssertionError("unreachable")
