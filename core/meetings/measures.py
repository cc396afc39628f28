"""Improvement measures (改进措施): what each stage of plan–do–check–act asks for (R-155, R-156)."""

from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import ClassVar, Final

from core.kernel.errors import BusinessError
from core.kernel.identity import StaffId
from core.kernel.lifecycle import Transitions
from core.kernel.lines import LineTooLong, check_line, clean_line
from core.kernel.money import ZERO, Money
from core.kernel.workdays import WorkCalendar, WorkdayAnswer
from core.meetings.effects import Figure, Goal, check_goal

LONGEST_PROBLEM: Final = 300
LONGEST_TEXT: Final = 1_000
LONGEST_SOURCE_REFERENCE: Final = 100
SHORTEST_NOTE: Final = 4
LONGEST_NOTE: Final = 500
AMBER_DAYS: Final = 3


class Stage(StrEnum):
    """Where a measure stands (PDCA). *Act* makes what worked the rule; only from there is a measure closed."""

    PLAN = "plan"
    DO = "do"
    CHECK = "check"
    ACT = "act"
    CLOSED = "closed"
    CANCELLED = "cancelled"


STAGES: Final = Transitions(
    {
        Stage.PLAN: frozenset({Stage.DO, Stage.CANCELLED}),
        Stage.DO: frozenset({Stage.CHECK, Stage.CANCELLED}),
        Stage.CHECK: frozenset({Stage.DO, Stage.ACT, Stage.CANCELLED}),
        Stage.ACT: frozenset({Stage.PLAN, Stage.CLOSED, Stage.CANCELLED}),
    }
)


class MeasureSource(StrEnum):
    """Where the problem was seen."""

    SURVEY = "survey"
    COMPLAINT = "complaint"
    PATROL = "patrol"
    MEETING = "meeting"
    FEES = "fees"
    OTHER = "other"


class Urgency(StrEnum):
    """How a measure's deadline stands on a day: red, amber, neither, or no longer of interest."""

    OVERDUE = "overdue"
    DUE_SOON = "due_soon"
    ON_TRACK = "on_track"
    DONE = "done"


_WITH_CAUSE: Final = frozenset({Stage.DO, Stage.CHECK, Stage.ACT, Stage.CLOSED})
_WITH_FIGURES: Final = frozenset({Stage.ACT, Stage.CLOSED})
_EXPLAINED: Final = frozenset(
    {(Stage.CHECK, Stage.DO), (Stage.ACT, Stage.PLAN), (Stage.ACT, Stage.CLOSED)}
    | {(stage, Stage.CANCELLED) for stage in Stage}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasureRecord:
    """What is written down of a measure (R-155). The deadline is the last day in time; ``None`` is not filled in."""

    source: MeasureSource
    problem: str
    responsible: StaffId | None
    deadline: date | None
    goal: Goal | None
    source_reference: str = ""
    cause: str = ""
    action: str = ""
    budget: Money | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a measure's life: the stage it came to, and what was said."""

    stage: Stage
    note: str


class MeasureIncomplete(BusinessError):
    """The stage asks for something not filled in. Fields: ``field``, ``stage``."""

    code: ClassVar[str] = "measures.missing"


class DeadlinePast(BusinessError):
    """A new deadline is today or later. Fields: ``deadline``, ``today``."""

    code: ClassVar[str] = "measures.deadline_past"


class BudgetRefused(BusinessError):
    """A budget is not below zero."""

    code: ClassVar[str] = "measures.budget"


class FiguresMissing(BusinessError):
    """The check of the effect needs the value before and the value after (R-156). Field: ``stage``."""

    code: ClassVar[str] = "measures.figures_missing"


class FiguresReversed(BusinessError):
    """The value after is not of an earlier day than the value before. Fields: ``before_on``, ``after_on``."""

    code: ClassVar[str] = "measures.figures_reversed"


class StepNoteMissing(BusinessError):
    """The step is explained, in at least ``shortest`` characters. Fields: ``stage``, ``shortest``."""

    code: ClassVar[str] = "measures.note_missing"


def check_record(*, record: MeasureRecord, stage: Stage = Stage.PLAN) -> MeasureRecord:
    """Give the record with tidied texts, or raise the refusal for what the stage lacks or a value that cannot be.

    Every stage needs problem, responsible, deadline and goal; from *do* on cause and action as well. Line breaks in
    cause and action are kept.
    """
    tidy = replace(
        record,
        problem=check_line(record.problem, field="problem", longest=LONGEST_PROBLEM, needed=False),
        source_reference=check_line(
            record.source_reference, field="source_reference", longest=LONGEST_SOURCE_REFERENCE, needed=False
        ),
        cause=_paragraphs(record.cause, field="cause"),
        action=_paragraphs(record.action, field="action"),
        goal=None if record.goal is None else check_goal(record.goal),
    )
    needed = ("problem", "responsible", "deadline", "goal") + (("cause", "action") if stage in _WITH_CAUSE else ())
    for field in needed:
        if getattr(tidy, field) in (None, ""):
            raise MeasureIncomplete(field=field, stage=stage)
    if tidy.budget is not None and tidy.budget < ZERO:
        raise BudgetRefused
    return tidy


def _paragraphs(text: str, *, field: str) -> str:
    kept = "\n".join(line for line in map(clean_line, text.splitlines()) if line)
    if len(kept) > LONGEST_TEXT:
        raise LineTooLong(field=field, longest=LONGEST_TEXT)
    return kept


def check_new_deadline(*, deadline: date, today: date) -> None:
    """Raise ``DeadlinePast`` unless a deadline that is being set lies today or later."""
    if deadline < today:
        raise DeadlinePast(deadline=deadline, today=today)


def move(
    *, record: MeasureRecord, stage: Stage, target: Stage, before: Figure | None, after: Figure | None, note: str
) -> Step:
    """Give the step to another stage, or raise the refusal for what it lacks.

    *Act* and *closed* need the figures before and after (R-156). Going back to *do*, beginning a new cycle, cancelling
    and closing need a note: why, or for closing how the effect is judged. A measure can be cancelled as it stands.
    """
    STAGES.check(source=stage, target=target)
    if target is not Stage.CANCELLED:
        check_record(record=record, stage=target)
    if target in _WITH_FIGURES:
        _check_figures(before, after, target)
    said = check_line(note, field="note", longest=LONGEST_NOTE, needed=False)
    if (stage, target) in _EXPLAINED and len(said) < SHORTEST_NOTE:
        raise StepNoteMissing(stage=target, shortest=SHORTEST_NOTE)
    return Step(target, said)


def _check_figures(before: Figure | None, after: Figure | None, target: Stage) -> None:
    if before is None or after is None:
        raise FiguresMissing(stage=target)
    if after.on < before.on:
        raise FiguresReversed(before_on=before.on, after_on=after.on)


def is_overdue(*, deadline: date, stage: Stage, today: date) -> bool:
    """Say whether the deadline is past and the measure neither closed nor cancelled; today itself is in time."""
    return today > deadline and not STAGES.is_final(stage)


def amber_until(*, today: date, calendar: WorkCalendar, days: int = AMBER_DAYS) -> WorkdayAnswer[date]:
    """Give the last deadline that is amber today: the ``days``-th working day from now. Ask once for a whole list."""
    return calendar.add_working_days(today, days)


def red_amber(*, deadline: date, stage: Stage, today: date, amber_until: date) -> Urgency:
    """Say how the deadline stands: overdue is red, due up to ``amber_until`` (included) is amber (R-155)."""
    if STAGES.is_final(stage):
        return Urgency.DONE
    if is_overdue(deadline=deadline, stage=stage, today=today):
        return Urgency.OVERDUE
    return Urgency.DUE_SOON if deadline <= amber_until else Urgency.ON_TRACK
