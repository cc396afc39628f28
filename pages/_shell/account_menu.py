"""The foot of the sidebar: who is signed in, the language, the way out."""

import streamlit as st

from db.operations.sign_in import identify_by
from db.operations.users import SetLanguage, set_language
from db.portal import portal_database
from db.queries.sessions import LiveSession
from db.unit_of_work import perform
from locales.labels import label
from locales.translator import Translator
from pages._shell import clock, sign_in

LANGUAGES = {"zh_CN": "简体中文", "en": "English"}


def account_menu(session: LiveSession, words: Translator) -> None:
    """Draw the menu."""
    roles = words.t(", ").join(label(words, f"enum.Role.{role.value}") for role in sorted(session.actor.roles))
    with st.sidebar.popover(f"{session.actor.name} · {roles}", width="stretch", icon=":material/account_circle:"):
        other = "en" if session.actor.language == "zh_CN" else "zh_CN"
        if st.button(LANGUAGES[other], width="stretch", key="shell.language", icon=":material/translate:"):
            _speak(other)
        st.link_button(words.t("Sign out"), "/session/sign-out", width="stretch", icon=":material/logout:")


def _speak(language: str) -> None:
    command = SetLanguage(language)
    identify = identify_by(sign_in.current_token())
    perform(portal_database(), set_language, command, identify=identify, now=clock.now())
    st.rerun()
