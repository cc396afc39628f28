"""What the command line does, without its words: each command gives lines, as codes with fields (convention 10)."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

from core.admin.codes import parse_code_lists
from core.kernel.errors import Problem
from db.engine import Database, open_database
from db.files import ROOT, Places, check_data_folder, system_mounts
from db.jobs.backup import backup, restore
from db.jobs.manifest import read_manifest
from db.jobs.service_clocks import tick
from db.jobs.tidying import rehearse, tidy_up
from db.jobs.verify import Finding, VerifyReport, verify
from db.keys import load_keys, new_key_file
from db.operations.attempts import as_system
from db.operations.codes import LoadCodeLists, load_code_lists
from db.operations.set_up import issue_set_up_code
from db.schema import migrate, schema_differences
from db.unit_of_work import perform

CODE_LISTS: Final = ROOT / "locales" / "code_lists.tsv"


@dataclass(frozen=True, slots=True)
class Said:
    """What a command has to say, and whether all is well (otherwise the command ends with 1)."""

    lines: tuple[Problem, ...]
    is_well: bool = True


@contextmanager
def opened(places: Places) -> Iterator[Database]:
    """Open the portal's database for one command."""
    check_data_folder(places.data, mounts=system_mounts())
    database = open_database(places.database_url, load_keys(places.key_file, data_folder=places.data))
    try:
        yield database
        with suppress(DBAPIError):  # a courtesy to the planner, never a reason to fail
            database.learn_sizes()
    finally:
        database.engine.dispose()


def init(places: Places, now: datetime) -> Said:
    """Make keys, database and reference data; where nobody can sign in yet, give the one-time set-up code.

    Doing it again changes nothing that is there.
    """
    check_data_folder(places.data, mounts=system_mounts())
    places.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    places.data.chmod(0o700)
    is_new = not places.key_file.exists()
    new_key_file(places.key_file)
    lines = [Problem("cli.keys_made", {"file": str(places.key_file)})] if is_new else []
    with opened(places) as database:
        migrate(database)
        lists = LoadCodeLists(parse_code_lists(CODE_LISTS.read_text(encoding="utf-8")))
        added = perform(database, load_code_lists, lists, identify=as_system, now=now)
        lines.append(Problem("cli.ready", {"database": _shown(places.database_url), "added": added}))
        code = issue_set_up_code(database, now=now)
    if code is not None:
        lines.append(Problem("cli.set_up_code", {"code": code}))
    return Said(tuple(lines))


def upgrade(places: Places) -> Said:
    """Bring the schema to today's, and say what still differs from the models."""
    with opened(places) as database:
        migrate(database)
        differences = schema_differences(database)
    lines = [Problem("cli.schema_differs", {"what": str(found)}) for found in differences]
    return Said((*lines, Problem("cli.migrated")), is_well=not differences)


def save(places: Places, folder: Path, now: datetime) -> Said:
    """Make a backup and read its seal back."""
    with opened(places) as database:
        made = backup(database, folder, now=now)
        read_manifest(made.path, database.keys)
    fields: dict[str, str | int] = {
        "file": str(made.path),
        "rows": made.manifest.rows,
        "fen": _paid(made.manifest.totals),
    }
    return Said((Problem("cli.backup_made", fields),))


def bring_back(places: Places, file: Path, into_url: str) -> Said:
    """Restore a backup into an empty database, the configured one unless another is named, and check it."""
    keys = load_keys(places.key_file, data_folder=places.data)
    url = into_url or places.database_url
    restored = restore(file, url, keys)
    fields: dict[str, str | int] = {"database": _shown(url), "rows": restored.manifest.rows}
    said = _said_of(restored.report)
    return Said((Problem("cli.restored", {**fields, "made_at": restored.manifest.made_at}), *said.lines), said.is_well)


def check(places: Places, against: Path | None) -> Said:
    """Run the self-check, against the audit heads of a backup where one is named."""
    with opened(places) as database:
        anchors = () if against is None else read_manifest(against, database.keys).heads
        return _said_of(verify(database, anchors))


def _said_of(report: VerifyReport) -> Said:
    if report.is_sound:
        return Said((Problem("cli.sound", {"checks": len(report.checks), "rows": report.audit_rows}),))
    lines = tuple(Problem("verify." + found.check, _fields(found)) for found in report.findings)
    return Said((*lines, Problem("cli.unsound", {"findings": len(lines)})), is_well=False)


def _fields(found: Finding) -> dict[str, str | int]:
    return {
        "estate": 0 if found.estate_id is None else found.estate_id,
        "subject": found.subject,
        "expected": found.expected,
        "found": found.found,
    }


def _paid(totals: dict[str, tuple[int, ...]]) -> int:
    return totals["payments"][1]


def _shown(url: str) -> str:
    """An address without its password."""
    return make_url(url).render_as_string(hide_password=True)


def tidy(places: Places, now: datetime, *, dry_run: bool = False) -> Said:
    """Forget what may not be kept any longer, and put away what is over; with ``dry_run`` only count it.

    Whose survey forms are whose goes 30 days after a round's close, whose complaints and requests they were at the end
    of their retention. Closed complaints that can no longer be opened again are archived.
    """
    with opened(places) as database:
        done = rehearse(database, now) if dry_run else tidy_up(database, now)
    lines = (
        Problem("cli.tidied", {"estates": done.estates, "links": done.links}),
        Problem("cli.cases_tidied", {"archived": done.archived, "anonymised": done.anonymised}),
    )
    return Said((Problem("cli.nothing_done"), *lines) if dry_run else lines)


def look_at_clocks(places: Places, now: datetime) -> Said:
    """Tell of the clocks of complaints and requests that run out, as the worker does every minute."""
    with opened(places) as database:
        ticked = tick(database, now)
    fields: dict[str, str | int] = {"estates": ticked.estates, "records": ticked.records, "told": ticked.told}
    return Said((Problem("cli.ticked", fields),))
