"""R4: clicks and reruns cannot post twice – five triggers in a real browser make one payment."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from sqlalchemy import func, select

from core.admin.permissions import Role
from db.engine import Database, open_database
from db.files import Places
from db.jobs.commands import init
from db.keys import load_keys
from db.models import Payment
from db.operations.users import InviteUser, invite_user
from locales.translator import Translator
from tests import builders
from tests.browser.person import Person
from tests.server import PortalServer, running_portal

PASSWORD = "a long sentence to come in"
zh = Translator("zh_CN").t
pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("clicks")]


@pytest.fixture(scope="module")
def counter(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[tuple[Person, Database]]:
    """A cashier at the counter, with one unit that owes nothing yet: what is taken is paid ahead."""
    folder = tmp_path_factory.mktemp("clicks")
    data, key_file = folder / "data", folder / "keys" / "keys.json"
    url = f"sqlite:///{data / 'guanjia.db'}"
    init(Places(data, key_file, url), datetime.now(UTC))
    database = open_database(url, load_keys(key_file, data_folder=data))
    estate = builders.estate(database, "桂花苑")
    builders.unit(database, estate, builders.building(database, estate), "101")
    invited = builders.act(
        database,
        invite_user,
        InviteUser("zhao.cashier", "赵收费", frozenset({Role.CASHIER}), None),
        now=datetime.now(UTC),
    )
    with running_portal(database_url=url, key_file=key_file, data=data) as server:
        yield arrived(browser, server, invited.code), database
    database.engine.dispose()


def arrived(browser: Browser, server: PortalServer, code: str) -> Person:
    person = Person.arrives(browser, server)
    person.comes_with_a_code("zhao.cashier", code, PASSWORD)
    return person


def payments(database: Database) -> int:
    with database.reading() as connection:
        return int(connection.execute(select(func.count()).select_from(Payment)).scalar_one())


@pytest.mark.parametrize("gap", [0, 50, 300])
def test_five_clicks_post_once(counter: tuple[Person, Database], gap: int, tmp_path: Path) -> None:
    cashier, database = counter
    before = payments(database)
    cashier.goes_to("fees.payments", unit="1-101")
    cashier.types(zh("Amount in yuan"), "12.50")
    cashier.types(zh("Payer"), "张三丰")
    button = cashier.page.get_by_role("button", name=zh("Record the payment"), exact=True)
    button.evaluate(
        """(button, gap) => new Promise(done => {
            for (let n = 0; n < 5; n++) setTimeout(() => button.isConnected && button.click(), n * gap);
            setTimeout(done, 5 * gap + 300);
        })""",
        gap,
    )
    cashier.sees(zh("To print it, press Ctrl+P."))
    cashier.settle()
    cashier.shoots(tmp_path / "after.png")
    assert payments(database) == before + 1
