"""The one state machine of a request: which step may follow, with what, by whom, and what it does (R-112)."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import ClassVar, Final

from core.kernel.errors import BusinessError
from core.kernel.identity import UserId
from core.kernel.signals import ClockSignal
from core.kernel.texts import checked_reason
from core.work_orders.facts import WorkContext, WorkFacts, WorkRules, WorkStepData
from core.work_orders.handling_steps import HandlerAnswer, WorkAssignment, WorkClassification, WorkTransfer
from core.work_orders.outcome_steps import Cancellation, Execution, ReportBack, WorkClosing, WorkReopening
from core.work_orders.signals import work_clock_signals
from core.work_orders.states import REOPENABLE, WORK_MOVES, WorkState, is_ended, running_clocks

_DATA: Final[Mapping[WorkState, type[WorkStepData]]] = {
    WorkState.CLASSIFIED: WorkClassification,
    WorkState.ASSIGNED: WorkAssignment,
    WorkState.UNDER_WAY: HandlerAnswer,
    WorkState.CARRIED_OUT: Execution,
    WorkState.REPORTED_BACK: ReportBack,
    WorkState.CLOSED: WorkClosing,
    WorkState.CANCELLED: Cancellation,
}
DEFAULT_RULES: Final = WorkRules()


class WorkEnded(BusinessError):
    """Nobody works on the request any more. Field: ``state``."""

    code: ClassVar[str] = "requests.ended"


class WorkNotClassified(BusinessError):
    """The request is classified first; until then its record is edited."""

    code: ClassVar[str] = "requests.not_classified"


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkStep:
    """What to store of a step: by whom it was entered, when (``entered_at``), and when it was done (``done_at``).

    ``reopenings`` counts all so far. ``clocks`` are the rows for the SLA kernel, ends first. ``note`` is the reason of
    a correction.
    """

    source: WorkState
    state: WorkState
    data: WorkStepData
    by: UserId
    entered_at: datetime
    done_at: datetime
    reopenings: int
    clocks: tuple[ClockSignal, ...]
    note: str = ""


def next_work_steps(*, facts: WorkFacts) -> tuple[WorkState, ...]:
    """Name the states a step may lead to from here, in order."""
    return WORK_MOVES.next_states(facts.state)


def data_for(*, source: WorkState, target: WorkState) -> type[WorkStepData]:
    """Say what kind of data a step is entered with: which form to show."""
    if (source, target) == (WorkState.ASSIGNED, WorkState.CLASSIFIED):
        return WorkTransfer
    if source in REOPENABLE and target is WorkState.ASSIGNED:
        return WorkReopening
    return _DATA[target]


def check_work_move(
    *,
    facts: WorkFacts,
    target: WorkState,
    data: WorkStepData,
    by: UserId,
    now: datetime,
    rules: WorkRules = DEFAULT_RULES,
) -> WorkStep:
    """Give the step to another state, or raise the refusal for a forbidden move or for what it lacks (R-112).

    ``data`` of another kind than ``data_for`` names is a bug (``TypeError``).
    """
    WORK_MOVES.check(source=facts.state, target=target)
    wanted = data_for(source=facts.state, target=target)
    if not isinstance(data, wanted):
        raise TypeError(f"{target} is entered with {wanted.__name__}")
    return _step(WorkContext(facts=facts, target=target, now=now, rules=rules), data, by)


def check_work_transfer(*, facts: WorkFacts, data: WorkTransfer, by: UserId, now: datetime) -> WorkStep:
    """Give the transfer to another department or handler, or raise the refusal.

    The state stays, and no clock starts anew: the customer goes on waiting. Only an assigned request that is given to a
    department without naming a person goes back to *classified*.
    """
    back = facts.state is WorkState.ASSIGNED and data.handler is None
    target = WorkState.CLASSIFIED if back else facts.state
    return _step(WorkContext(facts=facts, target=target, now=now, rules=DEFAULT_RULES), data, by)


def check_work_reclassification(
    *, facts: WorkFacts, data: WorkClassification, reason: str, by: UserId, now: datetime
) -> WorkStep:
    """Give the correction of kind or failure of a classified request; the state stays, the reason is kept.

    The department only changes by a transfer. The limits of the new kind hold from the start of the clocks on.
    """
    if is_ended(facts.state):
        raise WorkEnded(state=facts.state)
    if facts.state is WorkState.SUBMITTED:
        raise WorkNotClassified
    note = checked_reason(reason)
    context = WorkContext(facts=facts, target=facts.state, now=now, rules=DEFAULT_RULES)
    return replace(_step(context, replace(data, department=facts.department), by), note=note)


def _step(context: WorkContext, data: WorkStepData, by: UserId) -> WorkStep:
    facts, target, now = context.facts, context.target, context.now
    checked = data.checked(context)
    clocks = work_clock_signals(
        before=running_clocks(facts.state), after=running_clocks(target), ended_at=checked.stops(), now=now
    )
    return WorkStep(
        source=facts.state,
        state=target,
        data=checked,
        by=by,
        entered_at=now,
        done_at=checked.done_at(now),
        reopenings=facts.reopenings + isinstance(checked, WorkReopening),
        clocks=clocks,
    )
