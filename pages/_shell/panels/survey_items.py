"""The questions of a round: bars of marks, low ones with their measures, dimensions, choices (R-144, R-145)."""

from collections.abc import Mapping
from decimal import Decimal
from functools import partial
from typing import Final

import streamlit as st

from core.admin.codes import CodeList
from core.admin.permissions import Permission
from core.documents.tables import ColumnKind
from core.meetings.measures import MeasureSource
from core.surveys.comparison import Change
from core.surveys.figures import Score
from core.surveys.questionnaires import Item
from core.surveys.results import ChoiceResult, DimensionResult, NumberResult, RoundResults
from core.surveys.scores import rounded
from db.queries.measures import MeasuresOfRoundWanted, RoundMeasure, measures_of_round
from db.queries.survey_results import ItemLine, ItemTableWanted, ResultRound, item_table
from locales.labels import enum_label
from pages._shell.charts import bars, show_chart
from pages._shell.code_words import CodeWords, code_words
from pages._shell.links import open_button, plain
from pages._shell.page import Page
from pages._shell.panels.survey_charts import MarksLine, marks_chart, marks_rows
from pages._shell.panels.survey_figures import (
    Against,
    certain_text,
    change_text,
    interval_text,
    item_text,
    margin_text,
    number_text,
    reasons_text,
    share_text,
)
from pages._shell.tables import Column, offer_export, show_table

_R: Final = ColumnKind.PERCENT
"""Figures stand at the right."""


def mark_names(page: Page) -> tuple[str, ...]:
    """What the marks 1 to 5 mean."""
    t = page.t
    words = (
        t("Very dissatisfied"),
        t("Rather dissatisfied"),
        t("Neutral"),
        t("Rather satisfied"),
        t("Very satisfied"),
    )
    return tuple(f"{mark} {word}" for mark, word in enumerate(words, start=1))


def show_items(page: Page, results: RoundResults, against: Against, chosen: ResultRound) -> None:
    """One bar a question, the lowest mean first, with its mean, margin and n; the same as a table on demand."""
    t, shown = page.t, results.worst_first
    if not results.items:
        return
    st.markdown(f"##### {t('Questions, lowest mean first')}")
    if shown:
        lines = [MarksLine(item_text(page, one.item), one.tally, _beside(page, one.mean)) for one in shown]
        worst = t("Lowest: %(item)s, mean %(mean)s", item=lines[0].text, mean=number_text(page, shown[0].mean.value, 2))
        rows = marks_rows(lines, mark_names(page))
        show_chart(marks_chart(mark_names(page), len(lines)), rows, alt_text=worst, key="chart.items")
    few = [str(one.item.position) for one in results.items if one.hidden]
    if few:
        st.caption(t("Hidden (fewer than 5 answers): %(items)s", items=page.t(", ").join(few)))
    if against.changes is not None and against.changes.reasons:
        why = reasons_text(page, against.changes.reasons)
        st.caption(t("Not compared with %(round)s: %(why)s.", round=plain(against.name), why=why))
    moved = against.changes.items if against.changes else {}
    columns = item_columns(page)
    if st.toggle(t("Show as a table"), key="items.table"):
        table = [ItemLine(one, moved.get(one.item.code)) for one in results.items]
        show_table(page, table, columns, key="items", empty=t("No question was rated."))
    offer_export(
        page, item_table, lambda part: ItemTableWanted(chosen.code, part), columns, name="survey-items",
        total=len(results.items), personal=False,
    )  # fmt: skip


def _beside(page: Page, mean: Score) -> str:
    return f"{_with_margin(page, mean)} · n={page.words.integer(mean.n)}"


def _with_margin(page: Page, mean: Score) -> str:
    return f"{number_text(page, mean.value, 2)} {margin_text(page, mean)}"


def item_columns(page: Page) -> list[Column[ItemLine]]:
    """The columns of a table or file of questions; what is hidden stays empty."""
    t, language = page.t, page.words.language
    columns: list[Column[ItemLine]] = [
        Column(t("No."), lambda row: row.result.item.position, ColumnKind.INTEGER),
        Column(t("Question"), lambda row: row.result.item.text(language)),
        Column(t("Mean"), lambda row: _mean(page, row)),
        Column(t("Margin"), lambda row: "" if row.result.hidden else margin_text(page, row.result.mean)),
        Column("n", lambda row: row.result.n, ColumnKind.INTEGER),
        Column(t("Share of 4–5"), lambda row: percent_of(row.result.share), ColumnKind.PERCENT),
        Column(t("95 % interval"), lambda row: interval_text(page, row.result.share)),
    ]
    columns += [Column(str(mark), partial(_count_of, mark), ColumnKind.INTEGER) for mark in (5, 4, 3, 2, 1)]
    columns.append(Column(t("Change of the mean"), lambda row: change_text(page, row.change)))
    columns.append(Column(t("Beyond chance"), lambda row: certain_text(page, row.change)))
    columns.append(Column(t("Low"), lambda row: t("yes") if row.result.is_low else ""))
    return columns


def _mean(page: Page, row: ItemLine) -> str:
    return page.t("hidden") if row.result.hidden else number_text(page, row.result.mean.value, 2)


def percent_of(score: Score) -> Decimal | None:
    """A share 0 to 1 in percent as a file holds it."""
    return None if score.value is None else rounded(score.value * 100, 1)


def _count_of(mark: int, row: ItemLine) -> int | None:
    """How often a mark was given; nothing where that is hidden."""
    return None if row.result.hidden else row.result.tally.between(mark, mark)


def show_low_items(page: Page, results: RoundResults, chosen: ResultRound) -> None:
    """The questions below the line, each with its measure or the way to open one (R-145)."""
    t = page.t
    if not results.low:
        return
    line = page.words.decimal(results.low_line, places=2)
    st.markdown(f"##### {t('Low questions (mean below %(line)s)', line=line)}")
    found = {one.item.code: one for one in results.items}
    measures = _measures(page, chosen)
    for code in results.low:
        one = found[code]
        told, way = st.columns([5, 2], vertical_alignment="center")
        told.text(f"{item_text(page, one.item)} · {_beside(page, one.mean)}")
        with way:
            _way(page, chosen, one.item, measures.get(one.item.position))


def _measures(page: Page, chosen: ResultRound) -> dict[int, RoundMeasure]:
    """The newest measure for each question, by its position; none for who may not see measures."""
    if not page.actor.may_at(Permission.MEASURES_VIEW, chosen.estate_id):
        return {}
    wanted = MeasuresOfRoundWanted(chosen.estate_id, chosen.round_id)
    return {each.position: each for each in page.read(measures_of_round, wanted) if each.position is not None}


def _way(page: Page, chosen: ResultRound, item: Item, measure: RoundMeasure | None) -> None:
    """A button to the measure there is, or to a new one."""
    target, key = "improvement.measures", f"measure.{item.code}"
    if measure is not None:
        stage = enum_label(page.words, measure.stage)
        text = f"{plain(measure.number)} · {stage}"
        address = {"of": chosen.estate_id, "measure": measure.measure_id}
        open_button(page, text, target, key=key, estate=chosen.estate_id, **address)
    elif page.actor.may_at(Permission.MEASURES_MAKE, chosen.estate_id):
        seed: dict[str, object] = {"source": MeasureSource.SURVEY.value, "round": chosen.round_id, "item": item.code}
        open_button(page, page.t("Open a measure"), target, key=key, estate=chosen.estate_id, **seed)


def show_dimensions(page: Page, results: RoundResults, against: Against) -> None:
    """The dimensions with the weight each has in CSI and its change (R-141, R-144, R-149)."""
    t, names = page.t, code_words(page, CodeList.SURVEY_DIMENSION)
    if not results.dimensions:
        return
    st.markdown(f"##### {t('Dimensions')}")
    moved = against.changes.dimensions if against.changes else {}
    weighted = [one for one in results.dimensions if one.mean.value is not None]
    rows = [
        {
            "dimension": names.say(CodeList.SURVEY_DIMENSION, one.dimension),
            "mean": float(one.mean.value or 0),
            "label": _with_margin(page, one.mean),
        }
        for one in weighted
    ]
    left, right = st.columns([2, 3])
    with left:
        said = t(", ").join(f"{row['dimension']} {row['label']}" for row in rows)
        spec = bars("dimension", "mean", y_title=t("Mean"), horizontal=True)
        if rows:
            show_chart(spec, rows, alt_text=said, key="chart.dimensions")
    with right:
        columns = _dimension_columns(page, names, moved)
        show_table(page, results.dimensions, columns, key="dimensions", empty=t("No dimension was rated."))
        st.caption(
            t("The weight of dimensions nobody rated is spread over the others.")
            + " "
            + t("Margins count people, not marks.")
        )


def _dimension_columns(page: Page, names: CodeWords, moved: Mapping[str, Change]) -> list[Column[DimensionResult]]:
    t = page.t
    return [
        Column(t("Dimension"), lambda row: names.say(CodeList.SURVEY_DIMENSION, row.dimension)),
        Column(t("Mean"), lambda row: t("hidden") if row.hidden else _with_margin(page, row.mean), _R),
        Column(t("Marks"), lambda row: row.mean.n, _R),
        Column(t("Share of 4–5"), lambda row: share_text(page, row.share.value), _R),
        Column(t("Weight"), lambda row: share_text(page, row.weight), _R),
        Column(t("Change since last"), lambda row: change_text(page, moved.get(row.dimension)), _R),
        Column(t("Beyond chance"), lambda row: certain_text(page, moved.get(row.dimension))),
    ]


def show_other_answers(page: Page, results: RoundResults) -> None:
    """Choices with the share of each, and the means of numbers."""
    for one in results.choices:
        _show_choice(page, one)
    for number in results.numbers:
        _show_number(page, number)


def _show_choice(page: Page, one: ChoiceResult) -> None:
    st.markdown(f"##### {plain(item_text(page, one.item))}")
    if one.hidden:
        st.caption(page.t("Hidden (fewer than 5 answers): %(items)s", items=one.item.position))
        return
    counts = dict(one.tally.counts)
    rows = [
        {
            "choice": f"{each.letter} {each.text(page.words.language)}",
            "percent": float((one.tally.share(each.letter) or 0) * 100),
            "label": f"{share_text(page, one.tally.share(each.letter))} ({counts.get(each.letter, 0)})",
        }
        for each in one.item.choices
    ]
    said = page.t(", ").join(f"{row['choice']} {row['label']}" for row in rows)
    spec = bars("choice", "percent", y_title="%", horizontal=True, height=40 + 30 * len(rows))
    show_chart(spec, rows, alt_text=said, key=f"chart.{one.item.code}")
    several = " · " + page.t("several answers were possible") if one.item.most > 1 else ""
    st.caption(f"n = {page.words.integer(one.n)}{several}")


def _show_number(page: Page, one: NumberResult) -> None:
    st.markdown(f"##### {plain(item_text(page, one.item))}")
    if one.hidden:
        st.caption(page.t("Hidden (fewer than 5 answers): %(items)s", items=one.item.position))
        return
    mean, n = number_text(page, one.mean.value, 2), page.words.integer(one.mean.n)
    st.text(page.t("Mean %(mean)s %(margin)s, n = %(n)s", mean=mean, margin=margin_text(page, one.mean), n=n))
