"""The units behind a figure of the fee overview, with the sums that must agree with it (R-051)."""

from functools import partial

import streamlit as st

from core.documents.tables import ColumnKind
from core.kernel.identity import BuildingId
from db.queries.fee_overview import building_names
from db.queries.fee_units import Figure, UnitFigure, UnitsWanted, units_behind
from locales.labels import enum_label
from pages._shell.links import choice, open_button
from pages._shell.page import Page
from pages._shell.tables import Column, chosen_slice, offer_export, show_table
from pages._shell.widgets import list_key


def building_choice(page: Page) -> BuildingId | None:
    """The building picked, where one estate is chosen."""
    found = page.read(building_names, page.filter)
    if not found:
        return None
    known = {str(number): page.t("Building %(code)s", code=code) for number, code in found}
    picked = choice(page, page.t("Building"), "building", {"": page.t("All buildings"), **known})
    return BuildingId(int(picked)) if picked else None


def show_units(page: Page, figure: Figure) -> None:
    """Show the units that make up a figure, those that owe most first; a picked one opens its bills."""
    t, money = page.t, ColumnKind.MONEY
    st.markdown(f"##### {t('Units behind: %(figure)s', figure=enum_label(page.words, figure))}")
    building = building_choice(page)
    wanted = partial(UnitsWanted, page.filter.estate_id, page.filter.month, figure, building)
    key = list_key("units", page.filter, figure, building)
    found = page.read(units_behind, wanted(chosen_slice(key)))
    share = page.words.percent(found.rate.percent)
    sums = t(
        "Received %(received)s of %(due)s due: %(share)s.",
        received=found.rate.received,
        due=found.rate.due,
        share=share,
    )
    paid_up = t("%(settled)s of %(all)s units owe nothing of it.", settled=found.settled, all=found.total)
    st.markdown(f"{sums} {paid_up}")
    columns: list[Column[UnitFigure]] = [
        Column(t("Estate"), lambda row: page.estate_name(row.estate_id)),
        Column(t("Unit"), lambda row: row.unit_code),
        Column(t("Due"), lambda row: row.rate.due, money),
        Column(t("Received"), lambda row: row.rate.received, money),
        Column(t("Still open"), lambda row: row.open, money),
    ]
    empty = t("No unit stands behind this figure.")
    picked = show_table(page, found.rows, columns, key=key, total=found.total, empty=empty, opens=True)
    if picked:
        text, code = t("Bills of %(unit)s", unit=picked.unit_code), picked.unit_code
        open_button(page, text, "fees.bills", key="open.unit", estate=picked.estate_id, when="all", unit=code)
    open_button(page, t("Show bills instead"), "fees.bills", key="open.bills")
    offer_export(
        page, units_behind, lambda s: wanted(slice=s), columns, name="fee-units", total=found.total, personal=False
    )
