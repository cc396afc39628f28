"""The one state machine of a case: which step may follow, with what, and what it does (R-088; R-103, R-105; C-06)."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import ClassVar, Final

from core.complaints.facts import CaseFacts, StepContext, StepData
from core.complaints.grading import SEVERAL_HOUSEHOLDS
from core.complaints.handling_steps import Assignment, Classification, FirstContact, Plan, Transfer
from core.complaints.outcome_steps import Archiving, CallBack, Closing, Merge, Reopening, Resolution, Withdrawal
from core.complaints.states import CASE_MOVES, CaseState, clock_signals, is_ended, running_clocks
from core.complaints.taxonomy import RecordType
from core.kernel.clocks import ClockKind
from core.kernel.errors import BusinessError
from core.kernel.signals import ClockSignal
from core.kernel.texts import checked_reason

REOPEN_DAYS: Final = 30

_DATA: Final[Mapping[CaseState, type[StepData]]] = {
    CaseState.CLASSIFIED: Classification,
    CaseState.ASSIGNED: Assignment,
    CaseState.RESPONDED: FirstContact,
    CaseState.IN_PROGRESS: Plan,
    CaseState.RESOLVED: Resolution,
    CaseState.CALLED_BACK: CallBack,
    CaseState.CLOSED: Closing,
    CaseState.ARCHIVED: Archiving,
    CaseState.WITHDRAWN: Withdrawal,
    CaseState.MERGED: Merge,
}
_AFTER_RESULT: Final = frozenset({CaseState.RESOLVED, CaseState.CALLED_BACK, CaseState.CLOSED})
_GONE: Final = frozenset({CaseState.WITHDRAWN, CaseState.MERGED})


class CaseEnded(BusinessError):
    """Nobody works on the case any more. Field: ``state``."""

    code: ClassVar[str] = "complaints.ended"


class NotClassified(BusinessError):
    """The case is classified first; until then its record is edited."""

    code: ClassVar[str] = "complaints.not_classified"


class AlreadyClassified(BusinessError):
    """The record is edited until the case is classified; after that type, category and grade are corrected alone."""

    code: ClassVar[str] = "complaints.already_classified"


class TypeTooLate(BusinessError):
    """The case has come further than this type goes. Fields: ``record_type``, ``state``."""

    code: ClassVar[str] = "complaints.type_too_late"


class AlreadyEscalated(BusinessError):
    """The case is an emergency already."""

    code: ClassVar[str] = "complaints.already_escalated"


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseStep:
    """What to store of a step.

    ``state`` is where the case comes to: of a call-back with which the customer was not satisfied that is *in
    progress* again. ``reopenings`` counts all so far. ``clocks`` are the rows for the SLA kernel, ends first.
    """

    source: CaseState
    state: CaseState
    data: StepData
    reopenings: int
    clocks: tuple[ClockSignal, ...]
    note: str = ""


def next_steps(*, facts: CaseFacts) -> tuple[CaseState, ...]:
    """Name the states a step may lead to from here, in order."""
    return CASE_MOVES[facts.record_type].next_states(facts.state)


def data_for(*, source: CaseState, target: CaseState) -> type[StepData]:
    """Say what kind of data a step is entered with: which form to show."""
    if (source, target) == (CaseState.ASSIGNED, CaseState.CLASSIFIED):
        return Transfer
    if source in _AFTER_RESULT and target in (CaseState.IN_PROGRESS, CaseState.RESPONDED):
        return Reopening
    return _DATA[target]


def check_move(
    *,
    facts: CaseFacts,
    target: CaseState,
    data: StepData,
    now: datetime,
    reopen_days: int = REOPEN_DAYS,
    several_from: int = SEVERAL_HOUSEHOLDS,
) -> CaseStep:
    """Give the step to another state, or raise the refusal for a forbidden move or for what it lacks (R-088).

    A classification may change the record type; the move is then judged by the new one. ``data`` of another kind than
    ``data_for`` names is a bug (``TypeError``).
    """
    record_type = data.record_type if isinstance(data, Classification) else facts.record_type
    CASE_MOVES[record_type].check(source=facts.state, target=target)
    wanted = data_for(source=facts.state, target=target)
    if not isinstance(data, wanted):
        raise TypeError(f"{target} is entered with {wanted.__name__}")
    context = StepContext(facts=facts, target=target, now=now, reopen_days=reopen_days, several_from=several_from)
    return _step(facts, context, data)


def check_edit(*, facts: CaseFacts) -> None:
    """Raise the refusal unless the record itself may still be edited: registered and not classified yet."""
    if is_ended(facts.state):
        raise CaseEnded(state=facts.state)
    if facts.state is not CaseState.REGISTERED:
        raise AlreadyClassified


def check_transfer(*, facts: CaseFacts, data: Transfer, now: datetime) -> CaseStep:
    """Give the transfer to another department or handler, or raise the refusal (R-105).

    The state stays, and no clock starts anew: the customer goes on waiting. Only an assigned case that is given to a
    department without naming a person goes back to *classified*.
    """
    back = facts.state is CaseState.ASSIGNED and data.handler is None
    target = CaseState.CLASSIFIED if back else facts.state
    return _step(facts, StepContext(facts=facts, target=target, now=now, reopen_days=REOPEN_DAYS), data)


def check_reclassification(
    *, facts: CaseFacts, data: Classification, reason: str, now: datetime, several_from: int = SEVERAL_HOUSEHOLDS
) -> CaseStep:
    """Give the correction of type, category or grade of a classified case; the state stays, the reason is kept.

    The department only changes by a transfer. Refused where the new type has no such state: a complaint being worked
    on cannot become an inquiry any more.
    """
    if is_ended(facts.state):
        raise CaseEnded(state=facts.state)
    if facts.state is CaseState.REGISTERED:
        raise NotClassified
    if not _is_on_path(data.record_type, facts.state):
        raise TypeTooLate(record_type=data.record_type, state=facts.state)
    note = checked_reason(reason)
    context = StepContext(facts=facts, target=facts.state, now=now, reopen_days=REOPEN_DAYS, several_from=several_from)
    return replace(_step(facts, context, replace(data, department=facts.department)), note=note)


def check_escalation(*, facts: CaseFacts, reason: str) -> str:
    """Give the tidied reason for making the case an emergency event as well, or raise the refusal (R-103, C-16).

    The case goes on in the queue; the event refers back to it.
    """
    if is_ended(facts.state):
        raise CaseEnded(state=facts.state)
    if facts.escalated:
        raise AlreadyEscalated
    return checked_reason(reason)


def _is_on_path(record_type: RecordType, state: CaseState) -> bool:
    return not CASE_MOVES[record_type].is_final(state)


def _step(facts: CaseFacts, context: StepContext, data: StepData) -> CaseStep:
    checked = data.checked(context)
    unsatisfied = isinstance(checked, CallBack) and not checked.satisfied
    state = CaseState.IN_PROGRESS if unsatisfied else context.target
    return CaseStep(
        source=facts.state,
        state=state,
        data=checked,
        reopenings=facts.reopenings + (unsatisfied or isinstance(checked, Reopening)),
        clocks=_signals(facts, state, checked, context.now),
    )


def _signals(facts: CaseFacts, state: CaseState, data: StepData, now: datetime) -> tuple[ClockSignal, ...]:
    """A clock that a change of type adds starts at registration: the customer has waited since then."""
    retyped = isinstance(data, Classification)
    record_type = data.record_type if isinstance(data, Classification) else facts.record_type
    at = getattr(data, "at", None) or now
    return clock_signals(
        before=running_clocks(record_type=facts.record_type, state=facts.state),
        after=running_clocks(record_type=record_type, state=state),
        given_up=_given_up(state, data),
        ended_at=at,
        started_at=facts.registered_at if retyped else at,
    )


def _given_up(state: CaseState, data: StepData) -> frozenset[ClockKind]:
    if state in _GONE:
        return frozenset(ClockKind)
    return frozenset() if isinstance(data, CallBack) else frozenset({ClockKind.CALLED_BACK})
