from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event, insert, select, update

from core.admin.permissions import NotPermitted, Permission, Role
from core.admin.settings import SettingKey
from core.complaints.handling_steps import Assignment, Collaborator
from core.complaints.lifecycle import CaseEnded
from core.complaints.outcome_steps import Reopening
from core.complaints.states import CaseState
from core.customers.reveals import ContactField, NothingToReveal, RevealReasonTooShort, TooManyReveals
from core.kernel.identity import CaseId
from core.kernel.texts import ReasonMissing
from core.kernel.workdays import DayKind
from db.engine import Database
from db.models import (
    AccountabilityAction,
    AuditEntry,
    Base,
    CalendarDay,
    Case,
    CaseCollaborator,
    ServiceClock,
    ServiceDraft,
    ServiceEscalation,
    ServiceLink,
    ServicePause,
    ServicePhoto,
    ServiceSearch,
    ServiceStep,
    ServiceStepText,
    WorkOrder,
)
from db.operations.case_care import (
    AnonymiseCases,
    ArchiveCases,
    HoldCase,
    TickClocks,
    Ticked,
    anonymise_cases,
    archive_cases,
    hold_case,
    tick_clocks,
)
from db.operations.case_contacts import RevealCaller, reveal_caller
from db.operations.case_moves import EscalateCase, MoveCase, escalate_case, move_case
from db.operations.settings import SetSetting, set_setting
from db.repositories.case_care import estates_to_look_at
from db.repositories.cases import record_of
from db.repositories.customers import REVEALED
from db.repositories.work_orders import words_place
from db.unit_of_work import EditConflict, NotFound
from tests import builders
from tests.builders import NOW
from tests.db.asserting import check_rights, entries, refused
from tests.db.service_setup import ServiceWorld, a_service_world
from tests.db.test_cases import LIFT
from tests.personas import ADMINISTRATOR, person

C = CaseState


@pytest.fixture
def world(database: Database) -> ServiceWorld:
    return a_service_world(database)


def tick(world: ServiceWorld, most: int = 200) -> Ticked:
    return builders.act(world.database, tick_clocks, TickClocks(world.estate, most), now=world.now)


def told(world: ServiceWorld, case: CaseId) -> list[tuple[int, str]]:
    return [(row.percent, row.role) for row in world.rows(ServiceEscalation, record_id=case)]


# --- clocks --------------------------------------------------------------------------------------------------------


def test_the_ladder_of_an_urgent_case_is_climbed_at_any_hour_each_step_once(world: ServiceWorld) -> None:
    case = world.register(**LIFT)
    world.now = NOW + timedelta(hours=12) - timedelta(microseconds=1)
    tick(world)
    assert told(world, case) == []
    world.now = NOW + timedelta(hours=12)
    assert tick(world).told == 1
    assert tick(world) == Ticked(0, 0, more=False)
    world.now = NOW + timedelta(hours=25)
    tick(world)
    assert told(world, case)[:3] == [(50, "handler"), (80, "supervisor"), (100, "supervisor")]
    row = world.rows(ServiceEscalation)[0]
    assert (row.reached_at, row.told_at) == (NOW + timedelta(hours=12),) * 2
    (entry, *_) = entries(world.database, "service.escalated")
    assert entry.after == '{"records":1,"told":1}'


def test_other_cases_are_told_of_in_working_time(world: ServiceWorld) -> None:
    case = world.register()
    monday = datetime(2026, 11, 23, 0, 30, tzinfo=UTC)
    world.now = datetime(2026, 11, 24, 5, 0, tzinfo=UTC)
    tick(world)
    first = world.rows(ServiceEscalation, record_id=case)[0]
    assert (first.percent, first.role) == (50, "handler")
    assert first.reached_at >= monday


def test_a_look_leaves_versions_alone_and_names_the_next_one(world: ServiceWorld) -> None:
    case = world.register(**LIFT)
    before = world.case(case)
    world.now = NOW + timedelta(hours=2)
    assert tick(world).records == 1
    row = world.case(case)
    assert (row.version, row.next_look) == (before.version, NOW + timedelta(hours=2, microseconds=1))
    world.now = row.next_look
    tick(world)
    assert world.case(case).next_look == NOW + timedelta(hours=12)
    world.move(case, C.ASSIGNED)


def test_a_batch_takes_the_most_pressing_first_and_says_that_more_are_left(world: ServiceWorld) -> None:
    normal, urgent = world.register(), world.register(**LIFT)
    world.now = NOW + timedelta(days=9)
    assert tick(world, most=1) == Ticked(1, len(told(world, urgent)), more=True)
    assert (told(world, normal), told(world, urgent) != []) == ([], True)
    while tick(world, most=1).more:
        pass
    assert told(world, normal) != []


def test_a_paused_or_ended_case_is_not_told_of(world: ServiceWorld) -> None:
    paused, gone, free = world.register(**LIFT), world.register(unit=world.maple.units[1], **LIFT), world.register()
    world.move(gone, C.WITHDRAWN)
    pause = {
        "estate_id": world.estate, "id": 9001, "record_id": paused, "clocks": "response,resolved", "reason": "weather",
        "start_at": NOW, "end_at": None, "state": "approved", "asked_at": NOW, "decision_note": "", "version": 1,
    }  # fmt: skip
    with world.database.writing() as connection, connection.begin():
        connection.execute(insert(ServicePause), [pause])
    world.now = NOW + timedelta(days=9)
    tick(world)
    assert (told(world, paused), told(world, gone)) == ([], [])
    assert told(world, free) != []
    assert (world.case(paused).next_look, world.case(paused).due_hard) == (None, None)


def test_a_holiday_declared_afterwards_moves_what_is_due(world: ServiceWorld) -> None:
    case = world.register()
    due = world.case(case).due_hard
    with world.database.writing() as connection, connection.begin():
        day = {"day": date(2026, 11, 24), "kind": DayKind.REST.value, "note": "", "version": 1}
        connection.execute(insert(CalendarDay), [day])
    version = {row.calendar_version for row in world.rows(ServiceClock)}
    assert tick(world) == Ticked(1, 0, more=False)
    assert world.case(case).due_hard == due + timedelta(days=1)
    assert version.isdisjoint({row.calendar_version for row in world.rows(ServiceClock)})
    assert tick(world) == Ticked(0, 0, more=False)


def test_requests_are_looked_at_as_cases_are(world: ServiceWorld) -> None:
    order = an_order(world, next_look=NOW, due_hard=NOW)
    assert tick(world).records == 1
    (row,) = world.rows(WorkOrder, id=order)
    assert (row.next_look, row.version) == (None, 1)


def test_only_the_system_looks_archives_and_forgets(world: ServiceWorld) -> None:
    world.register()
    for act, wanted in (
        (tick_clocks, TickClocks(world.estate)),
        (archive_cases, ArchiveCases(world.estate)),
        (anonymise_cases, AnonymiseCases(world.estate)),
    ):
        for role in Role:
            with refused(world.database, NotPermitted):
                builders.act(world.database, act, wanted, by=person(1, "x", role))  # type: ignore[arg-type]


def test_the_estates_that_want_a_look_are_named(world: ServiceWorld) -> None:
    world.register()
    there = {"unit": world.lake.units[0], "customer": world.lake.owners[0]}
    world.register(world.people.lake_desk, estate=world.lake.estate, **there, **LIFT)
    with world.database.reading() as connection:
        assert estates_to_look_at(connection, NOW + timedelta(hours=1)) == ()
        assert estates_to_look_at(connection, NOW + timedelta(hours=2)) == (world.lake.estate,)
        assert estates_to_look_at(connection, NOW + timedelta(days=9)) == (world.estate, world.lake.estate)


def test_a_look_at_many_takes_as_many_statements_as_at_few(world: ServiceWorld) -> None:
    for number in range(14):
        world.register(unit=None, place=f"地点{number}")
    world.later(days=9)
    seen: list[str] = []

    def note(*given: Any) -> None:
        seen.append(given[2])

    event.listen(world.database.engine, "before_cursor_execute", note)
    assert tick(world, most=2).records == 2
    few = len(seen)
    assert tick(world, most=10).records == 10
    assert (few, len(seen) - few) == (few, few)
    event.remove(world.database.engine, "before_cursor_execute", note)


# --- archiving -----------------------------------------------------------------------------------------------------


def archive(world: ServiceWorld) -> int:
    return builders.act(world.database, archive_cases, ArchiveCases(world.estate), now=world.now)


@pytest.mark.parametrize(("days", "archived"), [(30, 0), (31, 1)])
def test_a_case_is_archived_once_it_cannot_be_opened_again(world: ServiceWorld, days: int, archived: int) -> None:
    case, withdrawn = world.register(), world.register()
    world.move(withdrawn, C.WITHDRAWN)
    world.move_to(case, C.CLOSED)
    world.later(days=days)
    assert archive(world) == archived
    assert world.case(case).state == ("archived" if archived else "closed")
    assert (world.case(case).ended_on, world.case(withdrawn).state) == (date(2026, 11, 21), "withdrawn")
    if archived:
        assert world.rows(ServiceStep, record_id=case)[-1].action == "archiving"
        assert archive(world) == 0


# --- forgetting ----------------------------------------------------------------------------------------------------


def anonymise(world: ServiceWorld, most: int = 200) -> int:
    return builders.act(world.database, anonymise_cases, AnonymiseCases(world.estate, most), now=world.now)


def an_order(world: ServiceWorld, **given: Any) -> int:
    """A request as a row, with everything that names somebody."""
    number, keys = 8001, world.database.keys
    row: dict[str, Any] = {
        "estate_id": world.estate, "id": number, "kind": "repair", "unit_id": world.maple.units[0], "area": "1",
        "noticed_at": NOW, "registered_at": NOW, "channel": "phone", "customer_id": world.maple.owners[0],
        "caller_name_sealed": b"name", "caller_phone_sealed": b"phone", "caller_phone_index": b"i" * 32,
        "content_sealed": keys.seal("水管爆裂", place=words_place("content", world.estate, number)),
        "need_sealed": b"need", "source_reference": "12345", "queue_rank": 1, "state": "submitted",
    }  # fmt: skip
    header = {
        "estate_id": world.estate, "id": number, "kind": "order", "number": "E0001-R261121-001", "registered_at": NOW,
    }  # fmt: skip
    with world.database.writing() as connection, connection.begin():
        connection.execute(insert(Base.metadata.tables["service_records"]), [header])
        connection.execute(insert(WorkOrder), [row | given])
    return number


def a_full_case(world: ServiceWorld) -> CaseId:
    """A closed case with everything beside it that can be forgotten."""
    told_by: dict[str, Any] = {
        "customer": None,
        "caller_name": "欧阳锋",
        "caller_phone": "13912345678",
        "claim": "道歉",
    }
    case = world.register(place="东门", source_reference="12345-7", **told_by)
    helper = Collaborator(world.assignee(world.people.repair_handler), "找欧阳锋谈话")
    world.move(
        case, C.ASSIGNED, Assignment(handler=world.assignee(world.people.service_handler), collaborators=(helper,))
    )
    wanted = EscalateCase(world.estate, case, world.case(case).version, "有人受伤送医")
    world.act(world.people.desk, escalate_case, wanted)
    world.move_to(case, C.CLOSED)
    key = {"estate_id": world.estate, "record_id": case}
    photo = {
        "id": 9001,
        "width": 1,
        "height": 1,
        "size": 1,
        "digest": b"d" * 32,
        "content_sealed": b"x",
        "added_at": NOW,
    }
    pause = {
        "id": 9002, "clocks": "response", "reason": "weather", "evidence_sealed": b"x", "start_at": NOW,
        "end_at": NOW + timedelta(hours=1), "state": "refused", "asked_at": NOW, "decision_note": "欧阳锋不同意",
        "version": 1,
    }  # fmt: skip
    links = [
        key | {"id": number, "target": target, "target_id": 7, "made_at": NOW}
        for number, target in ((9003, "bill"), (9004, "order"))
    ]
    followed = {"id": 9005, "action": "training", "note": "向欧阳锋道歉", "made_at": NOW}
    with world.database.writing() as connection, connection.begin():
        connection.execute(insert(AccountabilityAction), [key | followed])
        connection.execute(insert(ServicePhoto), [key | photo])
        connection.execute(insert(ServicePause), [key | pause])
        connection.execute(insert(ServiceLink), links)
    return case


def test_after_its_time_a_case_forgets_whose_it_was_and_what_was_said(world: ServiceWorld) -> None:
    case = a_full_case(world)
    before, steps = world.case(case), world.rows(ServiceStep)
    world.now = datetime(2029, 11, 20, 16, 0, tzinfo=UTC)  # the 21st in China: the last day of 36 months
    assert anonymise(world) == 0
    world.later(days=1)
    assert anonymise(world) == 1
    row, record = world.case(case), record_of(world.database.keys, world.case(case))
    assert (record.content, record.claim, record.caller_name, record.caller_phone) == ("", "", "", "")
    assert (row.unit_id, row.customer_id, row.place, row.place_key, row.source_reference) == (None, None, "", "", "")
    assert (row.caller_name_sealed, row.caller_phone_sealed, row.caller_phone_index, row.claim_sealed) == (None,) * 4
    assert (row.anonymised_at, row.anonymous) == (world.now, True)
    kept = ("area", "category", "sub_category", "grade", "state", "ended_on", "happened_at", "root_cause", "satisfied")
    assert [getattr(row, name) for name in kept] == [getattr(before, name) for name in kept]
    assert (world.rows(ServiceStep), world.rows(ServiceStepText)) == (steps, [])
    assert (world.rows(ServicePhoto), world.rows(ServiceSearch)) == ([], [])
    assert [(row.part, row.staff_id is not None) for row in world.rows(CaseCollaborator)] == [("", True)]
    (pause,) = world.rows(ServicePause)
    assert (pause.evidence_sealed, pause.decision_note) == (None, "")
    assert [row.target for row in world.rows(ServiceLink)] == ["order"]
    assert [(row.action, row.note) for row in world.rows(AccountabilityAction)] == [("training", "")]
    (draft,) = world.rows(ServiceDraft)
    assert '"place":""' in draft.facts and '"sub_category":"noise"' in draft.facts
    assert [entry.subject_id for entry in entries(world.database, "cases.anonymised")] == [str(case)]
    assert anonymise(world) == 0


def test_a_typed_place_is_no_area_that_stays(world: ServiceWorld) -> None:
    case = world.register(unit=None, place="欧阳锋家门口")
    world.move(case, C.WITHDRAWN)
    world.later(days=1200)
    assert anonymise(world) == 1
    assert (world.case(case).area, world.case(case).place) == ("", "")


def test_requests_are_forgotten_as_cases_are(world: ServiceWorld) -> None:
    order = an_order(world, state="closed", ended_on=date(2026, 11, 21), ended_at=NOW)
    world.now = datetime(2029, 11, 21, 16, 0, tzinfo=UTC)
    assert anonymise(world) == 1
    (row,) = world.rows(WorkOrder)
    assert (row.unit_id, row.customer_id, row.need_sealed, row.caller_phone_index) == (None,) * 4
    assert (row.area, row.source_reference, row.anonymised_at) == ("1", "", world.now)
    keys = world.database.keys
    assert keys.open(row.content_sealed, place=words_place("content", world.estate, order)) == ""
    assert [entry.subject_id for entry in entries(world.database, "orders.anonymised")] == [str(order)]


def test_a_notice_that_was_given_to_owners_stays_and_one_that_waits_does_not(world: ServiceWorld) -> None:
    order = an_order(world, state="closed", ended_on=date(2026, 11, 21), ended_at=NOW)
    draft = {
        "estate_id": world.estate, "record_id": order, "kind": "notice", "text": "停水通知", "made_at": NOW,
        "version": 1, "facts": '{"given":{"place":"东门"},"place":"东门","system":"water"}',
    }  # fmt: skip
    with world.database.writing() as connection, connection.begin():
        rows = [draft | {"id": number, "state": state} for number, state in ((1, "released"), (2, "draft"))]
        connection.execute(insert(ServiceDraft), rows)
    world.later(days=1200)
    anonymise(world)
    public, waiting = world.rows(ServiceDraft)
    assert (public.text, public.facts) == ("停水通知", draft["facts"])
    assert (waiting.text, waiting.facts) == ("", '{"given":{},"place":"","system":"water"}')


def test_the_setting_says_how_long_and_never_less_than_six_months(world: ServiceWorld) -> None:
    case = world.register()
    world.move(case, C.WITHDRAWN)
    short = SetSetting(world.estate, SettingKey.CASES_RETENTION_MONTHS, "5", date(2026, 12, 1), 0)
    with pytest.raises(Exception, match="bounds"):
        builders.act(world.database, set_setting, short, by=ADMINISTRATOR)
    builders.act(world.database, set_setting, replace(short, text="6"), by=ADMINISTRATOR)
    world.now = datetime(2027, 5, 21, 15, 59, tzinfo=UTC)
    assert anonymise(world) == 0
    world.now = datetime(2027, 5, 21, 16, 0, tzinfo=UTC)
    assert anonymise(world) == 1


def test_an_open_case_and_one_on_hold_are_not_forgotten(world: ServiceWorld) -> None:
    world.register()
    held = world.register()
    world.move(held, C.WITHDRAWN)

    def wanted(*, on_hold: bool, reason: str = "法院要求保全") -> HoldCase:
        return HoldCase(world.estate, held, world.case(held).version, on_hold, reason)

    check_rights(world.database, hold_case, wanted(on_hold=True), Permission.CASES_CLOSE)
    with refused(world.database, ReasonMissing):
        world.act(world.people.supervisor, hold_case, wanted(on_hold=True, reason="x"))
    world.act(world.people.supervisor, hold_case, wanted(on_hold=True))
    version = world.case(held).version
    world.act(world.people.supervisor, hold_case, wanted(on_hold=True))
    assert world.case(held).version == version
    with refused(world.database, EditConflict):
        world.act(world.people.supervisor, hold_case, replace(wanted(on_hold=False), version=1))
    world.later(days=4000)
    assert anonymise(world) == 0
    world.act(world.people.supervisor, hold_case, wanted(on_hold=False))
    assert anonymise(world) == 1
    assert [row.action for row in world.rows(ServiceStep, record_id=held)][-2:] == ["hold", "hold_end"]
    with refused(world.database, CaseEnded):
        world.act(world.people.supervisor, hold_case, wanted(on_hold=True))


def test_what_is_forgotten_is_not_opened_again(world: ServiceWorld) -> None:
    days = SetSetting(world.estate, SettingKey.CASES_REOPEN_DAYS, "3650", date(2026, 12, 1), 0)
    builders.act(world.database, set_setting, days, by=ADMINISTRATOR)
    case = world.register()
    world.move_to(case, C.CLOSED)
    world.later(days=1200)
    assert anonymise(world) == 1
    again = MoveCase(world.estate, case, world.case(case).version, C.IN_PROGRESS, Reopening(reason="又有噪音了"))
    with refused(world.database, CaseEnded):
        world.act(world.people.supervisor, move_case, again)


def test_other_estates_keep_what_is_theirs(world: ServiceWorld) -> None:
    there = {"unit": world.lake.units[0], "customer": world.lake.owners[0]}
    world.register(world.people.lake_desk, estate=world.lake.estate, **there)
    with world.database.writing() as connection, connection.begin():
        ended = {"state": "withdrawn", "ended_on": date(2026, 11, 21)}
        connection.execute(update(Case).where(Case.estate_id == world.lake.estate).values(ended))
    world.later(days=1200)
    assert anonymise(world) == 0
    (row,) = world.rows(Case, world.lake.estate)
    assert (row.anonymised_at, len(world.rows(ServiceSearch, world.lake.estate))) == (None, 1)


# --- the caller ------------------------------------------------------------------------------------------------------


def reveal(world: ServiceWorld, case: CaseId, field: ContactField = ContactField.PHONE) -> RevealCaller:
    return RevealCaller(world.estate, case, field, "回访来电人")


def test_a_caller_is_opened_with_a_reason_and_it_is_written_down(world: ServiceWorld) -> None:
    case = world.register(customer=None, caller_name="欧阳锋", caller_phone="13912345678")
    check_rights(world.database, reveal_caller, reveal(world, case), Permission.CUSTOMERS_REVEAL)
    assert world.act(world.people.desk, reveal_caller, reveal(world, case)) == "13912345678"
    assert world.act(world.people.desk, reveal_caller, reveal(world, case, ContactField.NAME)) == "欧阳锋"
    one, two = entries(world.database, REVEALED)
    assert (one.subject_type, one.subject_id, one.reason) == ("case", str(case), "回访来电人")
    assert "13912345678" not in one.after and "欧阳锋" not in two.after
    with refused(world.database, RevealReasonTooShort):
        world.act(world.people.desk, reveal_caller, replace(reveal(world, case), reason="aaaa"))
    on_file = world.register()
    with refused(world.database, NothingToReveal):
        world.act(world.people.desk, reveal_caller, reveal(world, on_file))


def test_openings_count_with_those_of_customers(world: ServiceWorld) -> None:
    case = world.register(customer=None, caller_name="欧阳锋", caller_phone="13912345678")
    opened = [
        {
            "chain": 99, "seq": number, "at": NOW, "actor_id": world.people.desk.user_id, "actor_name": "x",
            "action": REVEALED, "subject_type": "customer", "subject_id": str(number), "reason": "", "hash": b"h" * 32,
        }
        for number in range(1, 250)
    ]  # fmt: skip
    with world.database.writing() as connection, connection.begin():
        connection.execute(insert(AuditEntry), opened[:248])
    world.later(seconds=1)
    assert world.act(world.people.desk, reveal_caller, reveal(world, case)) == "13912345678"
    assert len(entries(world.database, f"{REVEALED}.alarm")) == 1
    with world.database.writing() as connection, connection.begin():
        connection.execute(insert(AuditEntry), opened[248:])
    another = world.register(customer=None, caller_name="黄药师")
    with refused(world.database, TooManyReveals):
        world.act(world.people.desk, reveal_caller, reveal(world, another, ContactField.NAME))
    assert world.act(world.people.desk, reveal_caller, reveal(world, case)) == "13912345678"


def test_who_does_not_see_the_case_opens_nobody(world: ServiceWorld) -> None:
    case = world.register(customer=None, caller_name="欧阳锋")
    cashier = person(41, "cashier", Role.CASHIER)
    with refused(world.database, NotFound):
        world.act(cashier, reveal_caller, reveal(world, case, ContactField.NAME))
    with refused(world.database, NotPermitted):
        world.act(world.people.lake_desk, reveal_caller, reveal(world, case, ContactField.NAME))


def test_nothing_else_holds_what_was_forgotten(world: ServiceWorld) -> None:
    """Every table, before sealed or not, is read for what was typed; audit holds tokens only."""
    a_full_case(world)
    world.later(days=1200)
    anonymise(world)
    with world.database.reading() as connection:
        for table in Base.metadata.sorted_tables:
            text = repr(connection.execute(select(table)).all())
            for secret in ("欧阳锋", "13912345678", "送医", "东门"):
                assert secret not in text, table.name
