"""What must always hold for complaints and requests is found where it does not (R24)."""

from datetime import date

import pytest

from core.complaints.states import CaseState
from core.kernel.identity import CaseId
from core.kernel.workdays import DayKind
from db.engine import Database
from db.jobs.service_clocks import tick
from db.jobs.verify import MOST_FINDINGS, RECOMPUTED, Finding, verify
from db.models import Case, ServiceRecord, WorkOrder
from db.operations.calendar import SetCalendarDay, set_calendar_day
from tests.db.jobs.test_verify import as_owner, foreign_keys_off
from tests.db.service_setup import ServiceWorld
from tests.db.work_setup import WorkWorld, a_work_world
from tests.personas import ADMINISTRATOR


@pytest.fixture
def work(database: Database) -> WorkWorld:
    """A world with an open case and request, and an ended case and request."""
    world = a_work_world(database)
    world.world.register()
    maple = world.world.maple
    closed = world.world.register(unit=maple.units[1], customer=maple.owners[1])
    world.world.move_to(closed, CaseState.CLOSED)
    world.assigned()
    cancelled = world.submit().order_id
    world.cancel(cancelled)
    world.world.later(minutes=5)
    return world


@pytest.fixture
def world(work: WorkWorld) -> ServiceWorld:
    return work.world


def found(world: ServiceWorld) -> list[Finding]:
    return list(verify(world.database, now=world.now).findings)


def checks(world: ServiceWorld) -> set[tuple[str, str]]:
    return {(one.check, one.subject) for one in found(world)}


def open_case(world: ServiceWorld) -> CaseId:
    (row,) = [row for row in world.rows(Case) if row.ended_on is None]
    return CaseId(row.id)


def ended_case(world: ServiceWorld) -> CaseId:
    (row,) = [row for row in world.rows(Case) if row.ended_on is not None]
    return CaseId(row.id)


def open_order(world: ServiceWorld) -> int:
    (row,) = [row for row in world.rows(WorkOrder) if row.ended_on is None]
    return int(row.id)


def test_what_the_portal_has_kept_is_sound(world: ServiceWorld) -> None:
    report = verify(world.database, now=world.now)
    assert report.findings == ()
    assert set(RECOMPUTED) <= set(report.checks)


def test_a_due_that_nobody_computed_is_found(world: ServiceWorld) -> None:
    case = open_case(world)
    as_owner(world.database, f"UPDATE cases SET due_hard = '2026-11-30 00:00:00' WHERE id = {case}")
    (finding,) = found(world)
    assert (finding.check, finding.subject) == ("service_dues", str(case))
    assert "2026-11-30T00:00:00" in finding.found and "2026-11-30T00:00:00" not in finding.expected


@pytest.mark.parametrize("column", ["due_target", "due_hard"])
def test_a_due_of_a_clock_or_a_request_is_found(world: ServiceWorld, column: str) -> None:
    order, case = open_order(world), open_case(world)
    as_owner(
        world.database,
        f"UPDATE work_orders SET {column} = NULL WHERE id = {order}",
        f"UPDATE service_clocks SET {column} = '2026-12-24 00:00:00' WHERE record_id = {case} AND kind = 'resolved'",
    )
    assert checks(world) == {("service_dues", str(order)), ("service_dues", str(case))}


def test_limits_changed_behind_its_back_are_found(world: ServiceWorld) -> None:
    case = open_case(world)
    as_owner(
        world.database, f"UPDATE service_clocks SET levels = replace(levels, '72h', '96h') WHERE record_id = {case}"
    )
    assert checks(world) == {("service_dues", str(case))}


def test_what_another_calendar_counted_is_the_timers_to_mend(world: ServiceWorld) -> None:
    world.act(ADMINISTRATOR, set_calendar_day, SetCalendarDay(date(2026, 11, 24), DayKind.REST, "", None))
    assert found(world) == []
    tick(world.database, world.now)
    assert found(world) == []


def test_a_clock_that_is_gone_or_runs_on_is_found(world: ServiceWorld) -> None:
    case, order = open_case(world), open_order(world)
    as_owner(
        world.database,
        f"DELETE FROM service_escalations WHERE record_id = {case}",
        f"DELETE FROM service_clocks WHERE record_id = {case} AND kind = 'response'",
        f"UPDATE cases SET due_target = (SELECT due_target FROM service_clocks WHERE record_id = {case}), due_hard = "
        f"(SELECT due_hard FROM service_clocks WHERE record_id = {case}) WHERE id = {case}",
        f"UPDATE work_orders SET state = 'under_way' WHERE id = {order}",
    )
    assert checks(world) == {
        ("service_clocks", str(case)),
        ("service_clocks", str(order)),
        ("service_progress", str(order)),
    }


def test_an_ended_case_without_clocks_and_a_request_whose_clock_runs_on_are_found(work: WorkWorld) -> None:
    world, case = work.world, ended_case(work.world)
    (cancelled,) = [row.id for row in world.rows(WorkOrder) if row.ended_on is not None]
    as_owner(
        world.database,
        f"DELETE FROM service_clocks WHERE record_id = {case}",
        f"UPDATE service_clocks SET stopped_at = NULL WHERE record_id = {cancelled} AND kind = 'resolved'",
    )
    wanted = "clocks, running while it is open"
    assert {(one.check, one.subject, one.expected, one.found) for one in found(world)} == {
        ("service_has_clocks", str(case), wanted, "none"),
        ("service_has_clocks", str(cancelled), wanted, "running ones"),
    }


def test_an_imported_past_needs_no_clocks(world: ServiceWorld) -> None:
    case = ended_case(world)
    as_owner(world.database, f"DELETE FROM service_clocks WHERE record_id = {case}")
    statement = f"UPDATE cases SET import_batch = 1 WHERE id = {case}"
    if world.database.is_sqlite:
        foreign_keys_off(world.database, statement)
    else:
        as_owner(world.database, statement)
    assert found(world) == []


def test_a_header_without_its_record_and_one_of_another_kind_are_found(world: ServiceWorld) -> None:
    order = open_order(world)
    (header,) = [row for row in world.rows(ServiceRecord) if row.id == order]
    as_owner(world.database, f"UPDATE service_records SET kind = 'case' WHERE id = {order}")
    assert {one.check for one in found(world)} == {"service_records", "service_number"}
    as_owner(world.database, f"UPDATE service_records SET kind = 'order' WHERE id = {order}")
    wanted = Finding("service_records", world.estate, header.number, "order", "nothing")
    statement = f"DELETE FROM work_orders WHERE id = {order}"
    if world.database.is_sqlite:
        foreign_keys_off(world.database, statement)
    else:
        as_owner(world.database, statement)
    assert found(world) == [wanted]


def test_a_case_that_stands_elsewhere_than_its_steps_say_is_found(world: ServiceWorld) -> None:
    case = ended_case(world)
    as_owner(world.database, f"UPDATE cases SET state = 'archived' WHERE id = {case}")
    assert found(world) == [Finding("service_progress", world.estate, str(case), "closed", "archived")]


def test_a_case_that_ended_in_no_end_is_found(world: ServiceWorld) -> None:
    case = ended_case(world)
    as_owner(world.database, f"UPDATE cases SET ended_on = NULL WHERE id = {case}")
    assert ("service_progress", str(case)) in checks(world)


def test_a_state_that_is_none_is_found_in_the_totals(world: ServiceWorld) -> None:
    case = ended_case(world)
    as_owner(world.database, f"UPDATE cases SET state = 'vanished' WHERE id = {case}")
    assert Finding("service_totals", world.estate, str(world.estate), "2", "1") in found(world)


def test_words_that_are_missing_or_marked_otherwise_are_found(world: ServiceWorld) -> None:
    case, ended, order = open_case(world), ended_case(world), open_order(world)
    as_owner(
        world.database,
        f"DELETE FROM service_search WHERE record_id = {case}",
        f"UPDATE service_search SET tokens = replace(tokens, ' zended ', ' zopen ') WHERE record_id = {ended}",
        f"UPDATE service_search SET tokens = replace(tokens, 'zkorder', 'zkcase') WHERE record_id = {order}",
    )
    assert {(one.subject, one.expected, one.found) for one in found(world)} == {
        (str(case), "open case", "nothing"),
        (str(ended), "ended case", "open case"),
        (str(order), "open order", "open case"),
    }


def test_words_of_what_was_forgotten_are_found(world: ServiceWorld) -> None:
    case = ended_case(world)
    as_owner(world.database, f"UPDATE cases SET anonymised_at = '2026-11-21 02:00:00' WHERE id = {case}")
    assert found(world) == [Finding("service_search", world.estate, str(case), "nothing", "ended case")]


@pytest.mark.parametrize(
    "number", ["C261121-001", "X-C261121-001", "{code}-C261121-1", "{code}-C261341-001", "{code}-C261121-000"]
)
def test_a_number_of_another_form_is_found(world: ServiceWorld, number: str) -> None:
    case = open_case(world)
    (code,) = {row.number.rsplit("-", 2)[0] for row in world.rows(ServiceRecord)}
    given = number.format(code=code)
    as_owner(world.database, f"UPDATE service_records SET number = '{given}' WHERE id = {case}")
    assert found(world) == [Finding("service_number", world.estate, given, f"{code}-Cyymmdd-001", given)]


def test_a_number_given_twice_is_found(world: ServiceWorld) -> None:
    lake = world.lake
    other = world.register(by=world.people.lake_desk, estate=lake.estate, unit=lake.units[0], customer=lake.owners[0])
    number = next(row.number for row in world.rows(ServiceRecord) if row.id == open_case(world))
    as_owner(
        world.database,
        f"UPDATE service_records SET number = '{number}' WHERE estate_id = {lake.estate} AND id = {other}",
    )
    assert {(one.check, one.expected, one.found) for one in found(world) if one.check == "service_number_once"} == {
        ("service_number_once", "1", "2")
    }


def test_of_each_only_a_screenful_is_given(world: ServiceWorld) -> None:
    for _ in range(MOST_FINDINGS + 3):
        world.register(place=f"广场{_}")
    as_owner(world.database, "UPDATE cases SET due_hard = '2030-01-01 00:00:00' WHERE ended_on IS NULL")
    assert len([one for one in found(world) if one.check == "service_dues"]) == MOST_FINDINGS + 1
