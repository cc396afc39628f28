import csv
import io
import zipfile
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from enum import StrEnum

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.worksheet.worksheet import Worksheet

from core.documents.tables import (
    Column,
    ColumnKind,
    TooManyRows,
    ValueTooLong,
    escape_formula,
    to_csv,
    to_xlsx,
)
from core.kernel.money import Money

MADE = datetime(2026, 11, 21, 0, 30, 59, tzinfo=UTC)
NOTE = "王芳 · 2026-11-21 08:30 · No. 17"
COLUMNS = (
    Column("房号"),
    Column("Amount", ColumnKind.MONEY),
    Column("Rate", ColumnKind.PERCENT),
    Column("Count", ColumnKind.INTEGER),
    Column("Day", ColumnKind.DATE),
    Column("At", ColumnKind.INSTANT),
)
FULL = ("0101", Money(123_450), Decimal("78.3"), 12_345, date(2026, 11, 21), MADE)
EMPTY = (None, None, None, None, None, None)
CREDIT = ("-", Money(-5), Decimal("-0.5"), -1, date(2024, 2, 29), datetime(2026, 12, 31, 16, tzinfo=UTC))
DANGEROUS = [
    "=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1+1", "＋1", "－1", "＠x",
    "=HYPERLINK(\"http://example.org\")", "=cmd|' /C calc'!A0", "\",\"=1+1", "\x00=1+1", "\x01=1",
]  # fmt: skip


class Colour(StrEnum):
    RED = "red"


def parsed(data: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def sheet_of(columns: Sequence[Column], rows: Sequence[Sequence[object]], title: str = "Arrears 欠费") -> Worksheet:
    data = to_xlsx(columns, rows, title=title, note=NOTE, made_at=MADE)  # type: ignore[arg-type]
    sheet = openpyxl.load_workbook(io.BytesIO(data)).active
    assert isinstance(sheet, Worksheet)
    return sheet


def test_csv_has_a_byte_order_mark_crlf_and_plain_numbers() -> None:
    assert (
        to_csv(COLUMNS, [FULL, EMPTY, CREDIT])
        == (
            "\ufeff房号,Amount,Rate,Count,Day,At\r\n"
            "0101,1234.50,78.3,12345,2026-11-21,2026-11-21 08:30\r\n"
            ",,,,,\r\n"
            "'-,-0.05,-0.5,-1,2024-02-29,2027-01-01 00:00\r\n"
        ).encode()
    )


def test_csv_without_rows_is_its_header() -> None:
    assert parsed(to_csv(COLUMNS, [])) == [[column.title for column in COLUMNS]]


@pytest.mark.parametrize("text", DANGEROUS)
def test_no_csv_cell_begins_like_a_formula(text: str) -> None:
    rows = parsed(to_csv((Column(text), Column("b")), [(text, "x"), ("x", text)]))
    assert {len(row) for row in rows} == {2}
    assert not any(cell.startswith(tuple("=+-@\t\r\n\0＝＋－＠")) for row in rows for cell in row)


@pytest.mark.parametrize("text", [text for text in DANGEROUS if text[0] not in '"\x01'])
def test_a_dangerous_text_gets_exactly_one_apostrophe(text: str) -> None:
    assert escape_formula(text) == "'" + text


@pytest.mark.parametrize("text", ["", "a=1", "张三", "'=1", " =1", "1-2-301", "*1", "a\n=1"])
def test_any_other_text_stays_as_it_is(text: str) -> None:
    assert escape_formula(text) == text


@pytest.mark.parametrize("text", ['say "hi"', "a,b", "a\r\nb", "a\nb", "；;", "O'Brien"])
def test_quotes_commas_and_line_ends_survive_csv(text: str) -> None:
    assert parsed(to_csv((Column("a"), Column("b")), [(text, text)]))[1] == [text, text]


def test_xlsx_holds_real_values_under_title_note_and_header() -> None:
    sheet = sheet_of(COLUMNS, [FULL, EMPTY, CREDIT])
    assert [[cell.value for cell in row] for row in sheet.iter_rows()] == [
        ["Arrears 欠费", None, None, None, None, None],
        [NOTE, None, None, None, None, None],
        ["房号", "Amount", "Rate", "Count", "Day", "At"],
        ["0101", 1234.5, 78.3, 12345, datetime(2026, 11, 21), datetime(2026, 11, 21, 8, 30)],
        [None, None, None, None, None, None],
        ["-", -0.05, -0.5, -1, datetime(2024, 2, 29), datetime(2027, 1, 1)],
    ]
    assert [cell.data_type for cell in sheet[4]] == ["s", "n", "n", "n", "d", "d"]
    assert [cell.number_format for cell in sheet[4]] == [
        "@", "#,##0.00", '0.0" %"', "#,##0", "yyyy-mm-dd", "yyyy-mm-dd hh:mm",
    ]  # fmt: skip
    assert sheet.freeze_panes == "A4"
    assert sheet.title == "Arrears 欠费"
    assert sheet.print_title_rows == "$3:$3"
    assert sheet.oddFooter is not None
    assert sheet.oddFooter.left.text == NOTE


@pytest.mark.parametrize("text", DANGEROUS)
def test_no_xlsx_cell_is_a_formula(text: str) -> None:
    sheet = sheet_of((Column(text), Column("b")), [(text, "x"), ("x", text)], title=text)
    assert {cell.data_type for row in sheet.iter_rows() for cell in row if cell.value is not None} == {"s"}
    kept = text.replace("\x00", "").replace("\x01", "").replace("\r", "\n")
    assert sheet["A4"].value == sheet["B5"].value == kept
    assert bool(sheet["A4"].quotePrefix) is (kept[0] != '"')


@pytest.mark.parametrize(
    "text",
    [
        "<r><t>1</t></r>", "<r>&</r>", "</t></si>", "_x0041_", "a & b < c", "https://example.org", "mailto:a@b.cn",
        "internal:Sheet1!A1", "00123", "1e5", "13800138000", "2026-01-05", "TRUE", "𠮷😀", " two ends ",
    ],
)  # fmt: skip
def test_a_text_stays_a_text(text: str) -> None:
    cell = sheet_of((Column("a"),), [(text,)])["A4"]
    assert cell.data_type == "s"
    # The reader does not undo the escape of an escape, which spreadsheets do.
    assert str(cell.value).replace("_x005F_", "_").strip() == text.strip()
    assert cell.hyperlink is None


def test_half_characters_and_control_characters_never_break_a_file() -> None:
    rows = [("a\ud800b\x00\x1f\ufffe",)]
    assert parsed(to_csv((Column("a"),), rows))[1] == ["a?b"]
    assert sheet_of((Column("a"),), rows)["A4"].value == "a?b"


def test_a_text_may_be_an_enum_member() -> None:
    assert parsed(to_csv((Column("a"),), [(Colour.RED,)]))[1] == ["red"]
    assert sheet_of((Column("a"),), [(Colour.RED,)])["A4"].value == "red"


@pytest.mark.parametrize("text", ["x" * 32_767, "𠮷" * 16_383])
def test_the_longest_text_a_cell_holds_is_kept_whole(text: str) -> None:
    assert parsed_long(to_csv((Column("a"),), [(text,)])) == text
    assert sheet_of((Column("a"),), [(text,)])["A4"].value == text


def parsed_long(data: bytes) -> str:
    return data.decode("utf-8-sig").split("\r\n")[1]


@pytest.mark.parametrize("text", ["x" * 32_768, "𠮷" * 16_384])
def test_a_longer_text_is_refused_and_never_cut(text: str) -> None:
    for write in (lambda rows: to_csv(COLUMNS[:1], rows), lambda rows: sheet_of(COLUMNS[:1], rows)):
        with pytest.raises(ValueTooLong) as refusal:
            write([("ok",), (text,)])
        assert refusal.value.fields == {"row": 2, "column": "房号", "longest": 32_767}


def test_more_rows_than_a_sheet_takes_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.documents.tables.MOST_ROWS", 2)
    assert len(parsed(to_csv(COLUMNS[:1], [("a",)] * 2))) == 3
    with pytest.raises(TooManyRows) as refusal:
        to_csv(COLUMNS[:1], [("a",)] * 3)
    assert refusal.value.fields == {"most": 2}


@pytest.mark.parametrize(
    ("column", "cell"),
    [
        (COLUMNS[0], 1),
        (COLUMNS[1], Decimal(1)),
        (COLUMNS[1], "1.00"),
        (COLUMNS[2], 78.3),
        (COLUMNS[3], True),
        (COLUMNS[4], MADE),
        (COLUMNS[5], date(2026, 1, 1)),
    ],
)
def test_a_cell_of_another_type_than_its_column_is_a_bug(column: Column, cell: object) -> None:
    with pytest.raises(TypeError):
        to_csv((column,), [(cell,)])  # type: ignore[list-item]
    with pytest.raises(TypeError):
        sheet_of((column,), [(cell,)])


def test_a_row_of_another_length_is_a_bug() -> None:
    with pytest.raises(ValueError, match="zip"):
        to_csv(COLUMNS, [("a",)])


def test_a_naive_instant_is_a_bug() -> None:
    with pytest.raises(ValueError, match="time zone"):
        to_csv((COLUMNS[5],), [(datetime(2026, 1, 1),)])


def test_an_instant_of_any_zone_is_shown_in_shanghai() -> None:
    west = datetime(2026, 11, 20, 16, 30, tzinfo=timezone(timedelta(hours=-8)))
    assert parsed(to_csv((COLUMNS[5],), [(west,)]))[1] == ["2026-11-21 08:30"]


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("a[b]:c*d?e/f\\g", "a b  c d e f g"),
        ("x" * 40, "x" * 31),
        ("", "Table"),
        ("'''", "Table"),
        ("History", "Table"),
        ("欠费", "欠费"),
    ],
)
def test_a_sheet_name_is_always_legal(title: str, name: str) -> None:
    assert sheet_of((Column("a"),), [], title=title).title == name


def test_columns_are_as_wide_as_their_first_rows_within_reason() -> None:
    sheet = sheet_of((Column("a"), Column("很长的中文标题"), Column("c")), [("x", "y", "z" * 500)] * 3)
    assert [round(sheet.column_dimensions[letter].width) for letter in "ABC"] == [9, 17, 61]


def test_a_row_far_down_does_not_change_the_widths() -> None:
    sheet = sheet_of((Column("a"),), [("x",)] * 200 + [("y" * 50,)])
    assert round(sheet.column_dimensions["A"].width) == 9


def test_the_same_arguments_give_the_same_bytes_and_no_foreign_parts() -> None:
    def one() -> bytes:
        return to_xlsx(COLUMNS, [FULL], title="t", note="50 % & more", made_at=MADE)

    assert one() == one()
    with zipfile.ZipFile(io.BytesIO(one())) as parts:
        names = parts.namelist()
        assert not any("external" in name or "vba" in name for name in names)
        assert "2026-11-21T08:30:00Z" in parts.read("docProps/core.xml").decode()


ANY_TEXT = st.text(max_size=30) | st.sampled_from(DANGEROUS)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(ANY_TEXT, ANY_TEXT), max_size=4))
def test_any_texts_make_a_readable_file_without_formulas(rows: list[tuple[str, str]]) -> None:
    columns = (Column("a"), Column("b"))
    assert [len(row) for row in parsed(to_csv(columns, rows))] == [2] * (len(rows) + 1)
    sheet = sheet_of(columns, rows)
    assert {cell.data_type for row in sheet.iter_rows() for cell in row if cell.value is not None} == {"s"}
