from datetime import date, timedelta

import pytest

from core.complaints.grading import CaseGrade
from core.complaints.taxonomy import RecordType
from core.complaints.workload import (
    AccountabilityAction,
    AccountabilityFollowUp,
    AccountabilityLine,
    Candidate,
    DispatchProposal,
    Load,
    OpenCase,
    RectificationUnfit,
    RedCase,
    accountability_follow_up,
    accountability_list,
    case_points,
    check_rectification,
    dispatch_order,
    needs_rectification,
    open_loads,
)
from core.kernel.identity import CaseId, MeasureId, StaffId
from core.kernel.texts import ReasonMissing

TODAY = date(2026, 11, 21)
A, B, C, D = (StaffId(number) for number in (1, 2, 3, 4))
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("grade", "age_days", "points"),
    [
        (CaseGrade.NORMAL, 0, 1),
        (CaseGrade.NORMAL, 2, 1),
        (CaseGrade.NORMAL, 3, 2),
        (CaseGrade.MAJOR, 8, 4),
        (CaseGrade.URGENT, 9, 7),
        (CaseGrade.URGENT, 400, 7),
        (CaseGrade.NORMAL, -4, 1),
    ],
)
def test_a_case_weighs_by_grade_and_age(grade: CaseGrade, age_days: int, points: int) -> None:
    assert case_points(grade=grade, age_days=age_days) == points


def test_each_handler_carries_the_own_open_cases() -> None:
    cases = (
        OpenCase(A, CaseGrade.URGENT, TODAY),
        OpenCase(A, CaseGrade.NORMAL, date(2026, 11, 18)),
        OpenCase(B, CaseGrade.MAJOR, TODAY),
    )
    assert open_loads(cases=cases, today=TODAY) == {A: Load(6, 2, 1), B: Load(2, 1, 0)}
    assert open_loads(cases=(), today=TODAY) == {}


def test_a_case_goes_to_the_own_department_then_to_the_least_loaded() -> None:
    candidates = (
        Candidate(A, "order"),
        Candidate(B, "engineering"),
        Candidate(C, "engineering"),
        Candidate(D, "engineering"),
        Candidate(StaffId(5), "engineering", absent=True),
        Candidate(StaffId(6), "engineering", active=False),
        Candidate(StaffId(7), "engineering"),
    )
    loads = {B: Load(3, 3, 0), C: Load(3, 1, 0), D: Load(3, 1, 0)}
    assert dispatch_order(candidates=candidates, department="engineering", loads=loads) == (
        DispatchProposal(StaffId(7), matches=True, load=Load()),
        DispatchProposal(C, matches=True, load=loads[C]),
        DispatchProposal(D, matches=True, load=loads[D]),
        DispatchProposal(B, matches=True, load=loads[B]),
        DispatchProposal(A, matches=False, load=Load()),
    )


def test_nobody_there_is_nobody_proposed() -> None:
    assert dispatch_order(candidates=(Candidate(A, "order", absent=True),), department="order", loads={}) == ()


def test_red_cases_are_listed_by_who_answers_for_them() -> None:
    reds = (
        RedCase(CaseId(15), C, 9 * HOUR),
        RedCase(CaseId(11), A, 3 * HOUR),
        RedCase(CaseId(11), A, 9 * HOUR),
        RedCase(CaseId(12), B, HOUR),
        RedCase(CaseId(13), B, HOUR),
        RedCase(CaseId(14), None, 20 * HOUR),
    )
    lines = accountability_list(reds=reds)
    assert lines == (
        AccountabilityLine(B, (CaseId(12), CaseId(13)), CaseId(12), HOUR),
        AccountabilityLine(None, (CaseId(14),), CaseId(14), 20 * HOUR),
        AccountabilityLine(A, (CaseId(11),), CaseId(11), 9 * HOUR),
        AccountabilityLine(C, (CaseId(15),), CaseId(15), 9 * HOUR),
    )
    assert [line.count for line in lines] == [2, 1, 1, 1]
    assert accountability_list(reds=()) == ()


def test_what_follows_is_decided_by_a_person_and_explained() -> None:
    follow_up = accountability_follow_up(action=AccountabilityAction.TRAINING, note=" 响应慢，安排培训 ")
    assert follow_up == AccountabilityFollowUp(AccountabilityAction.TRAINING, "响应慢，安排培训")
    with pytest.raises(ReasonMissing):
        accountability_follow_up(action=AccountabilityAction.HELD_TO_ACCOUNT, note="")


@pytest.mark.parametrize(
    ("record_type", "repeated", "rectification", "needed"),
    [
        (RecordType.COMPLAINT, True, None, True),
        (RecordType.COMPLAINT, True, MeasureId(1), False),
        (RecordType.COMPLAINT, False, None, False),
        (RecordType.SUGGESTION, True, None, False),
    ],
)
def test_a_repeated_complaint_needs_a_rectification(
    record_type: RecordType, repeated: bool, rectification: MeasureId | None, needed: bool
) -> None:
    assert needs_rectification(record_type=record_type, repeated=repeated, rectification=rectification) is needed


@pytest.mark.parametrize(
    ("from_complaints", "cancelled", "fits"),
    [
        (True, False, True),
        (True, True, False),
        (False, False, False),
        (False, True, False),
    ],
)
def test_a_rectification_is_a_measure_about_complaints_that_was_not_cancelled(
    from_complaints: bool, cancelled: bool, fits: bool
) -> None:
    if fits:
        check_rectification(from_complaints=from_complaints, cancelled=cancelled)
        return
    with pytest.raises(RectificationUnfit):
        check_rectification(from_complaints=from_complaints, cancelled=cancelled)
