"""The dry run: rows, problems with their place, totals, warnings (R-002, R-003, R-012; catalogue of security.md §4)."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from core.imports import assess as assess_module
from core.imports.assess import assess
from core.imports.codes import FileRefused, Notice, Refusal, Trouble
from core.imports.kinds import ImportKind, natural_key
from core.imports.reading import read_workbook
from core.imports.references import references_of
from core.imports.rows import ControlTotal
from core.imports.sheets import Sheet
from core.imports.specs import ParsedRow
from tests.core.imports.files import (
    CUSTOMER_HEADING,
    CUSTOMER_ROW,
    ESTATE_HEADING,
    UNIT_HEADING,
    UNIT_ROW,
    assessed,
    codes,
    csv_bytes,
    customer_with,
    mapped,
    read_cells,
    read_rows,
    text_cell,
    unit_with,
    xlsx_bytes,
    xlsx_of_rows_xml,
)

ESTATES, UNITS, CUSTOMERS = ImportKind.ESTATES, ImportKind.UNITS, ImportKind.CUSTOMERS


def refusal_of(kind: ImportKind, source: Any) -> FileRefused:
    with pytest.raises(FileRefused) as caught:
        assessed(kind, source)
    return caught.value


def warned(kind: ImportKind, source: Any) -> list[tuple[int, str, str]]:
    return [(warning.row, warning.column, warning.code) for warning in assessed(kind, source).warnings]


def test_an_estate_is_read_with_its_natural_key() -> None:
    result = assessed(
        ESTATES, [[*ESTATE_HEADING, "物业费"], ["翠湖花园（一期）", "湖滨路1号", "320,000 ㎡", "1972 户", "1.5元"]]
    )
    assert result.rows == (
        ParsedRow(
            2,
            ("name", "翠湖花园(一期)|湖滨路1号"),
            {
                "name": "翠湖花园（一期）",
                "address": "湖滨路1号",
                "floor_area": Decimal("320000.00"),
                "household_count": 1972,
                "reference_price": Decimal("1.500000"),
            },
        ),
    )
    assert (result.kind, result.data_rows, result.problem_rows, result.warnings) == (ESTATES, 1, 0, ())


def test_an_estate_with_a_code_is_known_by_it_and_by_its_name() -> None:
    row = assessed(ESTATES, [["编码", "名称", "地址"], ["cd-1", "A", None]]).rows[0]
    assert (row.key, row.alias) == (("code", "CD-1"), ("name", natural_key("A", None)))


def test_a_natural_key_that_grows_too_long_is_refused() -> None:
    result = assessed(ESTATES, [["名称", "地址"], ["a", "㌀" * 150]])
    assert codes(result) == [(2, "名称", Trouble.TOO_LONG)]


def test_a_unit_is_read_with_its_full_code() -> None:
    row = assessed(UNITS, unit_with()).rows[0]
    assert row.key == ("翠湖花园", "1-2-301")
    assert row.values == {
        "estate": "翠湖花园",
        "building": "1",
        "entrance": "2",
        "unit": "1-2-301",
        "floor": 3,
        "area": Decimal("89.50"),
        "use": "residential",
        "grade": "A",
        "handover_date": date(2020, 6, 1),
    }


def test_a_unit_without_entrance_has_none() -> None:
    values = assessed(UNITS, unit_with(entrance="", unit="B-101", building="")).rows[0].values
    assert (values["unit"], values["building"], values["entrance"]) == ("B-101", "B", None)


def test_a_customer_is_read_with_flags_and_days() -> None:
    row = assessed(CUSTOMERS, customer_with()).rows[0]
    assert row.key == ("翠湖花园", "1-2-301", "owner", "张三丰")
    assert row.values == {
        "estate": "翠湖花园",
        "building": "1",
        "entrance": "2",
        "unit": "1-2-301",
        "name": "张三丰",
        "phone": "13800138000",
        "relation": "owner",
        "care_flags": ("elderly", "low_income"),
        "start_date": date(2020, 6, 1),
        "end_date": None,
    }


@pytest.mark.parametrize(
    ("cells", "column", "trouble"),
    [
        ({"estate": ""}, "小区", Trouble.MISSING),
        ({"estate": "暂无资料"}, "小区", Trouble.MISSING),
        ({"building": ""}, "房号", Trouble.NO_BUILDING),
        ({"building": "А"}, "楼栋", Trouble.MIXED_SCRIPT),
        ({"unit": "2-2-301"}, "房号", Trouble.UNIT_MISMATCH),
        ({"unit": "1-301", "entrance": ""}, "房号", Trouble.UNIT_AMBIGUOUS),
        ({"unit": "2月3日"}, "房号", Trouble.CODE_AS_DATE),
        ({"building": "1" * 16, "entrance": "2" * 16, "unit": "3" * 16}, "房号", Trouble.TOO_LONG),
        ({"area": "0"}, "建筑面积", Trouble.TOO_SMALL),
        ({"area": "-5"}, "建筑面积", Trouble.NEGATIVE),
        ({"area": "10000"}, "建筑面积", Trouble.TOO_BIG),
        ({"area": "无"}, "建筑面积", Trouble.MISSING),
        ({"use": "菜园"}, "使用性质", Trouble.UNKNOWN_WORD),
        ({"handover_date": "03/04/2025"}, "交付日期", Trouble.DATE_ORDER),
        ({"grade": "级" * 33}, "物业等级", Trouble.TOO_LONG),
    ],
)
def test_a_faulty_unit_stays_out_with_its_place_and_reason(
    cells: dict[str, str], column: str, trouble: Trouble
) -> None:
    result = assessed(UNITS, unit_with(**cells))
    assert (codes(result), result.rows) == ([(2, column, trouble)], ())
    assert result.data_rows == result.problem_rows == 1


@pytest.mark.parametrize(
    ("cells", "column", "trouble", "shown"),
    [
        ({"name": "张*丰"}, "姓名", Trouble.MASKED, "张**"),
        ({"name": ""}, "姓名", Trouble.MISSING, ""),
        ({"phone": "13800138000、13900139000"}, "电话", Trouble.TWO_PHONES, "1********"),
        ({"phone": "12345678901"}, "电话", Trouble.NOT_A_PHONE, "123****8901"),
        ({"relation": "亲戚"}, "关系", Trouble.UNKNOWN_WORD, "亲戚"),
        ({"relation": ""}, "关系", Trouble.MISSING, ""),
        ({"end_date": "2020-06-01"}, "迁出日期", Trouble.DATES_REVERSED, ""),
        ({"end_date": "2019-01-01"}, "迁出日期", Trouble.DATES_REVERSED, ""),
        ({"unit": "301"}, "房号", Trouble.NO_BUILDING, "301"),
        ({"unit": ""}, "房号", Trouble.MISSING, ""),
    ],
)
def test_a_faulty_customer_stays_out_and_nothing_personal_is_shown(
    cells: dict[str, str], column: str, trouble: Trouble, shown: str
) -> None:
    result = assessed(CUSTOMERS, customer_with(**cells))
    assert codes(result) == [(2, column, trouble)]
    problem = result.problems[0]
    assert (problem.value, problem.fields["value"]) == (shown, shown)


def test_a_row_with_two_problems_is_one_problem_row() -> None:
    result = assessed(UNITS, unit_with(area="0", use="菜园"))
    assert [code for *_, code in codes(result)] == [Trouble.TOO_SMALL, Trouble.UNKNOWN_WORD]
    assert (result.problem_rows, len(result.rows), result.data_rows) == (1, 0, 1)
    assert result.problems[0].fields == {"column": "建筑面积", "value": "0", "limit": "0"}


def test_a_long_or_unprintable_value_is_shown_short_and_plain() -> None:
    result = assessed(UNITS, [UNIT_HEADING, [*UNIT_ROW[:6], "园\x1b" * 100, *UNIT_ROW[7:]]])
    assert result.problems[0].value == "园\N{REPLACEMENT CHARACTER}" * 30 + "…"


@pytest.mark.parametrize("cell", ["a\x00b", "a\x1bb", "#REF!", "长" * 40_000, "x" * 140_000])
def test_text_that_cannot_be_stored_keeps_its_row_out(cell: str) -> None:
    """F19, F20, F22, F23, F27."""
    result = assessed(ESTATES, [["名称", "地址"], ["a", cell], ["b", "c"]])
    assert ([row.row for row in result.rows], result.problem_rows, result.data_rows) == ([3], 1, 2)


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@cmd", '=cmd|" /C calc"!A0', "=HYPERLINK(1)", "<script>", "![x](http://x)"]
)
def test_text_that_looks_like_a_formula_is_text(text: str) -> None:
    """F25, F26, U1."""
    assert assessed(ESTATES, [["名称"], [text]]).rows[0].values["name"] == text
    if text[0] in "=+-@":
        assert assessed(ESTATES, [["名称"], ["'" + text]]).rows[0].values["name"] == text


@pytest.mark.parametrize("name", ["NA", "None", "null", "-", "nan"])
def test_a_name_that_reads_like_no_data_is_a_name(name: str) -> None:
    """F28."""
    assert assessed(ESTATES, [["名称"], [name]]).rows[0].values["name"] == name


def test_formulas_errors_and_merged_cells_keep_their_rows_out() -> None:
    """F9, F24, F27."""
    rows_xml = (
        f'<row r="1">{text_cell("A1", "名称")}{text_cell("B1", "总户数")}{text_cell("C1", "备注")}</row>'
        f'<row r="2">{text_cell("A2", "a")}<c r="B2"><f>1+1</f><v>2</v></c></row>'
        f'<row r="3">{text_cell("A3", "b")}<c r="B3" t="e"><v>#N/A</v></c></row>'
        f'<row r="4">{text_cell("A4", "c")}<c r="B4"><v>5</v></c><c r="C4"><f>1+1</f></c></row>'
    )
    result = assessed(ESTATES, read_workbook(data=xlsx_of_rows_xml(rows_xml), file_name="a.xlsx"))
    assert codes(result) == [(2, "总户数", Trouble.FORMULA), (3, "总户数", Trouble.ERROR_VALUE)]
    assert [row.row for row in result.rows] == [4]
    merged = read_cells([["名称", "地址"], ["a", "b"], ["c", None], ["d", "e"]], merged=["B2:B3"])
    result = assessed(ESTATES, merged)
    assert codes(result) == [(2, "地址", Trouble.MERGED), (3, "地址", Trouble.MERGED)]


def test_a_few_rows_longer_than_the_heading_are_problems_and_never_shift() -> None:
    """F12."""
    rows = [["名称", "地址"], *[[f"n{n}", "a"] for n in range(199)], ["x", "一号", "二号"], ["y", "b", "", " "]]
    result = assessed(ESTATES, rows)
    assert codes(result) == [(201, "", Trouble.LONG_ROW)]
    assert (len(result.rows), result.rows[-1].values["name"]) == (200, "y")


def test_many_rows_longer_than_the_heading_refuse_the_file() -> None:
    """F12."""
    error = refusal_of(ESTATES, [["名称", "地址"], ["a", "b"], ["x", "一号", "二号"]])
    assert (error.reason, error.fields) == (Refusal.LONG_ROWS, {"row": 3, "count": 1})


def test_cells_beside_a_spreadsheet_table_are_not_read() -> None:
    result = assessed(ESTATES, read_cells([["名称", "地址"], ["a", "b", None, "note"]]))
    assert (len(result.rows), result.problems) == (1, ())


def test_a_row_that_could_not_be_cut_is_a_problem_row() -> None:
    sheet = read_workbook(data='名称,地址\n"a"b,c\nd,e\n'.encode(), file_name="a.csv").sheets[0]
    result = assessed(ESTATES, sheet)
    assert (codes(result), len(result.rows), result.data_rows) == ([(2, "", Trouble.BROKEN_QUOTE)], 1, 2)


@pytest.mark.parametrize("rows", [[["名称", "地址"]], [["名称", "地址"], ["", " "]], [["名称", "地址"], ["合计", ""]]])
def test_a_file_without_data_rows_is_refused(rows: list[list[str]]) -> None:
    """F5."""
    assert refusal_of(ESTATES, rows).reason is Refusal.NO_DATA


def test_more_data_rows_than_allowed_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(assess_module, "MAX_ROWS", 2)
    assert len(assessed(ESTATES, [["名称"], ["a"], ["b"]]).rows) == 2
    assert refusal_of(ESTATES, [["名称"], ["a"], ["b"], ["c"]]).reason is Refusal.TOO_MANY_ROWS


@pytest.mark.parametrize("label", ["合计", "合 计：", "总计", "合计(3户)", "Total"])
def test_a_total_row_is_compared_and_never_imported(label: str) -> None:
    """F13, M9."""
    rows = [
        ESTATE_HEADING,
        ["a", "", "1,000.5", "10"],
        ["小计", "", "1000.5", ""],
        ["b", "", "2000", "无"],
        [label, "", "3000.50 ㎡", "10"],
    ]
    result = assessed(ESTATES, rows)
    assert (len(result.rows), result.data_rows) == (2, 2)
    assert result.control_totals == (
        ControlTotal(5, "floor_area", Decimal("3000.50"), Decimal("3000.50")),
        ControlTotal(5, "household_count", Decimal(10), Decimal(10)),
    )
    assert result.skipped == ((3, Notice.TOTAL_ROW), (5, Notice.TOTAL_ROW))


def test_a_total_that_differs_by_a_hundredth_refuses_the_file() -> None:
    """M9."""
    error = refusal_of(ESTATES, [ESTATE_HEADING, ["a", "", "1000.5", "10"], ["合计", "", "1000.51", "10"]])
    assert error.reason is Refusal.CONTROL_TOTAL
    assert error.fields == {"row": 3, "column": "建筑面积", "stated": "1000.51", "computed": "1000.50"}


@pytest.mark.parametrize("bad", [["b", "", "3万", "1"], ["b", "", "1", "1", "extra"]])
def test_a_total_is_not_compared_when_a_row_could_not_be_read(bad: list[str]) -> None:
    rows = [ESTATE_HEADING, *[[f"n{n}", "", "1", "1"] for n in range(150)], bad, ["合计", "", "999", "151"]]
    result = assessed(ESTATES, rows)
    assert (153, "", Notice.TOTAL_UNCHECKED) in [(w.row, w.column, w.code) for w in result.warnings]
    assert "floor_area" not in [total.field for total in result.control_totals]


def test_a_short_total_row_states_what_it_holds() -> None:
    result = assessed(ESTATES, [ESTATE_HEADING, ["a", "", "7", ""], ["合计", "", "7"]])
    assert [total.field for total in result.control_totals] == ["floor_area"]


def test_notes_and_repeated_headings_are_no_data() -> None:
    rows = [
        *([*ESTATE_HEADING], ["a", "", "7", ""], [*ESTATE_HEADING], ["b", "", "", ""]),
        *(
            ["注：面积以测绘为准", "", "", ""],
            ["合计", "", "7", ""],
            ["打印于成都", "", "", ""],
            ["制表人：张三", "审核：李四"],
        ),
    ]
    result = assessed(ESTATES, rows)
    assert result.skipped == (
        (3, Notice.HEADER_AGAIN),
        (5, Notice.FOOTNOTE),
        (6, Notice.TOTAL_ROW),
        (7, Notice.FOOTNOTE),
        (8, Notice.FOOTNOTE),
    )
    assert [row.row for row in result.rows] == [2, 4]


@pytest.mark.parametrize("name", ["合计花园", "小区名称大厦", "小区名称", "注释小区", "长" * 61])
def test_a_name_that_only_begins_like_a_total_or_heading_is_data(name: str) -> None:
    assert assessed(ESTATES, [ESTATE_HEADING, [name, "某路", "", ""]]).rows[0].values["name"] == name


def test_a_second_row_for_one_key_names_the_first() -> None:
    rows = [
        ["编码", "名称", "地址"],
        ["1", "甲", "a"],
        ["2", "乙", "b"],
        ["1", "丙", "c"],
        ["3", "乙 ", "b"],
        ["", "甲", "a"],
    ]
    result = assessed(ESTATES, rows)
    assert codes(result) == [(4, "", Trouble.DUPLICATE), (5, "", Trouble.DUPLICATE), (6, "", Trouble.DUPLICATE)]
    assert [problem.fields["limit"] for problem in result.problems] == ["2", "3", "2"]
    assert len(result.rows) == 2


@pytest.mark.parametrize(
    ("kind", "rows", "warning"),
    [
        (ESTATES, [["名称", "地址"], ["甲", "a"], ["甲", "b"]], (3, "名称", Notice.SAME_NAME)),
        (ESTATES, [["名称", "物业公司"], ["甲", "20130920092236584"]], (2, "物业公司", Notice.DOUBTFUL_NAME)),
        (ESTATES, [["名称", "物业费"], ["甲", "0.00 元/㎡·月"]], (2, "物业费", Notice.ZERO_AS_MISSING)),
        (ESTATES, [["名称", "物业类型"], ["甲", "奇妙屋"]], (2, "物业类型", Notice.WORD_AS_OTHER)),
        (CUSTOMERS, customer_with(name="张\u200b三"), (2, "姓名", Notice.FORMAT_CHARACTER)),
        (UNITS, unit_with(handover_date="45292"), (2, "交付日期", Notice.DATE_FROM_SERIAL)),
        (
            CUSTOMERS,
            [CUSTOMER_HEADING, CUSTOMER_ROW, ["翠湖花园", "1-2-301", "李四", "", "业主", "", "", ""]],
            (3, "姓名", Notice.SECOND_OWNER),
        ),
        (
            CUSTOMERS,
            [CUSTOMER_HEADING, CUSTOMER_ROW, ["翠湖花园", "1-2-301", "张三峰", "13800138000", "租户", "", "", ""]],
            (3, "姓名", Notice.SPELLED_TWICE),
        ),
    ],
)
def test_what_is_accepted_but_doubtful_is_listed(
    kind: ImportKind, rows: list[list[str]], warning: tuple[int, str, Notice]
) -> None:
    assert warned(kind, rows) == [warning]


def test_one_phone_in_twenty_units_is_listed_for_review() -> None:
    """I11."""
    rows = [CUSTOMER_HEADING, *[["a", f"1-{n}", f"人{n}", "13800138000", "业主", "", "", ""] for n in range(20)]]
    result = assessed(CUSTOMERS, rows)
    assert [(w.row, w.code, w.value) for w in result.warnings] == [
        (row, Notice.SHARED_PHONE, "138****8000") for row in range(3, 22)
    ]
    assert assessed(CUSTOMERS, rows[:6]).warnings == ()


def test_numeric_cells_of_codes_are_listed() -> None:
    sheet = read_cells([UNIT_HEADING, ["a", 1, 2, 301, 3, 89.5, "住宅", 1, date(2020, 6, 1)]])
    result = assessed(UNITS, sheet)
    assert result.rows[0].key == ("a", "1-2-301")
    assert [(w.column, w.code) for w in result.warnings] == [
        ("楼栋", Notice.NUMERIC_CODE),
        ("单元", Notice.NUMERIC_CODE),
        ("房号", Notice.NUMERIC_CODE),
    ]


def test_hidden_rows_among_the_data_are_counted() -> None:
    """F7."""
    data = xlsx_bytes({"一": [["标题"], ["名称"], ["a"], ["b"], ["c"]]}, hidden_rows=[1, 3, 5])
    result = assessed(ESTATES, read_workbook(data=data, file_name="a.xlsx"))
    assert [(n.code, dict(n.fields)) for n in result.notices] == [(Notice.HIDDEN_ROWS, {"count": 2})]
    assert len(result.rows) == 3


def test_a_constant_stands_in_for_a_column() -> None:
    sheet = read_rows([["楼栋", "房号", "面积", "用途"], ["1", "101", "80", "住宅"]])
    result = assess(kind=UNITS, sheet=sheet, mapping=mapped(UNITS, sheet, estate="翠湖花园"))
    assert result.rows[0].key == ("翠湖花园", "1-101")


def test_a_constant_that_cannot_be_read_is_refused() -> None:
    sheet = read_rows([["小区", "楼栋", "房号", "面积"], ["a", "1", "101", "80"]])
    mapping = mapped(UNITS, sheet, use="菜园")
    with pytest.raises(FileRefused) as caught:
        assess(kind=UNITS, sheet=sheet, mapping=mapping)
    assert (caught.value.reason, caught.value.fields) == (Refusal.BAD_MAPPING, {"field": "use"})


ESTATES_KNOWN = [("CD-1", "翠湖花园"), ("CD-2", "东湖"), ("CD-3", "东湖"), ("东湖", "西湖")]


@pytest.mark.parametrize(
    ("estate", "outcome"),
    [
        ("翠湖 花园", ("cd-1", "1-2-301")),
        ("cd-1", ("cd-1", "1-2-301")),
        ("东湖", ("东湖", "1-2-301")),  # a code before a name
        ("南湖", Trouble.UNKNOWN_ESTATE),
    ],
)
def test_an_estate_is_found_by_code_or_exact_name(estate: str, outcome: object) -> None:
    result = assessed(UNITS, unit_with(estate=estate), references_of(estates=ESTATES_KNOWN))
    found = result.rows[0].key if result.rows else result.problems[0].code
    assert found == outcome


def test_a_name_several_estates_bear_is_refused() -> None:
    known = references_of(estates=ESTATES_KNOWN[:3])
    assert codes(assessed(UNITS, unit_with(estate="东湖"), known)) == [(2, "小区", Trouble.AMBIGUOUS_ESTATE)]


def test_one_unit_named_by_code_and_by_name_is_one_unit() -> None:
    rows = [*unit_with(estate="CD-1"), *unit_with(estate="翠湖花园")[1:]]
    assert codes(assessed(UNITS, rows, references_of(estates=ESTATES_KNOWN))) == [(3, "", Trouble.DUPLICATE)]


def test_a_customer_needs_a_known_unit() -> None:
    """I3: never created by the way."""
    known = references_of(estates=ESTATES_KNOWN, units=[("CD-1", "1-2-301")])
    row = assessed(CUSTOMERS, customer_with(), known).rows[0]
    assert row.values["estate"] == "CD-1"
    result = assessed(CUSTOMERS, customer_with(unit="1-2-302"), known)
    assert codes(result) == [(2, "房号", Trouble.UNKNOWN_UNIT)]
    assert codes(assessed(CUSTOMERS, customer_with(unit="302"), known)) == [(2, "房号", Trouble.NO_BUILDING)]


def test_estates_need_no_references() -> None:
    assert len(assessed(ESTATES, [["名称"], ["a"]], references_of(estates=[])).rows) == 1


def test_the_same_rows_come_out_of_text_and_spreadsheets() -> None:
    rows = [UNIT_HEADING, UNIT_ROW]
    texts = [csv_bytes(rows, encoding=encoding) for encoding in ("utf-8", "utf-8-sig", "gb18030", "utf-16")]
    results = {repr(assessed(UNITS, read_workbook(data=data, file_name="a.csv")).rows) for data in texts}
    results.add(repr(assessed(UNITS, read_cells(rows)).rows))
    assert len(results) == 1


def test_more_texts_than_are_remembered_are_read_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(assess_module, "REMEMBERED", 1)
    result = assessed(ESTATES, [["名称", "总户数"], ["a", "1"], ["b", "2"], ["c", "1"], ["d", "2"]])
    assert [row.values["household_count"] for row in result.rows] == [1, 2, 1, 2]


def test_a_sheet_shorter_than_its_heading_has_no_data() -> None:
    sheet = Sheet("", (("名称", "地址"),))
    assert refusal_of(ESTATES, sheet).reason is Refusal.NO_DATA
