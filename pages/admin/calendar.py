"""Working calendar: a year with holidays and make-up days, and the days the company declares itself (R-009)."""

import streamlit as st

from core.admin.calendar_days import FIRST_YEAR, YEARS_AHEAD
from core.admin.permissions import Permission
from db.queries.calendar import calendar_year
from pages._shell.page import open_page
from pages._shell.panels.calendar import show_day_form, show_declared, show_year

page = open_page("admin.calendar")
last = page.today.year + YEARS_AHEAD
years = [str(year) for year in range(last, FIRST_YEAR - 1, -1)]
asked = st.query_params.get("year", "")
start = years.index(asked) if asked in years else YEARS_AHEAD
chosen = st.selectbox(page.t("Year"), years, index=start, key="calendar.year.choice", width=160)
st.query_params["year"] = chosen
year = page.read(calendar_year, int(chosen))

if not year.is_known:
    st.error(
        page.t("The holidays of %(year)s are not known: deadlines in working days may be wrong.", year=chosen),
        icon=":material/warning:",
    )
    st.caption(page.t("Declare the days of the State Council's notice. New Year's Day and 1 to 3 October complete it."))
show_year(page, year)
left, right = st.columns(2, gap="medium")
with left:
    st.markdown(f"**{page.t('Days the company declared')}**")
    show_declared(page, year)
with right:
    if page.actor.may(Permission.SETTINGS_MAKE) and page.actor.estates is None:
        st.markdown(f"**{page.t('Declare a day')}**")
        show_day_form(page, year)
    else:
        st.caption(page.t("An administrator of the whole company declares days."))
