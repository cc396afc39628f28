"""Where a request stands, what may follow, which clocks run there, and whose turn it is (domain.md §5; R-112)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from core.kernel.clocks import ClockKind
from core.kernel.lifecycle import Transitions
from core.kernel.signals import ClockSignal
from core.work_orders.signals import work_clock_signals


class WorkState(StrEnum):
    """The state of a request."""

    SUBMITTED = "submitted"
    CLASSIFIED = "classified"
    ASSIGNED = "assigned"
    UNDER_WAY = "under_way"
    """The handler has answered: spoken to the customer or begun."""
    CARRIED_OUT = "carried_out"
    REPORTED_BACK = "reported_back"
    CLOSED = "closed"
    CANCELLED = "cancelled"


_W: Final = WorkState
_GIVEN_UP: Final = frozenset({_W.CANCELLED})

WORK_MOVES: Final = Transitions(
    {
        _W.SUBMITTED: _GIVEN_UP | {_W.CLASSIFIED},
        _W.CLASSIFIED: _GIVEN_UP | {_W.ASSIGNED},
        _W.ASSIGNED: _GIVEN_UP | {_W.CLASSIFIED, _W.UNDER_WAY, _W.CARRIED_OUT},
        _W.UNDER_WAY: _GIVEN_UP | {_W.CARRIED_OUT},
        _W.CARRIED_OUT: frozenset({_W.ASSIGNED, _W.REPORTED_BACK}),
        _W.REPORTED_BACK: frozenset({_W.ASSIGNED, _W.CLOSED}),
        _W.CLOSED: frozenset({_W.ASSIGNED}),
    }
)
"""What may follow. Back from assigned to classified leads a transfer only; back to assigned, a reopening.

Assigned work that is done before anybody noted an answer is carried out in one step.
"""

ENDED: Final = frozenset({_W.CLOSED, _W.CANCELLED})
"""The states in which nobody works on a request any more."""

MOVABLE: Final = frozenset({_W.CLASSIFIED, _W.ASSIGNED, _W.UNDER_WAY})
"""The states in which a request is transferred: it is sorted, and not carried out yet."""

REOPENABLE: Final = frozenset({_W.CARRIED_OUT, _W.REPORTED_BACK, _W.CLOSED})


def is_ended(state: WorkState) -> bool:
    """Say whether nobody works on the request any more: closed or cancelled."""
    return state in ENDED


_BOTH: Final = frozenset({ClockKind.RESPONSE, ClockKind.RESOLVED})
_RUNNING: Final[Mapping[WorkState, frozenset[ClockKind]]] = {
    _W.SUBMITTED: _BOTH,
    _W.CLASSIFIED: _BOTH,
    _W.ASSIGNED: _BOTH,
    _W.UNDER_WAY: frozenset({ClockKind.RESOLVED}),
}


def running_clocks(state: WorkState) -> frozenset[ClockKind]:
    """Name the clocks that run in a state: the response until somebody answers, *resolved* until it is done."""
    return _RUNNING.get(state, frozenset())


def signals_at_submission(*, registered_at: datetime) -> tuple[ClockSignal, ...]:
    """Start the clocks of a new request."""
    return work_clock_signals(before=(), after=running_clocks(_W.SUBMITTED), ended_at={}, now=registered_at)


class WorkStepOwner(StrEnum):
    """Who takes a step of the flow (domain.md §5)."""

    FRONT_DESK = "front_desk"
    SPECIALIST = "specialist"
    SUPERVISOR = "supervisor"
    HANDLER = "handler"
    """Repair, cleaning, greening or order staff."""


@dataclass(frozen=True, slots=True)
class FlowStep:
    """One of the five steps: its number, whose it is, and the states in which it is done or under way."""

    number: int
    owner: WorkStepOwner
    states: tuple[WorkState, ...]


FIVE_STEPS: Final = (
    FlowStep(1, WorkStepOwner.FRONT_DESK, (_W.SUBMITTED,)),
    FlowStep(2, WorkStepOwner.SPECIALIST, (_W.CLASSIFIED,)),
    FlowStep(3, WorkStepOwner.SUPERVISOR, (_W.ASSIGNED,)),
    FlowStep(4, WorkStepOwner.HANDLER, (_W.UNDER_WAY, _W.CARRIED_OUT)),
    FlowStep(5, WorkStepOwner.SPECIALIST, (_W.REPORTED_BACK, _W.CLOSED)),
)
"""Submit, classify, assign, carry out, report back (R-112). A cancelled request stands in none of them."""


def flow_step(state: WorkState) -> FlowStep | None:
    """Name the step a request has come to; ``None`` when it was cancelled."""
    return next((step for step in FIVE_STEPS if state in step.states), None)
