"""The settings of complaints and service requests: their defaults, and what holds on a day, typed (R-008)."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, TypeAlias

from core.admin.codes import CodeList
from core.admin.permissions import Role
from core.admin.service_specs import HoursSpec, LadderSpec, LimitsSpec, NamesSpec
from core.admin.setting_values import ChoiceSpec, Names, NumberSpec, SettingKey, YesNo
from core.kernel.escalation import Ladder, LadderStep
from core.kernel.limit_texts import NamedLevels, parse_named_levels
from core.kernel.service_hours import parse_week
from core.kernel.worktime import WeekTemplate

_K: Final = SettingKey
_CASE_CLOCKS: Final = ("response", "feedback", "call_back")
_ORDER_CLOCKS: Final = ("response", "finish")
_LADDER: Final = Ladder(
    tuple(
        LadderStep(percent, role.value)
        for percent, role in (
            (50, Role.HANDLER),
            (80, Role.SUPERVISOR),
            (100, Role.SUPERVISOR),
            (150, Role.MANAGER),
        )
    )
)


def _case_limits(text: str) -> LimitsSpec:
    return LimitsSpec(_CASE_CLOCKS, parse_named_levels(text, names=_CASE_CLOCKS))


def _order_limits(text: str, *, awake: bool = False) -> LimitsSpec:
    return LimitsSpec(_ORDER_CLOCKS, parse_named_levels(text, names=_ORDER_CLOCKS), awake=awake)


ServiceSpec: TypeAlias = NumberSpec | ChoiceSpec | LimitsSpec | HoursSpec | LadderSpec | NamesSpec

SERVICE_SPECS: Final[Mapping[SettingKey, ServiceSpec]] = {
    _K.SERVICE_HOURS: HoursSpec(parse_week("1-5 08:30-12:00,13:30-17:30")),
    _K.SERVICE_LADDER: LadderSpec(_LADDER),
    _K.SERVICE_FREE_PAUSES: NamesSpec(CodeList.PAUSE_REASON, ("customer_appointment",)),
    _K.CASES_LIMITS_URGENT: _case_limits("response=2h/24h, feedback=24h/72h, call_back=72h"),
    _K.CASES_LIMITS_MAJOR: _case_limits("response=24h/2wd, feedback=72h/7wd, call_back=72h"),
    _K.CASES_LIMITS_NORMAL: _case_limits("response=24h/2wd, feedback=72h/7wd, call_back=72h"),
    _K.CASES_LIMITS_QUESTION: _case_limits("response=24h/2wd, feedback=72h/7wd"),
    _K.CASES_LIMITS_PRAISE: _case_limits("response=24h/2wd"),
    _K.CASES_SEVERAL_FROM: NumberSpec(2, 2, 1000),
    _K.CASES_REPEAT_LEAST: NumberSpec(2, 2, 100),
    _K.CASES_REPEAT_DAYS: NumberSpec(90, 1, 3650),
    _K.CASES_HOT_LEAST: NumberSpec(3, 1, 1000),
    _K.CASES_HOT_DAYS: NumberSpec(30, 1, 366),
    _K.CASES_REOPEN_DAYS: NumberSpec(30, 0, 3650),
    _K.CASES_RETENTION_MONTHS: NumberSpec(36, 6, 600),
    _K.CASES_SATISFACTION_TARGET: NumberSpec(Decimal(90), 0, 100, decimals=1),
    _K.ORDERS_LIMITS_FAILURE: _order_limits("response=2h/2h, finish=2h/2h", awake=True),
    _K.ORDERS_LIMITS_REPAIR: _order_limits("response=4h/24h, finish=24h/48h"),
    _K.ORDERS_LIMITS_OTHER: _order_limits("response=24h, finish=48h"),
    _K.ORDERS_REOPEN_DAYS: NumberSpec(30, 0, 3650),
    _K.ORDERS_PHOTOS_NEEDED: ChoiceSpec(YesNo.NO),
    _K.ORDERS_SLOT_MINUTES: NumberSpec(120, 15, 480),
}
"""Every setting of complaints (``cases``), service requests (``orders``) and both (``service``).

The limits are those of domain.md §4.5 and C-04; hours, ladder and the windows are ours. A test holds these defaults to
those of the rules, which stand on a higher step and cannot be asked here.
"""


@dataclass(frozen=True, slots=True)
class ServiceSettings:
    """What complaints and service requests share in one estate on one day."""

    hours: WeekTemplate
    ladder: Ladder
    free_pauses: Names


@dataclass(frozen=True, slots=True)
class CaseSettings:
    """All settings of complaints of one estate on one day, typed. Days and months are counted by the calendar."""

    limits_urgent: NamedLevels
    limits_major: NamedLevels
    limits_normal: NamedLevels
    limits_question: NamedLevels
    limits_praise: NamedLevels
    several_from: int
    repeat_least: int
    repeat_days: int
    hot_least: int
    hot_days: int
    reopen_days: int
    retention_months: int
    satisfaction_target: Decimal


@dataclass(frozen=True, slots=True)
class OrderSettings:
    """All settings of service requests of one estate on one day, typed."""

    limits_failure: NamedLevels
    limits_repair: NamedLevels
    limits_other: NamedLevels
    reopen_days: int
    photos_needed: bool
    slot_minutes: int
