"""Bringing past complaints in as people do: upload, explain the words, check, write; and short ways to look."""

from collections.abc import Mapping
from typing import Any
from unittest.mock import Mock, patch

from core.admin.permissions import Actor
from core.imports.header import approve_mapping
from core.imports.meanings import Choice, Sureness
from core.imports.specs import ImportKind
from core.kernel.identity import EstateId
from db.jobs import imports as jobs
from db.jobs.imports import RequestCommit, request_check, request_commit
from db.jobs.runner import Worker
from db.models import Case, ServiceRecord
from db.operations.imports import StartCheck, UndoBatch, UploadFile, undo_batch, upload_file
from db.queries.imports import BatchDetail, SheetLayout, TextsWanted, file_layout, import_batch, texts_to_explain
from tests.db.service_setup import ServiceWorld

CODES = {"sub_category": "other", "category": "other", "channel": "other"}
"""What nobody knows is said to be other."""


def upload(
    world: ServiceWorld,
    content: str | bytes,
    *,
    who: Actor | None = None,
    name: str = "past.csv",
    estate: EstateId | None = None,
) -> int:
    data = content if isinstance(content, bytes) else content.encode()
    command = UploadFile(ImportKind.CASES, name, data, (estate or world.estate, None))
    return world.act(who or world.people.supervisor, upload_file, command)


def explained(
    world: ServiceWorld, batch: int, layout: SheetLayout, who: Actor, codes: Mapping[str, str]
) -> list[Choice]:
    """Take all proposals, and ``codes`` for what nobody knows."""
    assert layout.mapping is not None
    columns = {c.field: (c.index, c.text) for c in layout.mapping.columns if c.field}
    wanted = TextsWanted(batch, layout.name, layout.mapping.data_row, columns)
    return [
        Choice(found.field, text.text, text.code or codes[found.field])
        for found in world.ask(who, texts_to_explain, wanted)
        for text in found.texts
        if text.sureness is not Sureness.KNOWN and (text.code or found.field in codes)
    ]


def checked(
    world: ServiceWorld,
    content: str | bytes,
    *,
    who: Actor | None = None,
    name: str = "past.csv",
    estate: EstateId | None = None,
    fields: Mapping[int, str | None] | None = None,
    constants: Mapping[str, str] | None = None,
    codes: Mapping[str, str] = CODES,
) -> BatchDetail:
    """Upload a file and have it checked with what the portal proposes."""
    somebody = who or world.people.supervisor
    batch = upload(world, content, who=somebody, name=name, estate=estate)
    layout = world.ask(somebody, file_layout, batch)[0]
    assert layout.mapping is not None
    choices = explained(world, batch, layout, somebody, codes)
    mapping = approve_mapping(
        kind=layout.spec, mapping=layout.mapping, fields=fields, constants=constants, choices=choices
    )
    world.act(somebody, request_check, StartCheck(batch, 1, layout.name, mapping))
    run_jobs(world)
    return detail(world, batch, somebody)


def detail(world: ServiceWorld, batch: int, who: Actor | None = None) -> BatchDetail:
    return world.ask(who or world.people.supervisor, import_batch, batch)


def committed(world: ServiceWorld, found: BatchDetail, *, skip: bool = False, who: Actor | None = None) -> BatchDetail:
    somebody = who or world.people.supervisor
    world.act(somebody, request_commit, RequestCommit(found.batch.batch_id, found.batch.version, skip))
    run_jobs(world)
    return detail(world, found.batch.batch_id, somebody)


def undo(world: ServiceWorld, done: BatchDetail) -> int:
    row = done.batch
    return world.act(world.people.supervisor, undo_batch, UndoBatch(row.batch_id, row.version, done.estates))


def run_jobs(world: ServiceWorld) -> None:
    """Carry out what waits; the jobs look at the clock of the world, not at the wall's."""
    worker = Worker(world.database, lambda: world.now)
    with patch.object(jobs, "datetime", Mock(now=lambda _zone: world.now)):
        while worker.run_next():
            pass


def cases(world: ServiceWorld, estate: EstateId | None = None) -> list[Any]:
    """The complaints in the order of their numbers."""
    numbers = {row.id: row.number for row in world.rows(ServiceRecord, estate)}
    return sorted(world.rows(Case, estate), key=lambda case: numbers[case.id])
