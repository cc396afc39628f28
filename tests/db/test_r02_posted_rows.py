"""R2: what is posted never changes, and no entry that does not balance enters the books, whatever the code does."""

from typing import Any

import pytest
from sqlalchemy import insert, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from db.engine import Database
from db.models import (
    Allocation,
    AuditEntry,
    Base,
    Intent,
    JournalEntry,
    JournalLine,
    Payment,
    Reversal,
    Setting,
)
from tests.db.fees_setup import NOW, World, a_billed_world, check_books

POSTED: dict[type[Base], str] = {
    Allocation: "amount_fen",
    AuditEntry: "action",
    Intent: "digest",
    JournalEntry: "memo",
    JournalLine: "amount_fen",
    Payment: "amount_fen",
    Reversal: "reason",
    Setting: "value",
}
"""Every table of posted rows with a column somebody might like to change."""

PLAIN = {"synchronize_session": False}


def a_full_world(database: Database) -> World:
    world = a_billed_world(database)
    world.reverse(world.pay(world.units[0], "300.00").payment_id)
    row = {"key": "k", "value": "v", "estate_id": 1, "valid_from": NOW.date(), "set_by": "x", "set_at": NOW}
    with database.writing() as connection, connection.begin():
        connection.execute(insert(Setting), row)
    return world


def content(database: Database, model: type[Base]) -> list[Any]:
    table: Any = model.__table__
    with database.reading() as connection:
        return [tuple(row) for row in connection.execute(table.select().order_by(*table.primary_key.columns))]


def attacks(table: str, column: str, *, sqlite: bool) -> list[str]:
    keep = f"UPDATE {table} SET {column} = {column}"
    if sqlite:
        return [keep, f"DELETE FROM {table}", f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}", f"REPLACE INTO {table} SELECT * FROM {table} LIMIT 1"]  # fmt: skip  # noqa: E501
    return [
        keep,
        f"DELETE FROM {table}",
        f"TRUNCATE {table} CASCADE",
        f"INSERT INTO {table} SELECT * FROM {table} ON CONFLICT ON CONSTRAINT pk_{table} DO UPDATE SET {column} = EXCLUDED.{column}",  # noqa: E501
    ]


@pytest.mark.parametrize("model", POSTED, ids=lambda model: model.__tablename__)
def test_no_statement_changes_or_removes_a_posted_row(database: Database, model: type[Base]) -> None:
    a_full_world(database)
    before = content(database, model)
    assert before
    for attack in attacks(model.__tablename__, POSTED[model], sqlite=database.is_sqlite):
        with pytest.raises(DBAPIError), database.writing() as connection, connection.begin():
            connection.execute(text(attack))
        assert content(database, model) == before, attack


@pytest.mark.parametrize("model", POSTED, ids=lambda model: model.__tablename__)
def test_a_bulk_update_through_the_models_is_refused_too(database: Database, model: type[Base]) -> None:
    a_full_world(database)
    before = content(database, model)
    column = getattr(model, POSTED[model])
    with pytest.raises(DBAPIError, match="append-only"), database.writing() as connection, connection.begin():
        Session(connection).execute(
            update(model).values({column: column}), execution_options={"synchronize_session": False}
        )
    assert content(database, model) == before


def entry(number: int) -> dict[str, Any]:
    return {
        "estate_id": 1,
        "id": number,
        "kind": "payment",
        "business_date": NOW.date(),
        "posted_at": NOW,
        "source_id": 1,
        "memo": "",
    }


def lines(number: int, *amounts: int) -> list[dict[str, Any]]:
    return [
        {"estate_id": 1, "entry_id": number, "line": place, "account": "receivable", "amount_fen": fen}
        for place, fen in enumerate(amounts, start=1)
    ]


def store(database: Database, given: list[dict[str, Any]], head: dict[str, Any] | None) -> None:
    with database.writing() as connection, connection.begin():
        if given:
            connection.execute(insert(JournalLine), given)
        if head is not None:
            connection.execute(insert(JournalEntry), head)


@pytest.mark.parametrize(
    "amounts",
    [
        pytest.param((), id="no line"),
        pytest.param((5,), id="one line"),
        pytest.param((100, -99), id="one fen short"),
        pytest.param((100, -50, -51), id="one fen over"),
        pytest.param((100, 0, -100), id="a line of zero"),
        pytest.param((10**13 + 1, -(10**13) - 1), id="beyond the largest amount"),
    ],
)
def test_an_unsound_entry_is_refused_by_the_database(database: Database, amounts: tuple[int, ...]) -> None:
    a_billed_world(database)
    before = content(database, JournalEntry), content(database, JournalLine)
    with pytest.raises(DBAPIError):
        store(database, lines(900, *amounts), entry(900))
    assert (content(database, JournalEntry), content(database, JournalLine)) == before


def test_a_sound_entry_is_taken_and_no_line_is_added_to_it(database: Database) -> None:
    a_billed_world(database)
    store(database, lines(900, 100, -100), entry(900))
    for amount in (1, -1):
        late = {**lines(900, amount)[0], "line": 3}
        with pytest.raises(DBAPIError, match="entry is closed"):
            store(database, [late], None)
    assert [row[4] for row in content(database, JournalLine) if row[1] == 900] == [100, -100]


def test_lines_without_their_entry_do_not_stay(database: Database) -> None:
    a_billed_world(database)
    with pytest.raises(DBAPIError):
        store(database, lines(900, 100, -100), None)
    assert [row for row in content(database, JournalLine) if row[1] == 900] == []


def test_an_entry_is_reversed_once_and_a_receipt_number_given_once(database: Database) -> None:
    world = a_full_world(database)
    (reversal,) = (row for row in world.rows(JournalEntry) if row.kind == "reversal")
    again = {**entry(900), "kind": "reversal", "reverses_id": reversal.reverses_id}
    with pytest.raises(DBAPIError):
        store(database, lines(900, 100, -100), again)
    (payment,) = world.rows(Payment)
    with pytest.raises(DBAPIError), database.writing() as connection, connection.begin():
        connection.execute(insert(Payment), {**payment._mapping, "id": 901})
    assert len(world.rows(Payment)) == 1


def test_a_bill_is_never_paid_above_its_amount_nor_credit_drawn_below_zero(database: Database) -> None:
    world = a_billed_world(database)
    world.pay(world.units[0], "240.00")
    for attack in (
        "UPDATE bills SET paid_fen = amount_fen + 1",
        "UPDATE bills SET paid_fen = -1",
        "UPDATE bills SET relief_fen = 1 WHERE paid_fen = amount_fen",
        "UPDATE unit_accounts SET credit_fen = -1",
    ):
        with pytest.raises(DBAPIError), database.writing() as connection, connection.begin():
            connection.execute(text(attack))
    check_books(world)
