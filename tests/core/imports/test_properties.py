"""Whatever bytes come, an import gives rows, problems or a refusal, and nothing else (security.md §4, test method)."""

import string
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from core.imports.assess import assess
from core.imports.changes import plan_changes
from core.imports.codes import FileRefused
from core.imports.header import approve_mapping, propose_mapping
from core.imports.kinds import KINDS
from core.imports.reading import read_workbook
from core.imports.sheets import Sheet
from core.imports.specs import ColumnSpec, ImportKind
from core.imports.text import Reading
from tests.core.imports.files import CUSTOMER_HEADING, ESTATE_HEADING, UNIT_HEADING, csv_bytes, xls_bytes, xlsx_bytes

HEADINGS = {
    ImportKind.ESTATES: ESTATE_HEADING,
    ImportKind.UNITS: UNIT_HEADING,
    ImportKind.CUSTOMERS: CUSTOMER_HEADING,
}
COLUMNS = [column for spec in KINDS.values() for column in spec.columns]
kinds = st.sampled_from(sorted(HEADINGS))
texts = st.text(st.characters(), max_size=20)
numbers = st.one_of(st.integers(-(10**9), 10**9), st.floats())
near_misses = st.text(string.digits + "-./:,%~ eE+_()元户栋单元室年月日万㎡·*#'", max_size=15)
cells: Any = st.one_of(
    *(st.none(), texts, near_misses, numbers, st.booleans(), st.dates(), st.datetimes(), st.times(), st.timedeltas())
)
WORKBOOKS = [xlsx_bytes({"一": [ESTATE_HEADING, ["a", "b", 1, 2]]}), xls_bytes([ESTATE_HEADING, ["a", "b", 1, 2]])]


def through(data: bytes, name: str, kind: ImportKind) -> None:
    """Take bytes all the way; only a refusal may stop them, and no data row may get lost."""
    try:
        for sheet in read_workbook(data=data, file_name=name).sheets:
            assess_all(sheet, kind)
    except FileRefused as refusal:
        assert refusal.reason


def assess_all(sheet: Sheet, kind: ImportKind) -> None:
    try:
        mapping = approve_mapping(kind=kind, mapping=propose_mapping(kind=kind, sheet=sheet))
        assessment = assess(kind=kind, sheet=sheet, mapping=mapping)
    except FileRefused as refusal:
        assert refusal.reason
        return
    plan = plan_changes(assessment=assessment, existing={})
    assert len(plan.created) + plan.problem_rows == plan.data_rows == assessment.data_rows


@given(st.binary(max_size=300), st.sampled_from(["a.csv", "a.xlsx", "a.xls", "a.txt", "a"]), kinds)
@example(b'"', "a.csv", ImportKind.UNITS)
@example(b"\r", "a.csv", ImportKind.UNITS)
def test_any_bytes_are_read_or_refused(data: bytes, name: str, kind: ImportKind) -> None:
    through(data, name, kind)


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=20))
def test_any_file_name_is_accepted_or_refused(name: str) -> None:
    through(b"\xe5\x90\x8d\xe7\xa7\xb0\na\n", name, ImportKind.ESTATES)


@settings(max_examples=150, deadline=None)  # a busy machine reads a workbook slowly
@given(
    st.sampled_from(WORKBOOKS),
    st.lists(st.tuples(st.integers(0, 12_000), st.integers(0, 255)), min_size=1, max_size=8),
)
def test_a_workbook_with_bytes_turned_is_read_or_refused(data: bytes, changes: list[tuple[int, int]]) -> None:
    broken = bytearray(data)
    for place, value in changes:
        broken[place % len(broken)] = value
    through(bytes(broken), "a.xlsx" if data is WORKBOOKS[0] else "a.xls", ImportKind.ESTATES)


@given(
    kinds, st.lists(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=12), max_size=10), max_size=6)
)
def test_any_text_below_a_heading_gives_rows_and_problems(kind: ImportKind, rows: list[list[str]]) -> None:
    for encoding in ("utf-8", "gb18030", "utf-16"):
        through(csv_bytes([HEADINGS[kind], *rows], encoding=encoding), "a.csv", kind)


@given(kinds, st.lists(st.lists(cells, max_size=10), max_size=5))
def test_any_cells_below_a_heading_give_rows_and_problems(kind: ImportKind, rows: list[list[Any]]) -> None:
    assess_all(Sheet("一", (HEADINGS[kind], *map(tuple, rows))), kind)


@given(st.lists(st.lists(cells, max_size=5), max_size=5))
def test_any_cells_at_all_give_rows_or_a_refusal(rows: list[list[Any]]) -> None:
    for kind in HEADINGS:
        assess_all(Sheet("一", tuple(map(tuple, rows))), kind)


@pytest.mark.parametrize("column", COLUMNS, ids=lambda column: column.field)
@given(cell=cells)
@example(cell="9" * 400)
@example(cell=float("nan"))
@example(cell=1e308)
@example(cell=datetime(9999, 12, 31, 23, 59, 59, 999_999))
@example(cell=date.min)
@example(cell=time.max)
@example(cell=timedelta.max)
@example(cell="²")
@example(cell="0001-01-01T00:00Z")
def test_any_cell_gives_a_reading_with_a_value_or_a_reason(column: ColumnSpec, cell: Any) -> None:
    reading = column.read(cell)
    assert isinstance(reading, Reading)
    assert reading.value is None or reading.trouble is None
