"""Exact numbers out of cells: amounts, areas, counts, shares, prices (M1-M8, M11). Nothing is ever guessed."""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from core.imports.codes import Notice, Trouble
from core.imports.text import NOTHING, Cell, Reading, cleaned, refused
from core.imports.vocabulary import NO_DATA, NO_DATA_AMOUNT, RANGE, TEN_THOUSANDS

_NUMBER: Final = re.compile(
    r"[¥￥]?(?P<number>-?(?:\d{1,3}(?:,\d{3})+|\d{1,15})(?:\.\d{1,20})?)(?P<unit>\D.*)?", re.ASCII
)
_SCIENTIFIC: Final = re.compile(r"^[+-]?\d+(?:\.\d*)?e[+-]?\d+$", re.ASCII)
_NOISE: Final = Decimal("0.000001")


@dataclass(frozen=True, slots=True)
class Measure:
    """How a number column is read: decimals kept, bounds (both inclusive unless ``above_zero``), unit words accepted.

    ``rounds`` allows more decimals and rounds half up with a notice: for descriptive figures, never for what is billed.
    """

    decimals: int
    largest: Decimal
    units: frozenset[str]
    above_zero: bool = False
    zero_is_missing: bool = False
    rounds: bool = False
    share: bool = False


def _exact(cell: Cell, units: frozenset[str]) -> Decimal | Reading:
    """Give the exact number in a cell, or why there is none; float noise is still in it."""
    if isinstance(cell, bool) or not isinstance(cell, str | int | float | None):
        return refused(Trouble.WRONG_TYPE)
    if isinstance(cell, int | float):
        text = repr(cell)
        return Decimal(text) if text.strip("-")[0].isdigit() else refused(Trouble.NOT_A_NUMBER)
    reading = cleaned(cell)
    if not isinstance(reading.value, str):
        return reading
    plain = unicodedata.normalize("NFKC", reading.value).replace(" ", "").casefold()
    return NOTHING if plain in NO_DATA else _parsed(plain, units)


def _parsed(plain: str, units: frozenset[str]) -> Decimal | Reading:
    match = _NUMBER.fullmatch(plain)
    if match is None or _SCIENTIFIC.match(plain):
        return _why_not(plain, units)
    unit = match["unit"] or ""
    if unit and unit not in units:
        return _why_not(plain, units)
    return Decimal(match["number"].replace(",", ""))


def _why_not(plain: str, units: frozenset[str]) -> Reading:
    """Name what keeps the text from being a number."""
    word = NO_DATA_AMOUNT.match(plain)
    if word and (plain[word.end() :] in units or word.end() == len(plain)):
        return NOTHING
    if RANGE.search(plain):
        return refused(Trouble.RANGE)
    if TEN_THOUSANDS.search(plain):
        return refused(Trouble.TEN_THOUSANDS)
    if _SCIENTIFIC.match(plain):
        return refused(Trouble.SCIENTIFIC)
    match = _NUMBER.fullmatch(plain)
    if match and match["unit"][0] not in "_,.-+":
        return refused(Trouble.UNIT_WORD, match["unit"][:20])
    return refused(Trouble.NOT_A_NUMBER)


def _fitted(number: Decimal, measure: Measure) -> Reading:
    """Bring a number to the decimals of its column: float noise goes (M8), real excess is refused or rounded."""
    if abs(number) > measure.largest:
        return refused(Trouble.NEGATIVE if number < 0 else Trouble.TOO_BIG, measure.largest)
    kept = number.quantize(Decimal(1).scaleb(-measure.decimals), ROUND_HALF_UP)
    if abs(kept - number) <= min(_NOISE, Decimal(1).scaleb(-measure.decimals - 3)):
        return Reading(kept)
    if measure.rounds:
        return Reading(kept, notice=Notice.ROUNDED)
    return refused(Trouble.NOT_WHOLE if measure.decimals == 0 else Trouble.TOO_PRECISE, measure.decimals)


def decimal_of(cell: Cell, *, measure: Measure) -> Reading:
    """Read an exact decimal with the column's decimals; a missing one is nothing, zero may count as missing (M6)."""
    number = _exact(cell, measure.units)
    if isinstance(number, Reading):
        return number
    scaled = measure.share and 0 < number < 1 and not (isinstance(cell, str) and "%" in cell.replace("％", "%"))
    reading = _fitted(number * 100 if scaled else number, measure)
    if not isinstance(reading.value, Decimal):
        return reading
    if reading.value < 0:
        return refused(Trouble.NEGATIVE)
    if reading.value == 0:
        return _zero(measure)
    return Reading(reading.value, notice=Notice.SCALED_PERCENT) if scaled else reading


def _zero(measure: Measure) -> Reading:
    if measure.zero_is_missing:
        return Reading(notice=Notice.ZERO_AS_MISSING)
    return refused(Trouble.TOO_SMALL, 0) if measure.above_zero else Reading(Decimal(0).scaleb(-measure.decimals))


def amount(measure: Measure) -> Callable[[Cell], Reading]:
    """Make the reader of a decimal column."""
    return lambda cell: decimal_of(cell, measure=measure)


def count(*, largest: int, units: frozenset[str]) -> Callable[[Cell], Reading]:
    """Make the reader of a column of whole numbers above zero; zero counts as missing, with a notice."""
    measure = Measure(decimals=0, largest=Decimal(largest), units=units, zero_is_missing=True)

    def read(cell: Cell) -> Reading:
        reading = decimal_of(cell, measure=measure)
        return Reading(int(reading.value)) if isinstance(reading.value, Decimal) else reading

    return read
