"""Complaints and requests at size: lists (S4, S5, S6), search (S14) and figures."""

import gc
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from statistics import median

from bench.cases import Size, build
from bench.databases import Server, raw
from bench.measure import Report, Sent, caught, replay
from bench.service_asked import (
    HERE,
    SPANS,
    Asked,
    an_open_record,
    case_insights,
    case_lists,
    case_rest,
    opening,
    order_insights,
    order_lists,
    order_rest,
    searches,
    span_of,
)
from bench.service_by_hand import by_hand
from bench.service_work import show_work
from db.engine import Database
from db.models import Case, WorkOrder

RUNS = 7
TENTH, YOUNG, WHOLE = "a tenth of the estates", "a tenth of the history", "1×"
Times = list[float]


@dataclass(frozen=True, slots=True)
class Spread:
    """Ratios of times measured in turns: least, median, most."""

    low: float
    mid: float
    high: float

    def __str__(self) -> str:
        return " / ".join(f"{each:.2f}" if each < 10 else f"{each:.1f}" for each in (self.low, self.mid, self.high))


def spread(over: Sequence[float], under: Sequence[float]) -> Spread:
    """Compare times pair by pair."""
    ratios = [one / other for one, other in zip(over, under, strict=True)]
    return Spread(min(ratios), median(ratios), max(ratios))


def in_turns(acts: Sequence[Callable[[], object]], runs: int = RUNS) -> list[Times]:
    """The times (milliseconds) of acts that are run in turns, after a round to warm up."""
    times: list[Times] = [[] for _ in acts]
    for act in acts:
        act()
    gc.collect()
    for _ in range(runs):
        for act, own in zip(acts, times, strict=True):
            begin = time.perf_counter()
            act()
            own.append((time.perf_counter() - begin) * 1000)
    return times


@dataclass(frozen=True, slots=True)
class Line:
    """A query measured on one database."""

    statements: int
    rows: int
    whole: float
    sql: float
    by_hand: Spread | None


Lines = dict[tuple[str, str], Line]


def line_of(database: Database, asked: Asked) -> Line:
    """Measure a query as a page asks it, its SQL at the driver, and in turns with that the hand-written SQL."""
    (whole,) = in_turns([lambda: asked.answer(database)])
    with caught(database) as sent:
        asked.answer(database)
    best = [Sent(each, (), many=False) for each in by_hand(asked) or ()]
    with raw(database) as connection:
        rows = replay(connection, sent)
        ours, theirs = in_turns([lambda: replay(connection, sent), lambda: replay(connection, best)])
        connection.rollback()
    return Line(len(sent), rows, median(whole), median(ours), spread(ours, theirs) if best else None)


def lines_of(database: Database) -> Lines:
    """Measure everything the pages ask."""
    case, order = an_open_record(database, Case), an_open_record(database, WorkOrder)
    groups: list[tuple[str, Iterable[Asked]]] = []
    for name, estate in (("all estates", None), ("one estate", HERE)):
        groups += [(f"complaints, {name}", case_lists(estate, case)), (f"requests, {name}", order_lists(estate, order))]
        for of, month in SPANS.items():
            days = span_of(month)
            groups += [(f"figures, {name}, {of}", asked(estate, days)) for asked in (case_insights, order_insights)]
    groups += [("complaints", case_rest(case)), ("requests", order_rest(order))]
    return {(group, asked.name): line_of(database, asked) for group, each in groups for asked in each}


def run(servers: Sequence[Server], report: Report, say: Callable[[str], None], size: Size | None = None) -> None:
    """Measure on each database: at full size, with a tenth of the estates, and with a tenth of the history."""
    size = size or Size()
    _introduce(report, size)
    for server in servers:
        found: dict[str, Lines] = {}
        report.parts.append(f"\n### {server.name}\n")
        for place, (name, each) in enumerate(((TENTH, size.times(0.1)), (YOUNG, size.younger(0.1)), (WHOLE, size))):
            database = server.fresh(f"cases{place}")
            say(f"{server.name}: building {name}")
            build(database, each)
            say(f"{server.name}: measuring {name}")
            found[name] = lines_of(database)
            if name == WHOLE:
                _show_lists(report, found)
                _show_search(report, database)
                say(f"{server.name}: registering and the timer")
                show_work(report, server, database)
            server.drop(database)


def _introduce(report: Report, size: Size) -> None:
    cases, orders = size.estates * size.open_cases, size.estates * size.open_orders
    ended, done = size.estates * size.ended_cases, size.estates * size.ended_orders
    report.section(
        "Complaints and service requests (S4, S5, S6, S11, S14)",
        f"{cases:,} open and {ended:,} ended complaints, {orders:,} open and {done:,} ended requests in {size.estates} "
        "estates, three years, with clocks, steps, sealed words and words to find (`bench/cases.py`). *SQL* is the "
        "time of the statements at the driver, rows fetched; *by hand* compares it with the best SQL we could write "
        "for the same screenful and counts; *whole* is what a page waits for. Ratios of things measured in turns are "
        "least / median / most; growth compares medians of two databases. Milliseconds. SQLite has learnt its sizes as "
        "the portal's worker lets it (`Database.learn_sizes`), PostgreSQL by VACUUM ANALYZE.",
    )


def _show_lists(report: Report, found: dict[str, Lines]) -> None:
    rows: list[list[object]] = []
    for key, line in found[WHOLE].items():
        growth = [line.whole / found[name][key].whole for name in (TENTH, YOUNG)]
        best = line.by_hand or ""
        rows.append([*key, line.statements, line.rows, best, *growth, line.whole, line.sql])
    head = ["of", "query", "statements", "rows", "SQL ÷ by hand (S6)", "1× ÷ a tenth of the estates (S4)",
            "1× ÷ a tenth of the history (S4)", "whole", "SQL"]  # fmt: skip
    report.table(head, rows)


def _show_search(report: Report, database: Database) -> None:
    """A search by words beside opening a record by its number."""
    rows: list[list[object]] = []
    for name, table in (("complaints", Case), ("requests", WorkOrder)):
        steps = opening(an_open_record(database, table), table)
        for asked in searches(table):

            def search(asked: Asked = asked) -> object:
                return asked.answer(database)

            def open_one(steps: Sequence[Asked] = steps) -> object:
                return [step.answer(database) for step in steps]

            words, opened = in_turns([search, open_one])
            ratio = spread(words, opened)
            rows.append([name, asked.name, asked.answer(database).total, ratio, median(words), median(opened)])
    report.parts.append("\nSearching by words beside opening a record by its number (S14, bar ≤ 5):\n")
    report.table(["of", "search", "found", "÷ opening (S14)", "whole", "opening"], rows)
