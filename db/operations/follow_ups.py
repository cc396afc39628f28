"""Use cases of call-backs after a low mark (R-145, R-152): tried, ended with a new mark, or given up with a reason."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from core.admin.permissions import Permission
from core.kernel.identity import EstateId, FollowUpId, ResponseId, UnitId
from core.kernel.periods import local_day
from core.surveys import follow_ups as core
from core.surveys.follow_ups import FollowUpState, due_on, follow_up_for
from core.surveys.questionnaires import Item
from db.models import FollowUp, SurveyRound
from db.repositories.calendar import work_calendar
from db.repositories.settings import survey_settings_on
from db.repositories.survey_forms import Given, follow_up_of, load_follow_up, open_follow_ups, positions_text
from db.unit_of_work import EditConflict, NotFound, UnitOfWork, operation

FORM_CHANGED: Final = "surveys.follow_up.form_changed"
"""Stands as the note of a call-back that a correction of the form made needless; a page shows its sentence."""

FORM_WITHDRAWN: Final = "surveys.follow_up.form_withdrawn"
"""Stands as the note of a call-back whose form was taken back."""

ROUND_CANCELLED: Final = "surveys.follow_up.round_cancelled"
"""The note of a call-back whose whole round was called off."""

SYSTEM_NOTES: Final = frozenset({FORM_CHANGED, FORM_WITHDRAWN, ROUND_CANCELLED})
"""Notes the portal itself wrote; a page says them in words."""

_NEEDLESS: Final = frozenset({FORM_CHANGED, FORM_WITHDRAWN})


@dataclass(frozen=True, slots=True)
class SettleFollowUp:
    """The end of a call-back. ``new_mark`` from 1 to 5 goes with *reached* and with nothing else."""

    estate_id: EstateId
    follow_up_id: FollowUpId
    version: int
    outcome: FollowUpState
    new_mark: int | None
    note: str


@dataclass(frozen=True, slots=True)
class NoteAttempt:
    """A call in vain; the call-back stays open."""

    estate_id: EstateId
    follow_up_id: FollowUpId
    version: int
    note: str = ""


@operation(Permission.SURVEYS_FOLLOW)
def settle_follow_up(work: UnitOfWork, command: SettleFollowUp) -> None:
    """End a call-back: reached with a new mark, not to be reached, or called off."""
    row = _load(work, command)
    _settle(work, row, command.outcome, command.note, command.new_mark)
    after = {"state": row.state, "new_mark": row.new_mark, "attempts": row.attempts}
    _record(work, "follow_ups.settle", row, after)


@operation(Permission.SURVEYS_FOLLOW)
def note_attempt(work: UnitOfWork, command: NoteAttempt) -> None:
    """Count a call in vain; who was called again later still counts as reached then."""
    row = _load(work, command)
    kept = row.note
    _settle(work, row, FollowUpState.OPEN, command.note, None)
    row.note = row.note or kept
    _record(work, "follow_ups.attempt", row, {"state": row.state, "attempts": row.attempts})


def mend_follow_up(
    work: UnitOfWork,
    round_: SurveyRound,
    items: tuple[Item, ...],
    response: ResponseId,
    *,
    unit: UnitId | None,
    answers: Given,
) -> None:
    """Open, move or call off the call-back of a form after the form was changed or restored.

    One that somebody ended stays as it is; one that a correction had made needless begins anew.
    """
    row = follow_up_of(work.session, EstateId(round_.estate_id), response)
    if row is None:
        open_follow_ups(work, round_, items, {response: (unit, answers)})
        return
    if row.state != FollowUpState.OPEN.value and row.note not in _NEEDLESS:
        return
    settings = survey_settings_on(work.session, EstateId(round_.estate_id), local_day(work.now))
    low = follow_up_for(items=items, answers=answers, low_mark=settings.low_mark, unit_known=unit is not None)
    if low is None or unit is None:
        call_off(work, row, FORM_CHANGED)
        return
    row.positions, row.lowest_mark, row.unit_id = positions_text(low.positions), low.lowest_mark, unit
    if row.state != FollowUpState.OPEN.value:
        row.state, row.note, row.settled_by, row.settled_at = FollowUpState.OPEN.value, "", None, None
        row.opened_on = local_day(work.now)
        days, calendar = settings.follow_up_days, work_calendar(work.session, since=row.opened_on)
        row.due_on = due_on(day=row.opened_on, working_days=days, calendar=calendar).value


def call_off(work: UnitOfWork, row: FollowUp | None, note: str) -> None:
    """Drop an open call-back because its form is not what it was; any other stays as it is."""
    if row is not None and row.state == FollowUpState.OPEN.value:
        _settle(work, row, FollowUpState.DROPPED, note, None)


def _load(work: UnitOfWork, command: SettleFollowUp | NoteAttempt) -> FollowUp:
    row = load_follow_up(work.session, command.estate_id, command.follow_up_id)
    if row is None:
        raise NotFound
    if row.version != command.version:
        raise EditConflict
    return row


def _settle(work: UnitOfWork, row: FollowUp, outcome: FollowUpState, note: str, new_mark: int | None) -> None:
    state = FollowUpState(row.state)
    said = core.settle(state=state, outcome=outcome, note=note, new_mark=new_mark, attempts=row.attempts)
    row.state, row.note, row.new_mark, row.attempts = said.state.value, said.note, said.new_mark, said.attempts
    if said.state is not FollowUpState.OPEN:
        row.settled_by, row.settled_at = work.actor.user_id, work.now


def _record(work: UnitOfWork, action: str, row: FollowUp, after: Mapping[str, object]) -> None:
    work.record(action, ("follow_up", row.id), estate=EstateId(row.estate_id), after=after)
