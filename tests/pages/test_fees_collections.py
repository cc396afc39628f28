"""The collection ledger: every payment of the month, and the proof of the sum."""

import pytest
from sqlalchemy import text

from db.engine import Database
from tests.fee_books import Books, lived_in_books, store_codes
from tests.pages.conftest import texts
from tests.pages.fee_paths import LAST, Open, pick, watch_switches
from tests.personas import AUDITOR, CASHIER, MANAGER
from tests.statements import count_statements

BEFORE = LAST.shift(-1)


@pytest.fixture
def books(portal: Database) -> Books:
    books = lived_in_books(portal, LAST)
    store_codes(portal)
    return books


def test_the_payments_of_the_month_add_up(open_as: Open, books: Books) -> None:
    app = open_as("fees.collections", MANAGER, month=str(BEFORE))
    assert not app.exception
    said = "Taken ¥2,400.00 − reversed ¥0.00 − refunded ¥0.00 = came in ¥2,400.00."
    assert app.success[0].value.startswith(said)
    table = app.dataframe[0].value
    assert set(table["Payer"]) == {"张*丰"} and sorted(table["Method"]) == ["Alipay", "Cash"]
    assert "张三丰" not in str(table)
    assert sorted(table["Reversed on"]) == ["", str(LAST.day(3))]


def test_what_went_back_stands_apart(open_as: Open, books: Books) -> None:
    app = open_as("fees.collections", MANAGER, month=str(LAST))
    said = "Taken ¥200.00 − reversed ¥400.00 − refunded ¥100.00 = came in -¥300.00."
    assert app.success[0].value.startswith(said)


def test_a_method_narrows_list_and_sum(open_as: Open, books: Books) -> None:
    app = open_as("fees.collections", MANAGER, month=str(BEFORE), method="alipay")
    assert "came in ¥2,000.00" in app.success[0].value and len(app.dataframe[0].value) == 1


def test_a_ledger_that_does_not_balance_says_so(open_as: Open, books: Books, portal: Database) -> None:
    with portal.writing() as connection, connection.begin():
        connection.execute(text("UPDATE daily_receipts SET amount_fen = amount_fen - 1"))
    app = open_as("fees.collections", MANAGER, month=str(BEFORE))
    assert "It does not balance" in app.error[0].value and not app.success


def test_a_payment_opens_its_receipt_and_the_way_to_a_reversal(
    open_as: Open, books: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    switched = watch_switches(monkeypatch)
    app = open_as("fees.collections", CASHIER, month=str(BEFORE))
    pick(app, list(app.dataframe[0].value["Method"]).index("Alipay"))
    assert not app.exception
    assert "Receipt 1" in texts(app) and "To print it, press Ctrl+P." in texts(app)
    assert "¥500.00 went to the unit's credit." in texts(app)
    app.button(key="open.reversal").click().run()
    assert switched[0][0] == "requests"
    assert set(switched[0][1]) == {"estate", "month", "payment", "of"}


def test_a_reversed_payment_offers_no_second_reversal(open_as: Open, books: Books) -> None:
    app = open_as("fees.collections", CASHIER, month=str(BEFORE))
    pick(app, list(app.dataframe[0].value["Method"]).index("Cash"))
    assert "Reversed on" in app.warning[0].value
    assert not [each for each in app.button if each.key == "open.reversal"]


def test_an_auditor_is_not_offered_a_reversal(open_as: Open, books: Books) -> None:
    app = open_as("fees.collections", AUDITOR, month=str(BEFORE))
    pick(app, list(app.dataframe[0].value["Method"]).index("Alipay"))
    assert "Receipt 1" in texts(app)
    assert not [each for each in app.button if each.key == "open.reversal"]


def test_the_page_keeps_to_twelve_statements(open_as: Open, books: Books, portal: Database) -> None:
    app = open_as("fees.collections", MANAGER, month=str(BEFORE))
    with count_statements(portal) as seen:
        pick(app, 0)
    assert len(seen) <= 12, "\n".join(seen)
