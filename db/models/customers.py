from datetime import date

from sqlalchemy import BigInteger, CheckConstraint, ForeignKeyConstraint, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from db.columns import BoundedText
from db.models.base import Base


class Customer(Base):
    """A customer profile (客户档案, R-003). Name and phone are sealed (AES-GCM); found again by blind indexes only."""

    __tablename__ = "customers"

    estate_id: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    name_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    name_index: Mapped[bytes] = mapped_column(LargeBinary(32))
    phone_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    phone_index: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    phone_tail_index: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    note: Mapped[str] = mapped_column(BoundedText(500), default="")
    state: Mapped[str] = mapped_column(BoundedText(16), default="active")
    version: Mapped[int] = mapped_column(default=1)
    __mapper_args__ = {"version_id_col": version}
    __table_args__ = (
        ForeignKeyConstraint(["estate_id"], ["estates.id"]),
        Index("ix_customers_name", "estate_id", "name_index"),
        Index("ix_customers_phone", "estate_id", "phone_index"),
        Index("ix_customers_phone_tail", "estate_id", "phone_tail_index"),
    )


class CustomerFlag(Base):
    """A reason for special care (R-004): elderly, low_income, newly_moved_in."""

    __tablename__ = "customer_flags"

    estate_id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    flag: Mapped[str] = mapped_column(BoundedText(32), primary_key=True)
    __table_args__ = (
        ForeignKeyConstraint(["estate_id", "customer_id"], ["customers.estate_id", "customers.id"]),
        Index("ix_customer_flags_flag", "estate_id", "flag"),
    )


class Occupancy(Base):
    """Who lives in or owns a unit, and since when: owner, tenant or visitor; ``end_date`` exclusive."""

    __tablename__ = "occupancies"

    estate_id: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    unit_id: Mapped[int] = mapped_column(BigInteger)
    customer_id: Mapped[int] = mapped_column(BigInteger)
    relation: Mapped[str] = mapped_column(BoundedText(16))
    start_date: Mapped[date | None]
    end_date: Mapped[date | None]
    version: Mapped[int] = mapped_column(default=1)
    __mapper_args__ = {"version_id_col": version}
    __table_args__ = (
        ForeignKeyConstraint(["estate_id", "unit_id"], ["units.estate_id", "units.id"]),
        ForeignKeyConstraint(["estate_id", "customer_id"], ["customers.estate_id", "customers.id"]),
        Index("ix_occupancies_unit", "estate_id", "unit_id"),
        Index("ix_occupancies_customer", "estate_id", "customer_id"),
        CheckConstraint("end_date IS NULL OR start_date IS NULL OR end_date > start_date", name="dates"),
    )
