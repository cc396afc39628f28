"""What the insight page adds: limits by clock and grade, pauses by person and reason, what is wrong now."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, update

from core.admin.permissions import NotPermitted
from core.complaints.grading import CaseGrade
from core.complaints.insight import InTime, LimitFact, in_time
from core.kernel.clocks import ClockKind
from core.kernel.identity import EstateId
from core.kernel.periods import Month, Span, local_day
from db.engine import Database
from db.models import Case, ServicePause
from db.queries.case_figures import case_figures
from db.queries.case_insight import InsightWanted
from db.queries.case_repeats import RepeatsWanted, repeats
from db.queries.service_alerts import AlertsWanted, ServiceAlerts, service_alerts
from db.queries.service_clocks_insight import PauseLine, kept_by_grade, pauses_by_person
from db.queries.service_rows import day_begins
from tests.builders import NOW
from tests.db.case_insight_setup import DAY, HOUR, BusyWorld, a_busy_world, due_of
from tests.db.work_queries_setup import a_request
from tests.personas import AUDITOR, FRONT_DESK, HANDLER, SUPERVISOR, person
from tests.statements import count_statements

NOVEMBER, OCTOBER = Month(2026, 11).span, Month(2026, 10).span
PERIODS = (NOVEMBER, OCTOBER)


@pytest.fixture
def busy(database: Database) -> BusyWorld:
    return a_busy_world(database)


def kept(busy: BusyWorld, span: Span, estate: EstateId | None = None) -> dict[tuple[ClockKind, CaseGrade], Any]:
    lines = busy.world.ask(SUPERVISOR, kept_by_grade, InsightWanted(estate, span))
    return {(line.clock, line.grade): line for line in lines}


def expected(busy: BusyWorld, span: Span, clock: ClockKind, grade: CaseGrade, level: str) -> InTime:
    """What core makes of the clocks that stopped in the days, or still run at their end."""
    end = min(day_begins(span.end), NOW)
    facts = []
    for made in busy.made:
        if not made.is_complaint or made.case["grade"] != grade.value:
            continue
        for row in made.clocks:
            stopped = row["stopped_at"]
            if row["kind"] != clock.value or row["cancelled"]:
                continue
            if (stopped is None and row["started_at"] < end) or (stopped is not None and local_day(stopped) in span):
                facts.append(LimitFact(due_of(row, level), stopped))
    return in_time(facts=facts, now=end)


@pytest.mark.parametrize("span", PERIODS)
@pytest.mark.parametrize("clock", [ClockKind.RESPONSE, ClockKind.RESOLVED])
@pytest.mark.parametrize("grade", list(CaseGrade))
def test_limits_are_kept_as_core_counts_them(busy: BusyWorld, span: Span, clock: ClockKind, grade: CaseGrade) -> None:
    line = kept(busy, span)[clock, grade]
    assert line.target == expected(busy, span, clock, grade, "target")
    assert line.hard == expected(busy, span, clock, grade, "hard")


@pytest.mark.parametrize("span", PERIODS)
def test_the_grades_add_up_to_what_the_dashboard_says(busy: BusyWorld, span: Span) -> None:
    estate = busy.world.estate
    figures = busy.world.ask(SUPERVISOR, case_figures, InsightWanted(estate, span)).this
    lines = kept(busy, span, estate)
    for clock, own in ((ClockKind.RESPONSE, figures.response), (ClockKind.RESOLVED, figures.feedback)):
        for level in ("target", "hard"):
            parts = [getattr(lines[clock, grade], level) for grade in CaseGrade]
            whole = getattr(own, level)
            assert sum(part.in_time for part in parts) == whole.in_time
            assert sum(part.late for part in parts) == whole.late
            assert sum(part.waiting for part in parts) == whole.waiting
    assert figures.feedback.target.in_time


def test_a_clock_nobody_has_is_told_as_none(busy: BusyWorld) -> None:
    line = kept(busy, NOVEMBER)[ClockKind.CALLED_BACK, CaseGrade.URGENT]
    assert line.target == line.hard == InTime(0, 0, 0)


# Pauses ------------------------------------------------------------------------------------------------------------


def pause(busy: BusyWorld, start: datetime, end: datetime | None, **given: Any) -> None:
    """An approved pause of the first case of Maple Court that the service handler asked for."""
    made = busy.of(busy.world.estate)[0]
    row = {
        "estate_id": made.case["estate_id"],
        "id": given.pop("number"),
        "record_id": made.case["id"],
        "clocks": "response",
        "reason": "waiting_parts",
        "start_at": start,
        "end_at": end,
        "state": "approved",
        "asked_by": busy.world.people.service_handler.user_id,
        "asked_at": start,
    }
    with busy.database.writing() as connection, connection.begin():
        connection.execute(insert(ServicePause), [row | given])


def pauses(busy: BusyWorld, span: Span, who: Any = SUPERVISOR) -> tuple[PauseLine, ...]:
    return busy.world.ask(who, pauses_by_person, InsightWanted(None, span))


def test_pauses_are_added_up_by_person_and_reason_within_the_days(busy: BusyWorld) -> None:
    november = day_begins(NOVEMBER.start)
    pause(busy, november - 10 * HOUR, november + 5 * HOUR, number=1)
    pause(busy, NOW - 3 * HOUR, None, number=2)
    pause(busy, NOW - 2 * HOUR, NOW - HOUR, number=3, reason="weather")
    pause(busy, NOW - 2 * HOUR, NOW - HOUR, number=4, state="refused")
    pause(busy, NOW - 2 * HOUR, NOW - HOUR, number=5, state="asked")
    pause(busy, NOW + HOUR, None, number=6)
    pause(busy, NOW - 2 * HOUR, NOW + 2 * HOUR, number=7, asked_by=None)
    handler = busy.world.people.service_handler
    assert [(row.user_id, row.reason, row.pauses, row.lasting, row.time) for row in pauses(busy, NOVEMBER)] == [
        (handler.user_id, "waiting_parts", 2, 1, timedelta(hours=8)),
        (None, "waiting_parts", 1, 1, timedelta(hours=2)),
        (handler.user_id, "weather", 1, 0, timedelta(hours=1)),
    ]
    assert [row.name for row in pauses(busy, NOVEMBER)] == ["吴客服", "", "吴客服"]
    (before,) = pauses(busy, OCTOBER)
    assert (before.pauses, before.time) == (1, timedelta(hours=10))


def test_pauses_of_other_estates_are_not_seen(busy: BusyWorld) -> None:
    pause(busy, NOW - 2 * HOUR, None, number=1)
    of_lake = person(305, "supervisor of Lakeside", *SUPERVISOR.roles, estates=frozenset({busy.world.lake.estate}))
    assert pauses(busy, NOVEMBER, of_lake) == ()


# What is wrong -------------------------------------------------------------------------------------------------------


def alerts(busy: BusyWorld, who: Any = SUPERVISOR, estate: EstateId | None = None) -> ServiceAlerts:
    found: ServiceAlerts = busy.world.ask(who, service_alerts, AlertsWanted(estate))
    return found


@pytest.mark.parametrize("of_maple", [True, False])
def test_what_is_wrong_is_counted_as_the_rows_say(busy: BusyWorld, of_maple: bool) -> None:
    estate = busy.world.estate if of_maple else None
    late = {"due_target": NOW - 3 * HOUR, "due_hard": NOW - HOUR}
    a_request(busy.world, clocks=[], **late)
    a_request(busy.world, clocks=[], due_target=NOW - HOUR, due_hard=NOW + HOUR)
    a_request(busy.world, clocks=[], due_target=NOW - HOUR, due_hard=None)
    a_request(busy.world, clocks=[], state="closed", **late)
    still = [made.case for made in busy.of(estate) if made.case["ended_on"] is None]
    red = sum(case["due_hard"] is not None and case["due_hard"] < NOW for case in still)
    late_target = sum(case["due_target"] is not None and case["due_target"] < NOW for case in still)
    without = busy.world.ask(SUPERVISOR, repeats, RepeatsWanted(estate, without_measure=True))
    assert red and without.total
    assert alerts(busy, estate=estate) == ServiceAlerts(
        red_cases=red,
        amber_cases=late_target - red,
        red_requests=1,
        amber_requests=2,
        repeats=without.total,
        repeat_days=90,
    )


def test_without_anything_nothing_is_wrong(busy: BusyWorld) -> None:
    with busy.database.writing() as connection, connection.begin():
        connection.execute(update(Case).values(due_target=None, due_hard=None, registered_at=NOW - 400 * DAY))
    found = alerts(busy)
    assert (found.red_cases, found.amber_cases, found.red_requests, found.amber_requests, found.repeats) == (0,) * 5


@pytest.mark.parametrize(
    ("query", "wanted", "most"),
    [
        (kept_by_grade, InsightWanted(None, NOVEMBER), 1),
        (pauses_by_person, InsightWanted(None, NOVEMBER), 1),
        (service_alerts, AlertsWanted(None), 2),
    ],
)
def test_few_statements_and_only_for_who_may(busy: BusyWorld, query: Any, wanted: Any, most: int) -> None:
    for who in (FRONT_DESK, HANDLER):
        with pytest.raises(NotPermitted):
            busy.world.ask(who, query, wanted)
    with count_statements(busy.database) as seen:
        busy.world.ask(AUDITOR, query, wanted)
    assert len(seen) <= most
