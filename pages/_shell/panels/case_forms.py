"""The form of each step of a complaint, by the kind of data it is entered with (R-077, R-079, R-082, R-090 to R-095).

A form gives the data once it was sent, else nothing; what is missing or wrong the rules say, and what was typed stays.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeAlias

import streamlit as st

from core.complaints.facts import StepData
from core.complaints.handling_steps import Assignment, Classification, FirstContact, Plan
from core.complaints.outcome_steps import CallBack, Closing, NoCallBack, Resolution
from core.complaints.states import CaseState
from core.complaints.taxonomy import CaseChannel, CauseDetail, RecordType, RootCause, Solution
from core.kernel.texts import LONGEST_REASON, LONGEST_TEXT
from db.queries.case_card import CaseCard
from locales.labels import enum_label
from pages._shell.code_words import CodeWords
from pages._shell.page import Page
from pages._shell.panels.case_assign import assignment_form
from pages._shell.panels.case_classify import classification_form
from pages._shell.panels.case_knowledge import offer_knowledge
from pages._shell.panels.service_words import instant_box, typed_instant
from pages._shell.widgets import OpenForm, send_button

_HEIGHT: Final = 100


@dataclass(frozen=True, slots=True)
class StepForm:
    """What a form works with: the case, the open form, what the company calls its departments."""

    card: CaseCard
    form: OpenForm
    codes: CodeWords
    target: CaseState

    @property
    def waits_since(self) -> datetime:
        """When the customer last began to wait; nothing was done before."""
        return self.card.times.reopened_at or self.card.registered_at


Form: TypeAlias = Callable[[Page, StepForm], StepData | None]


def pick_enum(page: Page, label: str, members: Any, *, key: str, start: Any = None, none: str | None = None) -> Any:
    """A picker of an enum's members by their words; nothing is chosen for the person unless ``start`` says so."""
    options = list(members)
    return st.selectbox(
        label,
        options,
        index=None if start is None else options.index(start),
        format_func=lambda member: enum_label(page.words, member),
        placeholder=none or page.t("Please choose"),
        key=key,
    )


def _words(label: str, key: str, start: str = "") -> str:
    return st.text_area(label, start, max_chars=LONGEST_TEXT, height=_HEIGHT, key=key)


def _classify(page: Page, of: StepForm) -> Classification | None:
    return classification_form(page, of.card, of.form, of.codes)


def _assign(page: Page, of: StepForm) -> Assignment | None:
    return assignment_form(page, of.card, of.form, of.codes)


def _first_contact(page: Page, of: StepForm) -> FirstContact | None:
    t, card, form = page.t, of.card, of.form
    with st.form(form.key("form"), enter_to_submit=False):
        restated = _words(t("What the customer wants, in our words"), form.key("restated"), card.claim)
        confirmed, channel = False, None
        if card.anonymous:
            st.caption(t("Nobody can be reached: note how the matter is understood, and when work on it began."))
        else:
            confirmed = st.checkbox(t("The customer confirmed that this is what is meant"), key=form.key("confirmed"))
        left, right = st.columns(2)
        if not card.anonymous:
            with left:
                channel = pick_enum(page, t("Spoken to by"), CaseChannel, key=form.key("channel"))
        with right:
            at = instant_box(page, form, t("When"), "at")
        if not send_button(page, form, t("Note the first contact")):
            return None
    return FirstContact(
        restated=restated, confirmed=confirmed, channel=channel, at=typed_instant(at, earliest=of.waits_since)
    )


def _plan(page: Page, of: StepForm) -> Plan | None:
    with st.form(of.form.key("form"), enter_to_submit=False):
        plan = _words(page.t("What will be done, by whom and until when"), of.form.key("plan"))
        return Plan(plan=plan) if send_button(page, of.form, page.t("Keep the plan")) else None


def _resolution(page: Page, of: StepForm) -> Resolution | None:
    t, form = page.t, of.form
    offer_knowledge(page, of.card, form)
    with st.form(form.key("form"), enter_to_submit=False):
        left, middle, right, last = st.columns(4)
        with left:
            cause = pick_enum(page, t("Root cause"), RootCause, key=form.key("root_cause"))
        with middle:
            detail = pick_enum(
                page, t("Cause in detail"), CauseDetail, key=form.key("cause_detail"), none=t("not looked into")
            )
        with right:
            solution = pick_enum(page, t("Kind of solution"), Solution, key=form.key("solution"))
        with last:
            at = instant_box(page, form, t("Told the customer at"), "at")
        one, other = st.columns(2)
        with one:
            measure = _words(t("What was done"), form.key("measure"))
        with other:
            feedback = _words(t("What the customer was told"), form.key("feedback"))
        if not send_button(page, form, t("Note the result")):
            return None
    return Resolution(
        root_cause=cause,
        cause_detail=detail,
        solution=solution,
        measure=measure,
        feedback=feedback,
        at=typed_instant(at, earliest=of.waits_since),
    )


def _call_back(page: Page, of: StepForm) -> CallBack | None:
    t, form = page.t, of.form
    with st.form(form.key("form"), enter_to_submit=False):
        left, middle, right = st.columns([2, 1, 1])
        with left:
            satisfied = st.radio(
                t("Is the customer satisfied with the result?"),
                [True, False],
                index=None,
                horizontal=True,
                format_func=lambda yes: t("Yes, satisfied") if yes else t("No: work begins again"),
                key=form.key("satisfied"),
            )
        with middle:
            channel = pick_enum(page, t("Spoken to by"), CaseChannel, key=form.key("channel"), start=CaseChannel.PHONE)
        with right:
            at = instant_box(page, form, t("Called at"), "at")
        comment = _words(t("What the customer said"), form.key("comment"))
        if not send_button(page, form, t("Note the call-back")):
            return None
    resolved = of.card.times.resolved_at or of.waits_since
    return CallBack(
        by=page.actor.staff,
        satisfied=satisfied,
        comment=comment,
        channel=channel,
        at=typed_instant(at, earliest=resolved),
    )


def _closing(page: Page, of: StepForm) -> Closing | None:
    t, card, form = page.t, of.card, of.form
    with st.form(form.key("form"), enter_to_submit=False):
        note = _words(_closing_label(page, card.record_type), form.key("note"))
        why, explained, at = None, "", None
        if card.record_type is not RecordType.COMPLAINT:
            at = instant_box(page, form, t("Told the customer at"), "at")
        elif card.state is CaseState.RESOLVED:
            left, right = st.columns(2)
            reasons = [one for one in NoCallBack if card.anonymous or one is not NoCallBack.ANONYMOUS]
            start = NoCallBack.ANONYMOUS if card.anonymous else None
            with left:
                why = pick_enum(
                    page, t("Why no call-back was possible"), reasons, key=form.key("no_call_back"), start=start
                )
            explained = right.text_input(
                t("Explained (where not reached or something else)"),
                max_chars=LONGEST_REASON,
                key=form.key("explained"),
            )
        if not send_button(page, form, t("Close the case")):
            return None
    return Closing(
        note=note,
        no_call_back=why,
        no_call_back_note=explained,
        at=typed_instant(at, earliest=of.waits_since),
    )


def _closing_label(page: Page, record_type: RecordType) -> str:
    if record_type is RecordType.COMPLAINT:
        return page.t("Closing note")
    return page.t("The thanks given") if record_type is RecordType.PRAISE else page.t("The answer given")


FORMS: Final[Mapping[type[StepData], Form]] = {
    Classification: _classify,
    Assignment: _assign,
    FirstContact: _first_contact,
    Plan: _plan,
    Resolution: _resolution,
    CallBack: _call_back,
    Closing: _closing,
}
"""The steps on the way; leaving it – withdrawn, merged, opened again – has forms of its own."""
