from collections.abc import Mapping
from datetime import date, datetime

import pytest

from core.complaints.taxonomy import CaseCategory
from core.imports.assess import assess
from core.imports.case_finish import CaseTerms
from core.imports.case_rows import MOST_OPEN, PAST_CASES, case_spec
from core.imports.changes import ExistingRecord, plan_changes
from core.imports.codes import FileRefused, Notice, Refusal, Trouble
from core.imports.header import approve_mapping, propose_mapping
from core.imports.kinds import KINDS, spec_of
from core.imports.meanings import Choice
from core.imports.rows import Assessment
from core.imports.sheets import FileNotice, Sheet
from core.imports.specs import ImportKind, KindSpec, is_said
from core.imports.text import Cell, Value
from core.kernel.periods import CHINA

NOW = datetime(2026, 11, 21, 9, tzinfo=CHINA)
DEPARTMENTS = (("cleaning", "环境管理部", "Cleaning"), ("order", "秩序维护部", "Order"))
STAFF = {"g-007": "G-007", "李师傅": "G-007", "g-111": "G-111", "沈师傅": "G-111"}
TERMS = CaseTerms(
    units=frozenset({"1-101", "3-2-1202"}),
    departments=DEPARTMENTS,
    staff=STAFF,
    retired=frozenset({"G-111"}),
    now=NOW,
    kept_from=date(2023, 11, 21),
)
SPEC = case_spec(terms=TERMS)
PLAIN: Mapping[str, Cell] = {
    "受理编号": "T-1",
    "受理时间": "2026-05-01 09:00",
    "办结时间": "2026-05-02 10:30",
    "投诉小类": "噪音",
    "投诉内容": "楼上装修",
    "地点": "东门",
}


def at(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=CHINA)  # type: ignore[arg-type,misc]


def read(
    *rows: Mapping[str, Cell],
    spec: KindSpec = SPEC,
    choices: tuple[Choice, ...] = (),
    constants: Mapping[str, str] | None = None,
) -> Assessment:
    """Read rows given by heading; what a row does not give is as in a plain one, ``None`` is empty."""
    full = [{**PLAIN, **row} for row in rows]
    headings = list(dict.fromkeys(name for row in full for name in row))
    cells = tuple(tuple(row.get(name) for name in headings) for row in full)
    sheet = Sheet("", (tuple(headings), *cells))
    mapping = propose_mapping(kind=spec, sheet=sheet)
    return assess(
        kind=spec, sheet=sheet,
        mapping=approve_mapping(kind=spec, mapping=mapping, choices=choices, constants=constants),
    )  # fmt: skip


def values(row: Mapping[str, Cell], **given: object) -> Mapping[str, Value | None]:
    found = read(row, **given)  # type: ignore[arg-type]
    assert found.problems == ()
    return found.rows[0].values


def trouble(row: Mapping[str, Cell], **given: object) -> tuple[str, str]:
    found = read(row, **given)  # type: ignore[arg-type]
    (problem,) = found.problems
    return problem.code, problem.column


def test_the_kind_belongs_to_an_estate_and_has_no_columns_without_it() -> None:
    assert KINDS[ImportKind.CASES] is PAST_CASES
    with pytest.raises(ValueError, match="target"):
        spec_of(ImportKind.CASES)


def test_a_plain_row_is_a_closed_complaint() -> None:
    found = values({})
    assert {name: value for name, value in found.items() if value is not None} == {
        "case_number": "T-1",
        "case_status": "closed",
        "registered_at": at(2026, 5, 1, 9),
        "ended_at": at(2026, 5, 2, 10, 30),
        "record_type": "complaint",
        "category": "environ",
        "sub_category": "noise",
        "channel": "other",
        "place": "东门",
        "department": "cleaning",
        "content": "楼上装修",
        "said.sub_category": "噪音",
    }


@pytest.mark.parametrize(
    ("row", "status", "ended"),
    [
        ({"状态": "已完成"}, "closed", at(2026, 5, 2, 10, 30)),
        ({"状态": "CLOSED"}, "closed", at(2026, 5, 2, 10, 30)),
        ({"撤销时间": "2026-05-03 08:00"}, "withdrawn", at(2026, 5, 3, 8)),
        ({"状态": "已完成", "撤销时间": "2026-05-03 08:00"}, "withdrawn", at(2026, 5, 3, 8)),
        ({"状态": "Cancel"}, "withdrawn", at(2026, 5, 2, 10, 30)),
        ({"办结时间": None}, "open", None),
        ({"办结时间": None, "状态": "处理中"}, "open", None),
        ({"办结时间": "2026-05-01"}, "closed", at(2026, 5, 1, 9)),  # a day alone is not before the morning
        ({"办结时间": "2026-05-02"}, "closed", at(2026, 5, 2)),
    ],
)
def test_a_row_is_closed_withdrawn_or_still_open(row: Mapping[str, Cell], status: str, ended: datetime | None) -> None:
    found = values(row)
    assert (found["case_status"], found["ended_at"]) == (status, ended)


@pytest.mark.parametrize(
    ("row", "code", "column"),
    [
        ({"受理时间": None}, Trouble.MISSING, "受理时间"),
        ({"受理时间": "-"}, Trouble.MISSING, "受理时间"),
        ({"受理时间": "2026-11-22"}, Trouble.IN_FUTURE, "受理时间"),
        ({"受理时间": "1999-05-01"}, Trouble.TOO_OLD, "受理时间"),
        ({"受理时间": "01/02/2026"}, Trouble.DATE_ORDER_OPEN, "受理时间"),
        ({"办结时间": "2026-05-01 08:59"}, Trouble.CLOSED_TOO_EARLY, "办结时间"),
        ({"办结时间": "2026-04-30"}, Trouble.CLOSED_TOO_EARLY, "办结时间"),
        ({"撤销时间": "2026-04-30 10:00"}, Trouble.CLOSED_TOO_EARLY, "撤销时间"),
        ({"办结时间": None, "状态": "已办结"}, Trouble.NO_CLOSING_DATE, "状态"),
        ({"办结时间": None, "状态": "已取消"}, Trouble.NO_CANCELLING_DATE, "状态"),
        ({"状态": "处理中"}, Trouble.OPEN_AND_CLOSED, "状态"),
        ({"状态": "quiet"}, Trouble.NO_MEANING, "状态"),
        ({"投诉小类": None}, Trouble.NO_TOPIC, ""),
        ({"投诉小类": "其他"}, Trouble.NO_MEANING, "投诉小类"),
        ({"投诉小类": None, "类别": "杂项"}, Trouble.NO_MEANING, "类别"),
        ({"地点": None}, Trouble.NO_PLACE, "地点"),
        ({"地点": "x" * 101}, Trouble.TOO_LONG, "地点"),
        ({"地点": "x" * 99, "房号": "999"}, Trouble.TOO_LONG, "地点"),
        ({"投诉内容": "x" * 1_990}, Trouble.TOO_LONG, "投诉内容"),
        ({"渠道": "信鸽"}, Trouble.NO_MEANING, "渠道"),
        ({"来电性质": "闲聊"}, Trouble.NO_MEANING, "来电性质"),
        ({"满意度": "一般"}, Trouble.NO_MEANING, "满意度"),
        ({"联系电话": "138****1234"}, Trouble.MASKED, "联系电话"),
    ],
)
def test_what_contradicts_itself_or_is_missing_is_named_by_row_and_column(
    row: Mapping[str, Cell], code: Trouble, column: str
) -> None:
    assert trouble(row) == (code, column)


def test_what_is_refused_of_a_text_or_a_person_is_masked() -> None:
    (problem,) = read({"投诉内容": "张三" + "x" * 1_990}).problems
    assert "张三" not in problem.value
    assert problem.value.startswith("张*")


def test_a_row_without_any_words_is_none() -> None:
    praise = {"来电性质": "表扬", "投诉小类": None, "投诉内容": None}
    assert trouble(praise) == (Trouble.NO_WORDS, "投诉内容")
    assert values(praise | {"处理结果": "已致谢"})["category"] is None
    assert values({"投诉内容": None})["said.sub_category"] == "噪音"  # what it is about will do


def test_a_date_order_is_said_for_the_file() -> None:
    row = {"受理时间": "01/02/2026 09:00"}
    assert values(row, constants={"date_order": "month_first"})["registered_at"] == at(2026, 1, 2, 9)
    assert values(row, constants={"date_order": "day_first"})["registered_at"] == at(2026, 2, 1, 9)
    assert trouble({"受理时间": "13/13/2026"}, constants={"date_order": "day_first"})[0] == Trouble.NOT_A_DATE


@pytest.mark.parametrize(
    ("row", "category", "sub_category"),
    [
        ({"类别": "安全类"}, "environ", "noise"),  # the sub-category knows better
        ({"投诉小类": None, "类别": "安全类"}, "safety", None),
        ({"投诉小类": None, "类别": "停车"}, "safety", "parking"),
        ({"投诉小类": "environ"}, "environ", None),
    ],
)
def test_it_is_about_the_sub_category_else_the_category(
    row: Mapping[str, Cell], category: str, sub_category: str | None
) -> None:
    found = values(row)
    assert (found["category"], found["sub_category"]) == (category, sub_category)


def test_words_are_explained_by_a_person_and_stay_with_the_complaint() -> None:
    choices = (Choice("sub_category", "狗 叫", "noise"), Choice("channel", "TWITTER", "website"))
    found = values({"投诉小类": "狗叫", "渠道": "twitter"}, choices=choices)
    assert (found["sub_category"], found["channel"], found["said.sub_category"]) == ("noise", "website", "狗叫")
    assert "said.channel" not in found
    assert [name for name in found if is_said(name)] == [
        *("said.place", "said.unit", "said.department", "said.handler", "said.category", "said.sub_category")
    ]


def test_a_choice_beats_a_known_word_and_only_where_something_is_said() -> None:
    choices = (Choice("sub_category", "噪音", "neighbours"),)
    assert values({}, choices=choices)["sub_category"] == "neighbours"
    assert trouble({"投诉小类": None}, choices=choices)[0] == Trouble.NO_TOPIC


def test_one_topic_may_be_given_for_a_file_that_names_none() -> None:
    found = values({"投诉小类": None}, constants={"category": CaseCategory.FEE.value})
    assert (found["category"], found["department"]) == ("fee", "finance")


@pytest.mark.parametrize(
    ("row", "unit", "place", "kept"),
    [
        ({"地点": None, "房号": "1-101"}, "1-101", None, None),
        ({"地点": None, "楼栋": "3栋", "单元": "2单元", "房号": "1202室"}, "3-2-1202", None, None),
        ({"地点": "1栋101"}, "1-101", None, None),
        ({"地点": "厨房", "房号": "1-101"}, "1-101", None, "厨房"),
        ({"地点": "东门", "楼栋": "3栋"}, None, "3栋 东门", None),
        ({"地点": None, "楼栋": "A/B", "房号": "101"}, None, "A/B 101", None),
        ({"地点": None, "房号": "9-999"}, None, "9-999", None),
        ({"地点": None, "房号": "大堂???"}, None, "大堂???", None),
        ({"地点": None, "备用地点": "小区"}, None, "小区", None),
    ],
)
def test_a_room_of_the_estate_is_a_unit_and_anything_else_a_place(
    row: Mapping[str, Cell], unit: str | None, place: str | None, kept: str | None
) -> None:
    found = values(row)
    assert (found["unit"], found["place"], found["said.place"]) == (unit, place, kept)


def test_one_place_may_be_given_for_rows_without_one() -> None:
    assert values({"地点": None}, constants={"other_place": "小区内"})["place"] == "小区内"


def test_rooms_that_are_none_and_people_nobody_knows_are_listed() -> None:
    found = read({"房号": "9-999", "处理人": "王五"}, {"受理编号": "T-2", "房号": "1-101", "处理人": "李师傅"})
    assert [(w.row, w.column, w.value, w.code) for w in found.warnings] == [
        (2, "房号", "9-999", Notice.ROOM_AS_PLACE),
        (2, "处理人", "王五", Notice.UNKNOWN_HANDLER),
    ]
    assert [row.values["handler"] for row in found.rows] == [None, "G-007"]
    assert found.rows[0].values["said.handler"] == "王五"


@pytest.mark.parametrize(
    ("row", "handler"),
    [
        ({"处理人": "g-007"}, "G-007"),
        ({"处理人": "沈师傅"}, "G-111"),
        ({"处理人": "沈师傅", "办结时间": None}, None),  # nobody is given work who gets none any more
        ({"处理人": "李师傅", "办结时间": None}, "G-007"),
    ],
)
def test_who_dealt_with_it_is_known_by_number_or_name(row: Mapping[str, Cell], handler: str | None) -> None:
    assert values(row)["handler"] == handler


@pytest.mark.parametrize(
    ("said", "department", "kept"),
    [
        ("保洁部, 12", "cleaning", None),
        ("FORESTRY,", "cleaning", "FORESTRY,"),
        (None, "cleaning", None),
        ("order", "order", None),
    ],
)
def test_a_department_is_known_or_that_of_the_category(said: str | None, department: str, kept: str | None) -> None:
    found = values({"责任部门": said})
    assert (found["department"], found["said.department"]) == (department, kept)


@pytest.mark.parametrize(("said", "name"), [("匿名", None), ("Anonymous", None), ("张三", "张三"), (None, None)])
def test_a_word_for_anonymous_is_no_name(said: str | None, name: str | None) -> None:
    assert values({"投诉人": said})["caller_name"] == name


@pytest.mark.parametrize(
    ("said", "asked"), [("非常满意", "satisfied"), ("不满意", "unsatisfied"), ("未回访", None), (None, None)]
)
def test_satisfaction_is_what_was_said(said: str | None, asked: str | None) -> None:
    assert values({"满意度": said})["satisfaction"] == asked


def test_a_row_that_says_the_same_again_is_left_out_and_one_that_differs_is_named() -> None:
    found = read({}, {}, {"投诉内容": "别的"}, {"办结时间": None, "状态": "已办结"}, {})
    assert (len(found.rows), found.repeats, found.problem_rows, found.data_rows) == (1, ((3, 2), (6, 2)), 2, 5)
    assert [(p.row, p.code, p.fields["limit"]) for p in found.problems] == [
        (4, Trouble.SAME_NUMBER, "2"),
        (5, Trouble.NO_CLOSING_DATE, ""),
    ]
    assert [(w.row, w.code, w.fields["limit"]) for w in found.warnings] == [
        (3, Notice.REPEATED_ROW, 2),
        (6, Notice.REPEATED_ROW, 2),
    ]


def test_rows_without_a_number_are_known_by_all_they_say() -> None:
    found = read({"受理编号": None}, {"受理编号": None}, {"受理编号": None, "投诉内容": "别的"})
    assert (len(found.rows), found.repeats) == (2, ((3, 2),))
    assert {row.key[0] for row in found.rows} == {"row"}
    again = read({"受理编号": None, "投诉内容": "别的"})
    assert again.rows[0].key == found.rows[1].key


def test_a_plan_adds_up_with_the_repeats_and_a_row_that_changed_is_no_change() -> None:
    found = read({}, {}, {"受理编号": "T-2"}, {"受理编号": "T-3"})
    first, second, _ = found.rows
    existing = {
        first.key: ExistingRecord("LH-C260501-001", 1, first.values),
        second.key: ExistingRecord("LH-C260501-002", 1, {}),
    }
    plan = plan_changes(assessment=found, existing=existing)
    assert (len(plan.created), len(plan.unchanged), plan.problem_rows, plan.repeats) == (1, 1, 1, ((3, 2),))
    assert (plan.problems[0].code, plan.problems[0].fields["limit"]) == (Trouble.CASE_ALREADY_THERE, "LH-C260501-002")


def test_what_is_open_old_or_of_a_strange_department_is_said_beforehand() -> None:
    rows: list[Mapping[str, Cell]] = [
        {"受理编号": "1", "办结时间": None},
        {"受理编号": "2", "受理时间": "2020-01-01", "办结时间": "2020-01-02"},
        {"受理编号": "3", "责任部门": "FORESTRY,"},
    ]
    assert read(*rows).notices == (
        FileNotice(Notice.OPEN_CASES, {"count": 1}),
        FileNotice(Notice.SOON_FORGOTTEN, {"count": 1}),
        FileNotice(Notice.UNKNOWN_DEPARTMENTS, {"count": 1}),
    )


def test_a_file_with_hardly_anything_closed_is_asked_for_its_closing_dates() -> None:
    rows = [{"受理编号": str(number), "办结时间": None} for number in range(MOST_OPEN + 1)]
    with pytest.raises(FileRefused) as refused:
        read(*rows)
    assert refused.value.reason is Refusal.MOSTLY_OPEN
    assert len(read(*rows[1:]).rows) == MOST_OPEN


def test_choices_for_a_column_that_is_not_read_are_dropped() -> None:
    sheet = Sheet("", (tuple(PLAIN), tuple(PLAIN.values())))
    mapping = propose_mapping(kind=SPEC, sheet=sheet)
    choices = (Choice("channel", "TWITTER", "website"),)
    assert approve_mapping(kind=SPEC, mapping=mapping, choices=choices).choices == ()
