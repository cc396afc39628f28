import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.admin.common_passwords import COMMON, STEMS
from core.admin.passwords import (
    PasswordCommon,
    PasswordHoldsCompanyWord,
    PasswordHoldsUserName,
    PasswordRefused,
    PasswordTooLong,
    PasswordTooShort,
    PasswordUnreadable,
    check_password,
    normalise_password,
)

COMPANY = ("Golden Bay Property Co., Ltd.", "金水湾小区", "A 区")


def check(password: str, user_name: str = "wangfang") -> str:
    return check_password(password=password, user_name=user_name, company_names=COMPANY)


@pytest.mark.parametrize(
    "password",
    [
        "tbvkxqpm",  # eight letters, no class rules
        "60482917",
        "correct horse battery staple",
        "床前明月光疑是地上霜",
        "🐼🐼🎋🎍🎎🎏🎐🎑",
        "x7" * 2 + "é" * 2 + "ü" * 122,
        "a" * 61 + "bcd" + "甲" * 64,
        "woaini8391740263",  # a common stem with a long tail is not a thin disguise
        "tab\there\x00and nul",
    ],
)
def test_a_long_enough_password_of_any_characters_is_taken_as_it_is(password: str) -> None:
    assert check(password) == password


@pytest.mark.parametrize(
    ("password", "refusal", "fields"),
    [
        ("", PasswordTooShort, {"shortest": 8, "advised": 15}),
        ("tbvkxqp", PasswordTooShort, {"shortest": 8, "advised": 15}),
        ("床前明月光疑是", PasswordTooShort, {"shortest": 8, "advised": 15}),
        ("tbvkxqp" + "m" * 122, PasswordTooLong, {"longest": 128}),
        ("tbvkxqpm\ud83d", PasswordUnreadable, {}),
        ("woaini520", PasswordCommon, {}),
        ("a123456789", PasswordCommon, {}),
        ("A123456789", PasswordCommon, {}),
        ("ａ１２３４５６７８９", PasswordCommon, {}),
        ("Password2026!", PasswordCommon, {}),
        ("...wOaInI1", PasswordCommon, {}),
        ("admin@2026", PasswordCommon, {}),
        ("_admin_2026", PasswordCommon, {}),
        ("88888888", PasswordCommon, {}),
        ("aaaabbbbcccc", PasswordCommon, {}),
        ("        ", PasswordCommon, {}),
        ("xWANGFANGx9", PasswordHoldsUserName, {}),
        ("my-wuye-2026", PasswordHoldsCompanyWord, {"word": "wuye"}),
        ("GuanJia##77", PasswordHoldsCompanyWord, {"word": "guanjia"}),
        ("golden-sunset", PasswordHoldsCompanyWord, {"word": "golden"}),
        ("xxbayxx12", PasswordHoldsCompanyWord, {"word": "bay"}),
        ("我住金水湾小区3号", PasswordHoldsCompanyWord, {"word": "金水湾小区"}),
    ],
)
def test_a_weak_password_is_refused_for_its_reason(
    password: str, refusal: type[PasswordRefused], fields: dict[str, object]
) -> None:
    with pytest.raises(PasswordRefused) as caught:
        check(password)
    assert (type(caught.value), caught.value.fields) == (refusal, fields)


@pytest.mark.parametrize(
    ("user_name", "refused"),
    [("li", False), ("lin", True), ("张伟", True), ("张", False), ("a_b", False), ("", False), ("fei-tbvk", True)],
)
def test_only_names_long_enough_to_matter_are_banned(user_name: str, refused: bool) -> None:
    password = "tbvklinq张伟7"
    if refused:
        with pytest.raises(PasswordHoldsUserName):
            check(password, user_name)
    else:
        assert check(password, user_name) == password


def test_lengths_are_counted_after_composing_and_both_edges_are_allowed() -> None:
    assert check("tbvkxqp" + "m" * 121) == "tbvkxqp" + "m" * 121
    decomposed = unicodedata.normalize("NFD", "ébvkxqp")
    assert len(decomposed) == 8
    with pytest.raises(PasswordTooShort):
        check(decomposed)
    assert check(unicodedata.normalize("NFD", "ébvkxqpm")) == "ébvkxqpm"


def test_one_text_typed_in_two_ways_is_one_password() -> None:
    assert normalise_password("e\u0301") == normalise_password("\u00e9") == "\u00e9"
    assert normalise_password("Ａ") == "Ａ"  # full width stays another character


def test_the_list_of_common_passwords_is_well_formed() -> None:
    assert len(COMMON) > 200
    assert {"woaini520", "a123456789", "1qaz2wsx", "5201314520"} <= COMMON
    assert all(entry == entry.casefold() for entry in COMMON | STEMS)


@pytest.mark.parametrize("password", sorted(entry for entry in COMMON if len(entry) >= 8))
def test_every_common_password_is_refused(password: str) -> None:
    with pytest.raises(PasswordCommon):
        check(password)


@given(st.text(max_size=200))
def test_any_text_is_either_taken_or_refused_and_never_breaks(password: str) -> None:
    try:
        taken = check(password)
    except PasswordRefused as refusal:
        assert password not in map(str, refusal.fields.values()) or password.casefold() in "".join(COMPANY).casefold()
    else:
        assert 8 <= len(taken) <= 128
