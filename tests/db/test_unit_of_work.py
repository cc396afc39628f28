"""One action, one transaction: all or nothing, its audit included; nothing lost when many act at once (R5, R17)."""

import multiprocessing
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import func, insert, select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError

from core.admin.audit import GENESIS, AuditFact, chain_hash, instant_text
from core.admin.permissions import SYSTEM, Actor, NotPermitted, Permission, Role
from core.kernel.errors import BusinessError
from core.kernel.identity import COMPANY, EstateId
from db import engine as engine_module
from db.engine import BUSY_TIMEOUT_MS, Database, open_database
from db.jobs.verify import verify
from db.keys import KeyRing
from db.models import AuditEntry, Bill, CodeItem, Estate, EstateHead
from db.unit_of_work import (
    OPERATIONS,
    QUERIES,
    Busy,
    EditConflict,
    Identify,
    Reader,
    UnitOfWork,
    fetch,
    operation,
    perform,
    query,
)
from tests.db.jobs.books import BILLS, NOW, OpenBooks, open_books
from tests.personas import ACCOUNTANT, CASHIER, PATROL, person

ONE, TWO = EstateId(1), EstateId(2)


@dataclass(frozen=True)
class At:
    estate_id: int
    value: int = 0


@dataclass(frozen=True)
class AtSeveral:
    estate_ids: tuple[int, ...]


class Refused(BusinessError):
    code = "test.refused"


def as_(actor: Actor) -> Identify:
    return lambda _connection, _now: actor


@pytest.fixture
def estates(database: Database) -> Database:
    for number in (1, 2):
        perform(database, open_books, OpenBooks(number), identify=as_(SYSTEM), now=NOW)
    return database


def audit(database: Database) -> list[tuple[int, int, str]]:
    with database.reading() as connection:
        columns = (AuditEntry.chain, AuditEntry.seq, AuditEntry.action)
        rows = connection.execute(select(*columns).order_by(AuditEntry.chain, AuditEntry.seq))
        return [(row.chain, row.seq, row.action) for row in rows]


@operation(Permission.FEES_VIEW)
def note_three(work: UnitOfWork, command: At) -> str:
    work.record("company", ("thing", 1), reason="因为")
    work.record("first", ("thing", "a"), estate=EstateId(command.estate_id), after={"名": [1, True, None, "x"]})
    work.record("second", ("thing", 2), estate=EstateId(command.estate_id), before={"n": 1}, after={"n": 2})
    return "done"


def test_audit_facts_are_chained_per_estate_and_company_in_the_same_transaction(estates: Database) -> None:
    before = audit(estates)
    assert perform(estates, note_three, At(1), identify=as_(ACCOUNTANT), now=NOW) == "done"
    assert [row for row in audit(estates) if row not in before] == [
        (0, 3, "company"),
        (1, 2, "first"),
        (1, 3, "second"),
    ]
    assert verify(estates).is_sound
    with estates.reading() as connection:
        heads = connection.execute(select(EstateHead.audit_count).order_by(EstateHead.estate_id)).scalars().all()
    assert heads == [3, 3, 1]


def test_the_hash_covers_who_what_when_and_why(database: Database) -> None:
    @operation(Permission.DESK_VIEW)
    def note(work: UnitOfWork, _command: None) -> None:
        work.record("a", ("kind", 5), before={"b": 1, "a": "甲"}, reason="r")

    perform(database, note, None, identify=as_(CASHIER), now=NOW)
    fact = AuditFact(
        chain=COMPANY,
        seq=1,
        at=instant_text(NOW),
        actor_id=CASHIER.user_id,
        actor_name=CASHIER.name,
        action="a",
        subject_type="kind",
        subject_id="5",
        before={"a": "甲", "b": 1},
        after=None,
        reason="r",
    )
    with database.reading() as connection:
        row = connection.execute(select(AuditEntry.hash, AuditEntry.at, AuditEntry.before)).one()
    assert (row.hash, row.at, row.before) == (chain_hash(GENESIS, fact), NOW, '{"a":"\\u7532","b":1}')


def test_work_without_a_fact_writes_no_audit(estates: Database) -> None:
    @operation(Permission.DESK_VIEW)
    def quiet(work: UnitOfWork, _command: None) -> int:
        return work.new_id(ONE)

    before = audit(estates)
    perform(estates, quiet, None, identify=as_(PATROL), now=NOW)
    assert audit(estates) == before


def test_held_numbers_are_given_out_before_any_other_and_never_twice(estates: Database) -> None:
    @operation(Permission.DESK_VIEW)
    def several(work: UnitOfWork, _command: None) -> list[int]:
        work.hold_ids(ONE, 2)
        return [work.new_id(ONE), work.new_id(TWO), work.new_id(ONE), work.new_id(ONE), *work.new_ids(ONE, 2)]

    first = perform(estates, several, None, identify=as_(PATROL), now=NOW)
    own = [first[0], *first[2:]]
    assert own == list(range(first[0], first[0] + 5))
    again = perform(estates, several, None, identify=as_(PATROL), now=NOW)
    assert not set(again[2:]) & set(own)
    assert again[0] == own[-1] + 1
    assert again[1] == first[1] + 1


@pytest.mark.parametrize("error", [Refused(), ZeroDivisionError(), KeyboardInterrupt()])
def test_nothing_is_written_when_the_operation_fails(estates: Database, error: BaseException) -> None:
    @operation(Permission.FEES_VIEW)
    def half(work: UnitOfWork, command: At) -> None:
        work.session.execute(update(Bill).values(paid_fen=1))
        work.new_ids(ONE, 10)
        work.record("half", ("bill", 1), estate=ONE)
        work.finish()
        raise error

    before, heads = audit(estates), verify(estates).heads
    with pytest.raises(type(error)):
        perform(estates, half, At(1), identify=as_(ACCOUNTANT), now=NOW)
    assert (audit(estates), verify(estates).heads) == (before, heads)
    with estates.reading() as connection:
        assert connection.execute(select(func.sum(Bill.paid_fen))).scalar() == 0
        assert connection.execute(select(EstateHead.next_id).where(EstateHead.estate_id == 1)).scalar() == 100


def test_a_fact_the_audit_log_does_not_take_undoes_the_work(estates: Database) -> None:
    @operation(Permission.FEES_VIEW)
    def with_a_float(work: UnitOfWork, _command: At) -> None:
        work.session.execute(update(Bill).values(paid_fen=1))
        work.record("x", ("bill", 1), after={"amount": 1.5})

    with pytest.raises(TypeError):
        perform(estates, with_a_float, At(1), identify=as_(ACCOUNTANT), now=NOW)
    assert verify(estates).is_sound


def test_a_rule_of_the_database_undoes_the_work(estates: Database) -> None:
    @operation(Permission.FEES_VIEW)
    def overpay(work: UnitOfWork, _command: At) -> None:
        work.record("x", ("bill", 1), estate=ONE)
        work.session.get_one(Bill, (1, BILLS[0])).paid_fen = 10_001

    before = audit(estates)
    with pytest.raises(IntegrityError):
        perform(estates, overpay, At(1), identify=as_(ACCOUNTANT), now=NOW)
    assert audit(estates) == before


ONLY_ONE = person(11, "one", Role.ACCOUNTANT, estates=frozenset({ONE}))
NOBODY = person(12, "none", Role.ACCOUNTANT, estates=frozenset())


@pytest.mark.parametrize(
    ("actor", "command", "allowed"),
    [
        (ACCOUNTANT, At(1), True),
        (ACCOUNTANT, AtSeveral((1, 2)), True),
        (ONLY_ONE, At(1), True),
        (ONLY_ONE, At(2), False),
        (ONLY_ONE, None, True),
        (ONLY_ONE, AtSeveral((1,)), True),
        (ONLY_ONE, AtSeveral((1, 2)), False),
        (ONLY_ONE, AtSeveral((2, 1)), False),
        (NOBODY, At(1), False),
        (NOBODY, None, True),
        (NOBODY, AtSeveral(()), True),
        (PATROL, At(1), False),
        (PATROL, None, False),
        (PATROL, AtSeveral(()), False),
        (SYSTEM, At(2), True),
    ],
)
def test_an_operation_checks_permission_and_estate_before_it_does_anything(
    estates: Database, actor: Actor, command: object, allowed: bool
) -> None:
    ran: list[object] = []

    @operation(Permission.FEES_VIEW)
    def act(_work: UnitOfWork, given: object) -> None:
        ran.append(given)

    if allowed:
        perform(estates, act, command, identify=as_(actor), now=NOW)
    else:
        with pytest.raises(NotPermitted) as refusal:
            perform(estates, act, command, identify=as_(actor), now=NOW)
        assert refusal.value.fields == {"permission": "fees.view"}
    assert ran == ([command] if allowed else [])


@pytest.mark.parametrize(
    ("actor", "wanted", "allowed"),
    [
        (ONLY_ONE, At(1), True),
        (ONLY_ONE, At(2), False),
        (ONLY_ONE, At(0), True),
        (ONLY_ONE, None, True),
        (PATROL, At(1), False),
        (PATROL, None, False),
    ],
)
def test_a_query_checks_permission_and_the_estate_it_names(
    estates: Database, actor: Actor, wanted: object, allowed: bool
) -> None:
    @query(Permission.FEES_VIEW)
    def ask(_reader: Reader, _wanted: object) -> str:
        return "answer"

    if allowed:
        assert fetch(estates, ask, wanted, actor=actor, now=NOW) == "answer"
    else:
        with pytest.raises(NotPermitted):
            fetch(estates, ask, wanted, actor=actor, now=NOW)


@pytest.mark.parametrize(
    ("actor", "seen"), [(ACCOUNTANT, ["E1", "E2"]), (SYSTEM, ["E1", "E2"]), (ONLY_ONE, ["E1"]), (NOBODY, [])]
)
def test_the_scope_of_a_query_leaves_out_other_estates(estates: Database, actor: Actor, seen: list[str]) -> None:
    @query(Permission.FEES_VIEW)
    def codes(reader: Reader, _wanted: None) -> list[str]:
        statement = select(Estate.code).where(reader.scope(Estate.id)).order_by(Estate.code)
        assert reader.scalar(select(func.count()).select_from(Estate).where(reader.scope(Estate.id))) == len(seen)
        return [row.code for row in reader.rows(statement)]

    assert fetch(estates, codes, None, actor=actor, now=NOW) == seen


def test_who_acts_is_read_inside_the_transaction(estates: Database) -> None:
    def identify(connection: Any, now: datetime) -> Actor:
        assert now == NOW
        assert connection.in_transaction()
        assert connection.execute(text("SELECT 1")).scalar() == 1
        return PATROL

    with pytest.raises(NotPermitted):
        perform(estates, note_three, At(1), identify=identify, now=NOW)


def test_operations_and_queries_are_known_by_name_with_their_permission() -> None:
    assert OPERATIONS[f"{__name__}.note_three"] is Permission.FEES_VIEW
    assert all(isinstance(permission, Permission) for permission in (*OPERATIONS.values(), *QUERIES.values()))


@operation(Permission.FEES_VIEW)
def take_numbers(work: UnitOfWork, command: At) -> tuple[int, ...]:
    given = work.new_ids(EstateId(command.estate_id), command.value)
    if command.value == 3 and given[0] % 2:
        raise Refused
    return tuple(given)


def test_new_numbers_follow_each_other_in_every_estate_by_itself(estates: Database) -> None:
    def numbers(estate: int, count: int) -> tuple[int, ...]:
        return perform(estates, take_numbers, At(estate, count), identify=as_(ACCOUNTANT), now=NOW)

    assert [numbers(1, 2), numbers(2, 1), numbers(1, 1)] == [(100, 101), (100,), (102,)]


def test_new_numbers_never_repeat_while_many_ask_and_some_fail(estates: Database) -> None:
    given: list[int] = []

    def ask(count: int) -> None:
        for _ in range(25):
            with suppress(Refused):
                given.extend(perform(estates, take_numbers, At(1, count), identify=as_(ACCOUNTANT), now=NOW))

    people = [threading.Thread(target=ask, args=(count,)) for count in (1, 2, 3, 4, 3, 1)]
    for one in people:
        one.start()
    for one in people:
        one.join()
    assert len(given) == len(set(given)) >= 25 * 8
    with estates.reading() as connection:
        assert connection.execute(select(EstateHead.next_id).where(EstateHead.estate_id == 1)).scalar_one() > max(given)


@operation(Permission.FEES_VIEW)
def add_one_fen(work: UnitOfWork, _command: At) -> None:
    """Read, think, write: the shape in which an update gets lost."""
    bill = work.session.get_one(Bill, (1, BILLS[0]))
    bill.paid_fen = bill.paid_fen + 1


def add_many(url: str, keys: KeyRing, times: int) -> None:
    """Run in a process of its own. ``Busy`` means that nothing was saved, so it is done again."""
    database = open_database(url, keys)
    done = 0
    while done < times:
        try:
            perform(database, add_one_fen, At(1), identify=as_(ACCOUNTANT), now=NOW)
        except Busy:
            continue
        done += 1
    database.engine.dispose()


def test_r5_four_processes_lose_none_of_two_thousand_updates(
    estates: Database, database_url: str, keys: KeyRing
) -> None:
    spawn = multiprocessing.get_context("spawn")
    people = [spawn.Process(target=add_many, args=(database_url, keys, 500)) for _ in range(4)]
    for one in people:
        one.start()
    for one in people:
        one.join(120)
    assert [one.exitcode for one in people] == [0, 0, 0, 0]
    with estates.reading() as connection:
        bill = select(Bill.paid_fen, Bill.version).where(Bill.estate_id == 1, Bill.id == BILLS[0])
        assert tuple(connection.execute(bill).one()) == (2_000, 2_001)


def test_a_database_held_by_somebody_else_answers_busy_in_time(
    estates: Database, database_url: str, keys: KeyRing, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert BUSY_TIMEOUT_MS == 5_000
    monkeypatch.setattr(engine_module, "BUSY_TIMEOUT_MS", 300)
    monkeypatch.setitem(engine_module._SQLITE_PROMISES, "busy_timeout", "300")
    hurried = open_database(database_url, keys)
    before = audit(estates)
    with estates.writing() as holder, holder.begin():
        holder.execute(select(EstateHead).where(EstateHead.estate_id == 1).with_for_update()).all()
        started = time.monotonic()
        with pytest.raises(Busy):
            perform(hurried, note_three, At(1), identify=as_(ACCOUNTANT), now=NOW)
        assert 0.2 < time.monotonic() - started < 3
    assert audit(estates) == before
    assert perform(hurried, note_three, At(1), identify=as_(ACCOUNTANT), now=NOW) == "done"
    hurried.engine.dispose()


class Lost(Exception):
    def __init__(self, sqlstate: str) -> None:
        super().__init__("could not serialize access")
        self.sqlstate = sqlstate


def failing(times: int, sqlstate: str) -> tuple[Callable[[UnitOfWork, At], int], list[int]]:
    """An operation that loses its race so many times, after it has written something."""
    tries: list[int] = []

    @operation(Permission.FEES_VIEW)
    def act(work: UnitOfWork, _command: At) -> int:
        tries.append(work.new_id(ONE))
        work.record("tried", ("thing", len(tries)), estate=ONE)
        if len(tries) <= times:
            raise OperationalError("UPDATE", {}, Lost(sqlstate))
        return len(tries)

    return act, tries


@pytest.mark.parametrize("sqlstate", ["40001", "40P01"])
def test_a_transaction_that_lost_a_race_is_run_again_as_a_whole(
    estates: Database, sqlstate: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float] = []
    monkeypatch.setattr("db.unit_of_work.time.sleep", waits.append)
    act, tries = failing(4, sqlstate)
    before = audit(estates)
    assert perform(estates, act, At(1), identify=as_(ACCOUNTANT), now=NOW) == 5
    assert tries == [100] * 5, "every try began from the same state"
    assert [row for row in audit(estates) if row not in before] == [(1, 2, "tried")]
    assert len(waits) == 4
    assert all(0 < wait <= 0.25 for wait in waits)


def test_after_five_lost_races_it_gives_up(estates: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("db.unit_of_work.time.sleep", lambda _seconds: None)
    act, tries = failing(99, "40001")
    with pytest.raises(OperationalError):
        perform(estates, act, At(1), identify=as_(ACCOUNTANT), now=NOW)
    assert len(tries) == 5


def test_any_other_error_of_the_database_is_not_tried_again(estates: Database) -> None:
    act, tries = failing(99, "22001")
    with pytest.raises(DBAPIError):
        perform(estates, act, At(1), identify=as_(ACCOUNTANT), now=NOW)
    assert len(tries) == 1


def test_a_row_changed_since_it_was_read_is_an_edit_conflict(database: Database) -> None:
    with database.writing() as connection, connection.begin():
        connection.execute(insert(CodeItem), {"list": "l", "code": "c", "label_zh": "一", "label_en": "one"})

    @operation(Permission.DESK_VIEW)
    def edit(work: UnitOfWork, _command: None) -> None:
        item = work.session.get_one(CodeItem, ("l", "c"))
        work.session.execute(text("UPDATE code_items SET version = version + 1, label_en = 'theirs'"))
        work.record("edit", ("code", "c"))
        item.label_en = "mine"

    with pytest.raises(EditConflict):
        perform(database, edit, None, identify=as_(ACCOUNTANT), now=NOW)
    assert audit(database) == []
    with database.reading() as connection:
        assert connection.execute(select(CodeItem.label_en, CodeItem.version)).one() == ("one", 1)


def test_a_naive_clock_is_a_bug(database: Database) -> None:
    @operation(Permission.DESK_VIEW)
    def note(work: UnitOfWork, _command: None) -> None:
        work.record("a", ("b", 1))

    with pytest.raises(ValueError, match="time zone"):
        perform(database, note, None, identify=as_(PATROL), now=datetime(2026, 1, 1))
    perform(database, note, None, identify=as_(PATROL), now=datetime(2026, 1, 1, tzinfo=UTC))
    assert len(audit(database)) == 1
