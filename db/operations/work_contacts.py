"""Opening who asked for a service: a caller who is not on file (R-101, R-195; security.md §5)."""

from dataclasses import dataclass

from core.admin.permissions import Permission
from core.customers.masking import normalise_name, normalise_phone
from core.customers.reveals import WINDOW, ContactField, NothingToReveal, reveal_decision
from core.kernel.identity import COMPANY, CustomerId, EstateId, WorkOrderId
from db.operations.work_records import the_order
from db.repositories.customers import REVEALED, customers_opened
from db.repositories.work_orders import open_word
from db.unit_of_work import UnitOfWork, operation


@dataclass(frozen=True, slots=True)
class RevealRequester:
    """Open the name or number of a request's caller, and why. A customer on file is opened as a customer."""

    estate_id: EstateId
    order_id: WorkOrderId
    field: ContactField
    reason: str


@operation(Permission.CUSTOMERS_REVEAL)
def reveal_requester(work: UnitOfWork, command: RevealRequester) -> str:
    """Give a caller's full name or number, and write down who opened it and why; it counts with the customers."""
    row = the_order(work, command.estate_id, command.order_id)
    work.lock(COMPANY)  # a person's openings in several estates are counted one after the other
    this = (command.estate_id, CustomerId(row.id))
    others, before = customers_opened(work.session, work.actor.user_id, since=work.now - WINDOW, apart_from=this)
    decision = reveal_decision(reason=command.reason, others_opened=others, opened_before=before)
    is_name = command.field is ContactField.NAME
    value = open_word(work.keys, row, "caller_name" if is_name else "caller_phone")
    if not value:
        raise NothingToReveal(field=command.field)
    token = work.keys.token(normalise_name(value) if is_name else normalise_phone(value))
    after = {"field": command.field.value, "value": token}
    work.record(REVEALED, ("order", row.id), estate=command.estate_id, after=after, reason=decision.reason)
    if decision.alarm is not None:
        facts = {"level": decision.alarm, "customers": others + 1}
        work.record(f"{REVEALED}.alarm", ("user", work.actor.user_id or 0), after=facts)
    return value
