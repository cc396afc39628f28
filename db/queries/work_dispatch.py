"""Who should carry a request out, and when somebody could come (R-112, R-118)."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from itertools import repeat
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, exists, func, or_, select

from core.admin.permissions import Permission
from core.kernel.identity import EstateId, StaffId, WorkOrderId
from core.kernel.periods import local_day
from core.staff.records import StaffState
from core.work_orders.appointments import Appointment, SlotOffer, slot_offers
from core.work_orders.dispatch import (
    DispatchObstacle,
    DispatchReason,
    LeftOut,
    OpenWork,
    ProposedHandler,
    WorkCandidate,
    WorkLoad,
    dispatch_proposal,
    work_loads,
)
from core.work_orders.kinds import SKILLS, PublicSystem, Skill, WorkKind
from core.work_orders.slots import Slot, next_day_with_slots, slots_of_day
from core.work_orders.states import WorkState
from db.models import StaffMember, User, UserEstate, WorkAppointment, WorkOrder
from db.queries.work_orders import ENGAGED
from db.repositories.service_access import orders_seen_by
from db.repositories.service_terms import service_terms
from db.repositories.work_appointments import appointment_of
from db.unit_of_work import NotFound, Reader, query

_TO_BE_DONE: Final = (WorkState.ASSIGNED.value, WorkState.UNDER_WAY.value)
"""The states in which somebody has to carry a request out still."""


@dataclass(frozen=True, slots=True)
class OrderDispatchWanted:
    """Who could carry out a request of an estate; ``wanted``: the time somebody should come at, if one is named."""

    estate_id: EstateId
    order_id: WorkOrderId
    wanted: Slot | None = None


@dataclass(frozen=True, slots=True)
class ProposedPerson:
    """Somebody in the order of the proposal, what is open there, and what speaks for the person."""

    staff: StaffId
    number: str
    name: str
    post: str
    department: str
    load: WorkLoad
    reasons: tuple[DispatchReason, ...]


@dataclass(frozen=True, slots=True)
class PersonLeftOut:
    """Somebody of the skill who is not proposed, and why."""

    staff: StaffId
    number: str
    name: str
    obstacles: tuple[DispatchObstacle, ...]


@dataclass(frozen=True, slots=True)
class OrderDispatch:
    """The proposal for a request, best first; a supervisor decides. ``handler``: who has it now."""

    order_id: WorkOrderId
    version: int
    kind: WorkKind
    failure: PublicSystem | None
    handler: StaffId | None
    wanted: Slot | None
    proposed: tuple[ProposedPerson, ...]
    left_out: tuple[PersonLeftOut, ...]


@dataclass(frozen=True, slots=True)
class SlotsWanted:
    """The times of a day at which one of the handlers could come to a customer of an estate."""

    estate_id: EstateId
    day: date
    handlers: tuple[StaffId, ...]


@dataclass(frozen=True, slots=True)
class VisitDayWanted:
    """From when on a day is looked for on which somebody could come."""

    estate_id: EstateId
    after: datetime


@dataclass(frozen=True, slots=True)
class _Person:
    """A member of staff who might do it."""

    number: str
    name: str
    candidate: WorkCandidate


@query(Permission.ORDERS_ASSIGN)
def dispatch_for(reader: Reader, wanted: OrderDispatchWanted) -> OrderDispatch:
    """Propose who carries a request out; four statements, three without a wanted time.

    Looked at are the active people of the skill who belong to the estate or to the whole company. What they have open
    counts in all estates in the asker's care, without this request. Nothing is known yet of who is present.
    """
    order = _order(reader, wanted)
    kind, failure = WorkKind(order.kind), PublicSystem(order.failure) if order.failure else None
    people = _people(reader, SKILLS[kind], wanted.estate_id)
    found = dispatch_proposal(
        kind=kind,
        estate=wanted.estate_id,
        candidates=[person.candidate for person in people.values()],
        loads=work_loads(works=_open_works(reader, people, wanted)),
        wanted=wanted.wanted,
        appointments=() if wanted.wanted is None else _in_the_way(reader, people, wanted.wanted, wanted),
    )
    return OrderDispatch(
        order_id=wanted.order_id,
        version=order.version,
        kind=kind,
        failure=failure,
        handler=None if order.handler_id is None else StaffId(order.handler_id),
        wanted=wanted.wanted,
        proposed=tuple(_proposed(people[one.staff], one) for one in found.proposed),
        left_out=tuple(_left_out(people[one.staff], one) for one in found.left_out),
    )


@query(Permission.ORDERS_VIEW)
def free_slots(reader: Reader, wanted: SlotsWanted) -> tuple[SlotOffer, ...]:
    """The times of the day still to come, and who of the handlers is free then; at most four statements.

    Handlers outside the person's care are left out, the others keep their order. A day of rest has no times.
    """
    terms = service_terms(reader.connection, wanted.estate_id, wanted.day)
    slots = slots_of_day(day=wanted.day, calendar=terms.calendar, minutes=terms.orders.slot_minutes)
    if not slots:
        return ()
    known = _known(reader, wanted.handlers)
    handlers = tuple(one for one in dict.fromkeys(wanted.handlers) if one in known)
    engaged = _engaged(reader, handlers, slots[0].start, slots[-1].end)
    return slot_offers(slots=slots, handlers=handlers, appointments=engaged, now=reader.now)


@query(Permission.ORDERS_VIEW)
def next_visit_day(reader: Reader, wanted: VisitDayWanted) -> date:
    """The first day with a time to come by, by the estate's hours alone; in two statements."""
    after = max(wanted.after, reader.now)
    terms = service_terms(reader.connection, wanted.estate_id, local_day(after))
    return next_day_with_slots(after=after, calendar=terms.calendar, minutes=terms.orders.slot_minutes)


def _order(reader: Reader, wanted: OrderDispatchWanted) -> Any:
    columns: tuple[Any, ...] = (WorkOrder.kind, WorkOrder.failure, WorkOrder.handler_id, WorkOrder.version)
    own = (WorkOrder.estate_id == wanted.estate_id, WorkOrder.id == wanted.order_id)
    found = reader.rows(select(*columns).where(*own, reader.scope(WorkOrder.estate_id), orders_seen_by(reader.actor)))
    if not found:
        raise NotFound
    return found[0]


def _people(reader: Reader, skill: Skill, estate: EstateId) -> Mapping[StaffId, _Person]:
    """The active people of a skill who can be given work in the estate."""
    member = StaffMember
    columns: tuple[Any, ...] = (member.id, member.number, member.name, member.post, member.department)
    fits = or_(member.post.in_(skill.posts), member.department == skill.department)
    assignable = or_(member.estate_id.is_(None), member.estate_id == estate)
    statement = (
        select(*columns, member.estate_id, _reaches(estate).label("reaches"))
        .where(fits, assignable, member.state == StaffState.ACTIVE.value)
        .order_by(member.id)
    )
    return {StaffId(row.id): _person(row, estate) for row in reader.rows(statement)}


def _reaches(estate: EstateId) -> ColumnElement[bool]:
    """Whether the person's account, if there is one, opens the estate: else the request could not be seen."""
    own = User.staff_id == StaffMember.id
    here = exists().where(UserEstate.user_id == User.id, UserEstate.estate_id == estate)
    opens = exists().where(own, or_(User.all_estates, here)).correlate(StaffMember)
    return or_(~exists().where(own).correlate(StaffMember), opens)


def _person(row: Any, estate: EstateId) -> _Person:
    candidate = WorkCandidate(
        staff=StaffId(row.id),
        post=row.post,
        department=row.department,
        estates=frozenset({estate} if row.reaches else ()),
        home=None if row.estate_id is None else EstateId(row.estate_id),
    )
    return _Person(row.number, row.name, candidate)


def _proposed(person: _Person, found: ProposedHandler) -> ProposedPerson:
    who = person.candidate
    return ProposedPerson(who.staff, person.number, person.name, who.post, who.department, found.load, found.reasons)


def _left_out(person: _Person, found: LeftOut) -> PersonLeftOut:
    return PersonLeftOut(found.staff, person.number, person.name, found.obstacles)


def _open_works(reader: Reader, people: Collection[StaffId], wanted: OrderDispatchWanted) -> Iterable[OpenWork]:
    """What people have to carry out still, counted in SQL by kind."""
    order = WorkOrder
    this = and_(order.estate_id == wanted.estate_id, order.id == wanted.order_id)
    statement = (
        select(order.handler_id, order.kind, order.failure, func.count().label("works"))
        .where(order.handler_id.in_(people), order.ended_on.is_(None), order.state.in_(_TO_BE_DONE))
        .where(reader.scope(order.estate_id), ~this)
        .group_by(order.handler_id, order.kind, order.failure)
    )
    for row in reader.rows(statement):
        failure = PublicSystem(row.failure) if row.failure else None
        yield from repeat(OpenWork(StaffId(row.handler_id), WorkKind(row.kind), failure), row.works)


def _in_the_way(
    reader: Reader, people: Collection[StaffId], slot: Slot, wanted: OrderDispatchWanted
) -> tuple[Appointment, ...]:
    """Who is engaged then; the request's own appointment is no obstacle to it."""
    meeting = WorkAppointment.__table__.c
    own = and_(meeting.estate_id == wanted.estate_id, meeting.order_id == wanted.order_id)
    return _engaged(reader, people, slot.start, slot.end, ~own)


def _known(reader: Reader, handlers: Collection[StaffId]) -> frozenset[StaffId]:
    """Those who belong to the whole company or an estate in care."""
    member = StaffMember
    in_care = or_(member.estate_id.is_(None), reader.scope(func.coalesce(member.estate_id, 0)))
    rows = reader.rows(select(member.id).where(member.id.in_(handlers), in_care)) if handlers else []
    return frozenset(StaffId(row.id) for row in rows)


def _engaged(
    reader: Reader, handlers: Collection[StaffId], start: datetime, end: datetime, *apart: ColumnElement[bool]
) -> tuple[Appointment, ...]:
    """The appointments of people at a time, in whatever estate: nobody is in two places, and only that shows."""
    meeting = WorkAppointment.__table__.c
    at_that_time = (meeting.start_at < end, meeting.end_at > start, meeting.state.in_(ENGAGED))
    statement = select(*meeting).where(meeting.handler_id.in_(handlers), *at_that_time, *apart)
    found: list[Any] = reader.rows(statement) if handlers else []
    return tuple(appointment_of(row) for row in found)
