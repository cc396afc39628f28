"""Whose complaints and requests somebody sees, as a condition of SQL (C-42, R-081, R-082; security.md §5).

``core.complaints.states.may_see`` is the rule; a test holds the conditions against it. The estates of a person's care
are the caller's to check (``reader.scope``, the guard of an operation). An operation that needs one record and refuses
without it calls ``db.operations.service_access``.
"""

from sqlalchemy import ColumnElement, and_, exists, false, or_, select, true
from sqlalchemy.orm import Session

from core.admin.permissions import Actor, Permission
from core.kernel.identity import EstateId
from db.models import Case, CaseCollaborator, WorkOrder


def cases_seen_by(actor: Actor) -> ColumnElement[bool]:
    """The cases somebody sees: all, or those handled or helped with, and those taken in as long as they are open."""
    if actor.may(Permission.CASES_ALL):
        return true()
    helps = exists().where(
        CaseCollaborator.estate_id == Case.estate_id,
        CaseCollaborator.case_id == Case.id,
        CaseCollaborator.staff_id == actor.staff,
    )
    own = () if actor.staff is None else (Case.handler_id == actor.staff, helps)
    return or_(false(), *own, *_received(actor, Case))


def orders_seen_by(actor: Actor) -> ColumnElement[bool]:
    """The requests somebody sees: all, or those to be carried out, and those taken in as long as they are open."""
    if actor.may(Permission.ORDERS_ALL):
        return true()
    own = () if actor.staff is None else (WorkOrder.handler_id == actor.staff,)
    return or_(false(), *own, *_received(actor, WorkOrder))


def seen_case(session: Session, actor: Actor, estate: EstateId, case: int) -> Case | None:
    """The row of a case for a change, or ``None`` when there is none that the person sees."""
    if not actor.may_at(Permission.CASES_VIEW, estate):
        return None
    return session.scalars(
        select(Case).where(Case.estate_id == estate, Case.id == case, cases_seen_by(actor))
    ).one_or_none()


def seen_order(session: Session, actor: Actor, estate: EstateId, order: int) -> WorkOrder | None:
    """The row of a request for a change, or ``None`` when there is none that the person sees."""
    if not actor.may_at(Permission.ORDERS_VIEW, estate):
        return None
    key = (WorkOrder.estate_id == estate, WorkOrder.id == order)
    return session.scalars(select(WorkOrder).where(*key, orders_seen_by(actor))).one_or_none()


def _received(actor: Actor, table: type[Case] | type[WorkOrder]) -> tuple[ColumnElement[bool], ...]:
    """Taken in by the person, and open still."""
    if actor.user_id is None:
        return ()
    return (and_(table.received_by == actor.user_id, table.ended_on.is_(None)),)
