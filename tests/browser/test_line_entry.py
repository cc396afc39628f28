"""The box for one line after another: whatever happens between browser and server, nothing typed is lost."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, WebSocketRoute, expect

from tests.server import ROOT, free_port

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("line-entry")]
TYPED = [f"3-1-{number} 54354 9 电梯慢" for number in range(1201, 1231)]


@dataclass(frozen=True)
class LineServer:
    """The small application, and the file it saves lines in."""

    url: str
    file: Path
    process: "subprocess.Popen[bytes]"

    def saved(self) -> list[str]:
        return [json.loads(row)["text"] for row in self.file.read_text(encoding="utf-8").splitlines()]

    def has_saved(self, count: int, page: Page) -> list[str]:
        """Wait until so many lines are saved, and a little for what should not come."""
        deadline = time.monotonic() + 30
        while len(self.saved()) < count and time.monotonic() < deadline:
            page.wait_for_timeout(50)
        page.wait_for_timeout(300)
        return self.saved()


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LineServer]:
    folder, port = tmp_path_factory.mktemp("lines"), free_port()
    file = folder / "lines.jsonl"
    file.touch()
    command = [sys.executable, "-m", "streamlit", "run", "tests/browser/line_entry_app.py"]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [*command, "--server.port", str(port)],
            cwd=ROOT,
            env=os.environ | {"LINES_SAVED": str(file)},
            stdout=log,
            stderr=log,
        )
    server = LineServer(f"http://127.0.0.1:{port}", file, process)
    try:
        wait_until_healthy(server)
        yield server
    finally:
        process.send_signal(signal.SIGCONT)
        process.terminate()
        process.wait(10)


def wait_until_healthy(server: LineServer) -> None:
    for _ in range(300):
        if server.process.poll() is not None:
            break
        try:
            if httpx.get(f"{server.url}/_stcore/health", timeout=2, trust_env=False).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    raise RuntimeError(f"the application did not start:\n{(server.file.parent / 'log').read_text(encoding='utf-8')}")


@pytest.fixture
def server(running: LineServer) -> LineServer:
    running.file.write_text("", encoding="utf-8")
    return running


@pytest.fixture(scope="module")
def context(browser: Browser, running: LineServer) -> Iterator[BrowserContext]:
    opened = browser.new_context(locale="zh-CN", viewport={"width": 1366, "height": 768})
    opened.add_cookies([{"name": "guanjia_session", "value": "anybody", "url": running.url}])
    yield opened
    opened.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A tab of its own: what one keeps in its session, no other sees."""
    opened = context.new_page()
    opened.set_default_timeout(20_000)
    yield opened
    opened.close()


def open_box(page: Page, server: LineServer, address: str = "") -> Locator:
    page.goto(f"{server.url}/?{address}")
    box = page.get_by_label("Next form", exact=True)
    expect(box).to_be_focused()
    page.get_by_text("whole runs").wait_for()
    return box


def press(page: Page, text: str) -> None:
    page.keyboard.type(text)
    page.keyboard.press("Enter")


def selected(box: Locator) -> str:
    text: str = box.evaluate("(box) => box.value.slice(box.selectionStart, box.selectionEnd)")
    return text


@pytest.mark.parametrize("address", ["", "whole=1", "delay=300", "delay=300&whole=1"])
def test_thirty_lines_typed_without_waiting_arrive_once_and_in_order(
    page: Page, server: LineServer, address: str
) -> None:
    open_box(page, server, address)
    for text in TYPED:
        page.keyboard.type(text, delay=2)
        page.keyboard.press("Enter")
    assert server.has_saved(len(TYPED), page) == TYPED
    expect(page.get_by_text("on the way")).to_have_count(0)


@pytest.mark.parametrize("address", ["", "whole=1", "delay=300", "delay=300&whole=1"])
def test_two_enters_in_quick_succession_send_both_lines(page: Page, server: LineServer, address: str) -> None:
    box = open_box(page, server, address)
    box.evaluate(
        """(box) => ["first", "second"].forEach((text) => {
            box.value = text;
            box.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true }));
        })"""
    )
    assert server.has_saved(2, page) == ["first", "second"]


def test_lines_that_wait_travel_together_fifty_at_most(page: Page, server: LineServer) -> None:
    box = open_box(page, server, "delay=300")
    box.evaluate(
        """(box) => {
            for (let n = 1; n <= 60; n++) {
                box.value = "line " + n;
                box.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true }));
            }
        }"""
    )
    assert server.has_saved(60, page) == [f"line {n}" for n in range(1, 61)]
    expect(page.get_by_text("entry runs")).to_have_text("entry runs: 4")  # without lines, then with 1, 50 and 9


def test_answers_come_while_one_types_faster_than_the_server_runs(page: Page, server: LineServer) -> None:
    """An Enter that interrupted the run before would leave every line unanswered until the typing stops."""
    open_box(page, server, "delay=400&whole=1")
    for number in range(10):
        press(page, f"line {number}")
        page.wait_for_timeout(120)
        if number == 8:
            assert page.get_by_role("status").inner_text().startswith("saved: line")
    assert server.has_saved(10, page) == [f"line {number}" for number in range(10)]


def test_an_enter_without_a_line_sends_nothing(page: Page, server: LineServer) -> None:
    open_box(page, server)
    press(page, "")
    press(page, "   ")
    press(page, "line")
    assert server.has_saved(1, page) == ["line"]


@pytest.mark.parametrize("address", ["", "delay=300"])
def test_typing_goes_on_while_answers_arrive(page: Page, server: LineServer, address: str) -> None:
    box = open_box(page, server, address)
    press(page, "first")
    long = "0123456789 电梯慢 " * 8
    for character in long:
        page.keyboard.type(character)
        page.wait_for_timeout(8)
    page.get_by_text("saved: first").wait_for()
    assert box.input_value() == long
    expect(box).to_be_focused()


def test_a_refused_line_comes_back_into_the_empty_box_with_its_fault_selected(page: Page, server: LineServer) -> None:
    box = open_box(page, server)
    press(page, "𠮷 5x4")  # the first sign takes two places in a browser and one at the server
    expect(box).to_have_value("𠮷 5x4")
    assert selected(box) == "x"
    expect(page.get_by_role("alert").filter(has_text="refused")).to_have_text("refused: 𠮷 5x4")
    expect(box).to_have_attribute("aria-invalid", "true")
    page.wait_for_timeout(450)  # before that, a key is taken for the beginning of the next line
    press(page, "3")
    assert server.has_saved(1, page) == ["𠮷 534"]
    expect(box).to_have_attribute("aria-invalid", "false")


@pytest.mark.parametrize("way", ["Enter", "ArrowUp", "click"])
def test_a_refused_line_overwrites_nothing_and_is_fetched_when_wanted(page: Page, server: LineServer, way: str) -> None:
    box = open_box(page, server, "delay=300")
    press(page, "1x2")
    page.keyboard.type("typing on")
    row = page.get_by_role("listitem")
    expect(row.get_by_role("button")).to_have_text("1x2")
    expect(row.locator("mark")).to_have_text("x")
    assert box.input_value() == "typing on"
    if way == "click":
        row.get_by_role("button").click()
        expect(row.get_by_role("button")).to_have_text("typing on")  # what was half typed waits in its place
    else:
        page.keyboard.press("Enter")
        page.get_by_text("saved: typing on").wait_for()
        page.keyboard.press(way)
        expect(row).to_have_count(0)
    expect(box).to_have_value("1x2")
    expect(box).to_be_focused()
    press(page, "7")
    assert server.has_saved(1 if way == "click" else 2, page)[-1] == "172"


def test_a_key_pressed_as_the_refusal_appears_begins_the_next_line(page: Page, server: LineServer) -> None:
    box = open_box(page, server)
    box.evaluate(
        """(box) => new Promise((done) => {
            const look = () => box.value === "1x2" ? done() : requestAnimationFrame(look);
            box.value = "1x2";
            box.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true }));
            look();
        })"""
    )
    page.keyboard.type("next")
    assert box.input_value() == "next"
    expect(page.get_by_role("listitem").get_by_role("button")).to_have_text("1x2")


def test_a_refused_line_is_judged_once_and_costs_no_further_runs(page: Page, server: LineServer) -> None:
    open_box(page, server)
    press(page, "1x2")
    page.get_by_role("alert").filter(has_text="refused").wait_for()
    page.wait_for_timeout(3_000)
    # the first run, the one that refused, the one that took the refused line off the server
    expect(page.get_by_text("entry runs")).to_have_text("entry runs: 3")
    expect(page.get_by_text("whole runs")).to_have_text("whole runs: 1")


@pytest.mark.parametrize("address", ["delay=900", "delay=900&whole=1"])
def test_a_reload_in_the_middle_brings_everything_back(page: Page, server: LineServer, address: str) -> None:
    box = open_box(page, server, address)
    press(page, "1x2")
    page.keyboard.type("other")
    page.get_by_role("listitem").get_by_role("button").wait_for()
    page.keyboard.press("Enter")
    press(page, "third")
    page.keyboard.type("half a li")
    page.reload()
    expect(box).to_have_value("half a li")
    expect(page.get_by_text("2 on the way")).to_be_visible()
    expect(page.get_by_role("listitem").get_by_role("button")).to_have_text("1x2")
    box.press("End")
    press(page, "ne")
    assert server.has_saved(3, page) == ["other", "third", "half a line"]


def test_what_was_typed_for_one_round_reaches_no_other(page: Page, server: LineServer) -> None:
    box = open_box(page, server, "store=round-1.user-1&lose=99")
    press(page, "for round 1")
    page.keyboard.type("half")
    server.has_saved(1, page)
    page.goto(f"{server.url}/?store=round-2.user-1")
    expect(box).to_have_value("")
    press(page, "for round 2")
    page.get_by_text("saved: for round 2").wait_for()
    page.goto(f"{server.url}/?store=round-1.user-1")
    expect(box).to_have_value("half")
    page.get_by_text("saved: for round 1").wait_for()
    assert server.saved() == ["for round 1", "for round 2"]


def test_another_round_chosen_on_the_page_has_a_box_of_its_own(page: Page, server: LineServer) -> None:
    box = open_box(page, server)
    page.keyboard.type("half of round 1")
    page.get_by_text("Second round").click()
    expect(box.first).to_have_value("")  # for a moment the other round's box is still there, behind the new one
    expect(box).to_have_count(1)
    box.focus()
    press(page, "for round 2")
    page.get_by_text("saved: for round 2").wait_for()
    page.get_by_text("Second round").click()
    expect(box.first).to_have_value("half of round 1")
    expect(box).to_have_count(1)
    box.focus()
    box.press("End")
    press(page, " whole")
    assert server.has_saved(2, page) == ["for round 2", "half of round 1 whole"]


def test_a_box_that_leaves_the_page_and_comes_back_has_lost_nothing(page: Page, server: LineServer) -> None:
    box = open_box(page, server, "delay=300&whole=1")
    press(page, "first")
    press(page, "second")
    page.keyboard.type("half")
    page.get_by_text("Elsewhere").click()
    expect(box).to_have_count(0)
    page.wait_for_timeout(700)
    page.get_by_text("Elsewhere").click()
    expect(box).to_have_value("half")
    assert server.has_saved(2, page) == ["first", "second"]
    expect(page.get_by_text("on the way")).to_have_count(0)


def test_nothing_stays_in_the_browser_once_everything_is_answered(page: Page, server: LineServer) -> None:
    open_box(page, server, "delay=300")
    press(page, "line")
    assert page.evaluate("Object.keys(sessionStorage)") == ["guanjia.lines.round-1.user-1"]
    page.get_by_text("saved: line").wait_for()
    assert page.evaluate("Object.keys(sessionStorage)") == []


def test_lost_answers_are_asked_for_again(page: Page, server: LineServer) -> None:
    open_box(page, server, "lose=2")
    press(page, "first")
    press(page, "second")
    expect(page.get_by_text("2 kept here")).to_be_visible(timeout=8_000)
    expect(page.get_by_text("kept here")).to_have_count(0, timeout=12_000)
    assert server.has_saved(2, page) == ["first", "second"]


def test_a_server_that_stands_still_loses_nothing(page: Page, server: LineServer) -> None:
    open_box(page, server)
    press(page, "before")
    server.process.send_signal(signal.SIGSTOP)
    press(page, "during")
    press(page, "after")
    page.wait_for_timeout(3_000)
    server.process.send_signal(signal.SIGCONT)
    assert server.has_saved(3, page) == ["before", "during", "after"]


def test_a_dropped_connection_loses_nothing(page: Page, context: BrowserContext, server: LineServer) -> None:
    sockets: list[WebSocketRoute] = []

    def through(socket: WebSocketRoute) -> None:
        upstream, first = socket.connect_to_server(), not sockets
        sockets.append(socket)
        socket.on_message(lambda message: None if first and "pending" in str(message) else upstream.send(message))

    page.route_web_socket("**/_stcore/stream", through)
    open_box(page, server)
    press(page, "swallowed")
    page.wait_for_timeout(300)
    assert server.saved() == []
    sockets[0].close()
    press(page, "typed while away")
    assert server.has_saved(2, page) == ["swallowed", "typed while away"]
    assert len(sockets) > 1


def test_other_widgets_pressed_meanwhile_lose_nothing(page: Page, server: LineServer) -> None:
    """Their reruns cut the one that saves, or come before its answer."""
    box = open_box(page, server, "delay=300&whole=1")
    for number, text in enumerate(TYPED[:10]):
        box.focus()
        press(page, text)
        if number % 2:
            page.get_by_text("Something else").click()
    assert server.has_saved(10, page) == TYPED[:10]
    expect(page.get_by_text("on the way")).to_have_count(0)


def test_enter_that_ends_an_input_method_sends_nothing(page: Page, context: BrowserContext, server: LineServer) -> None:
    box = open_box(page, server)
    keyboard = context.new_cdp_session(page)
    page.keyboard.type("9 ")
    keyboard.send("Input.imeSetComposition", {"text": "dian ti", "selectionStart": 7, "selectionEnd": 7})
    page.keyboard.press("Enter")
    page.wait_for_timeout(300)
    assert server.saved() == []
    keyboard.send("Input.insertText", {"text": "电梯"})
    expect(box).to_have_value("9 电梯")
    box.evaluate(
        """(box) => {
            for (const how of [{ isComposing: true }, { keyCode: 229 }])
                box.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true, ...how }));
        }"""
    )
    page.wait_for_timeout(300)
    assert server.saved() == []
    page.keyboard.press("Enter")
    assert server.has_saved(1, page) == ["9 电梯"]


def test_only_the_fragment_runs_again(page: Page, server: LineServer) -> None:
    open_box(page, server)
    for text in ("one", "two", "three"):
        press(page, text)
        page.get_by_text(f"saved: {text}").wait_for()
    expect(page.get_by_text("whole runs")).to_have_text("whole runs: 1")
    expect(page.get_by_text("entry runs")).to_have_text("entry runs: 4")  # the first one, and one for each line


def test_letters_typed_are_not_shortcuts_of_the_page(page: Page, server: LineServer) -> None:
    """Plain r reruns a Streamlit page, plain c clears its caches."""
    box = open_box(page, server)
    page.keyboard.type("rrr ccc")
    page.wait_for_timeout(500)
    assert box.input_value() == "rrr ccc"
    expect(page.get_by_text("whole runs")).to_have_text("whole runs: 1")
    expect(page.get_by_role("dialog")).to_have_count(0)
    box.blur()
    page.keyboard.press("r")
    expect(page.get_by_text("whole runs")).to_have_text("whole runs: 2")


def test_the_box_fits_a_phone(page: Page, server: LineServer) -> None:
    page.set_viewport_size({"width": 360, "height": 640})
    box = open_box(page, server)
    press(page, "1x2 " + "long " * 30)
    page.wait_for_timeout(600)
    box.fill("")
    press(page, "2x3 " + "long " * 30)
    page.keyboard.type("next")
    expect(page.get_by_role("listitem")).to_have_count(1)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    row = page.get_by_role("listitem").get_by_role("button").bounding_box()
    assert row is not None
    assert row["x"] + row["width"] <= 360


def test_a_saved_line_waits_about_as_long_as_a_button(
    page: Page, server: LineServer, record_property: Callable[[str, object], None]
) -> None:
    """Both are one rerun of the same fragment; a line also takes a write and an answer."""
    open_box(page, server)
    lines, clicks = median(line_waits(page)), median(click_waits(page))
    record_property("milliseconds of a line and of a button", (lines, clicks))
    assert lines < 3 * clicks, f"line {lines:.1f} ms, button {clicks:.1f} ms"


def line_waits(page: Page) -> list[float]:
    """Milliseconds from each Enter to its line's answer, at a hundred keys a second, typed in the page itself."""
    waits: list[float] = page.evaluate(
        """async () => {
            const root = document.querySelector("[data-testid=stBidiComponentIsolated]").shadowRoot;
            const box = root.querySelector("input"), said = root.querySelector("[role=status]");
            const waits = [];
            for (let n = 0; n < 30; n++) {
                for (const key of "3-1-1202 54354 9") {
                    box.value += key;
                    box.dispatchEvent(new Event("input"));
                    await new Promise((done) => setTimeout(done, 10));
                }
                box.value += " " + n;
                const wanted = "saved: " + box.value, began = performance.now();
                const seen = new Promise((done) => {
                    const look = () => said.textContent === wanted && (watch.disconnect(), done());
                    const watch = new MutationObserver(look);
                    watch.observe(said, { childList: true, characterData: true, subtree: true });
                });
                box.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true }));
                await seen;
                waits.push(performance.now() - began);
            }
            return waits;
        }"""
    )
    return waits


def click_waits(page: Page) -> list[float]:
    """Milliseconds from each click of the blank button to the fragment's changed counter."""
    waits: list[float] = page.evaluate(
        """async () => {
            const main = document.querySelector("[data-testid=stMain]");
            const button = [...main.querySelectorAll("button")].find((one) => one.textContent === "Nothing");
            const runs = () => /entry runs: \\d+/.exec(main.textContent)[0];
            const waits = [];
            for (let n = 0; n < 30; n++) {
                const before = runs(), began = performance.now();
                const seen = new Promise((done) => {
                    const watch = new MutationObserver(() => runs() !== before && (watch.disconnect(), done()));
                    watch.observe(main, { childList: true, characterData: true, subtree: true });
                });
                button.click();
                await seen;
                waits.push(performance.now() - began);
                await new Promise((done) => setTimeout(done, 160));
            }
            return waits;
        }"""
    )
    return waits
