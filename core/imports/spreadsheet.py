"""Spreadsheets (.xlsx, .xls): typed cells of every sheet, opened only after the limits held (F1-F9, D2, D3)."""

import zipfile
from datetime import datetime, timedelta
from io import BytesIO

from python_calamine import CalamineSheet, CalamineWorkbook, PasswordError, SheetTypeEnum, SheetVisibleEnum

from core.imports.codes import FileRefused, Notice, Refusal, Trouble
from core.imports.limits import BLANK_RUN, MAX_CELLS, MAX_COLUMNS, MAX_LINES, MAX_ROWS, workbook_parts
from core.imports.sheets import FileNotice, Sheet, is_blank
from core.imports.sheetxml import SheetFacts, attributes_of, scanned
from core.imports.text import Cell


def read_xlsx(data: bytes) -> tuple[tuple[Sheet, ...], tuple[FileNotice, ...]]:
    """Read the sheets of an .xlsx; the reader gets a fresh package of exactly the parts that were checked."""
    parts = workbook_parts(data)
    facts: dict[str, SheetFacts] = {}
    for name, part in _sheet_parts(parts).items():
        facts[name], parts[part] = scanned(parts[part])
    workbook = _opened(_packed(parts))
    notices: tuple[FileNotice, ...] = ()
    properties = attributes_of(parts["xl/workbook.xml"], "workbookPr")
    if any(p.get("date1904") in ("1", "true") for p in properties):
        notices = (FileNotice(Notice.DATES_FROM_1904),)
    return _sheets(workbook, facts), notices


def read_xls(data: bytes) -> tuple[tuple[Sheet, ...], tuple[FileNotice, ...]]:
    """Read the sheets of an old .xls. Formulas and errors cannot be told from values there, hence the notice."""
    return _sheets(_opened(data), {}), (FileNotice(Notice.OLD_WORKBOOK),)


def _sheet_parts(parts: dict[str, bytes]) -> dict[str, str]:
    """Give the part of each sheet by the sheet's name."""
    targets = {
        relation.get("Id", ""): relation.get("Target", "")
        for relation in attributes_of(parts.get("xl/_rels/workbook.xml.rels", b"<none/>"), "Relationship")
    }
    found: dict[str, str] = {}
    for sheet in attributes_of(parts.get("xl/workbook.xml", b"<none/>"), "sheet"):
        target = targets.get(sheet.get("id", ""), "")
        part = target.removeprefix("/") if target.startswith("/") else f"xl/{target}"
        if part in parts and sheet.get("name"):
            found[sheet["name"]] = part
    unread = [part for part in parts if part.startswith("xl/worksheets/") and part.endswith(".xml")]
    if not set(unread) <= set(found.values()):  # a sheet the checks would not see
        raise FileRefused(Refusal.DAMAGED)
    return found


def _packed(parts: dict[str, bytes]) -> bytes:
    package = BytesIO()
    with zipfile.ZipFile(package, "w", zipfile.ZIP_STORED) as target:
        for name, content in parts.items():
            target.writestr(name, content)
    return package.getvalue()


def _opened(data: bytes) -> CalamineWorkbook:
    try:
        return CalamineWorkbook.from_filelike(BytesIO(data))
    except PasswordError as error:
        raise FileRefused(Refusal.ENCRYPTED) from error
    except BaseException as error:
        raise _damaged(error) from error


def _damaged(error: BaseException) -> BaseException:
    """Turn an error of the reader into a refusal; a panic of its native code is not an ``Exception``."""
    native = type(error).__name__ == "PanicException"
    return FileRefused(Refusal.DAMAGED) if native or isinstance(error, Exception) else error


def _sheets(workbook: CalamineWorkbook, facts: dict[str, SheetFacts]) -> tuple[Sheet, ...]:
    tables = [meta for meta in workbook.sheets_metadata if meta.typ == SheetTypeEnum.WorkSheet]
    try:
        return tuple(
            _sheet(
                workbook.get_sheet_by_name(meta.name),
                facts.get(meta.name, SheetFacts()),
                hidden=meta.visible != SheetVisibleEnum.Visible,
            )
            for meta in tables
        )
    except FileRefused:
        raise
    except BaseException as error:
        raise _damaged(error) from error


def _sheet(source: CalamineSheet, facts: SheetFacts, *, hidden: bool) -> Sheet:
    if (source.total_height + 1) * source.width > MAX_CELLS:
        raise FileRefused(Refusal.TOO_MANY_ROWS, limit=MAX_ROWS)
    rows: list[tuple[Cell, ...]] = [tuple(row) for row in source.to_python(skip_empty_area=False)]
    kept, cut = _before_blank_run(rows)
    _check_width(rows[:kept])
    cut_row = facts.cut_row or (kept if cut else 0)
    notices = (FileNotice(Notice.CUT_AFTER, {"row": cut_row}),) if cut_row else ()
    floored = _floored(rows[:kept], facts)
    return Sheet(
        source.name,
        tuple(floored),
        hidden=hidden,
        cell_troubles=facts.troubles | _merged(source, rows=kept),
        hidden_rows=frozenset(row for row in facts.hidden_rows if row < kept),
        notices=notices,
    )


def _merged(source: CalamineSheet, *, rows: int) -> dict[tuple[int, int], Trouble]:
    """Give the cells that lie in merged ranges; ranges never overlap in an honest file, so their sum is bounded."""
    found: dict[tuple[int, int], Trouble] = {}
    left_over = rows * MAX_COLUMNS
    for (top, left), (bottom, right) in source.merged_cell_ranges or ():
        across, down = range(left, min(right + 1, MAX_COLUMNS)), range(top, min(bottom + 1, rows))
        left_over -= len(across) * len(down)
        if left_over < 0:
            raise FileRefused(Refusal.DAMAGED)
        found.update(((row, column), Trouble.MERGED) for row in down for column in across)
    return found


def _before_blank_run(rows: list[tuple[Cell, ...]]) -> tuple[int, bool]:
    """Count the rows up to the last one with content before a run of blank rows; say whether more came behind."""
    kept = 0
    for index, row in enumerate(rows):
        if not is_blank(row):
            if index - kept >= BLANK_RUN:
                return kept, True
            kept = index + 1
    if kept > MAX_LINES and sum(not is_blank(row) for row in rows[:kept]) > MAX_LINES:
        raise FileRefused(Refusal.TOO_MANY_ROWS, limit=MAX_ROWS)
    return kept, False


def _check_width(rows: list[tuple[Cell, ...]]) -> None:
    for index, row in enumerate(rows):
        if len(row) > MAX_COLUMNS and not is_blank(row[MAX_COLUMNS:]):
            raise FileRefused(Refusal.TOO_MANY_COLUMNS, limit=MAX_COLUMNS, row=index + 1)


def _floored(rows: list[tuple[Cell, ...]], facts: SheetFacts) -> list[tuple[Cell, ...]]:
    """Undo the reader's rounding of the last second of a day, which would give the next day (D9)."""
    for row, column in facts.late:
        cells = list(rows[row]) if row < len(rows) else []
        value = cells[column] if column < len(cells) else None
        if isinstance(value, datetime) and value.time() == datetime.min.time():
            cells[column] = value - timedelta(seconds=1)
            rows[row] = tuple(cells)
    return rows
