"""A box for what the customer says, heard by the page while it is being typed: proposals need no further key.

Script and style lie in ``intake_parts`` and are served from there: the pages' policy forbids scripts sent inline.
"""

import unicodedata
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final

import streamlit as st
from streamlit.components.v2.get_bidi_component_manager import get_bidi_component_manager
from streamlit.components.v2.manifest_scanner import ComponentConfig, ComponentManifest
from streamlit.components.v2.types import ComponentRenderer

from pages._shell import state

_PACKAGE: Final = "guanjia_intake"
_NAME: Final = "said"
_PARTS: Final = Path(__file__).with_name("intake_parts")
_HTML: Final = '<label data-part="label" for="said"></label><textarea data-part="box" id="said" rows="3"></textarea>'


def text_key(form: str) -> str:
    """The key of a form's box in the session state, where the browser's text arrives."""
    return f"intake.{form}.said"


def live_text(*, form: str, label: str, hint: str, longest: int) -> str:
    """Draw the box and give what is typed in it so far; ``form`` is the number of the form it belongs to.

    The text stays when another page was looked at meanwhile.
    """
    text = _said(form, longest)
    state.keep("intake.said", {"form": form, "text": text})
    data = {"form": form, "text": text, "label": label, "hint": hint, "longest": longest}
    _renderer()(key=text_key(form), data=data)
    return text


def _said(form: str, longest: int) -> str:
    """The text of this form as the browser sent it last, else as it was kept; a browser may send anything."""
    held: object = st.session_state.get(text_key(form))
    sent: object = held.get("said") if isinstance(held, Mapping) else None
    for found in (sent, state.kept("intake.said", {})):
        if isinstance(found, Mapping) and found.get("form") == form:
            text = found.get("text")
            return _storable(text)[:longest] if isinstance(text, str) else ""
    return ""


def _storable(text: str) -> str:
    """The text without what a database or a screen would choke on."""
    return "".join(c for c in text if c in "\n\t" or unicodedata.category(c) not in {"Cc", "Cs"})


def _renderer() -> ComponentRenderer:
    """Give the component, made known to the running Streamlit (a test has a new one each time)."""
    manager = get_bidi_component_manager()
    if manager.get_component_asset_root(f"{_PACKAGE}.{_NAME}") is None:
        manifest = ComponentManifest(_PACKAGE, "1", [ComponentConfig(_NAME, _PARTS.name)])
        manager.register_from_manifest(manifest, _PARTS.parent)
    return _component()


@cache
def _component() -> ComponentRenderer:
    style = (_PARTS / "intake.css").read_text(encoding="utf-8")
    return st.components.v2.component(f"{_PACKAGE}.{_NAME}", html=_HTML, css=style, js="intake.js")
