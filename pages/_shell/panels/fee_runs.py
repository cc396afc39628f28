"""One bill run: who waits for whom, the units without a bill, and the two ways on (R-018, R-021)."""

from functools import partial

import streamlit as st

from core.admin.codes import CodeList
from core.admin.permissions import Permission, roles_with
from core.fees.approvals import RunState
from db.operations.bill_runs import CancelBillRun, PostBillRun, cancel_bill_run, post_bill_run
from db.queries.bill_runs import RunProblem, RunProblemsWanted, RunRow, run_problems
from locales.labels import enum_label
from pages._shell.code_words import code_words
from pages._shell.links import open_button, plain
from pages._shell.page import Page
from pages._shell.tables import Column, chosen_slice, offer_export, show_table
from pages._shell.widgets import OpenForm, confirmed, leave_form, new_round, open_form, save_row


def show_run(page: Page, run: RunRow) -> None:
    """Show a run's problems and, while it waits, what the person may do with it."""
    t = page.t
    with st.container(border=True):
        st.markdown(
            f"##### {plain(run.estate_name)} · {page.words.month(run.month)} · {enum_label(page.words, run.state)}"
        )
        if run.state is RunState.PREPARED:
            _ways_on(page, run)
        elif run.state is RunState.POSTED:
            open_button(page, t("Bills of this month"), "fees.bills", key="open.run", estate=run.estate_id)
        if run.problems:
            _problems(page, run)


def _problems(page: Page, run: RunRow) -> None:
    t, names = page.t, code_words(page, CodeList.FEE_ITEM)
    key = f"problems.{run.estate_id}.{run.run_id}"
    wanted = partial(RunProblemsWanted, run.estate_id, run.run_id)
    found = page.read(run_problems, wanted(chosen_slice(key)))
    columns: list[Column[RunProblem]] = [
        Column(t("Unit"), lambda row: row.unit_code),
        Column(t("Fee item"), lambda row: names.say(CodeList.FEE_ITEM, row.item)),
        Column(t("Why it gets no bill"), lambda row: page.label(row.code)),
    ]
    st.caption(t("Units without a bill: mend the unit or the fee standard, then prepare again."))
    show_table(page, found.rows, columns, key=key, total=found.total, empty=t("There are no problems."))
    name = "bill-run-problems"
    offer_export(page, run_problems, lambda s: wanted(slice=s), columns, name=name, total=found.total, personal=False)


def _ways_on(page: Page, run: RunRow) -> None:
    t, actor = page.t, page.actor
    form = open_form(f"run.{run.estate_id}.{run.run_id}", run.version)
    is_maker = run.made_by == actor.user_id
    if actor.may_at(Permission.BILLS_POST, run.estate_id) and not is_maker:
        says = t("%(bills)s bills over %(amount)s are posted. Posted bills stay.", bills=run.bills, amount=run.amount)
        if confirmed(page, form, says=says, button=t("Post the bills")):
            _post(page, run, form)
    else:
        roles = t(", ").join(enum_label(page.words, role) for role in roles_with(Permission.BILLS_POST))
        waits = t(
            "Prepared by %(who)s. It waits for somebody else to post it: %(roles)s.",
            who=plain(run.made_by_name),
            roles=roles,
        )
        st.info(waits, icon=":material/hourglass:")
    if actor.may_at(Permission.BILLS_MAKE, run.estate_id) and st.button(t("Cancel this run"), key="cancel"):
        command = CancelBillRun(run.estate_id, run.run_id, form.version)
        save_row(page, "runs", cancel_bill_run, command, t("The run is cancelled."), form=form)


def _post(page: Page, run: RunRow, form: OpenForm) -> None:
    saved = page.submit(post_bill_run, PostBillRun(run.estate_id, run.run_id, form.version))
    if saved:
        leave_form(form.name)
        new_round("runs")
        posted, used = saved.value, saved.value.credits
        page.done(
            page.t(
                "%(bills)s bills over %(amount)s posted; credit settled %(credit)s for %(units)s units.",
                bills=posted.bills,
                amount=posted.amount,
                credit=used.amount,
                units=used.units,
            )
        )
