"""Taking an import back: new rows go, changed rows get their old values – if nobody touched them since."""

from collections.abc import Iterable, Sequence
from datetime import date
from itertools import groupby
from typing import Any, Final

from sqlalchemy import ColumnElement, CursorResult, Date, LargeBinary, Table, delete, insert, update
from sqlalchemy.orm import Session

from db.models import Base, Building, Customer, CustomerFlag, Estate, Occupancy, Unit
from db.repositories.imports import WrittenRow

_TABLES: Final[dict[str, Table]] = {
    model.__tablename__: Base.metadata.tables[model.__tablename__]
    for model in (Estate, Building, Unit, Customer, Occupancy)
}
_CHUNK: Final = 500


def take_back(session: Session, rows: Sequence[WrittenRow]) -> int:
    """Undo written rows in the given order and give how many could not be: changed since, or gone.

    A row that something else now points at makes the database raise ``IntegrityError``.
    """
    missed = 0
    for (name, estate, is_new, version), group in groupby(rows, key=_kind_of_undo):
        table, run = _TABLES[name], list(group)
        if is_new:
            missed += _remove(session, table, estate, version, [row.row_id for row in run])
        else:
            missed += sum(_restore(session, table, row) for row in run)
        if missed:
            break  # the work is rolled back anyway
    return missed


def _kind_of_undo(row: WrittenRow) -> tuple[str, int, bool, int]:
    return row.table, row.estate_id, not row.before, row.version


def _own(table: Table, estate: int) -> list[ColumnElement[bool]]:
    return [table.c.estate_id == estate] if "estate_id" in table.c else []


def _remove(session: Session, table: Table, estate: int, version: int, ids: Sequence[int]) -> int:
    missed = 0
    for chunk in _chunks(ids):
        if table.name == Customer.__tablename__:
            session.execute(delete(CustomerFlag).where(*_flags_of(estate, chunk)))
        wanted = [*_own(table, estate), table.c.id.in_(chunk)]
        if "version" in table.c:
            wanted.append(table.c.version == version)
        missed += len(chunk) - _count(session.execute(delete(table).where(*wanted)))
    return missed


def _restore(session: Session, table: Table, row: WrittenRow) -> int:
    wanted = (*_own(table, row.estate_id), table.c.id == row.row_id, table.c.version == row.version)
    if "flags" in row.before:
        session.execute(delete(CustomerFlag).where(*_flags_of(row.estate_id, [row.row_id])))
        for flag in row.before["flags"]:
            session.execute(insert(CustomerFlag).values(estate_id=row.estate_id, customer_id=row.row_id, flag=flag))
    values = {name: _typed(table, name, value) for name, value in row.before.items() if name != "flags"}
    result = session.execute(update(table).where(*wanted).values(**values, version=row.version + 1))
    return 1 - _count(result)


def _flags_of(estate: int, customers: Sequence[int]) -> tuple[ColumnElement[bool], ...]:
    return CustomerFlag.estate_id == estate, CustomerFlag.customer_id.in_(customers)


def _typed(table: Table, column: str, value: Any) -> Any:
    """Give a kept value back in the column's type (JSON knows neither dates nor bytes)."""
    kind = table.c[column].type
    if value is None or not isinstance(kind, Date | LargeBinary):
        return value
    return date.fromisoformat(value) if isinstance(kind, Date) else bytes.fromhex(value)


def _count(result: Any) -> int:
    counted: CursorResult[Any] = result
    return counted.rowcount


def _chunks(ids: Sequence[int]) -> Iterable[Sequence[int]]:
    return (ids[start : start + _CHUNK] for start in range(0, len(ids), _CHUNK))
