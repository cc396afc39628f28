from dataclasses import fields, replace
from datetime import UTC, datetime
from itertools import groupby, pairwise
from typing import Any

import pytest
from docx.document import Document
from docx.oxml.ns import qn
from docx.table import Table

from core.documents.survey_report import BAR_FILLS, BAR_UNITS, survey_report_docx
from core.documents.survey_report_parts import (
    CallBacks,
    Counts,
    DimensionLine,
    Figure,
    GroupLine,
    Groups,
    ItemLine,
    MeasureLine,
    ReportWords,
    RoundLine,
    SurveyReport,
    TagLine,
    ThirdPartyLine,
)
from core.documents.word import TEXT_WIDTH
from tests.core.documents.paper import cells_of, fields_of, opened, rows_of, texts_of, widths_of

MADE = datetime(2026, 11, 21, 0, 30, tzinfo=UTC)
MARKS = ("非常满意", "比较满意", "一般", "不太满意", "非常不满意")
WORDS = ReportWords(MARKS, *(f"<{one.name}>" for one in fields(ReportWords)[1:]))
SMALL = SurveyReport("Report", "锦绣花园", "2026", "2026-11-21 08:30", (), ())
FULL = SurveyReport(
    title="2026年第四季度客户满意度报告",
    estate="锦绣花园",
    period="2026年第四季度",
    as_of="2026-11-21 08:30",
    rounds=(RoundLine("第四季度调查", "11月", "500", "166", "33.2 %"),),
    figures=(
        Figure("CSI", "82.4", "±2.1", "166"),
        Figure("达标率", "78.3 %", "72.1–84.5 %", "1,992", "低于 90 %"),
        Figure("NPS", "+23", "±11", "160"),
        Figure("CS", "4.05", "±0.12", "165", "重构"),
    ),
    dimensions=(DimensionLine("服务", "4.1", "332", "+0.2"), DimensionLine("价格", "3.9", "330", "不可比：题目不同")),
    items=(
        ItemLine("维修质量", "4.0", "78.3 %", "10", counts=(4, 3, 2, 1, 0)),
        ItemLine("响应速度", "2.9", "40.0 %", "166", low=True, counts=(20, 40, 60, 30, 16)),
        ItemLine("电梯", "–", "–", "<5"),
        ItemLine("无人回答", "n/a", "n/a", "0", counts=(0, 0, 0, 0, 0)),
    ),
    warnings=("样本量不足", "回收不均衡"),
    groups=(
        Groups(
            "按楼栋", (GroupLine("1号楼", "4.2", "80.0 %", "60"), GroupLine("2号楼", "–", "–", "<5")), "少于 5 人不显示"
        ),
        Groups("按客户类型", (GroupLine("业主", "4.2", "81.0 %", "61"),)),
    ),
    tags=(TagLine("电梯", "23"), TagLine("停车", "18")),
    third_party=(ThirdPartyLine("物业协会", "2026-09-30", "总体", "85.2", "82.4", "抽样"),),
    call_backs=CallBacks("23", "20", "18", "11"),
    measures=(
        MeasureLine("M-12", "电梯响应慢", "执行", "2026-11-10", "3.2", "–", "–", overdue=True),
        MeasureLine("M-13", "公告不及时", "检查", "2026-12-10", "3.8", "4.1", "+7.9 %"),
    ),
    advice=("优先改进响应速度", "增加入户访问"),
    note="王芳 · No. 17",
)  # fmt: skip


def document(report: SurveyReport = FULL, made_at: datetime = MADE) -> Document:
    return opened(survey_report_docx(report=report, words=WORDS, made_at=made_at))


def chapter(report: SurveyReport, title: str) -> list[list[str]]:
    """The table under a heading."""
    blocks = list(document(report).iter_inner_content())
    at = next(number for number, block in enumerate(blocks) if getattr(block, "text", "") == title)
    table = blocks[at + 1]
    assert isinstance(table, Table)
    return rows_of(table)


def headings(report: SurveyReport) -> list[str]:
    return [p.text for p in document(report).paragraphs if p.style is not None and p.style.name == "Heading 2"]


def test_two_calls_give_the_same_bytes() -> None:
    made = [survey_report_docx(report=FULL, words=WORDS, made_at=MADE) for _ in range(2)]
    assert made[0] == made[1]


def test_the_report_goes_from_the_sample_over_results_to_advice() -> None:
    assert headings(FULL) == [
        "<rounds>", "<figures>", "<warnings>", "<dimensions>", "<items>", "<distribution>", "按楼栋", "按客户类型",
        "<tags>", "<third_party>", "<call_backs>", "<measures>", "<advice>",
    ]  # fmt: skip
    assert [p.text for p in document().paragraphs[:2]] == [FULL.title, "锦绣花园  ·  2026年第四季度"]


def test_what_is_empty_is_left_out_with_its_heading() -> None:
    assert headings(SMALL) == []
    assert document(SMALL).tables == []
    assert [text for text in texts_of(document(SMALL)) if text] == ["Report", "锦绣花园  ·  2026"]


@pytest.mark.parametrize(
    ("title", "rows"),
    [
        (
            "<rounds>",
            [
                ["<round>", "<period>", "<sent>", "<returned>", "<response_rate>"],
                ["第四季度调查", "11月", "500", "166", "33.2 %"],
            ],
        ),
        (
            "<figures>",
            [
                ["<figure>", "<value>", "<margin>", "<n>", "<remark>"],
                ["CSI", "82.4", "±2.1", "166", ""],
                ["达标率", "78.3 %", "72.1–84.5 %", "1,992", "低于 90 %"],
                ["NPS", "+23", "±11", "160", ""],
                ["CS", "4.05", "±0.12", "165", "重构"],
            ],
        ),
        (
            "<dimensions>",
            [
                ["<dimension>", "<mean>", "<n>", "<change>"],
                ["服务", "4.1", "332", "+0.2"],
                ["价格", "3.9", "330", "不可比：题目不同"],
            ],
        ),
        (
            "<items>",
            [
                ["<item>", "<mean>", "<share>", "<n>", "<low>"],
                ["维修质量", "4.0", "78.3 %", "10", ""],
                ["响应速度", "2.9", "40.0 %", "166", "<low>"],
                ["电梯", "–", "–", "<5", ""],
                ["无人回答", "n/a", "n/a", "0", ""],
            ],
        ),
        (
            "按楼栋",
            [
                ["<group>", "<mean>", "<share>", "<n>"],
                ["1号楼", "4.2", "80.0 %", "60"],
                ["2号楼", "–", "–", "<5"],
            ],
        ),
        ("按客户类型", [["<group>", "<mean>", "<share>", "<n>"], ["业主", "4.2", "81.0 %", "61"]]),
        ("<tags>", [["<tag>", "<count>"], ["电梯", "23"], ["停车", "18"]]),
        (
            "<third_party>",
            [
                ["<body>", "<measured_on>", "<subject>", "<score>", "<own_score>", "<remark>"],
                ["物业协会", "2026-09-30", "总体", "85.2", "82.4", "抽样"],
            ],
        ),
        ("<call_backs>", [["<opened>", "<in_time>", "<reached>", "<recovered>"], ["23", "20", "18", "11"]]),
        (
            "<measures>",
            [
                ["<number>", "<problem>", "<stage>", "<deadline>", "<before>", "<after>", "<effect>"],
                ["M-12", "电梯响应慢", "执行", "2026-11-10\n<overdue>", "3.2", "–", "–"],
                ["M-13", "公告不及时", "检查", "2026-12-10", "3.8", "4.1", "+7.9 %"],
            ],
        ),
    ],
)
def test_a_chapter_is_a_table_of_its_lines(title: str, rows: list[list[str]]) -> None:
    assert chapter(FULL, title) == rows


def test_warnings_advice_and_remarks_are_sentences() -> None:
    told = [p.text for p in document().paragraphs if p.text]
    for sentence in ("▲ 样本量不足", "▲ 回收不均衡", "少于 5 人不显示", "1  优先改进响应速度", "2  增加入户访问"):
        assert told.count(sentence) == 1
    assert told.index("少于 5 人不显示") == told.index("按楼栋") + 1


def test_the_foot_says_as_of_when_who_and_which_page() -> None:
    data = survey_report_docx(report=FULL, words=WORDS, made_at=MADE)
    assert texts_of(opened(data).sections[0].footer) == ["<as_of> 2026-11-21 08:30  ·  王芳 · No. 17", " / "]
    assert fields_of(data) == ["PAGE", "NUMPAGES"]
    assert texts_of(document(SMALL).sections[0].footer)[0] == "<as_of> 2026-11-21 08:30"
    about = opened(data).core_properties
    assert (about.title, about.comments, about.created) == (FULL.title, FULL.note, MADE)


def test_every_table_is_as_wide_as_the_text_and_its_head_comes_again() -> None:
    tables = document().tables
    assert len(tables) == 11
    for table in tables:
        assert widths_of(table) == {(TEXT_WIDTH, TEXT_WIDTH, TEXT_WIDTH)}
        heads = [row._tr.find(f".//{qn('w:tblHeader')}") is not None for row in table.rows]
        assert heads == [True] + [False] * (len(heads) - 1)


def test_figures_stand_right_and_words_left() -> None:
    tables = {rows_of(table)[0][0]: table for table in document().tables}
    aligned = {
        name: [cell.paragraphs[0].alignment for cell in tables[name].rows[1].cells]
        for name in ("<round>", "<figure>", "<tag>", "<number>")
    }
    assert aligned == {
        "<round>": [None, None, 2, 2, 2],
        "<figure>": [None, 2, 2, 2, None],
        "<tag>": [None, 2],
        "<number>": [None, None, None, None, 2, 2, 2],
    }


def test_low_and_overdue_are_red_and_said_in_words() -> None:
    red = [
        run.text
        for table in document().tables
        for row in table.rows
        for cell in cells_of(row)
        for run in cell.paragraphs[0].runs
        if str(run.font.color.rgb) == "B00020"
    ]
    assert red == ["<low>", "2026-11-10\n<overdue>"]


def bars(report: SurveyReport) -> list[list[tuple[str, int]]]:
    """For each row of the distribution: fill and units of every run of shaded columns."""
    table = next(table for table in document(report).tables if len(table.columns) > BAR_UNITS)
    drawn = []
    for row in table.rows:
        fills = [cell._tc.find(f".//{qn('w:shd')}") for cell in row.cells]
        kept = ["" if fill is None else fill.get(qn("w:fill")) for fill in fills[1 : BAR_UNITS + 1]]
        drawn.append([(fill, len(list(group))) for fill, group in groupby(kept)])
    return drawn


def with_counts(*counts: Counts | None) -> SurveyReport:
    return replace(SMALL, items=tuple(ItemLine(f"item {at}", "", "", "", counts=one) for at, one in enumerate(counts)))


def test_a_bar_is_as_long_as_the_answers_are_many_and_the_numbers_stand_beside_it() -> None:
    report = with_counts((4, 3, 2, 1, 0), None, (0, 0, 0, 0, 7), (0, 0, 0, 0, 0), (9_996, 1, 1, 1, 1))
    first, second, third, fourth, last = BAR_FILLS
    assert bars(report) == [
        [(fill, 10) for fill in BAR_FILLS],
        [(first, 20), (second, 15), (third, 10), (fourth, 5)],
        [(last, 50)],
        [("", 50)],
        [(first, 46), (second, 1), (third, 1), (fourth, 1), (last, 1)],
    ]
    told = [[text for text in row if text] for row in chapter(report, "<distribution>")]
    assert told == [
        ["<item>", *MARKS, "5", "4", "3", "2", "1"],
        ["item 0", "4", "3", "2", "1", "0"],
        ["item 2", "0", "0", "0", "0", "7"],
        ["item 3", "0", "0", "0", "0", "0"],
        ["item 4", "9996", "1", "1", "1", "1"],
    ]


def test_without_any_counts_there_is_no_distribution() -> None:
    assert headings(with_counts(None, None)) == ["<items>"]


def test_neighbours_in_a_bar_differ_without_colours_too() -> None:
    greys = [
        sum(weight * int(fill[at : at + 2], 16) for weight, at in ((0.3, 0), (0.59, 2), (0.11, 4)))
        for fill in BAR_FILLS
    ]
    assert all(abs(left - right) > 25 for left, right in pairwise(greys))


def said(kind: Any, text: str, **more: object) -> Any:
    """A line that says the same in all its texts."""
    return kind(**{one.name: text for one in fields(kind) if one.type is str}, **more)


@pytest.mark.parametrize("text", ["=1+1", "{ NUMPAGES }", "<w:p/>", "a\x00\x0bb\ud800", "𠮷&<>\"'", "-", "x\ny"])
def test_no_text_breaks_the_file_or_becomes_more_than_text(text: str) -> None:
    report = said(
        SurveyReport,
        text,
        rounds=(said(RoundLine, text),),
        figures=(said(Figure, text),),
        warnings=(text,),
        items=(said(ItemLine, text, low=True, counts=(1, 0, 0, 0, 0)),),
        measures=(said(MeasureLine, text),),
        tags=(said(TagLine, text),),
        advice=(text,),
    )
    data = survey_report_docx(report=report, words=WORDS, made_at=MADE)
    shown = text.replace("\x00\x0b", "").replace("\ud800", "?")
    told = texts_of(opened(data))
    assert told[0] == shown
    assert told.count(shown) == 1 + 5 + 5 + 4 + 1 + 7 + 2  # title, round, figure, item, its bar, measure, tag
    assert fields_of(data) == ["PAGE", "NUMPAGES"]


def test_a_naive_instant_is_a_bug() -> None:
    with pytest.raises(ValueError, match="time zone"):
        document(made_at=datetime(2026, 11, 21))


def test_a_report_of_two_hundred_items_is_written_whole() -> None:
    report = with_counts(*[(1, 2, 3, 4, 5)] * 200)
    assert [row[0] for row in chapter(report, "<distribution>")[1:]] == [f"item {at}" for at in range(200)]
