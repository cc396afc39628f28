import pytest

from core.work_orders.actions import WorkAction, work_action_of
from core.work_orders.facts import WorkStepData
from core.work_orders.lifecycle import data_for
from core.work_orders.outcome_steps import Cancellation, CancelReason, WorkReopening
from core.work_orders.states import WORK_MOVES, WorkState


@pytest.mark.parametrize(
    ("data", "action"),
    [
        (WorkReopening(reason="leaks again"), WorkAction.REOPENING),
        (Cancellation(why=CancelReason.MISTAKE, reason="entered twice"), WorkAction.CANCELLATION),
    ],
)
def test_a_step_is_an_entry_of_its_kind(data: WorkStepData, action: WorkAction) -> None:
    assert work_action_of(data=data) is action


def test_every_step_there_is_makes_an_entry() -> None:
    kinds = {
        data_for(source=source, target=target) for source in WorkState for target in WORK_MOVES.next_states(source)
    }
    entries = {work_action_of(data=kind.__new__(kind)) for kind in kinds}
    assert len(entries) == len(kinds) == 9
