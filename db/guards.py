"""The triggers the ledger and the audit log stand on, and the check that they are there (R2; §0, finding 7)."""

from typing import Final

from sqlalchemy import Connection, text

APPEND_ONLY: Final = (
    "accountability_actions",
    "allocations",
    "audit_entries",
    "intents",
    "journal_entries",
    "journal_lines",
    "measure_steps",
    "payments",
    "reversals",
    "service_steps",
    "settings",
)
"""Tables whose rows nobody changes or removes, whatever the code says."""


class GuardsMissing(RuntimeError):
    """A trigger the books rely on is not in the database; the portal does not start."""


def required_triggers(dialect: str) -> frozenset[str]:
    """The names of all triggers that must exist on a database of this kind."""
    is_sqlite = dialect == "sqlite"
    kinds = ("update", "delete") if is_sqlite else ("change", "truncate")
    append_only = {f"{table}_no_{kind}" for table in APPEND_ONLY for kind in kinds}
    notes = set[str]() if is_sqlite else {"accountability_actions_no_delete"}  # its update guard lets a note be emptied
    words = {f"service_search_{kind}" for kind in ("added", "changed", "removed")} if is_sqlite else set[str]()
    return frozenset(append_only | notes | words | {"journal_entries_balance", "journal_lines_before_entry"})


def missing_triggers(connection: Connection) -> frozenset[str]:
    """The required triggers that the database lacks."""
    dialect = connection.dialect.name
    statement = (
        "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        if dialect == "sqlite"
        else "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled = 'O'"
    )
    found = {row[0] for row in connection.execute(text(statement))}
    return required_triggers(dialect) - found


def check_guards(connection: Connection) -> None:
    """Raise ``GuardsMissing`` naming the triggers that are not there."""
    missing = missing_triggers(connection)
    if missing:
        raise GuardsMissing(", ".join(sorted(missing)))
