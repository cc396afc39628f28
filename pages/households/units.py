"""Units of the chosen estate: the list, one unit with its people, adding, changing and retiring (R-002)."""

from functools import partial

import streamlit as st

from core.admin.codes import CodeList
from core.customers.unit_record import UnitState
from core.customers.units import area_from_hundredths
from core.documents.tables import ColumnKind
from core.kernel.identity import BuildingId, UnitId
from db.queries.units import BuildingsWanted, UnitRow, UnitsWanted, UnitWanted, building_options, unit_card, units
from pages._shell.code_words import code_words
from pages._shell.page import open_page
from pages._shell.panels.units import show_building_form, show_card, show_form, show_retirement, unit_panels
from pages._shell.tables import Column, chosen_slice, offer_export, show_table
from pages._shell.widgets import ROWS, choose_panel, enum_picker, list_key, opened, word_picker

page = open_page("households.units")
estate = page.need_estate()
words = code_words(page, CodeList.USE, CodeList.UNIT_GRADE)
buildings = page.read(building_options, BuildingsWanted(estate))
names = {str(b.id): page.t("%(code)s (%(count)s units)", code=b.code, count=b.units) for b in buildings}

boxes = st.columns([3, 2, 2, 2])
search = boxes[0].text_input(page.t("Search"), key="units.search", placeholder="3-1-1202", max_chars=40)
with boxes[1]:
    chosen = word_picker(page, page.t("Building"), names, key=f"units.in.{estate}")
    building = BuildingId(int(chosen)) if chosen else None
with boxes[2]:
    use = word_picker(page, page.t("Used as"), words.options(CodeList.USE), key="units.use")
with boxes[3]:
    state = enum_picker(page, page.t("State"), UnitState, key="units.state", start=UnitState.ACTIVE)

wanted = partial(UnitsWanted, estate, building, use, search, state)
key = list_key("units", estate, building, use, search, state)
found = page.read(units, wanted(slice=chosen_slice(key, ROWS)))

columns = [
    Column[UnitRow](page.t("Unit"), lambda u: u.code),
    Column[UnitRow](page.t("Area (m²)"), lambda u: str(area_from_hundredths(u.area)), ColumnKind.TEXT),
    Column[UnitRow](page.t("Used as"), lambda u: words.say(CodeList.USE, u.use)),
    Column[UnitRow](page.t("Grade"), lambda u: words.say(CodeList.UNIT_GRADE, u.grade or "")),
    Column[UnitRow](page.t("Floor"), lambda u: u.floor, ColumnKind.INTEGER),
    Column[UnitRow](page.t("People"), lambda u: u.occupants, ColumnKind.INTEGER),
]
left, right = st.columns([3, 2], gap="medium")
with left:
    empty = page.t("No unit fits. Change the filter, add a unit here, or import a list in the import centre.")
    picked = show_table(page, found.rows, columns, key=key, total=found.total, empty=empty, opens=True, size=ROWS)
    offer_export(page, units, lambda part: wanted(slice=part), columns, name="units", total=found.total, personal=False)
with right:
    number = opened("unit", picked.id if picked else None, place=estate)
    card = page.read(unit_card, UnitWanted(estate, UnitId(number))) if number else None
    panels = unit_panels(page, card, has_buildings=bool(buildings))
    panel = choose_panel(page, f"unit.{estate}.{number}", panels) if panels else "none"
    if panel == "card" and card:
        show_card(page, card, words)
    elif panel == "retire" and card:
        show_retirement(page, card)
    elif panel in ("edit", "new"):
        show_form(page, estate, card if panel == "edit" else None, buildings, words)
    elif panel == "building":
        show_building_form(page, estate)
    else:
        st.caption(page.t("Pick a unit in the list to see all of it."))
