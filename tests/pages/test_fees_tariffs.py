"""Fee standards: proposed by one, approved by another, ended when the time comes."""

from typing import Any

import pytest
from sqlalchemy import text
from streamlit.testing.v1 import AppTest

from db.engine import Database
from tests.fee_books import Books, open_books, store_codes
from tests.pages.conftest import texts
from tests.pages.fee_paths import Open, button, pick
from tests.personas import ACCOUNTANT, AUDITOR, SUPERVISOR
from tests.statements import count_statements


@pytest.fixture
def books(portal: Database) -> Books:
    books = open_books(portal)
    store_codes(portal)
    return books


def value(database: Database, sql: str) -> Any:
    with database.reading() as connection:
        return connection.execute(text(sql)).scalar()


def price_boxes(app: AppTest) -> list[Any]:
    return [each for each in app.text_input if "yuan" in each.label.lower()]


def proposed(open_as: Open, price: str = "1.85", item: str = "lift") -> AppTest:
    app = open_as("fees.tariffs", ACCOUNTANT, estate="A")
    next(each for each in app.selectbox if each.label == "Fee item").set_value(item)
    price_boxes(app)[0].set_value(price)
    button(app, "Propose").click().run()
    return app


def test_fee_standards_are_listed_with_price_and_people(open_as: Open, books: Books) -> None:
    app = open_as("fees.tariffs", AUDITOR)
    assert not app.exception
    table = app.dataframe[0].value
    assert list(table["Yuan a month"]) == ["¥2", "¥3"] and set(table["Decided by"]) == {"supervisor"}
    assert not [each for each in app.button if each.label == "Propose"]


def test_the_charging_mode_of_the_estate_is_shown(open_as: Open, books: Books) -> None:
    assert "Charging mode: Lump sum. Due on day 15" in texts(open_as("fees.tariffs", AUDITOR, estate="A"))


def test_a_proposal_waits_for_somebody_else(open_as: Open, books: Books, portal: Database) -> None:
    app = proposed(open_as)
    assert not app.exception and not app.error
    assert app.success[0].value == "Proposed. It waits for somebody else to approve it."
    assert value(portal, "SELECT price FROM tariff_prices ORDER BY tariff_id DESC LIMIT 1") in (1_850_000, 2_000_000)
    assert list(app.dataframe[0].value["Fee item"]) == ["Lift", "Property service fee"]
    pick(app, 0)
    assert "You proposed this yourself" in app.info[0].value
    assert not [each for each in app.button if each.label == "Approve"]


def test_another_person_approves_it(open_as: Open, books: Books, portal: Database) -> None:
    proposed(open_as)
    app = pick(open_as("fees.tariffs", SUPERVISOR, estate="A"), 0)
    app.button(key="approve").click().run()
    assert not app.exception and not app.error
    assert app.success[0].value == "Approved. It makes bills from its first day on."
    assert value(portal, "SELECT count(*) FROM tariffs WHERE state = 'approved' AND estate_id = 1") == 2


def test_an_overlapping_tariff_is_refused(open_as: Open, books: Books, portal: Database) -> None:
    proposed(open_as, item="property_fee")
    app = pick(open_as("fees.tariffs", SUPERVISOR, estate="A"), 0)
    app.button(key="approve").click().run()
    assert not app.exception and len(app.error) == 1
    assert value(portal, "SELECT count(*) FROM tariffs WHERE state = 'draft'") == 1


@pytest.mark.parametrize("price", ["", "abc", "0", "1.1234567"])
def test_a_price_that_is_none_is_refused_and_stays(open_as: Open, books: Books, portal: Database, price: str) -> None:
    app = proposed(open_as, price)
    assert not app.exception and len(app.error) == 1
    assert price_boxes(app)[0].value == price
    assert value(portal, "SELECT count(*) FROM tariffs") == 2


def test_each_basis_asks_for_its_own_prices(open_as: Open, books: Books) -> None:
    app = open_as("fees.tariffs", ACCOUNTANT, estate="A")
    for chosen, labels in (
        ("area_grade", ["Grade A: yuan a month"]),
        ("use", ["Residential: yuan a month", "Office: yuan a month"]),
        ("service_items", ["Cleaning: yuan a month"]),
        ("area", ["Yuan a month and m²"]),
    ):
        next(each for each in app.selectbox if each.label == "Basis").set_value(chosen)
        app.run()
        assert sorted(each.label for each in price_boxes(app)) == sorted(labels)


def test_a_draft_is_withdrawn(open_as: Open, books: Books, portal: Database) -> None:
    app = pick(proposed(open_as), 0)
    app.button(key="withdraw").click().run()
    assert app.success[0].value == "The proposal is withdrawn."
    assert value(portal, "SELECT count(*) FROM tariffs WHERE state = 'withdrawn'") == 1


def test_an_approved_one_is_given_an_end(open_as: Open, books: Books, portal: Database) -> None:
    app = pick(open_as("fees.tariffs", SUPERVISOR, estate="A"), 0)
    button(app, "End it").click().run()
    assert not app.exception and not app.error
    assert app.success[0].value == "The end is set."
    assert value(portal, "SELECT valid_to FROM tariffs WHERE estate_id = 1") is not None


def test_the_page_keeps_to_twelve_statements(open_as: Open, books: Books, portal: Database) -> None:
    app = open_as("fees.tariffs", ACCOUNTANT, estate="A")
    with count_statements(portal) as seen:
        app.run()
    assert len(seen) <= 12, "\n".join(seen)
