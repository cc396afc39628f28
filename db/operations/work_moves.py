"""Use cases of the five steps: classify, assign, answer, carry out, report back – and report upward (R-112 … R-117)."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar, Final

from core.admin.permissions import Permission
from core.kernel.attachments import PhotoPhase
from core.kernel.errors import BusinessError
from core.kernel.identity import CaseId, EstateId, StaffId, WorkOrderId
from core.kernel.sla import clock_state
from core.work_orders.actions import ChainAction, WorkAction, work_action_of
from core.work_orders.facts import WorkRules, WorkStepData
from core.work_orders.follow_ups import upward_report
from core.work_orders.handling_steps import WorkAssignment, WorkClassification, WorkTransfer
from core.work_orders.lifecycle import (
    WorkStep,
    check_work_move,
    check_work_reclassification,
    check_work_transfer,
)
from core.work_orders.limits import upward_report_needed
from core.work_orders.outcome_steps import Cancellation, Execution, OwnRating, WorkClosing, WorkReopening
from core.work_orders.states import REOPENABLE, WorkState, is_ended
from db.models import WorkOrder
from db.operations.case_work import check_department, require_any
from db.operations.estates import changed_facts
from db.operations.work_appointments import end_pauses, pass_appointment_on, settle_appointment, waits_no_more
from db.operations.work_chain import OrderFromCase, order_from_case
from db.operations.work_failures import keep_drafts
from db.operations.work_records import (
    acting_user,
    assignee,
    audit,
    note,
    order_facts,
    require_handler_or,
    require_sorting,
    settle_time,
    tell_case,
    terms_of,
    the_order,
)
from db.repositories.cases import step_maker
from db.repositories.service_clocks import clock_facts_of
from db.repositories.service_search import mark_ended
from db.repositories.service_terms import ServiceTerms
from db.repositories.work_orders import facts_of, photo_counts, store_materials
from db.repositories.work_steps import step_facts, step_words, store_step
from db.unit_of_work import UnitOfWork, operation

__all__ = [
    "MoveOrder",
    "OrderFromCase",
    "ReclassifyOrder",
    "ReportUpward",
    "TransferOrder",
    "UpwardReportMade",
    "UpwardReportNotDue",
    "move_order",
    "order_from_case",
    "reclassify_order",
    "report_upward",
    "transfer_order",
]
_P: Final = Permission
_W: Final = WorkState


class UpwardReportNotDue(BusinessError):
    """A report upward is made once a limit is missed."""

    code: ClassVar[str] = "requests.report_not_due"


class UpwardReportMade(BusinessError):
    """One report upward serves a request."""

    code: ClassVar[str] = "requests.report_made"


@dataclass(frozen=True, slots=True)
class MoveOrder:
    """The step to another state. People, photos and who rates are looked up here; the form's own are not believed."""

    estate_id: EstateId
    order_id: WorkOrderId
    version: int
    target: WorkState
    data: WorkStepData


@dataclass(frozen=True, slots=True)
class TransferOrder:
    """Another department or handler, with the reason."""

    estate_id: EstateId
    order_id: WorkOrderId
    version: int
    data: WorkTransfer


@dataclass(frozen=True, slots=True)
class ReclassifyOrder:
    """Another kind, or a failure found or ruled out, with the reason."""

    estate_id: EstateId
    order_id: WorkOrderId
    version: int
    data: WorkClassification
    reason: str


@dataclass(frozen=True, slots=True)
class ReportUpward:
    """Why a request is past its limit."""

    estate_id: EstateId
    order_id: WorkOrderId
    version: int
    reason: str


@operation(Permission.ORDERS_VIEW)
def move_order(work: UnitOfWork, command: MoveOrder) -> None:
    """Bring a request to another state (R-112).

    Front desk and supervisors classify, supervisors assign; the handler (or a supervisor) answers, carries out and, as
    the front desk, reports back; the front desk closes, cancels and opens again. Nobody rates the own work, nor work he
    or she has entered for somebody.
    """
    row = the_order(work, command.estate_id, command.order_id, command.version)
    if isinstance(command.data, WorkTransfer):
        _transfer(work, row, command.data)
        return
    _require_step(work, row, command.target)
    terms = terms_of(work, row)
    rules = WorkRules(reopen_days=terms.orders.reopen_days, photos_needed=terms.orders.photos_needed)
    data = _completed(work, row, command.data)
    facts, by = facts_of(row), acting_user(work)
    step = check_work_move(facts=facts, target=command.target, data=data, by=by, now=work.now, rules=rules)
    _take(work, row, terms, step, work_action_of(data=step.data))


@operation(Permission.ORDERS_ASSIGN)
def transfer_order(work: UnitOfWork, command: TransferOrder) -> None:
    """Give a request to another department or handler; its clocks go on."""
    _transfer(work, the_order(work, command.estate_id, command.order_id, command.version), command.data)


@operation(Permission.ORDERS_REGISTER)
def reclassify_order(work: UnitOfWork, command: ReclassifyOrder) -> None:
    """Correct kind or failure of a classified request; other limits hold from the start of its clocks on."""
    row = the_order(work, command.estate_id, command.order_id, command.version)
    require_sorting(work, row)
    facts, by = facts_of(row), acting_user(work)
    reason = command.reason
    step = check_work_reclassification(facts=facts, data=command.data, reason=reason, by=by, now=work.now)
    _take(work, row, terms_of(work, row), step, WorkAction.RECLASSIFICATION)


@operation(Permission.ORDERS_VIEW)
def report_upward(work: UnitOfWork, command: ReportUpward) -> None:
    """Tell the line above why a request is past its limit; the handler does, or whoever assigns or closes (R-115)."""
    row = the_order(work, command.estate_id, command.order_id, command.version)
    require_handler_or(work, row, _P.ORDERS_ASSIGN, _P.ORDERS_CLOSE)
    report = upward_report(reason=command.reason, by=acting_user(work), now=work.now)
    if row.reported_at is not None:
        raise UpwardReportMade
    calendar = terms_of(work, row).calendar
    clocks = clock_facts_of(work.session, command.estate_id, [row.id])[row.id]
    states = [clock_state(facts=one.facts, now=work.now, calendar=calendar) for one in clocks if not one.cancelled]
    if not upward_report_needed(clocks=states, reported=False):
        raise UpwardReportNotDue
    row.reported_at = report.at
    words = {"reason": report.reason}
    note(work, row, WorkAction.UPWARD_REPORT, words=words)
    audit(work, "orders.reported", row, after={"state": row.state}, words=words)


_BY_RIGHT: Final[Mapping[WorkState, tuple[Permission, ...]]] = {
    _W.ASSIGNED: (_P.ORDERS_ASSIGN,),
    _W.CLOSED: (_P.ORDERS_CLOSE,),
    _W.CANCELLED: (_P.ORDERS_ASSIGN, _P.ORDERS_CLOSE),
}
_BY_HANDLER: Final[Mapping[WorkState, tuple[Permission, ...]]] = {
    _W.UNDER_WAY: (_P.ORDERS_ASSIGN,),
    _W.CARRIED_OUT: (_P.ORDERS_ASSIGN,),
    _W.REPORTED_BACK: (_P.ORDERS_CLOSE,),
}


def _require_step(work: UnitOfWork, row: WorkOrder, target: WorkState) -> None:
    """Raise ``NotPermitted`` unless the person may take a request to a state."""
    if target in _BY_HANDLER:
        require_handler_or(work, row, *_BY_HANDLER[target])
    elif target is _W.ASSIGNED and WorkState(row.state) in REOPENABLE:
        require_any(work, EstateId(row.estate_id), _P.ORDERS_CLOSE)
    elif target in _BY_RIGHT:
        require_any(work, EstateId(row.estate_id), *_BY_RIGHT[target])
    else:
        require_sorting(work, row)


def _completed(work: UnitOfWork, row: WorkOrder, data: WorkStepData) -> WorkStepData:
    """The data with what the portal knows better than a form: people, photos, who rates."""
    estate = EstateId(row.estate_id)
    if isinstance(data, WorkClassification):
        return replace(data, department=check_department(work, data.department))
    if isinstance(data, WorkAssignment):
        person = None if data.handler is None else assignee(work, estate, data.handler.staff)
        department = check_department(work, data.department, kept=row.department)
        return replace(data, handler=person, department=department)
    if isinstance(data, Execution):
        counts = photo_counts(work.session, estate, WorkOrderId(row.id), row.reopened_at or row.registered_at)
        return replace(
            data, photos_before=counts.get(PhotoPhase.BEFORE, 0), photos_after=counts.get(PhotoPhase.AFTER, 0)
        )
    return replace(data, by=work.actor.staff) if isinstance(data, WorkClosing) else data


def _transfer(work: UnitOfWork, row: WorkOrder, data: WorkTransfer) -> None:
    work.actor.require(_P.ORDERS_ASSIGN, EstateId(row.estate_id))
    person = None if data.handler is None else assignee(work, EstateId(row.estate_id), data.handler.staff)
    department = check_department(work, data.department, kept=row.department)
    completed = replace(data, handler=person, department=department)
    step = check_work_transfer(facts=facts_of(row), data=completed, by=acting_user(work), now=work.now)
    _take(work, row, terms_of(work, row), step, WorkAction.TRANSFER)


def _take(work: UnitOfWork, row: WorkOrder, terms: ServiceTerms, step: WorkStep, action: WorkAction) -> None:
    """Store a step with everything that follows from it."""
    before, had_failed = order_facts(work, row), bool(row.failure)
    _check_rater(work, row, step)
    store_step(row, step)
    if isinstance(step.data, Execution):
        store_materials(work.session, row, step.data.materials)
    settle_time(work, row, terms, step.clocks, resorted=isinstance(step.data, WorkClassification))
    words = step_words(step)
    note(work, row, action, source=step.source.value, facts=step_facts(step), words=words, done_at=step.done_at)
    _follow(work, row, step, had_failed=had_failed)
    changed = changed_facts(before, order_facts(work, row))
    audit(work, f"orders.{action.value}", row, before=changed[0], after=changed[1], words=words)


def _check_rater(work: UnitOfWork, row: WorkOrder, step: WorkStep) -> None:
    """Refuse a rating by whoever entered the work, be it for somebody else."""
    if not isinstance(step.data, WorkClosing) or step.data.rating is None or work.actor.user_id is None:
        return
    key = EstateId(row.estate_id), CaseId(row.id)
    if step_maker(work.session, *key, WorkAction.EXECUTION.value) == work.actor.user_id:
        raise OwnRating


def _follow(work: UnitOfWork, row: WorkOrder, step: WorkStep, *, had_failed: bool) -> None:
    """What a step brings with it: appointment, pauses, the text index, drafts, the case it follows from."""
    data, estate = step.data, EstateId(row.estate_id)
    reopened, mended = isinstance(data, WorkReopening), isinstance(data, Execution)
    if isinstance(data, WorkAssignment | WorkTransfer):
        pass_appointment_on(work, row, _staff(data), getattr(data, "reason", ""))
    if isinstance(data, Execution | Cancellation):
        settle_appointment(work, row, data if isinstance(data, Execution) else None)
        end_pauses(work, row)
    if is_ended(step.state) != is_ended(step.source):
        mark_ended(work.session, estate, row.id, is_ended(step.state))
    fails_now = bool(row.failure) and not had_failed
    if fails_now:
        waits_no_more(work, row)
    if row.failure or had_failed:
        keep_drafts(work, row, failed_now=fails_now or reopened, mended_now=mended)
    if type(data) in _CHAIN:
        tell_case(work, row, _CHAIN[type(data)], result=row.result, why=row.cancel_reason)


def _staff(data: WorkAssignment | WorkTransfer) -> StaffId | None:
    return None if data.handler is None else data.handler.staff


_CHAIN: Final[Mapping[type[WorkStepData], ChainAction]] = {
    Execution: ChainAction.ORDER_DONE,
    WorkReopening: ChainAction.ORDER_REOPENED,
    Cancellation: ChainAction.ORDER_CANCELLED,
}
