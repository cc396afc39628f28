"""R25: receipt numbers have no gap and no repeat, whatever is rolled back in between."""

import os
import random
from contextlib import suppress
from functools import partial
from multiprocessing import get_context
from typing import Any

import pytest

from core.kernel.identity import EstateId, UnitId
from core.kernel.money import Money
from db.engine import Database, open_database
from db.keys import KeyRing
from db.models import Payment
from db.operations.payments import Receipt, RecordPayment, record_payment
from db.unit_of_work import Operation, UnitOfWork, perform
from tests.db.fees_setup import NOW, a_billed_world, check_books
from tests.patience import patiently
from tests.personas import CASHIER

PROCESSES = 4
TIMES = int(os.environ.get("GUANJIA_EXAMPLES", "60"))


class PowerCut(RuntimeError):
    """Thrown when everything is written but not committed."""


def and_fail(work: UnitOfWork, command: RecordPayment) -> Receipt:
    """Take the payment, write all of it, and fall over before the commit."""
    record_payment(work, command)
    work.finish()
    raise PowerCut


def take(database: Database, act: Operation[RecordPayment, Receipt], command: RecordPayment) -> Receipt:
    return perform(database, act, command, identify=lambda _c, _n: CASHIER, now=NOW)


def issue(url: str, keys: KeyRing, seed: int, barrier: Any, answers: Any) -> None:
    """Take payments from a process of its own; some are rolled back at the last moment. Answer with the numbers."""
    database = open_database(url, keys)
    dice = random.Random(seed)
    numbers: list[int] = []
    barrier.wait()
    for turn in range(TIMES):
        command = RecordPayment(
            EstateId(1), f"intent-{seed}-{turn}", UnitId(11 + seed % 3), "payer", Money(100), "cash", NOW
        )
        act = and_fail if dice.random() < 0.4 else record_payment
        with suppress(PowerCut):
            numbers.append(patiently(partial(take, database, act, command)).receipt_no)
    database.engine.dispose()
    answers.put(numbers)


@pytest.mark.slow
def test_receipts_of_four_processes_are_one_to_n_each_once(database: Database, database_url: str) -> None:
    world = a_billed_world(database)
    context = get_context("spawn")
    barrier, answers = context.Barrier(PROCESSES), context.Queue()
    processes = [
        context.Process(target=issue, args=(database_url, database.keys, seed, barrier, answers))
        for seed in range(PROCESSES)
    ]
    for process in processes:
        process.start()
    issued = [number for _ in processes for number in answers.get(timeout=300)]
    for process in processes:
        process.join(timeout=60)
        assert process.exitcode == 0
    assert sorted(issued) == list(range(1, len(issued) + 1))
    assert 0 < len(issued) < PROCESSES * TIMES
    assert sorted(payment.receipt_no for payment in world.rows(Payment)) == sorted(issued)
    check_books(world)
