"""The failure analysis sheet (原因-影响矩阵): effects and causes line by line, causes ranked (domain §8.5)."""

import re
import unicodedata
from typing import Final

import streamlit as st

from core.admin.permissions import Permission
from core.documents.tables import ColumnKind
from core.kernel.errors import Problem
from core.meetings.causes import CauseRow, EffectColumn, RankedCause, sheet_problems
from core.meetings.measures import STAGES
from db.operations.measures import SaveCauses, save_causes
from db.queries.measures import MeasureCard
from locales.labels import error_sentence
from pages._shell.page import Page
from pages._shell.panels.measures import save_measure
from pages._shell.tables import Column, show_table
from pages._shell.widgets import open_form, send_button, warn_if_stale

LONGEST_BOX: Final = 8_000
_BAR: Final = re.compile("[|\uff5c]")
_SHOWN_PROBLEMS: Final = 5


def show_sheet(page: Page, card: MeasureCard) -> None:
    """The ranking of the causes, and the sheet to change it for whoever works on the measure."""
    _show_ranking(page, card)
    row = card.row
    if STAGES.is_final(row.stage) or not page.actor.may_at(Permission.MEASURES_WORK, row.estate_id):
        return
    t, form = page.t, open_form(f"measure.sheet.{row.estate_id}.{row.measure_id}", row.version)
    warn_if_stale(page, form)
    with st.form(form.key("form"), enter_to_submit=False):
        left, right = st.columns(2)
        columns = left.text_area(
            t("Effects: one a line, text | importance from 1 to 10"),
            effects_text(card.effects),
            max_chars=LONGEST_BOX,
            height=160,
            placeholder=t("Complaints about the lift | 8"),
            key=form.key("effects"),
        )
        lines = right.text_area(
            t("Causes: one a line, text | a mark from 0 to 9 for each effect"),
            causes_text(card.causes),
            max_chars=LONGEST_BOX,
            height=160,
            placeholder=t("Parts are ordered too late | 9 3 1"),
            key=form.key("causes"),
        )
        sent = send_button(page, form, t("Save the sheet"))
        below = st.container()
    if not sent:
        return
    effects, causes, problems = typed_sheet(columns, lines)
    for problem in problems[:_SHOWN_PROBLEMS]:
        below.error(error_sentence(page.words, problem), icon=":material/block:")
    if not problems:
        command = SaveCauses(row.estate_id, row.measure_id, form.version, effects, causes)
        save_measure(page, save_causes, command, t("The sheet is saved."), form=form, row=row)


def _show_ranking(page: Page, card: MeasureCard) -> None:
    t = page.t
    columns: list[Column[RankedCause]] = [
        Column(t("Rank"), lambda cause: cause.rank, ColumnKind.INTEGER),
        Column(t("Cause"), lambda cause: cause.text),
        Column(t("Points"), lambda cause: cause.total, ColumnKind.INTEGER),
        Column(t("Share"), lambda cause: cause.share, ColumnKind.PERCENT),
        Column(t("Added up"), lambda cause: cause.cumulative, ColumnKind.PERCENT),
        Column(t("Vital few"), lambda cause: t("◆ attack first") if cause.is_vital else ""),
    ]
    empty = t("No causes yet. Points are the sum of mark × importance; the few that make up 80 % come first.")
    show_table(page, card.ranking.causes, columns, key=f"causes.{card.row.measure_id}", empty=empty)


def effects_text(effects: tuple[EffectColumn, ...]) -> str:
    """The effects as lines to type."""
    return "\n".join(f"{effect.text} | {effect.importance}" for effect in effects)


def causes_text(causes: tuple[CauseRow, ...]) -> str:
    """The causes as lines to type."""
    return "\n".join(f"{cause.text} | {' '.join(map(str, cause.marks))}" for cause in causes)


def typed_sheet(
    effects: str, causes: str
) -> tuple[tuple[EffectColumn, ...], tuple[CauseRow, ...], tuple[Problem, ...]]:
    """Read the two boxes; a line whose numbers are none is a problem, both boxes empty are an empty sheet."""
    problems: list[Problem] = []
    columns, rows = [], []
    for place, (text, numbers) in enumerate(_lines(effects), start=1):
        if numbers is None or len(numbers) != 1:
            problems.append(Problem("measures.sheet.effect_line", {"place": place}))
        else:
            columns.append(EffectColumn(text, numbers[0]))
    for place, (text, numbers) in enumerate(_lines(causes), start=1):
        if numbers is None:
            problems.append(Problem("measures.sheet.cause_line", {"place": place}))
        else:
            rows.append(CauseRow(text, tuple(numbers)))
    sheet = tuple(columns), tuple(rows)
    if not problems and any(sheet):
        problems += sheet_problems(effects=sheet[0], causes=sheet[1])
    return *sheet, tuple(problems)


def _lines(box: str) -> list[tuple[str, list[int] | None]]:
    """Each line that says something: what stands before its last bar, and the numbers behind it."""
    return [_line(line) for line in box.splitlines() if line.strip()]


def _line(line: str) -> tuple[str, list[int] | None]:
    *texts, tail = _BAR.split(line)
    words = unicodedata.normalize("NFKC", tail).replace(",", " ").split()
    if not texts or not words or not all(word.isascii() and word.isdigit() and len(word) < 4 for word in words):
        return line.strip(), None
    return "|".join(texts).strip(), [int(word) for word in words]
