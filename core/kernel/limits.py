"""What the tables of limits of complaints and of service requests have in common (domain.md §4.5; C-01, C-04)."""

from typing import Final

from core.kernel.clocks import Levels, Limit, LimitCalendar, LimitUnit

NO_LIMITS: Final = Levels()

_MINUTES: Final = {LimitUnit.MINUTES: 1, LimitUnit.HOURS: 60, LimitUnit.WORKING_DAYS: 24 * 60}


def clock_hours(amount: int) -> Limit:
    """Give a limit in hours of the calendar, nights and holidays included (domain.md §4.5)."""
    return Limit(amount=amount, unit=LimitUnit.HOURS, calendar=LimitCalendar.ALWAYS)


def working_days(amount: int) -> Limit:
    """Give a limit that ends with the ``amount``-th working day after the day it starts."""
    return Limit(amount=amount, unit=LimitUnit.WORKING_DAYS, calendar=LimitCalendar.WORKING)


def is_reversed(levels: Levels) -> bool:
    """Say whether a target may run out after its hard limit; never so where one of the two is missing.

    Working days are taken at 24 hours each. What is registered late in the evening may still miss a hard limit a few
    hours before a target of nearly the same length, which does no harm: it is red at once. A target in working time
    stands still over every holiday, so it never goes with a hard limit in clock hours.
    """
    target, hard = levels.target, levels.hard
    if target is None or hard is None:
        return False
    if target.calendar is LimitCalendar.WORKING and hard.calendar is LimitCalendar.ALWAYS:
        return True
    return target.amount * _MINUTES[target.unit] > hard.amount * _MINUTES[hard.unit]


def stands_still(levels: Levels) -> bool:
    """Say whether one of the limits is counted in working time and so stands still at night."""
    given = (limit for limit in (levels.target, levels.hard) if limit is not None)
    return any(limit.calendar is LimitCalendar.WORKING for limit in given)
