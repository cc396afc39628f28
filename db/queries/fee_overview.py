"""The fee overview's figures: rates over 13 months, households, payment mix, benchmark lines (R-045 to R-052).

Each query is one statement over the roll-ups. Months before the window and after it are folded into one month each
side in SQL: the three rates and the balance line need their sums only, so a screen reads a screenful of rows.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    SQLColumnExpression,
    case,
    cast,
    extract,
    func,
    null,
    select,
    union_all,
)
from sqlalchemy.orm import InstrumentedAttribute

from core.admin.permissions import Permission
from core.admin.settings import FeeSettings, SettingEntry, SettingKey, fee_settings_at
from core.analytics.fees import TREND_MONTHS, MethodAmount
from core.fees.collection import Cell, HouseholdRate
from core.kernel.filters import EstateMonth
from core.kernel.identity import COMPANY
from core.kernel.money import Money
from core.kernel.periods import Month, local_day
from db.models import Building, DailyReceipt, Estate, HouseholdMonth, ReceivableCell, Setting
from db.unit_of_work import Reader, query

WINDOW: Final = TREND_MONTHS
"""How many months before the chosen one are shown with it, so that the same month a year ago is among them."""


@dataclass(frozen=True, slots=True)
class CollectionCells:
    """The cells of all places together over the window, and those of the chosen month alone for each place.

    A place is an estate, or a building when one estate is chosen; ``names`` are the codes of those buildings.
    """

    together: tuple[Cell, ...]
    by_place: tuple[tuple[int, Cell], ...]
    names: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class HouseholdCounts:
    """Households billed and settled, of each month of the window (oldest first), and of the chosen month by place."""

    by_month: tuple[tuple[Month, HouseholdRate], ...]
    by_place: tuple[tuple[int, HouseholdRate], ...]


def place_column(wanted: EstateMonth, table: Any) -> InstrumentedAttribute[int]:
    """The column that tells places apart: the estate, or the building when one estate is chosen."""
    column: InstrumentedAttribute[int] = table.estate_id if wanted.estate_id is None else table.building_id
    return column


def within(reader: Reader, wanted: EstateMonth, column: InstrumentedAttribute[int]) -> tuple[ColumnElement[bool], ...]:
    """The conditions that keep rows to the person's estates and to the chosen one.

    Where neither narrows, all estates are named: every index begins with the estate, and without a value for it the
    rest of the index is out of reach.
    """
    if wanted.estate_id is not None:
        return reader.scope(column), column == wanted.estate_id
    return (reader.scope(column), *((column.in_(select(Estate.id)),) if reader.actor.estates is None else ()))


@query(Permission.FEES_VIEW)
def collection_cells(reader: Reader, wanted: EstateMonth) -> CollectionCells:
    """The cells the three rates, their trend and the balance line are computed from (R-045, R-050)."""
    first, last = wanted.month.shift(-WINDOW), wanted.month
    whole = _folded_cells(reader, wanted, first, last, null())
    single = _folded_cells(reader, wanted, last, last, place_column(wanted, ReceivableCell))
    rows = reader.rows(union_all(whole, single))
    together = tuple(_cell(row) for row in rows if row.place is None)
    by_place = tuple((row.place, _cell(row)) for row in rows if row.place is not None)
    return CollectionCells(together, by_place, {row.place: row.name for row in rows if row.name is not None})


def _folded_cells(
    reader: Reader, wanted: EstateMonth, first: Month, last: Month, place: SQLColumnExpression[Any]
) -> Select[Any]:
    """Sum the cells posted up to ``last`` with the months outside [first, last] folded onto its neighbours."""
    before, after, cell = first.shift(-1).number, last.shift(1).number, ReceivableCell
    service = case(
        (cell.service_month < first.number, before), (cell.service_month > last.number, after), else_=cell.service_month
    )
    posting = case((cell.posting_month < first.number, before), else_=cell.posting_month)
    conditions = (*within(reader, wanted, cell.estate_id), cell.posting_month <= last.number)
    amounts = (cell.billed_fen, cell.received_fen, cell.relief_fen)
    columns = (cast(place, Integer).label("place"), service.label("service"), posting.label("posting"))
    folded = select(*columns, *amounts).where(*conditions).subquery()
    keys = (folded.c.place, folded.c.service, folded.c.posting)
    sums = (func.sum(folded.c[amount.key]).label(amount.key) for amount in amounts)
    building = (Building.estate_id == wanted.estate_id) & (Building.id == folded.c.place)
    name = func.max(Building.code).label("name")
    return select(*keys, *sums, name).select_from(folded).outerjoin(Building, building).group_by(*keys)


def _cell(row: Any) -> Cell:
    return Cell(
        Month.from_number(row.service),
        Month.from_number(row.posting),
        Money(int(row.billed_fen)),
        Money(int(row.received_fen)),
        Money(int(row.relief_fen)),
    )


@query(Permission.FEES_VIEW)
def household_counts(reader: Reader, wanted: EstateMonth) -> HouseholdCounts:
    """Households that owe nothing of a month's bills any more, as known now (R-046)."""
    counted, last = HouseholdMonth, wanted.month.number
    sums = (func.sum(counted.billed_units).label("billed"), func.sum(counted.settled_units).label("settled"))
    scope = within(reader, wanted, counted.estate_id)
    window = counted.service_month.between(wanted.month.shift(-WINDOW).number, last)
    place = place_column(wanted, counted)
    months = select(cast(null(), Integer).label("place"), counted.service_month.label("month"), *sums)
    places = select(place.label("place"), cast(null(), Integer).label("month"), *sums)
    rows = reader.rows(
        union_all(
            months.where(*scope, window).group_by(counted.service_month),
            places.where(*scope, counted.service_month == last).group_by(place),
        )
    )
    by_month = sorted((Month.from_number(row.month), _households(row)) for row in rows if row.place is None)
    return HouseholdCounts(
        tuple(by_month), tuple((row.place, _households(row)) for row in rows if row.place is not None)
    )


def _households(row: Any) -> HouseholdRate:
    return HouseholdRate(settled=int(row.settled), billed=int(row.billed))


@query(Permission.FEES_VIEW)
def receipts_by_method(reader: Reader, wanted: EstateMonth) -> tuple[MethodAmount, ...]:
    """What came in by method in each month of the window, refunds and reversals negative (R-052)."""
    day = DailyReceipt.business_date
    month = cast(extract("year", day) * 100 + extract("month", day), Integer)
    conditions = (
        *within(reader, wanted, DailyReceipt.estate_id),
        day >= wanted.month.shift(-WINDOW).first_day,
        day < wanted.month.end,
    )
    columns = (month.label("month"), DailyReceipt.method, DailyReceipt.amount_fen, DailyReceipt.payments)
    rows = select(*columns).where(*conditions).subquery()
    sums = (func.sum(rows.c.amount_fen).label("fen"), func.sum(rows.c.payments).label("payments"))
    grouped = select(rows.c.month, rows.c.method, *sums).group_by(rows.c.month, rows.c.method)
    ordered = grouped.order_by(rows.c.month, rows.c.method)
    return tuple(
        MethodAmount(Month.from_number(row.month), row.method, Money(int(row.fen)), int(row.payments))
        for row in reader.rows(ordered)
    )


@query(Permission.FEES_VIEW)
def fee_settings(reader: Reader, wanted: EstateMonth) -> FeeSettings:
    """The fee settings that hold today in the chosen estate, else in the company (R-008, R-049)."""
    estate = wanted.estate_id or COMPANY
    statement = select(Setting.estate_id, Setting.key, Setting.valid_from, Setting.value).where(
        Setting.estate_id.in_({estate, COMPANY}), Setting.key.in_([key.value for key in SettingKey])
    )
    rows = reader.rows(statement.order_by(Setting.id.desc()))  # newest first: the later of two for one day holds
    entries = [(row.estate_id, SettingEntry(SettingKey(row.key), row.valid_from, row.value)) for row in rows]
    return fee_settings_at(
        estate_entries=[entry for place, entry in entries if place == estate],
        company_entries=[entry for place, entry in entries if place == COMPANY],
        day=local_day(reader.now),
    )


@query(Permission.FEES_VIEW)
def building_names(reader: Reader, wanted: EstateMonth) -> tuple[tuple[int, str], ...]:
    """The buildings of the chosen estate in their order; none when no estate is chosen."""
    if wanted.estate_id is None:
        return ()
    statement = select(Building.id, Building.code).where(*within(reader, wanted, Building.estate_id))
    return tuple((row.id, row.code) for row in reader.rows(statement.order_by(Building.sort_key, Building.id)))
