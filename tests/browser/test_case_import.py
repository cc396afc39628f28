"""A supervisor throws the old list of complaints away: it comes in through the browser, in Chinese (issue point 7).

The real list of a city is brought in with its 123 words for what a complaint is about explained in a few clicks; what
was unfinished on it then waits in the queue, and what was finished shows in the figures.
"""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Browser, expect
from sqlalchemy import update

from core.complaints.states import CaseState
from core.complaints.taxonomy import SubCategory
from db.engine import open_database
from db.files import Places
from db.jobs.commands import init
from db.keys import load_keys
from db.models import Case, User
from db.passwords import hash_password
from locales.labels import enum_label, label
from locales.translator import Translator
from tests.browser.person import Person
from tests.db.service_setup import ServiceWorld, a_service_world
from tests.realdata import real_file
from tests.server import PortalServer, running_portal

PASSWORD = "a long sentence to come in"
zh = Translator("zh_CN")
pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("case-import")]


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[PortalServer, ServiceWorld]]:
    folder = tmp_path_factory.mktemp("case-import")
    data, key_file = folder / "data", folder / "keys" / "keys.json"
    url = f"sqlite:///{data / 'guanjia.db'}"
    init(Places(data, key_file, url), datetime.now(UTC))
    database = open_database(url, load_keys(key_file, data_folder=data))
    world = a_service_world(database)
    values = {"password_hash": hash_password(PASSWORD), "language": "zh_CN", "username": "feng"}
    with database.writing() as connection, connection.begin():
        own = User.id == world.people.supervisor.user_id
        connection.execute(update(User).where(own).values(**values))
    with running_portal(database_url=url, key_file=key_file, data=data) as server:
        yield server, world
    database.engine.dispose()


def signs_in(person: Person, server: PortalServer) -> None:
    person.page.goto(server.url)
    person.page.fill("#username", "feng")
    person.page.fill("#password", PASSWORD)
    person.page.locator("button[type=submit]").last.click()
    person.settle()


def explains(person: Person, field: str, rest: str, *, proposed: bool) -> None:
    """Take the proposals for the words of a column, where there are any, and say what all the rest means."""
    title = label(zh, f"imports.heading.{field}")
    words = person.page.locator("[data-testid=stExpander]").filter(has_text=f"{title}（列").first
    take = words.locator("[data-testid=stCheckbox]")
    expect(take).to_have_count(int(proposed))
    if proposed:
        take.locator("label").first.click()
        person.settle()
        expect(take.locator("input")).to_be_checked()
    box = words.locator("[data-testid=stSelectbox]").locator("input")
    box.click()
    box.fill(rest)
    person.page.get_by_role("option").filter(has_text=rest).first.click()
    person.settle()
    expect(words.get_by_text("行因用词未说明")).to_have_count(0)


def test_the_old_list_comes_in_and_what_was_unfinished_waits_in_the_queue(
    browser: Browser, books: tuple[PortalServer, ServiceWorld]
) -> None:
    server, world = books
    content = real_file("requests/citizen_requests_2011.csv").read_bytes()
    person = Person.arrives(browser, server)
    signs_in(person, server)

    person.goes_to("admin.imports")
    person.page.get_by_role("radio", name=label(zh, "enum.ImportKind.cases"), exact=True).click()
    person.settle()
    person.uploads("citizen_requests_2011.csv", content)
    person.presses(zh.t("Read the file"))
    person.sees("citizen_requests_2011.csv")

    other = enum_label(zh, SubCategory.OTHER)
    for field, proposed in (("sub_category", True), ("category", True), ("channel", False)):
        explains(person, field, other, proposed=proposed)
    person.presses(zh.t("Check the file"))
    person.sees(zh.t("Repeats left out"))
    figures = person.figures()
    titles = ("Rows in the file", "New", "Changed", "Unchanged", "With problems", "Repeats left out")
    assert [figures[zh.t(title)] for title in titles] == ["2,083", "1,988", "0", "0", "46", "49"]

    person.page.locator("[data-testid=stMain] [data-testid=stCheckbox] label").first.click()
    person.settle()
    person.presses(zh.t("Import %(count)s rows", count=1_988))
    expect(person.page.get_by_role("button", name=zh.t("Take this import back"))).to_be_visible(timeout=60_000)
    states = [case.state for case in world.rows(Case)]
    assert {state: states.count(state) for state in set(states)} == {
        CaseState.ARCHIVED: 1_862, CaseState.WITHDRAWN: 115, CaseState.CLASSIFIED: 11,
    }  # fmt: skip

    person.goes_to("service.cases")
    expect(person.page.get_by_text("4327 DEWEY AV").first).to_be_attached(timeout=30_000)  # drawn on a canvas
    person.goes_to("service.insight", month="2011-07")
    person.sees("230")
