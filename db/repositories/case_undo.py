"""Taking back complaints that came in a list: they go with all that was derived from them (R-012).

What people did with one since keeps it: steps, photos, pauses, links, requests. What the portal did by itself does not:
clocks, what was told because they ran out, words to find, and that the time of keeping was over.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, delete, exists, or_, select
from sqlalchemy.orm import Session

from core.kernel.attachments import LinkTarget
from core.kernel.identity import EstateId
from db.models import Case, ServiceClock, ServiceEscalation, ServiceLink, ServiceRecord, ServiceSearch

_CHUNK: Final = 500
_NEW: Final = or_(Case.version == 1, and_(Case.version == 2, Case.anonymised_at.is_not(None)))
"""Nobody changed it: it is as it was brought in, or its people were forgotten."""


def take_back_cases(session: Session, estate: EstateId, cases: Sequence[int]) -> int:
    """Delete complaints, and give how many could not be: changed since, linked to by another record, or gone.

    A complaint that something else points at makes the database raise ``IntegrityError``.
    """
    missed = 0
    for chunk in (cases[start : start + _CHUNK] for start in range(0, len(cases), _CHUNK)):
        free = select(Case.id).where(Case.estate_id == estate, Case.id.in_(chunk), _NEW, ~_linked(estate))
        numbers = list(session.scalars(free))
        missed += len(chunk) - len(numbers)
        if missed:
            break  # the work is rolled back anyway
        for table, column in _hanging():
            _delete(session, table, table.estate_id == estate, column.in_(numbers))
    return missed


def _hanging() -> Iterable[tuple[Any, Any]]:
    """What goes with a complaint, and the complaint itself, in the order in which it can."""
    yield ServiceEscalation, ServiceEscalation.record_id
    yield ServiceClock, ServiceClock.record_id
    yield ServiceSearch, ServiceSearch.record_id
    yield Case, Case.id
    yield ServiceRecord, ServiceRecord.id


def _linked(estate: EstateId) -> ColumnElement[bool]:
    link = ServiceLink
    target = (link.target == LinkTarget.CASE.value, link.target_id == Case.id)
    return exists().where(link.estate_id == estate, *target)


def _delete(session: Session, table: Any, *where: ColumnElement[bool]) -> None:
    session.execute(delete(table).where(*where), execution_options={"synchronize_session": False})
