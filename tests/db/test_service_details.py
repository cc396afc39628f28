"""A record with all that hangs on it: timeline, clocks, pauses, photos, links both ways (R-086, R-096, R-103)."""

from datetime import date, timedelta
from itertools import product
from typing import Any

import pytest
from sqlalchemy import insert

from core.admin.permissions import MATRIX, Actor, NotPermitted, Permission, Role
from core.kernel.attachments import LinkTarget, LinkToItself
from core.kernel.clocks import ClockKind
from core.kernel.identity import EstateId
from core.kernel.money import Money
from core.kernel.pauses import PauseRequest, PauseState
from core.kernel.periods import Month
from core.kernel.records import RecordKind
from core.kernel.signals import ClockAction
from core.kernel.sla import ClockLevel
from db.engine import Database
from db.models import (
    Bill,
    BillRun,
    Measure,
    Questionnaire,
    ServiceEscalation,
    ServiceLink,
    SurveyRound,
)
from db.operations.service_links import AddLink, RemoveLink, add_link, remove_link
from db.operations.service_pauses import AskPause, DecidePause, ask_pause, decide_pause
from db.queries.service_details import ClockRow, PhotoWanted, RecordDetails, RecordWanted, photo_content, record_details
from db.repositories.service_links import LARGEST
from db.repositories.service_steps import add_step
from db.unit_of_work import NotFound
from tests.builders import NOW
from tests.db.asserting import check_rights, entries, pairs, refused, someone_with
from tests.db.service_parts_setup import Parts
from tests.db.service_setup import ServiceWorld, a_service_world
from tests.db.test_service_photos import put, shot
from tests.personas import person
from tests.statements import count_statements

RESPONSE, RESOLVED = ClockKind.RESPONSE, ClockKind.RESOLVED
HOUR = timedelta(hours=1)


@pytest.fixture
def world(database: Database) -> ServiceWorld:
    return a_service_world(database)


@pytest.fixture
def parts(world: ServiceWorld) -> Parts:
    return Parts(world)


def details(parts: Parts, record: int, by: Actor | None = None, **given: Any) -> RecordDetails:
    wanted = RecordWanted(parts.world.estate, record, **given)
    return parts.world.ask(by or parts.world.people.desk, record_details, wanted)


def clock(found: RecordDetails, kind: ClockKind, run: int = 1) -> ClockRow:
    (row,) = (row for row in found.clocks if (row.kind, row.run) == (kind, run))
    return row


def link(parts: Parts, record: int, target: LinkTarget, reference: str | int, by: Actor | None = None) -> int:
    command = AddLink(parts.world.estate, record, target, reference)
    return parts.world.act(by or parts.world.people.desk, add_link, command)


def note(parts: Parts, record: int, words: dict[str, str], by: Actor) -> None:
    def store(work: Any) -> None:
        estate = parts.world.estate
        at: dict[str, Any] = {"entered_at": work.now, "done_at": work.now, "by": work.actor.user_id}
        moved: dict[str, Any] = {"action": "response", "source": "assigned", "state": "responded", "facts": {}}
        add_step(
            work.session, work.keys, estate=estate, step_id=work.new_id(estate), record_id=record, words=words,
            **moved, **at,
        )  # fmt: skip

    parts.do(store, by=by)


def test_a_fresh_record_shows_its_clocks_and_nothing_else(parts: Parts) -> None:
    record = parts.case()
    parts.world.later(hours=12)
    found = details(parts, record)
    assert (found.kind, found.number, found.registered_at, found.forgotten) == (RecordKind.CASE, "C-001", NOW, False)
    assert (found.timeline, found.pauses, found.photos, found.links) == ((), (), (), ())
    response = clock(found, RESPONSE)
    assert (response.level, response.state.due_target, response.stopped_at) == (
        ClockLevel.GREEN, NOW + 24 * HOUR, None,
    )  # fmt: skip
    assert response.state.remaining_target == 12 * HOUR
    assert clock(found, RESOLVED).state.remaining_target == 60 * HOUR
    assert found.unknown_years == ()


def test_clocks_are_read_at_the_moment_of_looking(parts: Parts) -> None:
    record = parts.case()
    levels = []
    for hours in (24, 1 / 3600, 100):
        parts.world.later(hours=hours)
        levels.append(clock(details(parts, record), RESPONSE).level)
    assert levels == [ClockLevel.GREEN, ClockLevel.AMBER, ClockLevel.RED]


def test_a_stopped_clock_shows_how_it_was_settled_and_a_cancelled_one_no_colour(parts: Parts) -> None:
    in_time, amber, red, cancelled = (parts.case() for _ in range(4))
    parts.signal(in_time, RESPONSE, ClockAction.STOP)
    parts.world.later(hours=30)
    parts.signal(amber, RESPONSE, ClockAction.STOP)
    parts.world.later(hours=100)
    parts.signal(red, RESPONSE, ClockAction.STOP)
    parts.signal(cancelled, RESPONSE, ClockAction.CANCEL)
    rows = [clock(details(parts, record), RESPONSE) for record in (in_time, amber, red, cancelled)]
    assert [row.level for row in rows] == [ClockLevel.GREEN, ClockLevel.AMBER, ClockLevel.RED, None]
    assert [row.target_minutes for row in rows] == [24 * 60, -6 * 60, -106 * 60, None]
    assert [row.hard_kept for row in rows] == [True, True, False, None]
    assert rows[3].cancelled


def test_runs_of_a_clock_stand_in_their_order_with_the_steps_told(parts: Parts) -> None:
    record = parts.case()
    parts.signal(record, RESOLVED, ClockAction.STOP)
    parts.world.later(days=1)
    parts.signal(record, RESOLVED, ClockAction.START)
    (first, _, second) = details(parts, record).clocks

    def tell(work: Any) -> None:
        for percent, role in ((80, "supervisor"), (50, "handler"), (50, "manager")):
            key = {"estate_id": 1, "id": work.new_id(EstateId(1)), "record_id": record, "clock_id": second.clock_id}
            told = {"percent": percent, "role": role, "reached_at": NOW, "told_at": NOW + HOUR}
            work.session.execute(insert(ServiceEscalation).values(**key, **told))

    parts.do(tell)
    found = details(parts, record)
    assert [(row.kind, row.run) for row in found.clocks] == [(RESPONSE, 1), (RESOLVED, 1), (RESOLVED, 2)]
    told = clock(found, RESOLVED, 2).told
    assert [(step.percent, step.role) for step in told] == [(50, "handler"), (50, "manager"), (80, "supervisor")]
    assert (told[0].reached_at, told[0].told_at) == (NOW, NOW + HOUR)
    assert first.told == clock(found, RESPONSE).told == ()


def test_the_timeline_shows_who_said_what(parts: Parts) -> None:
    record = parts.case()
    note(parts, record, {"restated": "楼上装修噪音"}, parts.world.people.desk)
    (step,) = details(parts, record).timeline
    assert (step.action, step.words, step.made_by_name) == ("response", {"restated": "楼上装修噪音"}, "周前台")


def test_pauses_show_who_asked_who_decided_and_whether_they_last(parts: Parts) -> None:
    record, people, estate = parts.case(), parts.world.people, parts.world.estate
    parts.world.later(hours=2)
    request = PauseRequest(
        clocks=frozenset({RESPONSE}),
        reason="waiting_parts",
        evidence="配件已下单",
        start=NOW + HOUR,
        end=NOW + 3 * HOUR,
    )
    number = parts.world.act(people.desk, ask_pause, AskPause(estate, record, request))
    (row,) = details(parts, record).pauses
    assert (row.state, row.lasts, row.asked_by, row.asked_by_name) == (PauseState.ASKED, False, 101, "周前台")
    assert (row.decided_by_name, row.decided_at, row.evidence) == ("", None, "配件已下单")
    parts.world.act(people.supervisor, decide_pause, DecidePause(estate, number, row.version, True, "可以"))
    found = details(parts, record)
    (row,) = found.pauses
    assert (row.state, row.lasts, row.decided_by_name, row.note) == (PauseState.APPROVED, True, "冯主管", "可以")
    assert (row.start, row.end, row.clocks, row.version) == (NOW + HOUR, NOW + 3 * HOUR, frozenset({RESPONSE}), 2)
    response = clock(found, RESPONSE)
    assert (response.state.paused, response.state.due_target) == (True, NOW + 26 * HOUR)
    assert not clock(found, RESOLVED).state.paused
    parts.world.later(hours=1)
    assert not details(parts, record).pauses[0].lasts, "the end itself is outside"


def test_photos_come_without_content_and_say_who_may_remove_them(parts: Parts) -> None:
    record, people = parts.case(), parts.world.people
    one, two = (*put(parts, record, shot(1), phase="before"), *put(parts, record, shot(2), by=people.clerk))
    rows = details(parts, record).photos
    assert [(row.photo_id, row.phase.value, row.added_by_name) for row in rows] == [
        (one, "before", "周前台"),
        (two, "", "clerk"),
    ]
    assert [row.removable for row in rows] == [True, False]
    assert [row.removable for row in details(parts, record, people.supervisor).photos] == [True, True]
    parts.world.later(days=1)
    assert [row.removable for row in details(parts, record).photos] == [False, False]


def everything(parts: Parts) -> dict[LinkTarget, int]:
    """A bill of 312.50 yuan with 100 paid, a measure, a survey round; by their numbers."""
    estate = parts.world.estate

    def store(work: Any) -> dict[LinkTarget, int]:
        numbers = [*work.new_ids(estate, 4)]
        run: dict[str, Any] = {"month": 202611, "state": "posted", "bills": 1, "problems": 0, "total_fen": 31250}
        work.session.add(BillRun(estate_id=estate, id=numbers[3], digest="x", made_at=NOW, **run))
        work.session.flush()
        amounts: dict[str, Any] = {"quantity": 100, "unit_price": 1, "amount_fen": 31250, "paid_fen": 10000}
        when: dict[str, Any] = {"service_month": 202611, "due_date": date(2026, 11, 30), "posted_on": date(2026, 11, 1)}
        place: dict[str, Any] = {"unit_id": parts.world.maple.units[0], "building_id": 1, "item": "property"}
        work.session.add(
            Bill(estate_id=estate, id=numbers[0], tariff_id=1, run_id=numbers[3], **place, **when, **amounts)
        )
        goal: dict[str, Any] = {"metric": "own_figure", "target_micro": 1, "better": "up", "unit": "%"}
        plan: dict[str, Any] = {"problem": "噪音多", "cause": "x", "action": "x", "deadline": date(2027, 1, 1)}
        who: dict[str, Any] = {"responsible_id": parts.world.people.desk.staff, "made_at": NOW, "stage": "plan"}
        work.session.add(
            Measure(estate_id=estate, id=numbers[1], number="M26-001", source="complaint", **goal, **plan, **who)
        )
        form = Questionnaire(code="q", edition=1, title_zh="问卷", state="published", made_at=NOW)
        work.session.add(form)
        work.session.flush()
        days: dict[str, Any] = {"starts_on": date(2026, 11, 1), "ends_on": date(2026, 12, 1), "made_at": NOW}
        size: dict[str, Any] = {"target_sample": 1, "sent": 1, "population": 1, "check_percent": 0, "channels": "phone"}
        names: dict[str, Any] = {"code": "2026-H2", "name": "下半年调查", "kind": "regular", "state": "open"}
        work.session.add(
            SurveyRound(estate_id=estate, id=numbers[2], questionnaire_id=form.id, **names, **days, **size)
        )
        work.session.flush()
        return dict(zip((LinkTarget.BILL, LinkTarget.MEASURE, LinkTarget.SURVEY), numbers, strict=False))

    return parts.do(store)


def test_links_say_in_words_what_they_point_to(parts: Parts) -> None:
    record, other, order = parts.case(), parts.case(state="in_progress"), parts.order(failure="lift")
    found = everything(parts)
    link(parts, record, LinkTarget.BILL, str(found[LinkTarget.BILL]))
    link(parts, record, LinkTarget.CASE, "C-002")
    link(parts, record, LinkTarget.ORDER, " O-003 ")
    link(parts, record, LinkTarget.MEASURE, "M26-001")
    link(parts, record, LinkTarget.SURVEY, "2026-H2")
    rows = details(parts, record, parts.world.people.manager).links
    assert [(row.target, row.target_id, row.name, row.about, row.state) for row in rows] == [
        (LinkTarget.BILL, found[LinkTarget.BILL], "1-101", "property", ""),
        (LinkTarget.CASE, other, "C-002", "noise", "in_progress"),
        (LinkTarget.ORDER, order, "O-003", "lift", "assigned"),
        (LinkTarget.MEASURE, found[LinkTarget.MEASURE], "M26-001", "噪音多", "plan"),
        (LinkTarget.SURVEY, found[LinkTarget.SURVEY], "2026-H2", "下半年调查", "open"),
    ]
    assert (rows[0].month, rows[0].outstanding) == (Month(2026, 11), Money(21250))
    assert all(row.opens and not row.incoming and row.made_by_name == "周前台" for row in rows)


def test_who_may_not_see_bills_sees_only_that_there_is_one(parts: Parts) -> None:
    record, bill = parts.case(), everything(parts)[LinkTarget.BILL]
    link(parts, record, LinkTarget.BILL, bill)
    (row,) = details(parts, record).links
    assert Permission.FEES_VIEW not in MATRIX[next(iter(parts.world.people.desk.roles))]
    assert (row.opens, row.about, row.outstanding, row.month) == (False, "", None, Month(2026, 11))
    assert (row.target, row.name) == (LinkTarget.BILL, "1-101")


def test_a_link_is_seen_from_both_ends(parts: Parts) -> None:
    case, order = parts.case(), parts.order()
    number = link(parts, case, LinkTarget.ORDER, order)
    (there,) = details(parts, case).links
    (back,) = details(parts, order).links
    assert (there.link_id, there.target, there.target_id, there.incoming) == (number, LinkTarget.ORDER, order, False)
    assert (back.link_id, back.target, back.target_id, back.incoming) == (number, LinkTarget.CASE, case, True)
    assert (back.name, back.about) == ("C-001", "noise")


def test_of_a_record_somebody_does_not_see_only_the_number_shows(parts: Parts) -> None:
    people = parts.world.people
    own, foreign = parts.case(handler_id=people.repair_handler.staff), parts.case(category="fees", sub_category="")
    hidden = parts.order()
    link(parts, own, LinkTarget.CASE, foreign)
    link(parts, own, LinkTarget.ORDER, hidden)
    rows = details(parts, own, people.repair_handler).links
    assert [(row.name, row.about, row.state, row.opens) for row in rows] == [
        ("C-002", "", "", False),
        ("O-003", "", "", False),
    ]
    assert [row.about for row in details(parts, own).links] == ["fees", "repair"]
    with refused(parts.world.database, NotFound):
        link(parts, own, LinkTarget.CASE, "C-002", people.repair_handler)
    with refused(parts.world.database, NotFound):
        link(parts, own, LinkTarget.ORDER, hidden, people.repair_handler)


def test_a_link_is_made_once(parts: Parts) -> None:
    case, order = parts.case(), parts.order()
    numbers = {link(parts, case, LinkTarget.ORDER, reference) for reference in (order, "O-002", order)}
    assert len(numbers) == len(parts.world.rows(ServiceLink)) == 1
    (entry,) = entries(parts.world.database, "links.add")
    assert (entry.subject_type, entry.subject_id) == ("case", str(case))


@pytest.mark.parametrize("target", LinkTarget)
@pytest.mark.parametrize(
    "reference", ["", "X-1", "1 OR 1=1", 0, -1, 999_999, LARGEST, LARGEST + 1, "9" * 30, "٣", "字" * 99, "M\x00"]
)
def test_what_is_not_there_is_not_linked(parts: Parts, target: LinkTarget, reference: str | int) -> None:
    record = parts.case()
    with refused(parts.world.database, NotFound):
        link(parts, record, target, reference)


def test_nothing_of_another_estate_is_linked_and_nothing_to_itself(parts: Parts) -> None:
    record = parts.case()
    parts.case(estate=parts.world.lake.estate)
    with refused(parts.world.database, NotFound):
        link(parts, record, LinkTarget.CASE, "C-002")
    with refused(parts.world.database, LinkToItself):
        link(parts, record, LinkTarget.CASE, "C-001")


def test_a_wrong_link_is_taken_away_where_it_was_made(parts: Parts) -> None:
    people, world = parts.world.people, parts.world
    case, order = parts.case(handler_id=people.repair_handler.staff), parts.order()
    number = link(parts, case, LinkTarget.ORDER, order)
    with refused(world.database, NotFound):
        world.act(people.second_handler, remove_link, RemoveLink(world.estate, number))
    world.act(people.repair_handler, remove_link, RemoveLink(world.estate, number))
    assert world.rows(ServiceLink) == []
    (entry,) = entries(world.database, "links.remove")
    assert (entry.subject_id, entry.before) == (str(case), f'{{"link":{number},"target":"order","target_id":{order}}}')
    with refused(world.database, NotFound):
        world.act(people.desk, remove_link, RemoveLink(world.estate, number))


def test_a_record_is_shown_to_whoever_sees_it(parts: Parts) -> None:
    people = parts.world.people
    case, order = parts.case(handler_id=people.repair_handler.staff), parts.order()
    assert details(parts, case, people.repair_handler).number == "C-001"
    assert details(parts, order, people.auditor).kind is RecordKind.ORDER
    for record, who in ((case, people.second_handler), (order, people.repair_handler), (999_999, people.desk)):
        with pytest.raises(NotFound):
            details(parts, record, who)
    with pytest.raises(NotPermitted):
        details(parts, case, people.lake_desk)
    for wanted in (RecordWanted(EstateId(2**40), case), RecordWanted(parts.world.estate, 2**70)):
        with pytest.raises(NotFound):
            parts.world.ask(people.desk, record_details, wanted)


def test_rights(parts: Parts) -> None:
    parts.world.later(hours=1)
    record, world = parts.case(), parts.world
    order = parts.order()
    number = link(parts, record, LinkTarget.ORDER, order)
    commands = pairs(
        (add_link, AddLink(world.estate, record, LinkTarget.ORDER, order)),
        (remove_link, RemoveLink(world.estate, number)),
    )
    elsewhere = someone_with(Permission.ORDERS_REGISTER, EstateId(world.estate + 1))
    for operation, command in commands:
        check_rights(world.database, operation, command, Permission.ORDERS_REGISTER)
        with refused(world.database, NotPermitted):
            world.act(elsewhere, operation, command)


def test_who_sees_requests_sees_complaints_too() -> None:
    """One permission stands at the door of what both have in common; it keeps nobody of either out."""
    for held in MATRIX.values():
        assert (Permission.CASES_VIEW in held) == (Permission.ORDERS_VIEW in held)
        works = held & {Permission.CASES_HANDLE, Permission.CASES_CLASSIFY, Permission.ORDERS_WORK}
        assert not works or Permission.ORDERS_REGISTER in held


def test_details_keep_to_their_budget_of_statements(parts: Parts) -> None:
    record, order = parts.case(), parts.order()
    found = everything(parts)
    for shade in range(5):
        put(parts, record, shot(shade))
        note(parts, record, {"note": "说明"}, parts.world.people.desk)
    for target, number in (*found.items(), (LinkTarget.ORDER, order)):
        link(parts, record, target, number)
    with count_statements(parts.world.database) as seen:
        details(parts, record)
    assert len(seen) == 8
    terms = parts.do(parts.terms)
    with count_statements(parts.world.database) as seen:
        details(parts, record, terms=terms)
    assert len(seen) == 6
    assert not [statement for statement in seen if "content_sealed" in statement], "no photo is loaded for a list"


def test_reading_is_for_whoever_opens_the_pages_of_records(parts: Parts) -> None:
    record = parts.case()
    (photo,) = put(parts, record, shot())
    asked = pairs(
        (record_details, RecordWanted(parts.world.estate, record)),
        (photo_content, PhotoWanted(parts.world.estate, photo)),
    )
    for (query, wanted), role in product(asked, Role):
        if Permission.CASES_ALL in MATRIX[role]:
            assert parts.world.ask(person(40, "someone", role), query, wanted)
            continue
        refusal = NotFound if Permission.CASES_VIEW in MATRIX[role] else NotPermitted
        with pytest.raises(refusal):
            parts.world.ask(person(40, "someone", role), query, wanted)
