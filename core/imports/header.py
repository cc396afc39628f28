"""Which column is which: the heading among title rows, and a mapping a person approves (F8, F10, F11, F16)."""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from core.imports.codes import FileRefused, Notice, Refusal
from core.imports.kinds import spec_of
from core.imports.meanings import Choice, check_choices
from core.imports.recodes import LONGEST_RECODE, MOST_RECODES
from core.imports.sheets import FileNotice, Sheet
from core.imports.specs import ImportKind, KindSpec
from core.imports.text import Cell, as_text, folded, heading_key
from core.imports.vocabulary import FOREIGN_UNIT, HEADER_BRACKETS

SEARCHED_ROWS: Final = 10
"""The heading must begin in these first rows."""


@dataclass(frozen=True, slots=True)
class HeaderColumn:
    """One column of the file: position from 0, its heading as written, and the field it is read as, if any."""

    index: int
    text: str
    field: str | None = None


@dataclass(frozen=True, slots=True)
class ColumnMapping:
    """How a sheet is read: heading row and first data row (1-based), columns, and fields that are the same throughout.

    ``constants`` are pairs of field and text, as the estate of a list that does not name it. ``recodes`` are texts
    that mean "no answer" in the columns that hold answers, ``choices`` what a person said texts of a column mean.
    """

    header_row: int
    data_row: int
    columns: tuple[HeaderColumn, ...]
    constants: tuple[tuple[str, str], ...] = ()
    notices: tuple[FileNotice, ...] = ()
    recodes: tuple[str, ...] = ()
    choices: tuple[Choice, ...] = ()

    @property
    def fields(self) -> frozenset[str]:
        """The fields the file gives."""
        return frozenset(c.field for c in self.columns if c.field) | {field for field, _ in self.constants}

    @property
    def width(self) -> int:
        """Columns from the first to the last with a heading."""
        return max((column.index for column in self.columns), default=-1) + 1


def missing_fields(*, kind: KindSpec | ImportKind, mapping: ColumnMapping) -> tuple[str, ...]:
    """Name the required fields that no column and no constant gives."""
    return tuple(c.field for c in spec_of(kind).columns if c.required and c.field not in mapping.fields)


def propose_mapping(*, kind: KindSpec | ImportKind, sheet: Sheet) -> ColumnMapping:
    """Find the heading in the first ten rows by its words, one or two rows high, and say what each column is.

    Raises ``FileRefused`` when no row shows two known headings (or the only one needed), when two columns carry the
    same heading, or when a heading carries a unit that would change the size of the numbers.
    """
    spec = spec_of(kind)
    meanings = _ranked(spec)
    candidates = [
        (len(_known(meanings, labels)), -height, -index, labels)
        for index in range(min(SEARCHED_ROWS, len(sheet.rows)))
        for height, labels in _candidates(meanings, sheet.rows, index)
    ]
    known, height, index, labels = max(candidates, key=lambda c: c[:3], default=(0, 0, 0, []))
    height, index = -height, -index
    if known < 2 and not _is_enough(spec, meanings, labels):
        raise FileRefused(Refusal.HEADER_NOT_FOUND, rows=SEARCHED_ROWS)
    columns, notices = _assigned(spec, meanings, labels)
    return ColumnMapping(index + 1, index + height + 1, columns, notices=notices)


def approve_mapping(
    *,
    kind: KindSpec | ImportKind,
    mapping: ColumnMapping,
    fields: Mapping[int, str | None] | None = None,
    constants: Mapping[str, str] | None = None,
    recodes: Sequence[str] | None = None,
    choices: Sequence[Choice] | None = None,
) -> ColumnMapping:
    """Give the mapping as a person decided: ``fields`` by column position replaces the proposal where it speaks.

    Raises ``FileRefused`` for an unknown field or column, a field given twice, a required field given by nothing,
    too many or too long ``recodes``, or ``choices`` that do not fit. Choices for a column that is not read are dropped.
    """
    choice = fields or {}
    fixed = tuple(sorted((constants or {}).items())) if constants is not None else mapping.constants
    if not set(choice) <= {column.index for column in mapping.columns}:
        raise FileRefused(Refusal.BAD_MAPPING, field="")
    columns = tuple(replace(c, field=choice.get(c.index, c.field)) for c in mapping.columns)
    none = mapping.recodes if recodes is None else tuple(recodes)
    given = mapping.choices if choices is None else tuple(choices)
    read = {column.field for column in columns}
    meant = tuple(choice for choice in given if choice.field in read)
    approved = replace(mapping, columns=columns, constants=fixed, recodes=none, choices=meant)
    check_mapping(kind=kind, mapping=approved)
    return approved


def check_mapping(*, kind: KindSpec | ImportKind, mapping: ColumnMapping) -> None:
    """Raise ``FileRefused`` unless every field is known, given once, and every required field is given."""
    spec = spec_of(kind)
    given = [column.field for column in mapping.columns if column.field] + [field for field, _ in mapping.constants]
    for field in given:
        if spec.column(field) is None or given.count(field) > 1:
            raise FileRefused(Refusal.BAD_MAPPING, field=field)
    missing = missing_fields(kind=kind, mapping=mapping)
    if missing:
        raise FileRefused(Refusal.MISSING_COLUMNS, columns=", ".join(missing))
    if len(mapping.recodes) > MOST_RECODES or any(len(text) > LONGEST_RECODE for text in mapping.recodes):
        raise FileRefused(Refusal.BAD_MAPPING, field="recodes")
    check_choices(spec=spec, choices=mapping.choices)
    for column in mapping.columns:
        _check_unit(spec, column)


_Meanings = Mapping[str, list[tuple[int, str]]]
"""Folded heading → fields it may mean, the best first."""


def _meant(meanings: _Meanings, label: str) -> Sequence[tuple[int, str]]:
    """Give the fields a heading may mean: as it is written, else without ornaments and what is in brackets."""
    return meanings.get(folded(label)) or meanings.get(heading_key(label)) or ()


def _candidates(meanings: _Meanings, rows: Sequence[tuple[Cell, ...]], index: int) -> list[tuple[int, list[str]]]:
    """Give the row alone, and joined with the next one as a heading two rows high."""
    upper = [as_text(cell).strip() for cell in rows[index]]
    if index + 1 == len(rows) or sum(map(bool, upper)) < 2:  # a single text above is a title
        return [(1, upper)]
    lower = [as_text(cell).strip() for cell in rows[index + 1]]
    return [(1, upper), (2, _two_rows(meanings, upper, lower))]


def _two_rows(meanings: _Meanings, upper: list[str], lower: list[str]) -> list[str]:
    """Join a heading of two rows: a known lower word speaks alone, an unknown one together with the word above."""
    labels, above = [], ""
    for index in range(max(len(upper), len(lower))):
        top = upper[index] if index < len(upper) else ""
        low = lower[index] if index < len(lower) else ""
        above = top or (above if low else "")
        if _meant(meanings, low):
            labels.append(low)
        else:
            labels.append(above + low if _meant(meanings, above + low) else top or low)
    return labels


def _ranked(spec: KindSpec) -> _Meanings:
    """Give the fields a heading may mean, best first: a word may stand in several fields of one kind."""
    ranked: dict[str, list[tuple[int, str]]] = {}
    for field, words in spec.headings.items():
        for rank, word in enumerate(words):
            ranked.setdefault(folded(word), []).append((rank, field))
    return {word: sorted(meanings) for word, meanings in ranked.items()}


def _known(meanings: _Meanings, labels: list[str]) -> set[str]:
    """Give the fields the headings speak of."""
    return {found[0][1] for label in labels if (found := _meant(meanings, label))}


def _is_enough(spec: KindSpec, meanings: _Meanings, labels: list[str]) -> bool:
    return {column.field for column in spec.columns if column.required} <= _known(meanings, labels)


def _assigned(
    spec: KindSpec, meanings: _Meanings, labels: list[str]
) -> tuple[tuple[HeaderColumn, ...], tuple[FileNotice, ...]]:
    """Give each column its field: the most usual heading wins a field, the others stay unread with a notice."""
    keys = [heading_key(label) for label in labels]
    for index, key in enumerate(keys):
        if key and key in keys[:index] and folded(labels[index]) in map(folded, labels[:index]):
            raise FileRefused(Refusal.DUPLICATE_COLUMN, column=labels[index][:60])
    wishes = sorted(
        (rank, index, field) for index, label in enumerate(labels) for rank, field in _meant(meanings, label)
    )
    taken: dict[str, int] = {}
    field_of: dict[int, str] = {}
    for _, index, field in wishes:
        if field not in taken and index not in field_of:
            taken[field], field_of[index] = index, field
    columns = tuple(HeaderColumn(i, label, field_of.get(i)) for i, label in enumerate(labels) if label)
    for column in columns:
        _check_unit(spec, column)
    return columns, tuple(_unread(meanings, column) for column in columns if column.field is None)


def _unread(meanings: _Meanings, column: HeaderColumn) -> FileNotice:
    twice = bool(_meant(meanings, column.text))
    return FileNotice(Notice.COLUMN_TWICE if twice else Notice.COLUMN_IGNORED, {"column": column.text[:60]})


def _check_unit(spec: KindSpec, column: HeaderColumn) -> None:
    """Refuse a heading whose unit would change the size of the numbers, as 万平方米 or 亩 (M1)."""
    known = spec.column(column.field or "")
    if known is None or known.units is None:
        return
    for unit in HEADER_BRACKETS.findall(unicodedata.normalize("NFKC", column.text)):
        plain = folded(unit)
        if plain not in known.units and FOREIGN_UNIT.search(plain):
            raise FileRefused(Refusal.HEADER_UNIT, column=column.text[:60], unit=unit[:20])
