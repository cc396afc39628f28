"""What many requests show: mean times, rates in time, ratings (domain.md §5, §13.3; R-113, R-116, R-117)."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Final

from core.kernel.clocks import ClockKind
from core.kernel.identity import EstateId
from core.kernel.money import percent, round_half_up
from core.work_orders.kinds import WorkKind
from core.work_orders.limits import WorkLimitRow
from core.work_orders.outcome_steps import HIGHEST_RATING, LOWEST_RATING, WorkResult

_FIXED: Final = frozenset({WorkResult.DONE, WorkResult.MAKESHIFT})


def is_fixed(result: WorkResult) -> bool:
    """Say whether a result ends the trouble, for good or for now; what could not be done is not fixed."""
    return result in _FIXED


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkTimes:
    """When a request was submitted, answered and fixed (the newest time, if it was opened again); ``None``: not yet.

    ``fixed_at`` is filled only where ``is_fixed`` holds for the result. Cancelled requests are left out.
    """

    estate: EstateId
    kind: WorkKind
    registered_at: datetime
    answered_at: datetime | None = None
    fixed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class MeanTime:
    """A mean over ``n`` requests; ``None`` ("n/a") over none."""

    n: int
    mean: timedelta | None


def mean_time(times: Collection[timedelta]) -> MeanTime:
    """Average lengths of time."""
    n = len(times)
    return MeanTime(n, sum(times, timedelta()) / n if n else None)


def mttr(*, works: Iterable[WorkTimes]) -> MeanTime:
    """Give Σ (fixed − submitted) ÷ fixed requests, by the calendar, pauses included (R-116)."""
    return mean_time([work.fixed_at - work.registered_at for work in works if work.fixed_at is not None])


def mean_waiting(*, works: Iterable[WorkTimes]) -> MeanTime:
    """Give the mean time from submission to the answer, over answered requests."""
    return mean_time([work.answered_at - work.registered_at for work in works if work.answered_at is not None])


@dataclass(frozen=True, slots=True)
class MttrLine:
    """The MTTR of a kind; ``estate`` is ``None`` over all estates, ``kind`` is ``None`` over all kinds."""

    estate: EstateId | None
    kind: WorkKind | None
    time: MeanTime


def mttr_by_kind(*, works: Collection[WorkTimes], estate: EstateId | None = None) -> tuple[MttrLine, ...]:
    """Give the MTTR of every kind, and of all together in the last line; of one estate, or of all (R-116)."""
    chosen = [work for work in works if estate is None or work.estate == estate]
    lines = (MttrLine(estate, kind, mttr(works=[w for w in chosen if w.kind is kind])) for kind in WorkKind)
    return (*lines, MttrLine(estate, None, mttr(works=chosen)))


def mttr_by_estate(*, works: Collection[WorkTimes]) -> tuple[MttrLine, ...]:
    """Give the lines by kind of each estate that has requests, in the order of their numbers (R-116)."""
    estates = sorted({work.estate for work in works})
    return tuple(line for estate in estates for line in mttr_by_kind(works=works, estate=estate))


@dataclass(frozen=True, slots=True)
class WorkLimitFact:
    """When one limit of a clock ran or runs out, and when the clock stopped (``None``: it still runs).

    A cancelled clock gives no fact.
    """

    row: WorkLimitRow
    clock: ClockKind
    due: datetime
    stopped_at: datetime | None


@dataclass(frozen=True, slots=True)
class WorkInTime:
    """How limits of a row were kept by a clock. ``waiting`` ones are not due yet and count neither way."""

    row: WorkLimitRow
    clock: ClockKind
    in_time: int = 0
    late: int = 0
    waiting: int = 0

    @property
    def percent(self) -> Decimal | None:
        """In time ÷ due, one decimal half up; ``None`` when nothing was due."""
        return percent(self.in_time, self.in_time + self.late)


def work_in_time(*, facts: Collection[WorkLimitFact], now: datetime) -> tuple[WorkInTime, ...]:
    """Count limits kept, missed and not due yet, for each row of the table and each clock (R-113).

    At the due instant itself a limit still holds.
    """
    return tuple(
        _in_time(row, clock, [fact for fact in facts if (fact.row, fact.clock) == (row, clock)], now)
        for row in WorkLimitRow
        for clock in (ClockKind.RESPONSE, ClockKind.RESOLVED)
    )


def _in_time(row: WorkLimitRow, clock: ClockKind, facts: Collection[WorkLimitFact], now: datetime) -> WorkInTime:
    late = sum((fact.stopped_at or now) > fact.due for fact in facts)
    waiting = sum(fact.stopped_at is None and now <= fact.due for fact in facts)
    return WorkInTime(row, clock, len(facts) - late - waiting, late, waiting)


@dataclass(frozen=True, slots=True)
class RatingSummary:
    """Ratings of requests: how many, their mean (two decimals half up, ``None`` without any), and how many of each.

    ``counts`` are those of 1, 2, 3, 4 and 5. ``asked`` closed requests there were; the others gave none.
    """

    n: int
    mean: Decimal | None
    counts: tuple[int, ...]
    asked: int

    @property
    def rated_percent(self) -> Decimal | None:
        """Rated ÷ closed, one decimal half up; ``None`` when none was closed."""
        return percent(self.n, self.asked)


def rating_summary(*, ratings: Collection[int | None]) -> RatingSummary:
    """Sum up the ratings of closed requests; ``None`` is a closed request without one (R-117)."""
    given = [rating for rating in ratings if rating is not None]
    counts = tuple(given.count(mark) for mark in range(LOWEST_RATING, HIGHEST_RATING + 1))
    if sum(counts) < len(given):
        raise ValueError("a rating is 1 to 5")
    mean = Decimal(round_half_up(Fraction(sum(given) * 100, len(given)))).scaleb(-2) if given else None
    return RatingSummary(len(given), mean, counts, len(ratings))
