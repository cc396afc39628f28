"""Files: what is accepted, what is refused and with which advice (security.md §4, F-cases of whole files)."""

import codecs
import hashlib
import io
import stat
import zipfile
from datetime import date, datetime

import pytest
from python_calamine import PasswordError

from core.imports import limits, spreadsheet
from core.imports.codes import FileRefused, Notice, Refusal, Trouble
from core.imports.limits import FileKind, display_name
from core.imports.reading import read_workbook
from core.imports.sheets import Sheet
from tests.core.imports.files import (
    Rows,
    csv_bytes,
    read_cells,
    read_rows,
    text_cell,
    with_parts,
    xls_bytes,
    xlsx_bytes,
    xlsx_of_rows_xml,
    zip_bytes,
)

ROWS = [["小区名称", "地址"], ["翠湖花园", "湖滨路1号"]]
CELLS = (("小区名称", "地址"), ("翠湖花园", "湖滨路1号"))
XLSX = xlsx_bytes({"一": ROWS})
XLS = xls_bytes(ROWS)
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def refusal(data: bytes, name: str = "列表.xlsx") -> FileRefused:
    with pytest.raises(FileRefused) as caught:
        read_workbook(data=data, file_name=name)
    return caught.value


def sheet_of(rows_xml: str, *, prefix: str = "") -> Sheet:
    return read_workbook(data=xlsx_of_rows_xml(rows_xml, prefix=prefix), file_name="a.xlsx").sheets[0]


def notices_of(sheet: Sheet) -> list[tuple[Notice, dict[str, str | int]]]:
    return [(notice.code, dict(notice.fields)) for notice in sheet.notices]


@pytest.mark.parametrize(
    ("data", "name", "reason"),
    [
        (b"", "a.csv", Refusal.EMPTY),
        (b"\n\n , ,\n", "a.csv", Refusal.NO_DATA),
        (b" \n", "a.csv", Refusal.NO_DATA),
        (codecs.BOM_UTF8, "a.csv", Refusal.NO_DATA),
        (xlsx_bytes({"一": []}), "a.xlsx", Refusal.NO_DATA),
        (b"x" * (limits.MAX_BYTES + 1), "a.csv", Refusal.TOO_LARGE),
        (XLSX, "a.xlsm", Refusal.MACRO_WORKBOOK),
        (with_parts(XLSX, {"xl/vbaProject.bin": b"x"}), "a.xlsx", Refusal.MACRO_WORKBOOK),
        (
            with_parts(XLSX, {"[Content_Types].xml": b'<Types a="application/vnd.ms-excel.sheet.macroEnabled"/>'}),
            "a.xlsx",
            Refusal.MACRO_WORKBOOK,
        ),
        (XLSX, "a.xlsb", Refusal.BINARY_WORKBOOK),
        (zip_bytes({"xl/workbook.bin": b"x"}), "a.xlsx", Refusal.BINARY_WORKBOOK),
        (OLE + bytes(600) + "EncryptedPackage".encode("utf-16-le"), "a.xlsx", Refusal.ENCRYPTED),
        (b"<html><table><tr><td>x", "a.xls", Refusal.PAGE_AS_WORKBOOK),
        (b"\xef\xbb\xbf\n<?xml version='1.0'?><Workbook/>", "a.xls", Refusal.PAGE_AS_WORKBOOK),
        (b"MIME-Version: 1.0\n", "a.xls", Refusal.PAGE_AS_WORKBOOK),
        (b"%PDF-1.7 ...", "a.csv", Refusal.PDF),
        (b"%PDF-1.7 ...", "a.pdf", Refusal.PDF),
        (b"a,b\n1,2\n", "a.xls", Refusal.TEXT_AS_WORKBOOK),
        (b"a,b\n1,2\n", "a.xlsx", Refusal.TEXT_AS_WORKBOOK),
        (XLSX, "a.csv", Refusal.WORKBOOK_AS_TEXT),
        (XLS, "a.csv", Refusal.WORKBOOK_AS_TEXT),
        (XLSX, "a.xls", Refusal.WRONG_ENDING),
        (XLS, "a.xlsx", Refusal.WRONG_ENDING),
        (b"\x89PNG\r\n", "a.csv", Refusal.NOT_A_TABLE),
        (b"MZ\x90", "账单.xlsx.exe", Refusal.UNKNOWN_ENDING),
        (b"a,b\n", "CON", Refusal.UNKNOWN_ENDING),
        (b"a,b\n", "a.csv\u202excod.exe", Refusal.UNKNOWN_ENDING),
        (zip_bytes({"content.xml": b"<x/>"}), "a.xlsx", Refusal.NOT_A_TABLE),
        (zip_bytes({"XL/Workbook.xml": b"<workbook/>"}), "a.xlsx", Refusal.NOT_A_TABLE),
        (b"PK\x05\x06" + bytes(18), "a.xlsx", Refusal.DAMAGED),
        (b"PK\x03\x04 not a zip", "a.xlsx", Refusal.DAMAGED),
        (XLSX[:-200], "a.xlsx", Refusal.DAMAGED),
        (OLE + bytes(600), "a.xls", Refusal.DAMAGED),
    ],
)
def test_a_file_that_is_not_what_it_says_is_refused_with_its_own_advice(
    data: bytes, name: str, reason: Refusal
) -> None:
    """F4, F5, F29."""
    assert refusal(data, name).reason is reason


def test_a_refusal_reads_as_its_reason() -> None:
    error = refusal(b"", "a.csv")
    assert (str(error), error.code) == ("imports.file.empty", "imports.file")


@pytest.mark.parametrize(
    ("extra", "reason"),
    [
        ({"xl/media/a.bin": bytes(51 * 1024 * 1024)}, Refusal.UNPACKED_TOO_LARGE),  # F1: size
        ({"xl/media/a.bin": bytes(5 * 1024 * 1024)}, Refusal.UNPACKED_TOO_LARGE),  # F1: ratio
        ({f"xl/media/{n}.bin": b"x" for n in range(101)}, Refusal.TOO_MANY_PARTS),  # F2
        ({"../outside.xml": b"<x/>"}, Refusal.UNSAFE_PART),
        ({"/outside.xml": b"<x/>"}, Refusal.UNSAFE_PART),
        ({"xl/..\\..\\outside.xml": b"<x/>"}, Refusal.UNSAFE_PART),
        ({"xl/inner.zip": b"x"}, Refusal.UNSAFE_PART),
        ({"xl/media/picture.png": XLSX}, Refusal.UNSAFE_PART),
        ({"xl/a.xml": b'<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>'}, Refusal.ENTITIES),  # F3
        ({"xl/a.xml": "<x/>".encode("utf-16")}, Refusal.DAMAGED),
        ({"xl/a.xml": b"<x>\x00</x>"}, Refusal.DAMAGED),
        ({"xl/workbook.xml": b"<broken"}, Refusal.DAMAGED),
        ({"xl/workbook.xml": b"<workbook/>"}, Refusal.DAMAGED),  # a sheet no workbook names
        ({"xl/worksheets/sheet1.xml": b"<worksheet><sheetData>"}, Refusal.DAMAGED),
        ({"xl/_rels/workbook.xml.rels": None}, Refusal.DAMAGED),
    ],
)
def test_an_unsafe_package_is_refused_before_it_is_parsed(extra: dict[str, bytes | None], reason: Refusal) -> None:
    assert refusal(with_parts(XLSX, extra)).reason is reason


def test_a_symbolic_link_in_a_package_is_refused() -> None:
    target = io.BytesIO(XLSX)
    with zipfile.ZipFile(target, "a") as package:
        link = zipfile.ZipInfo("xl/link.xml")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        package.writestr(link, "/etc/passwd")
    assert refusal(target.getvalue()).reason is Refusal.UNSAFE_PART


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_part_that_comes_twice_is_refused() -> None:
    target = io.BytesIO(XLSX)
    with zipfile.ZipFile(target, "a") as package:
        package.writestr("xl/workbook.xml", "<workbook/>")
    assert refusal(target.getvalue()).reason is Refusal.UNSAFE_PART


def test_a_directory_that_lies_about_a_size_gains_nothing() -> None:
    """The unpacked bytes are checked, not the promise: the file ends as damaged instead of growing."""
    bomb = bytearray(with_parts(XLSX, {"xl/sharedStrings.xml": b"<sst>" + b" " * 400_000 + b"</sst>"}))
    with zipfile.ZipFile(io.BytesIO(bytes(bomb))) as package:
        assert package.getinfo("xl/sharedStrings.xml").file_size > 400_000
    entry = bomb.rindex(b"xl/sharedStrings.xml") - 46
    assert bomb[entry : entry + 4] == b"PK\x01\x02"
    bomb[entry + 24 : entry + 28] = (10).to_bytes(4, "little")
    assert refusal(bytes(bomb)).reason is Refusal.DAMAGED


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        (csv_bytes(ROWS), "utf-8"),
        (csv_bytes(ROWS, encoding="utf-8-sig"), "utf-8"),
        (csv_bytes(ROWS, encoding="gb18030"), "gb18030"),
        (csv_bytes(ROWS, encoding="gbk"), "gb18030"),
        (csv_bytes(ROWS, encoding="utf-16"), "utf-16"),
        (codecs.BOM_UTF16_BE + csv_bytes(ROWS, encoding="utf-16-be"), "utf-16"),
    ],
)
def test_text_is_read_in_every_encoding_offices_use(data: bytes, encoding: str) -> None:
    """F14, F15, F18 (UTF-16 with a byte order mark is accepted)."""
    book = read_workbook(data=data, file_name="列表.CSV")
    assert (book.encoding, book.sheets[0].rows, book.kind) == (encoding, CELLS, FileKind.TEXT)
    assert book.sha256 == hashlib.sha256(data).hexdigest()
    guessed = [notice.code for notice in book.sheets[0].notices]
    assert guessed == ([Notice.READ_AS_GB18030] if encoding == "gb18030" else [])


@pytest.mark.parametrize(
    ("data", "reason", "offset"),
    [
        ("小区".encode() + b"\xff\xff", Refusal.ENCODING, 6),
        ("小区\n花园".encode() + "湖".encode("gbk") + b"\n\xff", Refusal.ENCODING, 16),  # two encodings in one file
        (csv_bytes(ROWS, encoding="gbk") + "湖滨花园,3\n".encode(), Refusal.ENCODING, 35),  # a UTF-8 line in GBK
        (codecs.BOM_UTF8 + b"a\xff", Refusal.ENCODING, 4),
        (codecs.BOM_UTF16_LE + "a".encode("utf-16-le") + b"\x00\xd8b\x00", Refusal.ENCODING, 4),  # lone surrogate
        (b"a\xed\xa0\x80\xff", Refusal.ENCODING, 3),
        (codecs.BOM_UTF32_LE + "a".encode("utf-32-le"), Refusal.ENCODING, 0),
        ("名称,\ufffd".encode(), Refusal.LOST_CHARACTER, 7),
        (codecs.BOM_UTF8 + "名\ufffd".encode(), Refusal.LOST_CHARACTER, 6),
    ],
)
def test_bytes_no_encoding_explains_are_refused_with_their_place(data: bytes, reason: Refusal, offset: int) -> None:
    """F18."""
    error = refusal(data, "a.csv")
    assert (error.reason, error.fields["offset"]) == (reason, offset)


def test_two_byte_text_without_a_mark_is_refused() -> None:
    assert refusal(csv_bytes([["a", "b"]], encoding="utf-16-le"), "a.csv").reason is Refusal.NO_BYTE_ORDER


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "，"])
def test_the_delimiter_is_found_by_the_headings(delimiter: str) -> None:
    """F21."""
    data = csv_bytes([["清单一、二,三;四"], *ROWS], delimiter=delimiter)
    assert read_workbook(data=data, file_name="a.txt").sheets[0].rows[1:] == CELLS


def test_quotes_and_line_ends_in_cells_are_kept_in_the_cell() -> None:
    rows = [["小区名称", "地址"], ['金"牌", 小区', "湖滨路\n1号\u2028东"], [], ["b", "c"]]
    sheet = read_rows(rows)
    assert sheet.rows == (("小区名称", "地址"), ('金"牌", 小区', "湖滨路\n1号\u2028东"), (), ("b", "c"))


def test_records_the_reader_cannot_cut_carry_a_trouble() -> None:
    """F22, F23: too long for the csv module, too long for a cell, and a quote in the wrong place."""
    text = f'名称,地址\n{"x" * 140_000},1\n{"y" * 40_000},2\n"a"b,3\n好,4\n'
    sheet = read_workbook(data=text.encode(), file_name="a.csv").sheets[0]
    assert sheet.row_troubles == {1: Trouble.TOO_LONG, 2: Trouble.TOO_LONG, 3: Trouble.BROKEN_QUOTE}
    assert sheet.rows[4] == ("好", "4")


def test_a_quote_that_never_closes_refuses_the_file() -> None:
    error = refusal(b'a,b\n1,"2\n3,4\n5,6\n', "a.csv")
    assert (error.reason, error.fields["row"]) == (Refusal.OPEN_QUOTE, 2)


def test_a_text_file_ends_at_two_hundred_blank_rows() -> None:
    """F6."""
    sheet = read_rows([*ROWS, *[["", ""]] * 199, ["late", "row"], *[[]] * 900])
    assert (sheet.rows, sheet.notices) == (CELLS + (("", ""),) * 199 + (("late", "row"),), ())
    sheet = read_rows([*ROWS, *[["", ""]] * 200, ["late", "row"]])
    assert (sheet.rows, notices_of(sheet)) == (CELLS, [(Notice.CUT_AFTER, {"row": 2})])


@pytest.mark.parametrize(
    ("data", "reason", "row"),
    [
        (b"a\n" * (limits.MAX_LINES + 1), Refusal.TOO_MANY_ROWS, None),
        (b"a\n" + b"," * limits.MAX_COLUMNS + b"b\n", Refusal.TOO_MANY_COLUMNS, 2),
    ],
)
def test_a_text_file_beyond_the_limits_is_refused(data: bytes, reason: Refusal, row: int | None) -> None:
    error = refusal(data, "a.csv")
    assert (error.reason, error.fields.get("row")) == (reason, row)


def test_spreadsheet_cells_keep_their_types() -> None:
    rows: Rows = [["小区", "日期", "面积"], ["a", date(2025, 1, 5), 12.5], ["b", datetime(2025, 1, 5, 23, 59), None]]
    sheet = read_cells(rows)
    assert sheet.rows[1:] == (("a", date(2025, 1, 5), 12.5), ("b", datetime(2025, 1, 5, 23, 59), ""))
    assert not sheet.delimited


def test_an_old_workbook_is_read_with_a_notice() -> None:
    book = read_workbook(data=xls_bytes([*ROWS, ["", "b"]], merged=(1, 2, 0, 0)), file_name="a.xls")
    assert [sheet.rows[:2] for sheet in book.sheets] == [CELLS]
    assert [notice.code for notice in book.notices] == [Notice.OLD_WORKBOOK]
    assert book.sheets[0].cell_troubles == {(1, 0): Trouble.MERGED, (2, 0): Trouble.MERGED}


def test_an_old_workbook_ends_at_a_run_of_blank_rows() -> None:
    sheet = read_workbook(data=xls_bytes([*ROWS, *[[]] * 200, ["late"]]), file_name="a.xls").sheets[0]
    assert (sheet.rows, notices_of(sheet)) == (CELLS, [(Notice.CUT_AFTER, {"row": 2})])


def test_an_old_workbook_too_wide_or_too_long_is_refused() -> None:
    error = refusal(xls_bytes([["a"], [""] * limits.MAX_COLUMNS + ["x"]]), "a.xls")
    assert (error.reason, error.fields["row"]) == (Refusal.TOO_MANY_COLUMNS, 2)
    long = xls_bytes([["a"]] * (limits.MAX_LINES + 1))
    assert refusal(long, "a.xls").reason is Refusal.TOO_MANY_ROWS
    corners = xls_bytes([["a"], *[[]] * 65_000, [""] * 255 + ["x"]])
    assert refusal(corners, "a.xls").reason is Refusal.TOO_MANY_ROWS


def test_several_and_hidden_sheets_and_rows_are_named() -> None:
    """F7."""
    data = xlsx_bytes({"一": [*ROWS, ["b"]], "二": ROWS, "三": []}, hidden_sheets=["二"], hidden_rows=[2, 900])
    book = read_workbook(data=data, file_name="a.xlsx")
    assert [(sheet.name, sheet.hidden) for sheet in book.sheets] == [("一", False), ("二", True), ("三", False)]
    assert [(n.code, dict(n.fields)) for n in book.notices] == [
        (Notice.SEVERAL_SHEETS, {"count": 3}),
        (Notice.HIDDEN_SHEETS, {"sheets": "二"}),
    ]
    assert book.sheets[0].hidden_rows == {1}


def test_formulas_errors_and_merged_cells_are_marked() -> None:
    """F9, F24, F27: a cached value is never taken for a formula, nor an empty text for an error."""
    rows_xml = (
        f'<row r="1">{text_cell("A1", "名称")}</row>'
        '<row r="2"><c r="A2"><f>B1*2</f><v>7</v></c><c r="B2" t="e"><v>#REF!</v></c>'
        '<c r="C2" t="e"><f>1/0</f><v>#DIV/0!</v></c><c r="D2"><v>5</v></c></row>'
    )
    assert sheet_of(rows_xml).cell_troubles == {
        (1, 0): Trouble.FORMULA,
        (1, 1): Trouble.ERROR_VALUE,
        (1, 2): Trouble.FORMULA,
    }
    merged = read_cells([["a", "b"], [1, 2], [3, 4]], merged=["A2:A3"])
    assert merged.cell_troubles == {(1, 0): Trouble.MERGED, (2, 0): Trouble.MERGED}


def test_rows_and_cells_without_reference_are_counted() -> None:
    rows_xml = "<x:row><x:c><x:v>1</x:v></x:c><x:c><x:f>1</x:f><x:v>2</x:v></x:c></x:row>" * 2
    assert sheet_of(rows_xml, prefix="x").cell_troubles == {(0, 1): Trouble.FORMULA, (1, 1): Trouble.FORMULA}


def test_formatted_blank_cells_far_away_cost_nothing_and_content_far_away_is_cut() -> None:
    """F6."""
    blank = '<row r="1048576"><c r="XFD1048576" s="0"/></row>'
    head = f'<row r="1">{text_cell("A1", "名称")}</row>'
    sheet = sheet_of(head + blank)
    assert (sheet.rows, sheet.notices) == ((("名称",),), ())
    sheet = sheet_of(head + f'<row r="202">{text_cell("A202", "late")}</row>')
    assert (sheet.rows, notices_of(sheet)) == ((("名称",),), [(Notice.CUT_AFTER, {"row": 1})])
    sheet = sheet_of(head + f'<row r="201">{text_cell("A201", "near")}</row>')
    assert (len(sheet.rows), sheet.notices) == (201, ())


@pytest.mark.parametrize(
    ("rows_xml", "reason"),
    [
        ('<row r="1"><c r="IG1"><v>1</v></c></row>', Refusal.TOO_MANY_COLUMNS),
        ('<row r="2"><c r="A2"><v>1</v></c></row><row r="1"><c r="A1"><v>1</v></c></row>', Refusal.DAMAGED),
        ('<row r="1"><c r="B1"><v>1</v></c><c r="A1"><v>1</v></c></row>', Refusal.DAMAGED),
        ('<row r="1"><c r="A9"><v>1</v></c></row>', Refusal.DAMAGED),
        (
            "".join(f'<row r="{n}"><c r="A{n}"><v>1</v></c></row>' for n in range(1, limits.MAX_LINES + 2)),
            Refusal.TOO_MANY_ROWS,
        ),
        (  # few rows, spread so that reading them would fill the memory
            '<row r="1"><c r="DP1"><v>1</v></c></row>'
            + "".join(f'<row r="{n}"><c r="A{n}"><v>1</v></c></row>' for n in range(200, 60_000, 200)),
            Refusal.TOO_MANY_ROWS,
        ),
    ],
)
def test_a_sheet_beyond_the_limits_is_refused_before_it_is_read(rows_xml: str, reason: Refusal) -> None:
    assert refusal(xlsx_of_rows_xml(rows_xml)).reason is reason


def test_a_sheet_that_breaks_off_behind_the_blank_rows_is_damaged() -> None:
    xml = f'<worksheet><sheetData><row r="1">{text_cell("A1", "x")}</row><row r="900">{text_cell("A900", "y")}</row>'
    assert refusal(with_parts(XLSX, {"xl/worksheets/sheet1.xml": xml.encode()})).reason is Refusal.DAMAGED


def test_merged_ranges_that_overlap_without_end_are_damaged() -> None:
    data = xlsx_bytes({"一": [["a"] * 100] * 50})
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        xml = package.read("xl/worksheets/sheet1.xml")
    merges = b"<mergeCells>" + b'<mergeCell ref="A1:CV50"/>' * 100 + b"</mergeCells>"
    xml = xml.replace(b"</sheetData>", b"</sheetData>" + merges)
    assert refusal(with_parts(data, {"xl/worksheets/sheet1.xml": xml})).reason is Refusal.DAMAGED


def test_a_workbook_from_1904_is_read_by_its_flag() -> None:
    """D3."""
    rows: Rows = [["交付日期", "x"], [date(2025, 1, 5), "y"]]
    book = read_workbook(data=xlsx_bytes({"一": rows}, from_1904=True), file_name="a.xlsx")
    assert book.sheets[0].rows[1][0] == date(2025, 1, 5)
    assert [notice.code for notice in book.notices] == [Notice.DATES_FROM_1904]


def test_the_last_second_of_a_day_stays_in_its_day() -> None:
    """D9: the reader rounds 45292.999999999 up to the next midnight."""
    rows = [["交付日期", "x", 1.999999], [45292.999999999, 45292.999999999, date(2025, 1, 5)]]
    sheet = read_cells(rows, formats={"A2": "yyyy-mm-dd hh:mm:ss"})
    assert sheet.rows[1] == (datetime(2024, 1, 1, 23, 59, 59), 45292.999999999, date(2025, 1, 5))


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("C:\\Users\\me\\列表.csv", "列表.csv"),
        ("../../etc/列表.csv", "列表.csv"),
        ("a\u202etxt.csv\x00", "atxt.csv"),
        ("长" * 300 + ".csv", "长" * 80 + "…" + "长" * 35 + ".csv"),
    ],
)
def test_a_file_name_is_only_ever_shown_cleaned(name: str, shown: str) -> None:
    """F29."""
    assert display_name(name) == shown


class PanicException(BaseException):
    """Named like the panic of the native reader, which is no ``Exception`` either."""


@pytest.mark.parametrize(
    ("raised", "expected"),
    [
        (PanicException(), Refusal.DAMAGED),
        (ValueError(), Refusal.DAMAGED),
        (PasswordError(), Refusal.ENCRYPTED),
    ],
)
def test_whatever_the_native_reader_does_a_refusal_comes_out(
    raised: BaseException, expected: Refusal, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Reader:
        @staticmethod
        def from_filelike(_: object) -> None:
            raise raised

    monkeypatch.setattr(spreadsheet, "CalamineWorkbook", Reader)
    assert refusal(XLSX).reason is expected


def test_a_person_stopping_the_program_is_not_a_damaged_file(monkeypatch: pytest.MonkeyPatch) -> None:
    class Reader:
        @staticmethod
        def from_filelike(_: object) -> None:
            raise KeyboardInterrupt

    monkeypatch.setattr(spreadsheet, "CalamineWorkbook", Reader)
    with pytest.raises(KeyboardInterrupt):
        read_workbook(data=XLSX, file_name="a.xlsx")


def test_a_panic_while_a_sheet_is_read_is_a_damaged_file(monkeypatch: pytest.MonkeyPatch) -> None:
    def panic(*_: object, **__: object) -> Sheet:
        raise PanicException

    monkeypatch.setattr(spreadsheet, "_sheet", panic)
    assert refusal(XLSX).reason is Refusal.DAMAGED


def test_pictures_in_a_workbook_are_left_out_and_do_no_harm() -> None:
    data = with_parts(XLSX, {"xl/media/picture.png": b"\x89PNG"})
    assert read_workbook(data=data, file_name="a.xlsx").sheets[0].rows == CELLS


def test_text_that_begins_like_another_file_is_text() -> None:
    assert read_workbook(data=b"PK,MZ\n1,2\n", file_name="a.csv").sheets[0].rows == (("PK", "MZ"), ("1", "2"))
