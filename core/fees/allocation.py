"""Which bills a payment settles (R-026, R-027; C-29: oldest principal first)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from core.fees.payments import LARGEST_PAYMENT, check_amount
from core.kernel.errors import BusinessError
from core.kernel.identity import BillId, UnitId
from core.kernel.money import ZERO, Money, total
from core.kernel.periods import Month


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenBill:
    """A bill as the till sees it. ``outstanding`` is what is still to be paid."""

    bill_id: BillId
    unit_id: UnitId
    item: str
    service_month: Month
    due_date: date
    outstanding: Money

    @property
    def age(self) -> tuple[date, Month, str, BillId]:
        """What bills are ordered by, oldest first."""
        return (self.due_date, self.service_month, self.item, self.bill_id)


@dataclass(frozen=True, slots=True)
class Part:
    """What one bill gets; unit and item come along because the ledger line names them."""

    bill_id: BillId
    unit_id: UnitId
    item: str
    amount: Money


@dataclass(frozen=True, slots=True)
class PaymentAllocation:
    """Where an amount goes: parts to bills, in order, and the excess to the customer's credit."""

    parts: tuple[Part, ...]
    excess: Money

    @property
    def allocated(self) -> Money:
        """What the bills get together."""
        return total(part.amount for part in self.parts)


class BillNotOpen(BusinessError):
    """A chosen bill is not among the open ones: settled meanwhile, or another household's."""

    code: ClassVar[str] = "fees.payment.bill_not_open"


def allocate_oldest_first(
    *,
    amount: Money,
    bills: Iterable[OpenBill],
    chosen: Sequence[BillId] = (),
    largest: Money = LARGEST_PAYMENT,
) -> PaymentAllocation:
    """Divide an amount over open bills by due date, service month, item and number.

    The ``chosen`` bills come first, oldest first among themselves; what is left goes to the others. A bill that the
    amount does not cover gets the rest and stays open (R-026); what no bill needs becomes credit (R-027). Parts and
    excess always sum to the amount. Raises a refusal for an amount of zero or less or above ``largest``, and
    ``BillNotOpen`` for a chosen bill that is not open.
    """
    check_amount(amount, largest=largest)
    open_bills = sorted((bill for bill in bills if bill.outstanding > ZERO), key=lambda bill: bill.age)
    wanted = frozenset(chosen)
    missing = wanted - {bill.bill_id for bill in open_bills}
    if missing:
        raise BillNotOpen(bill=min(missing))
    open_bills.sort(key=lambda bill: bill.bill_id not in wanted)  # stable: age still decides within each half
    return _spread(amount, open_bills)


def _spread(amount: Money, bills: Iterable[OpenBill]) -> PaymentAllocation:
    parts: list[Part] = []
    rest = amount
    for bill in bills:
        if not rest:
            break
        share = min(rest, bill.outstanding)
        parts.append(Part(bill.bill_id, bill.unit_id, bill.item, share))
        rest -= share
    return PaymentAllocation(tuple(parts), rest)


def allocate_credit(*, credit: Money, bills: Iterable[OpenBill]) -> PaymentAllocation:
    """Divide a unit's credit over its open bills in the same order; the excess is the credit that stays.

    Raises a refusal when there is no credit. No upper limit applies, since no money changes hands.
    """
    return allocate_oldest_first(amount=credit, bills=bills, largest=credit)
