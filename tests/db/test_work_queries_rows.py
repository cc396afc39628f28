"""What both queues share: the deadline and colour in SQL are those of the rows, and lengths of time are exact."""

from datetime import datetime, timedelta
from itertools import product

import pytest
from sqlalchemy import select

from core.kernel.clocks import ClockKind
from db.engine import Database
from db.models import WorkOrder
from db.queries.durations import MicrosecondsBetween
from db.queries.service_rows import (
    Deadline,
    QueueLevel,
    RunningClock,
    beginning,
    deadline_expression,
    deadline_of,
    is_amber,
    is_red,
    level_of,
    waited_for,
)
from tests.builders import NOW
from tests.db.service_setup import ServiceWorld, a_service_world
from tests.db.work_queries_setup import a_request

HOUR, INSTANT = timedelta(hours=1), timedelta(microseconds=1)
TIMES = (None, NOW - HOUR, NOW - INSTANT, NOW, NOW + INSTANT, NOW + HOUR)


@pytest.fixture
def world(database: Database) -> ServiceWorld:
    return a_service_world(database)


def test_deadline_and_colour_in_sql_are_those_of_a_row(world: ServiceWorld) -> None:
    for target, hard in product(TIMES, TIMES):
        a_request(world, due_target=target, due_hard=hard, content="灯")
    columns = (WorkOrder.due_target, WorkOrder.due_hard, deadline_expression(WorkOrder, NOW).label("deadline"))
    flags = (is_red(WorkOrder, NOW).label("red"), is_amber(WorkOrder, NOW).label("amber"))
    with world.database.reading() as connection:
        rows = connection.execute(select(*columns, *flags)).all()
    assert len(rows) == len(TIMES) ** 2
    for row in rows:
        dues = {"due_target": row.due_target, "due_hard": row.due_hard, "now": NOW}
        deadline = deadline_of(**dues)
        assert row.deadline == (None if deadline is None else deadline.at)
        level = level_of(runs=True, **dues)
        assert (bool(row.red), bool(row.amber)) == (level is QueueLevel.RED, level is QueueLevel.AMBER)


@pytest.mark.parametrize(
    ("target", "hard", "deadline"),
    [
        (None, None, None),
        (NOW, None, Deadline(NOW, is_hard=False)),
        (NOW - HOUR, None, Deadline(NOW - HOUR, is_hard=False)),
        (NOW - HOUR, NOW, Deadline(NOW, is_hard=True)),
        (NOW, NOW + HOUR, Deadline(NOW, is_hard=False)),
        (NOW + HOUR, NOW - HOUR, Deadline(NOW - HOUR, is_hard=True)),
        (None, NOW + HOUR, Deadline(NOW + HOUR, is_hard=True)),
    ],
)
def test_the_deadline_is_a_missed_hard_limit_else_the_next_one(
    target: datetime | None, hard: datetime | None, deadline: Deadline | None
) -> None:
    assert deadline_of(due_target=target, due_hard=hard, now=NOW) == deadline


def test_a_deadline_is_named_after_its_clock_and_a_pause_after_the_first() -> None:
    clocks = (
        RunningClock(ClockKind.RESPONSE, NOW, NOW + HOUR),
        RunningClock(ClockKind.RESOLVED, NOW + HOUR, NOW + 2 * HOUR),
    )
    assert waited_for(clocks, Deadline(NOW + HOUR, is_hard=True)) is ClockKind.RESPONSE
    assert waited_for(clocks, Deadline(NOW + HOUR, is_hard=False)) is ClockKind.RESOLVED
    assert waited_for(clocks, Deadline(NOW + 9 * HOUR, is_hard=False)) is None
    assert waited_for(clocks, None) is ClockKind.RESPONSE
    assert waited_for((), None) is None


@pytest.mark.parametrize(
    ("text", "shown"),
    [("", ""), ("  灯\n\n坏了 ", "灯 坏了"), ("字" * 60, "字" * 60), ("字" * 61, "字" * 59 + "…")],
)
def test_a_content_is_shown_by_its_beginning_on_one_line(text: str, shown: str) -> None:
    assert beginning(text) == shown


def test_a_length_of_time_is_exact_to_the_microsecond_over_any_edge(world: ServiceWorld) -> None:
    starts = (NOW, NOW + timedelta(microseconds=999_999), datetime(2026, 12, 31, 15, 59, 59, 999_500, NOW.tzinfo))
    lengths = (timedelta(), INSTANT, timedelta(microseconds=999_999), timedelta(days=400, microseconds=501), -HOUR)
    for start, length in product(starts, lengths):
        a_request(world, registered_at=start, answered_at=start + length, content="灯")
    took = MicrosecondsBetween(WorkOrder.answered_at, WorkOrder.registered_at)
    with world.database.reading() as connection:
        rows = connection.execute(select(WorkOrder.answered_at, WorkOrder.registered_at, took.label("took"))).all()
    assert len(rows) == len(starts) * len(lengths)
    for row in rows:
        assert timedelta(microseconds=row.took) == row.answered_at - row.registered_at
