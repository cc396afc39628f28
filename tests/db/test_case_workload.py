"""Who has how much to do and who answers for what was red: SQL against the rules of core, on both databases."""

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from core.admin.permissions import NotPermitted
from core.complaints.comparison import compared
from core.complaints.grading import CaseGrade
from core.complaints.states import CaseProgress, CaseState, progress_of
from core.complaints.workload import Load, OpenCase, RedCase, accountability_list, case_points, open_loads
from core.kernel.filters import Slice
from core.kernel.identity import CaseId, EstateId, StaffId
from core.kernel.periods import Month, Span, local_day
from core.work_orders.dispatch import OpenWork, work_loads
from core.work_orders.kinds import PublicSystem, WorkKind
from db.engine import Database
from db.queries.case_accountability import AccountableRow, RedCasesWanted, accountability, red_cases
from db.queries.case_insight import InsightWanted
from db.queries.case_workload import HandlerLoad, LoadsWanted, handler_loads
from db.queries.service_rows import day_begins
from tests.builders import NOW
from tests.db.case_insight_setup import DAY, HOUR, BusyWorld, Drawing, Made, a_busy_world, due_of, store
from tests.db.work_queries_setup import a_request
from tests.personas import FRONT_DESK, HANDLER, SUPERVISOR, person
from tests.statements import count_statements

TODAY = local_day(NOW)
NOVEMBER, OCTOBER = Month(2026, 11).span, Month(2026, 10).span
WEEK = Span(date(2026, 11, 9), date(2026, 11, 16))


@pytest.fixture
def busy(database: Database) -> BusyWorld:
    return a_busy_world(database)


def loads(busy: BusyWorld, estate: EstateId | None = None) -> tuple[HandlerLoad, ...]:
    return busy.world.ask(SUPERVISOR, handler_loads, LoadsWanted(estate))


def at_work(made: Made) -> bool:
    state = CaseState(made.case["state"])
    return made.case["ended_on"] is None and progress_of(state) is not CaseProgress.HANDLED


def one_case(busy: BusyWorld, **given: Any) -> Made:
    """A complaint just registered, without clocks and steps."""
    made = Drawing(busy.world, 11).case(0)
    made.case |= {
        "record_type": "complaint",
        "state": "assigned",
        "ended_on": None,
        "ended_at": None,
        "grade": "normal",
    }
    made.case |= {"due_target": None, "due_hard": None, "registered_at": NOW} | given
    made.clocks, made.steps = [], []
    return made


# Loads ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("maple", [True, False])
def test_loads_weigh_cases_as_the_rule_does(busy: BusyWorld, maple: bool) -> None:
    estate = busy.world.estate if maple else None
    found = loads(busy, estate)
    own = [one.case for one in busy.of(estate) if at_work(one)]
    cases = [
        OpenCase(StaffId(case["handler_id"]), CaseGrade(case["grade"]), local_day(case["registered_at"]))
        for case in own
        if case["handler_id"]
    ]
    expected = open_loads(cases=cases, today=TODAY)
    assert {row.staff: Load(row.points, row.cases, row.urgent) for row in found if row.staff} == expected
    nobody = next(row for row in found if row.staff is None)
    assert nobody.cases == sum(case["handler_id"] is None for case in own) > 0
    assert found[0] is nobody
    assert [row.points for row in found[1:]] == sorted((row.points for row in found[1:]), reverse=True)


def test_loads_say_what_is_late_and_what_is_oldest(busy: BusyWorld) -> None:
    own = [one.case for one in busy.made if at_work(one)]
    for row in loads(busy):
        mine = [case for case in own if case["handler_id"] == row.staff]
        red = [case for case in mine if case["due_hard"] is not None and case["due_hard"] < NOW]
        amber = [case for case in mine if case not in red and case["due_target"] and case["due_target"] < NOW]
        assert (row.red, row.amber) == (len(red), len(amber))
        assert row.oldest_at == min(case["registered_at"] for case in mine)
    assert sum(row.red for row in loads(busy)) > 0


@pytest.mark.parametrize("days", range(13))
@pytest.mark.parametrize("grade", list(CaseGrade))
def test_points_of_age_grow_at_midnight(database: Database, days: int, grade: CaseGrade) -> None:
    busy = a_busy_world(database, cases=0)
    handler = busy.world.people.service_handler.staff
    last_minute = day_begins(TODAY - (days - 1) * DAY) - timedelta(minutes=1)
    store(busy, [one_case(busy, handler_id=handler, grade=grade.value, registered_at=last_minute)])
    (row,) = loads(busy)
    assert row.points == case_points(grade=grade, age_days=days)


def test_service_requests_add_their_own_points(busy: BusyWorld) -> None:
    world, handler = busy.world, StaffId(busy.world.people.repair_handler.staff or 0)
    given: tuple[tuple[WorkKind, PublicSystem | None, str], ...] = (
        (WorkKind.REPAIR, PublicSystem.LIFT, "assigned"),
        (WorkKind.REPAIR, None, "under_way"),
        (WorkKind.GREENING, None, "assigned"),
        (WorkKind.CLEANING, None, "carried_out"),
        (WorkKind.OTHER, None, "cancelled"),
    )
    for kind, failure, state in given:
        a_request(world, kind=kind.value, failure=failure or "", state=state, handler_id=handler)
    works = [OpenWork(handler, kind, failure) for kind, failure, state in given if state in {"assigned", "under_way"}]
    row = next(row for row in loads(busy) if row.staff == handler)
    expected = work_loads(works=works)[handler]
    assert (row.order_points, row.requests) == (expected.points, expected.requests) == (7, 3)
    assert row.all_points == row.points + 7
    assert (row.name, row.number, row.department, row.active) == ("郑维修", "G-103", "engineering", True)


def test_without_work_there_is_nobody_to_list(database: Database) -> None:
    assert loads(a_busy_world(database, cases=0)) == ()


# Accountability ---------------------------------------------------------------------------------------------------


def reds(busy: BusyWorld, span: Span, estate: EstateId | None = None) -> dict[tuple[int, int], RedCase]:
    """The red cases of the days with the worst overrun of each, in whole minutes as the query gives it."""
    seen = min(NOW, day_begins(span.end))
    found: dict[tuple[int, int], RedCase] = {}
    for made in busy.of(estate):
        for clock in made.clocks:
            due, stopped = due_of(clock, "hard"), clock["stopped_at"]
            running = stopped is None and due < seen
            ended = stopped is not None and not clock["cancelled"] and stopped > due and local_day(stopped) in span
            if not (running or ended):
                continue
            over = (NOW - due) // timedelta(minutes=1) if running else -((due - stopped) // timedelta(minutes=1))
            key = (made.case["estate_id"], made.case["id"])
            overrun = max(timedelta(minutes=over), found[key].overrun if key in found else timedelta())
            found[key] = RedCase(CaseId(key[1]), made.case["handler_id"], overrun)
    return found


def answering(busy: BusyWorld, span: Span, estate: EstateId | None = None) -> tuple[AccountableRow, ...]:
    return busy.world.ask(SUPERVISOR, accountability, InsightWanted(estate, span))


@pytest.mark.parametrize("span", [NOVEMBER, OCTOBER, WEEK])
def test_who_answers_for_red_cases_is_listed_as_the_rule_lists_them(busy: BusyWorld, span: Span) -> None:
    estate = busy.world.estate
    found = answering(busy, span, estate)
    expected = accountability_list(reds=reds(busy, compared(span=span, today=TODAY).this, estate).values())
    assert [(r.staff, r.count, r.worst, r.worst_overrun) for r in found] == [
        (line.responsible, line.count, line.worst, line.worst_overrun) for line in expected
    ]
    assert sum(row.count for row in found) > 2
    numbers = {one.case["id"]: one.number for one in busy.made}
    assert all(row.worst_number == numbers[row.worst] and row.worst_estate == estate for row in found)


def test_the_red_cases_of_somebody_are_listed_the_worst_first(busy: BusyWorld) -> None:
    month = InsightWanted(None, NOVEMBER)
    expected = reds(busy, compared(span=NOVEMBER, today=TODAY).this)
    for row in answering(busy, NOVEMBER):
        page = busy.world.ask(SUPERVISOR, red_cases, RedCasesWanted(month, row.staff))
        own = {key: red for key, red in expected.items() if red.responsible == row.staff}
        assert {(one.estate_id, one.case_id): one.overrun for one in page.rows} == {
            key: red.overrun for key, red in own.items()
        }
        overruns = [one.overrun for one in page.rows]
        assert overruns == sorted(overruns, reverse=True)
        assert page.total == row.count
        assert sum(one.running for one in page.rows) == row.still
        first = busy.world.ask(SUPERVISOR, red_cases, RedCasesWanted(month, row.staff, Slice(1, 1)))
        assert (first.rows, first.total) == (page.rows[:1], row.count)


def test_a_case_with_two_red_clocks_counts_once_and_nobody_answers_for_what_nobody_had(database: Database) -> None:
    busy = a_busy_world(database, cases=0)
    drawing = Drawing(busy.world, 2)
    made = drawing.case(0)
    made.case |= {"state": "registered", "handler_id": None, "ended_on": None, "ended_at": None}
    made.clocks = [
        clock | {"stopped_at": None, "started_at": NOW - 30 * DAY, "due_hard": NOW - hours * HOUR, "cancelled": False}
        for clock, hours in zip(made.clocks[:2], (30, 50), strict=True)
    ]
    store(busy, [made])
    (row,) = answering(busy, NOVEMBER)
    assert (row.staff, row.count, row.still, row.actions) == (None, 1, 1, 0)
    assert row.worst_overrun == timedelta(hours=50)


@pytest.mark.parametrize(("over", "red"), [(timedelta(), 0), (timedelta(microseconds=1), 1)])
def test_at_the_due_instant_itself_nothing_is_red(database: Database, over: timedelta, red: int) -> None:
    busy = a_busy_world(database, cases=0)
    made = Drawing(busy.world, 2).case(0)
    made.case |= {"state": "registered", "handler_id": None, "ended_on": None, "ended_at": None}
    made.clocks = [made.clocks[0] | {"stopped_at": None, "due_hard": NOW - over, "cancelled": False}]
    store(busy, [made])
    assert sum(row.count for row in answering(busy, NOVEMBER)) == red


def test_a_limit_missed_outside_its_own_time_is_red_by_nothing(database: Database) -> None:
    """Due on Friday evening and stopped on Saturday: not kept, but no working time is over it."""
    busy = a_busy_world(database, cases=0)
    made = Drawing(busy.world, 2).case(0)
    made.case["handler_id"] = busy.world.people.service_handler.staff
    made.clocks = made.clocks[:1]
    made.clocks[0] |= {"stopped_at": NOW - DAY, "cancelled": False, "due_hard": None, "due_target": None}
    made.clocks[0] |= {"hard_kept": False, "hard_minutes": 0, "target_kept": False, "target_minutes": 0}
    store(busy, [made])
    (row,) = answering(busy, NOVEMBER)
    assert (row.count, row.worst_overrun, row.still) == (1, timedelta(), 0)
    assert answering(busy, OCTOBER) == ()


# Rights and budgets -----------------------------------------------------------------------------------------------


def test_each_list_is_one_statement(busy: BusyWorld) -> None:
    month = InsightWanted(None, NOVEMBER)
    for query, wanted in (
        (handler_loads, LoadsWanted(None)),
        (accountability, month),
        (red_cases, RedCasesWanted(month, None)),
    ):
        with count_statements(busy.database) as seen:
            busy.world.ask(SUPERVISOR, query, wanted)  # type: ignore[arg-type]
        assert len(seen) == 1


@pytest.mark.parametrize("who", [FRONT_DESK, HANDLER])
def test_only_who_supervises_sees_who_is_late(busy: BusyWorld, who: Any) -> None:
    month = InsightWanted(None, NOVEMBER)
    for query, wanted in ((handler_loads, LoadsWanted(None)), (accountability, month)):
        with pytest.raises(NotPermitted):
            busy.world.ask(who, query, wanted)  # type: ignore[arg-type]
    with pytest.raises(NotPermitted):
        busy.world.ask(who, red_cases, RedCasesWanted(month, None))


def test_who_looks_after_one_estate_sees_the_work_of_that_one(busy: BusyWorld) -> None:
    lake = busy.world.lake.estate
    only = person(3, "supervisor", *SUPERVISOR.roles, estates=frozenset({lake}))
    month = InsightWanted(None, NOVEMBER)
    assert busy.world.ask(only, handler_loads, LoadsWanted(None)) == loads(busy, lake)
    assert busy.world.ask(only, accountability, month) == answering(busy, NOVEMBER, lake)
    with pytest.raises(NotPermitted):
        busy.world.ask(only, red_cases, RedCasesWanted(replace(month, estate_id=busy.world.estate), None))
    rows = [
        row
        for line in answering(busy, NOVEMBER)
        for row in busy.world.ask(only, red_cases, RedCasesWanted(month, line.staff)).rows
    ]
    assert Counter(row.estate_id for row in rows).keys() <= {lake}
