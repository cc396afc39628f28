"""The satisfaction report of a quarter or a year, built on a click (R-153)."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from typing import Final

import streamlit as st

from core.admin.codes import CodeList
from core.admin.permissions import Permission
from core.documents.survey_report import survey_report_docx
from core.documents.survey_report_parts import Figure, Groups, SurveyReport, TagLine
from core.kernel.errors import Problem
from core.kernel.filters import Slice
from core.kernel.identity import EstateId, RoundId
from core.kernel.periods import Month, Span, months_between
from core.surveys.advice import AdviceFacts, Elsewhere, LowItem, advice
from core.surveys.follow_ups import Recovery
from core.surveys.group_results import group_results
from core.surveys.results import RoundResults, weights_of
from core.surveys.round_changes import RoundChanges
from core.surveys.rounds import RoundKind
from db.operations.exports import RecordExport, record_export
from db.operations.sign_in import identify_by
from db.queries.external_results import ExternalResultsWanted, ExternalRow, external_results
from db.queries.survey_opinions import OpinionTags, OpinionTagsWanted, opinion_tags
from db.queries.survey_reports import OfRoundsWanted, ReportMeasure, call_back_recovery, measures_of_rounds
from db.queries.survey_results import (
    ResultRound,
    ResultRoundsWanted,
    RoundFacts,
    RoundFactsWanted,
    Split,
    result_rounds,
    round_facts,
)
from db.unit_of_work import NotFound, perform
from locales.labels import error_sentence
from pages._shell import clock
from pages._shell.code_words import CodeWords, code_words
from pages._shell.page import Page
from pages._shell.panels import survey_report_lines as lines
from pages._shell.panels.survey_document_words import report_words

MOST_ROUNDS: Final = 12
"""Rounds of a period that are worked out, the newest; a year of monthly rounds."""

MOST_EXTERNAL: Final = 50
_WORD: Final = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_NOT_IN_NAMES: Final = re.compile(r'[\\/:*?"<>|\x00-\x1f\s]+')
_LISTS: Final = (CodeList.SURVEY_DIMENSION, CodeList.SURVEY_TAG)


@dataclass(frozen=True, slots=True)
class ReportPeriod:
    """A quarter from 1 to 4, or (0) the whole year."""

    year: int
    quarter: int = 0

    @property
    def code(self) -> str:
        """The period as it stands in a file name: ``2026Q4`` or ``2026``."""
        return f"{self.year}Q{self.quarter}" if self.quarter else str(self.year)

    @property
    def span(self) -> Span:
        """Its days."""
        first = Month(self.year, 3 * self.quarter - 2 if self.quarter else 1)
        return Span(first.first_day, first.shift(3 if self.quarter else 12).first_day)

    def name(self, page: Page) -> str:
        """What it is called."""
        if self.quarter:
            return page.t("Quarter %(quarter)s of %(year)s", quarter=self.quarter, year=str(self.year))
        return page.t("Year %(year)s", year=str(self.year))


@dataclass(frozen=True, slots=True)
class _Material:
    """All that a report is made of. ``leading``: the round whose details are told, the newest regular one."""

    rounds: tuple[ResultRound, ...]
    leading: ResultRound
    facts: Mapping[RoundId, RoundFacts]
    results: RoundResults
    changes: RoundChanges | None
    groups: tuple[Groups, ...]
    tags: OpinionTags
    external: tuple[ExternalRow, ...]
    recovery: Recovery
    measures: tuple[ReportMeasure, ...]
    names: CodeWords


def offer_report(page: Page, chosen: ResultRound, results: RoundResults) -> None:
    """Offer the report of a period of the chosen round's estate; it is built when somebody takes it.

    It holds figures of groups only and no personal data, so it asks for no password; taking it is audited (R-013).
    """
    t, estate = page.t, chosen.estate_id
    if not page.actor.may_at(Permission.EXPORT_TABLES, estate):
        return
    known = page.read(result_rounds, ResultRoundsWanted(estate))
    periods = {period.code: period for period in report_periods(known, page.today)}
    codes, usual = list(periods), quarter_of(min(chosen.last_day, page.today)).code
    with st.container(horizontal=True, vertical_alignment="bottom"):
        code = st.selectbox(
            t("Period of the report"), codes, index=codes.index(usual) if usual in codes else 0, width=260,
            format_func=lambda code: periods[code].name(page), key=f"report.period.{chosen.code}",
        )  # fmt: skip
        st.download_button(
            t("Satisfaction report (Word)"), data=partial(built_report, page, estate, periods[code]),
            file_name=file_name(page, estate, periods[code]), mime=_WORD, icon=":material/description:",
            on_click="ignore", key=f"report.{chosen.code}.{code}",
        )  # fmt: skip
    st.caption(
        t("It holds results, comments by tag, third-party results, call-backs, measures and advice; nothing personal.")
    )
    inside = rounds_in(known, periods[code].span)
    st.caption(t("Surveys in it: %(names)s", names=t(", ").join(one.code for one in inside)))
    if results.hidden:
        st.caption(t("Of a survey with fewer than five forms the report tells only how many came back."))


def quarter_of(day: date) -> ReportPeriod:
    """The quarter a day lies in."""
    return ReportPeriod(day.year, (day.month + 2) // 3)


def report_periods(rounds: Iterable[ResultRound], today: date) -> tuple[ReportPeriod, ...]:
    """The quarters and years up to today in which there were rounds, newest first; a year after its quarters."""
    days = [(one.starts_on, min(one.last_day, today)) for one in rounds if one.starts_on <= today]
    months = {month for first, last in days for month in months_between(Month.of(first), Month.of(last))}
    quarters = {quarter_of(month.first_day) for month in months}
    years = {ReportPeriod(quarter.year) for quarter in quarters}
    return tuple(sorted(quarters | years, key=lambda one: (-one.year, -one.quarter)))


def rounds_in(rounds: Iterable[ResultRound], span: Span) -> tuple[ResultRound, ...]:
    """The rounds that asked people on some day of the span, the earliest first; at most the newest twelve."""
    inside = [one for one in rounds if one.starts_on < span.end and one.ends_on > span.start]
    return tuple(sorted(inside, key=lambda one: (one.starts_on, one.round_id)))[-MOST_ROUNDS:]


def file_name(page: Page, estate: EstateId, period: ReportPeriod) -> str:
    """The name of the file, with estate and period."""
    name = page.t("Satisfaction report %(estate)s %(period)s", estate=page.estate_name(estate), period=period.code)
    return _NOT_IN_NAMES.sub("-", name) + ".docx"


def built_report(page: Page, estate: EstateId, period: ReportPeriod) -> bytes:
    """Note in the audit log that the report is taken out, then build it from what the books say at that moment."""
    page = replace(page, now=clock.now())
    rounds = rounds_in(page.read(result_rounds, ResultRoundsWanted(estate)), period.span)
    if not rounds:
        raise NotFound  # the last of them was called off since the page was shown
    said = f"period={period.code}, rounds={'+'.join(one.code for one in rounds)}"[:400]
    command = RecordExport("survey_report", said, len(rounds), personal=False, form="docx", estate_id=estate)
    perform(page.database, record_export, command, identify=identify_by(page.token), now=page.now)
    report = survey_report(page, estate, period, rounds)
    return survey_report_docx(report=report, words=report_words(page.t), made_at=page.now)


def survey_report(page: Page, estate: EstateId, period: ReportPeriod, rounds: tuple[ResultRound, ...]) -> SurveyReport:
    """What the report says: all rounds in the head figures, details of the newest regular one."""
    t, all_of = page.t, _gather(page, estate, period, rounds)
    results, changes = all_of.results, all_of.changes
    shown = not results.hidden
    return SurveyReport(
        title=t("Customer satisfaction report, %(period)s", period=period.name(page)),
        estate=page.estate_name(estate),
        period=period.name(page),
        as_of=page.words.instant(page.now),
        rounds=tuple(lines.round_line(page, one) for one in all_of.rounds),
        figures=_figures(page, all_of),
        dimensions=lines.dimension_lines(page, results, changes, all_of.names) if shown else (),
        items=lines.item_lines(page, results) if shown else (),
        warnings=_warnings(page, all_of),
        groups=all_of.groups if shown else (),
        tags=tuple(
            TagLine(all_of.names.say(CodeList.SURVEY_TAG, tag), page.words.integer(many))
            for tag, many in all_of.tags.tags
        ),
        third_party=lines.third_party_lines(page, all_of.external, all_of.names),
        call_backs=lines.call_back_line(page, all_of.recovery),
        measures=lines.measure_lines(page, all_of.measures),
        advice=tuple(_sentence(page, problem, all_of) for problem in advice(_advice_facts(all_of))),
        note=t("%(who)s · %(when)s", who=page.actor.name, when=page.words.instant(page.now)),
    )


def _gather(page: Page, estate: EstateId, period: ReportPeriod, rounds: tuple[ResultRound, ...]) -> _Material:
    numbers = tuple(one.round_id for one in rounds)
    leading = next((one for one in reversed(rounds) if one.kind is RoundKind.REGULAR), rounds[-1])
    facts = {one.round_id: page.read(round_facts, RoundFactsWanted(one)) for one in rounds}
    others = ExternalResultsWanted(estate, period.span, Slice(1, MOST_EXTERNAL))
    sees_measures = page.actor.may_at(Permission.MEASURES_VIEW, estate)
    return _Material(
        rounds=rounds,
        leading=leading,
        facts=facts,
        results=facts[leading.round_id].results(),
        changes=facts[leading.round_id].changes(),
        groups=tuple(_groups(page, leading, split, facts[leading.round_id]) for split in Split),
        tags=page.read(opinion_tags, OpinionTagsWanted(estate, numbers)),
        external=page.read(external_results, others).rows,
        recovery=page.read(call_back_recovery, OfRoundsWanted(estate, numbers)),
        measures=page.read(measures_of_rounds, OfRoundsWanted(estate, numbers)) if sees_measures else (),
        names=code_words(page, *_LISTS),
    )


def _groups(page: Page, leading: ResultRound, split: Split, facts: RoundFacts) -> Groups:
    by_building = split is Split.BUILDING
    counted = facts if by_building else page.read(round_facts, RoundFactsWanted(leading, split))
    groups = group_results(
        items=counted.answers.items,
        groups=counted.groups,
        weights=weights_of(counted.settings),
        populations=counted.households if by_building else None,
    )
    return lines.group_lines(page, split, groups)


def _figures(page: Page, all_of: _Material) -> tuple[Figure, ...]:
    """All figures of the leading round, and of the others the two that every round has."""
    earlier = [one for one in reversed(all_of.rounds) if one.round_id != all_of.leading.round_id]
    others = (lines.earlier_figures(page, one, all_of.facts[one.round_id].results()) for one in earlier)
    return (*lines.head_figures(page, all_of.results), *(figure for own in others for figure in own))


def _warnings(page: Page, all_of: _Material) -> tuple[str, ...]:
    """What a reader must know before believing the figures."""
    t, results, words = page.t, all_of.results, page.words
    found = []
    if len(all_of.rounds) > 1:
        found.append(t("Dimensions, questions and groups are those of “%(round)s”.", round=all_of.leading.name))
    if any(one.last_day >= page.today for one in all_of.rounds):
        found.append(t("A survey is still running: its figures will change."))
    if results.hidden:
        found.append(t("Fewer than five forms came back, so no result is shown."))
    elif not results.enough:
        least = words.integer(results.least_sample)
        found.append(t("The sample of %(n)s is below the set minimum of %(least)s.", n=results.n, least=least))
    if results.weighting is not None:
        found.append(t("The buildings answered unevenly; the sample may not stand for the whole estate."))
    found.append(t("Margins presume that those who answered are like those who did not."))
    return tuple(found)


def _advice_facts(all_of: _Material) -> AdviceFacts:
    results, changes = all_of.results, all_of.changes
    means = {one.item.code: one.mean.value for one in results.items}
    measured = {one.item for one in all_of.measures}
    scored = [(one.dimension, one.mean.value) for one in results.dimensions if one.mean.value is not None]
    share = changes.share if changes else None
    return AdviceFacts(
        n=results.n,
        least_sample=results.least_sample,
        sent=results.sent,
        uneven=results.weighting is not None,
        share=results.share.value,
        share_high=results.share.interval.high if results.share.interval else None,
        target=results.target,
        weakest=min(scored, key=lambda pair: pair[1]) if len(scored) > 1 else None,
        fell=-100 * share.difference if share and share.certain and share.difference < 0 else None,
        low_items=tuple(
            LowItem(code, mean, code in measured) for code in results.low if (mean := means[code]) is not None
        ),
        low_line=results.low_line,
        measures_overdue=sum(one.overdue for one in all_of.measures),
        recovery=all_of.recovery,
        answers=all_of.tags.answers,
        untagged=all_of.tags.untagged,
        tags=all_of.tags.tags,
        elsewhere=tuple(
            Elsewhere(one.body, one.percent, one.own.percent) for one in all_of.external if one.percent and one.own
        ),
    )


def _sentence(page: Page, problem: Problem, all_of: _Material) -> str:
    """A piece of advice in words; codes among its fields become what they are called."""
    fields, names = dict(problem.fields), all_of.names
    items = {one.item.code: one.item.text(page.words.language) for one in all_of.results.items}
    if "item" in fields:
        fields["item"] = items.get(str(fields["item"]), str(fields["item"]))
    for name, codes in zip(("dimension", "tag"), _LISTS, strict=True):
        if name in fields:
            fields[name] = names.say(codes, str(fields[name]))
    return error_sentence(page.words, replace(problem, fields=fields))
