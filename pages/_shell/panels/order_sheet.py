"""One open request in place of the list: its head and the panel that was chosen (R-112)."""

from functools import partial

import streamlit as st

from core.admin.codes import CodeList
from core.admin.permissions import Permission
from core.kernel.identity import EstateId, WorkOrderId
from db.queries.service_details import DetailPart
from db.queries.work_order_card import OrderCard
from pages._shell.code_words import code_words
from pages._shell.page import Page
from pages._shell.panels.order_drafts import show_drafts
from pages._shell.panels.order_heading import read_card
from pages._shell.panels.order_more import show_more
from pages._shell.panels.order_request import show_request
from pages._shell.panels.order_steps import show_next
from pages._shell.panels.order_visits import show_visits
from pages._shell.panels.order_words import details_of
from pages._shell.panels.service_clocks import show_clocks
from pages._shell.panels.service_links import show_links
from pages._shell.panels.service_photos import show_photos
from pages._shell.panels.service_timeline import show_timeline


def show_order(page: Page, estate: EstateId, order: WorkOrderId) -> None:
    """The request, and what the person wants to see or do of it."""
    card, panel = read_card(page, estate, order)
    codes = partial(code_words, page, CodeList.DEPARTMENT, CodeList.POST)
    if panel == "next":
        show_next(page, card, codes)
    elif panel == "visit":
        show_visits(page, card)
    elif panel == "more":
        show_more(page, card, codes)
    elif panel == "drafts":
        show_drafts(page, card)
    else:
        with st.container(border=True):
            if panel == "request":
                show_request(page, card, codes())
            else:
                _show_part(page, card, panel)


def _show_part(page: Page, card: OrderCard, panel: str) -> None:
    """What hangs on the record: the same for requests and complaints."""
    details, adds = details_of(page, card.row, DetailPart(panel)), _adds(page, card)
    if panel == DetailPart.TIMELINE:
        show_timeline(page, details, code_words(page, CodeList.DEPARTMENT))
    elif panel == DetailPart.CLOCKS:
        show_clocks(page, details, code_words(page, CodeList.PAUSE_REASON), adds=adds)
    elif panel == DetailPart.PHOTOS:
        show_photos(page, details, adds=adds)
    else:
        show_links(page, details, adds=adds)


def _adds(page: Page, card: OrderCard) -> bool:
    """Whether the person may add to the record: who works on requests or takes them in."""
    adds = (Permission.ORDERS_WORK, Permission.ORDERS_REGISTER)
    return any(page.actor.may_at(permission, card.row.estate_id) for permission in adds)
