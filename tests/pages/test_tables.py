"""Tables: the row that was shown is the row that opens."""

from typing import Any

import pytest

from pages._shell import tables


@pytest.mark.parametrize(("picked", "opened"), [([1], ["second"]), ([], []), ([7], []), ([0, 1], ["first"])], ids=str)
def test_a_picked_row_is_handed_on_as_it_was_shown(
    monkeypatch: pytest.MonkeyPatch, picked: list[int], opened: list[str]
) -> None:
    """Whatever the list has become since it was drawn: the rows are those of the screen."""
    state: dict[str, Any] = {"table.cases": {"selection": {"rows": picked, "columns": []}}}
    monkeypatch.setattr(tables.st, "session_state", state)
    taken: list[str] = []
    tables.hand_on("table.cases", ("first", "second"), taken.append)
    assert taken == opened
