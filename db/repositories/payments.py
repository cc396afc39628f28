"""Payments and the requests to take money back: loaded for a decision, stored after it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from core.admin.codes import CodeList
from core.fees.approvals import RequestKind, RequestState
from core.fees.payments import DEFAULT_METHODS
from core.kernel.identity import EstateId, PaymentId, UnitId
from core.kernel.money import Money
from db.models import CodeItem, EstateHead, Intent, MoneyRequest, Payment, Reversal
from db.repositories.fees import table_of

_PLAIN: Final[dict[str, Any]] = {"synchronize_session": False}


def payment_methods(session: Session) -> frozenset[str]:
    """The methods in use; those a new company starts with while the list is empty (R-025)."""
    wanted = CodeItem.list == CodeList.PAYMENT_METHOD.value
    rows = session.execute(select(CodeItem.code, CodeItem.retired_at).where(wanted)).all()
    return frozenset(code for code, retired_at in rows if retired_at is None) if rows else frozenset(DEFAULT_METHODS)


def take_receipt_number(session: Session, estate: EstateId) -> int:
    """Give the estate's next receipt number; it is given back if the transaction is undone (R25)."""
    statement = update(EstateHead).where(EstateHead.estate_id == estate)
    return session.scalars(
        statement.values(last_receipt=EstateHead.last_receipt + 1).returning(EstateHead.last_receipt),
        execution_options=_PLAIN,
    ).one()


def stored_intent(session: Session, estate: EstateId, intent: str) -> tuple[str, str, str] | None:
    """Operation, digest and result that stand under an intent's number."""
    columns = select(Intent.operation, Intent.digest, Intent.result)
    row = session.execute(columns.where(Intent.estate_id == estate, Intent.intent_id == intent)).one_or_none()
    return None if row is None else (row.operation, row.digest, row.result)


def store_intent(
    session: Session, estate: EstateId, intent: str, *, operation: str, digest: str, result: str, at: datetime
) -> None:
    """Store an intent with its result; the key refuses a second one."""
    row = {
        "estate_id": estate,
        "intent_id": intent,
        "operation": operation,
        "digest": digest,
        "result": result,
        "at": at,
    }
    session.execute(insert(table_of(Intent)), row)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredPayment:
    """A payment as a reversal needs it."""

    payment_id: PaymentId
    unit_id: UnitId
    receipt_no: int
    amount: Money
    method: str
    entry_id: int
    is_reversed: bool


def load_payment(session: Session, estate: EstateId, payment: PaymentId) -> StoredPayment | None:
    """A payment, and whether it was taken back."""
    joined = (Reversal.estate_id == Payment.estate_id) & (Reversal.payment_id == Payment.id)
    statement = select(Payment, Reversal.entry_id).outerjoin(Reversal, joined)
    row = session.execute(statement.where(Payment.estate_id == estate, Payment.id == payment)).one_or_none()
    if row is None:
        return None
    stored, reversal = row
    return StoredPayment(
        payment_id=PaymentId(stored.id),
        unit_id=UnitId(stored.unit_id),
        receipt_no=stored.receipt_no,
        amount=Money(stored.amount_fen),
        method=stored.method,
        entry_id=stored.entry_id,
        is_reversed=reversal is not None,
    )


def waiting_requests(
    session: Session, estate: EstateId, kind: RequestKind, *, unit: UnitId, payment: PaymentId | None
) -> int:
    """Count the undecided requests for one payment, or for one unit's credit."""
    same = MoneyRequest.unit_id == unit if payment is None else MoneyRequest.payment_id == payment
    statement = select(func.count()).where(MoneyRequest.estate_id == estate, same)
    waits = (MoneyRequest.kind == kind.value, MoneyRequest.state == RequestState.WAITING.value)
    return session.scalar(statement.where(*waits)) or 0


def store_payment(session: Session, payment: Payment) -> None:
    """Store a payment behind its entry."""
    session.add(payment)
    session.flush()


def store_reversal(session: Session, reversal: Reversal) -> None:
    """Store that a payment was taken back; the key refuses a second time."""
    session.add(reversal)
    session.flush()


def load_request(session: Session, estate: EstateId, request: int) -> MoneyRequest | None:
    """The row, for a decision."""
    return session.get(MoneyRequest, (estate, request))
