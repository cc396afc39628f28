import pytest

from core.customers.estates import EstateCodeRefused, normalise_estate_code


@pytest.mark.parametrize(
    ("typed", "code"),
    [("A1", "A1"), ("ａ１", "A1"), ("ABCDEFGHIJKL", "ABCDEFGHIJKL"), ("01", "01"), ("a-b", "A-B")],
)
def test_a_code_is_folded_to_capitals(typed: str, code: str) -> None:
    assert normalise_estate_code(typed) == code


@pytest.mark.parametrize("typed", ["", "A", "-A", "A-", "A B", "ABCDEFGHIJKLM", "А1", "金水湾", "A_1", "A\n1", "ß_"])
def test_a_code_of_another_pattern_or_script_is_refused(typed: str) -> None:
    with pytest.raises(EstateCodeRefused):
        normalise_estate_code(typed)
