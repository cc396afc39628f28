"""Whom a case can be given to, with what each has open already; and who has cases now (R-082, R-087)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import case, func, or_, select

from core.admin.permissions import Permission
from core.complaints.grading import CaseGrade
from core.complaints.states import CaseProgress, CaseState, progress_of
from core.complaints.workload import AGE_STEP_DAYS, MOST_AGE_POINTS, Candidate, Load, case_points, dispatch_order
from core.kernel.identity import EstateId, StaffId
from core.kernel.periods import local_day
from core.staff.records import StaffState
from db.models import Case, StaffMember
from db.queries.service_rows import day_begins
from db.repositories.service_access import cases_seen_by
from db.unit_of_work import Reader, query

MOST_PEOPLE: Final = 500
_TO_WORK_ON: Final = tuple(
    state.value for state in CaseState if progress_of(state) in (CaseProgress.PENDING, CaseProgress.IN_PROGRESS)
)


@dataclass(frozen=True, slots=True)
class PeopleWanted:
    """Who may take a case of a department (code) in an estate."""

    estate_id: EstateId
    department: str = ""


@dataclass(frozen=True, slots=True)
class CasePerson:
    """Somebody who may take a case, in the order of the proposal: ``matches`` the department, then by load.

    ``load`` counts what the person has to work on in all estates, also those the asking person does not look after.
    """

    staff_id: StaffId
    number: str
    name: str
    post: str
    department: str
    matches: bool
    load: Load


@dataclass(frozen=True, slots=True)
class HandlersWanted:
    """The handlers of cases in an estate (``None``: in all the person's)."""

    estate_id: EstateId | None = None


@dataclass(frozen=True, slots=True)
class HandlerOption:
    """Somebody with open cases, to filter by."""

    staff_id: StaffId
    name: str
    cases: int


@query(Permission.CASES_ASSIGN)
def case_people(reader: Reader, wanted: PeopleWanted) -> tuple[CasePerson, ...]:
    """The active staff of the estate and of the whole company, best first (R-082); two statements."""
    member = StaffMember
    here = or_(member.estate_id.is_(None), member.estate_id == wanted.estate_id)
    statement = (
        select(member.id, member.number, member.name, member.post, member.department)
        .where(here, member.state == StaffState.ACTIVE.value)
        .order_by(member.id)
        .limit(MOST_PEOPLE)
    )
    found = {StaffId(row.id): row for row in reader.rows(statement)}
    candidates = [Candidate(staff, row.department) for staff, row in found.items()]
    proposed = dispatch_order(candidates=candidates, department=wanted.department, loads=_loads(reader))
    return tuple(_person(found[one.staff], matches=one.matches, load=one.load) for one in proposed)


@query(Permission.CASES_VIEW)
def case_handlers(reader: Reader, wanted: HandlersWanted) -> tuple[HandlerOption, ...]:
    """Who handles open cases that the person sees, by name, with how many."""
    conditions = [Case.ended_on.is_(None), reader.scope(Case.estate_id), cases_seen_by(reader.actor)]
    if wanted.estate_id is not None:
        conditions.append(Case.estate_id == wanted.estate_id)
    statement = (
        select(StaffMember.id, StaffMember.name, func.count().label("cases"))
        .join(Case, Case.handler_id == StaffMember.id)
        .where(*conditions)
        .group_by(StaffMember.id, StaffMember.name)
        .order_by(StaffMember.name, StaffMember.id)
        .limit(MOST_PEOPLE)
    )
    return tuple(HandlerOption(StaffId(row.id), row.name, row.cases) for row in reader.rows(statement))


def _loads(reader: Reader) -> Mapping[StaffId, Load]:
    """What everybody has to work on, counted by grade and age as the points ask for it."""
    today = local_day(reader.now)
    steps = range(MOST_AGE_POINTS, 0, -1)
    begun = ((step, day_begins(today - timedelta(days=step * AGE_STEP_DAYS - 1))) for step in steps)
    age: Any = case(*((Case.registered_at < before, step) for step, before in begun), else_=0)
    statement = (
        select(Case.handler_id, Case.grade, age.label("age"), func.count().label("cases"))
        .where(Case.ended_on.is_(None), Case.handler_id.is_not(None), Case.state.in_(_TO_WORK_ON))
        .group_by(Case.handler_id, Case.grade, age)
    )
    loads: dict[StaffId, Load] = {}
    for row in reader.rows(statement):
        staff, grade = StaffId(row.handler_id), CaseGrade(row.grade)
        before = loads.get(staff, Load())
        points = row.cases * case_points(grade=grade, age_days=row.age * AGE_STEP_DAYS)
        urgent = row.cases if grade is CaseGrade.URGENT else 0
        loads[staff] = Load(before.points + points, before.cases + row.cases, before.urgent + urgent)
    return loads


def _person(row: Any, *, matches: bool, load: Load) -> CasePerson:
    return CasePerson(StaffId(row.id), row.number, row.name, row.post, row.department, matches, load)
