"""What service requests ask for, how they come in, and who can do them (domain.md §5; R-111, R-114; C-05)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import ClassVar, Final

from core.kernel.errors import BusinessError


class WorkKind(StrEnum):
    """What a customer asks for (R-111)."""

    REPAIR = "repair"
    CLEANING = "cleaning"
    GREENING = "greening"
    OTHER = "other"


class PublicSystem(StrEnum):
    """The systems whose failure is found and repaired within two hours (domain.md §5, §7.1)."""

    WATER = "water"
    POWER = "power"
    GAS = "gas"
    LIFT = "lift"
    FIRE = "fire"


class WorkChannel(StrEnum):
    """How a request came in, or how the customer was spoken to."""

    PHONE = "phone"
    HOTLINE = "hotline"
    WECHAT = "wechat"
    APP = "app"
    MINI_PROGRAM = "mini_program"
    WEBSITE = "website"
    EMAIL = "email"
    FRONT_DESK = "front_desk"
    HOME_VISIT = "home_visit"
    PATROL = "patrol"
    """Our own people found it."""
    COMPLAINT = "complaint"
    """It follows from a complaint."""
    OTHER = "other"


WITHOUT_GIVER: Final = frozenset({WorkChannel.PATROL, WorkChannel.COMPLAINT})
"""Channels on which nobody need be named: our own people found it, or the complaint says who and may be anonymous."""


class FailureNotRepair(BusinessError):
    """The failure of a public system is a repair. Field: ``kind``."""

    code: ClassVar[str] = "requests.failure_kind"


class RiskWithoutFailure(BusinessError):
    """People trapped or hurt are noted with the public system that failed."""

    code: ClassVar[str] = "requests.risk_without_failure"


def check_failure(*, kind: WorkKind, failure: PublicSystem | None, people_at_risk: bool) -> None:
    """Raise the refusal where a failure is no repair, or people are at risk without a failure."""
    if failure is not None and kind is not WorkKind.REPAIR:
        raise FailureNotRepair(kind=kind)
    if people_at_risk and failure is None:
        raise RiskWithoutFailure


@dataclass(frozen=True, slots=True)
class Skill:
    """Who can do a kind of work: the department (a code of that list) and the posts that do it, best first."""

    department: str
    posts: tuple[str, ...]


SKILLS: Final[Mapping[WorkKind, Skill]] = {
    WorkKind.REPAIR: Skill("engineering", ("repair_worker",)),
    WorkKind.CLEANING: Skill("cleaning", ("cleaner",)),
    WorkKind.GREENING: Skill("cleaning", ("gardener",)),
    WorkKind.OTHER: Skill("customer_service", ("service_specialist", "receptionist")),
}
"""The skill each kind needs; a failure is a repair. The codes are those of the lists of departments and posts."""


@dataclass(frozen=True, slots=True)
class ChannelAnswer:
    """How fast a channel itself is answered; the clocks of the request run besides.

    ``within``: until somebody answers (``None``: no figure). ``automatic_receipt``: a receipt goes out by itself.
    """

    within: timedelta | None = None
    automatic_receipt: bool = False


_PICKED_UP: Final = ChannelAnswer(within=timedelta(seconds=30))
_CHANNEL_ANSWERS: Final[Mapping[WorkChannel, ChannelAnswer]] = {
    WorkChannel.PHONE: _PICKED_UP,
    WorkChannel.HOTLINE: _PICKED_UP,
    WorkChannel.EMAIL: ChannelAnswer(within=timedelta(hours=24), automatic_receipt=True),
}
_NO_FIGURE: Final = ChannelAnswer()


def channel_answer(channel: WorkChannel) -> ChannelAnswer:
    """Say how fast a channel is answered: the phone in 30 s, e-mail by a person in 24 h after a receipt (C-05)."""
    return _CHANNEL_ANSWERS.get(channel, _NO_FIGURE)
