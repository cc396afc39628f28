"""Survey results side by side: buildings, channels, customer groups, rounds, estates (R-144)."""

from collections.abc import Callable
from typing import Final

import streamlit as st

from core.admin.codes import CodeList
from core.documents.tables import ColumnKind
from core.surveys.figures import Score
from core.surveys.group_results import GroupResult, group_results
from core.surveys.responses import CustomerGroup
from core.surveys.results import weights_of
from core.surveys.rounds import Channel
from db.queries.survey_results import ResultRound, RoundFactsWanted, Split, round_facts
from db.queries.survey_summaries import OverviewWanted, SummaryRow, TrendWanted, round_overview, round_trend
from locales.labels import enum_label
from pages._shell.charts import lines, show_chart
from pages._shell.code_words import code_words
from pages._shell.links import choice, open_button, plain
from pages._shell.page import Page
from pages._shell.panels.survey_figures import interval_text, number_text, share_text
from pages._shell.tables import Column, show_table
from pages._shell.widgets import list_key

ROUNDS: Final = "round"
ESTATES: Final = "estate"
_R: Final = ColumnKind.PERCENT
_LEAST_TREND: Final = 2


def show_groups(page: Page, chosen: ResultRound) -> None:
    """Let the person choose what to put side by side, and show it; the choice stands in the address."""
    t = page.t
    ways = {
        Split.BUILDING.value: t("By building"),
        Split.CHANNEL.value: t("By answer channel"),
        Split.CUSTOMER_GROUP.value: t("By customer group"),
        ROUNDS: t("By round"),
        ESTATES: t("By estate"),
    }
    with st.columns([2, 5])[0]:
        by = choice(page, t("Put side by side"), "by", ways)
    if by == ROUNDS:
        _show_trend(page, chosen)
    elif by == ESTATES:
        show_overview(page)
    else:
        _show_split(page, chosen, Split(by))


def _show_split(page: Page, chosen: ResultRound, split: Split) -> None:
    t, facts = page.t, page.read(round_facts, RoundFactsWanted(chosen, split))
    groups = group_results(
        items=facts.answers.items,
        groups=facts.groups,
        weights=weights_of(facts.settings),
        populations=facts.households if split is Split.BUILDING else None,
    )
    names = code_words(page, CodeList.SURVEY_DIMENSION)
    columns = _group_columns(page, split)
    for place, (dimension, _) in enumerate(groups[0].dimensions if groups else ()):
        columns.append(Column(names.say(CodeList.SURVEY_DIMENSION, dimension), _dimension(page, place), _R))
    key = list_key("groups", chosen.round_id, split)
    show_table(page, groups, columns, key=key, empty=t("No form is in yet."))
    missing = [code for code, many in facts.households.items() if many and code not in facts.groups]
    if split is Split.BUILDING and missing:
        st.caption(t("No form came from building %(codes)s.", codes=plain(t(", ").join(missing))))
    if any(group.hidden for group in groups):
        st.caption(
            t(
                "Groups of fewer than 5 forms are hidden, and the next smallest with them where the rest would tell. "
                "CSI and dimensions are hidden together."
            )
        )


def _group_columns(page: Page, split: Split) -> list[Column[GroupResult]]:
    t = page.t
    return [
        Column(
            t("Group"), lambda row: " · ".join(filter(None, (_group_name(page, split, row.key), _hidden(page, row))))
        ),
        Column("n", lambda row: "< 5" if row.too_few else page.words.integer(row.n), _R),
        Column("CSI", lambda row: "–" if row.hidden else number_text(page, row.csi.value), _R),
        Column(t("Share of 4–5"), lambda row: _unless_hidden(row, share_text(page, row.share.value)), _R),
        Column(t("95 % interval"), lambda row: _unless_hidden(row, interval_text(page, row.share)), _R),
        Column(t("Mean"), lambda row: _unless_hidden(row, number_text(page, row.mean.value, 2)), _R),
    ]


def _group_name(page: Page, split: Split, key: str) -> str:
    if split is Split.CHANNEL:
        return enum_label(page.words, Channel(key))
    if split is Split.CUSTOMER_GROUP:
        return enum_label(page.words, CustomerGroup(key))
    return page.t("Building %(code)s", code=key) if key else page.t("Building not stated")


def _hidden(page: Page, row: GroupResult) -> str:
    if not row.hidden:
        return ""
    return page.t("hidden (fewer than 5)") if row.too_few else page.t("hidden (protects a smaller group)")


def _unless_hidden(row: GroupResult, text: str) -> str:
    return "" if row.hidden else text


def _dimension(page: Page, place: int) -> Callable[[GroupResult], str]:
    """The mean of one dimension of a group."""

    def mean_of(row: GroupResult) -> str:
        score: Score = row.dimensions[place][1]
        return _unless_hidden(row, number_text(page, score.value, 2))

    return mean_of


def _show_trend(page: Page, chosen: ResultRound) -> None:
    t = page.t
    wanted = TrendWanted(chosen.estate_id, chosen.questionnaire_code, chosen.kind)
    rows = page.read(round_trend, wanted)
    shown = [row for row in rows if row.summary.csi is not None and row.summary.share is not None]
    if len(shown) >= _LEAST_TREND:
        names = {"csi": "CSI", "share": t("Share of 4–5")}
        points = [
            {"round": row.round.code, "value": value, "figure": names[figure]}
            for row in shown
            for figure, value in (
                ("csi", float(row.summary.csi or 0)),
                ("share", float(row.summary.share or 0) * 100),
            )
        ]
        last = shown[-1].summary
        said = f"CSI {number_text(page, last.csi)}, {names['share']} {share_text(page, last.share)}"
        show_chart(lines("round", "value", "figure", y_title="%"), points, alt_text=said, key="chart.trend")
        st.caption(t("Lines join rounds that need not compare: look at a round's own figures for its change."))
    columns = _summary_columns(page, Column(t("Survey round"), lambda row: f"{row.round.code} · {row.round.name}"))
    show_table(page, rows, columns, key=list_key("trend", chosen.round_id), empty=t("No form is in yet."))


def show_overview(page: Page) -> None:
    """The newest round of each estate side by side; a picked one opens."""
    t, rows = page.t, page.read(round_overview, OverviewWanted())
    columns = _summary_columns(page, Column(t("Estate"), lambda row: row.round.estate_name))
    columns.insert(1, Column(t("Newest round"), lambda row: f"{row.round.code} · {row.round.name}"))
    columns.insert(2, Column(t("Last day"), lambda row: row.round.last_day, ColumnKind.DATE))
    empty = t("No survey form is in yet. A supervisor opens a round, then staff enter the forms.")
    picked = show_table(page, rows, columns, key=list_key("overview", page.filter.estate_id), empty=empty, opens=True)
    if not rows:
        return
    asked = {row.round.estate_id for row in rows}
    silent = [option.name for option in page.estates if option.id not in asked]
    if silent:
        st.caption(t("No survey yet: %(names)s", names=plain(t(", ").join(silent))))
    if picked is None:
        st.caption(t("Pick a line to open it."))
    else:
        of = picked.round
        text = t("Open %(name)s", name=plain(of.estate_name))
        open_button(page, text, "surveys.results", key="open.round", estate=of.estate_id, round=of.code)


def _summary_columns(page: Page, first: Column[SummaryRow]) -> list[Column[SummaryRow]]:
    t = page.t
    return [
        first,
        Column("n", lambda row: "< 5" if row.summary.hidden else page.words.integer(row.summary.n), _R),
        Column(t("Response rate"), lambda row: share_text(page, row.summary.rate), _R),
        Column("CSI", lambda row: "–" if row.summary.hidden else number_text(page, row.summary.csi), _R),
        Column(t("Share of 4–5"), lambda row: share_text(page, row.summary.share), _R),
        Column("NPS", lambda row: number_text(page, row.summary.nps), _R),
        Column(t("Lowest question"), lambda row: _worst(page, row)),
    ]


def _worst(page: Page, row: SummaryRow) -> str:
    if row.summary.hidden:
        return page.t("hidden (fewer than 5)")
    if row.summary.worst_mean is None:
        return "–"
    return f"{number_text(page, row.summary.worst_mean, 2)} {row.worst(page.words.language)}"
