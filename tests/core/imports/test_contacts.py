"""Names, phones, words behind codes, and masks (F17, F28, I5, I7, I8; security.md §5)."""

from datetime import date

import pytest

from core.imports.codes import Notice, Trouble
from core.imports.contacts import grade, kind_word, masked, person_name, phone, text, word, words
from core.imports.text import NOTHING, Cell, Reading, Value
from core.imports.vocabulary import CARE_FLAGS, ESTATE_TYPES, GRADES, RELATIONS, UNIT_USES


@pytest.mark.parametrize("name", ["张三丰", "买买提·吐尔逊", "𠮷㐂", "NA", "None", "null", "-", "O'Brien", "名" * 64])
def test_every_name_a_person_may_bear_is_accepted(name: str) -> None:
    """F17, F28."""
    assert person_name(name) == Reading(name)


@pytest.mark.parametrize(
    ("cell", "trouble"),
    [
        ("名" * 65, Trouble.TOO_LONG),
        ("张三😀", Trouble.NOT_A_NAME),
        ("👨‍👩‍👧", Trouble.NOT_A_NAME),
        ("🇨🇳", Trouble.NOT_A_NAME),
        ("13800138000", Trouble.NOT_A_NAME),
        (5.0, Trouble.NOT_A_NAME),
        ("张*丰", Trouble.MASKED),
        ("张＊＊", Trouble.MASKED),
        (True, Trouble.WRONG_TYPE),
        (date(2025, 1, 5), Trouble.WRONG_TYPE),
        ("#N/A", Trouble.ERROR_VALUE),
    ],
)
def test_what_cannot_be_a_name_is_refused(cell: Cell, trouble: Trouble) -> None:
    assert person_name(cell).trouble is trouble


@pytest.mark.parametrize("cell", ["暂无资料", "无", " "])
def test_a_word_for_no_data_is_no_name(cell: str) -> None:
    assert person_name(cell) == NOTHING


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        ("13800138000", "13800138000"),
        (13_800_138_000.0, "13800138000"),
        ("13800138000.0", "13800138000"),
        ("138-0013-8000", "13800138000"),
        ("138 0013 8000", "13800138000"),
        ("１３８００１３８０００", "13800138000"),
        ("+86 138 0013 8000", "13800138000"),
        ("008613800138000", "13800138000"),
        ("8613800138000", "13800138000"),
        ("028-85551234", "028-85551234"),
        ("(028)8555 1234", "028-85551234"),
        ("02885551234", "028-85551234"),
        ("0830-2345678", "0830-2345678"),
        ("028-85551234-801", "028-85551234-801"),
        ("028-8555-1234转801", "028-85551234-801"),
        ("85551234", "85551234"),
        ("400-820-1234", "4008201234"),
        ("+852 9123 4567", "+85291234567"),
    ],
)
def test_phones_are_normalised_where_nothing_is_lost(cell: Cell, number: str) -> None:
    """I8."""
    assert phone(cell) == Reading(number)


@pytest.mark.parametrize(
    ("cell", "trouble"),
    [
        ("1.38E+10", Trouble.SCIENTIFIC),
        ("1.38e10", Trouble.SCIENTIFIC),
        ("13800138000、13900139000", Trouble.TWO_PHONES),
        ("13800138000/13900139000", Trouble.TWO_PHONES),
        ("13800138000 13900139000", Trouble.TWO_PHONES),
        ("138****8000", Trouble.MASKED),
        ("12345", Trouble.NOT_A_PHONE),
        ("12800138000", Trouble.NOT_A_PHONE),
        ("13800138000转1", Trouble.NOT_A_PHONE),
        ("+85291234567转1", Trouble.NOT_A_PHONE),
        ("028-85551234转一", Trouble.NOT_A_PHONE),
        ("同上", Trouble.NOT_A_PHONE),
        (True, Trouble.WRONG_TYPE),
        (date(2025, 1, 5), Trouble.WRONG_TYPE),
        ("#N/A", Trouble.ERROR_VALUE),
    ],
)
def test_a_phone_that_lost_something_is_refused(cell: Cell, trouble: Trouble) -> None:
    assert phone(cell).trouble is trouble


def test_no_phone_is_nothing() -> None:
    assert phone("无") == phone(None) == NOTHING


def test_plain_text_has_its_own_length_and_words_for_no_data() -> None:
    read = text(5)
    assert read("一二三四五") == Reading("一二三四五")
    assert read("一二三四五六") == Reading(trouble=Trouble.TOO_LONG, limit="5")
    assert read("NA") == read("-") == NOTHING
    assert text(9, company=True)("1.3元/平米") == Reading("1.3元/平米", notice=Notice.DOUBTFUL_NAME)
    assert text(9, company=True)("607所") == Reading("607所")


@pytest.mark.parametrize(
    ("cell", "reading"),
    [
        ("业主", Reading("owner")),
        (" 租 客", Reading("tenant")),
        ("VISITOR", Reading("visitor")),
        ("-", NOTHING),
        ("", NOTHING),
        ("邻居", Reading(trouble=Trouble.UNKNOWN_WORD)),
        ("a\x00", Reading(trouble=Trouble.CONTROL_CHARACTER)),
    ],
)
def test_a_known_word_gives_its_code(cell: str, reading: Reading) -> None:
    assert word(RELATIONS)(cell) == reading


def test_unit_uses_cover_the_codes_of_the_tariffs() -> None:
    assert list(UNIT_USES) == ["residential", "commercial", "office", "industrial", "parking", "other"]
    assert [word(UNIT_USES)(use).value for use in UNIT_USES] == list(UNIT_USES)


@pytest.mark.parametrize(
    ("cell", "reading"),
    [
        ("老人、低保", Reading(("elderly", "low_income"))),
        ("Low Income", Reading(("low_income",))),
        ("新入住；老人,老年人", Reading(("elderly", "newly_moved_in"))),
        ("无", NOTHING),
        ("", NOTHING),
        ("无、-", NOTHING),
        ("老人、贵宾", Reading(trouble=Trouble.UNKNOWN_WORD)),
        ("a\x00", Reading(trouble=Trouble.CONTROL_CHARACTER)),
    ],
)
def test_several_flags_stand_in_one_cell(cell: str, reading: Reading) -> None:
    assert words(CARE_FLAGS)(cell) == reading


@pytest.mark.parametrize(
    ("cell", "reading"),
    [
        ("普通住宅", Reading("residential")),
        ("别墅", Reading("villa")),
        ("商住公寓楼", Reading("mixed")),
        ("普通住宅,写字楼", Reading("mixed")),
        ("普通住宅/公寓", Reading("residential")),
        ("普通住宅 别墅", Reading("mixed")),
        ("公寓、奇妙屋", Reading("residential")),
        ("奇妙屋", Reading("other", notice=Notice.WORD_AS_OTHER)),
        ("奇妙屋、怪屋", Reading("other", notice=Notice.WORD_AS_OTHER)),
        (5, Reading("other", notice=Notice.WORD_AS_OTHER)),
    ],
)
def test_the_type_of_an_estate_is_never_refused_for_a_new_word(cell: Cell, reading: Reading) -> None:
    assert kind_word(ESTATE_TYPES, mixed="mixed", other="other")(cell) == reading


@pytest.mark.parametrize(
    ("cell", "value"), [("一级", "A"), ("甲级", "A"), (2, "B"), ("五星", "五星"), ("无", None), ("级" * 33, None)]
)
def test_a_grade_is_a_code_or_a_short_text(cell: Cell, value: str | None) -> None:
    assert grade(GRADES)(cell).value == value


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("13800138000", "138****8000"),
        ("张三丰", "张**"),
        ("张", "张"),
        ("", ""),
        (None, ""),
        ("欧阳修文与他的八位朋友们", "欧********"),
        ("+85291234567", "+********"),
    ],
)
def test_personal_values_are_shown_masked(value: Value | None, shown: str) -> None:
    assert masked(value) == shown
