"""Importing estates: what is on file, and writing what is new or different (R-001)."""

from dataclasses import asdict
from typing import Any

from sqlalchemy import select

from core.customers.estate_record import EstateRecord
from core.imports.changes import ExistingRecord, ImportPlan, Key
from core.imports.kinds import natural_key
from core.imports.records import estate_record, estate_values
from core.imports.rows import Assessment
from core.kernel.identity import COMPANY, EstateId
from db.models import Estate, ImportBatch
from db.operations.estates import EstateChange, changed_facts, store_estates
from db.repositories.estates import record_of
from db.repositories.imports import WrittenRow
from db.unit_of_work import UnitOfWork


def records_on_file(
    work: UnitOfWork, _batch: ImportBatch, _assessment: Assessment
) -> tuple[dict[Key, ExistingRecord], dict[str, Any]]:
    """Every estate within the person's care under its code and under name and address, and the rows themselves."""
    rows = [row for row in work.session.scalars(select(Estate)) if work.actor.looks_after(EstateId(row.id))]
    known: dict[Key, ExistingRecord] = {}
    for row in rows:
        record = ExistingRecord(str(row.id), row.version, estate_values(record_of(row)))
        known[("code", row.code)] = known[("name", row.natural_key)] = record
    return known, {str(row.id): record_of(row) for row in rows}


def write_plan(work: UnitOfWork, _batch: ImportBatch, plan: ImportPlan, on_file: dict[str, Any]) -> list[WrittenRow]:
    """Write the created and changed estates with an audit entry each (in the company's chain: thousands of new chains
    would be begun otherwise), and say what was written.
    """
    new = [estate_record(row.values) for row in plan.created]
    changes = [_change(changed.existing, changed.row.values, on_file) for changed in plan.changed]
    numbers = store_estates(work, new, changes)
    written = []
    for number, row in zip(numbers, plan.created, strict=True):
        after = asdict(estate_record(row.values))
        work.record("estates.create", ("estate", number), after=after, reason="import")
        written.append(WrittenRow(Estate.__tablename__, COMPANY, number, 1, {}))
    for change in changes:
        old: EstateRecord = on_file[str(change.estate_id)]
        before, after = changed_facts(asdict(old), asdict(change.record))
        work.record("estates.edit", ("estate", change.estate_id), before=before, after=after, reason="import")
        columns = before | {"natural_key": natural_key(old.name, old.address)}
        written.append(WrittenRow(Estate.__tablename__, COMPANY, change.estate_id, change.version + 1, columns))
    return written


def _change(existing: ExistingRecord, values: Any, on_file: dict[str, Any]) -> EstateChange:
    record = estate_record(values, old=on_file[existing.record])
    return EstateChange(EstateId(int(existing.record)), existing.version, record)
