"""Survey forms in a file: one column for each item, read by its rules (R-137, R-139, R-146 to R-148; U4)."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import pytest

from core.imports.assess import assess
from core.imports.changes import ExistingRecord, plan_changes
from core.imports.codes import FileRefused, Notice, Refusal, Trouble
from core.imports.header import approve_mapping, propose_mapping
from core.imports.kinds import KINDS, spec_of
from core.imports.recodes import recode_key, recodes_from, whole_number
from core.imports.references import references_of
from core.imports.rows import Assessment
from core.imports.specs import ImportKind, KindSpec, ParsedRow
from core.imports.survey_rows import answer_values, answers_of, item_field, survey_spec
from core.imports.text import Cell, Reading
from core.surveys.questionnaires import Choice, Item, ItemKind
from core.surveys.rounds import Channel
from tests.core.imports.files import Rows, read_cells, read_rows

LETTERS = tuple(Choice(letter, f"选{letter}", f"Option {letter}") for letter in "ABC")
SERVICE = Item(1, "service", ItemKind.RATING, "您对物业服务是否满意？", "Are you satisfied with the service?")
WHY = Item(2, "why", ItemKind.CHOICE, "为什么", "Why", choices=LETTERS, most=2)
YEARS = Item(3, "years", ItemKind.NUMBER, "居住年数", "Years lived here", least=-1, most=60)
ADVISE = Item(4, "advise", ItemKind.NPS, "您会推荐吗", "Would you recommend us?")
WORDS = Item(5, "words", ItemKind.OPEN, "意见", "Suggestions")
ITEMS = (SERVICE, WHY, YEARS, ADVISE, WORDS)
HEADING = ("编号", "房号", "日期", "渠道", "身份", "调查员", "service", "why", "years", "advise", "words")
FORM = ("7", "3-1-1202", "2026-10-05", "上门", "业主", "李四", "5", "b、a", "12", "9", "电梯慢")


def spec_with(*items: Item, channels: tuple[Channel, ...] = tuple(Channel)) -> KindSpec:
    first, last = date(2026, 10, 1), date(2026, 10, 31)
    return survey_spec(items=items, estate="lh", first_day=first, last_day=last, channels=channels)


SPEC = spec_with(*ITEMS)


def read(item: Item, cell: Cell) -> Reading:
    column = spec_with(item).column(item_field(item.position))
    assert column is not None
    return column.read(cell)


def assessed(
    rows: Rows, *, spec: KindSpec = SPEC, recodes: tuple[str, ...] = (), constants: Mapping[str, str] | None = None
) -> Assessment:
    sheet = read_rows(rows)
    proposed = propose_mapping(kind=spec, sheet=sheet)
    mapping = approve_mapping(kind=spec, mapping=proposed, constants=constants, recodes=recodes)
    known = references_of(estates=(), units=[("LH", "3-1-1202"), ("LH", "3-1-1203")])
    return assess(kind=spec, sheet=sheet, mapping=mapping, references=known)


def form(**cells: str) -> tuple[str, ...]:
    return tuple(cells.get(name, value) for name, value in zip(HEADING, FORM, strict=True))


def troubles(rows: Rows, **more: Any) -> list[tuple[int, str, str, str, object]]:
    return [(p.row, p.column, p.value, p.code, p.fields["limit"]) for p in assessed(rows, **more).problems]


def test_a_form_is_read_with_all_it_says() -> None:
    assert assessed([HEADING, FORM]).rows == (
        ParsedRow(
            2,
            ("form", "7"),
            {
                "form_number": "7",
                "unit": "3-1-1202",
                "collected_on": date(2026, 10, 5),
                "channel": "interview",
                "customer_group": "owner",
                "collector": "李四",
                "item.1": 5,
                "item.2": "AB",
                "item.3": 12,
                "item.4": 9,
                "item.5": "电梯慢",
            },
        ),
    )


@pytest.mark.parametrize(
    ("item", "cell", "value"),
    [
        *((SERVICE, cell, 4) for cell in (4, 4.0, "4", "4.0", "４", " 4 ", "4.")),
        (SERVICE, "  ", None),
        (ADVISE, 0, 0),
        (ADVISE, "10", 10),
        (YEARS, "-1", -1),
        (YEARS, "＋6", 6),
        *((WHY, cell, "AC") for cell in ("ac", "CA", "A,C", "Ｃ、Ａ", "A C", "c;a")),
        (WHY, "", None),
        (WORDS, "无", "无"),
        (WORDS, " 多\n 种树 ", "多 种树"),
        (WORDS, 5, "5"),
        (WORDS, "x" * 1000, "x" * 1000),
    ],
)
def test_answers_come_in_many_spellings(item: Item, cell: Cell, value: object) -> None:
    assert read(item, cell) == Reading(value)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("item", "cell", "trouble", "limit"),
    [
        *((SERVICE, cell, Trouble.NOT_AN_ANSWER, "1–5") for cell in ("6", 0, "4.5", 4.5, "NA", "五", "1e0", 1e300)),
        (SERVICE, True, Trouble.WRONG_TYPE, ""),
        (SERVICE, datetime(2026, 5, 4), Trouble.WRONG_TYPE, ""),
        (SERVICE, "#N/A", Trouble.ERROR_VALUE, "#N/A"),
        (ADVISE, 11, Trouble.NOT_AN_ANSWER, "0–10"),
        (YEARS, "-2", Trouble.NOT_AN_ANSWER, "-1–60"),
        *((WHY, cell, Trouble.NOT_AN_ANSWER, "ABC") for cell in ("D", "ABC", "AA", "1", 1, "/")),
        (WHY, date(2026, 5, 4), Trouble.WRONG_TYPE, ""),
        (WHY, "A\x00", Trouble.CONTROL_CHARACTER, ""),
        (WORDS, "x" * 1001, Trouble.TOO_LONG, "1000"),
    ],
)
def test_what_is_no_answer_to_the_item_is_refused(item: Item, cell: Cell, trouble: Trouble, limit: str) -> None:
    """U4: a score of 6, half a mark, words in a number question."""
    assert read(item, cell) == Reading(trouble=trouble, limit=limit)


def test_a_value_out_of_range_names_row_column_and_value() -> None:
    assert troubles([HEADING, FORM, form(编号="8", service="6")]) == [(3, "service", "6", Trouble.NOT_AN_ANSWER, "1–5")]


def test_a_declared_value_means_no_answer_but_never_where_it_is_one() -> None:
    """``9`` empties a mark and stays a recommendation of 9; ``a`` is a letter of the choice, ``NA`` is none."""
    rows = [HEADING, form(service="9", why="NA", years="9.0", advise="9", words="na"), form(编号="8", why="a")]
    first, second = assessed(rows, recodes=("9", "NA", "a", "-")).rows
    assert answers_of(first.values) == {3: 9, 4: 9}
    assert first.values["item.1"] is None
    assert answers_of(second.values) == {1: 5, 2: "A", 3: 12, 4: 9, 5: "电梯慢"}


def test_an_undeclared_value_is_a_problem_and_a_declared_one_speaks_of_answers_only() -> None:
    assert [row[:4] for row in troubles([HEADING, form(service="9")])] == [(2, "service", "9", Trouble.NOT_AN_ANSWER)]
    row = assessed([HEADING, form(编号="9", service="９")], recodes=("9",)).rows[0]
    assert (row.key, row.values["item.1"]) == (("form", "9"), None)


@pytest.mark.parametrize("cell", ["9", "9.0", "９", 9, 9.0, " 9 ", "+9"])
def test_a_declared_number_is_known_however_it_is_written(cell: Cell) -> None:
    assert recode_key(cell) == "9"


@pytest.mark.parametrize(("text", "number"), [("-3", -3), ("4.00", 4), ("4.5", None), ("", None), ("a", None)])
def test_whole_numbers_are_told_from_other_texts(text: str, number: int | None) -> None:
    assert whole_number(text) == number


def test_declared_values_are_typed_with_commas_between() -> None:
    assert recodes_from(" 9,NA， don't know；-、9\n\n") == ("9", "NA", "don't know", "-")
    assert recodes_from("  ") == ()
    assert recode_key("Don't  Know") == recode_key("don'tknow")


@pytest.mark.parametrize("recodes", [tuple(map(str, range(21))), ("x" * 41,)])
def test_too_many_or_too_long_declared_values_are_refused(recodes: tuple[str, ...]) -> None:
    with pytest.raises(FileRefused) as refused:
        assessed([HEADING, FORM], recodes=recodes)
    assert (refused.value.reason, refused.value.fields) == (Refusal.BAD_MAPPING, {"field": "recodes"})


def test_a_form_without_any_answer_is_a_problem() -> None:
    empty = form(service="9", why="", years="NA", advise="NA", words=" ")
    assert troubles([HEADING, empty], recodes=("9", "NA")) == [(2, "", "", Trouble.NOTHING_ANSWERED, "")]


def test_a_number_that_comes_twice_is_a_problem_and_forms_without_one_are_known_by_their_row() -> None:
    rows = [HEADING, form(编号="a1"), form(编号="Ａ 1"), form(编号=""), form(编号="")]
    result = assessed(rows)
    assert [(p.row, p.code, p.fields["limit"]) for p in result.problems] == [(3, Trouble.DUPLICATE, "2")]
    assert [row.key for row in result.rows] == [("form", "a1"), ("row", "4"), ("row", "5")]


def test_a_number_longer_than_can_be_kept_is_refused() -> None:
    assert [row[3:] for row in troubles([HEADING, form(编号="1" * 41)])] == [(Trouble.TOO_LONG, "40")]
    grows_when_folded = "\N{SQUARE CORPORATION}" * 11
    assert [row[3:] for row in troubles([HEADING, form(编号=grows_when_folded)])] == [(Trouble.TOO_LONG, "40")]


def test_an_unknown_unit_is_a_problem_and_no_unit_is_an_anonymous_form() -> None:
    rows = [HEADING, form(房号="3-1-9999"), form(编号="8", 房号="")]
    result = assessed(rows)
    assert [(p.row, p.column, p.value, p.code) for p in result.problems] == [
        (2, "房号", "3-1-9999", Trouble.UNKNOWN_UNIT)
    ]
    assert result.rows[0].values["unit"] is None


def test_a_second_form_of_a_unit_is_looked_at_without_naming_it() -> None:
    """R-147; the unit must not stand beside what was answered."""
    warnings = assessed([HEADING, FORM, form(编号="8"), form(编号="9", 房号="3-1-1203")]).warnings
    assert [(w.row, w.column, w.value, w.code, w.fields["limit"]) for w in warnings] == [
        (3, "房号", "", Notice.UNIT_AGAIN, 2)
    ]


def test_a_unit_read_from_a_number_is_not_shown_either() -> None:
    sheet = read_cells([HEADING, (*FORM[:1], 1202, *FORM[2:])])
    mapping = approve_mapping(kind=SPEC, mapping=propose_mapping(kind=SPEC, sheet=sheet))
    known = references_of(estates=(), units=[("lh", "1202")])
    found = assess(kind=SPEC, sheet=sheet, mapping=mapping, references=known)
    assert [(w.code, w.value) for w in found.warnings] == [(Notice.NUMERIC_CODE, "")]


@pytest.mark.parametrize("day", ["2026-09-30", "2026-11-01"])
def test_a_form_from_outside_the_round_is_a_problem(day: str) -> None:
    """R-136."""
    limit = "2026-10-01 – 2026-10-31"
    assert troubles([HEADING, form(日期=day)]) == [(2, "日期", day, Trouble.OUTSIDE_ROUND, limit)]


@pytest.mark.parametrize(("day", "trouble"), [("2026-10-01", None), ("2026-10-31", None), ("x", Trouble.NOT_A_DATE)])
def test_the_first_and_last_day_belong_to_the_round(day: str, trouble: Trouble | None) -> None:
    assert [row[3] for row in troubles([HEADING, form(日期=day)])] == ([trouble] if trouble else [])


@pytest.mark.parametrize(
    ("word", "channel"),
    [
        *((word, "online") for word in ("网上", "在线", "Web", "线上", "online")),
        *((word, "interview") for word in ("上门", "访谈", "Interview")),
        *((word, "phone") for word in ("电话", "Phone")),
        *((word, "paper") for word in ("纸质", "纸", "Paper", "Mail", "邮寄")),
    ],
)
def test_channels_are_known_by_many_words(word: str, channel: str) -> None:
    """R-146."""
    assert assessed([HEADING, form(渠道=word)]).rows[0].values["channel"] == channel


def test_a_channel_the_round_does_not_use_and_an_unknown_word_are_problems() -> None:
    spec = spec_with(*ITEMS, channels=(Channel.PAPER, Channel.PHONE))
    rows = [HEADING, form(渠道="网上"), form(编号="8", 渠道="飞鸽"), form(编号="9", 渠道="纸质")]
    result = assessed(rows, spec=spec)
    assert [(p.row, p.column, p.value, p.code) for p in result.problems] == [
        (2, "渠道", "网上", Trouble.UNKNOWN_WORD),
        (3, "渠道", "飞鸽", Trouble.UNKNOWN_WORD),
    ]
    channel = spec.column("channel")
    assert channel is not None
    assert (channel.options, channel.suggested) == ((Channel.PHONE, Channel.PAPER), "phone")


def test_day_and_channel_may_be_given_once_for_the_whole_file() -> None:
    rows = [("编号", "service", "why"), ("1", "4", "A")]
    constants = {"collected_on": "2026-10-09", "channel": "paper", "customer_group": "tenant"}
    values = assessed(rows, constants=constants).rows[0].values
    given = [values[field] for field in ("collected_on", "channel", "customer_group")]
    assert given == [date(2026, 10, 9), "paper", "tenant"]


@pytest.mark.parametrize(
    ("constants", "reason", "field"),
    [
        ({"collected_on": "2026-10-09"}, Refusal.MISSING_COLUMNS, {"columns": "channel"}),
        ({"collected_on": "2026-12-09", "channel": "paper"}, Refusal.BAD_MAPPING, {"field": "collected_on"}),
    ],
)
def test_a_day_outside_the_round_or_none_at_all_refuses_the_file(
    constants: dict[str, str], reason: Refusal, field: dict[str, str]
) -> None:
    with pytest.raises(FileRefused) as refused:
        assessed([("编号", "service", "why"), ("1", "4", "A")], constants=constants)
    assert (refused.value.reason, refused.value.fields) == (reason, field)


def fields_of(spec: KindSpec, *heading: str) -> list[str | None]:
    return [column.field for column in propose_mapping(kind=spec, sheet=read_rows([heading, heading])).columns]


def test_items_are_known_by_code_and_by_their_texts_in_both_languages() -> None:
    heading = ("id", "Are you satisfied with the service ?", "为什么", "YEARS", "您会推荐吗（0–10）", "渠道", "意见")
    assert fields_of(SPEC, *heading) == ["form_number", "item.1", "item.2", "item.3", "item.4", "channel", "item.5"]


def test_a_heading_two_columns_could_claim_belongs_to_neither() -> None:
    east = Item(1, "a", ItemKind.RATING, "电梯（东）", "Lift")
    west = Item(2, "b", ItemKind.RATING, "电梯（西）", "Lift")
    channel = Item(3, "date", ItemKind.RATING, "渠道", "")
    spec = spec_with(east, west, channel)
    assert fields_of(spec, "电梯(西)", "电梯(东)", "电梯", "Lift", "渠道") == [
        "item.2",
        "item.1",
        None,
        None,
        "channel",
    ]
    titles = {column.field: column.titles for column in spec.columns}
    assert [titles[f"item.{number}"] for number in (1, 2, 3)] == [
        ("电梯（东）", "a"),
        ("电梯（西）", "b"),
        ("date", "date"),
    ]
    assert titles["channel"] == ("", "")


def test_every_title_of_an_item_is_read_back_as_that_item() -> None:
    for language in (0, 1):
        columns = [column for column in SPEC.columns if column.recodable]
        titles = [column.titles[language] for column in columns]
        assert fields_of(SPEC, *titles) == [column.field for column in columns]


def record(values: Mapping[str, object]) -> ExistingRecord:
    return ExistingRecord("17", 1, values)  # type: ignore[arg-type]


STORED = {"form_number": "7", "unit": "3-1-1202", "collected_on": date(2026, 10, 5), "channel": "interview"} | {
    "customer_group": "owner",
    "collector": "李四",
    **answer_values({1: 5, 2: "AB", 3: 12, 4: 9, 5: "电梯慢"}),
}


@pytest.mark.parametrize(
    ("cells", "stored", "same"),
    [
        ({}, STORED, True),
        ({"身份": "", "调查员": ""}, STORED, True),
        ({"service": "4"}, STORED, False),
        ({"service": ""}, STORED, False),
        ({"渠道": "电话"}, STORED, False),
        ({}, {name: value for name, value in STORED.items() if name != "item.5"}, False),
        ({}, {}, False),
    ],
)
def test_a_form_on_file_is_never_changed(cells: dict[str, str], stored: dict[str, object], same: bool) -> None:
    plan = plan_changes(assessment=assessed([HEADING, form(**cells)]), existing={("form", "7"): record(stored)})
    assert (plan.created, plan.changed) == ((), ())
    assert len(plan.unchanged) == same
    found = [(p.row, p.code, p.fields["limit"]) for p in plan.problems]
    assert found == ([] if same else [(2, Trouble.ALREADY_THERE, "17")])


def test_a_kind_that_belongs_to_a_round_is_not_named_alone() -> None:
    assert spec_of(ImportKind.UNITS) is KINDS[ImportKind.UNITS]
    assert spec_of(SPEC) is SPEC
    with pytest.raises(ValueError, match="target"):
        spec_of(ImportKind.SURVEY_RESPONSES)


def test_a_round_without_channels_offers_none() -> None:
    column = spec_with(SERVICE, channels=()).column("channel")
    assert column is not None
    assert (column.options, column.suggested) == ((), "")
