"""The bills of a unit that a record may be about: the newest first, of that very unit (R-103)."""

from datetime import date

import pytest

from core.admin.permissions import NotPermitted
from core.kernel.money import Money
from core.kernel.periods import Month
from db.engine import Database
from db.queries.service_bills import UnitBillsWanted, unit_bills
from tests.builders import ask
from tests.fee_books import A, B, open_books
from tests.personas import FRONT_DESK, SUPERVISOR
from tests.statements import count_statements


def test_the_bills_of_the_very_unit_come_newest_first(database: Database) -> None:
    books = open_books(database)
    for month in (Month(2026, 9), Month(2026, 10)):
        books.bill_month(A, month, date(2026, 10, 5))
    with count_statements(database) as sent:
        rows = ask(database, unit_bills, UnitBillsWanted(A, "1-1-101"), by=SUPERVISOR)
    assert len(sent) == 1
    assert [row.month for row in rows] == [Month(2026, 10), Month(2026, 9)]
    assert all(row.outstanding == row.amount > Money(0) for row in rows)
    assert ask(database, unit_bills, UnitBillsWanted(A, "1-1-10"), by=SUPERVISOR) == ()
    assert ask(database, unit_bills, UnitBillsWanted(B, "1-1-101"), by=SUPERVISOR) == ()


def test_who_sees_no_fees_asks_in_vain(database: Database) -> None:
    open_books(database)
    with pytest.raises(NotPermitted):
        ask(database, unit_bills, UnitBillsWanted(A, "1-1-101"), by=FRONT_DESK)
