"""R3: one payment posts once, however many processes send it however often."""

from collections import Counter
from multiprocessing import get_context
from typing import Any

import pytest

from core.fees.intents import IntentReused
from core.kernel.money import Money
from db.engine import Database, open_database
from db.keys import KeyRing
from db.models import Allocation, Intent, JournalEntry, Payment
from db.operations.payments import Receipt, RecordPayment, record_payment
from db.unit_of_work import perform
from tests.db.fees_setup import NOW, a_billed_world, check_books
from tests.patience import patiently
from tests.personas import CASHIER

PROCESSES = 2
TIMES = 500


def send(url: str, keys: KeyRing, command: RecordPayment, barrier: Any, answers: Any) -> None:
    """Send one command many times from a process of its own; answer with (receipt number, replay?) and how often."""
    database = open_database(url, keys)
    seen: Counter[tuple[int, int, bool]] = Counter()
    barrier.wait()

    def once() -> Receipt:
        return perform(database, record_payment, command, identify=lambda _c, _n: CASHIER, now=NOW)

    for _ in range(TIMES):
        receipt = patiently(once)
        seen[receipt.receipt_no, receipt.payment_id, receipt.is_replay] += 1
    database.engine.dispose()
    answers.put(seen)


@pytest.mark.slow
def test_a_payment_sent_a_thousand_times_by_two_processes_posts_once(database: Database, database_url: str) -> None:
    world = a_billed_world(database)
    command = world.payment(world.units[0], "300.00")
    context = get_context("spawn")
    barrier, answers = context.Barrier(PROCESSES), context.Queue()
    given = (database_url, database.keys, command, barrier, answers)
    processes = [context.Process(target=send, args=given) for _ in range(PROCESSES)]
    for process in processes:
        process.start()
    seen: Counter[tuple[int, int, bool]] = sum((answers.get(timeout=120) for _ in processes), Counter())
    for process in processes:
        process.join(timeout=60)
        assert process.exitcode == 0
    (payment,) = world.rows(Payment)
    assert payment.receipt_no == 1
    assert seen == {(1, payment.id, False): 1, (1, payment.id, True): PROCESSES * TIMES - 1}
    assert [entry.kind for entry in world.rows(JournalEntry)] == ["bill_run", "payment"]
    assert (len(world.rows(Intent)), len(world.rows(Allocation))) == (1, 1)
    assert world.audited().count("payment.recorded") == 1
    with pytest.raises(IntentReused):
        world.pay(world.units[0], "300.00", intent_id=command.intent_id, amount=Money.of("300.01"))
    check_books(world)
