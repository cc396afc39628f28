"""Use case of a payment (R-024 to R-027), by the posting recipe: what was posted once is answered, not posted again."""

import json
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

from core.admin.permissions import Permission
from core.fees.allocation import Part, PaymentAllocation, allocate_oldest_first
from core.fees.intents import check_intent, check_same_command
from core.fees.ledger import entry_for_payment
from core.fees.payments import check_payment
from core.kernel.identity import BillId, EntryId, EstateId, PaymentId, UnitId
from core.kernel.money import Money
from core.kernel.periods import local_day
from db.models import Payment
from db.repositories.customers import owner_on
from db.repositories.fees import is_unit, open_bills, owed_on
from db.repositories.ledger import Posting, Stamp, books_of, post
from db.repositories.payments import payment_methods, store_intent, store_payment, stored_intent, take_receipt_number
from db.unit_of_work import NotFound, UnitOfWork, operation

_OPERATION = "record_payment"


@dataclass(frozen=True, slots=True)
class RecordPayment:
    """Money received for a unit. ``intent_id`` is the form's own number; ``bill_ids`` empty: the oldest bills first.

    An empty ``payer_name`` stands for the unit's one owner on that day, whose name the form never showed.
    """

    estate_id: EstateId
    intent_id: str
    unit_id: UnitId
    payer_name: str
    amount: Money
    method: str
    received_at: datetime
    note: str = ""
    bill_ids: tuple[BillId, ...] = ()


@dataclass(frozen=True, slots=True)
class Receipt:
    """What was posted. ``is_replay`` says that it stood in the books before this call."""

    receipt_no: int
    payment_id: PaymentId
    parts: tuple[Part, ...]
    credit: Money
    is_replay: bool = False


@operation(Permission.PAYMENTS_TAKE)
def record_payment(work: UnitOfWork, command: RecordPayment) -> Receipt:
    """Post a payment once, and give its receipt; the same intent again gives the same receipt (R3)."""
    check_intent(command.intent_id)
    digest = _digest(work, command)
    stored = stored_intent(work.session, command.estate_id, command.intent_id)
    if stored is not None:
        check_same_command(stored=stored[:2], sent=(_OPERATION, digest))
        return _read(stored[2])
    if not is_unit(work.session, command.estate_id, command.unit_id):
        raise NotFound
    day = local_day(command.received_at)
    if not command.payer_name.strip():
        payer = owner_on(work.session, work.keys, command.estate_id, command.unit_id, day)
        command = replace(command, payer_name=payer)
    _check(work, command, day)
    known = open_bills(work.session, command.estate_id, command.unit_id)
    allocation = allocate_oldest_first(
        amount=command.amount, bills=[each.bill for each in known], chosen=command.bill_ids
    )
    receipt, posting = _number(work, command, allocation, day)
    store_intent(
        work.session,
        command.estate_id,
        command.intent_id,
        operation=_OPERATION,
        digest=digest,
        result=_write(receipt),
        at=work.now,
    )
    stamp = Stamp(command.estate_id, work.actor.user_id, work.now)
    post(work.session, stamp, [posting], books_of(known, owed_on(known)))
    _store(work, command, receipt, posting)
    return receipt


def _check(work: UnitOfWork, command: RecordPayment, day: date) -> None:
    check_payment(
        payer_name=command.payer_name,
        amount=command.amount,
        business_date=day,
        today=local_day(work.now),
        method=command.method,
        methods=payment_methods(work.session),
        note=command.note,
    )


def _number(
    work: UnitOfWork, command: RecordPayment, allocation: PaymentAllocation, day: date
) -> tuple[Receipt, Posting]:
    payment_id, entry_id = work.new_ids(command.estate_id, 2)
    receipt_no = take_receipt_number(work.session, command.estate_id)
    receipt = Receipt(receipt_no, PaymentId(payment_id), allocation.parts, allocation.excess)
    entry = entry_for_payment(allocation=allocation, unit_id=command.unit_id, method=command.method, business_date=day)
    return receipt, Posting(entry=entry, entry_id=EntryId(entry_id), source_id=payment_id)


def _store(work: UnitOfWork, command: RecordPayment, receipt: Receipt, posting: Posting) -> None:
    payer, place = command.payer_name.strip(), f"payments.payer:{command.estate_id}:{receipt.payment_id}"
    row = Payment(
        estate_id=command.estate_id,
        id=receipt.payment_id,
        receipt_no=receipt.receipt_no,
        unit_id=command.unit_id,
        payer_sealed=work.keys.seal(payer, place=place),
        amount_fen=command.amount.fen,
        method=command.method,
        received_at=command.received_at,
        business_date=posting.entry.business_date,
        clerk_id=work.actor.user_id,
        clerk_name=work.actor.name,
        note=command.note.strip(),
        entry_id=posting.entry_id,
    )
    store_payment(work.session, row)
    after = {
        "receipt_no": receipt.receipt_no,
        "unit_id": command.unit_id,
        "payer": work.keys.token(payer),
        "amount_fen": command.amount.fen,
        "credit_fen": receipt.credit.fen,
        "method": command.method,
        "business_date": row.business_date.isoformat(),
    }
    work.record("payment.recorded", ("payment", receipt.payment_id), estate=command.estate_id, after=after)


def _digest(work: UnitOfWork, command: RecordPayment) -> str:
    """Stand for what the form said, names included, without showing any of it."""
    said = [
        command.unit_id,
        command.payer_name.strip(),
        command.amount.fen,
        command.method,
        command.received_at.astimezone(UTC).isoformat(),
        command.note.strip(),
        sorted(command.bill_ids),
    ]
    return work.keys.index(json.dumps(said), field="intent").hex()


def _write(receipt: Receipt) -> str:
    return json.dumps(
        {
            "receipt_no": receipt.receipt_no,
            "payment_id": receipt.payment_id,
            "parts": [[part.bill_id, part.unit_id, part.item, part.amount.fen] for part in receipt.parts],
            "credit_fen": receipt.credit.fen,
        }
    )


def _read(result: str) -> Receipt:
    kept = json.loads(result)
    parts = tuple(Part(BillId(bill), UnitId(unit), item, Money(fen)) for bill, unit, item, fen in kept["parts"])
    return Receipt(kept["receipt_no"], PaymentId(kept["payment_id"]), parts, Money(kept["credit_fen"]), is_replay=True)
