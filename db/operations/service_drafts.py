"""Use cases of drafts: their words and promises, given out or dropped (R-103, R-114)."""

from dataclasses import dataclass, replace
from datetime import datetime

from core.admin.audit import Json, instant_text
from core.admin.permissions import Permission
from core.kernel.attachments import check_not_forgotten
from core.kernel.drafts import (
    DRAFT_MOVES,
    DraftKind,
    DraftState,
    check_draft_open,
    check_draft_text,
    check_promised_time,
    check_release,
)
from core.kernel.identity import EstateId
from core.kernel.lines import check_line
from core.kernel.texts import checked_reason
from core.work_orders.actions import WorkAction
from core.work_orders.request import LONGEST_PLACE
from db.models import Case, ServiceDraft, WorkOrder
from db.operations.service_access import require_record
from db.operations.work_failures import refreshed_notice
from db.operations.work_records import is_handler, note
from db.repositories.service_drafts import GivenFacts, facts_in, given_in, load_draft
from db.unit_of_work import EditConflict, NotFound, UnitOfWork, operation


@dataclass(frozen=True, slots=True)
class EditDraft:
    """The words of a draft. Of a notice also where it is, in public words, and when it should work again.

    ``None`` keeps what was given before; an empty place takes it back.
    """

    estate_id: EstateId
    draft_id: int
    version: int
    text: str | None = None
    place: str | None = None
    expected_by: datetime | None = None


@dataclass(frozen=True, slots=True)
class ReleaseDraft:
    """The text was given to those it is for. ``text``: as it was given out; ``None`` leaves what stands."""

    estate_id: EstateId
    draft_id: int
    version: int
    text: str | None = None


@dataclass(frozen=True, slots=True)
class DropDraft:
    """The draft is not needed, and why."""

    estate_id: EstateId
    draft_id: int
    version: int
    reason: str


@operation(Permission.ORDERS_WORK)
def edit_draft(work: UnitOfWork, command: EditDraft) -> None:
    """Change a draft that waits; the handler of the request may, and whoever assigns requests."""
    draft, record = _unchanged(work, command)
    if not (isinstance(record, WorkOrder) and is_handler(work, record)):
        work.actor.require(Permission.ORDERS_ASSIGN, command.estate_id)
    check_not_forgotten(forgotten=record.anonymised_at is not None)
    check_draft_open(state=DraftState(draft.state))
    before = _facts(work, draft)
    if command.text is not None:
        draft.text = check_draft_text(command.text)
    if draft.kind == DraftKind.NOTICE.value and isinstance(record, WorkOrder):
        refreshed_notice(work, record, draft, _given(work, draft, command))
    after = _facts(work, draft)
    if after != before:
        _record(work, "drafts.edited", draft, before, after)


@operation(Permission.ORDERS_ASSIGN)
def release_draft(work: UnitOfWork, command: ReleaseDraft) -> None:
    """Note that the text of a draft was given out, by whom and when; a notice is judged by what is known now."""
    draft, record = _unchanged(work, command)
    check_not_forgotten(forgotten=record.anonymised_at is not None)
    kind, gaps = DraftKind(draft.kind), tuple[str, ...]()
    check_draft_open(state=DraftState(draft.state))
    before = _facts(work, draft)
    if command.text is not None:
        draft.text = check_draft_text(command.text)
    if kind is DraftKind.NOTICE and isinstance(record, WorkOrder):
        notice = refreshed_notice(work, record, draft, given_in(facts_in(draft)))
        gaps = () if notice is None else notice.missing
    check_release(kind=kind, state=DraftState(draft.state), text=draft.text, gaps=gaps)
    _settle(work, draft, record, DraftState.RELEASED, before)


@operation(Permission.ORDERS_ASSIGN)
def drop_draft(work: UnitOfWork, command: DropDraft) -> None:
    """Put a draft aside for good, with the reason."""
    draft, record = _unchanged(work, command)
    check_draft_open(state=DraftState(draft.state))
    _settle(work, draft, record, DraftState.DROPPED, _facts(work, draft), checked_reason(command.reason))


def _unchanged(
    work: UnitOfWork, command: EditDraft | ReleaseDraft | DropDraft
) -> tuple[ServiceDraft, Case | WorkOrder]:
    """The draft and the record it follows from, which the person sees."""
    draft = load_draft(work.session, command.estate_id, command.draft_id)
    if draft is None:
        raise NotFound
    record = require_record(work.session, work.actor, command.estate_id, draft.record_id)
    if draft.version != command.version:
        raise EditConflict
    return draft, record


def _given(work: UnitOfWork, draft: ServiceDraft, command: EditDraft) -> GivenFacts:
    given = given_in(facts_in(draft))
    if command.place is not None:
        place = check_line(command.place, field="place", longest=LONGEST_PLACE, needed=False)
        given = replace(given, place=place)
    if command.expected_by is not None:
        given = replace(given, expected_by=check_promised_time(at=command.expected_by, now=work.now))
    return given


def _settle(  # noqa: PLR0917  # what a draft becomes, with what it was
    work: UnitOfWork,
    draft: ServiceDraft,
    record: Case | WorkOrder,
    target: DraftState,
    before: dict[str, Json],
    reason: str = "",
) -> None:
    DRAFT_MOVES.check(source=DraftState(draft.state), target=target)
    draft.state, draft.settled_by, draft.settled_at = target.value, work.actor.user_id, work.now
    action = WorkAction.DRAFT_RELEASED if target is DraftState.RELEASED else WorkAction.DRAFT_DROPPED
    note(work, record, action, facts={"draft": draft.id, "kind": draft.kind}, words={"reason": reason})
    after = _facts(work, draft) | ({"reason": work.keys.token(reason)} if reason else {})
    _record(work, f"drafts.{target.value}", draft, before, after)


def _record(
    work: UnitOfWork, action: str, draft: ServiceDraft, before: dict[str, Json], after: dict[str, Json]
) -> None:
    work.record(action, ("draft", draft.id), estate=EstateId(draft.estate_id), before=before, after=after)


def _facts(work: UnitOfWork, draft: ServiceDraft) -> dict[str, Json]:
    """What an audit entry holds of a draft: its words as a token."""
    given = given_in(facts_in(draft))
    return {
        "kind": draft.kind,
        "state": draft.state,
        "text": work.keys.token(draft.text) if draft.text else None,
        "place": work.keys.token(given.place) if given.place else None,
        "expected_by": instant_text(given.expected_by) if given.expected_by else None,
    }
