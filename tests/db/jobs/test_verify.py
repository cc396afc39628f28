"""R16, R24: whatever is changed behind the portal's back is found, and the finding says where."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, text

from core.admin.audit import ChainHead
from core.kernel.identity import COMPANY, EstateId
from db.engine import Database, open_database
from db.jobs.verify import Finding, VerifyReport, verify
from db.keys import KeyRing
from tests.db.jobs.books import fill, take

ONE = EstateId(1)


def as_owner(database: Database, *statements: str) -> None:
    """Do what somebody with the database's own password could: take the guards off, act, and put them back."""
    with database.writing() as connection, connection.begin():
        triggers = take_guards_off(connection)
        for statement in statements:
            connection.exec_driver_sql(statement)
        for definition in triggers:
            connection.exec_driver_sql(definition)
        if not database.is_sqlite:
            connection.execute(text("SET session_replication_role = origin"))


def take_guards_off(connection: Connection) -> list[str]:
    if connection.dialect.name != "sqlite":
        connection.execute(text("SET session_replication_role = replica"))
        return []
    connection.execute(text("PRAGMA defer_foreign_keys = ON"))
    found = connection.execute(text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")).all()
    for name, _ in found:
        connection.execute(text(f"DROP TRIGGER {name}"))
    return [definition for _, definition in found]


def only(report: VerifyReport, check: str) -> list[tuple[int | None, str]]:
    return [(finding.estate_id, finding.subject) for finding in report.findings if finding.check == check]


def test_an_empty_database_is_sound(database: Database) -> None:
    report = verify(database)
    assert (report.is_sound, report.audit_rows, report.heads) == (True, 0, (ChainHead(COMPANY),))


def test_books_kept_by_the_portal_are_sound(database: Database) -> None:
    fill(database)
    report = verify(database)
    assert report.findings == ()
    assert report.audit_rows == 8
    assert [(head.chain, head.seq) for head in report.heads] == [(0, 2), (1, 4), (2, 2)]


CHAIN_ATTACKS = {
    "an actor's name changed": ("UPDATE audit_entries SET actor_name = 'x' WHERE chain = 1 AND seq = 2", 2, "changed"),
    "an instant moved by a microsecond": (
        "UPDATE audit_entries SET at = '2026-03-15 04:05:06.789013' WHERE chain = 1 AND seq = 3",
        3,
        "changed",
    ),
    "a figure after changed": (
        "UPDATE audit_entries SET after = replace(after, '2500', '2501') WHERE chain = 1 AND seq = 3",
        3,
        "changed",
    ),
    "a space slipped into the kept JSON": (
        "UPDATE audit_entries SET after = replace(after, ':', ': ') WHERE chain = 1 AND seq = 3",
        3,
        "changed",
    ),
    "a float in the kept JSON": (
        "UPDATE audit_entries SET after = '{\"fen\":1.5}' WHERE chain = 1 AND seq = 2",
        2,
        "changed",
    ),
    "no JSON at all": ("UPDATE audit_entries SET after = 'none' WHERE chain = 1 AND seq = 2", 2, "changed"),
    "a reason added": ("UPDATE audit_entries SET reason = 'because' WHERE chain = 1 AND seq = 1", 1, "changed"),
    "a row taken out": ("DELETE FROM audit_entries WHERE chain = 1 AND seq = 2", 2, "missing"),
    "the first row taken out": ("DELETE FROM audit_entries WHERE chain = 1 AND seq = 1", 1, "missing"),
    "the tail cut": ("DELETE FROM audit_entries WHERE chain = 1 AND seq >= 3", 3, "cut_tail"),
    "a whole chain removed": ("DELETE FROM audit_entries WHERE chain = 1", 1, "cut_tail"),
    "two rows swapped": (
        "UPDATE audit_entries SET seq = 3 - seq + 1000 WHERE chain = 1 AND seq IN (1, 2)",
        1,
        "missing",
    ),
    "a row written at the end": (
        "INSERT INTO audit_entries SELECT chain, 5, at, actor_id, actor_name, action, subject_type, subject_id, "
        "before, after, reason, hash FROM audit_entries WHERE chain = 1 AND seq = 4",
        5,
        "beyond_head",
    ),
    "a row written before the first": (
        "INSERT INTO audit_entries SELECT chain, 0, at, actor_id, actor_name, action, subject_type, subject_id, "
        "before, after, reason, hash FROM audit_entries WHERE chain = 1 AND seq = 4",
        0,
        "changed",
    ),
    "the head turned to another hash": (
        "UPDATE estate_heads SET audit_hash = (SELECT hash FROM audit_entries WHERE chain = 2 AND seq = 1) "
        "WHERE estate_id = 1",
        4,
        "other_head",
    ),
}


@pytest.mark.parametrize("attack", CHAIN_ATTACKS)
def test_a_touched_audit_row_is_located(database: Database, attack: str) -> None:
    fill(database)
    statement, seq, why = CHAIN_ATTACKS[attack]
    as_owner(database, statement)
    assert verify(database).findings == (Finding("audit_chain", ONE, str(seq), found=why),)


def test_two_rows_that_changed_places_are_located(database: Database) -> None:
    fill(database)
    move = "UPDATE audit_entries SET seq = {to} WHERE chain = 1 AND seq = {of}"
    as_owner(database, move.format(of=2, to=99), move.format(of=3, to=2), move.format(of=99, to=3))
    assert verify(database).findings == (Finding("audit_chain", ONE, "2", found="changed"),)


def test_every_row_of_a_longer_chain_is_located_when_it_changes(database: Database) -> None:
    fill(database)
    for _ in range(6):
        take(database, 2, 0, 100)
    for seq in range(1, 9):
        as_owner(database, f"UPDATE audit_entries SET action = action || 'x' WHERE chain = 2 AND seq = {seq}")
        assert only(verify(database), "audit_chain") == [(2, str(seq))]
        as_owner(
            database, f"UPDATE audit_entries SET action = replace(action, 'x', '') WHERE chain = 2 AND seq = {seq}"
        )
    assert verify(database).is_sound


def test_every_chain_is_reported_on_its_own(database: Database) -> None:
    fill(database)
    as_owner(database, "UPDATE audit_entries SET action = 'x' WHERE seq = 2")
    assert only(verify(database), "audit_chain") == [(0, "2"), (1, "2"), (2, "2")]


def test_rows_of_a_chain_without_a_head_are_found(database: Database) -> None:
    fill(database)
    as_owner(database, "DELETE FROM estate_heads WHERE estate_id = 2")
    report = verify(database)
    assert only(report, "audit_chain") == [(2, "1")]
    assert only(report, "estate_has_head") == [(2, "2")]


def cut_with_head(seq: int) -> tuple[str, ...]:
    return (
        f"UPDATE estate_heads SET audit_count = {seq}, audit_hash = (SELECT hash FROM audit_entries "
        f"WHERE chain = 1 AND seq = {seq}) WHERE estate_id = 1",
        f"DELETE FROM audit_entries WHERE chain = 1 AND seq > {seq}",
    )


def test_a_tail_cut_together_with_its_head_is_found_by_an_earlier_head_only(database: Database) -> None:
    fill(database)
    anchors = verify(database).heads
    as_owner(database, *cut_with_head(2))
    assert verify(database).is_sound
    assert verify(database, anchors).findings == (Finding("audit_chain", ONE, "3", found="cut_tail"),)


def test_a_tail_cut_and_written_anew_is_found_by_an_earlier_head(database: Database) -> None:
    fill(database)
    anchors = verify(database).heads
    as_owner(database, *cut_with_head(3))
    take(database, 1, 0, 77)
    take(database, 1, 0, 78)
    report = verify(database, anchors)
    assert only(report, "audit_chain") == [(1, "4")]


def test_a_chain_that_grew_since_still_fits_its_earlier_head(database: Database) -> None:
    fill(database)
    anchors = verify(database).heads
    take(database, 1, 0, 10)
    assert verify(database, anchors).is_sound


BOOK_ATTACKS: dict[str, tuple[str, set[tuple[str, int, str]]]] = {
    "a line's amount changed": (
        "UPDATE journal_lines SET amount_fen = amount_fen + 1 WHERE estate_id = 1 AND entry_id = 100 AND line = 1",
        {
            ("entry_balances", 1, "100"),
            ("bill_open_amount", 1, "10"),
            ("receivable_cells", 1, "received 202603/202603 building 1"),
        },
    ),
    "an income line changed": (
        "UPDATE journal_lines SET amount_fen = amount_fen + 1 WHERE estate_id = 2 AND account = 'fee_income'",
        {("entry_balances", 2, "20")},
    ),
    "a line moved to another account": (
        "UPDATE journal_lines SET account = 'cash_and_bank' WHERE estate_id = 1 AND entry_id = 104 AND line = 2",
        {
            ("unit_credit", 1, "3"),
            ("payment_amount", 1, "104"),
            ("daily_receipts", 1, "amount 2026-03-15 "),
            ("daily_receipts", 1, "payments 2026-03-15 "),
        },
    ),
    "a line taken out": (
        "DELETE FROM journal_lines WHERE estate_id = 2 AND entry_id = 100 AND line = 0",
        {
            ("entry_balances", 2, "100"),
            ("payment_amount", 2, "100"),
            ("daily_receipts", 2, "amount 2026-03-15 cash"),
            ("daily_receipts", 2, "payments 2026-03-15 cash"),
        },
    ),
    "a paid amount raised": (
        "UPDATE bills SET paid_fen = paid_fen + 5 WHERE estate_id = 1 AND id = 10",
        {("bill_paid", 1, "10"), ("bill_open_amount", 1, "10")},
    ),
    "relief that nobody granted": (
        "UPDATE bills SET relief_fen = 3500 WHERE estate_id = 1 AND id = 10",
        {
            ("bill_relief", 1, "10"),
            ("bill_open_amount", 1, "10"),
            ("household_months", 1, "settled 202603 building 1"),
        },
    ),
    "an allocation changed": (
        "UPDATE allocations SET amount_fen = 1 WHERE estate_id = 2",
        {("bill_paid", 2, "11")},
    ),
    "credit made up": ("UPDATE unit_accounts SET credit_fen = credit_fen + 1", {("unit_credit", 1, "3")}),
    "an account of credit removed": ("DELETE FROM unit_accounts", {("unit_credit", 1, "3")}),
    "a payment made smaller": (
        "UPDATE payments SET amount_fen = 9000 WHERE estate_id = 2",
        {("payment_amount", 2, "100")},
    ),
    "a payment's method changed": (
        "UPDATE payments SET method = 'card' WHERE estate_id = 2",
        {("payment_amount", 2, "100")},
    ),
    "a receipt skipped": (
        "UPDATE payments SET receipt_no = 9 WHERE estate_id = 1 AND receipt_no = 2",
        {("receipts_without_gap", 1, "3"), ("receipts_without_gap", 1, "9")},
    ),
    "the receipt counter set back": (
        "UPDATE estate_heads SET last_receipt = 2 WHERE estate_id = 1",
        {("receipts_without_gap", 1, "3")},
    ),
    "a cell of receivables changed": (
        "UPDATE receivable_cells SET billed_fen = billed_fen - 1 WHERE estate_id = 2",
        {("receivable_cells", 2, "billed 202603/202603 building 1")},
    ),
    "a cell of receivables removed": (
        "DELETE FROM receivable_cells WHERE estate_id = 2",
        {
            ("receivable_cells", 2, "billed 202603/202603 building 1"),
            ("receivable_cells", 2, "received 202603/202603 building 1"),
        },
    ),
    "settled households miscounted": (
        "UPDATE household_months SET settled_units = 2 WHERE estate_id = 1",
        {("household_months", 1, "settled 202603 building 1")},
    ),
    "a day's receipts changed": (
        "UPDATE daily_receipts SET amount_fen = 0 WHERE estate_id = 1 AND method = 'wechat_pay'",
        {("daily_receipts", 1, "amount 2026-03-15 wechat_pay")},
    ),
    "payments of a day miscounted": (
        "UPDATE daily_receipts SET payments = payments + 1 WHERE estate_id = 2",
        {("daily_receipts", 2, "payments 2026-03-15 cash")},
    ),
    "a voucher's lines left without it": (
        "DELETE FROM journal_entries WHERE estate_id = 2 AND id = 20",
        {
            ("line_has_entry", 2, "20"),
            ("receivable_cells", 2, "billed 202603/202603 building 1"),
        },
    ),
}


@pytest.mark.parametrize("attack", BOOK_ATTACKS)
def test_a_touched_figure_is_located(database: Database, attack: str) -> None:
    fill(database)
    statement, expected = BOOK_ATTACKS[attack]
    if database.is_sqlite and attack.startswith("a voucher's"):
        foreign_keys_off(database, statement)
    else:
        as_owner(database, statement)
    found = {(finding.check, finding.estate_id, finding.subject) for finding in verify(database).findings}
    assert found == expected


def foreign_keys_off(database: Database, statement: str) -> None:
    with database.engine.connect() as connection:
        connection.exec_driver_sql("ROLLBACK")
        connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        triggers = take_guards_off(connection)
        connection.exec_driver_sql(statement)
        for definition in triggers:
            connection.exec_driver_sql(definition)
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("PRAGMA foreign_keys = ON")
        connection.exec_driver_sql("BEGIN")


def test_a_finding_says_what_should_stand_there(database: Database) -> None:
    fill(database)
    as_owner(database, "UPDATE bills SET paid_fen = 6000 WHERE estate_id = 1 AND id = 10")
    assert Finding("bill_paid", ONE, "10", "6500", "6000") in verify(database).findings


def test_a_guard_left_off_is_found(database: Database) -> None:
    on = "" if database.is_sqlite else " ON payments"
    name = "payments_no_delete" if database.is_sqlite else "payments_no_change"
    with database.writing() as connection, connection.begin():
        connection.execute(text(f"DROP TRIGGER {name}{on}"))
    assert verify(database).findings == (Finding("guard_missing", None, name),)


@pytest.fixture
def sqlite_only(sqlite_template: Path, tmp_path: Path, keys: KeyRing) -> Iterator[Database]:
    shutil.copyfile(sqlite_template, tmp_path / "only.db")
    opened = open_database(f"sqlite:///{tmp_path / 'only.db'}", keys)
    yield opened
    opened.engine.dispose()


@pytest.mark.parametrize("attack", ["bytes", "number", "text"])
def test_a_value_of_another_type_is_located_too(sqlite_only: Database, attack: str) -> None:
    """SQLite takes any type anywhere; the check must name the row, not fall over it."""
    fill(sqlite_only)
    forged = {"bytes": "actor_name = x'00ff'", "number": "at = 5", "text": "hash = 'none'"}[attack]
    as_owner(sqlite_only, f"UPDATE audit_entries SET {forged} WHERE chain = 1 AND seq = 3")
    assert only(verify(sqlite_only), "audit_chain") == [(1, "3")]


def test_the_self_check_never_gives_more_than_a_screenful_of_findings(database: Database) -> None:
    fill(database)
    rows = ", ".join(f"(1, '2020-01-01', 'm{n:03}', 1, 1)" for n in range(100))
    as_owner(
        database, f"INSERT INTO daily_receipts (estate_id, business_date, method, amount_fen, payments) VALUES {rows}"
    )
    assert len(only(verify(database), "daily_receipts")) == 21
