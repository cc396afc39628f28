"""The knowledge base: the list, an entry in full, and for those who keep it the forms to write and retire (R-108)."""

from functools import partial
from typing import Final

import streamlit as st

from core.admin.permissions import Permission
from core.complaints.knowledge import LONGEST_ANSWER, LONGEST_PROBLEM, LONGEST_TITLE, KnowledgeRecord, KnowledgeState
from core.complaints.taxonomy import SUB_CATEGORIES, CaseCategory, SubCategory
from core.documents.tables import ColumnKind
from core.kernel.periods import local_day
from db.operations.knowledge import (
    AddKnowledge,
    ChangeKnowledge,
    MoveKnowledge,
    add_knowledge,
    change_knowledge,
    move_knowledge,
)
from db.queries.knowledge import KnowledgeRow, KnowledgeShown, KnowledgeWanted
from locales.labels import enum_label
from pages._shell import state
from pages._shell.links import choice, plain
from pages._shell.page import Page
from pages._shell.tables import Column
from pages._shell.widgets import (
    OpenForm,
    confirmed,
    leave_form,
    open_form,
    save,
    send_button,
    show_facts,
    warn_if_stale,
)

LIST: Final = "knowledge"
_SHORT: Final = 28


def knowledge_filters(page: Page) -> "partial[KnowledgeWanted]":
    """State and category as they stand in the address, and a text to look for; all but the screenful."""
    t = page.t
    boxes = st.columns([2, 2, 4])
    with boxes[0]:
        states = {one.value: enum_label(page.words, one) for one in KnowledgeShown}
        shown = KnowledgeShown(choice(page, t("Show"), "show", states))
    with boxes[1]:
        names = {one.value: enum_label(page.words, one) for one in CaseCategory}
        category = choice(page, t("Category"), "category", {"": t("All"), **names})
    hint = t("Words of the title, the problem or the answer")
    search = boxes[2].text_input(t("Search"), key="search", bind="query-params", placeholder=hint, max_chars=100) or ""
    return partial(KnowledgeWanted, shown, CaseCategory(category) if category else None, None, search)


def knowledge_columns(page: Page) -> list[Column[KnowledgeRow]]:
    """The columns of the list."""
    t, words = page.t, page.words
    return [
        Column(t("Title"), lambda row: row.title),
        Column(t("Category"), lambda row: enum_label(words, row.category)),
        Column(t("Sub-category"), lambda row: _sub(page, row)),
        Column(t("In short"), lambda row: _short(row.answer)),
        Column(t("Times used"), lambda row: row.uses, ColumnKind.INTEGER),
        Column(t("State"), lambda row: enum_label(words, row.state)),
        Column(t("Changed at"), lambda row: local_day(row.changed_at), ColumnKind.DATE),
    ]


def _sub(page: Page, row: KnowledgeRow) -> str:
    return enum_label(page.words, row.sub_category) if row.sub_category else page.t("the whole category")


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _SHORT else line[: _SHORT - 1] + "…"


def knowledge_panels(page: Page, row: KnowledgeRow | None) -> dict[str, str]:
    """What may be shown: the entry, and what one may do."""
    t = page.t
    panels = {} if row is None else {"entry": t("Details")}
    if not page.actor.may(Permission.KNOWLEDGE_EDIT):
        return panels
    if row is not None and row.state is KnowledgeState.ACTIVE:
        panels |= {"edit": t("Edit"), "retire": t("Retire")}
    elif row is not None:
        panels |= {"offer": t("Offer again")}
    return panels | {"new": t("New entry")}


def show_entry(page: Page, row: KnowledgeRow) -> None:
    """An entry in full."""
    t = page.t
    st.markdown(f"##### {plain(row.title)}")
    st.caption(f"{enum_label(page.words, row.category)} · {_sub(page, row)} · {enum_label(page.words, row.state)}")
    if row.problem:
        st.caption(t("How the trouble shows itself"))
        st.text(row.problem)
    st.caption(t("What is done and said about it"))
    with st.container(border=True):
        st.text(row.answer)
    facts = [
        (t("Times used"), row.uses),
        (t("Made by"), row.made_by_name),
        (t("Made at"), row.made_at),
        (t("Changed at"), row.changed_at),
    ]
    show_facts(page, facts, columns=4)


def show_new(page: Page) -> None:
    """The form for a new entry."""
    t, form = page.t, open_form("knowledge.new")
    record = _form(page, form, None, t("Add the entry"))
    if record is None:
        return
    saved = page.submit(add_knowledge, AddKnowledge(record))
    if saved:
        leave_form(form.name)
        page.done(t("The entry is kept and offered for cases of its category."), entry=saved.value)


def show_edit(page: Page, row: KnowledgeRow) -> None:
    """The form for other words."""
    t, form = page.t, open_form(f"knowledge.{row.entry_id}", row.version)
    warn_if_stale(page, form)
    record = _form(page, form, row, t("Save"))
    if record is not None:
        command = ChangeKnowledge(row.entry_id, form.version, record)
        save(page, change_knowledge, command, t("The entry is changed."), form=form)


def _form(page: Page, form: OpenForm, row: KnowledgeRow | None, send: str) -> KnowledgeRecord | None:
    """The boxes of an entry; what was typed once it was sent. The sub-categories are those of the category chosen."""
    t = page.t
    st.caption(t("Entries are read by all who handle cases, in every estate: name no customer and no room."))
    category = st.selectbox(
        t("Category"), list(CaseCategory), index=list(CaseCategory).index(row.category) if row else None,
        format_func=lambda one: enum_label(page.words, one), placeholder=t("Choose a category"),
        key=form.key("category"),
    )  # fmt: skip
    with st.form(form.key("form"), border=False, enter_to_submit=False):
        subs: list[SubCategory | None] = [None, *(SUB_CATEGORIES[category] if category else ())]
        kept = row.sub_category if row and row.sub_category in subs else None
        sub = st.selectbox(
            t("Sub-category"), subs, index=subs.index(kept),
            format_func=lambda one: enum_label(page.words, one) if one else t("the whole category"),
            key=form.key(f"sub.{category}"),
        )  # fmt: skip
        title = st.text_input(
            t("Title"), value=row.title if row else "", max_chars=LONGEST_TITLE, key=form.key("title")
        )  # fmt: skip
        problem = st.text_area(
            t("How the trouble shows itself"), value=row.problem if row else "", max_chars=LONGEST_PROBLEM, height=80,
            key=form.key("problem"),
        )  # fmt: skip
        answer = st.text_area(
            t("What is done and said about it"), value=row.answer if row else "", max_chars=LONGEST_ANSWER, height=180,
            key=form.key("answer"),
        )  # fmt: skip
        sent = send_button(page, form, send)
    if not sent:
        return None
    return KnowledgeRecord(category=category, sub_category=sub, title=title, problem=problem, answer=answer)


def show_move(page: Page, row: KnowledgeRow, target: KnowledgeState) -> None:
    """Retire an entry, or offer it again."""
    t, form = page.t, open_form(f"knowledge.move.{row.entry_id}", row.version)
    warn_if_stale(page, form)
    retires = target is KnowledgeState.RETIRED
    says = (
        t("“%(title)s” is offered for no case any more. It stays on record, for cases were answered with it.",
          title=row.title)
        if retires
        else t("“%(title)s” is offered again for cases of its category.", title=row.title)
    )  # fmt: skip
    if confirmed(page, form, says=says, button=t("Retire the entry") if retires else t("Offer the entry again")):
        done = t("The entry is retired.") if retires else t("The entry is offered again.")
        save(page, move_knowledge, MoveKnowledge(row.entry_id, form.version, target), done, form=form)


def opened_entry(picked: KnowledgeRow | None, key: str) -> int | None:
    """The entry whose panel is open: the row picked, else the one the address names; another filter closes it."""
    name = "knowledge.opened"
    before = st.session_state.get(name)
    if picked is not None:
        state.open_record(entry=picked.entry_id)
    elif before is not None and (before[0] != key or before[1] is not None):
        state.close_record("entry")
    st.session_state[name] = (key, picked.entry_id if picked else None)
    return state.number_in_address("entry")
