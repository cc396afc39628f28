"""What will breach before the next working morning and whose it is; who can be given a case (issue 4; R-082, R-086)."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from core.admin.permissions import MATRIX, Permission, Role
from core.complaints.grading import CaseGrade
from core.complaints.states import CaseState
from core.complaints.workload import Load
from core.kernel.identity import CaseId
from core.kernel.records import RecordKind
from core.kernel.sla import ClockLevel
from db.engine import Database
from db.queries.case_forecast import Breach, Forecast, ForecastWanted, case_forecast
from db.queries.case_people import CasePerson, HandlersWanted, PeopleWanted, case_handlers, case_people
from tests.builders import NOW
from tests.db.asserting import check_reading_rights
from tests.db.case_queries_setup import put
from tests.db.service_setup import ServiceWorld, a_service_world
from tests.db.work_queries_setup import a_request
from tests.personas import person
from tests.statements import count_statements

HOUR = timedelta(hours=1)
TICK = timedelta(microseconds=1)
UNTIL = NOW + 10 * HOUR


@pytest.fixture
def world(database: Database) -> ServiceWorld:
    return a_service_world(database)


def forecast(world: ServiceWorld, by: Any = None, **wanted: Any) -> Forecast:
    plain: dict[str, Any] = {"estate_id": world.estate, "until": UNTIL}
    return world.ask(by or world.people.supervisor, case_forecast, ForecastWanted(**(plain | wanted)))


def due(world: ServiceWorld, target: timedelta | None, hard: timedelta | None, **more: Any) -> CaseId:
    case = world.register()
    instants = {"due_target": target, "due_hard": hard}
    put(world, case, **{name: None if span is None else NOW + span for name, span in instants.items()}, **more)
    return case


@pytest.mark.parametrize(
    ("target", "hard", "level"),
    [
        (2 * HOUR, 20 * HOUR, ClockLevel.AMBER),
        (2 * HOUR, 3 * HOUR, ClockLevel.RED),
        (-HOUR, 3 * HOUR, ClockLevel.RED),
        (None, 3 * HOUR, ClockLevel.RED),
        (3 * HOUR, None, ClockLevel.AMBER),
        (timedelta(), 20 * HOUR, ClockLevel.AMBER),
        (10 * HOUR - TICK, None, ClockLevel.AMBER),
        (10 * HOUR, None, None),
        (-HOUR, 10 * HOUR, None),
        (-HOUR, 10 * HOUR - TICK, ClockLevel.RED),
        (-2 * HOUR, -HOUR, None),
        (HOUR, -HOUR, None),
        (-HOUR, None, None),
        (None, None, None),
    ],
)
def test_what_turns_amber_or_red_from_now_on_and_before_the_instant_is_foretold(
    world: ServiceWorld, target: timedelta | None, hard: timedelta | None, level: ClockLevel | None
) -> None:
    case = due(world, target, hard)
    found = forecast(world)
    breaches = [(one.record_id, one.level) for handler in found.handlers for one in handler.first]
    assert breaches == ([] if level is None else [(case, level)])
    assert (found.red, found.amber) == (int(level is ClockLevel.RED), int(level is ClockLevel.AMBER))
    assert found.until == UNTIL


def test_it_is_told_whose_it_is_and_which_come_first(world: ServiceWorld) -> None:
    people = world.people
    own = {"handler_id": people.service_handler.staff}
    many = [due(world, (5 - number) * HOUR, 40 * HOUR, **own) for number in range(5)]
    red = due(world, -HOUR, 6 * HOUR, **own)
    nobody = due(world, HOUR, 40 * HOUR)
    order = a_request(
        world,
        handler_id=people.repair_handler.staff,
        state="assigned",
        due_target=NOW + HOUR,
        due_hard=NOW + 2 * HOUR,
        clocks=[],
    )
    found = forecast(world)
    assert [(one.name, one.red, one.amber) for one in found.handlers] == [
        ("吴客服", 1, 5), ("郑维修", 1, 0), ("", 0, 1),
    ]  # fmt: skip
    assert [one.record_id for one in found.handlers[0].first] == [red, many[4], many[3]]
    assert [one.record_id for one in found.handlers[2].first] == [nobody]
    assert found.handlers[2].handler is None
    (breach,) = found.handlers[1].first
    assert (breach.kind, breach.record_id, breach.level, breach.at) == (
        RecordKind.ORDER, order, ClockLevel.RED, NOW + 2 * HOUR,
    )  # fmt: skip
    first = found.handlers[0].first[0]
    assert isinstance(first, Breach) and first.number.endswith("-C261121-006")
    assert (found.red, found.amber) == (2, 6)


@pytest.mark.parametrize(
    ("now", "until"),
    [
        (datetime(2026, 11, 16, 1, 0, tzinfo=UTC), datetime(2026, 11, 17, 0, 30, tzinfo=UTC)),
        (datetime(2026, 11, 16, 15, 59, tzinfo=UTC), datetime(2026, 11, 17, 0, 30, tzinfo=UTC)),
        (datetime(2026, 11, 15, 20, 0, tzinfo=UTC), datetime(2026, 11, 17, 0, 30, tzinfo=UTC)),
        (datetime(2026, 11, 20, 9, 45, tzinfo=UTC), datetime(2026, 11, 23, 0, 30, tzinfo=UTC)),
        (NOW, datetime(2026, 11, 23, 0, 30, tzinfo=UTC)),
        (datetime(2026, 9, 30, 8, 0, tzinfo=UTC), datetime(2026, 10, 8, 0, 30, tzinfo=UTC)),
    ],
    ids=["Monday morning", "Monday night", "Monday before opening", "Friday evening", "Saturday", "National Day"],
)
def test_the_next_working_morning_follows_the_estate_s_calendar(
    world: ServiceWorld, now: datetime, until: datetime
) -> None:
    world.now = now
    for estate in (world.estate, None):
        assert forecast(world, estate_id=estate, until=None).until == until


def test_ended_cases_and_other_estates_are_left_out(world: ServiceWorld) -> None:
    gone = due(world, HOUR, 2 * HOUR)
    world.move(gone, CaseState.WITHDRAWN)
    put(world, gone, due_target=NOW + HOUR, due_hard=NOW + HOUR)
    world.register(estate=world.lake.estate, unit=world.lake.units[0], customer=world.lake.owners[0])
    assert forecast(world).handlers == ()
    all_of_lake = forecast(world, by=world.people.lake_desk, estate_id=None, until=NOW + 30 * HOUR)
    assert (all_of_lake.red, all_of_lake.amber) == (0, 1)


def test_a_handler_is_told_the_own_alone(world: ServiceWorld) -> None:
    mine = due(world, HOUR, 2 * HOUR, handler_id=world.people.service_handler.staff)
    due(world, HOUR, 2 * HOUR, handler_id=world.people.repair_handler.staff)
    found = forecast(world, by=world.people.service_handler)
    assert [[one.record_id for one in handler.first] for handler in found.handlers] == [[mine]]


def test_requests_are_foretold_to_who_may_see_requests(world: ServiceWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    a_request(world, due_target=NOW + HOUR, due_hard=NOW + 2 * HOUR, clocks=[])
    monkeypatch.setitem(MATRIX, Role.PATROL, frozenset({Permission.CASES_VIEW, Permission.CASES_ALL}))
    assert forecast(world).red == 1
    assert forecast(world, by=person(1, "stranger", Role.PATROL)).red == 0


def test_a_forecast_costs_one_statement_besides_the_calendar(world: ServiceWorld) -> None:
    for _ in range(4):
        due(world, HOUR, 2 * HOUR)
    for until, statements in ((UNTIL, 1), (None, 3)):
        with count_statements(world.database) as sent:
            forecast(world, until=until)
        assert len(sent) == statements
    check_reading_rights(world.database, case_forecast, ForecastWanted(world.estate), Permission.CASES_VIEW)


# --- who can be given a case ------------------------------------------------------------------------------------


def people(world: ServiceWorld, department: str = "") -> tuple[CasePerson, ...]:
    return world.ask(world.people.supervisor, case_people, PeopleWanted(world.estate, department))


def test_the_department_s_own_people_come_first_and_then_who_has_the_least(world: ServiceWorld) -> None:
    staff = world.people
    for handler, grade, days in (
        (staff.repair_handler, CaseGrade.URGENT, 0),
        (staff.repair_handler, CaseGrade.NORMAL, 3),
        (staff.second_handler, CaseGrade.NORMAL, 2),
        (staff.service_handler, CaseGrade.MAJOR, 30),
    ):
        case = world.register()
        put(
            world,
            case,
            handler_id=handler.staff,
            grade=grade.value,
            state="assigned",
            registered_at=NOW - timedelta(days=days),
        )
    found = people(world, "engineering")
    assert [(one.name, one.matches, one.load) for one in found[:2]] == [
        ("王维修", True, Load(1, 1, 0)),
        ("郑维修", True, Load(6, 2, 1)),
    ]
    rest = {one.name: one.load for one in found[2:]}
    assert rest["吴客服"] == Load(5, 1, 0), "major, and three points of age at most"
    assert rest["周前台"] == Load()
    assert "沈维修" not in rest, "who is no longer active gets no work"
    assert "蒋客服" not in rest, "who belongs to another estate neither"
    assert [one.name for one in people(world)][-1] == "郑维修"


@pytest.mark.parametrize(
    ("age", "points"),
    [
        (timedelta(hours=-9), 1),
        (timedelta(days=2, hours=9), 1),
        (timedelta(days=2, hours=9, seconds=1), 2),
        (timedelta(days=5, hours=9, seconds=1), 3),
        (timedelta(days=8, hours=9, seconds=1), 4),
        (timedelta(days=800), 4),
    ],
)
def test_age_is_counted_in_business_days_as_the_points_ask(world: ServiceWorld, age: timedelta, points: int) -> None:
    """It is nine in the morning: nine hours ago the day began."""
    case = world.register()
    handler = world.people.repair_handler
    put(world, case, handler_id=handler.staff, state="in_progress", registered_at=NOW - age)
    (own,) = [one for one in people(world) if one.staff_id == handler.staff]
    assert own.load == Load(points, 1, 0)


@pytest.mark.parametrize("state", ["resolved", "called_back"])
def test_what_is_handled_weighs_no_more(world: ServiceWorld, state: str) -> None:
    case = world.register()
    put(world, case, handler_id=world.people.repair_handler.staff, state=state)
    assert all(one.load == Load() for one in people(world))
    (option,) = world.ask(world.people.desk, case_handlers, HandlersWanted(world.estate))
    assert (option.staff_id, option.name, option.cases) == (world.people.repair_handler.staff, "郑维修", 1)


def test_handlers_to_filter_by_are_those_of_cases_somebody_sees(world: ServiceWorld) -> None:
    for handler in (world.people.repair_handler, world.people.service_handler, world.people.service_handler):
        put(world, world.register(), handler_id=handler.staff)
    found = world.ask(world.people.desk, case_handlers, HandlersWanted())
    assert sorted((one.name, one.cases) for one in found) == [("吴客服", 2), ("郑维修", 1)]
    own = world.ask(world.people.service_handler, case_handlers, HandlersWanted())
    assert [one.name for one in own] == ["吴客服"]
    assert world.ask(world.people.lake_desk, case_handlers, HandlersWanted()) == ()


def test_people_cost_two_statements_and_are_for_who_assigns(world: ServiceWorld) -> None:
    for _ in range(3):
        put(world, world.register(), handler_id=world.people.repair_handler.staff)
    with count_statements(world.database) as sent:
        people(world)
    assert len(sent) == 2
    check_reading_rights(world.database, case_people, PeopleWanted(world.estate), Permission.CASES_ASSIGN)
    check_reading_rights(world.database, case_handlers, HandlersWanted(world.estate), Permission.CASES_VIEW)
