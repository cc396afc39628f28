"""Chromium for the browser tests: the system's, else Playwright's own. With neither they are skipped, loudly."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import Browser, Error, sync_playwright

ARGUMENTS: Final = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
REQUIRED: Final = "GUANJIA_BROWSER_REQUIRED"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A headless Chromium with a fresh profile; skips (or, where it is required, fails) without one.

    One a module, not one a session: Playwright keeps an event loop running in this thread for as long as it lives.
    """
    with sync_playwright() as playwright:
        own = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
        if own is None and Path(playwright.chromium.executable_path).is_file():
            own = playwright.chromium.executable_path
        if own is None:
            _without_browser("no Chromium on this computer")
        try:
            chromium = playwright.chromium.launch(executable_path=own, args=ARGUMENTS)
        except Error as error:
            _without_browser(f"Chromium does not start: {error}")
        yield chromium
        chromium.close()


def _without_browser(why: str) -> None:
    if os.environ.get(REQUIRED):
        pytest.fail(f"browser tests are required here: {why}")
    pytest.skip(f"BROWSER TESTS SKIPPED: {why}")
