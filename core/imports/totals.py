"""Rows that are no data, and the totals a file states about itself (F13, M9)."""

from collections.abc import Mapping
from decimal import Decimal

from core.imports.codes import FileRefused, Notice, Refusal
from core.imports.header import ColumnMapping
from core.imports.rows import ControlTotal
from core.imports.specs import ColumnSpec
from core.imports.text import Cell, Reading, as_text, folded, heading_key
from core.imports.vocabulary import FOOTNOTE, GRAND_TOTAL, TOTAL_ROW


def first_text(row: tuple[Cell, ...]) -> str:
    """Give the folded text of the first cell that holds anything; nothing for a text too long to be a label."""
    first = next((as_text(cell) for cell in row if cell is not None and as_text(cell).strip()), "")
    return folded(first) if len(first) <= 60 else ""


class Totals:
    """Sums the summed columns as rows are read, and remembers what total rows state."""

    def __init__(self, columns: tuple[tuple[int, ColumnSpec], ...]) -> None:
        self.columns = tuple((index, spec) for index, spec in columns if spec.summed)
        self.sums = {spec.field: Decimal(0) for _, spec in self.columns}
        self.unsure: set[str] = set()
        self.stated: list[tuple[int, str, Decimal]] = []

    def add(self, field: str, reading: Reading) -> None:
        """Count one cell in; an unreadable one makes the sum unsure."""
        if reading.trouble:
            self.unsure.add(field)
        elif isinstance(reading.value, Decimal | int):
            self.sums[field] += reading.value

    def lose_row(self) -> None:
        """Remember that a row could not be read, so no sum is sure."""
        self.unsure.update(self.sums)

    def state(self, row_number: int, row: tuple[Cell, ...]) -> None:
        """Keep what a total row states; a sub-total states nothing about the whole."""
        if not GRAND_TOTAL.match(first_text(row)):
            return
        for index, spec in self.columns:
            value = spec.read(row[index]).value if index < len(row) else None
            if isinstance(value, Decimal | int):
                self.stated.append((row_number, spec.field, Decimal(value)))

    def unchecked(self) -> tuple[int, ...]:
        """Give the rows whose totals could not be compared because a cell of the column was not readable."""
        return tuple(sorted({row for row, field, _ in self.stated if field in self.unsure}))

    def checked(self, headings: Mapping[str, str]) -> tuple[ControlTotal, ...]:
        """Compare; a difference of one hundredth refuses the file (M9)."""
        compared = tuple(
            ControlTotal(row, field, stated, self.sums[field])
            for row, field, stated in self.stated
            if field not in self.unsure
        )
        for total in compared:
            if total.stated != total.computed:
                raise FileRefused(
                    Refusal.CONTROL_TOTAL,
                    row=total.row,
                    column=headings[total.field],
                    stated=f"{total.stated:f}",
                    computed=f"{total.computed:f}",
                )
        return compared


def no_data_reason(row: tuple[Cell, ...], *, mapping: ColumnMapping, after_total: bool) -> Notice | None:
    """Tell a total, a note or a repeated heading from a data row, else give ``None``."""
    first = first_text(row)
    if not first:
        return None
    if TOTAL_ROW.match(first):
        return Notice.TOTAL_ROW
    if FOOTNOTE.match(first):
        return Notice.FOOTNOTE
    filled = [as_text(cell) for cell in row if cell is not None and cell != ""]
    if after_total and len(filled) == 1:
        return Notice.FOOTNOTE
    if len(filled) > 1 and first == folded(mapping.columns[0].text):
        known = {heading_key(column.text) for column in mapping.columns}
        return Notice.HEADER_AGAIN if {heading_key(text) for text in filled} <= known else None
    return None
