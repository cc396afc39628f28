"""Import batches: the file, what was found in it, and each row that was written."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from core.imports.header import ColumnMapping, HeaderColumn
from core.imports.meanings import Choice
from core.imports.rows import Assessment, RowProblem
from core.imports.text import Value
from db.models import ImportBatch, ImportChange, ImportFile

Columns = dict[str, Any]
"""Column values of one row as the database holds them."""


@dataclass(frozen=True, slots=True)
class WrittenRow:
    """A row an import wrote: where, its version afterwards, and its values before (empty for a new row)."""

    table: str
    estate_id: int
    row_id: int
    version: int
    before: Columns


def add_batch(session: Session, batch: ImportBatch, content: bytes) -> int:
    """Store a new batch with its file and give its number."""
    session.add(batch)
    session.flush()
    session.add(ImportFile(batch_id=batch.id, content=content))
    return batch.id


def load_batch(session: Session, batch_id: int) -> ImportBatch | None:
    """Load a batch for change."""
    return session.get(ImportBatch, batch_id)


def file_content(session: Session, batch_id: int) -> bytes | None:
    """The uploaded bytes, as long as they are kept."""
    return session.scalar(select(ImportFile.content).where(ImportFile.batch_id == batch_id))


def drop_file(session: Session, batch_id: int) -> None:
    """Forget the uploaded bytes; the batch and what it wrote stay."""
    session.execute(delete(ImportFile).where(ImportFile.batch_id == batch_id))


def store_written(session: Session, batch_id: int, rows: Iterable[WrittenRow]) -> None:
    """Keep what an import wrote, in order, so that it can be taken back."""
    values = [
        {
            "batch_id": batch_id,
            "line": line,
            "table": row.table,
            "estate_id": row.estate_id,
            "row_id": row.row_id,
            "row_version": row.version,
            "before": json.dumps(row.before, ensure_ascii=False) if row.before else "",
        }
        for line, row in enumerate(rows, start=1)
    ]
    if values:
        session.connection().execute(insert(ImportChange), values)


def written_rows(session: Session, batch_id: int) -> tuple[WrittenRow, ...]:
    """What an import wrote, the last row first: the order in which it is taken back."""
    rows = session.scalars(
        select(ImportChange).where(ImportChange.batch_id == batch_id).order_by(ImportChange.line.desc())
    )
    return tuple(
        WrittenRow(r.table, r.estate_id, r.row_id, r.row_version, json.loads(r.before) if r.before else {})
        for r in rows
    )


def mapping_to_json(mapping: ColumnMapping) -> str:
    """Write an approved mapping down."""
    content = {
        "header_row": mapping.header_row,
        "data_row": mapping.data_row,
        "columns": [[c.index, c.text, c.field] for c in mapping.columns],
        "constants": [list(pair) for pair in mapping.constants],
        "recodes": list(mapping.recodes),
        "choices": [[choice.field, choice.text, choice.code] for choice in mapping.choices],
    }
    return json.dumps(content, ensure_ascii=False)


def mapping_from_json(text: str) -> ColumnMapping:
    """Read a mapping back."""
    content = json.loads(text)
    columns = tuple(HeaderColumn(index, heading, field) for index, heading, field in content["columns"])
    constants = tuple((field, value) for field, value in content["constants"])
    recodes = tuple(content.get("recodes", ()))
    choices = tuple(Choice(*choice) for choice in content.get("choices", ()))
    rows = content["header_row"], content["data_row"]
    return ColumnMapping(*rows, columns, constants, recodes=recodes, choices=choices)


def remark_to_json(remark: RowProblem) -> list[Any]:
    """Write one remark on a row down."""
    return [remark.sheet, remark.row, remark.column, remark.value, str(remark.code), dict(remark.fields)]


def notices_to_json(assessment: Assessment) -> list[Any]:
    """Write the notices about the whole file down, each once."""
    found = {json.dumps([notice.code, dict(notice.fields)], ensure_ascii=False) for notice in assessment.notices}
    return [json.loads(text) for text in sorted(found)]


def plain(value: Value | None) -> str:
    """Write a value as a person compares it in a diff."""
    if isinstance(value, tuple):
        return ", ".join(value)
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S}"
    return value.isoformat() if isinstance(value, date) else str("" if value is None else value)
