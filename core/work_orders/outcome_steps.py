"""The entries from the work done to the end of a request (domain.md §5; R-112, R-117)."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import ClassVar, Final, Self

from core.kernel.clocks import ClockKind
from core.kernel.errors import BusinessError
from core.kernel.identity import StaffId
from core.kernel.periods import local_day
from core.kernel.texts import checked_reason, tidied
from core.work_orders.facts import WorkContext
from core.work_orders.handling_steps import EnteredNow
from core.work_orders.kinds import WorkChannel, WorkKind
from core.work_orders.materials import MaterialLine, check_materials
from core.work_orders.states import WorkState

MOST_PHOTOS: Final = 50
LOWEST_RATING: Final = 1
HIGHEST_RATING: Final = 5
POOR_RATING: Final = 2
"""Up to this rating the customer's words are needed."""


class WorkCause(StrEnum):
    """Why the repair was needed."""

    WEAR = "wear"
    MISUSE = "misuse"
    DAMAGE = "damage"
    """Somebody broke it."""
    INSTALLATION = "installation"
    """Built or installed badly."""
    MAINTENANCE = "maintenance"
    """Not kept up."""
    WEATHER = "weather"
    SUPPLY = "supply"
    """Outside supply: the power, water or gas company."""
    NO_FAULT = "no_fault"
    OTHER = "other"


class WorkResult(StrEnum):
    """What came of the work."""

    DONE = "done"
    MAKESHIFT = "makeshift"
    """It works again; the lasting repair is still to come."""
    NOT_POSSIBLE = "not_possible"
    """It could not be done, or is not ours to do; the customer is told why."""


class NoRating(StrEnum):
    """Why there is no rating."""

    NOBODY = "nobody"
    """There is nobody to ask."""
    UNREACHABLE = "unreachable"
    DECLINED = "declined"


class CancelReason(StrEnum):
    """Why a request is given up before it is carried out."""

    WITHDRAWN = "withdrawn"
    """The customer takes it back."""
    DUPLICATE = "duplicate"
    NOT_OURS = "not_ours"
    MISTAKE = "mistake"
    """It should not have been entered."""


class PhotosRefused(BusinessError):
    """The number of photos lies between 0 and ``most``, both allowed."""

    code: ClassVar[str] = "requests.photos"


class PhotosMissing(BusinessError):
    """A repair is shown by a photo before and one after."""

    code: ClassVar[str] = "requests.photos_missing"


class RatingRefused(BusinessError):
    """A rating is a whole number from ``least`` to ``most``."""

    code: ClassVar[str] = "requests.rating"


class RatingAndNone(BusinessError):
    """There is either a rating or the reason why there is none."""

    code: ClassVar[str] = "requests.rating_and_none"


class OwnRating(BusinessError):
    """The handler does not enter the rating of the own work."""

    code: ClassVar[str] = "requests.own_rating"


class CustomerThere(BusinessError):
    """There is somebody to ask, so *nobody to ask* is no reason for leaving out the rating."""

    code: ClassVar[str] = "requests.customer_there"


class WorkReopenTooLate(BusinessError):
    """A request closed on ``closed_on`` is opened again up to ``last_day`` (included)."""

    code: ClassVar[str] = "requests.reopen_late"


@dataclass(frozen=True, slots=True, kw_only=True)
class Execution:
    """The work done: from when to when, why it was needed, what came of it, and with what.

    ``cause`` is needed for repairs. ``photos_before`` and ``photos_after`` are counts of stored photos.
    """

    began_at: datetime | None
    at: datetime | None
    cause: WorkCause | None = None
    result: WorkResult | None
    description: str
    materials: tuple[MaterialLine, ...] = ()
    photos_before: int = 0
    photos_after: int = 0

    def checked(self, context: WorkContext) -> Self:
        """Give it tidied, or raise the refusal for what it lacks."""
        began = context.past(self.began_at, field="began_at", earliest=context.facts.run_began_at)
        context.past(self.at, field="carried_out_at", earliest=began)
        if context.facts.kind is WorkKind.REPAIR:
            context.given(self.cause, field="cause")
        context.given(self.result, field="result")
        description = context.needed(self.description, field="description")
        self._check_photos(context)
        return replace(self, description=description, materials=check_materials(self.materials))

    def _check_photos(self, context: WorkContext) -> None:
        counts = (self.photos_before, self.photos_after)
        if not all(0 <= count <= MOST_PHOTOS for count in counts):
            raise PhotosRefused(most=MOST_PHOTOS)
        if context.rules.photos_needed and context.facts.kind is WorkKind.REPAIR and not all(counts):
            raise PhotosMissing

    def stops(self) -> dict[ClockKind, datetime]:
        """Stop the finishing clock, and the response at the beginning of the work if nobody had answered before."""
        if self.began_at is None or self.at is None:
            return {}
        return {ClockKind.RESPONSE: self.began_at, ClockKind.RESOLVED: self.at}

    def done_at(self, now: datetime) -> datetime:
        """Give the end of the work."""
        return self.at or now


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportBack:
    """What the customer was told of the result; where there is nobody to talk to, no channel is needed."""

    told: str
    channel: WorkChannel | None
    at: datetime | None

    def checked(self, context: WorkContext) -> Self:
        """Give it tidied, or raise the refusal for what it lacks."""
        facts, told = context.facts, context.needed(self.told, field="feedback")
        if facts.contactable:
            context.given(self.channel, field="channel")
        context.past(self.at, field="fed_back_at", earliest=facts.carried_out_at or facts.run_began_at)
        return replace(self, told=told)

    def stops(self) -> dict[ClockKind, datetime]:
        """Name no clock: none runs any more."""
        return {}

    def done_at(self, now: datetime) -> datetime:
        """Give the time of the report."""
        return self.at or now


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkClosing(EnteredNow):
    """The rating from 1 to 5, or why there is none (R-117). ``by``: who enters it, ``None`` for no member of staff."""

    rating: int | None
    comment: str = ""
    no_rating: NoRating | None = None
    by: StaffId | None = None

    def checked(self, context: WorkContext) -> Self:
        """Give it tidied, or raise the refusal; a rating of 1 or 2 needs the customer's words."""
        if self.rating is None:
            missing = context.given(self.no_rating, field="rating")
            if missing is NoRating.NOBODY and context.facts.contactable:
                raise CustomerThere
            return replace(self, comment=tidied(self.comment, field="comment"))
        if self.no_rating is not None:
            raise RatingAndNone
        if not LOWEST_RATING <= self.rating <= HIGHEST_RATING:
            raise RatingRefused(least=LOWEST_RATING, most=HIGHEST_RATING)
        if self.by is not None and self.by == context.facts.handler:
            raise OwnRating
        if self.rating <= POOR_RATING:
            return replace(self, comment=context.needed(self.comment, field="comment"))
        return replace(self, comment=tidied(self.comment, field="comment"))


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkReopening(EnteredNow):
    """Why it has to be done again."""

    reason: str

    def checked(self, context: WorkContext) -> Self:
        """Give it tidied, or raise the refusal; a closed one opens again within the days set, both ends included."""
        facts = context.facts
        if facts.state is WorkState.CLOSED and facts.closed_on is not None:
            last_day = facts.closed_on + timedelta(days=context.rules.reopen_days)
            if local_day(context.now) > last_day:
                raise WorkReopenTooLate(closed_on=facts.closed_on, last_day=last_day)
        return replace(self, reason=checked_reason(self.reason))


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancellation(EnteredNow):
    """Why it is given up; ``reason`` explains the choice."""

    why: CancelReason | None
    reason: str

    def checked(self, context: WorkContext) -> Self:
        """Give it tidied, or raise the refusal for what it lacks."""
        context.given(self.why, field="cancel_reason")
        return replace(self, reason=checked_reason(self.reason))
