"""Short ways to say what a test is about."""

from datetime import date
from decimal import Decimal

from core.fees.allocation import OpenBill
from core.fees.billing import UnitToBill
from core.fees.tariffs import Basis, Tariff, TariffState
from core.kernel.identity import BillId, BuildingId, TariffId, UnitId
from core.kernel.money import Money
from core.kernel.periods import Month

JUNE = Month(2026, 6)


def a_tariff(
    number: int = 1,
    *,
    item: str = "property",
    basis: Basis = Basis.AREA,
    prices: dict[str, str] | None = None,
    valid_from: date = date(2026, 1, 1),
    valid_to: date | None = None,
    uses: tuple[str, ...] = (),
    state: TariffState = TariffState.APPROVED,
) -> Tariff:
    """An approved tariff by area at 2.35 yuan unless told otherwise."""
    chosen = {"": "2.35"} if prices is None else prices
    return Tariff(
        tariff_id=TariffId(number),
        item=item,
        basis=basis,
        prices=tuple((key, Decimal(price)) for key, price in chosen.items()),
        valid_from=valid_from,
        valid_to=valid_to,
        uses=frozenset(uses),
        state=state,
    )


def a_unit(
    number: int = 1,
    *,
    area: str | None = "100.00",
    use: str = "residential",
    grade: str | None = None,
    billable_from: date | None = None,
) -> UnitToBill:
    """A home of 100 square metres unless told otherwise."""
    return UnitToBill(
        unit_id=UnitId(number),
        building_id=BuildingId(1),
        area=None if area is None else Decimal(area),
        use=use,
        grade=grade,
        billable_from=billable_from,
    )


def an_open_bill(
    number: int,
    outstanding: str,
    *,
    unit: int = 1,
    item: str = "property",
    month: Month = JUNE,
    due: date = date(2026, 7, 15),
) -> OpenBill:
    """A bill of June 2026, due on 15 July, unless told otherwise."""
    return OpenBill(
        bill_id=BillId(number),
        unit_id=UnitId(unit),
        item=item,
        service_month=month,
        due_date=due,
        outstanding=Money.of(outstanding),
    )
