"""Use cases of estates (R-001)."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from core.admin.codes import CodeList, check_value
from core.admin.permissions import Permission
from core.admin.reach import require_whole_company
from core.customers.estate_record import (
    EstateRecord,
    EstateState,
    check_estate,
    check_estate_active,
    check_estate_key,
    check_estate_retirement,
    next_estate_codes,
)
from core.customers.estates import EstateCodeTaken
from core.imports.kinds import natural_key
from core.kernel.identity import COMPANY, EstateId
from db.models import Estate
from db.repositories.codes import active_codes
from db.repositories.estates import (
    codes_on_file,
    fill,
    given_codes,
    insert_estates,
    keys_on_file,
    load_estate,
    open_bills,
    record_of,
    update_estates,
    versions_for_change,
)
from db.unit_of_work import EditConflict, NotFound, UnitOfWork, operation


@dataclass(frozen=True, slots=True)
class CreateEstate:
    """A new estate; without a code it gets the next free one."""

    record: EstateRecord


@dataclass(frozen=True, slots=True)
class EditEstate:
    """New values of an estate; an empty code keeps the one it has."""

    estate_id: EstateId
    version: int
    record: EstateRecord


@dataclass(frozen=True, slots=True)
class RetireEstate:
    """The company no longer looks after the estate."""

    estate_id: EstateId
    version: int


@dataclass(frozen=True, slots=True)
class EstateChange:
    """New values of one estate in a bulk change; an empty code keeps the one it has."""

    estate_id: EstateId
    version: int
    record: EstateRecord


@operation(Permission.ESTATES_EDIT)
def create_estate(work: UnitOfWork, command: CreateEstate) -> EstateId:
    """Add an estate with its head row and give its number."""
    require_whole_company(actor=work.actor, permission=Permission.ESTATES_EDIT)
    record = _checked(work, command.record)
    (number,) = store_estates(work, (record,), ())
    row = the_estate(work, number)
    work.record("estates.create", ("estate", number), estate=number, after=asdict(record_of(row)))
    return number


@operation(Permission.ESTATES_EDIT)
def edit_estate(work: UnitOfWork, command: EditEstate) -> None:
    """Change an estate's values; the same values again change nothing."""
    work.lock(COMPANY)
    row = _unchanged_estate(work, command)
    old = record_of(row)
    record = _checked(work, command.record, old=old)
    _check_free(work, {command.estate_id: record})
    fill(row, record, key=natural_key(record.name, record.address))
    before, after = changed_facts(asdict(old), asdict(record))
    if after:
        work.record("estates.edit", ("estate", row.id), estate=command.estate_id, before=before, after=after)


@operation(Permission.ESTATES_EDIT)
def retire_estate(work: UnitOfWork, command: RetireEstate) -> None:
    """End the care of an estate whose bills are settled; what is on record stays."""
    row = _unchanged_estate(work, command)
    check_estate_retirement(state=EstateState(row.state), open_bills=open_bills(work.session, command.estate_id))
    before = {"state": row.state}
    row.state = EstateState.RETIRED.value
    after = {"state": row.state}
    work.record("estates.retire", ("estate", row.id), estate=command.estate_id, before=before, after=after)


def store_estates(
    work: UnitOfWork, new: Sequence[EstateRecord], changed: Sequence[EstateChange]
) -> tuple[EstateId, ...]:
    """Add and change many estates at once and give the numbers of the new ones, in their order.

    Call it inside an operation, which records the change; the records are checked already. Codes are given where
    empty; a code or name taken, a stale version and an estate beyond the person's care refuse everything.
    """
    if new:
        require_whole_company(actor=work.actor, permission=Permission.ESTATES_EDIT)
    work.lock(COMPANY)
    changes = _with_codes(work, changed)
    given = iter(next_estate_codes(taken=given_codes(work.session), count=sum(not r.code for r in new)))
    coded = [record if record.code else replace(record, code=next(given)) for record in new]
    numbers = tuple(EstateId(number) for number in work.new_ids(COMPANY, len(coded))) if coded else ()
    wanted = {change.estate_id: change.record for change in changes} | dict(zip(numbers, coded, strict=True))
    _check_free(work, wanted)
    insert_estates(work.session, _keyed(zip(numbers, coded, strict=True)), now=work.now)
    update_estates(work.session, _keyed((change.estate_id, change.record) for change in changes))
    return numbers


def the_estate(work: UnitOfWork, estate: EstateId, *, active: bool = False) -> Estate:
    """Load an estate in the person's care, any other raises ``NotFound``; if ``active``, a retired one is refused."""
    row = load_estate(work.session, estate) if work.actor.looks_after(estate) else None
    if row is None:
        raise NotFound
    if active:
        check_estate_active(state=EstateState(row.state), estate_code=row.code)
    return row


def changed_facts(before: dict[str, Any], after: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """What of a record differs, as it was and as it is: the facts an audit entry needs."""
    names = [name for name in after if before.get(name) != after[name]]
    return {name: before.get(name) for name in names}, {name: after[name] for name in names}


def _unchanged_estate(work: UnitOfWork, command: EditEstate | RetireEstate) -> Estate:
    row = the_estate(work, command.estate_id)
    if row.version != command.version:
        raise EditConflict
    return row


def _checked(work: UnitOfWork, record: EstateRecord, old: EstateRecord | None = None) -> EstateRecord:
    clean = check_estate(record, kept_code=old.code if old else "")
    types = active_codes(work.session, CodeList.ESTATE_TYPE)[CodeList.ESTATE_TYPE]
    kept = old.estate_type if old else None
    check_value(code_list=CodeList.ESTATE_TYPE, value=clean.estate_type, active=types, kept=kept)
    return clean if clean.code or old is None else replace(clean, code=old.code)


def _check_free(work: UnitOfWork, wanted: dict[EstateId, EstateRecord]) -> None:
    """Refuse codes and name-and-address keys that another estate has, on file or in the same batch."""
    keys = {number: natural_key(record.name, record.address) for number, record in wanted.items()}
    codes = Counter(record.code for record in wanted.values())
    names = Counter(keys.values())
    codes_held = codes_on_file(work.session, codes.keys())
    keys_held = keys_on_file(work.session, names.keys())
    for number, record in wanted.items():
        if codes[record.code] > 1 or codes_held.get(record.code, number) != number:
            raise EstateCodeTaken(estate_code=record.code)
        key = keys[number]
        check_estate_key(key, name=record.name, taken=names[key] > 1 or keys_held.get(key, number) != number)


def _with_codes(work: UnitOfWork, changed: Sequence[EstateChange]) -> list[EstateChange]:
    """Check that the estates may be changed and fill in the codes they keep."""
    versions = versions_for_change(work.session, {change.estate_id for change in changed})
    coded = []
    for change in changed:
        if change.estate_id not in versions or not work.actor.looks_after(change.estate_id):
            raise NotFound
        version, code = versions[change.estate_id]
        if version != change.version:
            raise EditConflict
        coded.append(replace(change, record=replace(change.record, code=change.record.code or code)))
    return coded


def _keyed(rows: Iterable[tuple[EstateId, EstateRecord]]) -> list[tuple[EstateId, EstateRecord, str]]:
    return [(number, record, natural_key(record.name, record.address)) for number, record in rows]
