"""The kinds of import, each described once: the one place to look up what a file may hold (R-001 to R-003, R-148).

A new kind is a member of ``ImportKind``, its words in the vocabulary, its spec in :data:`KINDS`, and a store in the
operations.
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Final

from core.admin.permissions import Permission
from core.imports import vocabulary as words
from core.imports.case_rows import PAST_CASES
from core.imports.codes import Trouble
from core.imports.contacts import grade, kind_word, person_name, phone, text, word
from core.imports.contacts import words as several_words
from core.imports.dates import day
from core.imports.quantities import Measure, amount, count
from core.imports.review import same_names, same_people
from core.imports.specs import ColumnSpec, Finished, ImportKind, KindSpec, Values
from core.imports.survey_rows import FORMS
from core.imports.text import Value, folded
from core.imports.unitcodes import LONGEST_UNIT, floor, joined_unit, place_part, record_code, unit_parts

__all__ = ["KINDS", "LONGEST_KEY", "ImportKind", "KindSpec", "natural_key", "spec_of"]

LONGEST_KEY: Final = 400


def natural_key(name: str, address: str | None) -> str:
    """Give the key an estate is known by without a code: folded name and address, so that width, case, spaces and
    kinds of brackets do not make two estates of one (I6).
    """
    return f"{folded(name)}|{folded(address or '')}"


def _finish_estate(values: Values) -> Finished:
    name, address, code = values["name"], values.get("address"), values.get("code")
    natural = natural_key(str(name), str(address or ""))
    if len(natural) > LONGEST_KEY:
        return Finished(trouble=Trouble.TOO_LONG, at="name", limit=str(LONGEST_KEY))
    by_name = ("name", natural)
    return Finished(("code", str(code)), by_name, values) if code else Finished(by_name, (), values)


def _with_unit_code(values: Values) -> dict[str, Value | None] | Finished:
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


def _finish_unit(values: Values) -> Finished:
    full = _with_unit_code(values)
    if isinstance(full, Finished):
        return full
    return Finished((folded(str(full["estate"])), str(full["unit"])), (), full)


def _finish_customer(values: Values) -> Finished:
    full = _with_unit_code(values)
    if isinstance(full, Finished):
        return full
    start, end = full.get("start_date"), full.get("end_date")
    if isinstance(start, date) and isinstance(end, date) and end <= start:
        return Finished(trouble=Trouble.DATES_REVERSED, at="end_date")
    key = (folded(str(full["estate"])), str(full["unit"]), str(full["relation"]), folded(str(full["name"])))
    return Finished(key, (), full, unit=(key[0], key[1]))


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
        Permission.IMPORTS_REFERENCE,
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
        words.HEADERS["estates"],
        _finish_estate,
        review=same_names,
    ),
    ImportKind.UNITS: KindSpec(
        ImportKind.UNITS,
        Permission.IMPORTS_REFERENCE,
        (
            *_PLACE,
            ColumnSpec("floor", floor),
            ColumnSpec("area", _UNIT_AREA, required=True, summed=True, units=words.AREA_UNITS),
            ColumnSpec("use", word(words.UNIT_USES), required=True),
            ColumnSpec("grade", grade(words.GRADES)),
            ColumnSpec("handover_date", day),
        ),
        words.HEADERS["units"],
        _finish_unit,
        needs="estates",
    ),
    ImportKind.CUSTOMERS: KindSpec(
        ImportKind.CUSTOMERS,
        Permission.IMPORTS_CUSTOMERS,
        (
            *_PLACE,
            ColumnSpec("name", person_name, required=True, personal=True),
            ColumnSpec("phone", phone, personal=True),
            ColumnSpec("relation", word(words.RELATIONS), required=True),
            ColumnSpec("care_flags", several_words(words.CARE_FLAGS)),
            ColumnSpec("start_date", day),
            ColumnSpec("end_date", day),
        ),
        words.HEADERS["customers"],
        _finish_customer,
        review=same_people,
        needs="units",
    ),
    ImportKind.SURVEY_RESPONSES: FORMS,
    ImportKind.CASES: PAST_CASES,
}
"""Fields of each kind. Areas in m² (2 decimals), ``greening_percent`` 0–100, ``reference_price`` in yuan per m² and
month (6 decimals); ``end_date`` exclusive. ``building`` may stay empty where ``unit`` is a full code."""


def spec_of(kind: KindSpec | ImportKind) -> KindSpec:
    """Give the spec of a kind; a fixed one may be named alone. One that belongs to a target raises ``ValueError``."""
    spec = KINDS[kind] if isinstance(kind, ImportKind) else kind
    if spec.has_target and spec is KINDS[spec.kind]:
        raise ValueError(f"{spec.kind} has no columns without its target")
    return spec
