"""What of a step of a case is stored: facts in the clear, words sealed (R-088, R-102)."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields
from datetime import datetime
from enum import Enum
from typing import Any, Final

from core.admin.audit import Json, instant_text
from core.complaints.facts import CaseFacts, StepData
from core.complaints.handling_steps import Assignee, Collaborator
from core.complaints.redaction import FORGOTTEN_TEXTS

_LEFT_OUT: Final = frozenset({"decision"})
"""Parts of a step that say nothing the others do not."""

_BETWEEN: Final = "\n"


def step_facts(data: StepData) -> dict[str, Json]:
    """What of a step is not personal, by the names of its fields; what is not filled in is left out."""
    found = {name: _fact(value) for name, value in _filled(data) if name not in FORGOTTEN_TEXTS}
    return {name: value for name, value in found.items() if value not in (None, "", [])}


def step_words(data: StepData) -> dict[str, str]:
    """What somebody typed at a step, by the names of its fields; the parts of several helpers in lines."""
    words = {name: value for name, value in _filled(data) if name in FORGOTTEN_TEXTS and isinstance(value, str)}
    parts = [one.part for one in getattr(data, "collaborators", ())]
    return words | ({"part": _BETWEEN.join(parts)} if parts else {})


def _filled(data: Any) -> Iterable[tuple[str, Any]]:
    pairs = ((field.name, getattr(data, field.name)) for field in fields(data) if field.name not in _LEFT_OUT)
    return [(name, value) for name, value in pairs if value is not None]


def _fact(value: Any) -> Json:
    """A value as JSON: people by their numbers, a case by its number, instants as text."""
    for kind, stored in _STORED.items():
        if isinstance(value, kind):
            return stored(value)
    plain: Json = value
    return plain


_STORED: Final[Mapping[type, Callable[[Any], Json]]] = {
    Enum: lambda member: str(member.value),
    datetime: instant_text,
    Assignee: lambda person: int(person.staff),
    Collaborator: lambda helper: int(helper.person.staff),
    CaseFacts: lambda facts: int(facts.case),
    tuple: lambda several: [_fact(one) for one in several],
}
