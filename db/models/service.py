"""What complaints and service requests have in common: number, clocks, pauses, steps, photos, links, words to find."""

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from db.columns import BoundedText, Instant
from db.models.base import Base

_RECORD = ["service_records.estate_id", "service_records.id"]


class ServiceRecord(Base):
    """Every complaint (``kind`` ``case``) and every request (``order``) has one row here, with its number.

    ``request`` is the number of the form it came from: a form sent twice is one record (R3).
    """

    __tablename__ = "service_records"

    estate_id: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(BoundedText(8))
    number: Mapped[str] = mapped_column(BoundedText(48))
    request: Mapped[str | None] = mapped_column(BoundedText(64))
    registered_at: Mapped[datetime] = mapped_column(Instant)
    __table_args__ = (
        ForeignKeyConstraint(["estate_id"], ["estates.id"]),
        UniqueConstraint("estate_id", "number"),
        UniqueConstraint("estate_id", "request"),
        Index("ix_service_records_number", "number"),
        Index("ix_service_records_day", "estate_id", "kind", "registered_at"),
    )


class ServiceClock(Base):
    """One run of a clock (R-083, R-084). ``levels``: its dated limits as JSON, from which all else is recomputed.

    ``due_target`` and ``due_hard`` are the derived instants of a running clock, empty without a limit or while a pause
    has no end. A stopped clock keeps how it ended (minutes left, negative when over) and by which calendar.
    """

    __tablename__ = "service_clocks"

    estate_id: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    record_id: Mapped[int] = mapped_column(BigInteger)
    kind: Mapped[str] = mapped_column(BoundedText(16))
    run: Mapped[int] = mapped_column(default=1)
    started_at: Mapped[datetime] = mapped_column(Instant)
    stopped_at: Mapped[datetime | None] = mapped_column(Instant)
    cancelled: Mapped[bool] = mapped_column(default=False)
    levels: Mapped[str] = mapped_column(Text)
    due_target: Mapped[datetime | None] = mapped_column(Instant)
    due_hard: Mapped[datetime | None] = mapped_column(Instant)
    target_minutes: Mapped[int | None]
    target_kept: Mapped[bool | None]
    hard_minutes: Mapped[int | None]
    hard_kept: Mapped[bool | None]
    calendar_version: Mapped[str] = mapped_column(BoundedText(32), default="")
    __table_args__ = (
        ForeignKeyConstraint(["estate_id", "record_id"], _RECORD),
        UniqueConstraint("estate_id", "record_id", "kind", "run"),
        Index("ix_service_clocks_stopped", "estate_id", "kind", "stopped_at"),
    )


class ServicePause(Base):
    """A time in which clocks stand still, with reason, evidence and approver; ``end_at`` exclusive.

    ``state``: asked, approved or refused; ``free`` reasons are approved by the rule. ``clocks``: kinds, comma between.
    """

    __tablename__ = "service_pauses"

    estate_id: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    record_id: Mapped[int] = mapped_column(BigInteger)
    clocks: Mapped[str] = mapped_column(BoundedText(64))
    reason: Mapped[str] = mapped_column(BoundedText(32))
    evidence_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    start_at: Mapped[datetime] = mapped_column(Instant)
    end_at: Mapped[datetime | None] = mapped_column(Instant)
    state: Mapped[str] = mapped_column(BoundedText(16))
    asked_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    asked_at: Mapped[datetime] = mapped_column(Instant)
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    decided_at: Mapped[datetime | None] = mapped_column(Instant)
    decision_note: Mapped[str] = mapped_column(BoundedText(500), default="")
    version: Mapped[int] = mapped_column(default=1)
    __mapper_args__ = {"version_id_col": version}
    __table_args__ = (
        ForeignKeyConstraint(["estate_id", "record_id"], _RECORD),
        CheckConstraint("end_at IS NULL OR end_at > start_at", name="end"),
        Index("ix_service_pauses_record", "estate_id", "record_id"),
        Index("ix_service_pauses_state", "state", "estate_id", "asked_at"),
    )


class ServiceStep(Base):
    """One thing that was done with a record; rows are only added. ``facts``: what is not personal, as JSON.

    ``action`` says what kind of entry it is (as ``assignment``); ``done_at`` when it was done, ``made_at`` when it was
    entered. What somebody typed stands sealed in :class:`ServiceStepText` and can be forgotten.
    """

    __tablename__ = "service_steps"

    estate_id: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    record_id: Mapped[int] = mapped_column(BigInteger)
    action: Mapped[str] = mapped_column(BoundedText(32))
    source: Mapped[str] = mapped_column(BoundedText(16), default="")
    state: Mapped[str] = mapped_column(BoundedText(16))
    facts: Mapped[str] = mapped_column(Text, default="{}")
    made_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    made_at: Mapped[datetime] = mapped_column(Instant)
    done_at: Mapped[datetime] = mapped_column(Instant)
    __table_args__ = (
        ForeignKeyConstraint(["estate_id", "record_id"], _RECORD),
        Index("ix_service_steps_record", "estate_id", "record_id", "id"),
        Index("ix_service_steps_made", "estate_id", "made_at"),
    )


class ServiceStepText(Base):
    """The words of a step, sealed (AES-GCM) as one JSON; gone once the record is anonymised (R-102)."""

    __tablename__ = "service_step_texts"

    estate_id: Mapped[int] = mapped_column(primary_key=True)
    step_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    words_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    __table_args__ = (ForeignKeyConstraint(["estate_id", "step_id"], ["service_steps.estate_id", "service_steps.id"]),)


class ServiceEscalation(Base):
    """One step of the escalation ladder that was reached, and the role that was told (R-086, R-115)."""

    __tablename__ = "service_escalations"

    estate_id: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    record_id: Mapped[int] = mapped_column(BigInteger)
    clock_id: Mapped[int] = mapped_column(BigInteger)
    percent: Mapped[int]
    role: Mapped[str] = mapped_column(BoundedText(32))
    reached_at: Mapped[datetime] = mapped_column(Instant)
    told_at: Mapped[datetime] = mapped_column(Instant)
    __table_args__ = (
        ForeignKeyConstraint(["estate_id", "record_id"], _RECORD),
        ForeignKeyConstraint(["estate_id", "clock_id"], ["service_clocks.estate_id", "service_clocks.id"]),
        UniqueConstraint("estate_id", "clock_id", "percent", "role"),
        Index("ix_service_escalations_record", "estate_id", "record_id"),
    )


class ServicePhoto(Base):
    """A photo without its metadata, sealed. ``phase``: before or after the work, empty for any other."""

    __tablename__ = "service_photos"

    estate_id: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    record_id: Mapped[int] = mapped_column(BigInteger)
    phase: Mapped[str] = mapped_column(BoundedText(8), default="")
    width: Mapped[int]
    height: Mapped[int]
    size: Mapped[int]
    digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    content_sealed: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    added_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    added_at: Mapped[datetime] = mapped_column(Instant)
    __table_args__ = (
        ForeignKeyConstraint(["estate_id", "record_id"], _RECORD),
        UniqueConstraint("estate_id", "record_id", "digest"),
    )


class ServiceLink(Base):
    """What a record has to do with: a bill in dispute, a request, a case, a measure, a finding (followed both ways)."""

    __tablename__ = "service_links"

    estate_id: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    record_id: Mapped[int] = mapped_column(BigInteger)
    target: Mapped[str] = mapped_column(BoundedText(16))
    target_id: Mapped[int] = mapped_column(BigInteger)
    made_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    made_at: Mapped[datetime] = mapped_column(Instant)
    __table_args__ = (
        ForeignKeyConstraint(["estate_id", "record_id"], _RECORD),
        UniqueConstraint("estate_id", "record_id", "target", "target_id"),
        Index("ix_service_links_target", "estate_id", "target", "target_id"),
    )


class ServiceSearch(Base):
    """The words of a record as keyed tokens (a blind index): found by the same words, readable by nobody.

    A text index of the database stands over ``tokens``: FTS5 on SQLite, GIN on PostgreSQL. Beside the words stand marks
    for kind, estate and whether the record has ended, so that a search for a frequent word stays quick.
    """

    __tablename__ = "service_search"

    id: Mapped[int] = mapped_column(primary_key=True)
    estate_id: Mapped[int]
    record_id: Mapped[int] = mapped_column(BigInteger)
    tokens: Mapped[str] = mapped_column(Text)
    __table_args__ = (
        ForeignKeyConstraint(["estate_id", "record_id"], _RECORD),
        UniqueConstraint("estate_id", "record_id"),
    )


class ServiceDraft(Base):
    """A draft that follows from a record: an emergency event, a notice to owners (R-103, R-114). ``facts``: as JSON.

    ``state``: draft, released or dropped.
    """

    __tablename__ = "service_drafts"

    estate_id: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    record_id: Mapped[int] = mapped_column(BigInteger)
    kind: Mapped[str] = mapped_column(BoundedText(16))
    facts: Mapped[str] = mapped_column(Text)
    text: Mapped[str] = mapped_column(BoundedText(4000), default="")
    state: Mapped[str] = mapped_column(BoundedText(16))
    made_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    made_at: Mapped[datetime] = mapped_column(Instant)
    settled_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    settled_at: Mapped[datetime | None] = mapped_column(Instant)
    version: Mapped[int] = mapped_column(default=1)
    __mapper_args__ = {"version_id_col": version}
    __table_args__ = (
        ForeignKeyConstraint(["estate_id", "record_id"], _RECORD),
        Index("ix_service_drafts_record", "estate_id", "record_id"),
        Index("ix_service_drafts_state", "state", "kind", "estate_id"),
    )
