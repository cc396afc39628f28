"""The panels of the units page: one unit with its people, its form, its retirement; a new unit or building (R-002)."""

from collections.abc import Mapping

import streamlit as st

from core.admin.codes import CodeList
from core.admin.permissions import Permission
from core.customers.unit_record import HIGHEST_FLOOR, LOWEST_FLOOR, UnitState
from core.customers.units import area_from_hundredths
from core.kernel.identity import BuildingId, EstateId
from db.operations.units import (
    CreateBuilding,
    CreateUnit,
    EditUnit,
    RetireUnit,
    UnitForm,
    create_building,
    create_unit,
    edit_unit,
    retire_unit,
)
from db.queries.units import BuildingOption, Occupant, UnitCard
from locales.labels import enum_label
from pages._shell.code_words import CodeWords
from pages._shell.links import open_button
from pages._shell.page import Page
from pages._shell.tables import Column, show_table
from pages._shell.widgets import (
    OpenForm,
    code_picker,
    confirmed,
    open_form,
    period_text,
    save,
    send_button,
    show_facts,
    warn_if_stale,
)


def unit_panels(page: Page, card: UnitCard | None, *, has_buildings: bool) -> dict[str, str]:
    """What the panel may show: the open unit, its form, its retirement, the forms of new ones."""
    panels = {} if card is None else {"card": page.t("Details")}
    if not page.may(Permission.UNITS_EDIT):
        return panels
    if card is not None and card.state is UnitState.ACTIVE:
        panels |= {"edit": page.t("Edit"), "retire": page.t("Retire")}
    if has_buildings:
        panels["new"] = page.t("New unit")
    return panels | {"building": page.t("New building")}


def show_card(page: Page, card: UnitCard, words: CodeWords) -> None:
    """Show one unit, the people in it masked, and ways on."""
    record = card.record
    facts: list[tuple[str, object]] = [
        (page.t("Unit"), record.code),
        (page.t("Floor area (m²)"), str(area_from_hundredths(record.area))),
        (page.t("Used as"), words.say(CodeList.USE, record.use)),
        (page.t("Grade"), words.say(CodeList.UNIT_GRADE, record.grade or "")),
        (page.t("Floor"), record.floor),
        (page.t("Handover date"), record.handover_date),
        (page.t("State"), enum_label(page.words, card.state)),
        (page.t("Credit"), card.credit),
    ]
    show_facts(page, facts)
    columns = [
        Column[Occupant](page.t("Full name"), lambda o: o.name),
        Column[Occupant](page.t("Phone"), lambda o: o.phone),
        Column[Occupant](page.t("Relation"), lambda o: enum_label(page.words, o.relation)),
        Column[Occupant](page.t("Period"), lambda o: period_text(page, o.start, o.end)),
    ]
    empty = page.t("Nobody is on record for this unit. Add people on the customers page.")
    shown = columns if page.may(Permission.CUSTOMERS_VIEW) else [columns[0], *columns[2:]]
    show_table(page, card.occupants, shown, key=f"unit.{card.id}.people", empty=empty)
    with st.container(horizontal=True):
        open_button(page, page.t("Customers"), "households.customers", key="unit.customers", search=record.code)
        open_button(page, page.t("Bills"), "fees.bills", key="unit.bills", unit=record.code)


def show_form(
    page: Page, estate: EstateId, card: UnitCard | None, buildings: tuple[BuildingOption, ...], words: CodeWords
) -> None:
    """The form of a unit (``None``: of a new one)."""
    form = open_form("unit.new") if card is None else open_form(f"unit.{estate}.{card.id}", card.version)
    warn_if_stale(page, form)
    with st.form(form.key("form"), enter_to_submit=False):
        typed = _typed(page, form, card, {b.id: b.code for b in buildings}, words)
        if not send_button(page, form):
            return
        if card is None:
            save(page, create_unit, CreateUnit(estate, typed), page.t("The unit was added."), form=form)
        else:
            command = EditUnit(estate, card.id, form.version, typed)
            save(page, edit_unit, command, page.t("The unit was saved."), form=form)


def _typed(
    page: Page, form: OpenForm, card: UnitCard | None, buildings: Mapping[BuildingId, str], words: CodeWords
) -> UnitForm:
    old = None if card is None else card.record
    index = list(buildings).index(card.building_id) if card else 0
    left, right = st.columns(2)
    with left:
        building = st.selectbox(
            page.t("Building"), list(buildings), index, format_func=buildings.__getitem__, key=form.key("building")
        )
        room = st.text_input(page.t("Room or full code"), old.code if old else "", key=form.key("room"), max_chars=40)
        uses, grades = words.options(CodeList.USE), words.options(CodeList.UNIT_GRADE)
        use = code_picker(page.t("Used as"), uses, old.use if old else None, key=form.key("use"))
        floor = st.number_input(
            page.t("Floor"), LOWEST_FLOOR, HIGHEST_FLOOR, old.floor if old else None, 1, key=form.key("floor")
        )
    with right:
        entrance = st.text_input(
            page.t("Entrance (if any)"), old.entrance if old else "", key=form.key("entrance"), max_chars=16
        )
        area = str(area_from_hundredths(old.area)) if old else ""
        area = st.text_input(page.t("Floor area (m²)"), area, key=form.key("area"), max_chars=16)
        kept = old.grade if old else None
        grade = code_picker(page.t("Grade"), grades, kept, key=form.key("grade"), none=page.t("None"))
        day = st.date_input(
            page.t("Handover date"), old.handover_date if old else None, key=form.key("day"), format="YYYY-MM-DD",
            min_value="1980-01-01", max_value="2100-12-31",
        )  # fmt: skip
    return UnitForm(building, entrance, room, area, use or "", grade, floor, day)


def show_retirement(page: Page, card: UnitCard) -> None:
    """Ask, then take a unit out of use."""
    form = open_form(f"unit.{card.estate_id}.{card.id}.retire", card.version)
    says = page.t("A retired unit gets no more bills. It must owe nothing, hold no credit and nobody may live in it.")
    if confirmed(page, form, says=says, button=page.t("Retire this unit")):
        command = RetireUnit(card.estate_id, card.id, form.version)
        save(page, retire_unit, command, page.t("The unit was retired."), form=form)


def show_building_form(page: Page, estate: EstateId) -> None:
    """The form of a new building."""
    form = open_form("building.new")
    with st.form(form.key("form"), enter_to_submit=False):
        code = st.text_input(page.t("Number of the building, for instance 3"), key=form.key("code"), max_chars=16)
        if send_button(page, form):
            save(
                page, create_building, CreateBuilding(estate, code), page.t("The building was added."), form=form
            )  # fmt: skip
