"""People who sign in: loaded for change, with their roles and estates."""

import unicodedata
from collections.abc import Iterable
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, delete, func, insert, select
from sqlalchemy.orm import Session

from core.admin.permissions import Role
from core.kernel.identity import EstateId, UserId
from db.models import Estate, User, UserEstate, UserRole

INVITED: Final = "invited"
ACTIVE: Final = "active"
DISABLED: Final = "disabled"
LONGEST_USERNAME: Final = 64


def fold_username(text: str) -> str:
    """Give a typed user name the form it is kept in: NFKC, without case, without what a database cannot hold."""
    folded = unicodedata.normalize("NFKC", text).casefold().strip()
    return folded.replace("\x00", "").encode("utf-8", "ignore").decode()[:LONGEST_USERNAME]


def find_user(session: Session, user_id: UserId) -> User | None:
    """Load a user for change, locked until the work is done."""
    return session.get(User, user_id, with_for_update=True, populate_existing=True)


def find_user_by_name(session: Session, username: str) -> User | None:
    """Load a user by the folded name, locked until the work is done."""
    return session.scalars(select(User).where(User.username == username).with_for_update()).one_or_none()


def stored_password(connection: Connection, username: str) -> str | None:
    """The password hash of someone who may sign in; ``None`` for everybody else, known or not."""
    statement = select(User.password_hash).where(User.username == username, User.state == ACTIVE)
    found: str | None = connection.execute(statement).scalar()
    return found


def has_users(connection: Connection) -> bool:
    """Say whether anybody was ever let in."""
    return connection.execute(select(User.id).limit(1)).first() is not None


def has_brought_over(connection: Connection) -> bool:
    """Say whether anybody still has a bcrypt hash from elsewhere."""
    return connection.execute(select(User.id).where(User.password_hash.startswith("$2")).limit(1)).first() is not None


def add_user(session: Session, user: User, roles: Iterable[Role], estates: Iterable[EstateId]) -> UserId:
    """Store a new user with roles and estates, and give the number."""
    session.add(user)
    session.flush()
    user_id = UserId(user.id)
    put_roles(session, user_id, roles)
    put_estates(session, user_id, estates)
    return user_id


def roles_of(session: Session, user_id: UserId) -> frozenset[Role]:
    """The roles a user holds."""
    return frozenset(Role(r) for r in session.scalars(select(UserRole.role).where(UserRole.user_id == user_id)))


def estates_of(session: Session, user_id: UserId) -> frozenset[EstateId]:
    """The estates a user looks after by name (none are named for one who looks after all)."""
    statement = select(UserEstate.estate_id).where(UserEstate.user_id == user_id)
    return frozenset(EstateId(estate) for estate in session.scalars(statement))


def put_roles(session: Session, user_id: UserId, roles: Iterable[Role]) -> None:
    """Replace a user's roles."""
    session.execute(delete(UserRole).where(UserRole.user_id == user_id))
    rows = [{"user_id": user_id, "role": role.value} for role in sorted(roles)]
    if rows:
        session.execute(insert(UserRole), rows)


def put_estates(session: Session, user_id: UserId, estates: Iterable[EstateId]) -> None:
    """Replace the estates a user looks after."""
    session.execute(delete(UserEstate).where(UserEstate.user_id == user_id))
    rows = [{"user_id": user_id, "estate_id": estate} for estate in sorted(estates)]
    if rows:
        session.execute(insert(UserEstate), rows)


def known_estates(session: Session, wanted: Iterable[EstateId]) -> frozenset[EstateId]:
    """Which of the wanted estates exist."""
    return frozenset(EstateId(e) for e in session.scalars(select(Estate.id).where(Estate.id.in_(list(wanted)))))


def other_administrators(session: Session, user_id: UserId) -> int:
    """How many people besides this one can sign in as administrator."""
    statement = (
        select(func.count())
        .select_from(UserRole)
        .join(User, User.id == UserRole.user_id)
        .where(UserRole.role == Role.ADMINISTRATOR.value, User.state == ACTIVE, User.id != user_id)
    )
    return int(session.scalar(statement) or 0)


def company_names(connection: Connection) -> tuple[str, ...]:
    """Names a password must not be made of: the estates and the companies that run them."""
    rows = connection.execute(select(Estate.name, Estate.property_company)).all()
    return tuple(sorted({name for row in rows for name in row if name}))


def set_code(user: User, code_hash: bytes, expires_at: datetime) -> None:
    """Leave a user with a one-time code and without a password."""
    user.password_hash = None
    user.code_hash = code_hash
    user.code_expires_at = expires_at
    user.state = INVITED


def set_password(user: User, password_hash: str) -> None:
    """Give a user a password; a one-time code is used up with it."""
    user.password_hash = password_hash
    user.code_hash = None
    user.code_expires_at = None
    user.state = ACTIVE
