"""Between a row of a file and a record of the portal: the same facts in the record's units (R-001, R-002)."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Final, cast

from core.customers.estate_record import EstateRecord
from core.customers.unit_record import UnitRecord
from core.imports.text import Value
from core.kernel.money import price_from_micro, price_to_micro

Values = Mapping[str, Value | None]

_SAME: Final = ("code", "name", "address", "district", "estate_type", "structure", "developer", "property_company")
_HUNDREDTHS: Final = {
    "floor_area": "floor_area",
    "plot_area": "plot_area",
    "greening_percent": "greening",
    "plot_ratio": "plot_ratio",
}
"""Field of the file → field of the record that holds it in hundredths."""


def hundredths(value: Value) -> int:
    """Give a decimal of at most two places as an integer of hundredths."""
    return int(cast(Decimal, value) * 100)


def estate_values(record: EstateRecord) -> dict[str, Value | None]:
    """Give an estate's record as an import speaks of it."""
    values: dict[str, Value | None] = {name: getattr(record, name) or None for name in _SAME}
    for name, own in _HUNDREDTHS.items():
        figure = getattr(record, own)
        values[name] = None if figure is None else Decimal(figure).scaleb(-2)
    price = record.reference_price
    return values | {
        "household_count": record.household_count,
        "reference_price": None if price is None else price_from_micro(price),
    }


def estate_record(values: Values, *, old: EstateRecord | None = None) -> EstateRecord:
    """Give the estate a row makes; an empty cell leaves the old value, or the record's own default, in place."""
    given = {name: value for name, value in values.items() if value is not None}
    fields: dict[str, Value] = {name: given[name] for name in (*_SAME, "household_count") if name in given}
    fields |= {own: hundredths(given[name]) for name, own in _HUNDREDTHS.items() if name in given}
    if "reference_price" in given:
        fields["reference_price"] = price_to_micro(cast(Decimal, given["reference_price"]))
    return replace(old or EstateRecord(name=""), **fields)  # type: ignore[arg-type]


def unit_values(record: UnitRecord, *, estate: str) -> dict[str, Value | None]:
    """Give a unit's record as an import speaks of it; ``estate`` is the estate's code."""
    return {
        "estate": estate,
        "building": record.building,
        "entrance": record.entrance or None,
        "unit": record.code,
        "floor": record.floor,
        "area": Decimal(record.area).scaleb(-2),
        "use": record.use,
        "grade": record.grade,
        "handover_date": record.handover_date,
    }


def unit_record(values: Values, *, old: UnitRecord | None = None) -> UnitRecord:
    """Give the unit a row makes; an empty cell leaves the old value in place."""
    return UnitRecord(
        building=str(values["building"]),
        entrance=str(values.get("entrance") or (old.entrance if old else "")),
        code=str(values["unit"]),
        area=hundredths(cast(Value, values["area"])),
        use=str(values["use"]),
        grade=cast(str | None, values.get("grade") or (old.grade if old else None)),
        floor=cast(int | None, _first(values.get("floor"), old.floor if old else None)),
        handover_date=cast(date | None, _first(values.get("handover_date"), old.handover_date if old else None)),
    )


def _first(value: Value | None, other: Value | None) -> Value | None:
    return other if value is None else value
