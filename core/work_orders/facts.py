"""What the portal knows of a request before a step, and how a step's entries are checked against it (R-112)."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar, Final, Protocol, Self, TypeVar

from core.kernel.clocks import ClockKind
from core.kernel.errors import BusinessError
from core.kernel.identity import EstateId, StaffId, WorkOrderId
from core.kernel.texts import LONGEST_TEXT, tidied
from core.work_orders.kinds import PublicSystem, WorkKind
from core.work_orders.states import WorkState

T = TypeVar("T")

REOPEN_DAYS: Final = 30


class WorkStepIncomplete(BusinessError):
    """The step asks for something not filled in. Fields: ``field``, ``state`` (where the step leads)."""

    code: ClassVar[str] = "requests.step_missing"


class WorkStepTimeRefused(BusinessError):
    """What was done lies between ``earliest`` and ``latest``, both allowed. Field: ``at``."""

    code: ClassVar[str] = "requests.step_time"


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkRules:
    """What a project sets: days in which a closed request opens again, and whether repairs need photos."""

    reopen_days: int = REOPEN_DAYS
    photos_needed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkFacts:
    """What the portal knows of a request before a step.

    ``reopened_at`` and ``carried_out_at`` are the newest such instants; ``closed_on`` the business day of closing.
    ``contactable``: there is somebody to talk to about it. ``event``: an emergency event is linked to it.
    """

    estate: EstateId
    order: WorkOrderId
    kind: WorkKind
    failure: PublicSystem | None = None
    people_at_risk: bool = False
    state: WorkState
    registered_at: datetime
    reopened_at: datetime | None = None
    carried_out_at: datetime | None = None
    closed_on: date | None = None
    department: str = ""
    handler: StaffId | None = None
    contactable: bool = True
    reopenings: int = 0
    event: bool = False

    @property
    def run_began_at(self) -> datetime:
        """When the customer last began to wait: at submission, or when the request was opened again."""
        return self.reopened_at or self.registered_at


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkContext:
    """A request, where a step would lead it, when, and what the project has set."""

    facts: WorkFacts
    target: WorkState
    now: datetime
    rules: WorkRules

    def needed(self, text: str, *, field: str, longest: int = LONGEST_TEXT) -> str:
        """Give the tidied text, or raise ``WorkStepIncomplete`` when it says nothing."""
        said = tidied(text, field=field, longest=longest)
        return self.given(said or None, field=field)

    def given(self, value: T | None, *, field: str) -> T:
        """Give the value, or raise ``WorkStepIncomplete`` when it is not filled in."""
        if value is None:
            raise WorkStepIncomplete(field=field, state=self.target)
        return value

    def past(self, at: datetime | None, *, field: str, earliest: datetime) -> datetime:
        """Give an instant between ``earliest`` and now, both allowed, or raise the refusal."""
        instant = self.given(at, field=field)
        if not earliest <= instant <= self.now:
            raise WorkStepTimeRefused(at=instant, earliest=earliest, latest=self.now)
        return instant


class WorkStepData(Protocol):
    """What a step is entered with."""

    def checked(self, context: WorkContext) -> Self:
        """Give the data tidied, or raise the refusal for what the step lacks."""

    def stops(self) -> dict[ClockKind, datetime]:
        """Say which clocks the step stops, and when; those that end without are cancelled."""

    def done_at(self, now: datetime) -> datetime:
        """Say when the step was done; ``now`` where it is done by entering it."""
