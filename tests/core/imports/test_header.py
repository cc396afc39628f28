"""Headings and mappings (F8, F10, F11, F16, M1)."""

import pytest

from core.imports.codes import FileRefused, Notice, Refusal
from core.imports.header import approve_mapping, missing_fields, propose_mapping
from core.imports.kinds import KINDS, ImportKind
from core.imports.sheets import Sheet
from core.imports.text import heading_key
from tests.core.imports.files import CUSTOMER_HEADING, ESTATE_HEADING, UNIT_HEADING, read_cells, read_rows

ESTATES, UNITS, CUSTOMERS = ImportKind.ESTATES, ImportKind.UNITS, ImportKind.CUSTOMERS


def fields_of(kind: ImportKind, *rows: tuple[object, ...]) -> list[str | None]:
    return [column.field for column in propose_mapping(kind=kind, sheet=Sheet("", rows)).columns]  # type: ignore[arg-type]


def refusal_of(kind: ImportKind, *rows: tuple[str, ...]) -> FileRefused:
    with pytest.raises(FileRefused) as caught:
        propose_mapping(kind=kind, sheet=Sheet("", rows))
    return caught.value


@pytest.mark.parametrize("kind", ImportKind)
def test_every_field_of_a_kind_has_headings_and_every_heading_a_field(kind: ImportKind) -> None:
    spec = KINDS[kind]
    assert spec.kind is kind
    assert [*spec.headings] and {*spec.headings} == {column.field for column in spec.columns if not column.once}
    assert all(heading_key(word) == word for words in spec.headings.values() for word in words)


def test_usual_headings_are_known_in_any_order() -> None:
    assert fields_of(ESTATES, ESTATE_HEADING[::-1]) == ["household_count", "floor_area", "address", "name"]
    assert fields_of(UNITS, UNIT_HEADING) == [column.field for column in KINDS[UNITS].columns]
    assert fields_of(CUSTOMERS, CUSTOMER_HEADING) == [
        *("estate", "unit", "name", "phone", "relation", "care_flags", "start_date", "end_date")
    ]


@pytest.mark.parametrize(
    "heading",
    [
        "建筑面积",
        " 建筑 面积 ",
        "建筑\n面积",
        "*建筑面积",
        "建筑面积（㎡）",
        "建筑面积(平方米)",
        "建筑面积：",
        "总建面",
        "建筑面积【必填】",
    ],
)
def test_a_heading_is_known_through_ornaments_units_and_notes(heading: str) -> None:
    assert fields_of(ESTATES, ("名称", heading)) == ["name", "floor_area"]


def test_the_heading_is_found_below_title_rows() -> None:
    mapping = propose_mapping(
        kind=ESTATES,
        sheet=read_rows(
            [["成都市小区一览"], ["制表：", "2025年"], [], [*ESTATE_HEADING, "备注"], ["a", "b", "1", "2", "c"]]
        ),
    )
    assert (mapping.header_row, mapping.data_row, mapping.width) == (4, 5, 5)
    assert [(n.code, n.fields["column"]) for n in mapping.notices] == [(Notice.COLUMN_IGNORED, "备注")]


def test_the_heading_must_begin_in_the_first_ten_rows() -> None:
    titles = [("标题",)] * 9
    assert propose_mapping(kind=ESTATES, sheet=Sheet("", (*titles, ESTATE_HEADING))).header_row == 10
    assert refusal_of(ESTATES, *titles, ("标题",), ESTATE_HEADING).reason is Refusal.HEADER_NOT_FOUND


def test_a_heading_of_two_rows_is_joined() -> None:
    sheet = read_cells(
        [
            ["小区", "位置", None, "房号", "面积", None, "用途"],
            [None, "楼栋", "单元", None, "建筑", "分摊", None],
            ["a", "1", "2", "301", 80, 8, "住宅"],
        ],
        merged=["A1:A2", "B1:C1", "D1:D2", "E1:F1"],
    )
    mapping = propose_mapping(kind=UNITS, sheet=sheet)
    assert (mapping.header_row, mapping.data_row) == (1, 3)
    assert [(column.text, column.field) for column in mapping.columns] == [
        ("小区", "estate"),
        ("楼栋", "building"),
        ("单元", "entrance"),
        ("房号", "unit"),
        ("面积", "area"),
        ("分摊", None),
        ("用途", "use"),
    ]


def test_words_split_over_two_rows_make_one_heading() -> None:
    rows = (("小区", "建筑", ""), ("名称", "面积", "地址"))
    assert fields_of(ESTATES, *rows) == ["name", "floor_area", "address"]


def test_a_data_row_that_holds_heading_words_stays_data() -> None:
    mapping = propose_mapping(
        kind=CUSTOMERS, sheet=Sheet("", (CUSTOMER_HEADING, ("a", "1-1", "住户", "1", "业主", "", "", "")))
    )
    assert mapping.data_row == 2


def test_the_only_required_heading_is_enough() -> None:
    assert fields_of(ESTATES, ("小区名称",), ("a",)) == ["name"]


@pytest.mark.parametrize("rows", [(("濮撳悕", "鍦板潃"),), (("a", "b"), ("1", "2")), (("地址",),), ()])
def test_a_sheet_without_known_headings_is_refused(rows: tuple[tuple[str, ...], ...]) -> None:
    """F11, F16: also what UTF-8 read as GBK would give."""
    assert refusal_of(ESTATES, *rows).reason is Refusal.HEADER_NOT_FOUND


@pytest.mark.parametrize("twice", ["建筑面积", "建筑 面积", "备注"])
def test_two_columns_with_one_heading_are_refused(twice: str) -> None:
    """F10."""
    error = refusal_of(ESTATES, ("名称", "建筑面积", "备注", twice))
    assert (error.reason, error.fields["column"]) == (Refusal.DUPLICATE_COLUMN, twice)


def test_of_two_headings_for_one_field_the_usual_one_is_read() -> None:
    mapping = propose_mapping(kind=UNITS, sheet=Sheet("", (("小区", "房号", "套内面积", "建筑面积", "用途"),)))
    assert [column.field for column in mapping.columns] == ["estate", "unit", None, "area", "use"]
    assert [(n.code, n.fields["column"]) for n in mapping.notices] == [(Notice.COLUMN_TWICE, "套内面积")]


def test_a_heading_that_means_two_fields_goes_to_the_free_one() -> None:
    assert fields_of(ESTATES, ("小区名称", "项目编号", "编号")) == ["name", "code", None]
    assert fields_of(UNITS, ("小区", "房号", "类型", "面积")) == ["estate", "unit", "use", "area"]


@pytest.mark.parametrize(
    ("heading", "unit"),
    [
        ("建筑面积（万平方米）", "万平方米"),
        ("占地面积(亩)", "亩"),
        ("物业费(元/㎡·年)", "元/m2·年"),
        ("物业费（元/户）", "元/户"),
    ],
)
def test_a_unit_that_would_change_the_numbers_is_refused(heading: str, unit: str) -> None:
    error = refusal_of(ESTATES, ("名称", heading))
    assert (error.reason, error.fields) == (Refusal.HEADER_UNIT, {"column": heading, "unit": unit})


def test_brackets_in_a_column_without_unit_may_say_anything() -> None:
    assert fields_of(ESTATES, ("名称(万科)", "地址(每年更新)")) == ["name", "address"]


def test_a_person_may_give_columns_other_fields_and_the_same_estate_throughout() -> None:
    proposed = propose_mapping(kind=UNITS, sheet=Sheet("", (("房号", "面积", "怎么用", "类型"),)))
    assert missing_fields(kind=UNITS, mapping=proposed) == ("estate",)
    approved = approve_mapping(
        kind=UNITS, mapping=proposed, fields={2: "use", 3: None}, constants={"estate": "翠湖花园"}
    )
    assert [column.field for column in approved.columns] == ["unit", "area", "use", None]
    assert approved.fields == {"estate", "unit", "area", "use"}
    assert approve_mapping(kind=UNITS, mapping=approved) == approved


@pytest.mark.parametrize(
    ("fields", "constants", "reason", "told"),
    [
        ({}, {}, Refusal.MISSING_COLUMNS, {"columns": "estate"}),
        ({3: "estate", 1: None}, {}, Refusal.MISSING_COLUMNS, {"columns": "area"}),
        ({3: "colour"}, {}, Refusal.BAD_MAPPING, {"field": "colour"}),
        ({3: "area"}, {}, Refusal.BAD_MAPPING, {"field": "area"}),
        ({9: "estate"}, {}, Refusal.BAD_MAPPING, {"field": ""}),
        ({3: "estate"}, {"estate": "a"}, Refusal.BAD_MAPPING, {"field": "estate"}),
        ({1: None, 3: "area"}, {"estate": "a"}, Refusal.HEADER_UNIT, {"column": "得房(亩)", "unit": "亩"}),
    ],
)
def test_a_mapping_that_does_not_fit_is_refused(
    fields: dict[int, str | None], constants: dict[str, str], reason: Refusal, told: dict[str, str]
) -> None:
    proposed = propose_mapping(kind=UNITS, sheet=Sheet("", (("房号", "面积", "用途", "得房(亩)"),)))
    with pytest.raises(FileRefused) as caught:
        approve_mapping(kind=UNITS, mapping=proposed, fields=fields, constants=constants)
    assert (caught.value.reason, caught.value.fields) == (reason, told)
