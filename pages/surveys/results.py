"""Survey results: the answer first, then questions, groups, comments, third parties, report (R-140 to R-154)."""

import streamlit as st

from core.admin.permissions import Permission
from db.queries.survey_results import RoundFactsWanted, round_facts
from pages._shell.page import open_page
from pages._shell.panels.survey_external import show_external
from pages._shell.panels.survey_figures import Against
from pages._shell.panels.survey_groups import show_groups, show_overview
from pages._shell.panels.survey_items import show_dimensions, show_items, show_low_items, show_other_answers
from pages._shell.panels.survey_opinions import show_opinions
from pages._shell.panels.survey_report import offer_report
from pages._shell.panels.survey_results import choose_round, show_figures, show_heading, show_warnings
from pages._shell.widgets import choose_panel

page = open_page("surveys.results")
t = page.t

place, way = st.columns([2, 3], vertical_alignment="bottom")
with place:
    chosen = choose_round(page)
if chosen is None:
    show_overview(page)
    st.stop()
tabs = {"scores": t("Scores"), "groups": t("Groups"), "words": t("Open answers"), "others": t("Third party")}
if page.actor.may_at(Permission.EXPORT_TABLES, chosen.estate_id):
    tabs["report"] = t("Report")
with way:
    shown = choose_panel(page, "surveys.results", tabs)
show_heading(page, chosen)
if shown == "groups":
    show_groups(page, chosen)
elif shown == "words":
    show_opinions(page, chosen)
elif shown == "others":
    show_external(page, chosen.estate_id)
else:
    facts = page.read(round_facts, RoundFactsWanted(chosen))
    results = facts.results()
    if shown == "report":
        offer_report(page, chosen, results)
        st.stop()
    is_running = page.today <= chosen.last_day
    against = Against(chosen.previous.name if chosen.previous else "", facts.changes(), is_running)
    show_figures(page, results, against)
    show_warnings(page, results)
    if results.hidden:
        st.stop()
    show_items(page, results, against, chosen)
    show_low_items(page, results, chosen)
    show_dimensions(page, results, against)
    show_other_answers(page, results)
