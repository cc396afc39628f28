"""A small company with real books, kept the way the portal keeps them, for tests of backup and self-check."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Table, insert, select, update

from core.admin.permissions import SYSTEM, Permission
from core.kernel.identity import EstateId
from db.engine import Database
from db.models import (
    Allocation,
    Base,
    Bill,
    BillRun,
    Building,
    DailyReceipt,
    Estate,
    EstateHead,
    HouseholdMonth,
    JournalEntry,
    JournalLine,
    Payment,
    ReceivableCell,
    Unit,
    UnitAccount,
    User,
)
from db.unit_of_work import UnitOfWork, operation, perform

NOW = datetime(2026, 3, 15, 4, 5, 6, 789012, tzinfo=UTC)
TODAY = date(2026, 3, 15)
MONTH = 202603
BUILDING = 1
UNITS = (2, 3)
BILLS = (10, 11)
FEE = 10_000


@dataclass(frozen=True)
class OpenBooks:
    """Everything an estate starts with: a building, two units, and one bill of 100 yuan for each."""

    number: int


@dataclass(frozen=True)
class TakeMoney:
    """Money for a unit: as much as fits goes to its bill, the rest to its credit."""

    estate_id: int
    place: int
    fen: int
    method: str = "cash"


def put(work: UnitOfWork, model: type[Base], *rows: dict[str, Any]) -> None:
    work.session.execute(insert(model), list(rows))


def add(work: UnitOfWork, model: type[Base], key: dict[str, Any], **amounts: int) -> None:
    """Add to the figures of a row, which is made when it is not there."""
    table = model.__table__
    assert isinstance(table, Table)
    where: list[ColumnElement[bool]] = [table.c[name] == value for name, value in key.items()]
    if work.session.execute(select(table).where(*where)).first() is None:
        put(work, model, {**key, **amounts})
        return
    work.session.execute(update(table).where(*where).values({n: table.c[n] + v for n, v in amounts.items()}))


@operation(Permission.SYSTEM_RUN)
def open_books(work: UnitOfWork, command: OpenBooks) -> None:
    e = {"estate_id": command.number}
    n = command.number
    name = f"翠湖花园{n}"
    put(work, Estate, {"id": n, "code": f"E{n}", "name": name, "natural_key": name, "created_at": NOW})
    put(work, EstateHead, {**e, "next_id": 100})
    put(work, Building, {**e, "id": BUILDING, "code": "3", "sort_key": "0003"})
    unit = {**e, "building_id": BUILDING, "area": 9_050, "use": "residential"}
    put(work, Unit, *({**unit, "id": u, "code": f"3-1-{u}", "sort_key": f"{u:04}"} for u in UNITS))
    run = {**e, "id": 5, "month": MONTH, "state": "posted", "bills": 2, "problems": 0, "total_fen": 2 * FEE}
    put(work, BillRun, {**run, "digest": "", "made_at": NOW})
    bill = {**e, "building_id": BUILDING, "item": "property_fee", "service_month": MONTH, "due_date": TODAY}
    bill |= {
        "tariff_id": 1,
        "quantity": 9_050,
        "unit_price": 1_104_972,
        "amount_fen": FEE,
        "run_id": 5,
        "posted_on": TODAY,
    }
    put(work, Bill, *({**bill, "id": b, "unit_id": u} for b, u in zip(BILLS, UNITS, strict=True)))
    line = {**e, "entry_id": 20, "unit_id": None, "bill_id": None, "item": "property_fee"}
    lines = [
        {**line, "line": at, "account": "receivable", "amount_fen": FEE, "bill_id": b, "unit_id": u}
        for at, (b, u) in enumerate(zip(BILLS, UNITS, strict=True))
    ]
    put(work, JournalLine, *lines, {**line, "line": 9, "account": "fee_income", "amount_fen": -2 * FEE})
    entry = {**e, "id": 20, "kind": "bill_run", "business_date": TODAY, "posted_at": NOW, "source_id": 5}
    put(work, JournalEntry, entry)
    cell = {**e, "service_month": MONTH, "posting_month": MONTH, "building_id": BUILDING}
    put(work, ReceivableCell, {**cell, "billed_fen": 2 * FEE})
    put(work, HouseholdMonth, {**e, "service_month": MONTH, "building_id": BUILDING, "billed_units": 2})
    work.record("books.open", ("estate", n), estate=EstateId(n), after={"name": name, "units": 2})
    work.record("estate.add", ("estate", n), after={"name": name})


@operation(Permission.SYSTEM_RUN)
def take_money(work: UnitOfWork, command: TakeMoney) -> int:
    """Record a payment with everything that goes with it, and give the receipt number."""
    e = {"estate_id": command.estate_id}
    bill_id, unit_id = BILLS[command.place], UNITS[command.place]
    head = update(EstateHead).where(EstateHead.estate_id == command.estate_id)
    receipt = work.session.scalars(
        head.values(last_receipt=EstateHead.last_receipt + 1).returning(EstateHead.last_receipt),
        execution_options={"synchronize_session": False},
    ).one()
    bill = work.session.get_one(Bill, (command.estate_id, bill_id), with_for_update=True, populate_existing=True)
    used = min(bill.amount_fen - bill.paid_fen, command.fen)
    excess = command.fen - used
    entry_id, payment_id = work.new_ids(EstateId(command.estate_id), 2)
    line: dict[str, Any] = {**e, "entry_id": entry_id, "unit_id": None, "bill_id": None, "item": None, "method": None}
    lines = [{**line, "line": 0, "account": "cash_and_bank", "amount_fen": command.fen, "method": command.method}]
    if used:
        own: dict[str, Any] = {"unit_id": unit_id, "bill_id": bill_id, "item": "property_fee"}
        lines.append({**line, **own, "line": 1, "account": "receivable", "amount_fen": -used})
    if excess:
        lines.append({**line, "line": 2, "account": "customer_credit", "amount_fen": -excess, "unit_id": unit_id})
    put(work, JournalLine, *lines)
    entry = {**e, "id": entry_id, "kind": "payment", "business_date": TODAY, "posted_at": NOW, "source_id": payment_id}
    put(work, JournalEntry, entry)
    payment: dict[str, Any] = {
        **e,
        "id": payment_id,
        "receipt_no": receipt,
        "unit_id": unit_id,
        "amount_fen": command.fen,
    }
    payment |= {"payer_sealed": b"\x01\x00\xff", "method": command.method, "received_at": NOW, "business_date": TODAY}
    put(work, Payment, {**payment, "clerk_name": "收费员", "entry_id": entry_id})
    if used:
        part = {**e, "entry_id": entry_id, "bill_id": bill_id, "amount_fen": used, "business_date": TODAY}
        put(work, Allocation, part)
        bill.paid_fen += used
        cell = {**e, "service_month": MONTH, "posting_month": MONTH, "building_id": BUILDING}
        add(work, ReceivableCell, cell, received_fen=used)
        if bill.paid_fen == bill.amount_fen:
            add(work, HouseholdMonth, {**e, "service_month": MONTH, "building_id": BUILDING}, settled_units=1)
    if excess:
        add(work, UnitAccount, {**e, "unit_id": unit_id}, credit_fen=excess)
    day = {**e, "business_date": TODAY, "method": command.method}
    add(work, DailyReceipt, day, amount_fen=command.fen, payments=1)
    after = {"receipt": receipt, "fen": command.fen}
    work.record("payments.take", ("payment", payment_id), estate=EstateId(command.estate_id), after=after)
    return receipt


def as_system(_connection: object, _now: datetime) -> Any:
    return SYSTEM


def take(database: Database, estate: int, place: int, fen: int, method: str = "cash") -> int:
    return perform(database, take_money, TakeMoney(estate, place, fen, method), identify=as_system, now=NOW)


def fill(database: Database) -> None:
    """Two estates, an open bill, a part payment, a bill paid in full, and money paid ahead."""
    with database.writing() as connection, connection.begin():
        user = {"id": 7, "username": "wang", "display_name": "王芳", "created_at": NOW, "code_hash": bytes(range(32))}
        connection.execute(insert(User), user)
    for number in (1, 2):
        perform(database, open_books, OpenBooks(number), identify=as_system, now=NOW)
    take(database, 1, 0, 4_000)
    take(database, 1, 0, 2_500, "wechat_pay")
    take(database, 1, 1, 12_300)
    take(database, 2, 1, 10_000)
