"""Use cases of links: a bill in dispute, another case or request, a measure, a survey (R-103, R-104)."""

from dataclasses import dataclass

from core.admin.permissions import Permission
from core.kernel.attachments import LinkTarget, check_not_forgotten
from core.kernel.identity import EstateId
from db.models import Case, ServiceLink, WorkOrder
from db.operations.service_access import require_case, require_order, require_to_work_on
from db.repositories.service_links import add_link as store_link
from db.repositories.service_links import link_between, target_id_of
from db.unit_of_work import NotFound, UnitOfWork, operation


@dataclass(frozen=True, slots=True)
class AddLink:
    """What a record has to do with, by its number in the portal or by the number (code) people know it by."""

    estate_id: EstateId
    record_id: int
    target: LinkTarget
    reference: str | int


@dataclass(frozen=True, slots=True)
class RemoveLink:
    """A link that is wrong."""

    estate_id: EstateId
    link_id: int


@operation(Permission.ORDERS_REGISTER)
def add_link(work: UnitOfWork, command: AddLink) -> int:
    """Link a record to something of the same estate and give the link's number; a link that is there is kept.

    Another case or request must be one the person sees.
    """
    estate = command.estate_id
    record = require_to_work_on(work.session, work.actor, estate, command.record_id)
    check_not_forgotten(forgotten=record.anonymised_at is not None)
    target_id = target_id_of(work.session, estate, command.target, command.reference)
    if target_id is None:
        raise NotFound
    _check_seen(work, estate, command.target, target_id)
    known = link_between(work.session, estate, record.id, command.target, target_id)
    if known is not None:
        return known.id
    number = work.new_id(estate)
    store_link(
        work.session,
        estate=estate,
        link_id=number,
        record_id=record.id,
        target=command.target,
        target_id=target_id,
        made_by=work.actor.user_id,
        made_at=work.now,
    )
    after = {"link": number, "target": command.target.value, "target_id": target_id}
    work.record("links.add", _subject(record), estate=estate, after=after)
    return number


@operation(Permission.ORDERS_REGISTER)
def remove_link(work: UnitOfWork, command: RemoveLink) -> None:
    """Take a link away; it is removed where it was made."""
    row = work.session.get(ServiceLink, (command.estate_id, command.link_id))
    if row is None:
        raise NotFound
    record = require_to_work_on(work.session, work.actor, command.estate_id, row.record_id)
    before = {"link": row.id, "target": row.target, "target_id": row.target_id}
    work.session.delete(row)
    work.record("links.remove", _subject(record), estate=command.estate_id, before=before)


def _check_seen(work: UnitOfWork, estate: EstateId, target: LinkTarget, target_id: int) -> None:
    """A link tells that a record is there, so it must be one the person knows of."""
    if target is LinkTarget.CASE:
        require_case(work.session, work.actor, estate, target_id)
    elif target is LinkTarget.ORDER:
        require_order(work.session, work.actor, estate, target_id)


def _subject(record: Case | WorkOrder) -> tuple[str, int]:
    return ("case" if isinstance(record, Case) else "order"), record.id
