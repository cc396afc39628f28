"""Correcting what was taken in, as long as nobody has sorted the request out (R-111)."""

import streamlit as st

from core.work_orders.kinds import WorkChannel
from core.work_orders.request import (
    LONGEST_CONTENT,
    LONGEST_NEED,
    LONGEST_PLACE,
    LONGEST_REFERENCE,
    MOST_HOUSEHOLDS,
    RequestRecord,
)
from db.operations.work_orders import EditRequest, edit_request
from db.queries.work_order_card import OrderCard
from locales.labels import enum_label
from pages._shell.page import Page
from pages._shell.panels.order_steps import classification_boxes
from pages._shell.panels.order_words import save_order
from pages._shell.panels.service_words import instant_box, typed_instant
from pages._shell.widgets import OpenForm, send_button


def show_edit(page: Page, card: OrderCard, form: OpenForm) -> None:
    """The record as it was taken in; whose it is and for which unit stays."""
    t, row = page.t, card.row
    st.caption(t("Unit and caller stay. If they are wrong, cancel the request and take it in anew."))
    with st.form(form.key("form"), enter_to_submit=False):
        sorted_as = classification_boxes(page, card, form)
        content = st.text_area(
            t("What is the matter"), card.content, max_chars=LONGEST_CONTENT, height=90, key=form.key("content")
        )
        need = st.text_area(t("Wanted"), card.need, max_chars=LONGEST_NEED, height=80, key=form.key("need"))
        left, middle, right = st.columns(3)
        place = left.text_input(
            t("Public place"), card.public_place, max_chars=LONGEST_PLACE, key=form.key("place")
        )  # fmt: skip
        with middle:
            noticed = instant_box(page, form, t("Noticed at"), "noticed", start=card.noticed_at)
        channels = list(WorkChannel)
        channel = right.selectbox(
            t("Came in by"), channels, index=channels.index(card.channel),
            format_func=lambda one: enum_label(page.words, one), key=form.key("channel"),
        )  # fmt: skip
        households = left.number_input(
            t("Households affected"), 1, MOST_HOUSEHOLDS, card.households, key=form.key("households")
        )
        reference = middle.text_input(
            t("Outside number"), card.source_reference, max_chars=LONGEST_REFERENCE, key=form.key("reference")
        )
        sent = send_button(page, form)
    if sent:
        record = RequestRecord(
            kind=sorted_as.kind,
            failure=sorted_as.failure,
            people_at_risk=sorted_as.people_at_risk,
            unit=row.unit_id,
            place=place,
            content=content,
            need=need,
            noticed_at=typed_instant(noticed, earliest=card.noticed_at),
            channel=channel,
            customer=None if card.giver is None else card.giver.customer_id,
            households=households,
            wanted=None if sorted_as.failure is not None else card.wanted,
            source_reference=reference,
        )
        command = EditRequest(row.estate_id, row.order_id, form.version, record)
        save_order(page, edit_request, command, t("The record is corrected."), form=form, row=row)
