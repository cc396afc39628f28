"""The panel *Case*: facts, who gave it (masked, opened with a reason), what else there is in the household, ties."""

from collections.abc import Iterator
from dataclasses import dataclass

import streamlit as st

from core.admin.codes import CodeList
from core.admin.permissions import Permission
from core.complaints.taxonomy import RecordType, SubCategory
from core.customers.reveals import LONGEST_REASON, ContactField
from core.kernel.records import RecordKind
from core.work_orders.kinds import PublicSystem, WorkKind
from db.operations.case_contacts import RevealCaller, reveal_caller
from db.operations.customers import RevealContact, reveal_contact
from db.queries.case_card import CaseCard
from db.queries.case_household import Related
from locales.labels import enum_label, labels
from pages._shell import state
from pages._shell.code_words import CodeWords
from pages._shell.links import open_button, plain
from pages._shell.page import Page, Saved
from pages._shell.panels.case_words import weight_text, what_text
from pages._shell.panels.service_words import deadline_text, level_text
from pages._shell.registry import page_entry
from pages._shell.tables import Column, show_table
from pages._shell.widgets import open_form, send_button, show_facts


@dataclass(frozen=True, slots=True)
class _Tie:
    """Another record with how it is tied to the case."""

    tie: str
    record: Related


def place_text(page: Page, card: CaseCard) -> str:
    """The unit, the public place, or both."""
    unit = page.t("Unit %(code)s", code=card.unit_code) if card.unit_code else ""
    return " · ".join(part for part in (unit, card.place) if part)


def giver_text(page: Page, card: CaseCard) -> str:
    """Who gave it, masked."""
    if card.giver is None:
        return page.t("anonymous")
    return card.giver.name or card.giver.phone or page.t("a caller who is not on file")


def show_case(page: Page, card: CaseCard, codes: CodeWords) -> None:
    """Everything known of the case."""
    left, right = st.columns([3, 2], gap="medium")
    with left:
        _show_facts(page, card, codes)
        _show_outcome(page, card)
    with right:
        _show_giver(page, card)
        _show_arrears(page, card)
    _show_ties(page, card)


def _show_facts(page: Page, card: CaseCard, codes: CodeWords) -> None:
    t, words = page.t, page.words
    category = enum_label(words, card.category) if card.category else t("not classified yet")
    helpers = t(", ").join(f"{one.name} ({one.part})" for one in card.collaborators)
    show_facts(
        page,
        [
            (t("Kind of matter"), enum_label(words, card.record_type)),
            (t("Category"), category),
            (t("Sub-category"), enum_label(words, card.sub_category) if card.sub_category else ""),
            (t("Grade"), weight_text(page, card.grade.grade, card.handling)),
            (t("Why not the proposed grade (%(grade)s)", grade=enum_label(words, card.grade.proposed)),
             card.grade.reason),
            (t("Households affected"), card.households),
            (t("Happened at"), card.happened_at),
            (t("Registered at"), card.registered_at),
            (t("Came in by"), enum_label(words, card.channel)),
            (t("Emotion"), enum_label(words, card.emotion)),
            (t("Reference"), card.source_reference),
            (t("Department"), codes.say(CodeList.DEPARTMENT, card.department)),
            (t("Handled by"), card.handler_name or t("nobody has it yet")),
            (t("Helping"), helpers),
            (t("Taken in by"), card.receiver_name),
            (t("Deadline"), deadline_text(page, card.deadline) if card.deadline else ""),
            (t("Legal hold"), t("yes, nothing is forgotten") if card.on_hold else ""),
        ],
        columns=3,
    )  # fmt: skip


def _show_outcome(page: Page, card: CaseCard) -> None:
    t, words, times, outcome = page.t, page.words, card.times, card.outcome
    into = outcome.merged_into.number if outcome.merged_into else ""
    facts: list[tuple[str, object]] = [
        (t("First contact at"), times.responded_at),
        (t("Feedback at"), times.resolved_at),
        (t("Called back at"), times.called_back_at),
        (t("Satisfied with the result"), outcome.satisfied),
        (t("Root cause"), enum_label(words, outcome.root_cause) if outcome.root_cause else ""),
        (t("Cause in detail"), enum_label(words, outcome.cause_detail) if outcome.cause_detail else ""),
        (t("Kind of solution"), enum_label(words, outcome.solution) if outcome.solution else ""),
        (t("No call-back because"), enum_label(words, outcome.no_call_back) if outcome.no_call_back else ""),
        (t("Goes on in"), into),
        (t("Opened again"), times.reopenings or ""),
        (t("Ended at"), times.ended_at),
        (t("Can be opened again until"), times.reopen_until),
        (t("Improvement measure"), _measure_text(page, card)),
    ]
    if any(value not in (None, "") for _, value in facts):
        st.divider()
        show_facts(page, facts, columns=3)
    if card.measure is not None:
        open_button(page, t("Open the measure"), "improvement.measures", key="case.measure", estate=card.estate_id,
                    of=card.estate_id, measure=card.measure.measure_id)  # fmt: skip
    if outcome.merged_into is not None:
        open_button(page, t("Open %(name)s", name=plain(into)), "service.cases", key="case.into",
                    estate=card.estate_id, of=card.estate_id, case=outcome.merged_into.case_id)  # fmt: skip


def _measure_text(page: Page, card: CaseCard) -> str:
    if card.measure is None:
        return page.t("⚠ needed before this repeated complaint is closed") if card.needs_rectification else ""
    stage = enum_label(page.words, card.measure.stage)
    return f"{card.measure.number} · {stage} · {page.words.date(card.measure.deadline)}"


def _show_giver(page: Page, card: CaseCard) -> None:
    """Who gave it: masked; the full name or number is opened with a reason and is written down (R-101, R-195)."""
    t, giver = page.t, card.giver
    if giver is None:
        st.caption(t("The case is anonymous: nobody is called back; the customer asks by the number."))
        return
    on_file = t("customer on file") if giver.customer_id else t("caller who is not on file")
    show_facts(page, [(t("Who gave it"), giver.name or "–"), (t("Phone"), giver.phone or t("none on record")),
                      (t("Known as"), on_file)])  # fmt: skip
    if page.actor.may_at(Permission.CUSTOMERS_REVEAL, card.estate_id) and card.times.anonymised_at is None:
        _reveal_form(page, card)


def _reveal_form(page: Page, card: CaseCard) -> None:
    t, giver = page.t, card.giver
    form = open_form(f"case.reveal.{card.estate_id}.{card.case_id}")
    if giver is None:
        return
    with st.form(form.key("form"), enter_to_submit=False):
        fields = [ContactField.PHONE] * giver.has_phone + [ContactField.NAME]
        wanted = st.radio(
            t("To be shown"), fields, horizontal=True, key=form.key("what"),
            format_func=lambda one: enum_label(page.words, one),
        )  # fmt: skip
        reason = st.text_input(
            t("Reason"), max_chars=LONGEST_REASON, key=form.key("reason"),
            placeholder=t("for instance: call back about this case"),
        )  # fmt: skip
        st.caption(t("Every opening is written into the audit log with your reason, and counted."))
        sent = send_button(page, form, t("Show in full to call"))
    if sent and wanted is not None:
        opened: Saved[str] | None
        if giver.customer_id is not None:
            opened = page.submit(reveal_contact, RevealContact(card.estate_id, giver.customer_id, wanted, reason))
        else:
            opened = page.submit(reveal_caller, RevealCaller(card.estate_id, card.case_id, wanted, reason))
        if opened:
            st.caption(t("Shown until your next click:"))
            st.code(opened.value, language=None)


def _show_arrears(page: Page, card: CaseCard) -> None:
    """What the household owes, only for who may see fees."""
    if card.arrears is None:
        return
    if not card.arrears.bills:
        st.caption(page.t("The household owes nothing past its due date."))
        return
    said = page.words.tn(
        "The household owes %(amount)s in %(count)s bill past its due date, the oldest since %(day)s.",
        "The household owes %(amount)s in %(count)s bills past their due date, the oldest since %(day)s.",
        card.arrears.bills,
        amount=card.arrears.amount,
        day=card.arrears.oldest_due,
    )
    st.caption(plain(said))


def _ties(page: Page, card: CaseCard) -> Iterator[_Tie]:
    t, ties = page.t, card.ties
    for name, rows in (
        (t("Service request of this case"), ties.orders),
        (t("It repeats"), ties.repeats),
        (t("Merged into this case"), ties.merged),
        (t("Open in the same unit"), ties.neighbours),
    ):
        yield from (_Tie(name, row) for row in rows)


def _show_ties(page: Page, card: CaseCard) -> None:
    """Other records that have to do with it; a picked row opens."""
    t, rows = page.t, list(_ties(page, card))
    if not rows:
        return
    columns: list[Column[_Tie]] = [
        Column(t("How it is tied"), lambda row: row.tie),
        Column(t("Its number"), lambda row: row.record.number),
        Column(t("What about"), lambda row: topic_text(page, row.record)),
        Column(t("Status"), lambda row: level_text(page, row.record.level)),
        Column(t("State of handling"), lambda row: _state_text(page, row.record)),
        Column(t("Registered at"), lambda row: row.record.registered_at),
        Column(t("Handled by"), lambda row: row.record.handler_name or t("nobody yet")),
    ]
    st.caption(t("What has to do with it"))
    key = f"case.ties.{card.estate_id}.{card.case_id}"
    picked = show_table(page, rows, columns, key=key, empty="", opens=True, counted=False)
    if picked is not None:
        _open_tie(page, card, picked.record)


def _open_tie(page: Page, card: CaseCard, record: Related) -> None:
    if not record.may_open:
        st.caption(page.t("%(number)s is not yours to open.", number=record.number))
    elif record.kind is RecordKind.CASE:
        state.open_record(of=card.estate_id, case=record.record_id)
        st.rerun()
    else:
        address = {"of": str(card.estate_id), "order": str(record.record_id)}
        st.switch_page(page_entry("service.requests").script, query_params=address)


def topic_text(page: Page, record: Related) -> str:
    """What a related record is about, the narrowest that is known."""
    if record.kind is RecordKind.CASE:
        sub_category = SubCategory(record.detail) if record.detail else None
        return what_text(page, RecordType(record.topic), None, sub_category)
    if record.detail:
        return enum_label(page.words, PublicSystem(record.detail))
    return enum_label(page.words, WorkKind(record.topic)) if record.topic else "–"


def _state_text(page: Page, record: Related) -> str:
    family = "CaseState" if record.kind is RecordKind.CASE else "WorkState"
    code = f"enum.{family}.{record.state}"
    return page.label(code) if code in labels() else record.state
