"""The figures of requests: SQL gives what the rules give over the same rows; periods, scope, statements (R-113)."""

import random
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from core.admin.permissions import Permission
from core.kernel.clocks import ClockKind
from core.kernel.identity import EstateId
from core.kernel.periods import Span, local_day
from core.work_orders.insight import (
    MeanTime,
    WorkLimitFact,
    WorkTimes,
    is_fixed,
    mean_waiting,
    mttr,
    mttr_by_kind,
    rating_summary,
    work_in_time,
)
from core.work_orders.kinds import PublicSystem, WorkKind
from core.work_orders.limits import work_limit_row
from core.work_orders.outcome_steps import WorkResult
from core.work_orders.states import WorkState, is_ended, running_clocks
from db.engine import Database
from db.queries.case_insight import BEFORE, THIS, InsightWanted
from db.queries.service_rows import day_begins
from db.queries.work_insight import WorkInsight, WorkPeriod, work_insight
from tests.db.asserting import check_reading_rights
from tests.db.service_setup import ServiceWorld, a_service_world
from tests.db.work_queries_setup import a_request, clock
from tests.statements import count_statements

THIS_MONTH = Span(date(2026, 11, 1), date(2026, 12, 1))
LAST_MONTH = Span(date(2026, 10, 1), date(2026, 11, 1))
SPANS = {THIS: Span(date(2026, 11, 1), date(2026, 11, 22)), BEFORE: Span(date(2026, 10, 1), date(2026, 10, 22))}
"""The running month up to today, and as many days of the month before."""
HOUR = timedelta(hours=1)


@pytest.fixture
def world(database: Database) -> ServiceWorld:
    return a_service_world(database)


@dataclass(frozen=True)
class Made:
    """A request as it was made, for a recount."""

    estate: EstateId
    kind: WorkKind
    failure: PublicSystem | None
    state: WorkState
    registered_at: datetime
    answered_at: datetime | None
    carried_out_at: datetime | None
    result: WorkResult | None
    ended_at: datetime | None
    rating: int | None
    clocks: tuple[dict[str, Any], ...]


def many(world: ServiceWorld, seed: int, count: int) -> list[Made]:
    """Requests of all kinds in both estates, submitted over three months, some opened and closed at the edges."""
    chance = random.Random(seed)  # a generated set, the same every time
    made = [_one(world, chance) for _ in range(count)]
    for one in made:
        columns = {name: getattr(one, name) for name in ("registered_at", "answered_at", "carried_out_at", "rating")}
        ended = {"ended_at": one.ended_at} if one.ended_at else {}
        a_request(
            world,
            estate_id=one.estate,
            kind=one.kind.value,
            failure=one.failure.value if one.failure else "",
            state=one.state.value,
            result=one.result.value if one.result else "",
            clocks=one.clocks,
            content="灯",
            **columns,
            **ended,
        )
    return made


def _one(world: ServiceWorld, chance: random.Random) -> Made:
    state = chance.choice(list(WorkState))
    kind = chance.choice(list(WorkKind))
    failure = chance.choice(list(PublicSystem)) if kind is WorkKind.REPAIR and chance.random() < 0.3 else None
    registered = _instant(world, chance, world.now - timedelta(days=90))
    answered = (
        _instant(world, chance, registered) if running_clocks(state) != running_clocks(WorkState.SUBMITTED) else None
    )
    done = state in (WorkState.CARRIED_OUT, WorkState.REPORTED_BACK, WorkState.CLOSED)
    carried = _instant(world, chance, answered or registered) if done else None
    ended = max(carried or registered, _instant(world, chance, carried or registered)) if is_ended(state) else None
    return Made(
        estate=chance.choice((world.maple.estate, world.lake.estate)),
        kind=kind,
        failure=failure,
        state=state,
        registered_at=registered,
        answered_at=answered,
        carried_out_at=carried,
        result=chance.choice(list(WorkResult)) if done else None,
        ended_at=ended,
        rating=chance.choice((None, 1, 2, 3, 4, 5)) if state is WorkState.CLOSED else None,
        clocks=tuple(_clock(world, chance, registered, one) for one in (ClockKind.RESPONSE, ClockKind.RESOLVED)),
    )


_EDGES = [day_begins(day) for span in SPANS.values() for day in (span.start, span.end)]


def _instant(world: ServiceWorld, chance: random.Random, earliest: datetime) -> datetime:
    """Some instant up to now, now and then right at the edge of a period."""
    edges = [edge for edge in _EDGES if earliest <= edge <= world.now]
    if edges and chance.random() < 0.1:
        return chance.choice(edges) + chance.choice((timedelta(), -timedelta(microseconds=1))) * (chance.random() < 0.5)
    return max(earliest, min(world.now, earliest + (world.now - earliest) * chance.random()))


def _clock(world: ServiceWorld, chance: random.Random, registered: datetime, kind: ClockKind) -> dict[str, Any]:
    """A clock with any limits that runs, was stopped or cancelled; a limit is missed only after its instant."""
    dues = {
        f"due_{limit}": registered + timedelta(hours=chance.choice((1, 4, 24, 500, 2000)))
        if chance.random() < 0.8
        else None
        for limit in ("target", "hard")
    }
    if chance.random() < 0.3:
        dues["due_hard"] = world.now if chance.random() < 0.5 else dues["due_hard"]
        return clock(kind, registered) | dues
    stopped = _instant(world, chance, registered)
    kept = {f"{name[4:]}_kept": None if due is None else stopped <= due for name, due in dues.items()}
    cancelled = chance.random() < 0.2
    return clock(kind, registered) | kept | {"stopped_at": stopped, "cancelled": cancelled} | dues


def inside(at: datetime | None, span: Span) -> bool:
    return at is not None and local_day(at) in span


def expected(made: list[Made], span: Span, now: datetime, *, running: bool) -> dict[str, Any]:
    """What the rules say of the same requests."""
    live = [one for one in made if one.state is not WorkState.CANCELLED]
    fixed = [one for one in live if one.result and is_fixed(one.result) and inside(one.carried_out_at, span)]
    answered = [one for one in live if inside(one.answered_at, span)]
    closed = [one for one in made if one.state is WorkState.CLOSED and inside(one.ended_at, span)]
    facts = {"target": list[WorkLimitFact](), "hard": list[WorkLimitFact]()}
    for one in made:
        for each in one.clocks:
            stopped = each.get("stopped_at")
            counts = inside(stopped, span) if stopped else running
            for limit, found in facts.items():
                due = each.get(f"due_{limit}")
                if counts and due is not None and not each.get("cancelled"):
                    row = work_limit_row(kind=one.kind, failure=one.failure)
                    found.append(WorkLimitFact(row, ClockKind(each["kind"]), due, stopped))
    return {
        "submitted": sum(inside(one.registered_at, span) for one in made),
        "mttr": mttr_by_kind(works=[times(one) for one in fixed]),
        "waiting": tuple(mean_waiting(works=[times(one) for one in answered if kind in (None, one.kind)])
                         for kind in (*WorkKind, None)),
        "targets": work_in_time(facts=facts["target"], now=now),
        "hard_limits": work_in_time(facts=facts["hard"], now=now),
        "failures": tuple(
            (system, sum(inside(one.registered_at, span) and one.failure is system for one in made),
             mttr(works=[times(one) for one in fixed if one.failure is system]))
            for system in PublicSystem
        ),
        "ratings": rating_summary(ratings=[one.rating for one in closed]),
    }  # fmt: skip


def times(one: Made) -> WorkTimes:
    fixed = one.carried_out_at if one.result and is_fixed(one.result) else None
    return WorkTimes(
        estate=one.estate,
        kind=one.kind,
        registered_at=one.registered_at,
        answered_at=one.answered_at,
        fixed_at=fixed,
    )


def shown(period: WorkPeriod) -> dict[str, Any]:
    return {
        "submitted": period.submitted,
        "mttr": period.mttr,
        "waiting": tuple(line.time for line in period.waiting),
        "targets": period.targets,
        "hard_limits": period.hard_limits,
        "failures": tuple((line.system, line.submitted, line.time) for line in period.failures),
        "ratings": period.ratings,
    }


def figures(
    world: ServiceWorld, estate: EstateId | None = None, span: Span = THIS_MONTH, by: Any = None
) -> WorkInsight:
    return world.ask(by or world.people.supervisor, work_insight, InsightWanted(estate, span))


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_sql_gives_what_the_rules_give_over_the_same_requests(world: ServiceWorld, seed: int) -> None:
    made = many(world, seed, 60)
    for estate in (None, world.maple.estate, world.lake.estate):
        own = [one for one in made if estate in (None, one.estate)]
        found = figures(world, estate)
        assert shown(found.this) == expected(own, SPANS[THIS], world.now, running=True)
        assert shown(found.before) == expected(own, SPANS[BEFORE], world.now, running=False)
        past = figures(world, estate, LAST_MONTH)
        assert shown(past.this) == expected(own, LAST_MONTH, world.now, running=False)
        assert found.open == sum(not is_ended(one.state) for one in own)
        assert found.open_failures == sum(not is_ended(one.state) and one.failure is not None for one in own)
        check_estates(found, own)
        check_weeks(found, own)


def check_estates(found: WorkInsight, made: list[Made]) -> None:
    for line in found.estates:
        own = [one for one in made if one.estate == line.estate_id]
        assert line.mttr == mttr_by_kind(
            works=[times(one) for one in own if fixed_in(one, SPANS[THIS])], estate=line.estate_id
        )
        assert line.submitted == sum(inside(one.registered_at, SPANS[THIS]) for one in own)
        assert line.open == sum(not is_ended(one.state) for one in own)


def check_weeks(found: WorkInsight, made: list[Made]) -> None:
    assert (len(found.weeks), found.weeks[-1].monday) == (12, date(2026, 11, 16))
    for week in found.weeks:
        span = Span(week.monday, week.monday + timedelta(days=7))
        assert week.submitted == sum(inside(one.registered_at, span) for one in made)
        assert week.time == mttr(works=[times(one) for one in made if fixed_in(one, span)])


def fixed_in(one: Made, span: Span) -> bool:
    return one.state is not WorkState.CANCELLED and inside(one.carried_out_at, span)


def test_without_a_finished_request_a_mean_is_not_available(world: ServiceWorld) -> None:
    a_request(world)
    found = figures(world)
    nothing = MeanTime(0, None)
    assert {line.time for line in (*found.this.mttr, *found.this.waiting)} == {nothing}
    assert {line.time for line in found.this.failures} == {nothing}
    assert {line.percent for line in (*found.before.targets, *found.before.hard_limits)} == {None}
    assert (found.this.ratings.mean, found.this.ratings.rated_percent) == (None, None)
    assert (found.this.submitted, found.open, len(found.estates)) == (1, 1, 1)


def test_an_empty_company_has_figures_of_nothing(world: ServiceWorld) -> None:
    found = figures(world)
    assert (found.open, found.estates, found.this.submitted, len(found.this.mttr)) == (0, (), 0, 5)


def test_means_are_exact_to_the_microsecond(world: ServiceWorld) -> None:
    start = world.now - timedelta(days=2) + timedelta(microseconds=999_999)
    took = [3 * HOUR + timedelta(microseconds=micros) for micros in (999_999, 1, 500_500)]
    for one in took:
        a_request(world, state="carried_out", result="done", registered_at=start, carried_out_at=start + one, clocks=())
    assert figures(world).this.mttr[0].time == MeanTime(3, sum(took, timedelta()) / 3)


def test_what_could_not_be_done_or_was_cancelled_is_not_fixed(world: ServiceWorld) -> None:
    start = world.now - 5 * HOUR
    for state, result in (("carried_out", "not_possible"), ("cancelled", "done"), ("closed", "makeshift")):
        a_request(world, state=state, result=result, registered_at=start, carried_out_at=world.now, clocks=())
    assert figures(world).this.mttr[-1].time == MeanTime(1, 5 * HOUR)


def test_what_was_fixed_and_closed_on_the_first_day_counts_and_the_day_before_does_not(world: ServiceWorld) -> None:
    for day in (SPANS[BEFORE].start, SPANS[THIS].start, SPANS[BEFORE].start - timedelta(days=1)):
        at = day_begins(day)
        times = {"registered_at": at, "answered_at": at, "carried_out_at": at + HOUR, "ended_at": at + HOUR}
        a_request(world, state="closed", result="done", rating=5, clocks=(), **times)
    found = figures(world)
    for period in (found.this, found.before):
        assert (period.submitted, period.mttr[-1].time, period.ratings.n) == (1, MeanTime(1, HOUR), 1)
        assert period.waiting[-1].time == MeanTime(1, timedelta())


def test_figures_are_of_the_estates_in_care(world: ServiceWorld) -> None:
    many(world, 4, 12)
    lake = replace(world.people.supervisor, estates=frozenset({world.lake.estate}))
    seen = figures(world, by=lake)
    assert [line.estate_id for line in seen.estates] in ([world.lake.estate], [])
    assert shown(seen.this) == shown(figures(world, world.lake.estate).this)


def test_only_who_may_see_figures_is_answered(world: ServiceWorld) -> None:
    check_reading_rights(world.database, work_insight, InsightWanted(None, THIS_MONTH), Permission.SERVICE_INSIGHT)


def test_four_statements_however_many_requests(world: ServiceWorld) -> None:
    many(world, 5, 8)
    with count_statements(world.database) as sent:
        figures(world)
    assert len(sent) == 4
