from collections import Counter
from dataclasses import fields, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from docx.oxml.ns import qn

from core.documents.questionnaire_form import (
    WRITING_LINES,
    FormHeader,
    FormWords,
    Language,
    questionnaire_docx,
)
from core.documents.word import TEXT_WIDTH
from core.surveys.authoring import check_publishable, parse_questionnaire_items
from core.surveys.lines import ParsedLine, parse_line
from core.surveys.questionnaires import Choice, Item, ItemKind, ItemRole, Questionnaire
from tests.core.documents.paper import fields_of, opened, overflow, rows_of, texts_of, widths_of

MADE = datetime(2026, 11, 21, 0, 30, tzinfo=UTC)
STANDARD = Path(__file__).resolve().parents[3] / "locales" / "standard_questionnaire.tsv"
DIMENSIONS = ("service", "communication", "management", "facility", "price", "emotion")
HEADER = FormHeader(
    "安居物业服务有限公司", "锦绣花园", "2026年第四季度满意度调查", "JX-2026Q4", "11月1日至30日", "客服中心"
)
WORDS = {
    "zh_CN": FormWords(
        room="房号",
        room_hint="例：3-1-1202；如希望匿名，可以不填",
        tick_one="请在每行的一个方框内打“√”，不了解的可以不选",
        marks=("非常满意", "比较满意", "一般", "不太满意", "非常不满意"),
        choose_one="（单选）",
        choose_up_to="（最多选 %(most)s 项）",
        number_between="（%(least)s—%(most)s 之间的整数）",
        nps_low="完全不可能",
        nps_high="非常可能",
        return_to="填好后请交回：",
        privacy="答卷仅用于改进物业服务。房号与答卷分开保存，"
        "本次调查结束 30 日后即删除两者的对应关系，此后无法得知由谁填写。",
    ),
    "en": FormWords(
        room="Room",
        room_hint="As in 3-1-1202; leave it empty to stay anonymous",
        tick_one="Tick one box in each row; leave out what you cannot judge",
        marks=("Very satisfied", "Rather satisfied", "Neutral", "Rather dissatisfied", "Very dissatisfied"),
        choose_one="(one)",
        choose_up_to="(up to %(most)s)",
        number_between="(a whole number from %(least)s to %(most)s)",
        nps_low="Not at all likely",
        nps_high="Extremely likely",
        return_to="Please return to:",
        privacy="We use your answers only to improve our service. Your room number is kept apart from them, and the "
        "link is removed 30 days after the survey closes; from then on nobody can tell whose form it was.",
    ),
}
LANGUAGES: tuple[Language, ...] = ("zh_CN", "en")


def item(position: int, kind: ItemKind = ItemKind.RATING, text: str = "", **more: object) -> Item:
    texts = (text or f"第{position}题", text or f"Question no. {position}")
    return Item(position, f"q{position}", kind, *texts, **more)  # type: ignore[arg-type]


CHOICES = (Choice("A", "业主", "Owner"), Choice("B", "租户", "Tenant"), Choice("C", "其他", "Other"))
EVERY_KIND = (
    item(1),
    item(2),
    item(3, ItemKind.NPS),
    item(4),
    item(5, ItemKind.CHOICE, choices=CHOICES),
    item(6, ItemKind.CHOICE, choices=CHOICES, most=2),
    item(7, ItemKind.NUMBER, least=0, most=40),
    item(8, ItemKind.OPEN),
)


def asked(*items: Item, title: str = "业主满意度调查问卷", intro: str = "") -> Questionnaire:
    return Questionnaire("std", 1, title, "Resident survey", items, intro, intro)


def form(
    questionnaire: Questionnaire, language: Language = "zh_CN", header: FormHeader = HEADER, made_at: datetime = MADE
) -> bytes:
    return questionnaire_docx(
        questionnaire=questionnaire, language=language, header=header, words=WORDS[language], made_at=made_at
    )


def standard() -> tuple[Item, ...]:
    items, problems = parse_questionnaire_items(text=STANDARD.read_text(encoding="utf-8"), dimensions=DIMENSIONS)
    assert problems == ()
    return items


def test_two_calls_give_the_same_bytes() -> None:
    assert form(asked(*EVERY_KIND)) == form(asked(*EVERY_KIND))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_item_stands_once_and_in_the_order_of_fast_entry(language: Language) -> None:
    items = (*standard(), item(16, ItemKind.NUMBER, most=9), item(17))
    told = texts_of(opened(form(asked(*items), language)))
    wanted = [one.text_zh if language == "zh_CN" else one.text_en for one in items]
    at = [[number for number, text in enumerate(told) if want in text] for want in wanted]
    assert [len(places) for places in at] == [1] * len(items)
    assert at == sorted(at)


def test_ratings_have_boxes_from_5_to_1_under_their_labels() -> None:
    table = opened(form(asked(item(1), item(2)))).tables[1]
    assert rows_of(table) == [
        [WORDS["zh_CN"].tick_one, *WORDS["zh_CN"].marks],
        ["1", "第1题", "□\xa05", "□\xa04", "□\xa03", "□\xa02", "□\xa01"],
        ["2", "第2题", "□\xa05", "□\xa04", "□\xa03", "□\xa02", "□\xa01"],
    ]
    assert [row._tr.find(f".//{qn('w:tblHeader')}") is not None for row in table.rows] == [True, False, False]


def test_ratings_apart_have_a_table_each_so_that_the_order_stays() -> None:
    tables = [rows_of(table) for table in opened(form(asked(*EVERY_KIND))).tables]
    assert [[row[0] for row in rows[1:]] for rows in tables if len(rows[0]) == 6] == [["1", "2"], ["4"]]


@pytest.mark.parametrize(
    ("items", "boxes"),
    [
        ((item(1), item(2)), 10),
        ((item(1, ItemKind.NPS),), 11),
        ((item(1, ItemKind.CHOICE, choices=CHOICES),), 3),
        ((item(1, ItemKind.NUMBER), item(2, ItemKind.OPEN)), 0),
        (EVERY_KIND, 15 + 11 + 3 + 3),
    ],
)
def test_there_is_a_box_for_every_answer(items: tuple[Item, ...], boxes: int) -> None:
    assert "".join(texts_of(opened(form(asked(*items))))).count("□") == boxes


def test_the_likely_line_goes_from_0_to_10_between_its_ends() -> None:
    rows = rows_of(opened(form(asked(item(1, ItemKind.NPS)), "en")).tables[1])
    assert rows == [["Not at all likely", *(f"□\xa0{mark}" for mark in range(11)), "Extremely likely"]]


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("zh_CN", ["5  第5题  （单选）", "6  第6题  （最多选 2 项）", "7  第7题  （0—40 之间的整数）", "8  第8题"]),
        (
            "en",
            [
                "5  Question no. 5  (one)",
                "6  Question no. 6  (up to 2)",
                "7  Question no. 7  (a whole number from 0 to 40)",
                "8  Question no. 8",
            ],
        ),
    ],
)
def test_how_to_answer_stands_beside_the_question(language: Language, told: list[str]) -> None:
    texts = texts_of(opened(form(asked(*EVERY_KIND), language)))
    assert [text for text in texts if text[:3] in {"5  ", "6  ", "7  ", "8  "}] == told


def test_choices_have_letters_and_boxes() -> None:
    texts = texts_of(opened(form(asked(item(1, ItemKind.CHOICE, choices=CHOICES)))))
    assert [text.split() for text in texts if "□" in text] == [["□", "A", "业主", "□", "B", "租户", "□", "C", "其他"]]


def test_words_have_lines_and_a_number_has_a_box_to_write_in() -> None:
    number, words = opened(form(asked(item(1, ItemKind.NUMBER), item(2, ItemKind.OPEN)))).tables[1:]
    assert rows_of(words) == [[""]] * WRITING_LINES
    assert words._tbl.tblPr.find(qn("w:tblBorders")).find(qn("w:insideH")) is not None
    assert [cell._tc.tcPr.find(qn("w:tcBorders")) is not None for cell in number.rows[0].cells] == [False, True, False]  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("code", "size"),
    [("A", 20), ("JX-2026Q4-1", 20), ("JX-2026Q4-12", 14), ("X" * 17, 8.5), ("锦绣2026四季", 14), ("X" * 32, 8.5)],
)
def test_the_round_is_in_the_corner_of_every_page_as_big_as_fits(code: str, size: float) -> None:
    head = opened(form(asked(item(1)), header=replace(HEADER, round_code=code))).sections[0].header
    assert rows_of(head.tables[0]) == [["安居物业服务有限公司\n锦绣花园", code]]
    run = head.tables[0].cell(0, 1).paragraphs[0].runs[0]
    assert run.font.size is not None
    assert run.font.size.pt == size
    letters = sum(2 if character > "\u2e7f" else 1.22 for character in code) / 2
    assert letters * size < head.tables[0].columns[1].width.pt - 6


def test_the_foot_says_how_long_an_answer_leads_to_a_person_and_counts_pages() -> None:
    data = form(asked(item(1)))
    foot = texts_of(opened(data).sections[0].footer)
    assert foot == [WORDS["zh_CN"].privacy, " / "]
    assert fields_of(data) == ["PAGE", "NUMPAGES"]


def test_title_period_intro_room_and_where_to_return_it_are_there() -> None:
    data = form(asked(item(1), intro="尊敬的业主："))
    told = texts_of(opened(data))
    assert told[:5] == ["业主满意度调查问卷", "2026年第四季度满意度调查  ·  11月1日至30日", "尊敬的业主：", "房号", ""]
    assert told[5] == "例：3-1-1202；如希望匿名，可以不填"
    assert told[-1] == "填好后请交回： 客服中心"
    assert opened(data).core_properties.title == "业主满意度调查问卷"
    assert opened(data).core_properties.comments == "JX-2026Q4"


def test_what_is_not_known_is_left_out() -> None:
    header = replace(HEADER, period="", return_to="")
    told = texts_of(opened(form(asked(item(1)), header=header)))
    assert told[:3] == ["业主满意度调查问卷", "2026年第四季度满意度调查", "房号"]
    assert not [text for text in told if "交回" in text]


@pytest.mark.parametrize(("language", "title"), [("zh_CN", "仅中文"), ("en", "仅中文")])
def test_a_text_missing_in_one_language_is_taken_from_the_other(language: Language, title: str) -> None:
    lacking = Item(1, "q1", ItemKind.RATING, "只有中文", "")
    english = Item(
        2, "q2", ItemKind.CHOICE, "", "English only", choices=(Choice("A", "", "Yes"), Choice("B", "否", ""))
    )
    told = texts_of(opened(form(Questionnaire("q", 1, title, "", (lacking, english)), language)))
    assert told[0] == title
    assert "只有中文" in told
    assert [text for text in told if "English only" in text]
    assert [text.split() for text in told if "□\xa0A" in text] == [["□", "A", "Yes", "□", "B", "否"]]


@pytest.mark.parametrize("text", ["=1+1", "{ NUMPAGES }", "%(most)s", "<w:p/>", "a\x00\x0bb\ud800", "𠮷&<>\"'"])
def test_no_text_breaks_the_file_or_becomes_more_than_text(text: str) -> None:
    header = FormHeader(*[text] * 6)
    questionnaire = Questionnaire("q", 1, text, text, (item(1, text=text), item(2, ItemKind.OPEN, text)), text, text)
    data = form(questionnaire, header=header)
    shown = text.replace("\x00\x0b", "").replace("\ud800", "?")
    assert Counter(texts_of(opened(data)))[shown] == 3  # title, introduction, rating
    assert fields_of(data) == ["PAGE", "NUMPAGES"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_all_tables_are_exactly_as_wide_as_the_text(language: Language) -> None:
    document = opened(form(asked(*EVERY_KIND), language))
    tables = [*document.tables, *document.sections[0].header.tables]
    assert len(tables) == 7
    assert {widths for table in tables for widths in widths_of(table)} == {(TEXT_WIDTH, TEXT_WIDTH, TEXT_WIDTH)}


LONG = {
    "zh_CN": "小区公共区域（大堂、电梯厅、楼道、地下车库）的卫生清洁与绿化养护情况",
    "en": "How clean the shared areas are (lobby, lifts) and how the greenery is kept",
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_ten_long_ratings_the_likely_line_and_words_fit_one_page(language: Language) -> None:
    items = (*(item(number, text=LONG[language]) for number in range(1, 11)), item(11, ItemKind.NPS, LONG[language]))
    intro = LONG[language] * 3
    document = opened(form(asked(*items, item(12, ItemKind.OPEN, LONG[language]), intro=intro), language))
    assert overflow(document) < 0


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_standard_questionnaire_fits_one_page(language: Language) -> None:
    assert overflow(opened(form(asked(*standard(), intro=LONG[language]), language))) < 0


def test_the_estimate_of_the_height_tells_when_a_page_is_full() -> None:
    assert overflow(opened(form(asked(*(item(number) for number in range(1, 30)))))) > 0


def test_a_naive_instant_is_a_bug() -> None:
    with pytest.raises(ValueError, match="time zone"):
        form(asked(item(1)), made_at=datetime(2026, 11, 21))


def test_the_words_here_name_every_word_of_the_form() -> None:
    assert all(getattr(words, one.name) for words in WORDS.values() for one in fields(FormWords))


def test_the_standard_questionnaire_asks_two_ratings_a_dimension_and_one_of_each_other_kind() -> None:
    items = standard()
    assert [one.kind for one in items] == [ItemKind.RATING] * 12 + [ItemKind.NPS, ItemKind.CHOICE, ItemKind.OPEN]
    assert Counter(one.dimension for one in items[:12]) == dict.fromkeys(DIMENSIONS, 2)
    assert [one.role for one in items[:3]] == [ItemRole.QUALITY, ItemRole.SPEED, ItemRole.NONE]
    assert Counter(one.role for one in items) == {ItemRole.QUALITY: 1, ItemRole.SPEED: 1, ItemRole.NONE: 13}
    assert items[13].choices == CHOICES
    check_publishable(asked(*items))


def test_the_standard_questionnaire_is_written_in_both_languages() -> None:
    texts = [(one.text_zh, one.text_en) for one in standard()]
    assert all(any("\u4e00" <= character <= "\u9fff" for character in text_zh) for text_zh, _ in texts)
    assert all(text_en.isascii() for _, text_en in texts)
    assert len({text for pair in texts for text in pair}) == 2 * len(texts)


def test_a_form_of_the_standard_questionnaire_is_typed_in_as_it_stands_on_paper() -> None:
    parsed = parse_line(items=standard(), text="3-1-1202 543215432154 10 A 电梯太慢")
    assert isinstance(parsed, ParsedLine)
    assert [answer for _, answer in parsed.answers] == [5, 4, 3, 2, 1, 5, 4, 3, 2, 1, 5, 4, 10, "A", "电梯太慢"]
