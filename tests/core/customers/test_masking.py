import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.customers.masking import (
    NameMasked,
    NameRefused,
    PhoneMasked,
    PhoneRefused,
    check_name,
    check_phone,
    looks_masked,
    mask_name,
    mask_phone,
    normalise_name,
    normalise_phone,
    phone_tail,
    surname_only,
)
from core.customers.surnames import COMPOUND


@pytest.mark.parametrize(
    ("name", "masked", "surname"),
    [
        ("张三丰", "张*丰", "张**"),
        ("张三", "张*", "张**"),
        ("张", "*", "张**"),
        ("", "", ""),
        ("  ", "", ""),
        ("欧阳娜娜", "欧阳**", "欧阳**"),
        ("欧阳锋", "欧阳*", "欧阳**"),
        ("歐陽鋒", "歐陽*", "歐陽**"),
        ("欧阳", "欧*", "欧**"),
        ("张李明华", "张**华", "张**"),
        ("河南某某商贸有限公司", "河***司", "河**"),
        ("阿依古丽·买买提", "阿**·买**", "阿**"),
        ("阿·B", "*·*", "阿**"),
        ("John  Smith", "J**  S**", "J**"),
        ("Madonna", "M**", "M**"),
        (" 张\u200b三 ", "张*", "张**"),
        ("𠮷田三", "𠮷*三", "𠮷**"),
    ],
)
def test_names_are_masked_by_their_shape(name: str, masked: str, surname: str) -> None:
    assert mask_name(name) == masked
    assert surname_only(name) == surname


def test_every_compound_surname_has_two_characters() -> None:
    assert {len(surname) for surname in COMPOUND} == {2}
    assert {"欧阳", "司马", "诸葛", "上官", "夏侯", "令狐"} <= COMPOUND


@given(st.text(min_size=2, max_size=20))
def test_a_masked_name_of_two_characters_or_more_never_shows_all_of_it(name: str) -> None:
    letters = normalise_name(name)
    if len(letters) >= 2 and letters.isalpha():
        assert looks_masked(mask_name(name))
        assert normalise_name(mask_name(name)) != letters


PHONES = [
    # typed, normalised, masked, tail
    ("13800138000", "13800138000", "138****8000", "8000"),
    ("138-0013-8000", "13800138000", "138****8000", "8000"),
    (" 138 0013 8000 ", "13800138000", "138****8000", "8000"),
    ("１３８００１３８０００", "13800138000", "138****8000", "8000"),
    ("+86 138 0013 8000", "13800138000", "138****8000", "8000"),
    ("0086 13800138000", "13800138000", "138****8000", "8000"),
    ("8613800138000", "13800138000", "138****8000", "8000"),
    ("86-138-0013-8000", "13800138000", "138****8000", "8000"),
    ("0371-66668888", "037166668888", "0371-****8888", "8888"),
    ("（0371）6666 8888", "037166668888", "0371-****8888", "8888"),
    ("0371-6666-8888", "037166668888", "0371-****8888", "8888"),
    ("+86 371 6666 8888", "037166668888", "0371-****8888", "8888"),
    ("+86 0371 66668888", "037166668888", "0371-****8888", "8888"),
    ("010—66668888", "01066668888", "010-****8888", "8888"),
    ("021-6666888", "0216666888", "021-****6888", "6888"),
    ("0371-66668888-801", "037166668888-801", "0371-****8888", "8888"),
    ("0371-66668888转801", "037166668888-801", "0371-****8888", "8888"),
    ("0371-66668888 ext. 8", "037166668888-8", "0371-****8888", "8888"),
    ("66668888", "66668888", "****8888", "8888"),
    ("6666-8888", "66668888", "****8888", "8888"),
    ("6666888-12", "6666888-12", "****", "6888"),
    ("400-123-4567", "4001234567", "****4567", "4567"),
    ("400-123-4567-9", "4001234567-9", "****4567", "4567"),
    ("+852 2345 6789", "+85223456789", "****6789", "6789"),
    ("+852-2345-6789", "+85223456789", "****6789", "6789"),
    ("+1 (212) 555-0100", "+12125550100", "****0100", "0100"),
]


@pytest.mark.parametrize(("typed", "normal", "masked", "tail"), PHONES)
def test_a_number_has_one_spelling_one_mask_and_one_tail(typed: str, normal: str, masked: str, tail: str) -> None:
    assert check_phone(typed) == normal
    assert normalise_phone(typed) == normal
    assert normalise_phone(normal) == normal
    assert mask_phone(typed) == mask_phone(normal) == masked
    assert phone_tail(typed) == tail


@pytest.mark.parametrize(
    "typed",
    [
        "", "abc", "110", "12345", "12800138000", "1380013800", "138001380000", "1.38E+10", "1380013800.0",
        "13800138000.0", "13800138000/13900139000", "13800138000，13900139000", "13800138000-1", "852-2345-6789",
        "张三13800138000", "٠١٢٣٤٥٦٧٨٩٠", "+86", "++8613800138000", "0371", "+", "+123",
    ],
)  # fmt: skip
def test_what_is_no_single_number_is_refused_without_repeating_it(typed: str) -> None:
    with pytest.raises(PhoneRefused) as refusal:
        check_phone(typed)
    assert (type(refusal.value), refusal.value.fields) == (PhoneRefused, {})


@pytest.mark.parametrize(
    "typed", [masked for *_, masked, _ in PHONES] + ["138＊＊＊＊8000", "138●●●●8000", "138∗∗∗∗8000"]
)
def test_a_masked_number_that_comes_back_is_refused(typed: str) -> None:
    assert looks_masked(typed)
    with pytest.raises(PhoneMasked):
        check_phone(typed)


@pytest.mark.parametrize(("short", "masked"), [("110", "****"), ("", ""), ("abc", ""), ("1234567", "****")])
def test_a_short_number_shows_nothing(short: str, masked: str) -> None:
    assert mask_phone(short) == masked


@pytest.mark.parametrize(("typed", "tail"), [("110", ""), ("8000", "8000"), ("", "")])
def test_a_tail_is_four_digits_or_nothing(typed: str, tail: str) -> None:
    assert phone_tail(typed) == tail


@given(st.text())
def test_normalising_any_text_twice_changes_nothing_more_and_never_breaks(text: str) -> None:
    assert normalise_phone(normalise_phone(text)) == normalise_phone(text)
    assert normalise_name(normalise_name(text)) == normalise_name(text)
    mask_name(text)
    mask_phone(text)
    surname_only(text)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("张 三", "张三"),
        ("张\u200b三", "张三"),
        ("ＪＯＨＮ Smith", "john smith"),
        ("羽", "\ufa1e"),
        ("e\u0301", "\u00e9"),
    ],
)
def test_one_name_spelled_twice_has_one_key(one: str, other: str) -> None:
    assert normalise_name(one) == normalise_name(other)


@pytest.mark.parametrize(
    ("typed", "clean"),
    [
        ("张三", "张三"),
        ("  John   Smith ", "John Smith"),
        ("张\u200b三", "张三"),
        ("阿依古丽·买买提", "阿依古丽·买买提"),
        ("O'Brien-Wang (wife)", "O'Brien-Wang (wife)"),
        ("𠮷㐂", "𠮷㐂"),
        ("\U00031350三", "\U00031350三"),  # a character newer than this Python's tables
        ("名" * 64, "名" * 64),
        ("NA", "NA"),
    ],
)
def test_a_name_is_stored_clean(typed: str, clean: str) -> None:
    assert check_name(typed) == clean


@pytest.mark.parametrize(
    "typed", ["", "  ", "\u200b", "名" * 65, "123", "---", "张三😀", "张\ue000", "张\ud800", "张\u0378"]
)
def test_what_is_no_name_is_refused(typed: str) -> None:
    with pytest.raises(NameRefused) as refusal:
        check_name(typed)
    assert type(refusal.value) is NameRefused


@pytest.mark.parametrize("typed", ["张*丰", "张*", "欧阳**", "张＊丰"])
def test_a_masked_name_that_comes_back_is_refused(typed: str) -> None:
    with pytest.raises(NameMasked):
        check_name(typed)
