"""Complaints and feedback (投诉与反馈): the queue by deadline, one case to its closing (R-087)."""

from dataclasses import replace

import streamlit as st

from core.admin.codes import CodeList
from core.admin.permissions import Permission
from db.queries.case_card import CaseWanted, case_card
from db.queries.case_forecast import ForecastWanted, case_forecast
from db.queries.case_people import HandlersWanted, case_handlers
from db.queries.cases import cases
from db.queries.service_details import DetailPart
from pages._shell.code_words import code_words
from pages._shell.page import open_page
from pages._shell.panels.case_bulk import SEVERAL, pick_several, show_bulk, show_refused
from pages._shell.panels.case_facts import show_case
from pages._shell.panels.case_more import more_acts, show_more
from pages._shell.panels.case_open import (
    adds_to,
    back_button,
    case_panels,
    details_of,
    open_picked,
    opened_case,
    show_heading,
)
from pages._shell.panels.case_queue import (
    BULK,
    LIST,
    case_filters,
    queue_columns,
    queue_key,
    show_counts,
    show_forecast,
)
from pages._shell.panels.case_steps import main_steps, show_next_step, show_who_is_next
from pages._shell.panels.service_clocks import show_clocks
from pages._shell.panels.service_links import show_links
from pages._shell.panels.service_photos import show_photos
from pages._shell.panels.service_timeline import show_timeline
from pages._shell.tables import chosen_slice, offer_export, show_table
from pages._shell.widgets import ROWS, choose_panel

page = open_page("service.cases")
t, estate, opened = page.t, page.filter.estate_id, opened_case(page)

if opened is not None:
    heading = back_button(page)
    card = page.read(case_card, CaseWanted(*opened))
    show_heading(page, card, heading)
    steps = main_steps(card)
    if not steps:
        show_who_is_next(page, card)
    panels = case_panels(page, step=bool(steps), more=bool(more_acts(page, card)))
    panel = choose_panel(page, f"case.{opened}.{card.state}", panels)
    with st.container(border=True):
        if panel == "step":
            show_next_step(page, card, steps)
        elif panel == "case":
            show_case(page, card, code_words(page, CodeList.DEPARTMENT))
        elif panel == "more":
            show_more(page, card)
        elif panel == "timeline":
            show_timeline(page, details_of(page, card, DetailPart.TIMELINE), code_words(page, CodeList.DEPARTMENT))
        elif panel == "clocks":
            reasons = code_words(page, CodeList.PAUSE_REASON)
            show_clocks(page, details_of(page, card, DetailPart.CLOCKS), reasons, adds=adds_to(page, card))
        elif panel == "photos":
            show_photos(page, details_of(page, card, DetailPart.PHOTOS), adds=adds_to(page, card))
        else:
            links = details_of(page, card, DetailPart.LINKS)
            show_links(page, links, adds=adds_to(page, card), unit_code=card.unit_code)
    st.stop()

top = st.container()
assigns = estate is not None and page.may(Permission.CASES_ASSIGN)
bulk = assigns and bool(st.session_state.get(BULK))
handlers = page.read(case_handlers, HandlersWanted(estate)) if page.may(Permission.CASES_ALL) else ()
wanted = case_filters(page, handlers, assigns=assigns, bulk=bulk)
key = queue_key(wanted)
found = page.read(cases, replace(wanted, slice=chosen_slice(key, SEVERAL if bulk else ROWS)))
with top:
    show_counts(page, found.counts)
    if not bulk:
        show_forecast(page, page.read(case_forecast, ForecastWanted(estate)))
if assigns:
    show_refused(page)
columns = queue_columns(page, with_estate=estate is None, words=True)
if bulk and estate is not None and found.rows:
    show_bulk(page, estate, pick_several(page, found, columns, key=key))
else:
    empty = t("No case fits. Widen the filter or register a matter.")
    picked = show_table(page, found.rows, columns, key=key, total=found.total, empty=empty, opens=True, size=ROWS)
    open_picked(picked)
    whole = queue_columns(page, with_estate=estate is None, words=False)
    offer_export(page, cases, lambda part: replace(wanted, slice=part), whole, name=LIST, total=found.total,
                 personal=True)  # fmt: skip
