"""Settings per estate with a valid-from day (R-008): what exists, what it may be, and what holds on a day."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import ClassVar, Final, TypeAlias

from core.kernel.errors import BusinessError


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


SettingValue: TypeAlias = int | Decimal | StrEnum | tuple[int, ...]


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


Spec: TypeAlias = NumberSpec | ChoiceSpec | BoundsSpec

SPECS: Final[Mapping[SettingKey, Spec]] = {
    SettingKey.FEES_DUE_DAY: NumberSpec(15, 1, 31),
    SettingKey.FEES_TIMING: ChoiceSpec(FeeTiming.ARREARS),
    SettingKey.FEES_CYCLE: ChoiceSpec(FeeCycle.MONTH),
    SettingKey.FEES_CHARGING_MODE: ChoiceSpec(ChargingMode.LUMP_SUM),
    SettingKey.FEES_LATE_FEE_PER_MYRIAD_DAY: NumberSpec(Decimal(3), 0, 100, decimals=2),
    SettingKey.FEES_BENCHMARK_MEAN_PERCENT: NumberSpec(Decimal("78.3"), 0, 100, decimals=1),
    SettingKey.FEES_BENCHMARK_GOOD_PERCENT: NumberSpec(Decimal(90), 0, 100, decimals=1),
    SettingKey.FEES_AGEING_BOUNDS: BoundsSpec((15, 30, 60), 1, 3650),
}
"""Every setting with its default and bounds. A late fee of 3 is 3 per 10 000 a day, that is 0.03 % (R-032)."""


@dataclass(frozen=True, slots=True)
class SettingEntry:
    """A stored setting: the text that holds from ``valid_from`` (included) until a newer entry."""

    key: SettingKey
    valid_from: date
    text: str


@dataclass(frozen=True, slots=True)
class FeeSettings:
    """All fee settings of one estate on one day, typed."""

    due_day: int
    timing: FeeTiming
    cycle: FeeCycle
    charging_mode: ChargingMode
    late_fee_per_myriad_day: Decimal
    benchmark_mean_percent: Decimal
    benchmark_good_percent: Decimal
    ageing_bounds: tuple[int, ...]


def parse_setting(*, key: SettingKey, text: str) -> SettingValue:
    """Turn typed text into the setting's value, or raise a ``SettingRefused``; full-width characters are folded."""
    return SPECS[key].parse(key, unicodedata.normalize("NFKC", text).strip())


def setting_text(value: SettingValue) -> str:
    """Write a value the one way it is stored; ``parse_setting`` reads it back."""
    if isinstance(value, tuple):
        return ",".join(str(number) for number in value)
    return str(value)


def value_at(
    *, key: SettingKey, estate_entries: Iterable[SettingEntry], company_entries: Iterable[SettingEntry], day: date
) -> SettingValue:
    """Find what holds on a day: the estate's newest entry, else the company's, else the default (R-008)."""
    for entries in (estate_entries, company_entries):
        valid = [entry for entry in entries if entry.key is key and entry.valid_from <= day]
        if valid:
            return parse_setting(key=key, text=max(valid, key=lambda entry: entry.valid_from).text)
    return SPECS[key].default


def fee_settings_at(
    *, estate_entries: Iterable[SettingEntry], company_entries: Iterable[SettingEntry], day: date
) -> FeeSettings:
    """Gather all fee settings that hold on a day."""
    estate, company = tuple(estate_entries), tuple(company_entries)
    values = {
        key.removeprefix("fees."): value_at(key=key, estate_entries=estate, company_entries=company, day=day)
        for key in SettingKey
        if key.startswith("fees.")
    }
    return FeeSettings(**values)  # type: ignore[arg-type]  # each spec gives the type of its field; a test holds it


def check_change(*, key: SettingKey, text: str, valid_from: date, first_open_day: date | None) -> SettingEntry:
    """Judge a new entry: a good value, and not from a day inside closed results (R-008).

    ``first_open_day`` is the first day after everything closed, ``None`` when nothing is closed yet.
    """
    value = parse_setting(key=key, text=text)
    if first_open_day is not None and valid_from < first_open_day:
        raise SettingInClosedPeriod(key=key, first_open_day=first_open_day)
    return SettingEntry(key, valid_from, setting_text(value))


def _check_bounds(key: SettingKey, number: int | Decimal, least: int, most: int) -> None:
    if not least <= number <= most:
        raise SettingOutOfBounds(key=key, least=least, most=most)
