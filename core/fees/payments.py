"""What a payment, its reversal and a refund must satisfy (R-024, R-025, R-027, R-028)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import ClassVar, Final

from core.kernel.errors import BusinessError
from core.kernel.identity import UserId
from core.kernel.money import ZERO, Money

DEFAULT_METHODS: Final = (
    "cash",
    "card",
    "bank_transfer",
    "wechat_pay",
    "alipay",
    "unionpay",
    "bank_counter",
    "agent_collection",
    "home_collection",
)
"""The methods a new company starts with (R-025); the list is data and may grow, so a method is plain text."""

LARGEST_PAYMENT: Final = Money.of(1_000_000)
LONGEST_NAME: Final = 60
LONGEST_NOTE: Final = 200
SHORTEST_REASON: Final = 4


class PayerMissing(BusinessError):
    """A payment names who paid."""

    code: ClassVar[str] = "fees.payment.payer_missing"


class PayerTooLong(BusinessError):
    """The payer's name fits its column."""

    code: ClassVar[str] = "fees.payment.payer_too_long"


class AmountNotPositive(BusinessError):
    """An amount is above zero."""

    code: ClassVar[str] = "fees.payment.amount_not_positive"


class AmountTooLarge(BusinessError):
    """An amount stays within the limit for one payment."""

    code: ClassVar[str] = "fees.payment.amount_too_large"


class DayInFuture(BusinessError):
    """Money is recorded on the day it came or later, never before."""

    code: ClassVar[str] = "fees.payment.day_in_future"


class DayClosed(BusinessError):
    """The books of that day are closed."""

    code: ClassVar[str] = "fees.payment.day_closed"


class MethodUnknown(BusinessError):
    """The method is one of those in use."""

    code: ClassVar[str] = "fees.payment.method_unknown"


class NoteTooLong(BusinessError):
    """A note or reason fits its column."""

    code: ClassVar[str] = "fees.note_too_long"


class ReasonTooShort(BusinessError):
    """A reversal or refund says why, in at least four characters."""

    code: ClassVar[str] = "fees.reason_too_short"


class AlreadyReversed(BusinessError):
    """An entry is reversed once at most."""

    code: ClassVar[str] = "fees.reversal.already_reversed"


class ReversalOfReversal(BusinessError):
    """A reversal stands; what it undid is entered again."""

    code: ClassVar[str] = "fees.reversal.of_reversal"


class CreditAlreadyUsed(BusinessError):
    """The credit that came from the payment has been applied or refunded since."""

    code: ClassVar[str] = "fees.reversal.credit_used"


class BillsSettledSince(BusinessError):
    """Bills are taken back only while nothing was paid or relieved on them."""

    code: ClassVar[str] = "fees.reversal.bills_settled"


class OwnRequest(BusinessError):
    """Nobody approves his or her own request."""

    code: ClassVar[str] = "fees.own_request"


class RefundAboveCredit(BusinessError):
    """A refund never exceeds the credit at hand."""

    code: ClassVar[str] = "fees.refund.above_credit"


def check_amount(amount: Money, *, largest: Money = LARGEST_PAYMENT) -> None:
    """Raise a refusal unless the amount lies above zero and not above ``largest`` (inclusive)."""
    if amount <= ZERO:
        raise AmountNotPositive(amount=str(amount.yuan))
    if amount > largest:
        raise AmountTooLarge(amount=str(amount.yuan), largest=str(largest.yuan))


def check_payment(
    *,
    payer_name: str,
    amount: Money,
    business_date: date,
    today: date,
    method: str,
    methods: Collection[str] = DEFAULT_METHODS,
    note: str = "",
    open_from: date | None = None,
    largest: Money = LARGEST_PAYMENT,
) -> None:
    """Raise a refusal for the first thing wrong with a payment (R-024).

    ``methods`` are those in use. ``open_from`` is the first day whose books are still open (``None``: all are).
    """
    if not payer_name.strip():
        raise PayerMissing
    if len(payer_name.strip()) > LONGEST_NAME:
        raise PayerTooLong(longest=LONGEST_NAME)
    check_amount(amount, largest=largest)
    check_day(business_date, today=today, open_from=open_from)
    if method not in methods:
        raise MethodUnknown(method=method)
    check_note(note)


def check_day(day: date, *, today: date, open_from: date | None = None) -> None:
    """Raise a refusal unless the day is today or earlier, and its books are open."""
    if day > today:
        raise DayInFuture(day=day, today=today)
    if open_from is not None and day < open_from:
        raise DayClosed(day=day, open_from=open_from)


def check_note(note: str) -> None:
    """Raise ``NoteTooLong`` when a note would not fit."""
    if len(note.strip()) > LONGEST_NOTE:
        raise NoteTooLong(longest=LONGEST_NOTE)


def check_reason(reason: str) -> None:
    """Raise a refusal unless the reason says something and fits; spaces around it do not count."""
    if len(reason.strip()) < SHORTEST_REASON:
        raise ReasonTooShort(shortest=SHORTEST_REASON)
    check_note(reason)


def check_second_person(*, requested_by: UserId, approved_by: UserId) -> None:
    """Raise ``OwnRequest`` when one person would do both."""
    if requested_by == approved_by:
        raise OwnRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class ReversalFacts:
    """What the books say of the entry to reverse, read inside the transaction that posts.

    ``credit_made`` is the credit the entry gave the unit, ``credit_now`` what the unit has left of all its credit.
    ``settled`` is, for an entry that made bills, what was received or relieved on those bills since.
    """

    is_reversed: bool
    is_reversal: bool
    credit_made: Money
    credit_now: Money
    settled: Money = ZERO


def check_reversal(facts: ReversalFacts, *, reason: str) -> None:
    """Raise a refusal unless the entry may be reversed (R-028); holds for the request and again for the approval."""
    check_reason(reason)
    if facts.is_reversal:
        raise ReversalOfReversal
    if facts.is_reversed:
        raise AlreadyReversed
    if facts.credit_made > facts.credit_now:
        raise CreditAlreadyUsed(made=str(facts.credit_made.yuan), left=str(facts.credit_now.yuan))
    if facts.settled:
        raise BillsSettledSince(settled=str(facts.settled.yuan))


def check_refund(*, amount: Money, credit: Money, reason: str) -> None:
    """Raise a refusal unless the amount may be paid back out of the unit's credit (R-027).

    ``credit`` is the credit now, less what other waiting requests would take; both steps, request and approval, ask.
    """
    check_reason(reason)
    check_amount(amount)
    if amount > credit:
        raise RefundAboveCredit(amount=str(amount.yuan), credit=str(credit.yuan))
