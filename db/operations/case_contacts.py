"""Opening who reported a case: a caller who is not on file (R-101, R-195; security.md §5)."""

from dataclasses import dataclass

from core.admin.permissions import Permission
from core.customers.masking import normalise_name, normalise_phone
from core.customers.reveals import WINDOW, ContactField, NothingToReveal, reveal_decision
from core.kernel.identity import COMPANY, CaseId, CustomerId, EstateId
from db.operations.service_access import require_case
from db.repositories.cases import open_field
from db.repositories.customers import REVEALED, customers_opened
from db.unit_of_work import UnitOfWork, operation


@dataclass(frozen=True, slots=True)
class RevealCaller:
    """Open the name or number of a case's caller, and why. A customer on file is opened as a customer."""

    estate_id: EstateId
    case_id: CaseId
    field: ContactField
    reason: str


@operation(Permission.CUSTOMERS_REVEAL)
def reveal_caller(work: UnitOfWork, command: RevealCaller) -> str:
    """Give a caller's full name or number, and write down who opened it and why.

    It counts with the customers a person opens: numbers are unique within an estate, so a case is one more of them.
    """
    row = require_case(work.session, work.actor, command.estate_id, command.case_id)
    work.lock(COMPANY)  # a person's openings in several estates are counted one after the other
    this = (command.estate_id, CustomerId(row.id))
    others, before = customers_opened(work.session, work.actor.user_id, since=work.now - WINDOW, apart_from=this)
    decision = reveal_decision(reason=command.reason, others_opened=others, opened_before=before)
    is_name = command.field is ContactField.NAME
    value = open_field(work.keys, row, "caller_name" if is_name else "caller_phone")
    if not value:
        raise NothingToReveal(field=command.field)
    token = work.keys.token(normalise_name(value) if is_name else normalise_phone(value))
    after = {"field": command.field.value, "value": token}
    work.record(REVEALED, ("case", row.id), estate=command.estate_id, after=after, reason=decision.reason)
    if decision.alarm is not None:
        facts = {"level": decision.alarm, "customers": others + 1}
        work.record(f"{REVEALED}.alarm", ("user", work.actor.user_id or 0), after=facts)
    return value
