"""The panel "Next step": one form for each kind of data a step is entered with (R-112, R-117)."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import streamlit as st

from core.kernel.texts import LONGEST_REASON, LONGEST_TEXT
from core.work_orders.facts import WorkStepData
from core.work_orders.handling_steps import HandlerAnswer, WorkAssignment, WorkClassification
from core.work_orders.kinds import PublicSystem, WorkChannel, WorkKind
from core.work_orders.outcome_steps import (
    HIGHEST_RATING,
    LOWEST_RATING,
    Execution,
    NoRating,
    ReportBack,
    WorkClosing,
)
from core.work_orders.states import FIVE_STEPS, WorkState, flow_step
from db.operations.work_moves import MoveOrder, move_order
from db.queries.work_order_card import OrderCard
from db.queries.work_order_rights import NextOrderStep
from locales.labels import enum_label
from pages._shell.code_words import CodeWords
from pages._shell.links import plain
from pages._shell.page import Page
from pages._shell.panels.order_assignment import assignment_form
from pages._shell.panels.order_execution import execution_form
from pages._shell.panels.order_heading import is_forward
from pages._shell.panels.order_words import department_picker, order_form, save_order, state_word, step_name
from pages._shell.panels.service_words import instant_box, typed_instant
from pages._shell.registry import N_
from pages._shell.widgets import OpenForm, choose_panel, open_form, send_button, warn_if_stale

_CHOICES: Final[Mapping[type[WorkStepData], str]] = {
    HandlerAnswer: N_("Answer the customer"),
    Execution: N_("The work is done"),
}
"""Where two steps may follow: what each says."""
_DONE: Final[Mapping[WorkState, str]] = {
    WorkState.CLASSIFIED: N_("The request is sorted out. Next: assign it."),
    WorkState.ASSIGNED: N_("The request is assigned."),
    WorkState.UNDER_WAY: N_("The answer is noted; the response clock has stopped."),
    WorkState.CARRIED_OUT: N_("The work is noted. Next: tell the customer the result."),
    WorkState.REPORTED_BACK: N_("The customer was told. Next: ask for the rating and close it."),
    WorkState.CLOSED: N_("The request is closed."),
}


def show_next(page: Page, card: OrderCard, codes: Callable[[], CodeWords]) -> None:
    """The form of the next step, or whose turn it is."""
    steps = [step for step in card.steps if is_forward(step)]
    permitted = [step for step in steps if step.permitted]
    if not permitted:
        _show_turn(page, steps)
        return
    step = permitted[0]
    if len(permitted) > 1:
        names = {one.target.value: page.t(_CHOICES[one.data]) for one in permitted}
        row = card.row
        chosen = choose_panel(page, f"order.step.{row.estate_id}.{row.order_id}.{row.state.value}", names)
        step = next(one for one in permitted if one.target.value == chosen)
    reached = flow_step(step.target)
    if reached is not None:
        name = page.t("Step %(number)s: %(name)s", number=reached.number, name=step_name(page, reached.number))
        st.markdown(f"**{plain(name)}**")
    _FORMS[step.data](page, card, step, codes)


def _show_turn(page: Page, steps: Sequence[NextOrderStep]) -> None:
    """Whose the next step is; a person should not have to guess why there is no form."""
    for target in [step.target for step in steps][:1]:
        step = flow_step(target) or FIVE_STEPS[-1]
        who = enum_label(page.words, step.owner)
        said = page.t("The next step leads to “%(state)s”. It is the turn of: %(who)s.",
                      state=state_word(page, target), who=who)  # fmt: skip
        st.info(said, icon=":material/hourglass_empty:")


def take_step(page: Page, card: OrderCard, step: NextOrderStep, data: WorkStepData, form: OpenForm) -> None:
    """Take a step to another state."""
    row = card.row
    command = MoveOrder(row.estate_id, row.order_id, form.version, step.target, data)
    save_order(page, move_order, command, page.t(_DONE[step.target]), form=form, row=row)


def _begun(page: Page, card: OrderCard, name: str) -> OpenForm:
    form = open_form(order_form(card.row, name), card.row.version)
    warn_if_stale(page, form)
    return form


def _classification(page: Page, card: OrderCard, step: NextOrderStep, codes: Callable[[], CodeWords]) -> None:
    form = _begun(page, card, "classification")
    with st.form(form.key("form"), enter_to_submit=False):
        data = classification_boxes(page, card, form)
        left, _ = st.columns(2)
        with left:
            auto = page.t("the one that does this kind of work")
            department = department_picker(page, codes(), form, "", auto)
        sent = send_button(page, form, page.t("Sort out"))
    if sent:
        found = WorkClassification(
            kind=data.kind, failure=data.failure, people_at_risk=data.people_at_risk, department=department
        )
        take_step(page, card, step, found, form)


def classification_boxes(page: Page, card: OrderCard, form: OpenForm) -> WorkClassification:
    """Kind and failure, beginning with what was submitted."""
    t, row = page.t, card.row
    left, middle, right = st.columns(3, vertical_alignment="bottom")
    kinds = list(WorkKind)
    kind = left.selectbox(
        t("Kind of request"), kinds, index=kinds.index(row.kind), format_func=lambda one: enum_label(page.words, one),
        key=form.key("kind"),
    )  # fmt: skip
    systems: list[PublicSystem | None] = [None, *PublicSystem]
    failure = middle.selectbox(
        t("Public system that failed"), systems, index=systems.index(row.failure),
        format_func=lambda one: t("none") if one is None else enum_label(page.words, one), key=form.key("failure"),
    )  # fmt: skip
    at_risk = right.checkbox(t("People are trapped or hurt"), row.people_at_risk, key=form.key("risk"))
    return WorkClassification(kind=kind, failure=failure, people_at_risk=at_risk)


def _answer(page: Page, card: OrderCard, step: NextOrderStep, _codes: Callable[[], CodeWords]) -> None:
    t, form = page.t, _begun(page, card, "answer")
    with st.form(form.key("form"), enter_to_submit=False):
        plan = st.text_area(
            t("What the customer was told: when somebody comes, what will be done"),
            max_chars=LONGEST_TEXT, height=90, key=form.key("plan"),
        )  # fmt: skip
        left, right = st.columns(2)
        with left:
            channel = channel_picker(page, card, form)
        with right:
            at = instant_box(page, form, t("Told at"), "at")
        sent = send_button(page, form, t("Note the answer"))
    if sent:
        earliest = card.times.reopened_at or card.row.registered_at
        data = HandlerAnswer(plan=plan, channel=channel, at=typed_instant(at, earliest=earliest))
        take_step(page, card, step, data, form)


def channel_picker(page: Page, card: OrderCard, form: OpenForm) -> WorkChannel | None:
    """By which channel the customer was spoken to; none where there is nobody."""
    t = page.t
    spoken = [one for one in WorkChannel if one not in (WorkChannel.PATROL, WorkChannel.COMPLAINT)]
    channels: list[WorkChannel | None] = [*spoken] if card.contactable else [None, *spoken]
    return st.selectbox(
        t("Spoken to by"), channels,
        format_func=lambda one: t("There is nobody to talk to") if one is None else enum_label(page.words, one),
        key=form.key("channel"),
    )  # fmt: skip


def _report_back(page: Page, card: OrderCard, step: NextOrderStep, _codes: Callable[[], CodeWords]) -> None:
    t, form = page.t, _begun(page, card, "report_back")
    with st.form(form.key("form"), enter_to_submit=False):
        told = st.text_area(
            t("What the customer was told of the result"), max_chars=LONGEST_TEXT, height=90, key=form.key("told")
        )
        left, right = st.columns(2)
        with left:
            channel = channel_picker(page, card, form)
        with right:
            at = instant_box(page, form, t("Told at"), "at")
        sent = send_button(page, form, t("Note what was told"))
    if sent:
        data = ReportBack(told=told, channel=channel, at=typed_instant(at, earliest=card.times.carried_out_at))
        take_step(page, card, step, data, form)


def _closing(page: Page, card: OrderCard, step: NextOrderStep, _codes: Callable[[], CodeWords]) -> None:
    """The rating, or why there is none; who did or entered the work is not asked for the rating."""
    t, form = page.t, _begun(page, card, "closing")
    marks = [*range(LOWEST_RATING, HIGHEST_RATING + 1)] if card.acts.rate else []
    if not marks:
        st.caption(t("You did or entered the work, so somebody else notes the rating; you may close it without one."))
    with st.form(form.key("form"), enter_to_submit=False):
        rating: Any = None
        if marks:
            asked = t("Rating by the customer (5 very satisfied … 1 very dissatisfied)")
            rating = st.segmented_control(asked, list(reversed(marks)), key=form.key("rating"))
        left, right = st.columns([1, 2])
        reasons: list[NoRating | None] = [None, *NoRating]
        missing = left.selectbox(
            t("No rating because"), reasons,
            format_func=lambda one: t("there is a rating") if one is None else enum_label(page.words, one),
            index=0 if marks else 1, key=form.key("missing"),
        )  # fmt: skip
        comment = right.text_area(
            t("Words of the customer (needed for 1 and 2)"), max_chars=LONGEST_REASON, height=80,
            key=form.key("comment"),
        )  # fmt: skip
        sent = send_button(page, form, t("Close the request"))
    if sent:
        take_step(page, card, step, WorkClosing(rating=rating, comment=comment, no_rating=missing), form)


def _assignment(page: Page, card: OrderCard, step: NextOrderStep, codes: Callable[[], CodeWords]) -> None:
    form = _begun(page, card, "assignment")
    data = assignment_form(page, card, form, codes)
    if data is not None:
        take_step(page, card, step, data, form)


def _execution(page: Page, card: OrderCard, step: NextOrderStep, _codes: Callable[[], CodeWords]) -> None:
    form = _begun(page, card, "execution")
    data = execution_form(page, card, form)
    if data is not None:
        take_step(page, card, step, data, form)


_Form = Callable[[Page, OrderCard, NextOrderStep, Callable[[], CodeWords]], None]
_FORMS: Final[Mapping[type[WorkStepData], _Form]] = {
    WorkClassification: _classification,
    WorkAssignment: _assignment,
    HandlerAnswer: _answer,
    Execution: _execution,
    ReportBack: _report_back,
    WorkClosing: _closing,
}
