from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from core.kernel.errors import BusinessError, Problem
from core.kernel.lines import clean_line
from core.surveys.authoring import (
    LONGEST_PASTE,
    LONGEST_TEXT,
    NothingAsked,
    OnlyWordsAsked,
    TitleMissing,
    check_publishable,
    items_text,
    parse_questionnaire_items,
    same_question,
)
from core.surveys.questionnaires import MOST_ITEMS, Choice, Item, ItemKind, ItemRole, Questionnaire

DIMENSIONS = ("service", "price", "Care_2")

WRITTEN = """
# 满意度调查
rating | service+quality | 服务质量 | Quality of service
RATING|SERVICE+Speed|响应速度||
rating | | 总体
rating | +speed | 速度 | Speed
choice | | 您是 | You are | A 业主/Owner; B 租户/Tenant
choice | | 用过 | You used | 2: a、报修；Ｂ：缴费/Paying/online; c游泳池
number | | 年龄 | Age | 0-120
nps | | 推荐 | Recommend
k7: open | | 意见 | Remarks
"""
ITEMS = (
    Item(1, "q1", ItemKind.RATING, "服务质量", "Quality of service", "service", ItemRole.QUALITY),
    Item(2, "q2", ItemKind.RATING, "响应速度", "响应速度", "service", ItemRole.SPEED),
    Item(3, "q3", ItemKind.RATING, "总体", "总体"),
    Item(4, "q4", ItemKind.RATING, "速度", "Speed", "", ItemRole.SPEED),
    Item(
        5,
        "q5",
        ItemKind.CHOICE,
        "您是",
        "You are",
        choices=(Choice("A", "业主", "Owner"), Choice("B", "租户", "Tenant")),
    ),
    Item(
        6,
        "q6",
        ItemKind.CHOICE,
        "用过",
        "You used",
        choices=(Choice("A", "报修", "报修"), Choice("B", "缴费", "Paying/online"), Choice("C", "游泳池", "游泳池")),
        most=2,
    ),
    Item(7, "q7", ItemKind.NUMBER, "年龄", "Age", least=0, most=120),
    Item(8, "q8", ItemKind.NPS, "推荐", "Recommend"),
    Item(9, "k7", ItemKind.OPEN, "意见", "Remarks"),
)


def test_a_questionnaire_is_written_one_item_a_line() -> None:
    assert parse_questionnaire_items(text=WRITTEN, dimensions=DIMENSIONS) == (ITEMS, ())


@pytest.mark.parametrize(
    "text",
    [
        WRITTEN.replace("|", "\t"),
        WRITTEN.replace("|", "｜"),
        WRITTEN.replace("\n", "\r\n"),
        "\ufeff" + WRITTEN,
        WRITTEN.replace("# ", "＃"),
        WRITTEN.replace("0-120", "０～１２０").replace("choice", "ｃｈｏｉｃｅ"),
        WRITTEN.replace("nps | | 推荐 | Recommend", "nps\t\t推荐\tRecommend\t\t\t"),
    ],
)
def test_a_paste_from_a_spreadsheet_and_chinese_signs_are_the_same(text: str) -> None:
    assert parse_questionnaire_items(text=text, dimensions=DIMENSIONS) == (ITEMS, ())


def test_items_are_written_as_they_are_read() -> None:
    assert items_text(ITEMS).splitlines() == [
        "q1: rating | service+quality | 服务质量 | Quality of service",
        "q2: rating | service+speed | 响应速度",
        "q3: rating |  | 总体",
        "q4: rating | +speed | 速度 | Speed",
        "q5: choice |  | 您是 | You are | A 业主/Owner; B 租户/Tenant",
        "q6: choice |  | 用过 | You used | 2: A 报修; B 缴费/Paying/online; C 游泳池",
        "q7: number |  | 年龄 | Age | 0-120",
        "q8: nps |  | 推荐 | Recommend",
        "k7: open |  | 意见 | Remarks",
    ]
    assert items_text(()) == ""


@pytest.mark.parametrize(
    ("line", "code", "fields"),
    [
        ("stars | | 好", "unknown_kind", {"value": "stars"}),
        ("7: rating | | 好", "unknown_kind", {"value": "7: rating"}),
        ("| | 好", "unknown_kind", {"value": ""}),
        ("rating", "no_text", {}),
        ("rating | service | | Good", "no_text", {}),
        ("rating | charm | 好", "unknown_dimension", {"value": "charm", "known": "service, price, Care_2"}),
        ("rating | service+fast | 好", "unknown_role", {"value": "fast"}),
        ("rating | service+quality+speed | 好", "unknown_role", {"value": "quality+speed"}),
        ("open | service | 好", "not_asked", {"value": "service"}),
        ("rating | service | 好 | Good | 1-5", "not_asked", {"value": "1-5"}),
        ("number | | 年龄 | Age | 0-9 | | more", "not_asked", {"value": "more"}),
        ("number | | 年龄", "bounds_unreadable", {"value": ""}),
        ("number | | 年龄 | | 5", "bounds_unreadable", {"value": "5"}),
        ("number | | 年龄 | | 5-5", "bounds_unreadable", {"value": "5-5"}),
        ("number | | 年龄 | | 9-5", "bounds_unreadable", {"value": "9-5"}),
        ("number | | 年龄 | | 0-1000000", "bounds_unreadable", {"value": "0-1000000"}),
        ("choice | | 您是", "choices_unreadable", {"value": ""}),
        ("choice | | 您是 | | A 业主", "choices_unreadable", {"value": "A 业主"}),
        ("choice | | 您是 | | A 业主; A 租户", "choices_unreadable", {"value": "A 业主; A 租户"}),
        ("choice | | 您是 | | A 业主; 租户", "choices_unreadable", {"value": "租户"}),
        ("choice | | 您是 | | A 业主; Tenant", "choices_unreadable", {"value": "Tenant"}),
        ("choice | | 您是 | | A 业主; B /Tenant", "choices_unreadable", {"value": "B /Tenant"}),
        ("choice | | 您是 | | 0: A 业主; B 租户", "choices_unreadable", {"value": "0: A 业主; B 租户"}),
        ("choice | | 您是 | | 3: A 业主; B 租户", "choices_unreadable", {"value": "3: A 业主; B 租户"}),
        ("choice | | 您是 | | A 业主; B " + "字" * 201, "too_long", {"longest": LONGEST_TEXT}),
        ("choice | | 您是 | | A 业主; B 租户/" + "x" * 201, "too_long", {"longest": LONGEST_TEXT}),
        ("rating | | " + "字" * 201, "too_long", {"longest": LONGEST_TEXT}),
        ("rating | | 好 | " + "x" * 201, "too_long", {"longest": LONGEST_TEXT}),
    ],
)
def test_a_wrong_line_is_told_and_the_others_are_read(line: str, code: str, fields: dict[str, str | int]) -> None:
    items, problems = parse_questionnaire_items(text=f"rating||一\n\n{line}\nnps||三", dimensions=DIMENSIONS)
    assert problems == (Problem(f"surveys.item.{code}", fields | {"line": 3}),)
    assert [(item.position, item.code, item.text_zh) for item in items] == [(1, "q1", "一"), (3, "q3", "三")]


def test_texts_of_the_longest_kind_are_taken() -> None:
    items, problems = parse_questionnaire_items(text=f"open||{'字' * 200}|{'x' * 200}", dimensions=())
    assert (len(items), problems) == (1, ())


@pytest.mark.parametrize("text", ["", "\n \n", "# only a remark", "\ufeff"])
def test_a_text_without_items_is_told(text: str) -> None:
    assert parse_questionnaire_items(text=text, dimensions=DIMENSIONS) == (
        (),
        (Problem("surveys.item.no_items", {"line": 1}),),
    )


def test_a_code_twice_is_told_at_its_second_line() -> None:
    text = "a1: open||一\nb1: open||二\nA1： open||三"
    items, problems = parse_questionnaire_items(text=text, dimensions=())
    assert [item.code for item in items] == ["a1", "b1", "a1"]
    assert problems == (Problem("surveys.item.code_twice", {"line": 3, "item": "a1"}),)


def test_a_line_put_between_others_gets_a_code_nobody_has() -> None:
    text = "q1: open||一\nopen||二\nq2: open||三\nopen||四\nq4: open||五"
    items, problems = parse_questionnaire_items(text=text, dimensions=())
    assert [item.code for item in items] == ["q1", "q3", "q2", "q5", "q4"]
    assert problems == ()


def test_more_than_the_most_items_are_cut_off_and_told() -> None:
    exact = "# first\n" + "open||一\n" * MOST_ITEMS
    items, problems = parse_questionnaire_items(text=exact, dimensions=())
    assert (len(items), problems) == (MOST_ITEMS, ())
    items, problems = parse_questionnaire_items(text=exact + "open||一\nstars", dimensions=())
    assert len(items) == MOST_ITEMS
    assert problems == (Problem("surveys.item.too_many", {"line": MOST_ITEMS + 2, "most": MOST_ITEMS}),)


def test_a_text_without_end_is_not_read() -> None:
    problem = Problem("surveys.item.text_too_long", {"line": 1, "longest": LONGEST_PASTE})
    assert parse_questionnaire_items(text="#" * (LONGEST_PASTE + 1), dimensions=()) == ((), (problem,))
    problem = Problem("surveys.item.no_items", {"line": 1})
    assert parse_questionnaire_items(text="#" * LONGEST_PASTE, dimensions=()) == ((), (problem,))


def test_problems_go_by_line() -> None:
    text = "a: open||一\na: open||二\nstars\n" + "open||一\n" * MOST_ITEMS
    _, problems = parse_questionnaire_items(text=text, dimensions=())
    assert [problem.fields["line"] for problem in problems] == [2, 3, MOST_ITEMS + 1]


LINES = st.lists(
    st.lists(st.text("q1:;；/／|｜\t2 ABＡa业主.、：#+-0 9\u200b", max_size=10), max_size=6).map("|".join)
    | st.tuples(st.sampled_from(["rating|service+speed", "choice|", "number|", "a1: open|"]), st.text(max_size=20)).map(
        "|".join
    )
    | st.text("ABC业/;：. 2", max_size=20).map("choice||问|Q|2:A 业;B 租;C".__add__)
).map("\n".join)


@given(text=st.text() | LINES)
@example(text="choice||问||A ../x; B、 .y/")
@example(text="number||问||007-08")
def test_any_text_at_all_is_read_and_written_back_the_same(text: str) -> None:
    items, problems = parse_questionnaire_items(text=text, dimensions=DIMENSIONS)
    lines = [int(problem.fields["line"]) for problem in problems]
    assert lines == sorted(lines)
    assert all(1 <= line <= text.count("\n") + len(text.splitlines()) + 1 for line in lines)
    assert items or problems
    if not problems:
        assert parse_questionnaire_items(text=items_text(items), dimensions=DIMENSIONS) == (items, ())


TEXTS = st.text("业主aB9 .、:()-+#", min_size=1, max_size=10).map(clean_line).filter(bool)
NAMES = st.text("业主aB9", min_size=1, max_size=5)


@st.composite
def questions(draw: st.DrawFn) -> Item:
    kind = draw(st.sampled_from(ItemKind))
    item = Item(0, "", kind, draw(TEXTS), draw(TEXTS))
    if kind is ItemKind.RATING:
        return replace(item, dimension=draw(st.sampled_from(["", *DIMENSIONS])), role=draw(st.sampled_from(ItemRole)))
    if kind is ItemKind.NUMBER:
        least = draw(st.integers(0, 999_998))
        return replace(item, least=least, most=draw(st.integers(least + 1, 999_999)))
    if kind is ItemKind.CHOICE:
        letters = draw(st.lists(st.sampled_from("ABCDEFXYZ"), min_size=2, unique=True))
        choices = tuple(Choice(letter, draw(NAMES), draw(TEXTS)) for letter in letters)
        return replace(item, choices=choices, most=draw(st.integers(1, len(letters))))
    return item


@given(st.lists(questions(), min_size=1, max_size=8))
def test_what_is_written_is_read_the_same(drawn: list[Item]) -> None:
    items = tuple(replace(item, position=at, code=f"k{at}") for at, item in enumerate(drawn, start=1))
    assert parse_questionnaire_items(text=items_text(items), dimensions=DIMENSIONS) == (items, ())


def test_signs_that_part_become_blanks_in_a_text() -> None:
    choices = (Choice("A", ".甲/乙;丙", "a/b;c|d"), Choice("B", "x｜y", "z"))
    item = Item(1, "q1", ItemKind.CHOICE, "一|二\n三", "one | two", choices=choices)
    assert items_text((item,)) == "q1: choice |  | 一 二 三 | one two | A 甲 乙 丙/a/b c d; B x y/z"


PAPER = Questionnaire("home", 1, "满意度调查", "Survey", ITEMS)


@pytest.mark.parametrize(
    ("questionnaire", "refusal"),
    [
        (replace(PAPER, items=()), NothingAsked),
        (replace(PAPER, title_zh=" \u200b "), TitleMissing),
        (replace(PAPER, items=ITEMS[-1:]), OnlyWordsAsked),
    ],
)
def test_what_nobody_could_answer_or_count_is_not_published(
    questionnaire: Questionnaire, refusal: type[BusinessError]
) -> None:
    with pytest.raises(refusal):
        check_publishable(questionnaire)


def test_one_closed_item_and_a_chinese_title_are_enough() -> None:
    check_publishable(replace(PAPER, items=ITEMS[-2:], title_en=""))


ASKED = ITEMS[5]


@pytest.mark.parametrize(
    "other",
    [
        replace(ASKED, position=1),
        replace(ASKED, text_zh="别的", text_en="other"),
        replace(ASKED, choices=tuple(Choice(choice.letter, "x", "y") for choice in reversed(ASKED.choices))),
    ],
)
def test_wording_and_position_do_not_make_another_question(other: Item) -> None:
    assert same_question(ASKED, other)
    assert same_question(other, ASKED)


@pytest.mark.parametrize(
    "other",
    [
        replace(ASKED, code="q7"),
        replace(ASKED, kind=ItemKind.OPEN),
        replace(ASKED, dimension="price"),
        replace(ASKED, role=ItemRole.SPEED),
        replace(ASKED, choices=ASKED.choices[:2]),
        replace(ASKED, least=1),
        replace(ASKED, most=1),
    ],
)
def test_anything_else_makes_another_question(other: Item) -> None:
    assert not same_question(ASKED, other)
