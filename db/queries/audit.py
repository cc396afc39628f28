"""The audit log as its page shows it: newest first, by chain, period, person and action (R-011)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, String, func, literal, or_, select, tuple_
from sqlalchemy.sql.elements import Tuple

from core.admin.permissions import Permission
from core.kernel.identity import EstateId, UserId
from db.columns import Instant
from db.models import AuditEntry, Estate, EstateHead
from db.queries.paging import search_text
from db.unit_of_work import Reader, query

LARGEST_PAGE: Final = 200


@dataclass(frozen=True, slots=True)
class AuditPlace:
    """Where a page of the log ended; the next one goes on before it."""

    at: datetime
    chain: int
    seq: int


@dataclass(frozen=True, slots=True)
class AuditWanted:
    """Which entries: of one chain (``estate_id``, 0 for the company; ``None`` for all the person may see),
    from ``since`` up to and not including ``until``, of one person, of an action or a family (``fees``).
    """

    estate_id: EstateId | None = None
    since: datetime | None = None
    until: datetime | None = None
    actor_id: UserId | None = None
    action: str = ""
    subject: tuple[str, str] | None = None
    before: AuditPlace | None = None
    size: int = 50


@dataclass(frozen=True, slots=True)
class AuditLine:
    """An entry; ``facts_before`` and ``facts_after`` are JSON as it was hashed, or nothing."""

    chain: int
    seq: int
    at: datetime
    actor_id: int | None
    actor_name: str
    action: str
    subject_type: str
    subject_id: str
    facts_before: str | None
    facts_after: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class AuditPage:
    """A screenful, the number of all entries that fit the filter, and where to go on (``None`` at the end)."""

    lines: tuple[AuditLine, ...]
    total: int
    next: AuditPlace | None

    @property
    def rows(self) -> tuple[AuditLine, ...]:
        """The lines, under the name every listed answer has."""
        return self.lines


@dataclass(frozen=True, slots=True)
class ChainRow:
    """The end of a chain, to be written down where nobody can change it: number and hash of the last entry."""

    chain: int
    estate_code: str
    estate_name: str
    count: int
    hash_hex: str


@query(Permission.AUDIT_VIEW)
def audit_page(reader: Reader, wanted: AuditWanted) -> AuditPage:
    """A page of the log, newest first."""
    conditions = _conditions(reader, wanted)
    total = reader.scalar(select(func.count()).select_from(AuditEntry).where(*conditions))
    place = tuple_(AuditEntry.at, AuditEntry.chain, AuditEntry.seq)
    statement = select(AuditEntry).where(*conditions)
    if wanted.before is not None:
        statement = statement.where(place < _place_literal(wanted.before))
    size = min(max(wanted.size, 1), LARGEST_PAGE)
    order = (AuditEntry.at.desc(), AuditEntry.chain.desc(), AuditEntry.seq.desc())
    rows = reader.rows(statement.order_by(*order).limit(size + 1))
    lines = tuple(_line(row) for row in rows[:size])
    last = AuditPlace(lines[-1].at, lines[-1].chain, lines[-1].seq) if len(rows) > size else None
    return AuditPage(lines, total, last)


@query(Permission.AUDIT_VIEW)
def audit_chains(reader: Reader, _wanted: None) -> tuple[ChainRow, ...]:
    """The ends of all chains the person may see, the company's first."""
    statement = (
        select(
            EstateHead.estate_id,
            func.coalesce(Estate.code, "").label("code"),
            func.coalesce(Estate.name, "").label("name"),
            EstateHead.audit_count,
            EstateHead.audit_hash,
        )
        .outerjoin(Estate, Estate.id == EstateHead.estate_id)
        .where(reader.scope(EstateHead.estate_id))
        .order_by(EstateHead.estate_id)
    )
    return tuple(
        ChainRow(row.estate_id, row.code, row.name, row.audit_count, row.audit_hash.hex())
        for row in reader.rows(statement)
    )


def _conditions(reader: Reader, wanted: AuditWanted) -> list[ColumnElement[bool]]:
    conditions = [reader.scope(AuditEntry.chain)]
    if wanted.estate_id is not None:
        conditions.append(AuditEntry.chain == wanted.estate_id)
    if wanted.since is not None:
        conditions.append(AuditEntry.at >= wanted.since)
    if wanted.until is not None:
        conditions.append(AuditEntry.at < wanted.until)
    if wanted.actor_id is not None:
        conditions.append(AuditEntry.actor_id == wanted.actor_id)
    if wanted.action:
        conditions.append(_is_of_family(search_text(wanted.action)))
    if wanted.subject is not None:
        kind, number = (literal(search_text(part), String()) for part in wanted.subject)
        conditions += [AuditEntry.subject_type == kind, AuditEntry.subject_id == number]
    return conditions


def _is_of_family(name: str) -> ColumnElement[bool]:
    begin = literal(f"{name}.", String())
    return or_(AuditEntry.action == literal(name, String()), func.substr(AuditEntry.action, 1, len(name) + 1) == begin)


def _place_literal(place: AuditPlace) -> Tuple:
    return tuple_(literal(place.at, Instant()), literal(place.chain), literal(place.seq))


def _line(row: Row[Any]) -> AuditLine:
    return AuditLine(
        chain=row.chain,
        seq=row.seq,
        at=row.at,
        actor_id=row.actor_id,
        actor_name=row.actor_name,
        action=row.action,
        subject_type=row.subject_type,
        subject_id=row.subject_id,
        facts_before=row.before,
        facts_after=row.after,
        reason=row.reason,
    )
