from datetime import datetime

from sqlalchemy import ForeignKey, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from db.columns import BoundedText, Instant
from db.models.base import Base


class User(Base):
    """A person who signs in. ``username`` is folded (NFKC, case) and unique; no password until one is set."""

    __tablename__ = "users"

    id: Mapped[int] = mapped_column(primary_key=True)
    username: Mapped[str] = mapped_column(BoundedText(64), unique=True)
    display_name: Mapped[str] = mapped_column(BoundedText(64))
    password_hash: Mapped[str | None] = mapped_column(BoundedText(256))
    code_hash: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    code_expires_at: Mapped[datetime | None] = mapped_column(Instant)
    language: Mapped[str] = mapped_column(BoundedText(8), default="zh_CN")
    all_estates: Mapped[bool] = mapped_column(default=False)
    state: Mapped[str] = mapped_column(BoundedText(16), default="invited")
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff_members.id"))
    created_at: Mapped[datetime] = mapped_column(Instant)
    version: Mapped[int] = mapped_column(default=1)
    __mapper_args__ = {"version_id_col": version}


class UserRole(Base):
    """A role a user holds."""

    __tablename__ = "user_roles"

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True)
    role: Mapped[str] = mapped_column(BoundedText(32), primary_key=True)


class UserEstate(Base):
    """An estate a user looks after (unless ``all_estates``)."""

    __tablename__ = "user_estates"

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True)
    estate_id: Mapped[int] = mapped_column(ForeignKey("estates.id"), primary_key=True)


class UserSession(Base):
    """A signed-in browser. Only the hash of its random token is kept; read again on every rerun (T1, T2)."""

    __tablename__ = "user_sessions"

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime] = mapped_column(Instant)
    last_seen_at: Mapped[datetime] = mapped_column(Instant)
    proven_at: Mapped[datetime] = mapped_column(Instant)
    revoked_at: Mapped[datetime | None] = mapped_column(Instant)
    address: Mapped[str] = mapped_column(BoundedText(64), default="")
    agent: Mapped[str] = mapped_column(BoundedText(200), default="")
    __table_args__ = (Index("ix_user_sessions_user", "user_id"),)


class SignInAttempt(Base):
    """Failed sign-ins per user name and per address; drives the delay (T4)."""

    __tablename__ = "sign_in_attempts"

    key: Mapped[str] = mapped_column(BoundedText(100), primary_key=True)
    failures: Mapped[int]
    last_failed_at: Mapped[datetime] = mapped_column(Instant)
