"""Call-backs after a low mark (低分回访): who is called, by when, and whether it helped (R-145, R-152)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import ClassVar, Final

from core.kernel.errors import BusinessError
from core.kernel.lifecycle import Transitions
from core.kernel.lines import LineTooLong, clean_line
from core.kernel.money import percent
from core.kernel.workdays import WorkCalendar, WorkdayAnswer
from core.surveys.questionnaires import HIGHEST_MARK, LOWEST_MARK, Answers, Item, ItemKind

GOOD_MARK: Final = 4
"""Satisfied: the mark from which on a call-back counts as recovered, whatever line opened it."""

SHORTEST_NOTE: Final = 4
LONGEST_NOTE: Final = 500


class FollowUpState(StrEnum):
    """Where a call-back stands."""

    OPEN = "open"
    REACHED = "reached"
    UNREACHABLE = "unreachable"
    DROPPED = "dropped"
    """Called off, for instance because the answer was typed wrongly."""


FOLLOW_UP_MOVES: Final = Transitions(
    {
        FollowUpState.OPEN: frozenset(FollowUpState),  # open stays open when a call was in vain
        FollowUpState.UNREACHABLE: frozenset({FollowUpState.REACHED}),  # the customer rang later
    }
)


class NewMarkRefused(BusinessError):
    """Who was reached gave a mark from ``least`` to ``most``."""

    code: ClassVar[str] = "surveys.follow_up.mark"


class MarkWithoutCall(BusinessError):
    """Only who was reached gives a mark. Field: ``state`` (the outcome)."""

    code: ClassVar[str] = "surveys.follow_up.mark_without_call"


class FollowUpNoteMissing(BusinessError):
    """The end of a call-back is explained. Fields: ``state`` (the outcome), ``shortest`` (characters)."""

    code: ClassVar[str] = "surveys.follow_up.note"


@dataclass(frozen=True, slots=True)
class FollowUpProposal:
    """A call-back to open: the positions of the low ratings in the order of the items, and the lowest mark."""

    positions: tuple[int, ...]
    lowest_mark: int


@dataclass(frozen=True, slots=True)
class Settlement:
    """How a call-back ended (or went on): what to store. ``attempts`` counts all calls so far."""

    state: FollowUpState
    note: str
    new_mark: int | None
    attempts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUpFact:
    """What a call-back contributes to the counts. ``settled_on`` is ``None`` while it is open."""

    state: FollowUpState
    due_on: date
    settled_on: date | None
    before_mark: int
    new_mark: int | None


@dataclass(frozen=True, slots=True)
class Recovery:
    """How call-backs went. ``opened`` counts all; dropped ones are neither in time nor late.

    ``in_time``: ended on the day due or before. ``late``: ended after it, or still open after it. What is open and
    not yet due is neither.
    """

    opened: int = 0
    in_time: int = 0
    late: int = 0
    reached: int = 0
    recovered: int = 0

    @property
    def in_time_percent(self) -> Decimal | None:
        """In time ÷ (in time + late), one decimal half up; ``None`` when neither has happened."""
        return percent(self.in_time, self.in_time + self.late)

    @property
    def recovered_percent(self) -> Decimal | None:
        """Recovered ÷ reached, one decimal half up; ``None`` when nobody was reached."""
        return percent(self.recovered, self.reached)


def low_items(*, items: tuple[Item, ...], answers: Answers, low_mark: int) -> tuple[int, ...]:
    """Give the positions of the ratings marked ``low_mark`` or lower; skipped ones are not low (R-139)."""
    return tuple(item.position for item in items if _low_mark_of(item, answers, low_mark) is not None)


def follow_up_for(
    *, items: tuple[Item, ...], answers: Answers, low_mark: int, unit_known: bool
) -> FollowUpProposal | None:
    """Say whether somebody should call back: a low rating, and a unit to call; never for an anonymous form (R-147).

    Every kind of round opens call-backs, one by call-back too: a customer who is still unhappy after the service was
    done is the very one to ring. The mark asked for in a call-back itself opens no second one.
    """
    marks = [mark for item in items if (mark := _low_mark_of(item, answers, low_mark)) is not None]
    if not unit_known or not marks:
        return None
    return FollowUpProposal(low_items(items=items, answers=answers, low_mark=low_mark), min(marks))


def _low_mark_of(item: Item, answers: Answers, low_mark: int) -> int | None:
    mark = answers.get(item.position)
    return mark if item.kind is ItemKind.RATING and isinstance(mark, int) and mark <= low_mark else None


def due_on(*, day: date, working_days: int, calendar: WorkCalendar) -> WorkdayAnswer[date]:
    """Give the last day on which the call is in time: the ``working_days``-th working day after ``day``."""
    if working_days < 1:
        raise ValueError("a call-back is due after at least one working day")
    return calendar.add_working_days(day, working_days)


def settle(
    *, state: FollowUpState, outcome: FollowUpState, note: str, new_mark: int | None, attempts: int
) -> Settlement:
    """Give the end of a call-back, or raise the refusal. The one who entered the form may make the call as well.

    ``attempts`` are the calls made before; every outcome but *dropped* counts one more. *Reached* needs a new mark
    from 1 to 5; reached, unreachable and dropped need a note. The outcome *open* is a call in vain: it stays open.
    """
    FOLLOW_UP_MOVES.check(source=state, target=outcome)
    if outcome is FollowUpState.REACHED:
        if type(new_mark) is not int or not LOWEST_MARK <= new_mark <= HIGHEST_MARK:
            raise NewMarkRefused(least=LOWEST_MARK, most=HIGHEST_MARK)
    elif new_mark is not None:
        raise MarkWithoutCall(state=outcome)
    said = clean_line(note)
    if outcome is not FollowUpState.OPEN and len(said) < SHORTEST_NOTE:
        raise FollowUpNoteMissing(state=outcome, shortest=SHORTEST_NOTE)
    if len(said) > LONGEST_NOTE:
        raise LineTooLong(field="note", longest=LONGEST_NOTE)
    return Settlement(outcome, said, new_mark, attempts + (outcome is not FollowUpState.DROPPED))


def is_overdue(*, due_on: date, state: FollowUpState, today: date) -> bool:
    """Say whether the call should have been made: open, and the last day is past (today itself is in time)."""
    return state is FollowUpState.OPEN and today > due_on


def recovered(*, before_mark: int, new_mark: int | None, low_mark: int) -> bool:
    """Say whether a low mark became a good one: 4 or 5 now, at most ``low_mark`` before, and better than before."""
    return new_mark is not None and new_mark >= GOOD_MARK and before_mark <= low_mark and new_mark > before_mark


def recovery(*, rows: Iterable[FollowUpFact], low_mark: int, today: date) -> Recovery:
    """Count call-backs as they stand on a day."""
    facts = tuple(rows)
    timely = [timely for fact in facts if (timely := _in_time(fact, today)) is not None]
    return Recovery(
        opened=len(facts),
        in_time=timely.count(True),
        late=timely.count(False),
        reached=sum(fact.state is FollowUpState.REACHED for fact in facts),
        recovered=sum(
            fact.state is FollowUpState.REACHED
            and recovered(before_mark=fact.before_mark, new_mark=fact.new_mark, low_mark=low_mark)
            for fact in facts
        ),
    )


def _in_time(fact: FollowUpFact, today: date) -> bool | None:
    if fact.state is FollowUpState.DROPPED:
        return None
    if fact.settled_on is not None:
        return fact.settled_on <= fact.due_on
    return False if is_overdue(due_on=fact.due_on, state=fact.state, today=today) else None
