"""Codes of estates and units: many spellings, one code, and never a guess (I1-I4, R-002)."""

import re
import unicodedata
from datetime import date, datetime, time, timedelta
from typing import Final

from core.imports.codes import Notice, Trouble
from core.imports.text import NOTHING, Cell, Reading, cleaned, refused
from core.imports.vocabulary import CODE_AS_DATE, FLOOR, HAN_DIGITS, NO_DATA, NOT_IN_CODES, UNIT_PARTS

LONGEST_CODE: Final = 32
LONGEST_UNIT: Final = 40

_HAN_OR_LATIN: Final = re.compile(r"[0-9A-Za-z\u3400-\u9fff\U00020000-\U0003ffff]")
_PART: Final = re.compile(r"[0-9A-Z\u3400-\u9fff]{1,16}", re.ASCII)
_CODE: Final = re.compile(r"[0-9A-Z\u3400-\u9fff][-0-9A-Z\u3400-\u9fff_./#]*", re.ASCII)
_DASHES: Final = str.maketrans(dict.fromkeys("‐‑‒–—―−－~", "-"))
_SCIENTIFIC: Final = re.compile(r"\d(?:\.\d+)?E[+-]\d+", re.ASCII)


def _code_text(cell: Cell) -> Reading:
    """Read the text of a code: upper case, half width, one kind of dash. A cell Excel made a date of is refused."""
    if isinstance(cell, date | datetime | time | timedelta):
        return refused(Trouble.CODE_AS_DATE)
    if isinstance(cell, bool) or (isinstance(cell, float) and not cell.is_integer()):
        return refused(Trouble.WRONG_TYPE)
    text = cleaned(cell)
    if not isinstance(text.value, str):
        return text
    code = unicodedata.normalize("NFKC", text.value).translate(_DASHES).upper()
    if code.casefold() in NO_DATA or not code:
        return NOTHING
    trouble = _trouble_of(code)
    if trouble:
        return refused(trouble)
    return Reading(code, notice=text.notice if isinstance(cell, str) else Notice.NUMERIC_CODE)


def _trouble_of(code: str) -> Trouble | None:
    if any(c.isalpha() and not _HAN_OR_LATIN.match(c) for c in code):
        return Trouble.MIXED_SCRIPT
    if CODE_AS_DATE.match(code):
        return Trouble.CODE_AS_DATE
    return Trouble.SCIENTIFIC if _SCIENTIFIC.match(code) else None


def record_code(cell: Cell) -> Reading:
    """Read the code of an estate: letters, digits, ``- _ . / #``, at most 32."""
    reading = _code_text(cell)
    if not isinstance(reading.value, str):
        return reading
    code = reading.value.replace(" ", "")
    if len(code) > LONGEST_CODE:
        return refused(Trouble.TOO_LONG, LONGEST_CODE)
    return Reading(code, notice=reading.notice) if _CODE.fullmatch(code) else refused(Trouble.NOT_A_CODE)


def unit_parts(cell: Cell) -> Reading:
    """Read a place as its parts joined by ``-``, from ``1栋2单元301`` or ``１－２－３０１`` or ``301室`` (I3).

    One to three parts: room; building and room; building, entrance and room. Leading zeros are kept (I1).
    """
    reading = _code_text(cell)
    if not isinstance(reading.value, str):
        return reading
    if len(reading.value) > LONGEST_UNIT:
        return refused(Trouble.TOO_LONG, LONGEST_UNIT)
    if NOT_IN_CODES.search(reading.value):
        return refused(Trouble.NOT_A_CODE)
    parts = [HAN_DIGITS.get(part, part) for part in UNIT_PARTS.split(reading.value) if part]
    if not 1 <= len(parts) <= 3 or not all(_PART.fullmatch(part) for part in parts):
        return refused(Trouble.NOT_A_CODE)
    return Reading("-".join(parts), notice=reading.notice)


def place_part(cell: Cell) -> Reading:
    """Read a building or an entrance: a single part, as ``3`` from ``3号楼`` or ``3#``."""
    reading = unit_parts(cell)
    if isinstance(reading.value, str) and "-" in reading.value:
        return refused(Trouble.NOT_A_CODE)
    return reading


def floor(cell: Cell) -> Reading:
    """Read a floor as a whole number; ``B1`` and ``负1层`` are -1."""
    reading = _code_text(cell)
    if not isinstance(reading.value, str):
        return reading
    match = FLOOR.match(reading.value.replace(" ", "").casefold())
    if match is None:
        return refused(Trouble.NOT_A_NUMBER)
    number = int(match["number"])
    return Reading(-number if match["sign"] else number)


def joined_unit(*, building: str | None, entrance: str | None, unit: str) -> str | Trouble:
    """Give the full unit code of a building, an entrance and a room or full code, or why they do not fit together.

    ``2-301`` beside building 1 is entrance 2; ``1-301`` beside building 1 without entrance could be either and is
    refused.
    """
    parts = unit.split("-")
    if len(parts) == 3:
        fits = building in (None, parts[0]) and entrance in (None, parts[1])
        return unit if fits else Trouble.UNIT_MISMATCH
    if len(parts) == 2:
        return _joined_pair(building=building, entrance=entrance, first=parts[0], room=parts[1])
    if building is None:
        return Trouble.NO_BUILDING
    return "-".join(part for part in (building, entrance, unit) if part)


def _joined_pair(*, building: str | None, entrance: str | None, first: str, room: str) -> str | Trouble:
    if building is None:
        return Trouble.NO_BUILDING if entrance else f"{first}-{room}"
    if entrance is None:
        return Trouble.UNIT_AMBIGUOUS if first == building else f"{building}-{first}-{room}"
    return f"{building}-{entrance}-{room}" if first in (building, entrance) else Trouble.UNIT_MISMATCH
