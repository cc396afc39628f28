"""Importing customers: a row says who (name, phone) has what relation to which unit, and since when (R-003)."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, cast

from sqlalchemy import select

from core.customers.customer_record import CustomerRecord, CustomerUnit
from core.customers.masking import normalise_name, normalise_phone
from core.customers.profiles import CareFlag, CustomerDetails, Relation, customer_details
from core.imports.batches import check_same_person
from core.imports.changes import ChangedRow, ExistingRecord, ImportPlan, Key
from core.imports.rows import Assessment
from core.imports.specs import ParsedRow
from core.imports.text import Value, folded
from core.kernel.identity import CustomerId, EstateId, UnitId
from db.models import Customer, CustomerFlag, ImportBatch, Occupancy, Unit
from db.operations.customers import CustomerChange, store_customers, store_occupancies
from db.operations.import_units import estates_named
from db.repositories.customers import open_name, open_phone
from db.repositories.imports import WrittenRow
from db.unit_of_work import UnitOfWork

Person = tuple[str, str]
"""Who somebody is within an estate: normalised name and phone."""


@dataclass(frozen=True, slots=True)
class OnFile:
    """A relation as it is now, with its person."""

    estate: EstateId
    occupancy: Occupancy
    customer: Customer
    details: CustomerDetails


def records_on_file(
    work: UnitOfWork, _batch: ImportBatch, assessment: Assessment
) -> tuple[dict[Key, ExistingRecord], dict[str, Any]]:
    """Every relation in the estates the file names, and the relations themselves."""
    known: dict[Key, ExistingRecord] = {}
    records: dict[str, Any] = {}
    for code, estate in estates_named(work, assessment.rows).items():
        flags = _flags(work, estate)
        statement = select(Occupancy, Customer, Unit.code).where(
            Occupancy.estate_id == estate,
            Customer.estate_id == estate,
            Customer.id == Occupancy.customer_id,
            Unit.estate_id == estate,
            Unit.id == Occupancy.unit_id,
        )
        for occupancy, customer, unit in work.session.execute(statement):
            name, phone = open_name(work.keys, customer), open_phone(work.keys, customer)
            details = CustomerDetails(name, phone, flags.get(customer.id, ()))
            record = f"{estate}:{occupancy.id}"
            version = occupancy.version * 1_000_000 + customer.version
            values = _values(code, unit, occupancy, details)
            known[(folded(code), unit, occupancy.relation, folded(name))] = ExistingRecord(record, version, values)
            records[record] = OnFile(estate, occupancy, customer, details)
    return known, records


def write_plan(work: UnitOfWork, _batch: ImportBatch, plan: ImportPlan, on_file: dict[str, Any]) -> list[WrittenRow]:
    """Write new people and relations, and what is different about known ones, and say what was written."""
    rows: dict[str, list[ParsedRow]] = defaultdict(list)
    for row in plan.created:
        rows[str(row.values["estate"])].append(row)
    estates = estates_named(work, plan.created)
    written: list[WrittenRow] = []
    for code, new in sorted(rows.items()):
        written += _write_new(work, estates[code], new)
    people: dict[tuple[EstateId, int], CustomerDetails] = {}
    for changed in plan.changed:
        written += _write_change(work, on_file[changed.existing.record], changed, people)
    return written


def _flags(work: UnitOfWork, estate: EstateId) -> dict[int, tuple[CareFlag, ...]]:
    statement = select(CustomerFlag.customer_id, CustomerFlag.flag).where(CustomerFlag.estate_id == estate)
    found: dict[int, set[str]] = defaultdict(set)
    for customer, flag in work.session.execute(statement):
        found[customer].add(flag)
    return {customer: tuple(f for f in CareFlag if f.value in own) for customer, own in found.items()}


def _values(estate: str, unit: str, occupancy: Occupancy, details: CustomerDetails) -> Mapping[str, Value | None]:
    parts = unit.split("-")
    return {
        "estate": estate,
        "building": parts[0],
        "entrance": parts[1] if len(parts) == 3 else None,
        "unit": unit,
        "name": details.name,
        "phone": details.phone or None,
        "relation": occupancy.relation,
        "care_flags": tuple(flag.value for flag in details.care) or None,
        "start_date": occupancy.start_date,
        "end_date": occupancy.end_date,
    }


def _details(values: Mapping[str, Value | None]) -> CustomerDetails:
    care = tuple(CareFlag(flag) for flag in cast(tuple[str, ...], values.get("care_flags") or ()))
    return customer_details(name=str(values["name"]), phone=str(values.get("phone") or ""), care=care)


def _held(values: Mapping[str, Value | None], unit: UnitId) -> CustomerUnit:
    start, end = cast(date | None, values.get("start_date")), cast(date | None, values.get("end_date"))
    return CustomerUnit(unit, Relation(str(values["relation"])), start, end)


def _person(details: CustomerDetails) -> Person:
    return normalise_name(details.name), normalise_phone(details.phone)


def _write_new(work: UnitOfWork, estate: EstateId, rows: list[ParsedRow]) -> list[WrittenRow]:
    """Add the relations of an estate; somebody with the same name and phone, on file or above, is the same person."""
    units = _units(work, estate, {str(row.values["unit"]) for row in rows})
    known = _people_with_phone(work, estate)
    wanted = [(_details(row.values), _held(row.values, units[str(row.values["unit"])])) for row in rows]
    new: dict[Person | int, CustomerDetails] = {}
    for line, (details, _) in enumerate(wanted):
        new.setdefault(_name_of(details, line), details)
    fresh = {name: details for name, details in new.items() if name not in known}
    numbers = store_customers(work, estate, [CustomerRecord(details) for details in fresh.values()], ())
    owners: dict[Person | int, CustomerId] = {**known, **dict(zip(fresh, numbers, strict=True))}
    held = [(owners[_name_of(details, line)], unit) for line, (details, unit) in enumerate(wanted)]
    occupancies = store_occupancies(work, estate, held)
    for number, details in zip(numbers, fresh.values(), strict=True):
        who = {"name": work.keys.token(normalise_name(details.name)), "care": [f.value for f in details.care]}
        work.record("customers.add", ("customer", number), estate=estate, after=who, reason="import")
    for link, (customer, unit) in zip(occupancies, held, strict=True):
        where = {"customer": customer, "unit": unit.unit, "relation": unit.relation.value}
        work.record("occupancies.link", ("occupancy", link), estate=estate, after=where, reason="import")
    customers = [WrittenRow(Customer.__tablename__, estate, number, 1, {}) for number in numbers]
    return [*customers, *(WrittenRow(Occupancy.__tablename__, estate, number, 1, {}) for number in occupancies)]


def _name_of(details: CustomerDetails, line: int) -> Person | int:
    """Who a row speaks of: name and phone, or somebody of its own where there is no phone."""
    return _person(details) if details.phone else line


def _units(work: UnitOfWork, estate: EstateId, codes: Iterable[str]) -> dict[str, UnitId]:
    statement = select(Unit.code, Unit.id).where(Unit.estate_id == estate)
    wanted = set(codes)
    return {code: UnitId(number) for code, number in work.session.execute(statement) if code in wanted}


def _people_with_phone(work: UnitOfWork, estate: EstateId) -> dict[Person | int, CustomerId]:
    people = work.session.scalars(
        select(Customer).where(Customer.estate_id == estate, Customer.phone_sealed.is_not(None))
    )
    return {
        (normalise_name(open_name(work.keys, row)), normalise_phone(open_phone(work.keys, row))): CustomerId(row.id)
        for row in people
    }


def _write_change(
    work: UnitOfWork, was: OnFile, changed: ChangedRow, people: dict[tuple[EstateId, int], CustomerDetails]
) -> list[WrittenRow]:
    """Write what a row says differently about a person (once, though several rows may say it) and the relation."""
    fields = {change.field for change in changed.changes}
    written = []
    if fields & {"name", "phone", "care_flags"}:
        details = _merged(was.details, _details(changed.row.values))
        key = (was.estate, was.customer.id)
        check_same_person(said=details, before=people.get(key), row=changed.row.row)
        if key not in people:
            written.append(_change_person(work, was, details))
        people[key] = details
    if fields & {"start_date", "end_date"}:
        written.append(_change_relation(work, was, changed.row.values))
    return written


def _merged(old: CustomerDetails, said: CustomerDetails) -> CustomerDetails:
    """An empty cell never clears a value."""
    return replace(said, phone=said.phone or old.phone, care=said.care or old.care)


def _change_person(work: UnitOfWork, was: OnFile, details: CustomerDetails) -> WrittenRow:
    row = was.customer
    columns = ("name_sealed", "name_index", "phone_sealed", "phone_index", "phone_tail_index")
    before: dict[str, Any] = {name: _hex(getattr(row, name)) for name in columns}
    change = CustomerChange(CustomerId(row.id), row.version, details)
    store_customers(work, was.estate, (), (change,))
    tokens = {"phone": work.keys.token(normalise_phone(details.phone)), "care": [f.value for f in details.care]}
    work.record("customers.edit", ("customer", row.id), estate=was.estate, after=tokens, reason="import")
    before["flags"] = [flag.value for flag in was.details.care]
    return WrittenRow(Customer.__tablename__, was.estate, row.id, row.version + 1, before)


def _change_relation(work: UnitOfWork, was: OnFile, values: Mapping[str, Value | None]) -> WrittenRow:
    row = was.occupancy
    before = {"start_date": _iso(row.start_date), "end_date": _iso(row.end_date)}
    row.start_date = cast(date | None, values.get("start_date")) or row.start_date
    row.end_date = cast(date | None, values.get("end_date")) or row.end_date
    after = {"start_date": _iso(row.start_date), "end_date": _iso(row.end_date)}
    subject = ("occupancy", row.id)
    work.record("occupancies.edit", subject, estate=was.estate, before=before, after=after, reason="import")
    return WrittenRow(Occupancy.__tablename__, was.estate, row.id, row.version + 1, before)


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _hex(value: bytes | None) -> str | None:
    return value.hex() if value is not None else None
