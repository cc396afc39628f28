"""A measure out of complaints on its page (R-104, R-110): begun by a case or a hot spot, linked back to the case."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, text
from streamlit.testing.v1 import AppTest

from db.engine import Database
from db.models import Case, ServiceRecord
from tests.fee_books import A
from tests.measures_setup import Company, a_company
from tests.pages.fee_paths import Open
from tests.pages.forms import box, press, said
from tests.personas import AUDITOR, SUPERVISOR

PAGE = "improvement.measures"
CASE = 9_001


@pytest.fixture
def company(portal: Database) -> Company:
    return a_company(portal)


def a_case(company: Company, **given: Any) -> None:
    """A complaint about the cleaning of the pool, registered just now in estate A."""
    now = datetime.now(UTC) - timedelta(minutes=1)
    header = {"estate_id": A, "id": CASE, "kind": "case", "number": "A-C261121-001", "registered_at": now}
    row: dict[str, Any] = {
        "estate_id": A,
        "id": CASE,
        "record_type": "complaint",
        "category": "environ",
        "sub_category": "cleaning",
        "area": "Pool",
        "place": "Pool",
        "place_key": "pool",
        "happened_at": now,
        "registered_at": now,
        "channel": "phone",
        "emotion": "calm",
        "content_sealed": b"sealed",
        "grade": "normal",
        "proposed_grade": "normal",
        "queue_rank": 1,
        "state": "classified",
    }
    with company.database.writing() as connection, connection.begin():
        connection.execute(insert(ServiceRecord), [header | {"request": None}])
        connection.execute(insert(Case), [row | given])


def value(company: Company, sql: str) -> Any:
    with company.database.reading() as connection:
        return connection.execute(text(sql)).scalar()


def show(open_as: Open, **address: Any) -> AppTest:
    return open_as(PAGE, SUPERVISOR, estate="A", source="complaint", **{name: str(v) for name, v in address.items()})


def filled(app: AppTest, company: Company) -> AppTest:
    """The form with what a case cannot say: the goal and who is responsible."""
    box(app, "Goal: value to reach").set_value("0")
    box(app, "Unit of the figure").set_value("complaints")
    box(app, "Responsible").set_value(company.of_a)
    return press(app, "Save")


def test_a_case_begins_a_measure_and_is_linked_to_it(open_as: Open, company: Company) -> None:
    a_case(company)
    app = show(open_as, case=CASE)
    assert "From case A-C261121-001: Pool, Cleaning, 1 complaint in 90 days." in said(app).replace("\\", "")
    assert box(app, "Problem").value.startswith("Pool")
    assert "1 complaint in 90 days" in box(app, "Problem").value
    assert box(app, "Name of the figure").value.startswith("Complaints in 90 days")
    assert (box(app, "Better is").value, box(app, "Source").value) == ("down", "complaint")
    assert box(app, "Source").disabled
    app = filled(app, company)
    assert not app.error and not app.exception
    assert app.success[0].value == "The measure is open, at the stage plan. It is linked to case A-C261121-001."
    assert value(company, "SELECT source || source_reference || better FROM measures") == "complaintA-C261121-001down"
    assert value(company, "SELECT measure_id FROM cases") == value(company, "SELECT id FROM measures")
    assert not {"source", "case"} & set(app.query_params)


def test_a_case_that_has_ended_keeps_the_measure_without_a_link_and_says_so(open_as: Open, company: Company) -> None:
    now = datetime.now(UTC)
    a_case(company, state="withdrawn", ended_at=now, ended_on=now.date())
    app = filled(show(open_as, case=CASE), company)
    assert "But it is not linked to case A-C261121-001" in app.success[0].value
    assert value(company, "SELECT count(*) FROM measures") == 1
    assert value(company, "SELECT measure_id FROM cases") is None


def test_a_hot_spot_begins_a_measure(open_as: Open, company: Company) -> None:
    a_case(company)
    app = show(open_as, area="Pool", category="environ")
    assert "From the hot spots: Pool" in said(app).replace("\\", "")
    assert "1 complaint in 30 days" in box(app, "Problem").value
    assert box(app, "Reference (number of the case, meeting, round)").value == ""
    app = filled(app, company)
    assert app.success[0].value == "The measure is open, at the stage plan."
    assert value(company, "SELECT measure_id FROM cases") is None


@pytest.mark.parametrize("address", [{"case": "9999"}, {"case": "x"}, {"area": "<b>", "category": "?"}, {}])
def test_an_address_typed_by_hand_does_no_harm(open_as: Open, company: Company, address: dict[str, str]) -> None:
    app = show(open_as, **address)
    assert not app.exception
    assert "<b>" not in said(app)


def test_who_makes_no_measures_is_offered_none(open_as: Open, company: Company) -> None:
    a_case(company)
    app = open_as(PAGE, AUDITOR, estate="A", source="complaint", case=str(CASE))
    assert "From case" not in said(app)
    assert not [button for button in app.button if button.label == "Save"]
