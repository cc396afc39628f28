"""A receipt on the screen, ready to be printed from the browser."""

import streamlit as st

from core.admin.codes import CodeList
from core.documents.tables import ColumnKind
from core.kernel.identity import EstateId, PaymentId
from db.queries.payments import ReceiptLine, ReceiptWanted, receipt
from pages._shell.code_words import CodeWords
from pages._shell.page import Page
from pages._shell.tables import Column, show_table
from pages._shell.widgets import show_facts


def show_receipt(page: Page, estate: EstateId, payment: PaymentId, names: CodeWords) -> None:
    """Show what was paid, by whom (masked), and what it settled; what was left over went to the unit's credit."""
    t = page.t
    found = page.read(receipt, ReceiptWanted(estate, payment))
    paid = found.payment
    with st.container(border=True):
        st.markdown(f"##### {t('Receipt %(number)s', number=paid.receipt_no)}")
        facts = [
            (t("Estate"), found.estate_name),
            (t("Unit"), paid.unit_code),
            (t("Payer"), paid.payer),
            (t("Amount"), paid.amount),
            (t("Method"), names.say(CodeList.PAYMENT_METHOD, paid.method)),
            (t("Received at"), paid.received_at),
            (t("Clerk"), paid.clerk),
            (t("Note"), paid.note),
        ]
        show_facts(page, facts, columns=4)
        if paid.reversed_on:
            st.warning(t("Reversed on %(day)s.", day=paid.reversed_on), icon=":material/undo:")
        columns: list[Column[ReceiptLine]] = [
            Column(t("Fee item"), lambda row: names.say(CodeList.FEE_ITEM, row.item)),
            Column(t("Month served"), lambda row: page.words.month(row.service_month)),
            Column(t("Settled"), lambda row: row.amount, ColumnKind.MONEY),
        ]
        show_table(page, found.lines, columns, key="receipt", empty=t("All of it was paid ahead."))
        if found.excess:
            st.caption(t("%(excess)s went to the unit's credit.", excess=found.excess))
        st.caption(t("To print it, press Ctrl+P."))
