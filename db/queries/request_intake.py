"""What helps at the phone besides complaints: a request's times, the same trouble, places (R-111, R-113)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, func, or_, select, union_all

from core.admin.permissions import Permission
from core.kernel.clocks import ClockFacts, ClockKind, DatedLevels, Levels
from core.kernel.identity import EstateId, UnitId
from core.kernel.periods import local_day
from core.kernel.sla import clock_state
from core.work_orders.kinds import PublicSystem, WorkKind
from core.work_orders.slots import Slot, slots_of_day
from db.models import Case, WorkOrder
from db.queries.case_household import Related, related, related_row
from db.repositories.service_terms import ServiceTerms, service_terms, work_limits
from db.unit_of_work import Reader, query

SLOT_DAYS: Final = 7
"""The times offered begin today and end after so many days."""

MOST_SLOTS: Final = 16
MOST_SAME: Final = 5
LATEST_RECORDS: Final = 300
MOST_PLACES: Final = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestWanted:
    """What is typed of a new request so far."""

    estate_id: EstateId
    kind: WorkKind = WorkKind.REPAIR
    failure: PublicSystem | None = None
    unit_id: UnitId | None = None
    place: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestAdvice:
    """What the rules say of a request as typed so far.

    ``respond_by`` and ``finish_by`` as they would be told the customer (``None``: no limit). ``same``: open requests
    that may be the same, the newest first: the same failure in the estate, else the same kind for the unit or place.
    ``slots``: times somebody may wish for. ``unknown_years``: whose holidays had to be assumed (R-009).
    """

    respond_by: datetime | None
    finish_by: datetime | None
    same: tuple[Related, ...]
    slots: tuple[Slot, ...]
    unknown_years: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class PlacesWanted:
    """The public places lately named in an estate."""

    estate_id: EstateId


@query(Permission.ORDERS_REGISTER)
def request_advice(reader: Reader, wanted: RequestWanted) -> RequestAdvice:
    """What the rules say of a request as typed so far, in three statements (R-113, R-114, R-118)."""
    reader.actor.require(Permission.ORDERS_REGISTER, wanted.estate_id)
    terms = service_terms(reader.connection, wanted.estate_id, local_day(reader.now))
    limits = work_limits(terms, kind=wanted.kind, failure=wanted.failure)
    respond, unknown = _due(reader.now, ClockKind.RESPONSE, limits.response, terms)
    finish, more_unknown = _due(reader.now, ClockKind.RESOLVED, limits.finish, terms)
    return RequestAdvice(
        respond_by=respond,
        finish_by=finish,
        same=_same(reader, wanted),
        slots=() if wanted.failure else _slots(reader.now, terms),
        unknown_years=tuple(sorted(unknown | more_unknown)),
    )


@query(Permission.CASES_REGISTER)
def places_named(reader: Reader, wanted: PlacesWanted) -> tuple[str, ...]:
    """The public places of the newest cases and requests of an estate, the one named most often first."""
    reader.actor.require(Permission.CASES_REGISTER, wanted.estate_id)
    newest = (
        select(table.place)
        .where(table.estate_id == wanted.estate_id)
        .order_by(table.registered_at.desc(), table.id.desc())
        .limit(LATEST_RECORDS)
        .subquery()
        for table in (Case, WorkOrder)
    )
    lately = union_all(*(select(one.c.place) for one in newest)).subquery()
    statement = select(lately.c.place, func.count()).where(lately.c.place != "").group_by(lately.c.place)
    rows = reader.rows(statement.order_by(func.count().desc(), lately.c.place).limit(MOST_PLACES))
    return tuple(row.place for row in rows)


def _due(now: datetime, kind: ClockKind, levels: Levels, terms: ServiceTerms) -> tuple[datetime | None, frozenset[int]]:
    """When a clock that starts now would run out – its target, or the hard limit where there is no target."""
    facts = ClockFacts(kind=kind, started_at=now, levels=(DatedLevels(now, levels),))
    state = clock_state(facts=facts, now=now, calendar=terms.calendar)
    return state.due_target or state.due_hard, frozenset(state.unknown_years)


def _same(reader: Reader, wanted: RequestWanted) -> tuple[Related, ...]:
    """Open requests that may be the same; nothing without a failure, unit or place to compare."""
    place: list[ColumnElement[bool]] = []
    if wanted.unit_id is not None:
        place.append(WorkOrder.unit_id == wanted.unit_id)
    if wanted.place.strip():
        place.append(func.lower(WorkOrder.place) == wanted.place.strip().lower())
    ways: list[ColumnElement[bool]] = []
    if wanted.failure is not None:
        ways.append(WorkOrder.failure == wanted.failure.value)
    elif place:
        ways.append(and_(WorkOrder.kind == wanted.kind.value, or_(*place)))
    if not ways:
        return ()
    open_ones = (WorkOrder.estate_id == wanted.estate_id, WorkOrder.ended_on.is_(None))
    rows = reader.rows(related(reader, WorkOrder, "same", *open_ones, *ways))
    found = [related_row(row, reader.now) for row in rows]
    newest: Any = sorted(found, key=lambda one: (one.registered_at, one.record_id), reverse=True)
    return tuple(newest[:MOST_SAME])


def _slots(now: datetime, terms: ServiceTerms) -> tuple[Slot, ...]:
    """The times of the next days that begin after now."""
    today, minutes = local_day(now), terms.orders.slot_minutes
    days = (today + timedelta(days=ahead) for ahead in range(SLOT_DAYS))
    found = (slot for day in days for slot in slots_of_day(day=day, calendar=terms.calendar, minutes=minutes))
    return tuple(slot for slot in found if slot.start > now)[:MOST_SLOTS]
