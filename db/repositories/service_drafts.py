"""Drafts that follow from complaints and requests: their facts as JSON, written and read back (R-103, R-114)."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.admin.audit import Json, canonical, instant_text
from core.kernel.drafts import DraftKind, DraftState
from core.kernel.identity import EstateId, UserId
from core.work_orders.follow_ups import NoticeAdvice, NoticeBlock, NoticeDraft, NoticeNext
from core.work_orders.kinds import PublicSystem
from core.work_orders.outcome_steps import WorkCause
from core.work_orders.states import WorkState
from db.models import ServiceDraft

_GIVEN: Final = "given"


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenFacts:
    """What a person adds to the facts of a notice: public words for where, and when it should work again."""

    place: str = ""
    expected_by: datetime | None = None


def add_draft(
    session: Session,
    *,
    estate: EstateId,
    draft_id: int,
    record_id: int,
    kind: DraftKind,
    facts: Mapping[str, Json],
    by: UserId | None,
    at: datetime,
) -> ServiceDraft:
    """Store a new draft without words."""
    row = ServiceDraft(estate_id=estate, id=draft_id, record_id=record_id, kind=kind.value, text="")
    row.state, row.made_by, row.made_at = DraftState.DRAFT.value, by, at
    put_facts(row, facts)
    session.add(row)
    session.flush()
    return row


def load_draft(session: Session, estate: EstateId, draft: int) -> ServiceDraft | None:
    """The draft of an estate."""
    return session.get(ServiceDraft, (estate, draft))


def drafts_of(session: Session, estate: EstateId, record: int) -> tuple[ServiceDraft, ...]:
    """The drafts of a record, the oldest first."""
    statement = select(ServiceDraft).where(ServiceDraft.estate_id == estate, ServiceDraft.record_id == record)
    return tuple(session.scalars(statement.order_by(ServiceDraft.id)))


def is_open(row: ServiceDraft) -> bool:
    """Whether a draft was neither released nor dropped."""
    return row.state == DraftState.DRAFT.value


def facts_in(row: Any) -> dict[str, Json]:
    """The facts of a row that carries ``facts``."""
    found: dict[str, Json] = json.loads(row.facts)
    return found


def put_facts(row: ServiceDraft, facts: Mapping[str, Json]) -> None:
    """Write the facts; equal ones leave the row as it is."""
    text = canonical(facts).decode("ascii")
    if row.facts != text:
        row.facts = text


def given_in(facts: Mapping[str, Any]) -> GivenFacts:
    """What a person has added."""
    added = facts.get(_GIVEN, {})
    return GivenFacts(place=added.get("place", ""), expected_by=_instant(added.get("expected_by")))


def notice_facts(notice: NoticeDraft, *, building: str, given: GivenFacts) -> dict[str, Json]:
    """The facts of a notice as stored. ``building`` helps a person to say where it is."""
    return {
        "system": notice.system.value,
        "place": notice.place,
        "since": instant_text(notice.since),
        "cause": None if notice.cause is None else notice.cause.value,
        "households": notice.households,
        "state": notice.state.value,
        "milestones": [[state.value, instant_text(at)] for state, at in notice.milestones],
        "next_step": notice.next_step.value,
        "expected_by": _text(notice.expected_by),
        "advice": [advice.value for advice in notice.advice],
        "missing": [block.value for block in notice.missing],
        "building": building,
        _GIVEN: {"place": given.place, "expected_by": _text(given.expected_by)},
    }


def notice_in(facts: Mapping[str, Any]) -> NoticeDraft:
    """The notice the facts were written from."""
    return NoticeDraft(
        system=PublicSystem(facts["system"]),
        place=facts["place"],
        since=datetime.fromisoformat(facts["since"]),
        cause=WorkCause(facts["cause"]) if facts["cause"] else None,
        households=facts["households"],
        state=WorkState(facts["state"]),
        milestones=tuple((WorkState(state), datetime.fromisoformat(at)) for state, at in facts["milestones"]),
        next_step=NoticeNext(facts["next_step"]),
        expected_by=_instant(facts["expected_by"]),
        advice=tuple(map(NoticeAdvice, facts["advice"])),
        missing=tuple(map(NoticeBlock, facts["missing"])),
    )


def _text(at: datetime | None) -> str | None:
    return None if at is None else instant_text(at)


def _instant(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
