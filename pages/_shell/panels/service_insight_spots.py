"""Where complaints concentrate: heat map, Pareto chart, the cases of a cell, the way to a measure (R-098)."""

from typing import Final

import streamlit as st

from core.admin.permissions import Permission
from core.complaints.taxonomy import CaseCategory
from core.documents.tables import ColumnKind
from core.meetings.measures import MeasureSource
from db.queries.case_hot_spots import (
    CellCase,
    CellWanted,
    HeatRow,
    HotSpotRow,
    HotSpots,
    HotSpotsWanted,
    cell_cases,
    hot_spots,
)
from locales.labels import enum_label
from pages._shell.charts import Row, show_chart
from pages._shell.links import open_button, plain
from pages._shell.page import Page
from pages._shell.panels.service_insight import (
    count_column,
    estate_text,
    heading,
    offer_figures,
    percent_text,
    place_text,
    share_column,
    span_words,
    text_column,
)
from pages._shell.panels.service_insight_charts import heat_chart, pareto_chart, two_lines
from pages._shell.tables import Column, chosen_slice, show_table
from pages._shell.widgets import ROWS, list_key

BARS: Final = 12
"""Cells of the Pareto chart; the table has more."""


def show_spots(page: Page) -> None:
    """The map, the ranking, and what lies behind a cell."""
    t = page.t
    spots = page.read(hot_spots, HotSpotsWanted(page.filter.estate_id))
    st.caption(
        t("%(days)s, whatever month is chosen above: %(complaints)s classified complaints in %(cells)s cells of area × "
          "category. From %(least)s complaints a cell is hot (▲): %(hot)s are.",
          days=span_words(page, spots.days), complaints=spots.complaints, cells=spots.cells, least=spots.least,
          hot=spots.hot),
    )  # fmt: skip
    if not spots.spots:
        st.info(
            t("No complaint was classified in these days. Complaints are registered and classified in “Register a "
              "matter”."), icon=":material/inbox:",
        )  # fmt: skip
        open_button(page, t("Register a matter"), "service.intake", key="open.intake")
        return
    left, right = st.columns([3, 2])
    with left:
        _show_map(page, spots)
    with right:
        _show_pareto(page, spots)
    _show_ranking(page, spots)


def _show_map(page: Page, spots: HotSpots) -> None:
    t = page.t
    heading(
        t("Heat map: area × category"),
        t("Complaints of the last days by building or public place and category; withdrawn and merged ones are left "
          "out. The darker, the more."),
    )  # fmt: skip
    lines = (*spots.areas, spots.others) if spots.others else spots.areas
    rows: list[Row] = []
    for line in lines:
        for category in CaseCategory:
            n = line.counts.get(category, 0)
            hot = " ▲" if n >= spots.least and line.areas == 1 and line.area else ""
            rows.append({
                "area": _area(page, line),
                "category": two_lines(enum_label(page.words, category)),
                "n": n,
                "label": f"{page.words.integer(n)}{hot}" if n else "",
            })  # fmt: skip
    most = max(int(row["n"]) for row in rows if row["area"] != _area(page, spots.others)) if lines else 0
    first = lines[0]
    told = t("Most complaints: %(area)s with %(count)s", area=_area(page, first), count=first.total)
    show_chart(heat_chart(len(lines), most), rows, alt_text=told, key="chart.heat")
    with st.popover(t("Figures of the chart"), icon=":material/table_rows:", type="tertiary", key="figures.heat"):
        columns: list[Column[HeatRow]] = [
            text_column(t("Building or place"), lambda line: _area(page, line)),
            *(_category_column(page, category) for category in CaseCategory),
            count_column(t("Sum"), lambda line: line.total),
        ]
        show_table(page, lines, columns, key="insight.heat", empty=t("There are no figures yet."), counted=False)
        offer_figures(page, lines, columns, name="service_heat_map")


def _category_column(page: Page, category: CaseCategory) -> Column[HeatRow]:
    return count_column(enum_label(page.words, category), lambda line: line.counts.get(category, 0))


def _area(page: Page, line: HeatRow | None) -> str:
    if line is None:
        return ""
    if not line.area and line.areas > 1:
        return page.t("%(count)s other areas", count=line.areas)
    return place_text(
        page, line.area, is_building=line.is_building, estate=estate_text(page, line.estate_name)
    )  # fmt: skip


def _cell(page: Page, spot: HotSpotRow) -> str:
    area = place_text(page, spot.area, is_building=spot.is_building, estate=estate_text(page, spot.estate_name))
    return f"{area} · {enum_label(page.words, spot.category)}"


def _show_pareto(page: Page, spots: HotSpots) -> None:
    t = page.t
    heading(
        t("Pareto chart"),
        t("The cells with the most complaints first; the line adds up their share of all complaints in the days, the "
          "dashed line is the threshold."),
    )  # fmt: skip
    shown = spots.spots[:BARS]
    rows: list[Row] = [
        {
            "cell": f"{spot.rank}. {_cell(page, spot)}",
            "place": place,
            "n": spot.count,
            "reached": None if spot.cumulative is None else float(spot.cumulative),
            "reached_text": percent_text(page, spot.cumulative),
        }
        for place, spot in enumerate(shown)
    ]
    told = t("The first %(count)s cells have %(share)s of all complaints", count=len(shown),
             share=percent_text(page, shown[-1].cumulative))  # fmt: skip
    spec = pareto_chart(len(shown), count_title=t("Complaints"), share_title=t("Share added up, %"), least=spots.least)
    show_chart(spec, rows, alt_text=told, key="chart.pareto")
    st.caption(f"{told}.")


def _show_ranking(page: Page, spots: HotSpots) -> None:
    t = page.t
    heading(
        t("Ranking of the cells"),
        t("Equal counts share a rank. Pick a line to see its cases and to open a measure."),
    )  # fmt: skip
    columns: list[Column[HotSpotRow]] = [
        count_column(t("Rank"), lambda spot: spot.rank),
        text_column(t("Hot"), lambda spot: t("▲ hot") if spot.is_hot else ""),
        text_column(t("Building or place"), lambda spot: place_text(page, spot.area, is_building=spot.is_building)),
        text_column(t("Category"), lambda spot: enum_label(page.words, spot.category)),
        count_column(t("Complaints"), lambda spot: spot.count),
        share_column(t("Share"), lambda spot: spot.share),
        share_column(t("Share added up, %"), lambda spot: spot.cumulative),
    ]
    if page.filter.estate_id is None:
        columns.insert(2, text_column(t("Estate"), lambda spot: spot.estate_name))
    key = list_key("insight.spots", page.filter.estate_id)
    part = chosen_slice(key, ROWS)
    listed = spots.spots[part.offset : part.offset + part.limit]
    picked = show_table(
        page, listed, columns, key=key, total=len(spots.spots), empty="", opens=True, size=ROWS, counted=False
    )
    offer_figures(page, spots.spots, columns, name="service_hot_spots")
    if spots.cells > len(spots.spots):
        st.caption(t("The first %(shown)s of %(cells)s cells.", shown=len(spots.spots), cells=spots.cells))
    if picked is None:
        st.caption(t("Pick a line to see its cases."))
    else:
        with st.container(border=True):
            _show_cell(page, spots, picked)


def _show_cell(page: Page, spots: HotSpots, spot: HotSpotRow) -> None:
    """The cases behind a cell, each a way to its card, and the way to a measure."""
    t = page.t
    key = list_key("insight.cell", spot.estate_id, spot.area, spot.category)
    wanted = CellWanted(spot.estate_id, spot.area, spot.category, spots.days, chosen_slice(key, ROWS))
    found = page.read(cell_cases, wanted)
    title, way = st.columns([4, 1], vertical_alignment="center")
    title.markdown(f"**{plain(_cell(page, spot))}**")
    if page.actor.may_at(Permission.MEASURES_MAKE, spot.estate_id):
        with way:
            open_button(
                page, t("Open a measure"), "improvement.measures", key="open.measure", estate=spot.estate_id,
                source=MeasureSource.COMPLAINT.value, area=spot.area, category=spot.category.value,
            )  # fmt: skip
    columns: list[Column[CellCase]] = [
        text_column(t("Case number"), lambda row: row.number),
        text_column(t("Sub-category"), lambda row: _sub(page, row)),
        text_column(t("Grade"), lambda row: enum_label(page.words, row.grade)),
        text_column(t("State"), lambda row: enum_label(page.words, row.state)),
        Column(t("Registered at"), lambda row: row.registered_at, ColumnKind.INSTANT),
        text_column(t("Repeated"), lambda row: row.repeated),
        text_column(t("Measure"), lambda row: t("✓ measure") if row.has_measure else t("○ none")),
    ]
    picked = show_table(
        page, found.rows, columns, key=key, total=found.total, empty=t("There is nothing here any more."), opens=True,
        size=ROWS,
    )  # fmt: skip
    if picked is None:
        st.caption(t("Pick a case to open it."))
    else:
        text = t("Open %(name)s", name=plain(picked.number))
        address: dict[str, object] = {"of": spot.estate_id, "case": picked.case_id}
        open_button(page, text, "service.cases", key="open.case", estate=spot.estate_id, **address)


def _sub(page: Page, row: CellCase) -> str:
    return enum_label(page.words, row.sub_category) if row.sub_category else "–"
