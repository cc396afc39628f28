"""What was done with a complaint or request: steps that are only added, their words sealed beside them (R-088, R-096).

Words can be forgotten (R-102); the steps themselves, with what is not personal, stay for good.
"""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, select
from sqlalchemy.orm import Session

from core.admin.audit import Json, canonical
from core.kernel.identity import EstateId, UserId
from db.keys import KeyRing
from db.models import ServiceStep, ServiceStepText, User


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredStep:
    """A step as it was stored. ``words`` is empty where nothing was typed, and where it was forgotten.

    ``made_by_name`` is empty for the system itself. ``done_at`` is when it was done, ``made_at`` when it was entered.
    """

    step_id: int
    action: str
    source: str
    state: str
    facts: Mapping[str, Json]
    words: Mapping[str, str]
    made_by: UserId | None
    made_by_name: str
    made_at: datetime
    done_at: datetime


def words_place(estate: int, step: int) -> str:
    """Where the words of a step are sealed for."""
    return f"service_step_texts.words:{estate}:{step}"


def add_step(
    session: Session,
    keys: KeyRing,
    *,
    estate: EstateId,
    step_id: int,
    record_id: int,
    action: str,
    source: str,
    state: str,
    facts: Mapping[str, Json],
    words: Mapping[str, str],
    by: UserId | None,
    entered_at: datetime,
    done_at: datetime,
) -> None:
    """Add a step. ``facts`` holds nothing personal; of ``words`` what is empty is not stored, the rest is sealed.

    ``source`` is the state before and ``state`` the one after; a step that moves nothing has the same twice or no
    source.
    """
    step = ServiceStep(estate_id=estate, id=step_id, record_id=record_id, action=action, source=source, state=state)
    step.facts, step.made_by = canonical(facts).decode("ascii"), by
    step.made_at, step.done_at = entered_at, done_at
    session.add(step)
    session.flush()
    said = {name: text for name, text in words.items() if text}
    if said:
        sealed = keys.seal(json.dumps(said, ensure_ascii=False, sort_keys=True), place=words_place(estate, step_id))
        session.add(ServiceStepText(estate_id=estate, step_id=step_id, words_sealed=sealed))
        session.flush()


def steps_of(
    connection: Connection | Session, keys: KeyRing, estate: EstateId, record_id: int
) -> tuple[StoredStep, ...]:
    """The steps of a record in the order they were entered, with their words opened and who entered them."""
    words = (ServiceStepText.estate_id == ServiceStep.estate_id) & (ServiceStepText.step_id == ServiceStep.id)
    statement = (
        select(*ServiceStep.__table__.columns, ServiceStepText.words_sealed, User.display_name)
        .outerjoin(ServiceStepText, words)
        .outerjoin(User, User.id == ServiceStep.made_by)
        .where(ServiceStep.estate_id == estate, ServiceStep.record_id == record_id)
        .order_by(ServiceStep.id)
    )
    return tuple(_step(keys, row) for row in connection.execute(statement))


def forget_step_words(session: Session, estate: EstateId, record_ids: Collection[int]) -> None:
    """Take away what was typed at every step of some records; the steps stay (R-102)."""
    own = select(ServiceStep.id).where(ServiceStep.estate_id == estate, ServiceStep.record_id.in_(record_ids))
    statement = delete(ServiceStepText).where(ServiceStepText.estate_id == estate, ServiceStepText.step_id.in_(own))
    session.execute(statement, execution_options={"synchronize_session": False})


def _step(keys: KeyRing, row: Any) -> StoredStep:
    sealed = row.words_sealed
    opened = {} if sealed is None else json.loads(keys.open(sealed, place=words_place(row.estate_id, row.id)))
    return StoredStep(
        step_id=row.id,
        action=row.action,
        source=row.source,
        state=row.state,
        facts=json.loads(row.facts),
        words=opened,
        made_by=None if row.made_by is None else UserId(row.made_by),
        made_by_name=row.display_name or "",
        made_at=row.made_at,
        done_at=row.done_at,
    )
