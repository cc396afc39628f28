"""My desk: what waits for whom, in which order, and the first run of an empty portal."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import text
from streamlit.testing.v1 import AppTest

from core.admin.permissions import Actor
from core.fees.tariffs import Basis
from core.kernel.money import Money
from core.kernel.periods import Month, local_day
from db.engine import Database
from db.operations.bill_runs import PrepareBillRun, prepare_bill_run
from db.operations.money_requests import AskRefund, ask_refund
from db.operations.tariffs import ProposeTariff, propose_tariff
from db.queries.calendar import calendar_year
from db.queries.jobs import JobState
from tests.builders import ask, small_estate, with_code_lists
from tests.fee_books import A, B, Books, open_books
from tests.pages.conftest import looking_after, sign_in_as
from tests.pages.forms import press, said
from tests.personas import (
    ACCOUNTANT,
    ADMINISTRATOR,
    AUDITOR,
    CASHIER,
    EVERYBODY,
    FRONT_DESK,
    MANAGER,
    PATROL,
    SUPERVISOR,
)
from tests.statements import count_statements

OpenAs = Callable[..., AppTest]
DESK = "desk.today"


TODAY = local_day(datetime.now(UTC))
BEFORE_LAST = Month.of(TODAY).shift(-2)
YESTERDAY = TODAY - timedelta(days=1)


@pytest.fixture
def books(portal: Database) -> Books:
    """Two estates: bills of two months ago posted and overdue, last month's prepared, a refund and a tariff waiting."""
    books = open_books(portal)
    with_code_lists(portal)
    books.bill_month(A, BEFORE_LAST, BEFORE_LAST.day(20))
    books.pay(A, "1-1-102", "1000", BEFORE_LAST.shift(1).day(2))
    refund = AskRefund(A, books.unit(A, "1-1-102"), Money.of("100"), "cash", "moving out")
    books.do(ask_refund, refund, YESTERDAY, CASHIER)
    books.do(prepare_bill_run, PrepareBillRun(A, BEFORE_LAST.shift(1)), YESTERDAY, ACCOUNTANT)
    tariff = ProposeTariff(A, "parking", Basis.AREA, (("", Decimal("1.5")),), date(TODAY.year + 1, 1, 1))
    books.do(propose_tariff, tariff, YESTERDAY, ACCOUNTANT)
    return books


def lines(app: AppTest) -> list[str]:
    """What waits, in its order."""
    assert not app.exception
    return [element.value for element in app.text]


def test_nobody_sees_the_desk_without_signing_in(open_as: OpenAs) -> None:
    assert "You are signed out" in said(open_as(DESK, None))


@pytest.mark.parametrize("who", EVERYBODY, ids=lambda who: who.name)
def test_everybody_has_a_desk(portal: Database, open_as: OpenAs, who: Actor) -> None:
    with_code_lists(portal)
    small_estate(portal)
    assert "Waiting for you" in said(open_as(DESK, who))


def test_a_desk_with_nothing_on_it_says_so(portal: Database, open_as: OpenAs) -> None:
    with_code_lists(portal)
    small_estate(portal)
    assert "Nothing waits for you." in said(open_as(DESK, FRONT_DESK))


def test_a_supervisor_sees_what_others_prepared_the_most_urgent_first(open_as: OpenAs, books: Books) -> None:
    app = open_as(DESK, SUPERVISOR)
    assert [line.split(" ")[0] for line in lines(app)] == ["Refund", "Bill", "Fee"]
    assert "¥100.00" in lines(app)[0]
    shown = said(app)
    assert f"asked by cashier on {YESTERDAY}" in shown
    assert "prepared by accountant" in shown
    assert [button.label for button in app.button].count("Open") == 3


def test_who_made_it_waits_for_somebody_else(open_as: OpenAs, books: Books) -> None:
    shown = said(open_as(DESK, ACCOUNTANT))
    assert "prepared; a supervisor posts it" in shown
    assert "draft; a supervisor approves it" in shown
    assert "approve or refuse" not in shown


def test_a_cashier_sees_the_own_request_and_the_oldest_arrears(open_as: OpenAs, books: Books) -> None:
    found = lines(open_as(DESK, CASHIER))
    assert found[0] == "5 bills overdue, ¥1,000.00 in all"
    assert any(line.startswith("1-1-101 owes ¥200.00") for line in found)
    assert found[-1].startswith("Refund of ¥100.00")


def test_who_sees_no_fees_sees_none_here(open_as: OpenAs, books: Books) -> None:
    shown = said(open_as(DESK, PATROL))
    assert "¥" not in shown


def test_another_s_estates_do_not_wait_here(open_as: OpenAs, books: Books) -> None:
    neighbour = replace(looking_after(SUPERVISOR, B), name="neighbour")
    assert lines(open_as(DESK, neighbour)) == []


def test_the_estate_on_top_narrows_the_desk(open_as: OpenAs, books: Books) -> None:
    assert len(lines(open_as(DESK, MANAGER, estate="A"))) == 3
    assert lines(open_as(DESK, MANAGER, estate="B")) == []


@pytest.mark.parametrize("who", [SUPERVISOR, ACCOUNTANT, CASHIER, ADMINISTRATOR, AUDITOR], ids=lambda who: who.name)
def test_the_desk_keeps_its_budget_of_statements(portal: Database, open_as: OpenAs, books: Books, who: Actor) -> None:
    app = open_as(DESK, who)
    with count_statements(portal) as seen:
        app.run()
    assert len(seen) <= 12, "\n".join(seen)


# --- the administrator


def test_an_administrator_sees_counts_and_people_without_estates(portal: Database, open_as: OpenAs) -> None:
    with_code_lists(portal)
    small_estate(portal)
    sign_in_as(portal, looking_after(CASHIER))
    app = open_as(DESK, ADMINISTRATOR)
    assert [(each.label, each.value) for each in app.metric] == [
        ("Estates", "1"),
        ("Units in use", "3"),
        ("Users", "2"),
    ]
    assert "cashier has no estate in care" in lines(app)


def test_an_unknown_year_waits_for_the_administrator(portal: Database, open_as: OpenAs) -> None:
    with_code_lists(portal)
    small_estate(portal)
    now = datetime.now(UTC)
    due = now.year + (now.month > 10)
    is_known = ask(portal, calendar_year, due).is_known
    waits = f"The holidays of {due} are not known" in lines(open_as(DESK, ADMINISTRATOR))
    assert waits is not is_known


def test_an_empty_portal_offers_two_ways_to_begin(open_as: OpenAs, portal: Database) -> None:
    app = open_as(DESK, ADMINISTRATOR)
    assert "The portal is empty" in said(app)
    labels = [button.label for button in app.button]
    assert labels[0] == "Load the demonstration company"
    assert "Start empty: import guide" in labels


@pytest.mark.parametrize("who", [MANAGER, looking_after(ADMINISTRATOR)], ids=["manager", "administrator of nothing"])
def test_nobody_else_is_offered_the_demonstration(open_as: OpenAs, portal: Database, who: Actor) -> None:
    app = open_as(DESK, who)
    assert "The portal is empty" not in said(app)
    assert "Load the demonstration company" not in [button.label for button in app.button]


def test_the_demonstration_company_is_loaded_in_the_background(open_as: OpenAs, portal: Database) -> None:
    app = press(open_as(DESK, ADMINISTRATOR), "Load the demonstration company")
    assert "Loading the demonstration company" in said(app)
    assert "Load the demonstration company" not in [button.label for button in app.button]
    with portal.reading() as connection:
        row = connection.execute(text("SELECT kind, state, made_by FROM background_jobs")).one()
    assert tuple(row) == ("demo", "waiting", 1)


def test_a_load_that_failed_says_why_and_can_be_tried_again(open_as: OpenAs, portal: Database) -> None:
    app = press(open_as(DESK, ADMINISTRATOR), "Load the demonstration company")
    set_job(portal, JobState.FAILED, '{"code": "jobs.failed", "fields": {"reference": "AB12"}}')
    app.run()
    assert len(app.error) == 1
    assert "Try again" in [button.label for button in app.button]
    assert "waits for its turn again" in said(press(app, "Try again"))


def test_the_loading_is_shown_to_its_end_though_estates_are_there_already(open_as: OpenAs, portal: Database) -> None:
    app = press(open_as(DESK, ADMINISTRATOR), "Load the demonstration company")
    with_code_lists(portal)
    small_estate(portal)
    assert "Loading the demonstration company" in said(app.run())
    set_job(portal, JobState.DONE)
    assert "Waiting for you" in said(app.run())
    set_job(portal, JobState.FAILED, '{"code": "jobs.failed", "fields": {"reference": "AB12"}}')
    assert "broke off half way" in said(app.run())


def set_job(portal: Database, state: JobState, result: str = "{}") -> None:
    """Put the only job into a state."""
    with portal.writing() as connection, connection.begin():
        change = text("UPDATE background_jobs SET state = :state, result = :why")
        connection.execute(change, {"state": state.value, "why": result})
