"""Questionnaires (问卷): items of five kinds, and what an answer to each may be (R-137, R-139)."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import ClassVar, Final, TypeAlias

from core.kernel.errors import BusinessError, Problem
from core.kernel.lifecycle import Transitions

LOWEST_MARK: Final = 1
HIGHEST_MARK: Final = 5
NPS_MOST: Final = 10
MOST_CHOICES: Final = 26
MOST_ITEMS: Final = 200
LONGEST_OPEN: Final = 1_000
LARGEST_NUMBER: Final = 999_999


class ItemKind(StrEnum):
    """What is asked for; the value is stable and is how it is stored."""

    RATING = "rating"
    """1 very dissatisfied … 5 very satisfied."""
    CHOICE = "choice"
    """One letter, or several where the item allows more."""
    NUMBER = "number"
    """A whole number within bounds."""
    NPS = "nps"
    """0–10: how likely the customer is to recommend."""
    OPEN = "open"
    """Words."""


class ItemRole(StrEnum):
    """What a rating stands for in CS (R-150): service quality Q or response speed R."""

    NONE = ""
    QUALITY = "quality"
    SPEED = "speed"


class QuestionnaireState(StrEnum):
    """A draft is written, a published edition is asked and never changes, a retired one is no longer offered."""

    DRAFT = "draft"
    PUBLISHED = "published"
    RETIRED = "retired"


EDITIONS: Final = Transitions(
    {
        QuestionnaireState.DRAFT: frozenset({QuestionnaireState.PUBLISHED, QuestionnaireState.RETIRED}),
        QuestionnaireState.PUBLISHED: frozenset({QuestionnaireState.RETIRED}),
        QuestionnaireState.RETIRED: frozenset[QuestionnaireState](),
    }
)


def in_language(language: str, zh: str, en: str) -> str:
    """Choose between a Chinese and an English text; where one is empty, the other is used."""
    return (en or zh) if language == "en" else (zh or en)


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer to choose, known by a capital letter."""

    letter: str
    text_zh: str
    text_en: str

    def text(self, language: str) -> str:
        """What it says in a language (``zh_CN`` or ``en``)."""
        return in_language(language, self.text_zh, self.text_en)


@dataclass(frozen=True, slots=True)
class Item:
    """One question. ``position`` counts from 1; ``code`` stays the same from edition to edition.

    ``dimension`` is a code of the list *survey dimension* (ratings only, may be empty). ``most`` is how many letters a
    choice may have, or the largest number; ``least`` the smallest number.
    """

    position: int
    code: str
    kind: ItemKind
    text_zh: str
    text_en: str
    dimension: str = ""
    role: ItemRole = ItemRole.NONE
    choices: tuple[Choice, ...] = ()
    least: int = 0
    most: int = 1

    def text(self, language: str) -> str:
        """What is asked, in a language (``zh_CN`` or ``en``)."""
        return in_language(language, self.text_zh, self.text_en)


@dataclass(frozen=True, slots=True)
class Questionnaire:
    """An edition (版次) of a questionnaire; ``code`` names the family of editions."""

    code: str
    edition: int
    title_zh: str
    title_en: str
    items: tuple[Item, ...]
    intro_zh: str = ""
    intro_en: str = ""

    def title(self, language: str) -> str:
        """Its title in a language (``zh_CN`` or ``en``)."""
        return in_language(language, self.title_zh, self.title_en)

    @property
    def closed(self) -> tuple[Item, ...]:
        """The items that are answered by marks, letters or numbers, in the order of the paper."""
        return tuple(item for item in self.items if item.kind is not ItemKind.OPEN)

    @property
    def open(self) -> tuple[Item, ...]:
        """The items that are answered in words."""
        return tuple(item for item in self.items if item.kind is ItemKind.OPEN)


Answer: TypeAlias = int | str | None
"""A mark or number, letters (``"AC"``) or words; ``None`` for a skipped item, which is never a 0 (R-139)."""

Answers: TypeAlias = Mapping[int, Answer]
"""Position → answer. A position that is not there was skipped."""


class AnswerRefused(BusinessError):
    """An answer does not fit its item. Fields: ``position``, ``problem`` (the code of what is wrong), ``value``."""

    code: ClassVar[str] = "surveys.answer_refused"


def answer_problem(*, item: Item, answer: Answer) -> Problem | None:
    """Say what is wrong with an answer, or nothing; a skipped item is always right (R-139, U4).

    Codes: ``surveys.mark``, ``surveys.nps``, ``surveys.number`` (fields ``least``, ``most``), ``surveys.letters``
    (fields ``letters``, ``most``), ``surveys.words`` (field ``most``); each carries ``position`` and ``value``.
    """
    if answer is None or answer == "":
        return None
    told: dict[str, str | int] = {"position": item.position, "value": str(answer)[:40]}
    if item.kind is ItemKind.RATING:
        good = _whole(answer, LOWEST_MARK, HIGHEST_MARK)
        return None if good else Problem("surveys.mark", told)
    if item.kind is ItemKind.NPS:
        return None if _whole(answer, 0, NPS_MOST) else Problem("surveys.nps", told)
    if item.kind is ItemKind.NUMBER:
        good = _whole(answer, item.least, item.most)
        return None if good else Problem("surveys.number", told | {"least": item.least, "most": item.most})
    if item.kind is ItemKind.CHOICE:
        return None if _letters(item, answer) else Problem("surveys.letters", told | _letters_allowed(item))
    good = isinstance(answer, str) and len(answer) <= LONGEST_OPEN
    return None if good else Problem("surveys.words", told | {"most": LONGEST_OPEN})


def checked_answers(*, items: tuple[Item, ...], answers: Answers) -> dict[int, int | str]:
    """Give the answers that say something, in the order of the items; a wrong one raises ``AnswerRefused``.

    Letters come out in the alphabet's order; words without space around them. An answer to a position the
    questionnaire has not raises ``AnswerRefused`` with problem ``surveys.unknown_item``.
    """
    known = {item.position for item in items}
    for position in answers:
        if position not in known:
            raise AnswerRefused(position=position, problem="surveys.unknown_item", value="")
    kept: dict[int, int | str] = {}
    for item in items:
        given = answers.get(item.position)
        answer = given.strip() if isinstance(given, str) else given
        problem = answer_problem(item=item, answer=answer)
        if problem is not None:
            raise AnswerRefused(**problem.fields, problem=problem.code)
        if answer is not None and answer != "":
            kept[item.position] = "".join(sorted(str(answer))) if item.kind is ItemKind.CHOICE else answer
    return kept


def _whole(answer: Answer, least: int, most: int) -> bool:
    return isinstance(answer, int) and not isinstance(answer, bool) and least <= answer <= most


def _letters(item: Item, answer: Answer) -> bool:
    known = {choice.letter for choice in item.choices}
    return (
        isinstance(answer, str)
        and len(answer) <= item.most
        and len(set(answer)) == len(answer)
        and set(answer) <= known
    )


def _letters_allowed(item: Item) -> dict[str, str | int]:
    return {"letters": "".join(choice.letter for choice in item.choices), "most": item.most}


Weights: TypeAlias = Mapping[str, Decimal]
"""Dimension → weight. What is not named weighs 0; nothing named at all: every dimension weighs the same (R-141)."""
