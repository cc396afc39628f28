"""Estates, units and customers as people meet them: nobody, the wrong person, empty, done, refused."""

from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import text
from streamlit.testing.v1 import AppTest

from core.admin.codes import CodeEntry, CodeList
from core.customers.estate_record import EstateRecord, EstateState
from core.customers.profiles import CareFlag, Relation
from core.kernel.identity import CustomerId, EstateId, UnitId
from db.engine import Database
from db.operations.codes import AddCode, add_code
from db.operations.estates import EditEstate, edit_estate
from db.operations.units import EditUnit, UnitForm, edit_unit
from db.queries.customers import CustomersWanted, customers
from db.queries.estates import EstatesWanted, EstateWanted, estate_card, estates
from db.queries.units import BuildingsWanted, UnitsWanted, UnitWanted, building_options, unit_card, units
from pages._shell.tables import filter_text
from tests.builders import act, ask, building, customer, estate, small_estate, unit, with_code_lists
from tests.pages.conftest import looking_after
from tests.pages.forms import box, keyed, panel, panels, press, said, type_in
from tests.personas import ACCOUNTANT, ADMINISTRATOR, AUDITOR, CASHIER, FRONT_DESK, HANDLER, MANAGER, PATROL
from tests.statements import count_statements

OpenAs = Callable[..., AppTest]
ESTATES, UNITS, CUSTOMERS = "households.estates", "households.units", "households.customers"


@pytest.fixture
def company(portal: Database) -> tuple[EstateId, tuple[UnitId, ...]]:
    """One estate with three units and their owners."""
    with_code_lists(portal)
    place, flats = small_estate(portal)
    return place, flats


@pytest.mark.parametrize("key", [ESTATES, UNITS, CUSTOMERS])
def test_nobody_sees_a_page_without_signing_in(open_as: OpenAs, key: str) -> None:
    app = open_as(key, None)
    assert "You are signed out" in said(app)
    assert not app.dataframe


@pytest.mark.parametrize("who", [PATROL, ADMINISTRATOR])
def test_who_may_not_see_customers_is_told_whom_to_ask(open_as: OpenAs, company: object, who: object) -> None:
    app = open_as(CUSTOMERS, who, estate="E0001")
    assert "You may not open this page" in said(app)
    assert "Front desk" in said(app)
    assert not app.dataframe


@pytest.mark.parametrize("key", [UNITS, CUSTOMERS])
def test_the_page_asks_for_an_estate_first(open_as: OpenAs, company: object, key: str) -> None:
    app = open_as(key, MANAGER)
    assert "Choose an estate above" in said(app)
    assert not app.dataframe


@pytest.mark.parametrize("key", [ESTATES, UNITS, CUSTOMERS])
def test_an_estate_beyond_ones_care_is_as_if_not_there(
    portal: Database, open_as: OpenAs, company: tuple[EstateId, object], key: str
) -> None:
    other = estate(portal, "Oak Park")
    app = open_as(key, looking_after(FRONT_DESK, other), estate="E0001")
    assert "Maple Court" not in said(app)
    assert "1-101" not in said(app)


@pytest.mark.parametrize(
    ("key", "address"),
    [(ESTATES, {"show": "1"}), (UNITS, {"unit": "2"}), (CUSTOMERS, {"customer": "5", "search": "张三一"})],
)
def test_a_page_keeps_its_budget_of_statements(
    portal: Database, open_as: OpenAs, company: object, key: str, address: dict[str, str]
) -> None:
    app = open_as(key, MANAGER, estate="E0001", **address)
    with count_statements(portal) as seen:
        app.run()
    assert "Details" in panels(app)
    assert len(seen) <= 12, "\n".join(seen)


# --- estates


def test_an_empty_portal_says_how_to_begin(portal: Database, open_as: OpenAs) -> None:
    with_code_lists(portal)
    assert "add an estate here or import" in said(open_as(ESTATES, MANAGER))


def test_estates_are_searched_by_name_and_type(portal: Database, open_as: OpenAs, company: object) -> None:
    estate(portal, "Harbour Tower", estate_type="office")
    app = open_as(ESTATES, AUDITOR)
    assert "2 rows" in said(app)
    keyed(app, "estates.search").set_value("harbour")
    assert "Maple" not in said(app.run())
    keyed(app, "estates.search").set_value("")
    keyed(app, "estates.type").set_value("residential")
    assert "Harbour" not in said(app.run())
    assert "1 rows" in said(app)


def test_an_estate_shows_all_it_has(portal: Database, open_as: OpenAs, company: object) -> None:
    place = estate(portal, "Full House", reference_price=2_680_000, floor_area=8_900_000, household_count=720)
    shown = said(open_as(ESTATES, AUDITOR, show=str(place)))
    for part in ("Full House", "2.68", "89,000.00", "720", "Charging mode", "Lump sum"):
        assert part in shown


def test_an_estate_is_added_with_figures_as_typed(portal: Database, open_as: OpenAs) -> None:
    with_code_lists(portal)
    app = open_as(ESTATES, MANAGER)
    assert panels(app) == ["New estate"]
    type_in(app, Name="Green Hill", **{"Floor area (m²)": "12,345.67", "Reference price (yuan/m²·month)": "1.85"})
    assert "The estate was added." in said(press(app, "Save"))
    (row,) = ask(portal, estates, EstatesWanted()).rows
    record = ask(portal, estate_card, EstateWanted(row.id)).record
    assert (record.name, record.floor_area, record.reference_price) == ("Green Hill", 1_234_567, 1_850_000)
    assert box(app, "Name").value == ""


@pytest.mark.parametrize(
    ("label", "typed", "sentence"),
    [
        ("Floor area (m²)", "about 100", "at most 2 decimals"),
        ("Planned households", "12.5", "Write a whole number"),
        ("Plot ratio", "-1", "at most 2 decimals"),
    ],
)
def test_a_figure_that_cannot_be_read_is_said_and_nothing_is_lost(
    portal: Database, open_as: OpenAs, label: str, typed: str, sentence: str
) -> None:
    with_code_lists(portal)
    app = open_as(ESTATES, MANAGER)
    type_in(app, Name="Green Hill", **{label: typed})
    assert sentence in said(press(app, "Save"))
    assert box(app, "Name").value == "Green Hill"
    assert not ask(portal, estates, EstatesWanted()).total


def test_a_name_that_is_missing_is_refused_in_one_sentence(portal: Database, open_as: OpenAs) -> None:
    with_code_lists(portal)
    app = open_as(ESTATES, MANAGER)
    type_in(app, District="North")
    press(app, "Save")
    assert len(app.error) == 1
    assert box(app, "District").value == "North"


def test_the_second_of_two_edits_is_refused_and_what_was_typed_stays(
    portal: Database, open_as: OpenAs, company: tuple[EstateId, object]
) -> None:
    place = company[0]
    app = panel(open_as(ESTATES, MANAGER, show=str(place)), "edit")
    act(portal, edit_estate, EditEstate(place, 1, EstateRecord("Maple Court", district="South")))
    type_in(app, Name="Maple Gardens")
    shown = said(press(app, "Save"))
    assert "Somebody else has changed this record" in shown
    assert "Nothing was saved" in shown
    assert box(app, "Name").value == "Maple Gardens"
    assert ask(portal, estate_card, EstateWanted(place)).record.name == "Maple Court"
    press(app, "Show the new values")
    assert box(app, "District").value == "South"
    type_in(app, Name="Maple Gardens")
    assert "The estate was saved." in said(press(app, "Save"))
    assert ask(portal, estate_card, EstateWanted(place)).record.name == "Maple Gardens"


def test_retiring_an_estate_asks_first(portal: Database, open_as: OpenAs, company: tuple[EstateId, object]) -> None:
    place = company[0]
    app = panel(open_as(ESTATES, MANAGER, show=str(place)), "retire")
    assert "Tick the box first" in said(press(app, "Retire this estate"))
    assert ask(portal, estate_card, EstateWanted(place)).state is EstateState.ACTIVE
    app.checkbox[0].check()
    assert "The estate was retired." in said(press(app, "Retire this estate"))
    assert ask(portal, estate_card, EstateWanted(place)).state is EstateState.RETIRED


@pytest.mark.parametrize(
    ("who", "offered"), [(AUDITOR, ["Details"]), (MANAGER, ["Details", "Edit", "Retire", "New estate"])]
)
def test_what_one_may_not_do_with_an_estate_is_not_offered(
    open_as: OpenAs, company: tuple[EstateId, object], who: object, offered: list[str]
) -> None:
    assert panels(open_as(ESTATES, who, show=str(company[0]))) == offered


def test_who_looks_after_some_estates_adds_none(open_as: OpenAs, company: tuple[EstateId, object]) -> None:
    who = looking_after(MANAGER, company[0])
    assert "New estate" not in panels(open_as(ESTATES, who, show=str(company[0])))


# --- units


def test_an_estate_without_units_says_what_to_do(portal: Database, open_as: OpenAs) -> None:
    with_code_lists(portal)
    estate(portal)
    app = open_as(UNITS, MANAGER, estate="E0001")
    assert "add a unit here, or import" in said(app)
    assert panels(app) == ["New building"]


def test_units_are_narrowed_by_building_use_and_code(
    portal: Database, open_as: OpenAs, company: tuple[EstateId, object]
) -> None:
    place = company[0]
    second = building(portal, place, "2")
    unit(portal, place, second, "901", use="commercial")
    app = open_as(UNITS, AUDITOR, estate="E0001")
    assert "4 rows" in said(app)
    keyed(app, f"units.in.{place}").set_value(str(second))
    assert "1 rows" in said(app.run())
    keyed(app, f"units.in.{place}").set_value("")
    keyed(app, "units.use").set_value("commercial")
    assert "2-901" in said(app.run())
    assert "1-101" not in said(app)


def test_a_unit_shows_its_people_masked_by_the_readers_role(
    open_as: OpenAs, company: tuple[EstateId, tuple[UnitId, ...]]
) -> None:
    flat = str(company[1][0])
    cashier = said(open_as(UNITS, CASHIER, estate="E0001", unit=flat))
    assert "张*一" in cashier
    assert "139****0000" in cashier
    assert "¥0.00" in cashier
    patrol = said(open_as(UNITS, PATROL, estate="E0001", unit=flat))
    assert "张**" in patrol
    assert "139" not in patrol
    assert "Credit" not in patrol


def test_a_unit_is_added_and_its_values_kept_exactly(
    portal: Database, open_as: OpenAs, company: tuple[EstateId, object]
) -> None:
    app = panel(open_as(UNITS, MANAGER, estate="E0001"), "new")
    type_in(app, Room_or_full_code="305", Floor=3, **{"Floor area (m²)": "89.50"})
    assert "The unit was added." in said(press(app, "Save"))
    row = ask(portal, units, UnitsWanted(company[0], search="305")).rows[0]
    assert (row.code, row.area, row.floor) == ("1-305", 8950, 3)


def test_an_area_that_is_no_area_is_refused_and_what_was_typed_stays(
    portal: Database, open_as: OpenAs, company: tuple[EstateId, object]
) -> None:
    app = panel(open_as(UNITS, MANAGER, estate="E0001"), "new")
    type_in(app, Room_or_full_code="305", **{"Floor area (m²)": "0"})
    assert "above 0" in said(press(app, "Save"))
    assert box(app, "Room or full code").value == "305"
    assert ask(portal, units, UnitsWanted(company[0])).total == 3


def test_two_people_editing_one_unit_do_not_overwrite_each_other(
    portal: Database, open_as: OpenAs, company: tuple[EstateId, tuple[UnitId, ...]]
) -> None:
    place, flats = company
    card = ask(portal, unit_card, UnitWanted(place, flats[0]))
    app = panel(open_as(UNITS, ACCOUNTANT, estate="E0001", unit=str(flats[0])), "edit")
    other = UnitForm(card.building_id, "", "101", "77.7", "residential")
    act(portal, edit_unit, EditUnit(place, card.id, card.version, other))
    type_in(app, **{"Floor area (m²)": "50"})
    assert "Somebody else has changed this record" in said(press(app, "Save"))
    assert box(app, "Floor area (m²)").value == "50"
    assert ask(portal, unit_card, UnitWanted(place, card.id)).record.area == 7770


def test_a_unit_with_people_is_not_retired(
    portal: Database, open_as: OpenAs, company: tuple[EstateId, tuple[UnitId, ...]]
) -> None:
    app = panel(open_as(UNITS, MANAGER, estate="E0001", unit=str(company[1][0])), "retire")
    app.checkbox[0].check()
    press(app, "Retire this unit")
    assert len(app.error) == 1
    assert ask(portal, units, UnitsWanted(company[0])).total == 3


def test_a_building_is_added_once(portal: Database, open_as: OpenAs, company: tuple[EstateId, object]) -> None:
    app = panel(open_as(UNITS, MANAGER, estate="E0001"), "building")
    type_in(app, **{"Number of the building, for instance 3": "7"})
    assert "The building was added." in said(press(app, "Save"))
    type_in(app, **{"Number of the building, for instance 3": "7"})
    press(app, "Save")
    assert app.error
    assert [b.code for b in ask(portal, building_options, BuildingsWanted(company[0]))] == ["1", "7"]


def test_a_retired_use_stays_on_offer_for_who_has_it(
    portal: Database, open_as: OpenAs, company: tuple[EstateId, tuple[UnitId, ...]]
) -> None:
    act(portal, add_code, AddCode(CodeEntry(CodeList.USE, "gym", "健身房", "Gym", 70)))
    place, flats = company
    hall = unit(portal, place, ask(portal, building_options, BuildingsWanted(place))[0].id, "G1", use="gym")
    with portal.writing() as connection, connection.begin():
        connection.execute(text("UPDATE code_items SET retired_at = '2026-01-01 00:00:00' WHERE code = 'gym'"))
    app = panel(open_as(UNITS, MANAGER, estate="E0001", unit=str(hall)), "edit")
    assert box(app, "Used as").value == "gym"
    assert len(flats) == 3


@pytest.mark.parametrize("who", [AUDITOR, CASHIER, FRONT_DESK])
def test_who_may_not_edit_units_is_offered_no_form(
    open_as: OpenAs, company: tuple[EstateId, tuple[UnitId, ...]], who: object
) -> None:
    assert panels(open_as(UNITS, who, estate="E0001", unit=str(company[1][0]))) == ["Details"]


# --- customers


def owner(portal: Database, place: EstateId) -> CustomerId:
    """The customer of the first unit."""
    return ask(portal, customers, CustomersWanted(place, search="1-101")).rows[0].id


def test_an_estate_without_customers_says_what_to_do(portal: Database, open_as: OpenAs) -> None:
    with_code_lists(portal)
    estate(portal)
    assert "add a customer here or in the import centre" in said(open_as(CUSTOMERS, FRONT_DESK, estate="E0001"))


def test_customers_are_listed_masked_and_explained(open_as: OpenAs, company: object) -> None:
    app = open_as(CUSTOMERS, HANDLER, estate="E0001")
    shown = said(app)
    assert "3 rows" in shown
    assert "张*一" in shown
    assert "张三一" not in shown
    assert "13900010000" not in shown
    assert "parts of a name or number cannot be searched" in str(keyed(app, "customers.search").help)


@pytest.mark.parametrize(
    ("search", "rows"), [("张三一", 1), ("13900010002", 1), ("0001", 1), ("张三", 0), ("1-102", 1)]
)
def test_customers_are_found_by_whole_name_number_tail_or_unit(
    open_as: OpenAs, company: object, search: str, rows: int
) -> None:
    shown = said(open_as(CUSTOMERS, FRONT_DESK, estate="E0001", search=search))
    assert (f"{rows} rows" in shown) == bool(rows)
    assert ("Nobody fits" in shown) == (rows == 0)


def test_each_search_is_noted_once_without_its_value(portal: Database, open_as: OpenAs, company: object) -> None:
    app = open_as(CUSTOMERS, FRONT_DESK, estate="E0001", search="张三一")
    app.run()
    keyed(app, "customers.search").set_value("13900010002")
    app.run()
    with portal.reading() as connection:
        noted = connection.execute(text("SELECT after FROM audit_entries WHERE action = 'customers.search'")).scalars()
        found = list(noted)
    assert len(found) == 2
    assert not any("13900010002" in note or "张三一" in note for note in found)


def test_customers_are_narrowed_by_relation_and_care(
    portal: Database, open_as: OpenAs, company: tuple[EstateId, tuple[UnitId, ...]]
) -> None:
    place, flats = company
    customer(portal, place, "李四", of=flats[0], relation=Relation.TENANT, care=(CareFlag.ELDERLY,))
    app = open_as(CUSTOMERS, FRONT_DESK, estate="E0001")
    keyed(app, "customers.relation").set_value("tenant")
    assert "1 rows" in said(app.run())
    keyed(app, "customers.relation").set_value("owner")
    keyed(app, "customers.care").set_value("elderly")
    assert "Nobody fits" in said(app.run())


def test_a_customer_is_added_with_a_unit_found_by_its_number(
    portal: Database, open_as: OpenAs, company: tuple[EstateId, object]
) -> None:
    app = panel(open_as(CUSTOMERS, FRONT_DESK, estate="E0001"), "new")
    type_in(app, **{"Unit (may stay empty)": "1-201"})
    app.run()
    type_in(app, Full_name="王小明", **{"Phone (may stay empty)": "13800138000"})
    assert "The customer was added." in said(press(app, "Save"))
    (found,) = ask(portal, customers, CustomersWanted(company[0], search="王小明"), now=datetime.now(UTC)).rows
    assert [(held.code, held.relation) for held in found.units] == [("1-201", Relation.OWNER)]
    assert box(app, "Full name").value == ""


@pytest.mark.parametrize("phone", ["138****8000", "12"])
def test_a_phone_that_is_none_is_refused_and_what_was_typed_stays(
    portal: Database, open_as: OpenAs, company: tuple[EstateId, object], phone: str
) -> None:
    app = panel(open_as(CUSTOMERS, FRONT_DESK, estate="E0001"), "new")
    type_in(app, Full_name="王小明", **{"Phone (may stay empty)": phone})
    press(app, "Save")
    assert len(app.error) == 1
    assert box(app, "Full name").value == "王小明"
    assert ask(portal, customers, CustomersWanted(company[0])).total == 3


def test_the_same_person_twice_is_refused_unless_it_is_another(
    portal: Database, open_as: OpenAs, company: tuple[EstateId, object]
) -> None:
    app = panel(open_as(CUSTOMERS, FRONT_DESK, estate="E0001"), "new")
    type_in(app, Full_name="张三一", **{"Phone (may stay empty)": "13900010000"})
    press(app, "Save")
    assert len(app.error) == 1
    type_in(app, **{"It is another person of the same name and number": True})
    assert "The customer was added." in said(press(app, "Save"))
    assert ask(portal, customers, CustomersWanted(company[0])).total == 4


def test_an_edit_keeps_the_sealed_values_that_were_not_typed(
    portal: Database, open_as: OpenAs, company: tuple[EstateId, object]
) -> None:
    number = owner(portal, company[0])
    app = panel(open_as(CUSTOMERS, FRONT_DESK, estate="E0001", customer=str(number)), "edit")
    type_in(app, Note="calls in the evening")
    assert "The customer was saved." in said(press(app, "Save"))
    (found,) = ask(portal, customers, CustomersWanted(company[0], search="13900010000")).rows
    assert (found.id, found.name) == (number, "张*一")


def test_the_reasons_for_care_are_set(portal: Database, open_as: OpenAs, company: tuple[EstateId, object]) -> None:
    number = owner(portal, company[0])
    app = panel(open_as(CUSTOMERS, FRONT_DESK, estate="E0001", customer=str(number)), "care")
    box(app, "Special care").set_value([CareFlag.ELDERLY])
    assert "The reasons for care were saved." in said(press(app, "Save"))
    (found,) = ask(portal, customers, CustomersWanted(company[0], care=CareFlag.ELDERLY)).rows
    assert found.id == number


def test_a_unit_is_linked_and_the_relation_ended(
    portal: Database, open_as: OpenAs, company: tuple[EstateId, object]
) -> None:
    number = owner(portal, company[0])
    app = panel(open_as(CUSTOMERS, FRONT_DESK, estate="E0001", customer=str(number)), "units")
    type_in(app, Link_another_unit="1-201")
    app.run()
    assert "The unit was linked." in said(press(app, "Link"))
    assert "1-201" in said(app)
    type_in(app, First_day_it_no_longer_holds=date(2021, 1, 1))
    assert "The relation was ended." in said(press(app, "End"))
    (found,) = ask(portal, customers, CustomersWanted(company[0], search="张三一"), now=datetime.now(UTC)).rows
    assert [held.code for held in found.units] == ["1-201"]


def test_an_end_before_the_start_is_refused(
    portal: Database, open_as: OpenAs, company: tuple[EstateId, object]
) -> None:
    app = open_as(CUSTOMERS, FRONT_DESK, estate="E0001", customer=str(owner(portal, company[0])))
    panel(app, "units")
    type_in(app, First_day_it_no_longer_holds=date(2019, 1, 1))
    assert "must lie after the start" in said(press(app, "End"))
    assert box(app, "First day it no longer holds").value == date(2019, 1, 1)


def test_a_number_is_opened_with_a_reason_for_one_run_only(
    portal: Database, open_as: OpenAs, company: tuple[EstateId, object]
) -> None:
    app = open_as(CUSTOMERS, FRONT_DESK, estate="E0001", customer=str(owner(portal, company[0])))
    panel(app, "reveal")
    press(app, "Show in full")
    assert app.error
    assert not app.code
    type_in(app, Reason="call back about the lift")
    press(app, "Show in full")
    assert [block.value for block in app.code] == ["13900010000"]
    assert "13900010000" not in repr(app.session_state)
    app.run()
    assert not app.code
    with portal.reading() as connection:
        opened = connection.execute(
            text("SELECT reason, after FROM audit_entries WHERE action = 'customers.reveal'")
        ).one()
    assert opened.reason == "call back about the lift"
    assert "13900010000" not in opened.after


@pytest.mark.parametrize(
    ("who", "offered"),
    [
        (HANDLER, ["Details"]),
        (AUDITOR, ["Details"]),
        (CASHIER, ["Details", "Show in full"]),
        (FRONT_DESK, ["Details", "Units", "Edit", "Care", "Show in full", "New customer"]),
    ],
)
def test_what_one_may_not_do_with_a_customer_is_not_offered(
    portal: Database, open_as: OpenAs, company: tuple[EstateId, object], who: object, offered: list[str]
) -> None:
    app = open_as(CUSTOMERS, who, estate="E0001", customer=str(owner(portal, company[0])))
    assert panels(app) == offered


def test_a_search_text_never_goes_into_the_log_of_an_export(open_as: OpenAs, company: object) -> None:
    assert open_as(CUSTOMERS, AUDITOR, estate="E0001", search="张三一").get("download_button")
    wanted = CustomersWanted(EstateId(1), relation=Relation.OWNER, search="张三一")
    assert filter_text(wanted) == "estate_id=1, relation=owner"
