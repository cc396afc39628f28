"""A box for entering one line after another as fast as one can type, in which nothing typed is ever lost.

The browser keeps every line until the server has answered it by its number; it sends lines again whose answer got
lost, so saving must know a line by its number. In one run, best inside an ``st.fragment``, a page takes this order::

    lines = unanswered_lines(key, store)     # before the box is drawn
    answers = [... for line in lines]        # save each, once for its number
    line_box(key=key, store=store, answers=answers, words=words)

Script and style lie in ``line_entry_parts`` and are served from there: the pages' policy forbids scripts sent inline.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Final

import streamlit as st
from streamlit.components.v2.get_bidi_component_manager import get_bidi_component_manager
from streamlit.components.v2.manifest_scanner import ComponentConfig, ComponentManifest
from streamlit.components.v2.types import ComponentRenderer

LONGEST_LINE: Final = 2_000
"""Characters one line may have."""

LONGEST_MARK: Final = 64

STORAGE_PREFIX: Final = "guanjia.lines."
"""How the names begin under which a browser keeps what was typed (``sessionStorage``, ``store`` comes behind)."""

_MOST_LINES: Final = 200
_SENT_AT_ONCE: Final = 50
_NUMBER: Final = re.compile(r"[0-9a-f-]{1,64}")
_UNFIT: Final = frozenset({"Cc", "Cs"})
_PACKAGE: Final = "guanjia"
_NAME: Final = "line_entry"
_PARTS: Final = Path(__file__).with_name("line_entry_parts")
_HTML: Final = """
<form data-part="form" autocomplete="off">
  <label data-part="label" for="line"></label>
  <input data-part="box" id="line" type="text" enterkeyhint="send" autocomplete="off" autocorrect="off"
    autocapitalize="off" spellcheck="false" aria-describedby="note">
  <p data-part="note" id="note" class="note" role="alert"></p>
  <p class="below"><span data-part="said" role="status"></span><span data-part="count" class="count"></span></p>
  <p data-part="title" class="title"></p>
  <ul data-part="list" aria-live="polite"></ul>
</form>
"""


@dataclass(frozen=True, slots=True)
class SentLine:
    """A line as it was typed, the number the browser gave it, and the mark of the header it was typed under."""

    id: str
    text: str
    mark: str = ""


@dataclass(frozen=True, slots=True)
class LineAnswer:
    """What became of a line: saved or refused, with a sentence.

    ``at`` and ``length`` say which characters of ``SentLine.text`` are at fault: the first one's place, from 0, and
    how many; a place behind the last character with length 0 says that something is missing there.
    """

    id: str
    ok: bool
    says: str
    at: int | None = None
    length: int = 0


@dataclass(frozen=True, slots=True)
class BoxWords:
    """The box's texts in the person's language; ``{n}`` in ``sending`` and ``kept`` becomes a number of lines."""

    label: str
    hint: str
    sending: str
    kept: str
    mend: str


def unanswered_lines(key: str, store: str) -> tuple[SentLine, ...]:
    """Give the lines the browser has sent and this session has not answered, in the order they were typed.

    To be called before :func:`line_box`. What does not look like lines of this store is left out.
    """
    answered = _answered(key, store)
    return tuple(line for line in _sent(key, store) if line.id not in answered)


def line_box(*, key: str, store: str, answers: Iterable[LineAnswer], words: BoxWords, mark: str = "") -> None:
    """Draw the box, with the answers to the lines of this run.

    ``store`` names what is entered and by whom (round and user): lines typed for one store never reach another, also
    not after a reload. What was answered is answered again for as long as the browser holds the line.
    """
    known = _answered(key, store) | {answer.id: answer for answer in answers}
    now = {line.id: known[line.id] for line in _sent(key, store) if line.id in known}
    st.session_state[f"{entry_key(key, store)}.answered"] = now
    _renderer()(
        key=entry_key(key, store),
        data={
            "store": store,
            "mark": mark,
            "words": asdict(words),
            "answers": [asdict(answer) for answer in now.values()],
            "longest": LONGEST_LINE,
            "at_once": _SENT_AT_ONCE,
        },
    )


def entry_key(key: str, store: str) -> str:
    """The key of the box in the session state, where the browser's ``pending`` lines arrive."""
    return f"{key}:{store}"


def _answered(key: str, store: str) -> dict[str, LineAnswer]:
    answered: dict[str, LineAnswer] = st.session_state.get(f"{entry_key(key, store)}.answered", {})
    return answered


def _sent(key: str, store: str) -> tuple[SentLine, ...]:
    held: object = st.session_state.get(entry_key(key, store))
    pending: object = held.get("pending") if isinstance(held, Mapping) else None
    if not isinstance(pending, Mapping) or pending.get("store") != store:
        return ()
    lines = pending.get("lines")
    return tuple(_sound(lines[:_MOST_LINES])) if isinstance(lines, list) else ()


def _sound(lines: list[object]) -> Iterator[SentLine]:
    """The ones that are lines: a browser may send anything."""
    seen: set[str] = set()
    for line in lines:
        number, text, mark = (line.get(n) for n in ("id", "text", "mark")) if isinstance(line, Mapping) else [None] * 3
        if not isinstance(number, str) or not _NUMBER.fullmatch(number) or number in seen:
            continue
        if isinstance(text, str) and len(text) <= LONGEST_LINE and _storable(text):
            seen.add(number)
            yield SentLine(number, text, mark[:LONGEST_MARK] if isinstance(mark, str) else "")


def _storable(text: str) -> bool:
    """Say whether a text has something to read and nothing a database or a screen would choke on."""
    return bool(text.strip()) and not any(unicodedata.category(character) in _UNFIT for character in text)


def _renderer() -> ComponentRenderer:
    """Give the component, made known to the running Streamlit (a test has a new one each time)."""
    manager = get_bidi_component_manager()
    if manager.get_component_asset_root(f"{_PACKAGE}.{_NAME}") is None:
        manifest = ComponentManifest(_PACKAGE, "1", [ComponentConfig(_NAME, _PARTS.name)])
        manager.register_from_manifest(manifest, _PARTS.parent)
    return _component()


@cache
def _component() -> ComponentRenderer:
    style = (_PARTS / "line_entry.css").read_text(encoding="utf-8")
    return st.components.v2.component(f"{_PACKAGE}.{_NAME}", html=_HTML, css=style, js="line_entry.js")
