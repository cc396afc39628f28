"""What was done with a complaint or request, the newest first: who, when, what was chosen, what was said (R-096)."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final

import streamlit as st

from core.admin.audit import Json
from core.admin.codes import CodeList
from core.kernel.money import Money
from core.kernel.records import RecordKind
from db.queries.service_details import RecordDetails, StepNames, StoredStep
from locales.labels import labels
from pages._shell.code_words import CodeWords
from pages._shell.links import plain
from pages._shell.page import Page

FIRST: Final = 12
"""So many steps are shown at once; the older ones below a fold."""

_ACTIONS: Final[Mapping[RecordKind, tuple[str, ...]]] = {
    RecordKind.CASE: ("CaseAction", "ChainAction"),
    RecordKind.ORDER: ("WorkAction", "ChainAction"),
}
_STATES: Final[Mapping[RecordKind, str]] = {RecordKind.CASE: "CaseState", RecordKind.ORDER: "WorkState"}
_FAMILIES: Final[Mapping[str, tuple[str, ...]]] = {
    "record_type": ("RecordType",),
    "category": ("CaseCategory",),
    "sub_category": ("SubCategory",),
    "grade": ("CaseGrade",),
    "emotion": ("Emotion",),
    "channel": ("CaseChannel", "WorkChannel"),
    "root_cause": ("RootCause",),
    "cause_detail": ("CauseDetail",),
    "solution": ("Solution",),
    "no_call_back": ("NoCallBack",),
    "kind": ("WorkKind", "DraftKind"),
    "failure": ("PublicSystem",),
    "cause": ("WorkCause",),
    "result": ("WorkResult",),
    "no_rating": ("NoRating",),
    "why": ("CancelReason",),
    "appointment": ("AppointmentState",),
}
"""The enums a fact may be a member of."""
_STAFF: Final = frozenset({"handler", "by", "collaborators"})
_RECORDS: Final = frozenset({"into", "case", "order", "repeated_of"})
_INSTANTS: Final = frozenset({"respond_by", "answer_by", "finish_by", "began_at", "start", "end", "from"})
_SILENT: Final = frozenset({"at", "draft", "measure", "order", "anonymous", "automatic"})
"""Facts that say nothing to a person: numbers of the portal's own, and what stands elsewhere on the page."""
_ONLY_IF_SO: Final = frozenset({"special", "people_at_risk"})
"""Marks that are worth a word only where they are set."""


def show_timeline(page: Page, details: RecordDetails, codes: CodeWords) -> None:
    """All steps of a record, the newest on top. ``codes`` holds the words of the departments."""
    steps = tuple(reversed(details.timeline))
    if not steps:
        st.caption(page.t("Nothing was done yet."))
        return
    if details.forgotten:
        st.caption(page.t("Its people were forgotten; the steps stay, what was typed is gone."))
    for step in steps[:FIRST]:
        _show_step(page, step, details, codes)
    if len(steps) > FIRST:
        with st.expander(page.t("Earlier steps (%(count)s)", count=len(steps) - FIRST)):
            for step in steps[FIRST:]:
                _show_step(page, step, details, codes)


def _show_step(page: Page, step: StoredStep, details: RecordDetails, codes: CodeWords) -> None:
    when, who = st.columns([1, 4], gap="small")
    when.caption(page.words.instant(step.done_at))
    with who.container(gap=None):
        moved = step.source and step.source != step.state
        state = f" → {_state(page, details.kind, step.state)}" if moved else ""
        st.markdown(f"**{plain(action_text(page, details.kind, step.action))}**{plain(state)}")
        st.caption(plain(_by_whom(page, step)))
        facts = facts_text(page, step.facts, details.names, codes)
        if facts:
            st.text(facts)
        for name, words in step.words.items():
            st.text(page.t("%(title)s: %(text)s", title=_title(page, name), text=words))


def action_text(page: Page, kind: RecordKind, action: str) -> str:
    """What a step is called."""
    return _first_label(page, _ACTIONS[kind], action)


def _state(page: Page, kind: RecordKind, state: str) -> str:
    return _first_label(page, (_STATES[kind],), state)


def _by_whom(page: Page, step: StoredStep) -> str:
    who = step.made_by_name or page.t("the portal itself")
    entered = page.words.instant(step.made_at)
    if entered == page.words.instant(step.done_at):  # as exactly as people read it
        return who
    return page.t("%(who)s, entered at %(when)s", who=who, when=entered)


def facts_text(page: Page, facts: Mapping[str, Json], names: StepNames, codes: CodeWords) -> str:
    """The facts of a step in one line of words; what says nothing to a person is left out."""
    said = ((name, _value(page, name, value, names, codes)) for name, value in facts.items() if name not in _SILENT)
    return " · ".join(page.t("%(title)s: %(text)s", title=_title(page, name), text=text) for name, text in said if text)


def _value(page: Page, name: str, value: Json, names: StepNames, codes: CodeWords) -> str:
    if isinstance(value, list):
        parts = (_value(page, name, one, names, codes) for one in value)
        return page.t(", ").join(part for part in parts if part)
    if isinstance(value, bool):
        if not value and name in _ONLY_IF_SO:
            return ""
        return page.t("yes") if value else page.t("no")
    if isinstance(value, int):
        return _number(page, name, value, names)
    if not isinstance(value, str):
        return ""
    return _SAYING[name](page, value) if name in _SAYING else _word(page, name, value, codes)


def _number(page: Page, name: str, number: int, names: StepNames) -> str:
    """Our people by name, other records by their numbers, money in yuan, everything else as it is."""
    if name in _STAFF:
        return names.staff.get(number, "")
    if name in _RECORDS:
        return names.records.get(number, "")
    return page.words.money(Money(number)) if name.endswith("_fen") else page.words.integer(number)


def _word(page: Page, name: str, value: str, codes: CodeWords) -> str:
    if name == "department":
        return codes.say(CodeList.DEPARTMENT, value)
    if name == "changed":
        return _title(page, value)
    return _first_label(page, _FAMILIES.get(name, ()), value)


def _instant(page: Page, text: str) -> str:
    return page.words.instant(datetime.fromisoformat(text))


_SAYING: Final[Mapping[str, Callable[[Page, str], str]]] = dict.fromkeys(_INSTANTS, _instant)


def _title(page: Page, name: str) -> str:
    """What a fact or a text of a step is called."""
    return page.label(f"step.{name}") if f"step.{name}" in labels() else name


def _first_label(page: Page, families: tuple[str, ...], value: str) -> str:
    known = (f"enum.{family}.{value}" for family in families)
    return next((page.label(code) for code in known if code in labels()), value)
