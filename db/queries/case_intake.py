"""What helps at the phone: the household found while typing, what it has open, what to propose (R-079, R-081, R-097).

Words of other cases are opened for a bounded number of candidates alone; people are masked.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, Select, and_, case, false, func, or_, select, true, union, union_all

from core.admin.permissions import Permission
from core.complaints.grading import CaseGrade, CaseLimits, GradeProposal, proposed_grade
from core.complaints.promise import Promise, promise_for
from core.complaints.repeats import (
    SIMILAR_DAYS,
    CaseDraft,
    CaseTrace,
    DuplicateCandidate,
    DuplicateReason,
    Repetition,
    likely_duplicates,
    place_key,
    repetition_of,
)
from core.complaints.states import CaseState
from core.complaints.taxonomy import HOME_DEPARTMENTS, CaseCategory, RecordType, SubCategory
from core.customers.masking import TAIL_DIGITS, normalise_phone
from core.customers.unit_record import UnitState
from core.kernel.clocks import ClockFacts, ClockKind, DatedLevels
from core.kernel.identity import CaseId, EstateId, UnitId
from core.kernel.periods import local_day
from core.kernel.sla import clock_state
from db.models import (
    Building,
    Case,
    Customer,
    Estate,
    Occupancy,
    ServiceRecord,
    StaffMember,
    Unit,
    WorkOrder,
)
from db.queries.case_household import (
    Arrears,
    Related,
    Resident,
    arrears_of,
    arrears_row,
    check_numbers,
    related,
    related_row,
    residents,
)
from db.queries.knowledge import KnowledgeRow, OfferedWanted, offered_knowledge
from db.queries.paging import contains, search_text
from db.queries.service_rows import beginning, day_begins
from db.queries.units import is_current
from db.repositories.cases import open_field, trace_of
from db.repositories.customers import name_index, phone_index, tail_index
from db.repositories.service_access import cases_seen_by
from db.repositories.service_terms import ServiceTerms, case_limits, service_terms
from db.unit_of_work import NotFound, Reader, query

MOST_HITS: Final = 20
MOST_CANDIDATES: Final = 200
"""Cases of the same place, and cases of the last days, that are looked at; the newest of each."""
MOST_KNOWN: Final = 3
_NOT_YET: Final = CaseId(2**62)
"""Stands for a case that is not registered: later than all others."""


@dataclass(frozen=True, slots=True)
class HouseholdSearch:
    """A part of a unit's code, a whole name, a whole phone number or its last four digits.

    A search that may find people is noted first (``db.operations.customers.note_contact_search``). Without ``people``
    only codes of units are searched.
    """

    estate_id: EstateId | None
    text: str
    people: bool = True


@dataclass(frozen=True, slots=True)
class HouseholdHit:
    """A unit found, and who has to do with it today."""

    estate_id: EstateId
    estate_name: str
    unit_id: UnitId
    code: str
    people: tuple[Resident, ...]


@dataclass(frozen=True, slots=True)
class HouseholdWanted:
    """One unit. Without ``with_people`` its people are left out: whoever searched for it has them already."""

    estate_id: EstateId
    unit_id: UnitId
    with_people: bool = True


@dataclass(frozen=True, slots=True)
class CallBackMark:
    """What the household said of a result when it was called back last."""

    number: str
    at: datetime
    satisfied: bool


@dataclass(frozen=True, slots=True)
class HouseholdFacts:
    """What to know of a unit while somebody of it is on the phone; ``arrears`` for people who may see fees."""

    estate_id: EstateId
    unit_id: UnitId
    code: str
    building: str
    people: tuple[Resident, ...]
    open: tuple[Related, ...]
    last_call_back: CallBackMark | None
    arrears: Arrears | None


@dataclass(frozen=True, slots=True, kw_only=True)
class IntakeWanted:
    """What is typed of a new case so far. ``grade``: what a person chose instead of the proposed one."""

    estate_id: EstateId
    record_type: RecordType = RecordType.COMPLAINT
    category: CaseCategory | None = None
    sub_category: SubCategory | None = None
    unit_id: UnitId | None = None
    place: str = ""
    content: str = ""
    anonymous: bool = False
    households: int = 1
    special: bool = False
    grade: CaseGrade | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LikelyDuplicate:
    """A case that may be the same. ``likeness`` in whole percent; ``content`` how it begins, for whoever sees it."""

    case_id: CaseId
    number: str
    state: CaseState
    sub_category: SubCategory | None
    place: str
    registered_at: datetime
    handler_name: str
    reasons: tuple[DuplicateReason, ...]
    likeness: int
    content: str
    may_open: bool


@dataclass(frozen=True, slots=True)
class PromisedTime:
    """When a clock that starts now would turn amber and red; ``None`` without such a limit."""

    clock: ClockKind
    target: datetime | None
    hard: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class IntakeAdvice:
    """What the rules say of a case as typed so far.

    ``repeats`` are the numbers of the complaints it would repeat, newest first. ``promise`` is what would be told the
    customer, its number still empty. ``unknown_years``: whose holidays had to be assumed for the times (R-009).
    """

    duplicates: tuple[LikelyDuplicate, ...]
    repeated: bool
    repeats: tuple[str, ...]
    grade: GradeProposal
    department: str
    limits: CaseLimits
    times: tuple[PromisedTime, ...]
    promise: Promise
    unknown_years: tuple[int, ...]
    known: tuple[KnowledgeRow, ...]


@query(Permission.CASES_REGISTER)
def household_hits(reader: Reader, wanted: HouseholdSearch) -> tuple[HouseholdHit, ...]:
    """Units in use that the text finds, the exact code first, twenty at most; nothing for an empty text."""
    text = search_text(wanted.text)
    if not text:
        return ()
    found = union(*_ways(reader, wanted, text)).subquery()
    statement = (
        select(Unit.estate_id, Estate.name, Unit.id, Unit.code)
        .join(found, and_(found.c.estate_id == Unit.estate_id, found.c.unit_id == Unit.id))
        .join(Estate, Estate.id == Unit.estate_id)
        .where(reader.scope(Unit.estate_id), Unit.state == UnitState.ACTIVE.value)
        .order_by(func.length(Unit.code) != len(text), Unit.estate_id, Unit.sort_key, Unit.id)
        .limit(MOST_HITS)
    )
    rows = reader.rows(statement)
    people = residents([(row.estate_id, row.id) for row in rows], reader)
    return tuple(
        HouseholdHit(
            EstateId(row.estate_id), row.name, UnitId(row.id), row.code, people.get((row.estate_id, row.id), ())
        )
        for row in rows
    )


def _ways(reader: Reader, wanted: HouseholdSearch, text: str) -> list[Select[Any]]:
    """The code of the unit; and, for people with customer rights, whole name, whole number, last four digits."""
    unit: tuple[Any, ...] = (Unit.estate_id, Unit.id.label("unit_id"))
    ways = [select(*unit).where(contains(text, Unit.code), *_here(reader, wanted, Unit.estate_id))]
    if not (wanted.people and reader.actor.may(Permission.CUSTOMERS_VIEW)):
        return ways
    number = normalise_phone(text)
    people = [Customer.name_index == name_index(reader.keys, text)]
    if len(number) == TAIL_DIGITS and number.isdecimal():
        people.append(Customer.phone_tail_index == tail_index(reader.keys, number))
    elif number:
        people.append(Customer.phone_index == phone_index(reader.keys, text))
    same = and_(Occupancy.estate_id == Customer.estate_id, Occupancy.customer_id == Customer.id)
    # The indexes begin with the estate, so the estates are named even where all are wanted.
    here = Customer.estate_id.in_(select(Estate.id).where(*_here(reader, wanted, Estate.id)))
    lives = is_current(local_day(reader.now))
    held: tuple[Any, ...] = (Occupancy.estate_id, Occupancy.unit_id)
    units = select(*held).select_from(Customer).join(Occupancy, same)
    return ways + [units.where(here, way, lives) for way in people]


def _here(reader: Reader, wanted: HouseholdSearch, column: Any) -> list[ColumnElement[bool]]:
    scope = reader.scope(column)
    return [scope] if wanted.estate_id is None else [scope, column == wanted.estate_id]


@query(Permission.CASES_REGISTER)
def household_facts(reader: Reader, wanted: HouseholdWanted) -> HouseholdFacts:
    """What is going on in a unit, in four statements, in three without its people; ``NotFound`` for other estates."""
    check_numbers(wanted.estate_id, wanted.unit_id)
    building = and_(Building.estate_id == Unit.estate_id, Building.id == Unit.building_id)
    own = (Unit.estate_id == wanted.estate_id, Unit.id == wanted.unit_id, reader.scope(Unit.estate_id))
    columns: tuple[Any, ...] = (Unit.code, Building.code.label("building"))
    statement = select(*columns).join(Building, building).where(*own)
    sees_fees = reader.actor.may_at(Permission.FEES_VIEW, wanted.estate_id)
    if sees_fees:
        arrears = arrears_of(wanted.estate_id, wanted.unit_id, local_day(reader.now))
        statement = statement.add_columns(*arrears.c).join(arrears, true())
    found = reader.rows(statement)
    if not found:
        raise NotFound
    key = (wanted.estate_id, wanted.unit_id)
    return HouseholdFacts(
        estate_id=wanted.estate_id,
        unit_id=wanted.unit_id,
        code=found[0].code,
        building=found[0].building,
        people=residents([key] if wanted.with_people else [], reader).get(key, ()),
        open=_open_records(reader, wanted),
        last_call_back=_last_call_back(reader, wanted),
        arrears=arrears_row(found[0]) if sees_fees else None,
    )


def _open_records(reader: Reader, wanted: HouseholdWanted) -> tuple[Related, ...]:
    """The open cases and requests of the unit, the newest first."""
    parts = (
        related(
            reader,
            table,
            "open",
            table.estate_id == wanted.estate_id,
            table.unit_id == wanted.unit_id,
            table.ended_on.is_(None),
        )
        for table in (Case, WorkOrder)
    )
    rows = [related_row(row, reader.now) for row in reader.rows(union_all(*parts))]
    return tuple(sorted(rows, key=lambda row: (row.registered_at, row.record_id), reverse=True))


def _last_call_back(reader: Reader, wanted: HouseholdWanted) -> CallBackMark | None:
    record = and_(ServiceRecord.estate_id == Case.estate_id, ServiceRecord.id == Case.id)
    statement = (
        select(ServiceRecord.number, Case.called_back_at, Case.satisfied)
        .join(Case, record)
        .where(Case.estate_id == wanted.estate_id, Case.unit_id == wanted.unit_id)
        .where(Case.satisfied.is_not(None), Case.called_back_at.is_not(None))
        .order_by(Case.called_back_at.desc(), Case.id.desc())
        .limit(1)
    )
    found = [CallBackMark(row.number, row.called_back_at, row.satisfied) for row in reader.rows(statement)]
    return found[0] if found else None


@query(Permission.CASES_REGISTER)
def intake_advice(reader: Reader, wanted: IntakeWanted) -> IntakeAdvice:
    """What the rules say of a case as typed so far, in four statements: duplicates, grade, department, times."""
    reader.actor.require(Permission.CASES_REGISTER, wanted.estate_id)
    terms = service_terms(reader.connection, wanted.estate_id, local_day(reader.now))
    rows = reader.rows(_candidates(reader, wanted, terms))
    repetition = _repetition(reader, wanted, rows, terms)
    grade = proposed_grade(
        record_type=wanted.record_type,
        sub_category=wanted.sub_category,
        repeated=repetition.repeated,
        special=wanted.special,
        households=wanted.households,
        several_from=terms.cases.several_from,
    )
    known = offered_knowledge(reader, OfferedWanted(wanted.category, wanted.sub_category)) if wanted.category else ()
    limits = case_limits(terms, record_type=wanted.record_type, grade=wanted.grade or grade.grade)
    times, unknown = _times(reader.now, limits, terms)
    numbers = {row.id: row.number for row in rows}
    return IntakeAdvice(
        duplicates=_duplicates(reader, wanted, rows),
        repeated=repetition.repeated,
        repeats=tuple(numbers[one] for one in repetition.cases),
        grade=grade,
        department=HOME_DEPARTMENTS[wanted.category] if wanted.category else "",
        limits=limits,
        times=times,
        promise=_promise(wanted, grade, times),
        unknown_years=unknown,
        known=known[:MOST_KNOWN],
    )


def _candidates(reader: Reader, wanted: IntakeWanted, terms: ServiceTerms) -> Select[Any]:
    """The newest cases of the same place that are open or may be repeated, and the newest of the last days."""
    today, estate = local_day(reader.now), Case.estate_id == wanted.estate_id
    of_window = Case.registered_at >= day_begins(today - timedelta(days=terms.cases.repeat_days))
    lately = Case.registered_at >= day_begins(today - timedelta(days=SIMILAR_DAYS - 1))
    newest = (
        select(Case.id)
        .where(estate, *conditions)
        .order_by(Case.registered_at.desc(), Case.id.desc())
        .limit(MOST_CANDIDATES)
        .subquery()
        for conditions in ((_same_place(wanted), or_(Case.ended_on.is_(None), of_window)), (lately,))
    )
    ids = union(*(select(one.c.id) for one in newest)).subquery()
    columns: tuple[Any, ...] = (
        *(Case.__table__.columns[name] for name in _OF_CANDIDATES),
        ServiceRecord.number,
        Unit.code.label("unit_code"),
        StaffMember.name.label("handler_name"),
        case((cases_seen_by(reader.actor), 1), else_=0).label("may_open"),
    )
    return (
        select(*columns)
        .select_from(Case)
        .join(ids, ids.c.id == Case.id)
        .join(ServiceRecord, and_(ServiceRecord.estate_id == Case.estate_id, ServiceRecord.id == Case.id))
        .outerjoin(Unit, and_(Unit.estate_id == Case.estate_id, Unit.id == Case.unit_id))
        .outerjoin(StaffMember, StaffMember.id == Case.handler_id)
        .where(estate)
    )


_OF_CANDIDATES: Final = (
    "estate_id", "id", "record_type", "state", "sub_category", "unit_id", "place", "registered_at", "content_sealed",
)  # fmt: skip


def _same_place(wanted: IntakeWanted) -> ColumnElement[bool]:
    """The condition that a case is of the unit or the public place; each is found by its own index."""
    key = place_key(place=wanted.place)
    of_unit = Case.unit_id == wanted.unit_id if wanted.unit_id is not None else false()
    return or_(of_unit, Case.place_key == key if key else false())


def _trace(reader: Reader, row: Row[Any]) -> CaseTrace:
    """A candidate with its words."""
    found = trace_of(row)
    content = open_field(reader.keys, row, "content")
    return CaseTrace(**{name: getattr(found, name) for name in _TRACED} | {"content": content})


_TRACED: Final = ("case", "record_type", "state", "sub_category", "unit", "place", "registered_at")


def _repetition(reader: Reader, wanted: IntakeWanted, rows: list[Row[Any]], terms: ServiceTerms) -> Repetition:
    new = CaseTrace(
        case=_NOT_YET,
        record_type=wanted.record_type,
        state=CaseState.REGISTERED,
        sub_category=wanted.sub_category,
        unit=wanted.unit_id,
        place=wanted.place,
        registered_at=reader.now,
    )
    least, days = terms.cases.repeat_least, terms.cases.repeat_days
    return repetition_of(case=new, others=map(trace_of, rows), least=least, days=days)


def _duplicates(reader: Reader, wanted: IntakeWanted, rows: list[Row[Any]]) -> tuple[LikelyDuplicate, ...]:
    draft = CaseDraft(sub_category=wanted.sub_category, unit=wanted.unit_id, place=wanted.place, content=wanted.content)
    traces = {row.id: _trace(reader, row) for row in rows}
    of_id = {row.id: row for row in rows}
    found = likely_duplicates(draft=draft, cases=traces.values(), now=reader.now)
    return tuple(_duplicate(one, of_id[one.case], traces[one.case]) for one in found)


def _duplicate(found: DuplicateCandidate, row: Row[Any], trace: CaseTrace) -> LikelyDuplicate:
    return LikelyDuplicate(
        case_id=trace.case,
        number=row.number,
        state=trace.state,
        sub_category=trace.sub_category,
        place=row.unit_code or trace.place,
        registered_at=trace.registered_at,
        handler_name=row.handler_name or "",
        reasons=found.reasons,
        likeness=int(found.similarity * 100),
        content=beginning(trace.content) if row.may_open else "",
        may_open=bool(row.may_open),
    )


def _times(now: datetime, limits: CaseLimits, terms: ServiceTerms) -> tuple[tuple[PromisedTime, ...], tuple[int, ...]]:
    """When the clocks that would start now run out, and whose holidays had to be assumed for it."""
    times, unknown = list[PromisedTime](), set[int]()
    for kind in (ClockKind.RESPONSE, ClockKind.RESOLVED):
        facts = ClockFacts(kind=kind, started_at=now, levels=(DatedLevels(now, limits.levels_of(kind)),))
        state = clock_state(facts=facts, now=now, calendar=terms.calendar)
        times.append(PromisedTime(kind, state.due_target, state.due_hard))
        unknown.update(state.unknown_years)
    return tuple(times), tuple(sorted(unknown))


def _promise(wanted: IntakeWanted, grade: GradeProposal, times: tuple[PromisedTime, ...]) -> Promise:
    respond, answer = times
    return promise_for(
        record_type=wanted.record_type,
        grade=wanted.grade or grade.grade,
        anonymous=wanted.anonymous,
        number="",
        respond_by=respond.target,
        answer_by=answer.target,
    )
