"""The right side of a call: the sentence to say, what may be the same, the household, what is known (R-097, R-108)."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import streamlit as st

from core.complaints.promise import Promise
from core.complaints.states import CaseState
from core.complaints.taxonomy import RecordType, SubCategory
from core.kernel.identity import EstateId
from core.kernel.records import RecordKind
from core.work_orders.kinds import PublicSystem, WorkKind
from core.work_orders.states import WorkState
from db.queries.case_household import Related, Resident
from db.queries.case_intake import HouseholdFacts, HouseholdWanted, IntakeAdvice, LikelyDuplicate, household_facts
from db.queries.knowledge import KnowledgeRow
from db.queries.request_intake import RequestAdvice
from locales.labels import enum_label, label
from pages._shell.links import open_button, plain
from pages._shell.page import Page
from pages._shell.panels.intake_draft import Draft, remembered
from pages._shell.panels.intake_form import slot_text, spoken_time
from pages._shell.panels.service_words import level_text

_FOLLOWS: Final = "⋯"
"""Stands for the number as long as there is none."""

_RECORD: Final = {RecordKind.CASE: ("service.cases", "case"), RecordKind.ORDER: ("service.requests", "order")}


# --- the sentence


def promise_text(page: Page, promise: Promise) -> str:
    """What to tell the customer of a case, times as one says them."""
    fields = {name: _spoken(page, value) for name, value in promise.fields.items()}
    return label(page.words, promise.sentence.value) % fields


def _spoken(page: Page, value: str | datetime) -> str:
    return spoken_time(page, value) if isinstance(value, datetime) else value or _FOLLOWS


def request_text(page: Page, draft: Draft, number: str, respond_by: datetime | None, finish_by: datetime | None) -> str:
    """What to tell the customer of a service request."""
    t, number = page.t, number or _FOLLOWS
    if respond_by is None or finish_by is None:
        said = t("Your number is %(number)s.", number=number)
    else:
        times = {"respond": spoken_time(page, respond_by), "finish": spoken_time(page, finish_by)}
        said = (
            t("Your number is %(number)s. This is an emergency: we will contact you by %(respond)s and mean to have it "
              "working again by %(finish)s.", number=number, **times)
            if draft.failure
            else t("Your number is %(number)s. We will contact you by %(respond)s and mean to have it done by "
                   "%(finish)s.", number=number, **times)
        )  # fmt: skip
    if draft.wanted is None:
        return said
    wish = t("You would like us to come %(slot)s; we will call to agree on it.", slot=slot_text(page, draft.wanted))
    return f"{said} {wish}"


def show_sentence(page: Page, text: str, *, title: str = "") -> None:
    """The sentence, large enough to read aloud."""
    with st.container(border=True, key="intake_sentence", gap="xsmall"):
        st.caption(title or page.t("Say to the customer:"))
        st.subheader(plain(text), anchor=False)


def show_unknown_years(page: Page, years: Sequence[int]) -> None:
    """Say where times rest on holidays nobody has announced yet (R-009)."""
    if years:
        said = page.t(", ").join(map(str, years))
        st.caption(page.t("The holidays of %(years)s are not known yet; Monday to Friday were counted as working days.",
                          years=said))  # fmt: skip


# --- the same matter


def show_duplicates(page: Page, estate: EstateId, advice: IntakeAdvice) -> None:
    """Cases that may be this one, with a way to open each; and a warning when it repeats earlier complaints."""
    t = page.t
    if advice.repeated:
        numbers = t(", ").join(advice.repeats)
        st.warning(
            t("Repeated: the same complaint came before (%(numbers)s). Say that we know, and that it is looked into.",
              numbers=numbers), icon=":material/repeat:",
        )  # fmt: skip
    if advice.duplicates:
        with st.container(border=True, key="intake_same", gap="xsmall"):
            st.markdown(f"**{t('May be the same')}**")
            for one in advice.duplicates:
                _show_duplicate(page, estate, one)


def _show_duplicate(page: Page, estate: EstateId, one: LikelyDuplicate) -> None:
    t, words = page.t, page.words
    reasons = t(", ").join(enum_label(words, reason) for reason in one.reasons)
    facts = (
        one.place,
        enum_label(words, one.sub_category) if one.sub_category else "",
        enum_label(words, one.state),
        words.instant(one.registered_at),
        one.handler_name,
    )
    where, way = st.columns([5, 4], vertical_alignment="center")
    with where:
        st.caption(plain(f"{one.number} · {reasons}"))
        st.text(" · ".join(filter(None, facts)) + (f"\n“{one.content}”" if one.content else ""))
    if one.may_open:
        with way:
            open_button(page, t("The same: open it"), "service.cases", key=f"intake.same.{one.case_id}",
                        estate=estate, of=estate, case=one.case_id)  # fmt: skip


def show_same_requests(page: Page, estate: EstateId, advice: RequestAdvice, draft: Draft) -> None:
    """Open requests that may be this one."""
    if not advice.same:
        return
    t = page.t
    if draft.failure:
        st.warning(
            t("%(system)s: a failure is open already. Say that we know, and whether it is the same place.",
              system=enum_label(page.words, draft.failure)), icon=":material/repeat:",
        )  # fmt: skip
    with st.container(border=True, key="intake_same", gap="xsmall"):
        st.markdown(f"**{t('May be the same')}**")
        for row in advice.same:
            _show_related(page, estate, row, "same")


# --- the household


def show_household(page: Page, draft: Draft) -> None:
    """The household on the phone: its people, what is open, the last call-back, what it owes by right."""
    if draft.unit is None:
        return
    wanted = HouseholdWanted(draft.unit.estate_id, draft.unit.unit_id, with_people=False)
    facts = remembered(page, household_facts, wanted)
    with st.container(border=True, key="intake_household", gap="xsmall"):
        st.markdown(f"**{plain(facts.code)} · {plain(draft.unit.estate_name)}**")
        _show_people(page, draft.unit.people)
        _show_open(page, facts)
        _show_last_call(page, facts)
        _show_arrears(page, facts)


def _show_people(page: Page, people: Sequence[Resident]) -> None:
    for one in people:
        care = page.t(", ").join(enum_label(page.words, flag) for flag in one.care)
        parts = (one.name, enum_label(page.words, one.relation), one.phone, f"⚠ {care}" if care else "")
        st.text(" · ".join(filter(None, parts)))
    if not people:
        st.caption(page.t("Nobody is on record for this unit. Add people on the customers page."))


def _show_open(page: Page, facts: HouseholdFacts) -> None:
    if not facts.open:
        st.caption(page.t("Nothing is open for this household."))
        return
    for row in facts.open:
        _show_related(page, facts.estate_id, row, "open")


def _show_related(page: Page, estate: EstateId, row: Related, tie: str) -> None:
    target, name = _RECORD[row.kind]
    where, way = st.columns([5, 4], vertical_alignment="center")
    facts = (level_text(page, row.level), topic_words(page, row), state_words(page, row), row.handler_name)
    with where:
        st.text(" · ".join(filter(None, facts)))
    with way:
        if row.may_open:
            address: dict[str, Any] = {"of": estate, name: row.record_id}
            open_button(page, plain(row.number), target, key=f"intake.{tie}.{row.record_id}", estate=estate, **address)
        else:
            st.text(row.number)


def topic_words(page: Page, row: Related) -> str:
    """What a record is about: its detail where there is one."""
    kinds: Mapping[RecordKind, tuple[Any, Any]] = {
        RecordKind.CASE: (RecordType, SubCategory),
        RecordKind.ORDER: (WorkKind, PublicSystem),
    }
    topic, detail = kinds[row.kind]
    return enum_label(page.words, detail(row.detail) if row.detail else topic(row.topic))


def state_words(page: Page, row: Related) -> str:
    """How a record stands."""
    state: CaseState | WorkState
    state = CaseState(row.state) if row.kind is RecordKind.CASE else WorkState(row.state)
    return enum_label(page.words, state)


def _show_last_call(page: Page, facts: HouseholdFacts) -> None:
    mark = facts.last_call_back
    if mark is None:
        return
    t = page.t
    said = {"number": mark.number, "day": page.words.instant(mark.at)[:10]}
    good = t("✓ satisfied when called back on %(day)s (%(number)s)", **said)
    st.text(good if mark.satisfied else t("✕ not satisfied when called back on %(day)s (%(number)s)", **said))


def _show_arrears(page: Page, facts: HouseholdFacts) -> None:
    owed = facts.arrears
    if owed is None or not owed.bills:
        return
    said = page.t("Owes %(amount)s in %(bills)s bills, the oldest due on %(day)s",
                  amount=owed.amount, bills=owed.bills, day=owed.oldest_due)  # fmt: skip
    st.caption(plain(said))


# --- what is known


def show_knowledge(rows: Sequence[KnowledgeRow]) -> None:
    """Answers others have written for such a matter, folded."""
    for row in rows:
        with st.expander(f":material/menu_book: {plain(row.title)}", key=f"intake.known.entry.{row.entry_id}"):
            st.text(row.answer)
