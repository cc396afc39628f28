"""R-011: the log is read by chain, period, person and action, in scope, page by page, and nothing else changes it."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, update
from sqlalchemy.exc import DBAPIError

from core.admin.audit import ChainHead
from core.admin.permissions import SYSTEM, NotPermitted, Permission
from core.kernel.identity import COMPANY, EstateId
from db.engine import Database
from db.jobs.chains import bad_chains
from db.models import AuditEntry
from db.operations.units import CreateBuilding, create_building
from db.queries.audit import AuditLine, AuditPage, AuditWanted, audit_chains, audit_page
from tests import builders
from tests.db.asserting import check_reading_rights, someone_with
from tests.personas import ADMINISTRATOR, MANAGER
from tests.statements import count_statements

LATER = builders.NOW + timedelta(hours=1)


@pytest.fixture
def places(database: Database) -> tuple[EstateId, EstateId]:
    """Two estates: company 1 entry; mine 1 + 3 at nine and at ten; other 1 + 1."""
    builders.with_code_lists(database)
    mine, other = builders.estate(database, "mine"), builders.estate(database, "other")
    for code, by, now in (("1", ADMINISTRATOR, builders.NOW), ("2", MANAGER, LATER), ("3", ADMINISTRATOR, LATER)):
        builders.act(database, create_building, CreateBuilding(mine, code), by=by, now=now)
    builders.act(database, create_building, CreateBuilding(other, "9"), by=MANAGER)
    return mine, other


def page(database: Database, *, by: Any = SYSTEM, **wanted: Any) -> AuditPage:
    return builders.ask(database, audit_page, AuditWanted(**wanted), by=by)


def keys(shown: AuditPage) -> list[tuple[int, int]]:
    return [(line.chain, line.seq) for line in shown.lines]


def test_the_log_comes_newest_first_with_the_true_count(database: Database, places: tuple[EstateId, EstateId]) -> None:
    mine, other = places
    shown = page(database)
    assert keys(shown) == [(mine, 4), (mine, 3), (other, 2), (other, 1), (mine, 2), (mine, 1), (COMPANY, 1)]
    assert (shown.total, shown.next) == (7, None)
    assert shown.lines[0] == AuditLine(
        chain=mine, seq=4, at=LATER, actor_id=1, actor_name="admin", action="buildings.create", subject_type="building",
        subject_id=shown.lines[0].subject_id, facts_before=None, facts_after='{"code":"3"}', reason="",
    )  # fmt: skip


def test_pages_go_on_where_the_last_one_ended_though_entries_arrive(
    database: Database, places: tuple[EstateId, EstateId]
) -> None:
    first = page(database, size=3)
    builders.act(database, create_building, CreateBuilding(places[0], "4"), now=LATER)
    second = page(database, size=3, before=first.next)
    third = page(database, size=3, before=second.next)
    seen = keys(first) + keys(second) + keys(third)
    assert seen == keys(page(database))[1:]
    assert (first.total, third.total, third.next) == (7, 8, None)


@pytest.mark.parametrize(
    ("wanted", "count"),
    [
        ({"estate_id": EstateId(1)}, 4),
        ({"estate_id": COMPANY}, 1),
        ({"estate_id": EstateId(77)}, 0),
        ({"since": LATER}, 2),
        ({"until": LATER}, 5),
        ({"since": builders.NOW, "until": builders.NOW}, 0),
        ({"actor_id": MANAGER.user_id}, 2),
        ({"action": "buildings.create"}, 4),
        ({"action": "buildings"}, 4),
        ({"action": "building"}, 0),
        ({"action": "%"}, 0),
        ({"action": "b_ildings"}, 0),
        ({"action": "x" * 5000}, 0),
        ({"subject": ("estate", "1")}, 1),
        ({"subject": ("x" * 500, "y" * 500)}, 0),
        ({"actor_id": 1, "action": "buildings", "since": LATER}, 1),
    ],
)
def test_every_filter_narrows(
    database: Database, places: tuple[EstateId, EstateId], wanted: dict[str, Any], count: int
) -> None:
    assert places == (1, 2)
    shown = page(database, **wanted)
    assert (shown.total, len(shown.lines)) == (count, count)


def test_other_chains_and_the_companys_are_out_of_sight(database: Database, places: tuple[EstateId, EstateId]) -> None:
    mine, other = places
    limited = someone_with(Permission.AUDIT_VIEW, mine)
    assert {line.chain for line in page(database, by=limited).lines} == {mine}
    assert page(database, by=limited, estate_id=COMPANY).total == 0
    assert page(database, by=limited, subject=("estate", str(other))).total == 0
    with pytest.raises(NotPermitted):
        page(database, by=limited, estate_id=other)
    assert [row.chain for row in builders.ask(database, audit_chains, None, by=limited)] == [mine]
    check_reading_rights(database, audit_page, AuditWanted(), Permission.AUDIT_VIEW)
    check_reading_rights(database, audit_chains, None, Permission.AUDIT_VIEW)


def test_the_shown_ends_are_those_of_chains_that_verify(database: Database, places: tuple[EstateId, EstateId]) -> None:
    chains = builders.ask(database, audit_chains, None)
    assert [(row.chain, row.estate_name, row.count) for row in chains] == [(0, "", 1), (1, "mine", 4), (2, "other", 2)]
    anchors = tuple(ChainHead(EstateId(row.chain), row.count, bytes.fromhex(row.hash_hex)) for row in chains)
    with database.reading() as connection:
        assert list(bad_chains(connection, anchors)) == []


@pytest.mark.parametrize("statement", [update(AuditEntry).values(reason="x"), delete(AuditEntry)])
def test_an_entry_is_neither_changed_nor_removed(
    database: Database, places: tuple[EstateId, EstateId], statement: Any
) -> None:
    with pytest.raises(DBAPIError, match="append-only"), database.writing() as connection, connection.begin():
        connection.execute(statement)
    assert page(database).total == 7


def test_the_log_needs_two_statements_and_the_chains_one(database: Database, places: tuple[EstateId, EstateId]) -> None:
    with count_statements(database) as sent:
        page(database)
    assert len(sent) == 2
    with count_statements(database) as sent:
        builders.ask(database, audit_chains, None)
    assert len(sent) == 1
