"""The panels of the estates page: one estate with all its fields, its form, and its retirement (R-001)."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import streamlit as st

from core.admin.codes import CodeList
from core.admin.permissions import Permission
from core.admin.settings import SettingKey, parse_setting
from core.customers.estate_record import LARGEST, LONGEST, EstateRecord, EstateState
from db.operations.estates import CreateEstate, EditEstate, RetireEstate, create_estate, edit_estate, retire_estate
from db.queries.estates import EstateCard
from db.queries.settings import SettingsWanted, settings_of
from locales.labels import enum_label
from pages._shell.code_words import CodeWords
from pages._shell.page import Page
from pages._shell.widgets import (
    OpenForm,
    code_picker,
    confirmed,
    open_form,
    save,
    send_button,
    show_facts,
    typed_figure,
    warn_if_stale,
)

DECIMALS: Mapping[str, int] = dict.fromkeys(LARGEST, 2) | {"reference_price": 6, "household_count": 0}
"""Decimals of the figures of an estate: they are kept as whole numbers of the last one."""


def estate_panels(page: Page, card: EstateCard | None) -> dict[str, str]:
    """What the panel may show: the open estate, its form, its retirement, the form of a new one."""
    panels = {}
    if card is not None:
        panels["card"] = page.t("Details")
        may = page.actor.may_at(Permission.ESTATES_EDIT, card.id)
        if may and card.state is EstateState.ACTIVE:
            panels |= {"edit": page.t("Edit"), "retire": page.t("Retire")}
    if page.actor.may(Permission.ESTATES_EDIT) and page.actor.estates is None:
        panels["new"] = page.t("New estate")
    return panels


def show_card(page: Page, card: EstateCard, words: CodeWords) -> None:
    """Show all fields of an estate."""
    record = card.record
    charging = next(
        row
        for row in page.read(settings_of, SettingsWanted(card.id, page.today))
        if row.key is SettingKey.FEES_CHARGING_MODE
    )
    mode = parse_setting(key=charging.key, text=charging.text)
    facts: list[tuple[str, object]] = [
        (page.t("Name"), record.name),
        (page.t("Code"), record.code),
        (page.t("Type"), words.say(CodeList.ESTATE_TYPE, record.estate_type)),
        (page.t("State"), enum_label(page.words, card.state)),
        (page.t("District"), record.district),
        (page.t("Address"), record.address),
        (page.t("Charging mode"), page.label(f"enum.ChargingMode.{mode}")),
        (page.t("Reference price (yuan/m²·month)"), figure(page, record, "reference_price")),
        (page.t("Planned households"), record.household_count),
        (page.t("Buildings / units in use"), f"{card.buildings} / {card.units}"),
        (page.t("Floor area (m²)"), figure(page, record, "floor_area")),
        (page.t("Plot area (m²)"), figure(page, record, "plot_area")),
        (page.t("Greening (%)"), figure(page, record, "greening")),
        (page.t("Plot ratio"), figure(page, record, "plot_ratio")),
        (page.t("Structure"), record.structure),
        (page.t("Developer"), record.developer),
        (page.t("Property company"), record.property_company),
    ]
    show_facts(page, facts)


def figure(page: Page, record: EstateRecord, name: str) -> str:
    """A figure of an estate in its own unit, "" when it is not known."""
    stored: int | None = getattr(record, name)
    if stored is None:
        return ""
    text = page.words.decimal(Decimal(stored).scaleb(-DECIMALS[name]), places=DECIMALS[name])
    return text.rstrip("0").rstrip(".") if name == "reference_price" else text


def show_form(page: Page, card: EstateCard | None, words: CodeWords) -> None:
    """The form of an estate (``None``: of a new one)."""
    form = open_form("estate.new") if card is None else open_form(f"estate.{card.id}", card.version)
    warn_if_stale(page, form)
    old = EstateRecord("") if card is None else card.record
    with st.form(form.key("form"), enter_to_submit=False):
        record = _typed_record(page, form, old, words)
        if record is None:
            return
        if card is None:
            save(page, create_estate, CreateEstate(record), page.t("The estate was added."), form=form)
        else:
            command = EditEstate(card.id, form.version, record)
            save(page, edit_estate, command, page.t("The estate was saved."), form=form)


def _typed_record(page: Page, form: OpenForm, old: EstateRecord, words: CodeWords) -> EstateRecord | None:
    """Draw the fields; give the record once the form was sent and every figure could be read."""
    left, right = st.columns(2)
    with left:
        texts = {name: _text(page, form, old, name, title) for name, title in _left_texts(page)}
    with right:
        options = words.options(CodeList.ESTATE_TYPE)
        kind = code_picker(page.t("Type"), options, old.estate_type, key=form.key("estate_type"))
        texts |= {name: _text(page, form, old, name, title) for name, title in _right_texts(page)}
    st.caption(page.t("Figures; leave empty what is not known."))
    places = st.columns(2)
    typed = {}
    for number, (name, title) in enumerate(_figures(page)):
        with places[number % 2]:
            stored = getattr(old, name)
            typed[name] = typed_figure(page, title, stored, decimals=DECIMALS[name], key=form.key(name))
    if not send_button(page, form):
        return None
    figures = {name: read() for name, read in typed.items()}
    if not all(good for _, good in figures.values()):
        return None
    values: dict[str, Any] = {**texts, **{name: value for name, (value, _) in figures.items()}}
    return EstateRecord(**values, estate_type=kind or "")


def _text(page: Page, form: OpenForm, old: EstateRecord, name: str, title: str) -> str:
    hint = page.t("Empty: the next free code") if name == "code" and not old.code else None
    longest = LONGEST.get(name, 32)
    typed: str = st.text_input(title, value=getattr(old, name), key=form.key(name), max_chars=longest, placeholder=hint)
    return typed


def _left_texts(page: Page) -> tuple[tuple[str, str], ...]:
    t = page.t
    return ("name", t("Name")), ("address", t("Address")), ("developer", t("Developer")), ("structure", t("Structure"))


def _right_texts(page: Page) -> tuple[tuple[str, str], ...]:
    t = page.t
    return ("code", t("Code")), ("district", t("District")), ("property_company", t("Property company"))


def _figures(page: Page) -> tuple[tuple[str, str], ...]:
    return (
        ("household_count", page.t("Planned households")),
        ("reference_price", page.t("Reference price (yuan/m²·month)")),
        ("floor_area", page.t("Floor area (m²)")),
        ("plot_area", page.t("Plot area (m²)")),
        ("greening", page.t("Greening (%)")),
        ("plot_ratio", page.t("Plot ratio")),
    )


def show_retirement(page: Page, card: EstateCard) -> None:
    """Ask, then end the care of an estate."""
    form = open_form(f"estate.{card.id}.retire", card.version)
    says = page.t("A retired estate stays on record, but nothing new starts there. Its bills must be settled first.")
    if confirmed(page, form, says=says, button=page.t("Retire this estate")):
        command = RetireEstate(card.id, form.version)
        save(page, retire_estate, command, page.t("The estate was retired."), form=form)
