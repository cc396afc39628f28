"""When somebody comes: who is free, what is agreed, and what became of it (R-118)."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import ClassVar, Final

from core.kernel.clocks import ClockKind, Pause
from core.kernel.errors import BusinessError
from core.kernel.identity import StaffId, WorkOrderId
from core.kernel.lifecycle import Transitions
from core.kernel.texts import checked_reason
from core.work_orders.slots import Slot

MOST_DAYS_AHEAD: Final = 90
PAUSE_REASON: Final = "customer_appointment"
"""The reason stored with the pause for a slot that the customer wanted later than we could have come."""


class AppointmentState(StrEnum):
    """How an appointment stands. A moved one is kept, and another one follows it."""

    OFFERED = "offered"
    """Agreed on our side; the customer has not confirmed it."""
    CONFIRMED = "confirmed"
    MOVED = "moved"
    CANCELLED = "cancelled"
    KEPT = "kept"
    MISSED = "missed"


_A: Final = AppointmentState
APPOINTMENT_MOVES: Final = Transitions(
    {
        _A.OFFERED: frozenset({_A.CONFIRMED, _A.MOVED, _A.CANCELLED}),
        _A.CONFIRMED: frozenset({_A.MOVED, _A.CANCELLED, _A.KEPT, _A.MISSED}),
    }
)
TAKES_TIME: Final = frozenset({_A.OFFERED, _A.CONFIRMED})
"""The states in which the handler's time is taken."""


class SlotInPast(BusinessError):
    """A slot begins after now. Fields: ``start``, ``now``."""

    code: ClassVar[str] = "requests.slot_past"


class SlotTooFar(BusinessError):
    """A slot begins at most ``most_days`` days from now. Field: ``start``."""

    code: ClassVar[str] = "requests.slot_far"


class SlotTaken(BusinessError):
    """The handler has another appointment then. Fields: ``start``, ``end`` of that one."""

    code: ClassVar[str] = "requests.slot_taken"


class AppointmentThere(BusinessError):
    """The request has an appointment; it is moved, not made again. Fields: ``start``, ``end``."""

    code: ClassVar[str] = "requests.appointment_there"


class AppointmentSame(BusinessError):
    """A moved appointment has another slot or another handler."""

    code: ClassVar[str] = "requests.appointment_same"


class AppointmentNotOver(BusinessError):
    """Whether an appointment was kept shows once it has begun. Fields: ``start``, ``now``."""

    code: ClassVar[str] = "requests.appointment_early"


@dataclass(frozen=True, slots=True, kw_only=True)
class Appointment:
    """One agreed time; the appointments of a request, in the order they were made, are its history.

    ``changed_at`` and ``reason`` tell of the newest change of state; moved, cancelled and missed ones have a reason.
    """

    order: WorkOrderId
    handler: StaffId
    slot: Slot
    made_at: datetime
    state: AppointmentState = AppointmentState.OFFERED
    changed_at: datetime | None = None
    reason: str = ""

    @property
    def takes_time(self) -> bool:
        """Say whether the handler is engaged: offered or confirmed."""
        return self.state in TAKES_TIME


@dataclass(frozen=True, slots=True)
class SlotOffer:
    """A slot and which of the handlers asked about are free or taken then, in the order they were named."""

    slot: Slot
    free: tuple[StaffId, ...]
    taken: tuple[StaffId, ...]


def check_slot_time(*, slot: Slot, now: datetime) -> None:
    """Raise the refusal unless a slot begins after now and at most 90 days (to the instant) ahead."""
    if slot.start <= now:
        raise SlotInPast(start=slot.start, now=now)
    if slot.start > now + timedelta(days=MOST_DAYS_AHEAD):
        raise SlotTooFar(start=slot.start, most_days=MOST_DAYS_AHEAD)


def slot_offers(
    *, slots: Iterable[Slot], handlers: Collection[StaffId], appointments: Iterable[Appointment], now: datetime
) -> tuple[SlotOffer, ...]:
    """Say of each slot that is still to come who is free then and who is not."""
    engaged = [one for one in appointments if one.takes_time]
    offers = []
    for slot in slots:
        busy = {one.handler for one in engaged if one.slot.overlaps(slot)}
        if slot.start > now:
            free = tuple(handler for handler in handlers if handler not in busy)
            offers.append(SlotOffer(slot, free, tuple(handler for handler in handlers if handler in busy)))
    return tuple(offers)


def new_appointment(
    *,
    order: WorkOrderId,
    handler: StaffId,
    slot: Slot,
    appointments: Iterable[Appointment],
    now: datetime,
    confirmed: bool = False,
) -> Appointment:
    """Give a new appointment, or raise the refusal.

    ``appointments``: those of the handler and of the request around that time. ``confirmed``: the customer agreed at
    once, as on the phone.
    """
    check_slot_time(slot=slot, now=now)
    for one in appointments:
        if not one.takes_time:
            continue
        if one.order == order:
            raise AppointmentThere(start=one.slot.start, end=one.slot.end)
        if one.handler == handler and one.slot.overlaps(slot):
            raise SlotTaken(start=one.slot.start, end=one.slot.end)
    state = AppointmentState.CONFIRMED if confirmed else AppointmentState.OFFERED
    return Appointment(order=order, handler=handler, slot=slot, made_at=now, state=state)


def confirmed_appointment(*, appointment: Appointment, now: datetime) -> Appointment:
    """Give the appointment as confirmed by the customer; one whose slot has begun is not confirmed any more."""
    changed = _changed(appointment, AppointmentState.CONFIRMED, now)
    check_slot_time(slot=appointment.slot, now=now)
    return changed


@dataclass(frozen=True, slots=True)
class AppointmentMove:
    """A moved appointment: the row as it is kept, and the new one."""

    kept: Appointment
    new: Appointment


def moved_appointment(
    *,
    appointment: Appointment,
    slot: Slot,
    handler: StaffId,
    appointments: Iterable[Appointment],
    reason: str,
    now: datetime,
    confirmed: bool = False,
) -> AppointmentMove:
    """Give the old appointment as moved and the new one, or raise the refusal.

    ``appointments`` as for a new one, the old one included; its time no longer stands in the way. The customer confirms
    anew.
    """
    kept = _changed(appointment, AppointmentState.MOVED, now, checked_reason(reason))
    if (slot, handler) == (appointment.slot, appointment.handler):
        raise AppointmentSame
    others = [one for one in appointments if one != appointment]
    new = new_appointment(
        order=appointment.order, handler=handler, slot=slot, appointments=others, now=now, confirmed=confirmed
    )
    return AppointmentMove(kept, new)


def cancelled_appointment(*, appointment: Appointment, reason: str, now: datetime) -> Appointment:
    """Give the appointment as cancelled, with the reason."""
    return _changed(appointment, AppointmentState.CANCELLED, now, checked_reason(reason))


def ended_appointment(*, appointment: Appointment, kept: bool, reason: str = "", now: datetime) -> Appointment:
    """Give a confirmed appointment as kept, or as missed with the reason; not before it has begun."""
    state = AppointmentState.KEPT if kept else AppointmentState.MISSED
    ended = _changed(appointment, state, now, "" if kept else checked_reason(reason))
    if now < appointment.slot.start:
        raise AppointmentNotOver(start=appointment.slot.start, now=now)
    return ended


def _changed(appointment: Appointment, state: AppointmentState, now: datetime, reason: str = "") -> Appointment:
    APPOINTMENT_MOVES.check(source=appointment.state, target=state)
    return replace(appointment, state=state, changed_at=now, reason=reason)


def pause_until_slot(*, slot: Slot, since: datetime, approved: bool) -> Pause | None:
    """Give the pause of the finishing clock from ``since`` to the slot, for a customer who wants it later.

    ``None`` when the slot has begun by then. Only for a wish of the customer: waiting for our own people is no pause.
    ``approved``: whether the project lets such pauses count without approval, or somebody has approved this one.
    """
    if slot.start <= since:
        return None
    return Pause(since, slot.start, PAUSE_REASON, approved, frozenset({ClockKind.RESOLVED}))
