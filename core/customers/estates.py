"""What an estate is and what its form accepts (R-001). That a code is free is the caller's question to the database."""

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, Final

from core.kernel.errors import BusinessError
from core.kernel.lines import check_line

LONGEST_NAME: Final = 64
MOST_HOUSEHOLDS: Final = 200_000

_CODE: Final = re.compile(r"[A-Z0-9](?:[A-Z0-9-]{0,10}[A-Z0-9])")


class EstateKind(StrEnum):
    """The type of an estate."""

    RESIDENTIAL = "residential"
    MIXED = "mixed"
    COMMERCIAL = "commercial"
    OFFICE = "office"
    INDUSTRIAL = "industrial"
    PUBLIC = "public"


class EstateCodeRefused(BusinessError):
    """A code is 2 to 12 Latin capitals, digits and hyphens, with no hyphen at either end."""

    code: ClassVar[str] = "estate.code_refused"


class EstateCodeTaken(BusinessError):
    """Another estate has this code. Field: ``estate_code``."""

    code: ClassVar[str] = "estate.code_taken"


class HouseholdsRefused(BusinessError):
    """The household count is not a whole number from 0 to ``most``. Field: ``most``."""

    code: ClassVar[str] = "estate.households_refused"


@dataclass(frozen=True, slots=True)
class EstateDetails:
    """What can be edited of an estate. ``households`` is the planned count, not the count of units on record."""

    code: str
    name: str
    kind: EstateKind
    households: int


def estate_details(*, code: str, name: str, kind: EstateKind, households: int) -> EstateDetails:
    """Judge the estate form and give its clean values, or raise the refusal of the first field that is wrong."""
    if type(households) is not int or not 0 <= households <= MOST_HOUSEHOLDS:
        raise HouseholdsRefused(most=MOST_HOUSEHOLDS)
    return EstateDetails(
        normalise_estate_code(code), check_line(name, field="name", longest=LONGEST_NAME), kind, households
    )


def normalise_estate_code(code: str) -> str:
    """Fold full-width and small letters and check the pattern; look-alike letters of other scripts are refused."""
    folded = unicodedata.normalize("NFKC", code).strip().upper()
    if not _CODE.fullmatch(folded):
        raise EstateCodeRefused
    return folded
