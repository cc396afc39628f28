"""The panel *Next step*: one form for the step the person may take, what it came to, what comes next (R-088)."""

from typing import Final

import streamlit as st

from core.admin.codes import CodeList
from core.complaints.facts import StepData
from core.complaints.handling_steps import Assignment, Classification, FirstContact, Plan
from core.complaints.outcome_steps import CallBack, Closing, Resolution
from core.complaints.states import CaseState
from core.kernel.records import RecordKind
from db.operations.case_moves import MoveCase, move_case
from db.queries.case_card import CaseCard
from db.queries.case_rights import NextStep
from pages._shell.code_words import CodeWords, code_words
from pages._shell.page import Page
from pages._shell.panels.case_forms import FORMS, StepForm
from pages._shell.panels.case_knowledge import count_uses
from pages._shell.panels.case_open import form_name, said_of_state
from pages._shell.panels.case_words import next_text
from pages._shell.panels.service_forms import stay_open
from pages._shell.registry import N_
from pages._shell.widgets import leave_form, open_form, warn_if_stale

_TITLES: Final[dict[type[StepData], str]] = {
    Classification: N_("Classify"),
    Assignment: N_("Assign"),
    FirstContact: N_("First contact with the customer"),
    Plan: N_("Make a plan"),
    Resolution: N_("Result and feedback"),
    CallBack: N_("Call the customer back"),
    Closing: N_("Close the case"),
}
_WITH_CODES: Final = (Classification, Assignment)


def main_steps(card: CaseCard) -> tuple[NextStep, ...]:
    """The steps on the way that the person may take from here, the main one first."""
    return tuple(step for step in card.steps if step.permitted and step.data in FORMS)


def show_next_step(page: Page, card: CaseCard, steps: tuple[NextStep, ...]) -> None:
    """The form of the next step; where two are possible (call back, or close without), the person chooses."""
    step = _chosen(page, card, steps) if len(steps) > 1 else steps[0]
    form = open_form(form_name(card, step.target.value), card.version)
    st.markdown(f"##### {page.t(_TITLES[step.data])}")
    warn_if_stale(page, form)
    codes = code_words(page, CodeList.DEPARTMENT) if step.data in _WITH_CODES else CodeWords({}, {})
    data = FORMS[step.data](page, StepForm(card, form, codes, step.target))
    if data is None:
        return
    saved = page.submit(move_case, MoveCase(card.estate_id, card.case_id, form.version, step.target, data))
    if saved:
        count_uses(page, card, form)
        leave_form(form.name)
        stay_open(RecordKind.CASE, card.estate_id, card.case_id, said_of_state(page, card, saved.value))


def _chosen(page: Page, card: CaseCard, steps: tuple[NextStep, ...]) -> NextStep:
    names = {step.target.value: page.t(_TITLES[step.data]) for step in steps}
    if card.state is CaseState.RESOLVED and CaseState.CLOSED.value in names:
        names[CaseState.CLOSED.value] = page.t("Close without a call-back")
    code = st.segmented_control(
        page.t("Step"),
        list(names),
        default=next(iter(names)),
        required=True,
        format_func=names.__getitem__,
        key=f"{form_name(card, 'which')}.{card.state.value}",
        label_visibility="collapsed",
    )
    return next(step for step in steps if step.target.value == code)


def show_who_is_next(page: Page, card: CaseCard) -> None:
    """What comes next where it is not this person's step."""
    st.caption(next_text(page, card.record_type, card.state))
    if card.state is CaseState.RESOLVED:
        st.caption(page.t("Whoever handled the case or entered the result does not call back."))
    if card.needs_rectification and card.state is CaseState.CALLED_BACK:
        st.caption(page.t("A repeated complaint is closed once an improvement measure deals with it."))
