"""The whole record of a unit (R-002): its order among others, its bounds, and when it may be retired."""

import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import ClassVar, Final

from core.kernel.errors import BusinessError
from core.kernel.lifecycle import Transitions

LOWEST_FLOOR: Final = -10
HIGHEST_FLOOR: Final = 200
SORT_DIGITS: Final = 6
LONGEST_BUILDING_SORT: Final = 64
LONGEST_UNIT_SORT: Final = 80


class UnitState(StrEnum):
    """Whether the unit is in use."""

    ACTIVE = "active"
    RETIRED = "retired"


UNIT_MOVES: Final = Transitions({UnitState.ACTIVE: frozenset({UnitState.RETIRED})})


class FloorRefused(BusinessError):
    """No building has such a floor. Fields: ``least``, ``most`` (both allowed)."""

    code: ClassVar[str] = "unit.floor_refused"


class BuildingCodeTaken(BusinessError):
    """The estate already has a building of this code. Field: ``building``."""

    code: ClassVar[str] = "building.code_taken"


class UnitStillUsed(BusinessError):
    """The unit has open bills, money paid ahead, or people in it. Fields: ``open_bills``, ``occupants``."""

    code: ClassVar[str] = "unit.still_used"


class UnitRetired(BusinessError):
    """The unit is no longer in use. Field: ``unit_code``."""

    code: ClassVar[str] = "unit.retired"


@dataclass(frozen=True, slots=True)
class UnitRecord:
    """Everything recorded of a unit but its state. ``area`` in hundredths of m²; ``code`` is the full ``3-1-1202``.

    ``building`` and ``entrance`` are codes ("" for no entrance); floor, grade and handover may be unknown.
    """

    building: str
    entrance: str
    code: str
    area: int
    use: str
    grade: str | None = None
    floor: int | None = None
    handover_date: date | None = None


def sort_key(code: str, *, longest: int = LONGEST_UNIT_SORT) -> str:
    """Write a code so that texts sort as people count: each number padded to six digits (2 before 10).

    Cut at ``longest`` characters: the key orders and never identifies.
    """
    return re.sub(r"[0-9]+", lambda run: run[0].zfill(SORT_DIGITS), code)[:longest]


def check_floor(floor: int | None) -> int | None:
    """Give the floor back (-10 to 200, both allowed, or unknown), or raise ``FloorRefused``."""
    if floor is not None and not LOWEST_FLOOR <= floor <= HIGHEST_FLOOR:
        raise FloorRefused(least=LOWEST_FLOOR, most=HIGHEST_FLOOR)
    return floor


def check_unit_active(*, state: UnitState, unit_code: str) -> None:
    """Raise ``UnitRetired`` unless the unit is in use."""
    if state is not UnitState.ACTIVE:
        raise UnitRetired(unit_code=unit_code)


def check_unit_retirement(*, state: UnitState, open_bills: int, credit_fen: int, occupants: int) -> None:
    """Refuse to retire a unit twice, or one with open bills, money paid ahead, or people in it today or later."""
    UNIT_MOVES.check(source=state, target=UnitState.RETIRED)
    if open_bills or credit_fen or occupants:
        raise UnitStillUsed(open_bills=open_bills, occupants=occupants)
