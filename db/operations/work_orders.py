"""Service requests are taken in: each form is one request, corrected until it is classified (R-111, R-114)."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, ClassVar, Final

from core.admin.audit import instant_text
from core.admin.permissions import Permission
from core.complaints.lifecycle import CaseEnded
from core.complaints.states import CaseState
from core.complaints.states import is_ended as is_case_ended
from core.customers.unit_record import UnitState, check_unit_active
from core.kernel.attachments import LinkTarget
from core.kernel.clocks import ClockKind
from core.kernel.drafts import DraftKind
from core.kernel.errors import BusinessError
from core.kernel.identity import CaseId, EstateId, WorkOrderId
from core.kernel.lines import check_line
from core.kernel.periods import local_day
from core.kernel.records import RecordKind
from core.work_orders.actions import ChainAction, WorkAction
from core.work_orders.request import RequestRecord, check_request, next_request_sequence, request_number
from core.work_orders.states import WorkState, signals_at_submission
from db.models import Case, ServiceRecord, WorkOrder
from db.operations.case_work import require_any, the_case, works_on
from db.operations.estates import changed_facts, the_estate
from db.operations.work_appointments import waits_no_more
from db.operations.work_failures import keep_drafts
from db.operations.work_records import audit, note, order_facts, settle_time, tell_case, terms_of, the_order
from db.repositories.cases import first_facts
from db.repositories.customers import load_customer
from db.repositories.service_clocks import clock_facts_of
from db.repositories.service_links import add_link
from db.repositories.service_records import add_record, numbers_of_day, record_of_request
from db.repositories.service_search import index_words
from db.repositories.work_orders import SEALED, building_of, fill_record, new_order, open_words, record_of, with_caller
from db.unit_of_work import NotFound, UnitOfWork, operation

__all__ = [
    "EditRequest",
    "RequestClassified",
    "SubmitRequest",
    "Submitted",
    "edit_request",
    "open_order",
    "submit_request",
]
LONGEST_REQUEST: Final = 64


class RequestClassified(BusinessError):
    """The record of a classified request stays; kind and failure are corrected with a reason. Field: ``state``."""

    code: ClassVar[str] = "requests.classified"


_NUMBERS: Final = 4
"""A request takes so many: its own, two clocks, a step."""


@dataclass(frozen=True, slots=True)
class SubmitRequest:
    """A new request. ``request``: the number of the form; the same form sent again is the same request."""

    estate_id: EstateId
    record: RequestRecord
    request: str


@dataclass(frozen=True, slots=True)
class EditRequest:
    """New values of a request nobody has classified yet. With ``keep_caller`` the caller, never shown, stays."""

    estate_id: EstateId
    order_id: WorkOrderId
    version: int
    record: RequestRecord
    keep_caller: bool = True


@dataclass(frozen=True, slots=True)
class Submitted:
    """A request as it was submitted, and when the customer may expect an answer and the work (``None``: no limit).

    ``drafts``: what was drafted because a public system failed.
    """

    order_id: WorkOrderId
    number: str
    respond_by: datetime | None
    finish_by: datetime | None
    drafts: tuple[DraftKind, ...] = ()


@operation(Permission.ORDERS_REGISTER)
def submit_request(work: UnitOfWork, command: SubmitRequest) -> Submitted:
    """Take a request in and start its clocks; a failure is on top of the queue with its two drafts (R-111, R-114)."""
    return open_order(work, command.estate_id, command.record, command.request)


@operation(Permission.ORDERS_REGISTER)
def edit_request(work: UnitOfWork, command: EditRequest) -> None:
    """Correct the record of a request that is not classified yet; the same values again change nothing.

    The clocks go on: limits of another kind hold from submission on. What was written before stays in the timeline.
    """
    row = the_order(work, command.estate_id, command.order_id, command.version)
    if row.state != WorkState.SUBMITTED.value:
        raise RequestClassified(state=WorkState(row.state))
    old, before, had_failed = record_of(work.keys, row), order_facts(work, row), bool(row.failure)
    record = replace(command.record, source_case=old.source_case)
    if command.keep_caller:
        record = with_caller(record, open_words(work.keys, row))
    record = _checked(work, record, old)
    if record == old:
        return
    fill_record(work.keys, row, record, _area(work, command.estate_id, record, old))
    settle_time(work, row, terms_of(work, row), resorted=True)
    _index(work, row, record)
    if row.failure and not had_failed:
        waits_no_more(work, row)
    if row.failure or had_failed:
        keep_drafts(work, row, failed_now=not had_failed)
    changed = [name for name in RequestRecord.__dataclass_fields__ if getattr(old, name) != getattr(record, name)]
    said: dict[str, str] = {name: getattr(old, name) for name in ("content", "need") if name in changed}
    note(work, row, WorkAction.CORRECTION, facts={"changed": changed}, words=said)
    differ = changed_facts(before, order_facts(work, row))
    new: dict[str, str] = {name: str(getattr(record, name)) for name in SEALED if name in changed}
    audit(work, "orders.edited", row, before=differ[0], after=differ[1], words=new)


def open_order(work: UnitOfWork, estate: EstateId, record: RequestRecord, request: str) -> Submitted:
    """Submit a request inside another operation of the estate, which has checked who may; see ``submit_request``."""
    place = the_estate(work, estate, active=True)
    request = check_line(request, field="request", longest=LONGEST_REQUEST)
    known = record_of_request(work.session, estate, request)
    if known is not None:
        return _submitted_before(work, known)
    case = _source_case(work, estate, record)
    checked = _checked(work, record)
    number = _next_number(work, estate, place.code)
    row = _stored(work, estate, checked, number, request)
    settle_time(work, row, terms_of(work, row), signals_at_submission(registered_at=work.now))
    _index(work, row, checked)
    facts = _submission_facts(work, row)
    note(work, row, WorkAction.SUBMISSION, source="", facts=facts)
    if row.failure:
        keep_drafts(work, row, failed_now=True)
    if case is not None:
        _link(work, row, case)
        tell_case(work, row, ChainAction.ORDER_OPENED, kind=row.kind)
    words = {"content": checked.content, "need": checked.need}
    audit(work, "orders.submitted", row, after={"number": number, **order_facts(work, row)}, words=words)
    return _submitted(row, number, facts)


def _stored(work: UnitOfWork, estate: EstateId, record: RequestRecord, number: str, request: str) -> WorkOrder:
    work.hold_ids(estate, _NUMBERS)
    order = WorkOrderId(work.new_id(estate))
    header: dict[str, Any] = {"estate": estate, "record_id": order, "kind": RecordKind.ORDER, "number": number}
    add_record(work.session, **header, request=request, registered_at=work.now)
    row = new_order(work.keys, (estate, order), record, _area(work, estate, record))
    row.registered_at, row.received_by = work.now, work.actor.user_id
    work.session.add(row)
    work.session.flush()
    return row


def _checked(work: UnitOfWork, record: RequestRecord, old: RequestRecord | None = None) -> RequestRecord:
    """Judge a record; a wish that stays as it is may have passed by now."""
    stays = old is not None and record.wanted == old.wanted and record.failure is None
    checked = check_request(record=replace(record, wanted=None) if stays else record, now=work.now)
    return replace(checked, wanted=record.wanted) if stays else checked


def _area(work: UnitOfWork, estate: EstateId, record: RequestRecord, old: RequestRecord | None = None) -> str:
    """The building's code, or the public place; unit and customer must be of the estate, a new unit in use."""
    if record.customer is not None and load_customer(work.session, estate, record.customer) is None:
        raise NotFound
    if record.unit is None:
        return record.place
    found = building_of(work.session, estate, record.unit)
    if found is None:
        raise NotFound
    building, code, state = found
    if old is None or old.unit != record.unit:
        check_unit_active(state=UnitState(state), unit_code=code)
    return building


def _next_number(work: UnitOfWork, estate: EstateId, code: str) -> str:
    day = local_day(work.now)
    numbers = numbers_of_day(work.session, estate, RecordKind.ORDER, day)
    sequence = next_request_sequence(estate_code=code, day=day, numbers=numbers)
    return request_number(estate_code=code, day=day, sequence=sequence)


def _index(work: UnitOfWork, row: WorkOrder, record: RequestRecord) -> None:
    """Callers are not found by words; for them there are the indexes of names and numbers."""
    texts = (record.content, record.need, record.place, record.source_reference)
    key: dict[str, Any] = {"estate": EstateId(row.estate_id), "record_id": row.id}
    index_words(work.session, work.keys, **key, kind=RecordKind.ORDER, ended=False, texts=texts)


def _source_case(work: UnitOfWork, estate: EstateId, record: RequestRecord) -> Case | None:
    """The complaint it follows from: somebody works on it still, and the person handles or classifies it."""
    if record.source_case is None:
        return None
    case = the_case(work, estate, record.source_case)
    if not works_on(work, case):
        require_any(work, estate, Permission.CASES_CLASSIFY)
    if is_case_ended(CaseState(case.state)):
        raise CaseEnded(state=CaseState(case.state))
    return case


def _link(work: UnitOfWork, row: WorkOrder, case: Case) -> None:
    """The case points to its request; links are followed both ways, and back leads ``source_case`` as well."""
    estate = EstateId(row.estate_id)
    add_link(
        work.session,
        estate=estate,
        link_id=work.new_id(estate),
        record_id=case.id,
        target=LinkTarget.ORDER,
        target_id=row.id,
        made_by=work.actor.user_id,
        made_at=work.now,
    )


def _submission_facts(work: UnitOfWork, row: WorkOrder) -> dict[str, Any]:
    """What the timeline keeps of a submission: enough to give the same answer to the same form again."""
    (clocks,) = clock_facts_of(work.session, EstateId(row.estate_id), [row.id]).values()
    due = {clock.facts.kind: clock.due_target or clock.due_hard for clock in clocks}
    return {
        "kind": row.kind,
        "failure": row.failure,
        "channel": row.channel,
        "respond_by": _text(due.get(ClockKind.RESPONSE)),
        "finish_by": _text(due.get(ClockKind.RESOLVED)),
    }


def _submitted_before(work: UnitOfWork, sent: ServiceRecord) -> Submitted:
    """The answer a form got when it was sent first; a form's number that somebody else used is no form of this one."""
    row = work.session.get(WorkOrder, (sent.estate_id, sent.id))
    if row is None or row.received_by != work.actor.user_id:
        raise NotFound
    facts = first_facts(work.session, EstateId(sent.estate_id), CaseId(sent.id), WorkAction.SUBMISSION.value)
    return _submitted(row, sent.number, facts)


def _submitted(row: WorkOrder, number: str, facts: Mapping[str, Any]) -> Submitted:
    return Submitted(
        WorkOrderId(row.id),
        number,
        respond_by=_instant(facts.get("respond_by")),
        finish_by=_instant(facts.get("finish_by")),
        drafts=(DraftKind.EVENT, DraftKind.NOTICE) if facts.get("failure") else (),
    )


def _text(at: datetime | None) -> str | None:
    return None if at is None else instant_text(at)


def _instant(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
