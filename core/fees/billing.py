"""Which bills a month brings: a plan to look at first and post afterwards (R-017 to R-023)."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from hashlib import sha256
from typing import ClassVar, Final

from core.fees.tariffs import Basis, Tariff, TariffBook
from core.fees.terms import Terms, begins_cycle, due_date, months_left_in_cycle
from core.kernel.errors import BusinessError
from core.kernel.identity import BuildingId, TariffId, UnitId
from core.kernel.money import Money, product, total
from core.kernel.periods import Month

LARGEST_BILL: Final = Money.of(10_000_000)
ONE: Final = Decimal(1)

NO_TARIFF: Final = "fees.bill.no_tariff"
NO_AREA: Final = "fees.bill.no_area"
NO_GRADE: Final = "fees.bill.no_grade"
NO_GRADE_PRICE: Final = "fees.bill.no_grade_price"
NO_USE: Final = "fees.bill.no_use"
NO_USE_PRICE: Final = "fees.bill.no_use_price"
ZERO_AMOUNT: Final = "fees.bill.zero_amount"
TOO_LARGE: Final = "fees.bill.too_large"


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitToBill:
    """What a bill run knows of a unit. ``area`` is in square metres; ``billable_from`` is the day of handover."""

    unit_id: UnitId
    building_id: BuildingId
    area: Decimal | None
    use: str
    grade: str | None = None
    billable_from: date | None = None


@dataclass(frozen=True, slots=True)
class NewBill:
    """One bill to post. ``unit_price`` is in yuan a month; ``amount`` is quantity × unit price × months."""

    unit_id: UnitId
    building_id: BuildingId
    item: str
    tariff_id: TariffId
    service_month: Month
    months: int
    due_date: date
    quantity: Decimal
    unit_price: Decimal
    amount: Money


@dataclass(frozen=True, slots=True, order=True)
class BillProblem:
    """Why a unit gets no bill for an item; the item is empty when no tariff speaks of the unit at all."""

    unit_id: UnitId
    item: str
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BillPlan:
    """What a bill run would post.

    ``skipped`` counts the bills that exist already, ``not_yet`` the units whose first full month comes later.
    """

    bills: tuple[NewBill, ...] = ()
    problems: tuple[BillProblem, ...] = ()
    skipped: int = 0
    not_yet: int = 0

    @property
    def amount(self) -> Money:
        """The sum of all bills."""
        return total(bill.amount for bill in self.bills)


class NoTariffValid(BusinessError):
    """No approved tariff is valid on the first day of the month, so nothing can be billed."""

    code: ClassVar[str] = "fees.bills.no_tariff"


class PlanChanged(BusinessError):
    """What would be posted now differs from what was previewed."""

    code: ClassVar[str] = "fees.bills.plan_changed"


class NothingToBill(BusinessError):
    """The plan holds no bill."""

    code: ClassVar[str] = "fees.bills.nothing"


def plan_bills(
    *,
    units: Iterable[UnitToBill],
    tariffs: Iterable[Tariff],
    month: Month,
    terms: Terms,
    already_billed: frozenset[tuple[UnitId, str]] = frozenset(),
) -> BillPlan:
    """Plan exactly one bill per unit and item for the service month (R-021).

    The tariff valid on the first day of the month counts for the whole bill. ``already_billed`` names the unit and
    item of every bill with this service month. A unit handed over during a month pays from its first full month
    (handed over on the 1st: from that month). With the yearly cycle the term's first month brings one bill for
    twelve months (R-023); the other months bring nothing but, to a unit whose first full month it is, the rest of
    the term. What lacks a price, grade, use or area becomes a problem and no bill (R-018). Amounts are rounded once,
    half up (R-017).
    """
    book = TariffBook(tariffs, day=month.first_day)
    if not book:
        raise NoTariffValid(month=str(month))
    run = _Run(book, month, terms, already_billed)
    for unit in units:
        run.add(unit)
    return BillPlan(bills=tuple(run.bills), problems=tuple(run.problems), skipped=run.skipped, not_yet=run.not_yet)


class _Run:
    """The working state of one bill run."""

    def __init__(self, book: TariffBook, month: Month, terms: Terms, billed: frozenset[tuple[UnitId, str]]) -> None:
        self.book, self.month, self.billed = book, month, billed
        self.months = months_left_in_cycle(month=month, terms=terms)
        self.due = due_date(service_month=month, terms=terms)
        self.starts_cycle = begins_cycle(month=month, terms=terms)
        self.first_day, self.month_before = month.first_day, month.shift(-1).first_day
        self.prices: dict[TariffId, dict[str, Decimal]] = {}
        self.bills: list[NewBill] = []
        self.problems: list[BillProblem] = []
        self.skipped = self.not_yet = 0

    def add(self, unit: UnitToBill) -> None:
        handover = unit.billable_from
        if handover is not None and handover > self.first_day:
            self.not_yet += 1
            return
        if not self.starts_cycle and (handover is None or handover <= self.month_before):
            return
        tariffs = self.book.for_use(unit.use)
        if not tariffs:
            self.problems.append(BillProblem(unit.unit_id, "", NO_TARIFF))
        for item, tariff in tariffs.items():
            if (unit.unit_id, item) in self.billed:
                self.skipped += 1
            else:
                self._bill(unit, tariff)

    def _bill(self, unit: UnitToBill, tariff: Tariff) -> None:
        prices = self.prices.setdefault(tariff.tariff_id, {})
        if not prices:
            prices.update(tariff.prices)
        try:
            quantity, price = _measure(unit, tariff.basis, prices)
            amount = _amount(quantity, price, self.months)
        except _NoBill as reason:
            self.problems.append(BillProblem(unit.unit_id, tariff.item, reason.code))
            return
        bill = NewBill(
            unit_id=unit.unit_id,
            building_id=unit.building_id,
            item=tariff.item,
            tariff_id=tariff.tariff_id,
            service_month=self.month,
            months=self.months,
            due_date=self.due,
            quantity=quantity,
            unit_price=price,
            amount=amount,
        )
        self.bills.append(bill)


class _NoBill(Exception):
    """Carries the code of what is missing from the arithmetic to the run."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def _measure(unit: UnitToBill, basis: Basis, prices: dict[str, Decimal]) -> tuple[Decimal, Decimal]:
    """Give quantity and unit price by the basis of the tariff."""
    if basis is Basis.SERVICE_ITEMS:
        return ONE, sum(prices.values(), Decimal(0))
    if unit.area is None or unit.area <= 0:
        raise _NoBill(NO_AREA)
    if basis is Basis.AREA:
        return unit.area, prices[""]
    if basis is Basis.AREA_GRADE:
        return unit.area, _price(prices, unit.grade, without_key=NO_GRADE, without_price=NO_GRADE_PRICE)
    return unit.area, _price(prices, unit.use, without_key=NO_USE, without_price=NO_USE_PRICE)


def _price(prices: dict[str, Decimal], key: str | None, *, without_key: str, without_price: str) -> Decimal:
    if not key:
        raise _NoBill(without_key)
    if key not in prices:
        raise _NoBill(without_price)
    return prices[key]


def _amount(quantity: Decimal, price: Decimal, months: int) -> Money:
    try:
        amount = product(quantity, price, months)
    except OverflowError as too_large:
        raise _NoBill(TOO_LARGE) from too_large
    if amount > LARGEST_BILL:
        raise _NoBill(TOO_LARGE)
    if not amount:
        raise _NoBill(ZERO_AMOUNT)
    return amount


def plan_digest(plan: BillPlan, *, basis: tuple[str | int, ...] = ()) -> str:
    """Give the SHA-256 (hex) of everything a plan would post and everything it leaves out.

    The post plans again and refuses when the digest differs from the one that was previewed. ``basis`` adds what
    else must not have changed, for instance the estate. The order of units does not matter.
    """
    texts: dict[Decimal, str] = {}

    def plain(number: Decimal) -> str:
        if number not in texts:
            texts[number] = f"{number.normalize():f}"
        return texts[number]

    bills = sorted(
        (b.unit_id, b.item, b.building_id, b.tariff_id, b.months, plain(b.quantity), plain(b.unit_price), b.amount.fen)
        for b in plan.bills
    )
    days = sorted({(b.service_month.number, b.due_date.isoformat()) for b in plan.bills})
    problems = sorted((p.unit_id, p.item, p.code) for p in plan.problems)
    content = ["bill-plan-1", basis, days, bills, problems, plan.skipped, plan.not_yet]
    return sha256(json.dumps(content, separators=(",", ":")).encode()).hexdigest()


def check_plan(plan: BillPlan, *, previewed: str, basis: tuple[str | int, ...] = ()) -> None:
    """Raise a refusal unless the plan has the digest that was previewed and holds at least one bill."""
    if plan_digest(plan, basis=basis) != previewed:
        raise PlanChanged
    if not plan.bills:
        raise NothingToBill
