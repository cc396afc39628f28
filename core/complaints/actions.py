"""What the timeline of a case tells of (R-088, R-096)."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from core.complaints.facts import StepData
from core.complaints.handling_steps import Assignment, Classification, FirstContact, Plan, Transfer
from core.complaints.outcome_steps import Archiving, CallBack, Closing, Merge, Reopening, Resolution, Withdrawal


class CaseAction(StrEnum):
    """One kind of entry in the timeline."""

    REGISTRATION = "registration"
    CORRECTION = "correction"
    """The record was edited before it was classified."""
    CLASSIFICATION = "classification"
    RECLASSIFICATION = "reclassification"
    ASSIGNMENT = "assignment"
    TRANSFER = "transfer"
    RESPONSE = "response"
    PLAN = "plan"
    RESOLUTION = "resolution"
    CALL_BACK = "call_back"
    CLOSING = "closing"
    REOPENING = "reopening"
    WITHDRAWAL = "withdrawal"
    MERGE = "merge"
    MERGED_IN = "merged_in"
    """Another case goes on in this one."""
    ESCALATION = "escalation"
    RECTIFICATION = "rectification"
    """The improvement measure that deals with a repeated complaint was named (R-104)."""
    HOLD = "hold"
    """Nothing of it is forgotten until the hold ends."""
    HOLD_END = "hold_end"
    ARCHIVING = "archiving"
    IMPORT = "import"
    """It came in a list of past complaints. No step is stored of that: the import may be taken back."""


_ACTIONS: Final[Mapping[type[StepData], CaseAction]] = {
    Classification: CaseAction.CLASSIFICATION,
    Assignment: CaseAction.ASSIGNMENT,
    Transfer: CaseAction.TRANSFER,
    FirstContact: CaseAction.RESPONSE,
    Plan: CaseAction.PLAN,
    Resolution: CaseAction.RESOLUTION,
    CallBack: CaseAction.CALL_BACK,
    Closing: CaseAction.CLOSING,
    Reopening: CaseAction.REOPENING,
    Withdrawal: CaseAction.WITHDRAWAL,
    Merge: CaseAction.MERGE,
    Archiving: CaseAction.ARCHIVING,
}


def action_of(*, data: StepData) -> CaseAction:
    """Name the entry a step makes in the timeline."""
    return _ACTIONS[type(data)]
