"""Customers of the chosen estate: masked list, one customer with units, forms, opening with a reason (R-003, R-004)."""

from functools import partial

import streamlit as st

from core.customers.profiles import CareFlag, Relation
from core.kernel.identity import CustomerId
from db.operations.customers import NoteContactSearch, note_contact_search
from db.queries.customers import (
    CustomerRow,
    CustomersWanted,
    CustomerWanted,
    customer_card,
    customers,
    is_contact_search,
)
from locales.labels import enum_label
from pages._shell.page import open_page
from pages._shell.panels.customers import (
    care_text,
    customer_panels,
    show_card,
    show_care_form,
    show_form,
    show_new_form,
    show_reveal_form,
    show_units_forms,
)
from pages._shell.tables import Column, chosen_slice, offer_export, show_table
from pages._shell.widgets import ROWS, choose_panel, enum_picker, is_news, list_key, opened

page = open_page("households.customers")
estate = page.need_estate()

boxes = st.columns([5, 2, 2])
search = boxes[0].text_input(
    page.t("Search"),
    st.query_params.get("search", ""),
    key="customers.search",
    max_chars=100,
    placeholder=page.t("Whole name, whole phone number, last four digits, or unit"),
    help=page.t("Names and numbers are stored sealed, so parts of a name or number cannot be searched."),
)
with boxes[1]:
    relation = enum_picker(page, page.t("Relation"), Relation, key="customers.relation")
with boxes[2]:
    care = enum_picker(page, page.t("Special care"), CareFlag, key="customers.care")
is_new = is_contact_search(search) and is_news("customers.search", f"{estate} {search}")
if is_new and not page.submit(note_contact_search, NoteContactSearch(search, estate)):
    st.stop()

wanted = partial(CustomersWanted, estate, care, relation, search)
key = list_key("customers", estate, care, relation, search)
found = page.read(customers, wanted(slice=chosen_slice(key, ROWS)))

columns = [
    Column[CustomerRow](page.t("Full name"), lambda c: c.name),
    Column[CustomerRow](page.t("Phone"), lambda c: c.phone),
    Column[CustomerRow](
        page.t("Units today"),
        lambda c: page.t(", ").join(f"{u.code} {enum_label(page.words, u.relation)}" for u in c.units),
    ),
    Column[CustomerRow](page.t("Special care"), lambda c: care_text(page, c.care)),
]
left, right = st.columns([3, 2], gap="medium")
with left:
    empty = page.t("Nobody fits. Search a whole name or number, or add a customer here or in the import centre.")
    picked = show_table(page, found.rows, columns, key=key, total=found.total, empty=empty, opens=True, size=ROWS)
    count = found.total
    offer_export(page, customers, lambda p: wanted(slice=p), columns, name="customers", total=count, personal=True)
with right:
    number = opened("customer", picked.id if picked else None, place=estate)
    card = page.read(customer_card, CustomerWanted(estate, CustomerId(number))) if number else None
    panels = customer_panels(page, card)
    panel = choose_panel(page, f"customer.{estate}.{number}", panels) if panels else "none"
    if panel == "new":
        show_new_form(page, estate)
    elif card is None:
        st.caption(page.t("Pick a customer in the list to see more."))
    elif panel == "card":
        show_card(page, card)
    elif panel == "units":
        show_units_forms(page, card)
    elif panel == "edit":
        show_form(page, card)
    elif panel == "care":
        show_care_form(page, card)
    elif panel == "reveal":
        show_reveal_form(page, card)
