"""The first view of service insight: five figures, what is wrong now and whose it is, the last weeks (R-099)."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

import streamlit as st

from db.queries.case_figures import AgeGroup, CaseFigures, case_figures
from db.queries.case_forecast import Forecast, ForecastWanted, HandlerForecast, case_forecast
from db.queries.case_trend import TrendWanted, TrendWeek, case_trend
from db.queries.service_alerts import AlertsWanted, ServiceAlerts, service_alerts
from pages._shell.links import open_button, plain
from pages._shell.page import Page
from pages._shell.panels.service_insight import (
    Card,
    charted,
    count_column,
    heading,
    insight_wanted,
    kept_text,
    percent_text,
    points_text,
    show_cards,
    show_days,
    signed_text,
    text_column,
    time_change,
    time_text,
)
from pages._shell.panels.service_insight_charts import weeks_chart
from pages._shell.panels.service_insight_mix import show_mixes, show_types
from pages._shell.tables import Column

NAMED: Final = 4
"""How many people are named in what runs out before the morning."""

_WEEK: Final = timedelta(days=7)
_DAY: Final = timedelta(days=1)


def show_overview(page: Page) -> None:
    """What a supervisor sees at 08:30, and a meeting on the wall."""
    figures = page.read(case_figures, insight_wanted(page))
    weeks = page.read(case_trend, TrendWanted(page.filter.estate_id, figures.days.this.end))
    show_days(page, figures.days)
    show_cards(page, _cards(page, figures, weeks))
    _show_wrong(page)
    left, right = st.columns([3, 2])
    with left:
        _show_weeks(page, weeks)
    with right:
        show_types(page, figures)
    show_mixes(page, figures)


# --- five figures


def _cards(page: Page, figures: CaseFigures, weeks: Sequence[TrendWeek]) -> list[Card]:
    return [
        _new_card(page, figures, weeks),
        _open_card(page, figures, weeks),
        _kept_card(page, figures),
        _time_card(page, figures),
        _satisfied_card(page, figures),
    ]


def _new_card(page: Page, figures: CaseFigures, weeks: Sequence[TrendWeek]) -> Card:
    t, this, change = page.t, figures.this, figures.change
    sign = "" if change is None else "+" if change > 0 else ""
    notes = [t("closed: %(closed)s · in the days before: %(before)s new", closed=this.complaints.closed,
               before=figures.before.complaints.new)]  # fmt: skip
    if this.left:
        notes.append(t("withdrawn or merged since: %(count)s", count=this.left))
    return Card(
        title=t("New complaints"),
        value=page.words.integer(this.complaints.new),
        meaning=t("Complaints registered in these days; suggestions, praise and inquiries are counted apart."),
        delta=None if change is None else f"{sign}{page.words.percent(change)}",
        good="inverse",
        weeks=tuple(float(week.new) for week in weeks),
        notes=tuple(notes),
    )


def _open_card(page: Page, figures: CaseFigures, weeks: Sequence[TrendWeek]) -> Card:
    t, now, before = page.t, figures.this.complaints.open, figures.before.complaints.open
    ages = " · ".join(t("%(days)s d: %(count)s", days=_age(age), count=age.count) for age in figures.ages)
    return Card(
        title=t("Open complaints"),
        value=page.words.integer(now),
        meaning=t("Complaints neither closed, withdrawn nor merged at the end of these days; the ages are of today."),
        delta=signed_text(page, now - before),
        good="inverse",
        weeks=tuple(float(week.open) for week in weeks),
        notes=(t("by age today: %(ages)s", ages=ages),),
    )


def _age(age: AgeGroup) -> str:
    return f"{age.first}+" if age.last is None else f"{age.first}–{age.last}"


def _kept_card(page: Page, figures: CaseFigures) -> Card:
    t, this, before = page.t, figures.this, figures.before
    feedback = points_text(page, this.feedback.target.percent, before.feedback.target.percent)
    said = t("feedback in time: %(kept)s", kept=kept_text(page, this.feedback.target))
    return Card(
        title=t("Response in time"),
        value=percent_text(page, this.response.target.percent),
        meaning=t(
            "First responses within their target ÷ responses due in these days. Late ones that still run count as "
            "late, those not due yet do not count. Pauses that were approved do not count as time."
        ),
        delta=points_text(page, this.response.target.percent, before.response.target.percent),
        good="normal",
        notes=(
            f"{said} · {feedback}" if feedback else said,
            t("hard limits kept: response %(response)s, feedback %(feedback)s",
              response=percent_text(page, this.response.hard.percent),
              feedback=percent_text(page, this.feedback.hard.percent)),
        ),
    )  # fmt: skip


def _time_card(page: Page, figures: CaseFigures) -> Card:
    t, this, before = page.t, figures.this.times.handling, figures.before.times.handling
    notes = [t("median %(median)s · n=%(n)s", median=time_text(page, this.median), n=this.n)]
    if this.p90 is not None:
        notes.append(t("90 %% within %(span)s", span=time_text(page, this.p90)))
    notes.append(t("first response %(mean)s on average", mean=time_text(page, figures.this.times.response.mean)))
    return Card(
        title=t("Time to feedback"),
        value=time_text(page, this.mean),
        meaning=t(
            "Mean time by the calendar from registration to the feedback, over complaints closed in these days; so "
            "figures of past months stay what they are."
        ),
        delta=time_change(page, this.mean, before.mean),
        good="inverse",
        notes=tuple(notes),
    )


def _satisfied_card(page: Page, figures: CaseFigures) -> Card:
    t, this, before = page.t, figures.this, figures.before
    share, line = this.satisfied_percent, figures.satisfaction_target
    number = page.words.decimal(line, places=0)
    gap = points_text(page, share, line)
    note = t("line %(line)s %%: %(gap)s", line=number, gap=gap) if gap else t("line %(line)s %%", line=number)
    return Card(
        title=t("Satisfied customers"),
        value=percent_text(page, share),
        meaning=t("Call-backs in which the customer was satisfied ÷ all call-backs entered in these days."),
        delta=points_text(page, share, before.satisfied_percent),
        good="normal",
        notes=(note, t("%(satisfied)s of %(n)s call-backs", satisfied=this.satisfied, n=this.call_backs)),
    )


# --- what is wrong


def _show_wrong(page: Page) -> None:
    """Red now, what turns red before the morning and whose it is, and repeats nobody does anything about."""
    alerts = page.read(service_alerts, AlertsWanted(page.filter.estate_id))
    forecast = page.read(case_forecast, ForecastWanted(page.filter.estate_id))
    late, coming, again = st.columns(3)
    with late.container(border=True, height="stretch", gap="xsmall"):
        _show_late(page, alerts)
    with coming.container(border=True, height="stretch", gap="xsmall"):
        _show_coming(page, forecast)
    with again.container(border=True, height="stretch", gap="xsmall"):
        _show_again(page, alerts)


def _show_late(page: Page, alerts: ServiceAlerts) -> None:
    t = page.t
    st.markdown(f"**{t('Past a limit now')}**")
    if alerts.red_cases or alerts.red_requests:
        st.markdown(t("🔴 past the hard limit: %(cases)s cases, %(requests)s requests", cases=alerts.red_cases,
                      requests=alerts.red_requests))  # fmt: skip
    else:
        st.markdown(t("✓ nothing past a hard limit"))
    if alerts.amber_cases or alerts.amber_requests:
        st.markdown(t("🟠 past the target: %(cases)s cases, %(requests)s requests", cases=alerts.amber_cases,
                      requests=alerts.amber_requests))  # fmt: skip
    with st.container(horizontal=True):
        if alerts.red_cases:
            open_button(page, t("Red cases"), "service.cases", key="open.red.cases", show="red")
        if alerts.red_requests:
            open_button(page, t("Red requests"), "service.requests", key="open.red.requests", show="red")


def _show_coming(page: Page, forecast: Forecast) -> None:
    t = page.t
    st.markdown(f"**{t('Runs out before %(until)s', until=forecast.until)}**")
    if not forecast.handlers:
        st.markdown(t("✓ nothing runs out before the next working morning"))
        return
    st.markdown("  \n".join(plain(_person_words(page, one)) for one in forecast.handlers[:NAMED]))
    rest = forecast.handlers[NAMED:]
    if rest:
        count = sum(one.red + one.amber for one in rest)
        st.caption(t("and %(count)s more of %(people)s people", count=count, people=len(rest)))
    with st.container(horizontal=True):
        open_button(page, t("Open the cases"), "service.cases", key="open.coming.cases", show="open")
        open_button(page, t("Open the requests"), "service.requests", key="open.coming.requests", show="open")


def _person_words(page: Page, one: HandlerForecast) -> str:
    """``Wu: 🔴 1 🟠 2 (A-C261121-001 …)``: the sign says what they turn into."""
    counts = " ".join(f"{sign} {page.words.integer(n)}" for sign, n in (("🔴", one.red), ("🟠", one.amber)) if n)
    more = " …" if one.red + one.amber > 1 else ""
    return f"{one.name or page.t('nobody has it yet')}: {counts} ({one.first[0].number}{more})"


def _show_again(page: Page, alerts: ServiceAlerts) -> None:
    t = page.t
    st.markdown(f"**{t('Repeats without a measure')}**")
    if not alerts.repeats:
        st.markdown(t("✓ every repeated complaint has a measure"))
        return
    said = page.words.tn(
        "🟠 %(count)s trouble came again in %(days)s days and nobody has opened a measure.",
        "🟠 %(count)s troubles came again in %(days)s days and nobody has opened a measure.",
        alerts.repeats,
        days=alerts.repeat_days,
    )
    st.markdown(said)
    open_button(
        page, t("Look at them"), "service.insight", key="open.repeats", estate=None, view="repeats", measure="without"
    )  # fmt: skip


# --- the last weeks


def _show_weeks(page: Page, weeks: Sequence[TrendWeek]) -> None:
    t = page.t
    heading(
        t("Complaints by week"),
        t("Weeks from Monday on; open is what had not ended at the week's end. The last week may still run."),
    )
    names = (t("new"), t("closed"), t("still open"))
    shown = [
        {"week": f"{week.monday:%m-%d}", "days": week_days(page, week), "kind": name, "n": n}
        for week in weeks
        for name, n in zip(names, (week.new, week.closed, week.open), strict=True)
    ]
    last = weeks[-1]
    told = t("Week of %(day)s: %(new)s new, %(closed)s closed, %(open)s open", day=last.monday, new=last.new,
             closed=last.closed, open=last.open)  # fmt: skip
    columns: list[Column[TrendWeek]] = [
        text_column(t("Week from"), lambda week: week.monday),
        count_column(names[0], lambda week: week.new),
        count_column(names[1], lambda week: week.closed),
        count_column(names[2], lambda week: week.open),
    ]
    charted(page, weeks_chart(*names, y_title=t("Complaints")), shown, weeks, columns, key="weeks", alt_text=told)


def week_days(page: Page, week: TrendWeek) -> str:
    """The days of a week."""
    return page.t("%(first)s to %(last)s", first=week.monday, last=week.monday + _WEEK - _DAY)
