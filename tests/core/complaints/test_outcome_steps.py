from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from core.complaints.case import MOST_HOUSEHOLDS
from core.complaints.facts import StepIncomplete, StepTimeRefused
from core.complaints.lifecycle import check_move
from core.complaints.outcome_steps import (
    CallBackDone,
    CallBackMissing,
    Closing,
    Merge,
    MergeAcrossEstates,
    MergeAcrossTypes,
    MergeIntoHandled,
    MergeIntoItself,
    NoCallBack,
    NotAnonymous,
    OwnCallBack,
    RectificationMissing,
    ReopenTooLate,
    households_together,
)
from core.complaints.states import CaseState
from core.complaints.taxonomy import CauseDetail, RecordType
from core.kernel.errors import BusinessError
from core.kernel.identity import CaseId, EstateId, MeasureId
from core.kernel.lines import LineTooLong
from core.kernel.texts import ReasonMissing
from tests.core.complaints.cases import (
    ARCHIVING,
    CALL_BACK,
    CLOSING,
    HANDLER,
    MERGE,
    NOW,
    REGISTERED_AT,
    REOPENING,
    RESOLUTION,
    WITHDRAWAL,
    facts,
)

S = CaseState
HOUR = timedelta(hours=1)


def entered(source: CaseState, target: CaseState, data: Any, **known: Any) -> Any:
    return check_move(facts=facts(source, **known), target=target, data=data, now=NOW).data


def test_a_result_names_cause_solution_measure_and_feedback() -> None:
    data = replace(RESOLUTION, cause_detail=CauseDetail.TOO_FEW_STAFF, measure=" 已更换 ", feedback=" 已电话告知 ")
    assert entered(S.IN_PROGRESS, S.RESOLVED, data) == replace(RESOLUTION, cause_detail=CauseDetail.TOO_FEW_STAFF)


@pytest.mark.parametrize(
    ("field", "named"),
    [
        ("root_cause", "root_cause"),
        ("solution", "solution"),
        ("measure", "measure"),
        ("feedback", "feedback"),
        ("at", "fed_back_at"),
    ],
)
def test_a_result_is_complete(field: str, named: str) -> None:
    blank = "" if field in {"measure", "feedback"} else None
    with pytest.raises(StepIncomplete) as refused:
        entered(S.IN_PROGRESS, S.RESOLVED, replace(RESOLUTION, **{field: blank}))
    assert refused.value.fields == {"field": named, "state": S.RESOLVED}


@pytest.mark.parametrize(
    ("at", "reopened_at"),
    [
        (NOW + HOUR, None),
        (REGISTERED_AT - HOUR, None),
        (REGISTERED_AT + HOUR, REGISTERED_AT + 2 * HOUR),
    ],
)
def test_feedback_lies_in_the_present_run(at: Any, reopened_at: Any) -> None:
    with pytest.raises(StepTimeRefused) as refused:
        entered(S.IN_PROGRESS, S.RESOLVED, replace(RESOLUTION, at=at), reopened_at=reopened_at)
    assert refused.value.fields == {"at": at, "earliest": reopened_at or REGISTERED_AT, "latest": NOW}


def test_the_result_of_an_anonymous_case_may_be_told_to_nobody_in_particular() -> None:
    data = replace(RESOLUTION, at=None)
    assert entered(S.IN_PROGRESS, S.RESOLVED, data, anonymous=True) == data


def test_a_call_back_says_whether_the_customer_is_satisfied() -> None:
    assert entered(S.RESOLVED, S.CALLED_BACK, replace(CALL_BACK, comment=" 满意 ")) == CALL_BACK
    assert entered(S.RESOLVED, S.CALLED_BACK, replace(CALL_BACK, by=None)).by is None


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"by": HANDLER.staff}, OwnCallBack),
        ({"satisfied": None}, StepIncomplete),
        ({"channel": None}, StepIncomplete),
        ({"at": None}, StepIncomplete),
        ({"comment": " "}, StepIncomplete),
        ({"at": NOW + HOUR}, StepTimeRefused),
        ({"at": REGISTERED_AT + 19 * HOUR}, StepTimeRefused),
    ],
)
def test_a_call_back_that_does_not_count_is_refused(changes: dict[str, Any], refusal: type[BusinessError]) -> None:
    with pytest.raises(refusal):
        entered(S.RESOLVED, S.CALLED_BACK, replace(CALL_BACK, **changes), resolved_at=REGISTERED_AT + 20 * HOUR)


def test_a_call_back_without_a_known_result_time_lies_in_the_run() -> None:
    assert entered(S.RESOLVED, S.CALLED_BACK, replace(CALL_BACK, at=REGISTERED_AT)).at == REGISTERED_AT


def test_after_a_call_back_a_note_closes_the_case() -> None:
    data = Closing(note=" 办结 ", no_call_back_note="多余", at=NOW)
    assert entered(S.CALLED_BACK, S.CLOSED, data) == CLOSING
    with pytest.raises(StepIncomplete) as refused:
        entered(S.CALLED_BACK, S.CLOSED, Closing(note=""))
    assert refused.value.fields == {"field": "closing_note", "state": S.CLOSED}
    with pytest.raises(CallBackDone):
        entered(S.CALLED_BACK, S.CLOSED, Closing(note="办结", no_call_back=NoCallBack.DECLINED))


@pytest.mark.parametrize(
    ("reason", "note", "kept"),
    [
        (NoCallBack.ANONYMOUS, "多余", ""),
        (NoCallBack.DECLINED, "多余", ""),
        (NoCallBack.UNREACHABLE, " 三次无人接听 ", "三次无人接听"),
        (NoCallBack.OTHER, "业主已搬离", "业主已搬离"),
    ],
)
def test_without_a_call_back_a_reason_closes_the_case(reason: NoCallBack, note: str, kept: str) -> None:
    data = Closing(note="办结", no_call_back=reason, no_call_back_note=note)
    assert entered(S.RESOLVED, S.CLOSED, data, anonymous=True) == replace(data, no_call_back_note=kept)


@pytest.mark.parametrize(
    ("reason", "refusal"),
    [
        (None, CallBackMissing),
        (NoCallBack.ANONYMOUS, NotAnonymous),
        (NoCallBack.UNREACHABLE, ReasonMissing),
        (NoCallBack.OTHER, ReasonMissing),
    ],
)
def test_a_case_is_not_closed_without_call_back_or_a_true_reason(
    reason: NoCallBack | None, refusal: type[BusinessError]
) -> None:
    with pytest.raises(refusal):
        entered(S.RESOLVED, S.CLOSED, Closing(note="办结", no_call_back=reason))


def test_a_repeated_complaint_is_closed_once_a_measure_deals_with_it() -> None:
    with pytest.raises(RectificationMissing):
        entered(S.CALLED_BACK, S.CLOSED, CLOSING, repeated=True)
    assert entered(S.CALLED_BACK, S.CLOSED, CLOSING, repeated=True, rectification=MeasureId(5)) == CLOSING


@pytest.mark.parametrize(
    ("record_type", "source"),
    [
        (RecordType.SUGGESTION, S.RESPONDED),
        (RecordType.INQUIRY, S.RESPONDED),
        (RecordType.PRAISE, S.REGISTERED),
    ],
)
def test_what_is_no_complaint_is_closed_by_the_answer_or_the_thanks(record_type: RecordType, source: CaseState) -> None:
    def closed(data: Closing) -> Any:
        return entered(source, S.CLOSED, data, record_type=record_type, repeated=True)

    answer = Closing(note="感谢您的建议", at=REGISTERED_AT + HOUR)
    extra = replace(answer, no_call_back=NoCallBack.OTHER, no_call_back_note="多余")
    assert closed(extra) == answer
    assert closed(replace(answer, at=None)).at is None
    with pytest.raises(StepIncomplete):
        closed(Closing(note=" "))
    for at in (REGISTERED_AT - HOUR, NOW + HOUR):
        with pytest.raises(StepTimeRefused):
            closed(replace(answer, at=at))


@pytest.mark.parametrize(
    ("closed_on", "days", "fine"),
    [
        (date(2026, 11, 21), 0, True),
        (date(2026, 11, 20), 0, False),
        (date(2026, 10, 22), 30, True),
        (date(2026, 10, 21), 30, False),
    ],
)
def test_a_closed_case_opens_again_for_some_days(closed_on: date, days: int, fine: bool) -> None:
    def reopen() -> Any:
        known = facts(S.CLOSED, closed_on=closed_on)
        return check_move(facts=known, target=S.IN_PROGRESS, data=REOPENING, now=NOW, reopen_days=days).data

    if fine:
        assert reopen() == REOPENING
        return
    with pytest.raises(ReopenTooLate) as refused:
        reopen()
    assert refused.value.fields == {"closed_on": closed_on, "last_day": closed_on + timedelta(days=days)}


@pytest.mark.parametrize("source", [S.RESOLVED, S.CALLED_BACK])
def test_before_it_is_closed_a_case_opens_again_at_any_time(source: CaseState) -> None:
    assert entered(source, S.IN_PROGRESS, REOPENING, closed_on=date(2020, 1, 1)) == REOPENING
    with pytest.raises(ReasonMissing):
        entered(source, S.IN_PROGRESS, replace(REOPENING, reason="坏"))


def test_a_withdrawal_says_why() -> None:
    assert entered(S.IN_PROGRESS, S.WITHDRAWN, replace(WITHDRAWAL, reason=" 业主不再追究 ")) == WITHDRAWAL
    with pytest.raises(ReasonMissing) as refused:
        entered(S.IN_PROGRESS, S.WITHDRAWN, replace(WITHDRAWAL, reason="不 "))
    assert refused.value.fields == {"shortest": 4}
    with pytest.raises(LineTooLong):
        entered(S.IN_PROGRESS, S.WITHDRAWN, replace(WITHDRAWAL, reason="不" * 501))


@pytest.mark.parametrize("state", [S.REGISTERED, S.CLASSIFIED, S.ASSIGNED, S.RESPONDED, S.IN_PROGRESS])
def test_a_case_is_merged_into_another_one_that_is_worked_on(state: CaseState) -> None:
    data = replace(MERGE, into=facts(state, case=CaseId(101)), reason=" 同一件事 ")
    assert entered(S.REGISTERED, S.MERGED, data) == replace(data, reason="同一件事")


@pytest.mark.parametrize(
    ("into", "refusal"),
    [
        (facts(case=CaseId(100)), MergeIntoItself),
        (facts(case=CaseId(100), estate=EstateId(4)), MergeAcrossEstates),
        (facts(case=CaseId(101), estate=EstateId(4)), MergeAcrossEstates),
        (facts(S.RESOLVED, case=CaseId(101)), MergeIntoHandled),
        (facts(S.CLOSED, case=CaseId(101)), MergeIntoHandled),
        (facts(S.MERGED, case=CaseId(101)), MergeIntoHandled),
        (facts(S.WITHDRAWN, case=CaseId(101)), MergeIntoHandled),
        (facts(case=CaseId(101), record_type=RecordType.INQUIRY), MergeAcrossTypes),
    ],
)
def test_a_merge_that_cannot_be_is_refused(into: Any, refusal: type[BusinessError]) -> None:
    with pytest.raises(refusal):
        entered(S.REGISTERED, S.MERGED, replace(MERGE, into=into))


def test_a_merge_says_why() -> None:
    with pytest.raises(ReasonMissing):
        entered(S.REGISTERED, S.MERGED, replace(MERGE, reason=""))


@pytest.mark.parametrize(
    ("here", "there", "same_unit", "together"),
    [
        (1, 1, False, 2),
        (1, 1, True, 1),
        (3, 2, True, 3),
        (MOST_HOUSEHOLDS, 5, False, MOST_HOUSEHOLDS),
    ],
)
def test_a_merged_case_brings_its_households(here: int, there: int, same_unit: bool, together: int) -> None:
    merge = Merge(into=facts(case=CaseId(101), households=there), same_unit=same_unit, reason="同一件事")
    assert households_together(merged=facts(households=here), merge=merge) == together


def test_archiving_asks_for_nothing() -> None:
    assert entered(S.CLOSED, S.ARCHIVED, ARCHIVING) == ARCHIVING
