"""What is published, and what is forgotten when (R-102, R-106; C-20 to C-22; security.md §5)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import ClassVar, Final

from core.complaints.case import CaseRecord
from core.complaints.taxonomy import CaseCategory
from core.kernel.errors import BusinessError
from core.kernel.periods import Month
from core.surveys.privacy import GROUP_LEAST, hidden_groups

LEAST_MONTHS: Final = 6
"""No record goes earlier after its end (domain.md §4.5, T10)."""
ANONYMISE_MONTHS: Final = 36


class RetentionTooShort(BusinessError):
    """Records are kept at least ``least`` months."""

    code: ClassVar[str] = "complaints.retention_short"


@dataclass(frozen=True, slots=True)
class PublicCount:
    """Cases of a period and how many of them are handled."""

    cases: int
    handled: int


@dataclass(frozen=True, slots=True)
class PublicLine:
    """One line of the notice; ``category`` is ``None`` for the small ones taken together."""

    category: CaseCategory | None
    cases: int
    handled: int


@dataclass(frozen=True, slots=True)
class PublicSummary:
    """What may hang on the board: counts only. Without lines there were too few cases to tell categories apart."""

    cases: int
    handled: int
    lines: tuple[PublicLine, ...]


def public_summary(*, counts: Mapping[CaseCategory, PublicCount], least: int = GROUP_LEAST) -> PublicSummary:
    """Sum up cases by category for everybody to read (R-106).

    Categories of fewer than ``least`` cases are taken together, with the next smallest ones if need be, so that every
    line stands for at least ``least`` cases and none can be found by subtraction. Lines are in the order of the enum.
    """
    cases, handled = _together(counts.values())
    small = hidden_groups(sizes={category: count.cases for category, count in counts.items()}, least=least)
    shown = [
        PublicLine(category, counts[category].cases, counts[category].handled)
        for category in CaseCategory
        if category in counts and counts[category].cases and category not in small
    ]
    if small and shown:
        shown.append(PublicLine(None, *_together(counts[category] for category in small)))
    return PublicSummary(cases, handled, tuple(shown))


def _together(counts: Iterable[PublicCount]) -> tuple[int, int]:
    parts = tuple(counts)
    return sum(part.cases for part in parts), sum(part.handled for part in parts)


def kept_until(*, ended_on: date, months: int) -> date:
    """Give the last day of retention: the day of the same number ``months`` later, or the last of a shorter month.

    A setting below six months raises ``RetentionTooShort``.
    """
    if months < LEAST_MONTHS:
        raise RetentionTooShort(least=LEAST_MONTHS)
    return Month.of(ended_on).shift(months).day(ended_on.day)


def may_delete(*, ended_on: date | None, today: date, on_hold: bool = False) -> bool:
    """Say whether a case may be deleted at all: six months after its end are past, and no legal hold lies on it.

    ``ended_on`` is the day it was closed, withdrawn or merged; an open case (``None``) stays. What is erased sooner at
    a customer's wish is the person, by :func:`anonymised`, not the case.
    """
    return _is_past(ended_on, today, LEAST_MONTHS, on_hold=on_hold)


def needs_anonymising(
    *, ended_on: date | None, today: date, months: int = ANONYMISE_MONTHS, on_hold: bool = False
) -> bool:
    """Say whether whose case it was must be forgotten by now; the statistics stay (R-102, C-21)."""
    return _is_past(ended_on, today, months, on_hold=on_hold)


def _is_past(ended_on: date | None, today: date, months: int, *, on_hold: bool) -> bool:
    return ended_on is not None and not on_hold and today > kept_until(ended_on=ended_on, months=months)


FORGOTTEN_FIELDS: Final = frozenset(
    {"unit", "place", "content", "customer", "caller_name", "caller_phone", "claim", "source_reference"}
)
"""The fields of the record that go. What stays sorts and counts; the area (building) is kept beside it for reports."""

FORGOTTEN_TEXTS: Final = frozenset(
    {
        "restated",
        "plan",
        "measure",
        "feedback",
        "comment",
        "note",
        "no_call_back_note",
        "reason",
        "grade_reason",
        "part",
    }
)
"""The fields of the steps that go: whatever somebody typed. Causes, solutions, marks, people and instants stay."""


def anonymised(record: CaseRecord) -> CaseRecord:
    """Give the record without whom it was about: anonymous, no unit, no words."""
    return replace(
        record,
        anonymous=True,
        unit=None,
        place="",
        content="",
        customer=None,
        caller_name="",
        caller_phone="",
        claim="",
        source_reference="",
    )
