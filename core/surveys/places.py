"""Where a form comes from: a unit, a building, or nowhere known (R-138, R-147)."""

import difflib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

from core.surveys.lines import LineProblem, LineTrouble, fold

NONE_NEAR: Final = "–"  # stands in the field "nearest" when no unit code is like the one typed

_LOOKED_AT: Final = 20


@dataclass(frozen=True, slots=True)
class Place:
    """Where a form comes from: a unit, only a building, or nowhere known. Both are codes."""

    unit: str | None
    building: str | None


def resolve_place(
    *, place: str, prefix: str, units: Mapping[str, str], buildings: Collection[str]
) -> Place | LineProblem:
    """Find a place as ``parse_line`` gives it (R-138): a unit's code, the ``prefix`` of the batch (``3-1``) and the
    place, or a building's code, in this order; none is anonymous (R-147). ``units``: unit code → building code."""
    if not place:
        return Place(unit=None, building=None)
    before = fold(prefix).upper().strip(" -")
    joined = f"{before}-{place}" if before else place
    for code in (place, joined):
        if code in units:
            return Place(unit=code, building=units[code])
    if place in buildings:
        return Place(unit=None, building=place)
    code = (place if "-" in place else joined)[:40]
    head, _, tail = code.rpartition("-")  # a slip is seldom both in the entrance and in the room
    like = (unit for unit in units if (head and unit.startswith(f"{head}-")) or f"-{unit}".endswith(f"-{tail}"))
    close = difflib.get_close_matches(code, like, n=_LOOKED_AT)
    near = ", ".join(sorted(close, key=lambda unit: -_common(unit, code))[:3]) or NONE_NEAR
    return LineProblem(LineTrouble.NO_UNIT, {"place": place[:40], "nearest": near}, at=0, length=len(place))


def _common(one: str, other: str) -> int:
    """How many characters both begin with: a slip is likelier in the room than in the building."""
    return next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
