"""The head of an open request: what it is, how it stands, the five steps with who and when, the panels (R-112)."""

from collections.abc import Mapping
from typing import Final

import streamlit as st

from core.kernel.identity import EstateId, WorkOrderId
from core.work_orders.outcome_steps import Cancellation, WorkReopening
from core.work_orders.states import is_ended
from db.queries.service_rows import Deadline
from db.queries.work_order_card import OrderCard, OrderPart, OrderWanted, order_card
from db.queries.work_order_rights import NextOrderStep
from pages._shell.links import plain
from pages._shell.page import Page
from pages._shell.panels.order_queue import back_to_list, status_text
from pages._shell.panels.order_words import progress_text, step_name, step_sign, what_text
from pages._shell.panels.service_words import COLOURS, badge_text
from pages._shell.widgets import choose_panel

_FIRST: Final = "request"
_ASIDE: Final = (Cancellation, WorkReopening)
_PARTS: Final[Mapping[str, frozenset[OrderPart]]] = {
    "request": frozenset({OrderPart.TIES, OrderPart.MATERIALS, OrderPart.RULES}),
    "next": frozenset({OrderPart.RULES}),
    "visit": frozenset({OrderPart.APPOINTMENTS}),
    "more": frozenset({OrderPart.RULES}),
    "drafts": frozenset({OrderPart.DRAFTS}),
}
"""What of the card each panel shows; the others read what hangs on the record."""


def read_card(page: Page, estate: EstateId, order: WorkOrderId) -> tuple[OrderCard, str]:
    """The request with what the chosen panel shows of it, the panel, and above both the way back."""
    st.button(
        page.t("Back to the list"), icon=":material/arrow_back:", type="tertiary", key="order.back",
        on_click=back_to_list,
    )  # fmt: skip
    name = f"order.{estate}.{order}"
    key, place = f"panel.{name}", st.container()
    before = st.session_state.get(key, _FIRST)
    card = page.read(order_card, _wanted(estate, order, before))
    panels = order_panels(page, card)
    if before not in panels:
        st.session_state.pop(key, None)
        card = page.read(order_card, _wanted(estate, order, _FIRST))
    with place:
        show_heading(page, card)
    chosen = choose_panel(page, name, panels)
    if chosen != _FIRST and card.row.content:
        place.caption(f"“{plain(card.row.content)}”")
    return card, chosen


def _wanted(estate: EstateId, order: WorkOrderId, panel: str) -> OrderWanted:
    return OrderWanted(estate, order, _PARTS.get(panel, frozenset()) | {OrderPart.FLOW})


def order_panels(page: Page, card: OrderCard) -> dict[str, str]:
    """What can be seen and done of the request by this person."""
    t, acts, row = page.t, card.acts, card.row
    panels = {"request": t("Request details")}
    if not is_ended(row.state):
        panels["next"] = t("Next step")
    if row.failure is None or row.appointment is not None:
        panels["visit"] = t("Appointment")
    if row.failure is not None:
        panels["drafts"] = t("Drafts")
    panels |= {"timeline": t("Timeline"), "clocks": t("Clocks"), "photos": t("Photos"), "links": t("Links")}
    leaves = any(step.permitted for step in card.steps if not is_forward(step))
    if leaves or acts.edit or acts.transfer or acts.reclassify or acts.report or acts.hold:
        panels["more"] = t("More")
    return panels


def is_forward(step: NextOrderStep) -> bool:
    """Say whether a step leads on; giving up and opening again do not."""
    return step.data not in _ASIDE


def show_heading(page: Page, card: OrderCard) -> None:
    """Number, place, colour with the time left, what was said, and the five steps."""
    row, t = card.row, page.t
    what = what_text(page, row.kind, row.failure, at_risk=row.people_at_risk)
    place = " · ".join(part for part in (row.place, row.estate_name) if part)
    st.markdown(f"##### {plain(row.number)} · {plain(what)} · {plain(place)}")
    with st.container(horizontal=True, vertical_alignment="center"):
        deadline = None if row.deadline is None else Deadline(row.deadline, row.deadline_is_hard)
        said = badge_text(page, row.level, deadline) if row.deadline else status_text(page, row)
        st.badge(said, color=COLOURS[row.level])
        st.badge(progress_text(page, row), color="blue")
        if row.paused:
            st.badge(t("⏸ a clock is paused"), color="gray")
        if row.report_needed:
            st.badge(t("⚠ a report upward is due"), color="red")
        if row.reopenings:
            st.badge(t("opened again %(count)s×", count=row.reopenings), color="orange")
        if card.on_hold:
            st.badge(t("⚖ legal hold"), color="violet")
    _show_steps(page, card)


def _show_steps(page: Page, card: OrderCard) -> None:
    for place, taken in zip(st.columns(len(card.flow)), card.flow, strict=True):
        name = f"{step_sign(taken)} {taken.step.number} {step_name(page, taken.step.number)}"
        with place.container(gap=None):
            st.markdown(f"**{plain(name)}**" if taken.at else plain(name))
            if taken.at is not None:
                st.caption(f"{plain(taken.who or page.t('the portal itself'))} · {page.words.instant(taken.at)}")
