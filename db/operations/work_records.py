"""What every change of a request shares: the row by right, its time, its timeline, the case it follows from."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from core.admin.audit import Json, instant_text
from core.admin.permissions import Permission
from core.kernel.identity import EstateId, StaffId, UserId, WorkOrderId
from core.kernel.periods import local_day
from core.kernel.signals import ClockSignal
from core.staff.records import StaffState
from core.work_orders.actions import ChainAction, WorkAction
from core.work_orders.handling_steps import WorkAssignee
from core.work_orders.kinds import PublicSystem, WorkKind
from core.work_orders.lifecycle import WorkEnded
from core.work_orders.limits import WorkLimits
from core.work_orders.states import WorkState
from db.models import Case, WorkOrder
from db.operations.case_work import require_any
from db.operations.service_access import require_order
from db.operations.staff import the_staff_member
from db.repositories.service_clocks import apply_signals, change_levels
from db.repositories.service_dues import refresh_record
from db.repositories.service_records import load_record
from db.repositories.service_steps import add_step
from db.repositories.service_terms import ServiceTerms, service_terms, work_limits
from db.unit_of_work import EditConflict, NotFound, UnitOfWork

_WITHOUT = (None, "", False)


def the_order(work: UnitOfWork, estate: EstateId, order: WorkOrderId, version: int | None = None) -> WorkOrder:
    """Load a request the person sees; another version than the one on the form is an edit conflict.

    One that was anonymised has ended for good.
    """
    row = require_order(work.session, work.actor, estate, order)
    if version is not None and row.version != version:
        raise EditConflict
    if row.anonymised_at is not None:
        raise WorkEnded(state=WorkState(row.state))
    return row


def is_handler(work: UnitOfWork, row: WorkOrder) -> bool:
    """Say whether the person may work on requests and this one is his or hers."""
    own = row.handler_id is not None and row.handler_id == work.actor.staff
    return own and work.actor.may_at(Permission.ORDERS_WORK, EstateId(row.estate_id))


def require_handler_or(work: UnitOfWork, row: WorkOrder, *permissions: Permission) -> None:
    """Raise ``NotPermitted`` unless the person is the handler, or has one of the permissions in the estate."""
    if not is_handler(work, row):
        require_any(work, EstateId(row.estate_id), *permissions)


def require_sorting(work: UnitOfWork, row: WorkOrder) -> None:
    """Raise ``NotPermitted`` unless the person takes requests in and sees all of them: front desk and supervisor."""
    for permission in (Permission.ORDERS_REGISTER, Permission.ORDERS_ALL):
        work.actor.require(permission, EstateId(row.estate_id))


def acting_user(work: UnitOfWork) -> UserId:
    """Who enters a step; 0 for the system itself."""
    return work.actor.user_id or UserId(0)


def assignee(work: UnitOfWork, estate: EstateId, member: StaffId) -> WorkAssignee:
    """Somebody of this estate or of the whole company, as he or she stands now; anybody else is not found."""
    found = the_staff_member(work, member)
    if found.estate_id not in (None, estate):
        raise NotFound
    return WorkAssignee(staff=member, name=found.name, active=found.state == StaffState.ACTIVE.value)


def terms_of(work: UnitOfWork, row: WorkOrder) -> ServiceTerms:
    """The hours, limits and ladders that hold today."""
    return service_terms(work.session.connection(), EstateId(row.estate_id), local_day(work.now))


def limits_of(row: WorkOrder, terms: ServiceTerms) -> WorkLimits:
    """The limits of a request as it is sorted now."""
    failure = PublicSystem(row.failure) if row.failure else None
    return work_limits(terms, kind=WorkKind(row.kind), failure=failure)


def settle_time(
    work: UnitOfWork,
    row: WorkOrder,
    terms: ServiceTerms,
    signals: Iterable[ClockSignal] = (),
    *,
    resorted: bool = False,
) -> None:
    """Store what happened to the clocks and write the next due instants. ``resorted``: other limits may hold.

    Those hold from the start of the clocks on, not from the change: the customer has waited.
    """
    estate, limits = EstateId(row.estate_id), limits_of(row, terms)
    key: dict[str, Any] = {"estate": estate, "record_id": row.id}
    work.session.flush()
    apply_signals(
        work.session,
        **key,
        signals=signals,
        levels_of=limits.levels_of,
        terms=terms,
        next_id=lambda: work.new_id(estate),
    )
    if resorted:
        since = row.reopened_at or row.registered_at
        change_levels(work.session, **key, levels_of=limits.levels_of, since=since)
    refresh_record(work.session, record=row, now=work.now, terms=terms)


def note(
    work: UnitOfWork,
    row: WorkOrder | Case,
    action: WorkAction | ChainAction,
    *,
    source: str | None = None,
    facts: Mapping[str, Json] | None = None,
    words: Mapping[str, str] | None = None,
    done_at: datetime | None = None,
) -> None:
    """Add an entry to the timeline; without a ``source`` the state has not changed."""
    estate = EstateId(row.estate_id)
    add_step(
        work.session,
        work.keys,
        estate=estate,
        step_id=work.new_id(estate),
        record_id=row.id,
        action=action.value,
        source=row.state if source is None else source,
        state=row.state,
        facts={name: value for name, value in (facts or {}).items() if value not in _WITHOUT},
        words=words or {},
        by=work.actor.user_id,
        entered_at=work.now,
        done_at=done_at or work.now,
    )


def number_of(work: UnitOfWork, row: WorkOrder) -> str:
    """The number told to the customer."""
    header = load_record(work.session, EstateId(row.estate_id), row.id)
    if header is None:
        raise ValueError("a request has a header")
    return header.number


def tell_case(work: UnitOfWork, row: WorkOrder, action: ChainAction, **facts: Json) -> None:
    """Write into the timeline of the case a request follows from what became of it; nothing where there is none."""
    case = work.session.get(Case, (row.estate_id, row.source_case)) if row.source_case is not None else None
    if case is not None:
        note(work, case, action, facts={"order": row.id, "number": number_of(work, row), **facts})


def audit(
    work: UnitOfWork,
    action: str,
    row: WorkOrder,
    *,
    before: Mapping[str, object] | None = None,
    after: Mapping[str, object] | None = None,
    words: Mapping[str, str] | None = None,
) -> None:
    """Note an audit fact of a request; what somebody typed goes in as a token only."""
    said = {name: work.keys.token(text) for name, text in (words or {}).items() if text}
    after = {**(after or {}), **({"words": said} if said else {})}
    work.record(action, ("order", row.id), estate=EstateId(row.estate_id), before=before, after=after)


_AUDITED = ("kind", "failure", "people_at_risk", "channel", "households", "state", "department", "handler_id")
_AUDITED_LATER = ("cause", "result", "rating", "no_rating", "cancel_reason", "reopenings", "source_case")
_HIDDEN = ("unit_id", "place", "customer_id", "source_reference")
_INSTANTS = ("noticed_at", "answered_at", "began_at", "carried_out_at", "fed_back_at", "reported_at", "ended_at")


def order_facts(work: UnitOfWork, row: WorkOrder) -> dict[str, object]:
    """What an audit entry holds of a request: no words and no callers, and where and whose it is as tokens only."""
    plain = {name: getattr(row, name) for name in (*_AUDITED, *_AUDITED_LATER)}
    hidden = {name: _token(work, getattr(row, name)) for name in _HIDDEN}
    return plain | hidden | {name: _at(getattr(row, name)) for name in _INSTANTS}


def _token(work: UnitOfWork, value: object) -> str | None:
    return None if value in _WITHOUT else work.keys.token(str(value))


def _at(at: datetime | None) -> str | None:
    return None if at is None else instant_text(at)
