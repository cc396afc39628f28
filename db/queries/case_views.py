"""The views of the queue of cases: what each of them shows of the open ones (R-081, R-085 to R-087)."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, and_, exists, false, or_, true

from core.admin.permissions import Actor
from core.complaints.grading import CaseGrade, queue_rank
from core.complaints.states import CaseState, is_ended, running_clocks
from core.complaints.taxonomy import RecordType
from db.models import Case, CaseCollaborator
from db.queries.service_rows import QueueLevel, is_amber, is_red, level_of


class CasesShown(StrEnum):
    """Which cases the queue shows."""

    OPEN = "open"
    RED = "red"
    AMBER = "amber"
    URGENT = "urgent"
    MINE = "mine"
    """The person handles them or helps with them."""
    RECEIVED = "received"
    """The person took them in and is their first-contact owner (R-081)."""
    UNASSIGNED = "unassigned"
    CALL_BACK = "call_back"
    """Handled, and the customer was not called back yet."""
    CLOSED = "closed"
    """Closed, archived, withdrawn or merged."""
    ALL = "all"


def open_views(actor: Actor, now: datetime) -> Mapping[CasesShown, ColumnElement[bool]]:
    """What each view of open cases asks for besides their being open."""
    return {
        CasesShown.OPEN: true(),
        CasesShown.RED: is_red(Case, now),
        CasesShown.AMBER: is_amber(Case, now),
        CasesShown.URGENT: Case.queue_rank == queue_rank(CaseGrade.URGENT),
        CasesShown.MINE: worked_by(actor),
        CasesShown.RECEIVED: false() if actor.user_id is None else Case.received_by == actor.user_id,
        CasesShown.UNASSIGNED: Case.handler_id.is_(None),
        CasesShown.CALL_BACK: Case.state == CaseState.RESOLVED.value,
    }


def worked_by(actor: Actor) -> ColumnElement[bool]:
    """The condition that the person handles a case or helps with it; nobody who is no member of staff does."""
    if actor.staff is None:
        return false()
    same = and_(CaseCollaborator.estate_id == Case.estate_id, CaseCollaborator.case_id == Case.id)
    helps = exists().where(same, CaseCollaborator.staff_id == actor.staff)
    return or_(Case.handler_id == actor.staff, helps)


def case_level(
    *, record_type: RecordType, state: CaseState, due_target: datetime | None, due_hard: datetime | None, now: datetime
) -> QueueLevel:
    """Give the colour of a case, or why it has none."""
    runs = not is_ended(state) and bool(running_clocks(record_type=record_type, state=state))
    return level_of(runs=runs, due_target=due_target, due_hard=due_hard, now=now)
