"""``python -m bench [NAME …] [--database KIND] [--write]``: measure, and print or keep a report."""

import argparse
import os
import platform
import sys
import time
from importlib import import_module
from pathlib import Path

from bench import case_rows, cases
from bench.books import Size, build
from bench.databases import Server, servers
from bench.measure import Report
from db.jobs.verify import verify

MODULES = {"overview": "overview", "payments": "payments", "bill-run": "bill_run", "import": "imports",
           "survey-entry": "survey_entry", "service": "service", "clicks": "clicks"}  # fmt: skip
NAMES = ("verify", *MODULES)
KINDS = ("sqlite", "postgresql")
PAGE = Path(__file__).resolve().parents[1] / "docs" / "bench.md"
HEAD = """# Benchmarks

Written by `python -m bench{arguments} --write` on {day}, Python {python}, {cores} cores, load
average {load} at the end. Ratios inside one run come first, because they carry over to other machines; times are for
orientation only. The data is made by `bench/books.py`.
"""


def main() -> None:
    """Measure what was asked for."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"any of {', '.join(NAMES)}; all when none is named")
    parser.add_argument("--database", choices=KINDS, help="one database only")
    parser.add_argument("--size", type=float, default=1.0, help="1 is a million bills; smaller is quicker")
    parser.add_argument("--write", action="store_true", help="keep the report as docs/bench.md")
    chosen = parser.parse_args()
    names = tuple(chosen.names) or NAMES
    if unknown := set(names) - set(NAMES):
        parser.error(f"there is no {', '.join(sorted(unknown))}")
    arguments = "".join(f" {word}" for word in sys.argv[1:] if word != "--write")
    day = time.strftime("%Y-%m-%d")
    report = Report()
    with servers((chosen.database,) if chosen.database else KINDS) as places:
        for name in names:
            _measure(name, places, chosen.size, report)
    report.parts.insert(0, _head(arguments, day))
    print(report.text())
    if chosen.write:
        PAGE.write_text(report.text(), encoding="utf-8")


def _measure(name: str, places: tuple[Server, ...], size: float, report: Report) -> None:
    if name == "verify":
        _verify(places)
        return
    measured = import_module(f"bench.{MODULES[name]}")
    amount = {
        "overview": Size().times(size),
        "bill-run": int(1000 * size) * 100,
        "import": int(50_000 * size),
        "survey-entry": int(10 * size) * 10,
        "service": cases.Size().times(size),
        "clicks": max(1, int(8 * size)),
    }
    measured.run(places, report, _say, amount.get(name))


def _verify(places: tuple[Server, ...]) -> None:
    """The generator's own proof: the portal's self-check finds nothing wrong in a small database."""
    for server in places:
        database = server.fresh("sound")
        build(database, Size(estates=2, buildings=3, units=10, months=8))
        findings = verify(database).findings
        server.drop(database)
        if findings:
            sys.exit(f"{server.name}: the books of the benchmark are not sound: {findings[:3]}")
        _say(f"{server.name}: the books of the benchmark are sound")
        database = server.fresh("sound")
        cases.build(database, cases.Size(2, 100, 500, 100, 300))
        findings = verify(database, now=case_rows.NOW).findings
        server.drop(database)
        if findings:
            sys.exit(f"{server.name}: the complaints of the benchmark are not sound: {findings[:3]}")
        _say(f"{server.name}: the complaints of the benchmark are sound")


def _head(arguments: str, day: str) -> str:
    load, python = f"{os.getloadavg()[1]:.1f}", platform.python_version()
    return HEAD.format(arguments=arguments, day=day, python=python, cores=os.cpu_count() or 1, load=load)


def _say(text: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
