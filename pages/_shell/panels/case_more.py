"""The panel *More actions*: what leads off the way or beside it, one at a time (R-103 to R-105, R-112)."""

from collections.abc import Callable
from typing import Final, TypeAlias

import streamlit as st

from core.admin.codes import CodeList
from core.admin.permissions import Permission
from core.complaints.outcome_steps import Merge, Reopening, Withdrawal
from core.complaints.states import CaseState, is_ended
from core.kernel.identity import CaseId, MeasureId, StaffId
from core.kernel.records import RecordKind
from core.kernel.texts import LONGEST_REASON
from core.meetings.measures import MeasureSource
from core.work_orders.kinds import PublicSystem, WorkKind
from core.work_orders.request import LONGEST_CONTENT, RequestRecord
from db.operations.case_care import HoldCase, hold_case
from db.operations.case_moves import (
    EscalateCase,
    LinkMeasure,
    MergeCase,
    MoveCase,
    ReclassifyCase,
    TransferCase,
    escalate_case,
    link_measure,
    merge_case,
    move_case,
    reclassify_case,
    transfer_case,
)
from db.operations.work_chain import OrderFromCase, order_from_case
from db.queries.case_card import CaseCard
from db.queries.case_measures import CaseMeasuresWanted, case_measures
from db.queries.cases import CasesShown, CasesWanted, cases
from locales.labels import enum_label
from pages._shell import state
from pages._shell.code_words import code_words
from pages._shell.links import open_button
from pages._shell.page import Page
from pages._shell.panels.case_assign import people_for, person_picker
from pages._shell.panels.case_classify import classification_form
from pages._shell.panels.case_edit import show_edit
from pages._shell.panels.case_forms import pick_enum
from pages._shell.panels.case_open import form_name, said_of_state, saved_case
from pages._shell.panels.case_words import what_text
from pages._shell.panels.service_forms import stay_open
from pages._shell.widgets import OpenForm, code_picker, leave_form, open_form, send_button, warn_if_stale

Show: TypeAlias = Callable[[Page, CaseCard, OpenForm], None]


def more_acts(page: Page, card: CaseCard) -> dict[str, str]:
    """What the person may do beside the next step, by its words; nothing else is offered."""
    t, acts = page.t, card.acts
    left = {step.data for step in card.steps if step.permitted}
    found = {
        "edit": (acts.edit, t("Edit the record")),
        "transfer": (acts.transfer, t("Transfer to another department or handler")),
        "give_back": (acts.give_back, t("Give it back to the department")),
        "reclassify": (acts.reclassify, t("Correct type, category or grade")),
        "order": (_may_order(page, card), t("Open a service request for it")),
        "measure": (acts.rectify, t("Improvement measure for it")),
        "escalate": (acts.escalate, t("Escalate to an emergency")),
        "merge": (Merge in left, t("Merge into another case")),
        "withdraw": (Withdrawal in left, t("Customer takes it back")),
        "reopen": (Reopening in left, t("Open it again")),
        "hold": (_may_hold(page, card), t("End the legal hold") if card.on_hold else t("Lay a legal hold on it")),
    }
    return {name: words for name, (may, words) in found.items() if may}


def _may_order(page: Page, card: CaseCard) -> bool:
    """Whoever handles, helps or classifies opens a request for an open case."""
    helps = page.actor.staff in {card.handler, *(one.staff_id for one in card.collaborators)} - {None}
    works = helps and page.actor.may_at(Permission.CASES_HANDLE, card.estate_id)
    may = works or page.actor.may_at(Permission.CASES_CLASSIFY, card.estate_id)
    return may and not is_ended(card.state) and page.actor.may_at(Permission.ORDERS_REGISTER, card.estate_id)


def _may_hold(page: Page, card: CaseCard) -> bool:
    return page.actor.may_at(Permission.CASES_CLOSE, card.estate_id) and card.times.anonymised_at is None


def show_more(page: Page, card: CaseCard) -> None:
    """Which act, and its form."""
    names = more_acts(page, card)
    act = st.selectbox(
        page.t("What do you want to do?"),
        list(names),
        index=None,
        format_func=lambda name: names.get(name, ""),
        placeholder=page.t("Please choose"),
        key=f"{form_name(card, 'act')}.{card.state.value}.{card.on_hold}",
    )
    if act is None:
        return
    form = open_form(form_name(card, act), card.version)
    warn_if_stale(page, form)
    _SHOWN[act](page, card, form)


def _reason(page: Page, form: OpenForm, label: str = "") -> str:
    return st.text_input(label or page.t("Reason"), max_chars=LONGEST_REASON, key=form.key("reason"))


def _transfer(page: Page, card: CaseCard, form: OpenForm) -> None:
    """Of a classified case only the department; whoever is spoken to already keeps a handler at all times (R-105)."""
    t, codes = page.t, code_words(page, CodeList.DEPARTMENT)
    left, right = st.columns([1, 2])
    with left:
        options = codes.options(CodeList.DEPARTMENT)
        department = code_picker(t("Department"), options, card.department or None, key=form.key("department")) or ""
    handler: StaffId | None = None
    if card.state is not CaseState.CLASSIFIED:
        with right:
            people = people_for(page, card.estate_id, department)
            handler = person_picker(page, t("New handler"), people, codes, key=form.key(f"handler.{department}"))
            if card.state is CaseState.ASSIGNED and st.checkbox(
                t("Let the department choose the handler"), key=form.key("open")
            ):
                handler = None
    reason = _reason(page, form)
    if st.button(t("Transfer"), type="primary", key=form.key("send")):
        command = TransferCase(card.estate_id, card.case_id, form.version, department, handler, reason)
        said = t("The case is transferred. Its clocks run on: the customer goes on waiting.")
        saved_case(page, card, transfer_case, command, said, form=form)


def _give_back(page: Page, card: CaseCard, form: OpenForm) -> None:
    t = page.t
    with st.form(form.key("form"), enter_to_submit=False):
        reason = _reason(page, form, t("Why you give it back"))
        if send_button(page, form, t("Give it back")):
            command = TransferCase(card.estate_id, card.case_id, form.version, card.department, None, reason)
            if page.submit(transfer_case, command):
                leave_form(form.name)
                state.close_record("case")
                page.done(t("You gave case %(number)s back; it waits for another handler.", number=card.number))


def _reclassify(page: Page, card: CaseCard, form: OpenForm) -> None:
    t, codes = page.t, code_words(page, CodeList.DEPARTMENT)
    reason = _reason(page, form, t("Why it is corrected"))
    data = classification_form(page, card, form, codes, button=t("Correct it"))
    if data is not None:
        command = ReclassifyCase(card.estate_id, card.case_id, form.version, data, reason)
        said = t("Corrected. Other limits hold from the start of its clocks.")
        saved_case(page, card, reclassify_case, command, said, form=form)


def _merge(page: Page, card: CaseCard, form: OpenForm) -> None:
    t, near = page.t, [*card.ties.repeats, *card.ties.neighbours]
    known = {one.number: one for one in near if one.kind is RecordKind.CASE}
    with st.form(form.key("form"), enter_to_submit=False):
        left, right = st.columns(2)
        number = left.selectbox(
            t("Case that goes on (choose or type its number)"),
            list(known),
            index=None,
            format_func=lambda one: f"{one} · {known[one].handler_name}" if one in known else one,
            accept_new_options=True,
            placeholder=t("Please choose"),
            key=form.key("into"),
        )
        with right:
            reason = _reason(page, form)
        st.caption(t("This case ends; the other one stands for the households of both."))
        sent = send_button(page, form, t("Merge"))
    if not sent:
        return
    into = CaseId(known[number].record_id) if number in known else _numbered(page, card, number or "")
    if into is None:
        st.error(t("No case of this estate has that number."), icon=":material/block:")
        return
    command = MergeCase(card.estate_id, card.case_id, form.version, into, reason)
    said = t("%(number)s goes on in %(into)s.", number=card.number, into=(number or "").strip().upper())
    if page.submit(merge_case, command):
        leave_form(form.name)
        stay_open(RecordKind.CASE, card.estate_id, card.case_id, said)


def _numbered(page: Page, card: CaseCard, number: str) -> CaseId | None:
    """The case with a number typed, in the same estate."""
    if not number.strip():
        return None
    wanted = CasesWanted(card.estate_id, CasesShown.ALL, search=number, progress=False)
    return next((row.case_id for row in page.read(cases, wanted).rows if row.number == number.strip().upper()), None)


def _withdraw(page: Page, card: CaseCard, form: OpenForm) -> None:
    _leave(page, card, form, CaseState.WITHDRAWN, page.t("Why the customer takes it back"), page.t("Withdraw"))


def _reopen(page: Page, card: CaseCard, form: OpenForm) -> None:
    if card.times.reopen_until is not None:
        st.caption(page.t("It can be opened again up to %(day)s.", day=card.times.reopen_until))
    target = next(step.target for step in card.steps if step.data is Reopening)
    _leave(page, card, form, target, page.t("Why work begins again"), page.t("Open it again"))


def _leave(page: Page, card: CaseCard, form: OpenForm, target: CaseState, label: str, button: str) -> None:  # noqa: PLR0917  # one line of words each
    with st.form(form.key("form"), enter_to_submit=False):
        reason = _reason(page, form, label)
        sent = send_button(page, form, button)
    if sent:
        data = Withdrawal(reason=reason) if target is CaseState.WITHDRAWN else Reopening(reason=reason)
        command = MoveCase(card.estate_id, card.case_id, form.version, target, data)
        saved_case(page, card, move_case, command, said_of_state(page, card, target), form=form)


def _escalate(page: Page, card: CaseCard, form: OpenForm) -> None:
    t = page.t
    with st.form(form.key("form"), enter_to_submit=False):
        st.caption(t("An emergency event is drafted from this case; the case goes on in the queue."))
        reason = _reason(page, form)
        if send_button(page, form, t("Draft the emergency event")):
            command = EscalateCase(card.estate_id, card.case_id, form.version, reason)
            said = t("The emergency event is drafted. The case goes on in the queue.")
            saved_case(page, card, escalate_case, command, said, form=form)


def _measure(page: Page, card: CaseCard, form: OpenForm) -> None:
    """Name the measure that deals with the case, or open a new one, which is linked at once (R-104)."""
    t = page.t
    rows = page.read(case_measures, CaseMeasuresWanted(card.estate_id))
    names = {one.measure_id: f"{one.number} · {enum_label(page.words, one.stage)} · {one.problem}" for one in rows}
    kept = card.measure.measure_id if card.measure else None
    with st.form(form.key("form"), enter_to_submit=False):
        options: list[MeasureId | None] = [None, *names]
        chosen = st.selectbox(
            t("Measure that deals with it"),
            options,
            index=options.index(kept) if kept in options else 0,
            format_func=lambda one: t("None") if one is None else names.get(one, ""),
            key=form.key("measure"),
        )
        sent = send_button(page, form, t("Link the measure"))
    if sent:
        command = LinkMeasure(card.estate_id, card.case_id, form.version, chosen)
        said = t("The measure is linked.") if chosen else t("No measure is linked any more.")
        saved_case(page, card, link_measure, command, said, form=form)
    if page.actor.may_at(Permission.MEASURES_MAKE, card.estate_id):
        open_button(page, t("Open a new measure from this case"), "improvement.measures", key=form.key("new"),
                    estate=card.estate_id, source=MeasureSource.COMPLAINT.value, case=card.case_id)  # fmt: skip


def _order(page: Page, card: CaseCard, form: OpenForm) -> None:
    """A service request that follows from the case; both timelines tell of it."""
    t = page.t
    with st.form(form.key("form"), enter_to_submit=False):
        left, middle, right = st.columns(3, vertical_alignment="bottom")
        with left:
            kind = pick_enum(page, t("Kind of work"), WorkKind, key=form.key("kind"), start=WorkKind.REPAIR)
        with middle:
            failure = pick_enum(page, t("Public system that failed"), PublicSystem, key=form.key("failure"),
                                none=t("none of them"))  # fmt: skip
        risk = right.checkbox(t("People are trapped or at risk"), key=form.key("risk"))
        about = what_text(page, card.record_type, card.category, card.sub_category)
        start = t("%(title)s: %(text)s", title=about, text=card.content)[:LONGEST_CONTENT]
        content = st.text_area(
            t("What is to be done"), start, max_chars=LONGEST_CONTENT, height=100, key=form.key("content")
        )
        st.caption(t("Place, time and customer are taken over from the case."))
        sent = send_button(page, form, t("Open the service request"))
    if not sent:
        return
    record = RequestRecord(
        kind=kind, failure=failure, people_at_risk=risk, content=content, noticed_at=None, channel=None,
        households=card.households,
    )  # fmt: skip
    command = OrderFromCase(card.estate_id, card.case_id, record, state.intent(form.name))
    saved = page.submit(order_from_case, command)
    if saved:
        leave_form(form.name)
        state.renew_intent(form.name)
        said = t("Service request %(number)s is open for this case.", number=saved.value.number)
        stay_open(RecordKind.CASE, card.estate_id, card.case_id, said)


def _hold(page: Page, card: CaseCard, form: OpenForm) -> None:
    t = page.t
    with st.form(form.key("form"), enter_to_submit=False):
        st.caption(t("While a legal hold lies on a case, nothing of it is forgotten when its time is over."))
        reason = _reason(page, form)
        if send_button(page, form, t("End the hold") if card.on_hold else t("Lay the hold")):
            command = HoldCase(card.estate_id, card.case_id, form.version, not card.on_hold, reason)
            said = t("The legal hold has ended.") if card.on_hold else t("The legal hold lies on the case.")
            saved_case(page, card, hold_case, command, said, form=form)


_SHOWN: Final[dict[str, Show]] = {
    "edit": show_edit,
    "transfer": _transfer,
    "give_back": _give_back,
    "reclassify": _reclassify,
    "order": _order,
    "measure": _measure,
    "escalate": _escalate,
    "merge": _merge,
    "withdraw": _withdraw,
    "reopen": _reopen,
    "hold": _hold,
}
