"""A file after reading and before understanding: sheets of cells, and what is odd about single cells and rows."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from core.imports.codes import Notice, Trouble
from core.imports.limits import FileKind
from core.imports.text import Cell


@dataclass(frozen=True, slots=True)
class FileNotice:
    """Something about a whole sheet or file that a person should know before going on."""

    code: Notice
    fields: Mapping[str, str | int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet. ``rows[0]`` is row 1; blank rows stand as empty tuples or rows of nothing.

    ``cell_troubles`` are cells no value can be taken from (formula, error, merged), by (row, column) from 0;
    ``row_troubles`` rows that could not be cut into cells, by row from 0. ``delimited`` says a text file.
    """

    name: str
    rows: tuple[tuple[Cell, ...], ...]
    hidden: bool = False
    delimited: bool = False
    cell_troubles: Mapping[tuple[int, int], Trouble] = field(default_factory=dict)
    row_troubles: Mapping[int, Trouble] = field(default_factory=dict)
    hidden_rows: frozenset[int] = frozenset()
    notices: tuple[FileNotice, ...] = ()


@dataclass(frozen=True, slots=True)
class Workbook:
    """A file that was read. ``sha256`` names its bytes (F30); ``encoding`` is empty for a spreadsheet."""

    kind: FileKind
    file_name: str
    sha256: str
    sheets: tuple[Sheet, ...]
    encoding: str = ""
    notices: tuple[FileNotice, ...] = ()


def is_blank(row: tuple[Cell, ...]) -> bool:
    """Say whether a row holds nothing but emptiness and spaces."""
    return not any(cell is not None and (not isinstance(cell, str) or cell.strip()) for cell in row)
