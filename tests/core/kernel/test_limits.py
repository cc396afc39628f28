import pytest

from core.kernel.clocks import Levels, Limit, LimitCalendar, LimitUnit
from core.kernel.limits import NO_LIMITS, clock_hours, is_reversed, stands_still, working_days

WORKING_HOURS = Limit(8, LimitUnit.HOURS, LimitCalendar.WORKING)
MINUTES = Limit(90, LimitUnit.MINUTES, LimitCalendar.ALWAYS)


def test_the_short_ways_to_a_limit_say_which_time_uses_it_up() -> None:
    assert clock_hours(24) == Limit(24, LimitUnit.HOURS, LimitCalendar.ALWAYS)
    assert working_days(2) == Limit(2, LimitUnit.WORKING_DAYS, LimitCalendar.WORKING)
    assert Levels(None, None) == NO_LIMITS


@pytest.mark.parametrize(
    ("levels", "wrong"),
    [
        (NO_LIMITS, False),
        (Levels(WORKING_HOURS), False),
        (Levels(hard=clock_hours(1)), False),
        (Levels(clock_hours(24), clock_hours(24)), False),
        (Levels(clock_hours(25), clock_hours(24)), True),
        (Levels(MINUTES, clock_hours(2)), False),
        (Levels(MINUTES, clock_hours(1)), True),
        (Levels(clock_hours(48), working_days(2)), False),
        (Levels(clock_hours(49), working_days(2)), True),
        (Levels(working_days(2), working_days(2)), False),
        (Levels(working_days(3), working_days(2)), True),
        (Levels(WORKING_HOURS, working_days(1)), False),
        (Levels(WORKING_HOURS, clock_hours(72)), True),
        (Levels(working_days(1), clock_hours(72)), True),
    ],
)
def test_a_target_that_may_run_out_after_its_hard_limit_is_found(levels: Levels, wrong: bool) -> None:
    assert is_reversed(levels) is wrong


@pytest.mark.parametrize(
    ("levels", "still"),
    [
        (NO_LIMITS, False),
        (Levels(clock_hours(2), MINUTES), False),
        (Levels(WORKING_HOURS), True),
        (Levels(clock_hours(2), working_days(1)), True),
    ],
)
def test_a_limit_in_working_time_stands_still_at_night(levels: Levels, still: bool) -> None:
    assert stands_still(levels) is still
