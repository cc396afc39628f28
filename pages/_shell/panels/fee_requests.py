"""The forms of money that goes back: ask for a reversal, ask for a refund, decide (R-027, R-028)."""

import streamlit as st

from core.admin.permissions import Permission, roles_with
from core.fees.approvals import RequestKind
from core.fees.payments import LONGEST_NOTE
from core.kernel.identity import EstateId, PaymentId, UnitId
from core.kernel.money import Money
from db.operations.money_requests import (
    AskRefund,
    AskReversal,
    DecideRequest,
    ask_refund,
    ask_reversal,
    decide_request,
)
from db.queries.money_requests import RequestRow
from db.queries.refunds import RefundWanted, unit_credit
from locales.labels import enum_label
from pages._shell import state
from pages._shell.code_words import CodeWords
from pages._shell.links import plain
from pages._shell.page import Page
from pages._shell.panels.fee_counter import method_options
from pages._shell.panels.fee_receipt import show_receipt
from pages._shell.widgets import leave_form, new_round, open_form, save_row, send_button, typed_figure


def ask_for_reversal(page: Page, estate: EstateId, payment: PaymentId, names: CodeWords) -> None:
    """The payment as it stands, and the form that asks for its reversal."""
    show_receipt(page, estate, payment, names)
    form = open_form(f"reversal.{estate}.{payment}")
    with st.form(form.key("form"), enter_to_submit=False):
        reason = st.text_input(page.t("Why must it be taken back?"), max_chars=LONGEST_NOTE, key=form.key("reason"))
        sent = send_button(page, form, page.t("Ask for the reversal"))
    if sent and page.submit(ask_reversal, AskReversal(estate, payment, reason)):
        leave_form(form.name)
        _close(page, "payment", page.t("Asked for. Somebody else decides."))


def ask_for_refund(page: Page, estate: EstateId, unit: UnitId, names: CodeWords) -> None:
    """The form that asks for a unit's credit to be paid out."""
    t, form = page.t, open_form(f"refund.{estate}.{unit}")
    held = page.read(unit_credit, RefundWanted(estate, unit))
    with st.form(form.key("form"), enter_to_submit=False):
        st.markdown(t("Refund to %(unit)s: %(credit)s is paid ahead.", unit=plain(held.unit_code), credit=held.credit))
        left, middle, right = st.columns([2, 2, 5])
        with left:
            amount = typed_figure(
                page, t("Amount in yuan"), held.credit.fen or None, decimals=2, key=form.key("amount")
            )
        methods = method_options(names)
        method = middle.selectbox(t("Paid out by"), list(methods), format_func=methods.__getitem__, key=form.key("how"))
        reason = right.text_input(t("Why is it paid back?"), max_chars=LONGEST_NOTE, key=form.key("reason"))
        sent = send_button(page, form, t("Ask for the refund"))
    fen, readable = amount() if sent else (None, False)
    if readable and page.submit(ask_refund, AskRefund(estate, unit, Money(fen or 0), method, reason)):
        leave_form(form.name)
        _close(page, "refund", t("Asked for. Somebody else decides."))


def _close(page: Page, name: str, message: str) -> None:
    state.close_record(name, "of")
    new_round("requests")
    page.done(message)


def decide(page: Page, row: RequestRow) -> None:
    """The decision on a request, for those who may take it and did not ask themselves."""
    t = page.t
    permission = Permission.REFUNDS_APPROVE if row.kind is RequestKind.REFUND else Permission.REVERSALS_APPROVE
    if row.asked_by == page.actor.user_id:
        st.info(t("You asked for this yourself; somebody else decides."), icon=":material/group:")
        return
    if not page.actor.may_at(permission, row.estate_id):
        roles = t(", ").join(enum_label(page.words, role) for role in roles_with(permission))
        st.info(t("It waits for one of these roles: %(roles)s.", roles=roles), icon=":material/hourglass:")
        return
    form = open_form(f"decide.{row.estate_id}.{row.request_id}", row.version)
    with st.form(form.key("form"), enter_to_submit=False):
        st.markdown(f"**{enum_label(page.words, row.kind)} · {plain(row.unit_code)} · {page.words.money(row.amount)}**")
        st.text(row.reason)
        note = st.text_input(t("Note on the decision"), max_chars=LONGEST_NOTE, key=form.key("note"))
        yes, no = st.columns([1, 5])
        approve = yes.form_submit_button(t("Approve"), type="primary", key=form.key("approve"))
        reject = no.form_submit_button(t("Reject"), key=form.key("reject"))
    if approve or reject:
        command = DecideRequest(row.estate_id, row.request_id, approve, note, form.version)
        said = t("Approved and posted.") if approve else t("Rejected. Nothing was posted.")
        save_row(page, "requests", decide_request, command, said, form=form)
