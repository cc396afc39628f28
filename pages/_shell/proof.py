"""The password again, before money is taken back, a contact is opened or a list leaves the house (T31)."""

from datetime import datetime
from typing import NoReturn

import streamlit as st

from core.kernel.errors import BusinessError
from db.operations.sign_in import ProveAgain, prove_again
from db.unit_of_work import Database
from locales.labels import error_sentence
from locales.translator import Translator
from pages._shell import sign_in, state

_ASKED = "shell.proof"


def ask() -> NoReturn:
    """Have the next run ask for the password; what was typed in the page's own forms stays."""
    st.session_state[_ASKED] = True
    st.rerun()


def show_form(database: Database, token: str, words: Translator, now: datetime) -> None:
    """Show the password form where one was asked for."""
    if not st.session_state.get(_ASKED):
        return
    with st.form("shell.proof.form", enter_to_submit=True):
        st.write(words.t("Please type your password again, then repeat what you wanted to do."))
        left, middle, right = st.columns([3, 1, 1], vertical_alignment="bottom")
        password = left.text_input(words.t("Password"), type="password", autocomplete="current-password")
        confirmed = middle.form_submit_button(words.t("Confirm"), type="primary", width="stretch")
        dropped = right.form_submit_button(words.t("Cancel"), width="stretch")
    if dropped:
        _done("")
    if confirmed and password:
        try:
            prove_again(database, ProveAgain(token, password, sign_in.present_address()), now=now)
        except BusinessError as error:
            st.error(error_sentence(words, error), icon=":material/block:")
            return
        _done(words.t("Thank you. For ten minutes you need not type it again."))


def _done(message: str) -> NoReturn:
    st.session_state.pop(_ASKED, None)
    if message:
        state.put_outcome(message)
    st.rerun()
