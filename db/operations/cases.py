"""Use cases of taking complaints in: registered once with everything that follows, and edited until classified."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from core.admin.audit import instant_text
from core.admin.permissions import Permission
from core.complaints.actions import CaseAction
from core.complaints.case import CaseRecord, case_number, check_case, next_case_sequence
from core.complaints.grading import CaseGrade
from core.complaints.handling_steps import Classification
from core.complaints.lifecycle import check_edit, check_move
from core.complaints.promise import Promise, promise_for
from core.complaints.states import CaseState, signals_at_registration, signals_at_retyping
from core.complaints.taxonomy import HOME_DEPARTMENTS, RecordType
from core.customers.unit_record import UnitState, check_unit_active
from core.kernel.clocks import ClockKind
from core.kernel.identity import CaseId, EstateId, UnitId
from core.kernel.lines import check_line
from core.kernel.periods import local_day
from core.kernel.records import RecordKind
from db.models import Case, Estate, ServiceRecord
from db.operations.case_work import (
    check_department,
    note_step,
    proposal_for,
    record_change,
    repetition_in,
    require_any,
    run_clocks,
    still_repeated,
    terms_now,
    the_case,
)
from db.operations.estates import the_estate
from db.repositories.case_steps import step_facts, step_words
from db.repositories.cases import area_of_unit, facts_of, fill, first_facts, load_case, put_grade, record_of, trace_of
from db.repositories.customers import load_customer
from db.repositories.service_clocks import running_targets
from db.repositories.service_records import add_record, numbers_of_day, record_of_request
from db.repositories.service_search import index_words
from db.repositories.service_terms import ServiceTerms
from db.repositories.units import unit_states
from db.unit_of_work import NotFound, UnitOfWork, operation

_LONGEST_REQUEST: Final = 64
_NUMBERS: Final = 5
"""A classified case takes so many: its own, two clocks, two steps."""
_KEPT_WORDS: Final = ("content", "claim")
"""Words of a record whose earlier wording stays in the timeline when they are edited."""


@dataclass(frozen=True, slots=True)
class RegisterCase:
    """A new case. ``request`` is the form's own number: sent twice it is one case.

    With a sub-category, and by somebody who may classify, it is classified at once: by the proposed grade and the
    category's home department unless ``grade`` and ``department`` say otherwise. Praise is not classified.
    """

    estate_id: EstateId
    record: CaseRecord
    request: str
    grade: CaseGrade | None = None
    grade_reason: str = ""
    department: str = ""


@dataclass(frozen=True, slots=True)
class Registered:
    """A registered case: its number, what to tell the customer, and the complaints it repeats, newest first."""

    case_id: CaseId
    number: str
    promise: Promise
    repeated_of: tuple[CaseId, ...]


@dataclass(frozen=True, slots=True)
class EditCase:
    """New values of a case that is not classified yet.

    ``keeps_caller``: name and phone of the caller stay as they are, because the form never showed them; what the
    record holds there is not looked at.
    """

    estate_id: EstateId
    case_id: CaseId
    version: int
    record: CaseRecord
    keeps_caller: bool = True


@operation(Permission.CASES_REGISTER)
def register_case(work: UnitOfWork, command: RegisterCase) -> Registered:
    """Register a case with its number, clocks, words to find and audit; the same form again gives the same answer."""
    estate = the_estate(work, command.estate_id, active=True)
    request = check_line(command.request, field="request", longest=_LONGEST_REQUEST)
    sent = record_of_request(work.session, command.estate_id, request)
    if sent is not None:
        return _registered_before(work, command.estate_id, sent)
    record = check_case(record=command.record, now=work.now)
    if record.special:
        work.actor.require(Permission.CASES_ASSIGN, command.estate_id)
    terms = terms_now(work, command.estate_id)
    number = _next_number(work, estate)
    row = _new_row(work, command, record)
    repetition = repetition_in(work, command.estate_id, trace_of(row), terms)
    _propose(row, record, terms, repeated=repetition.repeated)
    add_record(
        work.session,
        estate=command.estate_id,
        record_id=row.id,
        kind=RecordKind.CASE,
        number=number,
        request=request,
        registered_at=work.now,
    )
    work.session.add(row)
    work.session.flush()
    classified = _classify(work, row, command, terms)
    run_clocks(work, row, terms, signals_at_registration(record_type=record.record_type, registered_at=work.now))
    facts = _registration_facts(work, row, repetition.cases)
    _note_registration(work, row, facts, classified)
    index_record(work, row, record)
    record_change(work, "registered", row, None, number=number)
    return _answer(row, number, facts)


@operation(Permission.CASES_REGISTER)
def edit_case(work: UnitOfWork, command: EditCase) -> None:
    """Edit the record of a case that is not classified yet; the same values again change nothing.

    Its receiver may, and whoever classifies. What the content and claim said before stays in the timeline.
    """
    row = the_case(work, command.estate_id, command.case_id, command.version)
    if work.actor.user_id is None or row.received_by != work.actor.user_id:
        work.actor.require(Permission.CASES_CLASSIFY, command.estate_id)
    check_edit(facts=facts_of(row))
    old = record_of(work.keys, row)
    given = command.record
    if command.keeps_caller:
        given = replace(given, caller_name=old.caller_name, caller_phone=old.caller_phone)
    record = check_case(record=given, now=work.now)
    if record == old:
        return
    if record.special != old.special:
        work.actor.require(Permission.CASES_ASSIGN, command.estate_id)
    _store_edit(work, row, old, record)


def _store_edit(work: UnitOfWork, row: Case, old: CaseRecord, record: CaseRecord) -> None:
    """Store an edited record with everything that follows from it."""
    estate, was = EstateId(row.estate_id), row.grade
    terms, before = terms_now(work, estate), _edited_facts(work, row, old)
    trace = replace(
        trace_of(row),
        record_type=record.record_type,
        sub_category=record.sub_category,
        unit=record.unit,
        place=record.place,
    )
    repeated = still_repeated(work, row, trace, terms)
    if record.customer != old.customer:
        _check_customer(work, estate, record)
    if record.category is not old.category:
        row.department = HOME_DEPARTMENTS[record.category] if record.category else ""
    fill(work.keys, row, record, area=_area(work, estate, record, kept=old.unit))
    _propose(row, record, terms, repeated=repeated)
    regraded = old.record_type is not record.record_type or was != row.grade
    signals = signals_at_retyping(
        was=old.record_type, record_type=record.record_type, registered_at=row.registered_at, now=work.now
    )
    run_clocks(work, row, terms, signals, regraded=regraded)
    changed = [name for name in CaseRecord.__dataclass_fields__ if getattr(old, name) != getattr(record, name)]
    words: dict[str, str] = {name: getattr(old, name) for name in _KEPT_WORDS if name in changed}
    note_step(work, row, CaseAction.CORRECTION, facts={"changed": changed}, words=words)
    index_record(work, row, record)
    after = _edited_facts(work, row, record)
    differ = {name for name, value in after.items() if value != before[name]}
    work.record(
        "cases.edited",
        ("case", row.id),
        estate=estate,
        before={name: before[name] for name in sorted(differ)},
        after={name: after[name] for name in sorted(differ)},
    )


def index_record(work: UnitOfWork, row: Case, record: CaseRecord) -> None:
    """Keep the words of a case for the search."""
    index_words(
        work.session,
        work.keys,
        estate=EstateId(row.estate_id),
        record_id=row.id,
        kind=RecordKind.CASE,
        ended=row.ended_on is not None,
        texts=(record.content, record.claim, record.place, record.source_reference),
    )


def _new_row(work: UnitOfWork, command: RegisterCase, record: CaseRecord) -> Case:
    """The row of a new case at its first state."""
    estate = command.estate_id
    area = _area(work, estate, record)
    _check_customer(work, estate, record)
    work.hold_ids(estate, _NUMBERS)
    row = Case(estate_id=estate, id=work.new_id(estate), registered_at=work.now, received_by=work.actor.user_id)
    fill(work.keys, row, record, area=area)
    row.state, row.reopenings = CaseState.REGISTERED.value, 0
    row.department = check_department(work, command.department)
    if not row.department and record.category is not None:
        row.department = HOME_DEPARTMENTS[record.category]
    return row


def _propose(row: Case, record: CaseRecord, terms: ServiceTerms, *, repeated: bool) -> None:
    """Flag a repeated case and give a case the grade the rule proposes."""
    row.repeated = repeated
    proposal = proposal_for(
        terms, trace=trace_of(row), repeated=repeated, special=record.special, households=record.households
    )
    put_grade(row, proposal.grade, proposal.grade)


def _classify(work: UnitOfWork, row: Case, command: RegisterCase, terms: ServiceTerms) -> Classification | None:
    """Classify a new case where it is sorted and the person may; another grade than proposed needs that right."""
    estate, record_type = command.estate_id, RecordType(row.record_type)
    sorted_out = bool(row.sub_category) and record_type is not RecordType.PRAISE
    if not sorted_out or not work.actor.may_at(Permission.CASES_CLASSIFY, estate):
        if command.grade not in (None, CaseGrade(row.grade)):
            require_any(work, estate, Permission.CASES_CLASSIFY)
        return None
    record = command.record
    data = Classification(
        record_type=record_type,
        category=record.category,
        sub_category=record.sub_category,
        grade=command.grade or CaseGrade(row.grade),
        grade_reason=command.grade_reason,
        households=row.households,
        special=row.special,
        department=row.department,
    )
    step = check_move(
        facts=facts_of(row),
        target=CaseState.CLASSIFIED,
        data=data,
        now=work.now,
        several_from=terms.cases.several_from,
    )
    checked = step.data
    if not isinstance(checked, Classification) or checked.decision is None:
        raise TypeError("a checked classification has its decision")
    row.state = step.state.value
    put_grade(row, checked.decision.grade, checked.decision.proposed)
    return checked


def _note_registration(work: UnitOfWork, row: Case, facts: dict[str, Any], classified: Classification | None) -> None:
    """The entries of the timeline: registered, and classified if that was done with it."""
    registered = CaseState.REGISTERED.value
    note_step(work, row, CaseAction.REGISTRATION, state=registered, facts=facts)
    if classified is not None:
        facts, words = step_facts(classified), step_words(classified)
        note_step(work, row, CaseAction.CLASSIFICATION, source=registered, facts=facts, words=words)


def _next_number(work: UnitOfWork, estate: Estate) -> str:
    day = local_day(work.now)
    taken = numbers_of_day(work.session, EstateId(estate.id), RecordKind.CASE, day)
    sequence = next_case_sequence(estate_code=estate.code, day=day, numbers=taken)
    return case_number(estate_code=estate.code, day=day, sequence=sequence)


def _area(work: UnitOfWork, estate: EstateId, record: CaseRecord, kept: UnitId | None = None) -> str:
    """The code of the building the unit stands in, else the public place; a unit taken anew must be in use."""
    if record.unit is None:
        return record.place
    area = area_of_unit(work.session, estate, record.unit)
    if area is None:
        raise NotFound
    if record.unit != kept:
        code, state = unit_states(work.session, estate, {record.unit})[record.unit]
        check_unit_active(state=UnitState(state), unit_code=code)
    return area


def _check_customer(work: UnitOfWork, estate: EstateId, record: CaseRecord) -> None:
    if record.customer is not None and load_customer(work.session, estate, record.customer) is None:
        raise NotFound


def _registration_facts(work: UnitOfWork, row: Case, repeated: tuple[CaseId, ...]) -> dict[str, Any]:
    """What the timeline keeps of a registration: enough to give the same answer to the same form again."""
    due = running_targets(work.session, EstateId(row.estate_id), row.id)
    return {
        "record_type": row.record_type,
        "channel": row.channel,
        "emotion": row.emotion,
        "grade": row.grade,
        "anonymous": row.anonymous,
        "repeated_of": list(repeated),
        "respond_by": _text(due.get(ClockKind.RESPONSE)),
        "answer_by": _text(due.get(ClockKind.RESOLVED)),
    }


def _registered_before(work: UnitOfWork, estate: EstateId, sent: ServiceRecord) -> Registered:
    """The answer a form got when it was sent first; a form's number that somebody else used is no form of this one."""
    row = load_case(work.session, estate, CaseId(sent.id)) if sent.kind == RecordKind.CASE.value else None
    if row is None or row.received_by != work.actor.user_id:
        raise NotFound
    return _answer(row, sent.number, first_facts(work.session, estate, CaseId(row.id), CaseAction.REGISTRATION.value))


def _answer(row: Case, number: str, facts: dict[str, Any]) -> Registered:
    promise = promise_for(
        record_type=RecordType(facts["record_type"]),
        grade=CaseGrade(facts["grade"]),
        anonymous=facts["anonymous"],
        number=number,
        respond_by=_instant(facts["respond_by"]),
        answer_by=_instant(facts["answer_by"]),
    )
    return Registered(CaseId(row.id), number, promise, tuple(map(CaseId, facts["repeated_of"])))


def _edited_facts(work: UnitOfWork, row: Case, record: CaseRecord) -> dict[str, Any]:
    """What an audit entry holds of an edited record: words, places and people as tokens."""
    plain = ("record_type", "category", "sub_category", "grade", "channel", "emotion", "anonymous", "households")
    hidden = ("content", "claim", "caller_name", "caller_phone", "place", "source_reference", "unit", "customer")
    tokens = {name: str(getattr(record, name) or "") for name in hidden}
    return (
        {name: getattr(row, name) for name in (*plain, "special", "repeated")}
        | {name: work.keys.token(value) if value else None for name, value in tokens.items()}
        | {"happened_at": instant_text(row.happened_at)}
    )


def _text(at: datetime | None) -> str | None:
    return None if at is None else instant_text(at)


def _instant(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
