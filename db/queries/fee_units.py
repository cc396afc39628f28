"""The units behind a figure of the fee overview: their amounts add up to the figure (R-051).

A month's rates are those of its end. What was settled later is therefore walked back: the books are append-only, so
a bill's state on a day is its state now less what was settled after that day.
"""

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, Subquery, case, func, literal, or_, select, union_all
from sqlalchemy.orm import aliased

from core.admin.permissions import Permission
from core.fees.collection import Rate
from core.fees.ledger import EntryKind
from core.kernel.filters import EstateMonth, Slice
from core.kernel.identity import BuildingId, EstateId, UnitId
from core.kernel.money import Money
from core.kernel.periods import Month
from db.models import Bill, JournalEntry, Unit
from db.queries.fee_overview import within
from db.queries.overdue import IS_OPEN, OUTSTANDING, SETTLED, joined_to_settlements
from db.unit_of_work import Reader, query


class Figure(StrEnum):
    """A figure of the overview that opens its units. For overdue amounts the list of bills serves."""

    CURRENT = "current"
    PRIOR = "prior"
    COMBINED = "combined"
    HOUSEHOLDS = "households"


@dataclass(frozen=True, slots=True)
class UnitsWanted:
    """Which figure, of which estate (``None``: all the person's), building and month."""

    estate_id: EstateId | None
    month: Month
    figure: Figure
    building_id: BuildingId | None = None
    slice: Slice = field(default_factory=Slice)


@dataclass(frozen=True, slots=True)
class UnitFigure:
    """One unit's part of the figure."""

    estate_id: EstateId
    unit_id: UnitId
    unit_code: str
    rate: Rate

    @property
    def open(self) -> Money:
        """What the unit still owed of it."""
        return self.rate.due - self.rate.received


@dataclass(frozen=True, slots=True)
class UnitFigures:
    """The units with the largest open amounts first, and the sums over all of them. ``settled`` owe nothing."""

    rows: tuple[UnitFigure, ...]
    total: int
    settled: int
    rate: Rate


@query(Permission.FEES_VIEW)
def units_behind(reader: Reader, wanted: UnitsWanted) -> UnitFigures:
    """The units that make up a figure; their received and due amounts sum to those of the figure (R-051)."""
    units = _units(reader, wanted)
    still_open = units.c.due - units.c.received
    sums = {
        "all": func.count(),
        "all_received": func.sum(units.c.received),
        "all_due": func.sum(units.c.due),
        "settled": func.sum(case((still_open <= 0, 1), else_=0)),
    }
    listed = (
        select(units, *(each.over().label(name) for name, each in sums.items()))
        .order_by(still_open.desc(), units.c.estate_id, units.c.unit_id)
        .limit(wanted.slice.limit)
        .offset(wanted.slice.offset)
        .subquery()
    )
    unit = (Unit.estate_id == listed.c.estate_id) & (Unit.id == listed.c.unit_id)
    order = ((listed.c.due - listed.c.received).desc(), listed.c.estate_id, listed.c.unit_id)
    rows = reader.rows(select(listed, Unit.code).join(Unit, unit).order_by(*order))
    # Past the last screenful there is no row to carry the sums.
    whole = rows[0] if rows else reader.rows(select(*(each.label(name) for name, each in sums.items())))[0]
    found = tuple(
        UnitFigure(EstateId(row.estate_id), UnitId(row.unit_id), row.code, _rate(row.received, row.due)) for row in rows
    )
    return UnitFigures(found, whole.all, int(whole.settled or 0), _rate(whole.all_received, whole.all_due))


def _rate(received: Any, due: Any) -> Rate:
    return Rate(Money(int(received or 0)), Money(int(due or 0)))


def _units(reader: Reader, wanted: UnitsWanted) -> Subquery:
    """One row a unit: what was due and received; units with neither are left out."""
    parts: list[Select[Any]] = []
    if wanted.figure is Figure.HOUSEHOLDS:
        parts.append(_billed_now(reader, wanted))
    if wanted.figure in (Figure.CURRENT, Figure.COMBINED):
        parts += [_billed_now(reader, wanted), _settled_after(reader, wanted)]
    if wanted.figure in (Figure.PRIOR, Figure.COMBINED):
        parts += [_arrears_now(reader, wanted), _settled_from(reader, wanted)]
    rows = union_all(*parts).subquery()
    sums = (func.sum(rows.c.received).label("received"), func.sum(rows.c.due).label("due"))
    grouped = select(rows.c.estate_id, rows.c.unit_id, *sums).group_by(rows.c.estate_id, rows.c.unit_id)
    return grouped.having(or_(func.sum(rows.c.received) != 0, func.sum(rows.c.due) != 0)).subquery()


def _part(received: Any, due: Any) -> Select[Any]:
    return select(Bill.estate_id, Bill.unit_id, received.label("received"), due.label("due"))


def _here(reader: Reader, wanted: UnitsWanted, *, earlier: bool) -> tuple[ColumnElement[bool], ...]:
    """The bills of the month itself, or of earlier service months, that had been posted by the month's end."""
    scope = within(reader, EstateMonth(wanted.estate_id, wanted.month), Bill.estate_id)
    service = Bill.service_month < wanted.month.number if earlier else Bill.service_month == wanted.month.number
    building = () if wanted.building_id is None else (Bill.building_id == wanted.building_id,)
    posted = () if wanted.figure is Figure.HOUSEHOLDS else (Bill.posted_on < wanted.month.end,)
    return (*scope, *building, *posted, service)


def _billed_now(reader: Reader, wanted: UnitsWanted) -> Select[Any]:
    return _part(Bill.paid_fen, Bill.amount_fen - Bill.relief_fen).where(*_here(reader, wanted, earlier=False))


def _settled_after(reader: Reader, wanted: UnitsWanted) -> Select[Any]:
    """Take back what was received or relieved after the month's end."""
    received, relieved = _kinds()
    rows = _settled(_part(-received, relieved), since=wanted.month.end)
    return rows.where(*_here(reader, wanted, earlier=False))


def _arrears_now(reader: Reader, wanted: UnitsWanted) -> Select[Any]:
    *others, earlier = _here(reader, wanted, earlier=True)
    return _part(literal(0), OUTSTANDING).where(*others, _unindexed(earlier), IS_OPEN)


def _unindexed(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    """Keep a condition from choosing the index: open bills are few and have their own, earlier bills are many."""
    return case((condition, 1), else_=0) == 1


def _settled_from(reader: Reader, wanted: UnitsWanted) -> Select[Any]:
    """Of what was settled from the month's start on, all was due then; what came within the month was received.

    Relief granted within the month lowers what was due, so it is left out of both.
    """
    received, relieved = _kinds()
    in_month = JournalEntry.business_date < wanted.month.end
    came = case((in_month, received), else_=0)
    due = case((in_month, received), else_=received + relieved)
    return _settled(_part(came, due), since=wanted.month.first_day).where(*_here(reader, wanted, earlier=True))


_UNDONE = aliased(JournalEntry)


def _kinds() -> tuple[ColumnElement[int], ColumnElement[int]]:
    """What a ledger line settled, as received and as relief; a reversal counts as what it undoes."""
    is_relief = or_(JournalEntry.kind == EntryKind.RELIEF.value, _UNDONE.kind == EntryKind.RELIEF.value)
    return case((is_relief, 0), else_=SETTLED), case((is_relief, SETTLED), else_=0)


def _settled(part: Select[Any], *, since: date) -> Select[Any]:
    """Join a part to what settled its bills on a day or later."""
    undone = (_UNDONE.estate_id == JournalEntry.estate_id) & (_UNDONE.id == JournalEntry.reverses_id)
    return joined_to_settlements(part).outerjoin(_UNDONE, undone).where(JournalEntry.business_date >= since)
