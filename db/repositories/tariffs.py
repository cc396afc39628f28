"""Tariffs: rows and core values, and the terms bills are made by."""

from collections.abc import Iterable, Sequence
from datetime import date

from sqlalchemy import Connection, insert, or_, select
from sqlalchemy.orm import Session

from core.fees import tariffs as core
from core.fees.tariffs import Basis, TariffState
from core.fees.terms import Terms
from core.kernel.identity import EstateId, TariffId
from core.kernel.money import price_from_micro, price_to_micro
from db.models import Tariff, TariffPrice
from db.repositories.settings import fee_settings_on

_BETWEEN = ","


def load_tariff(session: Session, estate: EstateId, tariff: TariffId) -> Tariff | None:
    """The row, for a change."""
    return session.get(Tariff, (estate, tariff))


def tariff_of(session: Session, row: Tariff) -> core.Tariff:
    """The core value of a row."""
    return _values(session, EstateId(row.estate_id), [row])[0]


def approved_tariffs(session: Session, estate: EstateId, *, on: date | None = None) -> tuple[core.Tariff, ...]:
    """The approved tariffs of an estate: all, or those valid on a day."""
    statement = select(Tariff).where(Tariff.estate_id == estate, Tariff.state == TariffState.APPROVED.value)
    if on is not None:
        statement = statement.where(Tariff.valid_from <= on, or_(Tariff.valid_to.is_(None), Tariff.valid_to > on))
    return _values(session, estate, session.scalars(statement.order_by(Tariff.id)).all())


def _values(session: Session, estate: EstateId, rows: Sequence[Tariff]) -> tuple[core.Tariff, ...]:
    numbers = [row.id for row in rows]
    statement = select(TariffPrice).where(TariffPrice.estate_id == estate, TariffPrice.tariff_id.in_(numbers))
    prices = session.scalars(statement.order_by(TariffPrice.key)).all() if rows else ()
    return tuple(_value(row, (price for price in prices if price.tariff_id == row.id)) for row in rows)


def _value(row: Tariff, prices: Iterable[TariffPrice]) -> core.Tariff:
    return core.Tariff(
        tariff_id=TariffId(row.id),
        item=row.item,
        basis=Basis(row.basis),
        prices=tuple((price.key, price_from_micro(price.price)) for price in prices),
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        uses=frozenset(filter(None, row.uses.split(_BETWEEN))),
        state=TariffState(row.state),
    )


def store_tariff(session: Session, row: Tariff, tariff: core.Tariff) -> None:
    """Store a new row with what the core value says, and its prices."""
    row.item, row.basis, row.state = tariff.item, tariff.basis.value, tariff.state.value
    row.valid_from, row.valid_to = tariff.valid_from, tariff.valid_to
    row.uses = _BETWEEN.join(sorted(tariff.uses))
    session.add(row)
    session.flush()
    prices = [
        {"estate_id": row.estate_id, "tariff_id": row.id, "key": key, "price": price_to_micro(price)}
        for key, price in tariff.prices
    ]
    session.execute(insert(TariffPrice), prices)


def terms_on(connection: Session | Connection, estate: EstateId, day: date) -> Terms:
    """The billing terms that hold in an estate on a day (R-008)."""
    fees = fee_settings_on(connection, estate, day)
    return Terms(
        timing=fees.timing,
        due_day=fees.due_day,
        cycle=fees.cycle,
        mode=fees.charging_mode,
    )
