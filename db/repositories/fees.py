"""Bills, the units they are for, and what units paid ahead: loaded for a decision, moved after it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final, cast

from sqlalchemy import Table, bindparam, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from core.fees.allocation import OpenBill
from core.fees.billing import NewBill, UnitToBill
from core.fees.ledger import BillEffect
from core.fees.rollups import BillPlace
from core.kernel.identity import BillId, BuildingId, EstateId, UnitId
from core.kernel.money import ZERO, Money, price_to_micro
from core.kernel.periods import Month
from db.models import Base, Bill, Unit, UnitAccount

ACTIVE: Final = "active"
_OUTSTANDING: Final = Bill.amount_fen - Bill.paid_fen - Bill.relief_fen
_PLAIN: Final[dict[str, Any]] = {"synchronize_session": False}


@dataclass(frozen=True, slots=True)
class KnownBill:
    """A bill as it was read, with the version a change of it must still find."""

    bill: OpenBill
    building_id: BuildingId
    version: int

    @property
    def place(self) -> BillPlace:
        """Where the bill belongs."""
        return BillPlace(self.bill.unit_id, self.building_id, self.bill.service_month)


def table_of(model: type[Base]) -> Table:
    """The table behind a model, for statements in bulk."""
    return cast(Table, model.__table__)


def insert_or_add(
    session: Session, model: type[Base], rows: Sequence[Mapping[str, object]], *, sums: Sequence[str]
) -> None:
    """Insert rows; where the key is taken, add the named columns to what stands there."""
    if not rows:
        return
    table = table_of(model)
    dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    statement: Any = dialect.insert(table)
    added = {name: table.c[name] + statement.excluded[name] for name in sums}
    session.execute(
        statement.on_conflict_do_update(index_elements=list(table.primary_key.columns), set_=added),
        [dict(row) for row in rows],
    )


def _known(statement: Any, session: Session) -> tuple[KnownBill, ...]:
    return tuple(
        KnownBill(
            OpenBill(
                bill_id=BillId(row.id),
                unit_id=UnitId(row.unit_id),
                item=row.item,
                service_month=Month.from_number(row.service_month),
                due_date=row.due_date,
                outstanding=Money(row.outstanding),
            ),
            BuildingId(row.building_id),
            row.version,
        )
        for row in session.execute(statement)
    )


def _bills(estate: EstateId) -> Any:
    columns = (Bill.id, Bill.unit_id, Bill.building_id, Bill.item, Bill.service_month, Bill.due_date, Bill.version)
    return select(*columns, _OUTSTANDING.label("outstanding")).where(Bill.estate_id == estate)


def _is_open() -> Any:
    return Bill.paid_fen + Bill.relief_fen < Bill.amount_fen  # as the partial index says it


def open_bills(session: Session, estate: EstateId, unit: UnitId) -> tuple[KnownBill, ...]:
    """All bills of a unit on which something is outstanding."""
    return _known(_bills(estate).where(Bill.unit_id == unit, _is_open()), session)


def open_bills_of_units_with_credit(session: Session, estate: EstateId) -> tuple[KnownBill, ...]:
    """All open bills of every unit that has credit."""
    has_credit = select(UnitAccount.unit_id).where(UnitAccount.estate_id == estate, UnitAccount.credit_fen > 0)
    return _known(_bills(estate).where(_is_open(), Bill.unit_id.in_(has_credit)), session)


def bills_by_id(session: Session, estate: EstateId, bills: Iterable[BillId]) -> tuple[KnownBill, ...]:
    """The named bills, settled ones too."""
    return _known(_bills(estate).where(Bill.id.in_(list(bills))), session)


def owed_by_household(
    session: Session, estate: EstateId, months: Iterable[Month], unit: UnitId | None = None
) -> Mapping[tuple[UnitId, Month], Money]:
    """What each unit (or the one named) owes on all its bills of each month; units without a bill are not in it."""
    numbers = sorted({month.number for month in months})
    statement = select(Bill.unit_id, Bill.service_month, func.sum(_OUTSTANDING)).where(
        Bill.estate_id == estate, Bill.service_month.in_(numbers)
    )
    if unit is not None:
        statement = statement.where(Bill.unit_id == unit)
    rows = session.execute(statement.group_by(Bill.unit_id, Bill.service_month))
    return {(UnitId(owner), Month.from_number(number)): Money(int(fen)) for owner, number, fen in rows}


def owed_on(bills: Iterable[KnownBill]) -> Mapping[tuple[UnitId, Month], Money]:
    """What units owe by month, from *all* their open bills."""
    sums: dict[tuple[UnitId, Month], Money] = {}
    for known in bills:
        household = known.place.household
        sums[household] = sums.get(household, ZERO) + known.bill.outstanding
    return sums


def units_to_bill(session: Session, estate: EstateId) -> tuple[UnitToBill, ...]:
    """All active units in the order of their codes."""
    columns = (Unit.id, Unit.building_id, Unit.area, Unit.use, Unit.grade, Unit.handover_date)
    statement = select(*columns).where(Unit.estate_id == estate, Unit.state == ACTIVE).order_by(Unit.sort_key, Unit.id)
    return tuple(
        UnitToBill(
            unit_id=UnitId(number),
            building_id=BuildingId(building),
            area=Decimal(area).scaleb(-2),
            use=use,
            grade=grade,
            billable_from=handover,
        )
        for number, building, area, use, grade, handover in session.execute(statement)
    )


def billed_pairs(session: Session, estate: EstateId, month: Month) -> frozenset[tuple[UnitId, str]]:
    """Unit and item of every bill with this service month."""
    statement = select(Bill.unit_id, Bill.item).where(Bill.estate_id == estate, Bill.service_month == month.number)
    return frozenset((UnitId(unit), item) for unit, item in session.execute(statement))


def insert_bills(
    session: Session, estate: EstateId, bills: Mapping[BillId, NewBill], *, run: int, posted_on: date
) -> None:
    """Store new bills. The unique key refuses a second bill for a unit, item and month (R-021)."""
    prices: dict[Decimal, int] = {}
    rows = []
    for number, bill in bills.items():
        if bill.unit_price not in prices:
            prices[bill.unit_price] = price_to_micro(bill.unit_price)
        rows.append(
            {
                "estate_id": estate,
                "id": number,
                "unit_id": bill.unit_id,
                "building_id": bill.building_id,
                "item": bill.item,
                "service_month": bill.service_month.number,
                "months": bill.months,
                "due_date": bill.due_date,
                "tariff_id": bill.tariff_id,
                "quantity": int(bill.quantity.scaleb(2)),
                "unit_price": prices[bill.unit_price],
                "amount_fen": bill.amount.fen,
                "paid_fen": 0,
                "relief_fen": 0,
                "run_id": run,
                "posted_on": posted_on,
                "version": 1,
            }
        )
    session.execute(insert(table_of(Bill)), rows)


def settle_bills(
    session: Session, estate: EstateId, effects: Mapping[BillId, BillEffect], versions: Mapping[BillId, int]
) -> None:
    """Move what was paid and relieved on bills; raises ``StaleDataError`` if one is not as it was read."""
    changes = [
        {"e": estate, "b": bill, "seen": versions[bill], "paid": effect.received.fen, "relief": effect.relief.fen}
        for bill, effect in effects.items()
        if effect.received or effect.relief
    ]
    bills = table_of(Bill)
    statement = update(bills).where(
        bills.c.estate_id == bindparam("e"), bills.c.id == bindparam("b"), bills.c.version == bindparam("seen")
    )
    moved = statement.values(
        paid_fen=bills.c.paid_fen + bindparam("paid"),
        relief_fen=bills.c.relief_fen + bindparam("relief"),
        version=bills.c.version + 1,
    )
    change_exactly(session, moved, changes)


def change_exactly(session: Session, statement: Any, changes: Sequence[Mapping[str, object]]) -> None:
    """Run a guarded update for each change; raises ``StaleDataError`` unless every one finds its row."""
    if changes and cast(Any, session.execute(statement, [dict(change) for change in changes])).rowcount != len(changes):
        raise StaleDataError("a guarded update did not find its row")


def change_credit(session: Session, estate: EstateId, effects: Mapping[UnitId, Money]) -> None:
    """Move units' credit. The database refuses a credit below zero; a guard finds it first."""
    more = [
        {"estate_id": estate, "unit_id": u, "credit_fen": m.fen, "version": 1} for u, m in effects.items() if m > ZERO
    ]
    insert_or_add(session, UnitAccount, more, sums=("credit_fen", "version"))
    accounts = table_of(UnitAccount)
    statement = update(accounts).where(
        accounts.c.estate_id == bindparam("e"),
        accounts.c.unit_id == bindparam("u"),
        accounts.c.credit_fen >= bindparam("taken"),
    )
    statement = statement.values(credit_fen=accounts.c.credit_fen - bindparam("taken"), version=accounts.c.version + 1)
    less = [{"e": estate, "u": unit, "taken": -amount.fen} for unit, amount in effects.items() if amount < ZERO]
    change_exactly(session, statement, less)


def credit_of(session: Session, estate: EstateId, unit: UnitId) -> Money:
    """What a unit has paid ahead."""
    account = (UnitAccount.estate_id == estate, UnitAccount.unit_id == unit)
    return Money(session.scalar(select(UnitAccount.credit_fen).where(*account)) or 0)


def credits_of_units(session: Session, estate: EstateId) -> dict[UnitId, Money]:
    """The credit of every unit that has some."""
    columns = select(UnitAccount.unit_id, UnitAccount.credit_fen)
    rows = session.execute(columns.where(UnitAccount.estate_id == estate, UnitAccount.credit_fen > 0))
    return {UnitId(unit): Money(fen) for unit, fen in rows}


def is_unit(session: Session, estate: EstateId, unit: UnitId) -> bool:
    """Say whether the estate has this unit."""
    return session.scalar(select(Unit.id).where(Unit.estate_id == estate, Unit.id == unit)) is not None
