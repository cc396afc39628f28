"""The knowledge base (知识库): ready answers by category, found, read in full, written and retired (R-108)."""

import streamlit as st

from core.admin.permissions import Permission
from core.complaints.knowledge import KnowledgeState
from db.queries.knowledge import KnowledgeEntryWanted, knowledge, knowledge_entry
from pages._shell.page import Page, live_page
from pages._shell.panels.knowledge import (
    LIST,
    knowledge_columns,
    knowledge_filters,
    knowledge_panels,
    opened_entry,
    show_edit,
    show_entry,
    show_move,
    show_new,
)
from pages._shell.tables import chosen_slice, offer_export, show_table
from pages._shell.widgets import ROWS, choose_panel, list_key, round_of


def show(page: Page) -> None:
    """The list, and the entry that is picked."""
    t = page.t

    wanted = knowledge_filters(page)
    key = list_key(LIST, wanted.args, round_of(LIST))
    found = page.read(knowledge, wanted(slice=chosen_slice(key, ROWS)))
    columns = knowledge_columns(page)
    keeps = page.actor.may(Permission.KNOWLEDGE_EDIT)
    none_yet = (
        t("No entry fits. Widen the filter, or write one below.") if keeps else t("No entry fits. Widen the filter.")
    )
    picked = show_table(page, found.rows, columns, key=key, total=found.total, empty=none_yet, opens=True, size=ROWS)
    offer_export(page, knowledge, lambda s: wanted(slice=s), columns, name=LIST, total=found.total, personal=False)

    number = opened_entry(picked, key)
    row = page.read(knowledge_entry, KnowledgeEntryWanted(number)) if number is not None else None
    panels = knowledge_panels(page, row)
    panel = choose_panel(page, f"knowledge.{number}.{row.state.value if row else ''}", panels) if panels else "none"
    with st.container(border=True):
        if panel == "new":
            show_new(page)
        elif row is None:
            st.caption(t("Pick an entry in the list to read it."))
        elif panel == "edit":
            show_edit(page, row)
        elif panel == "retire":
            show_move(page, row, KnowledgeState.RETIRED)
        elif panel == "offer":
            show_move(page, row, KnowledgeState.ACTIVE)
        else:
            show_entry(page, row)


live_page("service.knowledge", show)
