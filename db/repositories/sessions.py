"""Signed-in browsers: rows that prove who somebody is (T1, T2, T31). Only the hash of a token is ever stored."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, select, update
from sqlalchemy.orm import Session

from core.admin.permissions import Actor, Role
from core.kernel.identity import EstateId, StaffId, UserId
from db.keys import token_hash
from db.models import User, UserEstate, UserRole, UserSession
from db.repositories.users import ACTIVE

IDLE: Final = timedelta(minutes=15)
ABSOLUTE: Final = timedelta(hours=8)
TOUCH_EVERY: Final = timedelta(minutes=1)
MOST_SESSIONS: Final = 5
_AGENT: Final = 200
_ADDRESS: Final = 64


@dataclass(frozen=True, slots=True)
class LiveSession:
    """A signed-in browser and who is there. ``expires_at`` is when it ends at the latest."""

    session_id: int
    actor: Actor
    username: str
    display_name: str
    proven_at: datetime
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime


def is_live(now: datetime) -> ColumnElement[bool]:
    """The condition of a session that still counts: used within 15 min, begun within 8 h, not ended, user active."""
    return (
        UserSession.revoked_at.is_(None)
        & (UserSession.last_seen_at > now - IDLE)
        & (UserSession.created_at > now - ABSOLUTE)
        & (User.state == ACTIVE)
    )


def live_session_id(connection: Connection, token: str, now: datetime) -> int | None:
    """The number of the live session of a token; the shortest question, asked for every request."""
    statement = (
        select(UserSession.id)
        .join(User, User.id == UserSession.user_id)
        .where(UserSession.token_hash == token_hash(token), is_live(now))
    )
    found: int | None = connection.execute(statement).scalar()
    return found


def find_live_session(connection: Connection, token: str, now: datetime) -> LiveSession | None:
    """The live session of a token with its person's present roles, estates and language."""
    statement = (
        select(UserSession, User)
        .join(User, User.id == UserSession.user_id)
        .where(UserSession.token_hash == token_hash(token), is_live(now))
        .with_only_columns(
            UserSession.id,
            UserSession.proven_at,
            UserSession.created_at,
            UserSession.last_seen_at,
            User.id.label("user_id"),
            User.username,
            User.display_name,
            User.language,
            User.all_estates,
            User.staff_id,
        )
    )
    row = connection.execute(statement).one_or_none()
    if row is None:
        return None
    actor = _actor(connection, row, UserId(row.user_id))
    ends = row.created_at + ABSOLUTE
    return LiveSession(
        row.id, actor, row.username, row.display_name, row.proven_at, row.created_at, row.last_seen_at, ends
    )


def actor_of(session: Session, user: User) -> Actor:
    """The person behind a user row, as operations know him or her."""
    session.flush()
    return _actor(session.connection(), user, UserId(user.id))


def _actor(connection: Connection, row: Any, user_id: UserId) -> Actor:
    """The person of a row that carries the columns of a user."""
    staff = None if row.staff_id is None else StaffId(row.staff_id)
    roles = connection.execute(select(UserRole.role).where(UserRole.user_id == user_id)).scalars()
    held = frozenset(Role(role) for role in roles)
    if row.all_estates:
        return Actor(user_id, row.display_name, held, None, row.language, staff=staff)
    named = connection.execute(select(UserEstate.estate_id).where(UserEstate.user_id == user_id)).scalars()
    estates = frozenset(EstateId(estate) for estate in named)
    return Actor(user_id, row.display_name, held, estates, row.language, staff=staff)


def begin_session(session: Session, user_id: UserId, *, now: datetime, address: str, agent: str) -> str:
    """Store a new session and give its token, which nobody can read again; the oldest beyond five end."""
    token = secrets.token_urlsafe(32)
    row = UserSession(
        token_hash=token_hash(token),
        user_id=user_id,
        created_at=now,
        last_seen_at=now,
        proven_at=now,
        address=address.replace("\x00", "")[:_ADDRESS],
        agent=agent.replace("\x00", "")[:_AGENT],
    )
    session.add(row)
    session.flush()
    newest = select(UserSession.id).where(UserSession.user_id == user_id, UserSession.revoked_at.is_(None))
    keep = session.scalars(newest.order_by(UserSession.id.desc()).limit(MOST_SESSIONS)).all()
    end_sessions(session, user_id, now=now, but=tuple(keep))
    return token


def end_sessions(session: Session, user_id: UserId, *, now: datetime, but: tuple[int, ...] = ()) -> int:
    """End a user's sessions, except some, and give how many ended."""
    return _end(session, (UserSession.user_id == user_id) & UserSession.id.not_in(but), now)


def end_session(session: Session, session_id: int, *, now: datetime) -> int:
    """End one session; one that has ended stays as it is."""
    return _end(session, UserSession.id == session_id, now)


def _end(session: Session, which: ColumnElement[bool], now: datetime) -> int:
    statement = update(UserSession).where(which, UserSession.revoked_at.is_(None)).values(revoked_at=now)
    ended = session.execute(statement.returning(UserSession.id), execution_options={"synchronize_session": False})
    return len(ended.all())


def find_session(session: Session, token: str) -> UserSession | None:
    """Load the session of a token, live or not."""
    return session.scalars(select(UserSession).where(UserSession.token_hash == token_hash(token))).one_or_none()


def mark_seen(connection: Connection, token: str, now: datetime) -> None:
    """Note that a live session was used; written at most once a minute."""
    connection.execute(
        update(UserSession)
        .where(
            UserSession.token_hash == token_hash(token),
            UserSession.revoked_at.is_(None),
            UserSession.last_seen_at <= now - TOUCH_EVERY,
            UserSession.last_seen_at > now - IDLE,
        )
        .values(last_seen_at=now)
    )
