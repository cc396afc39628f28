"""The card of a request: what it shows, masked people, ties, drafts, what may be done next, statements (R-112)."""

from dataclasses import asdict, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import update

from core.admin.permissions import MATRIX, Actor, NotPermitted, Permission, Role
from core.customers.profiles import CareFlag
from core.kernel.clocks import ClockKind, Levels
from core.kernel.drafts import DraftKind, DraftState
from core.kernel.errors import BusinessError
from core.kernel.identity import EstateId, UnitId, WorkOrderId
from core.kernel.limits import clock_hours
from core.kernel.money import Money
from core.work_orders.appointments import AppointmentState
from core.work_orders.follow_ups import FailureEvent, NoticeNext
from core.work_orders.handling_steps import HandlerAnswer, WorkAssignment, WorkClassification, WorkTransfer
from core.work_orders.kinds import PublicSystem, WorkChannel, WorkKind
from core.work_orders.outcome_steps import (
    Cancellation,
    Execution,
    NoRating,
    ReportBack,
    WorkCause,
    WorkClosing,
    WorkReopening,
    WorkResult,
)
from core.work_orders.progress import StepProgress
from core.work_orders.request import RequestRecord
from core.work_orders.slots import Slot
from core.work_orders.states import WorkState
from db.engine import Database
from db.models import Case, CustomerFlag, ServiceRecord, ServiceStep, WorkMaterial, WorkOrder
from db.operations.case_care import HoldOrder, hold_order
from db.operations.work_appointments import CancelAppointment, cancel_appointment
from db.operations.work_moves import (
    MoveOrder,
    ReclassifyOrder,
    ReportUpward,
    TransferOrder,
    move_order,
    reclassify_order,
    report_upward,
    transfer_order,
)
from db.operations.work_orders import EditRequest, SubmitRequest, edit_request, submit_request
from db.queries.work_order_card import OrderCard, OrderPart, OrderWanted, order_card
from db.queries.work_orders import OrdersWanted, work_orders
from db.repositories.cases import case_place
from db.repositories.work_orders import words_place
from db.unit_of_work import NotFound, perform
from tests.db.service_setup import ServiceWorld, a_service_world
from tests.db.work_queries_setup import a_request, an_appointment, clock, fresh, put
from tests.personas import person
from tests.statements import count_statements

HOUR = timedelta(hours=1)


@pytest.fixture
def world(database: Database) -> ServiceWorld:
    return a_service_world(database)


def card(world: ServiceWorld, order: int, by: Actor | None = None, estate: EstateId | None = None) -> OrderCard:
    wanted = OrderWanted(estate or world.estate, WorkOrderId(order))
    return world.ask(by or world.people.supervisor, order_card, wanted)


def a_case(world: ServiceWorld, **given: Any) -> int:
    """A complaint as rows."""
    number = fresh()
    keys = world.database.keys
    plain: dict[str, Any] = {
        "estate_id": world.estate,
        "id": number,
        "record_type": "complaint",
        "category": "facility",
        "sub_category": "water",
        "unit_id": world.maple.units[0],
        "happened_at": world.now,
        "registered_at": world.now,
        "channel": "phone",
        "emotion": "calm",
        "content_sealed": keys.seal("水管漏水", place=case_place("content", world.estate, number)),
        "grade": "normal",
        "proposed_grade": "normal",
        "queue_rank": 1,
        "state": "assigned",
    }
    record = {"estate_id": world.estate, "id": number, "kind": "case", "registered_at": world.now}
    put(world, ServiceRecord, record | {"number": f"C-{number}"})
    put(world, Case, plain | given)
    return number


def test_a_card_shows_what_was_submitted_with_the_customer_masked(world: ServiceWorld) -> None:
    sealed = world.database.keys
    order = fresh()
    a_request(
        world,
        id=order,
        content="厨房漏水\n已经两天了",
        need_sealed=sealed.seal("下午上门", place=words_place("need", world.estate, order)),
        households=3,
        wanted_start=world.now + HOUR,
        wanted_end=world.now + 3 * HOUR,
        source_reference="12345-77",
    )
    put(world, CustomerFlag, {
        "estate_id": world.estate, "customer_id": world.maple.owners[0], "flag": "elderly"
    })  # fmt: skip
    shown = card(world, order)
    assert (shown.content, shown.need, shown.households) == ("厨房漏水\n已经两天了", "下午上门", 3)
    assert shown.row.content == "厨房漏水 已经两天了"
    assert shown.wanted == Slot(world.now + HOUR, world.now + 3 * HOUR)
    assert (shown.channel, shown.source_reference, shown.noticed_at) == (WorkChannel.PHONE, "12345-77", world.now)
    assert shown.giver is not None
    assert (shown.giver.customer_id, shown.giver.name, shown.giver.has_phone) == (world.maple.owners[0], "枫*一", True)
    assert shown.giver.phone.startswith("138****")
    assert shown.care == (CareFlag.ELDERLY,)
    assert shown.receiver == world.people.desk.user_id


def test_a_caller_who_is_not_on_file_is_masked_as_well(world: ServiceWorld) -> None:
    caller = fresh()
    keys = world.database.keys
    a_request(
        world,
        id=caller,
        customer_id=None,
        caller_name_sealed=keys.seal("欧阳娜娜", place=words_place("caller_name", world.estate, caller)),
        caller_phone_sealed=keys.seal("13912345678", place=words_place("caller_phone", world.estate, caller)),
    )
    giver = card(world, caller).giver
    assert giver is not None
    assert (giver.customer_id, giver.name, giver.phone) == (None, "欧阳**", "139****5678")
    assert card(world, a_request(world, customer_id=None)).giver is None


def test_what_was_forgotten_shows_no_words_and_offers_nothing(world: ServiceWorld) -> None:
    order = a_request(
        world, state="closed", customer_id=None, anonymised_at=world.now, content_sealed=b"", rating=5, result="done"
    )
    shown = card(world, order)
    assert (shown.content, shown.need, shown.row.content, shown.steps) == ("", "", "", ())
    assert not any(asdict(shown.acts).values())
    assert shown.times.reopen_until is None


def test_materials_are_listed_by_run_and_added_up_exactly(world: ServiceWorld) -> None:
    order = a_request(world, state="carried_out", result="makeshift", cause="wear", reopenings=1)
    lines = [
        (1, 1, "垫圈", 2_500, "个", 150, 375),
        (2, 1, "水管", 1_000, "米", 1999, 1999),
        (2, 2, "胶", 1, "支", 0, 0),
    ]
    names = ("run", "place", "name", "quantity_milli", "measure", "price_fen", "amount_fen")
    for line in lines:
        own = {"estate_id": world.estate, "order_id": order}
        put(world, WorkMaterial, own | dict(zip(names, line, strict=True)))
    shown = card(world, order)
    assert [(one.run, one.name, one.quantity, one.measure) for one in shown.materials] == [
        (1, "垫圈", Decimal("2.5"), "个"), (2, "水管", Decimal(1), "米"), (2, "胶", Decimal("0.001"), "支"),
    ]  # fmt: skip
    assert str(shown.materials[1].quantity) == "1"
    assert shown.materials[0].unit_price == Money(150)
    assert shown.materials_total == Money(2374)
    assert (shown.outcome.cause, shown.outcome.result) == (WorkCause.WEAR, WorkResult.MAKESHIFT)


def test_appointments_tell_their_history_and_which_one_stands(world: ServiceWorld) -> None:
    order = a_request(world, state="assigned", handler_id=world.people.repair_handler.staff)
    an_appointment(world, order, world.now - 8 * HOUR, state="moved", changed_at=world.now - 9 * HOUR)
    stands = an_appointment(world, order, world.now + HOUR)
    shown = card(world, order)
    assert [(one.state, one.handler_name) for one in shown.appointments] == [
        (AppointmentState.MOVED, "郑维修"), (AppointmentState.CONFIRMED, "郑维修"),
    ]  # fmt: skip
    assert shown.appointments[1].appointment_id == stands
    assert shown.row.appointment is not None
    assert (shown.acts.book, shown.acts.arrange) == (False, True)


def test_a_card_tells_of_the_complaint_its_requests_and_the_household(world: ServiceWorld) -> None:
    case = a_case(world)
    other_case = a_case(world)
    a_case(world, state="closed", ended_on=date(2026, 11, 1), ended_at=world.now)
    order = a_request(world, source_case=case, channel="complaint")
    sibling = a_request(world, source_case=case, unit_id=None, place="泵房", state="closed")
    neighbour = a_request(world, kind="cleaning")
    a_request(world, unit_id=world.maple.units[1])
    ties = card(world, order).ties
    assert ties.case is not None
    assert (ties.case.record_id, ties.case.number, ties.case.may_open) == (case, f"C-{case}", True)
    assert [one.record_id for one in ties.siblings] == [sibling]
    assert {one.record_id for one in ties.neighbours} == {other_case, neighbour}
    public = card(world, a_request(world, unit_id=None, place="南门"))
    assert (public.ties.case, public.ties.siblings, public.ties.neighbours, public.arrears) == (None, (), (), None)


def test_a_handler_sees_that_there_is_a_complaint_but_may_not_open_it(world: ServiceWorld) -> None:
    case = a_case(world)
    handler = world.people.repair_handler
    order = a_request(world, source_case=case, state="assigned", handler_id=handler.staff)
    shown = card(world, order, by=handler)
    assert shown.ties.case is not None
    assert (shown.ties.case.may_open, shown.arrears) == (False, None)
    assert card(world, order).arrears is not None


def submitted_failure(world: ServiceWorld, unit: UnitId | None = None) -> WorkOrderId:
    record = RequestRecord(
        kind=WorkKind.REPAIR,
        failure=PublicSystem.LIFT,
        people_at_risk=True,
        unit=unit,
        place="1号楼",
        content="电梯困人",
        noticed_at=world.now,
        channel=WorkChannel.PATROL,
        households=40,
    )
    return world.act(
        world.people.desk, submit_request, SubmitRequest(world.estate, record, world.new_request())
    ).order_id


def test_a_failure_shows_its_drafts_of_event_and_notice(world: ServiceWorld) -> None:
    order = submitted_failure(world)
    shown = card(world, order)
    event, notice = shown.drafts
    assert (event.kind, event.state, event.notice) == (DraftKind.EVENT, DraftState.DRAFT, None)
    assert event.event is not None
    assert (event.event.event, event.event.households) == (FailureEvent.SAFETY_ACCIDENT, 40)
    assert (event.event.place, event.event.since) == ("1号楼", world.now)
    assert (notice.kind, notice.event, notice.text) == (DraftKind.NOTICE, None, "")
    assert notice.notice is not None
    assert (notice.notice.system, notice.notice.next_step) == (PublicSystem.LIFT, NoticeNext.FIND_FAULT)
    assert (shown.row.failure, shown.row.people_at_risk, shown.acts.book) == (PublicSystem.LIFT, True, False)
    assert world.ask(world.people.desk, work_orders, OrdersWanted(world.estate)).rows[0].order_id == order


def test_times_and_the_last_day_of_reopening(world: ServiceWorld) -> None:
    closed = a_request(world, state="closed", no_rating="declined", result="done", fed_back_at=world.now)
    shown = card(world, closed)
    assert shown.times.reopen_until == date(2026, 12, 21)
    assert shown.times.fed_back_at == world.now
    assert (shown.outcome.rating, shown.outcome.no_rating) == (None, NoRating.DECLINED)
    cancelled = card(world, a_request(world, state="cancelled", cancel_reason="duplicate"))
    assert (cancelled.times.reopen_until, cancelled.steps) == (None, ())


DATA: dict[type[Any], Any] = {
    WorkClassification: WorkClassification(kind=None),
    WorkAssignment: WorkAssignment(handler=None),
    HandlerAnswer: HandlerAnswer(plan="", channel=None, at=None),
    Execution: Execution(began_at=None, at=None, result=None, description=""),
    ReportBack: ReportBack(told="", channel=None, at=None),
    WorkClosing: WorkClosing(rating=None),
    WorkReopening: WorkReopening(reason=""),
    Cancellation: Cancellation(why=None, reason=""),
}
"""Entries that lack everything, so that a step that is permitted is refused for something else."""


def people_of(world: ServiceWorld) -> tuple[Actor, ...]:
    who = world.people
    return (
        who.desk, who.repair_handler, who.second_handler, who.supervisor, who.manager, who.auditor, who.lake_desk,
        replace(who.supervisor, staff=who.repair_handler.staff),
    )  # fmt: skip


def allowed(world: ServiceWorld, who: Actor, operation: Any, command: Any) -> bool:
    """Whether the operation refuses for another reason than the person's rights."""
    try:
        perform(world.database, operation, command, identify=lambda _c, _n: who, now=world.now)
    except (NotPermitted, NotFound):
        return False
    except BusinessError:
        return True
    raise AssertionError("an entry that lacks everything went through")


@pytest.mark.parametrize("state", list(WorkState))
def test_what_the_card_offers_is_what_the_operations_allow(world: ServiceWorld, state: WorkState) -> None:
    handler = None if state in (WorkState.SUBMITTED, WorkState.CLASSIFIED) else world.people.repair_handler.staff
    late = [clock(ClockKind.RESOLVED, world.now - 5 * HOUR, Levels(hard=clock_hours(1)))]
    taken_in = world.people.second_handler.user_id
    order = a_request(world, state=state.value, handler_id=handler, clocks=late, received_by=taken_in)
    meeting = an_appointment(world, order, world.now + HOUR)
    for who in people_of(world):
        try:
            shown = card(world, order, by=who)
        except (NotPermitted, NotFound):
            continue
        for step in shown.steps:
            move = MoveOrder(world.estate, order, 1, step.target, DATA[step.data])
            assert allowed(world, who, move_order, move) is step.permitted, (who.name, step)
        check_acts(world, who, shown, order, meeting)


def check_acts(world: ServiceWorld, who: Actor, shown: OrderCard, order: WorkOrderId, meeting: int) -> None:
    state, acts = shown.row.state, shown.acts
    is_new = state is WorkState.SUBMITTED
    blank = RequestRecord(kind=None, content="", noticed_at=None, channel=None)
    edit = allowed(world, who, edit_request, EditRequest(world.estate, order, 1, blank))
    assert acts.edit is (edit and is_new)
    transfer = TransferOrder(world.estate, order, 1, WorkTransfer(department="", handler=None, reason=""))
    movable = state in (WorkState.CLASSIFIED, WorkState.ASSIGNED, WorkState.UNDER_WAY)
    assert acts.transfer is (allowed(world, who, transfer_order, transfer) and movable)
    again = ReclassifyOrder(world.estate, order, 1, WorkClassification(kind=None), "")
    is_open = state not in (WorkState.CLOSED, WorkState.CANCELLED)
    assert acts.reclassify is (allowed(world, who, reclassify_order, again) and is_open and not is_new)
    report = ReportUpward(world.estate, order, 1, "")
    assert (acts.report, shown.row.report_needed) == (allowed(world, who, report_upward, report), True)
    call_off = CancelAppointment(world.estate, meeting, 1, "")
    assert acts.arrange is allowed(world, who, cancel_appointment, call_off)
    hold = HoldOrder(world.estate, order, 1, on_hold=True, reason="")
    assert acts.hold is allowed(world, who, hold_order, hold)


def test_nobody_rates_what_he_or_she_did_or_entered(world: ServiceWorld) -> None:
    order = a_request(world, state="reported_back", handler_id=world.people.repair_handler.staff)
    step = {"estate_id": world.estate, "record_id": order, "state": "carried_out", "made_at": world.now}
    entered = {"action": "execution", "done_at": world.now, "source": "under_way"}
    put(world, ServiceStep, step | entered | {"id": fresh(), "made_by": world.people.desk.user_id})
    put(world, ServiceStep, step | entered | {"id": fresh(), "made_by": world.people.supervisor.user_id})
    people = world.people
    rates = {who.name: card(world, order, by=who).acts.rate for who in (people.desk, people.supervisor, people.manager)}
    assert rates == {people.desk.name: True, people.supervisor.name: False, people.manager.name: True}
    own = replace(people.manager, staff=people.repair_handler.staff)
    assert card(world, order, by=own).acts.rate is False


def test_handlers_see_their_own_and_nobody_another_estates(world: ServiceWorld) -> None:
    order = a_request(world, state="assigned", handler_id=world.people.repair_handler.staff)
    assert card(world, order, by=world.people.repair_handler).row.order_id == order
    with pytest.raises(NotFound):
        card(world, order, by=world.people.second_handler)
    with pytest.raises(NotPermitted):
        card(world, order, by=world.people.lake_desk)
    for number, estate in ((999, None), (2**70, None), (order, 2**40), (order, world.lake.estate)):
        with pytest.raises(NotFound):
            card(world, number, estate=None if estate is None else EstateId(estate))


def test_every_role_that_opens_all_requests_is_answered_and_no_other(world: ServiceWorld) -> None:
    wanted = OrderWanted(world.estate, a_request(world))
    for role in Role:
        reader = person(40, "someone", role)
        if Permission.ORDERS_ALL in MATRIX[role]:
            assert world.ask(reader, order_card, wanted).row.order_id == wanted.order_id
        else:
            with pytest.raises(NotFound if Permission.ORDERS_VIEW in MATRIX[role] else NotPermitted):
                world.ask(reader, order_card, wanted)


def test_a_plain_card_needs_four_statements_and_one_with_everything_four_more(world: ServiceWorld) -> None:
    plain = a_request(world)
    with count_statements(world.database) as sent:
        card(world, plain)
    assert len(sent) == 4
    full = submitted_failure(world, unit=world.maple.units[0])
    assigned = {"state": "assigned", "handler_id": world.people.repair_handler.staff}
    with world.database.writing() as connection, connection.begin():
        connection.execute(update(WorkOrder).where(WorkOrder.id == full).values(assigned))
    an_appointment(world, full, world.now + HOUR)
    line = {"run": 1, "place": 1, "name": "灯", "quantity_milli": 1, "measure": "个", "price_fen": 1, "amount_fen": 0}
    put(world, WorkMaterial, line | {"estate_id": world.estate, "order_id": full})
    with count_statements(world.database) as sent:
        card(world, full)
    assert len(sent) == 8


def test_parts_that_are_not_wanted_take_no_statement_and_stay_empty(world: ServiceWorld) -> None:
    order = submitted_failure(world, unit=world.maple.units[0])
    an_appointment(world, order, world.now + HOUR)
    whole = card(world, order)
    for part in (None, *OrderPart):
        wanted = OrderWanted(world.estate, order, frozenset() if part is None else frozenset({part}))
        with count_statements(world.database) as sent:
            shown = world.ask(world.people.supervisor, order_card, wanted)
        assert len(sent) == (2 if part in (None, OrderPart.MATERIALS, OrderPart.RULES) else 3), part
        assert (shown.row, shown.content, shown.steps, shown.acts) == (
            whole.row,
            whole.content,
            whole.steps,
            whole.acts,
        )
        assert bool(shown.drafts) is (part is OrderPart.DRAFTS)
        assert bool(shown.appointments) is (part is OrderPart.APPOINTMENTS)
        assert bool(shown.flow) is (part is OrderPart.FLOW)
    closed = OrderWanted(world.estate, a_request(world, state="closed"), frozenset({OrderPart.FLOW}))
    assert world.ask(world.people.supervisor, order_card, closed).times.reopen_until is None


def test_the_five_steps_tell_who_took_them_and_when(world: ServiceWorld) -> None:
    order = submitted_failure(world)
    taken = card(world, order).flow
    assert [(one.step.number, one.progress, one.who) for one in taken[:2]] == [
        (1, StepProgress.DONE, world.people.desk.name),
        (2, StepProgress.AHEAD, ""),
    ]
    assert taken[0].at == world.now
