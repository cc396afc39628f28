"""What a step does to the clocks of a request: rows for the SLA kernel (R-112, R-113)."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from core.kernel.clocks import ClockKind


class WorkClockAction(StrEnum):
    """What happens to a clock. A start is always a new run; a cancelled run is neither in time nor late."""

    START = "start"
    STOP = "stop"
    CANCEL = "cancel"


@dataclass(frozen=True, slots=True)
class WorkClockSignal:
    """One row for the clocks of a request."""

    kind: ClockKind
    action: WorkClockAction
    at: datetime


def work_clock_signals(
    *,
    before: Collection[ClockKind],
    after: Collection[ClockKind],
    ended_at: Mapping[ClockKind, datetime],
    now: datetime,
) -> tuple[WorkClockSignal, ...]:
    """Give the rows that lead from the clocks that ran ``before`` to those that run ``after``, ends first.

    A clock that ends is stopped at its instant in ``ended_at``; one without is cancelled ``now``: what it waited for
    never came. Starts count from ``now``.
    """
    ends = (
        WorkClockSignal(kind, WorkClockAction.STOP, ended_at[kind])
        if kind in ended_at
        else WorkClockSignal(kind, WorkClockAction.CANCEL, now)
        for kind in ClockKind
        if kind in before and kind not in after
    )
    starts = (
        WorkClockSignal(kind, WorkClockAction.START, now) for kind in ClockKind if kind in after and kind not in before
    )
    return (*ends, *starts)
