"""The parts of the working calendar's page: a year as twelve small months, the day's form, the company's own days."""

from datetime import date, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Any, Final

import altair as alt
import streamlit as st

from core.admin.calendar_days import LONGEST_NOTE
from core.kernel.periods import Month
from core.kernel.workdays import DayKind
from db.operations.calendar import ClearCalendarDay, SetCalendarDay, clear_calendar_day, set_calendar_day
from db.queries.calendar import CalendarYear, DayRow
from locales.labels import enum_label
from pages._shell.charts import Row, show_chart
from pages._shell.page import Page
from pages._shell.tables import Column, show_table
from pages._shell.widgets import open_form, save, send_button, warn_if_stale

_SATURDAY: Final = 5
_FONT: Final = "Noto Sans SC, Noto Sans CJK SC, PingFang SC, Microsoft YaHei, sans-serif"


class Look(StrEnum):
    """How a day is drawn: by whether people work on it, and whether the weekday would say so too."""

    WORKING = "working"
    WEEKEND = "weekend"
    HOLIDAY = "holiday"
    MAKE_UP = "make_up"


COLOURS: Final = {Look.WORKING: "#eef3f1", Look.WEEKEND: "#d3dad8", Look.HOLIDAY: "#f3b8a8", Look.MAKE_UP: "#9fc5e8"}


def look_of(row: DayRow) -> Look:
    """Tell the four apart."""
    is_weekend = row.day.weekday() >= _SATURDAY
    if row.works:
        return Look.MAKE_UP if is_weekend else Look.WORKING
    return Look.WEEKEND if is_weekend else Look.HOLIDAY


def look_words(page: Page) -> dict[Look, str]:
    """The four in words."""
    return {
        Look.WORKING: page.t("Working day"),
        Look.WEEKEND: page.t("Weekend"),
        Look.HOLIDAY: page.t("Holiday"),
        Look.MAKE_UP: page.t("Make-up working day"),
    }


def show_year(page: Page, year: CalendarYear) -> None:
    """Draw the year. A sign stands beside each colour: nobody needs to tell them by colour alone."""
    words = look_words(page)
    signs = {Look.HOLIDAY: page.t("off"), Look.MAKE_UP: page.t("work"), Look.WORKING: "", Look.WEEKEND: ""}
    rows: list[Row] = []
    for row in year.days:
        look, first = look_of(row), row.day.replace(day=1)
        own = page.t("declared by the company") if row.declared else ""
        rows.append(
            {
                "month": page.words.month(Month.of(row.day)),
                "order": row.day.month,
                "column": row.day.weekday(),
                "week": (row.day.day + first.weekday() - 1) // 7,
                "day": str(row.day.day),
                "sign": signs[look],
                "kind": words[look],
                "date": page.words.date(row.day),
                "note": row.note or own,
                "own": bool(row.declared),
            }
        )
    counts = {look: sum(look_of(row) is look for row in year.days) for look in Look}
    says = " · ".join(page.t("%(kind)s: %(count)s", kind=words[look], count=count) for look, count in counts.items())
    st.caption(says)
    show_chart(_spec(tuple(words.values()), tuple(COLOURS.values())), rows, alt_text=says, key="calendar.year")


@lru_cache(maxsize=4)
def _spec(kinds: tuple[str, ...], colours: tuple[str, ...]) -> dict[str, Any]:
    base = alt.Chart(alt.NamedData(name="rows")).encode(
        x=alt.X("column:O", axis=None), y=alt.Y("week:O", axis=None), tooltip=["date:N", "kind:N", "note:N"]
    )
    legend = alt.Legend(orient="top", title=None)
    fill = alt.Color("kind:N", scale=alt.Scale(domain=list(kinds), range=list(colours)), legend=legend)
    edge = alt.condition("datum.own", alt.value("#1d2a27"), alt.value("#ffffff"))
    days = base.mark_rect(strokeWidth=1.5).encode(color=fill, stroke=edge)
    numbers = base.mark_text(fontSize=9, dy=-3, color="#1d2a27").encode(text="day:N")
    signs = base.mark_text(fontSize=7, dy=6, color="#1d2a27").encode(text="sign:N")
    months = (
        alt.layer(days, numbers, signs)
        .properties(width=132, height=126)
        .facet(facet=alt.Facet("month:N", sort=alt.SortField("order"), header=alt.Header(title=None)), columns=6)
        .configure(font=_FONT)
        .configure_view(strokeWidth=0)
    )
    spec: dict[str, Any] = months.to_dict(validate=False)
    for name in ("data", "datasets", "$schema"):
        spec.pop(name, None)
    spec["spec"].pop("data", None)
    for layer in spec["spec"]["layer"]:
        layer.pop("data", None)
    return spec


def show_day_form(page: Page, year: CalendarYear) -> None:
    """Declare a day working or at rest."""
    first = date(year.year, 1, 1)
    start = page.today if page.today.year == year.year else first
    day = st.date_input(
        page.t("Day"), start, first, first.replace(year=year.year + 1) - timedelta(days=1),
        key=f"calendar.day.{year.year}", format="YYYY-MM-DD",
    )  # fmt: skip
    row = next(each for each in year.days if each.day == day)
    st.caption(f"{look_words(page)[look_of(row)]}{f' · {row.note}' if row.note else ''}")
    form = open_form(f"calendar.{day}", row.version or 0)
    warn_if_stale(page, form)
    kinds = list(DayKind)
    with st.form(form.key("form"), enter_to_submit=False):
        kind = st.segmented_control(
            page.t("This day is a"), kinds, default=row.declared or kinds[0], required=True,
            format_func=lambda k: enum_label(page.words, k), key=form.key("kind"),
        )  # fmt: skip
        note = st.text_input(page.t("Why"), row.note, key=form.key("note"), max_chars=LONGEST_NOTE)
        if send_button(page, form):
            command = SetCalendarDay(day, kind, note, form.version or None)
            save(page, set_calendar_day, command, page.t("The day was declared."), form=form)
    if row.version is not None:
        _offer_to_clear(page, ClearCalendarDay(day, row.version))


def _offer_to_clear(page: Page, command: ClearCalendarDay) -> None:
    if st.button(page.t("Take the declaration back"), key=f"calendar.clear.{command.day}", icon=":material/undo:"):
        save(page, clear_calendar_day, command, page.t("The published notice decides about this day again."))


def show_declared(page: Page, year: CalendarYear) -> None:
    """List the days the company declared itself."""
    columns = [
        Column[DayRow](page.t("Day"), lambda r: r.day),
        Column[DayRow](page.t("Is a"), lambda r: enum_label(page.words, r.declared) if r.declared else ""),
        Column[DayRow](page.t("Why"), lambda r: r.note),
    ]
    empty = page.t("Nothing declared this year: the published holidays hold.")
    show_table(page, year.declared, columns, key=f"calendar.{year.year}", empty=empty)
