"""What a step of a request leaves behind: the columns it sets, its facts and its words in the timeline (R-112)."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any, Final

from core.admin.audit import Json, instant_text
from core.kernel.periods import local_day
from core.work_orders.facts import WorkStepData
from core.work_orders.handling_steps import HandlerAnswer, WorkAssignment, WorkClassification, WorkTransfer
from core.work_orders.lifecycle import WorkStep
from core.work_orders.limits import queue_rank
from core.work_orders.materials import materials_total
from core.work_orders.outcome_steps import Cancellation, Execution, ReportBack, WorkClosing, WorkReopening
from core.work_orders.states import is_ended
from db.models import WorkOrder

Values = dict[str, Any]


def store_step(row: WorkOrder, step: WorkStep) -> None:
    """Write to the row what a step changes; what was reached before a reopening is taken back."""
    for column, value in _COLUMNS[type(step.data)](step.data, row).items():
        setattr(row, column, value)
    row.state, row.reopenings = step.state.value, step.reopenings
    if isinstance(step.data, WorkReopening):
        row.reopened_at = step.entered_at
    if is_ended(step.state):
        row.ended_at, row.ended_on = step.entered_at, local_day(step.entered_at)


def step_facts(step: WorkStep) -> dict[str, Json]:
    """What is not personal of a step, for the timeline."""
    return {key: value for key, value in _FACTS[type(step.data)](step.data).items() if value not in ("", None)}


def step_words(step: WorkStep) -> dict[str, str]:
    """What somebody typed; empty words are left out. A correction's reason stands under ``reason``."""
    fields = {name: getattr(step.data, name) for name in _WORDS.get(type(step.data), ())}
    return {name: text for name, text in (fields | {"reason": step.note or fields.get("reason", "")}).items() if text}


def _value(member: StrEnum | None) -> str | None:
    return None if member is None else member.value


def _classified(data: WorkClassification, _row: WorkOrder) -> Values:
    return {
        "kind": _value(data.kind),
        "failure": _value(data.failure) or "",
        "people_at_risk": data.people_at_risk,
        "department": data.department,
        "queue_rank": queue_rank(failure=data.failure),
    }


def _given(data: WorkAssignment | WorkTransfer, _row: WorkOrder) -> Values:
    return {"department": data.department, "handler_id": None if data.handler is None else data.handler.staff}


def _executed(data: Execution, row: WorkOrder) -> Values:
    """The response counts from the beginning of the work where nobody had noted an answer."""
    return {
        "answered_at": row.answered_at or data.began_at,
        "began_at": data.began_at,
        "carried_out_at": data.at,
        "cause": _value(data.cause) or "",
        "result": _value(data.result),
    }


def _reopened(_data: WorkReopening, _row: WorkOrder) -> Values:
    instants = ("answered_at", "began_at", "carried_out_at", "fed_back_at", "ended_at", "ended_on", "rating")
    return dict.fromkeys(instants) | dict.fromkeys(("cause", "result", "no_rating"), "")


_COLUMNS: Final[Mapping[type[WorkStepData], Callable[[Any, WorkOrder], Values]]] = {
    WorkClassification: _classified,
    WorkAssignment: _given,
    WorkTransfer: _given,
    HandlerAnswer: lambda data, _row: {"answered_at": data.at},
    Execution: _executed,
    ReportBack: lambda data, _row: {"fed_back_at": data.at},
    WorkClosing: lambda data, _row: {"rating": data.rating, "no_rating": _value(data.no_rating) or ""},
    WorkReopening: _reopened,
    Cancellation: lambda data, _row: {"cancel_reason": _value(data.why)},
}


def _handler_facts(data: WorkAssignment | WorkTransfer) -> dict[str, Json]:
    return {"department": data.department, "handler": None if data.handler is None else data.handler.staff}


def _execution_facts(data: Execution) -> dict[str, Json]:
    return {
        "began_at": instant_text(data.began_at) if data.began_at else None,
        "cause": _value(data.cause),
        "result": _value(data.result),
        "materials": len(data.materials) or None,
        "materials_fen": materials_total(data.materials).fen if data.materials else None,
        "photos_before": data.photos_before or None,
        "photos_after": data.photos_after or None,
    }


_FACTS: Final[Mapping[type[WorkStepData], Callable[[Any], dict[str, Json]]]] = {
    WorkClassification: lambda data: {
        "kind": _value(data.kind),
        "failure": _value(data.failure),
        "people_at_risk": data.people_at_risk or None,
        "department": data.department,
    },
    WorkAssignment: _handler_facts,
    WorkTransfer: _handler_facts,
    HandlerAnswer: lambda data: {"channel": _value(data.channel)},
    Execution: _execution_facts,
    ReportBack: lambda data: {"channel": _value(data.channel)},
    WorkClosing: lambda data: {"rating": data.rating, "no_rating": _value(data.no_rating)},
    WorkReopening: lambda _data: {},
    Cancellation: lambda data: {"why": _value(data.why)},
}

_WORDS: Final[Mapping[type[WorkStepData], tuple[str, ...]]] = {
    WorkTransfer: ("reason",),
    HandlerAnswer: ("plan",),
    Execution: ("description",),
    ReportBack: ("told",),
    WorkClosing: ("comment",),
    WorkReopening: ("reason",),
    Cancellation: ("reason",),
}
