"""The start: an unsafe configuration, place or database, and the portal does not come up (security.md §1, R10, R2)."""

import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from streamlit import config

from db.engine import WRITES, open_database
from db.files import Places, UnsafePlace
from db.keys import load_keys, new_key_file
from pages._shell import startup
from pages._shell.startup import BASELINE, UnsafeStart, check_configuration, check_places, page_policy
from tests.server import ROOT, command, environment, free_port, running_portal

SAFE: dict[str, object] = {
    **BASELINE,
    "server.address": "127.0.0.1",
    "server.allowedHosts": ["localhost"],
    "server.corsAllowedOrigins": ["http://localhost"],
    "server.cookieSecret": "f" * 64,
}


def options(**changed: object) -> Callable[[str], object]:
    values = {**SAFE, **{name.replace("__", "."): value for name, value in changed.items()}}
    return lambda name: values[name]


def test_the_file_we_ship_is_safe() -> None:
    check_configuration(config.get_option)


def test_the_safe_values_are_accepted() -> None:
    check_configuration(options())


@pytest.mark.parametrize("name", BASELINE)
def test_each_value_of_the_baseline_is_asserted(name: str) -> None:
    other: Any = not BASELINE[name] if isinstance(BASELINE[name], bool) else "something else"
    with pytest.raises(UnsafeStart, match=re.escape(name)):
        check_configuration(options(**{name: other}))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("server.address", None),
        ("server.address", "0.0.0.0"),  # noqa: S104
        ("server.allowedHosts", []),
        ("server.allowedHosts", ["*"]),
        ("server.allowedHosts", ["*.example.com"]),
        ("server.corsAllowedOrigins", []),
        ("server.corsAllowedOrigins", ["*"]),
        ("server.cookieSecret", "some_key"),
        ("server.trustedUserHeaders", {}),
        ("server.trustedUserHeaders", {"x-guanjia-session": "session", "x-user": "name"}),
    ],
)
def test_unsafe_values_are_refused_by_name(name: str, value: object) -> None:
    with pytest.raises(UnsafeStart, match=re.escape(name)):
        check_configuration(options(**{name: value}))


def test_all_that_is_wrong_is_said_at_once() -> None:
    with pytest.raises(UnsafeStart) as refusal:
        check_configuration(options(server__enableCORS=False, client__showErrorDetails="full"))
    assert "server.enableCORS" in str(refusal.value)
    assert "client.showErrorDetails" in str(refusal.value)


@pytest.fixture
def places(tmp_path: Path) -> Places:
    data = tmp_path / "data"
    data.mkdir(mode=0o700)
    return Places(data, tmp_path / "secrets" / "keys.json", f"sqlite:///{data / 'guanjia.db'}")


def test_a_folder_of_our_own_is_accepted(places: Places) -> None:
    check_places(places, mounts="/dev/sda1 / ext4 rw 0 0\n")


def test_a_folder_others_may_read_is_refused(places: Places) -> None:
    places.data.chmod(0o755)
    with pytest.raises(UnsafeStart, match="chmod 700"):
        check_places(places, mounts="")


def test_a_database_beside_the_data_folder_is_looked_at_too(places: Places, tmp_path: Path) -> None:
    open_folder = tmp_path / "elsewhere"
    open_folder.mkdir()
    open_folder.chmod(0o755)
    elsewhere = Places(places.data, places.key_file, f"sqlite:///{open_folder / 'x.db'}")
    with pytest.raises(UnsafeStart, match="elsewhere"):
        check_places(elsewhere, mounts="")
    check_places(Places(places.data, places.key_file, "postgresql:///x"), mounts="")


def test_a_missing_folder_says_how_to_make_one(places: Places) -> None:
    places.data.rmdir()
    with pytest.raises(UnsafeStart, match=r"manage\.py init"):
        check_places(places, mounts="")


def test_a_network_share_is_refused(places: Places) -> None:
    with pytest.raises(UnsafePlace):
        check_places(places, mounts=f"server:/share {places.data} nfs4 rw 0 0\n")


def test_the_page_policy_names_each_inline_script_by_its_hash() -> None:
    policy = page_policy("<script>a</script><script src='x'></script><script>\nb\n</script>")
    assert policy.count("'sha256-") == 2
    assert "script-src 'self' 'unsafe-eval' 'sha256-" in policy
    assert "'unsafe-inline'" not in policy.split("style-src")[0]


def start(places: Places, *more: str) -> "subprocess.CompletedProcess[str]":
    """Try to start the portal and give what came of it."""
    env = environment(database_url=places.database_url, key_file=places.key_file, data=places.data)
    line = command(free_port(), *more)
    return subprocess.run(line, cwd=ROOT, env=env, capture_output=True, text=True, timeout=60, check=False)


def ready(places: Places, template: Path) -> None:
    new_key_file(places.key_file)
    shutil.copyfile(template, places.data / "guanjia.db")


def run_sql(places: Places, statement: str) -> None:
    database = open_database(places.database_url, load_keys(places.key_file, data_folder=places.data))
    with database.engine.connect().execution_options(**{WRITES: True}) as connection, connection.begin():
        connection.exec_driver_sql(statement)
    database.engine.dispose()


@pytest.mark.slow
@pytest.mark.parametrize(
    "unsafe",
    [
        ("--server.enableXsrfProtection", "false"),
        ("--server.address", "0.0.0.0"),  # noqa: S104
        ("--server.enableAgentApi", "true"),
        ("--client.showErrorDetails", "full"),
    ],
)
def test_the_real_portal_does_not_start_with_an_unsafe_option(
    places: Places, sqlite_template: Path, unsafe: tuple[str, str]
) -> None:
    ready(places, sqlite_template)
    ended = start(places, *unsafe)
    assert ended.returncode != 0
    assert "The portal does not start" in ended.stderr
    assert unsafe[0].removeprefix("--") in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.slow
@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda places: places.key_file.unlink(), "no key file"),
        (lambda places: places.key_file.chmod(0o644), "chmod 600"),
        (lambda places: places.data.chmod(0o755), "chmod 700"),
        (lambda places: run_sql(places, "DROP TRIGGER audit_entries_no_delete"), "audit_entries_no_delete"),
        (lambda places: run_sql(places, "DROP TABLE user_sessions"), "manage.py init"),
        (lambda places: (places.data / "guanjia.db").unlink(), "_no_"),
    ],
    ids=["no-key", "open-key", "open-folder", "no-guard", "no-table", "no-database"],
)
def test_the_real_portal_does_not_start_on_what_is_not_safe(
    places: Places, sqlite_template: Path, spoil: Callable[[Places], object], said: str
) -> None:
    ready(places, sqlite_template)
    spoil(places)
    ended = start(places)
    assert ended.returncode != 0
    assert "The portal does not start" in ended.stderr
    assert said in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.slow
def test_a_fresh_portal_prints_its_code_and_lets_the_first_administrator_in(database_url: str, tmp_path: Path) -> None:
    data, key_file = tmp_path / "own" / "data", tmp_path / "own" / "keys" / "keys.json"
    data.mkdir(mode=0o700, parents=True)
    new_key_file(key_file)
    with running_portal(database_url=database_url, key_file=key_file, data=data) as server:
        code = re.search(r"Set-up code \(24 hours\): (\S+)", server.output())
        assert code is not None
        with httpx.Client(base_url=server.url, trust_env=False, headers={"origin": server.url}) as person:
            assert person.get("/session/sign-in").headers["location"] == "/session/first-run"
            fields = {"code": code[1], "username": "first", "display_name": "王", "language": "en"}
            secret = {"password": "a long sentence here", "again": "a long sentence here"}
            answer = person.post("/session/first-run", data=fields | secret)
            assert answer.headers["location"] == "/"
            assert person.get("/", headers={"accept": "text/html"}).status_code == 200
            assert person.get("/session/first-run").headers["location"] == "/session/sign-in"
    with running_portal(database_url=database_url, key_file=key_file, data=data) as server:
        assert "Set-up code" not in server.output()


def test_an_error_in_a_script_shows_a_number_in_both_languages_and_no_detail(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    shown: list[str] = []
    monkeypatch.setattr(startup.st, "error", lambda text, icon: shown.append(text))  # noqa: ARG005
    assert startup.show_script_error(ValueError("secret detail"))
    assert len(shown) == 2
    number = re.search(r"[0-9A-F]{8}", shown[0])
    assert number is not None
    assert all(number[0] in text and "secret" not in text for text in shown)
    assert number[0] in caplog.text
