"""Use cases of money that goes back (R-027, R-028): one person asks, another decides, and approval posts the entry."""

from dataclasses import dataclass

from core.admin.permissions import Permission
from core.fees.approvals import REQUEST_MOVES, RequestKind, RequestState, check_no_request_waits, check_refund_method
from core.fees.ledger import Entry, bill_effects, credit_effects, entry_for_refund, reversal_of
from core.fees.payments import (
    ReversalFacts,
    check_note,
    check_refund,
    check_reversal,
    check_second_person,
)
from core.kernel.identity import EntryId, EstateId, PaymentId, UnitId, UserId
from core.kernel.money import ZERO, Money
from core.kernel.periods import local_day
from db.models import MoneyRequest, Reversal
from db.repositories.fees import bills_by_id, credit_of, is_unit, owed_by_household
from db.repositories.ledger import Posting, Stamp, books_of, load_entry, post
from db.repositories.payments import (
    StoredPayment,
    load_payment,
    load_request,
    payment_methods,
    store_reversal,
    waiting_requests,
)
from db.unit_of_work import EditConflict, NotFound, UnitOfWork, operation


@dataclass(frozen=True, slots=True)
class AskReversal:
    """Ask that a payment be taken back."""

    estate_id: EstateId
    payment_id: PaymentId
    reason: str


@dataclass(frozen=True, slots=True)
class AskRefund:
    """Ask that part of a unit's credit be paid out."""

    estate_id: EstateId
    unit_id: UnitId
    amount: Money
    method: str
    reason: str


@dataclass(frozen=True, slots=True)
class DecideRequest:
    """Approve or reject what somebody else asked for."""

    estate_id: EstateId
    request_id: int
    approve: bool
    note: str
    version: int


@operation(Permission.REVERSALS_ASK)
def ask_reversal(work: UnitOfWork, command: AskReversal) -> int:
    """Store the request if the books allow the reversal now, and give its number."""
    payment = _payment(work, command.estate_id, command.payment_id)
    _reversed_entry(work, command.estate_id, payment, command.reason)
    request = MoneyRequest(
        kind=RequestKind.REVERSAL.value,
        unit_id=payment.unit_id,
        payment_id=payment.payment_id,
        amount_fen=payment.amount.fen,
        method=payment.method,
        reason=command.reason.strip(),
    )
    return _ask(work, command.estate_id, request)


@operation(Permission.REFUNDS_ASK)
def ask_refund(work: UnitOfWork, command: AskRefund) -> int:
    """Store the request if the unit has that much credit now, and give its number."""
    if not is_unit(work.session, command.estate_id, command.unit_id):
        raise NotFound
    check_refund_method(command.method, methods=payment_methods(work.session))
    credit = credit_of(work.session, command.estate_id, command.unit_id)
    check_refund(amount=command.amount, credit=credit, reason=command.reason)
    request = MoneyRequest(
        kind=RequestKind.REFUND.value,
        unit_id=command.unit_id,
        amount_fen=command.amount.fen,
        method=command.method,
        reason=command.reason.strip(),
    )
    return _ask(work, command.estate_id, request)


@operation(Permission.REVERSALS_APPROVE)
def decide_request(work: UnitOfWork, command: DecideRequest) -> EntryId | None:
    """Decide a request; approval posts the counter entry or the refund, and gives its number."""
    request = load_request(work.session, command.estate_id, command.request_id)
    if request is None:
        raise NotFound
    if request.kind == RequestKind.REFUND.value:
        work.actor.require(Permission.REFUNDS_APPROVE, command.estate_id)
    if request.version != command.version:
        raise EditConflict
    state = RequestState.APPROVED if command.approve else RequestState.REJECTED
    REQUEST_MOVES.check(source=RequestState(request.state), target=state)
    decider = UserId(work.actor.user_id or 0)  # 0: the system itself
    check_second_person(requested_by=UserId(request.asked_by or 0), approved_by=decider)
    check_note(command.note)
    request.entry_id = _carry_out(work, command.estate_id, request) if command.approve else None
    request.state, request.decision_note = state.value, command.note.strip()
    request.decided_by, request.decided_at = work.actor.user_id, work.now
    _record(work, f"money_request.{state.value}", command.estate_id, request, reason=request.decision_note)
    return None if request.entry_id is None else EntryId(request.entry_id)


def _ask(work: UnitOfWork, estate: EstateId, request: MoneyRequest) -> int:
    payment = None if request.payment_id is None else PaymentId(request.payment_id)
    kind, unit = RequestKind(request.kind), UnitId(request.unit_id)
    check_no_request_waits(waiting_requests(work.session, estate, kind, unit=unit, payment=payment))
    request.estate_id, request.id = estate, work.new_id(estate)
    request.state = RequestState.WAITING.value
    request.asked_by, request.asked_name, request.asked_at = work.actor.user_id, work.actor.name, work.now
    work.session.add(request)
    _record(work, "money_request.asked", estate, request, reason=request.reason)
    return request.id


def _carry_out(work: UnitOfWork, estate: EstateId, request: MoneyRequest) -> EntryId:
    entry_id = EntryId(work.new_id(estate))
    if request.payment_id is None:
        _refund(work, estate, request, entry_id)
    else:
        _reverse(work, estate, request, entry_id)
    return entry_id


def _refund(work: UnitOfWork, estate: EstateId, request: MoneyRequest, entry_id: EntryId) -> None:
    day, unit, amount = local_day(work.now), UnitId(request.unit_id), Money(request.amount_fen)
    check_refund(amount=amount, credit=credit_of(work.session, estate, unit), reason=request.reason)
    entry = entry_for_refund(amount=amount, unit_id=unit, method=request.method, business_date=day)
    posting = Posting(entry=entry, entry_id=entry_id, source_id=request.id)
    post(work.session, Stamp(estate, work.actor.user_id, work.now), [posting], books_of([], {}))


def _reverse(work: UnitOfWork, estate: EstateId, request: MoneyRequest, entry_id: EntryId) -> None:
    day, payment = local_day(work.now), _payment(work, estate, PaymentId(request.payment_id or 0))
    counter = reversal_of(_reversed_entry(work, estate, payment, request.reason), business_date=day)
    known = bills_by_id(work.session, estate, bill_effects(counter))
    months = {each.bill.service_month for each in known}
    owed = owed_by_household(work.session, estate, months, unit=payment.unit_id)
    posting = Posting(
        entry=counter, entry_id=entry_id, source_id=payment.payment_id, reverses_id=EntryId(payment.entry_id)
    )
    post(work.session, Stamp(estate, work.actor.user_id, work.now), [posting], books_of(known, owed))
    row = Reversal(
        estate_id=estate,
        payment_id=payment.payment_id,
        entry_id=entry_id,
        reason=request.reason,
        business_date=day,
        asked_by=request.asked_by,
        approved_by=work.actor.user_id,
    )
    store_reversal(work.session, row)


def _payment(work: UnitOfWork, estate: EstateId, number: PaymentId) -> StoredPayment:
    payment = load_payment(work.session, estate, number)
    if payment is None:
        raise NotFound
    return payment


def _reversed_entry(work: UnitOfWork, estate: EstateId, payment: StoredPayment, reason: str) -> Entry:
    """Give the payment's entry if the books allow that it be reversed."""
    entry = load_entry(work.session, estate, EntryId(payment.entry_id))
    facts = ReversalFacts(
        is_reversed=payment.is_reversed,
        is_reversal=False,
        credit_made=credit_effects(entry).get(payment.unit_id, ZERO),
        credit_now=credit_of(work.session, estate, payment.unit_id),
    )
    check_reversal(facts, reason=reason)
    return entry


def _record(work: UnitOfWork, action: str, estate: EstateId, request: MoneyRequest, *, reason: str) -> None:
    after = {
        "kind": request.kind,
        "unit_id": request.unit_id,
        "payment_id": request.payment_id,
        "amount_fen": request.amount_fen,
        "method": request.method,
        "state": request.state,
        "entry_id": request.entry_id,
    }
    work.record(action, ("money_request", request.id), estate=estate, after=after, reason=reason)
