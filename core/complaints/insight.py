"""What many cases show: hot spots, causes, times and rates (domain.md §4.9, §13.2; R-098 to R-100, R-107, R-194)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from itertools import accumulate
from typing import Final, Generic, TypeVar

from core.complaints.states import PROCESS_MAP, CaseState, ProcessStep
from core.complaints.taxonomy import CaseCategory
from core.kernel.money import percent, round_half_up

HOT_FROM: Final = 3
"""From how many complaints in the window a cell is hot."""
HOT_DAYS: Final = 30
"""The window the counts are taken over: the last 30 days, today included."""
SATISFACTION_TARGET: Final = Decimal(90)
"""Percent of call-backs that should be satisfied (C-40)."""
RATE_PER_HOUSEHOLDS: Final = 100
FEE_SHARE_2024: Final = Decimal(45)
"""Percent of complaints about fees in the trade, for context only (domain.md §13.2)."""

E = TypeVar("E", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class HotSpot:
    """A cell of area × category. Equal counts share a rank, and the next rank is left out.

    ``share`` and ``cumulative`` are percent of all complaints counted, one decimal half up, from the exact counts.
    ``is_hot``: the count reaches the threshold.
    """

    area: str
    category: CaseCategory
    count: int
    rank: int
    share: Decimal | None
    cumulative: Decimal | None
    is_hot: bool


def hot_spots(*, counts: Mapping[tuple[str, CaseCategory], int], least: int = HOT_FROM) -> tuple[HotSpot, ...]:
    """Rank the cells of area × category by complaints, most first; empty cells are left out (R-098).

    Equal counts stand in the order of area and category, so that every view shows the same.
    """
    cells = sorted(
        ((area, category, count) for (area, category), count in counts.items() if count > 0),
        key=lambda cell: (-cell[2], cell[0], cell[1]),
    )
    only = [count for _, _, count in cells]
    return tuple(
        HotSpot(
            area,
            category,
            count,
            rank=only.index(count) + 1,
            share=percent(count, sum(only)),
            cumulative=percent(reached, sum(only)),
            is_hot=count >= least,
        )
        for (area, category, count), reached in zip(cells, accumulate(only), strict=True)
    )


@dataclass(frozen=True, slots=True)
class Slice(Generic[E]):
    """One member of a distribution: how many cases, and percent of all (``None`` when there are none)."""

    key: E
    count: int
    share: Decimal | None


def distribution(*, kind: type[E], counts: Mapping[E, int]) -> tuple[Slice[E], ...]:
    """Give every member of an enum with its count and share, in the order of the enum (R-100: the four root causes).

    Members without cases stand there with 0. A case counts once, so the shares add up to 100 % but for rounding (C-07).
    """
    total = sum(counts.values())
    return tuple(Slice(key, counts.get(key, 0), percent(counts.get(key, 0), total)) for key in kind)


@dataclass(frozen=True, slots=True)
class LimitFact:
    """When one limit of a case ran or runs out, and when the clock stopped (``None``: it still runs).

    A cancelled clock gives no fact.
    """

    due: datetime
    stopped_at: datetime | None


@dataclass(frozen=True, slots=True)
class InTime:
    """How limits were kept. ``waiting`` ones are not due yet and count neither way."""

    in_time: int
    late: int
    waiting: int

    @property
    def percent(self) -> Decimal | None:
        """In time ÷ due, one decimal half up; ``None`` when nothing was due."""
        return percent(self.in_time, self.in_time + self.late)


def in_time(*, facts: Iterable[LimitFact], now: datetime) -> InTime:
    """Count limits kept, missed and not due yet; at the due instant itself a limit still holds."""
    kept = late = waiting = 0
    for fact in facts:
        if (now if fact.stopped_at is None else fact.stopped_at) > fact.due:
            late += 1
        elif fact.stopped_at is None:
            waiting += 1
        else:
            kept += 1
    return InTime(kept, late, waiting)


def complaint_rate(*, complaints: int, households: int, months: int, per: int = RATE_PER_HOUSEHOLDS) -> Decimal | None:
    """Give complaints per ``per`` households and month, two decimals half up (R-107, C-39).

    ``None`` ("n/a") without households or months.
    """
    if households <= 0 or months <= 0:
        return None
    return Decimal(round_half_up(Fraction(complaints * per * 100, households * months))).scaleb(-2)


def volume_change(*, this: int, last: int) -> Decimal | None:
    """Give this period ÷ last period − 1 in percent, one decimal half up; ``None`` when there was nothing last time."""
    return percent(this - last, last)


def satisfied_share(*, satisfied: int, call_backs: int) -> Decimal | None:
    """Give satisfied call-backs ÷ call-backs in percent, one decimal half up; ``None`` without call-backs (C-40)."""
    return percent(satisfied, call_backs)


@dataclass(frozen=True, slots=True)
class Durations:
    """How long it took: ``p90`` is the shortest time that at least 90 % did not exceed; ``None`` without cases."""

    n: int
    mean: timedelta | None
    median: timedelta | None
    p90: timedelta | None


def durations(*, times: Iterable[timedelta]) -> Durations:
    """Sum up handling or response times; an even number of them has the mean of the middle two as its median."""
    rising = sorted(times)
    n = len(rising)
    if not n:
        return Durations(0, None, None, None)
    median = (rising[(n - 1) // 2] + rising[n // 2]) / 2
    return Durations(n, sum(rising, timedelta()) / n, median, rising[-(-9 * n // 10) - 1])


@dataclass(frozen=True, slots=True)
class Stay:
    """How long a case stayed in a state before it moved on."""

    state: CaseState
    spent: timedelta


@dataclass(frozen=True, slots=True)
class StepTime:
    """A step of the process map and how long it really took; ``over``: how many stays exceeded what is allowed."""

    step: ProcessStep
    n: int
    mean: timedelta | None
    over: int


def step_times(*, stays: Iterable[Stay], steps: tuple[ProcessStep, ...] = PROCESS_MAP) -> tuple[StepTime, ...]:
    """Compare the steps of the map with reality, in the order of the map (R-194); ended stays only."""
    spent: dict[CaseState, list[timedelta]] = {step.state: [] for step in steps}
    for stay in stays:
        spent.setdefault(stay.state, []).append(stay.spent)
    return tuple(_step_time(step, spent[step.state]) for step in steps)


def _step_time(step: ProcessStep, spent: list[timedelta]) -> StepTime:
    mean = sum(spent, timedelta()) / len(spent) if spent else None
    return StepTime(step, len(spent), mean, sum(one > step.allowed for one in spent))
