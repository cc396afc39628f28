from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.complaints.grading import DEFAULT_LIMITS, LimitRow
from core.complaints.states import (
    CASE_MOVES,
    PROCESS_MAP,
    CaseProgress,
    CaseState,
    CaseTie,
    ProgressCounts,
    is_ended,
    may_see,
    progress_counts,
    progress_of,
    running_clocks,
    signals_at_registration,
    signals_at_retyping,
)
from core.complaints.taxonomy import RecordType
from core.kernel.clocks import ClockKind
from core.kernel.signals import ClockAction, ClockSignal
from tests.core.complaints.cases import NOW, REGISTERED_AT

S = CaseState
STRAIGHT = [
    S.REGISTERED,
    S.CLASSIFIED,
    S.ASSIGNED,
    S.RESPONDED,
    S.IN_PROGRESS,
    S.RESOLVED,
    S.CALLED_BACK,
    S.CLOSED,
    S.ARCHIVED,
]


@pytest.mark.parametrize(
    ("record_type", "path"),
    [
        (RecordType.COMPLAINT, STRAIGHT),
        (RecordType.SUGGESTION, [*STRAIGHT[:4], S.CLOSED, S.ARCHIVED]),
        (RecordType.INQUIRY, [*STRAIGHT[:4], S.CLOSED, S.ARCHIVED]),
        (RecordType.PRAISE, [S.REGISTERED, S.CLOSED, S.ARCHIVED]),
    ],
)
def test_the_straight_way_is_open_and_no_step_of_it_can_be_left_out(
    record_type: RecordType, path: list[CaseState]
) -> None:
    moves = CASE_MOVES[record_type]
    for place, source in enumerate(path[:-1]):
        ahead = [state for state in path[place + 1 :] if moves.allows(source=source, target=state)]
        without_call_back = [S.CLOSED] if (record_type, source) == (RecordType.COMPLAINT, S.RESOLVED) else []
        assert ahead == [path[place + 1], *without_call_back]


@pytest.mark.parametrize("record_type", list(RecordType))
def test_archived_withdrawn_and_merged_are_final(record_type: RecordType) -> None:
    moves = CASE_MOVES[record_type]
    assert all(moves.is_final(state) for state in (S.ARCHIVED, S.WITHDRAWN, S.MERGED))


@pytest.mark.parametrize("record_type", list(RecordType))
def test_a_case_is_withdrawn_or_merged_while_it_is_not_handled_and_only_then(record_type: RecordType) -> None:
    moves = CASE_MOVES[record_type]
    for state in S:
        if not moves.is_final(state):
            leaves = progress_of(state) is not CaseProgress.HANDLED
            assert [moves.allows(source=state, target=end) for end in (S.WITHDRAWN, S.MERGED)] == [leaves, leaves]


def test_archived_follows_closed_only() -> None:
    for moves in CASE_MOVES.values():
        assert [state for state in S if moves.allows(source=state, target=S.ARCHIVED)] == [S.CLOSED]


@pytest.mark.parametrize(
    ("state", "progress", "ended"),
    [
        (S.REGISTERED, "pending", False),
        (S.CLASSIFIED, "pending", False),
        (S.ASSIGNED, "pending", False),
        (S.RESPONDED, "in_progress", False),
        (S.IN_PROGRESS, "in_progress", False),
        (S.RESOLVED, "handled", False),
        (S.CALLED_BACK, "handled", False),
        (S.CLOSED, "handled", True),
        (S.ARCHIVED, "handled", True),
        (S.WITHDRAWN, "handled", True),
        (S.MERGED, "handled", True),
    ],
)
def test_each_state_is_pending_in_progress_or_handled(state: CaseState, progress: str, ended: bool) -> None:
    assert (progress_of(state), is_ended(state)) == (CaseProgress(progress), ended)


@given(st.dictionaries(st.sampled_from(CaseState), st.integers(0, 10_000)))
def test_the_three_counts_add_up_to_all_cases(counts: dict[CaseState, int]) -> None:
    found = progress_counts(counts=counts)
    assert found.total == sum(counts.values())
    assert found.pending == sum(counts.get(state, 0) for state in (S.REGISTERED, S.CLASSIFIED, S.ASSIGNED))
    assert found.in_progress == sum(counts.get(state, 0) for state in (S.RESPONDED, S.IN_PROGRESS))


def test_no_cases_are_three_zeros() -> None:
    assert progress_counts(counts={}) == ProgressCounts(0, 0, 0)


@pytest.mark.parametrize(
    ("record_type", "kinds"),
    [
        (RecordType.COMPLAINT, [ClockKind.RESPONSE, ClockKind.RESOLVED]),
        (RecordType.SUGGESTION, [ClockKind.RESPONSE, ClockKind.RESOLVED]),
        (RecordType.INQUIRY, [ClockKind.RESPONSE, ClockKind.RESOLVED]),
        (RecordType.PRAISE, [ClockKind.RESPONSE]),
    ],
)
def test_registration_starts_the_clocks(record_type: RecordType, kinds: list[ClockKind]) -> None:
    assert signals_at_registration(record_type=record_type, registered_at=REGISTERED_AT) == tuple(
        ClockSignal(kind, ClockAction.START, REGISTERED_AT) for kind in kinds
    )


def test_a_corrected_type_cancels_a_clock_or_starts_it_from_registration_on() -> None:
    def signals(was: RecordType, record_type: RecordType) -> tuple[ClockSignal, ...]:
        return signals_at_retyping(was=was, record_type=record_type, registered_at=REGISTERED_AT, now=NOW)

    complaint, praise = RecordType.COMPLAINT, RecordType.PRAISE
    assert signals(complaint, praise) == (ClockSignal(ClockKind.RESOLVED, ClockAction.CANCEL, NOW),)
    assert signals(praise, complaint) == (ClockSignal(ClockKind.RESOLVED, ClockAction.START, REGISTERED_AT),)
    assert signals(complaint, RecordType.INQUIRY) == ()


def test_no_clock_runs_once_a_case_is_called_back_or_ended() -> None:
    for state in (S.CALLED_BACK, S.CLOSED, S.ARCHIVED, S.WITHDRAWN, S.MERGED):
        assert running_clocks(record_type=RecordType.COMPLAINT, state=state) == frozenset()


@pytest.mark.parametrize("state", list(CaseState))
def test_the_receiver_sees_the_case_until_it_is_closed(state: CaseState) -> None:
    assert may_see(state=state, ties={CaseTie.RECEIVER}, sees_all=False) is not is_ended(state)


@pytest.mark.parametrize("tie", [CaseTie.HANDLER, CaseTie.COLLABORATOR])
@pytest.mark.parametrize("state", [S.ASSIGNED, S.CLOSED])
def test_who_worked_on_a_case_sees_it(tie: CaseTie, state: CaseState) -> None:
    assert may_see(state=state, ties={tie}, sees_all=False)


@pytest.mark.parametrize("state", [S.REGISTERED, S.ARCHIVED])
def test_others_see_a_case_by_their_role_only(state: CaseState) -> None:
    assert may_see(state=state, ties=(), sees_all=True)
    assert not may_see(state=state, ties=(), sees_all=False)


def test_the_process_map_adds_up_to_the_targets() -> None:
    normal = DEFAULT_LIMITS[LimitRow.NORMAL]
    allowed = {step.state: step.allowed for step in PROCESS_MAP}
    assert [step.state for step in PROCESS_MAP] == STRAIGHT[:-2]
    to_response = sum((allowed[state] for state in STRAIGHT[:3]), timedelta())
    to_feedback = sum((allowed[state] for state in STRAIGHT[:5]), timedelta())
    hours = [to_response, to_feedback, allowed[S.RESOLVED]]
    targets = [normal.response.target, normal.feedback.target, normal.call_back.target]
    assert hours == [timedelta(hours=one.amount) for one in targets if one]
