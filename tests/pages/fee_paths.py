"""What the tests of the fee pages share: the present month, where buttons lead, a picked row."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from core.kernel.periods import Month, local_day

Open = Callable[..., AppTest]
Switched = list[tuple[str, dict[str, str]]]
THIS = Month.of(local_day(datetime.now(UTC)))
LAST = THIS.shift(-1)
"""The month before the present one, so that everything in the books lies in the past."""


def watch_switches(monkeypatch: pytest.MonkeyPatch) -> Switched:
    """Collect where buttons lead (the script's name and the address) instead of going there."""
    seen: Switched = []

    def note(page: Any, *, query_params: dict[str, str]) -> None:
        seen.append((page.stem, dict(query_params)))

    monkeypatch.setattr(st, "switch_page", note)
    return seen


def pick(app: AppTest, place: int = 0, table: int = 0) -> AppTest:
    """Pick a row of a table, as a click on its box would."""
    key = app.dataframe[table].proto.id.split("-", 2)[-1]
    app.session_state[key] = {"selection": {"rows": [place]}}
    return app.run()


def button(app: AppTest, label: str) -> Any:
    """The button with this label."""
    return next(each for each in app.button if each.label == label)


__all__ = ["LAST", "THIS", "Open", "Switched", "button", "pick", "watch_switches"]
