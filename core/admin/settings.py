"""Settings per estate with a valid-from day (R-008): what exists, what it may be, and what holds on a day."""

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final, TypeAlias

from core.admin.service_settings import SERVICE_SPECS, CaseSettings, OrderSettings, ServiceSettings
from core.admin.service_specs import (
    HoursSpec,
    LadderSpec,
    LimitsSpec,
    NamesSpec,
    SettingLimitsReversed,
    SettingLimitsSleep,
    SettingNotHours,
    SettingNotLadder,
    SettingNotLimits,
    SettingNotNames,
    ladder_text,
)
from core.admin.setting_values import (
    BoundsSpec,
    ChargingMode,
    ChoiceSpec,
    FeeCycle,
    FeeTiming,
    NamedWeights,
    NumberSpec,
    SettingInClosedPeriod,
    SettingKey,
    SettingNotAChoice,
    SettingNotANumber,
    SettingNotAscending,
    SettingNotWeights,
    SettingOutOfBounds,
    SettingRefused,
    SettingTooLong,
    SettingValue,
    WeightsSpec,
    YesNo,
)
from core.kernel.clocks import Levels
from core.kernel.escalation import Ladder
from core.kernel.limit_texts import levels_text
from core.kernel.service_hours import week_text
from core.kernel.worktime import WeekTemplate

__all__ = [
    "LONGEST_SETTING",
    "SPECS",
    "BoundsSpec",
    "CaseSettings",
    "ChargingMode",
    "ChoiceSpec",
    "FeeCycle",
    "FeeSettings",
    "FeeTiming",
    "HoursSpec",
    "LadderSpec",
    "LimitsSpec",
    "NamedWeights",
    "NamesSpec",
    "NumberSpec",
    "OrderSettings",
    "ServiceSettings",
    "SettingEntry",
    "SettingInClosedPeriod",
    "SettingKey",
    "SettingLimitsReversed",
    "SettingLimitsSleep",
    "SettingNotAChoice",
    "SettingNotANumber",
    "SettingNotAscending",
    "SettingNotHours",
    "SettingNotLadder",
    "SettingNotLimits",
    "SettingNotNames",
    "SettingNotWeights",
    "SettingOutOfBounds",
    "SettingRefused",
    "SettingTooLong",
    "SettingValue",
    "Spec",
    "SurveySettings",
    "WeightsSpec",
    "YesNo",
    "case_settings_at",
    "check_change",
    "fee_settings_at",
    "order_settings_at",
    "parse_setting",
    "service_settings_at",
    "setting_text",
    "survey_settings_at",
    "value_at",
]

LONGEST_SETTING: Final = 500
"""Characters a stored value may take."""

Spec: TypeAlias = NumberSpec | ChoiceSpec | BoundsSpec | WeightsSpec | LimitsSpec | HoursSpec | LadderSpec | NamesSpec

SPECS: Final[Mapping[SettingKey, Spec]] = {
    SettingKey.FEES_DUE_DAY: NumberSpec(15, 1, 31),
    SettingKey.FEES_TIMING: ChoiceSpec(FeeTiming.ARREARS),
    SettingKey.FEES_CYCLE: ChoiceSpec(FeeCycle.MONTH),
    SettingKey.FEES_CHARGING_MODE: ChoiceSpec(ChargingMode.LUMP_SUM),
    SettingKey.FEES_LATE_FEE_PER_MYRIAD_DAY: NumberSpec(Decimal(3), 0, 100, decimals=2),
    SettingKey.FEES_BENCHMARK_MEAN_PERCENT: NumberSpec(Decimal("78.3"), 0, 100, decimals=1),
    SettingKey.FEES_BENCHMARK_GOOD_PERCENT: NumberSpec(Decimal(90), 0, 100, decimals=1),
    SettingKey.FEES_AGEING_BOUNDS: BoundsSpec((15, 30, 60), 1, 3650),
    SettingKey.SURVEYS_TARGET_PERCENT: NumberSpec(Decimal(90), 0, 100, decimals=1),
    SettingKey.SURVEYS_LEAST_SAMPLE: NumberSpec(30, 5, 10_000),
    SettingKey.SURVEYS_LOW_LINE: NumberSpec(Decimal("3.5"), 1, 5, decimals=2),
    SettingKey.SURVEYS_LOW_MARK: NumberSpec(2, 1, 4),
    SettingKey.SURVEYS_FOLLOW_UP_DAYS: NumberSpec(3, 1, 60),
    SettingKey.SURVEYS_DIMENSION_WEIGHTS: WeightsSpec(1000),
    **SERVICE_SPECS,
}
"""Every setting with its default and bounds. A late fee of 3 is 3 per 10 000 a day, that is 0.03 % (R-032).

The survey settings: the 90 % line (R-142), the smallest sample without a warning (R-143), the mean below which an item
is low (R-145), the mark from which down somebody is called back and in how many working days, and the weights of the
dimensions in CSI (R-141; none named: all weigh the same).
"""


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


@dataclass(frozen=True, slots=True)
class SurveySettings:
    """All survey settings of one estate on one day, typed."""

    target_percent: Decimal
    least_sample: int
    low_line: Decimal
    low_mark: int
    follow_up_days: int
    dimension_weights: NamedWeights


def parse_setting(*, key: SettingKey, text: str) -> SettingValue:
    """Turn typed text into the setting's value, or raise a ``SettingRefused``; full-width characters are folded."""
    return SPECS[key].parse(key, unicodedata.normalize("NFKC", text).strip())


def setting_text(value: SettingValue) -> str:
    """Write a value the one way it is stored; ``parse_setting`` reads it back."""
    if isinstance(value, WeekTemplate):
        return week_text(value)
    if isinstance(value, Ladder):
        return ladder_text(value)
    return ",".join(map(_part_text, value)) if isinstance(value, tuple) else str(value)


def _part_text(part: int | str | tuple[str, int | Levels]) -> str:
    if not isinstance(part, tuple):
        return str(part)
    name, value = part
    return f"{name}={levels_text(value) if isinstance(value, Levels) else value}"


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
    values = _values_of("fees.", estate_entries, company_entries, day)
    return FeeSettings(**values)  # type: ignore[arg-type]  # each spec gives the type of its field; a test holds it


def survey_settings_at(
    *, estate_entries: Iterable[SettingEntry], company_entries: Iterable[SettingEntry], day: date
) -> SurveySettings:
    """Gather all survey settings that hold on a day."""
    values = _values_of("surveys.", estate_entries, company_entries, day)
    return SurveySettings(**values)  # type: ignore[arg-type]  # each spec gives the type of its field; a test holds it


def service_settings_at(
    *, estate_entries: Iterable[SettingEntry], company_entries: Iterable[SettingEntry], day: date
) -> ServiceSettings:
    """Gather what holds on a day for complaints and service requests alike."""
    values = _values_of("service.", estate_entries, company_entries, day)
    return ServiceSettings(**values)  # type: ignore[arg-type]  # each spec gives the type of its field; a test holds it


def case_settings_at(
    *, estate_entries: Iterable[SettingEntry], company_entries: Iterable[SettingEntry], day: date
) -> CaseSettings:
    """Gather all settings of complaints that hold on a day."""
    values = _values_of("cases.", estate_entries, company_entries, day)
    return CaseSettings(**values)  # type: ignore[arg-type]  # each spec gives the type of its field; a test holds it


def order_settings_at(
    *, estate_entries: Iterable[SettingEntry], company_entries: Iterable[SettingEntry], day: date
) -> OrderSettings:
    """Gather all settings of service requests that hold on a day."""
    values = _values_of("orders.", estate_entries, company_entries, day)
    photos_needed = values.pop("photos_needed") is YesNo.YES
    return OrderSettings(**values, photos_needed=photos_needed)  # type: ignore[arg-type]  # as above


def _values_of(
    family: str, estate_entries: Iterable[SettingEntry], company_entries: Iterable[SettingEntry], day: date
) -> dict[str, SettingValue]:
    estate, company = tuple(estate_entries), tuple(company_entries)
    return {
        key.removeprefix(family): value_at(key=key, estate_entries=estate, company_entries=company, day=day)
        for key in SettingKey
        if key.startswith(family)
    }


def check_change(*, key: SettingKey, text: str, valid_from: date, first_open_day: date | None) -> SettingEntry:
    """Judge a new entry: a good value, and not from a day inside closed results (R-008).

    ``first_open_day`` is the first day after everything closed, ``None`` when nothing is closed yet.
    """
    stored = setting_text(parse_setting(key=key, text=text))
    if len(stored) > LONGEST_SETTING:
        raise SettingTooLong(key=key, most=LONGEST_SETTING)
    if first_open_day is not None and valid_from < first_open_day:
        raise SettingInClosedPeriod(key=key, first_open_day=first_open_day)
    return SettingEntry(key, valid_from, stored)
