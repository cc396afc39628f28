"""R1: whatever happens in whatever order, the stored books balance and agree with the simplest possible model."""

import os
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from core.fees.billing import NothingToBill
from core.fees.intents import IntentReused
from core.fees.tariffs import Basis
from core.kernel.errors import BusinessError
from core.kernel.identity import UnitId
from core.kernel.money import Money
from core.kernel.periods import Month
from db.engine import Database
from db.models import JournalLine
from db.operations.credits import ApplyCredits, apply_credits
from db.operations.money_requests import AskRefund, AskReversal, DecideRequest, ask_refund, ask_reversal, decide_request
from db.operations.payments import Receipt, RecordPayment, record_payment
from db.unit_of_work import Operation
from tests.core.fees.model import Books, ModelRefused
from tests.db.fees_setup import World, a_world, check_books
from tests.personas import CASHIER, MANAGER, SUPERVISOR

EXAMPLES = int(os.environ.get("GUANJIA_EXAMPLES", "30"))
STEPS = 15
MONTHS = tuple(Month(2026, number) for number in (5, 6, 7, 8))
PLACES = st.integers(0, 2)
FEN = st.one_of(st.integers(-1, 60_000), st.sampled_from([1, 11_750, 23_500, 100_000_001]))


class StoredBooks(RuleBasedStateMachine):
    """An estate in a real database beside the model. Units have different bills: one item or two, 9.40 to 285.00."""

    def __init__(self, database: Database, number: int) -> None:
        super().__init__()
        self.world: World = a_world(database, number=number, areas=("100.00", "80.00", "4.00"))
        self.model = Books()
        self.keys = count(1)
        self.payments: list[tuple[str, RecordPayment, Receipt]] = []
        self.billed: set[Month] = set()

    @initialize(month=st.sampled_from(MONTHS))
    def set_prices_and_bill(self, month: Month) -> None:
        self.world.tariff()
        self.world.tariff(item="parking", basis=Basis.SERVICE_ITEMS, prices=(("bay", Decimal(50)),))
        self.bill(month=month)

    @rule(month=st.sampled_from(MONTHS))
    def bill(self, month: Month) -> None:
        self.billed.add(month)
        new = [unit for unit in self.world.units if f"{unit} parking {month}" not in self.model.bills]
        if not new:
            with pytest.raises(NothingToBill):
                self.world.bill(month)
            return
        result = self.world.bill(month)
        assert result.bills == 2 * len(new)
        for bill in self.world.bills():
            if bill.service_month == month.number:
                key = f"{bill.unit_id} {bill.item} {month}"
                self.model.bill(key=key, unit=str(bill.unit_id), due=bill.due_date, amount=bill.amount_fen)
        self.use_credit_in_the_model()

    def use_credit_in_the_model(self) -> None:
        for unit in self.world.units:
            if self.model.credit_of.get(str(unit), 0):
                try:
                    self.model.apply_credit(key=f"apply {next(self.keys)}", unit=str(unit))
                except ModelRefused as refused:
                    assert refused.code == "nothing to apply"

    @rule()
    def apply(self) -> None:
        self.world.act(SUPERVISOR, apply_credits, ApplyCredits(self.world.estate))
        self.use_credit_in_the_model()

    @rule(place=PLACES, fen=FEN, days_ago=st.sampled_from([0, 0, 1, 40]), method=st.sampled_from(["cash", "alipay"]))
    def pay(self, place: int, fen: int, days_ago: int, method: str) -> None:
        unit = self.world.units[place]
        received_at = self.world.now - timedelta(days=days_ago)
        command = self.world.payment(unit, "1.00", amount=Money(fen), received_at=received_at, method=method)
        key = f"pay {next(self.keys)}"
        receipt = self.same(
            CASHIER, record_payment, command, lambda: self.model.pay(key=key, unit=str(unit), amount=fen)
        )
        if receipt is not None:
            assert receipt.receipt_no == len(self.payments) + 1
            self.payments.append((key, command, receipt))

    @rule(place=PLACES, extra=st.sampled_from([0, 0, 1, -1, 5_000]))
    def pay_about_what_is_owed(self, place: int, extra: int) -> None:
        owed = sum(self.world.outstanding(self.world.units[place]).values())
        self.pay(place=place, fen=owed + extra, days_ago=0, method="cash")

    @rule(place=PLACES, ahead=st.sampled_from([30_000, 9_000]))
    def pay_ahead(self, place: int, ahead: int) -> None:
        self.pay_about_what_is_owed(place=place, extra=ahead)

    @precondition(lambda self: len(self.billed) < len(MONTHS))
    @rule()
    def bill_the_next_month(self) -> None:
        self.bill(month=next(month for month in MONTHS if month not in self.billed))

    @precondition(lambda self: self.payments)
    @rule(data=st.data(), other=st.booleans())
    def replay(self, data: st.DataObject, other: bool) -> None:
        _, command, receipt = data.draw(st.sampled_from(self.payments))
        if other:
            with pytest.raises(IntentReused):
                self.world.pay(command.unit_id, "77.77", intent_id=command.intent_id, received_at=command.received_at)
            return
        again = self.world.act(CASHIER, record_payment, command)
        assert again.is_replay
        assert (again.receipt_no, again.parts, again.credit) == (receipt.receipt_no, receipt.parts, receipt.credit)

    @precondition(lambda self: self.payments)
    @rule(back=st.integers(0, 3), approve=st.sampled_from([True, True, True, False]))
    def reverse(self, back: int, approve: bool) -> None:
        key, _, receipt = self.payments[-1 - back % len(self.payments)]
        asked = AskReversal(self.world.estate, receipt.payment_id, "entered twice")
        self.ask_and_decide(
            ask_reversal, asked, approve, lambda: self.model.reverse(key=f"reverse {next(self.keys)}", of=key)
        )

    @rule(place=PLACES, fen=FEN, approve=st.sampled_from([True, True, True, False]))
    def refund(self, place: int, fen: int, approve: bool) -> None:
        self.give_back(self.world.units[place], fen, approve)

    @precondition(lambda self: any(self.model.credit_of.values()))
    @rule(less=st.sampled_from([0, 1]))
    def refund_credit(self, less: int) -> None:
        unit = next(unit for unit in self.world.units if self.model.credit_of.get(str(unit), 0))
        self.give_back(unit, self.world.credit(unit) - less, approve=True)

    def give_back(self, unit: UnitId, fen: int, approve: bool) -> None:
        asked = AskRefund(self.world.estate, unit, Money(fen), "cash", "moves away")
        key = f"refund {next(self.keys)}"
        if fen > 100_000_000:  # the model knows no limit for refunds; above the credit it is refused anyway
            with pytest.raises(BusinessError):
                self.world.act(CASHIER, ask_refund, asked)
            return
        self.ask_and_decide(ask_refund, asked, approve, lambda: self.model.refund(key=key, unit=str(unit), amount=fen))

    @rule(days=st.integers(1, 40))
    def time_goes_by(self, days: int) -> None:
        self.world.now += timedelta(days=days)

    def ask_and_decide(
        self, operation: Operation[Any, int], asked: Any, approve: bool, in_the_model: Callable[[], None]
    ) -> None:
        refusal = None
        try:
            request = self.world.act(CASHIER, operation, asked)
            decision = DecideRequest(self.world.estate, request, approve, "", 1)
            self.world.act(MANAGER, decide_request, decision)
        except BusinessError as refused:
            refusal = refused.code
        if refusal is None and not approve:
            return
        assert refusal == self.refused_by(in_the_model)

    def same(self, who: Any, operation: Operation[Any, Any], command: Any, in_the_model: Callable[[], None]) -> Any:
        """Do it in the database and in the model; both refuse with the same code or neither does."""
        result = refusal = None
        try:
            result = self.world.act(who, operation, command)
        except BusinessError as refused:
            refusal = refused.code
        assert refusal == self.refused_by(in_the_model)
        return result

    def refused_by(self, in_the_model: Callable[[], None]) -> str | None:
        try:
            in_the_model()
        except ModelRefused as refused:
            return refused.code
        return None

    @invariant()
    def what_is_stored_follows_from_the_facts(self) -> None:
        check_books(self.world)

    @invariant()
    def the_books_agree_with_the_model(self) -> None:
        figures = self.model.figures()
        accounts = dict.fromkeys(("receivable", "cash_and_bank", "fee_income", "customer_credit", "relief"), 0)
        for line in self.world.rows(JournalLine):
            accounts[line.account] += line.amount_fen
        wanted = (figures.receivable, figures.cash, figures.income, figures.credit, figures.relief)
        assert tuple(accounts.values()) == wanted
        assert sum(accounts.values()) == 0
        outstanding = {
            f"{unit} {item} {month}": fen
            for unit in self.world.units
            for (month, item), fen in self.world.outstanding(unit).items()
        }
        assert outstanding == figures.outstanding
        credit = {str(unit): self.world.credit(unit) for unit in self.world.units}
        assert {unit: fen for unit, fen in credit.items() if fen} == figures.credit_of


def test_the_stored_books_agree_with_the_model_whatever_happens(database: Database) -> None:
    numbers = count(1)

    class Here(StoredBooks):
        """Each run is an estate of its own in the same database."""

        def __init__(self) -> None:
            super().__init__(database, next(numbers))

    run_state_machine_as_test(
        Here,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    assert next(numbers) > EXAMPLES
