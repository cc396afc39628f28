"""Bringing a database to today's schema, and the proof that it is there."""

from pathlib import Path
from typing import Any, Final

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext

from db.engine import WRITES, Database
from db.guards import check_guards
from db.models import Base

_SCRIPTS: Final = Path(__file__).parent / "migrations"
TEXT_INDEX: Final = ("service_search_words", "ix_service_search_tokens")
"""What each database has of its own to find words: tables of SQLite's FTS5, an index of PostgreSQL."""


def migrate(database: Database, revision: str = "head") -> None:
    """Upgrade the schema to a revision and check that every guard is in place."""
    with database.engine.connect().execution_options(**{WRITES: True}) as connection:
        config = Config()
        config.set_main_option("script_location", str(_SCRIPTS))
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
    with database.reading() as connection:
        check_guards(connection)


def is_modelled(_object: Any, name: str | None, kind: str, _reflected: bool, _compared: Any) -> bool:
    """Leave out what the models do not speak of: the text index, which every database has in its own way."""
    return kind not in ("table", "index") or not (name or "").startswith(TEXT_INDEX)


def schema_differences(database: Database) -> list[object]:
    """What the models say and the database does not (empty when they agree)."""
    with database.reading() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": False, "include_object": is_modelled})
        return list(compare_metadata(context, Base.metadata))
