"""The repeats radar and special rectification: the same trouble again, with or without a measure (R-097, R-104)."""

from functools import partial

import streamlit as st

from core.admin.permissions import Permission
from core.documents.tables import ColumnKind
from core.meetings.measures import MeasureSource
from db.queries.case_repeats import RepeatRow, RepeatsWanted, repeats
from locales.labels import enum_label
from pages._shell.links import choice, open_button, plain
from pages._shell.page import Page
from pages._shell.panels.service_insight import count_column, place_text, span_words, text_column
from pages._shell.tables import Column, chosen_slice, offer_export, show_table
from pages._shell.widgets import ROWS, list_key


def show_repeats(page: Page) -> None:
    """The groups of alike complaints, most complaints first; each a way to a measure and to the newest case."""
    t = page.t
    place, _ = st.columns([2, 6])
    with place:
        shown = choice(page, t("Rectification"), "measure", {"all": t("All"), "without": t("Without a measure")})
    wanted = partial(RepeatsWanted, page.filter.estate_id, shown == "without")
    key = list_key("insight.repeats", page.filter.estate_id, shown)
    found = page.read(repeats, wanted(slice=chosen_slice(key, ROWS)))
    st.caption(
        t("%(days)s, whatever month is chosen above: at least %(least)s complaints of the same unit or public place "
          "about the same. Complaints opened again in these days: %(reopened)s.",
          days=span_words(page, found.days), least=found.least, reopened=found.reopened),
    )  # fmt: skip
    columns = repeat_columns(page)
    empty = (
        t("✓ Every trouble that came again has a measure.")
        if shown == "without"
        else t("✓ No trouble came again in these days.")
    )
    picked = show_table(page, found.rows, columns, key=key, total=found.total, empty=empty, opens=True, size=ROWS)
    offer_export(
        page, repeats, lambda part: wanted(slice=part), columns, name="service_repeats", total=found.total,
        personal=False,
    )  # fmt: skip
    if picked is not None:
        with st.container(border=True):
            _show_group(page, picked)
    elif found.rows:
        st.caption(t("Pick a line to open a measure or the newest case."))


def repeat_columns(page: Page) -> list[Column[RepeatRow]]:
    """The columns of the radar."""
    t = page.t
    columns: list[Column[RepeatRow]] = [
        text_column(t("Rectification"), lambda row: measure_text(page, row)),
        text_column(t("Unit or place"), lambda row: _place(page, row)),
        text_column(t("Sub-category"), lambda row: enum_label(page.words, row.sub_category)),
        text_column(t("Category"), lambda row: enum_label(page.words, row.category)),
        count_column(t("Complaints"), lambda row: row.count),
        count_column(t("still open"), lambda row: row.open),
        count_column(t("Opened again"), lambda row: row.reopened),
        text_column(t("Newest case"), lambda row: row.newest_number),
        Column(t("Newest at"), lambda row: row.newest_at, ColumnKind.INSTANT),
    ]
    if page.filter.estate_id is None:
        columns.insert(1, text_column(t("Estate"), lambda row: row.estate_name))
    return columns


def measure_text(page: Page, row: RepeatRow) -> str:
    """Whether somebody deals with it: sign and words."""
    if not row.with_measure:
        return page.t("🟠 no measure")
    if row.with_measure == row.count:
        return page.t("✓ has a measure")
    return page.t("◔ measure for %(with)s of %(count)s", **{"with": row.with_measure, "count": row.count})


def _place(page: Page, row: RepeatRow) -> str:
    return row.place if row.unit_id is not None else place_text(page, row.place, is_building=False)


def _show_group(page: Page, row: RepeatRow) -> None:
    t = page.t
    what = f"{_place(page, row)} · {enum_label(page.words, row.sub_category)} · {measure_text(page, row)}"
    st.markdown(f"**{plain(what)}**")
    with st.container(horizontal=True):
        makes = page.actor.may_at(Permission.MEASURES_MAKE, row.estate_id)
        if makes and not row.with_measure:
            open_button(
                page, t("Open a measure"), "improvement.measures", key="open.measure", estate=row.estate_id,
                source=MeasureSource.COMPLAINT.value, case=row.newest,
            )  # fmt: skip
        address: dict[str, object] = {"of": row.estate_id, "case": row.newest}
        text = t("Open %(name)s", name=plain(row.newest_number))
        open_button(page, text, "service.cases", key="open.case", estate=row.estate_id, **address)
