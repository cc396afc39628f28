from datetime import UTC, datetime, timedelta

import pytest

from core.work_orders.actions import WorkAction
from core.work_orders.progress import FlowEntry, StepProgress, steps_taken
from core.work_orders.states import WorkState

NOW = datetime(2026, 11, 21, 1, tzinfo=UTC)
A = WorkAction
WAY = (A.SUBMISSION, A.CLASSIFICATION, A.ASSIGNMENT, A.ANSWER, A.EXECUTION, A.REPORT_BACK, A.CLOSING)


def entries(*actions: WorkAction) -> tuple[FlowEntry, ...]:
    """Each an hour after the one before, by somebody called after the action."""
    return tuple(FlowEntry(action, action.value, NOW + timedelta(hours=n)) for n, action in enumerate(actions))


def shown(state: WorkState, *actions: WorkAction) -> str:
    """A letter for each step: Done, Now, ahead (-)."""
    signs = {StepProgress.DONE: "D", StepProgress.NOW: "N", StepProgress.AHEAD: "-"}
    return "".join(signs[taken.progress] for taken in steps_taken(state=state, entries=entries(*actions)))


@pytest.mark.parametrize(
    ("state", "done", "signs"),
    [
        (WorkState.SUBMITTED, 1, "D----"),
        (WorkState.CLASSIFIED, 2, "DD---"),
        (WorkState.ASSIGNED, 3, "DDD--"),
        (WorkState.UNDER_WAY, 4, "DDDN-"),
        (WorkState.CARRIED_OUT, 5, "DDDD-"),
        (WorkState.REPORTED_BACK, 6, "DDDDN"),
        (WorkState.CLOSED, 7, "DDDDD"),
    ],
)
def test_each_state_has_come_so_far(state: WorkState, done: int, signs: str) -> None:
    assert shown(state, *WAY[:done]) == signs


def test_each_step_has_person_and_time_of_its_newest_entry() -> None:
    taken = steps_taken(state=WorkState.CLOSED, entries=entries(*WAY))
    assert [(one.step.number, one.who) for one in taken] == [
        (1, "submission"),
        (2, "classification"),
        (3, "assignment"),
        (4, "execution"),
        (5, "closing"),
    ]
    assert taken[3].at == NOW + timedelta(hours=4)


def test_a_reopening_takes_back_what_followed_the_assignment() -> None:
    assert shown(WorkState.ASSIGNED, *WAY, A.REOPENING) == "DDD--"
    taken = steps_taken(state=WorkState.UNDER_WAY, entries=entries(*WAY, A.REOPENING, A.ANSWER))
    assert [one.who for one in taken] == ["submission", "classification", "reopening", "answer", ""]


def test_a_transfer_to_a_department_leaves_nobody_assigned() -> None:
    taken = steps_taken(state=WorkState.CLASSIFIED, entries=entries(*WAY[:3], A.TRANSFER))
    assert [one.progress for one in taken[:3]] == [StepProgress.DONE, StepProgress.DONE, StepProgress.AHEAD]
    assert (taken[2].who, taken[2].at) == ("", None)


def test_what_is_no_step_changes_nothing_and_a_step_nobody_noted_is_done_by_nobody() -> None:
    taken = steps_taken(state=WorkState.CARRIED_OUT, entries=entries(A.SUBMISSION, A.CORRECTION, A.APPOINTMENT_MADE))
    assert [(one.who, one.progress) for one in taken[:4]] == [
        ("submission", StepProgress.DONE),
        ("", StepProgress.DONE),
        ("", StepProgress.DONE),
        ("", StepProgress.DONE),
    ]


def test_of_a_cancelled_request_only_what_was_done_counts() -> None:
    assert shown(WorkState.CANCELLED, *WAY[:2], A.CANCELLATION) == "DD---"
