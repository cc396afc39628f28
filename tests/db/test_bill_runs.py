"""Bill runs: prepared by one, posted by another, exactly one bill a unit, item and month (R-017 to R-023)."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import insert, text

from core.admin.permissions import Actor, NotPermitted
from core.fees.approvals import OwnBillRun
from core.fees.billing import NoTariffValid, NothingToBill, PlanChanged
from core.fees.tariffs import Basis
from core.kernel.errors import BusinessError
from core.kernel.identity import BillRunId
from core.kernel.lifecycle import ForbiddenMove
from core.kernel.money import ZERO, Money
from core.kernel.periods import Month
from db.engine import Database
from db.models import BillRun, BillRunProblem, HouseholdMonth, JournalEntry, JournalLine, ReceivableCell, Setting
from db.operations.bill_runs import (
    CancelBillRun,
    PostBillRun,
    PostedBillRun,
    PrepareBillRun,
    PreparedBillRun,
    cancel_bill_run,
    post_bill_run,
    prepare_bill_run,
)
from db.operations.credits import AppliedCredits, ApplyCredits, apply_credits
from db.operations.tariffs import EndTariff, end_tariff
from db.unit_of_work import EditConflict, NotFound
from tests.db.fees_setup import JUNE, NOW, World, a_billed_world, a_world, check_books
from tests.personas import ACCOUNTANT, CASHIER, MANAGER, SUPERVISOR, person
from tests.statements import count_statements

JULY = Month(2026, 7)


def prepared(world: World, month: Month = JUNE) -> PreparedBillRun:
    return world.act(ACCOUNTANT, prepare_bill_run, PrepareBillRun(world.estate, month))


def posted(world: World, run: PreparedBillRun, who: Actor = SUPERVISOR) -> PostedBillRun:
    return world.act(who, post_bill_run, PostBillRun(world.estate, run.run_id, run.version))


def set_area(world: World, unit: int, area: int) -> None:
    with world.database.writing() as connection, connection.begin():
        connection.execute(text("UPDATE units SET area = :area WHERE id = :id"), {"area": area, "id": unit})


def test_a_prepared_run_shows_figures_and_bills_nothing(database: Database) -> None:
    world = a_world(database)
    world.tariff()
    run = prepared(world)
    assert (run.bills, run.amount, run.problems, run.skipped, run.not_yet) == (3, Money.of("540.50"), 0, 0, 0)
    assert world.bills() == []
    assert world.rows(JournalEntry) == []
    (row,) = world.rows(BillRun)
    assert (row.state, row.month, row.bills, row.total_fen, row.made_by) == ("prepared", 202606, 3, 54_050, 2)


def test_a_posted_run_bills_each_unit_by_area_price_and_month(database: Database) -> None:
    world = a_world(database)
    tariff = world.tariff()
    assert posted(world, prepared(world)) == PostedBillRun(3, Money.of("540.50"), AppliedCredits())
    bills = world.bills()
    assert [(bill.unit_id, bill.building_id, bill.amount_fen) for bill in bills] == [
        (11, 1, 23_500),
        (12, 1, 18_800),
        (13, 2, 11_750),
    ]
    bill = bills[0]
    assert (bill.item, bill.service_month, bill.months, bill.due_date) == ("property", 202606, 1, date(2026, 7, 15))
    assert (bill.tariff_id, bill.quantity, bill.unit_price, bill.posted_on) == (
        tariff,
        10_000,
        2_350_000,
        date(2026, 7, 10),
    )
    (row,) = world.rows(BillRun)
    assert (row.state, row.posted_by) == ("posted", SUPERVISOR.user_id)
    assert world.audited()[-2:] == ["bill_run.prepared", "bill_run.posted"]
    check_books(world)


def test_one_entry_has_a_receivable_line_a_bill_and_an_income_line_an_item(database: Database) -> None:
    world = a_world(database)
    world.tariff()
    world.tariff(item="parking", basis=Basis.SERVICE_ITEMS, prices=(("bay", Decimal(50)), ("wash", Decimal("0.5"))))
    world.bill()
    (entry,) = world.rows(JournalEntry)
    assert (entry.kind, entry.business_date, entry.source_id) == (
        "bill_run",
        date(2026, 7, 10),
        world.rows(BillRun)[0].id,
    )
    income = {line.item: line.amount_fen for line in world.rows(JournalLine) if line.account == "fee_income"}
    assert income == {"property": -54_050, "parking": -15_150}
    assert len(world.rows(JournalLine)) == 8
    assert {bill.quantity for bill in world.bills() if bill.item == "parking"} == {100}
    households = {row.building_id: (row.billed_units, row.settled_units) for row in world.rows(HouseholdMonth)}
    assert households == {1: (2, 0), 2: (1, 0)}
    check_books(world)


def test_a_second_run_of_the_month_bills_nothing(database: Database) -> None:
    world = a_billed_world(database)
    run = prepared(world)
    assert (run.bills, run.skipped, run.amount) == (0, 3, ZERO)
    with pytest.raises(NothingToBill):
        posted(world, run)
    assert len(world.bills()) == 3
    check_books(world)


def test_two_runs_prepared_for_the_same_month_cannot_both_be_posted(database: Database) -> None:
    world = a_world(database)
    world.tariff()
    first, second = prepared(world), prepared(world)
    posted(world, first)
    with pytest.raises(PlanChanged):
        posted(world, second)
    assert len(world.bills()) == 3
    check_books(world)


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """Start calls together in threads; give their results or refusals."""
    barrier = Barrier(len(acts))

    def start(act: Callable[[], Any]) -> Any:
        barrier.wait()
        try:
            return act()
        except BusinessError as refusal:
            return refusal

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(start, acts))


@pytest.mark.parametrize("same_run", [True, False])
def test_of_two_posts_at_once_one_wins_and_the_other_is_refused(database: Database, same_run: bool) -> None:
    world = a_world(database)
    world.tariff()
    for month in (JUNE, JULY):
        first = prepared(world, month)
        second = first if same_run else prepared(world, month)
        results = at_once(lambda: posted(world, first), lambda: posted(world, second, MANAGER))  # noqa: B023 (waits)
        refusals = [result for result in results if isinstance(result, BusinessError)]
        assert [type(refusal) for refusal in refusals] == [EditConflict if same_run else PlanChanged]
    assert len(world.bills()) == 6
    check_books(world)


def test_what_changed_since_the_preview_stops_the_post(database: Database) -> None:
    world = a_world(database)
    world.tariff()
    run = prepared(world)
    set_area(world, 12, 8_001)
    with pytest.raises(PlanChanged):
        posted(world, run)
    assert world.bills() == []
    assert world.rows(ReceivableCell) == []
    assert world.audited()[-1] == "bill_run.prepared"
    set_area(world, 12, 8_000)
    assert posted(world, run).bills == 3


def test_one_person_does_not_prepare_and_post(database: Database) -> None:
    world = a_world(database)
    world.tariff()
    both = person(30, "both", *ACCOUNTANT.roles, *SUPERVISOR.roles)
    run = world.act(both, prepare_bill_run, PrepareBillRun(world.estate, JUNE))
    with pytest.raises(OwnBillRun):
        posted(world, run, both)


@pytest.mark.parametrize("who", [CASHIER, ACCOUNTANT], ids=lambda actor: actor.name)
def test_who_may_not_post_is_refused(database: Database, who: Actor) -> None:
    world = a_world(database)
    world.tariff()
    run = prepared(world)
    with pytest.raises(NotPermitted):
        posted(world, run, who)
    with pytest.raises(NotPermitted):
        world.act(who, apply_credits, ApplyCredits(world.estate))


def test_a_run_is_cancelled_once_and_never_posted_after(database: Database) -> None:
    world = a_world(database)
    world.tariff()
    run = prepared(world)
    world.act(ACCOUNTANT, cancel_bill_run, CancelBillRun(world.estate, run.run_id, 1))
    with pytest.raises(EditConflict):
        posted(world, run)
    with pytest.raises(ForbiddenMove):
        world.act(SUPERVISOR, post_bill_run, PostBillRun(world.estate, run.run_id, 2))
    with pytest.raises(ForbiddenMove):
        world.act(ACCOUNTANT, cancel_bill_run, CancelBillRun(world.estate, run.run_id, 2))
    with pytest.raises(NotFound):
        world.act(ACCOUNTANT, cancel_bill_run, CancelBillRun(world.estate, BillRunId(5), 1))
    assert world.rows(BillRun)[0].state == "cancelled"
    assert world.audited()[-1] == "bill_run.cancelled"


def test_a_posted_run_is_not_cancelled(database: Database) -> None:
    world = a_billed_world(database)
    run = world.rows(BillRun)[0]
    with pytest.raises(ForbiddenMove):
        world.act(ACCOUNTANT, cancel_bill_run, CancelBillRun(world.estate, run.id, run.version))


def test_a_month_without_a_valid_tariff_cannot_be_prepared(database: Database) -> None:
    world = a_world(database)
    number = world.tariff(valid_from=date(2026, 7, 2))
    for month in (JUNE, JULY):
        with pytest.raises(NoTariffValid):
            prepared(world, month)
    assert prepared(world, Month(2026, 8)).bills == 3
    world.act(SUPERVISOR, end_tariff, EndTariff(world.estate, number, date(2026, 9, 1), 2))
    assert prepared(world, Month(2026, 8)).bills == 3
    with pytest.raises(NoTariffValid):
        prepared(world, Month(2026, 9))


def test_what_lacks_a_grade_becomes_a_problem_and_no_bill(database: Database) -> None:
    world = a_world(database)
    world.tariff(basis=Basis.AREA_GRADE, prices=(("A", Decimal(3)),))
    with database.writing() as connection, connection.begin():
        connection.execute(text("UPDATE units SET grade = 'A' WHERE id = 11"))
        connection.execute(text("UPDATE units SET grade = 'C' WHERE id = 12"))
    run = prepared(world)
    assert (run.bills, run.problems) == (1, 2)
    assert [(row.unit_id, row.item, row.code) for row in world.rows(BillRunProblem)] == [
        (12, "property", "fees.bill.no_grade_price"),
        (13, "property", "fees.bill.no_grade"),
    ]
    assert posted(world, run).amount == Money.of("300.00")
    check_books(world)


def test_retired_units_and_units_handed_over_later_are_not_billed(database: Database) -> None:
    world = a_world(database)
    world.tariff()
    with database.writing() as connection, connection.begin():
        connection.execute(text("UPDATE units SET state = 'retired' WHERE id = 11"))
        connection.execute(text("UPDATE units SET handover_date = '2026-06-02' WHERE id = 12"))
        connection.execute(text("UPDATE units SET handover_date = '2026-06-01' WHERE id = 13"))
    run = prepared(world)
    assert (run.bills, run.not_yet) == (1, 1)
    assert prepared(world, JULY).bills == 2


def setting(estate: int, key: str, value: str, start: date = date(2026, 1, 1)) -> dict[str, Any]:
    return {"estate_id": estate, "key": key, "value": value, "valid_from": start, "set_by": "x", "set_at": NOW}


def test_the_settings_of_the_estate_on_the_first_day_of_the_month_make_the_due_date(database: Database) -> None:
    world = a_world(database)
    world.tariff()
    rows = [
        setting(0, "fees.due_day", "20"),
        setting(1, "fees.due_day", "31"),
        setting(1, "fees.timing", "advance"),
        setting(1, "fees.due_day", "5", date(2026, 6, 2)),
        setting(2, "fees.due_day", "8"),
    ]
    with database.writing() as connection, connection.begin():
        connection.execute(insert(Setting), rows)
    world.bill(JUNE)
    world.bill(JULY)
    assert {bill.due_date for bill in world.bills()} == {date(2026, 6, 30), date(2026, 7, 5)}


def test_a_later_item_reopens_a_settled_month_without_counting_the_unit_twice(database: Database) -> None:
    world = a_billed_world(database)
    world.pay(world.units[2], "117.50")
    assert {row.building_id: row.settled_units for row in world.rows(HouseholdMonth)} == {1: 0, 2: 1}
    world.tariff(item="parking", basis=Basis.SERVICE_ITEMS, prices=(("bay", Decimal(50)),))
    world.bill()
    assert {row.building_id: (row.billed_units, row.settled_units) for row in world.rows(HouseholdMonth)} == {
        1: (2, 0),
        2: (1, 0),
    }
    check_books(world)


def test_credit_settles_new_bills_oldest_first_and_the_result_says_so(database: Database) -> None:
    world = a_world(database)
    world.tariff()
    first, second, _ = world.units
    world.pay(first, "300.00")
    world.pay(second, "18.80")
    result = world.bill(JUNE)
    assert result.credits == AppliedCredits(2, Money.of("253.80"))
    assert (world.credit(first), world.credit(second)) == (6_500, 0)
    assert world.bill(JULY).credits == AppliedCredits(1, Money.of("65.00"))
    assert world.outstanding(first) == {(JUNE, "property"): 0, (JULY, "property"): 17_000}
    kinds = [entry.kind for entry in world.rows(JournalEntry)]
    assert kinds.count("credit_application") == 3
    assert world.audited()[-2:] == ["bill_run.posted", "credit.applied"]
    check_books(world)


def test_credit_that_finds_no_bill_stays(database: Database) -> None:
    world = a_billed_world(database)
    world.pay(world.units[0], "240.00")
    log = world.audited()
    assert world.act(SUPERVISOR, apply_credits, ApplyCredits(world.estate)) == AppliedCredits()
    assert world.credit(world.units[0]) == 500
    assert world.audited() == log
    check_books(world)


def test_credit_that_came_while_bills_were_chosen_can_be_applied_later(database: Database) -> None:
    world = a_billed_world(database)
    receipt = world.pay(world.units[0], "240.00")
    world.pay(world.units[1], "100.00")
    world.reverse(world.pay(world.units[0], "1.00").payment_id)
    world.bill(JULY)
    assert world.credit(world.units[0]) == 0
    assert receipt.credit == Money.of("5.00")
    assert world.outstanding(world.units[0])[JULY, "property"] == 23_000
    check_books(world)


def test_a_run_over_many_units_needs_few_statements(database: Database) -> None:
    world = a_world(database, areas=["90.50"] * 300)
    world.tariff()
    for unit in world.units[:40]:
        world.pay(unit, "500.00")
    with count_statements(database) as seen:
        run = prepared(world)
    assert len(seen) <= 15
    with count_statements(database) as seen:
        result = posted(world, run)
    assert (result.bills, result.credits.units) == (300, 40)
    assert len(seen) <= 35
    check_books(world)
