"""Pauses of the clocks of complaints and requests as rows, their evidence sealed (R-086; security.md §5)."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from core.kernel.identity import EstateId, UserId
from core.kernel.pauses import CheckedPause, KnownPause, PauseState
from db.keys import KeyRing
from db.models import ServicePause
from db.repositories.service_clocks import clocks_text, pause_of


def evidence_place(estate: int, pause: int) -> str:
    """Where the evidence of a pause is sealed for."""
    return f"service_pauses.evidence:{estate}:{pause}"


def load_pause(session: Session, estate: EstateId, pause: int) -> ServicePause | None:
    """The row, for a change."""
    return session.get(ServicePause, (estate, pause))


def known_pauses(session: Session, estate: EstateId, record_id: int) -> tuple[KnownPause, ...]:
    """The pauses of a record, of any state."""
    statement = select(ServicePause).where(ServicePause.estate_id == estate, ServicePause.record_id == record_id)
    return tuple(
        KnownPause(clocks=pause_of(row).clocks, start=row.start_at, end=row.end_at, state=PauseState(row.state))
        for row in session.scalars(statement.order_by(ServicePause.id))
    )


def lasting_pauses(session: Session, estate: EstateId, record_id: int, now: datetime) -> tuple[ServicePause, ...]:
    """The pauses of a record that are not over and were not refused, the oldest first."""
    own = (ServicePause.estate_id == estate, ServicePause.record_id == record_id)
    lasts = or_(ServicePause.end_at.is_(None), ServicePause.end_at > now)
    statement = select(ServicePause).where(*own, lasts, ServicePause.state != PauseState.REFUSED.value)
    return tuple(session.scalars(statement.order_by(ServicePause.id)))


def add_pause(
    session: Session,
    keys: KeyRing,
    *,
    estate: EstateId,
    pause_id: int,
    record_id: int,
    pause: CheckedPause,
    by: UserId | None,
    now: datetime,
) -> ServicePause:
    """Store a checked pause; one that the rule has approved is decided at the same instant, by nobody."""
    row = ServicePause(estate_id=estate, id=pause_id, record_id=record_id, clocks=clocks_text(pause.clocks))
    row.reason, row.start_at, row.end_at, row.state = pause.reason, pause.start, pause.end, pause.state.value
    row.evidence_sealed = keys.seal(pause.evidence, place=evidence_place(estate, pause_id))
    row.asked_by, row.asked_at = by, now
    row.decided_at = now if pause.state is PauseState.APPROVED else None
    session.add(row)
    session.flush()
    return row


def open_evidence(keys: KeyRing, row: Any) -> str:
    """The evidence of a row that carries ``estate_id``, ``id`` and ``evidence_sealed``; empty once it is forgotten."""
    sealed = row.evidence_sealed
    return "" if sealed is None else keys.open(sealed, place=evidence_place(row.estate_id, row.id))


def forget_evidence(session: Session, estate: EstateId, record_ids: Collection[int]) -> None:
    """Take away what was typed for the pauses of some records; the clocks still stand on the pauses (R-102)."""
    own = (ServicePause.estate_id == estate, ServicePause.record_id.in_(record_ids))
    blank = update(ServicePause).where(*own).values(evidence_sealed=None, decision_note="")
    session.execute(blank, execution_options={"synchronize_session": False})
