"""Tables as files: CSV and XLSX from frozen rows (R-013). No text of ours or theirs ever becomes a formula (T12)."""

import csv
import io
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, ClassVar, Final, TypeAlias

from core.kernel.errors import BusinessError
from core.kernel.money import Money
from core.kernel.periods import CHINA

Cell: TypeAlias = str | Money | Decimal | int | date | datetime | None
Row: TypeAlias = Sequence[Cell]

LONGEST_TEXT: Final = 32_767
"""More than this no spreadsheet cell can hold."""

MOST_ROWS: Final = 1_000_000

_TRIGGERS: Final = tuple("=+-@\t\r\n\0\uff1d\uff0b\uff0d\uff20")
_CONTROL: Final = {code: None for code in range(32) if code not in (9, 10, 13)} | {0xFFFE: None, 0xFFFF: None}
_UNWRITABLE: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_HEADER_ROW: Final = 2
_MEASURED_ROWS: Final = 200
_NARROWEST, _WIDEST = 8, 60


class ColumnKind(StrEnum):
    """What a column holds, which decides how its cells are written.

    text: ``str``; money: ``Money``; percent: ``Decimal`` (78.3 is 78.3 %); integer: ``int``; date: ``date``;
    instant: aware ``datetime``, shown in Asia/Shanghai to the minute. ``None`` is an empty cell in any of them.
    """

    TEXT = "text"
    MONEY = "money"
    PERCENT = "percent"
    INTEGER = "integer"
    DATE = "date"
    INSTANT = "instant"


class ValueTooLong(BusinessError):
    """A text is longer than a spreadsheet cell can hold. Fields: ``row`` (1 is the first), ``column``, ``longest``."""

    code: ClassVar[str] = "export.value_too_long"


class TooManyRows(BusinessError):
    """The table has more rows than one sheet takes. Field: ``most``."""

    code: ClassVar[str] = "export.too_many_rows"


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its title in the reader's language, and what it holds."""

    title: str
    kind: ColumnKind = ColumnKind.TEXT


def escape_formula(text: str) -> str:
    """Put an apostrophe before a text that a spreadsheet would take for a formula or a command."""
    return "'" + text if text.startswith(_TRIGGERS) else text


def to_csv(columns: Sequence[Column], rows: Iterable[Row]) -> bytes:
    """Write a table as CSV: UTF-8 with a byte-order mark, CRLF, numbers plain (``1234.50``, ``78.3``), days ISO."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow([_csv_text(ColumnKind.TEXT, column.title) for column in columns])
    kinds = [column.kind for column in columns]
    for number, row in enumerate(rows, start=1):
        _check_row(columns, row, number)
        writer.writerow([_csv_text(kind, cell) for kind, cell in zip(kinds, row, strict=True)])
    return buffer.getvalue().encode("utf-8-sig")


def to_xlsx(columns: Sequence[Column], rows: Iterable[Row], *, title: str, note: str, made_at: datetime) -> bytes:
    """Write a table as a workbook: title, ``note`` (who, when, which number), frozen header, rows as real values.

    ``made_at`` is when it was made; the same arguments always give the same bytes.
    """
    import xlsxwriter

    buffer = io.BytesIO()
    # Nothing is told from the look of a text: every cell is written by the type of its column.
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = xlsxwriter.Workbook(buffer, options)
    book.set_properties({"title": _clean(title), "comments": _clean(note), "created": _local(made_at)})
    sheet = book.add_worksheet(_sheet_name(title))
    sheet.write_string(0, 0, _clean(title), book.add_format({"bold": True, "font_size": 14}))
    sheet.write_string(1, 0, _clean(note), book.add_format({"font_color": "#666666"}))
    sheet.set_footer("&L" + _clean(note)[:100].replace("&", "&&") + "&R&P / &N")
    widths = _write_table(book, sheet, columns, rows)
    for index, width in enumerate(widths):
        sheet.set_column(index, index, width)
    sheet.freeze_panes(_HEADER_ROW + 1, 0)
    sheet.repeat_rows(_HEADER_ROW)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    book.close()
    return buffer.getvalue()


def _write_table(book: Any, sheet: Any, columns: Sequence[Column], rows: Iterable[Row]) -> list[int]:
    """Write header and rows strictly downwards and give the width of each column in characters."""
    header = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
    widths = []
    for index, column in enumerate(columns):
        sheet.write_string(_HEADER_ROW, index, _clean(column.title), header)
        widths.append(_width(column.title))
    writers = [_cell_writer(book, sheet, column.kind) for column in columns]
    for number, row in enumerate(rows, start=1):
        _check_row(columns, row, number)
        for index, cell in enumerate(row):
            if cell is not None:
                writers[index](_HEADER_ROW + number, index, cell)
        if number <= _MEASURED_ROWS:
            texts = (_csv_text(column.kind, cell) for column, cell in zip(columns, row, strict=True))
            widths = [max(width, _width(text)) for width, text in zip(widths, texts, strict=True)]
    return [min(max(width + 2, _NARROWEST), _WIDEST) for width in widths]


def _cell_writer(book: Any, sheet: Any, kind: ColumnKind) -> Callable[[int, int, Any], object]:
    if kind is ColumnKind.TEXT:
        return _text_writer(book, sheet)
    style = book.add_format({"num_format": _NUMBER_FORMATS[kind]})
    turn = _NUMBERS[kind]
    if kind in (ColumnKind.DATE, ColumnKind.INSTANT):
        return lambda row, column, cell: sheet.write_datetime(row, column, turn(cell), style)
    return lambda row, column, cell: sheet.write_number(row, column, turn(cell), style)


def _text_writer(book: Any, sheet: Any) -> Callable[[int, int, str], object]:
    plain = book.add_format({"num_format": "@"})
    # The quote prefix keeps a text a text even after someone edits the cell.
    quoted = book.add_format({"num_format": "@", "quote_prefix": True})

    def write(row: int, column: int, text: str) -> None:
        clean = _clean(text)
        if "\r" in clean:  # a cell's line end is LF alone
            clean = clean.replace("\r\n", "\n").replace("\r", "\n")
        sheet.write_string(row, column, clean, quoted if clean.startswith(_TRIGGERS) else plain)

    return write


_NUMBER_FORMATS: Final = {
    ColumnKind.MONEY: "#,##0.00",
    ColumnKind.PERCENT: '0.0" %"',
    ColumnKind.INTEGER: "#,##0",
    ColumnKind.DATE: "yyyy-mm-dd",
    ColumnKind.INSTANT: "yyyy-mm-dd hh:mm",
}


def _local(instant: datetime) -> datetime:
    """The minute in Asia/Shanghai without a zone, as spreadsheets want it; a naive instant raises ``ValueError``."""
    if instant.tzinfo is None:
        raise ValueError("an instant needs a time zone")
    return instant.astimezone(CHINA).replace(tzinfo=None, second=0, microsecond=0)


def _yuan(amount: Money) -> float:
    return amount.fen / 100  # the double nearest to the amount; exact to the fen below 10^13 fen


def _same(cell: Any) -> Any:
    return cell


_NUMBERS: Final[dict[ColumnKind, Callable[[Any], Any]]] = {
    ColumnKind.MONEY: _yuan,
    ColumnKind.PERCENT: float,
    ColumnKind.INTEGER: _same,
    ColumnKind.DATE: _same,
    ColumnKind.INSTANT: _local,
}
_CSV_TEXTS: Final[dict[ColumnKind, Callable[[Any], str]]] = {
    ColumnKind.TEXT: lambda cell: escape_formula(_clean(cell)),
    ColumnKind.MONEY: lambda cell: str(cell.yuan),
    ColumnKind.PERCENT: lambda cell: f"{cell:f}",
    ColumnKind.INTEGER: str,
    ColumnKind.DATE: date.isoformat,
    ColumnKind.INSTANT: lambda cell: _local(cell).strftime("%Y-%m-%d %H:%M"),
}
_TYPES: Final[dict[ColumnKind, type]] = {
    ColumnKind.TEXT: str,
    ColumnKind.MONEY: Money,
    ColumnKind.PERCENT: Decimal,
    ColumnKind.INTEGER: int,
    ColumnKind.DATE: date,
    ColumnKind.INSTANT: datetime,
}


def _csv_text(kind: ColumnKind, cell: Cell) -> str:
    return "" if cell is None else _CSV_TEXTS[kind](cell)


def _check_row(columns: Sequence[Column], row: Row, number: int) -> None:
    """Refuse what no sheet can hold; a cell of another type than its column is a bug and raises ``TypeError``."""
    if number > MOST_ROWS:
        raise TooManyRows(most=MOST_ROWS)
    for column, cell in zip(columns, row, strict=True):
        kind = column.kind
        if kind is ColumnKind.TEXT and isinstance(cell, str):
            if len(cell) > LONGEST_TEXT // 2 and _units(cell) > LONGEST_TEXT:
                raise ValueTooLong(row=number, column=column.title, longest=LONGEST_TEXT)
        elif cell is not None and type(cell) is not _TYPES[kind]:
            raise TypeError(f"a {kind} column takes no {type(cell).__name__}")


def _clean(text: str) -> str:
    """Drop what a file cannot carry: control characters but tab and line ends, halves of characters."""
    if _UNWRITABLE.search(text):
        text = text.translate(_CONTROL).encode("utf-8", "replace").decode()
    # XlsxWriter takes a text between these tags for ready-made XML and would write it unescaped.
    return text + " " if text.startswith("<r>") and text.endswith("</r>") else text


def _units(text: str) -> int:
    """The length as spreadsheets count it: UTF-16 units."""
    return len(text.encode("utf-16-le", "replace")) // 2


def _width(text: str) -> int:
    """How many narrow characters the widest line of a text takes; Chinese ones take two."""
    return max((len(line) + sum(character > "\u2e7f" for character in line) for line in text.splitlines()), default=0)


def _sheet_name(title: str) -> str:
    """A legal sheet name made from the title."""
    name = re.sub(r"[\[\]:*?/\\]", " ", _clean(title)).strip(" '")[:31].strip(" '")
    return name if name and name.casefold() != "history" else "Table"
