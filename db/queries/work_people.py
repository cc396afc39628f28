"""Whom a request can be given to or be visited by, and who has requests now (R-112, R-118)."""

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import case, func, or_, select

from core.admin.permissions import Permission
from core.kernel.identity import EstateId, StaffId
from core.staff.records import StaffState
from core.work_orders.kinds import SKILLS, WorkKind
from db.models import StaffMember, WorkOrder
from db.repositories.service_access import orders_seen_by
from db.unit_of_work import Reader, query

MOST_PEOPLE: Final = 500


@dataclass(frozen=True, slots=True)
class OrderPeopleWanted:
    """Who may carry out a kind of work in an estate."""

    estate_id: EstateId
    kind: WorkKind


@dataclass(frozen=True, slots=True)
class OrderPerson:
    """Somebody who may be given a request; ``skilled``: post or department do this kind of work."""

    staff_id: StaffId
    number: str
    name: str
    post: str
    department: str
    skilled: bool


@dataclass(frozen=True, slots=True)
class OrderHandlersWanted:
    """The handlers of requests in an estate (``None``: in all the person's)."""

    estate_id: EstateId | None = None


@dataclass(frozen=True, slots=True)
class OrderHandler:
    """Somebody with open requests, to filter by."""

    staff_id: StaffId
    name: str
    orders: int


@query(Permission.ORDERS_REGISTER)
def order_people(reader: Reader, wanted: OrderPeopleWanted) -> tuple[OrderPerson, ...]:
    """The active staff of the estate and of the whole company, those of the skill first, then by name."""
    reader.actor.require(Permission.ORDERS_REGISTER, wanted.estate_id)
    member, skill = StaffMember, SKILLS[wanted.kind]
    fits: Any = case((or_(member.post.in_(skill.posts), member.department == skill.department), 1), else_=0)
    here = or_(member.estate_id.is_(None), member.estate_id == wanted.estate_id)
    statement = (
        select(member.id, member.number, member.name, member.post, member.department, fits.label("skilled"))
        .where(here, member.state == StaffState.ACTIVE.value)
        .order_by(fits.desc(), member.name, member.id)
        .limit(MOST_PEOPLE)
    )
    return tuple(
        OrderPerson(StaffId(row.id), row.number, row.name, row.post, row.department, bool(row.skilled))
        for row in reader.rows(statement)
    )


@query(Permission.ORDERS_VIEW)
def order_handlers(reader: Reader, wanted: OrderHandlersWanted) -> tuple[OrderHandler, ...]:
    """Who has open requests that the person sees, by name, with how many."""
    conditions = [WorkOrder.ended_on.is_(None), reader.scope(WorkOrder.estate_id), orders_seen_by(reader.actor)]
    if wanted.estate_id is not None:
        conditions.append(WorkOrder.estate_id == wanted.estate_id)
    statement = (
        select(StaffMember.id, StaffMember.name, func.count().label("orders"))
        .join(WorkOrder, WorkOrder.handler_id == StaffMember.id)
        .where(*conditions)
        .group_by(StaffMember.id, StaffMember.name)
        .order_by(StaffMember.name, StaffMember.id)
        .limit(MOST_PEOPLE)
    )
    return tuple(OrderHandler(StaffId(row.id), row.name, row.orders) for row in reader.rows(statement))
