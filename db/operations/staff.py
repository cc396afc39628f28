"""Use cases of staff (R-005). Who belongs to no one estate is the business of people who look after all."""

from dataclasses import dataclass
from typing import Any

from core.admin.codes import CodeList, check_value
from core.admin.permissions import Permission
from core.admin.reach import require_whole_company
from core.customers.masking import check_phone
from core.kernel.identity import COMPANY, EstateId, StaffId
from core.staff.posts import StaffDetails, check_assignable, staff_details
from core.staff.records import StaffState, check_staff_number, normalise_staff_number, state_of
from db.models import StaffMember
from db.operations.estates import changed_facts, the_estate
from db.repositories.codes import active_codes
from db.repositories.staff import load_member, number_is_taken, open_phone, seal_phone
from db.unit_of_work import EditConflict, NotFound, UnitOfWork, operation


@dataclass(frozen=True, slots=True)
class AddStaffMember:
    """A new member of staff; ``estate_id`` 0 for somebody of the whole company."""

    estate_id: EstateId
    number: str
    name: str
    post: str
    department: str
    phone: str = ""


@dataclass(frozen=True, slots=True)
class EditStaffMember:
    """New values of a member of staff; a phone of ``None`` stays as it is, an empty one is removed."""

    estate_id: EstateId
    staff_id: StaffId
    version: int
    number: str
    name: str
    post: str
    department: str
    is_active: bool
    phone: str | None = None


@operation(Permission.STAFF_EDIT)
def add_staff_member(work: UnitOfWork, command: AddStaffMember) -> StaffId:
    """Add a member of staff and give his or her number in the portal."""
    _check_home(work, command.estate_id)
    work.lock(COMPANY)
    details = _checked(work, command, is_active=True)
    taken = number_is_taken(work.session, normalise_staff_number(command.number))
    member = work.new_id(COMPANY)
    row = StaffMember(id=member, number=check_staff_number(command.number, taken=taken), state=StaffState.ACTIVE.value)
    phone = check_phone(command.phone) if command.phone.strip() else ""
    _fill(row, details, command.estate_id)
    row.phone_sealed = seal_phone(work.keys, member, phone)
    work.session.add(row)
    work.record("staff.add", ("staff", member), after=_facts(work, row))
    return StaffId(member)


@operation(Permission.STAFF_EDIT)
def edit_staff_member(work: UnitOfWork, command: EditStaffMember) -> None:
    """Change a member of staff, or end and resume his or her work; the same values again change nothing."""
    _check_home(work, command.estate_id)
    work.lock(COMPANY)
    row = the_staff_member(work, command.staff_id)
    if row.estate_id is None:
        require_whole_company(actor=work.actor, permission=Permission.STAFF_EDIT)
    if row.version != command.version:
        raise EditConflict
    before, details = _facts(work, row), _checked(work, command, is_active=command.is_active, old=row)
    taken = number_is_taken(work.session, normalise_staff_number(command.number), apart_from=row.id)
    row.number = check_staff_number(command.number, taken=taken)
    _fill(row, details, command.estate_id)
    if command.phone is not None:
        phone = check_phone(command.phone) if command.phone.strip() else ""
        if phone != open_phone(work.keys, row):
            row.phone_sealed = seal_phone(work.keys, row.id, phone)
    before, after = changed_facts(before, _facts(work, row))
    if after:
        work.record("staff.edit", ("staff", row.id), before=before, after=after)


def the_staff_member(work: UnitOfWork, member: StaffId, *, assignable: bool = False) -> StaffMember:
    """Load a member of staff of the company or of an estate in the person's care; any other raises ``NotFound``.

    With ``assignable``, an inactive one is refused: nobody gives him or her work.
    """
    row = load_member(work.session, member)
    if row is None or (row.estate_id is not None and not work.actor.looks_after(EstateId(row.estate_id))):
        raise NotFound
    if assignable:
        is_active = row.state == StaffState.ACTIVE.value
        check_assignable(StaffDetails(row.name, row.post, row.department, is_active))
    return row


def _check_home(work: UnitOfWork, estate: EstateId) -> None:
    if estate == COMPANY:
        require_whole_company(actor=work.actor, permission=Permission.STAFF_EDIT)
    else:
        the_estate(work, estate)


def _checked(
    work: UnitOfWork, command: AddStaffMember | EditStaffMember, *, is_active: bool, old: StaffMember | None = None
) -> StaffDetails:
    details = staff_details(name=command.name, post=command.post, department=command.department, active=is_active)
    codes = active_codes(work.session, CodeList.POST, CodeList.DEPARTMENT)
    wanted = ((CodeList.POST, details.post, "post"), (CodeList.DEPARTMENT, details.department, "department"))
    for code_list, value, column in wanted:
        kept = getattr(old, column) if old else None
        check_value(code_list=code_list, value=value, active=codes[code_list], kept=kept)
    return details


def _fill(row: StaffMember, details: StaffDetails, estate: EstateId) -> None:
    row.name, row.post, row.department = details.name, details.post, details.department
    row.estate_id = None if estate == COMPANY else estate
    row.state = state_of(active=details.active).value


def _facts(work: UnitOfWork, row: StaffMember) -> dict[str, Any]:
    """What an audit entry holds of a member of staff: tokens for name and phone."""
    phone = open_phone(work.keys, row)
    return {
        "number": row.number,
        "name": work.keys.token(row.name),
        "post": row.post,
        "department": row.department,
        "estate": row.estate_id,
        "phone": work.keys.token(phone) if phone else None,
        "state": row.state,
    }
