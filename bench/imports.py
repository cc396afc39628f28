"""Importing a spreadsheet of units beside reading it and inserting its rows in bulk (S12)."""

import time
from collections.abc import Callable, Sequence
from io import BytesIO
from typing import Any

import xlsxwriter
from python_calamine import CalamineWorkbook
from sqlalchemy import Table, func, insert, select

from bench.books import NOW, Size, build, write
from bench.databases import Server, raw
from bench.measure import Report
from core.admin.permissions import Actor, Role
from core.imports.kinds import ImportKind
from core.imports.limits import MAX_ROWS
from core.kernel.identity import UserId
from db.engine import Database
from db.jobs.imports import RequestCommit, request_check, request_commit
from db.jobs.runner import Worker
from db.models import Unit, User, UserRole
from db.operations.imports import StartCheck, UploadFile, upload_file
from db.queries.imports import file_layout, import_batch
from db.unit_of_work import fetch, perform

IMPORTER = Actor(UserId(9), "importer", frozenset({Role.SUPERVISOR}), None)
HEAD = ("小区", "楼栋", "单元", "房号", "楼层", "建筑面积", "用途", "交付日期")
COLUMNS = ("estate_id", "id", "building_id", "code", "sort_key", "entrance", "floor", "area", "use", "state", "version")


def spreadsheet(rows: int) -> bytes:
    """A list of so many new units, two estates' names in turn."""
    found = BytesIO()
    book = xlsxwriter.Workbook(found, {"constant_memory": True})
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, HEAD)
    for number in range(rows):
        block, place = divmod(number, 500)
        estate, area = f"Estate {1 + number % 2}", 60 + number % 90 + 0.25
        values = (estate, f"N{block}", "1", str(1000 + place), place // 10 + 1, area, "住宅", "2024-05-01")
        sheet.write_row(number + 1, 0, values)
    book.close()
    return found.getvalue()


def _import(database: Database, content: bytes) -> tuple[float, float]:
    """Upload and check, then write; both in seconds."""

    def act(operation: Callable[..., Any], command: object) -> Any:
        return perform(database, operation, command, identify=lambda _c, _n: IMPORTER, now=NOW)

    worker = Worker(database, lambda: NOW)
    begin = time.perf_counter()
    batch = act(upload_file, UploadFile(ImportKind.UNITS, "units.xlsx", content))
    layout = fetch(database, file_layout, batch, actor=IMPORTER, now=NOW)[0]
    assert layout.mapping is not None
    act(request_check, StartCheck(batch, 1, layout.name, layout.mapping))
    worker.run_next()
    checked = time.perf_counter()
    found = fetch(database, import_batch, batch, actor=IMPORTER, now=NOW).batch
    act(request_commit, RequestCommit(batch, found.version, skip_bad_rows=False))
    worker.run_next()
    return checked - begin, time.perf_counter() - checked


def _bare(database: Database, content: bytes) -> float:
    """Read the file and write its rows as units, with nothing looked at."""
    table = Unit.__table__
    assert isinstance(table, Table)
    begin = time.perf_counter()
    rows: list[Any] = CalamineWorkbook.from_filelike(BytesIO(content)).get_sheet_by_index(0).to_python()[1:]
    units = (
        (1, 10_000_000 + n, 1, f"{row[1]}-{row[2]}-{row[3]}", f"{row[1]}-{row[2]}-{row[3]}", row[2], int(row[4]),
         round(row[5] * 100), "residential", "active", 1)
        for n, row in enumerate(rows)
    )  # fmt: skip
    with raw(database) as connection:
        if database.is_sqlite:
            connection.execute("BEGIN IMMEDIATE")
        write(connection, table, COLUMNS, units, sqlite=database.is_sqlite)
        connection.commit()
    return time.perf_counter() - begin


def run(servers: Sequence[Server], report: Report, say: Callable[[str], None], rows: int = MAX_ROWS) -> None:
    """Import once on each database; on a copy do the bare work."""
    content = spreadsheet(rows)
    report.section(
        "Import (S12, bar ≤ 2.5)",
        f"A spreadsheet of {rows:,} new units ({len(content) / 2**20:.1f} MiB); {MAX_ROWS:,} rows are the most one "
        "file may hold. The bare work reads it with calamine and inserts the units in bulk. The import checks every "
        "row, keeps a preview, reads the file again at the commit, and notes each row so that it can be taken back.",
    )
    lines = []
    for server in servers:
        say(f"{server.name}: import of {rows:,} rows")
        first = server.fresh("imp1")
        build(first, Size(estates=2, buildings=2, units=10, months=1))
        with first.writing() as connection, connection.begin():
            user = {"id": 9, "username": "importer", "display_name": "importer", "created_at": NOW}
            connection.execute(insert(User), {**user, "state": "active", "all_estates": True})
            connection.execute(insert(UserRole), {"user_id": 9, "role": "supervisor"})
        second = server.copy(first, "imp2")
        check, commit = _import(first, content)
        with first.reading() as connection:
            written = connection.execute(select(func.count()).select_from(Unit)).scalar_one() - 40
        assert written == rows, f"{written} of {rows} rows were written"
        bare = _bare(second, content)
        lines.append([server.name, (check + commit) / bare, commit / bare, check + commit, check, commit, bare])
        server.drop(first)
        server.drop(second)
    head = ["database", "import ÷ bare (S12)", "commit alone ÷ bare", "import s", "check s", "commit s", "bare s"]
    report.table(head, lines)
