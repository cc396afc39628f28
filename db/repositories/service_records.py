"""The common header of complaints and requests: their numbers, and the form each came from (R-073, R-111; R3)."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from sqlalchemy import Connection, insert, select, text
from sqlalchemy.orm import Session

from core.kernel.identity import EstateId
from core.kernel.periods import CHINA
from core.kernel.records import RecordKind
from db.models import ServiceRecord

LONGEST_NUMBER: Final = 48
_CHUNK: Final = 500


def add_record(
    session: Session,
    *,
    estate: EstateId,
    record_id: int,
    kind: RecordKind | str,
    number: str,
    request: str,
    registered_at: datetime,
) -> ServiceRecord:
    """Store the header and send it, so that the case or request may follow. An empty ``request`` came from no form."""
    row = ServiceRecord(estate_id=estate, id=record_id, kind=RecordKind(kind).value, number=number)
    row.request, row.registered_at = request or None, registered_at
    session.add(row)
    session.flush()
    return row


def add_records(session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
    """Store many headers by their columns, some hundred at a time.

    PostgreSQL would look up the header of each case by reading all of a table it believes to be empty, so after many
    rows it is told how large the table has become.
    """
    connection = session.connection()
    for start in range(0, len(rows), _CHUNK):
        connection.execute(insert(ServiceRecord), rows[start : start + _CHUNK])
    if len(rows) > _CHUNK and connection.dialect.name == "postgresql":
        connection.execute(text("ANALYZE service_records"))


def record_of_request(session: Session, estate: EstateId, request: str) -> ServiceRecord | None:
    """What an earlier sending of the same form became. Read under the estate's lock, so that two are one after another.

    An empty ``request`` is no form and gives ``None``.
    """
    if not request:
        return None
    statement = select(ServiceRecord).where(ServiceRecord.estate_id == estate, ServiceRecord.request == request)
    return session.scalars(statement).one_or_none()


def load_record(session: Session, estate: EstateId, record_id: int) -> ServiceRecord | None:
    """The header of a case or request."""
    return session.get(ServiceRecord, (estate, record_id))


def numbers_of_day(session: Session, estate: EstateId, kind: RecordKind | str, day: date) -> tuple[str, ...]:
    """The numbers an estate has given to cases (or requests) registered on a business day, in the order of entry."""
    begins = datetime.combine(day, time(), CHINA)
    statement = (
        select(ServiceRecord.number)
        .where(ServiceRecord.estate_id == estate, ServiceRecord.kind == RecordKind(kind).value)
        .where(ServiceRecord.registered_at >= begins, ServiceRecord.registered_at < begins + timedelta(days=1))
        .order_by(ServiceRecord.id)
    )
    return tuple(session.scalars(statement))


def numbers_between(
    session: Session, estate: EstateId, kind: RecordKind | str, first_day: date, last_day: date
) -> tuple[str, ...]:
    """The numbers given to cases (or requests) registered on some business days, both ends included."""
    begins, ends = (datetime.combine(day, time(), CHINA) for day in (first_day, last_day + timedelta(days=1)))
    statement = (
        select(ServiceRecord.number)
        .where(ServiceRecord.estate_id == estate, ServiceRecord.kind == RecordKind(kind).value)
        .where(ServiceRecord.registered_at >= begins, ServiceRecord.registered_at < ends)
    )
    return tuple(session.scalars(statement))


def record_with_number(
    connection: Connection | Session, estate: EstateId, kind: RecordKind | str, number: str
) -> int | None:
    """The case (or request) of an estate with a number; a text that is no number at all finds nothing."""
    if len(number) > LONGEST_NUMBER or "\x00" in number:
        return None
    statement = select(ServiceRecord.id).where(
        ServiceRecord.estate_id == estate, ServiceRecord.number == number, ServiceRecord.kind == RecordKind(kind).value
    )
    found: int | None = connection.execute(statement).scalar()
    return found
