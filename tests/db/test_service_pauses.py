"""Pauses: asked for with evidence, decided by somebody else, ended; time is recomputed at once (R-086, R21)."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from core.admin.codes import CodeUnknown
from core.admin.permissions import NotPermitted, Permission
from core.kernel.attachments import PersonForgotten
from core.kernel.clocks import ClockKind
from core.kernel.errors import BusinessError
from core.kernel.identity import EstateId
from core.kernel.lines import LineTooLong
from core.kernel.pauses import (
    PauseAlreadyDecided,
    PauseByTheAsker,
    PauseEndRefused,
    PauseEvidenceMissing,
    PauseOverlaps,
    PauseRequest,
    PauseStartRefused,
)
from core.kernel.signals import ClockAction
from core.kernel.texts import ReasonMissing
from db.engine import Database
from db.models import ServicePause, WorkOrder
from db.operations.service_pauses import (
    AskPause,
    DecidePause,
    EndPause,
    NoClockRuns,
    PauseIsOver,
    ask_pause,
    decide_pause,
    end_pause,
)
from db.repositories.service_pauses import forget_evidence, open_evidence
from db.unit_of_work import EditConflict, NotFound
from tests.builders import NOW
from tests.db.asserting import check_rights, entries, refused, someone_with
from tests.db.service_parts_setup import Parts
from tests.db.service_setup import ServiceWorld, a_service_world

RESPONSE, RESOLVED = ClockKind.RESPONSE, ClockKind.RESOLVED
HOUR = timedelta(hours=1)


@pytest.fixture
def world(database: Database) -> ServiceWorld:
    return a_service_world(database)


@pytest.fixture
def parts(world: ServiceWorld) -> Parts:
    return Parts(world)


@pytest.fixture
def record(parts: Parts) -> int:
    """A case of four hours ago, handled by the repair worker."""
    number = parts.case(handler_id=parts.world.people.repair_handler.staff)
    parts.world.later(hours=4)
    return number


def wanted(parts: Parts, **given: Any) -> PauseRequest:
    plain: dict[str, Any] = {
        "clocks": frozenset({RESPONSE, RESOLVED}), "reason": "waiting_customer", "evidence": "业主出差，下周回来",
        "start": parts.world.now - HOUR, "end": None,
    }  # fmt: skip
    return PauseRequest(**(plain | given))


def ask(parts: Parts, record: int, **given: Any) -> Any:
    """The handler asks; gives the row."""
    people = parts.world.people
    command = AskPause(parts.world.estate, record, wanted(parts, **given))
    return pause(parts, parts.world.act(people.repair_handler, ask_pause, command))


def pause(parts: Parts, number: int) -> Any:
    (row,) = parts.world.rows(ServicePause, id=number)
    return row


def decide(parts: Parts, row: Any, *, approve: bool = True, note: str = "情况属实") -> Any:
    command = DecidePause(parts.world.estate, row.id, row.version, approve, note)
    parts.world.act(parts.world.people.supervisor, decide_pause, command)
    return pause(parts, row.id)


def end(parts: Parts, row: Any, at: datetime | None = None) -> Any:
    command = EndPause(parts.world.estate, row.id, row.version, at or parts.world.now)
    parts.world.act(parts.world.people.repair_handler, end_pause, command)
    return pause(parts, row.id)


def test_a_pause_that_was_asked_for_stops_nothing_until_it_is_approved(parts: Parts, record: int) -> None:
    before = parts.row(record)
    row = ask(parts, record)
    assert (row.state, row.decided_at, row.decided_by) == ("asked", None, None)
    assert (row.asked_by, row.asked_at) == (parts.world.people.repair_handler.user_id, parts.world.now)
    assert (row.clocks, row.start_at, row.end_at) == ("response,resolved", NOW + 3 * HOUR, None)
    assert parts.row(record) == before
    row = decide(parts, row)
    assert (row.state, row.decided_by, row.decision_note) == ("approved", 105, "情况属实")
    assert (parts.row(record).due_target, parts.row(record).next_look) == (None, None)
    assert parts.row(record).version == before.version, "an open form is not made stale by the time"


def test_a_reason_that_needs_no_approval_holds_at_once(parts: Parts, record: int) -> None:
    start, end_ = parts.world.now, parts.world.now + 24 * HOUR
    row = ask(parts, record, reason="customer_appointment", start=start, end=end_)
    assert (row.state, row.decided_at, row.decided_by) == ("approved", parts.world.now, None)
    assert parts.row(record).due_target == NOW + 48 * HOUR


def test_a_refused_pause_moves_nothing_and_says_why(parts: Parts, record: int) -> None:
    before = parts.row(record)
    row = decide(parts, ask(parts, record), approve=False, note=" 客户 今天在家 ")
    assert (row.state, row.decision_note) == ("refused", "客户 今天在家")
    assert parts.row(record) == before


def test_the_clocks_go_on_with_the_end_of_the_pause(parts: Parts, record: int) -> None:
    row = decide(parts, ask(parts, record))
    parts.world.later(hours=5)
    row = end(parts, row, parts.world.now - HOUR)
    assert row.end_at == NOW + 8 * HOUR
    assert parts.row(record).due_target == NOW + 29 * HOUR


def test_a_pause_with_an_end_ahead_is_ended_early(parts: Parts, record: int) -> None:
    row = decide(parts, ask(parts, record, end=parts.world.now + 20 * HOUR))
    assert parts.row(record).due_target == NOW + 45 * HOUR
    parts.world.later(hours=1)
    end(parts, row)
    assert parts.row(record).due_target == NOW + 26 * HOUR


def test_a_pause_that_waits_for_a_decision_is_ended_too_and_counts_once_approved(parts: Parts, record: int) -> None:
    row = end(parts, ask(parts, record))
    assert row.state == "asked"
    assert parts.row(record).due_target == NOW + 24 * HOUR
    decide(parts, row)
    assert parts.row(record).due_target == NOW + 25 * HOUR


def test_a_clock_that_stopped_before_the_decision_is_settled_anew(parts: Parts, record: int) -> None:
    row = ask(parts, record, start=NOW + HOUR)
    parts.world.later(hours=22)
    parts.signal(record, RESPONSE, ClockAction.STOP)
    stopped = next(clock for clock in parts.clocks(record) if clock.facts.kind is RESPONSE)
    assert (stopped.target_kept, stopped.target_minutes) == (False, -120)
    row = decide(parts, row)
    stopped = next(clock for clock in parts.clocks(record) if clock.facts.kind is RESPONSE)
    assert (stopped.target_kept, stopped.target_minutes) == (True, 23 * 60)
    end(parts, row, NOW + 2 * HOUR)
    stopped = next(clock for clock in parts.clocks(record) if clock.facts.kind is RESPONSE)
    assert (stopped.target_kept, stopped.target_minutes) == (False, -60)


def test_requests_pause_like_complaints(parts: Parts) -> None:
    order = parts.order(handler_id=parts.world.people.repair_handler.staff)
    assert parts.row(order, WorkOrder).due_target == NOW + 4 * HOUR
    parts.world.later(hours=2)
    decide(parts, ask(parts, order))
    assert parts.row(order, WorkOrder).due_target is None


def test_the_evidence_is_sealed_and_can_be_forgotten(parts: Parts, record: int) -> None:
    row, keys = decide(parts, ask(parts, record)), parts.world.database.keys
    assert "业主".encode() not in row.evidence_sealed
    assert open_evidence(keys, row) == "业主出差，下周回来"
    parts.do(lambda work: forget_evidence(work.session, parts.world.estate, [record]))
    row = pause(parts, row.id)
    assert (row.evidence_sealed, row.decision_note, row.state) == (None, "", "approved")
    assert not open_evidence(keys, row)


def test_every_step_is_audited_without_words(parts: Parts, record: int) -> None:
    row = decide(parts, ask(parts, record))
    parts.world.later(hours=1)
    end(parts, row)
    found = [entries(parts.world.database, f"pauses.{what}")[0] for what in ("ask", "decide", "end")]
    assert {(entry.subject_type, entry.subject_id) for entry in found} == {("pause", str(row.id))}
    text = "".join(str(entry.before) + str(entry.after) + entry.reason for entry in found)
    assert "waiting_customer" in text
    assert "asked" in str(found[1].before)
    assert "approved" in str(found[1].after)
    assert not [word for word in ("业主", "属实", "\\u4e1a") if word in text]


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"evidence": "无"}, PauseEvidenceMissing),
        ({"start": NOW - HOUR}, PauseStartRefused),
        ({"start": NOW + 5 * HOUR}, PauseStartRefused),
        ({"end": NOW + 3 * HOUR}, PauseEndRefused),
        ({"reason": "lunch"}, CodeUnknown),
        ({"clocks": frozenset({ClockKind.CALLED_BACK})}, NoClockRuns),
        ({"evidence": "字" * 501}, LineTooLong),
    ],
)
def test_what_is_no_pause_is_refused(
    parts: Parts, record: int, given: dict[str, Any], error: type[BusinessError]
) -> None:
    with refused(parts.world.database, error):
        ask(parts, record, **given)


def test_two_pauses_of_a_clock_never_overlap(parts: Parts, record: int) -> None:
    ask(parts, record, clocks=frozenset({RESPONSE}))
    ask(parts, record, clocks=frozenset({RESOLVED}))
    with refused(parts.world.database, PauseOverlaps, clock=RESPONSE):
        ask(parts, record)


def test_a_refused_pause_is_in_nobodys_way(parts: Parts, record: int) -> None:
    decide(parts, ask(parts, record), approve=False)
    assert ask(parts, record).state == "asked"


def test_nothing_is_paused_for_somebody_forgotten(parts: Parts) -> None:
    staff = parts.world.people.repair_handler.staff
    record = parts.case(handler_id=staff, anonymised_at=NOW)
    parts.world.later(hours=4)
    with refused(parts.world.database, PersonForgotten):
        ask(parts, record)


def test_a_decision_is_made_once_and_never_by_the_asker(parts: Parts, record: int) -> None:
    people, estate = parts.world.people, parts.world.estate
    command = AskPause(estate, record, wanted(parts))
    own = pause(parts, parts.world.act(people.supervisor, ask_pause, command))
    with refused(parts.world.database, PauseByTheAsker):
        decide(parts, own)
    parts.world.act(people.manager, decide_pause, DecidePause(estate, own.id, own.version, True))
    for approve in (True, False):
        with refused(parts.world.database, PauseAlreadyDecided):
            decide(parts, pause(parts, own.id), approve=approve)


def test_a_refusal_needs_its_reason(parts: Parts, record: int) -> None:
    row = ask(parts, record)
    with refused(parts.world.database, ReasonMissing):
        decide(parts, row, approve=False, note="不行")
    assert not decide(parts, row, note="").decision_note


@pytest.mark.parametrize("at", [NOW + 3 * HOUR, NOW + 2 * HOUR, NOW + 4 * HOUR + timedelta(seconds=1)])
def test_a_pause_ends_after_its_start_and_no_later_than_now(parts: Parts, record: int, at: datetime) -> None:
    row = decide(parts, ask(parts, record))
    with refused(parts.world.database, PauseEndRefused):
        end(parts, row, at)


def test_a_pause_that_is_over_is_not_made_longer(parts: Parts, record: int) -> None:
    row = decide(parts, ask(parts, record, end=parts.world.now))
    parts.world.later(hours=1)
    with refused(parts.world.database, PauseIsOver):
        end(parts, row)
    refused_one = decide(parts, ask(parts, record, start=parts.world.now), approve=False)
    with refused(parts.world.database, PauseAlreadyDecided):
        end(parts, refused_one)


def test_a_stale_form_and_a_pause_of_elsewhere_change_nothing(parts: Parts, record: int) -> None:
    row = ask(parts, record)
    decide(parts, row)
    with refused(parts.world.database, EditConflict):
        decide(parts, row)
    with refused(parts.world.database, EditConflict):
        end(parts, row)
    world, lake = parts.world, parts.world.lake.estate
    with refused(world.database, NotFound):
        world.act(world.people.supervisor, decide_pause, DecidePause(lake, row.id, row.version, True))
    with refused(world.database, NotFound):
        world.act(world.people.desk, end_pause, EndPause(lake, row.id, row.version, world.now))


def test_who_does_not_see_the_record_does_not_pause_it(parts: Parts, record: int) -> None:
    world = parts.world
    row = ask(parts, record)
    with refused(world.database, NotFound):
        world.act(world.people.second_handler, ask_pause, AskPause(world.estate, record, wanted(parts)))
    with refused(world.database, NotFound):
        world.act(world.people.second_handler, end_pause, EndPause(world.estate, row.id, row.version, world.now))
    with refused(world.database, NotFound):
        world.act(world.people.desk, ask_pause, AskPause(world.estate, 999_999, wanted(parts)))


def test_asking_and_ending_is_for_whoever_works_on_records_and_deciding_for_supervisors(
    parts: Parts, record: int
) -> None:
    world, row = parts.world, ask(parts, record)
    asked = AskPause(world.estate, record, replace(wanted(parts), start=NOW + HOUR, end=NOW + 2 * HOUR))
    cases: tuple[tuple[Any, Any, Permission], ...] = (
        (ask_pause, asked, Permission.ORDERS_REGISTER),
        (end_pause, EndPause(world.estate, row.id, row.version, world.now), Permission.ORDERS_REGISTER),
        (decide_pause, DecidePause(world.estate, row.id, row.version, True), Permission.PAUSES_DECIDE),
    )
    for operation, command, permission in cases:
        check_rights(world.database, operation, command, permission)
        elsewhere = someone_with(permission, EstateId(world.estate + 1))
        with refused(world.database, NotPermitted):
            world.act(elsewhere, operation, command)
