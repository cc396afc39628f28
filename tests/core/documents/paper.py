"""Reads Word files back, and says how high they will be on paper."""

import io
import math
import zipfile
from collections.abc import Iterator
from typing import Any

import docx
from docx.document import Document
from docx.oxml.ns import qn
from docx.table import Table
from docx.text.paragraph import Paragraph

LETTER = 0.55
"""Width of a narrow letter ÷ its size: more than Arial's average, so that an estimate is never too low."""


def opened(data: bytes) -> Document:
    """The document, as another program reads it."""
    return docx.Document(io.BytesIO(data))


def texts_of(holder: Any) -> list[str]:
    """Every paragraph's text in a document, head or foot, those of tables too, in the order of the paper."""
    return [Paragraph(p, holder).text for p in holder._element.iter(qn("w:p"))]


def rows_of(table: Table) -> list[list[str]]:
    """The texts of a table, a cell once however many columns it spans."""
    return [["\n".join(p.text for p in cell.paragraphs) for cell in cells_of(row)] for row in table.rows]


def cells_of(row: Any) -> list[Any]:
    """The cells of a row, each once."""
    return list({id(cell._tc): cell for cell in row.cells}.values())


def widths_of(table: Table) -> set[tuple[int, int, int]]:
    """For every row: the width the table says it has, the sum of its grid, the sum of the row's cells."""
    form = table._tbl.tblPr.find(qn("w:tblW"))
    grid = sum(int(column.get(qn("w:w"))) for column in table._tbl.tblGrid.iter(qn("w:gridCol")))
    return {
        (int(form.get(qn("w:w"))), grid, sum(int(tc.tcPr.find(qn("w:tcW")).get(qn("w:w"))) for tc in row._tr.tc_lst))
        for row in table.rows
    }


def fields_of(data: bytes) -> list[str]:
    """Every instruction to a word processor in any part of the file."""
    with zipfile.ZipFile(io.BytesIO(data)) as parts:
        xml = [parts.read(name).decode() for name in parts.namelist() if name.endswith((".xml", ".rels"))]
    assert not any("fldSimple" in one or "w:hyperlink " in one or 'TargetMode="External"' in one for one in xml)
    return [piece.split("</w:instrText>")[0] for one in xml for piece in one.split("<w:instrText>")[1:]]


def overflow(document: Document) -> float:
    """How many points the text is higher than one page leaves room for; below 0 it fits."""
    section = document.sections[0]
    assert section.page_height and section.top_margin and section.bottom_margin
    assert section.header_distance is not None and section.footer_distance is not None
    width = section.page_width.pt - section.left_margin.pt - section.right_margin.pt  # type: ignore[union-attr]
    top = max(section.top_margin.pt, section.header_distance.pt + height_of(section.header, width))
    bottom = max(section.bottom_margin.pt, section.footer_distance.pt + height_of(section.footer, width))
    return float(height_of(document, width) - (section.page_height.pt - top - bottom))


def height_of(holder: Any, width: float) -> float:
    """The height in points of a document, head or foot."""
    return sum(_heights(holder, width))


def _heights(holder: Any, width: float) -> Iterator[float]:
    for block in holder.iter_inner_content():
        if isinstance(block, Paragraph):
            yield _paragraph_height(block, width)
            continue
        for row in block.rows:
            cells = (sum(_paragraph_height(p, cell.width.pt - 5.7) for p in cell.paragraphs) for cell in cells_of(row))
            yield max(row.height.pt if row.height else 0, *cells)


def _paragraph_height(paragraph: Paragraph, width: float) -> float:
    form, style = paragraph.paragraph_format, paragraph.style
    assert style is not None
    size = style.font.size.pt if style.font.size else 0
    lines = sum(max(1, math.ceil(_width(line, paragraph, size) / width)) for line in paragraph.text.split("\n"))
    leading = form.line_spacing.pt if form.line_spacing else size * 1.4
    around = (form.space_before, form.space_after, style.paragraph_format.space_before)
    return float(lines * leading + sum(length.pt for length in around if length is not None))


def _width(line: str, paragraph: Paragraph, size: float) -> float:
    size = max((run.font.size.pt for run in paragraph.runs if run.font.size), default=size)
    return sum(size if character > "\u2e7f" else size * LETTER for character in line)
