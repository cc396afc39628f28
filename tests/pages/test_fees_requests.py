"""Money that goes back: asked for by one, decided by another, refused in one sentence."""

from typing import Any

import pytest
from sqlalchemy import text
from streamlit.testing.v1 import AppTest

from db.engine import Database
from tests.fee_books import A, B, Books, lived_in_books, store_codes
from tests.pages.conftest import texts
from tests.pages.fee_paths import LAST, Open, button, pick
from tests.personas import ACCOUNTANT, CASHIER, SUPERVISOR, person
from tests.statements import count_statements

BOTH = person(191, "supervisor and more", *SUPERVISOR.roles)


@pytest.fixture
def books(portal: Database) -> Books:
    books = lived_in_books(portal, LAST)
    store_codes(portal)
    return books


def value(database: Database, sql: str) -> Any:
    with database.reading() as connection:
        return connection.execute(text(sql)).scalar()


def ask_reversal(open_as: Open, books: Books, reason: str = "entered twice") -> AppTest:
    payment = books.payments[-1].payment_id
    app = open_as("fees.requests", CASHIER, payment=str(payment), of=str(A))
    app.text_input[0].set_value(reason)
    button(app, "Ask for the reversal").click().run()
    return app


def test_a_reversal_is_asked_for_with_its_receipt_in_view(open_as: Open, books: Books, portal: Database) -> None:
    app = ask_reversal(open_as, books)
    assert not app.exception and not app.error
    assert app.success[0].value == "Asked for. Somebody else decides."
    assert "payment" not in app.query_params
    assert list(app.dataframe[0].value["Reason"]) == ["entered twice"]
    assert value(portal, "SELECT state FROM money_requests ORDER BY id DESC LIMIT 1") is not None


def test_a_short_reason_and_a_second_request_are_refused(open_as: Open, books: Books, portal: Database) -> None:
    before = value(portal, "SELECT count(*) FROM money_requests")
    app = ask_reversal(open_as, books, reason="x")
    assert not app.exception and len(app.error) == 1
    assert app.text_input[0].value == "x"
    assert value(portal, "SELECT count(*) FROM money_requests") == before
    ask_reversal(open_as, books)
    app = ask_reversal(open_as, books)
    assert len(app.error) == 1
    assert value(portal, "SELECT count(*) FROM money_requests") == before + 1


def test_a_refund_is_asked_for_with_the_credit_in_view(open_as: Open, books: Books, portal: Database) -> None:
    app = open_as("fees.requests", CASHIER, refund="100", of=str(B))
    amount = next(each for each in app.text_input if each.label == "Amount in yuan")
    assert "is paid ahead" in texts(app) and amount.value == "100.00"
    amount.set_value("40.50")
    next(each for each in app.text_input if each.label == "Why is it paid back?").set_value("moving out")
    button(app, "Ask for the refund").click().run()
    assert not app.exception and not app.error
    assert list(app.dataframe[0].value["Amount"]) == ["¥40.50"]


def test_more_than_the_credit_is_refused(open_as: Open, books: Books) -> None:
    app = open_as("fees.requests", CASHIER, refund="100", of=str(B))
    next(each for each in app.text_input if each.label == "Amount in yuan").set_value("400")
    next(each for each in app.text_input if each.label == "Why is it paid back?").set_value("moving out")
    button(app, "Ask for the refund").click().run()
    assert len(app.error) == 1 and not app.exception


def test_who_asked_may_not_decide_and_who_may_not_is_told_who_can(open_as: Open, books: Books) -> None:
    ask_reversal(open_as, books)
    app = pick(open_as("fees.requests", CASHIER))
    assert "You asked for this yourself" in app.info[0].value
    app = pick(open_as("fees.requests", ACCOUNTANT))
    assert "It waits for one of these roles: Supervisor, Estate manager." in app.info[0].value
    assert not [each for each in app.button if each.label == "Approve"]


def test_approval_posts_the_counter_entry(open_as: Open, books: Books, portal: Database) -> None:
    ask_reversal(open_as, books)
    before = value(portal, "SELECT count(*) FROM reversals")
    app = pick(open_as("fees.requests", BOTH))
    button(app, "Approve").click().run()
    assert not app.exception and not app.error
    assert app.success[0].value == "Approved and posted."
    assert "Nothing waits for a decision" in app.info[0].value
    assert value(portal, "SELECT count(*) FROM reversals") == before + 1


def test_rejection_posts_nothing_and_is_kept_with_its_note(open_as: Open, books: Books, portal: Database) -> None:
    ask_reversal(open_as, books)
    before = value(portal, "SELECT count(*) FROM journal_entries")
    app = pick(open_as("fees.requests", BOTH))
    next(each for each in app.text_input if each.label == "Note on the decision").set_value("it was right")
    button(app, "Reject").click().run()
    assert app.success[0].value == "Rejected. Nothing was posted."
    assert value(portal, "SELECT count(*) FROM journal_entries") == before
    app.selectbox(key="fees.requests.show").set_value("decided").run()
    assert "it was right" in list(app.dataframe[0].value["Note"])


def test_a_request_decided_meanwhile_is_refused(open_as: Open, books: Books, portal: Database) -> None:
    ask_reversal(open_as, books)
    app = pick(open_as("fees.requests", BOTH))
    with portal.writing() as connection, connection.begin():
        connection.execute(text("UPDATE money_requests SET version = version + 1 WHERE decided_at IS NULL"))
    button(app, "Approve").click().run()
    assert not app.exception and len(app.error) == 1


def test_a_payment_that_is_not_there_is_refused(open_as: Open, books: Books) -> None:
    app = open_as("fees.requests", CASHIER, payment="999999", of="1")
    assert not app.exception and len(app.error) == 1


def test_the_page_keeps_to_twelve_statements(open_as: Open, books: Books, portal: Database) -> None:
    payment = books.payments[-1].payment_id
    app = open_as("fees.requests", CASHIER, payment=str(payment), of=str(A))
    with count_statements(portal) as seen:
        app.run()
    assert len(seen) <= 12, "\n".join(seen)
