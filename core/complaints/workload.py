"""Who has how much to do, who takes the next case, and who answers for red ones (R-082, R-104, R-109)."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import ClassVar, Final

from core.complaints.grading import CaseGrade
from core.complaints.taxonomy import RecordType
from core.kernel.errors import BusinessError
from core.kernel.identity import CaseId, MeasureId, StaffId
from core.kernel.texts import checked_reason

GRADE_POINTS: Final[Mapping[CaseGrade, int]] = {CaseGrade.URGENT: 4, CaseGrade.MAJOR: 2, CaseGrade.NORMAL: 1}
AGE_STEP_DAYS: Final = 3
MOST_AGE_POINTS: Final = 3


@dataclass(frozen=True, slots=True)
class OpenCase:
    """A case somebody has to work on: pending or in progress."""

    handler: StaffId
    grade: CaseGrade
    registered_on: date


@dataclass(frozen=True, slots=True)
class Load:
    """What a handler has open: cases, of which urgent, and points."""

    points: int = 0
    cases: int = 0
    urgent: int = 0


def case_points(*, grade: CaseGrade, age_days: int) -> int:
    """Weigh a case: urgent 4, major 2, normal 1, and one point more for every three full days open, at most three."""
    return GRADE_POINTS[grade] + min(max(age_days, 0) // AGE_STEP_DAYS, MOST_AGE_POINTS)


def open_loads(*, cases: Iterable[OpenCase], today: date) -> Mapping[StaffId, Load]:
    """Add up what each handler has open; who has nothing is not named."""
    loads: dict[StaffId, Load] = {}
    for case in cases:
        before = loads.get(case.handler, Load())
        points = case_points(grade=case.grade, age_days=(today - case.registered_on).days)
        urgent = case.grade is CaseGrade.URGENT
        loads[case.handler] = Load(before.points + points, before.cases + 1, before.urgent + urgent)
    return loads


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody who might take a case."""

    staff: StaffId
    department: str
    active: bool = True
    absent: bool = False


@dataclass(frozen=True, slots=True)
class DispatchProposal:
    """A candidate in the order of the proposal, and what decided it."""

    staff: StaffId
    matches: bool
    load: Load


def dispatch_order(
    *, candidates: Iterable[Candidate], department: str, loads: Mapping[StaffId, Load]
) -> tuple[DispatchProposal, ...]:
    """Order who may take a case of a department: its own people first, then the fewest points, then the fewest cases.

    Whoever is inactive or absent is left out. People of equal load stand in the order of their numbers.
    """
    proposals = [
        DispatchProposal(one.staff, one.department == department, loads.get(one.staff, Load()))
        for one in candidates
        if one.active and not one.absent
    ]
    return tuple(sorted(proposals, key=lambda one: (not one.matches, one.load.points, one.load.cases, one.staff)))


@dataclass(frozen=True, slots=True)
class RedCase:
    """A case with a missed hard limit: who answers for it (``None``: nobody had it) and by how much it is over."""

    case: CaseId
    responsible: StaffId | None
    overrun: timedelta


@dataclass(frozen=True, slots=True)
class AccountabilityLine:
    """One responsible person: red cases (each once, however many clocks are red), the worst of them, its overrun."""

    responsible: StaffId | None
    cases: tuple[CaseId, ...]
    worst: CaseId
    worst_overrun: timedelta

    @property
    def count(self) -> int:
        """How many cases are red."""
        return len(self.cases)


def accountability_list(*, reds: Iterable[RedCase]) -> tuple[AccountabilityLine, ...]:
    """List the red cases by who answers for them: most cases first, then the worst overrun (R-109)."""
    groups: dict[StaffId | None, list[RedCase]] = {}
    for red in reds:
        groups.setdefault(red.responsible, []).append(red)
    lines = [_accountability_line(responsible, group) for responsible, group in groups.items()]
    return tuple(sorted(lines, key=lambda line: (-line.count, -line.worst_overrun, line.responsible or 0)))


def _accountability_line(responsible: StaffId | None, reds: Collection[RedCase]) -> AccountabilityLine:
    worst = max(reds, key=lambda red: (red.overrun, -red.case))
    return AccountabilityLine(responsible, tuple(sorted({red.case for red in reds})), worst.case, worst.overrun)


class AccountabilityAction(StrEnum):
    """What follows from a red case; a person decides, the list proposes none (R-109)."""

    EXPLANATION = "explanation"
    TRAINING = "training"
    PROCESS_CHANGE = "process_change"
    HELD_TO_ACCOUNT = "held_to_account"


@dataclass(frozen=True, slots=True)
class AccountabilityFollowUp:
    """A decided action and why."""

    action: AccountabilityAction
    note: str


def accountability_follow_up(*, action: AccountabilityAction, note: str) -> AccountabilityFollowUp:
    """Give the action with its tidied note; every action is explained (``ReasonMissing``)."""
    return AccountabilityFollowUp(action, checked_reason(note))


def needs_rectification(*, record_type: RecordType, repeated: bool, rectification: MeasureId | None) -> bool:
    """Say whether a special rectification is still to be opened: a repeated complaint without a measure (R-104).

    One measure may serve several cases; its effect check is tracked there.
    """
    return record_type is RecordType.COMPLAINT and repeated and rectification is None


class RectificationUnfit(BusinessError):
    """A rectification is a measure that comes from complaints and was not cancelled."""

    code: ClassVar[str] = "complaints.rectification_unfit"


def check_rectification(*, from_complaints: bool, cancelled: bool) -> None:
    """Raise ``RectificationUnfit`` unless a measure can be the rectification of a repeated complaint (R-104)."""
    if cancelled or not from_complaints:
        raise RectificationUnfit
