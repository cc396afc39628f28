"""The command line: each command does its work, speaks both languages, and ends with a number timers can read."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from typer.testing import CliRunner, Result

from core.complaints.states import CaseState
from db.engine import open_database
from db.files import Places
from db.jobs.invariants import INVARIANTS
from db.jobs.tidying import tidied
from db.jobs.verify import RECOMPUTED, verify
from db.keys import load_keys
from db.models import Case, SurveyRespondent
from db.operations.attempts import as_system
from db.operations.case_care import ArchiveCases
from db.operations.survey_rounds import CloseRound, close_round
from db.unit_of_work import perform
from locales.labels import labels
from manage import app
from tests.conftest import BOTH, postgresql_url
from tests.db.jobs.books import fill, take
from tests.db.service_setup import a_service_world
from tests.db.surveys_setup import a_survey_world
from tests.personas import SUPERVISOR

Run = Callable[..., Result]


@pytest.fixture(params=BOTH)
def places(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Places]:
    """A fresh installation: no folder, no keys, no tables."""
    monkeypatch.setenv("GUANJIA_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("GUANJIA_KEY_FILE", str(tmp_path / "secrets" / "keys.json"))
    if request.param == "sqlite":
        monkeypatch.delenv("GUANJIA_DATABASE_URL", raising=False)
        yield Places.from_environment()
        return
    server = request.getfixturevalue("postgresql_server")
    name = "c_" + tmp_path.name.encode().hex()[-20:]
    server.psql(f"CREATE DATABASE {name}")
    monkeypatch.setenv("GUANJIA_DATABASE_URL", postgresql_url(server, name))
    yield Places.from_environment()
    server.psql(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def run() -> Run:
    runner = CliRunner()
    return lambda *arguments: runner.invoke(app, [str(argument) for argument in arguments])


def fill_books(places: Places) -> None:
    database = open_database(places.database_url, load_keys(places.key_file, data_folder=places.data))
    fill(database)
    database.engine.dispose()


def alter(places: Places, statement: str) -> None:
    database = open_database(places.database_url, load_keys(places.key_file, data_folder=places.data))
    with database.writing() as connection, connection.begin():
        connection.execute(text(statement))
    database.engine.dispose()


def test_init_makes_everything_and_gives_a_code_while_there_is_nobody(places: Places, run: Run) -> None:
    first = run("init", "--lang", "en")
    assert first.exit_code == 0, first.output
    assert "New key file" in first.output
    assert "Set-up code" in first.output
    assert places.key_file.stat().st_mode & 0o777 == 0o600
    assert places.data.stat().st_mode & 0o777 == 0o700
    keys = places.key_file.read_bytes()
    again = run("init", "--lang", "en")
    assert again.exit_code == 0
    assert "(0 code entries added)" in again.output
    assert "New key file" not in again.output
    assert places.key_file.read_bytes() == keys
    fill_books(places)
    assert "Set-up code" not in run("init", "--lang", "en").output


def test_a_backup_is_made_checked_and_restored(places: Places, run: Run, tmp_path: Path) -> None:
    run("init")
    fill_books(places)
    assert "288,00" not in run("verify").output
    made = run("backup", tmp_path / "backups", "--lang", "en")
    assert made.exit_code == 0, made.output
    assert "28800 fen" in made.output.replace("\n", "")
    (file,) = (tmp_path / "backups").iterdir()
    target = f"sqlite:///{tmp_path / 'other' / 'new.db'}"
    back = run("restore", file, "--into", target)
    assert back.exit_code == 0, back.output
    assert "检查通过" in back.output
    assert run("verify", "--against", file).exit_code == 0
    database = open_database(target, load_keys(places.key_file, data_folder=places.data))
    assert verify(database).is_sound
    database.engine.dispose()


def test_a_restore_over_live_data_is_refused_in_both_languages(places: Places, run: Run, tmp_path: Path) -> None:
    run("init")
    fill_books(places)
    run("backup", tmp_path / "backups")
    (file,) = (tmp_path / "backups").iterdir()
    chinese, english = run("restore", file), run("restore", file, "--lang", "en")
    assert (chinese.exit_code, english.exit_code) == (2, 2)
    assert "空数据库" in chinese.output
    assert "empty database" in english.output


def test_the_self_check_ends_with_one_and_names_what_is_wrong(places: Places, run: Run) -> None:
    run("init")
    fill_books(places)
    assert run("verify").exit_code == 0
    alter(places, "UPDATE bills SET paid_fen = 6000 WHERE estate_id = 1 AND id = 10")
    found = run("verify", "--lang", "en")
    assert found.exit_code == 1
    assert "bill 10: paid 6000 fen, the allocations say 6500" in found.output
    assert "2 findings" in found.output


def test_a_backup_shows_what_was_cut_since(places: Places, run: Run, tmp_path: Path) -> None:
    run("init")
    fill_books(places)
    run("backup", tmp_path / "backups")
    (file,) = (tmp_path / "backups").iterdir()
    database = open_database(places.database_url, load_keys(places.key_file, data_folder=places.data))
    take(database, 1, 0, 5)
    database.engine.dispose()
    assert run("verify", "--against", file).exit_code == 0
    alter(places, "UPDATE estate_heads SET audit_count = 0, audit_hash = (SELECT audit_hash FROM estate_heads WHERE "
                  "estate_id = 2) WHERE estate_id = 1")  # fmt: skip
    assert run("verify", "--against", file).exit_code == 1


def test_migrate_says_that_the_schema_is_todays(places: Places, run: Run) -> None:
    run("init")
    done = run("migrate", "--lang", "en")
    assert (done.exit_code, done.output.strip()) == (0, "The database has today's schema.")


@pytest.mark.parametrize("command", ["migrate", "verify"])
def test_without_keys_a_command_says_so_in_one_line(places: Places, run: Run, command: str) -> None:
    refused = run(command)
    assert refused.exit_code == 2
    assert refused.output.startswith("KeyFileError: no key file at")
    assert len(refused.output.strip().splitlines()) == 1


def test_every_check_has_a_sentence() -> None:
    wanted = {f"verify.{check}" for check in ("guard_missing", "audit_chain", *INVARIANTS, *RECOMPUTED)}
    assert wanted <= set(labels())


def test_tidying_up_forgets_whose_old_survey_forms_are_whose(places: Places, run: Run) -> None:
    run("init")
    database = open_database(places.database_url, load_keys(places.key_file, data_folder=places.data))
    world = a_survey_world(database)
    world.enter(world.form(world.units[0]), world.form(world.units[1]))
    world.act(SUPERVISOR, close_round, CloseRound(world.estate, world.round, 1))
    alter(places, "UPDATE survey_rounds SET closed_on = '2020-01-01'")
    done = run("tidy", "--lang", "en")
    assert done.exit_code == 0 and "2 links between people and survey forms were removed" in done.output
    assert not world.rows(SurveyRespondent) and world.forms_counted() == 2
    assert "0 条" in run("tidy").output
    database.engine.dispose()


def test_tidying_up_archives_and_forgets_in_batches_and_a_dry_run_only_counts(places: Places, run: Run) -> None:
    run("init")
    database = open_database(places.database_url, load_keys(places.key_file, data_folder=places.data))
    world = a_service_world(database)
    units = list(zip(world.maple.units, world.maple.owners, strict=True))
    for unit, owner in units[:3]:
        world.move_to(world.register(unit=unit, customer=owner), CaseState.CLOSED)
    long_ago = "UPDATE cases SET ended_on = '2020-01-31' WHERE id = (SELECT min(id) FROM cases)"
    lately = (datetime.now(UTC) - timedelta(days=60)).date()
    alter(places, f"UPDATE cases SET ended_on = '{lately}'")
    alter(places, long_ago)
    kept = world.rows(Case)
    tried = run("tidy", "--dry-run", "--lang", "en")
    assert tried.exit_code == 0, tried.output
    assert "Nothing was changed" in tried.output
    said = "3 closed complaints archived; 1 complaints and requests"
    assert said in tried.output.replace("\n", " ")
    assert world.rows(Case) == kept
    done = run("tidy", "--lang", "en")
    assert done.exit_code == 0 and "Nothing was changed" not in done.output
    assert said in done.output.replace("\n", " ")
    rows = world.rows(Case)
    assert [row.state for row in rows] == ["archived"] * 3
    assert [row.anonymised_at is not None for row in rows] == [True, False, False]
    assert "已去除身份信息的投诉和报修 0 件" in run("tidy").output
    assert run("verify").exit_code == 0
    database.engine.dispose()


def test_batches_go_on_until_nothing_is_left(places: Places, run: Run) -> None:
    run("init")
    database = open_database(places.database_url, load_keys(places.key_file, data_folder=places.data))
    world = a_service_world(database)
    for number in range(5):
        world.register(place=f"广场{number}", unit=None)
    alter(places, "UPDATE cases SET state = 'closed', ended_on = '2020-01-31', ended_at = '2020-01-31 08:00:00'")
    archived = list[int]()

    def do(act: Any, command: Any) -> Any:
        if isinstance(command, ArchiveCases):
            archived.append(perform(database, act, replace(command, most=2), identify=as_system, now=world.now))
            return archived[-1]
        return perform(database, act, command, identify=as_system, now=world.now)

    done = tidied((world.estate,), do)
    assert archived == [2, 2, 1, 0]
    assert (done.estates, done.archived, done.anonymised) == (1, 5, 5)
    database.engine.dispose()


def test_the_timer_tells_of_what_runs_out(places: Places, run: Run) -> None:
    run("init")
    database = open_database(places.database_url, load_keys(places.key_file, data_folder=places.data))
    world = a_service_world(database)
    world.register()
    assert run("tick").exit_code == 0
    alter(places, "UPDATE cases SET next_look = '2020-01-01 00:00:00'")
    done = run("tick", "--lang", "en")
    assert done.exit_code == 0 and "Looked at 1 complaints and requests in 1 estates" in done.output.replace("\n", " ")
    assert "检查了 0 个小区" in run("tick").output
    database.engine.dispose()
