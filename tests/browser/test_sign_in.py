"""Signing in, being signed out and leaving, in a real browser (T3, T11, T18, T31)."""

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import Browser, Page

from db.engine import Database, open_database
from db.keys import load_keys, new_key_file
from db.operations.attempts import as_system
from db.operations.set_up import SetUpAdministrator, create_first_administrator, issue_set_up_code
from db.operations.sign_in import RevokeSession, revoke_session
from db.queries.sessions import live_session_id
from db.unit_of_work import perform
from tests.server import PortalServer, running_portal

PASSWORD: Final = "a long sentence to come in"
Portal = tuple[PortalServer, Database]
pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("sign-in-browser")]


@contextmanager
def a_portal(folder: Path, template: Path, *, with_administrator: bool) -> Iterator[Portal]:
    """A portal of its own on an empty database, perhaps with its administrator."""
    data, key_file = folder / "data", folder / "keys" / "keys.json"
    data.mkdir(mode=0o700)
    shutil.copyfile(template, data / "guanjia.db")
    new_key_file(key_file)
    url = f"sqlite:///{data / 'guanjia.db'}"
    database = open_database(url, load_keys(key_file, data_folder=data))
    if with_administrator:
        now = datetime.now(UTC)
        code = issue_set_up_code(database, now=now)
        assert code is not None
        first = SetUpAdministrator(code, "wang.admin", "王管理", PASSWORD, "127.0.0.1")
        create_first_administrator(database, first, now=now)
    with running_portal(database_url=url, key_file=key_file, data=data) as server:
        yield server, database
    database.engine.dispose()


@pytest.fixture
def fresh(tmp_path: Path, sqlite_template: Path) -> Iterator[Portal]:
    with a_portal(tmp_path, sqlite_template, with_administrator=False) as opened:
        yield opened


@pytest.fixture(scope="module")
def portal(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[Portal]:
    with a_portal(tmp_path_factory.mktemp("portal"), sqlite_template, with_administrator=True) as opened:
        yield opened


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(locale="zh-CN", viewport={"width": 1366, "height": 768})
    opened = context.new_page()
    opened.set_default_timeout(30_000)
    yield opened
    context.close()


def sign_in(page: Page, server: PortalServer) -> None:
    page.goto(f"{server.url}/session/sign-in")
    page.fill("#username", "wang.admin")
    page.fill("#password", PASSWORD)
    page.get_by_role("button", name="登录").click()
    page.get_by_text("王管理").first.wait_for()


def test_the_first_start_leads_from_the_address_to_the_portal(page: Page, fresh: Portal) -> None:
    server, _ = fresh
    foreign: list[str] = []
    page.on("request", lambda r: None if r.url.startswith((server.url, "data:", "blob:")) else foreign.append(r.url))
    page.goto(server.url)
    assert page.url.endswith("/session/first-run")
    code = re.search(r"Set-up code \(24 hours\): (\S+)", server.output())
    assert code is not None
    for name, value in (("code", code[1]), ("display_name", "王管理"), ("username", "wang.admin")):
        page.fill(f"#{name}", value)
    page.fill("#password", PASSWORD)
    page.fill("#again", PASSWORD)
    page.get_by_role("button").click()
    page.get_by_text("王管理").first.wait_for()
    assert foreign == []
    assert "guanjia_session" not in page.evaluate("document.cookie")


def test_a_cold_deep_link_finds_its_page(page: Page, portal: Portal) -> None:
    server, _ = portal
    sign_in(page, server)
    page.goto(f"{server.url}/admin-account")
    page.get_by_text("王管理").first.wait_for()
    assert page.get_by_text("Page not found").count() == 0


def test_a_page_leaves_the_screen_when_its_session_is_ended(page: Page, portal: Portal) -> None:
    server, database = portal
    sign_in(page, server)
    token = next(c["value"] for c in page.context.cookies() if c.get("name") == "guanjia_session")
    now = datetime.now(UTC)
    with database.reading() as connection:
        number = live_session_id(connection, str(token), now)
    assert number is not None
    perform(database, revoke_session, RevokeSession(number), identify=as_system, now=now)
    page.wait_for_url("**/session/sign-in?ended=1", timeout=40_000)
    assert page.get_by_role("alert").count() == 1


def test_signing_out_happens_in_the_same_tab_and_going_back_shows_nothing(page: Page, portal: Portal) -> None:
    server, _ = portal
    sign_in(page, server)
    page.locator("[data-testid=stSidebar]").get_by_role("button", name="王管理").click()
    page.locator("a[href$='/session/sign-out']").first.click()
    page.wait_for_url("**/session/sign-out")
    page.get_by_role("button", name="退出登录").click()
    page.wait_for_url("**/session/sign-in")
    page.goto(server.url)
    assert page.url.endswith("/session/sign-in")
    page.go_back()
    page.wait_for_url("**/session/**")
    assert page.get_by_text("王管理").count() == 0
