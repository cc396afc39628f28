"""The whole record of an estate (R-001): bounds of its figures, the next free code, and when it may be retired."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import ClassVar, Final

from core.customers.estates import MOST_HOUSEHOLDS, HouseholdsRefused, normalise_estate_code
from core.kernel.errors import BusinessError
from core.kernel.lifecycle import Transitions
from core.kernel.lines import check_line

LONGEST: Final = {
    "name": 100,
    "address": 200,
    "district": 60,
    "structure": 32,
    "developer": 100,
    "property_company": 100,
}
"""Characters each line of the record may have."""

LARGEST: Final = {
    "floor_area": 20_000_000 * 100,
    "plot_area": 20_000_000 * 100,
    "greening": 100 * 100,
    "plot_ratio": 50 * 100,
    "reference_price": 100 * 1_000_000,
}
"""The largest figure of each kind, itself allowed, in the units of :class:`EstateRecord`."""

LONGEST_KEY: Final = 400
_GIVEN: Final = re.compile(r"E([0-9]{4,9})")


class EstateState(StrEnum):
    """Whether the company looks after the estate."""

    ACTIVE = "active"
    RETIRED = "retired"


ESTATE_MOVES: Final = Transitions({EstateState.ACTIVE: frozenset({EstateState.RETIRED})})


class EstateFigureRefused(BusinessError):
    """A figure is negative or too large. Field: ``field``."""

    code: ClassVar[str] = "estate.figure_refused"


class EstateNameTaken(BusinessError):
    """Another estate has this name and address. Field: ``name``."""

    code: ClassVar[str] = "estate.name_taken"


class EstateRetired(BusinessError):
    """The estate is no longer looked after; nothing new starts there. Field: ``estate_code``."""

    code: ClassVar[str] = "estate.retired"


class EstateStillOwed(BusinessError):
    """Bills of the estate are open; they are settled before it is retired. Field: ``open_bills``."""

    code: ClassVar[str] = "estate.still_owed"


@dataclass(frozen=True, slots=True)
class EstateRecord:
    """Everything recorded of an estate but its state; ``None`` stands for "not known".

    Areas in hundredths of m², ``greening`` in hundredths of a percent, ``plot_ratio`` in hundredths,
    ``reference_price`` in 10^-6 yuan per m² and month. An empty ``code`` asks for the next free one.
    """

    name: str
    code: str = ""
    address: str = ""
    district: str = ""
    estate_type: str = "residential"
    structure: str = ""
    floor_area: int | None = None
    plot_area: int | None = None
    household_count: int | None = None
    greening: int | None = None
    plot_ratio: int | None = None
    reference_price: int | None = None
    developer: str = ""
    property_company: str = ""


def check_estate(record: EstateRecord, *, kept_code: str = "") -> EstateRecord:
    """Judge the estate form and give its clean values, or raise the refusal of the first field that is wrong.

    ``kept_code`` is the code the estate has; kept as it is, it need not look as new ones do.
    """
    for name, largest in LARGEST.items():
        figure = getattr(record, name)
        if figure is not None and not 0 <= figure <= largest:
            raise EstateFigureRefused(field=name)
    if record.household_count is not None and not 0 <= record.household_count <= MOST_HOUSEHOLDS:
        raise HouseholdsRefused(most=MOST_HOUSEHOLDS)
    code = record.code.strip()
    return replace(
        record,
        code=code if code in ("", kept_code) else normalise_estate_code(code),
        name=_line(record.name, "name", needed=True),
        address=_line(record.address, "address"),
        district=_line(record.district, "district"),
        structure=_line(record.structure, "structure"),
        developer=_line(record.developer, "developer"),
        property_company=_line(record.property_company, "property_company"),
    )


def check_estate_key(key: str, *, name: str, taken: bool) -> str:
    """Give the key of name and address back, or refuse one that is taken or too long to store."""
    if taken:
        raise EstateNameTaken(name=name)
    return check_line(key, field="address", longest=LONGEST_KEY)


def next_estate_codes(*, taken: Iterable[str], count: int) -> tuple[str, ...]:
    """Give ``count`` new codes after the highest of the kind ``E0001``; other codes do not matter."""
    numbers = [int(match[1]) for code in taken if (match := _GIVEN.fullmatch(code))]
    first = max(numbers, default=0) + 1
    return tuple(f"E{number:04d}" for number in range(first, first + count))


def check_estate_active(*, state: EstateState, estate_code: str) -> None:
    """Raise ``EstateRetired`` unless the estate is looked after."""
    if state is not EstateState.ACTIVE:
        raise EstateRetired(estate_code=estate_code)


def check_estate_retirement(*, state: EstateState, open_bills: int) -> None:
    """Refuse to retire an estate twice, or one whose bills are open."""
    ESTATE_MOVES.check(source=state, target=EstateState.RETIRED)
    if open_bills:
        raise EstateStillOwed(open_bills=open_bills)


def _line(text: str, name: str, *, needed: bool = False) -> str:
    return check_line(text, field=name, longest=LONGEST[name], needed=needed)
