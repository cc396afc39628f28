from datetime import datetime

from sqlalchemy import ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from db.columns import BoundedText, Instant
from db.models.base import Base


class BackgroundJob(Base):
    """Long work that goes on when its page is left: state, progress, result (product.md §4)."""

    __tablename__ = "background_jobs"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(BoundedText(32))
    params: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(BoundedText(16), default="waiting")
    step: Mapped[str] = mapped_column(BoundedText(64), default="")
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)
    result: Mapped[str] = mapped_column(Text, default="")
    made_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    made_at: Mapped[datetime] = mapped_column(Instant)
    started_at: Mapped[datetime | None] = mapped_column(Instant)
    beat_at: Mapped[datetime | None] = mapped_column(Instant)
    finished_at: Mapped[datetime | None] = mapped_column(Instant)
    __table_args__ = (Index("ix_background_jobs_state", "state", "id"),)
