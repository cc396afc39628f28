"""Service requests (报事报修): the queue by deadline, one request through its five steps (R-111 to R-118)."""

from dataclasses import replace
from functools import partial

import streamlit as st

from db.queries.work_orders import OrdersShown, work_orders
from db.queries.work_people import OrderHandlersWanted, order_handlers
from locales.labels import enum_label
from pages._shell.page import Page, live_page
from pages._shell.panels.order_queue import (
    LIST,
    filter_mark,
    new_button,
    open_picked,
    opened_order,
    order_filters,
    queue_columns,
    show_counts,
)
from pages._shell.panels.order_sheet import show_order
from pages._shell.tables import chosen_slice, offer_export, show_table
from pages._shell.widgets import ROWS, list_key, round_of


def show(page: Page) -> None:
    """The request that is open, else the queue."""
    opened = opened_order(page)
    if opened is not None:
        show_order(page, *opened)
    else:  # no st.stop() above: it would keep the pickers' values here while the browser forgets them
        show_queue(page)


def show_queue(page: Page) -> None:
    """Figures, filters, the list."""
    top = st.container()
    handlers = page.read(order_handlers, OrderHandlersWanted(page.filter.estate_id))
    wanted = order_filters(page, handlers)
    key = list_key(LIST, filter_mark(wanted), round_of(LIST))
    found = page.read(work_orders, replace(wanted, slice=chosen_slice(key, ROWS)))
    with top:
        show_counts(page, found.counts)
    counted = ((one, getattr(found.counts, one.value)) for one in OrdersShown)
    st.caption(" · ".join(f"{enum_label(page.words, one)} {page.words.integer(count)}" for one, count in counted))

    columns = queue_columns(page, wanted, found.form, words=True)
    empty = page.t("No request fits. Widen the filter, or take in a new one.")
    show_table(page, found.rows, columns, key=key, total=found.total, empty=empty, on_open=open_picked, size=ROWS)
    with st.container(horizontal=True):
        new_button(page)
        shown = queue_columns(page, wanted, found.form, words=False)
        asked = partial(replace, wanted)
        offer_export(
            page, work_orders, lambda rows: asked(slice=rows), shown, name="requests", total=found.total, personal=True
        )


live_page("service.requests", show)
