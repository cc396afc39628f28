"""Collection ledger (收缴台账): every payment of a month, and the proof that they are what came in (R-029)."""

from functools import partial

import streamlit as st

from core.admin.codes import CodeList
from core.admin.permissions import Permission
from core.documents.tables import ColumnKind
from db.queries.payments import CollectionsWanted, PaymentRow, collections
from pages._shell.code_words import code_words
from pages._shell.links import choice, open_button
from pages._shell.page import open_page
from pages._shell.panels.fee_receipt import show_receipt
from pages._shell.tables import Column, chosen_slice, offer_export, show_table
from pages._shell.widgets import list_key

page = open_page("fees.collections")
t, words = page.t, page.words

names = code_words(page, CodeList.PAYMENT_METHOD, CodeList.FEE_ITEM)
picker, _ = st.columns([2, 6])
with picker:
    method = choice(page, t("Method"), "method", {"": t("All methods"), **names.options(CodeList.PAYMENT_METHOD)})
wanted = partial(CollectionsWanted, page.filter.estate_id, page.filter.month, method)
key = list_key("collections", page.filter, method)
ledger = page.read(collections, wanted(chosen_slice(key)))

said = t(
    "Taken %(taken)s − reversed %(reversed)s − refunded %(refunded)s = came in %(net)s.",
    taken=ledger.taken,
    reversed=ledger.reversed,
    refunded=ledger.refunded,
    net=ledger.net,
)
if ledger.balances:
    st.success(said + " " + t("It agrees with the daily receipts of the overview."), icon=":material/balance:")
else:
    wrong = t("It does not balance: the daily receipts say %(sum)s. Tell the accountant.", sum=ledger.rolled_up)
    st.error(said + " " + wrong, icon=":material/error:")

columns: list[Column[PaymentRow]] = [
    Column(t("Receipt"), lambda row: row.receipt_no, ColumnKind.INTEGER),
    Column(t("Received at"), lambda row: row.received_at, ColumnKind.INSTANT),
    Column(t("Estate"), lambda row: page.estate_name(row.estate_id)),
    Column(t("Unit"), lambda row: row.unit_code),
    Column(t("Payer"), lambda row: row.payer),
    Column(t("Amount"), lambda row: row.amount, ColumnKind.MONEY),
    Column(t("Method"), lambda row: names.say(CodeList.PAYMENT_METHOD, row.method)),
    Column(t("Clerk"), lambda row: row.clerk),
    Column(t("Reversed on"), lambda row: row.reversed_on, ColumnKind.DATE),
]
empty = t("No payment in this month with this filter. Choose another month or method.")
picked = show_table(page, ledger.rows, columns, key=key, total=ledger.total, empty=empty, opens=True)
offer_export(
    page, collections, lambda s: wanted(slice=s), columns, name="collections", total=ledger.total, personal=True
)
if picked:
    show_receipt(page, picked.estate_id, picked.payment_id, names)
    if picked.reversed_on is None and page.actor.may_at(Permission.REVERSALS_ASK, picked.estate_id):
        address = {"payment": picked.payment_id, "of": picked.estate_id}
        text = t("Ask for a reversal")
        open_button(page, text, "fees.requests", key="open.reversal", estate=picked.estate_id, **address)
