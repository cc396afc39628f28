"""What a payment, a reversal and a refund must satisfy, and the words each refusal hangs on (R-024 to R-028)."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from core.fees.payments import (
    DEFAULT_METHODS,
    ReversalFacts,
    check_payment,
    check_refund,
    check_reversal,
    check_second_person,
)
from core.kernel.errors import BusinessError
from core.kernel.identity import UserId
from core.kernel.money import ZERO, Money

GOOD: dict[str, Any] = {
    "payer_name": "王芳",
    "amount": Money.of("235.00"),
    "business_date": date(2026, 7, 1),
    "today": date(2026, 7, 1),
    "method": "cash",
}


@pytest.mark.parametrize(
    "change",
    [
        {},
        *({"method": method} for method in DEFAULT_METHODS),
        {"amount": Money(1)},
        {"amount": Money.of(1_000_000)},
        {"business_date": date(2026, 6, 30)},
        {"business_date": date(2026, 6, 1), "open_from": date(2026, 6, 1)},
        {"payer_name": "王" * 60},
        {"note": "n" * 200},
        {"method": "digital_yuan", "methods": ("digital_yuan",)},
    ],
)
def test_a_complete_payment_is_accepted(change: dict[str, Any]) -> None:
    check_payment(**GOOD | change)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"payer_name": ""}, "fees.payment.payer_missing"),
        ({"payer_name": " \u3000"}, "fees.payment.payer_missing"),
        ({"payer_name": "王" * 61}, "fees.payment.payer_too_long"),
        ({"amount": ZERO}, "fees.payment.amount_not_positive"),
        ({"amount": Money(-1)}, "fees.payment.amount_not_positive"),
        ({"amount": Money(100_000_001)}, "fees.payment.amount_too_large"),
        ({"amount": Money(101), "largest": Money(100)}, "fees.payment.amount_too_large"),
        ({"business_date": date(2026, 7, 2)}, "fees.payment.day_in_future"),
        ({"business_date": date(2026, 5, 31), "open_from": date(2026, 6, 1)}, "fees.payment.day_closed"),
        ({"method": "gold"}, "fees.payment.method_unknown"),
        ({"method": ""}, "fees.payment.method_unknown"),
        ({"note": "n" * 201}, "fees.note_too_long"),
    ],
)
def test_an_incomplete_or_impossible_payment_is_refused(change: dict[str, Any], code: str) -> None:
    with pytest.raises(BusinessError) as refused:
        check_payment(**GOOD | change)
    assert refused.value.code == code


UNTOUCHED = ReversalFacts(is_reversed=False, is_reversal=False, credit_made=Money(100), credit_now=Money(100))


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        (UNTOUCHED, None),
        (replace(UNTOUCHED, credit_now=Money(300)), None),
        (replace(UNTOUCHED, credit_made=ZERO, credit_now=ZERO), None),
        (replace(UNTOUCHED, credit_now=Money(99)), "fees.reversal.credit_used"),
        (replace(UNTOUCHED, is_reversed=True), "fees.reversal.already_reversed"),
        (replace(UNTOUCHED, is_reversal=True), "fees.reversal.of_reversal"),
        (replace(UNTOUCHED, settled=Money(1)), "fees.reversal.bills_settled"),
    ],
)
def test_an_entry_is_reversed_once_and_only_while_nothing_rests_on_it(facts: ReversalFacts, code: str | None) -> None:
    if code is None:
        check_reversal(facts, reason="入账错误")
    else:
        with pytest.raises(BusinessError) as refused:
            check_reversal(facts, reason="入账错误")
        assert refused.value.code == code


@pytest.mark.parametrize(
    ("reason", "code"),
    [
        ("", "fees.reason_too_short"),
        ("错 ", "fees.reason_too_short"),
        ("  abc  ", "fees.reason_too_short"),
        ("r" * 201, "fees.note_too_long"),
    ],
)
def test_a_reversal_and_a_refund_need_a_reason_that_says_something(reason: str, code: str) -> None:
    with pytest.raises(BusinessError) as refused:
        check_reversal(UNTOUCHED, reason=reason)
    assert refused.value.code == code
    with pytest.raises(BusinessError) as refused:
        check_refund(amount=Money(1), credit=Money(1), reason=reason)
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("amount", "code"),
    [
        (0, "fees.payment.amount_not_positive"),
        (1, None),
        (5000, None),
        (5001, "fees.refund.above_credit"),
        (100_000_001, "fees.payment.amount_too_large"),
    ],
)
def test_a_refund_stays_within_the_credit(amount: int, code: str | None) -> None:
    if code is None:
        check_refund(amount=Money(amount), credit=Money(5000), reason="moving out")
    else:
        with pytest.raises(BusinessError) as refused:
            check_refund(amount=Money(amount), credit=Money(5000), reason="moving out")
        assert refused.value.code == code


def test_one_person_never_asks_and_approves() -> None:
    check_second_person(requested_by=UserId(1), approved_by=UserId(2))
    with pytest.raises(BusinessError) as refused:
        check_second_person(requested_by=UserId(1), approved_by=UserId(1))
    assert refused.value.code == "fees.own_request"
