"""Reading, checking and writing import files in the background (R-012)."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, select
from sqlalchemy.orm import Session

from core.admin.permissions import Actor, Permission
from core.imports.assess import assess
from core.imports.codes import FileRefused
from core.imports.kinds import spec_of
from core.imports.reading import read_workbook
from core.imports.references import References, references_of
from core.imports.rows import Assessment
from core.imports.specs import ImportKind, KindSpec
from core.imports.text import folded
from core.kernel.errors import BusinessError
from core.kernel.identity import COMPANY, EstateId
from db.engine import Database
from db.jobs.progress import Progress
from db.jobs.runner import enqueue, job_kind
from db.models import Estate, ImportBatch, Unit
from db.operations.imports import (
    BatchStep,
    CommitBatch,
    StartCheck,
    StorePreview,
    StoreRefusal,
    commit_batch,
    start_check,
    start_commit,
    store_preview,
    store_refusal,
)
from db.repositories.import_specs import spec_for
from db.repositories.imports import file_content, mapping_from_json
from db.unit_of_work import Identify, NotFound, UnitOfWork, operation, perform


@dataclass(frozen=True, slots=True)
class RequestCommit:
    """The person's decision to write what was shown."""

    batch_id: int
    version: int
    skip_bad_rows: bool


@operation(Permission.IMPORTS_RUN)
def request_check(work: UnitOfWork, command: StartCheck) -> int:
    """Begin the dry run of a batch and give the job's number."""
    return enqueue(work, "imports.check", {"batch": start_check(work, command)})


@operation(Permission.IMPORTS_RUN)
def request_commit(work: UnitOfWork, command: RequestCommit) -> int:
    """Begin to write a checked batch and give the job's number."""
    batch = start_commit(work, BatchStep(command.batch_id, command.version))
    return enqueue(work, "imports.commit", {"batch": batch, "skip": command.skip_bad_rows})


@job_kind("imports.check")
def check(database: Database, params: dict[str, Any], progress: Progress, who: Identify) -> dict[str, Any]:
    """Read the file, judge every row, compare with what is on file, and keep what was found."""
    batch_id, now = int(params["batch"]), datetime.now(UTC)
    try:
        assessment = _assessed(database, batch_id, progress, who, now)
    except FileRefused as refused:
        _keep_refusal(database, batch_id, refused, who, now)
        return {"refused": str(refused)}
    progress.report("comparing", assessment.data_rows, assessment.data_rows)
    rows = perform(database, store_preview, StorePreview(batch_id, assessment), identify=who, now=now)
    return {"rows": rows}


@job_kind("imports.commit")
def commit(database: Database, params: dict[str, Any], progress: Progress, who: Identify) -> dict[str, Any]:
    """Read the file again and write it in one transaction, exactly as it was shown."""
    batch_id, now = int(params["batch"]), datetime.now(UTC)
    assessment = _assessed(database, batch_id, progress, who, now)
    progress.report("writing", 0, assessment.data_rows)
    with database.reading() as connection:
        own = connection.execute(select(ImportBatch.estate_id).where(ImportBatch.id == batch_id)).scalar_one()
        estates = (EstateId(own),) if assessment.spec.has_target else estates_touched(connection, assessment)
    command = CommitBatch(batch_id, assessment, bool(params["skip"]), estates)
    try:
        return {"written": perform(database, commit_batch, command, identify=who, now=now)}
    except BusinessError as refused:
        _keep_refusal(database, batch_id, refused, who, now)
        raise


def _keep_refusal(database: Database, batch_id: int, refused: BusinessError, who: Identify, now: datetime) -> None:
    fields = {name: value if isinstance(value, int) else str(value) for name, value in refused.fields.items()}
    perform(database, store_refusal, StoreRefusal(batch_id, str(refused), fields), identify=who, now=now)


def _assessed(database: Database, batch_id: int, progress: Progress, who: Identify, now: datetime) -> Assessment:
    progress.report("reading", 0, 0)
    with database.reading() as connection:
        session = Session(connection)
        batch, content = session.get(ImportBatch, batch_id), file_content(session, batch_id)
        if batch is None or content is None:
            raise NotFound
        spec, mapping = spec_for(connection, batch, now=now), mapping_from_json(batch.mapping)
        sheet_name, file_name, estate = batch.sheet, batch.file_name, EstateId(batch.estate_id)
        known = references(connection, spec, who(connection, now), estate)
    workbook = read_workbook(data=content, file_name=file_name)
    sheet = next((s for s in workbook.sheets if s.name == sheet_name), workbook.sheets[0])
    progress.report("checking", 0, len(sheet.rows))
    return assess(kind=spec, sheet=sheet, mapping=mapping, references=known)


def references(
    connection: Connection, kind: KindSpec | ImportKind, actor: Actor, estate: EstateId = COMPANY
) -> References | None:
    """What a kind needs on file: nothing, the estates in the person's care, or also their units (of one estate)."""
    needs = spec_of(kind).needs
    if needs == "nothing":
        return None
    rows = connection.execute(select(Estate.id, Estate.code, Estate.name))
    estates = [(code, name) for number, code, name in rows if actor.looks_after(EstateId(number))]
    if needs == "estates":
        return references_of(estates=estates)
    units = select(Estate.code, Unit.code).join(Unit, Unit.estate_id == Estate.id)
    own = units if estate == COMPANY else units.where(Estate.id == estate)
    return references_of(estates=estates, units=((code, unit) for code, unit in connection.execute(own)))


def estates_touched(connection: Connection, assessment: Assessment) -> tuple[EstateId, ...]:
    """The estates a file speaks of, so that their turn is taken before anything is read for the write."""
    if assessment.spec.needs == "nothing":
        return (COMPANY,)
    wanted = {folded(str(row.values["estate"])) for row in assessment.rows}
    rows = connection.execute(select(Estate.id, Estate.code))
    return tuple(EstateId(number) for number, code in rows if folded(code) in wanted)
