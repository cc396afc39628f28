"""Improvement measures (改进措施): the queue by deadline, one measure through plan–do–check–act (R-155, R-156)."""

from functools import partial

import streamlit as st

from core.admin.permissions import Permission
from core.kernel.identity import StaffId
from db.queries.measure_forms import PeopleWanted, measure_people
from db.queries.measures import MeasuresShown, MeasuresWanted, MeasureWanted, measure_card, measures
from locales.labels import enum_label
from pages._shell.links import choice
from pages._shell.page import open_page
from pages._shell.panels.measure_figures import show_figures
from pages._shell.panels.measure_forms import show_change, show_new
from pages._shell.panels.measure_sheet import show_sheet
from pages._shell.panels.measures import (
    measure_panels,
    opened_measure,
    queue_columns,
    show_card,
    show_counts,
    show_heading,
    show_steps,
)
from pages._shell.tables import chosen_slice, offer_export, show_table
from pages._shell.widgets import ROWS, choose_panel, list_key, round_of

page = open_page("improvement.measures")
t, estate = page.t, page.filter.estate_id

top = st.container()
boxes = st.columns([2, 2, 4])
with boxes[0]:
    states = {state.value: enum_label(page.words, state) for state in MeasuresShown}
    shown = MeasuresShown(choice(page, t("Show"), "show", states))
with boxes[1]:
    people = page.read(measure_people, PeopleWanted(estate, page.may(Permission.MEASURES_MAKE)))
    names = {str(each.staff_id): each.name for each in people if each.has_measures}
    who = choice(page, t("Responsible"), "responsible", {"": t("All"), **names})
hint = t("Number, problem, measure or reference")
search = boxes[2].text_input(t("Search"), key="search", bind="query-params", placeholder=hint, max_chars=100) or ""

wanted = partial(MeasuresWanted, estate, shown, StaffId(int(who)) if who else None, search)
key = list_key("measures", estate, shown, who, search, round_of("measures"))
found = page.read(measures, wanted(chosen_slice(key, ROWS)))
with top:
    show_counts(page, found.counts)
said = (f"{states[state.value]} {page.words.integer(found.totals[state])}" for state in MeasuresShown)
st.caption(" · ".join(said))
columns = queue_columns(page, with_estate=estate is None)
empty = t("No measure fits. Widen the filter, or open one below or from a low item of a survey.")
picked = show_table(page, found.rows, columns, key=key, total=found.total, empty=empty, opens=True, size=ROWS)
offer_export(page, measures, wanted, columns, name="measures", total=found.total, personal=False)

opened = opened_measure(page, picked, key)
card = page.read(measure_card, MeasureWanted(*opened, whole=False, calendar=found.calendar)) if opened else None
seeded = "source" in st.query_params and picked is None
new = {"new": t("New measure")} if page.may(Permission.MEASURES_MAKE) else {}
shown_first, shown_last = (new, measure_panels(page, card)) if seeded else (measure_panels(page, card), new)
panels = {**shown_first, **shown_last}
panel = choose_panel(page, f"measure.{opened}.{seeded}", panels) if panels else "none"
if opened and panel in ("steps", "sheet"):
    card = page.read(measure_card, MeasureWanted(*opened, calendar=found.calendar))
with st.container(border=True):
    if card is not None and panel != "new":
        show_heading(page, card)
    if panel == "new":
        show_new(page, estate, people)
    elif card is None:
        st.caption(t("Pick a measure in the list to see more."))
    elif panel == "card":
        show_card(page, card)
    elif panel == "steps":
        show_steps(page, card)
    elif panel == "sheet":
        show_sheet(page, card)
    elif panel == "figures":
        show_figures(page, card)
    else:
        show_change(page, card, people)
