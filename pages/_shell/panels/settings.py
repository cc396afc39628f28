"""The panels of the settings page: one setting with its history and change, the code lists (R-008, R-010)."""

from typing import Final

import streamlit as st

from core.admin.codes import FIXED, LARGEST_SORT, LONGEST_LABEL, CodeEntry, CodeList
from core.admin.permissions import Role
from core.admin.settings import (
    LONGEST_SETTING,
    SPECS,
    ChoiceSpec,
    HoursSpec,
    LadderSpec,
    LimitsSpec,
    NamesSpec,
    SettingKey,
    WeightsSpec,
    parse_setting,
)
from core.kernel.escalation import Ladder
from core.kernel.identity import COMPANY, EstateId
from db.operations.codes import AddCode, RenameCode, RetireCode, add_code, rename_code, retire_code
from db.operations.settings import SetSetting, set_setting
from db.queries.codes import CodeRow
from db.queries.settings import SettingChange, SettingRow, SettingSource
from locales.labels import enum_label
from pages._shell.code_words import CodeWords
from pages._shell.page import Page
from pages._shell.tables import Column, show_table
from pages._shell.widgets import OpenForm, confirmed, open_form, save, send_button, show_facts, warn_if_stale

_LISTS: Final = (WeightsSpec, LimitsSpec, HoursSpec, LadderSpec)
"""Values that are longer than a figure: they get the whole width."""


def value_words(page: Page, key: SettingKey, text: str, codes: CodeWords) -> str:
    """A setting's stored value as a person reads it."""
    spec, value = SPECS[key], parse_setting(key=key, text=text)
    if isinstance(spec, ChoiceSpec):
        return enum_label(page.words, value)  # type: ignore[arg-type]  # a choice is an enum member
    if isinstance(value, Ladder):
        return ", ".join(f"{step.percent} % {enum_label(page.words, Role(step.role))}" for step in value.steps)
    if isinstance(spec, NamesSpec) and isinstance(value, tuple):
        return ", ".join(codes.say(spec.codes, str(name)) for name in value)
    return text.replace(",", ", ")


def source_words(page: Page, source: SettingSource) -> str:
    """Where a value comes from."""
    names = {
        SettingSource.ESTATE: page.t("This estate"),
        SettingSource.COMPANY: page.t("Whole company"),
        SettingSource.DEFAULT: page.t("Default"),
    }
    return names[source]


def show_setting(page: Page, row: SettingRow, place: EstateId, codes: CodeWords) -> None:
    """Show one setting with its history, and the form that changes it from a day on."""
    facts: list[tuple[str, object]] = [
        (page.t("Setting"), page.label(f"enum.SettingKey.{row.key.value}")),
        (page.t("Holds today"), value_words(page, row.key, row.text, codes)),
        (page.t("Comes from"), source_words(page, row.source)),
        (page.t("Default"), value_words(page, row.key, row.default_text, codes)),
    ]
    show_facts(page, facts)
    _show_change_form(page, row, place, codes)
    columns = [
        Column[SettingChange](page.t("Holds from"), lambda c: c.valid_from),
        Column[SettingChange](page.t("Value"), lambda c: value_words(page, row.key, c.text, codes)),
        Column[SettingChange](page.t("For"), lambda c: source_words(page, c.source)),
        Column[SettingChange](page.t("By"), lambda c: c.set_by),
        Column[SettingChange](page.t("When"), lambda c: c.set_at),
    ]
    empty = page.t("Never changed: the default holds.")
    show_table(page, row.history, columns, key=f"settings.{row.key}.{place}", empty=empty)


def _show_change_form(page: Page, row: SettingRow, place: EstateId, codes: CodeWords) -> None:
    if place == COMPANY and page.actor.estates is not None:
        st.caption(page.t("Only who looks after all estates sets values for the whole company. Choose an estate."))
        return
    form = open_form(f"setting.{row.key}.{place}", row.newest_id)
    warn_if_stale(page, form)
    with st.form(form.key("form"), enter_to_submit=False):
        left, right = (st, st) if isinstance(SPECS[row.key], _LISTS) else st.columns(2)
        with left.container():
            text = _value_box(page, row, form, codes)
        day = right.date_input(
            page.t("Holds from"), page.today, min_value=page.today, key=form.key("day"), format="YYYY-MM-DD"
        )
        if send_button(page, form):
            command = SetSetting(place, row.key, text, day, form.version)
            message = page.t("The setting was saved. What is closed stays as it is.")
            save(page, set_setting, command, message, form=form)


def _value_box(page: Page, row: SettingRow, form: OpenForm, codes: CodeWords) -> str:
    """The box for a new value, with a hint where it is written in a way of its own."""
    spec, label, key = SPECS[row.key], page.t("New value"), form.key("value")
    if isinstance(spec, ChoiceSpec):
        choices = [str(choice.value) for choice in type(spec.default)]
        words = {code: value_words(page, row.key, code, codes) for code in choices}
        return st.selectbox(label, choices, choices.index(row.text), key=key, format_func=lambda code: words[code])
    if isinstance(spec, NamesSpec):
        offered, now = codes.options(spec.codes), row.text.split(",") if row.text else []
        options = [*offered, *(code for code in now if code not in offered)]
        chosen = st.multiselect(label, options, now, key=key, format_func=lambda code: codes.say(spec.codes, code))
        return ",".join(chosen)
    most = LONGEST_SETTING if isinstance(spec, _LISTS) else 60
    text = st.text_input(label, row.text, key=key, max_chars=most)
    if hint := _hint(page, row.key):
        st.caption(hint)
    return text


def _hint(page: Page, key: SettingKey) -> str:
    """How a value is written that is neither a figure nor chosen."""
    spec = SPECS[key]
    if isinstance(spec, LimitsSpec):
        names = ", ".join(spec.names)
        if spec.awake:
            return page.t(
                "Target/hard limit for %(names)s, as 30m/2h; they run round the clock. - is none.", names=names
            )
        return page.t(
            "Target/hard limit for %(names)s, as 24h/2wd: m and h run round the clock, wm and wh in service hours, "
            "wd are working days, - is none.",
            names=names,
        )
    hints = {
        HoursSpec: page.t("1 is Monday: 1-5 08:30-12:00,13:30-17:30; 6 09:00-12:00. A day left out is closed."),
        LadderSpec: page.t("Percent of the limit and who is told: handler (of the case), supervisor or manager."),
        WeightsSpec: page.t("Name and weight: service=30, price=20. None named: all weigh the same."),
    }
    return hints.get(type(spec), "")


def show_new_code(page: Page, of: CodeList, rows: tuple[CodeRow, ...]) -> None:
    """Add an entry to a list."""
    form = open_form(f"code.{of}.new")
    with st.form(form.key("form"), enter_to_submit=False):
        code = st.text_input(
            page.t("Code (Latin letters, digits, underscore; never changes)"), key=form.key("code"), max_chars=32
        )
        left, right = st.columns(2)
        zh = left.text_input(page.t("Chinese name"), key=form.key("zh"), max_chars=LONGEST_LABEL)
        en = right.text_input(page.t("English name"), key=form.key("en"), max_chars=LONGEST_LABEL)
        last = max((row.sort for row in rows if row.sort < 900), default=0)
        sort = left.number_input(page.t("Position"), 0, LARGEST_SORT, last + 10, key=form.key("sort"))
        if send_button(page, form):
            command = AddCode(CodeEntry(of, code, zh, en, sort))
            save(page, add_code, command, page.t("The entry was added."), form=form)


def show_code(page: Page, row: CodeRow) -> None:
    """Rename an entry, move it, or take it out of use."""
    form = open_form(f"code.{row.list}.{row.code}", row.version)
    warn_if_stale(page, form)
    with st.form(form.key("form"), enter_to_submit=False):
        left, right = st.columns(2)
        zh = left.text_input(page.t("Chinese name"), row.label_zh, key=form.key("zh"), max_chars=LONGEST_LABEL)
        en = right.text_input(page.t("English name"), row.label_en, key=form.key("en"), max_chars=LONGEST_LABEL)
        sort = left.number_input(page.t("Position"), 0, LARGEST_SORT, row.sort, key=form.key("sort"))
        if send_button(page, form):
            beside = f"code.{row.list}.{row.code}.retire"
            command = RenameCode(row.list, row.code, form.version, zh, en, sort)
            save(
                page,
                rename_code,
                command,
                page.t("The entry was saved. Old records show the new name."),
                form=form,
                beside=beside,
            )
    if row.list not in FIXED and row.retired_at is None:
        out = open_form(f"code.{row.list}.{row.code}.retire", row.version)
        says = page.t("A retired entry is no longer on offer; records that hold it keep it.")
        if confirmed(page, out, says=says, button=page.t("Retire this entry")):
            command_out = RetireCode(row.list, row.code, out.version)
            save(page, retire_code, command_out, page.t("The entry was retired."), form=out, beside=form.name)
