"""R-002, R-011, R-196; T7 and T20 for buildings and units."""

import json
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from core.admin.codes import CodeUnknown
from core.admin.permissions import NotPermitted, Permission
from core.customers.estate_record import EstateRetired
from core.customers.profiles import CareFlag, Relation
from core.customers.unit_record import BuildingCodeTaken, FloorRefused, UnitRecord, UnitState, UnitStillUsed
from core.customers.units import AreaOutOfBounds, AreaRefused, UnitCodeRefused, UnitCodeTaken
from core.kernel.errors import BusinessError
from core.kernel.filters import Slice
from core.kernel.identity import BuildingId, EstateId, UnitId
from core.kernel.lifecycle import ForbiddenMove
from core.kernel.money import Money
from db.engine import Database
from db.models import Unit, UnitAccount
from db.operations.customers import EndOccupancy, end_occupancy
from db.operations.estates import RetireEstate, retire_estate
from db.operations.units import (
    CreateBuilding,
    CreateUnit,
    EditUnit,
    RetireUnit,
    UnitChange,
    UnitForm,
    create_building,
    create_unit,
    edit_unit,
    retire_unit,
    store_units,
)
from db.queries.units import (
    BuildingsWanted,
    UnitCard,
    UnitSort,
    UnitsWanted,
    UnitWanted,
    building_options,
    unit_card,
    units,
)
from db.unit_of_work import EditConflict, NotFound, UnitOfWork, operation
from tests import builders
from tests.db.asserting import check_reading_rights, check_rights, entries, pairs, refused, someone_with
from tests.personas import ADMINISTRATOR, CASHIER, FRONT_DESK, PATROL
from tests.statements import count_statements


@pytest.fixture(autouse=True)
def code_lists(database: Database) -> None:
    builders.with_code_lists(database)


@pytest.fixture
def place(database: Database) -> EstateId:
    return builders.estate(database)


@pytest.fixture
def tower(database: Database, place: EstateId) -> BuildingId:
    return builders.building(database, place, "3")


def card(database: Database, estate: EstateId, unit: UnitId, **by: Any) -> UnitCard:
    return builders.ask(database, unit_card, UnitWanted(estate, unit), **by)


def form(building: BuildingId, **values: Any) -> UnitForm:
    return UnitForm(
        **{"building_id": building, "entrance": "1", "room": "1202", "area": "89.5", "use": "residential", **values}
    )


def test_a_new_unit_keeps_every_value_under_its_normal_code(
    database: Database, place: EstateId, tower: BuildingId
) -> None:
    wanted = form(tower, entrance="１单元", room=" 1202室", grade="A", floor=12, handover_date=date(2024, 2, 29))
    number = builders.act(database, create_unit, CreateUnit(place, wanted), by=ADMINISTRATOR)
    shown = card(database, place, number)
    assert shown.record == UnitRecord("3", "1", "3-1-1202", 8950, "residential", "A", 12, date(2024, 2, 29))
    assert (shown.version, shown.state, shown.building_id, shown.occupants) == (1, UnitState.ACTIVE, tower, ())
    (entry,) = entries(database, "units.create")
    assert (entry.chain, entry.actor_id, entry.subject_id) == (place, ADMINISTRATOR.user_id, str(number))
    assert json.loads(entry.after)["handover_date"] == "2024-02-29"


@pytest.mark.parametrize(
    ("values", "error"),
    [
        ({"area": "0"}, AreaOutOfBounds),
        ({"area": "-5"}, AreaOutOfBounds),
        ({"area": "10000"}, AreaOutOfBounds),
        ({"area": "12.345"}, AreaRefused),
        ({"area": "1e3"}, AreaRefused),
        ({"room": ""}, UnitCodeRefused),
        ({"room": "А01"}, UnitCodeRefused),
        ({"room": "4-1-1202"}, UnitCodeRefused),
        ({"entrance": "1-2"}, UnitCodeRefused),
        ({"use": "castle"}, CodeUnknown),
        ({"grade": "Z"}, CodeUnknown),
        ({"floor": 201}, FloorRefused),
        ({"building_id": BuildingId(77)}, NotFound),
    ],
)
def test_a_bad_value_is_refused(
    database: Database, place: EstateId, tower: BuildingId, values: dict[str, Any], error: type[BusinessError]
) -> None:
    with refused(database, error):
        builders.act(database, create_unit, CreateUnit(place, form(tower, **values)))


def test_the_database_itself_refuses_an_area_of_nothing(database: Database, place: EstateId, tower: BuildingId) -> None:
    row = {"estate_id": place, "id": 99, "building_id": tower, "code": "x", "sort_key": "x", "area": 0, "use": "other"}
    with pytest.raises(Exception, match="area_positive"), database.writing() as connection, connection.begin():
        connection.execute(insert(Unit).values(row))


def test_a_code_belongs_to_one_unit_and_one_building_of_an_estate(
    database: Database, place: EstateId, tower: BuildingId
) -> None:
    builders.unit(database, place, tower, "101")
    other = builders.unit(database, place, tower, "102")
    with refused(database, UnitCodeTaken, unit_code="3-101"):
        builders.unit(database, place, tower, "１０１室")
    with refused(database, UnitCodeTaken, unit_code="3-101"):
        builders.act(database, edit_unit, EditUnit(place, other, 1, form(tower, entrance="", room="101")))
    with refused(database, BuildingCodeTaken, building="3"):
        builders.building(database, place, "3号楼")
    second = builders.estate(database, "second")
    assert builders.unit(database, second, builders.building(database, second, "3"), "101")


def test_an_edit_notes_only_what_changed(database: Database, place: EstateId, tower: BuildingId) -> None:
    number = builders.act(database, create_unit, CreateUnit(place, form(tower)))
    second = builders.building(database, place, "10")
    changed = form(second, area="90")
    builders.act(database, edit_unit, EditUnit(place, number, 1, changed))
    shown = card(database, place, number)
    assert (shown.record.code, shown.record.area, shown.building_id, shown.version) == ("10-1-1202", 9000, second, 2)
    builders.act(database, edit_unit, EditUnit(place, number, 2, changed))
    (entry,) = entries(database, "units.edit")
    assert json.loads(entry.after) == {"area": 9000, "building": "10", "code": "10-1-1202"}


def test_the_second_of_two_editors_is_refused(database: Database, place: EstateId, tower: BuildingId) -> None:
    number = builders.act(database, create_unit, CreateUnit(place, form(tower)))
    builders.act(database, edit_unit, EditUnit(place, number, 1, form(tower, area="1")))
    with refused(database, EditConflict):
        builders.act(database, edit_unit, EditUnit(place, number, 1, form(tower, area="2")))
    with refused(database, EditConflict):
        builders.act(database, retire_unit, RetireUnit(place, number, 1))


def test_a_unit_with_people_or_money_is_not_retired(database: Database, place: EstateId, tower: BuildingId) -> None:
    number = builders.unit(database, place, tower)
    builders.customer(database, place, of=number)
    (occupant,) = card(database, place, number).occupants
    with refused(database, UnitStillUsed, occupants=1):
        builders.act(database, retire_unit, RetireUnit(place, number, 1))
    builders.act(database, end_occupancy, EndOccupancy(place, occupant.occupancy_id, 1, date(2026, 11, 21)))
    with database.writing() as connection, connection.begin():
        connection.execute(insert(UnitAccount).values(estate_id=place, unit_id=number, credit_fen=5))
    assert card(database, place, number).credit == Money(5)
    with refused(database, UnitStillUsed, occupants=0):
        builders.act(database, retire_unit, RetireUnit(place, number, 1))
    with database.writing() as connection, connection.begin():
        connection.execute(update(UnitAccount).values(credit_fen=0))
    builders.act(database, retire_unit, RetireUnit(place, number, 1))
    assert card(database, place, number).state is UnitState.RETIRED
    with refused(database, ForbiddenMove):
        builders.act(database, retire_unit, RetireUnit(place, number, 2))


def test_nothing_starts_in_a_retired_estate(database: Database, place: EstateId, tower: BuildingId) -> None:
    builders.act(database, retire_estate, RetireEstate(place, 1))
    with refused(database, EstateRetired):
        builders.building(database, place, "4")
    with refused(database, EstateRetired):
        builders.unit(database, place, tower)


def test_only_people_with_the_right_change_units(database: Database, place: EstateId, tower: BuildingId) -> None:
    number = builders.unit(database, place, tower)
    edit = Permission.UNITS_EDIT
    check_rights(database, create_building, CreateBuilding(place, "4"), edit)
    check_rights(database, create_unit, CreateUnit(place, form(tower)), edit)
    check_rights(database, edit_unit, EditUnit(place, number, 1, form(tower)), edit)
    check_rights(database, retire_unit, RetireUnit(place, number, 1), edit)
    check_reading_rights(database, units, UnitsWanted(), Permission.UNITS_VIEW)
    check_reading_rights(database, unit_card, UnitWanted(place, number), Permission.UNITS_VIEW)
    check_reading_rights(database, building_options, BuildingsWanted(place), Permission.UNITS_VIEW)


def test_nothing_of_another_estate_is_seen_or_changed(database: Database, place: EstateId, tower: BuildingId) -> None:
    mine = builders.unit(database, place, tower)
    other = builders.estate(database, "other")
    hers = builders.building(database, other, "1")
    unit = builders.unit(database, other, hers, "77")
    limited = someone_with(Permission.UNITS_EDIT, place)
    for act, command in pairs(
        (create_building, CreateBuilding(other, "9")),
        (create_unit, CreateUnit(other, form(hers))),
        (edit_unit, EditUnit(other, unit, 1, form(hers))),
        (retire_unit, RetireUnit(other, unit, 1)),
    ):
        with refused(database, NotPermitted):
            builders.act(database, act, command, by=limited)
    # The numbers of another estate mean nothing in one's own.
    for act, command in pairs(
        (edit_unit, EditUnit(place, UnitId(9_999), 1, form(tower))),
        (create_unit, CreateUnit(place, form(BuildingId(9_999)))),
    ):
        with refused(database, NotFound):
            builders.act(database, act, command, by=limited)
    for ask, wanted in pairs((unit_card, UnitWanted(other, unit)), (building_options, BuildingsWanted(other))):
        with pytest.raises(NotPermitted):
            builders.ask(database, ask, wanted, by=limited)
    with pytest.raises(NotPermitted):
        builders.ask(database, units, UnitsWanted(estate_id=other), by=limited)
    assert [row.id for row in builders.ask(database, units, UnitsWanted(), by=limited).rows] == [mine]
    assert builders.ask(database, units, UnitsWanted(search="77"), by=limited).total == 0
    assert builders.ask(database, units, UnitsWanted(building_id=hers), by=limited).total == 0
    with pytest.raises(NotFound):
        card(database, place, UnitId(9_999))


def test_the_card_shows_people_masked_with_todays_first(database: Database, place: EstateId, tower: BuildingId) -> None:
    number = builders.unit(database, place, tower)
    builders.customer(database, place, "欧阳修远", "13911112222", of=number, care=(CareFlag.ELDERLY,))
    builders.customer(database, place, "李雷", "", of=number, relation=Relation.TENANT, since=date(2026, 11, 22))
    owner, tenant = card(database, place, number, by=FRONT_DESK).occupants
    assert (owner.name, owner.phone, owner.has_phone, owner.is_current) == ("欧阳**", "139****2222", True, True)
    assert (owner.care, owner.relation, owner.start, owner.end) == (
        (CareFlag.ELDERLY,),
        Relation.OWNER,
        date(2020, 1, 1),
        None,
    )
    assert (tenant.name, tenant.phone, tenant.has_phone, tenant.is_current) == ("李*", "", False, False)


def test_order_staff_see_a_surname_no_phone_no_care_and_no_money(
    database: Database, place: EstateId, tower: BuildingId
) -> None:
    number = builders.unit(database, place, tower)
    builders.customer(database, place, of=number, care=(CareFlag.LOW_INCOME,))
    shown = card(database, place, number, by=PATROL)
    assert [(o.name, o.phone, o.has_phone, o.care) for o in shown.occupants] == [("王**", "", True, ())]
    assert shown.credit is None
    assert card(database, place, number, by=CASHIER).credit == Money(0)


@pytest.mark.parametrize(
    ("wanted", "rooms"),
    [
        (UnitsWanted(), "1 2 10 99 B2"),
        (UnitsWanted(descending=True), "B2 99 10 2 1"),
        (UnitsWanted(sort=UnitSort.AREA, descending=True), "99 1 2 10 B2"),
        (UnitsWanted(use="parking"), "99"),
        (UnitsWanted(use="x" * 300), ""),
        (UnitsWanted(search="-1"), "1 10"),
        (UnitsWanted(search="b2"), "B2"),
        (UnitsWanted(search="%"), ""),
        (UnitsWanted(search="_"), ""),
        (UnitsWanted(state=UnitState.RETIRED), ""),
        (UnitsWanted(slice=Slice(2, 3)), "99 B2"),
    ],
)
def test_the_list_is_in_natural_order_searched_as_text_and_paged(
    database: Database, place: EstateId, tower: BuildingId, wanted: UnitsWanted, rooms: str
) -> None:
    builders.units(database, place, tower, ("2", "10", "1", "B2"))
    builders.unit(database, place, tower, "99", use="parking", area="200")
    if wanted.sort is UnitSort.AREA:
        with database.writing() as connection, connection.begin():
            for room, area in (("1", 300), ("2", 200), ("10", 150), ("B2", 100)):
                connection.execute(update(Unit).where(Unit.code == f"3-{room}").values(area=area))
    page = builders.ask(database, units, replace(wanted, estate_id=place))
    assert " ".join(row.code.removeprefix("3-") for row in page.rows) == rooms
    assert page.total == (5 if wanted.slice.size == 3 else len(page.rows))


def test_lists_and_cards_need_a_few_statements_however_many_rows(database: Database) -> None:
    place, flats = builders.small_estate(database, rooms=[str(room) for room in range(101, 109)])
    with count_statements(database) as sent:
        page = builders.ask(database, units, UnitsWanted(building_id=None))
    assert [row.occupants for row in page.rows] == [1] * 8
    assert len(sent) == 2
    with count_statements(database) as sent:
        card(database, place, flats[0])
    assert len(sent) == 2
    with count_statements(database) as sent:
        (option,) = builders.ask(database, building_options, BuildingsWanted(place))
    assert (option.code, option.units, len(sent)) == ("1", 8, 1)


@operation(Permission.IMPORTS_REFERENCE)
def store_many(work: UnitOfWork, command: tuple[EstateId, Any, Any]) -> Any:
    return store_units(work, *command)


def record(code: str, **values: Any) -> UnitRecord:
    return UnitRecord(
        **{
            "building": code.split("-", maxsplit=1)[0],
            "entrance": "",
            "code": code,
            "area": 100,
            "use": "other",
            **values,
        }
    )


def test_many_units_are_stored_with_a_few_statements(database: Database, place: EstateId, tower: BuildingId) -> None:
    old = builders.unit(database, place, tower, "1")
    new = [record(f"{building}-{room}") for building in (3, 4, 5) for room in range(100, 600)]
    with count_statements(database) as sent:
        numbers = builders.act(database, store_many, (place, new, [UnitChange(old, 1, record("6-1", area=7))]))
    assert len(sent) < 25
    assert len(set(numbers)) == 1500
    shown = card(database, place, old)
    assert (shown.record, shown.version) == (record("6-1", area=7), 2)
    assert card(database, place, numbers[-1]).record == new[-1]
    options = builders.ask(database, building_options, BuildingsWanted(place))
    assert [(option.code, option.units) for option in options] == [("3", 500), ("4", 500), ("5", 500), ("6", 1)]


@pytest.mark.parametrize(
    ("new", "change", "error"),
    [
        ((record("3-1"),), (), UnitCodeTaken),
        ((record("3-2"), record("3-2")), (), UnitCodeTaken),
        ((record("3-2", area=0),), (), AreaOutOfBounds),
        ((), (5, record("3-2")), EditConflict),
        ((), (1, record("3-2", area=-1)), AreaOutOfBounds),
    ],
)
def test_one_bad_unit_keeps_the_whole_batch_out(
    database: Database, new: Any, change: Any, error: type[BusinessError]
) -> None:
    place = builders.estate(database)
    old = builders.unit(database, place, builders.building(database, place, "3"), "1")
    changes = [UnitChange(old, *change)] if change else []
    with refused(database, error):
        builders.act(database, store_many, (place, [record("9-9"), *new], changes))
    other = builders.estate(database, "other")
    with refused(database, NotFound):
        builders.act(database, store_many, (other, [], [UnitChange(old, 1, record("3-3"))]))


def test_a_person_of_some_estates_stores_units_there_only(database: Database, place: EstateId) -> None:
    other = builders.estate(database, "other")
    limited = someone_with(Permission.IMPORTS_REFERENCE, place)
    with refused(database, NotFound):
        builders.act(database, store_many, (other, [record("1-1")], []), by=limited)
    builders.act(database, store_many, (place, [record("1-1")], []), by=limited)
    with database.reading() as connection:
        assert connection.execute(select(Unit.estate_id)).scalars().all() == [place]
