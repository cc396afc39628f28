"""Service requests as rows, for the tests of queries: whatever state, times and clocks a test asks for."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from core.admin.audit import instant_text
from core.kernel.clocks import ClockKind, Levels
from core.kernel.identity import EstateId, WorkOrderId
from core.kernel.limit_texts import levels_text
from core.kernel.limits import NO_LIMITS
from core.kernel.periods import local_day
from core.work_orders.kinds import PublicSystem, WorkKind
from core.work_orders.limits import queue_rank, work_limits_for
from core.work_orders.request import request_number
from core.work_orders.states import WorkState, is_ended, running_clocks
from db.models import Base, Estate, ServiceClock, ServiceRecord, WorkAppointment, WorkOrder
from db.repositories.service_search import index_words
from db.repositories.work_orders import words_place
from tests.db.service_setup import ServiceWorld

CONTENT = "厨房水龙头漏水，需要尽快维修"
_numbers: Iterator[int] = count(1_000_001)
"""Numbers of rows, high above those the operations give."""


def fresh() -> int:
    return next(_numbers)


def put(world: ServiceWorld, model: type[Base], *rows: dict[str, Any]) -> None:
    """Insert rows as they are."""
    with world.database.writing() as connection, connection.begin():
        connection.execute(insert(model), list(rows))


def a_request(world: ServiceWorld, **given: Any) -> WorkOrderId:
    """A repair by phone of the first unit's owner, submitted now, unless told otherwise.

    Besides columns: ``content``; ``clocks``: rows of clocks in place of those that run in its state since submission.
    """
    content, clocks = given.pop("content", CONTENT), given.pop("clocks", None)
    row = _row(world, given)
    estate, order = EstateId(row["estate_id"]), WorkOrderId(row["id"])
    row["content_sealed"] = world.database.keys.seal(content, place=words_place("content", estate, order))
    listed = _running(row) if clocks is None else clocks
    running = [clock for clock in listed if clock.get("stopped_at") is None]
    row |= {due: _earliest(clock.get(due) for clock in running) for due in ("due_target", "due_hard")} | given
    record = {"estate_id": estate, "id": order, "kind": "order", "number": _number(world, estate, row)}
    put(world, ServiceRecord, record | {"registered_at": row["registered_at"], "request": None})
    put(world, WorkOrder, row)
    for clock in listed:
        put(world, ServiceClock, _clock(row, clock))
    _index(world, row, content)
    return order


def _row(world: ServiceWorld, given: dict[str, Any]) -> dict[str, Any]:
    plain: dict[str, Any] = {
        "estate_id": world.estate,
        "id": fresh(),
        "kind": WorkKind.REPAIR.value,
        "failure": "",
        "registered_at": world.now,
        "channel": "phone",
        "state": WorkState.SUBMITTED.value,
        "received_by": world.people.desk.user_id,
        "department": "engineering",
        "area": "1",
    }
    row = plain | given
    row.setdefault("noticed_at", row["registered_at"])
    if row["estate_id"] == world.estate:
        row.setdefault("unit_id", world.maple.units[0])
        row.setdefault("customer_id", world.maple.owners[0])
    if is_ended(WorkState(row["state"])):
        row.setdefault("ended_at", world.now)
        row.setdefault("ended_on", local_day(row["ended_at"]))
    row.setdefault("queue_rank", queue_rank(failure=_system(row)))
    return row


def _system(row: dict[str, Any]) -> PublicSystem | None:
    return PublicSystem(row["failure"]) if row["failure"] else None


def _running(row: dict[str, Any]) -> list[dict[str, Any]]:
    """The clocks that run in its state since submission, with their limits round the clock."""
    limits = work_limits_for(kind=WorkKind(row["kind"]), failure=_system(row))
    kinds = running_clocks(WorkState(row["state"]))
    return [clock(kind, row["registered_at"], limits.levels_of(kind)) for kind in ClockKind if kind in kinds]


def clock(kind: ClockKind, since: datetime, levels: Levels = NO_LIMITS, **given: Any) -> dict[str, Any]:
    """A clock with limits in hours round the clock, running unless told otherwise."""
    due = {
        name: since + timedelta(hours=limit.amount)
        for name, limit in (("due_target", levels.target), ("due_hard", levels.hard))
        if limit is not None
    }
    stored = json.dumps([[instant_text(since), levels_text(levels)]])
    return {"kind": kind.value, "started_at": since, "levels": stored} | due | given


def _clock(row: dict[str, Any], values: dict[str, Any]) -> dict[str, Any]:
    stopped = {"due_target": None, "due_hard": None} if values.get("stopped_at") else {}
    return {"estate_id": row["estate_id"], "id": fresh(), "record_id": row["id"], "cancelled": False} | values | stopped


def _earliest(times: Iterator[datetime | None]) -> datetime | None:
    return min((time for time in times if time is not None), default=None)


def _number(world: ServiceWorld, estate: EstateId, row: dict[str, Any]) -> str:
    with world.database.reading() as connection:
        code = connection.execute(select(Estate.code).where(Estate.id == estate)).scalar_one()
    return request_number(estate_code=code, day=local_day(row["registered_at"]), sequence=row["id"] % 1_000_000)


def _index(world: ServiceWorld, row: dict[str, Any], content: str) -> None:
    with world.database.writing() as connection, connection.begin(), Session(connection) as session:
        ended = row.get("ended_on") is not None
        place = {"estate": EstateId(row["estate_id"]), "record_id": row["id"]}
        index_words(session, world.database.keys, **place, kind="order", ended=ended, texts=[content])


def an_appointment(world: ServiceWorld, order: WorkOrderId, start: datetime, **given: Any) -> int:
    """A confirmed appointment of two hours with the repair handler, unless told otherwise."""
    plain = {
        "estate_id": world.estate,
        "id": fresh(),
        "order_id": order,
        "handler_id": world.people.repair_handler.staff,
        "start_at": start,
        "end_at": start + timedelta(hours=2),
        "state": "confirmed",
        "made_at": world.now,
    }
    put(world, WorkAppointment, plain | given)
    return int((plain | given)["id"])
