"""The queue of service requests: views and true counts, order, search, what a row shows, statements (R-085, R-086)."""

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest

from core.admin.permissions import Permission
from core.kernel.clocks import ClockKind, Levels
from core.kernel.filters import Slice
from core.kernel.limits import clock_hours
from core.work_orders.kinds import WorkKind
from core.work_orders.slots import Slot
from core.work_orders.states import WorkState
from db.engine import Database
from db.models import ServicePause
from db.queries import service_finding
from db.queries.service_rows import QueueLevel
from db.queries.work_orders import AgreedTime, OrderList, OrderRow, OrdersShown, OrdersWanted, SearchForm, work_orders
from tests.conftest import ON_SQLITE
from tests.db.asserting import check_reading_rights
from tests.db.service_setup import ServiceWorld, a_service_world
from tests.db.work_queries_setup import a_request, an_appointment, clock, fresh, put
from tests.statements import count_statements

HOUR = timedelta(hours=1)
S = OrdersShown


@pytest.fixture
def world(database: Database) -> ServiceWorld:
    return a_service_world(database)


def listed(world: ServiceWorld, by: object = None, **given: object) -> OrderList:
    return world.ask(by or world.people.supervisor, work_orders, OrdersWanted(**given))  # type: ignore[arg-type]


def ids(found: OrderList) -> list[int]:
    return [row.order_id for row in found.rows]


def the_row(world: ServiceWorld, order: int, **given: object) -> OrderRow:
    return next(row for row in listed(world, **given).rows if row.order_id == order)


def test_failures_stand_on_top_then_the_missed_then_the_nearest_deadline_then_what_has_none(
    world: ServiceWorld,
) -> None:
    now = world.now
    carried_out = a_request(world, state="carried_out", registered_at=now - 9 * HOUR)
    fresh_one = a_request(world, registered_at=now)
    amber = a_request(world, registered_at=now - 5 * HOUR)
    red = a_request(world, registered_at=now - 25 * HOUR)
    more_red = a_request(world, registered_at=now - 60 * HOUR)
    no_hard_limit = a_request(world, kind="cleaning", registered_at=now - 50 * HOUR)
    failure = a_request(world, failure="lift", registered_at=now - HOUR)
    failure_in_pause = a_request(world, failure="gas", due_target=None, due_hard=None)
    assert ids(listed(world)) == [
        failure, failure_in_pause, more_red, red, no_hard_limit, fresh_one, amber, carried_out
    ]  # fmt: skip


def test_a_deadline_is_the_target_while_to_come_then_the_hard_limit_and_at_the_instant_it_holds(
    world: ServiceWorld,
) -> None:
    start = world.now
    order = a_request(world, registered_at=start)
    seen = []
    for hours in (0, 4, 5, 24, 25):
        world.now = start + hours * HOUR
        row = the_row(world, order)
        seen.append((row.level, row.deadline, row.deadline_is_hard, row.clock, row.remaining))
    response = ClockKind.RESPONSE
    assert seen == [
        (QueueLevel.GREEN, start + 4 * HOUR, False, response, 4 * HOUR),
        (QueueLevel.GREEN, start + 4 * HOUR, False, response, 0 * HOUR),
        (QueueLevel.AMBER, start + 24 * HOUR, True, response, 19 * HOUR),
        (QueueLevel.AMBER, start + 24 * HOUR, True, response, 0 * HOUR),
        (QueueLevel.RED, start + 24 * HOUR, True, response, -1 * HOUR),
    ]


def test_the_clock_named_is_the_one_the_deadline_is_of(world: ServiceWorld) -> None:
    order = a_request(world, state="under_way", handler_id=world.people.repair_handler.staff)
    row = the_row(world, order)
    assert (row.clock, row.remaining) == (ClockKind.RESOLVED, 24 * HOUR)


def test_where_no_clock_runs_there_is_no_colour(world: ServiceWorld) -> None:
    done = the_row(world, a_request(world, state="carried_out"))
    ended = the_row(world, a_request(world, state="closed", rating=5), shown=S.CLOSED)
    for row in (done, ended):
        assert (row.level, row.deadline, row.clock, row.remaining) == (QueueLevel.NONE, None, None, None)
    assert (ended.rating, ended.step, done.step) == (5, 5, 4)


def test_a_pause_without_an_end_leaves_a_clock_and_no_deadline(world: ServiceWorld) -> None:
    clocks = [clock(ClockKind.RESOLVED, world.now - HOUR, TWO, due_target=None, due_hard=None)]
    order = a_request(world, state="under_way", clocks=clocks)
    a_pause(world, order)
    row = the_row(world, order)
    assert (row.level, row.deadline, row.clock, row.paused) == (QueueLevel.PAUSED, None, ClockKind.RESOLVED, True)


@pytest.mark.parametrize(
    ("given", "lasts"),
    [
        ({}, True),
        ({"state": "asked"}, False),
        ({"end": 0}, False),
        ({"end": 1}, True),
        ({"start": 1}, False),
        ({"start": 0}, True),
    ],
)
def test_a_pause_is_shown_while_it_lasts_and_counts(world: ServiceWorld, given: dict[str, Any], lasts: bool) -> None:
    order = a_request(world)
    a_pause(world, order, **given)
    assert the_row(world, order).paused is lasts


TWO = Levels(target=clock_hours(24), hard=clock_hours(48))


def a_pause(
    world: ServiceWorld, order: int, *, state: str = "approved", start: int = -1, end: int | None = None
) -> None:
    row = {"estate_id": world.estate, "id": fresh(), "record_id": order, "clocks": "resolved", "state": state}
    times = {"start_at": world.now + start * HOUR, "end_at": None if end is None else world.now + end * HOUR}
    put(world, ServicePause, row | times | {"reason": "weather", "asked_at": world.now})


def a_mixed_queue(world: ServiceWorld) -> None:
    """One of everything a view tells apart."""
    now, mine = world.now, world.people.repair_handler.staff
    a_request(world, registered_at=now)
    a_request(world, registered_at=now - 5 * HOUR)
    a_request(world, registered_at=now - 25 * HOUR, handler_id=mine, state="assigned")
    a_request(world, kind="cleaning", registered_at=now - 25 * HOUR, estate_id=world.lake.estate)
    a_request(world, failure="lift", registered_at=now - 3 * HOUR, handler_id=mine, state="under_way")
    a_request(world, state="carried_out", handler_id=world.people.second_handler.staff)
    a_request(world, state="reported_back", handler_id=mine)
    a_request(world, state="closed", rating=4, handler_id=mine)
    a_request(world, state="cancelled", ended_at=now - 30 * HOUR)
    later = a_request(world, kind="greening", registered_at=now, handler_id=mine, state="assigned")
    an_appointment(world, later, now + HOUR)


def test_the_counts_are_true_for_every_view_whoever_asks(world: ServiceWorld) -> None:
    a_mixed_queue(world)
    people = world.people
    for who in (people.supervisor, people.repair_handler, people.second_handler, people.lake_desk, people.desk):
        for estate in (None, world.lake.estate):
            for shown in OrdersShown:
                found = listed(world, who, shown=shown, estate_id=estate, slice=Slice(size=100))
                assert found.total == len(found.rows) == getattr(found.counts, shown.value), (who.name, shown)


def test_each_view_shows_what_it_says(world: ServiceWorld) -> None:
    a_mixed_queue(world)
    counts = listed(world, world.people.repair_handler).counts
    assert (counts.open, counts.mine, counts.closed, counts.all) == (4, 4, 1, 5)
    counts = listed(world).counts
    assert (counts.open, counts.closed, counts.all, counts.mine) == (8, 2, 10, 0)
    assert (counts.red, counts.amber, counts.unassigned, counts.done) == (2, 2, 3, 2)
    assert counts.today == 5  # both red ones, the cleaning that is late, the new one, and the one somebody comes for
    shown = {view: {row.state for row in listed(world, shown=view).rows} for view in (S.DONE, S.CLOSED)}
    assert shown == {
        S.DONE: {WorkState.CARRIED_OUT, WorkState.REPORTED_BACK},
        S.CLOSED: {WorkState.CLOSED, WorkState.CANCELLED},
    }
    assert {row.level for row in listed(world, shown=S.RED).rows} == {QueueLevel.RED}
    assert {row.level for row in listed(world, shown=S.AMBER).rows} == {QueueLevel.AMBER}


def test_a_report_is_due_where_the_rows_say_so(world: ServiceWorld) -> None:
    now, hour = world.now, HOUR
    hard, target = Levels(hard=clock_hours(1)), Levels(target=clock_hours(1))
    both = Levels(target=clock_hours(1), hard=clock_hours(3))
    kind = ClockKind.RESOLVED
    late = [
        [clock(kind, now - 2 * hour, hard)],
        [clock(kind, now - 2 * hour, target)],
        [clock(kind, now - 9 * hour, hard, stopped_at=now, hard_minutes=-60, hard_kept=False)],
        [clock(kind, now - 9 * hour, target, stopped_at=now, target_minutes=-60, target_kept=False)],
    ]
    in_time = [
        [clock(kind, now - 2 * hour, both)],
        [clock(kind, now - 2 * hour, both, stopped_at=now, target_kept=False, target_minutes=-1, hard_kept=True)],
        [clock(kind, now - 2 * hour, hard, cancelled=True, stopped_at=now)],
        [clock(kind, now - 2 * hour, hard) | {"due_hard": None}],
        [clock(kind, now - hour, hard)],
        [],
    ]
    due = {a_request(world, state="carried_out", clocks=clocks) for clocks in late}
    for clocks in in_time:
        a_request(world, state="carried_out", clocks=clocks)
    a_request(world, state="carried_out", clocks=late[0], reported_at=now)
    found = listed(world, shown=S.REPORT)
    assert {row.order_id for row in found.rows} == due
    assert {row.order_id for row in listed(world).rows if row.report_needed} == due
    assert found.counts.report == len(due)


def test_a_visit_is_one_agreed_for_today(world: ServiceWorld) -> None:
    visited, later = a_request(world), a_request(world)
    an_appointment(world, visited, world.now + HOUR)
    an_appointment(world, later, world.now + 24 * HOUR)
    found = listed(world, shown=S.VISITS)
    assert (ids(found), found.counts.visits) == ([visited], 1)


@pytest.mark.parametrize(
    ("start", "state", "shown"),
    [
        (-9, "confirmed", True),
        (14, "offered", True),
        (15, "confirmed", False),
        (-11, "confirmed", False),
        (1, "moved", False),
        (1, "cancelled", False),
        (1, "kept", False),
    ],
)
def test_today_is_the_business_day_of_an_agreed_time(world: ServiceWorld, start: int, state: str, shown: bool) -> None:
    """It is nine in the morning: the day began nine hours ago and has fifteen more."""
    order = a_request(world, state="carried_out")
    an_appointment(world, order, world.now + start * HOUR, state=state)
    assert (ids(listed(world, shown=S.TODAY)) == [order]) is shown


def test_the_ended_stand_newest_first_and_all_by_their_submission(world: ServiceWorld) -> None:
    now = world.now
    ended = [a_request(world, state="closed", ended_at=now - hours * HOUR) for hours in (30, 1, 400, 2)]
    opened = a_request(world, registered_at=now - HOUR)
    assert ids(listed(world, shown=S.CLOSED)) == [ended[1], ended[3], ended[0], ended[2]]
    assert ids(listed(world, shown=S.ALL)) == [*reversed(ended), opened]


def test_pages_follow_one_another_without_a_gap(world: ServiceWorld) -> None:
    orders = [a_request(world, registered_at=world.now - hours * HOUR) for hours in range(7)]
    pages = [listed(world, slice=Slice(page=page, size=3)) for page in (1, 2, 3, 4)]
    assert [page.total for page in pages] == [7] * 4
    assert sorted(order for page in pages for order in ids(page)) == sorted(orders)
    assert ids(pages[3]) == []


def test_a_filter_narrows_rows_and_counts_alike(world: ServiceWorld) -> None:
    a_mixed_queue(world)
    handler = world.people.repair_handler.staff
    assert {row.kind for row in listed(world, kind=WorkKind.CLEANING).rows} == {WorkKind.CLEANING}
    failures = listed(world, failure_only=True)
    assert (failures.total, failures.counts.all) == (1, 1)
    assert {row.handler for row in listed(world, handler=handler).rows} == {handler}
    assert {row.state for row in listed(world, state=WorkState.ASSIGNED).rows} == {WorkState.ASSIGNED}
    old = listed(world, age_days=1, shown=S.ALL)
    assert {row.registered_at.date() < world.now.date() for row in old.rows} == {True}
    assert old.total == 2


def test_handlers_see_their_own_and_nobody_sees_another_estate(world: ServiceWorld) -> None:
    a_mixed_queue(world)
    people = world.people
    mine = listed(world, people.repair_handler, shown=S.ALL)
    assert {row.handler for row in mine.rows} == {people.repair_handler.staff}
    lake = listed(world, people.lake_desk, shown=S.ALL)
    assert {row.estate_id for row in lake.rows} == {world.lake.estate}
    nobody = replace(people.repair_handler, staff=None, user_id=None)
    assert listed(world, nobody, shown=S.ALL).total == 0


def test_a_row_shows_source_case_place_people_and_the_agreed_time(world: ServiceWorld) -> None:
    order = a_request(
        world,
        state="assigned",
        handler_id=world.people.repair_handler.staff,
        content="第一行\n\n" + "很长的内容" * 20,
        people_at_risk=False,
        reopenings=1,
    )
    an_appointment(world, order, world.now - 8 * HOUR, state="moved")
    an_appointment(world, order, world.now + HOUR, state="offered")
    row = the_row(world, order)
    slot = Slot(world.now + HOUR, world.now + 3 * HOUR)
    assert row.appointment == AgreedTime(world.people.repair_handler.staff, slot, False)  # type: ignore[arg-type]
    assert (row.place, row.area, row.handler_name, row.receiver_name) == ("1-101", "1", "郑维修", "周前台")
    assert len(row.content) == 60
    assert row.content.startswith("第一行 很长的内容")
    assert (row.estate_name, row.step, row.reopenings, row.number[:10]) == ("Maple Court", 3, 1, f"{row.number[:10]}")
    public = the_row(world, a_request(world, unit_id=None, place="南门岗亭", area="南门岗亭"))
    assert (public.unit_id, public.place, public.appointment) == (None, "南门岗亭", None)
    forgotten = a_request(world, state="closed", anonymised_at=world.now)
    assert the_row(world, forgotten, shown=S.CLOSED).content == ""


def test_a_number_is_found_in_any_state_whole_or_by_its_tail(world: ServiceWorld) -> None:
    order, other = a_request(world, state="closed"), a_request(world, state="closed")
    number = the_row(world, order, shown=S.CLOSED).number
    code, tail = number.split("-R")
    day, sequence = tail.split("-")
    for text in (number, number.lower(), f"R{tail}", tail, f" {day}-{int(sequence)} "):
        found = listed(world, search=text, shown=S.RED, state=WorkState.ASSIGNED)
        assert (ids(found), found.total, found.form) == ([order], 1, SearchForm.NUMBER), text
    for text in (f"C{tail}", f"{code}-C{tail}", f"XX-R{tail}", f"{day}-999999"):
        assert listed(world, search=text, shown=S.ALL).total == 0, text
    assert order != other
    assert listed(world, world.people.repair_handler, search=number).total == 0


def test_a_room_is_found_by_a_part_of_its_code(world: ServiceWorld) -> None:
    first = a_request(world)
    a_request(world, unit_id=world.maple.units[2])
    ended = a_request(world, state="closed")
    assert (ids(listed(world, search="1-101")), listed(world, search="1-101").form) == ([first], SearchForm.ROOM)
    assert set(ids(listed(world, search="101", shown=S.ALL))) == {first, ended}
    assert listed(world, search="9-999").form is SearchForm.WORDS


def test_a_search_within_an_estate_finds_nothing_of_another(world: ServiceWorld) -> None:
    here = a_request(world)
    there = a_request(world, estate_id=world.lake.estate, unit_id=world.lake.units[0])
    for search in ("1-101", the_row(world, there).number):
        assert ids(listed(world, search=search, estate_id=world.lake.estate)) == [there]
    assert listed(world, search=the_row(world, there).number, estate_id=world.estate).total == 0
    assert set(ids(listed(world, search="1-101"))) == {here, there}


def test_many_rooms_are_found_as_well(world: ServiceWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    orders = {a_request(world), a_request(world, unit_id=world.maple.units[1])}
    monkeypatch.setattr(service_finding, "MOST_UNITS", 1)
    found = listed(world, search="10")
    assert (set(ids(found)), found.form) == (orders, SearchForm.ROOM)


def test_words_are_found_in_what_was_said(world: ServiceWorld) -> None:
    tap = a_request(world)
    lamp = a_request(world, content="楼道灯不亮")
    ended = a_request(world, state="closed", content="楼道灯闪烁")
    assert ids(listed(world, search="水龙头")) == [tap]
    found = listed(world, search="楼道灯")
    assert (ids(found), found.form, found.counts.closed) == ([lamp], SearchForm.WORDS, 1)
    assert ids(listed(world, search="楼道灯", shown=S.CLOSED)) == [ended]
    assert set(ids(listed(world, search="楼道灯", shown=S.ALL))) == {lamp, ended}
    assert listed(world, search="！？", shown=S.ALL).total == 0
    assert listed(world, search="楼道灯", estate_id=world.lake.estate).total == 0


HARD_ONE = Levels(hard=clock_hours(1))
TARGET_ONE = Levels(target=clock_hours(1))
BOTH = Levels(target=clock_hours(1), hard=clock_hours(9))


@pytest.mark.parametrize(
    ("levels", "given", "needed"),
    [
        (HARD_ONE, {}, True),
        (TARGET_ONE, {}, True),
        (BOTH, {}, False),
        (BOTH, {"due_hard": None}, False),
        (TARGET_ONE, {"due_target": None}, False),
        (Levels(), {}, False),
        (HARD_ONE, {"stopped": True, "hard_kept": False}, True),
        (HARD_ONE, {"stopped": True, "hard_kept": True}, False),
        (TARGET_ONE, {"stopped": True, "target_kept": False}, True),
        (BOTH, {"stopped": True, "target_kept": False, "hard_kept": True}, False),
        (HARD_ONE, {"stopped": True, "cancelled": True}, False),
    ],
)
def test_a_missed_limit_needs_a_report_upward_until_it_was_made(
    world: ServiceWorld, levels: Levels, given: dict[str, object], needed: bool
) -> None:
    """Missed is the hard limit, or the target where there is no hard one – in a pause without an end as well."""
    values = {name: value for name, value in given.items() if name != "stopped"}
    stop = {"stopped_at": world.now} if given.get("stopped") else {}
    clocks = [clock(ClockKind.RESOLVED, world.now - 2 * HOUR, levels, **values, **stop)]
    order = a_request(world, state="under_way", clocks=clocks)
    reported = a_request(world, state="under_way", clocks=clocks, reported_at=world.now)
    assert the_row(world, order).report_needed is needed
    assert the_row(world, reported).report_needed is False


def test_only_who_may_open_requests_is_answered(world: ServiceWorld) -> None:
    check_reading_rights(world.database, work_orders, OrdersWanted(world.estate), Permission.ORDERS_VIEW)


@pytest.mark.parametrize(("search", "statements"), [("", 3), ("水龙头", 3), ("1-101", 4), ("261121-5", 2)])
def test_the_queue_needs_few_statements_however_many_rows(world: ServiceWorld, search: str, statements: int) -> None:
    for _ in range(3):
        a_request(world)
    with count_statements(world.database) as sent:
        listed(world, search=search)
    assert len(sent) == statements
    for _ in range(20):
        a_request(world)
    with count_statements(world.database) as sent:
        listed(world, search=search)
    assert len(sent) == statements


@ON_SQLITE
def test_the_page_is_found_in_the_index_of_open_requests_and_its_rows_by_their_keys(world: ServiceWorld) -> None:
    a_request(world)
    with count_statements(world.database) as sent:
        listed(world, estate_id=world.estate)
    page = next(text for text in sent if "LIMIT" in text)
    with world.database.reading() as connection:
        plan = connection.exec_driver_sql("EXPLAIN QUERY PLAN " + page, (None,) * page.count("?")).all()
    steps = [row[-1] for row in plan]
    assert any("USING INDEX ix_work_orders_open" in step for step in steps), steps
    assert not any(step.startswith("SCAN") and "shown" not in step for step in steps), steps


def test_the_order_of_deadlines_is_the_order_of_the_rows_shown(world: ServiceWorld) -> None:
    for hours in (0, 3, 5, 23, 24, 25, 47, 48, 49, 300):
        a_request(world, registered_at=world.now - hours * HOUR)
        a_request(world, kind="other", registered_at=world.now - hours * HOUR)
    rows = listed(world).rows
    for one, other in pairwise(rows):
        missed = [row.level is QueueLevel.RED for row in (one, other)]
        assert one.deadline is not None
        assert other.deadline is not None
        assert (not missed[0], one.deadline) <= (not missed[1], other.deadline)
