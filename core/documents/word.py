"""Word documents (DOCX): A4 pages and texts that print alike everywhere; the same call gives the same bytes.

Widths and heights are twentieths of a point (twips), sizes of letters are points. No text of ours or theirs becomes a
field, a link or markup: what cannot stand in a file is dropped, all else is shown as it is (U1).
"""

import io
import re
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final

import docx
from docx.document import Document
from docx.enum.text import WD_PARAGRAPH_ALIGNMENT
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Pt, RGBColor, Twips
from docx.text.paragraph import Paragraph

PAGE_WIDTH: Final = 11_906
PAGE_HEIGHT: Final = 16_838
SIDE_MARGIN: Final = 907
TEXT_WIDTH: Final = PAGE_WIDTH - 2 * SIDE_MARGIN

BODY_SIZE: Final = 9.5
LEADING: Final = 1.3
"""Height of a line ÷ size of its letters; exact, so that a page breaks at the same place whatever font is there."""

_LATIN: Final = "Arial"
_SONG: Final = "SimSun"  # both by their English names, which every system maps to its own
_HEI: Final = "SimHei"
_CONTROL: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]")
_ZIP_DAY: Final = (1980, 1, 1, 0, 0, 0)
_WIDE_FROM: Final = "\u2e7f"
_UNNEEDED: Final = ("/thumbnail", "/stylesWithEffects", "/customXml", "/extended-properties")


class Align(StrEnum):
    """Where a text stands between the edges."""

    LEFT = "left"
    CENTRE = "centre"
    RIGHT = "right"


_ALIGNMENTS: Final = {
    Align.LEFT: None,
    Align.CENTRE: WD_PARAGRAPH_ALIGNMENT.CENTER,
    Align.RIGHT: WD_PARAGRAPH_ALIGNMENT.RIGHT,
}


@dataclass(frozen=True, slots=True)
class Text:
    """Words in one look; ``colour`` as ``RRGGBB``, empty for black."""

    text: str
    size: float = BODY_SIZE
    bold: bool = False
    colour: str = ""


@dataclass(frozen=True, slots=True)
class Margins:
    """The space above and below the text of a page; head and foot stand ``edge`` away from the paper's edge."""

    top: int
    bottom: int
    edge: int


def plain(text: str) -> str:
    """Drop what no file can carry (control characters but tab and line end); half a character becomes ``?``."""
    return _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).encode("utf-8", "replace").decode()


def width_of(text: str) -> int:
    """Count the narrow characters a text is as wide as; a Chinese one is as wide as two."""
    return len(text) + sum(character > _WIDE_FROM for character in text)


def new_document(*, title: str, note: str, made_at: datetime, margins: Margins) -> Document:
    """Begin an A4 document of one upright section; a naive ``made_at`` raises ``ValueError``."""
    if made_at.tzinfo is None:
        raise ValueError("an instant needs a time zone")
    document = docx.Document()
    _drop_unneeded(document)
    about = document.core_properties
    about.title, about.comments, about.author, about.last_modified_by = plain(title)[:255], plain(note)[:255], "", ""
    about.created = about.modified = made_at.astimezone(UTC).replace(tzinfo=None)
    section = document.sections[0]
    section.page_width, section.page_height = Twips(PAGE_WIDTH), Twips(PAGE_HEIGHT)
    section.left_margin = section.right_margin = Twips(SIDE_MARGIN)
    section.top_margin, section.bottom_margin = Twips(margins.top), Twips(margins.bottom)
    section.header_distance = section.footer_distance = Twips(margins.edge)
    _set_styles(document)
    return document


def head_of(document: Document) -> Any:
    """Give the empty head that stands on every page."""
    return _emptied(document.sections[0].header)


def foot_of(document: Document) -> Any:
    """Give the empty foot that stands on every page."""
    return _emptied(document.sections[0].footer)


def to_bytes(document: Document) -> bytes:
    """Write the document; nothing of the clock or the machine gets into the file."""
    written, fixed = io.BytesIO(), io.BytesIO()
    document.save(written)
    with zipfile.ZipFile(written) as parts, zipfile.ZipFile(fixed, "w", zipfile.ZIP_DEFLATED) as kept:
        for name in parts.namelist():
            part = zipfile.ZipInfo(name, _ZIP_DAY)
            part.create_system = 0
            part.compress_type = zipfile.ZIP_DEFLATED
            kept.writestr(part, parts.read(name))
    return fixed.getvalue()


def add_heading(document: Document, text: str, *, level: int, align: Align = Align.LEFT) -> None:
    """Add a heading; level 1 is the title of the document, 2 a chapter of it."""
    heading = document.add_paragraph(plain(text), style=f"Heading {level}")
    heading.paragraph_format.alignment = _ALIGNMENTS[align]


def add_paragraph(
    holder: Any,
    *texts: Text,
    align: Align = Align.LEFT,
    before: float = 0,
    after: float = 3,
    keep_next: bool = False,
) -> Paragraph:
    """Add texts as a paragraph to a document, head or foot; ``before`` and ``after`` in points.

    ``keep_next`` keeps it on one page with what follows.
    """
    paragraph: Paragraph = holder.add_paragraph()
    fill_paragraph(paragraph, texts, align=align)
    form = paragraph.paragraph_format
    form.space_before, form.space_after = Pt(before), Pt(after)
    form.keep_with_next = keep_next or None
    return paragraph


def add_page_numbers(holder: Any, *, size: float = 8) -> None:
    """Add ``page / pages`` at the right edge."""
    paragraph = add_paragraph(holder, align=Align.RIGHT, after=0)
    _add_field(paragraph, "PAGE", size)
    _add_run(paragraph, Text(" / ", size))
    _add_field(paragraph, "NUMPAGES", size)


def fill_paragraph(paragraph: Paragraph, texts: Sequence[Text], *, align: Align) -> None:
    """Write texts into an empty paragraph whose lines are as high as the largest letters ask for."""
    form = paragraph.paragraph_format
    form.space_before = form.space_after = Pt(0)
    form.line_spacing = Pt(LEADING * max((text.size for text in texts), default=BODY_SIZE))
    form.alignment = _ALIGNMENTS[align]
    for text in texts:
        _add_run(paragraph, text)


def element(tag: str, **attributes: str | int) -> Any:
    """Make an element of the main namespace, as ``element("w:jc", val="right")``."""
    return OxmlElement(tag, {qn(f"w:{name}"): str(value) for name, value in attributes.items()})


def _add_run(paragraph: Paragraph, text: Text) -> Any:
    shown = plain(text.text)
    run = paragraph.add_run(shown)
    run.font.size, run.font.bold = Pt(text.size), text.bold or None
    if text.colour:
        run.font.color.rgb = RGBColor.from_string(text.colour)
    made: Any = run._r
    if any(character > _WIDE_FROM for character in shown):  # else Word sets quotes and dashes narrow
        made.get_or_add_rPr().get_or_add_rFonts().set(qn("w:hint"), "eastAsia")
    return made


def _add_field(paragraph: Paragraph, name: str, size: float) -> None:
    instruction = element("w:instrText")
    instruction.text = name
    for part in (element("w:fldChar", fldCharType="begin"), instruction, element("w:fldChar", fldCharType="end")):
        _add_run(paragraph, Text("", size)).append(part)


def _emptied(holder: Any) -> Any:
    holder.is_linked_to_previous = False
    for paragraph in holder.paragraphs:
        holder._element.remove(paragraph._p)
    return holder


def _drop_unneeded(document: Document) -> None:
    """Leave out what the template brings along: a picture of an empty page, a second set of styles."""
    package: Any = document.part.package
    for relations in (document.part.rels, package.rels):
        for key in [key for key, one in relations.items() if one.reltype.endswith(_UNNEEDED)]:
            del relations[key]


def _set_styles(document: Document) -> None:
    styles: Any = document.styles
    looks = (
        ("Normal", _SONG, BODY_SIZE, 0, 0),
        ("Header", _SONG, BODY_SIZE, 0, 0),
        ("Footer", _SONG, BODY_SIZE, 0, 0),
        ("Heading 1", _HEI, 16, 0, 4),
        ("Heading 2", _HEI, 12, 10, 4),
    )
    for name, east, size, before, after in looks:
        _set_look(styles[name], east, size)
        styles[name].paragraph_format.space_before = Pt(before)
        styles[name].paragraph_format.space_after = Pt(after)
    for name, size in (("Heading 1 Char", 16), ("Heading 2 Char", 12)):  # which some viewers go by
        _set_look(styles[name], _HEI, size)
    defaults = styles.element.find(qn("w:docDefaults"))
    _set_fonts(next(defaults.iter(qn("w:rFonts"))), _SONG)
    next(defaults.iter(qn("w:lang"))).set(qn("w:eastAsia"), "zh-CN")
    modes = document.settings.element.iter(qn("w:compatSetting"))
    next(mode for mode in modes if mode.get(qn("w:name")) == "compatibilityMode").set(qn("w:val"), "15")


def _set_look(style: Any, east: str, size: float) -> None:
    _set_fonts(style.element.get_or_add_rPr().get_or_add_rFonts(), east)
    style.font.size, style.font.color.rgb = Pt(size), RGBColor(0, 0, 0)


def _set_fonts(fonts: Any, east: str) -> None:
    fonts.attrib.clear()  # a theme's font would win over the one named here
    for script in ("ascii", "hAnsi", "cs"):
        fonts.set(qn(f"w:{script}"), _LATIN)
    fonts.set(qn("w:eastAsia"), east)
