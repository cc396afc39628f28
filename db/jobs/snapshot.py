"""One consistent look at the whole database while others go on writing."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection

from db.engine import Database


@contextmanager
def snapshot(database: Database) -> Iterator[Connection]:
    """Give a connection that sees the database as it stood at the first statement, and cannot write.

    SQLite's WAL gives that to every read transaction; PostgreSQL gives it under REPEATABLE READ.
    """
    with database.engine.connect() as connection:
        if not database.is_sqlite:
            connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        yield connection
