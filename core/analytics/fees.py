"""Fee figures over time, between estates and by payment method (R-047, R-049, R-050, R-052)."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Final, TypeVar

from core.fees.collection import Cell, CollectionRates, Overdue, Rate, rates
from core.kernel.identity import EstateId
from core.kernel.money import ZERO, Money, percent, total
from core.kernel.periods import Month, months_between

BENCHMARK: Final = Decimal("78.3")
"""National mean 2024 in percent (C-10); a default for an editable setting."""
AMBITION: Final = Decimal(90)
"""Good-practice line in percent (C-13); a default for an editable setting."""
TREND_MONTHS: Final = 12

Key = TypeVar("Key")


def collection_trend(*, cells: Iterable[Cell], last: Month, months: int = TREND_MONTHS) -> tuple[CollectionRates, ...]:
    """Give the three rates of each month up to ``last`` (inclusive), oldest first, each as at its own end (R-050).

    A shorter trend than twelve months raises ``ValueError``.
    """
    if months < TREND_MONTHS:
        raise ValueError(f"a trend shows at least {TREND_MONTHS} months")
    known = tuple(cells)
    return tuple(rates(cells=known, month=month) for month in months_between(last.shift(1 - months), last))


def rates_by(*, cells: Iterable[tuple[Key, Cell]], month: Month) -> dict[Key, CollectionRates]:
    """Give the rates of a month for each key (estate, building, fee item), in the order the keys first appear."""
    grouped: defaultdict[Key, list[Cell]] = defaultdict(list)
    for key, cell in cells:
        grouped[key].append(cell)
    return {key: rates(cells=own, month=month) for key, own in grouped.items()}


class RateKind(StrEnum):
    """Which of the three rates is meant."""

    CURRENT = "current"
    PRIOR = "prior"
    COMBINED = "combined"


class Standing(StrEnum):
    """Where a rate lies between the benchmark and the ambition line; on a line counts as having reached it."""

    BELOW_BENCHMARK = "below_benchmark"
    ABOVE_BENCHMARK = "above_benchmark"
    AT_AMBITION = "at_ambition"
    NOT_AVAILABLE = "not_available"


@dataclass(frozen=True, slots=True)
class EstateComparison:
    """One estate against the lines; the gaps are percentage points, above zero when the estate is above the line."""

    estate_id: EstateId
    rates: CollectionRates
    compared: Rate
    to_benchmark: Decimal | None
    to_ambition: Decimal | None
    standing: Standing


@dataclass(frozen=True, slots=True)
class Comparison:
    """The estates, best first, those without a rate last; ``overall`` adds their figures up."""

    estates: tuple[EstateComparison, ...]
    overall: Rate


def compare_estates(
    *,
    cells: Iterable[tuple[EstateId, Cell]],
    month: Month,
    kind: RateKind = RateKind.CURRENT,
    benchmark: Decimal = BENCHMARK,
    ambition: Decimal = AMBITION,
) -> Comparison:
    """Compare estates by one of the three rates with the benchmark lines (R-049).

    The overall rate comes from the sums, so that large estates weigh more; it is not a mean of rates.
    """
    found = [
        _compared(estate_id, of_estate, kind, benchmark, ambition)
        for estate_id, of_estate in rates_by(cells=cells, month=month).items()
    ]
    found.sort(key=_best_first)
    return Comparison(tuple(found), sum((each.compared for each in found), Rate(ZERO, ZERO)))


def _compared(
    estate_id: EstateId, of_estate: CollectionRates, kind: RateKind, benchmark: Decimal, ambition: Decimal
) -> EstateComparison:
    rate = {RateKind.CURRENT: of_estate.current, RateKind.PRIOR: of_estate.prior}.get(kind, of_estate.combined)
    value = rate.percent
    if value is None:
        return EstateComparison(estate_id, of_estate, rate, None, None, Standing.NOT_AVAILABLE)
    if value >= ambition:
        standing = Standing.AT_AMBITION
    else:
        standing = Standing.ABOVE_BENCHMARK if value >= benchmark else Standing.BELOW_BENCHMARK
    return EstateComparison(estate_id, of_estate, rate, value - benchmark, value - ambition, standing)


def _best_first(each: EstateComparison) -> tuple[bool, Decimal, EstateId]:
    value = each.compared.percent
    return (value is None, -(value or Decimal(0)), each.estate_id)


@dataclass(frozen=True, slots=True)
class MethodAmount:
    """What came in by one method in one month, and by how many payments; refunds and reversals count negative."""

    month: Month
    method: str
    amount: Money
    payments: int


@dataclass(frozen=True, slots=True)
class MethodShare:
    """One method's part of a month's receipts; the share is ``None`` when the month has no receipts on balance."""

    method: str
    amount: Money
    payments: int
    percent: Decimal | None


@dataclass(frozen=True, slots=True)
class MonthMix:
    """The receipts of one month by method, largest first; the parts sum to ``amount``."""

    month: Month
    amount: Money
    shares: tuple[MethodShare, ...]


def payment_mix(*, rows: Iterable[MethodAmount], first: Month, last: Month) -> tuple[MonthMix, ...]:
    """Give the payment mix of each month from ``first`` to ``last`` (both inclusive), empty months too (R-052)."""
    by_month: dict[Month, dict[str, MethodAmount]] = {month: {} for month in months_between(first, last)}
    for row in rows:
        if row.month in by_month:
            before = by_month[row.month].get(row.method, MethodAmount(row.month, row.method, ZERO, 0))
            joined = MethodAmount(row.month, row.method, before.amount + row.amount, before.payments + row.payments)
            by_month[row.month][row.method] = joined
    return tuple(_mix(month, tuple(methods.values())) for month, methods in by_month.items())


def _mix(month: Month, rows: tuple[MethodAmount, ...]) -> MonthMix:
    whole = total(row.amount for row in rows)
    shares = (
        MethodShare(row.method, row.amount, row.payments, percent(row.amount.fen, whole.fen) if whole > ZERO else None)
        for row in rows
    )
    return MonthMix(month, whole, tuple(sorted(shares, key=lambda share: (-share.amount.fen, share.method))))


@dataclass(frozen=True, slots=True)
class OverdueChange:
    """The overdue figures now against an earlier day; ``points`` is ``None`` where a rate is missing (R-047)."""

    now: Overdue
    before: Overdue
    amount: Money
    points: Decimal | None


def overdue_change(*, now: Overdue, before: Overdue) -> OverdueChange:
    """Give the change of overdue amount and rate since an earlier day; above zero is worse."""
    rate_now, rate_before = now.percent, before.percent
    points = None if rate_now is None or rate_before is None else rate_now - rate_before
    return OverdueChange(now, before, now.amount - before.amount, points)
