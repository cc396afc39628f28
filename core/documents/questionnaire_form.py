"""A questionnaire on paper (纸质问卷): an A4 form in the order of fast entry, the round in its corner (R-137)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Final, Literal, TypeAlias

from docx.document import Document

from core.documents.word import (
    Align,
    Margins,
    Text,
    add_heading,
    add_page_numbers,
    add_paragraph,
    foot_of,
    head_of,
    new_document,
    to_bytes,
    width_of,
)
from core.documents.word_tables import Cell, Edges, Frame, Row, add_table, columns
from core.surveys.questionnaires import HIGHEST_MARK, LOWEST_MARK, NPS_MOST, Item, ItemKind, Questionnaire

Language: TypeAlias = Literal["zh_CN", "en"]

MARGINS: Final = Margins(top=1_304, bottom=1_190, edge=454)
WRITING_LINES: Final = 4
"""How many lines there are to write on under an open item."""

_BOX: Final = "□"
_SMALL: Final = 8
_ASKED: Final = 10.5
"""The size old eyes can read."""
_GREY: Final = "595959"
_CODE_SIZES: Final = ((11, 20), (16, 14))
_CODE_SMALLEST: Final = 8.5
_NPS_MARKS: Final = NPS_MOST + 1
_ROOM: Final = columns(18, 52, 108)
_RATING: Final = columns(8, 85, 17, 17, 17, 17, 17)
_NPS: Final = columns(23, *[12] * _NPS_MARKS, 23)
_NUMBER: Final = columns(9, 40, 129)
_HEAD: Final = columns(112, 66)


@dataclass(frozen=True, slots=True)
class FormHeader:
    """Whose form it is. ``period`` and ``return_to`` are finished words: from when to when; where to and till when."""

    company: str
    estate: str
    round_name: str
    round_code: str
    period: str
    return_to: str = ""


@dataclass(frozen=True, slots=True)
class FormWords:
    """The words of the form itself, in the language of the form.

    ``marks`` are the five labels from 5 down to 1. ``%(most)s`` in ``choose_up_to`` and ``%(least)s``, ``%(most)s`` in
    ``number_between`` are filled in. ``privacy`` says what the answers are for and how long they lead to a person.
    """

    room: str
    room_hint: str
    tick_one: str
    marks: tuple[str, str, str, str, str]
    choose_one: str
    choose_up_to: str
    number_between: str
    nps_low: str
    nps_high: str
    return_to: str
    privacy: str


def questionnaire_docx(
    *, questionnaire: Questionnaire, language: Language, header: FormHeader, words: FormWords, made_at: datetime
) -> bytes:
    """Write the form to print and hand out; the boxes follow each other as the marks of a line do (R-138).

    A text missing in ``language`` is taken from the other one. ``made_at`` only gets into the file's properties; a
    naive one raises ``ValueError``. The same arguments always give the same bytes.
    """
    title = _either(questionnaire.title_zh, questionnaire.title_en, language)
    document = new_document(title=title, note=header.round_code, made_at=made_at, margins=MARGINS)
    _add_head(document, header)
    _add_foot(document, words)
    _add_opening(document, title, _either(questionnaire.intro_zh, questionnaire.intro_en, language), header, words)
    for kind, group in groupby(questionnaire.items, key=lambda item: item.kind):
        if kind is ItemKind.RATING:
            _add_ratings(document, group, language, words)
            continue
        for item in group:
            _add_item(document, item, language, words)
    if header.return_to:
        add_paragraph(document, Text(f"{words.return_to} {header.return_to}", bold=True), before=2)
    return to_bytes(document)


def _either(text_zh: str, text_en: str, language: Language) -> str:
    return (text_zh or text_en) if language == "zh_CN" else (text_en or text_zh)


def _add_head(document: Document, header: FormHeader) -> None:
    """The round's code in the corner tells a clerk which heap a form belongs to."""
    width = width_of(header.round_code)
    size = next((size for most, size in _CODE_SIZES if width <= most), _CODE_SMALLEST)
    whose = (Text(header.company, 10, bold=True), Text("\n"), Text(header.estate, 10))
    code = Cell((Text(header.round_code, size, bold=True),), Align.CENTRE, edges=Edges.BOX)
    row = Row((Cell(whose), code), height=620)
    add_table(head_of(document), widths=_HEAD, rows=(row,), frame=Frame.NONE, gap=1)


def _add_foot(document: Document, words: FormWords) -> None:
    foot = foot_of(document)
    add_paragraph(foot, Text(words.privacy, _SMALL, colour=_GREY), after=0)
    add_page_numbers(foot)


def _add_opening(document: Document, title: str, intro: str, header: FormHeader, words: FormWords) -> None:
    add_heading(document, title, level=1, align=Align.CENTRE)
    about = "  ·  ".join(part for part in (header.round_name, header.period) if part)
    add_paragraph(document, Text(about, 9, colour=_GREY), align=Align.CENTRE)
    if intro:
        add_paragraph(document, Text(intro, _ASKED), after=4)
    cells = (
        Cell((Text(words.room, bold=True),)),
        Cell(edges=Edges.BOX),
        Cell((Text(words.room_hint, _SMALL, colour=_GREY),)),
    )
    add_table(document, widths=_ROOM, rows=(Row(cells, height=454),), frame=Frame.NONE, gap=6)


def _add_ratings(document: Document, items: Iterable[Item], language: Language, words: FormWords) -> None:
    labels = [Cell((Text(label, _SMALL, bold=True),), Align.CENTRE, fill="F2F2F2") for label in words.marks]
    head = Cell((Text(words.tick_one, 9, bold=True),), span=2, fill="F2F2F2")
    marks = [Cell(_box(str(mark)), Align.CENTRE) for mark in range(HIGHEST_MARK, LOWEST_MARK - 1, -1)]
    rows = [Row((head, *labels), height=454, heading=True)]
    for item in items:
        number = Cell((Text(str(item.position), bold=True),), Align.CENTRE)
        asked = Cell((Text(_either(item.text_zh, item.text_en, language), _ASKED),))
        rows.append(Row((number, asked, *marks), height=454))
    add_table(document, widths=_RATING, rows=rows)


def _add_item(document: Document, item: Item, language: Language, words: FormWords) -> None:
    asked = [Text(f"{item.position}  ", bold=True), Text(_either(item.text_zh, item.text_en, language), _ASKED)]
    hint = _hint(item, words)
    if hint:
        asked.append(Text(f"  {hint}", _SMALL, colour=_GREY))
    add_paragraph(document, *asked, before=4, after=2, keep_next=True)
    if item.kind is ItemKind.NPS:
        _add_nps(document, words)
    elif item.kind is ItemKind.CHOICE:
        _add_choices(document, item, language)
    elif item.kind is ItemKind.NUMBER:
        row = Row((Cell(), Cell(edges=Edges.BOX), Cell()), height=454)
        add_table(document, widths=_NUMBER, rows=(row,), frame=Frame.NONE)
    else:
        lines = [Row((Cell(),), height=454, keep_next=at < WRITING_LINES - 1) for at in range(WRITING_LINES)]
        add_table(document, widths=columns(1), rows=lines, frame=Frame.LINES)


def _hint(item: Item, words: FormWords) -> str:
    if item.kind is ItemKind.CHOICE:
        return words.choose_one if item.most == 1 else words.choose_up_to.replace("%(most)s", str(item.most))
    if item.kind is ItemKind.NUMBER:
        return words.number_between.replace("%(least)s", str(item.least)).replace("%(most)s", str(item.most))
    return ""


def _add_nps(document: Document, words: FormWords) -> None:
    low = Cell((Text(words.nps_low, _SMALL, colour=_GREY),), Align.RIGHT)
    high = Cell((Text(words.nps_high, _SMALL, colour=_GREY),))
    marks = [Cell(_box(str(mark)), Align.CENTRE) for mark in range(_NPS_MARKS)]
    add_table(document, widths=_NPS, rows=(Row((low, *marks, high), height=397),), frame=Frame.NONE)


def _add_choices(document: Document, item: Item, language: Language) -> None:
    texts: list[Text] = []
    for choice in item.choices:
        told = f"{choice.letter}\u00a0{_either(choice.text_zh, choice.text_en, language)}"
        texts += [*_box(""), Text(told, _ASKED), Text("      ")]
    add_paragraph(document, *texts, after=4)


def _box(mark: str) -> tuple[Text, ...]:
    """An empty box big enough for a tick, and after it what the clerk types."""
    return (Text(f"{_BOX}\u00a0", 12), Text(mark)) if mark else (Text(f"{_BOX}\u00a0", 12),)
