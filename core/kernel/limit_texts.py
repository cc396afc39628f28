"""Limits as a person types them into a setting: ``24h/2wd`` is 24 hours as target, two working days as hard limit."""

import re
from collections.abc import Collection, Mapping
from typing import ClassVar, Final, TypeAlias

from core.kernel.clocks import Levels, Limit, LimitCalendar, LimitUnit
from core.kernel.errors import BusinessError

NamedLevels: TypeAlias = tuple[tuple[str, Levels], ...]

_NONE: Final = "-"
_UNITS: Final[Mapping[str, tuple[LimitUnit, LimitCalendar]]] = {
    "m": (LimitUnit.MINUTES, LimitCalendar.ALWAYS),
    "h": (LimitUnit.HOURS, LimitCalendar.ALWAYS),
    "wm": (LimitUnit.MINUTES, LimitCalendar.WORKING),
    "wh": (LimitUnit.HOURS, LimitCalendar.WORKING),
    "wd": (LimitUnit.WORKING_DAYS, LimitCalendar.WORKING),
}
_LETTERS: Final = {unit: letters for letters, unit in _UNITS.items()}
_LIMIT: Final = re.compile(r"([0-9]{1,6})\s*(m|h|wm|wh|wd)")


class LimitTextRefused(BusinessError):
    """The text is no limit, or names one that is not asked for, or one twice. Field: ``text`` (the part in question).

    Minutes and hours are ``m`` and ``h`` round the clock, ``wm`` and ``wh`` in working time; ``wd`` are working days.
    """

    code: ClassVar[str] = "limits.text"


def parse_levels(text: str) -> Levels:
    """Read ``target/hard``: ``24h`` is a target only, ``-/2wd`` a hard limit only, ``-`` neither.

    Capitals are read as small letters and blanks do not matter. Anything else raises ``LimitTextRefused``, an amount no
    limit can have the kernel's ``LimitRefused``.
    """
    target, slash, hard = text.strip().lower().partition("/")
    return Levels(_parsed(target.strip()), _parsed(hard.strip()) if slash else None)


def levels_text(levels: Levels) -> str:
    """Write limits the one way they are stored; ``parse_levels`` reads them back."""
    target = _written(levels.target)
    return target if levels.hard is None else f"{target}/{_written(levels.hard)}"


def parse_named_levels(text: str, *, names: Collection[str]) -> NamedLevels:
    """Read ``response=24h/2wd, feedback=72h``: each of ``names`` at most once and at least one, in the order typed."""
    found: dict[str, Levels] = {}
    for part in text.split(","):
        name, equals, limits = (piece.strip() for piece in part.partition("="))
        if not equals or name not in names or name in found:
            raise LimitTextRefused(text=part.strip()[:32])
        found[name] = parse_levels(limits)
    return tuple(found.items())


def named_levels_text(named: NamedLevels) -> str:
    """Write named limits the one way they are stored; ``parse_named_levels`` reads them back."""
    return ",".join(f"{name}={levels_text(levels)}" for name, levels in named)


def _parsed(text: str) -> Limit | None:
    if text == _NONE:
        return None
    match = _LIMIT.fullmatch(text)
    if match is None:
        raise LimitTextRefused(text=text[:32])
    unit, calendar = _UNITS[match[2]]
    return Limit(amount=int(match[1]), unit=unit, calendar=calendar)


def _written(limit: Limit | None) -> str:
    return _NONE if limit is None else f"{limit.amount}{_LETTERS[limit.unit, limit.calendar]}"
