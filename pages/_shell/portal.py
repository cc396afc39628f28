"""The script behind the door: builds the navigation from the registry and runs the chosen page."""

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from locales.translator import Translator
from pages._shell import sign_in, state
from pages._shell.account_menu import account_menu
from pages._shell.page import present_session, signed_out
from pages._shell.registry import PAGES

_NARROW = "<style>[data-testid=stMainBlockContainer] { padding-left: 2.25rem; padding-right: 2.25rem; }</style>"
"""At 1366 pixels a queue needs the width that Streamlit leaves blank at both sides."""

st.set_page_config(page_title="管家 Guanjia", page_icon="🏘️", layout="wide")
session = present_session()
if session is None:
    signed_out()
state.hand_over(sign_in.current_token(), session)
words = Translator(session.actor.language)
sections: dict[str, list[StreamlitPage]] = {}
for entry in PAGES:
    if session.actor.may(entry.permission):
        page = st.Page(
            entry.script,
            title=words.t(entry.title),
            icon=f":material/{entry.icon}:",
            url_path=entry.url_path,
            default=entry is PAGES[0],
        )
        sections.setdefault(words.t(entry.section), []).append(page)
chosen = st.navigation(sections, expanded=True)
account_menu(session, words)
st.html(_NARROW)
st.html(f'<span data-language="{words.language}" hidden></span>')  # for watch.js: the words Streamlit brings along
chosen.run()
