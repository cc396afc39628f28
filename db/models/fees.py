from datetime import date, datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from db.columns import BoundedText, Fen, Instant, MonthNumber, fen_bounds
from db.models.base import Base


class Tariff(Base):
    """A fee standard (收费标准, R-016), valid from a day up to and not including another. ``uses``: codes, or all."""

    __tablename__ = "tariffs"

    estate_id: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    item: Mapped[str] = mapped_column(BoundedText(32))
    basis: Mapped[str] = mapped_column(BoundedText(16))
    uses: Mapped[str] = mapped_column(BoundedText(200), default="")
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    approval_reference: Mapped[str] = mapped_column(BoundedText(200), default="")
    state: Mapped[str] = mapped_column(BoundedText(16))
    made_by: Mapped[int | None]
    made_at: Mapped[datetime] = mapped_column(Instant)
    decided_by: Mapped[int | None]
    decided_at: Mapped[datetime | None] = mapped_column(Instant)
    version: Mapped[int] = mapped_column(default=1)
    __mapper_args__ = {"version_id_col": version}
    __table_args__ = (
        ForeignKeyConstraint(["estate_id"], ["estates.id"]),
        CheckConstraint("valid_to IS NULL OR valid_to > valid_from", name="validity"),
        CheckConstraint("decided_by IS NULL OR made_by IS NULL OR decided_by <> made_by", name="two_people"),
    )


class TariffPrice(Base):
    """A price of a tariff in 10^-6 yuan; ``key`` is empty, a grade, a use or a service item by the basis."""

    __tablename__ = "tariff_prices"

    estate_id: Mapped[int] = mapped_column(primary_key=True)
    tariff_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    key: Mapped[str] = mapped_column(BoundedText(32), primary_key=True)
    price: Mapped[int] = mapped_column(BigInteger)
    __table_args__ = (
        ForeignKeyConstraint(["estate_id", "tariff_id"], ["tariffs.estate_id", "tariffs.id"]),
        CheckConstraint("price > 0", name="price_positive"),
    )


class BillRun(Base):
    """The bills of one estate and month: prepared by one person, posted by another (security.md §1)."""

    __tablename__ = "bill_runs"

    estate_id: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    month: Mapped[int] = mapped_column(MonthNumber)
    state: Mapped[str] = mapped_column(BoundedText(16))
    bills: Mapped[int]
    problems: Mapped[int]
    total_fen: Mapped[int] = mapped_column(Fen)
    digest: Mapped[str] = mapped_column(BoundedText(64))
    made_by: Mapped[int | None]
    made_at: Mapped[datetime] = mapped_column(Instant)
    posted_by: Mapped[int | None]
    posted_at: Mapped[datetime | None] = mapped_column(Instant)
    version: Mapped[int] = mapped_column(default=1)
    __mapper_args__ = {"version_id_col": version}
    __table_args__ = (
        ForeignKeyConstraint(["estate_id"], ["estates.id"]),
        CheckConstraint("posted_by IS NULL OR made_by IS NULL OR posted_by <> made_by", name="two_people"),
        Index("ix_bill_runs_month", "estate_id", "month"),
    )


class BillRunProblem(Base):
    """A unit that got no bill, and why (R-018)."""

    __tablename__ = "bill_run_problems"

    estate_id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    unit_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    item: Mapped[str] = mapped_column(BoundedText(32), primary_key=True)
    code: Mapped[str] = mapped_column(BoundedText(64))
    __table_args__ = (ForeignKeyConstraint(["estate_id", "run_id"], ["bill_runs.estate_id", "bill_runs.id"]),)


class Bill(Base):
    """A bill (账单): one unit, item and service month (R-021). ``quantity`` in hundredths (m² or households),
    ``unit_price`` in 10^-6 yuan. ``paid_fen`` and ``relief_fen`` follow the allocations in the same transaction.
    """

    __tablename__ = "bills"

    estate_id: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    unit_id: Mapped[int] = mapped_column(BigInteger)
    building_id: Mapped[int] = mapped_column(BigInteger)
    item: Mapped[str] = mapped_column(BoundedText(32))
    service_month: Mapped[int] = mapped_column(MonthNumber)
    months: Mapped[int] = mapped_column(default=1)
    due_date: Mapped[date]
    tariff_id: Mapped[int] = mapped_column(BigInteger)
    quantity: Mapped[int]
    unit_price: Mapped[int] = mapped_column(BigInteger)
    amount_fen: Mapped[int] = mapped_column(Fen)
    paid_fen: Mapped[int] = mapped_column(Fen, default=0)
    relief_fen: Mapped[int] = mapped_column(Fen, default=0)
    run_id: Mapped[int] = mapped_column(BigInteger)
    posted_on: Mapped[date]
    version: Mapped[int] = mapped_column(default=1)
    __mapper_args__ = {"version_id_col": version}
    __table_args__ = (
        ForeignKeyConstraint(["estate_id", "unit_id"], ["units.estate_id", "units.id"]),
        ForeignKeyConstraint(["estate_id", "run_id"], ["bill_runs.estate_id", "bill_runs.id"]),
        UniqueConstraint("estate_id", "unit_id", "item", "service_month"),
        CheckConstraint("amount_fen > 0 AND " + fen_bounds("amount_fen"), name="amount"),
        CheckConstraint("paid_fen >= 0 AND relief_fen >= 0 AND paid_fen + relief_fen <= amount_fen", name="settled"),
        Index("ix_bills_month", "estate_id", "service_month", "building_id"),
        Index(
            "ix_bills_open",
            "estate_id",
            "due_date",
            "unit_id",
            sqlite_where=text("amount_fen > paid_fen + relief_fen"),  # spelled so that SQLite's planner can use it
            postgresql_where=text("amount_fen > paid_fen + relief_fen"),
        ),
        Index("ix_bills_run", "estate_id", "run_id"),
    )


class JournalEntry(Base):
    """A voucher of the double-entry ledger. Append-only; a trigger refuses it unless its lines sum to zero (R1, R2)."""

    __tablename__ = "journal_entries"

    estate_id: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(BoundedText(24))
    business_date: Mapped[date]
    posted_at: Mapped[datetime] = mapped_column(Instant)
    posted_by: Mapped[int | None]
    source_id: Mapped[int] = mapped_column(BigInteger)
    reverses_id: Mapped[int | None] = mapped_column(BigInteger)
    memo: Mapped[str] = mapped_column(BoundedText(200), default="")
    __table_args__ = (
        ForeignKeyConstraint(["estate_id"], ["estates.id"]),
        UniqueConstraint("estate_id", "reverses_id"),
        Index("ix_journal_entries_date", "estate_id", "business_date"),
        Index("ix_journal_entries_source", "estate_id", "kind", "source_id"),
    )


class JournalLine(Base):
    """A debit (+) or credit (−) of a voucher. Written before its entry, so that the entry's trigger can add them up."""

    __tablename__ = "journal_lines"

    estate_id: Mapped[int] = mapped_column(primary_key=True)
    entry_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    line: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    account: Mapped[str] = mapped_column(BoundedText(24))
    amount_fen: Mapped[int] = mapped_column(Fen)
    unit_id: Mapped[int | None] = mapped_column(BigInteger)
    bill_id: Mapped[int | None] = mapped_column(BigInteger)
    item: Mapped[str | None] = mapped_column(BoundedText(32))
    method: Mapped[str | None] = mapped_column(BoundedText(32))
    __table_args__ = (
        ForeignKeyConstraint(
            ["estate_id", "entry_id"],
            ["journal_entries.estate_id", "journal_entries.id"],
            deferrable=True,
            initially="DEFERRED",
        ),
        CheckConstraint("amount_fen <> 0 AND " + fen_bounds("amount_fen"), name="amount"),
        Index("ix_journal_lines_bill", "estate_id", "bill_id"),
        Index("ix_journal_lines_unit", "estate_id", "unit_id"),
    )


class Payment(Base):
    """A payment (实收, R-024). Append-only; undone only by a :class:`Reversal`. The payer's name is sealed."""

    __tablename__ = "payments"

    estate_id: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    receipt_no: Mapped[int] = mapped_column(BigInteger)
    unit_id: Mapped[int] = mapped_column(BigInteger)
    payer_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    amount_fen: Mapped[int] = mapped_column(Fen)
    method: Mapped[str] = mapped_column(BoundedText(32))
    received_at: Mapped[datetime] = mapped_column(Instant)
    business_date: Mapped[date]
    clerk_id: Mapped[int | None]
    clerk_name: Mapped[str] = mapped_column(BoundedText(64))
    note: Mapped[str] = mapped_column(BoundedText(200), default="")
    entry_id: Mapped[int] = mapped_column(BigInteger)
    __table_args__ = (
        ForeignKeyConstraint(["estate_id", "unit_id"], ["units.estate_id", "units.id"]),
        ForeignKeyConstraint(["estate_id", "entry_id"], ["journal_entries.estate_id", "journal_entries.id"]),
        UniqueConstraint("estate_id", "receipt_no"),
        CheckConstraint("amount_fen > 0 AND " + fen_bounds("amount_fen"), name="amount"),
        Index("ix_payments_date", "estate_id", "business_date", "id"),
        Index("ix_payments_unit", "estate_id", "unit_id"),
    )


class Allocation(Base):
    """What part of a voucher went to which bill; negative where a reversal took it back. Append-only."""

    __tablename__ = "allocations"

    estate_id: Mapped[int] = mapped_column(primary_key=True)
    entry_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    bill_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    amount_fen: Mapped[int] = mapped_column(Fen)
    business_date: Mapped[date]
    __table_args__ = (
        ForeignKeyConstraint(["estate_id", "entry_id"], ["journal_entries.estate_id", "journal_entries.id"]),
        ForeignKeyConstraint(["estate_id", "bill_id"], ["bills.estate_id", "bills.id"]),
        CheckConstraint("amount_fen <> 0", name="amount"),
        Index("ix_allocations_bill", "estate_id", "bill_id"),
    )


class Reversal(Base):
    """A payment taken back by a counter entry, once (R-028). Append-only."""

    __tablename__ = "reversals"

    estate_id: Mapped[int] = mapped_column(primary_key=True)
    payment_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    entry_id: Mapped[int] = mapped_column(BigInteger)
    reason: Mapped[str] = mapped_column(BoundedText(200))
    business_date: Mapped[date]
    asked_by: Mapped[int | None]
    approved_by: Mapped[int | None]
    __table_args__ = (
        ForeignKeyConstraint(["estate_id", "payment_id"], ["payments.estate_id", "payments.id"]),
        ForeignKeyConstraint(["estate_id", "entry_id"], ["journal_entries.estate_id", "journal_entries.id"]),
        CheckConstraint("approved_by IS NULL OR asked_by IS NULL OR approved_by <> asked_by", name="two_people"),
    )


class MoneyRequest(Base):
    """A reversal or refund one person asks for and another decides."""

    __tablename__ = "money_requests"

    estate_id: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(BoundedText(16))
    unit_id: Mapped[int] = mapped_column(BigInteger)
    payment_id: Mapped[int | None] = mapped_column(BigInteger)
    amount_fen: Mapped[int] = mapped_column(Fen)
    method: Mapped[str] = mapped_column(BoundedText(32), default="")
    reason: Mapped[str] = mapped_column(BoundedText(200))
    state: Mapped[str] = mapped_column(BoundedText(16))
    asked_by: Mapped[int | None]
    asked_name: Mapped[str] = mapped_column(BoundedText(64))
    asked_at: Mapped[datetime] = mapped_column(Instant)
    decided_by: Mapped[int | None]
    decided_at: Mapped[datetime | None] = mapped_column(Instant)
    decision_note: Mapped[str] = mapped_column(BoundedText(200), default="")
    entry_id: Mapped[int | None] = mapped_column(BigInteger)
    version: Mapped[int] = mapped_column(default=1)
    __mapper_args__ = {"version_id_col": version}
    __table_args__ = (
        ForeignKeyConstraint(["estate_id", "unit_id"], ["units.estate_id", "units.id"]),
        CheckConstraint("decided_by IS NULL OR asked_by IS NULL OR decided_by <> asked_by", name="two_people"),
        Index("ix_money_requests_state", "estate_id", "state"),
    )


class UnitAccount(Base):
    """What a unit has paid ahead (预存, R-027); never negative. Follows the ledger's customer-credit account."""

    __tablename__ = "unit_accounts"

    estate_id: Mapped[int] = mapped_column(primary_key=True)
    unit_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    credit_fen: Mapped[int] = mapped_column(Fen)
    version: Mapped[int] = mapped_column(default=1)
    __mapper_args__ = {"version_id_col": version}
    __table_args__ = (
        ForeignKeyConstraint(["estate_id", "unit_id"], ["units.estate_id", "units.id"]),
        CheckConstraint("credit_fen >= 0", name="credit"),
    )


class Intent(Base):
    """A money command that was carried out, under the number its form gave it: the same again returns the same (R3)."""

    __tablename__ = "intents"

    estate_id: Mapped[int] = mapped_column(primary_key=True)
    intent_id: Mapped[str] = mapped_column(BoundedText(64), primary_key=True)
    operation: Mapped[str] = mapped_column(BoundedText(64))
    digest: Mapped[str] = mapped_column(BoundedText(64))
    result: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(Instant)
