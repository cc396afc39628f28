"""What follows from red cases for the person responsible (R-109): decided, explained, kept for good."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, update
from sqlalchemy.exc import DBAPIError

from core.admin.permissions import NotPermitted
from core.complaints.accountability import CaseNotRed
from core.complaints.workload import AccountabilityAction
from core.kernel.errors import BusinessError
from core.kernel.identity import EstateId, StaffId
from core.kernel.periods import Month
from core.kernel.texts import ReasonMissing
from db.engine import Database
from db.models import AccountabilityAction as ActionRow
from db.models import AuditEntry
from db.operations.accountability import RecordAccountability, record_accountability
from db.queries.case_accountability import ActionsWanted, accountability, decided_actions
from db.queries.case_insight import InsightWanted
from db.unit_of_work import NotFound
from tests.builders import NOW
from tests.db.case_insight_setup import DAY, HOUR, BusyWorld, Drawing, Made, a_busy_world, store
from tests.personas import AUDITOR, FRONT_DESK, HANDLER, MANAGER, SUPERVISOR, person
from tests.statements import count_statements

TRAINING = AccountabilityAction.TRAINING
NOVEMBER = Month(2026, 11).span


@pytest.fixture
def busy(database: Database) -> BusyWorld:
    return a_busy_world(database, cases=0)


def a_red_case(busy: BusyWorld, hours_over: int = 5, **clock: Any) -> Made:
    """A complaint of Maple Court that somebody has, and whose response is overdue by some hours."""
    made = Drawing(busy.world, 2).case(0)
    made.case |= {"estate_id": busy.world.estate, "unit_id": None, "state": "assigned", "ended_on": None}
    made.case |= {"ended_at": None, "handler_id": busy.world.people.service_handler.staff}
    made.clocks, made.steps = made.clocks[:1], []
    made.clocks[0] |= {"estate_id": busy.world.estate, "stopped_at": None, "cancelled": False}
    made.clocks[0] |= {"due_hard": NOW - hours_over * HOUR, "hard_kept": None} | clock
    store(busy, [made])
    return made


def command(busy: BusyWorld, made: Made, **given: Any) -> RecordAccountability:
    values: dict[str, Any] = {
        "staff_id": made.case["handler_id"],
        "action": TRAINING,
        "note": "How to answer within a day",
    }
    return RecordAccountability(EstateId(made.case["estate_id"]), made.case["id"], **values | given)


def test_a_decision_is_kept_with_who_and_when_and_shown_in_the_list(busy: BusyWorld) -> None:
    made = a_red_case(busy)
    busy.world.act(SUPERVISOR, record_accountability, command(busy, made, note="  How to   answer within a day "))
    busy.world.later(hours=1)
    busy.world.act(MANAGER, record_accountability, command(busy, made, action=AccountabilityAction.PROCESS_CHANGE))
    with count_statements(busy.database) as seen:
        found = busy.world.ask(AUDITOR, decided_actions, ActionsWanted(busy.world.estate, made.case["id"]))
    assert len(seen) == 1
    assert [(one.action, one.note, one.staff_name, one.made_by_name, one.made_at) for one in found] == [
        (AccountabilityAction.PROCESS_CHANGE, "How to answer within a day", "吴客服", "manager", NOW + HOUR),
        (TRAINING, "How to answer within a day", "吴客服", "supervisor", NOW),
    ]
    (row,) = busy.world.ask(SUPERVISOR, accountability, InsightWanted(None, NOVEMBER))
    assert (row.name, row.count, row.actions) == ("吴客服", 1, 2)


def test_the_audit_log_knows_of_it_but_not_what_was_written(busy: BusyWorld) -> None:
    made = a_red_case(busy)
    busy.world.act(SUPERVISOR, record_accountability, command(busy, made))
    with busy.database.reading() as connection:
        table = AuditEntry.__table__
        entry = connection.execute(table.select().where(table.c.action == "cases.accountability")).one()
    assert (entry.chain, entry.subject_type, entry.subject_id) == (busy.world.estate, "case", str(made.case["id"]))
    assert '"action":"training"' in entry.after
    assert "within a day" not in entry.after


def test_nobody_may_have_had_the_case(busy: BusyWorld) -> None:
    made = a_red_case(busy)
    busy.world.act(SUPERVISOR, record_accountability, command(busy, made, staff_id=None))
    (found,) = busy.world.ask(SUPERVISOR, decided_actions, ActionsWanted(busy.world.estate, made.case["id"]))
    assert found.staff_name == ""


@pytest.mark.parametrize(
    "clock",
    [
        {"stopped_at": NOW - HOUR, "hard_kept": False, "hard_minutes": -60, "due_hard": None},
        {"stopped_at": NOW - 40 * DAY, "hard_kept": False, "hard_minutes": 0, "due_hard": None},
        {"due_hard": NOW - timedelta(microseconds=1)},
    ],
)
def test_a_case_stays_red_for_good_once_it_was(busy: BusyWorld, clock: dict[str, Any]) -> None:
    made = a_red_case(busy, **clock)
    assert busy.world.act(SUPERVISOR, record_accountability, command(busy, made)) > 0


@pytest.mark.parametrize(
    "clock",
    [
        {"due_hard": NOW},
        {"due_hard": None},
        {"stopped_at": NOW - HOUR, "hard_kept": True, "hard_minutes": 60, "due_hard": None},
        {"stopped_at": NOW - HOUR, "cancelled": True, "due_hard": None},
        {"cancelled": True},
    ],
)
def test_nobody_answers_for_a_case_that_is_not_red(busy: BusyWorld, clock: dict[str, Any]) -> None:
    refused(busy, CaseNotRed, command(busy, a_red_case(busy, **clock)))


def refused(busy: BusyWorld, error: type[BusinessError], asked: RecordAccountability, who: Any = SUPERVISOR) -> None:
    with pytest.raises(error):
        busy.world.act(who, record_accountability, asked)
    assert busy.world.rows(ActionRow) == []


def test_what_lacks_something_is_refused(busy: BusyWorld) -> None:
    made = a_red_case(busy)
    refused(busy, ReasonMissing, command(busy, made, note=" no "))
    refused(busy, NotFound, command(busy, made, staff_id=StaffId(99_999)))
    refused(
        busy, NotFound, RecordAccountability(busy.world.lake.estate, made.case["id"], None, TRAINING, "long enough")
    )


@pytest.mark.parametrize("who", [FRONT_DESK, HANDLER, AUDITOR])
def test_only_who_assigns_cases_decides(busy: BusyWorld, who: Any) -> None:
    refused(busy, NotPermitted, command(busy, a_red_case(busy)), who)


def test_a_supervisor_of_another_estate_decides_and_reads_nothing_here(busy: BusyWorld) -> None:
    made = a_red_case(busy)
    only = person(3, "supervisor", *SUPERVISOR.roles, estates=frozenset({busy.world.lake.estate}))
    refused(busy, NotPermitted, command(busy, made), only)
    with pytest.raises(NotPermitted):
        busy.world.ask(only, decided_actions, ActionsWanted(busy.world.estate, made.case["id"]))


def test_what_was_decided_is_never_changed_or_taken_away(busy: BusyWorld) -> None:
    made = a_red_case(busy)
    busy.world.act(SUPERVISOR, record_accountability, command(busy, made))
    attacks = (
        update(ActionRow).values(note="nothing was said"),
        update(ActionRow).values(note="", action=AccountabilityAction.EXPLANATION.value),
        update(ActionRow).values(note="", staff_id=None),
        delete(ActionRow),
    )
    for statement in attacks:
        with pytest.raises(DBAPIError, match="append-only"), busy.database.writing() as connection, connection.begin():
            connection.execute(statement)
    assert [row.note for row in busy.world.rows(ActionRow)] == ["How to answer within a day"]
