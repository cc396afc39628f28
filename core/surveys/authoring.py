"""A questionnaire written as text, one item a line, and what it takes to publish it (R-137, R-150; U3).

``kind | dimension+role | Chinese text | English text | choices or bounds``, parted by ``|`` or a tab, so that a paste
from a spreadsheet works. A line may begin with the item's code: ``q7: rating | service+speed | …``.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from core.kernel.errors import BusinessError, Problem
from core.kernel.lines import clean_line
from core.surveys.lines import fold
from core.surveys.questionnaires import MOST_ITEMS, Choice, Item, ItemKind, ItemRole, Questionnaire

LONGEST_TEXT: Final = 200
LONGEST_PASTE: Final = 200_000

_MARK: Final = "\ufeff"  # what some programs put in front of a text
_PARTING: Final = re.compile(r"[|｜\t]")
_PARTING_CHOICES: Final = re.compile("[;；]")
_PARTING_TONGUES: Final = re.compile("[/／]")
_CODE: Final = re.compile(r"\s*([A-Za-z][A-Za-z0-9_]{0,31})\s*:")
_MOST: Final = re.compile(r"\s*([0-9]{1,2})\s*:")
_LETTER: Final = re.compile(r"\s*([A-Za-z])(?:[\s.、:)]+|(?=[^\x00-\x7f]))")
_LED_BY: Final = " .、:：)）．"
_BOUNDS: Final = re.compile(r"\s*([0-9]{1,6})\s*[-~]\s*([0-9]{1,6})\s*")


class NothingAsked(BusinessError):
    """A questionnaire without items cannot be published."""

    code: ClassVar[str] = "surveys.publish.no_items"


class TitleMissing(BusinessError):
    """A questionnaire without a Chinese title cannot be published."""

    code: ClassVar[str] = "surveys.publish.no_title"


class OnlyWordsAsked(BusinessError):
    """A questionnaire of open items alone cannot be published: there would be nothing to count."""

    code: ClassVar[str] = "surveys.publish.no_closed_item"


@dataclass(frozen=True, slots=True)
class _Row:
    """A line that holds an item: its number, the code given to it or nothing, and its five fields."""

    line: int
    code: str
    fields: tuple[str, ...]

    @property
    def surplus(self) -> str:
        """What stands in fields nobody asked for."""
        return clean_line(" ".join(self.fields[5:]))

    def field(self, number: int) -> str:
        """The field of this number, from 0; empty if the line ends before it."""
        return self.fields[number] if number < len(self.fields) else ""


def parse_questionnaire_items(
    *, text: str, dimensions: Collection[str]
) -> tuple[tuple[Item, ...], tuple[Problem, ...]]:
    """Read the items of a questionnaire, and say what is wrong with the lines that hold none; never raises (R-137).

    Empty lines and lines that begin with ``#`` are passed over. Every problem has a field ``line`` (from 1). Positions
    count the lines with items, right or wrong; an item without a code is ``q`` and its position, or the next number
    that no line uses. A missing English text is the Chinese one.
    """
    if len(text) > LONGEST_PASTE:
        return (), (Problem("surveys.item.text_too_long", {"line": 1, "longest": LONGEST_PASTE}),)
    rows = _rows(text)
    asked = rows[:MOST_ITEMS]
    known = {dimension.casefold(): dimension for dimension in dimensions}
    items: list[Item] = []
    problems = _problems_of(rows)
    for position, (row, code) in enumerate(zip(asked, _codes(asked), strict=True), start=1):
        read = _read_item(row, position, code, known)
        if isinstance(read, Item):
            items.append(read)
        else:
            problems.append(Problem(read.code, read.fields | {"line": row.line}))
    return tuple(items), tuple(sorted(problems, key=lambda problem: int(problem.fields["line"])))


def _rows(text: str) -> tuple[_Row, ...]:
    rows = []
    for number, line in enumerate(text.replace(_MARK, "").splitlines(), start=1):
        if fold(clean_line(line))[:1] in {"", "#"}:
            continue
        coded = _CODE.match(fold(line))
        code, start = (coded[1].lower(), coded.end()) if coded else ("", 0)
        rows.append(_Row(number, code, tuple(map(clean_line, _PARTING.split(line[start:])))))
    return tuple(rows)


def _codes(rows: Sequence[_Row]) -> list[str]:
    """The code of every row; a row without one gets the first free number from its position on."""
    used = {row.code for row in rows}
    codes = []
    for position, row in enumerate(rows, start=1):
        free = (f"q{number}" for number in range(position, position + len(rows) + 1) if f"q{number}" not in used)
        codes.append(row.code or next(free))
        used.add(codes[-1])
    return codes


def _problems_of(rows: Sequence[_Row]) -> list[Problem]:
    """What is wrong with the rows together: none at all, too many, a code twice."""
    if not rows:
        return [Problem("surveys.item.no_items", {"line": 1})]
    problems = []
    if len(rows) > MOST_ITEMS:
        problems.append(Problem("surveys.item.too_many", {"line": rows[MOST_ITEMS].line, "most": MOST_ITEMS}))
    seen: set[str] = set()
    for row in rows[:MOST_ITEMS]:
        if row.code and row.code in seen:
            problems.append(Problem("surveys.item.code_twice", {"line": row.line, "item": row.code}))
        seen.add(row.code)
    return problems


def _read_item(row: _Row, position: int, code: str, dimensions: dict[str, str]) -> Item | Problem:
    typed, placed, text_zh, text_en, rest = (row.field(number) for number in range(5))
    kind = next((kind for kind in ItemKind if kind == fold(typed).casefold()), None)
    if kind is None:
        return Problem("surveys.item.unknown_kind", {"value": typed[:40]})
    problem = _problem_of(row, kind)
    if problem is not None:
        return problem
    measured = _read_dimension(placed, dimensions)
    if isinstance(measured, Problem):
        return measured
    bounds = _read_bounds(kind, rest)
    if isinstance(bounds, Problem):
        return bounds
    choices, least, most = bounds
    return Item(position, code, kind, text_zh, text_en or text_zh, *measured, choices, least, most)


def _problem_of(row: _Row, kind: ItemKind) -> Problem | None:
    """What is wrong with a row beside its dimension and bounds: its texts, and fields this kind has not."""
    if not row.field(2):
        return Problem("surveys.item.no_text")
    if max(len(row.field(2)), len(row.field(3))) > LONGEST_TEXT:
        return Problem("surveys.item.too_long", {"longest": LONGEST_TEXT})
    placed = "" if kind is ItemKind.RATING else row.field(1)
    bounds = "" if kind in {ItemKind.CHOICE, ItemKind.NUMBER} else row.field(4)
    surplus = placed or bounds or row.surplus
    return Problem("surveys.item.not_asked", {"value": surplus[:40]}) if surplus else None


def _read_dimension(text: str, dimensions: dict[str, str]) -> tuple[str, ItemRole] | Problem:
    name, _, role = (part.strip() for part in fold(text).casefold().partition("+"))
    if name and name not in dimensions:
        return Problem("surveys.item.unknown_dimension", {"value": name[:40], "known": ", ".join(dimensions.values())})
    if role not in set(ItemRole):
        return Problem("surveys.item.unknown_role", {"value": role[:40]})
    return dimensions.get(name, ""), ItemRole(role)


def _read_bounds(kind: ItemKind, text: str) -> tuple[tuple[Choice, ...], int, int] | Problem:
    """Choices, smallest and largest of a kind; for kinds without any, what an ``Item`` has by itself."""
    if kind is ItemKind.CHOICE:
        return _read_choices(text)
    if kind is ItemKind.NUMBER:
        bounds = _BOUNDS.fullmatch(fold(text))
        if bounds is None or int(bounds[1]) >= int(bounds[2]):
            return Problem("surveys.item.bounds_unreadable", {"value": text[:40]})
        return (), int(bounds[1]), int(bounds[2])
    return (), 0, 1


def _read_choices(text: str) -> tuple[tuple[Choice, ...], int, int] | Problem:
    """Read ``2: A …/…; B …/…``: the number says how many may be chosen, and is 1 if missing."""
    leading = _MOST.match(fold(text))
    most, start = (int(leading[1]), leading.end()) if leading else (1, 0)
    choices: list[Choice] = []
    for piece in filter(None, map(clean_line, _PARTING_CHOICES.split(text[start:]))):
        choice = _read_choice(piece)
        if choice is None:
            return Problem("surveys.item.choices_unreadable", {"value": piece[:40]})
        if max(len(choice.text_zh), len(choice.text_en)) > LONGEST_TEXT:
            return Problem("surveys.item.too_long", {"longest": LONGEST_TEXT})
        choices.append(choice)
    letters = {choice.letter for choice in choices}
    if not 2 <= len(letters) == len(choices) or not 1 <= most <= len(choices):
        return Problem("surveys.item.choices_unreadable", {"value": text[:40]})
    return tuple(choices), 0, most


def _read_choice(piece: str) -> Choice | None:
    letter = _LETTER.match(fold(piece))
    if letter is None:
        return None
    text_zh, *text_en = map(clean_line, _PARTING_TONGUES.split(piece[letter.end() :], maxsplit=1))
    return Choice(letter[1].upper(), text_zh, "".join(text_en) or text_zh) if text_zh else None


def items_text(items: tuple[Item, ...]) -> str:
    """Write items as ``parse_questionnaire_items`` reads them, each with its code (R-137).

    A sign that would part fields or choices becomes a blank in a text.
    """
    return "\n".join(f"{item.code}: {' | '.join(_written(item)).rstrip(' |')}" for item in items)


def _written(item: Item) -> tuple[str, ...]:
    role = f"+{item.role}" if item.role else ""
    text_en = "" if item.text_en == item.text_zh else _without("|｜", item.text_en)
    rest = f"{item.least}-{item.most}" if item.kind is ItemKind.NUMBER else ""
    if item.choices:
        rest = (f"{item.most}: " if item.most > 1 else "") + "; ".join(map(_written_choice, item.choices))
    return str(item.kind), item.dimension + role, _without("|｜", item.text_zh), text_en, rest


def _written_choice(choice: Choice) -> str:
    text_zh = _without("|｜;；/／", choice.text_zh).lstrip(_LED_BY)
    text_en = "" if choice.text_en == choice.text_zh else "/" + _without("|｜;；", choice.text_en)
    return f"{choice.letter} {text_zh}{text_en}"


def _without(signs: str, text: str) -> str:
    return clean_line("".join(" " if char in signs else char for char in text))


def check_publishable(questionnaire: Questionnaire) -> None:
    """Refuse to publish what nobody could answer or count: no items, no title, words alone (R-137)."""
    if not questionnaire.items:
        raise NothingAsked
    if not clean_line(questionnaire.title_zh):
        raise TitleMissing
    if all(item.kind is ItemKind.OPEN for item in questionnaire.items):
        raise OnlyWordsAsked


def same_question(a: Item, b: Item) -> bool:
    """Whether answers to two items may be compared between editions: all but position and wording is the same."""
    return _asked(a) == _asked(b)


def _asked(item: Item) -> tuple[object, ...]:
    letters = sorted(choice.letter for choice in item.choices)
    return item.code, item.kind, item.dimension, item.role, letters, item.least, item.most
