"""Kinds of settings of complaints and service requests: limits, hours, ladder, names (R-083 to R-086, R-113, R-115)."""

import re
from dataclasses import dataclass
from typing import ClassVar, Final

from core.admin.codes import CodeList
from core.admin.permissions import Role
from core.admin.setting_values import Names, SettingKey, SettingRefused, SettingValue
from core.kernel.clocks import LimitRefused
from core.kernel.escalation import MOST_PERCENT, MOST_STEPS, Ladder, LadderRefused, LadderStep
from core.kernel.limit_texts import LimitTextRefused, NamedLevels, parse_named_levels
from core.kernel.limits import is_reversed, stands_still
from core.kernel.service_hours import HoursTextRefused, parse_week
from core.kernel.worktime import HoursRefused, NoWorkingHours, WeekTemplate

TOLD_ROLES: Final = (Role.HANDLER, Role.SUPERVISOR, Role.MANAGER)
"""Whom a ladder may tell, up the reporting line; ``handler`` is that of the case, not every one of the estate."""
MOST_NAMES: Final = 20

_STEP: Final = re.compile(rf"([0-9]{{1,4}})\s*%?\s*=\s*({'|'.join(TOLD_ROLES)})")
_NAME: Final = r"[A-Za-z][A-Za-z0-9_]{0,31}"


class SettingNotLimits(SettingRefused):
    """Limits are written as ``response=24h/2wd``. Fields: ``key``, ``names`` (of all that may have limits)."""

    code: ClassVar[str] = "settings.not_limits"


class SettingLimitsReversed(SettingRefused):
    """A target may not run out after its hard limit. Fields: ``key``, ``name`` (of the limits)."""

    code: ClassVar[str] = "settings.limits_reversed"


class SettingLimitsSleep(SettingRefused):
    """These limits run round the clock. Fields: ``key``, ``name`` (of the limits in working time)."""

    code: ClassVar[str] = "settings.limits_sleep"


class SettingNotHours(SettingRefused):
    """Hours are written as ``1-5 08:30-12:00,13:30-17:30; 6 09:00-12:00``. Field: ``key``."""

    code: ClassVar[str] = "settings.not_hours"


class SettingNotLadder(SettingRefused):
    """A ladder is written as ``50=handler, 80=supervisor``. Fields: ``key``, ``most_steps``, ``most_percent``."""

    code: ClassVar[str] = "settings.not_ladder"


class SettingNotNames(SettingRefused):
    """At most ``most`` codes, commas between, each once. Fields: ``key``, ``most``."""

    code: ClassVar[str] = "settings.not_names"


@dataclass(frozen=True, slots=True)
class LimitsSpec:
    """Limits by name, as ``response=24h/2wd, feedback=72h``; a name left out has none.

    ``awake``: they run round the clock, which those of a failure of a public system must.
    """

    names: tuple[str, ...]
    default: NamedLevels
    awake: bool = False

    def parse(self, key: SettingKey, text: str) -> SettingValue:
        """Read the limits in the order they are written."""
        try:
            named = parse_named_levels(text, names=self.names)
        except (LimitTextRefused, LimitRefused) as error:
            raise SettingNotLimits(key=key, names=", ".join(self.names)) from error
        for name, levels in named:
            if self.awake and stands_still(levels):
                raise SettingLimitsSleep(key=key, name=name)
            if is_reversed(levels):
                raise SettingLimitsReversed(key=key, name=name)
        return named


@dataclass(frozen=True, slots=True)
class HoursSpec:
    """The hours of a week (R-009)."""

    default: WeekTemplate

    def parse(self, key: SettingKey, text: str) -> SettingValue:
        """Read the week; a day not named is closed."""
        try:
            return parse_week(text)
        except (HoursTextRefused, HoursRefused, NoWorkingHours) as error:
            raise SettingNotHours(key=key) from error


@dataclass(frozen=True, slots=True)
class LadderSpec:
    """Who is told at which percent of a limit (R-086, R-115), as ``50=handler, 80=supervisor``; never nobody."""

    default: Ladder

    def parse(self, key: SettingKey, text: str) -> SettingValue:
        """Read the steps; they are kept from the lowest up."""
        matches = [_STEP.fullmatch(part.strip()) for part in text.split(",")]
        steps = [LadderStep(int(match[1]), match[2]) for match in matches if match is not None]
        try:
            if len(steps) == len(matches):
                return Ladder(tuple(sorted(steps, key=lambda step: step.percent)))
            raise LadderRefused
        except LadderRefused as error:
            raise SettingNotLadder(key=key, most_steps=MOST_STEPS, most_percent=MOST_PERCENT) from error


def ladder_text(ladder: Ladder) -> str:
    """Write a ladder the one way it is stored."""
    return ",".join(f"{step.percent}={step.role}" for step in ladder.steps)


@dataclass(frozen=True, slots=True)
class NamesSpec:
    """Codes of a list, commas between; none is allowed. A code retired since just means nothing any more."""

    codes: CodeList
    default: Names = ()

    def parse(self, key: SettingKey, text: str) -> SettingValue:
        """Read the codes in the order they are written."""
        names = tuple(part.strip() for part in text.split(",")) if text else ()
        fine = all(re.fullmatch(_NAME, name) for name in names)
        if not fine or len(names) > MOST_NAMES or len(set(names)) < len(names):
            raise SettingNotNames(key=key, most=MOST_NAMES)
        return names
