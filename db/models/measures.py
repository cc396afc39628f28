from datetime import date, datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from db.columns import BoundedText, Fen, Instant, fen_bounds
from db.models.base import Base


class Measure(Base):
    """An improvement measure (改进措施, R-155, R-156). Figures in 10^-6 of the goal's unit; ``deadline`` included.

    ``round_id`` 0: not from a survey. A figure's ``n`` is how many answers it rests on, where that means something.
    """

    __tablename__ = "measures"

    estate_id: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    number: Mapped[str] = mapped_column(BoundedText(16))
    source: Mapped[str] = mapped_column(BoundedText(16))
    source_reference: Mapped[str] = mapped_column(BoundedText(100), default="")
    round_id: Mapped[int] = mapped_column(BigInteger, default=0)
    problem: Mapped[str] = mapped_column(BoundedText(300))
    cause: Mapped[str] = mapped_column(BoundedText(1000), default="")
    action: Mapped[str] = mapped_column(BoundedText(1000), default="")
    responsible_id: Mapped[int] = mapped_column(ForeignKey("staff_members.id"))
    deadline: Mapped[date]
    budget_fen: Mapped[int | None] = mapped_column(Fen)
    metric: Mapped[str] = mapped_column(BoundedText(32))
    metric_reference: Mapped[str] = mapped_column(BoundedText(64), default="")
    better: Mapped[str] = mapped_column(BoundedText(8))
    unit: Mapped[str] = mapped_column(BoundedText(16), default="")
    target_micro: Mapped[int] = mapped_column(BigInteger)
    before_micro: Mapped[int | None] = mapped_column(BigInteger)
    before_n: Mapped[int | None]
    before_on: Mapped[date | None]
    before_note: Mapped[str] = mapped_column(BoundedText(200), default="")
    after_micro: Mapped[int | None] = mapped_column(BigInteger)
    after_n: Mapped[int | None]
    after_on: Mapped[date | None]
    after_note: Mapped[str] = mapped_column(BoundedText(200), default="")
    stage: Mapped[str] = mapped_column(BoundedText(16))
    made_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    made_at: Mapped[datetime] = mapped_column(Instant)
    closed_at: Mapped[datetime | None] = mapped_column(Instant)
    version: Mapped[int] = mapped_column(default=1)
    __mapper_args__ = {"version_id_col": version}
    __table_args__ = (
        ForeignKeyConstraint(["estate_id"], ["estates.id"]),
        UniqueConstraint("estate_id", "number"),
        CheckConstraint(f"budget_fen IS NULL OR (budget_fen >= 0 AND {fen_bounds('budget_fen')})", name="budget"),
        Index("ix_measures_stage", "estate_id", "stage", "deadline"),
        Index("ix_measures_round", "estate_id", "round_id"),
    )


class MeasureStep(Base):
    """One step of a measure's life: who moved it where, or reported how it goes, and when. Rows are only added."""

    __tablename__ = "measure_steps"

    estate_id: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    measure_id: Mapped[int] = mapped_column(BigInteger)
    stage: Mapped[str] = mapped_column(BoundedText(16))
    note: Mapped[str] = mapped_column(BoundedText(500), default="")
    made_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    made_at: Mapped[datetime] = mapped_column(Instant)
    __table_args__ = (
        ForeignKeyConstraint(["estate_id", "measure_id"], ["measures.estate_id", "measures.id"]),
        Index("ix_measure_steps_measure", "estate_id", "measure_id", "id"),
    )


class MeasureEffect(Base):
    """An effect on the failure analysis sheet (原因-影响矩阵), with its importance from 1 to 10."""

    __tablename__ = "measure_effects"

    estate_id: Mapped[int] = mapped_column(primary_key=True)
    measure_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    place: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    text: Mapped[str] = mapped_column(BoundedText(100))
    importance: Mapped[int]
    __table_args__ = (ForeignKeyConstraint(["estate_id", "measure_id"], ["measures.estate_id", "measures.id"]),)


class MeasureCause(Base):
    """A cause on the failure analysis sheet; ``marks`` from 0 to 9, one for each effect, comma between."""

    __tablename__ = "measure_causes"

    estate_id: Mapped[int] = mapped_column(primary_key=True)
    measure_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    place: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    text: Mapped[str] = mapped_column(BoundedText(200))
    marks: Mapped[str] = mapped_column(BoundedText(100))
    __table_args__ = (ForeignKeyConstraint(["estate_id", "measure_id"], ["measures.estate_id", "measures.id"]),)
