from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from core.complaints.case import HouseholdsRefused
from core.complaints.facts import StepIncomplete, StepTimeRefused
from core.complaints.grading import CaseGrade, GradeDecision, GradeReasonMissing
from core.complaints.handling_steps import (
    LONGEST_PART,
    Assignee,
    Assignment,
    ClaimNotConfirmed,
    Collaborator,
    PersonTwice,
    Transfer,
    TransferChangesNothing,
    TransferRefused,
)
from core.complaints.lifecycle import check_move, check_transfer
from core.complaints.states import CaseState
from core.complaints.taxonomy import CaseCategory, SubCategory, SubCategoryElsewhere
from core.kernel.errors import BusinessError
from core.kernel.identity import StaffId
from core.kernel.lifecycle import ForbiddenMove
from core.kernel.lines import LineTooLong
from core.kernel.texts import ReasonMissing
from core.staff.posts import NotAssignable
from tests.core.complaints.cases import (
    CLASSIFICATION,
    COLLEAGUE,
    CONTACT,
    HANDLER,
    NOW,
    PLAN,
    REGISTERED_AT,
    TRANSFER,
    facts,
)

S = CaseState


def entered(source: CaseState, target: CaseState, data: Any, **known: Any) -> Any:
    return check_move(facts=facts(source, **known), target=target, data=data, now=NOW).data


def test_a_classification_decides_the_grade() -> None:
    checked = entered(S.REGISTERED, S.CLASSIFIED, replace(CLASSIFICATION, department=" cleaning "))
    assert checked == replace(CLASSIFICATION, decision=GradeDecision(CaseGrade.NORMAL, CaseGrade.NORMAL))


def test_the_grade_is_judged_with_scope_flags_and_repetition() -> None:
    def decision(changes: dict[str, Any], **known: Any) -> GradeDecision:
        data = replace(CLASSIFICATION, grade=CaseGrade.MAJOR, **changes)
        found: GradeDecision = entered(S.REGISTERED, S.CLASSIFIED, data, **known).decision
        return found

    expected = GradeDecision(CaseGrade.MAJOR, CaseGrade.MAJOR)
    assert decision({"households": 2}) == expected
    assert decision({"special": True}) == expected
    assert decision({}, repeated=True) == expected
    with pytest.raises(GradeReasonMissing):
        decision({})


def test_an_override_keeps_its_reason() -> None:
    data = replace(CLASSIFICATION, grade=CaseGrade.URGENT, grade_reason=" 独居老人家中 ")
    checked = entered(S.REGISTERED, S.CLASSIFIED, data)
    assert checked.decision == GradeDecision(CaseGrade.URGENT, CaseGrade.NORMAL, "独居老人家中")
    assert checked.grade_reason == "独居老人家中"


@pytest.mark.parametrize("field", ["category", "sub_category", "grade", "department"])
def test_a_classification_is_complete(field: str) -> None:
    blank = " " if field == "department" else None
    with pytest.raises(StepIncomplete) as refused:
        entered(S.REGISTERED, S.CLASSIFIED, replace(CLASSIFICATION, **{field: blank}))
    assert refused.value.fields == {"field": field, "state": S.CLASSIFIED}


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"households": 0}, HouseholdsRefused),
        ({"sub_category": SubCategory.LIFT}, SubCategoryElsewhere),
        ({"category": CaseCategory.FEE}, SubCategoryElsewhere),
        ({"department": "x" * 33}, LineTooLong),
    ],
)
def test_a_classification_that_cannot_be_is_refused(changes: dict[str, Any], refusal: type[BusinessError]) -> None:
    with pytest.raises(refusal):
        entered(S.REGISTERED, S.CLASSIFIED, replace(CLASSIFICATION, **changes))


def test_an_assignment_names_people_and_their_parts() -> None:
    data = Assignment(handler=HANDLER, collaborators=(Collaborator(COLLEAGUE, " 联系厂家 "),), department=" order ")
    assert entered(S.CLASSIFIED, S.ASSIGNED, data) == Assignment(
        handler=HANDLER, collaborators=(Collaborator(COLLEAGUE, "联系厂家"),), department="order"
    )


def test_an_assignment_keeps_the_department_unless_told_otherwise() -> None:
    assert entered(S.CLASSIFIED, S.ASSIGNED, Assignment(handler=HANDLER)).department == "engineering"


GONE = Assignee(StaffId(9), "赵六", active=False)


@pytest.mark.parametrize(
    ("data", "refusal"),
    [
        (Assignment(handler=None), StepIncomplete),
        (Assignment(handler=GONE), NotAssignable),
        (Assignment(handler=HANDLER, collaborators=(Collaborator(GONE, "协助"),)), NotAssignable),
        (Assignment(handler=HANDLER, collaborators=(Collaborator(HANDLER, "协助"),)), PersonTwice),
        (
            Assignment(handler=HANDLER, collaborators=(Collaborator(COLLEAGUE, "甲"), Collaborator(COLLEAGUE, "乙"))),
            PersonTwice,
        ),
        (Assignment(handler=HANDLER, collaborators=(Collaborator(COLLEAGUE, " "),)), StepIncomplete),
        (Assignment(handler=HANDLER, collaborators=(Collaborator(COLLEAGUE, "甲" * (LONGEST_PART + 1)),)), LineTooLong),
    ],
)
def test_an_assignment_that_cannot_be_is_refused(data: Assignment, refusal: type[BusinessError]) -> None:
    with pytest.raises(refusal):
        entered(S.CLASSIFIED, S.ASSIGNED, data)


def test_a_response_restates_the_claim_and_is_confirmed() -> None:
    assert entered(S.ASSIGNED, S.RESPONDED, replace(CONTACT, restated=" 希望今晚修好 ")) == CONTACT


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"restated": " "}, StepIncomplete),
        ({"confirmed": False}, ClaimNotConfirmed),
        ({"channel": None}, StepIncomplete),
        ({"at": None}, StepIncomplete),
        ({"at": NOW + timedelta(seconds=1)}, StepTimeRefused),
        ({"at": REGISTERED_AT - timedelta(seconds=1)}, StepTimeRefused),
    ],
)
def test_a_response_without_contact_is_refused(changes: dict[str, Any], refusal: type[BusinessError]) -> None:
    with pytest.raises(refusal):
        entered(S.ASSIGNED, S.RESPONDED, replace(CONTACT, **changes))


@pytest.mark.parametrize("at", [REGISTERED_AT, NOW])
def test_a_contact_lies_between_registration_and_now(at: Any) -> None:
    assert entered(S.ASSIGNED, S.RESPONDED, replace(CONTACT, at=at)).at == at


def test_an_anonymous_claim_is_restated_and_dated_but_nobody_confirms_it() -> None:
    data = replace(CONTACT, confirmed=False, channel=None)
    assert entered(S.ASSIGNED, S.RESPONDED, data, anonymous=True) == data
    for changes in ({"restated": ""}, {"at": None}):
        with pytest.raises(StepIncomplete):
            entered(S.ASSIGNED, S.RESPONDED, replace(data, **changes), anonymous=True)


def test_work_begins_with_a_plan() -> None:
    assert entered(S.RESPONDED, S.IN_PROGRESS, replace(PLAN, plan=" 更换\n\n钢丝绳 ")).plan == "更换\n钢丝绳"
    with pytest.raises(StepIncomplete) as refused:
        entered(S.RESPONDED, S.IN_PROGRESS, replace(PLAN, plan="\n"))
    assert refused.value.fields == {"field": "plan", "state": S.IN_PROGRESS}


def transferred(state: CaseState, **changes: Any) -> tuple[CaseState, Transfer]:
    step = check_transfer(facts=facts(state), data=replace(TRANSFER, **changes), now=NOW)
    assert isinstance(step.data, Transfer)
    assert (step.source, step.clocks, step.reopenings) == (state, (), 0)
    return step.state, step.data


@pytest.mark.parametrize(
    ("state", "handler", "comes_to"),
    [
        (S.CLASSIFIED, None, S.CLASSIFIED),
        (S.ASSIGNED, None, S.CLASSIFIED),
        (S.ASSIGNED, COLLEAGUE, S.ASSIGNED),
        (S.RESPONDED, COLLEAGUE, S.RESPONDED),
        (S.IN_PROGRESS, COLLEAGUE, S.IN_PROGRESS),
    ],
)
def test_a_transfer_moves_the_case_and_no_clock(
    state: CaseState, handler: Assignee | None, comes_to: CaseState
) -> None:
    assert transferred(state, handler=handler) == (comes_to, replace(TRANSFER, handler=handler))


def test_a_transfer_within_the_department_changes_the_handler() -> None:
    assert transferred(S.IN_PROGRESS, department=" ", handler=COLLEAGUE)[1].department == "engineering"


def test_an_assigned_case_goes_back_to_be_assigned_anew_in_the_same_department() -> None:
    assert transferred(S.ASSIGNED, department="engineering")[0] is S.CLASSIFIED


@pytest.mark.parametrize(
    ("state", "changes", "refusal"),
    [
        (S.REGISTERED, {}, TransferRefused),
        (S.RESOLVED, {"handler": COLLEAGUE}, TransferRefused),
        (S.CALLED_BACK, {"handler": COLLEAGUE}, TransferRefused),
        (S.CLOSED, {"handler": COLLEAGUE}, TransferRefused),
        (S.RESPONDED, {}, StepIncomplete),
        (S.IN_PROGRESS, {}, StepIncomplete),
        (S.ASSIGNED, {"handler": GONE}, NotAssignable),
        (S.ASSIGNED, {"handler": HANDLER, "department": "engineering"}, TransferChangesNothing),
        (S.CLASSIFIED, {"department": ""}, TransferChangesNothing),
        (S.ASSIGNED, {"reason": "错了"}, ReasonMissing),
    ],
)
def test_a_transfer_that_makes_no_sense_is_refused(
    state: CaseState, changes: dict[str, Any], refusal: type[BusinessError]
) -> None:
    with pytest.raises(refusal):
        transferred(state, **changes)


def test_a_person_does_not_come_with_a_case_that_is_still_to_be_assigned() -> None:
    with pytest.raises(ValueError, match="assigned to one"):
        transferred(S.CLASSIFIED, handler=COLLEAGUE)


def test_back_from_assigned_leads_a_transfer_and_no_second_classification() -> None:
    assert entered(S.ASSIGNED, S.CLASSIFIED, TRANSFER) == TRANSFER
    with pytest.raises(TypeError, match="Transfer"):
        entered(S.ASSIGNED, S.CLASSIFIED, CLASSIFICATION)
    with pytest.raises(ForbiddenMove):
        entered(S.RESPONDED, S.CLASSIFIED, TRANSFER)
