"""Kinds of settings (R-008): the keys, what a value may be, and why a text is none."""

import re
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import ClassVar, Final, TypeAlias

from core.kernel.errors import BusinessError
from core.kernel.escalation import Ladder
from core.kernel.limit_texts import NamedLevels
from core.kernel.worktime import WeekTemplate


class SettingKey(StrEnum):
    """One setting; the value is stable and is how it is stored."""

    FEES_DUE_DAY = "fees.due_day"
    FEES_TIMING = "fees.timing"
    FEES_CYCLE = "fees.cycle"
    FEES_CHARGING_MODE = "fees.charging_mode"
    FEES_LATE_FEE_PER_MYRIAD_DAY = "fees.late_fee_per_myriad_day"
    FEES_BENCHMARK_MEAN_PERCENT = "fees.benchmark_mean_percent"
    FEES_BENCHMARK_GOOD_PERCENT = "fees.benchmark_good_percent"
    FEES_AGEING_BOUNDS = "fees.ageing_bounds"
    SURVEYS_TARGET_PERCENT = "surveys.target_percent"
    SURVEYS_LEAST_SAMPLE = "surveys.least_sample"
    SURVEYS_LOW_LINE = "surveys.low_line"
    SURVEYS_LOW_MARK = "surveys.low_mark"
    SURVEYS_FOLLOW_UP_DAYS = "surveys.follow_up_days"
    SURVEYS_DIMENSION_WEIGHTS = "surveys.dimension_weights"
    SERVICE_HOURS = "service.hours"
    SERVICE_LADDER = "service.ladder"
    SERVICE_FREE_PAUSES = "service.free_pauses"
    CASES_LIMITS_URGENT = "cases.limits_urgent"
    CASES_LIMITS_MAJOR = "cases.limits_major"
    CASES_LIMITS_NORMAL = "cases.limits_normal"
    CASES_LIMITS_QUESTION = "cases.limits_question"
    CASES_LIMITS_PRAISE = "cases.limits_praise"
    CASES_SEVERAL_FROM = "cases.several_from"
    CASES_REPEAT_LEAST = "cases.repeat_least"
    CASES_REPEAT_DAYS = "cases.repeat_days"
    CASES_HOT_LEAST = "cases.hot_least"
    CASES_HOT_DAYS = "cases.hot_days"
    CASES_REOPEN_DAYS = "cases.reopen_days"
    CASES_RETENTION_MONTHS = "cases.retention_months"
    CASES_SATISFACTION_TARGET = "cases.satisfaction_target"
    ORDERS_LIMITS_FAILURE = "orders.limits_failure"
    ORDERS_LIMITS_REPAIR = "orders.limits_repair"
    ORDERS_LIMITS_OTHER = "orders.limits_other"
    ORDERS_REOPEN_DAYS = "orders.reopen_days"
    ORDERS_PHOTOS_NEEDED = "orders.photos_needed"
    ORDERS_SLOT_MINUTES = "orders.slot_minutes"


class FeeTiming(StrEnum):
    """Which month's day N is the due date of a service month."""

    ARREARS = "arrears"
    """Day N of the month after the service month; the default, with N = 15 (R-022)."""
    ADVANCE = "advance"
    """Day N of the service month itself (R-023)."""
    CONTRACT = "contract"
    """The day agreed in the service contract, in the service month."""


class FeeCycle(StrEnum):
    """How much time one bill covers."""

    MONTH = "month"
    YEAR = "year"


class ChargingMode(StrEnum):
    """Who bears surplus and loss: the company (lump sum) or the owners (remuneration) (R-020)."""

    LUMP_SUM = "lump_sum"
    REMUNERATION = "remuneration"


class YesNo(StrEnum):
    """Whether something is done."""

    NO = "no"
    YES = "yes"


NamedWeights: TypeAlias = tuple[tuple[str, int], ...]
Names: TypeAlias = tuple[str, ...]
SettingValue: TypeAlias = (
    int | Decimal | StrEnum | tuple[int, ...] | NamedWeights | Names | NamedLevels | WeekTemplate | Ladder
)


class SettingRefused(BusinessError):
    """The text is no value for this setting. Fields: ``key`` and what the subclass names."""

    code: ClassVar[str] = "settings.refused"


class SettingNotANumber(SettingRefused):
    """A whole number, a decimal or a list of whole numbers is needed. Fields: ``key``, ``decimals``."""

    code: ClassVar[str] = "settings.not_a_number"


class SettingOutOfBounds(SettingRefused):
    """The number is too small or too large. Fields: ``key``, ``least``, ``most`` (both allowed)."""

    code: ClassVar[str] = "settings.out_of_bounds"


class SettingNotAChoice(SettingRefused):
    """The text is none of the choices. Fields: ``key``, ``choices``."""

    code: ClassVar[str] = "settings.not_a_choice"


class SettingNotAscending(SettingRefused):
    """The list must climb and hold one to six numbers. Field: ``key``."""

    code: ClassVar[str] = "settings.not_ascending"


class SettingNotWeights(SettingRefused):
    """Weights are written as ``code=number``, commas between, each code once. Field: ``key``."""

    code: ClassVar[str] = "settings.not_weights"


class SettingTooLong(SettingRefused):
    """The value takes more than ``most`` characters. Fields: ``key``, ``most``."""

    code: ClassVar[str] = "settings.too_long"


class SettingInClosedPeriod(SettingRefused):
    """The change would reach into closed results. Fields: ``key``, ``first_open_day``."""

    code: ClassVar[str] = "settings.closed_period"


@dataclass(frozen=True, slots=True)
class NumberSpec:
    """A number from ``least`` to ``most``, both allowed, with at most ``decimals`` decimal places."""

    default: int | Decimal
    least: int
    most: int
    decimals: int = 0

    def parse(self, key: SettingKey, text: str) -> SettingValue:
        """Read a number; a whole-number setting gives ``int``, any other ``Decimal``."""
        tail = rf"(\.[0-9]{{1,{self.decimals}}})?" if self.decimals else ""
        if not re.fullmatch(rf"[0-9]{{1,9}}{tail}", text):
            raise SettingNotANumber(key=key, decimals=self.decimals)
        number = Decimal(text) if self.decimals else int(text)
        _check_bounds(key, number, self.least, self.most)
        return number


@dataclass(frozen=True, slots=True)
class ChoiceSpec:
    """One member of an enum."""

    default: StrEnum

    def parse(self, key: SettingKey, text: str) -> SettingValue:
        """Read the stored value of a member."""
        choices = tuple(type(self.default))
        for choice in choices:
            if choice.value == text:
                return choice
        raise SettingNotAChoice(key=key, choices=", ".join(choices))


@dataclass(frozen=True, slots=True)
class BoundsSpec:
    """One to six whole numbers that climb, each from ``least`` to ``most``, parted by commas."""

    default: tuple[int, ...]
    least: int
    most: int

    def parse(self, key: SettingKey, text: str) -> SettingValue:
        """Read the list."""
        if not re.fullmatch(r"[0-9]{1,9}(\s*,\s*[0-9]{1,9})*", text):
            raise SettingNotANumber(key=key, decimals=0)
        numbers = tuple(int(part) for part in text.split(","))
        for number in numbers:
            _check_bounds(key, number, self.least, self.most)
        if len(numbers) > 6 or list(numbers) != sorted(set(numbers)):
            raise SettingNotAscending(key=key)
        return numbers


_WEIGHT: Final = r"[A-Za-z][A-Za-z0-9_]{0,31}\s*=\s*[0-9]{1,4}"


@dataclass(frozen=True, slots=True)
class WeightsSpec:
    """Up to twenty names with whole weights from 0 to ``most``, as ``service=30, price=20``; the default names none."""

    most: int
    default: NamedWeights = ()

    def parse(self, key: SettingKey, text: str) -> SettingValue:
        """Read the weights in the order they are written."""
        if not text:
            return ()
        if not re.fullmatch(rf"{_WEIGHT}(\s*,\s*{_WEIGHT})*", text):
            raise SettingNotWeights(key=key)
        pairs = [part.split("=") for part in text.split(",")]
        weights = tuple((name.strip(), int(number)) for name, number in pairs)
        for _, number in weights:
            _check_bounds(key, number, 0, self.most)
        if len(weights) > 20 or len(dict(weights)) < len(weights):
            raise SettingNotWeights(key=key)
        return weights


def _check_bounds(key: SettingKey, number: int | Decimal, least: int, most: int) -> None:
    if not least <= number <= most:
        raise SettingOutOfBounds(key=key, least=least, most=most)
