"""Rows that are right alone and doubtful together: listed for a person, never merged (I11)."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from core.imports.codes import Notice
from core.imports.contacts import masked
from core.imports.rows import RowProblem
from core.imports.specs import Doubt, KindSpec, ParsedRow
from core.imports.text import Value, folded

MANY_UNITS: Final = 5
"""One phone in more units than this is listed."""


def reviewed(
    *, spec: KindSpec, sheet: str, rows: Sequence[ParsedRow], headings: Mapping[str, str]
) -> tuple[RowProblem, ...]:
    """List what a person should look at, in the order of the rows; ``headings`` are the file's, by field."""
    found = sorted(spec.review(rows), key=lambda doubt: (doubt.row.row, doubt.notice))
    return tuple(_remark(spec, sheet, doubt, headings.get(doubt.field, "")) for doubt in found)


def _remark(spec: KindSpec, sheet: str, doubt: Doubt, heading: str) -> RowProblem:
    shown = doubt.said or _shown(spec, doubt)
    fields: dict[str, str | int] = {"column": heading, "value": shown, "limit": doubt.first_row}
    return RowProblem(sheet, doubt.row.row, heading, shown, doubt.notice, fields)


def _shown(spec: KindSpec, doubt: Doubt) -> str:
    column = spec.column(doubt.field)
    if column is None or column.is_apart:
        return ""
    value = doubt.row.values.get(doubt.field)
    return masked(value) if column.personal else str(value or "")


def _groups(rows: Iterable[ParsedRow], *, of: Sequence[str]) -> Iterator[list[ParsedRow]]:
    """Group rows by the folded values of some fields; rows without all of them stay out."""
    groups: dict[tuple[str, ...], list[ParsedRow]] = defaultdict(list)
    for row in rows:
        values = [row.values.get(field) for field in of]
        if all(values):
            groups[tuple(folded(str(value)) for value in values)].append(row)
    return (group for group in groups.values() if len(group) > 1)


def _repeated(rows: Iterable[ParsedRow], *, of: Sequence[str], at: str, notice: Notice) -> Iterator[Doubt]:
    """Doubt every row but the first of those that say the same."""
    return (Doubt(row, at, notice, group[0].row) for group in _groups(rows, of=of) for row in group[1:])


def same_names(rows: Sequence[ParsedRow]) -> Iterable[Doubt]:
    """List estates of one name."""
    return _repeated(rows, of=("name",), at="name", notice=Notice.SAME_NAME)


def same_people(rows: Sequence[ParsedRow]) -> Iterable[Doubt]:
    """List second owners of a unit, a phone in many units, and one person spelled twice."""
    owners = (row for row in rows if row.values.get("relation") == "owner")
    return (*_repeated(owners, of=("estate", "unit"), at="name", notice=Notice.SECOND_OWNER), *_phones(rows))


def same_units(rows: Sequence[ParsedRow]) -> Iterable[Doubt]:
    """List further forms of one unit (R-147): a household may well answer twice."""
    return _repeated(rows, of=("unit",), at="unit", notice=Notice.UNIT_AGAIN)


def _phones(rows: Sequence[ParsedRow]) -> Iterator[Doubt]:
    for group in _groups(rows, of=("phone",)):
        if len({(row.values["estate"], row.values["unit"]) for row in group}) > MANY_UNITS:
            yield from (Doubt(row, "phone", Notice.SHARED_PHONE, group[0].row) for row in group[1:])
        name_in: dict[tuple[Value | None, ...], tuple[str, int]] = {}
        for row in group:
            place = (row.values["estate"], row.values["unit"])
            name = folded(str(row.values["name"]))
            first_name, first_row = name_in.setdefault(place, (name, row.row))
            if first_name != name:
                yield Doubt(row, "name", Notice.SPELLED_TWICE, first_row)
