"""The five steps of a request: who may take them, what they store, what they refuse, how time runs (R-112 … R-117)."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import update

from core.admin.codes import CodeUnknown
from core.admin.permissions import SYSTEM, Actor, NotPermitted
from core.admin.settings import SettingKey
from core.kernel.clocks import ClockKind
from core.kernel.errors import BusinessError
from core.kernel.identity import StaffId, WorkOrderId
from core.kernel.lifecycle import ForbiddenMove
from core.kernel.money import Money
from core.kernel.pauses import PauseRequest
from core.kernel.texts import ReasonMissing
from core.staff.posts import NotAssignable
from core.work_orders.facts import WorkStepIncomplete, WorkStepTimeRefused
from core.work_orders.handling_steps import (
    WorkAssignment,
    WorkClassification,
    WorkTransfer,
    WorkTransferChangesNothing,
)
from core.work_orders.kinds import PublicSystem, WorkKind
from core.work_orders.lifecycle import WorkEnded, WorkNotClassified
from core.work_orders.materials import MaterialLine, QuantityRefused, TooManyMaterials
from core.work_orders.outcome_steps import (
    CustomerThere,
    NoRating,
    OwnRating,
    PhotosMissing,
    RatingRefused,
    WorkClosing,
    WorkReopenTooLate,
    WorkResult,
)
from core.work_orders.states import WorkState
from db.engine import Database
from db.models import ServiceClock, ServicePause, ServiceSearch, WorkMaterial, WorkOrder
from db.operations.service_pauses import AskPause, DecidePause, ask_pause, decide_pause
from db.operations.settings import SetSetting, set_setting
from db.operations.work_moves import (
    MoveOrder,
    ReclassifyOrder,
    ReportUpward,
    TransferOrder,
    UpwardReportMade,
    UpwardReportNotDue,
    move_order,
    reclassify_order,
    report_upward,
    transfer_order,
)
from db.unit_of_work import EditConflict, NotFound
from tests.db.work_setup import WorkWorld, a_work_world
from tests.personas import ADMINISTRATOR


@pytest.fixture
def work(database: Database) -> WorkWorld:
    return a_work_world(database)


def transfer(
    work: WorkWorld, order: WorkOrderId, to: Actor | StaffId | None, by: Actor | None = None, **given: Any
) -> None:
    values = {"department": "", "handler": None if to is None else work.somebody(to), "reason": "另有急事，转他人处理"}
    data = WorkTransfer(**(values | given))
    command = TransferOrder(work.world.estate, order, work.row(order).version, data)
    work.act(by or work.people.supervisor, transfer_order, command)


def reclassify(work: WorkWorld, order: WorkOrderId, by: Actor | None = None, **given: Any) -> None:
    data = WorkClassification(**({"kind": WorkKind.REPAIR} | given))
    command = ReclassifyOrder(work.world.estate, order, work.row(order).version, data, "现场查看后更正")
    work.act(by or work.people.desk, reclassify_order, command)


def report(work: WorkWorld, order: WorkOrderId, by: Actor | None = None, reason: str = "配件缺货，等厂家发货") -> None:
    command = ReportUpward(work.world.estate, order, work.row(order).version, reason)
    work.act(by or work.people.repair_handler, report_upward, command)


def clocks(work: WorkWorld, order: WorkOrderId) -> dict[tuple[str, int], Any]:
    return {(clock.kind, clock.run): clock for clock in work.world.rows(ServiceClock, record_id=order)}


# All five steps -----------------------------------------------------------------------------------------------------


def test_a_request_goes_from_submitted_to_closed_with_person_and_time_of_each_step(work: WorkWorld) -> None:
    order, people = work.submit().order_id, work.people
    work.later(minutes=10)
    work.classify(order)
    work.assign(order)
    work.later(hours=2)
    work.answer(order)
    work.later(hours=3)
    work.carry_out(order)
    work.later(hours=1)
    work.report_back(order)
    work.later(days=1)
    work.close(order, rating=4, comment="挺快的")
    row = work.row(order)
    assert (row.state, row.rating, row.no_rating, row.ended_on) == ("closed", 4, "", date(2026, 11, 22))
    assert (row.cause, row.result, row.department, row.handler_id) == (
        "wear",
        "done",
        "engineering",
        people.repair_handler.staff,
    )
    assert (row.due_target, row.due_hard, row.next_look) == (None, None, None)
    steps = work.steps(order)
    assert [(step.action, step.source, step.state, step.made_by) for step in steps] == [
        ("submission", "", "submitted", people.desk.user_id),
        ("classification", "submitted", "classified", people.desk.user_id),
        ("assignment", "classified", "assigned", people.supervisor.user_id),
        ("answer", "assigned", "under_way", people.repair_handler.user_id),
        ("execution", "under_way", "carried_out", people.repair_handler.user_id),
        ("report_back", "carried_out", "reported_back", people.desk.user_id),
        ("closing", "reported_back", "closed", people.desk.user_id),
    ]
    assert steps[4].words == {"description": "更换漏水的水管和两个垫圈"}
    assert steps[4].facts["materials_fen"] == 1569 + 70
    assert steps[6].words == {"comment": "挺快的"}
    assert steps[6].facts == {"rating": 4}
    found = clocks(work, order)
    assert {(key, clock.stopped_at, clock.cancelled) for key, clock in found.items()} == {
        (("response", 1), row.answered_at, False),
        (("resolved", 1), row.carried_out_at, False),
    }
    assert (found["response", 1].target_kept, found["response", 1].target_minutes) == (True, 110)
    assert (found["resolved", 1].hard_kept, found["resolved", 1].hard_minutes) == (True, 48 * 60 - 310)
    actions = [entry.action for entry in work.audited()]
    assert actions == [
        "orders.submitted",
        "orders.classification",
        "orders.assignment",
        "orders.answer",
        "orders.execution",
        "orders.report_back",
        "orders.closing",
    ]
    assert not [e for e in work.audited() if "更换" in f"{e.before}{e.after}{e.reason}" or "挺快" in f"{e.after}"]


def test_materials_are_kept_for_each_run_to_the_fen(work: WorkWorld) -> None:
    order = work.reported_back()
    work.reopen(order)
    work.later(hours=1)
    dear = MaterialLine(name="水泵", quantity=Decimal("0.333"), measure="台", unit_price=Money.of("99999.99"))
    work.carry_out(order, materials=(dear,))
    rows = work.world.rows(WorkMaterial, order_id=order)
    assert [(r.run, r.place, r.name, r.quantity_milli, r.measure, r.price_fen, r.amount_fen) for r in rows] == [
        (1, 1, "水管", 1255, "米", 1250, 1569),
        (1, 2, "垫圈", 2000, "个", 35, 70),
        (2, 1, "水泵", 333, "台", 9_999_999, 3_330_000),
    ]


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"cause": None}, WorkStepIncomplete),
        ({"result": None}, WorkStepIncomplete),
        ({"description": " \u200b"}, WorkStepIncomplete),
        ({"at": None}, WorkStepIncomplete),
        ({"began_at": None}, WorkStepIncomplete),
        ({"materials": (MaterialLine(name="管", quantity=Decimal(0), measure="米"),)}, QuantityRefused),
        ({"materials": (MaterialLine(name="管", quantity=Decimal("NaN"), measure="米"),)}, QuantityRefused),
        ({"materials": (MaterialLine(name="管", quantity=Decimal(1), measure="米"),) * 51}, TooManyMaterials),
    ],
)
def test_work_that_lacks_something_is_not_stored(
    work: WorkWorld, given: dict[str, Any], error: type[BusinessError]
) -> None:
    order = work.assigned()
    work.later(hours=1)
    with pytest.raises(error):
        work.carry_out(order, **given)
    assert (work.row(order).state, work.world.rows(WorkMaterial)) == ("assigned", [])


def test_work_is_not_done_before_it_was_asked_for_or_after_now(work: WorkWorld) -> None:
    order = work.assigned()
    work.later(hours=1)
    for given in (
        {"began_at": work.now - timedelta(hours=2)},
        {"at": work.now + timedelta(seconds=1)},
        {"at": work.now - timedelta(minutes=31)},
    ):
        with pytest.raises(WorkStepTimeRefused):
            work.carry_out(order, **given)


def test_work_done_without_an_answer_answers_at_its_beginning(work: WorkWorld) -> None:
    order = work.carried_out()
    row = work.row(order)
    assert row.answered_at == row.began_at == work.now - timedelta(minutes=30)
    assert clocks(work, order)["response", 1].stopped_at == row.began_at


@pytest.mark.parametrize("phases", [(), ("before",), ("after", "after"), ("", "before")])
def test_where_photos_are_needed_a_repair_shows_before_and_after(work: WorkWorld, phases: tuple[str, ...]) -> None:
    need_photos(work)
    order = work.assigned()
    work.later(hours=1)
    for number, phase in enumerate(phases):
        work.photo(order, phase, number)
    with pytest.raises(PhotosMissing):
        work.carry_out(order, photos_before=9, photos_after=9)
    work.photo(order, "before", 11)
    work.photo(order, "after", 12)
    work.carry_out(order)
    facts = work.steps(order)[-1].facts
    assert (facts["photos_before"], facts["photos_after"]) == (1 + phases.count("before"), 1 + phases.count("after"))


def test_photos_of_an_earlier_run_show_nothing_of_this_one(work: WorkWorld) -> None:
    need_photos(work)
    order = work.assigned()
    work.later(hours=1)
    work.photo(order, "before", 1)
    work.photo(order, "after", 2)
    work.carry_out(order)
    work.later(hours=1)
    work.reopen(order)
    work.later(hours=1)
    with pytest.raises(PhotosMissing):
        work.carry_out(order)


def need_photos(work: WorkWorld) -> None:
    command = SetSetting(work.world.estate, SettingKey.ORDERS_PHOTOS_NEEDED, "yes", date(2026, 11, 21), 0)
    work.act(ADMINISTRATOR, set_setting, command)


# Who may ------------------------------------------------------------------------------------------------------------


def test_front_desk_and_supervisor_classify_and_a_handler_does_not(work: WorkWorld) -> None:
    own = work.submit(by=work.people.repair_handler).order_id
    with pytest.raises(NotPermitted):
        work.classify(own, by=work.people.repair_handler)
    work.classify(own, by=work.people.clerk)
    other = work.submit().order_id
    work.classify(other, by=work.people.supervisor)
    assert work.row(other).state == "classified"


@pytest.mark.parametrize("name", ["desk", "clerk"])
def test_only_who_assigns_gives_work(work: WorkWorld, name: str) -> None:
    order = work.classified()
    who: Actor = getattr(work.people, name)
    with pytest.raises(NotPermitted):
        work.assign(order, by=who)
    work.assign(order, by=work.people.manager)
    with pytest.raises(NotPermitted):
        transfer(work, order, work.people.second_handler, by=who)


def test_the_handler_or_who_assigns_answers_and_carries_out(work: WorkWorld) -> None:
    first, second = work.assigned(), work.assigned()
    with pytest.raises(NotPermitted):
        work.answer(first, by=work.people.desk)
    with pytest.raises(NotFound):
        work.answer(first, by=work.people.second_handler)
    work.answer(first)
    work.answer(second, by=work.people.supervisor)
    work.later(hours=1)
    with pytest.raises(NotPermitted):
        work.carry_out(first, by=work.people.desk)
    work.carry_out(first)
    work.carry_out(second, by=work.people.manager)


def test_the_handler_reports_back_but_does_not_close(work: WorkWorld) -> None:
    order = work.carried_out()
    work.report_back(order, by=work.people.repair_handler)
    with pytest.raises(NotPermitted):
        work.close(order, by=work.people.repair_handler)
    work.close(order, by=work.people.desk)


def test_nobody_rates_the_own_work(work: WorkWorld) -> None:
    """A supervisor who is the handler may close, but not rate."""
    order = work.classified()
    work.assign(order, work.people.supervisor)
    work.later(hours=1)
    work.carry_out(order, by=work.people.supervisor)
    work.report_back(order)
    with pytest.raises(OwnRating):
        work.close(order, by=work.people.supervisor)
    work.close(order, by=work.people.desk, rating=5)


def test_who_entered_the_work_for_somebody_does_not_rate_it_either(work: WorkWorld) -> None:
    order = work.assigned()
    work.later(hours=1)
    work.carry_out(order, by=work.people.supervisor)
    work.report_back(order)
    with pytest.raises(OwnRating):
        work.close(order, by=work.people.supervisor, rating=5)
    work.close(order, by=work.people.manager, rating=1, comment="弄脏了地板")
    assert work.row(order).rating == 1


def test_who_entered_the_work_notes_that_nobody_could_be_asked(work: WorkWorld) -> None:
    order = work.assigned()
    work.later(hours=1)
    work.carry_out(order, by=work.people.supervisor)
    work.report_back(order)
    with pytest.raises(CustomerThere):
        work.close(order, by=work.people.supervisor, rating=None, no_rating=NoRating.NOBODY)
    work.close(order, by=work.people.supervisor, rating=None, no_rating=NoRating.UNREACHABLE)
    assert (work.row(order).rating, work.row(order).no_rating) == (None, "unreachable")


def test_who_rates_is_looked_up_and_not_believed(work: WorkWorld) -> None:
    order = work.classified()
    work.assign(order, work.people.supervisor)
    work.later(hours=1)
    work.carry_out(order, by=work.people.manager)
    work.report_back(order)
    data = WorkClosing(rating=5, by=work.people.desk.staff)
    with pytest.raises(OwnRating):
        work.move(order, WorkState.CLOSED, data, by=work.people.supervisor)


@pytest.mark.parametrize("rating", [0, 6, -1])
def test_a_rating_is_one_to_five(work: WorkWorld, rating: int) -> None:
    order = work.reported_back()
    with pytest.raises(RatingRefused):
        work.close(order, rating=rating)


def test_cancelling_is_for_desk_and_supervisor(work: WorkWorld) -> None:
    order = work.assigned()
    with pytest.raises(NotPermitted):
        work.cancel(order, by=work.people.repair_handler)
    work.cancel(order)
    row = work.row(order)
    assert (row.state, row.cancel_reason, row.ended_on) == ("cancelled", "withdrawn", date(2026, 11, 21))
    assert (row.due_target, row.due_hard, row.next_look) == (None, None, None)
    assert all(clock.cancelled and clock.target_kept is None for clock in clocks(work, order).values())
    other = work.submit().order_id
    work.cancel(other, by=work.people.supervisor)


def test_reopening_is_for_who_closes(work: WorkWorld) -> None:
    order = work.closed()
    for who in (work.people.repair_handler, work.people.auditor):
        with pytest.raises(NotPermitted):
            work.reopen(order, by=who)
    work.reopen(order, by=work.people.desk)


def test_the_auditor_sees_and_changes_nothing(work: WorkWorld) -> None:
    order = work.submit().order_id
    for target, data in (
        (WorkState.CLASSIFIED, WorkClassification(kind=WorkKind.REPAIR)),
        (WorkState.ASSIGNED, WorkAssignment(handler=None)),
    ):
        with pytest.raises(NotPermitted):
            work.move(order, target, data, by=work.people.auditor)
    with pytest.raises(NotPermitted):
        report(work, order, by=work.people.auditor)
    with pytest.raises(NotPermitted):
        reclassify(work, order, by=work.people.auditor)


def test_another_estates_people_and_strange_numbers_reach_nothing(work: WorkWorld) -> None:
    order = work.classified()
    with pytest.raises(NotPermitted):
        work.assign(order, by=work.people.lake_desk)
    data = WorkClassification(kind=WorkKind.REPAIR)
    lake = work.world.lake.estate
    for estate, number in ((work.world.estate, 999_999), (lake, order)):
        with pytest.raises(NotFound):
            command = MoveOrder(estate, WorkOrderId(number), 1, WorkState.CLASSIFIED, data)
            work.act(work.people.supervisor, move_order, command)


# Assigning and transferring -----------------------------------------------------------------------------------------


def test_work_is_given_to_active_people_of_the_estate_or_the_company(work: WorkWorld) -> None:
    order = work.classified()
    with pytest.raises(NotAssignable):
        work.assign(order, work.people.retired)
    for stranger in (work.people.lake_handler, StaffId(999_999)):
        with pytest.raises(NotFound):
            work.assign(order, stranger)
    with pytest.raises(WorkStepIncomplete):
        work.move(order, WorkState.ASSIGNED, WorkAssignment(handler=None))
    assert (work.row(order).state, work.row(order).handler_id) == ("classified", None)


def test_a_department_stands_on_the_list(work: WorkWorld) -> None:
    order = work.submit().order_id
    with pytest.raises(CodeUnknown):
        work.classify(order, department="'; DROP TABLE work_orders")
    work.classify(order, department="cleaning")
    assert work.row(order).department == "cleaning"


def test_a_transfer_keeps_the_clocks_and_is_no_longer_seen_by_the_first(work: WorkWorld) -> None:
    order = work.assigned()
    due, people = work.row(order).due_target, work.people
    work.later(hours=1)
    transfer(work, order, people.second_handler)
    row = work.row(order)
    assert (row.state, row.handler_id, row.due_target) == ("assigned", people.second_handler.staff, due)
    assert work.steps(order)[-1].words == {"reason": "另有急事，转他人处理"}
    with pytest.raises(NotFound):
        work.answer(order, by=people.repair_handler)
    work.answer(order, by=people.second_handler)
    with pytest.raises(WorkStepIncomplete):
        transfer(work, order, None, department="cleaning")
    with pytest.raises(NotAssignable):
        transfer(work, order, people.retired)


def test_a_transfer_to_a_department_waits_to_be_assigned_there(work: WorkWorld) -> None:
    order = work.assigned()
    transfer(work, order, None, department="cleaning")
    row = work.row(order)
    assert (row.state, row.handler_id, row.department) == ("classified", None, "cleaning")
    with pytest.raises(WorkTransferChangesNothing):
        transfer(work, order, None)
    work.assign(order, work.people.second_handler)


def test_a_transfer_may_be_sent_as_a_step(work: WorkWorld) -> None:
    """The form of the step from assigned back to classified is the transfer's."""
    order = work.assigned()
    data = WorkTransfer(department="cleaning", handler=None, reason="应由保洁处理")
    with pytest.raises(NotPermitted):
        work.move(order, WorkState.CLASSIFIED, data, by=work.people.desk)
    work.move(order, WorkState.CLASSIFIED, data)
    assert (work.row(order).state, work.actions(order)[-1]) == ("classified", "transfer")


def test_a_transfer_says_why(work: WorkWorld) -> None:
    order = work.assigned()
    with pytest.raises(ReasonMissing):
        transfer(work, order, work.people.second_handler, reason="忙")


# Reclassifying ------------------------------------------------------------------------------------------------------


def test_another_kind_has_its_limits_from_the_start_of_the_clocks(work: WorkWorld) -> None:
    began = work.now
    order = work.assigned()
    work.later(hours=3)
    reclassify(work, order, kind=WorkKind.CLEANING, department="cleaning")
    row = work.row(order)
    assert (row.kind, row.department, row.state) == ("cleaning", "engineering", "assigned")
    assert (row.due_target, row.due_hard) == (began + timedelta(hours=24), None)
    work.later(hours=1)
    reclassify(work, order)
    assert work.row(order).due_hard == began + timedelta(hours=24)
    assert work.steps(order)[-1].words == {"reason": "现场查看后更正"}


def test_a_failure_found_later_is_red_at_once_when_two_hours_are_over(work: WorkWorld) -> None:
    began = work.now
    order = work.classified()
    work.later(hours=3)
    reclassify(work, order, failure=PublicSystem.POWER)
    row = work.row(order)
    assert (row.failure, row.queue_rank, row.due_hard) == ("power", 0, began + timedelta(hours=2))
    assert [draft.kind for draft in work.drafts(order)] == ["event", "notice"]
    assert work.notice(order)["missing"] == ["overview", "next"]
    reclassify(work, order)
    assert {draft.state for draft in work.drafts(order)} == {"dropped"}
    assert work.row(order).queue_rank == 1


def test_reclassifying_is_for_front_desk_and_supervisor_and_open_requests(work: WorkWorld) -> None:
    order = work.submit().order_id
    with pytest.raises(WorkNotClassified):
        reclassify(work, order)
    work.classify(order)
    work.assign(order)
    with pytest.raises(NotPermitted):
        reclassify(work, order, by=work.people.repair_handler)
    work.cancel(order)
    with pytest.raises(WorkEnded):
        reclassify(work, order)


def test_a_pause_stays_earned_when_the_kind_changes(work: WorkWorld) -> None:
    order = work.classified()
    began = work.now
    work.later(hours=1)
    request = PauseRequest(
        clocks=frozenset({ClockKind.RESOLVED}),
        reason="customer_appointment",
        evidence="业主要求明天",
        start=work.now,
        end=work.now + timedelta(hours=10),
    )
    work.act(work.people.desk, ask_pause, AskPause(work.world.estate, order, request))
    assert clocks(work, order)["resolved", 1].due_target == began + timedelta(hours=34)
    reclassify(work, order, kind=WorkKind.CLEANING)
    assert clocks(work, order)["resolved", 1].due_target == began + timedelta(hours=58)


# Opening again ------------------------------------------------------------------------------------------------------


def test_a_reopened_request_begins_anew_with_its_handler_and_is_found_again(work: WorkWorld) -> None:
    order = work.closed()
    work.later(days=2)
    work.reopen(order)
    row = work.row(order)
    assert (row.state, row.handler_id, row.reopenings, row.reopened_at) == (
        "assigned",
        work.people.repair_handler.staff,
        1,
        work.now,
    )
    assert (row.rating, row.result, row.cause, row.ended_on, row.carried_out_at, row.answered_at) == (
        None, "", "", None, None, None,
    )  # fmt: skip
    assert (row.due_target, row.due_hard) == (work.now + timedelta(hours=4), work.now + timedelta(hours=24))
    assert set(clocks(work, order)) == {("response", 1), ("resolved", 1), ("response", 2), ("resolved", 2)}
    (words,) = work.world.rows(ServiceSearch, record_id=order)
    assert " zopen " in words.tokens
    work.later(hours=1)
    work.carry_out(order)
    work.report_back(order)
    work.close(order, rating=3)
    (words,) = work.world.rows(ServiceSearch, record_id=order)
    assert " zended " in words.tokens
    assert work.row(order).rating == 3


def test_a_closed_request_opens_again_within_thirty_days(work: WorkWorld) -> None:
    order = work.closed()
    work.later(days=31)
    with pytest.raises(WorkReopenTooLate):
        work.reopen(order)
    work.world.now -= timedelta(days=1)
    work.reopen(order)


def test_a_pause_without_end_does_not_reach_into_the_next_run(work: WorkWorld) -> None:
    order = work.assigned()
    work.later(hours=1)
    request = PauseRequest(
        clocks=frozenset({ClockKind.RESOLVED}), reason="customer_appointment", evidence="等业主回家", start=work.now
    )
    pause = work.act(work.people.desk, ask_pause, AskPause(work.world.estate, order, request))
    work.act(work.people.supervisor, decide_pause, DecidePause(work.world.estate, pause, 1, approve=True))
    assert clocks(work, order)["resolved", 1].due_target is None
    work.later(hours=5)
    work.carry_out(order)
    (pause,) = work.world.rows(ServicePause)
    assert pause.end_at == work.now
    assert clocks(work, order)["resolved", 1].target_minutes == 23 * 60
    work.reopen(order)
    assert clocks(work, order)["resolved", 2].due_target == work.now + timedelta(hours=24)


# Two people ---------------------------------------------------------------------------------------------------------


def test_a_stale_form_changes_nothing(work: WorkWorld) -> None:
    order = work.assigned()
    version, estate = work.row(order).version, work.world.estate
    work.answer(order)
    people = work.people
    commands: tuple[tuple[Actor, Any, Any], ...] = (
        (people.supervisor, move_order, MoveOrder(estate, order, version, WorkState.CARRIED_OUT, work.execution())),
        (
            people.supervisor,
            transfer_order,
            TransferOrder(
                estate,
                order,
                version,
                WorkTransfer(department="", handler=work.somebody(people.second_handler), reason="转给他人"),
            ),
        ),
        (
            people.desk,
            reclassify_order,
            ReclassifyOrder(estate, order, version, WorkClassification(kind=WorkKind.OTHER), "更正类别"),
        ),
        (people.desk, report_upward, ReportUpward(estate, order, version, "超时说明")),
    )
    before = work.step_count()
    for who, act, command in commands:
        with pytest.raises(EditConflict):
            work.act(who, act, command)
    assert (work.row(order).state, work.step_count()) == ("under_way", before)


def test_a_step_sent_twice_is_one_step(work: WorkWorld) -> None:
    order = work.assigned()
    work.later(hours=1)
    command = MoveOrder(work.world.estate, order, work.row(order).version, WorkState.CARRIED_OUT, work.execution())
    work.act(work.people.repair_handler, move_order, command)
    with pytest.raises(EditConflict):
        work.act(work.people.repair_handler, move_order, command)
    assert len(work.world.rows(WorkMaterial, order_id=order)) == 2


def test_a_step_that_does_not_follow_is_refused(work: WorkWorld) -> None:
    order = work.classified()
    with pytest.raises(ForbiddenMove):
        work.carry_out(order, by=work.people.supervisor)
    with pytest.raises(ForbiddenMove):
        work.close(order)
    ended = work.closed()
    with pytest.raises(ForbiddenMove):
        work.cancel(ended)


def test_a_forgotten_request_has_ended_for_good(work: WorkWorld) -> None:
    order = work.closed()
    with work.world.database.writing() as connection, connection.begin():
        connection.execute(update(WorkOrder).where(WorkOrder.id == order).values(anonymised_at=work.now))
    with pytest.raises(WorkEnded):
        work.reopen(order)


# Reporting upward ---------------------------------------------------------------------------------------------------


def test_a_missed_limit_is_reported_upward_once_with_its_reason(work: WorkWorld) -> None:
    order = work.assigned()
    with pytest.raises(UpwardReportNotDue):
        report(work, order)
    work.later(hours=24)
    with pytest.raises(UpwardReportNotDue):
        report(work, order)
    work.later(seconds=1)
    with pytest.raises(ReasonMissing):
        report(work, order, reason="晚了")
    report(work, order)
    assert work.row(order).reported_at == work.now
    step = work.steps(order)[-1]
    assert (step.action, step.source, step.state, step.words) == (
        "upward_report",
        "assigned",
        "assigned",
        {"reason": "配件缺货，等厂家发货"},
    )
    assert "缺货" not in str(work.audited()[-1].after)
    with pytest.raises(UpwardReportMade):
        report(work, order, by=work.people.supervisor)


def test_a_clock_that_stopped_late_is_reported_after_the_end_too(work: WorkWorld) -> None:
    order = work.assigned()
    work.later(hours=49)
    work.carry_out(order)
    work.report_back(order)
    work.close(order)
    report(work, order)
    assert work.row(order).reported_at == work.now


def test_a_cancelled_clock_needs_no_report(work: WorkWorld) -> None:
    order = work.classified()
    work.later(hours=72)
    work.cancel(order)
    with pytest.raises(UpwardReportNotDue):
        report(work, order, by=work.people.desk)


def test_a_target_without_a_hard_limit_is_a_limit(work: WorkWorld) -> None:
    order = work.classified(work.record(kind=WorkKind.CLEANING))
    work.assign(order)
    work.later(hours=24, seconds=1)
    report(work, order, by=work.people.desk)


def test_reporting_is_for_the_handler_and_who_assigns_or_closes(work: WorkWorld) -> None:
    order = work.submit(by=work.people.service_handler).order_id
    work.later(hours=50)
    with pytest.raises(NotPermitted):
        report(work, order, by=work.people.service_handler)
    with pytest.raises(NotFound):
        report(work, order, by=work.people.second_handler)


# Failures -----------------------------------------------------------------------------------------------------------


def test_each_step_of_a_failure_is_in_the_notice_that_waits(work: WorkWorld) -> None:
    order = work.submit(work.failure()).order_id
    work.later(minutes=10)
    work.classify(order)
    work.assign(order)
    work.answer(order)
    told = work.notice(order)
    assert (told["state"], told["next_step"], len(told["milestones"])) == ("under_way", "repair", 2)
    work.later(minutes=50)
    work.carry_out(order, began_at=work.now - timedelta(minutes=20), result=WorkResult.MAKESHIFT)
    told = work.notice(order)
    assert (told["state"], told["cause"], told["next_step"]) == ("carried_out", "wear", "lasting_repair")
    assert (told["expected_by"], told["missing"]) == (None, ["next"])
    work.report_back(order)
    assert work.notice(order)["state"] == "reported_back"
    assert len(work.drafts(order)) == 2


def test_a_cancelled_failure_drops_what_nobody_has_released(work: WorkWorld) -> None:
    order = work.submit(work.failure()).order_id
    work.cancel(order)
    assert [(d.kind, d.state, d.settled_by) for d in work.drafts(order)] == [
        ("event", "dropped", work.people.desk.user_id),
        ("notice", "dropped", work.people.desk.user_id),
    ]


def test_a_failure_that_is_back_is_drafted_for_again(work: WorkWorld) -> None:
    order = work.submit(work.failure()).order_id
    work.classify(order)
    work.assign(order)
    work.later(hours=1)
    work.carry_out(order)
    work.reopen(order)
    assert [draft.kind for draft in work.drafts(order)] == ["event", "notice"]
    told = work.notice(order)
    assert (told["state"], told["next_step"], told["cause"]) == ("assigned", "find_fault", None)


def test_the_portal_itself_may_take_a_step(work: WorkWorld) -> None:
    order = work.submit().order_id
    work.classify(order, by=SYSTEM)
    assert work.steps(order)[-1].made_by is None
