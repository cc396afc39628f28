from datetime import date, datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from db.columns import BoundedText, Instant
from db.models.base import Base


class Estate(Base):
    """An estate (小区, R-001). Areas in hundredths of m², shares in hundredths of a percent, price in 10^-6 yuan."""

    __tablename__ = "estates"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(BoundedText(32), unique=True)
    name: Mapped[str] = mapped_column(BoundedText(100))
    natural_key: Mapped[str] = mapped_column(BoundedText(400), unique=True)
    address: Mapped[str] = mapped_column(BoundedText(200), default="")
    district: Mapped[str] = mapped_column(BoundedText(60), default="")
    estate_type: Mapped[str] = mapped_column(BoundedText(32), default="residential")
    structure: Mapped[str] = mapped_column(BoundedText(32), default="")
    floor_area: Mapped[int | None] = mapped_column(BigInteger)
    plot_area: Mapped[int | None] = mapped_column(BigInteger)
    household_count: Mapped[int | None]
    greening: Mapped[int | None]
    plot_ratio: Mapped[int | None]
    reference_price: Mapped[int | None] = mapped_column(BigInteger)
    developer: Mapped[str] = mapped_column(BoundedText(100), default="")
    property_company: Mapped[str] = mapped_column(BoundedText(100), default="")
    state: Mapped[str] = mapped_column(BoundedText(16), default="active")
    created_at: Mapped[datetime] = mapped_column(Instant)
    version: Mapped[int] = mapped_column(default=1)
    __mapper_args__ = {"version_id_col": version}
    __table_args__ = (
        Index("ix_estates_name", "name"),
        CheckConstraint("household_count IS NULL OR household_count >= 0", name="household_count"),
    )


class EstateHead(Base):
    """One row an estate (and one, number 0, for the company): who writes there takes its lock first (ADR 0003).

    Hands out the estate's numbers and carries the end of its audit chain and its last receipt number.
    """

    __tablename__ = "estate_heads"

    estate_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    next_id: Mapped[int] = mapped_column(BigInteger, default=1)
    last_receipt: Mapped[int] = mapped_column(BigInteger, default=0)
    audit_count: Mapped[int] = mapped_column(BigInteger, default=0)
    audit_hash: Mapped[bytes] = mapped_column(LargeBinary(32), default=b"\x00" * 32)


class Building(Base):
    """A building (楼栋) of an estate."""

    __tablename__ = "buildings"

    estate_id: Mapped[int] = mapped_column(ForeignKey("estates.id"), primary_key=True)
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    code: Mapped[str] = mapped_column(BoundedText(32))
    sort_key: Mapped[str] = mapped_column(BoundedText(64))
    __table_args__ = (UniqueConstraint("estate_id", "code"),)


class Unit(Base):
    """A unit (房屋, R-002). ``area`` in hundredths of m²; ``code`` as ``3-1-1202``; ``sort_key`` orders 2 before 10."""

    __tablename__ = "units"

    estate_id: Mapped[int] = mapped_column(ForeignKey("estates.id"), primary_key=True)
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    building_id: Mapped[int] = mapped_column(BigInteger)
    code: Mapped[str] = mapped_column(BoundedText(40))
    sort_key: Mapped[str] = mapped_column(BoundedText(80))
    entrance: Mapped[str] = mapped_column(BoundedText(16), default="")
    floor: Mapped[int | None]
    area: Mapped[int]
    use: Mapped[str] = mapped_column(BoundedText(32))
    grade: Mapped[str | None] = mapped_column(BoundedText(32))
    handover_date: Mapped[date | None]
    state: Mapped[str] = mapped_column(BoundedText(16), default="active")
    version: Mapped[int] = mapped_column(default=1)
    __mapper_args__ = {"version_id_col": version}
    __table_args__ = (
        ForeignKeyConstraint(["estate_id", "building_id"], ["buildings.estate_id", "buildings.id"]),
        UniqueConstraint("estate_id", "code"),
        CheckConstraint("area > 0", name="area_positive"),
        Index("ix_units_order", "estate_id", "sort_key"),
    )
