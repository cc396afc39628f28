from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from db.columns import BoundedText, Instant
from db.models.base import Base


class Setting(Base):
    """A setting's value from a day on (R-008); estate 0 is the company. Rows are added, never changed."""

    __tablename__ = "settings"

    id: Mapped[int] = mapped_column(primary_key=True)
    estate_id: Mapped[int] = mapped_column(default=0)
    key: Mapped[str] = mapped_column(BoundedText(64))
    value: Mapped[str] = mapped_column(BoundedText(500))
    valid_from: Mapped[date]
    set_by: Mapped[str] = mapped_column(BoundedText(64))
    set_at: Mapped[datetime] = mapped_column(Instant)
    __table_args__ = (Index("ix_settings_lookup", "estate_id", "key", "valid_from"),)


class CodeItem(Base):
    """An entry of a code list (R-010). Labels are data; a retired code stays readable on old records."""

    __tablename__ = "code_items"

    list: Mapped[str] = mapped_column(BoundedText(32), primary_key=True)
    code: Mapped[str] = mapped_column(BoundedText(32), primary_key=True)
    label_zh: Mapped[str] = mapped_column(BoundedText(64))
    label_en: Mapped[str] = mapped_column(BoundedText(64))
    sort: Mapped[int] = mapped_column(default=0)
    retired_at: Mapped[datetime | None] = mapped_column(Instant)
    version: Mapped[int] = mapped_column(default=1)
    __mapper_args__ = {"version_id_col": version}


class CalendarDay(Base):
    """A day the company declares working or free against the kept library's calendar (R-009)."""

    __tablename__ = "calendar_days"

    day: Mapped[date] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(BoundedText(16))
    note: Mapped[str] = mapped_column(BoundedText(100), default="")
    version: Mapped[int] = mapped_column(default=1)
    __mapper_args__ = {"version_id_col": version}


class StaffMember(Base):
    """A member of staff (R-005); an inactive one cannot be given work. The phone is sealed."""

    __tablename__ = "staff_members"

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(BoundedText(32))
    name: Mapped[str] = mapped_column(BoundedText(64))
    post: Mapped[str] = mapped_column(BoundedText(32))
    department: Mapped[str] = mapped_column(BoundedText(32))
    estate_id: Mapped[int | None] = mapped_column(ForeignKey("estates.id"))
    phone_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    state: Mapped[str] = mapped_column(BoundedText(16), default="active")
    version: Mapped[int] = mapped_column(default=1)
    __mapper_args__ = {"version_id_col": version}
    __table_args__ = (UniqueConstraint("number"),)
