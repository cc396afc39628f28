from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, LargeBinary, Text
from sqlalchemy.orm import Mapped, mapped_column

from db.columns import BoundedText, Instant
from db.models.base import Base


class ImportBatch(Base):
    """One import (R-012): what was read, what it would change, what it changed, and whether it was undone.

    ``summary`` is JSON with the counts and the row problems of the dry run; ``digest`` proves at the commit that
    nothing changed since the preview. ``target_id``: the survey round the answers belong to.
    """

    __tablename__ = "import_batches"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(BoundedText(32))
    estate_id: Mapped[int] = mapped_column(default=0)
    target_id: Mapped[int | None] = mapped_column(BigInteger)
    file_name: Mapped[str] = mapped_column(BoundedText(200))
    file_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    sheet: Mapped[str] = mapped_column(BoundedText(100), default="")
    mapping: Mapped[str] = mapped_column(Text, default="")
    state: Mapped[str] = mapped_column(BoundedText(16))
    digest: Mapped[str] = mapped_column(BoundedText(64), default="")
    summary: Mapped[str] = mapped_column(Text, default="{}")
    created_rows: Mapped[int] = mapped_column(default=0)
    changed_rows: Mapped[int] = mapped_column(default=0)
    unchanged_rows: Mapped[int] = mapped_column(default=0)
    problem_rows: Mapped[int] = mapped_column(default=0)
    made_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    made_at: Mapped[datetime] = mapped_column(Instant)
    committed_at: Mapped[datetime | None] = mapped_column(Instant)
    undone_at: Mapped[datetime | None] = mapped_column(Instant)
    version: Mapped[int] = mapped_column(default=1)
    __mapper_args__ = {"version_id_col": version}
    __table_args__ = (Index("ix_import_batches_hash", "kind", "file_hash"),)


class ImportFile(Base):
    """The uploaded bytes, kept until the import is finished (7 days at most)."""

    __tablename__ = "import_files"

    batch_id: Mapped[int] = mapped_column(ForeignKey("import_batches.id"), primary_key=True)
    content: Mapped[bytes] = mapped_column(LargeBinary)


class ImportChange(Base):
    """One row an import wrote, with the values before (empty for a new row), so that it can be undone.

    ``row_version`` is the version the import left; a later edit makes the undo refuse that row.
    """

    __tablename__ = "import_changes"

    batch_id: Mapped[int] = mapped_column(ForeignKey("import_batches.id"), primary_key=True)
    line: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    table: Mapped[str] = mapped_column(BoundedText(32))
    estate_id: Mapped[int] = mapped_column(default=0)
    row_id: Mapped[int]
    row_version: Mapped[int]
    before: Mapped[str] = mapped_column(Text, default="")
