"""What a step does to the clocks of a request: rows for the SLA kernel (R-112, R-113)."""

from collections.abc import Collection, Mapping
from datetime import datetime

from core.kernel.clocks import ClockKind
from core.kernel.signals import ClockAction, ClockSignal


def work_clock_signals(
    *,
    before: Collection[ClockKind],
    after: Collection[ClockKind],
    ended_at: Mapping[ClockKind, datetime],
    now: datetime,
) -> tuple[ClockSignal, ...]:
    """Give the rows that lead from the clocks that ran ``before`` to those that run ``after``, ends first.

    A clock that ends is stopped at its instant in ``ended_at``; one without is cancelled ``now``: what it waited for
    never came. Starts count from ``now``.
    """
    ends = (
        ClockSignal(kind, ClockAction.STOP, ended_at[kind])
        if kind in ended_at
        else ClockSignal(kind, ClockAction.CANCEL, now)
        for kind in ClockKind
        if kind in before and kind not in after
    )
    starts = (ClockSignal(kind, ClockAction.START, now) for kind in ClockKind if kind in after and kind not in before)
    return (*ends, *starts)
