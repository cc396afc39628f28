"""What is built once and brought back is what was built, it works, and no test sees what another did with it."""

from typing import Any

import pytest
from sqlalchemy import insert, text

from core.kernel.periods import Month
from db.engine import Database
from db.jobs.verify import verify
from db.models import User
from tests.builders import NOW, estate, with_code_lists
from tests.db.asserting import contents
from tests.db.fees_setup import a_billed_world
from tests.db.surveys_setup import a_survey_world
from tests.fee_books import A, lived_in_books
from tests.kept import built_once

NOVEMBER = Month(2026, 11)
_built: list[str] = []
_first_seen: dict[str, Any] = {}


@built_once
def a_user(database: Database, name: str = "wang") -> list[Any]:
    """A builder of one row with a number from the database itself."""
    _built.append(name)
    with database.writing() as connection, connection.begin():
        connection.execute(insert(User), [user_row(name)])
    return [database, name]


def user_row(name: str) -> dict[str, Any]:
    return {"username": name, "display_name": name, "state": "active", "created_at": NOW}


@pytest.mark.parametrize("_time", range(3))
def test_what_is_brought_back_is_what_was_built_and_goes_on_from_there(database: Database, _time: int) -> None:
    books = lived_in_books(database, NOVEMBER)
    assert books.database is database
    found = contents(database), tuple(books.payments), books.intents
    assert _first_seen.setdefault(database.engine.dialect.name, found) == found
    books.pay(A, "1-1-101", "10", NOVEMBER.day(28))
    assert verify(database).findings == ()


@pytest.mark.parametrize("_time", range(3))
def test_what_a_test_does_with_it_reaches_no_other(database: Database, _time: int) -> None:
    answer = a_user(database)
    assert answer == [database, "wang"]
    answer.append("changed")
    with database.writing() as connection, connection.begin():
        assert list(connection.execute(text("SELECT display_name FROM users")).scalars()) == ["wang"]
        connection.execute(text("UPDATE users SET display_name = 'li'"))
        connection.execute(insert(User), [user_row("zhao")])  # under the next number, not under one that is taken


def test_a_database_somebody_used_is_added_to(database: Database) -> None:
    with_code_lists(database)
    estate(database, "Birch Court")
    world = a_survey_world(database)
    assert len(contents(database)["estates"]) == 2
    assert a_survey_world(database, "Elm Court").estate != world.estate
    assert len(contents(database)["estates"]) == 3


def test_other_arguments_and_those_that_cannot_be_compared_are_built(database: Database) -> None:
    world = a_billed_world(database, areas=["10.00", "20.00"])
    assert [bill.amount_fen for bill in world.bills()] == [23_50, 47_00]
    _built.clear()
    a_user(database, "one more")
    assert _built == ["one more"]
