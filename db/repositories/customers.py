"""Customers: sealed names and phones, their blind indexes, and the units they belong to (security.md §5)."""

from collections.abc import Collection, Iterable
from datetime import date, datetime
from typing import Any

from sqlalchemy import and_, bindparam, delete, exists, func, insert, not_, or_, select, update
from sqlalchemy.orm import Session

from core.customers.customer_record import CustomerUnit
from core.customers.masking import normalise_name, normalise_phone, phone_tail
from core.customers.profiles import CareFlag, CustomerDetails, Relation
from core.customers.profiles import Occupancy as Relationship
from core.kernel.identity import CustomerId, EstateId, UnitId, UserId
from db.keys import KeyRing
from db.models import AuditEntry, Customer, CustomerFlag, Occupancy

REVEALED = "customers.reveal"
CHUNK = 1_000


def name_place(estate: int, customer: int) -> str:
    """Where a name is sealed for."""
    return f"customers.name:{estate}:{customer}"


def phone_place(estate: int, customer: int) -> str:
    """Where a phone is sealed for."""
    return f"customers.phone:{estate}:{customer}"


def name_index(keys: KeyRing, name: str) -> bytes:
    """The blind index of a name in any spelling."""
    return keys.index(normalise_name(name), field="customers.name")


def phone_index(keys: KeyRing, phone: str) -> bytes:
    """The blind index of a whole number in any spelling."""
    return keys.index(normalise_phone(phone), field="customers.phone")


def tail_index(keys: KeyRing, tail: str) -> bytes:
    """The blind index of a number's last four digits."""
    return keys.index(tail, field="customers.phone_tail")


def sealed(keys: KeyRing, estate: int, customer: int, details: CustomerDetails) -> dict[str, bytes | None]:
    """The five columns that name and phone become."""
    phone, tail = details.phone, phone_tail(details.phone)
    return {
        "name_sealed": keys.seal(details.name, place=name_place(estate, customer)),
        "name_index": name_index(keys, details.name),
        "phone_sealed": keys.seal(phone, place=phone_place(estate, customer)) if phone else None,
        "phone_index": phone_index(keys, phone) if phone else None,
        "phone_tail_index": tail_index(keys, tail) if tail else None,
    }


def open_name(keys: KeyRing, row: Any) -> str:
    """The name of a row that carries ``estate_id``, the customer's number as ``id`` and ``name_sealed``."""
    return keys.open(row.name_sealed, place=name_place(row.estate_id, row.id))


def open_phone(keys: KeyRing, row: Any) -> str:
    """The phone of such a row with ``phone_sealed``, "" when there is none."""
    if row.phone_sealed is None:
        return ""
    return keys.open(row.phone_sealed, place=phone_place(row.estate_id, row.id))


def load_customer(session: Session, estate: EstateId, customer: CustomerId) -> Customer | None:
    """The customer of an estate."""
    return session.get(Customer, (estate, customer))


def same_on_file(
    session: Session, keys: KeyRing, estate: EstateId, details: CustomerDetails, *, apart_from: int = 0
) -> bool:
    """Whether an estate has another customer of this name and phone (or of this name, both without a phone)."""
    same = and_(Customer.estate_id == estate, Customer.name_index == name_index(keys, details.name))
    phone = phone_index(keys, details.phone) if details.phone else None
    found = select(exists().where(same, Customer.phone_index.is_not_distinct_from(phone), Customer.id != apart_from))
    return bool(session.scalar(found))


def flags_of(session: Session, estate: EstateId, customer: CustomerId) -> tuple[CareFlag, ...]:
    """The reasons for special care, in the enum's order."""
    statement = select(CustomerFlag.flag).where(CustomerFlag.estate_id == estate, CustomerFlag.customer_id == customer)
    found = set(session.scalars(statement))
    return tuple(flag for flag in CareFlag if flag.value in found)


def store_flags(session: Session, estate: EstateId, flags: Iterable[tuple[int, Iterable[CareFlag]]]) -> None:
    """Add reasons for special care to customers (number, flags) who have none."""
    values = [{"estate_id": estate, "customer_id": number, "flag": flag.value} for number, own in flags for flag in own]
    if values:
        session.connection().execute(insert(CustomerFlag), values)


def clear_flags(session: Session, estate: EstateId, customers: Collection[int]) -> None:
    """Take all reasons for special care away."""
    of_estate = delete(CustomerFlag).where(CustomerFlag.estate_id == estate)
    session.execute(of_estate.where(CustomerFlag.customer_id.in_(customers)))


def move_version(session: Session, estate: EstateId, customer: CustomerId, version: int) -> bool:
    """Count a customer's version on where only his or her flags change; ``False`` when it is another one by now."""
    row = and_(Customer.estate_id == estate, Customer.id == customer, Customer.version == version)
    statement = update(Customer).where(row).values(version=version + 1).returning(Customer.id)
    return session.scalar(statement, execution_options={"synchronize_session": False}) is not None


def insert_customers(
    session: Session, keys: KeyRing, estate: EstateId, rows: Iterable[tuple[int, CustomerDetails, str]]
) -> None:
    """Add customers (number, details, note) with their flags."""
    listed = list(rows)
    values = [
        sealed(keys, estate, number, details) | {"estate_id": estate, "id": number, "note": note}
        for number, details, note in listed
    ]
    if values:
        session.connection().execute(insert(Customer), values)
        store_flags(session, estate, [(number, details.care) for number, details, _ in listed])


def customer_versions(session: Session, estate: EstateId, customers: Collection[int]) -> dict[int, int]:
    """The versions of some customers of an estate."""
    found: dict[int, int] = {}
    listed = sorted(customers)
    for start in range(0, len(listed), CHUNK):
        chunk = listed[start : start + CHUNK]
        statement = select(Customer.id, Customer.version).where(Customer.estate_id == estate, Customer.id.in_(chunk))
        found.update((one, other) for one, other in session.execute(statement))
    return found


def update_customers(
    session: Session, keys: KeyRing, estate: EstateId, rows: Iterable[tuple[int, CustomerDetails]]
) -> None:
    """Write details over customers whose versions were checked; notes stay."""
    listed = list(rows)
    values = [sealed(keys, estate, number, details) | {"b_id": number} for number, details in listed]
    if values:
        statement = update(Customer).where(Customer.estate_id == estate, Customer.id == bindparam("b_id"))
        session.connection().execute(statement.values(version=Customer.version + 1), values)
        for start in range(0, len(listed), CHUNK):
            clear_flags(session, estate, [number for number, _ in listed[start : start + CHUNK]])
        store_flags(session, estate, [(number, details.care) for number, details in listed])


def insert_occupancies(session: Session, estate: EstateId, rows: Iterable[tuple[int, int, CustomerUnit]]) -> None:
    """Add relations (number, customer, unit and days)."""
    values = [
        {
            "estate_id": estate,
            "id": number,
            "customer_id": customer,
            "unit_id": held.unit,
            "relation": held.relation.value,
            "start_date": held.start,
            "end_date": held.end,
        }
        for number, customer, held in rows
    ]
    if values:
        session.connection().execute(insert(Occupancy), values)


def load_occupancy(session: Session, estate: EstateId, occupancy: int) -> Occupancy | None:
    """The relation of a customer to a unit."""
    return session.get(Occupancy, (estate, occupancy))


def relationships_of(
    session: Session, estate: EstateId, customer: CustomerId, *, apart_from: int = 0
) -> tuple[Relationship, ...]:
    """A customer's relations to units; one whose first day is unknown has always been."""
    statement = select(Occupancy).where(Occupancy.estate_id == estate, Occupancy.customer_id == customer)
    rows = session.scalars(statement.where(Occupancy.id != apart_from).order_by(Occupancy.id))
    return tuple(relationship_of(row) for row in rows)


def relationship_of(row: Occupancy) -> Relationship:
    """A stored relation as the rules see it."""
    return Relationship(UnitId(row.unit_id), Relation(row.relation), row.start_date or date.min, row.end_date)


def customers_opened(
    session: Session, person: UserId | None, *, since: datetime, apart_from: tuple[EstateId, CustomerId]
) -> tuple[int, bool]:
    """How many other customers a person opened since an instant (exclusive), and whether this one was among them."""
    estate, customer = apart_from
    this = and_(AuditEntry.chain == estate, AuditEntry.subject_id == str(customer))
    opened = and_(AuditEntry.at > since, AuditEntry.actor_id == person, AuditEntry.action == REVEALED)
    others = select(AuditEntry.chain, AuditEntry.subject_id).where(opened, not_(this)).distinct().subquery()
    before = select(exists().where(opened, this))
    return session.scalar(select(func.count()).select_from(others)) or 0, bool(session.scalar(before))


def owner_on(session: Session, keys: KeyRing, estate: EstateId, unit: UnitId, day: date) -> str:
    """The name of the one owner a unit has on a day; "" where there is none or more than one."""
    holds = and_(
        or_(Occupancy.start_date.is_(None), Occupancy.start_date <= day),
        or_(Occupancy.end_date.is_(None), Occupancy.end_date > day),
    )
    statement = select(Customer.estate_id, Customer.id, Customer.name_sealed).join(
        Occupancy, and_(Occupancy.estate_id == Customer.estate_id, Occupancy.customer_id == Customer.id)
    )
    of_unit = (Customer.estate_id == estate, Occupancy.unit_id == unit, Occupancy.relation == Relation.OWNER.value)
    rows = session.execute(statement.where(*of_unit, holds).limit(2)).all()
    return open_name(keys, rows[0]) if len(rows) == 1 else ""
