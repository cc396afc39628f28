"""An entry that does not balance cannot exist, and each kind posts to the right accounts (R1, R-028)."""

from dataclasses import replace
from datetime import date

import pytest

from core.fees.allocation import Part, PaymentAllocation
from core.fees.ledger import (
    Account,
    BalanceLine,
    BilledAmount,
    BillEffect,
    Entry,
    EntryKind,
    Line,
    UnsoundEntry,
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
from core.kernel.identity import BillId, UnitId
from core.kernel.money import ZERO, Money

DAY, NEXT_DAY = date(2026, 7, 1), date(2026, 7, 2)
ONE, TWO = UnitId(1), UnitId(2)
PART = Part(BillId(11), ONE, "property", Money(3000))
OTHER = Part(BillId(12), ONE, "lift", Money(500))
ON_RECEIVABLE = Line(account=Account.RECEIVABLE, amount=Money(5))


def shape(entry: Entry) -> list[tuple[str, int, int | None, int | None, str | None, str | None]]:
    return [(str(x.account), x.amount.fen, x.unit_id, x.bill_id, x.item, x.method) for x in entry.lines]


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        ((), "two lines"),
        ((ON_RECEIVABLE,), "two lines"),
        ((ON_RECEIVABLE, replace(ON_RECEIVABLE, amount=Money(-4))), "sum to zero"),
        ((ON_RECEIVABLE, replace(ON_RECEIVABLE, amount=Money(-5)), replace(ON_RECEIVABLE, amount=ZERO)), "never zero"),
    ],
)
def test_an_unbalanced_short_or_zero_entry_cannot_be_made(lines: tuple[Line, ...], why: str) -> None:
    with pytest.raises(UnsoundEntry, match=why):
        Entry(EntryKind.PAYMENT, DAY, lines)


BALANCED = (ON_RECEIVABLE, Line(account=Account.FEE_INCOME, amount=Money(-5)))


@pytest.mark.parametrize(
    ("kind", "reverses"),
    [
        (EntryKind.REVERSAL, None),
        (EntryKind.PAYMENT, EntryKind.PAYMENT),
        (EntryKind.REVERSAL, EntryKind.REVERSAL),
    ],
)
def test_a_reversal_and_only_a_reversal_names_what_it_reverses(kind: EntryKind, reverses: EntryKind | None) -> None:
    with pytest.raises(UnsoundEntry, match="revers"):
        Entry(kind, DAY, BALANCED, reverses)


def test_bills_post_one_receivable_line_each_and_one_income_line_an_item() -> None:
    entry = entry_for_bills(
        [
            BilledAmount(BillId(11), ONE, "property", Money(3000)),
            BilledAmount(BillId(12), ONE, "lift", Money(500)),
            BilledAmount(BillId(13), TWO, "property", Money(4000)),
        ],
        business_date=DAY,
    )
    assert (entry.kind, entry.business_date, entry.effect) == (EntryKind.BILL_RUN, DAY, EntryKind.BILL_RUN)
    assert shape(entry) == [
        ("receivable", 3000, 1, 11, "property", None),
        ("receivable", 500, 1, 12, "lift", None),
        ("receivable", 4000, 2, 13, "property", None),
        ("fee_income", -500, None, None, "lift", None),
        ("fee_income", -7000, None, None, "property", None),
    ]
    assert bill_effects(entry)[BillId(13)] == BillEffect(billed=Money(4000))
    assert credit_effects(entry) == {}


def test_no_bills_make_no_entry() -> None:
    with pytest.raises(UnsoundEntry):
        entry_for_bills([], business_date=DAY)


def test_a_payment_posts_cash_against_bills_and_credit() -> None:
    entry = entry_for_payment(
        allocation=PaymentAllocation((PART, OTHER), Money(250)), unit_id=ONE, method="cash", business_date=DAY
    )
    assert shape(entry) == [
        ("cash_and_bank", 3750, None, None, None, "cash"),
        ("receivable", -3000, 1, 11, "property", None),
        ("receivable", -500, 1, 12, "lift", None),
        ("customer_credit", -250, 1, None, None, None),
    ]
    assert bill_effects(entry) == {
        BillId(11): BillEffect(received=Money(3000)),
        BillId(12): BillEffect(received=Money(500)),
    }
    assert credit_effects(entry) == {ONE: Money(250)}


def test_an_exact_payment_has_no_credit_line() -> None:
    entry = entry_for_payment(
        allocation=PaymentAllocation((PART,), ZERO), unit_id=ONE, method="alipay", business_date=DAY
    )
    assert [line.account for line in entry.lines] == [Account.CASH_AND_BANK, Account.RECEIVABLE]
    assert credit_effects(entry) == {}


def test_credit_applied_counts_as_received_and_lowers_the_credit() -> None:
    entry = entry_for_credit_application(parts=(PART, OTHER), unit_id=ONE, business_date=DAY)
    assert shape(entry)[0] == ("customer_credit", 3500, 1, None, None, None)
    assert bill_effects(entry)[BillId(12)] == BillEffect(received=Money(500))
    assert credit_effects(entry) == {ONE: Money(-3500)}


def test_a_refund_pays_credit_out_and_touches_no_bill() -> None:
    entry = entry_for_refund(amount=Money(250), unit_id=ONE, method="bank_transfer", business_date=DAY)
    assert shape(entry) == [
        ("customer_credit", 250, 1, None, None, None),
        ("cash_and_bank", -250, None, None, None, "bank_transfer"),
    ]
    assert (bill_effects(entry), credit_effects(entry)) == ({}, {ONE: Money(-250)})


def test_relief_lowers_bills_and_posts_one_line_an_item() -> None:
    again = replace(PART, bill_id=BillId(13))
    entry = entry_for_relief(parts=(PART, OTHER, again), business_date=DAY)
    assert shape(entry)[:2] == [
        ("relief", 500, None, None, "lift", None),
        ("relief", 6000, None, None, "property", None),
    ]
    assert bill_effects(entry)[BillId(11)] == BillEffect(relief=Money(3000))
    assert bill_effects(entry)[BillId(11)].outstanding == Money(-3000)


ENTRIES = [
    entry_for_bills([BilledAmount(BillId(11), ONE, "property", Money(3000))], business_date=DAY),
    entry_for_payment(allocation=PaymentAllocation((PART,), Money(250)), unit_id=ONE, method="cash", business_date=DAY),
    entry_for_credit_application(parts=(PART,), unit_id=ONE, business_date=DAY),
    entry_for_refund(amount=Money(250), unit_id=ONE, method="cash", business_date=DAY),
    entry_for_relief(parts=(PART,), business_date=DAY),
]


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: str(entry.kind))
def test_a_reversal_undoes_every_effect_of_its_entry(entry: Entry) -> None:
    back = reversal_of(entry, business_date=NEXT_DAY)
    assert (back.kind, back.reverses, back.business_date, back.effect) == (
        EntryKind.REVERSAL,
        entry.kind,
        NEXT_DAY,
        entry.kind,
    )
    assert [line.amount for line in back.lines] == [-line.amount for line in entry.lines]
    assert [replace(line, amount=ZERO) for line in back.lines] == [replace(line, amount=ZERO) for line in entry.lines]
    undone = {
        bill: BillEffect(-effect.billed, -effect.received, -effect.relief)
        for bill, effect in bill_effects(entry).items()
    }
    assert bill_effects(back) == undone
    assert credit_effects(back) == {unit: -change for unit, change in credit_effects(entry).items()}
    with pytest.raises(UnsoundEntry, match="not reversed"):
        reversal_of(back, business_date=NEXT_DAY)


def test_a_balance_line_proves_opening_billed_received_relief_closing() -> None:
    line = balance_statement(opening=Money(1000), billed=Money(500), received=Money(700), relief=Money(50))
    assert line == BalanceLine(Money(1000), Money(500), Money(700), Money(50), closing=Money(750))
    with pytest.raises(UnsoundEntry, match="does not balance"):
        replace(line, closing=Money(751))


def test_lines_of_other_accounts_or_without_owner_touch_neither_bills_nor_credit() -> None:
    lines = (ON_RECEIVABLE, Line(account=Account.CUSTOMER_CREDIT, amount=Money(-5)))
    entry = Entry(EntryKind.PAYMENT, DAY, lines)
    assert (bill_effects(entry), credit_effects(entry)) == ({}, {})
