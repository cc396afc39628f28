"""The timer of complaints and requests: every estate, every clock, each step of the ladder told once (R-086, R-115)."""

import logging
import threading
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from core.admin.settings import SettingKey
from core.complaints.states import CaseState
from core.complaints.taxonomy import SubCategory
from core.kernel.periods import local_day
from core.kernel.workdays import DayKind
from db.engine import Database
from db.jobs import service_clocks
from db.jobs.runner import DUTIES_EVERY, Worker
from db.jobs.service_clocks import Ticked, tick
from db.jobs.worker import DUTIES, new_worker
from db.models import Case, ServiceClock, ServiceEscalation
from db.operations.calendar import SetCalendarDay, set_calendar_day
from db.operations.case_care import tick_clocks
from db.operations.settings import SetSetting, set_setting
from tests.db.service_setup import ServiceWorld, a_service_world
from tests.personas import ADMINISTRATOR
from tests.statements import count_statements


@pytest.fixture
def world(database: Database) -> ServiceWorld:
    return a_service_world(database)


def told(world: ServiceWorld) -> int:
    with world.database.reading() as connection:
        return int(connection.execute(select(func.count()).select_from(ServiceEscalation)).scalar_one())


def test_nothing_due_is_nothing_written(world: ServiceWorld) -> None:
    world.register()
    with count_statements(world.database) as counted:
        assert tick(world.database, world.later(minutes=1)) == Ticked(0, 0, 0)
    assert not [one for one in counted if not one.lstrip().upper().startswith(("SELECT", "WITH"))]


def test_a_look_costs_the_same_for_many_estates(world: ServiceWorld) -> None:
    with count_statements(world.database) as without:
        tick(world.database, world.now)
    world.register()
    unit, owner = world.lake.units[0], world.lake.owners[0]
    world.register(by=world.people.lake_desk, estate=world.lake.estate, unit=unit, customer=owner)
    with count_statements(world.database) as with_two:
        assert tick(world.database, world.later(minutes=1)) == Ticked(0, 0, 0)
    assert len(without) == len(with_two) == 5


def test_every_estate_with_something_due_is_looked_at_in_batches(world: ServiceWorld) -> None:
    unit, owner = world.lake.units[0], world.lake.owners[0]
    for _ in range(3):
        world.register()
    world.register(by=world.people.lake_desk, estate=world.lake.estate, unit=unit, customer=owner)
    world.later(days=20)
    done = tick(world.database, world.now, most=2)
    assert (done.estates, done.records) == (2, 4)
    assert done.told == told(world) > 0
    assert tick(world.database, world.now) == Ticked(0, 0, 0)
    assert not [row for row in world.rows(Case) if row.next_look is not None and row.next_look <= world.now]


def test_a_holiday_declared_afterwards_is_counted_though_nothing_is_due(world: ServiceWorld) -> None:
    world.register()
    (before,) = {row.calendar_version for row in world.rows(ServiceClock)}
    holiday = SetCalendarDay(date(2026, 11, 24), DayKind.REST, "", None)
    world.act(ADMINISTRATOR, set_calendar_day, holiday)
    due = world.rows(Case)[0].due_hard
    assert tick(world.database, world.later(minutes=1)).records == 1
    assert before not in {row.calendar_version for row in world.rows(ServiceClock)}
    assert world.rows(Case)[0].due_hard > due
    assert tick(world.database, world.now) == Ticked(0, 0, 0)


def test_a_ladder_with_an_earlier_rung_is_told_of_running_clocks_by_it(world: ServiceWorld) -> None:
    world.later(days=2)  # a Monday
    world.register()
    world.later(minutes=20)
    assert (tick(world.database, world.now), told(world)) == (Ticked(0, 0, 0), 0)
    sooner = SetSetting(world.estate, SettingKey.SERVICE_LADDER, "1=supervisor", local_day(world.now), 0)
    world.act(ADMINISTRATOR, set_setting, sooner)
    tick(world.database, world.now)
    assert told(world) > 0
    assert tick(world.database, world.now) == Ticked(0, 0, 0)


def test_an_ended_case_keeps_the_calendar_it_was_counted_by(world: ServiceWorld) -> None:
    world.move_to(world.register(), CaseState.CLOSED)
    world.act(ADMINISTRATOR, set_calendar_day, SetCalendarDay(date(2026, 11, 24), DayKind.REST, "", None))
    assert tick(world.database, world.later(minutes=1)) == Ticked(0, 0, 0)


def test_an_estate_that_stumbles_does_not_keep_the_others_waiting(
    world: ServiceWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.register()
    unit, owner = world.lake.units[0], world.lake.owners[0]
    world.register(by=world.people.lake_desk, estate=world.lake.estate, unit=unit, customer=owner)
    world.later(days=20)

    def stumbling(work: Any, command: Any) -> Any:
        if command.estate_id == world.maple.estate:
            raise ConnectionError("away")
        return tick_clocks(work, command)

    monkeypatch.setattr(service_clocks, "tick_clocks", stumbling)
    with pytest.raises(ConnectionError):
        tick(world.database, world.now)
    assert not [row for row in world.rows(Case, world.lake.estate) if row.next_look and row.next_look <= world.now]
    assert [row for row in world.rows(Case) if row.next_look and row.next_look <= world.now]


def test_the_worker_of_the_portal_looks_at_the_clocks(world: ServiceWorld) -> None:
    assert (tick,) == DUTIES
    world.register(sub_category=SubCategory.NOISE)
    world.later(days=20)
    worker = new_worker(world.database, lambda: world.now)
    assert worker.do_duties()
    assert told(world) > 0


class Ticking:
    """A clock that goes only when told."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 21, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


def test_a_duty_is_done_once_a_minute(database: Database) -> None:
    clock, done = Ticking(), list[datetime]()
    worker = Worker(database, clock, duties=[lambda _database, now: done.append(now)])
    assert [worker.do_duties(), worker.do_duties()] == [True, False]
    clock.now += DUTIES_EVERY - timedelta(milliseconds=1)
    assert not worker.do_duties()
    clock.now += timedelta(milliseconds=1)
    assert worker.do_duties()
    assert len(done) == 2


def test_a_clock_set_back_does_not_stop_the_duties(database: Database) -> None:
    clock, done = Ticking(), list[datetime]()
    worker = Worker(database, clock, duties=[lambda _database, now: done.append(now)])
    worker.do_duties()
    clock.now -= timedelta(days=3)
    assert worker.do_duties()
    assert len(done) == 2


def test_a_duty_that_stumbles_is_logged_and_the_next_is_done(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    clock, done = Ticking(), list[datetime]()

    def stumble(_database: Database, _now: datetime) -> None:
        raise RuntimeError("over the doorstep")

    worker = Worker(database, clock, duties=[stumble, lambda _database, now: done.append(now)])
    with caplog.at_level(logging.ERROR, logger="guanjia.jobs"):
        assert worker.do_duties()
    assert len(done) == 1
    assert [record.getMessage() for record in caplog.records] == ["a duty of the worker stumbled"]
    clock.now += DUTIES_EVERY
    assert worker.do_duties()
    assert len(done) == 2


def test_the_thread_does_its_duties_though_there_is_no_job(database: Database) -> None:

    done = threading.Event()
    worker = Worker(database, Ticking(), poll=0.01, duties=[lambda _database, _now: done.set()])
    worker.start()
    assert done.wait(10)
    worker.stop()
