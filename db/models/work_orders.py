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

from db.columns import BoundedText, Fen, Instant, fen_bounds
from db.models.base import Base

_OPEN, _ENDED = text("ended_on IS NULL"), text("ended_on IS NOT NULL")
_LISTED = ("state", "handler_id", "received_by", "kind", "failure", "registered_at")
"""What views and filters of the queue ask for, so that the index alone counts and finds."""


class WorkOrder(Base):
    """A service or repair request (服务申请、报修, R-111 … R-118). Words and callers are sealed.

    ``failure``: the public system that failed, empty otherwise. ``contactable``: there is somebody to talk to.
    ``wanted_*``: when the customer would like somebody to come. ``source_case``: the complaint it follows from.
    ``reported_at``: when the report upward for a missed limit was made (R-115). The derived columns are as in cases.
    """

    __tablename__ = "work_orders"

    estate_id: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(BoundedText(16))
    failure: Mapped[str] = mapped_column(BoundedText(16), default="")
    people_at_risk: Mapped[bool] = mapped_column(default=False)
    unit_id: Mapped[int | None] = mapped_column(BigInteger)
    area: Mapped[str] = mapped_column(BoundedText(100), default="")
    place: Mapped[str] = mapped_column(BoundedText(100), default="")
    noticed_at: Mapped[datetime] = mapped_column(Instant)
    registered_at: Mapped[datetime] = mapped_column(Instant)
    channel: Mapped[str] = mapped_column(BoundedText(16))
    customer_id: Mapped[int | None] = mapped_column(BigInteger)
    caller_name_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    caller_phone_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    caller_phone_index: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    content_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    need_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    contactable: Mapped[bool] = mapped_column(default=True)
    source_reference: Mapped[str] = mapped_column(BoundedText(100), default="")
    source_case: Mapped[int | None] = mapped_column(BigInteger)
    households: Mapped[int] = mapped_column(default=1)
    wanted_start: Mapped[datetime | None] = mapped_column(Instant)
    wanted_end: Mapped[datetime | None] = mapped_column(Instant)
    queue_rank: Mapped[int]
    state: Mapped[str] = mapped_column(BoundedText(16))
    received_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    department: Mapped[str] = mapped_column(BoundedText(32), default="")
    handler_id: Mapped[int | None] = mapped_column(ForeignKey("staff_members.id"))
    answered_at: Mapped[datetime | None] = mapped_column(Instant)
    began_at: Mapped[datetime | None] = mapped_column(Instant)
    carried_out_at: Mapped[datetime | None] = mapped_column(Instant)
    fed_back_at: Mapped[datetime | None] = mapped_column(Instant)
    reopened_at: Mapped[datetime | None] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    ended_on: Mapped[date | None]
    reopenings: Mapped[int] = mapped_column(default=0)
    cause: Mapped[str] = mapped_column(BoundedText(16), default="")
    result: Mapped[str] = mapped_column(BoundedText(16), default="")
    rating: Mapped[int | None]
    no_rating: Mapped[str] = mapped_column(BoundedText(16), default="")
    cancel_reason: Mapped[str] = mapped_column(BoundedText(16), default="")
    reported_at: Mapped[datetime | None] = mapped_column(Instant)
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
        ForeignKeyConstraint(["estate_id", "source_case"], ["cases.estate_id", "cases.id"]),
        CheckConstraint("households >= 1", name="households"),
        CheckConstraint("rating IS NULL OR rating BETWEEN 1 AND 5", name="rating"),
        Index("ix_work_orders_open_listed", "estate_id", "queue_rank", "due_hard", "due_target", "id", *_LISTED,
              "reported_at", sqlite_where=_OPEN, postgresql_where=_OPEN),
        Index("ix_work_orders_ended_listed", "ended_on", "ended_at", "id", "estate_id", *_LISTED,
              sqlite_where=_ENDED, postgresql_where=_ENDED),
        Index("ix_work_orders_newest", "registered_at", "id"),
        Index("ix_work_orders_look", "next_look", sqlite_where=text("next_look IS NOT NULL"),
              postgresql_where=text("next_look IS NOT NULL")),
        Index("ix_work_orders_registered", "estate_id", "registered_at"),
        Index("ix_work_orders_ended", "estate_id", "ended_on", sqlite_where=_ENDED, postgresql_where=_ENDED),
        Index("ix_work_orders_unit", "estate_id", "unit_id", "registered_at"),
        Index("ix_work_orders_handler", "handler_id", "ended_on", sqlite_where=_ENDED, postgresql_where=_ENDED),
        Index("ix_work_orders_customer", "estate_id", "customer_id"),
        Index("ix_work_orders_caller", "estate_id", "caller_phone_index"),
        Index("ix_work_orders_case", "estate_id", "source_case"),
    )  # fmt: skip


class WorkAppointment(Base):
    """An agreed time (R-118). A moved one is kept and another follows it; ``end_at`` exclusive."""

    __tablename__ = "work_appointments"

    estate_id: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    order_id: Mapped[int] = mapped_column(BigInteger)
    handler_id: Mapped[int] = mapped_column(ForeignKey("staff_members.id"))
    start_at: Mapped[datetime] = mapped_column(Instant)
    end_at: Mapped[datetime] = mapped_column(Instant)
    state: Mapped[str] = mapped_column(BoundedText(16))
    made_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    made_at: Mapped[datetime] = mapped_column(Instant)
    changed_at: Mapped[datetime | None] = mapped_column(Instant)
    reason: Mapped[str] = mapped_column(BoundedText(500), default="")
    version: Mapped[int] = mapped_column(default=1)
    __mapper_args__ = {"version_id_col": version}
    __table_args__ = (
        ForeignKeyConstraint(["estate_id", "order_id"], ["work_orders.estate_id", "work_orders.id"]),
        CheckConstraint("end_at > start_at", name="end"),
        Index("ix_work_appointments_order", "estate_id", "order_id"),
        Index("ix_work_appointments_handler", "handler_id", "start_at"),
    )


class WorkMaterial(Base):
    """A material used for a request; ``quantity_milli`` in thousandths, amounts in fen."""

    __tablename__ = "work_materials"

    estate_id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    run: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    place: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(BoundedText(64))
    quantity_milli: Mapped[int] = mapped_column(BigInteger)
    measure: Mapped[str] = mapped_column(BoundedText(16))
    price_fen: Mapped[int] = mapped_column(Fen)
    amount_fen: Mapped[int] = mapped_column(Fen)
    __table_args__ = (
        ForeignKeyConstraint(["estate_id", "order_id"], ["work_orders.estate_id", "work_orders.id"]),
        CheckConstraint("quantity_milli > 0", name="quantity"),
        CheckConstraint(f"price_fen >= 0 AND {fen_bounds('price_fen')}", name="price"),
        CheckConstraint(f"amount_fen >= 0 AND {fen_bounds('amount_fen')}", name="amount"),
    )
