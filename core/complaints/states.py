"""Where a case stands, what may follow, and which clocks run there (domain.md §4.6; R-081, R-088, R-089, R-194)."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from core.complaints.taxonomy import RecordType
from core.kernel.clocks import ClockKind
from core.kernel.lifecycle import Transitions
from core.kernel.signals import ClockAction, ClockSignal


class CaseState(StrEnum):
    """The fine state of a case."""

    REGISTERED = "registered"
    CLASSIFIED = "classified"
    ASSIGNED = "assigned"
    RESPONDED = "responded"
    IN_PROGRESS = "in_progress"
    RESOLVED = "resolved"
    CALLED_BACK = "called_back"
    CLOSED = "closed"
    ARCHIVED = "archived"
    WITHDRAWN = "withdrawn"
    """The customer takes it back."""
    MERGED = "merged"
    """The same matter is handled in another case."""


class CaseProgress(StrEnum):
    """What a customer is told (scheme S14, R-089)."""

    PENDING = "pending"
    IN_PROGRESS = "in_progress"
    HANDLED = "handled"


_C: Final = CaseState
_LEAVES: Final = frozenset({_C.WITHDRAWN, _C.MERGED})

_COMPLAINT_MOVES: Final = Transitions(
    {
        _C.REGISTERED: _LEAVES | {_C.CLASSIFIED},
        _C.CLASSIFIED: _LEAVES | {_C.ASSIGNED},
        _C.ASSIGNED: _LEAVES | {_C.CLASSIFIED, _C.RESPONDED},
        _C.RESPONDED: _LEAVES | {_C.IN_PROGRESS},
        _C.IN_PROGRESS: _LEAVES | {_C.RESOLVED},
        _C.RESOLVED: frozenset({_C.IN_PROGRESS, _C.CALLED_BACK, _C.CLOSED}),
        _C.CALLED_BACK: frozenset({_C.IN_PROGRESS, _C.CLOSED}),
        _C.CLOSED: frozenset({_C.IN_PROGRESS, _C.ARCHIVED}),
    }
)
_QUESTION_MOVES: Final = Transitions(
    {
        _C.REGISTERED: _LEAVES | {_C.CLASSIFIED},
        _C.CLASSIFIED: _LEAVES | {_C.ASSIGNED},
        _C.ASSIGNED: _LEAVES | {_C.CLASSIFIED, _C.RESPONDED},
        _C.RESPONDED: _LEAVES | {_C.CLOSED},
        _C.CLOSED: frozenset({_C.RESPONDED, _C.ARCHIVED}),
    }
)
_PRAISE_MOVES: Final = Transitions(
    {_C.REGISTERED: _LEAVES | {_C.CLOSED}, _C.CLOSED: frozenset({_C.ARCHIVED})},
)
CASE_MOVES: Final[Mapping[RecordType, Transitions[CaseState]]] = {
    RecordType.COMPLAINT: _COMPLAINT_MOVES,
    RecordType.SUGGESTION: _QUESTION_MOVES,
    RecordType.INQUIRY: _QUESTION_MOVES,
    RecordType.PRAISE: _PRAISE_MOVES,
}
"""What may follow, by record type (R-088). Back from assigned to classified leads a transfer only.

A suggestion or inquiry is answered, not resolved: its answer closes it. Praise is closed with thanks.
"""

ENDED: Final = frozenset({_C.CLOSED, _C.ARCHIVED, _C.WITHDRAWN, _C.MERGED})
"""The states in which nobody works on a case any more."""

_PROGRESS: Final[Mapping[CaseState, CaseProgress]] = {
    _C.REGISTERED: CaseProgress.PENDING,
    _C.CLASSIFIED: CaseProgress.PENDING,
    _C.ASSIGNED: CaseProgress.PENDING,
    _C.RESPONDED: CaseProgress.IN_PROGRESS,
    _C.IN_PROGRESS: CaseProgress.IN_PROGRESS,
    _C.RESOLVED: CaseProgress.HANDLED,
    _C.CALLED_BACK: CaseProgress.HANDLED,
    _C.CLOSED: CaseProgress.HANDLED,
    _C.ARCHIVED: CaseProgress.HANDLED,
    _C.WITHDRAWN: CaseProgress.HANDLED,
    _C.MERGED: CaseProgress.HANDLED,
}


def is_ended(state: CaseState) -> bool:
    """Say whether nobody works on the case any more: closed, archived, withdrawn or merged."""
    return state in ENDED


def progress_of(state: CaseState) -> CaseProgress:
    """Say what the customer is told (R-089). Withdrawn and merged cases are handled."""
    return _PROGRESS[state]


@dataclass(frozen=True, slots=True)
class ProgressCounts:
    """How many cases stand where; the three add up to all (R-089)."""

    pending: int
    in_progress: int
    handled: int

    @property
    def total(self) -> int:
        """All cases."""
        return self.pending + self.in_progress + self.handled


def progress_counts(*, counts: Mapping[CaseState, int]) -> ProgressCounts:
    """Add up the counts by state to pending, in progress and handled."""
    found = dict.fromkeys(CaseProgress, 0)
    for state, count in counts.items():
        found[progress_of(state)] += count
    return ProgressCounts(*found.values())


_BOTH: Final = frozenset({ClockKind.RESPONSE, ClockKind.RESOLVED})
_FEEDBACK: Final = frozenset({ClockKind.RESOLVED})
_RUNNING: Final[Mapping[CaseState, frozenset[ClockKind]]] = {
    _C.REGISTERED: _BOTH,
    _C.CLASSIFIED: _BOTH,
    _C.ASSIGNED: _BOTH,
    _C.RESPONDED: _FEEDBACK,
    _C.IN_PROGRESS: _FEEDBACK,
    _C.RESOLVED: frozenset({ClockKind.CALLED_BACK}),
}


def running_clocks(*, record_type: RecordType, state: CaseState) -> frozenset[ClockKind]:
    """Name the clocks that run in a state; for praise only the response, which the thanks stop.

    The kernel's clock *resolved* waits for the feedback (R-084).
    """
    running = _RUNNING.get(state, frozenset())
    return running & {ClockKind.RESPONSE} if record_type is RecordType.PRAISE else running


def clock_signals(
    *,
    before: Collection[ClockKind],
    after: Collection[ClockKind],
    given_up: Collection[ClockKind],
    ended_at: datetime,
    started_at: datetime,
) -> tuple[ClockSignal, ...]:
    """Give the rows that lead from the clocks that ran ``before`` to those that run ``after``, ends first.

    A clock that ends is stopped, or cancelled if it is among ``given_up``: what it waited for never came.
    """
    ends = (
        ClockSignal(kind, ClockAction.CANCEL if kind in given_up else ClockAction.STOP, ended_at)
        for kind in ClockKind
        if kind in before and kind not in after
    )
    starts = (
        ClockSignal(kind, ClockAction.START, started_at) for kind in ClockKind if kind in after and kind not in before
    )
    return (*ends, *starts)


def signals_at_registration(*, record_type: RecordType, registered_at: datetime) -> tuple[ClockSignal, ...]:
    """Start the clocks of a new case."""
    return clock_signals(
        before=(),
        after=running_clocks(record_type=record_type, state=CaseState.REGISTERED),
        given_up=(),
        ended_at=registered_at,
        started_at=registered_at,
    )


def signals_at_retyping(
    *, was: RecordType, record_type: RecordType, registered_at: datetime, now: datetime
) -> tuple[ClockSignal, ...]:
    """Give the rows for a registered case whose type is corrected before it is classified.

    A complaint that turns out to be praise needs no feedback any more; the other way round it has been waiting for it
    since registration.
    """
    return clock_signals(
        before=running_clocks(record_type=was, state=CaseState.REGISTERED),
        after=running_clocks(record_type=record_type, state=CaseState.REGISTERED),
        given_up=frozenset(ClockKind),
        ended_at=now,
        started_at=registered_at,
    )


class CaseTie(StrEnum):
    """What binds a person to a case (C-42)."""

    RECEIVER = "receiver"
    """Took it first and answers for it (R-081)."""
    HANDLER = "handler"
    COLLABORATOR = "collaborator"


def may_see(*, state: CaseState, ties: Collection[CaseTie], sees_all: bool) -> bool:
    """Say whether a person may open a case of an estate in reach.

    Who sees all cases (front desk, supervisor) does; a handler or collaborator always sees the own ones; the receiver
    until the case is closed, withdrawn or merged, whoever handles it (R-081).
    """
    worked = CaseTie.HANDLER in ties or CaseTie.COLLABORATOR in ties
    return sees_all or worked or (CaseTie.RECEIVER in ties and not is_ended(state))


class StepOwner(StrEnum):
    """Who takes the step out of a state (domain.md §4.6)."""

    INTAKE_OFFICER = "intake_officer"
    SUPERVISOR = "supervisor"
    HANDLER = "handler"
    CALLER = "caller"
    """Anybody but the handler (R-095)."""


@dataclass(frozen=True, slots=True)
class ProcessStep:
    """One step of the process map (R-194): how long a complaint may stay in a state, and who takes it on."""

    state: CaseState
    owner: StepOwner
    allowed: timedelta


PROCESS_MAP: Final = (
    ProcessStep(_C.REGISTERED, StepOwner.INTAKE_OFFICER, timedelta(hours=2)),
    ProcessStep(_C.CLASSIFIED, StepOwner.SUPERVISOR, timedelta(hours=2)),
    ProcessStep(_C.ASSIGNED, StepOwner.HANDLER, timedelta(hours=20)),
    ProcessStep(_C.RESPONDED, StepOwner.HANDLER, timedelta(hours=12)),
    ProcessStep(_C.IN_PROGRESS, StepOwner.HANDLER, timedelta(hours=36)),
    ProcessStep(_C.RESOLVED, StepOwner.CALLER, timedelta(hours=72)),
    ProcessStep(_C.CALLED_BACK, StepOwner.SUPERVISOR, timedelta(hours=24)),
)
"""The map of a normal complaint. The sources give no time per step; these add up to its targets of 24, 72 and 72 h."""
