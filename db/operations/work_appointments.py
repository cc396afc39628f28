"""Use cases of appointments: agreed, confirmed, moved, called off, kept or missed; nobody is in two places (R-118).

A handler may work in several estates, so whoever claims somebody's time takes the company's turn after the estate's.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Final

from core.admin.audit import Json, instant_text
from core.admin.permissions import Permission
from core.kernel.errors import BusinessError
from core.kernel.identity import COMPANY, EstateId, StaffId, WorkOrderId
from core.kernel.pauses import PauseRequest
from core.kernel.texts import LONGEST_REASON, tidied
from core.staff.posts import NotAssignable
from core.work_orders.actions import WorkAction
from core.work_orders.appointments import (
    PAUSE_REASON,
    Appointment,
    AppointmentState,
    cancelled_appointment,
    confirmed_appointment,
    ended_appointment,
    moved_appointment,
    new_appointment,
    pause_until_slot,
)
from core.work_orders.facts import WorkStepIncomplete
from core.work_orders.lifecycle import WorkEnded
from core.work_orders.outcome_steps import Execution
from core.work_orders.request import FailureWaits
from core.work_orders.slots import Slot
from core.work_orders.states import WorkState, running_clocks
from db.models import ServicePause, WorkAppointment, WorkOrder
from db.operations.service_pauses import AskPause, EndPause, ask_pause, end_pause
from db.operations.work_records import assignee, audit, is_handler, note, require_sorting, the_order
from db.repositories.work_appointments import (
    appointment_of,
    engaged,
    lasting_pauses,
    load_appointment,
    new_row,
    put_state,
    standing_appointment,
)
from db.unit_of_work import EditConflict, NotFound, UnitOfWork, operation

BY_THE_PORTAL: Final = "requests.appointment.automatic"
"""Stands as the reason of an appointment that ended with the work or the request itself."""


class AppointmentOfAnother(BusinessError):
    """An assigned request is visited by its handler; it is transferred first."""

    code: ClassVar[str] = "requests.appointment_handler"


@dataclass(frozen=True, slots=True)
class BookAppointment:
    """A time to come. ``handler`` is needed while nobody is assigned. ``confirmed``: the customer agreed at once.

    ``later_wish``: the customer's words, when he or she wants it later than we could have come; the finishing clock
    then waits for the slot, at once or once somebody has approved that.
    """

    estate_id: EstateId
    order_id: WorkOrderId
    slot: Slot
    handler: StaffId | None = None
    confirmed: bool = False
    later_wish: str = ""


@dataclass(frozen=True, slots=True)
class ConfirmAppointment:
    """The customer agrees."""

    estate_id: EstateId
    appointment_id: int
    version: int


@dataclass(frozen=True, slots=True)
class MoveAppointment:
    """Another time, or while nobody is assigned another person. ``customer_wish``: the customer wants it later."""

    estate_id: EstateId
    appointment_id: int
    version: int
    slot: Slot
    reason: str
    handler: StaffId | None = None
    confirmed: bool = False
    customer_wish: bool = False


@dataclass(frozen=True, slots=True)
class CancelAppointment:
    """Nobody comes at that time."""

    estate_id: EstateId
    appointment_id: int
    version: int
    reason: str


@dataclass(frozen=True, slots=True)
class EndAppointment:
    """Whether a confirmed appointment was kept; a missed one has its reason."""

    estate_id: EstateId
    appointment_id: int
    version: int
    kept: bool
    reason: str = ""


@operation(Permission.ORDERS_REGISTER)
def book_appointment(work: UnitOfWork, command: BookAppointment) -> int:
    """Agree on a time for a request and give the appointment's number; of two for one handler the second is refused."""
    row = the_order(work, command.estate_id, command.order_id)
    _require_arranging(work, row)
    _check_waits(row)
    handler = _visitor(work, row, command.handler)
    made = new_appointment(
        order=command.order_id,
        handler=handler,
        slot=command.slot,
        appointments=_in_the_way(work, row, handler, command.slot),
        now=work.now,
        confirmed=command.confirmed,
    )
    booked = _store(work, row, made)
    words = {"wish": tidied(command.later_wish, field="evidence", longest=LONGEST_REASON)}
    note(work, row, WorkAction.APPOINTMENT_MADE, facts=_facts(made), words=words)
    if words["wish"]:
        _pause(work, row, command.slot, words["wish"])
    audit(work, "orders.appointment.made", row, after=_facts(made), words=words)
    return booked.id


@operation(Permission.ORDERS_REGISTER)
def confirm_appointment(work: UnitOfWork, command: ConfirmAppointment) -> None:
    """Note that the customer agrees to an appointment."""
    row, booked = _unchanged(work, command)
    _change(work, row, booked, confirmed_appointment(appointment=appointment_of(booked), now=work.now))


@operation(Permission.ORDERS_REGISTER)
def move_appointment(work: UnitOfWork, command: MoveAppointment) -> int:
    """Move an appointment and give the number of the new one; the old one is kept as moved."""
    row, booked = _unchanged(work, command)
    _check_waits(row)
    handler = _visitor(work, row, command.handler or StaffId(booked.handler_id))
    moved = _moved(work, row, booked, command.slot, handler, reason=command.reason, confirmed=command.confirmed)
    _keep_pause(work, row, command.slot, command.reason, customer_wish=command.customer_wish)
    return moved.id


@operation(Permission.ORDERS_REGISTER)
def cancel_appointment(work: UnitOfWork, command: CancelAppointment) -> None:
    """Call an appointment off; a clock that waited for it goes on."""
    row, booked = _unchanged(work, command)
    changed = cancelled_appointment(appointment=appointment_of(booked), reason=command.reason, now=work.now)
    _change(work, row, booked, changed)
    _end_pause(work, row)


@operation(Permission.ORDERS_REGISTER)
def end_appointment(work: UnitOfWork, command: EndAppointment) -> None:
    """Note whether a confirmed appointment was kept or missed, once it has begun."""
    row, booked = _unchanged(work, command)
    appointment = appointment_of(booked)
    ended = ended_appointment(appointment=appointment, kept=command.kept, reason=command.reason, now=work.now)
    _change(work, row, booked, ended)


def pass_appointment_on(work: UnitOfWork, row: WorkOrder, handler: StaffId | None, reason: str) -> None:
    """Let the appointment to come go with the request to another handler, at the same time and as agreed.

    Somebody engaged then is refused: the customer was told that time. Without a handler the appointment is called off.
    One that has begun stays, for somebody to say whether it was kept.
    """
    booked = standing_appointment(work.session, EstateId(row.estate_id), WorkOrderId(row.id))
    if booked is None or booked.start_at <= work.now or booked.handler_id == handler:
        return
    if handler is None:
        _call_off(work, row, booked)
        _end_pause(work, row)
        return
    appointment = appointment_of(booked)
    confirmed = appointment.state is AppointmentState.CONFIRMED
    _moved(work, row, booked, appointment.slot, handler, reason=reason or BY_THE_PORTAL, confirmed=confirmed)


def settle_appointment(work: UnitOfWork, row: WorkOrder, done: Execution | None = None) -> None:
    """End the appointment of a request that was carried out, or given up (``done`` is ``None``).

    A confirmed one in which the work was done was kept. One still to come, or never confirmed, is called off. Any other
    stays, for somebody to say whether it was kept.
    """
    booked = standing_appointment(work.session, EstateId(row.estate_id), WorkOrderId(row.id))
    if booked is None:
        return
    appointment = appointment_of(booked)
    confirmed = appointment.state is AppointmentState.CONFIRMED
    if confirmed and done is not None and _was_done_in(done, appointment.slot):
        _change(work, row, booked, ended_appointment(appointment=appointment, kept=True, now=work.now))
    elif not confirmed or appointment.slot.start > work.now:
        _call_off(work, row, booked)


def waits_no_more(work: UnitOfWork, row: WorkOrder) -> None:
    """Call off the appointment of a request that turns out to be a failure, with the pause that waits for it."""
    settle_appointment(work, row)
    _end_pause(work, row)


def _was_done_in(done: Execution, slot: Slot) -> bool:
    return done.began_at is not None and done.at is not None and done.began_at < slot.end and slot.start <= done.at


def _call_off(work: UnitOfWork, row: WorkOrder, booked: WorkAppointment) -> None:
    changed = cancelled_appointment(appointment=appointment_of(booked), reason=BY_THE_PORTAL, now=work.now)
    _change(work, row, booked, changed)


def _require_arranging(work: UnitOfWork, row: WorkOrder) -> None:
    """The handler arranges the own visits, whoever sorts requests all of them."""
    if not is_handler(work, row):
        require_sorting(work, row)


def _unchanged(
    work: UnitOfWork, command: ConfirmAppointment | MoveAppointment | CancelAppointment | EndAppointment
) -> tuple[WorkOrder, WorkAppointment]:
    booked = load_appointment(work.session, command.estate_id, command.appointment_id)
    if booked is None:
        raise NotFound
    row = the_order(work, command.estate_id, WorkOrderId(booked.order_id))
    _require_arranging(work, row)
    if booked.version != command.version:
        raise EditConflict
    return row, booked


def _check_waits(row: WorkOrder) -> None:
    """Refuse a time to come where nobody will: the work is done or given up, or cannot wait."""
    if not running_clocks(WorkState(row.state)):
        raise WorkEnded(state=WorkState(row.state))
    if row.failure:
        raise FailureWaits


def _visitor(work: UnitOfWork, row: WorkOrder, wanted: StaffId | None) -> StaffId:
    """Who comes: the handler, or while nobody is assigned the person named, who must be active."""
    if row.handler_id is not None:
        if wanted not in (None, row.handler_id):
            raise AppointmentOfAnother
        wanted = StaffId(row.handler_id)
    if wanted is None:
        raise WorkStepIncomplete(field="handler", state=WorkState(row.state))
    person = assignee(work, EstateId(row.estate_id), wanted)
    if not person.active:
        raise NotAssignable(name=person.name)
    return wanted


def _in_the_way(
    work: UnitOfWork, row: WorkOrder, handler: StaffId, slot: Slot, *, apart_from: int | None = None
) -> tuple[Appointment, ...]:
    """What may stand in the way, read when it is this work's turn: the handler's time belongs to no one estate."""
    work.lock(COMPANY)
    key = EstateId(row.estate_id), WorkOrderId(row.id)
    return engaged(work.session, *key, handler, slot, apart_from=apart_from)


def _store(work: UnitOfWork, row: WorkOrder, made: Appointment) -> WorkAppointment:
    estate = EstateId(row.estate_id)
    booked = new_row(made, estate=estate, appointment_id=work.new_id(estate), by=work.actor.user_id)
    work.session.add(booked)
    work.session.flush()
    return booked


def _moved(
    work: UnitOfWork,
    row: WorkOrder,
    booked: WorkAppointment,
    slot: Slot,
    handler: StaffId,
    *,
    reason: str,
    confirmed: bool,
) -> WorkAppointment:
    move = moved_appointment(
        appointment=appointment_of(booked),
        slot=slot,
        handler=handler,
        appointments=_in_the_way(work, row, handler, slot, apart_from=booked.id),
        reason=reason,
        now=work.now,
        confirmed=confirmed,
    )
    put_state(booked, move.kept)
    work.session.flush()
    words = {"reason": move.kept.reason if reason != BY_THE_PORTAL else ""}
    facts = _facts(move.new) | {"from": instant_text(booked.start_at)}
    note(work, row, WorkAction.APPOINTMENT_MOVED, facts=facts, words=words)
    audit(work, "orders.appointment.moved", row, before=_facts(move.kept), after=_facts(move.new), words=words)
    return _store(work, row, move.new)


_ACTIONS: Final[Mapping[AppointmentState, WorkAction]] = {
    AppointmentState.CONFIRMED: WorkAction.APPOINTMENT_CONFIRMED,
    AppointmentState.CANCELLED: WorkAction.APPOINTMENT_CANCELLED,
    AppointmentState.KEPT: WorkAction.APPOINTMENT_KEPT,
    AppointmentState.MISSED: WorkAction.APPOINTMENT_MISSED,
}


def _change(work: UnitOfWork, row: WorkOrder, booked: WorkAppointment, changed: Appointment) -> None:
    before = _facts(appointment_of(booked))
    put_state(booked, changed)
    work.session.flush()
    automatic = changed.reason == BY_THE_PORTAL
    words = {} if automatic else {"reason": changed.reason}
    facts = _facts(changed) | {"automatic": automatic}
    note(work, row, _ACTIONS[changed.state], facts=facts, words=words)
    audit(work, f"orders.appointment.{changed.state.value}", row, before=before, after=_facts(changed), words=words)


def _facts(appointment: Appointment) -> dict[str, Json]:
    slot = appointment.slot
    return {
        "handler": appointment.handler,
        "start": instant_text(slot.start),
        "end": instant_text(slot.end),
        "appointment": appointment.state.value,
    }


def _pause(work: UnitOfWork, row: WorkOrder, slot: Slot, words: str) -> None:
    """Ask that the finishing clock waits for the slot; whether that counts at once is the pause's own rule."""
    until = pause_until_slot(slot=slot, since=work.now, approved=False)
    if until is None:
        return
    request = PauseRequest(clocks=until.clocks, reason=until.reason, evidence=words, start=until.start, end=until.end)
    ask_pause(work, AskPause(EstateId(row.estate_id), row.id, request))


def _keep_pause(work: UnitOfWork, row: WorkOrder, slot: Slot, words: str, *, customer_wish: bool) -> None:
    """Fit the pause to a moved appointment: for a wish it reaches to the new slot, for us never further than before."""
    known = _waiting_pause(work, row)
    ends_before = known is not None and known.end_at is not None and known.end_at <= slot.start
    if customer_wish or (known is not None and not ends_before):
        _end_pause(work, row)
        _pause(work, row, slot, words)


def _end_pause(work: UnitOfWork, row: WorkOrder) -> None:
    known = _waiting_pause(work, row)
    if known is not None:
        end_pause(work, EndPause(EstateId(row.estate_id), known.id, known.version, work.now))


def end_pauses(work: UnitOfWork, row: WorkOrder) -> None:
    """End every pause that lasts still when its clocks end, lest it stops those of a later run."""
    for known in lasting_pauses(work.session, EstateId(row.estate_id), WorkOrderId(row.id), work.now):
        end_pause(work, EndPause(EstateId(row.estate_id), known.id, known.version, work.now))


def _waiting_pause(work: UnitOfWork, row: WorkOrder) -> ServicePause | None:
    pauses = lasting_pauses(work.session, EstateId(row.estate_id), WorkOrderId(row.id), work.now)
    return next((one for one in pauses if one.reason == PAUSE_REASON), None)
