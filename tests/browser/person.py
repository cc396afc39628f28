"""A person at a browser: goes to pages, fills what is labelled, presses what is named, and waits as people do."""

import re
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from playwright.sync_api import Browser, Locator, Page, expect

from tests.server import PortalServer

SCREEN: Final = {"width": 1366, "height": 768}
_SETTLED: Final = """() => {
  const app = document.querySelector('[data-testid=stApp]');
  return app && app.getAttribute('data-test-connection-state') === 'CONNECTED'
    && app.getAttribute('data-test-script-state') === 'notRunning'
    && !document.querySelector('[data-stale=true]') && !document.querySelector('[data-testid=stSkeleton]');
}"""


@dataclass
class Person:
    """Somebody with a browser window of his or her own."""

    page: Page
    server: PortalServer

    @classmethod
    def arrives(cls, browser: Browser, server: PortalServer, locale: str = "zh-CN") -> "Person":
        """Open a fresh window (no cookies) at 1366 × 768."""
        page = browser.new_context(locale=locale, viewport=SCREEN, accept_downloads=True).new_page()
        page.set_default_timeout(20_000)
        return cls(page, server)

    def settle(self) -> None:
        """Wait until the page has finished what it was doing."""
        self.page.wait_for_timeout(150)  # until the run has begun, on a busy machine too
        self.page.wait_for_function(_SETTLED, timeout=60_000)
        self.page.wait_for_timeout(80)

    def goes_to(self, key: str, **address: str) -> None:
        """Open a page by its address."""
        query = "&".join(f"{name}={value}" for name, value in address.items())
        self.page.goto(f"{self.server.url}/{key.replace('.', '-').replace('_', '-')}?{query}")
        self.settle()

    def begins_the_portal(self, name: str, username: str, password: str) -> None:
        """The very first visit: the set-up code from the console makes the administrator."""
        code = re.search(r"Set-up code \(24 hours\): (\S+)", self.server.output())
        assert code is not None
        self.page.goto(self.server.url)
        for field, value in (("code", code[1]), ("display_name", name), ("username", username)):
            self.page.fill(f"#{field}", value)
        self.page.fill("#password", password)
        self.page.fill("#again", password)
        self.page.locator("button[type=submit]").last.click()
        self.settle()

    def comes_with_a_code(self, username: str, code: str, password: str) -> None:
        """The first visit of somebody who was invited."""
        self.page.goto(f"{self.server.url}/session/set-password")
        self.page.fill("#username", username)
        self.page.fill("#code", code)
        self.page.fill("#password", password)
        self.page.fill("#again", password)
        self.page.locator("button[type=submit]").last.click()
        self.settle()

    def presses(self, name: str, *, within: Locator | None = None) -> None:
        """Press the button of this name and wait for what follows."""
        place = within or self.page.locator("[data-testid=stMain]")
        place.get_by_role("button", name=name, exact=True).first.click()
        self.settle()

    def types(self, label: str, text: str) -> None:
        """Fill a field by its label."""
        field = self.page.get_by_label(label, exact=True).first
        field.fill(text)
        field.press("Tab")
        self.settle()

    def chooses(self, label: str, option: str) -> None:
        """Choose from a list by its label, typing as people do in a long one."""
        box = self.page.locator("[data-testid=stSelectbox]").filter(has_text=label).first
        box.locator("input").click()
        box.locator("input").fill(option)
        self.page.get_by_role("option").filter(has_text=option).first.click()
        self.settle()

    def sets_date(self, label: str, day: date) -> None:
        """Type a day into a date field, part after part."""
        parts = self.page.get_by_role("group", name=label, exact=True).first.get_by_role("spinbutton")
        for number, digits in enumerate(day.isoformat().split("-")):
            parts.nth(number).click()
            self.page.keyboard.type(digits, delay=20)
        self.page.keyboard.press("Tab")
        self.settle()

    def picks_row(self, number: int) -> None:
        """Pick a row of the first table by its box (drawn on a canvas: the box stands at the left edge)."""
        box = self.page.locator("[data-testid=stDataFrame] canvas").first.bounding_box()
        assert box is not None
        row = box["height"] / (round(box["height"] / 32) or 1)
        self.page.mouse.click(box["x"] + 16, box["y"] + row * (number + 1.5))
        self.settle()

    def sees(self, text: str) -> None:
        """Be shown a text."""
        expect(self.page.get_by_text(text).first).to_be_visible(timeout=30_000)

    def uploads(self, name: str, content: bytes) -> None:
        """Give a file to the page's uploader."""
        kind = "application/octet-stream"
        self.page.locator("input[type=file]").set_input_files([{"name": name, "mimeType": kind, "buffer": content}])
        self.settle()

    def shoots(self, path: Path) -> None:
        """Keep a picture of the screen."""
        self.page.screenshot(path=str(path))

    def figures(self) -> dict[str, str]:
        """The figures on the page by their titles."""
        found: dict[str, str] = {}
        for metric in self.page.locator("[data-testid=stMetric]").all():
            title = metric.locator("[data-testid=stMetricLabel]").inner_text().strip()
            found[title] = metric.locator("[data-testid=stMetricValue]").inner_text().strip()
        return found
