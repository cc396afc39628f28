"""Settings per estate or company with their history, and the company's code lists (R-008, R-010)."""

import streamlit as st

from core.admin.codes import FIXED, CodeList
from core.documents.tables import ColumnKind
from core.kernel.identity import COMPANY
from db.queries.codes import CodeRow, CodesWanted, codes_of
from db.queries.settings import SettingRow, SettingsWanted, settings_of
from locales.labels import enum_label
from pages._shell.code_words import code_words
from pages._shell.page import Page, open_page
from pages._shell.panels.settings import show_code, show_new_code, show_setting, source_words, value_words
from pages._shell.tables import Column, show_table
from pages._shell.widgets import choose_panel


def show_settings(page: Page) -> None:
    """Every setting with the value of today; one of them with history and change."""
    place = page.filter.estate_id or COMPANY
    where = page.estate_name(place) if place else page.t("the whole company (choose an estate above for its own)")
    st.caption(page.t("Values for %(where)s on %(day)s", where=where, day=page.today))
    rows = page.read(settings_of, SettingsWanted(place, page.today))
    codes = code_words(page, CodeList.PAUSE_REASON)
    columns = [
        Column[SettingRow](page.t("Setting"), lambda r: page.label(f"enum.SettingKey.{r.key.value}")),
        Column[SettingRow](page.t("Holds today"), lambda r: value_words(page, r.key, r.text, codes)),
        Column[SettingRow](page.t("Comes from"), lambda r: source_words(page, r.source)),
        Column[SettingRow](page.t("Changes"), lambda r: len(r.history), ColumnKind.INTEGER),
    ]
    left, right = st.columns([3, 2], gap="medium")
    with left:
        picked = show_table(page, rows, columns, key="settings", empty=page.t("No settings."), opens=True)
    with right:
        if picked is None:
            st.caption(page.t("Pick a setting to change it and to see how it came about."))
        else:
            show_setting(page, picked, place, codes)


def show_lists(page: Page) -> None:
    """The code lists: what can be chosen in forms."""
    left, right = st.columns([3, 2], gap="medium")
    with left:
        lists = list(CodeList)
        of = st.selectbox(
            page.t("List"), lists, format_func=lambda name: enum_label(page.words, name), key="settings.list"
        )
        rows = page.read(codes_of, CodesWanted((of,), with_retired=True))
        columns = [
            Column[CodeRow](page.t("Position"), lambda c: c.sort, ColumnKind.INTEGER),
            Column[CodeRow](page.t("Code"), lambda c: c.code),
            Column[CodeRow](page.t("Chinese name"), lambda c: c.label_zh),
            Column[CodeRow](page.t("English name"), lambda c: c.label_en),
            Column[CodeRow](page.t("Retired on"), lambda c: c.retired_at),
        ]
        empty = page.t("This list is empty. Add the first entry.")
        picked = show_table(page, rows, columns, key=f"codes.{of}", empty=empty, opens=True)
    with right:
        if page.actor.estates is not None:
            st.caption(page.t("Code lists hold for the whole company; only who looks after all estates changes them."))
        elif picked is not None:
            st.markdown(f"**{enum_label(page.words, of)}** · {picked.code}")
            show_code(page, picked)
        elif of in FIXED:
            st.caption(page.t("The rules of the portal know this list by name: entries can be renamed only."))
        else:
            show_new_code(page, of, rows)


page = open_page("admin.settings")
views = {"settings": page.t("Settings"), "lists": page.t("Code lists")}
if choose_panel(page, "settings", views) == "settings":
    show_settings(page)
else:
    show_lists(page)
