"""What else is going on in a household: its people, its open cases and requests, what it owes (R-081, R-097)."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, Select, Subquery, and_, case, func, literal, select

from core.admin.permissions import Actor, Permission
from core.complaints.states import CaseState
from core.complaints.taxonomy import RecordType
from core.customers.customer_record import contact_shown
from core.customers.profiles import CareFlag, Relation
from core.kernel.identity import CustomerId, EstateId, UnitId
from core.kernel.money import Money
from core.kernel.periods import local_day
from core.kernel.records import RecordKind
from core.work_orders.states import WorkState
from core.work_orders.states import running_clocks as clocks_of_order
from db.models import Bill, Case, Customer, Occupancy, ServiceRecord, StaffMember, WorkOrder
from db.queries.case_views import case_level
from db.queries.overdue import IS_OPEN, OUTSTANDING
from db.queries.service_rows import Queued, QueueLevel, level_of
from db.queries.units import care_codes, care_of, is_current
from db.repositories.customers import open_name, open_phone
from db.repositories.keyed import Key, keyed
from db.repositories.service_access import cases_seen_by, orders_seen_by
from db.unit_of_work import NotFound, Reader

MOST_RELATED: Final = 20
"""Records of one tie that are listed, the newest."""


_LARGEST_ESTATE: Final = 2**31 - 1
_LARGEST: Final = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Resident:
    """Somebody who has to do with a unit today; name and phone masked. ``care``: for people with customer rights."""

    customer_id: CustomerId
    name: str
    phone: str
    has_phone: bool
    relation: Relation
    care: tuple[CareFlag, ...]


@dataclass(frozen=True, slots=True)
class Related:
    """A case or request that has to do with another, without a word of what was said.

    ``topic``: the record type of a case, the kind of a request; ``detail``: sub-category or public system, or "".
    ``state`` is a ``CaseState`` or ``WorkState`` by its value. ``may_open``: whether the person sees it.
    """

    kind: RecordKind
    record_id: int
    number: str
    topic: str
    detail: str
    state: str
    registered_at: datetime
    handler_name: str
    level: QueueLevel
    may_open: bool


@dataclass(frozen=True, slots=True)
class Arrears:
    """What a unit owes past its due date: how much, in how many bills, since when."""

    amount: Money
    bills: int
    oldest_due: date | None


def check_numbers(estate: int, number: int) -> None:
    """Raise ``NotFound`` for numbers no record can have; an address may name any."""
    if not (0 <= estate <= _LARGEST_ESTATE and 0 <= number <= _LARGEST):
        raise NotFound


def related(reader: Reader, table: Queued, tie: str, *conditions: ColumnElement[bool]) -> Select[Any]:
    """The newest records of a tie, as one part of :func:`related_records`."""
    of_case = table is Case
    topic = Case.record_type if of_case else WorkOrder.kind
    detail = Case.sub_category if of_case else WorkOrder.failure
    seen = cases_seen_by(reader.actor) if of_case else _orders_opened_by(reader.actor)
    columns: tuple[Any, ...] = (
        literal(tie).label("tie"),
        ServiceRecord.kind.label("kind"),
        table.id.label("id"),
        ServiceRecord.number.label("number"),
        topic.label("topic"),
        detail.label("detail"),
        table.state.label("state"),
        table.registered_at.label("registered_at"),
        table.due_target.label("due_target"),
        table.due_hard.label("due_hard"),
        table.unit_id.label("unit_id"),
        table.place.label("place"),
        func.coalesce(StaffMember.name, "").label("handler_name"),
        case((seen, 1), else_=0).label("may_open"),
    )
    newest = (
        select(*columns)
        .join(ServiceRecord, and_(ServiceRecord.estate_id == table.estate_id, ServiceRecord.id == table.id))
        .outerjoin(StaffMember, StaffMember.id == table.handler_id)
        .where(reader.scope(table.estate_id), *conditions)
        .order_by(table.registered_at.desc(), table.id.desc())
        .limit(MOST_RELATED)
    )
    return select(newest.subquery())


def _orders_opened_by(actor: Actor) -> ColumnElement[bool]:
    return and_(literal(actor.may(Permission.ORDERS_VIEW)), orders_seen_by(actor))


def by_tie(rows: Iterable[Row[Any]]) -> Mapping[str, list[Row[Any]]]:
    """Sort the rows of several ties, newest first in each."""
    found: defaultdict[str, list[Row[Any]]] = defaultdict(list)
    for row in sorted(rows, key=lambda row: (row.registered_at, row.id), reverse=True):
        found[row.tie].append(row)
    return found


def related_row(row: Row[Any], now: datetime) -> Related:
    """One such row."""
    kind = RecordKind(row.kind)
    dues: dict[str, Any] = {"due_target": row.due_target, "due_hard": row.due_hard, "now": now}
    if kind is RecordKind.CASE:
        level = case_level(record_type=RecordType(row.topic), state=CaseState(row.state), **dues)
    else:
        level = level_of(runs=bool(clocks_of_order(WorkState(row.state))), **dues)
    return Related(
        kind=kind,
        record_id=row.id,
        number=row.number,
        topic=row.topic,
        detail=row.detail,
        state=row.state,
        registered_at=row.registered_at,
        handler_name=row.handler_name,
        level=level,
        may_open=bool(row.may_open),
    )


def residents(units: Collection[Key], reader: Reader) -> Mapping[Key, tuple[Resident, ...]]:
    """Who has to do with some units today, owners before tenants before visitors; one statement."""
    found: defaultdict[Key, list[Resident]] = defaultdict(list)
    if units:
        same = and_(Customer.estate_id == Occupancy.estate_id, Customer.id == Occupancy.customer_id)
        columns: tuple[Any, ...] = (
            Customer.estate_id,
            Customer.id,
            Customer.name_sealed,
            Customer.phone_sealed,
            Occupancy.unit_id,
            Occupancy.relation,
            care_codes(of=Customer),
        )
        statement = (
            select(*columns)
            .join(Occupancy, same)
            .where(keyed(Occupancy.estate_id, Occupancy.unit_id, units))
            .where(reader.scope(Occupancy.estate_id), is_current(local_day(reader.now)))
            .order_by(Occupancy.start_date.desc(), Occupancy.id.desc())
        )
        for row in reader.rows(statement):
            found[row.estate_id, row.unit_id].append(_resident(reader, row))
    order = list(Relation)
    return {key: tuple(sorted(people, key=lambda one: order.index(one.relation))) for key, people in found.items()}


def _resident(reader: Reader, row: Row[Any]) -> Resident:
    sees = reader.actor.may_at(Permission.CUSTOMERS_VIEW, EstateId(row.estate_id))
    name, phone = open_name(reader.keys, row), open_phone(reader.keys, row)
    shown = contact_shown(name=name, phone=phone, sees_customers=sees)
    return Resident(
        customer_id=CustomerId(row.id),
        name=shown.name,
        phone=shown.phone,
        has_phone=shown.has_phone,
        relation=Relation(row.relation),
        care=care_of(row.care) if sees else (),
    )


def arrears_of(estate: EstateId, unit: UnitId | Any, today: date) -> Subquery:
    """One row with what a unit owes that is past its due date (``overdue_fen``, ``overdue_bills``, ``oldest_due``)."""
    own = (Bill.estate_id == estate, Bill.unit_id == unit, IS_OPEN, Bill.due_date < today)
    columns: tuple[Any, ...] = (
        func.coalesce(func.sum(OUTSTANDING), 0).label("overdue_fen"),
        func.count().label("overdue_bills"),
        func.min(Bill.due_date).label("oldest_due"),
    )
    return select(*columns).where(*own).subquery("arrears")


def arrears_row(row: Row[Any]) -> Arrears:
    """The arrears of a row joined to :func:`arrears_of`."""
    return Arrears(Money(int(row.overdue_fen)), row.overdue_bills, row.oldest_due)
