"""Service requests: load for change, the sealed words and callers, the facts the rules ask for (R-111, R-112)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import and_, func, insert, select
from sqlalchemy.orm import Session

from core.customers.masking import normalise_phone
from core.kernel.identity import CaseId, CustomerId, EstateId, StaffId, UnitId, WorkOrderId
from core.work_orders.facts import WorkFacts
from core.work_orders.kinds import PublicSystem, WorkChannel, WorkKind
from core.work_orders.limits import queue_rank
from core.work_orders.materials import MaterialLine
from core.work_orders.request import RequestRecord, is_contactable
from core.work_orders.slots import Slot
from core.work_orders.states import WorkState
from db.keys import KeyRing
from db.models import Building, ServicePhoto, Unit, WorkMaterial, WorkOrder
from db.repositories.customers import phone_index

SEALED: Final = ("content", "need", "caller_name", "caller_phone")
"""The fields of a request that are sealed; the column's name ends in ``_sealed``."""

MILLI: Final = 1_000


@dataclass(frozen=True, slots=True)
class OrderWords:
    """What of a request is sealed; empty where nothing was filled in or it was anonymised."""

    content: str
    need: str = ""
    caller_name: str = ""
    caller_phone: str = ""


def words_place(field: str, estate: int, order: int) -> str:
    """Where a sealed field of a request (``content``, ``need``, ``caller_name``, ``caller_phone``) is sealed for."""
    return f"work_orders.{field}:{estate}:{order}"


def open_words(keys: KeyRing, row: Any) -> OrderWords:
    """The sealed words of a row that carries ``estate_id``, ``id`` and the four sealed columns."""
    return OrderWords(
        content=open_word(keys, row, "content"),
        need=open_word(keys, row, "need"),
        caller_name=open_word(keys, row, "caller_name"),
        caller_phone=open_word(keys, row, "caller_phone"),
    )


def open_word(keys: KeyRing, row: Any, field: str) -> str:
    """One sealed field of such a row, "" where it is empty."""
    sealed = getattr(row, f"{field}_sealed")
    return "" if sealed is None else keys.open(sealed, place=words_place(field, row.estate_id, row.id))


def building_of(session: Session, estate: EstateId, unit: UnitId) -> tuple[str, str, str] | None:
    """The code of a unit's building, the unit's own code and its state; ``None`` without such a unit."""
    statement = (
        select(Building.code, Unit.code, Unit.state)
        .join(Unit, and_(Unit.estate_id == Building.estate_id, Unit.building_id == Building.id))
        .where(Unit.estate_id == estate, Unit.id == unit)
    )
    found = session.execute(statement).one_or_none()
    return None if found is None else (found[0], found[1], found[2])


def new_order(keys: KeyRing, key: tuple[EstateId, WorkOrderId], record: RequestRecord, area: str) -> WorkOrder:
    """A row for a checked record at its first state; who received it and when is still to be filled in."""
    row = WorkOrder(estate_id=key[0], id=key[1], state=WorkState.SUBMITTED.value)
    fill_record(keys, row, record, area)
    return row


def fill_record(keys: KeyRing, row: WorkOrder, record: RequestRecord, area: str) -> None:
    """Write a checked record over a row. ``area``: the building's code, or the public place."""
    if record.kind is None or record.noticed_at is None or record.channel is None:
        raise ValueError("a checked record has a kind, a time and a channel")
    row.kind, row.channel, row.noticed_at = record.kind.value, record.channel.value, record.noticed_at
    row.failure = record.failure.value if record.failure else ""
    row.people_at_risk = record.people_at_risk
    row.queue_rank = queue_rank(failure=record.failure)
    row.unit_id, row.area, row.place = record.unit, area, record.place
    row.customer_id, row.households, row.source_case = record.customer, record.households, record.source_case
    row.source_reference, row.contactable = record.source_reference, is_contactable(record)
    row.wanted_start = record.wanted.start if record.wanted else None
    row.wanted_end = record.wanted.end if record.wanted else None
    _seal(keys, row, record)


def _seal(keys: KeyRing, row: WorkOrder, record: RequestRecord) -> None:
    def sealed(field: str, text: str) -> bytes | None:
        return keys.seal(text, place=words_place(field, row.estate_id, row.id)) if text else None

    row.content_sealed = keys.seal(record.content, place=words_place("content", row.estate_id, row.id))
    row.need_sealed = sealed("need", record.need)
    row.caller_name_sealed = sealed("caller_name", record.caller_name)
    row.caller_phone_sealed = sealed("caller_phone", record.caller_phone)
    readable = bool(normalise_phone(record.caller_phone))
    row.caller_phone_index = phone_index(keys, record.caller_phone) if readable else None


def record_of(keys: KeyRing, row: WorkOrder) -> RequestRecord:
    """The record a row was made from, its words opened; for rules, never for a screen."""
    words = open_words(keys, row)
    return RequestRecord(
        kind=WorkKind(row.kind),
        failure=PublicSystem(row.failure) if row.failure else None,
        people_at_risk=row.people_at_risk,
        unit=None if row.unit_id is None else UnitId(row.unit_id),
        place=row.place,
        content=words.content,
        need=words.need,
        noticed_at=row.noticed_at,
        channel=WorkChannel(row.channel),
        customer=None if row.customer_id is None else CustomerId(row.customer_id),
        caller_name=words.caller_name,
        caller_phone=words.caller_phone,
        households=row.households,
        wanted=_wanted(row),
        source_case=None if row.source_case is None else CaseId(row.source_case),
        source_reference=row.source_reference,
    )


def _wanted(row: WorkOrder) -> Slot | None:
    return None if row.wanted_start is None or row.wanted_end is None else Slot(row.wanted_start, row.wanted_end)


def facts_of(row: WorkOrder, *, event: bool = False) -> WorkFacts:
    """What the rules ask of a request. ``event``: an emergency event, or its draft, belongs to it."""
    return WorkFacts(
        estate=EstateId(row.estate_id),
        order=WorkOrderId(row.id),
        kind=WorkKind(row.kind),
        failure=PublicSystem(row.failure) if row.failure else None,
        people_at_risk=row.people_at_risk,
        state=WorkState(row.state),
        registered_at=row.registered_at,
        reopened_at=row.reopened_at,
        carried_out_at=row.carried_out_at,
        closed_on=row.ended_on if row.state == WorkState.CLOSED.value else None,
        department=row.department,
        handler=None if row.handler_id is None else StaffId(row.handler_id),
        contactable=row.contactable,
        reopenings=row.reopenings,
        event=event,
    )


def photo_counts(session: Session, estate: EstateId, order: WorkOrderId, since: datetime) -> dict[str, int]:
    """How many photos of each phase a request has since its present run began (the instant included)."""
    of_order = (ServicePhoto.estate_id == estate, ServicePhoto.record_id == order, ServicePhoto.added_at >= since)
    statement = select(ServicePhoto.phase, func.count()).where(*of_order).group_by(ServicePhoto.phase)
    return dict(iter(session.execute(statement)))


def store_materials(session: Session, row: WorkOrder, lines: Sequence[MaterialLine]) -> None:
    """Add the materials of the present run, as printed: each amount rounded once to the fen."""
    values = [
        {
            "estate_id": row.estate_id,
            "order_id": row.id,
            "run": row.reopenings + 1,
            "place": place,
            "name": line.name,
            "quantity_milli": int(line.quantity * MILLI),
            "measure": line.measure,
            "price_fen": line.unit_price.fen,
            "amount_fen": line.amount.fen,
        }
        for place, line in enumerate(lines, start=1)
    ]
    if values:
        session.connection().execute(insert(WorkMaterial), values)


def with_caller(record: RequestRecord, words: OrderWords) -> RequestRecord:
    """The record with the caller kept as on file, for a form that never showed him or her."""
    return replace(record, caller_name=words.caller_name, caller_phone=words.caller_phone)
