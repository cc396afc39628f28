"""The summary of complaints that may hang on the board (投诉处理情况公示): counts only, one page (R-106).

Which counts may be told at all is decided before (``core.complaints.redaction``). Figures come as finished strings in
the reader's language.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from core.documents.word import (
    Align,
    Margins,
    Text,
    add_heading,
    add_paragraph,
    foot_of,
    new_document,
    to_bytes,
)
from core.documents.word_tables import Cell, Row, add_table, columns

_MARGINS: Final = Margins(top=1_418, bottom=1_077, edge=454)
_BODY: Final = 12
_ROW: Final = 480
_SMALL: Final = 8
_GREY: Final = "595959"
_SHADE: Final = "F2F2F2"


@dataclass(frozen=True, slots=True)
class NoticeLine:
    """A category with its complaints, how many are handled and the share of them; ``said``: all of it in one line."""

    name: str
    cases: str
    handled: str
    share: str
    said: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceNotice:
    """What the notice says. ``lines`` may be empty: then there were too few complaints to tell categories apart.

    ``head``: what stands over the columns. ``total`` is the last line. ``remarks`` stand under the table, ``signature``
    (the company, and the day) below at the right, ``note`` at the foot of the page.
    """

    title: str
    opening: str
    head: NoticeLine
    lines: tuple[NoticeLine, ...]
    total: NoticeLine
    remarks: tuple[str, ...] = ()
    signature: tuple[str, ...] = ()
    note: str = ""


def service_notice_docx(*, notice: ServiceNotice, made_at: datetime) -> bytes:
    """Write the notice as an A4 page in letters that are read from a step away.

    ``made_at`` only gets into the file's properties; a naive one raises ``ValueError``. The same arguments always give
    the same bytes.
    """
    document = new_document(title=notice.title, note=notice.note, made_at=made_at, margins=_MARGINS)
    add_paragraph(foot_of(document), Text(notice.note, _SMALL, colour=_GREY), after=0)
    add_heading(document, notice.title, level=1, align=Align.CENTRE)
    add_paragraph(document, Text(notice.opening, _BODY), before=8, after=10)
    rows = [
        _row(notice.head, bold=True, fill=_SHADE, heading=True),
        *(_row(line) for line in notice.lines),
        _row(notice.total, bold=True),
    ]
    add_table(document, widths=columns(76, 34, 34, 34), rows=rows, gap=8)
    for remark in notice.remarks:
        add_paragraph(document, Text(remark, _BODY - 1), after=4)
    for line in notice.signature:
        add_paragraph(document, Text(line, _BODY), align=Align.RIGHT, before=6, after=0)
    return to_bytes(document)


def notice_text(*, notice: ServiceNotice) -> str:
    """Give the same notice as plain text, to be copied into a message: one line for each category."""
    lines = "\n".join(line.said for line in (*notice.lines, notice.total))
    parts = (notice.title, notice.opening, lines, *notice.remarks, "\n".join(notice.signature))
    return "\n\n".join(part for part in parts if part)


def _row(line: NoticeLine, *, bold: bool = False, fill: str = "", heading: bool = False) -> Row:
    figures = (line.cases, line.handled, line.share)
    cells = (
        Cell((Text(line.name, _BODY, bold=bold),), fill=fill),
        *(Cell((Text(figure, _BODY, bold=bold),), Align.RIGHT, fill=fill) for figure in figures),
    )
    return Row(cells, height=_ROW, heading=heading)
