"""A unit's code typed into a form, read by the very rules that read it in a file (R-002, I3, I4)."""

from core.customers.units import UnitCodeRefused, UnitCodeTaken
from core.imports.codes import Trouble
from core.imports.unitcodes import LONGEST_UNIT, joined_unit, place_part, unit_parts

__all__ = ["UnitCodeRefused", "UnitCodeTaken", "typed_building", "typed_entrance", "typed_unit"]


def typed_building(text: str) -> str:
    """Give the code of a building, as ``3``, or raise ``UnitCodeRefused``."""
    return _part(text, "building")


def typed_entrance(text: str) -> str:
    """Give the code of an entrance, "" when there is none, or raise ``UnitCodeRefused``."""
    return _part(text, "entrance") if text.strip() else ""


def typed_unit(*, building: str, entrance: str, room: str) -> str:
    """Give the full code of a unit, as ``3-1-1202``, from its room or its full code, or raise ``UnitCodeRefused``.

    ``building`` and ``entrance`` are codes already; a full code that names others is refused.
    """
    reading = unit_parts(room)
    if not isinstance(reading.value, str):
        raise UnitCodeRefused(field="room")
    code = joined_unit(building=building, entrance=entrance or None, unit=reading.value)
    if isinstance(code, Trouble) or len(code) > LONGEST_UNIT:
        raise UnitCodeRefused(field="room")
    return code


def _part(text: str, field: str) -> str:
    reading = place_part(text)
    if not isinstance(reading.value, str):
        raise UnitCodeRefused(field=field)
    return reading.value
