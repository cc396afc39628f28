"""The double-entry ledger: what an entry is, how each is built, what it does to bills and credit (R1, R2, R-028)."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from core.fees.allocation import Part, PaymentAllocation
from core.kernel.identity import BillId, UnitId
from core.kernel.money import ZERO, Money, total


class Account(StrEnum):
    """Where money stands. A debit (positive) raises what the company has or is owed."""

    RECEIVABLE = "receivable"
    CASH_AND_BANK = "cash_and_bank"
    FEE_INCOME = "fee_income"
    CUSTOMER_CREDIT = "customer_credit"
    RELIEF = "relief"


class EntryKind(StrEnum):
    """Why an entry was posted."""

    BILL_RUN = "bill_run"
    PAYMENT = "payment"
    CREDIT_APPLICATION = "credit_application"
    REFUND = "refund"
    RELIEF = "relief"
    REVERSAL = "reversal"


class UnsoundEntry(ValueError):
    """An entry that must never reach the books: a bug, not a refusal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One side of an entry. ``amount`` is signed: debit positive, credit negative."""

    account: Account
    amount: Money
    unit_id: UnitId | None = None
    bill_id: BillId | None = None
    item: str | None = None
    method: str | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """Lines posted together on a business date. They sum to zero, are at least two, and none is zero.

    ``reverses`` is the kind of the entry a reversal undoes, and ``None`` for every other kind.
    """

    kind: EntryKind
    business_date: date
    lines: tuple[Line, ...]
    reverses: EntryKind | None = None

    def __post_init__(self) -> None:
        if len(self.lines) < 2:
            raise UnsoundEntry("an entry has at least two lines")
        if not all(line.amount for line in self.lines):
            raise UnsoundEntry("a line of an entry is never zero")
        if sum(line.amount.fen for line in self.lines):
            raise UnsoundEntry("the lines of an entry sum to zero")
        if (self.kind is EntryKind.REVERSAL) != (self.reverses is not None):
            raise UnsoundEntry("a reversal, and only a reversal, says what kind it reverses")
        if self.reverses is EntryKind.REVERSAL:
            raise UnsoundEntry("a reversal is not reversed")

    @property
    def effect(self) -> EntryKind:
        """The kind whose effect the entry has, forwards or backwards."""
        return self.reverses or self.kind


@dataclass(frozen=True, slots=True)
class BilledAmount:
    """A bill as it enters the books."""

    bill_id: BillId
    unit_id: UnitId
    item: str
    amount: Money


def entry_for_bills(bills: Iterable[BilledAmount], *, business_date: date) -> Entry:
    """Post bills: one receivable line a bill, one income line an item."""
    lines: list[Line] = []
    income: defaultdict[str, int] = defaultdict(int)
    for bill in bills:
        lines.append(_receivable(bill.bill_id, bill.unit_id, bill.item, bill.amount))
        income[bill.item] += bill.amount.fen
    for item, fen in sorted(income.items()):
        lines.append(Line(account=Account.FEE_INCOME, amount=Money(-fen), item=item))
    return Entry(EntryKind.BILL_RUN, business_date, tuple(lines))


def entry_for_payment(*, allocation: PaymentAllocation, unit_id: UnitId, method: str, business_date: date) -> Entry:
    """Post money received: to the bills it settles, the excess to the credit of ``unit_id`` (R-026, R-027)."""
    received = allocation.allocated + allocation.excess
    lines = [Line(account=Account.CASH_AND_BANK, amount=received, method=method), *_settled(allocation.parts)]
    if allocation.excess:
        lines.append(_credit(unit_id, -allocation.excess))
    return Entry(EntryKind.PAYMENT, business_date, tuple(lines))


def entry_for_credit_application(*, parts: tuple[Part, ...], unit_id: UnitId, business_date: date) -> Entry:
    """Post the use of a unit's credit for bills (R-027)."""
    used = total(part.amount for part in parts)
    return Entry(EntryKind.CREDIT_APPLICATION, business_date, (_credit(unit_id, used), *_settled(parts)))


def entry_for_refund(*, amount: Money, unit_id: UnitId, method: str, business_date: date) -> Entry:
    """Post credit paid back (R-027)."""
    paid_out = Line(account=Account.CASH_AND_BANK, amount=-amount, method=method)
    return Entry(EntryKind.REFUND, business_date, (_credit(unit_id, amount), paid_out))


def entry_for_relief(*, parts: tuple[Part, ...], business_date: date) -> Entry:
    """Post what an approved relief takes off bills: one relief line an item."""
    relieved: defaultdict[str, int] = defaultdict(int)
    for part in parts:
        relieved[part.item] += part.amount.fen
    lines = [Line(account=Account.RELIEF, amount=Money(fen), item=item) for item, fen in sorted(relieved.items())]
    return Entry(EntryKind.RELIEF, business_date, (*lines, *_settled(parts)))


def reversal_of(entry: Entry, *, business_date: date) -> Entry:
    """Give the counter entry: every line with its sign turned (R-028)."""
    lines = tuple(replace(line, amount=-line.amount) for line in entry.lines)
    return Entry(EntryKind.REVERSAL, business_date, lines, reverses=entry.kind)


def _receivable(bill_id: BillId, unit_id: UnitId, item: str, amount: Money) -> Line:
    return Line(account=Account.RECEIVABLE, amount=amount, unit_id=unit_id, bill_id=bill_id, item=item)


def _settled(parts: Iterable[Part]) -> list[Line]:
    return [_receivable(part.bill_id, part.unit_id, part.item, -part.amount) for part in parts]


def _credit(unit_id: UnitId, amount: Money) -> Line:
    return Line(account=Account.CUSTOMER_CREDIT, amount=amount, unit_id=unit_id)


@dataclass(frozen=True, slots=True)
class BillEffect:
    """What an entry does to one bill; its outstanding amount changes by ``billed − received − relief``."""

    billed: Money = ZERO
    received: Money = ZERO
    relief: Money = ZERO

    @property
    def outstanding(self) -> Money:
        """The change of what is still to be paid."""
        return self.billed - self.received - self.relief


def bill_effects(entry: Entry) -> Mapping[BillId, BillEffect]:
    """Give what the entry does to each bill it names; a reversal gives the negative of what it undoes."""
    changes: defaultdict[BillId, int] = defaultdict(int)
    for line in entry.lines:
        if line.account is Account.RECEIVABLE and line.bill_id is not None:
            changes[line.bill_id] += line.amount.fen
    return {bill_id: _effect(entry.effect, Money(fen)) for bill_id, fen in changes.items()}


def _effect(kind: EntryKind, change: Money) -> BillEffect:
    if kind is EntryKind.BILL_RUN:
        return BillEffect(billed=change)
    if kind is EntryKind.RELIEF:
        return BillEffect(relief=-change)
    return BillEffect(received=-change)


def credit_effects(entry: Entry) -> Mapping[UnitId, Money]:
    """Give the change of each unit's credit: above zero when the company owes the household more."""
    changes: defaultdict[UnitId, int] = defaultdict(int)
    for line in entry.lines:
        if line.account is Account.CUSTOMER_CREDIT and line.unit_id is not None:
            changes[line.unit_id] -= line.amount.fen
    return {unit_id: Money(fen) for unit_id, fen in changes.items()}


@dataclass(frozen=True, slots=True)
class BalanceLine:
    """Opening + billed − received − relief = closing; a line that does not balance cannot be made."""

    opening: Money
    billed: Money
    received: Money
    relief: Money
    closing: Money

    def __post_init__(self) -> None:
        if self.opening + self.billed - self.received - self.relief != self.closing:
            raise UnsoundEntry("a balance line does not balance")


def balance_statement(*, opening: Money, billed: Money, received: Money, relief: Money) -> BalanceLine:
    """Give the closing balance that follows from an opening balance and the movements of a period."""
    return BalanceLine(opening, billed, received, relief, opening + billed - received - relief)
