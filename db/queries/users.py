"""People who may sign in: the list for administration and the access review (R-006, R-198)."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, func, or_, select, true

from core.admin.permissions import Permission, Role
from core.kernel.filters import Slice
from core.kernel.identity import EstateId, StaffId, UserId
from db.models import User, UserEstate, UserRole, UserSession
from db.queries.paging import Page, contains
from db.repositories.users import has_brought_over, has_users
from db.unit_of_work import Reader, query


@dataclass(frozen=True, slots=True)
class WantedUsers:
    """Which users: whose name holds ``search``, in a state, with a role (each ``None`` or empty for all)."""

    search: str = ""
    state: str | None = None
    role: Role | None = None
    slice: Slice = field(default_factory=Slice)


@dataclass(frozen=True, slots=True)
class UserRow:
    """A user with roles, estates (``None``: all), last use and, while invited, how long the code lasts."""

    user_id: UserId
    username: str
    display_name: str
    state: str
    roles: tuple[Role, ...]
    estates: tuple[EstateId, ...] | None
    language: str
    staff_id: StaffId | None
    last_seen_at: datetime | None
    code_expires_at: datetime | None
    version: int


@query(Permission.USERS_VIEW)
def users(reader: Reader, wanted: WantedUsers) -> Page[UserRow]:
    """The users in name order, those who share an estate with the reader, with the true count."""
    where = _in_care(reader) & _wanted(wanted)
    total = int(reader.scalar(select(func.count()).select_from(User).where(where)))
    last_seen = select(func.max(UserSession.last_seen_at)).where(UserSession.user_id == User.id).scalar_subquery()
    statement = (
        select(User)
        .where(where)
        .order_by(User.username)
        .offset(wanted.slice.offset)
        .limit(wanted.slice.limit)
        .with_only_columns(*User.__table__.columns, last_seen.label("last_seen_at"))
    )
    return Page(_rows(reader, reader.rows(statement)), total)


def _wanted(wanted: WantedUsers) -> ColumnElement[bool]:
    where: ColumnElement[bool] = true()
    if wanted.search.strip():
        where &= contains(wanted.search, User.username, User.display_name)
    if wanted.state is not None:
        where &= User.state == wanted.state
    if wanted.role is not None:
        where &= User.id.in_(select(UserRole.user_id).where(UserRole.role == wanted.role.value))
    return where


def _in_care(reader: Reader) -> ColumnElement[bool]:
    shared = select(UserEstate.user_id).where(reader.scope(UserEstate.estate_id))
    if reader.actor.estates is None:
        return true()
    return or_(User.all_estates, User.id.in_(shared), User.id == reader.actor.user_id)


def _rows(reader: Reader, found: list[Row[Any]]) -> tuple[UserRow, ...]:
    ids = [row.id for row in found]
    roles: dict[int, list[Role]] = {}
    for held in reader.rows(select(UserRole.user_id, UserRole.role).where(UserRole.user_id.in_(ids))):
        roles.setdefault(held.user_id, []).append(Role(held.role))
    estates: dict[int, list[EstateId]] = {}
    for cared in reader.rows(select(UserEstate.user_id, UserEstate.estate_id).where(UserEstate.user_id.in_(ids))):
        estates.setdefault(cared.user_id, []).append(EstateId(cared.estate_id))
    return tuple(
        UserRow(
            user_id=UserId(row.id),
            username=row.username,
            display_name=row.display_name,
            state=row.state,
            roles=tuple(sorted(roles.get(row.id, ()))),
            estates=None if row.all_estates else tuple(sorted(estates.get(row.id, ()))),
            language=row.language,
            staff_id=row.staff_id,
            last_seen_at=row.last_seen_at,
            code_expires_at=row.code_expires_at,
            version=row.version,
        )
        for row in found
    )


def nobody_yet(connection: Connection) -> bool:
    """Say whether the portal was never set up: there is no user at all. Asked before anybody is signed in."""
    return not has_users(connection)


def somebody_brought_over(connection: Connection) -> bool:
    """Say whether somebody still has a password hash made by streamlit-authenticator."""
    return has_brought_over(connection)
