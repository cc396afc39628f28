"""Small parts that the record pages share: the open record, forms that keep what was typed, facts, typed figures."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from hashlib import sha256
from typing import Any, TypeVar

import streamlit as st

from core.imports.quantities import Measure, decimal_of
from db.unit_of_work import Operation
from locales.labels import enum_label
from pages._shell import state
from pages._shell.page import Page

C = TypeVar("C")
R = TypeVar("R")
E = TypeVar("E", bound=StrEnum)
ROWS = 10
"""Rows of a list beside its detail panel: what a laptop shows without scrolling."""

_LARGEST = Decimal(10**10)


def opened(name: str, picked: int | None, place: object = "") -> int | None:
    """Which record's panel is open: the row picked in the list, else the one the address names (``?unit=12``).

    A row let go, or another ``place`` (the estate the numbers belong to), closes it.
    """
    key = f"opened.{name}"
    before = st.session_state.get(key)
    if picked is not None:
        state.open_record(**{name: picked})
    elif before is not None and (before[0] != place or before[1] is not None):
        state.close_record(name)
    st.session_state[key] = (place, picked)
    return state.number_in_address(name)


def list_key(name: str, *wanted: object) -> str:
    """A name for a list under one filter: another filter begins on its first page, with no row picked."""
    return f"{name}.{sha256(repr(wanted).encode()).hexdigest()[:10]}"


def is_news(name: str, text: str) -> bool:
    """Say whether a text differs from the one last told under this name; only its hash is kept."""
    key, told = f"told.{name}", sha256(text.encode()).hexdigest()
    is_new = st.session_state.get(key) != told
    st.session_state[key] = told
    return is_new


def choose_panel(page: Page, name: str, panels: Mapping[str, str]) -> str:
    """Let the person choose what the panel beside the list shows; the first is shown at the beginning."""
    title = page.t("Show")
    chosen: str = st.segmented_control(
        title, list(panels), default=next(iter(panels)), format_func=lambda code: panels[code], required=True,
        key=f"panel.{name}", label_visibility="collapsed", wrap=True,
    )  # fmt: skip
    return chosen


def show_facts(page: Page, facts: Sequence[tuple[str, object]], *, columns: int = 2) -> None:
    """Show what is known as small headings with values; what is not known is left out. Values are plain text."""
    known = [(title, _in_words(page, value)) for title, value in facts if value not in (None, "")]
    places = [column.container(gap="xsmall") for column in st.columns(columns)]
    for number, (title, text) in enumerate(known):
        with places[number % columns].container(gap=None):
            st.caption(title)
            st.text(text)


def _in_words(page: Page, value: object) -> str:
    if isinstance(value, bool):
        return page.t("yes") if value else page.t("no")
    return page.words.integer(value) if isinstance(value, int) else page.words.value(value)


@dataclass(frozen=True, slots=True)
class OpenForm:
    """A form as it was opened: which round of it, the record's version then and now."""

    name: str
    round: int
    version: int
    present: int

    def key(self, field: str) -> str:
        """The key of one of the form's widgets."""
        return f"{self.name}#{self.round}.{field}"


def open_form(name: str, version: int = 0) -> OpenForm:
    """Begin a form, or go on with it: its widgets keep what was typed, and the version stays the one first shown.

    A form that was left or carried out begins anew, with empty fields and the present version (R-196).
    """
    key = f"form.{name}"
    number, shown = st.session_state.get(key, (0, None))
    going_on = any(str(widget).startswith(f"{name}#{number}.") for widget in st.session_state)
    if shown is None or not going_on:
        shown = version
    st.session_state[key] = (number, shown)
    return OpenForm(name, number, shown, version)


def leave_form(name: str) -> None:
    """Forget what was typed into a form."""
    key = f"form.{name}"
    st.session_state[key] = (st.session_state.get(key, (0, None))[0] + 1, None)


def warn_if_stale(page: Page, form: OpenForm) -> None:
    """Say that somebody else changed the record since the form was opened, and offer the new values."""
    if form.version == form.present:
        return
    st.warning(
        page.t("Somebody else has changed this record since you opened it. What you typed is kept, but not saved."),
        icon=":material/sync_problem:",
    )
    st.button(
        page.t("Show the new values"), key=form.key("reload"), icon=":material/refresh:",
        on_click=leave_form, args=(form.name,),
    )  # fmt: skip


def save(
    page: Page, act: Operation[C, R], command: C, message: str, *, form: OpenForm | None = None, beside: str = ""
) -> None:
    """Carry out a form's command. Done: the form is forgotten and the page says so; refused: everything typed stays.

    ``beside`` names another form of the same record, which begins anew too: one's own change is no news to it.
    """
    if page.submit(act, command):
        for name in filter(None, (form.name if form else "", beside)):
            leave_form(name)
        page.done(message)


def confirmed(page: Page, form: OpenForm, *, says: str, button: str) -> bool:
    """Ask before something that is not taken back: a sentence, a box to tick, a button."""
    with st.form(form.key("confirm"), enter_to_submit=False):
        st.text(says)
        sure = st.checkbox(page.t("Yes, I am sure"), key=form.key("sure"))
        sent = st.form_submit_button(button, type="primary", key=form.key("send"))
        if sent and not sure:
            st.error(page.t("Tick the box first, then press the button again."), icon=":material/check_box:")
    return sent and sure


def send_button(page: Page, form: OpenForm, label: str | None = None) -> bool:
    """The button that sends a form."""
    return st.form_submit_button(label or page.t("Save"), type="primary", key=form.key("send"))


def code_picker(
    label: str, options: Mapping[str, str], kept: str | None, *, key: str, none: str | None = None
) -> str | None:
    """A picker of codes by their words; ``kept`` stays on offer when it is retired, ``none`` names the empty choice."""
    codes: list[str | None] = [None, *options] if none is not None else list(options)
    if kept and kept not in options:
        codes.append(kept)
    index = codes.index(kept) if kept in codes else 0
    return st.selectbox(
        label, codes, index=index, format_func=lambda c: none or "" if c is None else options.get(c, c), key=key
    )


def typed_figure(
    page: Page, label: str, stored: int | None, *, decimals: int, key: str
) -> Callable[[], tuple[int | None, bool]]:
    """A box for a figure kept as a whole number of 10^-``decimals``, empty for unknown; never a float.

    Call what it gives once the form was sent: the figure, and whether it could be read – if not, that is said at the
    field.
    """
    start = "" if stored is None else _figure_text(stored, decimals)
    typed = st.text_input(label, value=start, key=key, max_chars=24)
    below = st.empty()
    return lambda: _read_figure(page, typed, decimals, below)


def _figure_text(stored: int, decimals: int) -> str:
    """Two decimals as they are; of more, those that say something (2.68, not 2.680000)."""
    text = f"{Decimal(stored).scaleb(-decimals):f}"
    return text.rstrip("0").rstrip(".") if decimals > 2 else text


def _read_figure(page: Page, typed: str, decimals: int, below: Any) -> tuple[int | None, bool]:
    reading = decimal_of(typed, measure=Measure(decimals=decimals, largest=_LARGEST, units=frozenset()))
    if isinstance(reading.value, Decimal):
        return int(reading.value.scaleb(decimals)), True
    if reading.trouble is None:
        return None, True
    hint = page.t("Write a number from 0 up with at most %(decimals)s decimals.", decimals=decimals)
    below.error(hint if decimals else page.t("Write a whole number from 0 up."))
    return None, False


def period_text(page: Page, start: date | None, end: date | None) -> str:
    """Write from when up to when something holds; ``end`` is exclusive, an open side is a dash."""
    first, last = (page.words.date(day) if day else "" for day in (start, end))
    return f"{first} – {last}"


def enum_picker(page: Page, label: str, members: type[E], *, key: str, start: E | None = None) -> E | None:
    """A picker of an enum's members by their words, or of all of them (``None``)."""
    names = {member.value: enum_label(page.words, member) for member in members}
    chosen = word_picker(page, label, names, key=key, start=start.value if start else "")
    return members(chosen) if chosen else None


def word_picker(page: Page, label: str, names: Mapping[str, str], *, key: str, start: str = "") -> str | None:
    """A picker of codes by their words, or of all of them (``None``)."""
    codes = ["", *names]
    chosen = st.selectbox(
        label, codes, index=codes.index(start), format_func=lambda code: names.get(code, page.t("All")), key=key
    )
    return chosen or None


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
