"""The fee overview as people find it: the answer first, every figure opens."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
import streamlit as st
from sqlalchemy import text
from streamlit.testing.v1 import AppTest

from core.kernel.filters import EstateMonth
from core.kernel.periods import Month, local_day
from db.engine import Database
from pages._shell.widgets import list_key
from tests.fee_books import A, Books, lived_in_books, open_books
from tests.pages.conftest import texts
from tests.personas import AUDITOR, MANAGER, person
from tests.statements import count_statements

Open = Callable[..., AppTest]
Switched = list[tuple[str, dict[str, str]]]
ONLY_A = person(180, "auditor of A", *AUDITOR.roles, estates=frozenset({A}))
LAST = Month.of(local_day(datetime.now(UTC))).shift(-1)
"""The month before the present one, so that everything in the books lies in the past."""


@pytest.fixture
def books(portal: Database) -> Books:
    return lived_in_books(portal, LAST)


@pytest.fixture
def switched(monkeypatch: pytest.MonkeyPatch) -> Switched:
    """Where buttons led: the script's name and the address."""
    seen: Switched = []

    def note(page: Any, *, query_params: dict[str, str]) -> None:
        seen.append((page.stem, dict(query_params)))

    monkeypatch.setattr(st, "switch_page", note)
    return seen


def metrics(app: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in app.metric}


def test_the_answer_comes_first_and_the_balance_is_proved(open_as: Open, books: Books) -> None:
    app = open_as("fees.overview", MANAGER, month=str(LAST))
    assert not app.exception and not app.error
    assert list(metrics(app)) == [
        "Combined rate",
        "Current rate",
        "Prior rate",
        "Household rate",
        "Overdue amount",
    ]
    assert metrics(app)["Household rate"] == "12.5 %"
    assert app.success[0].value.startswith("Opening ¥")
    assert "It balances with bills and ledger." in app.success[0].value
    assert texts(app).count("Benchmark 78.3 %") == 4
    table = app.dataframe[0].value
    assert sorted(table["Estate"]) == ["Alpha Court", "Beta Garden"]
    assert list(table.columns)[-1] == "Overdue rate"


def test_it_speaks_chinese_too(open_as: Open, books: Books) -> None:
    app = open_as("fees.overview", MANAGER, language="zh_CN", month=str(LAST))
    assert not app.exception
    assert len(app.metric) == 5


def test_books_that_do_not_balance_are_shown_as_such(open_as: Open, books: Books, portal: Database) -> None:
    with portal.writing() as connection, connection.begin():
        connection.execute(text("UPDATE receivable_cells SET received_fen = received_fen + 1 WHERE estate_id = 1"))
    app = open_as("fees.overview", MANAGER, month=str(LAST))
    assert "It does not balance" in app.error[0].value and not app.success


def test_one_estate_compares_its_buildings(open_as: Open, books: Books) -> None:
    app = open_as("fees.overview", MANAGER, estate="A", month=str(LAST))
    assert not app.exception
    assert sorted(app.dataframe[0].value["Building"]) == ["Building 1", "Building 2"]


def test_who_looks_after_one_estate_sees_only_that(open_as: Open, books: Books) -> None:
    app = open_as("fees.overview", ONLY_A, month=str(LAST))
    assert not app.exception
    assert list(app.dataframe[0].value["Estate"]) == ["Alpha Court"]


@pytest.mark.parametrize(
    "wanted",
    [
        ("open.current", "bills", {"figure": "current"}),
        ("open.households", "bills", {"figure": "households"}),
        ("open.overdue", "bills", {"state": "overdue", "when": "all"}),
        ("open.bucket.16", "bills", {"state": "overdue", "when": "all", "from": "16", "to": "30"}),
        ("open.bucket.61", "bills", {"state": "overdue", "when": "all", "from": "61"}),
        ("open.mix", "collections", {}),
    ],
)
def test_every_figure_opens_with_the_same_filter(
    open_as: Open, books: Books, switched: Switched, wanted: tuple[str, str, dict[str, str]]
) -> None:
    button, target, more = wanted
    app = open_as("fees.overview", MANAGER, estate="A", month=str(LAST))
    app.button(key=button).click().run()
    assert switched == [(target, {"estate": "A", "month": str(LAST), **more})]


def test_a_picked_estate_opens(open_as: Open, books: Books, switched: Switched) -> None:
    app = open_as("fees.overview", MANAGER, month=str(LAST))
    app.session_state[f"table.{list_key('places', EstateMonth(None, LAST))}"] = {"selection": {"rows": [0]}}
    app.run()
    app.button(key="open.place").click().run()
    assert switched[0][0] == "overview" and switched[0][1]["estate"] in {"A", "B"}


def test_bills_without_money_give_rates_of_zero_not_errors(open_as: Open, portal: Database) -> None:
    books = open_books(portal)
    books.bill_month(A, LAST, LAST.day(5))
    app = open_as("fees.overview", MANAGER, month=str(LAST))
    assert not app.exception
    assert metrics(app)["Current rate"] == "0.0 %"
    assert metrics(app)["Prior rate"] == "n/a"


def test_the_whole_page_keeps_to_twelve_statements(open_as: Open, books: Books, portal: Database) -> None:
    app = open_as("fees.overview", MANAGER, estate="A", month=str(LAST))
    with count_statements(portal) as seen:
        app.run()
    assert not app.exception
    assert len(seen) <= 12, "\n".join(seen)
