"""Importing units: what is on file, and writing what is new or different, estate by estate (R-002)."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import fields
from typing import Any

from sqlalchemy import select

from core.customers.unit_record import UnitRecord
from core.imports.changes import ChangedRow, ExistingRecord, ImportPlan, Key
from core.imports.records import unit_record, unit_values
from core.imports.rows import Assessment
from core.imports.specs import ParsedRow
from core.imports.text import folded
from core.kernel.identity import EstateId, UnitId
from db.models import Building, Estate, ImportBatch, Unit
from db.operations.estates import changed_facts
from db.operations.units import UnitChange, store_units
from db.repositories.imports import WrittenRow
from db.repositories.units import buildings_of, record_of
from db.unit_of_work import UnitOfWork

_FACTS = tuple(field.name for field in fields(UnitRecord) if field.name != "building")


def records_on_file(
    work: UnitOfWork, _batch: ImportBatch, assessment: Assessment
) -> tuple[dict[Key, ExistingRecord], dict[str, Any]]:
    """Every unit of the estates the file names, and the records themselves."""
    known: dict[Key, ExistingRecord] = {}
    records: dict[str, Any] = {}
    for code, estate in estates_named(work, assessment.rows).items():
        buildings = {number: building for building, number in buildings_of(work.session, estate).items()}
        for row in work.session.scalars(select(Unit).where(Unit.estate_id == estate)):
            record = record_of(row, buildings[row.building_id])  # type: ignore[index]
            name = f"{estate}:{row.id}"
            known[(folded(code), row.code)] = ExistingRecord(name, row.version, unit_values(record, estate=code))
            records[name] = record
    return known, records


def estates_named(work: UnitOfWork, rows: Iterable[ParsedRow]) -> dict[str, EstateId]:
    """The estates rows name, by code; every one lies within the person's care."""
    codes = {str(row.values["estate"]) for row in rows}
    found = work.session.execute(select(Estate.code, Estate.id).where(Estate.code.in_(codes)))
    return {code: EstateId(number) for code, number in found}


def write_plan(work: UnitOfWork, _batch: ImportBatch, plan: ImportPlan, on_file: dict[str, Any]) -> list[WrittenRow]:
    """Write the created and changed units of each estate with an audit entry each, and say what was written."""
    by_estate: dict[str, tuple[list[ParsedRow], list[ChangedRow]]] = defaultdict(lambda: ([], []))
    for row in plan.created:
        by_estate[str(row.values["estate"])][0].append(row)
    for changed in plan.changed:
        by_estate[str(changed.row.values["estate"])][1].append(changed)
    estates = estates_named(work, (*plan.created, *(changed.row for changed in plan.changed)))
    written: list[WrittenRow] = []
    for code, (new, changed_rows) in sorted(by_estate.items()):
        written += _write_estate(work, estates[code], new, changed_rows, on_file)
    return written


def _write_estate(
    work: UnitOfWork, estate: EstateId, new: list[ParsedRow], changed: list[ChangedRow], on_file: dict[str, Any]
) -> list[WrittenRow]:
    there = set(buildings_of(work.session, estate))
    records = [unit_record(row.values) for row in new]
    changes = [_change(row, on_file) for row in changed]
    numbers = store_units(work, estate, records, changes)
    buildings = buildings_of(work.session, estate)
    written = [WrittenRow(Building.__tablename__, estate, buildings[b], 1, {}) for b in sorted(set(buildings) - there)]
    for number, record in zip(numbers, records, strict=True):
        work.record("units.create", ("unit", number), estate=estate, after=unit_facts(record), reason="import")
        written.append(WrittenRow(Unit.__tablename__, estate, number, 1, {}))
    for change, row in zip(changes, changed, strict=True):
        old: UnitRecord = on_file[row.existing.record]
        before, after = changed_facts(unit_facts(old), unit_facts(change.record))
        subject = ("unit", change.unit_id)
        work.record("units.edit", subject, estate=estate, before=before, after=after, reason="import")
        written.append(WrittenRow(Unit.__tablename__, estate, change.unit_id, change.version + 1, before))
    return written


def unit_facts(record: UnitRecord) -> dict[str, Any]:
    """A unit's columns as plain values; the building and code of a known unit never change in an import."""
    day = record.handover_date
    return {name: getattr(record, name) for name in _FACTS} | {"handover_date": day.isoformat() if day else None}


def _change(changed: ChangedRow, on_file: dict[str, Any]) -> UnitChange:
    number = int(changed.existing.record.rpartition(":")[2])
    record = unit_record(changed.row.values, old=on_file[changed.existing.record])
    return UnitChange(UnitId(number), changed.existing.version, record)
