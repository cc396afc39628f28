"""Agreed times of requests: load for change, and who is engaged when – in all estates (R-118)."""

from datetime import datetime

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from core.kernel.identity import EstateId, StaffId, UserId, WorkOrderId
from core.kernel.pauses import PauseState
from core.work_orders.appointments import TAKES_TIME, Appointment, AppointmentState
from core.work_orders.slots import Slot
from db.models import ServicePause, WorkAppointment

_TAKES_TIME = tuple(sorted(state.value for state in TAKES_TIME))


def load_appointment(session: Session, estate: EstateId, appointment: int) -> WorkAppointment | None:
    """The appointment of an estate."""
    return session.get(WorkAppointment, (estate, appointment))


def appointment_of(row: WorkAppointment) -> Appointment:
    """A stored appointment as the rules see it; the reason stands sealed in the timeline."""
    return Appointment(
        order=WorkOrderId(row.order_id),
        handler=StaffId(row.handler_id),
        slot=Slot(row.start_at, row.end_at),
        made_at=row.made_at,
        state=AppointmentState(row.state),
        changed_at=row.changed_at,
        reason=row.reason,
    )


def standing_appointment(session: Session, estate: EstateId, order: WorkOrderId) -> WorkAppointment | None:
    """The appointment of a request that takes somebody's time; there is at most one."""
    statement = select(WorkAppointment).where(WorkAppointment.estate_id == estate, WorkAppointment.order_id == order)
    return session.scalars(statement.where(WorkAppointment.state.in_(_TAKES_TIME))).one_or_none()


def engaged(
    session: Session,
    estate: EstateId,
    order: WorkOrderId,
    handler: StaffId,
    slot: Slot,
    *,
    apart_from: int | None = None,
) -> tuple[Appointment, ...]:
    """The appointments that may stand in the way of a slot: the handler's at that time in any estate, the request's.

    Those of another estate's request of the same number are the handler's and overlap, so they are in the way as well.
    ``apart_from``: the appointment of this request that is being moved.
    """
    own = and_(WorkAppointment.estate_id == estate, WorkAppointment.order_id == order)
    busy = and_(
        WorkAppointment.handler_id == handler,
        WorkAppointment.start_at < slot.end,
        WorkAppointment.end_at > slot.start,
    )
    statement = select(WorkAppointment).where(WorkAppointment.state.in_(_TAKES_TIME), or_(own, busy))
    if apart_from is not None:
        statement = statement.where(or_(WorkAppointment.estate_id != estate, WorkAppointment.id != apart_from))
    return tuple(_seen_from(estate, row) for row in session.scalars(statement.order_by(WorkAppointment.start_at)))


def _seen_from(estate: EstateId, row: WorkAppointment) -> Appointment:
    """Requests are numbered within their estate; one of another estate is none of this one's."""
    found = appointment_of(row)
    return (
        found
        if row.estate_id == estate
        else Appointment(
            order=WorkOrderId(-row.order_id),
            handler=found.handler,
            slot=found.slot,
            made_at=found.made_at,
            state=found.state,
        )
    )


def new_row(appointment: Appointment, *, estate: EstateId, appointment_id: int, by: UserId | None) -> WorkAppointment:
    """A row for a new appointment."""
    row = WorkAppointment(estate_id=estate, id=appointment_id, order_id=appointment.order, made_by=by)
    row.handler_id, row.start_at, row.end_at = appointment.handler, appointment.slot.start, appointment.slot.end
    row.made_at, row.state = appointment.made_at, appointment.state.value
    return row


def put_state(row: WorkAppointment, changed: Appointment) -> None:
    """Write a change of state; what was said about it goes sealed into the timeline."""
    row.state, row.changed_at = changed.state.value, changed.changed_at


def lasting_pauses(session: Session, estate: EstateId, order: WorkOrderId, now: datetime) -> tuple[ServicePause, ...]:
    """The pauses of a request that have begun, are not over and were not refused, the oldest first."""
    own = (ServicePause.estate_id == estate, ServicePause.record_id == order, ServicePause.start_at < now)
    lasts = or_(ServicePause.end_at.is_(None), ServicePause.end_at > now)
    statement = select(ServicePause).where(*own, lasts, ServicePause.state != PauseState.REFUSED.value)
    return tuple(session.scalars(statement.order_by(ServicePause.id)))
