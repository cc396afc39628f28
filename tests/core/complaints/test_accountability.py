"""Nobody answers for a case that was in time, and every decision is explained (R-109)."""

import pytest

from core.complaints.accountability import CaseNotRed, check_accountability
from core.complaints.workload import AccountabilityAction, AccountabilityFollowUp
from core.kernel.texts import ReasonMissing

TRAINING = AccountabilityAction.TRAINING


def test_a_decision_about_a_red_case_is_kept_with_its_tidied_note() -> None:
    decided = check_accountability(red_clocks=1, action=TRAINING, note="  how to   answer in time ")
    assert decided == AccountabilityFollowUp(TRAINING, "how to answer in time")


def test_a_case_that_missed_nothing_is_nobodys_fault() -> None:
    with pytest.raises(CaseNotRed):
        check_accountability(red_clocks=0, action=TRAINING, note="how to answer in time")


def test_a_decision_without_a_reason_is_refused() -> None:
    with pytest.raises(ReasonMissing):
        check_accountability(red_clocks=2, action=TRAINING, note="no")
