import io
import zipfile
from datetime import UTC, datetime, timedelta, timezone

import pytest
from docx.oxml.ns import qn
from hypothesis import given, settings
from hypothesis import strategies as st

from core.documents.word import (
    TEXT_WIDTH,
    Align,
    Margins,
    Text,
    add_heading,
    add_page_numbers,
    add_paragraph,
    foot_of,
    head_of,
    new_document,
    plain,
    to_bytes,
    width_of,
)
from tests.core.documents.paper import fields_of, opened, texts_of

MADE = datetime(2026, 11, 21, 0, 30, 59, tzinfo=UTC)
MARGINS = Margins(top=1_000, bottom=1_100, edge=500)
DANGEROUS = ["=1+1", "{ PAGE }", "{{x}}", "<w:br/>", "&lt;", "</w:t>", "MERGEFIELD a", "_x0041_", "https://a.cn", "]]>"]


def document(*texts: Text, title: str = "Report 报告", note: str = "No. 17", made_at: datetime = MADE) -> bytes:
    made = new_document(title=title, note=note, made_at=made_at, margins=MARGINS)
    add_heading(made, title, level=1)
    add_paragraph(made, *texts)
    add_page_numbers(foot_of(made))
    return to_bytes(made)


def test_the_same_call_gives_the_same_bytes_without_clock_or_machine() -> None:
    assert document(Text("a")) == document(Text("a"))
    with zipfile.ZipFile(io.BytesIO(document(Text("a")))) as parts:
        assert {part.date_time for part in parts.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert {part.create_system for part in parts.infolist()} == {0}
        assert not [name for name in parts.namelist() if "thumbnail" in name or "custom" in name or "app.xml" in name]
        assert parts.namelist()[0] == "[Content_Types].xml"
        assert parts.testzip() is None


def test_the_file_tells_title_note_and_time_but_no_author() -> None:
    east = datetime(2026, 11, 21, 8, 30, 59, tzinfo=timezone(timedelta(hours=8)))
    about = opened(document(Text("a"), made_at=east)).core_properties
    assert (about.title, about.comments, about.author, about.last_modified_by) == ("Report 报告", "No. 17", "", "")
    assert about.created == about.modified == MADE


def test_a_naive_instant_is_a_bug() -> None:
    with pytest.raises(ValueError, match="time zone"):
        document(made_at=datetime(2026, 11, 21))


def test_a_title_longer_than_a_property_takes_is_cut_in_the_property_alone() -> None:
    made = opened(document(title="长" * 300))
    assert made.core_properties.title == "长" * 255
    assert made.paragraphs[0].text == "长" * 300


def test_the_page_is_a4_upright_with_the_margins_asked_for() -> None:
    section = opened(document()).sections[0]
    assert [round(length.mm) for length in (section.page_width, section.page_height)] == [210, 297]  # type: ignore[union-attr]
    twips = [section.top_margin, section.bottom_margin, section.header_distance, section.footer_distance]
    assert [round(length.twips) for length in twips] == [1_000, 1_100, 500, 500]  # type: ignore[union-attr]
    sides = section.page_width.twips - section.left_margin.twips - section.right_margin.twips  # type: ignore[union-attr]
    assert sides == TEXT_WIDTH


@pytest.mark.parametrize(
    ("name", "east"), [("Normal", "SimSun"), ("Header", "SimSun"), ("Heading 1", "SimHei"), ("Heading 2", "SimHei")]
)
def test_fonts_are_named_for_both_scripts_and_no_theme_wins_over_them(name: str, east: str) -> None:
    styles = opened(document()).styles
    fonts = styles[name].element.rPr.rFonts
    assert dict(fonts.attrib) == {
        qn("w:ascii"): "Arial", qn("w:hAnsi"): "Arial", qn("w:cs"): "Arial", qn("w:eastAsia"): east,
    }  # fmt: skip
    defaults = styles.element.find(qn("w:docDefaults"))
    assert not [key for fonts in defaults.iter(qn("w:rFonts")) for key in fonts.attrib if "Theme" in key]
    assert {one.get(qn("w:eastAsia")) for one in defaults.iter(qn("w:lang"))} == {"zh-CN"}


def test_the_look_of_a_text_reaches_the_paper() -> None:
    text = Text("2026 年“好”", 12, bold=True, colour="B00020")
    run = opened(document(text, Text("plain"))).paragraphs[1].runs[0]
    assert (run.font.size.pt, run.font.bold, str(run.font.color.rgb)) == (12, True, "B00020")  # type: ignore[union-attr]
    assert run._r.rPr.rFonts.get(qn("w:hint")) == "eastAsia"  # type: ignore[union-attr]
    other = opened(document(text, Text("plain"))).paragraphs[1].runs[1]
    assert (other.font.bold, other.font.color.rgb, other._r.rPr.rFonts) == (None, None, None)  # type: ignore[union-attr]


@pytest.mark.parametrize(("align", "written"), [(Align.LEFT, None), (Align.CENTRE, 1), (Align.RIGHT, 2)])
def test_a_paragraph_stands_where_it_is_told_to(align: Align, written: int | None) -> None:
    made = new_document(title="t", note="", made_at=MADE, margins=MARGINS)
    add_paragraph(made, Text("a", 10), align=align, before=2, after=5, keep_next=True)
    form = opened(to_bytes(made)).paragraphs[0].paragraph_format
    assert (form.alignment, form.space_before.pt, form.space_after.pt) == (written, 2, 5)
    assert (form.keep_with_next, form.line_spacing.pt) == (True, 13)


def test_head_and_foot_begin_empty_and_page_numbers_are_the_only_fields() -> None:
    made = new_document(title="t", note="", made_at=MADE, margins=MARGINS)
    assert texts_of(head_of(made)) == texts_of(foot_of(made)) == []
    add_page_numbers(foot_of(made))
    add_paragraph(head_of(made), Text("head"))
    data = to_bytes(made)
    assert texts_of(opened(data).sections[0].header) == ["head"]
    assert texts_of(opened(data).sections[0].footer) == [" / "]
    assert fields_of(data) == ["PAGE", "NUMPAGES"]


@pytest.mark.parametrize("text", DANGEROUS)
def test_a_dangerous_text_is_just_text(text: str) -> None:
    data = document(Text(text), title=text, note=text)
    assert opened(data).paragraphs[0].text == opened(data).paragraphs[1].text == text
    assert fields_of(data) == ["PAGE", "NUMPAGES"]


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("a\x00b\x0bc\x0cd\x1fe\x7ff", "abcdef"),
        ("a\ufffeb\uffffc", "abc"),
        ("a\ud800b", "a?b"),
        ("a\r\nb\rc\nd\te", "a\nb\nc\nd\te"),
        ("𠮷😀é", "𠮷😀é"),
        ("", ""),
    ],
)
def test_what_no_file_can_carry_is_dropped(text: str, kept: str) -> None:
    assert plain(text) == kept
    assert opened(document(Text(text))).paragraphs[1].text == kept


@settings(max_examples=30, deadline=None)
@given(st.text(max_size=40))
def test_any_text_makes_a_file_that_opens_and_says_it(text: str) -> None:
    assert opened(document(Text(text), title=text, note=text)).paragraphs[1].text == plain(text)


@pytest.mark.parametrize(("text", "width"), [("", 0), ("abc", 3), ("房号", 4), ("3号楼", 5)])
def test_a_chinese_character_is_as_wide_as_two_letters(text: str, width: int) -> None:
    assert width_of(text) == width
