"""The command line's import, bill run and bringing over of people do what the portal does, under the same rules."""

from datetime import UTC, datetime
from pathlib import Path

import bcrypt
import pytest
from sqlalchemy import func, select
from typer.testing import CliRunner

from core.fees.billing import NoTariffValid
from core.imports.batches import BadRowsLeft
from core.imports.kinds import ImportKind
from core.kernel.periods import Month
from db.engine import Database, open_database
from db.files import Places
from db.jobs.commands import init
from db.jobs.office import bring_in, bring_users, prepare_bills
from db.keys import load_keys
from db.models import AuditEntry, Bill, Estate, Unit, User, UserEstate, UserRole
from db.operations.set_up import NotSetUp, SetUpAdministrator, create_first_administrator
from db.passwords import CredentialsUnreadable
from db.unit_of_work import NotFound
from manage import app

NOW = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)
ESTATES = "小区编码,小区名称,地址\nGH,桂花苑,桂溪路1号\n"
UNITS = "小区,房号,建筑面积,用途\nGH,3-1-1202,88.5,住宅\nGH,3-1-1203,-1,住宅\n"


HASH = bcrypt.hashpw(b"Short1!x", bcrypt.gensalt(4)).decode()
PEOPLE = f"""
credentials:
  usernames:
    Old.Hand: {{email: o@example.org, first_name: 老, last_name: 员工, password: '{HASH}', roles: [admin]}}
    wang: {{name: 王五, password: '{HASH}'}}
"""


@pytest.fixture
def places(tmp_path: Path) -> Places:
    found = Places(tmp_path / "data", tmp_path / "keys.json", f"sqlite:///{tmp_path / 'data' / 'guanjia.db'}")
    init(found, NOW)
    return found


@pytest.fixture
def set_up(tmp_path: Path) -> Places:
    """A portal with its first administrator."""
    found = Places(tmp_path / "data", tmp_path / "keys.json", f"sqlite:///{tmp_path / 'data' / 'guanjia.db'}")
    code = str(init(found, NOW).lines[-1].fields["code"])
    first = SetUpAdministrator(code, "chief", "主管", "correct horse 电池 staple", "192.0.2.10")
    create_first_administrator(database_at(found), first, now=NOW)
    return found


def database_at(places: Places) -> Database:
    return open_database(places.database_url, load_keys(places.key_file, data_folder=places.data))


def count(places: Places, table: type[Estate | Unit | Bill | User | UserRole | UserEstate]) -> int:
    with database_at(places).reading() as connection:
        return int(connection.execute(select(func.count()).select_from(table)).scalar_one())


def written(folder: Path, text: str) -> Path:
    path = folder / "list.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_file_comes_in_whole_or_not_at_all(places: Places, tmp_path: Path) -> None:
    said = bring_in(places, written(tmp_path, ESTATES), ImportKind.ESTATES, NOW)
    assert said.lines[0].fields == {"created": 1, "changed": 0, "unchanged": 0, "problems": 0}
    with pytest.raises(BadRowsLeft):
        bring_in(places, written(tmp_path, UNITS), ImportKind.UNITS, NOW)
    assert count(places, Unit) == 0
    bring_in(places, written(tmp_path, UNITS), ImportKind.UNITS, NOW, skip_bad_rows=True)
    assert (count(places, Estate), count(places, Unit)) == (1, 1)


def test_a_bill_run_without_a_fee_standard_or_an_estate_is_refused(places: Places, tmp_path: Path) -> None:
    bring_in(places, written(tmp_path, ESTATES), ImportKind.ESTATES, NOW)
    bring_in(places, written(tmp_path, UNITS), ImportKind.UNITS, NOW, skip_bad_rows=True)
    with pytest.raises(NoTariffValid):
        prepare_bills(places, "GH", Month(2026, 11), NOW)
    with pytest.raises(NotFound):
        prepare_bills(places, "NO", Month(2026, 11), NOW)
    assert count(places, Bill) == 0


def test_people_come_over_disabled_with_no_role_and_no_estate_and_only_once(set_up: Places, tmp_path: Path) -> None:
    said = bring_users(set_up, written(tmp_path, PEOPLE), NOW)
    assert [(line.code, dict(line.fields)) for line in said.lines] == [
        ("cli.users_brought", {"brought": 2, "there": 0})
    ]
    with database_at(set_up).reading() as connection:
        found = connection.execute(
            select(User.username, User.display_name, User.state, User.all_estates, User.password_hash).order_by(User.id)
        ).all()
        noted = connection.execute(select(AuditEntry.actor_name).where(AuditEntry.action == "user.brought_over")).all()
    assert [tuple(row) for row in found[1:]] == [
        ("old.hand", "老 员工", "disabled", False, HASH),
        ("wang", "王五", "disabled", False, HASH),
    ]
    assert [row.actor_name for row in noted] == ["system"] * 2
    assert (count(set_up, UserRole), count(set_up, UserEstate)) == (1, 0)  # the first administrator's
    again = bring_users(set_up, written(tmp_path, PEOPLE + f"    new: {{password: '{HASH}'}}\n"), NOW)
    assert dict(again.lines[0].fields) == {"brought": 1, "there": 2}


@pytest.mark.parametrize(
    ("content", "username"),
    [
        (PEOPLE + f"    x: {{name: 名, password: '{HASH}'}}\n", "x"),
        (PEOPLE + f"    long.name: {{name: {'名' * 65}, password: '{HASH}'}}\n", "long.name"),
        (PEOPLE + "    plain: {password: secret}\n", "plain"),
        ("小区编码,小区名称\n", ""),
    ],
)
def test_nobody_comes_over_from_a_file_with_a_bad_entry(
    set_up: Places, tmp_path: Path, content: str, username: str
) -> None:
    with pytest.raises(CredentialsUnreadable) as refusal:
        bring_users(set_up, written(tmp_path, content), NOW)
    assert refusal.value.fields == {"username": username}
    assert count(set_up, User) == 1


def test_a_file_that_is_no_text_is_no_credentials_file(set_up: Places, tmp_path: Path) -> None:
    (tmp_path / "list.csv").write_bytes(PEOPLE.encode("gb18030"))
    with pytest.raises(CredentialsUnreadable):
        bring_users(set_up, tmp_path / "list.csv", NOW)


def test_nobody_comes_over_before_the_first_administrator(places: Places, tmp_path: Path) -> None:
    with pytest.raises(NotSetUp):
        bring_users(places, written(tmp_path, PEOPLE), NOW)
    assert count(places, User) == 0


def test_the_command_says_how_many_it_brought_over(
    set_up: Places, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GUANJIA_DATA", str(set_up.data))
    monkeypatch.setenv("GUANJIA_KEY_FILE", str(set_up.key_file))
    monkeypatch.setenv("GUANJIA_DATABASE_URL", set_up.database_url)
    done = CliRunner().invoke(app, ["bring-users", str(written(tmp_path, PEOPLE)), "--lang", "en"])
    said = "Brought over: 2 people; 0 were there already. " in done.stdout  # what libraries log stands beside it
    assert (done.exit_code, said) == (0, True)
    refused = CliRunner().invoke(app, ["bring-users", str(written(tmp_path, "a: [")), "--lang", "en"])
    assert (refused.exit_code, "no credentials file" in refused.output) == (2, True)
