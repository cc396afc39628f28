"""Reversals and refunds: one person asks, another decides (R-027, R-028)."""

from functools import partial

import streamlit as st

from core.admin.codes import CodeList
from core.admin.permissions import Permission
from core.documents.tables import ColumnKind
from core.kernel.identity import EstateId, PaymentId, UnitId
from db.queries.money_requests import RequestRow, RequestsWanted, money_requests
from locales.labels import enum_label
from pages._shell.code_words import code_words
from pages._shell.links import choice
from pages._shell.page import open_page
from pages._shell.panels.fee_requests import ask_for_refund, ask_for_reversal, decide
from pages._shell.state import number_in_address
from pages._shell.tables import Column, chosen_slice, offer_export, show_table
from pages._shell.widgets import list_key, round_of

page = open_page("fees.requests")
t, words = page.t, page.words
names = code_words(page, CodeList.PAYMENT_METHOD, CodeList.FEE_ITEM)

estate, payment, unit = (number_in_address(name) for name in ("of", "payment", "refund"))
if estate is not None and payment is not None:
    ask_for_reversal(page, EstateId(estate), PaymentId(payment), names)
elif estate is not None and unit is not None and page.may(Permission.REFUNDS_ASK):
    ask_for_refund(page, EstateId(estate), UnitId(unit), names)

picker, _ = st.columns([2, 6])
with picker:
    show = choice(page, t("Show"), "show", {"waiting": t("Waiting for a decision"), "decided": t("Decided")})
waiting = show == "waiting"
wanted = partial(RequestsWanted, page.filter.estate_id, waiting)
key = list_key("requests", page.filter.estate_id, show, round_of("requests"))
found = page.read(money_requests, wanted(chosen_slice(key)))

columns: list[Column[RequestRow]] = [
    Column(t("Asked at"), lambda row: row.asked_at, ColumnKind.INSTANT),
    Column(t("Kind"), lambda row: enum_label(words, row.kind)),
    Column(t("Estate"), lambda row: row.estate_name),
    Column(t("Unit"), lambda row: row.unit_code),
    Column(t("Receipt"), lambda row: row.receipt_no, ColumnKind.INTEGER),
    Column(t("Amount"), lambda row: row.amount, ColumnKind.MONEY),
    Column(t("Reason"), lambda row: row.reason),
    Column(t("Asked by"), lambda row: row.asked_by_name),
    Column(t("State"), lambda row: enum_label(words, row.state)),
]
if not waiting:
    columns += [
        Column(t("Decided by"), lambda row: row.decided_by_name),
        Column(t("Decided at"), lambda row: row.decided_at, ColumnKind.INSTANT),
        Column(t("Note"), lambda row: row.decision_note),
    ]
nothing = t(
    "Nothing waits for a decision. A reversal is asked for from the collection ledger, a refund at the counter."
)
empty = nothing if waiting else t("Nothing has been decided yet.")
picked = show_table(page, found.rows, columns, key=key, total=found.total, empty=empty, opens=waiting)
offer_export(
    page, money_requests, lambda s: wanted(slice=s), columns, name="money-requests", total=found.total, personal=False
)
if picked:
    decide(page, picked)
elif found.rows and waiting:
    st.caption(t("Pick a line to decide it."))
