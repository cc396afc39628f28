"""Thousands of cases, stored in bulk past all rules, and the plan a database makes for a statement."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from sqlalchemy import event, insert, text

from core.kernel.clocks import ClockKind
from core.kernel.periods import local_day
from db.engine import Database
from db.models import Case, ServiceClock, ServiceRecord
from db.repositories.cases import case_place
from tests.builders import NOW
from tests.db.service_setup import Place, ServiceWorld

FIRST_ID = 5_000_000
_STATES = ("registered", "classified", "assigned", "responded", "in_progress", "resolved")
_MATTERS = (("environ", "noise"), ("fee", "bill_error"), ("facility", "lift"), ("service", "attitude"))
HOUR = timedelta(hours=1)


def many_cases(world: ServiceWorld, place: Place, *, open_cases: int, ended: int, first: int = FIRST_ID) -> None:
    """Store cases of an estate, the open ones with the clock that runs, and let the database learn its sizes."""
    cases = [_case(world, place, first + n, n, ended=n >= open_cases) for n in range(open_cases + ended)]
    records = [
        {
            "estate_id": place.estate,
            "id": row["id"],
            "kind": "case",
            "number": f"E{place.estate}-C{row['registered_at']:%y%m%d}-{row['id']}",
            "request": None,
            "registered_at": row["registered_at"],
        }
        for row in cases
    ]
    clocks = [_clock(row) for row in cases if row["ended_on"] is None]
    with world.database.writing() as connection, connection.begin():
        connection.execute(insert(ServiceRecord), records)
        connection.execute(insert(Case), cases)
        if clocks:
            connection.execute(insert(ServiceClock), clocks)
    with world.database.writing() as connection, connection.begin():
        connection.execute(text("ANALYZE"))
    if not world.database.is_sqlite:
        with world.database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM cases"))


def _case(world: ServiceWorld, place: Place, number: int, n: int, *, ended: bool) -> dict[str, Any]:
    registered = NOW - timedelta(minutes=37 * n) if not ended else NOW - timedelta(days=10, minutes=41 * n)
    category, sub_category = _MATTERS[n % len(_MATTERS)]
    due_hard = None if ended or n % 11 == 0 else NOW + timedelta(minutes=n % 4_000 - 400)
    urgent = n % 50 == 0
    sealed = world.database.keys.seal(f"第{n}件", place=case_place("content", place.estate, number))
    ended_at = registered + 40 * HOUR if ended else None
    return {
        "estate_id": place.estate,
        "id": number,
        "record_type": "complaint",
        "category": category,
        "sub_category": sub_category,
        "unit_id": place.units[n % len(place.units)],
        "area": "1",
        "happened_at": registered,
        "registered_at": registered,
        "channel": "phone",
        "emotion": "calm",
        "content_sealed": sealed,
        "grade": "urgent" if urgent else "normal",
        "proposed_grade": "normal",
        "queue_rank": 0 if urgent else 1,
        "state": "closed" if ended else _STATES[n % len(_STATES)],
        "received_by": world.people.desk.user_id,
        "handler_id": None if n % 3 == 0 else world.people.service_handler.staff,
        "ended_at": ended_at,
        "ended_on": None if ended_at is None else local_day(ended_at),
        "due_target": None if due_hard is None else due_hard - 3 * HOUR,
        "due_hard": due_hard,
    }


def _clock(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "estate_id": row["estate_id"],
        "id": row["id"] + 10_000_000,
        "record_id": row["id"],
        "kind": ClockKind.RESOLVED.value,
        "run": 1,
        "started_at": row["registered_at"],
        "levels": "[]",
        "due_target": row["due_target"],
        "due_hard": row["due_hard"],
    }


@contextmanager
def statements_with_values(database: Database) -> Iterator[list[tuple[str, Any]]]:
    """Collect every statement sent inside the block with its values."""
    seen: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, values: Any, *_rest: Any) -> None:
        if statement.lstrip().upper().startswith("SELECT"):
            seen.append((statement, values))

    event.listen(database.engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(database.engine, "before_cursor_execute", note)


def plan_of(database: Database, statement: str, values: Any) -> str:
    """How the database will answer a statement."""
    ask = "EXPLAIN QUERY PLAN " if database.is_sqlite else "EXPLAIN "
    with database.reading() as connection:
        rows = connection.exec_driver_sql(ask + statement, values).all()
    return "\n".join(str(row[-1]) for row in rows)


def rows_of(database: Database, statement: str, values: Any) -> int:
    """How many rows a statement fetches."""
    with database.reading() as connection:
        return len(connection.exec_driver_sql(statement, values).all())
