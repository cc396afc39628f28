"""The record of a complaint edited before it is classified; after that type, category and grade are corrected alone."""

import streamlit as st

from core.complaints.case import (
    LONGEST_CLAIM,
    LONGEST_CONTENT,
    LONGEST_PLACE,
    LONGEST_REFERENCE,
    MOST_HOUSEHOLDS,
    CaseRecord,
)
from core.complaints.taxonomy import CaseChannel, Emotion, RecordType
from core.kernel.filters import Slice
from core.kernel.identity import UnitId
from db.operations.cases import EditCase, edit_case
from db.queries.case_card import CaseCard
from db.queries.units import UnitsWanted, units
from pages._shell.page import Page
from pages._shell.panels.case_forms import pick_enum
from pages._shell.panels.case_open import saved_case
from pages._shell.panels.service_words import instant_box, local_time, typed_instant
from pages._shell.widgets import OpenForm, send_button

_HITS = Slice(1, 20)


def show_edit(page: Page, card: CaseCard, form: OpenForm) -> None:
    """All that was written down, but who gave it, which stays."""
    t = page.t
    with st.form(form.key("form"), enter_to_submit=False):
        one, two, three, four = st.columns(4)
        with one:
            record_type = pick_enum(page, t("Kind of matter"), RecordType, key=form.key("type"), start=card.record_type)
        with two:
            channel = pick_enum(page, t("Came in by"), CaseChannel, key=form.key("channel"), start=card.channel)
        with three:
            emotion = pick_enum(page, t("Emotion"), Emotion, key=form.key("emotion"), start=card.emotion)
        with four:
            happened = instant_box(page, form, t("Happened at"), "happened", start=card.happened_at)
        left, right = st.columns(2)
        content = left.text_area(
            t("What was said"), card.content, max_chars=LONGEST_CONTENT, height=120, key=form.key("content")
        )
        claim = right.text_area(
            t("What the customer wants"), card.claim, max_chars=LONGEST_CLAIM, height=120, key=form.key("claim")
        )
        one, two, three, four = st.columns(4)
        code = one.text_input(t("Unit"), card.unit_code, max_chars=40, key=form.key("unit"))
        place = two.text_input(t("Public place"), card.place, max_chars=LONGEST_PLACE, key=form.key("place"))
        households = three.number_input(
            t("Households affected"), 1, MOST_HOUSEHOLDS, card.households, key=form.key("households")
        )
        reference = four.text_input(
            t("Reference"), card.source_reference, max_chars=LONGEST_REFERENCE, key=form.key("reference")
        )
        st.caption(t("Who gave it stays as it is. What the record said before is kept in the timeline."))
        sent = send_button(page, form, t("Save the record"))
    if not sent:
        return
    unit = _unit(page, card, code)
    if code.strip() and unit is None:
        st.error(t("No unit in use has this number."), icon=":material/block:")
        return
    same = happened == local_time(card.happened_at)
    record = CaseRecord(
        record_type=record_type or card.record_type,
        category=card.category,
        sub_category=card.sub_category,
        unit=unit,
        place=place,
        content=content,
        happened_at=card.happened_at if same else typed_instant(happened),
        channel=channel,
        emotion=emotion,
        anonymous=card.anonymous,
        customer=card.giver.customer_id if card.giver else None,
        households=households,
        special=card.special,
        claim=claim,
        source_reference=reference,
    )
    command = EditCase(card.estate_id, card.case_id, form.version, record)
    saved_case(page, card, edit_case, command, t("The record is saved. Next: classify it."), form=form)


def _unit(page: Page, card: CaseCard, code: str) -> UnitId | None:
    """The unit typed: the one the case has, or another of its estate with exactly this number."""
    code = code.strip()
    if not code or code == card.unit_code:
        return card.unit_id if code else None
    hits = page.read(units, UnitsWanted(card.estate_id, search=code, slice=_HITS)).rows
    return next((hit.id for hit in hits if hit.code == code), None)
