"""The entries from classification to the handler's answer (domain.md §5; R-112)."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import ClassVar, Final, Self

from core.kernel.clocks import ClockKind
from core.kernel.errors import BusinessError
from core.kernel.identity import StaffId
from core.kernel.texts import checked_reason
from core.staff.posts import NotAssignable
from core.work_orders.facts import WorkContext
from core.work_orders.kinds import SKILLS, PublicSystem, WorkChannel, WorkKind, check_failure
from core.work_orders.states import MOVABLE, WorkState

LONGEST_DEPARTMENT: Final = 32


class WorkTransferRefused(BusinessError):
    """Only a classified request that is not carried out yet is transferred. Field: ``state``."""

    code: ClassVar[str] = "requests.transfer_state"


class WorkTransferChangesNothing(BusinessError):
    """A transfer goes to another department or person."""

    code: ClassVar[str] = "requests.transfer_same"


@dataclass(frozen=True, slots=True)
class EnteredNow:
    """A step that is done by entering it and stops no clock."""

    def stops(self) -> dict[ClockKind, datetime]:
        """Name no clock."""
        return {}

    def done_at(self, now: datetime) -> datetime:
        """Give ``now``."""
        return now


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkClassification(EnteredNow):
    """Kind, failure and department; an empty ``department`` takes the one whose people have the skill."""

    kind: WorkKind | None
    failure: PublicSystem | None = None
    people_at_risk: bool = False
    department: str = ""

    def checked(self, context: WorkContext) -> Self:
        """Give it with a department, or raise the refusal for what it lacks or does not fit."""
        kind = context.given(self.kind, field="kind")
        check_failure(kind=kind, failure=self.failure, people_at_risk=self.people_at_risk)
        chosen = self.department.strip() or SKILLS[kind].department
        return replace(self, department=context.needed(chosen, field="department", longest=LONGEST_DEPARTMENT))


@dataclass(frozen=True, slots=True)
class WorkAssignee:
    """A person to be given work; ``active`` as it stands now."""

    staff: StaffId
    name: str
    active: bool


def _check_active(person: WorkAssignee) -> None:
    if not person.active:
        raise NotAssignable(name=person.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkAssignment(EnteredNow):
    """Who carries it out. An empty ``department`` keeps the one the request has."""

    handler: WorkAssignee | None
    department: str = ""

    def checked(self, context: WorkContext) -> Self:
        """Give it with its department, or raise the refusal: an active person is needed."""
        _check_active(context.given(self.handler, field="handler"))
        chosen = self.department.strip() or context.facts.department
        return replace(self, department=context.needed(chosen, field="department", longest=LONGEST_DEPARTMENT))


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkTransfer(EnteredNow):
    """Another department or handler. Without a handler an assigned request goes back to be assigned there."""

    department: str
    handler: WorkAssignee | None
    reason: str

    def checked(self, context: WorkContext) -> Self:
        """Give it tidied, or raise the refusal; what is under way keeps a handler at all times."""
        facts, department = context.facts, self.department.strip() or context.facts.department
        if facts.state not in MOVABLE:
            raise WorkTransferRefused(state=facts.state)
        if context.target is WorkState.CLASSIFIED and self.handler is not None:
            raise WorkTransferRefused(state=facts.state)
        if context.target is WorkState.UNDER_WAY:
            context.given(self.handler, field="handler")
        if self.handler is not None:
            _check_active(self.handler)
        staff = None if self.handler is None else self.handler.staff
        if (department, staff) == (facts.department, facts.handler):
            raise WorkTransferChangesNothing
        named = context.needed(department, field="department", longest=LONGEST_DEPARTMENT)
        return replace(self, department=named, reason=checked_reason(self.reason))


@dataclass(frozen=True, slots=True, kw_only=True)
class HandlerAnswer:
    """The response: what the customer was told of time and content, by which channel and when.

    Where there is nobody to talk to it says what will be done, and ``at`` is when the handler took it up.
    """

    plan: str
    channel: WorkChannel | None
    at: datetime | None

    def checked(self, context: WorkContext) -> Self:
        """Give it tidied, or raise the refusal for what it lacks."""
        plan = context.needed(self.plan, field="plan")
        if context.facts.contactable:
            context.given(self.channel, field="channel")
        context.past(self.at, field="contacted_at", earliest=context.facts.run_began_at)
        return replace(self, plan=plan)

    def stops(self) -> dict[ClockKind, datetime]:
        """Stop the response."""
        return {} if self.at is None else {ClockKind.RESPONSE: self.at}

    def done_at(self, now: datetime) -> datetime:
        """Give the time of the answer."""
        return self.at or now
