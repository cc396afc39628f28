"""What complaints and requests have to do with: bills, cases, requests, measures, surveys (R-103, R-104)."""

from datetime import datetime
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.kernel.attachments import LinkTarget, check_link
from core.kernel.identity import EstateId, UserId
from core.kernel.lines import clean_line
from core.kernel.records import RecordKind
from db.models import Bill, Case, Measure, ServiceLink, SurveyRound, WorkOrder
from db.repositories.service_records import record_with_number

LARGEST: Final = 2**63 - 1

_TABLES: Final[dict[LinkTarget, Any]] = {
    LinkTarget.BILL: Bill,
    LinkTarget.CASE: Case,
    LinkTarget.ORDER: WorkOrder,
    LinkTarget.MEASURE: Measure,
    LinkTarget.SURVEY: SurveyRound,
}
_NAMES: Final[dict[LinkTarget, Any]] = {LinkTarget.MEASURE: Measure.number, LinkTarget.SURVEY: SurveyRound.code}


def target_id_of(session: Session, estate: EstateId, target: LinkTarget, reference: str | int) -> int | None:
    """The number of what is meant, in the same estate; ``None`` when there is none.

    ``reference`` is that number itself, or the one people know it by: the number of a case, request or measure, the
    code of a survey. A bill has only the one number.
    """
    if isinstance(reference, int):
        return _with_id(session, estate, target, reference)
    text = clean_line(reference)
    if target is LinkTarget.BILL:
        is_number = text.isascii() and text.isdecimal() and len(text) <= len(str(LARGEST))
        return _with_id(session, estate, target, int(text)) if is_number else None
    if target in (LinkTarget.CASE, LinkTarget.ORDER):
        return record_with_number(session, estate, RecordKind(target.value), text)
    return _with_name(session, estate, target, text)


def add_link(
    session: Session,
    *,
    estate: EstateId,
    link_id: int,
    record_id: int,
    target: LinkTarget,
    target_id: int,
    made_by: UserId | None,
    made_at: datetime,
) -> None:
    """Store a link to something that is there; a record's link to itself is refused."""
    check_link(record_id=record_id, target=target, target_id=target_id)
    row = ServiceLink(estate_id=estate, id=link_id, record_id=record_id, target=target.value, target_id=target_id)
    row.made_by, row.made_at = made_by, made_at
    session.add(row)
    session.flush()


def link_between(
    session: Session, estate: EstateId, record_id: int, target: LinkTarget, target_id: int
) -> ServiceLink | None:
    """The link that says so already."""
    return session.scalars(
        select(ServiceLink).where(
            ServiceLink.estate_id == estate,
            ServiceLink.record_id == record_id,
            ServiceLink.target == target.value,
            ServiceLink.target_id == target_id,
        )
    ).one_or_none()


def _with_id(session: Session, estate: EstateId, target: LinkTarget, number: int) -> int | None:
    table = _TABLES[target]
    if not 0 < number <= LARGEST:
        return None
    found: int | None = session.scalar(select(table.id).where(table.estate_id == estate, table.id == number))
    return found


def _with_name(session: Session, estate: EstateId, target: LinkTarget, name: str) -> int | None:
    table, column = _TABLES[target], _NAMES[target]
    if len(name) > column.type.length or "\x00" in name:
        return None
    found: int | None = session.scalar(select(table.id).where(table.estate_id == estate, column == name))
    return found
