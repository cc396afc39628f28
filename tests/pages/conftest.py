"""Opening a page as a person: a real database, a real session row, Streamlit's AppTest."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest
from sqlalchemy import insert
from streamlit.components.v2 import manifest_scanner
from streamlit.testing.v1 import AppTest

from core.admin.permissions import Actor
from core.kernel.identity import EstateId, UserId
from db.engine import Database
from db.keys import token_hash
from db.models import User, UserEstate, UserRole, UserSession
from db.portal import portal_database
from pages._shell import sign_in
from pages._shell.registry import page_entry
from tests.kept import compiled_once

SECONDS = 30


@pytest.fixture(scope="session", autouse=True)
def components_found_once() -> Iterator[None]:
    """Streamlit reads about every installed package for each opened page; meanwhile nobody installs one."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(manifest_scanner, "scan_component_manifests", cache(manifest_scanner.scan_component_manifests))
        yield


@pytest.fixture
def portal(tmp_path: Path, sqlite_template: Path, key_file: Path, monkeypatch: pytest.MonkeyPatch) -> Database:
    """A fresh portal on SQLite, found by the pages through the environment as in production."""
    data = tmp_path / "data"
    data.mkdir()
    (data / "guanjia.db").write_bytes(sqlite_template.read_bytes())
    monkeypatch.setenv("GUANJIA_DATA", str(data))
    monkeypatch.setenv("GUANJIA_KEY_FILE", str(key_file))
    monkeypatch.delenv("GUANJIA_DATABASE_URL", raising=False)
    return compiled_once(portal_database())


@pytest.fixture
def open_as(portal: Database, monkeypatch: pytest.MonkeyPatch) -> Callable[..., AppTest]:
    """Open a page as a person (``None``: nobody is signed in) and run it once.

    The person is stored with a user of the same number, so that what he or she does carries that number.
    """

    def open_page_as(key: str, who: Actor | None, *, language: str = "en", **address: str) -> AppTest:
        token = "" if who is None else sign_in_as(portal, who, language)
        monkeypatch.setattr(sign_in, "current_token", lambda: token)
        app = AppTest.from_file(str(page_entry(key).script), default_timeout=SECONDS)
        for name, value in address.items():
            app.query_params[name] = value
        return app.run()

    return open_page_as


def sign_in_as(database: Database, who: Actor, language: str = "en") -> str:
    """Store a person (once) and a live session, and give the session's token."""
    now = datetime.now(UTC)
    number = who.user_id or UserId(0)
    token = f"token-{number}-{language}-{now.timestamp()}"
    with database.writing() as connection, connection.begin():
        known = connection.exec_driver_sql(f"SELECT count(*) FROM users WHERE id = {int(number)}").scalar()
        if not known:
            connection.execute(
                insert(User).values(
                    id=number,
                    username=who.name.replace(" ", "-"),
                    display_name=who.name,
                    all_estates=who.estates is None,
                    state="active",
                    created_at=now,
                )
            )
        held = connection.exec_driver_sql(f"SELECT count(*) FROM user_roles WHERE user_id = {int(number)}").scalar()
        if not held:
            connection.execute(insert(UserRole), [{"user_id": number, "role": role} for role in who.roles])
        if not known:
            for estate in who.estates or ():
                connection.execute(insert(UserEstate).values(user_id=number, estate_id=estate))
        everywhere = "true" if who.estates is None else "false"
        connection.exec_driver_sql(
            f"UPDATE users SET language = '{language}', all_estates = {everywhere} WHERE id = {int(number)}"
        )
        connection.execute(
            insert(UserSession).values(
                token_hash=token_hash(token), user_id=number, created_at=now, last_seen_at=now, proven_at=now
            )
        )
    return token


def looking_after(who: Actor, *estates: EstateId) -> Actor:
    """The same person, looking after these estates only."""
    return replace(who, estates=frozenset(estates), user_id=UserId((who.user_id or 0) + 100))


def texts(app: AppTest) -> str:
    """Everything the page says, for simple assertions."""
    kinds = ("title", "header", "subheader", "markdown", "caption", "info", "success", "warning", "error", "text")
    return "\n".join(str(element.value) for kind in kinds for element in getattr(app, kind))
