"""One search box for complaints or requests: a number, a room, or words of what was said; the form decides (R-087).

A number finds its record in any state, a room every unit whose code holds the text literally, words what the text index
knows. A text that looks like a room and is none is looked for as words.
"""

import re
import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import ColumnElement, String, and_, false, func, literal, select, tuple_

from core.kernel.identity import EstateId
from core.kernel.records import RecordKind
from db.models import Case, Estate, ServiceRecord, Unit, WorkOrder
from db.queries.paging import contains, search_text
from db.queries.service_rows import Queued
from db.repositories.keyed import Key, keyed
from db.repositories.service_search import matching
from db.unit_of_work import Reader

MOST_UNITS: Final = 300
"""Up to so many rooms are named in the statement; of more the database finds them itself, again."""

_KINDS: Final[Mapping[Any, tuple[RecordKind, str]]] = {
    Case: (RecordKind.CASE, "C"),
    WorkOrder: (RecordKind.ORDER, "R"),
}
"""The kind of a table's records, and the letter before the day in their numbers."""
_NUMBER: Final = re.compile(
    r"(?:(?P<estate>.+)-)?(?P<sign>[CR])?(?P<day>[0-9]{6})-(?P<sequence>[0-9]{1,6})", re.IGNORECASE
)
_ROOM: Final = re.compile(r"(?=.*[0-9])[0-9A-Za-z]+(?:[-/.#][0-9A-Za-z]+)*")


class SearchForm(StrEnum):
    """How a search was understood."""

    NOTHING = "nothing"
    NUMBER = "number"
    ROOM = "room"
    WORDS = "words"


@dataclass(frozen=True, slots=True)
class Search:
    """A search as conditions on records, apart for the open ones and for those that ended."""

    form: SearchForm
    of_open: tuple[ColumnElement[bool], ...] = ()
    of_ended: tuple[ColumnElement[bool], ...] = ()

    @property
    def in_any_state(self) -> bool:
        """Say whether what was found is shown whatever view is chosen."""
        return self.form is SearchForm.NUMBER

    @property
    def of_either(self) -> tuple[ColumnElement[bool], ...]:
        """The conditions for open and ended ones together."""
        if self.of_open == self.of_ended:
            return self.of_open
        return (and_(*self.of_open) | and_(*self.of_ended),)


def search_for(reader: Reader, table: Queued, estate: EstateId | None, text: str) -> Search:
    """Understand a search, in one statement at most."""
    plain = search_text(unicodedata.normalize("NFKC", text))
    if not plain:
        return Search(SearchForm.NOTHING)
    numbered = number_search(reader, table, estate, plain)
    if numbered is not None:
        return Search(SearchForm.NUMBER, (numbered,), (numbered,))
    if _ROOM.fullmatch(plain):
        rooms = _rooms(reader, table, estate, plain)
        if rooms is not None:
            return Search(SearchForm.ROOM, (rooms,), (rooms,))
    of_open, of_ended = (_saying(reader, table, estate, plain, ended=ended) for ended in (False, True))
    return Search(SearchForm.WORDS, (of_open,), (of_ended,))


def among(table: Queued, keys: Collection[Key]) -> ColumnElement[bool]:
    """The condition that a row is one of these."""
    return keyed(table.estate_id, table.id, keys)


def number_search(reader: Reader, table: Queued, estate: EstateId | None, text: str) -> ColumnElement[bool] | None:
    """The condition that a record has the number typed: ``LH-R261121-003`` or its tail ``r261121-3``, ``261121-003``.

    ``None`` for what is no number, which asks the database nothing. A tail may be the number of a record in each
    estate; the number of another kind of record finds nothing.
    """
    number = _NUMBER.fullmatch(text)
    if number is None:
        return None
    kind, sign = _KINDS[table]
    if (number["sign"] or sign).upper() != sign:
        return false()
    tail = literal(f"-{sign}{number['day']}-{int(number['sequence']):03d}", String())
    numbers = select(Estate.code.concat(tail)).where(reader.scope(Estate.id))
    if estate is not None:
        numbers = numbers.where(Estate.id == estate)
    if number["estate"]:
        numbers = numbers.where(func.lower(Estate.code) == func.lower(literal(number["estate"], String())))
    statement = select(ServiceRecord.estate_id, ServiceRecord.id).where(
        ServiceRecord.number.in_(numbers), ServiceRecord.kind == kind.value, reader.scope(ServiceRecord.estate_id)
    )
    return among(table, [(row.estate_id, row.id) for row in reader.rows(statement)])


def _rooms(reader: Reader, table: Queued, estate: EstateId | None, text: str) -> ColumnElement[bool] | None:
    """The condition that a record is about such a room; ``None`` where no code holds the text."""
    statement = select(Unit.estate_id, Unit.id).where(reader.scope(Unit.estate_id), contains(text, Unit.code))
    if estate is not None:
        statement = statement.where(Unit.estate_id == estate)
    found: list[Key] = [(row.estate_id, row.id) for row in reader.rows(statement.limit(MOST_UNITS + 1))]
    if not found:
        return None
    if len(found) <= MOST_UNITS:
        return keyed(table.estate_id, table.unit_id, found)
    return tuple_(table.estate_id, table.unit_id).in_(statement)


def _saying(reader: Reader, table: Queued, estate: EstateId | None, text: str, *, ended: bool) -> ColumnElement[bool]:
    """The condition that the words of a record hold the text; a text of nothing but signs is found nowhere."""
    estates = reader.actor.estates if estate is None else (estate,)
    found = matching(
        reader.keys, reader.connection.dialect.name, text=text, kind=_KINDS[table][0], ended=ended, estates=estates
    )
    return false() if found is None else tuple_(table.estate_id, table.id).in_(found)
