"""Who is told when time runs short: the escalation ladder of a clock, and when to look at it next (R-086, R-115)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar, Final

from core.kernel.clocks import ClockFacts, Course, Limit, budget_of, course_of, hours_of
from core.kernel.errors import BusinessError
from core.kernel.sla import ClockLevel, ClockState, clock_state
from core.kernel.worktime import ALWAYS, Hours, ServiceCalendar

MOST_PERCENT: Final = 1000
MOST_STEPS: Final = 12


class LadderRefused(BusinessError):
    """A ladder has at most ``most_steps`` steps, no two alike, each at 1 to ``most_percent`` percent."""

    code: ClassVar[str] = "escalation.ladder"


@dataclass(frozen=True, slots=True)
class LadderStep:
    """Tell ``role`` once ``percent`` of the limit is used; the roles climb the reporting line."""

    percent: int
    role: str


@dataclass(frozen=True, slots=True)
class Ladder:
    """Whom to tell when, in percent of the hard limit – of the target, where there is no hard limit or ``of_target``.

    People are told in working time; ``at_any_hour`` is for emergencies.
    """

    steps: tuple[LadderStep, ...]
    of_target: bool = False
    at_any_hour: bool = False

    def __post_init__(self) -> None:
        in_bounds = all(1 <= step.percent <= MOST_PERCENT for step in self.steps)
        if not in_bounds or len(set(self.steps)) < len(self.steps) or len(self.steps) > MOST_STEPS:
            raise LadderRefused(most_steps=MOST_STEPS, most_percent=MOST_PERCENT)


@dataclass(frozen=True, slots=True)
class Escalation:
    """One step that is due: its share of the limit was used up at ``reached_at``, and the role is told from ``at`` on.

    Both are UTC. ``at`` is later when the share runs out outside working time or just as a pause begins.
    """

    step: LadderStep
    reached_at: datetime
    at: datetime


def escalations_due(
    *,
    facts: ClockFacts,
    now: datetime,
    calendar: ServiceCalendar,
    ladder: Ladder,
    sent: Collection[LadderStep] = (),
) -> tuple[Escalation, ...]:
    """List the steps to act on at ``now`` (from their instant on, included), lowest first, without those ``sent``.

    A stopped clock has none. A step due before a pause began stays due in it; one that was sent is not repeated even
    if a pause or a change of grade has moved it since.
    """
    return tuple(step for step in _unsent(facts, now, calendar, ladder, sent) if step.at <= now)


def next_due(
    *,
    facts: ClockFacts,
    now: datetime,
    calendar: ServiceCalendar,
    ladder: Ladder | None = None,
    sent: Collection[LadderStep] = (),
) -> datetime | None:
    """Find when the clock wants attention next: the instant to store, to index and to recompute when a row changes.

    That is the next change of colour (right after the instant) or the first step not yet sent, whichever is earlier.
    An unsent step that is already due gives its own, past instant, so that no step is lost between two looks.
    ``None`` when the clock has stopped, when nothing is left to happen, and while a pause without an end lasts (a step
    that was due before it is still named). A pause whose end is known is looked through.
    """
    if facts.stopped_at is not None:
        return None
    state = clock_state(facts=facts, now=now, calendar=calendar)
    steps = _unsent(facts, now, calendar, ladder, sent) if ladder else ()
    return min((*_colour_changes(state), *(step.at for step in steps)), default=None)


def _colour_changes(state: ClockState) -> tuple[datetime, ...]:
    dues = {
        ClockLevel.GREEN: (state.due_target, state.due_hard),
        ClockLevel.AMBER: (state.due_hard,),
        ClockLevel.RED: (),
    }
    return tuple(due for due in dues[state.level] if due is not None)


def _unsent(
    facts: ClockFacts, now: datetime, calendar: ServiceCalendar, ladder: Ladder, sent: Collection[LadderStep]
) -> tuple[Escalation, ...]:
    course = course_of(facts=facts, now=now)
    limit = _limit(course, ladder)
    if course.stopped or limit is None:
        return ()
    spent = hours_of(limit=limit, calendar=calendar)
    told: Hours = ALWAYS if ladder.at_any_hour else calendar
    budget = budget_of(limit=limit, started_at=course.started_at, calendar=calendar).value
    left = sorted((step for step in ladder.steps if step not in sent), key=lambda step: step.percent)
    found = (_escalation(course, step, budget, spent, told) for step in left)
    return tuple(one for one in found if one is not None)


def _limit(course: Course, ladder: Ladder) -> Limit | None:
    target, hard = course.levels.target, course.levels.hard
    return (target or hard) if ladder.of_target else (hard or target)


def _escalation(course: Course, step: LadderStep, budget: timedelta, spent: Hours, told: Hours) -> Escalation | None:
    reached = course.instant_of(budget * step.percent // 100, spent).value
    if reached is None:
        return None
    for begin, end in course.stretches:
        chance = told.next_open(max(reached, begin)).value
        if end is None or chance < end:
            return Escalation(step, reached, chance)
    return None
