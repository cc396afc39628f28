"""Numbers and states of staff (R-005)."""

from enum import StrEnum
from typing import ClassVar, Final

from core.kernel.errors import BusinessError
from core.kernel.lines import check_line

LONGEST_NUMBER: Final = 32


class StaffState(StrEnum):
    """Whether a member of staff can be given work."""

    ACTIVE = "active"
    INACTIVE = "inactive"


class StaffNumberTaken(BusinessError):
    """Somebody else has this staff number. Field: ``number``."""

    code: ClassVar[str] = "staff.number_taken"


def check_staff_number(number: str, *, taken: bool) -> str:
    """Give the number as stored (one clean line, capitals), or refuse one that is missing, too long or ``taken``."""
    line = normalise_staff_number(number)
    if taken:
        raise StaffNumberTaken(number=line)
    return line


def normalise_staff_number(number: str) -> str:
    """Write a staff number the one way it is stored, so that ``g-7`` and ``G-7`` are one."""
    return check_line(number, field="number", longest=LONGEST_NUMBER).upper()


def state_of(*, active: bool) -> StaffState:
    """The state a form's choice means."""
    return StaffState.ACTIVE if active else StaffState.INACTIVE
