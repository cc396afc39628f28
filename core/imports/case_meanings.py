"""What the words in lists of past complaints mean: topics, states, types, channels, departments (R-075 to R-077)."""

import re
from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from typing import Final, TypeAlias

from core.complaints.taxonomy import SUB_CATEGORIES, CaseChannel, RecordType, SubCategory
from core.imports import case_vocabulary as words
from core.imports.case_topics import likely_topics
from core.imports.specs import Meanings
from core.imports.text import folded

CodeLabels: TypeAlias = tuple[tuple[str, str, str], ...]
"""Entries of a list that is data: code, Chinese and English label."""

SHORTEST_HINT: Final = 2
"""A shorter word within a text hints at nothing."""

_ENDINGS: Final = re.compile(words.TOPIC_ENDINGS)


class CaseStatus(StrEnum):
    """How far a past complaint is said to have come."""

    CLOSED = words.CLOSED
    WITHDRAWN = words.WITHDRAWN
    OPEN = words.OPEN


class Satisfied(StrEnum):
    """What the customer is said to have thought of the result."""

    SATISFIED = "satisfied"
    UNSATISFIED = "unsatisfied"
    NOT_ASKED = "not_asked"


TOPIC_CODES: Final = tuple(
    code for category, subs in SUB_CATEGORIES.items() for code in (category.value, *(sub.value for sub in subs))
)
"""Each category, which says no more, followed by its sub-categories."""

_Known: TypeAlias = Callable[[str], str | None]


def _knowing(spellings: Mapping[str, Iterable[str]], *also: tuple[str, str]) -> _Known:
    """Look a text up among the spellings of codes; a code always means itself."""
    known = {folded(said): code for code, own in spellings.items() for said in (code, *own)}
    known |= {folded(said): code for said, code in also}
    return lambda text: known.get(folded(text))


def _hinting(spellings: Mapping[str, Iterable[str]]) -> _Known:
    """Find the longest spelling within a text, as "closed" in "Closed - duplicate"."""
    known = [(folded(said), code) for code, own in spellings.items() for said in own]
    known = sorted((pair for pair in known if len(pair[0]) >= SHORTEST_HINT), key=lambda pair: -len(pair[0]))

    def hint(text: str) -> str | None:
        said = folded(text)
        return next((code for spelling, code in known if spelling in said), None)

    return hint


def _of(kind: type[StrEnum], spellings: Mapping[str, tuple[str, ...]]) -> Meanings:
    return Meanings(tuple(kind), _knowing(spellings), _hinting(spellings), kinds=(kind,))


_SATISFACTION: Final = {**words.SATISFACTION, Satisfied.NOT_ASKED.value: tuple(words.NOT_ASKED)}

STATUS: Final = _of(CaseStatus, words.CASE_STATUS)
TYPES: Final = _of(RecordType, words.RECORD_TYPES)
CHANNELS: Final = _of(CaseChannel, words.CASE_CHANNELS)
SATISFACTION: Final = _of(Satisfied, _SATISFACTION)

_same_topic: Final = _knowing(words.TOPICS)


def _known_topic(text: str) -> str | None:
    """Look a topic up; "other" is never taken for granted (R-077)."""
    return _same_topic(text) or _same_topic(_ENDINGS.sub("", folded(text)))


def _likely_topic(text: str) -> str | None:
    found = likely_topics(text=text, most=1)
    if found:
        return found[0].value
    return SubCategory.OTHER.value if _ENDINGS.sub("", folded(text)) in words.OTHER_WORDS else None


TOPICS: Final = Meanings(TOPIC_CODES, _known_topic, _likely_topic)


def department_meanings(labels: CodeLabels) -> Meanings:
    """Say what names of departments mean, for the departments an estate has; nobody need explain one."""
    spellings = {code: (zh, en, *words.CASE_DEPARTMENTS.get(code, ())) for code, zh, en in labels}
    known = _knowing(spellings)
    hint = _hinting(spellings)
    return Meanings(
        tuple(spellings),
        lambda text: known(plain_department(text)),
        lambda text: hint(plain_department(text)),
        labels=labels,
        optional=True,
    )


def plain_department(text: str) -> str:
    """Give a department's name without the number that may follow it, as "STREET DEPT, 510" (empty: "FORESTRY,")."""
    return words.DEPARTMENT_NUMBER.sub("", text).strip()
