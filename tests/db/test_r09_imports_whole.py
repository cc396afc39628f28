"""R9: an import is whole or not at all – whatever file is refused, at whatever statement the write breaks off."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import event

from core.imports.assess import assess
from core.imports.codes import FileRefused
from core.imports.header import propose_mapping
from core.imports.kinds import ImportKind
from core.imports.reading import read_workbook
from core.imports.rows import Assessment
from core.kernel.identity import COMPANY
from db.engine import Database
from db.operations.attempts import as_system
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
from db.unit_of_work import perform
from locales.labels import error_sentence
from locales.translator import LANGUAGES, Translator
from tests.core.imports.files import csv_bytes, zip_bytes
from tests.db.asserting import contents
from tests.personas import SUPERVISOR

NOW = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)
ROWS = [["小区名称", "地址"], *([f"花园{n}", f"锦城大道{n}号"] for n in range(1, 6))]
REFUSED = [
    (b"", "a.csv"),
    (b"%PDF-1.7", "a.pdf"),
    (b"<html><table>", "a.xls"),
    (zip_bytes({"xl/workbook.bin": b"x"}), "a.xlsb"),
    (csv_bytes(ROWS), "账单.xlsx.exe"),
    (b"MZ\x90", "a.csv"),
]


class PowerCut(RuntimeError):
    """The process ends here."""


@contextmanager
def power_cut_at(database: Database, number: int) -> Iterator[None]:
    """Break off before the given statement of the block."""
    sent = 0

    def count(_connection: Any, _cursor: Any, _statement: str, *_rest: Any) -> None:
        nonlocal sent
        sent += 1
        if sent == number:
            raise PowerCut

    event.listen(database.engine, "before_cursor_execute", count)
    try:
        yield
    finally:
        event.remove(database.engine, "before_cursor_execute", count)


@pytest.mark.parametrize(("content", "name"), REFUSED, ids=[name for _, name in REFUSED])
def test_a_refused_file_leaves_the_database_as_it_was_and_says_why(
    database: Database, content: bytes, name: str
) -> None:
    before = contents(database)
    with pytest.raises(FileRefused) as refused:
        upload = UploadFile(ImportKind.ESTATES, name, content)
        perform(database, upload_file, upload, identify=lambda _c, _n: SUPERVISOR, now=NOW)
    assert contents(database) == before
    said = {error_sentence(Translator(language), refused.value) for language in LANGUAGES}
    assert len(said) == len(LANGUAGES)
    assert not any("imports.file" in sentence for sentence in said)


def checked(database: Database) -> tuple[int, Assessment]:
    """A batch that was uploaded, checked and is about to be written."""
    content = csv_bytes(ROWS)
    batch = perform(
        database, upload_file, UploadFile(ImportKind.ESTATES, "a.csv", content), identify=as_system, now=NOW
    )
    sheet = read_workbook(data=content, file_name="a.csv").sheets[0]
    mapping = propose_mapping(kind=ImportKind.ESTATES, sheet=sheet)
    perform(database, start_check, StartCheck(batch, 1, sheet.name, mapping), identify=as_system, now=NOW)
    assessment = assess(kind=ImportKind.ESTATES, sheet=sheet, mapping=mapping)
    perform(database, store_preview, StorePreview(batch, assessment), identify=as_system, now=NOW)
    perform(database, start_commit, BatchStep(batch, 3), identify=as_system, now=NOW)
    return batch, assessment


def test_a_write_that_breaks_off_anywhere_leaves_nothing_and_can_be_done_again(database: Database) -> None:
    batch, assessment = checked(database)
    command = CommitBatch(batch, assessment, skip_bad_rows=False, estate_ids=(COMPANY,))
    before = contents(database)
    for number in range(1, 200):
        try:
            with power_cut_at(database, number):
                perform(database, commit_batch, command, identify=as_system, now=NOW)
        except PowerCut:
            assert contents(database) == before, f"broken off at statement {number}"
            continue
        break
    assert number > 10
    assert len(contents(database)["estates"]) == 5
