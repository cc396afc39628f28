"""Import centre: a file comes in all right or not at all – looked at before, taken back after (R-012)."""

import streamlit as st

from core.imports.batches import BatchState, permission_for
from core.imports.kinds import ImportKind
from core.kernel.errors import Problem
from db.jobs.imports import RequestCommit, request_check, request_commit
from db.operations import imports as steps
from db.queries.imports import BatchDetail, BatchRow, file_layout, import_batch
from locales.labels import error_sentence
from pages._shell.jobs import show_job
from pages._shell.page import Page, open_page
from pages._shell.panels.imports import choose_columns, list_batches, show_findings, template
from pages._shell.state import close_record, number_in_address, open_record


def begin(page: Page) -> None:
    """A new file, and the imports so far."""
    kinds = [kind for kind in ImportKind if page.actor.may(permission_for(kind))]
    left, right = st.columns([2, 3], vertical_alignment="bottom")
    kind = left.segmented_control(
        page.t("What is in the file?"), kinds, default=kinds[0], required=True,
        format_func=lambda k: page.label(f"enum.ImportKind.{k.value}"), key="imports.kind",
    )  # fmt: skip
    left.download_button(
        page.t("Download an empty template"), data=lambda: template(page, kind), icon=":material/table:",
        file_name=f"{kind.value}.xlsx", on_click="ignore",
    )  # fmt: skip
    file = right.file_uploader(page.t("CSV, XLSX or XLS, at most 10 MB"), key="imports.file")
    if file and st.button(page.t("Read the file"), type="primary"):
        saved = page.submit(steps.upload_file, steps.UploadFile(kind, file.name, file.getvalue()))
        if saved:
            page.done(page.t("The file is read. Look at the columns, then check it."), batch=saved.value)
    chosen = list_batches(page)
    if chosen:
        open_record(batch=chosen.batch_id)
        st.rerun()


def check(page: Page, found: BatchDetail) -> None:
    """Which column is what; then the dry run."""
    layouts = {layout.name: layout for layout in page.read(file_layout, found.batch.batch_id)}
    name = st.selectbox(page.t("Sheet"), list(layouts)) if len(layouts) > 1 else next(iter(layouts))
    mapping = choose_columns(page, found.batch.kind, layouts[name])
    if mapping and st.button(page.t("Check the file"), type="primary"):
        step = steps.StartCheck(found.batch.batch_id, found.batch.version, name, mapping)
        if page.submit(request_check, step):
            st.rerun()


def decide(page: Page, found: BatchDetail) -> None:
    """What the dry run found, and the decision to write it."""
    show_findings(page, found)
    row = found.batch
    skip = bool(row.problems) and st.checkbox(page.t("Leave the rows with problems out (%(n)s)", n=row.problems))
    rows = row.created + row.changed
    blocked = not rows or bool(row.problems and not skip)
    go = st.button(page.t("Import %(count)s rows", count=rows), type="primary", disabled=blocked)
    if go and page.submit(request_commit, RequestCommit(row.batch_id, row.version, skip)):
        st.rerun()


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
    what, where = page.label(f"enum.ImportKind.{row.kind.value}"), page.label(f"enum.BatchState.{row.state.value}")
    st.caption(f"{what} · {row.file_name} · {where}")
    if found.refusal:
        st.error(error_sentence(page.words, Problem(found.refusal[0], dict(found.refusal[1]))))
    if row.state is BatchState.WORKING and found.job_id:
        show_job(page, found.job_id)
    if row.state in (BatchState.UPLOADED, BatchState.REFUSED):
        check(page, found)
    if row.state is BatchState.CHECKED:
        decide(page, found)
    if row.state in (BatchState.DONE, BatchState.UNDONE):
        show_findings(page, found)
    actions(page, row, found)
