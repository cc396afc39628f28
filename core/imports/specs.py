"""What a kind of import is: its columns, its words, what must be on file, and how a row becomes a record (R-012).

A kind is described once, by a :class:`KindSpec`. Most are fixed (:data:`core.imports.kinds.KINDS`); one whose columns
depend on what is on file (the items of a questionnaire) is made for each import.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, Literal, TypeAlias

from core.admin.permissions import Permission
from core.imports.codes import Notice, Trouble
from core.imports.sheets import FileNotice
from core.imports.text import Cell, Reading, Value

Values: TypeAlias = Mapping[str, Value | None]
"""Field → value of one row; ``None`` where the cell holds no data."""


class ImportKind(StrEnum):
    """What a file is a list of."""

    ESTATES = "estates"
    UNITS = "units"
    CUSTOMERS = "customers"
    SURVEY_RESPONSES = "survey_responses"
    CASES = "cases"


class Belongs(StrEnum):
    """What a file of a kind belongs to, which is chosen before it is uploaded."""

    NOTHING = "nothing"
    ROUND = "round"
    """A survey round of an estate."""
    ESTATE = "estate"


Needs: TypeAlias = Literal["nothing", "estates", "units"]
"""What must be on file before a row of a kind may enter; it is never created by the way."""


@dataclass(frozen=True, slots=True)
class Meanings:
    """What the texts of a column may mean where every file has words of its own.

    ``codes``: what a person may say a text means, in the order of lists, as members of ``kinds`` or, for lists that are
    data, by ``labels`` (code, Chinese, English). ``known`` gives the code of a text that means it for sure, ``likely``
    one to propose. ``optional``: a text nobody explained is left aside with a notice; else it keeps its row out.
    """

    codes: tuple[str, ...]
    known: Callable[[str], str | None]
    likely: Callable[[str], str | None]
    kinds: tuple[type[StrEnum], ...] = ()
    labels: tuple[tuple[str, str, str], ...] = ()
    optional: bool = False


@dataclass(frozen=True, slots=True)
class ColumnSpec:
    """One field of a kind: how a cell is read, whether every row needs it, whether it is personal.

    ``summed`` columns are compared with a total row (M9). ``units`` are the unit words its heading may carry.
    ``is_apart``: never shown beside the row's other values. ``titles`` name a column no label knows, in Chinese and
    English. ``options``: the codes to choose from when a person gives it once for the whole file, and ``suggested``
    what is offered then. ``recodable`` makes it an answer: it says which texts may be taken for "no answer", and an
    empty cell speaks too (a skipped question). ``meanings``: a person may say what its texts mean; what was written is
    kept beside the code (:func:`said_field`). ``typed``: a text for every row may be typed. ``helps``: this column
    speaks where the one it names is empty. ``once``: said for the whole file, never by a column.
    """

    field: str
    read: Callable[[Cell], Reading]
    required: bool = False
    personal: bool = False
    summed: bool = False
    units: frozenset[str] | None = None
    is_apart: bool = False
    titles: tuple[str, str] = ("", "")
    options: tuple[StrEnum, ...] = ()
    suggested: str = ""
    recodable: Callable[[str], bool] | None = None
    meanings: Meanings | None = None
    typed: bool = False
    helps: str = ""
    once: bool = False


@dataclass(frozen=True, slots=True)
class Finished:
    """A row as a whole: its business key, a second name it may be known by, and its values; or what is wrong with it.

    An empty key: the row is known by its place in the file alone. ``unit`` is the unit that must be on file, as folded
    estate code and unit code. ``trouble`` is reported at the field ``at``.
    """

    key: tuple[str, ...] = ()
    alias: tuple[str, ...] = ()
    values: Values = field(default_factory=dict)
    unit: tuple[str, str] | None = None
    trouble: Trouble | None = None
    at: str = ""
    limit: str = ""


@dataclass(frozen=True, slots=True)
class ParsedRow:
    """A faultless row. ``key`` is its business key, ``alias`` a second name of the same record or empty.

    ``values`` holds every field the file gives; ``None`` where the cell holds no data.
    """

    row: int
    key: tuple[str, ...]
    values: Values
    alias: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Doubt:
    """A row that is right alone and that a person should look at: at which field, why, and beside which earlier row.

    ``said``: what the file says there, where the row's value does not.
    """

    row: ParsedRow
    field: str
    notice: Notice
    first_row: int = 0
    said: str = ""


def no_doubts(_rows: Sequence[ParsedRow]) -> Iterable[Doubt]:
    """Find nothing to look at."""
    return ()


def no_remarks(_rows: Sequence[ParsedRow]) -> Iterable[FileNotice]:
    """Say nothing about the rows as a whole."""
    return ()


_SAID: Final = "said."


def said_field(field: str) -> str:
    """Name the value that keeps what the file says in a column whose texts mean codes."""
    return _SAID + field


def is_said(field: str) -> bool:
    """Say whether a value is what the file says, word by word."""
    return field.startswith(_SAID)


@dataclass(frozen=True, slots=True)
class KindSpec:
    """A kind of import, wholly described.

    ``permission`` is needed beside ``imports.run``. ``headings``: field → words its column may be headed with, the
    usual one first. ``finish`` makes a record with a key of a row's values; ``review`` lists what a person should look
    at among all rows, ``remarks`` what to say about them as a whole (or refuses the file). ``belongs_to``: the file
    belongs to one thing on file, and a spec made for it holds all columns. ``only_new``: what is on file already is
    never changed. ``drops_repeats``: a row that says again what an earlier one says is left out and is no problem.
    """

    kind: ImportKind
    permission: Permission
    columns: tuple[ColumnSpec, ...]
    headings: Mapping[str, tuple[str, ...]]
    finish: Callable[[Values], Finished]
    review: Callable[[Sequence[ParsedRow]], Iterable[Doubt]] = no_doubts
    needs: Needs = "nothing"
    belongs_to: Belongs = Belongs.NOTHING
    only_new: bool = False
    remarks: Callable[[Sequence[ParsedRow]], Iterable[FileNotice]] = no_remarks
    drops_repeats: bool = False
    already_there: Trouble = Trouble.ALREADY_THERE

    @property
    def has_target(self) -> bool:
        """Say whether a file of the kind belongs to something on file."""
        return self.belongs_to is not Belongs.NOTHING

    def column(self, field: str) -> ColumnSpec | None:
        """Find the column of a field."""
        return next((column for column in self.columns if column.field == field), None)
