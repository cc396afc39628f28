from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.complaints.grading import (
    DEFAULT_LIMITS,
    CaseGrade,
    CaseLimits,
    GradeDecision,
    GradeProposal,
    GradeReason,
    GradeReasonMissing,
    HandlingType,
    LimitRow,
    LimitsReversed,
    NotGraded,
    case_limits_of,
    check_limits,
    decided_grade,
    handling_types,
    limit_row,
    limits_for,
    proposed_grade,
    queue_rank,
)
from core.complaints.taxonomy import RecordType, SubCategory
from core.kernel.clocks import ClockFacts, ClockKind, DatedLevels, Levels, Limit, LimitCalendar, LimitUnit
from core.kernel.limits import NO_LIMITS, clock_hours, working_days
from core.kernel.sla import clock_state
from core.kernel.texts import ReasonMissing
from core.kernel.workdays import WorkCalendar
from core.kernel.worktime import Interval, ServiceCalendar, WeekTemplate

URGENT, MAJOR, NORMAL = CaseGrade.URGENT, CaseGrade.MAJOR, CaseGrade.NORMAL


@pytest.mark.parametrize(
    ("sub_category", "repeated", "special", "households", "expected"),
    [
        (SubCategory.NOISE, False, False, 1, (NORMAL, ())),
        (None, False, False, 1, (NORMAL, ())),
        (SubCategory.LIFT, False, False, 1, (URGENT, ("equipment_failure",))),
        (SubCategory.SAFETY_EVENT, False, False, 1, (URGENT, ("safety_event",))),
        (SubCategory.PUBLIC_FACILITY, False, False, 1, (NORMAL, ())),
        (SubCategory.NOISE, True, False, 1, (MAJOR, ("repeated",))),
        (SubCategory.NOISE, False, True, 1, (MAJOR, ("special",))),
        (SubCategory.NOISE, False, False, 2, (MAJOR, ("several_households",))),
        (
            SubCategory.WATER,
            True,
            True,
            9,
            (URGENT, ("equipment_failure", "repeated", "special", "several_households")),
        ),
    ],
)
def test_a_complaint_is_graded_by_nature_severity_and_scope(
    sub_category: SubCategory | None,
    repeated: bool,
    special: bool,
    households: int,
    expected: tuple[CaseGrade, tuple[str, ...]],
) -> None:
    proposal = proposed_grade(
        record_type=RecordType.COMPLAINT,
        sub_category=sub_category,
        repeated=repeated,
        special=special,
        households=households,
    )
    grade, reasons = expected
    assert proposal == GradeProposal(grade, tuple(GradeReason(reason) for reason in reasons))


def test_from_how_many_households_on_is_a_setting() -> None:
    def grade(households: int) -> CaseGrade:
        return proposed_grade(
            record_type=RecordType.COMPLAINT,
            sub_category=None,
            repeated=False,
            special=False,
            households=households,
            several_from=5,
        ).grade

    assert (grade(4), grade(5)) == (NORMAL, MAJOR)


@pytest.mark.parametrize("record_type", [RecordType.SUGGESTION, RecordType.PRAISE, RecordType.INQUIRY])
def test_only_complaints_are_graded(record_type: RecordType) -> None:
    proposal = proposed_grade(
        record_type=record_type, sub_category=SubCategory.LIFT, repeated=True, special=True, households=9
    )
    assert proposal == GradeProposal(NORMAL)
    with pytest.raises(NotGraded) as refused:
        decided_grade(record_type=record_type, proposal=proposal, chosen=URGENT, reason="人命关天")
    assert refused.value.fields == {"record_type": record_type}
    assert decided_grade(record_type=record_type, proposal=proposal, chosen=NORMAL, reason="") == GradeDecision(
        NORMAL, NORMAL
    )


def test_the_proposed_grade_needs_no_reason_and_keeps_none() -> None:
    decision = decided_grade(
        record_type=RecordType.COMPLAINT, proposal=GradeProposal(MAJOR), chosen=MAJOR, reason="随便写的"
    )
    assert decision == GradeDecision(MAJOR, MAJOR)
    assert not decision.overridden


@pytest.mark.parametrize("chosen", [URGENT, NORMAL])
def test_another_grade_up_or_down_needs_a_reason(chosen: CaseGrade) -> None:
    def decide(reason: str) -> GradeDecision:
        return decided_grade(
            record_type=RecordType.COMPLAINT, proposal=GradeProposal(MAJOR), chosen=chosen, reason=reason
        )

    with pytest.raises(GradeReasonMissing) as refused:
        decide("  ")
    assert refused.value.fields == {"proposed": MAJOR, "grade": chosen}
    with pytest.raises(ReasonMissing):
        decide("因为")
    decision = decide(" 有老人被困 ")
    assert decision == GradeDecision(chosen, MAJOR, "有老人被困")
    assert decision.overridden


@pytest.mark.parametrize(
    ("grade", "repeated", "special", "types"),
    [
        (NORMAL, False, False, "regular"),
        (MAJOR, False, False, "regular"),
        (URGENT, False, False, "urgent"),
        (MAJOR, True, False, "repeated"),
        (MAJOR, False, True, "special"),
        (NORMAL, True, True, "repeated special"),
        (URGENT, True, True, "urgent repeated special"),
    ],
)
def test_the_handling_type_follows_from_grade_and_flags(
    grade: CaseGrade, repeated: bool, special: bool, types: str
) -> None:
    found = handling_types(grade=grade, repeated=repeated, special=special)
    assert found == tuple(HandlingType(one) for one in types.split())


def test_urgent_cases_stand_on_top() -> None:
    assert [queue_rank(grade) for grade in (URGENT, MAJOR, NORMAL)] == [0, 1, 1]


@pytest.mark.parametrize(
    ("record_type", "grade", "row"),
    [
        (RecordType.COMPLAINT, URGENT, LimitRow.URGENT),
        (RecordType.COMPLAINT, MAJOR, LimitRow.MAJOR),
        (RecordType.COMPLAINT, NORMAL, LimitRow.NORMAL),
        (RecordType.SUGGESTION, NORMAL, LimitRow.QUESTION),
        (RecordType.INQUIRY, NORMAL, LimitRow.QUESTION),
        (RecordType.PRAISE, NORMAL, LimitRow.PRAISE),
    ],
)
def test_limits_go_by_grade_or_by_type(record_type: RecordType, grade: CaseGrade, row: LimitRow) -> None:
    assert limit_row(record_type=record_type, grade=grade) is row
    assert limits_for(record_type=record_type, grade=grade) == DEFAULT_LIMITS[row]


def test_the_default_table_is_that_of_the_documents() -> None:
    loose = (Levels(clock_hours(24), working_days(2)), Levels(clock_hours(72), working_days(7)))
    call_back = Levels(clock_hours(72))
    assert {row: (one.response, one.feedback, one.call_back) for row, one in DEFAULT_LIMITS.items()} == {
        LimitRow.URGENT: (
            Levels(clock_hours(2), clock_hours(24)),
            Levels(clock_hours(24), clock_hours(72)),
            call_back,
        ),
        LimitRow.MAJOR: (*loose, call_back),
        LimitRow.NORMAL: (*loose, call_back),
        LimitRow.QUESTION: (*loose, NO_LIMITS),
        LimitRow.PRAISE: (loose[0], NO_LIMITS, NO_LIMITS),
    }


def test_a_projects_own_limits_replace_a_row_and_leave_the_others() -> None:
    own = CaseLimits(response=Levels(clock_hours(1), clock_hours(4)))
    overrides = {LimitRow.URGENT: own}
    assert limits_for(record_type=RecordType.COMPLAINT, grade=URGENT, overrides=overrides) == own
    assert (
        limits_for(record_type=RecordType.COMPLAINT, grade=NORMAL, overrides=overrides)
        == DEFAULT_LIMITS[LimitRow.NORMAL]
    )


def test_each_clock_has_its_own_limits_and_there_is_none_on_site() -> None:
    limits = DEFAULT_LIMITS[LimitRow.URGENT]
    assert [limits.levels_of(kind) for kind in ClockKind] == [
        limits.response,
        NO_LIMITS,
        limits.feedback,
        limits.call_back,
    ]


def test_the_names_of_a_setting_become_the_limits_of_a_case() -> None:
    response, feedback = Levels(clock_hours(1)), Levels(hard=working_days(3))
    assert case_limits_of((("feedback", feedback), ("response", response))) == CaseLimits(
        response=response, feedback=feedback
    )
    assert case_limits_of((("call_back", response),)) == CaseLimits(response=NO_LIMITS, call_back=response)


WORKING_HOURS = Limit(8, LimitUnit.HOURS, LimitCalendar.WORKING)
MINUTES = Limit(90, LimitUnit.MINUTES, LimitCalendar.ALWAYS)


@pytest.mark.parametrize(
    ("target", "hard", "fine"),
    [
        (clock_hours(24), clock_hours(24), True),
        (clock_hours(25), clock_hours(24), False),
        (MINUTES, clock_hours(2), True),
        (MINUTES, clock_hours(1), False),
        (clock_hours(48), working_days(2), True),
        (clock_hours(49), working_days(2), False),
        (working_days(2), working_days(2), True),
        (working_days(3), working_days(2), False),
        (WORKING_HOURS, working_days(1), True),
        (working_days(1), clock_hours(72), False),
        (WORKING_HOURS, clock_hours(72), False),
        (None, clock_hours(1), True),
        (clock_hours(1), None, True),
    ],
)
def test_a_target_does_not_run_out_after_its_hard_limit(target: Limit | None, hard: Limit | None, fine: bool) -> None:
    limits = CaseLimits(response=NO_LIMITS, feedback=Levels(target, hard))
    if fine:
        check_limits(limits)
        return
    with pytest.raises(LimitsReversed) as refused:
        limits_for(record_type=RecordType.COMPLAINT, grade=NORMAL, overrides={LimitRow.NORMAL: limits})
    assert refused.value.fields == {"clock": ClockKind.RESOLVED}


CALENDAR = ServiceCalendar(
    WeekTemplate.of((Interval(540, 720), Interval(810, 1080))),
    WorkCalendar(declared_years=frozenset(range(2024, 2028))),
)


@given(st.datetimes(datetime(2024, 1, 1), datetime(2026, 12, 1), timezones=st.just(UTC)))
def test_the_strict_pair_always_falls_inside_the_loose_pair(start: datetime) -> None:
    """Domain §4.5: 24 and 72 hours come before the end of the 2nd and the 7th working day, holidays or not."""
    limits = DEFAULT_LIMITS[LimitRow.NORMAL]
    for kind in (ClockKind.RESPONSE, ClockKind.RESOLVED):
        rows = (DatedLevels(start, limits.levels_of(kind)),)
        state = clock_state(facts=ClockFacts(kind=kind, started_at=start, levels=rows), now=start, calendar=CALENDAR)
        assert state.due_target is not None
        assert state.due_hard is not None
        assert state.due_target <= state.due_hard
