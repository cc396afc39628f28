"""Units as they are shown: the list, one unit with its people, and the buildings to choose from (R-002, R-003)."""

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, false, func, or_, select

from core.admin.permissions import Permission
from core.customers.customer_record import contact_shown
from core.customers.profiles import CareFlag, Relation
from core.customers.unit_record import UnitRecord, UnitState
from core.kernel.filters import Slice
from core.kernel.identity import BuildingId, CustomerId, EstateId, UnitId
from core.kernel.money import Money
from core.kernel.periods import local_day
from db.models import Building, Customer, CustomerFlag, Estate, Occupancy, Unit, UnitAccount
from db.queries.paging import Page, contains, search_text
from db.repositories.customers import open_name, open_phone
from db.unit_of_work import NotFound, Reader, query


class UnitSort(StrEnum):
    """What the list can be sorted by."""

    PLACE = "place"
    AREA = "area"


_SORTS: Final = {UnitSort.PLACE: (Unit.estate_id, Unit.sort_key), UnitSort.AREA: (Unit.area,)}


@dataclass(frozen=True, slots=True)
class UnitsWanted:
    """Which units: of an estate (``None``: all in care), a building, a use; whose code holds ``search``; in a state."""

    estate_id: EstateId | None = None
    building_id: BuildingId | None = None
    use: str | None = None
    search: str = ""
    state: UnitState | None = UnitState.ACTIVE
    sort: UnitSort = UnitSort.PLACE
    descending: bool = False
    slice: Slice = field(default_factory=Slice)


@dataclass(frozen=True, slots=True)
class UnitRow:
    """A unit in the list. ``area`` in hundredths of m²; ``occupants`` are people in it today."""

    estate_id: EstateId
    id: UnitId
    estate_name: str
    building: str
    code: str
    floor: int | None
    area: int
    use: str
    grade: str | None
    state: UnitState
    occupants: int


@dataclass(frozen=True, slots=True)
class BuildingOption:
    """A building to choose."""

    id: BuildingId
    code: str
    units: int


@dataclass(frozen=True, slots=True)
class BuildingsWanted:
    """The buildings of one estate."""

    estate_id: EstateId


@dataclass(frozen=True, slots=True)
class UnitWanted:
    """One unit."""

    estate_id: EstateId
    unit_id: UnitId


@dataclass(frozen=True, slots=True)
class Occupant:
    """Somebody related to a unit now, before or soon; name and phone masked. ``end`` exclusive."""

    occupancy_id: int
    occupancy_version: int
    customer_id: CustomerId
    name: str
    phone: str
    has_phone: bool
    relation: Relation
    start: date | None
    end: date | None
    is_current: bool
    care: tuple[CareFlag, ...]


@dataclass(frozen=True, slots=True)
class UnitCard:
    """All of one unit. ``credit`` is what it has paid ahead, ``None`` for people who may not see fees."""

    estate_id: EstateId
    id: UnitId
    version: int
    state: UnitState
    estate_code: str
    estate_name: str
    building_id: BuildingId
    record: UnitRecord
    credit: Money | None
    occupants: tuple[Occupant, ...]


@query(Permission.UNITS_VIEW)
def units(reader: Reader, wanted: UnitsWanted) -> Page[UnitRow]:
    """A screenful of units in the person's care."""
    conditions = _conditions(reader, wanted)
    total = int(reader.scalar(select(func.count()).select_from(Unit).where(*conditions)))
    sorts = _SORTS[wanted.sort]
    order = [column.desc() if wanted.descending else column.asc() for column in sorts]
    page = (
        select(Unit)
        .where(*conditions)
        .order_by(*order, Unit.estate_id, Unit.id)
        .limit(wanted.slice.limit)
        .offset(wanted.slice.offset)
        .subquery()
    )
    # The people are counted for the rows shown only.
    people = select(func.count()).where(
        Occupancy.estate_id == page.c.estate_id,
        Occupancy.unit_id == page.c.id,
        is_current(local_day(reader.now)),
    )
    sorted_page = [page.c[column.key] for column in sorts]
    statement = (
        select(page, Estate.name, Building.code.label("building"), people.scalar_subquery().label("occupants"))
        .join(Estate, Estate.id == page.c.estate_id)
        .join(Building, and_(Building.estate_id == page.c.estate_id, Building.id == page.c.building_id))
        .order_by(*(column.desc() if wanted.descending else column.asc() for column in sorted_page))
        .order_by(page.c.estate_id, page.c.id)
    )
    return Page(tuple(_row(row) for row in reader.rows(statement)), total)


@query(Permission.UNITS_VIEW)
def building_options(reader: Reader, wanted: BuildingsWanted) -> tuple[BuildingOption, ...]:
    """The buildings of an estate in their order, with their units in use."""
    in_use = select(func.count()).where(
        Unit.estate_id == Building.estate_id, Unit.building_id == Building.id, Unit.state == UnitState.ACTIVE.value
    )
    statement = (
        select(Building.id, Building.code, in_use.correlate(Building).scalar_subquery().label("units"))
        .where(Building.estate_id == wanted.estate_id, reader.scope(Building.estate_id))
        .order_by(Building.sort_key, Building.id)
    )
    return tuple(BuildingOption(BuildingId(row.id), row.code, row.units) for row in reader.rows(statement))


@query(Permission.UNITS_VIEW)
def unit_card(reader: Reader, wanted: UnitWanted) -> UnitCard:
    """One unit in the person's care with the people related to it, those of today first."""
    same = and_(UnitAccount.estate_id == Unit.estate_id, UnitAccount.unit_id == Unit.id)
    statement = (
        select(Unit, Estate.code.label("estate_code"), Estate.name, Building.code.label("building"))
        .add_columns(func.coalesce(UnitAccount.credit_fen, 0).label("credit"))
        .join(Estate, Estate.id == Unit.estate_id)
        .join(Building, and_(Building.estate_id == Unit.estate_id, Building.id == Unit.building_id))
        .outerjoin(UnitAccount, same)
        .where(Unit.estate_id == wanted.estate_id, Unit.id == wanted.unit_id, reader.scope(Unit.estate_id))
    )
    found = reader.rows(statement)
    if not found:
        raise NotFound
    row = found[0]
    return UnitCard(
        estate_id=EstateId(row.estate_id),
        id=UnitId(row.id),
        version=row.version,
        state=UnitState(row.state),
        estate_code=row.estate_code,
        estate_name=row.name,
        building_id=BuildingId(row.building_id),
        record=UnitRecord(**{name: getattr(row, name) for name in UnitRecord.__dataclass_fields__}),
        credit=Money(row.credit) if reader.actor.may(Permission.FEES_VIEW) else None,
        occupants=_occupants(reader, wanted),
    )


def is_current(day: date) -> ColumnElement[bool]:
    """The condition that a relation to a unit holds on a day."""
    begun = or_(Occupancy.start_date.is_(None), Occupancy.start_date <= day)
    return and_(begun, or_(Occupancy.end_date.is_(None), Occupancy.end_date > day))


def care_codes(*, of: Any) -> Any:
    """A column with the codes of a customer's reasons for special care, parted by commas."""
    same = and_(CustomerFlag.estate_id == of.estate_id, CustomerFlag.customer_id == of.id)
    return select(func.aggregate_strings(CustomerFlag.flag, ",")).where(same).scalar_subquery().label("care")


def care_of(codes: str | None) -> tuple[CareFlag, ...]:
    """The reasons in such a column, in the enum's order."""
    held = (codes or "").split(",")
    return tuple(flag for flag in CareFlag if flag.value in held)


def _conditions(reader: Reader, wanted: UnitsWanted) -> list[ColumnElement[bool]]:
    conditions = [reader.scope(Unit.estate_id)]
    if wanted.estate_id is not None:
        conditions.append(Unit.estate_id == wanted.estate_id)
    if wanted.building_id is not None:
        # A building's number means nothing without its estate.
        conditions.append(Unit.building_id == wanted.building_id if wanted.estate_id is not None else false())
    if wanted.use is not None:
        conditions.append(Unit.use.in_([search_text(wanted.use)[:32]]))
    if search_text(wanted.search):
        conditions.append(contains(wanted.search, Unit.code))
    if wanted.state is not None:
        conditions.append(Unit.state == wanted.state.value)
    return conditions


def _row(row: Any) -> UnitRow:
    return UnitRow(
        estate_id=EstateId(row.estate_id),
        id=UnitId(row.id),
        estate_name=row.name,
        building=row.building,
        code=row.code,
        floor=row.floor,
        area=row.area,
        use=row.use,
        grade=row.grade,
        state=UnitState(row.state),
        occupants=row.occupants,
    )


def _occupants(reader: Reader, wanted: UnitWanted) -> tuple[Occupant, ...]:
    current = is_current(local_day(reader.now)).label("is_current")
    statement = (
        select(Customer.estate_id, Customer.id, Customer.name_sealed, Customer.phone_sealed)
        .add_columns(Occupancy.id.label("occupancy_id"), Occupancy.version, Occupancy.relation)
        .add_columns(Occupancy.start_date, Occupancy.end_date, current, care_codes(of=Customer))
        .join(Occupancy, and_(Occupancy.estate_id == Customer.estate_id, Occupancy.customer_id == Customer.id))
        .where(Occupancy.estate_id == wanted.estate_id, Occupancy.unit_id == wanted.unit_id)
        .where(reader.scope(Occupancy.estate_id))
        .order_by(current.desc(), Occupancy.start_date.desc(), Occupancy.id.desc())
    )
    return tuple(_occupant(reader, row) for row in reader.rows(statement))


def _occupant(reader: Reader, row: Any) -> Occupant:
    sees = reader.actor.may(Permission.CUSTOMERS_VIEW)
    name, phone = open_name(reader.keys, row), open_phone(reader.keys, row)
    shown = contact_shown(name=name, phone=phone, sees_customers=sees)
    return Occupant(
        occupancy_id=row.occupancy_id,
        occupancy_version=row.version,
        customer_id=CustomerId(row.id),
        name=shown.name,
        phone=shown.phone,
        has_phone=shown.has_phone,
        relation=Relation(row.relation),
        start=row.start_date,
        end=row.end_date,
        is_current=bool(row.is_current),
        care=care_of(row.care) if sees else (),
    )
