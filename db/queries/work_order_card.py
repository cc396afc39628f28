"""One request with all its page needs beside timeline, clocks, photos and links (R-111 to R-118)."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, Select, and_, exists, select, true, union_all

from core.admin.permissions import Permission
from core.admin.settings import OrderSettings
from core.customers.customer_record import contact_shown
from core.customers.profiles import CareFlag
from core.kernel.drafts import DraftKind, DraftState
from core.kernel.identity import CustomerId, EstateId, StaffId, UserId, WorkOrderId
from core.kernel.money import Money, total
from core.kernel.periods import local_day
from core.work_orders.actions import WorkAction
from core.work_orders.appointments import AppointmentState
from core.work_orders.follow_ups import FailureEvent, NoticeDraft
from core.work_orders.kinds import PublicSystem, WorkChannel
from core.work_orders.outcome_steps import CancelReason, NoRating, WorkCause, WorkResult
from core.work_orders.progress import FlowEntry, StepTaken, steps_taken
from core.work_orders.slots import Slot
from core.work_orders.states import WorkState
from db.models import (
    Case,
    Customer,
    ServiceDraft,
    ServiceStep,
    StaffMember,
    User,
    WorkAppointment,
    WorkMaterial,
    WorkOrder,
)
from db.queries.case_card import Giver
from db.queries.case_household import Arrears, Related, arrears_of, arrears_row, by_tie, related, related_row
from db.queries.units import care_codes, care_of
from db.queries.work_order_rights import NextOrderStep, OrderActs, OrderStanding, acts_on_order, steps_of_order
from db.queries.work_orders import KEY, OrderRow, clocks_of, order_row, shown_columns
from db.repositories.customers import name_place, phone_place
from db.repositories.service_access import orders_seen_by
from db.repositories.service_drafts import facts_in, given_in, notice_in
from db.repositories.settings import all_service_settings_on
from db.repositories.work_orders import MILLI, facts_of, open_words
from db.unit_of_work import NotFound, Reader, query

_LARGEST_ESTATE: Final = 2**31 - 1
_LARGEST: Final = 2**63 - 1


class OrderPart(StrEnum):
    """A part of the card that is read by itself, in a statement of its own."""

    FLOW = "flow"
    """Who took each of the five steps, and when."""
    TIES = "ties"
    RULES = "rules"
    """What the project has set: days for opening again, photos of a repair."""
    MATERIALS = "materials"
    APPOINTMENTS = "appointments"
    DRAFTS = "drafts"


ALL_PARTS: Final = frozenset(OrderPart)
_RULED: Final = (WorkState.ASSIGNED.value, WorkState.UNDER_WAY.value, WorkState.CLOSED.value)
"""The states in which what the project has set matters: the work is to be shown by photos, or may be opened again."""


@dataclass(frozen=True, slots=True)
class OrderWanted:
    """One request; only ``parts`` are read, the others stay empty."""

    estate_id: EstateId
    order_id: WorkOrderId
    parts: frozenset[OrderPart] = ALL_PARTS


@dataclass(frozen=True, slots=True)
class MaterialRow:
    """A material that was used; ``run`` counts from 1, one more after every reopening."""

    run: int
    name: str
    quantity: Decimal
    measure: str
    unit_price: Money
    amount: Money


@dataclass(frozen=True, slots=True)
class AppointmentRow:
    """An agreed time, whatever became of it."""

    appointment_id: int
    handler: StaffId
    handler_name: str
    slot: Slot
    state: AppointmentState
    made_at: datetime
    changed_at: datetime | None
    version: int


@dataclass(frozen=True, slots=True)
class EventFacts:
    """What is known of an emergency event that is to be opened; ``building`` is the code of the unit's building."""

    event: FailureEvent
    system: PublicSystem
    people_at_risk: bool
    place: str
    building: str
    since: datetime
    households: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftRow:
    """A draft that follows from the request: either ``event`` or ``notice`` tells of its facts.

    ``place`` and ``expected_by`` are what a person has added to a notice.
    """

    draft_id: int
    kind: DraftKind
    state: DraftState
    event: EventFacts | None
    notice: NoticeDraft | None
    place: str
    expected_by: datetime | None
    text: str
    made_at: datetime
    settled_by_name: str
    settled_at: datetime | None
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderTimes:
    """When the request came how far in its present run; ``reopen_until``: the last day on which it opens again."""

    answered_at: datetime | None
    began_at: datetime | None
    carried_out_at: datetime | None
    fed_back_at: datetime | None
    reopened_at: datetime | None
    reopen_until: date | None
    anonymised_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderOutcome:
    """What came out of it so far; ``None`` where that is not known yet."""

    cause: WorkCause | None
    result: WorkResult | None
    rating: int | None
    no_rating: NoRating | None
    cancel_reason: CancelReason | None


@dataclass(frozen=True, slots=True)
class OrderTies:
    """The complaint it follows from, the other requests that follow from that, and what else is open in the unit."""

    case: Related | None
    siblings: tuple[Related, ...]
    neighbours: tuple[Related, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderCard:
    """A request. What was said is open here, for whoever sees it; people are masked all the same (R-101).

    ``public_place`` stands in words, beside the unit if there is one. ``giver`` is ``None`` where nobody is named.
    ``care``: for people with customer rights. ``arrears`` is ``None`` without a unit, and for people who may not see
    fees. ``photos_needed``: it is to be carried out, and the project wants them before and after a repair. ``steps``
    and ``acts`` are what may be done next; materials, appointments and drafts stand oldest first. ``flow``: how far it
    has come through the five steps (R-112).
    """

    row: OrderRow
    flow: tuple[StepTaken, ...]
    content: str
    need: str
    public_place: str
    noticed_at: datetime
    channel: WorkChannel
    giver: Giver | None
    care: tuple[CareFlag, ...]
    contactable: bool
    households: int
    wanted: Slot | None
    source_reference: str
    receiver: UserId | None
    times: OrderTimes
    outcome: OrderOutcome
    materials: tuple[MaterialRow, ...]
    materials_total: Money
    appointments: tuple[AppointmentRow, ...]
    drafts: tuple[DraftRow, ...]
    ties: OrderTies
    arrears: Arrears | None
    on_hold: bool
    photos_needed: bool
    steps: tuple[NextOrderStep, ...]
    acts: OrderActs


@query(Permission.ORDERS_VIEW)
def order_card(reader: Reader, wanted: OrderWanted) -> OrderCard:
    """One request the person sees; ``NotFound`` when there is none.

    At most eight statements: the request, its clocks, its steps, its ties, the settings, and of appointments, materials
    and drafts those that there are. Parts that are not wanted take none.
    """
    if wanted.estate_id > _LARGEST_ESTATE or wanted.order_id > _LARGEST:  # an address may name any number
        raise NotFound
    found = reader.rows(_order(reader, wanted))
    if not found:
        raise NotFound
    return _card(reader, found[0], wanted.parts)


def _order(reader: Reader, wanted: OrderWanted) -> Select[Any]:
    own = (WorkOrder.estate_id == wanted.estate_id, WorkOrder.id == wanted.order_id)
    keys: Select[Any] = select(*KEY).where(*own, reader.scope(WorkOrder.estate_id), orders_seen_by(reader.actor))
    columns: list[Any] = [
        WorkOrder.need_sealed,
        WorkOrder.caller_name_sealed,
        WorkOrder.caller_phone_sealed,
        Customer.name_sealed,
        Customer.phone_sealed,
        care_codes(of=Customer),
        _done_by().label("done_by"),
        *(_has(table).label(table.__tablename__) for table in (WorkAppointment, WorkMaterial, ServiceDraft)),
    ]
    same = and_(Customer.estate_id == WorkOrder.estate_id, Customer.id == WorkOrder.customer_id)
    statement = shown_columns(reader.now, keys, *columns).outerjoin(Customer, same)
    if reader.actor.may_at(Permission.FEES_VIEW, wanted.estate_id):
        unit = select(WorkOrder.unit_id).where(*own).scalar_subquery()
        arrears = arrears_of(wanted.estate_id, unit, local_day(reader.now))
        statement = statement.add_columns(*arrears.c).join(arrears, true())
    return statement


def _done_by() -> Any:
    """Who entered the newest execution."""
    step = ServiceStep
    own = (step.estate_id == WorkOrder.estate_id, step.record_id == WorkOrder.id)
    newest = select(step.made_by).where(*own, step.action == WorkAction.EXECUTION.value).order_by(step.id.desc())
    return newest.limit(1).correlate(WorkOrder).scalar_subquery()


def _has(table: type[WorkAppointment | WorkMaterial | ServiceDraft]) -> ColumnElement[bool]:
    """Whether there are any rows of the request there, so that none are asked for in vain."""
    order = table.record_id if table is ServiceDraft else table.order_id  # type: ignore[union-attr]
    return exists().where(table.estate_id == WorkOrder.estate_id, order == WorkOrder.id).correlate(WorkOrder)


def _card(reader: Reader, row: Any, parts: frozenset[OrderPart]) -> OrderCard:
    key, forgotten = (row.estate_id, row.id), row.anonymised_at is not None
    shown = order_row(reader, row, clocks_of([key], reader)[key])
    facts, words = facts_of(row), None if forgotten else open_words(reader.keys, row)
    has = {
        OrderPart.RULES: row.state in _RULED,
        OrderPart.MATERIALS: row.work_materials,
        OrderPart.APPOINTMENTS: row.work_appointments,
        OrderPart.DRAFTS: row.service_drafts,
    }
    read = {part for part in parts if has.get(part, True)}
    materials = _materials(reader, row) if OrderPart.MATERIALS in read else ()
    standing = OrderStanding(reader.actor, facts, row.done_by, forgotten)
    sees = reader.actor.may_at(Permission.CUSTOMERS_VIEW, facts.estate)
    settings = _settings(reader, facts.estate) if OrderPart.RULES in read else None
    return OrderCard(
        row=shown,
        flow=_flow(reader, row, shown.state) if OrderPart.FLOW in read else (),
        content="" if words is None else words.content,
        need="" if words is None else words.need,
        public_place=row.place,
        noticed_at=row.noticed_at,
        channel=WorkChannel(row.channel),
        giver=_giver(reader, row, sees=sees),
        care=care_of(row.care) if sees else (),
        contactable=row.contactable,
        households=row.households,
        wanted=None if row.wanted_start is None else Slot(row.wanted_start, row.wanted_end),
        source_reference=row.source_reference,
        receiver=None if row.received_by is None else UserId(row.received_by),
        times=_times(row, None if settings is None else settings.reopen_days),
        outcome=_outcome(row),
        materials=materials,
        materials_total=total(line.amount for line in materials),
        appointments=_appointments(reader, row) if OrderPart.APPOINTMENTS in read else (),
        drafts=_drafts(reader, row) if OrderPart.DRAFTS in read else (),
        ties=_ties(reader, row) if OrderPart.TIES in read else OrderTies(None, (), ()),
        arrears=arrears_row(row) if row.unit_id is not None and hasattr(row, "overdue_fen") else None,
        on_hold=row.on_hold,
        photos_needed=settings is not None and settings.photos_needed,
        steps=steps_of_order(standing),
        acts=acts_on_order(standing, report_needed=shown.report_needed, booked=shown.appointment is not None),
    )


def _giver(reader: Reader, row: Row[Any], *, sees: bool) -> Giver | None:
    """A customer on file goes before a caller written down."""
    keys, key = reader.keys, (row.estate_id, row.customer_id)
    if row.customer_id is not None:
        phone = keys.open(row.phone_sealed, place=phone_place(*key)) if row.phone_sealed is not None else ""
        shown = contact_shown(name=keys.open(row.name_sealed, place=name_place(*key)), phone=phone, sees_customers=sees)
        return Giver(CustomerId(row.customer_id), shown.name, shown.phone, shown.has_phone)
    if row.caller_name_sealed is None and row.caller_phone_sealed is None:
        return None
    words = open_words(keys, row)
    shown = contact_shown(name=words.caller_name, phone=words.caller_phone, sees_customers=sees)
    return Giver(None, shown.name, shown.phone, shown.has_phone)


def _settings(reader: Reader, estate: EstateId) -> OrderSettings:
    return all_service_settings_on(reader.connection, estate, local_day(reader.now))[2]


def _flow(reader: Reader, row: Row[Any], state: WorkState) -> tuple[StepTaken, ...]:
    step = ServiceStep
    statement = (
        select(step.action, step.done_at, User.display_name)
        .outerjoin(User, User.id == step.made_by)
        .where(step.estate_id == row.estate_id, step.record_id == row.id)
        .order_by(step.id)
    )
    entries = (FlowEntry(WorkAction(one.action), one.display_name or "", one.done_at) for one in reader.rows(statement))
    return steps_taken(state=state, entries=entries)


def _times(row: Row[Any], reopen_days: int | None) -> OrderTimes:
    can_reopen = row.state == WorkState.CLOSED.value and row.anonymised_at is None
    last_day = None if reopen_days is None or not can_reopen else row.ended_on + timedelta(days=reopen_days)
    return OrderTimes(
        answered_at=row.answered_at,
        began_at=row.began_at,
        carried_out_at=row.carried_out_at,
        fed_back_at=row.fed_back_at,
        reopened_at=row.reopened_at,
        reopen_until=last_day,
        anonymised_at=row.anonymised_at,
    )


def _outcome(row: Row[Any]) -> OrderOutcome:
    return OrderOutcome(
        cause=WorkCause(row.cause) if row.cause else None,
        result=WorkResult(row.result) if row.result else None,
        rating=row.rating,
        no_rating=NoRating(row.no_rating) if row.no_rating else None,
        cancel_reason=CancelReason(row.cancel_reason) if row.cancel_reason else None,
    )


def _ties(reader: Reader, row: Row[Any]) -> OrderTies:
    """What has to do with the request, in one statement, or none where nothing can."""
    orders, cases = WorkOrder.estate_id == row.estate_id, Case.estate_id == row.estate_id
    parts: list[Select[Any]] = []
    if row.source_case is not None:
        parts.append(related(reader, Case, "case", cases, Case.id == row.source_case))
        same = WorkOrder.source_case == row.source_case
        parts.append(related(reader, WorkOrder, "sibling", orders, same, WorkOrder.id != row.id))
    if row.unit_id is not None:
        is_open = (Case.unit_id == row.unit_id, Case.ended_on.is_(None))
        others = (WorkOrder.unit_id == row.unit_id, WorkOrder.ended_on.is_(None))
        parts.append(related(reader, Case, "neighbour", cases, *is_open, Case.id != (row.source_case or 0)))
        parts.append(related(reader, WorkOrder, "neighbour", orders, *others, WorkOrder.id != row.id))
    found = by_tie(reader.rows(union_all(*parts))) if parts else {}
    shown = {tie: tuple(related_row(one, reader.now) for one in rows) for tie, rows in found.items()}
    return OrderTies(next(iter(shown.get("case", ())), None), shown.get("sibling", ()), shown.get("neighbour", ()))


def _materials(reader: Reader, row: Row[Any]) -> tuple[MaterialRow, ...]:
    lines = WorkMaterial.__table__.c
    own = (lines.estate_id == row.estate_id, lines.order_id == row.id)
    found = reader.rows(select(*lines).where(*own).order_by(lines.run, lines.place))
    return tuple(
        MaterialRow(
            run=line.run,
            name=line.name,
            quantity=(Decimal(line.quantity_milli) / MILLI).normalize() + 0,
            measure=line.measure,
            unit_price=Money(line.price_fen),
            amount=Money(line.amount_fen),
        )
        for line in found
    )


def _appointments(reader: Reader, row: Row[Any]) -> tuple[AppointmentRow, ...]:
    meeting = WorkAppointment.__table__.c
    statement = (
        select(*meeting, StaffMember.name)
        .join(StaffMember, StaffMember.id == meeting.handler_id)
        .where(meeting.estate_id == row.estate_id, meeting.order_id == row.id)
        .order_by(meeting.id)
    )
    return tuple(
        AppointmentRow(
            appointment_id=one.id,
            handler=StaffId(one.handler_id),
            handler_name=one.name,
            slot=Slot(one.start_at, one.end_at),
            state=AppointmentState(one.state),
            made_at=one.made_at,
            changed_at=one.changed_at,
            version=one.version,
        )
        for one in reader.rows(statement)
    )


def _drafts(reader: Reader, row: Row[Any]) -> tuple[DraftRow, ...]:
    draft = ServiceDraft.__table__.c
    statement = (
        select(*draft, User.display_name)
        .outerjoin(User, User.id == draft.settled_by)
        .where(draft.estate_id == row.estate_id, draft.record_id == row.id)
        .order_by(draft.id)
    )
    return tuple(_draft(one) for one in reader.rows(statement))


def _draft(row: Row[Any]) -> DraftRow:
    facts, kind = facts_in(row), DraftKind(row.kind)
    given = given_in(facts)
    return DraftRow(
        draft_id=row.id,
        kind=kind,
        state=DraftState(row.state),
        event=_event(facts) if kind is DraftKind.EVENT else None,
        notice=notice_in(facts) if kind is DraftKind.NOTICE else None,
        place=given.place,
        expected_by=given.expected_by,
        text=row.text,
        made_at=row.made_at,
        settled_by_name=row.display_name or "",
        settled_at=row.settled_at,
        version=row.version,
    )


def _event(facts: Any) -> EventFacts:
    return EventFacts(
        event=FailureEvent(facts["event"]),
        system=PublicSystem(facts["system"]),
        people_at_risk=facts["people_at_risk"],
        place=facts["place"],
        building=facts["building"],
        since=datetime.fromisoformat(facts["since"]),
        households=facts["households"],
    )
