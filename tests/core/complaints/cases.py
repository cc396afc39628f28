"""Cases to test with."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from core.complaints.case import CaseRecord
from core.complaints.facts import CaseFacts, StepData
from core.complaints.grading import CaseGrade
from core.complaints.handling_steps import Assignee, Assignment, Classification, FirstContact, Plan, Transfer
from core.complaints.outcome_steps import (
    Archiving,
    CallBack,
    Closing,
    Merge,
    Reopening,
    Resolution,
    Withdrawal,
)
from core.complaints.states import CaseState
from core.complaints.taxonomy import CaseCategory, CaseChannel, Emotion, RecordType, RootCause, Solution, SubCategory
from core.kernel.identity import CaseId, EstateId, StaffId, UnitId

REGISTERED_AT: Final = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)
NOW: Final = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)
ESTATE: Final = EstateId(3)
HANDLER: Final = Assignee(StaffId(7), "李明", active=True)
COLLEAGUE: Final = Assignee(StaffId(8), "王芳", active=True)


def record(**changes: Any) -> CaseRecord:
    base = CaseRecord(
        unit=UnitId(12),
        content="电梯三天没修好",
        happened_at=REGISTERED_AT - timedelta(hours=2),
        channel=CaseChannel.PHONE,
        emotion=Emotion.ANGRY,
        caller_name="张三",
    )
    return replace(base, **changes)


def facts(state: CaseState = CaseState.REGISTERED, **changes: Any) -> CaseFacts:
    base = CaseFacts(
        estate=ESTATE,
        case=CaseId(100),
        record_type=RecordType.COMPLAINT,
        state=state,
        registered_at=REGISTERED_AT,
        department="engineering",
        handler=HANDLER.staff if state not in {CaseState.REGISTERED, CaseState.CLASSIFIED} else None,
    )
    return replace(base, **changes)


CLASSIFICATION: Final = Classification(
    record_type=RecordType.COMPLAINT,
    category=CaseCategory.ENVIRON,
    sub_category=SubCategory.NOISE,
    grade=CaseGrade.NORMAL,
    department="cleaning",
)
ASSIGNMENT: Final = Assignment(handler=HANDLER)
TRANSFER: Final = Transfer(department="order", handler=None, reason="应由秩序部处理")
CONTACT: Final = FirstContact(
    restated="希望今晚修好", confirmed=True, channel=CaseChannel.PHONE, at=REGISTERED_AT + timedelta(hours=3)
)
PLAN: Final = Plan(plan="更换钢丝绳")
RESOLUTION: Final = Resolution(
    root_cause=RootCause.EQUIPMENT,
    solution=Solution.REPLACEMENT,
    measure="已更换",
    feedback="已电话告知",
    at=REGISTERED_AT + timedelta(hours=20),
)
CALL_BACK: Final = CallBack(
    by=COLLEAGUE.staff,
    satisfied=True,
    comment="满意",
    channel=CaseChannel.PHONE,
    at=REGISTERED_AT + timedelta(hours=24),
)
CLOSING: Final = Closing(note="办结")
REOPENING: Final = Reopening(reason="又坏了，仍未修好")
WITHDRAWAL: Final = Withdrawal(reason="业主不再追究")
ARCHIVING: Final = Archiving()
MERGE: Final = Merge(into=facts(case=CaseId(101)), same_unit=False, reason="同一件事")

ENTRIES: Final[dict[CaseState, StepData]] = {
    CaseState.CLASSIFIED: CLASSIFICATION,
    CaseState.ASSIGNED: ASSIGNMENT,
    CaseState.RESPONDED: CONTACT,
    CaseState.IN_PROGRESS: PLAN,
    CaseState.RESOLVED: RESOLUTION,
    CaseState.CALLED_BACK: CALL_BACK,
    CaseState.CLOSED: CLOSING,
    CaseState.ARCHIVED: ARCHIVING,
    CaseState.WITHDRAWN: WITHDRAWAL,
    CaseState.MERGED: MERGE,
}
"""Good data for the straight way to each state."""
