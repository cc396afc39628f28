"""What is wrong at this moment: records past their limits, and troubles that come again without a measure (R-099)."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, func, literal, select, union_all

from core.admin.permissions import Permission
from core.kernel.identity import COMPANY, EstateId
from core.kernel.periods import Span, local_day
from db.models import Case, WorkOrder
from db.queries.case_insight import narrowed
from db.queries.case_repeats import repeat_cases, repeat_groups
from db.queries.service_rows import Queued, is_amber, is_red
from db.repositories.settings import all_service_settings_on
from db.unit_of_work import Reader, query


@dataclass(frozen=True, slots=True)
class AlertsWanted:
    """What is wrong in an estate (``None``: all the person's), now."""

    estate_id: EstateId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceAlerts:
    """Open records past a hard limit (red), and past a target only (amber): cases of every type, requests.

    ``repeats``: groups of alike complaints in the last ``repeat_days`` days of which none has a measure (R-104).
    """

    red_cases: int
    amber_cases: int
    red_requests: int
    amber_requests: int
    repeats: int
    repeat_days: int


@query(Permission.SERVICE_INSIGHT)
def service_alerts(reader: Reader, wanted: AlertsWanted) -> ServiceAlerts:
    """Count what is wrong; two statements."""
    estate, today = wanted.estate_id, local_day(reader.now)
    _, settings, _ = all_service_settings_on(reader.connection, estate or COMPANY, today)
    days = Span(today - timedelta(days=settings.repeat_days - 1), today + timedelta(days=1))
    groups = repeat_groups(repeat_cases(reader, estate, days), settings.repeat_least, without_measure=True)
    parts: list[Select[Any]] = [
        *_open(reader, estate, Case, "cases"),
        *_open(reader, estate, WorkOrder, "requests"),
        _counted("repeats", groups),
    ]
    found = {row.part: int(row.n) for row in reader.rows(union_all(*parts))}
    return ServiceAlerts(**found, repeat_days=settings.repeat_days)


def _open(reader: Reader, estate: EstateId | None, table: Queued, name: str) -> list[Select[Any]]:
    here = (narrowed(reader, estate, table.estate_id), table.ended_on.is_(None))
    levels = {"red": is_red(table, reader.now), "amber": is_amber(table, reader.now)}
    return [_counted(f"{level}_{name}", table, *here, holds) for level, holds in levels.items()]


def _counted(part: str, table: Any, *where: ColumnElement[bool]) -> Select[Any]:
    columns: list[Any] = [literal(part).label("part"), func.count().label("n")]
    return select(*columns).select_from(table).where(*where)
