"""Payments: who may take them, where the money goes, and that nothing is posted twice (R-024 to R-027, R3)."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, text

from core.admin.permissions import NotPermitted
from core.fees.allocation import BillNotOpen, Part
from core.fees.intents import IntentMissing, IntentReused
from core.fees.payments import AmountNotPositive, AmountTooLarge, DayInFuture, MethodUnknown, NoteTooLong, PayerMissing
from core.kernel.errors import BusinessError
from core.kernel.identity import BillId, UnitId
from core.kernel.money import ZERO, Money
from core.kernel.periods import Month
from db.engine import Database
from db.models import (
    Allocation,
    CodeItem,
    DailyReceipt,
    HouseholdMonth,
    JournalEntry,
    JournalLine,
    Payment,
    ReceivableCell,
)
from db.operations.payments import record_payment
from db.unit_of_work import NotFound
from tests import builders
from tests.db.fees_setup import JUNE, NOW, World, a_billed_world, a_world, check_books
from tests.personas import CASHIER, EVERYBODY, person
from tests.statements import count_statements

JULY = Month(2026, 7)


def test_a_part_payment_leaves_the_rest_open(database: Database) -> None:
    world = a_billed_world(database)
    unit = world.units[0]
    receipt = world.pay(unit, "35.00")
    (bill,) = world.bills(unit)
    assert receipt.receipt_no == 1
    assert receipt.parts == (Part(BillId(bill.id), unit, "property", Money.of("35.00")),)
    assert receipt.credit == ZERO
    assert world.outstanding(unit) == {(JUNE, "property"): 20_000}
    check_books(world)


def test_several_payments_to_one_bill_are_summed_and_settle_it(database: Database) -> None:
    world = a_billed_world(database)
    unit = world.units[0]
    assert [world.pay(unit, yuan).receipt_no for yuan in ("100.00", "100.00", "34.99", "0.01")] == [1, 2, 3, 4]
    assert world.outstanding(unit) == {(JUNE, "property"): 0}
    cells = {row.building_id: (row.billed_units, row.settled_units) for row in world.rows(HouseholdMonth)}
    assert cells == {1: (2, 1), 2: (1, 0)}
    check_books(world)


def test_the_oldest_bill_is_paid_first_and_the_excess_becomes_credit(database: Database) -> None:
    world = a_billed_world(database)
    world.bill(JULY)
    unit = world.units[1]
    receipt = world.pay(unit, "400.00")
    assert [part.amount for part in receipt.parts] == [Money.of("188.00"), Money.of("188.00")]
    assert receipt.credit == Money.of("24.00")
    assert world.credit(unit) == 2_400
    later = world.pay(unit, "10.00")
    assert (later.parts, later.credit, world.credit(unit)) == ((), Money.of("10.00"), 3_400)
    check_books(world)


def test_a_chosen_bill_is_paid_before_an_older_one(database: Database) -> None:
    world = a_billed_world(database)
    world.bill(JULY)
    unit = world.units[0]
    july = BillId(next(bill.id for bill in world.bills(unit) if bill.service_month == JULY.number))
    world.pay(unit, "300.00", bill_ids=(july,))
    assert world.outstanding(unit) == {(JUNE, "property"): 17_000, (JULY, "property"): 0}
    with pytest.raises(BillNotOpen):
        world.pay(unit, "1.00", bill_ids=(july,))
    neighbours = BillId(world.bills(world.units[1])[0].id)
    with pytest.raises(BillNotOpen):
        world.pay(unit, "1.00", bill_ids=(neighbours,))
    check_books(world)


def test_the_entry_has_cash_against_receivable_and_credit(database: Database) -> None:
    world = a_billed_world(database)
    unit = world.units[2]
    receipt = world.pay(unit, "120.00", method="alipay", note=" at the door ")
    (payment,) = world.rows(Payment)
    bill = world.bills(unit)[0]
    lines = [line for line in world.rows(JournalLine) if line.entry_id == payment.entry_id]
    assert [(line.account, line.amount_fen, line.unit_id, line.bill_id, line.method) for line in lines] == [
        ("cash_and_bank", 12_000, None, None, "alipay"),
        ("receivable", -11_750, unit, bill.id, None),
        ("customer_credit", -250, unit, None, None),
    ]
    entry = next(entry for entry in world.rows(JournalEntry) if entry.id == payment.entry_id)
    assert (entry.kind, entry.source_id, entry.posted_by) == ("payment", receipt.payment_id, CASHIER.user_id)
    assert (payment.note, payment.clerk_id, payment.clerk_name) == ("at the door", CASHIER.user_id, CASHIER.name)
    assert [part.amount_fen for part in world.rows(Allocation)] == [11_750]


@pytest.mark.parametrize(
    ("received_at", "day"),
    [
        (datetime(2026, 6, 30, 15, 59, 59, tzinfo=UTC), date(2026, 6, 30)),
        (datetime(2026, 6, 30, 16, 0, tzinfo=UTC), date(2026, 7, 1)),
    ],
)
def test_the_business_date_is_the_local_day_and_its_month_gets_the_money(
    database: Database, received_at: datetime, day: date
) -> None:
    world = a_billed_world(database)
    world.pay(world.units[0], "235.00", received_at=received_at)
    (payment,) = world.rows(Payment)
    assert payment.business_date == day
    assert [(row.business_date, row.amount_fen, row.payments) for row in world.rows(DailyReceipt)] == [(day, 23_500, 1)]
    received = {row.posting_month: row.received_fen for row in world.rows(ReceivableCell) if row.received_fen}
    assert received == {Month.of(day).number: 23_500}
    check_books(world)


def test_the_payers_name_is_sealed_and_stands_nowhere_in_clear(database: Database) -> None:
    world = a_billed_world(database)
    receipt = world.pay(world.units[0], "1.00", payer_name=" 欧阳小明 ")
    (payment,) = world.rows(Payment)
    place = f"payments.payer:{world.estate}:{receipt.payment_id}"
    assert database.keys.open(payment.payer_sealed, place=place) == "欧阳小明"
    with database.reading() as connection:
        for table in ("audit_entries", "intents", "journal_entries", "payments"):
            for row in connection.execute(text(f"SELECT * FROM {table}")):
                assert "欧阳" not in str([bytes(v) if isinstance(v, memoryview) else v for v in row])


def test_without_a_name_the_one_owner_on_record_is_the_payer(database: Database) -> None:
    world = a_billed_world(database)
    unit = world.units[0]
    builders.customer(database, world.estate, "欧阳小明", "13800138000", of=unit)
    receipt = world.pay(unit, "1.00", payer_name="  ")
    place = f"payments.payer:{world.estate}:{receipt.payment_id}"
    assert database.keys.open(world.rows(Payment)[0].payer_sealed, place=place) == "欧阳小明"
    builders.customer(database, world.estate, "张三丰", "13900139000", of=unit)
    with pytest.raises(PayerMissing):
        world.pay(unit, "1.00", payer_name="")


def test_the_same_intent_gives_the_same_receipt_and_posts_nothing(database: Database) -> None:
    world = a_billed_world(database)
    command = world.payment(world.units[0], "300.00")
    first = world.act(CASHIER, record_payment, command)
    assert not first.is_replay
    world.pay(world.units[1], "1.00")
    again = world.act(CASHIER, record_payment, command)
    assert again == replace(first, is_replay=True)
    assert len(world.rows(Payment)) == 2
    check_books(world)


def changed(world: World, command: Any) -> dict[str, Any]:
    """The command with each single thing changed."""
    return {
        "amount": replace(command, amount=Money.of("300.01")),
        "unit": replace(command, unit_id=world.units[1]),
        "payer": replace(command, payer_name="somebody else"),
        "method": replace(command, method="card"),
        "time": replace(command, received_at=NOW - timedelta(seconds=1)),
        "note": replace(command, note="x"),
        "bills": replace(command, bill_ids=(BillId(world.bills(command.unit_id)[0].id),)),
    }


def test_the_same_intent_with_anything_changed_is_refused(database: Database) -> None:
    world = a_billed_world(database)
    command = world.payment(world.units[0], "300.00")
    world.act(CASHIER, record_payment, command)
    for other in changed(world, command).values():
        with pytest.raises(IntentReused):
            world.act(CASHIER, record_payment, other)
    assert len(world.rows(Payment)) == 1


def test_the_same_intent_in_another_estate_is_another_payment(database: Database) -> None:
    one, two = a_billed_world(database), a_billed_world(database, number=2)
    assert one.pay(one.units[0], "1.00", intent_id="same-number").receipt_no == 1
    assert two.pay(two.units[0], "1.00", intent_id="same-number").is_replay is False
    check_books(one)
    check_books(two)


@pytest.mark.parametrize(
    ("given", "refusal"),
    [
        ({"payer_name": "  "}, PayerMissing),
        ({"amount": Money(0)}, AmountNotPositive),
        ({"amount": Money(-1)}, AmountNotPositive),
        ({"amount": Money.of("1000000.01")}, AmountTooLarge),
        ({"method": "shells"}, MethodUnknown),
        ({"note": "x" * 201}, NoteTooLong),
        ({"received_at": datetime(2026, 7, 10, 16, 0, tzinfo=UTC)}, DayInFuture),
        ({"intent_id": ""}, IntentMissing),
        ({"unit_id": UnitId(999)}, NotFound),
    ],
)
def test_a_faulty_payment_is_refused_and_leaves_no_trace(
    database: Database, given: dict[str, Any], refusal: type[BusinessError]
) -> None:
    world = a_billed_world(database)
    log = world.audited()
    with pytest.raises(refusal):
        world.pay(world.units[0], "1.00", **given)
    assert world.rows(Payment) == []
    assert world.audited() == log
    assert world.pay(world.units[0], "1.00").receipt_no == 1
    check_books(world)


def test_the_methods_are_those_of_the_code_list_once_it_has_any(database: Database) -> None:
    world = a_billed_world(database)
    codes = [
        {
            "list": "payment_method",
            "code": code,
            "label_zh": code,
            "label_en": code,
            "sort": 0,
            "version": 1,
            "retired_at": at,
        }
        for code, at in (("cash", None), ("barter", None), ("card", NOW))
    ]
    with database.writing() as connection, connection.begin():
        connection.execute(insert(CodeItem), codes)
    assert world.pay(world.units[0], "1.00", method="barter").receipt_no == 1
    for gone in ("card", "alipay"):
        with pytest.raises(MethodUnknown):
            world.pay(world.units[0], "1.00", method=gone)


@pytest.mark.parametrize("who", [actor for actor in EVERYBODY if actor is not CASHIER], ids=lambda actor: actor.name)
def test_only_a_cashier_takes_money(database: Database, who: Any) -> None:
    world = a_world(database)
    with pytest.raises(NotPermitted):
        world.act(who, record_payment, world.payment(world.units[0], "1.00"))


def test_a_cashier_of_another_estate_takes_no_money_here(database: Database) -> None:
    world = a_world(database)
    stranger = person(40, "stranger", *CASHIER.roles, estates=frozenset())
    with pytest.raises(NotPermitted):
        world.act(stranger, record_payment, world.payment(world.units[0], "1.00"))


def test_a_payment_is_audited_once(database: Database) -> None:
    world = a_billed_world(database)
    command = world.payment(world.units[0], "300.00")
    world.act(CASHIER, record_payment, command)
    world.act(CASHIER, record_payment, command)
    assert world.audited().count("payment.recorded") == 1


def test_a_payment_over_many_bills_needs_at_most_twenty_statements(database: Database) -> None:
    world = a_billed_world(database)
    for month in range(7, 13):
        world.bill(Month(2026, month))
    with count_statements(database) as seen:
        world.pay(world.units[0], "2000.00")
    assert len(world.rows(Allocation)) == 7
    assert len(seen) <= 20, json.dumps(seen, indent=1)
    check_books(world)
