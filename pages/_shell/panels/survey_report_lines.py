"""The lines of the satisfaction report in the person's language: every figure a finished string (R-143, R-153)."""

from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction
from typing import Final

from core.admin.codes import CodeList
from core.documents import survey_report_parts as parts
from core.kernel.money import percent
from core.surveys.figures import Score
from core.surveys.follow_ups import Recovery
from core.surveys.group_results import GroupResult
from core.surveys.privacy import GROUP_LEAST
from core.surveys.questionnaires import HIGHEST_MARK, LOWEST_MARK
from core.surveys.responses import CustomerGroup
from core.surveys.results import ItemResult, RoundResults
from core.surveys.round_changes import RoundChanges
from core.surveys.rounds import Channel
from db.queries.external_results import ExternalRow
from db.queries.survey_reports import ReportMeasure
from db.queries.survey_results import ResultRound, Split
from locales.labels import enum_label
from pages._shell.code_words import CodeWords
from pages._shell.page import Page
from pages._shell.panels.measures import value_text
from pages._shell.panels.survey_external import own_text, score_text, subject_text
from pages._shell.panels.survey_figures import (
    change_text,
    interval_text,
    margin_text,
    number_text,
    share_text,
    signed_text,
)

NONE: Final = "–"
FEW: Final = f"<{GROUP_LEAST}"


def round_line(page: Page, of: ResultRound) -> parts.RoundLine:
    """A round with what came back of it."""
    days = f"{page.words.date(of.starts_on)} – {page.words.date(of.last_day)}"
    if of.last_day >= page.today:
        days = page.t("%(days)s (still running)", days=days)
    sent = page.words.integer(of.sent) if of.sent else NONE
    rate = page.words.percent(percent(of.forms, of.sent)) if of.sent else NONE
    return parts.RoundLine(of.name, days, sent, page.words.integer(of.forms), rate)


def head_figures(page: Page, results: RoundResults) -> tuple[parts.Figure, ...]:
    """CSI, share of 4–5, NPS and CS of a round, with what each stands on."""
    t = page.t
    found = [
        _figure(page, t("CSI"), results.csi, number_text(page, results.csi.value), _weighted(page, results)),
        _figure(page, t("Share of 4–5"), results.share, share_text(page, results.share.value), _line(page, results)),
    ]
    if results.nps is not None:
        found.append(_figure(page, t("Net promoter score (NPS)"), results.nps, _points(page, results.nps.value)))
    if results.cs is not None:
        name, value = t("CS (quality and speed)"), number_text(page, results.cs.value, 2)
        found.append(_figure(page, name, results.cs, value, t("reconstructed")))
    return tuple(found)


def earlier_figures(page: Page, of: ResultRound, results: RoundResults) -> tuple[parts.Figure, ...]:
    """CSI and share of another round of the period, under its name."""
    named = {page.t("CSI"): results.csi, page.t("Share of 4–5"): results.share}
    texts = (number_text(page, results.csi.value), share_text(page, results.share.value))
    return tuple(
        _figure(page, f"{name} · {of.name}", score, text)
        for (name, score), text in zip(named.items(), texts, strict=True)
    )


def _figure(page: Page, name: str, score: Score, value: str, remark: str = "") -> parts.Figure:
    shown = score.value is not None
    return parts.Figure(name, value, _margin(page, score), page.words.integer(score.n), remark if shown else "")


def _margin(page: Page, score: Score) -> str:
    if score.interval is not None:
        return interval_text(page, score)
    return NONE if score.margin is None else margin_text(page, score)


def _points(page: Page, value: Fraction | None) -> str:
    return NONE if value is None else signed_text(page, value)


def _weighted(page: Page, results: RoundResults) -> str:
    if results.weighting is None or results.weighting.csi is None:
        return ""
    csi = number_text(page, results.weighting.csi)
    return page.t("%(csi)s if every building counts by its households", csi=csi)


def _line(page: Page, results: RoundResults) -> str:
    target = page.words.percent(results.target)
    if results.reaches:
        return page.t("reaches the line of %(target)s", target=target)
    return page.t("below the line of %(target)s", target=target)


def dimension_lines(
    page: Page, results: RoundResults, changes: RoundChanges | None, names: CodeWords
) -> tuple[parts.DimensionLine, ...]:
    """Each dimension with its change against the round before, or why the two do not compare."""
    return tuple(
        parts.DimensionLine(
            names.say(CodeList.SURVEY_DIMENSION, one.dimension),
            number_text(page, one.mean.value, 2),
            FEW if one.hidden else page.words.integer(one.mean.n),
            _change(page, changes, one.dimension),
        )
        for one in results.dimensions
    )


def _change(page: Page, changes: RoundChanges | None, dimension: str) -> str:
    if changes is None:
        return page.t("no round before")
    if changes.reasons:
        return page.label(changes.reasons[0])
    return change_text(page, changes.dimensions.get(dimension))


def item_lines(page: Page, results: RoundResults) -> tuple[parts.ItemLine, ...]:
    """The ratings, the lowest first; those too few people answered come last, without figures."""
    hidden = [one for one in results.items if one.mean.value is None]
    return tuple(_item(page, one) for one in (*results.worst_first, *hidden))


def _item(page: Page, one: ItemResult) -> parts.ItemLine:
    text = one.item.text(page.words.language)
    if one.hidden:
        return parts.ItemLine(text, NONE, NONE, FEW)
    five, four, three, two, lowest = (
        one.tally.between(mark, mark) for mark in range(HIGHEST_MARK, LOWEST_MARK - 1, -1)
    )
    mean, share = number_text(page, one.mean.value, 2), share_text(page, one.share.value)
    counts = (five, four, three, two, lowest)
    return parts.ItemLine(text, mean, share, page.words.integer(one.n), one.is_low, counts)


def group_lines(page: Page, split: Split, groups: Iterable[GroupResult]) -> parts.Groups:
    """The groups of one sort; those that may not be shown come with dashes, and the reason below."""
    t = page.t
    titles = {
        Split.BUILDING: t("Results by building"),
        Split.CHANNEL: t("Results by channel"),
        Split.CUSTOMER_GROUP: t("Results by customer group"),
    }
    listed = tuple(groups)
    lines = tuple(_group(page, split, one) for one in listed)
    why = t("Groups of fewer than five people are not shown, nor those from which they could be worked out.")
    return parts.Groups(titles[split], lines, why if any(one.hidden for one in listed) else "")


def _group(page: Page, split: Split, one: GroupResult) -> parts.GroupLine:
    name = _group_name(page, split, one.key)
    if one.hidden:
        return parts.GroupLine(name, NONE, NONE, FEW if one.too_few else NONE)
    return parts.GroupLine(
        name, number_text(page, one.mean.value, 2), share_text(page, one.share.value), page.words.integer(one.n)
    )


def _group_name(page: Page, split: Split, key: str) -> str:
    if split is Split.BUILDING:
        return page.t("Building %(code)s", code=key) if key else page.t("Building unknown")
    return enum_label(page.words, Channel(key) if split is Split.CHANNEL else CustomerGroup(key))


def third_party_lines(page: Page, rows: Iterable[ExternalRow], names: CodeWords) -> tuple[parts.ThirdPartyLine, ...]:
    """What others measured, beside our own figure."""
    return tuple(
        parts.ThirdPartyLine(
            row.body,
            page.words.date(row.measured_on),
            subject_text(page, names, row.subject),
            score_text(page, row),
            own_text(page, row),
            row.note,
        )
        for row in rows
    )


def call_back_line(page: Page, made: Recovery) -> parts.CallBacks | None:
    """How the call-backs went; nothing where there were none."""
    if not made.opened:
        return None
    in_time = _with_share(page, made.in_time, made.in_time_percent)
    recovered = _with_share(page, made.recovered, made.recovered_percent)
    return parts.CallBacks(page.words.integer(made.opened), in_time, page.words.integer(made.reached), recovered)


def _with_share(page: Page, count: int, share: Decimal | None) -> str:
    number = page.words.integer(count)
    return number if share is None else f"{number} ({page.words.percent(share)})"


def measure_lines(page: Page, measures: Iterable[ReportMeasure]) -> tuple[parts.MeasureLine, ...]:
    """The measures with their figures before and after."""
    return tuple(
        parts.MeasureLine(
            one.number,
            one.problem,
            enum_label(page.words, one.stage),
            page.words.date(one.deadline),
            value_text(page, one.goal, one.before),
            value_text(page, one.goal, one.after),
            page.words.percent(one.impact) if one.before and one.after else NONE,
            one.overdue,
        )
        for one in measures
    )
