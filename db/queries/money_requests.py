"""Reversals and refunds asked for and decided (R-027, R-028)."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, select
from sqlalchemy.orm import aliased

from core.admin.permissions import Permission
from core.fees.approvals import RequestKind, RequestState
from core.kernel.filters import Slice
from core.kernel.identity import EstateId, PaymentId, UnitId, UserId
from core.kernel.money import Money
from db.models import Estate, MoneyRequest, Payment, Unit, User
from db.unit_of_work import Reader, query

_DECIDER = aliased(User)


@dataclass(frozen=True, slots=True)
class RequestsWanted:
    """The requests of an estate (``None``: all the person's): those that wait, or those that were decided."""

    estate_id: EstateId | None
    waiting: bool = True
    slice: Slice = field(default_factory=Slice)


@dataclass(frozen=True, slots=True)
class RequestRow:
    """A request. ``asked_by`` may not decide it; ``method`` is how a refund goes out."""

    estate_id: EstateId
    estate_name: str
    request_id: int
    kind: RequestKind
    state: RequestState
    unit_id: UnitId
    unit_code: str
    payment_id: PaymentId | None
    receipt_no: int | None
    amount: Money
    method: str
    reason: str
    asked_by: UserId | None
    asked_by_name: str
    asked_at: datetime
    decided_by_name: str
    decided_at: datetime | None
    decision_note: str
    version: int


@dataclass(frozen=True, slots=True)
class RequestList:
    """A screenful of requests, and how many there are."""

    rows: tuple[RequestRow, ...]
    total: int


@query(Permission.FEES_VIEW)
def money_requests(reader: Reader, wanted: RequestsWanted) -> RequestList:
    """Waiting requests, the oldest first; decided ones, the latest decision first."""
    request = MoneyRequest
    is_waiting = request.state == RequestState.WAITING.value
    conditions = [reader.scope(request.estate_id), is_waiting if wanted.waiting else ~is_waiting]
    if wanted.estate_id is not None:
        conditions.append(request.estate_id == wanted.estate_id)
    count = reader.scalar(select(func.count()).select_from(request).where(*conditions))
    order = (request.asked_at, request.id) if wanted.waiting else (request.decided_at.desc(), request.id.desc())
    names = (Unit.code, Payment.receipt_no, Estate.name.label("estate"), _DECIDER.display_name.label("decider"))
    statement = (
        select(*request.__table__.columns, *names)
        .join(Estate, Estate.id == request.estate_id)
        .join(Unit, (Unit.estate_id == request.estate_id) & (Unit.id == request.unit_id))
        .outerjoin(Payment, (Payment.estate_id == request.estate_id) & (Payment.id == request.payment_id))
        .outerjoin(_DECIDER, _DECIDER.id == request.decided_by)
        .where(*conditions)
        .order_by(*order)
        .limit(wanted.slice.limit)
        .offset(wanted.slice.offset)
    )
    return RequestList(tuple(_request(row) for row in reader.rows(statement)), count)


def _request(row: Row[Any]) -> RequestRow:
    return RequestRow(
        estate_id=EstateId(row.estate_id),
        estate_name=row.estate,
        request_id=row.id,
        kind=RequestKind(row.kind),
        state=RequestState(row.state),
        unit_id=UnitId(row.unit_id),
        unit_code=row.code,
        payment_id=None if row.payment_id is None else PaymentId(row.payment_id),
        receipt_no=row.receipt_no,
        amount=Money(row.amount_fen),
        method=row.method,
        reason=row.reason,
        asked_by=None if row.asked_by is None else UserId(row.asked_by),
        asked_by_name=row.asked_name,
        asked_at=row.asked_at,
        decided_by_name=row.decider or "",
        decided_at=row.decided_at,
        decision_note=row.decision_note,
        version=row.version,
    )
