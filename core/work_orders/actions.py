"""What the timeline of a request tells of, and what a case's timeline tells of its requests (R-112)."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from core.work_orders.facts import WorkStepData
from core.work_orders.handling_steps import HandlerAnswer, WorkAssignment, WorkClassification, WorkTransfer
from core.work_orders.outcome_steps import Cancellation, Execution, ReportBack, WorkClosing, WorkReopening


class WorkAction(StrEnum):
    """One kind of entry in the timeline."""

    SUBMISSION = "submission"
    CORRECTION = "correction"
    """The record was edited before it was classified."""
    CLASSIFICATION = "classification"
    RECLASSIFICATION = "reclassification"
    ASSIGNMENT = "assignment"
    TRANSFER = "transfer"
    ANSWER = "answer"
    EXECUTION = "execution"
    REPORT_BACK = "report_back"
    CLOSING = "closing"
    REOPENING = "reopening"
    CANCELLATION = "cancellation"
    UPWARD_REPORT = "upward_report"
    APPOINTMENT_MADE = "appointment_made"
    APPOINTMENT_CONFIRMED = "appointment_confirmed"
    APPOINTMENT_MOVED = "appointment_moved"
    APPOINTMENT_CANCELLED = "appointment_cancelled"
    APPOINTMENT_KEPT = "appointment_kept"
    APPOINTMENT_MISSED = "appointment_missed"
    DRAFT_RELEASED = "draft_released"
    DRAFT_DROPPED = "draft_dropped"
    HOLD = "hold"
    """A legal hold was laid on it."""
    HOLD_END = "hold_end"


class ChainAction(StrEnum):
    """What a case is told of a request that followed from it."""

    ORDER_OPENED = "order_opened"
    ORDER_DONE = "order_done"
    ORDER_REOPENED = "order_reopened"
    ORDER_CANCELLED = "order_cancelled"


_ACTIONS: Final[Mapping[type[WorkStepData], WorkAction]] = {
    WorkClassification: WorkAction.CLASSIFICATION,
    WorkAssignment: WorkAction.ASSIGNMENT,
    WorkTransfer: WorkAction.TRANSFER,
    HandlerAnswer: WorkAction.ANSWER,
    Execution: WorkAction.EXECUTION,
    ReportBack: WorkAction.REPORT_BACK,
    WorkClosing: WorkAction.CLOSING,
    WorkReopening: WorkAction.REOPENING,
    Cancellation: WorkAction.CANCELLATION,
}


def work_action_of(*, data: WorkStepData) -> WorkAction:
    """Name the entry a step makes in the timeline."""
    return _ACTIONS[type(data)]
