"""Appointments: agreed, confirmed, moved, called off, kept or missed; nobody is in two places at once (R-118)."""

from dataclasses import replace
from datetime import timedelta
from threading import Barrier, Thread
from typing import Any

import pytest

from core.admin.permissions import Actor, NotPermitted
from core.admin.settings import SettingKey
from core.kernel.clocks import ClockKind
from core.kernel.errors import BusinessError
from core.kernel.identity import EstateId, StaffId, WorkOrderId
from core.kernel.lifecycle import ForbiddenMove
from core.kernel.pauses import PauseEvidenceMissing, PauseOverlaps, PauseRequest
from core.kernel.texts import ReasonMissing
from core.staff.posts import NotAssignable
from core.work_orders.appointments import (
    AppointmentNotOver,
    AppointmentSame,
    AppointmentThere,
    SlotInPast,
    SlotTaken,
    SlotTooFar,
)
from core.work_orders.facts import WorkStepIncomplete
from core.work_orders.handling_steps import WorkClassification, WorkTransfer
from core.work_orders.kinds import PublicSystem, WorkKind
from core.work_orders.lifecycle import WorkEnded
from core.work_orders.request import FailureWaits
from core.work_orders.slots import Slot
from db.engine import Database
from db.models import ServiceClock, ServicePause, WorkAppointment
from db.operations.service_pauses import AskPause, ask_pause
from db.operations.settings import SetSetting, set_setting
from db.operations.work_appointments import (
    AppointmentOfAnother,
    BookAppointment,
    CancelAppointment,
    ConfirmAppointment,
    EndAppointment,
    MoveAppointment,
    book_appointment,
    cancel_appointment,
    confirm_appointment,
    end_appointment,
    move_appointment,
)
from db.operations.work_moves import ReclassifyOrder, TransferOrder, reclassify_order, transfer_order
from db.unit_of_work import EditConflict, NotFound, perform
from tests.db.service_setup import TODAY
from tests.db.work_setup import WorkWorld, a_work_world
from tests.personas import ADMINISTRATOR


@pytest.fixture
def work(database: Database) -> WorkWorld:
    return a_work_world(database)


def book(work: WorkWorld, order: WorkOrderId, slot: Slot, by: Actor | None = None, **given: Any) -> int:
    command = BookAppointment(**({"estate_id": work.world.estate, "order_id": order, "slot": slot} | given))
    number: int = work.act(by or work.people.desk, book_appointment, command)
    return number


def booked(work: WorkWorld, **given: Any) -> tuple[WorkOrderId, int]:
    """An assigned request with a confirmed appointment tomorrow at the same hour."""
    order = work.assigned()
    return order, book(work, order, work.slot(), **({"confirmed": True} | given))


def the(work: WorkWorld, number: int) -> Any:
    (row,) = work.world.rows(WorkAppointment, id=number)
    return row


def change(work: WorkWorld, kind: type, number: int, by: Actor | None = None, **given: Any) -> Any:
    acts: dict[type, Any] = {
        ConfirmAppointment: confirm_appointment,
        MoveAppointment: move_appointment,
        CancelAppointment: cancel_appointment,
        EndAppointment: end_appointment,
    }
    values = {"estate_id": work.world.estate, "appointment_id": number, "version": the(work, number).version}
    return work.act(by or work.people.desk, acts[kind], kind(**(values | given)))


def states(work: WorkWorld, order: WorkOrderId) -> list[str]:
    return [row.state for row in work.appointments(order)]


def due(work: WorkWorld, order: WorkOrderId, kind: ClockKind = ClockKind.RESOLVED) -> Any:
    (clock,) = work.world.rows(ServiceClock, record_id=order, kind=kind.value)
    return clock.due_target


# Agreeing -----------------------------------------------------------------------------------------------------------


def test_an_appointment_is_agreed_confirmed_and_kept(work: WorkWorld) -> None:
    order = work.assigned()
    slot = work.slot()
    number = book(work, order, slot)
    row = the(work, number)
    assert (row.handler_id, row.start_at, row.end_at, row.state) == (
        work.people.repair_handler.staff,
        slot.start,
        slot.end,
        "offered",
    )
    assert (row.made_by, row.made_at, row.changed_at) == (work.people.desk.user_id, work.now, None)
    work.later(hours=1)
    change(work, ConfirmAppointment, number)
    with pytest.raises(AppointmentNotOver):
        change(work, EndAppointment, number, kept=True)
    work.later(hours=23)
    change(work, EndAppointment, number, by=work.people.repair_handler, kept=True)
    assert (the(work, number).state, the(work, number).changed_at) == ("kept", work.now)
    assert work.actions(order)[-3:] == ["appointment_made", "appointment_confirmed", "appointment_kept"]
    actions = [entry.action for entry in work.audited()][-3:]
    assert actions == ["orders.appointment.made", "orders.appointment.confirmed", "orders.appointment.kept"]


def test_a_missed_appointment_says_why_and_its_words_are_sealed(work: WorkWorld) -> None:
    order, number = booked(work)
    work.later(hours=25)
    with pytest.raises(ReasonMissing):
        change(work, EndAppointment, number, kept=False, reason="无人")
    change(work, EndAppointment, number, kept=False, reason="业主不在家，电话无人接")
    assert (the(work, number).state, the(work, number).reason) == ("missed", "")
    assert work.steps(order)[-1].words == {"reason": "业主不在家，电话无人接"}
    assert "不在家" not in str(work.audited()[-1].after)
    assert book(work, order, work.slot())


@pytest.mark.parametrize(
    ("slot", "error"),
    [
        (lambda work: work.slot(hours=0), SlotInPast),
        (lambda work: work.slot(hours=-5), SlotInPast),
        (lambda work: work.slot(hours=90 * 24 + 0.1), SlotTooFar),
    ],
)
def test_a_slot_lies_ahead_but_not_too_far(work: WorkWorld, slot: Any, error: type[BusinessError]) -> None:
    order = work.assigned()
    with pytest.raises(error):
        book(work, order, slot(work))
    assert work.appointments(order) == []


def test_a_request_has_one_appointment_at_a_time(work: WorkWorld) -> None:
    order, number = booked(work)
    with pytest.raises(AppointmentThere):
        book(work, order, work.slot(hours=48))
    change(work, CancelAppointment, number, reason="业主取消预约")
    assert book(work, order, work.slot(hours=48))


def test_a_handler_is_in_one_place_at_a_time_and_slots_may_touch(work: WorkWorld) -> None:
    slot = work.slot()
    booked(work)
    other, third = work.assigned(), work.assigned(to=work.people.second_handler)
    overlapping = Slot(slot.start + timedelta(hours=1), slot.end + timedelta(hours=1))
    for taken in (slot, overlapping):
        with pytest.raises(SlotTaken):
            book(work, other, taken)
    assert book(work, other, Slot(slot.end, slot.end + timedelta(hours=2)))
    assert book(work, third, slot)


def test_a_handler_is_in_one_estate_at_a_time(work: WorkWorld) -> None:
    slot, lake = work.slot(), work.world.lake
    booked(work)
    record = work.record(unit=lake.units[0], customer=lake.owners[0])
    other = work.submit(record, estate_id=lake.estate).order_id
    given = {"estate_id": lake.estate, "handler": work.people.repair_handler.staff}
    with pytest.raises(SlotTaken):
        book(work, other, slot, **given)
    assert book(work, other, replace(slot, start=slot.end, end=slot.end + timedelta(hours=1)), **given)


def test_another_estates_request_of_the_same_number_is_another_request(work: WorkWorld) -> None:
    """The handler is engaged there, so the refusal is that of the handler's time."""
    lake, slot = work.world.lake, work.slot()
    order, _ = booked(work)
    with work.world.database.writing() as connection, connection.begin():
        connection.exec_driver_sql(f"UPDATE estate_heads SET next_id = {order} WHERE estate_id = {lake.estate}")
    record = work.record(unit=lake.units[0], customer=lake.owners[0])
    other = work.submit(record, estate_id=lake.estate).order_id
    assert other == order
    given = {"estate_id": lake.estate, "handler": work.people.repair_handler.staff}
    with pytest.raises(SlotTaken):
        book(work, other, slot, **given)
    later = Slot(slot.end, slot.end + timedelta(hours=1))
    assert book(work, other, later, **given)


def test_an_unassigned_request_is_visited_by_whoever_is_named(work: WorkWorld) -> None:
    order, people = work.submit().order_id, work.people
    with pytest.raises(WorkStepIncomplete):
        book(work, order, work.slot())
    with pytest.raises(NotAssignable):
        book(work, order, work.slot(), handler=people.retired)
    for stranger in (people.lake_handler.staff, StaffId(999_999)):
        with pytest.raises(NotFound):
            book(work, order, work.slot(), handler=stranger)
    assert book(work, order, work.slot(), handler=people.second_handler.staff)


def test_an_assigned_request_is_visited_by_its_handler(work: WorkWorld) -> None:
    order = work.assigned()
    with pytest.raises(AppointmentOfAnother):
        book(work, order, work.slot(), handler=work.people.second_handler.staff)
    assert book(work, order, work.slot(), handler=work.people.repair_handler.staff)


def test_what_cannot_wait_or_is_done_has_no_appointment(work: WorkWorld) -> None:
    failure = work.submit(work.failure()).order_id
    with pytest.raises(FailureWaits):
        book(work, failure, work.slot(), handler=work.people.repair_handler.staff)
    done = work.carried_out()
    with pytest.raises(WorkEnded):
        book(work, done, work.slot())


def test_appointments_are_for_the_desk_the_supervisor_and_the_handler(work: WorkWorld) -> None:
    people, order = work.people, work.assigned()
    for who in (people.auditor, people.lake_desk):
        with pytest.raises(NotPermitted):
            book(work, order, work.slot(), by=who)
    with pytest.raises(NotFound):
        book(work, order, work.slot(), by=people.second_handler)
    number = book(work, order, work.slot(), by=people.repair_handler)
    with pytest.raises(NotFound):
        change(work, ConfirmAppointment, number, by=people.second_handler)
    change(work, ConfirmAppointment, number, by=people.supervisor)
    own = work.submit(by=people.service_handler).order_id
    with pytest.raises(NotPermitted):
        book(work, own, work.slot(), by=people.service_handler, handler=people.service_handler.staff)


def test_an_appointment_of_another_estate_or_of_nowhere_is_not_there(work: WorkWorld) -> None:
    _, number = booked(work)
    for estate, wanted in ((work.world.lake.estate, number), (work.world.estate, 999_999)):
        with pytest.raises(NotFound):
            work.act(work.people.desk, confirm_appointment, ConfirmAppointment(EstateId(estate), wanted, 1))


# Moving and calling off ---------------------------------------------------------------------------------------------


def test_a_moved_appointment_is_kept_and_another_follows(work: WorkWorld) -> None:
    order, number = booked(work)
    old, later = the(work, number), work.slot(hours=30)
    new = change(work, MoveAppointment, number, slot=later, reason="维修工当天请假")
    assert states(work, order) == ["moved", "offered"]
    row = the(work, new)
    assert (row.start_at, row.end_at, row.handler_id) == (later.start, later.end, old.handler_id)
    step = work.steps(order)[-1]
    assert (step.action, step.words) == ("appointment_moved", {"reason": "维修工当天请假"})
    assert (step.facts["from"], step.facts["start"]) == ("2026-11-22T01:00:00.000000Z", "2026-11-22T07:00:00.000000Z")
    with pytest.raises(AppointmentSame):
        change(work, MoveAppointment, new, slot=later, reason="没有变化")
    with pytest.raises(ForbiddenMove):
        change(work, MoveAppointment, number, slot=work.slot(hours=40), reason="再次改期")


def test_a_slot_moved_by_an_hour_is_not_taken_by_itself(work: WorkWorld) -> None:
    order, number = booked(work)
    change(work, MoveAppointment, number, slot=work.slot(hours=25), reason="改晚一小时", confirmed=True)
    assert states(work, order) == ["moved", "confirmed"]


def test_a_move_into_somebody_elses_time_changes_nothing(work: WorkWorld) -> None:
    order, number = booked(work)
    other = work.assigned()
    book(work, other, work.slot(hours=30))
    with pytest.raises(SlotTaken):
        change(work, MoveAppointment, number, slot=work.slot(hours=31), reason="改到下午")
    assert states(work, order) == ["confirmed"]


def test_a_stale_form_changes_no_appointment(work: WorkWorld) -> None:
    order, number = booked(work, confirmed=False)
    change(work, ConfirmAppointment, number)
    for kind, given in (
        (ConfirmAppointment, {}),
        (MoveAppointment, {"slot": work.slot(hours=40), "reason": "改期处理"}),
        (CancelAppointment, {"reason": "取消预约"}),
        (EndAppointment, {"kept": True}),
    ):
        with pytest.raises(EditConflict):
            change(work, kind, number, version=1, **given)
    assert states(work, order) == ["confirmed"]


def test_the_appointment_goes_with_the_request_at_the_same_time(work: WorkWorld) -> None:
    order, _ = booked(work)
    hand_over(work, order, work.people.second_handler)
    rows = work.appointments(order)
    assert [(row.state, row.handler_id) for row in rows] == [
        ("moved", work.people.repair_handler.staff),
        ("confirmed", work.people.second_handler.staff),
    ]
    assert rows[0].start_at == rows[1].start_at


def test_a_request_does_not_go_to_somebody_engaged_then(work: WorkWorld) -> None:
    order, _ = booked(work)
    busy = work.assigned(to=work.people.second_handler)
    book(work, busy, work.slot(hours=25))
    with pytest.raises(SlotTaken):
        hand_over(work, order, work.people.second_handler)
    assert (work.row(order).handler_id, states(work, order)) == (work.people.repair_handler.staff, ["confirmed"])


def test_without_a_handler_the_appointment_is_called_off(work: WorkWorld) -> None:
    order, _ = booked(work, later_wish="业主明天才在家")
    work.later(hours=1)
    hand_over(work, order, None)
    assert states(work, order) == ["cancelled"]
    assert work.steps(order)[-1].facts["automatic"] is True
    (pause,) = work.world.rows(ServicePause)
    assert pause.end_at == work.now


def test_the_person_assigned_takes_the_appointment_over(work: WorkWorld) -> None:
    order = work.classified()
    book(work, order, work.slot(), handler=work.people.second_handler.staff)
    work.assign(order, work.people.repair_handler)
    assert [(row.state, row.handler_id) for row in work.appointments(order)] == [
        ("moved", work.people.second_handler.staff),
        ("offered", work.people.repair_handler.staff),
    ]


def test_a_visit_that_has_begun_stays_with_who_was_to_come(work: WorkWorld) -> None:
    order, number = booked(work)
    work.later(hours=25)
    hand_over(work, order, work.people.second_handler)
    assert states(work, order) == ["confirmed"]
    change(work, EndAppointment, number, kept=False, reason="维修工未按时到达")


def hand_over(work: WorkWorld, order: WorkOrderId, to: Actor | None) -> None:
    department = "cleaning" if to is None else ""
    data = WorkTransfer(department=department, handler=to and work.somebody(to), reason="人手调配")
    command = TransferOrder(work.world.estate, order, work.row(order).version, data)
    work.act(work.people.supervisor, transfer_order, command)


# What the work does to it -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("confirmed", "hours", "state"),
    [
        (True, 25, "kept"),
        (True, 23.9, "cancelled"),
        (False, 25, "cancelled"),
        (True, 30, "confirmed"),
    ],
)
def test_work_done_in_the_slot_keeps_the_appointment(
    work: WorkWorld, confirmed: bool, hours: float, state: str
) -> None:
    """Work of half an hour that ends so many hours after booking; the slot is from 24 to 26 hours."""
    order, _ = booked(work, confirmed=confirmed)
    work.later(hours=hours)
    work.carry_out(order)
    assert states(work, order) == [state]


def test_a_request_given_up_frees_the_time(work: WorkWorld) -> None:
    order, _ = booked(work)
    work.cancel(order)
    assert states(work, order) == ["cancelled"]
    other = work.assigned()
    assert book(work, other, work.slot())


def test_a_request_that_turns_out_a_failure_waits_no_more(work: WorkWorld) -> None:
    began = work.now
    order, _ = booked(work, later_wish="业主明天才在家")
    work.later(hours=1)
    data = WorkClassification(kind=WorkKind.REPAIR, failure=PublicSystem.WATER)
    command = ReclassifyOrder(work.world.estate, order, work.row(order).version, data, "整栋楼停水")
    work.act(work.people.desk, reclassify_order, command)
    assert states(work, order) == ["cancelled"]
    assert work.row(order).due_hard == began + timedelta(hours=2)
    assert due(work, order) == began + timedelta(hours=3)


# The customer wants it later ----------------------------------------------------------------------------------------


def test_the_finishing_clock_waits_for_a_slot_the_customer_wanted_later(work: WorkWorld) -> None:
    began = work.now
    order, _ = booked(work, later_wish="业主出差，明天上午才在家")
    (pause,) = work.world.rows(ServicePause)
    assert (pause.clocks, pause.reason, pause.state) == ("resolved", "customer_appointment", "approved")
    assert (pause.start_at, pause.end_at) == (work.now, work.now + timedelta(hours=24))
    assert due(work, order) == began + timedelta(hours=48)
    assert due(work, order, ClockKind.RESPONSE) == began + timedelta(hours=4)
    assert work.steps(order)[-1].words == {"wish": "业主出差，明天上午才在家"}


def test_our_own_delay_stops_no_clock(work: WorkWorld) -> None:
    began = work.now
    order, _ = booked(work)
    assert (work.world.rows(ServicePause), due(work, order)) == ([], began + timedelta(hours=24))


def test_where_a_wish_needs_approval_it_waits_for_one(work: WorkWorld) -> None:
    began = work.now
    command = SetSetting(work.world.estate, SettingKey.SERVICE_FREE_PAUSES, "", TODAY, 0)
    work.act(ADMINISTRATOR, set_setting, command)
    order, _ = booked(work, later_wish="业主明天才在家")
    (pause,) = work.world.rows(ServicePause)
    assert (pause.state, due(work, order)) == ("asked", began + timedelta(hours=24))


def test_a_wish_without_words_books_nothing(work: WorkWorld) -> None:
    order = work.assigned()
    with pytest.raises(PauseEvidenceMissing):
        book(work, order, work.slot(), later_wish="晚点")
    assert (work.appointments(order), work.world.rows(ServicePause)) == ([], [])


def test_a_wish_beside_another_pause_of_the_clock_is_refused(work: WorkWorld) -> None:
    order = work.assigned()
    work.later(hours=1)
    request = PauseRequest(
        clocks=frozenset({ClockKind.RESOLVED}), reason="waiting_parts", evidence="等待配件到货", start=work.now
    )
    work.act(work.people.desk, ask_pause, AskPause(work.world.estate, order, request))
    with pytest.raises(PauseOverlaps):
        book(work, order, work.slot(), later_wish="业主明天才在家")
    assert book(work, order, work.slot())


def test_a_later_wish_once_more_waits_longer(work: WorkWorld) -> None:
    began = work.now
    order, number = booked(work, later_wish="业主明天才在家")
    work.later(hours=2)
    change(work, MoveAppointment, number, slot=work.slot(hours=46), reason="业主改到后天", customer_wish=True)
    assert due(work, order) == began + timedelta(hours=24 + 48)
    assert [(p.start_at, p.end_at) for p in work.world.rows(ServicePause)] == [
        (began, work.now),
        (work.now, began + timedelta(hours=48)),
    ]


def test_our_own_move_waits_no_longer_than_the_customer_wished(work: WorkWorld) -> None:
    began = work.now
    order, number = booked(work, later_wish="业主明天才在家")
    work.later(hours=2)
    new = change(work, MoveAppointment, number, slot=work.slot(hours=46), reason="维修工请假改期")
    assert due(work, order) == began + timedelta(hours=48)
    change(work, MoveAppointment, new, slot=work.slot(hours=10), reason="提前上门，业主同意")
    assert due(work, order) == began + timedelta(hours=24 + 12)


def test_a_first_wish_may_come_with_a_move(work: WorkWorld) -> None:
    began = work.now
    order, number = booked(work)
    work.later(hours=2)
    change(work, MoveAppointment, number, slot=work.slot(hours=46), reason="业主改到后天", customer_wish=True)
    assert due(work, order) == began + timedelta(hours=24 + 46)


def test_a_clock_goes_on_when_the_appointment_is_called_off(work: WorkWorld) -> None:
    began = work.now
    order, number = booked(work, later_wish="业主明天才在家")
    work.later(hours=3)
    change(work, CancelAppointment, number, reason="业主取消预约")
    assert due(work, order) == began + timedelta(hours=27)


# Two people ---------------------------------------------------------------------------------------------------------


def test_two_people_in_two_estates_book_one_handlers_slot_and_one_is_refused(work: WorkWorld) -> None:
    """Eight rounds of two clerks at once; each estate has its own turn, so only the company's keeps them apart."""
    lake, database, people = work.world.lake, work.world.database, work.people
    for turn in range(8):
        slot = work.slot(hours=24 + 3 * turn)
        here = work.submit().order_id
        record = work.record(unit=lake.units[0], customer=lake.owners[0])
        there = work.submit(record, estate_id=lake.estate).order_id
        commands = [
            BookAppointment(work.world.estate, here, slot, handler=people.repair_handler.staff),
            BookAppointment(lake.estate, there, slot, handler=people.repair_handler.staff),
        ]
        barrier, seen = Barrier(2, timeout=60), list[object]()

        def send(command: BookAppointment, barrier: Barrier = barrier, seen: list[object] = seen) -> None:
            barrier.wait()
            try:
                who = people.desk
                seen.append(perform(database, book_appointment, command, identify=lambda _c, _n: who, now=work.now))
            except SlotTaken as refused:
                seen.append(refused)

        threads = [Thread(target=send, args=(command,), daemon=True) for command in commands]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=60)
        assert sorted(isinstance(one, SlotTaken) for one in seen) == [False, True]
        taken = [*work.world.rows(WorkAppointment, start_at=slot.start)]
        taken += work.world.rows(WorkAppointment, lake.estate, start_at=slot.start)
        assert len(taken) == 1


def test_two_clicks_book_one_appointment(work: WorkWorld) -> None:
    order = work.assigned()
    barrier, seen, database = Barrier(2, timeout=60), list[object](), work.world.database
    command = BookAppointment(work.world.estate, order, work.slot())

    def send() -> None:
        barrier.wait()
        try:
            who = work.people.desk
            seen.append(perform(database, book_appointment, command, identify=lambda _c, _n: who, now=work.now))
        except AppointmentThere as refused:
            seen.append(refused)

    threads = [Thread(target=send, daemon=True) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert sorted(isinstance(one, AppointmentThere) for one in seen) == [False, True]
    assert states(work, order) == ["offered"]
