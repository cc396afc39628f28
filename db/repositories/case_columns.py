"""What a step changes in the row of a case (R-088)."""

from collections.abc import Callable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, TypeAlias

from core.complaints.facts import StepData
from core.complaints.handling_steps import Assignment, Classification, FirstContact, Transfer
from core.complaints.lifecycle import CaseStep
from core.complaints.outcome_steps import CallBack, Closing, Merge, Reopening, Resolution
from core.complaints.states import is_ended
from core.kernel.periods import local_day
from db.models import Case
from db.repositories.cases import put_grade

Values: TypeAlias = dict[str, Any]


def store_step(row: Case, step: CaseStep, *, now: datetime) -> None:
    """Write a checked step to the row: where the case stands, what was entered, and when it ended or began anew."""
    changes = _COLUMNS.get(type(step.data))
    for column, value in (changes(step.data, now) if changes else {}).items():
        setattr(row, column, value)
    if isinstance(step.data, Classification) and step.data.decision is not None:
        put_grade(row, step.data.decision.grade, step.data.decision.proposed)
    row.state, row.reopenings = step.state.value, step.reopenings
    if is_ended(step.state) and row.ended_on is None:
        row.ended_at, row.ended_on = now, local_day(now)


def _value(member: StrEnum | None) -> str:
    return "" if member is None else member.value


def _classified(data: Classification, _now: datetime) -> Values:
    return {
        "record_type": data.record_type.value,
        "category": _value(data.category),
        "sub_category": _value(data.sub_category),
        "households": data.households,
        "special": data.special,
        "department": data.department,
    }


def _given(data: Assignment | Transfer, _now: datetime) -> Values:
    return {"department": data.department, "handler_id": None if data.handler is None else data.handler.staff}


def _resolved(data: Resolution, now: datetime) -> Values:
    return {
        "resolved_at": data.at or now,
        "root_cause": _value(data.root_cause),
        "cause_detail": _value(data.cause_detail),
        "solution": _value(data.solution),
    }


def _called_back(data: CallBack, now: datetime) -> Values:
    """A customer who is not satisfied has been waiting again since the call: the result is taken back."""
    called = {"called_back_at": data.at or now, "satisfied": data.satisfied}
    return called if data.satisfied else called | {"reopened_at": data.at or now, "resolved_at": None}


def _reopened(_data: Reopening, now: datetime) -> Values:
    """Work begins again; what the last call-back brought stays on record until the next one."""
    return dict.fromkeys(("resolved_at", "ended_at", "ended_on")) | {"reopened_at": now, "no_call_back": ""}


_COLUMNS: Final[Mapping[type[StepData], Callable[[Any, datetime], Values]]] = {
    Classification: _classified,
    Assignment: _given,
    Transfer: _given,
    FirstContact: lambda data, now: {"responded_at": data.at or now},
    Resolution: _resolved,
    CallBack: _called_back,
    Closing: lambda data, _now: {"no_call_back": _value(data.no_call_back)},
    Reopening: _reopened,
    Merge: lambda data, _now: {"merged_into": data.into.case},
}
