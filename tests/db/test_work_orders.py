"""Requests are taken in: one form is one request, clocks run, failures make drafts, records are corrected (R-111)."""

import json
from dataclasses import replace
from datetime import timedelta
from threading import Barrier, Thread
from typing import Any

import pytest

from core.admin.permissions import Actor, NotPermitted
from core.customers.unit_record import UnitRetired
from core.kernel.drafts import DraftKind
from core.kernel.errors import BusinessError
from core.kernel.identity import CaseId, CustomerId, UnitId, WorkOrderId
from core.kernel.lines import LineTooLong
from core.work_orders.facts import WorkFacts
from core.work_orders.kinds import FailureNotRepair, PublicSystem, RiskWithoutFailure, WorkKind
from core.work_orders.request import (
    FailureWaits,
    NoticedInFuture,
    RequestGiverMissing,
    RequestIncomplete,
    RequestPlaceMissing,
)
from core.work_orders.states import WorkState
from db.engine import Database
from db.models import ServiceClock, ServiceRecord, Unit, WorkOrder
from db.operations.work_orders import (
    EditRequest,
    RequestClassified,
    SubmitRequest,
    edit_request,
    submit_request,
)
from db.repositories.service_search import matching
from db.repositories.work_orders import facts_of, open_words, record_of
from db.unit_of_work import EditConflict, NotFound, perform
from tests.db.work_setup import CONTENT, WorkWorld, a_work_world


@pytest.fixture
def work(database: Database) -> WorkWorld:
    return a_work_world(database)


def found(work: WorkWorld, text: str) -> set[int]:
    database = work.world.database
    statement = matching(
        database.keys,
        database.engine.dialect.name,
        text=text,
        kind="order",
        ended=False,
        estates=None,
    )
    assert statement is not None
    with database.reading() as connection:
        return {row.record_id for row in connection.execute(statement)}


# Submitting -------------------------------------------------------------------------------------------------------


def test_a_request_has_number_clocks_timeline_words_and_audit_at_once(work: WorkWorld) -> None:
    given = work.submit()
    row = work.row(given.order_id)
    assert given.number.endswith("-R261121-001")
    assert (given.respond_by, given.finish_by) == (work.now + timedelta(hours=4), work.now + timedelta(hours=24))
    assert (row.state, row.kind, row.queue_rank, row.area, row.version) == ("submitted", "repair", 1, "1", 1)
    assert (row.registered_at, row.received_by, row.contactable) == (work.now, work.people.desk.user_id, True)
    assert row.due_target == work.now + timedelta(hours=4)
    assert row.due_hard == work.now + timedelta(hours=24)
    assert row.next_look is not None
    clocks = work.world.rows(ServiceClock, record_id=given.order_id)
    assert {(clock.kind, clock.run, clock.started_at) for clock in clocks} == {
        ("response", 1, work.now),
        ("resolved", 1, work.now),
    }
    (header,) = work.world.rows(ServiceRecord, id=given.order_id)
    assert (header.kind, header.number) == ("order", given.number)
    assert work.actions(given.order_id) == ["submission"]
    assert found(work, "水管漏水") == {given.order_id}
    (entry,) = work.audited()
    assert (entry.action, entry.subject_id) == ("orders.submitted", str(given.order_id))
    assert "漏水" not in entry.after
    assert work.drafts(given.order_id) == []


def test_words_and_callers_are_sealed(work: WorkWorld) -> None:
    record = work.record(customer=None, caller_name="张三丰", caller_phone="139 0000 1234", need="请下午来")
    order = work.submit(record).order_id
    row, keys = work.row(order), work.world.database.keys
    stored = b"".join(value for value in row if isinstance(value, bytes))
    for word in ("漏水", "张三丰", "1234", "下午"):
        assert word.encode() not in stored
    words = open_words(keys, row)
    assert (words.content, words.need, words.caller_name) == (CONTENT, "请下午来", "张三丰")
    assert words.caller_phone == "139 0000 1234"
    assert row.caller_phone_index is not None
    assert found(work, "张三丰") == set()


def test_the_same_form_sent_again_is_the_same_request(work: WorkWorld) -> None:
    first = work.submit(request="form-1")
    work.later(hours=3)
    again = work.submit(work.record(content="换了内容"), request=" form-1 ")
    assert again == first
    assert len(work.world.rows(WorkOrder)) == 1
    assert len(work.audited()) == 1


def test_the_number_of_a_form_serves_one_person_only(work: WorkWorld) -> None:
    work.submit(request="form-1")
    with pytest.raises(NotFound):
        work.submit(request="form-1", by=work.people.supervisor)


def test_the_number_of_a_form_serves_one_estate_only(work: WorkWorld) -> None:
    work.submit(request="form-1")
    lake = work.world.lake
    record = work.record(unit=lake.units[0], customer=lake.owners[0])
    other = work.submit(record, request="form-1", estate_id=lake.estate)
    assert work.row(other.order_id, lake.estate).state == "submitted"


def test_numbers_count_in_each_estate_and_business_day(work: WorkWorld) -> None:
    lake = work.world.lake
    record = work.record(unit=lake.units[0], customer=lake.owners[0])
    numbers = [work.submit().number, work.submit().number, work.submit(record, estate_id=lake.estate).number]
    work.later(hours=16)
    numbers.append(work.submit().number)
    tails = [number.split("-", 1)[1] for number in numbers]
    assert tails == ["R261121-001", "R261121-002", "R261121-001", "R261122-001"]
    assert len(set(numbers)) == 4


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"content": "  "}, RequestIncomplete),
        ({"kind": None}, RequestIncomplete),
        ({"channel": None}, RequestIncomplete),
        ({"noticed_at": None}, RequestIncomplete),
        ({"unit": None}, RequestPlaceMissing),
        ({"customer": None}, RequestGiverMissing),
        ({"kind": WorkKind.CLEANING, "failure": PublicSystem.WATER}, FailureNotRepair),
        ({"people_at_risk": True}, RiskWithoutFailure),
        ({"content": "水" * 2001}, LineTooLong),
        ({"unit": UnitId(999_999)}, NotFound),
        ({"customer": CustomerId(999_999)}, NotFound),
        ({"source_case": CaseId(999_999)}, NotFound),
    ],
)
def test_what_cannot_be_is_refused_and_leaves_nothing(
    work: WorkWorld, given: dict[str, Any], error: type[BusinessError]
) -> None:
    with pytest.raises(error):
        work.submit(work.record(**given))
    assert work.world.rows(WorkOrder) == []
    assert work.world.rows(ServiceRecord) == []
    assert work.audited() == []


def test_unit_and_customer_are_of_the_estate(work: WorkWorld) -> None:
    """Both estates number from one; a customer's number of the other estate may name nobody or somebody else here."""
    lake = work.world.lake
    beyond = max(*work.world.maple.units, *work.world.maple.owners, *lake.units, *lake.owners) + 50
    for given in ({"unit": UnitId(beyond)}, {"customer": CustomerId(beyond)}):
        with pytest.raises(NotFound):
            work.submit(work.record(**given))


def test_a_unit_out_of_use_gets_no_request(work: WorkWorld) -> None:
    with work.world.database.writing() as connection, connection.begin():
        units = Unit.__table__
        connection.execute(units.update().where(units.c.id == work.world.maple.units[0]).values(state="retired"))
    with pytest.raises(UnitRetired):
        work.submit()


def test_what_was_noticed_in_future_is_refused(work: WorkWorld) -> None:
    with pytest.raises(NoticedInFuture):
        work.submit(work.record(noticed_at=work.now + timedelta(seconds=1)))


@pytest.mark.parametrize("name", ["auditor", "lake_desk", "lake_handler"])
def test_who_may_not_take_requests_in_here_is_refused(work: WorkWorld, name: str) -> None:
    who: Actor = getattr(work.people, name)
    with pytest.raises(NotPermitted):
        work.submit(by=who)


@pytest.mark.parametrize(
    "text",
    [
        "'; DROP TABLE work_orders; --",
        "<script>alert(1)</script>",
        '=HYPERLINK("http://evil")',
        "水\x00管\u202e漏水\u200b",
        "%(name)s {0} \\x00 🚰",
    ],
)
def test_hostile_text_is_text(work: WorkWorld, text: str) -> None:
    record = work.record(content=text, need=text, place=text[:90], source_reference=text[:90], caller_name=text[:60])
    order = work.submit(record).order_id
    said = open_words(work.world.database.keys, work.row(order))
    assert said.content == said.need
    assert said.content
    assert "\x00" not in said.content + said.caller_name
    assert "\u202e" not in said.content


def test_a_form_number_with_signs_is_cleaned_and_a_long_one_refused(work: WorkWorld) -> None:
    assert work.submit(request="a\x00b").number
    with pytest.raises(LineTooLong):
        work.submit(request="x" * 65)


def test_two_clicks_at_once_make_one_request(work: WorkWorld) -> None:
    barrier, seen, database = Barrier(2, timeout=60), list[Any](), work.world.database
    command = SubmitRequest(work.world.estate, work.record(), "form-1")

    def send() -> None:
        barrier.wait()
        seen.append(perform(database, submit_request, command, identify=lambda _c, _n: work.people.desk, now=work.now))

    threads = [Thread(target=send, daemon=True) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert len(seen) == 2
    assert seen[0] == seen[1]
    assert len(work.world.rows(WorkOrder)) == 1


# Failures ---------------------------------------------------------------------------------------------------------


def test_a_failure_is_on_top_with_two_hours_and_both_drafts(work: WorkWorld) -> None:
    given = work.submit(work.failure())
    row = work.row(given.order_id)
    assert (row.queue_rank, row.failure, row.area) == (0, "water", "1号楼水泵房")
    assert given.respond_by == given.finish_by == row.due_hard == work.now + timedelta(hours=2)
    assert given.drafts == (DraftKind.EVENT, DraftKind.NOTICE)
    event, notice = work.drafts(given.order_id)
    assert [(draft.kind, draft.state, draft.made_by) for draft in (event, notice)] == [
        ("event", "draft", work.people.desk.user_id),
        ("notice", "draft", work.people.desk.user_id),
    ]
    facts = json.loads(event.facts)
    assert (facts["event"], facts["system"], facts["households"]) == ("service_failure", "water", 60)
    told = work.notice(given.order_id)
    assert (told["system"], told["place"], told["state"], told["cause"]) == ("water", "1号楼水泵房", "submitted", None)
    assert told["next_step"] == "find_fault"
    assert told["expected_by"] == "2026-11-21T03:00:00.000000Z"
    assert told["missing"] == []


def test_people_at_risk_make_it_an_accident(work: WorkWorld) -> None:
    record = work.failure(failure=PublicSystem.LIFT, people_at_risk=True, place="2号楼电梯")
    (event,) = work.drafts(work.submit(record).order_id, "event")
    assert json.loads(event.facts)["event"] == "safety_accident"


def test_a_failure_in_a_unit_names_no_household_to_others(work: WorkWorld) -> None:
    record = work.failure(place="", unit=work.world.maple.units[0])
    order = work.submit(record).order_id
    told = work.notice(order)
    assert (told["place"], told["building"], told["missing"]) == ("", "1", ["overview"])


def test_a_failure_agrees_on_no_slot(work: WorkWorld) -> None:
    with pytest.raises(FailureWaits):
        work.submit(work.failure(wanted=work.slot()))


def test_the_ladder_of_a_failure_tells_at_night(work: WorkWorld) -> None:
    """At 23:00 of a Saturday the first step, half of two hours, is due at midnight; a repair's waits for Monday."""
    work.later(hours=14)
    failure = work.row(work.submit(work.failure()).order_id)
    repair = work.row(work.submit().order_id)
    assert failure.next_look == work.now + timedelta(hours=1)
    assert repair.next_look == work.now + timedelta(hours=4)


# Correcting -------------------------------------------------------------------------------------------------------


def edit(work: WorkWorld, order: WorkOrderId, by: Actor | None = None, **given: Any) -> None:
    database = work.world.database
    with database.reading() as connection:
        row = connection.execute(WorkOrder.__table__.select().where(WorkOrder.id == order)).one()
    old = record_of(database.keys, row)
    keep = given.pop("keep_caller", True)
    record = replace(old, caller_name="", caller_phone="") if keep else old
    command = EditRequest(work.world.estate, order, row.version, replace(record, **given), keep_caller=keep)
    work.act(by or work.people.desk, edit_request, command)


def test_a_record_is_corrected_and_what_was_said_before_stays_in_the_timeline(work: WorkWorld) -> None:
    record = work.record(customer=None, caller_name="张三丰", caller_phone="13900001234")
    order = work.submit(record).order_id
    edit(work, order, content="卫生间水管漏水", households=2)
    row = work.row(order)
    words = open_words(work.world.database.keys, row)
    assert (words.content, words.caller_name, row.households) == ("卫生间水管漏水", "张三丰", 2)
    step = work.steps(order)[-1]
    assert (step.action, step.words, step.facts) == (
        "correction",
        {"content": CONTENT},
        {"changed": ["content", "households"]},
    )
    assert found(work, "卫生间") == {order}
    assert found(work, "厨房") == set()
    entry = work.audited()[-1]
    assert entry.action == "orders.edited"
    assert "卫生间" not in entry.after


def test_the_same_values_again_change_nothing(work: WorkWorld) -> None:
    order = work.submit(work.record(wanted=work.slot(hours=1))).order_id
    work.later(hours=5)
    edit(work, order)
    assert (work.row(order).version, work.actions(order)) == (1, ["submission"])
    edit(work, order, content="别的内容")
    assert work.row(order).wanted_start == work.now - timedelta(hours=4)


def test_another_kind_has_its_limits_from_submission_on(work: WorkWorld) -> None:
    order, began = work.submit().order_id, work.now
    work.later(hours=1)
    edit(work, order, kind=WorkKind.CLEANING)
    row = work.row(order)
    assert (row.due_target, row.due_hard) == (began + timedelta(hours=24), None)


def test_a_failure_found_while_correcting_is_drafted_for_and_one_ruled_out_dropped(work: WorkWorld) -> None:
    order = work.submit().order_id
    edit(work, order, failure=PublicSystem.WATER, place="1号楼")
    assert (work.row(order).queue_rank, [draft.state for draft in work.drafts(order)]) == (0, ["draft", "draft"])
    edit(work, order, failure=None)
    dropped = work.drafts(order)
    assert work.row(order).queue_rank == 1
    assert [draft.state for draft in dropped] == ["dropped", "dropped"]
    assert {draft.settled_by for draft in dropped} == {work.people.desk.user_id}
    assert work.actions(order)[-3:] == ["draft_dropped", "draft_dropped", "correction"]
    edit(work, order, failure=PublicSystem.WATER)
    assert [draft.state for draft in work.drafts(order)] == ["dropped", "dropped", "draft", "draft"]


def test_a_classified_record_and_a_stale_form_change_nothing(work: WorkWorld) -> None:
    order = work.submit().order_id
    stale = EditRequest(work.world.estate, order, 1, work.record(content="别的"))
    edit(work, order, households=3)
    with pytest.raises(EditConflict):
        work.act(work.people.desk, edit_request, stale)
    work.classify(order)
    with pytest.raises(RequestClassified):
        edit(work, order, households=4)
    assert work.row(order).households == 3


def test_an_unseen_request_is_not_there(work: WorkWorld) -> None:
    order = work.submit().order_id
    for who in (work.people.repair_handler, work.people.second_handler):
        with pytest.raises(NotFound):
            edit(work, order, by=who, households=9)
    with pytest.raises(NotPermitted):
        edit(work, order, by=work.people.lake_desk, households=9)
    own = work.submit(by=work.people.repair_handler).order_id
    edit(work, own, by=work.people.repair_handler, households=2)
    assert work.row(own).households == 2


def test_the_facts_of_a_row_are_those_of_the_record(work: WorkWorld) -> None:
    given = work.submit(work.failure(people_at_risk=True))
    facts = facts_of(work.row(given.order_id), event=True)
    assert facts == WorkFacts(
        estate=work.world.estate,
        order=given.order_id,
        kind=WorkKind.REPAIR,
        failure=PublicSystem.WATER,
        people_at_risk=True,
        state=WorkState.SUBMITTED,
        registered_at=work.now,
        contactable=False,
        event=True,
    )
