"""What may be done with a case next, and whether the person asking may (domain.md §4.6; R-082, R-088, R-095).

It tells what to offer; the operations (``db.operations.case_moves``) ask again, and a test holds the two together.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from core.admin.permissions import Actor, Permission
from core.complaints.facts import CaseFacts, StepData
from core.complaints.handling_steps import MOVABLE, Assignment, Classification, FirstContact, Plan, Transfer
from core.complaints.lifecycle import data_for, next_steps
from core.complaints.outcome_steps import Archiving, CallBack, Closing, Merge, Reopening, Resolution, Withdrawal
from core.complaints.states import CaseState, is_ended
from core.kernel.identity import UserId

_P: Final = Permission


@dataclass(frozen=True, slots=True)
class Standing:
    """How somebody stands to a case: ``helps`` as a collaborator; the users who took it in and who entered the result.

    ``forgotten``: the case was anonymised and has ended for good.
    """

    actor: Actor
    facts: CaseFacts
    helps: bool
    received_by: UserId | None
    resolved_by: UserId | None
    forgotten: bool = False

    def any_of(self, *permissions: Permission) -> bool:
        """Say whether the person has one of the permissions in the case's estate."""
        return any(self.actor.may_at(permission, self.facts.estate) for permission in permissions)

    @property
    def handles(self) -> bool:
        """Say whether the person is the handler."""
        return self.actor.staff is not None and self.actor.staff == self.facts.handler

    @property
    def works_on_it(self) -> bool:
        """Say whether the person handles the case or helps with it, and may handle cases here."""
        return (self.handles or self.helps) and self.any_of(_P.CASES_HANDLE)

    @property
    def notes_work(self) -> bool:
        """Say whether the person may note what was done; a supervisor may for somebody without an account."""
        return self.works_on_it or self.any_of(_P.CASES_ASSIGN)

    @property
    def calls_back(self) -> bool:
        """Say whether the person may call back: never in the own case, nor about a result entered by the same."""
        entered = self.resolved_by is not None and self.resolved_by == self.actor.user_id
        return self.any_of(_P.CASES_CALL) and not self.handles and not entered


@dataclass(frozen=True, slots=True)
class NextStep:
    """A step to another state, the kind of data it is entered with, and whether the person may take it."""

    target: CaseState
    data: type[StepData]
    permitted: bool


@dataclass(frozen=True, slots=True)
class CaseActs:
    """What this person may do that leads to no other state by itself.

    ``give_back``: return the own case to its department; ``rectify``: name the measure that deals with it (R-104).
    """

    edit: bool
    reclassify: bool
    transfer: bool
    give_back: bool
    escalate: bool
    rectify: bool


_MAY: Final[Mapping[type[StepData], Callable[[Standing], bool]]] = {
    Classification: lambda who: who.any_of(_P.CASES_CLASSIFY),
    Assignment: lambda who: who.any_of(_P.CASES_ASSIGN),
    FirstContact: lambda who: who.notes_work,
    Plan: lambda who: who.notes_work,
    Resolution: lambda who: who.notes_work,
    CallBack: lambda who: who.calls_back,
    Closing: lambda who: who.any_of(_P.CASES_CLOSE),
    Withdrawal: lambda who: who.any_of(_P.CASES_CLASSIFY),
    Merge: lambda who: who.any_of(_P.CASES_CLASSIFY),
    Reopening: lambda who: who.any_of(_P.CASES_CALL, _P.CASES_CLOSE),
}
_NOT_OFFERED: Final = (Archiving, Transfer)
"""Archiving is done by the portal; a transfer keeps the state as a rule and stands among the acts."""


def steps_of_case(standing: Standing) -> tuple[NextStep, ...]:
    """List the steps that people may take from here, in order; none is left once a case was withdrawn or merged."""
    if standing.forgotten:
        return ()
    source = standing.facts.state
    found = ((target, data_for(source=source, target=target)) for target in next_steps(facts=standing.facts))
    return tuple(NextStep(target, data, _MAY[data](standing)) for target, data in found if data not in _NOT_OFFERED)


def acts_on_case(standing: Standing) -> CaseActs:
    """Say what else the person may do with the case as it stands."""
    facts, state = standing.facts, standing.facts.state
    is_open = not is_ended(state) and not standing.forgotten
    took_in = standing.received_by is not None and standing.received_by == standing.actor.user_id
    classifies, assigns = standing.any_of(_P.CASES_CLASSIFY), standing.any_of(_P.CASES_ASSIGN)
    return CaseActs(
        edit=state is CaseState.REGISTERED and standing.any_of(_P.CASES_REGISTER) and (took_in or classifies),
        reclassify=is_open and state is not CaseState.REGISTERED and classifies,
        transfer=state in MOVABLE and assigns,
        give_back=state is CaseState.ASSIGNED and standing.handles and standing.works_on_it,
        escalate=is_open and not facts.escalated and (standing.works_on_it or classifies),
        rectify=is_open and assigns,
    )
