"""The repeats radar: places where the same trouble comes again, with or without a measure (R-097, R-104)."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, Select, and_, case, cast, func, literal, null, select, union_all

from core.admin.permissions import Permission
from core.complaints.taxonomy import CaseCategory, SubCategory
from core.kernel.filters import Slice
from core.kernel.identity import COMPANY, CaseId, EstateId, UnitId
from core.kernel.periods import Span, local_day
from db.models import Case, Estate, ServiceRecord, Unit
from db.queries.case_insight import IS_COUNTED, narrowed
from db.queries.service_rows import day_begins
from db.repositories.settings import all_service_settings_on
from db.unit_of_work import Reader, query


@dataclass(frozen=True, slots=True)
class RepeatsWanted:
    """What comes again in an estate (``None``: all the person's), perhaps only where no measure deals with it yet."""

    estate_id: EstateId | None
    without_measure: bool = False
    slice: Slice = field(default_factory=Slice)


@dataclass(frozen=True, slots=True, kw_only=True)
class RepeatRow:
    """Complaints of one unit or public place about the same. ``place`` is the unit's code, or the place in words.

    ``open`` nobody has closed yet; ``reopened`` the customer had to come again for; ``with_measure`` an improvement
    measure deals with. The newest complaint stands for all.
    """

    estate_id: EstateId
    estate_name: str
    unit_id: UnitId | None
    place: str
    area: str
    category: CaseCategory
    sub_category: SubCategory
    count: int
    open: int
    reopened: int
    with_measure: int
    newest: CaseId
    newest_number: str
    newest_at: datetime


@dataclass(frozen=True, slots=True)
class Repeats:
    """A screenful of groups, most complaints first; how many groups there are; the window and the least number.

    ``reopened``: complaints of the window that were opened again, in a group or not.
    """

    rows: tuple[RepeatRow, ...]
    total: int
    reopened: int
    days: Span
    least: int


@query(Permission.SERVICE_INSIGHT)
def repeats(reader: Reader, wanted: RepeatsWanted) -> Repeats:
    """The groups with as many complaints as is set, in the days that are set, the last of them today.

    As in R-097 the same unit counts, or the same public place; a complaint that names both stands in both groups.
    """
    estate, today = wanted.estate_id, local_day(reader.now)
    _, settings, _ = all_service_settings_on(reader.connection, estate or COMPANY, today)
    days = Span(today - timedelta(days=settings.repeat_days - 1), today + timedelta(days=1))
    counted = repeat_cases(reader, estate, days)
    groups = repeat_groups(counted, settings.repeat_least, without_measure=wanted.without_measure)
    rows = reader.rows(_listed(groups).limit(wanted.slice.limit).offset(wanted.slice.offset))
    again = select(func.count()).select_from(counted).where(counted.c.reopenings > 0).scalar_subquery()
    found = select(func.count()).select_from(groups).scalar_subquery()
    totals = reader.rows(select(found.label("groups"), again.label("again")))[0]
    shown = tuple(_row(row) for row in rows)
    return Repeats(shown, int(totals.groups), int(totals.again), days, settings.repeat_least)


def repeat_cases(reader: Reader, estate: EstateId | None, days: Span) -> Any:
    """The complaints of some days with what makes them alike."""
    names = (Case.estate_id, Case.id, Case.unit_id, Case.place_key, Case.place, Case.area, Case.category)
    more = (Case.sub_category, Case.registered_at, Case.ended_on, Case.reopenings, Case.measure_id)
    return (
        select(*names, *more)
        .where(narrowed(reader, estate, Case.estate_id), IS_COUNTED)
        .where(Case.registered_at >= day_begins(days.start), Case.registered_at < day_begins(days.end))
        .cte("counted")
    )


def repeat_groups(counted: Any, least: int, *, without_measure: bool) -> Any:
    """Groups of a unit, and groups of a public place, by their folded names."""
    c = counted.c
    matter = and_(c.sub_category != "", c.category != "")
    of_unit = select(*c, literal("").label("key")).where(matter, c.unit_id.is_not(None)).subquery()
    no_unit = cast(null(), BigInteger).label("unit_id")
    others = [column for column in c if column.key != "unit_id"]
    of_place = select(*others, no_unit, c.place_key.label("key")).where(matter, c.place_key != "").subquery()
    return union_all(*(_grouped(one.c, least, without_measure=without_measure) for one in (of_unit, of_place))).cte(
        "groups"
    )


def _grouped(c: Any, least: int, *, without_measure: bool) -> Select[Any]:
    by = (c.estate_id, c.unit_id, c.key, c.category, c.sub_category)
    flags = {
        "open": c.ended_on.is_(None),
        "reopened": c.reopenings > 0,
        "with_measure": c.measure_id.is_not(None),
    }
    sums = {name: func.sum(case((holds, 1), else_=0)) for name, holds in flags.items()}
    statement = select(*by, func.count().label("n"), func.max(c.id).label("newest"))
    statement = statement.add_columns(*(total.label(name) for name, total in sums.items()))
    statement = statement.group_by(*by).having(func.count() >= least)
    return statement.having(sums["with_measure"] == 0) if without_measure else statement


def _listed(groups: Any) -> Select[Any]:
    """The groups with the names of unit and estate, and with the newest complaint; numbers rise with time."""
    g = groups.c
    newest = and_(Case.estate_id == g.estate_id, Case.id == g.newest)
    header = and_(ServiceRecord.estate_id == g.estate_id, ServiceRecord.id == g.newest)
    unit = and_(Unit.estate_id == g.estate_id, Unit.id == g.unit_id)
    columns = (Estate.name, Unit.code, Case.place, Case.area, Case.registered_at, ServiceRecord.number)
    return (
        select(*g, *columns)
        .join(Case, newest)
        .join(ServiceRecord, header)
        .join(Estate, Estate.id == g.estate_id)
        .outerjoin(Unit, unit)
        .order_by(g.n.desc(), Case.registered_at.desc(), g.estate_id, g.newest.desc(), g.unit_id)
    )


def _row(row: Any) -> RepeatRow:
    return RepeatRow(
        estate_id=EstateId(row.estate_id),
        estate_name=row.name,
        unit_id=None if row.unit_id is None else UnitId(row.unit_id),
        place=row.place if row.code is None else row.code,
        area=row.area,
        category=CaseCategory(row.category),
        sub_category=SubCategory(row.sub_category),
        count=int(row.n),
        open=int(row.open),
        reopened=int(row.reopened),
        with_measure=int(row.with_measure),
        newest=CaseId(row.newest),
        newest_number=row.number,
        newest_at=row.registered_at,
    )
