"""The three kinds of import and their columns: the one place to look up what a file may hold (R-001 to R-003)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Final

from core.imports import vocabulary as words
from core.imports.codes import Trouble
from core.imports.contacts import grade, kind_word, person_name, phone, text, word
from core.imports.contacts import words as several_words
from core.imports.dates import day
from core.imports.quantities import Measure, amount, count
from core.imports.text import Cell, Reading, Value, folded
from core.imports.unitcodes import LONGEST_UNIT, floor, joined_unit, place_part, record_code, unit_parts

LONGEST_KEY: Final = 400


class ImportKind(StrEnum):
    """What a file is a list of."""

    ESTATES = "estates"
    UNITS = "units"
    CUSTOMERS = "customers"


@dataclass(frozen=True, slots=True)
class ColumnSpec:
    """One field of a kind: how a cell is read, whether every row needs it, whether it is personal.

    ``summed`` columns are compared with a total row (M9). ``units`` are the unit words its heading may carry.
    """

    field: str
    read: Callable[[Cell], Reading]
    required: bool = False
    personal: bool = False
    summed: bool = False
    units: frozenset[str] | None = None


_Values = dict[str, Value | None]


@dataclass(frozen=True, slots=True)
class Finished:
    """A row as a whole: its business key, a second name it may be known by, and its values; or what is wrong with it.

    ``trouble`` is reported at the field ``at``.
    """

    key: tuple[str, ...] = ()
    alias: tuple[str, ...] = ()
    values: Mapping[str, Value | None] = field(default_factory=dict)
    trouble: Trouble | None = None
    at: str = ""
    limit: str = ""


@dataclass(frozen=True, slots=True)
class KindSpec:
    """A kind of import: its columns, and how a row of values becomes a record with a key."""

    kind: ImportKind
    columns: tuple[ColumnSpec, ...]
    finish: Callable[[Mapping[str, Value | None]], Finished]

    def column(self, field: str) -> ColumnSpec | None:
        """Find the column of a field."""
        return next((column for column in self.columns if column.field == field), None)


def natural_key(name: str, address: str | None) -> str:
    """Give the key an estate is known by without a code: folded name and address, so that width, case, spaces and
    kinds of brackets do not make two estates of one (I6).
    """
    return f"{folded(name)}|{folded(address or '')}"


def _finish_estate(values: Mapping[str, Value | None]) -> Finished:
    name, address, code = values["name"], values.get("address"), values.get("code")
    natural = natural_key(str(name), str(address or ""))
    if len(natural) > LONGEST_KEY:
        return Finished(trouble=Trouble.TOO_LONG, at="name", limit=str(LONGEST_KEY))
    by_name = ("name", natural)
    return Finished(("code", str(code)), by_name, values) if code else Finished(by_name, (), values)


def _with_unit_code(values: Mapping[str, Value | None]) -> _Values | Finished:
    """Join building, entrance and room to the full unit code, and take all three from it."""
    building, entrance = values.get("building"), values.get("entrance")
    code = joined_unit(
        building=str(building) if building else None,
        entrance=str(entrance) if entrance else None,
        unit=str(values["unit"]),
    )
    if isinstance(code, Trouble):
        return Finished(trouble=code, at="unit")
    if len(code) > LONGEST_UNIT:
        return Finished(trouble=Trouble.TOO_LONG, at="unit", limit=str(LONGEST_UNIT))
    parts = code.split("-")
    return {**values, "unit": code, "building": parts[0], "entrance": parts[1] if len(parts) == 3 else None}


def _finish_unit(values: Mapping[str, Value | None]) -> Finished:
    full = _with_unit_code(values)
    if isinstance(full, Finished):
        return full
    return Finished((folded(str(full["estate"])), str(full["unit"])), (), full)


def _finish_customer(values: Mapping[str, Value | None]) -> Finished:
    full = _with_unit_code(values)
    if isinstance(full, Finished):
        return full
    start, end = full.get("start_date"), full.get("end_date")
    if isinstance(start, date) and isinstance(end, date) and end <= start:
        return Finished(trouble=Trouble.DATES_REVERSED, at="end_date")
    key = (folded(str(full["estate"])), str(full["unit"]), str(full["relation"]), folded(str(full["name"])))
    return Finished(key, (), full)


def _area(largest: int, **more: bool) -> Measure:
    return Measure(decimals=2, largest=Decimal(largest), units=words.AREA_UNITS, **more)


_ESTATE_AREA: Final = amount(_area(20_000_000, zero_is_missing=True, rounds=True))
_UNIT_AREA: Final = amount(
    Measure(decimals=2, largest=Decimal("9999.99"), units=words.AREA_UNITS, above_zero=True),
)
_GREENING: Final = amount(
    Measure(decimals=2, largest=Decimal(100), units=words.PERCENT_UNITS, zero_is_missing=True, rounds=True, share=True)
)
_PLOT_RATIO: Final = amount(
    Measure(decimals=2, largest=Decimal(50), units=words.RATIO_UNITS, zero_is_missing=True, rounds=True)
)
_PRICE: Final = amount(Measure(decimals=6, largest=Decimal(100), units=words.PRICE_UNITS, zero_is_missing=True))

_PLACE: Final = (
    ColumnSpec("estate", text(100, name=True), required=True),
    ColumnSpec("building", place_part),
    ColumnSpec("entrance", place_part),
    ColumnSpec("unit", unit_parts, required=True),
)

KINDS: Final[Mapping[ImportKind, KindSpec]] = {
    ImportKind.ESTATES: KindSpec(
        ImportKind.ESTATES,
        (
            ColumnSpec("code", record_code),
            ColumnSpec("name", text(100, name=True), required=True),
            ColumnSpec("address", text(200)),
            ColumnSpec("district", text(60)),
            ColumnSpec("estate_type", kind_word(words.ESTATE_TYPES, mixed="mixed", other="other")),
            ColumnSpec("structure", text(32)),
            ColumnSpec("floor_area", _ESTATE_AREA, summed=True, units=words.AREA_UNITS),
            ColumnSpec("plot_area", _ESTATE_AREA, summed=True, units=words.AREA_UNITS),
            ColumnSpec(
                "household_count",
                count(largest=100_000, units=words.COUNT_UNITS),
                summed=True,
                units=words.COUNT_UNITS,
            ),
            ColumnSpec("greening_percent", _GREENING, units=words.PERCENT_UNITS),
            ColumnSpec("plot_ratio", _PLOT_RATIO, units=words.RATIO_UNITS),
            ColumnSpec("reference_price", _PRICE, units=words.PRICE_UNITS),
            ColumnSpec("developer", text(100, company=True)),
            ColumnSpec("property_company", text(100, company=True)),
        ),
        _finish_estate,
    ),
    ImportKind.UNITS: KindSpec(
        ImportKind.UNITS,
        (
            *_PLACE,
            ColumnSpec("floor", floor),
            ColumnSpec("area", _UNIT_AREA, required=True, summed=True, units=words.AREA_UNITS),
            ColumnSpec("use", word(words.UNIT_USES), required=True),
            ColumnSpec("grade", grade(words.GRADES)),
            ColumnSpec("handover_date", day),
        ),
        _finish_unit,
    ),
    ImportKind.CUSTOMERS: KindSpec(
        ImportKind.CUSTOMERS,
        (
            *_PLACE,
            ColumnSpec("name", person_name, required=True, personal=True),
            ColumnSpec("phone", phone, personal=True),
            ColumnSpec("relation", word(words.RELATIONS), required=True),
            ColumnSpec("care_flags", several_words(words.CARE_FLAGS)),
            ColumnSpec("start_date", day),
            ColumnSpec("end_date", day),
        ),
        _finish_customer,
    ),
}
"""Fields of each kind. Areas in m² (2 decimals), ``greening_percent`` 0–100, ``reference_price`` in yuan per m² and
month (6 decimals); ``end_date`` exclusive. ``building`` may stay empty where ``unit`` is a full code."""
