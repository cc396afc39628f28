"""The counter: a payment is taken once, refused with a sentence, and leaves a receipt on the screen."""

from typing import Any

import pytest
from sqlalchemy import text
from streamlit.testing.v1 import AppTest

from db.engine import Database
from tests.fee_books import A, Books, lived_in_books, store_codes
from tests.pages.conftest import texts
from tests.pages.fee_paths import LAST, Open, button, watch_switches
from tests.personas import CASHIER, person
from tests.statements import count_statements


@pytest.fixture
def books(portal: Database) -> Books:
    books = lived_in_books(portal, LAST)
    store_codes(portal)
    return books


def box(app: AppTest, label: str) -> Any:
    """The text box with this label."""
    return next(each for each in app.text_input if each.label == label)


def count(database: Database, table: str) -> int:
    with database.reading() as connection:
        return int(connection.execute(text(f"SELECT count(*) FROM {table}")).scalar() or 0)


def test_a_unit_is_found_by_a_part_of_its_code(open_as: Open, books: Books) -> None:
    app = open_as("fees.payments", CASHIER)
    assert "Type the unit's code" in app.info[0].value
    app.text_input(key="unit").set_value("2-1-20").run()
    assert not app.exception
    assert "2\\-1\\-201" in texts(app) and "Alpha Court" in texts(app)
    app.text_input(key="unit").set_value("no such").run()
    assert "No unit has this in its code." in app.info[0].value


def test_several_hits_are_offered(open_as: Open, books: Books) -> None:
    app = open_as("fees.payments", CASHIER, unit="1-1-101")
    which = next(each for each in app.selectbox if each.label == "Which unit?")
    assert which.options == ["1-1-101 · Alpha Court", "1-1-101 · Beta Garden"]
    assert "李*龙 (Owner)" in texts(app)
    which.select_index(1).run()
    assert "Beta Garden" in next(m.value for m in app.markdown if "##### 1" in m.value)


def test_units_of_other_estates_are_not_found(open_as: Open, books: Books) -> None:
    only_a = person(190, "cashier of A", *CASHIER.roles, estates=frozenset({A}))
    app = open_as("fees.payments", only_a, unit="1-1-101")
    assert "Beta Garden" not in texts(app) and "Alpha Court" in texts(app)


def test_a_payment_is_recorded_with_the_due_amount_offered(open_as: Open, books: Books, portal: Database) -> None:
    app = open_as("fees.payments", CASHIER, estate="A", unit="2-1-101")
    assert box(app, "Amount in yuan").value == "1200.00"
    box(app, "Payer").set_value("王五")
    before = count(portal, "payments")
    button(app, "Record the payment").click().run()
    assert not app.exception and not app.error
    assert app.success[0].value == "Receipt 6: ¥1,200.00 recorded for 2-1-101."
    assert count(portal, "payments") == before + 1
    assert "##### Receipt 6" in texts(app)
    assert [m.value for m in app.metric] == ["¥0.00", "¥0.00"]
    assert box(app, "Payer").value == "" and box(app, "Amount in yuan").value == ""


def test_a_double_click_takes_the_money_once(open_as: Open, books: Books, portal: Database) -> None:
    """The same form sent again, as when the answer of the first click was lost."""
    app = open_as("fees.payments", CASHIER, estate="A", unit="2-1-101")
    box(app, "Payer").set_value("王五")
    intent = app.session_state["intent.payment.1.103"]
    before = count(portal, "payments")
    button(app, "Record the payment").click().run()
    app.session_state["intent.payment.1.103"] = intent
    app.run()
    box(app, "Payer").set_value("王五")
    box(app, "Amount in yuan").set_value("1200.00")
    button(app, "Record the payment").click().run()
    assert not app.exception
    assert count(portal, "payments") == before + 1


@pytest.mark.parametrize(
    "typed",
    [
        ("", "10", "payer"),
        ("王五", "", "amount"),
        ("王五", "0", "amount"),
        ("王五", "1.005", "Write a number"),
        ("王五", "abc", "Write a number"),
        ("王五", "99999999", "amount"),
    ],
)
def test_a_refused_payment_says_why_and_keeps_what_was_typed(
    open_as: Open, books: Books, portal: Database, typed: tuple[str, str, str]
) -> None:
    payer, amount, says = typed
    app = open_as("fees.payments", CASHIER, estate="A", unit="2-1-101")
    box(app, "Payer").set_value(payer)
    box(app, "Amount in yuan").set_value(amount)
    box(app, "Note").set_value("at the window")
    before = count(portal, "payments")
    button(app, "Record the payment").click().run()
    assert not app.exception
    assert len(app.error) == 1 and says.lower() in app.error[0].value.lower()
    assert (box(app, "Payer").value, box(app, "Amount in yuan").value) == (payer, amount)
    assert box(app, "Note").value == "at the window"
    assert count(portal, "payments") == before


def test_chosen_bills_are_settled_first(open_as: Open, books: Books, portal: Database) -> None:
    app = open_as("fees.payments", CASHIER, estate="A", unit="2-1-101")
    newest = app.multiselect[0].options[-1]
    app.multiselect[0].select(newest)
    box(app, "Payer").set_value("王五")
    box(app, "Amount in yuan").set_value("200")
    button(app, "Record the payment").click().run()
    assert not app.exception and not app.error
    month = next(frame.value for frame in app.dataframe if "Settled" in frame.value)["Month served"]
    assert list(month) == [str(LAST)]


def test_credit_can_be_asked_back(open_as: Open, books: Books, monkeypatch: pytest.MonkeyPatch) -> None:
    switched = watch_switches(monkeypatch)
    app = open_as("fees.payments", CASHIER, estate="B", unit="1-1-101")
    app.button(key="open.refund").click().run()
    assert switched[0] == ("requests", {"estate": "B", "month": switched[0][1]["month"], "refund": "100", "of": "2"})


def test_a_receipt_of_another_unit_does_not_stay(open_as: Open, books: Books) -> None:
    app = open_as("fees.payments", CASHIER, estate="A", unit="2-1-101", receipt="1", of="1", paid="999")
    assert not app.exception and "press Ctrl+P" not in texts(app)


def test_a_markdown_name_stays_text(open_as: Open, books: Books, portal: Database) -> None:
    with portal.writing() as connection, connection.begin():
        connection.execute(text("UPDATE estates SET name = '[x](http://evil) ![](y)' WHERE id = 1"))
    app = open_as("fees.payments", CASHIER, estate="A", unit="2-1-101")
    assert "\\[x\\]\\(http\\://evil\\)" in texts(app)


def test_the_page_keeps_to_twelve_statements(open_as: Open, books: Books, portal: Database) -> None:
    app = open_as("fees.payments", CASHIER, estate="A", unit="2-1-101", receipt="1", of="1", paid="103")
    with count_statements(portal) as seen:
        app.run()
    assert len(seen) <= 12, "\n".join(seen)


def test_a_method_no_longer_in_use_is_not_offered(open_as: Open, books: Books, portal: Database) -> None:
    with portal.writing() as connection, connection.begin():
        connection.execute(text("UPDATE code_items SET retired_at = '2026-01-01 00:00:00' WHERE code = 'cash'"))
    app = open_as("fees.payments", CASHIER, estate="A", unit="2-1-101")
    assert next(each for each in app.selectbox if each.label == "Method").options == [
        "Alipay",
        "Bank card",
        "WeChat Pay",
    ]
