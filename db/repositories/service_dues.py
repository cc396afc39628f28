"""The ladder of a complaint or request, and its dues after something changed its time (R-086, R-114)."""

from datetime import datetime

from sqlalchemy.orm import Session

from core.complaints.grading import CaseGrade
from core.kernel.escalation import Ladder
from core.kernel.identity import EstateId
from db.models import Case, WorkOrder
from db.repositories.service_clocks import Dues, refresh, store_dues
from db.repositories.service_terms import ServiceTerms


def ladder_of(terms: ServiceTerms, record: Case | WorkOrder) -> Ladder:
    """Whom to tell and when: at any hour for urgent cases and failures of public systems."""
    urgent = record.grade == CaseGrade.URGENT.value if isinstance(record, Case) else bool(record.failure)
    return terms.emergency_ladder if urgent else terms.ladder


def refresh_record(session: Session, *, record: Case | WorkOrder, now: datetime, terms: ServiceTerms) -> Dues:
    """Recompute the dues of a case or request from its rows and write them to its clocks and to itself."""
    estate = EstateId(record.estate_id)
    ladder = ladder_of(terms, record)
    dues = refresh(session, estate=estate, record_id=record.id, now=now, terms=terms, ladder=ladder)
    store_dues(session, estate=estate, record=record, dues=dues)
    return dues
