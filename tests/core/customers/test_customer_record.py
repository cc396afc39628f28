import pytest

from core.customers.customer_record import ContactShown, CustomerTwice, check_new_customer, check_note, contact_shown
from core.kernel.lines import LineTooLong


@pytest.mark.parametrize(
    ("phone", "sees", "expected"),
    [
        ("13800138000", True, ContactShown("王*明", "138****8000", True)),
        ("", True, ContactShown("王*明", "", False)),
        ("13800138000", False, ContactShown("王**", "", True)),
        ("", False, ContactShown("王**", "", False)),
    ],
)
def test_a_contact_is_masked_for_everybody_and_most_for_people_without_customers(
    phone: str, sees: bool, expected: ContactShown
) -> None:
    assert contact_shown(name="王小明", phone=phone, sees_customers=sees) == expected


def test_a_note_is_one_clean_line_and_may_be_empty() -> None:
    assert check_note(" calls \n back\u200b ") == "calls back"
    assert check_note("") == ""
    assert check_note("x" * 500) == "x" * 500
    with pytest.raises(LineTooLong):
        check_note("x" * 501)


def test_somebody_on_file_is_taken_again_only_as_another_person() -> None:
    check_new_customer(same_on_file=False, is_another_person=False)
    check_new_customer(same_on_file=True, is_another_person=True)
    with pytest.raises(CustomerTwice):
        check_new_customer(same_on_file=True, is_another_person=False)
