from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from core.kernel.clocks import ClockKind
from core.kernel.identity import EstateId
from core.work_orders.insight import (
    MeanTime,
    MttrLine,
    RatingSummary,
    WorkInTime,
    WorkLimitFact,
    WorkTimes,
    is_fixed,
    mean_waiting,
    mttr,
    mttr_by_estate,
    mttr_by_kind,
    rating_summary,
    work_in_time,
)
from core.work_orders.kinds import WorkKind
from core.work_orders.limits import WorkLimitRow
from core.work_orders.outcome_steps import WorkResult
from tests.core.work_orders.orders import ESTATE, NOW, REGISTERED_AT, after

K, R = WorkKind, WorkLimitRow
NONE = MeanTime(0, None)


def work(kind: WorkKind = K.REPAIR, fixed: float | None = None, answered: float | None = None, estate: int = 3) -> Any:
    return WorkTimes(
        estate=EstateId(estate),
        kind=kind,
        registered_at=REGISTERED_AT,
        answered_at=None if answered is None else after(answered),
        fixed_at=None if fixed is None else after(fixed),
    )


def mean(n: int, hours: float) -> MeanTime:
    return MeanTime(n, timedelta(hours=hours))


def test_what_works_again_is_fixed() -> None:
    assert [result for result in WorkResult if is_fixed(result)] == [WorkResult.DONE, WorkResult.MAKESHIFT]


@pytest.mark.parametrize(
    ("works", "time", "waiting"),
    [
        ([], NONE, NONE),
        ([work()], NONE, NONE),
        ([work(fixed=2), work(fixed=5), work()], mean(2, 3.5), NONE),
        ([work(answered=1, fixed=4), work(answered=2)], mean(1, 4), mean(2, 1.5)),
        ([work(answered=0, fixed=0)], mean(1, 0), mean(1, 0)),
    ],
)
def test_mean_times_are_over_finished_and_over_answered_requests(
    works: list[WorkTimes], time: MeanTime, waiting: MeanTime
) -> None:
    assert (mttr(works=works), mean_waiting(works=works)) == (time, waiting)


def test_the_mttr_goes_by_kind_and_estate_with_all_kinds_last() -> None:
    works = [work(fixed=2, estate=9), work(K.CLEANING, fixed=4), work(fixed=6), work(K.GREENING)]
    assert mttr_by_kind(works=works) == (
        MttrLine(None, K.REPAIR, mean(2, 4)),
        MttrLine(None, K.CLEANING, mean(1, 4)),
        MttrLine(None, K.GREENING, NONE),
        MttrLine(None, K.OTHER, NONE),
        MttrLine(None, None, mean(3, 4)),
    )
    lines = mttr_by_estate(works=works)
    assert lines == (*mttr_by_kind(works=works, estate=ESTATE), *mttr_by_kind(works=works, estate=EstateId(9)))
    assert lines[4] == MttrLine(ESTATE, None, mean(2, 5))
    assert lines[9] == MttrLine(EstateId(9), None, mean(1, 2))
    assert mttr_by_estate(works=[]) == ()


A_MOMENT = timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("due", "stopped", "counted"),
    [
        (NOW, NOW, (1, 0, 0)),
        (NOW - A_MOMENT, NOW, (0, 1, 0)),
        (NOW, None, (0, 0, 1)),
        (NOW - A_MOMENT, None, (0, 1, 0)),
        (NOW + A_MOMENT, NOW - A_MOMENT, (1, 0, 0)),
    ],
)
def test_at_the_due_instant_a_limit_still_holds(
    due: datetime, stopped: datetime | None, counted: tuple[int, int, int]
) -> None:
    lines = work_in_time(facts=[WorkLimitFact(R.OTHER, ClockKind.RESOLVED, due, stopped)], now=NOW)
    assert lines[-1] == WorkInTime(R.OTHER, ClockKind.RESOLVED, *counted)
    assert all((one.in_time, one.late, one.waiting) == (0, 0, 0) for one in lines[:-1])


def test_rates_in_time_stand_by_row_and_clock() -> None:
    kept, late = (after(2), after(1)), (after(2), after(3))
    facts = [WorkLimitFact(R.REPAIR, ClockKind.RESPONSE, *pair) for pair in (kept, kept, late)]
    lines = work_in_time(facts=facts, now=NOW)
    assert [(line.row, line.clock) for line in lines] == [
        (row, clock) for row in R for clock in (ClockKind.RESPONSE, ClockKind.RESOLVED)
    ]
    assert lines[2] == WorkInTime(R.REPAIR, ClockKind.RESPONSE, 2, 1, 0)
    assert lines[2].percent == Decimal("66.7")
    assert lines[3].percent is None


@pytest.mark.parametrize(
    ("ratings", "summary", "rated"),
    [
        ([], RatingSummary(0, None, (0, 0, 0, 0, 0), 0), None),
        ([None], RatingSummary(0, None, (0, 0, 0, 0, 0), 1), Decimal("0.0")),
        ([5, 4, 4, None], RatingSummary(3, Decimal("4.33"), (0, 0, 0, 2, 1), 4), Decimal("75.0")),
        ([1] + [2] * 7, RatingSummary(8, Decimal("1.88"), (1, 7, 0, 0, 0), 8), Decimal("100.0")),
    ],
)
def test_ratings_have_a_mean_and_counts(
    ratings: list[int | None], summary: RatingSummary, rated: Decimal | None
) -> None:
    found = rating_summary(ratings=ratings)
    assert (found, found.rated_percent) == (summary, rated)


@pytest.mark.parametrize("rating", [0, 6])
def test_another_rating_is_a_bug(rating: int) -> None:
    with pytest.raises(ValueError, match="1 to 5"):
        rating_summary(ratings=[rating])
