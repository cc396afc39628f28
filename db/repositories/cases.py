"""Complaints: rows and core values, sealed words and callers, and what to look for when they repeat (R-073, R-097)."""

import json
from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any, Final

from sqlalchemy import and_, delete, exists, false, insert, or_, select
from sqlalchemy.orm import Session

from core.complaints.case import CaseRecord
from core.complaints.facts import CaseFacts
from core.complaints.grading import CaseGrade, queue_rank
from core.complaints.handling_steps import Assignee, Collaborator
from core.complaints.repeats import CaseTrace, place_key
from core.complaints.states import CaseState
from core.complaints.taxonomy import CaseCategory, CaseChannel, Emotion, RecordType, SubCategory
from core.customers.masking import normalise_phone
from core.kernel.identity import CaseId, CustomerId, EstateId, MeasureId, StaffId, UnitId, UserId
from core.staff.records import StaffState
from db.keys import KeyRing
from db.models import Building, Case, CaseCollaborator, ServiceStep, StaffMember, Unit
from db.repositories.customers import phone_index

SEALED: Final = ("content", "claim", "caller_name", "caller_phone")
"""The fields of a case's record that are sealed; the column's name ends in ``_sealed``."""

MOST_CANDIDATES: Final = 500
"""Earlier cases of one place and matter that are looked at; more than any place has within the longest window."""


def case_place(field: str, estate: int, case: int) -> str:
    """Where a field of a case is sealed for."""
    return f"cases.{field}:{estate}:{case}"


def open_field(keys: KeyRing, row: Any, field: str) -> str:
    """A sealed field of a row that carries ``estate_id``, ``id`` and the field's column; "" when there is nothing."""
    sealed = getattr(row, f"{field}_sealed")
    return "" if sealed is None else keys.open(sealed, place=case_place(field, row.estate_id, row.id))


def load_case(session: Session, estate: EstateId, case: CaseId) -> Case | None:
    """The row, for a change."""
    return session.get(Case, (estate, case))


def record_of(keys: KeyRing, row: Any) -> CaseRecord:
    """The record as it was registered or edited last, with its words opened."""
    opened = {field: open_field(keys, row, field) for field in SEALED}
    return CaseRecord(
        record_type=RecordType(row.record_type),
        category=CaseCategory(row.category) if row.category else None,
        sub_category=SubCategory(row.sub_category) if row.sub_category else None,
        unit=None if row.unit_id is None else UnitId(row.unit_id),
        place=row.place,
        happened_at=row.happened_at,
        channel=CaseChannel(row.channel),
        emotion=Emotion(row.emotion),
        anonymous=row.anonymous,
        customer=None if row.customer_id is None else CustomerId(row.customer_id),
        households=row.households,
        special=row.special,
        source_reference=row.source_reference,
        **opened,
    )


def fill(keys: KeyRing, row: Case, record: CaseRecord, *, area: str) -> None:
    """Write a checked record into a row that has its key; ``area`` is the building's code, else the public place."""
    if record.happened_at is None or record.channel is None or record.emotion is None:
        raise ValueError("a checked record says when, by which channel and in which mood")
    row.record_type = record.record_type.value
    row.category = record.category.value if record.category else ""
    row.sub_category = record.sub_category.value if record.sub_category else ""
    row.unit_id, row.customer_id = record.unit, record.customer
    row.area, row.place, row.place_key = area, record.place, place_key(place=record.place)
    row.happened_at, row.channel, row.emotion = record.happened_at, record.channel.value, record.emotion.value
    row.anonymous, row.households, row.special = record.anonymous, record.households, record.special
    row.source_reference = record.source_reference
    for field in SEALED:
        text = getattr(record, field)
        sealed = keys.seal(text, place=case_place(field, row.estate_id, row.id)) if text else None
        setattr(row, f"{field}_sealed", sealed)
    row.caller_phone_index = phone_index(keys, record.caller_phone) if normalise_phone(record.caller_phone) else None


def facts_of(row: Any) -> CaseFacts:
    """What core needs of a case before a step."""
    return CaseFacts(
        estate=EstateId(row.estate_id),
        case=CaseId(row.id),
        record_type=RecordType(row.record_type),
        state=CaseState(row.state),
        registered_at=row.registered_at,
        reopened_at=row.reopened_at,
        resolved_at=row.resolved_at,
        closed_on=row.ended_on,
        department=row.department,
        handler=None if row.handler_id is None else StaffId(row.handler_id),
        anonymous=row.anonymous,
        repeated=row.repeated,
        rectification=None if row.measure_id is None else MeasureId(row.measure_id),
        households=row.households,
        escalated=row.escalated_at is not None,
        reopenings=row.reopenings,
    )


def put_grade(row: Case, grade: CaseGrade, proposed: CaseGrade) -> None:
    """Store the grade that holds and the proposed one, with the place in the queue that follows."""
    row.grade, row.proposed_grade, row.queue_rank = grade.value, proposed.value, queue_rank(grade)


def area_of_unit(session: Session, estate: EstateId, unit: UnitId) -> str | None:
    """The code of the building a unit stands in; ``None`` when the estate has no such unit."""
    building = and_(Building.estate_id == Unit.estate_id, Building.id == Unit.building_id)
    statement = select(Building.code).join(Unit, building).where(Unit.estate_id == estate, Unit.id == unit)
    found: str | None = session.scalar(statement)
    return found


def trace_of(row: Any) -> CaseTrace:
    """What of a case shows that another is about the same; its words are left out."""
    return CaseTrace(
        case=CaseId(row.id),
        record_type=RecordType(row.record_type),
        state=CaseState(row.state),
        sub_category=SubCategory(row.sub_category) if row.sub_category else None,
        unit=None if row.unit_id is None else UnitId(row.unit_id),
        place=row.place,
        registered_at=row.registered_at,
    )


def repeat_candidates(session: Session, case: CaseTrace, estate: EstateId, since: datetime) -> tuple[CaseTrace, ...]:
    """The newest cases of the estate with the sub-category of a case, at its unit or place, registered since then."""
    key = place_key(place=case.place)
    here = or_(
        false() if case.unit is None else Case.unit_id == case.unit,
        Case.place_key == key if key else false(),
    )
    if case.sub_category is None:
        return ()
    columns = (Case.id, Case.record_type, Case.state, Case.sub_category, Case.unit_id, Case.place, Case.registered_at)
    statement = (
        select(*columns)
        .where(Case.estate_id == estate, here, Case.registered_at >= since, Case.id != case.case)
        .where(Case.sub_category == case.sub_category.value, Case.record_type == RecordType.COMPLAINT.value)
        .order_by(Case.registered_at.desc(), Case.id.desc())
        .limit(MOST_CANDIDATES)
    )
    return tuple(trace_of(row) for row in session.execute(statement))


def assignees(session: Session, estate: EstateId, members: Collection[StaffId]) -> dict[StaffId, Assignee]:
    """The members of staff among these who belong to the estate or to the whole company, active or not."""
    here = or_(StaffMember.estate_id.is_(None), StaffMember.estate_id == estate)
    statement = select(StaffMember.id, StaffMember.name, StaffMember.state).where(StaffMember.id.in_(members), here)
    rows = session.execute(statement)
    return {StaffId(row.id): Assignee(StaffId(row.id), row.name, row.state == StaffState.ACTIVE.value) for row in rows}


def put_collaborators(session: Session, estate: EstateId, case: CaseId, helpers: Iterable[Collaborator]) -> None:
    """Store who helps with a case in the place of those who did."""
    remove_collaborators(session, estate, case)
    key = {"estate_id": estate, "case_id": case}
    rows = [key | {"staff_id": one.person.staff, "part": one.part} for one in helpers]
    if rows:
        session.execute(insert(CaseCollaborator), rows)


def remove_collaborators(session: Session, estate: EstateId, case: CaseId, staff: StaffId | None = None) -> None:
    """Take away one who helps with a case, or all of them."""
    statement = delete(CaseCollaborator).where(CaseCollaborator.estate_id == estate, CaseCollaborator.case_id == case)
    if staff is not None:
        statement = statement.where(CaseCollaborator.staff_id == staff)
    session.execute(statement, execution_options={"synchronize_session": False})


def helps(session: Session, estate: EstateId, case: CaseId, staff: StaffId) -> bool:
    """Whether somebody helps with a case."""
    own = (CaseCollaborator.estate_id == estate, CaseCollaborator.case_id == case, CaseCollaborator.staff_id == staff)
    return bool(session.scalar(select(exists().where(*own))))


def first_facts(session: Session, estate: EstateId, case: CaseId, action: str) -> dict[str, Any]:
    """The facts of the first step of a kind; empty without such a step (a case brought in from elsewhere)."""
    statement = select(ServiceStep.facts).where(ServiceStep.estate_id == estate, ServiceStep.record_id == case)
    found = session.scalar(statement.where(ServiceStep.action == action).order_by(ServiceStep.id).limit(1))
    facts: dict[str, Any] = json.loads(found or "{}")
    return facts


def step_maker(session: Session, estate: EstateId, case: CaseId, action: str) -> UserId | None:
    """Who entered the newest step of a kind; ``None`` for the system, and without such a step."""
    statement = select(ServiceStep.made_by).where(ServiceStep.estate_id == estate, ServiceStep.record_id == case)
    newest = statement.where(ServiceStep.action == action).order_by(ServiceStep.id.desc()).limit(1)
    found = session.scalar(newest)
    return None if found is None else UserId(found)
