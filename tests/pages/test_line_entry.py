"""What the page takes from the browser's box for lines, and what it gives back."""

import json
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from pages._shell.line_entry import _PARTS as PARTS
from pages._shell.line_entry import LONGEST_LINE, STORAGE_PREFIX, SentLine, entry_key, unanswered_lines

STORE = "round-1.user-1"
ID = "0024c83a-a989-4d2d-ad7c-cde3b7adde86"


def script() -> None:
    """A page that refuses lines with an x, counts what it was asked, and shows the lines it read."""
    import streamlit as st

    from pages._shell.line_entry import BoxWords, LineAnswer, line_box, unanswered_lines

    words = BoxWords("Next form", "unit answers", "{n} on the way", "{n} kept here", "To mend")
    lines = unanswered_lines("entry", "round-1.user-1")
    st.session_state["read"] = lines
    answers = [
        LineAnswer(line.id, ok="x" not in line.text, says=f"heard {line.text}", at=line.text.find("x"), length=1)
        for line in lines
    ]
    line_box(key="entry", store="round-1.user-1", answers=answers, words=words)


def opened(pending: object) -> AppTest:
    app = AppTest.from_function(script)
    app.session_state[entry_key("entry", STORE)] = {"pending": pending}
    app.run()
    assert not app.exception
    return app


def lines_of(*pairs: tuple[str, str]) -> dict[str, object]:
    return {"store": STORE, "lines": [{"id": number, "text": text} for number, text in pairs]}


def sent_to_browser(app: AppTest) -> dict[str, Any]:
    box = next(element for element in app.main if element.type == "bidi_component")
    data: dict[str, Any] = json.loads(box.proto.json)
    return data


def test_lines_are_read_before_the_box_is_drawn_and_answered_in_it() -> None:
    app = opened(lines_of((ID, "1-101 54321 9 电梯慢"), ("b", "1x2")))
    assert app.session_state["read"] == (SentLine(ID, "1-101 54321 9 电梯慢"), SentLine("b", "1x2"))
    data = sent_to_browser(app)
    assert data["answers"] == [
        {"id": ID, "ok": True, "says": "heard 1-101 54321 9 电梯慢", "at": -1, "length": 1},
        {"id": "b", "ok": False, "says": "heard 1x2", "at": 1, "length": 1},
    ]
    assert (data["store"], data["longest"], data["words"]["label"]) == (STORE, LONGEST_LINE, "Next form")


def test_an_answered_line_is_not_read_again_but_answered_again_while_the_browser_holds_it() -> None:
    app = opened(lines_of((ID, "first")))
    app.run()
    assert app.session_state["read"] == ()
    assert [answer["id"] for answer in sent_to_browser(app)["answers"]] == [ID]
    app.session_state[entry_key("entry", STORE)] = {"pending": lines_of(("b", "second"))}
    app.run()
    assert [line.id for line in app.session_state["read"]] == ["b"]
    assert [answer["id"] for answer in sent_to_browser(app)["answers"]] == ["b"]


@pytest.mark.parametrize(
    "pending",
    [
        None,
        "text",
        [],
        [{"id": ID, "text": "no store"}],
        {"store": STORE},
        {"store": STORE, "lines": None},
        {"store": STORE, "lines": {"id": ID, "text": "t"}},
        {"store": "round-2.user-1", "lines": [{"id": ID, "text": "of another round"}]},
        {"store": STORE, "lines": [None, 7, "text", [], {}, {"id": ID}, {"text": "t"}]},
        {"store": STORE, "lines": [{"id": 7, "text": "t"}, {"id": ID, "text": 7}, {"id": ID, "text": None}]},
        {"store": STORE, "lines": [{"id": "", "text": "t"}, {"id": "a" * 65, "text": "t"}]},
        {"store": STORE, "lines": [{"id": "A", "text": "t"}, {"id": "a\n", "text": "t"}, {"id": "١", "text": "t"}]},
        {"store": STORE, "lines": [{"id": "' or 1=1", "text": "t"}]},
        {"store": STORE, "lines": [{"id": ID, "text": "t" * (LONGEST_LINE + 1)}, {"id": ID, "text": " \u3000"}]},
        {"store": STORE, "lines": [{"id": ID, "text": "nul\0"}, {"id": ID, "text": "half \ud842"}]},
        {"store": STORE, "lines": [{"id": ID, "text": "two\nlines"}]},
    ],
)
def test_what_does_not_look_like_lines_is_left_out(pending: object) -> None:
    app = opened(pending)
    assert app.session_state["read"] == ()
    assert sent_to_browser(app)["answers"] == []


def test_the_longest_line_and_ideographic_spaces_pass_unchanged() -> None:
    text = "\u30001-101\u300054321 " + "慢" * (LONGEST_LINE - 13)
    assert len(text) == LONGEST_LINE
    assert opened(lines_of((ID, text))).session_state["read"] == (SentLine(ID, text),)


def test_a_repeated_number_counts_once_and_no_more_than_200_lines_are_taken() -> None:
    many = [(f"{number:x}", f"line {number}") for number in range(250)]
    read = opened(lines_of(("0", "line 0"), *many)).session_state["read"]
    assert [line.text for line in read] == [f"line {number}" for number in range(199)]


def test_without_a_box_there_is_nothing_to_read() -> None:
    assert unanswered_lines("entry", STORE) == ()


def test_script_and_page_speak_of_the_same_names() -> None:
    """The script keeps lines under the prefix that signing out would clear, and finds its parts in the page."""
    from pages._shell.line_entry import _HTML

    text = (PARTS / "line_entry.js").read_text(encoding="utf-8")
    assert f'"{STORAGE_PREFIX}"' in text
    names = json.loads(text.split("const PARTS = ")[1].split(";")[0])
    assert all(f'data-part="{name}"' in _HTML for name in [*names, "form"])
    assert "innerHTML" not in text
    assert len(text.splitlines()) <= 200
