"""Small pieces of a company for the tests, built through the operations people use."""

from collections.abc import Iterable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, TypeVar

from core.admin.codes import parse_code_lists
from core.admin.permissions import SYSTEM, Actor
from core.customers.customer_record import CustomerUnit
from core.customers.estate_record import EstateRecord
from core.customers.profiles import CareFlag, Relation
from core.kernel.identity import COMPANY, BuildingId, CustomerId, EstateId, StaffId, UnitId
from db.engine import Database
from db.operations.codes import LoadCodeLists, load_code_lists
from db.operations.customers import AddCustomer, add_customer
from db.operations.estates import CreateEstate, create_estate
from db.operations.staff import AddStaffMember, add_staff_member
from db.operations.units import CreateBuilding, CreateUnit, UnitForm, create_building, create_unit
from db.unit_of_work import Operation, Query, fetch, perform
from tests.kept import built_once

C = TypeVar("C")
F = TypeVar("F")
R = TypeVar("R")

NOW = datetime(2026, 11, 21, 1, 0, tzinfo=UTC)
"""Nine in the morning of a Saturday in China."""

CODE_LISTS = Path(__file__).resolve().parents[1] / "locales" / "code_lists.tsv"


def act(database: Database, operation: Operation[C, R], command: C, *, by: Actor = SYSTEM, now: datetime = NOW) -> R:
    """Carry out an operation as a person."""
    return perform(database, operation, command, identify=lambda _connection, _now: by, now=now)


def ask(database: Database, query: Query[F, R], wanted: F, *, by: Actor = SYSTEM, now: datetime = NOW) -> R:
    """Answer a query for a person."""
    return fetch(database, query, wanted, actor=by, now=now)


@built_once
def with_code_lists(database: Database) -> None:
    """Load the portal's own code lists."""
    act(database, load_code_lists, LoadCodeLists(parse_code_lists(CODE_LISTS.read_text(encoding="utf-8"))))


def estate(database: Database, name: str = "Maple Court", **values: Any) -> EstateId:
    """Add an estate; the code lists must be there."""
    return act(database, create_estate, CreateEstate(EstateRecord(name=name, **values)))


def building(database: Database, in_estate: EstateId, code: str = "1") -> BuildingId:
    """Add a building."""
    return act(database, create_building, CreateBuilding(in_estate, code))


def unit(database: Database, in_estate: EstateId, in_building: BuildingId, room: str = "101", **values: Any) -> UnitId:
    """Add a unit of 100 m² for living, without entrance."""
    form: dict[str, Any] = {"entrance": "", "area": "100", "use": "residential", **values}
    return act(database, create_unit, CreateUnit(in_estate, UnitForm(building_id=in_building, room=room, **form)))


def units(database: Database, in_estate: EstateId, in_building: BuildingId, rooms: Iterable[str]) -> tuple[UnitId, ...]:
    """Add several like units."""
    return tuple(unit(database, in_estate, in_building, room) for room in rooms)


def customer(
    database: Database,
    in_estate: EstateId,
    name: str = "王小明",
    phone: str = "13800138000",
    *,
    of: UnitId | None = None,
    relation: Relation = Relation.OWNER,
    since: date | None = date(2020, 1, 1),
    care: tuple[CareFlag, ...] = (),
) -> CustomerId:
    """Add a customer, perhaps as somebody of a unit."""
    held = CustomerUnit(of, relation, since) if of is not None else None
    return act(database, add_customer, AddCustomer(in_estate, name, phone, care=care, unit=held))


def staff_member(database: Database, number: str = "G-001", *, at: EstateId = COMPANY, **values: Any) -> StaffId:
    """Add a member of staff."""
    fields: dict[str, Any] = {"name": "李师傅", "post": "repair_worker", "department": "engineering", **values}
    return act(database, add_staff_member, AddStaffMember(at, number, **fields))


def small_estate(
    database: Database, name: str = "Maple Court", rooms: Iterable[str] = ("101", "102", "201")
) -> tuple[EstateId, tuple[UnitId, ...]]:
    """Add an estate with one building and some units, each with its owner; give the estate and the units."""
    place = estate(database, name)
    flats = units(database, place, building(database, place), rooms)
    for number, flat in enumerate(flats):
        customer(database, place, f"张三{'一二三四五六七八九'[number % 9]}", f"139{place:04d}{number:04d}", of=flat)
    return place, flats
