"""The read side of fees: every figure against a second reckoning from the bare ledger, and its budget of statements."""

from collections import defaultdict
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from core.admin.permissions import Actor, NotPermitted
from core.admin.settings import FeeCycle, FeeTiming
from core.analytics.fees import collection_trend, compare_estates, payment_mix
from core.fees.approvals import RequestKind, RequestState, RunState
from core.fees.collection import Cell, Rate, movement, rates
from core.fees.terms import Terms, due_date
from core.kernel.filters import EstateMonth, Slice
from core.kernel.identity import BuildingId, EstateId, UnitId
from core.kernel.money import ZERO, Money, total
from core.kernel.periods import Month, months_between
from db.engine import Database
from db.operations.bill_runs import PrepareBillRun, prepare_bill_run
from db.operations.money_requests import AskRefund, AskReversal, ask_refund, ask_reversal
from db.operations.tariffs import ProposeTariff, propose_tariff
from db.queries.bill_runs import RunProblemsWanted, RunsWanted, bill_runs, run_problems
from db.queries.bills import BillState, BillsWanted, BillWanted, bill_detail, bills
from db.queries.counter import UnitSearch, UnitWanted, counter_unit, units_found
from db.queries.fee_overview import (
    building_names,
    collection_cells,
    fee_settings,
    household_counts,
    receipts_by_method,
)
from db.queries.fee_units import Figure, UnitsWanted, units_behind
from db.queries.money_requests import RequestsWanted, money_requests
from db.queries.overdue import LATEST_DUE, OpenWanted, days_compared, open_amounts, overdue_places
from db.queries.payments import CollectionsWanted, ReceiptWanted, collections, receipt
from db.queries.refunds import RefundWanted, unit_credit
from db.queries.tariffs import TariffsWanted, tariffs
from db.unit_of_work import NotFound, fetch
from tests.fee_books import A, B, Books, lived_in_books, open_books
from tests.personas import ACCOUNTANT, AUDITOR, CASHIER, FRONT_DESK, PATROL, person
from tests.statements import count_statements

NOW = datetime(2026, 11, 21, 6, tzinfo=UTC)
TODAY = date(2026, 11, 21)
NOVEMBER = Month(2026, 11)
ONLY_B = person(102, "auditor of B", *AUDITOR.roles, estates=frozenset({B}))
PLACES = ((None, None), (A, None), (B, None), (A, BuildingId(1)), (A, BuildingId(2)))


@pytest.fixture
def books(database: Database) -> Books:
    return lived_in_books(database, NOVEMBER)


def ask(books: Books, query: Any, wanted: Any, who: Actor = AUDITOR) -> Any:
    return fetch(books.database, query, wanted, actor=who, now=NOW)


Lines = list[tuple[dict[str, Any], dict[str, Any]]]


class Ledger:
    """The second reckoning: plain Python over every ledger line and bill."""

    def __init__(self, database: Database) -> None:
        lines = (
            "SELECT l.estate_id, l.bill_id, l.amount_fen, e.business_date, "
            "CASE WHEN e.kind = 'reversal' THEN u.kind ELSE e.kind END AS kind "
            "FROM journal_lines l JOIN journal_entries e ON e.estate_id = l.estate_id AND e.id = l.entry_id "
            "LEFT JOIN journal_entries u ON u.estate_id = e.estate_id AND u.id = e.reverses_id "
            "WHERE l.account = 'receivable'"
        )
        with database.reading() as connection:
            self.lines = [row._asdict() for row in connection.execute(text(lines))]
            found = connection.execute(text("SELECT * FROM bills")).all()
        self.bills = {(row.estate_id, row.id): row._asdict() for row in found}
        for row in (*self.lines, *self.bills.values()):
            for name in ("business_date", "due_date", "posted_on"):
                if isinstance(row.get(name), str):
                    row[name] = date.fromisoformat(row[name])

    def known(self, estate: EstateId | None, building: int | None = None) -> Lines:
        """Lines with their bills."""
        joined = [(line, self.bills[line["estate_id"], line["bill_id"]]) for line in self.lines]
        return [
            (line, bill)
            for line, bill in joined
            if estate in (None, line["estate_id"]) and building in (None, bill["building_id"])
        ]

    def cells(self, estate: EstateId | None, building: int | None = None, unit: int | None = None) -> list[Cell]:
        """One cell a ledger line."""
        return [
            Cell(
                Month.from_number(bill["service_month"]),
                Month.of(line["business_date"]),
                billed=Money(line["amount_fen"] if line["kind"] == "bill_run" else 0),
                received=Money(-line["amount_fen"] if line["kind"] in ("payment", "credit_application") else 0),
                relief=Money(-line["amount_fen"] if line["kind"] == "relief" else 0),
            )
            for line, bill in self.known(estate, building)
            if unit in (None, bill["unit_id"])
        ]

    def overdue(self, estate: EstateId | None, building: int | None, day: date) -> Money:
        """What was past its due date and open at the end of a day."""
        lines = self.known(estate, building)
        return total(
            Money(line["amount_fen"])
            for line, bill in lines
            if line["business_date"] <= day and bill["posted_on"] <= day and bill["due_date"] < day
        )


def test_the_books_of_the_test_are_not_trivial(books: Books) -> None:
    kinds = {line["kind"] for line in Ledger(books.database).lines}
    assert kinds == {"bill_run", "payment", "credit_application", "relief"}


@pytest.mark.parametrize("estate", [None, A, B])
@pytest.mark.parametrize("back", [0, 1, 3])
def test_folded_cells_give_the_same_rates_trend_and_balance_as_the_whole_ledger(
    books: Books, estate: EstateId | None, back: int
) -> None:
    month = NOVEMBER.shift(-back)
    every = Ledger(books.database).cells(estate)
    folded = ask(books, collection_cells, EstateMonth(estate, month)).together
    assert collection_trend(cells=folded, last=month, months=13) == collection_trend(cells=every, last=month, months=13)
    assert movement(cells=folded, month=month) == movement(cells=every, month=month)
    assert rates(cells=every, month=month).combined.due > ZERO


@pytest.mark.parametrize("estate", [None, A, B])
@pytest.mark.parametrize("back", [0, 1, 4])
def test_the_closing_balance_is_what_bills_and_ledger_say(books: Books, estate: EstateId | None, back: int) -> None:
    wanted = EstateMonth(estate, NOVEMBER.shift(-back))
    closing = movement(cells=ask(books, collection_cells, wanted).together, month=wanted.month).closing
    assert ask(books, open_amounts, OpenWanted(wanted.estate_id, wanted.month)).owed_at_end == closing > ZERO


def test_a_roll_up_that_went_wrong_is_found(books: Books) -> None:
    with books.database.writing() as connection, connection.begin():
        connection.execute(text("UPDATE receivable_cells SET received_fen = received_fen + 1 WHERE building_id = 2"))
    wanted = EstateMonth(A, NOVEMBER)
    closing = movement(cells=ask(books, collection_cells, wanted).together, month=NOVEMBER).closing
    assert ask(books, open_amounts, OpenWanted(wanted.estate_id, wanted.month)).owed_at_end != closing


def test_a_window_keeps_what_lies_before_it(database: Database) -> None:
    """Arrears of two years ago count in the opening balance and in the prior rate."""
    books = open_books(database)
    books.bill_month(A, Month(2025, 1), date(2025, 1, 25))
    books.pay(A, "1-1-101", "80", date(2025, 2, 1))
    books.bill_month(A, NOVEMBER, date(2026, 11, 1))
    books.pay(A, "1-1-102", "30", date(2026, 11, 2))
    folded = ask(books, collection_cells, EstateMonth(A, NOVEMBER)).together
    assert rates(cells=folded, month=NOVEMBER).prior == Rate(Money.of(30), Money.of(1120))
    assert movement(cells=folded, month=NOVEMBER).opening == Money.of(1120)
    assert {cell.service_month for cell in folded} == {Month(2025, 10), NOVEMBER}


@pytest.mark.parametrize("estate", [None, A])
def test_each_place_has_its_own_rates_and_they_add_up(books: Books, estate: EstateId | None) -> None:
    found = ask(books, collection_cells, EstateMonth(estate, NOVEMBER))
    assert found.names == ({} if estate is None else {1: "1", 2: "2"})
    by_place = found.by_place
    ledger = Ledger(books.database)
    compared = compare_estates(cells=by_place, month=NOVEMBER)
    assert len(compared.estates) == 2
    for place in compared.estates:
        own = ledger.cells(*((place.estate_id,) if estate is None else (estate, place.estate_id)))
        assert place.rates == rates(cells=own, month=NOVEMBER)
    assert compared.overall == rates(cells=ledger.cells(estate), month=NOVEMBER).current


def test_households_settled_are_counted_by_month_and_place(books: Books) -> None:
    counts = ask(books, household_counts, EstateMonth(None, NOVEMBER))
    owed: defaultdict[tuple[int, int], int] = defaultdict(int)
    for (estate, _), bill in Ledger(books.database).bills.items():
        if bill["service_month"] == NOVEMBER.number:
            owed[estate, bill["unit_id"]] += bill["amount_fen"] - bill["paid_fen"] - bill["relief_fen"]
    settled = sum(1 for fen in owed.values() if fen == 0)
    month, households = counts.by_month[-1]
    assert (month, households.billed, households.settled) == (NOVEMBER, 8, settled)
    assert [m for m, _ in counts.by_month] == list(months_between(Month(2026, 6), NOVEMBER))
    assert {place for place, _ in counts.by_place} == {A, B}
    assert sum(rate.settled for _, rate in counts.by_place) == settled
    buildings = ask(books, household_counts, EstateMonth(A, NOVEMBER)).by_place
    assert {place for place, _ in buildings} == {1, 2}


def test_the_payment_mix_is_net_of_what_went_back(books: Books) -> None:
    rows = ask(books, receipts_by_method, EstateMonth(None, NOVEMBER))
    mix = {month.month: month.amount for month in payment_mix(rows=rows, first=Month(2026, 7), last=NOVEMBER)}
    assert mix[Month(2026, 10)] == Money.of(2400)
    assert mix[NOVEMBER] == Money.of(200) - Money.of(400) - Money.of(100)
    assert {row.method for row in rows} == {"cash", "wechat_pay", "card", "alipay"}


@pytest.mark.parametrize("estate", [None, A, B])
def test_ageing_buckets_sum_to_the_overdue_amount(books: Books, estate: EstateId | None) -> None:
    ledger = Ledger(books.database)
    buckets = ask(books, open_amounts, OpenWanted(estate, NOVEMBER)).buckets
    assert [(b.first, b.last) for b in buckets] == [(None, 0), (1, 15), (16, 30), (31, 60), (61, None)]
    assert total(b.amount for b in buckets[1:]) == ledger.overdue(estate, None, TODAY)
    opened = total(Money(line["amount_fen"]) for line, _ in ledger.known(estate))
    assert total(b.amount for b in buckets) == opened
    assert buckets[0].amount > ZERO and buckets[1].amount > ZERO


@pytest.mark.parametrize(("today", "month_ago"), [(TODAY, date(2026, 10, 21)), (date(2026, 3, 31), date(2026, 2, 28))])
def test_the_month_before_ends_where_it_is_shorter(today: date, month_ago: date) -> None:
    assert days_compared(today) == (today, today - timedelta(days=7), month_ago)


@pytest.mark.parametrize("estate", [None, A])
def test_overdue_of_earlier_days_is_what_the_ledger_said_then(books: Books, estate: EstateId | None) -> None:
    ledger = Ledger(books.database)
    now, week, month = days_compared(TODAY)
    found = ask(books, overdue_places, EstateMonth(estate, NOVEMBER))
    assert len(found) == 2
    for row in found:
        where = (row.place, None) if estate is None else (estate, row.place)
        assert row.now.amount == ledger.overdue(*where, now)
        assert row.since_week.before.amount == ledger.overdue(*where, week)
        assert row.since_month.before.amount == ledger.overdue(*where, month)
    assert any(row.since_week.amount for row in found) and any(row.since_month.amount for row in found)
    assert sum(row.now.bills for row in found) == ask(books, bills, BillsWanted(estate, state=BillState.OVERDUE)).total


def test_the_overdue_rate_counts_all_that_had_fallen_due(books: Books) -> None:
    ledger, now = Ledger(books.database), days_compared(TODAY)
    (row,) = ask(books, overdue_places, EstateMonth(None, NOVEMBER), ONLY_B)
    for figures, day in zip((row.now, row.since_week.before, row.since_month.before), now, strict=True):
        due = [b for (e, _), b in ledger.bills.items() if e == B and b["due_date"] < day and b["posted_on"] <= day]
        assert figures.due == total(Money(b["amount_fen"] - b["relief_fen"]) for b in due)


@pytest.mark.parametrize("timing", FeeTiming)
@pytest.mark.parametrize("cycle", FeeCycle)
@pytest.mark.parametrize("day", [1, 15, 31])
def test_no_due_date_lies_after_the_month_the_overdue_query_counts_on(
    timing: FeeTiming, cycle: FeeCycle, day: int
) -> None:
    terms = Terms(timing=timing, cycle=cycle, due_day=day)
    for month in months_between(Month(2026, 1), Month(2026, 12)):
        assert due_date(service_month=month, terms=terms) < month.shift(LATEST_DUE).end


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("back", [0, 1, 2, 4])
def test_the_units_behind_a_rate_add_up_to_it(books: Books, place: tuple[Any, Any], back: int) -> None:
    """R-051: the sums agree, and so does every single unit."""
    estate, building = place
    month, ledger = NOVEMBER.shift(-back), Ledger(books.database)
    whole = rates(cells=ledger.cells(estate, building), month=month)
    for figure, rate in (
        (Figure.CURRENT, whole.current),
        (Figure.PRIOR, whole.prior),
        (Figure.COMBINED, whole.combined),
    ):
        found = ask(books, units_behind, UnitsWanted(estate, month, figure, building))
        assert found.rate == rate
        assert sum((row.rate for row in found.rows), Rate(ZERO, ZERO)) == rate
        assert found.total == len(found.rows) > 0
        assert [row.open.fen for row in found.rows] == sorted((row.open.fen for row in found.rows), reverse=True)
        for row in found.rows:
            own = rates(cells=ledger.cells(row.estate_id, unit=row.unit_id), month=month)
            assert row.rate == {Figure.CURRENT: own.current, Figure.PRIOR: own.prior}.get(figure, own.combined)


def test_the_units_behind_the_household_rate_are_those_billed_and_settled(books: Books) -> None:
    for estate in (None, A, B):
        month, households = ask(books, household_counts, EstateMonth(estate, NOVEMBER)).by_month[-1]
        found = ask(books, units_behind, UnitsWanted(estate, month, Figure.HOUSEHOLDS))
        assert (found.total, found.settled) == (households.billed, households.settled)


def test_units_behind_a_figure_come_by_the_screenful(books: Books) -> None:
    first = ask(books, units_behind, UnitsWanted(None, NOVEMBER, Figure.CURRENT, slice=Slice(1, 3)))
    rest = ask(books, units_behind, UnitsWanted(None, NOVEMBER, Figure.CURRENT, slice=Slice(2, 5)))
    beyond = ask(books, units_behind, UnitsWanted(None, NOVEMBER, Figure.CURRENT, slice=Slice(9, 5)))
    assert (len(first.rows), first.total, len(rest.rows), rest.total) == (3, 8, 3, 8)
    assert (beyond.rows, beyond.total, beyond.rate) == ((), 8, first.rate)


STATES = {
    BillState.OPEN: lambda bill: bill["open"] > 0,
    BillState.OVERDUE: lambda bill: bill["open"] > 0 and bill["due_date"] < TODAY,
    BillState.SETTLED: lambda bill: bill["open"] == 0,
    BillState.ALL: bool,
}


@pytest.mark.parametrize("state", BillState)
@pytest.mark.parametrize("estate", [None, A])
@pytest.mark.parametrize("month", [None, Month(2026, 9)])
def test_bills_are_listed_with_a_true_count_and_sums(
    books: Books, state: BillState, estate: EstateId | None, month: Month | None
) -> None:
    every = Ledger(books.database).bills.values()
    for bill in every:
        bill["open"] = bill["amount_fen"] - bill["paid_fen"] - bill["relief_fen"]
    wanted = [
        bill
        for bill in every
        if estate in (None, bill["estate_id"]) and month in (None, Month.from_number(bill["service_month"]))
        and STATES[state](bill)
    ]  # fmt: skip
    found = ask(books, bills, BillsWanted(estate, month, state))
    assert found.total == len(found.rows) == len(wanted) > 0
    assert {(row.estate_id, row.bill_id) for row in found.rows} == {(bill["estate_id"], bill["id"]) for bill in wanted}
    assert found.outstanding.fen == sum(bill["open"] for bill in wanted)
    assert found.outstanding == total(row.outstanding for row in found.rows)
    assert state is BillState.ALL or all(row.state in (state, BillState.OVERDUE) for row in found.rows)


def test_an_ageing_bucket_opens_its_bills(books: Books) -> None:
    for bucket in ask(books, open_amounts, OpenWanted(None, NOVEMBER)).buckets[1:]:
        wanted = BillsWanted(None, state=BillState.OVERDUE, days_from=bucket.first, days_to=bucket.last)
        found = ask(books, bills, wanted)
        assert (found.outstanding, found.total) == (bucket.amount, bucket.bills)


def test_bills_are_found_by_building_and_by_a_part_of_the_unit_code(books: Books) -> None:
    of_building = ask(books, bills, BillsWanted(A, building_id=BuildingId(2)))
    assert {row.unit_code[0] for row in of_building.rows} == {"2"}
    assert {row.unit_code for row in ask(books, bills, BillsWanted(A, unit=" 1-20")).rows} == {"1-1-201", "2-1-201"}
    assert ask(books, bills, BillsWanted(A, unit="%")).total == 0
    page = ask(books, bills, BillsWanted(A, slice=Slice(2, 10)))
    assert (len(page.rows), page.total) == (10, 36)


def test_a_bill_opens_to_the_voucher_and_balances(books: Books) -> None:
    for row in ask(books, bills, BillsWanted(None)).rows:
        detail = ask(books, bill_detail, BillWanted(row.estate_id, row.bill_id))
        assert detail.bill == row
        assert detail.balances
        assert detail.movements[0].kind == "bill_run"
        assert detail.quantity * detail.unit_price * detail.months == row.amount.yuan
    reversed_bill = next(
        d for d in (ask(books, bill_detail, BillWanted(A, r.bill_id)) for r in ask(books, bills, BillsWanted(A)).rows)
        if any(m.kind == "reversal" for m in d.movements)
    )  # fmt: skip
    payment, reversal = reversed_bill.movements[1:3]
    assert (payment.receipt_no, payment.method) == (reversal.receipt_no, "cash")
    assert payment.amount == -reversal.amount
    assert (payment.posted_by, reversal.posted_by) == ("cashier", "supervisor")


def test_the_collection_ledger_equals_the_receipts(books: Books) -> None:
    october = ask(books, collections, CollectionsWanted(None, Month(2026, 10)))
    assert (october.total, october.taken, october.net, october.balances) == (2, Money.of(2400), Money.of(2400), True)
    assert {row.payer for row in october.rows} == {"张*丰"}
    assert [row.reversed_on for row in october.rows] == [None, date(2026, 11, 3)]
    november = ask(books, collections, CollectionsWanted(None, NOVEMBER))
    assert (november.taken, november.reversed, november.refunded) == (Money.of(200), Money.of(400), Money.of(100))
    assert november.balances and november.net == -Money.of(300)
    card = ask(books, collections, CollectionsWanted(None, NOVEMBER, method="card"))
    assert (card.total, card.taken, card.net, card.balances) == (1, Money.of(200), Money.of(200), True)
    assert ask(books, collections, CollectionsWanted(B, NOVEMBER)).refunded == Money.of(100)


def test_the_collection_ledger_comes_by_the_screenful_with_the_sums_of_all(books: Books) -> None:
    page = ask(books, collections, CollectionsWanted(None, Month(2026, 10), slice=Slice(2, 1)))
    assert (len(page.rows), page.total, page.taken) == (1, 2, Money.of(2400))


def test_the_counter_finds_units_in_scope_by_a_part_of_the_code(books: Books) -> None:
    only_a = replace(CASHIER, estates=frozenset({A}))
    found = ask(books, units_found, UnitSearch(None, "1-1-10"), only_a)
    assert [(hit.estate_name, hit.code) for hit in found] == [("Alpha Court", "1-1-101"), ("Alpha Court", "1-1-102")]
    assert ask(books, units_found, UnitSearch(None, " "), CASHIER) == ()
    assert {hit.estate_id for hit in ask(books, units_found, UnitSearch(None, "1-1-101"), CASHIER)} == {A, B}
    assert [hit.estate_id for hit in ask(books, units_found, UnitSearch(B, "1-1-101"), CASHIER)] == [B]


def test_the_exact_code_comes_first(books: Books) -> None:
    found = ask(books, units_found, UnitSearch(A, "1-101"), CASHIER)
    assert [hit.code for hit in found] == ["1-1-101", "2-1-101"]


def test_the_counter_shows_what_a_unit_owes_and_who_is_there(books: Books) -> None:
    unit = ask(books, counter_unit, UnitWanted(A, books.unit(A, "1-1-102")), CASHIER)
    assert unit.due == Money.of(1200) - Money.of("250.05") == unit.to_pay
    assert [bill.outstanding for bill in unit.bills][:2] == [Money.of("149.95"), Money.of(200)]
    assert [bill.service_month for bill in unit.bills] == list(months_between(Month(2026, 7), NOVEMBER))
    assert (unit.occupants, unit.credit, len(unit.payments)) == ((), ZERO, 1)
    paid_up = ask(books, counter_unit, UnitWanted(A, books.unit(A, "1-1-101")), CASHIER)
    assert [(o.relation, o.name) for o in paid_up.occupants] == [("owner", "李*龙")]
    credit = ask(books, counter_unit, UnitWanted(B, books.unit(B, "1-1-101")), CASHIER)
    assert (credit.bills, credit.to_pay) == ((), ZERO)


def test_a_units_credit_is_read_for_a_refund(books: Books) -> None:
    found = ask(books, unit_credit, RefundWanted(B, books.unit(B, "1-1-101")), CASHIER)
    assert (found.unit_code, found.credit) == ("1-1-101", Money.of(100))
    assert ask(books, unit_credit, RefundWanted(A, books.unit(A, "2-1-101")), CASHIER).credit == ZERO
    with pytest.raises(NotFound):
        ask(books, unit_credit, RefundWanted(A, UnitId(999_999)), CASHIER)
    for who in (AUDITOR, replace(CASHIER, estates=frozenset({B}))):
        with pytest.raises(NotPermitted):
            ask(books, unit_credit, RefundWanted(A, books.unit(A, "2-1-101")), who)


def test_a_receipt_names_what_the_payment_settled(books: Books) -> None:
    shown = ask(books, receipt, ReceiptWanted(A, books.payments[1].payment_id), CASHIER)
    assert [(line.service_month, line.amount) for line in shown.lines] == [
        (Month(2026, 6), Money.of(200)),
        (Month(2026, 7), Money.of("50.05")),
    ]
    assert (shown.estate_name, shown.payment.unit_code, shown.excess) == ("Alpha Court", "1-1-102", ZERO)


def test_tariffs_show_prices_and_who_made_and_approved_them(books: Books) -> None:
    found = ask(books, tariffs, TariffsWanted(None))
    assert [(t.estate_name, t.prices[0][0], str(t.prices[0][1].normalize())) for t in found.rows] == [
        ("Alpha Court", "", "2"),
        ("Beta Garden", "", "3"),
    ]
    assert {(t.made_by_name, t.decided_by_name, t.state) for t in found.rows} == {
        ("accountant", "supervisor", "approved")
    }
    draft = ProposeTariff(A, "lift", found.rows[0].basis, found.rows[0].prices, date(2027, 1, 1))
    books.do(propose_tariff, draft, TODAY, ACCOUNTANT)
    assert [t.item for t in ask(books, tariffs, TariffsWanted(A)).rows] == ["lift", "property_fee"]
    assert ask(books, tariffs, TariffsWanted(None, slice=Slice(2, 2))).total == 3


def test_bill_runs_show_who_waits_for_whom_and_what_could_not_be_billed(books: Books) -> None:
    with books.database.writing() as connection, connection.begin():
        connection.execute(text("UPDATE units SET handover_date = NULL, use = 'residential'"))
    prepared = books.do(prepare_bill_run, PrepareBillRun(A, NOVEMBER.shift(1)), TODAY, ACCOUNTANT)
    runs = ask(books, bill_runs, RunsWanted(A))
    assert (runs.total, len(runs.rows)) == (7, 7)
    newest = runs.rows[0]
    assert (newest.run_id, newest.state, newest.amount) == (prepared.run_id, RunState.PREPARED, Money.of(1200))
    assert (newest.made_by_name, newest.posted_by_name, newest.version) == ("accountant", "", prepared.version)
    assert runs.rows[1].posted_by_name == "supervisor"
    assert ask(books, bill_runs, RunsWanted(None, NOVEMBER)).total == 2
    assert ask(books, run_problems, RunProblemsWanted(A, prepared.run_id)).total == 0


def test_the_problems_of_a_run_are_listed_in_the_order_of_the_units(database: Database) -> None:
    books = open_books(database)
    with database.writing() as connection, connection.begin():
        connection.execute(text("UPDATE tariffs SET uses = 'residential' WHERE estate_id = 1"))
        connection.execute(text("UPDATE units SET use = 'office' WHERE estate_id = 1 AND id IN (105, 101, 103)"))
    prepared = books.do(prepare_bill_run, PrepareBillRun(A, NOVEMBER), TODAY, ACCOUNTANT)
    found = ask(books, run_problems, RunProblemsWanted(A, prepared.run_id, Slice(1, 2)))
    assert found.total == 3
    assert [(p.unit_code, p.item, p.code) for p in found.rows] == [
        ("1-1-102", "", "fees.bill.no_tariff"),
        ("2-1-101", "", "fees.bill.no_tariff"),
    ]


def test_requests_wait_with_their_reason_and_are_kept_when_decided(books: Books) -> None:
    payment = books.payments[-1].payment_id
    books.do(ask_reversal, AskReversal(A, payment, "wrong unit"), TODAY - timedelta(days=1), CASHIER)
    books.do(ask_refund, AskRefund(B, books.unit(B, "1-1-101"), Money.of(1), "cash", "asked for it"), TODAY, CASHIER)
    waiting = ask(books, money_requests, RequestsWanted(None))
    assert [(r.kind, r.reason, r.asked_by_name) for r in waiting.rows] == [
        (RequestKind.REVERSAL, "wrong unit", "cashier"),
        (RequestKind.REFUND, "asked for it", "cashier"),
    ]
    assert (waiting.total, waiting.rows[0].receipt_no, waiting.rows[0].unit_code) == (2, 5, "2-1-102")
    decided = ask(books, money_requests, RequestsWanted(None, waiting=False))
    assert [(r.kind, r.state, r.decided_by_name) for r in decided.rows] == [
        (RequestKind.REVERSAL, RequestState.APPROVED, "supervisor"),
        (RequestKind.REFUND, RequestState.APPROVED, "supervisor"),
    ]
    assert [r.kind for r in ask(books, money_requests, RequestsWanted(B)).rows] == [RequestKind.REFUND]


def test_the_newest_setting_of_the_estate_wins(books: Books) -> None:
    rows = [(0, "81", "2026-01-01"), (1, "82", "2026-02-01"), (1, "83", "2026-02-01"), (1, "99", "2027-01-01")]
    with books.database.writing() as connection, connection.begin():
        for number, (estate, value, start) in enumerate(rows, start=1):
            connection.exec_driver_sql(
                "INSERT INTO settings (id, estate_id, key, value, valid_from, set_by, set_at) VALUES "
                f"({number}, {estate}, 'fees.benchmark_mean_percent', '{value}', '{start}', 'x', '2026-01-01 00:00:00')"
            )
    means = [ask(books, fee_settings, EstateMonth(e, NOVEMBER)).benchmark_mean_percent for e in (A, B, None)]
    assert [str(mean) for mean in means] == ["83", "81", "81"]


def test_the_settings_give_the_benchmark_lines_and_the_buildings_their_names(books: Books) -> None:
    found = ask(books, fee_settings, EstateMonth(A, NOVEMBER))
    assert (str(found.benchmark_mean_percent), str(found.benchmark_good_percent)) == ("78.3", "90")
    assert ask(books, building_names, EstateMonth(A, NOVEMBER)) == ((1, "1"), (2, "2"))
    assert ask(books, building_names, EstateMonth(None, NOVEMBER)) == ()


EVERYWHERE = (
    (collection_cells, EstateMonth(None, NOVEMBER)),
    (household_counts, EstateMonth(None, NOVEMBER)),
    (receipts_by_method, EstateMonth(None, NOVEMBER)),
    (open_amounts, OpenWanted(None, Month(2026, 9))),
    (overdue_places, EstateMonth(None, NOVEMBER)),
    (units_behind, UnitsWanted(None, NOVEMBER, Figure.COMBINED)),
    (bills, BillsWanted(None, state=BillState.OPEN)),
    (collections, CollectionsWanted(None, Month(2026, 10))),
    (tariffs, TariffsWanted(None)),
    (bill_runs, RunsWanted(None)),
    (money_requests, RequestsWanted(None, waiting=False)),
)
"""What may be asked of all estates at once."""


@pytest.mark.parametrize(("query", "wanted"), EVERYWHERE, ids=lambda value: getattr(value, "__name__", ""))
def test_an_answer_over_all_estates_keeps_to_the_persons_own(books: Books, query: Any, wanted: Any) -> None:
    assert ask(books, query, wanted, ONLY_B) == ask(books, query, replace(wanted, estate_id=B), AUDITOR) or (
        query in (collection_cells, household_counts, overdue_places)
    )
    nowhere = replace(ONLY_B, estates=frozenset())
    assert ask(books, query, wanted, nowhere) != ask(books, query, wanted, ONLY_B)


def test_places_over_all_estates_keep_to_the_persons_own(books: Books) -> None:
    everywhere = EstateMonth(None, NOVEMBER)
    assert {place for place, _ in ask(books, collection_cells, everywhere, ONLY_B).by_place} == {B}
    assert {place for place, _ in ask(books, household_counts, everywhere, ONLY_B).by_place} == {B}
    assert {row.place for row in ask(books, overdue_places, everywhere, ONLY_B)} == {B}
    together = ask(books, collection_cells, everywhere, ONLY_B).together
    assert together == ask(books, collection_cells, EstateMonth(B, NOVEMBER)).together


@pytest.mark.parametrize(("query", "wanted"), EVERYWHERE, ids=lambda value: getattr(value, "__name__", ""))
def test_another_estate_and_another_role_are_refused(books: Books, query: Any, wanted: Any) -> None:
    for who, asked in ((ONLY_B, replace(wanted, estate_id=A)), (PATROL, wanted), (FRONT_DESK, wanted)):
        with pytest.raises(NotPermitted):
            ask(books, query, asked, who)


def test_single_records_of_another_estate_are_refused_or_not_found(books: Books) -> None:
    for query, wanted in (
        (bill_detail, BillWanted(A, ask(books, bills, BillsWanted(A)).rows[0].bill_id)),
        (receipt, ReceiptWanted(A, books.payments[0].payment_id)),
        (run_problems, RunProblemsWanted(A, ask(books, bill_runs, RunsWanted(A)).rows[0].run_id)),
    ):
        with pytest.raises(NotPermitted):
            ask(books, query, wanted, ONLY_B)
    for query, missing in (
        (bill_detail, BillWanted(A, 999_999)),
        (receipt, ReceiptWanted(A, 999_999)),
        (counter_unit, UnitWanted(A, 999_999)),
    ):
        with pytest.raises(NotFound):
            ask(books, query, missing, replace(CASHIER, roles=CASHIER.roles | AUDITOR.roles))
    with pytest.raises(NotPermitted):
        ask(books, counter_unit, UnitWanted(A, books.unit(A, "1-1-101")), AUDITOR)


BUDGET = {
    collection_cells: 1,
    household_counts: 1,
    receipts_by_method: 1,
    open_amounts: 1,
    overdue_places: 1,
    units_behind: 1,
    bills: 2,
    collections: 4,
    tariffs: 3,
    bill_runs: 2,
    money_requests: 2,
}


@pytest.mark.parametrize(("query", "wanted"), EVERYWHERE, ids=lambda value: getattr(value, "__name__", ""))
def test_a_query_keeps_its_budget_of_statements(books: Books, query: Any, wanted: Any) -> None:
    with count_statements(books.database) as seen:
        ask(books, query, wanted)
    assert len(seen) == BUDGET[query], "\n".join(seen)


def test_the_counter_and_single_records_keep_their_budget(books: Books) -> None:
    bill = ask(books, bills, BillsWanted(A)).rows[0]
    for query, wanted, most in (
        (units_found, UnitSearch(None, "1"), 1),
        (counter_unit, UnitWanted(A, books.unit(A, "1-1-101")), 4),
        (receipt, ReceiptWanted(A, books.payments[0].payment_id), 2),
        (bill_detail, BillWanted(A, bill.bill_id), 2),
    ):
        with count_statements(books.database) as seen:
            ask(books, query, wanted, CASHIER)
        assert len(seen) <= most


def test_the_overview_reads_no_more_rows_than_a_screen_can_show(books: Books) -> None:
    """Folding bounds the rows whatever the age of the books: a triangle of months, buckets, methods, places."""
    with count_statements(books.database):
        cells = ask(books, collection_cells, EstateMonth(None, NOVEMBER))
    assert len(cells.together) <= 15 * 14 // 2
    assert len(cells.by_place) <= 4 * 2


def test_an_empty_company_has_empty_answers(database: Database) -> None:
    books = Books(database)
    assert ask(books, collection_cells, EstateMonth(None, NOVEMBER)).together == ()
    assert ask(books, household_counts, EstateMonth(None, NOVEMBER)).by_month == ()
    assert ask(books, overdue_places, EstateMonth(None, NOVEMBER)) == ()
    assert total(b.amount for b in ask(books, open_amounts, OpenWanted(None, NOVEMBER)).buckets) == ZERO
    assert ask(books, bills, BillsWanted(None)).outstanding == ZERO
    assert ask(books, units_behind, UnitsWanted(None, NOVEMBER, Figure.COMBINED)).rate == Rate(ZERO, ZERO)
    ledger = ask(books, collections, CollectionsWanted(None, NOVEMBER))
    assert (ledger.rows, ledger.net, ledger.balances) == ((), ZERO, True)


def test_an_ageing_without_steps_still_parts_due_from_overdue(books: Books) -> None:
    due, overdue = ask(books, open_amounts, OpenWanted(None, NOVEMBER, ())).buckets
    assert (due.last, overdue.first) == (0, 1)
    assert overdue.amount == Ledger(books.database).overdue(None, None, TODAY)
