"""Take a payment at the counter: find the unit, see what it owes, record it, keep the receipt (R-024 to R-027)."""

import streamlit as st

from core.admin.codes import CodeList
from core.fees.payments import LONGEST_NAME, LONGEST_NOTE
from core.kernel.identity import PaymentId
from core.kernel.money import Money
from core.kernel.periods import CHINA
from db.operations.payments import RecordPayment, record_payment
from db.queries.counter import UnitSearch, UnitWanted, counter_unit, units_found
from pages._shell import state
from pages._shell.code_words import code_words
from pages._shell.page import open_page
from pages._shell.panels.fee_counter import bill_name, method_options, show_unit
from pages._shell.panels.fee_receipt import show_receipt
from pages._shell.widgets import typed_figure

page = open_page("fees.payments")
t = page.t
names = code_words(page, CodeList.PAYMENT_METHOD, CodeList.FEE_ITEM)

box, choose = st.columns(2)
text = box.text_input(t("Unit"), key="unit", bind="query-params", placeholder="3-1-1202", max_chars=40) or ""
hits = page.read(units_found, UnitSearch(page.filter.estate_id, text))
if not hits:
    st.info(t("No unit has this in its code.") if text.strip() else t("Type the unit's code, or a part of it."))
    st.stop()
hit = hits[0]
if len(hits) > 1:
    hit = choose.selectbox(
        t("Which unit?"), hits, format_func=lambda h: f"{h.code} · {h.estate_name}", key=f"hit.{text}"
    )
unit = page.read(counter_unit, UnitWanted(hit.estate_id, hit.unit_id))
show_unit(page, unit, names)

form = f"payment.{unit.estate_id}.{unit.unit_id}"
intent = state.intent(form)
with st.form(f"form.{intent}", enter_to_submit=False):
    left, middle, right = st.columns(3)
    with left:
        due = unit.due.fen or None
        amount = typed_figure(page, t("Amount in yuan"), due, decimals=2, key=f"amount.{intent}")
        methods = method_options(names)
        method = st.selectbox(t("Method"), list(methods), format_func=methods.__getitem__, key=f"method.{intent}")
    with middle:
        known = t(", ").join(person.name for person in unit.occupants)
        payer = st.text_input(t("Payer"), placeholder=known, max_chars=LONGEST_NAME, key=f"payer.{intent}")
        opened = page.now.astimezone(CHINA).replace(tzinfo=None, second=0, microsecond=0)
        when = st.datetime_input(t("Received at"), opened, format="YYYY-MM-DD", key=f"when.{intent}.{page.today}")
    with right:
        open_bills = {bill.bill_id: bill_name(page, bill, names) for bill in unit.bills}
        said = t("The oldest first")
        chosen = st.multiselect(
            t("Only these bills"),
            list(open_bills),
            format_func=open_bills.__getitem__,
            placeholder=said,
            key=f"b.{intent}",
        )
        note = st.text_input(t("Note"), max_chars=LONGEST_NOTE, key=f"note.{intent}")
    sent = st.form_submit_button(t("Record the payment"), type="primary", icon=":material/payments:")
fen, readable = amount() if sent else (None, False)
if readable:
    command = RecordPayment(
        estate_id=unit.estate_id,
        intent_id=intent,
        unit_id=unit.unit_id,
        payer_name=payer,
        amount=Money(fen or 0),
        method=method,
        received_at=(when or opened).replace(tzinfo=CHINA),
        note=note,
        bill_ids=tuple(chosen),
    )
    if saved := page.submit(record_payment, command):
        number, taken, paid = saved.value.receipt_no, command.amount, saved.value.payment_id
        said = t("Receipt %(number)s: %(amount)s recorded for %(unit)s.", number=number, amount=taken, unit=unit.code)
        page.done(said, renew=form, receipt=paid, of=unit.estate_id, paid=unit.unit_id)

receipt, place = state.number_in_address("receipt"), (state.number_in_address("of"), state.number_in_address("paid"))
if receipt is not None and place == (unit.estate_id, unit.unit_id):
    show_receipt(page, unit.estate_id, PaymentId(receipt), names)
