from dataclasses import replace
from datetime import datetime, timedelta

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
    course_of,
)
from core.kernel.escalation import (
    MOST_PERCENT,
    MOST_STEPS,
    Escalation,
    Ladder,
    LadderRefused,
    LadderStep,
    escalations_due,
    next_due,
)
from core.kernel.sla import ClockLevel, clock_state
from core.kernel.worktime import ServiceCalendar
from tests.core.kernel.walking import OFFICE, Walk, Walker, calendars, clock_facts, instants, local

HALF, SOON, OUT, FAR = STEPS = (
    LadderStep(50, "handler"),
    LadderStep(80, "supervisor"),
    LadderStep(100, "manager"),
    LadderStep(150, "director"),
)
LADDER = Ladder(STEPS)
TEN_HOURS = Levels(Limit(5, LimitUnit.HOURS), Limit(10, LimitUnit.HOURS))
TICK = timedelta.resolution
ALWAYS = LimitCalendar.ALWAYS


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


def due(
    facts: ClockFacts, now: str, ladder: Ladder = LADDER, sent: tuple[LadderStep, ...] = ()
) -> list[tuple[int, str]]:
    """Percent and local instant of each step that is due."""
    found = escalations_due(facts=facts, now=local(now), calendar=OFFICE, ladder=ladder, sent=sent)
    return [(one.step.percent, f"{one.at + timedelta(hours=8):%m-%d %H:%M}") for one in found]


MONDAY = clock("2026-11-16 09:00", TEN_HOURS)
ALL_DUE = [(50, "11-16 15:30"), (80, "11-17 09:30"), (100, "11-17 11:30"), (150, "11-18 09:00")]


@pytest.mark.parametrize(
    ("now", "count"),
    [
        ("2026-11-16 09:00", 0),
        ("2026-11-16 15:29:59", 0),
        ("2026-11-16 15:30", 1),  # from the instant on
        ("2026-11-17 09:29:59", 1),
        ("2026-11-17 09:30", 2),
        ("2026-11-17 11:30", 3),
        ("2026-11-17 18:00", 3),  # 150 % are used up with the day, the director is told in the morning
        ("2026-11-18 08:59:59", 3),
        ("2026-11-18 09:00", 4),
        ("2027-11-18 09:00", 4),
        ("2026-11-15 09:00", 0),  # the clock was set back
    ],
)
def test_steps_fall_due_in_working_time(now: str, count: int) -> None:
    assert due(MONDAY, now) == ALL_DUE[:count]


def test_an_escalation_says_when_the_share_was_used_up_and_whom_to_tell() -> None:
    assert escalations_due(facts=MONDAY, now=local("2026-11-20 09:00"), calendar=OFFICE, ladder=LADDER) == (
        Escalation(HALF, local("2026-11-16 15:30"), local("2026-11-16 15:30")),
        Escalation(SOON, local("2026-11-17 09:30"), local("2026-11-17 09:30")),
        Escalation(OUT, local("2026-11-17 11:30"), local("2026-11-17 11:30")),
        Escalation(FAR, local("2026-11-17 18:00"), local("2026-11-18 09:00")),
    )


@pytest.mark.parametrize("sent", [(HALF,), (SOON, OUT), STEPS, ()])
def test_what_was_sent_is_not_repeated(sent: tuple[LadderStep, ...]) -> None:
    left = [one for one in ALL_DUE if one[0] not in {step.percent for step in sent}]
    assert due(MONDAY, "2026-11-20 09:00", sent=sent) == left


def test_a_step_to_another_role_is_another_step() -> None:
    assert due(MONDAY, "2026-11-16 15:30", sent=(LadderStep(50, "supervisor"),)) == ALL_DUE[:1]


def test_steps_come_lowest_first_and_equal_ones_as_the_ladder_lists_them() -> None:
    twice = (LadderStep(100, "supervisor"), LadderStep(50, "supervisor"), LadderStep(100, "handler"))
    found = escalations_due(facts=MONDAY, now=local("2026-11-20 09:00"), calendar=OFFICE, ladder=Ladder(twice))
    assert [one.step for one in found] == [twice[1], twice[0], twice[2]]


NIGHTLY = clock("2026-11-20 16:00", Levels(Limit(4, LimitUnit.HOURS, ALWAYS), Limit(24, LimitUnit.HOURS, ALWAYS)))


def test_limits_in_clock_hours_are_reached_at_any_hour_but_told_in_the_next_working_hour() -> None:
    monday = "11-23 09:00"
    assert due(NIGHTLY, "2026-11-23 08:59:59") == []
    assert due(NIGHTLY, "2026-11-23 09:00") == [(50, monday), (80, monday), (100, monday), (150, monday)]
    found = escalations_due(facts=NIGHTLY, now=local("2026-11-23 09:00"), calendar=OFFICE, ladder=LADDER)
    assert found[0] == Escalation(HALF, local("2026-11-21 04:00"), local("2026-11-23 09:00"))


def test_emergencies_are_told_at_any_hour() -> None:
    at_once = Ladder(STEPS, at_any_hour=True)
    assert due(NIGHTLY, "2026-11-21 04:00", at_once) == [(50, "11-21 04:00")]
    assert due(NIGHTLY, "2026-11-23 09:00", at_once) == [
        (50, "11-21 04:00"),
        (80, "11-21 11:12"),
        (100, "11-21 16:00"),
        (150, "11-22 04:00"),
    ]


@pytest.mark.parametrize(
    ("levels", "of_target", "expected"),
    [
        (TEN_HOURS, False, "11-16 15:30"),
        (TEN_HOURS, True, "11-16 11:30"),
        (Levels(target=TEN_HOURS.target), False, "11-16 11:30"),  # there is no hard limit
        (Levels(hard=TEN_HOURS.hard), True, "11-16 15:30"),  # there is no target
        (Levels(), False, None),
        (Levels(), True, None),
    ],
)
def test_percent_are_of_the_hard_limit_or_of_the_target(levels: Levels, of_target: bool, expected: str | None) -> None:
    found = due(clock("2026-11-16 09:00", levels), "2026-11-20 09:00", Ladder((HALF,), of_target=of_target))
    assert found == ([(50, expected)] if expected else [])


def test_percent_of_working_days_are_of_the_working_time_in_them() -> None:
    friday = clock("2026-11-20 10:00", Levels(hard=Limit(2, LimitUnit.WORKING_DAYS)))  # 6½ + 7½ + 7½ = 21½ hours
    assert due(friday, "2026-11-30 09:00") == [
        (50, "11-23 14:45"),  # 10¾
        (80, "11-24 13:42"),  # 17.2: 6½ and 7½, 3 in the morning, 12 minutes
        (100, "11-25 09:00"),  # used up on Tuesday at 18:00
        (150, "11-26 13:45"),  # 32¼: 7½ more on Wednesday, 3¼ on Thursday
    ]


def test_a_pause_moves_the_steps_after_it() -> None:
    paused = clock("2026-11-16 09:00", TEN_HOURS, pause("2026-11-16 16:00", "2026-11-17 16:00"))
    assert due(paused, "2026-11-30 09:00") == [
        (50, "11-16 15:30"),
        (80, "11-18 09:30"),
        (100, "11-18 11:30"),
        (150, "11-19 09:00"),
    ]


def test_in_a_pause_without_an_end_only_what_was_due_before_is_due() -> None:
    waiting = clock("2026-11-16 09:00", TEN_HOURS, pause("2026-11-16 16:00", None))
    assert due(waiting, "2026-12-30 09:00") == ALL_DUE[:1]
    assert due(waiting, "2026-12-30 09:00", sent=(HALF,)) == []


def test_nobody_is_told_while_a_pause_lasts() -> None:
    """Used up at the very start of a pause, or over a weekend that becomes a pause before the morning."""
    at_once = clock("2026-11-16 09:00", TEN_HOURS, pause("2026-11-16 15:30", "2026-11-16 17:00"))
    assert due(at_once, "2026-11-16 16:00") == []
    assert due(at_once, "2026-11-16 17:00") == [(50, "11-16 17:00")]
    weekend = replace(NIGHTLY, pauses=(pause("2026-11-21 12:00", "2026-11-23 10:00"),))
    assert due(weekend, "2026-11-23 09:30") == []
    assert due(weekend, "2026-11-23 10:00") == [(50, "11-23 10:00"), (80, "11-23 10:00")]
    never = clock("2026-11-16 09:00", TEN_HOURS, pause("2026-11-16 15:30", None))
    assert due(never, "2026-12-30 09:00") == []
    assert next_due(facts=never, now=local("2026-12-30 09:00"), calendar=OFFICE, ladder=LADDER) is None


def test_a_stopped_clock_escalates_no_more() -> None:
    stopped = clock("2026-11-16 09:00", TEN_HOURS, stopped="2026-11-16 17:00")
    assert due(stopped, "2026-11-20 09:00") == []
    assert next_due(facts=stopped, now=local("2026-11-16 10:00"), calendar=OFFICE, ladder=LADDER) is None


def test_a_change_of_grade_moves_the_steps_and_what_was_sent_stays_sent() -> None:
    urgent = Levels(hard=Limit(4, LimitUnit.HOURS))
    raised = replace(MONDAY, levels=(*MONDAY.levels, DatedLevels(local("2026-11-16 14:00"), urgent)))
    assert due(raised, "2026-11-16 13:59:59") == []
    assert due(raised, "2026-11-16 14:00") == [(50, "11-16 11:00"), (80, "11-16 13:42")]
    assert due(raised, "2026-11-16 14:00", sent=(HALF,)) == [(80, "11-16 13:42")]
    lowered = replace(raised, levels=(*raised.levels, DatedLevels(local("2026-11-16 14:10"), TEN_HOURS)))
    assert due(lowered, "2026-11-16 15:30", sent=(HALF,)) == []


@pytest.mark.parametrize(
    ("now", "sent", "expected"),
    [
        ("2026-11-16 09:00", (), "2026-11-16 15:30"),  # half of the hard limit, and the target
        ("2026-11-15 09:00", (), "2026-11-16 15:30"),
        ("2026-11-16 15:30", (), "2026-11-16 15:30"),
        ("2026-11-16 15:31", (), "2026-11-16 15:30"),  # not yet sent: it still wants doing
        ("2026-11-16 15:31", (HALF,), "2026-11-17 09:30"),
        ("2026-11-17 09:30", (HALF, SOON), "2026-11-17 11:30"),
        ("2026-11-17 11:30", (HALF, SOON, OUT), "2026-11-17 11:30"),  # turns red right after
        ("2026-11-17 11:31", (HALF, SOON, OUT), "2026-11-18 09:00"),
        ("2026-11-18 09:00", STEPS, None),
    ],
)
def test_the_next_due_instant(now: str, sent: tuple[LadderStep, ...], expected: str | None) -> None:
    found = next_due(facts=MONDAY, now=local(now), calendar=OFFICE, ladder=LADDER, sent=sent)
    assert found == (local(expected) if expected else None)


@pytest.mark.parametrize(
    ("levels", "now", "expected"),
    [
        (TEN_HOURS, "2026-11-16 09:00", "2026-11-16 15:30"),
        (TEN_HOURS, "2026-11-16 15:30", "2026-11-16 15:30"),
        (TEN_HOURS, "2026-11-16 15:30:01", "2026-11-17 11:30"),
        (TEN_HOURS, "2026-11-17 11:30:01", None),
        (Levels(target=TEN_HOURS.target), "2026-11-16 09:00", "2026-11-16 15:30"),
        (Levels(target=TEN_HOURS.target), "2026-11-16 15:30:01", None),
        (Levels(hard=TEN_HOURS.hard), "2026-11-16 09:00", "2026-11-17 11:30"),
        (Levels(TEN_HOURS.hard, TEN_HOURS.target), "2026-11-16 15:30:01", None),  # red already: the target is no news
        (Levels(), "2026-11-16 09:00", None),
    ],
)
def test_without_a_ladder_the_next_change_of_colour_is_due(levels: Levels, now: str, expected: str | None) -> None:
    found = next_due(facts=clock("2026-11-16 09:00", levels), now=local(now), calendar=OFFICE)
    assert found == (local(expected) if expected else None)


def test_a_pause_whose_end_is_known_is_looked_through() -> None:
    away = clock("2026-11-16 09:00", TEN_HOURS, pause("2026-11-16 10:00", "2026-11-17 10:00"))
    noon = local("2026-11-16 12:00")
    assert next_due(facts=away, now=noon, calendar=OFFICE) == local("2026-11-17 15:30")
    waiting = clock("2026-11-16 09:00", TEN_HOURS, pause("2026-11-16 10:00", None))
    assert next_due(facts=waiting, now=noon, calendar=OFFICE, ladder=LADDER) is None


@pytest.mark.parametrize(
    "steps",
    [
        (LadderStep(0, "handler"),),
        (LadderStep(MOST_PERCENT + 1, "handler"),),
        (HALF, LadderStep(-5, "handler")),
        (HALF, SOON, HALF),
        tuple(LadderStep(percent, "handler") for percent in range(1, MOST_STEPS + 2)),
    ],
)
def test_a_ladder_out_of_bounds_is_refused(steps: tuple[LadderStep, ...]) -> None:
    with pytest.raises(LadderRefused) as refusal:
        Ladder(steps)
    assert refusal.value.fields == {"most_steps": 12, "most_percent": 1000}


def test_a_ladder_may_reach_its_bounds_or_be_empty() -> None:
    assert len(Ladder(tuple(LadderStep(percent, "handler") for percent in range(1, MOST_STEPS + 1))).steps) == 12
    assert Ladder((LadderStep(1, "handler"), LadderStep(MOST_PERCENT, "handler"))).steps[1].percent == 1000
    assert due(MONDAY, "2026-11-20 09:00", Ladder(())) == []
    assert next_due(facts=MONDAY, now=local("2026-11-16 09:00"), calendar=OFFICE, ladder=Ladder(())) == local(
        "2026-11-16 15:30"
    )


ladders = st.builds(Ladder, st.just(STEPS), st.booleans(), st.booleans())


@settings(max_examples=80, deadline=None)
@given(calendars(), clock_facts(may_stop=False), instants(days=5), ladders)
def test_steps_are_due_when_a_walker_finds_them(
    calendar: ServiceCalendar, facts: ClockFacts, now: datetime, ladder: Ladder
) -> None:
    levels = course_of(facts=facts, now=now).levels
    limit = (levels.target or levels.hard) if ladder.of_target else (levels.hard or levels.target)
    found = escalations_due(facts=facts, now=now, calendar=calendar, ladder=ladder)
    if limit is None:
        assert found == ()
        return
    walk = Walk(Walker(calendar), facts, limit)
    budget, expected = walk.budget(), []
    found_at = walk.readings(now)
    for step in STEPS:
        reached = found_at.get(budget * step.percent // 100)
        told = reached
        while told is not None and (walk.paused(told) or not (ladder.at_any_hour or walk.walker.is_open(told))):
            told = told + timedelta(minutes=1) if told < now else None
        if reached is not None and told is not None:
            expected.append(Escalation(step, reached, told))
    assert found == tuple(expected)


@settings(max_examples=120, deadline=None)
@given(
    calendars(), clock_facts(), st.tuples(instants(days=6), st.floats(0, 1)), ladders, st.sets(st.sampled_from(STEPS))
)
def test_nothing_happens_before_the_next_due_instant_and_something_then(
    calendar: ServiceCalendar, rows: ClockFacts, look_at: tuple[datetime, float], ladder: Ladder, sent: set[LadderStep]
) -> None:
    facts, (now, part) = replace(rows, levels=rows.levels[:1]), look_at

    def look(instant: datetime) -> tuple[ClockLevel, tuple[Escalation, ...]]:
        level = clock_state(facts=facts, now=instant, calendar=calendar).level
        return level, escalations_due(facts=facts, now=instant, calendar=calendar, ladder=ladder, sent=sent)

    wanted = next_due(facts=facts, now=now, calendar=calendar, ladder=ladder, sent=sent)
    level, steps = look(now)
    if facts.stopped_at is not None:
        assert (wanted, steps) == (None, ())
    elif wanted is None:
        assert look(now + timedelta(days=400)) == (level, ())
    elif steps:
        assert wanted <= now
    else:
        between = now + (wanted - now) * part - TICK
        assert wanted >= now
        assert between < now or look(between) == (level, ())
        assert look(wanted + TICK) != (level, ())
