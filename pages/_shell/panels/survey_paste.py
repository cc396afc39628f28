"""Many lines at once: what can be read is saved, what cannot stays in the box with its reason (R-138, U3)."""

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from core.documents.tables import ColumnKind
from core.kernel.errors import BusinessError
from core.surveys.lines import LineProblem, split_paste
from core.surveys.questionnaires import Questionnaire
from db.queries.survey_entry import EntryRound
from locales.labels import error_sentence
from pages._shell import state
from pages._shell.page import Page, Saved
from pages._shell.panels.survey_entry import (
    Batch,
    Understood,
    example_line,
    marks_text,
    pattern_text,
    place_text,
    problem_text,
    save_forms,
    understand,
)
from pages._shell.tables import Column, show_table

_BOX = "surveys.paste"
_SHOWN = 50
"""Lines of each kind that are shown; the counts are of all."""


@dataclass(frozen=True, slots=True)
class PastedLine:
    """A line of the paste with its number from 1, and what it was understood as."""

    number: int
    text: str
    read: Understood | LineProblem


def paste_lines(page: Page, chosen: EntryRound, sheet: Questionnaire, batch: Batch) -> None:
    """A box for many lines: looked at first, then the good ones saved together."""
    t, key = page.t, f"{_BOX}.{chosen.code}"
    if key not in st.session_state:
        st.session_state[key] = state.kept(key, {}).get("text", "")
    text = st.text_area(
        t("One form a line: %(pattern)s", pattern=pattern_text(page, sheet)), key=key, height=220,
        placeholder=example_line(sheet), help=t("Lines copied from Excel will do: each cell after the other."),
    )  # fmt: skip
    state.keep(key, {"text": text})
    try:
        numbered = split_paste(text)
    except BusinessError as error:
        st.error(error_sentence(page.words, error), icon=":material/block:")
        return
    if not numbered:
        st.caption(
            t("Paste lines above and press Ctrl + Enter to have them looked at. Nothing is saved before you say so.")
        )
        return
    read = understand(page, chosen, sheet.items, batch.prefix, [line for _, line in numbered])
    lines = [PastedLine(number, line, each) for (number, line), each in zip(numbered, read, strict=True)]
    _save(page, chosen, batch, lines)
    _show(page, sheet, lines)


def _save(page: Page, chosen: EntryRound, batch: Batch, lines: Sequence[PastedLine]) -> None:
    t, key = page.t, f"{_BOX}.{chosen.code}"
    good = [(line, line.read) for line in lines if isinstance(line.read, Understood)]
    left = [line for line in lines if isinstance(line.read, LineProblem)]
    if left:
        st.warning(
            t("%(count)s lines cannot be read yet; they stay in the box.", count=len(left)), icon=":material/rule:"
        )
    if not st.button(t("Save %(count)s forms", count=len(good)), type="primary", disabled=not good):
        return
    number = state.intent(key)
    result = save_forms(page, chosen, batch, [read.form(f"{number}-{line.number}") for line, read in good])
    if not isinstance(result, Saved):
        st.error(error_sentence(page.words, result), icon=":material/block:")
        return
    state.keep(key, {"text": "\n".join(line.text for line in left)})
    del st.session_state[key]
    page.done(t("%(count)s forms are saved, %(left)s lines stay to mend.", count=len(good), left=len(left)), renew=key)


def _show(page: Page, sheet: Questionnaire, lines: Sequence[PastedLine]) -> None:
    """Each line with trouble and its reason; then what the others were understood as."""
    for line in [each for each in lines if isinstance(each.read, LineProblem)][:_SHOWN]:
        if isinstance(line.read, LineProblem):
            where = page.t("Line %(number)s", number=line.number)
            st.text(f"{where}  {_marked(line)}\n⚠ {problem_text(page, line.read)}")
    columns = [
        Column[PastedLine](page.t("Line"), lambda line: line.number, ColumnKind.INTEGER),
        Column[PastedLine](page.t("Typed"), lambda line: line.text),
        Column[PastedLine](page.t("Understood as"), lambda line: _said(page, sheet, line)),
    ]
    good = [line for line in lines if isinstance(line.read, Understood)]
    if good:
        show_table(page, good[:_SHOWN], columns, key="surveys.paste", total=len(good), size=len(good), empty="")


def _marked(line: PastedLine) -> str:
    """The line with the faulty characters in brackets."""
    if isinstance(line.read, Understood):
        return line.text
    start, end = line.read.at, line.read.at + line.read.length
    return f"{line.text[:start]}【{line.text[start:end]}】{line.text[end:]}"


def _said(page: Page, sheet: Questionnaire, line: PastedLine) -> str:
    if isinstance(line.read, LineProblem):
        return "⚠ " + problem_text(page, line.read)
    return f"{place_text(page, line.read.place)} · {marks_text(sheet, dict(line.read.answers))}"
