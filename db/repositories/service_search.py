"""Finding a complaint or request by its words without keeping them in the clear: a blind text index (R-087).

Each term (two Han characters, or a word) becomes eight letters of a keyed hash, in the order of the text, so that the
text index of the database finds words and phrases among letters that mean nothing to anybody without the key. Equal
terms have equal letters; that much shows. Words of the portal itself begin with ``z``, which no hash does.
"""

from collections.abc import Collection, Iterable, Iterator
from typing import Any, Final, TypeAlias

from sqlalchemy import (
    ColumnElement,
    Select,
    column,
    delete,
    exists,
    false,
    func,
    insert,
    literal_column,
    select,
    table,
    update,
)
from sqlalchemy.orm import Session

from core.kernel.identity import EstateId
from core.kernel.records import RecordKind
from core.kernel.wording import index_terms, query_phrases, single_signs
from db.keys import KeyRing
from db.models import ServiceSearch

MOST_TERMS: Final = 64
"""Terms of a search that are looked for; what was typed beyond them narrows nothing any more."""

MOST_MARKS: Final = 20
"""Estates named in the text index; above, the estate's column alone narrows the search."""

_FIELD: Final = "service.words"
_BYTES: Final = 4
_LETTERS: Final = str.maketrans("0123456789abcdef", "abcdefghijklmnop")
_BREAK: Final = "zz"
_ENDED: Final = {False: "zopen", True: "zended"}
_SQLITE_WORDS: Final = table("service_search_words", column("rowid"))

Words: TypeAlias = tuple[str, ...]


def index_words(
    session: Session,
    keys: KeyRing,
    *,
    estate: EstateId,
    record_id: int,
    kind: RecordKind | str,
    ended: bool,
    texts: Iterable[str],
) -> None:
    """Keep the words of a record's texts, in the place of those kept before."""
    tokens = search_tokens(keys, estate=estate, kind=kind, ended=ended, texts=texts)
    connection = session.connection()
    changed = update(ServiceSearch).where(*_own(estate, [record_id])).values(tokens=tokens)
    if not connection.execute(changed).rowcount:
        row = {"estate_id": estate, "record_id": record_id, "tokens": tokens}
        connection.execute(insert(ServiceSearch), [row])


def search_tokens(keys: KeyRing, *, estate: EstateId, kind: RecordKind | str, ended: bool, texts: Iterable[str]) -> str:
    """What is kept of a record's texts: the marks of the portal, then the words."""
    return " ".join((*_marks(estate, kind, ended=ended), *_tokens(keys, texts)))


def index_new(
    session: Session,
    keys: KeyRing,
    *,
    estate: EstateId,
    kind: RecordKind | str,
    records: Iterable[tuple[int, bool, Iterable[str]]],
) -> None:
    """Keep the words of many records that have none yet: (record, whether it has ended, its texts)."""
    rows = [
        {
            "estate_id": estate,
            "record_id": record_id,
            "tokens": " ".join((*_marks(estate, kind, ended=ended), *_tokens(keys, texts))),
        }
        for record_id, ended, texts in records
    ]
    if rows:
        session.connection().execute(insert(ServiceSearch), rows)


def mark_ended(session: Session, estate: EstateId, record_id: int, ended: bool) -> None:
    """Note that nobody works on a record any more, or that somebody does again."""
    before, after = _ENDED[not ended], _ENDED[ended]
    tokens = func.replace(ServiceSearch.tokens, f" {before} ", f" {after} ")
    changed = update(ServiceSearch).where(*_own(estate, [record_id])).values(tokens=tokens)
    session.connection().execute(changed)


def forget_words(session: Session, estate: EstateId, record_id: int, *more: int) -> None:
    """Take a record (or several) out of the text index (R-102)."""
    session.connection().execute(delete(ServiceSearch).where(*_own(estate, [record_id, *more])))


def matching(
    keys: KeyRing,
    dialect_name: str,
    *,
    text: str,
    kind: RecordKind | str,
    ended: bool | None,
    estates: Collection[EstateId] | None,
    each: bool = False,
) -> Select[int, int] | None:
    """Select ``(estate_id, record_id)`` of the records that hold all that was typed; ``None`` when it says nothing.

    A run of Han characters is found as it stands, also within a longer one; other words are found whole, whatever their
    case and width; all of them must be there, in any order. ``ended`` narrows to records nobody works on any more, or
    to the others; ``estates`` to some estates (``None``: all). On PostgreSQL only the first 256 places of a term in
    one record can be part of a phrase. ``each``: it will be asked of one record after another, not listed.
    """
    sought = _wanted(keys, text=text, kind=kind, ended=ended, estates=estates)
    if sought is None:
        return None
    find = _on_postgresql if dialect_name != "sqlite" else _each_on_sqlite if each else _on_sqlite
    statement = select(ServiceSearch.estate_id, ServiceSearch.record_id).where(find(*sought))
    if estates is not None:
        own, place = frozenset(estates), ServiceSearch.estate_id + 0  # the text index leads, not the one over estates
        statement = statement.where(place.in_(sorted(own)) if own else false())
    return statement


def how_many(
    keys: KeyRing,
    dialect_name: str,
    *,
    text: str,
    kind: RecordKind | str,
    ended: bool | None,
    estates: Collection[EstateId] | None,
) -> Select[int] | None:
    """Count what :func:`matching` selects in the text index alone; ``None`` where that index does not know it all."""
    sought = _wanted(keys, text=text, kind=kind, ended=ended, estates=estates)
    if sought is None or (estates is not None and not sought[1]):
        return None
    if dialect_name == "sqlite":
        return select(func.count()).select_from(_SQLITE_WORDS).where(_match(*sought))
    return select(func.count()).select_from(ServiceSearch).where(_on_postgresql(*sought))


def _wanted(
    keys: KeyRing, *, text: str, kind: RecordKind | str, ended: bool | None, estates: Collection[EstateId] | None
) -> tuple[list[Words], list[str]] | None:
    """The phrases that must be there, marks included, and the marks of estates one of which must be there, if any."""
    phrases = _sought(text)
    if not phrases:
        return None
    marks = [f"zk{RecordKind(kind).value}"]
    marks += [] if ended is None else [_ENDED[ended]]
    wanted = [tuple(_token(keys, term) for term in phrase) for phrase in phrases] + [(mark,) for mark in marks]
    own = frozenset() if estates is None else frozenset(estates)
    return wanted, sorted(map(_estate_mark, own)) if len(own) <= MOST_MARKS else []


def _on_sqlite(wanted: Iterable[Words], places: Iterable[str]) -> ColumnElement[bool]:
    return ServiceSearch.id.in_(select(_SQLITE_WORDS.c.rowid).where(_match(wanted, places)))


def _each_on_sqlite(wanted: Iterable[Words], places: Iterable[str]) -> ColumnElement[bool]:
    same = _SQLITE_WORDS.c.rowid == ServiceSearch.id
    return exists().where(same, _match(wanted, places)).correlate(ServiceSearch)


def _match(wanted: Iterable[Words], places: Iterable[str]) -> ColumnElement[bool]:
    sought = " AND ".join(f'"{" ".join(phrase)}"' for phrase in wanted)
    anywhere = " OR ".join(f'"{place}"' for place in places)
    match = literal_column("service_search_words").bool_op("MATCH")
    return match(f"({anywhere}) AND {sought}" if anywhere else sought)


def _on_postgresql(wanted: Iterable[Words], places: Iterable[str]) -> ColumnElement[bool]:
    """The very expression the index stands over, so that it is used."""
    simple: ColumnElement[str] = literal_column("'simple'")
    sought = " & ".join(f"({' <-> '.join(phrase)})" for phrase in wanted)
    anywhere = " | ".join(places)
    asked = func.to_tsquery(simple, f"({anywhere}) & {sought}" if anywhere else sought)
    return func.to_tsvector(simple, ServiceSearch.tokens).bool_op("@@")(asked)


def _sought(text: str) -> list[Words]:
    """The phrases that are looked for, cut after so many terms in all."""
    phrases, left = list[Words](), MOST_TERMS
    for phrase in query_phrases(text=text):
        if not left:
            break
        phrases.append(phrase[:left])
        left -= len(phrases[-1])
    return phrases


def _tokens(keys: KeyRing, texts: Iterable[str]) -> Iterator[str]:
    """The words of all texts, with a break before each run; then each Han character alone."""
    said = list(texts)
    seen = dict[str, str]()
    for phrase in (phrase for text in said for phrase in index_terms(text=text)):
        yield _BREAK
        for term in phrase:
            yield seen.get(term) or seen.setdefault(term, _token(keys, term))
    yield _BREAK
    yield from dict.fromkeys(_token(keys, sign) for text in said for sign in single_signs(text=text))


def _marks(estate: EstateId, kind: RecordKind | str, *, ended: bool) -> Words:
    return f"zk{RecordKind(kind).value}", _ENDED[ended], _estate_mark(estate)


def _estate_mark(estate: int) -> str:
    return "ze" + str(estate).translate(_LETTERS)


def _token(keys: KeyRing, term: str) -> str:
    return keys.index(term, field=_FIELD)[:_BYTES].hex().translate(_LETTERS)


def _own(estate: EstateId, record_ids: Collection[int]) -> tuple[Any, ...]:
    return ServiceSearch.estate_id == estate, ServiceSearch.record_id.in_(record_ids)
