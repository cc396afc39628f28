"""Opening a sealed name or number: a reason, a count, and a stop before it becomes a case for the court (R-195).

Staff who hand on 250 records of their customers commit a crime, 25 where movements or property are concerned
(interpretation of 2017 on personal data, Art. 5). What a person opens in 30 days is counted against both numbers.
"""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import ClassVar, Final

from core.kernel.errors import BusinessError

WINDOW: Final = timedelta(days=30)
NOTICE_LEVEL: Final = 25
STOP_LEVEL: Final = 250
SHORTEST_REASON: Final = 4
LONGEST_REASON: Final = 200


class ContactField(StrEnum):
    """What can be opened."""

    NAME = "name"
    PHONE = "phone"


class RevealReasonTooShort(BusinessError):
    """The reason has fewer than ``least`` characters that are not all the same, or more than ``most``."""

    code: ClassVar[str] = "reveal.reason"


class TooManyReveals(BusinessError):
    """The person has opened as many customers as one may within 30 days. Field: ``most`` (no more than that)."""

    code: ClassVar[str] = "reveal.too_many"


class NothingToReveal(BusinessError):
    """The customer has no such contact. Field: ``field``."""

    code: ClassVar[str] = "reveal.nothing"


@dataclass(frozen=True, slots=True)
class RevealDecision:
    """The tidied reason, and the alarm level reached by this opening (``None`` when none)."""

    reason: str
    alarm: int | None


def reveal_decision(*, reason: str, others_opened: int, opened_before: bool) -> RevealDecision:
    """Judge one opening. ``others_opened`` counts the *other* customers the person opened within the window.

    A customer opened before within the window counts once and is never refused. The 25th customer raises an alarm;
    the 249th raises the second one, because the 250th is refused.
    """
    tidy = " ".join(reason.split())
    if not SHORTEST_REASON <= len(tidy) <= LONGEST_REASON or len(set(tidy)) == 1:
        raise RevealReasonTooShort(least=SHORTEST_REASON, most=LONGEST_REASON)
    if opened_before:
        return RevealDecision(tidy, None)
    total = others_opened + 1
    if total >= STOP_LEVEL:
        raise TooManyReveals(most=STOP_LEVEL - 1)
    return RevealDecision(tidy, {NOTICE_LEVEL: NOTICE_LEVEL, STOP_LEVEL - 1: STOP_LEVEL}.get(total))
