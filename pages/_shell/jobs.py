"""Showing long work: how far it is, and why it stopped. The page may be left; the work goes on."""

import streamlit as st

from core.kernel.errors import Problem
from db.jobs.runner import RetryJob, retry_job
from db.queries.jobs import JobRow, JobState, JobWanted, job
from locales.labels import error_sentence
from pages._shell.page import Page, present_session

_EVERY = 0.7


def show_job(page: Page, job_id: int) -> JobRow:
    """Show one job; while it is not over, look again by itself, and run the page anew when it ends."""
    row = page.read(job, JobWanted(job_id))
    if row.is_over:
        _show_end(page, row)
    else:
        _watch(page, job_id)
    return row


@st.fragment(run_every=_EVERY)
def _watch(page: Page, job_id: int) -> None:
    if present_session() is None:
        st.rerun()
    row = page.read(job, JobWanted(job_id))
    if row.is_over:
        st.rerun()
    share = min(row.done / row.total, 1.0) if row.total else 0.0
    step = page.label(f"jobs.step.{row.step}") if row.step else page.t("Waiting for its turn")
    st.progress(share, text=page.t("%(step)s … You may leave this page; the work goes on.", step=step))


def _show_end(page: Page, row: JobRow) -> None:
    if row.state is JobState.DONE:
        return
    problem = row.problem or Problem("jobs.failed", {"reference": "?"})
    st.error(error_sentence(page.words, problem), icon=":material/error:")
    if row.state is JobState.FAILED and st.button(page.t("Try again"), key=f"job.retry.{row.id}"):
        saved = page.submit(retry_job, RetryJob(row.id))
        if saved:
            page.done(page.t("The work waits for its turn again."))
