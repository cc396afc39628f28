"""Tables in Word documents: fixed widths, heads that come again on every page, bars made of shaded cells."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import accumulate, pairwise
from typing import Any, Final

from docx.shared import Pt
from docx.text.paragraph import Paragraph

from core.documents.word import TEXT_WIDTH, Align, Text, add_paragraph, element, fill_paragraph

MOST_COLUMNS: Final = 63
"""A table with more columns Word does not open."""

_THIN, _BOX, _GAP = 4, 8, 24
_GREY, _INK, _PAPER = "A6A6A6", "404040", "FFFFFF"


class Frame(StrEnum):
    """Which lines a table has: all; those across; those under each row, to write on; none."""

    GRID = "top left bottom right insideH insideV"
    RULES = "top bottom insideH"
    LINES = "bottom insideH"
    NONE = ""


class Edges(StrEnum):
    """The lines of one cell: its table's, a box of its own, or a white gap above and below a bar."""

    OF_TABLE = "of_table"
    BOX = "box"
    GAP = "gap"


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell over ``span`` columns of the table's grid; ``fill`` as ``RRGGBB``, empty for none."""

    texts: tuple[Text, ...] = ()
    align: Align = Align.LEFT
    span: int = 1
    fill: str = ""
    edges: Edges = Edges.OF_TABLE


@dataclass(frozen=True, slots=True)
class Row:
    """A row at least ``height`` high that no page break parts. A ``heading`` row is repeated on every page.

    ``keep_next`` keeps it on one page with the row or text after it.
    """

    cells: tuple[Cell, ...]
    height: int = 0
    heading: bool = False
    keep_next: bool = False


def columns(*shares: int, width: int = TEXT_WIDTH) -> tuple[int, ...]:
    """Part a width by shares, so that the parts make the whole."""
    total = sum(shares)
    edges = [width * upto // total for upto in accumulate(shares, initial=0)]
    return tuple(right - left for left, right in pairwise(edges))


def bar_parts(*, counts: Sequence[int], units: int) -> tuple[int, ...]:
    """Part a bar of ``units`` by counts, to the nearest unit; what is counted at all gets a unit at least.

    Nothing counted gives nothing. More counts than units raises ``ValueError``.
    """
    total = sum(counts)
    if len(counts) > units:
        raise ValueError("a bar needs a unit for every count")
    parts = [max(count * units // total, 1) if count else 0 for count in counts]
    while total and sum(parts) != units:
        lacking = [count * units - part * total for count, part in zip(counts, parts, strict=True)]
        if sum(parts) < units:
            parts[lacking.index(max(lacking))] += 1
        else:
            parts[min((lack, at) for at, lack in enumerate(lacking) if parts[at] > 1)[1]] -= 1
    return tuple(parts)


def add_table(
    holder: Any, *, widths: Sequence[int], rows: Sequence[Row], frame: Frame = Frame.GRID, gap: float = 4
) -> None:
    """Add a table of fixed widths to a document, head or foot, and ``gap`` points of space after it.

    The spans of every row must make all columns, else ``ValueError``: such a file would not open.
    """
    if len(widths) > MOST_COLUMNS:
        raise ValueError("a table has at most 63 columns")
    table = element("w:tbl")
    table.append(_table_form(sum(widths), frame))
    grid = element("w:tblGrid")
    grid.extend(element("w:gridCol", w=width) for width in widths)
    table.append(grid)
    table.extend(_row(row, widths) for row in rows)
    # Two tables without a paragraph between them would become one.
    spacer = add_paragraph(holder, after=0)
    spacer.paragraph_format.line_spacing = Pt(gap)
    spacer._p.addprevious(table)


def _table_form(width: int, frame: Frame) -> Any:
    form = element("w:tblPr")
    form.append(element("w:tblW", w=width, type="dxa"))
    form.append(_borders("w:tblBorders", frame.value.split(), _THIN, _GREY))
    form.append(element("w:tblLayout", type="fixed"))
    margins = element("w:tblCellMar")
    margins.extend(element(f"w:{side}", w=57, type="dxa") for side in ("left", "right"))
    form.append(margins)
    return form


def _row(row: Row, widths: Sequence[int]) -> Any:
    if sum(cell.span for cell in row.cells) != len(widths):
        raise ValueError("the cells of a row must make all columns")
    form = element("w:trPr")
    form.append(element("w:cantSplit"))
    if row.height:
        form.append(element("w:trHeight", val=row.height, hRule="atLeast"))
    if row.heading:
        form.append(element("w:tblHeader"))
    made = element("w:tr")
    made.append(form)
    at = 0
    for cell in row.cells:
        made.append(_cell(cell, sum(widths[at : at + cell.span]), keep_next=row.keep_next or row.heading))
        at += cell.span
    return made


def _cell(cell: Cell, width: int, *, keep_next: bool) -> Any:
    form = element("w:tcPr")
    form.append(element("w:tcW", w=width, type="dxa"))
    if cell.span > 1:
        form.append(element("w:gridSpan", val=cell.span))
    if cell.edges is Edges.BOX:
        form.append(_borders("w:tcBorders", ("top", "left", "bottom", "right"), _BOX, _INK))
    elif cell.edges is Edges.GAP:
        form.append(_borders("w:tcBorders", ("top", "bottom"), _GAP, _PAPER))
    if cell.fill:
        form.append(element("w:shd", val="clear", color="auto", fill=cell.fill))
    form.append(element("w:vAlign", val="center"))
    made, inside = element("w:tc"), element("w:p")
    made.extend((form, inside))
    paragraph = Paragraph(inside, made)
    fill_paragraph(paragraph, cell.texts, align=cell.align)
    paragraph.paragraph_format.keep_with_next = keep_next or None
    return made


def _borders(tag: str, sides: Sequence[str], size: int, colour: str) -> Any:
    borders = element(tag)
    borders.extend(element(f"w:{side}", val="single", sz=size, space=0, color=colour) for side in sides)
    return borders
