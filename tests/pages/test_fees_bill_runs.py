"""Bill runs: prepared and looked at by one person, posted by another."""

from typing import Any

import pytest
from sqlalchemy import text
from streamlit.testing.v1 import AppTest

from db.engine import Database
from tests.fee_books import A, Books, open_books, store_codes
from tests.pages.conftest import texts
from tests.pages.fee_paths import LAST, Open, button, pick, watch_switches
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


def prepared(open_as: Open) -> AppTest:
    app = open_as("fees.bill_runs", ACCOUNTANT, estate="A", month=str(LAST))
    return app.button(key="prepare").click().run()


def posting(app: AppTest) -> None:
    app.checkbox[0].check()
    button(app, "Post the bills").click().run()


def test_an_estate_must_be_chosen_to_prepare(open_as: Open, books: Books) -> None:
    app = open_as("fees.bill_runs", ACCOUNTANT, month=str(LAST))
    assert "Choose an estate above to prepare its bills." in texts(app)
    assert not [each for each in app.button if each.key == "prepare"]


def test_preparing_shows_what_would_be_billed_and_bills_nothing(open_as: Open, books: Books, portal: Database) -> None:
    app = prepared(open_as)
    assert not app.exception and not app.error
    assert app.success[0].value.startswith("6 bills over ¥1,200.00 prepared, 0 problems; 0 existed already")
    assert list(app.dataframe[0].value["State"]) != []
    assert "Prepared by accountant. It waits for somebody else to post it: Supervisor" in app.info[0].value
    assert not [each for each in app.button if each.label == "Post the bills"]
    assert value(portal, "SELECT count(*) FROM bills") == 0


def test_another_person_posts_what_was_prepared(
    open_as: Open, books: Books, portal: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepared(open_as)
    app = open_as("fees.bill_runs", SUPERVISOR, estate="A", month=str(LAST))
    assert "6 bills over ¥1,200.00 are posted." in texts(app)
    button(app, "Post the bills").click().run()
    assert "Tick the box first" in app.error[0].value
    assert value(portal, "SELECT count(*) FROM bills") == 0
    posting(app)
    assert not app.exception
    assert app.success[0].value.startswith("6 bills over ¥1,200.00 posted; credit settled ¥0.00")
    assert value(portal, "SELECT count(*) FROM bills") == 6
    switched = watch_switches(monkeypatch)
    app.button(key="open.run").click().run()
    assert switched == [("bills", {"estate": "A", "month": str(LAST)})]


def test_a_run_that_changed_since_the_preview_is_refused(open_as: Open, books: Books, portal: Database) -> None:
    prepared(open_as)
    app = open_as("fees.bill_runs", SUPERVISOR, estate="A", month=str(LAST))
    with portal.writing() as connection, connection.begin():
        connection.execute(text("UPDATE units SET area = area + 1 WHERE estate_id = 1 AND id = 100"))
    posting(app)
    assert not app.exception and len(app.error) == 1
    assert value(portal, "SELECT count(*) FROM bills") == 0


def test_a_run_is_dropped(open_as: Open, books: Books, portal: Database) -> None:
    app = prepared(open_as)
    button(app, "Cancel this run").click().run()
    assert app.success[0].value == "The run is cancelled."
    assert value(portal, "SELECT state FROM bill_runs") == "cancelled"


def test_the_units_without_a_bill_are_listed_with_the_reason(open_as: Open, books: Books, portal: Database) -> None:
    with portal.writing() as connection, connection.begin():
        connection.execute(text("UPDATE tariffs SET uses = 'residential' WHERE estate_id = 1"))
        connection.execute(text("UPDATE units SET use = 'office' WHERE estate_id = 1 AND id IN (101, 103)"))
    app = prepared(open_as)
    assert not app.exception
    assert list(app.dataframe[1].value["Unit"]) == ["1-1-102", "2-1-101"]
    assert len(app.get("download_button")) == 4


def test_without_an_approved_tariff_the_refusal_says_so(open_as: Open, books: Books, portal: Database) -> None:
    with portal.writing() as connection, connection.begin():
        connection.execute(text("UPDATE tariffs SET state = 'withdrawn'"))
    app = prepared(open_as)
    assert not app.exception and len(app.error) == 1
    assert value(portal, "SELECT count(*) FROM bill_runs") == 0


def test_runs_of_every_month_are_listed_and_one_is_picked(open_as: Open, books: Books) -> None:
    books.bill_month(A, LAST.shift(-1), LAST.shift(-1).day(25))
    prepared(open_as)
    app = open_as("fees.bill_runs", AUDITOR, estate="A", month=str(LAST), when="all")
    assert len(app.dataframe[0].value) == 2 and "Pick a run" in texts(app)
    pick(app, 1)
    assert not app.exception and [each.key for each in app.button if each.key == "open.run"] == ["open.run"]


def test_the_page_keeps_to_twelve_statements(open_as: Open, books: Books, portal: Database) -> None:
    app = prepared(open_as)
    with count_statements(portal) as seen:
        app.run()
    assert len(seen) <= 12, "\n".join(seen)
