"""One case with all its page needs beside timeline, clocks, photos and links (R-079, R-082, R-088, R-097, R-101)."""

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, and_, false, or_, select, true, union_all
from sqlalchemy.orm import aliased

from core.admin.permissions import Permission
from core.admin.settings import CaseSettings
from core.complaints.actions import CaseAction
from core.complaints.grading import CaseGrade, GradeDecision, HandlingType, handling_types
from core.complaints.outcome_steps import NoCallBack
from core.complaints.repeats import CaseTrace, repetition_of
from core.complaints.states import CaseProgress, CaseState, is_ended, progress_of
from core.complaints.taxonomy import (
    CaseCategory,
    CaseChannel,
    CauseDetail,
    Emotion,
    RecordType,
    RootCause,
    Solution,
    SubCategory,
)
from core.complaints.workload import needs_rectification
from core.customers.customer_record import contact_shown
from core.kernel.attachments import LinkTarget
from core.kernel.identity import CaseId, CustomerId, EstateId, MeasureId, StaffId, UnitId, UserId
from core.kernel.periods import local_day
from core.meetings.measures import Stage
from db.models import (
    Case,
    CaseCollaborator,
    Customer,
    Estate,
    Measure,
    ServiceLink,
    ServiceRecord,
    ServiceStep,
    ServiceStepText,
    StaffMember,
    Unit,
    User,
    WorkOrder,
)
from db.queries.case_household import (
    Arrears,
    Related,
    arrears_of,
    arrears_row,
    by_tie,
    check_numbers,
    related,
    related_row,
)
from db.queries.case_rights import CaseActs, NextStep, Standing, acts_on_case, steps_of_case
from db.queries.case_views import case_level
from db.queries.service_rows import Deadline, QueueLevel, day_begins, deadline_of
from db.repositories.cases import facts_of, open_field, trace_of
from db.repositories.customers import name_place, phone_place
from db.repositories.service_access import cases_seen_by
from db.repositories.service_steps import words_place
from db.repositories.service_terms import ServiceTerms, service_terms
from db.unit_of_work import NotFound, Reader, query

_GRADED: Final = (CaseAction.CLASSIFICATION.value, CaseAction.RECLASSIFICATION.value)


@dataclass(frozen=True, slots=True)
class CaseWanted:
    """One case."""

    estate_id: EstateId
    case_id: CaseId


@dataclass(frozen=True, slots=True)
class Giver:
    """Who complained, masked: a customer on file, or a caller who is not (``customer_id`` ``None``)."""

    customer_id: CustomerId | None
    name: str
    phone: str
    has_phone: bool


@dataclass(frozen=True, slots=True)
class Helper:
    """Somebody who helps with the case, and with which part of the duty (R-082)."""

    staff_id: StaffId
    name: str
    part: str


@dataclass(frozen=True, slots=True)
class Rectification:
    """The improvement measure that deals with a repeated complaint (R-104)."""

    measure_id: MeasureId
    number: str
    stage: Stage
    deadline: date


@dataclass(frozen=True, slots=True)
class CaseReference:
    """Another case by its number."""

    case_id: CaseId
    number: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Milestones:
    """When the case came how far, the newest time of each; ``reopen_until``: the last day on which it opens again."""

    responded_at: datetime | None
    resolved_at: datetime | None
    called_back_at: datetime | None
    reopened_at: datetime | None
    reopenings: int
    ended_at: datetime | None
    reopen_until: date | None
    escalated_at: datetime | None
    anonymised_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseOutcome:
    """What came out of it so far; ``None`` where that is not known yet."""

    root_cause: RootCause | None
    cause_detail: CauseDetail | None
    solution: Solution | None
    satisfied: bool | None
    no_call_back: NoCallBack | None
    merged_into: CaseReference | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseTies:
    """What has to do with the case, newest first.

    ``orders``: the requests that belong to it; ``neighbours``: what else is open in the same unit; ``repeats``: the
    complaints it repeats; ``merged``: the cases that go on in it.
    """

    orders: tuple[Related, ...]
    neighbours: tuple[Related, ...]
    repeats: tuple[Related, ...]
    merged: tuple[Related, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseCard:
    """A case. What was said is open here, for whoever sees the case; people are masked all the same (R-101).

    ``giver`` is ``None`` for an anonymous case. ``grade`` carries the proposed one and why they differ. ``arrears`` is
    ``None`` without a unit, and for people who may not see fees. ``steps`` and ``acts`` are what may be done next.
    ``terms`` are those of the estate today, so that the details of the record need not read them again.
    """

    estate_id: EstateId
    estate_name: str
    case_id: CaseId
    version: int
    number: str
    record_type: RecordType
    category: CaseCategory | None
    sub_category: SubCategory | None
    grade: GradeDecision
    handling: tuple[HandlingType, ...]
    state: CaseState
    progress: CaseProgress
    level: QueueLevel
    deadline: Deadline | None
    unit_id: UnitId | None
    unit_code: str
    area: str
    place: str
    happened_at: datetime
    registered_at: datetime
    channel: CaseChannel
    emotion: Emotion
    anonymous: bool
    giver: Giver | None
    content: str
    claim: str
    source_reference: str
    households: int
    special: bool
    repeated: bool
    needs_rectification: bool
    department: str
    handler: StaffId | None
    handler_name: str
    receiver: UserId | None
    receiver_name: str
    collaborators: tuple[Helper, ...]
    times: Milestones
    outcome: CaseOutcome
    measure: Rectification | None
    on_hold: bool
    steps: tuple[NextStep, ...]
    acts: CaseActs
    ties: CaseTies
    arrears: Arrears | None
    terms: ServiceTerms


@query(Permission.CASES_VIEW)
def case_card(reader: Reader, wanted: CaseWanted) -> CaseCard:
    """One case the person sees, in five statements; ``NotFound`` when there is none."""
    check_numbers(wanted.estate_id, wanted.case_id)
    found = reader.rows(_case(reader, wanted))
    if not found:
        raise NotFound
    row = found[0]
    terms = service_terms(reader.connection, wanted.estate_id, local_day(reader.now))
    return _card(reader, row, terms, _helpers(reader, wanted), _ties(reader, row, terms.cases))


def _case(reader: Reader, wanted: CaseWanted) -> Any:
    into, unit = aliased(ServiceRecord), aliased(Case)
    columns: list[Any] = [
        *Case.__table__.columns,
        ServiceRecord.number,
        Estate.name.label("estate_name"),
        Unit.code.label("unit_code"),
        StaffMember.name.label("handler_name"),
        User.display_name.label("receiver_name"),
        Customer.name_sealed,
        Customer.phone_sealed,
        Measure.number.label("measure_number"),
        Measure.stage.label("measure_stage"),
        Measure.deadline.label("measure_deadline"),
        into.number.label("into_number"),
        ServiceStepText.step_id,
        ServiceStepText.words_sealed,
        _newest_step(ServiceStep.made_by, CaseAction.RESOLUTION.value).label("resolved_by"),
    ]
    statement = (
        select(*columns)
        .select_from(Case)
        .join(ServiceRecord, and_(ServiceRecord.estate_id == Case.estate_id, ServiceRecord.id == Case.id))
        .join(Estate, Estate.id == Case.estate_id)
        .outerjoin(Unit, and_(Unit.estate_id == Case.estate_id, Unit.id == Case.unit_id))
        .outerjoin(StaffMember, StaffMember.id == Case.handler_id)
        .outerjoin(User, User.id == Case.received_by)
        .outerjoin(Customer, and_(Customer.estate_id == Case.estate_id, Customer.id == Case.customer_id))
        .outerjoin(Measure, and_(Measure.estate_id == Case.estate_id, Measure.id == Case.measure_id))
        .outerjoin(into, and_(into.estate_id == Case.estate_id, into.id == Case.merged_into))
        .outerjoin(ServiceStepText, _says_why_graded())
        .where(Case.estate_id == wanted.estate_id, Case.id == wanted.case_id)
        .where(reader.scope(Case.estate_id), cases_seen_by(reader.actor))
    )
    if reader.actor.may_at(Permission.FEES_VIEW, wanted.estate_id):
        own = select(unit.unit_id).where(unit.estate_id == wanted.estate_id, unit.id == wanted.case_id)
        arrears = arrears_of(wanted.estate_id, own.scalar_subquery(), local_day(reader.now))
        statement = statement.add_columns(*arrears.c).join(arrears, true())
    return statement


def _newest_step(column: Any, *actions: str) -> Any:
    """A column of the newest step of some kinds."""
    step = ServiceStep
    own = (step.estate_id == Case.estate_id, step.record_id == Case.id, step.action.in_(actions))
    return select(column).where(*own).order_by(step.id.desc()).limit(1).correlate(Case).scalar_subquery()


def _says_why_graded() -> ColumnElement[bool]:
    """The words of the step that gave the grade: the newest that classified the case."""
    newest = _newest_step(ServiceStep.id, *_GRADED)
    return and_(ServiceStepText.estate_id == Case.estate_id, ServiceStepText.step_id == newest)


def _helpers(reader: Reader, wanted: CaseWanted) -> tuple[Helper, ...]:
    statement = (
        select(StaffMember.id, StaffMember.name, CaseCollaborator.part)
        .join(CaseCollaborator, CaseCollaborator.staff_id == StaffMember.id)
        .where(CaseCollaborator.estate_id == wanted.estate_id, CaseCollaborator.case_id == wanted.case_id)
        .order_by(StaffMember.number)
    )
    return tuple(Helper(StaffId(row.id), row.name, row.part) for row in reader.rows(statement))


def _ties(reader: Reader, row: Row[Any], settings: CaseSettings) -> CaseTies:
    """What has to do with the case, in one statement."""
    here = Case.estate_id == row.estate_id
    ordered = _belongs(row)
    parts = [
        related(reader, WorkOrder, "order", ordered),
        related(reader, Case, "merged", here, Case.merged_into == row.id),
        related(reader, Case, "repeats", here, *_same_matter(row, settings)),
    ]
    if row.unit_id is not None:
        same_unit = (Case.unit_id == row.unit_id, Case.ended_on.is_(None), Case.id != row.id)
        parts.append(related(reader, Case, "neighbour", here, *same_unit))
        orders = (WorkOrder.estate_id == row.estate_id, WorkOrder.unit_id == row.unit_id, WorkOrder.ended_on.is_(None))
        parts.append(related(reader, WorkOrder, "neighbour", *orders, ~ordered))
    found = by_tie(reader.rows(union_all(*parts)))
    again = _repeated(row, found["repeats"], settings)
    shown = {tie: tuple(related_row(one, reader.now) for one in rows) for tie, rows in found.items()}
    return CaseTies(
        orders=shown.get("order", ()),
        neighbours=shown.get("neighbour", ()),
        repeats=tuple(one for one in shown.get("repeats", ()) if one.record_id in again),
        merged=shown.get("merged", ()),
    )


def _belongs(row: Row[Any]) -> ColumnElement[bool]:
    """The condition that a request follows from the case or one is linked to the other; never unknown."""
    link, order = ServiceLink, aliased(WorkOrder)
    here = link.estate_id == row.estate_id
    from_case = (here, link.record_id == row.id, link.target == LinkTarget.ORDER.value)
    from_order = (here, link.target == LinkTarget.CASE.value, link.target_id == row.id)
    follows = select(order.id).where(order.estate_id == row.estate_id, order.source_case == row.id)
    found = union_all(select(link.target_id).where(*from_case), select(link.record_id).where(*from_order), follows)
    return and_(WorkOrder.estate_id == row.estate_id, WorkOrder.id.in_(found))


def _same_matter(row: Row[Any], settings: CaseSettings) -> tuple[ColumnElement[bool], ...]:
    """What narrows the complaints that a case may repeat; whether it does, the rule says."""
    if not (row.repeated and row.sub_category):
        return (false(),)
    first = local_day(row.registered_at) - timedelta(days=settings.repeat_days)
    same_place = Case.place_key == row.place_key if row.place_key else false()
    here = or_(Case.unit_id == row.unit_id, same_place) if row.unit_id is not None else same_place
    registered = (Case.registered_at >= day_begins(first), Case.registered_at <= row.registered_at)
    return (here, Case.sub_category == row.sub_category, Case.record_type == row.record_type, *registered)


def _repeated(row: Row[Any], others: Collection[Row[Any]], settings: CaseSettings) -> frozenset[int]:
    traces = (
        CaseTrace(
            case=CaseId(one.id),
            record_type=RecordType(one.topic),
            state=CaseState(one.state),
            sub_category=SubCategory(one.detail),
            unit=None if one.unit_id is None else UnitId(one.unit_id),
            place=one.place,
            registered_at=one.registered_at,
        )
        for one in others
    )
    found = repetition_of(case=trace_of(row), others=traces, least=settings.repeat_least, days=settings.repeat_days)
    return frozenset(found.cases)


def _card(reader: Reader, row: Row[Any], terms: ServiceTerms, helpers: tuple[Helper, ...], ties: CaseTies) -> CaseCard:
    facts = facts_of(row)
    state, record_type, grade = facts.state, facts.record_type, CaseGrade(row.grade)
    dues = {"due_target": row.due_target, "due_hard": row.due_hard, "now": reader.now}
    receiver = None if row.received_by is None else UserId(row.received_by)
    forgotten = row.anonymised_at is not None
    standing = Standing(
        actor=reader.actor,
        facts=facts,
        helps=any(one.staff_id == reader.actor.staff for one in helpers),
        received_by=receiver,
        resolved_by=row.resolved_by,
        forgotten=forgotten,
    )
    return CaseCard(
        estate_id=facts.estate,
        estate_name=row.estate_name,
        case_id=facts.case,
        version=row.version,
        number=row.number,
        record_type=record_type,
        category=CaseCategory(row.category) if row.category else None,
        sub_category=SubCategory(row.sub_category) if row.sub_category else None,
        grade=GradeDecision(grade, CaseGrade(row.proposed_grade), _grade_reason(reader, row)),
        handling=handling_types(grade=grade, repeated=row.repeated, special=row.special),
        state=state,
        progress=progress_of(state),
        level=case_level(record_type=record_type, state=state, **dues),
        deadline=None if is_ended(state) else deadline_of(**dues),
        unit_id=None if row.unit_id is None else UnitId(row.unit_id),
        unit_code=row.unit_code or "",
        area=row.area,
        place=row.place,
        happened_at=row.happened_at,
        registered_at=row.registered_at,
        channel=CaseChannel(row.channel),
        emotion=Emotion(row.emotion),
        anonymous=row.anonymous,
        giver=_giver(reader, row),
        content="" if forgotten else open_field(reader.keys, row, "content"),
        claim="" if forgotten else open_field(reader.keys, row, "claim"),
        source_reference=row.source_reference,
        households=row.households,
        special=row.special,
        repeated=row.repeated,
        needs_rectification=needs_rectification(
            record_type=record_type, repeated=row.repeated, rectification=facts.rectification
        ),
        department=row.department,
        handler=facts.handler,
        handler_name=row.handler_name or "",
        receiver=receiver,
        receiver_name=row.receiver_name or "",
        collaborators=helpers,
        times=_milestones(row, terms.cases),
        outcome=_outcome(row),
        measure=_measure(row),
        on_hold=row.on_hold,
        steps=steps_of_case(standing),
        acts=acts_on_case(standing),
        ties=ties,
        arrears=arrears_row(row) if row.unit_id is not None and hasattr(row, "overdue_fen") else None,
        terms=terms,
    )


def _grade_reason(reader: Reader, row: Row[Any]) -> str:
    """Why the grade is not the proposed one; forgotten with the words of the step."""
    if row.words_sealed is None:
        return ""
    opened = json.loads(reader.keys.open(row.words_sealed, place=words_place(row.estate_id, row.step_id)))
    return str(opened.get("grade_reason", ""))


def _giver(reader: Reader, row: Row[Any]) -> Giver | None:
    if row.anonymous:
        return None
    keys, sees = reader.keys, reader.actor.may_at(Permission.CUSTOMERS_VIEW, EstateId(row.estate_id))
    if row.customer_id is None:
        name, phone = open_field(keys, row, "caller_name"), open_field(keys, row, "caller_phone")
        shown = contact_shown(name=name, phone=phone, sees_customers=sees)
        return Giver(None, shown.name, shown.phone, shown.has_phone)
    key = (row.estate_id, row.customer_id)
    phone = keys.open(row.phone_sealed, place=phone_place(*key)) if row.phone_sealed is not None else ""
    shown = contact_shown(name=keys.open(row.name_sealed, place=name_place(*key)), phone=phone, sees_customers=sees)
    return Giver(CustomerId(row.customer_id), shown.name, shown.phone, shown.has_phone)


def _milestones(row: Row[Any], settings: CaseSettings) -> Milestones:
    return Milestones(
        responded_at=row.responded_at,
        resolved_at=row.resolved_at,
        called_back_at=row.called_back_at,
        reopened_at=row.reopened_at,
        reopenings=row.reopenings,
        ended_at=row.ended_at,
        reopen_until=_reopen_until(row, settings),
        escalated_at=row.escalated_at,
        anonymised_at=row.anonymised_at,
    )


def _outcome(row: Row[Any]) -> CaseOutcome:
    return CaseOutcome(
        root_cause=RootCause(row.root_cause) if row.root_cause else None,
        cause_detail=CauseDetail(row.cause_detail) if row.cause_detail else None,
        solution=Solution(row.solution) if row.solution else None,
        satisfied=row.satisfied,
        no_call_back=NoCallBack(row.no_call_back) if row.no_call_back else None,
        merged_into=None if row.merged_into is None else CaseReference(CaseId(row.merged_into), row.into_number),
    )


def _measure(row: Row[Any]) -> Rectification | None:
    if row.measure_id is None:
        return None
    return Rectification(MeasureId(row.measure_id), row.measure_number, Stage(row.measure_stage), row.measure_deadline)


def _reopen_until(row: Row[Any], settings: CaseSettings) -> date | None:
    if row.state != CaseState.CLOSED.value or row.ended_on is None:
        return None
    last: date = row.ended_on + timedelta(days=settings.reopen_days)
    return last
