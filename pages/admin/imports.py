"""Import centre: a file comes in all right or not at all – looked at before, taken back after (R-012)."""

import streamlit as st

from core.imports.batches import BatchState
from core.imports.kinds import KINDS
from core.kernel.errors import Problem
from db.jobs.imports import RequestCommit, request_check, request_commit
from db.operations import imports as steps
from db.queries.imports import BatchDetail, BatchRow, file_layout, import_batch
from locales.labels import error_sentence
from pages._shell.jobs import show_job
from pages._shell.page import Page, open_page
from pages._shell.panels import imports as panels
from pages._shell.state import close_record, number_in_address, open_record


def begin(page: Page) -> None:
    """A new file, and the imports so far."""
    left, right = st.columns([2, 3], vertical_alignment="bottom")
    with left:
        kind = panels.choose_kind(page)
        target = panels.choose_target(page, kind)
        panels.offer_template(page, kind, target)
    file = right.file_uploader(page.t("CSV, XLSX or XLS, at most 10 MB"), key="imports.file")
    ready = file and (target or not KINDS[kind].has_target)
    if file and ready and st.button(page.t("Read the file"), type="primary"):
        saved = page.submit(steps.upload_file, steps.UploadFile(kind, file.name, file.getvalue(), target))
        if saved:
            page.done(page.t("The file is read. Look at the columns, then check it."), batch=saved.value)
    chosen = panels.list_batches(page)
    if chosen:
        open_record(batch=chosen.batch_id)
        st.rerun()


def check(page: Page, found: BatchDetail) -> None:
    """Which column is what; then the dry run."""
    layouts = {layout.name: layout for layout in page.read(file_layout, found.batch.batch_id)}
    name = st.selectbox(page.t("Sheet"), list(layouts)) if len(layouts) > 1 else next(iter(layouts))
    mapping = panels.choose_columns(page, layouts[name], found.batch.batch_id)
    if mapping and st.button(page.t("Check the file"), type="primary"):
        step = steps.StartCheck(found.batch.batch_id, found.batch.version, name, mapping)
        if page.submit(request_check, step):
            st.rerun()


def decide(page: Page, found: BatchDetail) -> None:
    """What the dry run found, and the decision to write it."""
    panels.show_findings(page, found)
    row = found.batch
    skip = bool(row.problems) and st.checkbox(page.t("Leave the rows with problems out (%(n)s)", n=row.problems))
    rows = row.created + row.changed
    blocked = not rows or bool(row.problems and not skip)
    go = st.button(page.t("Import %(count)s rows", count=rows), type="primary", disabled=blocked)
    if go and page.submit(request_commit, RequestCommit(row.batch_id, row.version, skip)):
        st.rerun()
    if st.toggle(page.t("Read the file another way"), key="imports.again"):
        check(page, found)


def actions(page: Page, row: BatchRow, found: BatchDetail) -> None:
    """Take it back, drop it, or go back to the list."""
    with st.container(horizontal=True):
        undo = row.state is BatchState.DONE and st.button(page.t("Take this import back"), icon=":material/undo:")
        if undo and page.submit(steps.undo_batch, steps.UndoBatch(row.batch_id, row.version, found.estates)):
            page.done(page.t("The import was taken back."))
        open_states = (BatchState.UPLOADED, BatchState.CHECKED, BatchState.REFUSED)
        drop = row.state in open_states and st.button(page.t("Discard"), icon=":material/delete:")
        if drop and page.submit(steps.discard_batch, steps.BatchStep(row.batch_id, row.version)):
            close_record("batch")
            page.done(page.t("The file was discarded; nothing was imported."))
        if st.button(page.t("Back to all imports"), icon=":material/arrow_back:"):
            close_record("batch")
            st.rerun()


page = open_page("admin.imports")
number = number_in_address("batch")
if number is None:
    begin(page)
else:
    found = page.read(import_batch, number)
    row = found.batch
    where = page.label(f"enum.BatchState.{row.state.value}")
    st.caption(f"{panels.kind_name(page, row)} · {row.file_name} · {where}")
    if found.refusal:
        st.error(error_sentence(page.words, Problem(found.refusal[0], dict(found.refusal[1]))))
    if row.state is BatchState.WORKING and found.job_id:
        show_job(page, found.job_id)
    if row.state in (BatchState.UPLOADED, BatchState.REFUSED):
        check(page, found)
    if row.state is BatchState.CHECKED:
        decide(page, found)
    if row.state in (BatchState.DONE, BatchState.UNDONE):
        panels.show_findings(page, found)
    actions(page, row, found)
