"""Who is signed in: for the shell on every rerun, and for the person's own list (7.5.2)."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from core.admin.permissions import Permission
from core.kernel.identity import UserId
from db.models import User, UserSession
from db.repositories import sessions
from db.repositories.sessions import ABSOLUTE, TOUCH_EVERY, LiveSession, is_live
from db.unit_of_work import Reader, query

__all__ = [
    "TOUCH_EVERY",
    "LiveSession",
    "OpenSession",
    "SessionsOf",
    "live_session",
    "live_session_id",
    "open_sessions",
]


def live_session(connection: Connection, token: str, now: datetime) -> LiveSession | None:
    """Give the live session of a token with who is there, or ``None``; nothing about it is cached."""
    return sessions.find_live_session(connection, token, now)


def live_session_id(connection: Connection, token: str, now: datetime) -> int | None:
    """Give only the number of the live session of a token, or ``None``: one short statement."""
    return sessions.live_session_id(connection, token, now)


@dataclass(frozen=True, slots=True)
class SessionsOf:
    """Whose sessions; ``None`` for one's own."""

    user_id: UserId | None = None


@dataclass(frozen=True, slots=True)
class OpenSession:
    """A signed-in browser of a person."""

    session_id: int
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    address: str
    agent: str


@query(Permission.DESK_VIEW)
def open_sessions(reader: Reader, wanted: SessionsOf) -> tuple[OpenSession, ...]:
    """The live sessions of a person, the latest first; other people's only for who may see users."""
    user_id = wanted.user_id if wanted.user_id is not None else reader.actor.user_id
    if user_id != reader.actor.user_id:
        reader.actor.require(Permission.USERS_VIEW)
    statement = (
        select(UserSession)
        .join(User, User.id == UserSession.user_id)
        .where(UserSession.user_id == user_id, is_live(reader.now))
        .order_by(UserSession.last_seen_at.desc(), UserSession.id.desc())
        .with_only_columns(
            UserSession.id,
            UserSession.created_at,
            UserSession.last_seen_at,
            UserSession.address,
            UserSession.agent,
        )
    )
    return tuple(
        OpenSession(r.id, r.created_at, r.last_seen_at, r.created_at + ABSOLUTE, r.address, r.agent)
        for r in reader.rows(statement)
    )
