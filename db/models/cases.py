from datetime import date, datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from db.columns import BoundedText, Instant
from db.models.base import Base

_OPEN, _ENDED = text("ended_on IS NULL"), text("ended_on IS NOT NULL")
_LISTED = ("state", "handler_id", "received_by", "record_type", "category", "sub_category", "grade", "channel",
           "registered_at")  # fmt: skip
"""What views and filters of the queue ask for, so that the index alone counts and finds."""


class Case(Base):
    """A complaint, suggestion, praise or inquiry (R-073 … R-105). Words and callers are sealed.

    ``area`` is the building's code, or the public place; ``place_key`` the place folded, for repeats. ``received_by``
    is the first-contact owner. ``ended_on``: the business day of closing, withdrawing or merging; ``None`` while open.
    ``due_target`` and ``due_hard`` are the earliest of the running clocks, ``next_look`` when the clocks want attention
    next; all three are derived and recomputed with every fact.
    """

    __tablename__ = "cases"

    estate_id: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    record_type: Mapped[str] = mapped_column(BoundedText(16))
    category: Mapped[str] = mapped_column(BoundedText(16), default="")
    sub_category: Mapped[str] = mapped_column(BoundedText(32), default="")
    unit_id: Mapped[int | None] = mapped_column(BigInteger)
    area: Mapped[str] = mapped_column(BoundedText(100), default="")
    place: Mapped[str] = mapped_column(BoundedText(100), default="")
    place_key: Mapped[str] = mapped_column(BoundedText(100), default="")
    happened_at: Mapped[datetime] = mapped_column(Instant)
    registered_at: Mapped[datetime] = mapped_column(Instant)
    channel: Mapped[str] = mapped_column(BoundedText(16))
    emotion: Mapped[str] = mapped_column(BoundedText(16))
    anonymous: Mapped[bool] = mapped_column(default=False)
    customer_id: Mapped[int | None] = mapped_column(BigInteger)
    caller_name_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    caller_phone_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    caller_phone_index: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    content_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    claim_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    source_reference: Mapped[str] = mapped_column(BoundedText(100), default="")
    households: Mapped[int] = mapped_column(default=1)
    special: Mapped[bool] = mapped_column(default=False)
    repeated: Mapped[bool] = mapped_column(default=False)
    grade: Mapped[str] = mapped_column(BoundedText(16))
    proposed_grade: Mapped[str] = mapped_column(BoundedText(16))
    queue_rank: Mapped[int]
    state: Mapped[str] = mapped_column(BoundedText(16))
    received_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    department: Mapped[str] = mapped_column(BoundedText(32), default="")
    handler_id: Mapped[int | None] = mapped_column(ForeignKey("staff_members.id"))
    responded_at: Mapped[datetime | None] = mapped_column(Instant)
    resolved_at: Mapped[datetime | None] = mapped_column(Instant)
    called_back_at: Mapped[datetime | None] = mapped_column(Instant)
    reopened_at: Mapped[datetime | None] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    ended_on: Mapped[date | None]
    reopenings: Mapped[int] = mapped_column(default=0)
    root_cause: Mapped[str] = mapped_column(BoundedText(32), default="")
    cause_detail: Mapped[str] = mapped_column(BoundedText(32), default="")
    solution: Mapped[str] = mapped_column(BoundedText(32), default="")
    satisfied: Mapped[bool | None]
    no_call_back: Mapped[str] = mapped_column(BoundedText(16), default="")
    merged_into: Mapped[int | None] = mapped_column(BigInteger)
    measure_id: Mapped[int | None] = mapped_column(BigInteger)
    escalated_at: Mapped[datetime | None] = mapped_column(Instant)
    anonymised_at: Mapped[datetime | None] = mapped_column(Instant)
    on_hold: Mapped[bool] = mapped_column(default=False)
    import_batch: Mapped[int | None] = mapped_column(ForeignKey("import_batches.id"))
    due_target: Mapped[datetime | None] = mapped_column(Instant)
    due_hard: Mapped[datetime | None] = mapped_column(Instant)
    next_look: Mapped[datetime | None] = mapped_column(Instant)
    version: Mapped[int] = mapped_column(default=1)
    __mapper_args__ = {"version_id_col": version}
    __table_args__ = (
        ForeignKeyConstraint(["estate_id", "id"], ["service_records.estate_id", "service_records.id"]),
        ForeignKeyConstraint(["estate_id", "unit_id"], ["units.estate_id", "units.id"]),
        ForeignKeyConstraint(["estate_id", "customer_id"], ["customers.estate_id", "customers.id"]),
        ForeignKeyConstraint(["estate_id", "merged_into"], ["cases.estate_id", "cases.id"]),
        ForeignKeyConstraint(["estate_id", "measure_id"], ["measures.estate_id", "measures.id"]),
        CheckConstraint("households >= 1", name="households"),
        Index("ix_cases_open_listed", "estate_id", "queue_rank", "due_hard", "due_target", "id", *_LISTED,
              sqlite_where=_OPEN, postgresql_where=_OPEN),
        Index("ix_cases_ended_listed", "ended_on", "ended_at", "id", "estate_id", *_LISTED,
              sqlite_where=_ENDED, postgresql_where=_ENDED),
        Index("ix_cases_newest", "registered_at", "id"),
        Index("ix_cases_merged", "estate_id", "merged_into", sqlite_where=text("merged_into IS NOT NULL"),
              postgresql_where=text("merged_into IS NOT NULL")),
        Index("ix_cases_look", "next_look", sqlite_where=text("next_look IS NOT NULL"),
              postgresql_where=text("next_look IS NOT NULL")),
        Index("ix_cases_registered", "estate_id", "registered_at"),
        Index("ix_cases_ended", "estate_id", "ended_on", sqlite_where=_ENDED, postgresql_where=_ENDED),
        Index("ix_cases_unit", "estate_id", "unit_id", "registered_at"),
        Index("ix_cases_place", "estate_id", "place_key", "registered_at"),
        Index("ix_cases_handler", "handler_id", "ended_on", sqlite_where=_ENDED, postgresql_where=_ENDED),
        Index("ix_cases_customer", "estate_id", "customer_id"),
        Index("ix_cases_caller", "estate_id", "caller_phone_index"),
        Index("ix_cases_measure", "estate_id", "measure_id"),
    )  # fmt: skip


class CaseCollaborator(Base):
    """Somebody who helps with a case, and with which part of the duty (R-082)."""

    __tablename__ = "case_collaborators"

    estate_id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff_members.id"), primary_key=True)
    part: Mapped[str] = mapped_column(BoundedText(200), default="")
    __table_args__ = (
        ForeignKeyConstraint(["estate_id", "case_id"], ["cases.estate_id", "cases.id"]),
        Index("ix_case_collaborators_staff", "staff_id"),
    )


class AccountabilityAction(Base):
    """What followed from red cases for the person responsible (R-109); rows are added, and only notes leave."""

    __tablename__ = "accountability_actions"

    estate_id: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    record_id: Mapped[int] = mapped_column(BigInteger)
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff_members.id"))
    action: Mapped[str] = mapped_column(BoundedText(32))
    note: Mapped[str] = mapped_column(BoundedText(500))
    made_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    made_at: Mapped[datetime] = mapped_column(Instant)
    __table_args__ = (
        ForeignKeyConstraint(["estate_id", "record_id"], ["service_records.estate_id", "service_records.id"]),
        Index("ix_accountability_actions_record", "estate_id", "record_id"),
        Index("ix_accountability_actions_staff", "staff_id", "made_at"),
    )


class KnowledgeEntry(Base):
    """A ready solution for a frequent problem, offered by category (R-108). It belongs to the company."""

    __tablename__ = "knowledge_entries"

    id: Mapped[int] = mapped_column(primary_key=True)
    category: Mapped[str] = mapped_column(BoundedText(16))
    sub_category: Mapped[str] = mapped_column(BoundedText(32), default="")
    title: Mapped[str] = mapped_column(BoundedText(100))
    problem: Mapped[str] = mapped_column(BoundedText(500), default="")
    answer: Mapped[str] = mapped_column(BoundedText(2000))
    state: Mapped[str] = mapped_column(BoundedText(16))
    uses: Mapped[int] = mapped_column(default=0)
    made_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    made_at: Mapped[datetime] = mapped_column(Instant)
    changed_at: Mapped[datetime] = mapped_column(Instant)
    version: Mapped[int] = mapped_column(default=1)
    __mapper_args__ = {"version_id_col": version}
    __table_args__ = (Index("ix_knowledge_entries_category", "category", "sub_category", "state"),)
