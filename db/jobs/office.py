"""``manage.py import``, ``bill-run`` and ``bring-users``: what an office's timer or script may ask for."""

from contextlib import suppress
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
from db.operations.set_up import NotSetUp
from db.operations.users import (
    BringOverUser,
    DisplayNameRefused,
    UsernameRefused,
    UsernameTaken,
    bring_over_user,
    checked_display_name,
    checked_username,
)
from db.passwords import Credential, CredentialsUnreadable, read_credentials
from db.queries.users import nobody_yet
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


def bring_users(places: Places, file: Path, now: datetime) -> Said:
    """Bring the people of a streamlit-authenticator credentials file over, without roles or estates.

    Nobody is brought over when an entry is no good; who is there already stays as he or she is. Before the first
    administrator is there it is refused, because the set-up code counts only while there is nobody.
    """
    people = _people_in(file)
    brought = 0
    with opened(places) as database:
        with database.reading() as connection:
            if nobody_yet(connection):
                raise NotSetUp
        for person in people:
            command = BringOverUser(person.username, person.display_name, person.password_hash)
            with suppress(UsernameTaken):
                perform(database, bring_over_user, command, identify=as_system, now=now)
                brought += 1
    return Said((Problem("cli.users_brought", {"brought": brought, "there": len(people) - brought}),))


def _people_in(file: Path) -> tuple[Credential, ...]:
    """Read the file and judge every name in it."""
    try:
        people = read_credentials(file.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError as error:
        raise CredentialsUnreadable(username="") from error
    for person in people:
        try:
            checked_username(person.username)
            checked_display_name(person.display_name)
        except (UsernameRefused, DisplayNameRefused) as error:
            raise CredentialsUnreadable(username=person.username) from error
    return people


def _checked(database: Database, batch_id: int) -> tuple[dict[str, int], int]:
    """What the check counted, and the batch's version."""
    with database.reading() as connection:
        row = connection.execute(select(ImportBatch.__table__).where(ImportBatch.id == batch_id)).one()
    names = {"created": "created_rows", "changed": "changed_rows", "unchanged": "unchanged_rows"}
    counts = {name: getattr(row, column) for name, column in names.items()}
    return {**counts, "problems": row.problem_rows}, row.version
