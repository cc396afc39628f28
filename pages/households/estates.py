"""Estates: the list, one estate with all its fields, adding, changing and retiring (R-001)."""

from functools import partial

import streamlit as st

from core.admin.codes import CodeList
from core.customers.estate_record import EstateState
from core.documents.tables import ColumnKind
from core.kernel.identity import EstateId
from db.queries.estates import EstateRow, EstatesWanted, EstateWanted, estate_card, estates
from pages._shell.code_words import code_words
from pages._shell.page import open_page
from pages._shell.panels.estates import estate_panels, show_card, show_form, show_retirement
from pages._shell.tables import Column, chosen_slice, offer_export, show_table
from pages._shell.widgets import ROWS, choose_panel, enum_picker, list_key, opened, word_picker

page = open_page("households.estates")
words = code_words(page, CodeList.ESTATE_TYPE)
types = words.options(CodeList.ESTATE_TYPE)

searched, typed, stood = st.columns([4, 2, 2])
search = searched.text_input(
    page.t("Search"), key="estates.search", placeholder=page.t("Name, code, address or district"), max_chars=100
)
with typed:
    kind = word_picker(page, page.t("Type"), types, key="estates.type")
with stood:
    state = enum_picker(page, page.t("State"), EstateState, key="estates.state", start=EstateState.ACTIVE)

wanted = partial(EstatesWanted, search, kind, state)
key = list_key("estates", search, kind, state)
found = page.read(estates, wanted(slice=chosen_slice(key, ROWS)))

columns = [
    Column[EstateRow](page.t("Code"), lambda e: e.code),
    Column[EstateRow](page.t("Name"), lambda e: e.name),
    Column[EstateRow](page.t("District"), lambda e: e.district),
    Column[EstateRow](page.t("Type"), lambda e: words.say(CodeList.ESTATE_TYPE, e.estate_type)),
    Column[EstateRow](page.t("Buildings"), lambda e: e.buildings, ColumnKind.INTEGER),
    Column[EstateRow](page.t("Units"), lambda e: e.units, ColumnKind.INTEGER),
]
left, right = st.columns([3, 2], gap="medium")
with left:
    empty = page.t("No estate fits. Change the search, add an estate here or import a list in the import centre.")
    picked = show_table(
        page, found.rows, columns, key=key, total=found.total, empty=empty, opens=True, size=ROWS
    )  # fmt: skip
    offer_export(
        page, estates, lambda part: wanted(slice=part), columns, name="estates", total=found.total, personal=False
    )  # fmt: skip
with right:
    number = opened("show", picked.id if picked else None, place=page.filter.estate_id) or page.filter.estate_id
    card = page.read(estate_card, EstateWanted(EstateId(number))) if number else None
    panels = estate_panels(page, card)
    panel = choose_panel(page, f"estate.{number}", panels) if panels else "none"
    if panel == "card" and card:
        show_card(page, card, words)
    elif panel == "retire" and card:
        show_retirement(page, card)
    elif panel in ("edit", "new"):
        show_form(page, card if panel == "edit" else None, words)
    else:
        st.caption(page.t("Pick an estate in the list to see all of it."))
