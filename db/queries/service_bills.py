"""The bills of a unit that a complaint or request may be about (R-103)."""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import and_, select

from core.admin.permissions import Permission
from core.kernel.identity import BillId, EstateId
from core.kernel.money import Money
from core.kernel.periods import Month
from db.models import Bill, Unit
from db.unit_of_work import Reader, query

MOST: Final = 60


@dataclass(frozen=True, slots=True)
class UnitBillsWanted:
    """The bills of a unit, by its code."""

    estate_id: EstateId
    unit_code: str


@dataclass(frozen=True, slots=True)
class UnitBill:
    """A bill to choose from."""

    bill_id: BillId
    item: str
    month: Month
    amount: Money
    outstanding: Money


@query(Permission.FEES_VIEW)
def unit_bills(reader: Reader, wanted: UnitBillsWanted) -> tuple[UnitBill, ...]:
    """The newest first, sixty at most; one statement."""
    statement = (
        select(Bill.id, Bill.item, Bill.service_month, Bill.amount_fen, Bill.paid_fen, Bill.relief_fen)
        .join(Unit, and_(Unit.estate_id == Bill.estate_id, Unit.id == Bill.unit_id))
        .where(Bill.estate_id == wanted.estate_id, Unit.code == wanted.unit_code, reader.scope(Bill.estate_id))
        .order_by(Bill.service_month.desc(), Bill.item, Bill.id.desc())
        .limit(MOST)
    )
    return tuple(
        UnitBill(
            BillId(row.id),
            row.item,
            Month.from_number(row.service_month),
            Money(row.amount_fen),
            Money(row.amount_fen - row.paid_fen - row.relief_fen),
        )
        for row in reader.rows(statement)
    )
