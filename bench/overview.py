"""The fee overview and the fee lists: statements, rows, time, beside hand-written SQL (S5, S6), and growth (S4)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from bench.books import LAST, NOW, Size, build, give_statistics
from bench.databases import Server
from bench.measure import Report, Sent, caught, p50, sql_time
from bench.overview_by_hand import by_hand
from core.admin.permissions import Actor, Role
from core.kernel.filters import EstateMonth
from core.kernel.identity import EstateId, UserId
from db.engine import Database
from db.queries.bills import BillState, BillsWanted, bills
from db.queries.fee_overview import collection_cells, fee_settings, household_counts, receipts_by_method
from db.queries.overdue import OpenWanted, open_amounts, overdue_places
from db.queries.payments import CollectionsWanted, collections
from db.unit_of_work import Query, fetch

RUNS = 5
MANAGER = Actor(UserId(2), "poster", frozenset({Role.MANAGER}), None)


@dataclass(frozen=True, slots=True)
class Asked:
    """One query of a page with its filter."""

    name: str
    ask: Query[Any, Any]
    wanted: object


def page_of(wanted: EstateMonth) -> tuple[Asked, ...]:
    """What ``pages/fees/overview.py`` reads."""
    return (
        Asked("fee_settings", fee_settings, wanted),
        Asked("collection_cells", collection_cells, wanted),
        Asked("household_counts", household_counts, wanted),
        Asked("open_amounts", open_amounts, OpenWanted(wanted.estate_id, wanted.month)),
        Asked("overdue_places", overdue_places, wanted),
        Asked("receipts_by_method", receipts_by_method, wanted),
    )


def lists_of(wanted: EstateMonth) -> tuple[Asked, ...]:
    """The lists behind the overview."""
    return (
        Asked("bills: overdue", bills, BillsWanted(wanted.estate_id, state=BillState.OVERDUE)),
        Asked("bills: of the month", bills, BillsWanted(wanted.estate_id, month=wanted.month)),
        Asked("collections", collections, CollectionsWanted(wanted.estate_id, wanted.month)),
    )


FILTERS = (
    ("all estates", EstateMonth(None, LAST)),
    ("one estate", EstateMonth(EstateId(1), LAST)),
    ("all estates, a year ago", EstateMonth(None, LAST.shift(-12))),
)


@dataclass(frozen=True, slots=True)
class Measured:
    """One query: what was sent, what came back, and how long it took (milliseconds)."""

    name: str
    statements: int
    rows: int
    whole: float
    sql: float
    best: float | None


Found = dict[tuple[str, str], list[Measured]]
"""What was measured, by filter and kind."""


def measure(database: Database, asked: Asked, filters: EstateMonth, runs: int) -> Measured:
    """Measure one query: as the page asks it, its SQL alone, and the hand-written SQL."""

    def ask() -> object:
        return fetch(database, asked.ask, asked.wanted, actor=MANAGER, now=NOW)

    ask()
    with caught(database) as sent:
        ask()
    whole = p50(ask, runs=runs)
    sql, rows = sql_time(database, sent, runs=runs)
    statements = by_hand(asked.name, filters, sqlite=database.is_sqlite)
    best = None
    if statements is not None:
        best, _ = sql_time(database, [Sent(each, (), many=False) for each in statements], runs=runs)
    return Measured(asked.name, len(sent), rows, whole, sql, best)


def run(servers: Sequence[Server], report: Report, say: Callable[[str], None], size: Size) -> None:
    """Measure both sizes on each database; SQLite as it is filled, and again once it has learnt its sizes."""
    report.section(
        "Fee overview and lists (S4, S5, S6)",
        f"{size.bills:,} bills, {size.estates * size.buildings * size.units:,} units in {size.estates} estates, "
        f"{size.months} months (1×) and a tenth of the estates (0.1×). *SQL* is the time of the query's statements at "
        "the driver, rows fetched; *by hand* that of the best SQL we could write for the same answers with the indexes "
        "there are; *whole* what the page waits for: `fetch` with SQLAlchemy and the frozen rows. Medians, "
        "milliseconds. PostgreSQL keeps statistics by itself; SQLite learns its sizes when the portal's worker lets it "
        "(`Database.learn_sizes`).",
    )
    for server in servers:
        states = ("", ", sizes learnt") if server.server is None else ("",)
        found: dict[str, tuple[Found, Found]] = {state: ({}, {}) for state in states}
        for place, factor in enumerate((0.1, 1.0)):
            database = server.fresh(f"books{place}")
            say(f"{server.name}: building {factor}×")
            build(database, size.times(factor))
            for state in states:
                if state:
                    give_statistics(database)
                say(f"{server.name}{state}: {factor}×")
                found[state][place].update(_pages(database))
            server.drop(database)
        for state, (small, large) in found.items():
            _show(report, server.name + state, small, large)


def _pages(database: Database) -> Found:
    """Everything measured on one database."""
    return {
        (name, kind): [measure(database, each, filters, RUNS) for each in asked]
        for name, filters in FILTERS
        for kind, asked in (("page", page_of(filters)), ("lists", lists_of(filters)))
    }


def _show(report: Report, server: str, small: Found, large: Found) -> None:
    rows: list[list[object]] = []
    for (name, kind), now in large.items():
        before = small[name, kind]
        for one, other in zip(now, before, strict=True):
            if kind == "page" or one.statements:
                rows.append(_line(name, one, other))
        if kind == "page":
            rows.append(_sum(name, now, before))
    head = [
        "filter",
        "query",
        "statements",
        "rows read",
        "SQL ÷ by hand (S6)",
        "1× ÷ 0.1× (S4)",
        "whole",
        "SQL",
        "by hand",
    ]
    report.parts.append(f"\n### {server}\n")
    report.table(head, rows)


def _line(name: str, one: Measured, other: Measured) -> list[object]:
    ratio = "" if one.best is None else one.sql / one.best
    best = "" if one.best is None else one.best
    return [name, one.name, one.statements, one.rows, ratio, one.whole / other.whole, one.whole, one.sql, best]


def _sum(name: str, now: list[Measured], before: list[Measured]) -> list[object]:
    whole, sql = sum(each.whole for each in now), sum(each.sql for each in now)
    best = sum(each.sql if each.best is None else each.best for each in now)
    growth = whole / sum(each.whole for each in before)
    statements, rows = sum(each.statements for each in now), sum(each.rows for each in now)
    return [f"**{name}**", "**whole page**", statements, rows, sql / best, growth, whole, sql, best]
