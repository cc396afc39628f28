"""A bill run beside inserting the very same rows with the fastest bulk path of the database (S10)."""

import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import Table, select

from bench.books import LAST, NOW, Size, build, write
from bench.databases import Server, raw
from bench.measure import Report
from core.admin.permissions import Actor, Role
from core.kernel.identity import EstateId, UserId
from db.engine import Database
from db.models import (
    AuditEntry,
    Base,
    Bill,
    BillRun,
    HouseholdMonth,
    JournalEntry,
    JournalLine,
    ReceivableCell,
)
from db.operations.bill_runs import PostBillRun, PrepareBillRun, post_bill_run, prepare_bill_run
from db.unit_of_work import perform

MAKER = Actor(UserId(1), "maker", frozenset({Role.ACCOUNTANT}), None)
POSTER = Actor(UserId(2), "poster", frozenset({Role.SUPERVISOR}), None)
MONTH = LAST.shift(1)
WRITTEN: tuple[type[Base], ...] = (BillRun, Bill, JournalLine, JournalEntry, ReceivableCell, HouseholdMonth, AuditEntry)


def run(servers: Sequence[Server], report: Report, say: Callable[[str], None], units: int = 100_000) -> None:
    """Bill one month for ``units`` units of one estate on each database."""
    size = Size(estates=1, buildings=100, units=units // 100, months=1)
    report.section(
        "Bill run (S10, bar ≤ 1.5)",
        f"One estate with {units:,} units, three items each: {3 * units:,} bills posted in one transaction. The bare "
        "insert writes the same rows (bills, ledger, roll-ups, run, audit) into a copy of the same database with "
        "`executemany` tuples (SQLite) or `COPY` (PostgreSQL), with the same indexes and triggers, in one transaction.",
    )
    rows = []
    for server in servers:
        say(f"{server.name}: bill run of {units:,} units")
        first = server.fresh("run1")
        build(first, size)
        second = server.copy(first, "run2")
        prepare, post = _bill(first)
        kept = {model: _rows(first, model) for model in WRITTEN}
        count = sum(map(len, kept.values()))
        bare = _insert(second, kept)
        rows.append([server.name, post / bare, (prepare + post) / bare, 3 * units, count, post, prepare, bare])
        server.drop(first)
        server.drop(second)
    head = ["database", "post ÷ insert (S10)", "(prepare + post) ÷ insert", "bills", "rows", "post s", "prepare s",
            "insert s"]  # fmt: skip
    report.table(head, rows)


def _bill(database: Database) -> tuple[float, float]:
    begin = time.perf_counter()
    wanted = PrepareBillRun(EstateId(1), MONTH)
    run = perform(database, prepare_bill_run, wanted, identify=lambda _c, _n: MAKER, now=NOW)
    prepared = time.perf_counter()
    command = PostBillRun(EstateId(1), run.run_id, run.version)
    perform(database, post_bill_run, command, identify=lambda _c, _n: POSTER, now=NOW + timedelta(minutes=1))
    return prepared - begin, time.perf_counter() - prepared


def _rows(database: Database, model: type[Base]) -> list[tuple[Any, ...]]:
    """The rows the run wrote; what credit settled at once is not among them, since nobody has any."""
    table = model.__table__
    assert isinstance(table, Table)
    statement = select(*table.columns)
    if model is Bill or model in (ReceivableCell, HouseholdMonth):
        statement = statement.where(table.c.service_month == MONTH.number)
    if model is BillRun:
        statement = statement.where(table.c.month == MONTH.number)
    if model in (JournalEntry, JournalLine):
        entry = select(JournalEntry.id).where(JournalEntry.kind == "bill_run", JournalEntry.memo == str(MONTH))
        statement = statement.where((table.c.id if model is JournalEntry else table.c.entry_id).in_(entry))
    with database.reading() as connection:
        return [tuple(row) for row in connection.execute(statement)]


def _insert(database: Database, kept: dict[type[Base], list[tuple[Any, ...]]]) -> float:
    begin = time.perf_counter()
    with raw(database) as connection:
        if database.is_sqlite:
            connection.execute("BEGIN IMMEDIATE")
        for model, rows in kept.items():
            table = model.__table__
            assert isinstance(table, Table)
            write(connection, table, [column.name for column in table.columns], rows, sqlite=database.is_sqlite)
        connection.commit()
    return time.perf_counter() - begin
