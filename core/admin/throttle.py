"""Slowing down whoever guesses passwords: a growing wait instead of a lock (security.md T4, ASVS 6.3.1)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

NO_WAIT: Final = timedelta(0)


@dataclass(frozen=True, slots=True)
class Throttle:
    """How many failures are free, how long the longest wait is, and after what quiet time all is forgotten."""

    free: int
    longest: timedelta = timedelta(minutes=15)
    quiet: timedelta = timedelta(hours=24)


PER_USER: Final = Throttle(free=4)
PER_ADDRESS: Final = Throttle(free=20)
"""A whole office may share one address, so an address is given more patience than a user name."""


def retry_after(
    *, failures: int, last_failed_at: datetime | None, now: datetime, limits: Throttle = PER_USER
) -> timedelta:
    """Say how long to wait before the next try; zero lets it through.

    The first failure beyond the free ones costs 2 s, each further one twice as much up to the longest wait, counted
    from the last failure. After the quiet time nothing counts. A clock set back never makes the wait longer.
    """
    if last_failed_at is None or _is_quiet(last_failed_at, now, limits):
        return NO_WAIT
    elapsed = max(now - last_failed_at, NO_WAIT)
    return max(_delay(failures, limits) - elapsed, NO_WAIT)


def failures_after(
    *, failures: int, last_failed_at: datetime | None, now: datetime, limits: Throttle = PER_USER
) -> int:
    """Give the count to store after one more failure: it starts again at 1 after the quiet time."""
    if last_failed_at is None or _is_quiet(last_failed_at, now, limits):
        return 1
    return failures + 1


def _is_quiet(last_failed_at: datetime, now: datetime, limits: Throttle) -> bool:
    return now - last_failed_at >= limits.quiet


def _delay(failures: int, limits: Throttle) -> timedelta:
    beyond = failures - limits.free
    if beyond <= 0:
        return NO_WAIT
    # The exponent is capped because a robot's counter may be large enough to overflow a timedelta.
    return min(timedelta(seconds=2 ** min(beyond, 30)), limits.longest)
