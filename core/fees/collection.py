"""How well fees come in: three collection rates, the movement of a month, ageing and overdue (R-045 to R-051).

Everything starts from cells: the sums of all movements of bills with one service month that were posted in one
month. Credit that is applied counts as received in the month of its application, not when the money came.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import ClassVar, Final

from core.fees.ledger import BalanceLine, balance_statement
from core.kernel.errors import BusinessError
from core.kernel.money import ZERO, Money, percent, total
from core.kernel.periods import Month

AGEING_STEPS: Final = (15, 30, 60)
"""Last days of the ageing buckets 1–15, 16–30 and 31–60; what is older stands in 61+ (R-048, R-058)."""


@dataclass(frozen=True, slots=True)
class Cell:
    """Movements on the bills of one service month, posted in one month. Reversals count negative."""

    service_month: Month
    posting_month: Month
    billed: Money = ZERO
    received: Money = ZERO
    relief: Money = ZERO

    @property
    def due(self) -> Money:
        """What was billed and not relieved."""
        return self.billed - self.relief


@dataclass(frozen=True, slots=True)
class Rate:
    """Received ÷ due. Both figures stay with the rate, so that it can be opened and added up (R-051)."""

    received: Money
    due: Money

    @property
    def percent(self) -> Decimal | None:
        """The rate to one decimal, half up; ``None`` ("n/a") when nothing was due (R-045)."""
        return percent(self.received.fen, self.due.fen) if self.due > ZERO else None

    def __add__(self, other: "Rate") -> "Rate":
        return Rate(self.received + other.received, self.due + other.due)


@dataclass(frozen=True, slots=True)
class CollectionRates:
    """The three rates of one month; the combined rate joins the other two, figure by figure."""

    month: Month
    current: Rate
    prior: Rate

    @property
    def combined(self) -> Rate:
        """All that could be collected in the month, this month's fees and earlier ones together."""
        return self.current + self.prior

    @property
    def current_rate(self) -> Decimal | None:
        """The current rate in percent (当期收缴率)."""
        return self.current.percent

    @property
    def prior_rate(self) -> Decimal | None:
        """The prior-arrears rate in percent (往欠清缴率)."""
        return self.prior.percent

    @property
    def combined_rate(self) -> Decimal | None:
        """The combined rate in percent (综合收缴率)."""
        return self.combined.percent


def rates(*, cells: Iterable[Cell], month: Month) -> CollectionRates:
    """Give the three rates of a month as they stood at its end; what was posted later does not count.

    - *Current*: of the bills for the month itself, what was received up to the month's end ÷ what was billed less
      relief up to then. Bills posted early, and money that came for them early, are in; bills posted after the
      month's end are not, so they never enter its current rate but count as prior from the month of their posting.
    - *Prior*: what was received in the month for earlier service months ÷ the arrears of those service months at the
      month's start, plus what was billed for them in the month, less the relief granted in the month. A receipt
      reversed in the month lowers what was received.
    - *Combined*: the sum of both numerators ÷ the sum of both denominators.

    Money for later service months counts in none of the three; it counts when their month comes.
    """
    known = tuple(cell for cell in cells if cell.posting_month <= month)
    earlier = tuple(cell for cell in known if cell.service_month < month)
    this_month = tuple(cell for cell in earlier if cell.posting_month == month)
    opening = _open_amount(cell for cell in earlier if cell.posting_month < month)
    prior = Rate(total(cell.received for cell in this_month), opening + total(cell.due for cell in this_month))
    return CollectionRates(month, _rate_of(cell for cell in known if cell.service_month == month), prior)


def _rate_of(cells: Iterable[Cell]) -> Rate:
    taken = tuple(cells)
    return Rate(total(cell.received for cell in taken), total(cell.due for cell in taken))


def _open_amount(cells: Iterable[Cell]) -> Money:
    return total(cell.due - cell.received for cell in cells)


def movement(*, cells: Iterable[Cell], month: Month, last: Month | None = None) -> BalanceLine:
    """Give opening + billed − received − relief = closing by posting month, for all service months together.

    ``last`` (inclusive) makes one statement of several months, for instance a quarter (C-09).
    """
    known = tuple(cells)
    within = tuple(cell for cell in known if month <= cell.posting_month <= (last or month))
    return balance_statement(
        opening=_open_amount(cell for cell in known if cell.posting_month < month),
        billed=total(cell.billed for cell in within),
        received=total(cell.received for cell in within),
        relief=total(cell.relief for cell in within),
    )


@dataclass(frozen=True, slots=True)
class HouseholdRate:
    """Households that owe nothing of what they were billed ÷ households billed (R-046, C-11)."""

    settled: int
    billed: int

    @property
    def in_arrears(self) -> int:
        """Households that still owe something."""
        return self.billed - self.settled

    @property
    def percent(self) -> Decimal | None:
        """The rate to one decimal, half up; ``None`` ("n/a") when no household was billed."""
        return percent(self.settled, self.billed)


class AgeingStepsWrong(BusinessError):
    """The steps of the ageing table are whole days above zero, each larger than the one before."""

    code: ClassVar[str] = "fees.ageing.steps"


@dataclass(frozen=True, slots=True)
class DueAmount:
    """Bills with one due date: what they came to after relief, what is still open of it, and how many are open."""

    due_date: date
    due: Money
    outstanding: Money
    bills: int = 1


@dataclass(frozen=True, slots=True)
class Bucket:
    """Open amounts overdue by ``first`` to ``last`` days (both inclusive; ``None`` is open-ended).

    The first bucket is what is not yet due: no ``first``, ``last`` 0.
    """

    first: int | None
    last: int | None
    amount: Money
    bills: int


def days_overdue(*, due_date: date, today: date) -> int:
    """Count the days since the due date: the day after it is day 1; 0 up to and on the due date."""
    return max((today - due_date).days, 0)


def ageing(
    *, open_bills: Iterable[DueAmount], today: date, steps: tuple[int, ...] = AGEING_STEPS
) -> tuple[Bucket, ...]:
    """Sort open amounts by days overdue; the buckets sum to the whole (R-048).

    ``steps`` are the last days of the buckets. Raises ``AgeingStepsWrong`` unless they rise from above zero.
    """
    lasts = (0, *steps)
    if any(later <= earlier for earlier, later in zip(lasts, steps, strict=False)):
        raise AgeingStepsWrong(steps=", ".join(map(str, steps)))
    fen, counts = [0] * (len(lasts) + 1), [0] * (len(lasts) + 1)
    for bill in open_bills:
        days = days_overdue(due_date=bill.due_date, today=today)
        place = sum(1 for last in lasts if days > last)
        fen[place] += bill.outstanding.fen
        counts[place] += bill.bills
    edges = zip((None, *(last + 1 for last in lasts)), (*lasts, None), fen, counts, strict=True)
    return tuple(Bucket(first, last, Money(amount), bills) for first, last, amount, bills in edges)


@dataclass(frozen=True, slots=True)
class Overdue:
    """What is past its due date and unpaid, beside all that had fallen due by then (R-047)."""

    amount: Money
    due: Money
    bills: int

    @property
    def percent(self) -> Decimal | None:
        """The overdue rate to one decimal; ``None`` when nothing had fallen due. Not 100 − collection rate (C-12)."""
        return percent(self.amount.fen, self.due.fen) if self.due > ZERO else None


def overdue(*, bills: Iterable[DueAmount], today: date) -> Overdue:
    """Add up all bills, paid ones too, whose due date lies before ``today``; on the due date none is overdue."""
    past = tuple(bill for bill in bills if bill.due_date < today)
    open_ones = tuple(bill for bill in past if bill.outstanding > ZERO)
    return Overdue(
        amount=total(bill.outstanding for bill in open_ones),
        due=total(bill.due for bill in past),
        bills=sum(bill.bills for bill in open_ones),
    )
