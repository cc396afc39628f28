"""My desk: what waits for me, the most urgent first, with the reason and the way to do it; the first run."""

import streamlit as st

from core.admin.permissions import Permission
from pages._shell.links import open_button
from pages._shell.page import open_page
from pages._shell.panels.desk import administration, first_run, gathered, show_waiting
from pages._shell.panels.desk_promises import promises

page = open_page("desk.today")
runs_portal = page.actor.may(Permission.SETTINGS_MAKE)
if runs_portal and page.actor.estates is None and first_run(page):
    st.stop()
found = gathered(page, [*(administration(page) if runs_portal else ()), *promises(page)])
st.markdown(f"#### {page.t('Waiting for you')} · {len(found)}")
if found:
    show_waiting(page, found)
else:
    st.info(page.t("Nothing waits for you. Your pages stand in the menu on the left."), icon=":material/task_alt:")
with st.container(horizontal=True):
    open_button(page, page.t("Fee overview"), "fees.overview", key="desk.overview")
    open_button(page, page.t("Take a payment"), "fees.payments", key="desk.payments")
    open_button(page, page.t("Customers"), "households.customers", key="desk.customers")
    open_button(page, page.t("Units"), "households.units", key="desk.units")
