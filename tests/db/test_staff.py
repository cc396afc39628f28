"""R-005, R-011, R-196; T7 and T20 for staff."""

import json
from typing import Any

import pytest
from sqlalchemy import insert, select

from core.admin.codes import CodeList, CodeUnknown
from core.admin.permissions import NotPermitted, Permission, Role
from core.customers.masking import PhoneMasked, PhoneRefused
from core.kernel.errors import BusinessError
from core.kernel.filters import Slice
from core.kernel.identity import COMPANY, EstateId, StaffId
from core.kernel.lines import LineMissing
from core.staff.posts import NotAssignable
from core.staff.records import StaffNumberTaken, StaffState
from db.engine import Database
from db.models import AuditEntry, StaffMember, User, UserRole
from db.operations.codes import RetireCode, retire_code
from db.operations.staff import (
    AddStaffMember,
    EditStaffMember,
    add_staff_member,
    edit_staff_member,
    the_staff_member,
)
from db.queries.staff import StaffMemberWanted, StaffSort, StaffWanted, staff, staff_member
from db.unit_of_work import EditConflict, NotFound, UnitOfWork, operation
from tests import builders
from tests.db.asserting import check_reading_rights, check_rights, entries, refused, someone_with
from tests.personas import MANAGER
from tests.statements import count_statements


@pytest.fixture(autouse=True)
def code_lists(database: Database) -> None:
    builders.with_code_lists(database)


def edit(member: StaffId, version: int = 1, **values: Any) -> EditStaffMember:
    fields: dict[str, Any] = {
        "estate_id": COMPANY, "number": "G-001", "name": "李师傅", "post": "repair_worker",
        "department": "engineering", "is_active": True,
    }  # fmt: skip
    return EditStaffMember(staff_id=member, version=version, **{**fields, **values})


def shown(database: Database, member: StaffId, **by: Any) -> Any:
    return builders.ask(database, staff_member, StaffMemberWanted(member), **by)


def test_a_new_member_of_staff_is_shown_with_a_masked_phone(database: Database) -> None:
    place = builders.estate(database)
    command = AddStaffMember(place, " g-007 ", " 李 师傅 ", "repair_worker", "engineering", "138 0013 8000")
    member = builders.act(database, add_staff_member, command, by=MANAGER)
    row = shown(database, member)
    assert (row.number, row.name, row.phone, row.estate_name, row.state) == (
        "G-007", "李 师傅", "138****8000", "Maple Court", StaffState.ACTIVE,
    )  # fmt: skip
    assert (row.post, row.department, row.estate_id, row.roles, row.version) == (
        "repair_worker",
        "engineering",
        place,
        (),
        1,
    )
    (entry,) = entries(database, "staff.add")
    assert (entry.chain, entry.actor_id, entry.subject_id) == (COMPANY, MANAGER.user_id, str(member))


def test_no_phone_stands_in_the_database_and_no_name_in_the_log(database: Database) -> None:
    member = builders.staff_member(database, phone="13800138000", name="欧阳师傅")
    builders.act(database, edit_staff_member, edit(member, name="欧阳工", phone="13912345678"))
    with database.reading() as connection:
        kept = connection.execute(select(StaffMember)).all()
        log = repr(connection.execute(select(AuditEntry)).all())
    assert b"13912345678" not in b"".join(v if isinstance(v, bytes) else str(v).encode() for v in kept[0])
    assert all(text not in log for text in ("13800138000", "13912345678", "欧阳", json.dumps("欧阳")[1:-1]))


@pytest.mark.parametrize(
    ("values", "error"),
    [
        ({"number": " "}, LineMissing),
        ({"name": ""}, LineMissing),
        ({"post": "astronaut"}, CodeUnknown),
        ({"department": "space"}, CodeUnknown),
        ({"phone": "138****8000"}, PhoneMasked),
        ({"phone": "1"}, PhoneRefused),
    ],
)
def test_a_bad_value_is_refused(database: Database, values: dict[str, Any], error: type[BusinessError]) -> None:
    member = builders.staff_member(database)
    fields = {"number": "G-2", "name": "x", "post": "cleaner", "department": "cleaning", **values}
    with refused(database, error):
        builders.act(database, add_staff_member, AddStaffMember(COMPANY, **fields))
    with refused(database, error):
        builders.act(database, edit_staff_member, edit(member, **values))


def test_a_number_belongs_to_one_person(database: Database) -> None:
    builders.staff_member(database, "g-1")
    other = builders.staff_member(database, "g-2")
    with refused(database, StaffNumberTaken, number="G-1"):
        builders.staff_member(database, " g-1 ")
    with refused(database, StaffNumberTaken):
        builders.act(database, edit_staff_member, edit(other, number="g-1"))
    builders.act(database, edit_staff_member, edit(other, number="g-2", name="new"))


def test_an_edit_keeps_the_phone_and_a_retired_post_and_notes_what_changed(database: Database) -> None:
    member = builders.staff_member(database, phone="13800138000")
    builders.act(database, retire_code, RetireCode(CodeList.POST, "repair_worker", 1))
    builders.act(database, edit_staff_member, edit(member, is_active=False))
    builders.act(database, edit_staff_member, edit(member, 2, is_active=False, phone="138-0013-8000"))
    row = shown(database, member)
    assert (row.phone, row.state, row.version) == ("138****8000", StaffState.INACTIVE, 2)
    (entry,) = entries(database, "staff.edit")
    assert (json.loads(entry.before), json.loads(entry.after)) == ({"state": "active"}, {"state": "inactive"})
    builders.act(database, edit_staff_member, edit(member, 2, phone=""))
    assert shown(database, member).phone == ""


def test_the_second_of_two_editors_is_refused(database: Database) -> None:
    member = builders.staff_member(database)
    builders.act(database, edit_staff_member, edit(member, name="a"))
    with refused(database, EditConflict):
        builders.act(database, edit_staff_member, edit(member, name="b"))


def test_only_people_with_the_right_change_staff(database: Database) -> None:
    member = builders.staff_member(database)
    add = AddStaffMember(COMPANY, "G-9", "x", "cleaner", "cleaning")
    check_rights(database, add_staff_member, add, Permission.STAFF_EDIT)
    check_rights(database, edit_staff_member, edit(member), Permission.STAFF_EDIT)
    check_reading_rights(database, staff, StaffWanted(), Permission.STAFF_VIEW)
    check_reading_rights(database, staff_member, StaffMemberWanted(member), Permission.STAFF_VIEW)


def test_staff_of_another_estate_is_neither_seen_nor_changed(database: Database) -> None:
    mine, other = builders.estate(database, "mine"), builders.estate(database, "other")
    company = builders.staff_member(database, "C")
    own, hers = builders.staff_member(database, "M", at=mine), builders.staff_member(database, "O", at=other)
    limited = someone_with(Permission.STAFF_EDIT, mine)
    for command, error in (
        (edit(hers, estate_id=other), NotPermitted),
        (edit(hers, estate_id=mine), NotFound),
        (edit(own, estate_id=other), NotPermitted),
        (edit(own, estate_id=COMPANY), NotPermitted),
        (edit(company, estate_id=mine), NotPermitted),
        (edit(StaffId(999), estate_id=mine), NotFound),
    ):
        with refused(database, error):
            builders.act(database, edit_staff_member, command, by=limited)
    for estate in (other, COMPANY):
        with refused(database, NotPermitted):
            builders.act(
                database, add_staff_member, AddStaffMember(estate, "X", "x", "cleaner", "cleaning"), by=limited
            )
    assert [row.id for row in builders.ask(database, staff, StaffWanted(), by=limited).rows] == [company, own]
    assert shown(database, company, by=limited).id == company
    with pytest.raises(NotFound):
        shown(database, hers, by=limited)
    with pytest.raises(NotPermitted):
        builders.ask(database, staff, StaffWanted(estate_id=other), by=limited)
    builders.act(database, edit_staff_member, edit(own, estate_id=mine, number="M", name="new"), by=limited)


@operation(Permission.STAFF_VIEW)
def assign(work: UnitOfWork, member: StaffId) -> str:
    return the_staff_member(work, member, assignable=True).name


def test_an_inactive_person_is_given_no_work(database: Database) -> None:
    member = builders.staff_member(database)
    assert builders.act(database, assign, member) == "李师傅"
    builders.act(database, edit_staff_member, edit(member, is_active=False))
    with refused(database, NotAssignable, name="李师傅"):
        builders.act(database, assign, member)


@pytest.mark.parametrize(
    ("wanted", "numbers"),
    [
        (StaffWanted(), "A_1 B%2 C3"),
        (StaffWanted(descending=True), "C3 B%2 A_1"),
        (StaffWanted(sort=StaffSort.DEPARTMENT), "C3 A_1 B%2"),
        (StaffWanted(sort=StaffSort.NAME, descending=True), "C3 B%2 A_1"),
        (StaffWanted(post="cleaner"), "C3"),
        (StaffWanted(department="engineering"), "A_1 B%2"),
        (StaffWanted(department="x" * 300), ""),
        (StaffWanted(state=StaffState.INACTIVE), ""),
        (StaffWanted(search="%"), "B%2"),
        (StaffWanted(search="_"), "A_1"),
        (StaffWanted(search="ZO"), "C3"),
        (StaffWanted(estate_id=EstateId(1)), "B%2"),
        (StaffWanted(slice=Slice(2, 2)), "C3"),
    ],
)
def test_the_list_is_searched_as_text_sorted_and_paged(database: Database, wanted: StaffWanted, numbers: str) -> None:
    assert builders.estate(database) == 1
    builders.staff_member(database, "A_1", name="ann")
    builders.staff_member(database, "B%2", name="Bob", at=EstateId(1))
    builders.staff_member(database, "C3", name="zoe", post="cleaner", department="cleaning")
    page = builders.ask(database, staff, wanted)
    assert " ".join(row.number for row in page.rows) == numbers
    assert page.total == (3 if wanted.slice.size == 2 else len(page.rows))


def test_the_list_shows_portal_roles_in_two_statements(database: Database) -> None:
    member = builders.staff_member(database)
    builders.staff_member(database, "G-2")
    user = {"id": 7, "username": "li", "display_name": "Li", "staff_id": member, "created_at": builders.NOW}
    with database.writing() as connection, connection.begin():
        connection.execute(insert(User).values(user))
        connection.execute(
            insert(UserRole), [{"user_id": 7, "role": role.value} for role in (Role.PATROL, Role.HANDLER)]
        )
    with count_statements(database) as sent:
        page = builders.ask(database, staff, StaffWanted())
    assert [row.roles for row in page.rows] == [(Role.HANDLER, Role.PATROL), ()]
    assert len(sent) == 2
