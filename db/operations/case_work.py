"""What every step with a case shares: the case for a change, its clocks, its timeline, repeats, what audit holds."""

from collections.abc import Iterable, Mapping
from datetime import datetime, time, timedelta
from typing import Any

from core.admin.codes import CodeList, check_value
from core.admin.permissions import NotPermitted, Permission
from core.complaints.actions import CaseAction
from core.complaints.grading import CaseGrade, GradeProposal, proposed_grade
from core.complaints.handling_steps import Assignee
from core.complaints.lifecycle import CaseEnded
from core.complaints.repeats import CaseTrace, Repetition, repetition_of
from core.complaints.states import CaseState
from core.complaints.taxonomy import RecordType
from core.kernel.identity import CaseId, EstateId, StaffId
from core.kernel.periods import CHINA, local_day
from core.kernel.signals import ClockSignal
from db.models import Case
from db.operations.estates import changed_facts
from db.operations.service_access import require_case
from db.operations.service_pauses import end_outlived_pauses
from db.repositories.cases import assignees, helps, repeat_candidates, trace_of
from db.repositories.codes import active_codes
from db.repositories.service_clocks import apply_signals, change_levels, refresh
from db.repositories.service_dues import ladder_of
from db.repositories.service_steps import add_step
from db.repositories.service_terms import ServiceTerms, case_limits, service_terms
from db.unit_of_work import EditConflict, NotFound, UnitOfWork

AUDITED = (
    "record_type",
    "category",
    "sub_category",
    "state",
    "grade",
    "proposed_grade",
    "department",
    "handler_id",
    "households",
    "special",
    "repeated",
    "reopenings",
    "root_cause",
    "solution",
    "satisfied",
    "no_call_back",
    "merged_into",
    "measure_id",
    "on_hold",
    "anonymous",
)
"""What an audit entry holds of a case: nothing that somebody typed and nothing that names a household (R-101)."""


def the_case(work: UnitOfWork, estate: EstateId, case: CaseId, version: int | None = None) -> Case:
    """Load a case the person sees for a change; ``EditConflict`` when it is not the version the form was opened with.

    One that was anonymised has ended for good.
    """
    row = require_case(work.session, work.actor, estate, case)
    if version is not None and row.version != version:
        raise EditConflict
    if row.anonymised_at is not None:
        raise CaseEnded(state=CaseState(row.state))
    return row


def terms_now(work: UnitOfWork, estate: EstateId) -> ServiceTerms:
    """Limits, working time and settings that hold in an estate today."""
    return service_terms(work.session.connection(), estate, local_day(work.now))


def run_clocks(
    work: UnitOfWork, row: Case, terms: ServiceTerms, signals: Iterable[ClockSignal], *, regraded: bool = False
) -> None:
    """Store what a step does to the clocks, and when the case wants attention next.

    ``regraded``: type or grade has changed, and other limits hold from the start of the running clocks. They all began
    together: at registration, or when the case was opened again or resolved last.
    """
    estate, signals = EstateId(row.estate_id), tuple(signals)
    limits = case_limits(terms, record_type=RecordType(row.record_type), grade=CaseGrade(row.grade))
    given: dict[str, Any] = {"estate": estate, "record_id": row.id, "levels_of": limits.levels_of}
    if regraded:
        began = (row.registered_at, row.reopened_at, row.resolved_at)
        change_levels(work.session, **given, since=max(at for at in began if at is not None))
    apply_signals(work.session, **given, signals=signals, terms=terms, next_id=lambda: work.new_id(estate))
    end_outlived_pauses(work, row, signals)
    dues = refresh(
        work.session, estate=estate, record_id=row.id, now=work.now, terms=terms, ladder=ladder_of(terms, row)
    )
    row.due_target, row.due_hard, row.next_look = dues.due_target, dues.due_hard, dues.next_look


def note_step(
    work: UnitOfWork,
    row: Case,
    action: CaseAction,
    *,
    source: str = "",
    state: str = "",
    facts: Mapping[str, Any] | None = None,
    words: Mapping[str, str] | None = None,
    done_at: datetime | None = None,
) -> None:
    """Add an entry to the timeline; what was done counts from now unless it was done earlier.

    ``state`` is where the case came to, ``source`` where it was before; both are the present one unless given.
    """
    estate = EstateId(row.estate_id)
    add_step(
        work.session,
        work.keys,
        estate=estate,
        step_id=work.new_id(estate),
        record_id=row.id,
        action=action.value,
        source=source or state or row.state,
        state=state or row.state,
        facts=facts or {},
        words=words or {},
        by=work.actor.user_id,
        entered_at=work.now,
        done_at=done_at or work.now,
    )


def repetition_in(work: UnitOfWork, estate: EstateId, trace: CaseTrace, terms: ServiceTerms) -> Repetition:
    """Say whether a case repeats earlier ones of the estate, by its settings (R-097)."""
    least, days = terms.cases.repeat_least, terms.cases.repeat_days
    first = local_day(trace.registered_at) - timedelta(days=days)
    since = datetime.combine(first, time(), CHINA)
    others = repeat_candidates(work.session, trace, estate, since)
    return repetition_of(case=trace, others=others, least=least, days=days)


def still_repeated(work: UnitOfWork, row: Case, trace: CaseTrace, terms: ServiceTerms) -> bool:
    """Say whether a case counts as repeated about what ``trace`` says it is about.

    Once found so it stays so for the same matter, whatever becomes of the other cases.
    """
    same = (trace.record_type, trace.sub_category, trace.unit, trace.place)
    before = trace_of(row)
    if row.repeated and same == (before.record_type, before.sub_category, before.unit, before.place):
        return True
    return repetition_in(work, EstateId(row.estate_id), trace, terms).repeated


def proposal_for(
    terms: ServiceTerms, *, trace: CaseTrace, repeated: bool, special: bool, households: int
) -> GradeProposal:
    """The grade the rule proposes with the estate's settings (R-079)."""
    return proposed_grade(
        record_type=trace.record_type,
        sub_category=trace.sub_category,
        repeated=repeated,
        special=special,
        households=households,
        several_from=terms.cases.several_from,
    )


def the_assignee(work: UnitOfWork, estate: EstateId, member: StaffId) -> Assignee:
    """Somebody of this estate or of the whole company, active or not; anybody else raises ``NotFound``."""
    found = assignees(work.session, estate, [member]).get(member)
    if found is None:
        raise NotFound
    return found


def check_department(work: UnitOfWork, department: str, *, kept: str = "") -> str:
    """Give a department that stands on the list, or the one the case has; empty stays empty."""
    department = department.strip()
    if department and department != kept:
        active = active_codes(work.session, CodeList.DEPARTMENT)[CodeList.DEPARTMENT]
        check_value(code_list=CodeList.DEPARTMENT, value=department, active=active)
    return department


def works_on(work: UnitOfWork, row: Case) -> bool:
    """Say whether the person handles the case or helps with it, and may handle cases here."""
    estate, staff = EstateId(row.estate_id), work.actor.staff
    if staff is None or not work.actor.may_at(Permission.CASES_HANDLE, estate):
        return False
    return row.handler_id == staff or helps(work.session, estate, CaseId(row.id), staff)


def require_any(work: UnitOfWork, estate: EstateId, *permissions: Permission) -> None:
    """Raise ``NotPermitted`` unless the person has one of the permissions in the estate."""
    if not any(work.actor.may_at(permission, estate) for permission in permissions):
        raise NotPermitted(permission=permissions[0].value)


def audit_facts(row: Case) -> dict[str, Any]:
    """What an audit entry holds of a case."""
    return {name: getattr(row, name) for name in AUDITED}


def record_change(
    work: UnitOfWork, action: str, row: Case, before: Mapping[str, Any] | None, *, reason: str = "", **more: Any
) -> None:
    """Note an audit fact with what of a case has changed (all of it, where it is new).

    ``reason`` is typed by somebody and goes in as a token, because it may name people.
    """
    old, new = changed_facts(dict(before), audit_facts(row)) if before is not None else (None, audit_facts(row))
    said = {"reason": work.keys.token(reason)} if reason else {}
    estate = EstateId(row.estate_id)
    work.record(f"cases.{action}", ("case", row.id), estate=estate, before=old, after=new | more | said)
