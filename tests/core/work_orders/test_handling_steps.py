from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from core.kernel.errors import BusinessError
from core.kernel.lines import LineTooLong
from core.kernel.texts import ReasonMissing
from core.staff.posts import NotAssignable
from core.work_orders.facts import WorkContext, WorkRules, WorkStepIncomplete, WorkStepTimeRefused
from core.work_orders.handling_steps import (
    WorkClassification,
    WorkTransfer,
    WorkTransferChangesNothing,
    WorkTransferRefused,
)
from core.work_orders.kinds import FailureNotRepair, PublicSystem, WorkKind
from core.work_orders.lifecycle import check_work_transfer
from core.work_orders.states import WorkState
from tests.core.work_orders.orders import (
    ANSWER,
    ASSIGNMENT,
    CLASSIFICATION,
    COLLEAGUE,
    DESK,
    HANDLER,
    NOW,
    REGISTERED_AT,
    TRANSFER,
    after,
    facts,
)

S = WorkState


def context(source: WorkState, target: WorkState, **known: Any) -> WorkContext:
    return WorkContext(facts=facts(source, **known), target=target, now=NOW, rules=WorkRules())


SORTING = context(S.SUBMITTED, S.CLASSIFIED, department="")
GIVING = context(S.CLASSIFIED, S.ASSIGNED)
ANSWERING = context(S.ASSIGNED, S.UNDER_WAY)


@pytest.mark.parametrize(
    ("kind", "chosen", "department"),
    [
        (WorkKind.REPAIR, "", "engineering"),
        (WorkKind.GREENING, " ", "cleaning"),
        (WorkKind.OTHER, "", "customer_service"),
        (WorkKind.OTHER, " order ", "order"),
    ],
)
def test_a_kind_goes_to_the_department_with_the_skill(kind: WorkKind, chosen: str, department: str) -> None:
    sorted_in = WorkClassification(kind=kind, department=chosen).checked(SORTING)
    assert sorted_in == WorkClassification(kind=kind, department=department)


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"kind": None}, WorkStepIncomplete),
        ({"kind": WorkKind.OTHER, "failure": PublicSystem.LIFT}, FailureNotRepair),
        ({"department": "x" * 33}, LineTooLong),
    ],
)
def test_a_classification_that_does_not_fit_is_refused(changes: dict[str, Any], refusal: type[BusinessError]) -> None:
    with pytest.raises(refusal):
        replace(CLASSIFICATION, **changes).checked(SORTING)


def test_work_is_given_to_an_active_person_of_a_department() -> None:
    assert replace(ASSIGNMENT, department="").checked(GIVING) == ASSIGNMENT
    assert replace(ASSIGNMENT, department=" order ").checked(GIVING).department == "order"
    with pytest.raises(WorkStepIncomplete) as refused:
        replace(ASSIGNMENT, handler=None).checked(GIVING)
    assert refused.value.fields == {"field": "handler", "state": S.ASSIGNED}
    with pytest.raises(NotAssignable):
        replace(ASSIGNMENT, handler=replace(HANDLER, active=False)).checked(GIVING)
    with pytest.raises(WorkStepIncomplete) as refused:
        replace(ASSIGNMENT, department="").checked(context(S.CLASSIFIED, S.ASSIGNED, department=""))
    assert refused.value.fields["field"] == "department"


def test_the_answer_says_what_was_told_how_and_when() -> None:
    assert replace(ANSWER, plan="  下午  上门 ").checked(ANSWERING).plan == "下午 上门"
    gaps: tuple[tuple[str, Any], ...] = (("plan", " "), ("channel", None), ("at", None))
    for field, value in gaps:
        with pytest.raises(WorkStepIncomplete) as refused:
            replace(ANSWER, **{field: value}).checked(ANSWERING)
        assert refused.value.fields["field"] == ("contacted_at" if field == "at" else field)


@pytest.mark.parametrize("at", [REGISTERED_AT, NOW])
def test_the_answer_lies_between_submission_and_now(at: Any) -> None:
    assert replace(ANSWER, at=at).checked(ANSWERING).at == at


@pytest.mark.parametrize("at", [REGISTERED_AT - timedelta(microseconds=1), NOW + timedelta(microseconds=1)])
def test_an_answer_at_another_time_is_refused(at: Any) -> None:
    with pytest.raises(WorkStepTimeRefused) as refused:
        replace(ANSWER, at=at).checked(ANSWERING)
    assert refused.value.fields == {"at": at, "earliest": REGISTERED_AT, "latest": NOW}


def test_after_a_reopening_the_answer_comes_after_it() -> None:
    again = context(S.ASSIGNED, S.UNDER_WAY, reopened_at=after(10))
    with pytest.raises(WorkStepTimeRefused):
        ANSWER.checked(again)
    assert replace(ANSWER, at=after(10)).checked(again).at == after(10)


def test_where_nobody_is_to_talk_to_no_channel_is_needed() -> None:
    alone = context(S.ASSIGNED, S.UNDER_WAY, contactable=False)
    assert replace(ANSWER, channel=None).checked(alone).channel is None


def test_an_answer_without_a_time_stops_nothing() -> None:
    unchecked = replace(ANSWER, at=None)
    assert (unchecked.stops(), unchecked.done_at(NOW)) == ({}, NOW)


TO_WANG = WorkTransfer(department="", handler=COLLEAGUE, reason="李明请假")


@pytest.mark.parametrize(
    ("state", "data", "target", "department"),
    [
        (S.CLASSIFIED, TRANSFER, S.CLASSIFIED, "cleaning"),
        (S.ASSIGNED, TRANSFER, S.CLASSIFIED, "cleaning"),
        (S.ASSIGNED, replace(TRANSFER, department=""), S.CLASSIFIED, "engineering"),
        (S.ASSIGNED, TO_WANG, S.ASSIGNED, "engineering"),
        (S.UNDER_WAY, TO_WANG, S.UNDER_WAY, "engineering"),
        (S.UNDER_WAY, replace(TO_WANG, handler=HANDLER, department="order"), S.UNDER_WAY, "order"),
    ],
)
def test_a_transfer_keeps_the_state_and_the_clocks(
    state: WorkState, data: WorkTransfer, target: WorkState, department: str
) -> None:
    done = check_work_transfer(facts=facts(state), data=data, by=DESK, now=NOW)
    assert (done.source, done.state, done.clocks) == (state, target, ())
    assert done.data == replace(data, department=department)


@pytest.mark.parametrize(
    ("state", "data", "refusal"),
    [
        (S.SUBMITTED, TRANSFER, WorkTransferRefused),
        (S.CARRIED_OUT, TO_WANG, WorkTransferRefused),
        (S.CLOSED, TO_WANG, WorkTransferRefused),
        (S.UNDER_WAY, TRANSFER, WorkStepIncomplete),
        (S.ASSIGNED, replace(TO_WANG, handler=HANDLER), WorkTransferChangesNothing),
        (S.CLASSIFIED, replace(TRANSFER, department="engineering"), WorkTransferChangesNothing),
        (S.ASSIGNED, replace(TO_WANG, handler=replace(COLLEAGUE, active=False)), NotAssignable),
        (S.ASSIGNED, replace(TO_WANG, reason="忙"), ReasonMissing),
        (S.ASSIGNED, replace(TO_WANG, department="x" * 33), LineTooLong),
        (S.CLASSIFIED, replace(TRANSFER, handler=COLLEAGUE), WorkTransferRefused),
    ],
)
def test_a_transfer_that_cannot_be_is_refused(state: WorkState, data: WorkTransfer, refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        check_work_transfer(facts=facts(state), data=data, by=DESK, now=NOW)
