"""R10: the durable settings are really on. R2: the ledger's guards exist and hold."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from db.columns import BoundedText, Instant
from db.engine import Database, UnsafeDatabase, check_promises, open_database
from db.guards import APPEND_ONLY, check_guards, missing_triggers
from db.keys import KeyRing
from db.schema import schema_differences
from tests import builders


def test_a_fresh_database_keeps_its_promises_and_matches_the_models(database: Database) -> None:
    check_promises(database.engine)
    assert schema_differences(database) == []
    with database.reading() as connection:
        check_guards(connection)


def test_a_sqlite_database_in_memory_is_refused(keys: KeyRing) -> None:
    with pytest.raises(UnsafeDatabase):
        open_database("sqlite://", keys)


def test_a_switched_off_promise_is_found(tmp_path: Path, keys: KeyRing) -> None:
    database = open_database(f"sqlite:///{tmp_path / 'x.db'}", keys)
    with database.engine.connect() as connection:
        connection.exec_driver_sql("ROLLBACK")
        connection.exec_driver_sql("PRAGMA synchronous=OFF")
        connection.exec_driver_sql("BEGIN")
    with pytest.raises(UnsafeDatabase, match="synchronous"):
        check_promises(database.engine)


@pytest.mark.parametrize("table", APPEND_ONLY)
def test_a_dropped_guard_is_missed(database: Database, table: str) -> None:
    kind = "update" if database.is_sqlite else "change"
    on = "" if database.is_sqlite else f" ON {table}"
    with database.writing() as connection, connection.begin():
        connection.execute(text(f"DROP TRIGGER {table}_no_{kind}{on}"))
        assert missing_triggers(connection) == {f"{table}_no_{kind}"}


SETTING = (
    "INSERT {how} INTO settings (id, estate_id, key, value, valid_from, set_by, set_at) "
    "VALUES (1, 0, 'k', '{value}', '2026-01-01', 'x', '2026-01-01')"
)


ATTACKS = {
    "sqlite": ("UPDATE settings SET value = 'b'", "DELETE FROM settings", SETTING.format(how="OR REPLACE", value="b")),
    "postgresql": ("UPDATE settings SET value = 'b'", "DELETE FROM settings", "TRUNCATE settings"),
}
"""What each kind of database offers to somebody who would change a written row."""


def test_an_append_only_row_cannot_be_changed_by_raw_sql(database: Database) -> None:
    with database.writing() as connection, connection.begin():
        connection.execute(text(SETTING.format(how="", value="a")))
    for attack in ATTACKS[database.engine.dialect.name]:
        with pytest.raises(DBAPIError, match="append-only"), database.writing() as connection, connection.begin():
            connection.execute(text(attack))
        with database.reading() as connection:
            assert connection.execute(text("SELECT value FROM settings")).scalars().all() == ["a"], attack


def test_a_naive_instant_and_a_too_long_text_never_reach_the_database(database: Database) -> None:
    dialect = database.engine.dialect
    with pytest.raises(ValueError, match="time zone"):
        Instant().process_bind_param(datetime(2026, 1, 1), dialect)
    assert Instant().process_bind_param(None, dialect) is None
    stored = Instant().process_bind_param(datetime(2026, 1, 1, tzinfo=UTC), dialect)
    assert Instant().process_result_value(stored, dialect) == datetime(2026, 1, 1, tzinfo=UTC)
    for bad in ("12345678", "a\x00"):
        with pytest.raises(ValueError, match="characters"):
            BoundedText(5).process_bind_param(bad, dialect)


def test_the_planner_learns_sizes_and_the_open_bills_are_found_through_their_index(database: Database) -> None:
    database.learn_sizes()
    if database.is_sqlite:
        plan = text(
            "EXPLAIN QUERY PLAN SELECT * FROM bills INDEXED BY ix_bills_open "
            "WHERE estate_id = 1 AND paid_fen + relief_fen < amount_fen"
        )
        with database.reading() as connection:
            assert "ix_bills_open" in str(connection.execute(plan).all())


def test_sizes_are_learnt_of_tables_this_connection_has_never_read(database: Database) -> None:
    builders.with_code_lists(database)
    database.engine.dispose()
    database.learn_sizes()
    if database.is_sqlite:
        with database.reading() as connection:
            known = connection.execute(text("SELECT tbl FROM sqlite_stat1")).scalars().all()
        assert "code_items" in known
