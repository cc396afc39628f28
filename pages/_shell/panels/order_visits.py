"""The panel "Appointment": who is free when, agreed, confirmed, moved, called off, kept or missed (R-118)."""

from datetime import date, timedelta
from typing import Any

import streamlit as st

from core.kernel.identity import StaffId
from core.kernel.texts import LONGEST_REASON
from core.work_orders.appointments import AppointmentState, SlotOffer
from core.work_orders.slots import Slot
from core.work_orders.states import running_clocks
from db.operations.work_appointments import (
    BookAppointment,
    CancelAppointment,
    ConfirmAppointment,
    EndAppointment,
    MoveAppointment,
    book_appointment,
    cancel_appointment,
    confirm_appointment,
    end_appointment,
    move_appointment,
)
from db.queries.work_dispatch import SlotsWanted, VisitDayWanted, free_slots, next_visit_day
from db.queries.work_order_card import AppointmentRow, OrderCard
from db.queries.work_people import OrderPeopleWanted, order_people
from locales.labels import enum_label
from pages._shell.page import Page
from pages._shell.panels.order_words import hours_text, order_form, save_order, slot_text
from pages._shell.tables import Column, show_table
from pages._shell.widgets import OpenForm, choose_panel, open_form, send_button, warn_if_stale

MOST_VISITORS = 12
"""So many people are looked at for their free times."""
_STANDS = (AppointmentState.OFFERED, AppointmentState.CONFIRMED)


def show_visits(page: Page, card: OrderCard) -> None:
    """The appointments so far, and what the person may do about the next one."""
    t = page.t
    columns: list[Column[AppointmentRow]] = [
        Column(t("Time to come"), lambda one: slot_text(page, one.slot)),
        Column(t("Who comes"), lambda one: one.handler_name),
        Column(t("Status"), lambda one: enum_label(page.words, one.state)),
        Column(t("Agreed at"), lambda one: one.made_at),
        Column(t("Changed at"), lambda one: one.changed_at),
    ]
    if card.wanted is not None:
        st.caption(t("The customer wished for %(slot)s.", slot=slot_text(page, card.wanted)))
    if card.appointments:
        show_table(page, card.appointments, columns, key=f"visits.{card.row.order_id}", empty="", counted=False)
    else:
        st.caption(t("No appointment yet."))
    standing = next((one for one in card.appointments if one.state in _STANDS), None)
    if card.acts.book:
        _book(page, card)
    elif card.acts.arrange and standing is not None:
        _arrange(page, card, standing)


def _people(page: Page, card: OrderCard) -> dict[StaffId, str]:
    """Who may come: the handler, or while nobody is assigned those of the skill."""
    row = card.row
    if row.handler is not None:
        return {row.handler: row.handler_name}
    found = page.read(order_people, OrderPeopleWanted(row.estate_id, row.kind))
    return {one.staff_id: one.name for one in found if one.skilled} or {one.staff_id: one.name for one in found}


def _offers(page: Page, card: OrderCard, form: OpenForm) -> dict[str, tuple[Slot, StaffId]]:
    """The free times of a day by their words, after what the day says of those who are taken."""
    t, people = page.t, _people(page, card)
    left, right = st.columns([1, 3], vertical_alignment="bottom")
    if form.key("day") not in st.session_state:
        first = card.wanted.start - timedelta(minutes=1) if card.wanted else page.now  # the wished time is one of them
        st.session_state[form.key("day")] = page.read(next_visit_day, VisitDayWanted(card.row.estate_id, first))
    day: date | Any = left.date_input(t("Day of the visit"), format="YYYY-MM-DD", key=form.key("day"))
    if not isinstance(day, date):
        return {}
    wanted = SlotsWanted(card.row.estate_id, day, tuple(people)[:MOST_VISITORS])
    offers = page.read(free_slots, wanted)
    with right:
        st.caption(_taken_text(page, offers, people) if offers else t("No time is left that day. Choose another day."))
    return {f"{hours_text(offer.slot)} · {people[who]}": (offer.slot, who) for offer in offers for who in offer.free}


def _taken_text(page: Page, offers: tuple[SlotOffer, ...], people: dict[StaffId, str]) -> str:
    """Who is not free when."""
    taken = [(offer, page.t(", ").join(people[who] for who in offer.taken)) for offer in offers if offer.taken]
    if not taken:
        return page.t("✓ Everybody is free at all times of that day.")
    said = page.t(", ").join(f"{hours_text(offer.slot)} {who}" for offer, who in taken)
    return page.t("Taken already: %(who)s", who=said).replace("*", r"\*")


def _slot_picker(page: Page, form: OpenForm, offers: dict[str, tuple[Slot, StaffId]]) -> tuple[Slot, StaffId] | None:
    chosen = st.selectbox(
        page.t("Free time and person"), list(offers), index=None, placeholder=page.t("Choose a time"),
        key=form.key("slot"),
    )  # fmt: skip
    return offers[chosen] if chosen else None


def _book(page: Page, card: OrderCard) -> None:
    t, row = page.t, card.row
    form = open_form(order_form(row, "visit"), row.version)
    offers = _offers(page, card, form)
    if not offers:
        return
    with st.form(form.key("form"), enter_to_submit=False):
        left, right = st.columns(2, vertical_alignment="bottom")
        with left:
            chosen = _slot_picker(page, form, offers)
        confirmed = right.checkbox(t("The customer has agreed to it"), key=form.key("confirmed"))
        wish = st.text_input(
            t("The customer wants it later than we could have come (the clock then waits): in the customer's words"),
            max_chars=LONGEST_REASON, key=form.key("wish"),
        )  # fmt: skip
        sent = send_button(page, form, t("Book the appointment"))
    if sent and chosen is None:
        st.error(t("Choose a time first."), icon=":material/event:")
    elif sent and chosen is not None:
        slot, who = chosen
        handler = None if row.handler is not None else who
        command = BookAppointment(row.estate_id, row.order_id, slot, handler, confirmed, wish)
        save_order(page, book_appointment, command, t("The appointment is booked."), form=form, row=row)


def _arrange(page: Page, card: OrderCard, booked: AppointmentRow) -> None:
    """What becomes of the appointment that stands."""
    t, row = page.t, card.row
    acts: dict[str, str] = {}
    if booked.state is AppointmentState.OFFERED and booked.slot.start > page.now:
        acts["confirm"] = t("Customer confirms")
    if booked.state is AppointmentState.CONFIRMED and booked.slot.start <= page.now:
        acts |= {"kept": t("It was kept"), "missed": t("It was missed")}
    if running_clocks(row.state):
        acts["move"] = t("Move it")
    acts["cancel"] = t("Call it off")
    chosen = choose_panel(page, f"order.visit.{row.estate_id}.{booked.appointment_id}.{booked.state.value}", acts)
    form = open_form(order_form(row, f"visit.{booked.appointment_id}"), booked.version)
    warn_if_stale(page, form)
    if chosen == "move":
        _move(page, card, booked, form)
    else:
        _end(page, card, booked, chosen, form)


def _end(page: Page, card: OrderCard, booked: AppointmentRow, chosen: str, form: OpenForm) -> None:
    t, row, key = page.t, card.row, (card.row.estate_id, booked.appointment_id, form.version)
    with st.form(form.key(f"form.{chosen}"), enter_to_submit=False):
        reason = ""
        if chosen in ("missed", "cancel"):
            reason = st.text_input(t("Reason"), max_chars=LONGEST_REASON, key=form.key(f"reason.{chosen}"))
        words = {"confirm": t("Customer confirms"), "kept": t("It was kept"), "missed": t("It was missed")}
        sent = send_button(page, form, words.get(chosen, t("Call it off")))
    if not sent:
        return
    if chosen == "confirm":
        done = t("The appointment is confirmed.")
        save_order(page, confirm_appointment, ConfirmAppointment(*key), done, form=form, row=row)
    elif chosen == "cancel":
        done = t("The appointment is called off.")
        save_order(page, cancel_appointment, CancelAppointment(*key, reason), done, form=form, row=row)
    else:
        done = t("It is noted what became of the appointment.")
        command = EndAppointment(*key, kept=chosen == "kept", reason=reason)
        save_order(page, end_appointment, command, done, form=form, row=row)


def _move(page: Page, card: OrderCard, booked: AppointmentRow, form: OpenForm) -> None:
    t, row = page.t, card.row
    offers = _offers(page, card, form)
    if not offers:
        return
    with st.form(form.key("form.move"), enter_to_submit=False):
        left, right = st.columns(2, vertical_alignment="bottom")
        with left:
            chosen = _slot_picker(page, form, offers)
        with right:
            confirmed = st.checkbox(t("The customer has agreed to it"), key=form.key("confirmed"))
            wish = st.checkbox(t("The customer wants it later (the clock then waits)"), key=form.key("wish"))
        reason = st.text_input(t("Reason"), max_chars=LONGEST_REASON, key=form.key("reason.move"))
        sent = send_button(page, form, t("Move the appointment"))
    if sent and chosen is None:
        st.error(t("Choose a time first."), icon=":material/event:")
    elif sent and chosen is not None:
        slot, who = chosen
        handler = None if row.handler is not None else who
        command = MoveAppointment(
            row.estate_id, booked.appointment_id, form.version, slot, reason, handler, confirmed, wish
        )
        save_order(page, move_appointment, command, t("The appointment is moved."), form=form, row=row)
