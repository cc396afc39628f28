from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.kernel.clocks import ClockKind
from core.kernel.errors import BusinessError
from core.kernel.lifecycle import ForbiddenMove
from core.kernel.periods import local_day
from core.kernel.signals import ClockAction, ClockSignal
from core.kernel.texts import ReasonMissing
from core.work_orders.facts import WorkFacts, WorkRules, WorkStepData
from core.work_orders.handling_steps import HandlerAnswer, WorkAssignment, WorkClassification, WorkTransfer
from core.work_orders.kinds import FailureNotRepair, PublicSystem, WorkKind
from core.work_orders.lifecycle import (
    WorkEnded,
    WorkNotClassified,
    WorkStep,
    check_work_move,
    check_work_reclassification,
    data_for,
    next_work_steps,
)
from core.work_orders.outcome_steps import (
    Cancellation,
    Execution,
    PhotosMissing,
    ReportBack,
    WorkClosing,
    WorkReopening,
)
from core.work_orders.states import REOPENABLE, WORK_MOVES, WorkState, running_clocks, signals_at_submission
from tests.core.work_orders.orders import (
    ANSWER,
    ASSIGNMENT,
    CANCELLATION,
    CLASSIFICATION,
    CLOSING,
    COLLEAGUE,
    DESK,
    ENTRIES,
    EXECUTION,
    HANDLER,
    NOW,
    REGISTERED_AT,
    REOPENING,
    REPORT,
    TRANSFER,
    after,
    facts,
)

S, K, A = WorkState, ClockKind, ClockAction
BOTH_ANEW = [(K.RESPONSE, A.START, NOW), (K.RESOLVED, A.START, NOW)]
BOTH_GIVEN_UP = [(K.RESPONSE, A.CANCEL, NOW), (K.RESOLVED, A.CANCEL, NOW)]


def step(source: WorkState, target: WorkState, data: WorkStepData, **known: Any) -> WorkStep:
    return check_work_move(facts=facts(source, **known), target=target, data=data, by=DESK, now=NOW)


@pytest.mark.parametrize(
    ("source", "target", "data", "done_at", "signals"),
    [
        (S.SUBMITTED, S.CLASSIFIED, CLASSIFICATION, NOW, []),
        (S.CLASSIFIED, S.ASSIGNED, ASSIGNMENT, NOW, []),
        (S.ASSIGNED, S.CLASSIFIED, TRANSFER, NOW, []),
        (S.ASSIGNED, S.UNDER_WAY, ANSWER, after(3), [(K.RESPONSE, A.STOP, after(3))]),
        (S.UNDER_WAY, S.CARRIED_OUT, EXECUTION, after(6), [(K.RESOLVED, A.STOP, after(6))]),
        (S.ASSIGNED, S.CARRIED_OUT, EXECUTION, after(6),
         [(K.RESPONSE, A.STOP, after(5)), (K.RESOLVED, A.STOP, after(6))]),
        (S.CARRIED_OUT, S.REPORTED_BACK, REPORT, after(7), []),
        (S.REPORTED_BACK, S.CLOSED, CLOSING, NOW, []),
        (S.CARRIED_OUT, S.ASSIGNED, REOPENING, NOW, BOTH_ANEW),
        (S.REPORTED_BACK, S.ASSIGNED, REOPENING, NOW, BOTH_ANEW),
        (S.CLOSED, S.ASSIGNED, REOPENING, NOW, BOTH_ANEW),
        (S.SUBMITTED, S.CANCELLED, CANCELLATION, NOW, BOTH_GIVEN_UP),
        (S.ASSIGNED, S.CANCELLED, CANCELLATION, NOW, BOTH_GIVEN_UP),
        (S.UNDER_WAY, S.CANCELLED, CANCELLATION, NOW, [(K.RESOLVED, A.CANCEL, NOW)]),
    ],
)  # fmt: skip
def test_a_step_has_person_time_and_clocks(
    source: WorkState,
    target: WorkState,
    data: WorkStepData,
    done_at: datetime,
    signals: list[tuple[ClockKind, ClockAction, datetime]],
) -> None:
    assert step(source, target, data, reopenings=1) == WorkStep(
        source=source,
        state=target,
        data=data,
        by=DESK,
        entered_at=NOW,
        done_at=done_at,
        reopenings=1 + isinstance(data, WorkReopening),
        clocks=tuple(ClockSignal(*signal) for signal in signals),
    )


def test_every_move_that_is_not_in_the_table_is_forbidden() -> None:
    for source in S:
        for target in S:
            if not WORK_MOVES.allows(source=source, target=target):
                with pytest.raises(ForbiddenMove):
                    step(source, target, ENTRIES.get(target, CLOSING))


@pytest.mark.parametrize(
    ("source", "target", "kind"),
    [
        (S.SUBMITTED, S.CLASSIFIED, WorkClassification),
        (S.ASSIGNED, S.CLASSIFIED, WorkTransfer),
        (S.CLASSIFIED, S.ASSIGNED, WorkAssignment),
        (S.CARRIED_OUT, S.ASSIGNED, WorkReopening),
        (S.REPORTED_BACK, S.ASSIGNED, WorkReopening),
        (S.CLOSED, S.ASSIGNED, WorkReopening),
        (S.ASSIGNED, S.UNDER_WAY, HandlerAnswer),
        (S.ASSIGNED, S.CARRIED_OUT, Execution),
        (S.CARRIED_OUT, S.REPORTED_BACK, ReportBack),
        (S.REPORTED_BACK, S.CLOSED, WorkClosing),
        (S.UNDER_WAY, S.CANCELLED, Cancellation),
    ],
)
def test_each_step_has_its_own_form(source: WorkState, target: WorkState, kind: type) -> None:
    assert data_for(source=source, target=target) is kind


def test_the_wrong_form_is_a_bug() -> None:
    with pytest.raises(TypeError, match="assigned is entered with WorkReopening"):
        step(S.CLOSED, S.ASSIGNED, ASSIGNMENT)


def test_the_next_steps_are_those_of_the_table() -> None:
    assert next_work_steps(facts=facts(S.UNDER_WAY)) == (S.CARRIED_OUT, S.CANCELLED)


def test_the_project_says_whether_photos_are_needed() -> None:
    bare = replace(EXECUTION, photos_after=0)
    assert step(S.UNDER_WAY, S.CARRIED_OUT, bare).state is S.CARRIED_OUT
    with pytest.raises(PhotosMissing):
        check_work_move(
            facts=facts(S.UNDER_WAY), target=S.CARRIED_OUT, data=bare, by=DESK, now=NOW,
            rules=WorkRules(photos_needed=True),
        )  # fmt: skip


FAILED = WorkClassification(kind=WorkKind.REPAIR, failure=PublicSystem.WATER, department="order")


@pytest.mark.parametrize("state", [S.CLASSIFIED, S.ASSIGNED, S.UNDER_WAY, S.CARRIED_OUT, S.REPORTED_BACK])
def test_a_classification_is_corrected_in_place(state: WorkState) -> None:
    done = check_work_reclassification(facts=facts(state), data=FAILED, reason=" 整栋停水 ", by=DESK, now=NOW)
    assert (done.source, done.state, done.clocks, done.note) == (state, state, (), "整栋停水")
    assert done.data == replace(FAILED, department="engineering")


@pytest.mark.parametrize(
    ("state", "data", "reason", "refusal"),
    [
        (S.SUBMITTED, FAILED, "整栋停水", WorkNotClassified),
        (S.CLOSED, FAILED, "整栋停水", WorkEnded),
        (S.CANCELLED, FAILED, "整栋停水", WorkEnded),
        (S.ASSIGNED, FAILED, "", ReasonMissing),
        (S.ASSIGNED, replace(FAILED, kind=WorkKind.OTHER), "整栋停水", FailureNotRepair),
    ],
)
def test_a_correction_that_cannot_be_is_refused(
    state: WorkState, data: WorkClassification, reason: str, refusal: type[BusinessError]
) -> None:
    with pytest.raises(refusal):
        check_work_reclassification(facts=facts(state), data=data, reason=reason, by=DESK, now=NOW)


# Random walks ---------------------------------------------------------------------------------------------------------

GAPS: dict[type, tuple[dict[str, Any], ...]] = {
    WorkClassification: ({"kind": None},),
    WorkAssignment: ({"handler": None}, {"handler": replace(HANDLER, active=False)}),
    WorkTransfer: ({"reason": ""},),
    HandlerAnswer: ({"plan": ""}, {"at": None}, {"channel": None}),
    Execution: ({"began_at": None}, {"at": None}, {"cause": None}, {"result": None}, {"description": ""}),
    ReportBack: ({"told": ""}, {"at": None}, {"channel": None}),
    WorkClosing: ({"rating": None}, {"rating": 1, "comment": ""}, {"by": HANDLER.staff}),
    WorkReopening: ({"reason": ""},),
    Cancellation: ({"why": None}, {"reason": ""}),
}


def applied(known: WorkFacts, done: WorkStep) -> WorkFacts:
    """What an operation stores of a step."""
    changes: dict[str, Any] = {"state": done.state, "reopenings": done.reopenings}
    if isinstance(done.data, WorkClassification | WorkAssignment | WorkTransfer):
        changes["department"] = done.data.department
    if isinstance(done.data, WorkAssignment) and done.data.handler:
        changes["handler"] = done.data.handler.staff
    if isinstance(done.data, WorkTransfer):
        changes["handler"] = None
    if isinstance(done.data, WorkReopening):
        changes |= {"reopened_at": NOW, "carried_out_at": None, "closed_on": None}
    if isinstance(done.data, Execution):
        changes["carried_out_at"] = done.done_at
    if done.state is S.CLOSED:
        changes["closed_on"] = local_day(NOW)
    return replace(known, **changes)


def lacks(known: WorkFacts, kept: dict[type, Any]) -> list[str]:
    """What R-112 asks for in the state and everything before it, read from what was stored alone."""
    if known.state is S.CANCELLED:
        gone = kept[Cancellation]
        return [] if gone.why and gone.reason else ["why"]
    here, path = known.state, list(S)
    at = path.index(here)
    stored: list[Any] = [kept.get(kind) for kind in (HandlerAnswer, Execution, ReportBack, WorkClosing)]
    answer, work, told, end = stored
    wanted = {
        "sorted": at < 1 or (kept[WorkClassification].kind and known.department),
        "handler": at < 2 or known.handler,
        "answered": here is not S.UNDER_WAY or (answer and answer.plan and answer.at),
        "spoken": here is not S.UNDER_WAY or not known.contactable or answer.channel,
        "times": at < 4 or (work and work.began_at <= work.at <= NOW),
        "result": at < 4 or (work.result and work.description and work.cause),
        "told": at < 5 or (told and told.told and told.at >= work.at),
        "heard": at < 5 or not known.contactable or told.channel,
        "rated": at < 6 or (end and (end.rating in range(1, 6)) and end.by != known.handler),
    }
    return [name for name, there in wanted.items() if not there]


def drawn(data: st.DataObject, known: WorkFacts, target: WorkState) -> WorkStepData:
    """Data of the right kind, good or with one gap."""
    kind = data_for(source=known.state, target=target)
    good: dict[type, Any] = {
        **{type(entry): entry for entry in ENTRIES.values()},
        WorkTransfer: TRANSFER,
        WorkReopening: REOPENING,
        HandlerAnswer: replace(ANSWER, at=NOW),
        Execution: replace(EXECUTION, began_at=NOW, at=NOW),
        ReportBack: replace(REPORT, at=NOW),
        WorkAssignment: replace(ASSIGNMENT, handler=data.draw(st.sampled_from([HANDLER, HANDLER, COLLEAGUE]))),
        WorkClosing: replace(CLOSING, by=None),
    }
    gap = data.draw(st.sampled_from(GAPS[kind])) if data.draw(st.integers(0, 3)) == 0 else {}
    return replace(good[kind], **gap)  # type: ignore[no-any-return]


@given(st.data(), st.booleans())
@settings(max_examples=500, deadline=None)
def test_no_walk_reaches_a_state_without_its_data_and_the_clocks_always_fit(
    data: st.DataObject, contactable: bool
) -> None:
    known, kept = facts(contactable=contactable, department=""), dict[type, Any]()
    runs: list[ClockKind] = []
    signals = signals_at_submission(registered_at=REGISTERED_AT)
    for _ in range(25):
        for signal in signals:
            runs.append(signal.kind) if signal.action is A.START else runs.remove(signal.kind)
        assert sorted(runs) == sorted(running_clocks(known.state))
        assert lacks(known, kept) == []
        steps = next_work_steps(facts=known)
        if not steps:
            return
        often = tuple(one for one in steps if one is not S.CANCELLED) * 10
        target, signals = data.draw(st.sampled_from(often + steps)), ()
        try:
            done = check_work_move(facts=known, target=target, data=drawn(data, known, target), by=DESK, now=NOW)
        except BusinessError:
            continue
        assert (done.source, done.by, done.entered_at) == (known.state, DESK, NOW)
        reopened = isinstance(done.data, WorkReopening)
        assert reopened is (known.state in REOPENABLE and target is S.ASSIGNED)
        assert done.reopenings == known.reopenings + reopened
        known, signals = applied(known, done), done.clocks
        kept[type(done.data)] = done.data
        if reopened:
            for gone in (HandlerAnswer, Execution, ReportBack, WorkClosing):
                kept.pop(gone, None)
