"""The panel "Request": facts, words, masked people, household, the complaint behind it, materials (R-111, R-112)."""

from typing import Final

import streamlit as st

from core.admin.codes import CodeList
from core.admin.permissions import Permission
from core.complaints.states import CaseState
from core.complaints.taxonomy import RecordType, SubCategory
from core.customers.reveals import LONGEST_REASON, ContactField
from core.documents.tables import ColumnKind
from core.work_orders.kinds import PublicSystem, WorkKind
from core.work_orders.states import WorkState
from db.operations.customers import RevealContact, reveal_contact
from db.operations.work_contacts import RevealRequester, reveal_requester
from db.queries.case_card import Giver
from db.queries.case_household import Related
from db.queries.work_order_card import MaterialRow, OrderCard
from locales.labels import enum_label
from pages._shell.code_words import CodeWords
from pages._shell.links import open_button, plain
from pages._shell.page import Page
from pages._shell.panels.customers import care_text
from pages._shell.panels.order_queue import whole_deadline
from pages._shell.panels.order_words import order_form, rating_text, slot_text, what_text
from pages._shell.panels.service_words import level_text
from pages._shell.tables import Column, show_table
from pages._shell.widgets import open_form, send_button, show_facts

_CASE: Final = "case"


def show_request(page: Page, card: OrderCard, codes: CodeWords) -> None:
    """Everything that is known of a request, but what its other panels show."""
    t = page.t
    left, right = st.columns([3, 2], gap="large")
    with left:
        if card.times.anonymised_at is not None:
            st.caption(t("Its people were forgotten at %(at)s; the figures stay.", at=card.times.anonymised_at))
        st.text(card.content or "–")
        if card.need:
            st.caption(t("Wanted"))
            st.text(card.need)
        _show_facts(page, card, codes)
        _show_outcome(page, card)
    with right:
        _show_people(page, card)
        _show_chain(page, card)
        _show_household(page, card)
    _show_materials(page, card)


def _show_facts(page: Page, card: OrderCard, codes: CodeWords) -> None:
    t, row = page.t, card.row
    facts: list[tuple[str, object]] = [
        (t("Kind of request"), what_text(page, row.kind, row.failure, at_risk=row.people_at_risk)),
        (t("Location"), row.place),
        (t("Noticed at"), card.noticed_at),
        (t("Registered at"), _by(page, page.words.instant(row.registered_at), row.receiver_name)),
        (t("Came in by"), enum_label(page.words, card.channel)),
        (t("Households affected"), card.households if row.failure is not None or card.households > 1 else None),
        (t("Wished for"), slot_text(page, card.wanted) if card.wanted else None),
        (t("Department"), codes.say(CodeList.DEPARTMENT, row.department) if row.department else None),
        (t("Handled by"), row.handler_name or t("nobody yet")),
        (t("Deadline"), whole_deadline(page, row) if row.deadline else None),
        (t("Outside number"), card.source_reference),
        (t("Reported upward at"), row.reported_at),
    ]
    show_facts(page, facts, columns=3)


def _show_outcome(page: Page, card: OrderCard) -> None:
    t, times, out = page.t, card.times, card.outcome
    words = {
        name: None if member is None else enum_label(page.words, member)
        for name, member in (
            ("cause", out.cause), ("result", out.result), ("none", out.no_rating), ("why", out.cancel_reason)
        )
    }  # fmt: skip
    facts: list[tuple[str, object]] = [
        (t("Answered at"), times.answered_at),
        (t("Work began at"), times.began_at),
        (t("Work ended at"), times.carried_out_at),
        (t("Customer told at"), times.fed_back_at),
        (t("Cause of the trouble"), words["cause"]),
        (t("Result of the work"), words["result"]),
        (t("Rating"), rating_text(out.rating) or words["none"]),
        (t("Given up because"), words["why"]),
        (t("Opens again up to"), times.reopen_until),
    ]
    if any(value not in (None, "") for _, value in facts):
        show_facts(page, facts, columns=3)


def _by(page: Page, *parts: str) -> str:
    return page.t(", ").join(part for part in parts if part)


# --- people


def _show_people(page: Page, card: OrderCard) -> None:
    t, giver = page.t, card.giver
    st.markdown(f"**{plain(t('Who asked for it'))}**")
    if giver is None:
        st.caption(t("Nobody is named."))
        return
    on_file = t("on file") if giver.customer_id is not None else t("not on file")
    st.text(" · ".join(part for part in (giver.name, giver.phone, on_file) if part))
    if card.care:
        st.text(t("Special care: %(care)s", care=care_text(page, card.care)))
    if not card.contactable:
        st.caption(t("There is nobody to talk to about it."))
    if page.actor.may_at(Permission.CUSTOMERS_REVEAL, card.row.estate_id):
        with st.expander(t("Show in full")):
            _reveal_form(page, card, giver)


def _reveal_form(page: Page, card: OrderCard, giver: Giver) -> None:
    """Open a name or number for this one run of the page, with a reason that goes into the audit log (R-195)."""
    t, row = page.t, card.row
    form = open_form(order_form(row, "reveal"))
    with st.form(form.key("form"), border=False, enter_to_submit=False):
        st.caption(t("Every opening is written into the audit log with your reason, and counted."))
        fields = [ContactField.PHONE] if giver.has_phone else []
        wanted = st.radio(
            t("To be shown"),
            [*fields, *([ContactField.NAME] if giver.name else [])],
            horizontal=True,
            format_func=lambda one: t("Phone") if one is ContactField.PHONE else t("Full name"),
            key=form.key("what"),
        )
        reason = st.text_input(t("Reason"), max_chars=LONGEST_REASON, key=form.key("reason"))
        if not send_button(page, form, t("Show in full")):
            return
        if giver.customer_id is None:
            opened = page.submit(reveal_requester, RevealRequester(row.estate_id, row.order_id, wanted, reason))
        else:
            opened = page.submit(reveal_contact, RevealContact(row.estate_id, giver.customer_id, wanted, reason))
        if opened:
            st.caption(t("Shown until your next click:"))
            st.code(opened.value, language=None)


# --- what it has to do with


def _show_chain(page: Page, card: OrderCard) -> None:
    """The complaint it follows from, and what else follows from that: both ways."""
    if card.row.source_case is None:
        return
    t, ties = page.t, card.ties
    st.markdown(f"**{plain(t('Follows from a complaint'))}**")
    if ties.case is None:
        st.text(card.row.source_case_number)
    else:
        _show_tie(page, card, ties.case)
    for one in ties.siblings:
        _show_tie(page, card, one)


def _show_household(page: Page, card: OrderCard) -> None:
    t, arrears = page.t, card.arrears
    if card.row.unit_id is None:
        return
    st.markdown(f"**{plain(t('The household'))}**")
    if arrears is not None and arrears.bills:
        owed = page.words.tn("%(count)s bill overdue, %(amount)s in all", "%(count)s bills overdue, %(amount)s in all",
                             arrears.bills, amount=arrears.amount)  # fmt: skip
        st.text(f"⚠ {owed}")
    elif arrears is not None:
        st.text(t("✓ owes nothing past its due date"))
    known = {one.record_id for one in card.ties.siblings}  # shown above already
    others = [one for one in card.ties.neighbours if one.record_id not in known]
    if not others:
        st.caption(t("Nothing else is open in this unit."))
    for one in others:
        _show_tie(page, card, one)


def _show_tie(page: Page, card: OrderCard, tie: Related) -> None:
    is_case = tie.kind.value == _CASE
    with st.container(gap=None):
        sign = level_text(page, tie.level)
        st.text(f"{tie.number} · {_topic(page, tie, is_case=is_case)} · {_state(page, tie, is_case=is_case)} · {sign}")
        if tie.may_open:
            target, name = ("service.cases", _CASE) if is_case else ("service.requests", "order")
            said = page.t("Open %(number)s", number=tie.number)
            key = f"order.tie.{tie.record_id}"
            estate = card.row.estate_id
            open_button(page, plain(said), target, key=key, estate=estate, **{"of": estate, name: tie.record_id})


def _topic(page: Page, tie: Related, *, is_case: bool) -> str:
    if not is_case:
        return what_text(page, WorkKind(tie.topic), PublicSystem(tie.detail) if tie.detail else None)
    return enum_label(page.words, SubCategory(tie.detail) if tie.detail else RecordType(tie.topic))


def _state(page: Page, tie: Related, *, is_case: bool) -> str:
    return enum_label(page.words, CaseState(tie.state) if is_case else WorkState(tie.state))


def _show_materials(page: Page, card: OrderCard) -> None:
    """The materials with their exact total; those of an earlier run are named so."""
    if not card.materials:
        return
    t = page.t
    columns: list[Column[MaterialRow]] = [
        Column(t("Material"), lambda line: line.name),
        Column(t("Quantity"), lambda line: f"{line.quantity} {line.measure}"),
        Column(t("Unit price"), lambda line: line.unit_price, ColumnKind.MONEY),
        Column(t("Amount"), lambda line: line.amount, ColumnKind.MONEY),
    ]
    if any(line.run > 1 for line in card.materials):
        columns.insert(0, Column(t("Round of work"), lambda line: line.run, ColumnKind.INTEGER))
    st.markdown(f"**{plain(t('Materials used'))}**")
    show_table(page, card.materials, columns, key=f"materials.{card.row.order_id}", empty="")
    st.text(t("Materials in all: %(amount)s", amount=card.materials_total))
