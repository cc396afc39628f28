"""The counter's view of a unit: who is there, what is open, what was paid lately."""

import streamlit as st

from core.admin.codes import CodeList
from core.admin.permissions import Permission
from core.documents.tables import ColumnKind
from core.fees.allocation import OpenBill
from core.fees.payments import DEFAULT_METHODS
from db.queries.counter import CounterUnit
from db.queries.payments import PaymentRow
from pages._shell.code_words import CodeWords
from pages._shell.links import open_button, plain
from pages._shell.page import Page
from pages._shell.tables import Column, show_table


def method_options(names: CodeWords) -> dict[str, str]:
    """The methods in use with their names; those a new company starts with while the list is empty (R-025)."""
    known = names.options(CodeList.PAYMENT_METHOD)
    return known or {code: names.say(CodeList.PAYMENT_METHOD, code) for code in DEFAULT_METHODS}


def bill_name(page: Page, bill: OpenBill, names: CodeWords) -> str:
    """One open bill in a few words."""
    item = names.say(CodeList.FEE_ITEM, bill.item)
    return f"{page.words.month(bill.service_month)} {item} {page.words.money(bill.outstanding)}"


def show_unit(page: Page, unit: CounterUnit, names: CodeWords) -> None:
    """Show what the counter needs to know before it takes money; credit may be asked back from here."""
    t = page.t
    people = t(", ").join(
        f"{person.name} ({page.label(f'enum.Relation.{person.relation}')})" for person in unit.occupants
    )
    st.markdown(f"##### {plain(unit.code)} · {plain(unit.estate_name)}")
    st.text(people or t("Nobody is registered for this unit."))
    due, credit = st.columns(2)
    due.metric(t("Open in all"), page.words.money(unit.due), border=True)
    credit.metric(t("Paid ahead"), page.words.money(unit.credit), border=True)
    left, right = st.columns(2)
    with left:
        st.caption(t("Open bills, oldest first"))
        bills: list[Column[OpenBill]] = [
            Column(t("Month served"), lambda row: page.words.month(row.service_month)),
            Column(t("Fee item"), lambda row: names.say(CodeList.FEE_ITEM, row.item)),
            Column(t("Due date"), lambda row: row.due_date, ColumnKind.DATE),
            Column(t("Still open"), lambda row: row.outstanding, ColumnKind.MONEY),
        ]
        show_table(
            page, unit.bills, bills, key="counter.bills", empty=t("Nothing is open. Money taken now is paid ahead.")
        )
    with right:
        st.caption(t("Latest payments"))
        payments: list[Column[PaymentRow]] = [
            Column(t("Receipt"), lambda row: row.receipt_no, ColumnKind.INTEGER),
            Column(t("Day"), lambda row: row.business_date, ColumnKind.DATE),
            Column(t("Amount"), lambda row: row.amount, ColumnKind.MONEY),
            Column(t("Method"), lambda row: names.say(CodeList.PAYMENT_METHOD, row.method)),
            Column(t("Reversed on"), lambda row: row.reversed_on, ColumnKind.DATE),
        ]
        show_table(page, unit.payments, payments, key="counter.payments", empty=t("Nothing has been paid yet."))
    if unit.credit and page.actor.may_at(Permission.REFUNDS_ASK, unit.estate_id):
        said, where = t("Ask for a refund"), {"refund": unit.unit_id, "of": unit.estate_id}
        open_button(page, said, "fees.requests", key="open.refund", estate=unit.estate_id, **where)
