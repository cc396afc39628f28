"""One case with all its page needs, and what the person asking may do with it (R-079, R-082, R-088, R-095, R-101)."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from core.admin.permissions import Actor, NotPermitted
from core.complaints.grading import CaseGrade, GradeDecision, HandlingType
from core.complaints.handling_steps import Assignment, Classification, Collaborator
from core.complaints.outcome_steps import (
    CallBack,
    Closing,
    Merge,
    NoCallBack,
    OwnCallBack,
    Reopening,
    Resolution,
    Withdrawal,
)
from core.complaints.states import CaseProgress, CaseState
from core.complaints.taxonomy import (
    CaseCategory,
    CaseChannel,
    Emotion,
    RecordType,
    RootCause,
    Solution,
    SubCategory,
)
from core.kernel.attachments import LinkTarget
from core.kernel.errors import BusinessError
from core.kernel.identity import CaseId, EstateId, WorkOrderId
from core.kernel.money import Money
from db.engine import Database
from db.models import Bill, BillRun, Measure, ServiceLink, Tariff
from db.operations.case_moves import (
    EscalateCase,
    LinkMeasure,
    MergeCase,
    MoveCase,
    ReclassifyCase,
    TransferCase,
    escalate_case,
    link_measure,
    merge_case,
    move_case,
    reclassify_case,
    transfer_case,
)
from db.operations.cases import EditCase, edit_case
from db.queries.case_card import CaseCard, CaseWanted, case_card
from db.queries.service_rows import Deadline, QueueLevel
from db.unit_of_work import NotFound, UnitOfWork
from tests.builders import NOW
from tests.db.case_queries_setup import add_rows, put
from tests.db.service_setup import ServiceWorld, a_service_world
from tests.db.work_queries_setup import a_request
from tests.personas import EVERYBODY
from tests.statements import count_statements

HOUR = timedelta(hours=1)


@pytest.fixture
def world(database: Database) -> ServiceWorld:
    return a_service_world(database)


def card(world: ServiceWorld, case: CaseId, by: Actor | None = None) -> CaseCard:
    return world.ask(by or world.people.supervisor, case_card, CaseWanted(world.estate, case))


def arrears(world: ServiceWorld, unit: int, *bills: tuple[int, int, date]) -> None:
    """Bills of a unit: amount and paid in fen, due date."""
    keys = {"estate_id": world.estate, "tariff_id": 1, "run_id": 1}
    tariff = {"estate_id": world.estate, "id": 1, "item": "property", "basis": "area", "uses": "", "state": "approved"}
    add_rows(world, Tariff, tariff | {"valid_from": date(2026, 1, 1), "made_at": NOW, "approval_reference": ""})
    run = {"estate_id": world.estate, "id": 1, "month": 202601, "state": "posted", "bills": 1, "problems": 0}
    add_rows(world, BillRun, run | {"total_fen": 1, "digest": "", "made_at": NOW})
    rows = [
        keys
        | {"id": n + 1, "unit_id": world.maple.units[unit], "building_id": world.maple.buildings[0], "item": "property"}
        | {"service_month": 202601 + n, "due_date": due, "quantity": 10_000, "unit_price": 1, "amount_fen": amount}
        | {"paid_fen": paid, "posted_on": date(2026, 1, 1)}
        for n, (amount, paid, due) in enumerate(bills)
    ]
    add_rows(world, Bill, *rows)


def a_measure(world: ServiceWorld, number: int = 77) -> int:
    row: dict[str, Any] = {
        "estate_id": world.estate, "id": number, "number": "M26-001", "source": "complaint", "problem": "噪音反复",
        "responsible_id": world.people.supervisor.staff, "deadline": date(2026, 12, 31), "metric": "own",
        "better": "lower", "target_micro": 0, "stage": "plan", "made_at": NOW,
    }  # fmt: skip
    add_rows(world, Measure, row)
    return number


def test_a_case_is_told_in_full_with_its_people_masked(world: ServiceWorld) -> None:
    case = world.register(claim="要求安静", grade=CaseGrade.MAJOR, grade_reason="住户情绪激动", households=1)
    world.now += HOUR
    found = card(world, case)
    assert (found.case_id, found.estate_id, found.estate_name) == (case, world.estate, "Maple Court")
    assert found.number.endswith("-C261121-001")
    assert (found.record_type, found.category, found.sub_category) == (
        RecordType.COMPLAINT, CaseCategory.ENVIRON, SubCategory.NOISE,
    )  # fmt: skip
    assert found.grade == GradeDecision(CaseGrade.MAJOR, CaseGrade.NORMAL, "住户情绪激动")
    assert found.grade.overridden
    assert found.handling == (HandlingType.REGULAR,)
    assert (found.state, found.progress, found.level) == (
        CaseState.CLASSIFIED, CaseProgress.PENDING, QueueLevel.GREEN,
    )  # fmt: skip
    assert found.deadline == Deadline(NOW + 24 * HOUR, is_hard=False)
    assert (found.unit_id, found.unit_code, found.area, found.place) == (world.maple.units[0], "1-101", "1", "")
    assert (found.happened_at, found.registered_at) == (NOW - HOUR, NOW)
    assert (found.channel, found.emotion, found.anonymous) == (CaseChannel.PHONE, Emotion.DISSATISFIED, False)
    assert (found.content, found.claim, found.source_reference) == ("楼上深夜装修，噪音很大", "要求安静", "")
    assert found.giver is not None
    assert (found.giver.customer_id, found.giver.name, found.giver.has_phone) == (world.maple.owners[0], "枫*一", True)
    assert found.giver.phone.startswith("138****")
    assert (found.households, found.special, found.repeated, found.needs_rectification) == (1, False, False, False)
    assert (found.department, found.handler, found.handler_name) == ("cleaning", None, "")
    assert (found.receiver, found.receiver_name) == (world.people.desk.user_id, "周前台")
    assert (found.collaborators, found.measure, found.on_hold) == ((), None, False)
    assert found.version == world.case(case).version
    assert found.terms.cases.reopen_days == 30


@pytest.mark.parametrize(
    ("given", "name", "phone"),
    [
        ({"customer": None, "caller_name": "欧阳小明", "caller_phone": "13912345678"}, "欧阳**", "139****5678"),
        ({"customer": None, "caller_name": "王五"}, "王*", ""),
    ],
)
def test_a_caller_who_is_not_on_file_is_masked_alike(
    world: ServiceWorld, given: dict[str, Any], name: str, phone: str
) -> None:
    giver = card(world, world.register(**given)).giver
    assert giver is not None
    assert (giver.customer_id, giver.name, giver.phone, giver.has_phone) == (None, name, phone, bool(phone))


def test_an_anonymous_case_names_nobody(world: ServiceWorld) -> None:
    assert card(world, world.register(anonymous=True, customer=None)).giver is None


def test_the_reason_of_the_grade_is_that_of_the_newest_classification(world: ServiceWorld) -> None:
    case = world.register(grade=CaseGrade.MAJOR, grade_reason="住户情绪激动")
    assert card(world, case).grade.reason == "住户情绪激动"
    data = world.classification(grade=CaseGrade.NORMAL)
    world.act(
        world.people.desk,
        reclassify_case,
        ReclassifyCase(world.estate, case, world.case(case).version, data, "核实后为一般"),
    )
    assert card(world, case).grade == GradeDecision(CaseGrade.NORMAL, CaseGrade.NORMAL, "")


def test_what_came_of_a_case_and_when(world: ServiceWorld) -> None:
    world.now = datetime(2026, 11, 16, 1, tzinfo=UTC)
    case = world.register()
    for state in (CaseState.ASSIGNED, CaseState.RESPONDED, CaseState.RESOLVED, CaseState.CALLED_BACK, CaseState.CLOSED):
        world.later(hours=1)
        world.move_to(case, state)
    found, began = card(world, case), datetime(2026, 11, 16, 1, tzinfo=UTC)
    assert (found.times.responded_at, found.times.resolved_at) == (began + 2 * HOUR, began + 3 * HOUR)
    assert (found.times.called_back_at, found.times.ended_at) == (began + 4 * HOUR, began + 5 * HOUR)
    assert (found.times.reopened_at, found.times.reopenings) == (None, 0)
    assert found.times.reopen_until == date(2026, 12, 16)
    assert (found.outcome.root_cause, found.outcome.solution) == (RootCause.MANAGEMENT, Solution.EXPLANATION)
    assert (found.outcome.satisfied, found.outcome.no_call_back, found.outcome.merged_into) == (True, None, None)
    assert (found.level, found.deadline) == (QueueLevel.NONE, None)
    world.move(case, CaseState.IN_PROGRESS, Reopening(reason="住户再次来电"), by=world.people.desk)
    again = card(world, case)
    assert (again.times.reopenings, again.times.reopened_at, again.times.reopen_until) == (1, world.now, None)


def test_helpers_stand_with_their_part(world: ServiceWorld) -> None:
    people, case = world.people, world.register()
    helper = Collaborator(world.assignee(people.repair_handler), "检查隔音")
    assignment = Assignment(handler=world.assignee(people.service_handler), collaborators=(helper,))
    world.move(case, CaseState.ASSIGNED, assignment)
    (one,) = card(world, case).collaborators
    assert (one.staff_id, one.name, one.part) == (people.repair_handler.staff, "郑维修", "检查隔音")
    assert card(world, case, people.repair_handler).handler_name == "吴客服", "who helps sees the case"


def test_the_household_s_other_open_matters_repeats_and_orders_are_shown(world: ServiceWorld) -> None:
    first = world.register()
    world.later(days=1)
    elsewhere = world.register(unit=world.maple.units[1], customer=world.maple.owners[1])
    other = world.register(sub_category=SubCategory.WASTE, content="垃圾未清")
    second = world.register()
    ended = world.register(sub_category=SubCategory.GREENING)
    world.move(ended, CaseState.WITHDRAWN)
    followed = a_request(world, source_case=second, unit_id=world.maple.units[2])
    linked = a_request(world, unit_id=world.maple.units[0])
    loose = a_request(world, unit_id=world.maple.units[0])
    a_request(world, unit_id=world.maple.units[0], state="closed", ended_on=date(2026, 11, 20), ended_at=NOW)
    _link(world, 1, second, LinkTarget.ORDER, linked)
    found = card(world, second)
    assert [one.record_id for one in found.ties.repeats] == [first]
    assert {one.record_id for one in found.ties.orders} == {followed, linked}
    assert {one.record_id for one in found.ties.neighbours} == {first, other, loose}
    assert elsewhere not in {one.record_id for one in found.ties.neighbours}
    (order,) = [one for one in found.ties.orders if one.record_id == followed]
    assert (order.kind, order.topic, order.state, order.level) == ("order", "repair", "submitted", QueueLevel.GREEN)
    (neighbour,) = [one for one in found.ties.neighbours if one.record_id == other]
    assert (neighbour.kind, neighbour.topic, neighbour.detail) == ("case", "complaint", "waste")
    assert neighbour.number.endswith("-C261122-002")
    assert found.repeated and found.needs_rectification
    assert card(world, first).ties.repeats == (), "later ones flag themselves"


def _link(world: ServiceWorld, number: int, record: int, target: LinkTarget, other: int) -> None:
    row = {"estate_id": world.estate, "id": number, "record_id": record, "target": target.value, "target_id": other}
    add_rows(world, ServiceLink, row | {"made_at": NOW})


def test_a_request_linked_from_its_own_side_belongs_to_the_case_too(world: ServiceWorld) -> None:
    case = world.register()
    order = a_request(world, unit_id=world.maple.units[3])
    _link(world, 1, order, LinkTarget.CASE, case)
    assert [one.record_id for one in card(world, case).ties.orders] == [order]


def test_what_a_handler_may_not_open_is_told_without_an_offer_to_open_it(world: ServiceWorld) -> None:
    people, case = world.people, world.register()
    other = world.register(sub_category=SubCategory.WASTE)
    world.move_to(case, CaseState.ASSIGNED)
    (seen,) = card(world, case, people.service_handler).ties.neighbours
    assert (seen.record_id, seen.may_open) == (other, False)
    (seen,) = card(world, case, people.desk).ties.neighbours
    assert seen.may_open


def test_merged_cases_point_both_ways(world: ServiceWorld) -> None:
    into, gone = world.register(), world.register(unit=world.maple.units[1], customer=world.maple.owners[1])
    command = MergeCase(world.estate, gone, world.case(gone).version, into, "同一装修噪音")
    world.act(world.people.desk, merge_case, command)
    assert [one.record_id for one in card(world, into).ties.merged] == [gone]
    reference = card(world, gone).outcome.merged_into
    assert reference is not None
    assert (reference.case_id, reference.number) == (into, card(world, into).number)
    assert card(world, gone).steps == ()


def test_the_measure_of_a_repeated_complaint_is_named(world: ServiceWorld) -> None:
    world.register()
    case = world.register()
    assert card(world, case).needs_rectification
    put(world, case, measure_id=a_measure(world))
    found = card(world, case)
    assert found.measure is not None and not found.needs_rectification
    assert (found.measure.number, found.measure.deadline) == ("M26-001", date(2026, 12, 31))


def test_arrears_are_for_people_who_may_see_fees(world: ServiceWorld) -> None:
    case, place = world.register(), world.register(unit=None, place="东门", customer=None, caller_name="王五")
    past, today = date(2026, 10, 31), date(2026, 11, 21)
    arrears(world, 0, (10_000, 2_500, past), (5_000, 5_000, past), (7_000, 0, today), (300, 0, date(2026, 11, 20)))
    owed = card(world, case).arrears
    assert owed is not None
    assert (owed.amount, owed.bills, owed.oldest_due) == (Money(7_800), 2, past)
    assert card(world, case, world.people.desk).arrears is None
    assert card(world, place).arrears is None
    arrears_of_nobody = card(world, world.register(unit=world.maple.units[1], customer=world.maple.owners[1])).arrears
    assert arrears_of_nobody is not None and arrears_of_nobody.amount == Money(0)


def test_what_was_forgotten_stays_so_and_leaves_nothing_to_do(world: ServiceWorld) -> None:
    case = world.register()
    world.move(case, CaseState.WITHDRAWN)
    put(world, case, anonymised_at=NOW, anonymous=True, unit_id=None, customer_id=None)
    found = card(world, case)
    assert (found.content, found.claim, found.giver, found.unit_code, found.steps) == ("", "", None, "", ())
    assert not any((found.acts.edit, found.acts.reclassify, found.acts.transfer, found.acts.escalate))
    assert found.times.anonymised_at == NOW


@pytest.mark.parametrize(
    ("estate", "case"), [(0, 10**30), (2**31, 1), (2**40, 1), (-1, 1), (0, -1), (0, 999), (999, 1)]
)
def test_an_address_may_name_any_number_and_finds_nothing(world: ServiceWorld, estate: int, case: int) -> None:
    with pytest.raises(NotFound):
        world.ask(world.people.supervisor, case_card, CaseWanted(EstateId(estate or world.estate), CaseId(case)))


def test_nobody_opens_a_case_beyond_the_own(world: ServiceWorld) -> None:
    case = world.register()
    with pytest.raises(NotFound):
        card(world, case, world.people.service_handler)
    with pytest.raises(NotPermitted):
        card(world, case, world.people.lake_desk)
    wanted = CaseWanted(world.lake.estate, case)
    with pytest.raises(NotFound):
        world.ask(world.people.lake_desk, case_card, wanted)


def test_who_may_not_open_the_pages_of_complaints_is_refused(world: ServiceWorld) -> None:
    case = world.register()
    refusals = {}
    for who in EVERYBODY:
        try:
            card(world, case, who)
        except (NotPermitted, NotFound) as refusal:
            refusals[who.name] = type(refusal)
    refused = {"admin", "accountant", "cashier", "patrol"}
    assert refusals == dict.fromkeys(refused, NotPermitted) | {"handler": NotFound}


def test_a_card_costs_five_statements_whatever_hangs_on_it(world: ServiceWorld) -> None:
    case = world.register()
    with count_statements(world.database) as plain:
        card(world, case)
    for _ in range(3):
        world.register(sub_category=SubCategory.WASTE)
        a_request(world, source_case=case)
    world.move_to(case, CaseState.RESOLVED)
    with count_statements(world.database) as full:
        card(world, case)
    assert (len(plain), len(full)) == (5, 5)


def test_a_tie_lists_the_twenty_newest(world: ServiceWorld) -> None:
    case = world.register()
    made = [a_request(world, source_case=case, registered_at=NOW - n * HOUR) for n in range(23)]
    assert [one.record_id for one in card(world, case).ties.orders] == made[:20]


# --- what is offered is what the operations allow ---------------------------------------------------------------


class Undone(Exception):
    """Thrown when an operation has gone through, so that nothing of it stays."""


def allowed(world: ServiceWorld, who: Actor, operation: Any, command: Any) -> bool:
    """Whether the operation lets the person go on to what the rules say of the step itself; nothing stays of it."""

    def tried(work: UnitOfWork, wanted: Any) -> None:
        operation(work, wanted)
        raise Undone

    try:
        world.act(who, tried, command)
    except (NotPermitted, OwnCallBack, NotFound):
        return False
    except (Undone, BusinessError):
        return True
    raise AssertionError("unreachable")


def _entered(world: ServiceWorld) -> dict[type, Any]:
    """Data for every kind of step."""
    _, answer = world.plain_step(CaseState.RESPONDED)
    _, plan = world.plain_step(CaseState.IN_PROGRESS)
    return {
        Classification: world.classification(),
        Assignment: Assignment(handler=world.assignee(world.people.service_handler)),
        type(answer): answer,
        type(plan): plan,
        Resolution: world.resolution(),
        CallBack: world.call_back(),
        Closing: Closing(note="双方已和解", no_call_back=NoCallBack.DECLINED),
        Withdrawal: Withdrawal(reason="业主来电撤回"),
        Reopening: Reopening(reason="住户再次来电"),
    }


def check_offers(world: ServiceWorld, case: CaseId, into: CaseId) -> int:
    """Hold what each person is offered against what the operations say; give how many offers were compared."""
    people, compared = world.people, 0
    everybody = (people.desk, people.clerk, people.service_handler, people.repair_handler, people.supervisor,
                 people.manager, people.auditor)  # fmt: skip
    for who in everybody:
        try:
            found = card(world, case, who)
        except NotFound:
            continue
        key: Any = (world.estate, case, found.version)
        for step in found.steps:
            if step.data is Merge:
                command, operation = MergeCase(*key, into, "同一噪音问题"), merge_case
            else:
                command, operation = MoveCase(*key, step.target, _entered(world)[step.data]), move_case
            assert allowed(world, who, operation, command) is step.permitted, (who.name, found.state, step)
        record = world.record()
        offers = {
            "edit": (edit_case, EditCase(*key, record)),
            "reclassify": (reclassify_case, ReclassifyCase(*key, world.classification(), "核实后更正")),
            "transfer": (transfer_case, TransferCase(*key, "engineering", None, "属工程部")),
            "give_back": (transfer_case, TransferCase(*key, "", None, "不属本岗位")),
            "escalate": (escalate_case, EscalateCase(*key, "可能发生安全事故")),
            "rectify": (link_measure, LinkMeasure(*key, None)),
        }
        for name, (operation, command) in offers.items():
            if getattr(found.acts, name):
                assert allowed(world, who, operation, command), (who.name, found.state, name)
            elif _state_fits(name, found.state):
                assert not allowed(world, who, operation, command), (who.name, found.state, name)
        compared += len(found.steps) + len(offers)
    return compared


def _state_fits(act: str, state: CaseState) -> bool:
    """Whether only the person stands against it."""
    is_open = state not in (CaseState.CLOSED, CaseState.WITHDRAWN)
    fits = {
        "edit": state is CaseState.REGISTERED,
        "reclassify": is_open and state is not CaseState.REGISTERED,
        "transfer": state in (CaseState.CLASSIFIED, CaseState.ASSIGNED, CaseState.RESPONDED, CaseState.IN_PROGRESS),
        "give_back": False,
        "escalate": is_open,
        "rectify": is_open,
    }
    return fits[act]


@pytest.mark.parametrize(
    "state",
    [
        CaseState.REGISTERED,
        CaseState.CLASSIFIED,
        CaseState.ASSIGNED,
        CaseState.RESPONDED,
        CaseState.IN_PROGRESS,
        CaseState.RESOLVED,
        CaseState.CALLED_BACK,
        CaseState.CLOSED,
    ],
)
def test_what_is_offered_is_what_the_operations_allow(world: ServiceWorld, state: CaseState) -> None:
    into = world.register(unit=world.maple.units[1], customer=world.maple.owners[1])
    case = world.register(category=None, sub_category=None)
    if state is not CaseState.REGISTERED:
        world.move(case, CaseState.CLASSIFIED)
    if state not in (CaseState.REGISTERED, CaseState.CLASSIFIED):
        helper = Collaborator(world.assignee(world.people.repair_handler), "检查隔音")
        handler = world.assignee(world.people.service_handler)
        world.move(case, CaseState.ASSIGNED, Assignment(handler=handler, collaborators=(helper,)))
        world.move_to(case, state)
    assert CaseState(world.case(case).state) is state
    assert check_offers(world, case, into) >= 5 * 6


def test_the_result_a_supervisor_entered_is_called_back_by_somebody_else(world: ServiceWorld) -> None:
    case = world.register()
    world.move_to(case, CaseState.IN_PROGRESS)
    world.move(case, CaseState.RESOLVED, world.resolution(), by=world.people.supervisor)
    permitted = {
        who.name: {step.data: step.permitted for step in card(world, case, who).steps}[CallBack]
        for who in (world.people.supervisor, world.people.manager, world.people.desk, world.people.service_handler)
    }
    assert permitted == {"冯主管": False, "陈经理": True, "周前台": True, "吴客服": False}


def test_a_request_number_is_not_a_case(world: ServiceWorld) -> None:
    order: WorkOrderId = a_request(world)
    with pytest.raises(NotFound):
        card(world, CaseId(order))
