"""Builders of files for import tests: everything is made by code, nothing lies in the repository as a binary."""

import csv
import io
import zipfile
from collections.abc import Mapping, Sequence
from typing import Any

import openpyxl
import xlwt
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from core.imports.assess import assess
from core.imports.header import ColumnMapping, approve_mapping, propose_mapping
from core.imports.kinds import ImportKind
from core.imports.reading import read_workbook
from core.imports.references import References
from core.imports.rows import Assessment
from core.imports.sheets import Sheet, Workbook

Rows = Sequence[Sequence[Any]]

ESTATE_HEADING = ("小区名称", "地址", "建筑面积", "总户数")
UNIT_HEADING = ("小区", "楼栋", "单元", "房号", "楼层", "建筑面积", "使用性质", "物业等级", "交付日期")
CUSTOMER_HEADING = ("小区", "房号", "姓名", "电话", "关系", "特殊群体", "入住日期", "迁出日期")

UNIT_ROW = ("翠湖花园", "1栋", "2单元", "301", "3", "89.50", "住宅", "一级", "2020-06-01")
CUSTOMER_ROW = ("翠湖花园", "1-2-301", "张三丰", "13800138000", "业主", "老人、低保", "2020-06-01", "")


def csv_bytes(rows: Rows, *, encoding: str = "utf-8", delimiter: str = ",") -> bytes:
    """Write rows as delimited text."""
    target = io.StringIO()
    csv.writer(target, delimiter=delimiter).writerows(rows)
    return target.getvalue().encode(encoding)


def xlsx_bytes(
    sheets: Mapping[str, Rows],
    *,
    merged: Sequence[str] = (),
    formats: Mapping[str, str] | None = None,
    hidden_sheets: Sequence[str] = (),
    hidden_rows: Sequence[int] = (),
    from_1904: bool = False,
) -> bytes:
    """Write sheets with openpyxl; ``merged``, ``formats`` (by cell) and ``hidden_rows`` mean the first sheet."""
    book = openpyxl.Workbook()
    if from_1904:
        book.epoch = CALENDAR_MAC_1904
    book.remove(book.worksheets[0])
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
        if name in hidden_sheets:
            sheet.sheet_state = "hidden"
    first = book.worksheets[0]
    for cells in merged:
        first.merge_cells(cells)
    for cell, number_format in (formats or {}).items():
        first[cell].number_format = number_format
    for row_number in hidden_rows:
        first.row_dimensions[row_number].hidden = True
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def xls_bytes(rows: Rows, *, merged: tuple[int, int, int, int] | None = None) -> bytes:
    """Write rows as an old .xls; ``merged`` is top, bottom, left, right from 0."""
    book = xlwt.Workbook()
    sheet = book.add_sheet("一")
    for row_index, row in enumerate(rows):
        for column, value in enumerate(row):
            if value is not None and value != "":
                sheet.write(row_index, column, value)
    if merged:
        sheet.merge(*merged)
    target = io.BytesIO()
    book.save(target)
    return bytes(target.getvalue())


def with_parts(package: bytes, parts: Mapping[str, bytes | None], *, compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Write a package again with some parts replaced, added, or (``None``) left out."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(package)) as source, zipfile.ZipFile(target, "w", compression) as copy:
        for name in source.namelist():
            if name not in parts:
                copy.writestr(name, source.read(name))
        for name, content in parts.items():
            if content is not None:
                copy.writestr(name, content)
    return target.getvalue()


def xlsx_of_rows_xml(rows_xml: str, *, prefix: str = "") -> bytes:
    """Write a one-sheet package whose rows are given as XML."""
    colon = f"{prefix}:" if prefix else ""
    space = f"xmlns{':' + prefix if prefix else ''}"
    xml = (
        f'<{colon}worksheet {space}="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        f"<{colon}sheetData>{rows_xml}</{colon}sheetData></{colon}worksheet>"
    )
    return with_parts(xlsx_bytes({"一": [["x"]]}), {"xl/worksheets/sheet1.xml": xml.encode()})


def text_cell(reference: str, text: str) -> str:
    """Write a cell of text as XML."""
    return f'<c r="{reference}" t="inlineStr"><is><t>{text}</t></is></c>'


def zip_bytes(parts: Mapping[str, bytes]) -> bytes:
    """Write any zip."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in parts.items():
            package.writestr(name, content)
    return target.getvalue()


def read_rows(rows: Rows) -> Sheet:
    """Read rows by way of a CSV file."""
    return read_workbook(data=csv_bytes(rows), file_name="列表.csv").sheets[0]


def read_cells(rows: Rows, **options: Any) -> Sheet:
    """Read rows by way of an .xlsx file."""
    return read_workbook(data=xlsx_bytes({"一": rows}, **options), file_name="列表.xlsx").sheets[0]


def mapped(kind: ImportKind, sheet: Sheet, **constants: str) -> ColumnMapping:
    """Take the proposed mapping as it is."""
    return approve_mapping(kind=kind, mapping=propose_mapping(kind=kind, sheet=sheet), constants=constants)


def assessed(kind: ImportKind, source: Sheet | Workbook | Rows, references: References | None = None) -> Assessment:
    """Assess a sheet, the first sheet of a workbook, or plain rows, by the proposed mapping."""
    if isinstance(source, Workbook):
        source = source.sheets[0]
    sheet = source if isinstance(source, Sheet) else read_rows(source)
    return assess(kind=kind, sheet=sheet, mapping=mapped(kind, sheet), references=references)


def codes(assessment: Assessment) -> list[tuple[int, str, str]]:
    """Give row, column and code of every problem."""
    return [(problem.row, problem.column, problem.code) for problem in assessment.problems]


def unit_with(**cells: Any) -> Rows:
    """Give a list of one unit with some cells replaced, by the English field of the heading."""
    fields = ("estate", "building", "entrance", "unit", "floor", "area", "use", "grade", "handover_date")
    return [UNIT_HEADING, [cells.get(field, value) for field, value in zip(fields, UNIT_ROW, strict=True)]]


def customer_with(**cells: Any) -> Rows:
    """Give a list of one customer with some cells replaced, by the English field of the heading."""
    fields = ("estate", "unit", "name", "phone", "relation", "care_flags", "start_date", "end_date")
    return [CUSTOMER_HEADING, [cells.get(field, value) for field, value in zip(fields, CUSTOMER_ROW, strict=True)]]
