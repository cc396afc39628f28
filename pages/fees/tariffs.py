"""Fee standards (收费标准): what is charged, for which use and when; one proposes, another approves (R-016, R-020)."""

from functools import partial

import streamlit as st

from core.admin.codes import CodeList
from core.admin.permissions import Permission
from core.documents.tables import ColumnKind
from core.kernel.filters import EstateMonth
from db.queries.fee_overview import fee_settings
from db.queries.tariffs import TariffRow, TariffsWanted, tariffs
from locales.labels import enum_label
from pages._shell.code_words import code_words
from pages._shell.links import choice
from pages._shell.page import open_page
from pages._shell.panels.fee_tariffs import price_text, propose, show_tariff
from pages._shell.tables import Column, chosen_slice, offer_export, show_table
from pages._shell.widgets import list_key, period_text, round_of

page = open_page("fees.tariffs")
t, words, estate = page.t, page.words, page.filter.estate_id
names = code_words(page, CodeList.FEE_ITEM, CodeList.USE, CodeList.UNIT_GRADE, CodeList.SERVICE_ITEM)

if estate is not None:
    terms = page.read(fee_settings, EstateMonth(estate, page.filter.month))
    mode, timing = enum_label(words, terms.charging_mode), enum_label(words, terms.timing)
    st.caption(
        t("Charging mode: %(mode)s. Due on day %(day)s, %(timing)s.", mode=mode, day=terms.due_day, timing=timing)
    )
picker, _ = st.columns([2, 6])
with picker:
    show = choice(page, t("Show"), "show", {"now": t("In use and to come"), "all": t("Past ones too")})
wanted = partial(TariffsWanted, estate, show == "all")
key = list_key("tariffs", estate, show, round_of("tariffs"))
found = page.read(tariffs, wanted(chosen_slice(key)))

columns: list[Column[TariffRow]] = [
    Column(t("Estate"), lambda row: row.estate_name),
    Column(t("Fee item"), lambda row: names.say(CodeList.FEE_ITEM, row.item)),
    Column(t("Basis"), lambda row: enum_label(words, row.basis)),
    Column(t("Uses"), lambda row: t(", ").join(names.say(CodeList.USE, u) for u in row.uses) or t("All")),
    Column(t("Yuan a month"), lambda row: price_text(page, row, names)),
    Column(t("Valid"), lambda row: period_text(page, row.valid_from, row.valid_to)),
    Column(t("State"), lambda row: enum_label(words, row.state)),
    Column(t("Proposed by"), lambda row: row.made_by_name),
    Column(t("Decided by"), lambda row: row.decided_by_name),
    Column(t("Decided at"), lambda row: row.decided_at, ColumnKind.INSTANT),
]
empty = t("No fee standard yet. Without an approved one no bill can be made.")
picked = show_table(page, found.rows, columns, key=key, total=found.total, empty=empty, opens=True)
offer_export(page, tariffs, lambda s: wanted(slice=s), columns, name="tariffs", total=found.total, personal=False)
if picked:
    show_tariff(page, picked, names)
if estate is not None and page.may(Permission.TARIFFS_MAKE):
    propose(page, estate, names)
elif page.may(Permission.TARIFFS_MAKE):
    st.caption(t("Choose an estate above to propose a fee standard for it."))
