"""Rows that are right alone and doubtful together: listed for a person, never merged (I11)."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from core.imports.codes import Notice
from core.imports.contacts import masked
from core.imports.kinds import ImportKind
from core.imports.rows import ParsedRow, RowProblem
from core.imports.text import Value, folded

MANY_UNITS: Final = 5
"""One phone in more units than this is listed."""


def reviewed(
    kind: ImportKind, sheet: str, rows: Sequence[ParsedRow], headings: Mapping[str, str]
) -> tuple[RowProblem, ...]:
    """List what a person should look at, in the order of the rows."""
    if kind is ImportKind.ESTATES:
        found = _same_names(rows)
    elif kind is ImportKind.CUSTOMERS:
        found = (*_second_owners(rows), *_phones(rows))
    else:
        found = ()
    return tuple(
        RowProblem(
            sheet,
            row.row,
            headings.get(field, ""),
            _shown(row, field),
            notice,
            {"column": headings.get(field, ""), "value": _shown(row, field), "limit": first},
        )
        for row, field, notice, first in sorted(found, key=lambda item: (item[0].row, item[2]))
    )


_Found = tuple[ParsedRow, str, Notice, int]


def _shown(row: ParsedRow, field: str) -> str:
    value = row.values.get(field)
    return str(value or "") if field == "name" and "address" in row.values else masked(value)


def _groups(rows: Iterable[ParsedRow], *, of: Sequence[str]) -> Iterator[list[ParsedRow]]:
    """Group rows by the folded values of some fields; rows without all of them stay out."""
    groups: dict[tuple[str, ...], list[ParsedRow]] = defaultdict(list)
    for row in rows:
        values = [row.values.get(field) for field in of]
        if all(values):
            groups[tuple(folded(str(value)) for value in values)].append(row)
    return (group for group in groups.values() if len(group) > 1)


def _same_names(rows: Sequence[ParsedRow]) -> tuple[_Found, ...]:
    groups = _groups(rows, of=("name",))
    return tuple((row, "name", Notice.SAME_NAME, group[0].row) for group in groups for row in group[1:])


def _second_owners(rows: Sequence[ParsedRow]) -> tuple[_Found, ...]:
    owners = (row for row in rows if row.values.get("relation") == "owner")
    groups = _groups(owners, of=("estate", "unit"))
    return tuple((row, "name", Notice.SECOND_OWNER, group[0].row) for group in groups for row in group[1:])


def _phones(rows: Sequence[ParsedRow]) -> tuple[_Found, ...]:
    found: list[_Found] = []
    for group in _groups(rows, of=("phone",)):
        if len({(row.values["estate"], row.values["unit"]) for row in group}) > MANY_UNITS:
            found.extend((row, "phone", Notice.SHARED_PHONE, group[0].row) for row in group[1:])
        name_in: dict[tuple[Value | None, ...], tuple[str, int]] = {}
        for row in group:
            place = (row.values["estate"], row.values["unit"])
            name = folded(str(row.values["name"]))
            first_name, first_row = name_in.setdefault(place, (name, row.row))
            if first_name != name:
                found.append((row, "name", Notice.SPELLED_TWICE, first_row))
    return tuple(found)
