"""The figures of complaints: what SQL adds up is what the rules of core make of the same facts (R-098 to R-107)."""

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import event

from core.admin.permissions import NotPermitted
from core.complaints import insight as rules
from core.complaints.comparison import compared
from core.complaints.grading import CaseGrade, HandlingType, handling_types
from core.complaints.insight import LimitFact, Stay, complaint_rate, distribution, durations, in_time, step_times
from core.complaints.redaction import PublicCount, public_summary
from core.complaints.states import CaseProgress, CaseState, progress_of
from core.complaints.taxonomy import REPORT_GROUPS, CaseCategory, CaseChannel, RecordType, ReportGroup, RootCause
from core.kernel.filters import Slice
from core.kernel.identity import EstateId
from core.kernel.periods import Month, Span, local_day
from db.engine import Database
from db.queries.case_figures import CaseFigures, Kept, PeriodFigures, case_figures
from db.queries.case_hot_spots import CellWanted, HotSpots, HotSpotsWanted, cell_cases, hot_spots
from db.queries.case_insight import InsightWanted
from db.queries.case_rates import complaint_rates, public_case_summary
from db.queries.case_repeats import RepeatsWanted, repeats
from db.queries.case_times import process_times
from db.queries.case_trend import TREND_WEEKS, TrendWanted, case_trend
from db.queries.service_rows import day_begins
from tests.builders import NOW
from tests.conftest import ON_SQLITE
from tests.db.case_insight_setup import DAY, HOUR, BusyWorld, Drawing, Made, a_busy_world, a_measure, due_of, store
from tests.db.service_setup import a_service_world
from tests.personas import AUDITOR, FRONT_DESK, HANDLER, MANAGER, SUPERVISOR, person
from tests.statements import count_statements

TODAY = local_day(NOW)
NOVEMBER, OCTOBER = Month(2026, 11).span, Month(2026, 10).span
WEEK = Span(date(2026, 11, 9), date(2026, 11, 16))
PERIODS = (NOVEMBER, OCTOBER, WEEK)


@pytest.fixture
def busy(database: Database) -> BusyWorld:
    return a_busy_world(database)


def figures(busy: BusyWorld, span: Span = NOVEMBER, estate: EstateId | None = None) -> CaseFigures:
    return busy.world.ask(SUPERVISOR, case_figures, InsightWanted(estate, span))


def in_days(made: list[Made], column: str, span: Span) -> list[Made]:
    """Those whose instant lies in the days."""
    return [one for one in made if one.case[column] is not None and local_day(one.case[column]) in span]


def finished(made: list[Made], span: Span) -> list[Made]:
    return [one for one in in_days(made, "ended_at", span) if one.case["state"] in {"closed", "archived"}]


# The dashboard ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("span", PERIODS)
@pytest.mark.parametrize("maple", [True, False])
def test_every_record_type_is_counted_apart_as_it_came_was_closed_and_stands_open(
    busy: BusyWorld, span: Span, maple: bool
) -> None:
    estate = busy.world.estate if maple else None
    found, made = figures(busy, span, estate), busy.of(estate)
    days = compared(span=span, today=TODAY)
    assert found.days == days
    for part, these in ((found.this, days.this), (found.before, days.before)):
        for kind in RecordType:
            own = [one for one in made if one.case["record_type"] == kind.value]
            flow = part.flows[kind]
            assert flow.new == len(in_days(own, "registered_at", these))
            assert flow.closed == len(finished(own, these))
            there = [one for one in own if local_day(one.case["registered_at"]) < these.end]
            assert flow.open == sum(one.case["ended_on"] is None or one.case["ended_on"] >= these.end for one in there)
    assert found.this.complaints.new > 10
    assert found.change == rules.volume_change(this=found.this.complaints.new, last=found.before.complaints.new)


@pytest.mark.parametrize("span", PERIODS)
def test_the_mixes_count_each_complaint_once(busy: BusyWorld, span: Span) -> None:
    found = figures(busy, span)
    days = compared(span=span, today=TODAY)
    for part, these in ((found.this, days.this), (found.before, days.before)):
        came = in_days(busy.made, "registered_at", these)
        own = [one.case for one in came if one.counts]
        categories = Counter(CaseCategory(case["category"]) for case in own if case["category"])
        assert part.categories == distribution(kind=CaseCategory, counts=categories)
        groups = Counter(REPORT_GROUPS[CaseCategory(case["category"])] for case in own if case["category"])
        assert part.groups == distribution(kind=ReportGroup, counts=groups)
        channels = Counter(CaseChannel(case["channel"]) for case in own)
        assert part.channels == distribution(kind=CaseChannel, counts=channels)
        firsts = Counter(
            handling_types(grade=CaseGrade(c["grade"]), repeated=c["repeated"], special=c["special"])[0] for c in own
        )
        assert part.handling == distribution(kind=HandlingType, counts=firsts)
        assert sum(one.count for one in part.handling) == len(own)
        assert part.unclassified == sum(not case["category"] for case in own)
        assert part.left == sum(one.is_complaint and not one.counts for one in came)
        assert part.fee_share == next(one.share for one in part.categories if one.key is CaseCategory.FEE)
    assert found.fee_context == Decimal(45)


def test_causes_are_those_of_the_complaints_closed_in_the_period(busy: BusyWorld) -> None:
    found = figures(busy)
    days = compared(span=NOVEMBER, today=TODAY)
    closed = [one.case for one in finished(busy.made, days.this) if one.is_complaint]
    causes = Counter(RootCause(case["root_cause"]) for case in closed)
    assert found.this.causes == distribution(kind=RootCause, counts=causes)
    assert sum(one.count for one in found.this.details) == sum(bool(case["cause_detail"]) for case in closed)
    assert sum(one.count for one in found.this.solutions) == len(closed) > 5


@pytest.mark.parametrize("span", PERIODS)
def test_times_are_those_of_the_complaints_closed_in_the_period(busy: BusyWorld, span: Span) -> None:
    found = figures(busy, span)
    days = compared(span=span, today=TODAY)
    for part, these in ((found.this, days.this), (found.before, days.before)):
        closed = [one.case for one in finished(busy.made, these) if one.is_complaint]
        for name, column in (("response", "responded_at"), ("handling", "resolved_at"), ("closing", "ended_at")):
            times = [case[column] - case["registered_at"] for case in closed if case[column]]
            assert getattr(part.times, name) == durations(times=times), name
        assert part.times.handling.n > 3


def kept(busy: BusyWorld, span: Span, kind: str, level: str) -> rules.InTime:
    """The clocks that stopped in the days, and those that run and began before their end, as core judges them."""
    seen = min(NOW, NOW + 9 * DAY if span.end > TODAY else day_begins(span.end))
    facts = []
    for made in busy.made:
        for clock in made.clocks:
            if not made.is_complaint or clock["cancelled"] or clock["kind"] != kind:
                continue
            stopped = clock["stopped_at"]
            if stopped is None and clock["started_at"] < seen:
                facts.append(LimitFact(due_of(clock, level), None))
            if stopped is not None and local_day(stopped) in span:
                facts.append(LimitFact(due_of(clock, level), stopped))
    return in_time(facts=facts, now=seen)


@pytest.mark.parametrize("span", PERIODS)
def test_limits_kept_and_missed_are_counted_with_those_that_run_out_unnoticed(busy: BusyWorld, span: Span) -> None:
    found = figures(busy, span)
    days = compared(span=span, today=TODAY)
    for part, these in ((found.this, days.this), (found.before, days.before)):
        for clock, kind in ((part.response, "response"), (part.feedback, "resolved")):
            assert clock.target == kept(busy, these, kind, "target")
            assert clock.hard == kept(busy, these, kind, "hard")
    assert found.this.feedback.target.late > 3
    assert found.this.feedback.target.in_time > 3


def test_a_cancelled_clock_counts_neither_way(database: Database) -> None:
    busy = a_busy_world(database, cases=0)
    made = Drawing(busy.world, 1).case(0)
    made.case |= {"record_type": "complaint", "registered_at": NOW - DAY}
    made.clocks, made.steps = made.clocks[:1], []
    made.clocks[0] |= {"kind": "response", "stopped_at": NOW - HOUR, "cancelled": True}
    made.clocks[0] |= {"target_kept": None, "hard_kept": None}
    store(busy, [made])
    assert figures(busy).this.response.target == rules.InTime(0, 0, 0)


@pytest.mark.parametrize(("over", "late"), [(timedelta(), 0), (timedelta(microseconds=1), 1)])
def test_at_the_due_instant_itself_a_limit_still_holds(database: Database, over: timedelta, late: int) -> None:
    busy = a_busy_world(database, cases=0)
    made = Drawing(busy.world, 1).case(0)
    made.case |= {"record_type": "complaint", "state": "registered", "ended_on": None, "ended_at": None}
    made.clocks, made.steps = made.clocks[:1], []
    made.clocks[0] |= {"kind": "response", "stopped_at": None, "cancelled": False, "started_at": NOW - DAY}
    made.clocks[0] |= {"due_target": NOW - over, "due_hard": NOW - over, "target_kept": None, "hard_kept": None}
    store(busy, [made])
    response = figures(busy).this.response
    assert response == Kept(rules.InTime(0, late, 1 - late), rules.InTime(0, late, 1 - late))


@pytest.mark.parametrize(
    ("at", "new"),
    [
        (day_begins(date(2026, 10, 1)) - timedelta(microseconds=1), (0, 0)),
        (day_begins(date(2026, 10, 1)), (0, 1)),
        (day_begins(date(2026, 10, 22)) - timedelta(microseconds=1), (0, 1)),
        (day_begins(date(2026, 10, 22)), (0, 0)),
        (day_begins(date(2026, 11, 1)) - timedelta(microseconds=1), (0, 0)),
        (day_begins(date(2026, 11, 1)), (1, 0)),
    ],
)
def test_a_period_begins_and_ends_at_midnight_in_china(database: Database, at: datetime, new: tuple[int, int]) -> None:
    """November up to the 21st beside October up to the 21st."""
    busy = a_busy_world(database, cases=0)
    made = Drawing(busy.world, 1).case(0)
    made.case |= {"record_type": "complaint", "registered_at": at}
    made.clocks, made.steps = [], []
    store(busy, [made])
    found = figures(busy)
    assert (found.this.complaints.new, found.before.complaints.new) == new
    trend = busy.world.ask(SUPERVISOR, case_trend, TrendWanted(None, TODAY + DAY))
    (week,) = [week for week in trend if week.new]
    assert week.monday <= local_day(at) < week.monday + 7 * DAY


def test_every_call_back_counts_also_the_one_that_opened_the_case_again(busy: BusyWorld) -> None:
    found = figures(busy)
    for part, these in ((found.this, found.days.this), (found.before, found.days.before)):
        steps = [step for made in busy.made for step in made.steps if local_day(step["made_at"]) in these]
        ends = Counter(step["state"] for step in steps if step["action"] == "call_back")
        assert (part.call_backs, part.satisfied) == (ends.total(), ends["called_back"])
        share = rules.satisfied_share(satisfied=ends["called_back"], call_backs=ends.total())
        assert part.satisfied_percent == share
    assert 0 < found.this.satisfied < found.this.call_backs
    assert found.satisfaction_target == Decimal(90)


def test_open_complaints_are_grouped_by_age(busy: BusyWorld) -> None:
    ages = figures(busy).ages
    still = [one.case for one in busy.made if one.is_complaint and one.case["ended_on"] is None]
    days = [(TODAY - local_day(case["registered_at"])).days for case in still]
    assert [(group.first, group.last) for group in ages] == [(0, 3), (4, 7), (8, 15), (16, None)]
    for group in ages:
        assert group.count == sum(group.first <= age <= (group.last or 10**6) for age in days)
    assert sum(group.count for group in ages) == len(still) > 20


@pytest.mark.parametrize(("days", "group"), [(3, 0), (4, 1), (7, 1), (8, 2), (15, 2), (16, 3)])
def test_an_age_is_counted_in_calendar_days(database: Database, days: int, group: int) -> None:
    """Registered in the last minute of a day, it is a day old a minute later."""
    busy = a_busy_world(database, cases=0)
    made = Drawing(busy.world, 3).case(0)
    late = day_begins(TODAY - (days - 1) * DAY) - timedelta(minutes=1)
    made.case |= {"record_type": "complaint", "registered_at": late, "state": "registered"}
    made.case |= {"ended_on": None, "ended_at": None}
    store(busy, [made])
    assert [one.count for one in figures(busy).ages] == [int(place == group) for place in range(4)]


def test_without_cases_there_are_no_shares(database: Database) -> None:
    found = figures(a_busy_world(database, cases=0))
    nothing: PeriodFigures = found.this
    assert (nothing.complaints.new, nothing.complaints.open, nothing.fee_share, found.change) == (0, 0, None, None)
    assert nothing.times.handling.mean is None
    assert (nothing.response.target.percent, nothing.satisfied_percent) == (None, None)
    assert [group.share for group in found.ages] == [None] * 4


# Trend, rates, publicity ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("until", [TODAY + DAY, date(2026, 11, 1)])
def test_the_trend_tells_of_twelve_weeks_what_came_was_closed_and_stood_open(busy: BusyWorld, until: date) -> None:
    weeks = busy.world.ask(AUDITOR, case_trend, TrendWanted(None, until))
    own = [one for one in busy.made if one.is_complaint]
    assert len(weeks) == TREND_WEEKS
    assert weeks[-1].monday <= until - DAY < weeks[-1].monday + 7 * DAY
    for week in weeks:
        days = Span(week.monday, week.monday + 7 * DAY)
        assert days.start.weekday() == 0
        assert week.new == len(in_days(own, "registered_at", days))
        assert week.closed == len(finished(own, days))
        there = [one.case for one in own if local_day(one.case["registered_at"]) < days.end]
        assert week.open == sum(case["ended_on"] is None or case["ended_on"] >= days.end for case in there)
    assert sum(week.closed for week in weeks) > 20


@pytest.mark.parametrize(
    ("span", "months"), [(NOVEMBER, 1), (OCTOBER, 1), (WEEK, 0), (Span(date(2026, 8, 1), date(2026, 11, 1)), 3)]
)
def test_the_rate_is_per_hundred_households_and_month_of_each_estate(busy: BusyWorld, span: Span, months: int) -> None:
    found = busy.world.ask(MANAGER, complaint_rates, InsightWanted(None, span))
    days = compared(span=span, today=TODAY)
    assert {row.estate_id for row in found.rows} == {busy.world.maple.estate, busy.world.lake.estate}
    for row in found.rows:
        assert row.households == 6
        own = [one for one in busy.of(row.estate_id) if one.counts]
        this, before = (len(in_days(own, "registered_at", each)) for each in (days.this, days.before))
        assert (row.complaints, row.complaints_before) == (this, before)
        assert row.rate == complaint_rate(complaints=this, households=6, months=months)
        assert row.rate_before == complaint_rate(complaints=before, households=6, months=months)
    assert (found.together.estate_id, found.together.households) == (None, 12)
    assert found.together.complaints == sum(row.complaints for row in found.rows)
    assert (found.together.rate is None) == (months == 0)
    rates = [row.rate or 0 for row in found.rows]
    assert rates == sorted(rates, reverse=True)


def test_the_households_on_record_go_before_the_units_counted(busy: BusyWorld) -> None:
    sql = f"UPDATE estates SET household_count = 250 WHERE id = {busy.world.estate}"
    with busy.database.writing() as connection, connection.begin():
        connection.exec_driver_sql(sql)
    found = busy.world.ask(SUPERVISOR, complaint_rates, InsightWanted(busy.world.estate, NOVEMBER))
    assert [row.households for row in found.rows] == [250]


@pytest.mark.parametrize("span", PERIODS)
def test_the_public_summary_counts_by_category_and_names_nothing_small(busy: BusyWorld, span: Span) -> None:
    found = busy.world.ask(SUPERVISOR, public_case_summary, InsightWanted(busy.world.estate, span))
    this = compared(span=span, today=TODAY).this
    own = [one.case for one in in_days(busy.of(busy.world.estate), "registered_at", this) if one.counts]
    counts = {}
    for category in CaseCategory:
        cases = [case for case in own if case["category"] == category.value]
        handled = sum(progress_of(CaseState(case["state"])) is CaseProgress.HANDLED for case in cases)
        counts[category] = PublicCount(len(cases), handled)
    assert found == public_summary(counts=counts)
    assert all(line.cases >= 5 for line in found.lines)


# Steps ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("span", PERIODS)
def test_stays_in_each_state_are_measured_against_what_is_allowed(busy: BusyWorld, span: Span) -> None:
    this = compared(span=span, today=TODAY).this
    stays = []
    for made in busy.made:
        came = made.case["registered_at"]
        for step in made.steps:
            if step["source"] == step["state"]:
                continue
            if made.is_complaint and local_day(step["made_at"]) in this:
                stays.append(Stay(CaseState(step["source"]), max(step["done_at"] - came, timedelta())))
            came = step["done_at"]
    found = busy.world.ask(SUPERVISOR, process_times, InsightWanted(None, span))
    assert found == step_times(stays=stays)
    assert {one.step.state: one.n for one in found}[CaseState.ASSIGNED] > 5
    assert sum(one.over for one in found) > 5


def test_without_steps_every_state_of_the_map_is_listed(database: Database) -> None:
    busy = a_busy_world(database, cases=0)
    assert busy.world.ask(SUPERVISOR, process_times, InsightWanted(None, NOVEMBER)) == step_times(stays=())


# Hot spots and repeats --------------------------------------------------------------------------------------------


def spots(busy: BusyWorld, estate: EstateId | None = None) -> HotSpots:
    return busy.world.ask(SUPERVISOR, hot_spots, HotSpotsWanted(estate))


def lately(made: list[Made], days: int) -> list[dict[str, Any]]:
    since = Span(TODAY - (days - 1) * DAY, TODAY + DAY)
    return [one.case for one in in_days(made, "registered_at", since) if one.counts and one.case["category"]]


def test_hot_spots_are_ranked_as_the_rule_ranks_them(busy: BusyWorld) -> None:
    estate = busy.world.estate
    found = spots(busy, estate)
    own = lately(busy.of(estate), 30)
    counts = Counter((case["area"], CaseCategory(case["category"])) for case in own)
    expected = rules.hot_spots(counts=counts)
    assert len(expected) > 20
    shown = [(s.area, s.category, s.count, s.rank, s.share, s.cumulative, s.is_hot) for s in found.spots]
    assert shown == [(s.area, s.category, s.count, s.rank, s.share, s.cumulative, s.is_hot) for s in expected[:30]]
    assert all(spot.is_building == (spot.area in {"1", "2"}) for spot in found.spots)
    assert (found.cells, found.hot) == (len(expected), sum(one.is_hot for one in expected))
    assert (found.complaints, found.least) == (len(own), 3)
    assert found.days == Span(TODAY - 29 * DAY, TODAY + DAY)


def test_the_areas_of_two_estates_are_never_taken_together(busy: BusyWorld) -> None:
    found = spots(busy)
    own = lately(busy.made, 30)
    counts = Counter((case["estate_id"], case["area"], case["category"]) for case in own)
    for spot in found.spots:
        assert spot.count == counts[spot.estate_id, spot.area, spot.category.value]
    assert {spot.estate_id for spot in found.spots} == {busy.world.maple.estate, busy.world.lake.estate}
    assert found.complaints == counts.total()


def test_the_map_names_fifteen_areas_and_adds_the_others_up(busy: BusyWorld) -> None:
    more = Drawing(busy.world, 5)
    extra = []
    for place in range(30):
        made = more.case(place)
        made.case |= {"id": made.case["id"] + 5_000_000, "area": f"Yard {place:02d}", "record_type": "complaint"}
        made.case |= {"registered_at": NOW - DAY, "category": "environ", "state": "registered", "ended_on": None}
        made.case["unit_id"] = None
        made.number, made.clocks, made.steps = f"X{place}", [], []
        extra.append(made)
    store(busy, extra)
    found = spots(busy)
    own = lately(busy.made + extra, 30)
    areas = Counter((case["estate_id"], case["area"]) for case in own)
    assert len(found.areas) == 15
    for row in found.areas:
        cells = Counter(
            CaseCategory(c["category"]) for c in own if (c["estate_id"], c["area"]) == (row.estate_id, row.area)
        )
        assert row.counts == cells
        assert row.estate_name
        assert row.is_building == (row.area in {"1", "2"})
    assert [row.total for row in found.areas] == sorted(areas.values(), reverse=True)[:15]
    assert found.others is not None
    assert found.others.areas == len(areas) - 15
    assert found.others.total == len(own) - sum(row.total for row in found.areas)


def test_where_nothing_happens_nothing_is_hot(database: Database) -> None:
    found = spots(a_busy_world(database, cases=0))
    assert (found.spots, found.areas, found.others, found.cells, found.hot, found.complaints) == ((), (), None, 0, 0, 0)


def test_a_cell_opens_to_its_cases_and_names_nobody(busy: BusyWorld) -> None:
    found = spots(busy, busy.world.estate)
    spot = found.spots[0]
    wanted = CellWanted(busy.world.estate, spot.area, spot.category, found.days)
    page = busy.world.ask(SUPERVISOR, cell_cases, wanted)
    assert (page.total, len(page.rows)) == (spot.count, spot.count)
    numbers = {one.case["id"]: one.number for one in busy.made}
    for row in page.rows:
        assert row.number == numbers[row.case_id]
    times = [row.registered_at for row in page.rows]
    assert times == sorted(times, reverse=True)
    one = busy.world.ask(SUPERVISOR, cell_cases, replace(wanted, slice=Slice(1, 1)))
    assert (one.total, one.rows) == (spot.count, page.rows[:1])
    whole = busy.world.ask(SUPERVISOR, cell_cases, replace(wanted, category=None))
    assert whole.total == next(row.total for row in found.areas if row.area == spot.area)


def groups(busy: BusyWorld, of: Callable[[dict[str, Any]], Any]) -> Counter[Any]:
    return Counter(of(case) for case in lately(busy.made, 90) if of(case) is not None)


def test_the_radar_finds_what_comes_again_at_one_unit_or_public_place(busy: BusyWorld) -> None:
    wanted = RepeatsWanted(None, slice=Slice(1, 500))
    found = busy.world.ask(SUPERVISOR, repeats, wanted)
    of_unit = groups(busy, lambda c: (c["estate_id"], c["unit_id"], c["sub_category"]) if c["unit_id"] else None)
    of_place = groups(busy, lambda c: (c["estate_id"], c["place"], c["sub_category"]) if c["place_key"] else None)
    expected = {key: n for key, n in (of_unit + of_place).items() if n >= 2}
    shown = {(r.estate_id, r.unit_id or r.place, r.sub_category.value): r.count for r in found.rows}
    assert shown == expected
    assert found.total == len(expected) > 10
    assert [row.count for row in found.rows] == sorted(expected.values(), reverse=True)
    assert found.days == Span(TODAY - 89 * DAY, TODAY + DAY)
    units = {row.unit_id for row in found.rows if row.unit_id}
    assert all(row.place.startswith(row.area) for row in found.rows if row.unit_id) and units


def test_a_group_says_what_is_open_was_opened_again_and_has_a_measure(busy: BusyWorld) -> None:
    found = busy.world.ask(SUPERVISOR, repeats, RepeatsWanted(None, slice=Slice(1, 500)))
    for row in found.rows:
        key = "unit_id" if row.unit_id else "place"
        own = [
            case
            for case in lately(busy.of(row.estate_id), 90)
            if case["sub_category"] == row.sub_category.value and case[key] == (row.unit_id or row.place)
        ]
        assert row.open == sum(case["ended_on"] is None for case in own)
        assert row.reopened == sum(case["reopenings"] > 0 for case in own)
        assert row.with_measure == 0
        assert row.newest == max(case["id"] for case in own)
    assert found.reopened == sum(case["reopenings"] > 0 for case in lately_all(busy))
    assert found.reopened > 0


def lately_all(busy: BusyWorld) -> list[dict[str, Any]]:
    since = Span(TODAY - 89 * DAY, TODAY + DAY)
    return [one.case for one in in_days(busy.made, "registered_at", since) if one.counts]


def test_groups_that_a_measure_deals_with_can_be_left_out(busy: BusyWorld) -> None:
    first = busy.world.ask(SUPERVISOR, repeats, RepeatsWanted(None)).rows[0]
    a_measure(busy, first.estate_id, first.newest)
    every = busy.world.ask(SUPERVISOR, repeats, RepeatsWanted(None))
    assert next(row for row in every.rows if row.newest == first.newest).with_measure == 1
    without = busy.world.ask(SUPERVISOR, repeats, RepeatsWanted(None, without_measure=True))
    assert first.newest not in {row.newest for row in without.rows}
    assert without.total == every.total - 1


# A life through the operations ------------------------------------------------------------------------------------


def test_a_complaint_lived_through_by_the_operations_stands_in_every_figure(database: Database) -> None:
    """Registered on a Saturday morning, opened again once, and closed after 33 hours."""
    world = a_service_world(database)
    case = world.register(category=None, sub_category=None)
    for hours, state in ((1, CaseState.CLASSIFIED), (1, CaseState.ASSIGNED), (23, CaseState.RESPONDED)):
        world.later(hours=hours)
        world.move_to(case, state)
    world.later(hours=2)
    world.move_to(case, CaseState.IN_PROGRESS)
    world.later(hours=2)
    world.move_to(case, CaseState.RESOLVED)
    world.later(hours=1)
    assert world.move(case, CaseState.CALLED_BACK, world.call_back(satisfied=False)) is CaseState.IN_PROGRESS
    for hours, state in ((1, CaseState.RESOLVED), (1, CaseState.CALLED_BACK), (1, CaseState.CLOSED)):
        world.later(hours=hours)
        world.move_to(case, state)
    found = world.ask(SUPERVISOR, case_figures, InsightWanted(world.estate, NOVEMBER)).this
    assert (found.complaints.new, found.complaints.closed, found.complaints.open) == (1, 1, 0)
    assert (found.call_backs, found.satisfied, found.satisfied_percent) == (2, 1, Decimal("50.0"))
    assert found.times.response.mean == timedelta(hours=25)
    assert found.times.handling.mean == timedelta(hours=31)
    assert found.times.closing.mean == timedelta(hours=33)
    assert (found.response.target.in_time, found.response.target.late) == (0, 1)
    assert (found.response.hard.in_time, found.response.hard.late) == (1, 0)
    assert (found.feedback.target.in_time, found.feedback.target.late) == (2, 0)
    assert sum(one.count for one in found.causes) == 1
    steps = {one.step.state: one for one in world.ask(SUPERVISOR, process_times, InsightWanted(None, NOVEMBER))}
    assert [steps[state].mean for state in (CaseState.REGISTERED, CaseState.CLASSIFIED, CaseState.ASSIGNED)] == [
        timedelta(hours=1), timedelta(hours=1), timedelta(hours=23)
    ]  # fmt: skip
    assert (steps[CaseState.ASSIGNED].over, steps[CaseState.REGISTERED].over) == (1, 0)
    assert (steps[CaseState.RESOLVED].n, steps[CaseState.IN_PROGRESS].n) == (2, 2)
    assert steps[CaseState.IN_PROGRESS].mean == timedelta(hours=1, minutes=30)


# Rights and budgets -----------------------------------------------------------------------------------------------

ASKED = (
    (case_figures, InsightWanted(None, NOVEMBER), 3),
    (case_trend, TrendWanted(None, TODAY), 1),
    (complaint_rates, InsightWanted(None, NOVEMBER), 1),
    (public_case_summary, InsightWanted(None, NOVEMBER), 1),
    (process_times, InsightWanted(None, NOVEMBER), 1),
    (hot_spots, HotSpotsWanted(None), 3),
    (repeats, RepeatsWanted(None), 3),
)


def plans(busy: BusyWorld, query: Any, wanted: Any) -> list[str]:
    """How the embedded database would answer each statement of a query."""
    sent: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
        sent.append((statement, parameters))

    event.listen(busy.database.engine, "before_cursor_execute", note)
    busy.world.ask(SUPERVISOR, query, wanted)
    event.remove(busy.database.engine, "before_cursor_execute", note)
    with busy.database.reading() as connection:
        return [
            step[3]
            for statement, parameters in sent
            if statement.lstrip().startswith(("SELECT", "WITH"))
            for step in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
        ]


@ON_SQLITE
@pytest.mark.parametrize("one_estate", [True, False])
def test_no_view_looks_through_all_cases_clocks_or_steps(busy: BusyWorld, one_estate: bool) -> None:
    """Every way to them goes by an index that begins with the estate, so growth elsewhere and before costs nothing."""
    busy.database.learn_sizes()
    for query, wanted, _ in ASKED:
        chosen = replace(wanted, estate_id=busy.world.estate) if one_estate else wanted
        steps = plans(busy, query, chosen)
        assert steps
        large = re.compile(r"^SCAN (cases|step|earlier|service_\w+)\b")
        assert not [step for step in steps if large.match(step)], query


def test_every_view_is_answered_in_a_few_statements(busy: BusyWorld) -> None:
    for query, wanted, most in ASKED:
        with count_statements(busy.database) as seen:
            busy.world.ask(SUPERVISOR, query, wanted)  # type: ignore[arg-type]
        assert len(seen) == most, query


@pytest.mark.parametrize("who", [FRONT_DESK, HANDLER])
def test_insight_is_for_those_who_supervise(busy: BusyWorld, who: Any) -> None:
    for query, wanted, _ in ASKED:
        with pytest.raises(NotPermitted):
            busy.world.ask(who, query, wanted)  # type: ignore[arg-type]


def test_who_looks_after_one_estate_sees_no_figure_of_another(busy: BusyWorld) -> None:
    lake = busy.world.lake.estate
    only = person(3, "supervisor", *SUPERVISOR.roles, estates=frozenset({lake}))
    for query, wanted, _ in ASKED:
        everything = busy.world.ask(only, query, wanted)  # type: ignore[arg-type]
        assert everything == busy.world.ask(SUPERVISOR, query, replace(wanted, estate_id=lake))  # type: ignore[arg-type]
        with pytest.raises(NotPermitted):
            busy.world.ask(only, query, replace(wanted, estate_id=busy.world.estate))  # type: ignore[arg-type]
    cell = CellWanted(busy.world.estate, "1", None, NOVEMBER)
    with pytest.raises(NotPermitted):
        busy.world.ask(only, cell_cases, cell)
