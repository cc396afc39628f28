"""Asking for a pause of clocks, deciding on it, and ending it: nobody stops his or her own clock alone (R-086, R21)."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import ClassVar, Final

from core.kernel.clocks import ClockKind
from core.kernel.errors import BusinessError
from core.kernel.identity import UserId
from core.kernel.texts import LONGEST_REASON, tidied
from core.kernel.worktime import in_utc

SHORTEST_EVIDENCE: Final = 4
FREE_REACH_BACK: Final = timedelta(minutes=15)
"""How far back a pause without approval may start: the time it takes to fill in a form."""
FREE_DAYS: Final = 90
"""How many days a pause without approval may last; as far ahead as an appointment may lie."""


class PauseState(StrEnum):
    """Where a pause stands. Only an approved one stops a clock."""

    ASKED = "asked"
    APPROVED = "approved"
    REFUSED = "refused"


class PauseClocksMissing(BusinessError):
    """A pause names at least one clock."""

    code: ClassVar[str] = "pauses.no_clock"


class PauseReasonMissing(BusinessError):
    """A pause has a reason of the list."""

    code: ClassVar[str] = "pauses.no_reason"


class PauseEvidenceMissing(BusinessError):
    """What shows that the reason is true is told in at least ``shortest`` characters."""

    code: ClassVar[str] = "pauses.no_evidence"


class PauseStartRefused(BusinessError):
    """A pause starts neither before the clocks did nor in the future. Fields: ``began_at``, ``now``."""

    code: ClassVar[str] = "pauses.start"


class PauseEndRefused(BusinessError):
    """A pause ends after it starts; one that is ended now ends no later than now. Fields: ``start``, ``now``."""

    code: ClassVar[str] = "pauses.end"


class PauseOverlaps(BusinessError):
    """One of the clocks has another pause in that time. Field: ``clock`` (a ``ClockKind``)."""

    code: ClassVar[str] = "pauses.overlap"


class PauseAlreadyDecided(BusinessError):
    """The pause was approved or refused before. Field: ``state``."""

    code: ClassVar[str] = "pauses.decided"


class PauseByTheAsker(BusinessError):
    """Who asked for a pause does not decide on it."""

    code: ClassVar[str] = "pauses.own"


@dataclass(frozen=True, slots=True, kw_only=True)
class PauseRequest:
    """What somebody asks for. ``reason`` is a code of the list ``pause_reason``; ``start`` included, ``end`` not.

    ``end`` is ``None`` where nobody knows yet, and may lie ahead, as with an appointment.
    """

    clocks: frozenset[ClockKind]
    reason: str
    evidence: str
    start: datetime
    end: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownPause:
    """A pause that a record has already."""

    clocks: frozenset[ClockKind]
    start: datetime
    end: datetime | None
    state: PauseState


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedPause:
    """A pause as it is stored: instants in UTC, the evidence tidied; ``approved`` at once where the rule does so."""

    clocks: frozenset[ClockKind]
    reason: str
    evidence: str
    start: datetime
    end: datetime | None
    state: PauseState


def check_pause_request(
    *,
    request: PauseRequest,
    began_at: datetime,
    now: datetime,
    free_reasons: Collection[str],
    others: Iterable[KnownPause] = (),
) -> CheckedPause:
    """Judge a pause somebody asks for.

    It needs a clock, a reason and evidence of at least four characters, and starts between ``began_at`` (when the
    clocks did) and ``now``, both allowed. ``free_reasons`` are approved by the rule, unless the pause starts more than
    15 minutes back, which could turn a clock green again that has run out, or has no end within 90 days, which would
    stop it for good: then a person looks at it. Of two pauses of one clock no instant may belong to both; ``others``
    are the record's pauses, of which refused ones do not matter.
    """
    if not request.clocks:
        raise PauseClocksMissing
    if not request.reason:
        raise PauseReasonMissing
    evidence = tidied(request.evidence, field="evidence", longest=LONGEST_REASON)
    if len(evidence) < SHORTEST_EVIDENCE:
        raise PauseEvidenceMissing(shortest=SHORTEST_EVIDENCE)
    start, end = _checked_times(request, in_utc(began_at), in_utc(now))
    for other in others:
        _check_apart(request.clocks, start, end, other)
    is_short = end is not None and end - start <= timedelta(days=FREE_DAYS)
    is_free = request.reason in free_reasons and is_short and in_utc(now) - start <= FREE_REACH_BACK
    state = PauseState.APPROVED if is_free else PauseState.ASKED
    return CheckedPause(
        clocks=request.clocks, reason=request.reason, evidence=evidence, start=start, end=end, state=state
    )


def check_pause_decision(*, state: PauseState, asked_by: UserId | None, decided_by: UserId | None) -> None:
    """Refuse a decision on what is decided already, or by who asked; ``None`` is the portal itself."""
    if state is not PauseState.ASKED:
        raise PauseAlreadyDecided(state=state)
    if asked_by == decided_by:
        raise PauseByTheAsker


def check_pause_end(*, start: datetime, end: datetime, now: datetime) -> datetime:
    """Give the end in UTC of a pause that is over: after its start and no later than ``now``, which is allowed."""
    start, end, now = in_utc(start), in_utc(end), in_utc(now)
    if not start < end <= now:
        raise PauseEndRefused(start=start, now=now)
    return end


def _checked_times(request: PauseRequest, began_at: datetime, now: datetime) -> tuple[datetime, datetime | None]:
    start, end = in_utc(request.start), None if request.end is None else in_utc(request.end)
    if not began_at <= start <= now:
        raise PauseStartRefused(began_at=began_at, now=now)
    if end is not None and end <= start:
        raise PauseEndRefused(start=start, now=now)
    return start, end


def _check_apart(clocks: frozenset[ClockKind], start: datetime, end: datetime | None, other: KnownPause) -> None:
    """Times that touch do not overlap; without an end a pause reaches over everything that follows."""
    if other.state is PauseState.REFUSED:
        return
    meets = (other.end is None or start < in_utc(other.end)) and (end is None or in_utc(other.start) < end)
    for kind in ClockKind:
        if meets and kind in clocks and kind in other.clocks:
            raise PauseOverlaps(clock=kind)
