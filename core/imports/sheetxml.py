"""What the workbook reader does not say of an .xlsx sheet: formulas, errors, hidden rows (F6, F7, F24, F27).

The parser is expat on bytes in which :mod:`core.imports.limits` found neither a document type nor an entity.
"""

import re
from dataclasses import dataclass, field
from typing import Final
from xml.parsers import expat

from core.imports.codes import FileRefused, Refusal, Trouble
from core.imports.limits import BLANK_RUN, MAX_CELLS, MAX_COLUMNS, MAX_LINES, MAX_ROWS

_REFERENCE: Final = re.compile(r"([A-Z]{1,3})(\d{1,7})", re.ASCII)
_LATE: Final = re.compile(r"\d+\.99999\d*", re.ASCII)
_LATE_BYTES: Final = re.compile(rb"\.99999\d*<")
_CLOSING: Final = re.compile(rb"</(?:\w+:)?sheetData\s*>")


@dataclass(slots=True)
class SheetFacts:
    """Facts of one sheet by (row, column) from 0. ``late`` are times in the last second of a day (D9).

    ``cut_row`` is the number of rows kept when a run of blank rows ended the sheet, else 0.
    """

    troubles: dict[tuple[int, int], Trouble] = field(default_factory=dict)
    hidden_rows: set[int] = field(default_factory=set)
    late: set[tuple[int, int]] = field(default_factory=set)
    width: int = 0
    height: int = 0
    lines: int = 0
    cut_row: int = 0


class _Enough(Exception):
    """Ends the scan at a run of blank rows."""


class _Scan:
    """Walks one sheet with expat; positions count from 1 while it walks."""

    def __init__(self, xml: bytes) -> None:
        self.facts = SheetFacts()
        self.row = self.column = self.row_offset = 0
        self.is_error = False
        self.parser = expat.ParserCreate()
        self.parser.StartElementHandler = self.start
        if _LATE_BYTES.search(xml):
            self.parser.buffer_text = True
            self.parser.CharacterDataHandler = self.text

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        name = tag.rpartition(":")[2]
        if name == "c":
            self.cell(attributes)
        elif name in ("v", "is", "f"):
            self.content(name)
        elif name == "row":
            self.next_row(attributes)

    def next_row(self, attributes: dict[str, str]) -> None:
        number = attributes.get("r", "")
        row = int(number) if number.isdecimal() and len(number) < 9 else self.row + 1
        if row <= self.row:
            raise FileRefused(Refusal.DAMAGED)
        self.row, self.column, self.row_offset = row, 0, self.parser.CurrentByteIndex
        if attributes.get("hidden") in ("1", "true"):
            self.facts.hidden_rows.add(row - 1)

    def cell(self, attributes: dict[str, str]) -> None:
        match = _REFERENCE.fullmatch(attributes.get("r", ""))
        column = _column_number(match[1]) if match else self.column + 1
        if column <= self.column or (match and int(match[2]) != self.row):
            raise FileRefused(Refusal.DAMAGED)
        self.column = column
        self.is_error = attributes.get("t") == "e"

    def content(self, name: str) -> None:
        facts, place = self.facts, (self.row - 1, self.column - 1)
        if self.row - facts.height > BLANK_RUN:
            facts.cut_row = facts.height
            raise _Enough
        if self.column > MAX_COLUMNS:
            raise FileRefused(Refusal.TOO_MANY_COLUMNS, limit=MAX_COLUMNS, row=self.row)
        facts.lines += self.row > facts.height
        facts.height, facts.width = self.row, max(facts.width, self.column)
        if facts.lines > MAX_LINES or facts.height * facts.width > MAX_CELLS:
            raise FileRefused(Refusal.TOO_MANY_ROWS, limit=MAX_ROWS)
        if name == "f":
            facts.troubles[place] = Trouble.FORMULA
        elif self.is_error:
            facts.troubles.setdefault(place, Trouble.ERROR_VALUE)

    def text(self, data: str) -> None:
        if _LATE.fullmatch(data):
            self.facts.late.add((self.row - 1, self.column - 1))


def _column_number(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


def scanned(xml: bytes) -> tuple[SheetFacts, bytes]:
    """Give the facts of a sheet's XML, and the XML without the rows behind a run of blank rows."""
    scan = _Scan(xml)
    try:
        scan.parser.Parse(xml, True)
    except _Enough:
        end = _CLOSING.search(xml, scan.row_offset)
        if end is None:
            raise FileRefused(Refusal.DAMAGED) from None
        return scan.facts, xml[: scan.row_offset] + xml[end.start() :]
    except (expat.ExpatError, ValueError) as error:
        raise FileRefused(Refusal.DAMAGED) from error
    return scan.facts, xml


def attributes_of(xml: bytes, wanted: str) -> list[dict[str, str]]:
    """Give the attributes of every element of one name, without prefixes, in order; broken XML refuses the file."""
    found: list[dict[str, str]] = []

    def start(tag: str, attributes: dict[str, str]) -> None:
        if tag.rpartition(":")[2] == wanted:
            found.append({name.rpartition(":")[2]: value for name, value in attributes.items()})

    parser = expat.ParserCreate()
    parser.StartElementHandler = start
    try:
        parser.Parse(xml, True)
    except (expat.ExpatError, ValueError) as error:
        raise FileRefused(Refusal.DAMAGED) from error
    return found
