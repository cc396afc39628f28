"""Staff: load for change, and the sealed phone (R-005)."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.kernel.identity import StaffId
from db.keys import KeyRing
from db.models import StaffMember


def phone_place(member: int) -> str:
    """Where a phone is sealed for."""
    return f"staff.phone:{member}"


def seal_phone(keys: KeyRing, member: int, phone: str) -> bytes | None:
    """The sealed phone, nothing for an empty one."""
    return keys.seal(phone, place=phone_place(member)) if phone else None


def open_phone(keys: KeyRing, row: Any) -> str:
    """The phone of a row that carries ``id`` and ``phone_sealed``, "" when there is none."""
    return keys.open(row.phone_sealed, place=phone_place(row.id)) if row.phone_sealed is not None else ""


def load_member(session: Session, member: StaffId) -> StaffMember | None:
    """The member of staff, active or not."""
    return session.get(StaffMember, member)


def number_is_taken(session: Session, number: str, *, apart_from: int = 0) -> bool:
    """Whether somebody else has a staff number."""
    statement = select(StaffMember.id).where(StaffMember.number == number, StaffMember.id != apart_from)
    return session.scalar(statement) is not None
