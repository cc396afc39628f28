"""Complaints and requests on the desk: each waits in one line with all its reasons, for whoever sees to it."""

import pytest

from core.admin.settings import SettingKey
from core.complaints.states import CaseState
from core.complaints.taxonomy import CaseCategory, SubCategory
from core.kernel.clocks import ClockKind
from core.kernel.pauses import PauseRequest
from core.kernel.periods import local_day
from db.engine import Database
from db.jobs.service_clocks import tick
from db.operations.service_pauses import AskPause, ask_pause
from db.operations.settings import SetSetting, set_setting
from tests.db.service_setup import ServiceWorld
from tests.db.work_setup import WorkWorld, a_work_world
from tests.pages.case_paths import MOST_STATEMENTS, Show, shower
from tests.pages.forms import said
from tests.personas import ADMINISTRATOR
from tests.statements import count_statements

LIFT = {"category": CaseCategory.FACILITY, "sub_category": SubCategory.LIFT}


@pytest.fixture
def work(portal: Database) -> WorkWorld:
    return a_work_world(portal)


@pytest.fixture
def world(work: WorkWorld) -> ServiceWorld:
    return work.world


@pytest.fixture
def desk(world: ServiceWorld, monkeypatch: pytest.MonkeyPatch) -> Show:
    return shower(world, monkeypatch, "desk.today")


def test_a_new_complaint_stands_on_the_desk_of_whoever_sorts_it(desk: Show, world: ServiceWorld) -> None:
    world.register()
    with count_statements(world.database) as counted:
        words = said(desk())
    assert "-C261121-001 · Noise · Building 1" in words
    assert "classify and assign it" in words
    assert len(counted) <= MOST_STATEMENTS
    assert "-C261121-001" not in said(desk(by=world.people.auditor))
    assert "-C261121-001" not in said(desk(by=world.people.lake_desk))
    assert "请分类并派单" in said(desk(language="zh_CN"))


def test_a_late_complaint_nobody_sorted_is_named_once_with_both_reasons(desk: Show, world: ServiceWorld) -> None:
    world.register(**LIFT)
    world.later(hours=30)
    words = said(desk(by=world.people.supervisor))
    assert words.count("-C261121-001") == 1
    assert "🔴 past the hard limit since" in words
    assert "classify and assign it; nobody has it yet" in words


def test_a_late_request_and_its_report_upward_are_one_line(desk: Show, work: WorkWorld) -> None:
    work.assigned(work.failure())
    work.later(days=20)
    words = said(desk(by=work.people.supervisor))
    assert words.count("-R261121-001") == 1
    assert "; past its limit: report upward with the reason; handled by " in words


def test_a_pause_that_is_asked_for_waits_at_its_case(desk: Show, world: ServiceWorld) -> None:
    case = world.register()
    world.move_to(case, CaseState.ASSIGNED)
    wanted = PauseRequest(
        clocks=frozenset({ClockKind.RESPONSE}), reason="weather", evidence="台风红色预警", start=world.now, end=None
    )
    world.act(world.people.service_handler, ask_pause, AskPause(world.estate, case, wanted))
    supervisor = said(desk(by=world.people.supervisor))
    assert supervisor.count("-C261121-001") == 1
    assert "somebody asks to stop the clock: approve or refuse it" in supervisor
    assert "asks to stop the clock" not in said(desk(by=world.people.service_handler))


def test_what_the_ladder_told_and_what_runs_out_today_are_one_line(desk: Show, world: ServiceWorld) -> None:
    early = SetSetting(world.estate, SettingKey.SERVICE_LADDER, "1=supervisor", local_day(world.now), 0)
    world.act(ADMINISTRATOR, set_setting, early)
    world.move_to(world.register(**LIFT), CaseState.ASSIGNED)
    world.later(hours=1)
    tick(world.database, world.now)
    words = said(desk(by=world.people.supervisor))
    assert words.count("-C261121-001") == 1
    assert "◔ runs out today at" in words
    assert "; escalated to you; the limit runs out at " in words


def test_more_than_three_of_a_kind_are_counted_in_one_line(desk: Show, world: ServiceWorld) -> None:
    for _ in range(5):
        world.register()
    words = said(desk())
    assert words.count("-C261121-00") == 3
    assert "2 more: " in words
    assert "the oldest stand above" in words


def test_a_desk_with_nothing_to_do_says_so(desk: Show, world: ServiceWorld) -> None:
    assert "-C26" not in said(desk())
    assert desk(by=world.people.supervisor).exception == []
