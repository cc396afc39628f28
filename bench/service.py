"""Complaints and requests at size: lists (S4, S5, S6), search (S14) and figures."""

import gc
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import groupby
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

RUNS = 5
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
    """A query measured: on the whole database, and how it grows from the smaller ones."""

    of: str
    name: str
    statements: int
    rows: int
    whole: float
    sql: float
    by_hand: Spread | None
    growth: tuple[Spread, ...]


Group = tuple[str, tuple[Asked, ...]]


def groups_of(database: Database) -> list[Group]:
    """Everything the pages ask."""
    case, order = an_open_record(database, Case), an_open_record(database, WorkOrder)
    groups: list[tuple[str, Iterable[Asked]]] = []
    for name, estate in (("all estates", None), ("one estate", HERE)):
        groups += [(f"complaints, {name}", case_lists(estate, case)), (f"requests, {name}", order_lists(estate, order))]
        for of, month in SPANS.items():
            days = span_of(month)
            groups += [(f"figures, {name}, {of}", asked(estate, days)) for asked in (case_insights, order_insights)]
    groups += [("complaints", case_rest(case)), ("requests", order_rest(order))]
    return [(name, tuple(each)) for name, each in groups]


def lines_of(databases: Sequence[Database]) -> list[Line]:
    """Measure everything on the whole database (the first) and beside it on the smaller ones."""
    lines = []
    for alike in zip(*map(groups_of, databases), strict=True):
        for each in zip(*(asked for _, asked in alike), strict=True):
            lines.append(_line(databases, alike[0][0], each))
    return lines


def _line(databases: Sequence[Database], of: str, each: Sequence[Asked]) -> Line:
    """One query as a page asks it, its SQL at the driver, and in turns with that the hand-written SQL."""
    asked, database = each[0], databases[0]
    acts = [partial(one.answer, place) for one, place in zip(each, databases, strict=True)]
    whole, *smaller = in_turns(acts)
    with caught(database) as sent:
        asked.answer(database)
    best = [Sent(one, (), many=False) for one in by_hand(asked) or ()]
    with raw(database) as connection:
        rows = replay(connection, sent)
        ours, theirs = in_turns([partial(replay, connection, sent), partial(replay, connection, best)])
        connection.rollback()
    hand, growth = spread(ours, theirs) if best else None, tuple(spread(whole, other) for other in smaller)
    return Line(of, asked.name, len(sent), rows, median(whole), median(ours), hand, growth)


def run(servers: Sequence[Server], report: Report, say: Callable[[str], None], size: Size | None = None) -> None:
    """Measure on each database: at full size, with a tenth of the estates, and with a tenth of the history."""
    size = size or Size()
    _introduce(report, size)
    for server in servers:
        databases = []
        for place, each in enumerate((size, size.times(0.1), size.younger(0.1))):
            say(f"{server.name}: building {place + 1} of 3")
            databases.append(server.fresh(f"cases{place}"))
            build(databases[-1], each)
        report.parts.append(f"\n### {server.name}\n")
        say(f"{server.name}: pages")
        _show_lists(report, lines_of(databases))
        for smaller in databases[1:]:
            server.drop(smaller)
        say(f"{server.name}: search")
        _show_search(report, databases[0])
        say(f"{server.name}: registering and the timer")
        show_work(report, server, databases[0])
        server.drop(databases[0])


def _introduce(report: Report, size: Size) -> None:
    cases, orders = size.estates * size.open_cases, size.estates * size.open_orders
    ended, done = size.estates * size.ended_cases, size.estates * size.ended_orders
    report.section(
        "Complaints and service requests (S4, S5, S6, S11, S14)",
        f"{cases:,} open and {ended:,} ended complaints, {orders:,} open and {done:,} ended requests in {size.estates} "
        "estates, three years, with clocks, steps, sealed words and words to find (`bench/cases.py`). *SQL* is the "
        "time of the statements at the driver, rows fetched; *by hand* compares it with the best SQL we could write "
        "for the same screenful and counts; *whole* is what a page waits for. Growth is the whole of the "
        "same query beside that on a company with a tenth of the estates, and on one with a tenth of what has ended. "
        "All ratios are of things measured in turns; of each group of queries the worst median is shown, and whose it "
        "is. Milliseconds. SQLite has learnt its sizes "
        "as the portal's worker lets it (`Database.learn_sizes`), PostgreSQL by VACUUM ANALYZE.",
    )


def _show_lists(report: Report, lines: Sequence[Line]) -> None:
    """A row for each group of queries: the worst of each measure, and whose it is."""
    rows: list[list[object]] = []
    for of, each in groupby(lines, key=lambda line: line.of):
        group = list(each)
        compared = [(line.by_hand.mid, line.name) for line in group if line.by_hand is not None]
        estates, history = ([(line.growth[place].mid, line.name) for line in group] for place in (0, 1))
        statements = max(line.statements for line in group)
        slowest, sql = (max((of_line(line), line.name) for line in group) for of_line in (_whole, _sql))
        shown = (_worst(found) for found in (compared, estates, history, [slowest], [sql]))
        rows.append([of, len(group), statements, *shown])
    head = ["of", "queries", "statements ≤", "SQL ÷ by hand ≤ (S6)", "÷ a tenth of the estates ≤ (S4)",
            "÷ a tenth of the history ≤ (S4)", "slowest", "slowest SQL"]  # fmt: skip
    report.table(head, rows)


def _whole(line: Line) -> float:
    return line.whole


def _sql(line: Line) -> float:
    return line.sql


def _worst(found: Sequence[tuple[float, str]]) -> str:
    if not found:
        return ""
    value, name = max(found)
    return f"{value:.2f} ({name})" if value < 10 else f"{value:.0f} ({name})"


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
