"""Staff: who holds which post where, and who can be given work (R-005)."""

from dataclasses import dataclass
from typing import ClassVar, Final

from core.kernel.errors import BusinessError
from core.kernel.lines import check_line

LONGEST_NAME: Final = 64
LONGEST_POST: Final = 32


class NotAssignable(BusinessError):
    """An inactive person is given no work. Field: ``name``."""

    code: ClassVar[str] = "staff.not_assignable"


@dataclass(frozen=True, slots=True)
class StaffDetails:
    """What can be edited of a staff member; the portal role belongs to the user account."""

    name: str
    post: str
    department: str
    active: bool = True


def staff_details(*, name: str, post: str, department: str, active: bool = True) -> StaffDetails:
    """Judge the staff form and give its clean values, or raise the refusal of the first line that is wrong."""
    return StaffDetails(
        name=check_line(name, field="name", longest=LONGEST_NAME),
        post=check_line(post, field="post", longest=LONGEST_POST),
        department=check_line(department, field="department", longest=LONGEST_POST),
        active=active,
    )


def check_assignable(member: StaffDetails) -> None:
    """Raise ``NotAssignable`` unless the person is active (R-005)."""
    if not member.active:
        raise NotAssignable(name=member.name)
