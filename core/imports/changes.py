"""What an import would write: created, changed, unchanged, and a digest that proves nothing moved meanwhile (R-012)."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from hashlib import sha256

from core.imports.codes import Trouble
from core.imports.rows import Assessment, RowProblem
from core.imports.specs import ImportKind, KindSpec, ParsedRow
from core.imports.text import Value

Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ExistingRecord:
    """A record as it is now: its identity and version, and its values by field.

    Fields the record does not speak of are taken as empty.
    """

    record: str
    version: int
    values: Mapping[str, Value | None]


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field before and after."""

    field: str
    before: Value | None
    after: Value


@dataclass(frozen=True, slots=True)
class ChangedRow:
    """A row that changes a record; ``changes`` is never empty and in the order of the columns."""

    row: ParsedRow
    existing: ExistingRecord
    changes: tuple[FieldChange, ...]


@dataclass(frozen=True, slots=True)
class ImportPlan:
    """What an import would do. Created, changed, unchanged, problem rows and repeats add up to the data rows, always.

    ``digest`` is the SHA-256 of the plan; a commit plans again and refuses when it differs from the preview's.
    """

    kind: ImportKind
    data_rows: int
    created: tuple[ParsedRow, ...]
    changed: tuple[ChangedRow, ...]
    unchanged: tuple[ParsedRow, ...]
    problems: tuple[RowProblem, ...]
    digest: str = ""
    repeats: tuple[tuple[int, int], ...] = ()

    @property
    def problem_rows(self) -> int:
        """How many rows stay out."""
        return len({problem.row for problem in self.problems})


def plan_changes(*, assessment: Assessment, existing: Mapping[Key, ExistingRecord], sheet: str = "") -> ImportPlan:
    """Compare rows with the records under their keys (also under the alias of an estate's name and address).

    An empty cell never clears a value. Where the kind only adds, a row that differs from its record is a problem, and
    so is an answer that is missing. A row whose key is new but whose alias belongs to a record with another code,
    and a second row for one record, become problems.
    """
    created: list[ParsedRow] = []
    changed: list[ChangedRow] = []
    unchanged: list[ParsedRow] = []
    problems = list(assessment.problems)
    row_of_record: dict[str, int] = {}
    for row in assessment.rows:
        found = existing.get(row.key)
        known = found or existing.get(row.alias)
        trouble = _conflict(found, existing.get(row.alias), row_of_record)
        if trouble is None and known and assessment.spec.only_new:
            trouble = _already_there(assessment.spec, row, known)
        if trouble:
            problems.append(
                RowProblem(sheet, row.row, "", "", trouble[0], {"column": "", "value": "", "limit": trouble[1]})
            )
            continue
        if known is None:
            created.append(row)
            continue
        row_of_record[known.record] = row.row
        changes = changes_of(row=row, existing=known)
        if changes:
            changed.append(ChangedRow(row, known, changes))
        else:
            unchanged.append(row)
    plan = ImportPlan(
        assessment.kind,
        assessment.data_rows,
        tuple(created),
        tuple(changed),
        tuple(unchanged),
        tuple(problems),
        repeats=assessment.repeats,
    )
    return replace(plan, digest=_digest(plan))


def _conflict(
    by_key: ExistingRecord | None, by_alias: ExistingRecord | None, row_of_record: Mapping[str, int]
) -> tuple[Trouble, str] | None:
    """Say whether the row means two records, takes another's name, or comes second for one record."""
    if by_alias and (by_key is None or by_key.record != by_alias.record):
        other = by_alias.values.get("code")
        if by_key is not None or other:
            return Trouble.KEY_CONFLICT, str(other or "")
    known = by_key or by_alias
    if known and known.record in row_of_record:
        return Trouble.DUPLICATE, str(row_of_record[known.record])
    return None


def _already_there(spec: KindSpec, row: ParsedRow, known: ExistingRecord) -> tuple[Trouble, str] | None:
    """Say whether a record that an import may not change says something else than the row."""
    answers = [column.field for column in spec.columns if column.recodable]
    differs = changes_of(row=row, existing=known) or any(
        row.values.get(field) != known.values.get(field) for field in answers
    )
    return (spec.already_there, known.record) if differs else None


def changes_of(*, row: ParsedRow, existing: ExistingRecord) -> tuple[FieldChange, ...]:
    """Give the fields in which a row differs from its record; an empty cell is no difference."""
    return tuple(
        FieldChange(field, existing.values.get(field), value)
        for field, value in row.values.items()
        if value is not None and value != existing.values.get(field)
    )


def _digest(plan: ImportPlan) -> str:
    content = {
        "kind": plan.kind.value,
        "created": [[row.row, row.key, _canonical(row.values)] for row in plan.created],
        "changed": [
            [
                c.row.row,
                c.row.key,
                c.existing.record,
                c.existing.version,
                [[f.field, _plain(f.before), _plain(f.after)] for f in c.changes],
            ]
            for c in plan.changed
        ],
        "unchanged": [[row.row, row.key] for row in plan.unchanged],
        "problems": [[problem.row, problem.column, problem.code] for problem in plan.problems],
    }
    text = json.dumps(content, ensure_ascii=True, sort_keys=True, separators=(",", ":"))
    return sha256(text.encode("ascii")).hexdigest()


def digest_of(values: Mapping[str, Value | None]) -> str:
    """Give the SHA-256 of what a row says; two rows that say the same have the same."""
    text = json.dumps(_canonical(values), ensure_ascii=True, sort_keys=True, separators=(",", ":"))
    return sha256(text.encode("ascii")).hexdigest()


def _canonical(values: Mapping[str, Value | None]) -> dict[str, object]:
    return {field: _plain(value) for field, value in values.items()}


def _plain(value: Value | None) -> object:
    """Write a value so that equal values look equal: decimals without trailing zeros, days in ISO, kinds marked."""
    if isinstance(value, Decimal):
        return ["decimal", f"{value.normalize():f}"]
    if isinstance(value, date):
        return ["date", value.isoformat()]
    return list(value) if isinstance(value, tuple) else value
