"""``manage.py import`` and ``manage.py bill-run``: what an office's timer or script may ask for."""

from datetime import datetime
from pathlib import Path

from sqlalchemy import select

from core.imports.assess import assess
from core.imports.batches import check_commit
from core.imports.header import propose_mapping
from core.imports.kinds import ImportKind
from core.imports.reading import read_workbook
from core.kernel.errors import Problem
from core.kernel.identity import EstateId
from core.kernel.periods import Month
from db.engine import Database
from db.files import Places
from db.jobs.commands import Said, opened
from db.jobs.imports import estates_touched, references
from db.models import Estate, ImportBatch
from db.operations.attempts import as_system
from db.operations.bill_runs import PrepareBillRun, prepare_bill_run
from db.operations.imports import (
    BatchStep,
    CommitBatch,
    StartCheck,
    StorePreview,
    UploadFile,
    commit_batch,
    start_check,
    start_commit,
    store_preview,
    upload_file,
)
from db.unit_of_work import NotFound, perform


def bring_in(places: Places, file: Path, kind: ImportKind, now: datetime, *, skip_bad_rows: bool = False) -> Said:
    """Import a file's first sheet as the portal would read it: all rows or none, unless bad ones are left out."""
    content = file.read_bytes()
    with opened(places) as database:
        batch = perform(database, upload_file, UploadFile(kind, file.name, content), identify=as_system, now=now)
        sheet = read_workbook(data=content, file_name=file.name).sheets[0]
        mapping = propose_mapping(kind=kind, sheet=sheet)
        perform(database, start_check, StartCheck(batch, 1, sheet.name, mapping), identify=as_system, now=now)
        with database.reading() as connection:
            known = None if kind is ImportKind.ESTATES else references(connection, kind, as_system(connection, now))
        assessment = assess(kind=kind, sheet=sheet, mapping=mapping, references=known)
        perform(database, store_preview, StorePreview(batch, assessment), identify=as_system, now=now)
        counts, version = _checked(database, batch)
        check_commit(
            created=counts["created"],
            changed=counts["changed"],
            problems=counts["problems"],
            skip_bad_rows=skip_bad_rows,
        )
        perform(database, start_commit, BatchStep(batch, version), identify=as_system, now=now)
        with database.reading() as connection:
            touched = estates_touched(connection, assessment)
        command = CommitBatch(batch, assessment, skip_bad_rows, touched)
        perform(database, commit_batch, command, identify=as_system, now=now)
    return Said((Problem("cli.imported", dict(counts)),))


def prepare_bills(places: Places, code: str, month: Month, now: datetime) -> Said:
    """Prepare the bills of an estate and month; a person posts them in the portal."""
    with opened(places) as database:
        with database.reading() as connection:
            estate = connection.execute(select(Estate.id).where(Estate.code == code)).scalar()
        if estate is None:
            raise NotFound
        command = PrepareBillRun(EstateId(estate), month)
        run = perform(database, prepare_bill_run, command, identify=as_system, now=now)
    return Said((Problem("cli.bills_prepared", {"bills": run.bills, "problems": run.problems, "fen": run.amount.fen}),))


def _checked(database: Database, batch_id: int) -> tuple[dict[str, int], int]:
    """What the check counted, and the batch's version."""
    with database.reading() as connection:
        row = connection.execute(select(ImportBatch.__table__).where(ImportBatch.id == batch_id)).one()
    names = {"created": "created_rows", "changed": "changed_rows", "unchanged": "unchanged_rows"}
    counts = {name: getattr(row, column) for name, column in names.items()}
    return {**counts, "problems": row.problem_rows}, row.version
