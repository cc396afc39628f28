"""Clocks of complaints and requests: rows in, dues out; what is derived is exact and written only where it differs."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, insert, update

from core.kernel.clocks import ClockKind, Levels, course_of
from core.kernel.escalation import LadderStep, next_due
from core.kernel.periods import CHINA
from core.kernel.signals import ClockAction, ClockSignal
from core.kernel.sla import clock_state
from db.engine import Database
from db.models import Case, ServiceClock, ServiceEscalation, ServicePause, WorkOrder
from db.repositories.service_clocks import (
    Dues,
    StoredClock,
    apply_signals,
    change_levels,
    clock_facts_at,
    clock_facts_of,
    refresh,
    refresh_all,
    settle_again,
)
from db.repositories.service_dues import ladder_of, refresh_record
from db.unit_of_work import UnitOfWork
from tests.builders import NOW
from tests.db.service_parts_setup import Parts, a_day_or_two, clock_hours, working_days
from tests.db.service_setup import ServiceWorld, a_service_world
from tests.statements import count_statements

A = ClockAction
RESPONSE, RESOLVED, CALLED_BACK = ClockKind.RESPONSE, ClockKind.RESOLVED, ClockKind.CALLED_BACK


def china(day: int, hour: int, minute: int = 0, month: int = 11) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=CHINA)


@pytest.fixture
def world(database: Database) -> ServiceWorld:
    return a_service_world(database)


@pytest.fixture
def parts(world: ServiceWorld) -> Parts:
    return Parts(world)


def one(clocks: tuple[StoredClock, ...], kind: ClockKind, run: int = 1) -> StoredClock:
    (found,) = (clock for clock in clocks if (clock.facts.kind, clock.run) == (kind, run))
    return found


def pause(parts: Parts, record: int, start: datetime, end: datetime | None, **values: Any) -> int:
    """A pause of all clocks, straight into the table."""

    def store(work: UnitOfWork) -> int:
        number = work.new_id(parts.world.estate)
        plain = {"clocks": "response,resolved", "reason": "waiting_customer", "state": "approved"}
        row = plain | {"start_at": start, "end_at": end, "asked_at": start} | values
        work.session.execute(
            insert(ServicePause).values(estate_id=parts.world.estate, id=number, record_id=record, **row)
        )
        return number

    return parts.do(store)


def look(parts: Parts, record: int) -> Dues:
    def refreshed(work: UnitOfWork) -> Dues:
        row = work.session.get_one(Case, (parts.world.estate, record))
        return refresh_record(work.session, record=row, now=work.now, terms=parts.terms(work))

    return parts.do(refreshed)


def test_a_new_record_has_its_dues_in_its_clocks_and_the_earliest_in_itself(parts: Parts) -> None:
    record = parts.case()
    clocks = parts.clocks(record)
    response, resolved = one(clocks, RESPONSE), one(clocks, RESOLVED)
    assert (response.due_target, response.due_hard) == (china(22, 9), china(24, 17, 30))
    assert (resolved.due_target, resolved.due_hard) == (china(24, 9), china(1, 17, 30, month=12))
    row = parts.row(record)
    assert (row.due_target, row.due_hard) == (response.due_target, response.due_hard)
    assert row.next_look == min(
        next_due(facts=clock.facts, now=NOW, calendar=calendar(parts), ladder=ladder(parts, record)) or NOW
        for clock in clocks
    )
    assert row.version == 1, "derived columns leave the version alone"


def calendar(parts: Parts) -> Any:
    return parts.do(lambda work: parts.terms(work).calendar)


def ladder(parts: Parts, record: int) -> Any:
    def of(work: UnitOfWork) -> Any:
        return ladder_of(parts.terms(work), work.session.get_one(Case, (parts.world.estate, record)))

    return parts.do(of)


def test_levels_are_kept_as_dated_rows_of_json(parts: Parts) -> None:
    record = parts.case()
    rows = parts.world.rows(ServiceClock, record_id=record, kind="response")
    assert json.loads(rows[0].levels) == [["2026-11-21T01:00:00.000000Z", "24h/2wd"]]


def test_a_stop_settles_the_clock_and_leaves_the_rest_running(parts: Parts) -> None:
    record = parts.case()
    parts.world.later(hours=23, minutes=59, seconds=30)
    parts.signal(record, RESPONSE, A.STOP)
    stopped = one(parts.clocks(record), RESPONSE)
    assert (stopped.facts.stopped_at, stopped.cancelled, stopped.runs) == (parts.world.now, False, False)
    assert (stopped.target_kept, stopped.target_minutes) == (True, 0)
    assert (stopped.hard_kept, stopped.due_target, stopped.due_hard) == (True, None, None)
    assert stopped.calendar_version
    row = parts.row(record)
    assert row.due_target == china(24, 9), "only the clock of the feedback is left"


def test_a_second_too_late_is_a_minute_over(parts: Parts) -> None:
    record = parts.case()
    parts.world.later(hours=24, seconds=1)
    parts.signal(record, RESPONSE, A.STOP)
    stopped = one(parts.clocks(record), RESPONSE)
    assert (stopped.target_kept, stopped.target_minutes, stopped.hard_kept) == (False, -1, True)


def test_a_cancelled_run_is_neither_in_time_nor_late(parts: Parts) -> None:
    record = parts.case()
    parts.world.later(days=30)
    parts.signal(record, RESPONSE, A.CANCEL)
    ended = one(parts.clocks(record), RESPONSE)
    assert (ended.cancelled, ended.facts.stopped_at) == (True, parts.world.now)
    assert (ended.target_kept, ended.target_minutes, ended.hard_kept, ended.hard_minutes) == (None,) * 4


def test_a_stop_before_the_start_counts_as_the_start(parts: Parts) -> None:
    record = parts.case()
    parts.signal(record, RESPONSE, A.STOP, at=NOW - timedelta(hours=3))
    parts.signal(record, RESOLVED, A.CANCEL, at=NOW - timedelta(hours=3))
    stopped, cancelled = one(parts.clocks(record), RESPONSE), one(parts.clocks(record), RESOLVED)
    assert (stopped.facts.stopped_at, stopped.target_kept, stopped.target_minutes) == (NOW, True, 24 * 60)
    assert cancelled.facts.stopped_at == NOW


def test_a_clock_that_starts_again_is_another_run(parts: Parts) -> None:
    record = parts.case()
    parts.signal(record, RESOLVED, A.STOP)
    parts.world.later(days=3)
    parts.signal(record, RESOLVED, A.START)
    clocks = parts.clocks(record)
    assert [clock.run for clock in clocks if clock.facts.kind is RESOLVED] == [1, 2]
    again = one(clocks, RESOLVED, 2)
    assert (again.facts.started_at, again.due_target) == (parts.world.now, parts.world.now + timedelta(hours=24))
    parts.world.later(hours=1)
    parts.signal(record, RESOLVED, A.STOP)
    assert one(parts.clocks(record), RESOLVED, 1).facts.stopped_at == NOW
    assert one(parts.clocks(record), RESOLVED, 2).facts.stopped_at == parts.world.now


def test_ends_and_starts_of_one_step_are_taken_in_their_order(parts: Parts) -> None:
    record = parts.case()
    signals = [ClockSignal(RESOLVED, A.STOP, NOW), ClockSignal(RESOLVED, A.START, NOW)]
    parts.do(lambda work: parts.clocked(work, record, signals))
    assert [clock.runs for clock in parts.clocks(record) if clock.facts.kind is RESOLVED] == [False, True]


def test_a_clock_never_runs_twice_at_once(parts: Parts) -> None:
    record = parts.case()
    with pytest.raises(ValueError, match="response clock runs already"):
        parts.signal(record, RESPONSE, A.START)
    assert len(parts.clocks(record)) == 2


def test_the_end_of_a_clock_that_does_not_run_changes_nothing(parts: Parts) -> None:
    record = parts.case()
    before = parts.clocks(record)
    parts.signal(record, CALLED_BACK, A.STOP)
    parts.signal(record, CALLED_BACK, A.CANCEL)
    assert parts.clocks(record) == before


def test_a_clock_without_limits_runs_and_is_never_due(parts: Parts) -> None:
    record = parts.case()
    start = [ClockSignal(CALLED_BACK, A.START, NOW)]
    parts.do(lambda work: parts.clocked(work, record, start, lambda _kind: Levels()))
    clock = one(parts.clocks(record), CALLED_BACK)
    assert (clock.runs, clock.due_target, clock.due_hard) == (True, None, None)
    parts.world.later(days=100)
    parts.signal(record, CALLED_BACK, A.STOP)
    assert one(parts.clocks(record), CALLED_BACK).target_kept is None


def test_an_approved_pause_moves_what_is_due_and_others_do_not(parts: Parts) -> None:
    record = parts.case()
    parts.world.later(hours=4)
    pause(parts, record, NOW + timedelta(hours=1), NOW + timedelta(hours=3))
    pause(parts, record, NOW, NOW + timedelta(hours=4), state="asked")
    pause(parts, record, NOW, NOW + timedelta(hours=4), state="refused")
    pause(parts, record, NOW, NOW + timedelta(hours=4), clocks="called_back")
    dues = look(parts, record)
    assert dues.due_target == china(22, 11)
    assert parts.row(record).due_target == china(22, 11)


def test_a_pause_without_an_end_leaves_nothing_due(parts: Parts) -> None:
    record = parts.case()
    parts.world.later(hours=4)
    number = pause(parts, record, NOW + timedelta(hours=1), None)
    assert look(parts, record) == Dues()
    row = parts.row(record)
    assert (row.due_target, row.due_hard, row.next_look) == (None, None, None)
    end = update(ServicePause).where(ServicePause.id == number).values(end_at=parts.world.now)
    parts.do(lambda work: work.session.execute(end))
    assert look(parts, record).due_target == china(22, 12)


def test_a_pause_that_reaches_over_the_stop_counts_up_to_it(parts: Parts) -> None:
    record = parts.case()
    parts.world.later(hours=30)
    pause(parts, record, NOW + timedelta(hours=10), None)
    parts.signal(record, RESPONSE, A.STOP)
    stopped = one(parts.clocks(record), RESPONSE)
    assert (stopped.target_kept, stopped.target_minutes) == (True, 14 * 60)
    assert stopped.facts.stopped_at == parts.world.now


def test_other_limits_hold_from_the_start_and_keep_the_earned_pauses(parts: Parts) -> None:
    record = parts.case()
    parts.world.later(hours=4)
    pause(parts, record, NOW + timedelta(hours=1), NOW + timedelta(hours=3))
    urgent = Levels(clock_hours(2), clock_hours(24))
    key: dict[str, Any] = {"estate": parts.world.estate, "record_id": record}

    def change(work: UnitOfWork) -> None:
        change_levels(work.session, **key, levels_of=lambda _kind: urgent, since=work.now)
        change_levels(work.session, **key, levels_of=lambda _kind: urgent, since=work.now)

    parts.do(change)
    dues = look(parts, record)
    assert (dues.due_target, dues.due_hard) == (NOW + timedelta(hours=4), NOW + timedelta(hours=26))
    (row,) = parts.world.rows(ServiceClock, record_id=record, kind="response")
    assert [levels for _, levels in json.loads(row.levels)] == ["24h/2wd", "2h/24h"]


def test_of_limits_from_one_instant_the_later_hold(parts: Parts) -> None:
    record = parts.case()
    urgent = Levels(clock_hours(2), clock_hours(24))
    key: dict[str, Any] = {"estate": parts.world.estate, "record_id": record, "since": NOW}
    parts.do(lambda work: change_levels(work.session, **key, levels_of=lambda _kind: urgent))
    assert look(parts, record).due_target == NOW + timedelta(hours=2)
    parts.do(lambda work: change_levels(work.session, **key, levels_of=a_day_or_two))
    assert look(parts, record).due_target == NOW + timedelta(hours=24)


def test_a_stopped_clock_keeps_its_limits(parts: Parts) -> None:
    record = parts.case()
    parts.signal(record, RESPONSE, A.STOP)
    urgent = Levels(clock_hours(2), clock_hours(24))
    key: dict[str, Any] = {"estate": parts.world.estate, "record_id": record}
    parts.do(lambda work: change_levels(work.session, **key, levels_of=lambda _kind: urgent, since=work.now))
    (row,) = parts.world.rows(ServiceClock, record_id=record, kind="response")
    assert len(json.loads(row.levels)) == 1


def test_a_step_of_the_ladder_that_was_told_is_looked_for_no_more(parts: Parts) -> None:
    record = parts.case(grade="urgent")
    assert look(parts, record).next_look == NOW + timedelta(hours=2), "it turns amber"
    parts.world.later(hours=3)
    first = look(parts, record)
    clock = one(parts.clocks(record), RESPONSE)
    assert clock.sent == ()
    assert first.next_look == NOW + timedelta(hours=12), "half of the hard limit of 24 hours"

    def tell(work: UnitOfWork) -> None:
        for number in [one.id for one in parts.clocks(record)]:
            row = {"id": work.new_id(parts.world.estate), "record_id": record, "clock_id": number, "percent": 50}
            told = row | {"role": "handler", "reached_at": NOW, "told_at": NOW, "estate_id": parts.world.estate}
            work.session.execute(insert(ServiceEscalation).values(told))

    parts.do(tell)
    assert one(parts.clocks(record), RESPONSE).sent == (LadderStep(50, "handler"),)
    assert look(parts, record).next_look == NOW + timedelta(hours=19, minutes=12), "four fifths of them"


def test_nothing_is_written_where_nothing_differs(parts: Parts) -> None:
    record = parts.case()
    with count_statements(parts.world.database) as seen:
        look(parts, record)
    assert not [statement for statement in seen if statement.startswith(("UPDATE service", "UPDATE cases", "INSERT"))]
    parts.world.later(hours=1)
    pause(parts, record, NOW, NOW + timedelta(minutes=30))
    with count_statements(parts.world.database) as seen:
        look(parts, record)
    assert len([statement for statement in seen if statement.startswith("UPDATE service_clocks")]) == 1
    assert len([statement for statement in seen if statement.startswith("UPDATE cases")]) == 1


def test_another_calendar_is_noted_with_the_running_clocks_only(parts: Parts) -> None:
    record = parts.case()
    parts.signal(record, RESPONSE, A.STOP)

    class Other:
        calendar = parts.do(lambda work: parts.terms(work).calendar)
        calendar_version = "other"

    def again(work: UnitOfWork) -> Dues:
        key: dict[str, Any] = {"estate": parts.world.estate, "record_id": record, "now": work.now}
        return refresh(work.session, **key, terms=Other(), ladder=parts.terms(work).ladder)

    parts.do(again)
    clocks = parts.clocks(record)
    assert one(clocks, RESOLVED).calendar_version == "other"
    assert one(clocks, RESPONSE).calendar_version != "other"


def test_many_records_are_refreshed_in_few_statements(parts: Parts) -> None:
    records = [parts.case() for _ in range(5)]

    def refreshed(work: UnitOfWork) -> Any:
        terms = parts.terms(work)
        key: dict[str, Any] = {"estate": parts.world.estate, "now": work.now, "terms": terms}
        with count_statements(parts.world.database) as seen:
            found = refresh_all(work.session, ladders=dict.fromkeys(records, terms.ladder), **key)
            assert len(seen) == 3
        return found

    dues = parts.do(refreshed)
    assert set(dues) == set(records)
    assert len(set(dues.values())) == 1
    assert parts.do(lambda work: refresh_all(work.session, ladders={}, **time_of(parts, work))) == {}


def time_of(parts: Parts, work: UnitOfWork) -> dict[str, Any]:
    return {"estate": parts.world.estate, "now": work.now, "terms": parts.terms(work)}


def test_a_record_without_clocks_has_no_dues(parts: Parts) -> None:
    record = parts.case()
    parts.do(lambda work: work.session.execute(delete(ServiceClock)))
    assert parts.clocks(record) == ()
    assert look(parts, record) == Dues()


def test_facts_of_several_estates_are_read_in_three_statements(parts: Parts) -> None:
    here, there = parts.case(), parts.case(estate=parts.world.lake.estate)
    keys = [(parts.world.estate, here), (parts.world.lake.estate, there), (parts.world.estate, 999_999)]
    with parts.world.database.reading() as connection, count_statements(parts.world.database) as seen:
        found = clock_facts_at(connection, keys)
        assert clock_facts_of(connection, parts.world.estate, []) == {}
    assert len(seen) == 3
    assert {key: len(clocks) for key, clocks in found.items()} == dict(zip(keys, (2, 2, 0), strict=True))


def test_settling_anew_touches_only_what_stopped_later_and_was_not_cancelled(parts: Parts) -> None:
    record = parts.case()
    parts.world.later(hours=26)
    parts.signal(record, RESPONSE, A.STOP)
    parts.signal(record, RESOLVED, A.CANCEL)
    pause(parts, record, NOW + timedelta(hours=1), NOW + timedelta(hours=4))
    key: dict[str, Any] = {"estate": parts.world.estate, "record_id": record}

    def settle(work: UnitOfWork, since: datetime, *kinds: ClockKind) -> None:
        settle_again(work.session, **key, kinds=kinds, since=since, terms=parts.terms(work))

    parts.do(lambda work: settle(work, parts.world.now, RESPONSE))
    parts.do(lambda work: settle(work, NOW, RESOLVED))
    assert one(parts.clocks(record), RESPONSE).target_minutes == -120
    parts.do(lambda work: settle(work, NOW, RESPONSE, RESOLVED))
    clocks = parts.clocks(record)
    assert (one(clocks, RESPONSE).target_minutes, one(clocks, RESPONSE).target_kept) == (60, True)
    assert one(clocks, RESOLVED).target_kept is None


def test_urgent_cases_and_failures_are_told_at_any_hour(parts: Parts) -> None:
    normal, urgent = parts.case(), parts.case(grade="urgent")
    repair, failure = parts.order(), parts.order(failure="lift")

    def hours(work: UnitOfWork) -> list[bool]:
        terms, estate = parts.terms(work), parts.world.estate
        cases: list[Case | WorkOrder] = [work.session.get_one(Case, (estate, one)) for one in (normal, urgent)]
        orders = [work.session.get_one(WorkOrder, (estate, one)) for one in (repair, failure)]
        return [ladder_of(terms, row).at_any_hour for row in (*cases, *orders)]

    assert parts.do(hours) == [False, True, False, True]


MINUTES = st.integers(0, 6 * 24 * 60)
PAUSES = st.lists(st.tuples(MINUTES, MINUTES | st.none(), st.booleans()), max_size=4)
LIMITS = st.sampled_from(
    [Levels(clock_hours(2), clock_hours(24)), Levels(clock_hours(24), working_days(2)), Levels(working_days(1))]
)
CHANGES = st.lists(st.tuples(st.integers(1, 3 * 24 * 60), LIMITS), max_size=3, unique_by=lambda change: change[0])


@pytest.fixture
def steady(parts: Parts) -> Iterator[tuple[Parts, int]]:
    """One record; each example has its own rows in it."""
    parts.world.later(days=6)
    yield parts, parts.case(registered_at=NOW)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(pauses=PAUSES, changes=CHANGES, stop=st.none() | MINUTES, orders=st.randoms(use_true_random=False))
def test_the_same_facts_stored_in_any_order_give_the_same_dues(
    steady: tuple[Parts, int],
    pauses: list[tuple[int, int | None, bool]],
    changes: list[tuple[int, Levels]],
    stop: int | None,
    orders: Any,
) -> None:
    parts, record = steady
    rows = [row for row in map(pause_row, pauses) if row["end_at"] is None or row["end_at"] > row["start_at"]]
    found = set()
    for _ in range(2):
        shuffled, moved = list(rows), list(changes)
        orders.shuffle(shuffled)
        orders.shuffle(moved)
        found.add(parts.do(lambda work: dues_of(parts, work, record, shuffled, moved, stop)))  # noqa: B023 (used at once)
    assert len(found) == 1


def pause_row(drawn: tuple[int, int | None, bool]) -> dict[str, Any]:
    start, end, approved = drawn
    return {
        "start_at": NOW + timedelta(minutes=start),
        "end_at": None if end is None else NOW + timedelta(minutes=end),
        "state": "approved" if approved else "asked",
        "clocks": "response,resolved",
        "reason": "other",
        "asked_at": NOW,
    }


def dues_of(  # noqa: PLR0917 (the facts of one example)
    parts: Parts, work: UnitOfWork, record: int, pauses: list[Any], changes: list[Any], stop: int | None
) -> tuple[Any, ...]:
    """Write the facts in the order given, and answer with the dues as stored, which the kernel confirms."""
    estate, terms = parts.world.estate, parts.terms(work)
    key: dict[str, Any] = {"estate": estate, "record_id": record}
    for table in (ServiceClock, ServicePause):
        work.session.execute(delete(table).where(table.record_id == record))
    work.session.expunge_all()
    for row in pauses:
        values = row | {"estate_id": estate, "record_id": record, "id": work.new_id(estate)}
        work.session.execute(insert(ServicePause).values(values))
    signals = [ClockSignal(kind, A.START, NOW) for kind in (RESPONSE, RESOLVED)]
    common: dict[str, Any] = {"levels_of": a_day_or_two, "terms": terms, "next_id": lambda: work.new_id(estate)}
    apply_signals(work.session, **key, signals=signals, **common)
    for minutes, levels in changes:
        since = NOW + timedelta(minutes=minutes)
        change_levels(work.session, **key, levels_of=lambda _kind, own=levels: own, since=since)  # type: ignore[misc]
    if stop is not None:
        at = NOW + timedelta(minutes=stop)
        apply_signals(work.session, **key, signals=[ClockSignal(RESPONSE, A.STOP, at)], **common)
    dues = refresh(work.session, **key, now=work.now, terms=terms, ladder=terms.ladder)
    clocks = clock_facts_of(work.session, estate, [record])[record]
    states = [clock_state(facts=c.facts, now=work.now, calendar=terms.calendar) for c in clocks if c.runs]
    hard = [state.due_hard for state in states if state.due_hard is not None]
    assert dues.due_hard == min(hard, default=None)
    assert [(c.due_target, c.due_hard) for c in clocks if c.runs] == [(s.due_target, s.due_hard) for s in states]
    assert all(course_of(facts=c.facts, now=work.now).stopped is not c.runs for c in clocks)
    closing = [(c.target_kept, c.target_minutes, c.hard_kept, c.hard_minutes) for c in clocks if not c.runs]
    return dues, tuple(closing)
