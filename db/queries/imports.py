"""The import centre's screens: batches, one batch with what its dry run found, and how its file is laid out."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.exc import NoResultFound

from core.admin.permissions import Permission
from core.imports.batches import BatchState
from core.imports.codes import FileRefused
from core.imports.header import ColumnMapping, propose_mapping
from core.imports.kinds import KINDS
from core.imports.meanings import FoundTexts, found_texts
from core.imports.reading import read_workbook
from core.imports.rows import RowProblem
from core.imports.sheets import Workbook
from core.imports.specs import ImportKind, KindSpec
from core.imports.text import as_text
from core.kernel.filters import Slice
from core.kernel.identity import COMPANY, EstateId, RoundId
from db.models import BackgroundJob, Estate, ImportBatch, ImportChange, ImportFile, SurveyRound, User
from db.queries.paging import Page
from db.repositories.import_specs import spec_for
from db.repositories.imports import mapping_from_json
from db.unit_of_work import NotFound, Reader, query

SAMPLE_ROWS = 3
_LISTED = (
    "id",
    "kind",
    "file_name",
    "state",
    "created_rows",
    "changed_rows",
    "unchanged_rows",
    "problem_rows",
    "made_at",
    "version",
)


@dataclass(frozen=True, slots=True)
class BatchRow:
    """An import in the list. ``target``: the name of the survey round or estate it belongs to, or empty."""

    batch_id: int
    kind: ImportKind
    target: str
    file_name: str
    state: BatchState
    created: int
    changed: int
    unchanged: int
    problems: int
    made_by: str
    made_at: datetime
    version: int


@dataclass(frozen=True, slots=True)
class BatchDetail:
    """One import with what its dry run found. ``seen_before`` is when the same file was imported already.

    ``repeats``: rows left out because an earlier one says the same.
    """

    batch: BatchRow
    data_rows: int
    repeats: int
    problems: tuple[RowProblem, ...]
    warnings: tuple[RowProblem, ...]
    warning_count: int
    notices: tuple[tuple[str, Mapping[str, str | int]], ...]
    changes: tuple[tuple[int, str, str, str], ...]
    created: tuple[tuple[int, Mapping[str, str]], ...]
    refusal: tuple[str, Mapping[str, str | int]] | None
    seen_before: datetime | None
    estates: tuple[EstateId, ...]
    job_id: int | None


@dataclass(frozen=True, slots=True)
class SheetLayout:
    """A sheet, the mapping proposed for it (or why there is none), and the first values of each column.

    ``spec`` describes what its columns may be.
    """

    name: str
    spec: KindSpec
    rows: int
    mapping: ColumnMapping | None
    refusal: tuple[str, Mapping[str, Any]] | None
    samples: Mapping[int, str]


@dataclass(frozen=True, slots=True)
class SpecWanted:
    """What a file of a kind may hold; ``target_id`` is the survey round of a kind that belongs to one."""

    kind: ImportKind
    estate_id: EstateId = COMPANY
    target_id: RoundId | None = None


def _rows(reader: Reader) -> Select[Any]:
    kinds = [kind.value for kind, spec in KINDS.items() if reader.actor.may(spec.permission)]
    of_round = (SurveyRound.estate_id == ImportBatch.estate_id, SurveyRound.id == ImportBatch.target_id)
    joined = ImportBatch.__table__.outerjoin(User.__table__, User.id == ImportBatch.made_by)
    columns = [ImportBatch.__table__.c[name] for name in _LISTED]
    return (
        select(*columns, User.display_name, func.coalesce(SurveyRound.name, Estate.name).label("target"))
        .select_from(joined.outerjoin(SurveyRound.__table__, and_(*of_round)))
        .outerjoin(Estate.__table__, Estate.id == ImportBatch.estate_id)
        .where(ImportBatch.kind.in_(kinds))
        .where(or_(ImportBatch.estate_id == COMPANY, reader.scope(ImportBatch.estate_id)))
    )


def _row(batch: Any, who: str | None) -> BatchRow:
    return BatchRow(
        batch.id,
        ImportKind(batch.kind),
        batch.target or "",
        batch.file_name,
        BatchState(batch.state),
        batch.created_rows,
        batch.changed_rows,
        batch.unchanged_rows,
        batch.problem_rows,
        who or "",
        batch.made_at,
        batch.version,
    )


@query(Permission.IMPORTS_RUN)
def import_batches(reader: Reader, wanted: Slice) -> Page[BatchRow]:
    """The imports of the kinds the person may do, newest first."""
    base = _rows(reader)
    total = reader.scalar(select(func.count()).select_from(base.subquery())) or 0
    listed = base.order_by(ImportBatch.id.desc())
    rows = reader.rows(listed.limit(wanted.limit).offset(wanted.offset))
    return Page(tuple(_row(row, row.display_name) for row in rows), total)


@query(Permission.IMPORTS_RUN)
def import_batch(reader: Reader, batch_id: int) -> BatchDetail:
    """One import with everything its dry run found; raises ``NotFound`` for another's kind."""
    more = (ImportBatch.summary, ImportBatch.file_hash, ImportBatch.estate_id, ImportBatch.target_id)
    found = reader.rows(_rows(reader).add_columns(*more).where(ImportBatch.id == batch_id))
    if not found:
        raise NotFound
    row = found[0]
    summary = json.loads(row.summary)
    refusal = summary.get("refusal")
    before = reader.scalar(
        select(func.max(ImportBatch.committed_at)).where(
            ImportBatch.kind == row.kind,
            ImportBatch.estate_id == row.estate_id,
            ImportBatch.target_id.is_not_distinct_from(row.target_id),
            ImportBatch.file_hash == row.file_hash,
            ImportBatch.id != batch_id,
            ImportBatch.state == BatchState.DONE.value,
        )
    )
    job = select(func.max(BackgroundJob.id)).where(
        BackgroundJob.kind.in_(["imports.check", "imports.commit"]),
        BackgroundJob.params.like(f'{{"batch": {int(batch_id)}%'),
    )
    touched = select(ImportChange.estate_id).where(ImportChange.batch_id == batch_id).distinct()
    return BatchDetail(
        batch=_row(row, row.display_name),
        data_rows=summary.get("data_rows", 0),
        repeats=summary.get("repeats", 0),
        problems=tuple(RowProblem(*problem) for problem in summary.get("problems", ())),
        warnings=tuple(RowProblem(*warning) for warning in summary.get("warnings", ())),
        warning_count=summary.get("warning_count", 0),
        notices=tuple((code, fields) for code, fields in summary.get("notices", ())),
        changes=tuple((line, field, old, new) for line, field, old, new in summary.get("changes", ())),
        created=tuple((line, values) for line, values in summary.get("created", ())),
        refusal=(refusal["code"], refusal["fields"]) if refusal else None,
        seen_before=before,
        estates=tuple(EstateId(r.estate_id) for r in reader.rows(touched)),
        job_id=reader.scalar(job),
    )


@query(Permission.IMPORTS_RUN)
def file_layout(reader: Reader, batch_id: int) -> tuple[SheetLayout, ...]:
    """The sheets of an uploaded file with the mapping proposed for each; raises ``FileRefused`` for a bad file."""
    spec, workbook, before = _opened(reader, batch_id)
    layouts = []
    for sheet in workbook.sheets:
        mapping, refusal = None, None
        try:
            mapping = _kept(propose_mapping(kind=spec, sheet=sheet), before)
        except FileRefused as refused:
            refusal = (str(refused), dict(refused.fields))
        first = mapping.data_row - 1 if mapping else 0
        samples: dict[int, str] = {}
        for cells in sheet.rows[first : first + SAMPLE_ROWS]:
            for index, cell in enumerate(cells):
                samples[index] = " · ".join(filter(None, (samples.get(index, ""), as_text(cell)[:20])))
        layouts.append(SheetLayout(sheet.name, spec, len(sheet.rows), mapping, refusal, samples))
    return tuple(layouts)


@dataclass(frozen=True, slots=True)
class TextsWanted:
    """The texts in some columns of a sheet of an uploaded file: field → position and heading."""

    batch_id: int
    sheet: str
    data_row: int
    columns: Mapping[str, tuple[int, str]]


@query(Permission.IMPORTS_RUN)
def texts_to_explain(reader: Reader, wanted: TextsWanted) -> tuple[FoundTexts, ...]:
    """The texts in columns whose words mean codes, for a person to say what they mean."""
    spec, workbook, _ = _opened(reader, wanted.batch_id)
    sheet = next((sheet for sheet in workbook.sheets if sheet.name == wanted.sheet), workbook.sheets[0])
    return found_texts(sheet=sheet, spec=spec, data_row=wanted.data_row, columns=wanted.columns)


def _opened(reader: Reader, batch_id: int) -> tuple[KindSpec, Workbook, ColumnMapping | None]:
    """What an uploaded file is read by, its sheets, and how it was read last, if it was."""
    batch = ImportBatch
    columns = (batch.kind, batch.estate_id, batch.target_id, batch.file_name, batch.mapping)
    found = reader.rows(_rows(reader).with_only_columns(*columns).where(ImportBatch.id == batch_id))
    content = select(ImportFile.content).where(ImportFile.batch_id == batch_id)
    data = reader.scalar(content) if found else None
    if data is None:
        raise NotFound
    spec = spec_for(reader.connection, found[0], now=reader.now)
    before = mapping_from_json(found[0].mapping) if found[0].mapping else None
    return spec, read_workbook(data=data, file_name=found[0].file_name), before


def _kept(proposed: ColumnMapping, before: ColumnMapping | None) -> ColumnMapping:
    """Propose what a person once said the words of this file mean; nobody explains a hundred words twice."""
    if before is None or not before.choices:
        return proposed
    same = [(column.index, column.text) for column in proposed.columns] == [(c.index, c.text) for c in before.columns]
    return replace(proposed, columns=before.columns, choices=before.choices) if same else proposed


@query(Permission.IMPORTS_RUN)
def import_spec(reader: Reader, wanted: SpecWanted) -> KindSpec:
    """What a file of this kind may hold, for the template and for whoever fills it in."""
    reader.actor.require(KINDS[wanted.kind].permission, wanted.estate_id)
    try:
        return spec_for(reader.connection, wanted, now=reader.now)
    except NoResultFound as error:
        raise NotFound from error
