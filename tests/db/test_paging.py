import pytest

from db.queries.customers import is_contact_search
from db.queries.paging import LONGEST_SEARCH, search_text


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        ("  a \t b\n", "a b"),
        ("a\u200b\x00b", "ab"),
        ("\x00 \u200b", ""),
        ("x" * 500, "x" * LONGEST_SEARCH),
        ("%_\\", "%_\\"),
    ],
)
def test_a_search_is_one_visible_line_of_bounded_length(typed: str, text: str) -> None:
    assert search_text(typed) == text
    assert is_contact_search(typed) == bool(text)
