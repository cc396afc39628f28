"""All of a complaint or request beside its own fields: what was done, clocks, pauses, photos, links (R-086, R-096).

Words and evidence are opened for whoever may see the record; photos and words of a record whose people were anonymised
are gone (R-102).
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import Select, and_, literal, or_, select, union_all
from sqlalchemy.orm import aliased

from core.admin.audit import Json
from core.admin.permissions import Permission
from core.complaints.actions import CaseAction
from core.kernel.attachments import PhotoPhase, may_remove_photo
from core.kernel.clocks import ClockKind
from core.kernel.escalation import LadderStep
from core.kernel.identity import EstateId, UserId
from core.kernel.pauses import PauseState
from core.kernel.periods import local_day
from core.kernel.records import RecordKind
from core.kernel.sla import ClockLevel, ClockState, clock_state
from db.models import (
    Case,
    ImportBatch,
    ServiceClock,
    ServiceEscalation,
    ServicePause,
    ServicePhoto,
    ServiceRecord,
    StaffMember,
    User,
    WorkOrder,
)
from db.queries.service_link_rows import LinkRow, links_of
from db.repositories.service_access import cases_seen_by, orders_seen_by
from db.repositories.service_clocks import StoredClock, pause_of, stored_clocks
from db.repositories.service_pauses import open_evidence
from db.repositories.service_photos import photo_place
from db.repositories.service_steps import StoredStep, steps_of
from db.repositories.service_terms import ServiceTerms, service_terms
from db.unit_of_work import NotFound, Reader, query

__all__ = [
    "ClockRow",
    "PauseRow",
    "PhotoRow",
    "PhotoWanted",
    "RecordDetails",
    "RecordWanted",
    "StoredStep",
    "ToldRow",
    "photo_content",
    "record_details",
]
_LARGEST_ESTATE: Final = 2**31 - 1
_LARGEST: Final = 2**63 - 1
_VIEW: Final = {RecordKind.CASE: Permission.CASES_VIEW, RecordKind.ORDER: Permission.ORDERS_VIEW}
_ASSIGN: Final = {RecordKind.CASE: Permission.CASES_ASSIGN, RecordKind.ORDER: Permission.ORDERS_ASSIGN}


_PEOPLE: Final = ("handler", "by", "collaborators")
_RECORDS: Final = ("into", "case", "order", "repeated_of")
"""The facts of a step that name a member of staff, and those that name another record."""


class DetailPart(StrEnum):
    """A part of the details that a panel shows by itself."""

    TIMELINE = "timeline"
    CLOCKS = "clocks"
    """With the pauses."""
    PHOTOS = "photos"
    LINKS = "links"


ALL_PARTS: Final = frozenset(DetailPart)


@dataclass(frozen=True, slots=True)
class RecordWanted:
    """One record. ``terms``: those of its estate today, where they were read already. Only ``parts`` are read."""

    estate_id: EstateId
    record_id: int
    terms: ServiceTerms | None = None
    parts: frozenset[DetailPart] = ALL_PARTS


@dataclass(frozen=True, slots=True)
class PhotoWanted:
    """One photo."""

    estate_id: EstateId
    photo_id: int


@dataclass(frozen=True, slots=True)
class ToldRow:
    """A step of the escalation ladder that was told: to which role, when it was reached and when it was told."""

    percent: int
    role: str
    reached_at: datetime
    told_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockRow:
    """One run of a clock as it stands now, or stood at its stop.

    ``level`` is ``None`` for a cancelled run. Of a stopped one it follows from how the clock was settled then, whatever
    the calendar says today; so do the minutes left (negative: over) and whether a limit was kept.
    """

    clock_id: int
    kind: ClockKind
    run: int
    started_at: datetime
    stopped_at: datetime | None
    cancelled: bool
    level: ClockLevel | None
    state: ClockState
    target_minutes: int | None
    target_kept: bool | None
    hard_minutes: int | None
    hard_kept: bool | None
    told: tuple[ToldRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PauseRow:
    """A pause of some clocks; ``end`` is exclusive. ``lasts``: it is approved and keeps clocks still at this moment."""

    pause_id: int
    clocks: frozenset[ClockKind]
    reason: str
    evidence: str
    start: datetime
    end: datetime | None
    state: PauseState
    lasts: bool
    asked_by: UserId | None
    asked_by_name: str
    asked_at: datetime
    decided_by_name: str
    decided_at: datetime | None
    note: str
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PhotoRow:
    """A photo without its content; ``size`` in bytes. ``removable``: the person may remove it today."""

    photo_id: int
    phase: PhotoPhase
    width: int
    height: int
    size: int
    added_by_name: str
    added_at: datetime
    removable: bool


@dataclass(frozen=True, slots=True)
class StepNames:
    """What the numbers in the facts of steps stand for: our own people, and the numbers of cases and requests."""

    staff: Mapping[int, str] = field(default_factory=dict)
    records: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordDetails:
    """A record with all that hangs on it; what was not asked for is empty.

    Steps are in the order of entry, clocks in the order of their starts. ``names``: what numbers in steps stand for.

    ``forgotten``: its people were anonymised, so that words and photos are gone. ``unknown_years``: those whose
    holidays had to be assumed for the clocks.
    """

    estate_id: EstateId
    record_id: int
    kind: RecordKind
    number: str
    registered_at: datetime
    forgotten: bool
    timeline: tuple[StoredStep, ...]
    names: StepNames
    clocks: tuple[ClockRow, ...]
    pauses: tuple[PauseRow, ...]
    photos: tuple[PhotoRow, ...]
    links: tuple[LinkRow, ...]
    unknown_years: tuple[int, ...]


@query(Permission.CASES_VIEW)
def record_details(reader: Reader, wanted: RecordWanted) -> RecordDetails:
    """Everything that hangs on a record the person sees; nine statements, seven with the terms given, less by parts."""
    estate, record_id, parts = wanted.estate_id, wanted.record_id, wanted.parts
    head = _head(reader, estate, record_id)
    kind, forgotten = RecordKind(head.kind), _is_forgotten(head)
    steps = _timeline(reader, head) if DetailPart.TIMELINE in parts else ()
    clocks, pauses = _clocks_and_pauses(reader, wanted) if DetailPart.CLOCKS in parts else ((), ())
    years = {year for clock in clocks for year in clock.state.unknown_years if clock.stopped_at is None}
    sees_photos = DetailPart.PHOTOS in parts and not forgotten
    return RecordDetails(
        estate_id=estate,
        record_id=record_id,
        kind=kind,
        number=head.number,
        registered_at=head.registered_at,
        forgotten=forgotten,
        timeline=steps,
        names=_names(reader, estate, steps),
        clocks=clocks,
        pauses=pauses,
        photos=_photos(reader, estate, record_id, kind) if sees_photos else (),
        links=links_of(reader, estate, record_id, kind) if DetailPart.LINKS in parts else (),
        unknown_years=tuple(sorted(years)),
    )


def _timeline(reader: Reader, head: Any) -> tuple[StoredStep, ...]:
    """The steps of a record; what came in a list begins with the import, of which no step is stored (R-012)."""
    steps = steps_of(reader.connection, reader.keys, EstateId(head.estate_id), head.id)
    if head.import_batch is None:
        return steps
    came = StoredStep(
        step_id=0,
        action=CaseAction.IMPORT.value,
        source="",
        state=steps[0].source if steps else head.case_state,
        facts={"batch": head.import_batch, "source_reference": head.source_reference},
        words={},
        made_by=None if head.made_by is None else UserId(head.made_by),
        made_by_name=head.imported_by or "",
        made_at=head.committed_at,
        done_at=head.committed_at,
    )
    return (came, *steps)


def _clocks_and_pauses(reader: Reader, wanted: RecordWanted) -> tuple[tuple[ClockRow, ...], tuple[PauseRow, ...]]:
    estate, record_id = wanted.estate_id, wanted.record_id
    terms = wanted.terms or service_terms(reader.connection, estate, local_day(reader.now))
    pauses = _pauses(reader, estate, record_id)
    clocks = _clocks(reader, estate, record_id, pauses, terms)
    return clocks, tuple(_pause_row(reader, row) for row in pauses)


def _names(reader: Reader, estate: EstateId, steps: Iterable[StoredStep]) -> StepNames:
    """The names behind the numbers in the facts of steps, in one statement where there are any."""
    staff = {number for step in steps for name in _PEOPLE for number in _numbers(step.facts.get(name))}
    records = {number for step in steps for name in _RECORDS for number in _numbers(step.facts.get(name))}
    if not staff and not records:
        return StepNames()
    own = (ServiceRecord.estate_id == estate, ServiceRecord.id.in_(records))
    of_staff = select(literal("staff").label("what"), StaffMember.id, StaffMember.name.label("name"))
    of_records = select(literal("record").label("what"), ServiceRecord.id, ServiceRecord.number.label("name"))
    rows = reader.rows(union_all(of_staff.where(StaffMember.id.in_(staff)), of_records.where(*own)))
    found = [{row.id: row.name for row in rows if row.what == what} for what in ("staff", "record")]
    return StepNames(*found)


def _numbers(fact: Json) -> tuple[int, ...]:
    """The numbers a fact holds: one, several, or none."""
    if isinstance(fact, list):
        return tuple(number for number in fact if isinstance(number, int))
    return (fact,) if isinstance(fact, int) else ()


@query(Permission.CASES_VIEW)
def photo_content(reader: Reader, wanted: PhotoWanted) -> bytes:
    """The photo itself, a JPEG, for whoever sees its record."""
    if wanted.estate_id > _LARGEST_ESTATE or wanted.photo_id > _LARGEST:  # an address may name any number
        raise NotFound
    photo = ServicePhoto.__table__.c
    own = and_(photo.estate_id == ServiceRecord.estate_id, photo.record_id == ServiceRecord.id)
    statement = _heads(reader).add_columns(photo.content_sealed).join(ServicePhoto, own)
    row = _one(reader, statement.where(photo.estate_id == wanted.estate_id, photo.id == wanted.photo_id))
    if _is_forgotten(row):
        raise NotFound
    return reader.keys.open_bytes(row.content_sealed, place=photo_place(wanted.estate_id, wanted.photo_id))


@query(Permission.CASES_VIEW)
def photo_contents(reader: Reader, wanted: RecordWanted) -> Mapping[int, bytes]:
    """All photos of a record the person sees, JPEGs by their numbers; two statements."""
    if _is_forgotten(_head(reader, wanted.estate_id, wanted.record_id)):
        return {}
    photo = ServicePhoto.__table__.c
    own = (photo.estate_id == wanted.estate_id, photo.record_id == wanted.record_id)
    rows = reader.rows(select(photo.id, photo.content_sealed).where(*own).order_by(photo.id))
    places = ((row, photo_place(wanted.estate_id, row.id)) for row in rows)
    return {row.id: reader.keys.open_bytes(row.content_sealed, place=place) for row, place in places}


def _heads(reader: Reader) -> Select[Any]:
    """Headers of the records the person sees, and when their people were anonymised."""
    header, seen = ServiceRecord, {RecordKind.CASE: cases_seen_by, RecordKind.ORDER: orders_seen_by}
    shown = or_(*(and_(header.kind == kind.value, may_see(reader.actor)) for kind, may_see in seen.items()))
    forgotten = (Case.anonymised_at.label("case_forgotten"), WorkOrder.anonymised_at.label("order_forgotten"))
    came = (Case.import_batch, Case.source_reference, Case.state.label("case_state"))
    batch = (ImportBatch.committed_at, ImportBatch.made_by, User.display_name.label("imported_by"))
    return (
        select(*header.__table__.columns, *forgotten, *came, *batch)
        .outerjoin(Case, and_(Case.estate_id == header.estate_id, Case.id == header.id))
        .outerjoin(WorkOrder, and_(WorkOrder.estate_id == header.estate_id, WorkOrder.id == header.id))
        .outerjoin(ImportBatch, ImportBatch.id == Case.import_batch)
        .outerjoin(User, User.id == ImportBatch.made_by)
        .where(reader.scope(header.estate_id), shown)
    )


def _head(reader: Reader, estate: EstateId, record_id: int) -> Any:
    if estate > _LARGEST_ESTATE or record_id > _LARGEST:  # an address may name any number
        raise NotFound
    key = (ServiceRecord.estate_id == estate, ServiceRecord.id == record_id)
    return _one(reader, _heads(reader).where(*key))


def _one(reader: Reader, statement: Select[Any]) -> Any:
    found = reader.rows(statement)
    if not found:
        raise NotFound
    reader.actor.require(_VIEW[RecordKind(found[0].kind)], EstateId(found[0].estate_id))
    return found[0]


def _is_forgotten(head: Any) -> bool:
    return head.case_forgotten is not None or head.order_forgotten is not None


def _pauses(reader: Reader, estate: EstateId, record_id: int) -> list[Any]:
    asker, decider = aliased(User), aliased(User)
    statement = (
        select(*ServicePause.__table__.columns)
        .add_columns(asker.display_name.label("asker"), decider.display_name.label("decider"))
        .outerjoin(asker, asker.id == ServicePause.asked_by)
        .outerjoin(decider, decider.id == ServicePause.decided_by)
        .where(ServicePause.estate_id == estate, ServicePause.record_id == record_id)
        .order_by(ServicePause.start_at, ServicePause.id)
    )
    return list(reader.rows(statement))


def _pause_row(reader: Reader, row: Any) -> PauseRow:
    now, approved = reader.now, row.state == PauseState.APPROVED.value
    return PauseRow(
        pause_id=row.id,
        clocks=pause_of(row).clocks,
        reason=row.reason,
        evidence=open_evidence(reader.keys, row),
        start=row.start_at,
        end=row.end_at,
        state=PauseState(row.state),
        lasts=approved and row.start_at <= now and (row.end_at is None or now < row.end_at),
        asked_by=None if row.asked_by is None else UserId(row.asked_by),
        asked_by_name=row.asker or "",
        asked_at=row.asked_at,
        decided_by_name=row.decider or "",
        decided_at=row.decided_at,
        note=row.decision_note,
        version=row.version,
    )


def _clocks(
    reader: Reader, estate: EstateId, record_id: int, pauses: list[Any], terms: ServiceTerms
) -> tuple[ClockRow, ...]:
    clock, told = ServiceClock, ServiceEscalation
    own = and_(told.estate_id == clock.estate_id, told.clock_id == clock.id)
    steps = (told.percent, told.role, told.reached_at, told.told_at)
    statement = (
        select(*clock.__table__.columns, *steps)
        .outerjoin(told, own)
        .where(clock.estate_id == estate, clock.record_id == record_id)
        .order_by(clock.started_at, clock.id, told.percent, told.id)
    )
    rows = reader.rows(statement)
    of_clock = defaultdict[int, list[ToldRow]](list)
    for row in rows:
        if row.percent is not None:
            of_clock[row.id].append(ToldRow(row.percent, row.role, row.reached_at, row.told_at))
    sent = {(int(estate), one): tuple(LadderStep(t.percent, t.role) for t in steps) for one, steps in of_clock.items()}
    key = (int(estate), record_id)
    counted = {key: tuple(pause_of(row) for row in pauses)}
    once = {row.id: row for row in rows}.values()
    found = stored_clocks([key], once, counted, sent)[key]
    return tuple(_clock_row(reader, one, tuple(of_clock[one.id]), terms) for one in found)


def _clock_row(reader: Reader, clock: StoredClock, told: tuple[ToldRow, ...], terms: ServiceTerms) -> ClockRow:
    state = clock_state(facts=clock.facts, now=reader.now, calendar=terms.calendar)
    return ClockRow(
        clock_id=clock.id,
        kind=clock.facts.kind,
        run=clock.run,
        started_at=clock.facts.started_at,
        stopped_at=clock.facts.stopped_at,
        cancelled=clock.cancelled,
        level=_level(clock, state),
        state=state,
        target_minutes=clock.target_minutes,
        target_kept=clock.target_kept,
        hard_minutes=clock.hard_minutes,
        hard_kept=clock.hard_kept,
        told=told,
    )


def _level(clock: StoredClock, state: ClockState) -> ClockLevel | None:
    if clock.cancelled:
        return None
    if clock.runs:
        return state.level
    if clock.hard_kept is False:
        return ClockLevel.RED
    return ClockLevel.AMBER if clock.target_kept is False else ClockLevel.GREEN


def _photos(reader: Reader, estate: EstateId, record_id: int, kind: RecordKind) -> tuple[PhotoRow, ...]:
    photo = ServicePhoto.__table__.c
    columns = [column for column in photo if column.name != "content_sealed"]
    statement = select(*columns, User.display_name).outerjoin(User, User.id == photo.added_by)
    own = (photo.estate_id == estate, photo.record_id == record_id)
    supervises = reader.actor.may_at(_ASSIGN[kind], estate)
    return tuple(
        _photo_row(reader, row, supervises=supervises) for row in reader.rows(statement.where(*own).order_by(photo.id))
    )


def _photo_row(reader: Reader, row: Any, *, supervises: bool) -> PhotoRow:
    removable = may_remove_photo(
        added_by=row.added_by,
        added_on=local_day(row.added_at),
        remover=reader.actor.user_id,
        today=local_day(reader.now),
        supervises=supervises,
    )
    return PhotoRow(
        photo_id=row.id,
        phase=PhotoPhase(row.phase),
        width=row.width,
        height=row.height,
        size=row.size,
        added_by_name=row.display_name or "",
        added_at=row.added_at,
        removable=removable,
    )
