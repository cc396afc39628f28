"""What a unit (room, shop, parking space) is and what its form accepts (R-002)."""

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import ClassVar, Final

from core.kernel.errors import BusinessError
from core.kernel.lines import check_line

AREA_LIMIT: Final = 10_000 * 100
"""An area in hundredths of a square metre stays below this (10 000 m²)."""

LONGEST_CODE: Final = 32
LONGEST_GRADE: Final = 16

_AREA: Final = re.compile(r"[0-9]{1,5}(?:\.[0-9]{1,2}0*)?")
# Latin letters, digits, Chinese characters and the signs found in room numbers: no look-alikes of other scripts.
_CODE: Final = re.compile(r"[0-9A-Za-z\u3007\u3400-\u9fff\U00020000-\U0003ffff#_/+.()-]+")


class UnitUse(StrEnum):
    """What a unit is used for; it may select the price (R-018)."""

    RESIDENTIAL = "residential"
    COMMERCIAL = "commercial"
    OFFICE = "office"
    INDUSTRIAL = "industrial"
    PARKING = "parking"
    OTHER = "other"


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


@dataclass(frozen=True, slots=True)
class UnitDetails:
    """What can be edited of a unit. ``area`` is in hundredths of a square metre; ``grade`` may be empty."""

    building: str
    code: str
    area: int
    use: UnitUse
    grade: str = ""


def unit_details(*, building: str, code: str, area: str, use: UnitUse, grade: str = "") -> UnitDetails:
    """Judge the unit form and give its clean values, or raise the refusal of the first field that is wrong."""
    return UnitDetails(
        building=normalise_unit_code(building, field="building"),
        code=normalise_unit_code(code, field="unit_code"),
        area=parse_area(area),
        use=use,
        grade=check_line(grade, field="grade", longest=LONGEST_GRADE, needed=False),
    )


def normalise_unit_code(code: str, *, field: str = "unit_code") -> str:
    """Fold full-width characters and dashes, drop blanks, keep leading zeros; refuse other scripts (I3, I4)."""
    folded = re.sub(r"[\u2010-\u2015\u2212]", "-", unicodedata.normalize("NFKC", code))
    line = check_line(re.sub(r"\s", "", folded), field=field, longest=LONGEST_CODE)
    if not _CODE.fullmatch(line):
        raise UnitCodeRefused(field=field)
    return line


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
