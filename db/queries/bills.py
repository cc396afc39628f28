"""Bills as lists and one by one: what stands behind the overdue figures, down to the voucher (R-026, R-051)."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, func, select

from core.admin.permissions import Permission
from core.fees.collection import days_overdue
from core.fees.ledger import Account, EntryKind
from core.kernel.filters import EstateMonth, Slice
from core.kernel.identity import BillId, BuildingId, EstateId, UnitId
from core.kernel.money import Money, price_from_micro
from core.kernel.periods import Month, local_day
from db.models import Bill, JournalEntry, JournalLine, Payment, Unit, User
from db.queries.fee_overview import within
from db.queries.overdue import IS_OPEN, OUTSTANDING
from db.queries.paging import contains, search_text
from db.unit_of_work import NotFound, Reader, query

_HUNDREDTHS = Decimal("0.01")
_MOST_DAYS = 36_500
"""A hundred years; more days than that may stand in an address, and no bill is as old."""


class BillState(StrEnum):
    """Which bills are wanted."""

    OPEN = "open"
    OVERDUE = "overdue"
    SETTLED = "settled"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class BillsWanted:
    """The filter of the list. ``month`` is the month served (``None``: every month).

    ``days_from`` and ``days_to`` (both inclusive) narrow by days overdue, as an ageing bucket does.
    """

    estate_id: EstateId | None
    month: Month | None = None
    state: BillState = BillState.ALL
    building_id: BuildingId | None = None
    unit: str = ""
    days_from: int | None = None
    days_to: int | None = None
    slice: Slice = field(default_factory=Slice)


@dataclass(frozen=True, slots=True)
class BillRow:
    """A bill. ``days_overdue`` is 0 for a settled bill and for one not past its due date."""

    estate_id: EstateId
    bill_id: BillId
    unit_id: UnitId
    unit_code: str
    item: str
    service_month: Month
    due_date: date
    amount: Money
    paid: Money
    relief: Money
    days_overdue: int

    @property
    def outstanding(self) -> Money:
        """What is still to be paid."""
        return self.amount - self.paid - self.relief

    @property
    def state(self) -> BillState:
        """Settled, overdue or open."""
        if not self.outstanding:
            return BillState.SETTLED
        return BillState.OVERDUE if self.days_overdue else BillState.OPEN


@dataclass(frozen=True, slots=True)
class BillList:
    """A screenful of bills, with the count and the sums of all bills of the filter."""

    rows: tuple[BillRow, ...]
    total: int
    amount: Money
    paid: Money
    relief: Money

    @property
    def outstanding(self) -> Money:
        """What is still to be paid on all of them."""
        return self.amount - self.paid - self.relief


@dataclass(frozen=True, slots=True)
class BillMovement:
    """One ledger line on a bill: above zero it raises what is owed, below zero it settles."""

    entry_id: int
    kind: EntryKind
    business_date: date
    posted_at: datetime
    posted_by: str
    amount: Money
    payment_id: int | None
    receipt_no: int | None
    method: str


@dataclass(frozen=True, slots=True)
class BillWanted:
    """One bill."""

    estate_id: EstateId
    bill_id: BillId


@dataclass(frozen=True, slots=True)
class BillDetail:
    """A bill with how its amount came about and every movement on it, oldest first."""

    bill: BillRow
    quantity: Decimal
    unit_price: Decimal
    months: int
    tariff_id: int
    run_id: int
    posted_on: date
    movements: tuple[BillMovement, ...]

    @property
    def balances(self) -> bool:
        """Say whether the ledger lines leave exactly what the bill says is outstanding."""
        return sum(movement.amount.fen for movement in self.movements) == self.bill.outstanding.fen


@query(Permission.FEES_VIEW)
def bills(reader: Reader, wanted: BillsWanted) -> BillList:
    """Bills of the filter: unpaid ones by due date, others by unit and month."""
    today = local_day(reader.now)
    conditions = _conditions(reader, wanted, today)
    money = (func.sum(column).label(column.key) for column in (Bill.amount_fen, Bill.paid_fen, Bill.relief_fen))
    sums = select(func.count().label("all"), *money).select_from(Bill)
    if search_text(wanted.unit):
        sums = sums.join(Unit, _unit_of(Bill))
    whole = reader.rows(sums.where(*conditions))[0]
    listed = _listed().where(*conditions).order_by(*_order(wanted))
    rows = reader.rows(listed.limit(wanted.slice.limit).offset(wanted.slice.offset))
    amounts = (_money(fen) for fen in (whole.amount_fen, whole.paid_fen, whole.relief_fen))
    return BillList(tuple(_bill_row(row, today) for row in rows), whole.all, *amounts)


def _conditions(reader: Reader, wanted: BillsWanted, today: date) -> list[ColumnElement[bool]]:
    month = wanted.month or Month.of(today)
    found = list(within(reader, EstateMonth(wanted.estate_id, month), Bill.estate_id))
    if wanted.month is not None:
        found.append(Bill.service_month == wanted.month.number)
    if wanted.building_id is not None:
        found.append(Bill.building_id == wanted.building_id)
    if search_text(wanted.unit):
        found.append(contains(wanted.unit, Unit.code))
    if wanted.state in (BillState.OPEN, BillState.OVERDUE):
        found.append(IS_OPEN)
    if wanted.state is BillState.SETTLED:
        found.append(OUTSTANDING == 0)
    return found + _due_conditions(wanted, today)


def _due_conditions(wanted: BillsWanted, today: date) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.state is BillState.OVERDUE:
        found.append(Bill.due_date < today)
    if wanted.days_from is not None:
        found.append(Bill.due_date <= today - timedelta(days=min(wanted.days_from, _MOST_DAYS)))
    if wanted.days_to is not None:
        found.append(Bill.due_date >= today - timedelta(days=min(wanted.days_to, _MOST_DAYS)))
    return found


def _order(wanted: BillsWanted) -> tuple[Any, ...]:
    if wanted.state in (BillState.OPEN, BillState.OVERDUE):
        return Bill.estate_id, Bill.due_date, Bill.unit_id, Bill.id
    if wanted.estate_id is None:
        return Bill.estate_id, Bill.service_month, Bill.building_id, Bill.unit_id, Bill.id
    return Unit.sort_key, Bill.service_month, Bill.id


def _unit_of(table: Any) -> ColumnElement[bool]:
    condition: ColumnElement[bool] = (Unit.estate_id == table.estate_id) & (Unit.id == table.unit_id)
    return condition


def _listed() -> Select[Any]:
    columns: tuple[Any, ...] = (Bill.estate_id, Bill.id, Bill.unit_id, Unit.code, Bill.item, Bill.service_month)
    money = (Bill.amount_fen, Bill.paid_fen, Bill.relief_fen)
    return select(*columns, Bill.due_date, *money).join(Unit, _unit_of(Bill))


def _bill_row(row: Row[Any], today: date) -> BillRow:
    is_open = row.paid_fen + row.relief_fen < row.amount_fen
    return BillRow(
        estate_id=EstateId(row.estate_id),
        bill_id=BillId(row.id),
        unit_id=UnitId(row.unit_id),
        unit_code=row.code,
        item=row.item,
        service_month=Month.from_number(row.service_month),
        due_date=row.due_date,
        amount=Money(row.amount_fen),
        paid=Money(row.paid_fen),
        relief=Money(row.relief_fen),
        days_overdue=days_overdue(due_date=row.due_date, today=today) if is_open else 0,
    )


def _money(value: Any) -> Money:
    return Money(int(value or 0))


@query(Permission.FEES_VIEW)
def bill_detail(reader: Reader, wanted: BillWanted) -> BillDetail:
    """One bill and its movements; ``NotFound`` when it is not there or outside the person's estates."""
    more = (Bill.quantity, Bill.unit_price, Bill.months, Bill.tariff_id, Bill.run_id, Bill.posted_on)
    here = (reader.scope(Bill.estate_id), Bill.estate_id == wanted.estate_id, Bill.id == wanted.bill_id)
    found = reader.rows(_listed().add_columns(*more).where(*here))
    if not found:
        raise NotFound
    row = found[0]
    return BillDetail(
        bill=_bill_row(row, local_day(reader.now)),
        quantity=Decimal(row.quantity) * _HUNDREDTHS,
        unit_price=price_from_micro(row.unit_price),
        months=row.months,
        tariff_id=row.tariff_id,
        run_id=row.run_id,
        posted_on=row.posted_on,
        movements=_movements(reader, wanted),
    )


def _movements(reader: Reader, wanted: BillWanted) -> tuple[BillMovement, ...]:
    line, entry = JournalLine, JournalEntry
    statement = (
        select(
            entry.id,
            entry.kind,
            entry.business_date,
            entry.posted_at,
            User.display_name,
            line.amount_fen,
            Payment.id.label("payment_id"),
            Payment.receipt_no,
            Payment.method,
        )
        .join(entry, (entry.estate_id == line.estate_id) & (entry.id == line.entry_id))
        .outerjoin(Payment, _payment_of_entry())
        .outerjoin(User, User.id == entry.posted_by)
        .where(line.estate_id == wanted.estate_id, line.bill_id == wanted.bill_id)
        .where(line.account == Account.RECEIVABLE.value)
        .order_by(entry.business_date, entry.id, line.line)
    )
    return tuple(_movement(row) for row in reader.rows(statement))


def _payment_of_entry() -> ColumnElement[bool]:
    """The payment an entry posts, or the one a reversal takes back (its ``source_id``)."""
    entry = JournalEntry
    money = entry.kind.in_((EntryKind.PAYMENT.value, EntryKind.REVERSAL.value))
    return (Payment.estate_id == entry.estate_id) & (Payment.id == entry.source_id) & money


def _movement(row: Row[Any]) -> BillMovement:
    return BillMovement(
        entry_id=row.id,
        kind=EntryKind(row.kind),
        business_date=row.business_date,
        posted_at=row.posted_at,
        posted_by=row.display_name or "",
        amount=Money(row.amount_fen),
        payment_id=row.payment_id,
        receipt_no=row.receipt_no,
        method=row.method or "",
    )
