import pytest

from core.surveys.lines import LineProblem, LineTrouble
from core.surveys.places import Place, resolve_place

UNITS = {"3-1-1202": "3", "3-1-1203": "3", "3-2-1202": "3", "5-1-101": "5", "1202": "别墅", "B-1-1": "B"}
BUILDINGS = ("3", "5", "B", "1202")


@pytest.mark.parametrize(
    ("place", "prefix", "found"),
    [
        ("3-1-1202", "", Place("3-1-1202", "3")),
        ("3-1-1202", "5-1", Place("3-1-1202", "3")),
        ("1203", "3-1", Place("3-1-1203", "3")),
        ("1203", "３－１－", Place("3-1-1203", "3")),
        ("1", " b-1 ", Place("B-1-1", "B")),
        ("1202", "3-1", Place("1202", "别墅")),
        ("3", "", Place(None, "3")),
        ("3", "5-1", Place(None, "3")),
        ("", "3-1", Place(None, None)),
    ],
)
def test_a_place_is_a_unit_or_a_building_or_nowhere(place: str, prefix: str, found: Place) -> None:
    assert resolve_place(place=place, prefix=prefix, units=UNITS, buildings=BUILDINGS) == found


@pytest.mark.parametrize(
    ("place", "prefix", "nearest"),
    [
        ("3-1-1204", "", "3-1-1203, 3-1-1202"),
        ("1204", "3-1", "3-1-1203, 3-1-1202"),
        ("31-1202", "", "3-1-1202, 3-2-1202, 1202"),
        ("4-1-1202", "3-1", "3-1-1202, 3-2-1202, 1202"),
        ("9999", "", "–"),
        ("三栋", "", "–"),
    ],
)
def test_a_place_nobody_knows_is_refused_with_those_alike(place: str, prefix: str, nearest: str) -> None:
    found = resolve_place(place=place, prefix=prefix, units=UNITS, buildings=BUILDINGS)
    fields: dict[str, str | int] = {"place": place, "nearest": nearest}
    assert found == LineProblem(LineTrouble.NO_UNIT, fields, at=0, length=len(place))


def test_an_endless_place_is_told_short() -> None:
    found = resolve_place(place="9" * 2000, prefix="3-1", units=UNITS, buildings=BUILDINGS)
    assert isinstance(found, LineProblem)
    assert found.fields["place"] == "9" * 40


def test_units_that_begin_alike_are_offered_first() -> None:
    units = dict.fromkeys(("3-1-1201", "3-1-1101", "3-1-0101", "3-1-0102", "3-1-0103", "3-2-0199"), "3")
    found = resolve_place(place="3-1-0199", prefix="", units=units, buildings=())
    assert isinstance(found, LineProblem)
    assert found.fields["nearest"] == "3-1-0103, 3-1-0102, 3-1-0101"
