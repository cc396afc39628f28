"""The import centre's panels: what a file belongs to, choosing columns, and what a dry run found."""

from collections.abc import Mapping, Sequence
from datetime import date
from enum import StrEnum

import streamlit as st

from core.complaints.taxonomy import CaseCategory, SubCategory
from core.documents import tables as documents
from core.imports.header import ColumnMapping, approve_mapping
from core.imports.kinds import KINDS
from core.imports.moments import has_year_last
from core.imports.recodes import recodes_from
from core.imports.rows import RowProblem
from core.imports.specs import Belongs, ColumnSpec, ImportKind, KindSpec
from core.kernel.errors import BusinessError, Problem
from core.kernel.identity import EstateId, RoundId
from db.queries.imports import BatchDetail, BatchRow, SheetLayout, SpecWanted, import_batches, import_spec
from db.queries.survey_entry import EntryRoundsWanted, entry_rounds
from locales.labels import enum_label, error_sentence
from pages._shell.page import Page
from pages._shell.panels.import_created import show_created
from pages._shell.panels.import_words import choose_meanings, topic_name
from pages._shell.tables import Column, chosen_slice, show_table

_K = documents.ColumnKind
SHOWN = 200
MANY_COLUMNS = 24
"""A file with more columns than this shows only those a person may have to decide about."""

Target = tuple[EstateId, RoundId | None]


def choose_kind(page: Page) -> ImportKind:
    """Let the person say what the file is a list of."""
    kinds = [kind for kind, spec in KINDS.items() if page.actor.may(spec.permission)]
    chosen: ImportKind = st.segmented_control(
        page.t("What is in the file?"), kinds, default=kinds[0], required=True,
        format_func=lambda k: page.label(f"enum.ImportKind.{k.value}"), key="imports.kind",
    )  # fmt: skip
    return chosen


def choose_target(page: Page, kind: ImportKind) -> Target | None:
    """Let the person choose the round or the estate a file belongs to; most kinds belong to nothing."""
    if KINDS[kind].belongs_to is Belongs.ESTATE:
        return _choose_estate(page, kind)
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


def _choose_estate(page: Page, kind: ImportKind) -> Target | None:
    own = {e.id: e.name for e in page.estates if page.actor.may_at(KINDS[kind].permission, e.id)}
    if not own:
        st.info(page.t("There is no estate yet. Import the estates first."), icon=":material/location_city:")
        return None
    estate: EstateId = st.selectbox(
        page.t("The complaints belong to"), list(own), format_func=lambda key: own[key], key="imports.estate"
    )
    return estate, None


def offer_template(page: Page, kind: ImportKind, target: Target | None) -> None:
    """Offer an empty XLSX with the headings of a kind in the person's language, which the portal reads back."""
    st.download_button(
        page.t("Download an empty template"), data=lambda: template(page, kind, target), icon=":material/table:",
        file_name=f"{kind.value}.xlsx", on_click="ignore", disabled=KINDS[kind].has_target and target is None,
    )  # fmt: skip


def template(page: Page, kind: ImportKind, target: Target | None = None) -> bytes:
    """Give the empty XLSX of a kind."""
    spec = page.read(import_spec, SpecWanted(kind, *target) if target else SpecWanted(kind))
    columns = [documents.Column(_title(page, column, "imports.heading")) for column in spec.columns if not column.once]
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


def choose_columns(page: Page, layout: SheetLayout, batch: int) -> ColumnMapping | None:
    """Show which column is read as what, let the person decide otherwise, and give the approved mapping."""
    if layout.mapping is None:
        if layout.refusal:
            st.error(error_sentence(page.words, Problem(layout.refusal[0], dict(layout.refusal[1]))))
        return None
    chosen = _choose_fields(page, layout, layout.mapping)
    given = {field for field in chosen.values() if field}
    headings = {column.index: column.text for column in layout.mapping.columns}
    read = {field: (index, headings[index]) for index, field in chosen.items() if field}
    constants = _choose_constants(page, layout, given, read)
    recodes = _choose_recodes(page, layout.spec)
    titles = {column.field: _title(page, column, _family(layout.spec)) for column in layout.spec.columns}
    choices = choose_meanings(page, batch, layout, read, titles)
    try:
        return approve_mapping(
            kind=layout.spec, mapping=layout.mapping, fields=chosen, constants=constants, recodes=recodes,
            choices=choices,
        )  # fmt: skip
    except BusinessError as error:
        st.error(error_sentence(page.words, error), icon=":material/rule:")
        return None


def _choose_fields(page: Page, layout: SheetLayout, mapping: ColumnMapping) -> dict[int, str | None]:
    """Give the field of each column. Of very many, those read as answers to an item are not asked about."""
    columns = {column.field: column for column in layout.spec.columns}
    fields: list[str | None] = [None, *(field for field, column in columns.items() if not column.once)]
    family = _family(layout.spec)
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
            format_func=lambda field: _title(page, columns[field], family) if field else page.t("(do not read)"),
            key=f"imports.{layout.name}.{column.index}",
            help=layout.samples.get(column.index),
        )
    return chosen


def _choose_constants(
    page: Page, layout: SheetLayout, given: set[str], read: Mapping[str, tuple[int, str]]
) -> dict[str, str]:
    """Ask for what no column gives and is the same throughout: which channel, which day."""
    asked = [c for c in layout.spec.columns if (c.options or c.suggested or c.typed) and c.field not in given]
    asked = [c for c in asked if not c.once or _is_doubtful(layout, read)]
    constants: dict[str, str] = {}
    family = _family(layout.spec)
    for place, column in zip(st.columns(4), asked, strict=False):
        title, key = _title(page, column, family), f"imports.constant.{column.field}"
        label = title if column.once or column.typed else page.t("%(field)s of every row", field=title)
        with place:
            if column.typed:
                constants[column.field] = st.text_input(label, key=key, max_chars=100)
            elif column.options:
                options = [*column.options] if column.required else [None, *column.options]
                word = st.selectbox(
                    label, options, format_func=lambda o: _option(page, o) if o else page.t("(not said)"), key=key
                )
                constants[column.field] = word.value if word else ""
            else:
                day = st.date_input(label, date.fromisoformat(column.suggested), format="YYYY-MM-DD", key=key)
                constants[column.field] = day.isoformat()
        _say_what_is_wrong(page, column, constants[column.field], title)
    return {field: text for field, text in constants.items() if text}


def _is_doubtful(layout: SheetLayout, read: Mapping[str, tuple[int, str]]) -> bool:
    """Say whether dates in the file do not begin with the year, so that their order must be said."""
    return any(has_year_last(layout.samples.get(index, "")) for index, _ in read.values())


def _option(page: Page, member: StrEnum) -> str:
    if isinstance(member, CaseCategory | SubCategory):
        return topic_name(page, member.value)
    return enum_label(page.words, member)


def _family(spec: KindSpec) -> str:
    """Which labels name the columns of a kind: those of forms, or those of its template."""
    return "imports.heading" if spec.belongs_to is Belongs.ESTATE else "field"


def _say_what_is_wrong(page: Page, column: ColumnSpec, text: str, title: str) -> None:
    reading = column.read(text)
    if reading.trouble:
        told: dict[str, str | int] = {"column": title, "value": text, "limit": reading.limit}
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
        *(((page.t("Repeats left out"), found.repeats),) if found.repeats else ()),
    )
    for place, (title, count) in zip(st.columns(len(counts)), counts, strict=True):
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
        show_created(page, found)


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
