"""What the words of somebody's file mean: known words, a person's explanations, and what to propose (R-012, R-077)."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Final

from core.imports.codes import FileRefused, Refusal, Trouble
from core.imports.sheets import Sheet, is_blank
from core.imports.specs import KindSpec, Meanings
from core.imports.text import NOTHING, Cell, Reading, as_text, cleaned, folded, refused
from core.imports.vocabulary import NO_DATA

MOST_CHOICES: Final = 2_000
LONGEST_WORDS: Final = 200
MOST_TEXTS: Final = 500
"""A column with more different texts holds sentences, which nobody explains one by one."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What a person said a text in the column of a field means."""

    field: str
    text: str
    code: str


def check_choices(*, spec: KindSpec, choices: Sequence[Choice]) -> None:
    """Raise ``FileRefused`` unless each names a column that takes meanings, one of its codes, and a text once."""
    said = [(choice.field, folded(choice.text)) for choice in choices]
    if len(choices) > MOST_CHOICES or len(set(said)) < len(said):
        raise FileRefused(Refusal.BAD_MAPPING, field="choices")
    for choice in choices:
        column = spec.column(choice.field)
        meanings = column.meanings if column else None
        if meanings is None or choice.code not in meanings.codes or not 0 < len(choice.text) <= LONGEST_WORDS:
            raise FileRefused(Refusal.BAD_MAPPING, field=choice.field)


def chosen_codes(*, choices: Sequence[Choice], field: str) -> dict[str, str]:
    """Give the codes a person chose in the column of a field, by folded text."""
    return {folded(choice.text): choice.code for choice in choices if choice.field == field}


def in_own_words(meanings: Meanings, *, lenient: bool = False) -> Callable[[Cell], Reading]:
    """Make the reader of a column whose texts mean codes; an unknown text is refused, or with ``lenient`` kept."""

    def read(cell: Cell) -> Reading:
        reading = cleaned(cell)
        if not isinstance(reading.value, str):
            return reading
        if reading.value.casefold() in NO_DATA:
            return NOTHING
        if len(reading.value) > LONGEST_WORDS:
            return refused(Trouble.TOO_LONG, LONGEST_WORDS)
        code = meanings.known(reading.value)
        if code:
            return Reading(code)
        return reading if lenient else refused(Trouble.NO_MEANING)

    return read


class Sureness(IntEnum):
    """How sure it is what a text means; what needs a person comes first."""

    UNDECIDED = 0
    LIKELY = 1
    KNOWN = 2


@dataclass(frozen=True, slots=True)
class FoundText:
    """A text of a column, in how many rows it stands, and what it is taken for (nothing where undecided).

    Texts that differ in case, width and spaces are one, in the spelling that comes first.
    """

    text: str
    rows: int
    code: str
    sureness: Sureness


@dataclass(frozen=True, slots=True)
class FoundTexts:
    """The texts of the column read as a field: first what nobody knows, then proposals, then what is known.

    ``too_many``: the column holds sentences rather than words, and none is listed.
    """

    field: str
    heading: str
    texts: tuple[FoundText, ...] = ()
    too_many: bool = False


@dataclass
class _Tally:
    text: str = ""
    rows: int = 0
    beside: Counter[str] = field(default_factory=Counter)


def found_texts(
    *, sheet: Sheet, spec: KindSpec, data_row: int, columns: Mapping[str, tuple[int, str]]
) -> tuple[FoundTexts, ...]:
    """List the texts that a person may explain; ``columns``: field → position and heading as they are chosen now.

    A column that only helps where another is empty counts in those rows alone, and what stands beside a text there
    serves for the proposal where the text itself says nothing.
    """
    found = []
    for column in spec.columns:
        if column.meanings is None or column.field not in columns:
            continue
        index, heading = columns[column.field]
        better = columns.get(column.helps, (None, ""))[0] if column.helps else None
        helper = next(
            (columns[c.field][0] for c in spec.columns if c.helps == column.field and c.field in columns), None
        )
        tallies = _tallied(sheet, data_row, index, better, helper)
        if len(tallies) > MOST_TEXTS:
            found.append(FoundTexts(column.field, heading, too_many=True))
            continue
        texts = sorted((_judged(column.meanings, one) for one in tallies), key=lambda t: (t.sureness, -t.rows))
        found.append(FoundTexts(column.field, heading, tuple(texts)))
    return tuple(found)


def _tallied(sheet: Sheet, data_row: int, index: int, better: int | None, helper: int | None) -> list[_Tally]:
    tallies: dict[str, _Tally] = {}
    for row in sheet.rows[data_row - 1 :]:
        text = _words(row, index)
        if not text or (better is not None and _words(row, better)):
            continue
        tally = tallies.setdefault(folded(text), _Tally(text))
        tally.rows += 1
        if helper is not None:
            tally.beside[_words(row, helper)] += 1
    return list(tallies.values())


def _words(row: tuple[Cell, ...], index: int) -> str:
    """Give what a cell says; nothing for a cell that holds no data or too much to be a word."""
    if index >= len(row) or is_blank(row):
        return ""
    value = cleaned(row[index]).value
    text = as_text(value) if isinstance(value, str) else ""
    return "" if text.casefold() in NO_DATA or len(text) > LONGEST_WORDS else text


def _judged(meanings: Meanings, tally: _Tally) -> FoundText:
    code = meanings.known(tally.text)
    if code:
        return FoundText(tally.text, tally.rows, code, Sureness.KNOWN)
    usual = [text for text, _ in tally.beside.most_common(1)]
    likely = next(filter(None, map(meanings.likely, (tally.text, *usual))), None)
    return FoundText(tally.text, tally.rows, likely or "", Sureness.LIKELY if likely else Sureness.UNDECIDED)
