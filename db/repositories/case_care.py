"""Which complaints and requests want the timers' attention, and forgetting whose they were (R-086, R-102)."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime
from typing import Any, Final, TypeAlias

from sqlalchemy import Connection, and_, bindparam, delete, exists, insert, select, union, update
from sqlalchemy.orm import Session

from core.admin.audit import Json
from core.complaints.states import CaseState
from core.kernel.attachments import LinkTarget
from core.kernel.drafts import DraftKind, DraftState
from core.kernel.escalation import Escalation
from core.kernel.identity import EstateId
from db.keys import KeyRing
from db.models import (
    AccountabilityAction,
    Case,
    CaseCollaborator,
    ServiceClock,
    ServiceDraft,
    ServiceEscalation,
    ServiceLink,
    WorkAppointment,
    WorkOrder,
)
from db.repositories.cases import case_place
from db.repositories.service_clocks import Dues
from db.repositories.service_drafts import facts_in, put_facts
from db.repositories.service_pauses import forget_evidence
from db.repositories.service_photos import forget_photos
from db.repositories.service_search import forget_words
from db.repositories.service_steps import forget_step_words
from db.repositories.work_orders import words_place

Kept: TypeAlias = Case | WorkOrder
KINDS: Final[tuple[Any, ...]] = (Case, WorkOrder)

_NAMES_HOUSEHOLDS: Final = (LinkTarget.BILL.value, LinkTarget.SURVEY.value)
"""Links that lead to a household; those to other records lead to what is forgotten in its own time."""

_PLACES_OF_DRAFTS: Final[Mapping[str, Json]] = {"place": "", "given": {}}
"""What of a draft's facts somebody typed, and what it becomes."""

_BLANK: Final[Mapping[str, Any]] = {
    "unit_id": None,
    "place": "",
    "customer_id": None,
    "caller_name_sealed": None,
    "caller_phone_sealed": None,
    "caller_phone_index": None,
    "source_reference": "",
}
_ALSO: Final[Mapping[Any, Mapping[str, Any]]] = {
    Case: {"place_key": "", "claim_sealed": None, "anonymous": True},
    WorkOrder: {"need_sealed": None},
}


def records_to_look_at(
    session: Session, estate: EstateId, *, now: datetime, calendar_version: str, most: int
) -> tuple[Kept, ...]:
    """Records of an estate whose clocks want attention by now, the most pressing first; at most so many.

    After them come those that were counted by another calendar.
    """
    found = list[Kept]()
    for table in KINDS:
        due = (table.estate_id == estate, table.next_look <= now)
        found += session.scalars(select(table).where(*due).order_by(table.next_look, table.id).limit(most))
    found = sorted(found, key=lambda row: (row.next_look or now, row.id))[:most]
    if len(found) == most:
        return tuple(found)
    known = {row.id for row in found}
    for table in KINDS:
        old = exists().where(
            ServiceClock.estate_id == table.estate_id,
            ServiceClock.record_id == table.id,
            ServiceClock.stopped_at.is_(None),
            ServiceClock.calendar_version != calendar_version,
        )
        statement = select(table).where(table.estate_id == estate, table.ended_on.is_(None), old).order_by(table.id)
        left = most - len(found)
        found += [row for row in session.scalars(statement.limit(left + len(known))) if row.id not in known][:left]
    return tuple(found)


def estates_to_look_at(connection: Connection | Session, now: datetime) -> tuple[EstateId, ...]:
    """The estates that have a record whose clocks want attention by now."""
    parts = (select(table.estate_id).where(table.next_look <= now) for table in KINDS)
    return tuple(EstateId(estate) for estate in sorted(connection.execute(union(*parts)).scalars()))


def add_escalations(
    session: Session, *, estate: EstateId, rows: Iterable[tuple[int, int, int, Escalation]], told_at: datetime
) -> None:
    """Store steps of the ladder that were reached: (number, record, clock, step)."""
    values = [
        {
            "estate_id": estate,
            "id": number,
            "record_id": record,
            "clock_id": clock,
            "percent": escalation.step.percent,
            "role": escalation.step.role,
            "reached_at": escalation.reached_at,
            "told_at": told_at,
        }
        for number, record, clock, escalation in rows
    ]
    if values:
        session.execute(insert(ServiceEscalation), values)


def store_all_dues(session: Session, estate: EstateId, rows: Iterable[Kept], dues: Mapping[int, Dues]) -> None:
    """Write dues to many records where they differ. Versions stay, so that nobody's open form turns stale."""
    listed = list(rows)
    for table in KINDS:
        values = [
            {"b_id": row.id, "due_target": due.due_target, "due_hard": due.due_hard, "next_look": due.next_look}
            for row in listed
            if isinstance(row, table) and (due := dues[row.id]) != Dues(row.due_target, row.due_hard, row.next_look)
        ]
        if values:
            statement = update(table).where(table.estate_id == estate, table.id == bindparam("b_id"))
            session.connection().execute(statement, values)


def closed_until(session: Session, estate: EstateId, last_day: date, most: int) -> tuple[Case, ...]:
    """The cases closed on that day or earlier that are not archived yet, the longest closed first."""
    closed = (Case.estate_id == estate, Case.state == CaseState.CLOSED.value, Case.ended_on <= last_day)
    return tuple(session.scalars(select(Case).where(*closed).order_by(Case.ended_on, Case.id).limit(most)))


def ended_until(
    session: Session, estate: EstateId, table: type[Case] | type[WorkOrder], last_day: date, most: int
) -> tuple[Kept, ...]:
    """Records ended on that day or earlier that nobody holds and that are not anonymised, the longest ended first."""
    old = and_(table.ended_on <= last_day, table.on_hold.is_(False), table.anonymised_at.is_(None))
    statement = select(table).where(table.estate_id == estate, old).order_by(table.ended_on, table.id).limit(most)
    return tuple(session.scalars(statement))


def forget(session: Session, keys: KeyRing, estate: EstateId, rows: Collection[Kept], now: datetime) -> None:
    """Take away whose records they were and what anybody typed; what sorts and counts stays (R-102).

    The building stays as the area; a public place, which somebody typed, goes. ``rows`` may be of both kinds.
    """
    numbers = [row.id for row in rows]
    if not numbers:
        return
    _blank(session, keys, Case, rows, now)
    _blank(session, keys, WorkOrder, rows, now)
    forget_step_words(session, estate, numbers)
    forget_evidence(session, estate, numbers)
    forget_photos(session, estate, numbers)
    forget_words(session, estate, *numbers)
    _forget_beside(session, estate, numbers)
    _forget_drafts(session, estate, numbers)


def _blank(session: Session, keys: KeyRing, table: Any, rows: Collection[Kept], now: datetime) -> None:
    """Empty the columns of the records of one kind; the content is sealed anew with nothing in it."""
    place = case_place if table is Case else words_place
    values = [
        {
            "b_estate": row.estate_id,
            "b_id": row.id,
            "area": "" if row.unit_id is None else row.area,
            "content_sealed": keys.seal("", place=place("content", row.estate_id, row.id)),
            "anonymised_at": now,
            **_BLANK,
            **_ALSO[table],
        }
        for row in rows
        if isinstance(row, table)
    ]
    if values:
        key = (table.estate_id == bindparam("b_estate"), table.id == bindparam("b_id"))
        session.connection().execute(update(table).where(*key).values(version=table.version + 1), values)


def _forget_beside(session: Session, estate: EstateId, numbers: Collection[int]) -> None:
    """Parts of helpers, notes on what followed, reasons for appointments, and links that lead to a household."""
    helpers = update(CaseCollaborator).where(
        CaseCollaborator.estate_id == estate, CaseCollaborator.case_id.in_(numbers)
    )
    followed = update(AccountabilityAction).where(
        AccountabilityAction.estate_id == estate, AccountabilityAction.record_id.in_(numbers)
    )
    visits = update(WorkAppointment).where(WorkAppointment.estate_id == estate, WorkAppointment.order_id.in_(numbers))
    links = delete(ServiceLink).where(
        ServiceLink.estate_id == estate,
        ServiceLink.record_id.in_(numbers),
        ServiceLink.target.in_(_NAMES_HOUSEHOLDS),
    )
    version = {"version": WorkAppointment.version + 1}
    for statement in (
        helpers.values(part=""),
        followed.values(note=""),
        visits.values({"reason": ""} | version),
        links,
    ):
        session.execute(statement, execution_options={"synchronize_session": False})


def _forget_drafts(session: Session, estate: EstateId, numbers: Collection[int]) -> None:
    """Drafts keep what sorts and counts, and a notice that was given to owners its words, which were public."""
    own = (ServiceDraft.estate_id == estate, ServiceDraft.record_id.in_(numbers))
    for draft in session.scalars(select(ServiceDraft).where(*own)):
        if (draft.kind, draft.state) == (DraftKind.NOTICE.value, DraftState.RELEASED.value):
            continue
        draft.text = ""
        facts = facts_in(draft)
        put_facts(draft, facts | {name: blank for name, blank in _PLACES_OF_DRAFTS.items() if name in facts})
    session.flush()
