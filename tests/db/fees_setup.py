"""An estate with units to bill, short ways to act in it, and the books worked out anew from the facts."""

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, TypeVar

from sqlalchemy import insert, select

from core.admin.permissions import Actor
from core.fees.tariffs import Basis
from core.kernel.identity import BuildingId, EstateId, PaymentId, TariffId, UnitId
from core.kernel.money import Money
from core.kernel.periods import Month
from db.engine import Database
from db.models import (
    Allocation,
    AuditEntry,
    Base,
    Bill,
    Building,
    DailyReceipt,
    Estate,
    EstateHead,
    HouseholdMonth,
    JournalEntry,
    JournalLine,
    MoneyRequest,
    Payment,
    ReceivableCell,
    Reversal,
    Unit,
    UnitAccount,
)
from db.operations.bill_runs import PostBillRun, PostedBillRun, PrepareBillRun, post_bill_run, prepare_bill_run
from db.operations.money_requests import AskReversal, DecideRequest, ask_reversal, decide_request
from db.operations.payments import Receipt, RecordPayment, record_payment
from db.operations.tariffs import ApproveTariff, ProposeTariff, approve_tariff, propose_tariff
from db.unit_of_work import perform
from tests.kept import built_once
from tests.personas import ACCOUNTANT, CASHIER, SUPERVISOR

NOW = datetime(2026, 7, 10, 2, 0, tzinfo=UTC)
JUNE = Month(2026, 6)
C = TypeVar("C")
R = TypeVar("R")


@dataclass
class World:
    """One estate in a database. ``act`` carries an operation out as somebody, now."""

    database: Database
    estate: EstateId
    units: tuple[UnitId, ...]
    buildings: tuple[BuildingId, ...]
    now: datetime = NOW
    intents: int = field(default=0)

    def act(self, who: Actor, operation: Callable[[Any, C], R], command: C) -> R:
        return perform(self.database, operation, command, identify=lambda _c, _n: who, now=self.now)

    def tariff(self, price: str = "2.35", **given: Any) -> TariffId:
        """Propose and approve a tariff: property fee by area unless told otherwise."""
        wanted = {
            "item": "property",
            "basis": Basis.AREA,
            "prices": (("", Decimal(price)),),
            "valid_from": date(2026, 1, 1),
        }
        number = self.act(ACCOUNTANT, propose_tariff, ProposeTariff(self.estate, **{**wanted, **given}))
        self.act(SUPERVISOR, approve_tariff, ApproveTariff(self.estate, number, 1))
        return number

    def bill(self, month: Month = JUNE) -> PostedBillRun:
        run = self.act(ACCOUNTANT, prepare_bill_run, PrepareBillRun(self.estate, month))
        return self.act(SUPERVISOR, post_bill_run, PostBillRun(self.estate, run.run_id, run.version))

    def payment(self, unit: UnitId, yuan: str, **given: Any) -> RecordPayment:
        """A cash payment received now, under a new intent, unless told otherwise."""
        self.intents += 1
        plain = RecordPayment(
            estate_id=self.estate,
            intent_id=f"intent-{self.intents:04d}",
            unit_id=unit,
            payer_name="王小明",
            amount=Money.of(yuan),
            method="cash",
            received_at=self.now,
        )
        return replace(plain, **given)

    def pay(self, unit: UnitId, yuan: str, **given: Any) -> Receipt:
        return self.act(CASHIER, record_payment, self.payment(unit, yuan, **given))

    def reverse(self, payment: PaymentId) -> None:
        request = self.act(CASHIER, ask_reversal, AskReversal(self.estate, payment, "entered twice"))
        self.act(SUPERVISOR, decide_request, DecideRequest(self.estate, request, approve=True, note="", version=1))

    def rows(self, model: type[Base]) -> list[Any]:
        """Every row of a table in this estate, by its columns' names, in the order of its key."""
        table: Any = model.__table__
        statement = select(table).where(table.c.estate_id == self.estate).order_by(*table.primary_key.columns)
        with self.database.reading() as connection:
            return list(connection.execute(statement).all())

    def bills(self, unit: UnitId | None = None) -> list[Any]:
        return [bill for bill in self.rows(Bill) if unit in (None, bill.unit_id)]

    def outstanding(self, unit: UnitId) -> dict[tuple[Month, str], int]:
        """What is left on each bill of a unit, in fen."""
        return {
            (Month.from_number(bill.service_month), bill.item): bill.amount_fen - bill.paid_fen - bill.relief_fen
            for bill in self.bills(unit)
        }

    def credit(self, unit: UnitId) -> int:
        return sum(row.credit_fen for row in self.rows(UnitAccount) if row.unit_id == unit)

    def audited(self) -> list[str]:
        """The actions in the estate's audit log, in order."""
        with self.database.reading() as connection:
            log = select(AuditEntry.action).where(AuditEntry.chain == self.estate).order_by(AuditEntry.seq)
            return list(connection.scalars(log))


def a_world(database: Database, *, number: int = 1, areas: Sequence[str] = ("100.00", "80.00", "50.00")) -> World:
    """An estate whose first building has all units but the last, which stands in the second building."""
    units = [
        {
            "estate_id": number,
            "id": 11 + place,
            "building_id": 1 if place < len(areas) - 1 else 2,
            "code": f"1-{101 + place}",
            "sort_key": f"{place:05d}",
            "area": int(Decimal(area).scaleb(2)),
            "use": "residential",
        }
        for place, area in enumerate(areas)
    ]
    buildings = [{"estate_id": number, "id": i, "code": str(i), "sort_key": str(i)} for i in (1, 2)]
    estate = {
        "id": number,
        "code": f"E{number}",
        "name": "Garden",
        "natural_key": f"garden {number}",
        "created_at": NOW,
    }
    with database.writing() as connection, connection.begin():
        connection.execute(insert(Estate), estate)
        connection.execute(insert(EstateHead), {"estate_id": number, "next_id": 1_000_000})
        connection.execute(insert(Building), buildings)
        connection.execute(insert(Unit), units)
    numbers = tuple(UnitId(11 + place) for place in range(len(areas)))
    return World(database, EstateId(number), numbers, (BuildingId(1), BuildingId(2)))


@built_once
def a_billed_world(database: Database, **given: Any) -> World:
    """An estate with June 2026 billed at 2.35 yuan: 235.00, 188.00 and 117.50."""
    world = a_world(database, **given)
    world.tariff()
    world.bill()
    return world


def check_books(world: World) -> None:
    """Work everything out anew from the facts, and hold what is stored against it."""
    entries, lines = world.rows(JournalEntry), world.rows(JournalLine)
    _check_entries(entries, lines)
    _check_bills(world, entries, lines)
    _check_credit(world, lines)
    _check_receipts(world)
    _check_cells(world)
    _check_households(world)
    _check_days(world)


def _check_entries(entries: list[Any], lines: list[Any]) -> None:
    by_entry: defaultdict[int, list[int]] = defaultdict(list)
    for line in lines:
        by_entry[line.entry_id].append(line.amount_fen)
    assert set(by_entry) == {entry.id for entry in entries}
    assert all(sum(fen) == 0 and len(fen) >= 2 for fen in by_entry.values())
    reversed_entries = [entry.reverses_id for entry in entries if entry.reverses_id is not None]
    assert len(reversed_entries) == len(set(reversed_entries))


def _check_bills(world: World, entries: list[Any], lines: list[Any]) -> None:
    owed: Counter[int] = Counter()
    for line in lines:
        if line.account == "receivable":
            owed[line.bill_id] += line.amount_fen
    paid: Counter[int] = Counter()
    for part in world.rows(Allocation):
        paid[part.bill_id] += part.amount_fen
    bills = world.bills()
    assert {line.bill_id for line in lines if line.bill_id} <= {bill.id for bill in bills}
    for bill in bills:
        left = bill.amount_fen - bill.paid_fen - bill.relief_fen
        assert left >= 0
        assert left == owed[bill.id]
        assert bill.paid_fen == paid[bill.id]


def _check_credit(world: World, lines: list[Any]) -> None:
    credit: Counter[int] = Counter()
    for line in lines:
        if line.account == "customer_credit":
            credit[line.unit_id] -= line.amount_fen
    stored = {row.unit_id: row.credit_fen for row in world.rows(UnitAccount)}
    assert _some(stored) == _some(credit)
    assert all(fen >= 0 for fen in stored.values())


def _check_receipts(world: World) -> None:
    numbers = sorted(payment.receipt_no for payment in world.rows(Payment))
    (head,) = world.rows(EstateHead)
    assert numbers == list(range(1, head.last_receipt + 1))


def _check_cells(world: World) -> None:
    facts: defaultdict[tuple[int, int, int], list[int]] = defaultdict(lambda: [0, 0, 0])
    bills = {bill.id: bill for bill in world.bills()}
    for bill in bills.values():
        facts[bill.service_month, Month.of(bill.posted_on).number, bill.building_id][0] += bill.amount_fen
    for part in world.rows(Allocation):
        bill = bills[part.bill_id]
        facts[bill.service_month, Month.of(part.business_date).number, bill.building_id][1] += part.amount_fen
    stored = {
        (cell.service_month, cell.posting_month, cell.building_id): [
            cell.billed_fen,
            cell.received_fen,
            cell.relief_fen,
        ]
        for cell in world.rows(ReceivableCell)
    }
    assert _some(stored) == _some(facts)


def _check_households(world: World) -> None:
    owed: Counter[tuple[int, int, int]] = Counter()
    for bill in world.bills():
        owed[bill.service_month, bill.building_id, bill.unit_id] += bill.amount_fen - bill.paid_fen - bill.relief_fen
    facts: defaultdict[tuple[int, int], list[int]] = defaultdict(lambda: [0, 0])
    for (month, building, _unit), fen in owed.items():
        facts[month, building][0] += 1
        facts[month, building][1] += fen == 0
    stored = {
        (cell.service_month, cell.building_id): [cell.billed_units, cell.settled_units]
        for cell in world.rows(HouseholdMonth)
    }
    assert stored == dict(facts)


def _check_days(world: World) -> None:
    facts: defaultdict[tuple[date, str], list[int]] = defaultdict(lambda: [0, 0])
    payments = {payment.id: payment for payment in world.rows(Payment)}
    for payment in payments.values():
        facts[payment.business_date, payment.method][0] += payment.amount_fen
        facts[payment.business_date, payment.method][1] += 1
    for reversal in world.rows(Reversal):
        payment = payments[reversal.payment_id]
        facts[reversal.business_date, payment.method][0] -= payment.amount_fen
    days = {entry.id: entry.business_date for entry in world.rows(JournalEntry)}
    for request in world.rows(MoneyRequest):
        if request.kind == "refund" and request.state == "approved":
            facts[days[request.entry_id], request.method][0] -= request.amount_fen
    stored = {(row.business_date, row.method): [row.amount_fen, row.payments] for row in world.rows(DailyReceipt)}
    assert _some(stored) == _some(facts)


def _some(figures: Any) -> dict[Any, Any]:
    """Leave out what is zero throughout: whether such a row is there makes no difference."""
    return {key: value for key, value in figures.items() if (any(value) if isinstance(value, list) else value)}
