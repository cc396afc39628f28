import pytest

from core.kernel.lines import LineMissing, LineTooLong
from core.staff.posts import NotAssignable, StaffDetails, check_assignable, staff_details


def test_the_form_gives_clean_values() -> None:
    made = staff_details(name=" 王 芳 ", post="收费员", department="客服部")
    assert made == StaffDetails("王 芳", "收费员", "客服部", active=True)


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"name": ""}, LineMissing),
        ({"post": " "}, LineMissing),
        ({"department": ""}, LineMissing),
        ({"name": "名" * 65}, LineTooLong),
        ({"post": "岗" * 33}, LineTooLong),
        ({"department": "部" * 33}, LineTooLong),
    ],
)
def test_each_line_is_needed_and_has_an_end(changes: dict[str, str], refusal: type[Exception]) -> None:
    lines = {"name": "王芳", "post": "收费员", "department": "客服部"} | changes
    with pytest.raises(refusal) as caught:
        staff_details(name=lines["name"], post=lines["post"], department=lines["department"])
    assert caught.value.fields["field"] == next(iter(changes))  # type: ignore[attr-defined]


def test_an_inactive_person_is_given_no_work() -> None:
    check_assignable(StaffDetails("王芳", "收费员", "客服部"))
    with pytest.raises(NotAssignable) as refusal:
        check_assignable(StaffDetails("王芳", "收费员", "客服部", active=False))
    assert refusal.value.fields == {"name": "王芳"}
