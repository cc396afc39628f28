"""One complaint or request for a change, by somebody who may see it and may do that with it (C-42, R-081).

The refusals are the unit of work's, so this stands beside the operations; the conditions themselves, also for queries,
are in ``db.repositories.service_access``.
"""

from typing import Final

from sqlalchemy.orm import Session

from core.admin.permissions import Actor, NotPermitted, Permission
from core.kernel.identity import EstateId
from core.kernel.records import RecordKind
from db.models import Case, WorkOrder
from db.repositories.service_access import seen_case, seen_order
from db.repositories.service_records import load_record
from db.unit_of_work import NotFound

_WORKS_ON: Final = {
    RecordKind.CASE: (Permission.CASES_HANDLE, Permission.CASES_CLASSIFY),
    RecordKind.ORDER: (Permission.ORDERS_WORK, Permission.ORDERS_REGISTER),
}
"""Any of these lets somebody add to a record: photos, links, a pause."""


def require_case(session: Session, actor: Actor, estate: EstateId, case_id: int) -> Case:
    """Give the row of a case, or raise ``NotFound`` when there is none that the person sees."""
    row = seen_case(session, actor, estate, case_id)
    if row is None:
        raise NotFound
    return row


def require_order(session: Session, actor: Actor, estate: EstateId, order_id: int) -> WorkOrder:
    """Give the row of a request, or raise ``NotFound`` when there is none that the person sees."""
    row = seen_order(session, actor, estate, order_id)
    if row is None:
        raise NotFound
    return row


def require_record(session: Session, actor: Actor, estate: EstateId, record_id: int) -> Case | WorkOrder:
    """Give the case or request of a header, or raise ``NotFound`` when there is none that the person sees."""
    header = load_record(session, estate, record_id)
    if header is None:
        raise NotFound
    if header.kind == RecordKind.CASE:
        return require_case(session, actor, estate, record_id)
    return require_order(session, actor, estate, record_id)


def require_to_work_on(session: Session, actor: Actor, estate: EstateId, record_id: int) -> Case | WorkOrder:
    """Give a record somebody sees and may add to; ``NotFound`` or ``NotPermitted`` else."""
    row = require_record(session, actor, estate, record_id)
    needed = _WORKS_ON[RecordKind.CASE if isinstance(row, Case) else RecordKind.ORDER]
    if not any(actor.may_at(permission, estate) for permission in needed):
        raise NotPermitted(permission=needed[0].value)
    return row
