"""A small company with real books, made by the portal's own operations: two estates, tariffs, bills, payments.

Amounts are easy to follow: every unit has 100 m², estate ``A`` charges 2 yuan, estate ``B`` 3 yuan a square metre.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import partial
from typing import Any

from sqlalchemy import insert

from core.admin.permissions import Actor
from core.fees.allocation import Part
from core.fees.ledger import entry_for_relief
from core.fees.tariffs import Basis
from core.kernel.identity import BillId, EntryId, EstateId, PaymentId, UnitId
from core.kernel.money import Money
from core.kernel.periods import Month, months_between
from db.engine import Database
from db.models import Building, CodeItem, Customer, Estate, EstateHead, Occupancy, Unit, User, UserRole
from db.operations.bill_runs import PostBillRun, PrepareBillRun, post_bill_run, prepare_bill_run
from db.operations.money_requests import (
    AskRefund,
    AskReversal,
    DecideRequest,
    ask_refund,
    ask_reversal,
    decide_request,
)
from db.operations.payments import Receipt, RecordPayment, record_payment
from db.operations.tariffs import ApproveTariff, ProposeTariff, approve_tariff, propose_tariff
from db.repositories.fees import bills_by_id, owed_by_household
from db.repositories.ledger import Posting, Stamp, books_of, post
from db.unit_of_work import UnitOfWork, perform
from tests.kept import built_once
from tests.personas import ACCOUNTANT, CASHIER, EVERYBODY, SUPERVISOR

A, B = EstateId(1), EstateId(2)
UNITS = {A: ("1-1-101", "1-1-102", "1-1-201", "2-1-101", "2-1-102", "2-1-201"), B: ("1-1-101", "1-1-102")}
NOON = 4
"""Noon in China, in UTC hours."""


def at(day: date) -> datetime:
    """Noon of a day in China."""
    return datetime(day.year, day.month, day.day, NOON, tzinfo=UTC)


@dataclass(slots=True)
class Books:
    """The company and what it does; every step names its day."""

    database: Database
    intents: int = 0
    payments: list[Receipt] = field(default_factory=list)

    def do(self, act: Any, command: Any, day: date, who: Actor) -> Any:
        """Carry an operation out as somebody on a day."""
        return perform(self.database, act, command, identify=lambda _c, _n: who, now=at(day))

    def unit(self, estate: EstateId, code: str) -> UnitId:
        """The number of a unit."""
        return UnitId(100 + UNITS[estate].index(code))

    def bill_month(self, estate: EstateId, month: Month, day: date) -> Any:
        """Prepare and post a month's bills on a day."""
        run = self.do(prepare_bill_run, PrepareBillRun(estate, month), day, ACCOUNTANT)
        return self.do(post_bill_run, PostBillRun(estate, run.run_id, run.version), day, SUPERVISOR)

    def pay(self, estate: EstateId, code: str, yuan: str, day: date, **more: Any) -> Receipt:
        """Take a payment on a day; the oldest bills first unless bills are named."""
        self.intents += 1
        command = RecordPayment(
            estate_id=estate,
            intent_id=f"intent-{self.intents:04d}",
            unit_id=self.unit(estate, code),
            payer_name="张三丰",
            amount=Money.of(yuan),
            method=more.pop("method", "cash"),
            received_at=at(day),
            **more,
        )
        receipt: Receipt = self.do(record_payment, command, day, CASHIER)
        self.payments.append(receipt)
        return receipt

    def reverse(self, estate: EstateId, payment: PaymentId, day: date) -> None:
        """Take a payment back: asked by the cashier, approved by the supervisor."""
        request = self.do(ask_reversal, AskReversal(estate, payment, "entered twice"), day, CASHIER)
        self.do(decide_request, DecideRequest(estate, request, True, "", 1), day, SUPERVISOR)

    def refund(self, estate: EstateId, code: str, yuan: str, day: date) -> None:
        """Pay credit out."""
        ask = AskRefund(estate, self.unit(estate, code), Money.of(yuan), "cash", "moving out")
        request = self.do(ask_refund, ask, day, CASHIER)
        self.do(decide_request, DecideRequest(estate, request, True, "", 1), day, SUPERVISOR)

    def relieve(self, estate: EstateId, bill: int, yuan: str, day: date) -> None:
        """Grant relief on a bill, straight in the ledger."""
        self.do(_relieve, (estate, BillId(bill), Money.of(yuan), day), day, SUPERVISOR)


def _relieve(work: UnitOfWork, wanted: tuple[EstateId, BillId, Money, date]) -> None:
    estate, bill, amount, day = wanted
    known = bills_by_id(work.session, estate, [bill])
    unit, item = known[0].bill.unit_id, known[0].bill.item
    owed = owed_by_household(work.session, estate, {known[0].bill.service_month}, unit=unit)
    entry = entry_for_relief(parts=(Part(bill, unit, item, amount),), business_date=day)
    posting = Posting(entry=entry, entry_id=EntryId(work.new_id(estate)), source_id=0)
    post(work.session, Stamp(estate, SUPERVISOR.user_id, work.now), [posting], books_of(known, owed))


@built_once
def open_books(database: Database, tariff_from: date = date(2025, 1, 1)) -> Books:
    """Store the estates with their people, and approve a tariff for each."""
    books = Books(database)
    with database.writing() as connection, connection.begin():
        _store_people(connection)
        for estate, code, name in ((A, "A", "Alpha Court"), (B, "B", "Beta Garden")):
            _store_estate(connection, database, estate, code, name)
    for estate, price in ((A, "2"), (B, "3")):
        proposal = ProposeTariff(estate, "property_fee", Basis.AREA, (("", Decimal(price)),), tariff_from)
        tariff = books.do(propose_tariff, proposal, tariff_from, ACCOUNTANT)
        books.do(approve_tariff, ApproveTariff(estate, tariff, 1), tariff_from, SUPERVISOR)
    return books


def _store_people(connection: Any) -> None:
    rows = [
        {
            "id": who.user_id,
            "username": who.name.replace(" ", "-"),
            "display_name": who.name,
            "all_estates": True,
            "state": "active",
            "created_at": at(date(2025, 1, 1)),
        }
        for who in EVERYBODY
    ]
    known = connection.exec_driver_sql("SELECT count(*) FROM users").scalar()
    if not known:
        connection.execute(insert(User), rows)
        roles = [{"user_id": who.user_id, "role": role.value} for who in EVERYBODY for role in who.roles]
        connection.execute(insert(UserRole), roles)


def _store_estate(connection: Any, database: Database, estate: EstateId, code: str, name: str) -> None:
    key = {"id": estate, "code": code, "name": name, "natural_key": name, "created_at": at(date(2025, 1, 1))}
    connection.execute(insert(Estate), [key])
    connection.execute(insert(EstateHead), [{"estate_id": estate, "next_id": 1000}])
    buildings = sorted({unit.split("-")[0] for unit in UNITS[estate]})
    connection.execute(
        insert(Building), [{"estate_id": estate, "id": int(b), "code": b, "sort_key": b} for b in buildings]
    )
    units = [
        {
            "estate_id": estate,
            "id": 100 + place,
            "building_id": int(unit.split("-")[0]),
            "code": unit,
            "sort_key": unit,
            "area": 100_00,
            "use": "residential",
        }
        for place, unit in enumerate(UNITS[estate])
    ]
    connection.execute(insert(Unit), units)
    sealed = database.keys.seal("李小龙", place=f"customers.name:{estate}:50")
    connection.execute(
        insert(Customer), [{"estate_id": estate, "id": 50, "name_sealed": sealed, "name_index": b"x" * 32}]
    )
    home = {"estate_id": estate, "id": 60, "unit_id": 100, "customer_id": 50, "relation": "owner"}
    connection.execute(insert(Occupancy), [home])


@built_once
def lived_in_books(database: Database, until: Month) -> Books:
    """Six months of bills (on the 25th, the last on the 20th), paid in time, late, in part and too much.

    There is a reversal in a later month than its payment, credit that settles later bills, a refund, and relief on
    two bills of the unit ``A 1-1-201``. Steps run in the order of their days.
    """
    books = open_books(database)
    first, second, third, last = (until.shift(-n) for n in (4, 3, 2, 1))
    steps: list[tuple[date, Callable[[], object]]] = [
        (
            month.day(20 if month == until else 25),
            partial(_bill_everywhere, books, month, month.day(20 if month == until else 25)),
        )
        for month in months_between(until.shift(-5), until)
    ]
    steps += [
        (first.day(3), partial(books.pay, A, "1-1-101", "1000", first.day(3))),  # credit for four months to come
        (second.day(10), partial(books.pay, A, "1-1-102", "250.05", second.day(10), method="wechat_pay")),
        (third.day(28), partial(books.pay, A, "2-1-201", "600.01", third.day(28))),
        (last.day(20), partial(books.pay, A, "2-1-101", "400", last.day(20))),
        (last.day(26), partial(_relieve_oldest, books, 0, "50", last.day(26))),
        (last.day(28), partial(books.pay, B, "1-1-101", "2000", last.day(28), method="alipay")),
        (until.day(2), partial(books.refund, B, "1-1-101", "100", until.day(2))),
        (until.day(3), lambda: books.reverse(A, books.payments[3].payment_id, until.day(3))),
        (until.day(16), partial(books.pay, A, "2-1-102", "200", until.day(16), method="card")),
        (until.day(18), partial(_relieve_oldest, books, 1, "30", until.day(18))),
    ]
    for _, step in sorted(steps, key=lambda step: step[0]):
        step()
    return books


def _bill_everywhere(books: Books, month: Month, day: date) -> None:
    for estate in (A, B):
        books.bill_month(estate, month, day)


def _relieve_oldest(books: Books, place: int, yuan: str, day: date) -> None:
    with books.database.reading() as connection:
        sql = "SELECT id FROM bills WHERE estate_id = 1 AND unit_id = 102 ORDER BY service_month"
        books.relieve(A, [row[0] for row in connection.exec_driver_sql(sql)][place], yuan, day)


def store_codes(database: Database) -> None:
    """The few codes the fee pages offer."""
    rows = (
        ("fee_item", "property_fee", "物业服务费", "Property service fee"),
        ("fee_item", "lift", "电梯费", "Lift"),
        ("payment_method", "cash", "现金", "Cash"),
        ("payment_method", "alipay", "支付宝", "Alipay"),
        ("payment_method", "wechat_pay", "微信支付", "WeChat Pay"),
        ("payment_method", "card", "刷卡", "Bank card"),
        ("use", "residential", "住宅", "Residential"),
        ("use", "office", "写字楼", "Office"),
        ("unit_grade", "A", "甲级", "Grade A"),
        ("service_item", "cleaning", "环境卫生", "Cleaning"),
    )
    names = ("list", "code", "label_zh", "label_en")
    with database.writing() as connection, connection.begin():
        connection.execute(insert(CodeItem), [dict(zip(names, row, strict=True)) for row in rows])
