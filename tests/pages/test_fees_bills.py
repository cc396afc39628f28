"""Bills and the units behind a figure: the sums agree, every line opens."""

import pytest

from db.engine import Database
from tests.fee_books import Books, lived_in_books, store_codes
from tests.pages.conftest import texts
from tests.pages.fee_paths import LAST, Open, Switched, button, pick, watch_switches
from tests.personas import AUDITOR, MANAGER
from tests.statements import count_statements


@pytest.fixture
def books(portal: Database) -> Books:
    books = lived_in_books(portal, LAST)
    store_codes(portal)
    return books


@pytest.fixture
def switched(monkeypatch: pytest.MonkeyPatch) -> Switched:
    return watch_switches(monkeypatch)


def test_the_bills_of_the_month_stand_with_their_sums(open_as: Open, books: Books) -> None:
    app = open_as("fees.bills", MANAGER, month=str(LAST))
    assert not app.exception
    assert "Billed ¥1,800.00 − paid ¥300.00 − relief ¥0.00 = **open ¥1,500.00**" in texts(app)
    assert len(app.dataframe[0].value) == 8
    assert set(app.dataframe[0].value["Fee item"]) == {"Property service fee"}
    assert "8 rows" in texts(app)


def test_the_address_sets_the_filter_and_the_filter_sets_the_address(open_as: Open, books: Books) -> None:
    app = open_as("fees.bills", MANAGER, estate="A", month=str(LAST), state="settled", when="all", unit="1-1-102")
    assert len(app.dataframe[0].value) == 1
    app.selectbox(key="fees.bills.state").set_value("all").run()
    assert len(app.dataframe[0].value) == 6
    assert "state" not in app.query_params and app.query_params["when"] == "all"
    app.selectbox(key="fees.bills.building").set_value("2").run()
    assert "No bill fits this filter" in texts(app) and app.query_params["building"] == "2"


def test_what_the_address_should_not_say_is_ignored(open_as: Open, books: Books) -> None:
    nonsense = {"state": "<b>", "building": "7", "figure": "nonsense", "to": "999999999999"}
    app = open_as("fees.bills", MANAGER, month=str(LAST), **nonsense)
    assert not app.exception and len(app.dataframe[0].value) == 8
    app = open_as("fees.bills", MANAGER, month=str(LAST), **{"from": "999999999999999999"})
    assert not app.exception and "No bill fits this filter" in texts(app)


def test_an_ageing_bucket_is_named(open_as: Open, books: Books) -> None:
    app = open_as("fees.bills", MANAGER, when="all", state="overdue", **{"from": "1", "to": "15"})
    assert "overdue by 1 to 15 days" in texts(app)
    app = open_as("fees.bills", MANAGER, when="all", state="overdue", **{"from": "61"})
    assert "overdue by 61 days or more" in texts(app)


def test_a_bill_opens_to_its_movements_and_balances(open_as: Open, books: Books) -> None:
    app = open_as("fees.bills", AUDITOR, estate="A", month=str(LAST), state="all", when="all", unit="2-1-101")
    pick(app, 0)
    assert not app.exception
    assert "100.00 × ¥2 × 1 month(s) = ¥200.00" in texts(app)
    moves = app.dataframe[1].value
    assert list(moves["Amount"]) == ["¥200.00", "-¥200.00", "¥200.00"]
    assert "The movements leave ¥200.00 open, as the bill says." in app.success[0].value


@pytest.mark.parametrize("figure", ["current", "prior", "combined", "households"])
def test_a_figure_shows_the_units_behind_it(open_as: Open, books: Books, switched: Switched, figure: str) -> None:
    app = open_as("fees.bills", MANAGER, estate="A", month=str(LAST), figure=figure)
    assert not app.exception
    assert " due: " in texts(app) and len(app.dataframe[0].value) > 0
    pick(app, 0)
    app.button(key="open.unit").click().run()
    assert switched[0][0] == "bills"
    assert switched[0][1] | {"unit": ""} == {"estate": "A", "month": str(LAST), "when": "all", "unit": ""}


def test_the_units_behind_a_figure_keep_to_the_building(open_as: Open, books: Books) -> None:
    app = open_as("fees.bills", MANAGER, estate="A", month=str(LAST), figure="current", building="2")
    assert {unit[0] for unit in app.dataframe[0].value["Unit"]} == {"2"}


def test_an_export_is_offered_to_who_may_export(open_as: Open, books: Books) -> None:
    assert len(open_as("fees.bills", AUDITOR, month=str(LAST)).get("download_button")) == 2


def test_the_page_keeps_to_twelve_statements(open_as: Open, books: Books, portal: Database) -> None:
    app = open_as("fees.bills", MANAGER, estate="A", month=str(LAST))
    with count_statements(portal) as seen:
        pick(app, 0)
    assert len(seen) <= 12, "\n".join(seen)


def test_bills_instead_of_units(open_as: Open, books: Books, switched: Switched) -> None:
    app = open_as("fees.bills", MANAGER, month=str(LAST), figure="current")
    button(app, "Show bills instead").click().run()
    assert switched == [("bills", {"month": str(LAST)})]
