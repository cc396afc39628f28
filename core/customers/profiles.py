"""Customer profiles: who someone is to which unit, and who needs special care (R-003, R-004)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import ClassVar

from core.customers.masking import check_name, check_phone
from core.kernel.errors import BusinessError
from core.kernel.identity import UnitId


class Relation(StrEnum):
    """What a customer is to a unit."""

    OWNER = "owner"
    TENANT = "tenant"
    VISITOR = "visitor"


class CareFlag(StrEnum):
    """A reason for special care; the list is closed, so nothing sensitive is written freely."""

    ELDERLY = "elderly"
    LOW_INCOME = "low_income"
    NEWLY_MOVED_IN = "newly_moved_in"


class OccupancyEndsBeforeStart(BusinessError):
    """The end is not after the start. Fields: ``start``, ``end``."""

    code: ClassVar[str] = "occupancy.ends_before_start"


class OccupancyTwice(BusinessError):
    """The same customer already has this relation to this unit at that time. Fields: ``start``, ``end``."""

    code: ClassVar[str] = "occupancy.twice"


@dataclass(frozen=True, slots=True)
class CustomerDetails:
    """What can be edited of a customer; ``phone`` is normalised and may be empty, ``care`` is in the enum's order."""

    name: str
    phone: str = ""
    care: tuple[CareFlag, ...] = ()


@dataclass(frozen=True, slots=True)
class Occupancy:
    """A relation to a unit from ``start`` up to and not including ``end`` (``None``: still running)."""

    unit: UnitId
    relation: Relation
    start: date
    end: date | None = None

    def __post_init__(self) -> None:
        if self.end is not None and self.end <= self.start:
            raise OccupancyEndsBeforeStart(start=self.start, end=self.end)

    def holds_on(self, day: date) -> bool:
        """Say whether the relation holds on a day."""
        return self.start <= day and (self.end is None or day < self.end)

    def overlaps(self, other: "Occupancy") -> bool:
        """Say whether both speak of the same relation to the same unit on some common day."""
        if (self.unit, self.relation) != (other.unit, other.relation):
            return False
        return (other.end is None or self.start < other.end) and (self.end is None or other.start < self.end)


def customer_details(*, name: str, phone: str = "", care: Iterable[CareFlag] = ()) -> CustomerDetails:
    """Judge the customer form and give its clean values; masked values that come back are refused."""
    chosen = frozenset(care)
    return CustomerDetails(
        name=check_name(name),
        phone=check_phone(phone) if phone.strip() else "",
        care=tuple(flag for flag in CareFlag if flag in chosen),
    )


def check_occupancies(occupancies: Iterable[Occupancy]) -> None:
    """Raise ``OccupancyTwice`` when one customer's relations to units repeat each other at the same time."""
    seen: list[Occupancy] = []
    for occupancy in occupancies:
        if any(occupancy.overlaps(earlier) for earlier in seen):
            raise OccupancyTwice(start=occupancy.start, end=occupancy.end)
        seen.append(occupancy)
