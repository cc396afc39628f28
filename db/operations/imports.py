"""Use cases of the import centre (R-012): upload, check, write, take back. All right, or nothing (R9)."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Final

from sqlalchemy.exc import IntegrityError

from core.admin.permissions import Permission
from core.imports.batches import (
    STEPS,
    BatchState,
    UndoRefused,
    check_commit,
    check_digest,
    check_target,
)
from core.imports.changes import ImportPlan, plan_changes
from core.imports.contacts import masked
from core.imports.header import ColumnMapping, check_mapping
from core.imports.kinds import KINDS, ImportKind
from core.imports.limits import display_name, kind_of
from core.imports.rows import Assessment
from core.imports.specs import is_said
from core.imports.text import Value
from core.kernel.identity import COMPANY, EstateId, RoundId
from db.models import ImportBatch
from db.operations.import_stores import STORES
from db.repositories.import_specs import belongs_to, spec_for
from db.repositories.imports import (
    add_batch,
    drop_file,
    load_batch,
    mapping_to_json,
    notices_to_json,
    plain,
    remark_to_json,
    store_written,
    written_rows,
)
from db.unit_of_work import EditConflict, NotFound, UnitOfWork, operation

SHOWN: Final = 200
"""So many created, changed and doubtful rows are kept to look at; problems are kept all."""


@dataclass(frozen=True, slots=True)
class UploadFile:
    """A file as it was chosen in the browser.

    ``target``: the survey round the answers in it belong to, or the estate past complaints belong to (no round).
    """

    kind: ImportKind
    file_name: str
    content: bytes = field(repr=False)
    target: tuple[EstateId, RoundId | None] | None = None


@dataclass(frozen=True, slots=True)
class StartCheck:
    """How the person says the sheet is to be read."""

    batch_id: int
    version: int
    sheet: str
    mapping: ColumnMapping


@dataclass(frozen=True, slots=True)
class StorePreview:
    """A sheet that was read and assessed, to be compared with what is on file."""

    batch_id: int
    assessment: Assessment


@dataclass(frozen=True, slots=True)
class StoreRefusal:
    """Why a file was refused as a whole."""

    batch_id: int
    code: str
    fields: Mapping[str, str | int]


@dataclass(frozen=True, slots=True)
class BatchStep:
    """A step of one batch."""

    batch_id: int
    version: int


@dataclass(frozen=True, slots=True)
class CommitBatch:
    """Write a checked batch; the file was read again. ``estate_ids`` are the estates it changes, locked in order."""

    batch_id: int
    assessment: Assessment
    skip_bad_rows: bool
    estate_ids: tuple[EstateId, ...]


@dataclass(frozen=True, slots=True)
class UndoBatch:
    """Take a written batch back."""

    batch_id: int
    version: int
    estate_ids: tuple[EstateId, ...]


@operation(Permission.IMPORTS_RUN)
def upload_file(work: UnitOfWork, command: UploadFile) -> int:
    """Keep an uploaded file as a new batch and give its number; nothing is read into the portal yet."""
    estate, target = command.target or (COMPANY, None)
    spec = KINDS[command.kind]
    check_target(spec=spec, given=belongs_to(estate, target))
    work.actor.require(spec.permission, estate)
    STORES[command.kind].check_target(work, estate, target)
    kind_of(data=command.content, file_name=command.file_name)
    batch = ImportBatch(
        kind=command.kind.value,
        estate_id=estate,
        target_id=target,
        file_name=display_name(command.file_name),
        file_hash=sha256(command.content).digest(),
        state=BatchState.UPLOADED.value,
        made_by=work.actor.user_id,
        made_at=work.now,
    )
    number = add_batch(work.session, batch, command.content)
    after = {"kind": batch.kind, "file": batch.file_name, "sha256": batch.file_hash.hex(), "target": target}
    work.record("imports.upload", ("import_batch", number), after=after)
    return number


@operation(Permission.IMPORTS_RUN)
def start_check(work: UnitOfWork, command: StartCheck) -> int:
    """Take the approved mapping down and mark the batch as being checked."""
    batch = step(work, command, BatchState.WORKING)
    check_mapping(kind=spec_for(work.session, batch, now=work.now), mapping=command.mapping)
    batch.sheet, batch.mapping = command.sheet, mapping_to_json(command.mapping)
    return batch.id


@operation(Permission.IMPORTS_RUN)
def start_commit(work: UnitOfWork, command: BatchStep) -> int:
    """Mark a checked batch as being written."""
    return step(work, command, BatchState.WORKING).id


@operation(Permission.IMPORTS_RUN)
def store_preview(work: UnitOfWork, command: StorePreview) -> int:
    """Compare what was read with what is on file and keep counts, problems and differences; give the data rows."""
    batch = the_batch(work, command.batch_id)
    plan, _ = _planned(work, batch, command.assessment)
    move(batch, BatchState.CHECKED)
    batch.digest = plan.digest
    _count(batch, plan)
    batch.summary = json.dumps(_summary(plan, command.assessment), ensure_ascii=False)
    return plan.data_rows


@operation(Permission.IMPORTS_RUN)
def store_refusal(work: UnitOfWork, command: StoreRefusal) -> int:
    """Keep why the file cannot be imported; another mapping may mend it."""
    batch = the_batch(work, command.batch_id)
    move(batch, BatchState.REFUSED)
    batch.summary = json.dumps({"refusal": {"code": command.code, "fields": dict(command.fields)}}, ensure_ascii=False)
    return batch.id


@operation(Permission.IMPORTS_RUN)
def commit_batch(work: UnitOfWork, command: CommitBatch) -> int:
    """Write a batch exactly as it was previewed, all rows or none, and give how many were written."""
    batch = the_batch(work, command.batch_id)
    plan, on_file = _planned(work, batch, command.assessment)
    check_digest(previewed=batch.digest, present=plan.digest)
    check_commit(
        created=len(plan.created),
        changed=len(plan.changed),
        problems=plan.problem_rows,
        skip_bad_rows=command.skip_bad_rows,
    )
    written = STORES[plan.kind].write_plan(work, batch, plan, on_file)
    store_written(work.session, batch.id, written)
    drop_file(work.session, batch.id)
    move(batch, BatchState.DONE)
    batch.committed_at = work.now
    left_out = plan.problem_rows + len(plan.repeats)
    counts = {"created": len(plan.created), "changed": len(plan.changed), "left_out": left_out}
    work.record("imports.commit", ("import_batch", batch.id), after=counts | {"digest": plan.digest})
    return len(written)


@operation(Permission.IMPORTS_RUN)
def discard_batch(work: UnitOfWork, command: BatchStep) -> int:
    """Drop a batch that was not written, with its file."""
    batch = step(work, command, BatchState.DISCARDED)
    drop_file(work.session, batch.id)
    work.record("imports.discard", ("import_batch", batch.id))
    return batch.id


@operation(Permission.IMPORTS_RUN)
def undo_batch(work: UnitOfWork, command: UndoBatch) -> int:
    """Take every row of a batch back, or none: refused when one was changed or used since. Gives the rows undone."""
    batch = step(work, command, BatchState.UNDONE)
    rows = written_rows(work.session, batch.id)
    try:
        missed = STORES[ImportKind(batch.kind)].take_back(work, batch, rows)
    except IntegrityError as error:
        raise UndoRefused(count=len(rows)) from error
    if missed:
        raise UndoRefused(count=missed)
    batch.undone_at = work.now
    work.record("imports.undo", ("import_batch", batch.id), after={"rows": len(rows)})
    return len(rows)


def the_batch(work: UnitOfWork, batch_id: int) -> ImportBatch:
    """Load a batch the person may work on; any other raises ``NotFound``."""
    batch = load_batch(work.session, batch_id)
    if batch is None or not work.actor.may_at(KINDS[ImportKind(batch.kind)].permission, EstateId(batch.estate_id)):
        raise NotFound
    return batch


def step(work: UnitOfWork, command: StartCheck | BatchStep | UndoBatch, target: BatchState) -> ImportBatch:
    """Load a batch as the person saw it and move it on."""
    batch = the_batch(work, command.batch_id)
    if batch.version != command.version:
        raise EditConflict
    move(batch, target)
    return batch


def move(batch: ImportBatch, target: BatchState) -> None:
    """Move a batch to its next state, if that state may follow."""
    STEPS.check(source=BatchState(batch.state), target=target)
    batch.state = target.value


def _planned(work: UnitOfWork, batch: ImportBatch, assessment: Assessment) -> tuple[ImportPlan, dict[str, Any]]:
    existing, on_file = STORES[ImportKind(batch.kind)].records_on_file(work, batch, assessment)
    return plan_changes(assessment=assessment, existing=existing, sheet=batch.sheet), on_file


def _count(batch: ImportBatch, plan: ImportPlan) -> None:
    batch.created_rows, batch.changed_rows = len(plan.created), len(plan.changed)
    batch.unchanged_rows, batch.problem_rows = len(plan.unchanged), plan.problem_rows


def _summary(plan: ImportPlan, assessment: Assessment) -> dict[str, Any]:
    """What the dry run shows: all problems, the first few hundred differences, warnings and notices."""
    personal = {column.field for column in assessment.spec.columns if column.personal}
    apart = {column.field for column in assessment.spec.columns if column.is_apart}
    changes = [
        [changed.row.row, f.field, _shown(f.before, f.field in personal), _shown(f.after, f.field in personal)]
        for changed in plan.changed[:SHOWN]
        for f in changed.changes
    ]
    created = [
        [
            row.row,
            {
                name: _shown(value, name in personal)
                for name, value in row.values.items()
                if name not in apart and not is_said(name)
            },
        ]
        for row in plan.created[:SHOWN]
    ]
    return {
        "data_rows": plan.data_rows,
        "repeats": len(plan.repeats),
        "skipped": [[row, str(code)] for row, code in assessment.skipped],
        "problems": [remark_to_json(problem) for problem in plan.problems],
        "warnings": [remark_to_json(warning) for warning in assessment.warnings[:SHOWN]],
        "warning_count": len(assessment.warnings),
        "notices": notices_to_json(assessment),
        "changes": changes,
        "created": created,
    }


def _shown(value: Value | None, personal: bool) -> str:
    return masked(plain(value)) if personal else plain(value)
