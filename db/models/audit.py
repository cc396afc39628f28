from datetime import datetime

from sqlalchemy import BigInteger, Index, LargeBinary, Text
from sqlalchemy.orm import Mapped, mapped_column

from db.columns import BoundedText, Instant
from db.models.base import Base


class AuditEntry(Base):
    """Who did what, when, with what before and after (R-011). One hash chain an estate; append-only by trigger.

    ``before`` and ``after`` are canonical JSON without personal values (tokens stand for them).
    """

    __tablename__ = "audit_entries"

    chain: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(Instant)
    actor_id: Mapped[int | None]
    actor_name: Mapped[str] = mapped_column(BoundedText(64))
    action: Mapped[str] = mapped_column(BoundedText(64))
    subject_type: Mapped[str] = mapped_column(BoundedText(32))
    subject_id: Mapped[str] = mapped_column(BoundedText(64))
    before: Mapped[str | None] = mapped_column(Text)
    after: Mapped[str | None] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(BoundedText(500), default="")
    hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    __table_args__ = (
        Index("ix_audit_entries_at", "at"),
        Index("ix_audit_entries_subject", "chain", "subject_type", "subject_id"),
    )
