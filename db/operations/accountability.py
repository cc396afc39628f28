"""What follows for the person responsible when a case missed its hard limit (R-109)."""

from dataclasses import dataclass

from sqlalchemy import func, or_, select

from core.admin.permissions import Permission
from core.complaints.accountability import check_accountability
from core.complaints.workload import AccountabilityAction
from core.kernel.identity import EstateId, StaffId
from db.models import AccountabilityAction as ActionRow
from db.models import Case, ServiceClock
from db.operations.service_access import require_case
from db.repositories.cases import assignees
from db.unit_of_work import NotFound, UnitOfWork, operation


@dataclass(frozen=True, slots=True)
class RecordAccountability:
    """A decision about a red case and the person it concerns; ``staff_id`` of ``None``: nobody had it.

    The person belongs to the estate or to the whole company, or still has the case.
    """

    estate_id: EstateId
    record_id: int
    staff_id: StaffId | None
    action: AccountabilityAction
    note: str


@operation(Permission.CASES_ASSIGN)
def record_accountability(work: UnitOfWork, command: RecordAccountability) -> int:
    """Add the decision for good and give its number. The note stays out of the audit log, which everybody may read."""
    case = require_case(work.session, work.actor, command.estate_id, command.record_id)
    if command.staff_id is not None and not _may_answer(work, case, command.staff_id):
        raise NotFound
    red = _red_clocks(work, command)
    decided = check_accountability(red_clocks=red, action=command.action, note=command.note)
    row = ActionRow(
        estate_id=command.estate_id,
        id=work.new_id(command.estate_id),
        record_id=case.id,
        staff_id=command.staff_id,
        action=decided.action.value,
        note=decided.note,
        made_by=work.actor.user_id,
        made_at=work.now,
    )
    work.session.add(row)
    facts = {"action": row.action, "staff_id": row.staff_id, "note": work.keys.token(row.note)}
    work.record("cases.accountability", ("case", case.id), estate=command.estate_id, after=facts)
    return row.id


def _may_answer(work: UnitOfWork, case: Case, staff: StaffId) -> bool:
    """Whether somebody may have had the case: nobody of another estate is written into a file there."""
    return case.handler_id == staff or staff in assignees(work.session, EstateId(case.estate_id), [staff])


def _red_clocks(work: UnitOfWork, command: RecordAccountability) -> int:
    clock = ServiceClock
    red = or_(clock.hard_kept.is_(False), (clock.stopped_at.is_(None)) & (clock.due_hard < work.now))
    own = (clock.estate_id == command.estate_id, clock.record_id == command.record_id, clock.cancelled.is_(False))
    return work.session.scalar(select(func.count()).select_from(clock).where(*own, red)) or 0
