"""Complaints and feedback (投诉与反馈): the queue by deadline, one case to its closing (R-087)."""

from dataclasses import replace

import streamlit as st

from core.admin.permissions import Permission
from db.queries.case_forecast import ForecastWanted, case_forecast
from db.queries.case_people import HandlersWanted, case_handlers
from db.queries.cases import cases
from pages._shell.page import Page, live_page
from pages._shell.panels.case_bulk import SEVERAL, pick_several, show_bulk, show_refused
from pages._shell.panels.case_open import open_picked, opened_case
from pages._shell.panels.case_queue import (
    BULK,
    LIST,
    case_filters,
    queue_columns,
    queue_key,
    show_counts,
    show_forecast,
)
from pages._shell.panels.case_sheet import show_case_sheet
from pages._shell.tables import chosen_slice, offer_export, show_table
from pages._shell.widgets import ROWS


def show(page: Page) -> None:
    """The case that is open, else the queue."""
    opened = opened_case(page)
    if opened is not None:
        show_case_sheet(page, *opened)
    else:  # no st.stop() above: it would keep the pickers' values here while the browser forgets them
        show_queue(page)


def show_queue(page: Page) -> None:
    """Figures, what runs out before the morning, filters, the list."""
    t, estate, top = page.t, page.filter.estate_id, st.container()
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
    columns = queue_columns(page, with_estate=page.names_estates, words=True)
    if bulk and estate is not None and found.rows:
        show_bulk(page, estate, pick_several(page, found, columns, key=key))
        return
    empty = t("No case fits. Widen the filter or register a matter.")
    show_table(page, found.rows, columns, key=key, total=found.total, empty=empty, on_open=open_picked, size=ROWS)
    whole = queue_columns(page, with_estate=page.names_estates, words=False)
    offer_export(page, cases, lambda part: replace(wanted, slice=part), whole, name=LIST, total=found.total,
                 personal=True)  # fmt: skip


live_page("service.cases", show)
