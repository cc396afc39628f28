"""A legal hold on a request: nothing of it is forgotten while it lasts (R-102)."""

from dataclasses import replace

import pytest

from core.admin.permissions import Permission
from core.kernel.texts import ReasonMissing
from core.work_orders.lifecycle import WorkEnded
from db.engine import Database
from db.operations.case_care import AnonymiseCases, HoldOrder, anonymise_cases, hold_order
from db.unit_of_work import EditConflict
from tests import builders
from tests.db.asserting import check_rights, refused
from tests.db.work_setup import WorkWorld, a_work_world


@pytest.fixture
def work(database: Database) -> WorkWorld:
    return a_work_world(database)


def anonymise(work: WorkWorld) -> int:
    command = AnonymiseCases(work.world.estate)
    return builders.act(work.world.database, anonymise_cases, command, now=work.now)


def test_a_request_on_hold_is_not_forgotten_until_the_hold_ends(work: WorkWorld) -> None:
    order, boss = work.closed(), work.people.supervisor

    def wanted(*, on_hold: bool, reason: str = "法院要求保全") -> HoldOrder:
        return HoldOrder(work.world.estate, order, work.row(order).version, on_hold, reason)

    check_rights(work.world.database, hold_order, wanted(on_hold=True), Permission.ORDERS_CLOSE)
    with refused(work.world.database, ReasonMissing):
        work.act(boss, hold_order, wanted(on_hold=True, reason="x"))
    work.act(boss, hold_order, wanted(on_hold=True))
    version = work.row(order).version
    work.act(boss, hold_order, wanted(on_hold=True))
    assert work.row(order).version == version
    with refused(work.world.database, EditConflict):
        work.act(boss, hold_order, replace(wanted(on_hold=False), version=1))
    work.later(days=4000)
    assert anonymise(work) == 0
    work.act(boss, hold_order, wanted(on_hold=False))
    held = [entry for entry in work.audited() if entry.action.startswith("orders.hold")]
    assert [entry.action for entry in held] == ["orders.hold", "orders.hold_end"]
    assert "法院" not in f"{held[0].before}{held[0].after}"
    assert work.steps(order)[-1].words == {"reason": "法院要求保全"}
    assert anonymise(work) == 1
    assert work.actions(order)[-2:] == ["hold", "hold_end"]
    with refused(work.world.database, WorkEnded):
        work.act(boss, hold_order, wanted(on_hold=True))
