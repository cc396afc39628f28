"""Service requests to test with."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from core.kernel.identity import CustomerId, EstateId, StaffId, UnitId, UserId, WorkOrderId
from core.kernel.money import Money
from core.work_orders.facts import WorkFacts, WorkStepData
from core.work_orders.handling_steps import (
    HandlerAnswer,
    WorkAssignee,
    WorkAssignment,
    WorkClassification,
    WorkTransfer,
)
from core.work_orders.kinds import WorkChannel, WorkKind
from core.work_orders.materials import MaterialLine
from core.work_orders.outcome_steps import (
    Cancellation,
    CancelReason,
    Execution,
    ReportBack,
    WorkCause,
    WorkClosing,
    WorkReopening,
    WorkResult,
)
from core.work_orders.request import RequestRecord
from core.work_orders.states import WorkState

REGISTERED_AT: Final = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)
NOW: Final = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)
ESTATE: Final = EstateId(3)
DESK: Final = UserId(21)
HANDLER: Final = WorkAssignee(StaffId(7), "李明", active=True)
COLLEAGUE: Final = WorkAssignee(StaffId(8), "王芳", active=True)


def after(hours: float) -> datetime:
    """So many hours after the request was submitted."""
    return REGISTERED_AT + timedelta(hours=hours)


def record(**changes: Any) -> RequestRecord:
    base = RequestRecord(
        kind=WorkKind.REPAIR,
        unit=UnitId(12),
        content="厨房水管漏水",
        noticed_at=REGISTERED_AT - timedelta(hours=2),
        channel=WorkChannel.PHONE,
        customer=CustomerId(5),
    )
    return replace(base, **changes)


def facts(state: WorkState = WorkState.SUBMITTED, **changes: Any) -> WorkFacts:
    base = WorkFacts(
        estate=ESTATE,
        order=WorkOrderId(100),
        kind=WorkKind.REPAIR,
        state=state,
        registered_at=REGISTERED_AT,
        department="engineering",
        handler=None if state in {WorkState.SUBMITTED, WorkState.CLASSIFIED} else HANDLER.staff,
    )
    return replace(base, **changes)


PIPE: Final = MaterialLine(name="PPR管", quantity=Decimal("1.5"), measure="米", unit_price=Money.of("12.50"))
CLASSIFICATION: Final = WorkClassification(kind=WorkKind.REPAIR, department="engineering")
ASSIGNMENT: Final = WorkAssignment(handler=HANDLER, department="engineering")
TRANSFER: Final = WorkTransfer(department="cleaning", handler=None, reason="应由保洁处理")
ANSWER: Final = HandlerAnswer(plan="下午两点上门更换", channel=WorkChannel.PHONE, at=after(3))
EXECUTION: Final = Execution(
    began_at=after(5),
    at=after(6),
    cause=WorkCause.WEAR,
    result=WorkResult.DONE,
    description="更换水管一段",
    materials=(PIPE,),
    photos_before=1,
    photos_after=2,
)
REPORT: Final = ReportBack(told="已修好，请试用", channel=WorkChannel.PHONE, at=after(7))
CLOSING: Final = WorkClosing(rating=5, comment="很快", by=COLLEAGUE.staff)
REOPENING: Final = WorkReopening(reason="仍在漏水")
CANCELLATION: Final = Cancellation(why=CancelReason.WITHDRAWN, reason="业主自行修好")

ENTRIES: Final[dict[WorkState, WorkStepData]] = {
    WorkState.CLASSIFIED: CLASSIFICATION,
    WorkState.ASSIGNED: ASSIGNMENT,
    WorkState.UNDER_WAY: ANSWER,
    WorkState.CARRIED_OUT: EXECUTION,
    WorkState.REPORTED_BACK: REPORT,
    WorkState.CLOSED: CLOSING,
    WorkState.CANCELLED: CANCELLATION,
}
"""Good data for the straight way to each state."""
