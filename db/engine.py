"""The database: how it is opened, and the proof that it keeps what it promises (R10).

SQLite: WAL, ``synchronous=FULL``, foreign keys, recursive triggers, and ``BEGIN IMMEDIATE`` for every transaction
that may write – pysqlite's own transaction handling loses updates (security.md §0, finding 5).
PostgreSQL: psycopg 3, READ COMMITTED; writers of one estate take turns on its head row (ADR 0003).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import URL, make_url

from db.keys import KeyRing

BUSY_TIMEOUT_MS: Final = 5_000
_ENTRIES_COUNTED: Final = 100_000
"""So many entries of each index SQLite looks at to learn its sizes. With 1,000 it saw little but the first bill run and
sorted a million payments for one screenful; 10,000 were enough for a million bills (`docs/bench.md`)."""

WRITES: Final = "guanjia_writes"
_SQLITE_PROMISES: Final = {
    "journal_mode": "wal",
    "synchronous": "2",
    "foreign_keys": "1",
    "recursive_triggers": "1",
    "busy_timeout": str(BUSY_TIMEOUT_MS),
}
_POSTGRESQL_PROMISES: Final = {"fsync": "on", "full_page_writes": "on", "synchronous_commit": "on"}


class UnsafeDatabase(RuntimeError):
    """The database is not set up to keep what is written; the portal does not start."""


@dataclass(frozen=True, slots=True)
class Database:
    """An open database and the keys of its sealed fields."""

    engine: Engine
    keys: KeyRing

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Give a connection for one read: a consistent snapshot, rolled back at the end."""
        with self.engine.connect() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Give a connection whose transaction may write. Only the unit of work uses it; it commits itself."""
        with self.engine.connect().execution_options(**{WRITES: True}) as connection:
            yield connection

    def learn_sizes(self) -> None:
        """Let the embedded database's planner learn how large its tables are; PostgreSQL does so by itself."""
        if self.is_sqlite:
            with self.writing() as connection, connection.begin():
                connection.exec_driver_sql(f"PRAGMA analysis_limit={_ENTRIES_COUNTED}")
                connection.exec_driver_sql("ANALYZE")  # "optimize" leaves out what this connection has not read

    @property
    def is_sqlite(self) -> bool:
        """Say whether this is the embedded database."""
        return self.engine.dialect.name == "sqlite"


def open_database(url: str, keys: KeyRing) -> Database:
    """Open the database behind a URL and prove its durable settings; raises ``UnsafeDatabase``."""
    parsed = make_url(url)
    engine = _sqlite(parsed) if parsed.get_backend_name() == "sqlite" else _postgresql(parsed)
    check_promises(engine)
    return Database(engine, keys)


def _sqlite(url: URL) -> Engine:
    if not url.database or url.database == ":memory:":
        raise UnsafeDatabase("the portal needs a database file, not memory")
    Path(url.database).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    engine = create_engine(url, hide_parameters=True, connect_args={"timeout": BUSY_TIMEOUT_MS / 1000})

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # transactions begin where we say, not where pysqlite guesses
        for pragma, value in _SQLITE_PROMISES.items():
            connection.execute(f"PRAGMA {pragma}={value}")
        connection.execute("PRAGMA secure_delete=ON")
        connection.execute("PRAGMA mmap_size=268435456")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get(WRITES, False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _postgresql(url: URL) -> Engine:
    return create_engine(
        url.set(drivername="postgresql+psycopg"),
        hide_parameters=True,
        pool_pre_ping=True,
        pool_size=10,
        max_overflow=20,
        connect_args={"options": f"-c lock_timeout={BUSY_TIMEOUT_MS} -c timezone=UTC"},
    )


def check_promises(engine: Engine) -> None:
    """Read the durable settings back from the live database; raise ``UnsafeDatabase`` naming the first that is off."""
    sqlite = engine.dialect.name == "sqlite"
    with engine.connect() as connection:
        for setting, wanted in (_SQLITE_PROMISES if sqlite else _POSTGRESQL_PROMISES).items():
            found = connection.execute(text(f"PRAGMA {setting}" if sqlite else f"SHOW {setting}")).scalar()
            if str(found) != wanted:
                raise UnsafeDatabase(f"{setting} is {found}, not {wanted}")
