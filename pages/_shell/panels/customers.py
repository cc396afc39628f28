"""The panels of the customers page: one customer masked, his or her units, the forms, opening a sealed value."""

from collections.abc import Sequence

import streamlit as st

from core.admin.permissions import Permission
from core.customers.customer_record import LONGEST_NOTE, CustomerUnit
from core.customers.profiles import CareFlag, Relation
from core.customers.reveals import LONGEST_REASON, ContactField
from core.kernel.filters import Slice
from core.kernel.identity import EstateId, UnitId
from db.operations.customers import (
    AddCustomer,
    EditCustomer,
    EndOccupancy,
    LinkOccupancy,
    RevealContact,
    SetCareFlags,
    add_customer,
    edit_customer,
    end_occupancy,
    link_occupancy,
    reveal_contact,
    set_care_flags,
)
from db.queries.customers import CustomerCard, HeldUnit
from db.queries.units import UnitsWanted, units
from locales.labels import enum_label
from pages._shell.page import Page
from pages._shell.tables import Column, show_table
from pages._shell.widgets import OpenForm, open_form, period_text, save, send_button, show_facts, warn_if_stale

HITS = Slice(1, 20)
LONGEST_NAME = 64


def customer_panels(page: Page, card: CustomerCard | None) -> dict[str, str]:
    """What the panel may show: the open customer, units, form, the opening of sealed values; a new customer."""
    panels = {} if card is None else {"card": page.t("Details")}
    edits = page.may(Permission.CUSTOMERS_EDIT)
    if card is not None and edits:
        panels |= {"units": page.t("Units"), "edit": page.t("Edit"), "care": page.t("Care")}
    if card is not None and page.may(Permission.CUSTOMERS_REVEAL):
        panels["reveal"] = page.t("Show in full")
    return panels | ({"new": page.t("New customer")} if edits else {})


def care_text(page: Page, care: Sequence[CareFlag]) -> str:
    """The reasons for special care in words."""
    return page.t(", ").join(enum_label(page.words, flag) for flag in care)


def show_card(page: Page, card: CustomerCard) -> None:
    """Show one customer, name and number masked, with every unit."""
    facts: list[tuple[str, object]] = [
        (page.t("Full name"), card.name),
        (page.t("Phone"), card.phone or page.t("none on record")),
        (page.t("Special care"), care_text(page, card.care)),
    ]
    show_facts(page, facts)
    show_facts(page, [(page.t("Note"), card.note)], columns=1)
    show_units(page, card)


def show_units(page: Page, card: CustomerCard) -> None:
    """Show the units a customer is related to, today's first."""
    columns = [
        Column[HeldUnit](page.t("Unit"), lambda u: u.code),
        Column[HeldUnit](page.t("Relation"), lambda u: enum_label(page.words, u.relation)),
        Column[HeldUnit](page.t("Period"), lambda u: period_text(page, u.start, u.end)),
        Column[HeldUnit](page.t("Today"), lambda u: u.is_current),
    ]
    empty = page.t("No unit yet. Link one under “Units”.")
    show_table(page, card.units, columns, key=f"customer.{card.id}.units", empty=empty)


def show_form(page: Page, card: CustomerCard) -> None:
    """The form of a customer: sealed values are typed anew or left as they are."""
    form = open_form(f"customer.{card.estate_id}.{card.id}", card.version)
    warn_if_stale(page, form)
    with st.form(form.key("form"), enter_to_submit=False):
        kept = page.t("Empty: stays as it is")
        name = st.text_input(page.t("Full name"), key=form.key("name"), max_chars=LONGEST_NAME, placeholder=kept)
        phone = st.text_input(page.t("Phone"), key=form.key("phone"), max_chars=32, placeholder=kept)
        drop = st.checkbox(page.t("Remove the number on record"), key=form.key("drop")) if card.has_phone else False
        note = st.text_area(page.t("Note"), card.note, max_chars=LONGEST_NOTE, height=80, key=form.key("note"))
        another = _another_person(page, form)
        if send_button(page, form):
            number = "" if drop else phone.strip() or None
            command = EditCustomer(
                card.estate_id, card.id, form.version, name.strip() or None, number, note, another
            )  # fmt: skip
            save(page, edit_customer, command, page.t("The customer was saved."), form=form)


def show_care_form(page: Page, card: CustomerCard) -> None:
    """The whole set of a customer's reasons for special care (R-004)."""
    form = open_form(f"care.{card.estate_id}.{card.id}", card.version)
    warn_if_stale(page, form)
    with st.form(form.key("form"), enter_to_submit=False):
        care = _care_picker(page, form, card.care)
        if send_button(page, form):
            command = SetCareFlags(card.estate_id, card.id, form.version, care)
            save(page, set_care_flags, command, page.t("The reasons for care were saved."), form=form)


def _care_picker(page: Page, form: OpenForm, care: tuple[CareFlag, ...] = ()) -> tuple[CareFlag, ...]:
    chosen = st.pills(
        page.t("Special care"), list(CareFlag), selection_mode="multi", default=list(care),
        format_func=lambda flag: enum_label(page.words, flag), key=form.key("care"),
    )  # fmt: skip
    return tuple(chosen)


def _another_person(page: Page, form: OpenForm) -> bool:
    return st.checkbox(page.t("It is another person of the same name and number"), key=form.key("another"))


def show_new_form(page: Page, estate: EstateId) -> None:
    """The form of a new customer, with or without a unit."""
    form = open_form("customer.new")
    unit = _unit_picker(page, estate, form, page.t("Unit (may stay empty)"))
    with st.form(form.key("form"), enter_to_submit=False):
        left, right = st.columns(2)
        name = left.text_input(page.t("Full name"), key=form.key("name"), max_chars=LONGEST_NAME)
        phone = right.text_input(page.t("Phone (may stay empty)"), key=form.key("phone"), max_chars=32)
        with left:
            relation = _relation_picker(page, form)
        since = right.date_input(
            page.t("Since"), page.today, min_value="1950-01-01", key=form.key("since"), format="YYYY-MM-DD"
        )
        care = _care_picker(page, form)
        note = st.text_input(page.t("Note"), key=form.key("note"), max_chars=LONGEST_NOTE)
        another = _another_person(page, form)
        if send_button(page, form):
            held = CustomerUnit(unit, relation, since) if unit is not None else None
            command = AddCustomer(estate, name, phone, note, care, held, another)
            save(page, add_customer, command, page.t("The customer was added."), form=form)


def _relation_picker(page: Page, form: OpenForm) -> Relation:
    relations = list(Relation)
    return st.selectbox(
        page.t("Relation"), relations, format_func=lambda r: enum_label(page.words, r), key=form.key("relation")
    )


def _unit_picker(page: Page, estate: EstateId, form: OpenForm, title: str) -> UnitId | None:
    """Find a unit by its number: a box to type in and, where several fit, a choice."""
    left, right = st.columns(2, vertical_alignment="bottom")
    text = left.text_input(title, key=form.key("unit"), placeholder="3-1-1202", max_chars=40)
    if not text.strip():
        return None
    hits = page.read(units, UnitsWanted(estate, search=text, slice=HITS)).rows
    codes = {hit.id: hit.code for hit in sorted(hits, key=lambda hit: hit.code != text.strip())}
    if not codes:
        right.error(page.t("No unit in use has this number."))
        return None
    return right.selectbox(
        page.t("Unit found"), list(codes), format_func=codes.__getitem__, key=form.key(f"found.{text}")
    )


def show_units_forms(page: Page, card: CustomerCard) -> None:
    """Link a unit, or end a relation to one."""
    show_units(page, card)
    form = open_form(f"link.{card.estate_id}.{card.id}")
    unit = _unit_picker(page, card.estate_id, form, page.t("Link another unit"))
    if unit is not None:
        with st.form(form.key("form"), enter_to_submit=False):
            left, right = st.columns(2)
            with left:
                relation = _relation_picker(page, form)
            start = right.date_input(page.t("Since"), page.today, min_value="1950-01-01", key=form.key("start"))
            if send_button(page, form, page.t("Link")):
                command = LinkOccupancy(card.estate_id, card.id, unit, relation, start)
                beside = f"end.{card.estate_id}.{card.id}"
                save(page, link_occupancy, command, page.t("The unit was linked."), form=form, beside=beside)
    running = {u.occupancy_id: u for u in card.units if u.end is None or u.is_current}
    if running:
        _show_end_form(page, card, running)


def _show_end_form(page: Page, card: CustomerCard, running: dict[int, HeldUnit]) -> None:
    form = open_form(f"end.{card.estate_id}.{card.id}", sum(u.occupancy_version for u in card.units))
    warn_if_stale(page, form)
    with st.form(form.key("form"), enter_to_submit=False):
        left, right = st.columns(2)
        chosen = left.selectbox(
            page.t("End a relation"), list(running), key=form.key("which"),
            format_func=lambda n: f"{running[n].code} · {enum_label(page.words, running[n].relation)}",
        )  # fmt: skip
        end = right.date_input(page.t("First day it no longer holds"), page.today, key=form.key("end"))
        if send_button(page, form, page.t("End")) and form.version == form.present:
            command = EndOccupancy(card.estate_id, chosen, running[chosen].occupancy_version, end)
            save(page, end_occupancy, command, page.t("The relation was ended."), form=form)


def show_reveal_form(page: Page, card: CustomerCard) -> None:
    """Open a name or number for this one run of the page, with a reason that goes into the audit log (R-195)."""
    form = open_form(f"reveal.{card.estate_id}.{card.id}")
    with st.form(form.key("form"), enter_to_submit=False):
        st.caption(page.t("Every opening is written into the audit log with your reason, and counted."))
        fields = [ContactField.PHONE, ContactField.NAME] if card.has_phone else [ContactField.NAME]
        wanted = st.radio(
            page.t("To be shown"), fields, horizontal=True, key=form.key("what"),
            format_func=lambda f: page.t("Phone") if f is ContactField.PHONE else page.t("Full name"),
        )  # fmt: skip
        reason = st.text_input(
            page.t("Reason"), key=form.key("reason"), max_chars=LONGEST_REASON,
            placeholder=page.t("for instance: call back about order 2026-118"),
        )  # fmt: skip
        if send_button(page, form, page.t("Show in full")):
            opened = page.submit(reveal_contact, RevealContact(card.estate_id, card.id, wanted, reason))
            if opened:
                st.caption(page.t("Shown until your next click:"))
                st.code(opened.value, language=None)
