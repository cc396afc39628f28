"""The counter: find a unit, and see at once what it owes and what it has paid (R-024 to R-027)."""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import func, select

from core.admin.permissions import Permission
from core.fees.allocation import OpenBill
from core.kernel.identity import BillId, EstateId, UnitId
from core.kernel.money import Money, total
from core.kernel.periods import Month, local_day
from db.models import Bill, Customer, Estate, Occupancy, Payment, Unit, UnitAccount
from db.queries.overdue import IS_OPEN, OUTSTANDING
from db.queries.paging import contains, search_text
from db.queries.payments import PaymentRow, masked, payment_row, payment_rows
from db.repositories.customers import name_place
from db.unit_of_work import NotFound, Reader, query

MOST_HITS: Final = 20
LATEST_PAYMENTS: Final = 5


@dataclass(frozen=True, slots=True)
class UnitSearch:
    """A part of a unit's code, in one estate or all the person's."""

    estate_id: EstateId | None
    text: str


@dataclass(frozen=True, slots=True)
class UnitHit:
    """A unit found."""

    estate_id: EstateId
    estate_name: str
    unit_id: UnitId
    code: str


@query(Permission.PAYMENTS_TAKE)
def units_found(reader: Reader, wanted: UnitSearch) -> tuple[UnitHit, ...]:
    """Units whose code holds the text, the exact code first, twenty at most; nothing for an empty text."""
    text = search_text(wanted.text)
    if not text:
        return ()
    statement = (
        select(Unit.estate_id, Estate.name, Unit.id, Unit.code)
        .join(Estate, Estate.id == Unit.estate_id)
        .where(reader.scope(Unit.estate_id), contains(text, Unit.code))
        .order_by(func.length(Unit.code) != len(text), Unit.estate_id, Unit.sort_key, Unit.id)
        .limit(MOST_HITS)
    )
    if wanted.estate_id is not None:
        statement = statement.where(Unit.estate_id == wanted.estate_id)
    rows = reader.rows(statement)
    return tuple(UnitHit(EstateId(row.estate_id), row.name, UnitId(row.id), row.code) for row in rows)


@dataclass(frozen=True, slots=True)
class UnitWanted:
    """One unit at the counter."""

    estate_id: EstateId
    unit_id: UnitId


@dataclass(frozen=True, slots=True)
class Occupant:
    """Who owns or lives in the unit today; the name is masked."""

    relation: str
    name: str


@dataclass(frozen=True, slots=True)
class CounterUnit:
    """What the counter shows of a unit: who is there, what is open (oldest first), credit, the latest payments."""

    estate_id: EstateId
    unit_id: UnitId
    code: str
    estate_name: str
    occupants: tuple[Occupant, ...]
    bills: tuple[OpenBill, ...]
    credit: Money
    payments: tuple[PaymentRow, ...]

    @property
    def due(self) -> Money:
        """All that is open together."""
        return total(bill.outstanding for bill in self.bills)

    @property
    def to_pay(self) -> Money:
        """What is left to pay if the credit is used; never below zero."""
        return max(self.due - self.credit, Money(0))


@query(Permission.PAYMENTS_TAKE)
def counter_unit(reader: Reader, wanted: UnitWanted) -> CounterUnit:
    """A unit as the counter sees it; ``NotFound`` when it is not there or outside the person's estates."""
    here = (reader.scope(Unit.estate_id), Unit.estate_id == wanted.estate_id, Unit.id == wanted.unit_id)
    account = (UnitAccount.estate_id == Unit.estate_id) & (UnitAccount.unit_id == Unit.id)
    columns = select(Unit.code, Estate.name, UnitAccount.credit_fen).join(Estate, Estate.id == Unit.estate_id)
    found = reader.rows(columns.outerjoin(UnitAccount, account).where(*here))
    if not found:
        raise NotFound
    own = (Payment.estate_id == wanted.estate_id, Payment.unit_id == wanted.unit_id)
    latest = payment_rows().where(*own).order_by(Payment.id.desc()).limit(LATEST_PAYMENTS)
    return CounterUnit(
        estate_id=wanted.estate_id,
        unit_id=wanted.unit_id,
        code=found[0].code,
        estate_name=found[0].name,
        occupants=_occupants(reader, wanted),
        bills=_open_bills(reader, wanted),
        credit=Money(found[0].credit_fen or 0),
        payments=tuple(payment_row(row, reader) for row in reader.rows(latest)),
    )


def _occupants(reader: Reader, wanted: UnitWanted) -> tuple[Occupant, ...]:
    today = local_day(reader.now)
    began = Occupancy.start_date.is_(None) | (Occupancy.start_date <= today)
    stays = Occupancy.end_date.is_(None) | (Occupancy.end_date > today)
    customer = (Customer.estate_id == Occupancy.estate_id) & (Customer.id == Occupancy.customer_id)
    statement = (
        select(Occupancy.relation, Customer.id, Customer.name_sealed)
        .join(Customer, customer)
        .where(Occupancy.estate_id == wanted.estate_id, Occupancy.unit_id == wanted.unit_id, began, stays)
        .order_by(Occupancy.relation, Occupancy.id)
    )
    return tuple(
        Occupant(row.relation, masked(reader, row.name_sealed, name_place(wanted.estate_id, row.id)))
        for row in reader.rows(statement)
    )


def _open_bills(reader: Reader, wanted: UnitWanted) -> tuple[OpenBill, ...]:
    columns = (Bill.id, Bill.unit_id, Bill.item, Bill.service_month, Bill.due_date, OUTSTANDING.label("fen"))
    own = (Bill.estate_id == wanted.estate_id, Bill.unit_id == wanted.unit_id, IS_OPEN)
    bills = (
        OpenBill(
            bill_id=BillId(row.id),
            unit_id=UnitId(row.unit_id),
            item=row.item,
            service_month=Month.from_number(row.service_month),
            due_date=row.due_date,
            outstanding=Money(row.fen),
        )
        for row in reader.rows(select(*columns).where(*own))
    )
    return tuple(sorted(bills, key=lambda bill: bill.age))
