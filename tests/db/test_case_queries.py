"""The queue of cases: order, colours, counts, filters, search, and what it costs (R-085 to R-089, R-101)."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from core.admin.permissions import NotPermitted, Permission
from core.complaints.grading import CaseGrade, HandlingType
from core.complaints.outcome_steps import Closing
from core.complaints.states import CaseProgress, CaseState, ProgressCounts
from core.complaints.taxonomy import CaseCategory, CaseChannel, RecordType, SubCategory
from core.kernel.clocks import ClockKind
from core.kernel.filters import Slice
from core.kernel.identity import CaseId
from db.engine import Database
from db.queries.cases import CaseList, CaseRow, CasesShown, CasesWanted, QueueLevel, SearchForm, cases
from tests.builders import NOW
from tests.db.asserting import check_reading_rights
from tests.db.case_queries_setup import counted_openings, pause, put
from tests.db.service_setup import ServiceWorld, a_service_world
from tests.statements import count_statements

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
OPEN_VIEWS = tuple(view for view in CasesShown if view not in (CasesShown.CLOSED, CasesShown.ALL))
NOISE = {"category": CaseCategory.ENVIRON, "sub_category": SubCategory.NOISE}


@pytest.fixture
def world(database: Database) -> ServiceWorld:
    return a_service_world(database)


def queue(world: ServiceWorld, by: Any = None, **wanted: Any) -> CaseList:
    return world.ask(by or world.people.desk, cases, CasesWanted(**({"estate_id": world.estate} | wanted)))


def ids(found: CaseList) -> list[CaseId]:
    return [row.case_id for row in found.rows]


def row_of(world: ServiceWorld, case: CaseId, **wanted: Any) -> CaseRow:
    return next(row for row in queue(world, **wanted).rows if row.case_id == case)


def quiet(world: ServiceWorld, number: int = 0, **given: Any) -> CaseId:
    """A complaint that repeats no other: each about another unit."""
    return world.register(unit=world.maple.units[number % 6], customer=world.maple.owners[number % 6], **given)


def due(world: ServiceWorld, case: CaseId, target: timedelta | None, hard: timedelta | None, **more: Any) -> CaseId:
    instants = {"due_target": target, "due_hard": hard}
    put(world, case, **{name: None if span is None else NOW + span for name, span in instants.items()}, **more)
    return case


def a_mixed_queue(world: ServiceWorld) -> dict[str, CaseId]:
    """Open cases of every standing at NOW, stored in an order of no meaning."""
    made = {
        "paused": (None, None, {}),
        "amber": (-HOUR, 30 * MINUTE, {}),
        "red": (-3 * HOUR, -timedelta(microseconds=1), {}),
        "urgent": (5 * HOUR, 20 * HOUR, {"queue_rank": 0, "grade": "urgent"}),
        "hard alone": (None, 20 * MINUTE, {}),
        "red before its target": (HOUR, -2 * HOUR, {}),
        "at this instant": (timedelta(), HOUR, {}),
        "red for long": (-30 * HOUR, -10 * HOUR, {}),
        "green": (10 * MINUTE, 9 * HOUR, {}),
        "late without hard": (-2 * HOUR, None, {"state": "resolved"}),
        "urgent and red": (-5 * HOUR, -HOUR, {"queue_rank": 0, "grade": "urgent"}),
        "called back": (None, None, {"state": "called_back"}),
    }
    return {
        name: due(world, quiet(world, number, content=name), target, hard, **more)
        for number, (name, (target, hard, more)) in enumerate(made.items())
    }


def test_urgent_cases_come_first_then_red_ones_by_most_overdue_then_the_nearest_deadline(world: ServiceWorld) -> None:
    made = a_mixed_queue(world)
    names = {case: name for name, case in made.items()}
    assert [names[case] for case in ids(queue(world))] == [
        "urgent and red",
        "urgent",
        "red for long",
        "red before its target",
        "red",
        "late without hard",
        "at this instant",
        "green",
        "hard alone",
        "amber",
        "paused",
        "called back",
    ]


@pytest.mark.parametrize(
    ("name", "level", "deadline", "is_hard"),
    [
        ("urgent and red", QueueLevel.RED, -HOUR, True),
        ("urgent", QueueLevel.GREEN, 5 * HOUR, False),
        ("red", QueueLevel.RED, -timedelta(microseconds=1), True),
        ("red before its target", QueueLevel.RED, -2 * HOUR, True),
        ("late without hard", QueueLevel.AMBER, -2 * HOUR, False),
        ("at this instant", QueueLevel.GREEN, timedelta(), False),
        ("hard alone", QueueLevel.GREEN, 20 * MINUTE, True),
        ("amber", QueueLevel.AMBER, 30 * MINUTE, True),
        ("paused", QueueLevel.PAUSED, None, False),
        ("called back", QueueLevel.NONE, None, False),
    ],
)
def test_a_row_tells_its_colour_its_deadline_and_the_time_left(
    world: ServiceWorld, name: str, level: QueueLevel, deadline: timedelta | None, is_hard: bool
) -> None:
    row = row_of(world, a_mixed_queue(world)[name])
    at = None if deadline is None else NOW + deadline
    assert (row.level, row.deadline, row.deadline_is_hard, row.remaining) == (level, at, is_hard, deadline)


def test_every_view_shows_what_it_counts_and_nothing_else(world: ServiceWorld) -> None:
    made = a_mixed_queue(world)
    put(world, made["green"], handler_id=world.people.supervisor.staff)
    put(world, made["amber"], received_by=world.people.supervisor.user_id)
    put(world, made["paused"], ended_on=date(2026, 11, 15), ended_at=NOW - 6 * 24 * HOUR, state="closed")
    put(world, made["red"], ended_on=date(2026, 11, 14), ended_at=NOW - 7 * 24 * HOUR, state="withdrawn")
    shown = {view: queue(world, world.people.supervisor, shown=view) for view in CasesShown}
    expected = {
        CasesShown.OPEN: 10,
        CasesShown.RED: 3,
        CasesShown.AMBER: 2,
        CasesShown.URGENT: 2,
        CasesShown.MINE: 1,
        CasesShown.RECEIVED: 1,
        CasesShown.UNASSIGNED: 9,
        CasesShown.CALL_BACK: 1,
        CasesShown.CLOSED: 2,
        CasesShown.ALL: 12,
    }
    assert {view: found.total for view, found in shown.items()} == expected
    assert {view: len(found.rows) for view, found in shown.items()} == expected
    counts = {found.counts for found in shown.values()}
    assert len(counts) == 1, "the counts do not depend on the view"
    (same,) = counts
    assert {view: getattr(same, view.value) for view in OPEN_VIEWS} == {view: expected[view] for view in OPEN_VIEWS}
    assert same.closed_lately == 1, "the seventh day counts, the eighth does not"
    assert same.progress == ProgressCounts(pending=8, in_progress=0, handled=4)
    assert same.progress.total == 12


def test_counts_of_progress_are_left_out_when_nobody_asks(world: ServiceWorld) -> None:
    world.register()
    assert queue(world, progress=False).counts.progress is None
    assert queue(world, shown=CasesShown.CLOSED, progress=False).total == 0


def test_a_case_lived_through_names_its_clock_and_what_the_customer_is_told(world: ServiceWorld) -> None:
    world.now = datetime(2026, 11, 16, 1, 0, tzinfo=UTC)
    case = quiet(world)
    seen = []
    for state in (None, CaseState.ASSIGNED, CaseState.RESPONDED, CaseState.RESOLVED, CaseState.CALLED_BACK):
        if state is not None:
            world.move_to(case, state)
        row = row_of(world, case)
        seen.append((row.progress, row.clock, row.remaining, row.handler_name, row.level))
        world.later(hours=1)
    assert seen == [
        (CaseProgress.PENDING, ClockKind.RESPONSE, 24 * HOUR, "", QueueLevel.GREEN),
        (CaseProgress.PENDING, ClockKind.RESPONSE, 23 * HOUR, "吴客服", QueueLevel.GREEN),
        (CaseProgress.IN_PROGRESS, ClockKind.RESOLVED, 70 * HOUR, "吴客服", QueueLevel.GREEN),
        (CaseProgress.HANDLED, ClockKind.CALLED_BACK, 72 * HOUR, "吴客服", QueueLevel.GREEN),
        (CaseProgress.HANDLED, None, None, "吴客服", QueueLevel.NONE),
    ]
    row = row_of(world, case)
    assert (row.number[-12:], row.estate_name, row.place, row.area) == ("-C261116-001", "Maple Court", "1-101", "1")
    assert (row.receiver_name, row.channel, row.registered_at) == (
        "周前台", CaseChannel.PHONE, datetime(2026, 11, 16, 1, 0, tzinfo=UTC),
    )  # fmt: skip
    assert (row.record_type, row.category, row.sub_category) == (RecordType.COMPLAINT, *NOISE.values())
    assert (row.grade, row.handling, row.reopenings) == (CaseGrade.NORMAL, (HandlingType.REGULAR,), 0)
    assert row.version == world.case(case).version


def test_a_pause_whose_end_nobody_knows_leaves_no_deadline(world: ServiceWorld) -> None:
    world.now = datetime(2026, 11, 16, 1, 0, tzinfo=UTC)
    case, other = quiet(world), quiet(world, 1)
    world.later(hours=1)
    pause(world, case, start=world.now)
    pause(world, other, start=world.now, end=world.now + 5 * HOUR)
    row = row_of(world, case)
    assert (row.level, row.deadline, row.remaining, row.clock) == (QueueLevel.PAUSED, None, None, ClockKind.RESPONSE)
    moved = row_of(world, other)
    assert moved.remaining == 28 * HOUR, "a pause with an end only moves the deadline"
    assert (row.paused, moved.paused, moved.level) == (True, True, QueueLevel.GREEN)
    assert ids(queue(world)) == [other, case]
    world.later(hours=5)
    assert [(one.case_id, one.paused) for one in queue(world).rows] == [(other, False), (case, True)]


def test_a_row_tells_repeated_special_reopened_and_escalated(world: ServiceWorld) -> None:
    first, second = world.register(), world.register()
    put(world, second, special=True, escalated_at=NOW, reopenings=2)
    row = row_of(world, second)
    assert (row.repeated, row.special, row.escalated, row.reopenings) == (True, True, True, 2)
    assert row.handling == (HandlingType.REPEATED, HandlingType.SPECIAL)
    assert (row.grade, row_of(world, first).grade) == (CaseGrade.MAJOR, CaseGrade.NORMAL)


def test_what_was_said_shows_its_beginning_on_one_line_until_it_is_forgotten(world: ServiceWorld) -> None:
    long, broken = quiet(world, 0, content="漏" * 61), quiet(world, 1, content="一层\n二层")
    put(world, quiet(world, 2, content="忘掉"), anonymised_at=NOW)
    assert [row.content for row in queue(world, shown=CasesShown.ALL).rows] == ["", "一层 二层", "漏" * 59 + "…"]
    assert row_of(world, broken).content == "一层 二层"
    assert len(row_of(world, long).content) == 60


def test_ended_cases_stand_newest_first_and_a_page_at_a_time(world: ServiceWorld) -> None:
    made = [quiet(world, number) for number in range(5)]
    ended = {0: (15, 0), 1: (16, 3), 2: (16, 1), 3: (14, 0)}
    for number, (day, hour) in ended.items():
        at = datetime(2026, 11, day, hour, tzinfo=UTC)
        put(world, made[number], state="closed", ended_on=at.date(), ended_at=at)
    assert ids(queue(world, shown=CasesShown.CLOSED)) == [made[1], made[2], made[0], made[3]]
    second = queue(world, shown=CasesShown.CLOSED, slice=Slice(2, 3))
    assert (ids(second), second.total) == ([made[3]], 4)
    assert all(row.level is QueueLevel.NONE and row.clock is None for row in second.rows)
    assert ids(queue(world, shown=CasesShown.ALL)) == made[::-1]
    assert ids(queue(world, slice=Slice(2, 1))) == []


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({"record_type": RecordType.INQUIRY}, ["inquiry"]),
        ({"category": CaseCategory.FEE}, ["fee"]),
        ({"sub_category": SubCategory.LIFT}, ["lift"]),
        ({"grade": CaseGrade.URGENT}, ["lift"]),
        ({"state": CaseState.REGISTERED}, ["praise"]),
        ({"channel": CaseChannel.WECHAT}, ["fee"]),
        ({"age_days": 5}, ["inquiry", "old"]),
        ({"age_days": 4}, ["fee", "inquiry", "old"]),
        ({"age_days": 0}, ["fee", "inquiry", "lift", "old", "praise"]),
        ({"age_days": -3}, ["fee", "inquiry", "lift", "old", "praise"]),
        ({"age_days": 6}, ["old"]),
        ({"age_days": 10**12}, []),
        ({"category": CaseCategory.FEE, "channel": CaseChannel.PHONE}, []),
    ],
)
def test_filters_narrow_rows_and_counts_alike(world: ServiceWorld, wanted: dict[str, Any], found: list[str]) -> None:
    fee = {"category": CaseCategory.FEE, "sub_category": SubCategory.BILL_ERROR, "channel": CaseChannel.WECHAT}
    lift = {"category": CaseCategory.FACILITY, "sub_category": SubCategory.LIFT}
    praise = {"category": None, "sub_category": None, "record_type": RecordType.PRAISE}
    moments: dict[str, tuple[datetime, dict[str, Any]]] = {
        "old": (datetime(2026, 11, 15, 15, 59, 59, tzinfo=UTC), {}),
        "inquiry": (datetime(2026, 11, 15, 16, 0, tzinfo=UTC), {"record_type": RecordType.INQUIRY}),
        "fee": (datetime(2026, 11, 17, 1, 0, tzinfo=UTC), fee),
        "lift": (NOW, lift),
        "praise": (NOW, praise),
    }
    for number, (name, (moment, given)) in enumerate(moments.items()):
        world.now = moment
        quiet(world, number, content=name, **given)
    assert sorted(row.content for row in queue(world, **wanted).rows) == found
    answer = queue(world, **wanted)
    assert (answer.total, answer.counts.open) == (len(found), len(found))


def test_the_queue_of_one_handler_is_found_by_name(world: ServiceWorld) -> None:
    mine, other = quiet(world), quiet(world, 1)
    put(world, mine, handler_id=world.people.repair_handler.staff)
    assert ids(queue(world, handler=world.people.repair_handler.staff)) == [mine]
    assert ids(queue(world, handler=world.people.second_handler.staff)) == []
    assert sorted(ids(queue(world))) == [mine, other]


@pytest.mark.parametrize(
    "text", ["{number}", "{lower}", "C261121-001", "c261121-1", "261121-001", "２６１１２１－００１"]
)
def test_a_number_or_its_tail_finds_the_case_in_any_state(world: ServiceWorld, text: str) -> None:
    first, _ = quiet(world), quiet(world, 1)
    number = row_of(world, first).number
    world.move(first, CaseState.WITHDRAWN)
    text = text.format(number=number, lower=number.lower())
    for shown in (CasesShown.OPEN, CasesShown.CLOSED, CasesShown.RED):
        answer = queue(world, shown=shown, search=text, state=CaseState.ASSIGNED)
        assert (ids(answer), answer.total, answer.form) == ([first], 1, SearchForm.NUMBER)


def test_a_tail_finds_the_case_of_each_estate_in_care(world: ServiceWorld) -> None:
    here = quiet(world)
    there = world.register(estate=world.lake.estate, unit=world.lake.units[0], customer=world.lake.owners[0])
    found = queue(world, estate_id=None, search="261121-001")
    assert {(row.estate_id, row.case_id) for row in found.rows} == {
        (world.maple.estate, here), (world.lake.estate, there),
    }  # fmt: skip
    assert ids(queue(world, search="261121-001")) == [here]
    limited = queue(world, by=world.people.lake_desk, estate_id=None, search="261121-001")
    assert [row.estate_id for row in limited.rows] == [world.lake.estate]
    assert queue(world, search="261121-002").total == 0
    assert queue(world, search="R261121-001").total == 0, "the number of a request"


def test_a_room_is_found_by_a_part_of_its_code_taken_literally(world: ServiceWorld) -> None:
    made = [quiet(world, number) for number in range(6)]
    put(world, made[5], state="closed", ended_on=date(2026, 11, 20), ended_at=NOW)
    answer = queue(world, search="1-20")
    assert (sorted(ids(answer)), answer.form) == (made[2:4], SearchForm.ROOM)
    assert ids(queue(world, search="2-10", shown=CasesShown.CLOSED)) == [made[5]]
    assert queue(world, search="2-10").counts.progress == ProgressCounts(pending=1, in_progress=0, handled=1)
    for text in ("1%1", "1_101", "9-999"):
        assert queue(world, search=text).total == 0


def test_words_are_found_among_open_cases_in_a_view_of_those_and_among_all_else(world: ServiceWorld) -> None:
    lift, water, gone = (
        quiet(world, number, content=text) for number, text in enumerate(("电梯又停了 Otis3", "厨房漏水", "电梯异响"))
    )
    world.move(gone, CaseState.WITHDRAWN)
    assert queue(world, search="电梯").form is SearchForm.WORDS
    assert ids(queue(world, search="电梯")) == [lift]
    assert ids(queue(world, search="电梯", shown=CasesShown.CLOSED)) == [gone]
    assert ids(queue(world, search="电梯", shown=CasesShown.ALL)) == [gone, lift]
    assert ids(queue(world, search="otis3")) == [lift], "it looks like a room, and there is none"
    assert ids(queue(world, search="水")) == [water]
    answer = queue(world, search="电梯")
    assert (answer.counts.open, answer.total, answer.counts.closed_lately) == (1, 1, 1)
    assert answer.counts.progress == ProgressCounts(pending=1, in_progress=0, handled=1)


@pytest.mark.parametrize("text", ["？！", "%", "不存在的词", "' OR 1=1 --", '"', "zopen", "x" * 5000])
def test_what_says_nothing_or_is_not_there_finds_nothing(world: ServiceWorld, text: str) -> None:
    world.register()
    answer = queue(world, search=text)
    assert (answer.rows, answer.total, answer.counts.open) == ((), 0, 0)


def test_what_is_typed_beyond_a_hundred_characters_narrows_rows_and_counts_alike(world: ServiceWorld) -> None:
    case = quiet(world, content="电梯异响")
    world.move(case, CaseState.WITHDRAWN)
    answer = queue(world, search="电梯 " * 40 + "漏水", shown=CasesShown.ALL)
    assert (ids(answer), answer.total, answer.counts.closed_lately) == ([case], 1, 1)


@pytest.mark.parametrize("text", ["", "  ", "\u200b"])
def test_an_empty_search_narrows_nothing(world: ServiceWorld, text: str) -> None:
    world.register()
    assert (queue(world, search=text).total, queue(world, search=text).form) == (1, SearchForm.NOTHING)


def test_a_handler_sees_the_own_cases_and_those_taken_in_while_open(world: ServiceWorld) -> None:
    handled, other = quiet(world), quiet(world, 1)
    taken_in = quiet(world, 2, by=world.people.service_handler)
    world.move_to(handled, CaseState.ASSIGNED)
    answer = queue(world, world.people.service_handler)
    assert sorted(ids(answer)) == [handled, taken_in]
    counts = answer.counts
    assert (counts.open, counts.mine, counts.received, counts.unassigned) == (2, 1, 1, 1)
    assert counts.progress == ProgressCounts(pending=2, in_progress=0, handled=0)
    assert ids(queue(world, world.people.second_handler)) == []
    world.move(taken_in, CaseState.WITHDRAWN)
    assert ids(queue(world, world.people.service_handler, shown=CasesShown.ALL)) == [handled]
    assert other in ids(queue(world, world.people.auditor))


def test_nobody_sees_cases_of_estates_beyond_the_own_care(world: ServiceWorld) -> None:
    quiet(world)
    lake = world.register(estate=world.lake.estate, unit=world.lake.units[0], customer=world.lake.owners[0])
    assert ids(queue(world, world.people.lake_desk, estate_id=None)) == [lake]
    with pytest.raises(NotPermitted):
        queue(world, world.people.lake_desk)
    assert queue(world, estate_id=None).total == 2


def test_who_may_not_open_the_pages_of_complaints_is_refused(world: ServiceWorld) -> None:
    check_reading_rights(world.database, cases, CasesWanted(world.estate), Permission.CASES_VIEW)


def test_the_cost_does_not_grow_with_the_queue(world: ServiceWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    made = [quiet(world, number) for number in range(12)]
    world.move(made[0], CaseState.WITHDRAWN)
    searches = {"": 3, "261121-003": 4, "1-201": 4, "噪音": 3, "？": 2}
    for text, statements in searches.items():
        with count_statements(world.database) as sent:
            queue(world, search=text)
        assert len(sent) == statements, f"{text}: {sent}"
    with count_statements(world.database) as sent:
        queue(world, shown=CasesShown.CLOSED)
    assert len(sent) == 2, "no clocks run for what has ended"
    with counted_openings(monkeypatch) as opened:
        queue(world, slice=Slice(1, 5))
    assert len(opened) == 5
    assert all(place.startswith("cases.content:") for place in opened)


def test_praise_waits_for_thanks_only(world: ServiceWorld) -> None:
    case = quiet(world, category=None, sub_category=None, record_type=RecordType.PRAISE)
    row = row_of(world, case)
    assert (row.category, row.sub_category, row.clock, row.level) == (None, None, ClockKind.RESPONSE, QueueLevel.GREEN)
    world.move(case, CaseState.CLOSED, Closing(note="感谢您的表扬"), by=world.people.supervisor)
    assert queue(world).total == 0
