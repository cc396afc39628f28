"""A complaint leads to a request and hears what became of it, up to the call-back; a caller is opened with a reason."""

from typing import Any

import pytest

from core.admin.permissions import Actor, NotPermitted
from core.complaints.lifecycle import CaseEnded
from core.complaints.states import CaseState
from core.customers.reveals import ContactField, NothingToReveal, RevealReasonTooShort
from core.kernel.identity import CaseId, EstateId, WorkOrderId
from core.work_orders.kinds import WorkChannel, WorkKind
from core.work_orders.outcome_steps import WorkResult
from core.work_orders.request import RequestIncomplete, RequestRecord
from db.engine import Database
from db.models import AuditEntry, ServiceLink, WorkOrder
from db.operations.work_chain import OrderFromCase as OrderOfChain
from db.operations.work_contacts import RevealRequester, reveal_requester
from db.operations.work_moves import OrderFromCase, order_from_case
from db.operations.work_orders import Submitted
from db.queries.service_details import RecordWanted, record_details
from db.repositories.work_orders import open_words
from db.unit_of_work import NotFound
from tests.db.work_setup import WorkWorld, a_work_world


@pytest.fixture
def work(database: Database) -> WorkWorld:
    return a_work_world(database)


def a_case(work: WorkWorld, state: CaseState = CaseState.IN_PROGRESS, **given: Any) -> CaseId:
    """A complaint of the first unit's owner, handled by the service handler."""
    case = work.world.register(**given)
    work.world.move_to(case, state)
    return case


def plain(**given: Any) -> RequestRecord:
    """What a handler types at the case: no place, no time, nobody."""
    values = {"kind": WorkKind.REPAIR, "content": "检修楼上地暖管", "noticed_at": None, "channel": None}
    return RequestRecord(**(values | given))


def open_order(work: WorkWorld, case: CaseId, by: Actor | None = None, **given: Any) -> Submitted:
    request = given.pop("request", None) or work.world.new_request()
    command = OrderFromCase(given.pop("estate", work.world.estate), case, plain(**given), request)
    submitted: Submitted = work.act(by or work.people.service_handler, order_from_case, command)
    return submitted


def told(work: WorkWorld, case: CaseId) -> list[tuple[str, dict[str, Any]]]:
    """What the case's timeline says of its requests."""
    return [(step.action, dict(step.facts)) for step in work.steps(case) if step.action.startswith("order_")]


def test_a_complaint_leads_to_work_and_hears_of_it_up_to_the_call_back(work: WorkWorld) -> None:
    case, people = a_case(work), work.people
    given = open_order(work, case)
    row, of_case = work.row(given.order_id), work.world.case(case)
    assert (row.source_case, row.channel, row.unit_id) == (case, "complaint", of_case.unit_id)
    assert (row.customer_id, row.noticed_at, row.received_by) == (
        of_case.customer_id,
        of_case.happened_at,
        people.service_handler.user_id,
    )
    named = {"order": given.order_id, "number": given.number}
    assert told(work, case) == [("order_opened", named | {"kind": "repair"})]
    work.classify(given.order_id)
    work.assign(given.order_id)
    work.later(hours=2)
    work.carry_out(given.order_id)
    assert told(work, case)[1:] == [("order_done", named | {"result": "done"})]
    step = work.steps(case)[-1]
    assert (step.source, step.state, step.made_by) == ("in_progress", "in_progress", people.repair_handler.user_id)
    work.world.move_to(case, CaseState.CALLED_BACK)
    assert work.world.case(case).state == "called_back"


def test_the_chain_is_followed_both_ways(work: WorkWorld) -> None:
    case = a_case(work)
    given = open_order(work, case)
    (link,) = work.world.rows(ServiceLink)
    assert (link.record_id, link.target, link.target_id) == (case, "order", given.order_id)
    wanted = RecordWanted(work.world.estate, case)
    (there,) = work.world.ask(work.people.desk, record_details, wanted).links
    back_wanted = RecordWanted(work.world.estate, given.order_id)
    (back,) = work.world.ask(work.people.desk, record_details, back_wanted).links
    assert (there.target.value, there.target_id, there.name) == ("order", given.order_id, given.number)
    assert (back.target.value, back.target_id) == ("case", case)


def test_what_became_of_it_is_told_in_every_case(work: WorkWorld) -> None:
    case = a_case(work)
    first, second = open_order(work, case), open_order(work, case, content="另派人查看")
    work.cancel(second.order_id)
    work.classify(first.order_id)
    work.assign(first.order_id)
    work.later(hours=1)
    work.carry_out(first.order_id, result=WorkResult.NOT_POSSIBLE)
    work.reopen(first.order_id)
    assert [(action, facts["number"], facts.get("result"), facts.get("why")) for action, facts in told(work, case)] == [
        ("order_opened", first.number, None, None),
        ("order_opened", second.number, None, None),
        ("order_cancelled", second.number, None, "withdrawn"),
        ("order_done", first.number, "not_possible", None),
        ("order_reopened", first.number, None, None),
    ]


def test_an_open_request_keeps_no_case_from_being_closed(work: WorkWorld) -> None:
    case = a_case(work)
    order = open_order(work, case).order_id
    work.world.move_to(case, CaseState.CLOSED)
    work.classify(order)
    work.assign(order)
    work.later(hours=1)
    work.carry_out(order)
    assert told(work, case)[-1][0] == "order_done"


def test_an_anonymous_complaint_names_nobody_in_the_request(work: WorkWorld) -> None:
    case = a_case(work, anonymous=True, customer=None)
    order = open_order(work, case, caller_name="偷偷写上的名字").order_id
    row = work.row(order)
    assert (row.customer_id, row.caller_name_sealed, row.contactable) == (None, None, False)


def test_a_caller_who_is_not_on_file_goes_along_sealed_anew(work: WorkWorld) -> None:
    case = a_case(work, customer=None, caller_name="张三丰", caller_phone="13900001234")
    row = work.row(open_order(work, case).order_id)
    words = open_words(work.world.database.keys, row)
    assert (words.caller_name, words.caller_phone, row.contactable) == ("张三丰", "13900001234", True)


def test_what_the_handler_typed_goes_before_what_the_case_says(work: WorkWorld) -> None:
    case = a_case(work)
    given = {"place": "2号楼地下室", "caller_name": "物业巡查员", "noticed_at": work.now, "channel": WorkChannel.PHONE}
    row = work.row(open_order(work, case, **given).order_id)
    assert (row.place, row.unit_id, row.customer_id, row.noticed_at, row.channel) == (
        "2号楼地下室",
        None,
        None,
        work.now,
        "complaint",
    )


def test_the_same_form_at_a_case_is_one_request_told_of_once(work: WorkWorld) -> None:
    case = a_case(work)
    first = open_order(work, case, request="form-7")
    assert open_order(work, case, request="form-7") == first
    assert (len(told(work, case)), len(work.world.rows(WorkOrder))) == (1, 1)


def test_who_handles_or_classifies_the_case_may(work: WorkWorld) -> None:
    case, people = a_case(work), work.people
    for who in (people.service_handler, people.desk, people.supervisor):
        assert open_order(work, case, by=who)
    with pytest.raises(NotFound):
        open_order(work, case, by=people.second_handler)
    for who in (people.auditor, people.lake_desk):
        with pytest.raises(NotPermitted):
            open_order(work, case, by=who)


def test_who_only_took_the_case_in_opens_no_request(work: WorkWorld) -> None:
    case = work.world.register(by=work.people.second_handler)
    with pytest.raises(NotPermitted):
        open_order(work, case, by=work.people.second_handler)


@pytest.mark.parametrize("given", [{"content": " "}, {"kind": None}])
def test_a_request_that_lacks_something_is_not_told_of(work: WorkWorld, given: dict[str, Any]) -> None:
    case = a_case(work)
    with pytest.raises(RequestIncomplete):
        open_order(work, case, **given)
    assert told(work, case) == []


def test_a_case_that_has_ended_or_is_elsewhere_leads_to_nothing(work: WorkWorld) -> None:
    case = a_case(work, CaseState.CLOSED)
    with pytest.raises(CaseEnded):
        open_order(work, case, by=work.people.desk)
    for estate, number in ((work.world.lake.estate, case), (work.world.estate, CaseId(999_999))):
        with pytest.raises(NotFound):
            open_order(work, number, by=work.people.supervisor, estate=EstateId(estate))


def test_a_plain_request_may_name_its_case_as_well(work: WorkWorld) -> None:
    case = a_case(work)
    given = work.submit(work.record(source_case=case))
    assert told(work, case) == [("order_opened", {"order": given.order_id, "number": given.number, "kind": "repair"})]
    with pytest.raises(NotFound):
        work.submit(work.record(source_case=case), by=work.people.second_handler)


def test_a_plain_request_does_not_name_a_case_its_giver_only_took_in(work: WorkWorld) -> None:
    case = work.world.register(by=work.people.second_handler)
    with pytest.raises(NotPermitted):
        work.submit(work.record(source_case=case), by=work.people.second_handler)
    assert (told(work, case), work.world.rows(WorkOrder)) == ([], [])


def test_the_command_is_offered_where_the_steps_are() -> None:
    assert OrderOfChain is OrderFromCase


# Opening a caller ---------------------------------------------------------------------------------------------------


def reveal(work: WorkWorld, order: WorkOrderId, field: ContactField, by: Actor | None = None, **given: Any) -> str:
    values = {"estate_id": work.world.estate, "order_id": order, "reason": "联系上门时间"} | given
    opened: str = work.act(by or work.people.desk, reveal_requester, RevealRequester(field=field, **values))
    return opened


def test_a_caller_is_opened_with_a_reason_and_counted(work: WorkWorld) -> None:
    record = work.record(customer=None, caller_name="张三丰", caller_phone="13900001234")
    order = work.submit(record).order_id
    assert reveal(work, order, ContactField.NAME) == "张三丰"
    assert reveal(work, order, ContactField.PHONE) == "13900001234"
    entries = [entry for entry in work.audited() if entry.action == "customers.reveal"]
    assert [(entry.subject_id, entry.actor_id) for entry in entries] == [(str(order), work.people.desk.user_id)] * 2
    assert "13900001234" not in str(entries)


def test_opening_many_callers_alarms(work: WorkWorld) -> None:
    for _ in range(25):
        order = work.submit(work.record(customer=None, caller_name="张三丰")).order_id
        reveal(work, order, ContactField.NAME)
    with work.world.database.reading() as connection:
        alarms = connection.execute(
            AuditEntry.__table__.select().where(AuditEntry.action == "customers.reveal.alarm")
        ).all()
    assert alarms


def test_nothing_is_opened_without_reason_right_or_caller(work: WorkWorld) -> None:
    order = work.submit(work.record(customer=None, caller_name="张三丰")).order_id
    with pytest.raises(RevealReasonTooShort):
        reveal(work, order, ContactField.NAME, reason=" ")
    with pytest.raises(NothingToReveal):
        reveal(work, order, ContactField.PHONE)
    for who in (work.people.repair_handler, work.people.lake_desk):
        with pytest.raises(NotPermitted):
            reveal(work, order, ContactField.NAME, by=who)
    with pytest.raises(NotFound):
        reveal(work, WorkOrderId(999_999), ContactField.NAME)
