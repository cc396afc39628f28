"""Instants out of cells: a day with or without a time of day, in the estate's local time (D1-D9; R-073)."""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from core.imports.codes import Notice, Trouble
from core.imports.text import NOTHING, Cell, Reading, cleaned, refused
from core.imports.vocabulary import MOMENT, MOMENT_WITH_YEAR_LAST, NO_DATA, PM_WORDS
from core.kernel.periods import CHINA

_FIRST_SERIAL: Final = 32_874  # 1990-01-01
_LAST_SERIAL: Final = 73_415  # 2100-12-31
_EPOCH: Final = datetime(1899, 12, 30, tzinfo=CHINA)
_COMPACT: Final = re.compile(
    r"(?P<y>\d{4})(?P<m>\d{2})(?P<d>\d{2})(?:(?P<h>\d{2})(?P<n>\d{2})(?P<s>\d{2})?)?(?P<f>)(?P<early>)(?P<late>)(?P<zone>)",
    re.ASCII,
)
_YEAR_LAST: Final = re.compile(r"(?<![\d.])\d{1,2}([-/.])\d{1,2}\1\d{4}(?!\d)", re.ASCII)
_SERIAL: Final = re.compile(r"\d{5}(?:\.\d+)?", re.ASCII)


class DateOrder(StrEnum):
    """In which order dates are written that do not begin with the year, as 01/02/2011."""

    MONTH_FIRST = "month_first"
    DAY_FIRST = "day_first"


@dataclass(frozen=True, slots=True)
class MomentRules:
    """Which instants can be: from ``earliest`` to ``latest``, both allowed."""

    earliest: datetime
    latest: datetime


def moment(rules: MomentRules) -> Callable[[Cell], Reading]:
    """Make the reader of a column of instants; a text without a zone is local time, a day alone its beginning.

    A date that begins with day or month is kept as text, because what it means is said for the file as a whole
    (:func:`ordered`). Fractions of a second are kept to the microsecond.
    """

    def read(cell: Cell) -> Reading:
        if isinstance(cell, datetime):
            return _bounded(cell if cell.tzinfo else cell.replace(tzinfo=CHINA), rules)
        if isinstance(cell, date):
            return _bounded(datetime(cell.year, cell.month, cell.day, tzinfo=CHINA), rules)
        if isinstance(cell, bool) or not isinstance(cell, str | int | float | None):
            return refused(Trouble.NOT_A_DATE)
        if isinstance(cell, int | float):
            return _from_number(cell, rules)
        text = cleaned(cell)
        if not isinstance(text.value, str):
            return text
        return _from_text(unicodedata.normalize("NFKC", text.value), rules)

    return read


def ordered(text: str, *, order: DateOrder | None, rules: MomentRules) -> Reading:
    """Read a date that begins with day or month by the order that was said for the file; without one it is refused."""
    if order is None:
        return refused(Trouble.DATE_ORDER_OPEN)
    match = MOMENT_WITH_YEAR_LAST.fullmatch(text)
    if match is None:
        return refused(Trouble.NOT_A_DATE)
    first, second = match["first"], match["second"]
    month, day = (first, second) if order is DateOrder.MONTH_FIRST else (second, first)
    return _made(match, match["y"], month, day, rules)


def has_year_last(text: str) -> bool:
    """Say whether a text holds a date that does not begin with the year."""
    return _YEAR_LAST.search(text) is not None


def _bounded(at: datetime, rules: MomentRules) -> Reading:
    if at < rules.earliest:
        return refused(Trouble.TOO_OLD, rules.earliest.year)
    return refused(Trouble.IN_FUTURE) if at > rules.latest else Reading(at.astimezone(CHINA))


def _from_number(number: float, rules: MomentRules) -> Reading:
    if _FIRST_SERIAL <= number < _LAST_SERIAL + 1:
        seconds = round((number - int(number)) * 86_400)
        reading = _bounded(_EPOCH + timedelta(days=int(number), seconds=seconds), rules)
        return reading if reading.trouble else Reading(reading.value, notice=Notice.DATE_FROM_SERIAL)
    if number == number and abs(number) < 1e15 and number == int(number):  # noqa: PLR0124 (NaN)
        return _from_compact(str(int(number)), rules)
    return refused(Trouble.NOT_A_DATE)


def _from_compact(text: str, rules: MomentRules) -> Reading:
    match = _COMPACT.fullmatch(text)
    return _made(match, match["y"], match["m"], match["d"], rules) if match else refused(Trouble.NOT_A_DATE)


def _from_text(text: str, rules: MomentRules) -> Reading:
    if text.replace(" ", "").casefold() in NO_DATA:
        return NOTHING
    spelled = MOMENT.fullmatch(text)
    if spelled:
        return _made(spelled, spelled["y"], spelled["m"] or spelled["m2"], spelled["d"] or spelled["d2"], rules)
    if MOMENT_WITH_YEAR_LAST.fullmatch(text):
        return Reading(text)
    if _SERIAL.fullmatch(text):
        return _from_number(float(text), rules)
    return _from_compact(text, rules)


def _made(match: re.Match[str], year: str, month: str, day: str, rules: MomentRules) -> Reading:
    """Make the instant of its written parts; the zone, where one is written, decides."""
    try:
        hour = _hour(int(match["h"] or 0), match["early"] or match["late"])
        second, fraction = int(match["s"] or 0), (match["f"] or "").ljust(6, "0")[:6]
        at = datetime(int(year), int(month), int(day), hour, int(match["n"] or 0), second, int(fraction), _zone(match))
        return _bounded(at, rules)
    except (ValueError, OverflowError):
        return refused(Trouble.NOT_A_DATE)


def _hour(hour: int, half: str | None) -> int:
    """Give the hour of the day; 12 AM is midnight and 12 PM noon, 下午2 is 14."""
    if not half:
        return hour
    if hour > 12:
        return hour if half.casefold() in PM_WORDS else 24 + hour  # 上午 14:00 cannot be
    return hour % 12 + (12 if half.casefold() in PM_WORDS else 0)


def _zone(match: re.Match[str]) -> timezone | ZoneInfo:
    written = match["zone"]
    if not written:
        return CHINA
    if written == "Z":
        return UTC
    digits = written.strip("+-").replace(":", "")
    sign = -1 if written[0] == "-" else 1
    return timezone(sign * timedelta(hours=int(digits[:2]), minutes=int(digits[2:])))
