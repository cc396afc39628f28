"""Use cases of buildings and units (R-002)."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from core.admin.codes import CodeList, check_value
from core.admin.permissions import Permission
from core.customers.unit_record import (
    BuildingCodeTaken,
    UnitRecord,
    UnitState,
    check_floor,
    check_unit_retirement,
)
from core.customers.units import check_area, parse_area
from core.imports.typed_places import UnitCodeTaken, typed_building, typed_entrance, typed_unit
from core.kernel.identity import BuildingId, EstateId, UnitId
from core.kernel.periods import local_day
from db.models import Building, Unit
from db.operations.estates import changed_facts, the_estate
from db.repositories.codes import active_codes
from db.repositories.estates import open_bills
from db.repositories.units import (
    buildings_of,
    credit_of,
    fill,
    insert_buildings,
    insert_units,
    load_building,
    load_unit,
    occupants_from,
    record_of,
    unit_codes_on_file,
    unit_versions,
    update_units,
)
from db.unit_of_work import EditConflict, NotFound, UnitOfWork, operation


@dataclass(frozen=True, slots=True)
class CreateBuilding:
    """A new building of an estate."""

    estate_id: EstateId
    code: str


@dataclass(frozen=True, slots=True)
class UnitForm:
    """A unit as a form gives it: ``area`` typed in m², ``room`` a room number or the full code."""

    building_id: BuildingId
    entrance: str
    room: str
    area: str
    use: str
    grade: str | None = None
    floor: int | None = None
    handover_date: date | None = None


@dataclass(frozen=True, slots=True)
class CreateUnit:
    """A new unit of an estate."""

    estate_id: EstateId
    form: UnitForm


@dataclass(frozen=True, slots=True)
class EditUnit:
    """New values of a unit; bills already made keep the old ones."""

    estate_id: EstateId
    unit_id: UnitId
    version: int
    form: UnitForm


@dataclass(frozen=True, slots=True)
class RetireUnit:
    """The unit is no longer in use (merged, demolished)."""

    estate_id: EstateId
    unit_id: UnitId
    version: int


@dataclass(frozen=True, slots=True)
class UnitChange:
    """New values of one unit in a bulk change."""

    unit_id: UnitId
    version: int
    record: UnitRecord


@operation(Permission.UNITS_EDIT)
def create_building(work: UnitOfWork, command: CreateBuilding) -> BuildingId:
    """Add a building to an estate and give its number."""
    the_estate(work, command.estate_id, active=True)
    code = typed_building(command.code)
    if code in buildings_of(work.session, command.estate_id):
        raise BuildingCodeTaken(building=code)
    number = BuildingId(work.new_id(command.estate_id))
    insert_buildings(work.session, command.estate_id, [(number, code)])
    work.record("buildings.create", ("building", number), estate=command.estate_id, after={"code": code})
    return number


@operation(Permission.UNITS_EDIT)
def create_unit(work: UnitOfWork, command: CreateUnit) -> UnitId:
    """Add a unit to a building and give its number."""
    the_estate(work, command.estate_id, active=True)
    record = _checked(work, command.estate_id, command.form)
    (number,) = store_units(work, command.estate_id, (record,), ())
    work.record("units.create", ("unit", number), estate=command.estate_id, after=_facts(record))
    return number


@operation(Permission.UNITS_EDIT)
def edit_unit(work: UnitOfWork, command: EditUnit) -> None:
    """Change a unit's values; the same values again change nothing."""
    row = _unchanged_unit(work, command)
    old = record_of(row, _the_building(work, command.estate_id, BuildingId(row.building_id)).code)
    record = _checked(work, command.estate_id, command.form, old=old)
    _check_free(work, command.estate_id, {command.unit_id: record})
    fill(row, record, command.form.building_id)
    before, after = changed_facts(_facts(old), _facts(record))
    if after:
        work.record("units.edit", ("unit", row.id), estate=command.estate_id, before=before, after=after)


@operation(Permission.UNITS_EDIT)
def retire_unit(work: UnitOfWork, command: RetireUnit) -> None:
    """Take a unit that owes nothing, holds no money and no people out of use; what is on record stays."""
    row = _unchanged_unit(work, command)
    check_unit_retirement(
        state=UnitState(row.state),
        open_bills=open_bills(work.session, command.estate_id, command.unit_id),
        credit_fen=credit_of(work.session, command.estate_id, command.unit_id),
        occupants=occupants_from(work.session, command.estate_id, command.unit_id, local_day(work.now)),
    )
    before = {"state": row.state}
    row.state = UnitState.RETIRED.value
    work.record("units.retire", ("unit", row.id), estate=command.estate_id, before=before, after={"state": row.state})


def store_units(
    work: UnitOfWork, estate: EstateId, new: Sequence[UnitRecord], changed: Sequence[UnitChange]
) -> tuple[UnitId, ...]:
    """Add and change many units of an estate at once and give the numbers of the new ones, in their order.

    Call it inside an operation, which records the change; codes and texts are checked already. Buildings that are
    missing are added; a code taken, a stale version and an estate beyond the person's care refuse everything.
    """
    the_estate(work, estate, active=True)
    work.lock(estate)
    for record in (*new, *(change.record for change in changed)):
        check_area(record.area)
    _check_versions(work, estate, changed)
    numbers = tuple(UnitId(number) for number in work.new_ids(estate, len(new))) if new else ()
    added = dict(zip(numbers, new, strict=True))
    edited = {change.unit_id: change.record for change in changed}
    _check_free(work, estate, added | edited)
    places = _with_buildings(work, estate, [*new, *edited.values()])
    insert_units(work.session, estate, _placed(added, places))
    update_units(work.session, estate, _placed(edited, places))
    return numbers


def the_unit(work: UnitOfWork, estate: EstateId, unit: UnitId) -> Unit:
    """Load a unit of an estate within the person's care; any other raises ``NotFound``."""
    row = load_unit(work.session, estate, unit) if work.actor.looks_after(estate) else None
    if row is None:
        raise NotFound
    return row


def _unchanged_unit(work: UnitOfWork, command: EditUnit | RetireUnit) -> Unit:
    row = the_unit(work, command.estate_id, command.unit_id)
    if row.version != command.version:
        raise EditConflict
    return row


def _the_building(work: UnitOfWork, estate: EstateId, building: BuildingId) -> Building:
    row = load_building(work.session, estate, building)
    if row is None:
        raise NotFound
    return row


def _checked(work: UnitOfWork, estate: EstateId, form: UnitForm, old: UnitRecord | None = None) -> UnitRecord:
    building = _the_building(work, estate, form.building_id).code
    entrance = typed_entrance(form.entrance)
    codes = active_codes(work.session, CodeList.USE, CodeList.UNIT_GRADE)
    use = check_value(code_list=CodeList.USE, value=form.use, active=codes[CodeList.USE], kept=old.use if old else None)
    grade = form.grade or None
    if grade is not None:
        graded, kept = codes[CodeList.UNIT_GRADE], old.grade if old else None
        check_value(code_list=CodeList.UNIT_GRADE, value=grade, active=graded, kept=kept)
    return UnitRecord(
        building=building,
        entrance=entrance,
        code=typed_unit(building=building, entrance=entrance, room=form.room),
        area=parse_area(form.area),
        use=use,
        grade=grade,
        floor=check_floor(form.floor),
        handover_date=form.handover_date,
    )


def _check_free(work: UnitOfWork, estate: EstateId, wanted: dict[UnitId, UnitRecord]) -> None:
    """Refuse codes another unit of the estate has, on file or in the same batch."""
    codes = Counter(record.code for record in wanted.values())
    held = unit_codes_on_file(work.session, estate, codes.keys())
    for number, record in wanted.items():
        if codes[record.code] > 1 or held.get(record.code, number) != number:
            raise UnitCodeTaken(unit_code=record.code)


def _check_versions(work: UnitOfWork, estate: EstateId, changed: Sequence[UnitChange]) -> None:
    versions = unit_versions(work.session, estate, {change.unit_id for change in changed})
    for change in changed:
        if change.unit_id not in versions:
            raise NotFound
        if versions[change.unit_id] != change.version:
            raise EditConflict


def _with_buildings(work: UnitOfWork, estate: EstateId, records: Iterable[UnitRecord]) -> dict[str, BuildingId]:
    """The buildings of an estate by code, after adding those the records name and it lacks."""
    known = buildings_of(work.session, estate)
    missing = sorted({record.building for record in records} - known.keys())
    if missing:
        numbers = work.new_ids(estate, len(missing))
        insert_buildings(work.session, estate, zip(numbers, missing, strict=True))
        known |= {code: BuildingId(number) for code, number in zip(missing, numbers, strict=True)}
    return known


def _placed(
    rows: dict[UnitId, UnitRecord], places: dict[str, BuildingId]
) -> list[tuple[UnitId, UnitRecord, BuildingId]]:
    return [(number, record, places[record.building]) for number, record in rows.items()]


def _facts(record: UnitRecord) -> dict[str, Any]:
    day = record.handover_date
    return asdict(record) | {"handover_date": day.isoformat() if day else None}
