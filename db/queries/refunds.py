"""What a unit has paid ahead, for who asks for a refund of it (R-027)."""

from dataclasses import dataclass

from sqlalchemy import select

from core.admin.permissions import Permission
from core.kernel.identity import EstateId, UnitId
from core.kernel.money import Money
from db.models import Unit, UnitAccount
from db.unit_of_work import NotFound, Reader, query


@dataclass(frozen=True, slots=True)
class RefundWanted:
    """One unit."""

    estate_id: EstateId
    unit_id: UnitId


@dataclass(frozen=True, slots=True)
class UnitCredit:
    """A unit and what it has paid ahead."""

    unit_code: str
    credit: Money


@query(Permission.REFUNDS_ASK)
def unit_credit(reader: Reader, wanted: RefundWanted) -> UnitCredit:
    """A unit's credit; ``NotFound`` when the unit is not there."""
    account = (UnitAccount.estate_id == Unit.estate_id) & (UnitAccount.unit_id == Unit.id)
    here = (reader.scope(Unit.estate_id), Unit.estate_id == wanted.estate_id, Unit.id == wanted.unit_id)
    rows = reader.rows(select(Unit.code, UnitAccount.credit_fen).outerjoin(UnitAccount, account).where(*here))
    if not rows:
        raise NotFound
    return UnitCredit(rows[0].code, Money(rows[0].credit_fen or 0))
