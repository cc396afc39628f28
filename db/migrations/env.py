"""Alembic's environment: one transaction for each migration, on the engine the portal itself uses."""

from typing import Any, Literal

from alembic import context
from sqlalchemy import Connection

from db.columns import BoundedText, Instant
from db.engine import WRITES, open_database
from db.files import Places
from db.keys import load_keys, new_key_file
from db.models import Base
from db.schema import is_modelled


def render_item(kind: str, item: Any, _context: object) -> str | Literal[False]:
    """Write our column types into migrations as plain ones, so that a migration never imports the code of a day."""
    if kind == "type" and isinstance(item, BoundedText):
        return f"sa.String({item.length})"
    if kind == "type" and isinstance(item, Instant):
        return "sa.DateTime(timezone=True)"
    return False


def run(connection: Connection) -> None:
    """Run the migrations over one connection."""
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        transaction_per_migration=True,
        compare_type=False,
        include_object=is_modelled,
        render_item=render_item,
    )
    with context.begin_transaction():
        context.run_migrations()


given: Connection | None = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    places = Places.from_environment()
    new_key_file(places.key_file)
    database = open_database(places.database_url, load_keys(places.key_file, data_folder=places.data))
    with database.engine.connect().execution_options(**{WRITES: True}) as own:
        run(own)
