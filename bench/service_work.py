"""Registering complaints and requests beside the bare transaction (S11), and the timer's look at the clocks."""

import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from random import Random
from statistics import median
from typing import Any

from sqlalchemy import select

from bench.case_rows import DESK, NOW
from bench.case_words import said_of_case, said_of_order
from bench.databases import Server, raw
from bench.measure import Report, Sent, caught, replay
from core.complaints.case import CaseRecord
from core.complaints.taxonomy import CaseChannel, Emotion, RecordType, SubCategory, category_of
from core.kernel.identity import CustomerId, EstateId, UnitId
from core.work_orders.kinds import WorkChannel, WorkKind
from core.work_orders.request import RequestRecord
from db.engine import Database
from db.jobs.service_clocks import tick
from db.models import Occupancy
from db.operations.attempts import as_system
from db.operations.case_care import TickClocks, tick_clocks
from db.operations.cases import RegisterCase, register_case
from db.operations.work_orders import SubmitRequest, submit_request
from db.unit_of_work import Operation, perform

WARM_UP, COUNT, TICKED = 20, 150, 200
_HOUR = timedelta(hours=1)


def _homes(database: Database) -> list[Any]:
    statement = select(Occupancy.estate_id, Occupancy.unit_id, Occupancy.customer_id)
    with database.reading() as connection:
        return list(connection.execute(statement.order_by(Occupancy.id, Occupancy.estate_id).limit(WARM_UP + COUNT)))


def _cases(database: Database) -> list[RegisterCase]:
    """Complaints of different households, classified at once."""
    chance, commands = Random(5), []
    for number, home in enumerate(_homes(database)):
        said = said_of_case(chance, "1")
        record = CaseRecord(
            record_type=RecordType(said.kind),
            category=category_of(SubCategory(said.topic)),
            sub_category=SubCategory(said.topic),
            content=said.content,
            claim=said.wish,
            happened_at=NOW - _HOUR,
            channel=CaseChannel.PHONE,
            emotion=Emotion.CALM,
            unit=UnitId(home.unit_id),
            customer=CustomerId(home.customer_id),
        )
        commands.append(RegisterCase(EstateId(home.estate_id), record, f"bench-c-{number:06}"))
    return commands


def _orders(database: Database) -> list[SubmitRequest]:
    """Requests of different households."""
    chance, commands = Random(6), []
    for number, home in enumerate(_homes(database)):
        said = said_of_order(chance, "1")
        record = RequestRecord(
            kind=WorkKind(said.kind),
            content=said.content,
            noticed_at=NOW - _HOUR,
            channel=WorkChannel.PHONE,
            unit=UnitId(home.unit_id),
            customer=CustomerId(home.customer_id),
        )
        commands.append(SubmitRequest(EstateId(home.estate_id), record, f"bench-r-{number:06}"))
    return commands


def show_work(report: Report, server: Server, database: Database) -> None:
    """Add what registering costs, and the timer."""
    report.parts.append(
        f"\nRegistering, {COUNT} one after the other; the bare transaction sends the same statements with the same "
        "values through the driver, to a copy of the same database (S11, bar ≥ 0.6):\n"
    )
    rows: list[list[object]] = []
    for name, act, commands in (
        ("a complaint", register_case, _cases(database)),
        ("a request", submit_request, _orders(database)),
    ):
        rows.append([name, *_registered(server, database, act, commands)])
    head = ["what", "statements", "bare ÷ ours (S11)", "a second", "bare a second", "ours ms", "bare ms"]
    report.table(head, rows)
    report.parts.append("\nThe timer:\n")
    report.table(["what", "statements", "records", "told", "ms"], _ticked(server, database))


def _registered(server: Server, database: Database, act: Operation[Any, Any], commands: Sequence[Any]) -> list[object]:
    """Register on one copy and replay on another, in turns."""
    ours, bare = server.copy(database, "reg1"), server.copy(database, "reg2")
    times: list[tuple[float, float]] = []
    statements = []
    for command in commands:
        begin = time.perf_counter()
        with caught(ours) as sent:
            perform(ours, act, command, identify=lambda _c, _n: DESK, now=NOW)
        spent = time.perf_counter() - begin
        times.append((spent, _bare(bare, sent)))
        statements.append(len(sent))
    for copy in (ours, bare):
        server.drop(copy)
    mine, other = ([pair[place] * 1000 for pair in times[WARM_UP:]] for place in (0, 1))
    ratios = sorted(one / two for one, two in zip(other, mine, strict=True))
    tenth = len(ratios) // 10
    shown = f"{ratios[tenth]:.2f} / {median(ratios):.2f} / {ratios[-1 - tenth]:.2f}"
    middle, least = median(mine), median(other)
    return [round(median(statements)), shown, 1000 / middle, 1000 / least, middle, least]


def _bare(database: Database, sent: Sequence[Sent]) -> float:
    begin = time.perf_counter()
    with raw(database) as connection:
        if database.is_sqlite:
            connection.execute("BEGIN IMMEDIATE")
        replay(connection, sent)
        connection.commit()
    return time.perf_counter() - begin


def _ticked(server: Server, database: Database) -> list[list[object]]:
    """A look when nothing is due, which the worker takes every minute; and one look at 200 records of an estate."""
    copy, later = server.copy(database, "tick"), NOW + timedelta(days=6)
    rows: list[list[object]] = []
    quiet = _timed(copy, lambda: tick(copy, NOW))
    rows.append(["every minute, nothing due", quiet[1], quiet[2].records, quiet[2].told, quiet[0]])
    command = TickClocks(EstateId(1), TICKED)
    busy = _timed(copy, lambda: perform(copy, tick_clocks, command, identify=as_system, now=later))
    rows.append([f"one transaction of {TICKED} records", busy[1], busy[2].records, busy[2].told, busy[0]])
    server.drop(copy)
    return rows


def _timed(database: Database, act: Callable[[], Any]) -> tuple[float, int, Any]:
    with caught(database) as sent:
        begin = time.perf_counter()
        answer = act()
        spent = (time.perf_counter() - begin) * 1000
    return spent, len(sent), answer
