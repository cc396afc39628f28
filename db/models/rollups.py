"""Sums kept beside the facts in the same transaction, so that a dashboard reads a screenful (ADR 0005)."""

from datetime import date

from sqlalchemy import BigInteger, Index
from sqlalchemy.orm import Mapped, mapped_column

from db.columns import BoundedText, Fen, MonthNumber
from db.models.base import Base


class ReceivableCell(Base):
    """Billed, received and granted in relief, by building, month served and month posted."""

    __tablename__ = "receivable_cells"

    estate_id: Mapped[int] = mapped_column(primary_key=True)
    service_month: Mapped[int] = mapped_column(MonthNumber, primary_key=True, autoincrement=False)
    posting_month: Mapped[int] = mapped_column(MonthNumber, primary_key=True, autoincrement=False)
    building_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    billed_fen: Mapped[int] = mapped_column(Fen, default=0)
    received_fen: Mapped[int] = mapped_column(Fen, default=0)
    relief_fen: Mapped[int] = mapped_column(Fen, default=0)
    __table_args__ = (Index("ix_receivable_cells_posting", "estate_id", "posting_month"),)


class HouseholdMonth(Base):
    """How many units were billed for a month, and how many of them owe nothing of it any more."""

    __tablename__ = "household_months"

    estate_id: Mapped[int] = mapped_column(primary_key=True)
    service_month: Mapped[int] = mapped_column(MonthNumber, primary_key=True, autoincrement=False)
    building_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    billed_units: Mapped[int] = mapped_column(default=0)
    settled_units: Mapped[int] = mapped_column(default=0)


class DailyReceipt(Base):
    """Money taken (and, negative, taken back) by day and method."""

    __tablename__ = "daily_receipts"

    estate_id: Mapped[int] = mapped_column(primary_key=True)
    business_date: Mapped[date] = mapped_column(primary_key=True)
    method: Mapped[str] = mapped_column(BoundedText(32), primary_key=True)
    amount_fen: Mapped[int] = mapped_column(Fen, default=0)
    payments: Mapped[int] = mapped_column(default=0)
