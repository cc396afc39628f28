"""Estates as they are shown: the list, one card, and the choices of the filter bar (R-001, R-007)."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, func, select

from core.admin.permissions import Permission
from core.customers.estate_record import EstateRecord, EstateState
from core.kernel.filters import Slice
from core.kernel.identity import EstateId
from db.models import Building, Estate, Unit
from db.queries.paging import Page, contains, search_text
from db.unit_of_work import NotFound, Reader, query


class EstateSort(StrEnum):
    """What the list can be sorted by."""

    CODE = "code"
    NAME = "name"
    DISTRICT = "district"
    HOUSEHOLDS = "households"


_SORTS: Final = {
    EstateSort.CODE: Estate.code,
    EstateSort.NAME: func.lower(Estate.name),
    EstateSort.DISTRICT: Estate.district,
    EstateSort.HOUSEHOLDS: func.coalesce(Estate.household_count, -1),
}


@dataclass(frozen=True, slots=True)
class EstatesWanted:
    """Which estates: code, name, address or district hold ``search``; of a type; in a state (``None``: any)."""

    search: str = ""
    estate_type: str | None = None
    state: EstateState | None = EstateState.ACTIVE
    sort: EstateSort = EstateSort.CODE
    descending: bool = False
    slice: Slice = field(default_factory=Slice)


@dataclass(frozen=True, slots=True)
class EstateRow:
    """An estate in the list, with its buildings and units in use."""

    id: EstateId
    code: str
    name: str
    address: str
    district: str
    estate_type: str
    household_count: int | None
    state: EstateState
    buildings: int
    units: int


@dataclass(frozen=True, slots=True)
class EstateOption:
    """An estate to choose."""

    id: EstateId
    code: str
    name: str
    state: EstateState


@dataclass(frozen=True, slots=True)
class EstateCard:
    """All of one estate, with the version its form sends back."""

    id: EstateId
    version: int
    state: EstateState
    record: EstateRecord
    buildings: int
    units: int


@dataclass(frozen=True, slots=True)
class EstateWanted:
    """One estate."""

    estate_id: EstateId


@query(Permission.ESTATES_VIEW)
def estates(reader: Reader, wanted: EstatesWanted) -> Page[EstateRow]:
    """A screenful of the estates in the person's care."""
    conditions = _conditions(reader, wanted)
    total = int(reader.scalar(select(func.count()).select_from(Estate).where(*conditions)))
    sort = _SORTS[wanted.sort]
    order = (sort.desc() if wanted.descending else sort.asc(), Estate.id)
    inner = select(Estate.id).where(*conditions).order_by(*order).limit(wanted.slice.limit).offset(wanted.slice.offset)
    shown = reader.rows(_counted(select(Estate)).where(Estate.id.in_(inner)).order_by(*order))
    return Page(tuple(_row(row) for row in shown), total)


@query(Permission.ESTATES_VIEW)
def estate_card(reader: Reader, wanted: EstateWanted) -> EstateCard:
    """One estate in the person's care."""
    found = reader.rows(_counted(select(Estate)).where(Estate.id == wanted.estate_id, reader.scope(Estate.id)))
    if not found:
        raise NotFound
    row = found[0]
    record = EstateRecord(**{name: getattr(row, name) for name in EstateRecord.__dataclass_fields__})
    return EstateCard(EstateId(row.id), row.version, EstateState(row.state), record, row.buildings, row.units)


@query(Permission.ESTATES_VIEW)
def estate_options(reader: Reader, _wanted: None) -> tuple[EstateOption, ...]:
    """The estates in the person's care in the order of their codes, retired ones last."""
    columns = select(Estate.id, Estate.code, Estate.name, Estate.state)
    rows = reader.rows(columns.where(reader.scope(Estate.id)).order_by(Estate.state, Estate.code))
    return tuple(EstateOption(EstateId(row.id), row.code, row.name, EstateState(row.state)) for row in rows)


def _conditions(reader: Reader, wanted: EstatesWanted) -> list[ColumnElement[bool]]:
    conditions = [reader.scope(Estate.id)]
    if search_text(wanted.search):
        conditions.append(contains(wanted.search, Estate.code, Estate.name, Estate.address, Estate.district))
    if wanted.estate_type is not None:
        conditions.append(Estate.estate_type.in_([search_text(wanted.estate_type)[:32]]))
    if wanted.state is not None:
        conditions.append(Estate.state == wanted.state.value)
    return conditions


def _counted(statement: Select[Any]) -> Select[Any]:
    """Add the number of buildings and of units in use to each estate."""
    buildings = select(func.count()).where(Building.estate_id == Estate.id).correlate(Estate).scalar_subquery()
    in_use = select(func.count()).where(Unit.estate_id == Estate.id, Unit.state == "active")
    units = in_use.correlate(Estate).scalar_subquery()
    return statement.add_columns(buildings.label("buildings"), units.label("units"))


def _row(row: Any) -> EstateRow:
    return EstateRow(
        id=EstateId(row.id),
        code=row.code,
        name=row.name,
        address=row.address,
        district=row.district,
        estate_type=row.estate_type,
        household_count=row.household_count,
        state=EstateState(row.state),
        buildings=row.buildings,
        units=row.units,
    )
