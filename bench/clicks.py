"""Clicks in Chromium on the demonstration company beside clicks on a blank page: lists (S1) and page switches (S2)."""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Final

from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright
from sqlalchemy import update

from bench.databases import Server
from bench.measure import Report
from bench.survey_entry import blank_portal, chromium
from db.jobs.demo import load_demo
from db.models import User
from db.operations.attempts import as_system
from db.passwords import hash_password
from locales.translator import Translator
from pages._shell.registry import PAGES
from tests.browser.conftest import ARGUMENTS
from tests.browser.person import Person
from tests.server import PortalServer, running_portal

PASSWORD: Final = "a long sentence to come in"  # noqa: S105 (of a company that lives as long as the benchmark)
SUPERVISOR: Final = "helx"
"""A supervisor of the demonstration company: of all estates, with nearly every page."""

QUIET: Final = 250
"""Milliseconds without a change after which a page has settled; they are not counted."""

zh = Translator("zh_CN").t

_WATCH = """() => {
  const app = () => document.querySelector("[data-testid=stApp]");
  const done = () => app().dataset.testScriptState === "notRunning";
  const note = () => requestAnimationFrame(() => { if (done()) window.changed = performance.now(); });
  const begin = (event) => { window.begun = event.timeStamp; window.changed = 0; };
  document.addEventListener("click", begin, true);
  document.addEventListener("keydown", (event) => { if (event.key === "Enter") begin(event); }, true);
  const all = {childList: true, characterData: true, attributes: true, subtree: true};
  new MutationObserver(note).observe(document.querySelector("[data-testid=stMain]"), all);
  new MutationObserver(note).observe(app(), {attributes: true, attributeFilter: ["data-test-script-state"]});
  window.settled = (quiet) => window.changed > window.begun && done() && performance.now() - window.changed > quiet;
}"""


@dataclass(slots=True)
class Window:
    """A browser window, and what its clicks took from the event to the last change (milliseconds)."""

    page: Page
    times: dict[str, list[float]] = field(default_factory=dict)

    def watch(self) -> None:
        """Begin to look."""
        self.page.evaluate(_WATCH)

    def does(self, name: str, act: Callable[[], object]) -> None:
        """Do something and note how long it took until the page had settled."""
        self.page.bring_to_front()
        act()
        self.page.wait_for_function("(quiet) => window.settled(quiet)", arg=QUIET, timeout=20_000)
        self.times.setdefault(name, []).append(float(self.page.evaluate("window.changed - window.begun")))


def run(servers: Sequence[Server], report: Report, say: Callable[[str], None], rounds: int | None = None) -> None:
    """Click ``rounds`` times through everything on each database, and on the blank page in between."""
    rounds = rounds or 8
    own = chromium()
    if own is None:
        say("no Chromium on this computer: clicks are left out")
        return
    _introduce(report, rounds)
    with sync_playwright() as playwright, blank_portal() as address:
        browser = playwright.chromium.launch(executable_path=own, args=ARGUMENTS)
        for server in servers:
            say(f"{server.name}: the demonstration company")
            with _company(server) as portal:
                say(f"{server.name}: clicking (load {os.getloadavg()[0]:.1f})")
                window, blank = _arrived(browser, portal), _blank(browser, address)
                _switch_pages(window, blank, rounds)
                switched, window.times = window.times, {}
                _use_lists(window, blank, rounds)
                _take_a_call(window, blank, rounds)
                _show(report, server.name, switched, window.times, blank.times["click"])
                window.page.context.close()
                blank.page.context.close()
        browser.close()


@contextmanager
def _company(server: Server) -> Iterator[PortalServer]:
    """The portal with the demonstration company, in a folder nobody else may look into."""
    with TemporaryDirectory(prefix="guanjia-bench-") as place:
        data = Path(place) / "data"
        data.mkdir(mode=0o700)
        own = replace(server, folder=data) if server.server is None else server
        database = own.fresh("clicks")
        load_demo(database, who=as_system, now=datetime.now(UTC), report=lambda *_: None)
        with database.writing() as connection, connection.begin():
            connection.execute(update(User).values(password_hash=hash_password(PASSWORD), state="active"))
        database.learn_sizes()
        url = database.engine.url.render_as_string(hide_password=False)
        with running_portal(database_url=url, key_file=server.folder / "keys" / "keys.json", data=data) as portal:
            yield portal
        own.drop(database)


def _arrived(browser: Browser, portal: PortalServer) -> Window:
    person = Person.arrives(browser, portal)
    person.page.goto(portal.url)
    person.page.fill("#username", SUPERVISOR)
    person.page.fill("#password", PASSWORD)
    person.page.locator("button[type=submit]").last.click()
    person.settle()
    window = Window(person.page)
    window.watch()
    return window


def _blank(browser: Browser, address: str) -> Window:
    context = browser.new_context(locale="zh-CN", viewport=ViewportSize(width=1366, height=768))
    context.add_cookies([{"name": "guanjia_session", "value": "anybody", "url": address}])
    window = Window(context.new_page())
    window.page.goto(address)
    window.page.get_by_text("pressed 0").wait_for()
    window.watch()
    return window


def _press(blank: Window, count: int) -> None:
    for _ in range(count):
        blank.does("click", lambda: blank.page.get_by_role("button", name="Press").click())


def _link(window: Window, key: str) -> Callable[[], object]:
    title = zh(next(entry.title for entry in PAGES if entry.key == key))
    return window.page.get_by_test_id("stSidebarNavLink").filter(has_text=title).first.click


def _switch_pages(window: Window, blank: Window, rounds: int) -> None:
    """From page to page down the navigation; the first round, which loads code, is not counted."""
    links = window.page.get_by_test_id("stSidebarNavLink")
    for number in range(rounds + 1):
        for place in range(links.count()):
            name = links.nth(place).inner_text().split()[-1]
            window.does(name if number else "first time", links.nth(place).click)
        _press(blank, links.count() // 2)
    window.times.pop("first time")


def _use_lists(window: Window, blank: Window, rounds: int) -> None:
    """Filter, turn over, open a row and go back, in the two queues."""
    for key in ("service.cases", "service.requests"):
        window.does("there", _link(window, key))
        for _ in range(rounds):
            for place in (1, 0):
                window.does(f"{key}: filter", lambda place=place: _choose(window.page, place))
            for number in (2, 1):
                window.does(f"{key}: another screenful", lambda number=number: _turn_to(window.page, number))
            window.does(f"{key}: open a row", lambda: _open_row(window.page))
            back = window.page.get_by_role("button", name=zh("Back to the list"))
            window.does(f"{key}: back to the list", lambda back=back: back.first.click())
            _press(blank, 6)


def _choose(page: Page, place: int) -> None:
    """Choose in the first filter of the page, beside that of the estate."""
    page.locator("[data-testid=stMain] [data-testid=stSelectbox] input").nth(1).click()
    page.wait_for_timeout(150)
    page.get_by_role("option").nth(place).click()


def _turn_to(page: Page, number: int) -> None:
    page.get_by_test_id("stPagination").get_by_text(str(number), exact=True).first.click()


def _open_row(page: Page) -> None:
    """Click the box of the second row (drawn on a canvas)."""
    box = page.locator("[data-testid=stDataFrame] canvas").first.bounding_box()
    assert box is not None
    row = box["height"] / round(box["height"] / 32)
    page.mouse.click(box["x"] + 16, box["y"] + row * 2.5)


def _take_a_call(window: Window, blank: Window, rounds: int) -> None:
    """What is clicked during a call, while nothing is typed and with the words there."""
    window.does("there", _link(window, "service.intake"))
    page = window.page

    def pills(first: str, second: str, name: str) -> None:
        for said in (first, second):
            chosen = page.get_by_role("radio", name=said, exact=True).first
            window.does(name, lambda chosen=chosen: chosen.click())

    for typed in ("", " with words"):
        if typed:
            page.locator("textarea[data-part=box]").click()
            page.keyboard.type("电梯坏了")
            page.wait_for_timeout(2000)
        for _ in range(rounds):
            pills(zh("Anonymous"), zh("Another person"), f"service.intake: who speaks{typed}")
            pills("建议", "投诉", f"service.intake: another matter{typed}")
            _press(blank, 4)
    window.times.pop("there")


def _introduce(report: Report, rounds: int) -> None:
    report.section(
        "Clicks in Chromium (S1, S2)",
        f"The demonstration company, a supervisor of all its estates, {rounds} × everything, 1366 × 768, no GPU. From "
        "the click to the last change of the page, once the script has ended; a blank page with one button is clicked "
        "in between, measured the same way.",
    )


def _show(
    report: Report, server: str, switched: dict[str, list[float]], used: dict[str, list[float]], blank: list[float]
) -> None:
    unit = median(blank)
    report.parts.append(f"\n{server}, blank click {unit:.1f} ms (median of {len(blank)}):\n")
    for title, times in (("click (S1, bar ≤ 2.5)", used), ("page switched to (S2, bar ≤ 4)", switched)):
        found = sorted((median(each), name, len(each)) for name, each in times.items())
        report.table([title, "÷ blank click", "ms", "clicks"], [[name, ms / unit, ms, n] for ms, name, n in found])
