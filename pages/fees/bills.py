"""Bills, and the units behind a figure of the overview: down to the voucher (R-026, R-051)."""

from functools import partial

import streamlit as st

from core.admin.codes import CodeList
from core.documents.tables import ColumnKind
from db.queries.bills import BillRow, BillState, BillsWanted, bills
from db.queries.fee_units import Figure
from locales.labels import enum_label
from pages._shell.code_words import code_words
from pages._shell.links import choice
from pages._shell.page import open_page
from pages._shell.panels.fee_bills import show_bill
from pages._shell.panels.fee_units import building_choice, show_units
from pages._shell.state import number_in_address
from pages._shell.tables import Column, chosen_slice, offer_export, show_table
from pages._shell.widgets import list_key

page = open_page("fees.bills")
t, words, estate = page.t, page.words, page.filter.estate_id
money = ColumnKind.MONEY


def show_bills() -> None:
    """The list of bills with its sums; a picked one shows how it came about."""
    names = code_words(page, CodeList.FEE_ITEM, CodeList.PAYMENT_METHOD)
    when, state, place, unit = st.columns([2, 2, 2, 3])
    with when:
        months = {"month": words.month(page.filter.month), "all": t("Every month")}
        month = page.filter.month if choice(page, t("Month served"), "when", months) == "month" else None
    with state:
        states = {s.value: enum_label(words, s) for s in (BillState.ALL, *list(BillState)[:3])}
        chosen = BillState(choice(page, t("State"), "state", states))
    with place:
        building = building_choice(page)
    text = unit.text_input(t("Unit"), key="unit", bind="query-params", placeholder="3-1-1202", max_chars=40) or ""
    first, last = number_in_address("from"), number_in_address("to")
    if first is not None:
        span = {"first": first, "last": last}
        days = t("%(first)s days or more", **span) if last is None else t("%(first)s to %(last)s days", **span)
        st.caption(t("Only bills overdue by %(days)s.", days=days))
    wanted = partial(BillsWanted, estate, month, chosen, building, text, first, last)
    key = list_key("bills", estate, month, chosen, building, text, first, last)
    found = page.read(bills, wanted(chosen_slice(key)))
    sums = {"amount": found.amount, "paid": found.paid, "relief": found.relief, "open": found.outstanding}
    st.markdown(t("Billed %(amount)s − paid %(paid)s − relief %(relief)s = **open %(open)s**", **sums))
    columns: list[Column[BillRow]] = [
        Column(t("Estate"), lambda row: page.estate_name(row.estate_id)),
        Column(t("Unit"), lambda row: row.unit_code),
        Column(t("Fee item"), lambda row: names.say(CodeList.FEE_ITEM, row.item)),
        Column(t("Month served"), lambda row: words.month(row.service_month)),
        Column(t("Due date"), lambda row: row.due_date, ColumnKind.DATE),
        Column(t("Billed"), lambda row: row.amount, money),
        Column(t("Paid"), lambda row: row.paid, money),
        Column(t("Still open"), lambda row: row.outstanding, money),
        Column(t("Days overdue"), lambda row: row.days_overdue or None, ColumnKind.INTEGER),
        Column(t("State"), lambda row: enum_label(words, row.state)),
    ]
    empty = t("No bill fits this filter. Widen it, or prepare a bill run for the month.")
    picked = show_table(page, found.rows, columns, key=key, total=found.total, empty=empty, opens=True)
    offer_export(page, bills, lambda s: wanted(slice=s), columns, name="bills", total=found.total, personal=False)
    if picked:
        show_bill(page, picked, names)


figure = st.query_params.get("figure", "")
show_units(page, Figure(figure)) if figure in set(Figure) else show_bills()
