"""How cases are sorted: type, category, channel, emotion, cause, solution (domain.md §4.2 to §4.4; R-075 to R-078)."""

from collections.abc import Mapping
from enum import StrEnum
from typing import ClassVar, Final

from core.kernel.errors import BusinessError


class RecordType(StrEnum):
    """What the customer brings; each counts separately (R-076)."""

    COMPLAINT = "complaint"
    SUGGESTION = "suggestion"
    PRAISE = "praise"
    INQUIRY = "inquiry"


class CaseChannel(StrEnum):
    """How a case came in, or how the customer was spoken to (R-075)."""

    PHONE = "phone"
    HOTLINE = "hotline"
    WECHAT = "wechat"
    APP = "app"
    MINI_PROGRAM = "mini_program"
    WEBSITE = "website"
    EMAIL = "email"
    FRONT_DESK = "front_desk"
    HOME_VISIT = "home_visit"
    SUGGESTION_BOX = "suggestion_box"
    OWNER_MEETING = "owner_meeting"
    SURVEY = "survey"
    PATROL = "patrol"
    OTHER = "other"


class Emotion(StrEnum):
    """How the customer felt (scheme S13, with calm and unknown)."""

    ANGRY = "angry"
    DISSATISFIED = "dissatisfied"
    ANXIOUS = "anxious"
    CALM = "calm"
    UNKNOWN = "unknown"


class CaseCategory(StrEnum):
    """What a case is about (R-077)."""

    SERVICE = "service"
    FEE = "fee"
    FACILITY = "facility"
    ENVIRON = "environ"
    SAFETY = "safety"
    MANAGE = "manage"


class ReportGroup(StrEnum):
    """The four groups of reports (scheme S2, R-078)."""

    SERVICE = "service"
    CHARGING = "charging"
    FACILITY = "facility"
    MANAGEMENT = "management"


class SubCategory(StrEnum):
    """What exactly a case is about; each belongs to one category."""

    ATTITUDE = "attitude"
    SLOW_RESPONSE = "slow_response"
    QUALITY = "quality"
    POLICY = "policy"

    UNCLEAR_STANDARD = "unclear_standard"
    BILL_ERROR = "bill_error"
    DUNNING_MANNER = "dunning_manner"
    RATE_LEVEL = "rate_level"
    PAYMENT_CHANNEL = "payment_channel"

    LIFT = "lift"
    WATER = "water"
    POWER = "power"
    GAS = "gas"
    FIRE_SYSTEM = "fire_system"
    PUBLIC_FACILITY = "public_facility"
    DAMAGE = "damage"

    CLEANING = "cleaning"
    GREENING = "greening"
    WASTE = "waste"
    NOISE = "noise"

    SECURITY = "security"
    ACCESS = "access"
    VISITOR = "visitor"
    PARKING = "parking"
    SAFETY_EVENT = "safety_event"

    RULES = "rules"
    COMMUNICATION = "communication"
    NEIGHBOURS = "neighbours"
    OTHER = "other"


class RootCause(StrEnum):
    """Why it came about (scheme S8, R-100)."""

    EQUIPMENT = "equipment"
    STAFF = "staff"
    MANAGEMENT = "management"
    MISUNDERSTANDING = "misunderstanding"


class CauseDetail(StrEnum):
    """The second level of a cause, if somebody looked that deep (scheme S9); it fits any first level."""

    TOO_FEW_STAFF = "too_few_staff"
    CUMBERSOME_PROCESS = "cumbersome_process"
    RESOURCE_ALLOCATION = "resource_allocation"
    INTERNAL_COMMUNICATION = "internal_communication"
    UNCLEAR_STANDARD = "unclear_standard"


class Solution(StrEnum):
    """What was done for the customer (R-092)."""

    REPAIR = "repair"
    REPLACEMENT = "replacement"
    INDEMNITY = "indemnity"
    COMPENSATION = "compensation"
    EXPLANATION = "explanation"


_S: Final = SubCategory
SUB_CATEGORIES: Final[Mapping[CaseCategory, tuple[SubCategory, ...]]] = {
    CaseCategory.SERVICE: (_S.ATTITUDE, _S.SLOW_RESPONSE, _S.QUALITY, _S.POLICY),
    CaseCategory.FEE: (_S.UNCLEAR_STANDARD, _S.BILL_ERROR, _S.DUNNING_MANNER, _S.RATE_LEVEL, _S.PAYMENT_CHANNEL),
    CaseCategory.FACILITY: (
        _S.LIFT, _S.WATER, _S.POWER, _S.GAS, _S.FIRE_SYSTEM, _S.PUBLIC_FACILITY, _S.DAMAGE,
    ),
    CaseCategory.ENVIRON: (_S.CLEANING, _S.GREENING, _S.WASTE, _S.NOISE),
    CaseCategory.SAFETY: (_S.SECURITY, _S.ACCESS, _S.VISITOR, _S.PARKING, _S.SAFETY_EVENT),
    CaseCategory.MANAGE: (_S.RULES, _S.COMMUNICATION, _S.NEIGHBOURS, _S.OTHER),
}  # fmt: skip
"""The sub-categories of each category, in the order forms show them."""

EQUIPMENT_FAILURES: Final = frozenset({_S.LIFT, _S.WATER, _S.POWER, _S.GAS, _S.FIRE_SYSTEM})
"""The public systems, whose failure is an emergency class of its own (domain.md §7.1).

Public facilities and damage are left out: a broken bench is facility upkeep, which scheme S10 calls regular.
"""

SAFETY_EVENTS: Final = frozenset({_S.SAFETY_EVENT})

HOME_DEPARTMENTS: Final[Mapping[CaseCategory, str]] = {
    CaseCategory.SERVICE: "customer_service",
    CaseCategory.FEE: "finance",
    CaseCategory.FACILITY: "engineering",
    CaseCategory.ENVIRON: "cleaning",
    CaseCategory.SAFETY: "order",
    CaseCategory.MANAGE: "management",
}
"""The department a category goes to unless somebody says otherwise; codes of the list of departments (R-077)."""

REPORT_GROUPS: Final[Mapping[CaseCategory, ReportGroup]] = {
    CaseCategory.SERVICE: ReportGroup.SERVICE,
    CaseCategory.FEE: ReportGroup.CHARGING,
    CaseCategory.FACILITY: ReportGroup.FACILITY,
    CaseCategory.ENVIRON: ReportGroup.SERVICE,
    CaseCategory.SAFETY: ReportGroup.MANAGEMENT,
    CaseCategory.MANAGE: ReportGroup.MANAGEMENT,
}

_CATEGORY_OF: Final = {sub: category for category, subs in SUB_CATEGORIES.items() for sub in subs}


class SubCategoryElsewhere(BusinessError):
    """A sub-category goes with its own category only. Fields: ``category``, ``sub_category`` (enum members)."""

    code: ClassVar[str] = "complaints.sub_category"


def category_of(sub_category: SubCategory) -> CaseCategory:
    """Name the one category a sub-category belongs to."""
    return _CATEGORY_OF[sub_category]


def check_sub_category(*, category: CaseCategory | None, sub_category: SubCategory) -> None:
    """Raise ``SubCategoryElsewhere`` unless the sub-category belongs to the category."""
    if category_of(sub_category) is not category:
        raise SubCategoryElsewhere(category=category, sub_category=sub_category)
