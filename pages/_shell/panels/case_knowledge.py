"""What the knowledge base offers for a case: an answer taken over into the form, counted once the step is done."""

import streamlit as st

from core.complaints.knowledge import LONGEST_ANSWER
from core.kernel.texts import LONGEST_TEXT
from db.operations.knowledge import UseKnowledge, use_knowledge
from db.queries.case_card import CaseCard
from db.queries.knowledge import KnowledgeRow, OfferedWanted, offered_knowledge
from pages._shell import state
from pages._shell.links import plain
from pages._shell.page import Page
from pages._shell.widgets import OpenForm

_TAKEN = "knowledge.taken"


def offer_knowledge(page: Page, card: CaseCard, form: OpenForm) -> None:
    """The entries that fit the category, folded; a button takes the answer over into the text of what was done."""
    if card.category is None:
        return
    rows = page.read(offered_knowledge, OfferedWanted(card.category, card.sub_category))
    if not rows:
        return
    with st.expander(page.t("Ready answers for this kind of case (%(count)s)", count=len(rows))):
        for row in rows:
            st.markdown(f"**{plain(row.title)}**")
            if row.problem:
                st.caption(plain(row.problem))
            st.text(row.answer)
            st.button(
                page.t("Take this answer over"),
                key=form.key(f"take.{row.entry_id}"),
                icon=":material/content_copy:",
                on_click=_take,
                args=(form, row),
            )


def _take(form: OpenForm, row: KnowledgeRow) -> None:
    """Put the answer behind what is typed already (a callback: runs before the page)."""
    key = form.key("measure")
    typed = str(st.session_state.get(key, "")).strip()
    joined = f"{typed}\n{row.answer}" if typed and row.answer not in typed else row.answer
    st.session_state[key] = joined[: min(LONGEST_TEXT, LONGEST_ANSWER + len(typed) + 1)]
    taken = set(state.kept(_TAKEN, {}).get(form.name, ()))
    state.keep(_TAKEN, {form.name: tuple(sorted(taken | {row.entry_id}))})


def count_uses(page: Page, card: CaseCard, form: OpenForm) -> None:
    """Count the entries whose answers were taken over, after the step was done; a refusal is no matter."""
    for entry in state.kept(_TAKEN, {}).get(form.name, ()):
        page.attempt(use_knowledge, UseKnowledge(card.estate_id, card.case_id, entry))
    state.keep(_TAKEN, {})
