"""Words of complaints and requests are found by the database's text index, which nobody can read (R-087)."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import func, insert, select, text
from sqlalchemy.orm import Session

from core.kernel.identity import EstateId
from core.kernel.records import RecordKind
from db.engine import Database
from db.models import Estate, ServiceRecord, ServiceSearch
from db.repositories.service_records import add_record
from db.repositories.service_search import MOST_MARKS, forget_words, index_words, mark_ended, matching
from tests import builders

HERE = ("电梯坏了", "三号楼 水管爆裂，漏水严重", "Parking space B12 is blocked, WiFi router 坏了")


@pytest.fixture
def place(database: Database) -> EstateId:
    builders.with_code_lists(database)
    return builders.estate(database)


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    with database.writing() as connection, connection.begin(), Session(connection) as session:
        yield session


@pytest.fixture
def words(database: Database, place: EstateId, session: Session) -> "Words":
    return Words(database, place, session)


class Words:
    """The text index of one estate in an open transaction."""

    def __init__(self, database: Database, estate: EstateId, session: Session) -> None:
        self.keys, self.session, self.estate, self.last = database.keys, session, estate, 1000
        self.dialect = database.engine.dialect.name

    def add(self, *texts: str, kind: RecordKind = RecordKind.CASE, ended: bool = False, estate: int = 0) -> int:
        self.last += 1
        place = EstateId(estate or self.estate)
        fields: dict[str, Any] = {"kind": kind, "number": f"N{self.last}", "request": "", "registered_at": builders.NOW}
        add_record(self.session, estate=place, record_id=self.last, **fields)
        self.index(self.last, *texts, kind=kind, ended=ended, estate=estate)
        return self.last

    def index(self, record: int, *texts: str, estate: int = 0, **given: Any) -> None:
        fields: dict[str, Any] = {"kind": RecordKind.CASE, "ended": False} | given
        place = EstateId(estate or self.estate)
        index_words(self.session, self.keys, estate=place, record_id=record, texts=texts, **fields)

    def select(self, sought: str, **given: Any) -> Any:
        given = {"kind": RecordKind.CASE, "ended": None, "estates": None} | given
        return matching(self.keys, self.dialect, text=sought, **given)

    def found(self, sought: str, **given: Any) -> set[int]:
        statement = self.select(sought, **given)
        assert statement is not None
        return {row.record_id for row in self.session.execute(statement)}

    def tokens(self, record: int) -> str:
        statement = select(ServiceSearch.tokens).where(ServiceSearch.record_id == record)
        return self.session.scalars(statement).one()


@pytest.mark.parametrize(
    ("sought", "hits"),
    [
        ("电梯", {0}),
        ("梯坏", {0}),
        ("坏了", {0, 2}),
        ("电梯坏了", {0}),
        ("电", {0}),
        ("坏", {0, 2}),
        ("梯电", set()),
        ("电坏", set()),
        ("水管", {1}),
        ("漏水 水管", {1}),
        ("水管 电梯", set()),
        ("裂漏", set()),
        ("parking", {2}),
        ("PARKING SPACE", {2}),
        ("ｐａｒｋｉｎｇ", {2}),
        ("park", set()),
        ("b12", {2}),
        ("wifi坏了", {2}),
        ("space parking", {2}),
        ('"电梯"', {0}),
        ("电梯*", {0}),
        ("NEAR(电梯 坏了)", set()),
        ("电梯 AND 水管", set()),
        ("-电梯", {0}),
        ("tokens:电梯", set()),
        ("电梯%", {0}),
        ("_电梯_", {0}),
        ("电梯'; DROP TABLE service_search; --", set()),
        ("电梯 & ! | <-> ()", {0}),
        ("电梯\\", {0}),
        ("电梯😀", {0}),
        ("严重 " * 4000, {1}),
        ("电梯" * 5000, set()),
        ("zopen", set()),
        ("zz", set()),
    ],
)
def test_words_are_found_as_they_are_typed(words: Words, sought: str, hits: set[int]) -> None:
    records = [words.add(text) for text in HERE]
    assert words.found(sought) == {records[hit] for hit in hits}


@pytest.mark.parametrize("sought", ["", "   ", "，。！", '"*:()', "😀", "\x00", "-- ;"])
def test_nothing_but_signs_is_nothing_to_search_for(words: Words, sought: str) -> None:
    words.add(*HERE)
    assert words.select(sought) is None


def test_characters_apart_are_no_word_and_texts_do_not_run_into_each_other(words: Words) -> None:
    words.add("电……梯", "坏")
    apart = words.add("电 梯坏")
    assert words.found("电梯") == set()
    assert words.found("梯坏") == {apart}


def test_a_long_text_is_found_by_its_first_and_last_words(words: Words) -> None:
    middle = "".join(chr(0x4E00 + number) for number in range(9_990))
    record = words.add(f"电梯坏了，{middle}，水管爆裂")
    for sought in ("电梯坏了", "水管爆裂", "裂", middle[5_000:5_010]):
        assert words.found(sought) == {record}


def test_a_search_of_ten_thousand_different_characters_asks_for_the_first_of_them(words: Words) -> None:
    sought = "".join(chr(0x4E00 + number) for number in range(10_000))
    record, _ = words.add(sought[:80]), words.add(sought[:50])
    assert words.found(sought) == {record}


def test_words_without_gaps_count_each_on_their_own(words: Words) -> None:
    many = " ".join(f"word{number}" for number in range(300))
    record = words.add(many)
    assert words.found(many) == {record}
    assert words.found(many + " unknown") == {record}
    assert words.found("unknown " + many) == set()


def test_a_search_keeps_to_kind_estate_and_state(words: Words, database: Database, session: Session) -> None:
    elsewhere = other_estate(session)
    case, order = words.add("电梯坏了"), words.add("电梯坏了", kind=RecordKind.ORDER)
    ended, far = words.add("电梯坏了", ended=True), words.add("电梯坏了", estate=elsewhere)
    assert words.found("电梯") == {case, ended, far}
    assert words.found("电梯", kind=RecordKind.ORDER) == {order}
    assert words.found("电梯", ended=False) == {case, far}
    assert words.found("电梯", ended=True) == {ended}
    assert words.found("电梯", estates={words.estate}) == {case, ended}
    assert words.found("电梯", estates={words.estate}, ended=False) == {case}
    assert words.found("电梯", estates={words.estate, elsewhere}, ended=False) == {case, far}
    assert words.found("电梯", estates=frozenset()) == set()
    many = {EstateId(number) for number in range(100_000, 100_000 + MOST_MARKS)} | {words.estate}
    assert words.found("电梯", estates=many) == {case, ended}


def test_estate_numbers_that_begin_alike_are_told_apart(words: Words, session: Session) -> None:
    twelve = words.add("电梯坏了", estate=other_estate(session, 12))
    first = words.add("电梯坏了", estate=other_estate(session, 121))
    assert words.found("电梯", estates={EstateId(12)}) == {twelve}
    assert words.found("电梯", estates={EstateId(121)}) == {first}


def test_other_words_take_the_place_of_those_kept_before(words: Words) -> None:
    record = words.add("电梯坏了")
    words.index(record, "水管爆裂")
    assert (words.found("电梯"), words.found("水管")) == (set(), {record})
    assert words.session.scalar(select(func.count()).select_from(ServiceSearch)) == 1


def test_a_record_that_ends_and_opens_again_moves_between_the_two_halves(words: Words) -> None:
    record = words.add("电梯坏了")
    mark_ended(words.session, words.estate, record, True)
    assert (words.found("电梯", ended=False), words.found("电梯", ended=True)) == (set(), {record})
    mark_ended(words.session, words.estate, record, True)
    mark_ended(words.session, words.estate, record, False)
    assert (words.found("电梯", ended=False), words.found("电梯", ended=True)) == ({record}, set())


def test_forgotten_words_are_found_no_more(words: Words) -> None:
    records = [words.add("电梯坏了") for _ in range(4)]
    forget_words(words.session, words.estate, records[0])
    forget_words(words.session, words.estate, *records[1:3])
    assert words.found("电梯") == {records[3]}
    assert words.session.scalar(select(func.count()).select_from(ServiceSearch)) == 1


def test_nobody_reads_the_words_from_the_index(words: Words) -> None:
    said = "电梯坏了，王小明13800138000，Parking B12"
    tokens = words.tokens(words.add(said))
    assert re.fullmatch(r"zkcase zopen ze[a-j]+( zz( [a-p]{8})*)+", tokens)
    assert not {*said.lower(), *re.findall(r"\w+", said)}.intersection(tokens.split())
    again = words.tokens(words.add(said))
    assert again == tokens, "the same words have the same tokens, so that they are found"


def test_another_key_gives_other_tokens(words: Words) -> None:
    record = words.add("电梯坏了")
    index_key = bytes(32)
    words.keys = type(words.keys)(1, words.keys.seal_key, index_key)
    assert words.found("电梯") == set()
    assert words.tokens(record) != words.tokens(words.add("电梯坏了"))


def test_the_text_index_answers_without_reading_every_row(words: Words) -> None:
    words.add("门坏了")
    bulk(words, 2_000)
    target = words.add("电梯坏了")
    statement = words.select("电梯", ended=False, estates={words.estate})
    if words.dialect == "sqlite":
        steps = plan(words, "EXPLAIN QUERY PLAN ", statement)
        assert any(re.search(r"SCAN service_search_words VIRTUAL TABLE INDEX \d+:M", step) for step in steps)
        assert any("SEARCH service_search USING INTEGER PRIMARY KEY" in step for step in steps)
        assert not any(re.search(r"SCAN service_search\b(?!_)", step) for step in steps)
    else:
        words.session.execute(text("ANALYZE service_search"))
        steps = plan(words, "EXPLAIN ", statement)
        assert any("ix_service_search_tokens" in step for step in steps)
        assert not any("Seq Scan on service_search" in step for step in steps)
    assert words.found("电梯", ended=False, estates={words.estate}) == {target}


def other_estate(session: Session, number: int = 77) -> EstateId:
    """Another estate, copied from the first row."""
    first = dict(session.execute(select(Estate.__table__)).mappings().first() or {})
    values = first | {"id": number, "name": f"Estate {number}", "code": f"E{number}", "natural_key": f"{number}"}
    session.execute(insert(Estate), [values])
    return EstateId(number)


def bulk(words: Words, count: int) -> None:
    """Many other records with words of their own, straight into the tables."""
    ids = range(100_000, 100_000 + count)
    own = {"estate_id": words.estate}
    head = {"kind": "case", "request": None, "registered_at": builders.NOW}
    words.session.execute(insert(ServiceRecord), [own | head | {"id": i, "number": f"B{i}"} for i in ids])
    tokens = [" ".join(("zkcase zopen zz", f"{chr(97 + i % 16)}{chr(97 + i // 16 % 16)}aaaaaa")) for i in ids]
    rows = [own | {"record_id": i, "tokens": t} for i, t in zip(ids, tokens, strict=True)]
    words.session.execute(insert(ServiceSearch), rows)


def plan(words: Words, how: str, statement: Any) -> list[str]:
    """The steps the database takes for a statement."""
    compiled = statement.compile(words.session.connection().engine, compile_kwargs={"literal_binds": True})
    return [str(row[-1]) for row in words.session.connection().exec_driver_sql(how + str(compiled))]
