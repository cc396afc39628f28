from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.kernel.clocks import (
    ClockFacts,
    ClockKind,
    DatedLevels,
    Levels,
    Limit,
    LimitCalendar,
    LimitUnit,
    Pause,
    budget_of,
    course_of,
    hours_of,
)
from core.kernel.sla import ClockLevel, ClockState, ClosingRecord, Outcome, clock_state, closing_record
from core.kernel.workdays import PUBLISHED_YEARS, DayKind, WorkCalendar
from core.kernel.worktime import ALWAYS, ServiceCalendar, WeekTemplate
from tests.core.kernel.walking import (
    MINUTE,
    OFFICE,
    Walk,
    Walker,
    between,
    calendars,
    clock_facts,
    duration,
    instants,
    local,
)

HOURS, ALL_HOURS = LimitCalendar.WORKING, LimitCalendar.ALWAYS
FIRST_UNKNOWN = max(PUBLISHED_YEARS) + 1
SECOND = timedelta(seconds=1)
NORMAL = Levels(Limit(24, LimitUnit.HOURS, ALL_HOURS), Limit(2, LimitUnit.WORKING_DAYS))
URGENT = Levels(Limit(2, LimitUnit.HOURS, ALL_HOURS), Limit(24, LimitUnit.HOURS, ALL_HOURS))
FOUR_HOURS = Levels(hard=Limit(4, LimitUnit.HOURS))


def pause(start: str, end: str | None) -> Pause:
    return Pause(local(start), local(end) if end else None, "waiting", True, frozenset(ClockKind))


def clock(started: str, levels: Levels, *pauses: Pause, stopped: str | None = None) -> ClockFacts:
    begin = local(started)
    return ClockFacts(
        kind=ClockKind.RESOLVED,
        started_at=begin,
        stopped_at=local(stopped) if stopped else None,
        levels=(DatedLevels(begin, levels),),
        pauses=pauses,
    )


def state(facts: ClockFacts, now: str, calendar: ServiceCalendar = OFFICE) -> ClockState:
    return clock_state(facts=facts, now=local(now), calendar=calendar)


def test_a_normal_complaint_under_way() -> None:
    """Registered on Friday afternoon; on Monday morning the target is missed, the hard limit is not."""
    assert state(clock("2026-11-20 16:00", NORMAL), "2026-11-23 09:30") == ClockState(
        level=ClockLevel.AMBER,
        paused=False,
        stopped=False,
        elapsed=duration("2:30"),
        due_target=local("2026-11-21 16:00"),
        due_hard=local("2026-11-24 18:00"),
        remaining_target=-duration("41:30"),
        remaining_hard=duration("14:30"),
        used_percent=14,  # 2.5 of 17 hours
        unknown_years=(),
    )


@pytest.mark.parametrize(
    ("levels", "now", "level"),
    [
        (NORMAL, "2026-11-21 16:00:00", ClockLevel.GREEN),  # the due instant itself is in time
        (NORMAL, "2026-11-21 16:00:01", ClockLevel.AMBER),
        (NORMAL, "2026-11-24 18:00:00", ClockLevel.AMBER),
        (NORMAL, "2026-11-24 18:00:01", ClockLevel.RED),  # missed at once, though nobody works before morning
        (Levels(hard=NORMAL.hard), "2026-11-24 18:00:00", ClockLevel.GREEN),
        (Levels(hard=NORMAL.hard), "2026-11-24 18:00:01", ClockLevel.RED),
        (Levels(target=NORMAL.target), "2026-11-21 16:00:01", ClockLevel.AMBER),
        (Levels(target=NORMAL.target), "2027-01-20 16:00:00", ClockLevel.AMBER),  # never red
        (Levels(), "2027-01-20 16:00:00", ClockLevel.GREEN),
        (Levels(NORMAL.hard, NORMAL.target), "2026-11-21 16:00:01", ClockLevel.RED),  # a hard limit before the target
    ],
)
def test_the_colour_changes_right_after_the_due_instant(levels: Levels, now: str, level: ClockLevel) -> None:
    assert state(clock("2026-11-20 16:00", levels), now).level is level


def test_a_microsecond_after_the_due_instant_is_late() -> None:
    facts = clock("2026-11-20 16:00", URGENT)
    due = local("2026-11-20 18:00")
    for later, level in ((timedelta(), ClockLevel.GREEN), (timedelta.resolution, ClockLevel.AMBER)):
        assert clock_state(facts=facts, now=due + later, calendar=OFFICE).level is level


def test_a_clock_without_limits_only_counts_time() -> None:
    assert state(
        clock("2026-11-20 16:00", Levels(), pause("2026-11-20 17:00", "2026-11-20 20:00")), "2026-11-21 16:00"
    ) == (
        ClockState(
            level=ClockLevel.GREEN,
            paused=False,
            stopped=False,
            elapsed=duration("21:00"),
            due_target=None,
            due_hard=None,
            remaining_target=None,
            remaining_hard=None,
            used_percent=None,
            unknown_years=(),
        )
    )


def test_with_a_target_alone_its_time_is_the_time_elapsed() -> None:
    found = state(clock("2026-11-20 16:00", Levels(target=Limit(8, LimitUnit.HOURS))), "2026-11-23 10:00")
    assert (found.elapsed, found.remaining_target) == (duration("3:00"), duration("5:00"))
    assert (found.remaining_hard, found.due_hard, found.used_percent) == (None, None, None)


@pytest.mark.parametrize(
    ("now", "percent"),
    [
        ("2026-11-16 09:00", 0),
        ("2026-11-16 09:02:23", 0),
        ("2026-11-16 09:02:24", 1),
        ("2026-11-16 14:29:59", 99),
        ("2026-11-16 14:30", 100),
        ("2026-11-16 16:30", 150),
    ],
)
def test_the_share_used_is_rounded_down(now: str, percent: int) -> None:
    assert state(clock("2026-11-16 09:00", FOUR_HOURS), now).used_percent == percent


SCENARIOS = {
    "no pause": (clock("2026-11-16 09:00", FOUR_HOURS), "2026-11-16 14:30"),
    "registered at night": (clock("2026-11-16 22:00", FOUR_HOURS), "2026-11-17 14:30"),
    "registered at lunch": (clock("2026-11-16 12:40", FOUR_HOURS), "2026-11-16 17:30"),
    "registered on Saturday": (clock("2026-11-21 11:00", FOUR_HOURS), "2026-11-23 14:30"),
    "paused and resumed many times, 65 working minutes in all": (
        clock(
            "2026-11-16 09:00",
            FOUR_HOURS,
            pause("2026-11-16 09:10", "2026-11-16 09:20"),
            pause("2026-11-16 09:30", "2026-11-16 09:50"),
            pause("2026-11-16 10:00", "2026-11-16 10:05"),
            pause("2026-11-16 11:45", "2026-11-16 13:45"),
        ),
        "2026-11-16 15:35",
    ),
    "paused each day of a week for the morning": (
        clock(
            "2026-11-16 09:00",
            Levels(hard=Limit(20, LimitUnit.HOURS)),
            *(pause(f"2026-11-{day} 09:00", f"2026-11-{day} 12:00") for day in range(16, 21)),
        ),
        "2026-11-20 15:30",
    ),
    "paused over midnight in UTC": (
        clock(
            "2026-11-16 06:00",
            Levels(hard=Limit(5, LimitUnit.HOURS, ALL_HOURS)),
            pause("2026-11-16 07:40", "2026-11-16 08:25"),
        ),
        "2026-11-16 11:45",
    ),
    "paused over midnight in China": (
        clock(
            "2026-11-16 22:00",
            Levels(hard=Limit(5, LimitUnit.HOURS, ALL_HOURS)),
            pause("2026-11-16 23:30", "2026-11-17 00:45"),
        ),
        "2026-11-17 04:15",
    ),
    "paused over the night, in working time": (
        clock("2026-11-16 16:00", FOUR_HOURS, pause("2026-11-16 17:00", "2026-11-17 10:00")),
        "2026-11-17 14:30",
    ),
    "paused for five days": (
        clock("2026-11-16 09:00", FOUR_HOURS, pause("2026-11-16 10:00", "2026-11-21 10:00")),
        "2026-11-23 12:00",
    ),
    "paused for a fortnight round the clock": (
        clock(
            "2026-11-02 09:00",
            Levels(hard=Limit(24, LimitUnit.HOURS, ALL_HOURS)),
            pause("2026-11-02 21:00", "2026-11-16 21:00"),
        ),
        "2026-11-17 09:00",
    ),
    "waiting from its creation": (
        clock("2026-11-16 09:00", FOUR_HOURS, pause("2026-11-16 09:00", "2026-11-16 10:00")),
        "2026-11-16 15:30",
    ),
    "waiting since before its creation": (
        clock("2026-11-16 09:00", FOUR_HOURS, pause("2026-11-13 09:00", "2026-11-16 10:00")),
        "2026-11-16 15:30",
    ),
    "paused outside working time only": (
        clock("2026-11-16 09:00", FOUR_HOURS, pause("2026-11-16 12:00", "2026-11-16 13:30")),
        "2026-11-16 14:30",
    ),
    "paused after the due instant": (
        clock("2026-11-16 09:00", FOUR_HOURS, pause("2026-11-16 15:00", "2026-11-16 17:00")),
        "2026-11-16 14:30",
    ),
    "paused for ever after the due instant": (
        clock("2026-11-16 09:00", FOUR_HOURS, pause("2026-11-16 15:00", None)),
        "2026-11-16 14:30",
    ),
    "paused for ever before": (clock("2026-11-16 09:00", FOUR_HOURS, pause("2026-11-16 14:29", None)), None),
    "two working days, no pause": (clock("2026-11-20 10:00", Levels(hard=NORMAL.hard)), "2026-11-24 18:00"),
    "two working days and a pause of three working hours": (
        clock("2026-11-20 10:00", Levels(hard=NORMAL.hard), pause("2026-11-20 14:00", "2026-11-20 17:00")),
        "2026-11-25 12:00",
    ),
    "two working days and a pause over the weekend": (
        clock("2026-11-20 10:00", Levels(hard=NORMAL.hard), pause("2026-11-20 18:00", "2026-11-23 09:00")),
        "2026-11-24 18:00",
    ),
    "seven working days over Spring Festival": (
        clock("2026-02-12 10:00", Levels(hard=Limit(7, LimitUnit.WORKING_DAYS))),
        "2026-02-28 18:00",
    ),
    "seven working days over Spring Festival, half a day paused on each side": (
        clock(
            "2026-02-12 10:00",
            Levels(hard=Limit(7, LimitUnit.WORKING_DAYS)),
            pause("2026-02-14 13:30", "2026-02-24 12:00"),
        ),
        "2026-03-02 18:00",
    ),
    "72 hours run on through Spring Festival": (
        clock("2026-02-15 10:00", Levels(hard=Limit(72, LimitUnit.HOURS, ALL_HOURS))),
        "2026-02-18 10:00",
    ),
    "eight working hours over the made-up Saturday of October 2025": (
        clock("2025-10-11 16:00", Levels(hard=Limit(8, LimitUnit.HOURS))),
        "2025-10-13 16:30",
    ),
    "registered on a made-up Sunday": (clock("2025-01-26 15:00", FOUR_HOURS), "2025-01-27 10:00"),
    "over 29 February": (clock("2024-02-28 17:00", FOUR_HOURS), "2024-02-29 12:00"),
    "a day that ends on 29 February": (
        clock("2024-02-28 17:00", Levels(hard=Limit(1, LimitUnit.WORKING_DAYS))),
        "2024-02-29 18:00",
    ),
}


@pytest.mark.parametrize("name", SCENARIOS)
def test_the_hard_limit_falls_due(name: str) -> None:
    facts, due = SCENARIOS[name]
    expected = local(due) if due else None
    for now in (facts.started_at, facts.started_at + timedelta(days=30)):
        found = clock_state(facts=facts, now=now, calendar=OFFICE)
        assert found.due_hard == expected
        assert (found.level is ClockLevel.RED) is (expected is not None and now > expected)


@pytest.mark.parametrize("name", SCENARIOS)
def test_the_hard_limit_falls_due_where_a_walker_arrives(name: str) -> None:
    facts, due = SCENARIOS[name]
    limit = facts.levels[0].levels.hard
    assert limit is not None
    walk = Walk(Walker(OFFICE), facts, limit)
    arrived = walk.readings(facts.started_at + timedelta(days=20)).get(walk.budget())
    assert arrived == (local(due) if due else None)


def test_a_pause_that_is_still_open() -> None:
    facts = clock("2026-11-16 09:00", FOUR_HOURS, pause("2026-11-16 11:00", None))
    for now in ("2026-11-16 11:00", "2026-11-18 09:00", "2027-11-18 09:00"):
        found = state(facts, now)
        assert (found.level, found.paused, found.due_hard) == (ClockLevel.GREEN, True, None)
        assert (found.elapsed, found.remaining_hard, found.used_percent) == (duration("2:00"), duration("2:00"), 50)


def test_a_pause_approved_afterwards_turns_red_back_into_green() -> None:
    asked = replace(pause("2026-11-16 10:00", "2026-11-16 16:00"), approved=False)
    late = clock("2026-11-16 09:00", FOUR_HOURS, asked)
    assert state(late, "2026-11-16 16:30").level is ClockLevel.RED
    assert state(replace(late, pauses=(replace(asked, approved=True),)), "2026-11-16 16:30").level is ClockLevel.GREEN


def test_a_pause_of_another_clock_does_not_count() -> None:
    other = replace(pause("2026-11-16 10:00", "2026-11-16 16:00"), clocks=frozenset({ClockKind.RESPONSE}))
    assert state(clock("2026-11-16 09:00", FOUR_HOURS, other), "2026-11-16 16:30").due_hard == local("2026-11-16 14:30")


def graded(*grades: tuple[str, Levels]) -> ClockFacts:
    facts = clock("2026-11-16 09:00", FOUR_HOURS, pause("2026-11-16 10:00", "2026-11-16 11:00"))
    return replace(facts, levels=tuple(DatedLevels(local(since), levels) for since, levels in grades))


@pytest.mark.parametrize(
    ("grades", "now", "due", "level"),
    [
        ((("2026-11-16 09:00", FOUR_HOURS),), "2026-11-16 10:30", "2026-11-16 15:30", ClockLevel.GREEN),
        (  # raised in the pause: the limit counts from the start, the pause stays earned
            (("2026-11-16 09:00", FOUR_HOURS), ("2026-11-16 10:30", URGENT)),
            "2026-11-16 10:30",
            "2026-11-17 10:00",
            ClockLevel.GREEN,
        ),
        (
            (("2026-11-16 09:00", FOUR_HOURS), ("2026-11-16 10:30", Levels(hard=Limit(90, LimitUnit.MINUTES)))),
            "2026-11-16 11:31",
            "2026-11-16 11:30",
            ClockLevel.RED,
        ),
        (  # raised too late: missed at once, and since before the change
            (("2026-11-16 09:00", FOUR_HOURS), ("2026-11-16 14:00", Levels(hard=Limit(1, LimitUnit.HOURS)))),
            "2026-11-16 14:00",
            "2026-11-16 10:00",
            ClockLevel.RED,
        ),
        (  # lowered: red becomes green again
            (("2026-11-16 09:00", Levels(hard=Limit(1, LimitUnit.HOURS))), ("2026-11-16 14:00", FOUR_HOURS)),
            "2026-11-16 14:00",
            "2026-11-16 15:30",
            ClockLevel.GREEN,
        ),
        (
            (("2026-11-16 09:00", Levels(hard=Limit(1, LimitUnit.HOURS))), ("2026-11-16 14:00", FOUR_HOURS)),
            "2026-11-16 13:59:59",
            "2026-11-16 10:00",
            ClockLevel.RED,
        ),
        (  # there and back again
            (("2026-11-16 09:00", FOUR_HOURS), ("2026-11-16 10:30", URGENT), ("2026-11-16 10:40", FOUR_HOURS)),
            "2026-11-16 10:45",
            "2026-11-16 15:30",
            ClockLevel.GREEN,
        ),
    ],
)
def test_a_change_of_grade_keeps_earned_pauses(
    grades: tuple[tuple[str, Levels], ...], now: str, due: str, level: ClockLevel
) -> None:
    found = state(graded(*grades), now)
    assert (found.due_hard, found.level) == (local(due), level)


def test_now_before_the_start_shows_a_fresh_clock() -> None:
    """The server's clock was set back an hour after the complaint was registered."""
    facts = clock("2026-11-16 10:00", FOUR_HOURS)
    found = state(facts, "2026-11-16 09:00")
    assert found == state(facts, "2026-11-16 10:00")
    assert (found.elapsed, found.remaining_hard, found.used_percent) == (timedelta(), duration("4:00"), 0)


def test_a_stop_before_the_start_counts_as_a_stop_at_once() -> None:
    facts = clock("2026-11-16 10:00", FOUR_HOURS, stopped="2026-11-16 09:00")
    found = state(facts, "2026-11-20 10:00")
    assert (found.level, found.stopped, found.elapsed) == (ClockLevel.GREEN, True, timedelta())
    assert closing_record(facts=facts, calendar=OFFICE, calendar_version="7") == ClosingRecord(
        kind=ClockKind.RESOLVED,
        stopped_at=local("2026-11-16 10:00"),
        target=None,
        hard=Outcome(local("2026-11-16 15:30"), True, 240),
        calendar_version="7",
        unknown_years=(),
    )


def test_a_stopped_clock_stays_as_it_stopped() -> None:
    facts = clock("2026-11-16 09:00", FOUR_HOURS, stopped="2026-11-16 14:00")
    seen = [state(facts, now) for now in ("2026-11-16 09:30", "2026-11-16 14:00", "2027-06-01 14:00")]
    assert seen[0] == seen[1] == seen[2]
    assert (seen[0].stopped, seen[0].remaining_hard, seen[0].due_hard) == (
        True,
        duration("0:30"),
        local("2026-11-16 14:30"),
    )


@pytest.mark.parametrize(
    ("stopped", "pauses", "kept", "minutes"),
    [
        ("2026-11-16 13:30", (), True, 60),
        ("2026-11-16 14:29:01", (), True, 0),
        ("2026-11-16 14:29:00", (), True, 1),
        ("2026-11-16 14:30:00", (), True, 0),
        ("2026-11-16 14:30:01", (), False, -1),
        ("2026-11-16 14:31:00", (), False, -1),
        ("2026-11-16 14:31:01", (), False, -2),
        ("2026-11-17 10:00", (), False, -270),  # 3½ hours on Monday, one on Tuesday
        ("2026-11-16 15:00", (pause("2026-11-16 10:00", "2026-11-16 11:00"),), True, 30),
        ("2026-11-16 15:00", (pause("2026-11-16 14:00", None),), True, 30),  # closed while it waits
        ("2026-11-16 15:00", (pause("2026-11-16 14:00", "2026-11-16 17:00"),), True, 30),
        ("2026-11-16 14:00", (pause("2026-11-16 15:00", "2026-11-16 17:00"),), True, 30),  # waits after the close
        ("2026-11-16 14:00", (pause("2026-11-16 14:00", None),), True, 30),
    ],
)
def test_minutes_over_and_under_are_kept(stopped: str, pauses: tuple[Pause, ...], kept: bool, minutes: int) -> None:
    facts = clock("2026-11-16 09:00", FOUR_HOURS, *pauses, stopped=stopped)
    outcome = closing_record(facts=facts, calendar=OFFICE, calendar_version="2026-3").hard
    assert outcome is not None
    assert (outcome.kept, outcome.minutes_left) == (kept, minutes)


def test_a_limit_missed_over_the_weekend_is_missed_by_no_working_minute() -> None:
    levels = Levels(Limit(24, LimitUnit.HOURS, ALL_HOURS), Limit(1, LimitUnit.WORKING_DAYS))
    facts = clock("2026-11-19 10:00", levels, stopped="2026-11-21 11:30")
    assert closing_record(facts=facts, calendar=OFFICE, calendar_version="2026-3") == ClosingRecord(
        kind=ClockKind.RESOLVED,
        stopped_at=local("2026-11-21 11:30"),
        target=Outcome(local("2026-11-20 10:00"), False, -25 * 60 - 30),
        hard=Outcome(local("2026-11-20 18:00"), False, 0),
        calendar_version="2026-3",
        unknown_years=(),
    )


def test_a_clock_that_runs_has_no_closing_record() -> None:
    with pytest.raises(ValueError, match="still runs"):
        closing_record(facts=clock("2026-11-16 09:00", FOUR_HOURS), calendar=OFFICE, calendar_version="1")


def test_an_unknown_year_is_flagged_wherever_it_matters() -> None:
    last_second = datetime(FIRST_UNKNOWN - 1, 12, 31, 15, 59, 59, tzinfo=UTC)  # 23:59:59 in China
    rows = ClockFacts(kind=ClockKind.RESPONSE, started_at=last_second, levels=(DatedLevels(last_second, NORMAL),))
    found = clock_state(facts=rows, now=last_second, calendar=OFFICE)
    assert found.unknown_years == (FIRST_UNKNOWN,)
    assert found.due_target == last_second + timedelta(days=1)
    stopped = replace(rows, stopped_at=last_second + SECOND)
    record = closing_record(facts=stopped, calendar=OFFICE, calendar_version="1")
    assert record.unknown_years == (FIRST_UNKNOWN,)
    assert record.stopped_at == last_second + SECOND
    for levels in (URGENT, Levels()):
        timed = replace(rows, levels=(DatedLevels(last_second, levels),))
        assert clock_state(facts=timed, now=last_second, calendar=OFFICE).unknown_years == ()
    target_only = replace(rows, levels=(DatedLevels(last_second, Levels(target=Limit(1, LimitUnit.HOURS))),))
    assert clock_state(facts=target_only, now=last_second, calendar=OFFICE).unknown_years == (FIRST_UNKNOWN,)


def test_the_year_is_unknown_as_soon_as_the_due_instant_or_the_time_run_reaches_it() -> None:
    eve = datetime(FIRST_UNKNOWN - 1, 12, 20, 1, tzinfo=UTC)
    short = Levels(hard=Limit(1, LimitUnit.HOURS))
    long = Levels(hard=Limit(300, LimitUnit.HOURS))
    for levels, days, years in (
        (short, 1, ()),
        (short, 30, (FIRST_UNKNOWN,)),
        (long, 1, (FIRST_UNKNOWN,)),
    ):
        rows = ClockFacts(kind=ClockKind.RESPONSE, started_at=eve, levels=(DatedLevels(eve, levels),))
        assert clock_state(facts=rows, now=eve + timedelta(days=days), calendar=OFFICE).unknown_years == years


def test_a_pause_may_keep_a_working_day_limit_from_the_unknown_year_yet_the_budget_reaches_it() -> None:
    eve = datetime(FIRST_UNKNOWN - 1, 12, 20, 1, tzinfo=UTC)
    waiting = Pause(eve, None, "waiting", True, frozenset(ClockKind))
    levels = Levels(hard=Limit(15, LimitUnit.WORKING_DAYS))
    rows = ClockFacts(kind=ClockKind.RESPONSE, started_at=eve, levels=(DatedLevels(eve, levels),), pauses=(waiting,))
    found = clock_state(facts=rows, now=eve, calendar=OFFICE)
    assert (found.due_hard, found.unknown_years) == (None, (FIRST_UNKNOWN,))


def test_a_night_shift_clock() -> None:
    night = (between("00:00", "06:00"), between("22:00", "24:00"))
    shift = ServiceCalendar(WeekTemplate.of(night, saturday=night, sunday=night))
    facts = clock("2026-11-20 21:00", FOUR_HOURS, pause("2026-11-20 23:30", "2026-11-21 00:30"))
    found = state(facts, "2026-11-21 01:00", shift)
    assert found.due_hard == local("2026-11-21 03:00")
    assert found.remaining_hard == duration("2:00")


def test_a_day_the_company_declares_moves_the_due_instant() -> None:
    storm = ServiceCalendar(OFFICE.template, WorkCalendar({date(2026, 11, 17): DayKind.REST}))
    facts = clock("2026-11-16 17:00", FOUR_HOURS)
    assert state(facts, "2026-11-16 17:00").due_hard == local("2026-11-17 12:00")
    assert state(facts, "2026-11-16 17:00", storm).due_hard == local("2026-11-18 12:00")


@settings(max_examples=80, deadline=None)
@given(calendars(), clock_facts(), instants(days=4))
def test_a_clock_stands_as_a_walker_finds_it(calendar: ServiceCalendar, facts: ClockFacts, now: datetime) -> None:
    found = clock_state(facts=facts, now=now, calendar=calendar)
    walker = Walker(calendar)
    as_of = max(facts.started_at, facts.stopped_at or now)
    levels = course_of(facts=facts, now=now).levels
    for limit, due, remaining in (
        (levels.target, found.due_target, found.remaining_target),
        (levels.hard, found.due_hard, found.remaining_hard),
    ):
        if limit is None:
            assert (due, remaining) == (None, None)
            continue
        walk = Walk(walker, facts, limit)
        budget = walk.budget()
        assert remaining == (budget - walk.run(as_of)) * MINUTE
        horizon = as_of + timedelta(days=4) if due is None else due + MINUTE
        assert due == walk.readings(horizon).get(budget)
    red = found.due_hard is not None and as_of > found.due_hard
    amber = found.due_target is not None and as_of > found.due_target
    assert found.level is (ClockLevel.RED if red else ClockLevel.AMBER if amber else ClockLevel.GREEN)
    assert found.paused is (facts.stopped_at is None and Walk(walker, facts, Limit(1, LimitUnit.HOURS)).paused(as_of))


@settings(max_examples=80, deadline=None)
@given(calendars(), clock_facts(), instants(days=6), st.randoms(use_true_random=False))
def test_the_order_of_the_rows_does_not_matter(calendar, facts, now, chance) -> None:  # type: ignore[no-untyped-def]
    pauses, levels = list(facts.pauses) + list(facts.pauses[:1]), list(facts.levels)  # a row read twice, too
    chance.shuffle(pauses)
    chance.shuffle(levels)
    shuffled = replace(facts, pauses=tuple(pauses), levels=tuple(levels))
    assert clock_state(facts=shuffled, now=now, calendar=calendar) == clock_state(
        facts=facts, now=now, calendar=calendar
    )


@settings(max_examples=80, deadline=None)
@given(calendars(), clock_facts(may_stop=False), instants(days=6), instants(days=6))
def test_time_on_a_clock_never_runs_back(
    calendar: ServiceCalendar, facts: ClockFacts, one: datetime, two: datetime
) -> None:
    facts = replace(facts, levels=facts.levels[:1])
    first, last = (clock_state(facts=facts, now=now, calendar=calendar) for now in sorted((one, two)))
    assert timedelta() <= first.elapsed <= last.elapsed <= max(one, two, facts.started_at) - facts.started_at
    assert list(ClockLevel).index(first.level) <= list(ClockLevel).index(last.level)


@settings(max_examples=80, deadline=None)
@given(calendars(), clock_facts(), instants(days=6))
def test_closing_keeps_what_the_state_showed_at_the_stop(
    calendar: ServiceCalendar, facts: ClockFacts, stop: datetime
) -> None:
    stopped = replace(facts, stopped_at=stop)
    record = closing_record(facts=stopped, calendar=calendar, calendar_version="1")
    shown = clock_state(facts=stopped, now=stop + timedelta(days=9), calendar=calendar)
    running = clock_state(facts=replace(facts, stopped_at=None), now=stop, calendar=calendar)
    assert (shown.level, shown.elapsed, shown.remaining_hard) == (
        running.level,
        running.elapsed,
        running.remaining_hard,
    )
    for outcome, due, remaining in (
        (record.target, shown.due_target, shown.remaining_target),
        (record.hard, shown.due_hard, shown.remaining_hard),
    ):
        assert (outcome is None) is (remaining is None)
        if outcome is not None and remaining is not None:
            assert due == outcome.due
            assert outcome.kept is (max(stop, facts.started_at) <= outcome.due)
            assert outcome.minutes_left * MINUTE <= remaining < (outcome.minutes_left + 1) * MINUTE


@settings(max_examples=60, deadline=None)
@given(calendars(), clock_facts(), instants(days=6))
def test_elapsed_and_remaining_make_up_the_limit(calendar: ServiceCalendar, facts: ClockFacts, now: datetime) -> None:
    found = clock_state(facts=facts, now=now, calendar=calendar)
    course = course_of(facts=facts, now=now)
    hard = course.levels.hard
    if hard is None or found.remaining_hard is None:
        assert course.levels.target is not None or found.elapsed == course.time_run(ALWAYS).value
        return
    budget = budget_of(limit=hard, started_at=facts.started_at, calendar=calendar).value
    assert found.elapsed == course.time_run(hours_of(limit=hard, calendar=calendar)).value
    assert found.elapsed + found.remaining_hard == budget
