"""The portal's main job in a real browser, by four people: from an empty portal to a dashboard that balances.

Estates come from the real listing where it is there (4 998 rows), else from a made one of the same form.
"""

import re
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from io import BytesIO
from pathlib import Path

import openpyxl
import pytest
from playwright.sync_api import Browser
from sqlalchemy import func, select

from core.kernel.periods import Month, local_day
from db.engine import Database, open_database
from db.files import Places
from db.jobs.commands import init
from db.jobs.verify import verify
from db.keys import load_keys
from db.models import AuditEntry, Bill, Estate, Payment
from locales.translator import Translator
from tests.browser.person import Person
from tests.realdata import REAL_DATA
from tests.server import PortalServer, running_portal

PASSWORD = "a long sentence to come in"
zh = Translator("zh_CN").t
pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("end-to-end")]


@pytest.fixture(scope="module")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[PortalServer, Database]]:
    folder = tmp_path_factory.mktemp("end-to-end")
    data, key_file = folder / "data", folder / "keys" / "keys.json"
    url = f"sqlite:///{data / 'guanjia.db'}"
    init(Places(data, key_file, url), datetime.now(UTC))
    database = open_database(url, load_keys(key_file, data_folder=data))
    with running_portal(database_url=url, key_file=key_file, data=data) as server:
        yield server, database
    database.engine.dispose()


def listing() -> bytes:
    """A listing of estates as scraped: units inside cells, words for missing values, GB18030."""
    real = REAL_DATA / "communities" / "chengdu_gb18030.csv"
    if real.is_file():
        return real.read_bytes()
    lines = ["小区名称,地址,物业类型,建筑面积,总户数,物业费"]
    lines += [f"花园{n},锦城大道{n}号,普通住宅,{n * 1000} 平方米,{n} 户,1.5 元/㎡·月" for n in range(1, 60)]
    lines.append("有问题花园,锦城大道900号,普通住宅,暂无资料,暂无资料,3.6~4.8 元/㎡·月")
    return "\r\n".join(lines).encode("gb18030")


def unit_list(estates: list[str]) -> bytes:
    """Units of several estates as a company keeps them: a title above the heading, a total below."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["房屋清册"])
    sheet.append(["小区", "楼栋", "单元", "房号", "建筑面积", "用途"])
    areas = Decimal(0)
    for estate in estates:
        for number in range(1, 5):
            area = Decimal("88.50") + number
            sheet.append([estate, "3", "1", str(1200 + number), float(area), "住宅"])
            areas += area
    sheet.append(["合计", None, None, None, float(areas), None])
    file = BytesIO()
    book.save(file)
    return file.getvalue()


def invites(admin: Person, name: str, username: str, role: str) -> str:
    """Invite somebody on the users page and read the one-time code that is shown once."""
    admin.goes_to("admin.users")
    admin.types(zh("Full name"), name)
    admin.types(zh("User name"), username)
    admin.page.get_by_role("button", name=role, exact=True).click()
    admin.page.locator("label", has_text=zh("All estates")).last.click()
    admin.presses(zh("Invite"), within=admin.page.locator("[data-testid=stForm]"))
    shown = admin.page.locator("[data-testid=stCode]").inner_text()
    return shown.split()[-1]


def imports(who: Person, kind: str, name: str, content: bytes) -> dict[str, str]:
    """Bring a file in through the import centre, leaving bad rows out, and give the counts shown."""
    who.goes_to("admin.imports")
    who.page.get_by_role("radio", name=kind, exact=True).click()
    who.settle()
    who.uploads(name, content)
    who.presses(zh("Read the file"))
    who.presses(zh("Check the file"))
    who.sees(zh("Rows in the file"))
    who.settle()
    return who.figures()


def writes(who: Person) -> None:
    """Decide to write what was shown."""
    skip = who.page.locator("[data-testid=stCheckbox] label")
    if skip.count():
        skip.first.click()
        who.settle()
    pattern = re.compile("^" + re.escape(zh("Import %(count)s rows")).replace(re.escape("%(count)s"), r"\d+") + "$")
    who.page.get_by_role("button", name=pattern).click()
    who.page.get_by_role("button", name=zh("Take this import back")).wait_for(timeout=120_000)
    who.settle()


def whole(text: str) -> int:
    """A count as it is shown."""
    return int(text.replace(",", ""))


def count(database: Database, table: type) -> int:
    with database.reading() as connection:
        return int(connection.execute(select(func.count()).select_from(table)).scalar_one())


def test_from_an_empty_portal_to_a_dashboard_that_balances(
    browser: Browser, portal: tuple[PortalServer, Database], tmp_path: Path
) -> None:
    server, database = portal
    month = Month.of(local_day(datetime.now(UTC)))

    # The administrator: first visit, colleagues, estates – and the same list again, which creates nothing.
    admin = Person.arrives(browser, server)
    admin.begins_the_portal("王管理", "wang.admin", PASSWORD)
    codes = {
        username: invites(admin, name, username, role)
        for name, username, role in (
            ("李会计", "li.accountant", "会计"),
            ("陈主管", "chen.supervisor", "主管"),
            ("赵收费", "zhao.cashier", "收费员（出纳）"),
        )
    }
    admin.goes_to("admin.imports")
    admin.sees("上传文件")  # Streamlit's own words, too
    assert admin.page.evaluate("document.documentElement.lang") == "zh-CN"
    content = listing()
    found = imports(admin, "小区", "chengdu.csv", content)
    rows, new = whole(found[zh("Rows in the file")]), whole(found[zh("New")])
    assert new + whole(found[zh("Unchanged")]) + whole(found[zh("With problems")]) == rows
    writes(admin)
    assert count(database, Estate) == new
    again = imports(admin, "小区", "chengdu.csv", content)
    assert (whole(again[zh("New")]), whole(again[zh("Changed")]), whole(again[zh("Unchanged")])) == (0, 0, new)

    # The accountant: units of three estates, a fee standard at the imported price, the month's bills prepared.
    with database.reading() as connection:
        priced = connection.execute(
            select(Estate.code, Estate.name).where(Estate.reference_price == 1_500_000).order_by(Estate.id).limit(3)
        ).all()
    (code, name), *_ = priced
    accountant = Person.arrives(browser, server)
    accountant.comes_with_a_code("li.accountant", codes["li.accountant"], PASSWORD)
    counted = imports(accountant, "房屋", "units.xlsx", unit_list([row.code for row in priced]))
    assert (counted[zh("New")], counted[zh("With problems")]) == ("12", "0")
    writes(accountant)
    accountant.goes_to("fees.tariffs", estate=code)
    accountant.types(zh("Yuan a month and m²"), "1.5")
    accountant.sets_date(zh("Valid from"), month.first_day)
    accountant.presses(zh("Propose"))
    accountant.sees(zh("Proposed. It waits for somebody else to approve it."))

    # The supervisor approves; the accountant prepares; the supervisor posts: nobody alone makes bills.
    supervisor = Person.arrives(browser, server)
    supervisor.comes_with_a_code("chen.supervisor", codes["chen.supervisor"], PASSWORD)
    supervisor.goes_to("fees.tariffs", estate=code)
    supervisor.picks_row(0)
    supervisor.presses(zh("Approve"))
    supervisor.sees(zh("Approved. It makes bills from its first day on."))
    accountant.goes_to("fees.bill_runs", estate=code, month=str(month))
    accountant.presses(zh("Prepare the bills of %(month)s", month=month))
    assert count(database, Bill) == 0
    supervisor.goes_to("fees.bill_runs", estate=code, month=str(month))
    supervisor.page.locator("label", has_text=zh("Yes, I am sure")).click()
    supervisor.settle()
    supervisor.presses(zh("Post the bills"))
    assert count(database, Bill) == 4

    # The cashier: one pays all, one a part, one too much.
    cashier = Person.arrives(browser, server)
    cashier.comes_with_a_code("zhao.cashier", codes["zhao.cashier"], PASSWORD)
    owed = {1201: "134.25", 1202: "135.75", 1203: "137.25", 1204: "138.75"}
    for room, amount in ((1201, owed[1201]), (1202, "100"), (1203, "200")):
        cashier.goes_to("fees.payments", estate=code, unit=f"3-1-{room}")
        cashier.types(zh("Amount in yuan"), amount)
        cashier.types(zh("Payer"), "张三丰")
        cashier.presses(zh("Record the payment"))
        cashier.sees(zh("To print it, press Ctrl+P."))
    assert count(database, Payment) == 3

    # The dashboard says what the books say, and the books are whole.
    supervisor.goes_to("fees.overview", estate=code, month=str(month))
    billed = sum(map(Decimal, owed.values()))
    received = Decimal(owed[1201]) + 100 + Decimal(owed[1203])
    rate = (received * 100 / billed).quantize(Decimal("0.1"))
    figures = supervisor.figures()
    assert figures[zh("Current rate")] == f"{rate} %"
    assert figures[zh("Household rate")] == "50.0 %"
    supervisor.sees(f"¥{billed:,.2f}")
    supervisor.sees(zh("It balances with bills and ledger."))
    assert name in supervisor.page.content()
    assert verify(database).findings == ()
    with database.reading() as connection:
        posted = connection.execute(select(AuditEntry.actor_name).where(AuditEntry.action == "bill_run.posted"))
        assert posted.scalars().all() == ["陈主管"]
    shutil.rmtree(tmp_path, ignore_errors=True)
