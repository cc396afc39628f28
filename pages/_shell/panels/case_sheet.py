"""One open case: its heading, and the panel somebody has chosen (R-088, R-096)."""

import streamlit as st

from core.admin.codes import CodeList
from core.kernel.identity import CaseId, EstateId
from db.queries.case_card import CaseCard, CaseWanted, case_card
from db.queries.case_rights import NextStep
from db.queries.service_details import DetailPart
from pages._shell.code_words import code_words
from pages._shell.page import Page
from pages._shell.panels.case_facts import show_case
from pages._shell.panels.case_more import more_acts, show_more
from pages._shell.panels.case_open import adds_to, back_button, case_panels, details_of, show_heading
from pages._shell.panels.case_steps import main_steps, show_next_step, show_who_is_next
from pages._shell.panels.service_clocks import show_clocks
from pages._shell.panels.service_links import show_links
from pages._shell.panels.service_photos import show_photos
from pages._shell.panels.service_timeline import show_timeline
from pages._shell.widgets import choose_panel


def show_case_sheet(page: Page, estate: EstateId, number: CaseId) -> None:
    """Show a case in the place of the list."""
    heading = back_button(page)
    card = page.read(case_card, CaseWanted(estate, number))
    show_heading(page, card, heading)
    steps = main_steps(card)
    if not steps:
        show_who_is_next(page, card)
    panels = case_panels(page, step=bool(steps), more=bool(more_acts(page, card)))
    panel = choose_panel(page, f"case.{estate}.{number}.{card.state}", panels)
    with st.container(border=True):
        _show_panel(page, card, panel, steps)


def _show_panel(page: Page, card: CaseCard, panel: str, steps: tuple[NextStep, ...]) -> None:
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
