"""What several fee pages share: ways to open what stands behind a figure, pickers in the address, words of codes."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, TypeVar

import streamlit as st

from core.admin.codes import CodeList
from core.kernel.identity import EstateId
from db.queries.codes import CodesWanted, codes_of
from db.unit_of_work import Operation
from pages._shell import state
from pages._shell.page import Page
from pages._shell.registry import page_entry
from pages._shell.widgets import OpenForm, leave_form

C = TypeVar("C")
R = TypeVar("R")

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


def round_of(name: str) -> str:
    """Which round of a list this is: a new one begins with no row picked, so that nobody acts on another line."""
    return state.intent(f"round.{name}")


def new_round(name: str) -> None:
    """Begin a new round, after an action on the picked row."""
    state.renew_intent(f"round.{name}")


def save_row(page: Page, name: str, act: Operation[C, R], command: C, message: str, *, form: OpenForm) -> None:
    """Carry out a command on a picked row of a list; done, the list begins a new round and the page says so."""
    if page.submit(act, command):
        leave_form(form.name)
        new_round(name)
        page.done(message)


@dataclass(frozen=True, slots=True)
class CodeWords:
    """What the company calls its codes, in the person's language; a code nobody knows is shown as it is."""

    words: Mapping[tuple[CodeList, str], str]
    in_use: Mapping[CodeList, tuple[str, ...]]

    def say(self, code_list: CodeList, code: str) -> str:
        """What a code of a list is called."""
        return self.words.get((code_list, code), code)

    def options(self, code_list: CodeList) -> dict[str, str]:
        """The codes in use with their names, in their order."""
        return {code: self.say(code_list, code) for code in self.in_use.get(code_list, ())}


def code_words(page: Page, *lists: CodeList) -> CodeWords:
    """Read the words of some code lists, retired codes too."""
    rows = page.read(codes_of, CodesWanted(lists, with_retired=True))
    words = {(row.list, row.code): row.label(page.words.language) for row in rows}
    in_use = {name: tuple(r.code for r in rows if r.list is name and r.retired_at is None) for name in lists}
    return CodeWords(words, in_use)
