"""The best SQL we could write by hand for the answers of the fee queries; literals stand in it, nothing is shared.

A gap between this and the portal's SQL is what a cleverer query would save (S6).
"""

from datetime import date, timedelta

from bench.books import TODAY
from core.kernel.filters import EstateMonth
from core.kernel.periods import Month

_OPEN = "paid_fen + relief_fen < amount_fen"
_LEFT = "amount_fen - paid_fen - relief_fen"


def by_hand(name: str, wanted: EstateMonth, *, sqlite: bool) -> tuple[str, ...] | None:
    """The statements for a query of the overview, or ``None`` where we have written none."""
    scope = "1 = 1" if wanted.estate_id is None else f"estate_id = {wanted.estate_id}"
    place = "estate_id" if wanted.estate_id is None else "building_id"
    found = {
        "fee_settings": _settings(wanted),
        "collection_cells": _cells(scope, place, wanted.month),
        "household_counts": _households(scope, place, wanted.month),
        "open_amounts": (*_ageing(scope), *_moved(scope, wanted.month, sqlite=sqlite)),
        "overdue_places": _overdue(scope, place, sqlite=sqlite),
        "receipts_by_method": _receipts(scope, wanted.month, sqlite=sqlite),
        "bills: overdue": _bill_list(
            scope, f"{_OPEN} AND due_date < '{TODAY}'", "b.estate_id, b.due_date, b.unit_id, b.id"
        ),
        "bills: of the month": _bill_list(
            scope,
            f"service_month = {wanted.month.number}",
            "b.estate_id, b.building_id, b.unit_id, b.id" if wanted.estate_id is None else "u.sort_key, b.id",
        ),
        "collections": _collections(scope, wanted.month),
    }
    return found.get(name)


def _settings(wanted: EstateMonth) -> tuple[str, ...]:
    estates = f"(0, {wanted.estate_id or 0})"
    return (f"SELECT estate_id, key, valid_from, value FROM settings WHERE estate_id IN {estates} ORDER BY id DESC",)


def _cells(scope: str, place: str, last: Month) -> tuple[str, ...]:
    first, n = last.shift(-12).number, last.number
    whole = f"""
        SELECT CASE WHEN service_month < {first} THEN 0 WHEN service_month > {n} THEN 999999 ELSE service_month END,
               CASE WHEN posting_month < {first} THEN 0 ELSE posting_month END,
               sum(billed_fen), sum(received_fen), sum(relief_fen)
        FROM receivable_cells WHERE {scope} AND posting_month <= {n} GROUP BY 1, 2"""
    places = f"""
        SELECT {place},
               sum(CASE WHEN service_month = {n} THEN received_fen ELSE 0 END),
               sum(CASE WHEN service_month = {n} THEN billed_fen - relief_fen ELSE 0 END),
               sum(CASE WHEN posting_month = {n} THEN received_fen ELSE 0 END),
               sum(CASE WHEN posting_month = {n} THEN billed_fen - relief_fen
                        ELSE billed_fen - relief_fen - received_fen END)
        FROM receivable_cells WHERE {scope} AND posting_month <= {n} AND service_month <= {n} GROUP BY 1"""
    return whole, places


def _households(scope: str, place: str, last: Month) -> tuple[str, ...]:
    first, n = last.shift(-12).number, last.number
    sums = "sum(billed_units), sum(settled_units)"
    return (
        f"SELECT service_month, {sums} FROM household_months WHERE {scope} "
        f"AND service_month BETWEEN {first} AND {n} GROUP BY 1",
        f"SELECT {place}, {sums} FROM household_months WHERE {scope} AND service_month = {n} GROUP BY 1",
    )


def _ageing(scope: str) -> tuple[str, ...]:
    steps = [TODAY, *(TODAY - timedelta(days=days) for days in (15, 30, 60))]
    case = "CASE " + " ".join(f"WHEN due_date >= '{day}' THEN {n}" for n, day in enumerate(steps)) + " ELSE 4 END"
    return (f"SELECT {case}, sum({_LEFT}), count(*) FROM bills WHERE {scope} AND {_OPEN} GROUP BY 1",)


def _overdue(scope: str, place: str, *, sqlite: bool) -> tuple[str, ...]:
    week, month = TODAY - timedelta(days=7), Month.of(TODAY).shift(-1).day(TODAY.day)
    uncertain = Month.of(month).shift(-1).number

    def late(day: date) -> str:
        return f"b.due_date < '{day}' AND b.posted_on <= '{day}'"

    of_bill = f"b.{place}"
    opened = f"""
        SELECT {of_bill}, count(*), sum({_LEFT}),
               sum(CASE WHEN {late(week)} THEN {_LEFT} ELSE 0 END), sum(CASE WHEN {late(month)} THEN {_LEFT} ELSE 0 END)
        FROM bills b WHERE {scope} AND {_OPEN} AND b.due_date < '{TODAY}' GROUP BY 1"""
    settled = f"""
        SELECT {of_bill}, sum(CASE WHEN e.business_date > '{week}' AND {late(week)} THEN a.amount_fen ELSE 0 END),
               sum(CASE WHEN {late(month)} THEN a.amount_fen ELSE 0 END)
        FROM journal_entries e
        {_then(sqlite)} allocations a ON a.estate_id = e.estate_id AND a.entry_id = e.id
        {_then(sqlite)} bills b ON b.estate_id = a.estate_id AND b.id = a.bill_id
        WHERE {scope.replace("estate_id", "e.estate_id")} AND e.business_date > '{month}' AND b.due_date < '{week}'
        GROUP BY 1"""
    lately = f"""
        SELECT {of_bill}, sum(CASE WHEN {late(TODAY)} THEN amount_fen - relief_fen ELSE 0 END),
               sum(CASE WHEN {late(week)} THEN amount_fen - relief_fen ELSE 0 END),
               sum(CASE WHEN {late(month)} THEN amount_fen - relief_fen ELSE 0 END)
        FROM bills b WHERE {scope} AND service_month >= {uncertain} GROUP BY 1"""
    before = f"""
        SELECT {place}, sum(billed_fen - relief_fen) FROM receivable_cells
        WHERE {scope} AND service_month < {uncertain} GROUP BY 1"""
    return opened, settled, lately, before


def _then(sqlite: bool) -> str:  # a join in the order written: SQLite without a hint begins at the wrong end
    return "CROSS JOIN" if sqlite else "JOIN"


def _moved(scope: str, last: Month, *, sqlite: bool) -> tuple[str, ...]:
    settled = f"""
        SELECT sum(a.amount_fen) FROM journal_entries e
        {_then(sqlite)} allocations a ON a.estate_id = e.estate_id AND a.entry_id = e.id
        WHERE {scope.replace("estate_id", "e.estate_id")} AND e.business_date >= '{last.end}'"""
    runs = f"SELECT sum(total_fen) FROM bill_runs WHERE {scope} AND state = 'posted' AND posted_at >= '{last.end}'"
    return settled, runs


def _receipts(scope: str, last: Month, *, sqlite: bool) -> tuple[str, ...]:
    month = "substr(business_date, 1, 7)" if sqlite else "date_trunc('month', business_date)"
    span = f"business_date >= '{last.shift(-12).first_day}' AND business_date < '{last.end}'"
    return (
        f"SELECT {month}, method, sum(amount_fen), sum(payments) FROM daily_receipts WHERE {scope} AND {span} "
        "GROUP BY 1, 2",
    )


def _bill_list(scope: str, condition: str, order: str) -> tuple[str, ...]:
    mine = scope.replace("estate_id", "b.estate_id")
    return (
        f"SELECT count(*), sum(amount_fen), sum(paid_fen), sum(relief_fen) FROM bills WHERE {scope} AND {condition}",
        "SELECT b.estate_id, b.id, b.unit_id, u.code, b.item, b.service_month, b.due_date, b.amount_fen, b.paid_fen, "
        "b.relief_fen FROM bills b JOIN units u ON u.estate_id = b.estate_id AND u.id = b.unit_id "
        f"WHERE {mine} AND {condition} ORDER BY {order} LIMIT 50",
    )


def _collections(scope: str, last: Month) -> tuple[str, ...]:
    span = f"business_date >= '{last.first_day}' AND business_date < '{last.end}'"
    mine = scope.replace("estate_id", "p.estate_id")
    entry = scope.replace("estate_id", "e.estate_id")
    return (
        f"SELECT sum(amount_fen) FROM daily_receipts WHERE {scope} AND {span}",
        f"SELECT count(*), sum(amount_fen) FROM payments WHERE {scope} AND {span}",
        "SELECT p.*, u.code, r.business_date FROM payments p "
        "JOIN units u ON u.estate_id = p.estate_id AND u.id = p.unit_id "
        "LEFT JOIN reversals r ON r.estate_id = p.estate_id AND r.payment_id = p.id "
        f"WHERE {mine} AND p.{span.replace('AND business_date', 'AND p.business_date')} "
        "ORDER BY p.business_date DESC, p.estate_id, p.id DESC LIMIT 50",
        "SELECT e.kind, sum(-l.amount_fen) FROM journal_entries e "
        "JOIN journal_lines l ON l.estate_id = e.estate_id AND l.entry_id = e.id "
        f"WHERE {entry} AND e.{span.replace('AND business_date', 'AND e.business_date')} "
        "AND e.kind IN ('reversal', 'refund') AND l.account = 'cash_and_bank' GROUP BY e.kind",
    )
