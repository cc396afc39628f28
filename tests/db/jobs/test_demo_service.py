"""Complaints and requests of the demonstration company: a story that is told the same each time, by the rules."""

import re
from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import cache
from statistics import mean, median
from typing import Any

import pytest
from sqlalchemy import Connection, func, select

from core.admin.permissions import SYSTEM
from core.complaints.states import CaseState
from core.complaints.taxonomy import SUB_CATEGORIES, RecordType, SubCategory, category_of
from core.kernel.periods import CHINA, Month
from core.kernel.sla import ClockLevel, clock_state
from core.work_orders.kinds import PublicSystem
from db.engine import Database
from db.jobs import demo_service_words as words
from db.jobs.demo import load_demo
from db.jobs.demo_answers import LIFT_BUILDING
from db.jobs.demo_habits import TROUBLED
from db.jobs.demo_plan import SEED, Company, plan_company, plan_digest
from db.jobs.demo_request_plan import PlannedOrder, plan_orders
from db.jobs.demo_service import picture
from db.jobs.demo_service_plan import Extra, Fate, PlannedCase, plan_cases, slow_month
from db.jobs.demo_today import CASES, ORDERS, open_cases, open_orders
from db.jobs.service_clocks import Ticked, tick
from db.jobs.verify import verify
from db.models import (
    AccountabilityAction,
    AuditEntry,
    Base,
    Case,
    CaseCollaborator,
    KnowledgeEntry,
    Measure,
    ServiceClock,
    ServiceDraft,
    ServiceEscalation,
    ServiceLink,
    ServicePause,
    ServicePhoto,
    ServiceRecord,
    ServiceStep,
    StaffMember,
    User,
    WorkAppointment,
    WorkMaterial,
    WorkOrder,
)
from db.repositories.service_clocks import clock_facts_of
from db.repositories.service_terms import service_terms

NOW = datetime(2026, 11, 21, 2, tzinfo=UTC)
LAST = Month(2026, 10)
MENDED = date(2026, 6, 25)
SCALE = 16
SLOW = Month(2026, 5)


@cache
def the_company(seed: int = SEED, scale: int = 1) -> Company:
    return plan_company(last=LAST, seed=seed, scale=scale)


@cache
def cases(seed: int = SEED, scale: int = 1) -> tuple[PlannedCase, ...]:
    return plan_cases(the_company(seed, scale), NOW, mended=MENDED, scale=scale)


@cache
def orders(seed: int = SEED, scale: int = 1) -> tuple[PlannedOrder, ...]:
    return plan_orders(the_company(seed, scale), NOW, mended=MENDED, scale=scale)


def month_of(at: datetime) -> Month:
    return Month.of(at.astimezone(CHINA).date())


# --- the plan ---


def test_the_same_seed_gives_the_same_plan_and_another_another() -> None:
    for plan in (plan_cases, plan_orders):
        planned: Callable[..., tuple[object, ...]] = plan
        first = plan_digest(planned(the_company(), NOW, mended=MENDED))
        assert first == plan_digest(planned(the_company(), NOW, mended=MENDED))
        assert first != plan_digest(planned(the_company(SEED + 1), NOW, mended=MENDED))


def test_the_whole_company_has_as_many_as_a_real_one() -> None:
    assert 700 <= len(cases()) + len(CASES) <= 900
    assert 1_000 <= len(orders()) + len(ORDERS) <= 1_300
    assert 25 <= len(CASES) <= 40 and 30 <= len(ORDERS) <= 45
    assert slow_month(the_company()) == SLOW
    twelfth = len(cases(scale=12)) / len(cases())
    assert 1 / 15 < twelfth < 1 / 7, "stories are told in a small company too"


def test_everything_of_the_past_is_over_by_now_and_each_step_follows_the_one_before() -> None:
    planned: tuple[PlannedCase | PlannedOrder, ...] = (*cases(), *orders())
    for one in planned:
        assert list(one.steps) == sorted(one.steps) and one.at < one.steps[0]
        assert one.steps[-1] < NOW
        assert one.at >= datetime(2025, 5, 1, tzinfo=CHINA)


def test_summer_is_loud_and_dry_and_winter_dark() -> None:
    by_season = {
        sub: Counter(
            "summer" if one.at.astimezone(CHINA).month in (6, 7, 8) else
            "winter" if one.at.astimezone(CHINA).month in (12, 1, 2) else "else"
            for one in cases() if one.sub is sub and one.record_type is RecordType.COMPLAINT
        )
        for sub in SubCategory
    }  # fmt: skip
    summers, winters = 5, 3  # months of each among the eighteen
    for sub in (SubCategory.NOISE, SubCategory.WATER):
        assert by_season[sub]["summer"] / summers > 1.5 * by_season[sub]["winter"] / winters, sub
    assert by_season[SubCategory.POWER]["winter"] / winters > by_season[SubCategory.POWER]["summer"] / summers
    by_month = Counter(month_of(one.at).month for one in cases())
    assert mean((by_month[7] / 2, by_month[8] / 2)) > 1.2 * by_month[2]


def of_the_lift(one: PlannedCase | PlannedOrder) -> bool:
    building = words.BUILDING.format(code=LIFT_BUILDING)
    is_lift = one.sub is SubCategory.LIFT if isinstance(one, PlannedCase) else one.failure is PublicSystem.LIFT
    return is_lift and one.place == TROUBLED and (building in one.spot or Extra.MEASURED in getattr(one, "extras", ()))


def test_the_problem_lift_is_complained_of_and_fails_until_it_is_mended() -> None:
    for planned in (cases(), orders()):
        by_month = Counter(month_of(one.at) for one in planned if of_the_lift(one))
        before = [by_month[SLOW.shift(step)] for step in (-2, -1, 0)]
        after = [by_month[SLOW.shift(step)] for step in (2, 3, 4, 5)]
        assert before == sorted(before) and before[-1] >= 4
        assert max(after) <= 1


def test_the_building_that_does_not_pay_says_why() -> None:
    units = the_company().estates[0].units
    fees = [one for one in cases() if one.sub in (SubCategory.RATE_LEVEL, SubCategory.DUNNING_MANNER) and not one.place]
    there = [one for one in fees if one.unit is not None and units[one.unit].building == "7"]
    assert len(there) >= 10
    assert len(there) > len(fees) / 3, "one building of twenty-four"


def test_one_month_is_slow_and_then_it_is_as_before() -> None:
    def hours(month: Month) -> float:
        waits = [
            (one.steps[1] - one.at) / timedelta(hours=1)
            for one in cases()
            if one.place == TROUBLED and one.record_type is RecordType.COMPLAINT and month_of(one.at) == month
        ]
        return median(waits)

    for month in (SLOW.shift(-1), SLOW.shift(1)):
        assert hours(SLOW) > 1.8 * hours(month)


def test_people_use_many_words_and_no_names() -> None:
    said = {text for kinds in (words.COMPLAINTS, words.INQUIRIES, words.SUGGESTIONS, words.PRAISE)
            for texts in kinds.values() for text, _ in texts}  # fmt: skip
    assert len(said) >= 60
    assert {sub.split(".")[0] for sub in words.COMPLAINTS} == {
        sub.value for subs in SUB_CATEGORIES.values() for sub in subs
    }
    assert all(text and "{" not in text for one in cases() for text in (one.text, one.spot or "-"))
    assert not any("{" in text for one in orders() for text in (one.content, one.done))
    names = {person.name for estate in the_company().estates for person in estate.people if len(person.name) == 3}
    everything = " ".join({*(one.text for one in cases()), *(one.content for one in orders())})
    assert not [name for name in names if name in everything]
    assert not re.search(r"1[3-9]\d{9}", everything)


def test_a_place_and_what_is_said_of_it_are_of_one_building() -> None:
    building = re.compile(r"\d+号楼")
    for one in cases():
        named = set(building.findall(one.text)) | set(building.findall(one.spot))
        assert len(named) <= 1, one
    assert not [one for one in cases() if words.SHOPS_ONLY in one.text and one.place != 2]


def test_knowledge_is_sorted_where_it_belongs() -> None:
    assert len(words.KNOWLEDGE) == 15
    assert all(category_of(SubCategory(sub)).value == category for category, sub, *_ in words.KNOWLEDGE)


def test_a_picture_is_the_same_each_time_and_small() -> None:
    assert picture("a") == picture("a") != picture("b")
    assert len(picture("a")) < 20_000


@pytest.mark.parametrize("scale", [1, 12, 240])
def test_something_of_everything_is_open_however_small_the_company(scale: int) -> None:
    company = the_company(scale=scale)
    waiting = open_cases(company, NOW, scale=scale)
    assert len(waiting) >= 14 and len(open_orders(company, NOW, scale=scale)) >= 14
    assert {len(one.steps) for one in waiting} >= {1, 2, 3, 4, 5}
    assert all(one.at < NOW for one in waiting)
    assert any(one.failure for one in open_orders(company, NOW, scale=scale))


def test_the_ways_cases_end_are_all_there() -> None:
    fates = Counter(one.fate for one in cases())
    assert set(fates) == set(Fate)
    assert fates[Fate.CLOSED] > len(cases()) * 0.8
    extras = Counter(extra for one in cases() for extra in one.extras)
    assert set(extras) == set(Extra) - {Extra.ASKED}
    assert sum(one.anonymous for one in cases()) > 10
    assert sum(one.twin is not None for one in cases()) > 10


# --- the play ---


@pytest.mark.slow
def test_a_small_company_plays_its_story_by_the_rules(database: Database) -> None:
    """One load, many looks at it."""
    load_demo(database, who=lambda _c, _n: SYSTEM, now=NOW, report=lambda *_: None, scale=SCALE)
    assert verify(database, now=NOW).findings == ()
    assert tick(database, NOW) == Ticked(0, 0, 0), "the timer has just been there"
    with database.reading() as connection:
        every_state_is_there(connection)
        every_colour_is_there(connection)
        something_waits_for_the_supervisor(connection)
        repeated_complaints_are_linked_with_a_measure(connection)
        the_slow_month_was_slow(connection)
        everything_else_happened_too(connection)
        nobody_called_back_in_the_own_case(connection)
        nothing_lies_in_the_future(connection)


def count(connection: Connection, table: type[Base], *conditions: Any) -> int:
    return connection.execute(select(func.count()).select_from(table).where(*conditions)).scalar_one()


def by(connection: Connection, column: Any, *conditions: Any) -> dict[str, int]:
    statement = select(column, func.count()).where(*conditions).group_by(column)
    return {str(value): int(number) for value, number in connection.execute(statement)}


def every_state_is_there(connection: Connection) -> None:
    states = by(connection, Case.state)
    assert set(states) >= {state.value for state in CaseState} - {"merged", "withdrawn"}
    assert set(by(connection, WorkOrder.state)) >= {
        "submitted", "classified", "assigned", "under_way", "carried_out", "reported_back", "closed",
    }  # fmt: skip
    assert count(connection, Case, Case.ended_on.is_(None)) == 14
    assert count(connection, WorkOrder, WorkOrder.ended_on.is_(None)) == 14
    assert states["archived"] > states["closed"] > 0
    assert set(by(connection, Case.record_type)) == {kind.value for kind in RecordType}
    assert len(by(connection, Case.channel)) >= 6 and len(by(connection, Case.emotion)) >= 4
    assert count(connection, Case, Case.unit_id.is_(None)) > 0
    assert count(connection, Case, Case.received_by.is_(None)) == 0


def levels(connection: Connection, table: Any) -> Counter[ClockLevel]:
    """The worst colour of each open record."""
    found = Counter[ClockLevel]()
    order = [ClockLevel.GREEN, ClockLevel.AMBER, ClockLevel.RED]
    keys = connection.execute(select(table.estate_id, table.id).where(table.ended_on.is_(None))).all()
    for estate, record in keys:
        terms = service_terms(connection, estate, NOW.date())
        clocks = clock_facts_of(connection, estate, [record])[record]
        states = [clock_state(facts=one.facts, now=NOW, calendar=terms.calendar) for one in clocks if one.runs]
        found[max((state.level for state in states), key=order.index, default=ClockLevel.GREEN)] += 1
    return found


def every_colour_is_there(connection: Connection) -> None:
    for table in (Case, WorkOrder):
        assert set(levels(connection, table)) == set(ClockLevel), table
    soon = (Case.ended_on.is_(None), Case.due_target > NOW, Case.due_target < NOW + timedelta(hours=3))
    assert count(connection, Case, *soon) > 0
    assert count(connection, ServiceEscalation) > 5


def something_waits_for_the_supervisor(connection: Connection) -> None:
    assert count(connection, ServicePause, ServicePause.state == "asked") == 2
    unassigned = (Case.handler_id.is_(None), Case.ended_on.is_(None), Case.state != "registered")
    assert count(connection, Case, *unassigned) > 0
    assert count(connection, Case, Case.state == "resolved") > 0
    waiting = by(connection, ServiceDraft.kind, ServiceDraft.state == "draft")
    assert set(waiting) == {"event", "notice"}
    missed = (WorkOrder.ended_on.is_(None), WorkOrder.due_hard < NOW, WorkOrder.reported_at.is_(None))
    assert count(connection, WorkOrder, *missed) > 0


def repeated_complaints_are_linked_with_a_measure(connection: Connection) -> None:
    ended = (Case.repeated, Case.state.in_(("closed", "archived")))
    assert count(connection, Case, *ended) >= 2
    assert count(connection, Case, *ended, Case.measure_id.is_(None)) == 0
    linked = (Measure.estate_id == Case.estate_id) & (Measure.id == Case.measure_id)
    statement = select(Measure.stage, func.count()).join(Case, linked).where(Case.sub_category == "lift")
    stages = {str(stage): int(number) for stage, number in connection.execute(statement.group_by(Measure.stage))}
    assert set(stages) == {"closed"} and stages["closed"] >= 5
    about = (Case.estate_id == the_troubled_estate(connection), Case.sub_category == "lift")
    months = Counter(month_of(at) for at in connection.execute(select(Case.registered_at).where(*about)).scalars())
    assert sum(months[SLOW.shift(step)] for step in (-2, -1, 0)) > 2 * sum(
        months[SLOW.shift(step)] for step in (2, 3, 4, 5)
    )


def the_troubled_estate(connection: Connection) -> int:
    """Where the lift was complained of until it was mended."""
    mended = (Measure.source == "complaint", Measure.stage == "closed")
    return int(connection.execute(select(Measure.estate_id).where(*mended)).scalar_one())


def the_slow_month_was_slow(connection: Connection) -> None:
    estate = the_troubled_estate(connection)
    statement = select(Case.registered_at, Case.responded_at).where(
        Case.estate_id == estate, Case.responded_at.is_not(None), Case.record_type == "complaint"
    )
    waits: dict[bool, list[float]] = {True: [], False: []}
    for registered, responded in connection.execute(statement):
        assert responded is not None
        month = month_of(registered)
        if abs(month.months_since(SLOW)) <= 3:
            waits[month == SLOW].append((responded - registered) / timedelta(hours=1))
    assert mean(waits[True]) > 2 * mean(waits[False])
    missed = select(ServiceClock.stopped_at).where(ServiceClock.estate_id == estate, ServiceClock.hard_kept.is_(False))
    by_month = Counter(month_of(at) for at in connection.execute(missed).scalars() if at is not None)
    assert by_month[SLOW] + by_month[SLOW.shift(1)] > by_month[SLOW.shift(2)] + by_month[SLOW.shift(3)]


def everything_else_happened_too(connection: Connection) -> None:
    for table in (ServicePhoto, ServiceLink, CaseCollaborator, WorkMaterial, AccountabilityAction):
        assert count(connection, table) > 0, table
    assert count(connection, KnowledgeEntry) == 15
    assert count(connection, KnowledgeEntry, KnowledgeEntry.uses > 0) > 0
    assert {"approved", "asked"} <= set(by(connection, ServicePause.state))
    assert {"kept", "confirmed"} <= set(by(connection, WorkAppointment.state))
    assert {"released", "draft"} <= set(by(connection, ServiceDraft.state))
    assert len(by(connection, WorkOrder.rating, WorkOrder.rating.is_not(None))) >= 3
    assert count(connection, WorkOrder, WorkOrder.failure != "") > 4
    assert count(connection, WorkOrder, WorkOrder.reported_at.is_not(None)) > 0
    assert count(connection, Case, Case.reopenings > 0) > 0
    without_account = select(StaffMember.id).where(~select(User.id).where(User.staff_id == StaffMember.id).exists())
    assert count(connection, Case, Case.handler_id.in_(without_account)) > 0


def nobody_called_back_in_the_own_case(connection: Connection) -> None:
    """The rules hold it anyway; here it is seen that different people stand behind it."""
    made = {}
    for action in ("resolution", "call_back"):
        statement = select(ServiceStep.record_id, ServiceStep.made_by).where(ServiceStep.action == action)
        made[action] = {(record, by_whom) for record, by_whom in connection.execute(statement)}
    assert made["resolution"] and made["call_back"]
    assert not made["resolution"] & made["call_back"]


def nothing_lies_in_the_future(connection: Connection) -> None:
    moments = (ServiceRecord.registered_at, ServiceStep.made_at, ServiceEscalation.told_at, AuditEntry.at)
    for column in moments:
        assert connection.execute(select(func.max(column))).scalar_one() <= NOW
