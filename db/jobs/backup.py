"""Backup and restore (R11, R12, R15; ADR 0006): one sealed file, made while people work, proven by restoring it.

The file is a ZIP of one JSON-lines member a table and ``manifest.json``; any ZIP tool opens it. It ends in a seal: a
flipped byte, a lost end and another company's keys are all told before a single row is loaded. No key is ever inside.
"""

import hashlib
import json
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import ClassVar, Final

from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, Table, delete, func, inspect, select, table, text
from sqlalchemy.engine import make_url

from core.kernel.errors import BusinessError
from db.engine import Database, open_database
from db.jobs.chains import chain_heads
from db.jobs.dump import LEFT_OUT, dump_lines, dumped_tables, load_table
from db.jobs.manifest import SEAL, Manifest, SchemaDiffers, TableDump, read_manifest, seal_archive
from db.jobs.snapshot import snapshot
from db.jobs.verify import VerifyReport, verify
from db.keys import KeyRing
from db.schema import TEXT_INDEX, migrate

_MIGRATIONS: Final = Path(__file__).parents[1] / "migrations"
_TOTALS: Final = {
    "journal": "SELECT count(*), coalesce(sum(abs(amount_fen)), 0), coalesce(sum(amount_fen), 0) FROM journal_lines",
    "bills": "SELECT coalesce(sum(amount_fen), 0), coalesce(sum(paid_fen), 0), coalesce(sum(relief_fen), 0) FROM bills",
    "payments": "SELECT count(*), coalesce(sum(amount_fen), 0), coalesce(max(receipt_no), 0) FROM payments",
    "allocations": "SELECT count(*), coalesce(sum(amount_fen), 0) FROM allocations",
    "credit": "SELECT coalesce(sum(credit_fen), 0) FROM unit_accounts",
    "receivable_cells": "SELECT coalesce(sum(billed_fen), 0), coalesce(sum(received_fen), 0) FROM receivable_cells",
}
"""Sums a person can compare by hand; each may hold several figures."""


class NotEmpty(BusinessError):
    """A backup is restored only into an empty database."""

    code: ClassVar[str] = "backup.not_empty"


class RestoreDiffers(BusinessError):
    """What was loaded does not add up to what was saved; the load was rolled back. Field: ``what``."""

    code: ClassVar[str] = "backup.restore_differs"


@dataclass(frozen=True, slots=True)
class BackupMade:
    """Where a backup lies, and what it holds."""

    path: Path
    manifest: Manifest


@dataclass(frozen=True, slots=True)
class Restored:
    """What was restored, and what the self-check says of it."""

    manifest: Manifest
    report: VerifyReport


def backup(database: Database, folder: Path, *, now: datetime) -> BackupMade:
    """Save the whole database as it stands into a new file in the folder, while others go on writing.

    The file appears under its name only when it is complete and on the disk; only its owner may read it.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / f"guanjia-{now.astimezone(UTC):%Y%m%d-%H%M%S-%f}.zip"
    part = path.with_suffix(".part")
    part.touch(mode=0o600)
    try:
        with snapshot(database) as connection:
            manifest = _write(connection, part, now)
        seal_archive(part, database.keys)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return BackupMade(path, manifest)


def _write(connection: Connection, path: Path, now: datetime) -> Manifest:
    revision = current_revision(connection)
    if revision is None or revision != _scripts().get_current_head():
        raise SchemaDiffers(found=revision or "")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=3) as archive:
        tables = tuple(_write_table(connection, archive, of) for of in dumped_tables())
        manifest = Manifest(
            made_at=now.astimezone(UTC).isoformat(),
            revision=revision,
            dialect=connection.dialect.name,
            tables=tables,
            left_out=tuple(sorted(LEFT_OUT)),
            totals=control_totals(connection),
            heads=chain_heads(connection),
        )
        archive.writestr("manifest.json", json.dumps(asdict(manifest), default=bytes.hex, indent=1))
        archive.comment = b"0" * SEAL
    return manifest


def _write_table(connection: Connection, archive: zipfile.ZipFile, of: Table) -> TableDump:
    digest, rows = hashlib.sha256(), -1  # the first line names the columns
    with archive.open(f"tables/{of.name}.jsonl", "w", force_zip64=True) as member:
        for line in dump_lines(connection, of):
            digest.update(line)
            member.write(line)
            rows += 1
    return TableDump(of.name, rows, digest.hexdigest())


def restore(path: Path, into_url: str, keys: KeyRing) -> Restored:
    """Load a backup into an empty database of either kind, prove the figures, and check everything once more.

    Counts, control totals and audit heads are compared before the load is committed. Raises a refusal, with nothing
    restored, for a damaged file, other keys, a database that is not empty, or figures that differ. What the
    self-check finds is returned, not raised: books that were wrong when they were saved come back as they were.
    """
    manifest = read_manifest(path, keys)
    try:
        _scripts().get_revision(manifest.revision)
    except CommandError as error:
        raise SchemaDiffers(found=manifest.revision) from error
    with _empty_database(into_url, keys) as database:
        migrate(database, manifest.revision)
        with database.writing() as connection, connection.begin():
            _load(connection, path, manifest)
        migrate(database)
        return Restored(manifest, verify(database, manifest.heads))


@contextmanager
def _empty_database(url: str, keys: KeyRing) -> Iterator[Database]:
    """Open a database that holds nothing; take a new SQLite file away again when the restore fails."""
    file = make_url(url).database if url.startswith("sqlite") else None
    files = [Path(file + end) for end in ("", "-wal", "-shm", "-journal")] if file else []
    was_there = any(found.exists() for found in files)
    if was_there and not files[0].exists():
        raise NotEmpty(found=next(found.name for found in files if found.exists()))
    if files and not was_there:  # the new file, and the log SQLite puts beside it, are for its owner only
        files[0].parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        files[0].touch(mode=0o600)
    database = open_database(url, keys)
    try:
        _check_empty(database)
        yield database
    except BaseException:
        database.engine.dispose()
        for found in files:
            if not was_there:
                found.unlink(missing_ok=True)
        raise
    database.engine.dispose()


def _check_empty(database: Database) -> None:
    """Refuse a database with any row but those a fresh schema has."""
    with database.reading() as connection:
        for name in inspect(connection).get_table_names():
            if name.startswith(TEXT_INDEX):  # SQLite's own tables, filled from ours
                continue
            rows = connection.execute(select(func.count()).select_from(table(name))).scalar_one()
            fresh = {"alembic_version": 1, "estate_heads": 1}.get(name, 0)
            if rows > fresh:
                raise NotEmpty(found=name)


def _load(connection: Connection, path: Path, manifest: Manifest) -> None:
    connection.execute(delete(table("estate_heads")))  # the fresh schema's own row
    with zipfile.ZipFile(path) as archive:
        for dumped in manifest.tables:
            with archive.open(f"tables/{dumped.name}.jsonl") as member:
                if load_table(connection, dumped.name, member) != dumped.rows:
                    raise RestoreDiffers(what=dumped.name)
    totals = control_totals(connection)
    for name, figures in manifest.totals.items():
        if totals.get(name) != figures:
            raise RestoreDiffers(what=name)
    if chain_heads(connection) != manifest.heads:
        raise RestoreDiffers(what="audit")


def control_totals(connection: Connection) -> dict[str, tuple[int, ...]]:
    """Add up the books the way a manifest does, in fen."""
    return {
        name: tuple(int(figure) for figure in connection.execute(text(statement)).one())
        for name, statement in _TOTALS.items()
    }


def current_revision(connection: Connection) -> str | None:
    """The schema revision a database stands at; ``None`` before the first migration."""
    return MigrationContext.configure(connection).get_current_revision()


def _scripts() -> ScriptDirectory:
    return ScriptDirectory(str(_MIGRATIONS))
