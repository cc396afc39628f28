from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.complaints.insight import (
    Durations,
    HotSpot,
    InTime,
    LimitFact,
    Slice,
    Stay,
    StepTime,
    complaint_rate,
    distribution,
    durations,
    hot_spots,
    in_time,
    satisfied_share,
    step_times,
    volume_change,
)
from core.complaints.states import PROCESS_MAP, CaseState
from core.complaints.taxonomy import CaseCategory, RootCause

FACILITY, ENVIRON, FEE = CaseCategory.FACILITY, CaseCategory.ENVIRON, CaseCategory.FEE
NOW = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def test_hot_spots_are_ranked_with_their_pareto_share() -> None:
    counts = {("2号楼", FACILITY): 4, ("1号楼", FEE): 2, ("1号楼", ENVIRON): 2, ("3号楼", FEE): 0, ("2号楼", FEE): 1}
    assert hot_spots(counts=counts) == (
        HotSpot("2号楼", FACILITY, 4, 1, Decimal("44.4"), Decimal("44.4"), is_hot=True),
        HotSpot("1号楼", ENVIRON, 2, 2, Decimal("22.2"), Decimal("66.7"), is_hot=False),
        HotSpot("1号楼", FEE, 2, 2, Decimal("22.2"), Decimal("88.9"), is_hot=False),
        HotSpot("2号楼", FEE, 1, 4, Decimal("11.1"), Decimal("100.0"), is_hot=False),
    )


@pytest.mark.parametrize(("count", "least", "is_hot"), [(2, 3, False), (3, 3, True), (1, 1, True)])
def test_the_threshold_of_a_hot_spot_is_a_setting(count: int, least: int, is_hot: bool) -> None:
    assert [spot.is_hot for spot in hot_spots(counts={("大堂", FEE): count}, least=least)] == [is_hot]


def test_without_complaints_there_is_no_hot_spot() -> None:
    assert hot_spots(counts={}) == ()


CELLS = st.dictionaries(st.tuples(st.sampled_from("ABCD"), st.sampled_from(CaseCategory)), st.integers(0, 50))


@given(CELLS)
def test_every_complaint_stands_in_one_cell_and_the_shares_climb_to_all(
    counts: dict[tuple[str, CaseCategory], int],
) -> None:
    spots = hot_spots(counts=counts)
    assert sum(spot.count for spot in spots) == sum(counts.values())
    climbing = [spot.cumulative for spot in spots]
    assert climbing == sorted(climbing, key=lambda share: share or Decimal(0))
    assert not spots or climbing[-1] == 100


def test_root_causes_are_shown_all_four_with_their_share() -> None:
    counts = {RootCause.EQUIPMENT: 2, RootCause.MISUNDERSTANDING: 1}
    assert distribution(kind=RootCause, counts=counts) == (
        Slice(RootCause.EQUIPMENT, 2, Decimal("66.7")),
        Slice(RootCause.STAFF, 0, Decimal("0.0")),
        Slice(RootCause.MANAGEMENT, 0, Decimal("0.0")),
        Slice(RootCause.MISUNDERSTANDING, 1, Decimal("33.3")),
    )
    assert distribution(kind=RootCause, counts={}) == tuple(Slice(cause, 0, None) for cause in RootCause)


@pytest.mark.parametrize(
    ("due", "stopped_at", "found"),
    [
        (NOW, NOW - HOUR, InTime(1, 0, 0)),
        (NOW - HOUR, NOW - HOUR, InTime(1, 0, 0)),
        (NOW - 2 * HOUR, NOW - HOUR, InTime(0, 1, 0)),
        (NOW, None, InTime(0, 0, 1)),
        (NOW + HOUR, None, InTime(0, 0, 1)),
        (NOW - timedelta(microseconds=1), None, InTime(0, 1, 0)),
    ],
)
def test_a_limit_is_kept_missed_or_not_due_yet(due: datetime, stopped_at: datetime | None, found: InTime) -> None:
    assert in_time(facts=(LimitFact(due, stopped_at),), now=NOW) == found


def test_the_rate_counts_what_was_due() -> None:
    facts = (
        LimitFact(NOW, NOW - HOUR),
        LimitFact(NOW, NOW - HOUR),
        LimitFact(NOW - HOUR, None),
        LimitFact(NOW + HOUR, None),
    )
    found = in_time(facts=facts, now=NOW)
    assert (found, found.percent) == (InTime(2, 1, 1), Decimal("66.7"))
    assert in_time(facts=(), now=NOW).percent is None


@pytest.mark.parametrize(
    ("complaints", "households", "months", "rate"),
    [
        (45, 1200, 1, Decimal("3.75")),
        (45, 1200, 3, Decimal("1.25")),
        (1, 800, 1, Decimal("0.13")),
        (0, 800, 1, Decimal("0.00")),
        (5, 0, 1, None),
        (5, 800, 0, None),
    ],
)
def test_complaints_are_counted_per_hundred_households_and_month(
    complaints: int, households: int, months: int, rate: Decimal | None
) -> None:
    assert complaint_rate(complaints=complaints, households=households, months=months) == rate


def test_the_denominator_of_the_rate_is_a_setting() -> None:
    assert complaint_rate(complaints=45, households=1200, months=1, per=1000) == Decimal("37.50")


@pytest.mark.parametrize(
    ("this", "last", "change"),
    [
        (112, 100, Decimal("12.0")),
        (88, 100, Decimal("-12.0")),
        (1, 3, Decimal("-66.7")),
        (0, 3, Decimal(-100)),
        (4, 0, None),
    ],
)
def test_volume_is_compared_with_last_year(this: int, last: int, change: Decimal | None) -> None:
    assert volume_change(this=this, last=last) == change


def test_satisfaction_is_the_share_of_satisfied_call_backs() -> None:
    assert satisfied_share(satisfied=9, call_backs=10) == Decimal("90.0")
    assert satisfied_share(satisfied=0, call_backs=0) is None


@pytest.mark.parametrize(
    ("hours", "found"),
    [
        ([], (None, None, None)),
        ([5], (5, 5, 5)),
        ([4, 1], (2.5, 2.5, 4)),
        ([3, 1, 8], (4, 3, 8)),
        (list(range(1, 11)), (5.5, 5.5, 9)),
        (list(range(1, 12)), (6, 6, 10)),
    ],
)
def test_times_have_a_mean_a_median_and_a_ninth_decile(hours: list[int], found: tuple[float | None, ...]) -> None:
    mean, median, p90 = (None if hour is None else hour * HOUR for hour in found)
    assert durations(times=(hour * HOUR for hour in hours)) == Durations(len(hours), mean, median, p90)


@given(st.lists(st.timedeltas(timedelta(), timedelta(days=99)), min_size=1, max_size=60))
def test_at_least_nine_in_ten_do_not_exceed_the_ninth_decile(times: list[timedelta]) -> None:
    found = durations(times=times)
    assert found.p90 is not None
    assert sum(time <= found.p90 for time in times) * 10 >= len(times) * 9
    assert sum(time < found.p90 for time in times) * 10 < len(times) * 9


def test_the_process_map_is_compared_with_reality() -> None:
    stays = (
        Stay(CaseState.REGISTERED, HOUR),
        Stay(CaseState.REGISTERED, 4 * HOUR),
        Stay(CaseState.CLASSIFIED, 2 * HOUR),
        Stay(CaseState.CLOSED, 900 * HOUR),
    )
    found = step_times(stays=stays)
    assert found[:3] == (
        StepTime(PROCESS_MAP[0], 2, 2.5 * HOUR, 1),
        StepTime(PROCESS_MAP[1], 1, 2 * HOUR, 0),
        StepTime(PROCESS_MAP[2], 0, None, 0),
    )
    assert [one.step for one in found] == list(PROCESS_MAP)
