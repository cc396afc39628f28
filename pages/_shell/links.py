"""Ways from page to page: a name shown letter for letter, a button that opens a page, a choice in the address."""

import re
from collections.abc import Mapping
from typing import Final

import streamlit as st

from core.kernel.identity import EstateId
from pages._shell import state
from pages._shell.page import Page
from pages._shell.registry import page_entry

_SIGNS: Final = re.compile(r"([\\`*_{}\[\]()#+.!|<>~:$-])")


def plain(text: str) -> str:
    """Write a name from the data so that headings and buttons show it letter for letter, never as a link or picture."""
    return _SIGNS.sub(r"\\\1", text)


def open_button(
    page: Page, text: str, target: str, *, key: str, estate: EstateId | None = None, **address: object
) -> None:
    """A quiet button that opens another page with the same filter and more of an address.

    ``estate`` opens it for that estate instead of the chosen one. Not offered to who may not open the page.
    """
    entry = page_entry(target)
    if not page.actor.may(entry.permission):
        return
    if st.button(text, key=key, type="tertiary", icon=":material/arrow_forward:", icon_position="right"):
        wanted = {name: str(value) for name, value in address.items() if value is not None}
        place = page.filter.estate_id if estate is None else estate
        code = next((option.code for option in page.estates if option.id == place), None)
        known = {"month": str(page.filter.month), **({"estate": code} if code else {})}
        st.switch_page(entry.script, query_params={**known, **wanted})


def choice(page: Page, text: str, name: str, options: Mapping[str, str]) -> str:
    """A picker whose code stands in the address, so that it can be sent to a colleague; the first is the default."""
    first = next(iter(options))
    code = st.query_params.get(name, first)
    key = f"{page.entry.key}.{name}"
    state.set_picker(key, code if code in options else first)
    st.selectbox(
        text, list(options), key=key, format_func=options.__getitem__, on_change=_take, args=(name, key, first)
    )
    return str(st.session_state[key])


def _take(name: str, key: str, first: str) -> None:
    """Take what was picked over into the address (a callback: runs before the page)."""
    picked = st.session_state[key]
    if picked == first:
        st.query_params.pop(name, None)
    else:
        st.query_params[name] = picked
