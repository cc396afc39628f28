"""What the portal knows of a case before a step, and how a step's entries are checked against it."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar, Protocol, Self, TypeVar

from core.complaints.grading import SEVERAL_HOUSEHOLDS
from core.complaints.states import CaseState
from core.complaints.taxonomy import RecordType
from core.kernel.errors import BusinessError
from core.kernel.identity import CaseId, EstateId, MeasureId, StaffId
from core.kernel.texts import LONGEST_TEXT, tidied

T = TypeVar("T")


class StepIncomplete(BusinessError):
    """The step asks for something not filled in. Fields: ``field``, ``state`` (where the step leads)."""

    code: ClassVar[str] = "complaints.step_missing"


class StepTimeRefused(BusinessError):
    """What was done lies between ``earliest`` and ``latest``, both allowed. Field: ``at``."""

    code: ClassVar[str] = "complaints.step_time"


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFacts:
    """What the portal knows of a case before a step.

    ``reopened_at`` and ``resolved_at`` are the newest such instants; ``closed_on`` the business day of closing.
    ``rectification`` is the improvement measure that deals with a repeated complaint (R-104).
    """

    estate: EstateId
    case: CaseId
    record_type: RecordType
    state: CaseState
    registered_at: datetime
    reopened_at: datetime | None = None
    resolved_at: datetime | None = None
    closed_on: date | None = None
    department: str = ""
    handler: StaffId | None = None
    anonymous: bool = False
    repeated: bool = False
    rectification: MeasureId | None = None
    households: int = 1
    escalated: bool = False
    reopenings: int = 0

    @property
    def run_began_at(self) -> datetime:
        """When the customer last began to wait: at registration, or when the case was opened again."""
        return self.reopened_at or self.registered_at


@dataclass(frozen=True, slots=True, kw_only=True)
class StepContext:
    """A case, where a step would lead it, and when.

    A closed case opens again within ``reopen_days`` days; from ``several_from`` households on a complaint is major.
    """

    facts: CaseFacts
    target: CaseState
    now: datetime
    reopen_days: int
    several_from: int = SEVERAL_HOUSEHOLDS

    def needed(self, text: str, *, field: str, longest: int = LONGEST_TEXT) -> str:
        """Give the tidied text, or raise ``StepIncomplete`` when it says nothing."""
        said = tidied(text, field=field, longest=longest)
        return self.given(said or None, field=field)

    def given(self, value: T | None, *, field: str) -> T:
        """Give the value, or raise ``StepIncomplete`` when it is not filled in."""
        if value is None:
            raise StepIncomplete(field=field, state=self.target)
        return value

    def check_past(self, at: datetime, *, earliest: datetime) -> None:
        """Raise ``StepTimeRefused`` unless an instant lies between ``earliest`` and now, both allowed."""
        if not earliest <= at <= self.now:
            raise StepTimeRefused(at=at, earliest=earliest, latest=self.now)


class StepData(Protocol):
    """What a step is entered with. Where it has an ``at``, that is when it was done; else it counts from now."""

    def checked(self, context: StepContext) -> Self:
        """Give the data tidied, or raise the refusal for what the step lacks."""
