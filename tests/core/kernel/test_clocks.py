from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings

from core.kernel.clocks import (
    LONGEST_LIMIT,
    ClockFacts,
    ClockKind,
    DatedLevels,
    Levels,
    Limit,
    LimitCalendar,
    LimitNeedsWorkingTime,
    LimitRefused,
    LimitUnit,
    Pause,
    budget_of,
    course_of,
    hours_of,
    merged_years,
)
from core.kernel.workdays import PUBLISHED_YEARS, WorkdayAnswer
from core.kernel.worktime import ALWAYS
from tests.core.kernel.walking import OFFICE, clock_facts, duration, local

START = local("2026-11-16 09:00")
NOW = local("2026-11-16 17:00")
FOUR_HOURS, EIGHT_HOURS = (Levels(hard=Limit(hours, LimitUnit.HOURS)) for hours in (4, 8))
FIRST_UNKNOWN = max(PUBLISHED_YEARS) + 1


def pause(
    start: str, end: str | None, *, approved: bool = True, kinds: tuple[ClockKind, ...] = tuple(ClockKind)
) -> Pause:
    day = "2026-11-16 "
    return Pause(local(day + start), local(day + end) if end else None, "waiting", approved, frozenset(kinds))


def facts(*pauses: Pause, stopped: str | None = None) -> ClockFacts:
    stop = local("2026-11-16 " + stopped) if stopped else None
    return ClockFacts(kind=ClockKind.RESPONSE, started_at=START, stopped_at=stop, pauses=pauses)


def shown(stretches: tuple[tuple[datetime, datetime | None], ...]) -> list[tuple[str, str | None]]:
    """Hours and minutes in UTC+8, for reading."""
    return [
        (f"{begin + timedelta(hours=8):%H:%M}", f"{end + timedelta(hours=8):%H:%M}" if end else None)
        for begin, end in stretches
    ]


@pytest.mark.parametrize(
    ("pauses", "stretches"),
    [
        ((), [("09:00", None)]),
        ((pause("10:00", "11:00"),), [("09:00", "10:00"), ("11:00", None)]),
        ((pause("14:00", "15:00"), pause("10:00", "11:00")), [("09:00", "10:00"), ("11:00", "14:00"), ("15:00", None)]),
        ((pause("10:00", "12:00"), pause("11:00", "13:00")), [("09:00", "10:00"), ("13:00", None)]),  # overlapping
        ((pause("10:00", "13:00"), pause("11:00", "12:00")), [("09:00", "10:00"), ("13:00", None)]),  # one in another
        ((pause("10:00", "11:00"), pause("11:00", "12:00")), [("09:00", "10:00"), ("12:00", None)]),  # touching
        ((pause("10:00", "11:00"), pause("10:00", "11:00")), [("09:00", "10:00"), ("11:00", None)]),  # twice the same
        ((pause("09:00", "11:00"),), [("11:00", None)]),  # waiting from the very start
        ((pause("08:00", "10:00"),), [("10:00", None)]),  # counts from the start only
        ((pause("07:00", "08:00"),), [("09:00", None)]),
        ((pause("07:00", "09:00"),), [("09:00", None)]),
        ((pause("10:00", None),), [("09:00", "10:00")]),
        ((pause("08:00", None),), []),
        ((pause("10:00", None), pause("11:00", "12:00")), [("09:00", "10:00")]),
        ((pause("11:00", None), pause("10:00", "12:00")), [("09:00", "10:00")]),
        ((pause("10:00", "10:00"),), [("09:00", None)]),  # of no length
        ((pause("12:00", "11:00"),), [("09:00", None)]),  # ended before it began: the clock was set back
        ((pause("10:00", "11:00", approved=False),), [("09:00", None)]),
        ((pause("10:00", "11:00", approved=False), pause("14:00", None)), [("09:00", "14:00")]),
        ((pause("10:00", "11:00", kinds=(ClockKind.RESOLVED,)),), [("09:00", None)]),
        (
            (pause("10:00", "11:00", kinds=(ClockKind.RESOLVED, ClockKind.RESPONSE)),),
            [("09:00", "10:00"), ("11:00", None)],
        ),
    ],
)
def test_a_clock_runs_outside_its_pauses(pauses: tuple[Pause, ...], stretches: list[tuple[str, str | None]]) -> None:
    assert shown(course_of(facts=facts(*pauses), now=NOW).stretches) == stretches


@pytest.mark.parametrize(
    ("pauses", "stretches"),
    [
        ((pause("10:00", None),), [("09:00", "10:00"), ("13:00", None)]),  # the stop ends a pause
        ((pause("10:00", "15:00"),), [("09:00", "10:00"), ("13:00", None)]),
        ((pause("14:00", "15:00"),), [("09:00", None)]),  # begins after the stop
        ((pause("13:00", None),), [("09:00", None)]),  # begins with the stop
        ((pause("10:00", "11:00"),), [("09:00", "10:00"), ("11:00", None)]),
    ],
)
def test_pauses_count_up_to_the_stop(pauses: tuple[Pause, ...], stretches: list[tuple[str, str | None]]) -> None:
    course = course_of(facts=facts(*pauses, stopped="13:00"), now=NOW)
    assert shown(course.stretches) == stretches
    assert (course.stopped, course.paused) == (True, False)


@pytest.mark.parametrize(
    ("now", "paused"),
    [("09:59:59", False), ("10:00", True), ("10:59:59", True), ("11:00", False), ("11:30", True), ("23:00", True)],
)
def test_a_pause_includes_its_start_and_not_its_end(now: str, paused: bool) -> None:
    rows = facts(pause("10:00", "11:00"), pause("11:30", None))
    assert course_of(facts=rows, now=local("2026-11-16 " + now)).paused is paused


@pytest.mark.parametrize(
    ("stopped", "now", "as_of"),
    [
        (None, "17:00", "17:00"),
        (None, "08:00", "09:00"),  # now before the start: the clock was set back
        ("12:00", "17:00", "12:00"),
        ("12:00", "10:00", "12:00"),  # a stop is a fact, whatever time it is now
        ("08:00", "17:00", "09:00"),  # stopped before it started
    ],
)
def test_a_clock_is_seen_at_its_stop_or_now_and_never_before_its_start(
    stopped: str | None, now: str, as_of: str
) -> None:
    course = course_of(facts=facts(stopped=stopped), now=local("2026-11-16 " + now))
    assert course.as_of == local("2026-11-16 " + as_of)
    assert course.started_at == START
    assert course.stopped is (stopped is not None)


@pytest.mark.parametrize(
    ("pauses", "now", "working", "always"),
    [
        ((), "17:00", "6:30", "8:00"),
        ((), "09:00", "0:00", "0:00"),
        ((), "08:00", "0:00", "0:00"),
        ((pause("11:30", "14:00"),), "17:00", "5:30", "5:30"),  # over lunch: one working hour
        ((pause("10:00", None),), "17:00", "1:00", "1:00"),
        ((pause("10:00", "11:00"),), "10:30", "1:00", "1:00"),  # seen in the pause
        ((pause("16:00", "18:00"),), "17:00", "5:30", "7:00"),
        ((pause("17:30", "18:00"),), "17:00", "6:30", "8:00"),  # not yet begun
    ],
)
def test_time_run_leaves_pauses_out(pauses: tuple[Pause, ...], now: str, working: str, always: str) -> None:
    course = course_of(facts=facts(*pauses), now=local("2026-11-16 " + now))
    assert course.time_run(OFFICE) == WorkdayAnswer(duration(working))
    assert course.time_run(ALWAYS) == WorkdayAnswer(duration(always))


@pytest.mark.parametrize(
    ("pauses", "budget", "expected"),
    [
        ((), "4:00", "2026-11-16 14:30"),
        ((pause("10:00", "11:00"),), "1:00", "2026-11-16 10:00"),  # reached just as the pause begins
        ((pause("10:00", "11:00"),), "1:01", "2026-11-16 11:01"),
        ((pause("10:00", "11:00"), pause("11:30", "14:00")), "2:00", "2026-11-16 14:30"),
        ((pause("10:00", None),), "1:00", "2026-11-16 10:00"),
        ((pause("10:00", None),), "1:01", None),
        ((pause("08:00", None),), "0:01", None),
        ((pause("12:10", None),), "3:00", "2026-11-16 12:00"),  # reached before lunch, paused in it
    ],
)
def test_the_instant_of_a_budget(pauses: tuple[Pause, ...], budget: str, expected: str | None) -> None:
    found = course_of(facts=facts(*pauses), now=NOW).instant_of(duration(budget), OFFICE)
    assert found == WorkdayAnswer(local(expected) if expected else None)


def test_unknown_years_are_named_however_the_answer_is_found() -> None:
    autumn = datetime(FIRST_UNKNOWN, 12, 1, 4, tzinfo=UTC)
    january = datetime(FIRST_UNKNOWN + 1, 1, 15, tzinfo=UTC)
    known = datetime(FIRST_UNKNOWN - 1, 12, 1, 4, tzinfo=UTC)
    both = (FIRST_UNKNOWN, FIRST_UNKNOWN + 1)
    everywhere = frozenset(ClockKind)
    row = Pause(january, january + timedelta(days=1), "waiting", True, everywhere)
    endless = Pause(january, None, "waiting", True, everywhere)
    rows = ClockFacts(kind=ClockKind.RESPONSE, started_at=autumn, pauses=(row,))
    course = course_of(facts=rows, now=january + timedelta(days=3))
    assert course.time_run(OFFICE).unknown_years == both
    assert course.instant_of(timedelta(hours=1000), OFFICE).unknown_years[:2] == both
    stuck = course_of(facts=ClockFacts(kind=ClockKind.RESPONSE, started_at=autumn, pauses=(endless,)), now=autumn)
    assert stuck.instant_of(timedelta(hours=1000), OFFICE) == WorkdayAnswer(None, both)
    assert stuck.instant_of(timedelta(hours=1), OFFICE).unknown_years == both  # the pause had to be looked past
    plain = course_of(facts=ClockFacts(kind=ClockKind.RESPONSE, started_at=known), now=known)
    assert plain.instant_of(timedelta(hours=1), OFFICE).certain
    days = Limit(40, LimitUnit.WORKING_DAYS)
    assert budget_of(limit=days, started_at=autumn, calendar=OFFICE).unknown_years == both


@pytest.mark.parametrize(
    ("limit", "started", "expected"),
    [
        (Limit(90, LimitUnit.MINUTES), "2026-11-16 09:00", "1:30"),
        (Limit(24, LimitUnit.HOURS), "2026-11-16 09:00", "24:00"),
        (Limit(1, LimitUnit.WORKING_DAYS), "2026-11-16 17:00", "8:30"),  # an hour today and all tomorrow
        (Limit(1, LimitUnit.WORKING_DAYS), "2026-11-16 23:00", "7:30"),
        (Limit(2, LimitUnit.WORKING_DAYS), "2026-11-20 17:00", "16:00"),
        (Limit(7, LimitUnit.WORKING_DAYS), "2026-02-12 09:00", "60:00"),  # over Spring Festival
    ],
)
def test_a_limit_is_a_budget_of_time(limit: Limit, started: str, expected: str) -> None:
    assert budget_of(limit=limit, started_at=local(started), calendar=OFFICE) == WorkdayAnswer(duration(expected))


@pytest.mark.parametrize("unit", LimitUnit)
def test_a_limit_is_at_least_one_and_not_endless(unit: LimitUnit) -> None:
    most = LONGEST_LIMIT[unit]
    assert [Limit(amount, unit).amount for amount in (1, most)] == [1, most]
    for amount in (0, -1, most + 1):
        with pytest.raises(LimitRefused) as refusal:
            Limit(amount, unit)
        assert refusal.value.fields == {"unit": unit, "most": most}


def test_every_limit_may_last_a_leap_year() -> None:
    assert LONGEST_LIMIT == {LimitUnit.MINUTES: 527_040, LimitUnit.HOURS: 8_784, LimitUnit.WORKING_DAYS: 366}


def test_working_days_do_not_run_round_the_clock() -> None:
    with pytest.raises(LimitNeedsWorkingTime):
        Limit(2, LimitUnit.WORKING_DAYS, LimitCalendar.ALWAYS)
    hours, minutes = (Limit(2, unit, LimitCalendar.ALWAYS) for unit in (LimitUnit.HOURS, LimitUnit.MINUTES))
    assert hours_of(limit=hours, calendar=OFFICE) is hours_of(limit=minutes, calendar=OFFICE) is ALWAYS
    assert hours_of(limit=Limit(2, LimitUnit.HOURS), calendar=OFFICE) is OFFICE


@pytest.mark.parametrize(
    ("rows", "now", "expected"),
    [
        ((), "12:00", Levels()),
        ((("09:00", FOUR_HOURS),), "12:00", FOUR_HOURS),
        ((("09:00", FOUR_HOURS), ("11:00", EIGHT_HOURS)), "10:59:59", FOUR_HOURS),
        ((("09:00", FOUR_HOURS), ("11:00", EIGHT_HOURS)), "11:00", EIGHT_HOURS),
        ((("11:00", EIGHT_HOURS), ("09:00", FOUR_HOURS)), "12:00", EIGHT_HOURS),  # in any order
        ((("11:00", EIGHT_HOURS), ("09:00", FOUR_HOURS)), "10:00", FOUR_HOURS),
        ((("10:00", FOUR_HOURS), ("11:00", EIGHT_HOURS)), "09:30", FOUR_HOURS),  # before all: the first
        ((("11:00", EIGHT_HOURS), ("10:00", FOUR_HOURS)), "09:30", FOUR_HOURS),
        ((("09:00", FOUR_HOURS), ("09:00", EIGHT_HOURS)), "12:00", EIGHT_HOURS),  # the same instant: the later row
        ((("09:00", EIGHT_HOURS), ("09:00", FOUR_HOURS)), "08:00", FOUR_HOURS),
    ],
)
def test_the_newest_limits_hold(rows: tuple[tuple[str, Levels], ...], now: str, expected: Levels) -> None:
    levels = tuple(DatedLevels(local("2026-11-16 " + since), held) for since, held in rows)
    clock = ClockFacts(kind=ClockKind.RESPONSE, started_at=START, levels=levels)
    assert course_of(facts=clock, now=local("2026-11-16 " + now)).levels == expected


def test_a_change_of_grade_after_the_stop_changes_nothing() -> None:
    levels = (DatedLevels(START, FOUR_HOURS), DatedLevels(local("2026-11-16 12:30"), EIGHT_HOURS))
    clock = ClockFacts(kind=ClockKind.RESPONSE, started_at=START, stopped_at=local("2026-11-16 12:00"), levels=levels)
    assert course_of(facts=clock, now=NOW).levels == FOUR_HOURS


def test_unknown_years_of_several_answers_are_gathered() -> None:
    assert merged_years() == ()
    assert merged_years((), (2032,), (2031, 2032)) == (2031, 2032)


@settings(max_examples=100, deadline=None)
@given(clock_facts())
def test_stretches_climb_and_are_never_empty(rows: ClockFacts) -> None:
    course = course_of(facts=rows, now=rows.started_at + timedelta(days=1))
    bounds = [instant for stretch in course.stretches for instant in stretch]
    closed = [instant for instant in bounds if instant is not None]
    assert closed == sorted(set(closed))
    assert None not in bounds[:-1]
    assert all(instant >= rows.started_at for instant in closed)
    assert course.stopped is False or bounds[-1] is None
