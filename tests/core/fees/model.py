"""The books as simply as they can be said: what any real implementation must agree with (R1).

Plain integers of fen and plain dictionaries, sharing no code with ``core.fees``. Bills, units and actions are known by
the caller's own keys, so that the same model stands beside pure functions and beside a database.
"""

from dataclasses import dataclass, field
from datetime import date


class ModelRefused(Exception):
    """The model says no; the implementation must say no with the same code."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass
class ModelBill:
    """A bill and what became of it."""

    unit: str
    due: date
    order: int
    billed: int
    received: int = 0
    relief: int = 0

    @property
    def outstanding(self) -> int:
        return self.billed - self.received - self.relief


@dataclass
class Done:
    """What one action did, so that it can be undone and replayed."""

    unit: str
    kind: str
    request: tuple[object, ...]
    to_bills: dict[str, int] = field(default_factory=dict)
    credit: int = 0
    cash: int = 0
    is_reversed: bool = False


@dataclass(frozen=True)
class Figures:
    """Account totals with debit positive, and the state of each bill and unit."""

    receivable: int
    cash: int
    income: int
    credit: int
    relief: int
    outstanding: dict[str, int]
    credit_of: dict[str, int]


class Books:
    """Bills, payments, credit and their reversal. ``key`` names an action; the same key again is a replay."""

    def __init__(self) -> None:
        self.bills: dict[str, ModelBill] = {}
        self.done: dict[str, Done] = {}
        self.credit_of: dict[str, int] = {}

    def bill(self, *, key: str, unit: str, due: date, amount: int) -> None:
        """Bill a unit; a second bill with the same key changes nothing (R-021)."""
        self.bills.setdefault(key, ModelBill(unit, due, len(self.bills), amount))

    def pay(self, *, key: str, unit: str, amount: int) -> None:
        """Receive money: oldest bill first, the excess to the unit's credit."""
        if self._is_replay(key, ("pay", unit, amount)):
            return
        if amount <= 0:
            raise ModelRefused("fees.payment.amount_not_positive")
        if amount > 100_000_000:
            raise ModelRefused("fees.payment.amount_too_large")
        parts, rest = self._oldest_first(unit, amount)
        self._do(key, Done(unit, "received", ("pay", unit, amount), parts, credit=rest, cash=amount))

    def apply_credit(self, *, key: str, unit: str) -> None:
        """Use all of a unit's credit that its bills can take."""
        if self._is_replay(key, ("apply", unit)):
            return
        parts, rest = self._oldest_first(unit, self.credit_of.get(unit, 0))
        if not parts:
            raise ModelRefused("nothing to apply")
        self._do(key, Done(unit, "received", ("apply", unit), parts, credit=rest - self.credit_of[unit]))

    def refund(self, *, key: str, unit: str, amount: int) -> None:
        """Pay credit back."""
        if self._is_replay(key, ("refund", unit, amount)):
            return
        if amount <= 0:
            raise ModelRefused("fees.payment.amount_not_positive")
        if amount > self.credit_of.get(unit, 0):
            raise ModelRefused("fees.refund.above_credit")
        self._do(key, Done(unit, "received", ("refund", unit, amount), credit=-amount, cash=-amount))

    def relieve(self, *, key: str, bill: str, amount: int) -> None:
        """Take part of a bill off; the caller never asks for more than is outstanding."""
        unit = self.bills[bill].unit
        self._do(key, Done(unit, "relief", ("relieve", bill, amount), {bill: amount}))

    def reverse(self, *, key: str, of: str) -> None:
        """Undo an action by its counter entry, once, and only while its credit is still there."""
        if self._is_replay(key, ("reverse", of)):
            return
        it = self.done[of]
        if it.request[0] == "reverse":
            raise ModelRefused("fees.reversal.of_reversal")
        if it.is_reversed:
            raise ModelRefused("fees.reversal.already_reversed")
        if it.credit > self.credit_of.get(it.unit, 0):
            raise ModelRefused("fees.reversal.credit_used")
        back = {bill: -fen for bill, fen in it.to_bills.items()}
        it.is_reversed = True
        self._do(key, Done(it.unit, it.kind, ("reverse", of), back, credit=-it.credit, cash=-it.cash))

    def figures(self) -> Figures:
        """Every total, from the bills and the actions."""
        bills = self.bills.values()
        return Figures(
            receivable=sum(bill.outstanding for bill in bills),
            cash=sum(each.cash for each in self.done.values()),
            income=-sum(bill.billed for bill in bills),
            credit=-sum(self.credit_of.values()),
            relief=sum(bill.relief for bill in bills),
            outstanding={key: bill.outstanding for key, bill in self.bills.items()},
            credit_of={unit: fen for unit, fen in self.credit_of.items() if fen},
        )

    def _is_replay(self, key: str, request: tuple[object, ...]) -> bool:
        if key in self.done and self.done[key].request != request:
            raise ModelRefused("same key, other request")
        return key in self.done

    def _oldest_first(self, unit: str, amount: int) -> tuple[dict[str, int], int]:
        parts: dict[str, int] = {}
        for key, bill in sorted(self.bills.items(), key=lambda pair: (pair[1].due, pair[1].order)):
            share = min(amount, bill.outstanding)
            if bill.unit == unit and share > 0:
                parts[key] = share
                amount -= share
        return parts, amount

    def _do(self, key: str, it: Done) -> None:
        self.done[key] = it
        for bill, fen in it.to_bills.items():
            if it.kind == "relief":
                self.bills[bill].relief += fen
            else:
                self.bills[bill].received += fen
        self.credit_of[it.unit] = self.credit_of.get(it.unit, 0) + it.credit
