"""What an assessment gives back: rows, problems, totals (R-012)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from core.imports.codes import Notice
from core.imports.sheets import FileNotice
from core.imports.specs import ImportKind, KindSpec, ParsedRow


@dataclass(frozen=True, slots=True)
class RowProblem:
    """One remark on one cell or row.

    ``row`` counts from 1 as a spreadsheet shows it, ``column`` is the heading as written (empty for the whole row),
    ``value`` is masked in personal columns, ``code`` is a ``Trouble`` or a ``Notice``; ``fields`` fill its sentence
    (``column``, ``value`` and ``limit``).
    """

    sheet: str
    row: int
    column: str
    value: str
    code: str
    fields: Mapping[str, str | int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ControlTotal:
    """A total the file states and the sum of its rows, which agree to the last decimal (M9)."""

    row: int
    field: str
    stated: Decimal
    computed: Decimal


@dataclass(frozen=True, slots=True)
class Assessment:
    """What a sheet came to, read by ``spec``. Rows, rows with problems and repeats add up to the data rows, always.

    ``skipped`` are rows that are no data, with the reason: totals, notes, repeated headings. ``repeats`` say again what
    an earlier row says, as (row, earlier row), and are left out.
    """

    spec: KindSpec
    data_rows: int
    rows: tuple[ParsedRow, ...]
    problems: tuple[RowProblem, ...] = ()
    warnings: tuple[RowProblem, ...] = ()
    notices: tuple[FileNotice, ...] = ()
    control_totals: tuple[ControlTotal, ...] = ()
    skipped: tuple[tuple[int, Notice], ...] = ()
    repeats: tuple[tuple[int, int], ...] = ()

    @property
    def kind(self) -> ImportKind:
        """What the rows are."""
        return self.spec.kind

    @property
    def problem_rows(self) -> int:
        """How many rows have at least one problem."""
        return len({problem.row for problem in self.problems})
