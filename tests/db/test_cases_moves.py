from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from core.admin.codes import CodeUnknown
from core.admin.permissions import Actor, NotPermitted, Permission
from core.complaints.facts import StepIncomplete, StepTimeRefused
from core.complaints.grading import CaseGrade
from core.complaints.handling_steps import Assignment, Collaborator, FirstContact, PersonTwice, TransferChangesNothing
from core.complaints.lifecycle import AlreadyEscalated, CaseEnded, TypeTooLate
from core.complaints.outcome_steps import (
    Archiving,
    CallBackMissing,
    Closing,
    Merge,
    MergeAcrossTypes,
    MergeIntoHandled,
    MergeIntoItself,
    NoCallBack,
    OwnCallBack,
    RectificationMissing,
    Reopening,
    ReopenTooLate,
)
from core.complaints.states import CaseState
from core.complaints.taxonomy import CaseCategory, CaseChannel, RecordType, SubCategory
from core.complaints.workload import RectificationUnfit
from core.kernel.identity import CaseId, MeasureId, StaffId
from core.kernel.lifecycle import ForbiddenMove
from core.kernel.texts import ReasonMissing
from core.meetings.effects import Direction, Goal, Metric
from core.meetings.measures import MeasureRecord, MeasureSource, Stage
from core.staff.posts import NotAssignable
from db.engine import Database
from db.models import CaseCollaborator, ServiceClock, ServiceDraft
from db.operations.case_moves import (
    AssignOutcome,
    BulkAssign,
    EscalateCase,
    LinkMeasure,
    MergeCase,
    MoveCase,
    ReclassifyCase,
    TooManyCases,
    TransferCase,
    bulk_assign,
    escalate_case,
    link_measure,
    merge_case,
    move_case,
    reclassify_case,
    transfer_case,
)
from db.operations.measures import MoveMeasure, OpenMeasure, move_measure, open_measure
from db.repositories.cases import facts_of
from db.repositories.service_steps import StoredStep, steps_of
from db.unit_of_work import EditConflict, NotFound
from tests.builders import NOW
from tests.db.asserting import check_rights, entries, refused
from tests.db.service_setup import ServiceWorld, a_service_world
from tests.db.test_cases import LIFT, UNSORTED, found

C = CaseState


@pytest.fixture
def world(database: Database) -> ServiceWorld:
    return a_service_world(database)


def at_state(world: ServiceWorld, state: CaseState, **given: Any) -> CaseId:
    case = world.register(**given)
    world.move_to(case, state)
    return case


def steps(world: ServiceWorld, case: CaseId) -> tuple[StoredStep, ...]:
    with world.database.reading() as connection:
        return steps_of(connection, world.database.keys, world.estate, case)


def clock(world: ServiceWorld, case: CaseId, kind: str, run: int = 1) -> Any:
    (row,) = world.rows(ServiceClock, record_id=case, kind=kind, run=run)
    return row


def step_to(world: ServiceWorld, case: CaseId, target: CaseState) -> MoveCase:
    """The step to a state with plain data."""
    _, data = world.plain_step(target)
    return MoveCase(world.estate, case, world.case(case).version, target, data)


# --- the way of a complaint ---


def test_a_complaint_is_lived_through_by_four_people(world: ServiceWorld) -> None:
    case = world.register(**UNSORTED)
    for state in tuple(C)[1:8]:
        world.later(hours=1)
        world.move(case, state)
    row = world.case(case)
    hours = [
        (at - NOW) // timedelta(hours=1) for at in (row.responded_at, row.resolved_at, row.called_back_at, row.ended_at)
    ]
    assert (row.state, hours, row.ended_on, row.reopenings) == ("closed", [3, 5, 6, 7], date(2026, 11, 21), 0)
    assert (row.root_cause, row.solution, row.satisfied) == ("management", "explanation", True)
    assert (row.due_target, row.due_hard, row.next_look) == (None, None, None)
    people = world.people
    assert [(one.action, one.source, one.state, one.made_by_name) for one in steps(world, case)] == [
        ("registration", "registered", "registered", people.desk.name),
        ("classification", "registered", "classified", people.desk.name),
        ("assignment", "classified", "assigned", people.supervisor.name),
        ("response", "assigned", "responded", people.service_handler.name),
        ("plan", "responded", "in_progress", people.service_handler.name),
        ("resolution", "in_progress", "resolved", people.service_handler.name),
        ("call_back", "resolved", "called_back", people.desk.name),
        ("closing", "called_back", "closed", people.supervisor.name),
    ]
    ended = {row.kind: (row.stopped_at - NOW) // timedelta(hours=1) for row in world.rows(ServiceClock)}
    assert ended == {"response": 3, "resolved": 5, "called_back": 6}
    assert (found(world, "装修", ended=True), found(world, "装修", ended=False)) == ([case], [])
    audited = [entry.action for entry in entries_of(world, case)]
    assert audited == [f"cases.{name}" for name in (
        "registered", "classification", "assignment", "response", "plan", "resolution", "call_back", "closing",
    )]  # fmt: skip


def entries_of(world: ServiceWorld, case: CaseId) -> list[Any]:
    found_ = [entry for name in ACTIONS for entry in entries(world.database, f"cases.{name}")]
    return sorted((entry for entry in found_ if entry.subject_id == str(case)), key=lambda entry: entry.seq)


ACTIONS = (
    "registered", "classification", "assignment", "response", "plan", "resolution", "call_back", "closing",
    "reopening", "withdrawal", "merge", "transfer",
)  # fmt: skip


def test_what_was_done_earlier_counts_from_then(world: ServiceWorld) -> None:
    case = at_state(world, C.ASSIGNED)
    world.later(hours=30)
    early = FirstContact(restated="噪音", confirmed=True, channel=CaseChannel.PHONE, at=NOW + timedelta(hours=23))
    world.move(case, C.RESPONDED, early)
    row, response = world.case(case), clock(world, case, "response")
    assert (row.responded_at, response.stopped_at) == (early.at, early.at)
    assert (response.target_kept, response.target_minutes) == (True, 60)
    step = steps(world, case)[-1]
    assert (step.done_at, step.made_at) == (early.at, NOW + timedelta(hours=30))
    world.move(case, C.IN_PROGRESS)
    for at in (NOW - timedelta(minutes=1), world.now + timedelta(minutes=1)):
        with refused(world.database, StepTimeRefused):
            world.move(case, C.RESOLVED, world.resolution(at=at))


def test_a_step_that_does_not_follow_or_lacks_something_is_refused(world: ServiceWorld) -> None:
    case = at_state(world, C.ASSIGNED)
    with refused(world.database, ForbiddenMove):
        world.move(case, C.RESOLVED)
    with refused(world.database, StepIncomplete, field="contacted_at"):
        silent = FirstContact(restated="噪音", confirmed=True, channel=CaseChannel.PHONE, at=None)
        world.move(case, C.RESPONDED, silent)
    with refused(world.database, EditConflict):
        world.act(world.people.service_handler, move_case, replace(step_to(world, case, C.RESPONDED), version=1))


def test_classifying_finds_the_repetition_and_grades_by_it(world: ServiceWorld) -> None:
    world.register()
    case = world.register(**UNSORTED)
    assert (world.case(case).repeated, world.case(case).grade) == (False, "normal")
    world.move(case, C.CLASSIFIED, world.classification(grade=CaseGrade.MAJOR))
    row = world.case(case)
    assert (row.repeated, row.grade, row.proposed_grade) == (True, "major", "major")


def test_a_department_stands_on_the_list(world: ServiceWorld) -> None:
    case = world.register(**UNSORTED)
    with refused(world.database, CodeUnknown):
        world.move(case, C.CLASSIFIED, world.classification(department="nowhere"))


# --- who may ---

_WRONG: tuple[tuple[CaseState, tuple[str, ...]], ...] = (
    (C.CLASSIFIED, ("service_handler", "auditor")),
    (C.ASSIGNED, ("desk", "service_handler", "auditor")),
    (C.RESPONDED, ("desk", "repair_handler", "auditor", "lake_handler")),
    (C.IN_PROGRESS, ("desk", "repair_handler", "auditor")),
    (C.RESOLVED, ("desk", "repair_handler", "auditor")),
    (C.CALLED_BACK, ("service_handler", "auditor", "repair_handler")),
    (C.CLOSED, ("desk", "service_handler", "auditor")),
)


def test_each_step_is_for_whom_it_belongs_to(world: ServiceWorld) -> None:
    case = world.register(**UNSORTED)
    for target, names in _WRONG:
        for name in names:
            with refused_somehow(world, NotPermitted, NotFound, OwnCallBack):
                world.act(getattr(world.people, name), move_case, step_to(world, case, target))
        world.move(case, target)
    for name in ("auditor", "lake_desk"):
        with refused_somehow(world, NotPermitted, NotFound):
            reopen = MoveCase(
                world.estate, case, world.case(case).version, C.IN_PROGRESS, Reopening(reason="又有噪音了")
            )
            world.act(getattr(world.people, name), move_case, reopen)


def refused_somehow(world: ServiceWorld, *errors: type[Exception]) -> Any:
    return refused(world.database, errors)  # type: ignore[arg-type]


def test_the_page_itself_is_for_those_who_see_cases(world: ServiceWorld) -> None:
    case = world.register(**UNSORTED)
    check_rights(world.database, move_case, step_to(world, case, C.CLASSIFIED), Permission.CASES_VIEW)


def test_a_supervisor_records_it_for_a_handler_without_an_account_and_does_not_call_back(world: ServiceWorld) -> None:
    case = at_state(world, C.ASSIGNED)
    for target in (C.RESPONDED, C.IN_PROGRESS, C.RESOLVED):
        world.move(case, target, by=world.people.supervisor)
    with refused(world.database, OwnCallBack):
        world.move(case, C.CALLED_BACK, by=world.people.supervisor)
    world.move(case, C.CALLED_BACK, by=world.people.clerk)
    assert steps(world, case)[-1].facts.get("by") is None


def test_the_handler_does_not_call_back_whatever_the_form_says(world: ServiceWorld) -> None:
    case = at_state(world, C.RESOLVED)
    disguised = world.call_back(by=world.people.desk.staff)
    with refused(world.database, OwnCallBack):
        world.move(case, C.CALLED_BACK, disguised, by=world.people.service_handler)
    world.move(case, C.CALLED_BACK, replace(disguised, by=world.people.supervisor.staff))
    assert steps(world, case)[-1].facts["by"] == world.people.desk.staff


def test_a_collaborator_works_on_the_case_and_may_call_back(world: ServiceWorld) -> None:
    case = world.register()
    helper = Collaborator(world.assignee(world.people.repair_handler), "检查隔音")
    world.move(
        case, C.ASSIGNED, Assignment(handler=world.assignee(world.people.service_handler), collaborators=(helper,))
    )
    world.move(case, C.RESPONDED, by=world.people.repair_handler)
    world.move_to(case, C.RESOLVED)
    world.move(case, C.CALLED_BACK, by=world.people.repair_handler)
    assert [(row.staff_id, row.part) for row in world.rows(CaseCollaborator)] == [(helper.person.staff, "检查隔音")]
    assigned = steps(world, case)[2]
    assert (assigned.facts["collaborators"], assigned.words) == ([helper.person.staff], {"part": "检查隔音"})


@pytest.mark.parametrize(
    ("who", "error"),
    [("retired", NotAssignable), ("lake_handler", NotFound), ("nobody", NotFound), ("twice", PersonTwice)],
)
def test_only_active_people_of_the_estate_or_company_are_assigned(
    world: ServiceWorld, who: str, error: type[Any]
) -> None:
    case, handler = world.register(), world.assignee(world.people.service_handler)
    lake = world.assignee(world.people.lake_handler).staff
    staff = {"retired": world.people.retired, "lake_handler": lake, "nobody": StaffId(9999), "twice": handler.staff}[
        who
    ]
    person = replace(handler, staff=staff, name="an active man", active=True)
    for data in (
        Assignment(handler=handler, collaborators=(Collaborator(person, "帮忙"),)),
        *((Assignment(handler=person),) if who != "twice" else ()),
    ):
        with refused(world.database, error):
            world.move(case, C.ASSIGNED, data)


def test_nobody_archives_transfers_or_merges_by_a_plain_step(world: ServiceWorld) -> None:
    case = at_state(world, C.CLOSED)
    with refused(world.database, NotPermitted, permission="system.run"):
        world.move(case, C.ARCHIVED, Archiving(), by=world.people.manager)
    other = world.register()
    data = Merge(into=facts_of(world.case(case)), same_unit=True, reason="同一件事")
    with pytest.raises(TypeError):
        world.move(other, C.MERGED, data, by=world.people.manager)


# --- not satisfied, closing, opening again ---


def test_who_is_not_satisfied_has_the_case_worked_on_again_with_new_clocks(world: ServiceWorld) -> None:
    case = at_state(world, C.RESOLVED)
    world.later(hours=5)
    said = world.call_back(satisfied=False, comment="还是很吵", at=NOW + timedelta(hours=4))
    assert world.move(case, C.CALLED_BACK, said) is C.IN_PROGRESS
    row = world.case(case)
    assert (row.state, row.satisfied, row.reopenings) == ("in_progress", False, 1)
    assert (row.reopened_at, row.resolved_at, row.ended_on) == (said.at, None, None)
    assert clock(world, case, "called_back").stopped_at == said.at
    again = clock(world, case, "resolved", run=2)
    assert (again.started_at, again.stopped_at, again.due_target) == (said.at, None, said.at + timedelta(hours=72))
    assert row.due_target == again.due_target
    world.later(hours=1)
    world.move_to(case, C.CLOSED)
    assert (world.case(case).satisfied, world.case(case).reopenings) == (True, 1)
    assert clock(world, case, "called_back", run=2).stopped_at == world.now


def test_a_complaint_is_closed_after_the_call_back_or_with_the_reason_for_none(world: ServiceWorld) -> None:
    case = at_state(world, C.RESOLVED)
    with refused(world.database, CallBackMissing):
        world.move(case, C.CLOSED)
    unreachable = Closing(
        note="三次致电无人接听", no_call_back=NoCallBack.UNREACHABLE, no_call_back_note="三次无人接听"
    )
    world.move(case, C.CLOSED, unreachable)
    row, waiting = world.case(case), clock(world, case, "called_back")
    assert (row.state, row.no_call_back, waiting.cancelled) == ("closed", "unreachable", True)


@pytest.mark.parametrize(("days", "late"), [(30, False), (31, True)])
def test_a_closed_case_opens_again_within_its_days(world: ServiceWorld, days: int, late: bool) -> None:
    case = at_state(world, C.CLOSED)
    world.later(days=days)
    if late:
        with refused(world.database, ReopenTooLate):
            world.move(case, C.IN_PROGRESS, Reopening(reason="噪音又出现"), by=world.people.desk)
        return
    world.move(case, C.IN_PROGRESS, Reopening(reason="噪音又出现"), by=world.people.desk)
    row = world.case(case)
    assert (row.state, row.ended_at, row.ended_on, row.reopened_at) == ("in_progress", None, None, world.now)
    assert (clock(world, case, "resolved", run=2).started_at, row.due_target) == (
        world.now,
        world.now + timedelta(hours=72),
    )
    assert found(world, "装修", ended=False) == [case]


def test_praise_is_thanked_for_and_an_inquiry_answered(world: ServiceWorld) -> None:
    praise = world.register(record_type=RecordType.PRAISE)
    world.move(praise, C.CLOSED, Closing(note="已转达感谢"))
    inquiry = world.register(record_type=RecordType.INQUIRY)
    world.move(inquiry, C.ASSIGNED)
    world.move(inquiry, C.RESPONDED)
    world.move(inquiry, C.CLOSED, Closing(note="已答复"))
    assert [world.case(one).state for one in (praise, inquiry)] == ["closed", "closed"]
    world.move(inquiry, C.RESPONDED, Reopening(reason="还有一个问题"), by=world.people.desk)
    assert world.case(inquiry).state == "responded"


# --- transfer ---


def transfer(world: ServiceWorld, case: CaseId, handler: Actor | None, department: str = "") -> TransferCase:
    staff = handler.staff if handler else None
    return TransferCase(world.estate, case, world.case(case).version, department, staff, "不属于本部门职责")


def test_a_supervisor_transfers_to_another_person_and_no_clock_starts_anew(world: ServiceWorld) -> None:
    case = world.register()
    helper = Collaborator(world.assignee(world.people.repair_handler), "检查隔音")
    world.move(
        case, C.ASSIGNED, Assignment(handler=world.assignee(world.people.service_handler), collaborators=(helper,))
    )
    world.move_to(case, C.RESPONDED)
    world.later(hours=1)
    clocks = world.rows(ServiceClock)
    world.act(world.people.supervisor, transfer_case, transfer(world, case, world.people.repair_handler, "engineering"))
    row = world.case(case)
    assert (row.state, row.handler_id, row.department) == (
        "responded",
        world.people.repair_handler.staff,
        "engineering",
    )
    assert (world.rows(ServiceClock), world.rows(CaseCollaborator)) == (clocks, [])
    assert steps(world, case)[-1].words == {"reason": "不属于本部门职责"}
    with refused(world.database, TransferChangesNothing):
        again = transfer(world, case, world.people.repair_handler, "engineering")
        world.act(world.people.supervisor, transfer_case, again)
    with refused(world.database, StepIncomplete, field="handler"):
        world.act(world.people.supervisor, transfer_case, transfer(world, case, None))


def test_a_handler_gives_the_own_case_back_to_the_department_and_no_more(world: ServiceWorld) -> None:
    case = at_state(world, C.ASSIGNED)
    handler, stranger = world.people.service_handler, world.people.repair_handler
    for wanted in (transfer(world, case, stranger), transfer(world, case, None, "engineering")):
        with refused(world.database, NotPermitted, permission="cases.assign"):
            world.act(handler, transfer_case, wanted)
    with refused(world.database, NotFound):
        world.act(stranger, transfer_case, transfer(world, case, None))
    with refused(world.database, NotPermitted):
        world.act(world.people.desk, transfer_case, transfer(world, case, None))
    world.act(handler, transfer_case, transfer(world, case, None))
    row = world.case(case)
    assert (row.state, row.handler_id, row.department) == ("classified", None, "cleaning")
    with refused(world.database, NotFound):
        world.act(handler, transfer_case, transfer(world, case, None))


# --- correction of the classification ---


def reclassify(world: ServiceWorld, case: CaseId, **given: Any) -> ReclassifyCase:
    data = world.classification(**given)
    return ReclassifyCase(world.estate, case, world.case(case).version, data, "现场核实后更正")


def test_another_grade_changes_the_limits_from_the_start_of_the_clocks(world: ServiceWorld) -> None:
    case = at_state(world, C.ASSIGNED)
    world.later(hours=5)
    fault = {"category": CaseCategory.FACILITY, "sub_category": SubCategory.LIFT, "grade": CaseGrade.URGENT}
    world.act(world.people.desk, reclassify_case, reclassify(world, case, department="engineering", **fault))
    row = world.case(case)
    assert (row.state, row.grade, row.queue_rank, row.department) == ("assigned", "urgent", 0, "cleaning")
    assert (row.due_target, row.due_hard) == (NOW + timedelta(hours=2), NOW + timedelta(hours=24))
    late = FirstContact(restated="电梯", confirmed=True, channel=CaseChannel.PHONE, at=NOW + timedelta(hours=3))
    world.move(case, C.RESPONDED, late)
    response = clock(world, case, "response")
    assert (response.target_kept, response.target_minutes, response.hard_minutes) == (False, -60, 21 * 60)
    assert steps(world, case)[-2].action == "reclassification"


def test_of_a_case_opened_again_the_limits_change_from_then(world: ServiceWorld) -> None:
    case = at_state(world, C.CLOSED)
    world.later(days=2)
    world.move(case, C.IN_PROGRESS, Reopening(reason="噪音又出现"), by=world.people.desk)
    began = world.later(hours=0)
    world.later(hours=1)
    urgent = reclassify(world, case, grade=CaseGrade.URGENT, grade_reason="影响老人休养")
    world.act(world.people.desk, reclassify_case, urgent)
    assert world.case(case).due_target == began + timedelta(hours=24)
    assert clock(world, case, "resolved", run=1).target_minutes == 72 * 60


def test_once_repeated_a_case_stays_so_for_the_same_matter(world: ServiceWorld) -> None:
    first, case = world.register(), world.register()
    world.move(first, C.WITHDRAWN)
    kept = reclassify(world, case, grade=CaseGrade.MAJOR, households=3)
    world.act(world.people.desk, reclassify_case, kept)
    assert (world.case(case).repeated, world.case(case).households) == (True, 3)
    world.act(world.people.desk, reclassify_case, reclassify(world, case, sub_category=SubCategory.WASTE))
    assert (world.case(case).repeated, world.case(case).grade) == (False, "normal")
    with refused(world.database, ReasonMissing):
        world.act(world.people.desk, reclassify_case, replace(reclassify(world, case), reason="x"))


def test_a_type_that_does_not_come_so_far_and_a_stranger_are_refused(world: ServiceWorld) -> None:
    case = at_state(world, C.IN_PROGRESS)
    with refused(world.database, TypeTooLate):
        wanted = reclassify(world, case, record_type=RecordType.INQUIRY)
        world.act(world.people.desk, reclassify_case, wanted)
    check_rights(world.database, reclassify_case, reclassify(world, case), Permission.CASES_CLASSIFY)
    with refused(world.database, NotPermitted, permission="cases.assign"):
        special = reclassify(world, case, special=True, grade=CaseGrade.MAJOR)
        world.act(world.people.desk, reclassify_case, special)


# --- merge, withdrawal ---


def merge(world: ServiceWorld, case: CaseId, into: CaseId) -> MergeCase:
    return MergeCase(world.estate, case, world.case(case).version, into, "同一噪音问题")


def test_a_merged_case_goes_on_in_the_other_with_the_households_of_both(world: ServiceWorld) -> None:
    into = world.register(households=3)
    same, other = world.register(households=2), world.register(unit=world.maple.units[1], households=2)
    version = world.case(into).version
    world.act(world.people.desk, merge_case, merge(world, same, into))
    assert world.case(into).households == 3
    world.act(world.people.desk, merge_case, merge(world, other, into))
    row = world.case(other)
    assert (row.state, row.merged_into, row.ended_on) == ("merged", into, date(2026, 11, 21))
    assert (world.case(into).households, world.case(into).state) == (5, "classified")
    assert world.case(into).version > version
    assert all(row.cancelled for row in world.rows(ServiceClock, record_id=other))
    assert steps(world, other)[-1].facts == {"into": into, "same_unit": False}
    assert steps(world, into)[-1].facts == {"case": other, "households": 5}
    assert world.case(same).repeated


def test_what_cannot_be_merged_is_refused(world: ServiceWorld) -> None:
    case, done = world.register(), at_state(world, C.RESOLVED)
    inquiry = world.register(record_type=RecordType.INQUIRY)
    for into, error in (
        (case, MergeIntoItself),
        (done, MergeIntoHandled),
        (inquiry, MergeAcrossTypes),
        (CaseId(9999), NotFound),
    ):
        with refused(world.database, error):
            world.act(world.people.desk, merge_case, merge(world, case, into))
    check_rights(world.database, merge_case, merge(world, case, done), Permission.CASES_CLASSIFY)


def test_a_withdrawn_case_has_ended_and_its_clocks_are_cancelled(world: ServiceWorld) -> None:
    case = at_state(world, C.ASSIGNED)
    world.later(hours=1)
    world.move(case, C.WITHDRAWN)
    row = world.case(case)
    assert (row.state, row.ended_at, row.next_look) == ("withdrawn", world.now, None)
    assert [(row.cancelled, row.target_kept) for row in world.rows(ServiceClock)] == [(True, None)] * 2
    assert steps(world, case)[-1].words == {"reason": "业主来电撤回"}
    (entry,) = entries(world.database, "cases.withdrawal")
    assert "业主" not in entry.after and entry.reason == ""


# --- escalation, rectification ---


def test_a_case_becomes_an_emergency_draft_once_and_goes_on(world: ServiceWorld) -> None:
    case = world.register(unit=None, place="2号楼电梯", households=40, **LIFT)

    def wanted() -> EscalateCase:
        return EscalateCase(world.estate, case, world.case(case).version, "有人被困电梯")

    with refused(world.database, NotFound):
        world.act(world.people.repair_handler, escalate_case, wanted())
    with refused(world.database, NotPermitted):
        world.act(world.people.auditor, escalate_case, wanted())
    draft = world.act(world.people.desk, escalate_case, wanted())
    (row,) = world.rows(ServiceDraft)
    assert (row.id, row.record_id, row.kind, row.state) == (draft, case, "event", "draft")
    for fact in ('"sub_category":"lift"', '"households":40', '"place":"', '"building":""'):
        assert fact in row.facts
    assert (world.case(case).state, world.case(case).escalated_at) == ("classified", NOW)
    assert (steps(world, case)[-1].action, steps(world, case)[-1].facts) == ("escalation", {"draft": draft})
    with refused(world.database, AlreadyEscalated):
        world.act(world.people.desk, escalate_case, wanted())
    world.move(case, C.WITHDRAWN)
    with refused(world.database, CaseEnded):
        world.act(world.people.desk, escalate_case, wanted())


def test_the_handler_escalates_the_own_case(world: ServiceWorld) -> None:
    case = at_state(world, C.ASSIGNED)
    wanted = EscalateCase(world.estate, case, world.case(case).version, "有人被困电梯")
    world.act(world.people.service_handler, escalate_case, wanted)
    assert world.case(case).escalated_at == NOW


def a_measure(world: ServiceWorld, source: MeasureSource = MeasureSource.COMPLAINT) -> MeasureId:
    record = MeasureRecord(
        source=source,
        problem="装修噪音反复投诉",
        responsible=world.people.supervisor.staff,
        deadline=date(2026, 12, 31),
        goal=Goal(metric=Metric.OWN_FIGURE, target=Decimal(1), better=Direction.DOWN, reference="噪音投诉", unit="件"),
    )
    return world.act(world.people.supervisor, open_measure, OpenMeasure(world.estate, record))


def link(world: ServiceWorld, case: CaseId, measure: MeasureId | None) -> LinkMeasure:
    return LinkMeasure(world.estate, case, world.case(case).version, measure)


def test_a_repeated_complaint_is_closed_once_a_measure_deals_with_it(world: ServiceWorld) -> None:
    world.register()
    case = at_state(world, C.CALLED_BACK)
    with refused(world.database, RectificationMissing):
        world.move(case, C.CLOSED)
    measure = a_measure(world)
    check_rights(world.database, link_measure, link(world, case, measure), Permission.CASES_ASSIGN)
    world.act(world.people.supervisor, link_measure, link(world, case, measure))
    version = world.case(case).version
    world.act(world.people.supervisor, link_measure, link(world, case, measure))
    assert (world.case(case).measure_id, world.case(case).version) == (measure, version)
    world.move(case, C.CLOSED)
    with refused(world.database, CaseEnded):
        world.act(world.people.supervisor, link_measure, link(world, case, None))


def test_only_a_measure_of_the_estate_about_complaints_is_a_rectification(world: ServiceWorld) -> None:
    case = world.register()
    for measure, error in (
        (MeasureId(9999), NotFound),
        (a_measure(world, MeasureSource.PATROL), RectificationUnfit),
        (cancelled(world, a_measure(world)), RectificationUnfit),
    ):
        with refused(world.database, error):
            world.act(world.people.supervisor, link_measure, link(world, case, measure))
    world.act(world.people.supervisor, link_measure, link(world, case, a_measure(world)))
    world.act(world.people.supervisor, link_measure, link(world, case, None))
    assert world.case(case).measure_id is None


def cancelled(world: ServiceWorld, measure: MeasureId) -> MeasureId:
    move = MoveMeasure(world.estate, measure, 1, Stage.CANCELLED, "不再需要")
    world.act(world.people.supervisor, move_measure, move)
    return measure


# --- several at once ---


def test_several_cases_are_assigned_and_those_that_cannot_be_say_why(world: ServiceWorld) -> None:
    good, stale, new, better = (world.register(**UNSORTED) for _ in range(4))
    for case in (good, stale, better):
        world.move(
            case, C.CLASSIFIED, world.classification(grade=CaseGrade.NORMAL if case == good else CaseGrade.MAJOR)
        )
    versions = {case: world.case(case).version for case in (good, stale, new, better)}
    wanted = BulkAssign(
        world.estate,
        (
            (good, versions[good]),
            (stale, versions[stale] - 1),
            (new, versions[new]),
            (CaseId(9999), 1),
            (better, versions[better]),
        ),
        world.people.repair_handler.staff or StaffId(0),
        "engineering",
    )
    outcomes = world.act(world.people.supervisor, bulk_assign, wanted)
    assert [one.problem.code if one.problem else None for one in outcomes] == [
        None,
        "edit_conflict",
        "lifecycle.forbidden_move",
        "not_found",
        None,
    ]
    assert outcomes[0] == AssignOutcome(good)
    states = {case: world.case(case).state for case in versions}
    assert states == {good: "assigned", stale: "classified", new: "registered", better: "assigned"}
    assert world.case(better).handler_id == world.people.repair_handler.staff
    assert world.case(better).department == "engineering"
    assert [entry.subject_id for entry in entries(world.database, "cases.assignment")] == [str(good), str(better)]


def test_bulk_assignment_needs_the_right_an_active_handler_and_a_bound(world: ServiceWorld) -> None:
    case = world.register()
    wanted = BulkAssign(world.estate, ((case, world.case(case).version),), world.people.retired)
    check_rights(world.database, bulk_assign, wanted, Permission.CASES_ASSIGN)
    (outcome,) = world.act(world.people.supervisor, bulk_assign, wanted)
    assert outcome.problem is not None and outcome.problem.code == "staff.not_assignable"
    with refused(world.database, NotFound):
        nobody = replace(wanted, handler=world.people.lake_handler.staff or StaffId(0))
        world.act(world.people.supervisor, bulk_assign, nobody)
    with refused(world.database, TooManyCases):
        many = replace(wanted, cases=tuple((CaseId(number), 1) for number in range(201)))
        world.act(world.people.supervisor, bulk_assign, many)


def test_instants_are_utc(world: ServiceWorld) -> None:
    case = at_state(world, C.RESPONDED)
    assert isinstance(world.case(case).responded_at, datetime)
    assert world.case(case).responded_at.utcoffset() == timedelta(0)
