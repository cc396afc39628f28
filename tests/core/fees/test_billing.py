"""A month brings each unit exactly one bill an item, computed to the fen (R-017 to R-023)."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.admin.settings import FeeCycle, FeeTiming
from core.fees.billing import (
    BillPlan,
    BillProblem,
    NewBill,
    UnitToBill,
    check_plan,
    plan_bills,
    plan_digest,
)
from core.fees.tariffs import Basis, Tariff, TariffState
from core.fees.terms import Terms
from core.kernel.errors import BusinessError
from core.kernel.identity import BuildingId, TariffId, UnitId
from core.kernel.money import ZERO, Money
from core.kernel.periods import Month
from tests.core.fees.builders import JUNE, a_tariff, a_unit

YEARLY = Terms(cycle=FeeCycle.YEAR, first_month=1, timing=FeeTiming.ADVANCE)


def plan(
    *units: UnitToBill,
    tariffs: tuple[Tariff, ...] = (a_tariff(),),
    month: Month = JUNE,
    terms: Terms = Terms(),  # noqa: B008
    billed: frozenset[tuple[UnitId, str]] = frozenset(),
) -> BillPlan:
    return plan_bills(units=units, tariffs=tariffs, month=month, terms=terms, already_billed=billed)


def test_a_bill_by_area_says_everything_it_is_made_of() -> None:
    assert plan(a_unit(7, area="89.53")) == BillPlan(
        bills=(
            NewBill(
                unit_id=UnitId(7),
                building_id=BuildingId(1),
                item="property",
                tariff_id=TariffId(1),
                service_month=JUNE,
                months=1,
                due_date=date(2026, 7, 15),
                quantity=Decimal("89.53"),
                unit_price=Decimal("2.35"),
                amount=Money.of("210.40"),  # 210.3955
            ),
        )
    )


GRADED = a_tariff(basis=Basis.AREA_GRADE, prices={"A": "3.20", "B": "2.10"})
BY_USE = a_tariff(basis=Basis.USE, prices={"residential": "1.80", "commercial": "5.00"})
SERVICES = a_tariff(basis=Basis.SERVICE_ITEMS, prices={"lift": "12.50", "cleaning": "8.125"})


@pytest.mark.parametrize(
    ("tariff", "unit", "amount"),
    [
        (GRADED, a_unit(grade="A"), "320.00"),
        (GRADED, a_unit(grade="B"), "210.00"),
        (BY_USE, a_unit(use="residential"), "180.00"),
        (BY_USE, a_unit(use="commercial"), "500.00"),
        (SERVICES, a_unit(area="50"), "20.63"),  # 20.625
        (SERVICES, a_unit(area="500"), "20.63"),  # whatever the area
        (SERVICES, a_unit(area=None), "20.63"),
        (a_tariff(prices={"": "0.01"}), a_unit(area="0.50"), "0.01"),  # half a fen rounds up
        (a_tariff(prices={"": "10000"}), a_unit(area="1000.00"), "10000000.00"),
    ],
)
def test_the_basis_selects_quantity_and_price(tariff: Tariff, unit: UnitToBill, amount: str) -> None:
    result = plan(unit, tariffs=(tariff,))
    assert result.amount == Money.of(amount)
    assert not result.problems


@pytest.mark.parametrize(
    ("tariff", "unit", "code"),
    [
        (a_tariff(), a_unit(area=None), "fees.bill.no_area"),
        (a_tariff(), a_unit(area="0.00"), "fees.bill.no_area"),
        (a_tariff(), a_unit(area="-1.00"), "fees.bill.no_area"),
        (GRADED, a_unit(area=None, grade="A"), "fees.bill.no_area"),
        (GRADED, a_unit(), "fees.bill.no_grade"),
        (GRADED, a_unit(grade=""), "fees.bill.no_grade"),
        (GRADED, a_unit(grade="C"), "fees.bill.no_grade_price"),
        (BY_USE, a_unit(use=""), "fees.bill.no_use"),
        (BY_USE, a_unit(use="industrial"), "fees.bill.no_use_price"),
        (a_tariff(prices={"": "0.01"}), a_unit(area="0.49"), "fees.bill.zero_amount"),
        (a_tariff(prices={"": "10000"}), a_unit(area="1000.01"), "fees.bill.too_large"),
        (a_tariff(prices={"": "10000"}), a_unit(area="99999999.99"), "fees.bill.too_large"),
    ],
)
def test_what_cannot_be_computed_becomes_a_problem_and_no_bill(tariff: Tariff, unit: UnitToBill, code: str) -> None:
    assert plan(unit, tariffs=(tariff,)) == BillPlan(problems=(BillProblem(UnitId(1), "property", code),))


def test_a_unit_no_tariff_speaks_of_is_a_problem_without_an_item() -> None:
    only_offices = a_tariff(uses=("office",))
    assert plan(a_unit(), a_unit(2, use="office"), tariffs=(only_offices,)).problems == (
        BillProblem(UnitId(1), "", "fees.bill.no_tariff"),
    )


def test_each_item_that_applies_gets_its_own_bill_and_one_bad_item_spoils_no_other() -> None:
    tariffs = (a_tariff(1), replace(GRADED, tariff_id=TariffId(2), item="lift"), a_tariff(3, item="heat", uses=("x",)))
    result = plan(a_unit(), tariffs=tariffs)
    assert [bill.item for bill in result.bills] == ["property"]
    assert result.problems == (BillProblem(UnitId(1), "lift", "fees.bill.no_grade"),)


def test_a_second_run_bills_nothing_again_and_says_so() -> None:
    units = (a_unit(1), a_unit(2))
    first = plan(*units)
    billed = frozenset((bill.unit_id, bill.item) for bill in first.bills)
    assert plan(*units, billed=billed) == BillPlan(skipped=2)
    assert plan(*units, a_unit(3), billed=billed).skipped == 2


@pytest.mark.parametrize(
    ("handover", "bills", "not_yet"),
    [
        (None, 1, 0),
        (date(2026, 5, 31), 1, 0),
        (date(2026, 6, 1), 1, 0),
        (date(2026, 6, 2), 0, 1),
        (date(2026, 6, 30), 0, 1),
        (date(2026, 7, 1), 0, 1),
    ],
)
def test_a_unit_pays_from_its_first_full_month(handover: date | None, bills: int, not_yet: int) -> None:
    result = plan(a_unit(billable_from=handover))
    assert (len(result.bills), result.not_yet, result.problems) == (bills, not_yet, ())


def test_the_tariff_of_the_first_day_counts_for_the_whole_month() -> None:
    old = a_tariff(1, valid_to=date(2026, 6, 15), prices={"": "1"})
    new = a_tariff(2, valid_from=date(2026, 6, 15), prices={"": "2"})
    assert plan(a_unit(), tariffs=(old, new)).amount == Money.of("100.00")
    assert plan(a_unit(), tariffs=(old, new), month=Month(2026, 7)).amount == Money.of("200.00")


@pytest.mark.parametrize(
    "tariffs", [(), (a_tariff(state=TariffState.DRAFT),), (a_tariff(valid_from=date(2026, 6, 2)),)]
)
def test_a_month_without_any_valid_tariff_is_refused(tariffs: tuple[Tariff, ...]) -> None:
    with pytest.raises(BusinessError) as refused:
        plan(a_unit(), tariffs=tariffs)
    assert (refused.value.code, refused.value.fields) == ("fees.bills.no_tariff", {"month": "2026-06"})


def test_a_yearly_bill_covers_twelve_months_rounds_once_and_comes_once() -> None:
    january = plan(a_unit(area="33.33"), month=Month(2026, 1), terms=YEARLY, tariffs=(a_tariff(prices={"": "1.2345"}),))
    (bill,) = january.bills
    assert (bill.months, bill.due_date) == (12, date(2026, 1, 15))
    assert bill.amount == Money.of("493.75")  # 493.75062, not 12 × 41.15 = 493.80
    for number in range(2, 13):
        assert plan(a_unit(), month=Month(2026, number), terms=YEARLY) == BillPlan()


@pytest.mark.parametrize(
    ("handover", "month", "months"),
    [
        (date(2026, 3, 10), Month(2026, 4), 9),
        (date(2026, 4, 1), Month(2026, 4), 9),
        (date(2026, 11, 2), Month(2026, 12), 1),
        (date(2026, 3, 1), Month(2026, 4), 0),  # its first full month was March
        (date(2026, 3, 10), Month(2026, 5), 0),
        (date(2025, 12, 31), Month(2026, 1), 12),
    ],
)
def test_a_unit_handed_over_within_a_yearly_term_pays_the_rest_of_it(handover: date, month: Month, months: int) -> None:
    bills = plan(a_unit(billable_from=handover), month=month, terms=YEARLY).bills
    assert sum(bill.months for bill in bills) == months


@given(
    st.dates(date(2025, 6, 1), date(2027, 12, 31)),
    st.integers(1, 12),
    st.sampled_from(FeeCycle),
)
def test_over_time_every_full_month_is_billed_exactly_once(handover: date, first_month: int, cycle: FeeCycle) -> None:
    terms = Terms(cycle=cycle, first_month=first_month)
    covered: list[Month] = []
    for number in range(48):
        month = Month(2025, 1).shift(number)
        for bill in plan(
            a_unit(billable_from=handover), tariffs=(a_tariff(valid_from=date(2000, 1, 1)),), month=month, terms=terms
        ).bills:
            covered += [bill.service_month.shift(i) for i in range(bill.months)]
    first_full = Month.of(handover) if handover.day == 1 else Month.of(handover).shift(1)
    assert covered == [first_full.shift(i) for i in range(len(covered))]
    assert covered[-1] >= Month(2028, 12)


AREAS = st.decimals(min_value="0.01", max_value=9999, places=2)
PRICES = st.decimals(min_value="0.000001", max_value=9999, places=6)


@given(AREAS, PRICES)
def test_an_amount_is_the_exact_product_to_the_nearest_fen(area: Decimal, price: Decimal) -> None:
    unit = replace(a_unit(), area=area)
    result = plan(unit, tariffs=(replace(a_tariff(), prices=(("", price),)),))
    exact = area * price
    if exact > 10_000_000 or exact < Decimal("0.005"):
        assert not result.bills
    else:
        assert abs(result.amount.yuan - exact) <= Decimal("0.005")
        assert result.amount > ZERO


def digest_of(**changes: object) -> str:
    base = plan(a_unit(1), a_unit(2, area=None), billed=frozenset())
    bills = tuple(replace(bill, **changes) for bill in base.bills)  # type: ignore[arg-type]
    return plan_digest(replace(base, bills=bills))


@pytest.mark.parametrize(
    "change",
    [
        {"unit_id": 9},
        {"building_id": 9},
        {"item": "parking"},
        {"tariff_id": 9},
        {"service_month": Month(2026, 5)},
        {"months": 2},
        {"due_date": date(2026, 7, 16)},
        {"quantity": Decimal("100.01")},
        {"unit_price": Decimal("2.350001")},
        {"amount": Money(23501)},
    ],
)
def test_the_digest_changes_with_every_figure_of_a_bill(change: dict[str, object]) -> None:
    assert digest_of(**change) != digest_of()


@pytest.mark.parametrize(
    "change",
    [
        lambda p: replace(p, problems=()),
        lambda p: replace(p, skipped=1),
        lambda p: replace(p, not_yet=1),
        lambda p: replace(p, bills=()),
    ],
)
def test_the_digest_changes_with_what_is_left_out(change: Callable[[BillPlan], BillPlan]) -> None:
    before = plan(a_unit(1), a_unit(2, area=None))
    assert plan_digest(change(before)) != plan_digest(before)


def test_the_digest_ignores_the_order_of_units_and_trailing_zeros() -> None:
    one = plan(a_unit(1, area="100.00"), a_unit(2, area=None), a_unit(3))
    other = plan(a_unit(3), a_unit(2, area=None), a_unit(1, area="100"))
    assert plan_digest(one) == plan_digest(other)
    assert len(plan_digest(one)) == 64


def test_the_digest_includes_what_the_caller_adds() -> None:
    assert plan_digest(plan(a_unit()), basis=(1,)) != plan_digest(plan(a_unit()), basis=(2,))


def test_a_plan_is_posted_only_as_previewed_and_only_with_bills() -> None:
    seen = plan(a_unit())
    check_plan(seen, previewed=plan_digest(seen, basis=(4,)), basis=(4,))
    with pytest.raises(BusinessError) as changed:
        check_plan(plan(a_unit(area="101")), previewed=plan_digest(seen))
    assert changed.value.code == "fees.bills.plan_changed"
    with pytest.raises(BusinessError) as nothing:
        check_plan(plan(), previewed=plan_digest(plan()))
    assert nothing.value.code == "fees.bills.nothing"
