"""Bringing a database to today's schema, and the proof that it is there."""

from pathlib import Path
from typing import Final

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext

from db.engine import WRITES, Database
from db.guards import check_guards
from db.models import Base

_SCRIPTS: Final = Path(__file__).parent / "migrations"


def migrate(database: Database, revision: str = "head") -> None:
    """Upgrade the schema to a revision and check that every guard is in place."""
    with database.engine.connect().execution_options(**{WRITES: True}) as connection:
        config = Config()
        config.set_main_option("script_location", str(_SCRIPTS))
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
    with database.reading() as connection:
        check_guards(connection)


def schema_differences(database: Database) -> list[object]:
    """What the models say and the database does not (empty when they agree)."""
    with database.reading() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": False})
        return list(compare_metadata(context, Base.metadata))
