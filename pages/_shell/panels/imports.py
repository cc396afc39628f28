"""The import centre's panels: what a file belongs to, choosing columns, and what a dry run found."""

from collections.abc import Sequence
from datetime import date

import streamlit as st

from core.documents import tables as documents
from core.imports.header import ColumnMapping, approve_mapping
from core.imports.kinds import KINDS
from core.imports.recodes import recodes_from
from core.imports.rows import RowProblem
from core.imports.specs import ColumnSpec, ImportKind, KindSpec
from core.kernel.errors import BusinessError, Problem
from core.kernel.identity import EstateId, RoundId
from db.queries.imports import BatchDetail, BatchRow, SheetLayout, SpecWanted, import_batches, import_spec
from db.queries.survey_entry import EntryRoundsWanted, entry_rounds
from locales.labels import enum_label, error_sentence
from pages._shell.page import Page
from pages._shell.tables import Column, chosen_slice, show_table

_K = documents.ColumnKind
SHOWN = 200
MANY_COLUMNS = 24
"""A file with more columns than this shows only those a person may have to decide about."""

Target = tuple[EstateId, RoundId]


def choose_kind(page: Page) -> ImportKind:
    """Let the person say what the file is a list of."""
    kinds = [kind for kind, spec in KINDS.items() if page.actor.may(spec.permission)]
    chosen: ImportKind = st.segmented_control(
        page.t("What is in the file?"), kinds, default=kinds[0], required=True,
        format_func=lambda k: page.label(f"enum.ImportKind.{k.value}"), key="imports.kind",
    )  # fmt: skip
    return chosen


def choose_target(page: Page, kind: ImportKind) -> Target | None:
    """Let the person choose the survey round a file of answers belongs to; other kinds belong to nothing."""
    if not KINDS[kind].has_target:
        return None
    rounds = page.read(entry_rounds, EntryRoundsWanted(None))
    if not rounds:
        st.info(page.t("No survey round takes answers now. Open one first."), icon=":material/event_busy:")
        return None
    names = {(r.estate_id, r.round_id): f"{r.estate_name} · {r.name} · {r.code}" for r in rounds}
    chosen: Target = st.selectbox(
        page.t("The answers belong to"), list(names), format_func=lambda key: names[key], key="imports.round"
    )
    return chosen


def offer_template(page: Page, kind: ImportKind, target: Target | None) -> None:
    """Offer an empty XLSX with the headings of a kind in the person's language, which the portal reads back."""
    st.download_button(
        page.t("Download an empty template"), data=lambda: template(page, kind, target), icon=":material/table:",
        file_name=f"{kind.value}.xlsx", on_click="ignore", disabled=KINDS[kind].has_target and target is None,
    )  # fmt: skip


def template(page: Page, kind: ImportKind, target: Target | None = None) -> bytes:
    """Give the empty XLSX of a kind."""
    spec = page.read(import_spec, SpecWanted(kind, *target) if target else SpecWanted(kind))
    columns = [documents.Column(_title(page, column, "imports.heading")) for column in spec.columns]
    return documents.to_xlsx(columns, [], title=kind.value, note="", made_at=page.now)


def _title(page: Page, column: ColumnSpec, family: str = "field") -> str:
    """Name a column: by its label, or as what is on file calls it."""
    chinese, english = column.titles
    return (english if page.actor.language == "en" else chinese) or page.label(f"{family}.{column.field}")


def list_batches(page: Page) -> BatchRow | None:
    """Show the imports so far, and give the one that was picked."""
    wanted = chosen_slice("imports")
    listed = page.read(import_batches, wanted)
    columns = [
        Column[BatchRow](page.t("When"), lambda b: b.made_at),
        Column[BatchRow](page.t("What"), lambda b: kind_name(page, b)),
        Column[BatchRow](page.t("File"), lambda b: b.file_name),
        Column[BatchRow](page.t("State"), lambda b: page.label(f"enum.BatchState.{b.state.value}")),
        Column[BatchRow](page.t("New"), lambda b: b.created),
        Column[BatchRow](page.t("Changed"), lambda b: b.changed),
        Column[BatchRow](page.t("With problems"), lambda b: b.problems),
        Column[BatchRow](page.t("By"), lambda b: b.made_by),
    ]
    empty = page.t("Nothing was imported yet. Begin with the estates, then their units, then the people.")
    return show_table(page, listed.rows, columns, key="imports", total=listed.total, empty=empty, opens=True)


def kind_name(page: Page, row: BatchRow) -> str:
    """Say what an import is a list of, and of which round."""
    return " · ".join(filter(None, (page.label(f"enum.ImportKind.{row.kind.value}"), row.target)))


def choose_columns(page: Page, layout: SheetLayout) -> ColumnMapping | None:
    """Show which column is read as what, let the person decide otherwise, and give the approved mapping."""
    if layout.mapping is None:
        if layout.refusal:
            st.error(error_sentence(page.words, Problem(layout.refusal[0], dict(layout.refusal[1]))))
        return None
    chosen = _choose_fields(page, layout, layout.mapping)
    given = {field for field in chosen.values() if field}
    constants = _choose_constants(page, layout.spec, given)
    recodes = _choose_recodes(page, layout.spec)
    try:
        return approve_mapping(
            kind=layout.spec, mapping=layout.mapping, fields=chosen, constants=constants, recodes=recodes
        )
    except BusinessError as error:
        st.error(error_sentence(page.words, error), icon=":material/rule:")
        return None


def _choose_fields(page: Page, layout: SheetLayout, mapping: ColumnMapping) -> dict[int, str | None]:
    """Give the field of each column. Of very many, those read as answers to an item are not asked about."""
    columns = {column.field: column for column in layout.spec.columns}
    fields: list[str | None] = [None, *columns]
    asked = list(mapping.columns)
    if len(asked) > MANY_COLUMNS:
        sure = [c for c in asked if c.field and columns[c.field].recodable]
        message = page.t("%(count)s columns are read as questions of the questionnaire.", count=len(sure))
        if not st.toggle(page.t("Show every column"), key=f"imports.{layout.name}.all", help=message):
            st.caption("ⓘ " + message)
            asked = [c for c in asked if c not in sure]
    chosen = {column.index: column.field for column in mapping.columns}
    grid = st.columns(4)
    for place, column in enumerate(asked):
        chosen[column.index] = grid[place % 4].selectbox(
            column.text,
            fields,
            index=fields.index(column.field),
            format_func=lambda field: _title(page, columns[field]) if field else page.t("(do not read)"),
            key=f"imports.{layout.name}.{column.index}",
            help=layout.samples.get(column.index),
        )
    return chosen


def _choose_constants(page: Page, spec: KindSpec, given: set[str]) -> dict[str, str]:
    """Ask for what no column gives and is the same throughout: which channel, which day."""
    asked = [c for c in spec.columns if (c.options or c.suggested) and c.field not in given]
    constants: dict[str, str] = {}
    for place, column in zip(st.columns(4), asked, strict=False):
        label, key = page.t("%(field)s of every row", field=_title(page, column)), f"imports.constant.{column.field}"
        with place:
            if column.options:
                options = [*column.options] if column.required else [None, *column.options]
                word = st.selectbox(
                    label, options, format_func=lambda o: enum_label(page.words, o) if o else page.t("(not said)"),
                    key=key,
                )  # fmt: skip
                constants[column.field] = word.value if word else ""
            else:
                day = st.date_input(label, date.fromisoformat(column.suggested), format="YYYY-MM-DD", key=key)
                constants[column.field] = day.isoformat()
        _say_what_is_wrong(page, column, constants[column.field])
    return {field: text for field, text in constants.items() if text}


def _say_what_is_wrong(page: Page, column: ColumnSpec, text: str) -> None:
    reading = column.read(text)
    if reading.trouble:
        told: dict[str, str | int] = {"column": _title(page, column), "value": text, "limit": reading.limit}
        st.error(error_sentence(page.words, Problem(reading.trouble.value, told)), icon=":material/rule:")


def _choose_recodes(page: Page, spec: KindSpec) -> tuple[str, ...]:
    """Ask which values in the columns of answers mean that nothing was answered."""
    if not any(column.recodable for column in spec.columns):
        return ()
    typed = st.text_input(
        page.t("These values mean “no answer”"), value="NA, N/A, -", key="imports.recodes", max_chars=400,
        help=page.t("Commas between them, as 9, NA. A number that a question allows stays an answer to that question."),
    )  # fmt: skip
    return recodes_from(typed)


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
