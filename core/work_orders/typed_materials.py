"""Materials as they are typed: one a line, ``name, quantity, unit, price`` (R-112). Nothing is ever guessed."""

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar, Final

from core.kernel.errors import BusinessError
from core.kernel.lines import clean_line
from core.kernel.money import Money
from core.work_orders.materials import MOST_LINES, MaterialLine, TooManyMaterials, material_line

LONGEST_TYPED: Final = 8_000
PRICE_PLACES: Final = 2
_PARTS: Final = 4
_NUMBER: Final = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,9})?")
_CURRENCY: Final = "\u00a5"


class MaterialParts(BusinessError):
    """A line has a name, a quantity, a unit and a price, with commas between. Field: ``found``, how many it has."""

    code: ClassVar[str] = "requests.material_parts"


class MaterialNumber(BusinessError):
    """A quantity and a price are plain numbers; a price has two decimals at most. Field: ``typed``."""

    code: ClassVar[str] = "requests.material_number"


@dataclass(frozen=True, slots=True)
class RefusedLine:
    """What is wrong with a line; ``place`` is its number in the box, from 1, empty lines counted."""

    place: int
    refusal: BusinessError


@dataclass(frozen=True, slots=True)
class TypedMaterials:
    """The materials in their order, and every line that could not be read."""

    lines: tuple[MaterialLine, ...]
    refused: tuple[RefusedLine, ...]


def typed_materials(text: str) -> TypedMaterials:
    """Read a box line by line; empty lines are left out.

    Parts stand between commas of either width, or between tabs as a spreadsheet gives them. What is free costs 0.
    """
    lines: list[MaterialLine] = []
    refused: list[RefusedLine] = []
    for place, typed in enumerate(text.splitlines(), start=1):
        if not clean_line(typed):
            continue
        try:
            lines.append(_line(unicodedata.normalize("NFKC", typed)))
        except BusinessError as refusal:
            refused.append(RefusedLine(place, refusal))
        if len(lines) > MOST_LINES:
            return TypedMaterials((), (RefusedLine(place, TooManyMaterials(most=MOST_LINES)),))
    return TypedMaterials(tuple(lines), tuple(refused))


def _line(typed: str) -> MaterialLine:
    parts = [part.strip() for part in re.split(r"\t|,", typed)]
    if len(parts) != _PARTS:
        raise MaterialParts(found=len(parts))
    name, quantity, measure, price = parts
    cost = _number(price.removeprefix(_CURRENCY).strip(), typed=price)
    if cost != round(cost, PRICE_PLACES):
        raise MaterialNumber(typed=price)
    return material_line(
        name=name, quantity=_number(quantity, typed=quantity), measure=measure, unit_price=Money.of(cost)
    )


def _number(text: str, *, typed: str) -> Decimal:
    if _NUMBER.fullmatch(text) is None:
        raise MaterialNumber(typed=typed)
    return Decimal(text)
