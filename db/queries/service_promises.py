"""Complaints and requests that wait for somebody today, as parts of the desk's one statement (R-085, R-086, R-115)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, literal, or_, select, true

from core.admin.permissions import Actor, Permission, Role
from core.complaints.states import CaseState
from core.kernel.identity import EstateId
from core.kernel.pauses import PauseState
from core.kernel.periods import CHINA, local_day
from core.work_orders.states import WorkState
from db.models import Case, Estate, ServiceClock, ServiceEscalation, ServicePause, ServiceRecord, StaffMember, WorkOrder
from db.repositories.service_access import cases_seen_by, orders_seen_by
from db.unit_of_work import Reader

FEW: Final = 3
_NEW_CASE: Final = (CaseState.REGISTERED.value, CaseState.CLASSIFIED.value)
_NEW_ORDER: Final = (WorkState.SUBMITTED.value, WorkState.CLASSIFIED.value)


class ServicePromise(StrEnum):
    """What waits, the most pressing first. Red: a hard limit is missed; amber: a target; soon: one runs out today.

    ``TOLD``: the escalation ladder has reached a role of the person. ``CALL``: handled, and nobody has called back yet.
    """

    CASE_RED = "case_red"
    ORDER_RED = "order_red"
    CASE_SOON = "case_soon"
    ORDER_SOON = "order_soon"
    CASE_TOLD = "case_told"
    ORDER_TOLD = "order_told"
    REPORT_DUE = "report_due"
    PAUSE_ASKED = "pause_asked"
    CASE_NEW = "case_new"
    ORDER_NEW = "order_new"
    CASE_AMBER = "case_amber"
    ORDER_AMBER = "order_amber"
    CASE_CALL = "case_call"


@dataclass(frozen=True, slots=True)
class ServicePromiseRow:
    """One of the most pressing records of its kind; ``code`` is its number.

    ``topic``: the sub-category or category of a case, the kind or failure of a request. ``place``: the public place, or
    with ``is_building`` the code of a building. ``at``: the deadline that is missed or near (of a pause: when it was
    asked for). ``who``: the handler, empty for nobody. ``total`` counts all records of the kind.
    """

    kind: ServicePromise
    estate_id: EstateId
    estate_name: str
    id: int
    code: str
    topic: str
    place: str
    is_building: bool
    who: str
    at: datetime
    total: int


@dataclass(frozen=True, slots=True)
class _Source:
    """One of the two tables, and what the person may see and do of it."""

    table: Any
    topic: ColumnElement[str]
    seen: ColumnElement[bool]
    kinds: tuple[ServicePromise, ServicePromise, ServicePromise, ServicePromise, ServicePromise]
    """Red, told, new, soon, amber."""
    new_states: tuple[str, ...]
    answers: bool
    """Whether the person sees to late ones: whoever handles or supervises."""
    assigns: bool


def service_parts(estate: EstateId | None, reader: Reader) -> Iterator[Select[Any]]:
    """Give one select for each kind of thing that may wait for the person; all have the same columns."""
    for source in _sources(reader.actor):
        for kind, part in _clock_parts(reader, estate, source):
            yield _named(kind, source, part)
    actor, now = reader.actor, reader.now
    if actor.may(Permission.PAUSES_DECIDE):
        yield _asked_pauses(reader, estate)
    if actor.may(Permission.ORDERS_ASSIGN):
        source = _order_source(actor)
        late = _part(reader, estate, source, WorkOrder.due_hard).order_by(WorkOrder.due_hard)
        part = late.where(WorkOrder.due_hard < now, WorkOrder.reported_at.is_(None))
        yield _named(ServicePromise.REPORT_DUE, source, part)
    if actor.may(Permission.CASES_CALL) and actor.may(Permission.CASES_ALL):
        source = _case_source(actor)
        waits = _part(reader, estate, source, Case.resolved_at).order_by(Case.resolved_at)
        other = true() if actor.staff is None else Case.handler_id.is_distinct_from(actor.staff)
        part = waits.where(Case.state == CaseState.RESOLVED.value, other)
        yield _named(ServicePromise.CASE_CALL, source, part)


def service_row(row: Any) -> ServicePromiseRow:
    """A row of such a select."""
    return ServicePromiseRow(
        kind=ServicePromise(row.kind),
        estate_id=EstateId(row.estate_id),
        estate_name=row.estate_name,
        id=row.id,
        code=row.code,
        topic=row.text,
        place=row.place,
        is_building=bool(row.mark),
        who=row.who,
        at=row.at,
        total=row.total,
    )


def _sources(actor: Actor) -> Iterator[_Source]:
    if actor.may(Permission.CASES_HANDLE) or actor.may(Permission.CASES_CLASSIFY):
        yield _case_source(actor)
    if actor.may(Permission.ORDERS_WORK) or actor.may(Permission.ORDERS_ASSIGN):
        yield _order_source(actor)


def _case_source(actor: Actor) -> _Source:
    p = ServicePromise
    return _Source(
        table=Case,
        topic=func.coalesce(func.nullif(Case.sub_category, ""), Case.record_type),
        seen=cases_seen_by(actor),
        kinds=(p.CASE_RED, p.CASE_TOLD, p.CASE_NEW, p.CASE_SOON, p.CASE_AMBER),
        new_states=_NEW_CASE,
        answers=actor.may(Permission.CASES_HANDLE),
        assigns=actor.may(Permission.CASES_CLASSIFY),
    )


def _order_source(actor: Actor) -> _Source:
    p = ServicePromise
    return _Source(
        table=WorkOrder,
        topic=func.coalesce(func.nullif(WorkOrder.failure, ""), WorkOrder.kind),
        seen=orders_seen_by(actor),
        kinds=(p.ORDER_RED, p.ORDER_TOLD, p.ORDER_NEW, p.ORDER_SOON, p.ORDER_AMBER),
        new_states=_NEW_ORDER,
        answers=actor.may(Permission.ORDERS_WORK),
        assigns=actor.may(Permission.ORDERS_ASSIGN),
    )


def _clock_parts(
    reader: Reader, estate: EstateId | None, source: _Source
) -> Iterator[tuple[ServicePromise, Select[Any]]]:
    """Red, amber and soon for whoever answers for them; managers are told by the ladder instead (R-115)."""
    table, now = source.table, reader.now
    red, told, new, soon, amber = source.kinds
    is_red, is_amber = table.due_hard < now, table.due_target < now
    end_of_day = datetime.combine(local_day(now) + timedelta(days=1), time(), tzinfo=CHINA)
    upper = Role.MANAGER in reader.actor.roles and Role.SUPERVISOR not in reader.actor.roles
    if source.answers and not upper:
        yield red, _part(reader, estate, source, table.due_hard).where(is_red).order_by(table.due_hard)
        late = _part(reader, estate, source, table.due_target)
        yield amber, late.where(is_amber, or_(table.due_hard.is_(None), ~is_red)).order_by(table.due_target)
        nearest = func.coalesce(table.due_target, table.due_hard)
        near = _part(reader, estate, source, nearest).where(nearest >= now, nearest < end_of_day)
        if source.assigns:  # what is new stands there as such
            near = near.where(table.state.not_in(source.new_states))
        yield soon, near.order_by(nearest)
    if source.answers:
        yield told, _told(reader, estate, source, besides_late=not upper)
    if source.assigns:
        waiting = _part(reader, estate, source, table.registered_at)
        yield new, waiting.where(table.state.in_(source.new_states)).order_by(table.queue_rank, table.registered_at)


def _told(reader: Reader, estate: EstateId | None, source: _Source, *, besides_late: bool) -> Select[Any]:
    """Records whose running clock has climbed the ladder to a role of the person – late ones, if not named already."""
    table, roles = source.table, [role.value for role in reader.actor.roles]
    step, clock = ServiceEscalation, ServiceClock
    same_clock = and_(clock.estate_id == step.estate_id, clock.id == step.clock_id, clock.stopped_at.is_(None))
    reached = exists().where(
        step.estate_id == table.estate_id, step.record_id == table.id, step.role.in_(roles), same_clock
    )
    nearest = func.coalesce(table.due_hard, table.due_target, table.registered_at)
    part = _part(reader, estate, source, nearest).where(reached).order_by(nearest)
    if not besides_late:
        return part
    in_time = (or_(due.is_(None), due >= reader.now) for due in (table.due_hard, table.due_target))
    return part.where(*in_time)


def _asked_pauses(reader: Reader, estate: EstateId | None) -> Select[Any]:
    pause, record = ServicePause, ServiceRecord
    columns: tuple[ColumnElement[Any], ...] = (
        literal(ServicePromise.PAUSE_ASKED.value).label("kind"),
        pause.estate_id.label("estate_id"),
        Estate.name.label("estate_name"),
        pause.record_id.label("id"),
        record.number.label("code"),
        record.kind.label("text"),
        pause.reason.label("place"),
        literal("").label("who"),
        pause.asked_at.label("at"),
        func.count().over().label("total"),
    )
    statement = (
        select(*columns)
        .join(record, and_(record.estate_id == pause.estate_id, record.id == pause.record_id))
        .join(Estate, Estate.id == pause.estate_id)
        .where(pause.state == PauseState.ASKED.value, reader.scope(pause.estate_id))
        .order_by(pause.asked_at, pause.id)
        .limit(FEW)
    )
    return statement if estate is None else statement.where(pause.estate_id == estate)


def _part(reader: Reader, estate: EstateId | None, source: _Source, at: Any) -> Select[Any]:
    """The few keys alone, which the index of open records gives."""
    table = source.table
    columns = (table.estate_id, table.id, at.label("at"), func.count().over().label("total"))
    keys = select(*columns).where(table.ended_on.is_(None), reader.scope(table.estate_id), source.seen).limit(FEW)
    return keys if estate is None else keys.where(table.estate_id == estate)


def _named(kind: ServicePromise, source: _Source, part: Select[Any]) -> Select[Any]:
    """What is shown of the few."""
    few, table = part.subquery().c, source.table
    columns = (
        literal(kind.value).label("kind"),
        few.estate_id,
        Estate.name.label("estate_name"),
        few.id,
        ServiceRecord.number.label("code"),
        source.topic.label("text"),
        table.area.label("place"),
        case((table.unit_id.is_not(None), 1), else_=0).label("mark"),
        func.coalesce(StaffMember.name, "").label("who"),
        few.at,
        few.total,
    )
    return (
        select(*columns)
        .outerjoin(table, and_(table.estate_id == few.estate_id, table.id == few.id))
        .join(ServiceRecord, and_(ServiceRecord.estate_id == few.estate_id, ServiceRecord.id == few.id))
        .join(Estate, Estate.id == few.estate_id)
        .outerjoin(StaffMember, StaffMember.id == table.handler_id)
    )
