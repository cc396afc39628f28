"""Worlds built once: what a builder makes of a fresh database is kept, and brought back for the next test that asks.

Building a company through the operations people use takes up to a second, copying it some milliseconds. Each test
still has a database of its own, so it sees no other test; and a builder that is not given a fresh database builds.
"""

import sqlite3
import tempfile
from collections.abc import Callable, Hashable
from contextlib import closing
from copy import deepcopy
from dataclasses import dataclass
from functools import cache, wraps
from pathlib import Path
from typing import Any, Concatenate, Final, ParamSpec, TypeVar

from sqlalchemy.util import LRUCache

from db.engine import Database
from db.models import Base

Given = ParamSpec("Given")
Made = TypeVar("Made")

_DATABASE: Final = object()
"""Stands for the database in what is kept of a builder's answer."""

_FILLED: Final = (
    "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace "
    "AND relname <> 'alembic_version' AND pg_relation_size(oid) > 0"
)

_fresh: Final[dict[str, frozenset[str]]] = {}
_kept: Final[dict[Hashable, "_Kept"]] = {}
_dialects: Final[dict[str, Any]] = {}
_statements: Final = LRUCache(10_000)


@dataclass(frozen=True, slots=True)
class _Kept:
    """What a builder left in the database (a file, or the rows by table and the sequences), and its answer."""

    contents: Any
    answer: Any


def built_once(
    build: Callable[Concatenate[Database, Given], Made],
) -> Callable[Concatenate[Database, Given], Made]:
    """Build in the first fresh database only; copy what was built into every later one.

    For builders whose work follows from their arguments alone: no clock, no chance, nothing a test may have changed.
    """

    @wraps(build)
    def built(database: Database, *given: Given.args, **named: Given.kwargs) -> Made:
        key = (build, database.engine.dialect.name, database.keys, given, tuple(sorted(named.items())))
        if not _is_hashable(key) or not _is_fresh(database):
            return build(database, *given, **named)
        if key not in _kept:
            answer = build(database, *given, **named)
            _kept[key] = _Kept(_contents(database), deepcopy(answer, {id(database): _DATABASE}))
            return answer
        kept = _kept[key]
        _bring_back(database, kept.contents)
        return deepcopy(kept.answer, {id(_DATABASE): database})

    return built


def note_fresh(database: Database) -> None:
    """Learn from a database that has just been migrated what a fresh one of its kind looks like."""
    _fresh[database.engine.dialect.name] = _filled(database)


def compiled_once(database: Database) -> Database:
    """Let the databases of a kind share what SQLAlchemy makes of a statement, as one open database does for all days.

    Otherwise every test, having a database of its own, compiles every statement anew.
    """
    engine: Any = database.engine
    engine.dialect = engine.pool._dialect = _dialects.setdefault(engine.dialect.name, engine.dialect)
    engine._compiled_cache = _statements
    return database


def _is_hashable(key: object) -> bool:
    try:
        hash(key)
    except TypeError:
        return False
    return True


def _is_fresh(database: Database) -> bool:
    """Say whether just those tables hold rows that do so after the migrations."""
    return _filled(database) == _fresh.get(database.engine.dialect.name)


def _filled(database: Database) -> frozenset[str]:
    """The tables that hold a row (on PostgreSQL: ever held one)."""
    with database.reading() as connection:
        return frozenset(connection.exec_driver_sql(_any_row() if database.is_sqlite else _FILLED).scalars())


@cache
def _any_row() -> str:
    names = [table.name for table in Base.metadata.sorted_tables]
    return " UNION ALL ".join(f"SELECT '{name}' WHERE EXISTS (SELECT 1 FROM \"{name}\")" for name in names)


def _contents(database: Database) -> Any:
    return _file_of(database) if database.is_sqlite else _rows_of(database)


def _bring_back(database: Database, contents: Any) -> None:
    if database.is_sqlite:
        _copy_file(contents, database)
    else:
        _copy_rows(contents, database)


@cache
def _folder() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="guanjia-kept-")


def _file_of(database: Database) -> Path:
    path = Path(_folder().name) / f"{len(_kept)}.db"
    with database.reading() as connection, closing(sqlite3.connect(path)) as copy:
        source: Any = connection.connection.driver_connection
        source.backup(copy)
    return path


def _copy_file(path: Path, database: Database) -> None:
    with database.reading() as connection, closing(sqlite3.connect(path)) as kept:
        connection.exec_driver_sql("ROLLBACK")  # the copy is a transaction of its own
        target: Any = connection.connection.driver_connection
        kept.backup(target)
        connection.exec_driver_sql("BEGIN")


def _rows_of(database: Database) -> tuple[dict[str, bytes], list[Any]]:
    rows = {}
    with database.reading() as connection:
        cursor: Any = connection.connection.cursor()
        for (table,) in cursor.execute(_FILLED).fetchall():
            with cursor.copy(f'COPY "{table}" TO STDOUT (FORMAT binary)') as copy:
                rows[table] = b"".join(copy)
        used = cursor.execute("SELECT sequencename, last_value FROM pg_sequences WHERE last_value IS NOT NULL")
        return rows, used.fetchall()


def _copy_rows(contents: tuple[dict[str, bytes], list[Any]], database: Database) -> None:
    rows, sequences = contents
    with database.writing() as connection, connection.begin():
        cursor: Any = connection.connection.cursor()
        cursor.execute("SET LOCAL session_replication_role = replica")  # the guards saw these rows when they were made
        for table, content in rows.items():
            if table in _fresh["postgresql"]:
                cursor.execute(f'DELETE FROM "{table}"')
            with cursor.copy(f'COPY "{table}" FROM STDIN (FORMAT binary)') as copy:
                copy.write(content)
        for name, value in sequences:
            cursor.execute("SELECT setval(%s::regclass, %s)", (name, value))
