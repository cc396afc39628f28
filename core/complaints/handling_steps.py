"""The entries from classification to the plan (domain.md §4.6; R-077, R-079, R-082, R-090, R-105)."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import ClassVar, Final, Self

from core.complaints.case import check_households
from core.complaints.facts import StepContext
from core.complaints.grading import CaseGrade, GradeDecision, decided_grade, proposed_grade
from core.complaints.states import CaseState
from core.complaints.taxonomy import CaseCategory, CaseChannel, RecordType, SubCategory, check_sub_category
from core.kernel.errors import BusinessError
from core.kernel.identity import StaffId
from core.kernel.texts import checked_reason
from core.staff.posts import NotAssignable

LONGEST_PART: Final = 200
LONGEST_DEPARTMENT: Final = 32

MOVABLE: Final = frozenset(
    {CaseState.CLASSIFIED, CaseState.ASSIGNED, CaseState.RESPONDED, CaseState.IN_PROGRESS},
)
"""The states in which a case is transferred: somebody has it, and it is not handled yet."""


class PersonTwice(BusinessError):
    """Handler and collaborators are different people. Field: ``name``."""

    code: ClassVar[str] = "complaints.person_twice"


class ClaimNotConfirmed(BusinessError):
    """A response counts once the customer has confirmed the restated claim (R-090)."""

    code: ClassVar[str] = "complaints.claim_not_confirmed"


class TransferRefused(BusinessError):
    """Only a classified case that is not handled yet is transferred. Field: ``state``."""

    code: ClassVar[str] = "complaints.transfer_state"


class TransferChangesNothing(BusinessError):
    """A transfer goes to another department or person."""

    code: ClassVar[str] = "complaints.transfer_same"


@dataclass(frozen=True, slots=True, kw_only=True)
class Classification:
    """Type, category, grade, scope and department. ``grade_reason`` is needed where the grade is not the proposed one.

    ``decision`` is filled in by the check. ``department`` is a code of the list of departments.
    """

    record_type: RecordType
    category: CaseCategory | None
    sub_category: SubCategory | None
    grade: CaseGrade | None
    grade_reason: str = ""
    households: int = 1
    special: bool = False
    department: str
    decision: GradeDecision | None = None

    def checked(self, context: StepContext) -> Self:
        """Give it with the grade decided, or raise the refusal for what it lacks (R-077, R-079)."""
        category = context.given(self.category, field="category")
        sub_category = context.given(self.sub_category, field="sub_category")
        grade = context.given(self.grade, field="grade")
        department = context.needed(self.department, field="department", longest=LONGEST_DEPARTMENT)
        check_sub_category(category=category, sub_category=sub_category)
        check_households(self.households)
        proposal = proposed_grade(
            record_type=self.record_type,
            sub_category=sub_category,
            repeated=context.facts.repeated,
            special=self.special,
            households=self.households,
            several_from=context.several_from,
        )
        decision = decided_grade(
            record_type=self.record_type, proposal=proposal, chosen=grade, reason=self.grade_reason
        )
        return replace(self, department=department, grade_reason=decision.reason, decision=decision)


@dataclass(frozen=True, slots=True)
class Assignee:
    """A person to be given work; ``active`` as it stands now."""

    staff: StaffId
    name: str
    active: bool


@dataclass(frozen=True, slots=True)
class Collaborator:
    """Somebody who helps, and with which part of the duty (R-082)."""

    person: Assignee
    part: str


def _check_active(person: Assignee) -> None:
    if not person.active:
        raise NotAssignable(name=person.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """Who handles the case and who helps (R-082). An empty ``department`` keeps the one the case has."""

    handler: Assignee | None
    collaborators: tuple[Collaborator, ...] = ()
    department: str = ""

    def checked(self, context: StepContext) -> Self:
        """Give it with tidied parts, or raise the refusal: active people only, each once, each helper with a part."""
        seen = set[StaffId]()
        for person in (context.given(self.handler, field="handler"), *(one.person for one in self.collaborators)):
            _check_active(person)
            if person.staff in seen:
                raise PersonTwice(name=person.name)
            seen.add(person.staff)
        parts = tuple(
            replace(one, part=context.needed(one.part, field="part", longest=LONGEST_PART))
            for one in self.collaborators
        )
        department = self.department.strip() or context.facts.department
        return replace(self, collaborators=parts, department=department)


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """Another department or handler. Without a handler an assigned case goes back to be assigned there."""

    department: str
    handler: Assignee | None
    reason: str

    def checked(self, context: StepContext) -> Self:
        """Give it tidied, or raise the refusal; whoever is spoken to already keeps a handler at all times (R-105)."""
        facts, department = context.facts, self.department.strip() or context.facts.department
        if facts.state not in MOVABLE:
            raise TransferRefused(state=facts.state)
        if context.target is CaseState.CLASSIFIED and self.handler is not None:
            raise ValueError("a classified case has no handler; it is assigned to one")
        if context.target in (CaseState.RESPONDED, CaseState.IN_PROGRESS):
            context.given(self.handler, field="handler")
        if self.handler is not None:
            _check_active(self.handler)
        staff = None if self.handler is None else self.handler.staff
        if (department, staff) == (facts.department, facts.handler):
            raise TransferChangesNothing
        return replace(self, department=department, reason=checked_reason(self.reason))


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstContact:
    """The response: what the customer wants in our words, confirmed, by which channel and when.

    Of an anonymous case there is nobody to confirm it or to be reached: the time is when it was first acted on.
    """

    restated: str
    confirmed: bool
    channel: CaseChannel | None
    at: datetime | None

    def checked(self, context: StepContext) -> Self:
        """Give it tidied, or raise the refusal for what it lacks (R-090)."""
        restated = context.needed(self.restated, field="restated")
        if not context.facts.anonymous:
            if not self.confirmed:
                raise ClaimNotConfirmed
            context.given(self.channel, field="channel")
        context.check_past(context.given(self.at, field="contacted_at"), earliest=context.facts.run_began_at)
        return replace(self, restated=restated)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What will be done about it."""

    plan: str

    def checked(self, context: StepContext) -> Self:
        """Give it tidied, or raise the refusal when it says nothing."""
        return replace(self, plan=context.needed(self.plan, field="plan"))
