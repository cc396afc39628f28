from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from core.kernel.texts import ReasonMissing
from core.work_orders.follow_ups import (
    FailureCourse,
    FailureEvent,
    NoticeAdvice,
    NoticeBlock,
    NoticeDraft,
    NoticeNext,
    UpwardReport,
    event_needed,
    notice_draft_facts,
    upward_report,
)
from core.work_orders.kinds import PublicSystem
from core.work_orders.outcome_steps import WorkCause, WorkResult
from core.work_orders.states import WorkState
from tests.core.work_orders.orders import DESK, NOW, REGISTERED_AT, after, facts

S, N = WorkState, NoticeNext
SOON = NOW + timedelta(hours=1)


@pytest.mark.parametrize(
    ("known", "event"),
    [
        ({}, None),
        ({"failure": PublicSystem.WATER}, FailureEvent.SERVICE_FAILURE),
        ({"failure": PublicSystem.LIFT}, FailureEvent.SERVICE_FAILURE),
        ({"failure": PublicSystem.LIFT, "people_at_risk": True}, FailureEvent.SAFETY_ACCIDENT),
        ({"failure": PublicSystem.LIFT, "event": True}, None),
        ({"failure": PublicSystem.LIFT, "state": S.CLOSED}, FailureEvent.SERVICE_FAILURE),
        ({"failure": PublicSystem.LIFT, "state": S.CANCELLED}, None),
    ],
)
def test_a_failure_opens_one_emergency_event(known: dict[str, Any], event: FailureEvent | None) -> None:
    assert event_needed(facts=replace(facts(), **known)) is event


def course(**changes: Any) -> FailureCourse:
    base = FailureCourse(
        system=PublicSystem.WATER,
        place=" 3号楼 ",
        since=REGISTERED_AT - timedelta(hours=1),
        households=48,
        state=S.SUBMITTED,
        registered_at=REGISTERED_AT,
        expected_by=SOON,
    )
    return replace(base, **changes)


def draft(**changes: Any) -> NoticeDraft:
    found = notice_draft_facts(course=course(**changes), now=NOW)
    assert found is not None
    return found


def test_a_new_failure_is_told_with_its_four_blocks() -> None:
    assert draft() == NoticeDraft(
        system=PublicSystem.WATER,
        place="3号楼",
        since=REGISTERED_AT - timedelta(hours=1),
        cause=None,
        households=48,
        state=S.SUBMITTED,
        milestones=((S.SUBMITTED, REGISTERED_AT),),
        next_step=N.FIND_FAULT,
        expected_by=SOON,
        advice=(NoticeAdvice.STORE_WATER, NoticeAdvice.CLOSE_TAPS),
        missing=(),
    )


DONE = {"state": S.CARRIED_OUT, "answered_at": after(1), "carried_out_at": after(2), "cause": WorkCause.WEAR}
DOWN = (NoticeAdvice.STORE_WATER, NoticeAdvice.CLOSE_TAPS)
UP = (NoticeAdvice.RUN_TAPS, NoticeAdvice.REPORT_AGAIN)


@pytest.mark.parametrize(
    ("changes", "step", "expected_by", "advice"),
    [
        ({"state": S.ASSIGNED}, N.FIND_FAULT, SOON, DOWN),
        ({"state": S.UNDER_WAY, "answered_at": after(1)}, N.REPAIR, SOON, DOWN),
        ({**DONE, "result": WorkResult.DONE}, N.NOTHING, None, UP),
        ({**DONE, "result": WorkResult.MAKESHIFT}, N.LASTING_REPAIR, SOON, UP),
        ({**DONE, "result": WorkResult.NOT_POSSIBLE}, N.OUTSIDE_HELP, SOON, DOWN),
    ],
)
def test_what_comes_next_follows_from_what_was_done(
    changes: dict[str, Any], step: NoticeNext, expected_by: Any, advice: tuple[NoticeAdvice, ...]
) -> None:
    found = draft(**changes)
    assert (found.next_step, found.expected_by, found.advice, found.missing) == (step, expected_by, advice, ())


def test_progress_tells_the_milestones_in_order() -> None:
    assert draft(**DONE, result=WorkResult.DONE).milestones == (
        (S.SUBMITTED, REGISTERED_AT),
        (S.UNDER_WAY, after(1)),
        (S.CARRIED_OUT, after(2)),
    )


@pytest.mark.parametrize(
    ("changes", "missing"),
    [
        ({"place": "  "}, (NoticeBlock.OVERVIEW,)),
        ({"expected_by": None}, (NoticeBlock.NEXT,)),
        ({"expected_by": NOW}, (NoticeBlock.NEXT,)),
        ({"place": "", "expected_by": None}, (NoticeBlock.OVERVIEW, NoticeBlock.NEXT)),
        ({**DONE, "result": WorkResult.DONE, "expected_by": None}, ()),
        ({**DONE, "result": WorkResult.MAKESHIFT, "expected_by": None}, (NoticeBlock.NEXT,)),
    ],
)
def test_what_is_missing_is_named_and_a_broken_promise_is_not_repeated(
    changes: dict[str, Any], missing: tuple[NoticeBlock, ...]
) -> None:
    found = draft(**changes)
    assert found.missing == missing
    assert (found.expected_by is None) is (NoticeBlock.NEXT in missing or found.next_step is N.NOTHING)


@pytest.mark.parametrize("system", list(PublicSystem))
def test_every_system_has_its_advice_while_it_is_down_and_afterwards(system: PublicSystem) -> None:
    down, up = draft(system=system).advice, draft(system=system, **DONE, result=WorkResult.DONE).advice
    assert down
    assert NoticeAdvice.REPORT_AGAIN in up
    assert not set(down) & set(up)


def test_nothing_is_told_of_what_was_cancelled() -> None:
    assert notice_draft_facts(course=course(state=S.CANCELLED), now=NOW) is None


def test_a_report_upward_has_a_reason_a_person_and_a_time() -> None:
    assert upward_report(reason=" 配件缺货 ", by=DESK, now=NOW) == UpwardReport("配件缺货", DESK, NOW)
    with pytest.raises(ReasonMissing):
        upward_report(reason="晚了", by=DESK, now=NOW)
