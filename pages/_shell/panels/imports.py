"""The import centre's panels: choosing columns, and what a dry run found."""

from collections.abc import Sequence

import streamlit as st

from core.documents import tables as documents
from core.imports.header import ColumnMapping, approve_mapping
from core.imports.kinds import KINDS, ImportKind
from core.imports.rows import RowProblem
from core.kernel.errors import BusinessError, Problem
from db.queries.imports import BatchDetail, BatchRow, SheetLayout, import_batches
from locales.labels import error_sentence
from pages._shell.page import Page
from pages._shell.tables import Column, chosen_slice, show_table

_K = documents.ColumnKind
SHOWN = 200


def template(page: Page, kind: ImportKind) -> bytes:
    """An empty XLSX with the headings of a kind in the person's language, which the portal reads back."""
    columns = [documents.Column(page.label(f"imports.heading.{c.field}")) for c in KINDS[kind].columns]
    return documents.to_xlsx(columns, [], title=kind.value, note="", made_at=page.now)


def list_batches(page: Page) -> BatchRow | None:
    """Show the imports so far, and give the one that was picked."""
    wanted = chosen_slice("imports")
    listed = page.read(import_batches, wanted)
    columns = [
        Column[BatchRow](page.t("When"), lambda b: b.made_at),
        Column[BatchRow](page.t("What"), lambda b: page.label(f"enum.ImportKind.{b.kind.value}")),
        Column[BatchRow](page.t("File"), lambda b: b.file_name),
        Column[BatchRow](page.t("State"), lambda b: page.label(f"enum.BatchState.{b.state.value}")),
        Column[BatchRow](page.t("New"), lambda b: b.created),
        Column[BatchRow](page.t("Changed"), lambda b: b.changed),
        Column[BatchRow](page.t("With problems"), lambda b: b.problems),
        Column[BatchRow](page.t("By"), lambda b: b.made_by),
    ]
    empty = page.t("Nothing was imported yet. Begin with the estates, then their units, then the people.")
    return show_table(page, listed.rows, columns, key="imports", total=listed.total, empty=empty, opens=True)


def choose_columns(page: Page, kind: ImportKind, layout: SheetLayout) -> ColumnMapping | None:
    """Show which column is read as what, let the person decide otherwise, and give the approved mapping."""
    if layout.mapping is None:
        if layout.refusal:
            st.error(error_sentence(page.words, Problem(layout.refusal[0], dict(layout.refusal[1]))))
        return None
    fields: list[str | None] = [None, *(column.field for column in KINDS[kind].columns)]
    chosen: dict[int, str | None] = {}
    grid = st.columns(4)
    for place, column in enumerate(layout.mapping.columns):
        chosen[column.index] = grid[place % 4].selectbox(
            column.text,
            fields,
            index=fields.index(column.field),
            format_func=lambda field: page.label(f"field.{field}") if field else page.t("(do not read)"),
            key=f"imports.{layout.name}.{column.index}",
            help=layout.samples.get(column.index),
        )
    try:
        return approve_mapping(kind=kind, mapping=layout.mapping, fields=chosen)
    except BusinessError as error:
        st.error(error_sentence(page.words, error), icon=":material/rule:")
        return None


def show_findings(page: Page, found: BatchDetail) -> None:
    """Show what the dry run found: the counts that add up, then what is wrong, then what would change."""
    row = found.batch
    counts = (
        (page.t("Rows in the file"), found.data_rows),
        (page.t("New"), row.created),
        (page.t("Changed"), row.changed),
        (page.t("Unchanged"), row.unchanged),
        (page.t("With problems"), row.problems),
    )
    for place, (title, count) in zip(st.columns(5), counts, strict=True):
        place.metric(title, page.words.integer(count), border=True)
    if found.seen_before:
        when = page.words.instant(found.seen_before)
        st.info(page.t("This very file was imported on %(when)s.", when=when), icon=":material/history:")
    for code, fields in found.notices:
        st.caption("ⓘ " + error_sentence(page.words, Problem(code, dict(fields))))
    _show_remarks(page, found)


def _show_remarks(page: Page, found: BatchDetail) -> None:
    views = {
        "problems": page.t("Problems (%(count)s)", count=len(found.problems)),
        "changes": page.t("What would change (%(count)s)", count=found.batch.changed),
        "created": page.t("What would be new (%(count)s)", count=found.batch.created),
        "warnings": page.t("To look at (%(count)s)", count=found.warning_count),
    }
    view = st.segmented_control(
        page.t("Show"), list(views), default="problems", format_func=lambda v: views[v], key="imports.view"
    )
    if view in ("problems", "warnings"):
        _show_problems(page, found.problems if view == "problems" else found.warnings, str(view))
    elif view == "changes":
        columns = [
            Column[tuple[int, str, str, str]](page.t("Row"), lambda c: c[0], _K.INTEGER),
            Column[tuple[int, str, str, str]](page.t("Field"), lambda c: page.label(f"field.{c[1]}")),
            Column[tuple[int, str, str, str]](page.t("Before"), lambda c: c[2]),
            Column[tuple[int, str, str, str]](page.t("After"), lambda c: c[3]),
        ]
        show_table(page, found.changes, columns, key="imports.changes", empty=page.t("Nothing would change."))
    elif view == "created":
        rows = [(row, ", ".join(value for value in values.values() if value)) for row, values in found.created[:50]]
        both = [
            Column[tuple[int, str]](page.t("Row"), lambda c: c[0], _K.INTEGER),
            Column[tuple[int, str]](page.t("Values"), lambda c: c[1]),
        ]
        show_table(page, rows, both, key="imports.created", empty=page.t("Nothing would be new."))


def _show_problems(page: Page, problems: Sequence[RowProblem], name: str) -> None:
    sheets = [Column[RowProblem](page.t("Sheet"), lambda p: p.sheet)] if any(p.sheet for p in problems) else []
    columns = [
        *sheets,
        Column[RowProblem](page.t("Row"), lambda p: p.row, _K.INTEGER),
        Column[RowProblem](page.t("Column"), lambda p: p.column),
        Column[RowProblem](page.t("Value"), lambda p: p.value),
        Column[RowProblem](
            page.t("What is wrong, and how to mend it"),
            lambda p: error_sentence(page.words, Problem(str(p.code), dict(p.fields))),
        ),
    ]
    show_table(
        page,
        problems[:SHOWN],
        columns,
        key=f"imports.{name}",
        total=min(len(problems), SHOWN),
        size=SHOWN,
        empty=page.t("Nothing here."),
    )
    if problems:
        headings = [documents.Column(column.title, column.kind) for column in columns]
        values = [[str(column.value(p)) if column.kind is _K.TEXT else p.row for column in columns] for p in problems]
        st.download_button(
            page.t("Download all %(count)s rows of this list", count=len(problems)),
            data=lambda: documents.to_csv(headings, values),
            file_name=f"{name}.csv",
            key=f"imports.download.{name}",
            icon=":material/download:",
            on_click="ignore",
        )
