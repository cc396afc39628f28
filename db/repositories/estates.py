"""Estates: load for change, and store many at once."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any, Final

from sqlalchemy import bindparam, func, insert, select, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from core.customers.estate_record import EstateRecord
from core.kernel.identity import EstateId
from db.models import Bill, Estate, EstateHead

CHUNK: Final = 1_000
"""Values in one ``IN`` list; both databases take far more, their planners do not."""

RECORD_FIELDS: Final = tuple(EstateRecord.__dataclass_fields__)


def load_estate(session: Session, estate: EstateId) -> Estate | None:
    """The estate, in whatever state."""
    return session.get(Estate, estate)


def codes_on_file(session: Session, codes: Collection[str]) -> dict[str, int]:
    """Which of the codes are taken, and by which estate."""
    return _owners(session, Estate.code, codes)


def keys_on_file(session: Session, keys: Collection[str]) -> dict[str, int]:
    """Which of the name-and-address keys are taken, and by which estate."""
    return _owners(session, Estate.natural_key, keys)


def _owners(session: Session, column: InstrumentedAttribute[str], values: Collection[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for chunk in _chunks(values):
        found.update((one, other) for one, other in session.execute(select(column, Estate.id).where(column.in_(chunk))))
    return found


def given_codes(session: Session) -> tuple[str, ...]:
    """The codes the portal may have given itself."""
    return tuple(session.scalars(select(Estate.code).where(Estate.code.like("E%"))))


def open_bills(session: Session, estate: EstateId, unit: int | None = None) -> int:
    """How many bills of an estate, or of one unit, are not settled."""
    statement = select(func.count()).select_from(Bill).where(Bill.estate_id == estate)
    if unit is not None:
        statement = statement.where(Bill.unit_id == unit)
    return session.scalar(statement.where(Bill.paid_fen + Bill.relief_fen < Bill.amount_fen)) or 0


def record_of(row: Estate) -> EstateRecord:
    """The record a row holds."""
    return EstateRecord(**{name: getattr(row, name) for name in RECORD_FIELDS})


def fill(row: Estate, record: EstateRecord, *, key: str) -> None:
    """Write a record and its key into a loaded row."""
    for name in RECORD_FIELDS:
        setattr(row, name, getattr(record, name))
    row.natural_key = key


def insert_estates(session: Session, rows: Iterable[tuple[EstateId, EstateRecord, str]], *, now: datetime) -> None:
    """Add estates (number, record, key), each with its head row."""
    values = [_values(record, key) | {"id": number, "created_at": now} for number, record, key in rows]
    if values:
        session.connection().execute(insert(Estate), values)
        session.connection().execute(insert(EstateHead), [{"estate_id": row["id"]} for row in values])


def versions_for_change(session: Session, estates: Collection[int]) -> dict[int, tuple[int, str]]:
    """Version and code of estates, whose rows stay locked until the work is done."""
    found: dict[int, tuple[int, str]] = {}
    for chunk in _chunks(estates):
        statement = select(Estate.id, Estate.version, Estate.code).where(Estate.id.in_(chunk)).order_by(Estate.id)
        rows = session.execute(statement.with_for_update(key_share=True))
        found.update((number, (version, code)) for number, version, code in rows)
    return found


def update_estates(session: Session, rows: Iterable[tuple[EstateId, EstateRecord, str]]) -> None:
    """Write records and keys over estates whose versions were checked."""
    values = [_values(record, key) | {"b_id": number} for number, record, key in rows]
    if values:
        # The columns to set come from the names in the rows.
        statement = update(Estate).where(Estate.id == bindparam("b_id")).values(version=Estate.version + 1)
        session.connection().execute(statement, values)


def _values(record: EstateRecord, key: str) -> dict[str, Any]:
    return {name: getattr(record, name) for name in RECORD_FIELDS} | {"natural_key": key}


def _chunks(values: Collection[Any]) -> Iterable[list[Any]]:
    listed = sorted(values)
    return (listed[start : start + CHUNK] for start in range(0, len(listed), CHUNK))
