"""Typing forms in at a fixed rate of keys, against the running portal in Chromium, beside the mouse form (S16)."""

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random
from statistics import median, quantiles
from tempfile import TemporaryDirectory
from typing import Any, Final

import httpx
from playwright.sync_api import Browser, CDPSession, Locator, Page, ViewportSize, sync_playwright

from bench.databases import Server
from bench.measure import Report
from db.files import ROOT
from db.models import SurveyAnswer, SurveyRespondent, SurveyResponse
from locales.translator import Translator
from tests.browser.conftest import ARGUMENTS
from tests.browser.person import Person
from tests.browser.survey_books import SurveyBooks, furnish, room_codes, unit_of
from tests.db.surveys_setup import check_tallies
from tests.personas import FRONT_DESK
from tests.server import free_port, running_portal

KEY_RATES: Final = (100, 60)
"""Milliseconds a key takes: a practised clerk, and a fast one."""

CLICK = 700
"""Milliseconds to find a button on the screen, move there and click."""

BLOCK = 10
"""Forms, then as many clicks on the blank page, and so on: what the machine does meanwhile meets both."""

WORDS: Final = (
    (("电梯", "dianti"), ("太", "tai"), ("慢", "man")),
    (("希望", "xiwang"), ("增加", "zengjia"), ("车位", "chewei")),
    (("楼道", "loudao"), ("保洁", "baojie"), ("不错", "bucuo")),
    (("维修", "weixiu"), ("师傅", "shifu"), ("很", "hen"), ("热心", "rexin")),
)
"""What people write, in pieces as an input method takes them: the letters, then a blank that chooses the first."""

zh = Translator("zh_CN").t

_SEEN = """() => {
  const seen = window.seen = {begun: [], shown: [], settled: [], keys: []};
  window.watch = (text, read) => {  // read: a text -> how many of the acts begun are shown by now
    const app = document.querySelector("[data-testid=stApp]"), root = text().getRootNode();
    const note = (times, wanted) => { while (times.length < wanted) times.push(performance.now()); };
    const settled = () => {
      if (app.dataset.testScriptState === "notRunning") note(seen.settled, seen.shown.length);
    };
    new MutationObserver(() => {
      const done = read(text().textContent);
      requestAnimationFrame(() => { note(seen.shown, done); settled(); });
    }).observe(root === document ? document.body : root, {childList: true, characterData: true, subtree: true});
    new MutationObserver(() => requestAnimationFrame(settled)).observe(
      app, {attributes: true, attributeFilter: ["data-test-script-state"]});
  };
}"""

_WATCH_LINES = """(box) => {
  const said = box.getRootNode().querySelector("[data-part=said]"), seen = window.seen;
  const number = (text) => Number(/第 (\\d+) 份/.exec(text)?.[1] ?? 0);
  window.watch(() => said, number);
  box.addEventListener("keydown", (event) => {
    if (event.key === "Enter") seen.begun.push(event.timeStamp);
    requestAnimationFrame(() => {
      const painted = new MessageChannel();
      painted.port1.onmessage = () => seen.keys.push(performance.now() - event.timeStamp);
      painted.port2.postMessage(0);
    });
  }, true);
}"""

_WATCH_BLANK = """() => {
  const text = () => [...document.querySelectorAll("[data-testid=stText]")].at(-1);
  window.watch(text, (said) => Number(/\\d+/.exec(said)[0]));
  document.addEventListener("click", (event) => window.seen.begun.push(event.timeStamp), true);
}"""

_WATCH_TAPS = """() => {
  const chosen = () => document.querySelectorAll("[data-testid=stButtonGroup] [aria-checked=true]").length;
  window.chosenAtFirst = chosen();
  window.emptied = (label) => document.querySelector(`input[aria-label="${label}"]`)?.value === ""
    && chosen() === window.chosenAtFirst ? performance.now() - window.clicked : false;
  document.addEventListener("click", (event) => { window.clicked = event.timeStamp; }, true);
}"""


@dataclass(frozen=True, slots=True)
class Form:
    """A filled-in form: the room, the closed answers as they are typed, and which words it has, if any."""

    room: str
    marks: str
    nps: str
    letter: str
    words: int | None

    @property
    def closed(self) -> tuple[str, ...]:
        """What is to be tapped, question after question."""
        return (*self.marks, self.nps, self.letter)

    @property
    def said(self) -> str:
        """The words as they are to be stored."""
        return "" if self.words is None else "".join(word for word, _ in WORDS[self.words])

    def answers(self) -> tuple[tuple[int, int | str], ...]:
        """What the database must hold in the end."""
        marks = tuple((n, int(mark)) for n, mark in enumerate(self.marks, start=1))
        return (*marks, (13, int(self.nps)), (14, self.letter), *(((15, self.said),) if self.said else ()))


@dataclass(slots=True)
class Hands:
    """A typist with a timetable: key after key and click after click, each when it is due, later only if held up."""

    person: Person
    key_ms: int
    keys: int = 0
    clicks: int = 0
    due: float = 0.0
    late: list[float] = field(default_factory=list)
    worked: float = 0.0
    _method: CDPSession | None = None

    def begin(self) -> None:
        """Sit down: from now on the clock runs."""
        self.due = time.perf_counter()

    def _wait_for_turn(self, milliseconds: int) -> None:
        self.due += milliseconds / 1000
        self.worked += milliseconds / 1000
        ahead = self.due - time.perf_counter()
        if ahead > 0:
            time.sleep(ahead)

    def _done(self) -> None:
        """Nobody types faster afterwards to make up for a delay: the timetable moves on from here."""
        behind = time.perf_counter() - self.due
        self.late.append(behind * 1000)
        if behind > self.key_ms / 1000:
            self.due += behind

    def press(self, key: str) -> None:
        """Press a key."""
        self._wait_for_turn(self.key_ms)
        self.person.page.keyboard.press(key)
        self.keys += 1
        self._done()

    def types(self, text: str) -> None:
        """Type signs that stand on the keyboard."""
        for sign in text:
            self.press(sign)

    def writes(self, number: int) -> None:
        """Write words with an input method: the letters of each, then a blank that chooses it."""
        if self._method is None:
            self._method = self.person.page.context.new_cdp_session(self.person.page)
        for word, letters in WORDS[number]:
            for end in range(1, len(letters) + 1):
                self._method_key("Input.imeSetComposition",
                                 {"text": letters[:end], "selectionStart": end, "selectionEnd": end})  # fmt: skip
            self._method_key("Input.insertText", {"text": word})

    def _method_key(self, command: str, values: dict[str, Any]) -> None:
        assert self._method is not None
        self._wait_for_turn(self.key_ms)
        self._method.send(command, values)
        self.keys += 1
        self._done()

    def click(self, place: Locator) -> None:
        """Click when it is due, or as soon as one can."""
        self._wait_for_turn(CLICK)
        place.click()
        self.clicks += 1
        self._done()


@dataclass(frozen=True, slots=True)
class Times:
    """What was measured of one way: milliseconds a form, or a click on the blank page."""

    shown: list[float]
    settled: list[float]
    keys: list[float]


@dataclass(frozen=True, slots=True)
class Way:
    """One way of entering forms: the hands' work and the times. ``wall``: seconds from the first key to the last."""

    name: str
    forms: int
    hands: Hands
    wall: float
    times: Times


def pile(count: int, *, seed: int = 7) -> list[Form]:
    """Filled-in forms of different rooms, words on every fourth."""
    chance = Random(seed)
    rooms = chance.sample(room_codes(), count)
    return [
        Form(
            room=room,
            marks="".join(chance.choices("54321", (40, 35, 18, 4, 3), k=12)),
            nps=str(chance.choice((10, 9, 9, 8, 8, 7, 6, 3))),
            letter=chance.choice("AAAB"),
            words=number // 4 % len(WORDS) if number % 4 == 3 else None,
        )
        for number, room in enumerate(rooms)
    ]


def run(servers: Sequence[Server], report: Report, say: Callable[[str], None], count: int | None = None) -> None:
    """Enter ``count`` forms line by line at each rate, a tenth of them with the mouse; click a blank page between."""
    count = count or 100
    ways, units, keys = [], [], []
    with sync_playwright() as playwright, blank_portal() as address:
        own = chromium() or playwright.chromium.executable_path
        if not Path(own).is_file():
            say("no Chromium on this computer: survey entry is left out")
            return
        browser = playwright.chromium.launch(executable_path=own, args=ARGUMENTS)
        for server in servers:
            with books_on(server) as books:
                say(f"{server.name}: a portal with a round")
                found, blank = _measure(browser, books, address, count, say)
            ways += [_way_row(server.name, way, blank) for way in found]
            units.append([server.name, len(blank.shown), *_two(blank.shown), *_two(blank.settled)])
            keys += [_key_row(server.name, way) for way in found if way.times.keys]
        browser.close()
    _write(report, count, ways, units, keys)


def chromium() -> str | None:
    """The system's own browser."""
    return shutil.which("chromium") or shutil.which("google-chrome")


@contextmanager
def books_on(server: Server) -> Iterator[SurveyBooks]:
    """A furnished portal on a server, in a folder nobody else may look into, as the portal demands."""
    with TemporaryDirectory(prefix="guanjia-bench-") as place:
        data = Path(place) / "data"
        data.mkdir(mode=0o700)
        own = replace(server, folder=data) if server.server is None else server
        database = own.fresh("entry")
        world = furnish(database)
        url = database.engine.url.render_as_string(hide_password=False)
        key_file = server.folder / "keys" / "keys.json"
        with running_portal(database_url=url, key_file=key_file, data=data) as portal:
            yield SurveyBooks(portal, database, world)
        own.drop(database)


def _measure(
    browser: Browser, books: SurveyBooks, blank_address: str, count: int, say: Callable[[str], None]
) -> tuple[list[Way], Times]:
    blank = Blank(browser, blank_address)
    ways = []
    for rate in KEY_RATES:
        say(f"{count} forms line by line, {rate} ms a key (load {os.getloadavg()[0]:.1f})")
        ways.append(_by_line(browser, books, blank, pile(count), rate))
    say(f"{count // 10} forms with the mouse (load {os.getloadavg()[0]:.1f})")
    ways.append(_by_mouse(browser, books, blank, pile(count // 10)))
    return ways, blank.times()


def _arrived(browser: Browser, books: SurveyBooks, name: str) -> Person:
    """A clerk at an empty round of its own."""
    books.new_round(name=name, check_percent=0)
    person = Person.arrives(browser, books.server)
    books.signs_in(person, FRONT_DESK)
    person.goes_to("surveys.entry", round=books.code)
    return person


def _by_line(browser: Browser, books: SurveyBooks, blank: "Blank", forms: Sequence[Form], rate: int) -> Way:
    person = _arrived(browser, books, f"lines {rate}")
    box = person.page.locator("input[data-part=box]")
    box.click()
    person.page.evaluate(_SEEN)
    box.evaluate(_WATCH_LINES)
    hands, wall = Hands(person, rate), 0.0
    for first in range(0, len(forms), BLOCK):
        block = forms[first : first + BLOCK]
        person.page.bring_to_front()
        begun = time.perf_counter()
        hands.begin()
        for form in block:
            _type_line(hands, form)
        wall += time.perf_counter() - begun
        person.page.wait_for_function(f"window.seen.settled.length === {first + len(block)}", timeout=30_000)
        blank.clicks(len(block))
    times = _times(person.page)
    _holds(books, forms)
    person.page.context.close()
    return Way(f"line by line, {rate} ms a key", len(forms), hands, wall, times)


def _type_line(hands: Hands, form: Form) -> None:
    hands.types(f"{form.room} {form.marks} {form.nps} {form.letter}")
    if form.words is not None:
        hands.press("Space")
        hands.writes(form.words)
    hands.press("Enter")


def _by_mouse(browser: Browser, books: SurveyBooks, blank: "Blank", forms: Sequence[Form]) -> Way:
    person = _arrived(browser, books, "mouse")
    person.page.get_by_role("radio", name=zh("One by one"), exact=True).click()
    person.settle()
    person.page.evaluate(_WATCH_TAPS)
    hands, wall = Hands(person, KEY_RATES[0]), 0.0
    saved: list[float] = []
    for number, form in enumerate(forms, start=1):
        person.page.bring_to_front()
        begun = time.perf_counter()
        hands.begin()
        _tap(hands, form)
        saved.append(_until_empty(person, number))
        wall += time.perf_counter() - begun
        person.settle()
        blank.clicks(2)
    _holds(books, forms)
    person.page.context.close()
    return Way(f"mouse form, {CLICK} ms a click", len(forms), hands, wall, Times(saved, [], []))


def _tap(hands: Hands, form: Form) -> None:
    page = hands.person.page
    hands.click(page.get_by_label(zh("Room (empty: anonymous)"), exact=True))
    hands.types(form.room)
    groups = page.locator("[data-testid=stButtonGroup]")
    for position, answer in enumerate(form.closed, start=1):
        group = groups.filter(has_text=re.compile(rf"^{position}\."))
        hands.click(group.get_by_text(re.compile(rf"^{answer}( |$)")))
    if form.words is not None:
        hands.click(page.locator("[data-testid=stTextArea] textarea"))
        hands.writes(form.words)
    hands.click(page.get_by_role("button", name=zh("Save and next"), exact=True))


def _until_empty(person: Person, number: int) -> float:
    """Milliseconds from the click on the save button until the form is said to be saved and the next one is empty."""
    person.page.get_by_text(f"第 {number} 份 ·").first.wait_for()
    label = zh("Room (empty: anonymous)")
    found = person.page.wait_for_function("(label) => window.emptied(label)", arg=label, polling="raf")
    return float(found.json_value())


def _holds(books: SurveyBooks, forms: Sequence[Form]) -> None:
    """End the run unless the database holds every form once, as it was filled in."""
    world = books.world
    units = {row.response_id: row.unit_id for row in world.rows(SurveyRespondent)}
    answers: dict[int, list[tuple[int, int | str]]] = {}
    for row in world.rows(SurveyAnswer):
        answers.setdefault(row.response_id, []).append((row.position, row.number if row.text is None else row.text))
    responses = [row for row in world.rows(SurveyResponse) if row.round_id == world.round]
    found = sorted((int(units[row.id]), tuple(answers[row.id])) for row in responses)
    wanted = sorted((int(unit_of(world, form.room)), form.answers()) for form in forms)
    if found != wanted:
        wrong = [pair for pair in zip(found, wanted, strict=False) if pair[0] != pair[1]]
        sys.exit(f"{len(found)} forms of {len(wanted)} are stored; the first that differ: {wrong[:2]}")
    check_tallies(world)


class Blank:
    """The page with one button in a window of its own."""

    def __init__(self, browser: Browser, address: str) -> None:
        context = browser.new_context(locale="zh-CN", viewport=ViewportSize(width=1366, height=768))
        context.add_cookies([{"name": "guanjia_session", "value": "anybody", "url": address}])
        self._page = context.new_page()
        self._page.goto(address)
        self._page.get_by_text("pressed 0").wait_for()
        self._page.evaluate(_SEEN)
        self._page.evaluate(_WATCH_BLANK)
        self._clicks = 0

    def clicks(self, count: int) -> None:
        """Click so often, each time waiting until the page has settled, and a moment more."""
        self._page.bring_to_front()
        for _ in range(count):
            self._page.get_by_role("button", name="Press").click()
            self._clicks += 1
            self._page.wait_for_function(f"window.seen.settled.length === {self._clicks}")
            self._page.wait_for_timeout(200)

    def times(self) -> Times:
        """What was seen, and close."""
        times = _times(self._page)
        self._page.context.close()
        return times


def _times(page: Page) -> Times:
    seen: dict[str, list[float]] = page.evaluate("window.seen")
    begun = seen["begun"]
    assert len(begun) == len(seen["shown"]) == len(seen["settled"])
    shown, settled = ([end - start for start, end in zip(begun, seen[name], strict=True)]
                      for name in ("shown", "settled"))  # fmt: skip
    return Times(shown, settled, seen["keys"])


@contextmanager
def blank_portal() -> Iterator[str]:
    """Run the page with one button, and give its address."""
    port = free_port()
    command = [sys.executable, "-m", "streamlit", "run", "bench/blank_app.py", "--server.port", str(port)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(300):
            try:
                if httpx.get(f"{address}/_stcore/health", timeout=2, trust_env=False).status_code == 200:
                    break
            except httpx.TransportError:
                time.sleep(0.1)
        else:
            raise RuntimeError("the blank page did not start")
        yield address
    finally:
        process.terminate()
        process.wait(10)


# --- the report ---


def _two(times: Sequence[float]) -> tuple[float, float]:
    """Median and 95th percentile."""
    return median(times), quantiles(times, n=20, method="inclusive")[-1]


def _way_row(server: str, way: Way, blank: Times) -> list[object]:
    shown, late = _two(way.times.shown)
    settled = median(way.times.settled) / median(blank.settled) if way.times.settled else "–"
    hands, held, forms = way.hands, max(way.wall - way.hands.worked, 0.0), way.forms
    share = f"{held * 100 / way.wall:.1f} %"
    return [
        server, way.name, shown / median(blank.shown), settled, held * 1000 / forms, share, hands.keys / forms,
        hands.clicks / forms, hands.worked / forms, forms * 60 / way.wall, shown, late,
    ]  # fmt: skip


def _key_row(server: str, way: Way) -> list[object]:
    held = sum(late > way.hands.key_ms for late in way.hands.late)
    return [server, way.name, len(way.times.keys), *_two(way.times.keys), max(way.times.keys), held, way.hands.keys]


def _write(
    report: Report, count: int, ways: list[list[object]], units: list[list[object]], keys: list[list[object]]
) -> None:
    report.section(
        "Fast survey entry (S16, bar ≤ 2)",
        f"{count} forms of the standard questionnaire (12 ratings, a recommendation, a choice, words on every fourth "
        f"through an input method), in Chromium against the running portal; {count // 10} of them through the mouse "
        "form. A typist keeps to a timetable: a key every so many milliseconds, a click every "
        f"{CLICK}. *S16* is the median time from Enter (the save click) until the form is shown as saved (and the next "
        "one is empty), divided by that of a click on a page with one button until its effect is shown, clicked "
        "between the forms in the same browser. *Settled* is the same until the run has ended. *Held up* is what the "
        "hands had to wait for beyond their timetable. Afterwards every form is in the database once, as filled in.",
    )
    head = ["database", "way", "÷ blank click (S16)", "settled ÷ settled", "held up ms/form", "held up", "keys/form",
            "clicks/form", "hands s/form", "forms/min", "saved p50 ms", "saved p95 ms"]  # fmt: skip
    report.table(head, ways)
    report.table(["database", "blank page clicks", "shown p50 ms", "p95", "settled p50 ms", "p95"], units)
    report.table(
        ["database", "way", "keys seen", "key → painted p50 ms", "p95", "longest", "keys that held the next up", "of"],
        keys,
    )
