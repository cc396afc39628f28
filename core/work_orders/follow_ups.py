"""What follows from a request: notice and event of a failure, the report upward (R-114, R-115; domain.md §7)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from core.kernel.identity import UserId
from core.kernel.texts import checked_reason
from core.work_orders.facts import WorkFacts
from core.work_orders.kinds import PublicSystem
from core.work_orders.outcome_steps import WorkCause, WorkResult
from core.work_orders.states import WorkState


class FailureEvent(StrEnum):
    """The emergency class a failure belongs to (domain.md §7.1)."""

    SERVICE_FAILURE = "service_failure"
    SAFETY_ACCIDENT = "safety_accident"
    """Somebody is trapped or hurt."""


def event_needed(*, facts: WorkFacts) -> FailureEvent | None:
    """Name the class of the emergency event to open for a failure; ``None`` where there is one, or nothing failed.

    A cancelled request opens none: nothing failed after all.
    """
    if facts.failure is None or facts.event or facts.state is WorkState.CANCELLED:
        return None
    return FailureEvent.SAFETY_ACCIDENT if facts.people_at_risk else FailureEvent.SERVICE_FAILURE


class NoticeBlock(StrEnum):
    """The four blocks a message to owners needs (domain.md §7.2)."""

    OVERVIEW = "overview"
    PROGRESS = "progress"
    NEXT = "next"
    ADVICE = "advice"


class NoticeNext(StrEnum):
    """What comes next."""

    FIND_FAULT = "find_fault"
    REPAIR = "repair"
    LASTING_REPAIR = "lasting_repair"
    """It works for now."""
    OUTSIDE_HELP = "outside_help"
    """We cannot mend it ourselves."""
    NOTHING = "nothing"
    """It works again."""


class NoticeAdvice(StrEnum):
    """What owners should mind."""

    STORE_WATER = "store_water"
    CLOSE_TAPS = "close_taps"
    RUN_TAPS = "run_taps"
    UNPLUG = "unplug"
    SWITCH_ON_SLOWLY = "switch_on_slowly"
    CLOSE_GAS_VALVE = "close_gas_valve"
    NO_FLAME = "no_flame"
    VENTILATE = "ventilate"
    CHECK_GAS_VALVE = "check_gas_valve"
    USE_STAIRS = "use_stairs"
    STAY_CALM_IN_LIFT = "stay_calm_in_lift"
    ASK_FOR_HELP = "ask_for_help"
    """Old and ill people and families with small children ask the centre for help."""
    KEEP_EXITS_CLEAR = "keep_exits_clear"
    CALL_FIRE_SERVICE = "call_fire_service"
    REPORT_AGAIN = "report_again"


_N: Final = NoticeAdvice
_WHILE_DOWN: Final[Mapping[PublicSystem, tuple[NoticeAdvice, ...]]] = {
    PublicSystem.WATER: (_N.STORE_WATER, _N.CLOSE_TAPS),
    PublicSystem.POWER: (_N.UNPLUG, _N.USE_STAIRS, _N.ASK_FOR_HELP),
    PublicSystem.GAS: (_N.CLOSE_GAS_VALVE, _N.NO_FLAME, _N.VENTILATE),
    PublicSystem.LIFT: (_N.USE_STAIRS, _N.STAY_CALM_IN_LIFT, _N.ASK_FOR_HELP),
    PublicSystem.FIRE: (_N.NO_FLAME, _N.KEEP_EXITS_CLEAR, _N.CALL_FIRE_SERVICE),
}
_AFTERWARDS: Final[Mapping[PublicSystem, tuple[NoticeAdvice, ...]]] = {
    PublicSystem.WATER: (_N.RUN_TAPS, _N.REPORT_AGAIN),
    PublicSystem.POWER: (_N.SWITCH_ON_SLOWLY, _N.REPORT_AGAIN),
    PublicSystem.GAS: (_N.CHECK_GAS_VALVE, _N.REPORT_AGAIN),
    PublicSystem.LIFT: (_N.REPORT_AGAIN,),
    PublicSystem.FIRE: (_N.REPORT_AGAIN,),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class FailureCourse:
    """What is known of a failure when a notice is drafted.

    ``place``: public words for where, without a household. ``expected_by``: when it should work again, or when the next
    step is to be done; the handler's estimate, or the limit if nobody has given one. ``cause`` and ``result`` come with
    the work done. What was reached before the request was opened again is left out.
    """

    system: PublicSystem
    place: str
    since: datetime
    households: int
    state: WorkState
    registered_at: datetime
    answered_at: datetime | None = None
    carried_out_at: datetime | None = None
    cause: WorkCause | None = None
    result: WorkResult | None = None
    expected_by: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeDraft:
    """The facts of the four blocks; the words stand with the labels and are a person's to change.

    Overview: ``system``, ``place``, ``since``, ``cause`` (``None``: being looked into), ``households``. Progress:
    ``state`` and ``milestones``, the instants that were reached, in order. Next: ``next_step`` and ``expected_by``.
    ``missing`` names the blocks a person has to fill before it can be sent.
    """

    system: PublicSystem
    place: str
    since: datetime
    cause: WorkCause | None
    households: int
    state: WorkState
    milestones: tuple[tuple[WorkState, datetime], ...]
    next_step: NoticeNext
    expected_by: datetime | None
    advice: tuple[NoticeAdvice, ...]
    missing: tuple[NoticeBlock, ...]


def notice_draft_facts(*, course: FailureCourse, now: datetime) -> NoticeDraft | None:
    """Draft what owners are told of a failure (R-114); ``None`` once the request was cancelled: nothing failed.

    An expected time that has passed is no promise and is left out, so that somebody gives another one.
    """
    if course.state is WorkState.CANCELLED:
        return None
    step = _next_step(course)
    works = step in (NoticeNext.NOTHING, NoticeNext.LASTING_REPAIR)
    promised = course.expected_by is not None and course.expected_by > now and step is not NoticeNext.NOTHING
    lacking = {
        NoticeBlock.OVERVIEW: not course.place.strip(),
        NoticeBlock.NEXT: not promised and step is not NoticeNext.NOTHING,
    }
    return NoticeDraft(
        system=course.system,
        place=course.place.strip(),
        since=course.since,
        cause=course.cause,
        households=course.households,
        state=course.state,
        milestones=_milestones(course),
        next_step=step,
        expected_by=course.expected_by if promised else None,
        advice=(_AFTERWARDS if works else _WHILE_DOWN)[course.system],
        missing=tuple(block for block, lacks in lacking.items() if lacks),
    )


_AFTER_RESULT: Final[Mapping[WorkResult, NoticeNext]] = {
    WorkResult.DONE: NoticeNext.NOTHING,
    WorkResult.MAKESHIFT: NoticeNext.LASTING_REPAIR,
    WorkResult.NOT_POSSIBLE: NoticeNext.OUTSIDE_HELP,
}


def _next_step(course: FailureCourse) -> NoticeNext:
    if course.result is not None:
        return _AFTER_RESULT[course.result]
    return NoticeNext.REPAIR if course.answered_at is not None else NoticeNext.FIND_FAULT


def _milestones(course: FailureCourse) -> tuple[tuple[WorkState, datetime], ...]:
    reached = (
        (WorkState.SUBMITTED, course.registered_at),
        (WorkState.UNDER_WAY, course.answered_at),
        (WorkState.CARRIED_OUT, course.carried_out_at),
    )
    return tuple((state, at) for state, at in reached if at is not None)


@dataclass(frozen=True, slots=True)
class UpwardReport:
    """Why a request is past its limit, told to the line above, by whom and when (R-115)."""

    reason: str
    by: UserId
    at: datetime


def upward_report(*, reason: str, by: UserId, now: datetime) -> UpwardReport:
    """Give the report with its tidied reason, or raise ``ReasonMissing``."""
    return UpwardReport(checked_reason(reason), by, now)
