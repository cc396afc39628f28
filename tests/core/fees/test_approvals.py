"""What one person prepares and another decides."""

import pytest

from core.fees.approvals import (
    REQUEST_MOVES,
    RUN_MOVES,
    OwnBillRun,
    RequestState,
    RequestWaits,
    RunState,
    check_no_request_waits,
    check_poster,
    check_refund_method,
)
from core.fees.payments import MethodUnknown
from core.kernel.identity import UserId
from core.kernel.lifecycle import ForbiddenMove


@pytest.mark.parametrize("source", RunState)
@pytest.mark.parametrize("target", RunState)
def test_only_a_prepared_run_moves(source: RunState, target: RunState) -> None:
    wanted = source is RunState.PREPARED and target is not RunState.PREPARED
    assert RUN_MOVES.allows(source=source, target=target) is wanted


@pytest.mark.parametrize("decided", [RequestState.APPROVED, RequestState.REJECTED])
def test_a_request_is_decided_once(decided: RequestState) -> None:
    REQUEST_MOVES.check(source=RequestState.WAITING, target=decided)
    assert REQUEST_MOVES.is_final(decided)
    with pytest.raises(ForbiddenMove):
        REQUEST_MOVES.check(source=decided, target=RequestState.APPROVED)


def test_a_second_request_for_the_same_thing_is_refused_while_one_waits() -> None:
    check_no_request_waits(0)
    with pytest.raises(RequestWaits):
        check_no_request_waits(1)


def test_money_goes_out_by_a_method_in_use() -> None:
    check_refund_method("cash", methods=["cash"])
    with pytest.raises(MethodUnknown) as refusal:
        check_refund_method("shells", methods=["cash"])
    assert refusal.value.fields == {"method": "shells"}


@pytest.mark.parametrize(("made_by", "posted_by"), [(1, 2), (None, 2), (1, None)])
def test_two_people_prepare_and_post(made_by: int | None, posted_by: int | None) -> None:
    check_poster(
        made_by=None if made_by is None else UserId(made_by), posted_by=None if posted_by is None else UserId(posted_by)
    )


@pytest.mark.parametrize("person", [UserId(1), None])
def test_one_person_or_the_system_alone_never_does_both(person: UserId | None) -> None:
    with pytest.raises(OwnBillRun):
        check_poster(made_by=person, posted_by=person)
