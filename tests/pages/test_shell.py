"""What every page stands on: the filter in the address, the password again, exports that leave a trace."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update
from streamlit.testing.v1 import AppTest

from core.kernel.identity import EstateId
from db.engine import Database
from db.models import User, UserSession
from db.passwords import hash_password
from pages._shell.registry import PAGES
from tests import builders
from tests.pages.conftest import looking_after, texts
from tests.personas import ACCOUNTANT, AUDITOR, CASHIER, EVERYBODY, FRONT_DESK, SUPERVISOR

Open = Callable[..., AppTest]
PASSWORD = "a long sentence to come in"


@pytest.fixture
def two_estates(portal: Database) -> tuple[EstateId, EstateId]:
    builders.with_code_lists(portal)
    return builders.estate(portal, "Maple Court"), builders.estate(portal, "Ginkgo Yard")


def picker(app: AppTest, label: str) -> object:
    return next(box.value for box in app.selectbox if box.label == label)


def test_the_address_chooses_estate_and_month_and_keeps_them(
    open_as: Open, two_estates: tuple[EstateId, EstateId]
) -> None:
    app = open_as("fees.overview", ACCOUNTANT, estate="E0002", month="2026-03")
    assert (picker(app, "Estate"), picker(app, "Month")) == ("E0002", "2026-03")
    app.selectbox(key="shell.filter.estate").select("E0001").run()
    assert app.query_params["estate"] == "E0001"
    assert app.query_params["month"] == "2026-03"
    app.selectbox(key="shell.filter.estate").select(None).run()
    assert "estate" not in app.query_params


@pytest.mark.parametrize(
    "address", [{"estate": "E9999"}, {"month": "2026-13"}, {"month": "<script>"}, {"estate": "' OR 1=1"}]
)
def test_an_address_that_names_nothing_is_ignored(
    open_as: Open, two_estates: tuple[EstateId, EstateId], address: dict[str, str]
) -> None:
    app = open_as("fees.overview", ACCOUNTANT, **address)
    assert not app.exception
    assert picker(app, "Estate") is None


def test_an_estate_outside_ones_care_is_not_offered_and_not_opened(
    open_as: Open, two_estates: tuple[EstateId, EstateId]
) -> None:
    app = open_as("fees.overview", looking_after(ACCOUNTANT, two_estates[0]), estate="E0002")
    box = next(box for box in app.selectbox if box.label == "Estate")
    assert [option for option in box.options if "E0002" in str(option)] == []
    assert box.value is None


@pytest.mark.parametrize("who", EVERYBODY, ids=lambda who: who.name)
def test_a_person_sees_no_page_beyond_the_own_roles(open_as: Open, who: object) -> None:
    for entry in PAGES:
        app = open_as(entry.key, who)
        assert not app.exception, entry.key
        assert ("may not open" in texts(app)) != who.may(entry.permission), entry.key  # type: ignore[attr-defined]


def let_the_proof_expire(portal: Database) -> None:
    old = datetime.now(UTC) - timedelta(minutes=11)
    with portal.writing() as connection, connection.begin():
        connection.execute(update(UserSession).values(proven_at=old))
        connection.execute(update(User).values(password_hash=hash_password(PASSWORD)))


def test_an_export_asks_for_the_password_after_ten_minutes(open_as: Open, portal: Database) -> None:
    builders.with_code_lists(portal)
    builders.estate(portal)
    app = open_as("households.estates", SUPERVISOR)
    assert [button.label for button in app.get("download_button")] == ["CSV", "XLSX"]
    let_the_proof_expire(portal)
    app.run()
    assert not app.get("download_button")
    app.button(key="export.estates").click().run()
    app.text_input[0].set_value("not the password")
    next(button for button in app.button if button.label == "Confirm").click().run()
    assert app.error
    app.text_input[0].set_value(PASSWORD)
    next(button for button in app.button if button.label == "Confirm").click().run()
    assert [button.label for button in app.get("download_button")] == ["CSV", "XLSX"]


@pytest.mark.parametrize(("who", "offered"), [(AUDITOR, True), (FRONT_DESK, False), (CASHIER, False)])
def test_only_those_who_may_export_are_offered_it(open_as: Open, portal: Database, who: object, offered: bool) -> None:
    builders.with_code_lists(portal)
    builders.estate(portal)
    assert bool(open_as("households.estates", who).get("download_button")) == offered
