"""Calendar days out of cells by a fixed list of spellings (D1-D9); the clock time is dropped, never rounded."""

import re
import unicodedata
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Final

from core.imports.codes import Notice, Trouble
from core.imports.text import NOTHING, Cell, Reading, cleaned, refused
from core.imports.vocabulary import DATE, DAY_AND_MONTH_FIRST, NO_DATA

_FIRST: Final = date(1950, 1, 1)
_FIRST_SERIAL: Final = 32_874  # 1990-01-01
_LAST_SERIAL: Final = 73_415  # 2100-12-31
_LAST: Final = date(2100, 12, 31)
_EPOCH: Final = date(1899, 12, 30)
_COMPACT: Final = re.compile(r"(\d{4})(\d{2})(\d{2})", re.ASCII)
_SERIAL: Final = re.compile(r"\d{5}(?:\.\d+)?", re.ASCII)
_LOCAL: Final = timezone(timedelta(hours=8))


def day(cell: Cell) -> Reading:
    """Read a day between 1950 and 2100; a bare serial number must lie between 1990 and 2100 (D1).

    Day-first and month-first spellings are refused as ambiguous (D4). An instant with a zone gives the local day.
    """
    if isinstance(cell, datetime):
        cell = cell.date()
    if isinstance(cell, date):
        return _bounded(cell)
    if isinstance(cell, bool) or not isinstance(cell, str | int | float | None):
        return refused(Trouble.NOT_A_DATE)
    if isinstance(cell, int | float):
        return _from_number(cell)
    text = cleaned(cell)
    if not isinstance(text.value, str):
        return text
    return _from_text(unicodedata.normalize("NFKC", text.value))


def _bounded(value: date) -> Reading:
    return Reading(value) if _FIRST <= value <= _LAST else refused(Trouble.DATE_RANGE)


def _from_number(number: float) -> Reading:
    if _FIRST_SERIAL <= number <= _LAST_SERIAL + 1:
        return Reading(_EPOCH + timedelta(days=int(number)), notice=Notice.DATE_FROM_SERIAL)
    if number == number and abs(number) < 1e9 and number == int(number):  # noqa: PLR0124 (NaN)
        return _from_parts(_COMPACT.fullmatch(str(int(number))))
    return refused(Trouble.NOT_A_DATE)


def _from_text(text: str) -> Reading:
    if text.replace(" ", "").casefold() in NO_DATA:
        return NOTHING
    spelled = DATE.match(text.replace(" ", "") if "T" not in text and ":" not in text else text)
    if spelled:
        return _spelled(spelled)
    if DAY_AND_MONTH_FIRST.match(text):
        return refused(Trouble.DATE_ORDER)
    if _SERIAL.fullmatch(text):
        return _from_number(float(text))
    return _from_parts(_COMPACT.fullmatch(text))


def _from_parts(match: re.Match[str] | None) -> Reading:
    if match is None:
        return refused(Trouble.NOT_A_DATE)
    try:
        return _bounded(date(int(match[1]), int(match[2]), int(match[3])))
    except ValueError:
        return refused(Trouble.NOT_A_DATE)


def _spelled(match: re.Match[str]) -> Reading:
    month, day_of_month = match["m"] or match["m2"], match["d"] or match["d2"]
    try:
        value = date(int(match["y"]), int(month), int(day_of_month))
        if match["zone"]:
            value = _local_day(value, match["time"], match["zone"])
    except (ValueError, OverflowError):
        return refused(Trouble.NOT_A_DATE)
    return _bounded(value)


def _local_day(value: date, clock: str, zone: str) -> date:
    hour, minute = (int(part) for part in re.split(r"\D", clock)[:2])
    sign = -1 if zone[0] == "-" else 1
    digits = zone.strip("+-").replace(":", "")
    offset = UTC if zone == "Z" else timezone(sign * timedelta(hours=int(digits[:2]), minutes=int(digits[2:])))
    return datetime(value.year, value.month, value.day, hour, minute, tzinfo=offset).astimezone(_LOCAL).date()
