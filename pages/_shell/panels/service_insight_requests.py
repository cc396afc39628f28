"""Service requests in figures: MTTR by kind and estate, waiting, limits, ratings, failures, weeks (R-113 to R-117)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import streamlit as st

from core.complaints.insight import InTime
from core.kernel.clocks import ClockKind
from core.kernel.money import percent
from core.work_orders.insight import MeanTime, MttrLine, WorkInTime
from core.work_orders.kinds import WorkKind
from core.work_orders.limits import WorkLimitRow
from db.queries.work_insight import EstateWork, FailureLine, WorkInsight, WorkWeek, work_insight
from locales.labels import enum_label
from pages._shell.charts import Row
from pages._shell.links import open_button
from pages._shell.page import Page
from pages._shell.panels.service_insight import (
    Card,
    charted,
    count_column,
    heading,
    hours_of,
    insight_wanted,
    kept_text,
    percent_text,
    points_text,
    right_column,
    share_column,
    show_cards,
    show_days,
    show_figures,
    signed_text,
    text_column,
    time_change,
    time_text,
)
from pages._shell.panels.service_insight_charts import shares_chart, work_weeks_chart
from pages._shell.tables import Column

_WEEK: Final = timedelta(days=7)
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class LimitLine:
    """How one clock of one row of the limits was kept, both limits."""

    row: WorkLimitRow
    clock: ClockKind
    target: WorkInTime
    hard: WorkInTime


@dataclass(frozen=True, slots=True)
class MarkLine:
    """A rating and how many requests got it."""

    mark: int
    count: int


def show_requests(page: Page) -> None:
    """How quick, how reliable, how well rated the repairs and other requests are."""
    found = page.read(work_insight, insight_wanted(page))
    show_days(page, found.days)
    if not (found.this.submitted or found.before.submitted or found.open or any(w.submitted for w in found.weeks)):
        st.info(
            page.t("No service request came in these weeks. They are taken in under “Register a matter”."),
            icon=":material/inbox:",
        )
        open_button(page, page.t("Register a matter"), "service.intake", key="open.intake")
        return
    show_cards(page, _cards(page, found))
    left, right = st.columns([3, 2])
    with left:
        _show_weeks(page, found.weeks)
    with right:
        _show_ratings(page, found)
    _show_mttr(page, found)
    left, right = st.columns([3, 2])
    with left:
        _show_limits(page, found)
    with right:
        _show_failures(page, found)


def _all(lines: Sequence[MttrLine]) -> MeanTime:
    """The line over all kinds."""
    return next(line.time for line in lines if line.kind is None)


def _in_time(lines: Sequence[WorkInTime], clock: ClockKind) -> InTime:
    """All rows of the limits together."""
    own = [line for line in lines if line.clock is clock]
    return InTime(*(sum(getattr(line, part) for line in own) for part in ("in_time", "late", "waiting")))


def _cards(page: Page, found: WorkInsight) -> list[Card]:
    t, this, before = page.t, found.this, found.before
    fixed, fixed_before = _all(this.mttr), _all(before.mttr)
    waited, waited_before = _all(this.waiting), _all(before.waiting)
    target = _in_time(this.targets, ClockKind.RESOLVED)
    target_before = _in_time(before.targets, ClockKind.RESOLVED)
    rated, mean = this.ratings, this.ratings.mean
    return [
        Card(
            title=t("Requests submitted"),
            value=page.words.integer(this.submitted),
            meaning=t("Requests submitted in these days, cancelled ones included; nothing else counts cancelled ones."),
            delta=signed_text(page, this.submitted - before.submitted),
            weeks=tuple(float(week.submitted) for week in found.weeks),
            notes=(t("open now: %(open)s, failures of public systems %(failures)s", open=found.open,
                     failures=found.open_failures),),
        ),
        Card(
            title=t("Mean repair time"),
            value=time_text(page, fixed.mean),
            meaning=t("From submission until it was fixed, by the calendar and with pauses, over requests fixed in "
                      "these days; n/a without any (R-116)."),
            delta=time_change(page, fixed.mean, fixed_before.mean),
            good="inverse",
            notes=(t("fixed: n=%(n)s", n=fixed.n),),
        ),
        Card(
            title=t("Waiting for an answer"),
            value=time_text(page, waited.mean),
            meaning=t("From submission until somebody answered the customer, over requests answered in these days."),
            delta=time_change(page, waited.mean, waited_before.mean),
            good="inverse",
            notes=(t("answered: n=%(n)s", n=waited.n),),
        ),
        Card(
            title=t("Finished in time"),
            value=percent_text(page, target.percent),
            meaning=t("Requests finished within their target ÷ those due; what still runs and is late counts as late."),
            delta=points_text(page, target.percent, target_before.percent),
            good="normal",
            notes=(t("answered in time: %(kept)s",
                     kept=kept_text(page, _in_time(this.targets, ClockKind.RESPONSE))),),
        ),
        Card(
            title=t("Rating by customers"),
            value=t("n/a") if mean is None else page.words.decimal(mean, places=2),
            meaning=t("Mean of the ratings 1 to 5 of requests closed in these days (R-117)."),
            delta=None if mean is None or before.ratings.mean is None else (
                f"{'+' if mean > before.ratings.mean else ''}"
                f"{page.words.decimal(mean - before.ratings.mean, places=2)}"
            ),
            good="normal",
            notes=(t("%(n)s of %(asked)s closed ones rated (%(share)s)", n=rated.n, asked=rated.asked,
                     share=percent_text(page, rated.rated_percent)),),
        ),
    ]  # fmt: skip


def _show_weeks(page: Page, weeks: Sequence[WorkWeek]) -> None:
    t = page.t
    heading(
        t("Requests by week"),
        t("Bars: submitted. Line: mean time to repair in hours of what was fixed in the week; a week without any has "
          "no point."),
    )  # fmt: skip
    rows: list[Row] = [
        {
            "week": f"{week.monday:%m-%d}",
            "days": t("%(first)s to %(last)s", first=week.monday, last=week.monday + _WEEK - _DAY),
            "n": week.submitted,
            "hours": None if week.time.mean is None else hours_of(week.time.mean),
            "time": time_text(page, week.time.mean),
        }
        for week in weeks
    ]
    columns: list[Column[WorkWeek]] = [
        text_column(t("Week from"), lambda week: week.monday),
        count_column(t("Requests submitted"), lambda week: week.submitted),
        count_column(t("Fixed"), lambda week: week.time.n),
        right_column(t("MTTR"), lambda week: time_text(page, week.time.mean)),
    ]
    last = weeks[-1]
    told = t("Week of %(day)s: %(count)s submitted, MTTR %(time)s", day=last.monday, count=last.submitted,
             time=time_text(page, last.time.mean))  # fmt: skip
    spec = work_weeks_chart(count_title=t("Requests submitted"), hours_title=t("MTTR in hours"))
    charted(page, spec, rows, weeks, columns, key="work_weeks", alt_text=told)


def _show_ratings(page: Page, found: WorkInsight) -> None:
    t, ratings = page.t, found.this.ratings
    heading(t("How requests were rated"), t("Ratings of requests closed in these days, from 5 (best) to 1."))
    if not ratings.n:
        st.caption(t("No request closed in these days was rated."))
        return
    marks = [MarkLine(place + 1, count) for place, count in enumerate(ratings.counts)][::-1]
    rows: list[Row] = [
        {
            "name": t("rated %(mark)s", mark=line.mark),
            "n": line.count,
            "label": f"{page.words.integer(line.count)} · {percent_text(page, percent(line.count, ratings.n))}",
        }
        for line in marks
    ]
    columns: list[Column[MarkLine]] = [
        count_column(t("Rating"), lambda line: line.mark),
        count_column(t("Count"), lambda line: line.count),
        share_column(t("Share"), lambda line: percent(line.count, ratings.n)),
    ]
    told = t(", ").join(f"{row['name']}: {row['label']}" for row in rows)
    charted(page, shares_chart(len(rows)), rows, marks, columns, key="ratings", alt_text=told)


def _show_mttr(page: Page, found: WorkInsight) -> None:
    """A row for each estate, a column for each kind; the last row over all of them."""
    t = page.t
    heading(
        t("MTTR by estate and kind"),
        t("Mean time to repair of what was fixed in these days, in brackets how many; n/a where nothing was fixed."),
    )
    rows = list(found.estates)
    if len(rows) > 1:
        this = found.this
        rows.append(EstateWork(rows[0].estate_id, t("All together"), this.submitted, found.open, this.mttr))
    columns: list[Column[EstateWork]] = [
        text_column(t("Estate"), lambda row: row.estate_name),
        count_column(t("Requests submitted"), lambda row: row.submitted),
        count_column(t("still open"), lambda row: row.open),
        *(_kind_column(page, kind) for kind in (*WorkKind, None)),
    ]
    show_figures(page, rows, columns, key="mttr", empty=t("There is no request in these days."))


def _kind_column(page: Page, kind: WorkKind | None) -> Column[EstateWork]:
    title = page.t("All kinds") if kind is None else enum_label(page.words, kind)
    return right_column(title, lambda row: _time_of(page, next(one.time for one in row.mttr if one.kind is kind)))


def _time_of(page: Page, time: MeanTime) -> str:
    return page.t("n/a") if time.mean is None else f"{time_text(page, time.mean)} ({page.words.integer(time.n)})"


def _show_limits(page: Page, found: WorkInsight) -> None:
    t = page.t
    heading(
        t("Limits kept, by kind of request"),
        t("Clocks of requests that stopped in these days within their limit ÷ those due. In brackets how many."),
    )
    hard = {(line.row, line.clock): line for line in found.this.hard_limits}
    lines = [LimitLine(one.row, one.clock, one, hard[one.row, one.clock]) for one in found.this.targets]
    names = {ClockKind.RESPONSE: t("Answer"), ClockKind.RESOLVED: t("Finishing")}
    columns: list[Column[LimitLine]] = [
        text_column(t("Limits for"), lambda line: enum_label(page.words, line.row)),
        text_column(t("Clock"), lambda line: names[line.clock]),
        right_column(t("Target kept"), lambda line: kept_text(page, _plain(line.target))),
        right_column(t("Hard limit kept"), lambda line: kept_text(page, _plain(line.hard))),
        count_column(t("not due yet"), lambda line: line.hard.waiting or line.target.waiting),
    ]
    show_figures(page, lines, columns, key="work_limits", empty=t("There are no figures yet."))


def _plain(one: WorkInTime) -> InTime:
    return InTime(one.in_time, one.late, one.waiting)


def _show_failures(page: Page, found: WorkInsight) -> None:
    t, before = page.t, {line.system: line for line in found.before.failures}
    heading(
        t("Failures of public systems"),
        t("Failures submitted in these days, and the mean time to repair of those fixed in them; the target is two "
          "hours (R-114)."),
    )  # fmt: skip
    columns: list[Column[FailureLine]] = [
        text_column(t("Public system"), lambda line: enum_label(page.words, line.system)),
        count_column(t("Failures"), lambda line: line.submitted),
        count_column(t("Count before"), lambda line: before[line.system].submitted),
        right_column(t("MTTR"), lambda line: _time_of(page, line.time)),
    ]
    show_figures(page, found.this.failures, columns, key="failures", empty=t("There are no figures yet."))
