"""The portable form of a table: one JSON array a row, in the order of its key, the same bytes from either database."""

import base64
import json
from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime
from typing import Any, BinaryIO, Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Date,
    Integer,
    LargeBinary,
    String,
    Table,
    column,
    func,
    insert,
    literal,
    select,
    table,
    text,
)
from sqlalchemy.types import TypeEngine

from db.columns import BoundedText, Instant
from db.models import Base

AT_ONCE: Final = 5_000
LEFT_OUT: Final = frozenset({"background_jobs", "import_files", "sign_in_attempts", "user_sessions"})
"""What a backup does not carry: work under way, uploaded files with personal data, sign-ins that must not revive."""

_TYPES: Final[dict[str, TypeEngine[Any]]] = {
    "bool": Boolean(),
    "bytes": LargeBinary(),
    "date": Date(),
    "instant": Instant(),
    "int": BigInteger(),
    "text": String(),
}
_WRITE: Final[dict[str, Callable[[Any], Any]]] = {
    "bytes": lambda value: base64.b64encode(value).decode("ascii"),
    "date": date.isoformat,
    "instant": datetime.isoformat,
}
_READ: Final[dict[str, Callable[[Any], Any]]] = {
    "bytes": base64.b64decode,
    "date": date.fromisoformat,
    "instant": datetime.fromisoformat,
}
_to_json: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def kind_of(of: Column[Any]) -> str:
    """Name the kind of a column in the dump; a type without one raises, so that no table is left behind unnoticed."""
    if isinstance(of.type, Boolean):
        return "bool"
    if isinstance(of.type, Integer):
        return "int"
    if isinstance(of.type, LargeBinary):
        return "bytes"
    if isinstance(of.type, Instant):
        return "instant"
    if isinstance(of.type, Date):
        return "date"
    if isinstance(of.type, String | BoundedText):
        return "text"
    raise TypeError(f"{of} has no portable form")


def dumped_tables() -> tuple[Table, ...]:
    """All tables a backup carries, in an order in which they can be loaded.

    Parents come before children, save that a voucher's lines come before the voucher, which its trigger demands.
    """
    tables = [found for found in Base.metadata.sorted_tables if found.name not in LEFT_OUT]
    lines = next(found for found in tables if found.name == "journal_lines")
    tables.remove(lines)
    entries = next(at for at, found in enumerate(tables) if found.name == "journal_entries")
    tables.insert(entries, lines)
    return tuple(tables)


def dump_lines(connection: Connection, of: Table) -> Iterator[bytes]:
    """Write a table: first its columns and their kinds, then its rows. Memory holds some thousand rows."""
    kinds = [kind_of(found) for found in of.columns]
    yield _line([[found.name for found in of.columns], kinds])
    turn = [(at, _WRITE[kind]) for at, kind in enumerate(kinds) if kind in _WRITE]
    options = {"stream_results": True, "yield_per": AT_ONCE}
    with connection.execute(select(of).order_by(*_order(connection, of)), execution_options=options) as result:
        for row in result:
            values = list(row)
            for at, write in turn:
                if values[at] is not None:
                    values[at] = write(values[at])
            yield _line(values)


def _order(connection: Connection, of: Table) -> list[Any]:
    """Order by key, texts by code point: PostgreSQL would sort them by the language of the server."""
    plain = connection.dialect.name == "sqlite"
    return [key if plain or kind_of(key) != "text" else key.collate("C") for key in of.primary_key]


def _line(values: list[Any]) -> bytes:
    return _to_json(values).encode("utf-8") + b"\n"


def load_table(connection: Connection, name: str, stream: BinaryIO | Iterable[bytes]) -> int:
    """Put the dumped rows into an empty table and give their number. The table's own later columns take defaults."""
    lines = iter(stream)
    names, kinds = json.loads(next(lines))
    into = table(name, *(column(own, _TYPES[kind]) for own, kind in zip(names, kinds, strict=True)))
    turn = [(at, _READ[kind]) for at, kind in enumerate(kinds) if kind in _READ]
    count, rows = 0, []
    for line in lines:
        rows.append(dict(zip(names, _values(line, turn), strict=True)))
        if len(rows) == AT_ONCE:
            connection.execute(insert(into), rows)
            count, rows = count + len(rows), []
    if rows:
        connection.execute(insert(into), rows)
    _continue_numbers(connection, name, names)
    return count + len(rows)


def _values(line: bytes, turn: list[tuple[int, Callable[[Any], Any]]]) -> list[Any]:
    values: list[Any] = json.loads(line)
    for at, read in turn:
        if values[at] is not None:
            values[at] = read(values[at])
    return values


def _continue_numbers(connection: Connection, name: str, names: list[str]) -> None:
    """Let PostgreSQL number new rows behind the loaded ones; SQLite does so by itself."""
    if connection.dialect.name == "sqlite" or "id" not in names:
        return
    sequence = connection.execute(text("SELECT pg_get_serial_sequence(:name, 'id')"), {"name": name}).scalar()
    if sequence is not None:
        largest = select(func.coalesce(func.max(column("id")), 0)).select_from(table(name)).scalar_subquery()
        connection.execute(select(func.setval(sequence, largest + 1, literal(False))))
