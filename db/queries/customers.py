"""Customers as they are shown: the list, one card – names and phones masked, always (R-003, R-004, R-195)."""

import re
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, exists, func, select, union

from core.admin.permissions import Permission
from core.customers.customer_record import contact_shown
from core.customers.masking import TAIL_DIGITS, normalise_phone
from core.customers.profiles import CareFlag, Relation
from core.kernel.filters import Slice
from core.kernel.identity import CustomerId, EstateId, UnitId
from core.kernel.periods import local_day
from db.models import Customer, CustomerFlag, Estate, Occupancy, Unit
from db.queries.paging import Page, contains, search_text
from db.queries.units import care_codes, care_of, is_current
from db.repositories.customers import name_index, open_name, open_phone, phone_index, tail_index
from db.repositories.keyed import keyed
from db.unit_of_work import NotFound, Reader, query

_LONG_NUMBER: Final = re.compile(r"[0-9]{7,}")
"""A phone number for certain; not looked for among the codes of units."""


@dataclass(frozen=True, slots=True)
class CustomersWanted:
    """Which customers: of an estate (``None``: all in care), with a reason for care, with a relation today.

    ``search`` is a whole name, a whole number, its last four digits, or part of a unit's code.
    """

    estate_id: EstateId | None = None
    care: CareFlag | None = None
    relation: Relation | None = None
    search: str = ""
    slice: Slice = field(default_factory=Slice)


@dataclass(frozen=True, slots=True)
class HeldUnit:
    """A unit a customer is related to; ``end`` exclusive."""

    occupancy_id: int
    occupancy_version: int
    unit_id: UnitId
    code: str
    relation: Relation
    start: date | None
    end: date | None
    is_current: bool


@dataclass(frozen=True, slots=True)
class CustomerRow:
    """A customer in the list, with the units of today."""

    estate_id: EstateId
    id: CustomerId
    estate_name: str
    name: str
    phone: str
    has_phone: bool
    care: tuple[CareFlag, ...]
    units: tuple[HeldUnit, ...]


@dataclass(frozen=True, slots=True)
class CustomerWanted:
    """One customer."""

    estate_id: EstateId
    customer_id: CustomerId


@dataclass(frozen=True, slots=True)
class CustomerCard:
    """All of one customer but the sealed values, with every unit, today's first."""

    estate_id: EstateId
    id: CustomerId
    version: int
    estate_name: str
    name: str
    phone: str
    has_phone: bool
    note: str
    care: tuple[CareFlag, ...]
    units: tuple[HeldUnit, ...]


@query(Permission.CUSTOMERS_VIEW)
def customers(reader: Reader, wanted: CustomersWanted) -> Page[CustomerRow]:
    """A screenful of customers in the person's care, the newest first."""
    total = int(reader.scalar(_narrowed(reader, wanted, select(func.count()).select_from(Customer))))
    statement = (
        _narrowed(reader, wanted, _shown_columns())
        .order_by(Customer.estate_id.desc(), Customer.id.desc())
        .limit(wanted.slice.limit)
        .offset(wanted.slice.offset)
    )
    found = reader.rows(statement)
    held = _units_of(reader, [(row.estate_id, row.id) for row in found], current_only=True)
    return Page(tuple(_row(reader, row, held.get((row.estate_id, row.id), ())) for row in found), total)


@query(Permission.CUSTOMERS_VIEW)
def customer_card(reader: Reader, wanted: CustomerWanted) -> CustomerCard:
    """One customer in the person's care."""
    this = and_(Customer.estate_id == wanted.estate_id, Customer.id == wanted.customer_id)
    found = reader.rows(_shown_columns().where(this, reader.scope(Customer.estate_id)))
    if not found:
        raise NotFound
    row = found[0]
    key = (row.estate_id, row.id)
    shown = _row(reader, row, _units_of(reader, [key], current_only=False).get(key, ()))
    return CustomerCard(
        estate_id=shown.estate_id,
        id=shown.id,
        version=row.version,
        estate_name=shown.estate_name,
        name=shown.name,
        phone=shown.phone,
        has_phone=shown.has_phone,
        note=row.note,
        care=shown.care,
        units=shown.units,
    )


def is_contact_search(text: str) -> bool:
    """Say whether a search may find somebody by name or number, so that it is to be noted in the audit log."""
    return bool(search_text(text))


def _narrowed(reader: Reader, wanted: CustomersWanted, statement: Select[Any]) -> Select[Any]:
    """Narrow a statement on customers to the wanted ones in the person's care."""
    if search_text(wanted.search):
        # Joined, because a search finds few: the database begins with them.
        found = union(*_ways(reader, wanted)).subquery()
        same = and_(found.c.estate_id == Customer.estate_id, found.c.id == Customer.id)
        statement = statement.join(found, same)
    if wanted.care is not None:
        flagged = and_(CustomerFlag.estate_id == Customer.estate_id, CustomerFlag.customer_id == Customer.id)
        statement = statement.where(exists().where(flagged, CustomerFlag.flag == wanted.care.value))
    if wanted.relation is not None:
        held = and_(Occupancy.estate_id == Customer.estate_id, Occupancy.customer_id == Customer.id)
        relation = Occupancy.relation == wanted.relation.value
        statement = statement.where(exists().where(held, is_current(local_day(reader.now)), relation))
    return statement.where(*_here(reader, wanted, Customer.estate_id))


def _ways(reader: Reader, wanted: CustomersWanted) -> list[Select[int, int]]:
    """Whole name, whole number, last four digits, and the code of a unit held: each found by its own index."""
    text = search_text(wanted.search)
    number = normalise_phone(text)
    ways = [Customer.name_index == name_index(reader.keys, text)]
    if len(number) == TAIL_DIGITS and number.isdecimal():
        ways.append(Customer.phone_tail_index == tail_index(reader.keys, number))
    elif number:
        ways.append(Customer.phone_index == phone_index(reader.keys, text))
    # The indexes begin with the estate, so the estates are named even where all are wanted.
    here = Customer.estate_id.in_(select(Estate.id).where(*_here(reader, wanted, Estate.id)))
    found = [select(Customer.estate_id, Customer.id).where(here, way) for way in ways]
    if any(character.isdigit() for character in text) and not _LONG_NUMBER.fullmatch(text):
        # An outer join, because it makes SQLite look through the units first and not through everybody in them.
        unit = and_(Occupancy.estate_id == Unit.estate_id, Occupancy.unit_id == Unit.id)
        held = (
            select(Occupancy.estate_id, Occupancy.customer_id.label("id")).select_from(Unit).outerjoin(Occupancy, unit)
        )
        found.append(held.where(contains(text, Unit.code), *_here(reader, wanted, Unit.estate_id)))
    return found


def _here(reader: Reader, wanted: CustomersWanted, column: Any) -> list[ColumnElement[bool]]:
    scope = reader.scope(column)
    return [scope] if wanted.estate_id is None else [scope, column == wanted.estate_id]


def _shown_columns() -> Select[Any]:
    columns = (Customer.estate_id, Customer.id, Customer.version, Customer.note)
    sealed = (Customer.name_sealed, Customer.phone_sealed)
    named = select(*columns, *sealed, Estate.name, care_codes(of=Customer))
    return named.join(Estate, Estate.id == Customer.estate_id)


def _units_of(
    reader: Reader, customers_shown: list[tuple[int, int]], *, current_only: bool
) -> dict[tuple[int, int], tuple[HeldUnit, ...]]:
    """The units of some customers, today's first, in the order of their codes."""
    if not customers_shown:
        return {}
    current = is_current(local_day(reader.now))
    unit = and_(Unit.estate_id == Occupancy.estate_id, Unit.id == Occupancy.unit_id)
    statement = (
        select(Occupancy, Unit.code, current.label("is_current"))
        .join(Unit, unit)
        .where(keyed(Occupancy.estate_id, Occupancy.customer_id, customers_shown))
        .where(reader.scope(Occupancy.estate_id))
        .order_by(current.desc(), Unit.sort_key, Occupancy.id)
    )
    if current_only:
        statement = statement.where(current)
    found: dict[tuple[int, int], list[HeldUnit]] = {}
    for row in reader.rows(statement):
        found.setdefault((row.estate_id, row.customer_id), []).append(_held_unit(row))
    return {key: tuple(held) for key, held in found.items()}


def _held_unit(row: Any) -> HeldUnit:
    return HeldUnit(
        occupancy_id=row.id,
        occupancy_version=row.version,
        unit_id=UnitId(row.unit_id),
        code=row.code,
        relation=Relation(row.relation),
        start=row.start_date,
        end=row.end_date,
        is_current=bool(row.is_current),
    )


def _row(reader: Reader, row: Any, held: tuple[HeldUnit, ...]) -> CustomerRow:
    name, phone = open_name(reader.keys, row), open_phone(reader.keys, row)
    shown = contact_shown(name=name, phone=phone, sees_customers=True)
    return CustomerRow(
        estate_id=EstateId(row.estate_id),
        id=CustomerId(row.id),
        estate_name=row.name,
        name=shown.name,
        phone=shown.phone,
        has_phone=shown.has_phone,
        care=care_of(row.care),
        units=held,
    )
