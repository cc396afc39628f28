"""One bill opened: how its amount came about and every movement on it, down to the receipt (R-051)."""

import streamlit as st

from core.admin.codes import CodeList
from core.documents.tables import ColumnKind
from core.kernel.money import total
from db.queries.bills import BillMovement, BillRow, BillWanted, bill_detail
from locales.labels import enum_label
from pages._shell.code_words import CodeWords
from pages._shell.links import plain
from pages._shell.page import Page
from pages._shell.tables import Column, show_table


def show_bill(page: Page, bill: BillRow, names: CodeWords) -> None:
    """Show a bill as the books have it, and say whether its movements leave what it says is open."""
    t = page.t
    detail = page.read(bill_detail, BillWanted(bill.estate_id, bill.bill_id))
    item = names.say(CodeList.FEE_ITEM, bill.item)
    with st.container(border=True):
        st.markdown(f"##### {plain(bill.unit_code)} · {plain(item)} · {page.words.month(bill.service_month)}")
        st.caption(
            t(
                "%(quantity)s × ¥%(price)s × %(months)s month(s) = %(amount)s; posted %(day)s by bill run %(run)s.",
                quantity=page.words.decimal(detail.quantity, places=2),
                price=f"{detail.unit_price.normalize():f}",
                months=detail.months,
                amount=bill.amount,
                day=detail.posted_on,
                run=detail.run_id,
            )
        )
        columns: list[Column[BillMovement]] = [
            Column(t("Day"), lambda row: row.business_date, ColumnKind.DATE),
            Column(t("Movement"), lambda row: enum_label(page.words, row.kind)),
            Column(t("Amount"), lambda row: row.amount, ColumnKind.MONEY),
            Column(t("Method"), lambda row: names.say(CodeList.PAYMENT_METHOD, row.method)),
            Column(t("Receipt"), lambda row: row.receipt_no, ColumnKind.INTEGER),
            Column(t("Posted by"), lambda row: row.posted_by),
            Column(t("Voucher"), lambda row: str(row.entry_id)),
        ]
        show_table(page, detail.movements, columns, key="movements", empty=t("Nothing has moved on this bill."))
        left = total(movement.amount for movement in detail.movements)
        if detail.balances:
            st.success(t("The movements leave %(open)s open, as the bill says.", open=left), icon=":material/balance:")
        else:
            wrong = t("The movements leave %(open)s, the bill says %(said)s.", open=left, said=bill.outstanding)
            st.error(wrong, icon=":material/error:")
