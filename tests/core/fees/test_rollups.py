"""Sums kept beside the books: what each entry adds to them."""

from datetime import date

import pytest

from core.fees.allocation import Part, PaymentAllocation
from core.fees.ledger import (
    BilledAmount,
    BillEffect,
    bill_effects,
    entry_for_bills,
    entry_for_credit_application,
    entry_for_payment,
    entry_for_refund,
    reversal_of,
)
from core.fees.rollups import BillPlace, CashChange, HouseholdChange, cash_changes, cell_changes, household_changes
from core.kernel.identity import BillId, BuildingId, UnitId
from core.kernel.money import ZERO, Money
from core.kernel.periods import Month

MAY, JUNE = Month(2026, 5), Month(2026, 6)
DAY = date(2026, 7, 1)
NORTH, SOUTH = BuildingId(1), BuildingId(2)
ONE, TWO, THREE = UnitId(11), UnitId(12), UnitId(13)
PLACES = {
    BillId(1): BillPlace(ONE, NORTH, MAY),
    BillId(2): BillPlace(ONE, NORTH, JUNE),
    BillId(3): BillPlace(TWO, NORTH, JUNE),
    BillId(4): BillPlace(THREE, SOUTH, JUNE),
    BillId(5): BillPlace(ONE, NORTH, JUNE),
}


def received(**fen: int) -> dict[BillId, BillEffect]:
    """Effects like ``received(b1=100)``."""
    return {BillId(int(name[1:])): BillEffect(received=Money(amount)) for name, amount in fen.items()}


def billed(**fen: int) -> dict[BillId, BillEffect]:
    return {BillId(int(name[1:])): BillEffect(billed=Money(amount)) for name, amount in fen.items()}


def test_cells_add_up_bills_of_one_month_and_building() -> None:
    effects = {**received(b1=10, b2=20, b3=30), BillId(4): BillEffect(Money(5), Money(6), Money(7))}
    assert cell_changes(effects=effects, places=PLACES) == {
        (MAY, NORTH): BillEffect(received=Money(10)),
        (JUNE, NORTH): BillEffect(received=Money(50)),
        (JUNE, SOUTH): BillEffect(Money(5), Money(6), Money(7)),
    }


@pytest.mark.parametrize(
    ("effects", "owed", "changes"),
    [
        pytest.param(received(b2=60), {(ONE, JUNE): 100}, {}, id="a part payment settles nothing"),
        pytest.param(received(b2=100), {(ONE, JUNE): 100}, {(JUNE, NORTH): (0, 1)}, id="all paid settles the month"),
        pytest.param(received(b2=100), {(ONE, JUNE): 150}, {}, id="one of two bills paid settles nothing"),
        pytest.param(
            received(b2=100, b5=50), {(ONE, JUNE): 150}, {(JUNE, NORTH): (0, 1)}, id="two bills of a month count once"
        ),
        pytest.param(
            received(b2=1, b3=1), {(ONE, JUNE): 1, (TWO, JUNE): 1}, {(JUNE, NORTH): (0, 2)}, id="two units count twice"
        ),
        pytest.param(received(b2=-1), {(ONE, JUNE): 0}, {(JUNE, NORTH): (0, -1)}, id="a reversal reopens"),
        pytest.param(received(b2=-1), {(ONE, JUNE): 5}, {}, id="a reversal on an open month changes nothing"),
        pytest.param(billed(b2=9), {}, {(JUNE, NORTH): (1, 0)}, id="the first bill of a month"),
        pytest.param(billed(b2=9, b5=9), {}, {(JUNE, NORTH): (1, 0)}, id="two first bills count the unit once"),
        pytest.param(billed(b5=9), {(ONE, JUNE): 3}, {}, id="a second bill on an open month"),
        pytest.param(billed(b5=9), {(ONE, JUNE): 0}, {(JUNE, NORTH): (0, -1)}, id="a second bill on a settled month"),
    ],
)
def test_households_are_counted_once_a_month(
    effects: dict[BillId, BillEffect],
    owed: dict[tuple[UnitId, Month], int],
    changes: dict[tuple[Month, BuildingId], tuple[int, int]],
) -> None:
    before = {key: Money(fen) for key, fen in owed.items()}
    found = household_changes(effects=effects, places=PLACES, owed_before=before)
    assert found == {key: HouseholdChange(*counts) for key, counts in changes.items()}


def test_cash_is_counted_by_day_and_method_and_only_payments_count_as_payments() -> None:
    part = Part(BillId(1), ONE, "property", Money(60))
    paid = entry_for_payment(
        allocation=PaymentAllocation((part,), Money(40)), unit_id=ONE, method="cash", business_date=DAY
    )
    bill = entry_for_bills([BilledAmount(BillId(1), ONE, "property", Money(60))], business_date=DAY)
    applied = entry_for_credit_application(parts=(part,), unit_id=ONE, business_date=DAY)
    refund = entry_for_refund(amount=Money(5), unit_id=ONE, method="card", business_date=DAY)
    later = reversal_of(paid, business_date=date(2026, 7, 2))
    assert cash_changes([bill, paid, paid, applied, refund, later]) == {
        (DAY, "cash"): CashChange(Money(200), 2),
        (DAY, "card"): CashChange(Money(-5), 0),
        (date(2026, 7, 2), "cash"): CashChange(Money(-100), 0),
    }
    assert sum((effect.received for effect in bill_effects(later).values()), ZERO) == Money(-60)
