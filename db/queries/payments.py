"""Payments: the collection ledger and the receipt (R-024, R-028, R-029)."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, func, select

from core.admin.permissions import Permission
from core.customers.masking import mask_name
from core.fees.ledger import Account, EntryKind
from core.kernel.filters import EstateMonth, Slice
from core.kernel.identity import EstateId, PaymentId, UnitId
from core.kernel.money import Money, total
from core.kernel.periods import Month
from db.models import (
    Bill,
    DailyReceipt,
    Estate,
    JournalEntry,
    JournalLine,
    Payment,
    Reversal,
    Unit,
)
from db.queries.fee_overview import within
from db.queries.overdue import SETTLED
from db.unit_of_work import NotFound, Reader, query


@dataclass(frozen=True, slots=True)
class CollectionsWanted:
    """The ledger's filter: payments of one business month, by one method or all (``""``)."""

    estate_id: EstateId | None
    month: Month
    method: str = ""
    slice: Slice = field(default_factory=Slice)


@dataclass(frozen=True, slots=True)
class PaymentRow:
    """A payment; the payer's name is masked. ``reversed_on`` is the day it was taken back, if it was."""

    estate_id: EstateId
    payment_id: PaymentId
    receipt_no: int
    unit_id: UnitId
    unit_code: str
    payer: str
    amount: Money
    received_at: datetime
    business_date: date
    method: str
    clerk: str
    note: str
    reversed_on: date | None


@dataclass(frozen=True, slots=True)
class CollectionLedger:
    """A screenful of payments, the sums of the whole month, and what the roll-up of receipts says of it.

    ``taken`` is the sum of all payments of the month, reversed ones too; ``reversed`` and ``refunded`` are what went
    back within the month, for payments of whatever month.
    """

    rows: tuple[PaymentRow, ...]
    total: int
    taken: Money
    reversed: Money
    refunded: Money
    rolled_up: Money

    @property
    def net(self) -> Money:
        """What the month brought in after all."""
        return self.taken - self.reversed - self.refunded

    @property
    def balances(self) -> bool:
        """Say whether the payments agree with the daily receipts the dashboard shows (R-029)."""
        return self.net == self.rolled_up


@query(Permission.FEES_VIEW)
def collections(reader: Reader, wanted: CollectionsWanted) -> CollectionLedger:
    """The collection ledger of a month, newest first (R-029)."""
    conditions = [*_in_month(reader, wanted, Payment.business_date, Payment.estate_id)]
    if wanted.method:
        conditions.append(Payment.method == wanted.method)
    sums = select(func.count().label("all"), func.sum(Payment.amount_fen).label("fen"))
    whole = reader.rows(sums.where(*conditions))[0]
    newest = (Payment.business_date.desc(), Payment.estate_id, Payment.id.desc())
    listed = payment_rows().where(*conditions).order_by(*newest)
    rows = reader.rows(listed.limit(wanted.slice.limit).offset(wanted.slice.offset))
    sent_back, refunded = _went_back(reader, wanted)
    return CollectionLedger(
        rows=tuple(payment_row(row, reader) for row in rows),
        total=whole.all,
        taken=_money(whole.fen),
        reversed=sent_back,
        refunded=refunded,
        rolled_up=_rolled_up(reader, wanted),
    )


def _in_month(reader: Reader, wanted: CollectionsWanted, day: Any, estate: Any) -> tuple[ColumnElement[bool], ...]:
    scope = within(reader, EstateMonth(wanted.estate_id, wanted.month), estate)
    return (*scope, day >= wanted.month.first_day, day < wanted.month.end)


def _went_back(reader: Reader, wanted: CollectionsWanted) -> tuple[Money, Money]:
    """What reversals and refunds of the month took out of cash and bank."""
    line, entry = JournalLine, JournalEntry
    statement = (
        select(entry.kind, func.sum(-line.amount_fen).label("fen"))
        .join(line, (line.estate_id == entry.estate_id) & (line.entry_id == entry.id))
        .where(*_in_month(reader, wanted, entry.business_date, entry.estate_id))
        .where(entry.kind.in_((EntryKind.REVERSAL.value, EntryKind.REFUND.value)))
        .where(line.account == Account.CASH_AND_BANK.value)
        .group_by(entry.kind)
    )
    if wanted.method:
        statement = statement.where(line.method == wanted.method)
    found = {row.kind: _money(row.fen) for row in reader.rows(statement)}
    return found.get(EntryKind.REVERSAL.value, Money(0)), found.get(EntryKind.REFUND.value, Money(0))


def _rolled_up(reader: Reader, wanted: CollectionsWanted) -> Money:
    statement = select(func.sum(DailyReceipt.amount_fen))
    statement = statement.where(*_in_month(reader, wanted, DailyReceipt.business_date, DailyReceipt.estate_id))
    return _money(reader.scalar(statement.where(DailyReceipt.method == wanted.method) if wanted.method else statement))


def _money(value: Any) -> Money:
    return Money(int(value or 0))


def payment_rows() -> Select[Any]:
    """Payments with unit and reversal, to be narrowed and turned into rows by :func:`payment_row`."""
    reversal = (Reversal.estate_id == Payment.estate_id) & (Reversal.payment_id == Payment.id)
    unit = (Unit.estate_id == Payment.estate_id) & (Unit.id == Payment.unit_id)
    columns = select(*Payment.__table__.columns, Unit.code, Reversal.business_date.label("reversed_on"))
    return columns.join(Unit, unit).outerjoin(Reversal, reversal)


def payment_row(row: Row[Any], reader: Reader) -> PaymentRow:
    """A payment as most people may see it."""
    estate, payment = EstateId(row.estate_id), PaymentId(row.id)
    return PaymentRow(
        estate_id=estate,
        payment_id=payment,
        receipt_no=row.receipt_no,
        unit_id=UnitId(row.unit_id),
        unit_code=row.code,
        payer=masked(reader, row.payer_sealed, f"payments.payer:{estate}:{payment}"),
        amount=Money(row.amount_fen),
        received_at=row.received_at,
        business_date=row.business_date,
        method=row.method,
        clerk=row.clerk_name,
        note=row.note,
        reversed_on=row.reversed_on,
    )


@dataclass(frozen=True, slots=True)
class ReceiptWanted:
    """One payment."""

    estate_id: EstateId
    payment_id: PaymentId


@dataclass(frozen=True, slots=True)
class ReceiptLine:
    """What a payment settled of one bill."""

    item: str
    service_month: Month
    amount: Money


@dataclass(frozen=True, slots=True)
class Receipt:
    """A receipt: the payment and what it settled; the excess went to the unit's credit."""

    payment: PaymentRow
    estate_name: str
    lines: tuple[ReceiptLine, ...]

    @property
    def excess(self) -> Money:
        """What no bill needed."""
        return self.payment.amount - total(line.amount for line in self.lines)


@query(Permission.FEES_VIEW)
def receipt(reader: Reader, wanted: ReceiptWanted) -> Receipt:
    """A payment's receipt; ``NotFound`` when it is not there or outside the person's estates."""
    named = payment_rows().add_columns(Estate.name).join(Estate, Estate.id == Payment.estate_id)
    here = (reader.scope(Payment.estate_id), Payment.estate_id == wanted.estate_id, Payment.id == wanted.payment_id)
    found = reader.rows(named.where(*here))
    if not found:
        raise NotFound
    bill = (Bill.estate_id == JournalLine.estate_id) & (Bill.id == JournalLine.bill_id)
    settled = (
        select(Bill.item, Bill.service_month, SETTLED.label("fen"))
        .join(JournalLine, bill)
        .where(JournalLine.estate_id == wanted.estate_id, JournalLine.entry_id == found[0].entry_id)
        .where(JournalLine.account == Account.RECEIVABLE.value)
        .order_by(JournalLine.line)
    )
    lines = (ReceiptLine(r.item, Month.from_number(r.service_month), Money(r.fen)) for r in reader.rows(settled))
    return Receipt(payment_row(found[0], reader), found[0].name, tuple(lines))


def masked(reader: Reader, sealed: bytes, place: str) -> str:
    """Open a sealed name and mask it at once."""
    return mask_name(reader.keys.open(sealed, place=place))
