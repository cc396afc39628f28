"""Where complaints concentrate: area × category ranked and as a heat map, and the cases of one cell (R-098)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import Select, and_, case, func, null, select

from core.admin.permissions import Permission
from core.complaints.grading import CaseGrade
from core.complaints.states import CaseState
from core.complaints.taxonomy import CaseCategory, SubCategory
from core.kernel.filters import Slice
from core.kernel.identity import COMPANY, CaseId, EstateId
from core.kernel.money import percent
from core.kernel.periods import Span, local_day
from db.models import Case, Estate, ServiceRecord
from db.queries.case_insight import IS_COUNTED, narrowed
from db.queries.paging import Page
from db.queries.service_rows import day_begins
from db.repositories.settings import all_service_settings_on
from db.unit_of_work import Reader, query

MOST_SPOTS: Final = 30
MAP_AREAS: Final = 15
"""How many areas the heat map names; all others stand in one row."""


@dataclass(frozen=True, slots=True)
class HotSpotsWanted:
    """The hot spots of an estate (``None``: all the person's), today."""

    estate_id: EstateId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class HotSpotRow:
    """A cell of area × category of an estate. Equal counts share a rank, and the next rank is left out.

    ``is_building``: the area is a building, named by its code, else a public place. ``share`` and ``cumulative`` in
    percent of all cells together, from the exact counts.
    """

    estate_id: EstateId
    estate_name: str
    area: str
    is_building: bool
    category: CaseCategory
    count: int
    rank: int
    share: Decimal | None
    cumulative: Decimal | None
    is_hot: bool


@dataclass(frozen=True, slots=True)
class HeatRow:
    """An area with its complaints by category; one without a name stands for all other areas (``areas`` of them)."""

    estate_id: EstateId | None
    estate_name: str
    area: str
    is_building: bool
    counts: Mapping[CaseCategory, int]
    areas: int = 1

    @property
    def total(self) -> int:
        """All complaints of the row."""
        return sum(self.counts.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class HotSpots:
    """The first thirty cells and how many there are; the map; complaints in all; the window and the threshold."""

    spots: tuple[HotSpotRow, ...]
    cells: int
    hot: int
    areas: tuple[HeatRow, ...]
    others: HeatRow | None
    complaints: int
    days: Span
    least: int


@dataclass(frozen=True, slots=True)
class CellWanted:
    """The complaints of one cell in some days. ``category`` of ``None``: of any."""

    estate_id: EstateId
    area: str
    category: CaseCategory | None
    days: Span
    slice: Slice = field(default_factory=Slice)


@dataclass(frozen=True, slots=True)
class CellCase:
    """A complaint of a cell. Nobody is named, and nothing of what was said is shown."""

    case_id: CaseId
    number: str
    sub_category: SubCategory | None
    grade: CaseGrade
    state: CaseState
    registered_at: datetime
    repeated: bool
    has_measure: bool


@query(Permission.SERVICE_INSIGHT)
def hot_spots(reader: Reader, wanted: HotSpotsWanted) -> HotSpots:
    """The cells where complaints concentrate, over the days and from the count that are set; three statements.

    Classified complaints count, withdrawn and merged ones do not. Equal counts stand in the order of area, category and
    estate.
    """
    estate, today = wanted.estate_id, local_day(reader.now)
    _, settings, _ = all_service_settings_on(reader.connection, estate or COMPANY, today)
    days = Span(today - timedelta(days=settings.hot_days - 1), today + timedelta(days=1))
    cells = _cells(reader, estate, days)
    ranked = reader.rows(_ranked(cells, settings.hot_least))
    areas, others = _map_of(reader.rows(_mapped(cells)))
    return HotSpots(
        spots=tuple(_spot(row, settings.hot_least) for row in ranked),
        cells=int(ranked[0].cells) if ranked else 0,
        hot=int(ranked[0].hot) if ranked else 0,
        areas=areas,
        others=others,
        complaints=int(ranked[0].total) if ranked else 0,
        days=days,
        least=settings.hot_least,
    )


def _cells(reader: Reader, estate: EstateId | None, days: Span) -> Any:
    """Complaints by estate, area and category."""
    by = (Case.estate_id, Case.area, Case.category)
    return (
        select(*by, func.count().label("n"), func.count(Case.unit_id).label("of_units"))
        .where(narrowed(reader, estate, Case.estate_id), IS_COUNTED, Case.category != "")
        .where(Case.registered_at >= day_begins(days.start), Case.registered_at < day_begins(days.end))
        .group_by(*by)
        .cte("cells")
    )


def _ranked(cells: Any, least: int) -> Select[Any]:
    """The first cells, each with its rank, what all cells up to it have together, and what all have."""
    c = cells.c
    order = (c.n.desc(), c.area, c.category, c.estate_id)
    ranked = select(
        *c,
        func.rank().over(order_by=c.n.desc()).label("rank"),
        func.sum(c.n).over(order_by=order, rows=(None, 0)).label("reached"),
        func.sum(c.n).over().label("total"),
        func.count().over().label("cells"),
        func.sum(case((c.n >= least, 1), else_=0)).over().label("hot"),
    ).subquery()
    statement = select(*ranked.c, Estate.name).join(Estate, Estate.id == ranked.c.estate_id)
    return statement.order_by(ranked.c.reached, ranked.c.rank).limit(MOST_SPOTS)


def _mapped(cells: Any) -> Select[Any]:
    """The map's cells: each area by its place among areas, those behind the last place together."""
    c = cells.c
    together = func.sum(c.n).over(partition_by=(c.estate_id, c.area)).label("together")
    summed = select(*c, together).subquery().c
    order = (summed.together.desc(), summed.area, summed.estate_id)
    placed = select(*summed, func.dense_rank().over(order_by=order).label("place")).subquery().c
    named = placed.place <= MAP_AREAS
    shown = (
        select(
            case((named, placed.place), else_=MAP_AREAS + 1).label("place"),
            case((named, placed.estate_id), else_=null()).label("estate_id"),
            case((named, placed.area), else_="").label("area"),
            placed.category,
            placed.n,
            placed.of_units,
            placed.of_units,
            placed.place.label("last"),
        )
        .subquery()
        .c
    )
    by = (shown.place, shown.estate_id, shown.area, shown.category, Estate.name)
    sums = (func.sum(shown.n).label("n"), func.sum(shown.of_units).label("of_units"))
    statement = select(*by, *sums, func.max(shown.last).label("last"))
    return statement.outerjoin(Estate, Estate.id == shown.estate_id).group_by(*by).order_by(shown.place)


def _map_of(rows: Iterable[Any]) -> tuple[tuple[HeatRow, ...], HeatRow | None]:
    counts: dict[int, dict[CaseCategory, int]] = {}
    names: dict[int, tuple[EstateId | None, str, str]] = {}
    buildings, last = set[int](), 0
    for row in rows:
        counts.setdefault(row.place, {})[CaseCategory(row.category)] = int(row.n)
        names[row.place] = (None if row.estate_id is None else EstateId(row.estate_id), row.name or "", row.area)
        buildings |= {row.place} if row.of_units else set()
        last = max(last, row.last)
    found = {place: HeatRow(*names[place], place in buildings, counts[place]) for place in sorted(counts)}
    others = found.pop(MAP_AREAS + 1, None)
    if others is not None:
        others = HeatRow(None, "", "", False, others.counts, last - MAP_AREAS)
    return tuple(found.values()), others


def _spot(row: Any, least: int) -> HotSpotRow:
    return HotSpotRow(
        estate_id=EstateId(row.estate_id),
        estate_name=row.name,
        area=row.area,
        is_building=row.of_units > 0,
        category=CaseCategory(row.category),
        count=int(row.n),
        rank=int(row.rank),
        share=percent(int(row.n), int(row.total)),
        cumulative=percent(int(row.reached), int(row.total)),
        is_hot=row.n >= least,
    )


@query(Permission.SERVICE_INSIGHT)
def cell_cases(reader: Reader, wanted: CellWanted) -> Page[CellCase]:
    """The complaints behind a cell, newest first."""
    header = and_(ServiceRecord.estate_id == Case.estate_id, ServiceRecord.id == Case.id)
    days = (Case.registered_at >= day_begins(wanted.days.start), Case.registered_at < day_begins(wanted.days.end))
    category = Case.category != "" if wanted.category is None else Case.category == wanted.category.value
    inside = (narrowed(reader, wanted.estate_id, Case.estate_id), *days, IS_COUNTED, Case.area == wanted.area, category)
    columns = (Case.id, Case.sub_category, Case.grade, Case.state, Case.registered_at, Case.repeated, Case.measure_id)
    listed = select(*columns, ServiceRecord.number).join(ServiceRecord, header).where(*inside)
    listed = listed.order_by(Case.registered_at.desc(), Case.id.desc())
    rows = reader.rows(listed.limit(wanted.slice.limit).offset(wanted.slice.offset))
    total = reader.scalar(select(func.count()).select_from(Case).where(*inside))
    return Page(tuple(_cell_case(row) for row in rows), int(total))


def _cell_case(row: Any) -> CellCase:
    return CellCase(
        case_id=CaseId(row.id),
        number=row.number,
        sub_category=SubCategory(row.sub_category) if row.sub_category else None,
        grade=CaseGrade(row.grade),
        state=CaseState(row.state),
        registered_at=row.registered_at,
        repeated=row.repeated,
        has_measure=row.measure_id is not None,
    )
