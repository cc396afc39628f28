"""Fee standards as lists (R-016)."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Row, func, or_, select
from sqlalchemy.orm import aliased

from core.admin.permissions import Permission
from core.fees.tariffs import Basis, TariffState
from core.kernel.filters import Slice
from core.kernel.identity import EstateId, TariffId, UserId
from core.kernel.money import price_from_micro
from core.kernel.periods import local_day
from db.models import Estate, Tariff, TariffPrice, User
from db.repositories.keyed import keyed
from db.unit_of_work import Reader, query

_MAKER, _DECIDER = aliased(User), aliased(User)


@dataclass(frozen=True, slots=True)
class TariffsWanted:
    """The tariffs of an estate (``None``: all the person's); those in use and to come, or past ones too."""

    estate_id: EstateId | None
    with_past: bool = False
    slice: Slice = field(default_factory=Slice)


@dataclass(frozen=True, slots=True)
class TariffRow:
    """A tariff. ``prices`` are (key, yuan a month); ``valid_to`` is exclusive. ``made_by`` may not approve it."""

    estate_id: EstateId
    estate_name: str
    tariff_id: TariffId
    item: str
    basis: Basis
    uses: tuple[str, ...]
    prices: tuple[tuple[str, Decimal], ...]
    valid_from: date
    valid_to: date | None
    approval_reference: str
    state: TariffState
    made_by: UserId | None
    made_by_name: str
    made_at: datetime
    decided_by_name: str
    decided_at: datetime | None
    version: int


@dataclass(frozen=True, slots=True)
class TariffList:
    """A screenful of tariffs, and how many there are."""

    rows: tuple[TariffRow, ...]
    total: int


@query(Permission.FEES_VIEW)
def tariffs(reader: Reader, wanted: TariffsWanted) -> TariffList:
    """Tariffs by estate and item, drafts first, then the newest."""
    conditions = [reader.scope(Tariff.estate_id)]
    if wanted.estate_id is not None:
        conditions.append(Tariff.estate_id == wanted.estate_id)
    if not wanted.with_past:
        lasts = or_(Tariff.valid_to.is_(None), Tariff.valid_to > local_day(reader.now))
        conditions += [lasts, Tariff.state != TariffState.WITHDRAWN.value]
    count = reader.scalar(select(func.count()).select_from(Tariff).where(*conditions))
    names = (_MAKER.display_name.label("maker"), _DECIDER.display_name.label("decider"), Estate.name.label("estate"))
    statement = (
        select(*Tariff.__table__.columns, *names)
        .join(Estate, Estate.id == Tariff.estate_id)
        .outerjoin(_MAKER, _MAKER.id == Tariff.made_by)
        .outerjoin(_DECIDER, _DECIDER.id == Tariff.decided_by)
        .where(*conditions)
        .order_by(Tariff.estate_id, Tariff.state != TariffState.DRAFT.value, Tariff.item, Tariff.valid_from.desc())
        .order_by(Tariff.id)
        .limit(wanted.slice.limit)
        .offset(wanted.slice.offset)
    )
    rows = reader.rows(statement)
    prices = _prices(reader, rows)
    return TariffList(tuple(_row(row, prices.get((row.estate_id, row.id), ())) for row in rows), count)


def _prices(reader: Reader, rows: list[Row[Any]]) -> dict[tuple[int, int], tuple[tuple[str, Decimal], ...]]:
    found: defaultdict[tuple[int, int], list[tuple[str, Decimal]]] = defaultdict(list)
    if rows:
        keys = [(row.estate_id, row.id) for row in rows]
        statement = select(TariffPrice).where(keyed(TariffPrice.estate_id, TariffPrice.tariff_id, keys))
        for price in reader.rows(statement.order_by(TariffPrice.key)):
            found[price.estate_id, price.tariff_id].append((price.key, price_from_micro(price.price)))
    return {key: tuple(prices) for key, prices in found.items()}


def _row(row: Row[Any], prices: tuple[tuple[str, Decimal], ...]) -> TariffRow:
    return TariffRow(
        estate_id=EstateId(row.estate_id),
        estate_name=row.estate,
        tariff_id=TariffId(row.id),
        item=row.item,
        basis=Basis(row.basis),
        uses=tuple(filter(None, row.uses.split(","))),
        prices=prices,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        approval_reference=row.approval_reference,
        state=TariffState(row.state),
        made_by=None if row.made_by is None else UserId(row.made_by),
        made_by_name=row.maker or "",
        made_at=row.made_at,
        decided_by_name=row.decider or "",
        decided_at=row.decided_at,
        version=row.version,
    )
