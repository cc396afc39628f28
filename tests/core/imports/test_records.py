"""What a file says and what the portal keeps are the same facts, there and back (R-001, R-002)."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.customers.estate_record import LARGEST, EstateRecord
from core.customers.unit_record import UnitRecord
from core.customers.units import AREA_LIMIT
from core.imports.records import estate_record, estate_values, hundredths, unit_record, unit_values
from core.imports.text import Value

BAY = EstateRecord(
    name="金水湾",
    code="JSW-01",
    address="滨河路1号",
    district="金水区",
    estate_type="mixed",
    structure="框架",
    floor_area=12_345_678,
    plot_area=4_000_050,
    household_count=820,
    greening=3550,
    plot_ratio=250,
    reference_price=1_850_000,
    developer="甲公司",
    property_company="乙公司",
)
ROOM = UnitRecord("3", "1", "3-1-1202", 8950, "residential", "A", 12, date(2020, 5, 31))
BARE = UnitRecord("3", "", "3-101", 1, "parking")
FIGURES = ("floor_area", "plot_area", "greening", "plot_ratio", "reference_price")

LINES = st.text("甲乙丙A1", max_size=5)
ESTATES = st.builds(
    EstateRecord,
    name=LINES.filter(bool),
    code=LINES,
    address=LINES,
    district=LINES,
    estate_type=st.sampled_from(["residential", "office"]),
    structure=LINES,
    household_count=st.none() | st.integers(0, 200_000),
    developer=LINES,
    property_company=LINES,
    **{name: st.none() | st.integers(0, LARGEST[name]) for name in FIGURES},
)
UNITS = st.builds(
    UnitRecord,
    building=LINES,
    entrance=LINES,
    code=LINES,
    area=st.integers(1, AREA_LIMIT - 1),
    use=LINES,
    grade=st.none() | LINES.filter(bool),
    floor=st.none() | st.integers(-10, 200),
    handover_date=st.none() | st.dates(),
)


@pytest.mark.parametrize(
    ("written", "kept"),
    [("0", 0), ("0.01", 1), ("0.29", 29), ("1.1", 110), ("89.50", 8950), ("9999.99", 999_999), ("20000000", 2 * 10**9)],
)
def test_a_figure_of_two_decimals_is_kept_in_hundredths_exactly(written: str, kept: int) -> None:
    assert hundredths(Decimal(written)) == kept


def test_an_estate_speaks_to_a_file_in_square_metres_percent_and_yuan() -> None:
    values = estate_values(BAY)
    assert {name: str(values[name]) for name in ("floor_area", "plot_area", "greening_percent", "plot_ratio")} == {
        "floor_area": "123456.78",
        "plot_area": "40000.50",
        "greening_percent": "35.50",
        "plot_ratio": "2.50",
    }
    assert values["reference_price"] == Decimal("1.85")
    assert (values["household_count"], values["name"], values["estate_type"]) == (820, "金水湾", "mixed")


def test_what_is_not_known_of_an_estate_is_an_empty_cell() -> None:
    known = {name for name, value in estate_values(EstateRecord(name="x")).items() if value is not None}
    assert known == {"name", "estate_type"}


def test_a_figure_of_zero_is_known_and_no_empty_cell() -> None:
    nothing = replace(BAY, floor_area=0, household_count=0, reference_price=0)
    assert estate_record(estate_values(nothing), old=BAY) == nothing


@given(ESTATES)
def test_an_estate_goes_there_and_back(record: EstateRecord) -> None:
    assert estate_record(estate_values(record)) == record
    assert estate_record(estate_values(record), old=record) == record


def test_an_empty_cell_keeps_what_an_estate_has() -> None:
    row: dict[str, Value | None] = {"name": "金水湾一期", "address": None, "floor_area": None, "reference_price": None}
    assert estate_record(row, old=BAY) == replace(BAY, name="金水湾一期")
    assert estate_record(dict.fromkeys(estate_values(BAY)), old=BAY) == BAY


def test_an_empty_cell_of_a_new_estate_leaves_the_records_own_default() -> None:
    assert estate_record({"name": "x", "estate_type": None}) == EstateRecord(name="x", estate_type="residential")


@pytest.mark.parametrize(
    ("cells", "fields"),
    [
        ({"greening_percent": Decimal("35.5")}, {"greening": 3550}),
        ({"plot_ratio": Decimal("2.05")}, {"plot_ratio": 205}),
        ({"reference_price": Decimal("0.000001")}, {"reference_price": 1}),
        ({"reference_price": Decimal("2.3")}, {"reference_price": 2_300_000}),
        ({"household_count": 0, "floor_area": Decimal(0)}, {"household_count": 0, "floor_area": 0}),
    ],
)
def test_a_filled_cell_replaces_only_its_own_fact(cells: dict[str, Value], fields: dict[str, int]) -> None:
    assert estate_record(cells, old=BAY) == replace(BAY, **fields)  # type: ignore[arg-type]


def test_a_price_of_seven_decimals_is_never_rounded() -> None:
    with pytest.raises(ValueError, match="decimals"):
        estate_record({"reference_price": Decimal("1.0000001")}, old=BAY)


def test_a_unit_speaks_to_a_file_by_the_code_of_its_estate_and_in_square_metres() -> None:
    assert unit_values(ROOM, estate="JSW-01") == {
        "estate": "JSW-01",
        "building": "3",
        "entrance": "1",
        "unit": "3-1-1202",
        "floor": 12,
        "area": Decimal("89.50"),
        "use": "residential",
        "grade": "A",
        "handover_date": date(2020, 5, 31),
    }
    assert unit_values(BARE, estate="E")["entrance"] is None


@given(UNITS)
def test_a_unit_goes_there_and_back(record: UnitRecord) -> None:
    assert unit_record(unit_values(record, estate="E")) == record
    assert unit_record(unit_values(record, estate="E"), old=record) == record


MOVED: dict[str, Value | None] = {"building": "3", "unit": "3-1-1202", "area": Decimal("90.1"), "use": "office"}


@pytest.mark.parametrize("empty", [{}, dict.fromkeys(("entrance", "grade", "floor", "handover_date"))])
def test_an_empty_cell_keeps_what_a_unit_has_and_is_nothing_for_a_new_one(empty: dict[str, None]) -> None:
    assert unit_record(MOVED | empty, old=ROOM) == replace(ROOM, area=9010, use="office")
    assert unit_record(MOVED | empty) == UnitRecord("3", "", "3-1-1202", 9010, "office")


def test_a_filled_cell_replaces_what_a_unit_had_and_the_ground_floor_is_a_floor() -> None:
    given_all = MOVED | {"entrance": "2", "grade": "B", "floor": 0, "handover_date": date(2021, 1, 1)}
    assert unit_record(given_all, old=ROOM) == UnitRecord(
        "3", "2", "3-1-1202", 9010, "office", "B", 0, date(2021, 1, 1)
    )
