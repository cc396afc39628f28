"""Use cases of handling complaints: every step of their life, one by one or assigned in bulk (R-088, R-103 to R-105).

Who may take a step depends on the step and, for the handling itself, on whose case it is.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Final, TypeAlias

from core.admin.audit import instant_text
from core.admin.permissions import Permission
from core.complaints.actions import CaseAction, action_of
from core.complaints.facts import StepData
from core.complaints.handling_steps import Assignment, Classification, Collaborator, FirstContact, Plan, Transfer
from core.complaints.lifecycle import (
    CaseEnded,
    CaseStep,
    check_escalation,
    check_move,
    check_reclassification,
    check_transfer,
)
from core.complaints.outcome_steps import (
    Archiving,
    CallBack,
    Closing,
    Merge,
    OwnCallBack,
    Reopening,
    Resolution,
    Withdrawal,
    households_together,
)
from core.complaints.states import CaseState, is_ended
from core.complaints.workload import check_rectification
from core.kernel.drafts import DraftKind
from core.kernel.errors import BusinessError, Problem
from core.kernel.identity import CaseId, EstateId, MeasureId, StaffId
from core.meetings.measures import MeasureSource, Stage
from db.models import Case
from db.operations.case_work import (
    audit_facts,
    check_department,
    note_step,
    record_change,
    require_any,
    run_clocks,
    still_repeated,
    terms_now,
    the_assignee,
    the_case,
    works_on,
)
from db.repositories.case_columns import store_step
from db.repositories.case_steps import step_facts, step_words
from db.repositories.cases import (
    facts_of,
    put_collaborators,
    remove_collaborators,
    step_maker,
    trace_of,
)
from db.repositories.measures import load_measure
from db.repositories.service_drafts import add_draft
from db.repositories.service_search import mark_ended
from db.repositories.service_terms import ServiceTerms
from db.unit_of_work import NotFound, UnitOfWork, operation

MOST_TOGETHER: Final = 200


class TooManyCases(BusinessError):
    """At most ``most`` cases are assigned at once."""

    code: ClassVar[str] = "complaints.too_many"


@dataclass(frozen=True, slots=True)
class MoveCase:
    """A step to another state, with what it asks for (``core.complaints.lifecycle.data_for`` names the kind).

    Of people in an assignment only their numbers count, the rest is looked up; who calls back is who acts. A transfer
    and a merge have their own commands.
    """

    estate_id: EstateId
    case_id: CaseId
    version: int
    target: CaseState
    data: StepData


@dataclass(frozen=True, slots=True)
class TransferCase:
    """Another department or handler; an empty department keeps the one the case has."""

    estate_id: EstateId
    case_id: CaseId
    version: int
    department: str
    handler: StaffId | None
    reason: str


@dataclass(frozen=True, slots=True)
class ReclassifyCase:
    """A correction of type, category, grade or scope; its department is left as it is."""

    estate_id: EstateId
    case_id: CaseId
    version: int
    data: Classification
    reason: str


@dataclass(frozen=True, slots=True)
class MergeCase:
    """The case goes on in another one."""

    estate_id: EstateId
    case_id: CaseId
    version: int
    into: CaseId
    reason: str


@dataclass(frozen=True, slots=True)
class EscalateCase:
    """The case becomes an emergency event as well."""

    estate_id: EstateId
    case_id: CaseId
    version: int
    reason: str


@dataclass(frozen=True, slots=True)
class LinkMeasure:
    """The improvement measure that deals with a repeated complaint; ``None`` takes it away."""

    estate_id: EstateId
    case_id: CaseId
    version: int
    measure_id: MeasureId | None


@dataclass(frozen=True, slots=True)
class BulkAssign:
    """Classified cases, each with the version shown, for one handler; an empty department keeps that of each."""

    estate_id: EstateId
    cases: tuple[tuple[CaseId, int], ...]
    handler: StaffId
    department: str = ""


@dataclass(frozen=True, slots=True)
class AssignOutcome:
    """What became of one of them; ``problem`` is ``None`` where it was assigned."""

    case_id: CaseId
    problem: Problem | None = None


@operation(Permission.CASES_VIEW)
def move_case(work: UnitOfWork, command: MoveCase) -> CaseState:
    """Take a case to another state and say where it has come to (a call-back may send it back to *in progress*)."""
    row = the_case(work, command.estate_id, command.case_id, command.version)
    _RIGHTS[type(command.data)](work, row)
    data = _looked_up(work, row, command.data)
    terms = terms_now(work, command.estate_id)
    if isinstance(data, Classification):
        return _classify(work, row, command.target, data, terms)
    step = check_move(
        facts=facts_of(row), target=command.target, data=data, now=work.now, reopen_days=terms.cases.reopen_days
    )
    _store(work, row, step, terms)
    return step.state


@operation(Permission.CASES_VIEW)
def transfer_case(work: UnitOfWork, command: TransferCase) -> None:
    """Give a case to another department or handler; a handler may give the own one back to its department (R-105)."""
    row = the_case(work, command.estate_id, command.case_id, command.version)
    department = check_department(work, command.department, kept=row.department)
    back = command.handler is None and department in ("", row.department) and row.handler_id == work.actor.staff
    if not (back and works_on(work, row)):
        work.actor.require(Permission.CASES_ASSIGN, command.estate_id)
    handler = None if command.handler is None else the_assignee(work, command.estate_id, command.handler)
    data = Transfer(department=department, handler=handler, reason=command.reason)
    step = check_transfer(facts=facts_of(row), data=data, now=work.now)
    staff = None if step.state is CaseState.CLASSIFIED else command.handler
    remove_collaborators(work.session, command.estate_id, command.case_id, staff)
    _store(work, row, step, terms_now(work, command.estate_id))


@operation(Permission.CASES_CLASSIFY)
def reclassify_case(work: UnitOfWork, command: ReclassifyCase) -> None:
    """Correct type, category, grade or scope; other limits then hold from the start of the clocks, pauses are kept."""
    row = the_case(work, command.estate_id, command.case_id, command.version)
    _check_special(work, row, command.data)
    terms = terms_now(work, command.estate_id)
    repeated = _repeated_as(work, row, command.data, terms)
    step = check_reclassification(
        facts=replace(facts_of(row), repeated=repeated),
        data=command.data,
        reason=command.reason,
        now=work.now,
        several_from=terms.cases.several_from,
    )
    before, was = audit_facts(row), (row.record_type, row.grade)
    row.repeated = repeated
    store_step(row, step, now=work.now)
    run_clocks(work, row, terms, step.clocks, regraded=was != (row.record_type, row.grade))
    words = step_words(step.data) | {"reason": step.note}
    note_step(work, row, CaseAction.RECLASSIFICATION, facts=step_facts(step.data), words=words)
    record_change(work, "reclassified", row, before, reason=step.note)


@operation(Permission.CASES_CLASSIFY)
def merge_case(work: UnitOfWork, command: MergeCase) -> None:
    """End a case in favour of another one of the same matter, which then stands for the households of both (R-105)."""
    row = the_case(work, command.estate_id, command.case_id, command.version)
    into = the_case(work, command.estate_id, command.into)
    same_unit = row.unit_id is not None and row.unit_id == into.unit_id
    data = Merge(into=facts_of(into), same_unit=same_unit, reason=command.reason)
    facts = facts_of(row)
    step = check_move(facts=facts, target=CaseState.MERGED, data=data, now=work.now)
    if not isinstance(step.data, Merge):
        raise TypeError("a merge stays one")
    before = audit_facts(into)
    into.households = households_together(merged=facts, merge=step.data)
    _store(work, row, step, terms_now(work, command.estate_id))
    note_step(work, into, CaseAction.MERGED_IN, facts={"case": row.id, "households": into.households})
    record_change(work, "merged_in", into, before, case=row.id)


@operation(Permission.CASES_VIEW)
def escalate_case(work: UnitOfWork, command: EscalateCase) -> int:
    """Draft an emergency event from a case, which goes on in the queue, and give the draft's number (R-103)."""
    row = the_case(work, command.estate_id, command.case_id, command.version)
    if not works_on(work, row):
        require_any(work, command.estate_id, Permission.CASES_CLASSIFY)
    reason = check_escalation(facts=facts_of(row), reason=command.reason)
    before = audit_facts(row)
    row.escalated_at = work.now
    draft = add_draft(
        work.session,
        estate=command.estate_id,
        draft_id=work.new_id(command.estate_id),
        record_id=row.id,
        kind=DraftKind.EVENT,
        facts=_event_facts(row),
        by=work.actor.user_id,
        at=work.now,
    )
    note_step(work, row, CaseAction.ESCALATION, facts={"draft": draft.id}, words={"reason": reason})
    record_change(work, "escalated", row, before, reason=reason, draft=draft.id)
    return draft.id


@operation(Permission.CASES_ASSIGN)
def link_measure(work: UnitOfWork, command: LinkMeasure) -> None:
    """Name the improvement measure of the same estate that deals with a case, or take it away (R-104)."""
    row = the_case(work, command.estate_id, command.case_id, command.version)
    if is_ended(CaseState(row.state)):
        raise CaseEnded(state=CaseState(row.state))
    if command.measure_id is not None:
        measure = load_measure(work.session, command.estate_id, command.measure_id)
        if measure is None:
            raise NotFound
        check_rectification(
            from_complaints=measure.source == MeasureSource.COMPLAINT.value,
            cancelled=measure.stage == Stage.CANCELLED.value,
        )
    if row.measure_id == command.measure_id:
        return
    before = audit_facts(row)
    row.measure_id = command.measure_id
    note_step(work, row, CaseAction.RECTIFICATION, facts={"measure": command.measure_id})
    record_change(work, "rectification", row, before)


@operation(Permission.CASES_ASSIGN)
def bulk_assign(work: UnitOfWork, command: BulkAssign) -> tuple[AssignOutcome, ...]:
    """Assign several cases to one handler; those that cannot be are left as they are and say why."""
    if len(command.cases) > MOST_TOGETHER:
        raise TooManyCases(most=MOST_TOGETHER)
    person = the_assignee(work, command.estate_id, command.handler)
    department = check_department(work, command.department)
    terms = terms_now(work, command.estate_id)
    data = Assignment(handler=person, department=department)
    checked = [(case, _checked_assignment(work, command.estate_id, case, data)) for case in dict(command.cases).items()]
    outcomes = list[AssignOutcome]()
    for (case, _), found in checked:
        if isinstance(found, Problem):
            outcomes.append(AssignOutcome(case, found))
            continue
        _store(work, *found, terms)
        outcomes.append(AssignOutcome(case))
    return tuple(outcomes)


def _checked_assignment(
    work: UnitOfWork, estate: EstateId, case: tuple[CaseId, int], data: Assignment
) -> tuple[Case, CaseStep] | Problem:
    """The row and its step, or what speaks against it."""
    try:
        row = the_case(work, estate, *case)
        return row, check_move(facts=facts_of(row), target=CaseState.ASSIGNED, data=data, now=work.now)
    except BusinessError as error:
        return Problem(error.code, {name: str(value) for name, value in error.fields.items()})


def _classify(work: UnitOfWork, row: Case, target: CaseState, data: Classification, terms: ServiceTerms) -> CaseState:
    """Classify a case; whether it is repeated shows only now that its matter is known."""
    _check_special(work, row, data)
    data = replace(data, department=check_department(work, data.department, kept=row.department))
    repeated = _repeated_as(work, row, data, terms)
    step = check_move(
        facts=replace(facts_of(row), repeated=repeated),
        target=target,
        data=data,
        now=work.now,
        several_from=terms.cases.several_from,
    )
    _store(work, row, step, terms, repeated=repeated)
    return step.state


def _store(work: UnitOfWork, row: Case, step: CaseStep, terms: ServiceTerms, *, repeated: bool | None = None) -> None:
    """Store a step with its clocks, its entry in the timeline, its place in the search and its audit."""
    before, was, ended = audit_facts(row), (row.record_type, row.grade), row.ended_on is not None
    row.repeated = row.repeated if repeated is None else repeated
    store_step(row, step, now=work.now)
    if isinstance(step.data, Assignment):
        put_collaborators(work.session, EstateId(row.estate_id), CaseId(row.id), step.data.collaborators)
    run_clocks(work, row, terms, step.clocks, regraded=was != (row.record_type, row.grade))
    if ended is not (row.ended_on is not None):
        mark_ended(work.session, EstateId(row.estate_id), row.id, not ended)
    action, words = action_of(data=step.data), step_words(step.data)
    facts, done_at = step_facts(step.data), getattr(step.data, "at", None)
    note_step(work, row, action, source=step.source.value, facts=facts, words=words, done_at=done_at)
    record_change(work, action.value, row, before, reason=words.get("reason", ""))


def _repeated_as(work: UnitOfWork, row: Case, data: Classification, terms: ServiceTerms) -> bool:
    trace = replace(trace_of(row), record_type=data.record_type, sub_category=data.sub_category)
    return still_repeated(work, row, trace, terms)


def _check_special(work: UnitOfWork, row: Case, data: Classification) -> None:
    """The special flag is set, and taken away, by a supervisor."""
    if data.special != row.special:
        work.actor.require(Permission.CASES_ASSIGN, EstateId(row.estate_id))


def _looked_up(work: UnitOfWork, row: Case, data: StepData) -> StepData:
    """The data with what a form cannot know or may not say: whether people are active, and who calls back."""
    estate = EstateId(row.estate_id)
    if isinstance(data, CallBack):
        entered = step_maker(work.session, estate, CaseId(row.id), CaseAction.RESOLUTION.value)
        if entered is not None and entered == work.actor.user_id:
            raise OwnCallBack
        return replace(data, by=work.actor.staff)
    if isinstance(data, Assignment):
        helpers = tuple(
            Collaborator(the_assignee(work, estate, one.person.staff), one.part) for one in data.collaborators
        )
        handler = None if data.handler is None else the_assignee(work, estate, data.handler.staff)
        department = check_department(work, data.department, kept=row.department)
        return replace(data, handler=handler, collaborators=helpers, department=department)
    return data


def _event_facts(row: Case) -> dict[str, Any]:
    """What the emergency event begins with; the place in words goes when the case is forgotten."""
    return {
        "category": row.category,
        "sub_category": row.sub_category,
        "grade": row.grade,
        "place": row.place,
        "building": row.area if row.unit_id is not None else "",
        "since": instant_text(row.happened_at),
        "households": row.households,
    }


Right: TypeAlias = Callable[[UnitOfWork, Case], None]


def _needs(*permissions: Permission) -> Right:
    """Any of these permissions in the case's estate."""
    return lambda work, row: require_any(work, EstateId(row.estate_id), *permissions)


def _handles(work: UnitOfWork, row: Case) -> None:
    """The handler and who helps; a supervisor records it for somebody without an account."""
    if not works_on(work, row):
        work.actor.require(Permission.CASES_ASSIGN, EstateId(row.estate_id))


def _has_own_command(_work: UnitOfWork, _row: Case) -> None:
    raise TypeError("a transfer and a merge have commands of their own")


_RIGHTS: Final[Mapping[type[StepData], Right]] = {
    Classification: _needs(Permission.CASES_CLASSIFY),
    Assignment: _needs(Permission.CASES_ASSIGN),
    FirstContact: _handles,
    Plan: _handles,
    Resolution: _handles,
    CallBack: _needs(Permission.CASES_CALL),
    Closing: _needs(Permission.CASES_CLOSE),
    Reopening: _needs(Permission.CASES_CALL, Permission.CASES_CLOSE),
    Withdrawal: _needs(Permission.CASES_CLASSIFY),
    Archiving: _needs(Permission.SYSTEM_RUN),
    Transfer: _has_own_command,
    Merge: _has_own_command,
}
"""Who may take a step, by what it is entered with."""
