import pytest

from core.kernel.clocks import ClockKind
from core.kernel.signals import ClockAction, ClockSignal
from core.work_orders.states import (
    ENDED,
    FIVE_STEPS,
    MOVABLE,
    REOPENABLE,
    WORK_MOVES,
    WorkState,
    WorkStepOwner,
    flow_step,
    is_ended,
    running_clocks,
    signals_at_submission,
)
from tests.core.work_orders.orders import REGISTERED_AT

S, W, K = WorkState, WorkStepOwner, ClockKind


@pytest.mark.parametrize(
    ("state", "following"),
    [
        (S.SUBMITTED, (S.CLASSIFIED, S.CANCELLED)),
        (S.CLASSIFIED, (S.ASSIGNED, S.CANCELLED)),
        (S.ASSIGNED, (S.CLASSIFIED, S.UNDER_WAY, S.CARRIED_OUT, S.CANCELLED)),
        (S.UNDER_WAY, (S.CARRIED_OUT, S.CANCELLED)),
        (S.CARRIED_OUT, (S.ASSIGNED, S.REPORTED_BACK)),
        (S.REPORTED_BACK, (S.ASSIGNED, S.CLOSED)),
        (S.CLOSED, (S.ASSIGNED,)),
        (S.CANCELLED, ()),
    ],
)
def test_the_way_of_a_request(state: WorkState, following: tuple[WorkState, ...]) -> None:
    assert WORK_MOVES.next_states(state) == following


@pytest.mark.parametrize(
    ("state", "number", "owner", "clocks"),
    [
        (S.SUBMITTED, 1, W.FRONT_DESK, {K.RESPONSE, K.RESOLVED}),
        (S.CLASSIFIED, 2, W.SPECIALIST, {K.RESPONSE, K.RESOLVED}),
        (S.ASSIGNED, 3, W.SUPERVISOR, {K.RESPONSE, K.RESOLVED}),
        (S.UNDER_WAY, 4, W.HANDLER, {K.RESOLVED}),
        (S.CARRIED_OUT, 4, W.HANDLER, set()),
        (S.REPORTED_BACK, 5, W.SPECIALIST, set()),
        (S.CLOSED, 5, W.SPECIALIST, set()),
    ],
)
def test_each_state_belongs_to_one_of_the_five_steps(
    state: WorkState, number: int, owner: WorkStepOwner, clocks: set[ClockKind]
) -> None:
    step = flow_step(state)
    assert step is not None
    assert (step.number, step.owner) == (number, owner)
    assert running_clocks(state) == clocks


def test_a_cancelled_request_stands_in_no_step_and_nothing_runs() -> None:
    assert flow_step(S.CANCELLED) is None
    assert running_clocks(S.CANCELLED) == frozenset()
    assert [step.number for step in FIVE_STEPS] == [1, 2, 3, 4, 5]


def test_nobody_works_on_what_has_ended_and_what_is_done_opens_again() -> None:
    assert {state for state in S if is_ended(state)} == ENDED == {S.CLOSED, S.CANCELLED}
    assert {state for state in S if WORK_MOVES.allows(source=state, target=S.ASSIGNED)} - {S.CLASSIFIED} == REOPENABLE
    assert not MOVABLE & (REOPENABLE | ENDED | {S.SUBMITTED})


def test_both_clocks_start_with_the_request() -> None:
    assert signals_at_submission(registered_at=REGISTERED_AT) == (
        ClockSignal(K.RESPONSE, ClockAction.START, REGISTERED_AT),
        ClockSignal(K.RESOLVED, ClockAction.START, REGISTERED_AT),
    )
