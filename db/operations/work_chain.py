"""A request that follows from a complaint: opened at the case, told of there, followed both ways (R-096, R-112)."""

from dataclasses import dataclass, replace

from core.admin.permissions import Permission
from core.kernel.identity import CaseId, CustomerId, EstateId, UnitId
from core.work_orders.kinds import WorkChannel
from core.work_orders.request import RequestRecord
from db.models import Case
from db.operations.case_work import the_case
from db.operations.work_orders import Submitted, open_order
from db.repositories.cases import open_field
from db.unit_of_work import UnitOfWork, operation


@dataclass(frozen=True, slots=True)
class OrderFromCase:
    """The request a complaint leads to. Where the record names no place, time or giver, it takes those of the case."""

    estate_id: EstateId
    case_id: CaseId
    record: RequestRecord
    request: str


@operation(Permission.ORDERS_REGISTER)
def order_from_case(work: UnitOfWork, command: OrderFromCase) -> Submitted:
    """Submit a request that follows from a case; whoever handles or classifies the case does (``open_order``).

    Both timelines tell of it, and the case's also how the request ends, so that the case can be resolved.
    """
    case = the_case(work, command.estate_id, command.case_id)
    return open_order(work, command.estate_id, _filled(work, case, command.record), command.request)


def _filled(work: UnitOfWork, case: Case, record: RequestRecord) -> RequestRecord:
    """The record as one of the case; nobody is named where the complaint was anonymous."""
    filled = replace(record, channel=WorkChannel.COMPLAINT, source_case=CaseId(case.id))
    if filled.noticed_at is None:
        filled = replace(filled, noticed_at=case.happened_at)
    if filled.unit is None and not filled.place.strip():
        filled = replace(filled, unit=None if case.unit_id is None else UnitId(case.unit_id), place=case.place)
    named = filled.customer is not None or bool(filled.caller_name or filled.caller_phone)
    if case.anonymous:
        return replace(filled, customer=None, caller_name="", caller_phone="")
    if named:
        return filled
    return replace(
        filled,
        customer=None if case.customer_id is None else CustomerId(case.customer_id),
        caller_name=open_field(work.keys, case, "caller_name"),
        caller_phone=open_field(work.keys, case, "caller_phone"),
    )
