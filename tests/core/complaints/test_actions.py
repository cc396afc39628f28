import pytest

from core.complaints.actions import CaseAction, action_of
from core.complaints.facts import StepData
from tests.core.complaints.cases import ENTRIES, REOPENING, TRANSFER


@pytest.mark.parametrize("data", [*ENTRIES.values(), TRANSFER, REOPENING], ids=lambda data: type(data).__name__)
def test_each_step_makes_an_entry_of_its_own(data: StepData) -> None:
    others = [one for one in (*ENTRIES.values(), TRANSFER, REOPENING) if one is not data]
    assert action_of(data=data) in CaseAction
    assert action_of(data=data) not in {action_of(data=one) for one in others}
