"""Forms that come back: which may be entered, changed, and when their givers are forgotten (R-136, R-147; U4)."""

from collections.abc import Collection
from datetime import date, timedelta
from enum import StrEnum
from typing import ClassVar, Final

from core.kernel.errors import BusinessError
from core.kernel.identity import UserId
from core.kernel.lifecycle import Transitions
from core.kernel.periods import Span
from core.surveys.rounds import Channel, RoundState

DAYS_UNTIL_CUT: Final = 30


class ResponseState(StrEnum):
    """Whether a form counts. A withdrawn one is kept and counts nowhere."""

    ACTIVE = "active"
    WITHDRAWN = "withdrawn"


RESPONSE_MOVES: Final = Transitions(
    {
        ResponseState.ACTIVE: frozenset({ResponseState.WITHDRAWN}),
        ResponseState.WITHDRAWN: frozenset({ResponseState.ACTIVE}),
    }
)
"""A form withdrawn by mistake comes back with its number."""


class CustomerGroup(StrEnum):
    """Who answered (R-144)."""

    OWNER = "owner"
    TENANT = "tenant"
    OTHER = "other"
    UNKNOWN = "unknown"


class RoundNotOpen(BusinessError):
    """Forms are entered and changed while the round is open. Field: ``state``."""

    code: ClassVar[str] = "surveys.response.round_not_open"


class CollectedInFuture(BusinessError):
    """No form was collected after today. Fields: ``collected_on``, ``today``."""

    code: ClassVar[str] = "surveys.response.in_future"


class CollectedOutsideDates(BusinessError):
    """A form was collected within the round. Fields: ``collected_on``, ``first_day``, ``last_day`` (included)."""

    code: ClassVar[str] = "surveys.response.outside_dates"


class ChannelNotOfRound(BusinessError):
    """A form came by a channel of its round. Field: ``channel``."""

    code: ClassVar[str] = "surveys.response.channel"


class ResponseWithdrawn(BusinessError):
    """A withdrawn form is not changed."""

    code: ClassVar[str] = "surveys.response.withdrawn"


class NotOwnResponse(BusinessError):
    """A form is changed by the one who typed it, or by somebody who may supervise surveys."""

    code: ClassVar[str] = "surveys.response.not_own"


def check_entry(
    *,
    state: RoundState,
    span: Span,
    channels: Collection[Channel],
    collected_on: date,
    channel: Channel,
    today: date,
) -> None:
    """Raise a refusal unless a form collected that day by that channel may be entered now (R-136, R-146).

    Only the day of collection must lie within the round: paper is typed afterwards, until the round is closed.
    """
    _check_open(state)
    if collected_on > today:
        raise CollectedInFuture(collected_on=collected_on, today=today)
    if collected_on not in span:
        last_day = span.end - timedelta(days=1)
        raise CollectedOutsideDates(collected_on=collected_on, first_day=span.start, last_day=last_day)
    if channel not in channels:
        raise ChannelNotOfRound(channel=channel)


def check_edit(
    *,
    round_state: RoundState,
    state: ResponseState,
    entered_by: UserId | None,
    editor: UserId,
    may_supervise: bool,
) -> None:
    """Raise a refusal unless the editor may change or withdraw the form: own typing, or as a supervisor.

    ``entered_by`` is ``None`` for a form nobody of the company typed (an import by a job); supervisors change it.
    """
    _check_open(round_state)
    if state is ResponseState.WITHDRAWN:
        raise ResponseWithdrawn
    if editor != entered_by and not may_supervise:
        raise NotOwnResponse


def _check_open(state: RoundState) -> None:
    if state is not RoundState.OPEN:
        raise RoundNotOpen(state=state)


def needs_identity_cut(*, closed_on: date | None, today: date, days: int = DAYS_UNTIL_CUT) -> bool:
    """Say whether whose form is whose must be forgotten by now: from the ``days``-th day after the close on.

    ``closed_on`` is the day the round was closed or cancelled; an open round keeps its links (security.md §5).
    """
    return closed_on is not None and today >= closed_on + timedelta(days=days)
