"""The satisfaction report of a quarter or a year (季度/年度满意度报告) on paper (R-143, R-145, R-150, R-153, R-154)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, TypeAlias

from docx.document import Document

from core.documents.survey_report_parts import ItemLine, MeasureLine, ReportWords, SurveyReport
from core.documents.word import (
    Align,
    Margins,
    Text,
    add_heading,
    add_page_numbers,
    add_paragraph,
    foot_of,
    new_document,
    to_bytes,
)
from core.documents.word_tables import Cell, Edges, Frame, Row, add_table, bar_parts, columns
from core.surveys.questionnaires import HIGHEST_MARK, LOWEST_MARK

BAR_UNITS: Final = 50
BAR_FILLS: Final = ("1F6F54", "8CC0A5", "D9D9D9", "E89C5A", "B5482F")
"""From 5 to 1. Neighbours also differ in grey, for printers without colours."""

_MARGINS: Final = Margins(top=1_021, bottom=1_077, edge=454)
_SMALL: Final = 8
_CELL: Final = 9
_ROW: Final = 340
_GREY: Final = "595959"
_RED: Final = "B00020"
_SHADE: Final = "F2F2F2"
_WHITE: Final = "FFFFFF"
_BAR_COLUMNS: Final = (
    *columns(1, width=3_092),
    *columns(*[1] * BAR_UNITS, width=4_500),
    *columns(*[1] * len(BAR_FILLS), width=2_500),
)

_Shown: TypeAlias = str | Text
_Column: TypeAlias = tuple[str, int, Align]
"""Title, share of the page's width, where its texts stand."""

_LEFT, _RIGHT = Align.LEFT, Align.RIGHT


def survey_report_docx(*, report: SurveyReport, words: ReportWords, made_at: datetime) -> bytes:
    """Write the report as an A4 document to print or to go on writing (R-153). A chapter without content is left out.

    ``made_at`` only gets into the file's properties; a naive one raises ``ValueError``. The same arguments always give
    the same bytes.
    """
    document = new_document(title=report.title, note=report.note, made_at=made_at, margins=_MARGINS)
    foot = foot_of(document)
    told = (f"{words.as_of} {report.as_of}", report.note)
    add_paragraph(foot, Text("  ·  ".join(filter(None, told)), _SMALL, colour=_GREY), after=0)
    add_page_numbers(foot)
    add_heading(document, report.title, level=1)
    add_paragraph(document, Text(f"{report.estate}  ·  {report.period}", colour=_GREY), after=6)
    _add_results(document, report, words)
    _add_items(document, report, words)
    _add_groups(document, report, words)
    _add_opinions(document, report, words)
    _add_consequences(document, report, words)
    return to_bytes(document)


def _add_results(document: Document, report: SurveyReport, words: ReportWords) -> None:
    rounds = (
        (words.round, 62, _LEFT),
        (words.period, 50, _LEFT),
        (words.sent, 20, _RIGHT),
        (words.returned, 20, _RIGHT),
        (words.response_rate, 26, _RIGHT),
    )
    lines = [(one.name, one.period, one.sent, one.returned, one.response_rate) for one in report.rounds]
    _add_chapter(document, words.rounds, rounds, lines)
    figures = (
        (words.figure, 62, _LEFT),
        (words.value, 24, _RIGHT),
        (words.margin, 28, _RIGHT),
        (words.n, 18, _RIGHT),
        (words.remark, 46, _LEFT),
    )
    heads = [(one.name, Text(one.value, 12, bold=True), one.margin, one.n, one.remark) for one in report.figures]
    _add_chapter(document, words.figures, figures, heads)
    if report.warnings:
        add_heading(document, words.warnings, level=2)
        for warning in report.warnings:
            add_paragraph(document, Text("▲ ", colour=_RED), Text(warning))
    dimensions = (
        (words.dimension, 62, _LEFT),
        (words.mean, 20, _RIGHT),
        (words.n, 20, _RIGHT),
        (words.change, 76, _LEFT),
    )
    _add_chapter(
        document, words.dimensions, dimensions, [(one.name, one.mean, one.n, one.change) for one in report.dimensions]
    )


def _add_items(document: Document, report: SurveyReport, words: ReportWords) -> None:
    items = (
        (words.item, 102, _LEFT),
        (words.mean, 20, _RIGHT),
        (words.share, 22, _RIGHT),
        (words.n, 18, _RIGHT),
        (words.low, 16, Align.CENTRE),
    )
    low = Text(words.low, _CELL, bold=True, colour=_RED)
    lines = [(one.text, one.mean, one.share, one.n, low if one.low else "") for one in report.items]
    _add_chapter(document, words.items, items, lines)
    drawn = [_bar_row(item, item.counts) for item in report.items if item.counts is not None]
    if drawn:
        add_heading(document, words.distribution, level=2)
        add_table(document, widths=_BAR_COLUMNS, rows=(_bar_head(words), *drawn), frame=Frame.RULES)


def _add_groups(document: Document, report: SurveyReport, words: ReportWords) -> None:
    titled = (
        (words.group, 102, _LEFT),
        (words.mean, 24, _RIGHT),
        (words.share, 30, _RIGHT),
        (words.n, 22, _RIGHT),
    )
    for groups in report.groups:
        _add_chapter(document, groups.name, titled, [(one.name, one.mean, one.share, one.n) for one in groups.lines])
        if groups.remark:
            add_paragraph(document, Text(groups.remark, _SMALL, colour=_GREY))


def _add_opinions(document: Document, report: SurveyReport, words: ReportWords) -> None:
    tags = ((words.tag, 142, _LEFT), (words.count, 36, _RIGHT))
    _add_chapter(document, words.tags, tags, [(one.tag, one.count) for one in report.tags])
    bodies = (
        (words.body, 44, _LEFT),
        (words.measured_on, 26, _LEFT),
        (words.subject, 30, _LEFT),
        (words.score, 22, _RIGHT),
        (words.own_score, 22, _RIGHT),
        (words.remark, 34, _LEFT),
    )
    results = [
        (one.body, one.measured_on, one.subject, one.score, one.own_score, one.remark) for one in report.third_party
    ]
    _add_chapter(document, words.third_party, bodies, results)


def _add_consequences(document: Document, report: SurveyReport, words: ReportWords) -> None:
    calls = [(word, 1, _RIGHT) for word in (words.opened, words.in_time, words.reached, words.recovered)]
    made = report.call_backs
    _add_chapter(
        document, words.call_backs, calls, [(made.opened, made.in_time, made.reached, made.recovered)] if made else []
    )
    measures = (
        (words.number, 24, _LEFT),
        (words.problem, 54, _LEFT),
        (words.stage, 18, _LEFT),
        (words.deadline, 24, _LEFT),
        (words.before, 18, _RIGHT),
        (words.after, 18, _RIGHT),
        (words.effect, 22, _RIGHT),
    )
    _add_chapter(document, words.measures, measures, [_measure(one, words) for one in report.measures])
    if report.advice:
        add_heading(document, words.advice, level=2)
        for number, sentence in enumerate(report.advice, start=1):
            add_paragraph(document, Text(f"{number}  ", bold=True), Text(sentence))


def _measure(one: MeasureLine, words: ReportWords) -> tuple[_Shown, ...]:
    late = Text(f"{one.deadline}\n{words.overdue}", _CELL, bold=True, colour=_RED)
    deadline = late if one.overdue else one.deadline
    return one.number, one.problem, one.stage, deadline, one.before, one.after, one.effect


def _add_chapter(document: Document, title: str, titled: Sequence[_Column], lines: Sequence[Sequence[_Shown]]) -> None:
    """Add a heading and a table whose head comes again on every page; nothing at all without lines."""
    if not lines:
        return
    add_heading(document, title, level=2)
    head = tuple(Cell((Text(name, _CELL, bold=True),), align, fill=_SHADE) for name, _, align in titled)
    rows = [Row(head, height=_ROW, heading=True)]
    for line in lines:
        cells = (Cell((_text(shown),), align) for shown, (_, _, align) in zip(line, titled, strict=True))
        rows.append(Row(tuple(cells), height=_ROW))
    add_table(document, widths=columns(*(share for _, share, _ in titled)), rows=rows)


def _text(shown: _Shown) -> Text:
    return shown if isinstance(shown, Text) else Text(shown, _CELL)


def _bar_head(words: ReportWords) -> Row:
    """The head of the bars is their legend too."""
    item = Cell((Text(words.item, _CELL, bold=True),), fill=_SHADE)
    span = BAR_UNITS // len(BAR_FILLS)
    legend = [_legend(label, fill, span) for label, fill in zip(words.marks, BAR_FILLS, strict=True)]
    marks = range(HIGHEST_MARK, LOWEST_MARK - 1, -1)
    numbers = [_legend(str(mark), fill, 1) for mark, fill in zip(marks, BAR_FILLS, strict=True)]
    return Row((item, *legend, *numbers), height=_ROW, heading=True)


def _legend(label: str, fill: str, span: int) -> Cell:
    """White on the dark ends, black between."""
    ink = _WHITE if fill in {BAR_FILLS[0], BAR_FILLS[-1]} else ""
    return Cell((Text(label, 6.5, bold=True, colour=ink),), Align.CENTRE, span, fill)


def _bar_row(item: ItemLine, counts: Sequence[int]) -> Row:
    """A bar of shaded cells, as long as the answers are many, and the numbers beside it."""
    parts = bar_parts(counts=counts, units=BAR_UNITS)
    bar = [
        Cell(span=part, fill=fill, edges=Edges.GAP) for part, fill in zip(parts, BAR_FILLS, strict=True) if part
    ] or [Cell(span=BAR_UNITS)]
    numbers = [Cell((Text(str(count), _CELL),), _RIGHT) for count in counts]
    return Row((Cell((Text(item.text, _CELL),)), *bar, *numbers), height=_ROW)
