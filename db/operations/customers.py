"""Use cases of customers (R-003, R-004, R-195). Names and phones leave only through :func:`reveal_contact`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from core.admin.permissions import Permission
from core.customers.customer_record import CustomerRecord, CustomerUnit, check_new_customer, check_note
from core.customers.masking import normalise_name, normalise_phone
from core.customers.profiles import CareFlag, CustomerDetails, Relation, check_occupancies, customer_details
from core.customers.profiles import Occupancy as Relationship
from core.customers.reveals import WINDOW, ContactField, NothingToReveal, reveal_decision
from core.customers.unit_record import UnitState, check_unit_active
from core.kernel.identity import COMPANY, CustomerId, EstateId, UnitId
from db.models import Customer, Occupancy
from db.operations.estates import changed_facts, the_estate
from db.repositories.customers import (
    REVEALED,
    clear_flags,
    customer_versions,
    customers_opened,
    flags_of,
    insert_customers,
    insert_occupancies,
    load_customer,
    load_occupancy,
    move_version,
    open_name,
    open_phone,
    relationship_of,
    relationships_of,
    same_on_file,
    sealed,
    store_flags,
    update_customers,
)
from db.repositories.units import unit_states
from db.unit_of_work import EditConflict, NotFound, UnitOfWork, operation


@dataclass(frozen=True, slots=True)
class AddCustomer:
    """A new customer, perhaps with a unit from a day on. ``is_another_person``: in spite of equal name and phone."""

    estate_id: EstateId
    name: str
    phone: str = ""
    note: str = ""
    care: tuple[CareFlag, ...] = ()
    unit: CustomerUnit | None = None
    is_another_person: bool = False


@dataclass(frozen=True, slots=True)
class EditCustomer:
    """New values of a customer. ``None`` keeps what is sealed, as the form never showed it; an empty phone goes."""

    estate_id: EstateId
    customer_id: CustomerId
    version: int
    name: str | None = None
    phone: str | None = None
    note: str | None = None
    is_another_person: bool = False


@dataclass(frozen=True, slots=True)
class SetCareFlags:
    """The whole set of reasons for special care."""

    estate_id: EstateId
    customer_id: CustomerId
    version: int
    care: tuple[CareFlag, ...]


@dataclass(frozen=True, slots=True)
class LinkOccupancy:
    """A customer's relation to a unit from a day on, perhaps up to (not including) another."""

    estate_id: EstateId
    customer_id: CustomerId
    unit_id: UnitId
    relation: Relation
    start: date
    end: date | None = None


@dataclass(frozen=True, slots=True)
class EndOccupancy:
    """The day a relation no longer holds (exclusive end)."""

    estate_id: EstateId
    occupancy_id: int
    version: int
    end: date


@dataclass(frozen=True, slots=True)
class RevealContact:
    """Open a name or number, and why."""

    estate_id: EstateId
    customer_id: CustomerId
    field: ContactField
    reason: str


@dataclass(frozen=True, slots=True)
class NoteContactSearch:
    """Somebody searches by a name or number; sent before the search is made."""

    text: str
    estate_id: EstateId = COMPANY


@dataclass(frozen=True, slots=True)
class CustomerChange:
    """New details of one customer in a bulk change; the note stays."""

    customer_id: CustomerId
    version: int
    details: CustomerDetails


@operation(Permission.CUSTOMERS_EDIT)
def add_customer(work: UnitOfWork, command: AddCustomer) -> CustomerId:
    """Add a customer and give his or her number."""
    the_estate(work, command.estate_id, active=True)
    details = customer_details(name=command.name, phone=command.phone, care=command.care)
    same = same_on_file(work.session, work.keys, command.estate_id, details)
    check_new_customer(same_on_file=same, is_another_person=command.is_another_person)
    held = (command.unit,) if command.unit else ()
    record = CustomerRecord(details, check_note(command.note), held)
    (number,) = store_customers(work, command.estate_id, (record,), ())
    after = _facts(work, details, record.note) | {"units": [_unit_facts(unit) for unit in held]}
    work.record("customers.add", ("customer", number), estate=command.estate_id, after=after)
    return number


@operation(Permission.CUSTOMERS_EDIT)
def edit_customer(work: UnitOfWork, command: EditCustomer) -> None:
    """Change a customer's name, phone or note; what is ``None`` stays."""
    row = _unchanged_customer(work, command.estate_id, command.customer_id, command.version)
    care = flags_of(work.session, command.estate_id, command.customer_id)
    old = CustomerDetails(open_name(work.keys, row), open_phone(work.keys, row), care)
    name, phone = _or(command.name, old.name), _or(command.phone, old.phone)
    new = customer_details(name=name, phone=phone, care=care)
    if (new.name, new.phone) != (old.name, old.phone):
        same = same_on_file(work.session, work.keys, command.estate_id, new, apart_from=row.id)
        check_new_customer(same_on_file=same, is_another_person=command.is_another_person)
        for column, value in sealed(work.keys, command.estate_id, row.id, new).items():
            setattr(row, column, value)
    old_note, row.note = row.note, check_note(_or(command.note, row.note))
    before, after = changed_facts(_facts(work, old, old_note), _facts(work, new, row.note))
    if after:
        work.record("customers.edit", _subject(row), estate=command.estate_id, before=before, after=after)


@operation(Permission.CUSTOMERS_EDIT)
def set_care_flags(work: UnitOfWork, command: SetCareFlags) -> None:
    """Set a customer's reasons for special care."""
    row = _unchanged_customer(work, command.estate_id, command.customer_id, command.version)
    old = flags_of(work.session, command.estate_id, command.customer_id)
    new = tuple(flag for flag in CareFlag if flag in command.care)
    if new == old:
        return
    if not move_version(work.session, command.estate_id, command.customer_id, command.version):
        raise EditConflict
    clear_flags(work.session, command.estate_id, [row.id])
    store_flags(work.session, command.estate_id, [(row.id, new)])
    before, after = {"care": list(old)}, {"care": list(new)}
    work.record("customers.care", _subject(row), estate=command.estate_id, before=before, after=after)


@operation(Permission.CUSTOMERS_EDIT)
def link_occupancy(work: UnitOfWork, command: LinkOccupancy) -> int:
    """Note a customer's relation to a unit and give its number; the same relation twice at a time is refused."""
    _the_customer(work, command.estate_id, command.customer_id)
    held = CustomerUnit(command.unit_id, command.relation, command.start, command.end)
    new = Relationship(command.unit_id, command.relation, command.start, command.end)
    _check_units(work, command.estate_id, {command.unit_id})
    check_occupancies((*relationships_of(work.session, command.estate_id, command.customer_id), new))
    number = work.new_id(command.estate_id)
    insert_occupancies(work.session, command.estate_id, [(number, command.customer_id, held)])
    after = _unit_facts(held) | {"customer": command.customer_id}
    work.record("occupancies.link", ("occupancy", number), estate=command.estate_id, after=after)
    return number


@operation(Permission.CUSTOMERS_EDIT)
def end_occupancy(work: UnitOfWork, command: EndOccupancy) -> None:
    """Set or move the day from which a relation no longer holds."""
    row = _unchanged_occupancy(work, command)
    held, customer = relationship_of(row), CustomerId(row.customer_id)
    ended = Relationship(held.unit, held.relation, held.start, command.end)
    others = relationships_of(work.session, command.estate_id, customer, apart_from=row.id)
    check_occupancies((*others, ended))
    before = {"end": row.end_date.isoformat() if row.end_date else None}
    row.end_date = command.end
    after = {"end": command.end.isoformat()}
    work.record("occupancies.end", ("occupancy", row.id), estate=command.estate_id, before=before, after=after)


@operation(Permission.CUSTOMERS_REVEAL)
def reveal_contact(work: UnitOfWork, command: RevealContact) -> str:
    """Give a customer's full name or number, and write down who opened it and why (R-195, security.md §5)."""
    row = _the_customer(work, command.estate_id, command.customer_id)
    work.lock(COMPANY)  # a person's openings in several estates are counted one after the other
    this = (command.estate_id, command.customer_id)
    since = work.now - WINDOW
    others, before = customers_opened(work.session, work.actor.user_id, since=since, apart_from=this)
    decision = reveal_decision(reason=command.reason, others_opened=others, opened_before=before)
    value = open_name(work.keys, row) if command.field is ContactField.NAME else open_phone(work.keys, row)
    if not value:
        raise NothingToReveal(field=command.field)
    after = {"field": command.field.value, "value": work.keys.token(_normal(command.field, value))}
    work.record(REVEALED, _subject(row), estate=command.estate_id, after=after, reason=decision.reason)
    if decision.alarm is not None:
        facts = {"level": decision.alarm, "customers": others + 1}
        work.record(f"{REVEALED}.alarm", ("user", work.actor.user_id or 0), after=facts)
    return value


@operation(Permission.CUSTOMERS_VIEW)
def note_contact_search(work: UnitOfWork, command: NoteContactSearch) -> None:
    """Write down that somebody searched by a name or number, as a token (security.md §5)."""
    token = work.keys.token(normalise_phone(command.text) or normalise_name(command.text))
    work.record("customers.search", ("search", "contact"), estate=command.estate_id, after={"value": token})


def store_customers(
    work: UnitOfWork, estate: EstateId, new: Sequence[CustomerRecord], changed: Sequence[CustomerChange]
) -> tuple[CustomerId, ...]:
    """Add and change many customers of an estate at once and give the numbers of the new ones, in their order.

    Call it inside an operation, which records the change; details come from ``customer_details`` and units are of the
    estate. Equal customers are the caller's question. A stale version and an estate beyond the person's care refuse
    everything.
    """
    the_estate(work, estate, active=True)
    work.lock(estate)
    _check_versions(work, estate, changed)
    numbers = tuple(CustomerId(number) for number in work.new_ids(estate, len(new))) if new else ()
    rows = [(number, record.details, record.note) for number, record in zip(numbers, new, strict=True)]
    insert_customers(work.session, work.keys, estate, rows)
    update_customers(work.session, work.keys, estate, [(change.customer_id, change.details) for change in changed])
    store_occupancies(
        work, estate, [(number, held) for number, r in zip(numbers, new, strict=True) for held in r.units]
    )
    return numbers


def store_occupancies(work: UnitOfWork, estate: EstateId, held: Sequence[tuple[CustomerId, CustomerUnit]]) -> range:
    """Add relations of customers to units of an estate at once and give their numbers, in their order."""
    the_estate(work, estate, active=True)
    _check_units(work, estate, {unit.unit for _, unit in held})
    people = {customer for customer, _ in held}
    if people - customer_versions(work.session, estate, people).keys():
        raise NotFound
    numbers = work.new_ids(estate, len(held)) if held else range(0)
    rows = [(number, customer, unit) for number, (customer, unit) in zip(numbers, held, strict=True)]
    insert_occupancies(work.session, estate, rows)
    return numbers


def _the_customer(work: UnitOfWork, estate: EstateId, customer: CustomerId) -> Customer:
    row = load_customer(work.session, estate, customer) if work.actor.looks_after(estate) else None
    if row is None:
        raise NotFound
    return row


def _unchanged_customer(work: UnitOfWork, estate: EstateId, customer: CustomerId, version: int) -> Customer:
    row = _the_customer(work, estate, customer)
    if row.version != version:
        raise EditConflict
    return row


def _unchanged_occupancy(work: UnitOfWork, command: EndOccupancy) -> Occupancy:
    row = load_occupancy(work.session, command.estate_id, command.occupancy_id)
    if row is None:
        raise NotFound
    if row.version != command.version:
        raise EditConflict
    return row


def _check_units(work: UnitOfWork, estate: EstateId, units: set[UnitId]) -> None:
    """Refuse units that are not of the estate, or out of use."""
    found = unit_states(work.session, estate, units)
    if units - found.keys():
        raise NotFound
    for code, state in found.values():
        check_unit_active(state=UnitState(state), unit_code=code)


def _check_versions(work: UnitOfWork, estate: EstateId, changed: Sequence[CustomerChange]) -> None:
    versions = customer_versions(work.session, estate, {change.customer_id for change in changed})
    for change in changed:
        if change.customer_id not in versions:
            raise NotFound
        if versions[change.customer_id] != change.version:
            raise EditConflict


def _or(new: str | None, old: str) -> str:
    return old if new is None else new


def _normal(field: ContactField, value: str) -> str:
    return normalise_name(value) if field is ContactField.NAME else normalise_phone(value)


def _subject(row: Customer) -> tuple[str, int]:
    return "customer", row.id


def _facts(work: UnitOfWork, details: CustomerDetails, note: str) -> dict[str, Any]:
    """What an audit entry holds of a customer: tokens for name, phone and note, which is free text."""
    return {
        "name": work.keys.token(normalise_name(details.name)),
        "phone": work.keys.token(normalise_phone(details.phone)) if details.phone else None,
        "note": work.keys.token(note) if note else None,
        "care": [flag.value for flag in details.care],
    }


def _unit_facts(held: CustomerUnit) -> dict[str, Any]:
    return {
        "unit": held.unit,
        "relation": held.relation.value,
        "start": held.start.isoformat() if held.start else None,
        "end": held.end.isoformat() if held.end else None,
    }
