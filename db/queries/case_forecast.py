"""What will turn amber or red before the next working morning, and whose it is (issue 4, block 6; R-086)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any, Final

from sqlalchemy import Row, Select, and_, case, func, literal, or_, select, union_all

from core.admin.permissions import Permission
from core.kernel.identity import COMPANY, EstateId, StaffId
from core.kernel.periods import local_day
from core.kernel.records import RecordKind
from core.kernel.sla import ClockLevel
from core.kernel.worktime import ServiceCalendar
from db.models import Case, ServiceRecord, StaffMember, WorkOrder
from db.queries.service_rows import Queued, day_begins
from db.repositories.service_access import cases_seen_by, orders_seen_by
from db.repositories.service_terms import service_terms
from db.unit_of_work import Reader, query

FIRST: Final = 3
"""How many records of a handler are named."""


@dataclass(frozen=True, slots=True)
class ForecastWanted:
    """The records of an estate (``None``: all the person's) up to an instant, itself excluded.

    Without ``until``: up to the next working morning of the estate, or of the company.
    """

    estate_id: EstateId | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Breach:
    """A record that will miss a limit at ``at`` if nothing is done: amber the target, red the hard limit."""

    kind: RecordKind
    estate_id: EstateId
    record_id: int
    number: str
    level: ClockLevel
    at: datetime


@dataclass(frozen=True, slots=True)
class HandlerForecast:
    """What one person has coming (``None``: nobody has it yet); ``first`` are the three nearest."""

    handler: StaffId | None
    name: str
    red: int
    amber: int
    first: tuple[Breach, ...]


@dataclass(frozen=True, slots=True)
class Forecast:
    """Every record once: red if its hard limit runs out by then, else amber. Most red ones first."""

    until: datetime
    handlers: tuple[HandlerForecast, ...]

    @property
    def red(self) -> int:
        """How many will turn red."""
        return sum(one.red for one in self.handlers)

    @property
    def amber(self) -> int:
        """How many will turn amber and not red."""
        return sum(one.amber for one in self.handlers)


@query(Permission.CASES_VIEW)
def case_forecast(reader: Reader, wanted: ForecastWanted) -> Forecast:
    """The cases, and the requests for who sees those, that will miss a limit from now on and before an instant."""
    until = wanted.until or next_morning(_calendar(reader, wanted), reader.now)
    parts = [_turning(reader, wanted, Case, until).where(cases_seen_by(reader.actor))]
    if reader.actor.may(Permission.ORDERS_VIEW):
        parts.append(_turning(reader, wanted, WorkOrder, until).where(orders_seen_by(reader.actor)))
    return Forecast(until, _by_handler(reader.rows(_first_of_each(union_all(*parts).subquery("turning")))))


def next_morning(calendar: ServiceCalendar, now: datetime) -> datetime:
    """Give the first open instant after today: whatever is still open of today itself is not waited for."""
    return calendar.next_open(day_begins(local_day(now) + timedelta(days=1))).value


def _calendar(reader: Reader, wanted: ForecastWanted) -> ServiceCalendar:
    estate = COMPANY if wanted.estate_id is None else wanted.estate_id
    return service_terms(reader.connection, estate, local_day(reader.now)).calendar


def _turning(reader: Reader, wanted: ForecastWanted, table: Queued, until: datetime) -> Select[Any]:
    """The open records of a table that will miss a limit by then, each with its level and instant."""
    now = reader.now
    turns_red = and_(table.due_hard.is_not(None), table.due_hard >= now, table.due_hard < until)
    still_holds = or_(table.due_hard.is_(None), table.due_hard >= now)
    turns_amber = and_(table.due_target.is_not(None), table.due_target >= now, table.due_target < until, still_holds)
    columns: tuple[Any, ...] = (
        literal((RecordKind.CASE if table is Case else RecordKind.ORDER).value).label("kind"),
        table.estate_id.label("estate_id"),
        table.id.label("id"),
        table.handler_id.label("handler_id"),
        case((turns_red, 1), else_=0).label("red"),
        case((turns_red, table.due_hard), else_=table.due_target).label("at"),
    )
    conditions = [reader.scope(table.estate_id), table.ended_on.is_(None), or_(turns_red, turns_amber)]
    if wanted.estate_id is not None:
        conditions.append(table.estate_id == wanted.estate_id)
    return select(*columns).where(*conditions)


def _first_of_each(turning: Any) -> Select[Any]:
    """The first records of each handler, with the counts of all of the handler's."""
    own, c = {"partition_by": turning.c.handler_id}, turning.c
    ranked = select(
        *c,
        func.row_number().over(order_by=(c.red.desc(), c.at, c.estate_id, c.id), **own).label("place"),
        func.sum(c.red).over(**own).label("reds"),
        func.count().over(**own).label("records"),
    ).subquery("ranked")
    same = and_(ServiceRecord.estate_id == ranked.c.estate_id, ServiceRecord.id == ranked.c.id)
    return (
        select(*ranked.c, ServiceRecord.number, StaffMember.name)
        .join(ServiceRecord, same)
        .outerjoin(StaffMember, StaffMember.id == ranked.c.handler_id)
        .where(ranked.c.place <= FIRST)
        .order_by(ranked.c.reds.desc(), ranked.c.records.desc(), ranked.c.handler_id, ranked.c.place)
    )


def _by_handler(rows: Iterable[Row[Any]]) -> tuple[HandlerForecast, ...]:
    found = []
    for handler, group in groupby(rows, key=lambda row: row.handler_id):
        own = list(group)
        red = int(own[0].reds)
        staff = None if handler is None else StaffId(handler)
        amber = int(own[0].records) - red
        found.append(HandlerForecast(staff, own[0].name or "", red, amber, tuple(map(_breach, own))))
    return tuple(found)


def _breach(row: Row[Any]) -> Breach:
    level = ClockLevel.RED if row.red else ClockLevel.AMBER
    return Breach(RecordKind(row.kind), EstateId(row.estate_id), row.id, row.number, level, row.at)
