"""Whatever happens in whatever order, the books balance and agree with the simplest possible model (R1)."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, precondition, rule

from core.fees.allocation import OpenBill, Part, allocate_credit, allocate_oldest_first
from core.fees.ledger import (
    Account,
    BilledAmount,
    BillEffect,
    Entry,
    EntryKind,
    balance_statement,
    bill_effects,
    credit_effects,
    entry_for_bills,
    entry_for_credit_application,
    entry_for_payment,
    entry_for_refund,
    entry_for_relief,
    reversal_of,
)
from core.fees.payments import ReversalFacts, check_refund, check_reversal
from core.kernel.errors import BusinessError
from core.kernel.identity import BillId, UnitId
from core.kernel.money import ZERO, Money, total
from core.kernel.periods import Month
from tests.core.fees.model import Books, Figures, ModelRefused

TODAY = date(2026, 7, 1)
UNITS = ("1-101", "1-102")
REASON = "entered twice"


@dataclass
class BooksInMemory:
    """What a database would keep, and nothing but core to decide: entries, bills and which entry reversed which."""

    entries: dict[str, Entry] = field(default_factory=dict)
    reversed_by: dict[str, str] = field(default_factory=dict)
    bills: dict[BillId, OpenBill] = field(default_factory=dict)

    def unit(self, name: str) -> UnitId:
        return UnitId(UNITS.index(name) + 1)

    def effects(self, bill_id: BillId) -> list[BillEffect]:
        found = (bill_effects(entry).get(bill_id) for entry in self.entries.values())
        return [effect for effect in found if effect is not None]

    def outstanding(self, bill_id: BillId) -> Money:
        return total(effect.outstanding for effect in self.effects(bill_id))

    def credit(self, unit_id: UnitId) -> Money:
        return total(credit_effects(entry).get(unit_id, ZERO) for entry in self.entries.values())

    def open_bills(self, unit_id: UnitId) -> list[OpenBill]:
        return [
            OpenBill(
                bill_id=bill.bill_id,
                unit_id=bill.unit_id,
                item=bill.item,
                service_month=bill.service_month,
                due_date=bill.due_date,
                outstanding=self.outstanding(bill.bill_id),
            )
            for bill in self.bills.values()
            if bill.unit_id == unit_id
        ]

    def bill(self, *, key: str, unit: str, due: date, amount: int) -> None:
        bill_id, unit_id = BillId(len(self.bills) + 1), self.unit(unit)
        self.bills[bill_id] = OpenBill(
            bill_id=bill_id,
            unit_id=unit_id,
            item="property",
            service_month=Month(2026, 6),
            due_date=due,
            outstanding=Money(amount),
        )
        billed = BilledAmount(bill_id, unit_id, "property", Money(amount))
        self.entries[key] = entry_for_bills([billed], business_date=TODAY)

    def pay(self, *, key: str, unit: str, amount: int) -> None:
        unit_id = self.unit(unit)
        if key in self.entries:
            return
        shares = allocate_oldest_first(amount=Money(amount), bills=self.open_bills(unit_id))
        self.entries[key] = entry_for_payment(allocation=shares, unit_id=unit_id, method="cash", business_date=TODAY)

    def apply_credit(self, *, key: str, unit: str) -> None:
        unit_id = self.unit(unit)
        shares = allocate_credit(credit=self.credit(unit_id), bills=self.open_bills(unit_id))
        self.entries[key] = entry_for_credit_application(parts=shares.parts, unit_id=unit_id, business_date=TODAY)

    def refund(self, *, key: str, unit: str, amount: int) -> None:
        unit_id = self.unit(unit)
        check_refund(amount=Money(amount), credit=self.credit(unit_id), reason=REASON)
        self.entries[key] = entry_for_refund(
            amount=Money(amount), unit_id=unit_id, method="bank_transfer", business_date=TODAY
        )

    def relieve(self, *, key: str, bill_id: BillId, amount: int) -> None:
        bill = self.bills[bill_id]
        part = Part(bill_id, bill.unit_id, bill.item, Money(amount))
        self.entries[key] = entry_for_relief(parts=(part,), business_date=TODAY)

    def reverse(self, *, key: str, of: str, unit: str) -> None:
        entry = self.entries[of]
        facts = ReversalFacts(
            is_reversed=of in self.reversed_by,
            is_reversal=entry.kind is EntryKind.REVERSAL,
            credit_made=credit_effects(entry).get(self.unit(unit), ZERO),
            credit_now=self.credit(self.unit(unit)),
        )
        check_reversal(facts, reason=REASON)
        self.reversed_by[of] = key
        self.entries[key] = reversal_of(entry, business_date=TODAY)

    def figures(self, names: dict[BillId, str]) -> Figures:
        accounts: Counter[Account] = Counter()
        for entry in self.entries.values():
            for line in entry.lines:
                accounts[line.account] += line.amount.fen
        credit = {name: self.credit(self.unit(name)).fen for name in UNITS}
        return Figures(
            receivable=accounts[Account.RECEIVABLE],
            cash=accounts[Account.CASH_AND_BANK],
            income=accounts[Account.FEE_INCOME],
            credit=accounts[Account.CUSTOMER_CREDIT],
            relief=accounts[Account.RELIEF],
            outstanding={names[bill_id]: self.outstanding(bill_id).fen for bill_id in self.bills},
            credit_of={name: fen for name, fen in credit.items() if fen},
        )


def answer(action: Callable[[], None]) -> str | None:
    """The code with which an action is refused, or None when it is done."""
    try:
        action()
    except (BusinessError, ModelRefused) as refused:
        return refused.code
    return None


class BooksMachine(RuleBasedStateMachine):
    """Bill, pay in part or too much, apply credit, refund, relieve, reverse and replay, in any order."""

    actions: Bundle[str] = Bundle("actions")

    def __init__(self) -> None:
        super().__init__()
        self.model, self.books = Books(), BooksInMemory()
        self.names: dict[BillId, str] = {}
        self.count = 0

    def next_key(self) -> str:
        self.count += 1
        return f"key-{self.count}"

    def both(self, of_model: Callable[[], None], of_books: Callable[[], None]) -> None:
        expected = answer(of_model)
        assert answer(of_books) == expected

    @rule(unit=st.sampled_from(UNITS), day=st.integers(1, 28), amount=st.integers(1, 5000))
    def bill(self, unit: str, day: int, amount: int) -> None:
        key, due = self.next_key(), date(2026, 7, day)
        self.names[BillId(len(self.names) + 1)] = key
        self.model.bill(key=key, unit=unit, due=due, amount=amount)
        self.books.bill(key=key, unit=unit, due=due, amount=amount)

    @rule(target=actions, unit=st.sampled_from(UNITS), amount=st.integers(-1, 9000) | st.just(100_000_001))
    def pay(self, unit: str, amount: int) -> str:
        key = self.next_key()
        self.both(
            lambda: self.model.pay(key=key, unit=unit, amount=amount),
            lambda: self.books.pay(key=key, unit=unit, amount=amount),
        )
        return key

    @rule(key=actions)
    def replay(self, key: str) -> None:
        if key in self.model.done and self.model.done[key].request[0] == "pay":
            _, unit, amount = self.model.done[key].request
            assert isinstance(unit, str)
            assert isinstance(amount, int)
            self.model.pay(key=key, unit=unit, amount=amount)
            self.books.pay(key=key, unit=unit, amount=amount)

    @rule(target=actions, unit=st.sampled_from(UNITS))
    def apply_credit(self, unit: str) -> str:
        key = self.next_key()
        if answer(lambda: self.model.apply_credit(key=key, unit=unit)) is None:
            self.books.apply_credit(key=key, unit=unit)
        return key

    @rule(target=actions, unit=st.sampled_from(UNITS), amount=st.integers(0, 3000))
    def refund(self, unit: str, amount: int) -> str:
        key = self.next_key()
        self.both(
            lambda: self.model.refund(key=key, unit=unit, amount=amount),
            lambda: self.books.refund(key=key, unit=unit, amount=amount),
        )
        return key

    @precondition(lambda self: any(bill.outstanding for bill in self.model.bills.values()))
    @rule(target=actions, data=st.data())
    def relieve(self, data: st.DataObject) -> str:
        key = self.next_key()
        open_ids = [bill_id for bill_id, name in self.names.items() if self.model.bills[name].outstanding]
        bill_id = data.draw(st.sampled_from(open_ids))
        amount = data.draw(st.integers(1, self.model.bills[self.names[bill_id]].outstanding))
        self.model.relieve(key=key, bill=self.names[bill_id], amount=amount)
        self.books.relieve(key=key, bill_id=bill_id, amount=amount)
        return key

    @rule(target=actions, of=consumes(actions) | actions)
    def reverse(self, of: str) -> str:
        key = self.next_key()
        if of in self.model.done:
            unit = self.model.done[of].unit
            self.both(
                lambda: self.model.reverse(key=key, of=of),
                lambda: self.books.reverse(key=key, of=of, unit=unit),
            )
        return key

    @invariant()
    def agrees_with_the_model(self) -> None:
        assert self.books.figures(self.names) == self.model.figures()

    @invariant()
    def every_entry_and_all_accounts_sum_to_zero(self) -> None:
        for entry in self.books.entries.values():
            assert len(entry.lines) >= 2
            assert sum(line.amount.fen for line in entry.lines) == 0
        figures = self.model.figures()
        assert figures.receivable + figures.cash + figures.income + figures.credit + figures.relief == 0

    @invariant()
    def nothing_is_owed_or_credited_below_zero(self) -> None:
        for bill_id in self.books.bills:
            effects = self.books.effects(bill_id)
            line = balance_statement(
                opening=ZERO,
                billed=total(effect.billed for effect in effects),
                received=total(effect.received for effect in effects),
                relief=total(effect.relief for effect in effects),
            )
            assert line.closing == self.books.outstanding(bill_id) >= ZERO
        assert all(self.books.credit(self.books.unit(name)) >= ZERO for name in UNITS)

    @invariant()
    def no_entry_is_reversed_twice(self) -> None:
        reversals = [entry for entry in self.books.entries.values() if entry.kind is EntryKind.REVERSAL]
        assert len(reversals) == len(self.books.reversed_by) == len(set(self.books.reversed_by.values()))


BooksMachine.TestCase.settings = settings(max_examples=100, stateful_step_count=30, deadline=None)
TestBooks = pytest.mark.slow(BooksMachine.TestCase)
