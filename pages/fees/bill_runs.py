"""Bill runs: one person prepares a month's bills and looks at them, another posts them (R-018, R-021)."""

from functools import partial

import streamlit as st

from core.admin.permissions import Permission
from core.documents.tables import ColumnKind
from db.operations.bill_runs import PrepareBillRun, prepare_bill_run
from db.queries.bill_runs import RunRow, RunsWanted, bill_runs
from locales.labels import enum_label
from pages._shell.links import choice
from pages._shell.page import open_page
from pages._shell.panels.fee_runs import show_run
from pages._shell.tables import Column, chosen_slice, offer_export, show_table
from pages._shell.widgets import list_key, new_round, round_of

page = open_page("fees.bill_runs")
t, words, estate, month = page.t, page.words, page.filter.estate_id, page.filter.month

picker, button = st.columns([2, 6], vertical_alignment="bottom")
with picker:
    months = {"month": words.month(month), "all": t("Every month")}
    when = choice(page, t("Service month"), "when", months)
if estate is None and page.may(Permission.BILLS_MAKE):
    button.caption(t("Choose an estate above to prepare its bills."))
elif estate is not None and page.may(Permission.BILLS_MAKE):
    said = t("Prepare the bills of %(month)s", month=month)
    prepare = button.button(said, type="primary", icon=":material/playlist_add:", key="prepare")
    if prepare and (saved := page.submit(prepare_bill_run, PrepareBillRun(estate, month))):
        run = saved.value
        new_round("runs")
        page.done(
            t(
                "%(bills)s bills over %(amount)s prepared, %(problems)s problems; %(skipped)s existed already, "
                "%(not_yet)s units pay from a later month. Nothing is billed until somebody else posts them.",
                bills=run.bills,
                amount=run.amount,
                problems=run.problems,
                skipped=run.skipped,
                not_yet=run.not_yet,
            )
        )

wanted = partial(RunsWanted, estate, month if when == "month" else None)
key = list_key("runs", page.filter, when, round_of("runs"))
found = page.read(bill_runs, wanted(chosen_slice(key)))
columns: list[Column[RunRow]] = [
    Column(t("Service month"), lambda row: words.month(row.month)),
    Column(t("Estate"), lambda row: row.estate_name),
    Column(t("State"), lambda row: enum_label(words, row.state)),
    Column(t("Bills"), lambda row: row.bills, ColumnKind.INTEGER),
    Column(t("Total"), lambda row: row.amount, ColumnKind.MONEY),
    Column(t("Problems"), lambda row: row.problems, ColumnKind.INTEGER),
    Column(t("Prepared by"), lambda row: row.made_by_name),
    Column(t("Prepared at"), lambda row: row.made_at, ColumnKind.INSTANT),
    Column(t("Posted by"), lambda row: row.posted_by_name),
    Column(t("Posted at"), lambda row: row.posted_at, ColumnKind.INSTANT),
]
empty = t("No bill run here yet. Choose an estate and a month, and prepare one.")
picked = show_table(page, found.rows, columns, key=key, total=found.total, empty=empty, opens=True)
offer_export(page, bill_runs, lambda s: wanted(slice=s), columns, name="bill-runs", total=found.total, personal=False)
if picked or len(found.rows) == 1:
    show_run(page, picked or found.rows[0])
elif found.rows:
    st.caption(t("Pick a run to see its problems, to post or to cancel it."))
