"""The process map: what each step may take and really takes; limits kept; stopped clocks (R-083, R-084, R-194)."""

from datetime import timedelta

import streamlit as st

from core.admin.codes import CodeList
from core.complaints.insight import StepTime
from core.kernel.clocks import ClockKind
from core.kernel.money import percent
from db.queries.case_insight import days_of
from db.queries.case_times import process_times
from db.queries.service_clocks_insight import KeptLine, PauseLine, kept_by_grade, pauses_by_person
from locales.labels import enum_label
from pages._shell.charts import Row
from pages._shell.code_words import code_words
from pages._shell.page import Page
from pages._shell.panels.service_insight import (
    charted,
    count_column,
    heading,
    hours_of,
    insight_wanted,
    kept_text,
    percent_text,
    right_column,
    show_days,
    show_figures,
    text_column,
    time_text,
)
from pages._shell.panels.service_insight_charts import steps_chart
from pages._shell.panels.service_words import span_text
from pages._shell.tables import Column, show_table


def show_steps(page: Page) -> None:
    """Where the time goes."""
    wanted = insight_wanted(page)
    show_days(page, days_of(wanted, page.now))
    _show_map(page, page.read(process_times, wanted))
    left, right = st.columns([1, 1])
    with left:
        _show_kept(page, page.read(kept_by_grade, wanted))
    with right:
        _show_pauses(page, page.read(pauses_by_person, wanted))


def _show_map(page: Page, steps: tuple[StepTime, ...]) -> None:
    t = page.t
    heading(
        t("Process map: allowed and real time"),
        t("How long complaints stayed in each state that they left in these days, by the calendar. The times allowed "
          "are set so that they add up to the targets of a normal complaint; the sources give none for single steps."),
    )  # fmt: skip
    if not any(step.n for step in steps):
        st.info(t("No complaint moved on in these days, so there is no time to compare."), icon=":material/inbox:")
    rows: list[Row] = [
        {
            "name": _step_name(page, step),
            "real": hours_of(step.mean),
            "allowed": hours_of(step.step.allowed),
            "end": max(hours_of(step.mean), hours_of(step.step.allowed)),
            "label": f"{time_text(page, step.mean)}{' ▲' if _is_over(step) else ''}",
        }
        for step in steps
    ]
    columns: list[Column[StepTime]] = [
        text_column(t("Step"), lambda step: enum_label(page.words, step.step.state)),
        text_column(t("Whose step"), lambda step: enum_label(page.words, step.step.owner)),
        right_column(t("Allowed"), lambda step: span_text(page, step.step.allowed)),
        right_column(t("Mean taken"), lambda step: time_text(page, step.mean)),
        count_column(t("Stays"), lambda step: step.n),
        count_column(t("over the allowed time"), lambda step: step.over),
        right_column(t("Share over"), lambda step: percent_text(page, percent(step.over, step.n))),
        text_column(t("Verdict"), lambda step: _verdict(page, step)),
    ]
    over = [step for step in steps if _is_over(step)]
    told = t("Slower than allowed on average: %(steps)s", steps=t(", ").join(_step_name(page, step) for step in over))
    said = told if over else t("No step is slower than allowed on average.")
    left, right = st.columns([3, 5])
    with left:
        charted(page, steps_chart(len(steps), x_title=t("Hours")), rows, steps, columns, key="steps", alt_text=said)
    with right:
        shown = [columns[place] for place in (0, 7, 1, 2, 3, 4, 6)]
        show_table(page, steps, shown, key="insight.map", empty="", counted=False)
        st.caption(" · ".join((said, t("The mark across each bar is the time allowed."))))


def _step_name(page: Page, step: StepTime) -> str:
    return enum_label(page.words, step.step.state)


def _is_over(step: StepTime) -> bool:
    return step.mean is not None and step.mean > step.step.allowed


def _verdict(page: Page, step: StepTime) -> str:
    if step.mean is None:
        return page.t("○ no stay")
    return page.t("🟠 too slow") if _is_over(step) else page.t("✓ in time")


def _show_kept(page: Page, lines: tuple[KeptLine, ...]) -> None:
    t = page.t
    heading(
        t("Limits kept, by clock and grade"),
        t("Clocks of complaints that stopped in these days within their limit ÷ those due; what still runs and is late "
          "counts as late. In brackets how many."),
    )  # fmt: skip
    shown = [line for line in lines if line.target.in_time + line.target.late + line.hard.in_time + line.hard.late]
    columns: list[Column[KeptLine]] = [
        text_column(t("Clock"), lambda line: clock_name(page, line.clock)),
        text_column(t("Grade"), lambda line: enum_label(page.words, line.grade)),
        right_column(t("Target kept"), lambda line: kept_text(page, line.target)),
        right_column(t("Hard limit kept"), lambda line: kept_text(page, line.hard)),
        count_column(t("not due yet"), lambda line: line.hard.waiting or line.target.waiting),
    ]
    show_figures(page, shown, columns, key="kept", empty=t("No limit ran out or was met in these days."))


def clock_name(page: Page, clock: ClockKind) -> str:
    """What a clock waits for."""
    names = {
        ClockKind.RESPONSE: page.t("First response"),
        ClockKind.RESOLVED: page.t("Feedback given"),
        ClockKind.CALLED_BACK: page.t("Call-back after it"),
    }
    return names.get(clock, enum_label(page.words, clock))


def _show_pauses(page: Page, lines: tuple[PauseLine, ...]) -> None:
    t = page.t
    heading(
        t("Stopped clocks, by person and reason"),
        t("Approved pauses of complaints and requests, as far as they lie in these days, by who asked for them. Pauses "
          "at the same time all count."),
    )  # fmt: skip
    codes = code_words(page, CodeList.PAUSE_REASON)
    columns: list[Column[PauseLine]] = [
        text_column(t("Asked for by"), lambda line: line.name or t("the portal itself")),
        text_column(t("Reason for the pause"), lambda line: codes.say(CodeList.PAUSE_REASON, line.reason)),
        count_column(t("Pauses"), lambda line: line.pauses),
        right_column(t("Time in all"), lambda line: span_text(page, line.time)),
        text_column(t("now"), lambda line: t("⏸ %(count)s last still", count=line.lasting) if line.lasting else ""),
    ]
    show_figures(page, lines, columns, key="pauses", empty=t("✓ No clock stood still in these days."))
    if lines:
        whole = sum((line.time for line in lines), timedelta())
        st.caption(t("%(span)s in all", span=span_text(page, whole)))
