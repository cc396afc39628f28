"""The dry run of a sheet: rows with values, rows with problems, and what a person should look at (R-012).

Every data row ends up exactly once: as a row, as a row with problems, or (where the kind leaves them out) as a repeat
of an earlier row. Total rows, notes and repeated headings are no data rows; they are listed as skipped.
"""

from typing import Final

from core.imports.codes import FileRefused, Notice, Refusal, Trouble
from core.imports.contacts import masked
from core.imports.header import ColumnMapping, check_mapping
from core.imports.kinds import spec_of
from core.imports.limits import MAX_ROWS
from core.imports.meanings import chosen_codes
from core.imports.recodes import recode_key
from core.imports.references import References
from core.imports.review import reviewed
from core.imports.rows import Assessment, RowProblem
from core.imports.sheets import FileNotice, Sheet, is_blank
from core.imports.specs import ColumnSpec, Finished, ImportKind, KindSpec, ParsedRow, said_field
from core.imports.text import NOTHING, Cell, Reading, Value, as_text, cleaned, folded
from core.imports.totals import Totals, no_data_reason

LONG_ROWS_PERCENT: Final = 1
"""More long rows than this share of the data rows, and the columns of the file cannot be trusted (F12)."""

SHOWN_VALUE: Final = 60
"""So much of a refused value is shown."""

REMEMBERED: Final = 5_000
"""So many different texts of a column are read only once; building names and uses repeat by the thousand."""

_Values = dict[str, Value | None]
_MISSING: Final = Reading(trouble=Trouble.MISSING)


def assess(
    *, kind: KindSpec | ImportKind, sheet: Sheet, mapping: ColumnMapping, references: References | None = None
) -> Assessment:
    """Read every row of a sheet by an approved mapping. Rows are never half read: one bad cell keeps the row out.

    A kind that belongs to a target is given by its spec, a fixed one may be named alone. With ``references`` the
    estate (and for people the unit) must exist, and keys carry the estate's code.
    Raises ``FileRefused`` without data rows, with more than 50 000, with a mapping that does not fit, when many rows
    are longer than the heading, or when a total the file states differs from its rows.
    """
    check_mapping(kind=kind, mapping=mapping)
    run = _Run(spec_of(kind), sheet, mapping, references)
    for index in range(mapping.data_row - 1, len(sheet.rows)):
        if index in sheet.row_troubles or not is_blank(sheet.rows[index]):
            run.line(index, sheet.rows[index])
    return run.result()


class _Run:
    """Collects what one assessment finds."""

    def __init__(self, spec: KindSpec, sheet: Sheet, mapping: ColumnMapping, references: References | None) -> None:
        self.spec, self.sheet, self.mapping, self.references = spec, sheet, mapping, references
        found = ((column, self.spec.column(column.field or "")) for column in mapping.columns)
        self.columns = tuple((column.index, column.text, spec) for column, spec in found if spec is not None)
        self.headings = {spec.field: text for _, text, spec in self.columns}
        self.constants: _Values = {name: self.constant(name, text) for name, text in mapping.constants}
        self.no_answer = {spec.field: self.recodes(spec) for _, _, spec in self.columns}
        self.codes = {
            spec.field: chosen_codes(choices=mapping.choices, field=spec.field) for _, _, spec in self.columns
        }
        self.totals = Totals(tuple((index, spec) for index, _, spec in self.columns))
        self.readings: dict[str, dict[str, Reading]] = {spec.field: {} for _, _, spec in self.columns}
        self.problems: list[RowProblem] = []
        self.warnings: list[RowProblem] = []
        self.rows: list[ParsedRow] = []
        self.skipped: list[tuple[int, Notice]] = []
        self.first_of: dict[tuple[str, ...], ParsedRow] = {}
        self.repeats: list[tuple[int, int]] = []
        self.long_rows: list[int] = []
        self.data_rows = 0

    def constant(self, name: str, text: str) -> Value:
        spec = self.spec.column(name)
        value = spec.read(text).value if spec else None
        if value is None:
            raise FileRefused(Refusal.BAD_MAPPING, field=name)
        return value

    def recodes(self, spec: ColumnSpec) -> frozenset[str]:
        """Give the texts that a person declared to mean "no answer", as far as they may in this column."""
        if spec.recodable is None:
            return frozenset()
        return frozenset(key for key in map(recode_key, self.mapping.recodes) if spec.recodable(key))

    def line(self, index: int, row: tuple[Cell, ...]) -> None:
        """Read one row that is not blank."""
        skip = no_data_reason(row, mapping=self.mapping, after_total=bool(self.totals.stated))
        if skip:
            self.skipped.append((index + 1, skip))
            self.warnings.append(RowProblem(self.sheet.name, index + 1, "", "", skip))
            if skip is Notice.TOTAL_ROW:
                self.totals.state(index + 1, row)
            return
        self.data_rows += 1
        trouble = self.row_trouble(index, row)
        if trouble:
            self.totals.lose_row()
            self.refuse(index, Reading(trouble=trouble, limit=str(self.mapping.width)))
            return
        values = self.values(index, row)
        if values is not None:
            self.finish(index, values)

    def row_trouble(self, index: int, row: tuple[Cell, ...]) -> Trouble | None:
        """Say why the row as a whole cannot be cut into cells, as when it is longer than the heading (F12)."""
        trouble = self.sheet.row_troubles.get(index)
        if trouble is None and self.sheet.delimited and not is_blank(row[self.mapping.width :]):
            self.long_rows.append(index + 1)
            return Trouble.LONG_ROW
        return trouble

    def values(self, index: int, row: tuple[Cell, ...]) -> _Values | None:
        """Read the cells of a row; ``None`` when one is in trouble."""
        values = self.constants.copy()
        sound, width = True, len(row)
        for position, heading, spec in self.columns:
            cell = row[position] if position < width else None
            reading = self.read(index, position, cell, spec)
            if reading.trouble:
                sound = False
                self.refuse(index, reading, heading=heading, cell=cell, spec=spec)
            elif reading.notice:
                self.warn(index, heading, cell, reading.notice, spec=spec)
            values[spec.field] = reading.value
            if spec.meanings is not None:
                values[said_field(spec.field)] = cleaned(cell).value
            if spec.summed:
                self.totals.add(spec.field, reading)
        return values if sound else None

    def read(self, index: int, position: int, cell: Cell, spec: ColumnSpec) -> Reading:
        trouble = self.sheet.cell_troubles.get((index, position))
        if trouble:
            return Reading(trouble=trouble)
        if not isinstance(cell, str):
            return self.judged(cell, spec)
        known = self.readings[spec.field]
        reading = known.get(cell)
        if reading is None:
            reading = self.judged(cell, spec)
            if len(known) < REMEMBERED:
                known[cell] = reading
        return reading

    def judged(self, cell: Cell, spec: ColumnSpec) -> Reading:
        recoded = self.no_answer[spec.field]
        is_nothing = cell is None or cell == "" or (bool(recoded) and recode_key(cell) in recoded)
        codes = self.codes[spec.field]
        code = codes.get(folded(as_text(cell))) if codes and not is_nothing else None
        reading = NOTHING if is_nothing else Reading(code) if code else spec.read(cell)
        return _MISSING if spec.required and reading.value is None and not reading.trouble else reading

    def finish(self, index: int, values: _Values) -> None:
        """Make a record of the row's values, unless they do not fit together or the record came before."""
        done = self.finished(values)
        if done.trouble is None:
            names = [name for name in (done.key, done.alias) if name]
            first = next((self.first_of[name] for name in names if name in self.first_of), None)
            if first is None:
                row = ParsedRow(index + 1, done.key or ("row", str(index + 1)), done.values, done.alias)
                self.first_of.update(dict.fromkeys(names, row))
                self.rows.append(row)
                return
            if self.spec.drops_repeats and done.values == first.values:
                self.leave_out(index, first.row)
                return
            trouble = Trouble.SAME_NUMBER if self.spec.drops_repeats else Trouble.DUPLICATE
            done = Finished(trouble=trouble, limit=str(first.row))
        value = values.get(done.at)
        heading = self.headings.get(done.at, "")
        cell = value if isinstance(value, str) else None
        reading = Reading(trouble=done.trouble, limit=done.limit)
        self.refuse(index, reading, heading=heading, cell=cell, spec=self.spec.column(done.at))

    def leave_out(self, index: int, first: int) -> None:
        """Note a row that says again what an earlier one says."""
        self.repeats.append((index + 1, first))
        fields: dict[str, str | int] = {"column": "", "value": "", "limit": first}
        self.warnings.append(RowProblem(self.sheet.name, index + 1, "", "", Notice.REPEATED_ROW, fields))

    def finished(self, values: _Values) -> Finished:
        if self.references is None:
            return self.spec.finish(values)
        known = self.references.resolved(values)
        if isinstance(known, Trouble):
            return Finished(trouble=known, at="estate")
        done = self.spec.finish(known)
        if done.trouble is None and self.references.lacks_unit(done.unit):
            return Finished(trouble=Trouble.UNKNOWN_UNIT, at="unit")
        return done

    def refuse(
        self, index: int, reading: Reading, *, heading: str = "", cell: Cell = None, spec: ColumnSpec | None = None
    ) -> None:
        shown = _shown(cell, personal=spec is not None and spec.personal)
        fields: dict[str, str | int] = {"column": heading, "value": shown, "limit": reading.limit}
        self.problems.append(RowProblem(self.sheet.name, index + 1, heading, shown, reading.trouble or "", fields))

    def warn(self, index: int, heading: str, cell: Cell, notice: Notice, *, spec: ColumnSpec) -> None:
        shown = "" if spec.is_apart else _shown(cell, personal=spec.personal)
        fields: dict[str, str | int] = {"column": heading, "value": shown}
        self.warnings.append(RowProblem(self.sheet.name, index + 1, heading, shown, notice, fields))

    def result(self) -> Assessment:
        if not self.data_rows:
            raise FileRefused(Refusal.NO_DATA)
        if self.data_rows > MAX_ROWS:
            raise FileRefused(Refusal.TOO_MANY_ROWS, limit=MAX_ROWS)
        if len(self.long_rows) * 100 > self.data_rows * LONG_ROWS_PERCENT:
            raise FileRefused(Refusal.LONG_ROWS, row=self.long_rows[0], count=len(self.long_rows))
        control_totals = self.totals.checked(self.headings)
        unchecked = (
            RowProblem(self.sheet.name, row, "", "", Notice.TOTAL_UNCHECKED) for row in self.totals.unchecked()
        )
        return Assessment(
            spec=self.spec,
            data_rows=self.data_rows,
            rows=tuple(self.rows),
            problems=tuple(self.problems),
            warnings=(*self.warnings, *unchecked, *self.doubts()),
            notices=(*self.sheet.notices, *self.mapping.notices, *self.hidden_rows(), *self.spec.remarks(self.rows)),
            control_totals=control_totals,
            skipped=tuple(self.skipped),
            repeats=tuple(self.repeats),
        )

    def doubts(self) -> tuple[RowProblem, ...]:
        return reviewed(spec=self.spec, sheet=self.sheet.name, rows=self.rows, headings=self.headings)

    def hidden_rows(self) -> tuple[FileNotice, ...]:
        hidden = sum(row >= self.mapping.data_row - 1 for row in self.sheet.hidden_rows)
        return (FileNotice(Notice.HIDDEN_ROWS, {"count": hidden}),) if hidden else ()


def _shown(cell: Cell, *, personal: bool) -> str:
    """Give what may be shown of a refused value: printable, short, masked where it is personal."""
    shown = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in as_text(cell)[: SHOWN_VALUE + 1])
    if personal:
        return masked(shown)
    return shown if len(shown) <= SHOWN_VALUE else shown[:SHOWN_VALUE] + "…"
