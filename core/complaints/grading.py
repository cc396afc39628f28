"""The grade of a case and the limits that follow from it (R-079, R-080, R-083 to R-085; C-01 to C-03, C-18)."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, Final

from core.complaints.taxonomy import EQUIPMENT_FAILURES, SAFETY_EVENTS, RecordType, SubCategory
from core.kernel.clocks import ClockKind, Levels
from core.kernel.errors import BusinessError
from core.kernel.limit_texts import NamedLevels
from core.kernel.limits import NO_LIMITS, clock_hours, is_reversed, working_days
from core.kernel.texts import checked_reason

SEVERAL_HOUSEHOLDS: Final = 2
"""From how many households on a case is major."""


class CaseGrade(StrEnum):
    """How heavily a case weighs."""

    URGENT = "urgent"
    MAJOR = "major"
    NORMAL = "normal"


class GradeReason(StrEnum):
    """What makes a case urgent (the first two) or major."""

    EQUIPMENT_FAILURE = "equipment_failure"
    SAFETY_EVENT = "safety_event"
    REPEATED = "repeated"
    SPECIAL = "special"
    SEVERAL_HOUSEHOLDS = "several_households"


class HandlingType(StrEnum):
    """How a case is handled (scheme S1, R-080)."""

    URGENT = "urgent"
    REPEATED = "repeated"
    SPECIAL = "special"
    REGULAR = "regular"


_URGENT_REASONS: Final = frozenset({GradeReason.EQUIPMENT_FAILURE, GradeReason.SAFETY_EVENT})


class GradeReasonMissing(BusinessError):
    """A grade other than the proposed one is explained. Fields: ``proposed``, ``grade`` (enum members)."""

    code: ClassVar[str] = "complaints.grade_reason"


class NotGraded(BusinessError):
    """Only complaints are urgent or major. Field: ``record_type``."""

    code: ClassVar[str] = "complaints.not_graded"


class LimitsReversed(BusinessError):
    """A target may not run out after its hard limit. Field: ``clock`` (a ``ClockKind``)."""

    code: ClassVar[str] = "complaints.limits_reversed"


@dataclass(frozen=True, slots=True)
class GradeProposal:
    """The grade the rule proposes, and everything that speaks for more than a normal one."""

    grade: CaseGrade
    reasons: tuple[GradeReason, ...] = ()


@dataclass(frozen=True, slots=True)
class GradeDecision:
    """The grade that holds and the one proposed; ``reason`` says why they differ and is empty where they do not."""

    grade: CaseGrade
    proposed: CaseGrade
    reason: str = ""

    @property
    def overridden(self) -> bool:
        """Say whether a person decided against the rule."""
        return self.grade is not self.proposed


def proposed_grade(
    *,
    record_type: RecordType,
    sub_category: SubCategory | None,
    repeated: bool,
    special: bool,
    households: int,
    several_from: int = SEVERAL_HOUSEHOLDS,
) -> GradeProposal:
    """Propose a grade from nature, severity and scope (R-079); ``several_from`` households count as several.

    Only complaints are graded: who asks or suggests something about a lift has not reported that it stands still.
    """
    if record_type is not RecordType.COMPLAINT:
        return GradeProposal(CaseGrade.NORMAL)
    found = {
        GradeReason.EQUIPMENT_FAILURE: sub_category in EQUIPMENT_FAILURES,
        GradeReason.SAFETY_EVENT: sub_category in SAFETY_EVENTS,
        GradeReason.REPEATED: repeated,
        GradeReason.SPECIAL: special,
        GradeReason.SEVERAL_HOUSEHOLDS: households >= several_from,
    }
    reasons = tuple(reason for reason, holds in found.items() if holds)
    if _URGENT_REASONS.intersection(reasons):
        return GradeProposal(CaseGrade.URGENT, reasons)
    return GradeProposal(CaseGrade.MAJOR if reasons else CaseGrade.NORMAL, reasons)


def decided_grade(*, record_type: RecordType, proposal: GradeProposal, chosen: CaseGrade, reason: str) -> GradeDecision:
    """Give the grade a person chose; another one than proposed needs a reason, up or down (R-079).

    A reason given where none is needed is dropped, so that every reason stored stands beside an override.
    """
    if record_type is not RecordType.COMPLAINT and chosen is not CaseGrade.NORMAL:
        raise NotGraded(record_type=record_type)
    if chosen is proposal.grade:
        return GradeDecision(chosen, proposal.grade)
    if not reason.strip():
        raise GradeReasonMissing(proposed=proposal.grade, grade=chosen)
    return GradeDecision(chosen, proposal.grade, checked_reason(reason))


def handling_types(*, grade: CaseGrade, repeated: bool, special: bool) -> tuple[HandlingType, ...]:
    """Give every handling type that holds (R-080); regular stands alone: not urgent and no flag.

    For a mix whose shares add up to 100 % count each case once, by its first type: urgent before repeated before
    special (C-07: the source's own shares count cases twice and sum to 110 %).
    """
    found = {
        HandlingType.URGENT: grade is CaseGrade.URGENT,
        HandlingType.REPEATED: repeated,
        HandlingType.SPECIAL: special,
    }
    return tuple(kind for kind, holds in found.items() if holds) or (HandlingType.REGULAR,)


def queue_rank(grade: CaseGrade) -> int:
    """Give the first sort key of the queue: urgent cases stand on top, the others by deadline alone (R-085, R-086)."""
    return 0 if grade is CaseGrade.URGENT else 1


class LimitRow(StrEnum):
    """The rows of the table of limits: complaints by grade, everything else by type."""

    URGENT = "urgent"
    MAJOR = "major"
    NORMAL = "normal"
    QUESTION = "question"
    """Suggestions and inquiries."""
    PRAISE = "praise"


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseLimits:
    """How much time each clock of a case has; a clock without limits is not used.

    ``feedback`` is the limit of the kernel's clock *resolved*. Target missed is amber, hard limit missed is red.
    """

    response: Levels
    feedback: Levels = NO_LIMITS
    call_back: Levels = NO_LIMITS

    def levels_of(self, kind: ClockKind) -> Levels:
        """Give the limits of one clock; nothing for *on site*, which cases do not have."""
        table = {
            ClockKind.RESPONSE: self.response,
            ClockKind.RESOLVED: self.feedback,
            ClockKind.CALLED_BACK: self.call_back,
        }
        return table.get(kind, NO_LIMITS)


def case_limits_of(named: NamedLevels) -> CaseLimits:
    """Give the limits of a setting by their names ``response``, ``feedback``, ``call_back``; one not named has none."""
    return CaseLimits(**{"response": NO_LIMITS, **dict(named)})


_CALL_BACK: Final = Levels(target=clock_hours(72))
_RESPONSE: Final = Levels(target=clock_hours(24), hard=working_days(2))
_FEEDBACK: Final = Levels(target=clock_hours(72), hard=working_days(7))

DEFAULT_LIMITS: Final[Mapping[LimitRow, CaseLimits]] = {
    LimitRow.URGENT: CaseLimits(
        response=Levels(target=clock_hours(2), hard=clock_hours(24)),
        feedback=Levels(target=clock_hours(24), hard=clock_hours(72)),
        call_back=_CALL_BACK,
    ),
    LimitRow.MAJOR: CaseLimits(response=_RESPONSE, feedback=_FEEDBACK, call_back=_CALL_BACK),
    LimitRow.NORMAL: CaseLimits(response=_RESPONSE, feedback=_FEEDBACK, call_back=_CALL_BACK),
    LimitRow.QUESTION: CaseLimits(response=_RESPONSE, feedback=_FEEDBACK),
    LimitRow.PRAISE: CaseLimits(response=_RESPONSE),
}
"""The table of domain.md §4.5: 24 and 72 hours as targets, 2 and 7 working days as hard limits (C-01)."""


def limit_row(*, record_type: RecordType, grade: CaseGrade) -> LimitRow:
    """Name the row of the table a case falls under."""
    if record_type is RecordType.COMPLAINT:
        return LimitRow(grade.value)
    return LimitRow.PRAISE if record_type is RecordType.PRAISE else LimitRow.QUESTION


def limits_for(
    *, record_type: RecordType, grade: CaseGrade, overrides: Mapping[LimitRow, CaseLimits] | None = None
) -> CaseLimits:
    """Say which limits hold for a case: the project's own where there are any, else the default (R-083 to R-085).

    A change of grade changes the limits from the start of the clocks on, not from the change: the customer has waited.
    """
    row = limit_row(record_type=record_type, grade=grade)
    limits = (overrides or {}).get(row, DEFAULT_LIMITS[row])
    check_limits(limits)
    return limits


def check_limits(limits: CaseLimits) -> None:
    """Raise ``LimitsReversed`` where a target runs out after its hard limit."""
    for kind in ClockKind:
        if is_reversed(limits.levels_of(kind)):
            raise LimitsReversed(clock=kind)
