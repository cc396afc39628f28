from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.complaints.facts import CaseFacts, StepData
from core.complaints.grading import CaseGrade, GradeReasonMissing
from core.complaints.handling_steps import Assignment, Classification, FirstContact, Plan, Transfer
from core.complaints.lifecycle import (
    AlreadyClassified,
    AlreadyEscalated,
    CaseEnded,
    CaseStep,
    NotClassified,
    TypeTooLate,
    check_edit,
    check_escalation,
    check_move,
    check_reclassification,
    data_for,
    next_steps,
)
from core.complaints.outcome_steps import Archiving, CallBack, Closing, Merge, NoCallBack, Reopening, Resolution
from core.complaints.states import CASE_MOVES, CaseState, running_clocks, signals_at_registration
from core.complaints.taxonomy import CaseCategory, RecordType, SubCategory
from core.kernel.clocks import ClockKind
from core.kernel.errors import BusinessError
from core.kernel.lifecycle import ForbiddenMove
from core.kernel.periods import local_day
from core.kernel.signals import ClockAction, ClockSignal
from core.kernel.texts import ReasonMissing
from tests.core.complaints.cases import (
    ARCHIVING,
    ASSIGNMENT,
    CALL_BACK,
    CLASSIFICATION,
    CLOSING,
    CONTACT,
    ENTRIES,
    HANDLER,
    MERGE,
    NOW,
    PLAN,
    REGISTERED_AT,
    REOPENING,
    RESOLUTION,
    TRANSFER,
    WITHDRAWAL,
    facts,
)

S, K, A, T = CaseState, ClockKind, ClockAction, RecordType
UNSATISFIED = replace(CALL_BACK, satisfied=False, comment="还是不行")
NOT_CALLED = replace(CLOSING, no_call_back=NoCallBack.DECLINED)
ANSWER = replace(CLOSING, at=REGISTERED_AT + timedelta(hours=5))


def step(source: CaseState, target: CaseState, data: StepData, **known: Any) -> CaseStep:
    return check_move(facts=facts(source, **known), target=target, data=data, now=NOW)


@pytest.mark.parametrize(
    ("source", "target", "data", "signals"),
    [
        (S.REGISTERED, S.CLASSIFIED, CLASSIFICATION, []),
        (S.CLASSIFIED, S.ASSIGNED, ASSIGNMENT, []),
        (S.ASSIGNED, S.CLASSIFIED, TRANSFER, []),
        (S.ASSIGNED, S.RESPONDED, CONTACT, [(K.RESPONSE, A.STOP, CONTACT.at)]),
        (S.RESPONDED, S.IN_PROGRESS, PLAN, []),
        (
            S.IN_PROGRESS,
            S.RESOLVED,
            RESOLUTION,
            [(K.RESOLVED, A.STOP, RESOLUTION.at), (K.CALLED_BACK, A.START, RESOLUTION.at)],
        ),
        (S.RESOLVED, S.CALLED_BACK, CALL_BACK, [(K.CALLED_BACK, A.STOP, CALL_BACK.at)]),
        (S.RESOLVED, S.CLOSED, NOT_CALLED, [(K.CALLED_BACK, A.CANCEL, NOW)]),
        (S.RESOLVED, S.IN_PROGRESS, REOPENING, [(K.CALLED_BACK, A.CANCEL, NOW), (K.RESOLVED, A.START, NOW)]),
        (S.CALLED_BACK, S.CLOSED, CLOSING, []),
        (S.CALLED_BACK, S.IN_PROGRESS, REOPENING, [(K.RESOLVED, A.START, NOW)]),
        (S.CLOSED, S.IN_PROGRESS, REOPENING, [(K.RESOLVED, A.START, NOW)]),
        (S.CLOSED, S.ARCHIVED, ARCHIVING, []),
        (S.REGISTERED, S.WITHDRAWN, WITHDRAWAL, [(K.RESPONSE, A.CANCEL, NOW), (K.RESOLVED, A.CANCEL, NOW)]),
        (S.IN_PROGRESS, S.MERGED, MERGE, [(K.RESOLVED, A.CANCEL, NOW)]),
    ],
)
def test_a_complaints_step_moves_the_case_and_its_clocks(
    source: CaseState, target: CaseState, data: StepData, signals: list[tuple[ClockKind, ClockAction, datetime]]
) -> None:
    done = step(source, target, data)
    assert (done.source, done.state) == (source, target)
    assert done.clocks == tuple(ClockSignal(*signal) for signal in signals)
    assert done.reopenings == isinstance(data, Reopening)


@pytest.mark.parametrize("record_type", [T.SUGGESTION, T.INQUIRY])
@pytest.mark.parametrize(
    ("source", "target", "data", "signals"),
    [
        (S.RESPONDED, S.CLOSED, ANSWER, [(K.RESOLVED, A.STOP, ANSWER.at)]),
        (S.RESPONDED, S.CLOSED, CLOSING, [(K.RESOLVED, A.STOP, NOW)]),
        (S.CLOSED, S.RESPONDED, REOPENING, [(K.RESOLVED, A.START, NOW)]),
    ],
)
def test_a_question_is_closed_by_its_answer_and_opens_again(
    record_type: RecordType,
    source: CaseState,
    target: CaseState,
    data: StepData,
    signals: list[tuple[ClockKind, ClockAction, datetime]],
) -> None:
    done = step(source, target, data, record_type=record_type)
    assert (done.state, done.clocks) == (target, tuple(ClockSignal(*signal) for signal in signals))


def test_thanks_stop_the_response_of_praise() -> None:
    done = step(S.REGISTERED, S.CLOSED, CLOSING, record_type=T.PRAISE)
    assert done.clocks == (ClockSignal(K.RESPONSE, A.STOP, NOW),)


def test_an_unsatisfied_customer_opens_the_case_again() -> None:
    done = step(S.RESOLVED, S.CALLED_BACK, UNSATISFIED, reopenings=1)
    assert (done.state, done.reopenings, done.data) == (S.IN_PROGRESS, 2, UNSATISFIED)
    assert done.clocks == (
        ClockSignal(K.CALLED_BACK, A.STOP, UNSATISFIED.at or NOW),
        ClockSignal(K.RESOLVED, A.START, UNSATISFIED.at or NOW),
    )


def test_classification_may_correct_the_type() -> None:
    done = step(S.REGISTERED, S.CLASSIFIED, CLASSIFICATION, record_type=T.PRAISE)
    assert done.clocks == (ClockSignal(K.RESOLVED, A.START, REGISTERED_AT),)
    assert step(S.REGISTERED, S.CLASSIFIED, replace(CLASSIFICATION, record_type=T.INQUIRY)).clocks == ()
    with pytest.raises(ForbiddenMove):
        step(S.REGISTERED, S.CLASSIFIED, replace(CLASSIFICATION, record_type=T.PRAISE))


@pytest.mark.parametrize("record_type", list(RecordType))
def test_every_move_that_is_not_in_the_table_is_forbidden(record_type: RecordType) -> None:
    for source in CaseState:
        for target in CaseState:
            if not CASE_MOVES[record_type].allows(source=source, target=target):
                data = replace(CLASSIFICATION, record_type=record_type) if target is S.CLASSIFIED else ARCHIVING
                with pytest.raises(ForbiddenMove):
                    step(source, target, data, record_type=record_type)


def test_the_next_steps_are_those_of_the_type() -> None:
    assert next_steps(facts=facts(S.RESPONDED)) == (S.IN_PROGRESS, S.WITHDRAWN, S.MERGED)
    assert next_steps(facts=facts(S.RESPONDED, record_type=T.INQUIRY)) == (S.CLOSED, S.WITHDRAWN, S.MERGED)
    assert next_steps(facts=facts(S.ARCHIVED)) == ()


@pytest.mark.parametrize(
    ("source", "target", "kind"),
    [
        (S.REGISTERED, S.CLASSIFIED, Classification),
        (S.ASSIGNED, S.CLASSIFIED, Transfer),
        (S.CLASSIFIED, S.ASSIGNED, Assignment),
        (S.ASSIGNED, S.RESPONDED, FirstContact),
        (S.CLOSED, S.RESPONDED, Reopening),
        (S.RESPONDED, S.IN_PROGRESS, Plan),
        (S.RESOLVED, S.IN_PROGRESS, Reopening),
        (S.CALLED_BACK, S.IN_PROGRESS, Reopening),
        (S.CLOSED, S.IN_PROGRESS, Reopening),
        (S.IN_PROGRESS, S.RESOLVED, Resolution),
        (S.RESOLVED, S.CALLED_BACK, CallBack),
        (S.RESOLVED, S.CLOSED, Closing),
        (S.CLOSED, S.ARCHIVED, Archiving),
        (S.RESPONDED, S.MERGED, Merge),
    ],
)
def test_each_step_has_its_own_form(source: CaseState, target: CaseState, kind: type) -> None:
    assert data_for(source=source, target=target) is kind


def test_the_wrong_form_is_a_bug() -> None:
    with pytest.raises(TypeError, match="in_progress is entered with Reopening"):
        step(S.RESOLVED, S.IN_PROGRESS, PLAN)


CORRECTED = replace(CLASSIFICATION, category=CaseCategory.SAFETY, sub_category=SubCategory.ACCESS, department="order")


@pytest.mark.parametrize("state", [S.CLASSIFIED, S.ASSIGNED, S.RESPONDED, S.IN_PROGRESS, S.RESOLVED, S.CALLED_BACK])
def test_a_classification_is_corrected_in_place(state: CaseState) -> None:
    done = check_reclassification(facts=facts(state), data=CORRECTED, reason=" 实为门禁故障 ", now=NOW)
    assert isinstance(done.data, Classification)
    assert (done.source, done.state, done.clocks, done.note) == (state, state, (), "实为门禁故障")
    assert (done.data.category, done.data.department) == (CaseCategory.SAFETY, "engineering")


@pytest.mark.parametrize(
    ("state", "data", "reason", "refusal"),
    [
        (S.REGISTERED, CORRECTED, "实为门禁故障", NotClassified),
        (S.CLOSED, CORRECTED, "实为门禁故障", CaseEnded),
        (S.WITHDRAWN, CORRECTED, "实为门禁故障", CaseEnded),
        (S.IN_PROGRESS, replace(CORRECTED, record_type=T.INQUIRY), "只是咨询而已", TypeTooLate),
        (S.ASSIGNED, replace(CORRECTED, record_type=T.PRAISE), "其实是表扬", TypeTooLate),
        (S.ASSIGNED, CORRECTED, "", ReasonMissing),
        (S.ASSIGNED, replace(CORRECTED, grade=CaseGrade.URGENT), "实为门禁故障", GradeReasonMissing),
    ],
)
def test_a_correction_that_cannot_be_is_refused(
    state: CaseState, data: Classification, reason: str, refusal: type[BusinessError]
) -> None:
    with pytest.raises(refusal):
        check_reclassification(facts=facts(state), data=data, reason=reason, now=NOW)


def test_a_complaint_becomes_an_inquiry_while_both_have_the_state() -> None:
    data = replace(CORRECTED, record_type=T.INQUIRY)
    done = check_reclassification(facts=facts(S.RESPONDED), data=data, reason="只是咨询而已", now=NOW)
    assert (done.state, done.clocks) == (S.RESPONDED, ())


def test_a_case_becomes_an_emergency_once_with_a_reason() -> None:
    assert check_escalation(facts=facts(S.RESOLVED), reason=" 有人被困电梯 ") == "有人被困电梯"
    with pytest.raises(AlreadyEscalated):
        check_escalation(facts=facts(escalated=True), reason="有人被困电梯")
    with pytest.raises(ReasonMissing):
        check_escalation(facts=facts(), reason="急")
    with pytest.raises(CaseEnded) as refused:
        check_escalation(facts=facts(S.MERGED), reason="有人被困电梯")
    assert refused.value.fields == {"state": S.MERGED}


# Random walks ---------------------------------------------------------------------------------------------------------

GAPS: dict[type, tuple[dict[str, Any], ...]] = {
    Classification: ({"category": None}, {"sub_category": None}, {"grade": None}, {"department": ""}),
    Assignment: ({"handler": None},),
    Transfer: ({"reason": ""},),
    FirstContact: ({"restated": ""}, {"confirmed": False}, {"channel": None}, {"at": None}),
    Plan: ({"plan": ""},),
    Resolution: ({"root_cause": None}, {"solution": None}, {"measure": ""}, {"feedback": ""}, {"at": None}),
    CallBack: ({"satisfied": None}, {"comment": ""}, {"by": HANDLER.staff}),
    Closing: ({"note": ""}, {"no_call_back": None}),
    Reopening: ({"reason": ""},),
}


def applied(known: CaseFacts, done: CaseStep) -> CaseFacts:
    """What an operation stores of a step."""
    changes: dict[str, Any] = {"state": done.state, "reopenings": done.reopenings}
    if done.reopenings > known.reopenings:
        changes["reopened_at"] = NOW
    if isinstance(done.data, Classification):
        changes |= {"record_type": done.data.record_type, "department": done.data.department}
    if isinstance(done.data, Assignment) and done.data.handler:
        changes |= {"handler": done.data.handler.staff, "department": done.data.department}
    if isinstance(done.data, Transfer):
        changes |= {"handler": None, "department": done.data.department}
    if done.state is S.RESOLVED:
        changes["resolved_at"] = NOW
    if done.state is S.CLOSED:
        changes["closed_on"] = local_day(NOW)
    return replace(known, **changes)


def lacks(known: CaseFacts, kept: dict[type, Any]) -> list[str]:
    """What §4.6 asks for in the state and everything before it, read from what was stored alone."""
    path = list(CaseState)
    here, complaint = path.index(known.state), known.record_type is T.COMPLAINT
    if known.state in {S.WITHDRAWN, S.MERGED} or known.record_type is T.PRAISE:
        return []
    sorting, people, contact = kept.get(Classification), kept.get(Assignment), kept.get(FirstContact)
    plan, result = kept.get(Plan), kept.get(Resolution)
    ending, call = kept.get(Closing), kept.get(CallBack)
    wanted = {
        "sorted": here < 1 or (sorting and sorting.category and sorting.sub_category and sorting.decision),
        "department": here < 1 or known.department,
        "handler": here < 2 or (people and known.handler),
        "contact": here < 3 or (contact and contact.restated and contact.at),
        "confirmed": here < 3 or known.anonymous or (contact.confirmed and contact.channel),
        "plan": here < 4 or not complaint or (plan and plan.plan),
        "result": here < 5 or not complaint or (result and result.root_cause and result.solution),
        "feedback": here < 5 or not complaint or (result.measure and result.feedback),
        "call": known.state is not S.CALLED_BACK or (call.satisfied and call.by != known.handler),
        "called": here < 7 or not complaint or ending.no_call_back or (call and call.satisfied),
        "note": here < 7 or (ending and ending.note),
    }
    return [name for name, there in wanted.items() if not there]


def drawn(data: st.DataObject, known: CaseFacts, target: CaseState) -> StepData:
    """Data of the right kind, good or with one gap."""
    kind = data_for(source=known.state, target=target)
    good: dict[type, Any] = {
        **{type(entry): entry for entry in ENTRIES.values()},
        Classification: replace(
            CLASSIFICATION, record_type=data.draw(st.sampled_from([known.record_type] * 6 + [T.INQUIRY]))
        ),
        Transfer: TRANSFER,
        Reopening: REOPENING,
        CallBack: replace(data.draw(st.sampled_from([CALL_BACK, UNSATISFIED])), at=NOW),
        Resolution: replace(RESOLUTION, at=NOW),
        Closing: data.draw(st.sampled_from([CLOSING, NOT_CALLED])),
    }
    gaps = st.sampled_from(GAPS.get(kind, ({},))) if data.draw(st.integers(0, 3)) == 0 else st.just({})
    return replace(good[kind], **data.draw(gaps))  # type: ignore[no-any-return]


def onward(known: CaseFacts) -> tuple[CaseState, ...]:
    """The open steps; those that end everything are rare, or no walk would get far."""
    steps = next_steps(facts=known)
    return tuple(one for one in steps if one not in {S.WITHDRAWN, S.MERGED, S.ARCHIVED}) * 12 + steps


@given(st.data(), st.sampled_from(RecordType), st.booleans())
@settings(max_examples=500, deadline=None)
def test_no_walk_reaches_a_state_without_its_data_and_the_clocks_always_fit(
    data: st.DataObject, record_type: RecordType, anonymous: bool
) -> None:
    known = facts(record_type=record_type, anonymous=anonymous)
    kept: dict[type, Any] = {}
    runs: list[ClockKind] = []
    signals = signals_at_registration(record_type=record_type, registered_at=REGISTERED_AT)
    for _ in range(25):
        for signal in signals:
            runs.append(signal.kind) if signal.action is A.START else runs.remove(signal.kind)
        assert sorted(runs) == sorted(running_clocks(record_type=known.record_type, state=known.state))
        assert lacks(known, kept) == []
        if not next_steps(facts=known):
            return
        target, signals = data.draw(st.sampled_from(onward(known))), ()
        try:
            done = check_move(facts=known, target=target, data=drawn(data, known, target), now=NOW)
        except BusinessError:
            continue
        reopened = (isinstance(done.data, CallBack) and not done.data.satisfied) or isinstance(done.data, Reopening)
        assert done.reopenings == known.reopenings + reopened
        known, signals = applied(known, done), done.clocks
        kept[type(done.data)] = done.data
        if reopened:
            kept = {kind: entry for kind, entry in kept.items() if kind not in {Resolution, CallBack, Closing}}


@pytest.mark.parametrize("state", CaseState)
def test_a_record_is_edited_until_the_case_is_classified(state: CaseState) -> None:
    if state is S.REGISTERED:
        check_edit(facts=facts(state))
        return
    ended = state in {S.CLOSED, S.ARCHIVED, S.WITHDRAWN, S.MERGED}
    with pytest.raises(CaseEnded if ended else AlreadyClassified):
        check_edit(facts=facts(state))


@pytest.mark.parametrize(
    ("several_from", "proposed"), [(2, CaseGrade.MAJOR), (3, CaseGrade.MAJOR), (4, CaseGrade.NORMAL)]
)
def test_the_estate_sets_from_how_many_households_on_a_case_is_major(several_from: int, proposed: CaseGrade) -> None:
    data = replace(CLASSIFICATION, households=3, grade=proposed)
    moved = check_move(facts=facts(), target=S.CLASSIFIED, data=data, now=NOW, several_from=several_from)
    corrected = check_reclassification(
        facts=facts(S.ASSIGNED), data=data, reason="更正户数", now=NOW, several_from=several_from
    )
    for found in (moved, corrected):
        assert isinstance(found.data, Classification)
        assert found.data.decision is not None
        assert found.data.decision.proposed is proposed
