"""The queue with thousands of open and closed cases: same number of statements, and the index of open cases used."""

import re
from datetime import timedelta
from typing import Any

import pytest

from core.complaints.grading import CaseGrade
from core.complaints.states import CaseState
from core.complaints.taxonomy import CaseCategory, CaseChannel, RecordType, SubCategory
from core.kernel.filters import Slice
from db.engine import Database
from db.queries import service_finding
from db.queries.case_card import CaseWanted, case_card
from db.queries.case_forecast import ForecastWanted, case_forecast
from db.queries.cases import CasesShown, CasesWanted, QueueLevel, cases
from db.queries.promises import PromisesWanted, late_promises
from tests.builders import NOW
from tests.db.case_queries_setup import counted_openings
from tests.db.case_scale_setup import many_cases, plan_of, rows_of, statements_with_values
from tests.db.service_setup import ServiceWorld, a_service_world
from tests.statements import count_statements

pytestmark = pytest.mark.slow

OPEN, ENDED = 3_000, 20_000
_OF_OPEN_ONES = re.compile(
    r"INDEX ix_cases_open|ix_cases_ended \(estate_id=\? AND ended_on=\?\)"
    r"|ix_cases_handler \(ANY\(handler_id\) AND ended_on=\?\)"
    r"|using ix_cases_open|on ix_cases_open|Index Cond: .*ended_on IS NULL"
)
"""Where whole rows are needed, the open ones may also be found as not ended in another index: no others are read."""
_SCANS_ALL = re.compile(r"SCAN cases$|Seq Scan on cases\b", re.MULTILINE)

WANTED = (
    CasesWanted(),
    CasesWanted(shown=CasesShown.RED),
    CasesWanted(category=CaseCategory.FEE, slice=Slice(1, 20)),
    CasesWanted(shown=CasesShown.CLOSED),
    CasesWanted(shown=CasesShown.ALL, search="1-101"),
)
FILTERS: dict[str, Any] = {
    "record_type": RecordType.COMPLAINT,
    "category": CaseCategory.FEE,
    "sub_category": SubCategory.LIFT,
    "grade": CaseGrade.URGENT,
    "state": CaseState.CLOSED,
    "channel": CaseChannel.PHONE,
    "age_days": 12,
}
FORECAST = ForecastWanted(until=NOW + timedelta(hours=2))


@pytest.fixture
def world(database: Database) -> ServiceWorld:
    """Ten open and ten closed cases in each estate."""
    world = a_service_world(database)
    many_cases(world, world.maple, open_cases=10, ended=10, first=4_000_000)
    many_cases(world, world.lake, open_cases=10, ended=10, first=4_000_000)
    return world


def grow(world: ServiceWorld) -> None:
    """Thousands more, most of them in one estate."""
    many_cases(world, world.maple, open_cases=OPEN - 500, ended=ENDED - 4_000)
    many_cases(world, world.lake, open_cases=500, ended=4_000)


def sent(world: ServiceWorld, query: Any, wanted: Any) -> int:
    with count_statements(world.database) as statements:
        world.ask(world.people.supervisor, query, wanted)
    return len(statements)


def test_thousands_of_cases_cost_no_more_statements_and_only_open_ones_are_read(
    world: ServiceWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = [*((cases, wanted) for wanted in WANTED), (case_forecast, FORECAST)]
    before = [sent(world, *one) for one in asked]
    grow(world)
    assert [sent(world, *one) for one in asked] == before == [3, 3, 3, 2, 4, 1]
    for estate in (world.estate, None):
        for shown in (CasesShown.OPEN, CasesShown.RED, CasesShown.URGENT):
            _check_plans(world, cases, CasesWanted(estate, shown, progress=False), statements=2)
    _check_plans(world, case_forecast, FORECAST, statements=1)
    with counted_openings(monkeypatch) as opened:
        found = world.ask(world.people.desk, cases, CasesWanted(world.estate))
    assert len(opened) == len(found.rows) == 50, "no more than the screenful is decrypted"


def _check_plans(world: ServiceWorld, query: Any, wanted: Any, *, statements: int) -> None:
    with statements_with_values(world.database) as sent_:
        world.ask(world.people.supervisor, query, wanted)
    plans = [plan_of(world.database, *statement) for statement in sent_[:statements]]
    for plan in plans:
        assert _OF_OPEN_ONES.search(plan), plan
        assert not _SCANS_ALL.search(plan), plan
    if not world.database.is_sqlite:
        assert "ix_cases_open" in plans[-1], plans[-1]


EVERY_LIST = (
    *(CasesWanted(shown=shown) for shown in CasesShown),
    *(CasesWanted(shown=CasesShown.CLOSED, **{name: value}) for name, value in FILTERS.items()),
    *(CasesWanted(**{name: value}) for name, value in FILTERS.items()),
)


def test_every_view_and_filter_fetches_little_more_than_it_shows(world: ServiceWorld) -> None:
    grow(world)
    for wanted in EVERY_LIST:
        with statements_with_values(world.database) as sent_:
            found = world.ask(world.people.supervisor, cases, wanted)
        assert len(sent_) <= 4, wanted
        fetched = sum(rows_of(world.database, *statement) for statement in sent_)
        assert fetched <= 20 * max(len(found.rows), 1), wanted


def test_ended_cases_of_all_estates_are_counted_and_listed_by_their_indexes_alone(world: ServiceWorld) -> None:
    grow(world)
    category = CasesWanted(shown=CasesShown.CLOSED, category=CaseCategory.FEE)
    listed = {
        CasesWanted(shown=CasesShown.CLOSED): "ix_cases_ended_listed",
        category: "ix_cases_ended_listed",
        CasesWanted(shown=CasesShown.ALL): "ix_cases_newest",
    }
    for wanted, index in listed.items():
        with statements_with_values(world.database) as sent_:
            world.ask(world.people.supervisor, cases, wanted)
        counts, screenful = (plan_of(world.database, *statement) for statement in sent_[:2])
        assert index in screenful and not _SCANS_ALL.search(screenful), screenful
        if world.database.is_sqlite:
            assert "COVERING INDEX ix_cases_ended_listed" in counts, counts
            assert "USE TEMP B-TREE FOR ORDER BY" not in screenful.splitlines()[1], screenful


def test_card_and_desk_cost_no_more_with_thousands_of_cases(world: ServiceWorld) -> None:
    case = world.register()
    wanted = CaseWanted(world.estate, case)
    asked = ((case_card, wanted), (late_promises, PromisesWanted(None)))
    before = [sent(world, *one) for one in asked]
    grow(world)
    assert [sent(world, *one) for one in asked] == before == [5, 1]
    with statements_with_values(world.database) as sent_:
        found = world.ask(world.people.supervisor, late_promises, PromisesWanted(None))
    assert sum(rows_of(world.database, *statement) for statement in sent_) == len(found.service) + len(found.others)
    with statements_with_values(world.database) as sent_:
        world.ask(world.people.supervisor, case_card, wanted)
    for statement in sent_:
        plan = plan_of(world.database, *statement)
        assert "ix_cases_registered (estate_id=?)" not in plan and not _SCANS_ALL.search(plan), plan


def test_a_word_that_many_hold_gives_the_same_cases_as_one_that_few_hold(
    world: ServiceWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(6):
        world.register(content=f"第{number}次反映：楼道灯不亮")
        world.later(minutes=1)
    world.register(content="电梯不停")
    for shown in (CasesShown.OPEN, CasesShown.ALL, CasesShown.CLOSED):
        for estate in (None, world.estate):
            wanted = CasesWanted(estate, shown, search="楼道灯")
            monkeypatch.setattr(service_finding, "MANY", 20_000)
            few = world.ask(world.people.supervisor, cases, wanted)
            monkeypatch.setattr(service_finding, "MANY", 0)
            many = world.ask(world.people.supervisor, cases, wanted)
            assert many == few
            assert few.total == len(few.rows) == (0 if shown is CasesShown.CLOSED else 6)


def test_counts_of_thousands_are_true_and_pages_follow_one_another_without_gap(world: ServiceWorld) -> None:
    grow(world)
    found = world.ask(world.people.desk, cases, CasesWanted())
    progress = found.counts.progress
    assert progress is not None
    assert (found.total, found.counts.open, progress.total) == (OPEN + 20, OPEN + 20, OPEN + ENDED + 40)
    pages = [world.ask(world.people.desk, cases, CasesWanted(slice=Slice(n, 500))) for n in range(1, 8)]
    rows = [row for page in pages for row in page.rows]
    assert len({(row.estate_id, row.case_id) for row in rows}) == len(rows) == OPEN + 20
    levels = [row.level for row in rows]
    assert levels.count(QueueLevel.RED) == found.counts.red > 100
    assert levels.count(QueueLevel.AMBER) == found.counts.amber > 100
    last = NOW + timedelta(days=400)
    keys = [
        (row.grade.value != "urgent", row.level is not QueueLevel.RED, row.deadline is None, row.deadline or last)
        for row in rows
    ]
    assert keys == sorted(keys), "urgent, then red by most overdue, then by deadline, then those without one"
    forecast = world.ask(world.people.supervisor, case_forecast, FORECAST)
    turning = [
        row for row in rows if row.level is not QueueLevel.RED and row.deadline and row.deadline < FORECAST.until
    ]
    assert forecast.red + forecast.amber >= len(turning) > 50
    assert all(len(one.first) <= 3 for one in forecast.handlers)
