"""Staff as it is shown: the list with posts and portal roles, and who can be given work (R-005)."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, func, or_, select

from core.admin.permissions import Permission, Role
from core.customers.masking import mask_phone
from core.kernel.filters import Slice
from core.kernel.identity import EstateId, StaffId
from core.staff.records import StaffState
from db.models import Estate, StaffMember, User, UserRole
from db.queries.paging import Page, contains, search_text
from db.repositories.staff import open_phone
from db.unit_of_work import NotFound, Reader, query


class StaffSort(StrEnum):
    """What the list can be sorted by."""

    NUMBER = "number"
    NAME = "name"
    DEPARTMENT = "department"


_SORTS: Final = {
    StaffSort.NUMBER: StaffMember.number,
    StaffSort.NAME: func.lower(StaffMember.name),
    StaffSort.DEPARTMENT: StaffMember.department,
}


@dataclass(frozen=True, slots=True)
class StaffWanted:
    """Which staff: of an estate (``None``: all in care, and the company's), of a post or department, in a state.

    ``search`` is part of a name or number.
    """

    estate_id: EstateId | None = None
    post: str | None = None
    department: str | None = None
    state: StaffState | None = StaffState.ACTIVE
    search: str = ""
    sort: StaffSort = StaffSort.NUMBER
    descending: bool = False
    slice: Slice = field(default_factory=Slice)


@dataclass(frozen=True, slots=True)
class StaffRow:
    """A member of staff, phone masked; ``estate_id`` 0 and no name for somebody of the whole company.

    ``roles`` are those of all portal users of this person.
    """

    id: StaffId
    version: int
    number: str
    name: str
    post: str
    department: str
    estate_id: EstateId
    estate_name: str
    phone: str
    state: StaffState
    roles: tuple[Role, ...]


@dataclass(frozen=True, slots=True)
class StaffMemberWanted:
    """One member of staff."""

    staff_id: StaffId


@query(Permission.STAFF_VIEW)
def staff(reader: Reader, wanted: StaffWanted) -> Page[StaffRow]:
    """A screenful of the staff of the company and of the estates in the person's care."""
    conditions = _conditions(reader, wanted)
    total = int(reader.scalar(select(func.count()).select_from(StaffMember).where(*conditions)))
    sort = _SORTS[wanted.sort]
    order = (sort.desc() if wanted.descending else sort.asc(), StaffMember.id)
    page = _shown().where(*conditions).order_by(*order).limit(wanted.slice.limit).offset(wanted.slice.offset)
    return Page(tuple(_row(reader, row) for row in reader.rows(page)), total)


@query(Permission.STAFF_VIEW)
def staff_member(reader: Reader, wanted: StaffMemberWanted) -> StaffRow:
    """One member of staff."""
    found = reader.rows(_shown().where(StaffMember.id == wanted.staff_id, _in_care(reader)))
    if not found:
        raise NotFound
    return _row(reader, found[0])


def _conditions(reader: Reader, wanted: StaffWanted) -> list[ColumnElement[bool]]:
    conditions = [_in_care(reader)]
    if wanted.estate_id is not None:
        conditions.append(StaffMember.estate_id == wanted.estate_id)
    if wanted.post is not None:
        conditions.append(StaffMember.post == search_text(wanted.post)[:32])
    if wanted.department is not None:
        conditions.append(StaffMember.department == search_text(wanted.department)[:32])
    if wanted.state is not None:
        conditions.append(StaffMember.state == wanted.state.value)
    if search_text(wanted.search):
        conditions.append(contains(wanted.search, StaffMember.number, StaffMember.name))
    return conditions


def _in_care(reader: Reader) -> ColumnElement[bool]:
    return or_(StaffMember.estate_id.is_(None), reader.scope(func.coalesce(StaffMember.estate_id, 0)))


def _shown() -> Select[Any]:
    held = select(func.aggregate_strings(UserRole.role, ",")).join(User, User.id == UserRole.user_id)
    roles = held.where(User.staff_id == StaffMember.id).correlate(StaffMember).scalar_subquery()
    named = select(StaffMember, Estate.name.label("estate_name"), roles.label("roles"))
    return named.outerjoin(Estate, Estate.id == StaffMember.estate_id)


def _row(reader: Reader, row: Any) -> StaffRow:
    held = set((row.roles or "").split(","))
    return StaffRow(
        id=StaffId(row.id),
        version=row.version,
        number=row.number,
        name=row.name,
        post=row.post,
        department=row.department,
        estate_id=EstateId(row.estate_id or 0),
        estate_name=row.estate_name or "",
        phone=mask_phone(open_phone(reader.keys, row)),
        state=StaffState(row.state),
        roles=tuple(role for role in Role if role.value in held),
    )
