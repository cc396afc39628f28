"""The queue of call-backs as its page asks for it, on both databases."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from core.admin.permissions import Actor, NotPermitted, Permission
from core.customers.profiles import Relation
from core.kernel.filters import Slice
from core.kernel.identity import FollowUpId, UnitId
from core.kernel.workdays import DayKind
from core.surveys.follow_ups import FollowUpState
from db.engine import Database
from db.operations.calendar import SetCalendarDay, set_calendar_day
from db.operations.follow_ups import NoteAttempt, SettleFollowUp, note_attempt, settle_follow_up
from db.operations.survey_rounds import CloseRound, CutLinks, close_round, cut_links
from db.queries.follow_ups import (
    FollowUpCounts,
    FollowUpCountsWanted,
    FollowUpList,
    FollowUpRow,
    FollowUpsShown,
    FollowUpsWanted,
    FollowUpWanted,
    follow_up_counts,
    follow_up_steps,
    follow_ups,
)
from tests.builders import NOW, act, ask, customer
from tests.db.surveys_setup import LOW, TODAY, SurveyWorld, a_survey_world
from tests.pages.conftest import looking_after
from tests.personas import ADMINISTRATOR, AUDITOR, FRONT_DESK, HANDLER, PATROL, SUPERVISOR
from tests.statements import count_statements

WORDS = (*LOW, (8, "电梯慢"))
DAY = timedelta(days=1)


@pytest.fixture
def world(database: Database) -> SurveyWorld:
    return a_survey_world(database)


def called(world: SurveyWorld, unit: UnitId, answers: Any = LOW, days_ago: int = 0) -> FollowUpId:
    """A low form of a unit, typed in some days ago, and the number of its call-back."""
    world.now = NOW - days_ago * DAY
    entered = world.answer(unit, answers, collected_on=TODAY - days_ago * DAY)
    world.now = NOW
    assert entered.follow_up_id is not None
    return entered.follow_up_id


def settled(
    world: SurveyWorld, number: FollowUpId, outcome: FollowUpState, mark: int | None = None, **given: Any
) -> None:
    version = next(row.version for row in queue(world, FollowUpsShown.OPEN).rows if row.follow_up_id == number)
    command = SettleFollowUp(world.estate, number, version, outcome, mark, "打过电话了")
    act(world.database, settle_follow_up, command, by=FRONT_DESK, **given)


def queue(
    world: SurveyWorld,
    shown: FollowUpsShown = FollowUpsShown.OPEN,
    who: Actor = HANDLER,
    now: datetime = NOW,
    **more: Any,
) -> FollowUpList:
    return ask(world.database, follow_ups, FollowUpsWanted(shown=shown, **more), by=who, now=now)


def counts(world: SurveyWorld, who: Actor = HANDLER, now: datetime = NOW, **more: Any) -> FollowUpCounts:
    return ask(world.database, follow_up_counts, FollowUpCountsWanted(**more), by=who, now=now)


def row_of(world: SurveyWorld, number: FollowUpId, **more: Any) -> FollowUpRow:
    return next(row for row in queue(world, **more).rows if row.follow_up_id == number)


def test_a_call_back_says_what_was_low_and_whom_to_call(world: SurveyWorld) -> None:
    number = called(world, world.units[3], WORDS)
    row = row_of(world, number)
    assert [(low.text("en"), low.text("zh_CN"), low.mark) for low in row.low] == [
        ("Question 1", "问题1", 1),
        ("Question 3", "问题3", 2),
    ]
    assert (row.words, row.lowest_mark) == (("电梯慢",), 1)
    assert {one.relation for one in row.people} == {Relation.OWNER, Relation.TENANT}
    assert {(one.name[0], one.name[1:].count("*") > 0, "****" in one.phone) for one in row.people} == {
        ("住", True, True)
    }
    assert (row.unit_code, row.round_code[-7:], row.state) == ("1-202", "26Q4-01", FollowUpState.OPEN)


def test_people_who_moved_out_are_not_named(world: SurveyWorld) -> None:
    customer(world.database, world.estate, "新人", "13911110000", of=world.units[4], since=TODAY + DAY)
    assert row_of(world, called(world, world.units[4])).people == ()
    (later,) = queue(world, now=NOW + DAY).rows
    assert [one.name[0] for one in later.people] == ["新"]


def test_time_left_counts_working_days_and_the_company_s_own(world: SurveyWorld) -> None:
    number = called(world, world.units[0])
    row = row_of(world, number)
    assert (row.due_on, row.is_overdue) == (date(2026, 11, 25), False)
    assert row.working_days_left == 3
    act(
        world.database,
        set_calendar_day,
        SetCalendarDay(date(2026, 11, 24), DayKind.REST, "停电", None),
        by=ADMINISTRATOR,
    )
    assert row_of(world, number).working_days_left == 2
    at = {days: row_of(world, number, now=NOW + days * DAY) for days in (2, 4, 5)}
    assert [(row.working_days_left, row.is_overdue) for row in at.values()] == [(1, False), (0, False), (None, True)]


def test_the_queue_is_sorted_by_the_day_due_and_split_by_state(world: SurveyWorld) -> None:
    late, today, soon = (called(world, unit, days_ago=days) for unit, days in zip(world.units, (9, 3, 0), strict=False))
    ended = called(world, world.units[3])
    settled(world, ended, FollowUpState.REACHED, 4)
    now = NOW + 2 * DAY
    due = {row.follow_up_id: row.due_on for row in queue(world).rows}
    assert list(due) == [late, today, soon] and sorted(due.values()) == list(due.values())
    on_the_day = datetime.combine(due[today], NOW.timetz())
    assert [row.follow_up_id for row in queue(world, FollowUpsShown.OVERDUE, now=on_the_day).rows] == [late]
    assert [row.follow_up_id for row in queue(world, FollowUpsShown.DUE_TODAY, now=on_the_day).rows] == [today]
    (over,) = queue(world, FollowUpsShown.SETTLED, now=now).rows
    assert (over.follow_up_id, over.new_mark, over.settled_by_name) == (ended, 4, "front desk")
    found = counts(world, now=on_the_day)
    assert (found.open, found.overdue, found.due_today) == (3, 1, 1)


def test_the_counts_agree_with_the_lists_whatever_the_day(world: SurveyWorld) -> None:
    for unit, days in zip(world.units, (9, 5, 3, 1, 0), strict=False):
        called(world, unit, days_ago=days)
    for days in range(8):
        now = NOW + days * DAY
        found = counts(world, now=now)
        totals = [queue(world, shown, now=now).total for shown in FollowUpsShown]
        assert totals == [found.open, found.overdue, found.due_today, 0]


def test_recovered_is_told_of_those_reached_this_quarter(world: SurveyWorld) -> None:
    numbers = [called(world, unit, ((1, 2),)) for unit in world.units]
    for number, mark in zip(numbers[:4], (5, 4, 3, 2), strict=True):
        settled(world, number, FollowUpState.REACHED, mark)
    settled(world, numbers[4], FollowUpState.UNREACHABLE)
    found = counts(world)
    assert (found.reached_this_quarter, found.recovered_this_quarter) == (4, 2)
    assert (found.recovered_percent, found.open) == (Decimal("50.0"), 1)
    next_quarter = counts(world, now=datetime(2026, 12, 31, 16, 0, tzinfo=NOW.tzinfo))
    assert (next_quarter.reached_this_quarter, next_quarter.recovered_percent, next_quarter.open) == (0, None, 1)
    last_minute = counts(world, now=datetime(2026, 12, 31, 15, 59, tzinfo=NOW.tzinfo))
    assert last_minute.reached_this_quarter == 4


@pytest.mark.parametrize(
    ("search", "codes"),
    [("", ["1-101", "1-102", "2-101"]), ("101", ["1-101", "2-101"]), ("2-1", ["2-101"]), ("%", []), ("1_101", [])],
)
def test_a_unit_is_searched_letter_by_letter(world: SurveyWorld, search: str, codes: list[str]) -> None:
    for place in (0, 1, 4):
        called(world, world.units[place])
    found = queue(world, search=search)
    assert (sorted(row.unit_code for row in found.rows), found.total) == (codes, len(codes))


def test_the_queue_is_paged_with_the_true_count(world: SurveyWorld) -> None:
    numbers = [called(world, unit) for unit in world.units]
    found = queue(world, slice=Slice(2, 4))
    assert ([row.follow_up_id for row in found.rows], found.total) == (numbers[4:], 6)


def test_call_backs_beyond_ones_care_are_as_if_not_there(world: SurveyWorld) -> None:
    mine, other = called(world, world.units[0]), a_survey_world(world.database, "Oak Park")
    called(other, other.units[0])
    who = looking_after(HANDLER, other.estate)
    assert {row.estate_id for row in queue(world, who=who).rows} == {other.estate}
    assert (counts(world, who=who).open, counts(world).open) == (1, 2)
    assert {row.estate_name for row in queue(world, estate_id=world.estate).rows} == {"Maple Court"}
    for asked, wanted in (
        (follow_ups, FollowUpsWanted(world.estate)),
        (follow_up_counts, FollowUpCountsWanted(world.estate)),
        (follow_up_steps, FollowUpWanted(world.estate, mine)),
    ):
        with pytest.raises(NotPermitted):
            ask(world.database, asked, wanted, by=who)  # type: ignore[arg-type]


@pytest.mark.parametrize("who", [AUDITOR, PATROL])
def test_who_calls_nobody_is_refused(world: SurveyWorld, who: Actor) -> None:
    assert not who.may(Permission.SURVEYS_FOLLOW)
    with pytest.raises(NotPermitted):
        queue(world, who=who)


def test_the_history_tells_every_call_and_who_made_it(world: SurveyWorld) -> None:
    number = called(world, world.units[0])
    assert ask(world.database, follow_up_steps, FollowUpWanted(world.estate, number), by=HANDLER) == ()
    act(world.database, note_attempt, NoteAttempt(world.estate, number, 1, "无人接听"), by=HANDLER)
    settled(world, number, FollowUpState.REACHED, 5, now=NOW + DAY)
    steps = ask(world.database, follow_up_steps, FollowUpWanted(world.estate, number), by=SUPERVISOR)
    assert [(step.at, step.who, step.state, step.attempts, step.new_mark) for step in steps] == [
        (NOW + DAY, "front desk", FollowUpState.REACHED, 2, 5),
        (NOW, "handler", FollowUpState.OPEN, 1, None),
    ]
    other = called(world, world.units[1])
    assert ask(world.database, follow_up_steps, FollowUpWanted(world.estate, other), by=HANDLER) == ()


def test_marks_and_words_are_gone_once_the_round_forgot_whose_form_is_whose(world: SurveyWorld) -> None:
    number = called(world, world.units[0], WORDS)
    version = world.round_row().version
    act(world.database, close_round, CloseRound(world.estate, world.round, version), by=SUPERVISOR)
    act(world.database, cut_links, CutLinks(world.estate), now=NOW + 40 * DAY)
    row = row_of(world, number, now=NOW + 40 * DAY)
    assert (row.low, row.words, row.lowest_mark, row.is_overdue) == ((), (), 1, True)


def test_of_an_ended_call_back_the_unit_is_forgotten_too_and_it_still_counts(world: SurveyWorld) -> None:
    ended, waiting = called(world, world.units[0]), called(world, world.units[1])
    settled(world, ended, FollowUpState.REACHED, 4)
    act(world.database, close_round, CloseRound(world.estate, world.round, world.round_row().version), by=SUPERVISOR)
    act(world.database, cut_links, CutLinks(world.estate), now=NOW + 35 * DAY)
    (row,) = queue(world, FollowUpsShown.SETTLED).rows
    assert (row.follow_up_id, row.unit_id, row.unit_code, row.people, row.low) == (ended, None, "", (), ())
    assert queue(world, FollowUpsShown.SETTLED).total == 1 and counts(world).recovered_this_quarter == 1
    assert row_of(world, waiting).unit_code == "1-102"
    assert queue(world, FollowUpsShown.SETTLED, search="1-1").total == 0


def test_holidays_that_had_to_be_assumed_are_told(world: SurveyWorld) -> None:
    called(world, world.units[0])
    assert queue(world).unknown_years == ()
    winter = world.open(starts_on=date(2026, 12, 1), ends_on=date(2027, 2, 1))
    world.now = datetime(2026, 12, 30, 1, 0, tzinfo=NOW.tzinfo)
    world.answer(world.units[1], LOW, round_id=winter, collected_on=date(2026, 12, 30))
    found = queue(world, now=world.now)
    assert (found.unknown_years, found.total) == ((2027,), 2)


def test_the_queue_takes_as_many_statements_for_ten_as_for_one(world: SurveyWorld) -> None:
    called(world, world.units[0])
    with count_statements(world.database) as one:
        queue(world)
    for unit in world.units[1:]:
        called(world, unit, WORDS)
    with count_statements(world.database) as many:
        assert len(queue(world).rows) == 6
    assert len(one) == len(many) == 5, "\n".join(many)
