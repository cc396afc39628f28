"""My account: where I am signed in, my password, my language (7.5.2)."""

import streamlit as st

from db.operations.users import LANGUAGES, SetLanguage, set_language
from db.queries.sessions import SessionsOf, open_sessions
from pages._shell.account_menu import LANGUAGES as LANGUAGE_NAMES
from pages._shell.page import open_page
from pages._shell.panels.users import estate_names, role_names, show_sessions
from pages._shell.widgets import show_facts

page = open_page("admin.account")
me = page.session
left, right = st.columns([2, 3], gap="large")
with left:
    show_facts(
        page,
        [
            (page.t("Full name"), me.display_name),
            (page.t("User name"), me.username),
            (page.t("Roles"), role_names(page, sorted(me.actor.roles))),
            (page.t("Estates"), estate_names(page, None if me.actor.estates is None else sorted(me.actor.estates))),
        ],
    )
    st.link_button(page.t("Change the password"), "/session/change-password", icon=":material/password:")
    language = st.radio(
        page.t("Language"),
        LANGUAGES,
        index=LANGUAGES.index(me.actor.language) if me.actor.language in LANGUAGES else 0,
        format_func=lambda code: LANGUAGE_NAMES.get(code, code),
        horizontal=True,
        key=f"account.language.{me.actor.language}",  # the menu may change it too
    )
    if language != me.actor.language and page.submit(set_language, SetLanguage(language)):
        st.rerun()
with right:
    st.caption(page.t("A sign-in ends after 15 minutes without use and after 8 hours at the latest."))
    show_sessions(page, page.read(open_sessions, SessionsOf()), present=me.session_id)
