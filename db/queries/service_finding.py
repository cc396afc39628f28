"""One search box for complaints or requests: a number, a room, or words of what was said; the form decides (R-087).

A number finds its record in any state, a room every unit whose code holds the text literally, words what the text index
knows. A text that looks like a room and is none is looked for as words.
"""

import re
import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, String, false, func, literal, select, tuple_

from core.kernel.identity import EstateId
from core.kernel.records import RecordKind
from db.models import Case, Estate, ServiceRecord, ServiceSearch, Unit, WorkOrder
from db.queries.paging import contains, search_text
from db.queries.service_rows import Queued
from db.repositories.keyed import Key, keyed
from db.repositories.service_search import how_many, matching
from db.unit_of_work import Reader

MOST_UNITS: Final = 300
"""Up to so many rooms are named in the statement; of more the database finds them itself, again."""

MANY: Final = 20_000
"""From so many finds on, records are asked in their order until the screen is full, rather than all finds listed."""

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
class Words:
    """The words of a search: in which of several ways the text index is best asked depends on how many it finds.

    ``ended``: of records that have ended, of open ones, or ``None`` for all of them.
    """

    reader: Reader
    table: Queued
    estates: Collection[EstateId] | None
    text: str

    def listed(self, *, ended: bool | None) -> ColumnElement[bool]:
        """The condition by a list of all that is found: for few finds among many records."""
        found = self._found(ended=ended)
        return false() if found is None else tuple_(self.table.estate_id, self.table.id).in_(found)

    def of_few(self, *, ended: bool | None) -> ColumnElement[bool]:
        """The condition asked of each record: for few records, however many are found."""
        return self._own(self._found(ended=ended))

    def of_first(self, *, ended: bool | None) -> ColumnElement[bool]:
        """The condition asked of one record after another until the screen is full: for a word that many hold."""
        return self._own(self._found(ended=ended, each=True))

    def count(self, *, ended: bool) -> Select[int] | None:
        """Count all that is found, whoever may see it; ``None`` where the text index alone does not know."""
        return how_many(**self._asked(ended=ended))

    @property
    def in_order(self) -> bool:
        """Whether an index gives the records in order: of one estate, or of all of them."""
        return self.estates is not None or self.reader.actor.estates is None

    def _own(self, found: Select[int, int] | None) -> ColumnElement[bool]:
        own = (ServiceSearch.estate_id == self.table.estate_id, ServiceSearch.record_id == self.table.id)
        return false() if found is None else found.where(*own).correlate(self.table).exists()

    def _found(self, *, ended: bool | None, each: bool = False) -> Select[int, int] | None:
        return matching(**self._asked(ended=ended), each=each)

    def _asked(self, *, ended: bool | None) -> dict[str, Any]:
        reader, kind = self.reader, _KINDS[self.table][0]
        dialect = reader.connection.dialect.name
        estates = reader.actor.estates if self.estates is None else self.estates
        return {"keys": reader.keys, "dialect_name": dialect, "text": self.text, "kind": kind, "ended": ended,
                "estates": estates}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Search:
    """A search as conditions on records, apart for the open ones and for those that ended."""

    form: SearchForm
    of_open: tuple[ColumnElement[bool], ...] = ()
    of_ended: tuple[ColumnElement[bool], ...] = ()
    words: Words | None = None
    of_many: bool = False

    @property
    def in_any_state(self) -> bool:
        """Say whether what was found is shown whatever view is chosen."""
        return self.form is SearchForm.NUMBER

    @property
    def of_either(self) -> tuple[ColumnElement[bool], ...]:
        """The conditions for open and ended ones together."""
        if self.words is None:
            return self.of_open
        return (self.words.of_first(ended=None) if self.of_many else self.words.listed(ended=None),)

    @property
    def of_few_ended(self) -> tuple[ColumnElement[bool], ...]:
        """The conditions for ended ones, where others have narrowed them to a few."""
        return self.of_ended if self.words is None else (self.words.of_few(ended=True),)

    def among_many(self, total: int) -> "Search":
        """The same for the screenful of ``total`` records, in an order that an index has (ended ones, or all)."""
        if self.words is None or total < MANY or not self.words.in_order:
            return self
        return replace(self, of_ended=(self.words.of_first(ended=True),), of_many=True)


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
    words = Words(reader, table, None if estate is None else (estate,), plain)
    return Search(SearchForm.WORDS, (words.listed(ended=False),), (words.listed(ended=True),), words)


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
