"""What the words of a file mean: proposals to take at once, and a list in which each can be said otherwise (R-077)."""

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pandas as pd
import streamlit as st

from core.complaints.taxonomy import CaseCategory, SubCategory, category_of
from core.imports.meanings import MOST_TEXTS, Choice, FoundTexts, Sureness
from core.imports.specs import ColumnSpec, Meanings
from db.queries.imports import SheetLayout, TextsWanted, texts_to_explain
from locales.labels import enum_label
from pages._shell.page import Page

_ROW: Final = 35
_SHOWN: Final = 9
"""Rows of a list that are seen at once; the others by scrolling."""


@dataclass(frozen=True, slots=True)
class _Word:
    """A text of the file and what it is taken for so far. ``said``: the person said so before."""

    text: str
    rows: int
    code: str
    sureness: Sureness
    said: bool

    @property
    def is_open(self) -> bool:
        return not self.code

    @property
    def is_proposed(self) -> bool:
        return self.sureness is Sureness.LIKELY and not self.said


def choose_meanings(
    page: Page, batch: int, layout: SheetLayout, columns: Mapping[str, tuple[int, str]], titles: Mapping[str, str]
) -> tuple[Choice, ...]:
    """Let the person say what the words of the file mean; ``columns``: field → position and heading as chosen now."""
    specs = {column.field: column for column in layout.spec.columns if column.meanings and column.field in columns}
    if layout.mapping is None or not specs:
        return ()
    found = page.read(texts_to_explain, TextsWanted(batch, layout.name, layout.mapping.data_row, columns))
    before = {(choice.field, choice.text): choice.code for choice in layout.mapping.choices}
    st.markdown(f"##### {page.t('What the words in the file mean')}")
    choices: list[Choice] = []
    for texts in found:
        choices += _of_column(page, layout.name, specs[texts.field], texts, titles[texts.field], before)
    return tuple(choices)


def _of_column(  # noqa: PLR0917 (the parts of one call)
    page: Page, sheet: str, column: ColumnSpec, found: FoundTexts, title: str, before: Mapping[tuple[str, str], str]
) -> list[Choice]:
    """Show the texts of one column and give what they are taken for."""
    meanings = column.meanings
    if meanings is None or not (found.texts or found.too_many):
        return []
    name = page.t("%(title)s (column “%(heading)s”)", title=title, heading=found.heading[:40])
    if found.too_many:
        why = page.t(
            "More than %(most)s different texts are sentences, not words. Choose another column.", most=MOST_TEXTS
        )
        st.warning(f"{name}: {why}", icon=":material/notes:")
        return []
    words = [
        _Word(
            one.text,
            one.rows,
            before.get((found.field, one.text), one.code),
            one.sureness,
            (found.field, one.text) in before,
        )
        for one in found.texts
    ]
    left, proposed = sum(word.is_open for word in words), sum(word.is_proposed for word in words)
    counts = page.t(
        "%(left)s open, %(proposed)s proposed, %(known)s clear",
        left=left, proposed=proposed, known=len(words) - left - proposed,
    )  # fmt: skip
    waits = bool(proposed or (left and not meanings.optional))
    icon = ":material/pending:" if waits else ":material/check:"
    with st.expander(f"{name}: {counts}", expanded=waits, icon=icon):
        return _explained(page, f"imports.words.{sheet}.{found.field}.{_print(words)}", found.field, meanings, words)


def _explained(page: Page, key: str, field: str, meanings: Meanings, words: Sequence[_Word]) -> list[Choice]:
    """Offer to take all proposals, to say one thing of all that is open, and the list of all texts."""
    names = _names(page, meanings)
    proposed, left = [word for word in words if word.is_proposed], [word for word in words if word.is_open]
    first, second = st.columns(2, vertical_alignment="bottom")
    with first:
        take = bool(proposed) and st.checkbox(
            page.t("Take all proposals (%(count)s)", count=len(proposed)), key=f"{key}.take",
            help=page.t("They are marked “proposed” below. What you choose there yourself counts in any case."),
        )  # fmt: skip
        if meanings.optional:
            st.caption(page.t("What stays open goes to the department that the category belongs to."))
    rest: str | None = None
    if left:
        nothing = page.t("(stays open)")
        rest = second.selectbox(
            page.t("All texts still open (%(count)s) mean", count=len(left)), [None, *meanings.codes],
            key=f"{key}.rest", format_func=lambda code: nothing if code is None else names[code],
        )  # fmt: skip
    said = _list(page, key, words, names)
    choices = [_choice(field, word, code, take=take, rest=rest) for word, code in zip(words, said, strict=True)]
    explained = (bool(choice) or word.sureness is Sureness.KNOWN for word, choice in zip(words, choices, strict=True))
    open_rows = sum(word.rows for word, is_clear in zip(words, explained, strict=True) if not is_clear)
    if open_rows and not meanings.optional:
        st.caption("◔ " + page.t("%(rows)s rows stay out as long as their words are not explained.", rows=open_rows))
    return [choice for choice in choices if choice]


def _choice(field: str, word: _Word, code: str | None, *, take: bool, rest: str | None) -> Choice | None:
    """What a text is said to mean: what was chosen in the list, else a proposal taken, else what all the rest means."""
    if (code or "") != word.code or word.said:
        return Choice(field, word.text, code) if code else None
    if word.is_proposed:
        return Choice(field, word.text, word.code) if take else None
    return Choice(field, word.text, rest) if word.is_open and rest else None


def _list(page: Page, key: str, words: Sequence[_Word], names: Mapping[str, str]) -> list[str | None]:
    """Show all texts with what they mean, to be chosen otherwise, and give what stands there now."""
    table = pd.DataFrame(
        {
            "text": [word.text for word in words],
            "rows": [word.rows for word in words],
            "code": pd.Series([word.code or None for word in words], dtype="object"),
            "how": [_how(page, word) for word in words],
        }
    )
    config: dict[str, Any] = {
        "text": st.column_config.TextColumn(page.t("In the file"), width="large"),
        "rows": st.column_config.NumberColumn(page.t("Rows"), width="small"),
        "code": st.column_config.SelectboxColumn(
            page.t("Means (click to choose)"), options=list(names), width="medium",
            format_func=lambda code: names.get(str(code), str(code)),
        ),
        "how": st.column_config.TextColumn(page.t("State"), width="small"),
    }  # fmt: skip
    edited = st.data_editor(
        table, key=f"{key}.list", column_config=config, hide_index=True, disabled=["text", "rows", "how"],
        placeholder="…",
        height=_ROW * (min(len(words), _SHOWN) + 1) + 3,
    )  # fmt: skip
    return [code if isinstance(code, str) and code else None for code in edited["code"]]


def _how(page: Page, word: _Word) -> str:
    if word.is_open:
        return "◔ " + page.t("open")
    if word.is_proposed:
        return "◇ " + page.t("proposed")
    return "✓ " + (page.t("said by you") if word.said else page.t("clear"))


def _names(page: Page, meanings: Meanings) -> dict[str, str]:
    """Each code with its name; a sub-category stands behind its category."""
    if meanings.labels:
        place = 2 if page.actor.language == "en" else 1
        return {label[0]: label[place] for label in meanings.labels}
    if meanings.kinds:
        return {code: enum_label(page.words, meanings.kinds[0](code)) for code in meanings.codes}
    return {code: topic_name(page, code) for code in meanings.codes}


def topic_name(page: Page, code: str) -> str:
    """What a complaint is about, as "Environment › Greening"; a category alone says no more."""
    if code in list(CaseCategory):
        return page.t("%(category)s (no more is known)", category=enum_label(page.words, CaseCategory(code)))
    sub = SubCategory(code)
    return f"{enum_label(page.words, category_of(sub))} › {enum_label(page.words, sub)}"


def _print(words: Sequence[_Word]) -> int:
    """A number that changes with the texts, so that what was chosen for one never lands on another."""
    return zlib.crc32("\x1f".join(word.text for word in words).encode())
