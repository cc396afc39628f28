from datetime import UTC, datetime, timedelta

import pytest

from core.admin.throttle import NO_WAIT, PER_ADDRESS, PER_USER, Throttle, failures_after, retry_after

NOW = datetime(2026, 11, 21, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("failures", "seconds"),
    [(0, 0), (1, 0), (4, 0), (5, 2), (6, 4), (7, 8), (10, 64), (13, 512), (14, 900), (15, 900), (10_000_000, 900)],
)
def test_the_wait_doubles_from_the_fifth_failure_up_to_a_quarter_of_an_hour(failures: int, seconds: int) -> None:
    assert retry_after(failures=failures, last_failed_at=NOW, now=NOW) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("elapsed", "left"),
    [(0, 64), (1, 63), (63, 1), (64, 0), (65, 0), (86_399, 0), (86_400, 0), (-30, 64), (-86_400, 64)],
)
def test_the_wait_runs_from_the_last_failure_and_a_clock_set_back_never_lengthens_it(elapsed: int, left: int) -> None:
    now = NOW + timedelta(seconds=elapsed)
    assert retry_after(failures=10, last_failed_at=NOW, now=now) == timedelta(seconds=left)


def test_who_never_failed_never_waits() -> None:
    assert retry_after(failures=99, last_failed_at=None, now=NOW) == NO_WAIT


def test_an_address_gets_more_patience_than_a_user() -> None:
    assert retry_after(failures=20, last_failed_at=NOW, now=NOW, limits=PER_ADDRESS) == NO_WAIT
    assert retry_after(failures=21, last_failed_at=NOW, now=NOW, limits=PER_ADDRESS) == timedelta(seconds=2)
    assert retry_after(failures=21, last_failed_at=NOW, now=NOW, limits=PER_USER) == timedelta(minutes=15)


def test_limits_are_parameters() -> None:
    strict = Throttle(free=0, longest=timedelta(seconds=3), quiet=timedelta(minutes=1))
    assert retry_after(failures=1, last_failed_at=NOW, now=NOW, limits=strict) == timedelta(seconds=2)
    assert retry_after(failures=2, last_failed_at=NOW, now=NOW, limits=strict) == timedelta(seconds=3)
    assert failures_after(failures=2, last_failed_at=NOW, now=NOW + timedelta(minutes=1), limits=strict) == 1


@pytest.mark.parametrize(
    ("last", "expected"),
    [
        (None, 1),
        (NOW, 8),
        (NOW - timedelta(hours=24) + timedelta(microseconds=1), 8),
        (NOW - timedelta(hours=24), 1),
        (NOW + timedelta(hours=1), 8),
    ],
)
def test_a_quiet_day_forgets_all_failures(last: datetime | None, expected: int) -> None:
    assert failures_after(failures=7, last_failed_at=last, now=NOW) == expected


def test_a_quiet_day_also_ends_a_wait_longer_than_it() -> None:
    odd = Throttle(free=0, longest=timedelta(days=9), quiet=timedelta(seconds=10))
    assert retry_after(failures=20, last_failed_at=NOW, now=NOW + timedelta(seconds=9), limits=odd) > NO_WAIT
    assert retry_after(failures=20, last_failed_at=NOW, now=NOW + timedelta(seconds=10), limits=odd) == NO_WAIT
