"""A payment settles the oldest bills first and loses no fen (R-026, R-027)."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.fees.allocation import OpenBill, Part, PaymentAllocation, allocate_credit, allocate_oldest_first
from core.kernel.errors import BusinessError
from core.kernel.identity import BillId
from core.kernel.money import ZERO, Money
from core.kernel.periods import Month
from tests.core.fees.builders import an_open_bill

MAY = an_open_bill(5, "100.00", month=Month(2026, 5), due=date(2026, 6, 15))
JUNE = an_open_bill(6, "100.00")
JULY = an_open_bill(7, "100.00", month=Month(2026, 7), due=date(2026, 8, 15))


def parts_of(allocation: PaymentAllocation) -> list[tuple[int, str]]:
    return [(part.bill_id, str(part.amount.yuan)) for part in allocation.parts]


@pytest.mark.parametrize(
    ("amount", "parts", "excess"),
    [
        ("0.01", [(5, "0.01")], "0.00"),
        ("99.99", [(5, "99.99")], "0.00"),
        ("100.00", [(5, "100.00")], "0.00"),
        ("100.01", [(5, "100.00"), (6, "0.01")], "0.00"),
        ("250.00", [(5, "100.00"), (6, "100.00"), (7, "50.00")], "0.00"),
        ("300.00", [(5, "100.00"), (6, "100.00"), (7, "100.00")], "0.00"),
        ("300.01", [(5, "100.00"), (6, "100.00"), (7, "100.00")], "0.01"),
    ],
)
def test_the_oldest_bill_is_paid_first_and_the_excess_becomes_credit(
    amount: str, parts: list[tuple[int, str]], excess: str
) -> None:
    allocation = allocate_oldest_first(amount=Money.of(amount), bills=[JULY, MAY, JUNE])
    assert parts_of(allocation) == parts
    assert allocation.excess == Money.of(excess)


def test_a_part_carries_what_its_ledger_line_needs() -> None:
    assert allocate_oldest_first(amount=Money(100), bills=[JUNE]) == PaymentAllocation(
        parts=(Part(BillId(6), JUNE.unit_id, "property", Money(100)),), excess=ZERO
    )


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        (replace(JUNE, due_date=date(2026, 7, 14), bill_id=BillId(9), item="z", service_month=Month(2026, 7)), JUNE),
        (replace(JUNE, service_month=Month(2026, 5), bill_id=BillId(9), item="z"), JUNE),
        (replace(JUNE, item="lift", bill_id=BillId(9)), JUNE),
        (JUNE, replace(JUNE, bill_id=BillId(9))),
    ],
)
def test_age_is_due_date_then_service_month_then_item_then_number(earlier: OpenBill, later: OpenBill) -> None:
    for bills in ([earlier, later], [later, earlier]):
        assert parts_of(allocate_oldest_first(amount=Money(1), bills=bills)) == [(earlier.bill_id, "0.01")]


@pytest.mark.parametrize(
    ("chosen", "order"),
    [((), [5, 6, 7]), ((7,), [7, 5, 6]), ((7, 6), [6, 7, 5]), ((5, 5), [5, 6, 7])],
)
def test_chosen_bills_come_first_and_the_rest_follows_by_age(chosen: tuple[int, ...], order: list[int]) -> None:
    allocation = allocate_oldest_first(
        amount=Money.of(300), bills=[MAY, JUNE, JULY], chosen=[BillId(bill) for bill in chosen]
    )
    assert [part.bill_id for part in allocation.parts] == order


@pytest.mark.parametrize("chosen", [99, 8])
def test_a_chosen_bill_that_is_settled_or_unknown_is_refused(chosen: int) -> None:
    settled = replace(JUNE, bill_id=BillId(8), outstanding=ZERO)
    with pytest.raises(BusinessError) as refused:
        allocate_oldest_first(amount=Money.of(1), bills=[MAY, settled], chosen=[BillId(chosen), MAY.bill_id])
    assert (refused.value.code, refused.value.fields) == ("fees.payment.bill_not_open", {"bill": chosen})


def test_without_open_bills_everything_is_credit() -> None:
    assert allocate_oldest_first(amount=Money(7), bills=[replace(MAY, outstanding=ZERO)]) == PaymentAllocation(
        (), Money(7)
    )


@pytest.mark.parametrize(
    ("fen", "code"),
    [
        (0, "fees.payment.amount_not_positive"),
        (-1, "fees.payment.amount_not_positive"),
        (100_000_001, "fees.payment.amount_too_large"),
    ],
)
def test_an_amount_out_of_range_is_refused(fen: int, code: str) -> None:
    with pytest.raises(BusinessError) as refused:
        allocate_oldest_first(amount=Money(fen), bills=[MAY])
    assert refused.value.code == code


def test_the_largest_payment_is_still_accepted() -> None:
    assert allocate_oldest_first(amount=Money.of(1_000_000), bills=[MAY]).excess == Money.of(999_900)


def test_credit_settles_bills_in_the_same_order_without_an_upper_limit() -> None:
    allocation = allocate_credit(credit=Money.of(2_000_000), bills=[JUNE, MAY])
    assert parts_of(allocation) == [(5, "100.00"), (6, "100.00")]
    assert allocation.excess == Money.of(1_999_800)
    with pytest.raises(BusinessError) as refused:
        allocate_credit(credit=ZERO, bills=[MAY])
    assert refused.value.code == "fees.payment.amount_not_positive"


BILLS = st.lists(
    st.builds(
        lambda number, fen, day, item: replace(
            an_open_bill(number, "0", item=item, due=date(2026, 7, day)), outstanding=Money(fen)
        ),
        st.integers(1, 1000),
        st.integers(0, 50_000),
        st.integers(1, 31),
        st.sampled_from(["property", "lift", "parking"]),
    ),
    max_size=12,
    unique_by=lambda bill: bill.bill_id,
)


@given(st.integers(1, 400_000), BILLS, st.data())
def test_parts_and_excess_sum_to_the_amount_and_no_bill_is_overpaid(
    fen: int, bills: list[OpenBill], data: st.DataObject
) -> None:
    open_ids = [bill.bill_id for bill in bills if bill.outstanding]
    chosen = data.draw(st.lists(st.sampled_from(open_ids), unique=True)) if open_ids else []
    allocation = allocate_oldest_first(amount=Money(fen), bills=bills, chosen=chosen)
    assert allocation.allocated + allocation.excess == Money(fen)
    owed = {bill.bill_id: bill.outstanding for bill in bills}
    paid = {part.bill_id: part.amount for part in allocation.parts}
    assert len(paid) == len(allocation.parts)
    assert all(ZERO < amount <= owed[bill] for bill, amount in paid.items())
    assert all(paid[part.bill_id] == owed[part.bill_id] for part in allocation.parts[:-1])
    if allocation.excess:
        assert paid == {bill: amount for bill, amount in owed.items() if amount}
