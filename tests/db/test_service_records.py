"""Headers, steps and access of complaints and requests: one number each, words sealed, own records only."""

from collections.abc import Collection, Iterable
from datetime import date, datetime, timedelta
from itertools import product
from typing import Any

import pytest
from sqlalchemy import delete, select, text
from sqlalchemy.exc import DatabaseError, IntegrityError

from core.admin.permissions import SYSTEM, Actor, NotPermitted, Role
from core.complaints.states import CaseState, CaseTie, is_ended, may_see
from core.kernel.identity import EstateId, StaffId
from core.kernel.periods import CHINA
from db.engine import Database
from db.models import Case, ServiceRecord, ServiceStep, ServiceStepText, WorkOrder
from db.operations.service_access import require_case, require_order, require_record, require_to_work_on
from db.repositories.service_access import cases_seen_by, orders_seen_by
from db.repositories.service_records import (
    RecordKind,
    add_record,
    load_record,
    numbers_of_day,
    record_of_request,
    record_with_number,
)
from db.repositories.service_steps import add_step, forget_step_words, steps_of
from db.unit_of_work import NotFound, UnitOfWork
from tests.builders import NOW
from tests.db.service_parts_setup import Parts
from tests.db.service_setup import ServiceWorld, a_service_world
from tests.personas import person


@pytest.fixture
def world(database: Database) -> ServiceWorld:
    return a_service_world(database)


@pytest.fixture
def parts(world: ServiceWorld) -> Parts:
    return Parts(world)


def add(work: UnitOfWork, number: str, **given: Any) -> int:
    plain: dict[str, Any] = {"estate": EstateId(1), "kind": RecordKind.CASE, "request": "", "registered_at": NOW}
    plain.update(given)
    return add_record(work.session, record_id=work.new_id(plain["estate"]), number=number, **plain).id


def test_a_form_sent_twice_is_found_by_its_number(parts: Parts) -> None:
    estate = parts.world.estate
    parts.do(lambda work: add(work, "C-1", request="form-1"))
    parts.do(lambda work: add(work, "C-2"))
    parts.do(lambda work: add(work, "C-3"))

    def numbers(work: UnitOfWork) -> list[str | None]:
        found = [record_of_request(work.session, estate, request) for request in ("form-1", "form-2", "")]
        found.append(record_of_request(work.session, parts.world.lake.estate, "form-1"))
        return [None if row is None else row.number for row in found]

    assert parts.do(numbers) == ["C-1", None, None, None]


@pytest.mark.parametrize("twice", [{"number": "C-1"}, {"number": "C-2", "request": "form-1"}])
def test_numbers_and_forms_are_never_used_twice(parts: Parts, twice: dict[str, str]) -> None:
    parts.do(lambda work: add(work, "C-1", request="form-1"))
    with pytest.raises(IntegrityError):
        parts.do(lambda work: add(work, **twice))


def test_the_numbers_of_a_day_are_those_of_the_business_day_in_china(parts: Parts) -> None:
    estate, day = parts.world.estate, date(2026, 11, 21)

    def store(work: UnitOfWork) -> None:
        midnight = datetime(2026, 11, 21, tzinfo=CHINA)
        for number, at in (
            ("before", midnight - timedelta(microseconds=1)),
            ("first", midnight),
            ("last", midnight + timedelta(days=1) - timedelta(microseconds=1)),
            ("after", midnight + timedelta(days=1)),
        ):
            add(work, number, registered_at=at)
        add(work, "order", kind="order")
        add(work, "far", estate=parts.world.lake.estate)

    parts.do(store)
    numbers = parts.do(lambda work: numbers_of_day(work.session, estate, RecordKind.CASE, day))
    assert numbers == ("first", "last")
    assert parts.do(lambda work: numbers_of_day(work.session, estate, "order", day)) == ("order",)


def test_a_record_is_known_by_its_number_and_kind(parts: Parts) -> None:
    estate = parts.world.estate
    number = parts.do(lambda work: add(work, "C-1"))

    def found(work: UnitOfWork) -> list[int | None]:
        return [
            record_with_number(work.session, estate, RecordKind.CASE, "C-1"),
            record_with_number(work.session, estate, RecordKind.ORDER, "C-1"),
            record_with_number(work.session, parts.world.lake.estate, RecordKind.CASE, "C-1"),
        ]

    assert parts.do(found) == [number, None, None]
    assert parts.do(lambda work: load_record(work.session, estate, 999_999)) is None


def step(work: UnitOfWork, record: int, *, words: dict[str, str], **given: Any) -> int:
    number = work.new_id(EstateId(1))
    plain: dict[str, Any] = {
        "action": "assignment", "source": "classified", "state": "assigned", "facts": {"handler": 3},
        "by": work.actor.user_id, "entered_at": work.now, "done_at": work.now - timedelta(hours=1),
    }  # fmt: skip
    key: dict[str, Any] = {"estate": EstateId(1), "step_id": number, "record_id": record, "words": words}
    add_step(work.session, work.keys, **key, **(plain | given))
    return number


def test_steps_come_back_with_their_words_in_the_order_of_entry(parts: Parts) -> None:
    record, desk = parts.case(), parts.world.people.desk
    first = parts.do(lambda work: step(work, record, words={"note": "王小明说电梯坏了😀", "empty": ""}), by=desk)
    second = parts.do(lambda work: step(work, record, words={"note": ""}, facts={}, source=""), by=SYSTEM)
    with parts.world.database.reading() as connection:
        found = steps_of(connection, parts.world.database.keys, parts.world.estate, record)
    assert [one.step_id for one in found] == [first, second]
    assert (found[0].words, found[1].words) == ({"note": "王小明说电梯坏了😀"}, {})
    assert (found[0].facts, found[1].facts) == ({"handler": 3}, {})
    assert (found[0].made_by, found[0].made_by_name) == (desk.user_id, "周前台")
    assert (found[1].made_by, found[1].made_by_name, found[1].source) == (None, "", "")
    assert (found[0].made_at, found[0].done_at) == (NOW, NOW - timedelta(hours=1))
    assert len(parts.world.rows(ServiceStepText)) == 1, "where nothing was typed nothing is stored"


def test_the_words_of_a_step_are_sealed_for_their_place(parts: Parts) -> None:
    record = parts.case()
    parts.do(lambda work: step(work, record, words={"note": "王小明说电梯坏了"}))
    (row,) = parts.world.rows(ServiceStepText)
    assert "电梯".encode() not in row.words_sealed
    keys = parts.world.database.keys
    assert "电梯坏了" in keys.open(row.words_sealed, place=f"service_step_texts.words:{row.estate_id}:{row.step_id}")


def test_words_can_be_forgotten_and_steps_cannot(parts: Parts) -> None:
    records = [parts.case() for _ in range(3)]
    for record in records:
        parts.do(lambda work, record=record: step(work, record, words={"note": "说明"}))  # type: ignore[misc]
    parts.do(lambda work: forget_step_words(work.session, parts.world.estate, records[:2]))
    with parts.world.database.reading() as connection:
        words = [
            steps_of(connection, parts.world.database.keys, parts.world.estate, record)[0].words for record in records
        ]
    assert words == [{}, {}, {"note": "说明"}]
    for statement in (delete(ServiceStep), text("UPDATE service_steps SET state = 'x'")):
        with pytest.raises(DatabaseError):
            parts.do(lambda work, statement=statement: work.session.execute(statement))  # type: ignore[misc]


STAFF = StaffId(3)
TIES: tuple[frozenset[CaseTie], ...] = (
    frozenset(),
    frozenset({CaseTie.RECEIVER}),
    frozenset({CaseTie.HANDLER}),
    frozenset({CaseTie.COLLABORATOR}),
    frozenset({CaseTie.RECEIVER, CaseTie.HANDLER}),
    frozenset({CaseTie.RECEIVER, CaseTie.COLLABORATOR}),
)


def seen(parts: Parts, who: Actor, model: type[Case] | type[WorkOrder] = Case) -> set[int]:
    condition = cases_seen_by(who) if model is Case else orders_seen_by(who)
    with parts.world.database.reading() as connection:
        return set(connection.execute(select(model.id).where(condition)).scalars())


def tied(parts: Parts, ties: Collection[CaseTie], state: CaseState, who: Actor) -> int:
    """A case in a state with somebody bound to it."""
    given: dict[str, Any] = {"state": state.value, "ended_on": NOW.date() if is_ended(state) else None}
    given["received_by"] = who.user_id if CaseTie.RECEIVER in ties else None
    given["handler_id"] = who.staff if CaseTie.HANDLER in ties else None
    return parts.case(helpers=[who] if CaseTie.COLLABORATOR in ties else (), **given)


def test_the_condition_is_the_rule_for_every_tie_and_state(parts: Parts) -> None:
    handler, desk = parts.world.people.repair_handler, parts.world.people.desk
    cases = {(ties, state): tied(parts, ties, state, handler) for ties, state in product(TIES, CaseState)}
    allowed = {cases[key] for key in cases if may_see(ties=key[0], state=key[1], sees_all=False)}
    assert seen(parts, handler) == allowed
    assert seen(parts, desk) == set(cases.values()), "the front desk sees all"
    assert seen(parts, SYSTEM) == set(cases.values())
    assert seen(parts, parts.world.people.second_handler) == set()


def test_somebody_who_is_no_member_of_staff_sees_what_he_or_she_took_in(parts: Parts) -> None:
    unknown = person(9, "handler", Role.HANDLER)
    parts.case()
    own = parts.case(received_by=unknown.user_id)
    parts.case(received_by=unknown.user_id, state="closed", ended_on=NOW.date())
    nobody = Actor(None, "nobody", frozenset({Role.HANDLER}), None)
    assert seen(parts, unknown) == {own}
    assert seen(parts, nobody) == set()
    assert seen(parts, nobody, WorkOrder) == set()


def test_requests_are_seen_by_whoever_carries_them_out_or_took_them_in(parts: Parts) -> None:
    handler, other = parts.world.people.repair_handler, parts.world.people.second_handler
    ended: dict[str, Any] = {"state": "closed", "ended_on": NOW.date()}
    mine = [parts.order(handler_id=handler.staff), parts.order(handler_id=handler.staff, **ended)]
    taken = [parts.order(received_by=handler.user_id), parts.order(received_by=handler.user_id, **ended)]
    theirs = parts.order(handler_id=other.staff)
    assert seen(parts, handler, WorkOrder) == {*mine, taken[0]}
    assert seen(parts, other, WorkOrder) == {theirs}
    assert seen(parts, parts.world.people.auditor, WorkOrder) == {*mine, *taken, theirs}


def test_one_record_is_given_to_whoever_sees_it_and_to_nobody_else(parts: Parts) -> None:
    people, estate = parts.world.people, parts.world.estate
    case, order = parts.case(handler_id=people.repair_handler.staff), parts.order()
    far = parts.case(estate=parts.world.lake.estate)

    def of(work: UnitOfWork, who: Actor, record: int, at: EstateId = estate) -> str:
        return type(require_record(work.session, who, at, record)).__name__

    assert parts.do(lambda work: of(work, people.repair_handler, case)) == "Case"
    assert parts.do(lambda work: of(work, people.desk, order)) == "WorkOrder"
    assert parts.do(lambda work: of(work, people.lake_desk, far, parts.world.lake.estate)) == "Case"
    not_seen: Iterable[tuple[Actor, int, EstateId]] = (
        (people.second_handler, case, estate),
        (people.second_handler, order, estate),
        (people.desk, 999_999, estate),
        (people.lake_desk, case, estate),
        (people.lake_desk, order, estate),
    )
    for who, record, at in not_seen:
        with pytest.raises(NotFound):
            parts.do(lambda work, who=who, record=record, at=at: of(work, who, record, at))  # type: ignore[misc]
    for require, record in ((require_case, order), (require_order, case)):
        with pytest.raises(NotFound):
            parts.do(
                lambda work, require=require, record=record: require(work.session, people.desk, estate, record)  # type: ignore[misc]
            )


def test_who_only_looks_adds_nothing(parts: Parts) -> None:
    people, estate = parts.world.people, parts.world.estate
    for record, needed in ((parts.case(), "cases.handle"), (parts.order(), "orders.work")):
        for who in (people.desk, people.supervisor, people.manager):
            parts.do(lambda work, who=who, record=record: require_to_work_on(work.session, who, estate, record))  # type: ignore[misc]
        with pytest.raises(NotPermitted) as refusal:
            parts.do(
                lambda work, record=record: require_to_work_on(work.session, people.auditor, estate, record)  # type: ignore[misc]
            )
        assert refusal.value.fields == {"permission": needed}


def test_a_header_stands_before_its_record(parts: Parts) -> None:
    case, order = parts.case(), parts.order()
    kinds = {row.id: row.kind for row in parts.world.rows(ServiceRecord)}
    assert kinds == {case: "case", order: "order"}
