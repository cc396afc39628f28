"""How much time the clocks of a service request have (R-113, R-114; C-04), and when it is past it (R-115)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, Final

from core.kernel.clocks import ClockKind, Levels
from core.kernel.errors import BusinessError
from core.kernel.limit_texts import NamedLevels
from core.kernel.limits import NO_LIMITS, clock_hours, is_reversed, stands_still
from core.kernel.sla import ClockLevel, ClockState
from core.work_orders.kinds import PublicSystem, WorkKind


class WorkLimitRow(StrEnum):
    """The rows of the table of limits."""

    FAILURE = "failure"
    """Failure of a public system."""
    REPAIR = "repair"
    OTHER = "other"
    """Everything else: cleaning, greening, other."""


class WorkLimitsReversed(BusinessError):
    """A target may not run out after its hard limit. Field: ``clock`` (a ``ClockKind``)."""

    code: ClassVar[str] = "requests.limits_reversed"


class FailureLimitSleeps(BusinessError):
    """The limits of a failure run round the clock. Field: ``clock`` (a ``ClockKind``)."""

    code: ClassVar[str] = "requests.failure_hours"


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkLimits:
    """How much time each clock of a request has. ``finish`` is the limit of the kernel's clock *resolved*."""

    response: Levels
    finish: Levels

    def levels_of(self, kind: ClockKind) -> Levels:
        """Give the limits of one clock; nothing for the clocks that requests do not have."""
        table = {ClockKind.RESPONSE: self.response, ClockKind.RESOLVED: self.finish}
        return table.get(kind, NO_LIMITS)


def work_limits_of(named: NamedLevels) -> WorkLimits:
    """Give the limits of a setting by their names ``response`` and ``finish``; one not named has none."""
    return WorkLimits(**{"response": NO_LIMITS, "finish": NO_LIMITS, **dict(named)})


_TWO_HOURS: Final = Levels(target=clock_hours(2), hard=clock_hours(2))

DEFAULT_LIMITS: Final[Mapping[WorkLimitRow, WorkLimits]] = {
    WorkLimitRow.FAILURE: WorkLimits(response=_TWO_HOURS, finish=_TWO_HOURS),
    WorkLimitRow.REPAIR: WorkLimits(
        response=Levels(target=clock_hours(4), hard=clock_hours(24)),
        finish=Levels(target=clock_hours(24), hard=clock_hours(48)),
    ),
    WorkLimitRow.OTHER: WorkLimits(
        response=Levels(target=clock_hours(24)),
        finish=Levels(target=clock_hours(48)),
    ),
}
"""The table of C-04. The two hours of a failure are both target and hard limit: missing them is red at once."""


def work_limit_row(*, kind: WorkKind, failure: PublicSystem | None) -> WorkLimitRow:
    """Name the row of the table a request falls under."""
    if failure is not None:
        return WorkLimitRow.FAILURE
    return WorkLimitRow.REPAIR if kind is WorkKind.REPAIR else WorkLimitRow.OTHER


def work_limits_for(
    *, kind: WorkKind, failure: PublicSystem | None, overrides: Mapping[WorkLimitRow, WorkLimits] | None = None
) -> WorkLimits:
    """Say which limits hold for a request: the project's own where there are any, else the default (R-113, R-114).

    A change of kind changes the limits from the start of the clocks on, not from the change: the customer has waited.
    """
    row = work_limit_row(kind=kind, failure=failure)
    limits = (overrides or {}).get(row, DEFAULT_LIMITS[row])
    check_work_limits(row=row, limits=limits)
    return limits


def check_work_limits(*, row: WorkLimitRow, limits: WorkLimits) -> None:
    """Raise the refusal where a target runs out after its hard limit, or a limit of a failure stands still at night."""
    for kind in (ClockKind.RESPONSE, ClockKind.RESOLVED):
        levels = limits.levels_of(kind)
        if row is WorkLimitRow.FAILURE and stands_still(levels):
            raise FailureLimitSleeps(clock=kind)
        if is_reversed(levels):
            raise WorkLimitsReversed(clock=kind)


def is_past_limit(state: ClockState) -> bool:
    """Say whether a clock has missed its limit: the hard one, or the target where there is no hard one (R-115)."""
    if state.remaining_hard is None:
        return state.level is not ClockLevel.GREEN
    return state.level is ClockLevel.RED


def upward_report_needed(*, clocks: Iterable[ClockState], reported: bool) -> bool:
    """Say whether a request still needs a report upward: one of its clocks is or was past its limit (R-115).

    ``clocks``: those that run and those that were stopped; cancelled ones are left out. One report serves the request;
    ``reported`` says it has been made. A clock that stopped late needs one just as well.
    """
    return not reported and any(map(is_past_limit, clocks))


def queue_rank(*, failure: PublicSystem | None) -> int:
    """Give the first sort key of the queue: failures of public systems on top, the others by deadline alone."""
    return 1 if failure is None else 0
