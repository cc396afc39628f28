"""A database of any size with consistent books, written with the fastest path each database has.

Every unit gets a bill for each item and month, and pays a month's bills together – or not, the newer the month the
less likely; some pay a part, some a little ahead. All sums kept beside the facts are kept here too, so that the
self-check of the portal finds nothing wrong (``python -m bench verify``).
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any, Final

from sqlalchemy import Table, insert, update

from bench.databases import raw
from core.kernel.periods import Month
from db.engine import Database
from db.keys import KeyRing
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
    Tariff,
    TariffPrice,
    Unit,
    UnitAccount,
    User,
)

TODAY: Final = date(2026, 11, 21)
NOW: Final = datetime(2026, 11, 21, 2, tzinfo=UTC)
LAST: Final = Month(2026, 10)
ITEMS: Final = (("property_fee", 17_640), ("lift", 3_000), ("parking", 8_000))
METHODS: Final = ("wechat_pay",) * 5 + ("alipay",) * 3 + ("cash", "bank_transfer")
PRICE: Final = 1_800_000
AREA: Final = 9_800


@dataclass(frozen=True, slots=True)
class Size:
    """How large: estates × buildings × units a building, and months."""

    estates: int = 21
    buildings: int = 7
    units: int = 49
    months: int = 46

    @property
    def bills(self) -> int:
        """How many bills that makes."""
        return self.estates * self.buildings * self.units * self.months * len(ITEMS)

    def times(self, factor: float) -> "Size":
        """As many times the estates (at least one)."""
        return Size(max(1, round(self.estates * factor)), self.buildings, self.units, self.months)


@dataclass(slots=True)
class _Rows:
    """The rows of one estate, by table."""

    estate: int
    by_model: defaultdict[type[Base], list[tuple[Any, ...]]] = field(default_factory=lambda: defaultdict(list))
    next_id: int = 1
    receipts: int = 0
    cells: defaultdict[tuple[int, int, int], list[int]] = field(default_factory=lambda: defaultdict(lambda: [0, 0]))
    households: defaultdict[tuple[int, int], list[int]] = field(default_factory=lambda: defaultdict(lambda: [0, 0]))
    receipts_by_day: defaultdict[tuple[date, str], list[int]] = field(
        default_factory=lambda: defaultdict(lambda: [0, 0])
    )
    credit: defaultdict[int, int] = field(default_factory=lambda: defaultdict(int))

    def number(self) -> int:
        self.next_id += 1
        return self.next_id - 1

    def add(self, model: type[Base], *values: Any) -> None:
        self.by_model[model].append((self.estate, *values))


COLUMNS: Final[dict[type[Base], tuple[str, ...]]] = {
    Building: ("estate_id", "id", "code", "sort_key"),
    Unit: ("estate_id", "id", "building_id", "code", "sort_key", "entrance", "floor", "area", "use", "state",
           "version"),
    Tariff: ("estate_id", "id", "item", "basis", "uses", "valid_from", "approval_reference", "state", "made_by",
             "made_at", "decided_by", "decided_at", "version"),
    TariffPrice: ("estate_id", "tariff_id", "key", "price"),
    BillRun: ("estate_id", "id", "month", "state", "bills", "problems", "total_fen", "digest", "made_by", "made_at",
              "posted_by", "posted_at", "version"),
    Bill: ("estate_id", "id", "unit_id", "building_id", "item", "service_month", "months", "due_date", "tariff_id",
           "quantity", "unit_price", "amount_fen", "paid_fen", "relief_fen", "run_id", "posted_on", "version"),
    JournalLine: ("estate_id", "entry_id", "line", "account", "amount_fen", "unit_id", "bill_id", "item", "method"),
    JournalEntry: ("estate_id", "id", "kind", "business_date", "posted_at", "posted_by", "source_id", "memo"),
    Payment: ("estate_id", "id", "receipt_no", "unit_id", "payer_sealed", "amount_fen", "method", "received_at",
              "business_date", "clerk_id", "clerk_name", "note", "entry_id"),
    Allocation: ("estate_id", "entry_id", "bill_id", "amount_fen", "business_date"),
    UnitAccount: ("estate_id", "unit_id", "credit_fen", "version"),
    ReceivableCell: ("estate_id", "service_month", "posting_month", "building_id", "billed_fen", "received_fen",
                     "relief_fen"),
    HouseholdMonth: ("estate_id", "service_month", "building_id", "billed_units", "settled_units"),
    DailyReceipt: ("estate_id", "business_date", "method", "amount_fen", "payments"),
}  # fmt: skip
"""The columns written, in the order the tables must be filled: a voucher's lines before the voucher."""


def build(database: Database, size: Size, *, seed: int = 7) -> None:
    """Fill an empty database."""
    with database.writing() as connection, connection.begin():
        for number, name in ((1, "maker"), (2, "poster"), (3, "cashier")):
            user = {"id": number, "username": name, "display_name": name, "created_at": NOW, "state": "active"}
            connection.execute(insert(User), user)
        for estate in range(1, size.estates + 1):
            named = {"id": estate, "code": f"E{estate:04}", "name": f"Estate {estate}", "natural_key": f"e{estate}"}
            connection.execute(insert(Estate), {**named, "created_at": NOW})
            connection.execute(insert(EstateHead), {"estate_id": estate, "next_id": 1})
    for estate in range(1, size.estates + 1):
        rows = _estate(database, estate, size, Random(seed * 1000 + estate))
        store(database, {model: rows.by_model[model] for model in COLUMNS})
        heads = update(EstateHead).where(EstateHead.estate_id == estate)
        with database.writing() as connection, connection.begin():
            connection.execute(heads.values(next_id=rows.next_id, last_receipt=rows.receipts))
    if not database.is_sqlite:
        give_statistics(database)  # as its autovacuum does sooner or later


def give_statistics(database: Database) -> None:
    """Let the database count its rows, so that its planner need not guess: SQLite as the portal's worker does."""
    if database.is_sqlite:
        database.learn_sizes()
        database.engine.dispose()  # open connections have read the old statistics
        return
    with raw(database) as connection:
        connection.rollback()
        connection.autocommit = True
        connection.execute("VACUUM ANALYZE")
        connection.autocommit = False


def _estate(database: Database, estate: int, size: Size, chance: Random) -> _Rows:
    rows = _Rows(estate)
    places = _units(rows, size)
    tariffs = _tariffs(rows)
    keys = database.keys
    for back in range(size.months - 1, -1, -1):
        month = LAST.shift(-back)
        bills = _bill(rows, places, tariffs, month)
        _pay(rows, bills, month, chance, keys)
    _keep_sums(rows)
    return rows


def _units(rows: _Rows, size: Size) -> list[tuple[int, int]]:
    places = []
    for block in range(1, size.buildings + 1):
        building = rows.number()
        rows.add(Building, building, str(block), f"{block:06}")
        for room in range(1, size.units + 1):
            unit, code = rows.number(), f"{block}-1-{room:04}"
            key = f"{block:06}-000001-{room:06}"
            rows.add(Unit, unit, building, code, key, "1", room // 4 + 1, AREA, "residential", "active", 1)
            places.append((unit, building))
    return places


def _tariffs(rows: _Rows) -> list[int]:
    numbers = []
    for item, fen in ITEMS:
        number, by_area = rows.number(), item == "property_fee"
        basis = "area" if by_area else "service_items"
        rows.add(Tariff, number, item, basis, "", date(2020, 1, 1), "", "approved", 1, NOW, 2, NOW, 1)
        rows.add(TariffPrice, number, "" if by_area else item, PRICE if by_area else fen * 10_000)
        numbers.append(number)
    return numbers


@dataclass(slots=True)
class _Household:
    unit: int
    building: int
    first_bill: int
    """The bills of a unit and month have three numbers in a row; their places in the list of bills too."""
    place: int


def _bill(rows: _Rows, places: list[tuple[int, int]], tariffs: list[int], month: Month) -> list[_Household]:
    day, due = month.first_day, month.shift(1).day(15)
    at = datetime(day.year, day.month, day.day, 1, tzinfo=UTC)
    run, entry, line = rows.number(), rows.number(), 0
    whole, count = sum(fen for _, fen in ITEMS), len(places) * len(ITEMS)
    rows.add(BillRun, run, month.number, "posted", count, 0, whole * len(places), "", 1, at, 2, at, 1)
    households, bills = [], rows.by_model[Bill]
    for unit, building in places:
        households.append(_Household(unit, building, rows.next_id, len(bills)))
        for (item, fen), tariff in zip(ITEMS, tariffs, strict=True):
            bill, line = rows.number(), line + 1
            quantity, price = (AREA, PRICE) if item == "property_fee" else (100, fen * 10_000)
            rows.add(
                Bill, bill, unit, building, item, month.number, 1, due, tariff, quantity, price, fen, 0, 0, run, day, 1
            )  # fmt: skip
            rows.add(JournalLine, entry, line, "receivable", fen, unit, bill, item, None)
        rows.cells[month.number, month.number, building][0] += whole
        rows.households[month.number, building][0] += 1
    for item, fen in ITEMS:
        line += 1
        rows.add(JournalLine, entry, line, "fee_income", -fen * len(places), None, None, item, None)
    rows.add(JournalEntry, entry, "bill_run", day, at, 2, run, str(month))
    return households


@dataclass(frozen=True, slots=True)
class _Money:
    """One payment: parts for the bills in their order, the rest to the unit's credit."""

    day: date
    parts: tuple[int, ...]
    excess: int
    method: str


def _pay(rows: _Rows, households: Iterable[_Household], month: Month, chance: Random, keys: KeyRing) -> None:
    back = LAST.months_since(month)
    unpaid = 0.34 if back == 0 else 0.18 if back == 1 else 0.1 if back < 6 else 0.04
    for household in households:
        if chance.random() < unpaid:
            continue
        day = min(month.first_day + timedelta(days=int(chance.triangular(1, 75, 20))), TODAY)
        parts = tuple(fen for _, fen in ITEMS)
        excess = 10_000 if chance.random() < 0.01 else 0
        if not excess and chance.random() < 0.03:
            parts = (parts[0], parts[1] // 2)
        _one_payment(rows, household, month, _Money(day, parts, excess, chance.choice(METHODS)), keys)


def _one_payment(rows: _Rows, home: _Household, month: Month, money: _Money, keys: KeyRing) -> None:
    payment, entry, amount, day = rows.number(), rows.number(), sum(money.parts) + money.excess, money.day
    rows.receipts += 1
    at = datetime(day.year, day.month, day.day, 3, tzinfo=UTC)
    rows.add(JournalLine, entry, 1, "cash_and_bank", amount, None, None, None, money.method)
    bills = rows.by_model[Bill]
    for number, fen in enumerate(money.parts):
        bill, item = home.first_bill + number, ITEMS[number][0]
        rows.add(JournalLine, entry, 2 + number, "receivable", -fen, home.unit, bill, item, None)
        rows.add(Allocation, entry, bill, fen, day)
        old = bills[home.place + number]
        bills[home.place + number] = (*old[:12], fen, *old[13:16], 2)
    if money.excess:
        rows.add(JournalLine, entry, 9, "customer_credit", -money.excess, home.unit, None, None, None)
        rows.credit[home.unit] += money.excess
    rows.add(JournalEntry, entry, "payment", day, at, 3, payment, "")
    payer = keys.seal("payer", place=f"payments.payer:{rows.estate}:{payment}")
    rows.add(
        Payment, payment, rows.receipts, home.unit, payer, amount, money.method, at, day, 3, "cashier", "", entry
    )  # fmt: skip
    rows.cells[month.number, Month.of(day).number, home.building][1] += sum(money.parts)
    rows.households[month.number, home.building][1] += len(money.parts) == len(ITEMS)
    taken = rows.receipts_by_day[day, money.method]
    taken[0] += amount
    taken[1] += 1


def _keep_sums(rows: _Rows) -> None:
    for (service, posting, building), (billed, received) in rows.cells.items():
        rows.add(ReceivableCell, service, posting, building, billed, received, 0)
    for (service, building), (billed_units, settled) in rows.households.items():
        rows.add(HouseholdMonth, service, building, billed_units, settled)
    for (day, method), (fen, count) in rows.receipts_by_day.items():
        rows.add(DailyReceipt, day, method, fen, count)
    for unit, fen in rows.credit.items():
        rows.add(UnitAccount, unit, fen, 1)


def store(
    database: Database,
    rows: Mapping[type[Base], Sequence[tuple[Any, ...]]],
    columns: Mapping[type[Base], tuple[str, ...]] = COLUMNS,
) -> None:
    """Write rows of :data:`COLUMNS` (or others) with the fastest path of the database, in one transaction."""
    with raw(database) as connection:
        if database.is_sqlite:
            connection.execute("BEGIN IMMEDIATE")
        else:  # no triggers and foreign keys while the books are made; the self-check proves them sound
            connection.execute("SET LOCAL session_replication_role = replica")
        for model, values in rows.items():
            if values:
                write(connection, model.__table__, columns[model], values, sqlite=database.is_sqlite)  # type: ignore[arg-type]
        connection.commit()


def write(
    connection: Any, table: Table, columns: Sequence[str], rows: Iterable[Sequence[Any]], *, sqlite: bool
) -> None:
    """Write rows through the driver: ``executemany`` on SQLite, ``COPY`` on PostgreSQL."""
    names = ", ".join(columns)
    if sqlite:
        marks = ", ".join("?" * len(columns))
        connection.executemany(f"INSERT INTO {table.name} ({names}) VALUES ({marks})", map(_plain, rows))
        return
    with connection.cursor() as cursor, cursor.copy(f"COPY {table.name} ({names}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


def _plain(row: Sequence[Any]) -> tuple[Any, ...]:
    """As SQLAlchemy writes days and instants on SQLite."""
    return tuple(
        value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f") if isinstance(value, datetime)
        else value.isoformat() if isinstance(value, date) else value
        for value in row
    )  # fmt: skip
