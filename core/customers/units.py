"""Floor areas of units, and why a unit's entry is refused (R-002)."""

import re
import unicodedata
from decimal import Decimal
from typing import ClassVar, Final

from core.kernel.errors import BusinessError

AREA_LIMIT: Final = 10_000 * 100
"""An area in hundredths of a square metre stays below this (10 000 m²)."""

_AREA: Final = re.compile(r"[0-9]{1,5}(?:\.[0-9]{1,2}0*)?")


class AreaRefused(BusinessError):
    """The floor area is no number with at most two decimals."""

    code: ClassVar[str] = "unit.area_unreadable"


class AreaOutOfBounds(AreaRefused):
    """The floor area is 0, negative, or 10 000 m² and more."""

    code: ClassVar[str] = "unit.area_out_of_bounds"


class UnitCodeRefused(BusinessError):
    """A unit code mixes in characters that room numbers do not have. Field: ``field``."""

    code: ClassVar[str] = "unit.code_refused"


class UnitCodeTaken(BusinessError):
    """The estate already has a unit of this code. Field: ``unit_code``."""

    code: ClassVar[str] = "unit.code_taken"


def parse_area(text: str) -> int:
    """Read a floor area in m² into hundredths; more than two decimals is refused, never rounded."""
    plain = unicodedata.normalize("NFKC", text).strip()
    negative = plain.startswith("-")
    if not _AREA.fullmatch(plain.removeprefix("-")):
        raise AreaRefused
    return check_area(-1 if negative else area_to_hundredths(Decimal(plain)))


def check_area(hundredths: int) -> int:
    """Give the area back, or raise ``AreaOutOfBounds`` unless 0 < area < 10 000 m² (R-002, M11)."""
    if not 0 < hundredths < AREA_LIMIT:
        raise AreaOutOfBounds
    return hundredths


def area_to_hundredths(area: Decimal) -> int:
    """Turn m² into the stored integer; more than two decimals raises ``ValueError``."""
    hundredths = area.scaleb(2)
    if hundredths != hundredths.to_integral_value():
        raise ValueError(f"{area} m² has more than two decimals")
    return int(hundredths)


def area_from_hundredths(hundredths: int) -> Decimal:
    """Turn the stored integer into m² with two decimals."""
    return Decimal(hundredths).scaleb(-2)
