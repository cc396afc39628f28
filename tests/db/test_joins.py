"""A join in the order it is written: few entries lead to their lines, whatever SQLite believes of the ledger."""

from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

from core.kernel.filters import EstateMonth
from core.kernel.periods import Month
from db.engine import Database
from db.joins import led_join
from db.models import JournalEntry, JournalLine
from db.queries.overdue import OpenWanted, open_amounts, overdue_places
from tests.builders import ask
from tests.conftest import ON_SQLITE
from tests.db.jobs.books import fill
from tests.personas import SUPERVISOR
from tests.statements import count_statements

MONTH = Month(2026, 11)
ON = (JournalLine.estate_id == JournalEntry.estate_id) & (JournalLine.entry_id == JournalEntry.id)


def test_only_sqlite_is_told_the_order() -> None:
    statement = select(JournalLine.amount_fen).select_from(led_join(JournalEntry, JournalLine, ON))
    assert "FROM journal_entries CROSS JOIN journal_lines ON " in str(statement.compile(dialect=sqlite.dialect()))
    assert "FROM journal_entries JOIN journal_lines ON " in str(statement.compile(dialect=postgresql.dialect()))


@ON_SQLITE
@pytest.mark.parametrize(
    ("figure", "wanted"),
    [(overdue_places, EstateMonth(None, MONTH)), (open_amounts, OpenWanted(None, MONTH))],
    ids=["overdue", "open"],
)
def test_the_ledger_is_entered_by_the_day(database: Database, figure: Any, wanted: Any) -> None:
    """SQLite goes from the entries to the lines of each, though the first entry has most lines."""
    fill(database)
    database.learn_sizes()
    with count_statements(database) as sent:
        ask(database, figure, wanted, by=SUPERVISOR)
    (statement,) = sent
    with database.reading() as connection:
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", (None,) * statement.count("?")).all()
    steps = [step[3] for step in plan if "journal_" in step[3]]
    assert [step.split()[1] for step in steps] == ["journal_entries", "journal_lines"]
