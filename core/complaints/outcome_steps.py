"""The entries from the result to the end of a case (domain.md §4.6; R-091, R-093 to R-095, R-104, R-105)."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import ClassVar, Final, Self

from core.complaints.case import MOST_HOUSEHOLDS
from core.complaints.facts import CaseFacts, StepContext
from core.complaints.states import CaseProgress, CaseState, progress_of
from core.complaints.taxonomy import CaseChannel, CauseDetail, RecordType, RootCause, Solution
from core.complaints.workload import needs_rectification
from core.kernel.errors import BusinessError
from core.kernel.identity import StaffId
from core.kernel.periods import local_day
from core.kernel.texts import checked_reason


class NoCallBack(StrEnum):
    """Why no call-back was possible (R-094)."""

    ANONYMOUS = "anonymous"
    UNREACHABLE = "unreachable"
    DECLINED = "declined"
    """The customer wants none."""
    OTHER = "other"


_EXPLAINED: Final = frozenset({NoCallBack.UNREACHABLE, NoCallBack.OTHER})


class OwnCallBack(BusinessError):
    """The handler does not call back in the own case (R-095)."""

    code: ClassVar[str] = "complaints.own_call_back"


class CallBackMissing(BusinessError):
    """A complaint is closed after the call-back, or with the reason why none was possible (R-094)."""

    code: ClassVar[str] = "complaints.call_back_missing"


class CallBackDone(BusinessError):
    """After a call-back there is no reason why none was possible."""

    code: ClassVar[str] = "complaints.call_back_done"


class NotAnonymous(BusinessError):
    """The customer is known, so *anonymous* is no reason for leaving out the call-back."""

    code: ClassVar[str] = "complaints.not_anonymous"


class RectificationMissing(BusinessError):
    """A repeated complaint is closed once an improvement measure deals with it (R-104)."""

    code: ClassVar[str] = "complaints.rectification_missing"


class ReopenTooLate(BusinessError):
    """A case closed on ``closed_on`` is opened again up to ``last_day`` (included)."""

    code: ClassVar[str] = "complaints.reopen_late"


class MergeIntoItself(BusinessError):
    """A case is merged into another one."""

    code: ClassVar[str] = "complaints.merge.itself"


class MergeAcrossEstates(BusinessError):
    """Both cases belong to one estate."""

    code: ClassVar[str] = "complaints.merge.estate"


class MergeIntoHandled(BusinessError):
    """A case is merged into one that somebody still works on. Field: ``state``."""

    code: ClassVar[str] = "complaints.merge.handled"


class MergeAcrossTypes(BusinessError):
    """Both cases are of one record type. Fields: ``record_type``, ``into_type``."""

    code: ClassVar[str] = "complaints.merge.type"


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolution:
    """Why it came about, what was done, and what the customer was told at which time (R-091, R-092).

    Of an anonymous case ``at`` may be left out: the feedback then counts from now.
    """

    root_cause: RootCause | None
    cause_detail: CauseDetail | None = None
    solution: Solution | None
    measure: str
    feedback: str
    at: datetime | None

    def checked(self, context: StepContext) -> Self:
        """Give it tidied, or raise the refusal for what it lacks."""
        context.given(self.root_cause, field="root_cause")
        context.given(self.solution, field="solution")
        measure = context.needed(self.measure, field="measure")
        feedback = context.needed(self.feedback, field="feedback")
        if not context.facts.anonymous:
            context.given(self.at, field="fed_back_at")
        if self.at is not None:
            context.check_past(self.at, earliest=context.facts.run_began_at)
        return replace(self, measure=measure, feedback=feedback)


@dataclass(frozen=True, slots=True, kw_only=True)
class CallBack:
    """What the customer said of the result (R-093). ``by`` is ``None`` for a user who is no member of staff."""

    by: StaffId | None
    satisfied: bool | None
    comment: str
    channel: CaseChannel | None
    at: datetime | None

    def checked(self, context: StepContext) -> Self:
        """Give it tidied, or raise the refusal; the handler never calls back in the own case (R-095)."""
        facts = context.facts
        if self.by is not None and self.by == facts.handler:
            raise OwnCallBack
        context.given(self.satisfied, field="satisfied")
        context.given(self.channel, field="channel")
        called_at = context.given(self.at, field="called_at")
        context.check_past(called_at, earliest=facts.resolved_at or facts.run_began_at)
        return replace(self, comment=context.needed(self.comment, field="comment"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing:
    """The closing note: for a suggestion or inquiry the answer, for praise the thanks.

    ``no_call_back`` and its note are for complaints that nobody could be called back about (R-094). ``at``: when the
    answer or thanks were given, if not now; a complaint has none, its feedback came before.
    """

    note: str
    no_call_back: NoCallBack | None = None
    no_call_back_note: str = ""
    at: datetime | None = None

    def checked(self, context: StepContext) -> Self:
        """Give it tidied, or raise the refusal for what it lacks."""
        note = context.needed(self.note, field="closing_note")
        if context.facts.record_type is RecordType.COMPLAINT:
            return replace(self._checked_complaint(context), note=note, at=None)
        if self.at is not None:
            context.check_past(self.at, earliest=context.facts.run_began_at)
        return replace(self, note=note, no_call_back=None, no_call_back_note="")

    def _checked_complaint(self, context: StepContext) -> Self:
        facts = context.facts
        if needs_rectification(
            record_type=facts.record_type, repeated=facts.repeated, rectification=facts.rectification
        ):
            raise RectificationMissing
        if facts.state is CaseState.CALLED_BACK:
            if self.no_call_back is not None:
                raise CallBackDone
            return replace(self, no_call_back_note="")
        if self.no_call_back is None:
            raise CallBackMissing
        if self.no_call_back is NoCallBack.ANONYMOUS and not facts.anonymous:
            raise NotAnonymous
        if self.no_call_back in _EXPLAINED:
            return replace(self, no_call_back_note=checked_reason(self.no_call_back_note))
        return replace(self, no_call_back_note="")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reopening:
    """Why work begins again: the customer is not satisfied after all."""

    reason: str

    def checked(self, context: StepContext) -> Self:
        """Give it tidied, or raise the refusal; a closed case opens again within the days set, both ends included."""
        closed_on = context.facts.closed_on
        if context.facts.state is CaseState.CLOSED and closed_on is not None:
            last_day = closed_on + timedelta(days=context.reopen_days)
            if local_day(context.now) > last_day:
                raise ReopenTooLate(closed_on=closed_on, last_day=last_day)
        return replace(self, reason=checked_reason(self.reason))


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawal:
    """Why the customer takes the case back."""

    reason: str

    def checked(self, context: StepContext) -> Self:  # noqa: ARG002  # every step is checked alike
        """Give it tidied, or raise ``ReasonMissing``."""
        return replace(self, reason=checked_reason(self.reason))


@dataclass(frozen=True, slots=True, kw_only=True)
class Merge:
    """The case that goes on with this one; ``same_unit``: both come from one unit."""

    into: CaseFacts
    same_unit: bool
    reason: str

    def checked(self, context: StepContext) -> Self:
        """Give it tidied, or raise the refusal: another case of the same estate and type, still being worked on."""
        facts, into = context.facts, self.into
        if into.estate != facts.estate:
            raise MergeAcrossEstates
        if into.case == facts.case:
            raise MergeIntoItself
        if progress_of(into.state) is CaseProgress.HANDLED:
            raise MergeIntoHandled(state=into.state)
        if into.record_type is not facts.record_type:
            raise MergeAcrossTypes(record_type=facts.record_type, into_type=into.record_type)
        return replace(self, reason=checked_reason(self.reason))


def households_together(*, merged: CaseFacts, merge: Merge) -> int:
    """Say how many households the case that goes on affects: those of both, or the larger number of one unit."""
    both = (merged.households, merge.into.households)
    return max(both) if merge.same_unit else min(sum(both), MOST_HOUSEHOLDS)


@dataclass(frozen=True, slots=True)
class Archiving:
    """Nothing is entered: the case joins the set that is analysed."""

    def checked(self, context: StepContext) -> Self:  # noqa: ARG002  # every step is checked alike
        """Give it as it is."""
        return self
