from dataclasses import replace
from datetime import UTC, datetime

import pytest

from core.documents.service_notice import NoticeLine, ServiceNotice, notice_text, service_notice_docx
from tests.core.documents.paper import fields_of, opened, overflow, rows_of, texts_of, widths_of

MADE = datetime(2026, 11, 21, 0, 30, tzinfo=UTC)
NOTICE = ServiceNotice(
    title="投诉处理情况公示",
    opening="锦绣花园，2026年11月1日至22日",
    head=NoticeLine("类别", "收到", "已处理", "处理率"),
    lines=(
        NoticeLine("设施类", "12", "10", "83.3 %", "设施类：收到 12 件"),
        NoticeLine("其他合计", "7", "7", "100.0 %", "其他合计：收到 7 件"),
    ),
    total=NoticeLine("合计", "19", "17", "89.5 %", "合计：收到 19 件"),
    remarks=("不足五起的类别合并公布。",),
    signature=("锦绣物业服务中心", "2026-11-22"),
    note="冯主管 · 2026-11-22 08:30",
)


def test_two_calls_give_the_same_bytes() -> None:
    made = [service_notice_docx(notice=NOTICE, made_at=MADE) for _ in range(2)]
    assert made[0] == made[1]


def test_the_notice_is_one_page_with_a_table_and_a_signature() -> None:
    document = opened(service_notice_docx(notice=NOTICE, made_at=MADE))
    (table,) = document.tables
    assert rows_of(table) == [
        ["类别", "收到", "已处理", "处理率"],
        ["设施类", "12", "10", "83.3 %"],
        ["其他合计", "7", "7", "100.0 %"],
        ["合计", "19", "17", "89.5 %"],
    ]
    assert len({width for widths in widths_of(table) for width in widths}) == 1
    texts = [text for text in texts_of(document) if text]
    assert texts[:2] == [NOTICE.title, NOTICE.opening]
    assert texts[-3:] == [*NOTICE.remarks, *NOTICE.signature]
    assert overflow(document) < 0
    assert document.sections[0].footer.paragraphs[0].text == NOTICE.note


def test_too_few_complaints_leave_the_total_alone() -> None:
    document = opened(service_notice_docx(notice=replace(NOTICE, lines=(), remarks=(), signature=()), made_at=MADE))
    assert [row[0] for row in rows_of(document.tables[0])] == ["类别", "合计"]


@pytest.mark.parametrize("text", ['=HYPERLINK("http://x")', "PAGE\x07", "<w:instrText>PAGE"])
def test_no_text_becomes_a_field_or_a_link(text: str) -> None:
    line = NoticeLine(text, text, text, text, text)
    notice = ServiceNotice(title=text, opening=text, head=line, lines=(line,), total=line, remarks=(text,), note=text)
    assert fields_of(service_notice_docx(notice=notice, made_at=MADE)) == []


def test_an_instant_needs_a_time_zone() -> None:
    with pytest.raises(ValueError, match="time zone"):
        service_notice_docx(notice=NOTICE, made_at=datetime(2026, 11, 21))


def test_the_same_as_plain_text_has_a_line_for_each_category() -> None:
    assert notice_text(notice=NOTICE) == (
        "投诉处理情况公示\n\n锦绣花园，2026年11月1日至22日\n\n"
        "设施类：收到 12 件\n其他合计：收到 7 件\n合计：收到 19 件\n\n"
        "不足五起的类别合并公布。\n\n锦绣物业服务中心\n2026-11-22"
    )


def test_plain_text_leaves_out_what_is_empty() -> None:
    notice = replace(NOTICE, lines=(), remarks=(), signature=())
    assert notice_text(notice=notice).endswith("公示\n\n锦绣花园，2026年11月1日至22日\n\n合计：收到 19 件")
