"""Codes of estates, and why an estate's entry is refused (R-001). That a code is free is asked of the database."""

import re
import unicodedata
from typing import ClassVar, Final

from core.kernel.errors import BusinessError

MOST_HOUSEHOLDS: Final = 200_000

_CODE: Final = re.compile(r"[A-Z0-9](?:[A-Z0-9-]{0,10}[A-Z0-9])")


class EstateCodeRefused(BusinessError):
    """A code is 2 to 12 Latin capitals, digits and hyphens, with no hyphen at either end."""

    code: ClassVar[str] = "estate.code_refused"


class EstateCodeTaken(BusinessError):
    """Another estate has this code. Field: ``estate_code``."""

    code: ClassVar[str] = "estate.code_taken"


class HouseholdsRefused(BusinessError):
    """The household count is not a whole number from 0 to ``most``. Field: ``most``."""

    code: ClassVar[str] = "estate.households_refused"


def normalise_estate_code(code: str) -> str:
    """Fold full-width and small letters and check the pattern; look-alike letters of other scripts are refused."""
    folded = unicodedata.normalize("NFKC", code).strip().upper()
    if not _CODE.fullmatch(folded):
        raise EstateCodeRefused
    return folded
