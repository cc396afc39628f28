"""The panel "More": report upward, correct, transfer, cancel, open again, legal hold (R-112, R-115)."""

from collections.abc import Callable

import streamlit as st

from core.kernel.identity import StaffId
from core.kernel.texts import LONGEST_REASON
from core.work_orders.handling_steps import WorkTransfer
from core.work_orders.outcome_steps import Cancellation, CancelReason, WorkReopening
from core.work_orders.states import WorkState
from db.operations.case_care import HoldOrder, hold_order
from db.operations.work_moves import (
    MoveOrder,
    ReclassifyOrder,
    ReportUpward,
    TransferOrder,
    move_order,
    reclassify_order,
    report_upward,
    transfer_order,
)
from db.queries.work_order_card import OrderCard
from db.queries.work_order_rights import NextOrderStep
from db.queries.work_people import OrderPeopleWanted, order_people
from locales.labels import enum_label
from pages._shell.code_words import CodeWords
from pages._shell.page import Page
from pages._shell.panels.order_assignment import picked_person
from pages._shell.panels.order_edit import show_edit
from pages._shell.panels.order_steps import classification_boxes
from pages._shell.panels.order_words import department_picker, order_form, save_order
from pages._shell.widgets import OpenForm, choose_panel, open_form, send_button, warn_if_stale


def show_more(page: Page, card: OrderCard, codes: Callable[[], CodeWords]) -> None:
    """One of the things that can be done besides the next step; what one may not do is not offered."""
    acts = more_acts(page, card)
    chosen = choose_panel(page, f"order.more.{card.row.estate_id}.{card.row.order_id}.{'.'.join(acts)}", acts)
    form = open_form(order_form(card.row, chosen), card.row.version)
    warn_if_stale(page, form)
    if chosen == "transfer":
        _transfer(page, card, form, codes())
    elif chosen == "kind":
        _reclassify(page, card, form)
    elif chosen == "edit":
        show_edit(page, card, form)
    elif chosen == "cancel":
        _cancel(page, card, form)
    else:
        _with_reason(page, card, form, chosen)


def more_acts(page: Page, card: OrderCard) -> dict[str, str]:
    """What the person may do here."""
    t, acts = page.t, card.acts
    found = {
        "report": (acts.report, t("Report upward")),
        "edit": (acts.edit, t("Correct the record")),
        "transfer": (acts.transfer, t("Transfer it")),
        "kind": (acts.reclassify, t("Correct the kind")),
        "reopen": (_step(card, WorkReopening) is not None, t("Open it again")),
        "cancel": (_step(card, Cancellation) is not None, t("Cancel the request")),
        "hold": (acts.hold and not card.on_hold, t("Legal hold")),
        "release": (acts.hold and card.on_hold, t("End the legal hold")),
    }
    return {name: text for name, (may, text) in found.items() if may}


def _step(card: OrderCard, data: type) -> NextOrderStep | None:
    return next((step for step in card.steps if step.data is data and step.permitted), None)


def _reason_box(page: Page, form: OpenForm, hint: str = "") -> str:
    return st.text_area(
        page.t("Reason"), max_chars=LONGEST_REASON, height=80, placeholder=hint, key=form.key("reason")
    )  # fmt: skip


def _with_reason(page: Page, card: OrderCard, form: OpenForm, act: str) -> None:
    """What needs a reason and nothing else."""
    t, row = page.t, card.row
    key, step = (row.estate_id, row.order_id, form.version), _step(card, WorkReopening)
    texts = {
        "report": t("A limit was missed. Tell the line above why; one report serves the request."),
        "reopen": t("It was not done well or came back. Both clocks start anew, and the handler is asked again."),
        "hold": t("While the hold lies on it, nothing of it is forgotten when its time is over."),
        "release": t("After the end of the hold it is forgotten once its time is over."),
    }
    st.caption(texts[act])
    with st.form(form.key("form"), enter_to_submit=False):
        reason = _reason_box(page, form)
        sent = send_button(page, form, more_acts(page, card)[act])
    if not sent:
        return
    if act == "report":
        done = t("The report upward is made.")
        save_order(page, report_upward, ReportUpward(*key, reason), done, form=form, row=row)
    elif act == "reopen" and step is not None:
        done = t("The request is open again.")
        save_order(
            page, move_order, MoveOrder(*key, step.target, WorkReopening(reason=reason)), done, form=form, row=row
        )
    else:
        done = t("The legal hold lies on the request.") if act == "hold" else t("The legal hold is over.")
        save_order(page, hold_order, HoldOrder(*key, act == "hold", reason), done, form=form, row=row)


def _transfer(page: Page, card: OrderCard, form: OpenForm, codes: CodeWords) -> None:
    t, row = page.t, card.row
    is_sorted_only = row.state is WorkState.CLASSIFIED  # then its department alone changes; people are assigned
    people = () if is_sorted_only else page.read(order_people, OrderPeopleWanted(row.estate_id, row.kind))
    names: dict[StaffId, str] = {one.staff_id: f"{one.name} · {one.number}" for one in people}
    if row.handler is not None:
        names.setdefault(row.handler, row.handler_name)
    choices: list[StaffId | None] = [None, *names]
    with st.form(form.key("form"), enter_to_submit=False):
        left, right = st.columns(2)
        with left:
            department = department_picker(page, codes, form, row.department, t("stays as it is"))
        handler = right.selectbox(
            t("Who carries it out"), choices, index=choices.index(row.handler),
            format_func=lambda one: t("nobody yet: the department assigns it") if one is None else names[one],
            key=form.key("handler"),
        )  # fmt: skip
        reason = _reason_box(page, form)
        sent = send_button(page, form, t("Transfer it"))
    if sent:
        data = WorkTransfer(department=department, handler=picked_person(handler, names), reason=reason)
        command = TransferOrder(row.estate_id, row.order_id, form.version, data)
        done = t("The request is transferred; its clocks go on.")
        save_order(page, transfer_order, command, done, form=form, row=row)


def _reclassify(page: Page, card: OrderCard, form: OpenForm) -> None:
    t, row = page.t, card.row
    st.caption(t("Other limits hold from the start of the clocks on: the customer has waited since then."))
    with st.form(form.key("form"), enter_to_submit=False):
        data = classification_boxes(page, card, form)
        reason = _reason_box(page, form)
        sent = send_button(page, form, t("Correct the kind"))
    if sent:
        command = ReclassifyOrder(row.estate_id, row.order_id, form.version, data, reason)
        save_order(page, reclassify_order, command, t("The kind is corrected."), form=form, row=row)


def _cancel(page: Page, card: OrderCard, form: OpenForm) -> None:
    t, row, step = page.t, card.row, _step(card, Cancellation)
    with st.form(form.key("form"), enter_to_submit=False):
        why = st.selectbox(
            t("Given up because"), list(CancelReason), index=None, placeholder=t("Choose a reason"),
            format_func=lambda one: enum_label(page.words, one), key=form.key("why"),
        )  # fmt: skip
        reason = _reason_box(page, form)
        sent = send_button(page, form, t("Cancel the request"))
    if sent and step is not None:
        data = Cancellation(why=why, reason=reason)
        command = MoveOrder(row.estate_id, row.order_id, form.version, step.target, data)
        save_order(page, move_order, command, t("The request is cancelled."), form=form, row=row)
