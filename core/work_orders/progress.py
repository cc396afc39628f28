"""How far a request has come through the five steps, who took each and when (R-112)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from core.work_orders.actions import WorkAction
from core.work_orders.states import FIVE_STEPS, FlowStep, WorkState, flow_step


class StepProgress(StrEnum):
    """How a step of the five stands."""

    DONE = "done"
    NOW = "now"
    """It was begun and is not over: the handler has answered, or the customer was told and has not rated it."""
    AHEAD = "ahead"


@dataclass(frozen=True, slots=True)
class FlowEntry:
    """An entry of the timeline, the oldest first: what was done, by whom (a name, "" for the portal) and when."""

    action: WorkAction
    who: str
    at: datetime


@dataclass(frozen=True, slots=True)
class StepTaken:
    """A step, how it stands, and who took it when; nobody and ``None`` where it lies ahead, or nobody noted it."""

    step: FlowStep
    progress: StepProgress
    who: str = ""
    at: datetime | None = None


_STEP_OF: Final[Mapping[WorkAction, int]] = {
    WorkAction.SUBMISSION: 1,
    WorkAction.CLASSIFICATION: 2,
    WorkAction.ASSIGNMENT: 3,
    WorkAction.TRANSFER: 3,
    WorkAction.REOPENING: 3,
    WorkAction.ANSWER: 4,
    WorkAction.EXECUTION: 4,
    WorkAction.REPORT_BACK: 5,
    WorkAction.CLOSING: 5,
}
_BEGUN: Final = frozenset({WorkState.UNDER_WAY, WorkState.REPORTED_BACK})
"""The states in which the step a request stands in is not over."""


def steps_taken(*, state: WorkState, entries: Iterable[FlowEntry]) -> tuple[StepTaken, ...]:
    """Give the five steps, each with its newest entry in the present run; a reopening takes back what followed.

    Of a cancelled request the steps with an entry are done, the others lie ahead and will not come.
    """
    newest: dict[int, FlowEntry] = {}
    for entry in entries:
        number = _STEP_OF.get(entry.action)
        if entry.action is WorkAction.REOPENING:
            newest = {known: taken for known, taken in newest.items() if known < _STEP_OF[entry.action]}
        if number is not None:
            newest[number] = entry
    return tuple(_taken(step, state, newest.get(step.number)) for step in FIVE_STEPS)


def _taken(step: FlowStep, state: WorkState, entry: FlowEntry | None) -> StepTaken:
    here = flow_step(state)
    reached = entry is not None if here is None else step.number <= here.number
    if not reached:
        return StepTaken(step, StepProgress.AHEAD)
    progress = StepProgress.NOW if step is here and state in _BEGUN else StepProgress.DONE
    return StepTaken(step, progress) if entry is None else StepTaken(step, progress, entry.who, entry.at)
