"""Use cases of pauses: asked for with evidence, decided by somebody else, ended (R-086, R21).

Only an approved pause stops a clock. Whatever touches time is recomputed at once, also for a clock that has stopped
within the pause while somebody was waiting for the decision.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar, Final, TypeAlias

from core.admin.audit import instant_text
from core.admin.codes import CodeList, check_value
from core.admin.permissions import Permission
from core.kernel.attachments import check_not_forgotten
from core.kernel.errors import BusinessError
from core.kernel.identity import EstateId, UserId
from core.kernel.lines import check_line
from core.kernel.pauses import (
    PauseAlreadyDecided,
    PauseRequest,
    PauseState,
    check_pause_decision,
    check_pause_end,
    check_pause_request,
)
from core.kernel.periods import local_day
from core.kernel.signals import ClockAction, ClockSignal
from core.kernel.texts import LONGEST_REASON, checked_reason
from db.models import Case, ServicePause, WorkOrder
from db.operations.service_access import require_record, require_to_work_on
from db.repositories.codes import active_codes
from db.repositories.service_clocks import clock_facts_of, pause_of, settle_again
from db.repositories.service_dues import refresh_record
from db.repositories.service_pauses import add_pause, known_pauses, lasting_pauses, load_pause
from db.repositories.service_terms import ServiceTerms, service_terms
from db.unit_of_work import EditConflict, NotFound, UnitOfWork, operation

Facts: TypeAlias = dict[str, str | int | None]
_MOMENT: Final = timedelta(microseconds=1)


class NoClockRuns(BusinessError):
    """None of the clocks somebody wants to stop is running."""

    code: ClassVar[str] = "service.no_clock_runs"


class PauseIsOver(BusinessError):
    """A pause that is over is not ended once more."""

    code: ClassVar[str] = "service.pause_over"


@dataclass(frozen=True, slots=True)
class AskPause:
    """Clocks of a record shall stand still, for a reason and with what shows it."""

    estate_id: EstateId
    record_id: int
    request: PauseRequest


@dataclass(frozen=True, slots=True)
class DecidePause:
    """The answer to somebody who asked. A refusal has a note that says why."""

    estate_id: EstateId
    pause_id: int
    version: int
    approve: bool
    note: str = ""


@dataclass(frozen=True, slots=True)
class EndPause:
    """From ``end`` (no later than now) the clocks go on."""

    estate_id: EstateId
    pause_id: int
    version: int
    end: datetime


@operation(Permission.ORDERS_REGISTER)
def ask_pause(work: UnitOfWork, command: AskPause) -> int:
    """Ask for a pause and give its number; where the reason needs no approval it holds at once."""
    estate, request = command.estate_id, command.request
    row = require_to_work_on(work.session, work.actor, estate, command.record_id)
    check_not_forgotten(forgotten=row.anonymised_at is not None)
    terms = _terms(work, estate)
    checked = check_pause_request(
        request=request,
        began_at=row.reopened_at or row.registered_at,
        now=work.now,
        free_reasons=terms.service.free_pauses,
        others=known_pauses(work.session, estate, row.id),
    )
    active = active_codes(work.session, CodeList.PAUSE_REASON)[CodeList.PAUSE_REASON]
    check_value(code_list=CodeList.PAUSE_REASON, value=checked.reason, active=active)
    clocks = clock_facts_of(work.session, estate, [row.id])[row.id]
    if not any(clock.runs and clock.facts.kind in checked.clocks for clock in clocks):
        raise NoClockRuns
    number, by = work.new_id(estate), work.actor.user_id
    pause = add_pause(
        work.session, work.keys, estate=estate, pause_id=number, record_id=row.id, pause=checked, by=by, now=work.now
    )
    if checked.state is PauseState.APPROVED:
        refresh_record(work.session, record=row, now=work.now, terms=terms)
    _record(work, "pauses.ask", pause)
    return number


@operation(Permission.PAUSES_DECIDE)
def decide_pause(work: UnitOfWork, command: DecidePause) -> None:
    """Approve or refuse a pause; not by who asked for it."""
    row = _unchanged(work, command)
    record = require_record(work.session, work.actor, command.estate_id, row.record_id)
    asked_by = None if row.asked_by is None else UserId(row.asked_by)
    check_pause_decision(state=PauseState(row.state), asked_by=asked_by, decided_by=work.actor.user_id)
    note = _note(command)
    before = _facts(row)
    row.state = (PauseState.APPROVED if command.approve else PauseState.REFUSED).value
    row.decided_by, row.decided_at, row.decision_note = work.actor.user_id, work.now, note
    if command.approve:
        _time_moved(work, record, row, since=row.start_at)
    _record(work, "pauses.decide", row, before=before)


@operation(Permission.ORDERS_REGISTER)
def end_pause(work: UnitOfWork, command: EndPause) -> None:
    """End a pause that lasts still, whether somebody has decided on it or not; it only becomes shorter."""
    row = _unchanged(work, command)
    record = require_to_work_on(work.session, work.actor, command.estate_id, row.record_id)
    if row.state == PauseState.REFUSED.value:
        raise PauseAlreadyDecided(state=PauseState.REFUSED)
    if row.end_at is not None and row.end_at <= work.now:
        raise PauseIsOver
    before = _facts(row)
    row.end_at = check_pause_end(start=row.start_at, end=command.end, now=work.now)
    if row.state == PauseState.APPROVED.value:
        _time_moved(work, record, row, since=row.end_at)
    _record(work, "pauses.end", row, before=before)


def end_outlived_pauses(work: UnitOfWork, record: Case, signals: Collection[ClockSignal]) -> None:
    """End the pauses that lasted for a run which a step has ended, lest they stop the clocks of a later one.

    A pause of several clocks lasts on while another of them runs, but not over into a clock that the step has started.
    Call it once the signals are stored and before the dues are recomputed.
    """
    started = {signal.kind for signal in signals if signal.action is ClockAction.START}
    ends = {signal.kind: signal.at for signal in signals if signal.action is not ClockAction.START}
    pauses = lasting_pauses(work.session, EstateId(record.estate_id), record.id, work.now) if ends else ()
    if not pauses:
        return
    clocks = clock_facts_of(work.session, EstateId(record.estate_id), [record.id])[record.id]
    running = {clock.facts.kind for clock in clocks if clock.runs}
    for row in pauses:
        kinds = pause_of(row).clocks
        ended = [at for kind, at in ends.items() if kind in kinds]
        if not kinds & running or (ended and kinds & started):
            before = _facts(row)
            row.end_at = max(row.start_at + _MOMENT, *(ended or (work.now,)))
            _record(work, "pauses.end", row, before=before)


def _unchanged(work: UnitOfWork, command: DecidePause | EndPause) -> ServicePause:
    row = load_pause(work.session, command.estate_id, command.pause_id)
    if row is None:
        raise NotFound
    if row.version != command.version:
        raise EditConflict
    return row


def _note(command: DecidePause) -> str:
    """Why it was refused; a remark on an approval may be left out."""
    if command.approve:
        return check_line(command.note, field="note", longest=LONGEST_REASON, needed=False)
    return checked_reason(command.note)


def _terms(work: UnitOfWork, estate: EstateId) -> ServiceTerms:
    return service_terms(work.session, estate, local_day(work.now))


def _time_moved(work: UnitOfWork, record: Case | WorkOrder, row: ServicePause, *, since: datetime) -> None:
    """Recompute what runs, and how those clocks ended that stopped after the pause changed what it says."""
    work.session.flush()
    estate = EstateId(row.estate_id)
    terms, kinds = _terms(work, estate), pause_of(row).clocks
    settle_again(work.session, estate=estate, record_id=row.record_id, kinds=kinds, since=since, terms=terms)
    refresh_record(work.session, record=record, now=work.now, terms=terms)


def _record(work: UnitOfWork, action: str, row: ServicePause, before: Facts | None = None) -> None:
    work.record(action, ("pause", row.id), estate=EstateId(row.estate_id), before=before, after=_facts(row))


def _facts(row: ServicePause) -> Facts:
    """What an audit entry holds of a pause: no evidence and no note, which are words."""
    return {
        "record": row.record_id,
        "clocks": row.clocks,
        "reason": row.reason,
        "start": instant_text(row.start_at),
        "end": None if row.end_at is None else instant_text(row.end_at),
        "state": row.state,
    }
