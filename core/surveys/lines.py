"""Fast entry: one paper form on one line, as ``3-1-1202 54354 9 words`` (R-138, R-139, R-147; U3, U4).

A line is the place, then a mark for every closed item in the order of the paper, then words. Marks may be glued or
stand apart, ``-`` leaves one item out. Positions count characters of what was typed, from 0.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby
from typing import ClassVar, Final, TypeAlias

from core.kernel.errors import BusinessError, Problem
from core.kernel.lines import clean_line
from core.surveys.questionnaires import HIGHEST_MARK, LONGEST_OPEN, LOWEST_MARK, Answers, Item, ItemKind

LONGEST_LINE: Final = 2_000
MOST_PASTED_LINES: Final = 500
MOST_PASTED_CHARACTERS: Final = 200_000

_MARKS: Final = {str(mark): mark for mark in range(LOWEST_MARK, HIGHEST_MARK + 1)}
_NPS: Final = re.compile(r"10|[0-9]")
_NUMBER: Final = re.compile(r"-?[0-9]{1,6}")
_WIDE: Final = {chr(wide): chr(wide - 0xFEE0) for wide in range(0xFF01, 0xFF5F)}
_FOLDS: Final = str.maketrans(_WIDE | dict.fromkeys("‐‑‒–—―−﹣－", "-"))


class LineTrouble(StrEnum):
    """What is wrong with a line; the value names the sentence."""

    EMPTY = "surveys.line.empty"
    TOO_LONG = "surveys.line.too_long"
    NO_UNIT = "surveys.line.no_unit"
    MARK = "surveys.line.mark"
    LETTERS = "surveys.line.letters"
    NPS = "surveys.line.nps"
    NUMBER = "surveys.line.number"
    TOO_FEW = "surveys.line.too_few"
    TOO_MANY = "surveys.line.too_many"
    RUNS_INTO = "surveys.line.runs_into"
    SKIP_UNCLEAR = "surveys.line.skip_unclear"
    NO_WORDS = "surveys.line.no_words"
    TOO_MANY_WORDS = "surveys.line.too_many_words"
    WORDS_TOO_LONG = "surveys.line.words_too_long"


@dataclass(frozen=True, slots=True)
class LineProblem(Problem):
    """What is wrong (a ``LineTrouble``) and where: ``length`` characters from ``at`` on; 0 is between two."""

    at: int = 0
    length: int = 0


@dataclass(frozen=True, slots=True)
class ParsedLine:
    """What a line says, by the order of the items; ``place`` is empty for an anonymous form (R-147).
    ``skipped`` are the closed items left out, never a 0 (R-139)."""

    place: str
    answers: tuple[tuple[int, int | str], ...]
    skipped: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class PatternPart:
    """One part of what a line looks like: the place (``kind`` is ``None``), marks typed in one go, or the words."""

    kind: ItemKind | None
    positions: tuple[int, ...] = ()


class PasteTooLong(BusinessError):
    """More was pasted than is taken at once. Fields: ``most`` (lines), ``characters``."""

    code: ClassVar[str] = "surveys.paste.too_long"


_Told: TypeAlias = dict[str, str | int]
_Marks: TypeAlias = dict[int, int | str | None]
_Taken: TypeAlias = tuple[int | str | None, int]  # the answer (None: left out) and how many characters it took


@dataclass(frozen=True, slots=True)
class _Token:
    """Folded characters without space, and where each was typed."""

    text: str
    at: tuple[int, ...]

    def trouble(self, code: LineTrouble, told: _Told, start: int = 0, stop: int | None = None) -> LineProblem:
        """Point at the characters from ``start`` to ``stop`` (exclusive; without it, all that is left)."""
        where = self.at[start:stop]
        return _trouble(code, {"got": self.text[start:stop][:40], **told}, where[0], where[-1] + 1)


def _trouble(code: LineTrouble, told: _Told, start: int, stop: int) -> LineProblem:
    return LineProblem(code, told, at=start, length=stop - start)


def fold(text: str) -> str:
    """Write full-width letters, digits and signs in half width and every dash as ``-``; lengths stay the same."""
    return text.translate(_FOLDS)


def parse_line(*, items: tuple[Item, ...], text: str) -> ParsedLine | LineProblem:
    """Read one line, or say what is wrong and where; never raises (R-138, R-139, U3, U4).

    A number (0–10) may be glued to marks only if the token began them: in ``5435 10``, for five marks and a number, a
    mark is missing, and 1 and 0 are no answers. ``--`` standing alone leaves out all closed items that are left; it is
    refused as unclear if fewer signs than items are left and the next thing looks like marks. The words of several open
    items are parted by ``/``.
    """
    if len(text) > LONGEST_LINE:
        return _trouble(LineTrouble.TOO_LONG, {"longest": LONGEST_LINE}, LONGEST_LINE, len(text))
    tokens = _tokens(text)
    if not tokens:
        return _trouble(LineTrouble.EMPTY, {}, 0, len(text))
    closed = [item for item in items if item.kind is not ItemKind.OPEN]
    marks = _read_closed(closed, tokens[1:], len(text))
    if isinstance(marks, LineProblem):
        return marks
    found, start = marks
    words = _read_words([item for item in items if item.kind is ItemKind.OPEN], text, start)
    if isinstance(words, LineProblem):
        return words
    given = [(item.position, (found | words).get(item.position)) for item in items]
    return ParsedLine(
        place=tokens[0].text.upper() if set(tokens[0].text) != {"-"} else "",
        answers=tuple((position, answer) for position, answer in given if answer is not None),
        skipped=tuple(item.position for item in closed if found[item.position] is None),
    )


def _tokens(text: str) -> list[_Token]:
    folded = fold(text)
    seen = (range(*run.span()) for run in re.finditer(r"\S+", folded))
    kept = ([at for at in run if unicodedata.category(text[at]) not in {"Cc", "Cf", "Cs"}] for run in seen)
    return [_Token("".join(folded[at] for at in run), tuple(run)) for run in kept if run]


def _read_closed(closed: Sequence[Item], tokens: Sequence[_Token], end: int) -> tuple[_Marks, int] | LineProblem:
    """Read the marks; give them and where the words begin (``end`` if there are none)."""
    marks: _Marks = {}
    for number, token in enumerate(tokens):
        left = closed[len(marks) :]
        if not left:
            return marks, token.at[0]
        if len(token.text) > 1 and set(token.text) == {"-"}:
            start = _after_skip(len(left) - len(token.text), tokens[number + 1 :], end)
            return start if isinstance(start, LineProblem) else (marks | {item.position: None for item in left}, start)
        if not re.match(r"[-0-9A-Za-z]", token.text):  # words, where marks are still to come
            return token.trouble(LineTrouble.TOO_FEW, {"expected": len(closed), "got": len(marks)})
        taken = _read_token(closed, len(marks), token)
        if isinstance(taken, LineProblem):
            return taken
        marks |= taken
    if len(marks) < len(closed):
        return _trouble(LineTrouble.TOO_FEW, {"expected": len(closed), "got": len(marks)}, end, end)
    return marks, end


def _after_skip(short: int, following: Sequence[_Token], end: int) -> int | LineProblem:
    """Give where the words begin after ``--``, which was ``short`` signs too short to leave out one item each."""
    if not following:
        return end
    unclear = short > 0 and re.fullmatch(r"[-0-9]+", following[0].text)
    return following[0].trouble(LineTrouble.SKIP_UNCLEAR, {}) if unclear else following[0].at[0]


def _read_token(closed: Sequence[Item], done: int, token: _Token) -> _Marks | LineProblem:
    """Read one token after the first ``done`` items; from marks to a number it goes on only if it began the marks."""
    goes_on = done > 0 and not _stands_alone(closed[done - 1])
    marks: _Marks = {}
    start = 0
    for item in closed[done:]:
        if start == len(token.text):
            return marks
        if start and goes_on and _stands_alone(item):
            return token.trouble(LineTrouble.RUNS_INTO, {"expected": len(closed)}, start)
        taken = _take(item, token, start)
        if isinstance(taken, LineProblem):
            return taken
        marks[item.position] = taken[0]
        start += taken[1]
    return marks if start == len(token.text) else token.trouble(LineTrouble.TOO_MANY, {"expected": len(closed)}, start)


def _stands_alone(item: Item) -> bool:
    """Whether its answer takes the rest of a token, as a number or several letters do."""
    return item.kind in {ItemKind.NPS, ItemKind.NUMBER} or (item.kind is ItemKind.CHOICE and item.most > 1)


def _take(item: Item, token: _Token, start: int) -> _Taken | LineProblem:
    rest = token.text[start:]
    number = int(rest) if _NUMBER.fullmatch(rest) else None
    if rest[0] == "-" and (number is None or item.least >= 0 or item.kind is not ItemKind.NUMBER):
        return None, 1
    if item.kind is ItemKind.RATING:
        mark = _MARKS.get(rest[0])
        return (mark, 1) if mark else token.trouble(LineTrouble.MARK, _told(item), start, start + 1)
    if item.kind is ItemKind.CHOICE:
        return _take_letters(item, token, start)
    if item.kind is ItemKind.NPS:
        return (number, len(rest)) if _NPS.fullmatch(rest) else token.trouble(LineTrouble.NPS, _told(item), start)
    if number is not None and item.least <= number <= item.most:
        return number, len(rest)
    return token.trouble(LineTrouble.NUMBER, _told(item) | {"least": item.least, "most": item.most}, start)


def _told(item: Item) -> _Told:
    return {"position": item.position, "item": item.code}


def _take_letters(item: Item, token: _Token, start: int) -> _Taken | LineProblem:
    """One letter, or all that is left of the token where several may be chosen; in the alphabet's order."""
    known = [choice.letter for choice in item.choices]
    wanted = token.text[start:] if item.most > 1 else token.text[start]
    letters: list[str] = []
    for at, letter in enumerate(map(str.upper, wanted), start=start):
        if letter not in known or letter in letters or len(letters) == item.most:
            told = _told(item) | {"letters": "".join(known), "most": item.most}
            return token.trouble(LineTrouble.LETTERS, told, at, at + 1)
        letters.append(letter)
    return "".join(sorted(letters)), len(wanted)


def _read_words(asked: Sequence[Item], text: str, at: int) -> _Marks | LineProblem:
    """Read what follows the marks; one open item takes it whole, several part it at ``/``."""
    if at < len(text) and not asked:
        return _trouble(LineTrouble.NO_WORDS, {"got": text[at:][:40]}, at, len(text))
    words: _Marks = {}
    pieces = fold(text[at:]).split("/", len(asked)) if len(asked) > 1 else [text[at:]]
    for item, piece in zip(asked, pieces, strict=False):
        said = clean_line(text[at : at + len(piece)])
        if len(said) > LONGEST_OPEN:
            return _trouble(LineTrouble.WORDS_TOO_LONG, _told(item) | {"most": LONGEST_OPEN}, at, at + len(piece))
        words[item.position] = said or None
        at += len(piece) + 1
    if len(pieces) > max(len(asked), 1):
        return _trouble(LineTrouble.TOO_MANY_WORDS, {"expected": len(asked)}, at - 1, len(text))
    return words


def line_pattern(items: tuple[Item, ...]) -> tuple[PatternPart, ...]:
    """Say what a line looks like: the place, runs of marks of one kind that may be glued, the words (R-138).
    What takes the rest of a token is a part of its own."""
    runs = groupby(sorted(items, key=lambda item: item.kind is ItemKind.OPEN), key=_run)
    return PatternPart(kind=None), *(PatternPart(kind, tuple(i.position for i in run)) for (kind, _), run in runs)


def _run(item: Item) -> tuple[ItemKind, int]:
    return item.kind, item.position if _stands_alone(item) else 0


def line_of(*, items: tuple[Item, ...], place: str, answers: Answers) -> str:
    """Write an entry as a line for editing; ``parse_line`` reads the same back, unless it passes ``LONGEST_LINE``.

    Words become one line; a ``/`` in them becomes a blank if several open items are asked, for it would part them."""
    written = [place or "-"]
    for part in line_pattern(items)[1:]:
        given = ["" if answers.get(position) is None else str(answers[position]) for position in part.positions]
        if part.kind is ItemKind.OPEN:
            parting = str.maketrans("/／", "  ") if len(given) > 1 else {}
            written += [" / ".join(one.translate(parting) for one in given).rstrip(" /" if parting else " ")]
        elif any(given):
            written += ["".join(one or "-" for one in given)]
        else:  # signs in one go would leave out more
            written += ["-"] * len(given)
    return clean_line(" ".join(written))


def split_paste(text: str) -> tuple[tuple[int, str], ...]:
    """Give the lines that hold something, with their number from 1. Too much is refused (U3).

    In lines copied from a spreadsheet a tab is a blank, and an empty cell between others is an item left out.
    """
    typed = enumerate(text[:MOST_PASTED_CHARACTERS].splitlines(), start=1)
    lines = tuple((number, _cells_joined(line)) for number, line in typed if clean_line(line))
    if len(lines) > MOST_PASTED_LINES or len(text) > MOST_PASTED_CHARACTERS:
        raise PasteTooLong(most=MOST_PASTED_LINES, characters=MOST_PASTED_CHARACTERS)
    return lines


def _cells_joined(line: str) -> str:
    if "\t" not in line:
        return line
    return " ".join(cell.strip() or "-" for cell in line.rstrip().split("\t"))
