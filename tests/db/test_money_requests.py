"""Reversals and refunds: one asks, another decides, and approval posts the counter entry (R-027, R-028)."""

from datetime import date, timedelta
from typing import Any, cast

import pytest

from core.admin.permissions import MATRIX, Actor, NotPermitted, Permission, Role
from core.fees.approvals import RequestWaits
from core.fees.payments import (
    AlreadyReversed,
    AmountNotPositive,
    CreditAlreadyUsed,
    MethodUnknown,
    NoteTooLong,
    OwnRequest,
    ReasonTooShort,
    RefundAboveCredit,
)
from core.kernel.errors import BusinessError
from core.kernel.identity import PaymentId, UnitId
from core.kernel.lifecycle import ForbiddenMove
from core.kernel.money import Money
from core.kernel.periods import Month
from db.engine import Database
from db.models import (
    Allocation,
    DailyReceipt,
    HouseholdMonth,
    JournalEntry,
    JournalLine,
    MoneyRequest,
    Payment,
    ReceivableCell,
    Reversal,
)
from db.operations.money_requests import (
    AskRefund,
    AskReversal,
    DecideRequest,
    ask_refund,
    ask_reversal,
    decide_request,
)
from db.unit_of_work import EditConflict, NotFound
from tests.db.fees_setup import JUNE, World, a_billed_world, a_world, check_books
from tests.personas import ACCOUNTANT, ADMINISTRATOR, CASHIER, MANAGER, PATROL, SUPERVISOR, person
from tests.statements import count_statements

REASON = "entered twice"


def asked_reversal(world: World, payment: PaymentId, reason: str = REASON, who: Actor = CASHIER) -> int:
    return world.act(who, ask_reversal, AskReversal(world.estate, payment, reason))


def asked_refund(world: World, yuan: str, **given: Any) -> int:
    wanted = {"unit_id": world.units[0], "amount": Money.of(yuan), "method": "bank_transfer", "reason": "moves away"}
    return world.act(CASHIER, ask_refund, AskRefund(world.estate, **{**wanted, **given}))


def decided(world: World, request: int, *, approve: bool = True, who: Actor = SUPERVISOR, **given: Any) -> int | None:
    command = {"note": " seen ", "version": 1, **given}
    return world.act(who, decide_request, DecideRequest(world.estate, request, approve, **command))


def test_asking_posts_nothing(database: Database) -> None:
    world = a_billed_world(database)
    receipt = world.pay(world.units[0], "240.00")
    entries = len(world.rows(JournalEntry))
    asked_reversal(world, receipt.payment_id, "  entered twice ")
    (row,) = world.rows(MoneyRequest)
    assert (row.kind, row.state, row.reason, row.amount_fen) == ("reversal", "waiting", "entered twice", 24_000)
    assert (row.asked_by, row.asked_name, row.payment_id) == (CASHIER.user_id, CASHIER.name, receipt.payment_id)
    assert len(world.rows(JournalEntry)) == entries
    assert world.audited()[-1] == "money_request.asked"
    check_books(world)


def test_an_approved_reversal_reopens_the_bills_and_takes_the_credit_back(database: Database) -> None:
    world = a_billed_world(database)
    unit = world.units[0]
    receipt = world.pay(unit, "240.00", method="alipay")
    world.now += timedelta(days=30)
    entry = decided(world, asked_reversal(world, receipt.payment_id))
    (payment,) = world.rows(Payment)
    (reversal,) = world.rows(Reversal)
    assert (reversal.payment_id, reversal.entry_id, reversal.reason) == (receipt.payment_id, entry, REASON)
    assert (reversal.asked_by, reversal.approved_by) == (CASHIER.user_id, SUPERVISOR.user_id)
    counter = next(row for row in world.rows(JournalEntry) if row.id == entry)
    assert (counter.kind, counter.reverses_id, counter.business_date) == (
        "reversal",
        payment.entry_id,
        date(2026, 8, 9),
    )
    assert [line.amount_fen for line in world.rows(JournalLine) if line.entry_id == entry] == [-24_000, 23_500, 500]
    assert [part.amount_fen for part in world.rows(Allocation)] == [23_500, -23_500]
    assert world.outstanding(unit) == {(JUNE, "property"): 23_500}
    assert world.credit(unit) == 0
    check_books(world)


def test_a_reversal_counts_on_its_own_day_and_month(database: Database) -> None:
    world = a_billed_world(database)
    receipt = world.pay(world.units[2], "117.50")
    assert {row.building_id: row.settled_units for row in world.rows(HouseholdMonth)} == {1: 0, 2: 1}
    world.now += timedelta(days=30)
    world.reverse(receipt.payment_id)
    days = {row.business_date: (row.amount_fen, row.payments) for row in world.rows(DailyReceipt)}
    assert days == {date(2026, 7, 10): (11_750, 1), date(2026, 8, 9): (-11_750, 0)}
    received = {row.posting_month: row.received_fen for row in world.rows(ReceivableCell) if row.received_fen}
    assert received == {202607: 11_750, 202608: -11_750}
    assert {row.building_id: row.settled_units for row in world.rows(HouseholdMonth)} == {1: 0, 2: 0}
    check_books(world)


def test_a_reversed_payment_keeps_its_receipt_number(database: Database) -> None:
    world = a_billed_world(database)
    world.reverse(world.pay(world.units[0], "1.00").payment_id)
    assert world.pay(world.units[0], "1.00").receipt_no == 2
    check_books(world)


def test_only_one_of_several_payments_is_taken_back(database: Database) -> None:
    world = a_billed_world(database)
    world.bill(Month(2026, 7))
    unit = world.units[0]
    world.pay(unit, "100.00")
    middle = world.pay(unit, "300.00")
    world.pay(unit, "20.00")
    world.reverse(middle.payment_id)
    assert world.outstanding(unit) == {(JUNE, "property"): 13_500, (Month(2026, 7), "property"): 21_500}
    check_books(world)


def test_a_payment_is_reversed_once(database: Database) -> None:
    world = a_billed_world(database)
    receipt = world.pay(world.units[0], "1.00")
    request = asked_reversal(world, receipt.payment_id)
    with pytest.raises(RequestWaits):
        asked_reversal(world, receipt.payment_id)
    decided(world, request)
    with pytest.raises(AlreadyReversed):
        asked_reversal(world, receipt.payment_id)
    with pytest.raises(EditConflict):
        decided(world, request)
    with pytest.raises(ForbiddenMove):
        decided(world, request, version=2)
    assert len(world.rows(Reversal)) == 1
    check_books(world)


def test_a_reversal_whose_credit_was_used_names_the_credit(database: Database) -> None:
    world = a_billed_world(database)
    receipt = world.pay(world.units[0], "240.00")
    request = asked_reversal(world, receipt.payment_id)
    world.bill(Month(2026, 7))
    with pytest.raises(CreditAlreadyUsed) as refusal:
        decided(world, request)
    assert refusal.value.fields == {"made": "5.00", "left": "0.00"}
    assert world.rows(MoneyRequest)[0].state == "waiting"
    check_books(world)


def test_a_reversal_whose_credit_was_refunded_cannot_even_be_asked(database: Database) -> None:
    world = a_billed_world(database)
    receipt = world.pay(world.units[0], "240.00")
    decided(world, asked_refund(world, "0.01"))
    with pytest.raises(CreditAlreadyUsed) as refusal:
        asked_reversal(world, receipt.payment_id)
    assert refusal.value.fields == {"made": "5.00", "left": "4.99"}
    check_books(world)


def test_an_approved_refund_takes_from_the_credit(database: Database) -> None:
    world = a_billed_world(database)
    unit = world.units[0]
    world.pay(unit, "300.00")
    entry = decided(world, asked_refund(world, "40.00"))
    assert world.credit(unit) == 2_500
    lines = [line for line in world.rows(JournalLine) if line.entry_id == entry]
    assert [(line.account, line.amount_fen, line.method) for line in lines] == [
        ("customer_credit", 4_000, None),
        ("cash_and_bank", -4_000, "bank_transfer"),
    ]
    days = {row.method: (row.amount_fen, row.payments) for row in world.rows(DailyReceipt)}
    assert days == {"cash": (30_000, 1), "bank_transfer": (-4_000, 0)}
    (row,) = world.rows(MoneyRequest)
    assert (row.state, row.decided_by, row.decision_note, row.entry_id) == ("approved", 3, "seen", entry)
    assert world.audited()[-2:] == ["money_request.asked", "money_request.approved"]
    check_books(world)


def test_all_of_the_credit_may_be_refunded_and_not_a_fen_more(database: Database) -> None:
    world = a_billed_world(database)
    world.pay(world.units[0], "300.00")
    with pytest.raises(RefundAboveCredit):
        asked_refund(world, "65.01")
    decided(world, asked_refund(world, "65.00"))
    assert world.credit(world.units[0]) == 0
    with pytest.raises(RefundAboveCredit):
        asked_refund(world, "0.01")
    check_books(world)


def test_credit_that_was_used_since_the_request_is_not_refunded(database: Database) -> None:
    world = a_billed_world(database)
    world.pay(world.units[0], "300.00")
    request = asked_refund(world, "65.00")
    world.bill(Month(2026, 7))
    with pytest.raises(RefundAboveCredit):
        decided(world, request)
    assert decided(world, request, approve=False) is None
    check_books(world)


def test_two_clicks_make_one_refund_request(database: Database) -> None:
    world = a_billed_world(database)
    world.pay(world.units[0], "300.00")
    world.pay(world.units[1], "200.00")
    asked_refund(world, "10.00")
    with pytest.raises(RequestWaits):
        asked_refund(world, "10.00")
    asked_refund(world, "10.00", unit_id=world.units[1])
    assert len(world.rows(MoneyRequest)) == 2


@pytest.mark.parametrize(
    ("given", "refusal"),
    [
        ({"method": "shells"}, MethodUnknown),
        ({"reason": "  no "}, ReasonTooShort),
        ({"amount": Money(0)}, AmountNotPositive),
        ({"unit_id": UnitId(999)}, NotFound),
    ],
)
def test_a_faulty_refund_request_is_refused(
    database: Database, given: dict[str, Any], refusal: type[BusinessError]
) -> None:
    world = a_billed_world(database)
    world.pay(world.units[0], "300.00")
    with pytest.raises(refusal):
        asked_refund(world, "10.00", **given)
    assert world.rows(MoneyRequest) == []


def test_a_faulty_reversal_request_is_refused(database: Database) -> None:
    world = a_billed_world(database)
    receipt = world.pay(world.units[0], "300.00")
    with pytest.raises(ReasonTooShort):
        asked_reversal(world, receipt.payment_id, "no")
    with pytest.raises(NotFound):
        asked_reversal(world, PaymentId(5))
    other = a_world(database, number=2)
    with pytest.raises(NotFound):
        asked_reversal(other, receipt.payment_id)
    assert world.rows(MoneyRequest) == []


def test_a_rejected_request_changes_no_figure_and_may_be_asked_again(database: Database) -> None:
    world = a_billed_world(database)
    receipt = world.pay(world.units[0], "240.00")
    request = asked_reversal(world, receipt.payment_id)
    entries = len(world.rows(JournalEntry))
    assert decided(world, request, approve=False, note="receipt is right") is None
    (row,) = world.rows(MoneyRequest)
    assert (row.state, row.decision_note, row.decided_by, row.entry_id) == ("rejected", "receipt is right", 3, None)
    assert len(world.rows(JournalEntry)) == entries
    with pytest.raises(ForbiddenMove):
        decided(world, request, version=2)
    decided(world, asked_reversal(world, receipt.payment_id))
    assert world.audited()[-4:] == [
        "money_request.asked",
        "money_request.rejected",
        "money_request.asked",
        "money_request.approved",
    ]
    check_books(world)


def test_nobody_decides_his_or_her_own_request(database: Database) -> None:
    world = a_billed_world(database)
    receipt = world.pay(world.units[0], "240.00")
    own = asked_reversal(world, receipt.payment_id, who=SUPERVISOR)
    for approve in (True, False):
        with pytest.raises(OwnRequest):
            decided(world, own, approve=approve)
    decided(world, own, who=MANAGER)
    check_books(world)


@pytest.mark.parametrize("who", [CASHIER, ACCOUNTANT, ADMINISTRATOR], ids=lambda actor: actor.name)
def test_who_may_not_decide_is_refused(database: Database, who: Actor) -> None:
    world = a_billed_world(database)
    world.pay(world.units[0], "300.00")
    request = asked_refund(world, "10.00")
    with pytest.raises(NotPermitted):
        decided(world, request, who=who)


def test_who_may_only_decide_reversals_decides_no_refund(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    world = a_billed_world(database)
    receipt = world.pay(world.units[0], "300.00")
    refund, reversal = asked_refund(world, "10.00"), asked_reversal(world, receipt.payment_id)
    monkeypatch.setitem(cast(dict[Role, Any], MATRIX), Role.PATROL, frozenset({Permission.REVERSALS_APPROVE}))
    with pytest.raises(NotPermitted):
        decided(world, refund, who=PATROL)
    decided(world, reversal, who=PATROL)
    check_books(world)


@pytest.mark.parametrize("who", [ADMINISTRATOR, person(40, "stranger", *CASHIER.roles, estates=frozenset())])
def test_who_may_not_ask_is_refused(database: Database, who: Actor) -> None:
    world = a_billed_world(database)
    receipt = world.pay(world.units[0], "300.00")
    with pytest.raises(NotPermitted):
        asked_reversal(world, receipt.payment_id, who=who)


def test_an_unknown_request_and_a_too_long_note_are_refused(database: Database) -> None:
    world = a_billed_world(database)
    with pytest.raises(NotFound):
        decided(world, 5)
    request = asked_reversal(world, world.pay(world.units[0], "1.00").payment_id)
    with pytest.raises(NoteTooLong):
        decided(world, request, approve=False, note="x" * 201)


def test_a_reversal_needs_few_statements(database: Database) -> None:
    world = a_billed_world(database)
    for month in range(7, 13):
        world.bill(Month(2026, month))
    request = asked_reversal(world, world.pay(world.units[0], "2000.00").payment_id)
    with count_statements(database) as seen:
        decided(world, request)
    assert len(seen) <= 25
    check_books(world)
