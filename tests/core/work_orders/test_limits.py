from datetime import datetime, timedelta

import pytest

from core.kernel.clocks import ClockFacts, ClockKind, DatedLevels, Levels, Limit, LimitCalendar, LimitUnit
from core.kernel.limits import NO_LIMITS, clock_hours
from core.kernel.sla import ClockState, clock_state
from core.work_orders.kinds import PublicSystem, WorkKind
from core.work_orders.limits import (
    DEFAULT_LIMITS,
    FailureLimitSleeps,
    WorkLimitRow,
    WorkLimits,
    WorkLimitsReversed,
    check_work_limits,
    is_past_limit,
    queue_rank,
    upward_report_needed,
    work_limit_row,
    work_limits_for,
    work_limits_of,
)
from tests.core.kernel.walking import OFFICE
from tests.core.work_orders.orders import REGISTERED_AT, after

K, R = ClockKind, WorkLimitRow
WORKING_HOURS = Limit(4, LimitUnit.HOURS, LimitCalendar.WORKING)
DAYS = Limit(2, LimitUnit.WORKING_DAYS)


def hours(levels: Levels) -> tuple[int | None, int | None]:
    """Target and hard limit in hours round the clock."""
    given = [levels.target, levels.hard]
    assert all(one is None or one == clock_hours(one.amount) for one in given)
    return tuple(one and one.amount for one in given)  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("kind", "failure", "row", "response", "finish"),
    [
        (WorkKind.REPAIR, PublicSystem.LIFT, R.FAILURE, (2, 2), (2, 2)),
        (WorkKind.REPAIR, None, R.REPAIR, (4, 24), (24, 48)),
        (WorkKind.CLEANING, None, R.OTHER, (24, None), (48, None)),
        (WorkKind.GREENING, None, R.OTHER, (24, None), (48, None)),
        (WorkKind.OTHER, None, R.OTHER, (24, None), (48, None)),
    ],
)
def test_the_limits_are_those_of_the_table(
    kind: WorkKind,
    failure: PublicSystem | None,
    row: WorkLimitRow,
    response: tuple[int, int | None],
    finish: tuple[int, int | None],
) -> None:
    limits = work_limits_for(kind=kind, failure=failure)
    assert work_limit_row(kind=kind, failure=failure) is row
    assert limits is DEFAULT_LIMITS[row]
    assert (hours(limits.levels_of(K.RESPONSE)), hours(limits.levels_of(K.RESOLVED))) == (response, finish)
    assert limits.levels_of(K.ON_SITE) == limits.levels_of(K.CALLED_BACK) == Levels()


def test_a_project_has_its_own_limits_row_by_row() -> None:
    own = WorkLimits(response=Levels(WORKING_HOURS), finish=Levels(DAYS))
    assert work_limits_for(kind=WorkKind.REPAIR, failure=None, overrides={R.REPAIR: own}) is own
    assert work_limits_for(kind=WorkKind.OTHER, failure=None, overrides={R.REPAIR: own}) is DEFAULT_LIMITS[R.OTHER]


def test_the_names_of_a_setting_become_the_limits_of_a_request() -> None:
    response, finish = Levels(clock_hours(1)), Levels(hard=DAYS)
    assert work_limits_of((("finish", finish), ("response", response))) == WorkLimits(response=response, finish=finish)
    assert work_limits_of(()) == WorkLimits(response=NO_LIMITS, finish=NO_LIMITS)


@pytest.mark.parametrize(
    "levels",
    [
        Levels(),
        Levels(hard=clock_hours(1)),
        Levels(clock_hours(24), clock_hours(24)),
        Levels(clock_hours(48), DAYS),
        Levels(WORKING_HOURS, DAYS),
        Levels(Limit(120, LimitUnit.MINUTES, LimitCalendar.ALWAYS), clock_hours(2)),
    ],
)
def test_limits_that_follow_each_other_hold(levels: Levels) -> None:
    check_work_limits(row=R.REPAIR, limits=WorkLimits(response=levels, finish=levels))


@pytest.mark.parametrize(
    "levels",
    [
        Levels(clock_hours(25), clock_hours(24)),
        Levels(clock_hours(49), DAYS),
        Levels(WORKING_HOURS, clock_hours(100)),
        Levels(Limit(121, LimitUnit.MINUTES, LimitCalendar.ALWAYS), clock_hours(2)),
    ],
)
@pytest.mark.parametrize("clock", [K.RESPONSE, K.RESOLVED])
def test_a_target_after_its_hard_limit_is_refused(levels: Levels, clock: ClockKind) -> None:
    pair = (levels, Levels()) if clock is K.RESPONSE else (Levels(), levels)
    with pytest.raises(WorkLimitsReversed) as refused:
        work_limits_for(
            kind=WorkKind.REPAIR, failure=None, overrides={R.REPAIR: WorkLimits(response=pair[0], finish=pair[1])}
        )
    assert refused.value.fields == {"clock": clock}


@pytest.mark.parametrize("levels", [Levels(WORKING_HOURS), Levels(clock_hours(2), DAYS)])
def test_the_limits_of_a_failure_never_sleep(levels: Levels) -> None:
    limits = WorkLimits(response=Levels(), finish=levels)
    check_work_limits(row=R.OTHER, limits=limits)
    with pytest.raises(FailureLimitSleeps) as refused:
        check_work_limits(row=R.FAILURE, limits=limits)
    assert refused.value.fields == {"clock": K.RESOLVED}


def state(row: WorkLimitRow, now: datetime, stopped_at: datetime | None = None) -> ClockState:
    """The finishing clock of a request."""
    levels = (DatedLevels(REGISTERED_AT, DEFAULT_LIMITS[row].finish),)
    facts = ClockFacts(kind=K.RESOLVED, started_at=REGISTERED_AT, stopped_at=stopped_at, levels=levels)
    return clock_state(facts=facts, now=now, calendar=OFFICE)


@pytest.mark.parametrize(("row", "limit"), [(R.FAILURE, 2), (R.REPAIR, 48), (R.OTHER, 48)])
def test_a_request_past_its_limit_is_reported_upward_once(row: WorkLimitRow, limit: int) -> None:
    due, late = after(limit), after(limit) + timedelta(microseconds=1)
    assert not is_past_limit(state(row, due))
    assert is_past_limit(state(row, late))
    in_time, ever_late = state(row, late, stopped_at=due), state(row, late, stopped_at=late)
    assert not upward_report_needed(clocks=[in_time], reported=False)
    assert upward_report_needed(clocks=[in_time, ever_late], reported=False)
    assert not upward_report_needed(clocks=[in_time, ever_late], reported=True)


def test_a_missed_target_alone_is_not_reported_where_there_is_a_hard_limit() -> None:
    assert not is_past_limit(state(R.REPAIR, after(25)))


def test_a_clock_without_limits_is_never_past_them() -> None:
    facts = ClockFacts(kind=K.RESOLVED, started_at=REGISTERED_AT)
    assert not is_past_limit(clock_state(facts=facts, now=after(1000), calendar=OFFICE))


def test_failures_stand_on_top() -> None:
    assert queue_rank(failure=PublicSystem.GAS) < queue_rank(failure=None)
