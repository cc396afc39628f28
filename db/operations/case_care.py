"""What timers and supervisors do with complaints and requests: look at clocks, archive, forget, hold (R-086, R-102)."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from core.admin.permissions import Permission
from core.complaints.actions import CaseAction
from core.complaints.lifecycle import check_move
from core.complaints.outcome_steps import Archiving
from core.complaints.redaction import needs_anonymising
from core.complaints.states import CaseState
from core.kernel.escalation import Escalation, escalations_due
from core.kernel.identity import CaseId, EstateId, WorkOrderId
from core.kernel.periods import Month, local_day
from core.kernel.texts import checked_reason
from core.work_orders.actions import WorkAction
from db.models import Case
from db.operations.case_work import audit_facts, note_step, record_change, terms_now, the_case
from db.operations.work_records import audit, note, the_order
from db.repositories.case_care import (
    KINDS,
    Kept,
    add_escalations,
    closed_until,
    ended_until,
    forget,
    records_to_look_at,
    store_all_dues,
)
from db.repositories.case_columns import store_step
from db.repositories.cases import facts_of
from db.repositories.service_clocks import Dues, clock_facts_of, refresh_all
from db.repositories.service_dues import ladder_of
from db.repositories.service_terms import ServiceTerms
from db.unit_of_work import UnitOfWork, operation

BATCH: Final = 200
_MOMENT: Final = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class TickClocks:
    """One look at the clocks of an estate that want attention; at most ``most`` records."""

    estate_id: EstateId
    most: int = BATCH


@dataclass(frozen=True, slots=True)
class Ticked:
    """How many records were looked at and how many steps of the ladder were told. ``more``: some are left."""

    records: int
    told: int
    more: bool


@dataclass(frozen=True, slots=True)
class ArchiveCases:
    """Closed cases that can no longer be opened again; at most ``most``."""

    estate_id: EstateId
    most: int = BATCH


@dataclass(frozen=True, slots=True)
class AnonymiseCases:
    """Cases and requests whose time of retention is over; at most ``most`` of each kind."""

    estate_id: EstateId
    most: int = BATCH


@dataclass(frozen=True, slots=True)
class HoldCase:
    """A legal hold: while it lies on a case, nothing of it is forgotten."""

    estate_id: EstateId
    case_id: CaseId
    version: int
    on_hold: bool
    reason: str


@dataclass(frozen=True, slots=True)
class HoldOrder:
    """A legal hold: while it lies on a request, nothing of it is forgotten."""

    estate_id: EstateId
    order_id: WorkOrderId
    version: int
    on_hold: bool
    reason: str


@operation(Permission.SYSTEM_RUN)
def tick_clocks(work: UnitOfWork, command: TickClocks) -> Ticked:
    """Write the steps of the ladder that are due and recompute what is due next, of cases and of requests.

    Also of those whose clocks were counted by another calendar than today's.
    """
    terms, estate = terms_now(work, command.estate_id), command.estate_id
    rows = records_to_look_at(
        work.session, estate, now=work.now, calendar_version=terms.calendar_version, most=command.most
    )
    if not rows:
        return Ticked(0, 0, more=False)
    reached = _escalations(work, estate, rows, terms)
    numbers = iter(work.new_ids(estate, len(reached)) if reached else ())
    stored = [(next(numbers), record, clock, step) for record, clock, step in reached]
    add_escalations(work.session, estate=estate, rows=stored, told_at=work.now)
    ladders = {row.id: ladder_of(terms, row) for row in rows}
    dues = refresh_all(work.session, estate=estate, ladders=ladders, now=work.now, terms=terms)
    store_all_dues(work.session, estate, rows, {number: _looked(work, due) for number, due in dues.items()})
    if reached:
        after = {"told": len(reached), "records": len({record for record, _, _ in reached})}
        work.record("service.escalated", ("estate", estate), estate=estate, after=after)
    return Ticked(len(rows), len(reached), more=len(rows) == command.most)


@operation(Permission.SYSTEM_RUN)
def archive_cases(work: UnitOfWork, command: ArchiveCases) -> int:
    """Archive closed cases that can no longer be opened again, and say how many."""
    terms = terms_now(work, command.estate_id)
    last_day = local_day(work.now) - timedelta(days=terms.cases.reopen_days + 1)
    rows = closed_until(work.session, command.estate_id, last_day, command.most)
    for row in rows:
        before = audit_facts(row)
        step = check_move(facts=facts_of(row), target=CaseState.ARCHIVED, data=Archiving(), now=work.now)
        store_step(row, step, now=work.now)
        note_step(work, row, CaseAction.ARCHIVING, source=step.source.value)
        record_change(work, CaseAction.ARCHIVING.value, row, before)
    return len(rows)


@operation(Permission.SYSTEM_RUN)
def anonymise_cases(work: UnitOfWork, command: AnonymiseCases) -> int:
    """Forget whose cases and requests they were once their time is over, and say how many; the statistics stay."""
    today, months = local_day(work.now), terms_now(work, command.estate_id).cases.retention_months
    last_day = Month.of(today).shift(-months).day(today.day)
    rows = [
        row
        for table in KINDS
        for row in ended_until(work.session, command.estate_id, table, last_day, command.most)
        if needs_anonymising(ended_on=row.ended_on, today=today, months=months, on_hold=row.on_hold)
    ]
    forget(work.session, work.keys, command.estate_id, rows, work.now)
    for row in rows:
        kind = "case" if isinstance(row, Case) else "order"
        ended = row.ended_on.isoformat() if row.ended_on else None
        work.record(f"{kind}s.anonymised", (kind, row.id), estate=command.estate_id, after={"ended_on": ended})
    return len(rows)


@operation(Permission.CASES_CLOSE)
def hold_case(work: UnitOfWork, command: HoldCase) -> None:
    """Lay a legal hold on a case, or end it; as it is already changes nothing."""
    row = the_case(work, command.estate_id, command.case_id, command.version)
    reason = checked_reason(command.reason)
    if row.on_hold == command.on_hold:
        return
    before = audit_facts(row)
    row.on_hold = command.on_hold
    action = CaseAction.HOLD if command.on_hold else CaseAction.HOLD_END
    note_step(work, row, action, words={"reason": reason})
    record_change(work, action.value, row, before, reason=reason)


@operation(Permission.ORDERS_CLOSE)
def hold_order(work: UnitOfWork, command: HoldOrder) -> None:
    """Lay a legal hold on a request, or end it; as it is already changes nothing."""
    row = the_order(work, command.estate_id, command.order_id, command.version)
    reason = checked_reason(command.reason)
    if row.on_hold == command.on_hold:
        return
    row.on_hold = command.on_hold
    action = WorkAction.HOLD if command.on_hold else WorkAction.HOLD_END
    words, facts = {"reason": reason}, {"on_hold": not command.on_hold}
    note(work, row, action, words=words)
    audit(work, f"orders.{action.value}", row, before=facts, after={"on_hold": command.on_hold}, words=words)


def _escalations(
    work: UnitOfWork, estate: EstateId, rows: Iterable[Kept], terms: ServiceTerms
) -> list[tuple[int, int, Escalation]]:
    """The steps of the ladder that are due: (record, clock, step)."""
    listed = {row.id: row for row in rows}
    clocks = clock_facts_of(work.session, estate, listed)
    return [
        (record, clock.id, step)
        for record, row in listed.items()
        for clock in clocks[record]
        if clock.runs
        for step in escalations_due(
            facts=clock.facts,
            now=work.now,
            calendar=terms.calendar,
            ladder=ladder_of(terms, row),
            sent=clock.sent,
        )
    ]


def _looked(work: UnitOfWork, due: Dues) -> Dues:
    """A limit holds at its very instant, so a clock that was looked at then wants attention right after it."""
    if due.next_look is None or due.next_look > work.now:
        return due
    return replace(due, next_look=work.now + _MOMENT)
