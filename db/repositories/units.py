"""Buildings and units: load for change, and store many at once."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date
from typing import Any, Final

from sqlalchemy import bindparam, func, insert, or_, select, update
from sqlalchemy.orm import Session

from core.customers.unit_record import LONGEST_BUILDING_SORT, UnitRecord, sort_key
from core.kernel.identity import BuildingId, EstateId, UnitId
from db.models import Building, Occupancy, Unit, UnitAccount

CHUNK: Final = 1_000
_PLAIN: Final = ("entrance", "code", "area", "use", "grade", "floor", "handover_date")


def load_building(session: Session, estate: EstateId, building: BuildingId) -> Building | None:
    """The building of an estate."""
    return session.get(Building, (estate, building))


def load_unit(session: Session, estate: EstateId, unit: UnitId) -> Unit | None:
    """The unit of an estate, in whatever state."""
    return session.get(Unit, (estate, unit))


def buildings_of(session: Session, estate: EstateId) -> dict[str, BuildingId]:
    """All buildings of an estate by code."""
    rows = session.execute(select(Building.code, Building.id).where(Building.estate_id == estate))
    return {code: BuildingId(number) for code, number in rows}


def unit_codes_on_file(session: Session, estate: EstateId, codes: Collection[str]) -> dict[str, int]:
    """Which of the codes are taken in an estate, and by which unit."""
    found: dict[str, int] = {}
    for chunk in _chunks(sorted(codes)):
        statement = select(Unit.code, Unit.id).where(Unit.estate_id == estate, Unit.code.in_(chunk))
        found.update((one, other) for one, other in session.execute(statement))
    return found


def unit_versions(session: Session, estate: EstateId, units: Collection[int]) -> dict[int, int]:
    """The versions of some units of an estate."""
    found: dict[int, int] = {}
    for chunk in _chunks(sorted(units)):
        statement = select(Unit.id, Unit.version).where(Unit.estate_id == estate, Unit.id.in_(chunk))
        found.update((one, other) for one, other in session.execute(statement))
    return found


def unit_states(session: Session, estate: EstateId, units: Collection[UnitId]) -> dict[UnitId, tuple[str, str]]:
    """Code and state of some units of an estate."""
    found: dict[UnitId, tuple[str, str]] = {}
    for chunk in _chunks(sorted(units)):
        statement = select(Unit.id, Unit.code, Unit.state).where(Unit.estate_id == estate, Unit.id.in_(chunk))
        found.update((UnitId(number), (code, state)) for number, code, state in session.execute(statement))
    return found


def occupants_from(session: Session, estate: EstateId, unit: UnitId, day: date) -> int:
    """How many relations to a unit hold on a day or begin later."""
    statement = select(func.count()).select_from(Occupancy).where(Occupancy.estate_id == estate)
    still = or_(Occupancy.end_date.is_(None), Occupancy.end_date > day)
    return session.scalar(statement.where(Occupancy.unit_id == unit, still)) or 0


def credit_of(session: Session, estate: EstateId, unit: UnitId) -> int:
    """What a unit has paid ahead, in fen."""
    account = session.get(UnitAccount, (estate, unit))
    return account.credit_fen if account else 0


def insert_buildings(session: Session, estate: EstateId, rows: Iterable[tuple[int, str]]) -> None:
    """Add buildings (number, code) to an estate."""
    values = [
        {"estate_id": estate, "id": number, "code": code, "sort_key": sort_key(code, longest=LONGEST_BUILDING_SORT)}
        for number, code in rows
    ]
    if values:
        session.connection().execute(insert(Building), values)


def record_of(row: Unit, building: str) -> UnitRecord:
    """The record a row holds; ``building`` is the code of its building."""
    return UnitRecord(building=building, **{name: getattr(row, name) for name in _PLAIN})


def fill(row: Unit, record: UnitRecord, building: BuildingId) -> None:
    """Write a record into a loaded row."""
    for name, value in _values(record, building).items():
        setattr(row, name, value)


def insert_units(session: Session, estate: EstateId, rows: Iterable[tuple[int, UnitRecord, BuildingId]]) -> None:
    """Add units (number, record, building) to an estate."""
    values = [_values(record, building) | {"estate_id": estate, "id": number} for number, record, building in rows]
    if values:
        session.connection().execute(insert(Unit), values)


def update_units(session: Session, estate: EstateId, rows: Iterable[tuple[int, UnitRecord, BuildingId]]) -> None:
    """Write records over units whose versions were checked."""
    values = [_values(record, building) | {"b_id": number} for number, record, building in rows]
    if values:
        statement = update(Unit).where(Unit.estate_id == estate, Unit.id == bindparam("b_id"))
        session.connection().execute(statement.values(version=Unit.version + 1), values)


def _values(record: UnitRecord, building: BuildingId) -> dict[str, Any]:
    plain = {name: getattr(record, name) for name in _PLAIN}
    return plain | {"building_id": building, "sort_key": sort_key(record.code)}


def _chunks(values: Sequence[Any]) -> Iterable[Sequence[Any]]:
    return (values[start : start + CHUNK] for start in range(0, len(values), CHUNK))
