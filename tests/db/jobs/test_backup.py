"""R11, R12, R15: a backup is consistent while people work, is proven whole, and restores on either database."""

import json
import os
import random
import shutil
import threading
import zipfile
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select, text
from sqlalchemy.exc import DBAPIError

from core.admin.audit import ChainHead
from db.engine import Database, open_database
from db.guards import check_guards
from db.jobs import backup as backup_module
from db.jobs.backup import NotEmpty, RestoreDiffers, backup, control_totals, restore
from db.jobs.dump import LEFT_OUT, dumped_tables, kind_of, load_table
from db.jobs.manifest import BackupDamaged, Manifest, OtherKeys, SchemaDiffers, read_manifest
from db.jobs.verify import verify
from db.keys import KeyRing, load_keys, new_key_file
from db.models import BackgroundJob, Base, Estate, ImportBatch, ImportFile, SignInAttempt, User, UserSession
from db.schema import migrate, schema_differences
from tests.conftest import BOTH, postgresql_url
from tests.db.jobs.books import NOW, fill, take

EmptyUrl = Callable[[str], str]


@pytest.fixture
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[EmptyUrl]:
    """Addresses of databases with nothing in them, of either kind."""
    made: list[str] = []

    def address(kind: str) -> str:
        if kind == "sqlite":
            return f"sqlite:///{tmp_path / ('restored_' + os.urandom(4).hex() + '.db')}"
        server = request.getfixturevalue("postgresql_server")
        made.append("r_" + os.urandom(6).hex())
        server.psql(f"CREATE DATABASE {made[-1]}")
        return postgresql_url(server, made[-1])

    yield address
    for name in made:
        request.getfixturevalue("postgresql_server").psql(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def saved(database: Database, tmp_path: Path) -> Path:
    """A backup of a small company."""
    fill(database)
    return backup(database, tmp_path / "backups", now=NOW).path


def opened(url: str, keys: KeyRing) -> Database:
    return open_database(url, keys)


def content(database: Database) -> dict[str, list[Any]]:
    """Every row of every table a backup carries."""
    with database.reading() as connection:
        return {
            table.name: [tuple(row) for row in connection.execute(select(table).order_by(*table.primary_key))]
            for table in dumped_tables()
        }


def test_every_column_has_a_portable_form_and_no_table_is_forgotten() -> None:
    assert {kind_of(column) for table in dumped_tables() for column in table.columns} == {
        "bool",
        "bytes",
        "date",
        "instant",
        "int",
        "text",
    }
    assert {table.name for table in dumped_tables()} | LEFT_OUT == set(Base.metadata.tables)


@pytest.mark.parametrize("into", BOTH)
def test_a_backup_restores_on_either_database_to_the_same_rows(
    database: Database, saved: Path, into: str, empty_url: EmptyUrl, tmp_path: Path
) -> None:
    url, keys = empty_url(into), database.keys
    restored = restore(saved, url, keys)
    assert restored.report.is_sound
    assert restored.report.heads == restored.manifest.heads
    target = opened(url, keys)
    if into == "sqlite":
        assert Path(str(target.engine.url.database)).stat().st_mode & 0o777 == 0o600
    assert content(target) == content(database)
    assert schema_differences(target) == []
    with target.reading() as connection:
        check_guards(connection)
        assert control_totals(connection) == restored.manifest.totals
    again = backup(target, tmp_path / "again", now=NOW).manifest
    assert again.tables == restored.manifest.tables, "the same bytes for each table, whichever database wrote them"
    target.engine.dispose()


@pytest.mark.parametrize("into", BOTH)
def test_a_restored_database_goes_on_working(saved: Path, into: str, empty_url: EmptyUrl, keys: KeyRing) -> None:
    url = empty_url(into)
    heads = restore(saved, url, keys).manifest.heads
    target = opened(url, keys)
    assert take(target, 1, 0, 500) == 4
    with target.writing() as connection, connection.begin():
        estate = {"code": "E9", "name": "九", "natural_key": "九", "created_at": NOW}
        assert connection.execute(insert(Estate).values(estate).returning(Estate.id)).scalar_one() == 3
        with pytest.raises(DBAPIError, match="append-only"), connection.begin_nested():
            connection.execute(text("DELETE FROM payments"))
        connection.rollback()
    assert verify(target, heads).is_sound
    target.engine.dispose()


def test_the_manifest_tells_what_is_inside(database: Database, saved: Path, keys: KeyRing) -> None:
    manifest = read_manifest(saved, keys)
    rows = {dumped.name: dumped.rows for dumped in manifest.tables}
    assert (rows["estates"], rows["payments"], rows["journal_lines"], rows["audit_entries"]) == (2, 4, 15, 8)
    assert manifest.rows == sum(len(found) for found in content(database).values())
    assert manifest.totals["journal"] == (15, 137_600, 0)
    assert manifest.totals["bills"] == (40_000, 26_500, 0)
    assert manifest.totals["payments"] == (4, 28_800, 3)
    assert manifest.totals["credit"] == (2_300,)
    assert (manifest.made_at, manifest.dialect) == (NOW.isoformat(), database.engine.dialect.name)
    assert [(head.chain, head.seq) for head in manifest.heads] == [(0, 2), (1, 4), (2, 2)]
    assert manifest.left_out == tuple(sorted(LEFT_OUT))


def test_only_its_owner_may_read_a_backup_and_no_part_is_left(saved: Path) -> None:
    assert saved.stat().st_mode & 0o777 == 0o600
    assert saved.parent.stat().st_mode & 0o077 == 0
    assert [found.name for found in saved.parent.iterdir()] == ["guanjia-20260315-040506-789012.zip"]


def test_no_key_and_nothing_left_out_is_inside(database: Database, tmp_path: Path, keys: KeyRing) -> None:
    fill(database)
    with database.writing() as connection, connection.begin():
        session = {"token_hash": b"t" * 32, "user_id": 7, "created_at": NOW, "last_seen_at": NOW, "proven_at": NOW}
        connection.execute(insert(UserSession), session)
        connection.execute(insert(SignInAttempt), {"key": "user wang", "failures": 3, "last_failed_at": NOW})
        batch = {"id": 1, "kind": "customers", "file_name": "x.xlsx", "file_hash": b"h" * 32, "state": "read"}
        connection.execute(insert(ImportBatch), {**batch, "made_at": NOW})
        connection.execute(insert(ImportFile), {"batch_id": 1, "content": b"13800138000"})
        connection.execute(insert(BackgroundJob), {"kind": "k", "params": "{}", "made_at": NOW})
    path = backup(database, tmp_path / "backups", now=NOW).path
    with zipfile.ZipFile(path) as archive:
        names = set(archive.namelist())
        everything = b"".join(archive.read(name) for name in names)
    assert not {f"tables/{name}.jsonl" for name in LEFT_OUT} & names
    assert "tables/import_batches.jsonl" in names
    secrets = [keys.seal_key, keys.index_key, keys.seal_key.hex().encode(), keys.index_key.hex().encode()]
    for secret in (*secrets, b"13800138000", b"MTM4MDAxMzgwMDA"):
        assert secret not in everything
        assert secret not in path.read_bytes()


def test_any_zip_tool_opens_a_backup(saved: Path) -> None:
    with zipfile.ZipFile(saved) as archive:
        assert archive.testzip() is None
        first, row = archive.read("tables/estates.jsonl").decode().splitlines()[:2]
    names, kinds = json.loads(first)
    assert dict(zip(names, json.loads(row), strict=True))["name"] == "翠湖花园1"
    assert len(names) == len(kinds)


def test_a_flipped_byte_anywhere_is_refused_and_nothing_is_made(
    saved: Path, keys: KeyRing, tmp_path: Path, database: Database
) -> None:
    before = content(database)
    whole = saved.read_bytes()
    places = {0, 1, len(whole) // 2, len(whole) - 200, len(whole) - 129, len(whole) - 128, len(whole) - 1}
    places |= set(random.Random(11).sample(range(len(whole)), 60))
    broken, target = tmp_path / "broken.zip", tmp_path / "target.db"
    for place in sorted(places):
        broken.write_bytes(whole[:place] + bytes([whole[place] ^ 0x10]) + whole[place + 1 :])
        with pytest.raises((BackupDamaged, OtherKeys)):
            restore(broken, f"sqlite:///{target}", keys)
        assert not target.exists()
    assert content(database) == before


@pytest.mark.parametrize("length", [0, 1, 128, 129, 0.5, -1])
def test_a_truncated_backup_is_refused(saved: Path, keys: KeyRing, tmp_path: Path, length: float) -> None:
    whole = saved.read_bytes()
    cut = int(len(whole) * length) if isinstance(length, float) else length
    short = tmp_path / "short.zip"
    short.write_bytes(whole[:cut])
    with pytest.raises(BackupDamaged):
        restore(short, f"sqlite:///{tmp_path / 'target.db'}", keys)
    assert not (tmp_path / "target.db").exists()


def test_a_file_that_is_not_there_is_refused(tmp_path: Path, keys: KeyRing) -> None:
    with pytest.raises(BackupDamaged):
        read_manifest(tmp_path / "none.zip", keys)


def test_a_backup_of_another_company_is_refused(saved: Path, tmp_path: Path) -> None:
    new_key_file(tmp_path / "other" / "keys.json")
    other = load_keys(tmp_path / "other" / "keys.json", data_folder=tmp_path / "data")
    with pytest.raises(OtherKeys):
        restore(saved, f"sqlite:///{tmp_path / 'target.db'}", other)
    assert not (tmp_path / "target.db").exists()


def test_live_data_is_never_overwritten(database: Database, database_url: str, saved: Path, keys: KeyRing) -> None:
    take(database, 2, 0, 123)
    before = content(database)
    with pytest.raises(NotEmpty):
        restore(saved, database_url, keys)
    assert content(database) == before


def test_a_database_with_users_only_is_not_empty(database: Database, database_url: str, tmp_path: Path) -> None:
    path = backup(database, tmp_path / "backups", now=NOW).path
    with database.writing() as connection, connection.begin():
        connection.execute(insert(User), {"username": "li", "display_name": "李", "created_at": NOW})
    with pytest.raises(NotEmpty) as refusal:
        restore(path, database_url, database.keys)
    assert refusal.value.fields == {"found": "users"}


def test_a_migrated_database_without_rows_takes_a_backup(
    saved: Path, into_migrated: Database, keys: KeyRing, database: Database
) -> None:
    assert restore(saved, into_migrated.engine.url.render_as_string(hide_password=False), keys).report.is_sound
    assert content(into_migrated) == content(database)


@pytest.fixture(params=BOTH)
def into_migrated(request: pytest.FixtureRequest, empty_url: EmptyUrl, keys: KeyRing) -> Iterator[Database]:
    target = opened(empty_url(request.param), keys)
    migrate(target)
    yield target
    target.engine.dispose()


@pytest.mark.parametrize("end", ["-wal", "-shm", "-journal"])
def test_a_stale_file_beside_the_target_is_refused(saved: Path, keys: KeyRing, tmp_path: Path, end: str) -> None:
    """SQLite would play a left-over log into the restored database (security.md §0, finding 9)."""
    stale = tmp_path / f"target.db{end}"
    stale.write_bytes(b"stale")
    with pytest.raises(NotEmpty):
        restore(saved, f"sqlite:///{tmp_path / 'target.db'}", keys)
    assert stale.read_bytes() == b"stale"
    assert not (tmp_path / "target.db").exists()


@pytest.mark.parametrize("saved_figures", [f"{b}:{what}" for b in BOTH for what in ("journal", "audit", "payments")])
def test_figures_that_differ_after_loading_roll_the_restore_back(
    saved: Path, saved_figures: str, empty_url: EmptyUrl, keys: KeyRing, monkeypatch: pytest.MonkeyPatch
) -> None:
    into, what = saved_figures.split(":")

    def short_of_a_row(connection: Any, name: str, stream: Any) -> int:
        lines = list(stream)
        if (what, name) == ("payments", "payments"):
            lines = lines[:-1]
        return load_table(connection, name, lines)

    real = read_manifest

    def other_figures(path: Path, keys: KeyRing) -> Manifest:
        manifest = real(path, keys)
        if what == "journal":
            manifest.totals["journal"] = (15, 0, 0)
        if what == "audit":
            object.__setattr__(manifest, "heads", (ChainHead(manifest.heads[0].chain),))
        return manifest

    monkeypatch.setattr(backup_module, "load_table", short_of_a_row)
    monkeypatch.setattr(backup_module, "read_manifest", other_figures)
    url = empty_url(into)
    with pytest.raises(RestoreDiffers) as refusal:
        restore(saved, url, keys)
    assert refusal.value.fields == {"what": what}
    monkeypatch.undo()
    assert restore(saved, url, keys).report.is_sound, "nothing of the failed restore is in the way"


def test_a_backup_of_a_newer_portal_is_refused(
    saved: Path, keys: KeyRing, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = read_manifest

    def newer(path: Path, keys: KeyRing) -> Manifest:
        manifest = real(path, keys)
        object.__setattr__(manifest, "revision", "9999")
        return manifest

    monkeypatch.setattr(backup_module, "read_manifest", newer)
    with pytest.raises(SchemaDiffers):
        restore(saved, f"sqlite:///{tmp_path / 'target.db'}", keys)
    assert not (tmp_path / "target.db").exists()


def test_a_database_that_was_not_migrated_is_not_saved(tmp_path: Path, keys: KeyRing) -> None:
    database = opened(f"sqlite:///{tmp_path / 'bare.db'}", keys)
    with pytest.raises(SchemaDiffers):
        backup(database, tmp_path / "backups", now=NOW)
    assert list((tmp_path / "backups").iterdir()) == []
    database.engine.dispose()


def test_books_that_were_touched_come_back_as_they_were_and_are_reported(
    database: Database, tmp_path: Path, empty_url: EmptyUrl, keys: KeyRing
) -> None:
    fill(database)
    with database.writing() as connection, connection.begin():
        connection.execute(text("UPDATE bills SET paid_fen = 6000 WHERE estate_id = 1 AND id = 10"))
    path = backup(database, tmp_path / "backups", now=NOW).path
    report = restore(path, empty_url("sqlite"), keys).report
    assert {finding.check for finding in report.findings} == {"bill_paid", "bill_open_amount"}


def test_backups_made_while_people_write_are_each_consistent(
    database: Database, tmp_path: Path, keys: KeyRing, sqlite_template: Path
) -> None:
    """Five people take money without a pause; every backup balances, and its chains hold up to its own heads."""
    fill(database)
    stop, errors, taken = threading.Event(), [], []

    def work(number: int) -> None:
        while not stop.is_set():
            try:
                taken.append(take(database, 1 + number % 2, number % 2, 7 + number))
            except Exception as error:  # noqa: BLE001 (shown at the end)
                errors.append(error)
                return

    people = [threading.Thread(target=work, args=(number,)) for number in range(5)]
    for person in people:
        person.start()
    try:
        made = [backup(database, tmp_path / "backups", now=NOW + timedelta(seconds=n)) for n in range(8)]
    finally:
        stop.set()
        for person in people:
            person.join()
    assert errors == []
    assert len(taken) > 20
    rows = [found.manifest.rows for found in made]
    assert rows == sorted(rows) and rows[0] < rows[-1], "people did write in between"
    for found in made:
        restored = restore(found.path, f"sqlite:///{found.path.with_suffix('.db')}", keys)
        assert restored.report.findings == ()
        assert restored.manifest == found.manifest
    shutil.rmtree(tmp_path / "backups")


def test_two_backups_at_different_moments_have_different_names(database: Database, tmp_path: Path) -> None:
    moments: list[datetime] = [NOW, NOW + timedelta(microseconds=1)]
    assert len({backup(database, tmp_path, now=moment).path for moment in moments}) == 2
