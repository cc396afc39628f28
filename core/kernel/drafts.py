"""Drafts that follow from a complaint or a request: an emergency event, a notice to owners (R-103, R-114)."""

from collections.abc import Collection
from datetime import datetime
from enum import StrEnum
from typing import ClassVar, Final

from core.kernel.errors import BusinessError
from core.kernel.lifecycle import Transitions
from core.kernel.texts import tidied

LONGEST_DRAFT: Final = 4_000


class DraftKind(StrEnum):
    """What a draft becomes."""

    EVENT = "event"
    """An emergency event."""
    NOTICE = "notice"
    """What owners are told."""


class DraftState(StrEnum):
    """How a draft stands. A released one was given to those it is for."""

    DRAFT = "draft"
    RELEASED = "released"
    DROPPED = "dropped"


_D: Final = DraftState
DRAFT_MOVES: Final = Transitions({_D.DRAFT: frozenset({_D.RELEASED, _D.DROPPED})})


class DraftSettled(BusinessError):
    """A released or dropped draft is not changed any more. Field: ``state``."""

    code: ClassVar[str] = "drafts.settled"


class DraftTextMissing(BusinessError):
    """A draft is released with its text."""

    code: ClassVar[str] = "drafts.text_missing"


class DraftGaps(BusinessError):
    """Something the notice must say is not known yet. Field: ``gaps``, how many of its blocks lack something."""

    code: ClassVar[str] = "drafts.gaps"


class DraftTimePast(BusinessError):
    """A time that is promised lies after now. Fields: ``at``, ``now``."""

    code: ClassVar[str] = "drafts.time_past"


def check_draft_open(*, state: DraftState) -> None:
    """Raise ``DraftSettled`` unless the draft can still be changed, released or dropped."""
    if DRAFT_MOVES.is_final(state):
        raise DraftSettled(state=state)


def check_draft_text(text: str) -> str:
    """Give the text tidied line by line, or raise ``LineTooLong`` above 4 000 characters; an empty one waits."""
    return tidied(text, field="draft_text", longest=LONGEST_DRAFT)


def check_promised_time(*, at: datetime, now: datetime) -> datetime:
    """Give a time that is promised to owners, or raise ``DraftTimePast`` unless it lies after ``now``."""
    if at <= now:
        raise DraftTimePast(at=at, now=now)
    return at


def check_release(*, kind: DraftKind, state: DraftState, text: str, gaps: Collection[str]) -> None:
    """Raise the refusal unless a draft can be given out: it has its text, and a notice lacks none of its blocks."""
    check_draft_open(state=state)
    if not text.strip():
        raise DraftTextMissing
    if kind is DraftKind.NOTICE and gaps:
        raise DraftGaps(gaps=len(gaps))
