"""Recording payments beside the bare transaction: the very same statements, sent by the driver alone (S11)."""

import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from itertools import islice
from statistics import median

from sqlalchemy import select

from bench.books import NOW, Size, build
from bench.databases import Server, raw
from bench.measure import Report, Sent, caught, replay
from core.admin.permissions import Actor, Role
from core.kernel.identity import EstateId, UnitId, UserId
from core.kernel.money import Money
from db.engine import Database
from db.models import Bill
from db.operations.payments import RecordPayment, record_payment
from db.unit_of_work import perform

WARM_UP = 50
CASHIER = Actor(UserId(3), "cashier", frozenset({Role.CASHIER}), None)


def debts(database: Database, count: int) -> list[RecordPayment]:
    """Payments of one open bill each, for different units."""
    left = Bill.amount_fen - Bill.paid_fen - Bill.relief_fen
    statement = select(Bill.estate_id, Bill.unit_id, left.label("left")).where(left > 0).order_by(Bill.id)
    seen: set[tuple[int, int]] = set()
    found = []
    with database.reading() as connection:
        for row in connection.execute(statement):
            if (row.estate_id, row.unit_id) not in seen:
                seen.add((row.estate_id, row.unit_id))
                found.append(row)
    return [
        RecordPayment(
            estate_id=EstateId(row.estate_id),
            intent_id=f"bench-{number:08}",
            unit_id=UnitId(row.unit_id),
            payer_name="payer",
            amount=Money(row.left),
            method="wechat_pay",
            received_at=NOW - timedelta(hours=1),
        )
        for number, row in enumerate(islice(found, count))
    ]


def _pay(database: Database, commands: Sequence[RecordPayment]) -> list[float]:
    times = []
    for command in commands:
        begin = time.perf_counter()
        perform(database, record_payment, command, identify=lambda _c, _n: CASHIER, now=NOW)
        times.append(time.perf_counter() - begin)
    return times


def _bare(database: Database, transactions: Sequence[Sequence[Sent]]) -> list[float]:
    times = []
    with raw(database) as connection:
        for sent in transactions:
            begin = time.perf_counter()
            if database.is_sqlite:
                connection.execute("BEGIN IMMEDIATE")
            replay(connection, sent)
            connection.commit()
            times.append(time.perf_counter() - begin)
    return times


def _thin(database: Database, transactions: Sequence[Sequence[Sent]]) -> list[float]:
    """The same through SQLAlchemy's connection, each text sent as it is: the least SQLAlchemy costs."""
    times = []
    for sent in transactions:
        begin = time.perf_counter()
        with database.writing() as connection, connection.begin():
            for each in sent:
                result = connection.exec_driver_sql(each.statement, each.parameters)
                if result.returns_rows:
                    result.all()
        times.append(time.perf_counter() - begin)
    return times


def run(
    servers: Sequence[Server], report: Report, say: Callable[[str], None], size: Size | None = None, count: int = 400
) -> None:
    """Record payments on one database; on a copy of it replay what was sent; compare."""
    size = size or Size(estates=4)
    report.section(
        "Recording a payment (S11, bar ≥ 0.6)",
        f"{count} payments, one after the other, on {size.bills:,} bills. The bare transaction sends the same "
        "statements with the same values through the driver, from a copy of the same database: nothing is decided, "
        "checked or sealed there. The ratio is payments per second ÷ bare ones per second, from the medians; *thin* "
        "sends the same texts through SQLAlchemy's connection, which no portal on SQLAlchemy can beat.",
    )
    rows = []
    for server in servers:
        say(f"{server.name}: payments")
        rows.append(_line(server, size, count))
    head = ["database", "ratio (S11)", "against thin", "statements", "payments/s", "bare/s", "payment ms", "thin ms",
            "bare ms"]  # fmt: skip
    report.table(head, rows)


def _line(server: Server, size: Size, count: int) -> list[object]:
    first = server.fresh("pay1")
    build(first, size)
    commands = debts(first, count + WARM_UP)
    second, third, fourth = (server.copy(first, f"pay{number}") for number in (2, 3, 4))
    transactions = []
    for command in commands:
        with caught(third) as sent:
            perform(third, record_payment, command, identify=lambda _c, _n: CASHIER, now=NOW)
        transactions.append(sent)
    ours = median(_pay(first, commands)[WARM_UP:]) * 1000
    bare = median(_bare(second, transactions)[WARM_UP:]) * 1000
    thin = median(_thin(fourth, transactions)[WARM_UP:]) * 1000
    for database in (first, second, third, fourth):
        server.drop(database)
    statements = round(median(map(len, transactions)))
    return [server.name, bare / ours, thin / ours, statements, 1000 / ours, 1000 / bare, ours, thin, bare]
