"""Clocks, statement catchers and the lines of the report."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from sqlalchemy import event

from bench.databases import raw
from db.engine import Database

_CONTROL = ("BEGIN", "COMMIT", "ROLLBACK", "PRAGMA", "SAVEPOINT", "RELEASE", "SHOW")


@dataclass(frozen=True, slots=True)
class Sent:
    """A statement as it went to the driver."""

    statement: str
    parameters: Any
    many: bool


@contextmanager
def caught(database: Database) -> Iterator[list[Sent]]:
    """Collect what is sent to the database inside the block, transaction control left out."""
    sent: list[Sent] = []

    def note(_c: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, many: bool) -> None:
        if not statement.lstrip().upper().startswith(_CONTROL):
            sent.append(Sent(statement, parameters, many))

    event.listen(database.engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(database.engine, "before_cursor_execute", note)


def p50(act: Callable[[], object], *, runs: int = 15) -> float:
    """The median time of an act in milliseconds, after one run to warm up."""
    act()
    times = []
    for _ in range(runs):
        begin = time.perf_counter()
        act()
        times.append((time.perf_counter() - begin) * 1000)
    return median(times)


def replay(connection: Any, sent: Sequence[Sent]) -> int:
    """Run statements through the driver as they were sent, and count the rows that come back."""
    rows = 0
    cursor = connection.cursor()
    for each in sent:
        if each.many:
            cursor.executemany(each.statement, each.parameters)
        else:
            cursor.execute(each.statement, each.parameters)
            if cursor.description is not None:
                rows += len(cursor.fetchall())
    cursor.close()
    return rows


def sql_time(database: Database, sent: Sequence[Sent], *, runs: int = 15) -> tuple[float, int]:
    """The median time of statements at the driver alone (milliseconds), and the rows they give."""
    with raw(database) as connection:
        rows = replay(connection, sent)
        spent = p50(lambda: replay(connection, sent), runs=runs)
        connection.rollback()
    return spent, rows


@dataclass(slots=True)
class Report:
    """Markdown, section by section."""

    parts: list[str] = field(default_factory=list)

    def section(self, title: str, remark: str = "") -> None:
        """Begin a section."""
        self.parts.append(f"\n## {title}\n" + (f"\n{remark}\n" if remark else ""))

    def table(self, head: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
        """Add a table; numbers are shown as they come."""
        lines = ["", "| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
        lines += ["| " + " | ".join(_shown(cell) for cell in row) + " |" for row in rows]
        self.parts.append("\n".join(lines) + "\n")

    def text(self) -> str:
        """All of it."""
        return "".join(self.parts).strip() + "\n"


def _shown(cell: object) -> str:
    if isinstance(cell, float):
        return f"{cell:,.2f}" if abs(cell) < 10 else f"{cell:,.1f}" if abs(cell) < 100 else f"{cell:,.0f}"
    return f"{cell:,}" if isinstance(cell, int) else str(cell)
