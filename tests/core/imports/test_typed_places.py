import pytest

from core.imports.typed_places import UnitCodeRefused, typed_building, typed_entrance, typed_unit


@pytest.mark.parametrize(("text", "code"), [("3", "3"), (" 3号楼 ", "3"), ("３栋", "3"), ("a座", "A"), ("01", "01")])
def test_a_building_is_read_as_in_a_file(text: str, code: str) -> None:
    assert typed_building(text) == code


@pytest.mark.parametrize("text", ["", " ", "3-1", "А栋", "3$"])
def test_what_is_no_building_is_refused(text: str) -> None:
    with pytest.raises(UnitCodeRefused) as refusal:
        typed_building(text)
    assert refusal.value.fields == {"field": "building"}


@pytest.mark.parametrize(("text", "code"), [("", ""), (" ", ""), ("1单元", "1"), ("２", "2")])
def test_an_entrance_may_be_missing(text: str, code: str) -> None:
    assert typed_entrance(text) == code


def test_what_is_no_entrance_is_refused() -> None:
    with pytest.raises(UnitCodeRefused) as refusal:
        typed_entrance("1-2")
    assert refusal.value.fields == {"field": "entrance"}


@pytest.mark.parametrize(
    ("entrance", "room", "code"),
    [
        ("1", "1202", "3-1-1202"),
        ("1", "1202室", "3-1-1202"),
        ("1", "３－１－１２０２", "3-1-1202"),
        ("1", "3栋1单元1202", "3-1-1202"),
        ("", "1202", "3-1202"),
        ("", "0101", "3-0101"),
    ],
)
def test_a_room_becomes_the_full_code(entrance: str, room: str, code: str) -> None:
    assert typed_unit(building="3", entrance=entrance, room=room) == code


@pytest.mark.parametrize(
    ("entrance", "room"),
    [
        ("1", ""),
        ("1", "2-1-1202"),
        ("1", "3-2-1202"),
        ("", "3-1202"),
        ("1", "1-2-3-4"),
        ("B" * 16, "C" * 16 + "-" + "D" * 16),
    ],
)
def test_what_is_no_room_or_names_another_place_is_refused(entrance: str, room: str) -> None:
    with pytest.raises(UnitCodeRefused) as refusal:
        typed_unit(building="3", entrance=entrance, room=room)
    assert refusal.value.fields == {"field": "room"}


def test_a_code_longer_than_a_unit_may_have_is_refused() -> None:
    with pytest.raises(UnitCodeRefused):
        typed_unit(building="A" * 16, entrance="B" * 16, room="C" * 16)
