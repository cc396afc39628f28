"""What an improvement measure out of complaints begins with: one case, or a hot spot (R-098, R-104, R-110)."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import ColumnElement, and_, func, select

from core.admin.permissions import Permission
from core.admin.settings import CaseSettings
from core.complaints.case import LONGEST_PLACE
from core.complaints.taxonomy import CaseCategory, SubCategory
from core.kernel.identity import CaseId, EstateId
from core.kernel.lines import clean_line
from core.kernel.periods import local_day
from db.models import Case, ServiceRecord
from db.queries.case_insight import IS_COUNTED
from db.queries.service_rows import day_begins
from db.repositories.service_access import cases_seen_by
from db.repositories.settings import all_service_settings_on
from db.unit_of_work import NotFound, Reader, query


@dataclass(frozen=True, slots=True)
class CaseSeedWanted:
    """The case another page names in the address."""

    estate_id: EstateId
    case_id: CaseId


@dataclass(frozen=True, slots=True)
class SpotSeedWanted:
    """The area another page names in the address, and the category in which complaints concentrate there."""

    estate_id: EstateId
    area: str
    category: CaseCategory | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseSeed:
    """What the measure is about; nobody is named and nothing of what was said is shown.

    ``place``: the public place, or with ``is_building`` the code of a building; never the unit, for a measure is kept
    longer than whose complaint it was. ``count`` complaints in ``days`` days about the same there (a
    case itself included). A seed of a case has its number and version; ``has_measure``: one deals with it already.
    """

    case_id: CaseId | None = None
    number: str = ""
    version: int = 0
    category: CaseCategory | None
    sub_category: SubCategory | None = None
    place: str
    is_building: bool
    count: int
    days: int
    has_measure: bool = False


@query(Permission.MEASURES_MAKE)
def measure_seed_of_case(reader: Reader, wanted: CaseSeedWanted) -> CaseSeed:
    """What a measure begins with that deals with a case; ``NotFound`` for one the person does not see."""
    reader.actor.require(Permission.CASES_VIEW, wanted.estate_id)
    header = and_(ServiceRecord.estate_id == Case.estate_id, ServiceRecord.id == Case.id)
    columns = (Case.id, Case.category, Case.sub_category, Case.unit_id, Case.area, Case.place, Case.place_key)
    statement = (
        select(*columns, Case.version, Case.measure_id, ServiceRecord.number)
        .join(ServiceRecord, header)
        .where(reader.scope(Case.estate_id), Case.estate_id == wanted.estate_id, Case.id == wanted.case_id)
        .where(cases_seen_by(reader.actor))
    )
    found = reader.rows(statement)
    if not found:
        raise NotFound
    row, days = found[0], _settings(reader, wanted.estate_id).repeat_days
    same = Case.area == row.area if row.unit_id is not None else Case.place_key == row.place_key
    count, _ = _count(reader, wanted.estate_id, days, same, Case.sub_category == row.sub_category)
    return CaseSeed(
        case_id=CaseId(row.id),
        number=row.number,
        version=row.version,
        category=CaseCategory(row.category) if row.category else None,
        sub_category=SubCategory(row.sub_category) if row.sub_category else None,
        place=row.place if row.unit_id is None else row.area,
        is_building=row.unit_id is not None,
        count=count,
        days=days,
        has_measure=row.measure_id is not None,
    )


@query(Permission.MEASURES_MAKE)
def measure_seed_of_spot(reader: Reader, wanted: SpotSeedWanted) -> CaseSeed:
    """What a measure begins with that deals with a hot spot, by the days that are set for those."""
    reader.actor.require(Permission.SERVICE_INSIGHT, wanted.estate_id)
    days = _settings(reader, wanted.estate_id).hot_days
    category = Case.category != "" if wanted.category is None else Case.category == wanted.category.value
    area = clean_line(wanted.area)[:LONGEST_PLACE]  # an address may name anything
    count, is_building = _count(reader, wanted.estate_id, days, Case.area == area, category)
    return CaseSeed(category=wanted.category, place=area, is_building=is_building, count=count, days=days)


def _settings(reader: Reader, estate: EstateId) -> CaseSettings:
    return all_service_settings_on(reader.connection, estate, local_day(reader.now))[1]


def _count(reader: Reader, estate: EstateId, days: int, *about: ColumnElement[bool]) -> tuple[int, bool]:
    """Complaints of the last days, today included, and whether any of them is about a unit."""
    since = day_begins(local_day(reader.now) - timedelta(days=days - 1))
    inside = (reader.scope(Case.estate_id), Case.estate_id == estate, Case.registered_at >= since, IS_COUNTED)
    columns = (func.count().label("n"), func.count(Case.unit_id).label("of_units"))
    row = reader.rows(select(*columns).select_from(Case).where(*inside, *about))[0]
    return int(row.n), bool(row.of_units)
