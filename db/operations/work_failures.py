"""What follows from the failure of a public system: the drafts of an event and of a notice to owners (R-114)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import func, select

from core.admin.audit import Json, instant_text
from core.kernel.clocks import ClockKind
from core.kernel.drafts import DraftKind, DraftState
from core.kernel.identity import EstateId
from core.work_orders.actions import WorkAction
from core.work_orders.follow_ups import FailureCourse, NoticeDraft, event_needed, notice_draft_facts
from core.work_orders.kinds import PublicSystem
from core.work_orders.outcome_steps import WorkCause, WorkResult
from core.work_orders.states import WorkState
from db.models import ServiceClock, ServiceDraft, WorkOrder
from db.operations.work_records import note
from db.repositories.service_drafts import (
    GivenFacts,
    add_draft,
    drafts_of,
    facts_in,
    given_in,
    is_open,
    notice_facts,
    put_facts,
)
from db.repositories.work_orders import facts_of
from db.unit_of_work import UnitOfWork

_KEPT: Final = frozenset({DraftState.DRAFT.value, DraftState.RELEASED.value})


def keep_drafts(work: UnitOfWork, row: WorkOrder, *, failed_now: bool = False, mended_now: bool = False) -> None:
    """Bring the drafts of a request to what is known now; call it once row and clocks are stored.

    ``failed_now``: the failure is new, or is back; where no draft waits, one is made. ``mended_now``: the work was
    carried out; owners who were told of the failure are to be told that as well. A request that is no failure (any
    more), or was cancelled, drops the drafts nobody has released.
    """
    drafts = drafts_of(work.session, EstateId(row.estate_id), row.id)
    event = event_needed(facts=facts_of(row))
    if event is None:
        for draft in filter(is_open, drafts):
            _drop(work, row, draft)
        return
    _keep_event(work, row, _of(drafts, DraftKind.EVENT), event.value, is_new=failed_now)
    _keep_notice(work, row, _of(drafts, DraftKind.NOTICE), failed_now=failed_now, mended_now=mended_now)


def refreshed_notice(work: UnitOfWork, row: WorkOrder, draft: ServiceDraft, given: GivenFacts) -> NoticeDraft | None:
    """Write what is known now into a notice that waits, with what a person has added, and give it."""
    notice = notice_draft_facts(course=_course(work, row, given), now=work.now)
    if notice is not None:
        put_facts(draft, notice_facts(notice, building=_building(row), given=given))
    return notice


def _keep_event(work: UnitOfWork, row: WorkOrder, drafts: Sequence[ServiceDraft], event: str, *, is_new: bool) -> None:
    facts: dict[str, Json] = {
        "event": event,
        "system": row.failure,
        "people_at_risk": row.people_at_risk,
        "place": row.place,
        "building": _building(row),
        "since": instant_text(row.noticed_at),
        "households": row.households,
    }
    for draft in filter(is_open, drafts):
        put_facts(draft, facts)
    if is_new and not any(draft.state in _KEPT for draft in drafts):
        _add(work, row, DraftKind.EVENT, facts)


def _keep_notice(
    work: UnitOfWork, row: WorkOrder, drafts: Sequence[ServiceDraft], *, failed_now: bool, mended_now: bool
) -> None:
    waiting = [draft for draft in drafts if is_open(draft)]
    for draft in waiting:
        refreshed_notice(work, row, draft, given_in(facts_in(draft)))
    was_told = bool(drafts) and drafts[-1].state == DraftState.RELEASED.value
    if waiting or not (failed_now or (mended_now and was_told)):
        return
    given = GivenFacts(place=given_in(facts_in(drafts[-1])).place) if drafts else GivenFacts()
    notice = notice_draft_facts(course=_course(work, row, given), now=work.now)
    if notice is not None:
        _add(work, row, DraftKind.NOTICE, notice_facts(notice, building=_building(row), given=given))


def _course(work: UnitOfWork, row: WorkOrder, given: GivenFacts) -> FailureCourse:
    return FailureCourse(
        system=PublicSystem(row.failure),
        place=given.place or row.place,
        since=row.noticed_at,
        households=row.households,
        state=WorkState(row.state),
        registered_at=row.registered_at,
        answered_at=row.answered_at,
        carried_out_at=row.carried_out_at,
        cause=WorkCause(row.cause) if row.cause else None,
        result=WorkResult(row.result) if row.result else None,
        expected_by=given.expected_by or _limit(work, row),
    )


def _limit(work: UnitOfWork, row: WorkOrder) -> datetime | None:
    """When the finishing clock runs out; nobody has promised anything else."""
    own = (ServiceClock.estate_id == row.estate_id, ServiceClock.record_id == row.id)
    running = (ServiceClock.kind == ClockKind.RESOLVED.value, ServiceClock.stopped_at.is_(None))
    limit = func.coalesce(ServiceClock.due_hard, ServiceClock.due_target)
    found: datetime | None = work.session.scalar(select(limit).where(*own, *running))
    return found


def _building(row: WorkOrder) -> str:
    """The building's code, if the request names a unit; the unit itself is nobody else's business."""
    return row.area if row.unit_id is not None else ""


def _add(work: UnitOfWork, row: WorkOrder, kind: DraftKind, facts: dict[str, Json]) -> None:
    estate = EstateId(row.estate_id)
    key: dict[str, Any] = {"estate": estate, "draft_id": work.new_id(estate), "record_id": row.id}
    add_draft(work.session, **key, kind=kind, facts=facts, by=work.actor.user_id, at=work.now)


def _drop(work: UnitOfWork, row: WorkOrder, draft: ServiceDraft) -> None:
    draft.state = DraftState.DROPPED.value
    draft.settled_by, draft.settled_at = work.actor.user_id, work.now
    note(work, row, WorkAction.DRAFT_DROPPED, facts={"draft": draft.id, "kind": draft.kind, "automatic": True})


def _of(drafts: Sequence[ServiceDraft], kind: DraftKind) -> list[ServiceDraft]:
    return [draft for draft in drafts if draft.kind == kind.value]
