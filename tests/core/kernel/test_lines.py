import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.kernel.lines import LineMissing, LineTooLong, check_line, clean_line


@pytest.mark.parametrize(
    ("typed", "clean"),
    [
        ("  a \t b\nc  ", "a b c"),
        ("张\u200b三", "张三"),
        ("\ufeff金水湾\u202e", "金水湾"),
        ("a\x00b", "ab"),
        ("a\u3000b\u00a0c", "a b c"),
        ("e\u0301", "\u00e9"),
        ("a\ud800b", "ab"),
        ("Ａ", "Ａ"),
        ("", ""),
    ],
)
def test_a_line_is_cleaned_of_what_nobody_sees(typed: str, clean: str) -> None:
    assert clean_line(typed) == clean


@given(st.text())
def test_cleaning_twice_changes_nothing_more(text: str) -> None:
    assert clean_line(clean_line(text)) == clean_line(text)


def test_length_is_counted_in_code_points_after_cleaning() -> None:
    assert check_line(" 𠮷𠮷 ", field="name", longest=2) == "𠮷𠮷"
    with pytest.raises(LineTooLong) as refusal:
        check_line("𠮷𠮷𠮷", field="name", longest=2)
    assert refusal.value.fields == {"field": "name", "longest": 2}


def test_an_empty_line_is_refused_only_where_it_is_needed() -> None:
    assert check_line(" \u200b ", field="grade", longest=2, needed=False) == ""
    with pytest.raises(LineMissing) as refusal:
        check_line(" \u200b ", field="name", longest=2)
    assert refusal.value.fields == {"field": "name"}
